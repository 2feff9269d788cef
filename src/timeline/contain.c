/*
 * contain.c
 *		Which labels a journey visited: the operators @>, <@ and &&, and their
 *		support for GIN indexes.
 *
 * The keys of the index are the labels, compared as bytes.  A NULL in the
 * array matches no label: nothing contains it, and && passes over it.  Every
 * journey contains the empty array.
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_contains);
PG_FUNCTION_INFO_V1(journey_contained);
PG_FUNCTION_INFO_V1(journey_overlaps);
PG_FUNCTION_INFO_V1(journey_overlapped);
PG_FUNCTION_INFO_V1(journey_gin_compare);
PG_FUNCTION_INFO_V1(journey_gin_extract_value);
PG_FUNCTION_INFO_V1(journey_gin_extract_query);
PG_FUNCTION_INFO_V1(journey_gin_consistent);
PG_FUNCTION_INFO_V1(journey_gin_triconsistent);

/* Strategies of the operator class. */
#define STRATEGY_CONTAINS	1
#define STRATEGY_OVERLAPS	2

static bool
contains(const struct varlena *value, ArrayType *array)
{
	JourneyView view;
	JourneyLabelSet set;
	const uint8 *p;
	int			found = 0;

	journey_view_init(&view, value);
	journey_label_set(&set, array);
	if (set.has_null)
		return false;
	if (!set.sorted)
	{
		for (int i = 0; i < set.n; i++)
		{
			if (journey_view_find(&view, set.labels[i].data, set.labels[i].len) < 0)
				return false;
		}
		return true;
	}

	/* the labels of the set are each there once, and so are those of the journey */
	p = view.dict;
	for (int i = 0; i < view.nlabels; i++)
	{
		JourneyLabel label = {(const char *) p + 1, *p};

		if (journey_label_set_find(&set, &label) >= 0)
			found++;
		p += label.len + 1;
	}
	return found == set.n;
}

static bool
overlaps(const struct varlena *value, ArrayType *array)
{
	JourneyView view;
	JourneyLabelSet set;
	const uint8 *p;

	journey_view_init(&view, value);
	journey_label_set(&set, array);
	p = view.dict;
	for (int i = 0; i < view.nlabels; i++)
	{
		JourneyLabel label = {(const char *) p + 1, *p};

		if (journey_label_set_find(&set, &label) >= 0)
			return true;
		p += label.len + 1;
	}
	return false;
}

/* journey @> text[]: visited all */
Datum
journey_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(PG_GETARG_JOURNEY_PP(0), PG_GETARG_ARRAYTYPE_P(1)));
}

/* text[] <@ journey */
Datum
journey_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(PG_GETARG_JOURNEY_PP(1), PG_GETARG_ARRAYTYPE_P(0)));
}

/* journey && text[]: visited any */
Datum
journey_overlaps(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(overlaps(PG_GETARG_JOURNEY_PP(0), PG_GETARG_ARRAYTYPE_P(1)));
}

/* text[] && journey */
Datum
journey_overlapped(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(overlaps(PG_GETARG_JOURNEY_PP(1), PG_GETARG_ARRAYTYPE_P(0)));
}

/* Keys in byte order, whatever the collation of the index. */
Datum
journey_gin_compare(PG_FUNCTION_ARGS)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);
	JourneyLabel x = {VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a)};
	JourneyLabel y = {VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b)};
	int			cmp = journey_label_cmp(&x, &y);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	PG_RETURN_INT32(cmp);
}

/* The keys of a journey: its labels. */
Datum
journey_gin_extract_value(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	JourneyView view;
	const JourneyLabel *labels;
	Datum	   *keys;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);
	keys = palloc(sizeof(Datum) * (view.nlabels + 1));
	for (int i = 0; i < view.nlabels; i++)
		keys[i] = PointerGetDatum(cstring_to_text_with_len(labels[i].data, labels[i].len));
	*nkeys = view.nlabels;
	PG_RETURN_POINTER(keys);
}

/* The keys of a query: the labels of the array. */
Datum
journey_gin_extract_query(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	StrategyNumber strategy = PG_GETARG_UINT16(2);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	JourneyLabelSet set;
	Datum	   *keys;

	journey_label_set(&set, array);
	*mode = GIN_SEARCH_MODE_DEFAULT;
	if (strategy == STRATEGY_CONTAINS)
	{
		/* no journey contains a NULL, each contains nothing at all */
		if (set.has_null)
			set.n = 0;
		else if (set.n == 0)
			*mode = GIN_SEARCH_MODE_ALL;
	}
	keys = palloc(sizeof(Datum) * (set.n + 1));
	for (int i = 0; i < set.n; i++)
		keys[i] = PointerGetDatum(cstring_to_text_with_len(set.labels[i].data, set.labels[i].len));
	*nkeys = set.n;
	PG_RETURN_POINTER(keys);
}

/* The keys alone decide, so nothing has to be looked at again. */
Datum
journey_gin_consistent(PG_FUNCTION_ARGS)
{
	bool	   *check = (bool *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		nkeys = PG_GETARG_INT32(3);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);
	bool		all = strategy == STRATEGY_CONTAINS;

	*recheck = false;
	for (int i = 0; i < nkeys; i++)
	{
		if (check[i] != all)
			PG_RETURN_BOOL(!all);
	}
	PG_RETURN_BOOL(all);
}

Datum
journey_gin_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		nkeys = PG_GETARG_INT32(3);
	bool		all = strategy == STRATEGY_CONTAINS;
	GinTernaryValue result = all ? GIN_TRUE : GIN_FALSE;

	for (int i = 0; i < nkeys; i++)
	{
		if (check[i] == GIN_MAYBE)
			result = GIN_MAYBE;
		else if (check[i] != (all ? GIN_TRUE : GIN_FALSE))
			PG_RETURN_GIN_TERNARY_VALUE(all ? GIN_FALSE : GIN_TRUE);
	}
	PG_RETURN_GIN_TERNARY_VALUE(result);
}
