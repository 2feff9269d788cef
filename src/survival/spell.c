/*
 * spell.c
 *		Spells of journeys: from first entering a stage to the first entry of
 *		one of the ends, or open as of a time.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(journey_time_to);
PG_FUNCTION_INFO_V1(survival_curve_add_journey);
PG_FUNCTION_INFO_V1(incidence_curve_add_journey);

/* The spell of one journey. */
typedef struct Spell
{
	int64		duration;		/* microseconds */
	bool		ended;
	JourneyLabel end;			/* by which label */
	int64		entered;		/* microseconds after its beginning, or 0 */
} Spell;

/* From one time to a later one. */
static int64
span(int64 from, int64 to)
{
	int64		result;

	if (pg_sub_s64_overflow(to, from, &result))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("duration is out of range")));
	return result;
}

/*
 * The spell of the journey in argument 1 and on: journey, label, ends, as_of.
 * Its observation began at since, if that is later than the spell.  False when
 * there is none, or it was over by then.
 */
static bool
find_spell(FunctionCallInfo fcinfo, int arg, bool has_since, int64 since, Spell *spell)
{
	JourneyLabelSet ends;
	JourneyView view;
	const JourneyLabel *labels;
	text	   *from;
	int64		as_of;
	int64		began;
	int64		until;
	uint32		n;
	uint32		i;
	int			num;

	if (PG_ARGISNULL(arg + 1) || PG_ARGISNULL(arg + 2) || PG_ARGISNULL(arg + 3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("from_label, ends and as_of must not be null")));
	from = PG_GETARG_TEXT_PP(arg + 1);
	as_of = PG_GETARG_TIMESTAMPTZ(arg + 3);
	journey_check_as_of(as_of);
	if (PG_ARGISNULL(arg))
		return false;
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(arg));
	n = journey_view_upto(&view, as_of);
	num = journey_view_find(&view, VARDATA_ANY(from), VARSIZE_ANY_EXHDR(from));
	if (num < 0)
		return false;
	for (i = 0; i < n && journey_view_num(&view, i) != num; i++)
		;
	if (i >= n)
		return false;
	began = journey_view_at(&view, i);

	journey_label_set(&ends, PG_GETARG_ARRAYTYPE_P(arg + 2));
	labels = journey_view_labels(&view);
	spell->ended = false;
	until = as_of;
	for (i++; i < n; i++)
	{
		const JourneyLabel *label = &labels[journey_view_num(&view, i)];

		if (journey_label_set_find(&ends, label) >= 0)
		{
			spell->ended = true;
			spell->end = *label;
			until = journey_view_at(&view, i);
			break;
		}
	}
	spell->duration = span(began, until);
	spell->entered = has_since && since > began ? span(began, since) : 0;
	return spell->entered == 0 || spell->entered < spell->duration;
}

/* time_to(journey, from_label, ends, as_of, since): duration, outcome, entered; no row when there is no spell */
Datum
journey_time_to(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Spell		spell;
	Datum		values[3] = {0};
	bool		nulls[3] = {false};
	int64		since = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (!PG_ARGISNULL(4))
	{
		since = PG_GETARG_TIMESTAMPTZ(4);
		if (TIMESTAMP_NOT_FINITE(since))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("since must be finite")));
	}
	if (!find_spell(fcinfo, 0, !PG_ARGISNULL(4), since, &spell))
		return (Datum) 0;
	values[0] = IntervalPGetDatum(journey_interval((uint64) spell.duration));
	nulls[1] = !spell.ended;
	if (spell.ended)
		values[1] = PointerGetDatum(cstring_to_text_with_len(spell.end.data, spell.end.len));
	nulls[2] = spell.entered == 0;
	if (spell.entered > 0)
		values[2] = IntervalPGetDatum(journey_interval((uint64) spell.entered));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	return (Datum) 0;
}

/* The transition over journeys: state, journey, from_label, ends, as_of. */
static Datum
add_journey(FunctionCallInfo fcinfo, int kind)
{
	SurvivalCounts *counts;
	Spell		spell;
	uint32		label = 0;

	if (!find_spell(fcinfo, 1, false, 0, &spell))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	counts = survival_counts_state(fcinfo, kind, SURVIVAL_INTERVAL);
	if (kind == SURVIVAL_INCIDENCE && spell.ended)
		counts = survival_counts_label(counts, spell.end.data, spell.end.len, &label);
	counts = survival_counts_spell(counts, spell.duration, spell.ended, label, 0);
	return survival_counts_result(fcinfo, counts);
}

Datum
survival_curve_add_journey(PG_FUNCTION_ARGS)
{
	return add_journey(fcinfo, SURVIVAL_CURVE);
}

Datum
incidence_curve_add_journey(PG_FUNCTION_ARGS)
{
	return add_journey(fcinfo, SURVIVAL_INCIDENCE);
}
