/*
 * newcombe.h
 *		Intervals of the difference and of the ratio of two proportions.
 */
#ifndef JOURNEY_NEWCOMBE_H
#define JOURNEY_NEWCOMBE_H

/* Limits of x1/n1 - x2/n2; both n must be more than 0. */
extern void newcombe_difference(double x1, double n1, double x2, double n2, double z, double *low, double *high);

/* Limits of (x1/n1) / (x2/n2); x2 must be more than 0 too. */
extern void newcombe_ratio(double x1, double n1, double x2, double n2, double z, double *low, double *high);

#endif							/* JOURNEY_NEWCOMBE_H */
