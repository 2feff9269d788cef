/*
 * pattern_build.c
 *		Patterns over rows in time: from the tree to the automaton.
 *
 * The automaton is the position automaton of the expression: each element that
 * takes a row becomes a position, repetitions are written out, and a way leads
 * from each position to those that may take the next row.  What stands between
 * two elements and takes no row becomes a condition on the way: gates a span
 * of elapsed time, anchors a flag.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/pattern_internal.h"

#define MAX_ENTRIES		10000		/* of one list while building */
#define MAX_WORK		100000000	/* pairs of entries looked at while building */

/* What a way without rows demands. */
typedef struct Demand
{
	PatternSpan span;			/* of the time from the row before to the row after, if there are both */
	bool		start;			/* no row before */
	bool		end;			/* no row after */
} Demand;

/* A position at the edge of a fragment, and what is demanded between it and the edge. */
typedef struct Entry
{
	int			pos;
	Demand		demand;
} Entry;

typedef struct Entries
{
	int			n;
	int			room;
	Entry	   *list;
} Entries;

/* A part of the pattern. */
typedef struct Fragment
{
	Entries		first;			/* positions that may take its first row */
	Entries		last;			/* positions that may take its last row */
	Entries		empty;			/* ways through it without a row; pos is not used */
} Fragment;

typedef struct Builder
{
	Pattern    *pattern;
	PatternNode **atoms;		/* by position */
	int			nedges_room;
	int64		work;
	bool		too_large;
} Builder;

static const Demand no_demand = {{0, PG_UINT64_MAX}, false, false};
static const PatternSpan never = {PG_UINT64_MAX, 0};

static void build_node(Builder *b, PatternNode *node, int rank, Fragment *result, int *nranks);

/* Account for looking at so many pairs; false when the pattern takes too many. */
static bool
may_work(Builder *b, int n, int m)
{
	CHECK_FOR_INTERRUPTS();
	b->work += (int64) n * m;
	if (b->work > MAX_WORK)
		b->too_large = true;
	return !b->too_large;
}

/* ---------------------------------------------------------------- entries */

/* Does whatever meets b meet a? */
static bool
demand_covers(const Demand *a, const Demand *b)
{
	return a->span.lo <= b->span.lo && a->span.hi >= b->span.hi &&
		(!a->start || b->start) && (!a->end || b->end);
}

/* Both demands together. */
static Demand
demand_both(const Demand *a, const Demand *b)
{
	Demand		both;

	both.span.lo = Max(a->span.lo, b->span.lo);
	both.span.hi = Min(a->span.hi, b->span.hi);
	if (both.span.lo > both.span.hi)
		both.span = never;
	both.start = a->start || b->start;
	both.end = a->end || b->end;
	return both;
}

static void
entries_add(Builder *b, Entries *entries, int pos, const Demand *demand)
{
	if (entries->n >= MAX_ENTRIES)
	{
		b->too_large = true;
		return;
	}
	if (entries->n >= entries->room)
	{
		entries->room = Max(4, entries->room * 2);
		if (entries->list == NULL)
			entries->list = palloc(sizeof(Entry) * entries->room);
		else
			entries->list = repalloc(entries->list, sizeof(Entry) * entries->room);
	}
	entries->list[entries->n].pos = pos;
	entries->list[entries->n].demand = *demand;
	entries->n++;
}

static void
entries_append(Builder *b, Entries *entries, const Entries *more)
{
	for (int i = 0; i < more->n; i++)
		entries_add(b, entries, more->list[i].pos, &more->list[i].demand);
}

/* Add a way without rows, unless an easier one is known. */
static void
empty_add(Builder *b, Entries *empty, const Demand *demand)
{
	int			kept = 0;

	for (int i = 0; i < empty->n; i++)
	{
		if (demand_covers(&empty->list[i].demand, demand))
			return;
	}
	for (int i = 0; i < empty->n; i++)
	{
		if (!demand_covers(demand, &empty->list[i].demand))
			empty->list[kept++] = empty->list[i];
	}
	empty->n = kept;
	entries_add(b, empty, -1, demand);
}

static void
entries_free(Entries *entries)
{
	if (entries->list != NULL)
		pfree(entries->list);
	memset(entries, 0, sizeof(*entries));
}

static void
fragment_free(Fragment *fragment)
{
	entries_free(&fragment->first);
	entries_free(&fragment->last);
	entries_free(&fragment->empty);
}

/* ---------------------------------------------------------------- ways */

static int
edge_cmp(const void *a, const void *b)
{
	const PatternEdge *x = a;
	const PatternEdge *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	if (x->hi != y->hi)
		return x->hi > y->hi ? -1 : 1;	/* the wider first */
	return 0;
}

/* Sort the gated ways and drop those that another one covers. */
static void
tidy_edges(Pattern *pattern)
{
	int			kept = 0;

	if (pattern->nedges == 0)
		return;
	qsort(pattern->edges, pattern->nedges, sizeof(PatternEdge), edge_cmp);
	for (int i = 0; i < pattern->nedges; i++)
	{
		PatternEdge *edge = &pattern->edges[i];
		PatternEdge *before = kept > 0 ? &pattern->edges[kept - 1] : NULL;

		if (set_has(set_words(pattern, pattern->follow, edge->from), edge->to))
			continue;
		/* ascending lo: a span that ends no later than one before it lies within it */
		if (before != NULL && before->from == edge->from && before->to == edge->to &&
			edge->hi <= before->hi)
			continue;
		pattern->edges[kept++] = *edge;
	}
	pattern->nedges = kept;
}

/* A way from one position to another. */
static void
add_edge(Builder *b, int from, int to, const Demand *demand)
{
	Pattern    *pattern = b->pattern;
	PatternEdge *edge;

	/* there is a row on either side; behind a gap, maybe none that a gate measures from */
	if (demand->start || demand->end || b->too_large ||
		(demand->span.lo > demand->span.hi && !set_has(pattern->gap, from)))
		return;
	if (demand->span.lo == 0 && demand->span.hi == PG_UINT64_MAX)
	{
		set_add(set_words(pattern, pattern->follow, from), to);
		return;
	}
	if (set_has(set_words(pattern, pattern->follow, from), to))
		return;
	if (pattern->nedges >= 2 * PATTERN_MAX_GATED)
	{
		tidy_edges(pattern);
		if (pattern->nedges > PATTERN_MAX_GATED)
		{
			b->too_large = true;
			return;
		}
	}
	if (pattern->nedges >= b->nedges_room)
	{
		b->nedges_room = Max(16, b->nedges_room * 2);
		if (pattern->edges == NULL)
			pattern->edges = palloc(sizeof(PatternEdge) * b->nedges_room);
		else
			pattern->edges = repalloc(pattern->edges, sizeof(PatternEdge) * b->nedges_room);
	}
	edge = &pattern->edges[pattern->nedges++];
	edge->from = from;
	edge->to = to;
	edge->lo = demand->span.lo;
	edge->hi = demand->span.hi;
}

/* Ways from all ends to all beginnings. */
static void
connect(Builder *b, const Entries *last, const Entries *first)
{
	if (!may_work(b, last->n, first->n))
		return;
	for (int i = 0; i < last->n && !b->too_large; i++)
	{
		for (int j = 0; j < first->n; j++)
		{
			Demand		both = demand_both(&last->list[i].demand, &first->list[j].demand);

			add_edge(b, last->list[i].pos, first->list[j].pos, &both);
		}
	}
}

/* ---------------------------------------------------------------- fragments */

/* Add to a list the entries of another, each with one of the demands besides. */
static void
entries_through(Builder *b, Entries *entries, const Entries *more, const Entries *empty, bool first)
{
	if (!may_work(b, empty->n, more->n))
		return;
	for (int i = 0; i < empty->n && !b->too_large; i++)
	{
		for (int j = 0; j < more->n; j++)
		{
			Demand		both = demand_both(&more->list[j].demand, &empty->list[i].demand);

			/* a row follows the beginning, and one is before the end */
			if (first ? both.end : both.start)
				continue;
			entries_add(b, entries, more->list[j].pos, &both);
		}
	}
}

/* Put a fragment behind another; both are used up. */
static void
fragment_cat(Builder *b, Fragment *left, Fragment *right)
{
	Fragment	both;

	memset(&both, 0, sizeof(both));
	connect(b, &left->last, &right->first);
	entries_append(b, &both.first, &left->first);
	entries_through(b, &both.first, &right->first, &left->empty, true);
	entries_append(b, &both.last, &right->last);
	entries_through(b, &both.last, &left->last, &right->empty, false);
	for (int i = 0; i < left->empty.n && may_work(b, left->empty.n, right->empty.n); i++)
	{
		for (int j = 0; j < right->empty.n; j++)
		{
			Demand		demand = demand_both(&left->empty.list[i].demand, &right->empty.list[j].demand);

			empty_add(b, &both.empty, &demand);
		}
	}
	fragment_free(left);
	fragment_free(right);
	*left = both;
}

/* The other fragment as a second choice; it is used up. */
static void
fragment_alt(Builder *b, Fragment *left, Fragment *right)
{
	entries_append(b, &left->first, &right->first);
	entries_append(b, &left->last, &right->last);
	for (int i = 0; i < right->empty.n; i++)
		empty_add(b, &left->empty, &right->empty.list[i].demand);
	fragment_free(right);
}

static void
build_atom(Builder *b, PatternNode *node, int rank, Fragment *result)
{
	Pattern    *pattern = b->pattern;
	int			pos = pattern->npos++;

	b->atoms[pos] = node;
	pattern->rank[pos] = rank;
	if (node->gap)
		set_add(pattern->gap, pos);
	else if (!node->any)
		set_add(pattern->fills, pos);
	entries_add(b, &result->first, pos, &no_demand);
	entries_add(b, &result->last, pos, &no_demand);
}

/*
 * Repetitions, written out: those that must be, and behind them, one within
 * the other, those that may.  An element counts as often as it must be there,
 * but at least once; a gap only as often as it must.
 */
static void
build_repeat(Builder *b, PatternNode *node, int rank, Fragment *result, int *nranks)
{
	PatternNode *child = node->child;
	int			copies = node->max < 0 ? Max(node->min, 1) : node->max;
	Fragment   *fragments;
	int			length = 0;

	*nranks = 0;
	if (copies == 0)
	{
		empty_add(b, &result->empty, &no_demand);
		return;
	}
	fragments = palloc0(sizeof(Fragment) * copies);
	for (int i = 0; i < copies; i++)
	{
		if (child->gap)
		{
			length = 1;
			build_atom(b, child, rank + Min(i + 1, node->min), &fragments[i]);
		}
		else
			build_node(b, child, rank + Min(i, Max(node->min, 1) - 1) * length, &fragments[i], &length);
	}
	*nranks = length * (child->gap ? node->min : Max(node->min, 1));

	if (node->max < 0)
	{
		Fragment   *last = &fragments[copies - 1];

		connect(b, &last->last, &last->first);
	}
	for (int i = copies - 1;; i--)
	{
		if (i >= node->min)
			empty_add(b, &fragments[i].empty, &no_demand);
		if (i == 0)
			break;
		fragment_cat(b, &fragments[i - 1], &fragments[i]);
	}
	*result = fragments[0];
	pfree(fragments);
}

/*
 * Build a part of the pattern, of which the elements before it have been
 * counted up to rank.  *nranks: how many elements it counts.
 */
static void
build_node(Builder *b, PatternNode *node, int rank, Fragment *result, int *nranks)
{
	memset(result, 0, sizeof(*result));
	*nranks = 0;
	if (b->too_large)
		return;
	switch (node->type)
	{
		case NODE_ATOM:
			build_atom(b, node, rank + 1, result);
			*nranks = 1;
			break;
		case NODE_GATE:
			for (int i = 0; i < Max(node->nspans, 1); i++)
			{
				Demand		demand = no_demand;

				demand.span = node->nspans > 0 ? node->spans[i] : never;
				empty_add(b, &result->empty, &demand);
			}
			break;
		case NODE_START:
		case NODE_END:
			{
				Demand		demand = no_demand;

				demand.start = node->type == NODE_START;
				demand.end = node->type == NODE_END;
				empty_add(b, &result->empty, &demand);
				/* the end is something to be reached */
				*nranks = demand.end ? 1 : 0;
			}
			break;
		case NODE_CAT:
			for (PatternNode *child = node->child; child != NULL; child = child->next)
			{
				Fragment	part;
				int			length;

				if (child == node->child)
				{
					build_node(b, child, rank, result, &length);
				}
				else
				{
					build_node(b, child, rank + *nranks, &part, &length);
					fragment_cat(b, result, &part);
				}
				*nranks += length;
			}
			break;
		case NODE_ALT:
			for (PatternNode *child = node->child; child != NULL; child = child->next)
			{
				Fragment	part;
				int			length;

				build_node(b, child, rank, &part, &length);
				fragment_alt(b, result, &part);
				*nranks = Max(*nranks, length);
			}
			break;
		case NODE_REPEAT:
			build_repeat(b, node, rank, result, nranks);
			break;
	}
}

static uint64 *
new_sets(const Pattern *pattern, int n)
{
	return palloc0(sizeof(uint64) * n * pattern->nwords);
}

/* ---------------------------------------------------------------- entry */

/*
 * Compile a pattern.  Returns NULL, with the error filled in, if the text is
 * not one.
 */
Pattern *
pattern_compile(const char *text, int len, PatternNames names, PatternClock clock, PatternError *error)
{
	Pattern    *pattern = palloc0(sizeof(Pattern));
	Builder		builder;
	PatternNode *tree;
	Fragment	whole;

	pattern->names = names;
	tree = pattern_parse(pattern, text, len, clock, error);
	if (tree == NULL)
		return NULL;

	memset(&builder, 0, sizeof(builder));
	builder.pattern = pattern;
	builder.atoms = palloc(sizeof(PatternNode *) * tree->size);
	pattern->nwords = (tree->size + 63) / 64;
	pattern->rank = palloc(sizeof(int) * tree->size);
	pattern->follow = new_sets(pattern, tree->size);
	pattern->first = new_sets(pattern, 1);
	pattern->first_at_start = new_sets(pattern, 1);
	pattern->last = new_sets(pattern, 1);
	pattern->last_at_end = new_sets(pattern, 1);
	pattern->unnamed = new_sets(pattern, 1);
	pattern->fills = new_sets(pattern, 1);
	pattern->gap = new_sets(pattern, 1);
	pattern->timed = new_sets(pattern, 1);

	build_node(&builder, tree, 0, &whole, &pattern->nelements);
	pattern->nelements = Max(pattern->nelements, 1);
	if (!builder.too_large)
	{
		tidy_edges(pattern);
		builder.too_large = pattern->nedges > PATTERN_MAX_GATED;
	}
	if (builder.too_large)
	{
		error->kind = PATTERN_ERROR_LIMIT;
		error->at = 0;
		error->message = "sequence pattern is too complex";
		error->hint = "its optional parts and time gates can be combined in too many ways.";
		return NULL;
	}

	/* gates at the edges have nothing to measure from, or nothing to test */
	for (int i = 0; i < whole.first.n; i++)
	{
		set_add(pattern->first_at_start, whole.first.list[i].pos);
		if (!whole.first.list[i].demand.start)
			set_add(pattern->first, whole.first.list[i].pos);
	}
	for (int i = 0; i < whole.last.n; i++)
	{
		set_add(pattern->last_at_end, whole.last.list[i].pos);
		if (!whole.last.list[i].demand.end)
			set_add(pattern->last, whole.last.list[i].pos);
	}
	fragment_free(&whole);

	pattern_make_tables(pattern, builder.atoms);
	pfree(builder.atoms);
	return pattern;
}
