/*
 * node_log.h
 *		The state of next_node: what is asked, and the rows with their values as
 *		text.
 */
#ifndef JOURNEY_NODE_LOG_H
#define JOURNEY_NODE_LOG_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "core/nextnode.h"

#define NODE_LOG_MAX_EVENTS		64

/* What is asked. */
typedef struct NodePlan
{
	NextNodeBase base;
	bool		backward;
	bool		keep_nulls;		/* rows without a value take part */
	int			nevents;
} NodePlan;

/* Followed by the rows, one after the other, each aligned. */
typedef struct NodeLog
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		base;			/* NextNodeBase */
	uint8		flags;			/* NODE_LOG_... */
	uint8		nevents;
	uint32		nrows;
	uint32		used;			/* bytes of the rows */
	uint32		room;			/* bytes there are for rows */
	uint32		unused;
} NodeLog;

#define NODE_LOG_BACKWARD	0x01
#define NODE_LOG_KEEP_NULLS	0x02

typedef struct NodeRow
{
	int64		at;
	uint64		mask;
	int32		len;			/* of the value; -1 for a null */
	bool		can_be_base;
	char		value[FLEXIBLE_ARRAY_MEMBER];
} NodeRow;

/* Always detoasted in full, so that rows are aligned. */
#define DatumGetNodeLog(d)		((NodeLog *) PG_DETOAST_DATUM(d))
#define PG_GETARG_NODE_LOG(n)	DatumGetNodeLog(PG_GETARG_DATUM(n))

extern bool node_plan_parse(NodePlan *plan, const char *direction, int direction_len,
							const char *base, int base_len, struct Node *escontext);
extern bool node_plan_check(const NodePlan *plan, struct Node *escontext);
extern void node_plan_text(StringInfo buf, const NodePlan *plan);

extern NodeLog *node_log_new(const NodePlan *plan);
extern void node_log_plan(const NodeLog *log, NodePlan *plan);
extern NodeLog *node_log_add(NodeLog *log, int64 at, uint64 mask, bool can_be_base, const char *value, int len);
extern const NodeRow **node_log_rows(const NodeLog *log);

#endif							/* JOURNEY_NODE_LOG_H */
