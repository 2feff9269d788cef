/*
 * pattern_back.c
 *		Walks over rows, backward: from where a match can be completed.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/pattern_walk.h"

/* Put a span behind the last one of a list, or make that one longer. */
static int
append_span(Span *list, int n, int64 lo, int64 hi, int64 mark)
{
	if (n > 0 && list[n - 1].mark == mark && list[n - 1].hi == lo - 1)
		list[n - 1].hi = hi;
	else
	{
		list[n].lo = lo;
		list[n].hi = hi;
		list[n].mark = mark;
		n++;
	}
	return n;
}

/*
 * Add spans, cut to those between lo and hi, to what a timed position carries.
 * Where spans meet, the earlier end counts.
 */
static void
add_spans(Walk *walk, Times *times, const Span *more, int nmore, int64 lo, int64 hi)
{
	int			i = 0;
	int			j = 0;
	int			n = 0;
	int64		x = PG_INT64_MIN;
	Span	   *list;

	if (lo > hi || nmore == 0)
		return;
	/* each of the two has at most two ends a span where the result may change */
	if (walk->scratch_room < 2 * (times->n + nmore) + 1)
	{
		if (walk->scratch != NULL)
			pfree(walk->scratch);
		walk->scratch_room = 4 * (times->n + nmore) + 1;
		walk->scratch = palloc(sizeof(Span) * walk->scratch_room);
	}
	list = walk->scratch;
	for (;;)
	{
		int64		until = PG_INT64_MAX;
		bool		first;
		bool		second;
		int64		mark = 0;

		while (i < times->n && times->list[i].hi < x)
			i++;
		while (j < nmore && (more[j].hi < x || more[j].hi < lo))
			j++;
		if (j < nmore && more[j].lo > hi)
			j = nmore;
		if (i >= times->n && (j >= nmore || x > hi))
			break;
		first = i < times->n && times->list[i].lo <= x;
		second = j < nmore && Max(more[j].lo, lo) <= x && x <= hi;
		if (i < times->n)
			until = Min(until, first ? times->list[i].hi : times->list[i].lo - 1);
		if (second)
			until = Min(until, Min(more[j].hi, hi));
		else if (j < nmore && x <= hi)
			until = Min(until, Max(more[j].lo, lo) - 1);
		if (first && second)
			mark = Min(times->list[i].mark, more[j].mark);
		else if (first)
			mark = times->list[i].mark;
		else if (second)
			mark = more[j].mark;
		if (first || second)
			n = append_span(list, n, x, until, mark);
		if (until == PG_INT64_MAX)
			break;
		x = until + 1;
	}
	if (n > times->room)
	{
		times->room = Max(4, n * 2);
		if (times->list != NULL)
			pfree(times->list);
		times->list = palloc(sizeof(Span) * times->room);
	}
	if (n > 0)
		memcpy(times->list, list, sizeof(Span) * n);
	times->n = n;
}

/* What is carried for a time, or NULL. */
static const Span *
find_span(const Times *times, int64 at)
{
	int			lo = 0;
	int			hi = times->n;

	while (lo < hi)
	{
		int			mid = (lo + hi) / 2;

		if (times->list[mid].hi < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < times->n && times->list[lo].lo <= at ? &times->list[lo] : NULL;
}

/* A match can be completed from a position that is not timed. */
static inline void
lead(const Pattern *pattern, State *state, int pos, int64 mark)
{
	if (pattern->limited && (!set_has(state->set, pos) || state->mark[pos] > mark))
		state->mark[pos] = mark;
	set_add(state->set, pos);
}

static void
lead_open(Times *times, int64 mark)
{
	times->open_mark = times->open ? Min(times->open_mark, mark) : mark;
	times->open = true;
}

/*
 * A match can be completed from a position, through a position at which the
 * row at time t is taken, if the elapsed time is from lo to hi.  before: the
 * time of the row taken at pos.
 */
static void
lead_through(Walk *walk, State *state, int pos, const State *after, int next, int64 t, int64 before,
			 uint64 lo, uint64 hi)
{
	const Pattern *pattern = walk->pattern;
	int			no = pattern->timed_no[pos];
	int			next_no = pattern->timed_no[next];
	int64		mark = next_no < 0 && pattern->limited ? after->mark[next] : 0;

	if (no < 0)
	{
		/* not across a gap: the row at pos is the one to measure from */
		if (elapsed(before, t) < lo || elapsed(before, t) > hi)
			return;
		if (next_no >= 0)
		{
			const Span *span = find_span(&after->times[next_no], before);

			if (span == NULL)
				return;
			mark = span->mark;
		}
		lead(pattern, state, pos, mark);
	}
	else
	{
		Times	   *times = &state->times[no];
		uint64		range = elapsed(PG_INT64_MIN, t);
		int64		from = hi > range ? PG_INT64_MIN : (int64) ((uint64) t - hi);
		int64		to = (int64) ((uint64) t - Min(lo, range));
		Span		whole;

		to = lo > range ? PG_INT64_MIN : Min(to, before);
		if (next_no >= 0)
		{
			if (lo <= range)
				add_spans(walk, times, after->times[next_no].list, after->times[next_no].n, from, to);
			if (after->times[next_no].open)
				lead_open(times, after->times[next_no].open_mark);
		}
		else
		{
			whole.lo = from;
			whole.hi = to;
			whole.mark = mark;
			if (lo <= range)
				add_spans(walk, times, &whole, 1, from, to);
			lead_open(times, mark);
		}
		if (times->n > 0 || times->open)
			set_add(state->set, pos);
	}
}

/* A match may end with the row before this place, at time before. */
void
pwalk_lead_to_end(Walk *walk, State *state, int64 before)
{
	const Pattern *pattern = walk->pattern;
	const uint64 *last = walk->place == walk->orders->n ? pattern->last_at_end : pattern->last;

	for (int w = 0; w < pattern->nwords; w++)
	{
		for (uint64 left = last[w]; left != 0; left &= left - 1)
		{
			int			pos = w * 64 + pg_rightmost_one_pos64(left);
			int			no = pattern->timed_no[pos];
			int64		mark = pattern->limited ? before : 0;

			if (no < 0)
				lead(pattern, state, pos, mark);
			else
			{
				Span		whole;

				whole.lo = PG_INT64_MIN;
				whole.hi = before;
				whole.mark = mark;
				add_spans(walk, &state->times[no], &whole, 1, whole.lo, whole.hi);
				lead_open(&state->times[no], mark);
				set_add(state->set, pos);
			}
		}
	}
}

/*
 * Take back a row of a kind: from the state after it to the state before it.
 * Returns whether a match may begin with the row.
 */
static bool
take_back(Walk *walk, const State *after, State *state, const uint64 *accept, uint32 row)
{
	const Pattern *pattern = walk->pattern;
	int64		t = walk->orders->at[row];
	int64		before = row > 0 ? walk->orders->at[row - 1] : t;
	const uint64 *begin = row == 0 ? pattern->first_at_start : pattern->first;
	bool		begins = false;

	for (int w = 0; w < pattern->nwords; w++)
	{
		for (uint64 left = after->set[w] & accept[w]; left != 0; left &= left - 1)
		{
			int			next = w * 64 + pg_rightmost_one_pos64(left);
			int			no = pattern->timed_no[next];
			const uint64 *precede = set_words(pattern, pattern->precede, next);

			if (set_has(begin, next) && !begins)
			{
				if (no >= 0)
					begins = after->times[no].open &&
						(!pattern->limited || elapsed(t, after->times[no].open_mark) <= pattern->limit);
				else
					begins = !pattern->limited || elapsed(t, after->mark[next]) <= pattern->limit;
			}
			if (row == 0)
				continue;
			for (int v = 0; v < pattern->nwords; v++)
			{
				uint64		behind = precede[v];

				if (no < 0 && !pattern->limited)
				{
					state->set[v] |= behind & ~pattern->timed[v];
					behind &= pattern->timed[v];
				}
				for (; behind != 0; behind &= behind - 1)
					lead_through(walk, state, v * 64 + pg_rightmost_one_pos64(behind), after, next,
								 t, before, 0, PG_UINT64_MAX);
			}
		}
	}
	for (int i = 0; i < pattern->nedges && row > 0; i++)
	{
		const PatternEdge *edge = &pattern->edges[i];

		if (set_has(after->set, edge->to) && set_has(accept, edge->to))
			lead_through(walk, state, edge->from, after, edge->to, t, before, edge->lo, edge->hi);
	}
	return begins;
}

/*
 * Go one row back.  ends: matches may end anywhere, not only where the walk
 * began.  begins, if given, gets a bit for each node at which a match begins.
 */
void
pwalk_retreat(Walk *walk, bool ends, uint64 *begins)
{
	const PatternOrders *orders = walk->orders;
	const Pattern *pattern = walk->pattern;
	uint32		row = walk->place - 1;

	CHECK_FOR_INTERRUPTS();
	pwalk_find_tie(walk, row);
	walk->base = walk->tie == NULL ? walk->base - 1 : walk->tie->base;
	for (int i = 0; i < walk->here.n; i++)
	{
		int			node = walk->here.node[i];

		/* the first node of what comes after a tie is its last */
		if (walk->tie != NULL && walk->place == walk->tie->start + walk->tie->n)
			node = walk->tie->nnodes - 1;
		for (int k = 0; k < (walk->tie == NULL ? 1 : walk->nkinds); k++)
		{
			int			kind = orders->kind[row];
			int			behind = 0;

			if (walk->tie != NULL)
			{
				if (node / walk->weight[k] % walk->digits[k] == 0)
					continue;
				kind = walk->kind[k];
				behind = node - walk->weight[k];
			}
			if (take_back(walk, walk->here.state[i], pwalk_state_there(walk, behind),
						  set_words(pattern, orders->accept, kind), row) && begins != NULL)
				begins[(walk->base + behind) / 64] |= UINT64CONST(1) << ((walk->base + behind) % 64);
		}
	}
	pwalk_arrive(walk);
	walk->place--;
	if (ends && row > 0)
	{
		for (int i = 0; i < walk->here.n; i++)
			pwalk_lead_to_end(walk, walk->here.state[i], orders->at[row - 1]);
	}
}

/* The nodes at which a match begins, one bit each. */
uint64 *
pwalk_find_begins(const PatternOrders *orders)
{
	Size		size = sizeof(uint64) * (orders->nnodes / 64 + 1);
	uint64	   *begins = palloc_extended(size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	Walk		walk;

	pwalk_init(&walk, orders, true);
	if (orders->n > 0)
		pwalk_lead_to_end(&walk, walk.here.state[0], orders->at[orders->n - 1]);
	while (walk.place > 0)
		pwalk_retreat(&walk, true, begins);
	pwalk_end(&walk);
	return begins;
}
