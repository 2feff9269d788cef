/*
 * conversion.h
 *		From one step to the next: cohorts and flows of one journey, and how
 *		the conversions of many are spread over time.
 *
 * A journey is given as arrays in order of time: for each entry the number of
 * its step from 0, or -1 where its label is no step, and its time.
 */
#ifndef JOURNEY_CONVERSION_H
#define JOURNEY_CONVERSION_H

#include "core/survival.h"

#define CONVERSION_NEVER	PG_INT64_MAX	/* no such time */

/*
 * When each step was first entered, and when its target was reached at or
 * after that.  The target of a step is the next one, or the same step for all
 * where "target" is not negative; steps from the target on have none, and get
 * no times.  With "implied" a later step implies the earlier ones.  "seen" is
 * room for as many times as there are steps.
 */
extern void conversion_cohort(const int *steps, const int64 *at, uint32 n, int nsteps, bool implied, int target,
							  int64 *entered, int64 *converted, int64 *seen);

/* The moves out of steps, one after the other. */
typedef struct ConversionFlow
{
	const int  *steps;
	uint32		n;
	int			nsteps;
	bool		implied;
	uint32		entry;			/* the entry that is looked at */
	int			next;			/* implied: the next step it passes; -1 when it is new */
} ConversionFlow;

typedef struct ConversionMove
{
	int			step;			/* the step that was left */
	uint32		entry;			/* the entry by which it was left */
	bool		converted;		/* to the next step */
} ConversionMove;

extern void conversion_flow_init(ConversionFlow *flow, const int *steps, uint32 n, int nsteps, bool implied);
extern bool conversion_flow_next(ConversionFlow *flow, ConversionMove *move);

/*
 * The share that has converted by each time since the entry: one minus the
 * curve of Kaplan and Meier.  It is trusted up to the horizon, as long as at
 * least one in twenty was watched.
 */
typedef struct ConversionCurve
{
	uint32		n;				/* times at which somebody converted, in order */
	int64	   *time;
	double	   *share;			/* just after each */
	int64		horizon;
	double		plateau;		/* the share at the horizon */
	double		greenwood;		/* the variance of the logarithm of what is left of one there */
} ConversionCurve;

/*
 * "cells" are how long each of n entrants was in the step, and whether they
 * converted then (see survival.h), "watched" how long each could be watched;
 * both are put in order.  "points" is room for n, time and share of the curve
 * for as many.
 */
extern void conversion_curve(SurvivalCell *cells, int64 *watched, uint32 n, SurvivalPoint *points, ConversionCurve *curve);
extern double conversion_share_by(const ConversionCurve *curve, int64 time);

#endif							/* JOURNEY_CONVERSION_H */
