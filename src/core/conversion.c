/*
 * conversion.c
 *		From one step to the next: cohorts and flows of one journey.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

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
