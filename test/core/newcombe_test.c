/*
 * newcombe_test.c
 *		Newcombe's intervals against published ones and against the equation
 *		they solve; quantiles of the normal distribution.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/newcombe.h"
#include "core/normal.h"
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
test_normal(void)
{
	/* from tables of the normal distribution */
	static const double known[][2] = {
		{0.25, 0.6744897501960817}, {0.1, 1.2815515655446004}, {0.05, 1.6448536269514722}, {0.025, 1.959963984540054},
		{0.005, 2.5758293035489004}, {0.0005, 3.2905267314918945}, {1e-9, 5.9978070150076865}
	};
	bool		good = true;

	for (int i = 0; i < (int) lengthof(known); i++)
		good &= fabs(normal_upper_quantile(known[i][0]) - known[i][1]) < 1e-13 * known[i][1];
	check(good, "quantiles are as in tables");
	good = true;
	for (double tail = 0.4999; tail > 1e-300; tail /= 1.3)
	{
		double		x = normal_upper_quantile(tail);

		good &= fabs(0.5 * erfc(x / sqrt(2)) / tail - 1) < 1e-12 * (1 + x * x);
	}
	check(good, "quantiles have their tails");
	check(fabs(normal_upper_quantile(0.5)) < 1e-15, "the quantile of one half is 0");
}

static void
test_newcombe(void)
{
	/* R. G. Newcombe 1998, table II, method 10 */
	static const double published[][6] = {
		{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090}, {6, 7, 2, 7, 0.0582, 0.8062}, {5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775}, {10, 10, 0, 20, 0.6791, 1}, {10, 10, 0, 10, 0.6075, 1}
	};
	bool		good = true;
	bool		solves = true;
	bool		agree = true;
	bool		mirrored = true;
	double		low;
	double		high;

	for (int i = 0; i < (int) lengthof(published); i++)
	{
		const double *p = published[i];

		newcombe_difference(p[0], p[1], p[2], p[3], WILSON_95, &low, &high);
		good &= fabs(low - p[4]) < 0.00005001 && fabs(high - p[5]) < 0.00005001;
	}
	check(good, "differences are as published");

	for (int x1 = 0; x1 <= 20; x1++)
	{
		for (int x2 = 0; x2 <= 13; x2++)
		{
			double		p1 = x1 / 20.0;
			double		p2 = x2 / 13.0;
			double		l1,
						u1,
						l2,
						u2,
						ratio_low,
						ratio_high,
						back_low,
						back_high;

			newcombe_difference(x1, 20, x2, 13, 1.6, &low, &high);
			newcombe_difference(x2, 13, x1, 20, 1.6, &back_low, &back_high);
			mirrored &= fabs(low + back_high) < 1e-15 && fabs(high + back_low) < 1e-15;
			if (x2 == 0)
				continue;
			wilson_interval(x1, 20, 1.6, &l1, &u1);
			wilson_interval(x2, 13, 1.6, &l2, &u2);
			newcombe_ratio(x1, 20, x2, 13, 1.6, &ratio_low, &ratio_high);
			/* p1 - r p2 has 0 at an end of its interval */
			solves &= fabs(p1 - ratio_low * p2 - hypot(p1 - l1, ratio_low * (u2 - p2))) < 1e-12 * (1 + ratio_low);
			solves &= fabs(p1 - ratio_high * p2 + hypot(u1 - p1, ratio_high * (p2 - l2))) < 1e-12 * (1 + ratio_high);
			solves &= ratio_low <= p1 / p2 && p1 / p2 <= ratio_high;
			agree &= (low > 0) == (ratio_low > 1) && (high < 0) == (ratio_high < 1);
		}
	}
	check(solves, "limits of the ratio solve their equation");
	check(agree, "the ratio excludes 1 when the difference excludes 0");
	check(mirrored, "exchanging the two turns the sign");
}

int
main(void)
{
	test_normal();
	test_newcombe();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
