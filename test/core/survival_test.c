/*
 * survival_test.c
 *		Curves and tests from counts against sums over the spells one by one.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/logrank.h"
#include "core/survival.h"
#include "rounds.h"

static int	tests = 0;

static void
ok(bool success, const char *what)
{
	printf("%sok %d - %s\n", success ? "" : "not ", ++tests, what);
}

static uint64 state = UINT64CONST(88172645463325252);

/* xorshift, so that every run sees the same values */
static int
random_below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int) (state % n);
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-10 * Max(1, fabs(b));
}

#define MAX_SPELLS	60
#define CAUSES		3

typedef struct Spell
{
	int			entered;		/* -1: from the beginning */
	int			exit;
	int			cause;			/* 0: censored */
} Spell;

static Spell spells[MAX_SPELLS];
static int	nspells;

static void
make_spells(bool late)
{
	nspells = 1 + random_below(MAX_SPELLS);
	for (int i = 0; i < nspells; i++)
	{
		spells[i].entered = late && random_below(2) ? 1 + random_below(6) : -1;
		spells[i].exit = Max(spells[i].entered + 1, 0) + random_below(12);
		spells[i].cause = random_below(CAUSES + 1);
	}
}

/* The cells of the spells, in disorder, with the label that a mode gives them. */
static uint32
make_cells(SurvivalCell *cells, int mode)
{
	uint32		n = 0;

	for (int i = 0; i < nspells; i++)
	{
		uint32		group = mode == 2 ? i % 3 + 1 : 0;

		if (spells[i].entered > 0)
		{
			memset(&cells[n], 0, sizeof(SurvivalCell));
			cells[n].time = spells[i].entered;
			cells[n].label = group;
			cells[n++].entered = 1;
		}
		memset(&cells[n], 0, sizeof(SurvivalCell));
		cells[n].time = spells[i].exit;
		cells[n].label = mode == 1 ? (uint32) spells[i].cause : group;
		cells[n].events = spells[i].cause > 0;
		cells[n++].censored = spells[i].cause == 0;
	}
	return n;
}

/* Who is at risk at a time, of a group or (-1) of all. */
static int
at_risk(int time, int group)
{
	int			n = 0;

	for (int i = 0; i < nspells; i++)
		n += spells[i].entered < time && spells[i].exit >= time && (group < 0 || i % 3 == group);
	return n;
}

/* What ends at a time by a cause, or (-1) by any. */
static int
ends(int time, int cause, int group)
{
	int			n = 0;

	for (int i = 0; i < nspells; i++)
		n += spells[i].exit == time && (cause < 0 ? spells[i].cause > 0 : spells[i].cause == cause) && (group < 0 || i % 3 == group);
	return n;
}

int
main(void)
{
	static SurvivalCell cells[MAX_SPELLS * 2];
	static SurvivalPoint points[MAX_SPELLS * 2];
	bool		order = true;
	bool		possible = true;
	bool		curve = true;
	bool		greenwood = true;
	bool		incidence = true;
	bool		one_cause = true;
	bool		rank = true;
	bool		two = true;
	double		low;
	double		high;
	uint32		first;
	uint32		second;

	for (int round = 0; round < rounds_of(3000); round++)
	{
		uint32		n;
		uint32		npoints;
		double		survival = 1;
		double		sum = 0;
		SurvivalRisk risk;
		SurvivalIncidence inc;
		double		room[3 * CAUSES];
		double		f[CAUSES + 1] = {0};
		int64		risks[3];
		int64		observed[3];
		double		expected[3];
		double		variance[9];
		double		room3[3];
		double		chi_square;
		int			df;

		make_spells(round % 2 == 1);

		n = make_cells(cells, 0);
		order &= survival_compact(cells, &n);
		for (uint32 i = 1; i < n; i++)
			order &= cells[i - 1].time < cells[i].time;
		possible &= survival_possible(cells, n, 0);
		npoints = survival_points(cells, n, points);
		for (uint32 i = 0; i < npoints; i++)
		{
			int			t = (int) points[i].time;
			int			r = at_risk(t, -1);
			int			d = ends(t, -1, -1);

			survival *= 1 - (double) d / r;
			if (r > d)
				sum += (double) d / ((double) r * (r - d));
			curve &= points[i].at_risk == r && points[i].events == d && points[i].censored == ends(t, 0, -1) &&
				(i == 0 || t > points[i - 1].time) && near(points[i].survival, survival);
			curve &= d + ends(t, 0, -1) > 0;
			greenwood &= near(points[i].log_error, sqrt(sum));
			/* what has entered since the last point explains who is at risk */
			if (i > 0)
				curve &= points[i].at_risk == points[i - 1].at_risk - points[i - 1].events - points[i - 1].censored + points[i].entered;
		}

		/* incidence, by the definition; its variance when there is one cause is Greenwood's */
		n = make_cells(cells, 1);
		survival_compact(cells, &n);
		survival_incidence_init(&inc, CAUSES, room);
		survival_risk_init(&risk, cells, n);
		survival = 1;
		while (survival_risk_next(&risk))
		{
			int			t = (int) risk.time;
			int			r = at_risk(t, -1);
			double		total = 0;

			survival_incidence_step(&inc, &risk);
			for (int k = 1; k <= CAUSES; k++)
			{
				f[k] += survival * ends(t, k, -1) / r;
				incidence &= near(inc.incidence[k - 1], f[k]);
				total += inc.incidence[k - 1];
			}
			survival *= 1 - (double) ends(t, -1, -1) / r;
			incidence &= near(inc.open, survival) && near(total + inc.open, 1);
		}
		for (int i = 0; i < nspells; i++)
			spells[i].cause = spells[i].cause > 0;
		n = make_cells(cells, 1);
		survival_compact(cells, &n);
		survival_incidence_init(&inc, 1, room);
		survival_risk_init(&risk, cells, n);
		for (uint32 i = 0; survival_risk_next(&risk); i++)
		{
			double		error;

			survival_incidence_step(&inc, &risk);
			error = points[i].survival * points[i].log_error;
			if (points[i].survival > 0)
				one_cause &= near(inc.variance[0], error * error) && near(inc.open_variance, error * error);
		}

		/* the test, table by table */
		n = make_cells(cells, 2);
		survival_compact(cells, &n);
		possible &= survival_possible(cells, n, 3);
		logrank_counts(cells, n, 3, risks, observed, expected, variance);
		for (int g = 0; g < 3; g++)
		{
			double		e = 0;
			int			o = 0;

			for (int t = 0; t < 40; t++)
			{
				int			r = at_risk(t, -1);

				o += ends(t, -1, g);
				if (r > 0)
					e += (double) ends(t, -1, -1) * at_risk(t, g) / r;
			}
			rank &= observed[g] == o && near(expected[g], e);
			for (int h = 0; h < 3; h++)
			{
				double		v = 0;

				for (int t = 0; t < 40; t++)
				{
					double		r = at_risk(t, -1);
					double		d = ends(t, -1, -1);

					if (r > 1)
						v += d * (r - d) / (r - 1) * (at_risk(t, g) / r) * ((g == h) - at_risk(t, h) / r);
				}
				rank &= near(variance[g * 3 + h], v);
			}
		}
		/* two groups: (O - E)^2 / V */
		for (int g = 0; g < 2; g++)
			expected[g] = 1 + random_below(5);
		observed[0] = random_below(9);
		observed[1] = (int64) (expected[0] + expected[1]) - observed[0];
		variance[0] = variance[3] = 0.5 + random_below(4);
		variance[1] = variance[2] = -variance[0];
		survival = (observed[0] - expected[0]) * (observed[0] - expected[0]) / variance[0];
		df = logrank_statistic(2, observed, expected, variance, room3, &chi_square);
		two &= df == 1 && near(chi_square, survival);
	}
	ok(order, "cells are put in order and added up");
	ok(possible, "counts of spells are possible");
	ok(curve, "Kaplan-Meier is the product over the times");
	ok(greenwood, "its standard error is Greenwood's");
	ok(incidence, "Aalen-Johansen is the sum over the times, and all shares sum to 1");
	ok(one_cause, "with one cause its variance is Greenwood's");
	ok(rank, "observed, expected and covariance are sums of the tables");
	ok(two, "two groups: one degree of freedom");

	{
		SurvivalCell bad[2] = {{0}, {0}};

		bad[0].time = 1;
		bad[0].events = 1;
		bad[1].time = 2;
		bad[1].entered = 1;
		ok(!survival_possible(bad, 2, 0), "an entry without an end is not possible");
		bad[1].time = 3;
		bad[0].events = 2;
		bad[0].entered = 1;
		bad[1].entered = 0;
		bad[1].events = 0;
		ok(!survival_possible(bad, 2, 0), "nor is an end before its entry");
	}
	{
		double		variance[9] = {0};
		int64		observed[3] = {1, 1, 1};
		double		expected[3] = {1, 1, 1};
		double		room[3];
		double		chi_square;

		ok(logrank_statistic(3, observed, expected, variance, room, &chi_square) == 0 && chi_square == 0,
		   "groups that were never at risk together cannot be compared");
	}

	/* tables of the normal and the chi-square distribution */
	ok(near(survival_normal_quantile(0.95), 1.959963984540054) && near(survival_normal_quantile(0.9), 1.6448536269514722) &&
	   near(survival_normal_quantile(0.99), 2.5758293035489004), "normal quantiles");
	ok(fabs(chi_square_tail(3.841458820694124, 1) - 0.05) < 1e-12 && fabs(chi_square_tail(5.991464547107979, 2) - 0.05) < 1e-12 &&
	   fabs(chi_square_tail(7.814727903251179, 3) - 0.05) < 1e-12 && fabs(chi_square_tail(18.307038053275146, 10) - 0.05) < 1e-12 &&
	   chi_square_tail(0, 4) == 1, "tails of chi-square");
	ok(survival_band(0.5, 0.1, SURVIVAL_BAND_PLAIN, 2, &low, &high) && near(low, 0.3) && near(high, 0.7) &&
	   survival_band(0.5, 0.4, SURVIVAL_BAND_PLAIN, 2, &low, &high) && low == 0 && high == 1 &&
	   survival_band(0.5, 0.1, SURVIVAL_BAND_LOG, 2, &low, &high) && near(low, 0.5 * exp(-0.4)) && near(high, 0.5 * exp(0.4)) &&
	   survival_band(0.5, 0.1, SURVIVAL_BAND_LOGLOG, 2, &low, &high) && low > 0.28 && low < 0.3 && high > 0.67 && high < 0.69 &&
	   !survival_band(0, 0.1, SURVIVAL_BAND_LOG, 2, &low, &high), "limits on three scales");
	{
		double		p[4] = {0.75, 0.5, 0.5, 0.25};
		bool		known[4] = {true, true, true, true};

		ok(survival_quantile(p, known, 4, 0.5, &first, &second) && first == 2 && second == 4 &&
		   survival_quantile(p, known, 4, 0.4, &first, &second) && first == 2 && second == 2 &&
		   survival_quantile(p, known, 3, 0.5, &first, &second) && first == 2 && second == 3 &&
		   survival_quantile(p, known, 4, 0, &first, &second) && first == 0 &&
		   !survival_quantile(p, known, 4, 0.8, &first, &second), "quantiles, also where the curve is flat");
	}
	printf("1..%d\n", tests);
	return 0;
}
