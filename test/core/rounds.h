/*
 * rounds.h
 *		How many of its random cases a test of an algorithm tries.
 *
 * CORE_ROUNDS in the environment says how many per cent of them: 100 if it is
 * not set.  Under a program that watches every access (valgrind) a few per cent
 * are enough, and there nothing can be said of time: time_counts() is false.
 */
#ifndef TEST_ROUNDS_H
#define TEST_ROUNDS_H

#include <stdlib.h>

static inline int
rounds_percent(void)
{
	static int	percent;

	if (percent == 0)
	{
		const char *set = getenv("CORE_ROUNDS");

		percent = set != NULL && atoi(set) > 0 ? atoi(set) : 100;
	}
	return percent;
}

static inline int
rounds_of(int n)
{
	int64		share = (int64) n * rounds_percent() / 100;

	return share < 1 ? 1 : (int) share;
}

/* Of what is gone through one by one, every how manieth. */
static inline int
stride(void)
{
	return rounds_percent() >= 100 ? 1 : 100 / rounds_percent();
}

static inline bool
time_counts(void)
{
	return rounds_percent() >= 100;
}

#endif							/* TEST_ROUNDS_H */
