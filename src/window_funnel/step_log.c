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

/* Read the options of a log, and make a plan of them. */
static void
make_plan(ChainPlan *plan, RowLogClock clock, int nconditions, const Interval *within,
		  const char *text, int len)
{
	FunnelOptions options;

	funnel_options_conditions(&options, text, len, nconditions, clock == ROWLOG_INT8);
	funnel_options_window(&options, within);
	funnel_options_plan(plan, &options);
}

/* An empty log.  Whatever is wrong with its parameters is said here. */
RowLog *
step_log_new(RowLogClock clock, int nconditions, const Interval *within, const char *options, int len,
			 uint32 maxrows)
{
	ChainPlan	plan;
	StepParams	head = {0};
	char	   *params;
	RowLog	   *log;

	if (nconditions < 1 || nconditions > ROWLOG_MAX_CONDITIONS)
		ereport(ERROR,
				(errcode(nconditions < 1 ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel must have between 1 and %d conditions", ROWLOG_MAX_CONDITIONS),
				 errdetail("It has %d.", nconditions)));
	if (len > PG_UINT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel options are too long")));
	make_plan(&plan, clock, nconditions, within, options, len);

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
	make_plan(plan, log->clock, log->nconditions, &params.within, options, params.options_len);
}

pg_noreturn static void
malformed(const char *text, const char *p, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed step_log literal: \"%s\"", text),
			 *p == '\0' ?
			 errdetail("Expected %s, but the text ends.", what) :
			 errdetail("Expected %s at position %d.", what, pg_mbstrlen_with_len(text, p - text) + 1)));
}

static void
skip_space(const char **p)
{
	while (**p == ' ')
		(*p)++;
}

/* A word of lower-case letters and digits. */
static int
read_word(const char **p)
{
	const char *start;

	skip_space(p);
	for (start = *p; (**p >= 'a' && **p <= 'z') || (**p >= '0' && **p <= '9'); (*p)++)
		;
	return *p - start;
}

static int64
read_integer(const char *text, const char **p, int64 low, int64 high)
{
	char		digits[24];
	int			len = 0;
	const char *start;
	int64		value;

	skip_space(p);
	start = *p;
	while (len < 22 && ((**p >= '0' && **p <= '9') || (**p == '-' && *p == start)))
		digits[len++] = *(*p)++;
	digits[len] = '\0';
	if (len == 0 || (len == 1 && digits[0] == '-'))
		malformed(text, start, "a whole number");
	errno = 0;
	value = strtoi64(digits, NULL, 10);
	if (errno != 0 || value < low || value > high)
		malformed(text, start, "a smaller number");
	return value;
}

static void
expect_word(const char *text, const char **p, const char *word, const char *what)
{
	const char *start;
	int			len;

	skip_space(p);
	start = *p;
	len = read_word(p);
	if ((size_t) len != strlen(word) || memcmp(start, word, len) != 0)
		malformed(text, start, what);
}

/* step_log_in(cstring) */
Datum
step_log_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *p = text;
	const char *start;
	int			len;
	RowLogClock clock;
	int			nconditions;
	Interval	within;
	StringInfoData options;
	RowLog	   *log;

	skip_space(&p);
	start = p;
	len = read_word(&p);
	if (!rowlog_clock_parse(start, len, &clock))
		malformed(text, start, "timestamptz, timestamp, date or int8");
	nconditions = read_integer(text, &p, 1, ROWLOG_MAX_CONDITIONS);
	expect_word(text, &p, "within", "\"within\"");
	memset(&within, 0, sizeof(within));
	within.month = read_integer(text, &p, PG_INT32_MIN, PG_INT32_MAX);
	within.day = read_integer(text, &p, PG_INT32_MIN, PG_INT32_MAX);
	within.time = read_integer(text, &p, PG_INT64_MIN, PG_INT64_MAX);
	expect_word(text, &p, "options", "\"options\"");
	skip_space(&p);
	if (*p != '"')
		malformed(text, p, "a double quote");
	initStringInfo(&options);
	for (p++; *p != '"' || p[1] == '"'; p++)
	{
		if (*p == '\0')
			malformed(text, p, "a closing double quote");
		if (*p == '"')
			p++;
		appendStringInfoChar(&options, *p);
	}
	p++;
	log = step_log_new(clock, nconditions, &within, options.data, options.len, 0);
	log = rowlog_in_rows(log, &p, text + strlen(text));
	if (log == NULL)
		malformed(text, p, "rows such as {0:1, 1000000:2}");
	skip_space(&p);
	if (*p != '\0')
		malformed(text, p, "nothing after the rows");
	PG_RETURN_POINTER(log);
}

Datum
step_log_out(PG_FUNCTION_ARGS)
{
	RowLog	   *log = PG_GETARG_ROWLOG_P(0);
	StepParams	params;
	const char *options;
	StringInfoData buf;

	rowlog_check(log);
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
	RowLog	   *log = PG_GETARG_ROWLOG_P(0);
	StepParams	params;
	const char *options;
	StringInfoData buf;

	rowlog_check(log);
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
	log = step_log_new(clock, nconditions, &within, options, len, 0);
	PG_RETURN_POINTER(rowlog_recv_rows(log, buf));
}
