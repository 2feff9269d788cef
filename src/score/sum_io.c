/*
 * sum_io.c
 *		Text and binary forms of score_sum, the state of score_agg and rollup.
 *
 * Text: {number of points, latest time, half-life, exponent, sum, its further
 * digits, bound of its error}, the last three times 2^exponent; {} when empty.
 * It is there to travel between servers, not to be read.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "parser/scansup.h"

#include "score/score.h"

PG_FUNCTION_INFO_V1(score_sum_in);
PG_FUNCTION_INFO_V1(score_sum_out);
PG_FUNCTION_INFO_V1(score_sum_recv);
PG_FUNCTION_INFO_V1(score_sum_send);

static void
skip_space(ScoreText *text)
{
	while (text->p < text->end && scanner_isspace(*text->p))
		text->p++;
}

/* What stands before a field */
static bool
next_field(ScoreText *text, char before)
{
	skip_space(text);
	if (!score_text_char(text, before))
		return false;
	skip_space(text);
	return true;
}

/* Reads a whole number of 64 bits. */
static bool
read_whole(ScoreText *text, int64 *value)
{
	bool		negative = text->p < text->end && *text->p == '-';

	if (negative)
		text->p++;
	if (text->p >= text->end || *text->p < '0' || *text->p > '9')
		return score_text_expected(text, "a whole number");
	*value = 0;
	for (; text->p < text->end && *text->p >= '0' && *text->p <= '9'; text->p++)
	{
		int			digit = *text->p - '0';

		if (pg_mul_s64_overflow(*value, 10, value) ||
			pg_add_s64_overflow(*value, negative ? -digit : digit, value))
			ereturn(text->escontext, false,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("number out of range in %s literal: \"%s\"", text->type, text->start)));
	}
	return true;
}

Datum
score_sum_in(PG_FUNCTION_ARGS)
{
	char	   *string = PG_GETARG_CSTRING(0);
	DecaySum   *sum = palloc0(sizeof(DecaySum));
	ScoreText	text;

	text.type = "score_sum";
	text.start = text.p = string;
	text.end = string + strlen(string);
	text.escontext = fcinfo->context;
	skip_space(&text);
	if (strncmp(text.p, "{}", 2) == 0)
		text.p++;
	else if (!next_field(&text, '{') || !read_whole(&text, &sum->n) || !next_field(&text, ',') ||
		!score_text_time(&text, &sum->last_at) || !next_field(&text, ',') ||
		!score_text_half_life(&text, ",}", &sum->half_life) || !next_field(&text, ',') ||
		!read_whole(&text, &sum->exponent) || !next_field(&text, ',') ||
		!score_text_number(&text, &sum->high) || !next_field(&text, ',') ||
		!score_text_number(&text, &sum->low) || !next_field(&text, ',') ||
		!score_text_number(&text, &sum->noise))
		PG_RETURN_NULL();
	skip_space(&text);
	if (!score_text_char(&text, '}'))
		PG_RETURN_NULL();
	skip_space(&text);
	if (text.p < text.end)
	{
		score_text_expected(&text, "nothing after \"}\"");
		PG_RETURN_NULL();
	}
	if (!decay_sum_valid(sum) || (sum->n == 0 && sum->half_life != 0))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed score_sum literal: \"%s\"", string),
				 errdetail("Its numbers do not belong together.")));
	PG_RETURN_SCORE_SUM_P(sum);
}

Datum
score_sum_out(PG_FUNCTION_ARGS)
{
	DecaySum   *sum = PG_GETARG_SCORE_SUM_P(0);
	StringInfoData buf;

	if (sum->n == 0)
		PG_RETURN_CSTRING(pstrdup("{}"));
	initStringInfo(&buf);
	appendStringInfo(&buf, "{" INT64_FORMAT ", ", sum->n);
	score_append_time(&buf, sum->last_at);
	appendStringInfo(&buf, ", %s, " INT64_FORMAT ", ", score_half_life_text(sum->half_life), sum->exponent);
	score_append_number(&buf, sum->high);
	appendStringInfoString(&buf, ", ");
	score_append_number(&buf, sum->low);
	appendStringInfoString(&buf, ", ");
	score_append_number(&buf, sum->noise);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* Binary form: the fields in the order of the text, as int8 and float8. */
Datum
score_sum_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	DecaySum   *sum = palloc0(sizeof(DecaySum));

	sum->n = pq_getmsgint64(buf);
	sum->last_at = pq_getmsgint64(buf);
	sum->half_life = pq_getmsgint64(buf);
	sum->exponent = pq_getmsgint64(buf);
	sum->high = pq_getmsgfloat8(buf) + 0.0;
	sum->low = pq_getmsgfloat8(buf) + 0.0;
	sum->noise = pq_getmsgfloat8(buf) + 0.0;
	if (!decay_sum_valid(sum) || (sum->n == 0 && sum->half_life != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("malformed score_sum value"),
				 errdetail("Its numbers do not belong together.")));
	PG_RETURN_SCORE_SUM_P(sum);
}

Datum
score_sum_send(PG_FUNCTION_ARGS)
{
	DecaySum   *sum = PG_GETARG_SCORE_SUM_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint64(&buf, sum->n);
	pq_sendint64(&buf, sum->last_at);
	pq_sendint64(&buf, sum->half_life);
	pq_sendint64(&buf, sum->exponent);
	pq_sendfloat8(&buf, sum->high);
	pq_sendfloat8(&buf, sum->low);
	pq_sendfloat8(&buf, sum->noise);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
