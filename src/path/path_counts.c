/*
 * path_counts.c
 *		Counting the edges of paths: the growing state, its packing, and the
 *		aggregate path_counts.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/histogram.h"
#include "path/path_counts.h"

PG_FUNCTION_INFO_V1(path_counts_accum);
PG_FUNCTION_INFO_V1(path_counts_combine);
PG_FUNCTION_INFO_V1(path_counts_final);
PG_FUNCTION_INFO_V1(path_counts_plus);
PG_FUNCTION_INFO_V1(path_counts_total);

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE PathEntry
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline PathEntry *
counts_entries(const PathCounts *counts)
{
	return (PathEntry *) ((char *) counts + MAXALIGN(sizeof(PathCounts)));
}

static inline uint32 *
counts_offset(const PathCounts *counts)
{
	return (uint32 *) (counts_entries(counts) + counts->maxentries);
}

static inline uint32 *
counts_entryslot(const PathCounts *counts)
{
	return counts_offset(counts) + counts->maxlabels;
}

static inline uint32 *
counts_labelslot(const PathCounts *counts)
{
	return counts_entryslot(counts) + counts->entryslots;
}

static inline uint8 *
counts_dict(const PathCounts *counts)
{
	return (uint8 *) (counts_labelslot(counts) + counts->labelslots);
}

const PathEntry *
path_counts_entries(const PathCounts *counts)
{
	return counts_entries(counts);
}

JourneyLabel
path_counts_get_label(const PathCounts *counts, int num)
{
	const uint8 *p = counts_dict(counts) + counts_offset(counts)[num];
	JourneyLabel label;

	label.len = *p;
	label.data = (const char *) p + 1;
	return label;
}

void
path_counts_check_depth(int depth)
{
	if (depth < 2 || depth > PATH_MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth of paths must be between 2 and %d", PATH_MAX_DEPTH)));
}

/* Is it backward?  An error when it is not forward either. */
bool
path_direction_parse(const char *word, int len)
{
	if (len == 7 && memcmp(word, "forward", 7) == 0)
		return false;
	if (len == 8 && memcmp(word, "backward", 8) == 0)
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid direction of paths: \"%.*s\"", len, word),
			 errhint("The directions are \"forward\" and \"backward\".")));
	return false;
}

/* Twice as many slots as things to find, at least; a power of two. */
static uint32
slots_for(uint32 n)
{
	uint32		slots = 16;

	while (slots < n * 2)
		slots *= 2;
	return slots;
}

static PathCounts *
counts_alloc(int depth, bool backward, uint32 maxentries, uint32 maxlabels, uint32 dictmax, bool packed)
{
	uint32		entryslots = packed ? 0 : slots_for(maxentries);
	uint32		labelslots = packed ? 0 : slots_for(maxlabels);
	Size		size = MAXALIGN(sizeof(PathCounts)) + sizeof(PathEntry) * maxentries +
	sizeof(uint32) * ((Size) maxlabels + entryslots + labelslots) + dictmax;
	PathCounts *counts = palloc0(size);

	SET_VARSIZE(counts, size);
	counts->version = PATH_COUNTS_VERSION;
	counts->backward = backward;
	counts->depth = depth;
	counts->maxentries = maxentries;
	counts->maxlabels = maxlabels;
	counts->entryslots = entryslots;
	counts->labelslots = labelslots;
	counts->dictmax = dictmax;
	return counts;
}

/* An empty value that can grow. */
PathCounts *
path_counts_new(int depth, bool backward)
{
	return counts_alloc(depth, backward, 16, 8, 128, false);
}

/* Keys differ little, and in their middle: mix their bits (the finalizer of MurmurHash3). */
static inline uint32
key_hash(uint64 key)
{
	key ^= key >> 33;
	key *= UINT64CONST(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64CONST(0xc4ceb9fe1a85ec53);
	key ^= key >> 33;
	return (uint32) key;
}

static void
index_entry(PathCounts *counts, uint32 num)
{
	uint32	   *slot = counts_entryslot(counts);
	uint32		mask = counts->entryslots - 1;
	uint32		i = key_hash(counts_entries(counts)[num].key) & mask;

	while (slot[i] != 0)
		i = (i + 1) & mask;
	slot[i] = num + 1;
}

static uint32
label_hash(const char *label, int len)
{
	return hash_bytes((const unsigned char *) label, len);
}

static void
index_label(PathCounts *counts, uint32 num)
{
	uint32	   *slot = counts_labelslot(counts);
	uint32		mask = counts->labelslots - 1;
	JourneyLabel label = path_counts_get_label(counts, num);
	uint32		i = label_hash(label.data, label.len) & mask;

	while (slot[i] != 0)
		i = (i + 1) & mask;
	slot[i] = num + 1;
}

/* A copy of other capacities, which can grow. */
static PathCounts *
counts_grow(const PathCounts *counts, uint32 maxentries, uint32 maxlabels, uint32 dictmax)
{
	PathCounts *bigger = counts_alloc(counts->depth, counts->backward, maxentries, maxlabels, dictmax, false);

	bigger->total = counts->total;
	bigger->nentries = counts->nentries;
	bigger->nlabels = counts->nlabels;
	bigger->dictused = counts->dictused;
	memcpy(counts_entries(bigger), counts_entries(counts), sizeof(PathEntry) * counts->nentries);
	memcpy(counts_offset(bigger), counts_offset(counts), sizeof(uint32) * counts->nlabels);
	memcpy(counts_dict(bigger), counts_dict(counts), counts->dictused);
	for (uint32 i = 0; i < bigger->nentries; i++)
		index_entry(bigger, i);
	for (uint32 i = 0; i < bigger->nlabels; i++)
		index_label(bigger, i);
	return bigger;
}

/* A copy that can grow. */
PathCounts *
path_counts_open(const PathCounts *counts)
{
	return counts_grow(counts, Min(counts->nentries + 16, PATH_MAX_ENTRIES), Min(counts->nlabels + 8, PATH_MAX_LABELS), counts->dictused + 128);
}

/* The number of a label, which is added if it is new.  The counts are others when they had to grow. */
PathCounts *
path_counts_label(PathCounts *counts, const char *label, int len, int *num)
{
	uint32	   *slot = counts_labelslot(counts);
	uint32		mask = counts->labelslots - 1;
	uint8	   *p;

	for (uint32 i = label_hash(label, len) & mask; slot[i] != 0; i = (i + 1) & mask)
	{
		JourneyLabel known = path_counts_get_label(counts, slot[i] - 1);

		if (known.len == len && memcmp(known.data, label, len) == 0)
		{
			*num = slot[i] - 1;
			return counts;
		}
	}

	if (counts->nlabels >= PATH_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("paths have too many distinct labels"),
				 errdetail("At most %d are allowed.", PATH_MAX_LABELS)));
	if (counts->nlabels >= counts->maxlabels || counts->dictused + len + 1 > counts->dictmax)
		counts = counts_grow(counts, counts->maxentries,
							 counts->nlabels < counts->maxlabels ? counts->maxlabels : Min(counts->maxlabels * 2, PATH_MAX_LABELS),
							 counts->dictused + len + 1 <= counts->dictmax ? counts->dictmax : counts->dictmax * 2 + 256);
	*num = counts->nlabels++;
	counts_offset(counts)[*num] = counts->dictused;
	p = counts_dict(counts) + counts->dictused;
	*p = len;
	memcpy(p + 1, label, len);
	counts->dictused += len + 1;
	index_label(counts, *num);
	return counts;
}

static int64
sum(int64 a, int64 b)
{
	int64		result;

	if (pg_add_s64_overflow(a, b, &result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return result;
}

/* Adds to the count of a key. */
PathCounts *
path_counts_add(PathCounts *counts, uint64 key, int64 count)
{
	uint32	   *slot = counts_entryslot(counts);
	uint32		mask = counts->entryslots - 1;

	for (uint32 i = key_hash(key) & mask; slot[i] != 0; i = (i + 1) & mask)
	{
		PathEntry  *known = &counts_entries(counts)[slot[i] - 1];

		if (known->key == key)
		{
			known->count = sum(known->count, count);
			return counts;
		}
	}

	if (counts->nentries >= counts->maxentries)
	{
		if (counts->nentries >= PATH_MAX_ENTRIES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("paths have too many distinct edges and times"),
					 errdetail("At most %d are allowed.", PATH_MAX_ENTRIES),
					 errhint("Use a smaller depth, or fewer labels.")));
		counts = counts_grow(counts, Min(counts->maxentries * 2, PATH_MAX_ENTRIES), counts->maxlabels, counts->dictmax);
	}
	counts_entries(counts)[counts->nentries].key = key;
	counts_entries(counts)[counts->nentries].count = count;
	index_entry(counts, counts->nentries);
	counts->nentries++;
	return counts;
}

/* Adds all of another value, which asks the same. */
PathCounts *
path_counts_merge(PathCounts *counts, const PathCounts *other)
{
	const PathEntry *entries = counts_entries(other);
	int		   *map = palloc(sizeof(int) * Max(other->nlabels, 1));

	if (counts->depth != other->depth || counts->backward != other->backward)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts of paths of different depth or direction cannot be added")));
	for (uint32 i = 0; i < other->nlabels; i++)
	{
		JourneyLabel label = path_counts_get_label(other, i);

		counts = path_counts_label(counts, label.data, label.len, &map[i]);
	}
	for (uint32 i = 0; i < other->nentries; i++)
	{
		uint64		key = entries[i].key;
		int			far = PATH_KEY_FAR(key);

		CHECK_FOR_INTERRUPTS();
		counts = path_counts_add(counts,
								 PATH_KEY(PATH_KEY_EDGE(key), map[PATH_KEY_NEAR(key)],
										  far == PATH_OVER ? PATH_OVER : map[far], PATH_KEY_BUCKET(key)),
								 entries[i].count);
	}
	counts->total = sum(counts->total, other->total);
	pfree(map);
	return counts;
}

static int
compare_labels(const void *a, const void *b, void *arg)
{
	JourneyLabel x = path_counts_get_label(arg, *(const int *) a);
	JourneyLabel y = path_counts_get_label(arg, *(const int *) b);

	return journey_label_cmp(&x, &y);
}

/* The packed form, in which equal values have equal bytes.  Does not change its argument. */
PathCounts *
path_counts_pack(const PathCounts *counts)
{
	PathCounts *packed = counts_alloc(counts->depth, counts->backward, counts->nentries, counts->nlabels, counts->dictused, true);
	int		   *order = palloc(sizeof(int) * Max(counts->nlabels, 1));
	int		   *rank = palloc(sizeof(int) * Max(counts->nlabels, 1));
	PathEntry  *entries = counts_entries(packed);

	for (uint32 i = 0; i < counts->nlabels; i++)
		order[i] = i;
	qsort_arg(order, counts->nlabels, sizeof(int), compare_labels, (void *) counts);
	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		JourneyLabel label = path_counts_get_label(counts, order[i]);

		rank[order[i]] = i;
		counts_offset(packed)[i] = packed->dictused;
		memcpy(counts_dict(packed) + packed->dictused, label.data - 1, label.len + 1);
		packed->dictused += label.len + 1;
	}
	packed->nlabels = counts->nlabels;
	packed->total = counts->total;
	for (uint32 i = 0; i < counts->nentries; i++)
	{
		const PathEntry *entry = &counts_entries(counts)[i];
		int			far = PATH_KEY_FAR(entry->key);

		entries[i].key = PATH_KEY(PATH_KEY_EDGE(entry->key), rank[PATH_KEY_NEAR(entry->key)],
								  far == PATH_OVER ? PATH_OVER : rank[far], PATH_KEY_BUCKET(entry->key));
		entries[i].count = entry->count;
	}
	packed->nentries = counts->nentries;
	sort_entries(entries, packed->nentries);
	pfree(order);
	pfree(rank);
	return packed;
}

/*
 * Does it add up?  Each path begins once, and whatever comes into a label goes
 * on from it or ends there.
 */
bool
path_counts_consistent(const PathCounts *packed)
{
	const PathEntry *entries = counts_entries(packed);
	int64	   *came = palloc0(sizeof(int64) * Max(packed->nlabels, 1));
	int64	   *went = palloc0(sizeof(int64) * Max(packed->nlabels, 1));
	int64		all = 0;
	uint32		i = 0;

	for (int edge = 1; edge < packed->depth; edge++)
	{
		int64		gone = 0;
		int64		goes_on = 0;

		CHECK_FOR_INTERRUPTS();
		memset(went, 0, sizeof(int64) * packed->nlabels);
		for (uint32 k = i; k < packed->nentries && PATH_KEY_EDGE(entries[k].key) == edge; k++)
		{
			/* no part is above the whole, so that no sum can overflow unseen */
			if (entries[k].count < 1 || pg_add_s64_overflow(gone, entries[k].count, &gone) || gone > packed->total)
				return false;
			went[PATH_KEY_NEAR(entries[k].key)] += entries[k].count;
		}
		if (edge == 1)
		{
			if (gone != packed->total)
				return false;
		}
		else if (gone != all || memcmp(came, went, sizeof(int64) * packed->nlabels) != 0)
			return false;
		memset(came, 0, sizeof(int64) * packed->nlabels);
		for (; i < packed->nentries && PATH_KEY_EDGE(entries[i].key) == edge; i++)
		{
			if (PATH_KEY_FAR(entries[i].key) == PATH_OVER)
				continue;
			came[PATH_KEY_FAR(entries[i].key)] += entries[i].count;
			goes_on += entries[i].count;
		}
		all = goes_on;
		if (i == packed->nentries && all == 0)
			break;
	}
	pfree(came);
	pfree(went);
	return i == packed->nentries;
}

/* The state of argument 0 as one that may be changed, or NULL. */
static PathCounts *
own_state(FunctionCallInfo fcinfo)
{
	PathCounts *counts;

	if (PG_ARGISNULL(0))
		return NULL;
	counts = PG_GETARG_PATH_COUNTS(0);
	if (counts->entryslots > 0 && AggCheckCallContext(fcinfo, NULL))
		return counts;
	return path_counts_open(counts);
}

/* Outside an aggregate nobody should meet a value that is not packed. */
static Datum
state_result(FunctionCallInfo fcinfo, PathCounts *counts)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(counts);
	PG_RETURN_POINTER(path_counts_pack(counts));
}

/* path_counts_accum(state, journey, depth [, direction]) */
Datum
path_counts_accum(PG_FUNCTION_ARGS)
{
	PathCounts *counts = own_state(fcinfo);
	bool		backward = false;
	int			depth;
	JourneyView view;
	const JourneyLabel *labels;
	int		   *map;

	if (PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of paths must not be null", PG_ARGISNULL(2) ? "depth" : "direction")));
	depth = PG_GETARG_INT32(2);
	if (PG_NARGS() > 3)
	{
		text	   *direction = PG_GETARG_TEXT_PP(3);

		backward = path_direction_parse(VARDATA_ANY(direction), VARSIZE_ANY_EXHDR(direction));
	}
	if (counts == NULL)
	{
		path_counts_check_depth(depth);
		counts = path_counts_new(depth, backward);
	}
	else if (counts->depth != depth || (counts->backward != 0) != backward)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth and direction of paths must be the same for all rows of a group")));
	if (PG_ARGISNULL(1))
		return state_result(fcinfo, counts);

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(1));
	if (view.n == 0)
		return state_result(fcinfo, counts);
	labels = journey_view_labels(&view);
	map = palloc(sizeof(int) * view.nlabels);
	for (int i = 0; i < view.nlabels; i++)
		map[i] = -1;

	for (uint32 edge = 1; edge < (uint32) depth && edge <= view.n; edge++)
	{
		uint32		near = backward ? view.n - edge : edge - 1;
		uint32		far = backward ? near - 1 : near + 1;
		bool		over = edge == view.n;
		int			near_num = journey_view_num(&view, near);
		int			far_num = over ? near_num : journey_view_num(&view, far);
		int			bucket = PATH_NO_BUCKET;

		if (map[near_num] < 0)
			counts = path_counts_label(counts, labels[near_num].data, labels[near_num].len, &map[near_num]);
		if (map[far_num] < 0)
			counts = path_counts_label(counts, labels[far_num].data, labels[far_num].len, &map[far_num]);
		if (!over)
		{
			int64		from = journey_view_at(&view, Min(near, far));
			int64		to = journey_view_at(&view, Max(near, far));

			/* the times of a journey may be farther apart than an int64 can say */
			bucket = histogram_bucket((int64) Min((uint64) to - (uint64) from, (uint64) PG_INT64_MAX));
		}
		counts = path_counts_add(counts, PATH_KEY(edge, map[near_num], over ? PATH_OVER : map[far_num], bucket), 1);
	}
	counts->total = sum(counts->total, 1);
	return state_result(fcinfo, counts);
}

/* path_counts_combine(state, state), strict: also the transition of rollup */
Datum
path_counts_combine(PG_FUNCTION_ARGS)
{
	PathCounts *counts = own_state(fcinfo);

	return state_result(fcinfo, path_counts_merge(counts, PG_GETARG_PATH_COUNTS(1)));
}

/* path_counts_final(state), strict: the state packed */
Datum
path_counts_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(path_counts_pack(PG_GETARG_PATH_COUNTS(0)));
}

/* path_counts + path_counts, strict */
Datum
path_counts_plus(PG_FUNCTION_ARGS)
{
	PathCounts *counts = path_counts_open(PG_GETARG_PATH_COUNTS(0));

	PG_RETURN_POINTER(path_counts_pack(path_counts_merge(counts, PG_GETARG_PATH_COUNTS(1))));
}

/* total(path_counts), strict */
Datum
path_counts_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_PATH_COUNTS(0)->total);
}
