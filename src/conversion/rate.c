/*
 * rate.c
 *		A rate with its Wilson interval: wilson() of two counts, and the
 *		aggregate rate() of answers.
 *
 * The state of rate() is an array of two whole numbers, so that partial
 * results are values that every client and server knows.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"

#include "conversion/conversion.h"
#include "core/normal.h"
#include "core/wilson.h"

PG_FUNCTION_INFO_V1(conversion_wilson);
PG_FUNCTION_INFO_V1(rate_accum);
PG_FUNCTION_INFO_V1(rate_combine);
PG_FUNCTION_INFO_V1(rate_final);

/* How many standard errors an interval of this level reaches to each side. */
double
conversion_quantile(double level)
{
	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must be between 0 and 1, both excluded")));
	return level == 0.95 ? WILSON_95 : normal_upper_quantile((1 - level) / 2);
}

void
conversion_check_counts(double converted, double n)
{
	/* the negations catch NaN */
	if (!(n >= 0) || isinf(n) || !(converted >= 0) || !(converted <= n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts of a rate must be finite, and between 0 and their total"),
				 errdetail("They are %g of %g.", converted, n)));
}

/* wilson(converted, n, level): the rate and its interval; nulls when there is nobody. */
Datum
conversion_wilson(PG_FUNCTION_ARGS)
{
	double		converted = PG_GETARG_FLOAT8(0);
	double		n = PG_GETARG_FLOAT8(1);
	double		z = conversion_quantile(PG_GETARG_FLOAT8(2));
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, true};

	conversion_check_counts(converted, n);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "wilson needs a composite result");
	if (n > 0)
	{
		double		low;
		double		high;

		wilson_interval(converted, n, z, &low, &high);
		values[0] = Float8GetDatum(converted / n);
		values[1] = Float8GetDatum(low);
		values[2] = Float8GetDatum(high);
		nulls[0] = nulls[1] = nulls[2] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * The numbers of a state of n counts in pairs of a total and a part of it;
 * they may come from another server, or from anybody.
 */
int64 *
conversion_state(FunctionCallInfo fcinfo, int argno, int n, const char *what, ArrayType **array)
{
	const int64 *count;
	bool		good;

	*array = AggCheckCallContext(fcinfo, NULL) && argno == 0 ?
		PG_GETARG_ARRAYTYPE_P(argno) : PG_GETARG_ARRAYTYPE_P_COPY(argno);
	count = (const int64 *) ARR_DATA_PTR(*array);
	good = ARR_NDIM(*array) == 1 && ARR_DIMS(*array)[0] == n && !ARR_HASNULL(*array);
	for (int i = 0; good && i < n; i += 2)
		good = count[i + 1] >= 0 && count[i + 1] <= count[i];
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("malformed state of %s", what),
				 errdetail("It must be an array of %d whole numbers: totals, each followed by how many of it converted.", n)));
	return (int64 *) ARR_DATA_PTR(*array);
}

int64
conversion_add(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return sum;
}

/* rate_accum(state, converted) */
Datum
rate_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *count;

	count = conversion_state(fcinfo, 0, 2, "rate", &state);
	count[0] = conversion_add(count[0], 1);
	count[1] += PG_GETARG_BOOL(1);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* rate_combine(state, state) */
Datum
rate_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	ArrayType  *other;
	int64	   *count = conversion_state(fcinfo, 0, 2, "rate", &state);
	const int64 *added = conversion_state(fcinfo, 1, 2, "rate", &other);

	/* the parts do not exceed their totals */
	count[0] = conversion_add(count[0], added[0]);
	count[1] += added[1];
	PG_RETURN_ARRAYTYPE_P(state);
}

/* rate_final(state): entered, converted, rate, low, high */
Datum
rate_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	const int64 *count;
	TupleDesc	desc;
	Datum		values[5] = {0};
	bool		nulls[5] = {false, false, true, true, true};

	count = conversion_state(fcinfo, 0, 2, "rate", &state);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "rate needs a composite result");
	values[0] = Int64GetDatum(count[0]);
	values[1] = Int64GetDatum(count[1]);
	if (count[0] > 0)
	{
		double		low;
		double		high;

		wilson_interval(count[1], count[0], WILSON_95, &low, &high);
		values[2] = Float8GetDatum((double) count[1] / count[0]);
		values[3] = Float8GetDatum(low);
		values[4] = Float8GetDatum(high);
		nulls[2] = nulls[3] = nulls[4] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
