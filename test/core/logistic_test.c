/*
 * logistic_test.c
 *		Logistic regression, isotonic steps and cells of numbers against their
 *		definitions.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/bayes.h"
#include "core/isotonic.h"
#include "core/logistic.h"
#include "rounds.h"

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

static unsigned int seed = 1;

static double
draw(void)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) / 16777216.0;
}

#define ROWS	300
#define COLUMNS	5

static double x[ROWS][COLUMNS];
static double y[ROWS];
static LogisticTerm term[ROWS][COLUMNS];
static LogisticRow row[ROWS];

/* The determinant and inverse of a small matrix, by Gauss and Jordan. */
static void
invert(double a[COLUMNS][COLUMNS], double inverse[COLUMNS][COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++)
		for (int j = 0; j < COLUMNS; j++)
			inverse[i][j] = i == j;
	for (int i = 0; i < COLUMNS; i++)
	{
		double		pivot = a[i][i];

		for (int j = 0; j < COLUMNS; j++)
		{
			a[i][j] /= pivot;
			inverse[i][j] /= pivot;
		}
		for (int k = 0; k < COLUMNS; k++)
		{
			double		factor = a[k][i];

			if (k == i)
				continue;
			for (int j = 0; j < COLUMNS; j++)
			{
				a[k][j] -= factor * a[i][j];
				inverse[k][j] -= factor * inverse[i][j];
			}
		}
	}
}

static void
test_fit(void)
{
	bool		derivative = true;
	bool		errors = true;
	bool		finite = true;

	for (int round = 0; round < 60; round++)
	{
		double		ridge = round % 3 == 0 ? 0.5 : round % 3 == 1 ? 1e-6 : 30;
		bool		separated = round % 4 == 3;
		double		work[LOGISTIC_WORK(COLUMNS)];
		double		beta[COLUMNS] = {0};
		double		error[COLUMNS];
		double		likelihood;
		double		h[COLUMNS][COLUMNS] = {{0}};
		double		inverse[COLUMNS][COLUMNS];
		double		g[COLUMNS] = {0};
		int			steps;

		if (separated)
			ridge = 0.5;
		for (int i = 0; i < ROWS; i++)
		{
			double		odds = -0.5;

			row[i].nterms = 0;
			for (int j = 0; j < COLUMNS; j++)
			{
				x[i][j] = j == 0 ? 1 : j == 1 ? (draw() < 0.5) : draw() < 0.3 ? 0 : 4 * draw() - 2;
				odds += j * 0.4 * x[i][j] * (j % 2 ? 1 : -1);
				if (x[i][j] != 0)
				{
					term[i][row[i].nterms].column = j;
					term[i][row[i].nterms++].value = x[i][j];
				}
			}
			y[i] = separated ? x[i][2] > 0 : draw() < logistic_probability(odds);
			row[i].term = term[i];
			row[i].positives = y[i];
			row[i].negatives = 1 - y[i];
		}
		finite &= logistic_fit(row, ROWS, COLUMNS, ridge, work, beta, error, &likelihood, &steps) == LOGISTIC_CONVERGED;
		for (int i = 0; i < ROWS; i++)
		{
			double		odds = 0;
			double		p;

			for (int j = 0; j < COLUMNS; j++)
				odds += beta[j] * x[i][j];
			p = 1 / (1 + exp(-odds));
			for (int j = 0; j < COLUMNS; j++)
			{
				g[j] += (y[i] - p) * x[i][j];
				for (int k = 0; k < COLUMNS; k++)
					h[j][k] += p * (1 - p) * x[i][j] * x[i][k];
			}
		}
		for (int j = 1; j < COLUMNS; j++)
		{
			g[j] -= ridge * beta[j];
			h[j][j] += ridge;
		}
		invert(h, inverse);
		for (int j = 0; j < COLUMNS; j++)
		{
			derivative &= fabs(g[j]) < 1e-8;
			errors &= fabs(error[j] - sqrt(inverse[j][j])) < 1e-8 * (1 + error[j]);
			finite &= fabs(beta[j]) < 50;
		}
	}
	check(derivative, "at the coefficients the penalised likelihood has no derivative");
	check(errors, "standard errors are roots of the diagonal of the inverse");
	check(finite, "separated outcomes stay finite with a ridge");
}

static void
test_isotonic(void)
{
	bool		good = true;

	for (int round = 0; round < 300; round++)
	{
		ScoreCount	count[20];
		IsotonicStep step[20];
		int			n = 1 + (int) (draw() * 19);
		int64		nsteps;

		for (int i = 0; i < n; i++)
		{
			count[i].score = i;
			count[i].positives = (int64) (draw() * 4);
			count[i].negatives = (int64) (draw() * 4) + (count[i].positives == 0);
		}
		nsteps = isotonic_steps(count, n, step);
		for (int i = 0; i < n; i++)
		{
			double		greatest = -1;
			double		value = -1;

			/* the greatest over beginnings of the least mean over ends */
			for (int a = 0; a <= i; a++)
			{
				double		least = 2;

				for (int b = i; b < n; b++)
				{
					double		positives = 0;
					double		rows = 0;

					for (int k = a; k <= b; k++)
					{
						positives += (double) count[k].positives;
						rows += (double) (count[k].positives + count[k].negatives);
					}
					least = Min(least, positives / rows);
				}
				greatest = Max(greatest, least);
			}
			for (int64 s = 0; s < nsteps; s++)
			{
				if (step[s].low <= i && i <= step[s].high)
					value = step[s].positives / step[s].rows;
			}
			good &= fabs(value - greatest) < 1e-12;
		}
	}
	check(good, "isotonic steps are the greatest of the least means");
}

static void
test_cells(void)
{
	bool		order = true;
	bool		whole = true;
	bool		low = true;
	double		rows[12] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
	double		frequent[3] = {1, 98, 1};
	int			bin[12];

	for (int i = 0; i < rounds_of(100000); i++)
	{
		double		a = (draw() - 0.5) * pow(10, 40 * draw() - 20);
		double		b = (draw() - 0.5) * pow(10, 40 * draw() - 20);

		order &= a > b || bayes_cell(a) <= bayes_cell(b);
		low &= bayes_cell_low(bayes_cell(a)) <= a && bayes_cell(bayes_cell_low(bayes_cell(a))) == bayes_cell(a) &&
			fabs(a - bayes_cell_low(bayes_cell(a))) <= fabs(a) / 128 && bayes_is_cell(bayes_cell(a));
	}
	for (int i = -512; i < 512; i++)
		whole &= bayes_cell(i) < bayes_cell(i + 1);
	check(order, "cells are in the order of their numbers");
	check(low, "a cell begins with its least number, and is narrow");
	check(whole && bayes_cell(-0.0) == bayes_cell(0), "whole numbers to 512 have cells of their own, zero has one");
	check(bayes_bins(rows, 12, bin) == 10 && bin[0] == 0 && bin[11] == 9, "twelve equal cells are ten bins");
	check(bayes_bins(frequent, 3, bin) == 3 && bin[0] == 0 && bin[1] == 1 && bin[2] == 2, "a frequent number is by itself");
}

int
main(void)
{
	test_fit();
	test_isotonic();
	test_cells();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
