/*
 * text.c
 *		The pieces of the text form of a score: numbers, times, half-lives.
 *
 * None of it depends on a setting, and each piece comes back as it was.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"

#include "core/iso8601.h"
#include "funnel/funnel.h"
#include "score/score.h"

/* The shortest text that is read as the same number. */
void
score_append_number(StringInfo buf, double value)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	appendBinaryStringInfo(buf, digits, double_to_shortest_decimal_bufn(value, digits));
}

void
score_append_time(StringInfo buf, int64 at)
{
	char		text[ISO8601_MAXLEN];

	appendBinaryStringInfo(buf, text, iso8601_format(at, text));
}

/* 14 days, 1 day 12 hours, 0.5 seconds */
char *
score_half_life_text(int64 half_life)
{
	StringInfoData buf;

	initStringInfo(&buf);
	funnel_append_duration(&buf, 0, half_life);
	return buf.data;
}

/* Reports what was expected where reading stands.  Returns false, for soft errors. */
bool
score_text_expected(ScoreText *text, const char *what)
{
	if (text->p >= text->end)
		errsave(text->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed %s literal: \"%s\"", text->type, text->start),
				 errdetail("Expected %s, but the text ends.", what)));
	else
		errsave(text->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed %s literal: \"%s\"", text->type, text->start),
				 errdetail("Expected %s at position %d, found \"%.*s\".",
						   what, pg_mbstrlen_with_len(text->start, text->p - text->start) + 1,
						   pg_mblen(text->p), text->p)));
	return false;
}

bool
score_text_char(ScoreText *text, char c)
{
	char		what[] = {'"', c, '"', '\0'};

	if (text->p >= text->end || *text->p != c)
		return score_text_expected(text, what);
	text->p++;
	return true;
}

/* Reads a finite number in decimal digits, such as -1.5e3. */
bool
score_text_number(ScoreText *text, double *value)
{
	const char *start = text->p;
	const char *p = text->p;
	bool		any = false;
	char	   *digits;

	if (p < text->end && (*p == '-' || *p == '+'))
		p++;
	for (; p < text->end && *p >= '0' && *p <= '9'; p++)
		any = true;
	if (p < text->end && *p == '.')
	{
		for (p++; p < text->end && *p >= '0' && *p <= '9'; p++)
			any = true;
	}
	if (!any)
		return score_text_expected(text, "a number");
	if (p < text->end && (*p == 'e' || *p == 'E'))
	{
		p++;
		if (p < text->end && (*p == '-' || *p == '+'))
			p++;
		if (p >= text->end || *p < '0' || *p > '9')
		{
			text->p = p;
			return score_text_expected(text, "an exponent");
		}
		while (p < text->end && *p >= '0' && *p <= '9')
			p++;
	}
	text->p = p;
	digits = pnstrdup(start, p - start);
	*value = strtod(digits, NULL);
	if (isinf(*value))
		ereturn(text->escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number out of range in %s literal: \"%s\"", text->type, digits)));
	pfree(digits);
	*value += 0.0;				/* -0 is 0 */
	return true;
}

bool
score_text_time(ScoreText *text, int64 *at)
{
	const char *start = text->p;

	switch (iso8601_parse(text->p, text->end, at, &text->p))
	{
		case ISO8601_OK:
			return true;
		case ISO8601_SYNTAX:
			return score_text_expected(text, "a time such as 2026-01-05T09:30:00Z");
		case ISO8601_FIELD:
			ereturn(text->escontext, false,
					(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
					 errmsg("time out of range in %s literal: \"%.*s\"",
							text->type, (int) (text->p - start), start)));
		case ISO8601_RANGE:
			ereturn(text->escontext, false,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time out of range in %s literal: \"%.*s\"",
							text->type, (int) (text->p - start), start)));
	}
	return false;
}

/* Reads a half-life that ends before one of the characters of stop, or at the end. */
bool
score_text_half_life(ScoreText *text, const char *stop, int64 *half_life)
{
	const char *start;
	const char *end;
	int32		months;
	int			len;

	while (text->p < text->end && scanner_isspace(*text->p))
		text->p++;
	start = text->p;
	for (end = start; end < text->end && strchr(stop, *end) == NULL; end++)
		;
	text->p = end;
	while (end > start && scanner_isspace(end[-1]))
		end--;
	len = (int) (end - start);
	if (len == 0)
		return score_text_expected(text, "a half-life such as 14 days");
	if (*start == '-')
		ereturn(text->escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must be greater than zero"),
				 errdetail("It is \"%.*s\".", len, start)));
	if (pg_strncasecmp(start, "infinity", len) == 0)
		ereturn(text->escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must be finite")));
	if (!funnel_read_duration(start, len, &months, half_life))
		ereturn(text->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed half-life: \"%.*s\"", len, start),
				 errhint("Write numbers with units, for example \"14 days\" or \"1 day 12 hours\"; its microseconds must fit into 64 bits.")));
	if (months != 0)
		ereturn(text->escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must not have months or years"),
				 errdetail("They are not all of one length."),
				 errhint("Use days, for example 30 days or 365 days.")));
	if (*half_life <= 0)
		ereturn(text->escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must be greater than zero"),
				 errdetail("It is \"%.*s\".", len, start)));
	return true;
}
