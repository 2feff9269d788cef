/*
 * funnel_svg.c
 *		svg(funnel): a funnel as bars, with all its numbers.
 *
 * A row for each step: label, bar, how many reached it, their share of those
 * who entered; below the bar what became of those who could have reached it.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "core/wilson.h"
#include "funnel/funnel.h"
#include "picture/markup.h"

PG_FUNCTION_INFO_V1(funnel_svg);

#define ROW			50			/* from one bar to the next */
#define BAR			24
#define SHARE_ROOM	72			/* for a share and the space before it */
#define LABEL_ROOM	200			/* for labels, at most */
#define BAR_ROOM	60			/* for bars, at least */

/* What a row shows. */
typedef struct Row
{
	const FunnelStep *step;
	MarkupText	label;
	int64		median;			/* of the time since the step before; -1: unknown */
	int64		p90;
} Row;

/* "1943 (100 %)" */
static void
append_reached(StringInfo buf, const FunnelStep *step, int64 entered)
{
	markup_count(buf, step->reached);
	appendStringInfoString(buf, " (");
	markup_share(buf, step->reached, entered);
	appendStringInfoString(buf, ")");
}

/* What a step has of the step before. */
static void
append_since(StringInfo buf, const Row *row)
{
	markup_share(buf, row->step->reached, row->step->before);
	appendStringInfoString(buf, " of the step before");
	if (row->step->before >= row->step->reached)
	{
		appendStringInfoString(buf, MARKUP_DOT);
		markup_count(buf, row->step->before - row->step->reached);
		appendStringInfoString(buf, " dropped");
	}
	if (row->median >= 0)
	{
		appendStringInfoString(buf, MARKUP_DOT "median ");
		markup_duration(buf, row->median);
	}
}

/* All there is to say about a step. */
static void
append_sentence(StringInfo buf, const Row *row, int64 entered)
{
	const FunnelStep *step = row->step;

	markup_append_label(buf, row->label);
	appendStringInfoString(buf, step->optional ? " (optional): " : ": ");
	append_reached(buf, step, entered);
	if (step->before > 0)
	{
		double		low;
		double		high;

		wilson_interval(step->reached, step->before, WILSON_95, &low, &high);
		appendStringInfoString(buf, "; ");
		markup_share(buf, step->reached, step->before);
		appendStringInfo(buf, " of the step before (95" MARKUP_NBSP "%% interval %.1f to %.1f" MARKUP_NBSP "%%)",
						 low * 100, high * 100);
		if (step->before >= step->reached)
		{
			appendStringInfoString(buf, ", ");
			markup_count(buf, step->before - step->reached);
			appendStringInfoString(buf, " dropped");
		}
	}
	if (row->median >= 0)
	{
		appendStringInfoString(buf, "; median time ");
		markup_duration(buf, row->median);
	}
	if (row->p90 >= 0)
	{
		appendStringInfoString(buf, ", 90" MARKUP_NBSP "% within ");
		markup_duration(buf, row->p90);
	}
	appendStringInfoChar(buf, '.');
}

/* What the whole funnel says in one line. */
static void
append_summary(StringInfo buf, const FunnelReport *report)
{
	int64		entered = report->data.entered;
	int64		converted = report->steps[report->last].reached;

	markup_count(buf, entered);
	appendStringInfoString(buf, " entered");
	if (report->data.total != entered)
	{
		appendStringInfoString(buf, " of ");
		markup_count(buf, report->data.total);
		appendStringInfoString(buf, " seen");
	}
	appendStringInfoString(buf, MARKUP_DOT);
	markup_count(buf, converted);
	appendStringInfoString(buf, " converted");
	if (entered > 0)
	{
		appendStringInfoString(buf, ", ");
		markup_share(buf, converted, entered);
	}
	if (report->data.excluded > 0)
	{
		appendStringInfoString(buf, MARKUP_DOT);
		markup_count(buf, report->data.excluded);
		appendStringInfoString(buf, " stopped by an exclusion");
	}
}

/* The question, where it says more than its steps. */
static void
append_question(StringInfo buf, const FunnelReport *report)
{
	FunnelParts parts;

	funnel_question_parts(report->data.question, report->data.questionsize, report->data.nsteps, &parts);
	if (parts.limited)
	{
		appendStringInfoString(buf, MARKUP_DOT "within ");
		funnel_append_duration(buf, parts.months, parts.usecs);
	}
	if (parts.options.len > 0)
	{
		appendStringInfoString(buf, MARKUP_DOT);
		markup_append(buf, markup_fit(markup_text(parts.options.data, parts.options.len), MARKUP_SMALL, 300));
	}
}

/* svg(funnel, title, width) */
Datum
funnel_svg(PG_FUNCTION_ARGS)
{
	FunnelReport *report = palloc(sizeof(FunnelReport));
	Row		   *rows;
	StringInfoData title;
	StringInfoData desc;
	StringInfoData body;
	StringInfoData line;
	double		width;
	double		y;
	double		label_width = 0;
	double		label_room;
	double		count_width = 0;
	double		bar_x;
	double		bar_width;
	double		right;
	int64		entered;
	int64		most = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	width = PG_ARGISNULL(2) ? MARKUP_DEFAULT_WIDTH : markup_check_width(PG_GETARG_INT32(2));
	funnel_report(PG_GETARG_FUNNEL_PP(0), report);
	entered = report->data.entered;

	initStringInfo(&title);
	initStringInfo(&desc);
	initStringInfo(&body);
	initStringInfo(&line);
	y = markup_heading(&title, &body, PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1), "Funnel", width);

	append_summary(&desc, report);
	append_question(&desc, report);
	appendStringInfo(&body, "<text class=\"small soft\" x=\"%d\" y=\"%.0f\">%s</text>\n", MARKUP_PAD, y + 12,
					 markup_plain_fit(desc.data, MARKUP_SMALL, width - 2 * MARKUP_PAD));
	appendStringInfoChar(&desc, '.');
	y += 26;

	rows = palloc(sizeof(Row) * Max(report->nsteps, 1));
	for (int i = 0; i < report->nsteps; i++)
	{
		Row		   *row = &rows[i];

		row->step = &report->steps[i];
		row->label = markup_text(row->step->label.data, row->step->label.len);
		row->median = funnel_step_usecs(&report->data, i, 0.5);
		row->p90 = funnel_step_usecs(&report->data, i, 0.9);
		label_width = Max(label_width, markup_width(row->label, MARKUP_BODY));
		count_width = Max(count_width, markup_count_width(row->step->reached, MARKUP_BODY) * 1.1);
		most = Max(most, row->step->reached);
	}
	right = width - MARKUP_PAD;
	/* in a narrow picture with great numbers, bars get their room before labels */
	label_room = right - MARKUP_PAD - 14 - BAR_ROOM - 12 - count_width - SHARE_ROOM;
	label_room = Min(Max(label_room, 30), LABEL_ROOM);
	label_width = Min(label_width, label_room);
	bar_x = MARKUP_PAD + label_width + 14;
	bar_width = right - SHARE_ROOM - count_width - 12 - bar_x;

	for (int i = 0; i < report->nsteps; i++)
	{
		const Row  *row = &rows[i];
		double		share = most > 0 ? (double) row->step->reached / most : 0;
		double		base = y + BAR / 2.0 + 5;

		appendStringInfoString(&desc, " ");
		append_sentence(&desc, row, entered);

		appendStringInfoString(&body, "<g>\n<title>");
		append_sentence(&body, row, entered);
		appendStringInfoString(&body, "</title>\n");
		appendStringInfo(&body, "<text x=\"%d\" y=\"%.0f\">", MARKUP_PAD, base);
		markup_append_label(&body, markup_fit(row->label, MARKUP_BODY, label_room));
		appendStringInfoString(&body, "</text>\n<rect class=\"track\" x=\"");
		markup_coordinate(&body, bar_x);
		appendStringInfo(&body, "\" y=\"%.0f\" width=\"", y);
		markup_coordinate(&body, bar_width);
		appendStringInfo(&body, "\" height=\"%d\" rx=\"3\"/>\n", BAR);
		if (row->step->reached > 0)
		{
			appendStringInfoString(&body, "<rect class=\"bar\" x=\"");
			markup_coordinate(&body, bar_x);
			appendStringInfo(&body, "\" y=\"%.0f\" width=\"", y);
			/* somebody is never nobody */
			markup_coordinate(&body, Max(share * bar_width, 1));
			appendStringInfo(&body, "\" height=\"%d\" rx=\"%.0f\"/>\n", BAR, share * bar_width < 6 ? 0.0 : 3.0);
		}
		appendStringInfo(&body, "<text class=\"strong end\" x=\"%.0f\" y=\"%.0f\">", right - SHARE_ROOM, base);
		markup_count(&body, row->step->reached);
		appendStringInfo(&body, "</text>\n<text class=\"end\" x=\"%.0f\" y=\"%.0f\">", right, base);
		markup_share(&body, row->step->reached, entered);
		appendStringInfoString(&body, "</text>\n");
		if (row->step->before >= 0)
		{
			resetStringInfo(&line);
			append_since(&line, row);
			appendStringInfoString(&body, "<text class=\"small soft\" x=\"");
			markup_coordinate(&body, bar_x);
			appendStringInfo(&body, "\" y=\"%.0f\">%s</text>\n", y + BAR + 14,
							 markup_plain_fit(line.data, MARKUP_SMALL, right - bar_x));
		}
		appendStringInfoString(&body, "</g>\n");
		y += row->step->before >= 0 ? ROW : BAR + 14;
	}
	PG_RETURN_POINTER(markup_picture(width, y + 4, &title, &desc, &body));
}
