/*
 * route.c
 *		The part of a journey that a path runs through: route, path, path_agg.
 *
 * In this order: hidden labels are left out, repeats become one, what is before
 * the start and after the end is cut off, and the rest is kept to a number of
 * steps.  A label that is hidden is as if it had not happened.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_route);
PG_FUNCTION_INFO_V1(journey_path);
PG_FUNCTION_INFO_V1(path_agg_final);

/* The entries of a route; num is that of the view's dictionary. */
typedef struct Route
{
	const JourneyLabel *labels;
	int			nlabels;
	JourneyEntry *entries;
	uint32		n;
} Route;

/* For each label of a dictionary, whether it is one of the array's. */
static bool *
members(ArrayType *array, const JourneyLabel *labels, int nlabels)
{
	bool	   *member = palloc(Max(nlabels, 1));
	JourneyLabelSet set;

	journey_label_set(&set, array);
	for (int i = 0; i < nlabels; i++)
		member[i] = journey_label_set_find(&set, &labels[i]) >= 0;
	return member;
}

/* All entries of a journey without hidden ones and, if wanted, without repeats. */
static void
route_init(Route *route, const struct varlena *journey, ArrayType *hide, bool collapse)
{
	JourneyView view;
	bool	   *hidden = NULL;

	journey_view_init(&view, journey);
	route->labels = journey_view_labels(&view);
	route->nlabels = view.nlabels;
	route->entries = palloc_extended(sizeof(JourneyEntry) * Max(view.n, 1), MCXT_ALLOC_HUGE);
	route->n = 0;
	if (hide != NULL)
		hidden = members(hide, route->labels, route->nlabels);
	for (uint32 i = 0; i < view.n; i++)
	{
		uint32		num = journey_view_num(&view, i);

		if (hidden != NULL && hidden[num])
			continue;
		if (collapse && route->n > 0 && route->entries[route->n - 1].num == num)
			continue;
		route->entries[route->n].at = journey_view_at(&view, i);
		route->entries[route->n].num = num;
		route->entries[route->n].rank = 0;
		route->n++;
	}
}

/*
 * The route that the arguments ask for: (journey, start_at, end_at, hide,
 * collapse, max_steps).  Returns false when there is none.
 */
static bool
route_args(FunctionCallInfo fcinfo, Route *route)
{
	uint32		from = 0;
	bool		anchored = !PG_ARGISNULL(1);

	if (!PG_ARGISNULL(5) && PG_GETARG_INT32(5) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of steps of a path must be at least 1")));
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("whether repeats collapse must not be null")));
	if (PG_ARGISNULL(0))
		return false;
	route_init(route, PG_GETARG_JOURNEY_PP(0), PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_BOOL(4));

	if (anchored)
	{
		bool	   *is_start = members(PG_GETARG_ARRAYTYPE_P(1), route->labels, route->nlabels);

		while (from < route->n && !is_start[route->entries[from].num])
			from++;
		if (from == route->n)
			return false;
	}
	if (!PG_ARGISNULL(2))
	{
		bool	   *is_end = members(PG_GETARG_ARRAYTYPE_P(2), route->labels, route->nlabels);
		/* from home and back home is a way, home itself is not */
		uint32		to = anchored ? from + 1 : 0;

		while (to < route->n && !is_end[route->entries[to].num])
			to++;
		if (to >= route->n)
			return false;
		route->n = to + 1;
	}
	route->entries += from;
	route->n -= from;

	if (!PG_ARGISNULL(5) && route->n > (uint32) PG_GETARG_INT32(5))
	{
		uint32		steps = PG_GETARG_INT32(5);

		/* a path to an end keeps its end */
		if (!anchored && !PG_ARGISNULL(2))
			route->entries += route->n - steps;
		route->n = steps;
	}
	return true;
}

/* The labels of a route as text[]. */
static Datum
route_labels(const Route *route)
{
	Datum	   *texts = palloc(sizeof(Datum) * Max(route->nlabels, 1));
	Datum	   *values = palloc_extended(sizeof(Datum) * Max(route->n, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < route->nlabels; i++)
		texts[i] = (Datum) 0;
	for (uint32 i = 0; i < route->n; i++)
	{
		uint32		num = route->entries[i].num;

		if (texts[num] == (Datum) 0)
			texts[num] = PointerGetDatum(cstring_to_text_with_len(route->labels[num].data, route->labels[num].len));
		values[i] = texts[num];
	}
	return PointerGetDatum(construct_array(values, route->n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* route(journey, start_at, end_at, hide, collapse, max_steps): as a journey */
Datum
journey_route(PG_FUNCTION_ARGS)
{
	Route		route;

	if (!route_args(fcinfo, &route))
		PG_RETURN_NULL();
	PG_RETURN_JOURNEY_P(journey_pack(route.labels, route.nlabels, route.entries, route.n));
}

/* path(journey, start_at, end_at, hide, collapse, max_steps): the labels alone */
Datum
journey_path(PG_FUNCTION_ARGS)
{
	Route		route;

	if (!route_args(fcinfo, &route))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(route_labels(&route));
}

/* path_agg_final(journey), strict: the labels of a state of journey_agg */
Datum
path_agg_final(PG_FUNCTION_ARGS)
{
	Route		route;

	route_init(&route, PG_GETARG_JOURNEY_PP(0), NULL, true);
	PG_RETURN_DATUM(route_labels(&route));
}
