/*
 * calendar.h
 *		Working time between two moments, and the moment after so much of it.
 *
 * A calendar says which seconds of each local day are working time: a week
 * of hours, another week from some dates on, and single dates with hours of
 * their own.  Local time is that of a time zone, which the caller supplies as
 * a function, since zones are files and this is arithmetic.
 *
 * Times are microseconds since 2000-01-01 UTC, dates are days since then.
 */
#ifndef JOURNEY_CALENDAR_CORE_H
#define JOURNEY_CALENDAR_CORE_H

/* Working hours of a day, in seconds after midnight: 0 <= begins < ends <= 86400. */
typedef struct CalendarHours
{
	int32		begins;
	int32		ends;
} CalendarHours;

/* A day: its hours in order, without gaps of nothing between them. */
typedef struct CalendarDay
{
	int32		n;
	const CalendarHours *hours;
	int64		total;			/* seconds; set by calendar_prepare */
} CalendarDay;

/* A week and the date it holds from; the first one holds since ever. */
typedef struct CalendarWeek
{
	int32		since;
	CalendarDay day[7];			/* from Monday */
	/* set by calendar_prepare */
	int64		upto[8];		/* seconds of the days before each, and of all seven */
	int64		before;			/* seconds from 2000-01-01 to since, by the weeks alone */
} CalendarWeek;

/* A date with hours of its own. */
typedef struct CalendarDate
{
	int32		date;
	CalendarDay day;
	int64		gain;			/* seconds that this date and all before it have more than their weeks say */
} CalendarDate;

/*
 * The offset of local time (seconds east of UTC) that is in force at a moment,
 * and the moment when another one comes: PG_INT64_MAX if never.  Both moments
 * may be anything that 64 bits hold.
 */
typedef void (*CalendarZone) (void *arg, int64 at, int32 *offset, int64 *until);

typedef struct Calendar
{
	int			nweeks;			/* at least 1 */
	CalendarWeek *weeks;		/* in order of since */
	int			ndates;
	CalendarDate *dates;		/* in order */
	int64		origin;			/* set by calendar_prepare: makes the sum at 2000-01-01 nothing */
	CalendarZone zone;
	void	   *zone_arg;
} Calendar;

typedef enum CalendarResult
{
	CALENDAR_OK,
	CALENDAR_RANGE,				/* the answer does not fit */
	CALENDAR_IDLE				/* there is not so much working time on that side of the moment */
} CalendarResult;

/* Times that can be asked about, those of timestamptz: from is the least, until the first that is too great. */
#define CALENDAR_FROM	(-INT64CONST(211813488000000000))
#define CALENDAR_UNTIL	INT64CONST(9223371331200000000)

/* Sums up; to be called when weeks and dates are set. */
extern void calendar_prepare(Calendar *calendar);

/* The hours of a local date. */
extern const CalendarDay *calendar_day(const Calendar *calendar, int64 date);

/* Working time between two moments, in microseconds; negative when from is after to. */
extern CalendarResult calendar_between(const Calendar *calendar, int64 from, int64 to, int64 *work);

/*
 * The moment so much working time after another one: the first such moment,
 * or, when work is negative, the last one before.  No work at all is the
 * moment itself.
 */
extern CalendarResult calendar_add(const Calendar *calendar, int64 at, int64 work, int64 *result);

#endif							/* JOURNEY_CALENDAR_CORE_H */
