/*
 * compare.c
 *		Equality, order and hash values of calendars.
 *
 * Equal calendars have equal bytes.  The order is that of the bytes: it has no
 * meaning, but serves sorting, and with it DISTINCT and UNION.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "calendar/calendar.h"

PG_FUNCTION_INFO_V1(calendar_eq);
PG_FUNCTION_INFO_V1(calendar_ne);
PG_FUNCTION_INFO_V1(calendar_lt);
PG_FUNCTION_INFO_V1(calendar_le);
PG_FUNCTION_INFO_V1(calendar_gt);
PG_FUNCTION_INFO_V1(calendar_ge);
PG_FUNCTION_INFO_V1(calendar_cmp);
PG_FUNCTION_INFO_V1(calendar_hash);
PG_FUNCTION_INFO_V1(calendar_hash_extended);

/* Compares both arguments; support functions of indexes and sorts may not leak. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_CALENDAR_PP(0);
	struct varlena *b = PG_GETARG_CALENDAR_PP(1);
	Size		xsize = VARSIZE_ANY_EXHDR(a);
	Size		ysize = VARSIZE_ANY_EXHDR(b);
	int			cmp = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(xsize, ysize));

	if (cmp == 0)
		cmp = xsize < ysize ? -1 : xsize > ysize;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

Datum
calendar_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
calendar_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
calendar_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
calendar_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
calendar_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
calendar_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
calendar_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
calendar_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_CALENDAR_PP(0);
	Datum		hash = hash_any((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}

Datum
calendar_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_CALENDAR_PP(0);
	Datum		hash = hash_any_extended((const unsigned char *) VARDATA_ANY(value),
										 VARSIZE_ANY_EXHDR(value), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}
