/*
 * log.c
 *		retention_log, the state of retention_periods: the parameters, the
 *		earliest start and the times of return of one customer.
 *
 * The start may become known after the returns, so these are kept: of a
 * calendar bucket the last one is enough (it is after the start if any of the
 * bucket is), of "on or after" the very last, and of rolling periods each
 * distinct time up to the end of the last period, with a margin for changes of
 * local clocks.  All this is a function of the set of rows, so neither order
 * nor split shows in the answer.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "core/timespan.h"
#include "retention/log.h"

PG_FUNCTION_INFO_V1(retention_log_calendar);
PG_FUNCTION_INFO_V1(retention_log_calendar_brackets);
PG_FUNCTION_INFO_V1(retention_log_rolling);
PG_FUNCTION_INFO_V1(retention_log_rolling_brackets);
PG_FUNCTION_INFO_V1(retention_log_combine);
PG_FUNCTION_INFO_V1(retention_log_final);

#define LOG_MAX_TIMES	((int64) (MaxAllocSize / sizeof(int64) / 2))

/* Local clocks are never farther apart than this, in microseconds. */
#define CLOCK_MARGIN	(2 * USECS_PER_DAY)

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b) ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static void
log_plan(const RetentionLog *log, RetentionPlan *plan)
{
	plan->unit = (RetentionUnit) log->unit;
	plan->flags = log->flags;
	plan->period = log->period;
	plan->as_of = log->as_of;
	plan->nperiods = log->nperiods;
	plan->bounds = log->has_bounds ? retention_log_bounds(log) : NULL;
	plan->tz = retention_log_tz(log);
	plan->tzlen = log->tzlen;
}

/* An empty log of a plan that has been checked. */
RetentionLog *
retention_log_new(const RetentionPlan *plan, int64 maxtimes)
{
	Size		head = sizeof(RetentionLog) +
	(plan->bounds != NULL ? sizeof(int32) * (plan->nperiods + 1) : 0) + plan->tzlen;
	Size		size;
	RetentionLog *log;

	if (maxtimes > LOG_MAX_TIMES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many returns of one customer"),
				 errdetail("At most %lld times can be kept.", (long long) LOG_MAX_TIMES)));
	size = MAXALIGN(head) + sizeof(int64) * maxtimes;
	log = palloc0(size);
	SET_VARSIZE(log, size);
	log->version = RETENTION_LOG_VERSION;
	log->unit = plan->unit;
	log->flags = plan->flags;
	log->has_bounds = plan->bounds != NULL;
	log->period.time = plan->period.time;
	log->period.day = plan->period.day;
	log->period.month = plan->period.month;
	log->as_of = plan->as_of;
	log->start = DT_NOEND;
	log->nperiods = plan->nperiods;
	log->tzlen = plan->tzlen;
	log->maxtimes = maxtimes;
	if (plan->bounds != NULL)
		memcpy(retention_log_bounds(log), plan->bounds, sizeof(int32) * (plan->nperiods + 1));
	memcpy(retention_log_tz(log), plan->tz, plan->tzlen);
	return log;
}

/* Sorts the times and keeps those that can matter. */
void
retention_log_compact(RetentionLog *log)
{
	RetentionPlan plan;
	int64	   *times = retention_log_times(log);
	int			n = log->ntimes;
	int			kept = 0;
	pg_tz	   *tz;
	int64		horizon = PG_INT64_MAX;

	if (n < 2)
		return;
	log_plan(log, &plan);
	tz = retention_tz(plan.tz, plan.tzlen);
	sort_times(times, n);
	if (plan.unit == RETENTION_ROLLING && !TIMESTAMP_IS_NOEND(log->start))
		horizon = timespan_sum(retention_boundary(&plan, tz, log->start,
												  plan.bounds != NULL ? plan.bounds[plan.nperiods] : plan.nperiods),
							   CLOCK_MARGIN);
	if (plan.unit == RETENTION_ROLLING)
	{
		for (int i = 0; i < n; i++)
		{
			if ((kept == 0 || times[kept - 1] != times[i]) && times[i] <= horizon)
				times[kept++] = times[i];
		}
	}
	else
	{
		int64		last = 0;

		for (int i = 0; i < n; i++)
		{
			int64		bucket = retention_bucket(plan.unit, tz, times[i]);

			CHECK_FOR_INTERRUPTS();
			if (kept > 0 && bucket == last)
				kept--;
			times[kept++] = times[i];
			last = bucket;
		}
	}
	log->ntimes = kept;
}

/* Adds a time of return; the log is another one if it had to grow. */
RetentionLog *
retention_log_add(RetentionLog *log, int64 at)
{
	if (log->flags & RETENTION_ON_OR_AFTER)
	{
		int64	   *times = retention_log_times(log);

		times[0] = log->ntimes > 0 ? Max(times[0], at) : at;
		log->ntimes = 1;
		return log;
	}
	if (log->ntimes > 0 && retention_log_times(log)[log->ntimes - 1] == at)
		return log;
	if (log->ntimes >= log->maxtimes)
	{
		retention_log_compact(log);
		if (log->ntimes > log->maxtimes / 2)
		{
			RetentionPlan plan;
			RetentionLog *bigger;

			log_plan(log, &plan);
			bigger = retention_log_new(&plan, (int64) log->maxtimes * 2);
			bigger->start = log->start;
			bigger->ntimes = log->ntimes;
			memcpy(retention_log_times(bigger), retention_log_times(log), sizeof(int64) * log->ntimes);
			log = bigger;
		}
	}
	retention_log_times(log)[log->ntimes++] = at;
	return log;
}

static void
check_finite(int64 at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a start or return must be finite")));
}

/*
 * The common transition: (state, at, is_start, is_return, period, periods
 * [, mode [, tz [, as_of]]])
 */
static Datum
log_accum(FunctionCallInfo fcinfo, bool rolling, bool brackets)
{
	RetentionPlan plan;
	RetentionLog *log;
	bool		is_start = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	bool		is_return = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	int64		at;

	retention_plan_args(fcinfo, 4, rolling, brackets, &plan);
	if (PG_ARGISNULL(0))
	{
		retention_plan_check(&plan, NULL);
		log = retention_log_new(&plan, plan.flags & RETENTION_ON_OR_AFTER ? 1 : 4);
	}
	else
	{
		RetentionPlan known;

		log = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_LOG(0) :
			(RetentionLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
		log_plan(log, &known);
		if (!retention_plan_equal(&known, &plan))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parameters of retention must not change within a group")));
	}

	if (PG_ARGISNULL(1) || !(is_start || is_return))
		PG_RETURN_POINTER(log);
	at = PG_GETARG_TIMESTAMPTZ(1);
	check_finite(at);
	if ((plan.flags & RETENTION_HAS_AS_OF) && at > plan.as_of)
		PG_RETURN_POINTER(log);
	if (is_start)
		log->start = Min(log->start, at);
	if (is_return)
		log = retention_log_add(log, at);
	PG_RETURN_POINTER(log);
}

Datum
retention_log_calendar(PG_FUNCTION_ARGS)
{
	return log_accum(fcinfo, false, false);
}

Datum
retention_log_calendar_brackets(PG_FUNCTION_ARGS)
{
	return log_accum(fcinfo, false, true);
}

Datum
retention_log_rolling(PG_FUNCTION_ARGS)
{
	return log_accum(fcinfo, true, false);
}

Datum
retention_log_rolling_brackets(PG_FUNCTION_ARGS)
{
	return log_accum(fcinfo, true, true);
}

/* retention_log_combine(state, state) */
Datum
retention_log_combine(PG_FUNCTION_ARGS)
{
	RetentionLog *log = (RetentionLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	RetentionLog *other = PG_GETARG_LOG(1);
	RetentionPlan plan;
	RetentionPlan other_plan;

	log_plan(log, &plan);
	log_plan(other, &other_plan);
	if (!retention_plan_equal(&plan, &other_plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("states of retention with different parameters cannot be combined")));
	log->start = Min(log->start, other->start);
	for (int i = 0; i < other->ntimes; i++)
		log = retention_log_add(log, retention_log_times(other)[i]);
	PG_RETURN_POINTER(log);
}

/* retention_log_final(state): null when the customer never started */
Datum
retention_log_final(PG_FUNCTION_ARGS)
{
	RetentionLog *log = PG_GETARG_LOG(0);
	RetentionPlan plan;

	if (TIMESTAMP_IS_NOEND(log->start))
		PG_RETURN_NULL();
	log_plan(log, &plan);
	PG_RETURN_DATUM(retention_answer(&plan, log->start, retention_log_times(log), log->ntimes));
}
