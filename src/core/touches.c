/*
 * touches.c
 *		Which touches count, where only so many do; and numbers that add up exactly.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <float.h>
#include <math.h>

#include "core/timespan.h"
#include "core/touches.h"

int64
touches_counted(const int64 *at, int64 n, int64 max, const Interval *per, bool *counts)
{
	int64		total = 0;
	int64		end = 0;		/* of the window */
	int64		room = per == NULL ? max : 0;	/* in it */
	bool		open = per == NULL;

	for (int64 i = 0; i < n; i++)
	{
		bool		count;

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (per != NULL && (!open || at[i] >= end))
		{
			end = timespan_add(at[i], per, 1);
			room = max;
			open = true;
		}
		count = room > 0;
		if (count)
		{
			room--;
			total++;
		}
		if (counts != NULL)
			counts[i] = count;
	}
	return total;
}

/*
 * All multiples of 2^g up to 2^(g + 53) are float8 numbers, and so are their
 * sums up to there.  One bit is left for what rounding to the grid adds.
 */
int
grid_for(double magnitude)
{
	int			exponent;

	/* magnitude < 2^exponent */
	(void) frexp(magnitude, &exponent);
	return Max(exponent - 52, DBL_MIN_EXP - DBL_MANT_DIG);
}

double
grid_round(double value, int grid)
{
	/* in the numbers without a hidden bit, the scaled value would lose bits: all of them are on the finest grid */
	if (grid <= DBL_MIN_EXP - DBL_MANT_DIG)
		return value;
	return ldexp(rint(ldexp(value, -grid)), grid);
}
