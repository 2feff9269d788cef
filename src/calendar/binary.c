/*
 * binary.c
 *		Binary input and output of the calendar type.
 *
 * Version byte; name of the zone (int32 length, bytes); number of weeks
 * (int32), for each the date it holds from (int32, days since 2000-01-01; 0
 * for the first) and its seven days; number of dates (int32), for each the
 * date (int32) and its day.  A day is the number of its hours (int32), and for
 * each begin and end (int32, seconds).
 */
#include "postgres.h"

#include "libpq/pqformat.h"

#include "calendar/calendar.h"
#include "core/iso8601.h"

PG_FUNCTION_INFO_V1(calendar_recv);
PG_FUNCTION_INFO_V1(calendar_send);

/* Dates are of the years 1 to 9999. */
#define LEAST_DATE		((int32) iso8601_days_from_date(1, 1, 1))
#define GREATEST_DATE	((int32) iso8601_days_from_date(9999, 12, 31))

static void
send_day(StringInfo buf, const CalendarDay *day)
{
	pq_sendint32(buf, day->n);
	for (int i = 0; i < day->n; i++)
	{
		pq_sendint32(buf, day->hours[i].begins);
		pq_sendint32(buf, day->hours[i].ends);
	}
}

Datum
calendar_send(PG_FUNCTION_ARGS)
{
	CalendarData *data = calendar_open(PG_GETARG_CALENDAR_PP(0));
	const Calendar *core = &data->core;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, CALENDAR_VERSION);
	pq_sendcountedtext(&buf, data->zone, strlen(data->zone));
	pq_sendint32(&buf, core->nweeks);
	for (int i = 0; i < core->nweeks; i++)
	{
		pq_sendint32(&buf, core->weeks[i].since);
		for (int d = 0; d < 7; d++)
			send_day(&buf, &core->weeks[i].day[d]);
	}
	pq_sendint32(&buf, core->ndates);
	for (int i = 0; i < core->ndates; i++)
	{
		pq_sendint32(&buf, core->dates[i].date);
		send_day(&buf, &core->dates[i].day);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
invalid(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid %s in calendar value", what)));
}

/* A number of things that take at least so many bytes each. */
static int32
receive_count(StringInfo buf, int size, const char *what)
{
	int32		n = pq_getmsgint(buf, 4);

	if (n < 0 || n > (buf->len - buf->cursor) / size)
		invalid(what);
	return n;
}

static void
receive_day(StringInfo buf, CalendarDay *day)
{
	int32		n = receive_count(buf, 8, "number of hours");
	CalendarHours *hours = palloc(sizeof(CalendarHours) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		hours[i].begins = pq_getmsgint(buf, 4);
		hours[i].ends = pq_getmsgint(buf, 4);
		if (hours[i].begins < 0 || hours[i].begins >= hours[i].ends || hours[i].ends > 86400 ||
			(i > 0 && hours[i].begins <= hours[i - 1].ends))
			invalid("hours");
	}
	day->n = n;
	day->hours = hours;
}

/* Everything here comes from outside and is checked. */
Datum
calendar_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	CalendarData *data = palloc0(sizeof(CalendarData));
	Calendar   *core = &data->core;
	int			version = pq_getmsgbyte(buf);
	int			len;
	int			size;

	if (version != CALENDAR_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("calendar value has unknown version %d", version)));
	size = receive_count(buf, 1, "length of the time zone");
	data->zone = pq_getmsgtext(buf, size, &len);
	data->tz = calendar_find_zone(data->zone);
	if (data->tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", data->zone)));
	data->zone = pg_get_timezone_name(data->tz);

	core->nweeks = receive_count(buf, 32, "number of weeks");
	if (core->nweeks < 1)
		invalid("number of weeks");
	core->weeks = palloc0(sizeof(CalendarWeek) * core->nweeks);
	for (int i = 0; i < core->nweeks; i++)
	{
		int32		since = pq_getmsgint(buf, 4);

		if (i == 0 ? since != 0 : since < LEAST_DATE || since > GREATEST_DATE || (i > 1 && since <= core->weeks[i - 1].since))
			invalid("date");
		core->weeks[i].since = since;
		for (int d = 0; d < 7; d++)
			receive_day(buf, &core->weeks[i].day[d]);
	}
	core->ndates = receive_count(buf, 8, "number of dates");
	core->dates = palloc0(sizeof(CalendarDate) * Max(core->ndates, 1));
	for (int i = 0; i < core->ndates; i++)
	{
		int32		date = pq_getmsgint(buf, 4);

		if (date < LEAST_DATE || date > GREATEST_DATE || (i > 0 && date <= core->dates[i - 1].date))
			invalid("date");
		core->dates[i].date = date;
		receive_day(buf, &core->dates[i].day);
	}
	PG_RETURN_POINTER(calendar_pack(data));
}
