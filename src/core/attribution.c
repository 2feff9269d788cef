/*
 * attribution.c
 *		Who gets the credit for a conversion: rules over the touches of one
 *		path, the Shapley value, and splits that add up.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"
#include "miscadmin.h"
#endif

#include <math.h>

#include "port/pg_bitutils.h"

#include "core/attribution.h"

/* The weight of a touch so long before the conversion. */
static double
decay(const AttributionOptions *options, uint64 age)
{
	double		lives = (double) age / (double) options->half_life;

	if (options->rule == RULE_TIME_DECAY_STEPPED)
		return exp2(-(double) (age / (uint64) options->half_life));
	return exp2(-lives);
}

/*
 * What each channel weighs after the touches of a path, which are in order of
 * time; at[] and until, the time of the conversion, matter to time decay only.
 * Touches of channels to skip weigh nothing, unless there are no others.
 * There is at least one touch, and the weights are not all 0.
 */
void
attribution_weights(const AttributionOptions *options, int ntouches, const uint32 *channel,
					const int64 *at, int64 until, int nchannels, const bool *skip, double *weights)
{
	int			n = 0;			/* touches that count */
	int			first = -1;
	int			last = -1;

	memset(weights, 0, sizeof(double) * nchannels);
	for (int i = 0; i < ntouches; i++)
	{
		if (skip != NULL && skip[channel[i]])
			continue;
		if (first < 0)
			first = i;
		last = i;
		n++;
	}
	if (n == 0)
	{
		skip = NULL;
		first = 0;
		last = ntouches - 1;
		n = ntouches;
	}

	switch (options->rule)
	{
		case RULE_FIRST:
			weights[channel[first]] = 1;
			return;
		case RULE_LAST:
			weights[channel[last]] = 1;
			return;
		case RULE_POSITION:
			if (n == 1)
			{
				weights[channel[first]] = 1;
				return;
			}
			/* where there is no middle, its share is the ends' in halves */
			weights[channel[first]] += n > 2 ? options->first : options->first + options->middle / 2;
			weights[channel[last]] += n > 2 ? options->last : options->last + options->middle / 2;
			if (n == 2)
				return;
			break;
		default:
			break;
	}

	for (int i = first; i <= last; i++)
	{
		double	   *weight = &weights[channel[i]];

		if ((i & 0xFFFF) == 0xFFFF)
			CHECK_FOR_INTERRUPTS();
		if (skip != NULL && skip[channel[i]])
			continue;
		switch (options->rule)
		{
			case RULE_LINEAR:
				*weight += 1;
				break;
			case RULE_LINEAR_DISTINCT:
				*weight = 1;
				break;
			case RULE_POSITION:
				if (i > first && i < last)
					*weight += options->middle / (n - 2);
				break;
			case RULE_TIME_DECAY:
				/* a shift of all ages changes no share, and from the last touch nothing underflows that matters */
				*weight += decay(options, (uint64) at[last] - (uint64) at[i]);
				break;
			case RULE_TIME_DECAY_STEPPED:
				{
					uint64		steps = ((uint64) until - (uint64) at[last]) / (uint64) options->half_life;

					/* nor does a shift by whole half-lives */
					*weight += decay(options, (uint64) until - (uint64) at[i] - steps * (uint64) options->half_life);
				}
				break;
			default:
				break;
		}
	}
}

/* One quota, for the order of the remainders. */
typedef struct Remainder
{
	double		fraction;
	int			i;
} Remainder;

static int
compare_remainders(const void *a, const void *b)
{
	const Remainder *x = a;
	const Remainder *y = b;

	if (x->fraction != y->fraction)
		return x->fraction > y->fraction ? -1 : 1;
	return x->i < y->i ? -1 : 1;
}

/*
 * Splits a total in proportion to weights, in whole units that add up to it:
 * each gets its quota rounded down, and what is left goes one by one to the
 * largest remainders, of equal ones to the first.  Weights may be negative,
 * but their sum is positive, and no quota leaves 2^53.
 */
void
attribution_apportion(const double *weights, int n, int64 total, int64 *units)
{
	double		sum = 0;
	int64		left = total;
	Remainder  *order = palloc(sizeof(Remainder) * Max(n, 1));

	for (int i = 0; i < n; i++)
		sum += weights[i];
	for (int i = 0; i < n; i++)
	{
		double		quota = weights[i] / sum * (double) total;
		double		whole = floor(quota);

		units[i] = (int64) whole;
		left -= units[i];
		order[i].fraction = quota - whole;
		order[i].i = i;
	}
	if (left != 0 && n > 0)
	{
		qsort(order, n, sizeof(Remainder), compare_remainders);
		for (int i = 0; left > 0; i = (i + 1) % n, left--)
			units[order[i].i]++;
		/* rounding can have made quotas too large */
		for (int i = n - 1; left < 0; i = (i + n - 1) % n)
		{
			if (units[order[i].i] != 0)
			{
				units[order[i].i]--;
				left++;
			}
		}
	}
	pfree(order);
}

/*
 * Shares in proportion to weights, which add up to 1: in units of so many
 * decimal places as are returned, 15 unless a share is far greater than 1 (and
 * others negative); -1 when a share is too great even in whole units.
 */
int
attribution_shares(const double *weights, int n, int64 *units)
{
	int			decimals = ATTRIBUTION_DECIMALS;
	int64		one = ATTRIBUTION_ONE;
	double		sum = 0;
	double		largest = 0;

	for (int i = 0; i < n; i++)
	{
		sum += weights[i];
		largest = Max(largest, fabs(weights[i]));
	}
	for (; largest / sum * (double) one > 4e15; decimals--)
	{
		if (decimals == 0)
			return -1;
		one /= 10;
	}
	attribution_apportion(weights, n, one, units);
	return decimals;
}

/*
 * Shapley values of a game of n players.  worth[S] is what the coalition of
 * the players in the bits of S is worth; worth[0] is 0.
 *
 * phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (worth[S + i] - worth[S])
 */
void
attribution_shapley(int n, const double *worth, double *values)
{
	double		factor[SHAPLEY_MAX_CHANNELS];

	/* s! (n - s - 1)! / n! = 1 / (n * C(n - 1, s)) */
	factor[0] = 1.0 / Max(n, 1);
	for (int s = 1; s < n; s++)
		factor[s] = factor[s - 1] * s / (n - s);

	for (int i = 0; i < n; i++)
	{
		uint32		bit = (uint32) 1 << i;
		double		sum = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint32 s = 0; s < (uint32) 1 << n; s++)
		{
			if (!(s & bit))
				sum += factor[pg_popcount32(s)] * (worth[s | bit] - worth[s]);
		}
		values[i] = sum;
	}
}
