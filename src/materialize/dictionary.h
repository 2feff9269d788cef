/*
 * dictionary.h
 *		All labels of a table, numbered as they come.
 */
#ifndef JOURNEY_DICTIONARY_H
#define JOURNEY_DICTIONARY_H

#include "timeline/timeline.h"

typedef struct Dictionary
{
	MemoryContext context;
	uint32		n;
	uint32		max;
	JourneyLabel *labels;
	uint32		mask;			/* slots - 1, a power of two */
	uint32	   *slots;			/* number of a label, plus 1; 0 is free */
	uint32	   *hashes;			/* by number */
	char	   *arena;			/* where the next label is copied to */
	Size		room;
} Dictionary;

extern void dictionary_init(Dictionary *dictionary);
extern uint32 dictionary_number(Dictionary *dictionary, const char *label, int len);
extern uint32 *dictionary_ranks(const Dictionary *dictionary);

#endif							/* JOURNEY_DICTIONARY_H */
