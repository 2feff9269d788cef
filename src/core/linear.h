/*
 * linear.h
 *		Dense systems of linear equations.
 */
#ifndef JOURNEY_CORE_LINEAR_H
#define JOURNEY_CORE_LINEAR_H

/*
 * Factors an n x n matrix, row by row, in place; the pivots are room for n
 * numbers.  False when a pivot vanishes: the unknown of it is then taken for 0.
 */
extern bool linear_factor(double *a, int n, int *pivot);

/* Solves A y = x with the factors of A; y takes the place of x. */
extern void linear_solve(const double *factors, const int *pivot, int n, double *x);

#endif							/* JOURNEY_CORE_LINEAR_H */
