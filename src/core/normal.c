/*
 * normal.c
 *		Quantiles of the normal distribution.
 *
 * A first value by the rational approximation 26.2.23 of Abramowitz and
 * Stegun, Handbook of Mathematical Functions (1964), off by less than 4.5e-4,
 * and then steps of Halley's method on erfc, which is exact in the far tail
 * too.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/normal.h"

double
normal_upper_quantile(double tail)
{
	double		t = sqrt(-2 * log(tail));
	double		x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
		(1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

	for (int i = 0; i < 4; i++)
	{
		/* the relative error of the tail, times the tail over the density */
		double		density = exp(-x * x / 2) / sqrt(2 * M_PI);
		double		error = (0.5 * erfc(x / sqrt(2)) - tail) / density;

		x += error / (1 - x * error / 2);
	}
	return x;
}
