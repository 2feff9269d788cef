/*
 * group.c
 *		Grouping a heap of events by customer.
 *
 * PostgreSQL's hash aggregate touches a random state for every row; with a
 * million customers that is a cache miss or several per row.  Here the records
 * are first divided by hash into partitions that fit the cache (group_scatter,
 * a counting sort), and each partition is then grouped by itself: an
 * open-addressing table numbers its customers, a second counting sort puts
 * each customer's events side by side.  Both passes keep the order of arrival,
 * so events that arrive in time order are never sorted.
 *
 * Keys are compared in full, so no hash collision can merge two customers.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "common/hashfn.h"

#include "core/group.h"

/* Records between two checks for interrupts. */
#define INTERRUPT_MASK		0xFFFF

/* A place of the hash table; group 0 is none. */
typedef struct Slot
{
	uint64		word;			/* first word of the group's records */
	uint32		group;			/* its number, plus 1 */
} Slot;

typedef struct Group
{
	uint64		word;
	const char *bytes;			/* a byte key, where its first record has it */
	Size		n;
	Size		end;			/* where its next event goes; at last, its end */
} Group;

struct Grouper
{
	GroupFormat fmt;
	Slot	   *slots;
	Size		nslots;			/* a power of two */
	Group	   *groups;
	Size		ngroups;
	Size		maxgroups;
	uint32	   *ids;			/* group of each record, in order of arrival */
	Size		maxids;
	bool		wide;			/* events are in "wide", not in "narrow" */
	int64	   *narrow;			/* events, those of a group side by side */
	Size		maxnarrow;
	GroupEvent *wides;
	Size		maxwide;
	GroupEvent *events;			/* the run handed out last, when narrow */
	Size		maxevents;
	Size		next;			/* group to hand out next */
};

#define ST_SORT sort_words
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b) ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE GroupEvent
#define ST_COMPARE(a, b) \
	((a)->at < (b)->at ? -1 : (a)->at > (b)->at ? 1 : \
	 (a)->what < (b)->what ? -1 : (a)->what > (b)->what ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Hash of a byte key. */
uint64
group_hash_bytes(const GroupFormat *fmt, const char *bytes, int len)
{
	return hash_bytes_extended((const unsigned char *) bytes, len, fmt->seed);
}

/*
 * Hash of a record, from its first word.  Partitions take its high bits, the
 * table its middle ones, so that they do not depend on each other.
 */
static inline uint64
record_hash(const GroupFormat *fmt, uint64 word)
{
	if (fmt->bytes)
		return (word << 16) | (word >> 48);
	else
	{
		uint64		h = word ^ fmt->seed;

		h ^= h >> 32;
		h *= UINT64CONST(0xff51afd7ed558ccd);
		h ^= h >> 32;
		h *= UINT64CONST(0xc4ceb9fe1a85ec53);
		return h & fmt->hashmask;
	}
}

static inline Size
record_partition(const GroupFormat *fmt, uint64 word, int shift, int bits)
{
	return bits == 0 ? 0 : (record_hash(fmt, word) << shift) >> (64 - bits);
}

/*
 * How many words each of the 2^bits partitions gets from a segment is added to
 * nwords[].  "Wide" is the form the target has: wide when any segment is.
 * Returns the number of records.
 */
Size
group_scatter_count(const GroupFormat *fmt, const GroupSegment *segment, bool wide,
					int shift, int bits, Size *nwords)
{
	const uint64 *p = segment->words;
	const uint64 *end = p + segment->nwords;
	Size		n = 0;

	while (p < end)
	{
		if ((++n & INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
		nwords[record_partition(fmt, *p, shift, bits)] += group_record_words(fmt, *p, wide);
		p += group_record_words(fmt, *p, segment->wide);
	}
	return n;
}

/*
 * Copy the records of a segment to their partitions.  position[] tells where
 * in the target the next record of each partition goes, and is moved on.
 */
void
group_scatter(const GroupFormat *fmt, const GroupSegment *segment, bool wide,
			  int shift, int bits, uint64 *target, Size *position)
{
	const uint64 *p = segment->words;
	const uint64 *end = p + segment->nwords;
	Size		n = 0;

	Assert(wide || !segment->wide);
	while (p < end)
	{
		Size	   *pos = &position[record_partition(fmt, *p, shift, bits)];
		uint64	   *to = target + *pos;

		if ((++n & INTERRUPT_MASK) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!wide && !fmt->bytes)
		{
			to[0] = p[0];
			to[1] = p[1];
			*pos += 2;
			p += 2;
		}
		else
		{
			Size		extra = group_record_words(fmt, *p, false) - 2;

			*to++ = *p++;
			if (wide == segment->wide)
			{
				*to++ = *p++;
				if (wide)
					*to++ = *p++;
			}
			else
			{
				GroupEvent	event = group_widen(fmt, *p++);

				*to++ = (uint64) event.at;
				*to++ = event.what;
			}
			memcpy(to, p, extra * sizeof(uint64));
			p += extra;
			*pos = (to - target) + extra;
		}
	}
}

/* Room for n elements of a work area; what was in it is lost. */
static void *
reserve(void *area, Size *have, Size n, Size size)
{
	if (n <= *have)
		return area;
	if (area != NULL)
		pfree(area);
	*have = n;
	return palloc_extended(n * size, MCXT_ALLOC_HUGE);
}

Grouper *
grouper_new(const GroupFormat *fmt)
{
	Grouper    *grouper = palloc0(sizeof(Grouper));

	grouper->fmt = *fmt;
	grouper->nslots = 64;
	grouper->slots = palloc0(sizeof(Slot) * grouper->nslots);
	grouper->groups = reserve(NULL, &grouper->maxgroups, grouper->nslots / 2, sizeof(Group));
	return grouper;
}

void
grouper_free(Grouper *grouper)
{
	pfree(grouper->slots);
	pfree(grouper->groups);
	if (grouper->ids)
		pfree(grouper->ids);
	if (grouper->narrow)
		pfree(grouper->narrow);
	if (grouper->wides)
		pfree(grouper->wides);
	if (grouper->events)
		pfree(grouper->events);
	pfree(grouper);
}

/* Double the table. */
static void
grow(Grouper *grouper)
{
	Group	   *groups = grouper->groups;
	Size		mask;

	pfree(grouper->slots);
	grouper->nslots *= 2;
	mask = grouper->nslots - 1;
	grouper->slots = palloc_extended(sizeof(Slot) * grouper->nslots, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	grouper->maxgroups = grouper->nslots / 2;
	grouper->groups = palloc_extended(sizeof(Group) * grouper->maxgroups, MCXT_ALLOC_HUGE);
	memcpy(grouper->groups, groups, sizeof(Group) * grouper->ngroups);
	pfree(groups);
	for (Size i = 0; i < grouper->ngroups; i++)
	{
		uint64		word = grouper->groups[i].word;
		Size		s = (record_hash(&grouper->fmt, word) >> 16) & mask;

		while (grouper->slots[s].group != 0)
			s = (s + 1) & mask;
		grouper->slots[s].word = word;
		grouper->slots[s].group = i + 1;
	}
}

/* Number of the group with this key, a new one if need be. */
static inline uint32
find_group(Grouper *grouper, uint64 word, const char *bytes)
{
	Size		mask = grouper->nslots - 1;
	Size		s = (record_hash(&grouper->fmt, word) >> 16) & mask;
	Slot	   *slot;
	Group	   *group;

	for (;; s = (s + 1) & mask)
	{
		slot = &grouper->slots[s];
		if (slot->group == 0)
			break;
		if (slot->word == word &&
			(!grouper->fmt.bytes ||
			 memcmp(grouper->groups[slot->group - 1].bytes, bytes, group_bytes_len(word)) == 0))
			return slot->group - 1;
	}
	slot->word = word;
	slot->group = ++grouper->ngroups;
	group = &grouper->groups[grouper->ngroups - 1];
	group->word = word;
	group->bytes = bytes;
	group->n = 0;
	if (grouper->ngroups == grouper->maxgroups)
		grow(grouper);
	return grouper->ngroups - 1;
}

/*
 * Group the records of all segments (fewer than 2^32).  Byte keys stay where
 * they are: the segments must remain until the last group was handed out.
 */
void
grouper_load(Grouper *grouper, const GroupSegment *segments, int nsegments)
{
	const GroupFormat *fmt = &grouper->fmt;
	Size		words = 0;
	Size		n = 0;
	Size		start = 0;

	grouper->ngroups = 0;
	grouper->next = 0;
	grouper->wide = false;
	memset(grouper->slots, 0, sizeof(Slot) * grouper->nslots);
	for (int i = 0; i < nsegments; i++)
	{
		words += segments[i].nwords / (segments[i].wide ? 3 : 2);
		grouper->wide |= segments[i].wide;
	}
	grouper->ids = reserve(grouper->ids, &grouper->maxids, words, sizeof(uint32));

	/* number the keys and count their events */
	for (int i = 0; i < nsegments; i++)
	{
		const GroupSegment *segment = &segments[i];
		const uint64 *p = segment->words;
		const uint64 *end = p + segment->nwords;
		int			keyat = segment->wide ? 3 : 2;

		while (p < end)
		{
			uint32		id = find_group(grouper, *p, (const char *) (p + keyat));

			grouper->groups[id].n++;
			grouper->ids[n] = id;
			if ((++n & INTERRUPT_MASK) == 0)
				CHECK_FOR_INTERRUPTS();
			p += group_record_words(fmt, *p, segment->wide);
		}
	}

	/* put the events of each key side by side, in order of arrival */
	for (Size i = 0; i < grouper->ngroups; i++)
	{
		grouper->groups[i].end = start;
		start += grouper->groups[i].n;
	}
	if (grouper->wide)
		grouper->wides = reserve(grouper->wides, &grouper->maxwide, n, sizeof(GroupEvent));
	else
		grouper->narrow = reserve(grouper->narrow, &grouper->maxnarrow, n, sizeof(int64));
	n = 0;
	for (int i = 0; i < nsegments; i++)
	{
		const GroupSegment *segment = &segments[i];
		const uint64 *p = segment->words;
		const uint64 *end = p + segment->nwords;

		while (p < end)
		{
			Size		to = grouper->groups[grouper->ids[n]].end++;

			if (!grouper->wide)
				grouper->narrow[to] = (int64) p[1];
			else if (!segment->wide)
				grouper->wides[to] = group_widen(fmt, p[1]);
			else
			{
				grouper->wides[to].at = (int64) p[1];
				grouper->wides[to].what = p[2];
			}
			if ((++n & INTERRUPT_MASK) == 0)
				CHECK_FOR_INTERRUPTS();
			p += group_record_words(fmt, *p, segment->wide);
		}
	}
}

/* Few elements are sorted where they stand: most customers have few events. */
static inline void
insertion_sort(int64 *words, Size n)
{
	for (Size i = 1; i < n; i++)
	{
		int64		word = words[i];
		Size		j = i;

		for (; j > 0 && words[j - 1] > word; j--)
			words[j] = words[j - 1];
		words[j] = word;
	}
}

/*
 * Hand out the next group, in no particular order; false when there is none.
 * Its events stand until the next call.
 */
bool
grouper_next(Grouper *grouper, GroupRun *run)
{
	const Group *group;
	bool		sorted = true;

	if (grouper->next >= grouper->ngroups)
		return false;
	group = &grouper->groups[grouper->next++];
	run->key = group->word;
	run->bytes = group->bytes;
	run->len = grouper->fmt.bytes ? group_bytes_len(group->word) : 0;
	run->n = group->n;

	if (grouper->wide)
	{
		GroupEvent *events = grouper->wides + group->end - group->n;

		for (Size i = 1; i < group->n && sorted; i++)
			sorted = events[i - 1].at < events[i].at ||
				(events[i - 1].at == events[i].at && events[i - 1].what <= events[i].what);
		if (!sorted)
			sort_events(events, group->n);
		run->events = events;
	}
	else
	{
		int64	   *words = grouper->narrow + group->end - group->n;

		for (Size i = 1; i < group->n && sorted; i++)
			sorted = words[i - 1] <= words[i];
		if (!sorted)
		{
			if (group->n <= 24)
				insertion_sort(words, group->n);
			else
				sort_words(words, group->n);
		}
		if (group->n > grouper->maxevents)
			grouper->events = reserve(grouper->events, &grouper->maxevents,
									  Max(group->n, 2 * grouper->maxevents), sizeof(GroupEvent));
		for (Size i = 0; i < group->n; i++)
			grouper->events[i] = group_widen(&grouper->fmt, (uint64) words[i]);
		run->events = grouper->events;
	}
	return true;
}
