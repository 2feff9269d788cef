/*
 * times.c
 *		The dwell_times value: counting, adding, and its aggregates.
 *
 * A state is changed in place while it has room, and a bigger one is made in
 * the current memory context when it has not.  The old one is never freed: it
 * belongs to the executor.
 */
#include "postgres.h"

#include "common/int.h"
#include "datatype/timestamp.h"
#include "utils/timestamp.h"

#include "dwell/dwell.h"

PG_FUNCTION_INFO_V1(dwell_times_accum);
PG_FUNCTION_INFO_V1(dwell_times_combine);
PG_FUNCTION_INFO_V1(dwell_times_final);
PG_FUNCTION_INFO_V1(dwell_times_add);

static Size
times_size(int max)
{
	return sizeof(DwellTimes) + (sizeof(int64) + sizeof(uint16)) * (Size) max;
}

DwellTimes *
dwell_times_new(int max)
{
	DwellTimes *times = palloc0(times_size(max));

	SET_VARSIZE(times, times_size(max));
	times->version = DWELL_VERSION;
	times->max = max;
	return times;
}

/* A value, after a look at whether it can be one. */
DwellTimes *
dwell_times_check(struct varlena *value)
{
	DwellTimes *times = (DwellTimes *) value;

	if (VARSIZE(value) < sizeof(DwellTimes))
		elog(ERROR, "dwell_times value is too short");
	if (times->version != DWELL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("dwell_times value has unknown version %d", times->version),
				 errhint("The value was written by a newer version of the extension.")));
	if (times->n < 0 || times->n > times->max || times->max > DWELL_KEYS || VARSIZE(value) != times_size(times->max))
		elog(ERROR, "dwell_times value is damaged");
	return times;
}

static DwellTimes *
times_copy(const DwellTimes *times, int max)
{
	DwellTimes *copy = dwell_times_new(max);

	copy->n = times->n;
	copy->days = times->days;
	copy->usecs = times->usecs;
	memcpy(dwell_counts(copy), dwell_counts(times), sizeof(int64) * times->n);
	memcpy(dwell_keys(copy), dwell_keys(times), sizeof(uint16) * times->n);
	return copy;
}

/* The value without spare room. */
DwellTimes *
dwell_times_pack(DwellTimes *times)
{
	return times->n == times->max ? times : times_copy(times, times->n);
}

static void
add_count(int64 *to, int64 count)
{
	if (pg_add_s64_overflow(*to, count, to))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("count of dwell times is out of range")));
}

/* Count a key, in place or in a bigger value. */
DwellTimes *
dwell_times_count(DwellTimes *times, uint16 key, int64 count)
{
	uint16	   *keys = dwell_keys(times);
	int64	   *counts = dwell_counts(times);
	int			low = 0;
	int			high = times->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < times->n && keys[low] == key)
	{
		add_count(&counts[low], count);
		return times;
	}
	if (times->n >= times->max)
	{
		times = times_copy(times, Min(times->max * 2 + 8, DWELL_KEYS));
		keys = dwell_keys(times);
		counts = dwell_counts(times);
	}
	memmove(&keys[low + 1], &keys[low], sizeof(uint16) * (times->n - low));
	memmove(&counts[low + 1], &counts[low], sizeof(int64) * (times->n - low));
	keys[low] = key;
	counts[low] = count;
	times->n++;
	return times;
}

/* Add to the sum; both parts are not negative, and usecs is less than a day. */
void
dwell_times_sum(DwellTimes *times, int64 days, int64 usecs)
{
	times->usecs += usecs;
	add_count(&times->days, days + times->usecs / USECS_PER_DAY);
	times->usecs %= USECS_PER_DAY;
}

/* The microseconds of a dwell time; a month has 30 days, as when intervals are compared. */
static int64
read_dwell(const Interval *dwell)
{
	int64		days = (int64) dwell->month * 30 + dwell->day;
	int64		usecs;

	if (INTERVAL_IS_NOBEGIN(dwell) || INTERVAL_IS_NOEND(dwell))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("dwell time must be finite")));
	if (pg_mul_s64_overflow(days, USECS_PER_DAY, &usecs) || pg_add_s64_overflow(usecs, dwell->time, &usecs))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("dwell time is out of range")));
	if (usecs < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dwell time must not be negative")));
	return usecs;
}

/* The state in argument 0, which may be changed: a copy, unless an aggregate calls. */
static DwellTimes *
own_state(FunctionCallInfo fcinfo)
{
	DwellTimes *times = PG_GETARG_DWELL_TIMES_P(0);

	return AggCheckCallContext(fcinfo, NULL) ? times : times_copy(times, times->max);
}

/* dwell_times_accum(state, dwell, open) */
Datum
dwell_times_accum(PG_FUNCTION_ARGS)
{
	DwellTimes *times;
	int64		usecs;
	bool		open;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		/* a row without them counts for nothing, but is a row */
		if (PG_ARGISNULL(0))
			PG_RETURN_POINTER(dwell_times_new(8));
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	usecs = read_dwell(PG_GETARG_INTERVAL_P(1));
	open = PG_GETARG_BOOL(2);
	times = PG_ARGISNULL(0) ? dwell_times_new(8) : own_state(fcinfo);
	times = dwell_times_count(times, DWELL_KEY(histogram_bucket(usecs), open), 1);
	if (!open)
		dwell_times_sum(times, usecs / USECS_PER_DAY, usecs % USECS_PER_DAY);
	PG_RETURN_POINTER(times);
}

/* All of one value into another. */
static DwellTimes *
add_times(DwellTimes *to, const DwellTimes *times)
{
	for (int i = 0; i < times->n; i++)
		to = dwell_times_count(to, dwell_keys(times)[i], dwell_counts(times)[i]);
	dwell_times_sum(to, times->days, times->usecs);
	return to;
}

/* dwell_times_combine(state, state): also the transition of rollup. */
Datum
dwell_times_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	DwellTimes *times;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (PG_ARGISNULL(0))
	{
		DwellTimes *other = PG_GETARG_DWELL_TIMES_P(1);

		if (AggCheckCallContext(fcinfo, &context))
		{
			MemoryContext before = MemoryContextSwitchTo(context);

			times = times_copy(other, other->max);
			MemoryContextSwitchTo(before);
			PG_RETURN_POINTER(times);
		}
		PG_RETURN_POINTER(times_copy(other, other->max));
	}
	PG_RETURN_POINTER(add_times(own_state(fcinfo), PG_GETARG_DWELL_TIMES_P(1)));
}

/* dwell_times_final(state): a value of its own, since a window goes on with the state */
Datum
dwell_times_final(PG_FUNCTION_ARGS)
{
	DwellTimes *times = PG_GETARG_DWELL_TIMES_P(0);

	PG_RETURN_POINTER(times_copy(times, times->n));
}

/* dwell_times + dwell_times */
Datum
dwell_times_add(PG_FUNCTION_ARGS)
{
	DwellTimes *a = PG_GETARG_DWELL_TIMES_P(0);

	PG_RETURN_POINTER(dwell_times_pack(add_times(times_copy(a, a->max), PG_GETARG_DWELL_TIMES_P(1))));
}
