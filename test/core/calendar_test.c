/*
 * calendar_test.c
 *		Working time against a count of minutes, over random calendars and
 *		clocks that change.
 */
#include "postgres_fe.h"

#include "core/calendar.h"
#include "rounds.h"

static int	tests = 0;

static void
ok(bool success, const char *what)
{
	printf("%sok %d - %s\n", success ? "" : "not ", ++tests, what);
}

static uint64 state = UINT64CONST(88172645463325252);

static uint64
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int
random_to(int n)
{
	return (int) (next_random() % n);
}

#define MINUTE		INT64CONST(60000000)
#define DAY			(1440 * MINUTE)

/* A clock with a few changes. */
typedef struct Clock
{
	int			n;
	int64		at[16];
	int32		offset[17];
} Clock;

static void
clock_zone(void *arg, int64 at, int32 *offset, int64 *until)
{
	Clock	   *clock = arg;
	int			i = 0;

	while (i < clock->n && clock->at[i] <= at)
		i++;
	*offset = clock->offset[i];
	*until = i < clock->n ? clock->at[i] : PG_INT64_MAX;
}

#define MOST		6

static CalendarHours hours[4000];
static int	nhours;
static CalendarWeek weeks[3];
static CalendarDate dates[12];

static void
random_day(CalendarDay *day, int gap)
{
	int			at = random_to(600);

	day->n = 0;
	day->hours = &hours[nhours];
	while (random_to(gap) > 0 && day->n < MOST)
	{
		int			to = at + 1 + random_to(400);

		if (random_to(12) == 0)
			to = 1440;
		if (to > 1440)
			break;
		hours[nhours].begins = at * 60;
		hours[nhours++].ends = to * 60;
		day->n++;
		at = to + 1 + random_to(200);
		if (at >= 1440)
			break;
	}
}

static void
random_calendar(Calendar *calendar, Clock *clock)
{
	int64		at;
	int32		date;

	nhours = 0;
	calendar->nweeks = 1 + random_to(3);
	calendar->weeks = weeks;
	date = random_to(30) - 20;
	for (int i = 0; i < calendar->nweeks; i++)
	{
		weeks[i].since = date;
		date += 1 + random_to(20);
		for (int d = 0; d < 7; d++)
			random_day(&weeks[i].day[d], 3);
	}
	calendar->ndates = random_to(12);
	calendar->dates = dates;
	date = random_to(20) - 30;
	for (int i = 0; i < calendar->ndates; i++)
	{
		dates[i].date = date;
		date += 1 + random_to(10);
		random_day(&dates[i].day, 2);
	}
	clock->n = random_to(8);
	at = (random_to(20) - 25) * DAY;
	for (int i = 0; i < clock->n; i++)
	{
		clock->at[i] = at;
		at += (1 + random_to(30000)) * MINUTE;
	}
	for (int i = 0; i <= clock->n; i++)
		clock->offset[i] = (random_to(200) - 100) * 900 % 50400;
	calendar->zone = clock_zone;
	calendar->zone_arg = clock;
	calendar_prepare(calendar);
}

/* Is this minute worked?  Straight from the definition. */
static bool
works(const Calendar *calendar, int64 at)
{
	int32		offset;
	int64		until;
	int64		local;
	int64		date;
	int			second;
	const CalendarDay *day = NULL;
	int			week = 0;

	clock_zone(calendar->zone_arg, at, &offset, &until);
	local = at / 1000000 + offset + INT64CONST(86400) * 7000;
	date = local / 86400 - 7000;
	second = (int) (local % 86400);
	for (int i = 0; i < calendar->ndates; i++)
	{
		if (calendar->dates[i].date == date)
			day = &calendar->dates[i].day;
	}
	while (week + 1 < calendar->nweeks && calendar->weeks[week + 1].since <= date)
		week++;
	if (day == NULL)
		day = &calendar->weeks[week].day[(date + 7000 + 5) % 7];
	for (int i = 0; i < day->n; i++)
	{
		if (second >= day->hours[i].begins && second < day->hours[i].ends)
			return true;
	}
	return false;
}

#define MINUTES		(70 * 1440)

static int	worked[MINUTES + 1];	/* minutes of work before each minute */

int
main(void)
{
	Calendar	calendar;
	Clock		clock;
	bool		between = true;
	bool		first = true;
	bool		last = true;
	bool		fine = true;
	bool		back = true;
	int64		work;
	int64		at;

	for (int round = 0; round < rounds_of(60); round++)
	{
		int64		start = -35 * DAY;

		random_calendar(&calendar, &clock);
		for (int i = 0; i < MINUTES; i++)
			worked[i + 1] = worked[i] + works(&calendar, start + i * MINUTE);
		for (int i = 0; i < 300; i++)
		{
			int			a = random_to(MINUTES);
			int			b = random_to(MINUTES);
			int			most = worked[MINUTES] - worked[a];
			int64		x = random_to(60000000);
			int64		y = random_to(60000000);
			int			need;
			int			t;

			if (calendar_between(&calendar, start + a * MINUTE, start + b * MINUTE, &work) != CALENDAR_OK ||
				work != (worked[b] - worked[a]) * MINUTE)
				between = false;

			/* within minutes */
			if (calendar_between(&calendar, start + a * MINUTE + x, start + b * MINUTE + y, &work) != CALENDAR_OK ||
				work != (worked[b] - worked[a]) * MINUTE
				+ (worked[b + 1] > worked[b] ? y : 0) - (worked[a + 1] > worked[a] ? x : 0))
				fine = false;

			if (most > 0)
			{
				need = 1 + random_to(most);
				for (t = a; worked[t] - worked[a] < need;)
					t++;
				if (calendar_add(&calendar, start + a * MINUTE, need * MINUTE, &at) != CALENDAR_OK || at != start + t * MINUTE)
					first = false;
			}
			if (worked[a] > 0)
			{
				need = 1 + random_to(worked[a]);
				for (t = a; worked[a] - worked[t] < need;)
					t--;
				if (calendar_add(&calendar, start + a * MINUTE, -need * MINUTE, &at) != CALENDAR_OK || at != start + t * MINUTE)
					last = false;
			}
			if (most > 1)
			{
				/* there and back, by microseconds */
				work = (int64) (next_random() % ((uint64) (most - 1) * MINUTE)) + 1;
				if (calendar_add(&calendar, start + a * MINUTE + x, work, &at) == CALENDAR_OK)
				{
					int64		there;

					if (calendar_between(&calendar, start + a * MINUTE + x, at, &there) != CALENDAR_OK || there != work)
						back = false;
					if (calendar_between(&calendar, start + a * MINUTE + x, at - 1, &there) != CALENDAR_OK || there != work - 1)
						back = false;
				}
			}
		}
	}
	ok(between, "working time between minutes is what counting minutes gives");
	ok(fine, "and so it is between microseconds");
	ok(first, "so much work later is the first minute that has it");
	ok(last, "so much work earlier is the last minute that has it");
	ok(back, "adding and measuring agree to the microsecond");

	/* the ends of time, around the clock and never */
	memset(&calendar, 0, sizeof(calendar));
	memset(weeks, 0, sizeof(weeks));
	calendar.nweeks = 1;
	calendar.weeks = weeks;
	calendar.zone = clock_zone;
	calendar.zone_arg = &clock;
	clock.n = 0;
	clock.offset[0] = 50400;
	hours[0].begins = 0;
	hours[0].ends = 86400;
	for (int d = 0; d < 7; d++)
	{
		weeks[0].day[d].n = 1;
		weeks[0].day[d].hours = hours;
	}
	calendar_prepare(&calendar);
	ok(calendar_between(&calendar, CALENDAR_FROM, CALENDAR_UNTIL - 1, &work) == CALENDAR_RANGE, "all time around the clock does not fit");
	ok(calendar_between(&calendar, 0, CALENDAR_UNTIL - 1, &work) == CALENDAR_OK && work == CALENDAR_UNTIL - 1, "the time after 2000 does");
	ok(calendar_between(&calendar, CALENDAR_UNTIL - 1, 0, &work) == CALENDAR_OK && work == 1 - CALENDAR_UNTIL, "also backwards");
	ok(calendar_add(&calendar, CALENDAR_FROM, CALENDAR_UNTIL - 1, &at) == CALENDAR_OK && at == CALENDAR_FROM + CALENDAR_UNTIL - 1, "adding crosses all time");
	ok(calendar_add(&calendar, CALENDAR_UNTIL - 1, 1 - CALENDAR_UNTIL, &at) == CALENDAR_OK && at == 0, "and back");
	ok(calendar_add(&calendar, 5, PG_INT64_MAX, &at) == CALENDAR_RANGE, "beyond the end there is nothing");
	ok(calendar_add(&calendar, 5, PG_INT64_MIN, &at) == CALENDAR_RANGE, "nor before the beginning");
	weeks[0].day[3].n = 0;
	calendar_prepare(&calendar);
	ok(calendar_between(&calendar, CALENDAR_FROM, CALENDAR_UNTIL - 1, &work) == CALENDAR_OK && work > PG_INT64_MAX / 10 * 8, "six days of seven fit");
	for (int d = 0; d < 7; d++)
		weeks[0].day[d].n = 0;
	calendar_prepare(&calendar);
	ok(calendar_add(&calendar, 5, 1, &at) == CALENDAR_IDLE && calendar_add(&calendar, 5, -1, &at) == CALENDAR_IDLE, "without hours there is no moment");
	ok(calendar_add(&calendar, 5, 0, &at) == CALENDAR_OK && at == 5, "no work at all is the moment itself");
	ok(calendar_between(&calendar, CALENDAR_FROM, CALENDAR_UNTIL - 1, &work) == CALENDAR_OK && work == 0, "and all time has none");
	printf("1..%d\n", tests);
	return 0;
}
