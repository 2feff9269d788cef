/*
 * normal.h
 *		Quantiles of the normal distribution.
 */
#ifndef JOURNEY_NORMAL_H
#define JOURNEY_NORMAL_H

/* The value that a standard normal variable exceeds with probability tail, which lies between 0 and 0.5. */
extern double normal_upper_quantile(double tail);

#endif							/* JOURNEY_NORMAL_H */
