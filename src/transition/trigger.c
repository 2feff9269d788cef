/*
 * trigger.c
 *		The trigger that keeps a stage column to its rules and writes each move
 *		into the journey beside it.
 *
 *		CREATE TRIGGER ... BEFORE INSERT OR UPDATE ON t FOR EACH ROW
 *			EXECUTE FUNCTION journey.transition('stage', 'journey', RULES);
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "timeline/timeline.h"
#include "transition/transition.h"

#define EDIT_SETTING	"journey.allow_edit"

PG_FUNCTION_INFO_V1(transition);

/* A row as it goes through the trigger. */
typedef struct Row
{
	Relation	rel;
	TupleTableSlot *old;		/* NULL for INSERT */
	TupleTableSlot *new;
	const Bitmapset *updated;	/* columns that the statement sets; of UPDATE */
	bool		had_stage;
	bool		has_stage;
	Oid			old_stage;
	Oid			new_stage;
	Datum		old_journey;
	Datum		journey;		/* of the new row */
	bool		had_journey;
	bool		has_journey;
} Row;

/* Is this call what the trigger is made for? */
static void
check_protocol(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"transition\" was not called as a trigger")));
	if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"transition\" must be fired BEFORE each ROW")));
	if (!TRIGGER_FIRED_BY_INSERT(data->tg_event) && !TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"transition\" must be fired by INSERT or UPDATE")));
	if (data->tg_trigger->tgnargs != 3)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"transition\" takes 3 trigger arguments, not %d",
						data->tg_trigger->tgnargs),
				 errhint("They are the stage column, the journey column and the rules.")));
}

/* The binding of this trigger, made at the first row of a statement. */
static Transition *
bind_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Transition *transition = fcinfo->flinfo->fn_extra;
	char	  **args = data->tg_trigger->tgargs;

	if (transition == NULL || transition->relid != RelationGetRelid(data->tg_relation))
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = NULL;
		if (transition != NULL)
			MemoryContextDelete(transition->context);
		fcinfo->flinfo->fn_extra =
			transition_bind(data->tg_relation, transition_journey_type(fcinfo->flinfo->fn_oid),
							data->tg_trigger->tgname, args[0], args[1], args[2]);
		MemoryContextSwitchTo(old);
	}
	return fcinfo->flinfo->fn_extra;
}

/* May journeys be written by hand now? */
static bool
edit_allowed(void)
{
	const char *value = GetConfigOption(EDIT_SETTING, true, false);
	bool		allowed = false;

	/* after SET LOCAL a setting that nobody declares is empty, not absent */
	if (value == NULL || value[0] == '\0')
		return false;
	if (!parse_bool(value, &allowed))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"%s\": \"%s\"", EDIT_SETTING, value),
				 errhint("It is on or off.")));
	return allowed;
}

/* Has the statement, or a trigger before us, changed the journey? */
static bool
is_edited(const Row *row)
{
	Size		size;

	if (!row->had_journey || !row->has_journey)
		return row->had_journey != row->has_journey;
	/* as a rule the very bytes that were read are written back, and a big value is not even fetched */
	size = VARSIZE_ANY(DatumGetPointer(row->old_journey));
	if (size == VARSIZE_ANY(DatumGetPointer(row->journey)) &&
		memcmp(DatumGetPointer(row->old_journey), DatumGetPointer(row->journey), size) == 0)
		return false;
	return !datum_image_eq(row->old_journey, row->journey, false, -1);
}

/* Look into the journey of the new row.  False when there is none, or nothing in it. */
static bool
fetch_journey(const Row *row, JourneyView *view)
{
	if (!row->has_journey)
	{
		view->n = 0;
		return false;
	}
	journey_view_init(view, DatumGetJourneyPP(row->journey));
	return view->n > 0;
}

static bool
ends_in(const JourneyView *view, const Stage *stage)
{
	return journey_view_find(view, stage->label, stage->len) == journey_view_num(view, view->n - 1);
}

/* Refuse a journey that somebody gave by hand and that does not end in the stage. */
static void
check_given(Transition *transition, const Row *row)
{
	JourneyView view;
	const Stage *stage;
	const JourneyLabel *last;
	int			place;

	if (!row->has_stage || !fetch_journey(row, &view))
		return;
	place = transition_stage(transition, row->rel, row->new_stage);
	stage = &transition->stages->stage[place];
	if (ends_in(&view, stage))
		return;
	last = &journey_view_labels(&view)[journey_view_num(&view, view.n - 1)];
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("journey of a row of table \"%s\" does not end in its stage",
					RelationGetRelationName(row->rel)),
			 errdetail("The journey ends in \"%.*s\", the stage is \"%s\".",
					   last->len, last->data, stage->label),
			 row->old == NULL ?
			 errhint("Leave the journey out to begin a new one, or give one that ends in the stage.") :
			 errhint("Give a journey that ends in the stage."),
			 errtablecol(row->rel, transition->journey_attno)));
}

pg_noreturn static void
refuse_edit(const Transition *transition, const Row *row)
{
	const char *column = NameStr(TupleDescAttr(RelationGetDescr(row->rel), transition->journey_attno - 1)->attname);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("column \"%s\" of table \"%s\" cannot be changed by hand",
					column, RelationGetRelationName(row->rel)),
			 errdetail("Trigger \"%s\" writes each move of column \"%s\" into it.", transition->trigger,
					   NameStr(TupleDescAttr(RelationGetDescr(row->rel), transition->stage_attno - 1)->attname)),
			 errhint("Change the stage instead.  For repairs, set %s = on.", EDIT_SETTING),
			 errtablecol(row->rel, transition->journey_attno)));
}

pg_noreturn static void
refuse_leaving(Transition *transition, const Row *row)
{
	int			from = transition_stage(transition, row->rel, row->old_stage);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("stage of table \"%s\" cannot move from \"%s\" to NULL",
					RelationGetRelationName(row->rel), transition->stages->stage[from].label),
			 errdetail("A row that has a stage keeps having one."),
			 errhint("Give the rows that are done with a last stage of their own."),
			 errtablecol(row->rel, transition->stage_attno)));
}

pg_noreturn static void
refuse_move(Transition *transition, const Row *row, int from, int to, List *reasons)
{
	const Stage *stage = transition->stages->stage;
	char	   *exits = transition_exits(transition, from);
	StringInfoData detail;
	ListCell   *cell;

	initStringInfo(&detail);
	foreach(cell, reasons)
		appendStringInfo(&detail, "%s%s", detail.len > 0 ? "\n" : "", (char *) lfirst(cell));
	if (from == STAGE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("row of table \"%s\" cannot start at stage \"%s\"",
						RelationGetRelationName(row->rel), stage[to].label),
				 errdetail_internal("%s", detail.data),
				 exits != NULL ?
				 errhint("A row may start at: %s.", exits) :
				 errhint("No rule says where a row may start, such as \"new -> %s\".", stage[0].label),
				 errtablecol(row->rel, transition->stage_attno)));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("stage of table \"%s\" cannot move from \"%s\" to \"%s\"",
					RelationGetRelationName(row->rel), stage[from].label, stage[to].label),
			 errdetail_internal("%s", detail.data),
			 exits != NULL ?
			 errhint("From \"%s\" a row may move to: %s.", stage[from].label, exits) :
			 errhint("No rule leads out of \"%s\".", stage[from].label),
			 errtablecol(row->rel, transition->stage_attno)));
}

/*
 * The time of a move: that of the time column, when the statement gives it one
 * (or a trigger before us does); else the time of the transaction, so that all
 * it writes agrees.  A value that was there before is the time of something
 * that was before.
 */
static TimestampTz
move_time(const Transition *transition, const Row *row)
{
	AttrNumber	attno = transition->time_attno;

	if (attno != 0)
	{
		bool		isnull;
		Datum		at = slot_getattr(row->new, attno, &isnull);

		if (!isnull)
		{
			Datum		before;

			if (row->old == NULL ||
				bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, row->updated))
				return DatumGetTimestampTz(at);
			before = slot_getattr(row->old, attno, &isnull);
			if (isnull || DatumGetTimestampTz(before) != DatumGetTimestampTz(at))
				return DatumGetTimestampTz(at);
		}
	}
	return GetCurrentTransactionStartTimestamp();
}

/*
 * When a row came to the stage that its journey does not know of, as far as
 * can be told: by its time column, else at the latest moment possible.
 */
static TimestampTz
adoption_time(const Transition *transition, const Row *row, TimestampTz latest)
{
	if (transition->time_attno != 0)
	{
		bool		isnull;
		TimestampTz at = DatumGetTimestampTz(slot_getattr(row->old, transition->time_attno, &isnull));

		if (!isnull && !TIMESTAMP_NOT_FINITE(at) && at < latest)
			return at;
	}
	return latest;
}

/* The tuple of the new row with another journey. */
static HeapTuple
with_journey(const Transition *transition, const Row *row, HeapTuple tuple, struct varlena *journey)
{
	return tuple_with_journey(tuple, RelationGetDescr(row->rel), transition->journey_attno,
							  row->has_journey ? &row->journey : NULL, journey);
}

/* A row with a stage that its journey knows nothing of gets a journey that begins there. */
static HeapTuple
adopt(Transition *transition, const Row *row, HeapTuple tuple)
{
	int			place = transition_stage(transition, row->rel, row->new_stage);
	const Stage *stage = &transition->stages->stage[place];
	JourneyView nothing = {0};

	return with_journey(transition, row, tuple,
						journey_append_view(&nothing, stage->label, stage->len,
											adoption_time(transition, row,
														  GetCurrentTransactionStartTimestamp())));
}

/* Check a move, and write it down. */
static HeapTuple
make_move(Transition *transition, const Row *row, HeapTuple tuple)
{
	int			from = STAGE_NONE;
	int			to = transition_stage(transition, row->rel, row->new_stage);
	const Stage *stage;
	List	   *reasons;
	JourneyView view;
	bool		known;
	struct varlena *journey;
	TimestampTz at;

	if (row->had_stage)
	{
		from = transition_stage(transition, row->rel, row->old_stage);
		/* the look-up of the second stage may have read the stages anew */
		to = transition_stage(transition, row->rel, row->new_stage);
	}
	reasons = transition_refusals(transition, row->rel, from, to, row->new);
	if (reasons != NIL)
		refuse_move(transition, row, from, to, reasons);

	stage = transition->stages->stage;
	at = move_time(transition, row);
	known = fetch_journey(row, &view);
	if (from != STAGE_NONE && !(known && ends_in(&view, &stage[from])))
	{
		/* the journey does not know where the row has been */
		journey = journey_append_view(&view, stage[from].label, stage[from].len,
									  TIMESTAMP_NOT_FINITE(at) ? at :
									  adoption_time(transition, row, at - 1));
		journey_view_init(&view, journey);
	}
	journey = journey_append_view(&view, stage[to].label, stage[to].len, at);
	return with_journey(transition, row, tuple, journey);
}

/* What a slot says of the columns of a trigger.  Both are read in one go. */
static void
read_slot(const Transition *transition, TupleTableSlot *slot,
		  bool *has_stage, Oid *stage, bool *has_journey, Datum *journey)
{
	int			s = transition->stage_attno - 1;
	int			j = transition->journey_attno - 1;

	slot_getsomeattrs(slot, Max(s, j) + 1);
	*has_stage = !slot->tts_isnull[s];
	*stage = *has_stage ? DatumGetObjectId(slot->tts_values[s]) : InvalidOid;
	*has_journey = !slot->tts_isnull[j];
	*journey = slot->tts_values[j];
}

/* transition(stage_column, journey_column, rules) */
Datum
transition(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Transition *transition;
	HeapTuple	tuple;
	Row			row = {0};

	check_protocol(fcinfo);
	transition = bind_trigger(fcinfo);

	row.rel = data->tg_relation;
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
	{
		tuple = data->tg_newtuple;
		row.old = data->tg_trigslot;
		row.new = data->tg_newslot;
		row.updated = data->tg_updatedcols;
		read_slot(transition, row.old, &row.had_stage, &row.old_stage, &row.had_journey, &row.old_journey);
	}
	else
	{
		tuple = data->tg_trigtuple;
		row.new = data->tg_trigslot;
	}
	read_slot(transition, row.new, &row.has_stage, &row.new_stage, &row.has_journey, &row.journey);

	if (row.old == NULL)
	{
		JourneyView view;

		/* a row that brings a journey is taken as it is: restored, or come from another partition */
		if (fetch_journey(&row, &view))
			check_given(transition, &row);
		else if (row.has_stage)
			tuple = make_move(transition, &row, tuple);
	}
	else if (is_edited(&row))
	{
		if (!edit_allowed())
			refuse_edit(transition, &row);
		check_given(transition, &row);
	}
	else if (row.had_stage && !row.has_stage)
		refuse_leaving(transition, &row);
	else if (row.has_stage && !(row.had_stage && row.old_stage == row.new_stage))
		tuple = make_move(transition, &row, tuple);
	else if (row.has_stage && !row.has_journey)
		tuple = adopt(transition, &row, tuple);
	return PointerGetDatum(tuple);
}
