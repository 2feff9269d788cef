/*
 * read.c
 *		Reading single facts from a journey.
 *
 * A stage lasts from its entry to the next entry, and the last one is open.
 * How long it lasted is only known as of a given time: entries after that time
 * are left out, as if they had not happened yet.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_length);
PG_FUNCTION_INFO_V1(journey_current);
PG_FUNCTION_INFO_V1(journey_started_at);
PG_FUNCTION_INFO_V1(journey_updated_at);
PG_FUNCTION_INFO_V1(journey_first_at);
PG_FUNCTION_INFO_V1(journey_last_at);
PG_FUNCTION_INFO_V1(journey_visits);
PG_FUNCTION_INFO_V1(journey_stage_at);
PG_FUNCTION_INFO_V1(journey_time_in);

/* A label as a text value. */
static text *
label_text(const JourneyView *view, uint32 i)
{
	JourneyLabel label = journey_view_label(view, journey_view_num(view, i));

	return cstring_to_text_with_len(label.data, label.len);
}

/* The number of the label in argument 1, or -1. */
static int
label_argument(const JourneyView *view, FunctionCallInfo fcinfo)
{
	text	   *label = PG_GETARG_TEXT_PP(1);

	return journey_view_find(view, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

/*
 * Time measured as far as a given moment needs that moment to be finite.
 */
void
journey_check_as_of(int64 as_of)
{
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
}

/*
 * A span of microseconds as an interval, the way the difference of two times
 * is one: days of 24 hours and the rest, no months.
 */
Interval *
journey_interval(uint64 usecs)
{
	Interval   *span = palloc(sizeof(Interval));

	span->month = 0;
	span->day = usecs / USECS_PER_DAY;
	span->time = usecs % USECS_PER_DAY;
	return span;
}

/* length(journey): how many entries.  Only the beginning of the value is fetched. */
Datum
journey_length(PG_FUNCTION_ARGS)
{
	struct varlena *start = PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(0), 0, sizeof(JourneyHeader));
	JourneyView view;

	if (VARSIZE_ANY_EXHDR(start) >= sizeof(JourneyHeader))
	{
		JourneyHeader header;

		memcpy(&header, VARDATA_ANY(start), sizeof(header));
		if (header.version == JOURNEY_VERSION)
			PG_RETURN_INT32(header.nentries);
	}
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	PG_RETURN_INT32(view.n);
}

/* current(journey): the label of the last entry. */
Datum
journey_current(PG_FUNCTION_ARGS)
{
	JourneyView view;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	if (view.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(label_text(&view, view.n - 1));
}

/* started_at(journey): the time of the first entry. */
Datum
journey_started_at(PG_FUNCTION_ARGS)
{
	JourneyView view;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	if (view.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(view.base);
}

/* updated_at(journey): the time of the last entry. */
Datum
journey_updated_at(PG_FUNCTION_ARGS)
{
	JourneyView view;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	if (view.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(journey_view_at(&view, view.n - 1));
}

/* first_at(journey, label) */
Datum
journey_first_at(PG_FUNCTION_ARGS)
{
	JourneyView view;
	int			num;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	num = label_argument(&view, fcinfo);
	if (num >= 0)
	{
		for (uint32 i = 0; i < view.n; i++)
		{
			if (journey_view_num(&view, i) == num)
				PG_RETURN_TIMESTAMPTZ(journey_view_at(&view, i));
		}
	}
	PG_RETURN_NULL();
}

/* last_at(journey, label) */
Datum
journey_last_at(PG_FUNCTION_ARGS)
{
	JourneyView view;
	int			num;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	num = label_argument(&view, fcinfo);
	if (num >= 0)
	{
		for (uint32 i = view.n; i-- > 0;)
		{
			if (journey_view_num(&view, i) == num)
				PG_RETURN_TIMESTAMPTZ(journey_view_at(&view, i));
		}
	}
	PG_RETURN_NULL();
}

/* visits(journey, label): how many entries have the label. */
Datum
journey_visits(PG_FUNCTION_ARGS)
{
	JourneyView view;
	int			num;
	int32		visits = 0;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	num = label_argument(&view, fcinfo);
	if (num >= 0)
	{
		for (uint32 i = 0; i < view.n; i++)
			visits += journey_view_num(&view, i) == num;
	}
	PG_RETURN_INT32(visits);
}

/* stage_at(journey, timestamptz): the label of the last entry at or before that time. */
Datum
journey_stage_at(PG_FUNCTION_ARGS)
{
	JourneyView view;
	uint32		n;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	n = journey_view_upto(&view, PG_GETARG_TIMESTAMPTZ(1));
	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(label_text(&view, n - 1));
}

/* time_in(journey, label, as_of) */
Datum
journey_time_in(PG_FUNCTION_ARGS)
{
	int64		as_of = PG_GETARG_TIMESTAMPTZ(2);
	JourneyView view;
	int			num;
	uint64		usecs = 0;

	journey_check_as_of(as_of);
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	num = label_argument(&view, fcinfo);
	if (num >= 0)
	{
		uint32		n = journey_view_upto(&view, as_of);

		for (uint32 i = 0; i < n; i++)
		{
			if (journey_view_num(&view, i) == num)
				usecs += (uint64) (i + 1 < n ? journey_view_at(&view, i + 1) : as_of) -
					(uint64) journey_view_at(&view, i);
		}
	}
	PG_RETURN_INTERVAL_P(journey_interval(usecs));
}
