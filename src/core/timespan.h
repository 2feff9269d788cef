/*
 * timespan.h
 *		Adding intervals to times without looking at a setting.
 */
#ifndef JOURNEY_TIMESPAN_H
#define JOURNEY_TIMESPAN_H

#include "datatype/timestamp.h"

/* Is the interval shorter than nothing (-1), nothing (0) or longer (1)?  A month counts as 30 days here. */
extern int	timespan_sign(const Interval *span);

/* at + times * span, by the calendar in UTC.  What would leave the range of 64 bits is infinite. */
extern int64 timespan_add(int64 at, const Interval *span, int64 times);

/* a + b and a - b, infinite where they leave the range. */
extern int64 timespan_sum(int64 a, int64 b);
extern int64 timespan_difference(int64 a, int64 b);

#endif							/* JOURNEY_TIMESPAN_H */
