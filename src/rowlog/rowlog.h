/*
 * rowlog.h
 *		A log of rows (time, conditions met): the state of the aggregates that
 *		judge the rows of one customer as a whole.
 *
 * A log is a varlena that grows in place while an aggregate fills it.  It
 * carries the parameters of its aggregate as a blob, so that a state is
 * complete in itself: a final function, another server or a later query needs
 * nothing but the state.
 *
 * The rows of a log are a multiset; they are put in order when they are read.
 */
#ifndef JOURNEY_ROWLOG_H
#define JOURNEY_ROWLOG_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#define ROWLOG_VERSION			1
#define ROWLOG_MAX_CONDITIONS	64
#define ROWLOG_MAX_ROWS			50000000	/* 800 MB */
#define ROWLOG_MAX_PARAMS		65535

/* What the times of a log are. */
typedef enum RowLogClock
{
	ROWLOG_TIMESTAMPTZ,			/* microseconds since 2000-01-01 UTC */
	ROWLOG_TIMESTAMP,			/* the same without a zone */
	ROWLOG_DATE,				/* the same, at midnight */
	ROWLOG_INT8					/* numbers of any unit */
} RowLogClock;

/* Laid out as ChainRow of core/chain.h is. */
typedef struct RowLogRow
{
	int64		at;
	uint64		mask;
} RowLogRow;

typedef struct RowLog
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		clock;			/* RowLogClock */
	uint8		nconditions;
	uint8		sorted;			/* rows are ascending by time and mask so far */
	uint32		paramsize;
	uint32		nrows;
	uint32		maxrows;
	uint32		unused;
	char		params[FLEXIBLE_ARRAY_MEMBER];	/* then, aligned, RowLogRow[maxrows] */
} RowLog;

#define ROWLOG_ROWS(log) \
	((RowLogRow *) ((char *) (log) + MAXALIGN(offsetof(RowLog, params) + (log)->paramsize)))

/*
 * Nearly every row of many groups meets a state that is in no cache.  Called before anything else is done with the
 * arguments, this has the first lines of the state on their way meanwhile.
 */
static inline void
rowlog_prefetch(FunctionCallInfo fcinfo, int argno)
{
#ifdef __GNUC__
	if (!PG_ARGISNULL(argno))
	{
		const char *state = DatumGetPointer(PG_GETARG_DATUM(argno));

		for (int i = 0; i < 4; i++)
			__builtin_prefetch(state + 64 * i, 1);
	}
#endif
}

extern RowLog *rowlog_new(RowLogClock clock, int nconditions, const void *params, Size paramsize, uint32 maxrows);
extern RowLog *rowlog_state(FunctionCallInfo fcinfo, int argno);
extern RowLog *rowlog_add(RowLog *log, int64 at, uint64 mask);
extern void rowlog_check_time(RowLogClock clock, Datum value);
extern RowLog *rowlog_add_time(RowLog *log, Datum value, uint64 mask);
extern Datum rowlog_merge_states(FunctionCallInfo fcinfo, const char *whole, const char *parts);
extern const RowLogRow *rowlog_rows(const RowLog *log);
extern RowLog *rowlog_pack(const RowLog *log);
extern RowLog *rowlog_argument(FunctionCallInfo fcinfo, int argno);
extern bool rowlog_same_params(const RowLog *a, const RowLog *b);

extern bool rowlog_conditions(Datum array, uint64 *mask, int *found);
extern const char *rowlog_clock_name(RowLogClock clock);
extern bool rowlog_clock_parse(const char *name, int len, RowLogClock *clock);

extern void rowlog_out_rows(StringInfo buf, const RowLog *log);
extern RowLog *rowlog_in_rows(RowLog *log, const char **p, const char *end);
extern void rowlog_send_rows(StringInfo buf, const RowLog *log);
extern RowLog *rowlog_recv_rows(RowLog *log, StringInfo buf);

#endif							/* JOURNEY_ROWLOG_H */
