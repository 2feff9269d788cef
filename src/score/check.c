/*
 * check.c
 *		What may go into a score, and the errors when something may not.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"

#include "score/score.h"

/* Points are finite; -0 is 0, so that equal scores look equal. */
double
score_check_points(double points)
{
	if (isnan(points) || isinf(points))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("points of a score must be finite"),
				 errdetail("They are %s.", isnan(points) ? "NaN" : points > 0 ? "infinity" : "-infinity")));
	return points + 0.0;
}

int64
score_check_time(int64 at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a score must be finite")));
	if (!decay_valid_time(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a score is out of range")));
	return at;
}

/* A half-life in microseconds; a day has 24 hours. */
int64
score_half_life_from_interval(const Interval *span)
{
	int64		usecs;

	if (INTERVAL_IS_NOBEGIN(span) || INTERVAL_IS_NOEND(span))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must be finite")));
	if (span->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must not have months or years"),
				 errdetail("They are not all of one length."),
				 errhint("Use days, for example 30 days or 365 days.")));
	if (pg_mul_s64_overflow(span->day, USECS_PER_DAY, &usecs) ||
		pg_add_s64_overflow(usecs, span->time, &usecs))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("half-life is out of range"),
				 errdetail("Its microseconds must fit into 64 bits.")));
	if (usecs <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life must be greater than zero")));
	return usecs;
}

void
score_check_same_half_life(int64 a, int64 b)
{
	if (a != b)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scores of different half-lives cannot be added"),
				 errdetail("One has a half-life of %s, the other of %s.",
						   score_half_life_text(a), score_half_life_text(b)),
				 errhint("Add their values at one time, with score_at().")));
}

/* For values that cannot be expressed at any time in range. */
void
score_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score is out of range")));
	pg_unreachable();
}
