/*
 * decay_test.c
 *		Decaying numbers against direct summation in a wider floating-point type.
 */
#include "postgres_fe.h"

#include <float.h>
#include <math.h>

#include "core/decay.h"
#include "rounds.h"

#define SECOND		INT64CONST(1000000)
#define DAY			(86400 * SECOND)
#define YEAR		(INT64CONST(31557600) * SECOND)
#define FORTNIGHT	(14 * DAY)
#define FIRST_AT	INT64CONST(-211813488000000000)
#define LAST_AT		INT64CONST(9223371331199999999)

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

/*
 * The same where the expected value has to be known better than a double
 * knows it.  An emulated processor, that of valgrind for one, may compute in
 * doubles whatever the type.
 */
static void
check_wide(bool good, const char *what)
{
	volatile long double one = 1;
	volatile long double more = one + DBL_EPSILON / 16;

	if (more != one)
	{
		check(good, what);
		return;
	}
	tests++;
	printf("ok %d - %s # SKIP a long double is no wider than a double here\n", tests, what);
}

static uint64 random_state = 20260101;

static uint64
random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int64
random_between(int64 low, int64 high)
{
	return low + (int64) (random_bits() % (uint64) (high - low + 1));
}

static double
random_unit(void)
{
	return (double) (random_bits() >> 11) / 9007199254740992.0;
}

static Decayed
number(double value, int64 at, int64 half_life)
{
	Decayed		result;

	result.value = value;
	result.at = at;
	result.half_life = half_life;
	return result;
}

/* value * 2^-((when - at) / half_life), without any of the tricks */
static long double
direct(double value, int64 at, int64 half_life, int64 when)
{
	return (long double) value * exp2l(-((long double) when - (long double) at) / (long double) half_life);
}

static bool
close_to(double a, long double b, double relative)
{
	return a == b || fabsl(a - b) <= relative * fabsl(b);
}

static bool
same(const Decayed *a, const Decayed *b)
{
	return a->value == b->value && a->at == b->at && a->half_life == b->half_life;
}

/* -1, 0 or 1 as the logarithms say; 0 when they are too near to tell */
static int
direct_order(const Decayed *a, const Decayed *b)
{
	long double x;
	long double y;

	if ((a->value > 0) != (b->value > 0) || (a->value < 0) != (b->value < 0))
		return a->value < b->value ? -1 : 1;
	if (a->value == 0)
		return 0;
	x = log2l(fabsl(a->value)) + (long double) a->at / a->half_life;
	y = log2l(fabsl(b->value)) + (long double) b->at / b->half_life;
	if (fabsl(x - y) <= 1e-15L + 1e-18L * fabsl(x))
		return 0;
	return (x < y) == (a->value > 0) ? -1 : 1;
}

static const int64 lives[] = {1, 7, 1000, SECOND, 60 * SECOND, DAY, FORTNIGHT, FORTNIGHT + 1, YEAR, 100 * YEAR, 10000 * YEAR, PG_INT64_MAX};

#define NLIVES	((int) (sizeof(lives) / sizeof(lives[0])))

/* A time between 1900 and 2200 */
static int64
random_time(void)
{
	return random_between(-100 * YEAR, 200 * YEAR);
}

static double
random_points(void)
{
	double		p = random_unit() * 100;

	switch (random_bits() % 8)
	{
		case 0:
			return 0;
		case 1:
		case 2:
			return -p;
		case 3:
			return floor(p);
		case 4:
			return ldexp(p, (int) random_between(-1060, 1010));
		default:
			return p;
	}
}

static void
test_vectors(void)
{
	Decayed		a = number(50, 0, FORTNIGHT);
	Decayed		b = number(20, 20 * DAY, FORTNIGHT);
	Decayed		fast = number(100, 0, 7 * DAY);
	Decayed		slow = number(60, 0, 60 * DAY);
	Decayed		forty = number(40, 0, FORTNIGHT);
	DecayKey	x;
	DecayKey	y;

	check(fabs(decay_value(&a, 20 * DAY) - 18.574928614) < 5e-10 && decay_value(&b, 20 * DAY) == 20, "the vectors, day 20");
	check(fabs(decay_value(&a, 30 * DAY) - 11.321545803) < 5e-10 && fabs(decay_value(&b, 30 * DAY) - 12.190136542) < 5e-10,
		  "the vectors, day 30");
	check(fabs(decay_value(&a, 60 * DAY) - 2.563547988) < 5e-10 && fabs(decay_value(&b, 60 * DAY) - 2.760223784) < 5e-10,
		  "the vectors, day 60");
	decay_key(&a, &x);
	decay_key(&b, &y);
	check(fabs(x.whole + x.part - 5.643856190) < 5e-10 && fabs(y.whole + y.part - 5.750499523) < 5e-10, "the vectors, keys");
	check(decay_compare(&a, &b) < 0 && decay_compare(&b, &a) > 0, "the vectors, order");
	check(decay_crossing(&forty, 10) == 28 * DAY, "40 is 10 after exactly 28 days");
	check(fabs(decay_value(&fast, 10 * DAY) - 37.150) < 5e-4 && fabs(decay_value(&slow, 10 * DAY) - 53.454) < 5e-4,
		  "the vectors, two half-lives");
}

static void
test_value(void)
{
	bool		good = true;
	bool		exact = true;

	for (int i = 0; i < rounds_of(200000); i++)
	{
		int64		half_life = lives[random_bits() % NLIVES];
		Decayed		a = number(random_points(), random_time(), half_life);
		/* where the value is one that a double holds */
		int64		when = half_life < 100 * YEAR ? a.at + (int64) ((random_unit() * 60 - 20) * (double) half_life) : random_time();
		long double expected = direct(a.value, a.at, half_life, when);
		double		actual = decay_value(&a, when);

		if (fabsl(expected) > DBL_MAX)
			good &= isinf(actual) && (actual > 0) == (expected > 0);
		else if (fabsl(expected) < DBL_MIN)
			good &= fabs(actual) <= DBL_MIN;
		else
			good &= close_to(actual, expected, 2.3e-16);

		/* whole half-lives are exact */
		if (half_life <= YEAR)
		{
			int			n = (int) random_between(-20, 40);

			exact &= fabs(a.value) < 1e-290 || fabs(a.value) > 1e290 ||
				decay_value(&a, a.at + n * half_life) == ldexp(a.value, -n);
		}
	}
	check_wide(good, "values of random numbers at random times, to the last bit but one");
	check(exact, "whole half-lives only change the exponent");

	good = true;
	for (int i = 0; i < NLIVES; i++)
	{
		Decayed		a = number(DBL_MAX, FIRST_AT, lives[i]);
		Decayed		b = number(DBL_MAX, LAST_AT, lives[i]);
		double		x = decay_value(&a, LAST_AT);
		double		y = decay_value(&b, FIRST_AT);

		good &= x >= 0 && x < DBL_MAX && y > DBL_MAX;
	}
	check(good, "from the beginning to the end of time");
}

static void
test_order(void)
{
	bool		good = true;
	bool		transitive = true;
	bool		invariant = true;
	int			nears = 0;

	for (int i = 0; i < rounds_of(200000); i++)
	{
		int64		half_life = lives[random_bits() % NLIVES];
		Decayed		a[3];

		for (int j = 0; j < 3; j++)
		{
			a[j] = number(random_points(), random_time(), half_life);
			if (random_bits() % 2)
				a[j].at = a[0].at + random_between(-40, 40) * (half_life < YEAR ? half_life / 3 : YEAR);
			if (random_bits() % 16 == 0)
			{
				a[j].value = a[0].value;
				a[j].at = a[0].at;
			}
		}
		for (int j = 0; j < 3; j++)
		{
			int			expected = direct_order(&a[j], &a[(j + 1) % 3]);
			int			actual = decay_compare(&a[j], &a[(j + 1) % 3]);

			if (expected == 0)
				nears++;
			else
				good &= actual == expected;
			good &= actual == -decay_compare(&a[(j + 1) % 3], &a[j]);
		}
		transitive &= !(decay_compare(&a[0], &a[1]) <= 0 && decay_compare(&a[1], &a[2]) <= 0 && decay_compare(&a[0], &a[2]) > 0);

		/* at any time at which the values can be told from each other */
		for (int j = 0; j < 3; j++)
		{
			int64		when = random_time();
			double		x = decay_value(&a[0], when);
			double		y = decay_value(&a[1], when);

			if (!isinf(x) && !isinf(y) && fabs(x - y) > 1e-14 * fabs(x) && fabs(x - y) > DBL_MIN)
				invariant &= (x < y) == (decay_compare(&a[0], &a[1]) < 0);
		}
	}
	check(good && nears < rounds_of(200000), "order of random pairs, against logarithms");
	check(transitive, "the order is transitive");
	check(invariant, "the order is that of the values at random times");

	good = true;
	for (int i = 0; i < NLIVES - 1; i++)
	{
		Decayed		a = number(50, 0, lives[i]);
		Decayed		b = number(25, lives[i], lives[i]);
		Decayed		c = number(-50, 0, lives[i]);
		Decayed		d = number(-25, lives[i], lives[i]);
		Decayed		zero = number(0, 5, lives[i]);
		Decayed		null = number(0, -5, lives[i]);
		Decayed		longer = number(-1, 0, lives[i] + 1);

		good &= decay_compare(&a, &b) == 0 && decay_compare(&c, &d) == 0 && decay_compare(&zero, &null) == 0;
		good &= decay_compare(&c, &zero) < 0 && decay_compare(&zero, &a) < 0 && decay_compare(&c, &a) < 0;
		good &= decay_compare(&a, &longer) < 0;
		b.value = 26;
		d.value = -26;
		good &= decay_compare(&a, &b) < 0 && decay_compare(&c, &d) > 0;
	}
	check(good, "equal ones, zero, negatives, half-lives");
}

static void
test_arithmetic(void)
{
	bool		good = true;
	bool		commutes = true;
	Decayed		a;
	Decayed		b;
	Decayed		sum;
	Decayed		other;

	for (int i = 0; i < rounds_of(200000); i++)
	{
		int64		half_life = lives[3 + random_bits() % 8];
		double		factor = random_points();
		int64		when;
		long double expected;

		a = number(random_points(), random_time(), half_life);
		b = number(random_points(), random_bits() % 2 ? random_time() : a.at + random_between(-50, 50) * Min(half_life / 5, YEAR), half_life);
		if (!decay_add(&a, &b, &sum))
		{
			good = false;
			continue;
		}
		good &= decay_valid(&sum);
		commutes &= decay_add(&b, &a, &other) && same(&sum, &other);
		when = sum.at;
		expected = direct(a.value, a.at, half_life, when) + direct(b.value, b.at, half_life, when);
		/* the wider type has digits enough unless they cancel */
		if (!isinf(expected) && fabsl(expected) >= DBL_MIN && fabsl(expected) > 1e-3L * fabsl(direct(b.value, b.at, half_life, when)))
			good &= close_to(sum.value, expected, 2.3e-16);

		/* the largest half-lives do not fit into time often enough */
		a.half_life = Min(a.half_life, YEAR);
		half_life = a.half_life;
		good &= decay_multiply(&a, factor, &sum) && decay_valid(&sum);
		if (factor != 0 && a.value != 0)
		{
			expected = (long double) a.value * factor;
			good &= close_to(sum.value, direct((double) ldexpl(expected, -ilogbl(expected)), a.at, half_life, sum.at) *
							 exp2l(ilogbl(expected)), 3e-16);
		}
	}
	check_wide(good, "random sums and products");
	check(commutes, "a + b is b + a");

	a = number(DBL_MAX, 0, FORTNIGHT);
	check(decay_add(&a, &a, &sum) && sum.value == DBL_MAX && sum.at == FORTNIGHT, "too large for a double: as much a half-life later");
	check(decay_multiply(&a, DBL_MAX, &sum) && decay_valid(&sum) && sum.at == 1024 * FORTNIGHT, "a square: 1024 half-lives later");
	a.half_life = 10000 * YEAR;
	check(!decay_multiply(&a, DBL_MAX, &sum), "no time in range at which it is less");
	a = number(DBL_MIN, 0, FORTNIGHT);
	check(decay_multiply(&a, 0.25, &sum) && sum.value == DBL_MIN && sum.at == -2 * FORTNIGHT, "too small for a double: as much earlier");
	a.half_life = 10000 * YEAR;
	check(decay_multiply(&a, 0.25, &sum) && sum.value == DBL_MIN / 4 && sum.at == 0, "no time in range at which it is more");
	a = number(50, -100 * YEAR, SECOND);
	b = number(0, 200 * YEAR, SECOND);
	check(decay_add(&a, &b, &sum) && sum.value > 0 && decay_compare(&a, &sum) == 0, "nothing, added 300 years later, changes nothing");
	b.value = 1e-300;
	check(decay_add(&a, &b, &sum) && same(&b, &sum), "what was 300 years earlier no longer counts");
	a = number(10, 0, FORTNIGHT);
	b = number(-5, FORTNIGHT, FORTNIGHT);
	check(decay_add(&a, &b, &sum) && sum.value == 0 && sum.at == FORTNIGHT, "what cancels is 0");
}

static void
test_crossing(void)
{
	bool		good = true;
	Decayed		a;

	for (int i = 0; i < rounds_of(200000); i++)
	{
		int64		half_life = lives[3 + random_bits() % 7];
		double		level = fabs(random_points());
		int64		at;

		a = number(fabs(random_points()), random_time(), half_life);
		if (a.value == 0 || level == 0)
			continue;
		at = decay_crossing(&a, level);
		if (at == PG_INT64_MIN || at == PG_INT64_MAX)
		{
			long double when = a.at + half_life * (log2l(a.value) - log2l(level));

			good &= at < 0 ? when < FIRST_AT + 1 : when > LAST_AT - 1;
		}
		else
		{
			/* a microsecond of rounding, and what the logarithm has */
			double		allowed = 1e-15 + 0.7 / (double) half_life + 3e-16;

			good &= level < DBL_MIN || a.value < DBL_MIN || fabs(decay_value(&a, at) / level - 1) <= allowed;
		}
	}
	check(good, "at the crossing the value is the level, for random ones");
	a = number(10, 5, FORTNIGHT);
	check(decay_crossing(&a, 10) == 5 && decay_crossing(&a, 20) == 5 - FORTNIGHT, "at the reference time, and before");
	a.half_life = PG_INT64_MAX;
	check(decay_crossing(&a, 5) == PG_INT64_MAX && decay_crossing(&a, 20) == PG_INT64_MIN && decay_crossing(&a, 10) == 5,
		  "outside the range of times");
}

#define NPOINTS	1000

static void
test_sums(void)
{
	bool		good = true;
	bool		orders = true;
	bool		splits = true;
	bool		removals = true;
	bool		windows = true;
	int			restarts = 0;

	for (int round = 0; round < rounds_of(300); round++)
	{
		int64		half_life = lives[3 + round % 7];
		int64		span = Min(half_life * 30, 300 * YEAR);
		int64		start = random_between(-100 * YEAR, 200 * YEAR - span);
		int			n = (int) random_between(1, round % 3 == 0 ? 16 : NPOINTS);
		double		points[NPOINTS];
		int64		times[NPOINTS];
		int64		last = PG_INT64_MIN;
		DecaySum	forward;
		DecaySum	backward;
		DecaySum	part[3];
		Decayed		x;
		Decayed		y;

		decay_sum_init(&forward, half_life);
		decay_sum_init(&backward, half_life);
		for (int i = 0; i < 3; i++)
			decay_sum_init(&part[i], half_life);
		for (int i = 0; i < n; i++)
		{
			points[i] = random_unit() * 100 - (round % 2 ? 30 : 0);
			/* some at one time: their sum is often in the middle between two doubles */
			times[i] = round % 3 == 0 ? start : random_between(start, start + span);
			last = Max(last, times[i]);
			decay_sum_add(&forward, points[i], times[i]);
			decay_sum_add(&part[random_bits() % 3], points[i], times[i]);
		}
		for (int i = n - 1; i >= 0; i--)
			decay_sum_add(&backward, points[i], times[i]);
		good &= decay_sum_valid(&forward) && decay_sum_result(&forward, &x);
		good &= x.at == last && forward.n == n;
		for (int k = 0; k < 5; k++)
		{
			int64		when = random_between(last, last + span);
			long double expected = 0;
			long double magnitude = 0;

			for (int i = 0; i < n; i++)
			{
				expected += direct(points[i], times[i], half_life, when);
				magnitude += fabsl(direct(points[i], times[i], half_life, when));
			}
			/* relative to what was added where the signs differ */
			good &= fabsl(decay_value(&x, when) - expected) <= 1e-15L * magnitude;
			if (round % 2 == 0)
				good &= close_to(decay_value(&x, when), expected, 1e-12);
		}

		orders &= decay_sum_result(&backward, &y) && same(&x, &y);
		/* (a + b) + c, and c + (b + a) */
		{
			DecaySum	left = part[0];
			DecaySum	right = part[1];

			decay_sum_merge(&left, &part[1]);
			decay_sum_merge(&left, &part[2]);
			decay_sum_merge(&right, &part[0]);
			decay_sum_merge(&part[2], &right);
			splits &= decay_sum_valid(&left) && decay_sum_result(&left, &y) && same(&x, &y);
			splits &= decay_sum_result(&part[2], &y) && same(&x, &y);
		}

		/* all but the last, one after the other */
		decay_sum_init(&backward, half_life);
		for (int i = n / 2; i < n; i++)
			decay_sum_add(&backward, points[i], times[i]);
		{
			bool		exact = true;

			for (int i = 0; i < n / 2 && exact; i++)
				exact = decay_sum_remove(&forward, points[i], times[i]);
			if (exact)
				removals &= decay_sum_result(&forward, &x) && decay_sum_result(&backward, &y) &&
					x.at == y.at && close_to(x.value, y.value, 1e-15);
			else
				restarts++;
		}
	}
	check_wide(good, "random sums at random times, against direct summation: relative error 1e-12");
	check(orders, "the same to the last bit in the opposite order");
	check(splits, "the same to the last bit however the parts are merged");
	/* only where the latest was taken away */
	check(removals && restarts < 250, "what is left after taking half away");

	/* a window that moves over points in order of time, some of them huge */
	restarts = 0;
	for (int round = 0; round < 20; round++)
	{
		DecaySum	moving;
		int64		times[NPOINTS];
		double		points[NPOINTS];
		int			width = 20;

		decay_sum_init(&moving, FORTNIGHT);
		for (int i = 0; i < NPOINTS; i++)
		{
			DecaySum	fresh;
			Decayed		x;
			Decayed		y;

			times[i] = (i ? times[i - 1] : 0) + random_between(0, DAY);
			points[i] = random_bits() % 40 == 0 ? 1e30 : random_unit() - 0.3;
			decay_sum_add(&moving, points[i], times[i]);
			decay_sum_init(&fresh, FORTNIGHT);
			for (int j = Max(0, i - width + 1); j <= i; j++)
				decay_sum_add(&fresh, points[j], times[j]);
			if (i >= width && !decay_sum_remove(&moving, points[i - width], times[i - width]))
			{
				restarts++;
				moving = fresh;
			}
			windows &= decay_sum_result(&moving, &x) && decay_sum_result(&fresh, &y) &&
				x.at == y.at && close_to(x.value, y.value, 1e-14);
		}
	}
	check(windows && restarts > 0 && restarts < 1000, "a window that moves, with huge points that come and go");
}

static void
test_sum_extremes(void)
{
	bool		good = true;
	DecaySum	sum;
	Decayed		x;
	const double odd[] = {10, 0.1, 1e-300, 12345.678, DBL_MAX, DBL_MIN, 5e-324, -7};

	for (int i = 0; i < NLIVES; i++)
	{
		for (int j = 0; j < (int) (sizeof(odd) / sizeof(odd[0])); j++)
		{
			int64		at = random_time();

			decay_sum_init(&sum, lives[i]);
			decay_sum_add(&sum, odd[j], at);
			/* the smallest has no digits to keep, but is not lost */
			good &= decay_sum_valid(&sum) && decay_sum_result(&sum, &x) &&
				(fabs(odd[j]) < DBL_MIN ? x.value > 0 : x.value == odd[j] && x.at == at);
		}
	}
	check(good, "one alone comes back as it is");

	good = true;
	for (int i = 0; i < NLIVES; i++)
	{
		DecaySum	other;

		decay_sum_init(&sum, lives[i]);
		decay_sum_add(&sum, 3, FIRST_AT);
		decay_sum_add(&sum, 0, LAST_AT);
		good &= decay_sum_valid(&sum) && decay_sum_result(&sum, &x) && decay_valid(&x);
		decay_sum_init(&other, lives[i]);
		decay_sum_add(&other, -4, LAST_AT);
		decay_sum_merge(&sum, &other);
		good &= decay_sum_valid(&sum) && decay_sum_result(&sum, &x) && decay_valid(&x) && x.value < 0;
	}
	check(good, "from the beginning to the end of time, a microsecond to 292 thousand years");

	decay_sum_init(&sum, FORTNIGHT);
	for (int i = 0; i < 1000; i++)
		decay_sum_add(&sum, DBL_MAX, i);
	check(decay_sum_valid(&sum) && decay_sum_result(&sum, &x) && decay_valid(&x) && x.at > 9 * FORTNIGHT && x.at < 11 * FORTNIGHT,
		  "a thousand times the largest double");
	decay_sum_init(&sum, FORTNIGHT);
	decay_sum_add(&sum, 10, 0);
	decay_sum_add(&sum, 1e300, 5);
	decay_sum_add(&sum, -1e300, 5);
	check(decay_sum_result(&sum, &x) && (x.value == 0 || fabs(x.value) < 1e290), "what is lost beside 1e300 is not made up");
	decay_sum_init(&sum, FORTNIGHT);
	decay_sum_add(&sum, 10, 100);
	decay_sum_add(&sum, -5, 100 + FORTNIGHT);
	check(decay_sum_result(&sum, &x) && x.value == 0 && x.at == 100 + FORTNIGHT, "what cancels is 0");
	decay_sum_add(&sum, 1, 100 + 2 * FORTNIGHT);
	check(decay_sum_result(&sum, &x) && x.value == 1, "and goes on from there");
	check(!decay_sum_remove(&sum, 1, 100 + 2 * FORTNIGHT), "the latest cannot be taken away");
	decay_sum_init(&sum, FORTNIGHT);
	decay_sum_add(&sum, 10, 100);
	check(decay_sum_remove(&sum, 10, 100) && sum.n == 0 && sum.high == 0 && decay_sum_valid(&sum), "the only one can");

	sum.noise = NAN;
	check(!decay_sum_valid(&sum), "a sum that is none: noise");
	decay_sum_init(&sum, FORTNIGHT);
	sum.high = 1;
	check(!decay_sum_valid(&sum), "a sum that is none: something from nothing");
	sum.n = 1;
	check(decay_sum_valid(&sum), "a sum of one");
	sum.low = 1;
	check(!decay_sum_valid(&sum), "a sum that is none: parts that overlap");
	sum.low = 0;
	sum.exponent = PG_INT64_MAX;
	check(!decay_sum_valid(&sum), "a sum that is none: an exponent beyond the end of time");
	sum.exponent = PG_INT64_MIN;
	check(!decay_sum_valid(&sum), "a sum that is none: an exponent before the beginning of time");
	sum.half_life = 0;
	check(!decay_sum_valid(&sum), "a sum that is none: no half-life");
}

int
main(void)
{
	test_vectors();
	test_value();
	test_order();
	test_arithmetic();
	test_crossing();
	test_sums();
	test_sum_extremes();
	printf("1..%d\n", tests);
	return failed != 0;
}
