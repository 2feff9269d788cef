/*
 * markov.h
 *		Absorbing Markov chains: where moves from stage to stage end, and when.
 */
#ifndef JOURNEY_CORE_MARKOV_H
#define JOURNEY_CORE_MARKOV_H

/*
 * Matrices are n x n, row by row: from the row's state to the column's.  What
 * ends do next is not looked at.  The time spent in a state before a move may
 * depend on where the move leads.
 */
typedef struct MarkovChain
{
	int			n;
	const bool *end;
	const double *p;			/* probability of the next state; a row of an open state sums to 1 or is 0 */
	const double *mean;			/* of the time before such a move */
	const double *square;		/* mean of the square of that time */
} MarkovChain;

/* The open states, and I - Q in triangles: Q are the moves among them. */
typedef struct MarkovSolver
{
	int			n;				/* open states */
	int		   *state;			/* the state of each */
	int		   *pivot;
	double	   *lu;
} MarkovSolver;

extern bool markov_stuck(const MarkovChain *chain, bool *stuck, int *queue);
extern bool markov_factor(const MarkovChain *chain, MarkovSolver *solver);
extern void markov_solve(const MarkovSolver *solver, double *x);
extern void markov_absorption(const MarkovChain *chain, const MarkovSolver *solver, int end, double *probability);
extern void markov_time(const MarkovChain *chain, const MarkovSolver *solver, int end, const double *probability,
						double *mean, double *square);

#endif							/* JOURNEY_CORE_MARKOV_H */
