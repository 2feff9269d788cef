/*
 * iso8601_test.c
 *		Writing and reading times, against the calendar of the C library.
 */
#include "postgres_fe.h"

#include <time.h>

#include "core/iso8601.h"
#include "rounds.h"

#define SECOND	INT64CONST(1000000)
#define DAY		(INT64CONST(86400) * SECOND)
#define EPOCH	INT64CONST(946684800)	/* 2000-01-01, as the C library counts */

/* What a timestamptz can be. */
#define MIN_AT	INT64CONST(-211813488000000000)
#define END_AT	INT64CONST(9223371331200000000)

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static uint64 seed = UINT64CONST(88172645463325252);

static uint64
draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* A time somewhere in the whole range, more often near our own days, and often round. */
static int64
draw_time(void)
{
	uint64		range = (uint64) END_AT - (uint64) MIN_AT;
	int64		at;

	if (draw() % 2)
		at = (int64) ((uint64) MIN_AT + draw() % range);
	else
		at = (int64) (draw() % (uint64) (200 * 366 * DAY)) - 100 * 366 * DAY;
	switch (draw() % 4)
	{
		case 0:
			return at / DAY * DAY;
		case 1:
			return at / SECOND * SECOND;
		case 2:
			return at / 1000 * 1000;
	}
	return at;
}

/* The text of a time, by the C library. */
static int
expected_text(int64 at, char *out)
{
	int64		usecs = at % SECOND;
	time_t		seconds = (time_t) (at / SECOND);
	struct tm	tm;
	int			len;

	if (usecs < 0)
	{
		usecs += SECOND;
		seconds--;
	}
	seconds += EPOCH;
	gmtime_r(&seconds, &tm);
	len = sprintf(out, "%s%04d-%02d-%02dT%02d:%02d:%02d",
				  tm.tm_year + 1900 < 0 ? "-" : "", abs(tm.tm_year + 1900), tm.tm_mon + 1, tm.tm_mday,
				  tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (usecs != 0)
	{
		len += sprintf(out + len, ".%06d", (int) usecs);
		while (out[len - 1] == '0')
			len--;
	}
	out[len++] = 'Z';
	out[len] = '\0';
	return len;
}

/* Reads a text that stands in memory of exactly its size, so that a sanitizer sees a read beyond it. */
static Iso8601Result
read_text(const char *text, int len, int64 *at, int *used)
{
	char	   *copy = malloc(len + (len == 0));
	const char *next = NULL;
	Iso8601Result result;

	memcpy(copy, text, len);
	result = iso8601_parse(copy, copy + len, at, &next);
	*used = (int) (next - copy);
	free(copy);
	return result;
}

static bool
same(int64 at)
{
	char		text[64];
	char		want[64];
	int			len = iso8601_format(at, text);
	int64		back;
	int			used;

	if (len != expected_text(at, want) || memcmp(text, want, len + 1) != 0)
	{
		printf("# wrote %s instead of %s\n", text, want);
		return false;
	}
	if (len >= ISO8601_MAXLEN)
		return false;
	if (read_text(text, len, &back, &used) != ISO8601_OK || back != at || used != len)
	{
		printf("# did not read %s back\n", text);
		return false;
	}
	return true;
}

static bool
random_times(void)
{
	for (int i = 0; i < rounds_of(300000); i++)
	{
		if (!same(draw_time()))
			return false;
	}
	return true;
}

/* The turns of the year and of February, in every year there is. */
static bool
every_year(void)
{
	int64		at;
	static const char *const days[] = {"01-01", "02-28", "03-01", "12-31"};

	for (int year = -4712; year <= 294276; year += stride())
	{
		char		text[64];
		int			used;

		for (int i = 0; i < 4; i++)
		{
			int			len = sprintf(text, "%s%04d-%s", year < 0 ? "-" : "", abs(year), days[i]);

			if (read_text(text, len, &at, &used) != ISO8601_OK || used != len ||
				!same(at) || !same(at + DAY - 1))
				return false;
		}
	}
	return true;
}

/* Every day of 1600 years. */
static bool
every_day(void)
{
	for (int64 day = -400 * 366; day < 1200 * 365; day += stride())
	{
		if (!same(day * DAY))
			return false;
	}
	return true;
}

/* Both ends of the range, and one beyond. */
static bool
extremes(void)
{
	int64		at;
	int			used;

	return same(MIN_AT) && same(MIN_AT + 1) && same(END_AT - 1) && same(0) && same(-1) && same(1) &&
		read_text("-4713-11-24", 11, &at, &used) == ISO8601_OK && at == MIN_AT &&
		read_text("-4713-11-23T23:59:59.999999Z", 28, &at, &used) == ISO8601_RANGE &&
		read_text("-4713-11-24T00:30+01", 20, &at, &used) == ISO8601_RANGE &&
		read_text("-4713-11-23T23:30-01", 20, &at, &used) == ISO8601_OK && at == MIN_AT + DAY / 48 &&
		read_text("294276-12-31T23:59:59.999999Z", 29, &at, &used) == ISO8601_OK && at == END_AT - 1 &&
		read_text("294276-12-31T24:00:00Z", 22, &at, &used) == ISO8601_RANGE &&
		read_text("294277-01-01", 12, &at, &used) == ISO8601_RANGE &&
		read_text("294276-12-31T23:30-01", 21, &at, &used) == ISO8601_RANGE &&
		read_text("294277-01-01T00:30+01", 21, &at, &used) == ISO8601_OK && at == END_AT - DAY / 48 &&
		read_text("999999-12-31", 12, &at, &used) == ISO8601_RANGE &&
		read_text("-999999-01-01", 13, &at, &used) == ISO8601_RANGE;
}

/* Random spellings of random times: offsets, precisions, separators. */
static bool
spellings(void)
{
	for (int i = 0; i < rounds_of(200000); i++)
	{
		int64		at = (int64) (draw() % (uint64) (400 * 366 * DAY)) - 200 * 366 * DAY;
		int			precision = (int) (draw() % 9) - 2;	/* -2: a date; -1: hh:mm; else digits of the fraction */
		int64		offset = 0;
		int64		read;
		char		text[64];
		char		local[64];
		int			len;
		int			used;
		char	   *p;

		/* what is not written is nought */
		if (precision == -2)
			at = at / DAY * DAY;
		else if (precision == -1)
			at = at / (60 * SECOND) * (60 * SECOND);
		else
		{
			int64		unit = SECOND;

			for (int n = 0; n < precision; n++)
				unit /= 10;
			at = at / unit * unit;
		}

		if (precision != -2 && draw() % 2)
			offset = (int64) (draw() % (2 * 57600 - 1)) - 57599;
		expected_text(at + offset * SECOND, local);
		p = strchr(local + 1, 'T');
		if (precision == -2)
			len = sprintf(text, "%.*s", (int) (p - local), local);
		else
		{
			len = sprintf(text, "%.*s%c%.5s", (int) (p - local), local, "Tt "[draw() % 3], p + 1);
			/* the local time is only as round as the offset is */
			if (precision > -1 || offset % 60 != 0)
				len += sprintf(text + len, "%.3s", p + 6);
			if (precision > 0)
			{
				char		fraction[16];

				sprintf(fraction, "%06d", (int) (((at % SECOND) + SECOND) % SECOND));
				len += sprintf(text + len, ".%.*s", precision, fraction);
			}
			if (offset != 0)
			{
				int			shift = (int) (offset < 0 ? -offset : offset);
				char		sign = offset < 0 ? '-' : '+';

				if (shift % 60 != 0)
					len += sprintf(text + len, "%c%02d:%02d:%02d", sign, shift / 3600, shift / 60 % 60, shift % 60);
				else if (shift % 3600 != 0)
					len += sprintf(text + len, draw() % 2 ? "%c%02d:%02d" : "%c%02d%02d", sign, shift / 3600, shift / 60 % 60);
				else
					len += sprintf(text + len, "%c%02d", sign, shift / 3600);
			}
			else if (draw() % 2)
				text[len++] = "Zz"[draw() % 2];
		}
		if (read_text(text, len, &read, &used) != ISO8601_OK || read != at || used != len)
		{
			printf("# read %.*s wrongly\n", len, text);
			return false;
		}
	}
	return true;
}

/* What must be refused, why, and where reading stops. */
static bool
refusals(void)
{
	static const struct
	{
		const char *text;
		Iso8601Result result;
	}			cases[] = {
		{"", ISO8601_SYNTAX},
		{"x", ISO8601_SYNTAX},
		{"now", ISO8601_SYNTAX},
		{"infinity", ISO8601_SYNTAX},
		{"2026", ISO8601_SYNTAX},
		{"2026-", ISO8601_SYNTAX},
		{"2026-1-05", ISO8601_SYNTAX},
		{"2026-01-5", ISO8601_SYNTAX},
		{"26-01-05", ISO8601_SYNTAX},
		{"20260105", ISO8601_SYNTAX},
		{"2026/01/05", ISO8601_SYNTAX},
		{"--2026-01-05", ISO8601_SYNTAX},
		{"2026-01-05T09", ISO8601_SYNTAX},
		{"2026-01-05T9:30", ISO8601_SYNTAX},
		{"2026-01-05T09:3", ISO8601_SYNTAX},
		{"2026-01-05T09:30:", ISO8601_SYNTAX},
		{"2026-01-05T09:30:1", ISO8601_SYNTAX},
		{"2026-01-05T09:30:15.", ISO8601_SYNTAX},
		{"2026-01-05T09:30+", ISO8601_SYNTAX},
		{"2026-01-05T09:30+1", ISO8601_SYNTAX},
		{"2026-01-05T09:30+01:", ISO8601_SYNTAX},
		{"2026-01-05T09:30+01:3", ISO8601_SYNTAX},
		{"2026-01-05T09:30+013", ISO8601_SYNTAX},
		{"2026-01-05T09:30+01:30:", ISO8601_SYNTAX},
		{"2026-00-05", ISO8601_FIELD},
		{"2026-13-05", ISO8601_FIELD},
		{"2026-01-00", ISO8601_FIELD},
		{"2026-01-32", ISO8601_FIELD},
		{"2026-04-31", ISO8601_FIELD},
		{"2026-02-29", ISO8601_FIELD},
		{"2100-02-29", ISO8601_FIELD},
		{"1900-02-29", ISO8601_FIELD},
		{"2026-01-05T25:00", ISO8601_FIELD},
		{"2026-01-05T24:00:01", ISO8601_FIELD},
		{"2026-01-05T24:01", ISO8601_FIELD},
		{"2026-01-05T09:60", ISO8601_FIELD},
		{"2026-01-05T09:30:61", ISO8601_FIELD},
		{"2026-01-05T09:30+16", ISO8601_FIELD},
		{"2026-01-05T09:30+01:60", ISO8601_FIELD},
		{"2026-01-05T09:30+01:00:60", ISO8601_FIELD},
	};

	for (int i = 0; i < (int) lengthof(cases); i++)
	{
		int64		at;
		int			used;
		int			len = (int) strlen(cases[i].text);

		if (read_text(cases[i].text, len, &at, &used) != cases[i].result || used < 0 || used > len)
		{
			printf("# did not refuse \"%s\" as it should\n", cases[i].text);
			return false;
		}
	}
	return true;
}

/* Special cases that are read. */
static bool
readings(void)
{
	static const struct
	{
		const char *text;
		const char *same_as;
		int			rest;		/* characters left unread */
	}			cases[] = {
		{"2026-01-05T24:00", "2026-01-06T00:00:00Z", 0},
		{"2026-12-31T23:59:60", "2027-01-01T00:00:00Z", 0},
		{"2024-02-29", "2024-02-29T00:00:00Z", 0},
		{"2000-02-29", "2000-02-29T00:00:00Z", 0},
		{"+2026-01-05", "2026-01-05T00:00:00Z", 0},
		{"02026-01-05", "2026-01-05T00:00:00Z", 0},
		{"-0000-01-05", "0000-01-05T00:00:00Z", 0},
		{"2026-01-05Z", "2026-01-05T00:00:00Z", 0},
		{"2026-01-05, x", "2026-01-05T00:00:00Z", 3},
		{"2026-01-05 }", "2026-01-05T00:00:00Z", 2},
		{"2026-01-05T", "2026-01-05T00:00:00Z", 1},
		{"2026-01-05T09:30:15.1234567", "2026-01-05T09:30:15.123456Z", 1},
		{"2026-01-05T09:30 ", "2026-01-05T09:30:00Z", 1},
		{"2026-01-05+01", "2026-01-05T00:00:00Z", 3},
	};

	for (int i = 0; i < (int) lengthof(cases); i++)
	{
		int64		at;
		int			used;
		int			len = (int) strlen(cases[i].text);
		char		text[64];

		if (read_text(cases[i].text, len, &at, &used) != ISO8601_OK || used != len - cases[i].rest)
		{
			printf("# did not read \"%s\" as far as it should\n", cases[i].text);
			return false;
		}
		iso8601_format(at, text);
		if (strcmp(text, cases[i].same_as) != 0)
		{
			printf("# read \"%s\" as %s\n", cases[i].text, text);
			return false;
		}
	}
	return true;
}

/* Times broken at every place, and at random: any answer, but no read beyond the end. */
static bool
broken(void)
{
	for (int i = 0; i < rounds_of(200000); i++)
	{
		char		text[64];
		int			len = expected_text(draw_time(), text);
		int64		at;
		int			used;
		Iso8601Result result;

		len = (int) (draw() % (len + 1));
		for (int n = (int) (draw() % 3); n > 0 && len > 0; n--)
			text[draw() % len] = "0123456789-+:.TZ xz\377"[draw() % 20];
		result = read_text(text, len, &at, &used);
		if (used < 0 || used > len ||
			(result == ISO8601_OK && (at < MIN_AT || at >= END_AT)))
			return false;
	}
	return true;
}

int
main(void)
{
	check(extremes(), "the ends of the range");
	check(every_year(), "the turns of every year");
	check(every_day(), "every day of 1600 years");
	check(random_times(), "random times are written as the C library has them, and read back");
	check(spellings(), "offsets, precisions and separators");
	check(readings(), "special cases");
	check(refusals(), "refusals");
	check(broken(), "broken texts");
	printf("1..%d\n", tests);
	return failed > 0;
}
