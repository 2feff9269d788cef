/*
 * touches_test.c
 *		Limits on touches against a count by hand; sums that must be exact.
 */
#include "postgres_fe.h"

#include <float.h>
#include <math.h>

#include "core/timespan.h"
#include "core/touches.h"
#include "rounds.h"

static int	tests = 0;
static int	failed = 0;

static void
ok(bool good, const char *name)
{
	tests++;
	if (!good)
		failed++;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, name);
}

static uint64 seed = 12345;

static uint64
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/*
 * By hand: for each touch, find the window it is in by going through all
 * windows from the beginning, and count who came before it there.
 */
static bool
counts_by_hand(const int64 *at, int n, int i, int64 max, const Interval *per)
{
	int			start = 0;

	if (per == NULL)
		return i < max;
	for (;;)
	{
		int64		end = timespan_add(at[start], per, 1);
		int			after = start;

		while (after < n && at[after] < end)
			after++;
		if (i < after)
			return i - start < max;
		start = after;
	}
}

static void
test_limits(void)
{
	bool		good = true;
	bool		total_good = true;
	int64		at[40];
	bool		counts[40];

	for (int round = 0; round < rounds_of(200000); round++)
	{
		int			n = next_random() % 40;
		int64		max = 1 + next_random() % 4;
		Interval	per = {0};
		int64		time = -(int64) (next_random() % 50);
		int64		total = 0;
		bool		for_ever = next_random() % 5 == 0;

		per.time = 1 + next_random() % 12;
		for (int i = 0; i < n; i++)
		{
			time += next_random() % 4;
			at[i] = time;
		}
		total = touches_counted(at, n, max, for_ever ? NULL : &per, counts);
		for (int i = 0; i < n; i++)
		{
			good = good && counts[i] == counts_by_hand(at, n, i, max, for_ever ? NULL : &per);
			total -= counts[i];
		}
		total_good = total_good && total == 0 &&
			touches_counted(at, n, max, for_ever ? NULL : &per, NULL) ==
			touches_counted(at, n, max, for_ever ? NULL : &per, counts);
	}
	ok(good, "at most so many touches count in each window, the earliest");
	ok(total_good, "their number is right, with and without marks");

	{
		Interval	month = {0};
		Interval	for_long = {0};
		/* 31 January, 27 and 28 February 2001, the end of that day */
		int64		days[] = {396, 423, 424, 425};

		month.month = 1;
		for (int i = 0; i < 4; i++)
			at[i] = days[i] * USECS_PER_DAY;
		ok(touches_counted(at, 4, 1, &month, counts) == 2 && counts[0] && !counts[1] && counts[2] && !counts[3],
		   "a month is one of the calendar");
		for_long.month = 12 * 178000000;
		at[0] = PG_INT64_MIN + 1;
		at[1] = 0;
		at[2] = PG_INT64_MAX - 1;
		ok(touches_counted(at, 3, 1, &for_long, counts) == 1 && counts[0], "a window longer than time");
		ok(touches_counted(at, 0, 1, NULL, NULL) == 0, "no touches");
	}
}

static double
random_number(int range)
{
	double		x = (double) (int64) next_random() / 9007199254740992.0;

	return ldexp(x, (int) (next_random() % range) - range / 2);
}

static void
test_grid(int range, const char *name)
{
	bool		exact = true;
	bool		close = true;
	char		what[100];

	for (int round = 0; round < rounds_of(50000); round++)
	{
		double		x[30];
		int			n = 1 + next_random() % 30;
		double		magnitude = 0;
		double		forward = 0;
		double		shuffled = 0;
		double		halves[2] = {0};
		int			grid;

		for (int i = 0; i < n; i++)
		{
			x[i] = random_number(range);
			magnitude += fabs(x[i]);
		}
		grid = grid_for(magnitude);
		for (int i = 0; i < n; i++)
		{
			double		rounded = grid_round(x[i], grid);

			close = close && fabs(rounded - x[i]) <= magnitude * DBL_EPSILON;
			x[i] = rounded;
			forward += x[i];
			halves[next_random() % 2] += x[i];
		}
		for (int i = n - 1; i > 0; i--)
		{
			int			j = next_random() % (i + 1);
			double		t = x[i];

			x[i] = x[j];
			x[j] = t;
		}
		for (int i = 0; i < n; i++)
			shuffled += x[i];
		exact = exact && forward == shuffled && forward == halves[0] + halves[1];
	}
	sprintf(what, "%s add up to the same in any order", name);
	ok(exact, what);
	sprintf(what, "%s are as close as a double allows", name);
	ok(close, what);
}

int
main(void)
{
	test_limits();
	test_grid(1, "numbers alike in size");
	test_grid(40, "numbers of many sizes");
	test_grid(1800, "numbers of all sizes");
	ok(grid_round(0, grid_for(0)) == 0, "nothing");
	ok(grid_round(4e-320, grid_for(4e-320)) == 4e-320, "the smallest numbers are on every grid they need");
	ok(grid_round(33.25, grid_for(100)) == 33.25 && grid_round(-7, grid_for(1e9)) == -7, "short numbers stay as they are");
	printf("1..%d\n", tests);
	return failed > 0;
}
