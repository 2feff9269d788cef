/*
 * wilson.h
 *		The Wilson score interval of a proportion.
 */
#ifndef JOURNEY_WILSON_H
#define JOURNEY_WILSON_H

#define WILSON_95	1.959963984540054	/* the normal quantile of 0.975 */

/* Limits of a share of so many successes out of n, which must be 1 or more. */
extern void wilson_interval(double successes, double n, double z, double *low, double *high);

#endif							/* JOURNEY_WILSON_H */
