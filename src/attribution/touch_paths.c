/*
 * touch_paths.c
 *		The trie of paths: growing, merging, packing.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "attribution/attribution.h"

TouchNode *
touch_paths_nodes(const TouchPaths *paths)
{
	return (TouchNode *) ((char *) paths + MAXALIGN(sizeof(TouchPaths)));
}

static inline uint32 *
paths_offset(const TouchPaths *paths)
{
	return (uint32 *) (touch_paths_nodes(paths) + paths->maxnodes);
}

static inline uint32 *
paths_nodeslot(const TouchPaths *paths)
{
	return paths_offset(paths) + paths->maxchannels;
}

static inline uint32 *
paths_channelslot(const TouchPaths *paths)
{
	return paths_nodeslot(paths) + paths->nodeslots;
}

static inline uint8 *
paths_dict(const TouchPaths *paths)
{
	return (uint8 *) (paths_channelslot(paths) + paths->channelslots);
}

JourneyLabel
touch_paths_label(const TouchPaths *paths, uint32 num)
{
	const uint8 *p = paths_dict(paths) + paths_offset(paths)[num];
	JourneyLabel label;

	label.len = *p;
	label.data = (const char *) p + 1;
	return label;
}

/* At least half as many slots again as things to find; a power of two. */
static uint32
slots_for(uint32 n)
{
	uint32		slots = 16;

	while (slots < n + n / 2)
		slots *= 2;
	return slots;
}

static TouchPaths *
paths_alloc(uint32 maxnodes, uint32 maxchannels, uint32 dictmax, bool packed)
{
	uint32		nodeslots = packed ? 0 : slots_for(maxnodes);
	uint32		channelslots = packed ? 0 : slots_for(maxchannels);
	Size		size = MAXALIGN(sizeof(TouchPaths)) + sizeof(TouchNode) * maxnodes +
		sizeof(uint32) * ((Size) maxchannels + nodeslots + channelslots) + dictmax;
	TouchPaths *paths = palloc0(size);

	SET_VARSIZE(paths, size);
	paths->version = TOUCH_PATHS_VERSION;
	paths->nnodes = 1;
	paths->maxnodes = maxnodes;
	paths->maxchannels = maxchannels;
	paths->nodeslots = nodeslots;
	paths->channelslots = channelslots;
	paths->dictmax = dictmax;
	return paths;
}

/* An empty value that can grow. */
TouchPaths *
touch_paths_new(void)
{
	return paths_alloc(16, 8, 128, false);
}

static inline uint32
node_hash(uint32 parent, uint32 channel)
{
	return hash_combine(murmurhash32(parent), murmurhash32(channel));
}

static void
index_node(TouchPaths *paths, uint32 num)
{
	const TouchNode *node = &touch_paths_nodes(paths)[num];
	uint32	   *slot = paths_nodeslot(paths);
	uint32		mask = paths->nodeslots - 1;
	uint32		i = node_hash(node->parent, node->channel) & mask;

	while (slot[i] != 0)
		i = (i + 1) & mask;
	slot[i] = num;				/* the root is no child, so that 0 is free */
}

static uint32
channel_hash(const char *channel, int len)
{
	return hash_bytes((const unsigned char *) channel, len);
}

static void
index_channel(TouchPaths *paths, uint32 num)
{
	uint32	   *slot = paths_channelslot(paths);
	uint32		mask = paths->channelslots - 1;
	JourneyLabel label = touch_paths_label(paths, num);
	uint32		i = channel_hash(label.data, label.len) & mask;

	while (slot[i] != 0)
		i = (i + 1) & mask;
	slot[i] = num + 1;
}

static void
copy_totals(TouchPaths *to, const TouchPaths *from)
{
	to->converted = from->converted;
	to->lost = from->lost;
	to->value = from->value;
}

/* A copy of other capacities, which can grow. */
static TouchPaths *
paths_grow(const TouchPaths *paths, uint32 maxnodes, uint32 maxchannels, uint32 dictmax)
{
	TouchPaths *bigger = paths_alloc(maxnodes, maxchannels, dictmax, false);

	copy_totals(bigger, paths);
	bigger->nnodes = paths->nnodes;
	bigger->nchannels = paths->nchannels;
	bigger->dictused = paths->dictused;
	memcpy(touch_paths_nodes(bigger), touch_paths_nodes(paths), sizeof(TouchNode) * paths->nnodes);
	memcpy(paths_offset(bigger), paths_offset(paths), sizeof(uint32) * paths->nchannels);
	memcpy(paths_dict(bigger), paths_dict(paths), paths->dictused);
	for (uint32 i = 1; i < bigger->nnodes; i++)
		index_node(bigger, i);
	for (uint32 i = 0; i < bigger->nchannels; i++)
		index_channel(bigger, i);
	return bigger;
}

/* A copy that can grow. */
TouchPaths *
touch_paths_open(const TouchPaths *paths)
{
	return paths_grow(paths, Min(paths->nnodes + 16, TOUCH_MAX_NODES), Min(paths->nchannels + 8, TOUCH_MAX_CHANNELS),
					  paths->dictused + 128);
}

/* The number of a channel, which is added if it is new.  The paths are others when they had to grow. */
TouchPaths *
touch_paths_channel(TouchPaths *paths, const char *channel, int len, uint32 *num)
{
	uint32	   *slot = paths_channelslot(paths);
	uint32		mask = paths->channelslots - 1;
	uint8	   *p;

	for (uint32 i = channel_hash(channel, len) & mask; slot[i] != 0; i = (i + 1) & mask)
	{
		JourneyLabel known = touch_paths_label(paths, slot[i] - 1);

		if (known.len == len && memcmp(known.data, channel, len) == 0)
		{
			*num = slot[i] - 1;
			return paths;
		}
	}

	if (paths->nchannels >= TOUCH_MAX_CHANNELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("touch_paths has too many channels"),
				 errdetail("At most %d are allowed.", TOUCH_MAX_CHANNELS)));
	if (paths->nchannels >= paths->maxchannels || paths->dictused + len + 1 > paths->dictmax)
		paths = paths_grow(paths, paths->maxnodes,
						   paths->nchannels < paths->maxchannels ? paths->maxchannels : Min(paths->maxchannels * 2, TOUCH_MAX_CHANNELS),
						   paths->dictused + len + 1 <= paths->dictmax ? paths->dictmax : paths->dictmax * 2 + 256);
	*num = paths->nchannels++;
	paths_offset(paths)[*num] = paths->dictused;
	p = paths_dict(paths) + paths->dictused;
	*p = len;
	memcpy(p + 1, channel, len);
	paths->dictused += len + 1;
	index_channel(paths, *num);
	return paths;
}

/* The node of the parent's path and one more channel, which is added if it is new. */
TouchPaths *
touch_paths_child(TouchPaths *paths, uint32 parent, uint32 channel, uint32 *node)
{
	TouchNode  *nodes = touch_paths_nodes(paths);
	uint32	   *slot = paths_nodeslot(paths);
	uint32		mask = paths->nodeslots - 1;

	for (uint32 i = node_hash(parent, channel) & mask; slot[i] != 0; i = (i + 1) & mask)
	{
		if (nodes[slot[i]].parent == parent && nodes[slot[i]].channel == channel)
		{
			*node = slot[i];
			return paths;
		}
	}

	if (paths->nnodes >= paths->maxnodes)
	{
		if (paths->nnodes >= TOUCH_MAX_NODES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("touch_paths has too many distinct paths"),
					 errdetail("The paths and their beginnings are more than %d.", TOUCH_MAX_NODES - 1),
					 errhint("Use fewer channels, or shorten the paths by a lookback.")));
		paths = paths_grow(paths, Min(paths->maxnodes * 2, TOUCH_MAX_NODES), paths->maxchannels, paths->dictmax);
		nodes = touch_paths_nodes(paths);
	}
	*node = paths->nnodes++;
	nodes[*node].parent = parent;
	nodes[*node].channel = channel;
	index_node(paths, *node);
	return paths;
}

/* Counts customers whose path ended in a node; their sum over all nodes fits, so no other sum overflows. */
void
touch_paths_count(TouchPaths *paths, uint32 node, int64 converted, int64 lost, const Amount *value)
{
	TouchNode  *end = &touch_paths_nodes(paths)[node];
	int64		all;

	if (pg_add_s64_overflow(paths->converted, converted, &paths->converted) ||
		pg_add_s64_overflow(paths->lost, lost, &paths->lost) ||
		pg_add_s64_overflow(paths->converted, paths->lost, &all))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	if (!amount_add(&paths->value, value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of the values of conversions is out of range")));
	end->converted += converted;
	end->lost += lost;
	(void) amount_add(&end->value, value);
}

/* Adds all of another value. */
TouchPaths *
touch_paths_merge(TouchPaths *paths, const TouchPaths *other)
{
	const TouchNode *nodes = touch_paths_nodes(other);
	uint32	   *channels = palloc(sizeof(uint32) * Max(other->nchannels, 1));
	uint32	   *map = palloc(sizeof(uint32) * (Size) other->nnodes);

	for (uint32 i = 0; i < other->nchannels; i++)
	{
		JourneyLabel label = touch_paths_label(other, i);

		paths = touch_paths_channel(paths, label.data, label.len, &channels[i]);
	}
	map[0] = 0;
	for (uint32 i = 0; i < other->nnodes; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		/* parents come before their children in either form */
		if (i > 0)
			paths = touch_paths_child(paths, map[nodes[i].parent], channels[nodes[i].channel], &map[i]);
		if (nodes[i].converted > 0 || nodes[i].lost > 0)
			touch_paths_count(paths, map[i], nodes[i].converted, nodes[i].lost, &nodes[i].value);
	}
	pfree(channels);
	pfree(map);
	return paths;
}

/* The paths with repeats of a channel, one right after the other, as one touch. */
TouchPaths *
touch_paths_collapse(const TouchPaths *paths)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	uint32	   *map = palloc(sizeof(uint32) * (Size) paths->nnodes);
	TouchPaths *result = touch_paths_new();

	for (uint32 i = 0; i < paths->nchannels; i++)
	{
		JourneyLabel label = touch_paths_label(paths, i);
		uint32		num;

		result = touch_paths_channel(result, label.data, label.len, &num);
	}
	map[0] = 0;
	for (uint32 i = 0; i < paths->nnodes; i++)
	{
		uint32		parent = nodes[i].parent;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (i > 0 && parent > 0 && nodes[parent].channel == nodes[i].channel)
			map[i] = map[parent];
		else if (i > 0)
			result = touch_paths_child(result, map[parent], nodes[i].channel, &map[i]);
		touch_paths_count(result, map[i], nodes[i].converted, nodes[i].lost, &nodes[i].value);
	}
	pfree(map);
	return touch_paths_pack(result);
}

static int
compare_channels(const void *a, const void *b, void *arg)
{
	JourneyLabel x = touch_paths_label(arg, *(const uint32 *) a);
	JourneyLabel y = touch_paths_label(arg, *(const uint32 *) b);

	return journey_label_cmp(&x, &y);
}

/* The packed form.  Does not change its argument, which has no useless channels and leaves. */
TouchPaths *
touch_paths_pack(const TouchPaths *paths)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	uint32		n = paths->nnodes;
	TouchPaths *packed = paths_alloc(n, paths->nchannels, paths->dictused, true);
	TouchNode  *result = touch_paths_nodes(packed);
	uint32	   *order = palloc(sizeof(uint32) * Max(paths->nchannels, 1));
	uint32	   *rank = palloc(sizeof(uint32) * Max(paths->nchannels, 1));
	uint32	   *begin = palloc0(sizeof(uint32) * (Max((Size) n, paths->nchannels) + 2));
	uint32	   *sorted = palloc(sizeof(uint32) * (Size) n);
	uint32	   *child = palloc(sizeof(uint32) * (Size) n);
	uint32	   *stack = palloc(sizeof(uint32) * (Size) n);
	uint32	   *place = palloc(sizeof(uint32) * (Size) n);
	uint32		depth = 0;

	for (uint32 i = 0; i < paths->nchannels; i++)
		order[i] = i;
	qsort_arg(order, paths->nchannels, sizeof(uint32), compare_channels, (void *) paths);
	for (uint32 i = 0; i < paths->nchannels; i++)
	{
		JourneyLabel label = touch_paths_label(paths, order[i]);

		rank[order[i]] = i;
		paths_offset(packed)[i] = packed->dictused;
		memcpy(paths_dict(packed) + packed->dictused, label.data - 1, label.len + 1);
		packed->dictused += label.len + 1;
	}
	packed->nchannels = paths->nchannels;
	copy_totals(packed, paths);

	/* the nodes by channel, then, keeping that order, by parent: two counting sorts */
	for (uint32 i = 1; i < n; i++)
		begin[rank[nodes[i].channel] + 1]++;
	for (uint32 c = 0; c < paths->nchannels; c++)
		begin[c + 1] += begin[c];
	for (uint32 i = 1; i < n; i++)
		sorted[begin[rank[nodes[i].channel]]++] = i;
	CHECK_FOR_INTERRUPTS();
	memset(begin, 0, sizeof(uint32) * (Max((Size) n, paths->nchannels) + 2));
	for (uint32 i = 1; i < n; i++)
		begin[nodes[i].parent + 2]++;
	for (uint32 i = 0; i < n; i++)
		begin[i + 1] += begin[i];
	for (uint32 i = 0; i + 1 < n; i++)
		child[begin[nodes[sorted[i]].parent + 1]++] = sorted[i];
	CHECK_FOR_INTERRUPTS();

	/* now the children of node i are child[begin[i]] to before child[begin[i + 1]] */
	packed->nnodes = 0;
	stack[depth++] = 0;
	while (depth > 0)
	{
		uint32		i = stack[--depth];
		TouchNode  *node = &result[packed->nnodes];

		*node = nodes[i];
		node->parent = i == 0 ? 0 : place[nodes[i].parent];
		node->channel = i == 0 ? 0 : rank[nodes[i].channel];
		place[i] = packed->nnodes++;
		for (uint32 k = begin[i + 1]; k > begin[i]; k--)
			stack[depth++] = child[k - 1];
	}
	pfree(order);
	pfree(rank);
	pfree(begin);
	pfree(sorted);
	pfree(child);
	pfree(stack);
	pfree(place);
	return packed;
}

/* The channels of the path of a node, in an array that grows with need; returns how many. */
uint32
touch_paths_path(const TouchPaths *paths, uint32 node, uint32 **path, uint32 *room)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	uint32		n = 0;

	for (uint32 i = node; i > 0; i = nodes[i].parent)
		n++;
	if (n > *room)
	{
		if (*path != NULL)
			pfree(*path);
		*room = n * 2;
		*path = palloc_extended(sizeof(uint32) * (Size) *room, MCXT_ALLOC_HUGE);
	}
	for (uint32 i = node, k = n; i > 0; i = nodes[i].parent)
		(*path)[--k] = nodes[i].channel;
	return n;
}
