/*
 * spells.c
 *		How long a journey stayed where: its spells, and its dwell by stage.
 *
 * A spell is a stay in one stage: from the entry that brings another label to
 * the next such entry.  The last one is open: as of the time that is asked it
 * has lasted so long, and how long it will last nobody knows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "calendar/calendar.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(dwell_spells);
PG_FUNCTION_INFO_V1(dwell_dwell);

/* What both functions read their arguments into. */
typedef struct SpellSource
{
	JourneyView view;
	const JourneyLabel *labels;
	uint32		n;				/* entries up to as_of */
	uint32		next;			/* the first that has not been read */
	int64		as_of;
	const CalendarData *calendar;	/* NULL: all time counts */
} SpellSource;

typedef struct Spell
{
	int			num;			/* of the label */
	int64		entered;
	int64		left;			/* as_of for the open one */
	uint64		dwell;
	bool		open;
} Spell;

static void
open_source(SpellSource *source, FunctionCallInfo fcinfo)
{
	source->as_of = PG_GETARG_TIMESTAMPTZ(1);
	journey_check_as_of(source->as_of);
	source->calendar = PG_NARGS() > 2 ? calendar_argument(fcinfo, 2) : NULL;
	journey_view_init(&source->view, PG_GETARG_JOURNEY_PP(0));
	source->labels = journey_view_labels(&source->view);
	source->n = journey_view_upto(&source->view, source->as_of);
	source->next = 0;
}

static bool
next_spell(SpellSource *source, Spell *spell)
{
	uint32		i = source->next;

	if (i >= source->n)
		return false;
	spell->num = journey_view_num(&source->view, i);
	spell->entered = journey_view_at(&source->view, i);
	do
		i++;
	while (i < source->n && journey_view_num(&source->view, i) == spell->num);
	source->next = i;
	spell->open = i >= source->n;
	spell->left = spell->open ? source->as_of : journey_view_at(&source->view, i);
	if (source->calendar != NULL)
		spell->dwell = (uint64) calendar_work(source->calendar, spell->entered, spell->left);
	else
		spell->dwell = (uint64) spell->left - (uint64) spell->entered;
	return true;
}

/* Wall time is days and hours, as the difference of two times is; business time has no days. */
static Datum
dwell_datum(const SpellSource *source, uint64 usecs)
{
	Interval   *span;

	if (source->calendar == NULL)
		return IntervalPGetDatum(journey_interval(usecs));
	if (usecs > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));
	span = palloc0(sizeof(Interval));
	span->time = (int64) usecs;
	return IntervalPGetDatum(span);
}

static Datum
label_datum(const SpellSource *source, int num)
{
	return PointerGetDatum(cstring_to_text_with_len(source->labels[num].data, source->labels[num].len));
}

/* spells(journey, as_of [, calendar]): n, label, entered_at, left_at, dwell, open */
Datum
dwell_spells(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SpellSource source;
	Spell		spell;
	int32		n = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	open_source(&source, fcinfo);
	while (next_spell(&source, &spell))
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum(++n);
		values[1] = label_datum(&source, spell.num);
		values[2] = TimestampTzGetDatum(spell.entered);
		values[3] = TimestampTzGetDatum(spell.left);
		nulls[3] = spell.open;
		values[4] = dwell_datum(&source, spell.dwell);
		values[5] = BoolGetDatum(spell.open);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* What is known of one stage. */
typedef struct StageDwell
{
	int32		spells;
	uint64		first;
	uint64		latest;
	uint64		total;
	bool		open;
} StageDwell;

/* dwell(journey, as_of [, calendar]): label, spells, first_dwell, latest_dwell, total_dwell, open, open_dwell */
Datum
dwell_dwell(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SpellSource source;
	StageDwell *stages;
	Spell		spell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	open_source(&source, fcinfo);
	stages = palloc0(sizeof(StageDwell) * Max(source.view.nlabels, 1));
	while (next_spell(&source, &spell))
	{
		StageDwell *stage = &stages[spell.num];

		if (stage->spells++ == 0)
			stage->first = spell.dwell;
		stage->latest = spell.dwell;
		/* spells do not overlap, so the sum is no more than the lifetime */
		stage->total += spell.dwell;
		stage->open = spell.open;
	}

	/* labels are numbered in order of first appearance */
	for (int num = 0; num < source.view.nlabels; num++)
	{
		const StageDwell *stage = &stages[num];
		Datum		values[7];
		bool		nulls[7] = {false};

		if (stage->spells == 0)
			continue;
		values[0] = label_datum(&source, num);
		values[1] = Int32GetDatum(stage->spells);
		values[2] = dwell_datum(&source, stage->first);
		values[3] = dwell_datum(&source, stage->latest);
		values[4] = dwell_datum(&source, stage->total);
		values[5] = BoolGetDatum(stage->open);
		nulls[6] = !stage->open;
		values[6] = stage->open ? dwell_datum(&source, stage->latest) : (Datum) 0;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
