/*
 * counts.c
 *		Counting answers: the aggregates nps() and rollup(nps).
 *
 * Without weights the state is an array of five whole numbers, of all asked,
 * promoters, passives, detractors and evangelists.  With weights it is the row
 * that is the result: weights are exact numbers, so that their sum is the same
 * in any order of arrival.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/typcache.h"

#include "compat.h"
#include "nps/nps.h"

PG_FUNCTION_INFO_V1(nps_accum);
PG_FUNCTION_INFO_V1(nps_combine);
PG_FUNCTION_INFO_V1(nps_final);
PG_FUNCTION_INFO_V1(nps_weigh);
PG_FUNCTION_INFO_V1(nps_weigh_float8);
PG_FUNCTION_INFO_V1(nps_add);
PG_FUNCTION_INFO_V1(nps_check);

/* Beyond these squares would be long, and at last inexact. */
#define MAX_WEIGHT			INT64CONST(1000000000000000000)
#define MAX_WEIGHT_SCALE	100

static int64
add(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return sum;
}

/* The kind of an answer; it is out of the scale for anybody to see. */
static NpsKind
kind_of(int32 score)
{
	if (score < 0 || score > NPS_TOP)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score %d is out of range", score),
				 errdetail("A score is 0 to 10, or 11 for more than the scale has."),
				 errhint("No answer is null; where a survey codes it by a number, use nullif().")));
	if (score >= 9)
		return NPS_PROMOTER;
	return score >= 7 ? NPS_PASSIVE : NPS_DETRACTOR;
}

/* What can be counted: parts are not more than their whole. */
static bool
counts_possible(const int64 *count)
{
	int64		rest = count[NPS_ASKED];

	for (int i = 0; i < NPS_KINDS; i++)
	{
		if (count[i] < 0)
			return false;
	}
	/* by taking away, since a sum could overflow */
	for (int i = NPS_PROMOTER; i <= NPS_DETRACTOR; i++)
	{
		if (count[i] > rest)
			return false;
		rest -= count[i];
	}
	return count[NPS_EVANGELIST] <= count[NPS_PROMOTER];
}

/* The numbers of a state that SQL handed us; its own copy unless it may be changed in place. */
static int64 *
state_counts(FunctionCallInfo fcinfo, int argno, ArrayType **array)
{
	*array = argno == 0 && AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(argno) : PG_GETARG_ARRAYTYPE_P_COPY(argno);
	if (ARR_NDIM(*array) != 1 || ARR_HASNULL(*array) || ARR_DIMS(*array)[0] != NPS_KINDS ||
		ARR_ELEMTYPE(*array) != INT8OID || !counts_possible((int64 *) ARR_DATA_PTR(*array)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed state of nps"),
				 errdetail("It must be five counts: all asked, promoters, passives, detractors, evangelists; parts are not more than the whole.")));
	return (int64 *) ARR_DATA_PTR(*array);
}

/* nps_accum(state, score) */
Datum
nps_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *count;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("state of nps must not be null")));
	count = state_counts(fcinfo, 0, &state);
	if (PG_ARGISNULL(1))
		count[NPS_ASKED] = add(count[NPS_ASKED], 1);
	else
	{
		int32		score = PG_GETARG_INT32(1);
		NpsKind		kind = kind_of(score);

		/* the others are not greater than this one */
		count[NPS_ASKED] = add(count[NPS_ASKED], 1);
		count[kind]++;
		count[NPS_EVANGELIST] += score == NPS_TOP;
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* nps_combine(state, state) */
Datum
nps_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	ArrayType  *other;
	int64	   *count = state_counts(fcinfo, 0, &state);
	const int64 *added = state_counts(fcinfo, 1, &other);

	for (int i = 0; i < NPS_KINDS; i++)
		count[i] = add(count[i], added[i]);
	PG_RETURN_ARRAYTYPE_P(state);
}

static Numeric
plus(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* A row of type nps; every function that makes one returns just that type. */
static Datum
nps_row(FunctionCallInfo fcinfo, const NpsCounts *counts)
{
	TupleDesc	desc;
	Datum		values[NPS_COLUMNS];
	bool		nulls[NPS_COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "nps needs a composite result");
	for (int i = 0; i < NPS_KINDS; i++)
	{
		values[i] = Int64GetDatum(counts->count[i]);
		values[NPS_KINDS + i] = NumericGetDatum(counts->weight[i]);
	}
	values[2 * NPS_KINDS] = NumericGetDatum(counts->squares);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* nps_final(state): each answer weighs 1 */
Datum
nps_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	const int64 *count = state_counts(fcinfo, 0, &state);
	NpsCounts	counts;

	for (int i = 0; i < NPS_KINDS; i++)
	{
		counts.count[i] = count[i];
		counts.weight[i] = int64_to_numeric(count[i]);
	}
	counts.squares = int64_to_numeric(nps_answered(&counts));
	PG_RETURN_DATUM(nps_row(fcinfo, &counts));
}

int64
nps_answered(const NpsCounts *counts)
{
	return counts->count[NPS_PROMOTER] + counts->count[NPS_PASSIVE] + counts->count[NPS_DETRACTOR];
}

/* Whether the weights fit the counts; a row can be made up of anything. */
static bool
weights_possible(const NpsCounts *counts)
{
	Numeric		zero = int64_to_numeric(0);
	Numeric		answered = zero;

	for (int i = 0; i < NPS_KINDS; i++)
	{
		Numeric		weight = counts->weight[i];

		if (numeric_is_nan(weight) || numeric_is_inf(weight) || compare(weight, zero) < 0 ||
			(counts->count[i] == 0 && compare(weight, zero) > 0))
			return false;
		if (i >= NPS_PROMOTER && i <= NPS_DETRACTOR)
			answered = plus(answered, weight);
	}
	return !numeric_is_nan(counts->squares) && !numeric_is_inf(counts->squares) &&
		compare(answered, counts->weight[NPS_ASKED]) <= 0 &&
		compare(counts->weight[NPS_EVANGELIST], counts->weight[NPS_PROMOTER]) <= 0 &&
		compare(counts->squares, zero) >= 0 &&
		(compare(answered, zero) == 0) == (compare(counts->squares, zero) == 0);
}

/* Reads a row, which must not be null. */
void
nps_read(FunctionCallInfo fcinfo, int argno, NpsCounts *counts)
{
	HeapTupleHeader tuple = PG_GETARG_HEAPTUPLEHEADER(argno);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(tuple), HeapTupleHeaderGetTypMod(tuple));
	HeapTupleData data;
	Datum		values[NPS_COLUMNS];
	bool		nulls[NPS_COLUMNS];
	bool		good = true;

	if (desc->natts != NPS_COLUMNS)
		elog(ERROR, "nps has %d columns", desc->natts);
	data.t_len = HeapTupleHeaderGetDatumLength(tuple);
	ItemPointerSetInvalid(&data.t_self);
	data.t_tableOid = InvalidOid;
	data.t_data = tuple;
	heap_deform_tuple(&data, desc, values, nulls);
	ReleaseTupleDesc(desc);

	for (int i = 0; i < NPS_COLUMNS; i++)
		good &= !nulls[i];
	if (good)
	{
		for (int i = 0; i < NPS_KINDS; i++)
		{
			counts->count[i] = DatumGetInt64(values[i]);
			counts->weight[i] = DatumGetNumeric(values[NPS_KINDS + i]);
		}
		counts->squares = DatumGetNumeric(values[2 * NPS_KINDS]);
		good = counts_possible(counts->count) && weights_possible(counts);
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed nps"),
				 errdetail("Its counts and weights must not be null, negative or infinite, and parts not more than the whole.")));
}

/* One more answer of a weight. */
static Datum
weigh(FunctionCallInfo fcinfo, Numeric weight)
{
	NpsCounts	counts;

	nps_read(fcinfo, 0, &counts);
	if (numeric_is_nan(weight) || numeric_is_inf(weight) || compare(weight, int64_to_numeric(0)) < 0 ||
		compare(weight, int64_to_numeric(MAX_WEIGHT)) > 0 ||
		DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(weight))) > MAX_WEIGHT_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight of an answer must be between 0 and 1e18, with at most %d decimal places", MAX_WEIGHT_SCALE),
				 errdetail("It is %s.", numeric_normalize(weight))));

	counts.count[NPS_ASKED] = add(counts.count[NPS_ASKED], 1);
	counts.weight[NPS_ASKED] = plus(counts.weight[NPS_ASKED], weight);
	if (!PG_ARGISNULL(1))
	{
		int32		score = PG_GETARG_INT32(1);
		NpsKind		kind = kind_of(score);

		counts.count[kind]++;
		counts.weight[kind] = plus(counts.weight[kind], weight);
		if (score == NPS_TOP)
		{
			counts.count[NPS_EVANGELIST]++;
			counts.weight[NPS_EVANGELIST] = plus(counts.weight[NPS_EVANGELIST], weight);
		}
		counts.squares = plus(counts.squares,
							  DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(weight), NumericGetDatum(weight))));
	}
	return nps_row(fcinfo, &counts);
}

static void
check_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("state of nps must not be null")));
}

/* nps_weigh(state, score, weight numeric) */
Datum
nps_weigh(PG_FUNCTION_ARGS)
{
	check_state(fcinfo);
	if (PG_ARGISNULL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return weigh(fcinfo, PG_GETARG_NUMERIC(2));
}

/* nps_weigh(state, score, weight double precision) */
Datum
nps_weigh_float8(PG_FUNCTION_ARGS)
{
	check_state(fcinfo);
	if (PG_ARGISNULL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	/* goes by its 15 significant digits */
	return weigh(fcinfo, DatumGetNumeric(DirectFunctionCall1(float8_numeric, PG_GETARG_DATUM(2))));
}

/* nps_add(nps, nps): the operator +, the transition of rollup, and how states of both combine */
Datum
nps_add(PG_FUNCTION_ARGS)
{
	NpsCounts	counts;
	NpsCounts	added;

	nps_read(fcinfo, 0, &counts);
	nps_read(fcinfo, 1, &added);
	for (int i = 0; i < NPS_KINDS; i++)
	{
		counts.count[i] = add(counts.count[i], added.count[i]);
		counts.weight[i] = plus(counts.weight[i], added.weight[i]);
	}
	counts.squares = plus(counts.squares, added.squares);
	return nps_row(fcinfo, &counts);
}

/* nps_check(nps): the same row, if it is one */
Datum
nps_check(PG_FUNCTION_ARGS)
{
	NpsCounts	counts;

	nps_read(fcinfo, 0, &counts);
	return nps_row(fcinfo, &counts);
}
