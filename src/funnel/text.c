/*
 * text.c
 *		Text input and output of the funnel type.
 *
 * The text form is JSON, so that a cast to jsonb needs nothing more:
 *
 *		{"steps": ["lead", "won"], "within": "30 days", "options": "",
 *		 "total": 5, "entered": 4, "excluded": 0, "reached": [4, 2],
 *		 "times": [[], [[86400000000, 1], [172530000000, 1]]]}
 *
 * (on one line).  "times" holds, for each step, pairs of a duration since the
 * step before, in microseconds, and how often it was counted; durations are
 * the least ones of their buckets, and on input any duration counts in its
 * bucket.  Keys may come in any order, but only steps, total, entered and
 * reached must be there.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"

#include "compat.h"
#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_in);
PG_FUNCTION_INFO_V1(funnel_out);

/* The text being read, and where. */
typedef struct Scanner
{
	const char *start;
	const char *p;
	const char *end;
	struct Node *escontext;
} Scanner;

/* ---------------------------------------------------------------- output */

static void
append_json(StringInfo buf, const JourneyLabel *text)
{
	escape_json(buf, pnstrdup(text->data, text->len));
}

Datum
funnel_out(PG_FUNCTION_ARGS)
{
	FunnelData	data;
	FunnelParts parts;
	StringInfoData buf;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	funnel_question_parts(data.question, data.questionsize, data.nsteps, &parts);
	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"steps\": [");
	for (int i = 0; i < parts.nsteps; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		append_json(&buf, &parts.steps[i]);
	}
	appendStringInfoString(&buf, "], \"within\": ");
	if (parts.limited)
	{
		appendStringInfoChar(&buf, '"');
		funnel_append_duration(&buf, parts.months, parts.usecs);
		appendStringInfoChar(&buf, '"');
	}
	else
		appendStringInfoString(&buf, "null");
	appendStringInfoString(&buf, ", \"options\": ");
	append_json(&buf, &parts.options);
	appendStringInfo(&buf, ", \"total\": " INT64_FORMAT ", \"entered\": " INT64_FORMAT ", \"excluded\": " INT64_FORMAT,
					 data.total, data.entered, data.excluded);
	appendStringInfoString(&buf, ", \"reached\": [");
	for (int i = 0; i < data.nsteps; i++)
		appendStringInfo(&buf, "%s" INT64_FORMAT, i > 0 ? ", " : "", data.reached[i]);
	appendStringInfoString(&buf, "], \"times\": [");
	for (int i = 0; i < data.nsteps; i++)
	{
		appendStringInfoString(&buf, i > 0 ? ", [" : "[");
		for (int j = 0; j < data.ntimes[i]; j++)
			appendStringInfo(&buf, "%s[" INT64_FORMAT ", " INT64_FORMAT "]", j > 0 ? ", " : "",
							 histogram_low(data.times[i][j].bucket), data.times[i][j].count);
		appendStringInfoChar(&buf, ']');
	}
	appendStringInfoString(&buf, "]}");
	PG_RETURN_CSTRING(buf.data);
}

/* ---------------------------------------------------------------- text input */

/* Reports what was expected where the scanner stands.  Returns false, for soft errors. */
static bool
expected(Scanner *scan, const char *what)
{
	int			position = pg_mbstrlen_with_len(scan->start, scan->p - scan->start) + 1;

	if (scan->p >= scan->end)
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed funnel literal"),
				 errdetail("Expected %s, but the text ends.", what)));
	ereturn(scan->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed funnel literal"),
			 errdetail("Expected %s at position %d, found \"%.*s\".", what, position,
					   Min(pg_mblen(scan->p), (int) (scan->end - scan->p)), scan->p)));
}

static void
skip_space(Scanner *scan)
{
	while (scan->p < scan->end &&
		   (*scan->p == ' ' || *scan->p == '\t' || *scan->p == '\n' || *scan->p == '\r'))
		scan->p++;
}

/* Is this the next character?  Then it is read. */
static bool
accept(Scanner *scan, char c)
{
	skip_space(scan);
	if (scan->p >= scan->end || *scan->p != c)
		return false;
	scan->p++;
	return true;
}

static bool
require(Scanner *scan, char c, const char *what)
{
	return accept(scan, c) || expected(scan, what);
}

/* Four hexadecimal digits. */
static bool
read_hex(Scanner *scan, pg_wchar *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++)
	{
		char		c = scan->p < scan->end ? *scan->p : '\0';

		if (c >= '0' && c <= '9')
			*value = *value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*value = *value * 16 + (c - 'A' + 10);
		else
			return expected(scan, "four hexadecimal digits");
		scan->p++;
	}
	return true;
}

/* What follows \u. */
static bool
read_unicode(Scanner *scan, StringInfo buf)
{
	pg_wchar	c;

	if (!read_hex(scan, &c))
		return false;
	if (c >= 0xD800 && c <= 0xDFFF)
	{
		pg_wchar	second;

		if (c >= 0xDC00 || scan->end - scan->p < 2 || scan->p[0] != '\\' || scan->p[1] != 'u')
			return expected(scan, "the second half of a surrogate pair");
		scan->p += 2;
		if (!read_hex(scan, &second))
			return false;
		if (second < 0xDC00 || second > 0xDFFF)
			return expected(scan, "the second half of a surrogate pair");
		c = 0x10000 + ((c & 0x3FF) << 10) + (second & 0x3FF);
	}
	if (c == 0)
		return expected(scan, "a character other than \\u0000");
	if (c < 0x80)
		appendStringInfoChar(buf, (char) c);
	else if (GetDatabaseEncoding() == PG_UTF8)
	{
		unsigned char utf8[5] = {0};

		unicode_to_utf8(c, utf8);
		appendBinaryStringInfo(buf, (char *) utf8, pg_utf_mblen(utf8));
	}
	else
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("escape of a character that is not ASCII needs a database in UTF8")));
	return true;
}

/* A string; the result is palloc'd. */
static bool
read_string(Scanner *scan, const char *what, JourneyLabel *result)
{
	StringInfoData buf;

	if (!require(scan, '"', what))
		return false;
	initStringInfo(&buf);
	for (;;)
	{
		if (scan->p >= scan->end)
			return expected(scan, "a closing double quote");
		if (*scan->p == '"')
			break;
		if ((unsigned char) *scan->p < ' ')
			return expected(scan, "no control character in a string");
		if (*scan->p != '\\')
		{
			appendStringInfoChar(&buf, *scan->p++);
			continue;
		}
		scan->p++;
		if (scan->p >= scan->end)
			return expected(scan, "a character after the backslash");
		switch (*scan->p)
		{
			case '"':
			case '\\':
			case '/':
				appendStringInfoChar(&buf, *scan->p);
				break;
			case 'b':
				appendStringInfoChar(&buf, '\b');
				break;
			case 'f':
				appendStringInfoChar(&buf, '\f');
				break;
			case 'n':
				appendStringInfoChar(&buf, '\n');
				break;
			case 'r':
				appendStringInfoChar(&buf, '\r');
				break;
			case 't':
				appendStringInfoChar(&buf, '\t');
				break;
			case 'u':
				scan->p++;
				if (!read_unicode(scan, &buf))
					return false;
				continue;
			default:
				return expected(scan, "an escape of JSON after the backslash");
		}
		scan->p++;
	}
	scan->p++;
	result->data = buf.data;
	result->len = buf.len;
	return true;
}

/* A whole number of 0 or more. */
static bool
read_count(Scanner *scan, int64 *value)
{
	skip_space(scan);
	if (scan->p >= scan->end || *scan->p < '0' || *scan->p > '9')
		return expected(scan, "a whole number of 0 or more");
	*value = 0;
	for (; scan->p < scan->end && *scan->p >= '0' && *scan->p <= '9'; scan->p++)
	{
		if (pg_mul_s64_overflow(*value, 10, value) || pg_add_s64_overflow(*value, *scan->p - '0', value))
			ereturn(scan->escontext, false,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("funnel count is out of range")));
	}
	if (scan->p < scan->end && (*scan->p == '.' || *scan->p == 'e' || *scan->p == 'E'))
		return expected(scan, "a whole number");
	return true;
}

/* Between the elements of an array: is there another one?  *more says so. */
static bool
next_element(Scanner *scan, bool *more)
{
	*more = accept(scan, ',');
	return *more || require(scan, ']', "\",\" or \"]\"");
}

static bool
read_steps(Scanner *scan, FunnelParts *parts)
{
	bool		more;

	parts->nsteps = 0;
	if (!require(scan, '[', "an array of labels"))
		return false;
	if (accept(scan, ']'))
		return true;
	do
	{
		if (parts->nsteps >= CHAIN_MAX_STEPS)
			ereturn(scan->escontext, false,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("funnel has too many steps"),
					 errdetail("At most %d are allowed.", CHAIN_MAX_STEPS)));
		if (!read_string(scan, "a label", &parts->steps[parts->nsteps++]) || !next_element(scan, &more))
			return false;
	} while (more);
	return true;
}

static bool
read_within(Scanner *scan, FunnelParts *parts)
{
	JourneyLabel text;
	const char *start;

	skip_space(scan);
	start = scan->p;
	if (scan->end - scan->p >= 4 && memcmp(scan->p, "null", 4) == 0)
	{
		scan->p += 4;
		parts->limited = false;
		return true;
	}
	if (!read_string(scan, "a duration or null", &text))
		return false;
	if (!funnel_read_duration(text.data, text.len, &parts->months, &parts->usecs))
	{
		scan->p = start;
		return expected(scan, "a duration such as \"30 days\"");
	}
	parts->limited = true;
	return true;
}

/* Reads the counts of the steps; *n says how many there are. */
static bool
read_reached(Scanner *scan, FunnelData *data, int *n)
{
	bool		more;

	*n = 0;
	if (!require(scan, '[', "an array of counts"))
		return false;
	if (accept(scan, ']'))
		return true;
	do
	{
		if (*n >= CHAIN_MAX_STEPS)
			return expected(scan, "no more counts than a funnel has steps");
		if (!read_count(scan, &data->reached[(*n)++]) || !next_element(scan, &more))
			return false;
	} while (more);
	return true;
}

/* Reads the times of one step. */
static bool
read_step_times(Scanner *scan, FunnelTime **times, int *n)
{
	int			size = 16;
	bool		more;

	*n = 0;
	*times = palloc(sizeof(FunnelTime) * size);
	if (!require(scan, '[', "an array of pairs"))
		return false;
	if (accept(scan, ']'))
		return true;
	do
	{
		int64		duration;

		if (*n >= size)
		{
			size *= 2;
			*times = repalloc_huge(*times, sizeof(FunnelTime) * size);
		}
		if (!require(scan, '[', "a pair of a duration and a count") ||
			!read_count(scan, &duration) ||
			!require(scan, ',', "\",\" and a count") ||
			!read_count(scan, &(*times)[*n].count) ||
			!require(scan, ']', "\"]\"") ||
			!next_element(scan, &more))
			return false;
		(*times)[(*n)++].bucket = (uint16) histogram_bucket(duration);
	} while (more);
	return true;
}

static bool
read_times(Scanner *scan, FunnelData *data, int *n)
{
	bool		more;

	*n = 0;
	if (!require(scan, '[', "an array of arrays"))
		return false;
	if (accept(scan, ']'))
		return true;
	do
	{
		if (*n >= CHAIN_MAX_STEPS)
			return expected(scan, "no more times than a funnel has steps");
		if (!read_step_times(scan, &data->times[*n], &data->ntimes[*n]) || !next_element(scan, &more))
			return false;
		(*n)++;
	} while (more);
	return true;
}

#define KEY_STEPS		0x01
#define KEY_WITHIN		0x02
#define KEY_OPTIONS		0x04
#define KEY_TOTAL		0x08
#define KEY_ENTERED		0x10
#define KEY_EXCLUDED	0x20
#define KEY_REACHED		0x40
#define KEY_TIMES		0x80

static bool
read_funnel(Scanner *scan, FunnelParts *parts, FunnelData *data)
{
	static const char *const keys[] = {
		"steps", "within", "options", "total", "entered", "excluded", "reached", "times"
	};
	int			seen = 0;
	int			nreached = 0;
	int			ntimes = 0;

	if (!require(scan, '{', "\"{\""))
		return false;
	do
	{
		JourneyLabel name;
		const char *start;
		int			key = 0;
		bool		good = false;

		skip_space(scan);
		start = scan->p;
		if (!read_string(scan, "a key", &name))
			return false;
		while (key < (int) lengthof(keys) && strcmp(keys[key], name.data) != 0)
			key++;
		if (key == (int) lengthof(keys) || (seen & (1 << key)))
		{
			scan->p = start;
			return expected(scan, key == (int) lengthof(keys) ? "a key of a funnel" : "a key only once");
		}
		seen |= 1 << key;
		if (!require(scan, ':', "\":\""))
			return false;
		switch (1 << key)
		{
			case KEY_STEPS:
				good = read_steps(scan, parts);
				break;
			case KEY_WITHIN:
				good = read_within(scan, parts);
				break;
			case KEY_OPTIONS:
				good = read_string(scan, "the options, a string", &parts->options);
				break;
			case KEY_TOTAL:
				good = read_count(scan, &data->total);
				break;
			case KEY_ENTERED:
				good = read_count(scan, &data->entered);
				break;
			case KEY_EXCLUDED:
				good = read_count(scan, &data->excluded);
				break;
			case KEY_REACHED:
				good = read_reached(scan, data, &nreached);
				break;
			case KEY_TIMES:
				good = read_times(scan, data, &ntimes);
				break;
		}
		if (!good)
			return false;
	} while (accept(scan, ','));
	if (!require(scan, '}', "\",\" or \"}\""))
		return false;
	skip_space(scan);
	if (scan->p < scan->end)
		return expected(scan, "nothing after \"}\"");

	for (int key = 0; key < (int) lengthof(keys); key++)
	{
		if (!(seen & (1 << key)) && ((1 << key) & (KEY_STEPS | KEY_TOTAL | KEY_ENTERED | KEY_REACHED)))
			ereturn(scan->escontext, false,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("malformed funnel literal"),
					 errdetail("The key \"%s\" is missing.", keys[key])));
	}
	if (nreached != parts->nsteps || ((seen & KEY_TIMES) && ntimes != parts->nsteps))
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed funnel literal"),
				 errdetail("There are %d steps, but counts of %d and times of %d.",
						   parts->nsteps, nreached, ntimes)));
	return true;
}

Datum
funnel_in(PG_FUNCTION_ARGS)
{
	Scanner		scan;
	FunnelParts *parts = palloc0(sizeof(FunnelParts));
	FunnelData *data = palloc0(sizeof(FunnelData));
	struct varlena *result;

	scan.start = scan.p = PG_GETARG_CSTRING(0);
	scan.end = scan.start + strlen(scan.start);
	scan.escontext = fcinfo->context;
	parts->options.data = "";
	if (!read_funnel(&scan, parts, data))
		PG_RETURN_NULL();
	result = funnel_make(parts, data, ERRCODE_INVALID_TEXT_REPRESENTATION, fcinfo->context);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FUNNEL_P(result);
}
