/*
 * markov.c
 *		Absorbing Markov chains: where moves from stage to stage end, and when.
 *
 * With Q the moves among open states and R those to ends, N = (I - Q)^-1 holds
 * the expected visits and N R the probabilities of the ends.  N itself is
 * never formed: I - Q is factored once, with partial pivoting, and each answer
 * is one solution.
 *
 * J. G. Kemeny and J. L. Snell, "Finite Markov Chains" (1960), chapter 3; for
 * times that depend on the move, R. A. Howard, "Dynamic Probabilistic Systems"
 * II (1971), chapter 10.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/linear.h"
#include "core/markov.h"

#ifdef FRONTEND
#undef CHECK_FOR_INTERRUPTS
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif

#define AT(matrix, n, i, j)		((matrix)[(Size) (i) * (n) + (j)])

/*
 * Which states are open and lead to no end, however long?  Returns whether
 * there are any.  The queue is room for n numbers.
 */
bool
markov_stuck(const MarkovChain *chain, bool *stuck, int *queue)
{
	int			head = 0;
	int			tail = 0;

	/* backward from the ends */
	for (int i = 0; i < chain->n; i++)
	{
		stuck[i] = !chain->end[i];
		if (chain->end[i])
			queue[tail++] = i;
	}
	while (head < tail)
	{
		int			to = queue[head++];

		CHECK_FOR_INTERRUPTS();
		for (int from = 0; from < chain->n; from++)
		{
			if (stuck[from] && AT(chain->p, chain->n, from, to) > 0)
			{
				stuck[from] = false;
				queue[tail++] = from;
			}
		}
	}
	return tail < chain->n;
}

/*
 * Factors I - Q; the arrays of the solver have room for n and n x n numbers.
 * False when a pivot vanishes, which no chain without stuck states should make
 * happen, but for rounding.
 */
bool
markov_factor(const MarkovChain *chain, MarkovSolver *solver)
{
	int			n = 0;
	double	   *lu = solver->lu;

	for (int i = 0; i < chain->n; i++)
	{
		if (!chain->end[i])
			solver->state[n++] = i;
	}
	solver->n = n;
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
			AT(lu, n, i, j) = (i == j) - AT(chain->p, chain->n, solver->state[i], solver->state[j]);
	}
	return linear_factor(lu, n, solver->pivot);
}

/* Solves (I - Q) y = x, in place; one number for each open state. */
void
markov_solve(const MarkovSolver *solver, double *x)
{
	linear_solve(solver->lu, solver->pivot, solver->n, x);
}

/* The probability of each open state to end in one state. */
void
markov_absorption(const MarkovChain *chain, const MarkovSolver *solver, int end, double *probability)
{
	for (int i = 0; i < solver->n; i++)
		probability[i] = AT(chain->p, chain->n, solver->state[i], end);
	markov_solve(solver, probability);
	for (int i = 0; i < solver->n; i++)
		probability[i] = Max(0, Min(1, probability[i]));
}

/*
 * The mean of the time to the end, and of its square, each summed over the
 * chains that end in one state and weighted with their probability; so they
 * are to be divided by that.  With end -1: over all ends, and there is no
 * probability.
 *
 * With D the time before a move, T what comes after it and w the probability
 * to end there: the mean of (D + T) is p (D w + mean T), and the square
 * likewise.
 */
void
markov_time(const MarkovChain *chain, const MarkovSolver *solver, int end, const double *probability,
			double *mean, double *square)
{
	for (int step = 1; step <= 2; step++)
	{
		double	   *result = step == 1 ? mean : square;

		for (int i = 0; i < solver->n; i++)
		{
			int			from = solver->state[i];
			double		sum = 0;
			int			open = 0;

			CHECK_FOR_INTERRUPTS();
			for (int to = 0; to < chain->n; to++)
			{
				double		p = AT(chain->p, chain->n, from, to);
				bool		is_end = chain->end[to];
				int			k = is_end ? -1 : open++;
				double		weight;

				if (p == 0)
					continue;
				weight = end < 0 ? 1 : is_end ? to == end : probability[k];
				if (step == 1)
					sum += p * AT(chain->mean, chain->n, from, to) * weight;
				else
					sum += p * (AT(chain->square, chain->n, from, to) * weight +
								(is_end ? 0 : 2 * AT(chain->mean, chain->n, from, to) * mean[k]));
			}
			result[i] = sum;
		}
		markov_solve(solver, result);
	}
}
