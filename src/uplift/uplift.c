/*
 * uplift.c
 *		Two rates compared: compare_rates() of counts, and the aggregate uplift().
 *
 * The state of uplift() is an array of four whole numbers: treated, converted
 * of them, control, converted of them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/typcache.h"

#include "conversion/conversion.h"
#include "core/newcombe.h"
#include "core/wilson.h"

PG_FUNCTION_INFO_V1(uplift_compare_rates);
PG_FUNCTION_INFO_V1(uplift_accum);
PG_FUNCTION_INFO_V1(uplift_combine);
PG_FUNCTION_INFO_V1(uplift_final);
PG_FUNCTION_INFO_V1(uplift_add);

/* compare_rates(converted, n, control_converted, control_n, level) */
Datum
uplift_compare_rates(PG_FUNCTION_ARGS)
{
	double		x[2] = {PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(2)};
	double		n[2] = {PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(3)};
	double		z = conversion_quantile(PG_GETARG_FLOAT8(4));
	TupleDesc	desc;
	Datum		values[12] = {0};
	bool		nulls[12];
	double		low;
	double		high;

	memset(nulls, true, sizeof(nulls));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "compare_rates needs a composite result");
	for (int i = 0; i < 2; i++)
	{
		conversion_check_counts(x[i], n[i]);
		if (n[i] <= 0)
			continue;
		wilson_interval(x[i], n[i], z, &low, &high);
		values[3 * i] = Float8GetDatum(x[i] / n[i]);
		values[3 * i + 1] = Float8GetDatum(low);
		values[3 * i + 2] = Float8GetDatum(high);
		nulls[3 * i] = nulls[3 * i + 1] = nulls[3 * i + 2] = false;
	}
	if (n[0] > 0 && n[1] > 0)
	{
		newcombe_difference(x[0], n[0], x[1], n[1], z, &low, &high);
		values[6] = Float8GetDatum(x[0] / n[0] - x[1] / n[1]);
		values[7] = Float8GetDatum(low);
		values[8] = Float8GetDatum(high);
		nulls[6] = nulls[7] = nulls[8] = false;
		if (x[1] > 0)
		{
			newcombe_ratio(x[0], n[0], x[1], n[1], z, &low, &high);
			values[9] = Float8GetDatum((x[0] / n[0]) / (x[1] / n[1]) - 1);
			values[10] = Float8GetDatum(low - 1);
			values[11] = Float8GetDatum(high - 1);
			nulls[9] = nulls[10] = nulls[11] = false;
		}
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* uplift_accum(state, treated, converted) */
Datum
uplift_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *count = conversion_state(fcinfo, 0, 4, "uplift", &state);
	int			group = PG_GETARG_BOOL(1) ? 0 : 2;

	count[group] = conversion_add(count[group], 1);
	count[group + 1] += PG_GETARG_BOOL(2);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* uplift_combine(state, state) */
Datum
uplift_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	ArrayType  *other;
	int64	   *count = conversion_state(fcinfo, 0, 4, "uplift", &state);
	const int64 *added = conversion_state(fcinfo, 1, 4, "uplift", &other);

	for (int i = 0; i < 4; i++)
		count[i] = conversion_add(count[i], added[i]);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* uplift_add(state, uplift): transition of rollup */
Datum
uplift_add(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *count = conversion_state(fcinfo, 0, 4, "uplift", &state);
	HeapTupleHeader tuple = PG_GETARG_HEAPTUPLEHEADER(1);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(tuple), HeapTupleHeaderGetTypMod(tuple));
	HeapTupleData data;
	Datum		values[4];
	bool		nulls[4];

	if (desc->natts != 4)
		elog(ERROR, "uplift has %d columns", desc->natts);
	data.t_len = HeapTupleHeaderGetDatumLength(tuple);
	ItemPointerSetInvalid(&data.t_self);
	data.t_tableOid = InvalidOid;
	data.t_data = tuple;
	heap_deform_tuple(&data, desc, values, nulls);
	ReleaseTupleDesc(desc);

	for (int i = 0; i < 4; i += 2)
	{
		/* a row can be made up of anything */
		if (nulls[i] || nulls[i + 1] || DatumGetInt64(values[i + 1]) < 0 ||
			DatumGetInt64(values[i + 1]) > DatumGetInt64(values[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("malformed uplift"),
					 errdetail("Its counts must not be null or negative, and no more can have converted than there are.")));
		count[i] = conversion_add(count[i], DatumGetInt64(values[i]));
		count[i + 1] += DatumGetInt64(values[i + 1]);
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* uplift_final(state): the four counts as a row */
Datum
uplift_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	const int64 *count = conversion_state(fcinfo, 0, 4, "uplift", &state);
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "uplift needs a composite result");
	for (int i = 0; i < 4; i++)
		values[i] = Int64GetDatum(count[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
