/*
 * path_counts.h
 *		The type path_counts: how many paths take each edge, and in what time.
 *
 * A path has columns 1, 2, 3, ...: its first label, its second and so on, or,
 * read backward, its last label, the one before it and so on.  Edge k joins
 * the label near the beginning of reading, in column k, to the one in column
 * k + 1, or to nothing where the path is over.
 *
 * What is counted is one flat map: (edge, near, far, bucket of the time
 * between) to a number of paths.  Times thus stay a histogram per edge, and
 * two values are added by adding their maps.
 *
 * Packed, the one form that is stored and sent: labels in byte order, entries
 * in order of key, no room to spare; equal values have equal bytes.  While an
 * aggregate builds, both are in order of arrival, with hash tables to find
 * them.
 */
#ifndef JOURNEY_PATH_COUNTS_H
#define JOURNEY_PATH_COUNTS_H

#include "fmgr.h"

#include "timeline/timeline.h"

#define PATH_COUNTS_VERSION		1
#define PATH_MAX_DEPTH			1000
#define PATH_MAX_LABELS			65534
#define PATH_MAX_ENTRIES		16777216

/* In place of the number of a far label, where a path is over; in place of a bucket there. */
#define PATH_OVER				0xFFFF
#define PATH_NO_BUCKET			0xFFFF

typedef struct PathEntry
{
	uint64		key;
	int64		count;
} PathEntry;

#define PATH_KEY(edge, near, far, bucket) \
	(((uint64) (edge) << 48) | ((uint64) (near) << 32) | ((uint64) (far) << 16) | (uint64) (bucket))
#define PATH_KEY_EDGE(key)		((int) ((key) >> 48))
#define PATH_KEY_NEAR(key)		((int) ((key) >> 32) & 0xFFFF)
#define PATH_KEY_FAR(key)		((int) ((key) >> 16) & 0xFFFF)
#define PATH_KEY_BUCKET(key)	((int) (key) & 0xFFFF)

/* The sections follow in this order; see path_counts.c for their addresses. */
typedef struct PathCounts
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		backward;
	uint16		depth;			/* columns */
	int64		total;			/* paths */
	uint32		nentries;
	uint32		maxentries;		/* PathEntry entries[maxentries] */
	uint32		nlabels;
	uint32		maxlabels;		/* uint32 offset[maxlabels] into the dictionary */
	uint32		entryslots;		/* uint32 slot[entryslots]; no slots when packed */
	uint32		labelslots;		/* uint32 slot[labelslots] */
	uint32		dictused;
	uint32		dictmax;		/* char dict[dictmax]: length byte and bytes of each label */
} PathCounts;

/* Always detoasted in full, so that the sections are aligned. */
#define DatumGetPathCounts(d)		((PathCounts *) PG_DETOAST_DATUM(d))
#define PG_GETARG_PATH_COUNTS(n)	DatumGetPathCounts(PG_GETARG_DATUM(n))

extern PathCounts *path_counts_new(int depth, bool backward);
extern PathCounts *path_counts_open(const PathCounts *counts);
extern PathCounts *path_counts_label(PathCounts *counts, const char *label, int len, int *num);
extern PathCounts *path_counts_add(PathCounts *counts, uint64 key, int64 count);
extern PathCounts *path_counts_merge(PathCounts *counts, const PathCounts *other);
extern PathCounts *path_counts_pack(const PathCounts *counts);
extern bool path_counts_consistent(const PathCounts *packed);
extern void path_counts_check_depth(int depth);
extern bool path_direction_parse(const char *word, int len);

extern const PathEntry *path_counts_entries(const PathCounts *counts);
extern JourneyLabel path_counts_get_label(const PathCounts *counts, int num);

#endif							/* JOURNEY_PATH_COUNTS_H */
