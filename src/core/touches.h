/*
 * touches.h
 *		Which touches count, where only so many do; and numbers that add up exactly.
 */
#ifndef JOURNEY_TOUCHES_H
#define JOURNEY_TOUCHES_H

#include "datatype/timestamp.h"

/*
 * Of the touches at these times, which are ascending, at most "max" count in
 * each window; without a window (per == NULL), at most "max" of all.  A window
 * opens at the first touch that is in none: it lasts for "per", its end not
 * included.  The earliest touches of a window count.  Marks them, where
 * "counts" is not NULL, and returns how many they are.
 */
extern int64 touches_counted(const int64 *at, int64 n, int64 max, const Interval *per, bool *counts);

/*
 * A grid of numbers, the multiples of 2 to a power, on which numbers whose
 * magnitudes sum up to at most "magnitude" can be added in any order and any
 * grouping without rounding.
 */
extern int	grid_for(double magnitude);
extern double grid_round(double value, int grid);

#endif							/* JOURNEY_TOUCHES_H */
