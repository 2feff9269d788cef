/*
 * bayes.h
 *		Numbers as levels of naive Bayes: cells that are the same for all data,
 *		and bins of about equal size made of them.
 */
#ifndef JOURNEY_BAYES_H
#define JOURNEY_BAYES_H

#define BAYES_BINS	10

/* The cell of a finite number, and the least number in a cell.  Greater cells hold greater numbers. */
extern uint32 bayes_cell(double number);
extern double bayes_cell_low(uint32 cell);
extern bool bayes_is_cell(uint32 cell);

/* For cells in ascending order with so many rows each, the bin of each, ascending from 0; returns how many bins. */
extern int	bayes_bins(const double *rows, int ncells, int *bin);

/* What a level adds to the log-odds: Laplace's rule of succession for both classes. */
extern double bayes_weight(double positives, double negatives, double all_positives, double all_negatives, int levels);

#endif							/* JOURNEY_BAYES_H */
