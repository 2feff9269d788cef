/*
 * chain_plain.c
 *		The general algorithm for steps in order: every mode, every option.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/chain_internal.h"

/*
 * Level, completion and start of the best chain: one pass over the groups of
 * equal time, or one for each class of start when the window has months.
 */
void
chain_ordered(const ChainPlan *plan, const ChainRow *rows, size_t n, ChainBest *best)
{
	int			seen = 1;		/* classes that some possible start has */
	int64		entry = 0;		/* time of the first possible start */
	bool		entered = false;

	best->level = 0;
	for (int class = 0; class < (plan->months ? CHAIN_CLASSES : 1); class++)
	{
		ChainStates states;
		ChainBest	found;
		ChainGroup	group;

		if (!(seen & (1 << class)))
			continue;
		states.live = 0;
		found.level = 0;
		for (size_t i = 0; i < n && found.level < plan->opt.nsteps;)
		{
			bool		may_start;

			CHECK_FOR_INTERRUPTS();
			i = chain_group_read(&group, plan, rows, i, n);
			may_start = (group.can & plan->starts) != 0;
			if (may_start)
			{
				if (!entered)
				{
					entered = true;
					entry = group.at;
				}
				if ((plan->opt.flags & CHAIN_FIRST_ENTRY) && group.at != entry)
					may_start = false;
			}
			if (may_start && plan->months)
			{
				int			its = chain_start_class(plan, group.at);

				seen |= 1 << its;
				may_start = its == class;
			}
			if (may_start || states.live != 0)
				chain_states_group(&states, &group, may_start, &found);
		}
		if (found.level > 0)
			best_offer(best, found.level, found.completed, found.start);
	}
}

/*
 * The rest of the work on times is done on the groups from the start of the
 * best chain to its completion.
 */
typedef struct Path
{
	const ChainPlan *plan;
	const ChainRow *rows;
	size_t		n;				/* rows up to the time of completion */
	size_t		first;			/* the first row of the time of the start */
	int			final;			/* last step of the chain */
	int64		completed;
	uint64	   *hosts;			/* by row - first, at the first row of each group: see below */
} Path;

/* The steps to which a chain can come from a step at the rows of one time, so that it can be finished. */
static uint64
path_steps(const Path *path, const ChainGroup *group, int from)
{
	uint64		steps = chain_group_steps(group, from);

	if (group->at == path->completed)
		return steps & BIT(path->final);
	return chain_group_through(group, from, steps) & path->hosts[group->rows - path->rows - path->first];
}

/*
 * Backwards: for each time, at which steps may a chain stand after it, having
 * filled the step at this very time, so that it can be finished.
 */
static void
path_find_hosts(Path *path)
{
	const ChainPlan *plan = path->plan;
	size_t		end = path->n;
	uint64		going = 0;		/* steps from which a chain can go on to a later row, */
	int64		next[CHAIN_MAX_STEPS];	/* and the first time when it can */

	while (end > path->first)
	{
		size_t		begin = end - 1;
		ChainGroup	group;
		uint64		host = 0;

		CHECK_FOR_INTERRUPTS();
		while (begin > path->first && path->rows[begin - 1].at == path->rows[end - 1].at)
			begin--;
		chain_group_read(&group, plan, path->rows, begin, end);
		if (group.at == path->completed)
			host = BIT(path->final);
		else
		{
			for (uint64 m = going & ~group.ended_new; m != 0; m &= m - 1)
			{
				int			p = lowest_bit(m);

				if (next[p] <= chain_step_deadline(plan, p, group.at))
					host |= BIT(p);
			}
		}
		path->hosts[begin - path->first] = host;

		for (int p = 0; p < path->final; p++)
		{
			if (host != 0 && path_steps(path, &group, p) != 0)
			{
				going |= BIT(p);
				next[p] = group.at;
			}
			else if ((going & BIT(p)) && !chain_group_stay(&group, p))
				going &= ~BIT(p);
		}
		end = begin;
	}
}

/* Forwards, when no step may be skipped: fill as many steps as can be at each time. */
static void
path_walk(const Path *path, ChainResult *result)
{
	int			at_step = -1;

	for (size_t i = path->first; i < path->n && at_step < path->final;)
	{
		ChainGroup	group;
		uint64		steps;

		i = chain_group_read(&group, path->plan, path->rows, i, path->n);
		steps = path_steps(path, &group, at_step);
		if (steps == 0)
			continue;
		while (at_step < highest_bit(steps))
			result->at[++at_step] = group.at;
	}
	Assert(at_step == path->final);
}

/*
 * Can this step be filled at this time, too, beside others filled at it, so
 * that the chain can be finished?
 */
static bool
path_can_fill(const Path *path, const ChainGroup *group, uint64 filled, int step)
{
	uint64		hosts = group->at == path->completed ? BIT(path->final) :
		path->hosts[group->rows - path->rows - path->first];

	filled |= BIT(step);
	for (int last = step; last <= path->final; last++)
	{
		bool		required = !(path->plan->opt.optional & BIT(last));

		if (!(group->can & BIT(last)) && (required || last == step))
			return false;
		if ((hosts & BIT(last)) && chain_group_fits(group, filled | BIT(last)))
			return true;
		if (required)
			filled |= BIT(last);
	}
	return false;
}

/*
 * Forwards, when steps may be skipped: each step is filled if it can be, at
 * the first time it can be.
 */
static void
path_walk_optional(const Path *path, ChainResult *result)
{
	const ChainPlan *plan = path->plan;
	int			at_step = -1;
	uint64		filled = 0;		/* at the time of the present group */
	ChainGroup	group;
	size_t		after = chain_group_read(&group, plan, path->rows, path->first, path->n);

	result->filled = 0;
	while (at_step < path->final)
	{
		bool		found = false;

		for (uint64 m = plan->next[at_step + 1]; m != 0 && !found; m &= m - 1)
		{
			int			q = lowest_bit(m);

			CHECK_FOR_INTERRUPTS();
			if (path_can_fill(path, &group, filled, q))
				found = true;
			else if (at_step >= 0 && !(group.ended_new & BIT(at_step)))
			{
				for (size_t i = after; i < path->n && !found;)
				{
					ChainGroup	later;

					i = chain_group_read(&later, plan, path->rows, i, path->n);
					if (path_can_fill(path, &later, 0, q))
					{
						found = true;
						group = later;
						after = i;
						filled = 0;
					}
					else if (!chain_group_stay(&later, at_step))
						break;
				}
			}
			if (found)
			{
				at_step = q;
				filled |= BIT(q);
				result->filled |= BIT(q);
				result->at[q] = group.at;
			}
		}
		if (!found)
		{
			Assert(false);
			break;
		}
	}
}

/* The times of the steps of the best chain. */
void
chain_ordered_times(const ChainPlan *plan, const ChainRow *rows, size_t n,
					const ChainBest *best, ChainResult *result)
{
	Path		path;

	path.plan = plan;
	path.rows = rows;
	path.first = chain_seek(rows, n, best->start);
	path.n = best->completed == PG_INT64_MAX ? n : chain_seek(rows, n, best->completed + 1);
	path.final = best->level - 1;
	path.completed = best->completed;
	path.hosts = palloc(sizeof(uint64) * (path.n - path.first));
	path_find_hosts(&path);
	if (plan->opt.optional == 0)
	{
		result->filled = bits_below(best->level);
		path_walk(&path, result);
	}
	else
		path_walk_optional(&path, result);
	pfree(path.hosts);
}
