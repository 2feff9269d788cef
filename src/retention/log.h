/*
 * log.h
 *		The layout of retention_log, for log.c and its input and output.
 */
#ifndef JOURNEY_RETENTION_LOG_H
#define JOURNEY_RETENTION_LOG_H

#include "retention/retention.h"

#define RETENTION_LOG_VERSION	1

/* Followed by bounds[nperiods + 1] if has_bounds, the name of the time zone, and, aligned, times[maxtimes]. */
typedef struct RetentionLog
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		unit;			/* RetentionUnit */
	uint8		flags;
	uint8		has_bounds;
	Interval	period;
	int64		as_of;
	int64		start;			/* DT_NOEND until there is one */
	int32		nperiods;
	int32		tzlen;
	int32		ntimes;
	int32		maxtimes;
} RetentionLog;

#define DatumGetLog(d)		((RetentionLog *) PG_DETOAST_DATUM(d))
#define PG_GETARG_LOG(n)	DatumGetLog(PG_GETARG_DATUM(n))

static inline int32 *
retention_log_bounds(const RetentionLog *log)
{
	return (int32 *) ((char *) log + sizeof(RetentionLog));
}

static inline char *
retention_log_tz(const RetentionLog *log)
{
	return (char *) (retention_log_bounds(log) + (log->has_bounds ? log->nperiods + 1 : 0));
}

static inline int64 *
retention_log_times(const RetentionLog *log)
{
	return (int64 *) ((char *) log + MAXALIGN((retention_log_tz(log) - (char *) log) + log->tzlen));
}

extern RetentionLog *retention_log_new(const RetentionPlan *plan, int64 maxtimes);
extern RetentionLog *retention_log_add(RetentionLog *log, int64 at);
extern void retention_log_compact(RetentionLog *log);

#endif							/* JOURNEY_RETENTION_LOG_H */
