/*
 * plot.h
 *		Step curves of shares over time as a picture, with a legend and a table
 *		of how many are at risk.
 */
#ifndef JOURNEY_PLOT_H
#define JOURNEY_PLOT_H

#include "picture/markup.h"

#define PLOT_MAX_SERIES		MARKUP_COLOURS
#define PLOT_MAX_TICKS		16

/* From this time on the share is y. */
typedef struct PlotPoint
{
	double		x;				/* 0 or more */
	double		y;				/* 0 to 1 */
	double		low;			/* confidence limits */
	double		high;
	bool		marked;			/* something is censored here */
} PlotPoint;

typedef struct PlotSeries
{
	MarkupText	label;
	const char *summary;		/* markup: what the legend says behind the label */
	double		start;			/* the share until the first point */
	uint32		npoints;
	const PlotPoint *points;	/* in order of time */
	int64		at_risk[PLOT_MAX_TICKS];
} PlotSeries;

typedef struct Plot
{
	bool		interval;		/* times are microseconds, not plain numbers */
	const char *question;		/* markup: what is drawn */
	double		last;			/* end of the axis of time */
	int			nticks;
	double		ticks[PLOT_MAX_TICKS];
	double		step;			/* between two ticks */
	int			nseries;
	PlotSeries	series[PLOT_MAX_SERIES];
	bool		one_risk;		/* all series are at the same risk */
} Plot;

/* plot.c */
extern void plot_ticks(Plot *plot, double width);
extern struct varlena *plot_draw(const Plot *plot, const struct varlena *words, const char *name, double width);

#endif							/* JOURNEY_PLOT_H */
