/*
 * steps.c
 *		cohort_steps and flow_steps: the conversions of one journey as rows.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/conversion.h"
#include "core/timespan.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(conversion_cohort_steps);
PG_FUNCTION_INFO_V1(conversion_flow_steps);

#define CONVERSION_MAX_STEPS	1000

/* The steps that are asked about, and a journey in terms of them. */
typedef struct StepRows
{
	int			nsteps;
	JourneyLabel *labels;		/* of the steps */
	bool		implied;
	int			target;			/* -1: the next step */
	uint32		n;				/* entries up to as_of */
	int		   *steps;			/* by entry */
	int64	   *at;

	/* cohort_steps */
	int64	   *entered;
	int64	   *converted;
	int64	   *until;
	int			step;			/* the one that comes next */

	/* flow_steps */
	JourneyView view;
	const JourneyLabel *names;	/* of the journey */
	ConversionFlow flow;
} StepRows;

static bool
same_label(const JourneyLabel *a, const JourneyLabel *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static Datum
label_datum(const JourneyLabel *label)
{
	return PointerGetDatum(cstring_to_text_with_len(label->data, label->len));
}

/* The steps in an array of labels. */
static void
read_steps(StepRows *rows, ArrayType *array)
{
	Datum	   *elems;
	bool	   *nulls;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("steps must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &rows->nsteps);
	if (rows->nsteps < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("conversion needs at least two steps")));
	if (rows->nsteps > CONVERSION_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("conversion has too many steps"),
				 errdetail("It has %d; at most %d are allowed.", rows->nsteps, CONVERSION_MAX_STEPS)));
	rows->labels = palloc(sizeof(JourneyLabel) * rows->nsteps);
	for (int i = 0; i < rows->nsteps; i++)
	{
		text	   *label;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("step must not be null"),
					 errdetail("Step %d is null.", i + 1)));
		label = DatumGetTextPP(elems[i]);
		rows->labels[i].data = VARDATA_ANY(label);
		rows->labels[i].len = VARSIZE_ANY_EXHDR(label);
		journey_check_label(rows->labels[i].len);
		for (int j = 0; j < i; j++)
		{
			if (same_label(&rows->labels[i], &rows->labels[j]))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("step \"%.*s\" is given twice", rows->labels[i].len, rows->labels[i].data)));
		}
	}
}

static bool
read_reach(const text *reach)
{
	const char *word = VARDATA_ANY(reach);
	int			len = VARSIZE_ANY_EXHDR(reach);

	if (len == 7 && memcmp(word, "implied", 7) == 0)
		return true;
	if (len != 6 || memcmp(word, "strict", 6) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown reach \"%.*s\"", len, word),
				 errhint("It is \"strict\" (a step counts when it was visited) or \"implied\" (a later step implies the earlier ones).")));
	return false;
}

/*
 * The arguments both functions begin with: journey, steps, reach, as_of.
 * Null where the journey is, and then there are no rows.
 */
static StepRows *
read_arguments(FunctionCallInfo fcinfo)
{
	StepRows   *rows = palloc0(sizeof(StepRows));
	int		   *steps;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("steps must not be null")));
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("reach must not be null")));
	read_steps(rows, PG_GETARG_ARRAYTYPE_P(1));
	rows->implied = read_reach(PG_GETARG_TEXT_PP(2));
	if (!PG_ARGISNULL(3))
		journey_check_as_of(PG_GETARG_TIMESTAMPTZ(3));
	if (PG_ARGISNULL(0))
		return NULL;

	journey_view_init(&rows->view, PG_GETARG_JOURNEY_PP(0));
	rows->names = journey_view_labels(&rows->view);
	steps = palloc(sizeof(int) * Max(rows->view.nlabels, 1));
	for (int i = 0; i < rows->view.nlabels; i++)
	{
		steps[i] = -1;
		for (int k = 0; k < rows->nsteps && steps[i] < 0; k++)
		{
			if (same_label(&rows->names[i], &rows->labels[k]))
				steps[i] = k;
		}
	}
	rows->n = PG_ARGISNULL(3) ? rows->view.n : journey_view_upto(&rows->view, PG_GETARG_TIMESTAMPTZ(3));
	rows->steps = palloc_extended(sizeof(int) * Max(rows->n, 1), MCXT_ALLOC_HUGE);
	rows->at = palloc_extended(sizeof(int64) * Max(rows->n, 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < rows->n; i++)
	{
		rows->steps[i] = steps[journey_view_num(&rows->view, i)];
		rows->at[i] = journey_view_at(&rows->view, i);
	}
	return rows;
}

/* A duration to convert in. */
static const Interval *
read_within(const Interval *within)
{
	if (within->month < 0 || within->day < 0 || within->time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within must not be negative or of mixed signs")));
	return within;
}

static int
read_target(const StepRows *rows, const text *target)
{
	JourneyLabel label = {VARDATA_ANY(target), VARSIZE_ANY_EXHDR(target)};

	for (int k = 1; k < rows->nsteps; k++)
	{
		if (same_label(&label, &rows->labels[k]))
			return k;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("target \"%.*s\" must be one of the steps, and not the first", label.len, label.data)));
	return -1;
}

/*
 * cohort_steps(journey, steps, reach, as_of, within, target): each step that
 * this customer entered, and when its target was reached.
 */
static StepRows *
cohort_rows(FunctionCallInfo fcinfo)
{
	StepRows   *rows = read_arguments(fcinfo);
	const Interval *within = PG_ARGISNULL(4) ? NULL : read_within(PG_GETARG_INTERVAL_P(4));
	int64		as_of = PG_ARGISNULL(3) ? PG_INT64_MAX : PG_GETARG_TIMESTAMPTZ(3);

	if (rows == NULL)
		return NULL;
	rows->target = PG_ARGISNULL(5) ? -1 : read_target(rows, PG_GETARG_TEXT_PP(5));
	rows->entered = palloc(sizeof(int64) * rows->nsteps);
	rows->converted = palloc(sizeof(int64) * rows->nsteps);
	rows->until = palloc(sizeof(int64) * rows->nsteps);
	conversion_cohort(rows->steps, rows->at, rows->n, rows->nsteps, rows->implied, rows->target,
					  rows->entered, rows->converted, rows->until);
	for (int k = 0; k < rows->nsteps; k++)
	{
		rows->until[k] = as_of;
		if (within != NULL && rows->entered[k] != CONVERSION_NEVER)
		{
			int64		end = timespan_add(rows->entered[k], within, 1);

			rows->until[k] = Min(as_of, end);
			if (rows->converted[k] != CONVERSION_NEVER && rows->converted[k] > end)
				rows->converted[k] = CONVERSION_NEVER;
		}
	}
	return rows;
}

Datum
conversion_cohort_steps(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	StepRows   *rows;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "rows of steps need a composite result");
		context->tuple_desc = BlessTupleDesc(desc);
		context->user_fctx = cohort_rows(fcinfo);
		MemoryContextSwitchTo(before);
	}
	context = SRF_PERCALL_SETUP();
	rows = context->user_fctx;

	for (; rows != NULL && rows->step < rows->nsteps; rows->step++)
	{
		int			k = rows->step;
		Datum		values[6];
		bool		nulls[6] = {false};

		if (rows->entered[k] == CONVERSION_NEVER)
			continue;
		values[0] = Int32GetDatum(k + 1);
		values[1] = label_datum(&rows->labels[k]);
		values[2] = label_datum(&rows->labels[rows->target >= 0 ? rows->target : k + 1]);
		values[3] = TimestampTzGetDatum(rows->entered[k]);
		values[4] = TimestampTzGetDatum(rows->converted[k]);
		nulls[4] = rows->converted[k] == CONVERSION_NEVER;
		/* what is beyond the last timestamp is watched for ever */
		values[5] = TimestampTzGetDatum(rows->until[k]);
		nulls[5] = !IS_VALID_TIMESTAMP(rows->until[k]);
		rows->step++;
		SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
	}
	SRF_RETURN_DONE(context);
}

/* flow_steps(journey, steps, reach, as_of): each move out of a step. */
Datum
conversion_flow_steps(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	StepRows   *rows;
	ConversionMove move;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "rows of steps need a composite result");
		context->tuple_desc = BlessTupleDesc(desc);
		rows = read_arguments(fcinfo);
		if (rows != NULL)
			conversion_flow_init(&rows->flow, rows->steps, rows->n, rows->nsteps, rows->implied);
		context->user_fctx = rows;
		MemoryContextSwitchTo(before);
	}
	context = SRF_PERCALL_SETUP();
	rows = context->user_fctx;

	if (rows != NULL && conversion_flow_next(&rows->flow, &move))
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum(move.step + 1);
		values[1] = label_datum(&rows->labels[move.step]);
		values[2] = label_datum(&rows->labels[move.step + 1]);
		values[3] = TimestampTzGetDatum(rows->at[move.entry]);
		values[4] = label_datum(&rows->names[journey_view_num(&rows->view, move.entry)]);
		values[5] = BoolGetDatum(move.converted);
		SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
	}
	SRF_RETURN_DONE(context);
}
