/*
 * period.c
 *		The periods that a long history is cut into, the same in every session.
 *
 * A period is a number of months or a length of time (a day is 24 hours), in
 * UTC.  Months are counted from January 2000 and lengths of time from Monday,
 * 2001-01-01, so that weeks begin on Mondays and quarters in January.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "materialize/period.h"

PG_FUNCTION_INFO_V1(period_start);
PG_FUNCTION_INFO_V1(period_end);

/* 2001-01-01 in microseconds since 2000-01-01: 366 days. */
#define ORIGIN		(366 * USECS_PER_DAY)

/* First months of the earliest and after the latest year that a timestamp may have. */
#define MIN_MONTH	((INT64CONST(-4714) - 2000) * 12)
#define MAX_MONTH	((INT64CONST(294277) - 2000) * 12)

/* Read a period from an interval. */
void
period_init(Period *period, const Interval *interval)
{
	int64		days;

	period->months = 0;
	period->span = 0;
	if (INTERVAL_IS_NOBEGIN(interval) || INTERVAL_IS_NOEND(interval))
		period->span = -1;
	else if (interval->month != 0 && interval->day == 0 && interval->time == 0)
		period->months = interval->month;
	else if (interval->month != 0 ||
			 pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
			 pg_add_s64_overflow(days, interval->time, &period->span))
		period->span = -1;

	if (period->months <= 0 && period->span <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must be a positive number of months or a positive length of time"),
				 errhint("For example, 1 month, 7 days or 12 hours, but not 1 month and 1 day.")));
}

/* Rounds towards minus infinity. */
static int64
floor_divide(int64 a, int64 b)
{
	int64		q = a / b;

	return q - (a % b < 0);
}

/* First moment of the month that comes so many months after January 2000. */
static int64
month_start(int64 month)
{
	int64		year = 2000 + floor_divide(month, 12);

	return (int64) (date2j((int) year, (int) (month - (year - 2000) * 12) + 1, 1) -
					POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

/*
 * The period that a finite time is in: its first moment, and the first moment
 * of the next.  Both are kept within what a timestamp can be; the last period
 * ends at infinity.
 */
void
period_of(const Period *period, int64 at, int64 *start, int64 *end)
{
	if (period->months > 0)
	{
		int			year;
		int			month;
		int			day;
		int64		first;

		j2date((int) floor_divide(at, USECS_PER_DAY) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		first = floor_divide((int64) (year - 2000) * 12 + month - 1, period->months) * period->months;
		*start = first <= MIN_MONTH ? MIN_TIMESTAMP : month_start(first);
		*end = first + period->months >= MAX_MONTH ? DT_NOEND : month_start(first + period->months);
	}
	else
	{
		int64		since;

		if (pg_sub_s64_overflow(at, ORIGIN, &since))
			since = PG_INT64_MIN;
		if (pg_mul_s64_overflow(floor_divide(since, period->span), period->span, start) ||
			pg_add_s64_overflow(*start, ORIGIN, start))
			*start = MIN_TIMESTAMP;
		if (pg_add_s64_overflow(*start, period->span, end))
			*end = DT_NOEND;
	}
	if (*start < MIN_TIMESTAMP)
		*start = MIN_TIMESTAMP;
	if (*end >= END_TIMESTAMP)
		*end = DT_NOEND;
}

/* Arguments of the two functions below. */
static void
period_args(FunctionCallInfo fcinfo, int64 *start, int64 *end)
{
	Timestamp	at = PG_GETARG_TIMESTAMPTZ(0);
	Period		period;

	period_init(&period, PG_GETARG_INTERVAL_P(1));
	if (TIMESTAMP_NOT_FINITE(at))
		*start = *end = at;
	else
		period_of(&period, at, start, end);
}

/* period_start(timestamptz, interval) */
Datum
period_start(PG_FUNCTION_ARGS)
{
	int64		start;
	int64		end;

	period_args(fcinfo, &start, &end);
	PG_RETURN_TIMESTAMPTZ(start);
}

/* period_end(timestamptz, interval) */
Datum
period_end(PG_FUNCTION_ARGS)
{
	int64		start;
	int64		end;

	period_args(fcinfo, &start, &end);
	PG_RETURN_TIMESTAMPTZ(end);
}
