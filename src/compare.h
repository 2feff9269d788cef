/*
 * compare.h
 *		What the comparison operators, the btree and the hash class of a type
 *		call: templates of functions that are the same for every type.
 */
#ifndef JOURNEY_COMPARE_H
#define JOURNEY_COMPARE_H

#include "common/hashfn.h"
#include "fmgr.h"

#include "compat.h"

#define DEFINE_COMPARISON(name, expression) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(expression); \
	} \
	extern int no_such_variable

/* TYPE_eq to TYPE_ge and TYPE_cmp, of a function that compares both arguments, and one that says whether they are equal. */
#define DEFINE_COMPARISONS(type, compare, equal) \
	DEFINE_COMPARISON(type##_eq, equal(fcinfo)); \
	DEFINE_COMPARISON(type##_ne, !equal(fcinfo)); \
	DEFINE_COMPARISON(type##_lt, compare(fcinfo) < 0); \
	DEFINE_COMPARISON(type##_le, compare(fcinfo) <= 0); \
	DEFINE_COMPARISON(type##_gt, compare(fcinfo) > 0); \
	DEFINE_COMPARISON(type##_ge, compare(fcinfo) >= 0); \
	PG_FUNCTION_INFO_V1(type##_cmp); \
	Datum \
	type##_cmp(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_INT32(compare(fcinfo)); \
	} \
	extern int no_such_variable

/* TYPE_hash and TYPE_hash_extended, of the bytes of the form that "packed" makes of a value. */
#define DEFINE_BYTE_HASHES(type, packed) \
	PG_FUNCTION_INFO_V1(type##_hash); \
	Datum \
	type##_hash(PG_FUNCTION_ARGS) \
	{ \
		struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)); \
		const struct varlena *bytes = packed(value); \
		Datum		hash = hash_any((const unsigned char *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)); \
		PG_FREE_IF_COPY(value, 0); \
		return hash; \
	} \
	PG_FUNCTION_INFO_V1(type##_hash_extended); \
	Datum \
	type##_hash_extended(PG_FUNCTION_ARGS) \
	{ \
		struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)); \
		const struct varlena *bytes = packed(value); \
		Datum		hash = hash_any_extended((const unsigned char *) VARDATA_ANY(bytes), \
											 VARSIZE_ANY_EXHDR(bytes), PG_GETARG_INT64(1)); \
		PG_FREE_IF_COPY(value, 0); \
		return hash; \
	} \
	extern int no_such_variable

static inline int
compare_bytes(const struct varlena *a, const struct varlena *b)
{
	Size		asize = VARSIZE_ANY_EXHDR(a);
	Size		bsize = VARSIZE_ANY_EXHDR(b);
	int			cmp = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(asize, bsize));

	return cmp != 0 ? cmp : asize < bsize ? -1 : asize > bsize;
}

/*
 * All of it for a type whose equal values have equal bytes in the form that "packed" makes.  The order is that of the
 * bytes: it has no meaning, but serves sorting, and with it DISTINCT and UNION.
 */
#define DEFINE_BYTE_COMPARISONS(type, packed) \
	static int \
	compare_##type(FunctionCallInfo fcinfo) \
	{ \
		struct varlena *a = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)); \
		struct varlena *b = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)); \
		int			cmp = compare_bytes(packed(a), packed(b)); \
		/* support functions of indexes and sorts may not leak */ \
		PG_FREE_IF_COPY(a, 0); \
		PG_FREE_IF_COPY(b, 1); \
		return cmp; \
	} \
	static bool \
	equal_##type(FunctionCallInfo fcinfo) \
	{ \
		return compare_##type(fcinfo) == 0; \
	} \
	DEFINE_COMPARISONS(type, compare_##type, equal_##type); \
	DEFINE_BYTE_HASHES(type, packed)

#endif							/* JOURNEY_COMPARE_H */
