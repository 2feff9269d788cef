/*
 * compare.c
 *		Equality, order and hash values of scores.
 *
 * By half-life, and then by what does not change while time passes: scores of
 * one half-life are in the order of their values, at whatever time one looks.
 * So 50 today and 25 a half-life later are equal.
 */
#include "postgres.h"

#include "compare.h"
#include "score/score.h"

PG_FUNCTION_INFO_V1(score_hash);
PG_FUNCTION_INFO_V1(score_hash_extended);

static int
score_compare(FunctionCallInfo fcinfo)
{
	return decay_compare(PG_GETARG_SCORE_P(0), PG_GETARG_SCORE_P(1));
}

static bool
score_equal(FunctionCallInfo fcinfo)
{
	return score_compare(fcinfo) == 0;
}

DEFINE_COMPARISONS(score, score_compare, score_equal);

/* The key as bytes without gaps; it has no NaN and no -0. */
static void
key_bytes(const Score *score, char bytes[28])
{
	DecayKey	key;
	int32		sign;

	decay_key(score, &key);
	sign = key.sign;
	memcpy(bytes, &key.half_life, 8);
	memcpy(bytes + 8, &key.whole, 8);
	memcpy(bytes + 16, &key.part, 8);
	memcpy(bytes + 24, &sign, 4);
}

Datum
score_hash(PG_FUNCTION_ARGS)
{
	char		bytes[28];

	key_bytes(PG_GETARG_SCORE_P(0), bytes);
	PG_RETURN_DATUM(hash_any((unsigned char *) bytes, sizeof(bytes)));
}

Datum
score_hash_extended(PG_FUNCTION_ARGS)
{
	char		bytes[28];

	key_bytes(PG_GETARG_SCORE_P(0), bytes);
	PG_RETURN_DATUM(hash_any_extended((unsigned char *) bytes, sizeof(bytes), PG_GETARG_INT64(1)));
}
