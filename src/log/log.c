/*
 * log.c
 *		The trigger that writes the moves of a statement into a log table: who
 *		made them, why, and when.
 *
 *		CREATE TRIGGER ... AFTER UPDATE ON t
 *			REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
 *			EXECUTE FUNCTION journey.log_moves('t_log', 'stage', 'journey', 'id');
 *
 *		Or FOR EACH ROW, and without REFERENCING: for a subscriber, where no
 *		statement triggers are fired for the rows that are applied.
 *
 * The log is written with the rights of the owner of the tracked table, as a
 * foreign key is checked with them: whoever may move rows needs no right on
 * the log, and so cannot write into it what did not happen.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(log_moves);
PG_FUNCTION_INFO_V1(log_column);

/* The arguments of the trigger before the key columns. */
#define ARG_LOG			0
#define ARG_STAGE		1
#define ARG_JOURNEY		2
#define ARG_KEYS		3

/* The columns that every log has; a key column of one of these names is called otherwise there. */
static const char *const log_columns[] = {
	"log_id", "from_stage", "to_stage", "at", "recorded_at", "actor", "reason", "db_user"
};

/* What is gathered of a move after its key columns. */
enum
{
	MOVE_FROM,
	MOVE_TO,
	MOVE_AT,
	MOVE_VALUES
};

/* How the moves are called in the statement that writes them. */
#define MOVES			"journey_moves"

/* One of the two tables of rows that the statement has changed. */
typedef struct Rows
{
	Tuplestorestate *store;
	int			pointer;
	TupleTableSlot *slot;
	MemoryContext memory;		/* of the slot, which frees the row before */
} Rows;

typedef struct Log
{
	TriggerData *trigger;
	AttrNumber	stage;
	AttrNumber	journey;
	int			nkeys;
	AttrNumber *keys;
	MemoryContext memory;		/* lasts as long as the statement */
	MemoryContext per_row;
	Tuplestorestate *moves;		/* NULL until there is one */
	TupleDesc	desc;			/* of the moves */
	Datum	   *values;
	bool	   *nulls;
} Log;

/* What a key column is called in a log. */
static char *
column_in_log(const char *key)
{
	for (int i = 0; i < (int) lengthof(log_columns); i++)
	{
		if (strcmp(key, log_columns[i]) == 0)
			return psprintf("key_%s", key);
	}
	return pstrdup(key);
}

/* log_column(key text) */
Datum
log_column(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(column_in_log(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

static TriggerData *
check_protocol(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"log_moves\" was not called as a trigger")));
	if (!TRIGGER_FIRED_AFTER(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"log_moves\" must be fired AFTER each STATEMENT, or AFTER each ROW")));
	if (!TRIGGER_FIRED_BY_INSERT(data->tg_event) && !TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"log_moves\" must be fired by INSERT or UPDATE")));
	if (TRIGGER_FIRED_FOR_STATEMENT(data->tg_event) &&
		(data->tg_newtable == NULL ||
		 (data->tg_oldtable == NULL && TRIGGER_FIRED_BY_UPDATE(data->tg_event))))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"log_moves\" needs the changed rows"),
				 errhint("Declare the trigger with REFERENCING: the NEW TABLE, and for UPDATE the OLD TABLE too.")));
	if (data->tg_trigger->tgnargs <= ARG_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"log_moves\" takes at least %d trigger arguments, not %d",
						ARG_KEYS + 1, data->tg_trigger->tgnargs),
				 errhint("They are the log table, the stage column, the journey column and the key columns.")));
	return data;
}

static AttrNumber
find_column(const Log *log, int argument)
{
	Relation	rel = log->trigger->tg_relation;
	const char *name = log->trigger->tg_trigger->tgargs[argument];

	for (AttrNumber attno = 1; attno <= RelationGetDescr(rel)->natts; attno++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel), attno - 1);

		if (!attr->attisdropped && namestrcmp(&attr->attname, name) == 0)
			return attno;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(rel)),
			 errdetail("Trigger \"%s\" names it.", log->trigger->tg_trigger->tgname),
			 errhint("After a column was renamed, drop the log triggers and make them again with journey.track()."),
			 errtable(rel)));
}

static Oid
column_type(const Log *log, AttrNumber attno)
{
	return TupleDescAttr(RelationGetDescr(log->trigger->tg_relation), attno - 1)->atttypid;
}

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static void
read_columns(Log *log)
{
	Oid			type;

	log->stage = find_column(log, ARG_STAGE);
	type = getBaseType(column_type(log, log->stage));
	if (!type_is_enum(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("stage column \"%s\" of table \"%s\" must be of an enum type, not %s",
						log->trigger->tg_trigger->tgargs[ARG_STAGE],
						RelationGetRelationName(log->trigger->tg_relation), format_type_be(type))));
	log->journey = find_column(log, ARG_JOURNEY);
	type = column_type(log, log->journey);
	if (type != GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("journey"),
								ObjectIdGetDatum(get_func_namespace(log->trigger->tg_trigger->tgfoid))))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("journey column \"%s\" of table \"%s\" must be of type journey, not %s",
						log->trigger->tg_trigger->tgargs[ARG_JOURNEY],
						RelationGetRelationName(log->trigger->tg_relation), format_type_be(type))));
	log->nkeys = log->trigger->tg_trigger->tgnargs - ARG_KEYS;
	log->keys = palloc(sizeof(AttrNumber) * log->nkeys);
	for (int i = 0; i < log->nkeys; i++)
		log->keys[i] = find_column(log, ARG_KEYS + i);
}

static void
open_rows(Rows *rows, Tuplestorestate *store, TupleDesc desc)
{
	rows->store = store;
	rows->memory = CurrentMemoryContext;
	rows->pointer = tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(store, rows->pointer);
	tuplestore_rescan(store);
	rows->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
}

static bool
next_row(Rows *rows)
{
	MemoryContext before = MemoryContextSwitchTo(rows->memory);
	bool		found;

	tuplestore_select_read_pointer(rows->store, rows->pointer);
	found = tuplestore_gettupleslot(rows->store, true, false, rows->slot);
	MemoryContextSwitchTo(before);
	return found;
}

/* A move to be written.  The moves are gathered, so that they are written by one statement. */
static void
add_move(Log *log, TupleTableSlot *row, bool had_stage, Datum from, Datum to, TimestampTz at)
{
	MemoryContext before = MemoryContextSwitchTo(log->memory);

	if (log->moves == NULL)
	{
		Oid			stage = getBaseType(column_type(log, log->stage));

		log->moves = tuplestore_begin_heap(false, false, work_mem);
		log->values = palloc(sizeof(Datum) * (log->nkeys + MOVE_VALUES));
		log->nulls = palloc(sizeof(bool) * (log->nkeys + MOVE_VALUES));
		log->desc = CreateTemplateTupleDesc(log->nkeys + MOVE_VALUES);
		for (int i = 0; i < log->nkeys + MOVE_VALUES; i++)
			TupleDescInitEntry(log->desc, i + 1, psprintf("c%d", i + 1),
							   i < log->nkeys ? column_type(log, log->keys[i]) :
							   i == log->nkeys + MOVE_AT ? TIMESTAMPTZOID : stage, -1, 0);
	}
	MemoryContextSwitchTo(before);

	for (int i = 0; i < log->nkeys; i++)
		log->values[i] = slot_getattr(row, log->keys[i], &log->nulls[i]);
	log->values[log->nkeys + MOVE_FROM] = from;
	log->nulls[log->nkeys + MOVE_FROM] = !had_stage;
	log->values[log->nkeys + MOVE_TO] = to;
	log->nulls[log->nkeys + MOVE_TO] = false;
	log->values[log->nkeys + MOVE_AT] = TimestampTzGetDatum(at);
	log->nulls[log->nkeys + MOVE_AT] = false;
	tuplestore_putvalues(log->moves, log->desc, log->values, log->nulls);
}

/* A setting of the session, as text; NULL when it is not set. */
static Datum
setting(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	/* after SET LOCAL a setting that nobody declares is empty, not absent */
	return value == NULL || value[0] == '\0' ? (Datum) 0 : CStringGetTextDatum(value);
}

/*
 * Write the moves, as the owner of the table.  The log table lies in the
 * schema of the table, whatever that is called now.
 */
static void
write_moves(Log *log)
{
	Relation	rel = log->trigger->tg_relation;
	const char *name = log->trigger->tg_trigger->tgargs[ARG_LOG];
	Oid			owner = rel->rd_rel->relowner;
	Oid			relid = get_relname_relid(name, RelationGetNamespace(rel));
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));
	Oid			types[] = {TEXTOID, TEXTOID, NAMEOID};
	Datum		values[3];
	char		nulls[3] = {' ', ' ', ' '};
	Oid			user;
	int			security;
	StringInfoData sql;
	int			level;
	int			result;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("log table \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(rel)),
				 errdetail("Trigger \"%s\" writes the moves into it.", log->trigger->tg_trigger->tgname),
				 errhint("Take the log away with journey.track(..., log => false), or name the table as it was.")));

	/* what the log runs at an INSERT its owner has chosen, so it must be nothing that he may not do himself */
	if (!has_privs_of_role(owner_of(relid), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("log table \"%s\" must belong to the owner of table \"%s\"",
						name, RelationGetRelationName(rel)),
				 errdetail("It is written with the rights of that owner.")));

	GetUserIdAndSecContext(&user, &security);
	values[0] = setting("journey.actor");
	if (values[0] == (Datum) 0)
		values[0] = CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false));
	values[1] = setting("journey.reason");
	if (values[1] == (Datum) 0)
		nulls[1] = 'n';
	values[2] = DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(user, false)));

	enr->md.name = MOVES;
	enr->md.reliddesc = InvalidOid;
	enr->md.tupdesc = log->desc;
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->md.enrtuples = tuplestore_tuple_count(log->moves);
	enr->reldata = log->moves;
	result = SPI_register_relation(enr);
	if (result != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed: %s", SPI_result_code_string(result));

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)), name));
	for (int i = 0; i < log->nkeys; i++)
		appendStringInfo(&sql, "%s, ",
						 quote_identifier(column_in_log(log->trigger->tg_trigger->tgargs[ARG_KEYS + i])));
	appendStringInfoString(&sql, "from_stage, to_stage, at, actor, reason, db_user) SELECT ");
	for (int i = 0; i < log->nkeys + MOVE_VALUES; i++)
		appendStringInfo(&sql, "c%d, ", i + 1);
	appendStringInfoString(&sql, "$1, $2, $3 FROM " MOVES);

	/* triggers of the log run with the owner's rights: not with names that whoever moves the row has put in front */
	level = NewGUCNestLevel();
	(void) set_config_option("search_path",
							 psprintf("pg_catalog, %s, pg_temp", quote_identifier(get_namespace_name(RelationGetNamespace(rel)))),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
	result = SPI_execute_with_args(sql.data, 3, types, values, nulls, false, 0);
	SetUserIdAndSecContext(user, security);
	AtEOXact_GUC(true, level);
	if (result != SPI_OK_INSERT)
		elog(ERROR, "writing the log failed: %s", SPI_result_code_string(result));
}

/* How many entries the journey of a row has, and when the last one is when that is the stage; else 0. */
static uint32
last_entry(const Log *log, TupleTableSlot *row, Datum stage, TimestampTz *at)
{
	bool		isnull;
	Datum		journey = slot_getattr(row, log->journey, &isnull);
	JourneyView view;
	char	   *label;

	*at = 0;
	if (isnull)
		return 0;
	journey_view_init(&view, DatumGetJourneyPP(journey));
	if (view.n == 0)
		return 0;
	label = DatumGetCString(DirectFunctionCall1(enum_out, stage));
	if (journey_view_find(&view, label, strlen(label)) == journey_view_num(&view, view.n - 1))
		*at = journey_view_at(&view, view.n - 1);
	else
		*at = GetCurrentTransactionStartTimestamp();
	return view.n;
}

/* Is the journey of one row that of another, perhaps with more at its end? */
static bool
continues(const Log *log, TupleTableSlot *before, TupleTableSlot *after)
{
	JourneyView views[2];
	const JourneyLabel *labels[2];
	bool		isnull;
	Datum		journey;

	journey = slot_getattr(before, log->journey, &isnull);
	if (isnull)
		return true;
	journey_view_init(&views[0], DatumGetJourneyPP(journey));
	journey = slot_getattr(after, log->journey, &isnull);
	if (isnull)
		return false;
	journey_view_init(&views[1], DatumGetJourneyPP(journey));
	if (views[0].n > views[1].n)
		return false;
	labels[0] = journey_view_labels(&views[0]);
	labels[1] = journey_view_labels(&views[1]);
	for (uint32 i = 0; i < views[0].n; i++)
	{
		const JourneyLabel *a = &labels[0][journey_view_num(&views[0], i)];
		const JourneyLabel *b = &labels[1][journey_view_num(&views[1], i)];

		if (journey_view_at(&views[0], i) != journey_view_at(&views[1], i) ||
			a->len != b->len || memcmp(a->data, b->data, a->len) != 0)
			return false;
	}
	return true;
}

/* A row that an UPDATE has changed: a move when its stage is another one. */
static void
log_update(Log *log, TupleTableSlot *old, TupleTableSlot *new)
{
	bool		had_stage;
	bool		isnull;
	Datum		from;
	Datum		to;
	TimestampTz at;

	to = slot_getattr(new, log->stage, &isnull);
	if (isnull)
		return;
	from = slot_getattr(old, log->stage, &isnull);
	had_stage = !isnull;
	if (had_stage && DatumGetObjectId(from) == DatumGetObjectId(to))
		return;
	if (last_entry(log, new, to, &at) == 0)
		at = GetCurrentTransactionStartTimestamp();
	add_move(log, new, had_stage, from, to, at);
}

/* A new row.  One that brings a longer journey with it was moved elsewhere. */
static void
log_insert(Log *log, TupleTableSlot *new)
{
	bool		isnull;
	Datum		to = slot_getattr(new, log->stage, &isnull);
	TimestampTz at;
	uint32		n;

	if (isnull)
		return;
	n = last_entry(log, new, to, &at);
	if (n > 1)
		return;
	if (n == 0)
		at = GetCurrentTransactionStartTimestamp();
	add_move(log, new, false, (Datum) 0, to, at);
}

/*
 * The moves of an UPDATE.  The server puts the old and the new row of each
 * change into the two tables at the same moment, so they go together by their
 * places, even where a key has changed.  Only a row on its way to another
 * partition that a trigger there drops leaves its old row alone; then an old
 * row that the new one does not continue is passed over.
 */
static void
log_updated(Log *log, Rows *old, Rows *new)
{
	bool		even = tuplestore_tuple_count(old->store) == tuplestore_tuple_count(new->store);

	while (next_row(new))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(log->per_row);
		do
		{
			if (!next_row(old))
				return;
		} while (!even && !continues(log, old->slot, new->slot));
		log_update(log, old->slot, new->slot);
	}
}

/* The new rows of an INSERT. */
static void
log_inserted(Log *log, Rows *new)
{
	while (next_row(new))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(log->per_row);
		log_insert(log, new->slot);
	}
}

/* All that a statement has changed. */
static void
log_statement(Log *log)
{
	TriggerData *data = log->trigger;
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	Rows		old = {0};
	Rows		new = {0};

	open_rows(&new, data->tg_newtable, desc);
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		open_rows(&old, data->tg_oldtable, desc);
	MemoryContextSwitchTo(log->per_row);
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		log_updated(log, &old, &new);
	else
		log_inserted(log, &new);
	MemoryContextSwitchTo(log->memory);
	ExecDropSingleTupleTableSlot(new.slot);
	if (old.slot != NULL)
		ExecDropSingleTupleTableSlot(old.slot);
}

/* log_moves(log_table, stage_column, journey_column, key_column...) */
Datum
log_moves(PG_FUNCTION_ARGS)
{
	Log			log = {0};
	TriggerData *data;

	log.trigger = data = check_protocol(fcinfo);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	log.memory = CurrentMemoryContext;
	log.per_row = AllocSetContextCreate(CurrentMemoryContext, "journey log", ALLOCSET_SMALL_SIZES);
	read_columns(&log);
	if (TRIGGER_FIRED_FOR_STATEMENT(data->tg_event))
		log_statement(&log);
	else if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		log_update(&log, data->tg_trigslot, data->tg_newslot);
	else
		log_insert(&log, data->tg_trigslot);

	if (log.moves != NULL)
	{
		write_moves(&log);
		tuplestore_end(log.moves);
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}
