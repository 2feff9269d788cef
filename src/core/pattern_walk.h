/*
 * pattern_walk.h
 *		Walks over rows: what their parts share with each other alone.
 *
 * A walk goes forward or backward from place to place; a place is the number
 * of rows behind it.  At each place it knows a state for each node: one node
 * as a rule, and inside a tie one for each choice of the tied rows that may
 * have been taken so far.
 *
 * Forward, a state is the set of positions that a match in progress may be at.
 * Backward, it is the set of positions from which a match can be completed.
 *
 * A gate measures from the last row that was consumed.  That is the row just
 * taken, unless it was passed over by a gap.  So only the gaps across which a
 * gate measures (the timed positions) carry times: forward, the times of the
 * rows consumed last, as few as lose nothing; backward, the spans of time in
 * which that row must lie.  No row consumed yet (open) opens every gate.
 *
 * Where the whole match is limited, whatever is carried has a mark: forward
 * the latest start it can come from, backward the earliest end it can lead to.
 */
#ifndef JOURNEY_PATTERN_WALK_H
#define JOURNEY_PATTERN_WALK_H

#include "core/pattern_internal.h"

/* Times from lo to hi; forward both are the same. */
typedef struct Span
{
	int64		lo;
	int64		hi;
	int64		mark;
} Span;

/* What a timed position carries. */
typedef struct Times
{
	bool		open;			/* also without a row consumed before */
	int64		open_mark;
	int			n;
	int			room;
	Span	   *list;			/* ascending, apart from each other */
} Times;

typedef struct State
{
	uint64	   *set;
	int64	   *mark;			/* by position; not for timed ones */
	Times	   *times;			/* by number of the timed position */
	struct State *next_free;
} State;

/* The states at one place. */
typedef struct Level
{
	int			n;
	int			room;
	int		   *node;
	State	  **state;
} Level;

typedef struct Walk
{
	const PatternOrders *orders;
	const Pattern *pattern;
	uint32		place;
	uint64		base;			/* number of node 0 here among all nodes */
	Level		here;
	Level		there;			/* the place being made */

	/* the tie around the row being taken, if any */
	int			tie_no;			/* ties before it are behind the walk */
	const PatternTie *tie;
	int			nkinds;
	int			kind[PATTERN_MAX_TIE_KINDS];
	int			weight[PATTERN_MAX_TIE_KINDS];
	int			digits[PATTERN_MAX_TIE_KINDS];	/* rows of the kind + 1 */
	int		   *slot;			/* by node: where it is in the level, or -1 */

	bool		remember;		/* leave the states behind as they are, for whoever holds them */
	State	   *free;
	Span	   *scratch;
	int			scratch_room;
} Walk;

static inline uint64
elapsed(int64 from, int64 to)
{
	return (uint64) to - (uint64) from;
}

/* pattern_state.c */
extern void pwalk_init(Walk *walk, const PatternOrders *orders, bool at_end);
extern void pwalk_free(Walk *walk);
extern void pwalk_end(Walk *walk);
extern void pwalk_find_tie(Walk *walk, uint32 row);
extern void pwalk_arrive(Walk *walk);
extern State *pwalk_new_state(Walk *walk);
extern void pwalk_free_state(Walk *walk, State *state);
extern State *pwalk_state_there(Walk *walk, int node);
extern State *pwalk_level_add(Level *level, int node, State *state);
extern void pwalk_level_clear(Walk *walk, Level *level);
extern void pwalk_level_free(Level *level);

/* pattern_back.c */
extern void pwalk_retreat(Walk *walk, bool ends, uint64 *begins);
extern void pwalk_lead_to_end(Walk *walk, State *state, int64 before);
extern uint64 *pwalk_find_begins(const PatternOrders *orders);

#endif							/* JOURNEY_PATTERN_WALK_H */
