/*
 * agg.c
 *		Funnels as aggregates: funnel and rollup.
 *
 * The state is a funnel: in its building layout while the executor keeps it,
 * packed wherever else it goes.
 */
#include "postgres.h"

#include "fmgr.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_agg_add);
PG_FUNCTION_INFO_V1(funnel_agg_combine);
PG_FUNCTION_INFO_V1(funnel_agg_final);

/*
 * The state in argument 0 as a build that may be changed.  Under an aggregate
 * that is the executor's own value; otherwise, and for a packed state, a copy.
 */
static FunnelBuild *
state_build(FunctionCallInfo fcinfo, bool in_aggregate)
{
	struct varlena *value = PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	FunnelData	data;

	if (VARSIZE(value) > VARHDRSZ && (*(uint8 *) VARDATA(value) & FUNNEL_BUILDING))
	{
		if ((Pointer) value != DatumGetPointer(PG_GETARG_DATUM(0)) || in_aggregate)
			return (FunnelBuild *) value;
	}
	funnel_unpack(value, &data);
	return funnel_build_from(&data);
}

/* What a transition returns: outside an aggregate nobody should meet the building layout. */
static Datum
state_result(FunnelBuild *build, bool in_aggregate)
{
	FunnelData	data;

	if (in_aggregate)
		PG_RETURN_FUNNEL_P(build);
	funnel_build_data(build, &data);
	PG_RETURN_FUNNEL_P(funnel_pack(&data));
}

/*
 * funnel_agg_add(funnel, journey, steps [, within [, options]]): counts one
 * customer.  A null journey counts nobody, but even so the question is known.
 */
Datum
funnel_agg_add(PG_FUNCTION_ARGS)
{
	FunnelQuestion *question = funnel_question_arguments(fcinfo, 2);
	bool		in_aggregate = AggCheckCallContext(fcinfo, NULL) != 0;
	FunnelBuild *build;
	ChainResult result;

	if (PG_ARGISNULL(0))
		build = funnel_build_new(question->bytes, question->size, question->plan.opt.nsteps);
	else
	{
		build = state_build(fcinfo, in_aggregate);
		if (build->questionsize != question->size ||
			memcmp(funnel_build_question(build), question->bytes, question->size) != 0)
			funnel_question_differs(funnel_build_question(build), build->questionsize, build->nsteps,
									question->bytes, question->size, question->plan.opt.nsteps, true);
	}
	if (!PG_ARGISNULL(1))
	{
		funnel_ask(question, PG_GETARG_JOURNEY_PP(1), true, &result);
		build = funnel_build_count(build, &question->plan, &result);
	}
	return state_result(build, in_aggregate);
}

/* funnel_agg_combine(funnel, funnel): adds the second to the first; also the transition of rollup. */
Datum
funnel_agg_combine(PG_FUNCTION_ARGS)
{
	bool		in_aggregate = AggCheckCallContext(fcinfo, NULL) != 0;
	FunnelBuild *build;
	FunnelData	data;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	funnel_unpack(PG_GETARG_FUNNEL_PP(1), &data);
	if (PG_ARGISNULL(0))
		build = funnel_build_from(&data);
	else
		build = funnel_build_add(state_build(fcinfo, in_aggregate), &data);
	return state_result(build, in_aggregate);
}

/* funnel_agg_final(funnel): the packed funnel; the state is only read. */
Datum
funnel_agg_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_FUNNEL_P((struct varlena *) funnel_packed(PG_GETARG_FUNNEL_PP(0)));
}
