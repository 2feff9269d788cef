/*
 * chain.c
 *		How far one customer came in a funnel: checking the question, and the
 *		one-pass answer for the questions with nothing special.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "common/int.h"

#include "core/chain_internal.h"
#include "core/iso8601.h"

#define USECS_DAY		INT64CONST(86400000000)

/* What may be combined is asked of these; the first ones are flags, the others stand for options. */
#define HAS_OPTIONAL	0x0100
#define HAS_EXCLUSION	0x0200
#define HAS_STEP_WINDOW	0x0400

typedef struct Feature
{
	uint32		flag;
	const char *word;
	uint32		conflicts;
} Feature;

static const Feature features[] = {
	{CHAIN_ANY_ORDER, "any_order",
		CHAIN_IMPLIED | CHAIN_INCREASE | CHAIN_EXACT | CHAIN_DEDUP | HAS_OPTIONAL | HAS_EXCLUSION | HAS_STEP_WINDOW},
	{CHAIN_IMPLIED, "implied",
		CHAIN_REUSE | CHAIN_INCREASE | CHAIN_EXACT | CHAIN_DEDUP | HAS_OPTIONAL | HAS_EXCLUSION | HAS_STEP_WINDOW},
	{CHAIN_REUSE, "reuse", 0},
	{CHAIN_INCREASE, "increase", 0},
	{CHAIN_EXACT, "exact", 0},
	{CHAIN_DEDUP, "dedup", 0},
	{CHAIN_FIRST_ENTRY, "first_entry", 0},
	{HAS_OPTIONAL, "optional", CHAIN_EXACT | CHAIN_DEDUP | HAS_STEP_WINDOW},
	{HAS_EXCLUSION, "exclude", 0},
	{HAS_STEP_WINDOW, "within ... to", 0},
};

void
chain_options_init(ChainOptions *opt, int nsteps)
{
	memset(opt, 0, sizeof(*opt));
	opt->nsteps = nsteps;
	for (int i = 0; i < CHAIN_MAX_STEPS; i++)
		opt->step_window[i] = CHAIN_FOREVER;
}

static ChainStatus
find_conflict(const ChainOptions *opt, const char **one, const char **other)
{
	uint32		present = opt->flags;

	if (opt->optional != 0)
		present |= HAS_OPTIONAL;
	if (opt->nexclusions > 0)
		present |= HAS_EXCLUSION;
	if (opt->step_windows)
		present |= HAS_STEP_WINDOW;
	for (int i = 0; i < (int) lengthof(features); i++)
	{
		if (!(present & features[i].flag) || !(present & features[i].conflicts))
			continue;
		for (int j = 0; j < (int) lengthof(features); j++)
		{
			if (present & features[i].conflicts & features[j].flag)
			{
				*one = features[i].word;
				*other = features[j].word;
				return CHAIN_CONFLICT;
			}
		}
	}
	return CHAIN_OK;
}

ChainStatus
chain_prepare(ChainPlan *plan, const ChainOptions *opt, const char **one, const char **other)
{
	int			k = opt->nsteps;
	ChainStatus status;

	*one = *other = NULL;
	if (k < 1 || k > CHAIN_MAX_STEPS)
		return CHAIN_BAD_NSTEPS;
	status = find_conflict(opt, one, other);
	if (status != CHAIN_OK)
		return status;

	plan->opt = *opt;
	plan->steps = bits_below(k);
	plan->span = CHAIN_FOREVER;
	plan->months = false;
	if (opt->limited)
	{
		int64		days;

		/* the parts of an interval may differ in sign; together, what is no month must not be negative */
		if (pg_mul_s64_overflow(opt->window.day, USECS_DAY, &days))
			days = opt->window.day < 0 ? PG_INT64_MIN : PG_INT64_MAX;
		plan->span = timespan_sum(days, opt->window.time);
		if (opt->window.month < 0 || plan->span < 0)
			return CHAIN_BAD_WINDOW;
		plan->months = opt->window.month > 0;
		if (plan->months)
			plan->span = 0;		/* only says that there is a limit */
	}

	if ((opt->optional & ~plan->steps) != 0 || opt->optional == plan->steps)
		return CHAIN_BAD_OPTIONAL;
	for (int p = -1; p < k; p++)
	{
		plan->next[p + 1] = 0;
		for (int q = p + 1; q < k; q++)
		{
			plan->next[p + 1] |= BIT(q);
			if (!(opt->optional & BIT(q)))
				break;
		}
	}
	plan->starts = plan->next[0];
	if (opt->flags & (CHAIN_ANY_ORDER | CHAIN_IMPLIED))
		plan->starts = plan->steps;

	if (opt->step_windows)
	{
		if (opt->step_window[0] != CHAIN_FOREVER)
			return CHAIN_BAD_STEP_WINDOW;
		for (int i = 1; i < k; i++)
		{
			if (opt->step_window[i] < 0)
				return CHAIN_BAD_STEP_WINDOW;
		}
	}

	if (opt->nexclusions < 0 || opt->nexclusions > CHAIN_MAX_EXCLUSIONS)
		return CHAIN_BAD_EXCLUSION;
	for (int e = 0; e < opt->nexclusions; e++)
	{
		const ChainExclusion *ex = &opt->exclusion[e];

		if (ex->bit < k || ex->bit >= CHAIN_MAX_STEPS ||
			ex->from < 0 || ex->from >= ex->to || ex->to >= k)
			return CHAIN_BAD_EXCLUSION;
		plan->ends[e] = bits_below(ex->to) & ~bits_below(ex->from);
	}

	plan->quick = opt->optional == 0 && !opt->step_windows && opt->nexclusions == 0 &&
		!(opt->flags & (CHAIN_EXACT | CHAIN_DEDUP));

	plan->fast = plan->quick && k < CHAIN_MAX_STEPS &&
		!(opt->flags & (CHAIN_REUSE | CHAIN_ANY_ORDER | CHAIN_IMPLIED));
	return CHAIN_OK;
}

int
chain_start_class(const ChainPlan *plan, int64 start)
{
	int64		days = start / USECS_DAY - (start % USECS_DAY < 0);
	int64		year;
	int			month;
	int			day;

	if (!plan->months)
		return 0;
	iso8601_date_from_days(days, &year, &month, &day);
	return day <= 28 ? 0 : day - 28;
}

size_t
chain_seek(const ChainRow *rows, size_t n, int64 at)
{
	size_t		low = 0;

	while (low < n)
	{
		size_t		middle = low + (n - low) / 2;

		if (rows[middle].at < at)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/*
 * The rows of one time, for the quick pass.  Returns the row after them and
 * sets the steps they can fill; *overlap says that it matters which row fills
 * which step.
 */
static inline size_t
read_time(const ChainPlan *plan, const ChainRow *rows, size_t i, size_t n, uint64 *mask, bool *alone, bool *overlap)
{
	int64		at = rows[i].at;
	uint64		m = rows[i].mask & plan->steps;

	*alone = true;
	*overlap = false;
	*mask = m;
	if (likely(++i >= n || rows[i].at != at))
		return i;

	*overlap = (m & (m - 1)) != 0;
	do
	{
		m = rows[i].mask & plan->steps;
		if (m != 0)
		{
			if (*mask != 0)
				*alone = false;
			*overlap |= (m & (m - 1)) != 0;
			*mask |= m;
		}
	} while (++i < n && rows[i].at == at);
	if (*alone || (plan->opt.flags & (CHAIN_REUSE | CHAIN_INCREASE)))
		*overlap = false;
	return i;
}

/*
 * One pass for steps in order with nothing special.  At each time the steps
 * it can fill are looked at from the last to the first, so that one time fills
 * one step; or from the first to the last, so that it fills as many as it can.
 */
static void
quick_pass(const ChainPlan *plan, const ChainRow *rows, size_t n, int class, int *seen, ChainBest *best)
{
	const bool	reuse = (plan->opt.flags & CHAIN_REUSE) != 0;
	const bool	increase = (plan->opt.flags & CHAIN_INCREASE) != 0;
	const bool	first_entry = (plan->opt.flags & CHAIN_FIRST_ENTRY) != 0;
	const int	k = plan->opt.nsteps;
	bool		entered = false;
	ChainStates states;
	size_t		check = 4096;

	states.live = 0;
	best->level = 0;
	for (size_t i = 0; i < n && best->level < k;)
	{
		int64		at = rows[i].at;
		uint64		mask;
		bool		alone;
		bool		overlap;
		bool		may_start;

		if (unlikely(i >= check))
		{
			CHECK_FOR_INTERRUPTS();
			check = i + 4096;
		}
		i = read_time(plan, rows, i, n, &mask, &alone, &overlap);
		may_start = (mask & 1) != 0;
		if (may_start)
		{
			if (first_entry && entered)
				may_start = false;
			entered = true;
			if (may_start && plan->months)
			{
				int			its = chain_start_class(plan, at);

				*seen |= 1 << its;
				may_start = its == class;
			}
		}
		if (unlikely(overlap))
		{
			if (may_start || states.live != 0)
			{
				ChainGroup	group;
				size_t		first = i;

				while (first > 0 && rows[first - 1].at == at)
					first--;
				chain_group_read(&group, plan, rows, first, i);
				chain_states_group(&states, &group, may_start, best);
			}
			continue;
		}

		/* steps that continue a chain, or begin one */
		if (increase || (alone && !reuse))
		{
			mask &= (states.live << 1) | (may_start ? 1 : 0);
			while (mask != 0)
			{
				int			p = highest_bit(mask);

				mask &= ~BIT(p);
				if (p == 0)
				{
					states.start[0] = at;
					states.deadline[0] = chain_deadline(plan, at);
				}
				else
				{
					if (states.deadline[p - 1] < at)
						continue;
					states.start[p] = states.start[p - 1];
					states.deadline[p] = states.deadline[p - 1];
				}
				states.live |= BIT(p);
				if (p >= best->level)
				{
					best->level = p + 1;
					best->completed = at;
					best->start = states.start[p];
				}
			}
		}
		else
		{
			while (mask != 0)
			{
				int			p = lowest_bit(mask);

				mask &= mask - 1;
				if (p == 0)
				{
					if (!may_start)
						continue;
					states.start[0] = at;
					states.deadline[0] = chain_deadline(plan, at);
				}
				else
				{
					if (!(states.live & BIT(p - 1)) || states.deadline[p - 1] < at)
						continue;
					states.start[p] = states.start[p - 1];
					states.deadline[p] = states.deadline[p - 1];
				}
				states.live |= BIT(p);
				if (p >= best->level)
				{
					best->level = p + 1;
					best->completed = at;
					best->start = states.start[p];
				}
			}
		}
	}
}

static void
quick_ordered(const ChainPlan *plan, const ChainRow *rows, size_t n, ChainBest *best)
{
	int			seen = 1;

	quick_pass(plan, rows, n, 0, &seen, best);
	for (int class = 1; class < CHAIN_CLASSES && seen != 1; class++)
	{
		ChainBest	found;

		if (!(seen & (1 << class)))
			continue;
		quick_pass(plan, rows, n, class, &seen, &found);
		best_offer(best, found.level, found.completed, found.start);
	}
}

/*
 * The times of the best chain: from its start on, every step as soon as it can
 * be filled.  Nothing can spoil the chain, so nothing need be looked ahead.
 */
static void
quick_times(const ChainPlan *plan, const ChainRow *rows, size_t n, const ChainBest *best, ChainResult *result)
{
	const bool	increase = (plan->opt.flags & CHAIN_INCREASE) != 0;
	const bool	reuse = (plan->opt.flags & CHAIN_REUSE) != 0;
	int			step = -1;		/* last step filled */

	result->filled = bits_below(best->level);
	for (size_t i = chain_seek(rows, n, best->start); i < n && step < best->level - 1;)
	{
		int64		at = rows[i].at;
		size_t		first = i;
		uint64		mask;
		bool		alone;
		bool		overlap;

		i = read_time(plan, rows, i, n, &mask, &alone, &overlap);
		if (overlap)
		{
			ChainGroup	group;
			uint64		steps;

			chain_group_read(&group, plan, rows, first, i);
			steps = chain_group_steps(&group, step);
			while (steps != 0 && step < highest_bit(steps) && step < best->level - 1)
				result->at[++step] = at;
		}
		else
		{
			while (step < best->level - 1 && (mask & BIT(step + 1)))
			{
				result->at[++step] = at;
				if (increase || (alone && !reuse))
					break;
			}
		}
	}
}

#define BITS_NAME		bits_run
#define BITS_SOURCE		ChainRow
#define BITS_AT(rows, i)	((rows)[i].at)
#include "core/chain_bits.h"

/* The same for few rows, if no two have the same time. */
static bool
fast_run(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result)
{
	uint64		can[CHAIN_MAX_STEPS] = {0};
	int64		before = n > 0 ? ~rows[0].at : 0;
	bool		tie = false;

	for (size_t i = 0; i < n; i++)
	{
		tie |= rows[i].at == before;
		before = rows[i].at;
		for (uint64 m = rows[i].mask & plan->steps; m != 0; m &= m - 1)
			can[lowest_bit(m)] |= BIT(i);
	}
	if (tie)
		return false;
	bits_run(plan, can, rows, times, result);
	return true;
}

static void
run(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result, bool quick)
{
	ChainBest	best;

	result->excluded = false;
	if (quick && plan->fast && n <= 64 && fast_run(plan, rows, n, times, result))
		return;
	if (plan->opt.flags & CHAIN_IMPLIED)
	{
		chain_implied(plan, rows, n, times, result);
		return;
	}
	if (plan->opt.flags & CHAIN_ANY_ORDER)
		chain_any_order(plan, rows, n, &best);
	else if (quick)
		quick_ordered(plan, rows, n, &best);
	else
		chain_ordered(plan, rows, n, &best);

	result->level = best.level;
	if (plan->opt.nexclusions > 0 && best.level < plan->opt.nsteps)
	{
		uint64		seen = 0;

		for (size_t i = 0; i < n; i++)
			seen |= rows[i].mask;
		if (seen & ~plan->steps)
		{
			/* how far would the customer have come without exclusions? */
			ChainPlan  *without = palloc(sizeof(ChainPlan));
			ChainBest	other;

			*without = *plan;
			without->opt.nexclusions = 0;
			chain_ordered(without, rows, n, &other);
			result->excluded = other.level > best.level;
			pfree(without);
		}
	}
	if (best.level == 0)
		return;

	result->start = best.start;
	result->completed = best.completed;
	result->reached = bits_below(best.level);
	if (!times && plan->opt.optional == 0 && !(plan->opt.flags & CHAIN_ANY_ORDER))
		return;
	if (plan->opt.flags & CHAIN_ANY_ORDER)
		chain_any_order_times(plan, rows, n, &best, result);
	else if (quick)
		quick_times(plan, rows, n, &best, result);
	else
		chain_ordered_times(plan, rows, n, &best, result);
	result->reached = result->filled;
}

void
chain_run(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result)
{
	run(plan, rows, n, times, result, plan->quick);
}

void
chain_run_plain(const ChainPlan *plan, const ChainRow *rows, size_t n, bool times, ChainResult *result)
{
	run(plan, rows, n, times, result, false);
}
