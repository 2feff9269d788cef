/*
 * measure.c
 *		What an outcome_log says: AUC, KS, Brier score, log loss, gain, lift,
 *		calibration and confusion.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/wilson.h"
#include "model_quality/outcome_log.h"

PG_FUNCTION_INFO_V1(outcome_log_auc);
PG_FUNCTION_INFO_V1(outcome_log_ks);
PG_FUNCTION_INFO_V1(outcome_log_brier);
PG_FUNCTION_INFO_V1(outcome_log_log_loss);
PG_FUNCTION_INFO_V1(outcome_log_gain);
PG_FUNCTION_INFO_V1(outcome_log_lift);
PG_FUNCTION_INFO_V1(outcome_log_gains);
PG_FUNCTION_INFO_V1(outcome_log_lifts);
PG_FUNCTION_INFO_V1(outcome_log_gain_table);
PG_FUNCTION_INFO_V1(outcome_log_calibration_error);
PG_FUNCTION_INFO_V1(outcome_log_calibration_bins);
PG_FUNCTION_INFO_V1(outcome_log_confusion);

#define DECILES		10
#define MAX_BINS	1000

/* The log in argument 0, in order. */
static const OutcomeLog *
get_log(FunctionCallInfo fcinfo)
{
	return outcome_log_sorted(PG_GETARG_OUTCOME_LOG_P(0));
}

/* The same for a measure of probabilities. */
static const OutcomeLog *
get_probabilities(FunctionCallInfo fcinfo)
{
	const OutcomeLog *log = get_log(fcinfo);

	if (log->ncounts > 0)
	{
		double		low = log->count[0].score;
		double		high = log->count[log->ncounts - 1].score;

		if (low < 0 || high > 1)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("probability is out of range: %g", low < 0 ? low : high),
					 errdetail("This measure is about probabilities from 0 to 1."),
					 errhint("auc, ks, gain, lift and confusion take any score.")));
	}
	return log;
}

/* How many bins: argument 1, or the parameter of the aggregate, or 10. */
static int
get_bins(FunctionCallInfo fcinfo, const OutcomeLog *log)
{
	double		bins = PG_NARGS() > 1 ? PG_GETARG_INT32(1) : log->has_parameter ? log->parameter : DECILES;

	if (!(bins >= 1 && bins <= MAX_BINS) || bins != rint(bins))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins must be between 1 and %d", MAX_BINS),
				 errdetail("It is %g.", bins)));
	return (int) bins;
}

/* Which part of the rows: argument 1, or the parameter of the aggregate. */
static double
get_share(FunctionCallInfo fcinfo, const OutcomeLog *log)
{
	double		share = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : log->has_parameter ? log->parameter : NAN;

	if (!(share > 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share of rows must be above 0 and at most 1"),
				 errdetail("It is %g.", share)));
	return share;
}

/* auc(outcome_log) */
Datum
outcome_log_auc(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_log(fcinfo);
	double		auc = quality_auc(log->count, log->ncounts);

	if (isnan(auc))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(auc);
}

/* ks(outcome_log) */
Datum
outcome_log_ks(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_log(fcinfo);
	double		ks = quality_ks(log->count, log->ncounts);

	if (isnan(ks))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ks);
}

/* brier(outcome_log) */
Datum
outcome_log_brier(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_probabilities(fcinfo);

	if (log->ncounts == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(quality_brier(log->count, log->ncounts));
}

/* log_loss(outcome_log) */
Datum
outcome_log_log_loss(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_probabilities(fcinfo);

	if (log->ncounts == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(quality_log_loss(log->count, log->ncounts));
}

/* The share of all positives in the top share of rows; false when there are none at all. */
static bool
gain_at(const OutcomeLog *log, double share, double *gain)
{
	int64		positives;
	int64		negatives;

	quality_totals(log->count, log->ncounts, &positives, &negatives);
	if (positives == 0)
		return false;
	*gain = share == 1 ? 1 :
		quality_found(log->count, log->ncounts, share * ((double) positives + (double) negatives)) / (double) positives;
	return true;
}

/* gain(outcome_log, top) */
Datum
outcome_log_gain(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_log(fcinfo);
	double		gain;

	if (!gain_at(log, get_share(fcinfo, log), &gain))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(gain);
}

/* lift(outcome_log, top) */
Datum
outcome_log_lift(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_log(fcinfo);
	double		share = get_share(fcinfo, log);
	double		gain;

	if (!gain_at(log, share, &gain))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(gain / share);
}

/* Gain or lift of the first tenth, the first two tenths, and so on. */
static Datum
deciles(FunctionCallInfo fcinfo, bool lift)
{
	const OutcomeLog *log = get_log(fcinfo);
	Datum		values[DECILES];

	for (int i = 0; i < DECILES; i++)
	{
		double		share = (double) (i + 1) / DECILES;
		double		gain;

		if (!gain_at(log, share, &gain))
			PG_RETURN_NULL();
		values[i] = Float8GetDatum(lift ? gain / share : gain);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(values, DECILES, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* gain(outcome_log) */
Datum
outcome_log_gains(PG_FUNCTION_ARGS)
{
	return deciles(fcinfo, false);
}

/* lift(outcome_log) */
Datum
outcome_log_lifts(PG_FUNCTION_ARGS)
{
	return deciles(fcinfo, true);
}

/* gain_table(outcome_log, bins): bins of equally many rows, the highest scores first */
Datum
outcome_log_gain_table(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const OutcomeLog *log = get_log(fcinfo);
	int			bins = get_bins(fcinfo, log);
	int64		positives;
	int64		negatives;
	double		total;
	double		before = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	quality_totals(log->count, log->ncounts, &positives, &negatives);
	total = (double) positives + (double) negatives;
	for (int i = 0; i < bins && total > 0; i++)
	{
		double		from = total * i / bins;
		double		to = total * (i + 1) / bins;
		double		found = i == bins - 1 ? (double) positives : quality_found(log->count, log->ncounts, to);
		double		here = found - before;
		double		rows = total / bins;
		Datum		values[10];
		bool		nulls[10] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(i + 1);
		values[1] = Float8GetDatum((double) (i + 1) / bins);
		values[2] = Float8GetDatum(rows);
		values[3] = Float8GetDatum(here);
		values[4] = Float8GetDatum(quality_score_at(log->count, log->ncounts, from, false));
		values[5] = Float8GetDatum(quality_score_at(log->count, log->ncounts, to, true));
		values[6] = Float8GetDatum(here / rows);
		nulls[7] = nulls[8] = nulls[9] = positives == 0;
		if (positives > 0)
		{
			values[7] = Float8GetDatum(here / (double) positives * bins);
			values[8] = Float8GetDatum(found / (double) positives);
			values[9] = Float8GetDatum(found / (double) positives * bins / (i + 1));
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		before = found;
	}
	return (Datum) 0;
}

/* calibration_error(outcome_log, bins) */
Datum
outcome_log_calibration_error(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_probabilities(fcinfo);
	int			bins = get_bins(fcinfo, log);
	CalibrationBin bin[MAX_BINS];

	if (log->ncounts == 0)
		PG_RETURN_NULL();
	quality_calibration(log->count, log->ncounts, bins, bin);
	PG_RETURN_FLOAT8(quality_calibration_error(bin, bins));
}

/* calibration_bins(outcome_log, bins): bins of equal width that hold a row */
Datum
outcome_log_calibration_bins(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const OutcomeLog *log = get_probabilities(fcinfo);
	int			bins = get_bins(fcinfo, log);
	CalibrationBin bin[MAX_BINS];

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	quality_calibration(log->count, log->ncounts, bins, bin);
	for (int i = 0; i < bins; i++)
	{
		Datum		values[9];
		bool		nulls[9] = {false};
		double		low;
		double		high;

		if (bin[i].rows == 0)
			continue;
		wilson_interval(bin[i].positives, bin[i].rows, WILSON_95, &low, &high);
		values[0] = Int32GetDatum(i + 1);
		values[1] = Float8GetDatum((double) i / bins);
		values[2] = Float8GetDatum((double) (i + 1) / bins);
		values[3] = Int64GetDatum((int64) bin[i].rows);
		values[4] = Int64GetDatum((int64) bin[i].positives);
		values[5] = Float8GetDatum(bin[i].predicted / bin[i].rows);
		values[6] = Float8GetDatum(bin[i].positives / bin[i].rows);
		values[7] = Float8GetDatum(low);
		values[8] = Float8GetDatum(high);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* A share, or null of nothing. */
static void
set_share(Datum *value, bool *null, double part, double whole)
{
	*null = whole == 0;
	*value = Float8GetDatum(*null ? 0 : part / whole);
}

/* confusion(outcome_log, threshold) */
Datum
outcome_log_confusion(PG_FUNCTION_ARGS)
{
	const OutcomeLog *log = get_log(fcinfo);
	double		threshold = PG_NARGS() > 1 ? PG_GETARG_FLOAT8(1) : log->has_parameter ? log->parameter : 0.5;
	TupleDesc	desc;
	int64		tp;
	int64		fp;
	int64		tn;
	int64		fn;
	Datum		values[11];
	bool		nulls[11] = {false};

	if (isnan(threshold))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must not be NaN")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	quality_confusion(log->count, log->ncounts, threshold, &tp, &fp, &tn, &fn);
	values[0] = Float8GetDatum(threshold);
	values[1] = Int64GetDatum(tp);
	values[2] = Int64GetDatum(fp);
	values[3] = Int64GetDatum(tn);
	values[4] = Int64GetDatum(fn);
	set_share(&values[5], &nulls[5], (double) tp, (double) tp + (double) fp);
	set_share(&values[6], &nulls[6], (double) tp, (double) tp + (double) fn);
	set_share(&values[7], &nulls[7], (double) tn, (double) tn + (double) fp);
	set_share(&values[8], &nulls[8], (double) tp + (double) tn, (double) tp + (double) fp + (double) tn + (double) fn);
	set_share(&values[9], &nulls[9], 2 * (double) tp, 2 * (double) tp + (double) fp + (double) fn);
	/* each root by itself, since the product of four counts can be too large */
	set_share(&values[10], &nulls[10], (double) tp * (double) tn - (double) fp * (double) fn,
			  sqrt((double) tp + (double) fp) * sqrt((double) tp + (double) fn) *
			  sqrt((double) tn + (double) fp) * sqrt((double) tn + (double) fn));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
