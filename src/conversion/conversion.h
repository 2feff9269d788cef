/*
 * conversion.h
 *		What the comparison of rates shares with their counting.
 */
#ifndef JOURNEY_CONVERSION_COUNTS_H
#define JOURNEY_CONVERSION_COUNTS_H

#include "fmgr.h"
#include "utils/array.h"

/* rate.c */
extern double conversion_quantile(double level);
extern void conversion_check_counts(double converted, double n);
extern int64 *conversion_state(FunctionCallInfo fcinfo, int argno, int n, const char *what, ArrayType **array);
extern int64 conversion_add(int64 a, int64 b);

#endif							/* JOURNEY_CONVERSION_COUNTS_H */
