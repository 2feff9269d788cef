/*
 * outcome_log.h
 *		outcome_log: outcomes counted by score, the state of all measures of
 *		quality.
 */
#ifndef JOURNEY_OUTCOME_LOG_H
#define JOURNEY_OUTCOME_LOG_H

#include "fmgr.h"

#include "core/quality.h"

#define OUTCOME_LOG_VERSION		1
#define OUTCOME_LOG_MAX_SCORES	40000000	/* 960 MB */

typedef struct OutcomeLog
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		has_parameter;	/* of an aggregate that takes one, such as a threshold */
	uint16		unused;
	double		parameter;
	uint32		nsorted;		/* so many at the front are ascending, each score once */
	uint32		ncounts;
	uint32		maxcounts;
	uint32		unused2;
	ScoreCount	count[FLEXIBLE_ARRAY_MEMBER];
} OutcomeLog;

#define DatumGetOutcomeLogP(d)		((OutcomeLog *) PG_DETOAST_DATUM(d))
#define PG_GETARG_OUTCOME_LOG_P(n)	outcome_log_check(DatumGetOutcomeLogP(PG_GETARG_DATUM(n)))

extern OutcomeLog *outcome_log_check(OutcomeLog *log);
extern const OutcomeLog *outcome_log_sorted(const OutcomeLog *log);

#endif							/* JOURNEY_OUTCOME_LOG_H */
