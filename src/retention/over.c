/*
 * over.c
 *		retention_periods over a journey.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"

#include "retention/retention.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_retention_calendar);
PG_FUNCTION_INFO_V1(journey_retention_calendar_brackets);
PG_FUNCTION_INFO_V1(journey_retention_rolling);
PG_FUNCTION_INFO_V1(journey_retention_rolling_brackets);

/* For each label of the journey, whether it is one of the set; a set that is NULL has them all. */
static bool *
label_members(FunctionCallInfo fcinfo, int argno, const JourneyView *view)
{
	bool	   *member = palloc(Max(view->nlabels, 1));
	const JourneyLabel *labels = journey_view_labels(view);
	JourneyLabelSet set;

	if (PG_ARGISNULL(argno))
	{
		memset(member, true, view->nlabels);
		return member;
	}
	journey_label_set(&set, PG_GETARG_ARRAYTYPE_P(argno));
	for (int i = 0; i < view->nlabels; i++)
		member[i] = journey_label_set_find(&set, &labels[i]) >= 0;
	return member;
}

/* (journey, start labels, return labels, period, periods, mode, tz, as_of) */
static Datum
journey_retention(FunctionCallInfo fcinfo, bool rolling, bool brackets)
{
	RetentionPlan plan;
	JourneyView view;
	bool	   *is_start;
	bool	   *is_return;
	int64	   *times;
	int64		start = 0;
	int64		n = 0;
	uint32		i;

	retention_plan_args(fcinfo, 3, rolling, brackets, &plan);
	retention_plan_check(&plan, NULL);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	is_start = label_members(fcinfo, 1, &view);
	is_return = label_members(fcinfo, 2, &view);

	for (i = 0; i < view.n && !is_start[journey_view_num(&view, i)]; i++)
		;
	if (i == view.n)
		PG_RETURN_NULL();
	start = journey_view_at(&view, i);
	if ((plan.flags & RETENTION_HAS_AS_OF) && start > plan.as_of)
		PG_RETURN_NULL();

	times = palloc_extended(sizeof(int64) * (view.n - i), MCXT_ALLOC_HUGE);
	for (; i < view.n; i++)
	{
		int64		at = journey_view_at(&view, i);

		if ((plan.flags & RETENTION_HAS_AS_OF) && at > plan.as_of)
			break;
		if (is_return[journey_view_num(&view, i)])
			times[n++] = at;
	}
	PG_RETURN_DATUM(retention_answer(&plan, start, times, n));
}

Datum
journey_retention_calendar(PG_FUNCTION_ARGS)
{
	return journey_retention(fcinfo, false, false);
}

Datum
journey_retention_calendar_brackets(PG_FUNCTION_ARGS)
{
	return journey_retention(fcinfo, false, true);
}

Datum
journey_retention_rolling(PG_FUNCTION_ARGS)
{
	return journey_retention(fcinfo, true, false);
}

Datum
journey_retention_rolling_brackets(PG_FUNCTION_ARGS)
{
	return journey_retention(fcinfo, true, true);
}
