/*
 * value.c
 *		Making scores, reading them, calculating with them.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "utils/timestamp.h"

#include "score/score.h"

PG_FUNCTION_INFO_V1(score_make);
PG_FUNCTION_INFO_V1(score_value);
PG_FUNCTION_INFO_V1(score_reference_time);
PG_FUNCTION_INFO_V1(score_half_life);
PG_FUNCTION_INFO_V1(score_at);
PG_FUNCTION_INFO_V1(score_add);
PG_FUNCTION_INFO_V1(score_subtract);
PG_FUNCTION_INFO_V1(score_add_points);
PG_FUNCTION_INFO_V1(score_points_add);
PG_FUNCTION_INFO_V1(score_subtract_points);
PG_FUNCTION_INFO_V1(score_multiply);
PG_FUNCTION_INFO_V1(score_factor_multiply);
PG_FUNCTION_INFO_V1(score_negate);
PG_FUNCTION_INFO_V1(score_expires_at);

/* score(value, at, half_life) */
Datum
score_make(PG_FUNCTION_ARGS)
{
	Score	   *result = palloc0(sizeof(Score));

	result->value = score_check_points(PG_GETARG_FLOAT8(0));
	result->at = score_check_time(PG_GETARG_TIMESTAMPTZ(1));
	result->half_life = score_half_life_from_interval(PG_GETARG_INTERVAL_P(2));
	PG_RETURN_SCORE_P(result);
}

Datum
score_value(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(PG_GETARG_SCORE_P(0)->value);
}

Datum
score_reference_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(PG_GETARG_SCORE_P(0)->at);
}

/* Days of 24 hours, and the rest. */
Datum
score_half_life(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);
	Interval   *result = palloc0(sizeof(Interval));

	result->day = (int32) (score->half_life / USECS_PER_DAY);
	result->time = score->half_life % USECS_PER_DAY;
	PG_RETURN_INTERVAL_P(result);
}

/* score_at(score, timestamptz) */
Datum
score_at(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);
	TimestampTz when = PG_GETARG_TIMESTAMPTZ(1);
	double		value;

	if (TIMESTAMP_NOT_FINITE(when))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a score must be finite")));
	value = decay_value(score, when);
	if (isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score is out of range at that time"),
				 errdetail("It was greater than a double precision number can be, long before its reference time.")));
	PG_RETURN_FLOAT8(value);
}

/* ---------------------------------------------------------------- calculating */

static Score *
add(const Score *a, const Score *b)
{
	Score	   *result = palloc0(sizeof(Score));

	score_check_same_half_life(a->half_life, b->half_life);
	if (!decay_add(a, b, result))
		score_out_of_range();
	return result;
}

/* Adds points given now, which is when the transaction began. */
static Score *
add_now(const Score *a, double points)
{
	Score		given;

	given.value = score_check_points(points);
	given.at = GetCurrentTransactionStartTimestamp();
	given.half_life = a->half_life;
	return add(a, &given);
}

static Score *
multiply(const Score *a, double factor)
{
	Score	   *result = palloc0(sizeof(Score));

	if (isnan(factor) || isinf(factor))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("factor of a score must be finite"),
				 errdetail("It is %s.", isnan(factor) ? "NaN" : factor > 0 ? "infinity" : "-infinity")));
	if (!decay_multiply(a, factor, result))
		score_out_of_range();
	result->value += 0.0;		/* -0 is 0 */
	return result;
}

/* score + score */
Datum
score_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(add(PG_GETARG_SCORE_P(0), PG_GETARG_SCORE_P(1)));
}

/* score - score */
Datum
score_subtract(PG_FUNCTION_ARGS)
{
	Score		negative = *PG_GETARG_SCORE_P(1);

	negative.value = 0.0 - negative.value;
	PG_RETURN_SCORE_P(add(PG_GETARG_SCORE_P(0), &negative));
}

/* score + points */
Datum
score_add_points(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(add_now(PG_GETARG_SCORE_P(0), PG_GETARG_FLOAT8(1)));
}

/* points + score */
Datum
score_points_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(add_now(PG_GETARG_SCORE_P(1), PG_GETARG_FLOAT8(0)));
}

/* score - points */
Datum
score_subtract_points(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(add_now(PG_GETARG_SCORE_P(0), -PG_GETARG_FLOAT8(1)));
}

/* score * factor */
Datum
score_multiply(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(multiply(PG_GETARG_SCORE_P(0), PG_GETARG_FLOAT8(1)));
}

/* factor * score */
Datum
score_factor_multiply(PG_FUNCTION_ARGS)
{
	PG_RETURN_SCORE_P(multiply(PG_GETARG_SCORE_P(1), PG_GETARG_FLOAT8(0)));
}

/* - score */
Datum
score_negate(PG_FUNCTION_ARGS)
{
	Score	   *result = palloc(sizeof(Score));

	*result = *PG_GETARG_SCORE_P(0);
	result->value = 0.0 - result->value;
	PG_RETURN_SCORE_P(result);
}

/* ---------------------------------------------------------------- expiry */

/*
 * score_expires_at(score, threshold, fit): the last time at which fit and score
 * together are at least the threshold.  A score never changes its sign, so only
 * a positive one falls below anything.
 */
Datum
score_expires_at(PG_FUNCTION_ARGS)
{
	Score	   *score = PG_GETARG_SCORE_P(0);
	double		threshold = PG_GETARG_FLOAT8(1);
	double		fit = PG_GETARG_FLOAT8(2);
	double		level = threshold - fit;
	int64		at;

	if (isnan(threshold) || isinf(threshold))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("threshold of a score must be finite")));
	if (isnan(fit) || isinf(fit))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("fit must be finite")));

	/* too large for a double: more than any score, or less */
	if (isinf(level))
		at = level > 0 ? DT_NOBEGIN : DT_NOEND;
	else if (score->value > 0)
		at = level > 0 ? decay_crossing(score, level) : DT_NOEND;
	else if (score->value == 0)
		at = level > 0 ? DT_NOBEGIN : DT_NOEND;
	else
		/* comes up towards the fit, but not to it */
		at = level >= 0 ? DT_NOBEGIN : DT_NOEND;
	PG_RETURN_TIMESTAMPTZ(at);
}
