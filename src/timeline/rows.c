/*
 * rows.c
 *		A journey as rows and ranges: events, stages, moves and periods.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "compat.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_events);
PG_FUNCTION_INFO_V1(journey_stages);
PG_FUNCTION_INFO_V1(journey_moves);
PG_FUNCTION_INFO_V1(journey_periods);

/* What a set-returning function remembers between rows. */
typedef struct RowState
{
	JourneyView view;
	const JourneyLabel *labels;
	bool		has_as_of;
	int64		as_of;
} RowState;

/*
 * The call context of a set-returning function over the journey in argument 0,
 * prepared at the first call.  Its rows are the entries up to as_of.
 */
static FuncCallContext *
row_context(FunctionCallInfo fcinfo, bool has_as_of)
{
	FuncCallContext *context;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;
		RowState   *state;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "journey rows need a composite result");
		context->tuple_desc = BlessTupleDesc(desc);
		state = palloc0(sizeof(RowState));
		journey_view_init(&state->view, PG_GETARG_JOURNEY_PP(0));
		state->labels = journey_view_labels(&state->view);
		context->max_calls = state->view.n;
		if (has_as_of)
		{
			state->has_as_of = true;
			state->as_of = PG_GETARG_TIMESTAMPTZ(1);
			journey_check_as_of(state->as_of);
			context->max_calls = journey_view_upto(&state->view, state->as_of);
		}
		context->user_fctx = state;
		MemoryContextSwitchTo(before);
	}
	return SRF_PERCALL_SETUP();
}

/* The label of entry i as a text value. */
static Datum
label_datum(const RowState *state, uint32 i)
{
	const JourneyLabel *label = &state->labels[journey_view_num(&state->view, i)];

	return PointerGetDatum(cstring_to_text_with_len(label->data, label->len));
}

static Datum
span_datum(int64 from, int64 to)
{
	return IntervalPGetDatum(journey_interval((uint64) to - (uint64) from));
}

/* events(journey): label, at */
Datum
journey_events(PG_FUNCTION_ARGS)
{
	FuncCallContext *context = row_context(fcinfo, false);
	RowState   *state = context->user_fctx;
	uint32		i = context->call_cntr;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (i >= context->max_calls)
		SRF_RETURN_DONE(context);
	values[0] = label_datum(state, i);
	values[1] = TimestampTzGetDatum(journey_view_at(&state->view, i));
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

/* stages(journey [, as_of]): label, entered_at, left_at, dwell */
Datum
journey_stages(PG_FUNCTION_ARGS)
{
	FuncCallContext *context = row_context(fcinfo, PG_NARGS() > 1);
	RowState   *state = context->user_fctx;
	uint32		i = context->call_cntr;
	int64		entered;
	Datum		values[4] = {0};
	bool		nulls[4] = {false, false, false, false};

	if (i >= context->max_calls)
		SRF_RETURN_DONE(context);
	entered = journey_view_at(&state->view, i);
	values[0] = label_datum(state, i);
	values[1] = TimestampTzGetDatum(entered);
	if (i + 1 < context->max_calls)
	{
		int64		left = journey_view_at(&state->view, i + 1);

		values[2] = TimestampTzGetDatum(left);
		values[3] = span_datum(entered, left);
	}
	else
	{
		nulls[2] = true;
		if (state->has_as_of)
			values[3] = span_datum(entered, state->as_of);
		else
			nulls[3] = true;
	}
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

/* moves(journey): from_label, to_label, at, after */
Datum
journey_moves(PG_FUNCTION_ARGS)
{
	FuncCallContext *context = row_context(fcinfo, false);
	RowState   *state = context->user_fctx;
	uint32		i = context->call_cntr;
	int64		before;
	int64		at;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	if ((uint64) i + 1 >= context->max_calls)
		SRF_RETURN_DONE(context);
	before = journey_view_at(&state->view, i);
	at = journey_view_at(&state->view, i + 1);
	values[0] = label_datum(state, i);
	values[1] = label_datum(state, i + 1);
	values[2] = TimestampTzGetDatum(at);
	values[3] = span_datum(before, at);
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

/* periods(journey, label [, as_of]): when the journey was in a stage. */
Datum
journey_periods(PG_FUNCTION_ARGS)
{
	text	   *label = PG_GETARG_TEXT_PP(1);
	bool		has_as_of = PG_NARGS() > 2;
	int64		as_of = has_as_of ? PG_GETARG_TIMESTAMPTZ(2) : 0;
	TypeCacheEntry *typcache = multirange_get_typcache(fcinfo, TSTZMULTIRANGEOID);
	JourneyView view;
	uint32		n;
	int			num;
	uint32		room = 4;
	int32		nranges = 0;
	RangeType **ranges;

	if (has_as_of)
		journey_check_as_of(as_of);
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	n = has_as_of ? journey_view_upto(&view, as_of) : view.n;
	num = journey_view_find(&view, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
	ranges = palloc(sizeof(RangeType *) * room);

	for (uint32 i = 0; num >= 0 && i < n; i++)
	{
		RangeBound	lower = {0};
		RangeBound	upper = {0};

		if (journey_view_num(&view, i) != num)
			continue;
		lower.val = TimestampTzGetDatum(journey_view_at(&view, i));
		lower.inclusive = true;
		lower.lower = true;

		/* repeats of the label are one stay */
		while (i + 1 < n && journey_view_num(&view, i + 1) == num)
			i++;
		if (i + 1 < n)
			upper.val = TimestampTzGetDatum(journey_view_at(&view, i + 1));
		else if (has_as_of)
			upper.val = TimestampTzGetDatum(as_of);
		else
			upper.infinite = true;
		if (!upper.infinite && upper.val == lower.val)
			continue;			/* it passed through in no time */

		if (nranges >= (int32) room)
		{
			room *= 2;
			ranges = repalloc_huge(ranges, sizeof(RangeType *) * room);
		}
		ranges[nranges++] = make_range(typcache->rngtype, &lower, &upper, false, NULL);
	}
	PG_RETURN_MULTIRANGE_P(make_multirange(TSTZMULTIRANGEOID, typcache->rngtype, nranges, ranges));
}
