/*
 * step_log.h
 *		The rows of one customer, and the funnel they are asked about.
 */
#ifndef JOURNEY_STEP_LOG_H
#define JOURNEY_STEP_LOG_H

#include "datatype/timestamp.h"

#include "core/chain.h"
#include "rowlog/rowlog.h"

/* The parameters of a log; copied out, the options follow. */
typedef struct StepParams
{
	Interval	within;			/* where times are plain numbers, only its time field */
	uint8		keep_all;		/* rows that meet no condition are kept, too */
	uint8		nsteps;			/* the conditions after these are excluded ones */
	uint16		options_len;
} StepParams;

/* step_log.c */
extern RowLog *step_log_new(RowLogClock clock, int nconditions, const Interval *within,
							const char *options, int len, uint32 maxrows, struct Node *escontext);
extern void step_log_params(const RowLog *log, StepParams *params, const char **options);
extern void step_log_plan(ChainPlan *plan, const RowLog *log);

#endif							/* JOURNEY_STEP_LOG_H */
