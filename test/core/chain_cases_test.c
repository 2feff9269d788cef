/*
 * chain_cases_test.c
 *		The chain algorithm on cases written out, at its limits, and on the
 *		groups that make it slow.
 */
#include "postgres_fe.h"

#include <math.h>
#include <time.h>

#include "core/chain.h"
#include "rounds.h"

#define DAY			INT64CONST(86400000000)

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

/* ---------------------------------------------------------------- random numbers */

static uint64 seed = UINT64CONST(0x9E3779B97F4A7C15);

static uint32
below(uint32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32) ((seed >> 32) % n);
}

/* ---------------------------------------------------------------- fixed cases */

/* Rows as text: "a0 b1 ab1 -2": conditions (a is step 0, - none) and a time. */
static ChainResult
run_text(const char *text, ChainOptions *opt)
{
	ChainRow	rows[64];
	int			n = 0;
	ChainPlan	plan;
	ChainResult result;
	const char *one;
	const char *other;

	while (*text)
	{
		rows[n].mask = 0;
		for (; *text == '-' || (*text >= 'a' && *text <= 'z'); text++)
		{
			if (*text != '-')
				rows[n].mask |= UINT64CONST(1) << (*text - 'a');
		}
		rows[n].at = strtol(text, (char **) &text, 10);
		n++;
		while (*text == ' ')
			text++;
	}
	memset(&result, 0, sizeof(result));
	if (chain_prepare(&plan, opt, &one, &other) != CHAIN_OK)
		result.level = -1;
	else
		chain_run(&plan, rows, n, true, &result);
	return result;
}

static int
level_of(const char *text, int k, uint32 flags, int64 window)
{
	ChainOptions opt;

	chain_options_init(&opt, k);
	opt.flags = flags;
	opt.limited = window >= 0;
	opt.window.time = window;
	return run_text(text, &opt).level;
}

static void
test_fixed(void)
{
	ChainOptions opt;
	ChainResult r;

	check(level_of("", 2, 0, -1) == 0, "no rows");
	check(level_of("a0 a1 b1", 2, CHAIN_INCREASE, -1) == 2, "increase: a row at the time of the next step does not hide the one before");
	check(level_of("a0 -1 a2 b3", 2, CHAIN_EXACT, -1) == 2, "exact: every start is tried");
	check(level_of("a0 -1 b2", 2, CHAIN_EXACT, -1) == 1, "exact: nothing in between");
	check(level_of("a0 a1 b2", 2, CHAIN_EXACT, -1) == 2, "exact: the current step may be repeated");
	check(level_of("ab0 c1", 3, 0, -1) == 1, "one row fills one step");
	check(level_of("ab0 c1", 3, CHAIN_REUSE, -1) == 3, "reuse: one row fills two");
	check(level_of("ab0 ab0 c1", 3, 0, -1) == 3, "two rows of one time fill two steps");
	check(level_of("b0 a0", 2, 0, -1) == 2, "rows of one time are taken in the order that helps");
	check(level_of("b0 a0", 2, CHAIN_INCREASE, -1) == 1, "but not with increase");
	check(level_of("a0 b10", 2, 0, 10) == 2, "the window includes its end");
	check(level_of("a0 b10", 2, 0, 9) == 1, "and no more");
	check(level_of("a0 a3 b4 c13", 3, 0, 10) == 3, "the window counts from the latest start");
	check(level_of("a0 a3 b4 c13", 3, CHAIN_FIRST_ENTRY, 10) == 2, "first_entry: from the first");
	check(level_of("a0 b1 b2 c3", 3, CHAIN_DEDUP, -1) == 2, "dedup: a repeated step ends the attempt");
	check(level_of("a0 b1 a2 b3 c4", 3, CHAIN_DEDUP, -1) == 3, "dedup: the next start is tried");
	check(level_of("c0 a1 b2", 3, CHAIN_ANY_ORDER, -1) == 3, "any_order");
	check(level_of("c0 a1 b9", 3, CHAIN_ANY_ORDER, 8) == 2, "any_order within a window");
	check(level_of("a0 c5", 3, CHAIN_IMPLIED, -1) == 3, "implied");
	check(level_of("b0 c5", 3, CHAIN_IMPLIED, 4) == 2, "implied within a window, from the first row");

	chain_options_init(&opt, 3);
	r = run_text("a0 a5 b6 b8 c9", &opt);
	check(r.level == 3 && r.start == 5 && r.completed == 9 && r.at[0] == 5 && r.at[1] == 6 && r.at[2] == 9,
		  "the latest start, and each step as soon as it can be");
	r = run_text("a0 b1 c2 a5 b5 c5", &opt);
	check(r.level == 3 && r.completed == 2 && r.start == 0, "the first completion");

	opt.optional = 2;
	r = run_text("a0 c1", &opt);
	check(r.level == 3 && r.reached == 5 && r.filled == 5, "an optional step is skipped");
	r = run_text("a0 b1 c1", &opt);
	check(r.level == 3 && r.reached == 7 && r.at[1] == 1, "an optional step is filled");

	chain_options_init(&opt, 2);
	opt.nexclusions = 1;
	opt.exclusion[0].bit = 2;
	opt.exclusion[0].from = 0;
	opt.exclusion[0].to = 1;
	r = run_text("a0 c1 b2", &opt);
	check(r.level == 1 && r.excluded, "an excluded row spoils the chain");
	r = run_text("a0 c1 a2 b3", &opt);
	check(r.level == 2 && !r.excluded, "but only that chain");
	r = run_text("a0 b1 c1", &opt);
	check(r.level == 2 && !r.excluded, "at the time of the last step it comes too late");
	r = run_text("c0 a0 b1", &opt);
	check(r.level == 1 && r.excluded, "at the time of the first step it comes after it");
	r = run_text("ac0 b1", &opt);
	check(r.level == 2 && !r.excluded, "a row that fills the step does not spoil it");
	r = run_text("c0 b1", &opt);
	check(r.level == 0 && !r.excluded, "no step, nothing to exclude");

	chain_options_init(&opt, 3);
	opt.step_windows = true;
	opt.step_window[2] = 2;
	r = run_text("a0 b1 b5 c6", &opt);
	check(r.level == 3 && r.at[1] == 5, "a step window chooses the step before");
	r = run_text("a0 b1 c6", &opt);
	check(r.level == 2, "a step window is kept");
}

/* A month from 30 January 12:00 lasts longer than one from 31 January 11:00. */
static void
test_months(void)
{
	ChainOptions opt;
	ChainPlan	plan;
	ChainResult r;
	const char *one;
	const char *other;
	const int64 hour = DAY / 24;
	const int64 january = 731 * DAY;	/* 2002-01-01 */
	ChainRow	rows[3];

	rows[0].at = january + 29 * DAY + 12 * hour;
	rows[0].mask = 1;
	rows[1].at = january + 30 * DAY + 11 * hour;
	rows[1].mask = 1;
	rows[2].at = january + 58 * DAY + 11 * hour + 1;	/* 28 February 11:00 and a bit */
	rows[2].mask = 2;
	chain_options_init(&opt, 2);
	opt.limited = true;
	opt.window.month = 1;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_OK, "a window of months");
	chain_run(&plan, rows, 3, true, &r);
	check(r.level == 2 && r.start == rows[0].at, "an earlier start may have the later end");
	rows[2].at -= 1;
	chain_run(&plan, rows, 3, true, &r);
	check(r.level == 2 && r.start == rows[1].at, "the later one is taken while it holds");
}

static void
test_limits(void)
{
	ChainOptions opt;
	ChainPlan	plan;
	ChainResult r;
	const char *one;
	const char *other;
	ChainRow	rows[4] = {{PG_INT64_MIN, 1}, {PG_INT64_MAX - 1, 2}, {PG_INT64_MAX, 4}};

	chain_options_init(&opt, 3);
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_OK, "no window");
	chain_run(&plan, rows, 3, true, &r);
	check(r.level == 3 && r.at[2] == PG_INT64_MAX, "all of time without a window");
	opt.limited = true;
	opt.window.day = 1;
	chain_prepare(&plan, &opt, &one, &other);
	chain_run(&plan, rows, 3, true, &r);
	check(r.level == 1 && r.start == PG_INT64_MIN, "minus infinity is far from everything");
	rows[1].mask = 1;
	rows[2].mask = 2;
	chain_run(&plan, rows, 3, true, &r);
	check(r.level == 2, "a window that ends after the end of time does not end");
	opt.window.day = PG_INT32_MAX;
	opt.window.time = PG_INT64_MAX;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_OK && plan.span == CHAIN_FOREVER, "a window too long for 64 bits");
	opt.window.month = 0;
	opt.window.day = 1;
	opt.window.time = -DAY - 1;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_WINDOW, "a negative window");
	opt.window.month = 1;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_WINDOW, "a month less more than a day");
	opt.window.time = -DAY;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_OK, "parts of mixed sign that come to nothing");

	chain_options_init(&opt, 0);
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_NSTEPS, "no steps");
	chain_options_init(&opt, 65);
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_NSTEPS, "65 steps");
	chain_options_init(&opt, 2);
	opt.optional = 4;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_OPTIONAL, "no such optional step");
	opt.optional = 3;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_OPTIONAL, "every step optional");
	chain_options_init(&opt, 2);
	opt.step_windows = true;
	opt.step_window[0] = 1;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_STEP_WINDOW, "a window to the first step");
	chain_options_init(&opt, 64);
	opt.nexclusions = 1;
	opt.exclusion[0].bit = 64;
	opt.exclusion[0].to = 1;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_BAD_EXCLUSION, "no bit left for an exclusion");
	chain_options_init(&opt, 2);
	opt.flags = CHAIN_ANY_ORDER | CHAIN_EXACT;
	check(chain_prepare(&plan, &opt, &one, &other) == CHAIN_CONFLICT &&
		  strcmp(one, "any_order") == 0 && strcmp(other, "exact") == 0, "a conflict names both options");
}

/* ---------------------------------------------------------------- growth */

/* Limits of time are stretched where every access is checked. */
#ifdef __SANITIZE_ADDRESS__
#define SLOW	30
#else
#define SLOW	1
#endif

static double
seconds(clock_t since)
{
	return (double) (clock() - since) / CLOCKS_PER_SEC;
}

/* Time of one run, over as many runs as make it measurable. */
static double
measure(const ChainPlan *plan, const ChainRow *rows, size_t n, int *level)
{
	clock_t		begin = clock();
	int			runs = 0;
	ChainResult result;

	do
	{
		chain_run(plan, rows, n, true, &result);
		runs++;
	} while (seconds(begin) < 0.005);
	*level = result.level;
	return seconds(begin) / runs;
}

static void
test_growth(void)
{
	static const uint32 modes[] = {
		0, CHAIN_REUSE, CHAIN_INCREASE, CHAIN_EXACT, CHAIN_DEDUP, CHAIN_EXACT | CHAIN_DEDUP,
		CHAIN_FIRST_ENTRY, CHAIN_ANY_ORDER, CHAIN_ANY_ORDER | CHAIN_REUSE, CHAIN_IMPLIED
	};
	const int	large = Max(120, rounds_of(100000));
	/* where time says nothing, there is no limit of it */
	const double slow = time_counts() ? SLOW : HUGE_VAL;
	ChainRow   *rows = palloc(sizeof(ChainRow) * large);
	double		slowest = 0;
	double		slowest_large = 0;
	int			level;

	for (int m = 0; m < (int) lengthof(modes); m++)
	{
		for (int shape = 0; shape < 5; shape++)
		{
			for (int more = 0; more < 3; more++)
			{
				ChainOptions opt;
				ChainPlan	plan;
				const char *one;
				const char *other;
				double		took;
				char		name[100];

				chain_options_init(&opt, 6);
				opt.flags = modes[m];
				opt.limited = true;
				opt.window.time = 1000;
				if (more == 1)
					opt.optional = 0x14;
				if (more == 2)
				{
					opt.nexclusions = 1;
					opt.exclusion[0].bit = 6;
					opt.exclusion[0].from = 2;
					opt.exclusion[0].to = 5;
				}
				if (chain_prepare(&plan, &opt, &one, &other) != CHAIN_OK)
					continue;

				/* 120 rows of one time; 0: every step but the last can be filled by every row */
				for (int i = 0; i < 120; i++)
				{
					rows[i].at = 0;
					rows[i].mask = shape == 0 ? 0x1f : shape == 1 ? 0x3f : shape == 2 ? UINT64CONST(1) << (i % 6) :
						shape == 3 ? below(128) : 1 + below(31);
				}
				took = measure(&plan, rows, 120, &level);
				slowest = Max(slowest, took);

				/* one customer of 100,000 rows, or all of them at one time */
				for (int together = 0; together < 2; together++)
				{
					for (int i = 0; i < large; i++)
					{
						rows[i].at = together ? 0 : i;
						rows[i].mask = shape == 0 ? 0x1f : shape == 1 ? 0x3f : shape == 2 ? UINT64CONST(1) << (i % 5) :
							shape == 3 ? below(128) : 1 + below(31);
					}
					took = measure(&plan, rows, large, &level);
					slowest_large = Max(slowest_large, took);
					if (took > 0.5 * slow)
					{
						sprintf(name, "flags %x shape %d more %d together %d: %.3f s",
								modes[m], shape, more, together, took);
						check(false, name);
					}
				}
			}
		}
	}
	printf("# slowest: %.6f s for 120 rows of one time, %.4f s for %d rows\n", slowest, slowest_large, large);
	check(slowest < 0.001 * slow, time_counts() ? "120 rows of one time and 6 steps take less than a millisecond in every mode" :
		  "120 rows of one time and 6 steps in every mode, however long that takes");
	check(slowest_large < 0.5 * slow, time_counts() ? "100,000 rows of one customer take less than half a second in every mode" :
		  "many rows of one customer in every mode, however long that takes");

	/* the worst there is: 64 steps, every row fills every step, all of one time */
	{
		ChainOptions opt;
		ChainPlan	plan;
		const char *one;
		const char *other;
		double		took;

		for (int m = 0; m < 2; m++)
		{
			chain_options_init(&opt, 64);
			opt.flags = m == 0 ? 0 : CHAIN_ANY_ORDER;
			chain_prepare(&plan, &opt, &one, &other);
			for (int i = 0; i < large; i++)
			{
				rows[i].at = 0;
				rows[i].mask = ~(UINT64CONST(1) << (i % 64));
			}
			took = measure(&plan, rows, large, &level);
			printf("# 64 steps, mode %x, %d rows of one time: %.3f s, level %d\n", opt.flags, large, took, level);
			check(level == 64 && took < 1.0 * slow, time_counts() ? "64 steps and 100,000 rows of one time" : "64 steps and many rows of one time");
		}
	}
	pfree(rows);
}

int
main(void)
{
	test_fixed();
	test_months();
	test_limits();
	test_growth();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
