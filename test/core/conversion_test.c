/*
 * conversion_test.c
 *		Cohorts, flows and curves against their definitions, taken literally.
 */
#include "postgres_fe.h"

#include <math.h>

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

#define MAX_ENTRANTS	40

/* The share that has converted by a time: at each time before it those at risk are counted anew. */
static double
share_as_defined(const int *stay, const bool *converted, int n, int64 time, double *greenwood)
{
	double		left = 1;

	*greenwood = 0;
	for (int t = 0; t <= time; t++)
	{
		int			at_risk = 0;
		int			events = 0;

		for (int i = 0; i < n; i++)
		{
			at_risk += stay[i] >= t;
			events += stay[i] == t && converted[i];
		}
		if (events > 0)
			left *= 1 - (double) events / at_risk;
		if (events > 0 && events < at_risk)
			*greenwood += events / ((double) at_risk * (at_risk - events));
	}
	return 1 - left;
}

static bool
curve_as_defined(void)
{
	int			n = draw(MAX_ENTRANTS + 1);
	int			stay[MAX_ENTRANTS];
	bool		converted[MAX_ENTRANTS];
	int64		until[MAX_ENTRANTS];
	int64		watched[MAX_ENTRANTS];
	SurvivalCell cells[MAX_ENTRANTS];
	SurvivalPoint points[MAX_ENTRANTS];
	int64		time[MAX_ENTRANTS];
	double		share[MAX_ENTRANTS];
	ConversionCurve curve = {.time = time,.share = share};
	int64		horizon = 0;
	double		greenwood;

	memset(cells, 0, sizeof(cells));
	for (int i = 0; i < n; i++)
	{
		until[i] = watched[i] = draw(12);
		stay[i] = draw(12);
		converted[i] = stay[i] <= until[i];
		if (!converted[i])
			stay[i] = (int) until[i];
		cells[i].time = stay[i];
		cells[i].events = converted[i];
		cells[i].censored = !converted[i];
	}
	conversion_curve(cells, watched, n, points, &curve);

	for (int t = 0; t < 12; t++)
	{
		int			enough = 0;

		for (int i = 0; i < n; i++)
			enough += until[i] >= t;
		if (n > 0 && enough * 20 >= n)
			horizon = t;
		if (fabs(conversion_share_by(&curve, t) - share_as_defined(stay, converted, n, t, &greenwood)) > 1e-12)
			return false;
	}
	if (n == 0)
		return curve.plateau == 0 && curve.greenwood == 0;
	return curve.horizon == horizon &&
		fabs(curve.plateau - share_as_defined(stay, converted, n, horizon, &greenwood)) < 1e-12 &&
		fabs(curve.greenwood - greenwood) < 1e-12;
}

int
main(void)
{
	bool		cohort = true;
	bool		flow = true;
	bool		curve = true;

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
	for (int round = 0; round < 20000; round++)
		curve &= curve_as_defined();
	check(flow, "flows are as defined");
	check(curve, "shares of those who have converted are as defined");
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
