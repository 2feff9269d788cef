/*
 * period.h
 *		The periods that a long history is cut into.
 */
#ifndef JOURNEY_PERIOD_H
#define JOURNEY_PERIOD_H

#include "datatype/timestamp.h"

typedef struct Period
{
	int32		months;			/* either this, */
	int64		span;			/* or microseconds */
} Period;

extern void period_init(Period *period, const Interval *interval);
extern void period_of(const Period *period, int64 at, int64 *start, int64 *end);

#endif							/* JOURNEY_PERIOD_H */
