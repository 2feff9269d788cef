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

#include "port/pg_bitutils.h"

#include "core/histogram.h"

#define SUB_BITS	6			/* 64 buckets for each power of two */
#define SUB_COUNT	(1 << SUB_BITS)

int
histogram_bucket(int64 value)
{
	int			power;

	if (value < SUB_COUNT)
		return value < 0 ? 0 : (int) value;
	power = pg_leftmost_one_pos64((uint64) value);
	return (power - SUB_BITS + 1) * SUB_COUNT + (int) ((value >> (power - SUB_BITS)) & (SUB_COUNT - 1));
}

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
