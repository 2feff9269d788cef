/*
 * plot.c
 *		Draws step curves: axes, curves with their confidence bands, legend, and
 *		below how many are at risk.
 */
#include "postgres.h"

#include <math.h>

#include "datatype/timestamp.h"
#include "miscadmin.h"

#include "picture/plot.h"

#define PLOT_HEIGHT		260
#define LEFT			56			/* room for the numbers of the share */
#define RIGHT			40			/* and for half a time beside the last one */
#define LINE			20			/* of the legend and the table */
#define TICK_ROOM		86			/* for a time below the axis */
#define MAX_BANDS		3			/* more of them hide each other */
#define POINT_ROOM		0.5			/* points that are nearer are drawn as one */
#define MARK_ROOM		4
#define LABEL_ROOM		120			/* of the legend, for a label, where the rest needs much */

/* Lines that differ without their colours, too. */
static const char *const dashes[PLOT_MAX_SERIES] = {
	"", "8 4", "2 3", "10 3 2 3", "14 4", "5 2", "10 3 2 3 2 3", "1 4"
};

/* ---------------------------------------------------------------- times */

/* Steps of an axis of time: round ones in each unit. */
static const double interval_steps[] = {
	1, 2, 5, 10, 20, 50, 100, 200, 500,
	1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5,
	USECS_PER_SEC, 2.0 * USECS_PER_SEC, 5.0 * USECS_PER_SEC, 10.0 * USECS_PER_SEC, 15.0 * USECS_PER_SEC, 30.0 * USECS_PER_SEC,
	USECS_PER_MINUTE, 2.0 * USECS_PER_MINUTE, 5.0 * USECS_PER_MINUTE, 10.0 * USECS_PER_MINUTE, 15.0 * USECS_PER_MINUTE, 30.0 * USECS_PER_MINUTE,
	USECS_PER_HOUR, 2.0 * USECS_PER_HOUR, 3.0 * USECS_PER_HOUR, 6.0 * USECS_PER_HOUR, 12.0 * USECS_PER_HOUR,
	USECS_PER_DAY, 2.0 * USECS_PER_DAY, 7.0 * USECS_PER_DAY, 14.0 * USECS_PER_DAY, 30.0 * USECS_PER_DAY, 60.0 * USECS_PER_DAY,
	90.0 * USECS_PER_DAY, 180.0 * USECS_PER_DAY, 365.0 * USECS_PER_DAY, 730.0 * USECS_PER_DAY, 1825.0 * USECS_PER_DAY
};

/* Chooses the times that are written below the axis. */
void
plot_ticks(Plot *plot, double width)
{
	int			most = Min((int) ((width - MARKUP_PAD - LEFT - RIGHT) / TICK_ROOM), PLOT_MAX_TICKS - 1);
	double		step;

	if (!(plot->last > 0))
		plot->last = plot->interval ? USECS_PER_DAY : 1;
	if (plot->interval)
	{
		int			i = 0;

		while (i < (int) lengthof(interval_steps) - 1 && plot->last / interval_steps[i] > most)
			i++;
		step = interval_steps[i];
		while (plot->last / step > most)
			step *= 2;
	}
	else
	{
		double		power = pow(10, floor(log10(plot->last / most)));

		/* what is too small for a power of its own */
		if (!(power > 0))
			power = plot->last;
		step = power;
		if (plot->last / step > most)
			step = 2 * power;
		if (plot->last / step > most)
			step = 5 * power;
		if (plot->last / step > most)
			step = 10 * power;
	}
	plot->step = step;
	plot->nticks = 0;
	for (int i = 0; i <= most && i * step <= plot->last; i++)
		plot->ticks[plot->nticks++] = i * step;
}

/* A time of the axis, in the unit of its steps. */
static void
append_tick(StringInfo buf, const Plot *plot, double time)
{
	static const struct
	{
		const char *name;
		double		usecs;
	}			units[] =
	{
		{"d", USECS_PER_DAY}, {"h", USECS_PER_HOUR}, {"min", USECS_PER_MINUTE}, {"s", USECS_PER_SEC}, {"ms", 1000}, {"&#181;s", 1}
	};
	int			i = 0;

	if (!plot->interval)
		appendStringInfo(buf, "%g", time);
	else if (time == 0)
		appendStringInfoChar(buf, '0');
	else
	{
		while (i < (int) lengthof(units) - 1 && plot->step < units[i].usecs)
			i++;
		appendStringInfo(buf, "%.0f" MARKUP_NBSP "%s", time / units[i].usecs, units[i].name);
	}
}

/* ---------------------------------------------------------------- curves */

/* Where things are. */
typedef struct Area
{
	double		x;
	double		y;
	double		width;
	double		height;
	double		last;
} Area;

static double
place_x(const Area *area, double time)
{
	return area->x + area->width * (time / area->last);
}

static double
place_y(const Area *area, double share)
{
	return area->y + area->height * (1 - share);
}

static void
append_point(StringInfo buf, char what, double x, double y)
{
	appendStringInfoChar(buf, what);
	markup_coordinate(buf, x);
	appendStringInfoChar(buf, ',');
	markup_coordinate(buf, y);
}

/* The point up to which all that are too near are drawn as one. */
static uint32
last_near(const Area *area, const PlotSeries *series, uint32 i)
{
	double		x = place_x(area, series->points[i].x);

	while (i + 1 < series->npoints && place_x(area, series->points[i + 1].x) - x < POINT_ROOM)
		i++;
	return i;
}

static void
append_line(StringInfo buf, const Area *area, const PlotSeries *series, int number)
{
	double		x = place_x(area, 0);

	appendStringInfo(buf, "<path class=\"line s%d\" stroke-dasharray=\"%s\" d=\"", number, *dashes[number] ? dashes[number] : "none");
	append_point(buf, 'M', x, place_y(area, series->start));
	for (uint32 i = 0; i < series->npoints; i++)
	{
		CHECK_FOR_INTERRUPTS();
		x = place_x(area, series->points[i].x);
		i = last_near(area, series, i);
		appendStringInfoChar(buf, 'H');
		markup_coordinate(buf, x);
		appendStringInfoChar(buf, 'V');
		markup_coordinate(buf, place_y(area, series->points[i].y));
	}
	if (series->npoints > 0)
	{
		appendStringInfoChar(buf, 'H');
		markup_coordinate(buf, place_x(area, series->points[series->npoints - 1].x));
	}
	appendStringInfoString(buf, "\"/>\n");
}

/* The area between the limits: forth along the upper one, back along the lower one. */
static void
append_band(StringInfo buf, const Area *area, const PlotSeries *series, int number)
{
	StringInfoData back;
	double		low = place_y(area, series->start);

	if (series->npoints == 0)
		return;
	initStringInfo(&back);
	appendStringInfo(buf, "<path class=\"band c%d\" d=\"", number);
	append_point(buf, 'M', place_x(area, 0), low);
	for (uint32 i = 0; i < series->npoints; i++)
	{
		double		x = place_x(area, series->points[i].x);

		CHECK_FOR_INTERRUPTS();
		i = last_near(area, series, i);
		appendStringInfoChar(buf, 'H');
		markup_coordinate(buf, x);
		appendStringInfoChar(buf, 'V');
		markup_coordinate(buf, place_y(area, series->points[i].high));
		/* kept in order of time, each corner ahead of the one before; turned round below */
		append_point(&back, 'L', x, low);
		low = place_y(area, series->points[i].low);
		append_point(&back, 'L', x, low);
	}
	appendStringInfoChar(buf, 'H');
	markup_coordinate(buf, place_x(area, series->points[series->npoints - 1].x));
	append_point(&back, 'L', place_x(area, series->points[series->npoints - 1].x), low);
	for (int end = back.len; end > 0;)
	{
		int			start = end - 1;

		while (back.data[start] != 'L')
			start--;
		appendBinaryStringInfo(buf, back.data + start, end - start);
		end = start;
	}
	appendStringInfoString(buf, "Z\"/>\n");
	pfree(back.data);
}

/* A small stroke where something is censored. */
static void
append_marks(StringInfo buf, const Area *area, const PlotSeries *series, int number)
{
	double		before = -MARK_ROOM;
	bool		any = false;

	for (uint32 i = 0; i < series->npoints; i++)
	{
		double		x = place_x(area, series->points[i].x);

		if (!series->points[i].marked || x - before < MARK_ROOM)
			continue;
		if (!any)
			appendStringInfo(buf, "<path class=\"mark s%d\" d=\"", number);
		any = true;
		append_point(buf, 'M', x, place_y(area, series->points[i].y) - 4);
		appendStringInfoString(buf, "v8");
		before = x;
	}
	if (any)
		appendStringInfoString(buf, "\"/>\n");
}

/* ---------------------------------------------------------------- words */

/* The share at a time.  False where the curve has ended without having come to all or nothing. */
static bool
share_at(const PlotSeries *series, double time, double *share)
{
	uint32		low = 0;
	uint32		high = series->npoints;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (series->points[middle].x <= time)
			low = middle + 1;
		else
			high = middle;
	}
	*share = low == 0 ? series->start : series->points[low - 1].y;
	return low < series->npoints || (low > 0 && series->points[low - 1].x == time);
}

/* All words of the legend. */
static void
append_words(StringInfo buf, const PlotSeries *series)
{
	if (series->label.len > 0)
	{
		markup_append_label(buf, series->label);
		appendStringInfoString(buf, ": ");
	}
	appendStringInfoString(buf, series->summary);
}

/* A line of the legend: as much as there is room for. */
static void
append_legend(StringInfo buf, const PlotSeries *series, double room)
{
	const char *summary = series->summary;

	if (series->label.len > 0)
	{
		double		dot = markup_plain_width(MARKUP_DOT, MARKUP_BODY);

		summary = markup_plain_fit(summary, MARKUP_BODY, room - dot - Min(markup_width(series->label, MARKUP_BODY), LABEL_ROOM));
		markup_append_label(buf, markup_fit(series->label, MARKUP_BODY, room - dot - markup_plain_width(summary, MARKUP_BODY)));
		appendStringInfoString(buf, MARKUP_DOT);
	}
	else
		summary = markup_plain_fit(summary, MARKUP_BODY, room);
	appendStringInfoString(buf, summary);
}

static void
append_desc(StringInfo desc, const Plot *plot)
{
	for (int i = 0; i < plot->nseries; i++)
	{
		const PlotSeries *series = &plot->series[i];
		bool		any = false;

		appendStringInfoChar(desc, ' ');
		append_words(desc, series);
		for (int tick = 0; tick < plot->nticks; tick++)
		{
			double		share;

			if (!share_at(series, plot->ticks[tick], &share))
				break;
			appendStringInfo(desc, "%s%.1f" MARKUP_NBSP "%% at ", any ? ", " : "; ", share * 100);
			append_tick(desc, plot, plot->ticks[tick]);
			any = true;
		}
		appendStringInfoChar(desc, '.');
	}
}

/* How many are at risk at each time, below the axis.  Returns where it ends. */
static double
append_risk(StringInfo body, const Plot *plot, const Area *area, double y)
{
	int			nrows = plot->one_risk ? Min(plot->nseries, 1) : plot->nseries;
	double		room = plot->nticks > 1 ? area->width * (plot->ticks[1] / plot->last) : area->width;
	double		widest = 0;
	int			every;

	if (nrows == 0)
		return y;
	for (int i = 0; i < nrows; i++)
	{
		for (int tick = 0; tick < plot->nticks; tick++)
		{
			double		number = markup_count_width(plot->series[i].at_risk[tick], MARKUP_SMALL);

			/* those at the ends are moved inwards */
			widest = Max(widest, number + 10 + Max(number / 2 - 26, 0));
		}
	}
	every = (int) ceil(widest / room);
	appendStringInfo(body, "<text class=\"small soft\" x=\"%.0f\" y=\"%.0f\">Still at risk</text>\n", area->x, y + 14);
	y += LINE;
	for (int i = 0; i < nrows; i++)
	{
		if (plot->nseries > 1 && !plot->one_risk)
			appendStringInfo(body, "<path class=\"line s%d\" stroke-dasharray=\"%s\" d=\"M%d,%.1fh24\"/>\n", i,
							 *dashes[i] ? dashes[i] : "none", MARKUP_PAD, y + 8.5);
		for (int tick = 0; tick < plot->nticks; tick += every)
		{
			double		half = markup_count_width(plot->series[i].at_risk[tick], MARKUP_SMALL) / 2;
			double		x = place_x(area, plot->ticks[tick]);

			/* a long number at the beginning or the end stays inside */
			x = Max(x, area->x - 26 + half);
			x = Min(x, area->x + area->width + RIGHT - 4 - half);
			appendStringInfoString(body, "<text class=\"small risk middle\" x=\"");
			markup_coordinate(body, x);
			appendStringInfo(body, "\" y=\"%.0f\">", y + 12);
			markup_count(body, plot->series[i].at_risk[tick]);
			appendStringInfoString(body, "</text>\n");
		}
		y += LINE;
	}
	return y;
}

/* The whole picture. */
struct varlena *
plot_draw(const Plot *plot, const struct varlena *words, const char *name, double width)
{
	StringInfoData title;
	StringInfoData desc;
	StringInfoData body;
	Area		area;
	double		y;

	initStringInfo(&title);
	initStringInfo(&desc);
	initStringInfo(&body);
	y = markup_heading(&title, &body, words, name, width);
	appendStringInfo(&desc, "%s.", plot->question);
	append_desc(&desc, plot);
	appendStringInfo(&body, "<text class=\"small soft\" x=\"%d\" y=\"%.0f\">%s</text>\n", MARKUP_PAD, y + 12,
					 markup_plain_fit(plot->question, MARKUP_SMALL, width - 2 * MARKUP_PAD));
	y += 24;
	for (int i = 0; i < plot->nseries; i++)
	{
		appendStringInfo(&body, "<path class=\"line s%d\" stroke-dasharray=\"%s\" d=\"M%d,%.1fh28\"/>\n<text x=\"%d\" y=\"%.0f\">",
						 i, *dashes[i] ? dashes[i] : "none", MARKUP_PAD, y + 10, MARKUP_PAD + 38, y + 15);
		append_legend(&body, &plot->series[i], width - 2 * MARKUP_PAD - 38);
		appendStringInfoString(&body, "</text>\n");
		y += LINE;
	}

	area.x = MARKUP_PAD + LEFT;
	area.y = y + 16;
	area.width = width - area.x - RIGHT;
	area.height = PLOT_HEIGHT;
	area.last = plot->last;
	for (int i = 0; i <= 4; i++)
	{
		double		line = place_y(&area, i / 4.0);

		appendStringInfo(&body, "<path class=\"grid\" d=\"M%.0f,%.1fH", area.x, line);
		markup_coordinate(&body, area.x + area.width);
		appendStringInfo(&body, "\"/>\n<text class=\"small soft end\" x=\"%.0f\" y=\"%.1f\">%d" MARKUP_NBSP "%%</text>\n",
						 area.x - 8, line + 4, 25 * i);
	}
	appendStringInfo(&body, "<path class=\"axis\" d=\"M%.0f,%.1fH", area.x, area.y + area.height);
	markup_coordinate(&body, area.x + area.width);
	appendStringInfoString(&body, "\"/>\n");
	for (int tick = 0; tick < plot->nticks; tick++)
	{
		double		x = place_x(&area, plot->ticks[tick]);

		appendStringInfoString(&body, "<path class=\"axis\" d=\"");
		append_point(&body, 'M', x, area.y + area.height);
		appendStringInfoString(&body, "v5\"/>\n<text class=\"small soft middle\" x=\"");
		markup_coordinate(&body, x);
		appendStringInfo(&body, "\" y=\"%.0f\">", area.y + area.height + 19);
		append_tick(&body, plot, plot->ticks[tick]);
		appendStringInfoString(&body, "</text>\n");
	}
	for (int i = 0; i < plot->nseries && plot->nseries <= MAX_BANDS; i++)
		append_band(&body, &area, &plot->series[i], i);
	for (int i = 0; i < plot->nseries; i++)
	{
		appendStringInfoString(&body, "<g>\n<title>");
		append_words(&body, &plot->series[i]);
		appendStringInfoString(&body, "</title>\n");
		append_line(&body, &area, &plot->series[i], i);
		append_marks(&body, &area, &plot->series[i], i);
		appendStringInfoString(&body, "</g>\n");
	}
	y = append_risk(&body, plot, &area, area.y + area.height + 28);
	return markup_picture(width, y + 10, &title, &desc, &body);
}
