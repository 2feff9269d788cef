/*
 * iso8601.c
 *		Times as ISO 8601 text in UTC, whatever the session's settings.
 *
 * Written forms: 2026-01-05T09:30:00Z, and a fraction of as many digits as it
 * needs.  Read forms: a date, or a date, "T" or a space, and hh:mm[:ss[.f]],
 * with Z, +hh, +hhmm, +hh:mm or +hh:mm:ss after it; no offset means UTC.  Years
 * before 1 are written the astronomical way: 0000 is 1 BC, -0001 is 2 BC.
 *
 * The calendar is the proleptic Gregorian one, by days from civil dates in
 * eras of 400 years.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/iso8601.h"

#define USEC_SECOND		INT64CONST(1000000)
#define USEC_DAY		(INT64CONST(86400) * USEC_SECOND)
#define EPOCH_DAYS		730425	/* 2000-01-01, counted from 0000-03-01 */

/* The range of timestamptz: 4714-11-24 BC to the end of 294276. */
#define MIN_AT			INT64CONST(-211813488000000000)
#define END_AT			INT64CONST(9223371331200000000)

/* Days from 2000-01-01 to a date. */
int64
iso8601_days_from_date(int64 year, int month, int day)
{
	int64		era;
	int64		of_era;
	int			of_year;

	if (month <= 2)
		year--;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS;
}

/* The date of so many days from 2000-01-01. */
void
iso8601_date_from_days(int64 days, int64 *year, int *month, int *day)
{
	int64		era;
	int64		of_era;
	int64		era_year;
	int			of_year;
	int			m;

	days += EPOCH_DAYS;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = days - era * 146097;
	era_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = (int) (of_era - (365 * era_year + era_year / 4 - era_year / 100));
	m = (5 * of_year + 2) / 153;
	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era_year + era * 400 + (*month <= 2 ? 1 : 0);
}

/* Writes a number in so many digits, and returns where they end. */
static char *
write_digits(char *out, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
	{
		out[i] = '0' + value % 10;
		value /= 10;
	}
	return out + digits;
}

int
iso8601_format(int64 at, char *out)
{
	int64		days = at / USEC_DAY;
	int64		rest = at % USEC_DAY;
	int64		year;
	int			month;
	int			day;
	int			seconds;
	int			usecs;
	char	   *p = out;

	if (rest < 0)
	{
		rest += USEC_DAY;
		days--;
	}
	iso8601_date_from_days(days, &year, &month, &day);
	seconds = (int) (rest / USEC_SECOND);
	usecs = (int) (rest % USEC_SECOND);

	if (year < 0)
	{
		*p++ = '-';
		year = -year;
	}
	p = write_digits(p, (int) year, year < 10000 ? 4 : year < 100000 ? 5 : 6);
	*p++ = '-';
	p = write_digits(p, month, 2);
	*p++ = '-';
	p = write_digits(p, day, 2);
	*p++ = 'T';
	p = write_digits(p, seconds / 3600, 2);
	*p++ = ':';
	p = write_digits(p, seconds / 60 % 60, 2);
	*p++ = ':';
	p = write_digits(p, seconds % 60, 2);
	if (usecs != 0)
	{
		*p++ = '.';
		p = write_digits(p, usecs, 6);
		while (p[-1] == '0')
			p--;
	}
	*p++ = 'Z';
	*p = '\0';
	return (int) (p - out);
}

/* Reads between min and max digits. */
static bool
read_digits(const char **p, const char *end, int min, int max, int64 *value)
{
	int			n = 0;

	*value = 0;
	while (n < max && *p < end && **p >= '0' && **p <= '9')
	{
		*value = *value * 10 + (**p - '0');
		(*p)++;
		n++;
	}
	return n >= min;
}

static bool
read_char(const char **p, const char *end, char c)
{
	if (*p < end && **p == c)
	{
		(*p)++;
		return true;
	}
	return false;
}

static int
days_in_month(int64 year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return 29;
	return days[month - 1];
}

/* The offset from UTC in seconds, if one stands here. */
static Iso8601Result
read_offset(const char **p, const char *end, int64 *offset)
{
	int64		hours;
	int64		minutes = 0;
	int64		seconds = 0;
	bool		negative;

	*offset = 0;
	if (read_char(p, end, 'Z') || read_char(p, end, 'z'))
		return ISO8601_OK;
	if (*p >= end || (**p != '+' && **p != '-'))
		return ISO8601_OK;
	negative = *(*p)++ == '-';
	if (!read_digits(p, end, 2, 2, &hours))
		return ISO8601_SYNTAX;
	if (read_char(p, end, ':'))
	{
		if (!read_digits(p, end, 2, 2, &minutes))
			return ISO8601_SYNTAX;
		if (read_char(p, end, ':') && !read_digits(p, end, 2, 2, &seconds))
			return ISO8601_SYNTAX;
	}
	else if (*p < end && **p >= '0' && **p <= '9')
	{
		if (!read_digits(p, end, 2, 2, &minutes))
			return ISO8601_SYNTAX;
	}
	if (hours > 15 || minutes > 59 || seconds > 59)
		return ISO8601_FIELD;
	*offset = hours * 3600 + minutes * 60 + seconds;
	if (negative)
		*offset = -*offset;
	return ISO8601_OK;
}

Iso8601Result
iso8601_parse(const char *p, const char *end, int64 *at, const char **next)
{
	int64		year;
	int64		month;
	int64		day;
	int64		hour = 0;
	int64		minute = 0;
	int64		second = 0;
	int64		usecs = 0;
	int64		offset = 0;
	int64		days;
	int64		seconds;
	bool		negative;
	Iso8601Result result = ISO8601_SYNTAX;

	*next = p;
	negative = read_char(&p, end, '-');
	if (!negative)
		read_char(&p, end, '+');
	if (!read_digits(&p, end, 4, 6, &year) || !read_char(&p, end, '-') ||
		!read_digits(&p, end, 2, 2, &month) || !read_char(&p, end, '-') ||
		!read_digits(&p, end, 2, 2, &day))
		goto done;
	if (negative)
		year = -year;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, (int) month))
	{
		result = ISO8601_FIELD;
		goto done;
	}

	/* a time follows only where its first digit does: a space may also end the value */
	if (end - p >= 2 && (*p == 'T' || *p == 't' || *p == ' ') && p[1] >= '0' && p[1] <= '9')
	{
		p++;
		if (!read_digits(&p, end, 2, 2, &hour) || !read_char(&p, end, ':') ||
			!read_digits(&p, end, 2, 2, &minute))
			goto done;
		if (read_char(&p, end, ':'))
		{
			if (!read_digits(&p, end, 2, 2, &second))
				goto done;
			if (read_char(&p, end, '.'))
			{
				const char *start = p;

				if (!read_digits(&p, end, 1, 6, &usecs))
					goto done;
				for (int n = (int) (p - start); n < 6; n++)
					usecs *= 10;
			}
		}
		if (hour > 24 || minute > 59 || second > 60 ||
			(hour == 24 && (minute > 0 || second > 0 || usecs > 0)))
		{
			result = ISO8601_FIELD;
			goto done;
		}
		result = read_offset(&p, end, &offset);
		if (result != ISO8601_OK)
			goto done;
	}
	else if (end - p >= 1 && (*p == 'Z' || *p == 'z'))
		p++;

	result = ISO8601_RANGE;
	days = iso8601_days_from_date(year, (int) month, (int) day);
	seconds = hour * 3600 + minute * 60 + second - offset;
	/* checked on whole days first, so that the product cannot overflow */
	if (days < MIN_AT / USEC_DAY - 1 || days > END_AT / USEC_DAY)
		goto done;
	*at = days * USEC_DAY + seconds * USEC_SECOND + usecs;
	if (*at < MIN_AT || *at >= END_AT)
		goto done;
	result = ISO8601_OK;

done:
	*next = p;
	return result;
}
