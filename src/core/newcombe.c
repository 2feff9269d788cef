/*
 * newcombe.c
 *		Intervals of the difference and of the ratio of two proportions.
 *
 * The hybrid score interval (method 10) of R. G. Newcombe, "Interval
 * estimation for the difference between independent proportions", Statistics
 * in Medicine 17 (1998): each distance from the difference to a limit is
 * recovered from the Wilson limits of the two proportions.  The same for a
 * ratio is due to A. Donner and G. Y. Zou, "Closed-form confidence intervals
 * for functions of the normal mean and standard deviation", Statistical
 * Methods in Medical Research 21 (2012).  The ratio's interval holds 1 when,
 * and only when, that of the difference holds 0.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/newcombe.h"
#include "core/wilson.h"

void
newcombe_difference(double x1, double n1, double x2, double n2, double z, double *low, double *high)
{
	double		p1 = x1 / n1;
	double		p2 = x2 / n2;
	double		l1,
				u1,
				l2,
				u2;

	wilson_interval(x1, n1, z, &l1, &u1);
	wilson_interval(x2, n2, z, &l2, &u2);
	*low = Max(-1, p1 - p2 - hypot(p1 - l1, u2 - p2));
	*high = Min(1, p1 - p2 + hypot(u1 - p1, p2 - l2));
}

void
newcombe_ratio(double x1, double n1, double x2, double n2, double z, double *low, double *high)
{
	double		p1 = x1 / n1;
	double		p2 = x2 / n2;
	double		both = p1 * p2;
	double		l1,
				u1,
				l2,
				u2;
	double		a,
				b;

	wilson_interval(x1, n1, z, &l1, &u1);
	wilson_interval(x2, n2, z, &l2, &u2);

	/* the smaller root of a quadratic, in the form that loses no digits and does not divide by 0 */
	a = l1 * (2 * p1 - l1);
	b = u2 * (2 * p2 - u2);
	*low = a <= 0 ? 0 : a / (both + sqrt(Max(0, both * both - a * b)));

	/* and the greater one; 2 p2 - l2 is more than 0, as l2 is not above p2 */
	a = u1 * (2 * p1 - u1);
	b = l2 * (2 * p2 - l2);
	*high = (both + sqrt(Max(0, both * both - a * b))) / b;
}
