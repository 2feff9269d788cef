/*
 * calendar.h
 *		The calendar type, and what it offers to the other topics.
 *
 * Stored layout, which is canonical (equal calendars have equal bytes), as
 * 32-bit words after the varlena header:
 *
 *		version; length of the zone's name; weeks; dates; hours of all of them
 *		the zone's name, filled up with zeroes to whole words
 *		for each week: the date it holds from (0 for the first), and how many
 *			hours each of its days from Monday has
 *		for each date: the date, and how many hours it has
 *		the hours: begin and end, in seconds after midnight
 */
#ifndef JOURNEY_CALENDAR_H
#define JOURNEY_CALENDAR_H

#include "fmgr.h"
#include "pgtime.h"

#include "compat.h"
#include "core/calendar.h"

#define CALENDAR_VERSION	1

/* A calendar spread out. */
typedef struct CalendarData
{
	Calendar	core;
	const char *zone;			/* its name */
	pg_tz	   *tz;
} CalendarData;

/* value.c */
extern struct varlena *calendar_pack(const CalendarData *data);
extern CalendarData *calendar_open(const struct varlena *value);
extern CalendarData *calendar_argument(FunctionCallInfo fcinfo, int n);
extern pg_tz *calendar_find_zone(const char *name);

/* business.c */
extern int64 calendar_work(const CalendarData *data, int64 from, int64 to);

#define PG_GETARG_CALENDAR_PP(n)	((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))

#endif							/* JOURNEY_CALENDAR_H */
