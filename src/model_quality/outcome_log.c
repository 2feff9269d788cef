/*
 * outcome_log.c
 *		The type outcome_log: outcomes counted by score.
 *
 * Outcomes are added at the end.  When the room is used up the counts are put
 * in order and equal scores become one, and only if that does not free half of
 * the room is there a bigger one.  So a log is as large as there are different
 * scores, and what is read from it is a function of the set of rows alone.
 *
 * Text: {0.25:3/10, 0.5:1/2}, that is score:positives/rows, ascending; in front
 * of it the parameter of the aggregate, when it takes one, as in 0.5 {0.25:3/10}.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "model_quality/outcome_log.h"

PG_FUNCTION_INFO_V1(outcome_log_in);
PG_FUNCTION_INFO_V1(outcome_log_out);
PG_FUNCTION_INFO_V1(outcome_log_recv);
PG_FUNCTION_INFO_V1(outcome_log_send);
PG_FUNCTION_INFO_V1(outcome_log_accum);
PG_FUNCTION_INFO_V1(outcome_log_accum_number);
PG_FUNCTION_INFO_V1(outcome_log_accum_integer);
PG_FUNCTION_INFO_V1(outcome_log_combine);
PG_FUNCTION_INFO_V1(outcome_log_final);

#define ST_SORT sort_counts
#define ST_ELEMENT_TYPE ScoreCount
#define ST_COMPARE(a, b) ((a)->score < (b)->score ? -1 : (a)->score > (b)->score ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static OutcomeLog *
log_new(bool has_parameter, double parameter, uint64 maxcounts)
{
	OutcomeLog *log;
	Size		size;

	if (maxcounts > OUTCOME_LOG_MAX_SCORES)
		maxcounts = OUTCOME_LOG_MAX_SCORES;
	size = offsetof(OutcomeLog, count) + maxcounts * sizeof(ScoreCount);
	log = palloc(size);
	memset(log, 0, offsetof(OutcomeLog, count));
	SET_VARSIZE(log, size);
	log->version = OUTCOME_LOG_VERSION;
	log->has_parameter = has_parameter;
	log->parameter = has_parameter ? parameter : 0;
	log->maxcounts = maxcounts;
	return log;
}

/* Is this a log at all?  States come from SQL, too, but only through input functions of ours. */
OutcomeLog *
outcome_log_check(OutcomeLog *log)
{
	if (VARSIZE(log) < offsetof(OutcomeLog, count) || log->version != OUTCOME_LOG_VERSION ||
		log->nsorted > log->ncounts || log->ncounts > log->maxcounts ||
		VARSIZE(log) < offsetof(OutcomeLog, count) + (Size) log->maxcounts * sizeof(ScoreCount))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid log of outcomes")));
	return log;
}

static int64
sum(int64 a, int64 b)
{
	int64		result;

	/* products of two counts, doubled, must fit into 128 bits */
	if (pg_add_s64_overflow(a, b, &result) || result > PG_INT64_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many rows in one log of outcomes")));
	return result;
}

/* Puts the counts in order, and makes equal scores one. */
static void
log_compact(OutcomeLog *log)
{
	uint32		kept = 0;

	if (log->nsorted == log->ncounts)
		return;
	sort_counts(log->count, log->ncounts);
	for (uint32 i = 0; i < log->ncounts; i++)
	{
		if (kept > 0 && log->count[kept - 1].score == log->count[i].score)
		{
			ScoreCount *before = &log->count[kept - 1];

			before->positives = sum(before->positives, log->count[i].positives);
			before->negatives = sum(before->negatives, log->count[i].negatives);
		}
		else
			log->count[kept++] = log->count[i];
	}
	log->nsorted = log->ncounts = kept;
}

/* The log in order: itself, or a copy, since a window aggregate goes on with it. */
const OutcomeLog *
outcome_log_sorted(const OutcomeLog *log)
{
	OutcomeLog *copy;
	int64		rows = 0;

	if (log->nsorted == log->ncounts)
		copy = unconstify(OutcomeLog *, log);
	else
	{
		copy = log_new(log->has_parameter, log->parameter, log->ncounts);
		copy->nsorted = log->nsorted;
		copy->ncounts = log->ncounts;
		memcpy(copy->count, log->count, (Size) log->ncounts * sizeof(ScoreCount));
		log_compact(copy);
	}
	/* no total of some of the counts can overflow if that of all does not */
	for (uint32 i = 0; i < copy->ncounts; i++)
		rows = sum(rows, sum(copy->count[i].positives, copy->count[i].negatives));
	return copy;
}

/* A copy to be stored: in order, and with no room for more. */
static OutcomeLog *
log_pack(const OutcomeLog *log)
{
	const OutcomeLog *sorted = outcome_log_sorted(log);
	OutcomeLog *copy = log_new(log->has_parameter, log->parameter, sorted->ncounts);

	copy->nsorted = copy->ncounts = sorted->ncounts;
	memcpy(copy->count, sorted->count, (Size) sorted->ncounts * sizeof(ScoreCount));
	return copy;
}

/* Adds outcomes, and returns the log, which is another one if it had to grow. */
static OutcomeLog *
log_add(OutcomeLog *log, double score, int64 positives, int64 negatives)
{
	ScoreCount *last;

	/* minus zero is zero */
	if (score == 0)
		score = 0;
	if (log->ncounts > 0 && log->count[log->ncounts - 1].score == score)
	{
		last = &log->count[log->ncounts - 1];
		last->positives = sum(last->positives, positives);
		last->negatives = sum(last->negatives, negatives);
		return log;
	}
	if (log->ncounts == log->maxcounts)
	{
		log_compact(log);
		/* a log that came from outside may have no room at all */
		if (log->ncounts >= log->maxcounts / 2)
		{
			OutcomeLog *bigger;

			if (log->ncounts >= OUTCOME_LOG_MAX_SCORES)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("too many different scores in one log of outcomes"),
						 errdetail("At most %d are allowed.", OUTCOME_LOG_MAX_SCORES),
						 errhint("Round the scores.")));
			bigger = log_new(log->has_parameter, log->parameter, Max((uint64) log->maxcounts * 2, 16));
			bigger->nsorted = log->nsorted;
			bigger->ncounts = log->ncounts;
			memcpy(bigger->count, log->count, (Size) log->ncounts * sizeof(ScoreCount));
			log = bigger;
		}
	}
	/* after a compaction the score may be there already; then it is there twice until the next */
	if (log->nsorted == log->ncounts && (log->ncounts == 0 || log->count[log->ncounts - 1].score < score))
		log->nsorted++;
	last = &log->count[log->ncounts++];
	last->score = score;
	last->positives = positives;
	last->negatives = negatives;
	return log;
}

/* ---------------------------------------------------------------- text and binary */

static bool
malformed(struct Node *escontext, const char *text, const char *p, const char *what)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed outcome_log literal"),
			 *p == '\0' ?
			 errdetail("Expected %s, but the text ends.", what) :
			 errdetail("Expected %s at byte %d.", what, (int) (p - text) + 1)));
}

/* A number as C writes it in decimal, or Infinity; no hexadecimal, no NaN. */
static bool
read_score(const char **p, double *score)
{
	char	   *end;
	const char *digits = **p == '-' ? *p + 1 : *p;

	if (strncmp(digits, "Infinity", 8) == 0)
	{
		*score = digits > *p ? -HUGE_VAL : HUGE_VAL;
		*p = digits + 8;
		return true;
	}
	if (*digits < '0' || *digits > '9' || (digits[0] == '0' && (digits[1] | 0x20) == 'x'))
		return false;
	errno = 0;
	*score = strtod(*p, &end);
	if (isinf(*score))
		return false;
	*p = end;
	return true;
}

static bool
read_count(const char **p, int64 *count)
{
	const char *start = *p;

	*count = 0;
	for (; **p >= '0' && **p <= '9'; (*p)++)
	{
		if (pg_mul_s64_overflow(*count, 10, count) || pg_add_s64_overflow(*count, **p - '0', count))
			return false;
	}
	return *p > start && *count <= PG_INT64_MAX / 2;
}

static void
skip_space(const char **p)
{
	while (**p == ' ')
		(*p)++;
}

/* outcome_log_in(cstring) */
Datum
outcome_log_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	struct Node *escontext = fcinfo->context;
	const char *p = text;
	double		parameter = 0;
	bool		has_parameter;
	int64		total = 0;
	OutcomeLog *log;

	skip_space(&p);
	has_parameter = *p != '{';
	if (has_parameter && !read_score(&p, &parameter))
	{
		malformed(escontext, text, p, "a number or \"{\"");
		PG_RETURN_NULL();
	}
	skip_space(&p);
	if (*p != '{')
	{
		malformed(escontext, text, p, "\"{\"");
		PG_RETURN_NULL();
	}
	p++;
	log = log_new(has_parameter, parameter, 4);
	skip_space(&p);
	while (*p != '}')
	{
		double		score;
		int64		positives;
		int64		rows;
		const char *what = NULL;

		CHECK_FOR_INTERRUPTS();
		if (log->ncounts > 0 && *p++ != ',')
		{
			malformed(escontext, text, p - 1, "\",\" or \"}\"");
			PG_RETURN_NULL();
		}
		skip_space(&p);
		if (!read_score(&p, &score))
			what = "a finite number, Infinity or -Infinity";
		else if (*p != ':')
			what = "\":\"";
		else if (p++, !read_count(&p, &positives))
			what = "how many were positive";
		else if (*p != '/')
			what = "\"/\"";
		else if (p++, !read_count(&p, &rows))
			what = "how many there were";
		if (what != NULL)
		{
			malformed(escontext, text, p, what);
			PG_RETURN_NULL();
		}
		if (rows == 0 || positives > rows || (total += rows) > PG_INT64_MAX / 2)
			ereturn(escontext, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("malformed outcome_log literal"),
					 errdetail("There cannot be " INT64_FORMAT " positives of " INT64_FORMAT " rows before byte %d.",
							   positives, rows, (int) (p - text) + 1)));
		log = log_add(log, score, positives, rows - positives);
		skip_space(&p);
	}
	p++;
	skip_space(&p);
	if (*p != '\0')
	{
		malformed(escontext, text, p, "nothing after \"}\"");
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(log_pack(log));
}

Datum
outcome_log_out(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = outcome_log_sorted(PG_GETARG_OUTCOME_LOG_P(0));
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];
	StringInfoData buf;

	initStringInfo(&buf);
	if (log->has_parameter)
	{
		double_to_shortest_decimal_buf(log->parameter, number);
		appendStringInfo(&buf, "%s ", number);
	}
	appendStringInfoChar(&buf, '{');
	for (uint32 i = 0; i < log->ncounts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		double_to_shortest_decimal_buf(log->count[i].score, number);
		appendStringInfo(&buf, "%s%s:" INT64_FORMAT "/" INT64_FORMAT, i > 0 ? ", " : "", number,
						 log->count[i].positives, log->count[i].positives + log->count[i].negatives);
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Binary: version (int8), is there a parameter (int8), the parameter (float8),
 * the number of scores (int32) and, ascending, each score (float8), positives
 * and negatives (int64).
 */
Datum
outcome_log_send(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = outcome_log_sorted(PG_GETARG_OUTCOME_LOG_P(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, OUTCOME_LOG_VERSION);
	pq_sendint8(&buf, log->has_parameter);
	pq_sendfloat8(&buf, log->parameter);
	pq_sendint32(&buf, log->ncounts);
	for (uint32 i = 0; i < log->ncounts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pq_sendfloat8(&buf, log->count[i].score);
		pq_sendint64(&buf, log->count[i].positives);
		pq_sendint64(&buf, log->count[i].negatives);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
outcome_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			has_parameter = pq_getmsgbyte(buf);
	double		parameter = pq_getmsgfloat8(buf);
	int32		n = pq_getmsgint(buf, 4);
	int64		total = 0;
	OutcomeLog *log;

	if (version != OUTCOME_LOG_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("outcome_log value has unknown version %d", version)));
	if (has_parameter > 1 || isnan(parameter) || (!has_parameter && (parameter != 0 || signbit(parameter))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid parameter in outcome_log value")));
	if (n < 0 || n > OUTCOME_LOG_MAX_SCORES || n > (buf->len - buf->cursor) / 24)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of scores in outcome_log value: %d", n)));
	log = log_new(has_parameter, parameter, n);
	for (int i = 0; i < n; i++)
	{
		double		score = pq_getmsgfloat8(buf);
		int64		positives = pq_getmsgint64(buf);
		int64		negatives = pq_getmsgint64(buf);

		if (isnan(score) || (score == 0 && signbit(score)) || (i > 0 && score <= log->count[i - 1].score) ||
			positives < 0 || negatives < 0 || (positives == 0 && negatives == 0) ||
			pg_add_s64_overflow(total, positives, &total) || pg_add_s64_overflow(total, negatives, &total) ||
			total > PG_INT64_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid score or count in outcome_log value"),
					 errdetail("It is number %d of %d.", i + 1, n)));
		log = log_add(log, score, positives, negatives);
	}
	PG_RETURN_POINTER(log);
}

/* ---------------------------------------------------------------- aggregates */

/* Adds the row of arguments 1 (outcome) and 2 (score). */
static Datum
accumulate(FunctionCallInfo fcinfo, bool has_parameter, double parameter)
{
	OutcomeLog *log;
	bool		outcome;
	double		score;

	if (has_parameter && isnan(parameter))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameter of a measure of quality must not be NaN")));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	outcome = PG_GETARG_BOOL(1);
	score = PG_GETARG_FLOAT8(2);
	if (isnan(score))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score must not be NaN"),
				 errhint("A score that is not known is null.")));
	if (PG_ARGISNULL(0))
		log = log_new(has_parameter, parameter, 16);
	else
	{
		log = PG_GETARG_OUTCOME_LOG_P(0);
		if (!AggCheckCallContext(fcinfo, NULL))
			log = log_pack(log);
		if (log->has_parameter != has_parameter || (has_parameter && log->parameter != parameter))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parameter of a measure of quality must not change within a group")));
	}
	PG_RETURN_POINTER(log_add(log, score, outcome ? 1 : 0, outcome ? 0 : 1));
}

/* outcome_log_accum(state, outcome, score) */
Datum
outcome_log_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, 0);
}

static void
require_parameter(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("parameter of a measure of quality must not be null")));
}

/* outcome_log_accum(state, outcome, score, parameter float8) */
Datum
outcome_log_accum_number(PG_FUNCTION_ARGS)
{
	require_parameter(fcinfo);
	return accumulate(fcinfo, true, PG_GETARG_FLOAT8(3));
}

/* outcome_log_accum(state, outcome, score, parameter integer) */
Datum
outcome_log_accum_integer(PG_FUNCTION_ARGS)
{
	require_parameter(fcinfo);
	return accumulate(fcinfo, true, PG_GETARG_INT32(3));
}

/* outcome_log_combine(state, state) */
Datum
outcome_log_combine(PG_FUNCTION_ARGS)
{
	OutcomeLog *log;
	OutcomeLog *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = PG_GETARG_OUTCOME_LOG_P(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(log_pack(other));
	log = PG_GETARG_OUTCOME_LOG_P(0);
	if (!AggCheckCallContext(fcinfo, NULL))
		log = log_pack(log);
	if (log->has_parameter != other->has_parameter || log->parameter != other->parameter)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("logs of outcomes with different parameters cannot be added")));
	for (uint32 i = 0; i < other->ncounts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		log = log_add(log, other->count[i].score, other->count[i].positives, other->count[i].negatives);
	}
	PG_RETURN_POINTER(AggCheckCallContext(fcinfo, NULL) ? log : log_pack(log));
}

/* outcome_log_final(state): to be kept */
Datum
outcome_log_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(log_pack(PG_GETARG_OUTCOME_LOG_P(0)));
}
