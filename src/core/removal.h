/*
 * removal.h
 *		Removal effects of an absorbing Markov chain, by solving it.
 */
#ifndef JOURNEY_REMOVAL_H
#define JOURNEY_REMOVAL_H

/* The matrix and its inverse are dense: 32 MB at this limit. */
#define REMOVAL_MAX_STATES		2000

/*
 * A chain as it was counted.  State 0 is the start, which nothing moves to.
 * From every state that was visited at least one path leads to an end.
 */
typedef struct RemovalChain
{
	int			nstates;
	double	   *moves;			/* nstates x nstates: how many went from row to column; is overwritten */
	double	   *converted;		/* how many converted from this state */
	double	   *lost;			/* how many ended there without */
	double	   *value;			/* what those who converted from there were worth */
	const int  *channel;		/* 0 .. nchannels - 1 of each state but the start */
	int			nchannels;
} RemovalChain;

/* Of each channel, which share of the conversions, or of their value, is lost without it. */
extern void removal_effects(RemovalChain *chain, double *effect, double *value_effect);

#endif							/* JOURNEY_REMOVAL_H */
