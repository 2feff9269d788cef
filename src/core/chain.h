/*
 * chain.h
 *		How far one customer came in a funnel: the longest chain of steps.
 *
 * The one algorithm behind every funnel, whether its rows are entries of a
 * journey, rows of a query with conditions, or grouped raw events.
 *
 * The input is the rows of one customer in ascending order of time (rows of
 * equal time in any order).  Bit i of a row's mask says that the row can fill
 * step i, counted from 0; bits from nsteps on say that it meets an excluded
 * condition.  A row whose mask is 0 matters only with CHAIN_EXACT and may be
 * left out otherwise (chain_needs_all_rows).
 *
 * A chain fills the steps 0, 1, 2, ... in this order, each with one row of its
 * own, at times that do not decrease, the last of them no later than the
 * window after the first.  Its level is the number of steps it fills.  Rows of
 * equal time may be taken in any order that helps.  Of all chains, whatever
 * their start, the longest wins, then the one that is complete first, then the
 * one that starts last, then the one whose steps come earliest (step by step).
 * The answer depends on nothing else, in particular not on the order in which
 * rows of equal time are given.
 *
 * The flags and options change this rule:
 *
 * CHAIN_REUSE		one row may fill several steps
 * CHAIN_INCREASE	times must increase strictly
 * CHAIN_EXACT		no other row may stand between the first and the last row of
 *					the chain, except one that could fill the current step again
 * CHAIN_DEDUP		a row that could fill a step already reached ends the attempt,
 *					unless it fills the next step; an attempt takes the first row
 *					that fills its next step
 * CHAIN_FIRST_ENTRY the chain must start at the time of the first row that can
 *					start one
 * CHAIN_ANY_ORDER	the steps may be filled in any order; the level is how many
 * CHAIN_IMPLIED	reaching a step implies all before it: the level is the
 *					highest step reached within the window from the first row
 *					that fills any step
 * optional			these steps may be skipped; the level is the number of the
 *					last step filled
 * exclusion		a row with this bit after step "from" and before step "to"
 *					ends every chain that stands between them.  Of equal times,
 *					the step comes first; but a row that can itself fill a step
 *					only ends chains whose last step was before its time.
 * step_window		a step may be at most so long after the one before it
 *
 * Time is O(rows x steps) at worst (times steps for rows of equal time that
 * overlap), about one operation a row when nothing is special.
 */
#ifndef JOURNEY_CHAIN_H
#define JOURNEY_CHAIN_H

#include "datatype/timestamp.h"
#include "port/pg_bitutils.h"

#include "core/timespan.h"

/* Steps and excluded conditions share the bits of a mask. */
#define CHAIN_MAX_STEPS		64
#define CHAIN_MAX_EXCLUSIONS 64

#define CHAIN_REUSE			0x0001
#define CHAIN_INCREASE		0x0002
#define CHAIN_EXACT			0x0004
#define CHAIN_DEDUP			0x0008
#define CHAIN_FIRST_ENTRY	0x0010
#define CHAIN_ANY_ORDER		0x0020
#define CHAIN_IMPLIED		0x0040

/* No limit, for step_window. */
#define CHAIN_FOREVER		PG_INT64_MAX

typedef struct ChainRow
{
	int64		at;				/* microseconds, or any other unit */
	uint64		mask;
} ChainRow;

typedef struct ChainExclusion
{
	int			bit;			/* of the mask: nsteps or more */
	int			from;			/* steps, counted from 0; from < to */
	int			to;
} ChainExclusion;

/* What is asked; start with chain_options_init. */
typedef struct ChainOptions
{
	int			nsteps;
	uint32		flags;
	bool		limited;		/* is there a window? */
	Interval	window;			/* months are calendar months in UTC, a day is 24 hours */
	uint64		optional;		/* mask of steps */
	bool		step_windows;	/* is any of the next limited? */
	int64		step_window[CHAIN_MAX_STEPS];
	int			nexclusions;
	ChainExclusion exclusion[CHAIN_MAX_EXCLUSIONS];
} ChainOptions;

typedef enum ChainStatus
{
	CHAIN_OK,
	CHAIN_BAD_NSTEPS,			/* fewer than 1 or more than 64 */
	CHAIN_BAD_WINDOW,			/* negative, or of mixed signs */
	CHAIN_BAD_OPTIONAL,			/* no such step, or all of them */
	CHAIN_BAD_STEP_WINDOW,		/* negative, or to the first step */
	CHAIN_BAD_EXCLUSION,		/* steps not in order, no such step, or no bit left */
	CHAIN_CONFLICT				/* two options that have no meaning together */
} ChainStatus;

/* Options made ready to be used for many customers.  Holds no pointers: may be copied. */
typedef struct ChainPlan
{
	ChainOptions opt;
	uint64		steps;			/* bits of the steps */
	uint64		starts;			/* bits of the steps a chain may start with */
	uint64		next[CHAIN_MAX_STEPS + 1];	/* [p + 1]: steps that may follow step p at once */
	uint64		ends[CHAIN_MAX_EXCLUSIONS];	/* last steps of the chains an exclusion ends */
	int64		span;			/* window without months */
	bool		months;
	bool		quick;			/* nothing special: one pass will do */
	bool		fast;			/* not even that; see chain_bits.h */
} ChainPlan;

typedef struct ChainResult
{
	int			level;			/* 0: no step at all; then nothing below is set but excluded */
	bool		excluded;		/* an exclusion is what kept it from a higher level */
	int64		start;			/* time of the chain's first row */
	int64		completed;		/* and of its last */
	uint64		reached;		/* steps that count as reached */
	uint64		filled;			/* steps that have a row, and a time */
	int64		at[CHAIN_MAX_STEPS];	/* their times; others are not set */
} ChainResult;

extern void chain_options_init(ChainOptions *opt, int nsteps);

/*
 * Check options and make a plan of them.  After CHAIN_CONFLICT, *one and
 * *other name the two options, in the words of the options language.
 */
extern ChainStatus chain_prepare(ChainPlan *plan, const ChainOptions *opt,
								 const char **one, const char **other);

/* Must rows whose mask is 0 be given, too? */
static inline bool
chain_needs_all_rows(const ChainPlan *plan)
{
	return (plan->opt.flags & CHAIN_EXACT) != 0;
}

/* The last time that is still within the window of a chain that starts at this one. */
static inline int64
chain_deadline(const ChainPlan *plan, int64 start)
{
	if (plan->span == CHAIN_FOREVER)
		return CHAIN_FOREVER;
	if (start == PG_INT64_MIN)
		return start;
	if (!plan->months)
		return plan->span >= PG_INT64_MAX - Max(start, 0) ? PG_INT64_MAX : start + plan->span;
	return timespan_add(start, &plan->opt.window, 1);
}

/*
 * The answer for one customer.  Without times, filled and at are not set,
 * which saves a second look at the rows.
 */
extern void chain_run(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result);

/* The same by the general algorithm only: the oracle of the quick one. */
extern void chain_run_plain(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result);

#endif							/* JOURNEY_CHAIN_H */
