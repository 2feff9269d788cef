/*
 * io.c
 *		Text and binary input and output of the score type, and its type
 *		modifier.
 *
 * Text: 42.5@2026-01-01T00:00:00Z/14 days.  The type modifier is the half-life
 * that every score of a column has: score('14 days').
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "parser/scansup.h"
#include "utils/array.h"

#include "score/score.h"

PG_FUNCTION_INFO_V1(score_in);
PG_FUNCTION_INFO_V1(score_out);
PG_FUNCTION_INFO_V1(score_recv);
PG_FUNCTION_INFO_V1(score_send);
PG_FUNCTION_INFO_V1(score_typmod_in);
PG_FUNCTION_INFO_V1(score_typmod_out);
PG_FUNCTION_INFO_V1(score_enforce_typmod);

/*
 * A type modifier has 31 bits: 3 for the unit, the coarsest that is exact, and
 * 28 for how many.
 */
#define TYPMOD_COUNT_BITS	28
#define TYPMOD_MAX_COUNT	((1 << TYPMOD_COUNT_BITS) - 1)

static const int64 typmod_units[] =
{
	USECS_PER_DAY, USECS_PER_HOUR, USECS_PER_MINUTE, USECS_PER_SEC, 1000, 1
};

/* The type modifier of a half-life; -1 when there is none. */
static int32
typmod_from_half_life(int64 half_life)
{
	for (int unit = 0; unit < (int) lengthof(typmod_units); unit++)
	{
		if (half_life % typmod_units[unit] != 0)
			continue;
		/* a finer unit only makes the count larger */
		if (half_life / typmod_units[unit] > TYPMOD_MAX_COUNT)
			return -1;
		return (unit << TYPMOD_COUNT_BITS) | (int32) (half_life / typmod_units[unit]);
	}
	return -1;
}

/* The half-life of a type modifier; 0 when it is none. */
static int64
half_life_from_typmod(int32 typmod)
{
	int			unit = typmod >> TYPMOD_COUNT_BITS;

	if (typmod < 0 || unit >= (int) lengthof(typmod_units))
		return 0;
	return (typmod & TYPMOD_MAX_COUNT) * typmod_units[unit];
}

/* Refuses scores of another half-life than that of the type modifier.  False for a soft error. */
static bool
check_typmod(int64 half_life, int32 typmod, struct Node *escontext)
{
	int64		wanted;

	if (typmod < 0)
		return true;
	wanted = half_life_from_typmod(typmod);
	if (wanted == 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid type modifier of score: %d", typmod)));
	if (half_life != wanted)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score has a half-life of %s, but the type is score('%s')",
						score_half_life_text(half_life), score_half_life_text(wanted)),
				 errdetail("Only scores of one half-life keep their order while time passes, so none is converted.")));
	return true;
}

/* score_in(cstring, oid, integer) */
Datum
score_in(PG_FUNCTION_ARGS)
{
	char	   *string = PG_GETARG_CSTRING(0);
	int32		typmod = PG_GETARG_INT32(2);
	Score	   *result = palloc0(sizeof(Score));
	ScoreText	text;

	text.type = "score";
	text.start = text.p = string;
	text.end = string + strlen(string);
	text.escontext = fcinfo->context;
	while (text.p < text.end && scanner_isspace(*text.p))
		text.p++;
	if (!score_text_number(&text, &result->value) ||
		!score_text_char(&text, '@') ||
		!score_text_time(&text, &result->at) ||
		!score_text_char(&text, '/') ||
		!score_text_half_life(&text, "", &result->half_life) ||
		!check_typmod(result->half_life, typmod, fcinfo->context))
		PG_RETURN_NULL();
	PG_RETURN_SCORE_P(result);
}

Datum
score_out(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	score_append_number(&buf, score->value);
	appendStringInfoChar(&buf, '@');
	score_append_time(&buf, score->at);
	appendStringInfoChar(&buf, '/');
	appendStringInfoString(&buf, score_half_life_text(score->half_life));
	PG_RETURN_CSTRING(buf.data);
}

/* Binary form: value (float8), reference time and half-life (int64 microseconds). */
Datum
score_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int32		typmod = PG_GETARG_INT32(2);
	Score	   *result = palloc0(sizeof(Score));

	result->value = score_check_points(pq_getmsgfloat8(buf));
	result->at = score_check_time(pq_getmsgint64(buf));
	result->half_life = pq_getmsgint64(buf);
	if (result->half_life <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("half-life must be greater than zero")));
	(void) check_typmod(result->half_life, typmod, NULL);
	PG_RETURN_SCORE_P(result);
}

Datum
score_send(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendfloat8(&buf, score->value);
	pq_sendint64(&buf, score->at);
	pq_sendint64(&buf, score->half_life);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* score_typmod_in(cstring[]): score('14 days') */
Datum
score_typmod_in(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	ScoreText	text;
	int64		half_life;
	int32		typmod;

	if (ARR_ELEMTYPE(array) != CSTRINGOID || ARR_NDIM(array) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type modifier of score must be a half-life"),
				 errhint("For example score('14 days').")));
	deconstruct_array(array, CSTRINGOID, -2, false, TYPALIGN_CHAR, &elements, &nulls, &n);
	if (n != 1 || nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type modifier of score must be one half-life"),
				 errhint("For example score('14 days').")));
	text.type = "half-life";
	text.start = text.p = DatumGetCString(elements[0]);
	text.end = text.start + strlen(text.start);
	text.escontext = NULL;
	(void) score_text_half_life(&text, "", &half_life);
	typmod = typmod_from_half_life(half_life);
	if (typmod < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life of %s cannot be a type modifier", score_half_life_text(half_life)),
				 errdetail("It must be a whole number, of at most %d, of days, hours, minutes, seconds, milliseconds or microseconds.",
						   TYPMOD_MAX_COUNT)));
	PG_RETURN_INT32(typmod);
}

Datum
score_typmod_out(PG_FUNCTION_ARGS)
{
	int32		typmod = PG_GETARG_INT32(0);
	int64		half_life = half_life_from_typmod(typmod);

	if (half_life == 0)
		PG_RETURN_CSTRING(pstrdup(""));
	PG_RETURN_CSTRING(psprintf("('%s')", score_half_life_text(half_life)));
}

/* score_enforce_typmod(score, integer, boolean): what puts a score into a column */
Datum
score_enforce_typmod(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);

	(void) check_typmod(score->half_life, PG_GETARG_INT32(1), NULL);
	PG_RETURN_SCORE_P(score);
}
