/*
 * card.c
 *		A scorecard that grows: touches, merging, packing.
 *
 * A scorecard that must grow is replaced by a bigger one in the current memory
 * context, and the old one is left to its owner: under an aggregate that is
 * the executor.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/touches.h"
#include "scorecard/card.h"

#define ST_SORT sort_touches
#define ST_ELEMENT_TYPE CardTouch
#define ST_COMPARE(a, b) \
	((a)->signal != (b)->signal ? ((a)->signal < (b)->signal ? -1 : 1) : \
	 (a)->at < (b)->at ? -1 : (a)->at > (b)->at ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static Size
card_size(uint32 modelsize, uint32 nsignals, uint32 nsums, uint32 maxtouches, uint32 maxunknown, uint32 maxnames)
{
	return MAXALIGN(sizeof(Scorecard)) + modelsize + (Size) nsignals * sizeof(CardSignal) +
		(Size) nsums * sizeof(DecaySum) + (Size) maxtouches * sizeof(CardTouch) +
		(Size) maxunknown * sizeof(CardUnknown) + maxnames;
}

/* A scorecard without touches, its memory all zeros but for the model. */
static Scorecard *
card_alloc(const ScoringModel *model, bool building, uint32 maxtouches, uint32 maxunknown, uint32 maxnames)
{
	uint32		nsums = building ? model->nsignals : 0;
	Size		size;
	Scorecard  *card;

	maxnames = TYPEALIGN(8, maxnames);
	size = card_size(model->size, model->nsignals, nsums, maxtouches, maxunknown, maxnames);
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("scorecard is too large")));
	card = palloc0(size);
	SET_VARSIZE(card, size);
	card->version = CARD_VERSION;
	card->building = building;
	card->modelsize = model->size;
	card->nsignals = model->nsignals;
	card->nsums = nsums;
	card->maxtouches = maxtouches;
	card->maxunknown = maxunknown;
	card->maxnames = maxnames;
	memcpy(card_model(card), model, model->size);
	if (building)
	{
		for (uint32 i = 0; i < model->nsignals; i++)
			decay_sum_init(&card_sums(card)[i], Max(model_signals(model)[i].half_life, 1));
	}
	return card;
}

/* One that can grow. */
Scorecard *
card_new(const ScoringModel *model)
{
	return card_alloc(model, true, 4, 0, 0);
}

/* Is this a scorecard at all?  They come from SQL, but only through our own functions. */
void
card_check(const Scorecard *card)
{
	if (VARSIZE(card) < sizeof(Scorecard) || card->version != CARD_VERSION ||
		card->ntouches > card->maxtouches || card->nordered > card->ntouches ||
		card->nunknown > card->maxunknown || card->nnames > card->maxnames ||
		card->nsums != (card->building ? card->nsignals : 0) ||
		VARSIZE(card) != card_size(card->modelsize, card->nsignals, card->nsums,
								   card->maxtouches, card->maxunknown, card->maxnames) ||
		card->modelsize < sizeof(ScoringModel) || card_model(card)->size != card->modelsize ||
		card_model(card)->version != MODEL_VERSION || card_model(card)->nsignals != card->nsignals)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid scorecard")));
}

bool
card_same_model(const Scorecard *card, const ScoringModel *model)
{
	return card->modelsize == model->size && memcmp(card_model(card), model, model->size) == 0;
}

/* ---------------------------------------------------------------- order */

/*
 * Puts touches in order and drops those that can never count, whatever else
 * may come: without a window all but the earliest; with one, of touches at
 * one time all but as many as a window may hold.  Returns how many are left.
 */
static uint32
order_touches(const ScoringModel *model, CardTouch *touches, uint32 n)
{
	uint32		left = 0;

	sort_touches(touches, n);
	for (uint32 i = 0; i < n;)
	{
		const ModelSignal *signal = &model_signals(model)[touches[i].signal];
		Interval	window;
		bool		for_ever = model_window(signal, &window) == NULL;
		uint32		of = touches[i].signal;
		int64		at = touches[i].at;
		int32		same = 0;

		for (; i < n && touches[i].signal == of && (for_ever || touches[i].at == at); i++)
		{
			if (same++ < signal->max)
				touches[left++] = touches[i];
		}
	}
	return left;
}

static void
card_order(Scorecard *card)
{
	if (card->nordered == card->ntouches)
		return;
	card->ntouches = order_touches(card_model(card), card_touches(card), card->ntouches);
	card->nordered = card->ntouches;
}

/* ---------------------------------------------------------------- room */

/* The same scorecard with other room. */
static Scorecard *
card_copy(const Scorecard *card, bool building, uint32 maxtouches, uint32 maxunknown, uint32 maxnames)
{
	Scorecard  *copy = card_alloc(card_model(card), building, maxtouches, maxunknown, maxnames);

	copy->ntouches = card->ntouches;
	copy->nordered = card->nordered;
	copy->nunknown = card->nunknown;
	copy->nnames = card->nnames;
	memcpy(card_signals(copy), card_signals(card), sizeof(CardSignal) * card->nsignals);
	memcpy(card_touches(copy), card_touches(card), sizeof(CardTouch) * card->ntouches);
	memcpy(card_unknown(copy), card_unknown(card), sizeof(CardUnknown) * card->nunknown);
	memcpy(card_names(copy), card_names(card), card->nnames);
	if (building && card->building)
		memcpy(card_sums(copy), card_sums(card), sizeof(DecaySum) * card->nsums);
	else if (building)
	{
		const ModelSignal *signals = model_signals(card_model(copy));

		for (uint32 i = 0; i < copy->nsignals; i++)
		{
			const CardSignal *signal = &card_signals(copy)[i];

			if (signals[i].keeps == MODEL_KEEPS_SUM && signal->touches > 0)
				decay_sum_add(&card_sums(copy)[i], signal->sum, signal->at);
		}
	}
	return copy;
}

/* A copy that can grow. */
Scorecard *
card_open(const Scorecard *card)
{
	return card_copy(card, true, card->ntouches + 4, card->nunknown, card->nnames);
}

/* The packed form: itself, or a copy. */
Scorecard *
card_pack(const Scorecard *card)
{
	const ModelSignal *signals = model_signals(card_model(card));
	const CardTouch *touches = card_touches(card);
	uint32		n = card->ntouches;
	Scorecard  *packed;

	card_check(card);
	if (!card->building)
		return unconstify(Scorecard *, card);
	if (card->nordered < n)
	{
		/* the scorecard itself is not touched: a window aggregate goes on with it */
		CardTouch  *ordered = palloc(sizeof(CardTouch) * n);

		memcpy(ordered, touches, sizeof(CardTouch) * n);
		n = order_touches(card_model(card), ordered, n);
		touches = ordered;
	}
	packed = card_alloc(card_model(card), false, n, card->nunknown, card->nnames);
	packed->ntouches = packed->nordered = n;
	packed->nunknown = card->nunknown;
	packed->nnames = card->nnames;
	for (uint32 i = 0; i < card->nsignals; i++)
	{
		CardSignal *signal = &card_signals(packed)[i];

		signal->touches = card_signals(card)[i].touches;
		if (signals[i].keeps == MODEL_KEEPS_SUM && signal->touches > 0)
		{
			Decayed		sum;

			(void) decay_sum_result(&card_sums(card)[i], &sum);
			signal->at = sum.at;
			signal->sum = sum.value;
		}
	}
	memcpy(card_touches(packed), touches, sizeof(CardTouch) * n);

	/* names in order, since they came as they came */
	packed->nnames = 0;
	for (uint32 i = 0; i < card->nunknown; i++)
	{
		const CardUnknown *from = &card_unknown(card)[i];
		CardUnknown *unknown = &card_unknown(packed)[i];

		unknown->touches = from->touches;
		unknown->len = from->len;
		unknown->offset = packed->nnames;
		memcpy(card_names(packed) + packed->nnames, card_names(card) + from->offset, from->len);
		packed->nnames += from->len;
	}
	return packed;
}

/* ---------------------------------------------------------------- adding */

static void
add_touches(int64 *sum, int64 touches)
{
	if (pg_add_s64_overflow(*sum, touches, sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many touches in a scorecard")));
}

/* Room for more touches: where order makes it, or in a bigger copy. */
static Scorecard *
reserve_touches(Scorecard *card, uint32 more)
{
	uint64		needed = (uint64) card->ntouches + more;

	if (needed <= card->maxtouches)
		return card;
	card_order(card);
	needed = (uint64) card->ntouches + more;

	/* half of it is left free, so that putting in order costs no more than a sort of all touches a few times */
	if (needed <= card->maxtouches / 2)
		return card;
	if (needed > CARD_MAX_TOUCHES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many touches of limited signals in one scorecard"),
				 errdetail("At most %d are kept.", CARD_MAX_TOUCHES)));
	return card_copy(card, true, (uint32) Min(Max(needed * 2, 16), CARD_MAX_TOUCHES), card->maxunknown, card->maxnames);
}

/* Adds a touch that is in the count already. */
Scorecard *
card_add_time(Scorecard *card, uint32 signal, int64 at)
{
	CardTouch  *touches;
	uint32		n;

	card = reserve_touches(card, 1);
	touches = card_touches(card);
	n = card->ntouches++;
	touches[n].signal = signal;
	touches[n].unused = 0;
	touches[n].at = at;
	return card;
}

Scorecard *
card_add_unknown(Scorecard *card, const char *name, int len, int64 touches)
{
	CardUnknown *unknown = card_unknown(card);
	uint32		low = 0;
	uint32		high = card->nunknown;

	while (low < high)
	{
		uint32		middle = (low + high) / 2;
		int			cmp = model_compare_names(name, len, card_names(card) + unknown[middle].offset,
											  unknown[middle].len);

		if (cmp == 0)
		{
			add_touches(&unknown[middle].touches, touches);
			return card;
		}
		if (cmp < 0)
			high = middle;
		else
			low = middle + 1;
	}

	if (len > MODEL_MAX_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("name of a signal is too long"),
				 errdetail("It has %d bytes; at most %d are allowed.", len, MODEL_MAX_NAME)));
	if (card->nunknown >= CARD_MAX_UNKNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many unknown signals in one scorecard"),
				 errdetail("There are more than %d that the model does not name.", CARD_MAX_UNKNOWN)));
	if (card->nunknown == card->maxunknown || card->nnames + len > card->maxnames)
		card = card_copy(card, true, card->maxtouches, Max(card->nunknown * 2, 8),
						 Max((card->nnames + len) * 2, 256));
	unknown = card_unknown(card);
	memmove(unknown + low + 1, unknown + low, sizeof(CardUnknown) * (card->nunknown - low));
	card->nunknown++;
	unknown[low].touches = touches;
	unknown[low].len = len;
	unknown[low].offset = card->nnames;
	memcpy(card_names(card) + card->nnames, name, len);
	card->nnames += len;
	return card;
}

/* Sets what is known of a signal; of MODEL_KEEPS_SUM, that so many touches are worth so much at this time. */
Scorecard *
card_set_signal(Scorecard *card, uint32 signal, int64 touches, double sum, int64 at)
{
	card_signals(card)[signal].touches = touches;
	if (model_signals(card_model(card))[signal].keeps == MODEL_KEEPS_SUM)
		decay_sum_add(&card_sums(card)[signal], sum, at);
	return card;
}

/* Adds a touch of a signal, which the model may or may not name. */
Scorecard *
card_touch(Scorecard *card, const char *signal, int len, int64 at)
{
	int			number = model_find_signal(card_model(card), signal, len);

	if (number < 0)
		return card_add_unknown(card, signal, len, 1);
	add_touches(&card_signals(card)[number].touches, 1);
	switch ((ModelKeeps) model_signals(card_model(card))[number].keeps)
	{
		case MODEL_KEEPS_COUNT:
			break;
		case MODEL_KEEPS_SUM:
			decay_sum_add(&card_sums(card)[number], 1, at);
			break;
		case MODEL_KEEPS_TIMES:
			return card_add_time(card, number, at);
	}
	return card;
}

/* Adds the touches of another scorecard of the same model. */
Scorecard *
card_merge(Scorecard *card, const Scorecard *other)
{
	const ModelSignal *signals = model_signals(card_model(card));

	for (uint32 i = 0; i < card->nsignals; i++)
	{
		const CardSignal *signal = &card_signals(other)[i];

		if (signal->touches == 0)
			continue;
		add_touches(&card_signals(card)[i].touches, signal->touches);
		if (signals[i].keeps != MODEL_KEEPS_SUM)
			continue;
		if (other->building)
			decay_sum_merge(&card_sums(card)[i], &card_sums(other)[i]);
		else
			decay_sum_add(&card_sums(card)[i], signal->sum, signal->at);
	}
	if (other->ntouches > 0)
	{
		card = reserve_touches(card, other->ntouches);
		memcpy(card_touches(card) + card->ntouches, card_touches(other), sizeof(CardTouch) * other->ntouches);
		card->ntouches += other->ntouches;
	}
	for (uint32 i = 0; i < other->nunknown; i++)
	{
		const CardUnknown *unknown = &card_unknown(other)[i];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		card = card_add_unknown(card, card_names(other) + unknown->offset, unknown->len, unknown->touches);
	}
	return card;
}
