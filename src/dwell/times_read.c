/*
 * times_read.c
 *		What dwell_times say: counts, means, quantiles, and the survival of stays.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "funcapi.h"
#include "utils/timestamp.h"

#include "dwell/dwell.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(dwell_times_summary);
PG_FUNCTION_INFO_V1(dwell_times_quantile);
PG_FUNCTION_INFO_V1(dwell_times_survival);

/* How many stays of one kind there are. */
static int64
count_stays(const DwellTimes *times, bool open)
{
	int64		total = 0;

	for (int i = 0; i < times->n; i++)
	{
		if (DWELL_OPEN(dwell_keys(times)[i]) == open &&
			pg_add_s64_overflow(total, dwell_counts(times)[i], &total))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("count of dwell times is out of range")));
	}
	return total;
}

static Datum
bucket_datum(int bucket)
{
	return IntervalPGetDatum(journey_interval((uint64) histogram_round(bucket)));
}

/* The bucket that holds this share of the stays of one kind, or -1 if there are none. */
static int
find_quantile(const DwellTimes *times, bool open, double share)
{
	int64		total = count_stays(times, open);
	int64		rank;
	int64		seen = 0;

	if (total == 0)
		return -1;
	rank = (int64) ceil(share * (double) total);
	rank = Max(Min(rank, total), 1);
	for (int i = 0; i < times->n; i++)
	{
		if (DWELL_OPEN(dwell_keys(times)[i]) != open)
			continue;
		seen += dwell_counts(times)[i];
		if (seen >= rank)
			return DWELL_BUCKET(dwell_keys(times)[i]);
	}
	return -1;
}

/*
 * The bucket in which the Kaplan-Meier estimate of stays that last longer falls
 * to 1 - share, or -1 when it never does.  A stay that is still open counts as
 * at risk up to and with its own bucket.
 */
static int
find_survival(const DwellTimes *times, double share)
{
	double		at_risk = (double) count_stays(times, false) + (double) count_stays(times, true);
	double		survival = 1;

	for (int i = 0; i < times->n; i++)
	{
		double		count = (double) dwell_counts(times)[i];

		if (!DWELL_OPEN(dwell_keys(times)[i]))
		{
			survival *= 1 - count / at_risk;
			/* what rounding leaves of a share does not count */
			if (survival <= 1 - share + 1e-12)
				return DWELL_BUCKET(dwell_keys(times)[i]);
		}
		at_risk -= count;
	}
	return -1;
}

static double
share_argument(FunctionCallInfo fcinfo)
{
	double		share = PG_GETARG_FLOAT8(1);

	if (!(share >= 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share must be between 0 and 1")));
	return share;
}

/* dwell_quantile(dwell_times, share): of stays that have ended */
Datum
dwell_times_quantile(PG_FUNCTION_ARGS)
{
	int			bucket = find_quantile(PG_GETARG_DWELL_TIMES_P(0), false, share_argument(fcinfo));

	if (bucket < 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(bucket_datum(bucket));
}

/* dwell_survival(dwell_times, share): of all stays, by Kaplan-Meier */
Datum
dwell_times_survival(PG_FUNCTION_ARGS)
{
	int			bucket = find_survival(PG_GETARG_DWELL_TIMES_P(0), share_argument(fcinfo));

	if (bucket < 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(bucket_datum(bucket));
}

static Datum
span_datum(int64 days, int64 usecs)
{
	Interval   *span = palloc0(sizeof(Interval));

	if (days > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));
	span->day = (int32) days;
	span->time = usecs;
	return IntervalPGetDatum(span);
}

static void
set_bucket(Datum *value, bool *null, int bucket)
{
	*null = bucket < 0;
	*value = bucket < 0 ? (Datum) 0 : bucket_datum(bucket);
}

/*
 * dwell_summary(dwell_times): entered, ended, lasting, total, mean, p25,
 * median, p75, p90, survival_median, open_median, longest_open
 */
Datum
dwell_times_summary(PG_FUNCTION_ARGS)
{
	DwellTimes *times = PG_GETARG_DWELL_TIMES_P(0);
	int64		ended = count_stays(times, false);
	int64		lasting = count_stays(times, true);
	int64		entered;
	TupleDesc	desc;
	Datum		values[12];
	bool		nulls[12] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "dwell_summary needs a composite result");
	if (pg_add_s64_overflow(ended, lasting, &entered))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count of dwell times is out of range")));
	values[0] = Int64GetDatum(entered);
	values[1] = Int64GetDatum(ended);
	values[2] = Int64GetDatum(lasting);
	values[3] = span_datum(times->days, times->usecs);
	nulls[4] = ended == 0;
	if (ended > 0)
	{
		int64		days = times->days / ended;
		double		usecs = rint(((double) (times->days % ended) * USECS_PER_DAY + times->usecs) / ended);

		/* rounding may make it a whole day */
		values[4] = span_datum(days + (usecs >= USECS_PER_DAY), (int64) usecs % USECS_PER_DAY);
	}
	set_bucket(&values[5], &nulls[5], find_quantile(times, false, 0.25));
	set_bucket(&values[6], &nulls[6], find_quantile(times, false, 0.5));
	set_bucket(&values[7], &nulls[7], find_quantile(times, false, 0.75));
	set_bucket(&values[8], &nulls[8], find_quantile(times, false, 0.9));
	set_bucket(&values[9], &nulls[9], find_survival(times, 0.5));
	set_bucket(&values[10], &nulls[10], find_quantile(times, true, 0.5));
	set_bucket(&values[11], &nulls[11], find_quantile(times, true, 1));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
