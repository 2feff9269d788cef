/*
 * curve.c
 *		What counts of spells say: survival curves, cumulative incidence, their
 *		quantiles and values at a time.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(survival_curve_points);
PG_FUNCTION_INFO_V1(incidence_curve_points);
PG_FUNCTION_INFO_V1(survival_curve_at);
PG_FUNCTION_INFO_V1(survival_curve_float8_at);
PG_FUNCTION_INFO_V1(survival_curve_median);
PG_FUNCTION_INFO_V1(survival_curve_quantile);
PG_FUNCTION_INFO_V1(survival_curve_quantiles);
PG_FUNCTION_INFO_V1(incidence_curve_at);
PG_FUNCTION_INFO_V1(incidence_curve_float8_at);
PG_FUNCTION_INFO_V1(incidence_curve_conditional);
PG_FUNCTION_INFO_V1(incidence_curve_float8_conditional);

/* ---------------------------------------------------------------- arguments */

/* The scale of confidence limits. */
SurvivalBand
survival_band_parse(const char *word, int len)
{
	if (len == 3 && memcmp(word, "log", 3) == 0)
		return SURVIVAL_BAND_LOG;
	if (len == 7 && memcmp(word, "log-log", 7) == 0)
		return SURVIVAL_BAND_LOGLOG;
	if (len == 5 && memcmp(word, "plain", 5) == 0)
		return SURVIVAL_BAND_PLAIN;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown confidence band \"%.*s\"", len, word),
			 errhint("The bands are \"log\", \"log-log\" and \"plain\".")));
	return SURVIVAL_BAND_LOG;
}

/* How many standard errors a confidence takes. */
double
survival_confidence_z(double confidence)
{
	/* NaN is neither */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence must be between 0 and 1"),
				 errhint("For limits of 95 %%, it is 0.95.")));
	return survival_normal_quantile(confidence);
}

/* Confidence and band, in this and the next argument; null means the default. */
static void
limits_arguments(FunctionCallInfo fcinfo, int arg, double *z, SurvivalBand *band)
{
	*z = survival_confidence_z(PG_ARGISNULL(arg) ? 0.95 : PG_GETARG_FLOAT8(arg));
	*band = SURVIVAL_BAND_LOG;
	if (!PG_ARGISNULL(arg + 1))
	{
		text	   *word = PG_GETARG_TEXT_PP(arg + 1);

		*band = survival_band_parse(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word));
	}
}

static double
quantile_argument(double q)
{
	if (!(q >= 0 && q <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantile must be between 0 and 1")));
	return q;
}

static const SurvivalCounts *
counts_argument(FunctionCallInfo fcinfo)
{
	return survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
}

/* The number of a cause, or 0. */
static int
find_cause(const SurvivalCounts *counts, const text *cause)
{
	JourneyLabel *labels = survival_counts_labels(counts);

	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		if (labels[i].len == (int) VARSIZE_ANY_EXHDR(cause) && memcmp(labels[i].data, VARDATA_ANY(cause), labels[i].len) == 0)
			return i + 1;
	}
	return 0;
}

/* ---------------------------------------------------------------- Kaplan-Meier */

/* Greenwood's standard error of a survival; meaningless where that is 0. */
double
survival_std_error(const SurvivalPoint *point)
{
	return point->survival * point->log_error;
}

static SurvivalPoint *
curve_points(const SurvivalCounts *counts, uint32 *n)
{
	SurvivalPoint *points = palloc_extended(sizeof(SurvivalPoint) * Max(counts->ncells, 1), MCXT_ALLOC_HUGE);

	*n = survival_points(SURVIVAL_CELLS(counts), counts->ncells, points);
	return points;
}

/* Limits of a point.  False where the curve is 0, at which Greenwood's formula says nothing. */
static bool
point_limits(const SurvivalPoint *point, SurvivalBand band, double z, double *low, double *high)
{
	return point->survival > 0 && survival_band(point->survival, survival_std_error(point), band, z, low, high);
}

/* curve(survival_curve, confidence, band): time, at_risk, entered, events, censored, survival, std_error, low, high */
Datum
survival_curve_points(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const SurvivalCounts *counts;
	SurvivalPoint *points;
	SurvivalBand band;
	double		z;
	uint32		n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	limits_arguments(fcinfo, 1, &z, &band);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	counts = counts_argument(fcinfo);
	points = curve_points(counts, &n);
	for (uint32 i = 0; i < n; i++)
	{
		const SurvivalPoint *point = &points[i];
		Datum		values[9] = {0};
		bool		nulls[9] = {false};
		double		low = 0;
		double		high = 0;

		CHECK_FOR_INTERRUPTS();
		values[0] = survival_time_datum(counts, point->time);
		values[1] = Int64GetDatum(point->at_risk);
		values[2] = Int64GetDatum(point->entered);
		values[3] = Int64GetDatum(point->events);
		values[4] = Int64GetDatum(point->censored);
		values[5] = Float8GetDatum(point->survival);
		values[6] = Float8GetDatum(survival_std_error(point));
		nulls[6] = point->survival <= 0;
		nulls[7] = nulls[8] = !point_limits(point, band, z, &low, &high);
		values[7] = Float8GetDatum(low);
		values[8] = Float8GetDatum(high);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		if (counts->unit == SURVIVAL_INTERVAL)
			pfree(DatumGetPointer(values[0]));
	}
	return (Datum) 0;
}

/*
 * Survival at a time.  Null after the last time that was observed, unless
 * nothing was left there; and where there are no spells.
 */
static Datum
survival_at(FunctionCallInfo fcinfo, int64 time)
{
	const SurvivalCounts *counts = counts_argument(fcinfo);
	uint32		n;
	SurvivalPoint *points = curve_points(counts, &n);
	uint32		low = 0;
	uint32		high = n;

	/* how many points are at or before the time */
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (points[middle].time <= time)
			low = middle + 1;
		else
			high = middle;
	}
	if (n == 0 || (time > points[n - 1].time && points[n - 1].survival > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(low == 0 ? 1 : points[low - 1].survival);
}

Datum
survival_curve_at(PG_FUNCTION_ARGS)
{
	return survival_at(fcinfo, survival_time_interval(PG_GETARG_INTERVAL_P(1), "time"));
}

Datum
survival_curve_float8_at(PG_FUNCTION_ARGS)
{
	return survival_at(fcinfo, survival_time_number(PG_GETARG_FLOAT8(1), "time"));
}

/* The time of an index that survival_quantile has found. */
static int64
index_time(const SurvivalPoint *points, uint32 index)
{
	return index == 0 ? 0 : points[index - 1].time;
}

/* Where a falling curve comes down to 1 - q, as a value of the unit's type.  False when it does not. */
static bool
quantile_datum(const SurvivalCounts *counts, const SurvivalPoint *points, const double *p, const bool *known, uint32 n,
			   double q, Datum *result)
{
	uint32		first;
	uint32		second;
	int64		a;
	int64		b;

	if (n == 0 || !survival_quantile(p, known, n, q, &first, &second))
		return false;
	a = index_time(points, first);
	b = index_time(points, second);
	if (counts->unit == SURVIVAL_INTERVAL)
		a += (b - a) / 2;
	else
	{
		double		x = survival_time_float8(counts, a);

		a = survival_time_number(x + (survival_time_float8(counts, b) - x) / 2, "quantile");
	}
	*result = survival_time_datum(counts, a);
	return true;
}

static Datum
one_quantile(FunctionCallInfo fcinfo, double q)
{
	const SurvivalCounts *counts = counts_argument(fcinfo);
	uint32		n;
	SurvivalPoint *points = curve_points(counts, &n);
	double	   *p = palloc_extended(sizeof(double) * Max(n, 1), MCXT_ALLOC_HUGE);
	bool	   *known = palloc_extended(sizeof(bool) * Max(n, 1), MCXT_ALLOC_HUGE);
	Datum		result;

	for (uint32 i = 0; i < n; i++)
		p[i] = points[i].survival;
	memset(known, true, n);
	if (!quantile_datum(counts, points, p, known, n, q, &result))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

/* median(survival_curve) */
Datum
survival_curve_median(PG_FUNCTION_ARGS)
{
	return one_quantile(fcinfo, 0.5);
}

/* quantile(survival_curve, q) */
Datum
survival_curve_quantile(PG_FUNCTION_ARGS)
{
	return one_quantile(fcinfo, quantile_argument(PG_GETARG_FLOAT8(1)));
}

/*
 * quantiles(survival_curve, q[], confidence, band): q, time, low, high.  The
 * limits are where the limits of the curve come down to 1 - q.
 */
Datum
survival_curve_quantiles(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const SurvivalCounts *counts;
	SurvivalPoint *points;
	SurvivalBand band;
	double		z;
	uint32		n;
	Datum	   *qs;
	bool	   *qnulls;
	int			nq;
	double	   *p[3];
	bool	   *known[3];

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	limits_arguments(fcinfo, 2, &z, &band);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	counts = counts_argument(fcinfo);
	points = curve_points(counts, &n);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &qs, &qnulls, &nq);
	for (int k = 0; k < 3; k++)
	{
		p[k] = palloc_extended(sizeof(double) * Max(n, 1), MCXT_ALLOC_HUGE);
		known[k] = palloc_extended(sizeof(bool) * Max(n, 1), MCXT_ALLOC_HUGE);
	}
	for (uint32 i = 0; i < n; i++)
	{
		p[0][i] = points[i].survival;
		known[0][i] = true;
		known[1][i] = known[2][i] = point_limits(&points[i], band, z, &p[1][i], &p[2][i]);
	}
	for (int i = 0; i < nq; i++)
	{
		Datum		values[4] = {0};
		bool		nulls[4] = {false};
		double		q;

		CHECK_FOR_INTERRUPTS();
		if (qnulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("quantile must not be null")));
		q = quantile_argument(DatumGetFloat8(qs[i]));
		values[0] = Float8GetDatum(q);
		for (int k = 0; k < 3; k++)
			nulls[k + 1] = !quantile_datum(counts, points, p[k], known[k], n, q, &values[k + 1]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---------------------------------------------------------------- Aalen-Johansen */

static void
incidence_init(SurvivalIncidence *state, const SurvivalCounts *counts)
{
	survival_incidence_init(state, counts->nlabels, palloc(sizeof(double) * 3 * Max(counts->nlabels, 1)));
}

/*
 * curve(incidence_curve, confidence, band): time, cause, at_risk, entered,
 * events, censored, incidence, std_error, low, high, still_open
 */
Datum
incidence_curve_points(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const SurvivalCounts *counts;
	SurvivalBand band;
	SurvivalRisk risk;
	SurvivalIncidence state;
	JourneyLabel *labels;
	Datum	   *causes;
	double		z;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	limits_arguments(fcinfo, 1, &z, &band);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	counts = counts_argument(fcinfo);
	labels = survival_counts_labels(counts);
	causes = palloc(sizeof(Datum) * Max(counts->nlabels, 1));
	for (uint32 i = 0; i < counts->nlabels; i++)
		causes[i] = PointerGetDatum(cstring_to_text_with_len(labels[i].data, labels[i].len));
	incidence_init(&state, counts);
	survival_risk_init(&risk, SURVIVAL_CELLS(counts), counts->ncells);
	while (survival_risk_next(&risk))
	{
		uint32		cell = risk.first;
		Datum		time = survival_time_datum(counts, risk.time);

		survival_incidence_step(&state, &risk);
		for (uint32 i = 0; i < counts->nlabels; i++)
		{
			Datum		values[11] = {0};
			bool		nulls[11] = {false};
			double		std_error = sqrt(Max(state.variance[i], 0));
			double		low = 0;
			double		high = 0;
			int64		events = 0;

			while (cell < risk.last && SURVIVAL_CELLS(counts)[cell].label < i + 1)
				cell++;
			if (cell < risk.last && SURVIVAL_CELLS(counts)[cell].label == i + 1)
				events = SURVIVAL_CELLS(counts)[cell].events;
			values[0] = time;
			values[1] = causes[i];
			values[2] = Int64GetDatum(risk.at_risk);
			values[3] = Int64GetDatum(risk.entered);
			values[4] = Int64GetDatum(events);
			values[5] = Int64GetDatum(risk.censored);
			values[6] = Float8GetDatum(state.incidence[i]);
			values[7] = Float8GetDatum(std_error);
			nulls[8] = nulls[9] = !survival_band(state.incidence[i], std_error, band, z, &low, &high);
			values[8] = Float8GetDatum(low);
			values[9] = Float8GetDatum(high);
			values[10] = Float8GetDatum(state.open);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
		if (counts->unit == SURVIVAL_INTERVAL)
			pfree(DatumGetPointer(time));
	}
	return (Datum) 0;
}

/*
 * Incidence of a cause, and the probability of no end, at a time.  False when
 * the time is after the last that was observed and something was still open,
 * or there is nothing at all.
 */
static bool
incidence_upto(const SurvivalCounts *counts, int cause, int64 time, double *incidence, double *open)
{
	SurvivalRisk risk;
	SurvivalIncidence state;
	int64		last = -1;

	*incidence = 0;
	*open = 1;
	incidence_init(&state, counts);
	survival_risk_init(&risk, SURVIVAL_CELLS(counts), counts->ncells);
	while (survival_risk_next(&risk))
	{
		last = risk.time;
		if (last > time)
			break;
		survival_incidence_step(&state, &risk);
		*incidence = cause > 0 ? state.incidence[cause - 1] : 0;
		*open = state.open;
	}
	return last >= time || (last >= 0 && *open <= 0);
}

static Datum
incidence_at(FunctionCallInfo fcinfo, int64 time)
{
	const SurvivalCounts *counts = counts_argument(fcinfo);
	double		incidence;
	double		open;

	if (!incidence_upto(counts, find_cause(counts, PG_GETARG_TEXT_PP(1)), time, &incidence, &open))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(incidence);
}

Datum
incidence_curve_at(PG_FUNCTION_ARGS)
{
	return incidence_at(fcinfo, survival_time_interval(PG_GETARG_INTERVAL_P(2), "time"));
}

Datum
incidence_curve_float8_at(PG_FUNCTION_ARGS)
{
	return incidence_at(fcinfo, survival_time_number(PG_GETARG_FLOAT8(2), "time"));
}

/*
 * The probability to end by a cause after an age and up to a horizon, given
 * that nothing has happened up to that age.  Without a horizon: as far as has
 * been observed.  Null when nothing is left at that age, or it or the horizon
 * is later than what has been observed.
 */
static Datum
conditional(FunctionCallInfo fcinfo, int64 age, bool limited, int64 until)
{
	const SurvivalCounts *counts = counts_argument(fcinfo);
	int			cause = find_cause(counts, PG_GETARG_TEXT_PP(1));
	double		before;
	double		after;
	double		open;
	double		ignored;

	if (limited && until < age)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("until must not be less than age")));
	if (!incidence_upto(counts, cause, age, &before, &open) || open <= 0)
		PG_RETURN_NULL();
	if (!limited)
		(void) incidence_upto(counts, cause, PG_INT64_MAX, &after, &ignored);
	else if (!incidence_upto(counts, cause, until, &after, &ignored))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(Min((after - before) / open, 1));
}

Datum
incidence_curve_conditional(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	return conditional(fcinfo, survival_time_interval(PG_GETARG_INTERVAL_P(2), "age"), !PG_ARGISNULL(3),
					   PG_ARGISNULL(3) ? 0 : survival_time_interval(PG_GETARG_INTERVAL_P(3), "until"));
}

Datum
incidence_curve_float8_conditional(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	return conditional(fcinfo, survival_time_number(PG_GETARG_FLOAT8(2), "age"), !PG_ARGISNULL(3),
					   PG_ARGISNULL(3) ? 0 : survival_time_number(PG_GETARG_FLOAT8(3), "until"));
}
