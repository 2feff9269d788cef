/*
 * nps.c
 *		What the counts of a survey say: nps_score, nps_report, nps_interval,
 *		nps_difference.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/fmgrprotos.h"

#include "conversion/conversion.h"
#include "core/nps.h"
#include "nps/nps.h"

PG_FUNCTION_INFO_V1(nps_points);
PG_FUNCTION_INFO_V1(nps_report);
PG_FUNCTION_INFO_V1(nps_interval);
PG_FUNCTION_INFO_V1(nps_difference);

/* A survey as shares of the weight of those who answered. */
typedef struct NpsShares
{
	double		promoters;
	double		passives;
	double		detractors;
	double		evangelists;
	double		score;			/* in points */
	double		n;				/* answers of equal weight that would say as much */
} NpsShares;

static double
ratio(Numeric part, Numeric whole)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8,
											  DirectFunctionCall2(numeric_div, NumericGetDatum(part), NumericGetDatum(whole))));
}

static Numeric
calculate(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(function, NumericGetDatum(a), NumericGetDatum(b)));
}

/* False when nobody answered, or only people who weigh nothing. */
static bool
shares(const NpsCounts *counts, NpsShares *shares)
{
	Numeric		promoters = counts->weight[NPS_PROMOTER];
	Numeric		detractors = counts->weight[NPS_DETRACTOR];
	Numeric		whole = calculate(numeric_add, calculate(numeric_add, promoters, detractors), counts->weight[NPS_PASSIVE]);
	Numeric		difference = calculate(numeric_sub, promoters, detractors);

	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(whole), NumericGetDatum(int64_to_numeric(0)))) == 0)
		return false;
	shares->promoters = ratio(promoters, whole);
	shares->passives = ratio(counts->weight[NPS_PASSIVE], whole);
	shares->detractors = ratio(detractors, whole);
	shares->evangelists = ratio(counts->weight[NPS_EVANGELIST], whole);
	shares->score = ratio(calculate(numeric_mul, int64_to_numeric(100), difference), whole);
	/* Kish: (sum of weights) squared / sum of squared weights; Cauchy says it is 1 to the number of answers */
	shares->n = ratio(calculate(numeric_mul, whole, whole), counts->squares);
	shares->n = Max(Min(shares->n, (double) nps_answered(counts)), 1);
	return true;
}

static Datum
row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "nps needs a composite result");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* nps_score(nps) */
Datum
nps_points(PG_FUNCTION_ARGS)
{
	NpsCounts	counts;
	NpsShares	part;

	nps_read(fcinfo, 0, &counts);
	if (!shares(&counts, &part))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(part.score);
}

/* nps_report(nps, level) */
Datum
nps_report(PG_FUNCTION_ARGS)
{
	double		z = conversion_quantile(PG_GETARG_FLOAT8(1));
	NpsCounts	counts;
	NpsShares	part;
	NpsEstimate estimate;
	double		low;
	double		high;
	Datum		values[16] = {0};
	bool		nulls[16] = {false};

	nps_read(fcinfo, 0, &counts);
	values[0] = Int64GetDatum(counts.count[NPS_ASKED]);
	values[1] = Int64GetDatum(nps_answered(&counts));
	nulls[2] = counts.count[NPS_ASKED] == 0;
	if (!nulls[2])
		values[2] = Float8GetDatum((double) nps_answered(&counts) / (double) counts.count[NPS_ASKED]);
	for (int i = NPS_PROMOTER; i < NPS_KINDS; i++)
		values[2 + i] = Int64GetDatum(counts.count[i]);
	if (shares(&counts, &part))
	{
		nps_estimate(part.promoters * part.n, part.detractors * part.n, part.n, &estimate);
		nps_limits(&estimate, z, &low, &high);
		values[7] = Float8GetDatum(part.promoters);
		values[8] = Float8GetDatum(part.passives);
		values[9] = Float8GetDatum(part.detractors);
		values[10] = Float8GetDatum(part.evangelists);
		values[11] = Float8GetDatum(part.score);
		values[12] = Float8GetDatum(100 * estimate.centre);
		values[13] = Float8GetDatum(low);
		values[14] = Float8GetDatum(high);
		values[15] = Float8GetDatum(part.n);
	}
	else
	{
		for (int i = 7; i < 16; i++)
			nulls[i] = true;
	}
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}

/* nps_interval(promoters, detractors, n, level) */
Datum
nps_interval(PG_FUNCTION_ARGS)
{
	double		promoters = PG_GETARG_FLOAT8(0);
	double		detractors = PG_GETARG_FLOAT8(1);
	double		n = PG_GETARG_FLOAT8(2);
	double		z = conversion_quantile(PG_GETARG_FLOAT8(3));
	NpsEstimate estimate;
	double		low;
	double		high;
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, true};

	/* the negations catch NaN; fractions may miss their sum by a rounding */
	if (!(promoters >= 0) || !(detractors >= 0) || !(n >= 0) || isinf(n) ||
		!(promoters <= n) || !(detractors <= n) || !(promoters + detractors <= n * (1 + 1e-12)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("promoters and detractors must be finite, not negative, and not more than the answers"),
				 errdetail("They are %g and %g of %g.", promoters, detractors, n)));
	if (n > 0)
	{
		nps_estimate(promoters, detractors, n, &estimate);
		nps_limits(&estimate, z, &low, &high);
		values[0] = Float8GetDatum(100 * (promoters - detractors) / n);
		values[1] = Float8GetDatum(100 * estimate.centre);
		values[2] = Float8GetDatum(low);
		values[3] = Float8GetDatum(high);
		memset(nulls, false, sizeof(nulls));
	}
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}

/* nps_difference(a, b, level) */
Datum
nps_difference(PG_FUNCTION_ARGS)
{
	double		quantile = conversion_quantile(PG_GETARG_FLOAT8(2));
	NpsCounts	counts;
	NpsShares	part[2];
	NpsEstimate estimate[2];
	double		result[5];
	Datum		values[8] = {0};
	bool		nulls[8];
	bool		both = true;

	memset(nulls, true, sizeof(nulls));
	for (int i = 0; i < 2; i++)
	{
		nps_read(fcinfo, i, &counts);
		if (!shares(&counts, &part[i]))
		{
			both = false;
			continue;
		}
		nps_estimate(part[i].promoters * part[i].n, part[i].detractors * part[i].n, part[i].n, &estimate[i]);
		values[i] = Float8GetDatum(part[i].score);
		nulls[i] = false;
	}
	if (both)
	{
		result[0] = 100 * (estimate[0].centre - estimate[1].centre);
		nps_compare(&estimate[0], &estimate[1], quantile, &result[1], &result[2], &result[3], &result[4]);
		values[2] = Float8GetDatum(part[0].score - part[1].score);
		for (int i = 0; i < 5; i++)
			values[3 + i] = Float8GetDatum(result[i]);
		memset(nulls, false, sizeof(nulls));
	}
	PG_RETURN_DATUM(row(fcinfo, values, nulls));
}
