/*
 * logrank.h
 *		The log-rank test of groups, from counts per distinct time.
 */
#ifndef JOURNEY_CORE_LOGRANK_H
#define JOURNEY_CORE_LOGRANK_H

#include "core/survival.h"

extern void logrank_counts(const SurvivalCell *cells, uint32 ncells, int ngroups, int64 *risk,
						   int64 *observed, double *expected, double *variance);
extern int	logrank_statistic(int ngroups, const int64 *observed, const double *expected,
							  double *variance, double *difference, double *chi_square);
extern double chi_square_tail(double x, int df);

#endif							/* JOURNEY_CORE_LOGRANK_H */
