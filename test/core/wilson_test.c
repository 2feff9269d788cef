/*
 * wilson_test.c
 *		The Wilson interval against the equation it solves.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/wilson.h"

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static void
test_wilson(void)
{
	bool		good = true;
	double		low;
	double		high;

	/* the limits are where the distance to the share is z standard errors of the limit itself */
	for (int n = 1; n < 400; n += 7)
	{
		for (int x = 0; x <= n; x++)
		{
			double		p = (double) x / n;

			wilson_interval(x, n, WILSON_95, &low, &high);
			good &= low >= 0 && low <= p && p <= high && high <= 1;
			good &= fabs(pow(p - low, 2) - WILSON_95 * WILSON_95 * low * (1 - low) / n) < 1e-12;
			good &= fabs(pow(high - p, 2) - WILSON_95 * WILSON_95 * high * (1 - high) / n) < 1e-12;
		}
	}
	check(good, "the Wilson interval solves its equation");
	wilson_interval(15, 100, WILSON_95, &low, &high);
	check(fabs(low - 0.0931) < 0.00005 && fabs(high - 0.2328) < 0.00005, "15 of 100 is 9.31 % to 23.28 %");
}

int
main(void)
{
	test_wilson();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
