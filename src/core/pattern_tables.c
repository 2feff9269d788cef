/*
 * pattern_tables.c
 *		Patterns over rows in time: the tables of a finished automaton.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/pattern_internal.h"

static int
label_cmp(const PatternLabel *a, const PatternLabel *b)
{
	int			cmp = memcmp(a->data, b->data, Min(a->len, b->len));

	return cmp != 0 ? cmp : a->len - b->len;
}

static void
order_labels(Pattern *pattern)
{
	pattern->label_order = palloc(sizeof(int) * Max(pattern->nnames, 1));
	for (int i = 0; i < pattern->nnames; i++)
	{
		int			j = i;

		for (; j > 0 && label_cmp(&pattern->labels[i], &pattern->labels[pattern->label_order[j - 1]]) < 0; j--)
			pattern->label_order[j] = pattern->label_order[j - 1];
		pattern->label_order[j] = i;
	}
}

/* Which positions take which rows. */
static void
table_names(Pattern *pattern, PatternNode **atoms)
{
	pattern->with = palloc0(sizeof(uint64) * Max(pattern->nnames, 1) * pattern->nwords);
	pattern->without = palloc0(sizeof(uint64) * Max(pattern->nnames, 1) * pattern->nwords);
	for (int pos = 0; pos < pattern->npos; pos++)
	{
		const PatternNode *atom = atoms[pos];

		if (atom->any || atom->negated)
			set_add(pattern->unnamed, pos);
		for (int i = 0; i < atom->nnames; i++)
			set_add(set_words(pattern, atom->negated ? pattern->without : pattern->with, atom->names[i]), pos);
	}
}

/* The longest elapsed time of use at a position: no end where the next gate measures from it. */
static uint64
reach_of(const Pattern *pattern, int pos)
{
	return pattern->timed_no[pos] < 0 ? PG_UINT64_MAX : pattern->reach[pattern->timed_no[pos]];
}

/*
 * The gaps across which gates measure: those from which a gated way leads on,
 * at once or through further gaps.  For each, which of several times to
 * measure from is the best, and how long any is of use.
 */
static void
table_timed(Pattern *pattern)
{
	bool	   *upper = palloc0(sizeof(bool) * pattern->npos);
	bool	   *lower = palloc0(sizeof(bool) * pattern->npos);
	int		   *ahead_rank = palloc(sizeof(int) * pattern->npos);
	bool		changed = true;

	memcpy(ahead_rank, pattern->rank, sizeof(int) * pattern->npos);

	for (int i = 0; i < pattern->nedges; i++)
	{
		const PatternEdge *edge = &pattern->edges[i];

		if (set_has(pattern->gap, edge->from))
		{
			upper[edge->from] |= edge->hi < PG_UINT64_MAX;
			lower[edge->from] |= edge->lo > 0;
		}
	}
	while (changed)
	{
		changed = false;
		CHECK_FOR_INTERRUPTS();
		for (int p = pattern->npos - 1; p >= 0; p--)
		{
			const uint64 *follow = set_words(pattern, pattern->follow, p);
			bool		was_upper = upper[p];
			bool		was_lower = lower[p];
			int			was_rank = ahead_rank[p];

			if (!set_has(pattern->gap, p))
				continue;
			for (int w = 0; w < pattern->nwords; w++)
			{
				for (uint64 ahead = follow[w] & pattern->gap[w]; ahead != 0; ahead &= ahead - 1)
				{
					int			q = w * 64 + pg_rightmost_one_pos64(ahead);

					upper[p] |= upper[q];
					lower[p] |= lower[q];
					ahead_rank[p] = Max(ahead_rank[p], ahead_rank[q]);
				}
			}
			for (int i = pattern->edge_start[p]; i < pattern->edge_start[p + 1]; i++)
			{
				int			q = pattern->edges[i].to;

				upper[p] |= upper[q];
				lower[p] |= lower[q];
				if (set_has(pattern->gap, q))
					ahead_rank[p] = Max(ahead_rank[p], ahead_rank[q]);
			}
			changed |= upper[p] != was_upper || lower[p] != was_lower || ahead_rank[p] != was_rank;
		}
	}

	pattern->timed_no = palloc(sizeof(int) * pattern->npos);
	pattern->timed_pos = palloc(sizeof(int) * pattern->npos);
	pattern->keep = palloc(sizeof(PatternKeep) * pattern->npos);
	pattern->reach = palloc0(sizeof(uint64) * pattern->npos);
	for (int p = 0; p < pattern->npos; p++)
	{
		pattern->timed_no[p] = -1;
		if (!upper[p] && !lower[p])
			continue;
		set_add(pattern->timed, p);
		pattern->timed_no[p] = pattern->ntimed;
		pattern->timed_pos[pattern->ntimed] = p;
		pattern->keep[pattern->ntimed] = !lower[p] ? PATTERN_KEEP_LATEST :
			!upper[p] ? PATTERN_KEEP_EARLIEST : PATTERN_KEEP_ALL;
		pattern->ntimed++;
	}
	pfree(upper);
	pfree(lower);

	/*
	 * The longest elapsed time with which a way out can still be taken.  A
	 * gap that needs more rows is an element to be reached, with no way out
	 * as well.
	 */
	for (int t = 0; t < pattern->ntimed; t++)
	{
		int			p = pattern->timed_pos[t];

		if (set_has(pattern->last_at_end, p) || ahead_rank[p] > pattern->rank[p])
			pattern->reach[t] = PG_UINT64_MAX;
	}
	pfree(ahead_rank);
	for (changed = true; changed;)
	{
		changed = false;
		CHECK_FOR_INTERRUPTS();
		for (int t = pattern->ntimed - 1; t >= 0; t--)
		{
			int			p = pattern->timed_pos[t];
			const uint64 *follow = set_words(pattern, pattern->follow, p);
			uint64		reach = pattern->reach[t];

			for (int w = 0; w < pattern->nwords; w++)
			{
				for (uint64 ahead = follow[w]; ahead != 0; ahead &= ahead - 1)
					reach = Max(reach, reach_of(pattern, w * 64 + pg_rightmost_one_pos64(ahead)));
			}
			for (int i = pattern->edge_start[p]; i < pattern->edge_start[p + 1]; i++)
				reach = Max(reach, Min(pattern->edges[i].hi, reach_of(pattern, pattern->edges[i].to)));
			changed |= reach > pattern->reach[t];
			pattern->reach[t] = reach;
		}
	}
}

/* The tables by which rows are taken, from the ways between positions; atoms is by position. */
void
pattern_make_tables(Pattern *pattern, PatternNode **atoms)
{
	pattern->precede = palloc0(sizeof(uint64) * pattern->npos * pattern->nwords);
	for (int p = 0; p < pattern->npos; p++)
	{
		const uint64 *follow = set_words(pattern, pattern->follow, p);

		for (int w = 0; w < pattern->nwords; w++)
		{
			for (uint64 ahead = follow[w]; ahead != 0; ahead &= ahead - 1)
				set_add(set_words(pattern, pattern->precede, w * 64 + pg_rightmost_one_pos64(ahead)), p);
		}
	}
	pattern->edge_start = palloc0(sizeof(int) * (pattern->npos + 1));
	for (int i = 0; i < pattern->nedges; i++)
		pattern->edge_start[pattern->edges[i].from + 1]++;
	for (int p = 0; p < pattern->npos; p++)
		pattern->edge_start[p + 1] += pattern->edge_start[p];

	table_names(pattern, atoms);
	table_timed(pattern);
	if (pattern->names == PATTERN_LABELS)
		order_labels(pattern);
}
