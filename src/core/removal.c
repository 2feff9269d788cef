/*
 * removal.c
 *		Removal effects of an absorbing Markov chain, by solving it.
 *
 * Paths begin in state 0, move with the probabilities that were counted, and
 * end converted or lost.  To remove a channel is to lose every path at the
 * moment it would move to that channel.  With N = (I - Q)^-1, the expected
 * visits, and h = N r, the probability to convert from each state:
 *
 *		F = N[0, C] N[C, C]^-1		where a path first meets the states C of the channel
 *		effect = F h[C] / h[0]
 *
 * since what is lost without C is what converts after it has met C.  Thus one
 * inverse serves all channels; they need a small system each, of one equation
 * for a chain of order 1.
 *
 * I - Q is an M-matrix with dominant diagonal, so that its inversion needs no
 * pivots; the diagonal 1 - q is taken from counts, not from a difference of
 * near numbers.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"
#include "miscadmin.h"
#endif

#include "core/linear.h"
#include "core/removal.h"

/* Pivots that are done together, and columns that are, so that what is read again and again stays in the cache. */
#define BLOCK			16
#define STRIP			256

/* Inverts the m x m matrix at a, whose rows are n apart, in place. */
static void
invert_block(double *a, int n, int m)
{
	for (int k = 0; k < m; k++)
	{
		double	   *pivot_row = a + (Size) k * n;
		double		pivot = pivot_row[k];

		pivot_row[k] = 1;
		for (int j = 0; j < m; j++)
			pivot_row[j] /= pivot;
		for (int i = 0; i < m; i++)
		{
			double	   *row = a + (Size) i * n;
			double		factor = row[k];

			if (i == k)
				continue;
			row[k] = 0;
			for (int j = 0; j < m; j++)
				row[j] -= factor * pivot_row[j];
		}
	}
}

/*
 * In columns from .. to - 1, subtracts up to four rows, which are n apart, each
 * times its factor.
 */
static void
subtract_rows(double *row, const double *factor, const double *rows, int n, int count, int from, int to)
{
	if (count == 4 && factor[0] != 0 && factor[1] != 0 && factor[2] != 0 && factor[3] != 0)
	{
		const double *second = rows + n;
		const double *third = second + n;
		const double *fourth = third + n;
		double		f0 = factor[0];
		double		f1 = factor[1];
		double		f2 = factor[2];
		double		f3 = factor[3];

		for (int j = from; j < to; j++)
			row[j] -= (f0 * rows[j] + f1 * second[j]) + (f2 * third[j] + f3 * fourth[j]);
		return;
	}
	for (int r = 0; r < count; r++, rows += n)
	{
		double		f = factor[r];

		if (f == 0)
			continue;
		for (int j = from; j < to; j++)
			row[j] -= f * rows[j];
	}
}

/*
 * Inverts a matrix in place, by Gauss-Jordan elimination with blocks for
 * pivots.  With K the rows and columns of a block, D = A[K, K]^-1, and I and J
 * all others:
 *
 *		A[K, K] = D,  A[K, J] = D A[K, J],  A[I, J] -= A[I, K] A[K, J],  A[I, K] = -A[I, K] D
 */
static void
invert(double *a, int n)
{
	double		old[BLOCK];

	for (int k = 0; k < n; k += BLOCK)
	{
		int			m = Min(BLOCK, n - k);
		double	   *d = a + (Size) k * n + k;

		CHECK_FOR_INTERRUPTS();
		invert_block(d, n, m);
		for (int j = 0; j < n; j++)
		{
			if (j == k)
				j += m;
			if (j >= n)
				break;
			for (int r = 0; r < m; r++)
				old[r] = a[(Size) (k + r) * n + j];
			for (int r = 0; r < m; r++)
			{
				double		sum = 0;

				for (int c = 0; c < m; c++)
					sum += d[(Size) r * n + c] * old[c];
				a[(Size) (k + r) * n + j] = sum;
			}
		}
		for (int from = 0; from < n; from += STRIP)
		{
			int			to = Min(from + STRIP, n);

			for (int i = 0; i < n; i++)
			{
				double	   *row;

				if (i == k)
					i += m;
				if (i >= n)
					break;
				row = a + (Size) i * n;
				/* the columns of the block itself wait for the end */
				for (int r = 0; r < m; r += 4)
				{
					subtract_rows(row, row + k + r, a + (Size) (k + r) * n, n, Min(m - r, 4), from, Min(to, k));
					subtract_rows(row, row + k + r, a + (Size) (k + r) * n, n, Min(m - r, 4), Max(from, k + m), to);
				}
			}
		}
		for (int i = 0; i < n; i++)
		{
			double	   *row;

			if (i == k)
				i += m;
			if (i >= n)
				break;
			row = a + (Size) i * n + k;
			memcpy(old, row, sizeof(double) * m);
			for (int c = 0; c < m; c++)
			{
				double		sum = 0;

				for (int r = 0; r < m; r++)
					sum += old[r] * d[(Size) r * n + c];
				row[c] = -sum;
			}
		}
	}
}

/* A probability in spite of rounding. */
static double
clamp(double share)
{
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

void
removal_effects(RemovalChain *chain, double *effect, double *value_effect)
{
	int			n = chain->nstates;
	double	   *a = chain->moves;
	double	   *rate = palloc(sizeof(double) * n);	/* probability to convert from each state */
	double	   *worth = palloc(sizeof(double) * n); /* value to expect from each state */
	int		   *members = palloc(sizeof(int) * n);
	int		   *begin = palloc0(sizeof(int) * (chain->nchannels + 2));

	/* I - Q, and what one visit of each state converts at once */
	for (int i = 0; i < n; i++)
	{
		double	   *row = a + (Size) i * n;
		double		self = row[i];
		double		leaves = chain->converted[i] + chain->lost[i];

		for (int j = 0; j < n; j++)
			leaves += j == i ? 0 : row[j];
		for (int j = 0; j < n; j++)
			row[j] = j == i ? (leaves > 0 ? leaves / (leaves + self) : 1) : row[j] == 0 ? 0 : -row[j] / (leaves + self);
		if (leaves > 0)
		{
			chain->converted[i] /= leaves + self;
			chain->value[i] /= leaves + self;
		}
	}
	invert(a, n);
	for (int i = 0; i < n; i++)
	{
		rate[i] = worth[i] = 0;
		for (int j = 0; j < n; j++)
		{
			rate[i] += a[(Size) i * n + j] * chain->converted[j];
			worth[i] += a[(Size) i * n + j] * chain->value[j];
		}
	}

	/* the states of each channel, together */
	for (int i = 1; i < n; i++)
		begin[chain->channel[i] + 2]++;
	for (int c = 0; c <= chain->nchannels; c++)
		begin[c + 1] += begin[c];
	for (int i = 1; i < n; i++)
		members[begin[chain->channel[i] + 1]++] = i;

	for (int c = 0; c < chain->nchannels; c++)
	{
		const int  *state = members + begin[c];
		int			m = begin[c + 1] - begin[c];
		double	   *visits = palloc(sizeof(double) * Max((Size) m * m, 1));
		double	   *first = palloc(sizeof(double) * Max(m, 1));
		int		   *pivot = palloc(sizeof(int) * Max(m, 1));
		double		lost = 0;
		double		lost_value = 0;

		for (int i = 0; i < m; i++)
		{
			/* F stands on the left, so that the columns are the equations */
			first[i] = a[state[i]];
			for (int j = 0; j < m; j++)
				visits[(Size) j * m + i] = a[(Size) state[i] * n + state[j]];
		}
		/* a state that paths never come to from the others has no part in F */
		(void) linear_factor(visits, m, pivot);
		linear_solve(visits, pivot, m, first);
		for (int i = 0; i < m; i++)
		{
			lost += first[i] * rate[state[i]];
			lost_value += first[i] * worth[state[i]];
		}
		effect[c] = rate[0] > 0 ? clamp(lost / rate[0]) : 0;
		value_effect[c] = worth[0] > 0 ? clamp(lost_value / worth[0]) : 0;
		pfree(visits);
		pfree(first);
		pfree(pivot);
	}
	pfree(rate);
	pfree(worth);
	pfree(members);
	pfree(begin);
}
