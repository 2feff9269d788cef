/*
 * iso8601.h
 *		Times as ISO 8601 text in UTC, whatever the session's settings.
 */
#ifndef JOURNEY_ISO8601_H
#define JOURNEY_ISO8601_H

/* Longest text written: sign, year of 6 digits, "-MM-DDThh:mm:ss.ffffffZ", terminator. */
#define ISO8601_MAXLEN	32

typedef enum Iso8601Result
{
	ISO8601_OK,
	ISO8601_SYNTAX,				/* not a date, or a date with something wrong in its form */
	ISO8601_FIELD,				/* a field outside its range, such as month 13 */
	ISO8601_RANGE				/* beyond what 64 bits of microseconds (or timestamptz) hold */
} Iso8601Result;

/* Writes a time (microseconds since 2000-01-01 UTC) and returns the length. */
extern int	iso8601_format(int64 at, char *out);

/* Reads a time from [p, end); *next is where reading stopped, also after an error. */
extern Iso8601Result iso8601_parse(const char *p, const char *end, int64 *at, const char **next);

/* The calendar underneath: days from 2000-01-01 to a date, and back. */
extern int64 iso8601_days_from_date(int64 year, int month, int day);
extern void iso8601_date_from_days(int64 days, int64 *year, int *month, int *day);

#endif							/* JOURNEY_ISO8601_H */
