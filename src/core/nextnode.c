/*
 * nextnode.c
 *		Which row comes after (or before) a chain of consecutive rows.
 *
 * Rows are in order of time.  A chain of nevents conditions begins at a base
 * row and goes on row by row, forward or backward, each row meeting the next
 * condition.  The row after the chain is the next node.  The two "match" bases
 * settle the one row where the chain has to be; the two "chain" bases try them
 * all.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"
#include "miscadmin.h"
#endif

#include "core/nextnode.h"

/* Does the chain begin at this row? */
static bool
chain_is_at(const NextNodeRow *rows, int64 n, int nevents, bool backward, int64 at)
{
	for (int i = 0; i < nevents; i++)
	{
		int64		row = backward ? at - i : at + i;

		if (row < 0 || row >= n || !(rows[row].mask & (UINT64CONST(1) << i)))
			return false;
	}
	return true;
}

int64
nextnode_find(const NextNodeRow *rows, int64 n, int nevents, NextNodeBase base, bool backward)
{
	bool		from_end = base == NEXTNODE_TAIL || base == NEXTNODE_LAST_MATCH || base == NEXTNODE_LAST_CHAIN;
	bool		ends_only = base == NEXTNODE_HEAD || base == NEXTNODE_TAIL;
	bool		whole = base == NEXTNODE_FIRST_CHAIN || base == NEXTNODE_LAST_CHAIN;

	for (int64 k = 0; k < (ends_only ? Min(n, 1) : n); k++)
	{
		int64		at = from_end ? n - 1 - k : k;
		bool		here = rows[at].can_be_base;
		int64		next;

		CHECK_FOR_INTERRUPTS();
		if (!ends_only)
			here = here && chain_is_at(rows, n, whole ? nevents : 1, backward, at);
		if (!here)
			continue;
		if (!chain_is_at(rows, n, nevents, backward, at))
			return -1;
		next = backward ? at - nevents : at + nevents;
		return next >= 0 && next < n ? next : -1;
	}
	return -1;
}
