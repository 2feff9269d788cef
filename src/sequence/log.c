/*
 * log.c
 *		The type sequence_log: making it, merging it, and its text and binary
 *		forms.
 *
 * A log holds the rows of one group and the pattern they are asked about.
 *
 * Text: timestamptz 2 pattern "(?1).*(?2)" {at:mask, ...}.  In order: what the
 * times are, how many conditions there are, the pattern, and the rows: the
 * time as a number (for timestamps, microseconds since 2000-01-01 UTC) and the
 * conditions it meets as a sum of 1, 2, 4 and so on.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/builtins.h"

#include "compat.h"
#include "rowlog/rowlog.h"
#include "sequence/sequence.h"

PG_FUNCTION_INFO_V1(sequence_log_in);
PG_FUNCTION_INFO_V1(sequence_log_out);
PG_FUNCTION_INFO_V1(sequence_log_recv);
PG_FUNCTION_INFO_V1(sequence_log_send);
PG_FUNCTION_INFO_V1(sequence_log_accum_timestamptz);
PG_FUNCTION_INFO_V1(sequence_log_accum_timestamp);
PG_FUNCTION_INFO_V1(sequence_log_accum_date);
PG_FUNCTION_INFO_V1(sequence_log_accum_int8);
PG_FUNCTION_INFO_V1(sequence_log_combine);
PG_FUNCTION_INFO_V1(sequence_log_merge);
PG_FUNCTION_INFO_V1(sequence_log_final);

static PatternClock
pattern_clock(RowLogClock clock)
{
	return clock == ROWLOG_INT8 ? PATTERN_PLAIN : PATTERN_USECS;
}

/* ---------------------------------------------------------------- building */

/* sequence_log_accum(state, pattern, at, conditions) */
static Datum
accum(FunctionCallInfo fcinfo, RowLogClock clock)
{
	RowLog	   *log = NULL;
	text	   *pattern;
	const char *p;
	int			len;
	SequencePattern *sequence;
	uint64		mask;
	int			nconditions;

	rowlog_prefetch(fcinfo, 0);
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("sequence pattern must not be null")));
	pattern = PG_GETARG_TEXT_PP(1);
	p = VARDATA_ANY(pattern);
	len = VARSIZE_ANY_EXHDR(pattern);
	sequence = sequence_pattern(fcinfo, p, len, PATTERN_CONDITIONS, pattern_clock(clock));

	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("list of conditions must not be null")));
	if (!rowlog_conditions(PG_GETARG_DATUM(3), &mask, &nconditions) || nconditions < 1)
		ereport(ERROR,
				(errcode(nconditions > ROWLOG_MAX_CONDITIONS ? ERRCODE_PROGRAM_LIMIT_EXCEEDED :
						 nconditions < 1 ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("conditions must be a list of 1 to %d", ROWLOG_MAX_CONDITIONS)));
	if (sequence->pattern->nnames > nconditions)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sequence pattern names condition %d, but there are %d",
						sequence->pattern->nnames, nconditions)));
	if (!PG_ARGISNULL(0))
		log = rowlog_state(fcinfo, 0);
	if (log == NULL)
		log = rowlog_new(clock, nconditions, p, len, 0);
	else if (log->clock != clock || log->nconditions != nconditions ||
			 log->paramsize != (uint32) len || memcmp(log->params, p, len) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sequence pattern and number of conditions must be the same for all rows of a group")));

	if (!PG_ARGISNULL(2))
	{
		if (mask != 0 || sequence->pattern->all_rows)
			log = rowlog_add_time(log, PG_GETARG_DATUM(2), mask);
		else
			rowlog_check_time(clock, PG_GETARG_DATUM(2));
	}
	PG_RETURN_POINTER(log);
}

Datum
sequence_log_accum_timestamptz(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_TIMESTAMPTZ);
}

Datum
sequence_log_accum_timestamp(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_TIMESTAMP);
}

Datum
sequence_log_accum_date(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_DATE);
}

Datum
sequence_log_accum_int8(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_INT8);
}

/* The combine function of the aggregates, and the transition of rollup. */
Datum
sequence_log_combine(PG_FUNCTION_ARGS)
{
	return rowlog_merge_states(fcinfo, "sequences", "patterns");
}

/* sequence_log || sequence_log */
Datum
sequence_log_merge(PG_FUNCTION_ARGS)
{
	return rowlog_merge_states(fcinfo, "sequences", "patterns");
}

/* The log as it is stored: its rows in order, without room for more. */
Datum
sequence_log_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rowlog_pack(rowlog_argument(fcinfo, 0)));
}

/* ---------------------------------------------------------------- text and binary forms */

/* The text being read. */
typedef struct Scanner
{
	const char *start;
	const char *p;
	struct Node *escontext;
} Scanner;

static bool
malformed(const Scanner *scan, const char *what)
{
	if (*scan->p == '\0')
		errsave(scan->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed sequence_log literal: \"%s\"", scan->start),
				 errdetail("Expected %s, but the text ends.", what)));
	else
		errsave(scan->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed sequence_log literal: \"%s\"", scan->start),
				 errdetail("Expected %s at position %d.", what,
						   pg_mbstrlen_with_len(scan->start, scan->p - scan->start) + 1)));
	return false;
}

static void
skip_space(Scanner *scan)
{
	while (scanner_isspace(*scan->p))
		scan->p++;
}

/* What stands before the rows. */
static bool
read_head(Scanner *scan, RowLogClock *clock, int *nconditions, StringInfo pattern)
{
	const char *word;
	int			len;

	skip_space(scan);
	word = scan->p;
	len = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (!rowlog_clock_parse(word, len, clock))
		return malformed(scan, "timestamptz, timestamp, date or int8");
	scan->p += len;

	skip_space(scan);
	*nconditions = 0;
	len = strspn(scan->p, "0123456789");
	for (int i = 0; i < len && *nconditions <= ROWLOG_MAX_CONDITIONS; i++)
		*nconditions = *nconditions * 10 + (scan->p[i] - '0');
	if (*nconditions < 1 || *nconditions > ROWLOG_MAX_CONDITIONS)
		return malformed(scan, "a number of conditions from 1 to 64");
	scan->p += len;

	skip_space(scan);
	if (strncmp(scan->p, "pattern", strlen("pattern")) != 0)
		return malformed(scan, "\"pattern\"");
	scan->p += strlen("pattern");

	skip_space(scan);
	if (*scan->p != '"')
		return malformed(scan, "a double quote");
	for (scan->p++; *scan->p != '"' || scan->p[1] == '"'; scan->p++)
	{
		if (*scan->p == '\0')
			return malformed(scan, "a closing double quote");
		if (*scan->p == '"')
			scan->p++;
		appendStringInfoChar(pattern, *scan->p);
	}
	scan->p++;
	return true;
}

/* sequence_log_in(cstring) */
Datum
sequence_log_in(PG_FUNCTION_ARGS)
{
	Scanner		scan;
	RowLogClock clock = ROWLOG_TIMESTAMPTZ;
	int			nconditions = 0;
	StringInfoData pattern;
	RowLog	   *log;

	scan.start = scan.p = PG_GETARG_CSTRING(0);
	scan.escontext = fcinfo->context;
	initStringInfo(&pattern);
	if (!read_head(&scan, &clock, &nconditions, &pattern) ||
		!sequence_check_pattern(pattern.data, pattern.len, pattern_clock(clock), nconditions, scan.escontext))
		PG_RETURN_NULL();
	log = rowlog_new(clock, nconditions, pattern.data, pattern.len, 0);
	log = rowlog_in_rows(log, &scan.p, scan.start + strlen(scan.start));
	if (log == NULL)
	{
		malformed(&scan, "rows such as {0:1, 1000000:2}");
		PG_RETURN_NULL();
	}
	skip_space(&scan);
	if (*scan.p != '\0')
	{
		malformed(&scan, "nothing after the rows");
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(rowlog_pack(log));
}

Datum
sequence_log_out(PG_FUNCTION_ARGS)
{
	RowLog	   *log = rowlog_argument(fcinfo, 0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %d pattern \"", rowlog_clock_name(log->clock), log->nconditions);
	for (uint32 i = 0; i < log->paramsize; i++)
	{
		if (log->params[i] == '"')
			appendStringInfoChar(&buf, '"');
		appendStringInfoChar(&buf, log->params[i]);
	}
	appendStringInfoString(&buf, "\" ");
	rowlog_out_rows(&buf, log);
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Binary: version, clock and number of conditions (int8 each), pattern (int32
 * length, text), rows (int32 count, int64 time and int64 conditions of each).
 */
Datum
sequence_log_send(PG_FUNCTION_ARGS)
{
	RowLog	   *log = rowlog_argument(fcinfo, 0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, ROWLOG_VERSION);
	pq_sendint8(&buf, log->clock);
	pq_sendint8(&buf, log->nconditions);
	pq_sendcountedtext(&buf, log->params, log->paramsize);
	rowlog_send_rows(&buf, log);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Everything here comes from outside and is checked. */
Datum
sequence_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			clock = pq_getmsgbyte(buf);
	int			nconditions = pq_getmsgbyte(buf);
	int			size;
	int			len;
	char	   *pattern;
	RowLog	   *log;

	if (version != ROWLOG_VERSION || clock > ROWLOG_INT8)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("sequence_log value has unknown version %d.%d", version, clock)));
	if (nconditions < 1 || nconditions > ROWLOG_MAX_CONDITIONS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of conditions in sequence_log value: %d", nconditions)));
	size = pq_getmsgint(buf, 4);
	if (size < 0 || size > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid length of pattern in sequence_log value: %d", size)));
	pattern = pq_getmsgtext(buf, size, &len);
	sequence_check_pattern(pattern, len, pattern_clock(clock), nconditions, NULL);
	log = rowlog_new(clock, nconditions, pattern, len, 0);
	PG_RETURN_POINTER(rowlog_pack(rowlog_recv_rows(log, buf)));
}
