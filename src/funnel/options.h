/*
 * options.h
 *		The options language that all funnel functions share.
 */
#ifndef JOURNEY_FUNNEL_OPTIONS_H
#define JOURNEY_FUNNEL_OPTIONS_H

#include "core/chain.h"
#include "timeline/timeline.h"

typedef struct FunnelOptions
{
	ChainOptions chain;
	bool		repeats;		/* a label may be a step more than once */
	int			nexcluded;		/* label i of these has bit chain.nsteps + i; only over labels */
	JourneyLabel excluded[CHAIN_MAX_EXCLUSIONS];	/* point into the text or into palloc'd memory */
} FunnelOptions;

/*
 * Options over steps that are labels.  The text may be empty.
 */
extern void funnel_options_labels(FunnelOptions *options, const char *text, int len,
								  const JourneyLabel *steps, int nsteps);

extern bool funnel_options_labels_safe(FunnelOptions *options, const char *text, int len,
									   const JourneyLabel *steps, int nsteps, struct Node *escontext);

/*
 * Options over numbered conditions.  Those that are excluded come after all
 * steps; the others are the steps.
 */
extern bool funnel_options_conditions(FunnelOptions *options, const char *text, int len, int nconditions,
									  bool plain_times, struct Node *escontext);

/* Make a plan of options, or say what is wrong with them. */
extern void funnel_options_plan(ChainPlan *plan, const FunnelOptions *options);
extern bool funnel_options_plan_safe(ChainPlan *plan, const FunnelOptions *options, struct Node *escontext);

/* The window of a funnel; checks it.  NULL is no window. */
extern bool funnel_options_window(FunnelOptions *options, const Interval *within, struct Node *escontext);

#endif							/* JOURNEY_FUNNEL_OPTIONS_H */
