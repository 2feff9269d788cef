/*
 * sequence.h
 *		What the files of the sequence topic share: compiled patterns, and rows
 *		ready to be run through them.
 */
#ifndef JOURNEY_SEQUENCE_H
#define JOURNEY_SEQUENCE_H

#include "fmgr.h"

#include "core/pattern.h"

/* A compiled pattern and the kinds of rows met so far, kept from call to call. */
typedef struct SequencePattern
{
	MemoryContext context;		/* holds all of it */
	PatternNames names;
	PatternClock clock;
	int			len;
	char	   *text;
	Pattern    *pattern;
	PatternKinds kinds;
} SequencePattern;

/* cache.c */
extern SequencePattern *sequence_pattern(FunctionCallInfo fcinfo, const char *text, int len,
										 PatternNames names, PatternClock clock);
extern bool sequence_check_pattern(const char *text, int len, PatternClock clock, int nconditions,
								   struct Node *escontext);
extern void sequence_tidy_kinds(SequencePattern *sequence);

#endif							/* JOURNEY_SEQUENCE_H */
