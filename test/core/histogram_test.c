/*
 * histogram_test.c
 *		The buckets cover every value once, in order, and closely enough; the
 *		quantile is that of the sorted values.
 */
#include "postgres_fe.h"

#include "core/histogram.h"
#include "rounds.h"

static int	tests = 0;

static void
ok(bool success, const char *what)
{
	printf("%sok %d - %s\n", success ? "" : "not ", ++tests, what);
}

/* xorshift, so that every run sees the same values */
static uint64 state = UINT64CONST(88172645463325252);

static uint64
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int
compare(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

#define N	2001

int
main(void)
{
	bool		good = true;
	bool		close = true;
	bool		quantiles = true;

	for (int b = 0; b < HISTOGRAM_BUCKETS; b++)
	{
		good &= histogram_low(b) == (b == 0 ? 0 : histogram_high(b - 1) + 1);
		good &= histogram_high(b) >= histogram_low(b);
		good &= histogram_bucket(histogram_low(b)) == b && histogram_bucket(histogram_high(b)) == b;
		good &= histogram_mid(b) >= histogram_low(b) && histogram_mid(b) <= histogram_high(b);
	}
	ok(good, "buckets follow each other without a gap, and each knows its own bounds");
	ok(histogram_low(0) == 0 && histogram_high(HISTOGRAM_BUCKETS - 1) == PG_INT64_MAX,
	   "together they hold every value from 0 to the greatest");
	ok(histogram_bucket(-1) == 0 && histogram_bucket(PG_INT64_MIN) == 0, "negative values count as 0");

	for (int i = 0; i < rounds_of(1000000); i++)
	{
		int64		value = (int64) (next_random() >> (1 + next_random() % 63));
		int			b = histogram_bucket(value);
		double		error = value == 0 ? 0 : ((double) histogram_mid(b) - (double) value) / (double) value;

		if (b < 0 || b >= HISTOGRAM_BUCKETS || histogram_low(b) > value || histogram_high(b) < value ||
			error > 1.0 / 128 || error < -1.0 / 128)
			close = false;
	}
	ok(close, "the middle of its bucket is within 1/128 of a value");

	for (int run = 0; run < rounds_of(50); run++)
	{
		static int64 values[N];
		static uint16 buckets[N];
		static int64 counts[N];
		int			n = 0;

		for (int i = 0; i < N; i++)
			values[i] = (int64) (next_random() >> (10 + next_random() % 40));
		qsort(values, N, sizeof(int64), compare);
		for (int i = 0; i < N; i++)
		{
			int			b = histogram_bucket(values[i]);

			if (n == 0 || buckets[n - 1] != b)
			{
				buckets[n] = b;
				counts[n++] = 0;
			}
			counts[n - 1]++;
		}
		/* 2001 values: rank ceil(2001 x q) is 1, 1001, 1801, 2001 */
		quantiles &= histogram_quantile(buckets, counts, n, 0) == histogram_mid(histogram_bucket(values[0]));
		quantiles &= histogram_quantile(buckets, counts, n, 0.5) == histogram_mid(histogram_bucket(values[1000]));
		quantiles &= histogram_quantile(buckets, counts, n, 0.9) == histogram_mid(histogram_bucket(values[1800]));
		quantiles &= histogram_quantile(buckets, counts, n, 1) == histogram_mid(histogram_bucket(values[2000]));
	}
	ok(quantiles, "quantiles are those of the sorted values");
	{
		uint16		bucket = 7;
		int64		none = 0;

		ok(histogram_quantile(&bucket, &none, 1, 0.5) == -1 && histogram_quantile(&bucket, &none, 0, 0.5) == -1,
		   "nothing has no quantile");
	}
	printf("1..%d\n", tests);
	return 0;
}
