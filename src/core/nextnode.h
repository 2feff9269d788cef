/*
 * nextnode.h
 *		Which row comes after (or before) a chain of consecutive rows.
 */
#ifndef JOURNEY_NEXTNODE_H
#define JOURNEY_NEXTNODE_H

/* Where the chain begins. */
typedef enum NextNodeBase
{
	NEXTNODE_HEAD,				/* at the first row */
	NEXTNODE_TAIL,				/* at the last row */
	NEXTNODE_FIRST_MATCH,		/* at the first row that may be its beginning */
	NEXTNODE_LAST_MATCH,		/* at the last such row */
	NEXTNODE_FIRST_CHAIN,		/* at the first row where the whole chain is */
	NEXTNODE_LAST_CHAIN			/* at the last such row */
} NextNodeBase;

/* A row that may be the beginning has this bit, and condition i is bit i of the mask. */
typedef struct NextNodeRow
{
	uint64		mask;
	bool		can_be_base;
} NextNodeRow;

/* The place of the next row, or -1. */
extern int64 nextnode_find(const NextNodeRow *rows, int64 n, int nevents, NextNodeBase base, bool backward);

#endif							/* JOURNEY_NEXTNODE_H */
