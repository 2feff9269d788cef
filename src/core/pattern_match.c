/*
 * pattern_match.c
 *		Patterns over rows in time: what rows are of a kind, the orders of tied
 *		rows, and the short way for most patterns.
 *
 * The short way is for patterns of up to 64 positions without gates and
 * limits: one word holds all positions that a match in progress can be at.
 * Everything else is pattern_walk.c's, and so are counting and events where
 * the order of rows is not settled.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/pattern_internal.h"

#define CACHED_MASKS	64		/* a power of 2 */
#define FEW_LABELS		8		/* up to which a walk is faster than a search */
#define FEW_ROWS		16		/* up to which insertion is the fastest sort */

/* ---------------------------------------------------------------- kinds of rows */

void
pattern_kinds_init(PatternKinds *kinds, const Pattern *pattern)
{
	memset(kinds, 0, sizeof(*kinds));
	kinds->pattern = pattern;
	kinds->room = 8;
	kinds->accept = palloc(sizeof(uint64) * kinds->room * pattern->nwords);
	kinds->nslots = 16;
	kinds->slots = palloc0(sizeof(int) * kinds->nslots);
	if (pattern->names == PATTERN_CONDITIONS)
	{
		kinds->ncached = CACHED_MASKS;
		kinds->cache = palloc(sizeof(*kinds->cache) * CACHED_MASKS);
		for (int i = 0; i < CACHED_MASKS; i++)
			kinds->cache[i].kind = -1;
	}
}

static uint32
hash_set(const uint64 *set, int nwords)
{
	uint64		h = 0;

	for (int i = 0; i < nwords; i++)
	{
		h = (h ^ set[i]) * UINT64CONST(0x9E3779B97F4A7C15);
		h ^= h >> 32;
	}
	return (uint32) h;
}

/* The slot of a set: where it is, or where it would go. */
static int
find_slot(const PatternKinds *kinds, const uint64 *set)
{
	int			nwords = kinds->pattern->nwords;
	int			i = hash_set(set, nwords) & (kinds->nslots - 1);

	while (kinds->slots[i] != 0 &&
		   memcmp(kinds->accept + (Size) (kinds->slots[i] - 1) * nwords, set, sizeof(uint64) * nwords) != 0)
		i = (i + 1) & (kinds->nslots - 1);
	return i;
}

/*
 * The number of the kind whose set stands behind the last one; a new kind if
 * there is none yet.
 */
static int
intern_kind(PatternKinds *kinds)
{
	int			nwords = kinds->pattern->nwords;
	const uint64 *set = kinds->accept + (Size) kinds->n * nwords;
	int			slot = find_slot(kinds, set);

	if (kinds->slots[slot] != 0)
		return kinds->slots[slot] - 1;
	kinds->slots[slot] = ++kinds->n;
	if (kinds->n * 2 > kinds->nslots)
	{
		pfree(kinds->slots);
		kinds->nslots *= 2;
		kinds->slots = palloc0(sizeof(int) * kinds->nslots);
		for (int i = 0; i < kinds->n; i++)
			kinds->slots[find_slot(kinds, kinds->accept + (Size) i * nwords)] = i + 1;
	}
	return kinds->n - 1;
}

/* Room for one more set, behind the last one. */
static uint64 *
scratch_set(PatternKinds *kinds)
{
	int			nwords = kinds->pattern->nwords;

	if (kinds->n >= kinds->room)
	{
		kinds->room *= 2;
		kinds->accept = repalloc(kinds->accept, sizeof(uint64) * kinds->room * nwords);
	}
	return kinds->accept + (Size) kinds->n * nwords;
}

/* The kind of a row that meets the conditions of a mask. */
int
pattern_kind_of_mask(PatternKinds *kinds, uint64 mask)
{
	const Pattern *pattern = kinds->pattern;
	struct PatternCache *cached;
	uint64	   *set;

	if (pattern->nnames < 64)
		mask &= (UINT64CONST(1) << pattern->nnames) - 1;
	cached = &kinds->cache[(mask ^ (mask >> 6) ^ (mask >> 18) ^ (mask >> 36)) & (CACHED_MASKS - 1)];
	if (cached->kind >= 0 && cached->mask == mask)
		return cached->kind;

	set = scratch_set(kinds);
	for (int w = 0; w < pattern->nwords; w++)
	{
		uint64		with = 0;
		uint64		without = 0;

		for (uint64 left = mask; left != 0; left &= left - 1)
		{
			int			name = pg_rightmost_one_pos64(left);

			with |= set_words(pattern, pattern->with, name)[w];
			without |= set_words(pattern, pattern->without, name)[w];
		}
		set[w] = with | (pattern->unnamed[w] & ~without);
	}
	cached->mask = mask;
	cached->kind = intern_kind(kinds);
	return cached->kind;
}

/* The number of a label in the pattern, or -1. */
int
pattern_find_label(const Pattern *pattern, const char *label, int len)
{
	int			lo = 0;
	int			hi = pattern->nnames;

	if (pattern->nnames <= FEW_LABELS)
	{
		for (int i = 0; i < pattern->nnames; i++)
		{
			if (pattern->labels[i].len == len && memcmp(pattern->labels[i].data, label, len) == 0)
				return i;
		}
		return -1;
	}
	while (lo < hi)
	{
		int			mid = (lo + hi) / 2;
		int			number = pattern->label_order[mid];
		const PatternLabel *known = &pattern->labels[number];
		int			cmp = memcmp(label, known->data, Min(len, known->len));

		if (cmp == 0)
			cmp = len - known->len;
		if (cmp == 0)
			return number;
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return -1;
}

/* The kind of an entry with a label of this number in the pattern, or -1. */
int
pattern_kind_of_label(PatternKinds *kinds, int number)
{
	const Pattern *pattern = kinds->pattern;
	uint64	   *set = scratch_set(kinds);

	for (int w = 0; w < pattern->nwords; w++)
	{
		if (number < 0)
			set[w] = pattern->unnamed[w];
		else
			set[w] = set_words(pattern, pattern->with, number)[w] |
				(pattern->unnamed[w] & ~set_words(pattern, pattern->without, number)[w]);
	}
	return intern_kind(kinds);
}

/* ---------------------------------------------------------------- orders of tied rows */

/*
 * Kinds in the order of the first element that takes them.  Where a tie is too
 * large for all orders to be tried, rows are taken in this one.
 */
static int
kind_cmp(const void *a, const void *b, void *arg)
{
	const PatternKinds *kinds = arg;
	int			nwords = kinds->pattern->nwords;
	const uint64 *x = kinds->accept + (Size) *(const int *) a * nwords;
	const uint64 *y = kinds->accept + (Size) *(const int *) b * nwords;

	for (int w = 0; w < nwords; w++)
	{
		uint64		differ = x[w] ^ y[w];

		if (differ != 0)
			return (x[w] & differ & (~differ + 1)) != 0 ? -1 : 1;
	}
	return 0;
}

/* All kinds in that order. */
static int *
order_kinds(const PatternKinds *kinds)
{
	int		   *order = palloc(sizeof(int) * kinds->n);

	for (int i = 0; i < kinds->n; i++)
		order[i] = i;
	qsort_arg(order, kinds->n, sizeof(int), kind_cmp, (void *) kinds);
	return order;
}

/* Put the kinds of tied rows in order. */
static void
sort_kinds(int *kind, uint32 n, const PatternKinds *kinds)
{
	if (n > FEW_ROWS && n >= (uint32) kinds->n)
	{
		/* few kinds of many rows: count them */
		int		   *order = order_kinds(kinds);
		uint32	   *count = palloc0(sizeof(uint32) * kinds->n);
		uint32		to = 0;

		for (uint32 i = 0; i < n; i++)
			count[kind[i]]++;
		for (int k = 0; k < kinds->n; k++)
		{
			for (uint32 i = 0; i < count[order[k]]; i++)
				kind[to++] = order[k];
		}
		pfree(order);
		pfree(count);
		return;
	}
	if (n > FEW_ROWS)
	{
		qsort_arg(kind, n, sizeof(int), kind_cmp, (void *) kinds);
		return;
	}
	for (uint32 i = 1; i < n; i++)
	{
		int			moved = kind[i];
		uint32		j = i;

		for (; j > 0 && kind_cmp(&moved, &kind[j - 1], (void *) kinds) < 0; j--)
			kind[j] = kind[j - 1];
		kind[j] = moved;
	}
}

/* The size of the lattice of a tie that is ordered by kind, or 0 when it is too large. */
static int
lattice_size(const int *kind, uint32 n)
{
	uint64		nnodes = 1;

	for (uint32 i = 0, run; i < n; i += run)
	{
		for (run = 1; i + run < n && kind[i + run] == kind[i]; run++)
			;
		nnodes *= run + 1;
		if (nnodes > PATTERN_MAX_ORDERS)
			return 0;
	}
	return (int) nnodes;
}

/*
 * The orders that rows can be taken in.  The rows are left as they are; those
 * of a tie are put in order in a copy.
 */
void
pattern_orders_init(PatternOrders *orders, const Pattern *pattern, const PatternRows *rows)
{
	int		   *copy = NULL;
	int			room = 0;

	memset(orders, 0, sizeof(*orders));
	orders->pattern = pattern;
	orders->n = rows->n;
	orders->at = rows->at;
	orders->kind = rows->kind;
	orders->accept = rows->kinds->accept;

	for (uint32 i = 0, m; i < rows->n; i += m)
	{
		bool		differ = false;
		int			nnodes;

		for (m = 1; i + m < rows->n && rows->at[i + m] == rows->at[i]; m++)
			differ |= rows->kind[i + m] != rows->kind[i];
		if (!differ)
		{
			orders->nnodes += m;
			continue;
		}
		if (copy == NULL)
		{
			copy = palloc_extended(sizeof(int) * rows->n, MCXT_ALLOC_HUGE);
			memcpy(copy, rows->kind, sizeof(int) * rows->n);
			orders->kind = copy;
		}
		sort_kinds(copy + i, m, rows->kinds);
		nnodes = lattice_size(copy + i, m);
		if (nnodes == 0)
		{
			orders->nnodes += m;
			continue;
		}
		if (orders->nties >= room)
		{
			room = Max(8, room * 2);
			if (orders->ties == NULL)
				orders->ties = palloc(sizeof(PatternTie) * room);
			else
				orders->ties = repalloc(orders->ties, sizeof(PatternTie) * room);
		}
		orders->ties[orders->nties].start = i;
		orders->ties[orders->nties].n = m;
		orders->ties[orders->nties].nnodes = nnodes;
		orders->largest_tie = Max(orders->largest_tie, nnodes);
		orders->ties[orders->nties].base = orders->nnodes;
		orders->nties++;
		/* the last node of a tie is the first of what comes after it */
		orders->nnodes += nnodes - 1;
	}
	orders->nnodes++;
}

/* Free what they hold, with rows the ones they were made of. */
void
pattern_orders_free(PatternOrders *orders, const PatternRows *rows)
{
	if (orders->kind != rows->kind)
		pfree((void *) orders->kind);
	if (orders->ties != NULL)
		pfree(orders->ties);
}

/* ---------------------------------------------------------------- the short way */

/* Is the pattern one for the short way? */
static bool
is_short(const PatternOrders *orders)
{
	const Pattern *pattern = orders->pattern;

	return pattern->nwords == 1 && pattern->nedges == 0 && !pattern->limited;
}

/* All positions that ways lead to (or from, with precede) from any of a set. */
static inline uint64
ways(const uint64 *table, uint64 set)
{
	uint64		all = 0;

	for (; set != 0; set &= set - 1)
		all |= table[pg_rightmost_one_pos64(set)];
	return all;
}

/*
 * Go through a tie in all orders: from the positions before it to those after
 * it.  Every choice of what has been taken so far is a node; the number of a
 * node is made of how many of each kind, as digits.
 */
static uint64
short_tie(const PatternOrders *orders, const PatternTie *tie, uint64 at, uint64 *nodes, uint64 *reached)
{
	const Pattern *pattern = orders->pattern;
	int			nkinds = 0;
	uint64		accept[PATTERN_MAX_TIE_KINDS];
	int			weight[PATTERN_MAX_TIE_KINDS];
	int			digits[PATTERN_MAX_TIE_KINDS];
	uint64		all = 0;

	for (uint32 i = tie->start, run; i < tie->start + tie->n; i += run)
	{
		for (run = 1; i + run < tie->start + tie->n && orders->kind[i + run] == orders->kind[i]; run++)
			;
		accept[nkinds] = orders->accept[orders->kind[i]];
		weight[nkinds] = nkinds == 0 ? 1 : weight[nkinds - 1] * digits[nkinds - 1];
		digits[nkinds++] = run + 1;
	}
	memset(nodes, 0, sizeof(uint64) * tie->nnodes);
	nodes[0] = at;
	/* ascending: each node comes before those that take one more row */
	for (int node = 0; node < tie->nnodes; node++)
	{
		uint64		next = (tie->start == 0 && node == 0 ? *pattern->first_at_start : *pattern->first) |
			ways(pattern->follow, nodes[node]);

		if (node > 0)
			all |= nodes[node];
		for (int k = 0; k < nkinds; k++)
		{
			if (node / weight[k] % digits[k] < digits[k] - 1)
				nodes[node + weight[k]] |= next & accept[k];
		}
	}
	*reached |= all;
	return nodes[tie->nnodes - 1];
}

/*
 * Runs a match from any start, and collects the positions that it reaches.
 * Stops where one is complete.
 */
static bool
short_forward(const PatternOrders *orders, uint64 *reached)
{
	const Pattern *pattern = orders->pattern;
	const uint64 *follow = pattern->follow;
	uint64		first = *pattern->first;
	uint64		last = *pattern->last;
	uint64		at = 0;
	uint64	   *nodes = NULL;
	int			tie = 0;
	bool		complete = false;

	*reached = 0;
	if (orders->nties > 0)
		nodes = palloc(sizeof(uint64) * orders->largest_tie);
	for (uint32 i = 0; i < orders->n && !complete; i++)
	{
		if (tie < orders->nties && i == orders->ties[tie].start)
		{
			CHECK_FOR_INTERRUPTS();
			at = short_tie(orders, &orders->ties[tie], at, nodes, reached);
			i += orders->ties[tie].n - 1;
			tie++;
			/* maybe within the tie */
			complete = (*reached & last) != 0;
			continue;
		}
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		at = ((i == 0 ? *pattern->first_at_start : first) | ways(follow, at)) & orders->accept[orders->kind[i]];
		*reached |= at;
		complete = (at & last) != 0;
	}
	if (nodes != NULL)
		pfree(nodes);
	return complete || (at & *pattern->last_at_end) != 0;
}

/*
 * By row, the positions from which the pattern can be completed when they took
 * the row before it: done[i] goes with the place before row i.
 */
static uint64 *
short_backward(const PatternOrders *orders)
{
	const Pattern *pattern = orders->pattern;
	uint32		n = orders->n;
	uint64	   *done = palloc_extended(sizeof(uint64) * ((Size) n + 1), MCXT_ALLOC_HUGE);

	done[n] = *pattern->last_at_end;
	for (uint32 i = n; i-- > 0;)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		done[i] = *pattern->last | ways(pattern->precede, done[i + 1] & orders->accept[orders->kind[i]]);
	}
	return done;
}

/*
 * The next match at or after row *from: the leftmost start, its shortest end.
 * Returns false when there is none.
 */
static bool
short_next(const PatternOrders *orders, const uint64 *done, uint32 from, uint32 *start, uint32 *end)
{
	const Pattern *pattern = orders->pattern;

	for (uint32 i = from; i < orders->n; i++)
	{
		uint64		begin = i == 0 ? *pattern->first_at_start : *pattern->first;
		uint64		at = begin & orders->accept[orders->kind[i]] & done[i + 1];

		if (at == 0)
			continue;
		*start = i;
		while (i++, (at & (i == orders->n ? *pattern->last_at_end : *pattern->last)) == 0)
			at = ways(pattern->follow, at) & orders->accept[orders->kind[i]] & done[i + 1];
		*end = i;
		return true;
	}
	return false;
}

static int64
short_count(const PatternOrders *orders)
{
	uint64	   *done = short_backward(orders);
	uint32		start;
	uint32		end = 0;
	int64		count = 0;

	while (short_next(orders, done, end, &start, &end))
		count++;
	pfree(done);
	return count;
}

/*
 * Times of the rows that fill the first match, each taken as early as can be:
 * at every row, if any of the ways that are still the earliest fills something
 * with it, those that do not are dropped.
 */
static uint32
short_events(const PatternOrders *orders, int64 *times)
{
	const Pattern *pattern = orders->pattern;
	uint64	   *done = short_backward(orders);
	uint32		start;
	uint32		end;
	uint32		n = 0;
	uint64		at;

	if (short_next(orders, done, 0, &start, &end))
	{
		/* now only what completes it at this end counts */
		done[end] = end == orders->n ? *pattern->last_at_end : *pattern->last;
		for (uint32 i = end; i-- > start;)
			done[i] = ways(pattern->precede, done[i + 1] & orders->accept[orders->kind[i]]);
		at = 0;
		for (uint32 i = start; i < end; i++)
		{
			uint64		next = i > start ? ways(pattern->follow, at) :
				i == 0 ? *pattern->first_at_start : *pattern->first;

			at = next & orders->accept[orders->kind[i]] & done[i + 1];
			if (at & *pattern->fills)
			{
				at &= *pattern->fills;
				times[n++] = orders->at[i];
			}
		}
	}
	pfree(done);
	return n;
}

/* ---------------------------------------------------------------- entry */

/* Does the pattern match anywhere? */
bool
pattern_match(const Pattern *pattern, const PatternRows *rows)
{
	PatternOrders orders;
	uint64		reached;
	bool		match;

	pattern_orders_init(&orders, pattern, rows);
	match = is_short(&orders) ? short_forward(&orders, &reached) : pattern_walk_match(&orders);
	pattern_orders_free(&orders, rows);
	return match;
}

/* How many matches without overlap: each the leftmost start and its shortest end. */
int64
pattern_count(const Pattern *pattern, const PatternRows *rows)
{
	PatternOrders orders;
	int64		count;

	pattern_orders_init(&orders, pattern, rows);
	count = is_short(&orders) && orders.nties == 0 ? short_count(&orders) : pattern_walk_count(&orders);
	pattern_orders_free(&orders, rows);
	return count;
}

/*
 * The times of the rows that fill the first match, into an array with room for
 * as many as there are rows.  Returns how many, 0 when nothing matches.
 */
uint32
pattern_events(const Pattern *pattern, const PatternRows *rows, int64 *times)
{
	PatternOrders orders;
	uint32		n;

	pattern_orders_init(&orders, pattern, rows);
	n = is_short(&orders) && orders.nties == 0 ? short_events(&orders, times) : pattern_walk_events(&orders, times);
	pattern_orders_free(&orders, rows);
	return n;
}

/* The number of the last element that any beginning of a match reaches; nelements if one matches. */
int
pattern_progress(const Pattern *pattern, const PatternRows *rows)
{
	PatternOrders orders;
	uint64		reached;
	int			progress = 0;

	pattern_orders_init(&orders, pattern, rows);
	if (!is_short(&orders))
		progress = pattern_walk_progress(&orders);
	else if (short_forward(&orders, &reached))
		progress = pattern->nelements;
	else
	{
		for (; reached != 0; reached &= reached - 1)
			progress = Max(progress, pattern->rank[pg_rightmost_one_pos64(reached)]);
	}
	pattern_orders_free(&orders, rows);
	return progress;
}
