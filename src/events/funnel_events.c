/*
 * funnel_events.c
 *		The aggregate funnel_events: a funnel of raw event rows in one pass.
 *
 * The transition looks up the steps that a row can fill and puts the row into
 * a spool (spool.c); a row that can fill none is forgotten at once.  The final
 * function takes the customers out of the spool one by one, asks the chain
 * algorithm how far each came, and counts that in a funnel.
 *
 * The state cannot travel: it may be on disk, and no smaller state would do,
 * as the rows of one customer may come from anywhere.  So there is no combine
 * function.
 */
#include "postgres.h"

#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "executor/nodeHash.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "events/events.h"
#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_events_accum);
PG_FUNCTION_INFO_V1(funnel_events_final);

/* Arguments of the transition function. */
#define ARG_KEY		1
#define ARG_AT		2
#define ARG_EVENT	3
#define ARG_STEPS	4

/* Masks of up to this many steps go into a narrow record (core/group.h). */
#define MASK_BITS	16

/* A group of events becomes rows of the chain algorithm where it stands. */
StaticAssertDecl(sizeof(GroupEvent) == sizeof(ChainRow) &&
				 offsetof(GroupEvent, at) == offsetof(ChainRow, at) &&
				 offsetof(GroupEvent, what) == offsetof(ChainRow, mask),
				 "GroupEvent and ChainRow must look the same");

/* What the event argument is. */
typedef enum EventForm
{
	FORM_TEXT,					/* name of the event */
	FORM_BPCHAR,				/* the same, with trailing blanks */
	FORM_ENUM,
	FORM_INT2,					/* mask of the steps that the row can fill */
	FORM_INT4,
	FORM_INT8,
	FORM_CONDITIONS				/* boolean[], one for each step */
} EventForm;

/* One question, and how to read rows for it.  Several groups may share it. */
typedef struct Question
{
	struct Question *next;
	const char *bytes;			/* as funnel_question_make wrote them */
	uint32		size;
	ChainPlan	plan;
	bool		all;			/* rows that fill no step matter, too */
	EventIndex *index;			/* event name, or enum value as four bytes, to its number */
	uint64		masks[CHAIN_MAX_STEPS + 1]; /* by number; the last is that of all other events */
	int			other;
} Question;

/* Kept between the calls of one aggregate. */
typedef struct Cache
{
	MemoryContext context;		/* of this and all spools */
	SpoolPool  *pool;
	EventKey	key;
	EventForm	form;
	Oid			enumtype;
	bool		stable;			/* steps, window and options cannot change from row to row */
	FmgrInfo	flinfo;			/* where funnel_question_arguments keeps what it has read */
	Question   *questions;
} Cache;

typedef struct State
{
	Cache	   *cache;
	Question   *question;
	Spool	   *spool;			/* NULL when the result is there */
	struct varlena *result;
} State;

/* What the event argument is, by its type. */
static EventForm
event_form(Oid type)
{
	type = getBaseType(type);
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			return FORM_TEXT;
		case BPCHAROID:
			return FORM_BPCHAR;
		case INT2OID:
			return FORM_INT2;
		case INT4OID:
			return FORM_INT4;
		case INT8OID:
			return FORM_INT8;
		case BOOLARRAYOID:
			return FORM_CONDITIONS;
	}
	if (get_typtype(type) == TYPTYPE_ENUM)
		return FORM_ENUM;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("events of a funnel cannot be of type %s", format_type_be(type)),
			 errhint("Give the name of the event (text or an enum), a mask of steps (bigint) or an array of conditions (boolean[]).")));
	return FORM_TEXT;			/* not reached */
}

/* The expression of an argument. */
static Node *
argument(const Aggref *aggref, int arg)
{
	return (Node *) ((TargetEntry *) list_nth(aggref->args, arg - 1))->expr;
}

static Cache *
cache_new(FunctionCallInfo fcinfo)
{
	MemoryContext context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "funnel_events",
												  ALLOCSET_DEFAULT_SIZES);
	Cache	   *cache = MemoryContextAllocZero(context, sizeof(Cache));
	const Aggref *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL)
		elog(ERROR, "funnel_events called outside an aggregate");
	cache->context = context;
	cache->key = event_key_kind(get_fn_expr_argtype(fcinfo->flinfo, ARG_KEY));
	event_check_collation(exprCollation(argument(aggref, ARG_KEY)));
	cache->enumtype = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, ARG_EVENT));
	cache->form = event_form(cache->enumtype);
	cache->stable = funnel_arguments_stable(aggref, ARG_STEPS);
	cache->flinfo = *fcinfo->flinfo;
	cache->flinfo.fn_extra = NULL;
	cache->flinfo.fn_mcxt = context;
	cache->pool = spool_pool_new(context, get_hash_memory_limit());
	return cache;
}

/* The value of an enum that has this label, which must be one of its labels. */
static Oid
enum_value(Oid type, const JourneyLabel *label)
{
	char	   *name = pnstrdup(label->data, label->len);
	Oid			value = label->len < NAMEDATALEN ?
		GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type), CStringGetDatum(name)) :
		InvalidOid;

	if (!OidIsValid(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input value for enum %s: \"%s\"", format_type_be(type), name)));
	pfree(name);
	return value;
}

/* How to read rows for a question that is asked for the first time. */
static Question *
question_new(Cache *cache, const FunnelQuestion *asked)
{
	Question   *question = palloc0(sizeof(Question));
	char	   *bytes = palloc(asked->size);

	memcpy(bytes, asked->bytes, asked->size);
	question->bytes = bytes;
	question->size = asked->size;
	question->plan = asked->plan;
	question->all = chain_needs_all_rows(&asked->plan);
	if (cache->form > FORM_ENUM)
	{
		if (asked->plan.opt.nexclusions > 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("excluded events need the names of events"),
					 errhint("Give the name of the event instead of a mask or conditions.")));
	}
	else
	{
		question->index = event_index_new(asked->nlabels);
		question->other = asked->nlabels;
		for (int i = 0; i < asked->nlabels; i++)
		{
			const JourneyLabel *label = &asked->labels[i].label;

			if (cache->form == FORM_ENUM)
			{
				Oid		   *value = palloc(sizeof(Oid));

				*value = enum_value(cache->enumtype, label);
				event_index_add(question->index, (char *) value, sizeof(Oid), i);
			}
			else
				event_index_add(question->index, pnstrdup(label->data, label->len), label->len, i);
			question->masks[i] = asked->labels[i].mask;
		}
	}
	question->next = cache->questions;
	cache->questions = question;
	return question;
}

/* The question that the present arguments ask. */
static Question *
find_question(FunctionCallInfo fcinfo, Cache *cache)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	FunnelQuestion *asked;
	Question   *question;
	MemoryContext oldcontext;

	fcinfo->flinfo = &cache->flinfo;
	asked = funnel_question_arguments(fcinfo, ARG_STEPS);
	fcinfo->flinfo = flinfo;
	for (question = cache->questions; question != NULL; question = question->next)
	{
		if (question->plan.opt.nsteps == asked->plan.opt.nsteps && question->size == asked->size &&
			memcmp(question->bytes, asked->bytes, asked->size) == 0)
			return question;
	}
	oldcontext = MemoryContextSwitchTo(cache->context);
	question = question_new(cache, asked);
	MemoryContextSwitchTo(oldcontext);
	return question;
}

/* The group is over, or the query is. */
static void
state_end(Datum arg)
{
	State	   *state = (State *) DatumGetPointer(arg);

	if (state->spool)
		spool_free(state->spool);
	if (state->result)
		pfree(state->result);
	pfree(state);
}

static State *
state_new(FunctionCallInfo fcinfo)
{
	Cache	   *cache = fcinfo->flinfo->fn_extra;
	State	   *state;
	int			bits;

	if (AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE)
		elog(ERROR, "funnel_events called outside an aggregate");
	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = cache_new(fcinfo);
	state = MemoryContextAllocZero(cache->context, sizeof(State));
	state->cache = cache;
	state->question = find_question(fcinfo, cache);
	if (cache->form > FORM_ENUM)
		bits = Min(state->question->plan.opt.nsteps, MASK_BITS);
	else
		bits = 7;				/* of CHAIN_MAX_STEPS + 1 numbers */
	state->spool = spool_new(cache->pool, cache->key >= EVENT_KEY_UUID, bits);
	AggRegisterCallback(fcinfo, state_end, PointerGetDatum(state));
	return state;
}

/* The mask that an array of conditions makes. */
static uint64
conditions_mask(Datum value, int nsteps)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	const bool *p = (const bool *) ARR_DATA_PTR(array);
	const bits8 *nulls = ARR_NULLBITMAP(array);
	uint64		mask = 0;

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != nsteps)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there must be one condition for each step"),
				 errdetail("The funnel has %d steps.", nsteps)));
	for (int i = 0; i < nsteps; i++)
	{
		if (nulls != NULL && !(nulls[i / 8] & (1 << (i % 8))))
			continue;
		if (*p++)
			mask |= UINT64CONST(1) << i;
	}
	return mask;
}

/* The number that stands for the event of a row, or -1 if the row does not matter. */
static inline int
event_number(const Question *question, const char *bytes, int len)
{
	int			num = event_index_find(question->index, bytes, len);

	return num < 0 && question->all ? question->other : num;
}

/*
 * funnel_events_accum(internal, key, at, event, steps [, within [, options]])
 *
 * A row without a key or a time is ignored; one without an event is a row that
 * can fill no step.
 */
Datum
funnel_events_accum(PG_FUNCTION_ARGS)
{
	State	   *state;
	Cache	   *cache;
	Question   *question;
	int64		at;
	uint64		what = 0;

	if (likely(!PG_ARGISNULL(0)))
		state = (State *) PG_GETARG_POINTER(0);
	else
		state = state_new(fcinfo);
	cache = state->cache;
	question = state->question;
	if (unlikely(!cache->stable))
	{
		const Question *now = find_question(fcinfo, cache);

		if (now != question)
			funnel_question_differs(question->bytes, question->size, question->plan.opt.nsteps,
									now->bytes, now->size, now->plan.opt.nsteps, true);
	}

	if (PG_ARGISNULL(ARG_KEY) || PG_ARGISNULL(ARG_AT))
		PG_RETURN_POINTER(state);

	if (cache->form <= FORM_ENUM)
	{
		int			num;

		if (unlikely(PG_ARGISNULL(ARG_EVENT)))
			num = question->all ? question->other : -1;
		else if (cache->form == FORM_ENUM)
		{
			Oid			value = PG_GETARG_OID(ARG_EVENT);

			num = event_number(question, (char *) &value, sizeof(value));
		}
		else
		{
			text	   *value = PG_GETARG_TEXT_PP(ARG_EVENT);
			const char *bytes = VARDATA_ANY(value);
			int			len = VARSIZE_ANY_EXHDR(value);

			if (cache->form == FORM_BPCHAR)
				len = bpchartruelen((char *) bytes, len);
			num = event_number(question, bytes, len);
		}
		if (num < 0)
			PG_RETURN_POINTER(state);
		what = (uint64) num;
	}
	else
	{
		if (!PG_ARGISNULL(ARG_EVENT))
		{
			switch (cache->form)
			{
				case FORM_INT2:
					what = (uint16) PG_GETARG_INT16(ARG_EVENT);
					break;
				case FORM_INT4:
					what = (uint32) PG_GETARG_INT32(ARG_EVENT);
					break;
				case FORM_INT8:
					what = (uint64) PG_GETARG_INT64(ARG_EVENT);
					break;
				default:
					what = conditions_mask(PG_GETARG_DATUM(ARG_EVENT), question->plan.opt.nsteps);
			}
			if (unlikely((what & ~question->plan.steps) != 0))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("mask of steps has a bit after that of the last step"),
						 errdetail("The funnel has %d steps.", question->plan.opt.nsteps)));
		}
		if (what == 0 && !question->all)
			PG_RETURN_POINTER(state);
	}

	at = PG_GETARG_INT64(ARG_AT);
	if (unlikely(TIMESTAMP_NOT_FINITE(at)))
		journey_check_time(at);
	event_put(state->spool, cache->key, PG_GETARG_DATUM(ARG_KEY), at, what);
	PG_RETURN_POINTER(state);
}

/* Counts all customers of a spool. */
static struct varlena *
count_customers(const Question *question, Spool *spool, bool masks)
{
	FunnelBuild *build = funnel_build_new(question->bytes, question->size, question->plan.opt.nsteps);
	FunnelData *data = palloc(sizeof(FunnelData));
	ChainResult *result = palloc(sizeof(ChainResult));
	GroupRun	run;

	spool_rewind(spool);
	while (spool_next(spool, &run))
	{
		ChainRow   *rows = (ChainRow *) run.events;
		FunnelBuild *counted;
		uint64		any = 0;

		CHECK_FOR_INTERRUPTS();
		for (Size i = 0; i < run.n; i++)
		{
			if (!masks)
				rows[i].mask = question->masks[rows[i].mask];
			any |= rows[i].mask;
		}
		/* rows that fill no step were never meant to be all there: whoever has no others is not counted */
		if ((any & question->plan.steps) == 0)
			continue;
		chain_run(&question->plan, rows, run.n, true, result);
		counted = funnel_build_count(build, &question->plan, result);
		if (counted != build)
			pfree(build);
		build = counted;
	}
	funnel_build_data(build, data);
	return funnel_pack(data);
}

/*
 * funnel_events_final(internal): strict, so no rows give null.  The result is
 * kept, as the executor may ask for it again when it scans its groups again.
 */
Datum
funnel_events_final(PG_FUNCTION_ARGS)
{
	State	   *state = (State *) PG_GETARG_POINTER(0);
	struct varlena *result;

	if (AggCheckCallContext(fcinfo, NULL) != AGG_CONTEXT_AGGREGATE)
		elog(ERROR, "funnel_events called outside an aggregate");
	if (state->result == NULL)
	{
		MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "funnel_events result",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext oldcontext = MemoryContextSwitchTo(work);

		result = count_customers(state->question, state->spool, state->cache->form > FORM_ENUM);
		MemoryContextSwitchTo(oldcontext);
		state->result = MemoryContextAlloc(state->cache->context, VARSIZE(result));
		memcpy(state->result, result, VARSIZE(result));
		MemoryContextDelete(work);
		spool_free(state->spool);
		state->spool = NULL;
	}
	result = palloc(VARSIZE(state->result));
	memcpy(result, state->result, VARSIZE(state->result));
	PG_RETURN_FUNNEL_P(result);
}
