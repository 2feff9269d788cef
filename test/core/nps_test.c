/*
 * nps_test.c
 *		The interval of the Net Promoter Score against published and plain
 *		calculations.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/nps.h"

#define Z95		1.959963984540054

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

int
main(void)
{
	NpsEstimate a;
	NpsEstimate b;
	double		low;
	double		high;
	double		z;
	double		p;
	bool		good = true;

	nps_estimate(50, 20, 100, &a);
	nps_limits(&a, Z95, &low, &high);
	check(fabs(100 * a.centre - 29.126) < 5e-4 && fabs(low - 14.051) < 5e-4 && fabs(high - 44.201) < 5e-4,
		  "50 promoters and 20 detractors of 100");

	/* the variance of answers that are 1, 0 and -1, from their definition */
	for (int n = 1; n < 60; n++)
	{
		for (int up = 0; up <= n; up++)
		{
			for (int down = 0; up + down <= n; down++)
			{
				double		total = n + 3.0;
				double		mean = (up - down) / total;
				double		variance = ((up + 0.75) * pow(1 - mean, 2) + (down + 0.75) * pow(-1 - mean, 2) +
										(n - up - down + 1.5) * pow(mean, 2)) / total;

				nps_estimate(up, down, n, &a);
				good &= fabs(a.centre - mean) < 1e-12 && fabs(a.error - sqrt(variance / total)) < 1e-12;
				nps_limits(&a, Z95, &low, &high);
				good &= low >= -100 && low < high && high <= 100;
			}
		}
	}
	check(good, "centre and error are those of the answers as numbers");

	/* a score against itself, and with both changed round */
	nps_estimate(50, 20, 100, &a);
	nps_compare(&a, &a, Z95, &low, &high, &z, &p);
	check(z == 0 && p == 1 && fabs(low + high) < 1e-12, "no difference");
	nps_estimate(30, 40, 90, &b);
	{
		double		low2;
		double		high2;
		double		z2;
		double		p2;

		nps_compare(&a, &b, Z95, &low, &high, &z, &p);
		nps_compare(&b, &a, Z95, &low2, &high2, &z2, &p2);
		check(z == -z2 && p == p2 && low == -high2 && high == -low2, "the other way round");
		check((p < 0.05) == (low > 0), "the test agrees with the interval");
		nps_compare(&a, &b, z, &low, &high, &z2, &p2);
		check(fabs(low) < 1e-12, "the interval of level 1 - p ends at no difference");
	}
	printf("1..%d\n", tests);
	return failed > 0;
}
