/*
 * dictionary.c
 *		All labels of a table, numbered as they come.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "compat.h"
#include "materialize/dictionary.h"

#define ARENA		8192

/* An empty dictionary in the current memory context, where it also grows. */
void
dictionary_init(Dictionary *dictionary)
{
	memset(dictionary, 0, sizeof(Dictionary));
	dictionary->context = CurrentMemoryContext;
	dictionary->max = 32;
	dictionary->labels = palloc(sizeof(JourneyLabel) * dictionary->max);
	dictionary->hashes = palloc(sizeof(uint32) * dictionary->max);
	dictionary->mask = 2 * dictionary->max - 1;
	dictionary->slots = palloc0(sizeof(uint32) * (dictionary->mask + 1));
}

static void
grow(Dictionary *dictionary)
{
	if (dictionary->max >= PG_UINT32_MAX / 4)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many distinct labels")));
	dictionary->max *= 2;
	dictionary->labels = repalloc_huge(dictionary->labels, sizeof(JourneyLabel) * dictionary->max);
	dictionary->hashes = repalloc_huge(dictionary->hashes, sizeof(uint32) * dictionary->max);
	dictionary->mask = 2 * dictionary->max - 1;
	pfree(dictionary->slots);
	dictionary->slots = MemoryContextAllocExtended(dictionary->context,
												   sizeof(uint32) * ((Size) dictionary->mask + 1),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < dictionary->n; i++)
	{
		uint32		s = dictionary->hashes[i] & dictionary->mask;

		while (dictionary->slots[s] != 0)
			s = (s + 1) & dictionary->mask;
		dictionary->slots[s] = i + 1;
	}
}

/* Number of a label, which is added if it is new. */
uint32
dictionary_number(Dictionary *dictionary, const char *label, int len)
{
	uint32		hash = hash_bytes((const unsigned char *) label, len);
	uint32		s;
	char	   *copy;

	for (s = hash & dictionary->mask; dictionary->slots[s] != 0; s = (s + 1) & dictionary->mask)
	{
		uint32		num = dictionary->slots[s] - 1;

		if (dictionary->hashes[num] == hash && dictionary->labels[num].len == len &&
			memcmp(dictionary->labels[num].data, label, len) == 0)
			return num;
	}

	journey_check_label(len);
	if (dictionary->room < (Size) len)
	{
		dictionary->arena = MemoryContextAlloc(dictionary->context, ARENA);
		dictionary->room = ARENA;
	}
	copy = dictionary->arena;
	memcpy(copy, label, len);
	dictionary->arena += len;
	dictionary->room -= len;
	dictionary->labels[dictionary->n].data = copy;
	dictionary->labels[dictionary->n].len = len;
	dictionary->hashes[dictionary->n] = hash;
	dictionary->slots[s] = ++dictionary->n;
	if (dictionary->n == dictionary->max)
		grow(dictionary);
	return dictionary->n - 1;
}

static int
compare_numbers(const void *a, const void *b, void *arg)
{
	const JourneyLabel *labels = arg;

	return journey_label_cmp(&labels[*(const uint32 *) a], &labels[*(const uint32 *) b]);
}

/* The place of each label, by number, in the order of their bytes. */
uint32 *
dictionary_ranks(const Dictionary *dictionary)
{
	uint32	   *order = palloc_extended(sizeof(uint32) * ((Size) dictionary->n + 1), MCXT_ALLOC_HUGE);
	uint32	   *ranks = palloc_extended(sizeof(uint32) * ((Size) dictionary->n + 1), MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < dictionary->n; i++)
		order[i] = i;
	qsort_arg(order, dictionary->n, sizeof(uint32), compare_numbers, dictionary->labels);
	for (uint32 i = 0; i < dictionary->n; i++)
		ranks[order[i]] = i;
	pfree(order);
	return ranks;
}
