/*
 * chain_internal.h
 *		What the files of the chain algorithm share.
 */
#ifndef JOURNEY_CHAIN_INTERNAL_H
#define JOURNEY_CHAIN_INTERNAL_H

#ifndef FRONTEND
#include "miscadmin.h"
#else
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif


#include "core/chain.h"

#define BIT(i)			(UINT64CONST(1) << (i))

/* Bits 0 to i - 1, for i from 0 to 64. */
static inline uint64
bits_below(int i)
{
	return i >= 64 ? ~UINT64CONST(0) : BIT(i) - 1;
}

static inline int
lowest_bit(uint64 mask)
{
	return pg_rightmost_one_pos64(mask);
}

static inline int
highest_bit(uint64 mask)
{
	return pg_leftmost_one_pos64(mask);
}

/* The best chain so far. */
typedef struct ChainBest
{
	int			level;
	int64		completed;
	int64		start;
} ChainBest;

static inline void
best_offer(ChainBest *best, int level, int64 completed, int64 start)
{
	if (level > best->level ||
		(level == best->level && level > 0 &&
		 (completed < best->completed ||
		  (completed == best->completed && start > best->start))))
	{
		best->level = level;
		best->completed = completed;
		best->start = start;
	}
}

/* The last time at which the step after p may come, when step p was at this time. */
static inline int64
chain_step_deadline(const ChainPlan *plan, int p, int64 last)
{
	if (!plan->opt.step_windows || plan->opt.step_window[p + 1] == CHAIN_FOREVER)
		return PG_INT64_MAX;
	if (last == PG_INT64_MIN)
		return last;
	return timespan_sum(last, plan->opt.step_window[p + 1]);
}

/*
 * A window of months may end earlier for a later start: 30 January 12:00 and
 * one month is 28 February 12:00, 31 January 11:00 and one month is 28
 * February 11:00.  Among starts of one class the window never does, because
 * only the days 29, 30 and 31 are ever moved.
 */
#define CHAIN_CLASSES	4
extern int	chain_start_class(const ChainPlan *plan, int64 start);

/* First row at or after a time. */
extern size_t chain_seek(const ChainRow *rows, size_t n, int64 at);

/*
 * All rows of one time.
 */
typedef struct ChainGroup
{
	const ChainPlan *plan;
	int64		at;
	const ChainRow *rows;
	size_t		n;
	uint64		can;			/* steps that some row can fill */
	uint64		ended;			/* states that an excluded row of this time ends: those from before, */
	uint64		ended_new;		/* and those reached at this time */
	bool		one;			/* at most one step can be filled */
	bool		match;			/* rows must be matched with steps */
	int			nbasis;			/* rows that are enough for every matching; see chain_group.c */
	uint64		holders[CHAIN_MAX_STEPS];	/* by step: which of them can fill it */
} ChainGroup;

extern size_t chain_group_read(ChainGroup *group, const ChainPlan *plan, const ChainRow *rows, size_t first, size_t n);
extern uint64 chain_group_steps(const ChainGroup *group, int from);
extern uint64 chain_group_through(const ChainGroup *group, int from, uint64 steps);
extern bool chain_group_stay(const ChainGroup *group, int from);
extern bool chain_group_fits(const ChainGroup *group, uint64 steps);

/*
 * Chains on their way: by the last step filled, the one that starts last.
 */
typedef struct ChainStates
{
	uint64		live;
	int64		start[CHAIN_MAX_STEPS];
	int64		deadline[CHAIN_MAX_STEPS];
	int64		last[CHAIN_MAX_STEPS];	/* time of the last step */
} ChainStates;

extern void chain_states_group(ChainStates *states, const ChainGroup *group, bool may_start, ChainBest *best);

/* chain_plain.c */
extern void chain_ordered(const ChainPlan *plan, const ChainRow *rows, size_t n, ChainBest *best);
extern void chain_ordered_times(const ChainPlan *plan, const ChainRow *rows, size_t n,
								const ChainBest *best, ChainResult *result);

/* chain_set.c */
extern void chain_any_order(const ChainPlan *plan, const ChainRow *rows, size_t n, ChainBest *best);
extern void chain_any_order_times(const ChainPlan *plan, const ChainRow *rows, size_t n,
								  const ChainBest *best, ChainResult *result);
extern void chain_implied(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result);

#endif							/* JOURNEY_CHAIN_INTERNAL_H */
