/*
 * path_edges.c
 *		path_edges(path_counts, top): the edges as rows, for a Sankey picture.
 *
 * Per column the labels with the most paths keep their names, the others become
 * $other.  A column is where a path is, an edge where it goes, so relabelling
 * column by column keeps the sums: what comes into a node goes out of it again,
 * to $exit at the last.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/histogram.h"
#include "path/path_counts.h"

PG_FUNCTION_INFO_V1(path_edges);

/* In place of the number of a label that is not among the first. */
#define PATH_OTHER		0xFFFE

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE PathEntry
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* One row to come. */
typedef struct Edge
{
	int			near;
	int			far;
	int64		paths;
	int64		median;			/* microseconds; -1 for none */
} Edge;

/* Which labels of a column keep their names: those with the most paths, of equals the lesser in byte order. */
typedef struct Column
{
	int64	   *paths;			/* of each label */
	bool	   *kept;
	int		   *order;			/* workspace */
} Column;

static int
compare_paths(const void *a, const void *b, void *arg)
{
	const int64 *paths = arg;
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	if (paths[x] != paths[y])
		return paths[x] > paths[y] ? -1 : 1;
	return x - y;
}

static void
choose(Column *column, int nlabels, int top)
{
	int			n = 0;

	for (int i = 0; i < nlabels; i++)
	{
		column->kept[i] = false;
		if (column->paths[i] > 0)
			column->order[n++] = i;
	}
	if (n > top)
		qsort_arg(column->order, n, sizeof(int), compare_paths, column->paths);
	for (int i = 0; i < n && i < top; i++)
		column->kept[column->order[i]] = true;
}

static void
column_init(Column *column, int nlabels)
{
	column->paths = palloc0(sizeof(int64) * Max(nlabels, 1));
	column->kept = palloc0(sizeof(bool) * Max(nlabels, 1));
	column->order = palloc0(sizeof(int) * Max(nlabels, 1));
}

static int
compare_edges(const void *a, const void *b)
{
	const Edge *x = a;
	const Edge *y = b;

	if (x->paths != y->paths)
		return x->paths > y->paths ? -1 : 1;
	if (x->near != y->near)
		return x->near - y->near;
	return x->far - y->far;
}

/*
 * The name of a node.  Labels that begin with $ get another one, so that no
 * label is taken for one of the names that stand for something else.
 */
static Datum
node_name(const PathCounts *counts, int num)
{
	JourneyLabel label;
	text	   *name;

	if (num == PATH_OVER)
		return CStringGetTextDatum(counts->backward ? "$entry" : "$exit");
	if (num == PATH_OTHER)
		return CStringGetTextDatum("$other");
	label = path_counts_get_label(counts, num);
	if (label.data[0] != '$')
		return PointerGetDatum(cstring_to_text_with_len(label.data, label.len));
	name = palloc(VARHDRSZ + 1 + label.len);
	SET_VARSIZE(name, VARHDRSZ + 1 + label.len);
	*VARDATA(name) = '$';
	memcpy(VARDATA(name) + 1, label.data, label.len);
	return PointerGetDatum(name);
}

/* Turns the entries of one edge, relabelled and in order of key, into rows to come; returns how many. */
static int
gather(const PathEntry *entries, uint32 n, Edge *edges)
{
	int			nedges = 0;
	uint16	   *buckets = palloc(sizeof(uint16) * Max(n, 1));
	int64	   *counts = palloc(sizeof(int64) * Max(n, 1));

	for (uint32 i = 0; i < n;)
	{
		Edge	   *edge = &edges[nedges++];
		uint64		pair = entries[i].key >> 16;
		int			nbuckets = 0;

		edge->near = PATH_KEY_NEAR(entries[i].key);
		edge->far = PATH_KEY_FAR(entries[i].key);
		edge->paths = 0;
		for (; i < n && entries[i].key >> 16 == pair; i++)
		{
			int			bucket = PATH_KEY_BUCKET(entries[i].key);

			edge->paths += entries[i].count;
			if (nbuckets > 0 && buckets[nbuckets - 1] == bucket)
				counts[nbuckets - 1] += entries[i].count;
			else
			{
				buckets[nbuckets] = bucket;
				counts[nbuckets++] = entries[i].count;
			}
		}
		edge->median = edge->far == PATH_OVER ? -1 : histogram_quantile(buckets, counts, nbuckets, 0.5);
	}
	pfree(buckets);
	pfree(counts);
	return nedges;
}

/* path_edges(path_counts, top) */
Datum
path_edges(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PathCounts *counts;
	const PathEntry *entries;
	int			nlabels;
	int			top = PG_INT32_MAX;
	Column		near;
	Column		far;
	PathEntry  *work;
	Edge	   *edges;
	uint32		first = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (!PG_ARGISNULL(1))
	{
		top = PG_GETARG_INT32(1);
		if (top < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("number of nodes of a column must be at least 1")));
	}
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	counts = path_counts_pack(PG_GETARG_PATH_COUNTS(0));
	entries = path_counts_entries(counts);
	nlabels = counts->nlabels;
	column_init(&near, nlabels);
	column_init(&far, nlabels);
	work = palloc_extended(sizeof(PathEntry) * Max(counts->nentries, 1), MCXT_ALLOC_HUGE);
	edges = palloc_extended(sizeof(Edge) * Max(counts->nentries, 1), MCXT_ALLOC_HUGE);

	for (int step = 1; step < counts->depth; step++)
	{
		uint32		n = 0;
		int			nedges;

		while (first + n < counts->nentries && PATH_KEY_EDGE(entries[first + n].key) == step)
			n++;
		if (n == 0)
			break;
		if (step == 1)
		{
			for (uint32 i = 0; i < n; i++)
				near.paths[PATH_KEY_NEAR(entries[i].key)] += entries[i].count;
			choose(&near, nlabels, top);
		}
		memset(far.paths, 0, sizeof(int64) * nlabels);
		for (uint32 i = 0; i < n; i++)
		{
			int			label = PATH_KEY_FAR(entries[first + i].key);

			if (label != PATH_OVER)
				far.paths[label] += entries[first + i].count;
		}
		choose(&far, nlabels, top);

		for (uint32 i = 0; i < n; i++)
		{
			uint64		key = entries[first + i].key;
			int			from = near.kept[PATH_KEY_NEAR(key)] ? PATH_KEY_NEAR(key) : PATH_OTHER;
			int			to = PATH_KEY_FAR(key);

			if (to != PATH_OVER && !far.kept[to])
				to = PATH_OTHER;
			work[i].key = PATH_KEY(step, from, to, PATH_KEY_BUCKET(key));
			work[i].count = entries[first + i].count;
		}
		sort_entries(work, n);
		nedges = gather(work, n, edges);
		qsort(edges, nedges, sizeof(Edge), compare_edges);

		for (int i = 0; i < nedges; i++)
		{
			Datum		values[5];
			bool		nulls[5] = {false};
			Interval   *median = NULL;

			CHECK_FOR_INTERRUPTS();
			values[0] = Int32GetDatum(counts->backward ? -step : step);
			values[1] = node_name(counts, counts->backward ? edges[i].far : edges[i].near);
			values[2] = node_name(counts, counts->backward ? edges[i].near : edges[i].far);
			values[3] = Int64GetDatum(edges[i].paths);
			nulls[4] = edges[i].median < 0;
			if (!nulls[4])
				median = journey_interval(edges[i].median);
			values[4] = IntervalPGetDatum(median);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
			pfree(DatumGetPointer(values[1]));
			pfree(DatumGetPointer(values[2]));
			if (median != NULL)
				pfree(median);
		}

		/* where this edge leads is where the next one begins */
		{
			Column		swap = near;

			near = far;
			far = swap;
		}
		first += n;
	}
	return (Datum) 0;
}
