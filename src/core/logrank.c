/*
 * logrank.c
 *		The log-rank test of groups, from counts per distinct time.
 *
 * At each time with events the number of them in each group, given all
 * margins, is hypergeometric if the groups do not differ.  The differences of
 * observed and expected numbers, summed over the times, are set against their
 * covariance.
 *
 * N. Mantel, "Evaluation of survival data and two new rank order statistics
 * arising in its consideration", Cancer Chemotherapy Reports 50 (1966).
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <math.h>

#include "core/logrank.h"

#ifdef FRONTEND
#undef CHECK_FOR_INTERRUPTS
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif

/*
 * Observed and expected numbers of events of each group, and the covariance of
 * the differences (ngroups x ngroups).  Labels 1 and up are the groups; risk
 * is room for as many numbers.
 */
void
logrank_counts(const SurvivalCell *cells, uint32 ncells, int ngroups, int64 *risk,
			   int64 *observed, double *expected, double *variance)
{
	int64		at_risk = 0;

	memset(risk, 0, sizeof(int64) * ngroups);
	memset(observed, 0, sizeof(int64) * ngroups);
	memset(expected, 0, sizeof(double) * ngroups);
	memset(variance, 0, sizeof(double) * ngroups * ngroups);
	for (uint32 i = 0; i < ncells; i++)
	{
		risk[cells[i].label - 1] += cells[i].events + cells[i].censored - cells[i].entered;
		observed[cells[i].label - 1] += cells[i].events;
	}
	for (int g = 0; g < ngroups; g++)
		at_risk += risk[g];

	for (uint32 i = 0; i < ncells;)
	{
		uint32		last = i;
		int64		events = 0;

		CHECK_FOR_INTERRUPTS();
		for (; last < ncells && cells[last].time == cells[i].time; last++)
			events += cells[last].events;
		if (events > 0)
		{
			double		n = (double) at_risk;
			double		factor = at_risk > 1 ? (double) events * (double) (at_risk - events) / (double) (at_risk - 1) : 0;

			for (int g = 0; g < ngroups; g++)
			{
				double		share = (double) risk[g] / n;

				if (risk[g] == 0)
					continue;
				expected[g] += (double) events * share;
				variance[(Size) g * ngroups + g] += factor * share * (1 - share);
				for (int h = 0; h < g; h++)
					variance[(Size) g * ngroups + h] -= factor * share * ((double) risk[h] / n);
			}
		}
		for (; i < last; i++)
		{
			int64		change = cells[i].entered - cells[i].events - cells[i].censored;

			risk[cells[i].label - 1] += change;
			at_risk += change;
		}
	}
	for (int g = 0; g < ngroups; g++)
	{
		for (int h = 0; h < g; h++)
			variance[(Size) h * ngroups + g] = variance[(Size) g * ngroups + h];
	}
}

/*
 * The statistic, and its degrees of freedom: the rank of the covariance, which
 * is one less than the number of groups when each of them was ever at risk
 * together with others.  Groups that cannot be compared take none.  Destroys
 * the covariance; difference is room for a number of each group.
 *
 * The covariance V is symmetric and has no negative eigenvalue, and the
 * differences d lie in its range, so d' V^- d comes from eliminating with the
 * greatest diagonal element as pivot until nothing is left.
 */
int
logrank_statistic(int ngroups, const int64 *observed, const double *expected,
				  double *variance, double *difference, double *chi_square)
{
	double		greatest = 0;
	int			rank = 0;

	*chi_square = 0;
	for (int g = 0; g < ngroups; g++)
	{
		difference[g] = (double) observed[g] - expected[g];
		greatest = Max(greatest, variance[(Size) g * ngroups + g]);
	}
	for (;;)
	{
		int			pivot = -1;
		double		most = greatest * 1e-10;

		CHECK_FOR_INTERRUPTS();
		for (int g = 0; g < ngroups; g++)
		{
			if (variance[(Size) g * ngroups + g] > most)
			{
				most = variance[(Size) g * ngroups + g];
				pivot = g;
			}
		}
		if (pivot < 0)
			return rank;
		rank++;
		*chi_square += difference[pivot] * difference[pivot] / most;
		for (int g = 0; g < ngroups; g++)
		{
			double		factor = variance[(Size) g * ngroups + pivot] / most;

			if (g == pivot || factor == 0)
				continue;
			difference[g] -= factor * difference[pivot];
			for (int h = 0; h < ngroups; h++)
			{
				if (h != pivot)
					variance[(Size) g * ngroups + h] -= factor * variance[(Size) pivot * ngroups + h];
			}
		}
		for (int g = 0; g < ngroups; g++)
			variance[(Size) g * ngroups + pivot] = variance[(Size) pivot * ngroups + g] = 0;
	}
}

/* Probability of a chi-square with so many degrees of freedom, 1 or more, to be greater than x: a finite sum. */
double
chi_square_tail(double x, int df)
{
	double		half = x / 2;
	double		tail;
	double		term;			/* its logarithm */

	if (x <= 0)
		return 1;
	if (df % 2 == 0)
	{
		tail = exp(-half);
		term = -half;
		for (int i = 1; i < df / 2; i++)
		{
			term += log(half / i);
			tail += exp(term);
		}
	}
	else
	{
		tail = erfc(sqrt(half));
		term = -half + 0.5 * log(half) - lgamma(1.5);
		for (int i = 1; i <= (df - 1) / 2; i++)
		{
			if (i > 1)
				term += log(half / (i - 0.5));
			tail += exp(term);
		}
	}
	return Min(tail, 1);
}
