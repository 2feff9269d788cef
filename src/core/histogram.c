/*
 * histogram.c
 *		Buckets of a mergeable histogram of durations.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/histogram.h"

#define SUB_COUNT	HISTOGRAM_SUB_COUNT

#define SECOND		INT64CONST(1000000)

int64
histogram_low(int bucket)
{
	int			shift;

	if (bucket < SUB_COUNT)
		return bucket;
	shift = bucket / SUB_COUNT - 1;
	return (int64) (SUB_COUNT + bucket % SUB_COUNT) << shift;
}

int64
histogram_high(int bucket)
{
	if (bucket < SUB_COUNT)
		return bucket;
	return histogram_low(bucket) + ((INT64CONST(1) << (bucket / SUB_COUNT - 1)) - 1);
}

int64
histogram_mid(int bucket)
{
	int64		low = histogram_low(bucket);

	return low + (histogram_high(bucket) - low + 1) / 2;
}

int64
histogram_round(int bucket)
{
	static const int64 units[] = {
		86400 * SECOND, 12 * 3600 * SECOND, 6 * 3600 * SECOND, 3600 * SECOND,
		30 * 60 * SECOND, 15 * 60 * SECOND, 10 * 60 * SECOND, 5 * 60 * SECOND, 60 * SECOND,
		30 * SECOND, 15 * SECOND, 10 * SECOND, 5 * SECOND, SECOND,
		500000, 200000, 100000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2
	};
	int64		least = histogram_high(bucket) - histogram_high(bucket) / 100;
	int64		greatest = histogram_low(bucket) + histogram_low(bucket) / 100;
	int64		middle = histogram_mid(bucket);

	if (histogram_low(bucket) == histogram_high(bucket))
		return middle;
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		int64		rounded = middle - middle % units[i];

		if (middle - rounded >= units[i] - units[i] / 2 && rounded <= PG_INT64_MAX - units[i])
			rounded += units[i];
		if (rounded >= least && rounded <= greatest)
			return rounded;
	}
	return middle;
}

int64
histogram_quantile(const uint16 *buckets, const int64 *counts, int n, double quantile)
{
	int64		total = 0;
	int64		rank;
	int64		seen = 0;

	for (int i = 0; i < n; i++)
		total += counts[i];
	if (total == 0)
		return -1;
	rank = (int64) ceil(quantile * (double) total);
	if (rank < 1)
		rank = 1;
	if (rank > total)
		rank = total;
	for (int i = 0; i < n; i++)
	{
		seen += counts[i];
		if (seen >= rank)
			return histogram_mid(buckets[i]);
	}
	return -1;
}
