/*
 * wilson.c
 *		The Wilson score interval of a proportion.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", Journal of the American Statistical Association 22 (1927).
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/wilson.h"

void
wilson_interval(double successes, double n, double z, double *low, double *high)
{
	double		p = successes / n;
	double		z2 = z * z;
	double		centre = p + z2 / (2 * n);
	double		reach = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
	double		scale = 1 + z2 / n;

	/* rounding must not leave the range of a share, nor miss its ends */
	*low = successes <= 0 ? 0 : Max(0, (centre - reach) / scale);
	*high = successes >= n ? 1 : Min(1, (centre + reach) / scale);
}
