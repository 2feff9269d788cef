/*
 * attribution_test.c
 *		Shapley values against all orders of arrival, splits against their
 *		definition, removal effects against sums over paths, wide sums against
 *		long division.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/attribution.h"
#include "core/removal.h"
#include "core/widesum.h"
#include "rounds.h"

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

static uint64 seed = 88172645463325252;

static uint32
draw(uint32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32) (seed >> 20) % n;
}

/* Adds what each player brings in every order of arrival; returns how many orders there are. */
static double
arrive(int n, const double *worth, uint32 there, double *sums)
{
	double		orders = 0;

	if (there == ((uint32) 1 << n) - 1)
		return 1;
	for (int i = 0; i < n; i++)
	{
		uint32		with = there | (uint32) 1 << i;
		double		more;

		if (there == with)
			continue;
		more = arrive(n, worth, with, sums);
		sums[i] += more * (worth[with] - worth[there]);
		orders += more;
	}
	return orders;
}

static void
test_shapley(void)
{
	bool		good = true;
	bool		adds = true;

	for (int round = 0; round < Max(7, rounds_of(60)); round++)
	{
		int			n = 1 + round % 7;
		double		worth[128];
		double		sums[7] = {0};
		double		values[7];
		double		sum = 0;
		double		orders;

		worth[0] = 0;
		for (int s = 1; s < 1 << n; s++)
			worth[s] = (double) draw(1000) / 100 - 3;
		orders = arrive(n, worth, 0, sums);
		attribution_shapley(n, worth, values);
		for (int i = 0; i < n; i++)
		{
			good &= fabs(values[i] - sums[i] / orders) < 1e-12;
			sum += values[i];
		}
		adds &= fabs(sum - worth[(1 << n) - 1]) < 1e-12;
	}
	check(good, "Shapley values are the means over all orders of arrival");
	check(adds, "and add up to what all are worth");
}

static void
test_apportion(void)
{
	bool		adds = true;
	bool		near = true;
	bool		fair = true;
	int64		units[64];
	double		weights[64];
	double		negative[3] = {5, -4, 1e-6};
	int			decimals;

	for (int round = 0; round < rounds_of(20000); round++)
	{
		int			n = 1 + draw(64);
		int64		total = round % 3 == 0 ? ATTRIBUTION_ONE : 1 + draw(1000);
		double		sum = 0;
		int64		got = 0;

		for (int i = 0; i < n; i++)
			sum += weights[i] = round % 2 == 0 ? 1 + draw(9) : pow(2, -(double) draw(80));
		attribution_apportion(weights, n, total, units);
		for (int i = 0; i < n; i++)
		{
			got += units[i];
			near &= fabs(units[i] - weights[i] / sum * total) < 1.5;
			/* who weighs more never gets less, and of equal ones the first gets more */
			for (int j = 0; j < i && total < 1001; j++)
				fair &= (weights[i] < weights[j] ? units[i] <= units[j] : weights[i] > weights[j] ? units[i] >= units[j] :
						 units[i] <= units[j] && units[j] <= units[i] + 1);
		}
		adds &= got == total;
	}
	check(adds, "splits add up");
	check(near, "each part is its quota, rounded up or down");
	check(fair, "parts are in order of the weights");
	decimals = attribution_shares(negative, 3, units);
	check(decimals == 14 && units[0] + units[1] + units[2] == ATTRIBUTION_ONE / 10 && units[1] < 0,
		  "shares above 1 have fewer decimals and add up");
	negative[0] = 1;
	negative[1] = -1;
	negative[2] = 1e-16;
	check(attribution_shares(negative, 3, units) == -1, "shares far above 1 are refused");
}

static void
test_weights(void)
{
	AttributionOptions options = {RULE_LINEAR, 0.5, 0.2, 0.3, 10};
	uint32		channel[4] = {0, 1, 0, 2};
	int64		at[4] = {0, 10, 15, 20};
	bool		skip[3] = {false, false, true};
	bool		all[3] = {true, true, true};
	double		w[3];
	int64		far_at[2] = {PG_INT64_MIN + 1, PG_INT64_MAX - 1};
	uint32		far_channel[2] = {0, 1};

#define WEIGHTS(rule_, n, skip_, a, b, c, what) \
	do { \
		options.rule = rule_; \
		attribution_weights(&options, n, channel, at, 37, 3, skip_, w); \
		check(fabs(w[0] - (a)) < 1e-15 && fabs(w[1] - (b)) < 1e-15 && fabs(w[2] - (c)) < 1e-15, what); \
	} while (0)

	WEIGHTS(RULE_FIRST, 4, NULL, 1, 0, 0, "first");
	WEIGHTS(RULE_LAST, 4, NULL, 0, 0, 1, "last");
	WEIGHTS(RULE_LAST, 4, skip, 1, 0, 0, "last but those to skip");
	WEIGHTS(RULE_LAST, 4, all, 0, 0, 1, "last when all are to skip");
	WEIGHTS(RULE_LINEAR, 4, NULL, 2, 1, 1, "linear");
	WEIGHTS(RULE_LINEAR, 4, skip, 2, 1, 0, "linear but those to skip");
	WEIGHTS(RULE_LINEAR_DISTINCT, 4, NULL, 1, 1, 1, "linear over channels");
	WEIGHTS(RULE_POSITION, 4, NULL, 0.6, 0.1, 0.3, "position");
	WEIGHTS(RULE_POSITION, 4, skip, 0.8, 0.2, 0, "position but those to skip");
	WEIGHTS(RULE_POSITION, 2, NULL, 0.6, 0.4, 0, "position of two");
	WEIGHTS(RULE_POSITION, 1, NULL, 1, 0, 0, "position of one");
	WEIGHTS(RULE_TIME_DECAY, 4, NULL, 0.25 + exp2(-0.5), 0.5, 1, "time decay, from the last touch");
	/* ages 37, 27, 22, 17: 3, 2, 2, 1 whole half-lives */
	WEIGHTS(RULE_TIME_DECAY_STEPPED, 4, NULL, 0.25 + 0.5, 0.5, 1, "time decay in steps, from the conversion");
	attribution_weights(&options, 2, far_channel, far_at, PG_INT64_MAX, 2, NULL, w);
	check(w[0] == 0 && w[1] == 1, "a touch at the other end of time");
}

/* The share that converts when paths must not touch a channel, by following them step by step. */
static double
follow(int n, const double *moves, const double *converted, const double *lost, const double *gain,
	   const int *channel, int without)
{
	double		here[40] = {1};
	double		sum = 0;

	for (int step = 0; step < 3000; step++)
	{
		double		next[40] = {0};

		for (int i = 0; i < n; i++)
		{
			double		all = converted[i] + lost[i];

			for (int j = 0; j < n; j++)
				all += moves[i * n + j];
			if (all == 0)
				continue;
			sum += here[i] * gain[i] / all;
			for (int j = 1; j < n; j++)
			{
				if (channel[j] != without)
					next[j] += here[i] * moves[i * n + j] / all;
			}
		}
		memcpy(here, next, sizeof(here));
	}
	return sum;
}

static void
test_removal(void)
{
	bool		good = true;
	bool		good_value = true;
	double		none[3];
	double		none_value[3];
	double		nothing[1] = {0};
	RemovalChain empty = {1, nothing, nothing, nothing, nothing, NULL, 0};

	for (int round = 0; round < 15; round++)
	{
		int			n = round < 2 ? 38 + round : round < 5 ? 14 + round : 2 + draw(9);
		int			nchannels = 1 + draw(3);
		double		moves[40 * 40] = {0};
		double		copy[40 * 40];
		double		converted[40] = {0};
		double		lost[40] = {0};
		double		value[40] = {0};
		double		c2[40];
		double		l2[40];
		double		v2[40];
		int			channel[40];
		double		effect[3];
		double		value_effect[3];
		RemovalChain chain = {n, copy, c2, l2, v2, channel, nchannels};

		for (int i = 0; i < n; i++)
		{
			channel[i] = draw(nchannels);
			for (int j = 1; j < n; j++)
				moves[i * n + j] = draw(3) == 0 ? 0 : draw(20);
			if (i == 0)
				continue;
			lost[i] = 1 + draw(5);
			converted[i] = draw(5);
			value[i] = converted[i] > 0 ? draw(500) / 4.0 : 0;
		}
		moves[1] += 1;
		converted[1] += 1;
		value[1] += 1;
		memcpy(copy, moves, sizeof(copy));
		memcpy(c2, converted, sizeof(c2));
		memcpy(l2, lost, sizeof(l2));
		memcpy(v2, value, sizeof(v2));
		removal_effects(&chain, effect, value_effect);
		for (int c = 0; c < nchannels; c++)
		{
			double		with = follow(n, moves, converted, lost, converted, channel, -1);
			double		without = follow(n, moves, converted, lost, converted, channel, c);

			good &= fabs(effect[c] - (1 - without / with)) < 1e-9;
			with = follow(n, moves, converted, lost, value, channel, -1);
			without = follow(n, moves, converted, lost, value, channel, c);
			good_value &= fabs(value_effect[c] - (1 - without / with)) < 1e-9;
		}
	}
	check(good, "removal effects are those of paths followed step by step");
	check(good_value, "so are those of values");

	{
		double		moves[4] = {0, 5, 0, 2};
		double		converted[2] = {0, 0};
		double		lost[2] = {0, 5};
		double		value[2] = {0, 0};
		int			channel[2] = {0, 0};
		RemovalChain chain = {2, moves, converted, lost, value, channel, 2};

		removal_effects(&chain, none, none_value);
		check(none[0] == 0 && none[1] == 0 && none_value[0] == 0, "no conversions, no effects, and none of a channel without states");
	}
	removal_effects(&empty, none, none_value);
	check(true, "a chain of nothing");
}

static void
test_widesum(void)
{
	char		text[WIDESUM_TEXT];
	Amount		amount;
	Amount		more = {0, 1};
	Amount		whole = {PG_INT64_MAX, AMOUNT_ONE - 1};
	WideSum		sum = {{0}};
	bool		good = true;

	check(amount_read("120.50", 6, &amount) && amount.whole == 120 && amount.fraction == AMOUNT_ONE / 2, "reads an amount");
	amount_text(&amount, text);
	check(strcmp(text, "120.5") == 0, "writes it");
	check(amount_read("9223372036854775807.999999999999999999000", 41, &amount) && !amount_add(&amount, &more) &&
		  amount.whole == PG_INT64_MAX, "the largest amount has no room for more");
	check(!amount_read("9223372036854775808", 19, &amount) && !amount_read("0.0000000000000000001", 21, &amount) &&
		  !amount_read("-1", 2, &amount) && !amount_read("1x", 2, &amount) && !amount_read("", 0, &amount) &&
		  !amount_read("NaN", 3, &amount), "refuses what is no amount");

	widesum_add(&sum, &whole, ATTRIBUTION_ONE);
	widesum_add(&sum, &whole, ATTRIBUTION_ONE);
	widesum_text(&sum, text);
	check(strcmp(text, "18446744073709551615.999999999999999998") == 0, "twice the largest amount");
	memset(&sum, 0, sizeof(sum));
	widesum_add(&sum, &whole, 1);
	widesum_text(&sum, text);
	check(strcmp(text, "9223.372036854775807999999999999999999") == 0, "a 10^15th of the largest amount");
	memset(&sum, 0, sizeof(sum));
	widesum_text(&sum, text);
	check(strcmp(text, "0") == 0, "nothing");
	for (int round = 0; round < rounds_of(2000); round++)
	{
		int64		a = draw(1000000);
		int64		b = draw(3) == 0 ? 0 : draw(1000000);
		int64		units = (int64) draw(1000000) * draw(1000000);
		Amount		part = {a, b * INT64CONST(1000000000000)};
		long double expected = ((long double) a + (long double) b / 1000000) * units / ATTRIBUTION_ONE;

		memset(&sum, 0, sizeof(sum));
		widesum_add(&sum, &part, units);
		widesum_text(&sum, text);
		good &= fabsl(strtold(text, NULL) - expected) <= 1e-15L * expected;
	}
	check(good, "products are as those of long doubles");
}

int
main(void)
{
	test_shapley();
	test_apportion();
	test_weights();
	test_removal();
	test_widesum();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
