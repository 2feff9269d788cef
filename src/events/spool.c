/*
 * spool.c
 *		Any number of events, taken in row by row and given back customer by
 *		customer, in bounded memory.
 *
 * Events are collected in chunks.  When memory is full, the chunks are divided
 * by the hash of the key (core/group) and appended to one temporary file as a
 * batch in order of partition.  Reading gathers the piece of a partition from
 * every batch, groups it, and goes on to the next partition.  A partition that
 * is still too big becomes a spool of its own, divided by other bits of the
 * hash.  Only the events of a single customer must fit into memory.
 *
 * Several spools, such as the groups of one aggregate, share a pool of memory:
 * when it is used up, the biggest goes to disk.
 *
 * Half of the limit is for chunks and the other half for dividing them.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "events/spool.h"

#define MIN_CHUNK		512				/* bytes; many groups may have few events */
#define MAX_CHUNK		(1024 * 1024)
#define MIN_SPILL		(8 * 1024)		/* less than this is not worth a batch */
#define CACHE_PARTITION	(256 * 1024)	/* a partition in memory; stays in the second-level cache */
#define DISK_PIECE		(16 * 1024)		/* what a batch should have of a partition */
#define MIN_DISK_BITS	3

struct SpoolChunk
{
	SpoolChunk *next;
	Size		size;			/* bytes, with this header */
	Size		nwords;			/* of records, but for the chunk being filled */
	bool		wide;
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
};

/* Where a batch is in the file. */
struct SpoolBatch
{
	int64		start;			/* byte */
	bool		wide;
	Size	   *ends;			/* word, from the start, where each partition ends */
};

struct SpoolPool
{
	MemoryContext context;
	Size		limit;			/* bytes of chunks */
	Size		used;
	Size		next_check;		/* bytes at which to look for something to put on disk */
	Spool	   *spools;
};

/* A pool of so many bytes, whose spools live in the given context. */
SpoolPool *
spool_pool_new(MemoryContext context, Size limit)
{
	SpoolPool  *pool = MemoryContextAllocZero(context, sizeof(SpoolPool));

	pool->context = context;
	pool->limit = Max(limit / 2, 4 * MIN_SPILL);
	pool->next_check = pool->limit;
	return pool;
}

static Spool *
spool_alloc(SpoolPool *pool, const GroupFormat *fmt)
{
	Spool	   *spool = MemoryContextAllocZero(pool->context, sizeof(Spool));

	spool->fmt = *fmt;
	spool->pool = pool;
	spool->next_in_pool = pool->spools;
	if (pool->spools)
		pool->spools->prev_in_pool = spool;
	pool->spools = spool;
	return spool;
}

/* An empty spool. */
Spool *
spool_new(SpoolPool *pool, bool bytes, int whatbits)
{
	GroupFormat fmt;

	fmt.bytes = bytes;
	fmt.whatbits = whatbits;
	fmt.base = 0;
	fmt.seed = pg_prng_uint64(&pg_global_prng_state);
	fmt.hashmask = ~UINT64CONST(0);
	return spool_alloc(pool, &fmt);
}

/* Bits to divide so many bytes into pieces of a given size. */
static int
bits_for(Size bytes, Size piece)
{
	int			bits = 0;

	while (bits < GROUP_MAX_BITS && bytes >> bits > piece)
		bits++;
	return bits;
}

static void
account(Spool *spool, int64 bytes)
{
	spool->used += bytes;
	spool->pool->used += bytes;
}

/* End the chunk being filled, if there is one. */
static void
end_chunk(Spool *spool)
{
	if (spool->next)
		spool->last->nwords = spool->next - spool->last->words;
	spool->next = spool->end = NULL;
}

/*
 * Divide all chunks into partitions and free them.  Returns the records in
 * order of partition and where each partition ends.
 */
static uint64 *
scatter(Spool *spool, bool *wide, Size **ends)
{
	int			nparts = 1 << spool->bits;
	Size	   *position = palloc0(sizeof(Size) * nparts);
	Size		total = 0;
	uint64	   *target;
	SpoolChunk *chunk;

	end_chunk(spool);
	*wide = false;
	for (chunk = spool->first; chunk; chunk = chunk->next)
		*wide |= chunk->wide;
	for (chunk = spool->first; chunk; chunk = chunk->next)
	{
		GroupSegment segment = {chunk->words, chunk->nwords, chunk->wide};

		group_scatter_count(&spool->fmt, &segment, *wide, spool->shift, spool->bits, position);
	}
	for (int i = 0; i < nparts; i++)
	{
		Size		n = position[i];

		position[i] = total;
		total += n;
	}
	target = palloc_extended(total * sizeof(uint64), MCXT_ALLOC_HUGE);
	while ((chunk = spool->first) != NULL)
	{
		GroupSegment segment = {chunk->words, chunk->nwords, chunk->wide};

		group_scatter(&spool->fmt, &segment, *wide, spool->shift, spool->bits, target, position);
		spool->first = chunk->next;
		account(spool, -(int64) chunk->size);
		pfree(chunk);
	}
	spool->last = NULL;
	*ends = position;
	return target;
}

/* Move the chunks to disk, as one batch. */
static void
spill(Spool *spool)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(spool->pool->context);
	SpoolBatch *batch;
	uint64	   *words;
	Size		nwords;

	if (spool->file == NULL)
	{
		spool->bits = Max(MIN_DISK_BITS, bits_for(spool->pool->limit, DISK_PIECE));
		spool->file = BufFileCreateTemp(false);
	}
	if (spool->nbatches == spool->maxbatches)
	{
		spool->maxbatches = Max(16, 2 * spool->maxbatches);
		spool->batches = spool->batches == NULL ?
			palloc(sizeof(SpoolBatch) * spool->maxbatches) :
			repalloc(spool->batches, sizeof(SpoolBatch) * spool->maxbatches);
	}
	batch = &spool->batches[spool->nbatches];
	words = scatter(spool, &batch->wide, &batch->ends);
	nwords = batch->ends[(1 << spool->bits) - 1];
	batch->start = spool->filesize;
	BufFileWrite(spool->file, words, nwords * sizeof(uint64));
	spool->filesize += nwords * sizeof(uint64);
	spool->nbatches++;
	pfree(words);
	MemoryContextSwitchTo(oldcontext);
}

/* Make room in the pool, if anything is worth it. */
static void
make_room(SpoolPool *pool)
{
	while (pool->used > pool->limit)
	{
		Spool	   *biggest = NULL;

		for (Spool *spool = pool->spools; spool; spool = spool->next_in_pool)
		{
			if (!spool->reading && (biggest == NULL || spool->used > biggest->used))
				biggest = spool;
		}
		if (biggest == NULL || biggest->used < MIN_SPILL)
			break;
		spill(biggest);
	}
	/* many small spools: do not look through them again for every new chunk */
	pool->next_check = Max(pool->limit, pool->used + pool->used / 8);
}

/* Start a chunk that has room for at least so many words. */
static void
new_chunk(Spool *spool, Size nwords)
{
	SpoolPool  *pool = spool->pool;
	Size		need = offsetof(SpoolChunk, words) + nwords * sizeof(uint64);
	Size		size = Min(Max(spool->used, MIN_CHUNK), Min(MAX_CHUNK, pool->limit / 4));
	SpoolChunk *chunk;

	size = Max(size, need);
	end_chunk(spool);
	if (pool->used + size > pool->next_check)
	{
		pool->used += size;
		make_room(pool);
		pool->used -= size;
	}
	chunk = MemoryContextAllocHuge(pool->context, size);
	chunk->next = NULL;
	chunk->size = size;
	chunk->nwords = 0;
	chunk->wide = spool->wide;
	if (spool->last)
		spool->last->next = chunk;
	else
		spool->first = chunk;
	spool->last = chunk;
	spool->next = chunk->words;
	spool->end = chunk->words + (size - offsetof(SpoolChunk, words)) / sizeof(uint64);
	account(spool, size);
}

/* Take in an event, given the first word of its record. */
void
spool_put(Spool *spool, uint64 word, const char *bytes, int64 at, uint64 what)
{
	uint64		narrow = 0;
	Size		nwords;
	uint64	   *to;

	if (!spool->started)
	{
		spool->started = true;
		spool->fmt.base = at;
	}
	if (!spool->wide && !group_narrow(&spool->fmt, at, what, &narrow))
	{
		spool->wide = true;
		end_chunk(spool);
	}
	nwords = group_record_words(&spool->fmt, word, spool->wide);
	if ((Size) (spool->end - spool->next) < nwords)
		new_chunk(spool, nwords);

	to = spool->next;
	spool->next += nwords;
	*to++ = word;
	if (spool->wide)
	{
		*to++ = (uint64) at;
		*to++ = what;
	}
	else
		*to++ = narrow;
	if (spool->fmt.bytes)
	{
		int			len = group_bytes_len(word);

		if (len > 0)
		{
			to[(len - 1) / 8] = 0;
			memcpy(to, bytes, len);
		}
	}
}

/* All events are in: get ready to give them back. */
void
spool_rewind(Spool *spool)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(spool->pool->context);

	Assert(!spool->reading);
	spool->grouper = grouper_new(&spool->fmt);
	if (spool->file)
	{
		if (spool->first)
			spill(spool);
		spool->reading = true;
	}
	else
	{
		spool->reading = true;
		end_chunk(spool);
		spool->bits = bits_for(spool->used, CACHE_PARTITION);
		if (spool->bits > 0)
		{
			bool		wide;

			spool->scattered = scatter(spool, &wide, &spool->ends);
			spool->wide = wide;
			account(spool, spool->ends[(1 << spool->bits) - 1] * sizeof(uint64));
		}
	}
	MemoryContextSwitchTo(oldcontext);
}

/* Refuse more records than the grouping can number. */
static void
check_partition(Size nwords)
{
	if (nwords / 2 >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events of one key")));
}

/* Get the next partition of a spool that never went to disk. */
static bool
next_in_memory(Spool *spool)
{
	int			p = spool->partition++;
	GroupSegment segment;

	if (p >= 1 << spool->bits)
		return false;
	if (spool->scattered == NULL)
	{
		GroupSegment *segments;
		int			n = 0;

		for (SpoolChunk *chunk = spool->first; chunk; chunk = chunk->next)
			n++;
		segments = palloc(sizeof(GroupSegment) * Max(n, 1));
		n = 0;
		for (SpoolChunk *chunk = spool->first; chunk; chunk = chunk->next)
		{
			segments[n].words = chunk->words;
			segments[n].nwords = chunk->nwords;
			segments[n++].wide = chunk->wide;
		}
		grouper_load(spool->grouper, segments, n);
		pfree(segments);
		return true;
	}
	segment.words = spool->scattered + (p == 0 ? 0 : spool->ends[p - 1]);
	segment.nwords = spool->scattered + spool->ends[p] - segment.words;
	segment.wide = spool->wide;
	check_partition(segment.nwords);
	grouper_load(spool->grouper, &segment, 1);
	return true;
}

/* Words of a partition in a batch. */
static Size
piece_words(const SpoolBatch *batch, int p)
{
	return batch->ends[p] - (p == 0 ? 0 : batch->ends[p - 1]);
}

static void
read_piece(Spool *spool, const SpoolBatch *batch, int p, uint64 *to)
{
	int64		start = batch->start + (p == 0 ? 0 : batch->ends[p - 1]) * sizeof(uint64);

	if (BufFileSeek(spool->file, 0, start, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in temporary file of events")));
	BufFileReadExact(spool->file, to, piece_words(batch, p) * sizeof(uint64));
}

/* Put a partition of a spool into a spool of its own. */
static Spool *
make_child(Spool *spool, int p)
{
	Spool	   *child = spool_alloc(spool->pool, &spool->fmt);

	child->started = true;
	child->shift = spool->shift + spool->bits;
	spool->child = child;
	for (int b = 0; b < spool->nbatches; b++)
	{
		const SpoolBatch *batch = &spool->batches[b];
		Size		n = piece_words(batch, p);
		uint64	   *words;
		const uint64 *at;

		CHECK_FOR_INTERRUPTS();
		if (n == 0)
			continue;
		words = palloc_extended(n * sizeof(uint64), MCXT_ALLOC_HUGE);
		read_piece(spool, batch, p, words);
		for (at = words; at < words + n;)
		{
			const char *bytes = (const char *) (at + (batch->wide ? 3 : 2));
			GroupEvent	event;

			if (batch->wide)
			{
				event.at = (int64) at[1];
				event.what = at[2];
			}
			else
				event = group_widen(&spool->fmt, at[1]);
			spool_put(child, *at, bytes, event.at, event.what);
			at += group_record_words(&spool->fmt, *at, batch->wide);
		}
		pfree(words);
	}
	spool_rewind(child);
	return child;
}

/* Get the next partition of a spool on disk. */
static bool
next_on_disk(Spool *spool)
{
	int			p;
	Size		nwords = 0;
	GroupSegment *segments;
	int			n = 0;

	CHECK_FOR_INTERRUPTS();
	if (spool->loaded)
	{
		pfree(spool->loaded);
		spool->loaded = NULL;
		account(spool, -(int64) spool->loadedsize);
	}
	for (;;)
	{
		if (spool->partition >= 1 << spool->bits)
			return false;
		p = spool->partition++;
		for (int b = 0; b < spool->nbatches; b++)
			nwords += piece_words(&spool->batches[b], p);
		if (nwords > 0)
			break;
	}

	/*
	 * Too big?  Divide it again, unless it is nearly all there was: then it is
	 * one customer, and dividing does not help.
	 */
	if (nwords * sizeof(uint64) > spool->pool->limit &&
		spool->shift + spool->bits <= GROUP_MAX_SHIFT &&
		nwords * sizeof(uint64) < (Size) spool->filesize / 10 * 9)
	{
		make_child(spool, p);
		return true;
	}

	check_partition(nwords);
	spool->loaded = palloc_extended(nwords * sizeof(uint64), MCXT_ALLOC_HUGE);
	spool->loadedsize = nwords * sizeof(uint64);
	account(spool, spool->loadedsize);
	segments = palloc(sizeof(GroupSegment) * spool->nbatches);
	nwords = 0;
	for (int b = 0; b < spool->nbatches; b++)
	{
		const SpoolBatch *batch = &spool->batches[b];
		GroupSegment *segment = &segments[n];

		segment->nwords = piece_words(batch, p);
		if (segment->nwords == 0)
			continue;
		segment->words = spool->loaded + nwords;
		segment->wide = batch->wide;
		read_piece(spool, batch, p, spool->loaded + nwords);
		nwords += segment->nwords;
		n++;
	}
	grouper_load(spool->grouper, segments, n);
	pfree(segments);
	return true;
}

/*
 * The next customer and its events, in no particular order of customers; false
 * after the last.  The run stands until the next call.
 */
bool
spool_next(Spool *spool, GroupRun *run)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(spool->pool->context);
	bool		found;

	for (;;)
	{
		if (spool->child)
		{
			if ((found = spool_next(spool->child, run)))
				break;
			spool_free(spool->child);
			spool->child = NULL;
		}
		else if (spool->grouping)
		{
			if ((found = grouper_next(spool->grouper, run)))
				break;
		}
		found = spool->file ? next_on_disk(spool) : next_in_memory(spool);
		spool->grouping = found && spool->child == NULL;
		if (!found)
			break;
	}
	MemoryContextSwitchTo(oldcontext);
	return found;
}

/* Give back memory and disk space. */
void
spool_free(Spool *spool)
{
	SpoolPool  *pool = spool->pool;
	SpoolChunk *chunk;

	if (spool->child)
		spool_free(spool->child);
	if (spool->file)
		BufFileClose(spool->file);
	while ((chunk = spool->first) != NULL)
	{
		spool->first = chunk->next;
		pfree(chunk);
	}
	for (int b = 0; b < spool->nbatches; b++)
		pfree(spool->batches[b].ends);
	if (spool->batches)
		pfree(spool->batches);
	if (spool->scattered)
	{
		pfree(spool->scattered);
		pfree(spool->ends);
	}
	if (spool->loaded)
		pfree(spool->loaded);
	if (spool->grouper)
		grouper_free(spool->grouper);
	account(spool, -(int64) spool->used);
	pool->next_check = Max(pool->limit, pool->used + pool->used / 8);
	if (spool->prev_in_pool)
		spool->prev_in_pool->next_in_pool = spool->next_in_pool;
	else
		pool->spools = spool->next_in_pool;
	if (spool->next_in_pool)
		spool->next_in_pool->prev_in_pool = spool->prev_in_pool;
	pfree(spool);
}
