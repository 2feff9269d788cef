/*
 * report.c
 *		What a funnel says: its steps as rows, its numbers, and sums.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/wilson.h"
#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_steps);
PG_FUNCTION_INFO_V1(funnel_step_time);
PG_FUNCTION_INFO_V1(funnel_add);
PG_FUNCTION_INFO_V1(funnel_total);
PG_FUNCTION_INFO_V1(funnel_entered);
PG_FUNCTION_INFO_V1(funnel_converted);
PG_FUNCTION_INFO_V1(funnel_excluded);
PG_FUNCTION_INFO_V1(funnel_conversion);

/* The funnel in argument 0, with its question. */
void
funnel_report(const struct varlena *value, FunnelReport *report)
{
	FunnelParts parts;
	ChainOptions options;
	int64		before = -1;

	funnel_unpack(value, &report->data);
	funnel_question_parts(report->data.question, report->data.questionsize, report->data.nsteps, &parts);
	funnel_question_chain(&parts, &options);
	report->nsteps = parts.nsteps;
	report->last = 0;
	for (int i = 0; i < parts.nsteps; i++)
	{
		FunnelStep *step = &report->steps[i];

		step->optional = (options.optional & (UINT64CONST(1) << i)) != 0;
		step->reached = report->data.reached[i];
		/* behind optional steps only, a step comes after the entry; the first step comes after nothing */
		step->before = i == 0 ? -1 : before >= 0 ? before : report->data.entered;
		if (!step->optional)
		{
			before = step->reached;
			report->last = i;
		}
		if (options.flags & CHAIN_ANY_ORDER)
		{
			/* which step is the i-th that was done differs from customer to customer */
			char	   *label = psprintf("any %d of %d", i + 1, parts.nsteps);

			step->label.data = label;
			step->label.len = strlen(label);
		}
		else
			step->label = parts.steps[i];
	}
}

/* The duration that this share of the times of a step does not exceed, in microseconds; -1: there are none. */
int64
funnel_step_usecs(const FunnelData *data, int step, double share)
{
	int			n = data->ntimes[step];
	uint16	   *buckets = palloc(sizeof(uint16) * Max(n, 1));
	int64	   *counts = palloc(sizeof(int64) * Max(n, 1));
	int64		usecs;

	for (int i = 0; i < n; i++)
	{
		buckets[i] = data->times[step][i].bucket;
		counts[i] = data->times[step][i].count;
	}
	usecs = histogram_quantile(buckets, counts, n, share);
	pfree(buckets);
	pfree(counts);
	return usecs < 0 ? -1 : histogram_round(histogram_bucket(usecs));
}

/* The same as an interval, or NULL. */
static Interval *
step_time(const FunnelData *data, int step, double share)
{
	int64		usecs = funnel_step_usecs(data, step, share);

	return usecs < 0 ? NULL : journey_interval(usecs);
}

/* steps(funnel): a row for each step. */
Datum
funnel_steps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	FunnelReport *report = palloc(sizeof(FunnelReport));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	funnel_report(PG_GETARG_FUNNEL_PP(0), report);
	for (int i = 0; i < report->nsteps; i++)
	{
		const FunnelStep *step = &report->steps[i];
		Datum		values[10];
		bool		nulls[10] = {false};
		Interval   *median = step_time(&report->data, i, 0.5);
		Interval   *p90 = step_time(&report->data, i, 0.9);

		values[0] = Int32GetDatum(i + 1);
		values[1] = PointerGetDatum(cstring_to_text_with_len(step->label.data, step->label.len));
		values[2] = Int64GetDatum(step->reached);
		nulls[3] = nulls[4] = nulls[5] = step->before <= 0;
		if (step->before > 0)
		{
			double		low;
			double		high;

			wilson_interval(step->reached, step->before, WILSON_95, &low, &high);
			values[3] = Float8GetDatum((double) step->reached / step->before);
			values[4] = Float8GetDatum(low);
			values[5] = Float8GetDatum(high);
		}
		nulls[6] = report->data.entered == 0;
		values[6] = Float8GetDatum(nulls[6] ? 0 : (double) step->reached / report->data.entered);
		nulls[7] = step->before < 0;
		values[7] = Int64GetDatum(step->before - step->reached);
		nulls[8] = median == NULL;
		values[8] = PointerGetDatum(median);
		nulls[9] = p90 == NULL;
		values[9] = PointerGetDatum(p90);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* step_time(funnel, step, share): the quantile of the time since the step before. */
Datum
funnel_step_time(PG_FUNCTION_ARGS)
{
	FunnelData	data;
	int32		step = PG_GETARG_INT32(1);
	double		share = PG_GETARG_FLOAT8(2);
	Interval   *result;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	if (step < 1 || step > data.nsteps)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnel has no step %d", step),
				 errdetail("It has %d steps.", data.nsteps)));
	if (!(share >= 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share must be between 0 and 1")));
	result = step_time(&data, step - 1, share);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(result);
}

/* funnel + funnel */
Datum
funnel_add(PG_FUNCTION_ARGS)
{
	FunnelData	a;
	FunnelData	b;
	FunnelData	sum;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &a);
	funnel_unpack(PG_GETARG_FUNNEL_PP(1), &b);
	funnel_sum(&sum, &a, &b);
	PG_RETURN_FUNNEL_P(funnel_pack(&sum));
}

/* total(funnel): customers seen. */
Datum
funnel_total(PG_FUNCTION_ARGS)
{
	FunnelData	data;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	PG_RETURN_INT64(data.total);
}

/* entered(funnel): customers who reached any step. */
Datum
funnel_entered(PG_FUNCTION_ARGS)
{
	FunnelData	data;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	PG_RETURN_INT64(data.entered);
}

/* excluded(funnel): customers whom an exclusion kept from a higher step. */
Datum
funnel_excluded(PG_FUNCTION_ARGS)
{
	FunnelData	data;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	PG_RETURN_INT64(data.excluded);
}

/* converted(funnel): customers who reached the last step that is not optional. */
Datum
funnel_converted(PG_FUNCTION_ARGS)
{
	FunnelReport *report = palloc(sizeof(FunnelReport));

	funnel_report(PG_GETARG_FUNNEL_PP(0), report);
	PG_RETURN_INT64(report->steps[report->last].reached);
}

/* conversion(funnel): converted by entered; null when nobody entered. */
Datum
funnel_conversion(PG_FUNCTION_ARGS)
{
	FunnelReport *report = palloc(sizeof(FunnelReport));

	funnel_report(PG_GETARG_FUNNEL_PP(0), report);
	if (report->data.entered == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) report->steps[report->last].reached / report->data.entered);
}
