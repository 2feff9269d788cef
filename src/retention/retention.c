/*
 * retention.c
 *		retention(VARIADIC conditions): which conditions a customer's rows meet
 *		together with the first one, in no order of time.
 *
 * The state is the array of the conditions met so far.  An array of booleans
 * is a value every client and server knows, has any number of elements, and
 * two of them combine by OR.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(retention_accum);
PG_FUNCTION_INFO_V1(retention_combine);
PG_FUNCTION_INFO_V1(retention_final);

static void
check_conditions(const ArrayType *conditions)
{
	if (ARR_NDIM(conditions) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("conditions of retention must be a one-dimensional array with at least one element")));
}

/* A state that SQL handed us; returns the number of conditions. */
static int
check_state(const ArrayType *state)
{
	if (ARR_NDIM(state) != 1 || ARR_HASNULL(state))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed state of retention"),
				 errdetail("It must be a one-dimensional array of booleans without nulls.")));
	return ARR_DIMS(state)[0];
}

static void
check_same_number(int known, int given)
{
	if (known != given)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("number of conditions of retention must not change within a group"),
				 errdetail("There were %d, now there are %d.", known, given)));
}

/* An array of n booleans, all false. */
static ArrayType *
make_booleans(int n)
{
	Size		size = ARR_OVERHEAD_NONULLS(1) + n;
	ArrayType  *array = palloc0(size);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = BOOLOID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	return array;
}

/* Sets what the conditions of one row meet.  A null is not met. */
static void
add_conditions(bool *met, const ArrayType *conditions, int n)
{
	const bool *values = (const bool *) ARR_DATA_PTR(conditions);
	const bits8 *present = ARR_NULLBITMAP(conditions);

	if (present == NULL)
	{
		for (int i = 0; i < n; i++)
			met[i] |= values[i];
		return;
	}
	/* nulls take no room among the values */
	for (int i = 0; i < n; i++)
	{
		if (present[i / 8] & (1 << (i % 8)))
			met[i] |= *values++;
	}
}

/* retention_accum(state, conditions) */
Datum
retention_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	ArrayType  *conditions;
	int			n;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	conditions = PG_GETARG_ARRAYTYPE_P(1);
	check_conditions(conditions);
	n = ARR_DIMS(conditions)[0];

	if (PG_ARGISNULL(0))
		state = make_booleans(n);
	else
	{
		state = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0) : PG_GETARG_ARRAYTYPE_P_COPY(0);
		check_same_number(check_state(state), n);
	}
	add_conditions((bool *) ARR_DATA_PTR(state), conditions, n);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* retention_combine(state, state) */
Datum
retention_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P_COPY(0);
	ArrayType  *other = PG_GETARG_ARRAYTYPE_P(1);
	int			n = check_state(state);

	check_same_number(n, check_state(other));
	add_conditions((bool *) ARR_DATA_PTR(state), other, n);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* retention_final(state): each condition that was met and the first with it */
Datum
retention_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	int			n = check_state(state);
	const bool *met = (const bool *) ARR_DATA_PTR(state);
	ArrayType  *result = make_booleans(n);
	bool	   *retained = (bool *) ARR_DATA_PTR(result);

	for (int i = 0; i < n; i++)
		retained[i] = met[i] && met[0];
	PG_RETURN_ARRAYTYPE_P(result);
}
