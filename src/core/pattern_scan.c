/*
 * pattern_scan.c
 *		Reading the text of a pattern: names, numbers and lengths of time.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "common/int.h"

#include "core/pattern_scan.h"

bool
pattern_fail(PatternParser *parser, PatternErrorKind kind, const char *at, const char *message, const char *hint)
{
	parser->error->kind = kind;
	parser->error->at = at - parser->start;
	parser->error->message = message;
	parser->error->hint = hint;
	return false;
}

bool
pattern_expected(PatternParser *parser, const char *what)
{
	return pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->p, what, NULL);
}

/* ---------------------------------------------------------------- names */

/* A whole number of at most max, or -1.  There is a digit at the place. */
int
pattern_read_number(PatternParser *parser, int max)
{
	int			number = 0;

	while (at_digit(parser))
	{
		number = number * 10 + (*parser->p++ - '0');
		if (number > max)
			return -1;
	}
	return number;
}

/* The number of a condition, counted from 0, or -1.  There is a digit at the place. */
int
pattern_read_condition(PatternParser *parser)
{
	const char *start = parser->p;
	int			number;

	number = pattern_read_number(parser, PATTERN_MAX_CONDITIONS);
	if (number < 1)
	{
		pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "the number of a condition, from 1 to 64", NULL);
		return -1;
	}
	parser->pattern->nnames = Max(parser->pattern->nnames, number);
	return number - 1;
}

/* The number of a label, quoted or not, or -1. */
int
pattern_read_label(PatternParser *parser)
{
	Pattern    *pattern = parser->pattern;
	const char *start = parser->p;
	char	   *label;
	int			len = 0;

	if (at_char(parser, '"'))
	{
		label = palloc(parser->end - parser->p);
		parser->p++;
		while (!at_char(parser, '"'))
		{
			if (at_char(parser, '\\'))
				parser->p++;
			if (parser->p >= parser->end)
			{
				pattern_expected(parser, "a closing double quote");
				return -1;
			}
			label[len++] = *parser->p++;
		}
		parser->p++;
		if (len == 0)
		{
			pattern_fail(parser, PATTERN_ERROR_VALUE, start, "label must not be empty", NULL);
			return -1;
		}
	}
	else
	{
		while (parser->p < parser->end && is_label_char(*parser->p))
			parser->p++;
		len = parser->p - start;
		label = palloc(len);
		memcpy(label, start, len);
	}
	if (len > PATTERN_MAX_LABEL)
	{
		pattern_fail(parser, PATTERN_ERROR_VALUE, start, "label is longer than 255 bytes", NULL);
		return -1;
	}

	for (int i = 0; i < pattern->nnames; i++)
	{
		if (pattern->labels[i].len == len && memcmp(pattern->labels[i].data, label, len) == 0)
		{
			pfree(label);
			return i;
		}
	}
	if (pattern->nnames >= PATTERN_MAX_NAMES)
	{
		pattern_fail(parser, PATTERN_ERROR_LIMIT, start, "sequence pattern has too many labels",
					 "at most 1000 different ones are allowed.");
		return -1;
	}
	if (pattern->nnames >= parser->labels_room)
	{
		parser->labels_room = Max(8, parser->labels_room * 2);
		if (pattern->labels == NULL)
			pattern->labels = palloc(sizeof(PatternLabel) * parser->labels_room);
		else
			pattern->labels = repalloc(pattern->labels, sizeof(PatternLabel) * parser->labels_room);
	}
	pattern->labels[pattern->nnames].data = label;
	pattern->labels[pattern->nnames].len = len;
	return pattern->nnames++;
}

/* ---------------------------------------------------------------- times */

bool
pattern_read_comparison(PatternParser *parser, PatternComparison *comparison)
{
	static const struct
	{
		const char *text;
		PatternComparison comparison;
	}			known[] = {
		{"<=", PATTERN_LESS_EQUAL}, {"<>", PATTERN_UNEQUAL}, {"<", PATTERN_LESS},
		{">=", PATTERN_GREATER_EQUAL}, {">", PATTERN_GREATER},
		{"==", PATTERN_EQUAL}, {"=", PATTERN_EQUAL}, {"!=", PATTERN_UNEQUAL}
	};

	skip_space(parser);
	for (int i = 0; i < (int) lengthof(known); i++)
	{
		if (at_text(parser, known[i].text))
		{
			parser->p += strlen(known[i].text);
			*comparison = known[i].comparison;
			return true;
		}
	}
	return pattern_expected(parser, "one of <, <=, >, >=, =, == and !=");
}

/* The unit after a number; none is a second. */
static bool
read_unit(PatternParser *parser, int64 *unit)
{
	static const struct
	{
		const char *name;
		int64		usecs;
	}			units[] = {
		{"us", 1}, {"ms", 1000}, {"s", INT64CONST(1000000)},
		{"min", INT64CONST(60000000)}, {"h", INT64CONST(3600000000)},
		{"d", INT64CONST(86400000000)}, {"w", INT64CONST(604800000000)}
	};
	const char *start;
	Size		len;

	skip_space(parser);
	start = parser->p;
	while (parser->p < parser->end && is_label_char(*parser->p))
		parser->p++;
	len = parser->p - start;
	if (parser->clock == PATTERN_PLAIN)
	{
		*unit = 1;
		if (len > 0)
			return pattern_fail(parser, PATTERN_ERROR_VALUE, start, "unit of time for plain numbers",
								"Numbers have no unit: write the limit as a plain number, in the units of the column.");
		return true;
	}
	*unit = INT64CONST(1000000);
	if (len == 0)
		return true;
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		if (len == strlen(units[i].name) && memcmp(start, units[i].name, len) == 0)
		{
			*unit = units[i].usecs;
			return true;
		}
	}
	parser->p = start;
	return pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "a unit of time: us, ms, s, min, h, d or w",
						"Months and years have no fixed length: count in days.");
}

/* A number and its unit.  Nothing is rounded. */
bool
pattern_read_duration(PatternParser *parser, int64 *duration)
{
	const char *start;
	int64		whole = 0;
	const char *decimals;
	const char *decimals_end;
	int64		unit;
	bool		overflow = false;

	skip_space(parser);
	start = parser->p;
	if (!at_digit(parser))
		return pattern_expected(parser, "a number");
	for (; at_digit(parser); parser->p++)
	{
		overflow |= pg_mul_s64_overflow(whole, 10, &whole);
		overflow |= pg_add_s64_overflow(whole, *parser->p - '0', &whole);
	}
	decimals = decimals_end = parser->p;
	if (at_char(parser, '.'))
	{
		decimals = ++parser->p;
		if (!at_digit(parser))
			return pattern_expected(parser, "a digit");
		while (at_digit(parser))
			parser->p++;
		decimals_end = parser->p;
	}
	if (!read_unit(parser, &unit))
		return false;

	overflow |= pg_mul_s64_overflow(whole, unit, &whole);
	while (decimals_end > decimals && decimals_end[-1] == '0')
		decimals_end--;
	if (decimals_end > decimals)
	{
		int64		part = 0;
		int			tenths = decimals_end - decimals;

		/* part * unit / 10 ^ tenths, with every 2 and 5 divided out */
		if (tenths > 18)
			tenths = 0, unit = 0;
		for (int i = 0; i < tenths; i++)
			part = part * 10 + (decimals[i] - '0');
		for (; tenths > 0 && (unit % 2 == 0 || part % 2 == 0) && (unit % 5 == 0 || part % 5 == 0); tenths--)
		{
			*(unit % 2 == 0 ? &unit : &part) /= 2;
			*(unit % 5 == 0 ? &unit : &part) /= 5;
		}
		if (tenths > 0 || unit == 0)
			return pattern_fail(parser, PATTERN_ERROR_VALUE, start,
								parser->clock == PATTERN_PLAIN ? "number is not whole" :
								"time is finer than a microsecond", NULL);
		overflow |= pg_mul_s64_overflow(part, unit, &part);
		overflow |= pg_add_s64_overflow(whole, part, &whole);
	}
	if (overflow)
		return pattern_fail(parser, PATTERN_ERROR_VALUE, start, "time is out of range", NULL);
	*duration = whole;
	return true;
}
