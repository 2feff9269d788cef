/*
 * agg.c
 *		The aggregates over touches and over scorecards, and changing a stored one.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "scorecard/card.h"

PG_FUNCTION_INFO_V1(scorecard_accum);
PG_FUNCTION_INFO_V1(scorecard_combine);
PG_FUNCTION_INFO_V1(scorecard_final);
PG_FUNCTION_INFO_V1(scorecard_plus);
PG_FUNCTION_INFO_V1(scorecard_new);
PG_FUNCTION_INFO_V1(scorecard_touch);
PG_FUNCTION_INFO_V1(scorecard_eq);
PG_FUNCTION_INFO_V1(scorecard_ne);
PG_FUNCTION_INFO_V1(scorecard_hash);
PG_FUNCTION_INFO_V1(scorecard_hash_extended);

/* The model of the last call, which usually is that of the next. */
typedef struct ModelCache
{
	Size		size;
	Jsonb	   *json;
	ScoringModel *model;
} ModelCache;

static const ScoringModel *
cached_model(FunctionCallInfo fcinfo, int argument)
{
	ModelCache *cache = fcinfo->flinfo->fn_extra;
	Jsonb	   *json = PG_GETARG_JSONB_P(argument);
	Size		size = VARSIZE(json);
	ScoringModel *model;
	MemoryContext old;

	if (cache != NULL && cache->size == size && memcmp(cache->json, json, size) == 0)
		return cache->model;
	model = model_from_jsonb(json);
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = palloc0(sizeof(ModelCache));
	cache->size = 0;
	if (cache->json != NULL)
		pfree(cache->json);
	if (cache->model != NULL)
		pfree(cache->model);
	cache->json = NULL;
	cache->model = NULL;
	cache->model = memcpy(palloc(model->size), model, model->size);
	cache->json = memcpy(palloc(size), json, size);
	cache->size = size;
	MemoryContextSwitchTo(old);
	return cache->model;
}

/* Outside an aggregate nobody should meet a value that is not packed. */
static Datum
state_result(FunctionCallInfo fcinfo, Scorecard *card)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(card);
	PG_RETURN_POINTER(card_pack(card));
}

/* The state of argument 0 as one that may be changed. */
static Scorecard *
own_state(FunctionCallInfo fcinfo)
{
	Scorecard  *card = PG_GETARG_SCORECARD(0);

	card_check(card);
	if (card->building && AggCheckCallContext(fcinfo, NULL))
		return card;
	return card_open(card);
}

static void
check_time(TimestampTz at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a touch must be finite")));
}

/* scorecard_accum(state, model, signal, at) */
Datum
scorecard_accum(PG_FUNCTION_ARGS)
{
	const ScoringModel *model;
	Scorecard  *card;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("scoring model must not be null")));
	model = cached_model(fcinfo, 1);
	if (PG_ARGISNULL(0))
		card = card_new(model);
	else
	{
		card = own_state(fcinfo);
		if (!card_same_model(card, model))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("scoring model must be the same for all touches of a group")));
	}
	if (!PG_ARGISNULL(2) && !PG_ARGISNULL(3))
	{
		text	   *signal = PG_GETARG_TEXT_PP(2);

		check_time(PG_GETARG_TIMESTAMPTZ(3));
		card = card_touch(card, VARDATA_ANY(signal), VARSIZE_ANY_EXHDR(signal), PG_GETARG_TIMESTAMPTZ(3));
	}
	return state_result(fcinfo, card);
}

static Scorecard *
merge(Scorecard *card, const Scorecard *other)
{
	card_check(other);
	if (!card_same_model(card, card_model(other)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot add scorecards of different scoring models")));
	return card_merge(card, other);
}

/* scorecard_combine(state, state), strict: also the transition of rollup */
Datum
scorecard_combine(PG_FUNCTION_ARGS)
{
	return state_result(fcinfo, merge(own_state(fcinfo), PG_GETARG_SCORECARD(1)));
}

/* scorecard_final(state), strict */
Datum
scorecard_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(card_pack(PG_GETARG_SCORECARD(0)));
}

/* scorecard + scorecard, strict */
Datum
scorecard_plus(PG_FUNCTION_ARGS)
{
	Scorecard  *card = PG_GETARG_SCORECARD(0);

	card_check(card);
	PG_RETURN_POINTER(card_pack(merge(card_open(card), PG_GETARG_SCORECARD(1))));
}

/* empty_scorecard(model), strict: without touches */
Datum
scorecard_new(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(card_pack(card_new(cached_model(fcinfo, 0))));
}

/* touch(scorecard, signal, at): a null signal or time is no touch */
Datum
scorecard_touch(PG_FUNCTION_ARGS)
{
	Scorecard  *card;
	text	   *signal;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	card = PG_GETARG_SCORECARD(0);
	card_check(card);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(card);
	signal = PG_GETARG_TEXT_PP(1);
	check_time(PG_GETARG_TIMESTAMPTZ(2));
	PG_RETURN_POINTER(card_pack(card_touch(card_open(card), VARDATA_ANY(signal), VARSIZE_ANY_EXHDR(signal),
										   PG_GETARG_TIMESTAMPTZ(2))));
}

/* ---------------------------------------------------------------- equality */

/* The packed form has one way to say a thing. */
static bool
card_equal(const Scorecard *a, const Scorecard *b)
{
	a = card_pack(a);
	b = card_pack(b);
	return VARSIZE(a) == VARSIZE(b) && memcmp(VARDATA(a), VARDATA(b), VARSIZE(a) - VARHDRSZ) == 0;
}

Datum
scorecard_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(card_equal(PG_GETARG_SCORECARD(0), PG_GETARG_SCORECARD(1)));
}

Datum
scorecard_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!card_equal(PG_GETARG_SCORECARD(0), PG_GETARG_SCORECARD(1)));
}

Datum
scorecard_hash(PG_FUNCTION_ARGS)
{
	Scorecard  *card = card_pack(PG_GETARG_SCORECARD(0));

	PG_RETURN_UINT32(hash_bytes((unsigned char *) VARDATA(card), VARSIZE(card) - VARHDRSZ));
}

Datum
scorecard_hash_extended(PG_FUNCTION_ARGS)
{
	Scorecard  *card = card_pack(PG_GETARG_SCORECARD(0));

	PG_RETURN_UINT64(hash_bytes_extended((unsigned char *) VARDATA(card), VARSIZE(card) - VARHDRSZ,
										 PG_GETARG_INT64(1)));
}
