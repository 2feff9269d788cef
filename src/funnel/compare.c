/*
 * compare.c
 *		Equality, order and hash values of funnels: equal ones have equal bytes
 *		when they are packed.
 */
#include "postgres.h"

#include "compare.h"
#include "funnel/funnel.h"

DEFINE_BYTE_COMPARISONS(funnel, funnel_packed);
