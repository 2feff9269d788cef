/*
 * times_io.c
 *		Text and binary input and output of the dwell_times type.
 *
 * The text form is JSON:
 *
 *		{"ended": [[3600000000, 2], [86400000000, 1]], "lasting": [[7200000000, 1]], "sum": [1, 7200000000]}
 *
 * Pairs of a duration in microseconds and how often it was counted; durations
 * are the least ones of their buckets, and on input any duration counts in
 * its bucket.  The sum is that of the durations that have ended, in days of
 * 24 hours and microseconds.
 */
#include "postgres.h"

#include "common/int.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#include "dwell/dwell.h"

PG_FUNCTION_INFO_V1(dwell_times_in);
PG_FUNCTION_INFO_V1(dwell_times_out);
PG_FUNCTION_INFO_V1(dwell_times_recv);
PG_FUNCTION_INFO_V1(dwell_times_send);

static void
append_pairs(StringInfo buf, const DwellTimes *times, bool open)
{
	const char *comma = "";

	for (int i = 0; i < times->n; i++)
	{
		uint16		key = dwell_keys(times)[i];

		if (DWELL_OPEN(key) != open)
			continue;
		appendStringInfo(buf, "%s[" INT64_FORMAT ", " INT64_FORMAT "]", comma,
						 histogram_low(DWELL_BUCKET(key)), dwell_counts(times)[i]);
		comma = ", ";
	}
}

Datum
dwell_times_out(PG_FUNCTION_ARGS)
{
	DwellTimes *times = PG_GETARG_DWELL_TIMES_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"ended\": [");
	append_pairs(&buf, times, false);
	appendStringInfoString(&buf, "], \"lasting\": [");
	append_pairs(&buf, times, true);
	appendStringInfo(&buf, "], \"sum\": [" INT64_FORMAT ", " INT64_FORMAT "]}", times->days, times->usecs);
	PG_RETURN_CSTRING(buf.data);
}

/* ---------------------------------------------------------------- input */

/*
 * Can the sum be one of these durations?  Floating point is close enough for
 * a value that nobody counted by hand.
 */
static bool
check_sum(const DwellTimes *times, int sqlstate, struct Node *escontext)
{
	double		least = 0;
	double		most = 0;
	double		sum = (double) times->days * USECS_PER_DAY + times->usecs;

	for (int i = 0; i < times->n; i++)
	{
		uint16		key = dwell_keys(times)[i];
		double		count = dwell_counts(times)[i];

		if (DWELL_OPEN(key))
			continue;
		least += count * histogram_low(DWELL_BUCKET(key));
		most += count * histogram_high(DWELL_BUCKET(key));
	}
	if (times->days < 0 || times->usecs < 0 || times->usecs >= USECS_PER_DAY ||
		sum < least * (1 - 1e-9) || sum > most * (1 + 1e-9))
		ereturn(escontext, false,
				(errcode(sqlstate),
				 errmsg("dwell times contradict each other"),
				 errdetail("The sum cannot be that of the durations.")));
	return true;
}

/* The text being read, and where. */
typedef struct Scanner
{
	const char *start;
	const char *p;
	int64		total;			/* of all counts so far, which must fit */
	struct Node *escontext;
} Scanner;

static void
skip_space(Scanner *scan)
{
	while (*scan->p == ' ' || *scan->p == '\t' || *scan->p == '\n' || *scan->p == '\r')
		scan->p++;
}

/* Reports what was expected where the scanner stands.  Returns false, for soft errors. */
static bool
expected(Scanner *scan, const char *what)
{
	int			position = pg_mbstrlen_with_len(scan->start, scan->p - scan->start) + 1;

	if (*scan->p == '\0')
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed dwell_times literal"),
				 errdetail("Expected %s, but the text ends.", what)));
	ereturn(scan->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed dwell_times literal"),
			 errdetail("Expected %s at position %d, found \"%.*s\".", what, position, pg_mblen(scan->p), scan->p)));
}

static bool
accept(Scanner *scan, char c)
{
	skip_space(scan);
	if (*scan->p != c)
		return false;
	scan->p++;
	return true;
}

static bool
read_count(Scanner *scan, int64 *value)
{
	skip_space(scan);
	if (*scan->p < '0' || *scan->p > '9')
		return expected(scan, "a whole number of 0 or more");
	*value = 0;
	for (; *scan->p >= '0' && *scan->p <= '9'; scan->p++)
	{
		if (pg_mul_s64_overflow(*value, 10, value) || pg_add_s64_overflow(*value, *scan->p - '0', value))
			ereturn(scan->escontext, false,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count of dwell times is out of range")));
	}
	return true;
}

static bool
read_pair(Scanner *scan, int64 *first, int64 *second)
{
	return (accept(scan, '[') || expected(scan, "\"[\" and a pair of numbers")) &&
		read_count(scan, first) &&
		(accept(scan, ',') || expected(scan, "\",\"")) &&
		read_count(scan, second) &&
		(accept(scan, ']') || expected(scan, "\"]\""));
}

static bool
read_pairs(Scanner *scan, bool open, DwellTimes **times)
{
	if (!accept(scan, '['))
		return expected(scan, "an array of pairs");
	if (accept(scan, ']'))
		return true;
	do
	{
		int64		duration;
		int64		count;
		uint16		key;

		if (!read_pair(scan, &duration, &count))
			return false;
		if (count == 0)
			continue;
		if (pg_add_s64_overflow(scan->total, count, &scan->total))
			ereturn(scan->escontext, false,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count of dwell times is out of range")));
		key = DWELL_KEY(histogram_bucket(duration), open);
		*times = dwell_times_count(*times, key, count);
	} while (accept(scan, ','));
	return accept(scan, ']') || expected(scan, "\",\" or \"]\"");
}

static bool
read_times(Scanner *scan, DwellTimes **times)
{
	static const char *const keys[] = {"\"ended\"", "\"lasting\"", "\"sum\""};
	int			seen = 0;
	int64		days = 0;
	int64		usecs = 0;

	if (!accept(scan, '{'))
		return expected(scan, "\"{\"");
	do
	{
		int			key = 0;
		bool		good;

		skip_space(scan);
		while (key < 3 && strncmp(scan->p, keys[key], strlen(keys[key])) != 0)
			key++;
		if (key == 3 || (seen & (1 << key)))
			return expected(scan, "each of the keys \"ended\", \"lasting\" and \"sum\" once");
		seen |= 1 << key;
		scan->p += strlen(keys[key]);
		if (!accept(scan, ':'))
			return expected(scan, "\":\"");
		good = key == 2 ? read_pair(scan, &days, &usecs) : read_pairs(scan, key == 1, times);
		if (!good)
			return false;
	} while (accept(scan, ','));
	if (!accept(scan, '}'))
		return expected(scan, "\",\" or \"}\"");
	skip_space(scan);
	if (*scan->p != '\0')
		return expected(scan, "nothing after \"}\"");
	if (seen != 7)
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed dwell_times literal"),
				 errdetail("It needs the keys \"ended\", \"lasting\" and \"sum\".")));
	(*times)->days = days;
	(*times)->usecs = usecs;
	return check_sum(*times, ERRCODE_INVALID_TEXT_REPRESENTATION, scan->escontext);
}

Datum
dwell_times_in(PG_FUNCTION_ARGS)
{
	DwellTimes *times = dwell_times_new(8);
	Scanner		scan;

	scan.start = scan.p = PG_GETARG_CSTRING(0);
	scan.total = 0;
	scan.escontext = fcinfo->context;
	if (!read_times(&scan, &times))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(dwell_times_pack(times));
}

/* ---------------------------------------------------------------- binary form */

/*
 * Version byte; the sum in days and microseconds (int64 each); how many
 * counts (int32); each with its key (int32: twice the bucket, plus 1 for stays
 * that last) and count (int64).
 */
Datum
dwell_times_send(PG_FUNCTION_ARGS)
{
	DwellTimes *times = PG_GETARG_DWELL_TIMES_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, DWELL_VERSION);
	pq_sendint64(&buf, times->days);
	pq_sendint64(&buf, times->usecs);
	pq_sendint32(&buf, times->n);
	for (int i = 0; i < times->n; i++)
	{
		pq_sendint32(&buf, dwell_keys(times)[i]);
		pq_sendint64(&buf, dwell_counts(times)[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Everything here comes from outside and is checked. */
Datum
dwell_times_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int64		days;
	int64		usecs;
	int64		total = 0;
	int32		n;
	DwellTimes *times;

	if (version != DWELL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("dwell_times value has unknown version %d", version)));
	days = pq_getmsgint64(buf);
	usecs = pq_getmsgint64(buf);
	n = pq_getmsgint(buf, 4);
	if (n < 0 || n > DWELL_KEYS || n > (buf->len - buf->cursor) / 12)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of counts in dwell_times value: %d", n)));
	times = dwell_times_new(n);
	times->days = days;
	times->usecs = usecs;
	times->n = n;
	for (int i = 0; i < n; i++)
	{
		uint32		key = pq_getmsgint(buf, 4);
		int64		count = pq_getmsgint64(buf);

		if (key >= DWELL_KEYS || (i > 0 && key <= dwell_keys(times)[i - 1]) || count <= 0 ||
			pg_add_s64_overflow(total, count, &total))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid count in dwell_times value")));
		dwell_keys(times)[i] = (uint16) key;
		dwell_counts(times)[i] = count;
	}
	check_sum(times, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL);
	PG_RETURN_POINTER(times);
}
