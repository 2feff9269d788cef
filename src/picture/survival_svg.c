/*
 * survival_svg.c
 *		svg_survival: survival curves and cumulative incidences as pictures.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"

#include "compat.h"
#include "core/wilson.h"
#include "picture/plot.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(survival_curve_svg);
PG_FUNCTION_INFO_V1(survival_curves_svg);
PG_FUNCTION_INFO_V1(incidence_curve_svg);

/* Fills in how many are at risk at each time of the axis. */
static void
count_risk(const SurvivalCounts *counts, const Plot *plot, PlotSeries *series)
{
	const SurvivalCell *cells = SURVIVAL_CELLS(counts);
	int64		inside = 0;
	uint32		i = 0;

	for (uint32 j = 0; j < counts->ncells; j++)
		inside += cells[j].events + cells[j].censored - cells[j].entered;
	for (int tick = 0; tick < plot->nticks; tick++)
	{
		/* whoever ends or enters at a time does so after it has been looked at */
		for (; i < counts->ncells && survival_time_float8(counts, cells[i].time) < plot->ticks[tick]; i++)
			inside += cells[i].entered - cells[i].events - cells[i].censored;
		series->at_risk[tick] = inside;
	}
}

/* The end of the axis: the last time of all curves. */
static void
extend_axis(Plot *plot, const SurvivalCounts *counts)
{
	if (counts->ncells > 0)
		plot->last = Max(plot->last, survival_time_float8(counts, SURVIVAL_CELLS(counts)[counts->ncells - 1].time));
}

/* "14 d", or a plain number */
static void
append_time(StringInfo buf, const Plot *plot, double time)
{
	if (plot->interval)
		markup_duration(buf, time);
	else
		appendStringInfo(buf, "%g", time);
}

/* The curve of one group. */
static void
add_curve(Plot *plot, const SurvivalCounts *counts)
{
	PlotSeries *series = &plot->series[plot->nseries++];
	SurvivalPoint *points = palloc_extended(sizeof(SurvivalPoint) * Max(counts->ncells, 1), MCXT_ALLOC_HUGE);
	uint32		n = survival_points(SURVIVAL_CELLS(counts), counts->ncells, points);
	PlotPoint  *plotted = palloc_extended(sizeof(PlotPoint) * Max(n, 1), MCXT_ALLOC_HUGE);
	double	   *p = palloc_extended(sizeof(double) * Max(n, 1), MCXT_ALLOC_HUGE);
	bool	   *known = palloc_extended(sizeof(bool) * Max(n, 1), MCXT_ALLOC_HUGE);
	int64		events = 0;
	uint32		first;
	uint32		second;
	StringInfoData summary;

	series->start = 1;
	series->npoints = n;
	series->points = plotted;
	for (uint32 i = 0; i < n; i++)
	{
		PlotPoint  *plot_point = &plotted[i];

		CHECK_FOR_INTERRUPTS();
		plot_point->x = survival_time_float8(counts, points[i].time);
		plot_point->y = plot_point->low = plot_point->high = p[i] = points[i].survival;
		known[i] = true;
		plot_point->marked = points[i].censored > 0;
		if (points[i].survival > 0)
			survival_band(points[i].survival, survival_std_error(&points[i]), SURVIVAL_BAND_LOG, WILSON_95,
						  &plot_point->low, &plot_point->high);
		events += points[i].events;
	}
	initStringInfo(&summary);
	markup_count(&summary, counts->total);
	appendStringInfoString(&summary, " observed" MARKUP_DOT);
	markup_count(&summary, events);
	appendStringInfoString(&summary, " ended");
	if (n > 0 && survival_quantile(p, known, n, 0.5, &first, &second))
	{
		double		low = first == 0 ? 0 : plotted[first - 1].x;
		double		high = second == 0 ? 0 : plotted[second - 1].x;

		appendStringInfoString(&summary, MARKUP_DOT "median ");
		append_time(&summary, plot, low + (high - low) / 2);
	}
	else
		appendStringInfoString(&summary, MARKUP_DOT "median not reached");
	series->summary = summary.data;
}

static int
width_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? MARKUP_DEFAULT_WIDTH : markup_check_width(PG_GETARG_INT32(number));
}

static const struct varlena *
title_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : PG_GETARG_TEXT_PP(number);
}

static void
start_curves(Plot *plot)
{
	memset(plot, 0, sizeof(*plot));
	plot->interval = true;
	plot->question = "Share that has not ended, by time" MARKUP_DOT "Kaplan" MARKUP_DASH "Meier with its 95" MARKUP_NBSP "% confidence band"
		MARKUP_DOT "strokes: last seen then";
}

static Datum
draw_curves(Plot *plot, const SurvivalCounts **counts, int n, const struct varlena *title, int width)
{
	for (int i = 0; i < n; i++)
	{
		plot->interval = counts[i]->unit == SURVIVAL_INTERVAL;
		extend_axis(plot, counts[i]);
	}
	plot_ticks(plot, width);
	for (int i = 0; i < n; i++)
	{
		add_curve(plot, counts[i]);
		count_risk(counts[i], plot, &plot->series[i]);
	}
	return PointerGetDatum(plot_draw(plot, title, "Survival", width));
}

/* svg_survival(survival_curve, title, width) */
Datum
survival_curve_svg(PG_FUNCTION_ARGS)
{
	Plot	   *plot = palloc(sizeof(Plot));
	const SurvivalCounts *counts;
	int			width = width_argument(fcinfo, 2);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	counts = survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
	start_curves(plot);
	return draw_curves(plot, &counts, 1, title_argument(fcinfo, 1), width);
}

/* svg_survival(survival_curve[], labels, title, width) */
Datum
survival_curves_svg(PG_FUNCTION_ARGS)
{
	Plot	   *plot = palloc(sizeof(Plot));
	ArrayType  *array;
	const SurvivalCounts *counts[PLOT_MAX_SERIES];
	Datum	   *values;
	Datum	   *labels = NULL;
	bool	   *nulls;
	bool	   *label_nulls = NULL;
	int			n;
	int			nlabels;
	int			width = width_argument(fcinfo, 3);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	array = PG_GETARG_ARRAYTYPE_P(0);
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &values, &nulls, &n);
	if (n > PLOT_MAX_SERIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("picture would have %d curves, and %d is the limit", n, PLOT_MAX_SERIES)));
	if (!PG_ARGISNULL(1))
	{
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &labels, &label_nulls, &nlabels);
		if (nlabels != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("curves and their labels must be as many"),
					 errdetail("There are %d curves and %d labels.", n, nlabels)));
	}
	start_curves(plot);
	for (int i = 0; i < n; i++)
	{
		MarkupText *label = &plot->series[i].label;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("curve %d must not be null", i + 1)));
		counts[i] = survival_counts_packed(DatumGetSurvivalCounts(values[i]));
		if (labels == NULL || label_nulls[i])
		{
			label->data = psprintf("%d", i + 1);
			label->len = strlen(label->data);
		}
		else
		{
			const text *words = DatumGetTextPP(labels[i]);

			*label = markup_text(VARDATA_ANY(words), VARSIZE_ANY_EXHDR(words));
		}
	}
	return draw_curves(plot, counts, n, title_argument(fcinfo, 2), width);
}

/* svg_survival(incidence_curve, title, width): a curve for each cause */
Datum
incidence_curve_svg(PG_FUNCTION_ARGS)
{
	Plot	   *plot = palloc0(sizeof(Plot));
	PlotPoint  *points[PLOT_MAX_SERIES];
	const SurvivalCounts *counts;
	JourneyLabel *labels;
	SurvivalRisk risk;
	SurvivalIncidence state;
	int64		events[PLOT_MAX_SERIES] = {0};
	int			width = width_argument(fcinfo, 2);
	int			ncauses;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	counts = survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
	if (counts->nlabels > PLOT_MAX_SERIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("picture would have %u curves, and %d is the limit", counts->nlabels, PLOT_MAX_SERIES),
				 errhint("Count fewer causes, such as won, lost and others.")));
	ncauses = counts->nlabels;
	labels = survival_counts_labels(counts);
	plot->interval = counts->unit == SURVIVAL_INTERVAL;
	plot->question = "Share that has ended so far, by how" MARKUP_DOT "Aalen" MARKUP_DASH "Johansen with its 95" MARKUP_NBSP "% confidence band";
	plot->one_risk = true;
	extend_axis(plot, counts);
	plot_ticks(plot, width);
	for (int i = 0; i < ncauses; i++)
		points[i] = palloc_extended(sizeof(PlotPoint) * Max(counts->ncells, 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < counts->ncells; i++)
	{
		const SurvivalCell *cell = &SURVIVAL_CELLS(counts)[i];

		if (cell->label > 0)
			events[cell->label - 1] += cell->events;
	}

	survival_incidence_init(&state, ncauses, palloc(sizeof(double) * 3 * Max(ncauses, 1)));
	survival_risk_init(&risk, SURVIVAL_CELLS(counts), counts->ncells);
	for (uint32 n = 0; survival_risk_next(&risk); n++)
	{
		survival_incidence_step(&state, &risk);
		for (int i = 0; i < ncauses; i++)
		{
			PlotPoint  *point = &points[i][n];

			point->x = survival_time_float8(counts, risk.time);
			point->y = point->low = point->high = state.incidence[i];
			point->marked = false;
			survival_band(state.incidence[i], sqrt(Max(state.variance[i], 0)), SURVIVAL_BAND_LOG, WILSON_95,
						  &point->low, &point->high);
			plot->series[i].npoints = n + 1;
		}
	}
	for (int i = 0; i < ncauses; i++)
	{
		PlotSeries *series = &plot->series[i];
		StringInfoData summary;

		series->label = markup_text(labels[i].data, labels[i].len);
		series->points = points[i];
		initStringInfo(&summary);
		markup_count(&summary, events[i]);
		appendStringInfoString(&summary, " of ");
		markup_count(&summary, counts->total);
		if (series->npoints > 0)
		{
			appendStringInfo(&summary, MARKUP_DOT "%.1f" MARKUP_NBSP "%% by ", points[i][series->npoints - 1].y * 100);
			append_time(&summary, plot, points[i][series->npoints - 1].x);
		}
		series->summary = summary.data;
		count_risk(counts, plot, series);
	}
	plot->nseries = ncauses;
	return PointerGetDatum(plot_draw(plot, title_argument(fcinfo, 1), "Cumulative incidence", width));
}
