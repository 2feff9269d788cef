/*
 * read.c
 *		Journeys as rows of the chain algorithm, and what one journey answers.
 */
#include "postgres.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_level);
PG_FUNCTION_INFO_V1(funnel_times);
PG_FUNCTION_INFO_V1(funnel_reached);

/* Journeys of up to so many entries need no memory of their own. */
#define STACK_ROWS		128

/* Plans are fast for fewer steps than bits, so the last one stands for none. */
#define NO_STEP			(CHAIN_MAX_STEPS - 1)

#define BYTES_01		UINT64CONST(0x0101010101010101)
#define BYTES_7F		UINT64CONST(0x7f7f7f7f7f7f7f7f)

/* The mask of a label when there is no hash for it. */
static uint64
search_label(const FunnelQuestion *question, const uint8 *p, int len)
{
	for (int j = 0; j < question->nlabels; j++)
	{
		const FunnelLabel *label = &question->labels[j];

		if (label->label.len == len && memcmp(label->label.data, p, len) == 0)
			return label->mask;
	}
	return 0;
}

/* Which of the eight bytes of a word a label of so many bytes has. */
static uint64 label_bytes[JOURNEY_MAX_LABEL + 1];

static void
fill_label_bytes(void)
{
	for (int len = JOURNEY_MAX_LABEL; len >= 0; len--)
		memset(&label_bytes[len], 0xff, Min(len, 8));
}

/*
 * The masks of the labels of a journey, by label number.  Also, by step, the
 * number of its label, as far as no label stands for two steps.
 */
static inline void
read_masks(const FunnelQuestion *question, const JourneyView *view, uint64 *masks, uint8 *number)
{
	const uint8 *p = view->dict;
	const int	nlabels = view->nlabels;
	const uint64 factor = question->factor;

	if (unlikely(label_bytes[JOURNEY_MAX_LABEL] == 0))
		fill_label_bytes();

	/* of a short label, more than it is read and forgotten, as long as that is inside the value */
	if (likely(factor != 0 && (Size) view->n * (view->numwidth + view->offwidth) >= 8))
	{
		for (int i = 0; i < nlabels; i++)
		{
			int			len = *p++;
			uint64		prefix;
			const FunnelLabel *label;
			bool		found;

			memcpy(&prefix, p, 8);
			prefix &= label_bytes[len];
			label = &question->table[funnel_label_hash(prefix, len, factor)];
			/* no branch: whether a label is a step is hard to foresee */
			found = (label->prefix == prefix) & (label->label.len == len);
			if (unlikely(len > 8) && found)
				found = memcmp(label->label.data + 8, p + 8, len - 8) == 0;
			masks[i] = label->mask & -(uint64) found;
			/* what is no step goes where there is none */
			number[NO_STEP - ((NO_STEP - label->step) & -(int) found)] = (uint8) i;
			p += len;
		}
	}
	else
	{
		for (int i = 0; i < nlabels; i++)
		{
			int			len = *p++;

			masks[i] = search_label(question, p, len);
			number[masks[i] != 0 ? pg_rightmost_one_pos64(masks[i]) : NO_STEP] = (uint8) i;
			p += len;
		}
	}
}

/* What a dictionary of at most FUNNEL_DICT_LABELS labels means, without its bytes. */
static void
read_dict(const FunnelQuestion *question, const JourneyView *view, FunnelDict *dict)
{
	memset(dict->number, FUNNEL_DICT_LABELS, sizeof(dict->number));
	read_masks(question, view, dict->masks, dict->number);
	if (question->repeats)
	{
		for (int i = 0; i < view->nlabels; i++)
		{
			for (uint64 m = dict->masks[i]; m != 0; m &= m - 1)
				dict->number[pg_rightmost_one_pos64(m)] = (uint8) i;
		}
	}
}

/*
 * The same, remembered from another journey or read into "here".  Not every
 * unknown dictionary is remembered in place of the one before, because where
 * they all differ that is in vain.
 */
static const FunnelDict *
find_dict(FunnelQuestion *question, const JourneyView *view, FunnelDict *here)
{
	if ((Size) question->dict.size == view->dictsize &&
		memcmp(question->dict.bytes, view->dict, view->dictsize) == 0)
		return &question->dict;
	if (question->misses++ % 16 != 0 || view->dictsize > FUNNEL_DICT_BYTES)
	{
		read_dict(question, view, here);
		return here;
	}
	memcpy(question->dict.bytes, view->dict, view->dictsize);
	question->dict.size = view->dictsize;
	read_dict(question, view, &question->dict);
	return &question->dict;
}

#ifndef WORDS_BIGENDIAN

#define BITS_NAME		ask_bits
#define BITS_SOURCE		JourneyView
#define BITS_AT(view, i)	journey_view_at(view, i)
#include "core/chain_bits.h"

/* Which of these 16 bytes are equal to another byte?  A bit for each. */
static inline uint64
equal_bytes(const uint8 *p, uint8 byte)
{
#ifdef __SSE2__
	return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *) p), _mm_set1_epi8((char) byte)));
#else
	uint64		result = 0;

	for (int half = 0; half < 2; half++)
	{
		uint64		differ;
		uint64		equal;

		memcpy(&differ, p + 8 * half, 8);
		differ ^= byte * BYTES_01;
		equal = ~(((differ & BYTES_7F) + BYTES_7F) | differ | BYTES_7F);
		/* the highest bit of each equal byte, gathered */
		result |= (((equal >> 7) * UINT64CONST(0x0102040810204080)) >> 56) << (8 * half);
	}
	return result;
#endif
}

/*
 * The commonest journeys, of at most 64 entries and few labels, are not taken
 * apart: the label numbers, a byte each, are compared with that of a step many
 * at a time.  No two entries may have the same time.
 */
static void
ask_few(const FunnelQuestion *question, const FunnelDict *dict, const JourneyView *view,
		bool times, ChainResult *result)
{
	const int	n = (int) view->n;
	const uint64 entries = n == 64 ? ~UINT64CONST(0) : (UINT64CONST(1) << n) - 1;
	const uint8 *nums = view->nums;
	uint8		copy[64];
	uint64		can[CHAIN_MAX_STEPS];

	can[0] = 0;					/* there is a first step, but not every compiler sees it */

	/* the offsets stand behind the numbers; together they are nearly always long enough to be read over */
	if (unlikely(((n + 15) & ~15) > n * (1 + view->offwidth)))
	{
		memcpy(copy, view->nums, n);
		nums = copy;
	}
	for (int p = 0; p < question->plan.opt.nsteps; p++)
	{
		uint64		found = 0;

		if (dict->number[p] == FUNNEL_DICT_LABELS)
		{
			can[p] = 0;
			break;
		}
		for (int i = 0; i < n; i += 16)
			found |= equal_bytes(nums + i, dict->number[p]) << i;
		can[p] = found & entries;
	}
	ask_bits(&question->plan, can, view, times, result);
}

#endif							/* WORDS_BIGENDIAN */

/* Ask a journey. */
void
funnel_ask(FunnelQuestion *question, const struct varlena *journey, bool times, ChainResult *result)
{
	const bool	all = chain_needs_all_rows(&question->plan);
	JourneyView view;
	FunnelDict	here;
	uint64	   *more_masks = NULL;
	const uint64 *masks;
	ChainRow	stack[STACK_ROWS];
	ChainRow   *rows = stack;
	ChainRow   *row;

	journey_view_init(&view, journey);
	if (likely(view.nlabels <= FUNNEL_DICT_LABELS))
	{
		const FunnelDict *dict = find_dict(question, &view, &here);

#ifndef WORDS_BIGENDIAN
		if (question->plan.fast && view.n <= 64 && view.n > 0 && !view.ties && view.offwidth > 0 && view.offwidth < 8)
		{
			ask_few(question, dict, &view, times, result);
			return;
		}
#endif
		masks = dict->masks;
	}
	else
	{
		more_masks = palloc(sizeof(uint64) * view.nlabels);
		read_masks(question, &view, more_masks, here.number);
		masks = more_masks;
	}

	/* every entry is written down, but only one that matters stays */
	if (view.n > STACK_ROWS)
		rows = palloc_extended(sizeof(ChainRow) * view.n, MCXT_ALLOC_HUGE);
	row = rows;
	for (uint32 i = 0; i < view.n; i++)
	{
		row->at = journey_view_at(&view, i);
		row->mask = masks[journey_view_num(&view, i)];
		row += row->mask != 0 || all;
	}
	chain_run(&question->plan, rows, row - rows, times, result);
	if (rows != stack)
		pfree(rows);
	if (more_masks != NULL)
		pfree(more_masks);
}

/* Ask one journey; false when there is none. */
static bool
ask(FunctionCallInfo fcinfo, bool times, ChainResult *result, int *nsteps)
{
	FunnelQuestion *question = funnel_question_arguments(fcinfo, 1);

	if (PG_ARGISNULL(0))
		return false;
	funnel_ask(question, PG_GETARG_JOURNEY_PP(0), times, result);
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
