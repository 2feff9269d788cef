/*
 * logistic.c
 *		Logistic regression with a ridge, by Newton's method over sparse rows.
 *
 * What is maximised is the log-likelihood less ridge / 2 times the sum of the
 * squares of all coefficients but the intercept.  Newton's method is, here, the
 * same as iteratively reweighted least squares.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <math.h>

#include "core/logistic.h"

#define AT(i, j)	(LOGISTIC_PACKED(i) + (j))	/* of the lower triangle: i >= j */

double
logistic_probability(double log_odds)
{
	double		e;

	if (log_odds >= 0)
		return 1 / (1 + exp(-log_odds));
	e = exp(log_odds);
	return e / (1 + e);
}

/* log(1 + exp(x)) without overflow */
static double
softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

void
logistic_add(LogisticSums *sums, const double *beta, const LogisticRow *row)
{
	double		n = row->positives + row->negatives;
	double		log_odds = 0;
	double		p;
	double		residual;
	double		weight;

	for (int i = 0; i < row->nterms; i++)
		log_odds += beta[row->term[i].column] * row->term[i].value;
	p = logistic_probability(log_odds);
	residual = row->positives * logistic_probability(-log_odds) - row->negatives * p;
	weight = n * p * logistic_probability(-log_odds);
	sums->log_likelihood -= row->positives * softplus(-log_odds) + row->negatives * softplus(log_odds);
	for (int i = 0; i < row->nterms; i++)
	{
		int			a = row->term[i].column;
		double		x = row->term[i].value;
		double		wx = weight * x;
		double	   *line = sums->information + AT(a, 0);

		sums->gradient[a] += residual * x;
		for (int j = 0; j <= i; j++)
			line[row->term[j].column] += wx * row->term[j].value;
	}
}

double
logistic_penalty(const double *beta, int ncolumns, double ridge)
{
	double		sum = 0;

	for (int i = 1; i < ncolumns; i++)
		sum += beta[i] * beta[i];
	return ridge / 2 * sum;
}

/* Cholesky's decomposition in place; false when the matrix is not positive definite. */
static bool
decompose(double *a, int n)
{
	for (int i = 0; i < n; i++)
	{
		double	   *ai = a + AT(i, 0);

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j <= i; j++)
		{
			const double *aj = a + AT(j, 0);
			double		sum = ai[j];

			for (int k = 0; k < j; k++)
				sum -= ai[k] * aj[k];
			if (j < i)
				ai[j] = sum / aj[j];
			else
			{
				/* what is left of the diagonal is rounding: a column is a sum of others */
				if (!(sum > ai[i] * 1e-15) || !isfinite(sum))
					return false;
				ai[i] = sqrt(sum);
			}
		}
	}
	return true;
}

bool
logistic_newton(const LogisticSums *sums, const double *beta, double ridge,
				double *scratch, double *step, double *error)
{
	int			n = sums->ncolumns;
	double	   *l = scratch;

	memcpy(l, sums->information, sizeof(double) * LOGISTIC_PACKED(n));
	for (int i = 1; i < n; i++)
		l[AT(i, i)] += ridge;
	if (!decompose(l, n))
		return false;
	for (int i = 0; i < n; i++)
	{
		double		sum = sums->gradient[i] - (i > 0 ? ridge * beta[i] : 0);

		for (int k = 0; k < i; k++)
			sum -= l[AT(i, k)] * step[k];
		step[i] = sum / l[AT(i, i)];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		double		sum = step[i];

		for (int k = i + 1; k < n; k++)
			sum -= l[AT(k, i)] * step[k];
		step[i] = sum / l[AT(i, i)];
	}
	if (error == NULL)
		return true;

	/* The inverse is that of L', times that of L, whose columns are made one after the other, in place. */
	for (int j = 0; j < n; j++)
	{
		CHECK_FOR_INTERRUPTS();
		l[AT(j, j)] = 1 / l[AT(j, j)];
		for (int i = j + 1; i < n; i++)
		{
			double		sum = 0;

			for (int k = j; k < i; k++)
				sum -= l[AT(i, k)] * l[AT(k, j)];
			/* the diagonal of line i is not turned over yet */
			l[AT(i, j)] = sum / l[AT(i, i)];
		}
	}
	for (int j = 0; j < n; j++)
	{
		double		sum = 0;

		for (int i = j; i < n; i++)
			sum += l[AT(i, j)] * l[AT(i, j)];
		error[j] = sqrt(sum);
	}
	return true;
}

/* The sums over all rows at beta. */
static void
add_rows(LogisticSums *sums, const LogisticRow *rows, int64 nrows, const double *beta)
{
	memset(sums->information, 0, sizeof(double) * LOGISTIC_PACKED(sums->ncolumns));
	memset(sums->gradient, 0, sizeof(double) * sums->ncolumns);
	sums->log_likelihood = 0;
	for (int64 i = 0; i < nrows; i++)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		logistic_add(sums, beta, &rows[i]);
	}
}

LogisticResult
logistic_fit(const LogisticRow *rows, int64 nrows, int ncolumns, double ridge,
			 double *work, double *beta, double *error, double *log_likelihood, int *steps)
{
	LogisticSums sums;
	double	   *scratch = work + LOGISTIC_PACKED(ncolumns);
	double	   *before = scratch + LOGISTIC_PACKED(ncolumns) + ncolumns;
	double	   *step = before + ncolumns;
	double		best = -HUGE_VAL;
	bool		last = false;

	sums.ncolumns = ncolumns;
	sums.information = work;
	sums.gradient = scratch + LOGISTIC_PACKED(ncolumns);
	for (*steps = 0; *steps < LOGISTIC_MAX_STEPS; (*steps)++)
	{
		double		objective;
		double		greatest = 0;

		add_rows(&sums, rows, nrows, beta);
		objective = sums.log_likelihood - logistic_penalty(beta, ncolumns, ridge);
		if (!last && !(objective >= best - 1e-12 * (fabs(best) + 1)) && *steps > 0)
		{
			/* too far: halfway back */
			for (int i = 0; i < ncolumns; i++)
				beta[i] = (beta[i] + before[i]) / 2;
			continue;
		}
		if (!logistic_newton(&sums, beta, ridge, scratch, step, last ? error : NULL))
			return LOGISTIC_SINGULAR;
		if (last)
		{
			*log_likelihood = sums.log_likelihood;
			return LOGISTIC_CONVERGED;
		}
		best = objective;
		memcpy(before, beta, sizeof(double) * ncolumns);
		for (int i = 0; i < ncolumns; i++)
		{
			greatest = Max(greatest, fabs(step[i]));
			beta[i] += step[i];
		}
		last = greatest <= LOGISTIC_TOLERANCE;
	}
	return LOGISTIC_DIVERGED;
}
