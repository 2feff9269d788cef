/*
 * pipeline.c
 *		The weighted pipeline: values of open deals times their probabilities,
 *		summed exactly, and how far the outcome may spread around that.
 *
 * The state is a row of the composite type pipeline; sums are numeric, so that
 * they do not depend on the order of the deals.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/int.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(pipeline_add);
PG_FUNCTION_INFO_V1(pipeline_combine);

/* In the order of the attributes. */
typedef struct Pipeline
{
	int64		deals;
	Datum		sum[3];			/* value, weighted, variance */
} Pipeline;

static void
read_pipeline(FunctionCallInfo fcinfo, int arg, Pipeline *pipeline)
{
	HeapTupleHeader row;
	bool		isnull;

	if (PG_ARGISNULL(arg))
	{
		pipeline->deals = 0;
		for (int i = 0; i < 3; i++)
			pipeline->sum[i] = DirectFunctionCall1(int8_numeric, Int64GetDatum(0));
		return;
	}
	row = PG_GETARG_HEAPTUPLEHEADER(arg);
	pipeline->deals = DatumGetInt64(GetAttributeByNum(row, 1, &isnull));
	for (int i = 0; i < 3 && !isnull; i++)
		pipeline->sum[i] = GetAttributeByNum(row, i + 2, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a pipeline must not have null fields")));
}

static Datum
make_pipeline(FunctionCallInfo fcinfo, const Pipeline *pipeline)
{
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "a pipeline needs a composite result");
	values[0] = Int64GetDatum(pipeline->deals);
	for (int i = 0; i < 3; i++)
		values[i + 1] = pipeline->sum[i];
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

static void
add_deals(Pipeline *pipeline, int64 deals)
{
	if (pg_add_s64_overflow(pipeline->deals, deals, &pipeline->deals))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
}

static inline void
add_sum(Pipeline *pipeline, int i, Datum more)
{
	pipeline->sum[i] = DirectFunctionCall2(numeric_add, pipeline->sum[i], more);
}

/* pipeline_add(pipeline, value numeric, probability float8): a deal without a value or a probability is ignored */
Datum
pipeline_add(PG_FUNCTION_ARGS)
{
	Pipeline	pipeline;
	double		probability;
	Datum		value;
	Datum		p;
	Datum		rest;
	Datum		weighted;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	value = PG_GETARG_DATUM(1);
	if (numeric_is_nan(DatumGetNumeric(value)) || numeric_is_inf(DatumGetNumeric(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value of a deal must be finite")));
	probability = PG_GETARG_FLOAT8(2);
	/* NaN is neither */
	if (!(probability >= 0 && probability <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("probability must be between 0 and 1")));

	read_pipeline(fcinfo, 0, &pipeline);
	p = DirectFunctionCall1(float8_numeric, Float8GetDatum(probability));
	rest = DirectFunctionCall2(numeric_sub, DirectFunctionCall1(int8_numeric, Int64GetDatum(1)), p);
	weighted = DirectFunctionCall2(numeric_mul, value, p);
	add_deals(&pipeline, 1);
	add_sum(&pipeline, 0, value);
	add_sum(&pipeline, 1, weighted);
	add_sum(&pipeline, 2, DirectFunctionCall2(numeric_mul, DirectFunctionCall2(numeric_mul, value, weighted), rest));
	return make_pipeline(fcinfo, &pipeline);
}

/* The combine function, the transition of rollup, and operator +. */
Datum
pipeline_combine(PG_FUNCTION_ARGS)
{
	Pipeline	pipeline;
	Pipeline	other;

	read_pipeline(fcinfo, 0, &pipeline);
	read_pipeline(fcinfo, 1, &other);
	add_deals(&pipeline, other.deals);
	for (int i = 0; i < 3; i++)
		add_sum(&pipeline, i, other.sum[i]);
	return make_pipeline(fcinfo, &pipeline);
}
