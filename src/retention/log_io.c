/*
 * log_io.c
 *		Text and binary input and output of retention_log.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "core/iso8601.h"
#include "core/timespan.h"
#include "retention/log.h"

PG_FUNCTION_INFO_V1(retention_log_in);
PG_FUNCTION_INFO_V1(retention_log_out);
PG_FUNCTION_INFO_V1(retention_log_recv);
PG_FUNCTION_INFO_V1(retention_log_send);

/*
 * Text: period; periods; mode; time zone; as of; start; {returns}.  A rolling
 * period is months/days/microseconds, brackets are {bound,bound,...}, what
 * there is none of is "-", times are ISO 8601 in UTC.
 */
static void
append_time(StringInfo buf, int64 at)
{
	char		text[ISO8601_MAXLEN];

	if (TIMESTAMP_IS_NOEND(at))
		appendStringInfoString(buf, "infinity");
	else if (TIMESTAMP_IS_NOBEGIN(at))
		appendStringInfoString(buf, "-infinity");
	else
		appendBinaryStringInfo(buf, text, iso8601_format(at, text));
}

Datum
retention_log_out(PG_FUNCTION_ARGS)
{
	RetentionLog *log = (RetentionLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	StringInfoData buf;

	retention_log_compact(log);
	initStringInfo(&buf);
	if (log->unit == RETENTION_ROLLING)
		appendStringInfo(&buf, "%d/%d/" INT64_FORMAT, log->period.month, log->period.day, log->period.time);
	else
		appendStringInfoString(&buf, retention_unit_name((RetentionUnit) log->unit));
	if (log->has_bounds)
	{
		for (int i = 0; i <= log->nperiods; i++)
			appendStringInfo(&buf, "%s%d", i == 0 ? "; {" : ",", retention_log_bounds(log)[i]);
		appendStringInfoChar(&buf, '}');
	}
	else
		appendStringInfo(&buf, "; %d", log->nperiods);
	appendStringInfo(&buf, "; %s%s; %.*s; ",
					 log->flags & RETENTION_ON_OR_AFTER ? "on_or_after" : "on",
					 log->flags & RETENTION_PARTIAL ? ", partial" : "",
					 log->tzlen, retention_log_tz(log));
	if (log->flags & RETENTION_HAS_AS_OF)
		append_time(&buf, log->as_of);
	else
		appendStringInfoChar(&buf, '-');
	appendStringInfoString(&buf, "; ");
	if (TIMESTAMP_IS_NOEND(log->start))
		appendStringInfoChar(&buf, '-');
	else
		append_time(&buf, log->start);
	appendStringInfoString(&buf, "; {");
	for (int i = 0; i < log->ntimes; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		append_time(&buf, retention_log_times(log)[i]);
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* Reading the text form. */
typedef struct LogScanner
{
	const char *text;
	const char *p;
	const char *end;
} LogScanner;

static void
skip_space(LogScanner *scan)
{
	while (scan->p < scan->end && scanner_isspace(*scan->p))
		scan->p++;
}

/* Reads a character that must be there. */
static bool
expect(LogScanner *scan, char c)
{
	skip_space(scan);
	if (scan->p >= scan->end || *scan->p != c)
		return false;
	scan->p++;
	skip_space(scan);
	return true;
}

/* Is the next character this one?  Then it is read. */
static bool
accept(LogScanner *scan, char c)
{
	skip_space(scan);
	return scan->p < scan->end && *scan->p == c && expect(scan, c);
}

/* The text up to the next separator. */
static const char *
read_field(LogScanner *scan, int *len)
{
	const char *start = scan->p;
	const char *end;

	while (scan->p < scan->end && *scan->p != ';')
		scan->p++;
	end = scan->p;
	while (end > start && scanner_isspace(end[-1]))
		end--;
	*len = end - start;
	return start;
}

static bool
read_number(LogScanner *scan, int64 min, int64 max, int64 *value)
{
	char	   *end;

	errno = 0;
	*value = strtoll(scan->p, &end, 10);
	if (errno != 0 || end == scan->p || *value < min || *value > max ||
		!((*scan->p >= '0' && *scan->p <= '9') || *scan->p == '-'))
		return false;
	scan->p = end;
	return true;
}

static bool
read_word(LogScanner *scan, const char *word)
{
	int			len = strlen(word);

	if (scan->end - scan->p < len || memcmp(scan->p, word, len) != 0)
		return false;
	scan->p += len;
	return true;
}

/* Reads nothing when there is no time. */
static bool
read_time(LogScanner *scan, int64 *at)
{
	const char *next;

	if (iso8601_parse(scan->p, scan->end, at, &next) != ISO8601_OK)
		return false;
	scan->p = next;
	return true;
}

/* Reads everything before the returns.  Bounds and time zone point where they stay valid. */
static bool
read_plan(LogScanner *scan, RetentionPlan *plan, int64 *start, struct Node *escontext)
{
	const char *word;
	int			len;
	int64		value;

	skip_space(scan);
	word = scan->p;
	if (word < scan->end && *word >= 'a' && *word <= 'z')
	{
		word = read_field(scan, &len);
		if (!retention_unit_parse(word, len, &plan->unit))
			return false;
	}
	else
	{
		plan->unit = RETENTION_ROLLING;
		if (!read_number(scan, 0, PG_INT32_MAX, &value) || !expect(scan, '/'))
			return false;
		plan->period.month = value;
		if (!read_number(scan, 0, PG_INT32_MAX, &value) || !expect(scan, '/'))
			return false;
		plan->period.day = value;
		if (!read_number(scan, 0, PG_INT64_MAX, &value))
			return false;
		plan->period.time = value;
	}
	if (!expect(scan, ';'))
		return false;

	if (accept(scan, '{'))
	{
		int32	   *bounds = palloc(sizeof(int32) * (RETENTION_MAX_PERIODS + 1));
		int			n = 0;

		do
		{
			if (n > RETENTION_MAX_PERIODS || !read_number(scan, 0, PG_INT32_MAX, &value))
				return false;
			bounds[n++] = value;
		} while (accept(scan, ','));
		if (n < 2 || !expect(scan, '}'))
			return false;
		plan->bounds = bounds;
		plan->nperiods = n - 1;
	}
	else
	{
		if (!read_number(scan, 1, RETENTION_MAX_PERIODS, &value))
			return false;
		plan->nperiods = value;
	}
	if (!expect(scan, ';'))
		return false;

	word = read_field(scan, &len);
	if (!retention_mode_parse(word, len, &plan->flags, escontext))
		return false;
	if (!expect(scan, ';'))
		return false;
	plan->tz = read_field(scan, &plan->tzlen);
	if (!expect(scan, ';'))
		return false;

	if (read_word(scan, "infinity"))
	{
		plan->flags |= RETENTION_HAS_AS_OF;
		plan->as_of = DT_NOEND;
	}
	else if (read_word(scan, "-infinity"))
	{
		plan->flags |= RETENTION_HAS_AS_OF;
		plan->as_of = DT_NOBEGIN;
	}
	else if (read_time(scan, &plan->as_of))
		plan->flags |= RETENTION_HAS_AS_OF;
	else
	{
		plan->as_of = 0;
		if (!accept(scan, '-'))
			return false;
	}
	if (!expect(scan, ';'))
		return false;

	if (!read_time(scan, start))
	{
		*start = DT_NOEND;
		if (!accept(scan, '-'))
			return false;
	}
	return expect(scan, ';');
}

/* A time that the as_of of the plan excludes cannot be in a state. */
static bool
time_allowed(const RetentionPlan *plan, int64 at)
{
	return !(plan->flags & RETENTION_HAS_AS_OF) || at <= plan->as_of;
}

Datum
retention_log_in(PG_FUNCTION_ARGS)
{
	LogScanner	scan;
	RetentionPlan plan;
	RetentionLog *log;
	struct Node *escontext = fcinfo->context;
	int64		start;

	memset(&plan, 0, sizeof(plan));
	scan.text = scan.p = PG_GETARG_CSTRING(0);
	scan.end = scan.text + strlen(scan.text);
	if (!read_plan(&scan, &plan, &start, escontext))
	{
		if (SOFT_ERROR_OCCURRED(escontext))
			PG_RETURN_NULL();
		goto malformed;
	}
	if (!retention_plan_check(&plan, escontext))
		PG_RETURN_NULL();
	if (!TIMESTAMP_IS_NOEND(start) && !time_allowed(&plan, start))
		goto malformed;

	log = retention_log_new(&plan, plan.flags & RETENTION_ON_OR_AFTER ? 1 : 4);
	log->start = start;
	if (!expect(&scan, '{'))
		goto malformed;
	if (!accept(&scan, '}'))
	{
		do
		{
			int64		at;

			if (!read_time(&scan, &at) || !time_allowed(&plan, at))
				goto malformed;
			log = retention_log_add(log, at);
		} while (accept(&scan, ','));
		if (!expect(&scan, '}'))
			goto malformed;
	}
	if (scan.p < scan.end)
		goto malformed;
	retention_log_compact(log);
	PG_RETURN_POINTER(log);

malformed:
	ereturn(escontext, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed state of retention: \"%s\"", scan.text),
			 errdetail("Reading stopped at position %d.", (int) (scan.p - scan.text) + 1)));
}

/*
 * Binary: version, unit, flags (bytes); period as months, days (int32) and
 * microseconds (int64); as of, start (int64); number of periods, number of
 * bounds (int32), bounds (int32 each); time zone (string); number of times
 * (int32), times (int64 each).
 */
Datum
retention_log_send(PG_FUNCTION_ARGS)
{
	RetentionLog *log = (RetentionLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	StringInfoData buf;
	char		tz[TZ_STRLEN_MAX + 1];

	retention_log_compact(log);
	memcpy(tz, retention_log_tz(log), log->tzlen);
	tz[log->tzlen] = '\0';
	pq_begintypsend(&buf);
	pq_sendint8(&buf, RETENTION_LOG_VERSION);
	pq_sendint8(&buf, log->unit);
	pq_sendint8(&buf, log->flags);
	pq_sendint32(&buf, log->period.month);
	pq_sendint32(&buf, log->period.day);
	pq_sendint64(&buf, log->period.time);
	pq_sendint64(&buf, log->as_of);
	pq_sendint64(&buf, log->start);
	pq_sendint32(&buf, log->nperiods);
	pq_sendint32(&buf, log->has_bounds ? log->nperiods + 1 : 0);
	for (int i = 0; log->has_bounds && i <= log->nperiods; i++)
		pq_sendint32(&buf, retention_log_bounds(log)[i]);
	pq_sendstring(&buf, tz);
	pq_sendint32(&buf, log->ntimes);
	for (int i = 0; i < log->ntimes; i++)
		pq_sendint64(&buf, retention_log_times(log)[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed state of retention"),
			 errdetail("Its %s cannot be right.", what)));
}

Datum
retention_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	RetentionPlan plan;
	RetentionLog *log;
	int			version = pq_getmsgbyte(buf);
	int			unit;
	int			nbounds;
	int			n;
	int64		start;

	memset(&plan, 0, sizeof(plan));
	if (version != RETENTION_LOG_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("state of retention has unknown version %d", version)));
	unit = pq_getmsgbyte(buf);
	if (unit > RETENTION_YEAR)
		malformed_binary("period");
	plan.unit = (RetentionUnit) unit;
	plan.flags = pq_getmsgbyte(buf);
	plan.period.month = pq_getmsgint(buf, 4);
	plan.period.day = pq_getmsgint(buf, 4);
	plan.period.time = pq_getmsgint64(buf);
	plan.as_of = pq_getmsgint64(buf);
	start = pq_getmsgint64(buf);
	plan.nperiods = pq_getmsgint(buf, 4);
	nbounds = pq_getmsgint(buf, 4);
	if (plan.flags & ~RETENTION_FLAGS ||
		(!(plan.flags & RETENTION_HAS_AS_OF) && plan.as_of != 0))
		malformed_binary("mode");
	if (plan.unit != RETENTION_ROLLING &&
		(plan.period.month != 0 || plan.period.day != 0 || plan.period.time != 0))
		malformed_binary("period");
	if (plan.nperiods < 1 || plan.nperiods > RETENTION_MAX_PERIODS ||
		(nbounds != 0 && nbounds != plan.nperiods + 1))
		malformed_binary("number of periods");
	if (nbounds > 0)
	{
		int32	   *bounds = palloc(sizeof(int32) * nbounds);

		for (int i = 0; i < nbounds; i++)
			bounds[i] = pq_getmsgint(buf, 4);
		plan.bounds = bounds;
	}
	plan.tz = pq_getmsgstring(buf);
	plan.tzlen = strlen(plan.tz);
	retention_plan_check(&plan, NULL);
	if (!TIMESTAMP_IS_NOEND(start) && (!IS_VALID_TIMESTAMP(start) || !time_allowed(&plan, start)))
		malformed_binary("start");

	n = pq_getmsgint(buf, 4);
	if (n < 0 || (int64) n * 8 > buf->len - buf->cursor)
		malformed_binary("number of returns");
	log = retention_log_new(&plan, Max(n, plan.flags & RETENTION_ON_OR_AFTER ? 1 : 4));
	log->start = start;
	for (int i = 0; i < n; i++)
	{
		int64		at = pq_getmsgint64(buf);

		if (!IS_VALID_TIMESTAMP(at) || !time_allowed(&plan, at))
			malformed_binary("time of a return");
		log = retention_log_add(log, at);
	}
	retention_log_compact(log);
	PG_RETURN_POINTER(log);
}
