/*
 * counts.h
 *		The layout of feature_counts, for counts.c and the aggregates over it.
 */
#ifndef JOURNEY_LEAD_COUNTS_H
#define JOURNEY_LEAD_COUNTS_H

#include "lead_model/lead_model.h"

/* Followed by "used" bytes of entries, of which the first "sorted" are ascending, each key once. */
struct FeatureCounts
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		kind;			/* MODEL_NAIVE_BAYES or MODEL_DESIGN */
	uint16		unused;
	uint32		sorted;
	uint32		used;
	double		positives;
	double		negatives;
	double		ridge;
	char		entries[FLEXIBLE_ARRAY_MEMBER];
};

extern FeatureCounts *feature_counts_check(FeatureCounts *counts);
extern FeatureCounts *feature_counts_copy(const FeatureCounts *counts, Size more);
extern FeatureCounts *feature_counts_pack(const FeatureCounts *counts);
extern FeatureCounts *feature_counts_add(FeatureCounts *counts, const FeatureCounts *other);
extern FeatureCounts *feature_counts_add_model(FeatureCounts *counts, const Model *model, double sign);

#define PG_GETARG_COUNTS(n)	feature_counts_check((FeatureCounts *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

#endif							/* JOURNEY_LEAD_COUNTS_H */
