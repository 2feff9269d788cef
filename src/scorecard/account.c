/*
 * account.c
 *		The score of an account from the scores of its contacts: the greatest,
 *		the capped sum, the mean weighted by authority.
 *
 * The state is an array of float8.  Sums are kept with what rounding has lost
 * (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
 * Summen", ZAMM 54, 1974), so that the order of the rows hardly matters.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(account_max_accum);
PG_FUNCTION_INFO_V1(account_max_final);
PG_FUNCTION_INFO_V1(account_sum_accum);
PG_FUNCTION_INFO_V1(account_sum_combine);
PG_FUNCTION_INFO_V1(account_sum_final);
PG_FUNCTION_INFO_V1(account_weighted_accum);
PG_FUNCTION_INFO_V1(account_weighted_combine);
PG_FUNCTION_INFO_V1(account_weighted_final);

/* account_sum: how many, their sum and what it lost, the cap (infinity: none) */
#define SUM_SIZE		4
#define SUM_N			0
#define SUM_SUM			1
#define SUM_CAP			3

/* account_weighted: how many, the sum of products, the sum of weights */
#define WEIGHTED_SIZE	5
#define WEIGHTED_N		0
#define WEIGHTED_SUM	1
#define WEIGHTED_WEIGHT	3

static void
check_finite(double value, const char *what)
{
	if (isnan(value) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be finite", what)));
}

/* Copies the numbers of a state out, after a look at them. */
static void
read_state(FunctionCallInfo fcinfo, int argument, double *state, int size)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != size || ARR_HASNULL(array) ||
		ARR_ELEMTYPE(array) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid state of an account score"),
				 errdetail("It must be an array of %d numbers.", size)));
	memcpy(state, ARR_DATA_PTR(array), sizeof(double) * size);
}

static Datum
write_state(const double *state, int size)
{
	Datum		elements[Max(SUM_SIZE, WEIGHTED_SIZE)];

	for (int i = 0; i < size; i++)
		elements[i] = Float8GetDatum(state[i]);
	return PointerGetDatum(construct_array(elements, size, FLOAT8OID, sizeof(double), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* Adds a number to a sum and what it lost. */
static void
add(double *sum, double number)
{
	double		total = sum[0] + number;

	if (isinf(total))
		float_overflow_error();
	sum[1] += fabs(sum[0]) >= fabs(number) ? (sum[0] - total) + number : (number - total) + sum[0];
	sum[0] = total;
}

/* account_max_accum(state, value), strict: also the combination */
Datum
account_max_accum(PG_FUNCTION_ARGS)
{
	double		a = PG_GETARG_FLOAT8(0);
	double		b = PG_GETARG_FLOAT8(1);

	check_finite(a, "score of a contact");
	check_finite(b, "score of a contact");
	PG_RETURN_FLOAT8(Max(a, b));
}

/* account_max_final(state), strict: a single value has not been looked at yet */
Datum
account_max_final(PG_FUNCTION_ARGS)
{
	check_finite(PG_GETARG_FLOAT8(0), "score of a contact");
	PG_RETURN_FLOAT8(PG_GETARG_FLOAT8(0));
}

static void
check_cap(const double *state, double cap)
{
	if (state[SUM_CAP] != cap)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cap of an account score must be the same for all rows of a group")));
}

/* account_sum_accum(state, value, cap): a null value is ignored, a null cap is none */
Datum
account_sum_accum(PG_FUNCTION_ARGS)
{
	double		state[SUM_SIZE] = {0};
	double		cap = get_float8_infinity();

	if (!PG_ARGISNULL(2))
	{
		cap = PG_GETARG_FLOAT8(2);
		if (isnan(cap))
			check_finite(cap, "cap of an account score");
	}
	if (PG_ARGISNULL(0))
		state[SUM_CAP] = cap;
	else
		read_state(fcinfo, 0, state, SUM_SIZE);
	check_cap(state, cap);
	if (!PG_ARGISNULL(1))
	{
		check_finite(PG_GETARG_FLOAT8(1), "score of a contact");
		add(&state[SUM_SUM], PG_GETARG_FLOAT8(1));
		state[SUM_N]++;
	}
	PG_RETURN_DATUM(write_state(state, SUM_SIZE));
}

/* account_sum_combine(state, state), strict */
Datum
account_sum_combine(PG_FUNCTION_ARGS)
{
	double		state[SUM_SIZE];
	double		other[SUM_SIZE];

	read_state(fcinfo, 0, state, SUM_SIZE);
	read_state(fcinfo, 1, other, SUM_SIZE);
	check_cap(state, other[SUM_CAP]);
	state[SUM_N] += other[SUM_N];
	add(&state[SUM_SUM], other[SUM_SUM]);
	state[SUM_SUM + 1] += other[SUM_SUM + 1];
	PG_RETURN_DATUM(write_state(state, SUM_SIZE));
}

/* account_sum_final(state), strict: null without any value */
Datum
account_sum_final(PG_FUNCTION_ARGS)
{
	double		state[SUM_SIZE];
	double		sum;

	read_state(fcinfo, 0, state, SUM_SIZE);
	if (!(state[SUM_N] > 0))
		PG_RETURN_NULL();
	sum = state[SUM_SUM] + state[SUM_SUM + 1];
	PG_RETURN_FLOAT8(Min(sum, state[SUM_CAP]));
}

/* account_weighted_accum(state, value, authority): a row with a null is ignored */
Datum
account_weighted_accum(PG_FUNCTION_ARGS)
{
	double		state[WEIGHTED_SIZE] = {0};
	double		value;
	double		authority;

	if (!PG_ARGISNULL(0))
		read_state(fcinfo, 0, state, WEIGHTED_SIZE);
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		value = PG_GETARG_FLOAT8(1);
		authority = PG_GETARG_FLOAT8(2);
		check_finite(value, "score of a contact");
		check_finite(authority, "authority of a contact");
		if (authority < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("authority of a contact must not be negative")));
		add(&state[WEIGHTED_SUM], value * authority);
		add(&state[WEIGHTED_WEIGHT], authority);
		state[WEIGHTED_N]++;
	}
	PG_RETURN_DATUM(write_state(state, WEIGHTED_SIZE));
}

/* account_weighted_combine(state, state), strict */
Datum
account_weighted_combine(PG_FUNCTION_ARGS)
{
	double		state[WEIGHTED_SIZE];
	double		other[WEIGHTED_SIZE];

	read_state(fcinfo, 0, state, WEIGHTED_SIZE);
	read_state(fcinfo, 1, other, WEIGHTED_SIZE);
	state[WEIGHTED_N] += other[WEIGHTED_N];
	add(&state[WEIGHTED_SUM], other[WEIGHTED_SUM]);
	state[WEIGHTED_SUM + 1] += other[WEIGHTED_SUM + 1];
	add(&state[WEIGHTED_WEIGHT], other[WEIGHTED_WEIGHT]);
	state[WEIGHTED_WEIGHT + 1] += other[WEIGHTED_WEIGHT + 1];
	PG_RETURN_DATUM(write_state(state, WEIGHTED_SIZE));
}

/* account_weighted_final(state), strict: null without any authority */
Datum
account_weighted_final(PG_FUNCTION_ARGS)
{
	double		state[WEIGHTED_SIZE];
	double		weight;

	read_state(fcinfo, 0, state, WEIGHTED_SIZE);
	weight = state[WEIGHTED_WEIGHT] + state[WEIGHTED_WEIGHT + 1];
	if (!(weight > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((state[WEIGHTED_SUM] + state[WEIGHTED_SUM + 1]) / weight);
}
