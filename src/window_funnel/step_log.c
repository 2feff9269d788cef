/*
 * step_log.c
 *		The type step_log: making it, and its text and binary forms.
 *
 * Text: timestamptz 3 within 0 7 0 options "any_order" {at:mask, ...}.  In
 * order: what the times are, how many conditions there are, the window (months,
 * days, microseconds), the options, and the rows: the time as a number (for
 * timestamps, microseconds since 2000-01-01 UTC) and the conditions it meets as
 * a sum of 1, 2, 4 and so on.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "compat.h"
#include "funnel/options.h"
#include "window_funnel/step_log.h"

PG_FUNCTION_INFO_V1(step_log_in);
PG_FUNCTION_INFO_V1(step_log_out);
PG_FUNCTION_INFO_V1(step_log_recv);
PG_FUNCTION_INFO_V1(step_log_send);

StaticAssertDecl(sizeof(RowLogRow) == sizeof(ChainRow) &&
				 offsetof(RowLogRow, mask) == offsetof(ChainRow, mask),
				 "rows of a log are rows of a chain");

/* Read the options of a log, and make a plan of them; false after a soft error. */
static bool
make_plan(ChainPlan *plan, RowLogClock clock, int nconditions, const Interval *within,
		  const char *text, int len, struct Node *escontext)
{
	FunnelOptions options;

	return funnel_options_conditions(&options, text, len, nconditions, clock == ROWLOG_INT8, escontext) &&
		funnel_options_window(&options, within, escontext) &&
		funnel_options_plan_safe(plan, &options, escontext);
}

/* An empty log.  Whatever is wrong with its parameters is said here; NULL after a soft error. */
RowLog *
step_log_new(RowLogClock clock, int nconditions, const Interval *within, const char *options, int len,
			 uint32 maxrows, struct Node *escontext)
{
	ChainPlan	plan;
	StepParams	head = {0};
	char	   *params;
	RowLog	   *log;

	if (nconditions < 1 || nconditions > ROWLOG_MAX_CONDITIONS)
		ereturn(escontext, NULL,
				(errcode(nconditions < 1 ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel must have between 1 and %d conditions", ROWLOG_MAX_CONDITIONS),
				 errdetail("It has %d.", nconditions)));
	if (len > PG_UINT16_MAX)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel options are too long")));
	if (!make_plan(&plan, clock, nconditions, within, options, len, escontext))
		return NULL;

	head.within = *within;
	head.keep_all = chain_needs_all_rows(&plan);
	head.nsteps = plan.opt.nsteps;
	head.options_len = len;
	params = palloc(sizeof(head) + len);
	memcpy(params, &head, sizeof(head));
	memcpy(params + sizeof(head), options, len);
	log = rowlog_new(clock, nconditions, params, sizeof(head) + len, maxrows);
	pfree(params);
	return log;
}

void
step_log_params(const RowLog *log, StepParams *params, const char **options)
{
	if (log->paramsize < sizeof(StepParams))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid log of rows")));
	memcpy(params, log->params, sizeof(StepParams));
	*options = log->params + sizeof(StepParams);
}

void
step_log_plan(ChainPlan *plan, const RowLog *log)
{
	StepParams	params;
	const char *options;

	step_log_params(log, &params, &options);
	make_plan(plan, log->clock, log->nconditions, &params.within, options, params.options_len, NULL);
}

/* What is being read. */
typedef struct Reader
{
	const char *text;
	const char *p;
	struct Node *escontext;
} Reader;

/* Says what was expected at a place; false, for the caller to return. */
static bool
malformed(const Reader *reader, const char *p, const char *what)
{
	const char *text = reader->text;

	ereturn(reader->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed step_log literal: \"%s\"", text),
			 *p == '\0' ?
			 errdetail("Expected %s, but the text ends.", what) :
			 errdetail("Expected %s at position %d.", what, pg_mbstrlen_with_len(text, p - text) + 1)));
}

static void
skip_space(Reader *reader)
{
	while (*reader->p == ' ')
		reader->p++;
}

/* A word of lower-case letters and digits. */
static int
read_word(Reader *reader)
{
	const char *start;

	skip_space(reader);
	for (start = reader->p;
		 (*reader->p >= 'a' && *reader->p <= 'z') || (*reader->p >= '0' && *reader->p <= '9');
		 reader->p++)
		;
	return reader->p - start;
}

static bool
read_integer(Reader *reader, int64 low, int64 high, int64 *value)
{
	char		digits[24];
	int			len = 0;
	const char *start;

	skip_space(reader);
	start = reader->p;
	while (len < 22 && ((*reader->p >= '0' && *reader->p <= '9') || (*reader->p == '-' && reader->p == start)))
		digits[len++] = *reader->p++;
	digits[len] = '\0';
	if (len == 0 || (len == 1 && digits[0] == '-'))
		return malformed(reader, start, "a whole number");
	errno = 0;
	*value = strtoi64(digits, NULL, 10);
	if (errno != 0 || *value < low || *value > high)
		return malformed(reader, start, "a smaller number");
	return true;
}

static bool
expect_word(Reader *reader, const char *word, const char *what)
{
	const char *start;
	int			len;

	skip_space(reader);
	start = reader->p;
	len = read_word(reader);
	if ((size_t) len != strlen(word) || memcmp(start, word, len) != 0)
		return malformed(reader, start, what);
	return true;
}

/* Options between double quotes; one in them is doubled. */
static bool
read_options(Reader *reader, StringInfo options)
{
	skip_space(reader);
	if (*reader->p != '"')
		return malformed(reader, reader->p, "a double quote");
	initStringInfo(options);
	for (reader->p++; *reader->p != '"' || reader->p[1] == '"'; reader->p++)
	{
		if (*reader->p == '\0')
			return malformed(reader, reader->p, "a closing double quote");
		if (*reader->p == '"')
			reader->p++;
		appendStringInfoChar(options, *reader->p);
	}
	reader->p++;
	return true;
}

/* step_log_in(cstring) */
Datum
step_log_in(PG_FUNCTION_ARGS)
{
	Reader		reader = {PG_GETARG_CSTRING(0), PG_GETARG_CSTRING(0), fcinfo->context};
	const char *start;
	int			len;
	RowLogClock clock;
	int64		nconditions;
	int64		months;
	int64		days;
	Interval	within;
	StringInfoData options;
	RowLog	   *log;

	skip_space(&reader);
	start = reader.p;
	len = read_word(&reader);
	if (!rowlog_clock_parse(start, len, &clock))
	{
		malformed(&reader, start, "timestamptz, timestamp, date or int8");
		PG_RETURN_NULL();
	}
	memset(&within, 0, sizeof(within));
	if (!read_integer(&reader, 1, ROWLOG_MAX_CONDITIONS, &nconditions) ||
		!expect_word(&reader, "within", "\"within\"") ||
		!read_integer(&reader, PG_INT32_MIN, PG_INT32_MAX, &months) ||
		!read_integer(&reader, PG_INT32_MIN, PG_INT32_MAX, &days) ||
		!read_integer(&reader, PG_INT64_MIN, PG_INT64_MAX, &within.time) ||
		!expect_word(&reader, "options", "\"options\"") ||
		!read_options(&reader, &options))
		PG_RETURN_NULL();
	within.month = months;
	within.day = days;
	log = step_log_new(clock, nconditions, &within, options.data, options.len, 0, reader.escontext);
	if (log == NULL)
		PG_RETURN_NULL();
	log = rowlog_in_rows(log, &reader.p, reader.text + strlen(reader.text));
	if (log == NULL)
	{
		malformed(&reader, reader.p, "rows such as {0:1, 1000000:2}");
		PG_RETURN_NULL();
	}
	skip_space(&reader);
	if (*reader.p != '\0')
	{
		malformed(&reader, reader.p, "nothing after the rows");
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(rowlog_pack(log));
}

Datum
step_log_out(PG_FUNCTION_ARGS)
{
	RowLog	   *log = rowlog_argument(fcinfo, 0);
	StepParams	params;
	const char *options;
	StringInfoData buf;

	step_log_params(log, &params, &options);
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %d within %d %d " INT64_FORMAT " options \"",
					 rowlog_clock_name(log->clock), log->nconditions,
					 params.within.month, params.within.day, params.within.time);
	for (int i = 0; i < params.options_len; i++)
	{
		if (options[i] == '"')
			appendStringInfoChar(&buf, '"');
		appendStringInfoChar(&buf, options[i]);
	}
	appendStringInfoString(&buf, "\" ");
	rowlog_out_rows(&buf, log);
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Binary: version (int8), clock (int8), number of conditions (int8), window
 * (int32 months, int32 days, int64 microseconds), options (int32 length,
 * text), rows.
 */
Datum
step_log_send(PG_FUNCTION_ARGS)
{
	RowLog	   *log = rowlog_argument(fcinfo, 0);
	StepParams	params;
	const char *options;
	StringInfoData buf;

	step_log_params(log, &params, &options);
	pq_begintypsend(&buf);
	pq_sendint8(&buf, ROWLOG_VERSION);
	pq_sendint8(&buf, log->clock);
	pq_sendint8(&buf, log->nconditions);
	pq_sendint32(&buf, params.within.month);
	pq_sendint32(&buf, params.within.day);
	pq_sendint64(&buf, params.within.time);
	pq_sendcountedtext(&buf, options, params.options_len);
	rowlog_send_rows(&buf, log);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
step_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			clock = pq_getmsgbyte(buf);
	int			nconditions = pq_getmsgbyte(buf);
	Interval	within;
	int			size;
	int			len;
	const char *options;
	RowLog	   *log;

	if (version != ROWLOG_VERSION || clock > ROWLOG_INT8)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("step_log value has unknown version %d.%d", version, clock)));
	memset(&within, 0, sizeof(within));
	within.month = (int32) pq_getmsgint(buf, 4);
	within.day = (int32) pq_getmsgint(buf, 4);
	within.time = pq_getmsgint64(buf);
	size = pq_getmsgint(buf, 4);
	if (size < 0 || size > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid length of options in step_log value: %d", size)));
	options = pq_getmsgtext(buf, size, &len);
	log = step_log_new(clock, nconditions, &within, options, len, 0, NULL);
	PG_RETURN_POINTER(rowlog_pack(rowlog_recv_rows(log, buf)));
}
