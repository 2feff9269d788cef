/*
 * bind.c
 *		Binding a stage column to its rules, and asking them about a move.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "transition/transition.h"

PG_FUNCTION_INFO_V1(check_transition);

/* Open a relation that an SQL caller named, if it can have rows with stages. */
Relation
transition_open(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	/* a regclass is but a number, and may be that of a table long gone */
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_FOREIGN_TABLE:
			return rel;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table", RelationGetRelationName(rel))));
	}
}

/* The journey type: the one beside this function of ours. */
Oid
transition_journey_type(Oid function)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum("journey"),
									   ObjectIdGetDatum(get_func_namespace(function)));

	if (!OidIsValid(type))
		elog(ERROR, "type journey is missing beside function %u", function);
	return type;
}

/* The column of this name.  Partitions have columns in other places than their parents. */
static AttrNumber
find_column(Relation rel, const char *trigger, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (AttrNumber attno = 1; attno <= desc->natts; attno++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, attno - 1);

		if (attr->attisdropped || namestrcmp(&attr->attname, name) != 0)
			continue;
		if (attr->attgenerated != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("column \"%s\" of table \"%s\" is generated",
							name, RelationGetRelationName(rel)),
					 errdetail("Generated columns are computed after the trigger has run."),
					 errtablecol(rel, attno)));
		return attno;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(rel)),
			 trigger == NULL ? 0 :
			 errdetail("Trigger \"%s\" names it.", trigger),
			 trigger == NULL ? 0 :
			 errhint("After a column was renamed or dropped, the trigger must be dropped, or created again with the present name."),
			 errtable(rel)));
}

/*
 * Bind a stage column.  The columns are checked at once; the rules wait for
 * transition_load.  All of it is made in a context of its own under the
 * current one.  journey_column may be NULL when it is not to be looked at.
 */
Transition *
transition_bind(Relation rel, Oid journey_type, const char *trigger,
				const char *stage_column, const char *journey_column, const char *rules)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "journey transition",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Transition *transition = palloc0(sizeof(Transition));
	Oid			type;

	transition->context = context;
	transition->relid = RelationGetRelid(rel);
	transition->trigger = trigger == NULL ? NULL : pstrdup(trigger);
	transition->rules_text = pstrdup(rules);

	transition->stage_attno = find_column(rel, trigger, stage_column);
	type = TupleDescAttr(RelationGetDescr(rel), transition->stage_attno - 1)->atttypid;
	transition->stage_type = stages_enum_type(type);
	if (!OidIsValid(transition->stage_type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("stage column \"%s\" of table \"%s\" must be of an enum type, not %s",
						stage_column, RelationGetRelationName(rel), format_type_be(type)),
				 errtablecol(rel, transition->stage_attno)));

	if (journey_column != NULL)
	{
		transition->journey_attno = find_column(rel, trigger, journey_column);
		type = TupleDescAttr(RelationGetDescr(rel), transition->journey_attno - 1)->atttypid;
		if (type != journey_type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("journey column \"%s\" of table \"%s\" must be of type journey, not %s",
							journey_column, RelationGetRelationName(rel), format_type_be(type)),
					 errtablecol(rel, transition->journey_attno)));
	}
	MemoryContextSwitchTo(old);
	return transition;
}

static void
load_error_callback(void *arg)
{
	const Transition *transition = arg;

	if (transition->trigger != NULL)
		errcontext("stage rules of trigger \"%s\" on table \"%s\"",
				   transition->trigger, get_rel_name(transition->relid));
}

/* Read the rules, and the stages there are now. */
void
transition_load(Transition *transition, Relation rel)
{
	MemoryContext old = MemoryContextSwitchTo(transition->context);
	ErrorContextCallback callback;
	Rules	   *rules;

	transition->rules = NULL;	/* until all of it is there */
	callback.callback = load_error_callback;
	callback.arg = transition;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	rules = rules_parse(transition->rules_text);
	transition->stages = stages_load(transition->stage_type);
	rules_resolve(rules, transition->stages);
	if (rules->time_column != NULL)
	{
		Oid			type;

		transition->time_attno = find_column(rel, transition->trigger, rules->time_column);
		type = TupleDescAttr(RelationGetDescr(rel), transition->time_attno - 1)->atttypid;
		if (getBaseType(type) != TIMESTAMPTZOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("time column \"%s\" of table \"%s\" must be of type timestamp with time zone, not %s",
							rules->time_column, RelationGetRelationName(rel), format_type_be(type)),
					 errtablecol(rel, transition->time_attno)));
	}
	transition->moves = palloc0(sizeof(RuleMove **) * (transition->stages->n + 1));
	transition->guards = palloc0(sizeof(ExprState *) * Max(rules->nguards, 1));
	transition->econtext = CreateStandaloneExprContext();
	transition->rules = rules;

	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
}

/*
 * The place of a stage.  A value that is not known was added since the rules
 * were read, so they are read again.
 */
int
transition_stage(Transition *transition, Relation rel, Oid value)
{
	int			place = -1;

	if (transition->rules != NULL)
		place = stages_find_value(transition->stages, value);
	if (place < 0)
	{
		transition_load(transition, rel);
		place = stages_find_value(transition->stages, value);
		if (place < 0)
			elog(ERROR, "enum %u has no value %u", transition->stage_type, value);
	}
	return place;
}

/* What the rules say of a move; found once, then looked up. */
RuleMove *
transition_move(Transition *transition, int from, int to)
{
	RuleMove ***row = &transition->moves[from + 1];

	if (*row == NULL)
		*row = MemoryContextAllocZero(transition->context, sizeof(RuleMove *) * transition->stages->n);
	if ((*row)[to] == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(transition->context);

		(*row)[to] = rules_move(transition->rules, from, to);
		MemoryContextSwitchTo(old);
	}
	return (*row)[to];
}

/*
 * Why a row must not make a move: a sentence for each reason, or NIL when it
 * may.  The slot holds the row as it will be.
 */
List *
transition_refusals(Transition *transition, Relation rel, int from, int to, TupleTableSlot *slot)
{
	RuleMove   *move = transition_move(transition, from, to);
	List	   *reasons = NIL;
	bool	   *unknown;

	if (move->nstatements == 0)
	{
		const Stage *stage = transition->stages->stage;

		if (from == STAGE_NONE)
			return list_make1(psprintf("No rule allows a row to start at \"%s\".", stage[to].label));
		return list_make1(psprintf("No rule allows the move from \"%s\" to \"%s\".",
								   stage[from].label, stage[to].label));
	}
	if (!move->guarded)
		return NIL;

	unknown = palloc(sizeof(bool) * move->nstatements);
	transition->econtext->ecxt_scantuple = slot;
	for (int i = 0; i < move->nstatements; i++)
	{
		RuleStatement *statement = move->statements[i];
		ExprState **guard = &transition->guards[statement->guard_index];
		bool		passed;

		if (*guard == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(transition->context);
			ErrorContextCallback callback;

			callback.callback = load_error_callback;
			callback.arg = transition;
			callback.previous = error_context_stack;
			error_context_stack = &callback;
			*guard = guard_compile(rel, statement, transition->rules->text);
			error_context_stack = callback.previous;
			MemoryContextSwitchTo(old);
		}
		passed = guard_eval(*guard, transition->econtext, statement, &unknown[i]);
		ResetExprContext(transition->econtext);
		if (passed)
		{
			pfree(unknown);
			return NIL;
		}
	}
	for (int i = 0; i < move->nstatements; i++)
		reasons = lappend(reasons,
						  psprintf("Rule %d needs (%s), which is %s.",
								   move->statements[i]->number, move->statements[i]->guard,
								   unknown[i] ? "unknown" : "false"));
	return reasons;
}

/* The stages that rules lead to from a stage, for a hint; NULL when there are none. */
char *
transition_exits(Transition *transition, int from)
{
	StringInfoData buf;
	int			n = 0;

	initStringInfo(&buf);
	for (int to = 0; to < transition->stages->n; to++)
	{
		RuleMove   *move = transition_move(transition, from, to);

		if (move->nstatements == 0)
			continue;
		if (++n > STAGES_MAX_LISTED)
			continue;
		appendStringInfo(&buf, "%s%s", n > 1 ? ", " : "", transition->stages->stage[to].label);
		for (int i = 0; move->guarded && i < move->nstatements; i++)
			appendStringInfo(&buf, " %s (%s)", i == 0 ? "when" : "or", move->statements[i]->guard);
	}
	if (n > STAGES_MAX_LISTED)
		appendStringInfo(&buf, ", and %d more", n - STAGES_MAX_LISTED);
	return n == 0 ? NULL : buf.data;
}

/*
 * check_transition(rel regclass, stage_column text, journey_column text, rules text):
 * raises the error that a transition trigger of these arguments would meet.
 * journey_column may be NULL: it is then not looked at.
 */
Datum
check_transition(PG_FUNCTION_ARGS)
{
	Relation	rel;
	Transition *transition;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	rel = transition_open(PG_GETARG_OID(0));
	transition = transition_bind(rel, transition_journey_type(fcinfo->flinfo->fn_oid), NULL,
								 text_to_cstring(PG_GETARG_TEXT_PP(1)),
								 PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
								 text_to_cstring(PG_GETARG_TEXT_PP(3)));
	transition_load(transition, rel);
	for (int i = 0; i < transition->rules->nguards; i++)
		(void) guard_compile(rel, transition->rules->guarded[i], transition->rules->text);
	MemoryContextDelete(transition->context);
	relation_close(rel, AccessShareLock);
	PG_RETURN_VOID();
}
