/*
 * histogram.h
 *		Buckets of a mergeable histogram of durations.
 *
 * Bucket widths grow with the value: below 64 each value has its own, above
 * that each power of two is cut into 64 equal buckets.  Everything is whole
 * numbers, so the same value falls into the same bucket everywhere, and the
 * middle of a bucket is at most 1/128 (0.8 %) away from any value in it.
 * Counts of equal buckets add up: a histogram of parts is the sum of theirs.
 */
#ifndef JOURNEY_HISTOGRAM_H
#define JOURNEY_HISTOGRAM_H

#include "port/pg_bitutils.h"

#define HISTOGRAM_SUB_BITS	6	/* 64 buckets for each power of two */
#define HISTOGRAM_SUB_COUNT	(1 << HISTOGRAM_SUB_BITS)

/* Buckets are numbered from 0; the last one ends at the greatest int64. */
#define HISTOGRAM_BUCKETS	(64 + (63 - 6) * 64)

/* The bucket of a value; negative values count as 0. */
static inline int
histogram_bucket(int64 value)
{
	int			power;

	if (value < HISTOGRAM_SUB_COUNT)
		return value < 0 ? 0 : (int) value;
	power = pg_leftmost_one_pos64((uint64) value);
	return (power - HISTOGRAM_SUB_BITS + 1) * HISTOGRAM_SUB_COUNT +
		(int) ((value >> (power - HISTOGRAM_SUB_BITS)) & (HISTOGRAM_SUB_COUNT - 1));
}

/* The least and the greatest value of a bucket, and the one that stands for all. */
extern int64 histogram_low(int bucket);
extern int64 histogram_high(int bucket);
extern int64 histogram_mid(int bucket);

/*
 * A round duration, in microseconds, that is within one part in 100 of
 * everything in a bucket: the middle of the bucket alone would show digits
 * that mean nothing.
 */
extern int64 histogram_round(int bucket);

/*
 * The value at a quantile (0 to 1) of n buckets in ascending order, with their
 * counts: the middle of the bucket that holds the value of rank
 * ceil(quantile x total), the first having rank 1.  Returns -1 when all counts
 * are 0.
 */
extern int64 histogram_quantile(const uint16 *buckets, const int64 *counts, int n, double quantile);

#endif							/* JOURNEY_HISTOGRAM_H */
