/*
 * value.c
 *		The stored calendar: taking it apart, making it; and its time zone.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "calendar/calendar.h"

#define NHEADER		5

/* The words of a value of this shape, without its varlena header. */
static Size
count_words(Size zonelen, Size nweeks, Size ndates, Size nhours)
{
	return NHEADER + (zonelen + 3) / 4 + nweeks * 8 + ndates * 2 + nhours * 2;
}

static int32 *
put_hours(int32 *word, const CalendarDay *day)
{
	if (day->n > 0)				/* a day off has no hours to point to */
		memcpy(word, day->hours, sizeof(CalendarHours) * day->n);
	return word + 2 * day->n;
}

/* The value of a calendar, all of whose parts are in order. */
struct varlena *
calendar_pack(const CalendarData *data)
{
	const Calendar *core = &data->core;
	Size		zonelen = strlen(data->zone);
	Size		nhours = 0;
	Size		size;
	struct varlena *value;
	int32	   *word;

	for (int i = 0; i < core->nweeks; i++)
	{
		for (int d = 0; d < 7; d++)
			nhours += core->weeks[i].day[d].n;
	}
	for (int i = 0; i < core->ndates; i++)
		nhours += core->dates[i].day.n;

	size = VARHDRSZ + sizeof(int32) * count_words(zonelen, core->nweeks, core->ndates, nhours);
	value = palloc0(size);
	SET_VARSIZE(value, size);
	word = (int32 *) VARDATA(value);
	*word++ = CALENDAR_VERSION;
	*word++ = zonelen;
	*word++ = core->nweeks;
	*word++ = core->ndates;
	*word++ = nhours;
	memcpy(word, data->zone, zonelen);
	word += (zonelen + 3) / 4;
	for (int i = 0; i < core->nweeks; i++)
	{
		*word++ = i == 0 ? 0 : core->weeks[i].since;
		for (int d = 0; d < 7; d++)
			*word++ = core->weeks[i].day[d].n;
	}
	for (int i = 0; i < core->ndates; i++)
	{
		*word++ = core->dates[i].date;
		*word++ = core->dates[i].day.n;
	}
	for (int i = 0; i < core->nweeks; i++)
	{
		for (int d = 0; d < 7; d++)
			word = put_hours(word, &core->weeks[i].day[d]);
	}
	for (int i = 0; i < core->ndates; i++)
		word = put_hours(word, &core->dates[i].day);
	Assert((char *) word == (char *) value + size);
	return value;
}

/* A time zone by its name, in any case; NULL when there is none. */
pg_tz *
calendar_find_zone(const char *name)
{
	pg_tz	   *tz;

	if (name[0] == '\0' || strlen(name) > TZ_STRLEN_MAX)
		return NULL;
	tz = pg_tzset(name);
	/* a zone that counts leap seconds has no days of 24 hours */
	return tz != NULL && pg_tz_acceptable(tz) ? tz : NULL;
}

/* The offset of a time zone at a moment, and when it changes. */
static void
zone_offset(void *arg, int64 at, int32 *offset, int64 *until)
{
	const int64 epoch = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	int64		seconds = at / USECS_PER_SEC - (at % USECS_PER_SEC < 0);
	pg_time_t	t = (pg_time_t) (seconds + epoch);
	pg_time_t	boundary;
	long		before;
	long		after;
	int			isdst;
	int			found = pg_next_dst_boundary(&t, &before, &isdst, &boundary, &after, &isdst, arg);

	if (found < 0)
		elog(ERROR, "could not look up a change of the time zone");
	*offset = (int32) before;
	*until = PG_INT64_MAX;
	if (found > 0 && boundary - epoch < CALENDAR_UNTIL / USECS_PER_SEC)
		*until = (boundary - epoch) * USECS_PER_SEC;
}

static const CalendarHours *
take_hours(CalendarDay *day, int32 n, const CalendarHours *hours, const CalendarHours *end)
{
	if (n < 0 || n > end - hours)
		elog(ERROR, "calendar value is damaged");
	day->n = n;
	day->hours = hours;
	return hours + n;
}

/*
 * Spread a calendar out.  Copies everything.  A server that does not know the
 * zone can still show the calendar, and dump it.
 */
CalendarData *
calendar_open(const struct varlena *value)
{
	CalendarData *data = palloc0(sizeof(CalendarData));
	Calendar   *core = &data->core;
	Size		size = VARSIZE_ANY_EXHDR(value);
	int32	   *word = palloc(Max(size, 1));
	const int32 *days;
	const CalendarHours *hours;
	const CalendarHours *end;
	char	   *zone;

	memcpy(word, VARDATA_ANY(value), size);
	if (size >= sizeof(int32) && word[0] != CALENDAR_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("calendar value has unknown version %d", word[0]),
				 errhint("The value was written by a newer version of the extension.")));
	if (size < NHEADER * sizeof(int32) || word[1] < 1 || word[1] > TZ_STRLEN_MAX || word[2] < 1 || word[3] < 0 || word[4] < 0 ||
		size != sizeof(int32) * count_words(word[1], word[2], word[3], word[4]))
		elog(ERROR, "calendar value is damaged");
	core->nweeks = word[2];
	core->ndates = word[3];
	zone = pnstrdup((char *) (word + NHEADER), word[1]);
	days = word + NHEADER + (word[1] + 3) / 4;
	hours = (const CalendarHours *) (days + core->nweeks * 8 + core->ndates * 2);
	end = hours + word[4];
	core->weeks = palloc0(sizeof(CalendarWeek) * core->nweeks);
	core->dates = palloc0(sizeof(CalendarDate) * Max(core->ndates, 1));
	for (int i = 0; i < core->nweeks; i++)
	{
		core->weeks[i].since = *days++;
		for (int d = 0; d < 7; d++)
			hours = take_hours(&core->weeks[i].day[d], *days++, hours, end);
	}
	for (int i = 0; i < core->ndates; i++)
	{
		core->dates[i].date = *days++;
		hours = take_hours(&core->dates[i].day, *days++, hours, end);
	}

	data->zone = zone;
	data->tz = calendar_find_zone(zone);
	core->zone = zone_offset;
	core->zone_arg = data->tz;
	calendar_prepare(core);
	return data;
}

/* What a call site remembers: the calendar it was last given, and its bytes. */
typedef struct CalendarCache
{
	struct varlena *value;
	CalendarData *data;
	MemoryContext context;
} CalendarCache;

/* A calendar that is ready for questions. */
static CalendarData *
open_known(const struct varlena *value)
{
	CalendarData *data = calendar_open(value);

	if (data->tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of the calendar is not known here", data->zone),
				 errhint("This server has other time zone files than the one the calendar was made on.")));
	return data;
}

/*
 * The calendar in argument n, spread out.  Most queries ask one calendar many
 * times, so the last one is kept; right also where nothing can be kept.
 */
CalendarData *
calendar_argument(FunctionCallInfo fcinfo, int n)
{
	struct varlena *value = PG_GETARG_CALENDAR_PP(n);
	CalendarCache *cache;
	MemoryContext before;

	if (fcinfo->flinfo == NULL)
		return open_known(value);
	cache = fcinfo->flinfo->fn_extra;
	if (cache != NULL && cache->data != NULL && VARSIZE_ANY_EXHDR(cache->value) == VARSIZE_ANY_EXHDR(value) &&
		memcmp(VARDATA_ANY(cache->value), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) == 0)
		return cache->data;
	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CalendarCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "journey calendar", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = cache;
	}
	cache->data = NULL;
	MemoryContextReset(cache->context);
	before = MemoryContextSwitchTo(cache->context);
	cache->value = palloc(VARSIZE_ANY(value));
	memcpy(cache->value, value, VARSIZE_ANY(value));
	cache->data = open_known(value);
	MemoryContextSwitchTo(before);
	return cache->data;
}
