/*
 * spool.h
 *		Any number of events, taken in row by row and given back customer by
 *		customer, in bounded memory.
 */
#ifndef JOURNEY_SPOOL_H
#define JOURNEY_SPOOL_H

#include "storage/buffile.h"

#include "core/group.h"

typedef struct SpoolPool SpoolPool;
typedef struct SpoolChunk SpoolChunk;
typedef struct SpoolBatch SpoolBatch;

/* One heap of events.  Only spool.c looks inside, and spool_put_integer below. */
typedef struct Spool
{
	GroupFormat fmt;
	bool		started;		/* the base is set */
	bool		wide;			/* new records are wide */
	uint64	   *next;			/* where the next record goes */
	uint64	   *end;			/* end of the current chunk */

	SpoolPool  *pool;
	struct Spool *prev_in_pool;
	struct Spool *next_in_pool;
	SpoolChunk *first;			/* records in memory */
	SpoolChunk *last;
	Size		used;			/* bytes of all chunks */

	int			shift;			/* hash bits that the spools above have used up */
	int			bits;			/* hash bits that divide this one */
	BufFile    *file;			/* records on disk, batch by batch, each in order of partition */
	SpoolBatch *batches;
	int			nbatches;
	int			maxbatches;
	int64		filesize;

	bool		reading;
	int			partition;		/* the one to read next */
	uint64	   *scattered;		/* all records in order of partition, when in memory */
	Size	   *ends;			/* where each partition ends there */
	uint64	   *loaded;			/* the present partition, when from disk */
	Size		loadedsize;
	Grouper    *grouper;
	bool		grouping;		/* it has groups to give */
	struct Spool *child;		/* the present partition, when it is too big to load */
} Spool;

extern SpoolPool *spool_pool_new(MemoryContext context, Size limit);
extern Spool *spool_new(SpoolPool *pool, bool bytes, int whatbits);
extern void spool_put(Spool *spool, uint64 word, const char *bytes, int64 at, uint64 what);
extern void spool_rewind(Spool *spool);
extern bool spool_next(Spool *spool, GroupRun *run);
extern void spool_free(Spool *spool);

/* Take in an event of an integer key. */
static inline void
spool_put_integer(Spool *spool, int64 key, int64 at, uint64 what)
{
	uint64		word;

	if (likely(spool->end - spool->next >= 2 && !spool->wide &&
			   group_narrow(&spool->fmt, at, what, &word)))
	{
		spool->next[0] = (uint64) key;
		spool->next[1] = word;
		spool->next += 2;
	}
	else
		spool_put(spool, (uint64) key, NULL, at, what);
}

/* Take in an event of a byte key of at most GROUP_MAX_KEY bytes. */
static inline void
spool_put_bytes(Spool *spool, const char *bytes, int len, int64 at, uint64 what)
{
	spool_put(spool, group_bytes_word(&spool->fmt, bytes, len), bytes, at, what);
}

#endif							/* JOURNEY_SPOOL_H */
