/*
 * duration.c
 *		Durations as text, whatever the session's settings.
 *
 * 1 month 2 days 3 hours 4 minutes 5.5 seconds
 */
#include "postgres.h"

#include "common/int.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "parser/scansup.h"

#include "funnel/funnel.h"

static const struct
{
	const char *word;
	int32		months;
	int64		usecs;
}			units[] =
{
	{"year", 12, 0},
	{"month", 1, 0},
	{"week", 0, 7 * USECS_PER_DAY},
	{"day", 0, USECS_PER_DAY},
	{"hour", 0, USECS_PER_HOUR},
	{"minute", 0, USECS_PER_MINUTE},
	{"second", 0, USECS_PER_SEC},
	{"millisecond", 0, 1000},
	{"microsecond", 0, 1},
};

/* Append a duration, which is not negative, without a number of 0 in it. */
void
funnel_append_duration(StringInfo buf, int32 months, int64 usecs)
{
	bool		any = false;

	if (months != 0)
	{
		appendStringInfo(buf, "%d month%s", months, months == 1 ? "" : "s");
		any = true;
	}
	for (int i = 3; i < 6; i++)
	{
		int64		count = usecs / units[i].usecs;

		usecs %= units[i].usecs;
		if (count == 0)
			continue;
		appendStringInfo(buf, "%s" INT64_FORMAT " %s%s", any ? " " : "", count, units[i].word, count == 1 ? "" : "s");
		any = true;
	}
	if (usecs != 0 || !any)
	{
		appendStringInfo(buf, "%s" INT64_FORMAT, any ? " " : "", usecs / USECS_PER_SEC);
		if (usecs % USECS_PER_SEC != 0)
		{
			appendStringInfo(buf, ".%06d", (int) (usecs % USECS_PER_SEC));
			while (buf->data[buf->len - 1] == '0')
				buf->data[--buf->len] = '\0';
		}
		appendStringInfoString(buf, usecs == USECS_PER_SEC ? " second" : " seconds");
	}
}

/*
 * Read a duration: numbers with units, in any order.  Only seconds may have a
 * fraction.  False when it is no duration, or too long.
 */
bool
funnel_read_duration(const char *text, int len, int32 *months, int64 *usecs)
{
	const char *p = text;
	const char *end = text + len;
	bool		any = false;

	*months = 0;
	*usecs = 0;
	for (;;)
	{
		int64		number = 0;
		int64		fraction = 0;
		bool		has_fraction = false;
		const char *word;
		int			unit = -1;
		int64		part;
		int32		months_part;

		while (p < end && scanner_isspace(*p))
			p++;
		if (p == end)
			return any;
		if (*p < '0' || *p > '9')
			return false;
		for (; p < end && *p >= '0' && *p <= '9'; p++)
		{
			if (pg_mul_s64_overflow(number, 10, &number) || pg_add_s64_overflow(number, *p - '0', &number))
				return false;
		}
		if (p < end && *p == '.')
		{
			int64		place = USECS_PER_SEC;

			has_fraction = true;
			for (p++; p < end && *p >= '0' && *p <= '9'; p++)
			{
				place /= 10;
				if (place == 0)
					return false;
				fraction += (*p - '0') * place;
			}
		}
		while (p < end && scanner_isspace(*p))
			p++;
		word = p;
		while (p < end && *p >= 'a' && *p <= 'z')
			p++;
		for (int i = 0; i < (int) lengthof(units) && unit < 0; i++)
		{
			size_t		n = strlen(units[i].word);

			if (((size_t) (p - word) == n || ((size_t) (p - word) == n + 1 && word[n] == 's')) &&
				memcmp(word, units[i].word, n) == 0)
				unit = i;
		}
		if (unit < 0 || (has_fraction && units[unit].usecs != USECS_PER_SEC))
			return false;
		if (units[unit].months != 0)
		{
			if (number > PG_INT32_MAX ||
				pg_mul_s32_overflow((int32) number, units[unit].months, &months_part) ||
				pg_add_s32_overflow(*months, months_part, months))
				return false;
		}
		else if (pg_mul_s64_overflow(number, units[unit].usecs, &part) ||
				 pg_add_s64_overflow(part, fraction, &part) ||
				 pg_add_s64_overflow(*usecs, part, usecs))
			return false;
		any = true;
	}
}
