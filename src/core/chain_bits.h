/*
 * chain_bits.h
 *		The chain algorithm in bits, for up to 64 rows and no special options: a
 *		template.
 *
 * For ChainPlan.fast and rows of which no two have the same time.  Each step
 * has a word whose bit i says that row i can fill it, so that the next or the
 * last row that fills a step is found without a loop, and without a branch
 * that depends on what customers do.
 *
 * Whoever includes this defines
 *
 *		BITS_NAME				name of the function
 *		BITS_SOURCE				type of the source of the rows
 *		BITS_AT(source, i)		time of row i
 *
 * Words behind the first one that is 0 are not looked at.
 */

static void
BITS_NAME(const ChainPlan *plan, const uint64 *can, const BITS_SOURCE *source, bool times, ChainResult *result)
{
	const int	k = plan->opt.nsteps;
	const bool	first_entry = (plan->opt.flags & CHAIN_FIRST_ENTRY) != 0;
	uint64		starts = can[0];
	int			level = 1;
	int			start;
	int			row;
	int64		deadline;

	result->level = 0;
	result->excluded = false;
	if (starts == 0)
		return;

	/* without the window: taking every step as soon as possible, how far and until when? */
	row = pg_rightmost_one_pos64(starts);
	start = row;
	for (; level < k; level++)
	{
		uint64		later = can[level] & (~UINT64CONST(1) << row);

		if (later == 0)
			break;
		row = pg_rightmost_one_pos64(later);
	}
	/* and backwards: when at the latest need it have begun? */
	if (!first_entry)
	{
		start = row;
		for (int p = level - 2; p >= 0; p--)
			start = pg_leftmost_one_pos64(can[p] & ((UINT64CONST(1) << start) - 1));
	}

	/* if that is near enough, nothing can be better; otherwise every start is tried */
	result->completed = BITS_AT(source, row);
	result->start = BITS_AT(source, start);
	deadline = chain_deadline(plan, result->start);
	if (result->completed > deadline)
	{
		int			bound = level;

		row = start = pg_rightmost_one_pos64(starts);
		level = 1;
		if (first_entry)
			starts &= -starts;
		for (; starts != 0; starts &= starts - 1)
		{
			int			from = pg_rightmost_one_pos64(starts);
			int			to = from;
			int			reached = 1;

			/* a later start that comes before the second step is as good, unless months make its window shorter */
			if (!plan->months && bound > 1 && (starts & (starts - 1)) != 0)
			{
				uint64		second = can[1] & (~UINT64CONST(1) << from);

				if (second == 0)
					break;
				if (starts & (starts - 1) & ((second & -second) - 1))
					continue;
			}
			deadline = chain_deadline(plan, BITS_AT(source, from));
			for (; reached < bound; reached++)
			{
				uint64		later = can[reached] & (~UINT64CONST(1) << to);
				int			next;

				if (later == 0)
					break;
				next = pg_rightmost_one_pos64(later);
				if (BITS_AT(source, next) > deadline)
					break;
				to = next;
			}
			/* the first to complete wins; of those that complete together, the one that starts last */
			if (reached > level || (reached == level && reached > 1 && to <= row))
			{
				level = reached;
				row = to;
				start = from;
			}
		}
		result->completed = BITS_AT(source, row);
		result->start = BITS_AT(source, start);
	}

	result->level = level;
	result->reached = result->filled = (UINT64CONST(1) << level) - 1;
	if (times)
	{
		result->at[0] = result->start;
		for (int p = 1; p < level; p++)
		{
			start = pg_rightmost_one_pos64(can[p] & (~UINT64CONST(1) << start));
			result->at[p] = BITS_AT(source, start);
		}
	}
}

#undef BITS_NAME
#undef BITS_SOURCE
#undef BITS_AT
