/*
 * rule.c
 *		attribution(journey, model, ...): the credits of one customer's touches.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "attribution/attribution.h"
#include "core/timespan.h"

PG_FUNCTION_INFO_V1(attribution_journey);

#define DEFAULT_HALF_LIFE	(7 * USECS_PER_DAY)

#define RULE_NAMES "first, last, last_non, linear, linear_distinct, position, time_decay, time_decay_stepped"

static const struct
{
	const char *name;
	AttributionRule rule;
}			rules[] =
{
	{"first", RULE_FIRST},
	{"last", RULE_LAST},
	{"last_non", RULE_LAST},
	{"linear", RULE_LINEAR},
	{"linear_distinct", RULE_LINEAR_DISTINCT},
	{"position", RULE_POSITION},
	{"time_decay", RULE_TIME_DECAY},
	{"time_decay_stepped", RULE_TIME_DECAY_STEPPED},
};

/* One row to come. */
typedef struct CreditRow
{
	uint32		label;
	int32		touches;
	int64		units;
	int32		nth;
	int64		at;
} CreditRow;

typedef struct CreditState
{
	const JourneyLabel *labels;
	CreditRow  *rows;
	Datum		value;			/* numeric, or 0 for none */
} CreditState;

bool
touch_model_is(const text *model, const char *name)
{
	return VARSIZE_ANY_EXHDR(model) == strlen(name) && memcmp(VARDATA_ANY(model), name, strlen(name)) == 0;
}

/*
 * The rule of that name with its options, NULL where they are not given.
 * totals tells whether the models for many paths were possible, too.
 */
void
touch_rule_options(AttributionOptions *options, const text *model, bool totals, bool skips, ArrayType *shares,
				   const Interval *half_life)
{
	int			found = -1;

	for (int i = 0; i < (int) lengthof(rules) && found < 0; i++)
	{
		if (touch_model_is(model, rules[i].name))
			found = i;
	}
	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown attribution model \"%.*s\"", (int) VARSIZE_ANY_EXHDR(model), VARDATA_ANY(model)),
				 totals ? errhint("The models are %s, markov, shapley and shapley_rate.",
								  "first, last, last_non, linear, linear_distinct, position") :
				 errhint("The models of one journey are %s; markov, shapley and shapley_rate are models of the paths that attribution_agg counts.",
						 RULE_NAMES)));
	memset(options, 0, sizeof(AttributionOptions));
	options->rule = rules[found].rule;

	if (touch_model_is(model, "last_non") && !skips)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("attribution model \"last_non\" needs the channels to skip")));

	if (shares != NULL && options->rule != RULE_POSITION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares are an option of attribution model \"position\" only")));
	if (shares != NULL)
	{
		Datum	   *elems;
		bool	   *nulls;
		int			n;
		Datum		zero = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));
		Datum		sum = zero;
		double		share[3];

		deconstruct_array(shares, NUMERICOID, -1, false, TYPALIGN_INT, &elems, &nulls, &n);
		if (ARR_NDIM(shares) != 1 || n != 3)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("shares must be three: of the first touch, of those in the middle, of the last")));
		for (int i = 0; i < 3; i++)
		{
			if (nulls[i])
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("shares must not contain nulls")));
			if (numeric_is_nan(DatumGetNumeric(elems[i])) || numeric_is_inf(DatumGetNumeric(elems[i])) ||
				DatumGetBool(DirectFunctionCall2(numeric_lt, elems[i], zero)))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("shares must be between 0 and 1")));
			sum = DirectFunctionCall2(numeric_add, sum, elems[i]);
			share[i] = DatumGetFloat8(DirectFunctionCall1(numeric_float8, elems[i]));
		}
		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, sum, DirectFunctionCall1(int4_numeric, Int32GetDatum(1)))))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("shares must add up to 1"),
					 errdetail("Their sum is %s.", DatumGetCString(DirectFunctionCall1(numeric_out, sum)))));
		options->first = share[0];
		options->middle = share[1];
		options->last = share[2];
	}
	else
	{
		options->first = options->last = 0.4;
		options->middle = 0.2;
	}

	options->half_life = DEFAULT_HALF_LIFE;
	if (half_life != NULL && options->rule != RULE_TIME_DECAY && options->rule != RULE_TIME_DECAY_STEPPED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life is an option of attribution models \"time_decay\" and \"time_decay_stepped\" only")));
	if (half_life != NULL)
	{
		int64		days;

		if (INTERVAL_IS_NOBEGIN(half_life) || INTERVAL_IS_NOEND(half_life))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("half-life must be finite")));
		if (half_life->month != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("half-life must not have months"),
					 errdetail("Months and years differ in length."),
					 errhint("Use days, such as '30 days'.")));
		if (pg_mul_s64_overflow(half_life->day, USECS_PER_DAY, &days) ||
			pg_add_s64_overflow(days, half_life->time, &options->half_life))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("half-life is out of range")));
		if (options->half_life <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("half-life must be greater than zero")));
	}
}

/* A numeric of so many units of 10^-decimals, without zeros at its end. */
Datum
touch_share(int64 units, int decimals)
{
	return DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(int64_div_fast_to_numeric(units, decimals)));
}

/* The rows of a span, behind those that are there; place[] is -1 for every label. */
static void
credit_span(CreditRow *rows, uint32 *nrows, const TouchWalk *walk, const TouchSpan *span, int32 nth,
			const AttributionOptions *options, const JourneyLabelSet *skip, const JourneyLabel *labels, int32 *place)
{
	uint32		n = span->to - span->from;
	uint32	   *channel = palloc_extended(sizeof(uint32) * (Size) n, MCXT_ALLOC_HUGE);
	CreditRow  *mine = rows + *nrows;
	int			nchannels = 0;
	bool	   *skipped = NULL;
	double	   *weights;
	int64	   *units;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		label = walk->label[span->from + i];

		if (place[label] < 0)
		{
			mine[nchannels].label = label;
			mine[nchannels].touches = 0;
			mine[nchannels].nth = nth;
			mine[nchannels].at = span->at;
			place[label] = nchannels++;
		}
		channel[i] = place[label];
		mine[channel[i]].touches++;
	}
	if (skip->n > 0)
	{
		skipped = palloc(sizeof(bool) * nchannels);
		for (int i = 0; i < nchannels; i++)
			skipped[i] = journey_label_set_find(skip, &labels[mine[i].label]) >= 0;
	}
	weights = palloc(sizeof(double) * nchannels);
	units = palloc(sizeof(int64) * nchannels);
	attribution_weights(options, n, channel, walk->at + span->from, span->at, nchannels, skipped, weights);
	attribution_apportion(weights, nchannels, ATTRIBUTION_ONE, units);
	for (int i = 0; i < nchannels; i++)
	{
		mine[i].units = units[i];
		place[mine[i].label] = -1;
	}
	*nrows += nchannels;
	pfree(channel);
	pfree(weights);
	pfree(units);
}

/*
 * All rows of a journey.  Per span there are not more rows than touches, and
 * no touch is in two spans.
 */
static void
credit_rows(FuncCallContext *context, const struct varlena *journey, const TouchQuestion *question,
			const AttributionOptions *options, const JourneyLabelSet *skip)
{
	CreditState *state = context->user_fctx;
	JourneyView view;
	TouchWalk	walk;
	TouchSpan	span;
	int32	   *place;
	uint32		nrows = 0;
	int32		nth = 0;

	journey_view_init(&view, journey);
	state->labels = journey_view_labels(&view);
	place = palloc(sizeof(int32) * Max(view.nlabels, 1));
	for (int i = 0; i < view.nlabels; i++)
		place[i] = -1;
	touch_walk_begin(&walk, question, &view);
	state->rows = palloc_extended(sizeof(CreditRow) * Max((Size) walk.ntouches, 1), MCXT_ALLOC_HUGE);
	while (touch_walk_next(&walk, &span))
	{
		/* a journey without word of a conversion is one that converted with its last touch */
		if (!span.converted && question->has_label)
			break;
		nth++;
		if (span.to > span.from)
			credit_span(state->rows, &nrows, &walk, &span, nth, options, skip, state->labels, place);
	}
	context->max_calls = nrows;
}

/*
 * attribution(journey, model, conversion, converted_at, value, lookback,
 * channels, skip, shares, half_life, every_conversion)
 */
Datum
attribution_journey(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	CreditState *state;
	const CreditRow *row;
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		TouchQuestion question = {0};
		AttributionOptions options;
		JourneyLabelSet skip = {0};
		MemoryContext before;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "credits need a composite result");
		context->tuple_desc = BlessTupleDesc(desc);
		context->max_calls = 0;
		context->user_fctx = state = palloc0(sizeof(CreditState));

		if (PG_ARGISNULL(1) || PG_ARGISNULL(10))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 PG_ARGISNULL(1) ? errmsg("attribution model must not be null") :
					 errmsg("whether every conversion counts must not be null")));
		if (!PG_ARGISNULL(2))
		{
			text	   *label = PG_GETARG_TEXT_PP(2);

			question.has_label = true;
			question.label.data = VARDATA_ANY(label);
			question.label.len = VARSIZE_ANY_EXHDR(label);
		}
		if (!PG_ARGISNULL(3))
		{
			question.has_at = true;
			question.converted_at = PG_GETARG_TIMESTAMPTZ(3);
		}
		if (!PG_ARGISNULL(4))
		{
			state->value = PointerGetDatum(PG_GETARG_NUMERIC_COPY(4));
			if (numeric_is_nan(DatumGetNumeric(state->value)) || numeric_is_inf(DatumGetNumeric(state->value)))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("value of a conversion must be finite")));
		}
		if (!PG_ARGISNULL(5))
			question.lookback = PG_GETARG_INTERVAL_P(5);
		if (!PG_ARGISNULL(6))
		{
			question.has_channels = true;
			journey_label_set(&question.channels, PG_GETARG_ARRAYTYPE_P(6));
		}
		if (!PG_ARGISNULL(7))
			journey_label_set(&skip, PG_GETARG_ARRAYTYPE_P(7));
		question.every = PG_GETARG_BOOL(10);
		touch_question_check(&question);
		touch_rule_options(&options, PG_GETARG_TEXT_PP(1), false, skip.n > 0, PG_ARGISNULL(8) ? NULL : PG_GETARG_ARRAYTYPE_P(8),
						   PG_ARGISNULL(9) ? NULL : PG_GETARG_INTERVAL_P(9));
		if (!PG_ARGISNULL(0))
			credit_rows(context, PG_GETARG_JOURNEY_PP(0), &question, &options, &skip);
		MemoryContextSwitchTo(before);
	}
	context = SRF_PERCALL_SETUP();
	if (context->call_cntr >= context->max_calls)
		SRF_RETURN_DONE(context);
	state = context->user_fctx;
	row = &state->rows[context->call_cntr];
	values[0] = PointerGetDatum(cstring_to_text_with_len(state->labels[row->label].data, state->labels[row->label].len));
	values[1] = Int32GetDatum(row->touches);
	values[2] = touch_share(row->units, ATTRIBUTION_DECIMALS);
	nulls[3] = state->value == 0;
	if (!nulls[3])
		values[3] = DirectFunctionCall1(numeric_trim_scale, DirectFunctionCall2(numeric_mul, values[2], state->value));
	values[4] = Int32GetDatum(row->nth);
	values[5] = TimestampTzGetDatum(row->at);
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}
