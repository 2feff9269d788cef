/*
 * group.h
 *		Grouping a heap of events by customer: records, partitions, groups.
 *
 * A record is one event in 64-bit words:
 *
 *		integer key		key | time and what, or time, what
 *		byte key		length (16 bits) and hash (48 bits) | time and what, or
 *						time, what | the key's bytes, padded with zeros
 *
 * "What" is a number the caller gives its own meaning (a label, a bit mask).
 * Time and what share one word (narrow) when the time is near the base and
 * what is small; a stretch of records is narrow or wide as a whole.
 */
#ifndef JOURNEY_GROUP_H
#define JOURNEY_GROUP_H

#include "common/int.h"

#define GROUP_MAX_KEY		65535	/* bytes of a byte key */
#define GROUP_MAX_BITS		10		/* a pass divides into at most 2^10 partitions */
#define GROUP_MAX_SHIFT		30		/* hash bits that passes over passes may use up */

/* What all records of one heap have in common. */
typedef struct GroupFormat
{
	bool		bytes;			/* byte keys, not integers */
	int			whatbits;		/* bits that what may use in a narrow record; at most 16 */
	int64		base;			/* time that narrow records count from */
	uint64		seed;			/* so that no choice of keys makes the hash bad */
	uint64		hashmask;		/* all ones; fewer make a bad hash, to test with */
} GroupFormat;

/* One event of a group. */
typedef struct GroupEvent
{
	int64		at;
	uint64		what;
} GroupEvent;

/* A stretch of records. */
typedef struct GroupSegment
{
	const uint64 *words;
	Size		nwords;
	bool		wide;
} GroupSegment;

/* One customer and all events of it, ordered by time, then what. */
typedef struct GroupRun
{
	uint64		key;			/* integer key, or */
	const char *bytes;			/* byte key */
	int			len;
	Size		n;
	GroupEvent *events;
} GroupRun;

typedef struct Grouper Grouper;

extern Size group_scatter_count(const GroupFormat *fmt, const GroupSegment *segment, bool wide,
								int shift, int bits, Size *nwords);
extern void group_scatter(const GroupFormat *fmt, const GroupSegment *segment, bool wide,
						  int shift, int bits, uint64 *target, Size *position);

extern Grouper *grouper_new(const GroupFormat *fmt);
extern void grouper_load(Grouper *grouper, const GroupSegment *segments, int nsegments);
extern bool grouper_next(Grouper *grouper, GroupRun *run);
extern void grouper_free(Grouper *grouper);
extern uint64 group_hash_bytes(const GroupFormat *fmt, const char *bytes, int len);

/* Does an event fit into a narrow record?  Sets *word to its time and what. */
static inline bool
group_narrow(const GroupFormat *fmt, int64 at, uint64 what, uint64 *word)
{
	int64		offset;
	int64		limit = INT64CONST(1) << (63 - fmt->whatbits);

	if (pg_sub_s64_overflow(at, fmt->base, &offset) ||
		offset < -limit || offset >= limit ||
		what >> fmt->whatbits != 0)
		return false;
	*word = ((uint64) offset << fmt->whatbits) | what;
	return true;
}

/* The event of a narrow word. */
static inline GroupEvent
group_widen(const GroupFormat *fmt, uint64 word)
{
	GroupEvent	event;

	event.at = fmt->base + ((int64) word >> fmt->whatbits);
	event.what = word & ((UINT64CONST(1) << fmt->whatbits) - 1);
	return event;
}

/* First word of a byte-key record, and what can be read off it. */
static inline uint64
group_bytes_word(const GroupFormat *fmt, const char *bytes, int len)
{
	return ((uint64) len << 48) |
		(group_hash_bytes(fmt, bytes, len) & fmt->hashmask & ((UINT64CONST(1) << 48) - 1));
}

static inline int
group_bytes_len(uint64 word)
{
	return (int) (word >> 48);
}

/* Words of a record, told by its first. */
static inline Size
group_record_words(const GroupFormat *fmt, uint64 word, bool wide)
{
	Size		n = wide ? 3 : 2;

	if (fmt->bytes)
		n += (group_bytes_len(word) + 7) / 8;
	return n;
}

#endif							/* JOURNEY_GROUP_H */
