/*
 * isotonic.h
 *		The non-decreasing steps nearest to shares: isotonic regression.
 */
#ifndef JOURNEY_ISOTONIC_H
#define JOURNEY_ISOTONIC_H

#include "core/quality.h"

/* Scores from low to high and the share of positives there. */
typedef struct IsotonicStep
{
	double		low;
	double		high;
	double		positives;
	double		rows;
} IsotonicStep;

/* The steps, of which there are at most n; returns how many. */
extern int64 isotonic_steps(const ScoreCount *count, int64 n, IsotonicStep *step);

#endif							/* JOURNEY_ISOTONIC_H */
