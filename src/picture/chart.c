/*
 * chart.c
 *		A funnel as bars of text, for psql.
 */
#include "postgres.h"

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "compat.h"
#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(chart);

#define MAX_WIDTH		200

/* Columns that a string takes on a terminal. */
static int
display_width(const char *p, int len)
{
	int			width = 0;

	while (len > 0)
	{
		int			size = pg_mblen(p);

		width += Max(pg_dsplen(p), 0);
		p += size;
		len -= size;
	}
	return width;
}

/* A label that keeps to its line: what has no width of its own becomes a space. */
static char *
printable(const JourneyLabel *label)
{
	StringInfoData buf;
	const char *p = label->data;
	const char *end = p + label->len;

	initStringInfo(&buf);
	while (p < end)
	{
		int			size = pg_mblen(p);

		if (pg_dsplen(p) < 0)
			appendStringInfoChar(&buf, ' ');
		else
			appendBinaryStringInfo(&buf, p, size);
		p += size;
	}
	return buf.data;
}

/* Appends a bar of "share" of "width" columns, and fills up with spaces. */
static void
append_bar(StringInfo buf, double share, int width, bool plain)
{
	/* blocks of one to seven eighths of a column */
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int			parts = (int) (share * width * 8 + 0.5);
	int			columns = parts / 8;

	/* somebody is never nobody */
	if (parts == 0 && share > 0)
		parts = 1;
	if (plain)
	{
		columns = (int) (share * width + 0.5);
		if (columns == 0 && share > 0)
			columns = 1;
	}
	for (int i = 0; i < columns; i++)
		appendStringInfoString(buf, plain ? "#" : "█");
	if (!plain && parts % 8 != 0)
	{
		appendStringInfoString(buf, eighths[parts % 8]);
		columns++;
	}
	appendStringInfoSpaces(buf, width - columns);
}

/* Appends a share in percent, six columns and the sign; nothing of nothing is a dash. */
static void
append_percent(StringInfo buf, int64 part, int64 whole)
{
	if (whole > 0)
		appendStringInfo(buf, "%6.1f %%", 100.0 * (double) part / (double) whole);
	else
		appendStringInfo(buf, "%6s  ", "-");
}

/* The lines of a chart. */
static char **
draw(const struct varlena *value, int width, bool plain, int *nlines)
{
	FunnelReport report;
	char	  **lines;
	char	  **labels;
	int			label_width = 0;
	int			count_width = 0;
	int64		most = 0;
	int64		first = 0;

	funnel_report(value, &report);
	*nlines = report.nsteps;
	lines = palloc(sizeof(char *) * Max(report.nsteps, 1));
	labels = palloc(sizeof(char *) * Max(report.nsteps, 1));
	for (int i = 0; i < report.nsteps; i++)
	{
		char		count[MAXINT8LEN + 1];

		labels[i] = printable(&report.steps[i].label);
		label_width = Max(label_width, display_width(labels[i], strlen(labels[i])));
		pg_lltoa(report.steps[i].reached, count);
		count_width = Max(count_width, (int) strlen(count));
		most = Max(most, report.steps[i].reached);
	}
	first = report.nsteps > 0 ? report.steps[0].reached : 0;

	for (int i = 0; i < report.nsteps; i++)
	{
		const FunnelStep *step = &report.steps[i];
		StringInfoData buf;

		initStringInfo(&buf);
		appendStringInfoString(&buf, labels[i]);
		appendStringInfoSpaces(&buf, label_width - display_width(labels[i], strlen(labels[i])) + 1);
		append_bar(&buf, most > 0 ? (double) step->reached / (double) most : 0, width, plain);
		appendStringInfo(&buf, " %*lld ", count_width, (long long) step->reached);
		append_percent(&buf, step->reached, first);
		if (step->before >= 0)
		{
			appendStringInfoString(&buf, "  step ");
			append_percent(&buf, step->reached, step->before);
		}
		while (buf.len > 0 && buf.data[buf.len - 1] == ' ')
			buf.data[--buf.len] = '\0';
		lines[i] = buf.data;
	}
	return lines;
}

/* chart(funnel, width, plain): a line for each step */
Datum
chart(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	char	  **lines;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		int			width = PG_GETARG_INT32(1);
		int			nlines;

		if (width < 1 || width > MAX_WIDTH)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("width of a chart must be between 1 and %d", MAX_WIDTH)));
		context = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		/* only UTF-8 has the blocks for sure */
		context->user_fctx = draw(PG_GETARG_FUNNEL_PP(0), width,
								  PG_GETARG_BOOL(2) || GetDatabaseEncoding() != PG_UTF8, &nlines);
		context->max_calls = nlines;
		MemoryContextSwitchTo(old);
	}
	context = SRF_PERCALL_SETUP();
	lines = context->user_fctx;
	if (context->call_cntr < context->max_calls)
	{
		/* not inside the macro, which counts the call first */
		Datum		line = CStringGetTextDatum(lines[context->call_cntr]);

		SRF_RETURN_NEXT(context, line);
	}
	SRF_RETURN_DONE(context);
}
