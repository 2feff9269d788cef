/*
 * state.c
 *		A funnel that is still counting: the state of its aggregates.
 *
 * The durations of each step are counted in a hash table of its own, open
 * addressing over a power of two.  A state is changed in place while it has
 * room; when a table gets full, a bigger state is made in the current memory
 * context.  The old one is never freed: it belongs to the executor.
 */
#include "postgres.h"

#include "common/int.h"
#include "port/pg_bitutils.h"

#include "funnel/funnel.h"

#define FIRST_SLOTS		8

/* Size and use of one step's table; a size of 0 is no table yet. */
typedef struct TableSize
{
	uint32		size;
	uint32		used;
} TableSize;

/*
 * Addresses of the sections that follow the struct.  Widest first, so each is
 * aligned: int64 reached[nsteps], TableSize tables[nsteps], int64
 * counts[slots], uint16 buckets[slots], the question.
 */
static inline int64 *
build_reached(const FunnelBuild *build)
{
	return (int64 *) ((char *) build + MAXALIGN(sizeof(FunnelBuild)));
}

static inline TableSize *
build_tables(const FunnelBuild *build)
{
	return (TableSize *) (build_reached(build) + build->nsteps);
}

static inline int64 *
build_counts(const FunnelBuild *build)
{
	return (int64 *) (build_tables(build) + build->nsteps);
}

static inline uint16 *
build_buckets(const FunnelBuild *build)
{
	return (uint16 *) (build_counts(build) + build->slots);
}

/* No table gets fuller than this; the biggest has room for every bucket. */
static inline bool
table_full(const TableSize *table)
{
	return table->used >= table->size - table->size / 4;
}

static FunnelBuild *
build_alloc(const char *question, uint32 questionsize, int nsteps, uint32 slots)
{
	Size		size = MAXALIGN(sizeof(FunnelBuild)) +
		(sizeof(int64) + sizeof(TableSize)) * nsteps +
		(sizeof(int64) + sizeof(uint16)) * (Size) slots + questionsize;
	FunnelBuild *build = palloc0(size);

	SET_VARSIZE(build, size);
	build->version = FUNNEL_VERSION | FUNNEL_BUILDING;
	build->nsteps = nsteps;
	build->questionsize = questionsize;
	build->slots = slots;
	build->questionat = size - questionsize;
	memcpy((char *) funnel_build_question(build), question, questionsize);
	return build;
}

/* A state that has seen nobody. */
FunnelBuild *
funnel_build_new(const char *question, uint32 questionsize, int nsteps)
{
	return build_alloc(question, questionsize, nsteps, 0);
}

/* Count a duration in the table at this place.  There is room. */
static inline void
table_count(TableSize *table, int64 *counts, uint16 *buckets, uint32 bucket, int64 by)
{
	uint32		slot = (bucket * 0x9E3779B1U >> 16) & (table->size - 1);

	while (counts[slot] != 0 && buckets[slot] != bucket)
		slot = (slot + 1) & (table->size - 1);
	if (counts[slot] == 0)
	{
		buckets[slot] = (uint16) bucket;
		table->used++;
	}
	if (pg_add_s64_overflow(counts[slot], by, &counts[slot]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("funnel count is out of range")));
}

/* A copy of a state whose tables have at least these sizes. */
static FunnelBuild *
build_resize(const FunnelBuild *build, const uint32 *sizes)
{
	FunnelBuild *bigger;
	uint32		slots = 0;
	uint32		from = 0;
	uint32		to = 0;

	for (int i = 0; i < build->nsteps; i++)
		slots += Max(sizes[i], build_tables(build)[i].size);
	bigger = build_alloc(funnel_build_question(build), build->questionsize, build->nsteps, slots);
	bigger->total = build->total;
	bigger->entered = build->entered;
	bigger->excluded = build->excluded;
	memcpy(build_reached(bigger), build_reached(build), sizeof(int64) * build->nsteps);
	for (int i = 0; i < build->nsteps; i++)
	{
		const TableSize *old = &build_tables(build)[i];
		TableSize  *table = &build_tables(bigger)[i];

		table->size = Max(sizes[i], old->size);
		for (uint32 s = from; s < from + old->size; s++)
		{
			if (build_counts(build)[s] != 0)
				table_count(table, build_counts(bigger) + to, build_buckets(bigger) + to,
							build_buckets(build)[s], build_counts(build)[s]);
		}
		from += old->size;
		to += table->size;
	}
	return bigger;
}

/* The size of a table that is to hold so many buckets. */
static uint32
size_for(uint32 used)
{
	uint32		size = FIRST_SLOTS;

	while (used >= size - size / 4)
		size *= 2;
	return size;
}

/* A state of a funnel. */
FunnelBuild *
funnel_build_from(const FunnelData *data)
{
	return funnel_build_add(funnel_build_new(data->question, data->questionsize, data->nsteps), data);
}

/* Add a funnel to a state of the same question. */
FunnelBuild *
funnel_build_add(FunnelBuild *build, const FunnelData *data)
{
	uint32		sizes[CHAIN_MAX_STEPS];
	bool		grow = false;
	uint32		at = 0;

	if (build->questionsize != data->questionsize ||
		memcmp(funnel_build_question(build), data->question, data->questionsize) != 0)
		funnel_question_differs(funnel_build_question(build), build->questionsize, build->nsteps,
								data->question, data->questionsize, data->nsteps, false);
	for (int i = 0; i < build->nsteps; i++)
	{
		const TableSize *table = &build_tables(build)[i];

		sizes[i] = table->size;
		if (data->ntimes[i] > 0)
			sizes[i] = Max(table->size, size_for(Min(table->used + data->ntimes[i], HISTOGRAM_BUCKETS)));
		grow |= sizes[i] > table->size;
	}
	if (grow)
		build = build_resize(build, sizes);

	if (pg_add_s64_overflow(build->total, data->total, &build->total) ||
		pg_add_s64_overflow(build->entered, data->entered, &build->entered) ||
		pg_add_s64_overflow(build->excluded, data->excluded, &build->excluded))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("funnel count is out of range")));
	for (int i = 0; i < build->nsteps; i++)
	{
		TableSize  *table = &build_tables(build)[i];

		/* no more than total, so it cannot overflow */
		build_reached(build)[i] += data->reached[i];
		for (int j = 0; j < data->ntimes[i]; j++)
			table_count(table, build_counts(build) + at, build_buckets(build) + at,
						data->times[i][j].bucket, data->times[i][j].count);
		at += table->size;
	}
	return build;
}

static int
compare_values(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* The durations between the steps a customer filled, and which steps have one. */
static uint64
read_durations(const ChainPlan *plan, const ChainResult *result, int64 *durations)
{
	int64		ordered[CHAIN_MAX_STEPS];
	const int64 *times = result->at;
	uint64		left = result->filled;
	uint64		timed;
	int			before;

	if (plan->opt.flags & CHAIN_ANY_ORDER)
	{
		/* step i is the i-th that was done */
		int			n = 0;

		for (uint64 m = left; m != 0; m &= m - 1)
			ordered[n++] = result->at[pg_rightmost_one_pos64(m)];
		qsort(ordered, n, sizeof(int64), compare_values);
		times = ordered;
		left = n == 64 ? ~UINT64CONST(0) : (UINT64CONST(1) << n) - 1;
	}
	if (left == 0)
		return 0;
	if (likely((left & (left + 1)) == 0))
	{
		/* every step up to the last has a time */
		for (int p = 1; p < CHAIN_MAX_STEPS && left >> p != 0; p++)
		{
			if (unlikely(pg_sub_s64_overflow(times[p], times[p - 1], &durations[p])))
				durations[p] = PG_INT64_MAX;
		}
		return left & ~UINT64CONST(1);
	}
	before = pg_rightmost_one_pos64(left);
	timed = left &= left - 1;
	for (; left != 0; left &= left - 1)
	{
		int			p = pg_rightmost_one_pos64(left);

		if (unlikely(pg_sub_s64_overflow(times[p], times[before], &durations[p])))
			durations[p] = PG_INT64_MAX;
		before = p;
	}
	return timed;
}

/* A copy of a state that has room for one more duration at each of these steps. */
static FunnelBuild *
build_make_room(const FunnelBuild *build, uint64 timed)
{
	uint32		sizes[CHAIN_MAX_STEPS] = {0};

	for (uint64 m = timed; m != 0; m &= m - 1)
	{
		int			p = pg_rightmost_one_pos64(m);

		sizes[p] = size_for(build_tables(build)[p].used + 1);
	}
	return build_resize(build, sizes);
}

/* Count one customer. */
FunnelBuild *
funnel_build_count(FunnelBuild *build, const ChainPlan *plan, const ChainResult *result)
{
	int64		durations[CHAIN_MAX_STEPS];
	uint64		timed = 0;		/* steps with a duration */
	TableSize  *tables = build_tables(build);
	int64	   *counts;
	uint16	   *buckets;
	int64	   *reached;

	if (result->level > 0)
	{
		timed = read_durations(plan, result, durations);

		/* room first: growing moves everything */
		for (uint64 m = timed; m != 0; m &= m - 1)
		{
			if (unlikely(table_full(&tables[pg_rightmost_one_pos64(m)])))
			{
				build = build_make_room(build, timed);
				tables = build_tables(build);
				break;
			}
		}
	}

	build->total++;
	build->excluded += result->excluded;
	if (result->level == 0)
		return build;
	build->entered++;
	reached = build_reached(build);
	if (plan->opt.optional == 0)
	{
		for (int p = 0; p < result->level; p++)
			reached[p]++;
	}
	else
	{
		for (uint64 m = result->reached; m != 0; m &= m - 1)
			reached[pg_rightmost_one_pos64(m)]++;
	}
	counts = build_counts(build);
	buckets = build_buckets(build);
	for (int p = 0; timed != 0; timed >>= 1, p++)
	{
		if (timed & 1)
			table_count(&tables[p], counts, buckets, histogram_bucket(durations[p]), 1);
		counts += tables[p].size;
		buckets += tables[p].size;
	}
	return build;
}

static int
compare_times(const void *a, const void *b)
{
	return (int) ((const FunnelTime *) a)->bucket - (int) ((const FunnelTime *) b)->bucket;
}

/* Spread a state out.  Points into the state. */
void
funnel_build_data(const FunnelBuild *build, FunnelData *data)
{
	uint32		at = 0;

	if (VARSIZE(build) < MAXALIGN(sizeof(FunnelBuild)) ||
		build->version != (FUNNEL_VERSION | FUNNEL_BUILDING) || build->nsteps > CHAIN_MAX_STEPS)
		elog(ERROR, "funnel state is damaged");
	data->nsteps = build->nsteps;
	data->question = funnel_build_question(build);
	data->questionsize = build->questionsize;
	data->total = build->total;
	data->entered = build->entered;
	data->excluded = build->excluded;
	memcpy(data->reached, build_reached(build), sizeof(int64) * build->nsteps);
	for (int i = 0; i < build->nsteps; i++)
	{
		const TableSize *table = &build_tables(build)[i];
		int			n = 0;

		data->times[i] = palloc(sizeof(FunnelTime) * Max(table->used, 1));
		for (uint32 s = at; s < at + table->size; s++)
		{
			if (build_counts(build)[s] != 0)
			{
				data->times[i][n].bucket = build_buckets(build)[s];
				data->times[i][n].count = build_counts(build)[s];
				n++;
			}
		}
		qsort(data->times[i], n, sizeof(FunnelTime), compare_times);
		data->ntimes[i] = n;
		at += table->size;
	}
}
