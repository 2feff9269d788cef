/*
 * agg.c
 *		Journeys as aggregates: journey_agg and rollup.
 *
 * The state is a journey: in its building layout while the executor keeps it,
 * packed wherever else it goes.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_agg_add);
PG_FUNCTION_INFO_V1(journey_agg_add_enum);
PG_FUNCTION_INFO_V1(journey_agg_combine);
PG_FUNCTION_INFO_V1(journey_agg_final);

/*
 * The state in argument 0 as a build that may be changed.  Under an aggregate
 * that is the executor's own value; otherwise, and for a packed state, a copy.
 */
static JourneyBuild *
state_build(FunctionCallInfo fcinfo)
{
	struct varlena *value;
	JourneyBuild *build;
	JourneyView view;

	if (PG_ARGISNULL(0))
		return journey_build_new(0);

	value = PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	if (VARSIZE(value) > VARHDRSZ && (*(uint8 *) VARDATA(value) & JOURNEY_BUILDING))
	{
		build = journey_build_open(value);
		if ((Pointer) build == DatumGetPointer(PG_GETARG_DATUM(0)) &&
			!AggCheckCallContext(fcinfo, NULL))
		{
			JourneyBuild *copy = palloc(VARSIZE(build));

			memcpy(copy, build, VARSIZE(build));
			build = copy;
		}
		return build;
	}
	journey_view_init(&view, value);
	build = journey_build_new(view.n + 4);
	return journey_build_add_view(build, &view, 0, view.n);
}

/* With many groups the state is in no cache; this has its first lines on their way while the label is looked at. */
static inline void
state_prefetch(FunctionCallInfo fcinfo)
{
#ifdef __GNUC__
	if (!PG_ARGISNULL(0))
	{
		const char *state = DatumGetPointer(PG_GETARG_DATUM(0));

		for (int i = 0; i < 4; i++)
			__builtin_prefetch(state + 64 * i, 1);
	}
#endif
}

/* What a transition returns: outside an aggregate nobody should meet the building layout. */
static Datum
state_result(FunctionCallInfo fcinfo, JourneyBuild *build)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_JOURNEY_P(build);
	PG_RETURN_JOURNEY_P(journey_build_finish(build));
}

/* The state as it is, where a row brings nothing. */
static Datum
state_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* journey_agg_add(journey, text, timestamptz): a row without label or time is ignored. */
Datum
journey_agg_add(PG_FUNCTION_ARGS)
{
	text	   *label;
	JourneyBuild *build;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return state_unchanged(fcinfo);
	state_prefetch(fcinfo);
	label = PG_GETARG_TEXT_PP(1);
	build = state_build(fcinfo);
	build = journey_build_add(build, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label),
							  PG_GETARG_TIMESTAMPTZ(2));
	return state_result(fcinfo, build);
}

/*
 * journey_agg_add_enum(journey, anyenum, timestamptz).  The label is found by
 * the value alone: the type of the argument cannot always be asked.
 */
Datum
journey_agg_add_enum(PG_FUNCTION_ARGS)
{
	char		label[NAMEDATALEN];
	int			len;
	JourneyBuild *build;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return state_unchanged(fcinfo);
	state_prefetch(fcinfo);
	len = journey_enum_label(PG_GETARG_OID(1), label);
	build = state_build(fcinfo);
	build = journey_build_add(build, label, len, PG_GETARG_TIMESTAMPTZ(2));
	return state_result(fcinfo, build);
}

/* journey_agg_combine(journey, journey), strict: also the transition of rollup. */
Datum
journey_agg_combine(PG_FUNCTION_ARGS)
{
	struct varlena *other = PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	JourneyBuild *build = state_build(fcinfo);

	if (VARSIZE(other) > VARHDRSZ && (*(uint8 *) VARDATA(other) & JOURNEY_BUILDING))
		build = journey_build_merge(build, journey_build_open(other));
	else
	{
		JourneyView view;

		journey_view_init(&view, other);
		build = journey_build_add_view(build, &view, 0, view.n);
	}
	return state_result(fcinfo, build);
}

/* journey_agg_final(journey), strict: the state packed. */
Datum
journey_agg_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PointerGetDatum(journey_packed(PG_GETARG_JOURNEY_PP(0))));
}
