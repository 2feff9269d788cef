/*
 * isotonic.c
 *		The non-decreasing steps nearest to shares, by pooling adjacent
 *		violators: neighbours in the wrong order become one, with the mean of both
 *		(Ayer, Brunk, Ewing, Reid and Silverman 1955).
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/isotonic.h"

int64
isotonic_steps(const ScoreCount *count, int64 n, IsotonicStep *step)
{
	int64		steps = 0;

	for (int64 i = 0; i < n; i++)
	{
		IsotonicStep *last;

		step[steps].low = step[steps].high = count[i].score;
		step[steps].positives = (double) count[i].positives;
		step[steps].rows = (double) count[i].positives + (double) count[i].negatives;
		steps++;
		for (last = &step[steps - 1];
			 steps > 1 && last[-1].positives * last->rows >= last->positives * last[-1].rows;
			 last--, steps--)
		{
			last[-1].high = last->high;
			last[-1].positives += last->positives;
			last[-1].rows += last->rows;
		}
	}
	return steps;
}
