/*
 * chain_set.c
 *		Funnels whose steps need no order: any order, and implied steps.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/chain_internal.h"

/*
 * Rows matched with steps, at most one each.  While rows are added in order of
 * time and a row that finds no free step takes the place of the oldest row
 * that can be spared for it, the rows kept are, for every time since, a
 * largest set of matched rows no older than that: sets of rows that can be
 * matched are the independent sets of a matroid, and the latest ones are its
 * basis of greatest weight.
 */
typedef struct Slots
{
	uint64		taken;			/* steps with a row */
	int64		at[CHAIN_MAX_STEPS];
	uint64		mask[CHAIN_MAX_STEPS];
} Slots;

/* Add a row.  Without "replace" it is left out when no step can be freed for it. */
static void
slots_add(Slots *slots, int64 at, uint64 mask, bool replace)
{
	int			parent[CHAIN_MAX_STEPS];	/* by step: the step whose row led to it; -1 the new row */
	uint64		seen = mask;
	uint64		todo = mask;
	int			goal = -1;

	if (mask == 0)
		return;
	if ((mask & (mask - 1)) == 0 && (replace || !(slots->taken & mask)) &&
		(!(slots->taken & mask) || (slots->mask[lowest_bit(mask)] & (slots->mask[lowest_bit(mask)] - 1)) == 0))
	{
		/* one step only, and its slot is free or holds another such row */
		goal = lowest_bit(mask);
		slots->taken |= mask;
		slots->at[goal] = at;
		slots->mask[goal] = mask;
		return;
	}

	for (uint64 m = mask; m != 0; m &= m - 1)
		parent[lowest_bit(m)] = -1;
	while (todo != 0 && goal < 0)
	{
		if (todo & ~slots->taken)
			goal = lowest_bit(todo & ~slots->taken);
		else
		{
			int			step = lowest_bit(todo);
			uint64		more = slots->mask[step] & ~seen;

			todo = (todo & (todo - 1)) | more;
			seen |= more;
			for (uint64 m = more; m != 0; m &= m - 1)
				parent[lowest_bit(m)] = step;
		}
	}
	if (goal < 0)
	{
		if (!replace)
			return;
		for (uint64 m = seen; m != 0; m &= m - 1)
		{
			if (goal < 0 || slots->at[lowest_bit(m)] < slots->at[goal])
				goal = lowest_bit(m);
		}
	}

	/* the goal's row, if any, goes; the rows on the way each move one step on */
	slots->taken |= BIT(goal);
	while (parent[goal] >= 0)
	{
		slots->at[goal] = slots->at[parent[goal]];
		slots->mask[goal] = slots->mask[parent[goal]];
		goal = parent[goal];
	}
	slots->at[goal] = at;
	slots->mask[goal] = mask;
}

/* Rows kept that are no older than a time. */
static int
slots_since(const Slots *slots, int64 at)
{
	int			count = 0;

	for (uint64 m = slots->taken; m != 0; m &= m - 1)
		count += slots->at[lowest_bit(m)] >= at;
	return count;
}

/* The time of the n-th latest row kept. */
static int64
slots_nth_latest(const Slots *slots, int n)
{
	uint64		left = slots->taken;
	int64		result = 0;

	while (n-- > 0)
	{
		int			latest = -1;

		for (uint64 m = left; m != 0; m &= m - 1)
		{
			if (latest < 0 || slots->at[lowest_bit(m)] > slots->at[latest])
				latest = lowest_bit(m);
		}
		left &= ~BIT(latest);
		result = slots->at[latest];
	}
	return result;
}

static inline void
add_row(const ChainPlan *plan, Slots *slots, const ChainRow *row, bool replace)
{
	uint64		mask = row->mask & plan->steps;

	if (plan->opt.flags & CHAIN_REUSE)
	{
		for (; mask != 0; mask &= mask - 1)
			slots_add(slots, row->at, mask & -mask, replace);
	}
	else
		slots_add(slots, row->at, mask, replace);
}

/*
 * Steps in any order: the most steps that rows of one window can be matched
 * with.  A chain that starts with a given row and ends at a given time can be
 * as long as a largest matching between the two allows, because any single
 * row is part of some largest matching.
 */
void
chain_any_order(const ChainPlan *plan, const ChainRow *rows, size_t n, ChainBest *best)
{
	Slots		slots;
	size_t		first[CHAIN_CLASSES];	/* by class of start: the first row whose window still holds */
	int			nclasses = plan->months ? CHAIN_CLASSES : 1;

	slots.taken = 0;
	best->level = 0;
	for (int c = 0; c < CHAIN_CLASSES; c++)
		first[c] = 0;
	for (size_t i = 0; i < n && best->level < plan->opt.nsteps;)
	{
		int64		at = rows[i].at;
		size_t		entry = n;
		int			level;

		CHECK_FOR_INTERRUPTS();
		for (; i < n && rows[i].at == at; i++)
			add_row(plan, &slots, &rows[i], true);
		if (pg_popcount64(slots.taken) <= best->level)
			continue;

		for (int c = 0; c < nclasses; c++)
		{
			size_t		f = first[c];

			if (plan->opt.flags & CHAIN_FIRST_ENTRY)
			{
				/* only the very first row that fills a step */
				while ((rows[f].mask & plan->steps) == 0)
					f++;
				first[c] = f;
				if (chain_deadline(plan, rows[f].at) < at)
					return;
			}
			else
			{
				while (f < i && ((rows[f].mask & plan->steps) == 0 ||
								 (plan->months && chain_start_class(plan, rows[f].at) != c) ||
								 chain_deadline(plan, rows[f].at) < at))
					f++;
				first[c] = f;
				if (f == i)
					continue;
			}
			entry = Min(entry, f);
		}
		if (entry == n)
			continue;
		level = slots_since(&slots, rows[entry].at);
		if (level > best->level)
		{
			int64		latest = slots_nth_latest(&slots, level);

			best->level = level;
			best->completed = at;
			best->start = rows[entry].at;
			if (plan->opt.flags & CHAIN_FIRST_ENTRY)
				continue;
			/* the last row that is early enough, and whose own window holds */
			for (size_t f = chain_seek(rows, i, latest == PG_INT64_MAX ? latest : latest + 1); f > entry; f--)
			{
				if ((rows[f - 1].mask & plan->steps) != 0 && chain_deadline(plan, rows[f - 1].at) >= at)
				{
					best->start = rows[f - 1].at;
					break;
				}
			}
		}
	}
}

static int
compare_masks(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

/*
 * When each step was done: from the start on, every row that adds a step.  So
 * the j-th time, in order, is the first time when j steps had been done.
 */
void
chain_any_order_times(const ChainPlan *plan, const ChainRow *rows, size_t n,
					  const ChainBest *best, ChainResult *result)
{
	Slots		slots;
	size_t		i = chain_seek(rows, n, best->start);

	slots.taken = 0;
	while (i < n && rows[i].at <= best->completed)
	{
		size_t		begin = i;
		int64		at = rows[i].at;

		while (i < n && rows[i].at == at)
			i++;
		if (i - begin == 1)
			add_row(plan, &slots, &rows[begin], false);
		else
		{
			/* in an order that does not depend on how they came */
			uint64	   *masks = palloc(sizeof(uint64) * (i - begin));
			ChainRow	row;

			for (size_t j = begin; j < i; j++)
				masks[j - begin] = rows[j].mask;
			qsort(masks, i - begin, sizeof(uint64), compare_masks);
			row.at = at;
			for (size_t j = 0; j < i - begin; j++)
			{
				row.mask = masks[j];
				add_row(plan, &slots, &row, false);
			}
			pfree(masks);
		}
	}
	result->filled = slots.taken;
	for (uint64 m = slots.taken; m != 0; m &= m - 1)
		result->at[lowest_bit(m)] = slots.at[lowest_bit(m)];
}

/*
 * A later step implies the earlier ones: one start, the first row that fills
 * any step.  Step i is reached at the first row that fills it or a later one;
 * it has a time of its own if that is a time at which it is filled itself.
 */
void
chain_implied(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result)
{
	int64		deadline = 0;
	bool		started = false;
	size_t		check = 4096;

	result->level = 0;
	result->filled = 0;
	for (size_t i = 0; i < n && result->level < plan->opt.nsteps;)
	{
		int64		at = rows[i].at;
		uint64		mask = 0;
		int			top;

		if (unlikely(i >= check))
		{
			CHECK_FOR_INTERRUPTS();
			check = i + 4096;
		}
		for (; i < n && rows[i].at == at; i++)
			mask |= rows[i].mask & plan->steps;
		if (mask == 0)
			continue;
		if (!started)
		{
			started = true;
			result->start = at;
			deadline = chain_deadline(plan, at);
		}
		if (at > deadline)
			break;
		top = highest_bit(mask);
		if (top < result->level)
			continue;
		if (times)
		{
			for (int p = result->level; p <= top; p++)
			{
				if (mask & BIT(p))
				{
					result->filled |= BIT(p);
					result->at[p] = at;
				}
			}
		}
		result->level = top + 1;
		result->completed = at;
	}
	result->reached = bits_below(result->level);
}
