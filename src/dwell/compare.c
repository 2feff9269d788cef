/*
 * compare.c
 *		Equality, order and hash values of dwell times.
 *
 * Equal dwell times have equal bytes.  The order is that of the bytes: it has no
 * meaning, but serves sorting, and with it DISTINCT and UNION.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "dwell/dwell.h"

PG_FUNCTION_INFO_V1(dwell_times_eq);
PG_FUNCTION_INFO_V1(dwell_times_ne);
PG_FUNCTION_INFO_V1(dwell_times_lt);
PG_FUNCTION_INFO_V1(dwell_times_le);
PG_FUNCTION_INFO_V1(dwell_times_gt);
PG_FUNCTION_INFO_V1(dwell_times_ge);
PG_FUNCTION_INFO_V1(dwell_times_cmp);
PG_FUNCTION_INFO_V1(dwell_times_hash);
PG_FUNCTION_INFO_V1(dwell_times_hash_extended);

/* Compares both arguments; support functions of indexes and sorts may not leak. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	DwellTimes *a = PG_GETARG_DWELL_TIMES_P(0);
	DwellTimes *b = PG_GETARG_DWELL_TIMES_P(1);
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
dwell_times_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
dwell_times_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
dwell_times_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
dwell_times_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
dwell_times_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
dwell_times_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
dwell_times_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
dwell_times_hash(PG_FUNCTION_ARGS)
{
	DwellTimes *value = PG_GETARG_DWELL_TIMES_P(0);
	Datum		hash = hash_any((const unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}

Datum
dwell_times_hash_extended(PG_FUNCTION_ARGS)
{
	DwellTimes *value = PG_GETARG_DWELL_TIMES_P(0);
	Datum		hash = hash_any_extended((const unsigned char *) VARDATA_ANY(value),
										 VARSIZE_ANY_EXHDR(value), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}
