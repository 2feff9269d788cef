/*
 * linear_test.c
 *		Solutions of random systems, put back into them.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/linear.h"

#define MAX_N	12

static uint64 seed = 88172645463325252;

static int
draw(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int) (seed % n);
}

int
main(void)
{
	bool		solved = true;
	bool		found = true;

	for (int round = 0; round < 20000; round++)
	{
		int			n = draw(MAX_N + 1);
		double		a[MAX_N * MAX_N];
		double		factors[MAX_N * MAX_N];
		double		x[MAX_N];
		double		right[MAX_N];
		int			pivot[MAX_N];

		/* zeros on the diagonal, too, which only an exchange of rows gets by */
		for (int i = 0; i < n * n; i++)
			a[i] = draw(3) == 0 ? 0 : draw(2000) / 1000.0 - 1;
		for (int i = 0; i < n; i++)
			right[i] = x[i] = draw(2000) / 1000.0 - 1;
		memcpy(factors, a, sizeof(a));
		if (!linear_factor(factors, n, pivot))
			continue;
		linear_solve(factors, pivot, n, x);
		for (int i = 0; i < n; i++)
		{
			double		sum = -right[i];
			double		size = 1;

			/* as much as rounding may leave: no number of the matrix is greater than 1 */
			for (int j = 0; j < n; j++)
			{
				sum += a[i * n + j] * x[j];
				size += fabs(x[j]);
			}
			if (!(fabs(sum) <= 1e-12 * size))
				solved = false;
		}
		/* rows of zeros */
		if (n >= 2)
		{
			memcpy(factors, a, sizeof(a));
			memset(factors + n, 0, sizeof(double) * n);
			memcpy(factors, factors + n, sizeof(double) * n);
			found &= !linear_factor(factors, n, pivot);
			linear_solve(factors, pivot, n, x);
			for (int i = 0; i < n; i++)
				found &= !isnan(x[i]);
		}
	}
	printf("%s 1 - solutions solve\n", solved ? "ok" : "not ok");
	printf("%s 2 - what has no single solution is found\n", found ? "ok" : "not ok");
	printf("1..2\n");
	return solved && found ? 0 : 1;
}
