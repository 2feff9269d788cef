/*
 * moves.c
 *		How a journey moved along an order of stages: forward, over stages that
 *		it left out, and back.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(dwell_move_counts);

/* A stage and its place in the order. */
typedef struct Place
{
	JourneyLabel label;
	int			n;
} Place;

static int
compare_places(const void *a, const void *b)
{
	return journey_label_cmp(&((const Place *) a)->label, &((const Place *) b)->label);
}

/* The place of each label of a journey in an order of stages; -1 for those that are not in it. */
static int *
read_order(ArrayType *array, const JourneyView *view)
{
	int		   *place = palloc(sizeof(int) * Max(view->nlabels, 1));
	const JourneyLabel *labels = journey_view_labels(view);
	Place	   *places;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("stages must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	places = palloc(sizeof(Place) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		text	   *label;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a stage must not be null")));
		label = DatumGetTextPP(elements[i]);
		places[i].label.data = VARDATA_ANY(label);
		places[i].label.len = VARSIZE_ANY_EXHDR(label);
		places[i].n = i;
	}
	qsort(places, n, sizeof(Place), compare_places);
	for (int i = 1; i < n; i++)
	{
		if (compare_places(&places[i - 1], &places[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("stage \"%s\" is given twice", pnstrdup(places[i].label.data, places[i].label.len))));
	}
	for (int i = 0; i < view->nlabels; i++)
	{
		Place		key = {labels[i], 0};
		const Place *found = bsearch(&key, places, n, sizeof(Place), compare_places);

		place[i] = found == NULL ? -1 : found->n;
	}
	return place;
}

/* move_counts(journey, stages): moves, forward, skips, skipped, regressions, aside */
Datum
dwell_move_counts(PG_FUNCTION_ARGS)
{
	JourneyView view;
	int		   *place;
	int64		moves = 0;
	int64		forward = 0;
	int64		skips = 0;
	int64		skipped = 0;
	int64		regressions = 0;
	int64		aside = 0;
	TupleDesc	desc;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "move_counts needs a composite result");
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	place = read_order(PG_GETARG_ARRAYTYPE_P(1), &view);
	for (uint32 i = 1; i < view.n; i++)
	{
		int			from = journey_view_num(&view, i - 1);
		int			to = journey_view_num(&view, i);

		if (from == to)
			continue;			/* the stay goes on */
		moves++;
		from = place[from];
		to = place[to];
		if (from < 0 || to < 0)
			aside++;
		else if (to < from)
			regressions++;
		else
		{
			forward++;
			skips += to > from + 1;
			skipped += to - from - 1;
		}
	}
	values[0] = Int64GetDatum(moves);
	values[1] = Int64GetDatum(forward);
	values[2] = Int64GetDatum(skips);
	values[3] = Int64GetDatum(skipped);
	values[4] = Int64GetDatum(regressions);
	values[5] = Int64GetDatum(aside);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
