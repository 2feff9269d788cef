/*
 * build.c
 *		Building a journey: the growing state and the packing of its result.
 *
 * The one way to make a journey.  Aggregates keep a JourneyBuild between
 * calls; input functions and editors build one and finish it at once.
 *
 * journey_build_add changes the build in place while it has room, and returns
 * a new, bigger one in the current memory context when it has not.  It never
 * frees the old one: under an aggregate that belongs to the executor.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "timeline/timeline.h"

/* Up to this many labels a walk through the dictionary is faster than hashing. */
#define WALK_LABELS		8

/* From this many entries on, a state is rid of repeats before it grows. */
#define COMPACT_ENTRIES	4096

/* Sizes up to this are allocated as powers of two. */
#define ROUNDED_SIZE	4096

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE JourneyEntry
#define ST_COMPARE(a, b) \
	((a)->at < (b)->at ? -1 : (a)->at > (b)->at ? 1 : \
	 (a)->rank < (b)->rank ? -1 : (a)->rank > (b)->rank ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Addresses of the sections.  Widest first, so each is aligned.
 */
static inline int64 *
build_at(const JourneyBuild *build)
{
	return (int64 *) ((char *) build + MAXALIGN(sizeof(JourneyBuild)));
}

static inline uint32 *
build_offset(const JourneyBuild *build)
{
	return (uint32 *) (build_at(build) + build->maxentries);
}

static inline uint16 *
build_num(const JourneyBuild *build)
{
	return (uint16 *) (build_offset(build) + build->maxlabels);
}

static inline uint16 *
build_slot(const JourneyBuild *build)
{
	return build_num(build) + build->maxentries;
}

static inline uint8 *
build_dict(const JourneyBuild *build)
{
	return (uint8 *) (build_slot(build) + build->nslots);
}

static inline JourneyLabel
build_label(const JourneyBuild *build, int num)
{
	const uint8 *p = build_dict(build) + build_offset(build)[num];
	JourneyLabel label;

	label.len = *p;
	label.data = (const char *) p + 1;
	return label;
}

static inline Size
build_size(uint32 maxentries, uint32 maxlabels, uint32 nslots, uint32 dictmax)
{
	return MAXALIGN(sizeof(JourneyBuild)) +
		(Size) maxentries * (sizeof(int64) + sizeof(uint16)) +
		(Size) maxlabels * sizeof(uint32) +
		(Size) nslots * sizeof(uint16) +
		dictmax;
}

/*
 * A value in the building layout, ready to be used: whole and aligned, its
 * counts within its size.  It is the value itself where that is so already.
 */
JourneyBuild *
journey_build_open(const struct varlena *value)
{
	JourneyBuild *build = (JourneyBuild *) PG_DETOAST_DATUM(PointerGetDatum(value));

	if (!PointerIsAligned(build, int64))
	{
		JourneyBuild *copy = palloc(VARSIZE(build));

		memcpy(copy, build, VARSIZE(build));
		build = copy;
	}
	if (VARSIZE(build) < MAXALIGN(sizeof(JourneyBuild)) ||
		build->version != (JOURNEY_VERSION | JOURNEY_BUILDING) ||
		build->nentries > build->maxentries ||
		build->nlabels > build->maxlabels ||
		build->dictused > build->dictmax ||
		(build->nslots & (build->nslots - 1)) != 0 ||
		(build->nslots > 0 && build->nslots <= build->nlabels) ||
		VARSIZE(build) != build_size(build->maxentries, build->maxlabels, build->nslots, build->dictmax))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("journey state is damaged")));
	return build;
}

/* An empty build of the given capacities. */
static JourneyBuild *
build_alloc(uint32 maxentries, uint32 maxlabels, uint32 dictmax)
{
	JourneyBuild *build;
	uint32		nslots = 0;
	Size		size;

	if (maxlabels > WALK_LABELS)
	{
		nslots = 32;
		while (nslots < maxlabels * 2)
			nslots *= 2;
	}
	size = build_size(maxentries, maxlabels, nslots, dictmax);
	if (size <= ROUNDED_SIZE)
	{
		/* the allocator rounds up to a power of two: room for entries rather than for nothing */
		maxentries += (pg_nextpower2_size_t(size) - size) / (sizeof(int64) + sizeof(uint16));
		size = build_size(maxentries, maxlabels, nslots, dictmax);
	}

	/* zeroed, because an aggregate of the user's may store a state as it is */
	build = palloc0(size);
	SET_VARSIZE(build, size);
	build->version = JOURNEY_VERSION | JOURNEY_BUILDING;
	build->sorted = 1;
	build->maxentries = maxentries;
	build->maxlabels = maxlabels;
	build->nslots = nslots;
	build->dictmax = dictmax;
	return build;
}

/* An empty build with room for so many entries before it must grow. */
JourneyBuild *
journey_build_new(uint32 maxentries)
{
	return build_alloc(Min(Max(maxentries, 4), JOURNEY_MAX_ENTRIES), WALK_LABELS, 64);
}

/* Put a label number into the hash index. */
static void
build_index(JourneyBuild *build, int num)
{
	uint16	   *slot = build_slot(build);
	JourneyLabel label = build_label(build, num);
	uint32		mask = build->nslots - 1;
	uint32		i = hash_bytes((const unsigned char *) label.data, label.len) & mask;

	while (slot[i] != 0)
		i = (i + 1) & mask;
	slot[i] = num + 1;
}

/* A bigger copy of a build.  Unused room of the copy is left as it comes. */
static JourneyBuild *
build_grow(const JourneyBuild *build, uint32 maxentries, uint32 maxlabels, uint32 dictmax)
{
	JourneyBuild *bigger = build_alloc(maxentries, maxlabels, dictmax);

	bigger->sorted = build->sorted;
	bigger->nlabels = build->nlabels;
	bigger->nentries = build->nentries;
	bigger->dictused = build->dictused;
	memcpy(build_at(bigger), build_at(build), build->nentries * sizeof(int64));
	memcpy(build_num(bigger), build_num(build), build->nentries * sizeof(uint16));
	memcpy(build_offset(bigger), build_offset(build), build->nlabels * sizeof(uint32));
	memcpy(build_dict(bigger), build_dict(build), build->dictused);
	if (bigger->nslots > 0)
	{
		for (int i = 0; i < bigger->nlabels; i++)
			build_index(bigger, i);
	}
	return bigger;
}

/* Number of a label, or -1. */
static int
build_find(const JourneyBuild *build, const char *label, int len)
{
	if (build->nslots == 0)
	{
		const uint8 *p = build_dict(build);

		for (int i = 0; i < build->nlabels; i++)
		{
			if (*p == len && memcmp(p + 1, label, len) == 0)
				return i;
			p += *p + 1;
		}
	}
	else
	{
		const uint16 *slot = build_slot(build);
		uint32		mask = build->nslots - 1;
		uint32		i = hash_bytes((const unsigned char *) label, len) & mask;

		for (; slot[i] != 0; i = (i + 1) & mask)
		{
			JourneyLabel known = build_label(build, slot[i] - 1);

			if (known.len == len && memcmp(known.data, label, len) == 0)
				return slot[i] - 1;
		}
	}
	return -1;
}

/* Refuse a label of a length that no journey can hold. */
void
journey_check_label(int len)
{
	if (len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ZERO_LENGTH_CHARACTER_STRING),
				 errmsg("journey label must not be empty")));
	if (len > JOURNEY_MAX_LABEL)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("journey label is too long"),
				 errdetail("The label has %d bytes; at most %d are allowed.", len, JOURNEY_MAX_LABEL)));
}

/* Refuse infinite times and times that a timestamptz cannot have. */
void
journey_check_time(int64 at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("journey time must be finite"),
				 errhint("An entry without a known time does not belong in a journey.")));
	if (!IS_VALID_TIMESTAMP(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("journey time out of range")));
}

/*
 * The number of a label, which joins the dictionary if it is new.  Returns the
 * build, which is another one if it had to grow; NULL after a soft error.
 */
static JourneyBuild *
build_intern(JourneyBuild *build, const char *label, int len, int *num, struct Node *escontext)
{
	uint32		need;

	*num = build_find(build, label, len);
	if (*num >= 0)
		return build;

	need = build->dictused + len + 1;
	if (build->nlabels >= JOURNEY_MAX_LABELS)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey has too many distinct labels"),
				 errdetail("At most %d are allowed.", JOURNEY_MAX_LABELS)));
	if (build->nlabels >= build->maxlabels || need > build->dictmax)
		build = build_grow(build,
						   build->maxentries,
						   build->nlabels < build->maxlabels ? build->maxlabels :
						   Min(build->maxlabels * 2, JOURNEY_MAX_LABELS),
						   need <= build->dictmax ? build->dictmax :
						   Max(build->dictmax * 2, need));
	*num = build->nlabels++;
	build_offset(build)[*num] = build->dictused;
	build_dict(build)[build->dictused] = len;
	memcpy(build_dict(build) + build->dictused + 1, label, len);
	build->dictused = need;
	if (build->nslots > 0)
		build_index(build, *num);
	return build;
}

static int
compare_labels(const void *a, const void *b, void *arg)
{
	const JourneyBuild *build = arg;
	JourneyLabel x = build_label(build, *(const uint16 *) a);
	JourneyLabel y = build_label(build, *(const uint16 *) b);

	return journey_label_cmp(&x, &y);
}

/* The entries in order, each once.  Returns how many. */
static uint32
build_ordered(const JourneyBuild *build, JourneyEntry *entries)
{
	uint32		n = build->nentries;
	uint32		kept = 0;

	for (uint32 i = 0; i < n; i++)
	{
		entries[i].at = build_at(build)[i];
		entries[i].num = build_num(build)[i];
		entries[i].rank = 0;
	}
	if (build->sorted)
		return n;

	{
		uint16	   *order = palloc(sizeof(uint16) * build->nlabels);
		uint32	   *rank = palloc(sizeof(uint32) * build->nlabels);

		for (int i = 0; i < build->nlabels; i++)
			order[i] = i;
		qsort_arg(order, build->nlabels, sizeof(uint16), compare_labels, (void *) build);
		for (int i = 0; i < build->nlabels; i++)
			rank[order[i]] = i;
		for (uint32 i = 0; i < n; i++)
			entries[i].rank = rank[entries[i].num];
		pfree(order);
		pfree(rank);
	}
	sort_entries(entries, n);
	for (uint32 i = 0; i < n; i++)
	{
		if (kept > 0 && entries[kept - 1].at == entries[i].at && entries[kept - 1].num == entries[i].num)
			continue;
		entries[kept++] = entries[i];
	}
	return kept;
}

/*
 * Room for so many entries more, in another build if there is none in this
 * one.  Before a big state grows, entries that came several times are dropped,
 * so that its size follows the journey and not the rows.
 */
static JourneyBuild *
build_reserve(JourneyBuild *build, uint32 more)
{
	JourneyBuild *bigger;
	JourneyEntry *entries = NULL;
	uint32		kept = build->nentries;
	uint64		capacity = build->maxentries;

	if ((uint64) kept + more <= capacity)
		return build;

	if (!build->sorted && kept >= COMPACT_ENTRIES)
	{
		entries = palloc_extended(kept * sizeof(JourneyEntry), MCXT_ALLOC_HUGE);
		kept = build_ordered(build, entries);
	}
	if (kept > JOURNEY_MAX_ENTRIES)
		journey_too_many_entries();

	/* at least half of it free, for else a build full of repeats would be sorted again soon */
	if ((uint64) kept + more > capacity / 2)
		capacity = Max(Min(capacity * 2, JOURNEY_MAX_ENTRIES * UINT64CONST(4)), (uint64) kept + more);
	bigger = build_grow(build, capacity, build->maxlabels, build->dictmax);
	if (entries != NULL)
	{
		for (uint32 i = 0; i < kept; i++)
		{
			build_at(bigger)[i] = entries[i].at;
			build_num(bigger)[i] = entries[i].num;
		}
		bigger->nentries = kept;
		bigger->sorted = 1;
		pfree(entries);
	}
	return bigger;
}

/* Add an entry whose label has a number already. */
static JourneyBuild *
build_put(JourneyBuild *build, int num, int64 at)
{
	uint32		n;

	/* first, since it may sort what is there */
	build = build_reserve(build, 1);
	n = build->nentries;

	if (build->sorted && n > 0)
	{
		int64		last = build_at(build)[n - 1];

		if (at < last)
			build->sorted = 0;
		else if (at == last)
		{
			int			before = build_num(build)[n - 1];
			JourneyLabel x;
			JourneyLabel y;

			if (before == num)
				return build;	/* the very same entry */
			x = build_label(build, before);
			y = build_label(build, num);
			if (journey_label_cmp(&x, &y) > 0)
				build->sorted = 0;
		}
	}

	build_at(build)[n] = at;
	build_num(build)[n] = num;
	build->nentries = n + 1;
	return build;
}

/*
 * Add one entry, and return the build, which is another one if it had to grow.
 * The label and the time have been checked; too many labels are reported
 * softly, and then the result is NULL.
 */
JourneyBuild *
journey_build_add_safe(JourneyBuild *build, const char *label, int len, int64 at, struct Node *escontext)
{
	int			num;

	build = build_intern(build, label, len, &num, escontext);
	if (build == NULL)
		return NULL;
	return build_put(build, num, at);
}

/*
 * Add one entry, and return the build, which is another one if it had to grow.
 */
JourneyBuild *
journey_build_add(JourneyBuild *build, const char *label, int len, int64 at)
{
	journey_check_label(len);
	journey_check_time(at);
	return journey_build_add_safe(build, label, len, at, NULL);
}

/* Add the entries [from, to) of a packed journey. */
JourneyBuild *
journey_build_add_view(JourneyBuild *build, const JourneyView *view, uint32 from, uint32 to)
{
	const JourneyLabel *labels;
	int32	   *map;

	if (from >= to)
		return build;
	labels = journey_view_labels(view);
	map = palloc(sizeof(int32) * view->nlabels);
	for (int i = 0; i < view->nlabels; i++)
		map[i] = -1;
	build = build_reserve(build, to - from);
	for (uint32 i = from; i < to; i++)
	{
		int			num = journey_view_num(view, i);

		if (map[num] < 0)
			build = build_intern(build, labels[num].data, labels[num].len, &map[num], NULL);
		build = build_put(build, map[num], journey_view_at(view, i));
	}
	pfree((void *) labels);
	pfree(map);
	return build;
}

/* Add all entries of another build. */
JourneyBuild *
journey_build_merge(JourneyBuild *build, const JourneyBuild *other)
{
	int32	   *map = palloc(sizeof(int32) * Max(other->nlabels, 1));

	build = build_reserve(build, other->nentries);
	for (int i = 0; i < other->nlabels; i++)
	{
		JourneyLabel label = build_label(other, i);

		build = build_intern(build, label.data, label.len, &map[i], NULL);
	}
	for (uint32 i = 0; i < other->nentries; i++)
		build = build_put(build, map[build_num(other)[i]], build_at(other)[i]);
	pfree(map);
	return build;
}

/*
 * The packed journey of a build.  The build is only read: a window aggregate
 * goes on with it.
 */
struct varlena *
journey_build_finish(const JourneyBuild *build)
{
	JourneyEntry *entries;
	JourneyLabel *labels;
	struct varlena *result;
	uint32		n;

	entries = palloc_extended(Max(build->nentries, 1) * sizeof(JourneyEntry), MCXT_ALLOC_HUGE);
	n = build_ordered(build, entries);
	labels = palloc(sizeof(JourneyLabel) * Max(build->nlabels, 1));
	for (int i = 0; i < build->nlabels; i++)
		labels[i] = build_label(build, i);
	result = journey_pack(labels, build->nlabels, entries, n);
	pfree(entries);
	pfree(labels);
	return result;
}
