/*
 * chain_group.c
 *		Rows of one time: which steps can they fill, in an order that helps?
 *
 * When several rows of one time can fill several steps each, filling steps is
 * a matching of rows with steps.  Of all the rows, those of one largest
 * matching (the basis, at most one row a step) are enough for every later
 * question: if a set of steps can be matched at all, it can be matched with
 * rows of the basis only (Mendelsohn and Dulmage).
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/chain_internal.h"

/* A matching between rows of a basis and steps. */
typedef struct Matching
{
	uint64		used;			/* rows that have a step */
	int8		step[CHAIN_MAX_STEPS];	/* by row, where used */
} Matching;

/*
 * Give a step a row, moving other steps to other rows where that helps.  Rows
 * in *seen have been tried.
 */
static bool
match_step(Matching *matching, const uint64 *holders, int step, uint64 *seen)
{
	for (;;)
	{
		uint64		rows = holders[step] & ~*seen;
		int			row;

		if (rows == 0)
			return false;
		if (rows & ~matching->used)
		{
			row = lowest_bit(rows & ~matching->used);
			matching->used |= BIT(row);
			matching->step[row] = step;
			return true;
		}
		row = lowest_bit(rows);
		*seen |= BIT(row);
		if (match_step(matching, holders, matching->step[row], seen))
		{
			matching->step[row] = step;
			return true;
		}
	}
}

/* Add a step to a matching, if it can be added. */
static bool
match_add(Matching *matching, const uint64 *holders, int step)
{
	uint64		seen = 0;

	return match_step(matching, holders, step, &seen);
}

/*
 * The rows of a largest matching: grown row by row, where a row that finds no
 * step, not even by moving others, is not needed.
 */
static void
group_find_basis(ChainGroup *group)
{
	int8		row_of_step[CHAIN_MAX_STEPS];
	uint64		masks[CHAIN_MAX_STEPS];
	uint64		matched = 0;

	group->nbasis = 0;
	for (size_t i = 0; i < group->n && matched != group->can; i++)
	{
		uint64		mask = group->rows[i].mask & group->plan->steps;
		int8		parent[CHAIN_MAX_STEPS];	/* by step: the row that led to it */
		uint64		seen = 0;
		uint64		todo = mask;
		int			row = group->nbasis;

		if (mask == 0)
			continue;
		masks[row] = mask;
		for (uint64 m = mask; m != 0; m &= m - 1)
			parent[lowest_bit(m)] = row;
		while (todo != 0)
		{
			int			step;

			if (todo & ~matched)
			{
				/* a free step: walk back, giving each row the step it led to */
				step = lowest_bit(todo & ~matched);
				matched |= BIT(step);
				for (;;)
				{
					int			holder = parent[step];
					int			before = -1;

					if (holder != row)
					{
						for (uint64 m = matched & ~BIT(step); m != 0; m &= m - 1)
						{
							if (row_of_step[lowest_bit(m)] == holder)
							{
								before = lowest_bit(m);
								break;
							}
						}
					}
					row_of_step[step] = holder;
					if (before < 0)
						break;
					step = before;
				}
				group->nbasis++;
				break;
			}
			step = lowest_bit(todo);
			todo &= todo - 1;
			seen |= BIT(step);
			for (uint64 m = masks[row_of_step[step]] & ~seen & ~todo; m != 0; m &= m - 1)
			{
				todo |= BIT(lowest_bit(m));
				parent[lowest_bit(m)] = row_of_step[step];
			}
		}
	}

	memset(group->holders, 0, sizeof(uint64) * group->plan->opt.nsteps);
	for (int row = 0; row < group->nbasis; row++)
	{
		for (uint64 m = masks[row]; m != 0; m &= m - 1)
			group->holders[lowest_bit(m)] |= BIT(row);
	}
}

/*
 * Read the rows of the time of rows[first].  Returns the number of the row
 * after them.
 */
size_t
chain_group_read(ChainGroup *group, const ChainPlan *plan, const ChainRow *rows, size_t first, size_t n)
{
	size_t		i = first;
	int			useful = 0;
	bool		overlap = false;
	uint64		excluded = 0;
	uint64		excluded_pure = 0;

	group->plan = plan;
	group->at = rows[first].at;
	group->rows = rows + first;
	group->can = 0;
	do
	{
		uint64		mask = rows[i].mask & plan->steps;

		if (mask != 0)
		{
			useful = useful < 2 ? useful + 1 : 2;
			overlap |= (mask & (mask - 1)) != 0;
			group->can |= mask;
		}
		else
			excluded_pure |= rows[i].mask;
		excluded |= rows[i].mask;
	} while (++i < n && rows[i].at == group->at);
	group->n = i - first;
	group->one = (plan->opt.flags & CHAIN_INCREASE) || (useful <= 1 && !(plan->opt.flags & CHAIN_REUSE));
	group->match = !group->one && overlap && !(plan->opt.flags & CHAIN_REUSE);
	if (group->match)
		group_find_basis(group);

	group->ended = group->ended_new = 0;
	for (int e = 0; e < plan->opt.nexclusions; e++)
	{
		uint64		bit = BIT(plan->opt.exclusion[e].bit);

		if (excluded & bit)
			group->ended |= plan->ends[e];
		if (excluded_pure & bit)
			group->ended_new |= plan->ends[e];
	}
	return i;
}

/*
 * The steps a chain can come to with rows of this time, when its last step
 * before was "from" (-1: none, the chain starts here).  The rows it leaves
 * over are not looked at: see chain_group_through.
 */
uint64
chain_group_steps(const ChainGroup *group, int from)
{
	const ChainPlan *plan = group->plan;
	uint64		steps = group->can & plan->next[from + 1];
	uint64		result = 0;
	Matching	matching;

	if (group->one || steps == 0)
		return steps;

	matching.used = 0;
	for (int q = from + 1; q < plan->opt.nsteps; q++)
	{
		bool		optional = (plan->opt.optional & BIT(q)) != 0;
		bool		can = (group->can & BIT(q)) != 0;

		if (can && group->match)
		{
			if (optional)
			{
				/* it may be skipped on the way to the next, so it is only tried */
				Matching	trial = matching;

				can = match_add(&trial, group->holders, q);
			}
			else
				can = match_add(&matching, group->holders, q);
		}
		if (can)
			result |= BIT(q);
		else if (!optional)
			break;
	}
	return result;
}

/* Can this set of steps be filled by rows of this time? */
bool
chain_group_fits(const ChainGroup *group, uint64 steps)
{
	Matching	matching;

	if ((steps & ~group->can) != 0)
		return false;
	if (group->one)
		return (steps & (steps - 1)) == 0;
	if (!group->match)
		return true;
	matching.used = 0;
	for (; steps != 0; steps &= steps - 1)
	{
		if (!match_add(&matching, group->holders, lowest_bit(steps)))
			return false;
	}
	return true;
}

/* Must this row be used by a chain that comes from a step before this time and goes on after it? */
static inline bool
must_use(const ChainPlan *plan, uint64 mask, int from)
{
	if (!(plan->opt.flags & CHAIN_DEDUP))
		return false;
	/* no row may be over at all: one that repeats a step is refused by the one rule, any other by the other */
	if (plan->opt.flags & CHAIN_EXACT)
		return true;
	return (mask & bits_below(from + 2)) != 0;
}

/*
 * Of the steps that chain_group_steps found, those after which the chain can
 * go on to later rows.  A row left over spoils that in some modes, unless it
 * can be put where it does no harm.  At the start of a chain it is put before
 * the start.
 */
uint64
chain_group_through(const ChainGroup *group, int from, uint64 steps)
{
	const ChainPlan *plan = group->plan;
	uint64		result = steps;

	if (from < 0 || steps == 0)
		return steps;
	if (plan->opt.flags & CHAIN_EXACT)
	{
		/* every row can fill one of the steps from "from" to the last, again or at last */
		uint64		least = 0;

		for (size_t i = 0; i < group->n; i++)
		{
			uint64		mask = group->rows[i].mask & plan->steps & ~bits_below(from);

			if (mask == 0)
				return 0;
			least |= mask & -mask;
		}
		result &= ~bits_below(highest_bit(least));
	}
	if (plan->opt.flags & CHAIN_DEDUP)
	{
		/* all rows that must be used can be matched with steps after "from" */
		uint64		masks[CHAIN_MAX_STEPS];
		int			n = 0;

		for (size_t i = 0; i < group->n; i++)
		{
			uint64		mask = group->rows[i].mask & plan->steps;

			if (!must_use(plan, mask, from))
				continue;
			if (n >= CHAIN_MAX_STEPS)
				return 0;
			masks[n++] = mask;
		}
		for (uint64 m = result; m != 0; m &= m - 1)
		{
			int			to = lowest_bit(m);
			uint64		wanted = bits_below(to + 1) & ~bits_below(from + 1);
			Matching	matching;	/* its "rows" are the steps, its "steps" the rows */
			bool		good = n <= to - from;

			for (int i = 0; i < n && good; i++)
				good = (masks[i] & wanted) != 0;
			if (good && n > 0)
			{
				uint64		columns[CHAIN_MAX_STEPS];

				for (int i = 0; i < n; i++)
					columns[i] = masks[i] & wanted;
				matching.used = 0;
				for (int i = 0; i < n && good; i++)
					good = match_add(&matching, columns, i);
			}
			if (!good)
				result &= ~BIT(to);
		}
	}
	return result;
}

/* Can a chain that stands at a step pass this time without using a row? */
bool
chain_group_stay(const ChainGroup *group, int from)
{
	const ChainPlan *plan = group->plan;

	if (group->ended & BIT(from))
		return false;
	if (plan->opt.flags & (CHAIN_EXACT | CHAIN_DEDUP))
	{
		for (size_t i = 0; i < group->n; i++)
		{
			uint64		mask = group->rows[i].mask & plan->steps;

			if ((plan->opt.flags & CHAIN_EXACT) && !(mask & BIT(from)))
				return false;
			if (must_use(plan, mask, from))
				return false;
		}
	}
	return true;
}

/*
 * Move all chains past the rows of one time.
 *
 * One chain a step is enough, the one that starts last: every other one with
 * the same last step can be continued by no row that it cannot.  With step
 * windows, of two chains that start at the same time the later last step is
 * better; a chain that starts later but took its last step earlier does not
 * exist beside one that is the other way round, because they cross, and the
 * head of the one with the tail of the other beats both.
 */
void
chain_states_group(ChainStates *states, const ChainGroup *group, bool may_start, ChainBest *best)
{
	const ChainPlan *plan = group->plan;
	ChainStates next;

	next.live = 0;
	for (int from = may_start ? -1 : 0; from < plan->opt.nsteps; from++)
	{
		uint64		steps;
		int64		start;
		int64		deadline;

		if (from < 0)
		{
			start = group->at;
			deadline = chain_deadline(plan, start);
		}
		else
		{
			if (states->live == 0 || (states->live & ~bits_below(from)) == 0)
				break;
			from = lowest_bit(states->live & ~bits_below(from));
			start = states->start[from];
			deadline = states->deadline[from];
			if (deadline < group->at)
				continue;
		}

		steps = chain_group_steps(group, from);
		if (from >= 0 && steps != 0 && group->at > chain_step_deadline(plan, from, states->last[from]))
			steps = 0;
		if (steps != 0)
			best_offer(best, highest_bit(steps) + 1, group->at, start);

		steps = chain_group_through(group, from, steps) & ~group->ended_new;
		for (uint64 m = steps; m != 0; m &= m - 1)
		{
			int			to = lowest_bit(m);

			if (!(next.live & BIT(to)) || start > next.start[to])
			{
				next.live |= BIT(to);
				next.start[to] = start;
				next.deadline[to] = deadline;
				next.last[to] = group->at;
			}
		}
		if (from >= 0 && chain_group_stay(group, from) &&
			(!(next.live & BIT(from)) || start > next.start[from]))
		{
			next.live |= BIT(from);
			next.start[from] = start;
			next.deadline[from] = deadline;
			next.last[from] = states->last[from];
		}
	}

	states->live = next.live;
	for (uint64 m = next.live; m != 0; m &= m - 1)
	{
		int			p = lowest_bit(m);

		states->start[p] = next.start[p];
		states->deadline[p] = next.deadline[p];
		states->last[p] = next.last[p];
	}
}
