/*
 * conversion_test.c
 *		Cohorts and flows against their definitions, taken literally.
 */
#include "postgres_fe.h"

#include "core/conversion.h"
#include "rounds.h"

#define MAX_ENTRIES	9
#define MAX_STEPS	4

static int	tests;
static int	failed;
static uint64 seed = 88172645463325252;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static int
draw(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int) (seed % n);
}

static bool
counts_as(int step, int k, bool implied)
{
	return step == k || (implied && step > k);
}

/* The first time of an entry that counts as step k, not before "from". */
static int64
first_time(const int *steps, const int64 *at, int n, int k, bool implied, int64 from)
{
	int64		first = CONVERSION_NEVER;

	for (int i = 0; i < n; i++)
	{
		if (counts_as(steps[i], k, implied) && at[i] >= from && at[i] < first)
			first = at[i];
	}
	return first;
}

static bool
cohort_as_defined(const int *steps, const int64 *at, int n, int nsteps, bool implied, int target)
{
	int64		entered[MAX_STEPS];
	int64		converted[MAX_STEPS];
	int64		seen[MAX_STEPS];

	conversion_cohort(steps, at, n, nsteps, implied, target, entered, converted, seen);
	for (int k = 0; k < nsteps; k++)
	{
		int			to = target >= 0 ? target : k + 1;
		int64		first = CONVERSION_NEVER;
		int64		then = CONVERSION_NEVER;

		if (k < to && to < nsteps)
			first = first_time(steps, at, n, k, implied, PG_INT64_MIN);
		if (first != CONVERSION_NEVER)
			then = first_time(steps, at, n, to, implied, first);
		if (entered[k] != first || converted[k] != then)
			return false;
	}
	return true;
}

static bool
flow_as_defined(const int *steps, int n, int nsteps, bool implied)
{
	ConversionFlow flow;
	ConversionMove move;
	bool		more;

	conversion_flow_init(&flow, steps, n, nsteps, implied);
	more = conversion_flow_next(&flow, &move);
	for (int i = 0; i < n; i++)
	{
		int			from = i == 0 ? -1 : steps[i - 1];
		int			to = steps[i];

		for (int k = 0; k < nsteps - 1; k++)
		{
			bool		up = implied ? from <= k && to > k : from == k && to == k + 1;
			bool		out = from == k && to != k && !up && (!implied || to < k);

			if (!up && !out)
				continue;
			if (!more || move.step != k || move.entry != (uint32) i || move.converted != up)
				return false;
			more = conversion_flow_next(&flow, &move);
		}
	}
	/* and it stays at its end */
	return !more && !conversion_flow_next(&flow, &move);
}

int
main(void)
{
	bool		cohort = true;
	bool		flow = true;

	for (int round = 0; round < rounds_of(200000); round++)
	{
		int			n = draw(MAX_ENTRIES + 1);
		int			nsteps = 2 + draw(MAX_STEPS - 1);
		int			steps[MAX_ENTRIES];
		int64		at[MAX_ENTRIES];

		for (int i = 0; i < n; i++)
		{
			steps[i] = draw(nsteps + 1) - 1;
			/* ties, and the ends of time */
			at[i] = i == 0 ? (draw(20) == 0 ? PG_INT64_MIN : draw(5)) : at[i - 1] + draw(3);
		}
		for (int implied = 0; implied < 2; implied++)
		{
			cohort &= cohort_as_defined(steps, at, n, nsteps, implied, -1);
			cohort &= cohort_as_defined(steps, at, n, nsteps, implied, 1 + draw(nsteps - 1));
			flow &= flow_as_defined(steps, n, nsteps, implied);
		}
	}
	check(cohort, "cohorts are as defined");
	check(flow, "flows are as defined");
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
