/*
 * compare.c
 *		Equality, order and hash values of funnels.
 *
 * Equal funnels have equal bytes.  The order is that of the bytes: it has no
 * meaning, but serves sorting, and with it DISTINCT and UNION.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_eq);
PG_FUNCTION_INFO_V1(funnel_ne);
PG_FUNCTION_INFO_V1(funnel_lt);
PG_FUNCTION_INFO_V1(funnel_le);
PG_FUNCTION_INFO_V1(funnel_gt);
PG_FUNCTION_INFO_V1(funnel_ge);
PG_FUNCTION_INFO_V1(funnel_cmp);
PG_FUNCTION_INFO_V1(funnel_hash);
PG_FUNCTION_INFO_V1(funnel_hash_extended);

/* Compares both arguments; support functions of indexes and sorts may not leak. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_FUNNEL_PP(0);
	struct varlena *b = PG_GETARG_FUNNEL_PP(1);
	const struct varlena *x = funnel_packed(a);
	const struct varlena *y = funnel_packed(b);
	Size		xsize = VARSIZE_ANY_EXHDR(x);
	Size		ysize = VARSIZE_ANY_EXHDR(y);
	int			cmp = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(xsize, ysize));

	if (cmp == 0)
		cmp = xsize < ysize ? -1 : xsize > ysize;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

Datum
funnel_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
funnel_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
funnel_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
funnel_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
funnel_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
funnel_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
funnel_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
funnel_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_FUNNEL_PP(0);
	const struct varlena *packed = funnel_packed(value);
	Datum		hash = hash_any((const unsigned char *) VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}

Datum
funnel_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_FUNNEL_PP(0);
	const struct varlena *packed = funnel_packed(value);
	Datum		hash = hash_any_extended((const unsigned char *) VARDATA_ANY(packed),
										 VARSIZE_ANY_EXHDR(packed), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(hash);
}
