/*
 * business.c
 *		Business time between two moments, the moment after so much of it, and
 *		when it is.
 *
 * These are immutable although a time zone is a file of the server, as
 * PostgreSQL's own timezone(text, timestamptz) is: they read no setting.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "calendar/calendar.h"

PG_FUNCTION_INFO_V1(calendar_business_time);
PG_FUNCTION_INFO_V1(calendar_business_time_paused);
PG_FUNCTION_INFO_V1(calendar_business_add);
PG_FUNCTION_INFO_V1(calendar_business_add_paused);
PG_FUNCTION_INFO_V1(calendar_working_time);

/* Rows of working_time that one value may hold. */
#define MAX_PERIODS		1000000

/* A piece of time, its end not included; without an end or a beginning it reaches to that of all time. */
typedef struct Piece
{
	int64		from;
	int64		to;
} Piece;

static int64
finite_argument(FunctionCallInfo fcinfo, int n)
{
	int64		at = PG_GETARG_TIMESTAMPTZ(n);

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("business time needs finite times")));
	return at;
}

/* Working time between two moments, in microseconds. */
int64
calendar_work(const CalendarData *data, int64 from, int64 to)
{
	int64		work;

	if (calendar_between(&data->core, from, to, &work) != CALENDAR_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));
	return work;
}

pg_noreturn static void
no_more_work(int64 work, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("calendar has not so much working time %s the given time", work > 0 ? "after" : "before"),
			 errdetail("%s", detail)));
}

static int64
add_work(const CalendarData *data, int64 at, int64 work)
{
	int64		result;

	switch (calendar_add(&data->core, at, work, &result))
	{
		case CALENDAR_IDLE:
			no_more_work(work, work > 0 ? "From some date on it has no working hours." : "Up to some date it has no working hours.");
			break;
		case CALENDAR_OK:
			if (IS_VALID_TIMESTAMP(result))
				return result;
			/* FALLTHROUGH */
		case CALENDAR_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
	}
	return 0;					/* not reached */
}

/* The pauses in argument n, in order; NULL is none. */
static Piece *
pauses_argument(FunctionCallInfo fcinfo, int n, int *npauses)
{
	TypeCacheEntry *range = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
	RangeType **ranges;
	Piece	   *pauses;

	*npauses = 0;
	if (PG_ARGISNULL(n))
		return NULL;
	multirange_deserialize(range, PG_GETARG_MULTIRANGE_P(n), npauses, &ranges);
	pauses = palloc(sizeof(Piece) * Max(*npauses, 1));
	for (int i = 0; i < *npauses; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		range_deserialize(range, ranges[i], &lower, &upper, &empty);
		pauses[i].from = lower.infinite ? PG_INT64_MIN : DatumGetTimestampTz(lower.val);
		pauses[i].to = upper.infinite ? PG_INT64_MAX : DatumGetTimestampTz(upper.val);
	}
	return pauses;
}

static Interval *
hours(int64 usecs)
{
	Interval   *span = palloc0(sizeof(Interval));

	span->time = usecs;
	return span;
}

/* business_time(from, to, calendar) */
Datum
calendar_business_time(PG_FUNCTION_ARGS)
{
	int64		from = finite_argument(fcinfo, 0);
	int64		to = finite_argument(fcinfo, 1);

	PG_RETURN_INTERVAL_P(hours(calendar_work(calendar_argument(fcinfo, 2), from, to)));
}

/* business_time(from, to, calendar, paused) */
Datum
calendar_business_time_paused(PG_FUNCTION_ARGS)
{
	CalendarData *data;
	Piece	   *pauses;
	int			npauses;
	int64		from;
	int64		to;
	int64		work;
	bool		backwards;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	from = finite_argument(fcinfo, 0);
	to = finite_argument(fcinfo, 1);
	data = calendar_argument(fcinfo, 2);
	pauses = pauses_argument(fcinfo, 3, &npauses);
	backwards = from > to;
	if (backwards)
	{
		int64		swap = from;

		from = to;
		to = swap;
	}
	work = calendar_work(data, from, to);
	for (int i = 0; i < npauses; i++)
	{
		int64		begins = Max(pauses[i].from, from);
		int64		ends = Min(pauses[i].to, to);

		if (begins < ends)
			work -= calendar_work(data, begins, ends);
	}
	PG_RETURN_INTERVAL_P(hours(backwards ? -work : work));
}

/* The duration in argument 1, which must be hours and smaller units. */
static int64
duration_argument(FunctionCallInfo fcinfo)
{
	Interval   *duration = PG_GETARG_INTERVAL_P(1);

	if (duration->month != 0 || duration->day != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("business time is added in hours, not in days or months"),
				 errdetail("How much work a day has differs from day to day."),
				 errhint("Give the hours: two days of eight hours are interval '16 hours'.")));
	return duration->time;
}

/* business_add(at, duration, calendar) */
Datum
calendar_business_add(PG_FUNCTION_ARGS)
{
	int64		at = finite_argument(fcinfo, 0);
	int64		work = duration_argument(fcinfo);

	PG_RETURN_TIMESTAMPTZ(add_work(calendar_argument(fcinfo, 2), at, work));
}

/* business_add(at, duration, calendar, paused) */
Datum
calendar_business_add_paused(PG_FUNCTION_ARGS)
{
	CalendarData *data;
	Piece	   *pauses;
	int			npauses;
	int64		at;
	int64		work;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	at = finite_argument(fcinfo, 0);
	work = duration_argument(fcinfo);
	data = calendar_argument(fcinfo, 2);
	pauses = pauses_argument(fcinfo, 3, &npauses);

	/* from pause to pause, as long as there is not enough work before the next one */
	for (int i = 0; work > 0 && i < npauses; i++)
	{
		if (pauses[i].to <= at)
			continue;
		if (pauses[i].from > at)
		{
			int64		free = calendar_work(data, at, Min(pauses[i].from, CALENDAR_UNTIL - 1));

			if (work <= free)
				break;
			work -= free;
		}
		at = pauses[i].to;
		if (!IS_VALID_TIMESTAMP(at))
			no_more_work(work, "The last pause has no end.");
	}
	for (int i = npauses - 1; work < 0 && i >= 0; i--)
	{
		if (pauses[i].from >= at)
			continue;
		if (pauses[i].to < at)
		{
			int64		free = calendar_work(data, Max(pauses[i].to, CALENDAR_FROM), at);

			if (-free <= work)
				break;
			work += free;
		}
		at = pauses[i].from;
		if (!IS_VALID_TIMESTAMP(at))
			no_more_work(work, "The first pause has no beginning.");
	}
	PG_RETURN_TIMESTAMPTZ(add_work(data, at, work));
}

/* working_time(calendar, during) */
Datum
calendar_working_time(PG_FUNCTION_ARGS)
{
	CalendarData *data;
	TypeCacheEntry *typcache;
	TypeCacheEntry *multirange = lookup_type_cache(TSTZMULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	int			room = 64;
	int			n = 0;
	RangeType **ranges = palloc(sizeof(RangeType *) * room);
	int64		at;
	int64		to;

	typcache = multirange->rngtype;
	data = calendar_argument(fcinfo, 0);
	range_deserialize(typcache, PG_GETARG_RANGE_P(1), &lower, &upper, &empty);
	if (!empty && (lower.infinite || upper.infinite ||
				   TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val))))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("business time needs finite times")));
	at = empty ? 0 : DatumGetTimestampTz(lower.val);
	to = empty ? 0 : DatumGetTimestampTz(upper.val);
	while (at < to)
	{
		int32		offset;
		int64		until;
		int64		shift;
		int64		date;
		int64		last;

		data->core.zone(data->core.zone_arg, at, &offset, &until);
		until = Min(until, to);
		shift = offset * USECS_PER_SEC;
		date = (at + shift) / USECS_PER_DAY - ((at + shift) % USECS_PER_DAY < 0);
		last = (until + shift) / USECS_PER_DAY - ((until + shift) % USECS_PER_DAY < 0);
		for (; date <= last; date++)
		{
			const CalendarDay *day = calendar_day(&data->core, date);

			CHECK_FOR_INTERRUPTS();
			for (int i = 0; i < day->n; i++)
			{
				RangeBound	from = {0};
				RangeBound	end = {0};
				int64		begins = date * USECS_PER_DAY + day->hours[i].begins * USECS_PER_SEC - shift;
				int64		ends = date * USECS_PER_DAY + day->hours[i].ends * USECS_PER_SEC - shift;

				begins = Max(begins, at);
				ends = Min(ends, until);
				if (begins >= ends)
					continue;
				if (n >= MAX_PERIODS)
					ereport(ERROR,
							(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							 errmsg("too many periods of working time"),
							 errdetail("At most %d are given at once.", MAX_PERIODS)));
				if (n >= room)
				{
					room *= 2;
					ranges = repalloc_huge(ranges, sizeof(RangeType *) * room);
				}
				from.val = TimestampTzGetDatum(begins);
				from.inclusive = true;
				from.lower = true;
				end.val = TimestampTzGetDatum(ends);
				ranges[n++] = make_range(typcache, &from, &end, false, NULL);
			}
		}
		at = until;
	}
	PG_RETURN_MULTIRANGE_P(make_multirange(TSTZMULTIRANGEOID, typcache, n, ranges));
}
