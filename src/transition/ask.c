/*
 * ask.c
 *		Dry runs: which moves a row may make, and why not the others.
 *
 * The rules are those of the transition trigger of the row's table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "transition/transition.h"

PG_FUNCTION_INFO_V1(can_move);
PG_FUNCTION_INFO_V1(next_stages);
PG_FUNCTION_INFO_V1(next_stages_of);

/*
 * What is kept between the calls of one expression.  PL/pgSQL keeps some
 * expressions for a whole transaction, in which rules may change; so anything
 * that may change them makes it stale.
 */
typedef struct Ask
{
	MemoryContext context;
	uint64		generation;
	char	   *stage_column;	/* as asked for, or NULL */
	Oid			relid;
	Transition *transition;
	TupleTableSlot *slot;
} Ask;

static uint64 generation = 0;

static void
relation_changed(Datum arg pg_attribute_unused(), Oid relid pg_attribute_unused())
{
	generation++;
}

static void
catalog_changed(Datum arg pg_attribute_unused(), int cache pg_attribute_unused(), uint32 hash pg_attribute_unused())
{
	generation++;
}

static void
watch_catalogs(void)
{
	static bool watching = false;

	if (watching)
		return;
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(ENUMTYPOIDNAME, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, catalog_changed, (Datum) 0);
	watching = true;
}

/* The trigger function: the one beside this function of ours. */
static Oid
trigger_function(Oid function)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum("transition"),
						   PointerGetDatum(buildoidvector(NULL, 0)),
						   ObjectIdGetDatum(get_func_namespace(function)));
}

/* Bind the one transition trigger of a relation, or its one for this stage column. */
static Transition *
bind_relation(Relation rel, Oid function, const char *stage_column)
{
	Oid			trigger_oid = trigger_function(function);
	int			ntriggers = rel->trigdesc == NULL ? 0 : rel->trigdesc->numtriggers;
	Trigger    *found = NULL;
	int			nfound = 0;
	char	   *name;
	char	   *args[3];
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < ntriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgfoid != trigger_oid || trigger->tgenabled == TRIGGER_DISABLED ||
			trigger->tgnargs != 3)
			continue;
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", trigger->tgargs[0]);
		if (stage_column != NULL && strcmp(stage_column, trigger->tgargs[0]) != 0)
			continue;
		found = trigger;
		nfound++;
	}
	if (columns.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no transition trigger", RelationGetRelationName(rel)),
				 errhint("Track a stage column of it first."),
				 errtable(rel)));
	if (nfound == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" has no transition trigger",
						stage_column, RelationGetRelationName(rel)),
				 errhint("The columns that have one are: %s.", columns.data),
				 errtable(rel)));
	if (nfound > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("table \"%s\" has several transition triggers", RelationGetRelationName(rel)),
				 errhint("Name one of their stage columns: %s.", columns.data),
				 errtable(rel)));
	/* the look-ups that follow may build the cached relation, and so its triggers, anew */
	name = pstrdup(found->tgname);
	for (int i = 0; i < 3; i++)
		args[i] = pstrdup(found->tgargs[i]);
	return transition_bind(rel, transition_journey_type(function), name, args[0], args[1], args[2]);
}

/* The table that a row belongs to. */
static Oid
row_relation(HeapTupleHeader row)
{
	Oid			type = HeapTupleHeaderGetTypeId(row);
	Oid			relid = type == RECORDOID ? InvalidOid : get_typ_typrelid(type);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("row is of no table"),
				 errhint("Give a whole row, by the name or the alias of its table.")));
	return relid;
}

/* The row in argument 0, which may have come as anything. */
static HeapTupleHeader
get_row(FunctionCallInfo fcinfo)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);

	if (!OidIsValid(type) || !type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument is not a row"),
				 errhint("Give a whole row, by the name or the alias of its table.")));
	return DatumGetHeapTupleHeader(PG_GETARG_DATUM(0));
}

/* What this call needs to answer about rows of a table, ready to use. */
static Ask *
prepare(FunctionCallInfo fcinfo, Relation rel, const char *stage_column)
{
	Ask		   *ask = fcinfo->flinfo->fn_extra;
	MemoryContext context;
	MemoryContext old;

	if (ask != NULL && ask->generation == generation && ask->relid == RelationGetRelid(rel) &&
		(stage_column == NULL ? ask->stage_column == NULL :
		 ask->stage_column != NULL && strcmp(stage_column, ask->stage_column) == 0))
		return ask;

	fcinfo->flinfo->fn_extra = NULL;
	if (ask != NULL)
		MemoryContextDelete(ask->context);
	watch_catalogs();
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "journey dry run", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	ask = palloc0(sizeof(Ask));
	ask->context = context;
	ask->generation = generation;
	ask->relid = RelationGetRelid(rel);
	ask->stage_column = stage_column == NULL ? NULL : pstrdup(stage_column);
	ask->transition = bind_relation(rel, fcinfo->flinfo->fn_oid, stage_column);
	transition_load(ask->transition, rel);
	ask->slot = MakeSingleTupleTableSlot(CreateTupleDescCopyConstr(RelationGetDescr(rel)), &TTSOpsVirtual);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = ask;
	return ask;
}

/* Put a row into the slot.  Returns its stage. */
static int
store_row(Ask *ask, Relation rel, HeapTupleHeader row)
{
	AttrNumber	attno = ask->transition->stage_attno;
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	ExecClearTuple(ask->slot);
	heap_deform_tuple(&tuple, ask->slot->tts_tupleDescriptor, ask->slot->tts_values, ask->slot->tts_isnull);
	ExecStoreVirtualTuple(ask->slot);
	return ask->slot->tts_isnull[attno - 1] ? STAGE_NONE :
		transition_stage(ask->transition, rel, DatumGetObjectId(ask->slot->tts_values[attno - 1]));
}

/* Why the row in the slot must not move on, or NIL when it may. */
static List *
refusals(Ask *ask, Relation rel, int from, int to)
{
	AttrNumber	attno = ask->transition->stage_attno;

	if (from == to)
		return NIL;				/* no move at all */
	/* guards see the row as it would be */
	ask->slot->tts_values[attno - 1] = ObjectIdGetDatum(ask->transition->stages->stage[to].value);
	ask->slot->tts_isnull[attno - 1] = false;
	return transition_refusals(ask->transition, rel, from, to, ask->slot);
}

static Datum
text_array(List *strings)
{
	ArrayBuildState *state = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, strings)
		state = accumArrayResult(state, CStringGetTextDatum((char *) lfirst(cell)), false,
								 TEXTOID, CurrentMemoryContext);
	return makeArrayResult(state, CurrentMemoryContext);
}

/* The place of a stage that an SQL caller named. */
static int
named_stage(const Ask *ask, text *label)
{
	char	   *name = text_to_cstring(label);
	int			place = stages_find_label(ask->transition->stages, name);

	if (place < 0)
		stages_unknown(ask->transition->stages, name);
	return place;
}

/* can_move("row" anyelement, to_stage text, stage_column text): allowed, and every reason why not */
Datum
can_move(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row;
	Relation	rel;
	Ask		   *ask;
	TupleDesc	desc;
	List	   *reasons;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	int			from;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	row = get_row(fcinfo);
	rel = transition_open(row_relation(row));
	ask = prepare(fcinfo, rel, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	from = store_row(ask, rel, row);
	reasons = refusals(ask, rel, from, named_stage(ask, PG_GETARG_TEXT_PP(1)));
	ExecClearTuple(ask->slot);
	relation_close(rel, AccessShareLock);

	values[0] = BoolGetDatum(reasons == NIL);
	values[1] = text_array(reasons);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* next_stages("row" anyelement): each stage that a rule leads to from the row's own, and whether it may be taken */
Datum
next_stages(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	HeapTupleHeader row;
	Relation	rel;
	Ask		   *ask;
	int			from;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	row = get_row(fcinfo);
	rel = transition_open(row_relation(row));
	ask = prepare(fcinfo, rel, NULL);
	from = store_row(ask, rel, row);
	for (int to = 0; to < ask->transition->stages->n; to++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};
		List	   *reasons;

		if (transition_move(ask->transition, from, to)->nstatements == 0)
			continue;
		reasons = refusals(ask, rel, from, to);
		values[0] = CStringGetTextDatum(ask->transition->stages->stage[to].label);
		values[1] = BoolGetDatum(reasons == NIL);
		values[2] = text_array(reasons);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	ExecClearTuple(ask->slot);
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}

/* next_stages(rel regclass, from_stage text, stage_column text): by the rules alone, with their guards */
Datum
next_stages_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel;
	Ask		   *ask;
	int			from = STAGE_NONE;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	rel = transition_open(PG_GETARG_OID(0));
	ask = prepare(fcinfo, rel, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (!PG_ARGISNULL(1))
		from = named_stage(ask, PG_GETARG_TEXT_PP(1));
	for (int to = 0; to < ask->transition->stages->n; to++)
	{
		RuleMove   *move = transition_move(ask->transition, from, to);
		Datum		values[2];
		bool		nulls[2] = {false, false};
		List	   *guards = NIL;

		if (move->nstatements == 0)
			continue;
		for (int i = 0; move->guarded && i < move->nstatements; i++)
			guards = lappend(guards, (char *) move->statements[i]->guard);
		values[0] = CStringGetTextDatum(ask->transition->stages->stage[to].label);
		values[1] = text_array(guards);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}
