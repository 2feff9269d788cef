/*
 * timespan_test.c
 *		Adding intervals to times, against a calendar walked day by day.
 */
#include "postgres_fe.h"

#include "core/iso8601.h"
#include "core/timespan.h"

#define DAY		(INT64CONST(86400) * 1000000)

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static Interval
span(int32 months, int32 days, int64 usecs)
{
	Interval	result;

	memset(&result, 0, sizeof(result));
	result.month = months;
	result.day = days;
	result.time = usecs;
	return result;
}

static bool
leap(int64 year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int64 year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && leap(year));
}

/* Every day of 900 years, some of them before year 1, plus a number of months, without a formula. */
static bool
walk(int months)
{
	int64		year = -50;
	int			month = 1;
	int			day = 1;
	int64		number = iso8601_days_from_date(-50, 1, 1);
	Interval	by = span(months, 0, 0);

	for (; year < 850; number++)
	{
		int64		y;
		int			m;
		int			d;
		int64		target_year = year;
		int			target_month = month;
		int64		at;

		iso8601_date_from_days(number, &y, &m, &d);
		if (y != year || m != month || d != day || iso8601_days_from_date(year, month, day) != number)
			return false;

		for (int i = 0; i < (months < 0 ? -months : months); i++)
		{
			target_month += months < 0 ? -1 : 1;
			if (target_month == 13)
			{
				target_month = 1;
				target_year++;
			}
			if (target_month == 0)
			{
				target_month = 12;
				target_year--;
			}
		}
		at = timespan_add(number * DAY + 12345, &by, 1);
		if ((at % DAY + DAY) % DAY != 12345)
			return false;
		iso8601_date_from_days((at - 12345) / DAY, &y, &m, &d);
		if (y != target_year || m != target_month ||
			d != Min(day, month_days(target_year, target_month)))
			return false;

		if (++day > month_days(year, month))
		{
			day = 1;
			if (++month > 12)
			{
				month = 1;
				year++;
			}
		}
	}
	return true;
}

int
main(void)
{
	Interval	s;
	int64		past = PG_INT64_MIN;
	int64		future = PG_INT64_MAX;

	check(walk(0), "no months");
	check(walk(1), "a month");
	check(walk(13), "13 months");
	check(walk(-1), "a month back");
	check(walk(-25), "25 months back");

	s = span(1, 1, 1);
	check(timespan_add(30 * DAY, &s, 1) == (31 + 29) * DAY + 1, "months first, then days, then time");
	check(timespan_add(0, &s, 0) == 0, "no times");
	check(timespan_add(0, &s, 12) == 366 * DAY + 12 * DAY + 12, "twelve times");
	check(timespan_add(past, &s, 1) == past && timespan_add(future, &s, -1) == future, "infinity stays");
	s = span(0, 0, PG_INT64_MAX);
	check(timespan_add(1, &s, 1) == future && timespan_add(-2, &s, -1) == past, "time saturates");
	s = span(0, PG_INT32_MAX, 0);
	check(timespan_add(0, &s, 1) == future && timespan_add(0, &s, -1) == past, "days saturate");
	s = span(PG_INT32_MAX, 0, 0);
	check(timespan_add(0, &s, 1) == future && timespan_add(0, &s, -1) == past, "months saturate");
	check(timespan_add(future - 1, &s, PG_INT32_MAX) == future && timespan_add(past + 1, &s, PG_INT64_MIN) == past,
		  "many times as many months saturate");
	s = span(1, 0, 0);
	check(timespan_add(future - 1, &s, 1) == future && timespan_add(past + 1, &s, -1) == past, "a month over the edge");
	s = span(12 * 290000, 0, 0);
	check(timespan_add(0, &s, 1) > INT64CONST(9000000000000000000) && timespan_add(0, &s, 1) != future, "290,000 years still fit");

	check(timespan_sum(future, 1) == future && timespan_sum(past, -1) == past && timespan_sum(1, 2) == 3, "sums");
	check(timespan_difference(past, 1) == past && timespan_difference(future, -1) == future &&
		  timespan_difference(0, past) == future && timespan_difference(1, 2) == -1, "differences");

	s = span(0, 0, 0);
	check(timespan_sign(&s) == 0, "sign of nothing");
	s = span(1, -30, 0);
	check(timespan_sign(&s) == 0, "a month counts as 30 days");
	s = span(0, 1, -86400000001);
	check(timespan_sign(&s) == -1, "sign of a day and a bit less");
	s = span(PG_INT32_MAX, 0, PG_INT64_MIN);
	check(timespan_sign(&s) == 1, "sign of many months");
	s = span(PG_INT32_MIN, PG_INT32_MIN, PG_INT64_MAX);
	check(timespan_sign(&s) == -1, "sign of the least");
	s = span(0, 0, PG_INT64_MIN);
	check(timespan_sign(&s) == -1, "sign of the least time");

	printf("1..%d\n", tests);
	return failed != 0;
}
