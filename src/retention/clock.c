/*
 * clock.c
 *		Which period after the start a time falls in, and the answer that follows
 *		for one customer.
 *
 * A calendar period is a bucket of local dates, and its number the difference
 * to the bucket of the start.  Rolling period k reaches from the start plus k
 * times the length, inclusive, to the start plus k + 1 times the length; the
 * whole multiple is added to the start, so months do not drift from the 31st to
 * the 28th.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "core/iso8601.h"
#include "core/timespan.h"
#include "retention/retention.h"

/* A twelfth of a mean Gregorian year, in microseconds. */
#define AVERAGE_MONTH	(INT64CONST(30436875) * 86400)

/*
 * The time zone of a name; NULL when there is none.  Only names of the time
 * zone database and POSIX specifications: what abbreviations mean depends on
 * a setting.
 */
pg_tz *
retention_tz(const char *name, int len)
{
	char		copy[TZ_STRLEN_MAX + 1];
	pg_tz	   *tz;

	if (len == 0 || len > TZ_STRLEN_MAX)
		return NULL;
	for (int i = 0; i < len; i++)
	{
		/* none of these is in a name, and the text form of a state has its own use for them */
		if ((unsigned char) name[i] <= ' ' || name[i] == ';')
			return NULL;
	}
	memcpy(copy, name, len);
	copy[len] = '\0';
	tz = pg_tzset(copy);
	return tz != NULL && pg_tz_acceptable(tz) ? tz : NULL;
}

/* Microseconds to add to a time to get what local clocks show. */
static int64
local_offset(pg_tz *tz, int64 at)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			seconds_west;

	if (timestamp2tm(at, &seconds_west, &tm, &fsec, NULL, tz) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return -(int64) seconds_west * USECS_PER_SEC;
}

static int64
floor_divide(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

/* The number of the calendar bucket of a time. */
int64
retention_bucket(RetentionUnit unit, pg_tz *tz, int64 at)
{
	int64		days = floor_divide(at + local_offset(tz, at), USECS_PER_DAY);
	int64		year;
	int			month;
	int			day;

	if (unit == RETENTION_DAY)
		return days;
	/* 2000-01-03 was a Monday */
	if (unit == RETENTION_WEEK)
		return floor_divide(days - 2, 7);
	iso8601_date_from_days(days, &year, &month, &day);
	switch (unit)
	{
		case RETENTION_MONTH:
			return year * 12 + (month - 1);
		case RETENTION_QUARTER:
			return year * 4 + (month - 1) / 3;
		default:
			return year;
	}
}

/* Where rolling period k begins. */
int64
retention_boundary(const RetentionPlan *plan, pg_tz *tz, int64 start, int64 k)
{
	Interval	dates = plan->period;
	Interval	time = plan->period;
	int64		local;
	struct pg_tm tm;
	fsec_t		fsec;

	dates.time = 0;
	time.month = 0;
	time.day = 0;
	if (dates.month == 0 && dates.day == 0)
		return timespan_add(start, &time, k);

	/* months and days by the local calendar, the rest by the stopwatch */
	local = timespan_add(start + local_offset(tz, start), &dates, k);
	if (!IS_VALID_TIMESTAMP(local) ||
		timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		return local < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return timespan_add(local + (int64) DetermineTimeZoneOffset(&tm, tz) * USECS_PER_SEC, &time, k);
}

/* Numbers of periods for one start. */
typedef struct PeriodClock
{
	const RetentionPlan *plan;
	pg_tz	   *tz;
	int64		start;
	int64		bucket;			/* of the start */
	int64		width;			/* of rolling periods that all have the same; else 0 */
	int64		estimate;		/* about the width */
} PeriodClock;

static void
clock_init(PeriodClock *clock, const RetentionPlan *plan, pg_tz *tz, int64 start)
{
	memset(clock, 0, sizeof(*clock));
	clock->plan = plan;
	clock->tz = tz;
	clock->start = start;
	if (plan->unit != RETENTION_ROLLING)
		clock->bucket = retention_bucket(plan->unit, tz, start);
	else
	{
		const Interval *period = &plan->period;
		Interval	average = *period;
		Interval	month = {.time = AVERAGE_MONTH};

		if (period->month == 0 && period->day == 0)
			clock->width = period->time;
		else
		{
			average.month = 0;
			clock->estimate = timespan_add(timespan_add(0, &average, 1), &month, period->month);
		}
	}
}

/* The number of the period of a time that is not before the start. */
static int64
clock_number(const PeriodClock *clock, int64 at)
{
	int64		k;

	if (at == PG_INT64_MAX)
		return PG_INT64_MAX;
	if (clock->plan->unit != RETENTION_ROLLING)
		/* local clocks that were put back over midnight can show an earlier date */
		return Max(retention_bucket(clock->plan->unit, clock->tz, at) - clock->bucket, 0);
	if (clock->width > 0)
		return timespan_difference(at, clock->start) / clock->width;

	/* near it at once, then step by step */
	k = timespan_difference(at, clock->start) / clock->estimate;
	while (k > 0 && retention_boundary(clock->plan, clock->tz, clock->start, k) > at)
		k--;
	while (retention_boundary(clock->plan, clock->tz, clock->start, k + 1) <= at)
		k++;
	return k;
}

/* The bracket a period number is in: -1 before the first, nperiods after the last. */
static int
find_bracket(const RetentionPlan *plan, int64 number)
{
	int			low = 0;
	int			high = plan->nperiods + 1;

	if (plan->bounds == NULL)
		return (int) Min(number, plan->nperiods);
	/* the first bound above the number */
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (plan->bounds[middle] <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/*
 * For a customer who started at "start" and came at these times, in any order:
 * an array with one element per period (or bracket), whether the customer
 * returned in it, null when that cannot be known yet.
 */
Datum
retention_answer(const RetentionPlan *plan, int64 start, const int64 *times, int64 n)
{
	pg_tz	   *tz = retention_tz(plan->tz, plan->tzlen);
	int			nperiods = plan->nperiods;
	Datum	   *values = palloc0(sizeof(Datum) * nperiods);
	bool	   *nulls = palloc0(sizeof(bool) * nperiods);
	int			dims[1] = {nperiods};
	int			lbs[1] = {1};
	PeriodClock clock;

	clock_init(&clock, plan, tz, start);
	if (plan->flags & RETENTION_ON_OR_AFTER)
	{
		int64		last = start;

		for (int64 i = 0; i < n; i++)
			last = Max(last, times[i]);
		if (last > start)
		{
			int			bracket = find_bracket(plan, clock_number(&clock, last));

			for (int i = 0; i < nperiods && i <= bracket; i++)
				values[i] = BoolGetDatum(true);
		}
	}
	else
	{
		for (int64 i = 0; i < n; i++)
		{
			int			bracket;

			CHECK_FOR_INTERRUPTS();
			if (times[i] <= start)
				continue;
			bracket = find_bracket(plan, clock_number(&clock, times[i]));
			if (bracket >= 0 && bracket < nperiods)
				values[bracket] = BoolGetDatum(true);
		}
	}

	if (plan->flags & RETENTION_HAS_AS_OF)
	{
		int64		now = clock_number(&clock, plan->as_of);
		int			late = plan->flags & RETENTION_PARTIAL ? 0 : 1;

		/* a period has ended when the next has begun */
		for (int i = 0; i < nperiods; i++)
			nulls[i] = now < (plan->bounds != NULL ? plan->bounds[i + late] : i + late);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lbs, BOOLOID,
											  sizeof(bool), true, TYPALIGN_CHAR));
}
