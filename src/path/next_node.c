/*
 * next_node.c
 *		next_node: what customers do after, or before, a chain of rows.
 *
 * The state holds values as text, because text means the same on every
 * server; numbers of types, and enum values, do not.  There are two aggregates
 * with one state: over text, and over any other type, whose values go through
 * its output function and the result through its input function, both with
 * settings that lose nothing.  That one needs to know the type of its argument,
 * so it cannot be run in parts by somebody who does not say.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "path/node_log.h"
#include "rowlog/rowlog.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(node_log_accum);
PG_FUNCTION_INFO_V1(node_log_accum_any);
PG_FUNCTION_INFO_V1(node_log_combine);
PG_FUNCTION_INFO_V1(node_log_final);
PG_FUNCTION_INFO_V1(node_log_final_any);
PG_FUNCTION_INFO_V1(journey_next_node);

/* Input or output function of the type of the values. */
typedef struct ValueType
{
	Oid			type;
	Oid			ioparam;
	FmgrInfo	proc;
} ValueType;

/* The type of the values, kept for the next call where there is one. */
static ValueType *
value_type(FunctionCallInfo fcinfo, int argno, bool input)
{
	ValueType  *known = fcinfo->flinfo->fn_extra;
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not determine the type of the values of next_node"),
				 errhint("Cast the values to text: next_node(..., value::text, ...).")));
	if (known == NULL || known->type != type)
	{
		Oid			func;
		bool		varlena;

		if (known == NULL)
			known = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ValueType));
		if (input)
			getTypeInputInfo(type, &func, &known->ioparam);
		else
			getTypeOutputInfo(type, &func, &varlena);
		fmgr_info_cxt(func, &known->proc, fcinfo->flinfo->fn_mcxt);
		known->type = type;
		fcinfo->flinfo->fn_extra = known;
	}
	return known;
}

/*
 * Where the settings would lose something on the way to text and back, changes
 * them until lossless_end.
 */
static int
lossless_begin(void)
{
	int			level;

	if (DateStyle == USE_ISO_DATES && IntervalStyle == INTSTYLE_POSTGRES && extra_float_digits >= 1)
		return 0;
	level = NewGUCNestLevel();
	set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	set_config_option("extra_float_digits", "3", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

static void
lossless_end(int level)
{
	if (level != 0)
		AtEOXact_GUC(true, level);
}

/* What this row asks: (state, direction, base, at, value, base_condition, events). */
static void
plan_args(FunctionCallInfo fcinfo, NodePlan *plan, uint64 *mask)
{
	text	   *direction;
	text	   *base;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of next_node must not be null", PG_ARGISNULL(1) ? "direction" : "base")));
	if (PG_ARGISNULL(6))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("events of next_node must not be null")));
	direction = PG_GETARG_TEXT_PP(1);
	base = PG_GETARG_TEXT_PP(2);
	node_plan_parse(plan, VARDATA_ANY(direction), VARSIZE_ANY_EXHDR(direction),
					VARDATA_ANY(base), VARSIZE_ANY_EXHDR(base), NULL);
	if (!rowlog_conditions(PG_GETARG_DATUM(6), mask, &plan->nevents) && plan->nevents <= NODE_LOG_MAX_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("events of next_node must be a one-dimensional array")));
}

/* The state of argument 0 as one that may be changed, if it asks the same. */
static NodeLog *
own_state(FunctionCallInfo fcinfo, const NodePlan *plan)
{
	NodeLog    *log;
	NodePlan	known;

	if (PG_ARGISNULL(0))
	{
		node_plan_check(plan, NULL);
		return node_log_new(plan);
	}
	log = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_NODE_LOG(0) :
		(NodeLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	node_log_plan(log, &known);
	if (known.base != plan->base || known.backward != plan->backward ||
		known.keep_nulls != plan->keep_nulls || known.nevents != plan->nevents)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("direction, base and number of events of next_node must be the same for all rows of a group")));
	return log;
}

static Datum
accum(FunctionCallInfo fcinfo, bool any)
{
	NodePlan	plan;
	uint64		mask;
	NodeLog    *log;
	int64		at;
	bool		can_be_base = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);

	plan_args(fcinfo, &plan, &mask);
	log = own_state(fcinfo, &plan);
	if (PG_ARGISNULL(3) || (PG_ARGISNULL(4) && !plan.keep_nulls))
		PG_RETURN_POINTER(log);
	at = PG_GETARG_TIMESTAMPTZ(3);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of an event must be finite"),
				 errhint("Leave out the rows whose time is not known: WHERE isfinite(at).")));

	if (PG_ARGISNULL(4))
		log = node_log_add(log, at, mask, can_be_base, NULL, -1);
	else if (any)
	{
		int			level = lossless_begin();
		char	   *value = OutputFunctionCall(&value_type(fcinfo, 4, false)->proc, PG_GETARG_DATUM(4));

		lossless_end(level);
		log = node_log_add(log, at, mask, can_be_base, value, strlen(value));
	}
	else
	{
		text	   *value = PG_GETARG_TEXT_PP(4);

		log = node_log_add(log, at, mask, can_be_base, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
	PG_RETURN_POINTER(log);
}

/* node_log_accum(state, direction, base, at, value text, base_condition, events) */
Datum
node_log_accum(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, false);
}

/* node_log_accum_any(state, direction, base, at, value anyelement, base_condition, events) */
Datum
node_log_accum_any(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, true);
}

/* node_log_combine(state, state), strict */
Datum
node_log_combine(PG_FUNCTION_ARGS)
{
	NodeLog    *log = (NodeLog *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	NodeLog    *other = PG_GETARG_NODE_LOG(1);
	const NodeRow **rows = node_log_rows(other);

	if (log->base != other->base || log->flags != other->flags || log->nevents != other->nevents)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("states of next_node that ask different things cannot be combined")));
	for (uint32 i = 0; i < other->nrows; i++)
		log = node_log_add(log, rows[i]->at, rows[i]->mask, rows[i]->can_be_base, rows[i]->value, rows[i]->len);
	PG_RETURN_POINTER(log);
}

/* The row that answers, or NULL. */
static const NodeRow *
answer(const NodeLog *log)
{
	const NodeRow **rows = node_log_rows(log);
	NextNodeRow *nodes = palloc_extended(sizeof(NextNodeRow) * Max(log->nrows, 1), MCXT_ALLOC_HUGE);
	int64		found;

	for (uint32 i = 0; i < log->nrows; i++)
	{
		nodes[i].mask = rows[i]->mask;
		nodes[i].can_be_base = rows[i]->can_be_base;
	}
	found = nextnode_find(nodes, log->nrows, log->nevents, (NextNodeBase) log->base,
						  (log->flags & NODE_LOG_BACKWARD) != 0);
	return found < 0 || rows[found]->len < 0 ? NULL : rows[found];
}

/* node_log_final(state), strict: the value as text */
Datum
node_log_final(PG_FUNCTION_ARGS)
{
	const NodeRow *row = answer(PG_GETARG_NODE_LOG(0));

	if (row == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(row->value, row->len));
}

/* node_log_final_any(state, and nulls of the types of the arguments): the value in its own type */
Datum
node_log_final_any(PG_FUNCTION_ARGS)
{
	const NodeRow *row;
	ValueType  *type;
	int			level;
	Datum		result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	row = answer(PG_GETARG_NODE_LOG(0));
	if (row == NULL)
		PG_RETURN_NULL();
	type = value_type(fcinfo, 4, true);
	level = lossless_begin();
	result = InputFunctionCall(&type->proc, pnstrdup(row->value, row->len), type->ioparam, -1);
	lossless_end(level);
	PG_RETURN_DATUM(result);
}

/* journey_next_node(journey, direction, base, VARIADIC labels), strict */
Datum
journey_next_node(PG_FUNCTION_ARGS)
{
	JourneyView view;
	const JourneyLabel *labels;
	text	   *direction = PG_GETARG_TEXT_PP(1);
	text	   *base = PG_GETARG_TEXT_PP(2);
	NodePlan	plan;
	Datum	   *elems;
	bool	   *nulls;
	uint64	   *masks;
	NextNodeRow *nodes;
	int64		found;

	node_plan_parse(&plan, VARDATA_ANY(direction), VARSIZE_ANY_EXHDR(direction),
					VARDATA_ANY(base), VARSIZE_ANY_EXHDR(base), NULL);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &plan.nevents);
	node_plan_check(&plan, NULL);

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);
	masks = palloc0(sizeof(uint64) * Max(view.nlabels, 1));
	for (int i = 0; i < plan.nevents; i++)
	{
		text	   *label;
		int			num;

		/* a null is no label, so nothing meets it */
		if (nulls[i])
			continue;
		label = DatumGetTextPP(elems[i]);
		num = journey_view_find(&view, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
		if (num >= 0)
			masks[num] |= UINT64CONST(1) << i;
	}
	nodes = palloc_extended(sizeof(NextNodeRow) * Max(view.n, 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < view.n; i++)
	{
		nodes[i].mask = masks[journey_view_num(&view, i)];
		nodes[i].can_be_base = true;
	}
	found = nextnode_find(nodes, view.n, plan.nevents, plan.base, plan.backward);
	if (found < 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(labels[journey_view_num(&view, found)].data,
											  labels[journey_view_num(&view, found)].len));
}
