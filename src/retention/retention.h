/*
 * retention.h
 *		What is asked of retention by periods, and the answer for one customer.
 */
#ifndef JOURNEY_RETENTION_H
#define JOURNEY_RETENTION_H

#include "datatype/timestamp.h"
#include "pgtime.h"

#define RETENTION_MAX_PERIODS	10000

/* What a period is: a bucket of the calendar, or a length of time from the start. */
typedef enum RetentionUnit
{
	RETENTION_ROLLING,
	RETENTION_DAY,
	RETENTION_WEEK,
	RETENTION_MONTH,
	RETENTION_QUARTER,
	RETENTION_YEAR
} RetentionUnit;

/* flags */
#define RETENTION_ON_OR_AFTER	0x01	/* a return in a later period counts too */
#define RETENTION_PARTIAL		0x02	/* a period that has begun is observable */
#define RETENTION_HAS_AS_OF		0x04
#define RETENTION_FLAGS			0x07

/* The parameters; points into the arguments or the state it came from. */
typedef struct RetentionPlan
{
	RetentionUnit unit;
	int			flags;
	Interval	period;			/* of rolling periods, else zero */
	int64		as_of;			/* zero without RETENTION_HAS_AS_OF */
	int32		nperiods;
	const int32 *bounds;		/* nperiods + 1 of them, or NULL for 0, 1, 2, ... */
	const char *tz;				/* not terminated */
	int32		tzlen;
} RetentionPlan;

/* plan.c */
extern bool retention_unit_parse(const char *word, int len, RetentionUnit *unit);
extern const char *retention_unit_name(RetentionUnit unit);
extern bool retention_mode_parse(const char *mode, int len, int *flags, struct Node *escontext);
extern bool retention_plan_check(const RetentionPlan *plan, struct Node *escontext);
extern bool retention_plan_equal(const RetentionPlan *a, const RetentionPlan *b);
extern void retention_plan_args(FunctionCallInfo fcinfo, int argno, bool rolling, bool brackets, RetentionPlan *plan);

/* clock.c */
extern pg_tz *retention_tz(const char *tz, int len);
extern int64 retention_bucket(RetentionUnit unit, pg_tz *tz, int64 at);
extern int64 retention_boundary(const RetentionPlan *plan, pg_tz *tz, int64 start, int64 k);
extern Datum retention_answer(const RetentionPlan *plan, int64 start, const int64 *times, int64 n);

#endif							/* JOURNEY_RETENTION_H */
