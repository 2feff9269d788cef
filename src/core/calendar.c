/*
 * calendar.c
 *		Working time between two moments, and the moment after so much of it.
 *
 * Nothing steps through time.  The working time of a local calendar from a
 * fixed day up to a local moment is a sum: whole weeks by multiplication, a
 * correction for dates of their own by one look into a sorted list, and the
 * hours of the last day.  Between two changes of the clock local time is time
 * moved by an offset, so working time is a difference of two such sums; a
 * span over several changes is cut at them.  An hour that the clock skips is
 * in no piece, one that it shows twice is in two: working time is real time.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "common/int.h"

#include "core/calendar.h"

#define SECOND		INT64CONST(1000000)
#define DAY			(INT64CONST(86400) * SECOND)

/* The day 0, 2000-01-01, was a Saturday; weeks count from Monday. */
#define MONDAY_SHIFT	5

static int64
floor_div(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

static int
weekday(int64 date)
{
	return (int) (date + MONDAY_SHIFT - 7 * floor_div(date + MONDAY_SHIFT, 7));
}

/* Seconds of a week that had always been in force, from a fixed Monday to the beginning of a date. */
static int64
week_sum(const CalendarWeek *week, int64 date)
{
	return floor_div(date + MONDAY_SHIFT, 7) * week->upto[7] + week->upto[weekday(date)];
}

/* The week in force on a date. */
static const CalendarWeek *
week_of(const Calendar *calendar, int64 date)
{
	int			low = 1;
	int			high = calendar->nweeks;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (calendar->weeks[middle].since <= date)
			low = middle + 1;
		else
			high = middle;
	}
	return &calendar->weeks[low - 1];
}

/* How many dates of their own come before a date. */
static int
dates_before(const Calendar *calendar, int64 date)
{
	int			low = 0;
	int			high = calendar->ndates;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (calendar->dates[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const CalendarDay *
calendar_day(const Calendar *calendar, int64 date)
{
	int			i = dates_before(calendar, date);

	if (i < calendar->ndates && calendar->dates[i].date == date)
		return &calendar->dates[i].day;
	return &week_of(calendar, date)->day[weekday(date)];
}

/* Seconds from 2000-01-01 to the beginning of a date. */
static int64
sum_to_date(const Calendar *calendar, int64 date)
{
	const CalendarWeek *week = week_of(calendar, date);
	int			before = dates_before(calendar, date);
	int64		sum = week_sum(week, date);

	if (week > calendar->weeks)
		sum += week->before - week_sum(week, week->since);
	if (before > 0)
		sum += calendar->dates[before - 1].gain;
	/* counted from where times are counted from, so that sums fit wherever times do */
	return sum - calendar->origin;
}

static void
sum_day(CalendarDay *day)
{
	day->total = 0;
	for (int i = 0; i < day->n; i++)
		day->total += day->hours[i].ends - day->hours[i].begins;
}

void
calendar_prepare(Calendar *calendar)
{
	int64		gain = 0;

	for (int i = 0; i < calendar->nweeks; i++)
	{
		CalendarWeek *week = &calendar->weeks[i];

		week->upto[0] = 0;
		for (int d = 0; d < 7; d++)
		{
			sum_day(&week->day[d]);
			week->upto[d + 1] = week->upto[d] + week->day[d].total;
		}
		if (i == 0)
			week->before = 0;
		else
		{
			const CalendarWeek *last = week - 1;

			week->before = last->before + week_sum(last, week->since) - (i == 1 ? 0 : week_sum(last, last->since));
		}
	}
	for (int i = 0; i < calendar->ndates; i++)
	{
		CalendarDate *date = &calendar->dates[i];

		sum_day(&date->day);
		gain += date->day.total - week_of(calendar, date->date)->day[weekday(date->date)].total;
		date->gain = gain;
	}
	calendar->origin = 0;
	calendar->origin = sum_to_date(calendar, 0);
}

/* Microseconds from 2000-01-01 to a local moment. */
static int64
sum_to(const Calendar *calendar, int64 local)
{
	int64		date = floor_div(local, DAY);
	int64		rest = local - date * DAY;
	const CalendarDay *day = calendar_day(calendar, date);
	int64		sum = sum_to_date(calendar, date) * SECOND;

	for (int i = 0; i < day->n && day->hours[i].begins * SECOND < rest; i++)
		sum += Min(rest, day->hours[i].ends * SECOND) - day->hours[i].begins * SECOND;
	return sum;
}

/* The first date that ends with at least this sum, known to lie in [low, high]. */
static int64
date_of_sum(const Calendar *calendar, int64 sum, int64 low, int64 high)
{
	while (low < high)
	{
		int64		middle = low + floor_div(high - low, 2);

		if (sum_to_date(calendar, middle + 1) * SECOND >= sum)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The first local moment in [from, to] at which the sum has this value, which is more than that at from. */
static int64
first_moment(const Calendar *calendar, int64 sum, int64 from, int64 to)
{
	int64		date = date_of_sum(calendar, sum, floor_div(from, DAY), floor_div(to, DAY));
	const CalendarDay *day = calendar_day(calendar, date);
	int64		left = sum - sum_to_date(calendar, date) * SECOND;

	for (int i = 0; i < day->n; i++)
	{
		int64		size = (day->hours[i].ends - day->hours[i].begins) * SECOND;

		if (left <= size)
			return date * DAY + day->hours[i].begins * SECOND + left;
		left -= size;
	}
	return to;					/* the moment at which the sum is full is the last of the day */
}

/* The last local moment in [from, to] at which the sum has this value, which is less than that at to. */
static int64
last_moment(const Calendar *calendar, int64 sum, int64 from, int64 to)
{
	/* it lies in the day that brings the next microsecond of work */
	int64		date = date_of_sum(calendar, sum + 1, floor_div(from, DAY), floor_div(to, DAY));
	const CalendarDay *day = calendar_day(calendar, date);
	int64		left = sum - sum_to_date(calendar, date) * SECOND;

	for (int i = 0; i < day->n; i++)
	{
		int64		size = (day->hours[i].ends - day->hours[i].begins) * SECOND;

		if (left < size)
			return date * DAY + day->hours[i].begins * SECOND + left;
		left -= size;
	}
	return from;
}

/* Working time from one moment to a later one. */
static CalendarResult
sum_between(const Calendar *calendar, int64 from, int64 to, int64 *work)
{
	*work = 0;
	while (from < to)
	{
		int32		offset;
		int64		until;
		int64		end;

		CHECK_FOR_INTERRUPTS();
		calendar->zone(calendar->zone_arg, from, &offset, &until);
		end = Min(until, to);
		/* a piece that is too long is one without an end, around the clock */
		if (pg_add_s64_overflow(*work, -sum_to(calendar, from + offset * SECOND), work) ||
			pg_add_s64_overflow(*work, sum_to(calendar, end + offset * SECOND), work))
			return CALENDAR_RANGE;
		from = end;
	}
	return CALENDAR_OK;
}

CalendarResult
calendar_between(const Calendar *calendar, int64 from, int64 to, int64 *work)
{
	CalendarResult result;

	if (from <= to)
		return sum_between(calendar, from, to, work);
	result = sum_between(calendar, to, from, work);
	*work = -*work;
	return result;
}

/* Where the piece of unchanged clock begins that holds the moments just before this one, and its offset. */
static int64
piece_before(const Calendar *calendar, int64 at, int32 *offset)
{
	int64		back = 100 * DAY;

	/* zones are asked forwards only: from further and further back, until a change comes before the moment */
	for (;;)
	{
		bool		all = back > PG_INT64_MAX / 4 || at - back <= CALENDAR_FROM;
		int64		start = all ? CALENDAR_FROM : at - back;
		int64		begins = start;
		int64		until;

		calendar->zone(calendar->zone_arg, start, offset, &until);
		while (until < at)
		{
			begins = until;
			calendar->zone(calendar->zone_arg, begins, offset, &until);
		}
		if (begins > start || all)
			return begins;
		back *= 2;
	}
}

/* Is there no working time at all between two moments, wherever its zone is? */
static bool
idle(const Calendar *calendar, int64 from, int64 to)
{
	return sum_to(calendar, from - 2 * DAY) == sum_to(calendar, to + 2 * DAY);
}

CalendarResult
calendar_add(const Calendar *calendar, int64 at, int64 work, int64 *result)
{
	*result = at;
	if (work == 0)
		return CALENDAR_OK;
	while (work > 0)
	{
		int32		offset;
		int64		end;
		int64		start;
		int64		size;

		CHECK_FOR_INTERRUPTS();
		if (idle(calendar, at, CALENDAR_UNTIL))
			return CALENDAR_IDLE;
		if (at >= CALENDAR_UNTIL)
			return CALENDAR_RANGE;
		calendar->zone(calendar->zone_arg, at, &offset, &end);
		end = Min(end, CALENDAR_UNTIL);
		start = sum_to(calendar, at + offset * SECOND);
		if (pg_sub_s64_overflow(sum_to(calendar, end + offset * SECOND), start, &size) || size >= work)
		{
			*result = first_moment(calendar, start + work, at + offset * SECOND, end + offset * SECOND) - offset * SECOND;
			return CALENDAR_OK;
		}
		work -= size;
		at = end;
	}
	while (work < 0)
	{
		int32		offset;
		int64		begins;
		int64		end;
		int64		size;

		CHECK_FOR_INTERRUPTS();
		if (idle(calendar, CALENDAR_FROM, at))
			return CALENDAR_IDLE;
		if (at <= CALENDAR_FROM)
			return CALENDAR_RANGE;
		begins = piece_before(calendar, at, &offset);
		end = sum_to(calendar, at + offset * SECOND);
		if (pg_sub_s64_overflow(end, sum_to(calendar, begins + offset * SECOND), &size) || -size <= work)
		{
			*result = last_moment(calendar, end + work, begins + offset * SECOND, at + offset * SECOND) - offset * SECOND;
			return CALENDAR_OK;
		}
		work += size;
		at = begins;
	}
	return CALENDAR_OK;
}
