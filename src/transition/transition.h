/*
 * transition.h
 *		A stage column bound to its rules: what the trigger and the dry run
 *		share.
 */
#ifndef JOURNEY_TRANSITION_H
#define JOURNEY_TRANSITION_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "transition/rules.h"

/*
 * Everything known of one transition trigger of one relation.  It is made once
 * a statement; what only a move needs is made at the first move.
 */
typedef struct Transition
{
	MemoryContext context;		/* where all of this lives */
	Oid			relid;
	const char *trigger;		/* its name, or NULL outside of a trigger */
	AttrNumber	stage_attno;
	AttrNumber	journey_attno;
	AttrNumber	time_attno;		/* of "at = column", or 0 */
	Oid			stage_type;		/* the enum */
	const char *rules_text;

	/* from here on: valid when rules is not NULL */
	Rules	   *rules;
	Stages	   *stages;
	RuleMove ***moves;			/* [from + 1][to], filled as moves are met */
	ExprState **guards;			/* by guard_index, compiled as they are met */
	ExprContext *econtext;
} Transition;

/* tuple.c */
extern HeapTuple tuple_with_journey(HeapTuple tuple, TupleDesc desc, AttrNumber attno,
									const Datum *before, const struct varlena *after);

/* guard.c */
extern Expr *guard_parse(Relation rel, const char *guard, const char *text, int offset, Bitmapset **columns);
extern ExprState *guard_compile(Relation rel, const RuleStatement *statement, const char *text);
extern bool guard_eval(ExprState *state, ExprContext *econtext, const RuleStatement *statement, bool *isnull);

/* bind.c */
extern Relation transition_open(Oid relid);
extern Oid	transition_journey_type(Oid function);
extern Transition *transition_bind(Relation rel, Oid journey_type, const char *trigger,
								   const char *stage_column, const char *journey_column, const char *rules);
extern void transition_load(Transition *transition, Relation rel);
extern int	transition_stage(Transition *transition, Relation rel, Oid value);
extern RuleMove *transition_move(Transition *transition, int from, int to);
extern List *transition_refusals(Transition *transition, Relation rel, int from, int to, TupleTableSlot *slot);
extern char *transition_exits(Transition *transition, int from);

#endif							/* JOURNEY_TRANSITION_H */
