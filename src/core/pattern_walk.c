/*
 * pattern_walk.c
 *		Walks over rows, forward, and what they answer: for every pattern and
 *		any input.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/pattern_walk.h"

/*
 * Add a time to measure from.  One is dropped if another, with a start not
 * earlier, passes every gate that it passes.
 */
static void
add_time(Times *times, PatternKeep keep, int64 at, int64 mark)
{
	int			lo = 0;
	int			hi = times->n;
	int			from;
	int			to;
	Span	   *list;

	while (lo < hi)
	{
		int			mid = (lo + hi) / 2;

		if (times->list[mid].lo < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* before from: earlier times; [from, to) gives way to the new one */
	from = to = lo;
	list = times->list;
	switch (keep)
	{
		case PATTERN_KEEP_LATEST:
			/* the later, the earlier the start, or it would be alone */
			if (lo < times->n && list[lo].mark >= mark)
				return;
			if (lo < times->n && list[lo].lo == at)
				to++;
			while (from > 0 && list[from - 1].mark <= mark)
				from--;
			break;
		case PATTERN_KEEP_EARLIEST:
			/* the later, the later the start */
			if (lo < times->n && list[lo].lo == at && list[lo].mark >= mark)
				return;
			if (lo > 0 && list[lo - 1].mark >= mark)
				return;
			while (to < times->n && list[to].mark <= mark)
				to++;
			break;
		case PATTERN_KEEP_ALL:
			if (lo < times->n && list[lo].lo == at)
			{
				list[lo].mark = Max(list[lo].mark, mark);
				return;
			}
			break;
	}
	if (from == to)
	{
		if (times->n >= times->room)
		{
			times->room = Max(4, times->room * 2);
			if (times->list == NULL)
				times->list = palloc(sizeof(Span) * times->room);
			else
				times->list = repalloc(times->list, sizeof(Span) * times->room);
			list = times->list;
		}
		memmove(&list[from + 1], &list[from], sizeof(Span) * (times->n - from));
		times->n++;
	}
	else if (to > from + 1)
	{
		memmove(&list[from + 1], &list[to], sizeof(Span) * (times->n - to));
		times->n -= to - from - 1;
	}
	list[from].lo = list[from].hi = at;
	list[from].mark = mark;
}

/* A row at time t is taken at a position, after one consumed at time at. */
static inline void
reach(const Pattern *pattern, State *state, int pos, int64 t, int64 at, int64 mark)
{
	int			no = pattern->timed_no[pos];

	if (no >= 0)
	{
		if (elapsed(at, t) <= pattern->reach[no])
			add_time(&state->times[no], pattern->keep[no], at, mark);
	}
	else if (pattern->limited && (!set_has(state->set, pos) || state->mark[pos] < mark))
		state->mark[pos] = mark;
	set_add(state->set, pos);
}

/* The same where no row has been consumed before. */
static inline void
reach_open(const Pattern *pattern, State *state, int pos, int64 t, int64 mark)
{
	int			no = pattern->timed_no[pos];

	if (no >= 0)
	{
		Times	   *times = &state->times[no];

		times->open_mark = times->open ? Max(times->open_mark, mark) : mark;
		times->open = true;
		set_add(state->set, pos);
	}
	else
		reach(pattern, state, pos, t, t, mark);
}

static inline bool
within_limit(const Pattern *pattern, int64 start, int64 t)
{
	return !pattern->limited || elapsed(start, t) <= pattern->limit;
}

/* A row at time t is taken at a position, coming from a timed one by a way with a gate or without. */
static void
reach_across(const Pattern *pattern, State *state, int pos, int64 t, const Times *times, uint64 lo, uint64 hi)
{
	if (times->open && within_limit(pattern, times->open_mark, t))
		reach_open(pattern, state, pos, t, times->open_mark);
	for (int i = 0; i < times->n; i++)
	{
		uint64		passed = elapsed(times->list[i].lo, t);

		if (passed < lo)
			break;				/* later ones still more so */
		if (passed <= hi && within_limit(pattern, times->list[i].mark, t))
			reach(pattern, state, pos, t, times->list[i].lo, times->list[i].mark);
	}
}

/* Take a row of a kind: from one state to another. */
static void
take(const Pattern *pattern, const State *from, State *to, const uint64 *accept, int64 t, int64 before,
	 const uint64 *begin)
{
	for (int w = 0; w < pattern->nwords; w++)
	{
		for (uint64 left = from->set[w]; left != 0; left &= left - 1)
		{
			int			pos = w * 64 + pg_rightmost_one_pos64(left);
			int			no = pattern->timed_no[pos];
			const uint64 *follow = set_words(pattern, pattern->follow, pos);
			int64		mark = 0;

			if (no < 0 && pattern->limited)
			{
				mark = from->mark[pos];
				if (!within_limit(pattern, mark, t))
					continue;
			}
			for (int v = 0; v < pattern->nwords; v++)
			{
				uint64		ahead = follow[v] & accept[v];

				if (no < 0 && !pattern->limited)
				{
					to->set[v] |= ahead & ~pattern->timed[v];
					ahead &= pattern->timed[v];
				}
				for (; ahead != 0; ahead &= ahead - 1)
				{
					int			next = v * 64 + pg_rightmost_one_pos64(ahead);

					if (no < 0)
						reach(pattern, to, next, t, before, mark);
					else
						reach_across(pattern, to, next, t, &from->times[no], 0, PG_UINT64_MAX);
				}
			}
			for (int i = pattern->edge_start[pos]; i < pattern->edge_start[pos + 1]; i++)
			{
				const PatternEdge *edge = &pattern->edges[i];

				if (!set_has(accept, edge->to))
					continue;
				if (no >= 0)
					reach_across(pattern, to, edge->to, t, &from->times[no], edge->lo, edge->hi);
				else if (elapsed(before, t) >= edge->lo && elapsed(before, t) <= edge->hi)
					reach(pattern, to, edge->to, t, before, mark);
			}
		}
		if (begin != NULL)
		{
			for (uint64 left = begin[w] & accept[w]; left != 0; left &= left - 1)
				reach_open(pattern, to, w * 64 + pg_rightmost_one_pos64(left), t, t);
		}
	}
}

static bool
state_is_empty(const Pattern *pattern, const State *state)
{
	for (int w = 0; w < pattern->nwords; w++)
	{
		if (state->set[w] != 0)
			return false;
	}
	return true;
}

/*
 * Go one row on.  begin: a match may begin with the row.  keep: nodes at which
 * no match is in progress are of interest too.
 */
static void
advance(Walk *walk, bool begin, bool keep)
{
	const PatternOrders *orders = walk->orders;
	const Pattern *pattern = walk->pattern;
	uint32		row = walk->place;
	int64		t = orders->at[row];
	int64		before = row > 0 ? orders->at[row - 1] : t;
	const uint64 *beginners = !begin ? NULL : row == 0 ? pattern->first_at_start : pattern->first;

	CHECK_FOR_INTERRUPTS();
	pwalk_find_tie(walk, row);
	for (int i = 0; i < walk->here.n; i++)
	{
		int			node = walk->here.node[i];

		if (walk->tie == NULL)
		{
			take(pattern, walk->here.state[i], pwalk_state_there(walk, 0),
				 set_words(pattern, orders->accept, orders->kind[row]), t, before, beginners);
			continue;
		}
		for (int k = 0; k < walk->nkinds; k++)
		{
			if (node / walk->weight[k] % walk->digits[k] < walk->digits[k] - 1)
				take(pattern, walk->here.state[i], pwalk_state_there(walk, node + walk->weight[k]),
					 set_words(pattern, orders->accept, walk->kind[k]), t, before, beginners);
		}
	}
	pwalk_arrive(walk);
	walk->place++;

	/* the last node of a tie is the first of what comes next */
	if (walk->tie == NULL)
		walk->base++;
	else if (walk->place == walk->tie->start + walk->tie->n)
	{
		walk->base = walk->tie->base + walk->tie->nnodes - 1;
		if (walk->here.n > 0)
			walk->here.node[0] = 0;
	}
	if (!keep)
	{
		int			kept = 0;

		for (int i = 0; i < walk->here.n; i++)
		{
			if (state_is_empty(pattern, walk->here.state[i]))
				pwalk_free_state(walk, walk->here.state[i]);
			else
			{
				walk->here.node[kept] = walk->here.node[i];
				walk->here.state[kept++] = walk->here.state[i];
			}
		}
		walk->here.n = kept;
	}
}

/* Is a match complete in this state? */
static bool
is_complete(const Walk *walk, const State *state)
{
	const Pattern *pattern = walk->pattern;
	const uint64 *last = walk->place == walk->orders->n ? pattern->last_at_end : pattern->last;

	for (int w = 0; w < pattern->nwords; w++)
	{
		if (state->set[w] & last[w])
			return true;
	}
	return false;
}

static bool
any_complete(const Walk *walk)
{
	for (int i = 0; i < walk->here.n; i++)
	{
		if (is_complete(walk, walk->here.state[i]))
			return true;
	}
	return false;
}

bool
pattern_walk_match(const PatternOrders *orders)
{
	Walk		walk;
	bool		complete = false;

	pwalk_init(&walk, orders, false);
	while (walk.place < orders->n && !complete)
	{
		advance(&walk, true, true);
		complete = any_complete(&walk);
	}
	pwalk_end(&walk);
	return complete;
}

int
pattern_walk_progress(const PatternOrders *orders)
{
	const Pattern *pattern = orders->pattern;
	Walk		walk;
	int			progress = 0;

	pwalk_init(&walk, orders, false);
	while (walk.place < orders->n && progress < pattern->nelements)
	{
		advance(&walk, true, true);
		if (any_complete(&walk))
			progress = pattern->nelements;
		for (int i = 0; i < walk.here.n; i++)
		{
			for (int w = 0; w < pattern->nwords; w++)
			{
				for (uint64 left = walk.here.state[i]->set[w]; left != 0; left &= left - 1)
					progress = Max(progress, pattern->rank[w * 64 + pg_rightmost_one_pos64(left)]);
			}
		}
	}
	pwalk_end(&walk);
	return progress;
}

/* ---------------------------------------------------------------- matches one after the other */

/* Keep the nodes of this place for which a test holds. */
static bool
keep_nodes(Walk *walk, const uint64 *begins)
{
	bool		any = false;
	int			kept = 0;

	for (int i = 0; i < walk->here.n; i++)
	{
		uint64		number = walk->base + walk->here.node[i];

		any |= begins != NULL ? (begins[number / 64] >> (number % 64)) & 1 : is_complete(walk, walk->here.state[i]);
	}
	if (!any)
		return false;
	for (int i = 0; i < walk->here.n; i++)
	{
		uint64		number = walk->base + walk->here.node[i];

		if (begins != NULL ? (begins[number / 64] >> (number % 64)) & 1 : is_complete(walk, walk->here.state[i]))
		{
			walk->here.node[kept] = walk->here.node[i];
			walk->here.state[kept++] = walk->here.state[i];
		}
		else
			pwalk_free_state(walk, walk->here.state[i]);
	}
	walk->here.n = kept;
	return true;
}

/* Forget the matches in progress, but not the nodes. */
static void
forget(Walk *walk)
{
	for (int i = 0; i < walk->here.n; i++)
	{
		pwalk_free_state(walk, walk->here.state[i]);
		walk->here.state[i] = pwalk_new_state(walk);
	}
}

/* Go on to the leftmost place at which a match begins; false when there is none. */
static bool
go_to_start(Walk *walk, const uint64 *begins)
{
	while (walk->place < walk->orders->n)
	{
		if (keep_nodes(walk, begins))
			return true;
		advance(walk, false, true);
	}
	return false;
}

/* From there, go on to the first place at which it ends.  There is one, or it would not begin. */
static bool
go_to_end(Walk *walk)
{
	advance(walk, true, false);
	while (!keep_nodes(walk, NULL))
	{
		Assert(walk->here.n > 0 && walk->place < walk->orders->n);
		if (walk->place >= walk->orders->n)
			return false;
		advance(walk, false, false);
	}
	return true;
}

int64
pattern_walk_count(const PatternOrders *orders)
{
	uint64	   *begins = pwalk_find_begins(orders);
	int64		count = 0;
	Walk		walk;

	pwalk_init(&walk, orders, false);
	while (go_to_start(&walk, begins) && go_to_end(&walk))
	{
		forget(&walk);
		count++;
	}
	pwalk_end(&walk);
	pfree(begins);
	return count;
}

/*
 * Of the ways at this place, drop those that cannot be completed; of the rest,
 * if any fills something with the row just taken, those that do not.
 */
static bool
cut_ways(Walk *walk, const Level *completes)
{
	const Pattern *pattern = walk->pattern;
	bool		fills = false;

	for (int i = 0; i < completes->n && walk->slot != NULL; i++)
		walk->slot[completes->node[i]] = i;
	for (int i = 0; i < walk->here.n; i++)
	{
		State	   *state = walk->here.state[i];
		int			known = walk->slot != NULL ? walk->slot[walk->here.node[i]] : 0;

		/* a time from which a gap cannot be left is harmless: it will not be */
		for (int w = 0; w < pattern->nwords; w++)
		{
			state->set[w] &= known < 0 ? 0 : completes->state[known]->set[w];
			fills |= (state->set[w] & pattern->fills[w]) != 0;
		}
	}
	for (int i = 0; i < completes->n && walk->slot != NULL; i++)
		walk->slot[completes->node[i]] = -1;
	if (fills)
	{
		for (int i = 0; i < walk->here.n; i++)
		{
			for (int w = 0; w < pattern->nwords; w++)
				walk->here.state[i]->set[w] &= pattern->fills[w];
		}
	}
	return fills;
}

/* A walk at the place of another, at the same nodes, with no match in progress. */
static Walk
fork_walk(const Walk *walk)
{
	Walk		fork = *walk;

	memset(&fork.here, 0, sizeof(fork.here));
	memset(&fork.there, 0, sizeof(fork.there));
	fork.free = NULL;
	fork.scratch = NULL;
	fork.scratch_room = 0;
	for (int i = 0; i < walk->here.n; i++)
		pwalk_level_add(&fork.here, walk->here.node[i], pwalk_new_state(&fork));
	return fork;
}

/*
 * Times of the rows that fill the first match, each taken as early as can be:
 * at every row, if any of the ways that are still the earliest fills something
 * with it, those that do not are dropped.
 */
uint32
pattern_walk_events(const PatternOrders *orders, int64 *times)
{
	uint64	   *begins = pwalk_find_begins(orders);
	Walk		walk;
	Walk		back;
	Walk		again;
	uint32		length;
	uint32		n = 0;
	Level	   *completes;

	pwalk_init(&walk, orders, false);
	if (!go_to_start(&walk, begins))
	{
		pwalk_end(&walk);
		pfree(begins);
		return 0;
	}
	pfree(begins);
	again = fork_walk(&walk);
	if (!go_to_end(&walk))
		return 0;
	length = walk.place - again.place;

	/* from the end back to the start, remembering what completes the match just there */
	completes = palloc_extended(sizeof(Level) * ((Size) length + 1), MCXT_ALLOC_HUGE);
	back = fork_walk(&walk);
	back.remember = true;
	for (int i = 0; i < back.here.n; i++)
		pwalk_lead_to_end(&back, back.here.state[i], orders->at[back.place - 1]);
	completes[length] = back.here;
	for (uint32 i = length; i-- > 0;)
	{
		pwalk_retreat(&back, false, NULL);
		completes[i] = back.here;
	}

	for (uint32 i = 1; i <= length; i++)
	{
		advance(&again, i == 1, false);
		if (cut_ways(&again, &completes[i]))
			times[n++] = orders->at[again.place - 1];
	}

	for (uint32 i = 1; i <= length; i++)
	{
		pwalk_level_clear(&back, &completes[i]);
		pwalk_level_free(&completes[i]);
	}
	pfree(completes);
	pwalk_free(&back);
	pwalk_free(&again);
	pwalk_end(&walk);
	return n;
}
