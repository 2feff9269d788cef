/*
 * session.h
 *		The rule that cuts rows in time order into sessions.
 */
#ifndef JOURNEY_SESSION_H
#define JOURNEY_SESSION_H

#include "datatype/timestamp.h"

/* Limits of a session, checked; times are microseconds, or any other unit when there are no calendar parts. */
typedef struct SessionRule
{
	Interval	gap;
	Interval	longest;
	int64		gap_width;		/* width of the gap when it has no months, else -1 */
	int64		longest_width;	/* likewise; PG_INT64_MAX when a session may be as long as it likes */
} SessionRule;

extern void session_rule_init(SessionRule *rule, const Interval *gap, const Interval *longest);

/* Does a row at this time begin another session than the row before it? */
extern bool session_begins(const SessionRule *rule, int64 started_at, int64 last_at, int64 at);

#endif							/* JOURNEY_SESSION_H */
