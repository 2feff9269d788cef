/*
 * nps.h
 *		The Net Promoter Score: its adjusted Wald interval, and the test of a
 *		difference of two.
 */
#ifndef JOURNEY_NPS_CORE_H
#define JOURNEY_NPS_CORE_H

/* The adjusted score and its standard error, both as shares of 1. */
typedef struct NpsEstimate
{
	double		centre;
	double		error;
} NpsEstimate;

/* Of so many promoters and detractors among n answers, n > 0; they need not be whole numbers. */
extern void nps_estimate(double promoters, double detractors, double n, NpsEstimate *estimate);

/* Limits of a score, in points: -100 to 100. */
extern void nps_limits(const NpsEstimate *estimate, double z, double *low, double *high);

/* Limits of a - b in points, -200 to 200, with its z and two-sided p. */
extern void nps_compare(const NpsEstimate *a, const NpsEstimate *b, double quantile,
						double *low, double *high, double *z, double *p);

#endif							/* JOURNEY_NPS_CORE_H */
