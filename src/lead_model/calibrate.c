/*
 * calibrate.c
 *		platt and isotonic: calibrations from outcomes counted by score.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "core/isotonic.h"
#include "core/logistic.h"
#include "lead_model/lead_model.h"
#include "model_quality/outcome_log.h"

PG_FUNCTION_INFO_V1(outcome_log_platt);
PG_FUNCTION_INFO_V1(outcome_log_isotonic);

/* The log in argument 0; NULL when it has only one class. */
static const OutcomeLog *
get_log(FunctionCallInfo fcinfo, int64 *positives, int64 *negatives)
{
	const OutcomeLog *log = outcome_log_sorted(PG_GETARG_OUTCOME_LOG_P(0));

	quality_totals(log->count, log->ncounts, positives, negatives);
	if (*positives == 0 || *negatives == 0)
		return NULL;
	if (isinf(log->count[0].score) || isinf(log->count[log->ncounts - 1].score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scores to calibrate must be finite")));
	return log;
}

static Datum
calibration_value(const Calibration *calibration)
{
	StringInfoData buf;

	initStringInfo(&buf);
	calibration_write(&buf, calibration);
	return JsonbPGetDatum(learned_jsonb(buf.data));
}

/*
 * platt(outcome_log): the sigmoid through soft targets, (n + 1) / (n + 2) for n
 * positives and 1 / (m + 2) for m negatives (Platt 1999).
 */
Datum
outcome_log_platt(PG_FUNCTION_ARGS)
{
	int64		positives;
	int64		negatives;
	const OutcomeLog *log = get_log(fcinfo, &positives, &negatives);
	LogisticRow *row;
	LogisticTerm *term;
	double		high;
	double		low;
	double		n;
	double		mean = 0;
	double		squares = 0;
	double		scale;
	double		work[LOGISTIC_WORK(2)];
	double		beta[2] = {0, 0};
	double		error[2];
	double		log_likelihood;
	int			steps;
	Calibration calibration = {0};

	if (log == NULL)
		PG_RETURN_NULL();
	high = ((double) positives + 1) / ((double) positives + 2);
	low = 1 / ((double) negatives + 2);
	n = (double) positives + (double) negatives;
	for (uint32 i = 0; i < log->ncounts; i++)
		mean += log->count[i].score / n * ((double) log->count[i].positives + (double) log->count[i].negatives);
	for (uint32 i = 0; i < log->ncounts; i++)
		squares += (log->count[i].score - mean) * (log->count[i].score - mean) / n *
			((double) log->count[i].positives + (double) log->count[i].negatives);
	scale = sqrt(squares);
	if (!isfinite(scale))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scores to calibrate are too large")));
	/* one score only: the share of all */
	if (!(scale > fabs(mean) * 1e-13))
		scale = 0;

	row = palloc_extended(sizeof(LogisticRow) * log->ncounts, MCXT_ALLOC_HUGE);
	term = palloc_extended(sizeof(LogisticTerm) * 2 * log->ncounts, MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < log->ncounts; i++)
	{
		double		p = (double) log->count[i].positives;
		double		q = (double) log->count[i].negatives;

		term[2 * i].column = 0;
		term[2 * i].value = 1;
		term[2 * i + 1].column = 1;
		term[2 * i + 1].value = scale == 0 ? 0 : (log->count[i].score - mean) / scale;
		row[i].term = &term[2 * i];
		row[i].nterms = scale == 0 ? 1 : 2;
		row[i].positives = p * high + q * low;
		row[i].negatives = p * (1 - high) + q * (1 - low);
	}
	if (logistic_fit(row, log->ncounts, scale == 0 ? 1 : 2, 0, work, beta, error, &log_likelihood, &steps) != LOGISTIC_CONVERGED)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("calibration did not converge")));
	calibration.kind = CALIBRATION_PLATT;
	calibration.slope = scale == 0 ? 0 : beta[1] / scale;
	calibration.offset = scale == 0 ? beta[0] : beta[0] - beta[1] * (mean / scale);
	if (!isfinite(calibration.slope) || !isfinite(calibration.offset))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scores to calibrate are out of range")));
	return calibration_value(&calibration);
}

/* isotonic(outcome_log): for n rows, no probability below 1 / (n + 2) or above (n + 1) / (n + 2) */
Datum
outcome_log_isotonic(PG_FUNCTION_ARGS)
{
	int64		positives;
	int64		negatives;
	const OutcomeLog *log = get_log(fcinfo, &positives, &negatives);
	IsotonicStep *step;
	int64		nsteps;
	double		least;
	Calibration calibration = {0};

	if (log == NULL)
		PG_RETURN_NULL();
	step = palloc_extended(sizeof(IsotonicStep) * log->ncounts, MCXT_ALLOC_HUGE);
	nsteps = isotonic_steps(log->count, log->ncounts, step);
	least = 1 / ((double) positives + (double) negatives + 2);
	calibration.kind = CALIBRATION_ISOTONIC;
	calibration.score = palloc_extended(sizeof(double) * 2 * nsteps, MCXT_ALLOC_HUGE);
	calibration.probability = palloc_extended(sizeof(double) * 2 * nsteps, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < nsteps; i++)
	{
		double		p = Max(least, Min(1 - least, step[i].positives / step[i].rows));

		calibration.score[calibration.npoints] = step[i].low;
		calibration.probability[calibration.npoints++] = p;
		if (step[i].high > step[i].low)
		{
			calibration.score[calibration.npoints] = step[i].high;
			calibration.probability[calibration.npoints++] = p;
		}
	}
	return calibration_value(&calibration);
}
