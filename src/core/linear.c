/*
 * linear.c
 *		Dense systems of linear equations: triangles by elimination with
 *		partial pivoting, once for any number of right sides.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <math.h>

#include "core/linear.h"

#define AT(matrix, n, i, j)		((matrix)[(Size) (i) * (n) + (j)])

bool
linear_factor(double *a, int n, int *pivots)
{
	bool		regular = true;

	for (int k = 0; k < n; k++)
	{
		int			pivot = k;

		CHECK_FOR_INTERRUPTS();
		for (int i = k + 1; i < n; i++)
		{
			if (fabs(AT(a, n, i, k)) > fabs(AT(a, n, pivot, k)))
				pivot = i;
		}
		pivots[k] = pivot;
		if (fabs(AT(a, n, pivot, k)) < 1e-300)
		{
			pivots[k] = k;
			for (int i = k; i < n; i++)
				AT(a, n, i, k) = 0;
			regular = false;
			continue;
		}
		if (pivot != k)
		{
			for (int j = 0; j < n; j++)
			{
				double		swap = AT(a, n, k, j);

				AT(a, n, k, j) = AT(a, n, pivot, j);
				AT(a, n, pivot, j) = swap;
			}
		}
		for (int i = k + 1; i < n; i++)
		{
			double		factor = AT(a, n, i, k) / AT(a, n, k, k);

			AT(a, n, i, k) = factor;
			if (factor == 0)
				continue;
			for (int j = k + 1; j < n; j++)
				AT(a, n, i, j) -= factor * AT(a, n, k, j);
		}
	}
	return regular;
}

void
linear_solve(const double *factors, const int *pivot, int n, double *x)
{
	/* whole rows were exchanged, so all exchanges come first */
	for (int k = 0; k < n; k++)
	{
		double		swap = x[k];

		x[k] = x[pivot[k]];
		x[pivot[k]] = swap;
	}
	for (int i = 1; i < n; i++)
	{
		for (int j = 0; j < i; j++)
			x[i] -= AT(factors, n, i, j) * x[j];
	}
	for (int i = n; i-- > 0;)
	{
		for (int j = i + 1; j < n; j++)
			x[i] -= AT(factors, n, i, j) * x[j];
		x[i] = AT(factors, n, i, i) == 0 ? 0 : x[i] / AT(factors, n, i, i);
	}
}
