/*
 * elapsed.c
 *		How long the steps of a funnel took, as a distribution.
 */
#include "postgres.h"

#include "common/int.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(dwell_step_curve);
PG_FUNCTION_INFO_V1(dwell_step_share);

/* step_curve(funnel): step, label, elapsed, customers, cumulative, share, converted */
Datum
dwell_step_curve(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	FunnelReport *report = palloc(sizeof(FunnelReport));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	funnel_report(PG_GETARG_FUNNEL_PP(0), report);
	for (int i = 0; i < report->nsteps; i++)
	{
		const FunnelStep *step = &report->steps[i];
		int64		timed = 0;
		int64		cumulative = 0;

		/* the times of a step are no more than those who reached it, so their sum fits */
		for (int j = 0; j < report->data.ntimes[i]; j++)
			timed += report->data.times[i][j].count;
		for (int j = 0; j < report->data.ntimes[i]; j++)
		{
			const FunnelTime *time = &report->data.times[i][j];
			Datum		values[7];
			bool		nulls[7] = {false};

			cumulative += time->count;
			values[0] = Int32GetDatum(i + 1);
			values[1] = PointerGetDatum(cstring_to_text_with_len(step->label.data, step->label.len));
			values[2] = IntervalPGetDatum(journey_interval((uint64) histogram_high(time->bucket)));
			values[3] = Int64GetDatum(time->count);
			values[4] = Int64GetDatum(cumulative);
			values[5] = Float8GetDatum((double) cumulative / timed);
			nulls[6] = step->before <= 0;
			values[6] = Float8GetDatum(nulls[6] ? 0 : (double) cumulative / step->before);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* step_share(funnel, step, within): the share of those who took a step that took it within a time */
Datum
dwell_step_share(PG_FUNCTION_ARGS)
{
	FunnelData	data;
	int32		step = PG_GETARG_INT32(1);
	Interval   *within = PG_GETARG_INTERVAL_P(2);
	int64		days = (int64) within->month * 30 + within->day;
	int64		usecs;
	int64		timed = 0;
	int64		sooner = 0;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	if (step < 1 || step > data.nsteps)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnel has no step %d", step),
				 errdetail("It has %d steps.", data.nsteps)));
	if (pg_mul_s64_overflow(days, USECS_PER_DAY, &usecs) || pg_add_s64_overflow(usecs, within->time, &usecs))
		usecs = days < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	for (int j = 0; j < data.ntimes[step - 1]; j++)
	{
		const FunnelTime *time = &data.times[step - 1][j];

		timed += time->count;
		/* the time that stands for a bucket decides for all of it */
		if (histogram_mid(time->bucket) <= usecs)
			sooner += time->count;
	}
	if (timed == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) sooner / timed);
}
