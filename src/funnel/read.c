/*
 * read.c
 *		Journeys as rows of the chain algorithm, and what one journey answers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_level);
PG_FUNCTION_INFO_V1(funnel_times);
PG_FUNCTION_INFO_V1(funnel_reached);

/* The masks of the labels of a journey, by label number. */
static void
read_masks(const FunnelQuestion *question, const JourneyView *view, uint64 *masks)
{
	static const uint64 keep[] = {
#ifdef WORDS_BIGENDIAN
		UINT64CONST(0), UINT64CONST(0xff00000000000000), UINT64CONST(0xffff000000000000),
		UINT64CONST(0xffffff0000000000), UINT64CONST(0xffffffff00000000), UINT64CONST(0xffffffffff000000),
		UINT64CONST(0xffffffffffff0000), UINT64CONST(0xffffffffffffff00), UINT64CONST(0xffffffffffffffff)
#else
		UINT64CONST(0), UINT64CONST(0xff), UINT64CONST(0xffff), UINT64CONST(0xffffff), UINT64CONST(0xffffffff),
		UINT64CONST(0xffffffffff), UINT64CONST(0xffffffffffff), UINT64CONST(0xffffffffffffff),
		UINT64CONST(0xffffffffffffffff)
#endif
	};
	const uint8 *p = view->dict;
	const uint8 *safe = view->offs + (Size) view->n * view->offwidth - 8;

	for (int i = 0; i < view->nlabels; i++)
	{
		int			len = *p++;
		uint64		prefix = 0;
		uint64		mask = 0;

		/* of a short label, more than it is read, as long as that is inside the value, and forgotten */
		if (likely(p <= safe))
		{
			memcpy(&prefix, p, 8);
			prefix &= keep[Min(len, 8)];
		}
		else
			memcpy(&prefix, p, Min(len, 8));

		if (likely(question->factor != 0))
		{
			const FunnelLabel *label = &question->table[funnel_label_hash(prefix, len, question->factor)];

			/* no branch: whether a label is a step is hard to foresee */
			mask = label->mask & -(uint64) ((label->prefix == prefix) & (label->label.len == len));
			if (unlikely(len > 8) && mask != 0 && memcmp(label->label.data + 8, p + 8, len - 8) != 0)
				mask = 0;
		}
		else
		{
			for (int j = 0; j < question->nlabels; j++)
			{
				const FunnelLabel *label = &question->labels[j];

				if (label->label.len == len && memcmp(label->label.data, p, len) == 0)
					mask = label->mask;
			}
		}
		masks[i] = mask;
		p += len;
	}
}

/*
 * The entries of a journey that matter to a question.  They are put on the
 * stack, where there are FUNNEL_STACK_ROWS, or into memory of their own.
 */
ChainRow *
funnel_rows(FunnelQuestion *question, const struct varlena *journey, ChainRow *stack, size_t *n)
{
	const bool	all = chain_needs_all_rows(&question->plan);
	JourneyView view;
	ChainRow   *rows = stack;
	ChainRow   *row;
	uint64	   *masks = question->masks;

	journey_view_init(&view, journey);
	if (view.n > FUNNEL_STACK_ROWS)
		rows = palloc_extended(sizeof(ChainRow) * view.n, MCXT_ALLOC_HUGE);

	if (view.nlabels > (int) lengthof(question->masks))
	{
		masks = palloc(sizeof(uint64) * view.nlabels);
		read_masks(question, &view, masks);
	}
	else if ((Size) question->cached != view.dictsize ||
			 memcmp(question->dict, view.dict, view.dictsize) != 0)
	{
		read_masks(question, &view, masks);
		question->cached = -1;
		if (view.dictsize <= sizeof(question->dict))
		{
			memcpy(question->dict, view.dict, view.dictsize);
			question->cached = view.dictsize;
		}
	}

	/* every entry is written down, but only one that matters stays */
	row = rows;
#ifndef WORDS_BIGENDIAN
	if (view.numwidth == 1 && view.offwidth > 0)
	{
		/* the loop of nearly all journeys, with what does not change in it taken out; see journey_view_at */
		const uint8 *offset = view.offs + view.offwidth - 8;
		const int	shift = 64 - 8 * view.offwidth;

		for (uint32 i = 0; i < view.n; i++, offset += view.offwidth)
		{
			uint64		word;

			memcpy(&word, offset, 8);
			row->at = (int64) ((uint64) view.base + (word >> shift) * (uint64) view.unit);
			row->mask = masks[view.nums[i]];
			row += row->mask != 0 || all;
		}
	}
	else
#endif
	{
		for (uint32 i = 0; i < view.n; i++)
		{
			row->at = journey_view_at(&view, i);
			row->mask = masks[journey_view_num(&view, i)];
			row += row->mask != 0 || all;
		}
	}
	*n = row - rows;
	if (masks != question->masks)
		pfree(masks);
	return rows;
}

/* Ask one journey; false when there is none. */
static bool
ask(FunctionCallInfo fcinfo, bool times, ChainResult *result, int *nsteps)
{
	FunnelQuestion *question = funnel_question_arguments(fcinfo, 1);
	ChainRow	stack[FUNNEL_STACK_ROWS];
	ChainRow   *rows;
	size_t		n;

	if (PG_ARGISNULL(0))
		return false;
	rows = funnel_rows(question, PG_GETARG_JOURNEY_PP(0), stack, &n);
	chain_run(&question->plan, rows, n, times, result);
	if (rows != stack)
		pfree(rows);
	*nsteps = question->plan.opt.nsteps;
	return true;
}

/* funnel_level(journey, steps, within, options): how far this customer came. */
Datum
funnel_level(PG_FUNCTION_ARGS)
{
	ChainResult result;
	int			nsteps;

	if (!ask(fcinfo, false, &result, &nsteps))
		PG_RETURN_NULL();
	PG_RETURN_INT32(result.level);
}

/* funnel_times(journey, steps, within, options): when each step was filled, null where it was not. */
Datum
funnel_times(PG_FUNCTION_ARGS)
{
	ChainResult result;
	int			nsteps;
	Datum		values[CHAIN_MAX_STEPS];
	bool		nulls[CHAIN_MAX_STEPS];
	int			lower = 1;

	if (!ask(fcinfo, true, &result, &nsteps))
		PG_RETURN_NULL();
	for (int i = 0; i < nsteps; i++)
	{
		nulls[i] = result.level == 0 || !(result.filled & (UINT64CONST(1) << i));
		values[i] = nulls[i] ? (Datum) 0 : TimestampTzGetDatum(result.at[i]);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &nsteps, &lower, TIMESTAMPTZOID,
											 sizeof(TimestampTz), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* funnel_reached(journey, steps, within, options): was each step reached? */
Datum
funnel_reached(PG_FUNCTION_ARGS)
{
	ChainResult result;
	int			nsteps;
	Datum		values[CHAIN_MAX_STEPS];

	if (!ask(fcinfo, false, &result, &nsteps))
		PG_RETURN_NULL();
	for (int i = 0; i < nsteps; i++)
		values[i] = BoolGetDatum(result.level > 0 && (result.reached & (UINT64CONST(1) << i)) != 0);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, nsteps, BOOLOID, 1, true, TYPALIGN_CHAR));
}
