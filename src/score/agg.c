/*
 * agg.c
 *		score_agg and rollup: sums of points given at many times.
 *
 * Their state is a DecaySum of core/decay.h, stored as it is.  It is only made
 * by these functions and by the input functions, which check it.  Points can
 * be taken away again, so window frames move without a new start.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "score/score.h"

PG_FUNCTION_INFO_V1(score_agg_add);
PG_FUNCTION_INFO_V1(score_agg_remove);
PG_FUNCTION_INFO_V1(score_rollup_add);
PG_FUNCTION_INFO_V1(score_rollup_remove);
PG_FUNCTION_INFO_V1(score_sum_combine);
PG_FUNCTION_INFO_V1(score_sum_final);

/*
 * The state, if it may be changed in place, else a copy; an empty one when there
 * is none, which the executor copies to where it stays.
 */
static DecaySum *
state_to_change(FunctionCallInfo fcinfo)
{
	DecaySum   *state;

	if (!PG_ARGISNULL(0) && AggCheckCallContext(fcinfo, NULL))
		return PG_GETARG_SCORE_SUM_P(0);
	state = palloc(sizeof(DecaySum));
	if (PG_ARGISNULL(0))
		decay_sum_init(state, 0);
	else
		*state = *PG_GETARG_SCORE_SUM_P(0);
	return state;
}

/*
 * Nothing to add or to take away.  There is a state all the same, since a moving
 * aggregate must have one; an empty one has no half-life yet.
 */
static Datum
same_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_SCORE_SUM_P(state_to_change(fcinfo));
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* Reads points, time and half-life; false when a row does not count. */
static bool
read_points(FunctionCallInfo fcinfo, Score *given)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return false;
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("half-life must not be null")));
	given->value = score_check_points(PG_GETARG_FLOAT8(1));
	given->at = score_check_time(PG_GETARG_TIMESTAMPTZ(2));
	given->half_life = score_half_life_from_interval(PG_GETARG_INTERVAL_P(3));
	return true;
}

static Datum
add(FunctionCallInfo fcinfo, const Score *given)
{
	DecaySum   *state = state_to_change(fcinfo);

	if (state->n == 0)
		state->half_life = given->half_life;
	score_check_same_half_life(state->half_life, given->half_life);
	decay_sum_add(state, given->value, given->at);
	PG_RETURN_SCORE_SUM_P(state);
}

/* NULL asks for a new start, over what is left in the frame. */
static Datum
take_away(FunctionCallInfo fcinfo, const Score *given)
{
	DecaySum   *state = state_to_change(fcinfo);

	if (state->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing can be taken away from an empty sum")));
	score_check_same_half_life(state->half_life, given->half_life);
	if (!decay_sum_remove(state, given->value, given->at))
		PG_RETURN_NULL();
	if (state->n == 0)
		state->half_life = 0;
	PG_RETURN_SCORE_SUM_P(state);
}

/* score_agg_add(state, points, at, half_life) */
Datum
score_agg_add(PG_FUNCTION_ARGS)
{
	Score		given;

	if (!read_points(fcinfo, &given))
		return same_state(fcinfo);
	return add(fcinfo, &given);
}

/* score_agg_remove(state, points, at, half_life) */
Datum
score_agg_remove(PG_FUNCTION_ARGS)
{
	Score		given;

	if (!read_points(fcinfo, &given))
		return same_state(fcinfo);
	return take_away(fcinfo, &given);
}

/* score_rollup_add(state, score) */
Datum
score_rollup_add(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	return add(fcinfo, PG_GETARG_SCORE_P(1));
}

/* score_rollup_remove(state, score) */
Datum
score_rollup_remove(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	return take_away(fcinfo, PG_GETARG_SCORE_P(1));
}

/* score_sum_combine(state, state) */
Datum
score_sum_combine(PG_FUNCTION_ARGS)
{
	DecaySum   *other = PG_GETARG_SCORE_SUM_P(1);
	DecaySum   *state = state_to_change(fcinfo);

	if (other->n == 0)
		PG_RETURN_SCORE_SUM_P(state);
	if (state->n == 0)
		state->half_life = other->half_life;
	score_check_same_half_life(state->half_life, other->half_life);
	decay_sum_merge(state, other);
	PG_RETURN_SCORE_SUM_P(state);
}

/* score_sum_final(state): NULL when nothing was added */
Datum
score_sum_final(PG_FUNCTION_ARGS)
{
	DecaySum   *state = PG_GETARG_SCORE_SUM_P(0);
	Score	   *result;

	if (state->n == 0)
		PG_RETURN_NULL();
	result = palloc0(sizeof(Score));
	if (!decay_sum_result(state, result))
		score_out_of_range();
	result->value += 0.0;		/* -0 is 0 */
	PG_RETURN_SCORE_P(result);
}
