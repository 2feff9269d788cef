/*
 * pattern_internal.h
 *		What the files of the pattern core share with each other alone.
 */
#ifndef JOURNEY_PATTERN_INTERNAL_H
#define JOURNEY_PATTERN_INTERNAL_H

#include "port/pg_bitutils.h"

#include "core/pattern.h"

typedef enum PatternNodeType
{
	NODE_ATOM,					/* takes one row */
	NODE_GATE,
	NODE_START,					/* ^ */
	NODE_END,					/* $ */
	NODE_CAT,
	NODE_ALT,
	NODE_REPEAT
} PatternNodeType;

/* Elapsed times from lo to hi, both included. */
typedef struct PatternSpan
{
	uint64		lo;
	uint64		hi;
} PatternSpan;

/* A pattern as it is written. */
typedef struct PatternNode
{
	PatternNodeType type;
	int			at;				/* where in the text */
	int			size;			/* elements, gates and anchors, repetitions written out */
	bool		takes;			/* may take a row */
	bool		consumes;		/* may take a row that a gate measures from */

	/* atom: any row, or one that has (negated: has none) of the names */
	bool		any;
	bool		negated;
	bool		gap;
	int			nnames;
	int		   *names;

	/* gate */
	int			nspans;
	PatternSpan spans[2];

	/* repeat */
	int			min;
	int			max;			/* -1: no end */

	struct PatternNode *child;	/* the first */
	struct PatternNode *next;	/* sibling */
} PatternNode;

/* pattern_parse.c */
extern PatternNode *pattern_parse(Pattern *pattern, const char *text, int len, PatternClock clock,
								  PatternError *error);

/* pattern_tables.c */
extern void pattern_make_tables(Pattern *pattern, PatternNode **atoms);

/*
 * The rows as all the orders they can be taken in: mostly one row after the
 * other, but at a tie of rows of different kinds a lattice.  A node of the
 * lattice says how many of each kind have been taken.
 */
#define PATTERN_MAX_TIE_KINDS	14	/* kinds in a lattice of PATTERN_MAX_ORDERS nodes */

typedef struct PatternTie
{
	uint32		start;			/* first row */
	uint32		n;				/* rows, ordered by kind */
	int			nnodes;			/* product of (rows of a kind + 1) */
	uint64		base;			/* number of its first node among all nodes */
} PatternTie;

typedef struct PatternOrders
{
	const Pattern *pattern;
	uint32		n;
	const int64 *at;
	const int  *kind;			/* rows of equal time are ordered by kind */
	const uint64 *accept;		/* by kind */
	int			nties;			/* only those that make a difference */
	PatternTie *ties;
	int			largest_tie;	/* nodes of the largest of them */
	uint64		nnodes;			/* of all rows and ties */
} PatternOrders;

/* pattern_match.c */
extern void pattern_orders_init(PatternOrders *orders, const Pattern *pattern, const PatternRows *rows);
extern void pattern_orders_free(PatternOrders *orders, const PatternRows *rows);

/* pattern_walk.c: for every pattern and any input, including what the short ways of pattern_match.c can do */
extern bool pattern_walk_match(const PatternOrders *orders);
extern int64 pattern_walk_count(const PatternOrders *orders);
extern uint32 pattern_walk_events(const PatternOrders *orders, int64 *times);
extern int	pattern_walk_progress(const PatternOrders *orders);

#define set_words(pattern, sets, i)	((sets) + (Size) (i) * (pattern)->nwords)

static inline bool
set_has(const uint64 *set, int i)
{
	return (set[i / 64] >> (i % 64)) & 1;
}

static inline void
set_add(uint64 *set, int i)
{
	set[i / 64] |= UINT64CONST(1) << (i % 64);
}

#endif							/* JOURNEY_PATTERN_INTERNAL_H */
