/*
 * timespan.c
 *		Adding intervals to times without looking at a setting.
 *
 * Months are calendar months in UTC (the 31st becomes the last day of a
 * shorter month), a day is 24 hours.  The results saturate instead of failing,
 * because they are limits to compare with: a window that ends after the end of
 * time does not end.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "common/int.h"

#include "core/iso8601.h"
#include "core/timespan.h"

#define DAY_USECS		(INT64CONST(86400) * 1000000)

/* Years far outside what 64 bits of microseconds hold (292,277 years either way). */
#define MAX_YEAR		INT64CONST(400000)

int
timespan_sign(const Interval *span)
{
	int64		days = (int64) span->month * 30 + span->day;
	int64		usecs;

	/* more days than 64 bits of microseconds hold outweigh any time */
	if (pg_mul_s64_overflow(days, DAY_USECS, &usecs) ||
		pg_add_s64_overflow(usecs, span->time, &usecs))
		return days < 0 ? -1 : 1;
	return usecs < 0 ? -1 : usecs > 0;
}

int64
timespan_sum(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		return b < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return sum;
}

int64
timespan_difference(int64 a, int64 b)
{
	int64		difference;

	if (pg_sub_s64_overflow(a, b, &difference))
		return b > 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return difference;
}

/* a * b, infinite where it leaves the range. */
static int64
product(int64 a, int64 b)
{
	int64		result;

	if (pg_mul_s64_overflow(a, b, &result))
		return (a < 0) != (b < 0) ? PG_INT64_MIN : PG_INT64_MAX;
	return result;
}

int64
timespan_add(int64 at, const Interval *span, int64 times)
{
	int64		months = product(span->month, times);

	if (at == PG_INT64_MIN || at == PG_INT64_MAX)
		return at;
	if (months != 0)
	{
		int64		days = at / DAY_USECS;
		int64		rest = at % DAY_USECS;
		int64		year;
		int			month;
		int			day;
		int64		next;

		if (rest < 0)
		{
			rest += DAY_USECS;
			days--;
		}
		iso8601_date_from_days(days, &year, &month, &day);
		if (months > MAX_YEAR * 24 || months < -MAX_YEAR * 24)
			return months < 0 ? PG_INT64_MIN : PG_INT64_MAX;
		months += year * 12 + (month - 1);
		year = months / 12;
		month = (int) (months % 12);
		if (month < 0)
		{
			month += 12;
			year--;
		}
		month++;
		if (year > MAX_YEAR || year < -MAX_YEAR)
			return year < 0 ? PG_INT64_MIN : PG_INT64_MAX;

		/* the first of the next month less a day is the last day there is */
		next = iso8601_days_from_date(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1);
		days = Min(iso8601_days_from_date(year, month, day), next - 1);
		at = product(days, DAY_USECS);
		if (at != PG_INT64_MIN)
			at = timespan_sum(at, rest);
		if (at == PG_INT64_MIN || at == PG_INT64_MAX)
			return at;
	}
	at = timespan_sum(at, product(product(span->day, times), DAY_USECS));
	if (at == PG_INT64_MIN || at == PG_INT64_MAX)
		return at;
	return timespan_sum(at, product(span->time, times));
}
