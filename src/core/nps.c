/*
 * nps.c
 *		The Net Promoter Score: its adjusted Wald interval, and the test of a
 *		difference of two.
 *
 * B. Rocks, Interval Estimation for the "Net Promoter Score", The American
 * Statistician 70 (2016): three answers are added, 3/4 of one to the promoters
 * and to the detractors each, and then the score is treated as normal, with
 * the variance of a trinomial.  Without them the interval of a handful of
 * answers is far too short, and that of equal answers has no length at all.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/nps.h"

#define ADDED_ANSWERS	3.0
#define ADDED_EACH		0.75

void
nps_estimate(double promoters, double detractors, double n, NpsEstimate *estimate)
{
	double		total = n + ADDED_ANSWERS;
	double		p = (promoters + ADDED_EACH) / total;
	double		d = (detractors + ADDED_EACH) / total;

	estimate->centre = p - d;
	estimate->error = sqrt((p + d - (p - d) * (p - d)) / total);
}

void
nps_limits(const NpsEstimate *estimate, double z, double *low, double *high)
{
	*low = Max(100 * (estimate->centre - z * estimate->error), -100);
	*high = Min(100 * (estimate->centre + z * estimate->error), 100);
}

void
nps_compare(const NpsEstimate *a, const NpsEstimate *b, double quantile,
			double *low, double *high, double *z, double *p)
{
	double		difference = a->centre - b->centre;
	double		error = hypot(a->error, b->error);

	*low = Max(100 * (difference - quantile * error), -200);
	*high = Min(100 * (difference + quantile * error), 200);
	/* astronomic counts leave no error to divide by */
	if (difference == 0)
		*z = 0;
	else
		*z = difference / error;
	*p = erfc(fabs(*z) / sqrt(2));
}
