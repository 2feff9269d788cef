/*
 * counts.c
 *		Adding up the customers of a cohort: retention_counts, retention_observed,
 *		retention_rates, and the sum of rows of counts.
 *
 * The state of the first three is one array of whole numbers: how many
 * customers there are, then per period how many returned, then per period how
 * many could be observed.  PostgreSQL keeps it once for all three.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_counts_accum);
PG_FUNCTION_INFO_V1(retention_counts_combine);
PG_FUNCTION_INFO_V1(retention_counts_final);
PG_FUNCTION_INFO_V1(retention_observed_final);
PG_FUNCTION_INFO_V1(retention_rates_final);
PG_FUNCTION_INFO_V1(retention_rollup_accum);

/* Periods of a state that SQL handed us. */
static int
check_state(const ArrayType *state)
{
	if (ARR_NDIM(state) != 1 || ARR_HASNULL(state) || ARR_DIMS(state)[0] % 2 != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed state of retention counts"),
				 errdetail("It must be a one-dimensional array without nulls: customers, returned in each period, observed in each period.")));
	return ARR_DIMS(state)[0] / 2;
}

/* The same with its numbers; they come from another server, or from anybody. */
static int
check_numbers(const ArrayType *state)
{
	int			n = check_state(state);
	const int64 *count = (const int64 *) ARR_DATA_PTR(state);
	bool		good = count[0] >= 0;

	for (int i = 0; i < n && good; i++)
		good = count[1 + i] >= 0 && count[1 + i] <= count[1 + n + i] && count[1 + n + i] <= count[0];
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed state of retention counts"),
				 errdetail("No more customers can have returned than were observed, and no more observed than there are.")));
	return n;
}

static void
check_same_number(int known, int given)
{
	if (known != given)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("number of periods must not change within a group"),
				 errdetail("There were %d, now there are %d.", known, given)));
}

static ArrayType *
make_counts(int n)
{
	Size		size = ARR_OVERHEAD_NONULLS(1) + sizeof(int64) * n;
	ArrayType  *array = palloc0(size);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = INT8OID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	return array;
}

static int64
sum(int64 a, int64 b)
{
	int64		result;

	if (pg_add_s64_overflow(a, b, &result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return result;
}

/* retention_counts_accum(state, answers of one customer) */
Datum
retention_counts_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	ArrayType  *answers;
	int			n;
	int64	   *count;
	const bool *values;
	const bits8 *present;

	if (PG_ARGISNULL(1))
	{
		/* not a customer of any cohort */
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	answers = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_NDIM(answers) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("answers to count must be a one-dimensional array with at least one element")));
	n = ARR_DIMS(answers)[0];
	if (PG_ARGISNULL(0))
	{
		if (n > (int) (MaxArraySize / 2 - 1))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many periods to count: %d", n)));
		state = make_counts(1 + 2 * n);
	}
	else
	{
		state = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0) : PG_GETARG_ARRAYTYPE_P_COPY(0);
		check_same_number(check_state(state), n);
	}

	count = (int64 *) ARR_DATA_PTR(state);
	values = (const bool *) ARR_DATA_PTR(answers);
	present = ARR_NULLBITMAP(answers);
	/* the other counts are not greater than this one */
	count[0] = sum(count[0], 1);
	for (int i = 0; i < n; i++)
	{
		if (present != NULL && !(present[i / 8] & (1 << (i % 8))))
			continue;
		count[1 + i] += *values++;
		count[1 + n + i]++;
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* retention_counts_combine(state, state) */
Datum
retention_counts_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P_COPY(0);
	ArrayType  *other = PG_GETARG_ARRAYTYPE_P(1);
	int			n = check_numbers(state);
	int64	   *count = (int64 *) ARR_DATA_PTR(state);
	const int64 *added = (const int64 *) ARR_DATA_PTR(other);

	check_same_number(n, check_numbers(other));
	for (int i = 0; i < 1 + 2 * n; i++)
		count[i] = sum(count[i], added[i]);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* retention_counts_final(state): customers, then who returned in each period; null where nobody could be observed */
Datum
retention_counts_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	int			n = check_numbers(state);
	const int64 *count = (const int64 *) ARR_DATA_PTR(state);
	Datum	   *values = palloc(sizeof(Datum) * (n + 1));
	bool	   *nulls = palloc(sizeof(bool) * (n + 1));
	int			dims[1] = {n + 1};
	int			lbs[1] = {1};

	values[0] = Int64GetDatum(count[0]);
	nulls[0] = false;
	for (int i = 0; i < n; i++)
	{
		values[1 + i] = Int64GetDatum(count[1 + i]);
		nulls[1 + i] = count[1 + n + i] == 0;
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, dims, lbs, INT8OID,
											 sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* retention_observed_final(state): customers, then how many could be observed in each period */
Datum
retention_observed_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	int			n = check_numbers(state);
	const int64 *count = (const int64 *) ARR_DATA_PTR(state);
	ArrayType  *result = make_counts(n + 1);
	int64	   *out = (int64 *) ARR_DATA_PTR(result);

	out[0] = count[0];
	for (int i = 0; i < n; i++)
		out[1 + i] = count[1 + n + i];
	PG_RETURN_ARRAYTYPE_P(result);
}

/* retention_rates_final(state): returned of observed in each period; null where nobody could be observed */
Datum
retention_rates_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	int			n = check_numbers(state);
	const int64 *count = (const int64 *) ARR_DATA_PTR(state);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(n, 1));
	int			dims[1] = {n};
	int			lbs[1] = {1};

	for (int i = 0; i < n; i++)
	{
		nulls[i] = count[1 + n + i] == 0;
		values[i] = Float8GetDatum(nulls[i] ? 0.0 : (float8) count[1 + i] / (float8) count[1 + n + i]);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, dims, lbs, FLOAT8OID,
											 sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * retention_rollup_accum(state, row of counts): the sum element by element.  An
 * element that is null in every row stays null.  It combines with itself.
 */
Datum
retention_rollup_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *arrays[2];
	Datum	   *values[2];
	bool	   *nulls[2];
	int			n[2];
	int			dims[1];
	int			lbs[1] = {1};

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	for (int a = 0; a < 2; a++)
	{
		if (PG_ARGISNULL(a))
			continue;
		arrays[a] = PG_GETARG_ARRAYTYPE_P(a);
		if (ARR_NDIM(arrays[a]) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("counts to add must be a one-dimensional array with at least one element")));
		deconstruct_array(arrays[a], INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &values[a], &nulls[a], &n[a]);
	}
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(arrays[1]);
	check_same_number(n[0], n[1]);
	for (int i = 0; i < n[0]; i++)
	{
		if (nulls[1][i])
			continue;
		values[0][i] = nulls[0][i] ? values[1][i] :
			Int64GetDatum(sum(DatumGetInt64(values[0][i]), DatumGetInt64(values[1][i])));
		nulls[0][i] = false;
	}
	dims[0] = n[0];
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values[0], nulls[0], 1, dims, lbs, INT8OID,
											 sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
