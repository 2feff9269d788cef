/*
 * compare.c
 *		Equality, order and hash values of dwell times: equal ones have equal bytes.
 */
#include "postgres.h"

#include "compare.h"
#include "dwell/dwell.h"

#define AS_IT_IS(value) (value)

DEFINE_BYTE_COMPARISONS(dwell_times, AS_IT_IS);
