/*
 * agg.c
 *		The aggregate attribution_agg, and sums of touch_paths.
 *
 * The state is a touch_paths: with hash tables while the executor keeps it,
 * packed wherever else it goes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "attribution/attribution.h"

PG_FUNCTION_INFO_V1(touch_paths_accum);
PG_FUNCTION_INFO_V1(touch_paths_accum_label);
PG_FUNCTION_INFO_V1(touch_paths_accum_path);
PG_FUNCTION_INFO_V1(touch_paths_combine);
PG_FUNCTION_INFO_V1(touch_paths_final);
PG_FUNCTION_INFO_V1(touch_paths_plus);
PG_FUNCTION_INFO_V1(touch_paths_total);

/* The state of argument 0 as one that may be changed. */
static TouchPaths *
own_state(FunctionCallInfo fcinfo)
{
	TouchPaths *paths;

	if (PG_ARGISNULL(0))
		return touch_paths_new();
	paths = PG_GETARG_TOUCH_PATHS(0);
	if (paths->nodeslots > 0 && AggCheckCallContext(fcinfo, NULL))
		return paths;
	return touch_paths_open(paths);
}

/* Outside an aggregate nobody should meet a value that is not packed. */
static Datum
state_result(FunctionCallInfo fcinfo, TouchPaths *paths)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(paths);
	PG_RETURN_POINTER(touch_paths_pack(paths));
}

/* The value of conversions from a numeric. */
void
touch_amount(Datum value, Amount *amount)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, value));

	if (text[0] == '-')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value of a conversion must not be negative")));
	if (text[0] < '0' || text[0] > '9')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value of a conversion must be finite")));
	if (!amount_read(text, strlen(text), amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of a conversion is out of range"),
				 errdetail("It must be below 2^63 and have at most 18 decimal places.")));
	pfree(text);
}

/* The optional argument of that number, NULL being none. */
static void
value_argument(FunctionCallInfo fcinfo, int arg, Amount *value)
{
	memset(value, 0, sizeof(Amount));
	if (PG_NARGS() > arg && !PG_ARGISNULL(arg))
		touch_amount(PG_GETARG_DATUM(arg), value);
}

/* Adds the path of a span of touches; map has the channel of each label of the journey, or -1 as long as it is unknown. */
static TouchPaths *
add_span(TouchPaths *paths, const TouchWalk *walk, const TouchSpan *span, const JourneyLabel *labels, int64 *map,
		 bool converted, const Amount *value)
{
	static const Amount nothing = {0, 0};
	uint32		node = 0;

	for (uint32 i = span->from; i < span->to; i++)
	{
		uint32		label = walk->label[i];

		if ((i & 0xFFFF) == 0xFFFF)
			CHECK_FOR_INTERRUPTS();
		if (map[label] < 0)
		{
			uint32		channel;

			paths = touch_paths_channel(paths, labels[label].data, labels[label].len, &channel);
			map[label] = channel;
		}
		paths = touch_paths_child(paths, node, (uint32) map[label], &node);
	}
	touch_paths_count(paths, node, converted ? 1 : 0, converted ? 0 : 1, converted ? value : &nothing);
	return paths;
}

/* Adds the spans of a journey; without a label or a time in the question, converted says whether it is one. */
static TouchPaths *
add_journey(TouchPaths *paths, const struct varlena *journey, const TouchQuestion *question, bool converted,
			const Amount *value)
{
	JourneyView view;
	TouchWalk	walk;
	TouchSpan	span;
	const JourneyLabel *labels;
	int64	   *map;

	journey_view_init(&view, journey);
	labels = journey_view_labels(&view);
	map = palloc(sizeof(int64) * Max(view.nlabels, 1));
	for (int i = 0; i < view.nlabels; i++)
		map[i] = -1;
	touch_walk_begin(&walk, question, &view);
	while (touch_walk_next(&walk, &span))
		paths = add_span(paths, &walk, &span, labels, map, question->has_label ? span.converted : converted, value);
	return paths;
}

/* touch_paths_accum(state, journey, converted [, value]) */
Datum
touch_paths_accum(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = own_state(fcinfo);
	TouchQuestion question = {0};
	Amount		value;

	value_argument(fcinfo, 3, &value);
	if (!PG_ARGISNULL(1))
		paths = add_journey(paths, PG_GETARG_JOURNEY_PP(1), &question, !PG_ARGISNULL(2) && PG_GETARG_BOOL(2), &value);
	return state_result(fcinfo, paths);
}

/* touch_paths_accum_label(state, journey, conversion [, value [, lookback, channels, every_conversion]]) */
Datum
touch_paths_accum_label(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = own_state(fcinfo);
	TouchQuestion question = {0};
	Amount		value;
	text	   *label;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("label of the conversion must not be null")));
	label = PG_GETARG_TEXT_PP(2);
	question.has_label = true;
	question.label.data = VARDATA_ANY(label);
	question.label.len = VARSIZE_ANY_EXHDR(label);
	value_argument(fcinfo, 3, &value);
	if (PG_NARGS() > 4)
	{
		if (!PG_ARGISNULL(4))
			question.lookback = PG_GETARG_INTERVAL_P(4);
		if (!PG_ARGISNULL(5))
		{
			question.has_channels = true;
			journey_label_set(&question.channels, PG_GETARG_ARRAYTYPE_P(5));
		}
		question.every = !PG_ARGISNULL(6) && PG_GETARG_BOOL(6);
	}
	touch_question_check(&question);
	if (!PG_ARGISNULL(1))
		paths = add_journey(paths, PG_GETARG_JOURNEY_PP(1), &question, false, &value);
	return state_result(fcinfo, paths);
}

/* touch_paths_accum_path(state, path, converted, lost [, value]): so many customers with a path */
Datum
touch_paths_accum_path(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = own_state(fcinfo);
	int64		converted = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	int64		lost = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);
	Amount		value;
	uint32		node = 0;
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	if (converted < 0 || lost < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of customers must not be negative")));
	value_argument(fcinfo, 4, &value);
	if (converted == 0 && (value.whole > 0 || value.fraction > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a path that nobody converted after cannot have a value")));
	if (PG_ARGISNULL(1) || (converted == 0 && lost == 0))
		return state_result(fcinfo, paths);

	if (ARR_NDIM(PG_GETARG_ARRAYTYPE_P(1)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("path of touches must have one dimension")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		text	   *channel;
		uint32		num;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("path of touches must not contain nulls")));
		channel = DatumGetTextPP(elems[i]);
		journey_check_label(VARSIZE_ANY_EXHDR(channel));
		paths = touch_paths_channel(paths, VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel), &num);
		paths = touch_paths_child(paths, node, num, &node);
	}
	touch_paths_count(paths, node, converted, lost, &value);
	return state_result(fcinfo, paths);
}

/* touch_paths_combine(state, state), strict: also the transition of rollup */
Datum
touch_paths_combine(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = own_state(fcinfo);

	return state_result(fcinfo, touch_paths_merge(paths, PG_GETARG_TOUCH_PATHS(1)));
}

/* touch_paths_final(state), strict: the state packed */
Datum
touch_paths_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(touch_paths_pack(PG_GETARG_TOUCH_PATHS(0)));
}

/* touch_paths + touch_paths, strict */
Datum
touch_paths_plus(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = touch_paths_open(PG_GETARG_TOUCH_PATHS(0));

	PG_RETURN_POINTER(touch_paths_pack(touch_paths_merge(paths, PG_GETARG_TOUCH_PATHS(1))));
}

/* total(touch_paths), strict */
Datum
touch_paths_total(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = PG_GETARG_TOUCH_PATHS(0);

	PG_RETURN_INT64(paths->converted + paths->lost);
}
