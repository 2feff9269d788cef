/*
 * conversion.c
 *		From one step to the next: cohorts and flows of one journey, and how
 *		the conversions of many are spread over time.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <math.h>

#include "core/conversion.h"

/* Entries between two looks at whether somebody has cancelled. */
#define LOOK_EVERY		65536

/*
 * Each step as it was visited.  Backwards, so that what has been seen is what
 * comes at or after the present entry; entries of one time are seen together,
 * since none of them comes before the others.
 */
static void
cohort_strict(const int *steps, const int64 *at, uint32 n, int nsteps, int target,
			  int64 *entered, int64 *converted, int64 *seen)
{
	uint32		end = n;

	while (end > 0)
	{
		uint32		start = end - 1;

		if (start % LOOK_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		while (start > 0 && at[start - 1] == at[end - 1])
			start--;
		for (uint32 i = start; i < end; i++)
		{
			if (steps[i] >= 0)
				seen[steps[i]] = at[i];
		}
		for (uint32 i = start; i < end; i++)
		{
			int			k = steps[i];
			int			to = target >= 0 ? target : k + 1;

			if (k < 0 || k >= to || to >= nsteps)
				continue;
			entered[k] = at[i];
			converted[k] = seen[to];
		}
		end = start;
	}
}

/* Each step from the first entry of it or of a later one. */
static void
cohort_implied(const int *steps, const int64 *at, uint32 n, int nsteps, int target,
			   int64 *entered, int64 *converted, int64 *seen)
{
	int			reached = 0;

	for (uint32 i = 0; i < n && reached < nsteps; i++)
	{
		if (i % LOOK_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		while (reached <= steps[i])
			seen[reached++] = at[i];
	}
	for (int k = 0; k < nsteps; k++)
	{
		int			to = target >= 0 ? target : k + 1;

		if (k >= to || to >= nsteps)
			break;
		entered[k] = seen[k];
		converted[k] = seen[to];
	}
}

void
conversion_cohort(const int *steps, const int64 *at, uint32 n, int nsteps, bool implied, int target,
				  int64 *entered, int64 *converted, int64 *seen)
{
	for (int k = 0; k < nsteps; k++)
		entered[k] = converted[k] = seen[k] = CONVERSION_NEVER;
	if (implied)
		cohort_implied(steps, at, n, nsteps, target, entered, converted, seen);
	else
		cohort_strict(steps, at, n, nsteps, target, entered, converted, seen);
}

void
conversion_flow_init(ConversionFlow *flow, const int *steps, uint32 n, int nsteps, bool implied)
{
	flow->steps = steps;
	flow->n = n;
	flow->nsteps = nsteps;
	flow->implied = implied;
	flow->entry = 0;
	flow->next = -1;
}

/*
 * The next move out of a step that has a next one.  An entry of the step that
 * the journey is in already is no move.
 *
 * With "implied" an entry of a later step passes all steps between, each as a
 * conversion; where the journey came from no step (its beginning included) it
 * passes all steps before.
 */
bool
conversion_flow_next(ConversionFlow *flow, ConversionMove *move)
{
	for (; flow->entry < flow->n; flow->entry++, flow->next = -1)
	{
		uint32		i = flow->entry;
		int			from = i == 0 ? -1 : flow->steps[i - 1];
		int			to = flow->steps[i];

		if (i % LOOK_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (from == to)
			continue;
		move->entry = i;
		if (flow->implied && to > from)
		{
			if (flow->next < 0)
				flow->next = Max(from, 0);
			if (flow->next >= to)
				continue;
			move->step = flow->next++;
			move->converted = true;
			return true;
		}
		if (from < 0 || from >= flow->nsteps - 1)
			continue;
		move->step = from;
		move->converted = to == from + 1;
		flow->entry++;
		flow->next = -1;
		return true;
	}
	return false;
}

/* ---------------------------------------------------------------- the curve of many */

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

void
conversion_curve(SurvivalCell *cells, int64 *watched, uint32 n, SurvivalPoint *points, ConversionCurve *curve)
{
	uint32		ncells = n;
	uint32		npoints;
	uint32		enough;

	curve->n = 0;
	curve->plateau = curve->greenwood = 0;
	curve->horizon = 0;
	if (n == 0)
		return;

	/* the longest time for which the fewest that are enough were watched */
	sort_times(watched, n);
	enough = (uint32) ceil(0.05 * n);
	curve->horizon = watched[n - enough];

	/* one for each entrant, so that no sum overflows */
	(void) survival_compact(cells, &ncells);
	npoints = survival_points(cells, ncells, points);
	for (uint32 i = 0; i < npoints; i++)
	{
		if (points[i].events == 0)
			continue;
		curve->time[curve->n] = points[i].time;
		curve->share[curve->n] = 1 - points[i].survival;
		if (points[i].time <= curve->horizon)
		{
			curve->plateau = curve->share[curve->n];
			curve->greenwood = points[i].log_error * points[i].log_error;
		}
		curve->n++;
	}
}

/* The share that has converted by a time. */
double
conversion_share_by(const ConversionCurve *curve, int64 time)
{
	uint32		low = 0;
	uint32		high = curve->n;

	/* how many of its times are not later */
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (curve->time[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? 0 : curve->share[low - 1];
}
