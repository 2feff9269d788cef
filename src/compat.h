/*
 * compat.h
 *		Differences between the PostgreSQL versions we build on (15 and later);
 *		nothing else.  Code is written to the newest API, and the older ones are
 *		taught it here.
 */
#ifndef JOURNEY_COMPAT_H
#define JOURNEY_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "journey needs PostgreSQL 15 or later"
#endif

/* 16 took the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * Soft errors of input functions came with 16 (nodes/miscnodes.h).  Before
 * that every input error is a hard one.
 */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...) \
	do { (void) (context); ereport(ERROR, __VA_ARGS__); } while (0)
#define ereturn(context, dummy_value, ...) \
	do { errsave(context, __VA_ARGS__); return dummy_value; } while (0)
#define SOFT_ERROR_OCCURRED(escontext) ((void) (escontext), false)
#else
#include "nodes/miscnodes.h"
#endif

/* And so did calling an input function in that way. */
#if PG_VERSION_NUM < 160000
#define DirectInputFunctionCallSafe(func, str, typioparam, typmod, escontext, result) \
	((void) (escontext), *(result) = DirectFunctionCall1(func, CStringGetDatum(str)), true)
#endif

/* 16 lets the range constructor fail softly. */
#if PG_VERSION_NUM < 160000
#define make_range(typcache, lower, upper, empty, escontext) make_range(typcache, lower, upper, empty)
#endif

/* 16 brought a read that fails on a short file. */
#if PG_VERSION_NUM < 160000
#define BufFileReadExact(file, ptr, size) \
	do { \
		if (BufFileRead((file), (ptr), (size)) != (size)) \
			ereport(ERROR, \
					(errcode_for_file_access(), \
					 errmsg("could not read from temporary file"))); \
	} while (0)
#endif

/* 17 took away a flag that was never set. */
#if PG_VERSION_NUM < 170000
#define pq_sendcountedtext(buf, str, slen) pq_sendcountedtext(buf, str, slen, false)
#endif

/* Infinite intervals came with 17; before that the same bits are a long finite one. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_IS_NOBEGIN(i) \
	((i)->month == PG_INT32_MIN && (i)->day == PG_INT32_MIN && (i)->time == PG_INT64_MIN)
#define INTERVAL_IS_NOEND(i) \
	((i)->month == PG_INT32_MAX && (i)->day == PG_INT32_MAX && (i)->time == PG_INT64_MAX)
#endif

/* 18 puts the mark of a function that does not return in front. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

#endif							/* JOURNEY_COMPAT_H */
