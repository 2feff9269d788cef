/*
 * compare.c
 *		Equality, order and hash values of calendars: equal ones have equal bytes.
 */
#include "postgres.h"

#include "compare.h"
#include "calendar/calendar.h"

#define AS_IT_IS(value) (value)

DEFINE_BYTE_COMPARISONS(calendar, AS_IT_IS);
