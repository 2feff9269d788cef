/*
 * dwell.h
 *		The dwell_times type: how long stays lasted, of those that ended and of
 *		those that last still.
 *
 * Values add up, so they can be kept by day or by region and summed later.
 */
#ifndef JOURNEY_DWELL_H
#define JOURNEY_DWELL_H

#include "fmgr.h"

#include "compat.h"
#include "core/histogram.h"

#define DWELL_VERSION		1

/*
 * One layout for the value and for the state of an aggregate, which has spare
 * room: int64 counts[max] follow, then uint16 keys[max], n of each in use,
 * in order of key.  A stored value has no room to spare, so equal values have
 * equal bytes.
 */
typedef struct DwellTimes
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;		/* DWELL_VERSION */
	uint8		unused[3];		/* 0 */
	int32		n;
	int32		max;
	int64		days;			/* the sum of what has ended: days of 24 hours, */
	int64		usecs;			/* and less than a day */
} DwellTimes;

/* A bucket of histogram.h; of stays that have ended, or (odd) of those that last: those come after. */
#define DWELL_KEY(bucket, open)		((uint16) ((bucket) * 2 + ((open) ? 1 : 0)))
#define DWELL_BUCKET(key)			((key) / 2)
#define DWELL_OPEN(key)				(((key) & 1) != 0)
#define DWELL_KEYS					(HISTOGRAM_BUCKETS * 2)

static inline int64 *
dwell_counts(const DwellTimes *times)
{
	return (int64 *) (times + 1);
}

static inline uint16 *
dwell_keys(const DwellTimes *times)
{
	return (uint16 *) (dwell_counts(times) + times->max);
}

/* times.c */
extern DwellTimes *dwell_times_new(int max);
extern DwellTimes *dwell_times_check(struct varlena *value);
extern DwellTimes *dwell_times_count(DwellTimes *times, uint16 key, int64 count);
extern void dwell_times_sum(DwellTimes *times, int64 days, int64 usecs);
extern DwellTimes *dwell_times_pack(DwellTimes *times);

/* Aligned, since the type is declared so and short headers are undone. */
#define PG_GETARG_DWELL_TIMES_P(n)	dwell_times_check((struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

#endif							/* JOURNEY_DWELL_H */
