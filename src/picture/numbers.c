/*
 * numbers.c
 *		Counts, shares and durations as text of a picture: the same whatever the
 *		language and the settings.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "picture/markup.h"

PG_FUNCTION_INFO_V1(count_markup);
PG_FUNCTION_INFO_V1(share_markup);
PG_FUNCTION_INFO_V1(duration_markup);

/* Digits in groups of three with narrow spaces between, from five digits on. */
void
markup_count(StringInfo buf, int64 count)
{
	char		digits[MAXINT8LEN + 1];
	int			len = pg_lltoa(count, digits);
	int			first = count < 0 ? 1 : 0;

	if (count < 0)
		appendStringInfoString(buf, "&#8722;");
	for (int i = first; i < len; i++)
	{
		if (i > first && len - first > 4 && (len - i) % 3 == 0)
			appendStringInfoString(buf, "&#8239;");
		appendStringInfoChar(buf, digits[i]);
	}
}

double
markup_count_width(int64 count, double size)
{
	StringInfoData buf;
	double		width;

	initStringInfo(&buf);
	markup_count(&buf, count);
	width = markup_plain_width(buf.data, size);
	pfree(buf.data);
	return width;
}

/*
 * A share in percent, to a tenth.  Only all is 100 and only nothing is 0; a
 * share of nothing is a dash.
 */
void
markup_share(StringInfo buf, int64 part, int64 whole)
{
	double		percent = 100.0 * (double) part / (double) whole;

	if (whole <= 0)
		appendStringInfoString(buf, MARKUP_DASH);
	else if (part == 0 || part == whole)
		appendStringInfo(buf, "%d" MARKUP_NBSP "%%", part == 0 ? 0 : 100);
	else if (percent < 0.05)
		appendStringInfoString(buf, "&lt;0.1" MARKUP_NBSP "%");
	else if (percent >= 99.95 && part < whole)
		appendStringInfoString(buf, "&gt;99.9" MARKUP_NBSP "%");
	else
		appendStringInfo(buf, "%.1f" MARKUP_NBSP "%%", percent);
}

/* A duration of so many microseconds, in its two greatest units. */
void
markup_duration(StringInfo buf, double usecs)
{
	static const struct
	{
		const char *name;
		double		usecs;
		double		next;		/* how many of the next unit */
	}			units[] =
	{
		{"d", USECS_PER_DAY, 24},
		{"h", USECS_PER_HOUR, 60},
		{"min", USECS_PER_MINUTE, 60},
		{"s", USECS_PER_SEC, 1000},
		{"ms", 1000, 1000},
		{"&#181;s", 1, 0}
	};
	int			i = 0;
	double		count;
	double		rest;

	usecs = Max(usecs, 0);
	if (usecs == 0)
	{
		appendStringInfoString(buf, "0" MARKUP_NBSP "s");
		return;
	}
	while (i < (int) lengthof(units) - 1 && usecs < units[i].usecs)
		i++;
	if (i == lengthof(units) - 1)
	{
		appendStringInfo(buf, "%.0f" MARKUP_NBSP "%s", usecs, units[i].name);
		return;
	}
	count = floor(usecs / units[i].usecs);
	rest = rint((usecs - count * units[i].usecs) / units[i + 1].usecs);
	if (rest >= units[i].next)
	{
		count++;
		rest = 0;
	}
	/* what is long is not told to the hour */
	if (i == 0 && count >= 100)
	{
		count = rint(usecs / units[0].usecs);
		rest = 0;
	}
	/* a full unit that rounding has made belongs to the unit above */
	if (i > 0 && count == units[i - 1].next)
	{
		i--;
		count = 1;
		rest = 0;
	}
	appendStringInfo(buf, "%.0f" MARKUP_NBSP "%s", count, units[i].name);
	if (rest > 0)
		appendStringInfo(buf, MARKUP_NBSP "%.0f" MARKUP_NBSP "%s", rest, units[i + 1].name);
}

/* A coordinate in pixels, to a hundredth, with no more digits than it needs. */
void
markup_coordinate(StringInfo buf, double value)
{
	char		digits[64];
	int			len;

	len = snprintf(digits, sizeof(digits), "%.2f", value);
	while (digits[len - 1] == '0')
		digits[--len] = '\0';
	if (digits[len - 1] == '.')
		digits[--len] = '\0';
	appendStringInfoString(buf, strcmp(digits, "-0") == 0 ? "0" : digits);
}

static Datum
markup_result(StringInfo buf)
{
	return PointerGetDatum(cstring_to_text_with_len(buf->data, buf->len));
}

/* markup_count(int8) */
Datum
count_markup(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	initStringInfo(&buf);
	markup_count(&buf, PG_GETARG_INT64(0));
	return markup_result(&buf);
}

/* markup_share(float8): what is neither all nor nothing never looks as if it were. */
Datum
share_markup(PG_FUNCTION_ARGS)
{
	double		share = PG_GETARG_FLOAT8(0);
	StringInfoData buf;

	initStringInfo(&buf);
	if (isnan(share))
		appendStringInfoString(&buf, MARKUP_DASH);
	else if (isinf(share))
		appendStringInfoString(&buf, share > 0 ? "&#8734;" : "&#8722;&#8734;");
	else if (share == 0 || share == 1)
		appendStringInfo(&buf, "%d" MARKUP_NBSP "%%", share == 0 ? 0 : 100);
	else if (share > 0 && share < 0.0005)
		appendStringInfoString(&buf, "&lt;0.1" MARKUP_NBSP "%");
	else if (share >= 0.9995 && share < 1)
		appendStringInfoString(&buf, "&gt;99.9" MARKUP_NBSP "%");
	else
		appendStringInfo(&buf, "%s%.1f" MARKUP_NBSP "%%", share < 0 ? "&#8722;" : "", fabs(share) * 100);
	return markup_result(&buf);
}

/* markup_duration(interval): a month is 30 days, as where intervals are compared. */
Datum
duration_markup(PG_FUNCTION_ARGS)
{
	const Interval *interval = PG_GETARG_INTERVAL_P(0);
	double		usecs = (double) interval->time + ((double) interval->month * DAYS_PER_MONTH + interval->day) * USECS_PER_DAY;
	StringInfoData buf;

	initStringInfo(&buf);
	if (INTERVAL_IS_NOEND(interval))
		appendStringInfoString(&buf, "&#8734;");
	else if (INTERVAL_IS_NOBEGIN(interval))
		appendStringInfoString(&buf, "&#8722;&#8734;");
	else
	{
		if (usecs < 0)
			appendStringInfoString(&buf, "&#8722;");
		markup_duration(&buf, fabs(usecs));
	}
	return markup_result(&buf);
}
