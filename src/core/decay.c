/*
 * decay.c
 *		Numbers that halve at a fixed pace: their value at a time, their order,
 *		their sums.
 *
 * Forward decay: G. Cormode, V. Shkapenyuk, D. Srivastava and B. Xu, "Forward
 * decay: a practical time decay model for streaming systems", ICDE 2009.  What
 * is added here is that whole half-lives are powers of two, so they go into an
 * exponent of 64 bits without any rounding or overflow, and only the rest of
 * less than a half-life needs a power to be computed.
 *
 * That power, and the sums, are computed in twice the precision of a double, as
 * unevaluated pairs (T. J. Dekker, "A floating-point technique for extending
 * the available precision", Numerische Mathematik 18, 1971).  Nothing but the
 * four operations of IEEE 754 is used, so neither a result nor an order kept in
 * an index depends on the version of the C library.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <float.h>
#include <math.h>

#include "common/int.h"

#include "core/decay.h"

/* The range of timestamptz: 4714-11-24 BC to the end of 294276. */
#define MIN_AT			INT64CONST(-211813488000000000)
#define END_AT			INT64CONST(9223371331200000000)

/* A double needs no larger exponents, nor a pair of them to matter to each other. */
#define FAR_EXPONENT	4000

/* A pair near 1 keeps its digits when it is shifted down by so much. */
#define LOSSLESS_SHIFT	800

/* Bound on the relative error of one addition of pairs, with room to spare. */
#define PAIR_EPSILON	7.888609052210118e-31	/* 2^-100 */

/* Taking away may leave this relative error. */
#define WANTED_PRECISION	2.117582368135751e-22	/* 2^-72 */

/* So near to the middle between two doubles is right there. */
#define TIE_PRECISION	8.271806125530277e-25	/* 2^-80 */

/* 2^(i / STEPS) is kept for each i. */
#define STEPS			256

/* high + low, where low is less than half a unit in the last place of high */
typedef struct Pair
{
	double		high;
	double		low;
} Pair;

/* A time as half-lives since 2000: whole ones, and microseconds. */
typedef struct HalfLives
{
	int64		whole;
	int64		rest;			/* 0 <= rest < half-life */
} HalfLives;

/* ---------------------------------------------------------------- pairs */

static inline Pair
quick_sum(double a, double b)
{
	Pair		s;

	s.high = a + b;
	s.low = b - (s.high - a);
	return s;
}

static inline Pair
sum_exactly(double a, double b)
{
	Pair		s;
	double		part;

	s.high = a + b;
	part = s.high - a;
	s.low = (a - (s.high - part)) + (b - part);
	return s;
}

static inline void
halve_digits(double a, double *high, double *low)
{
	double		t = 134217729.0 * a;	/* 2^27 + 1 */

	*high = t - (t - a);
	*low = a - *high;
}

static inline Pair
multiply_exactly(double a, double b)
{
	Pair		p;
	double		ah;
	double		al;
	double		bh;
	double		bl;

	halve_digits(a, &ah, &al);
	halve_digits(b, &bh, &bl);
	p.high = a * b;
	p.low = ((ah * bh - p.high) + ah * bl + al * bh) + al * bl;
	return p;
}

static inline Pair
pair_add(Pair a, Pair b)
{
	Pair		s = sum_exactly(a.high, b.high);
	Pair		t = sum_exactly(a.low, b.low);

	s = quick_sum(s.high, s.low + t.high);
	return quick_sum(s.high, s.low + t.low);
}

static inline Pair
pair_multiply(Pair a, Pair b)
{
	Pair		p = multiply_exactly(a.high, b.high);

	return quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static inline Pair
pair_scale(Pair a, double b)
{
	Pair		p = multiply_exactly(a.high, b);

	return quick_sum(p.high, p.low + a.low * b);
}

static inline Pair
pair_divide(Pair a, Pair b)
{
	double		first = a.high / b.high;
	Pair		rest = pair_scale(b, -first);
	double		second;

	rest = pair_add(a, rest);
	second = rest.high / b.high;
	rest = pair_add(rest, pair_scale(b, -second));
	return pair_add(quick_sum(first, second), quick_sum(rest.high / b.high, 0));
}

/* Exactly: 64 bits fit in two doubles. */
static inline Pair
pair_from_int64(int64 a)
{
	return quick_sum((double) (a >> 31) * 2147483648.0, (double) (a & 0x7fffffff));
}

/* a * 2^exponent, for any exponent */
static inline Pair
pair_shift(Pair a, int64 exponent)
{
	int			e = (int) Max(-FAR_EXPONENT, Min(FAR_EXPONENT, exponent));

	a.high = ldexp(a.high, e);
	a.low = ldexp(a.low, e);
	return a;
}

/* ---------------------------------------------------------------- powers and logarithms */

static Pair powers[STEPS];
static bool powers_ready = false;

/* Root after root: 2^(1/2), 2^(1/4) and so on, and the products of them. */
static void
make_powers(void)
{
	powers[0] = quick_sum(2, 0);
	for (int step = STEPS; step > 1; step /= 2)
	{
		/* the root of powers[0], which is 2^(step / STEPS): one step of Newton's from that of a double */
		Pair		square = powers[0];
		double		near = sqrt(square.high);
		Pair		error = pair_add(square, pair_scale(multiply_exactly(near, near), -1));

		powers[step / 2] = powers[0] = quick_sum(near, error.high / (2 * near));
	}
	for (int i = 1; i < STEPS; i++)
	{
		int			lowest = i & -i;

		if (i != lowest)
			powers[i] = pair_multiply(powers[i - lowest], powers[lowest]);
	}
	powers[0] = quick_sum(1, 0);
	powers_ready = true;
}

/* 2^(rest / half_life), for 0 <= rest < half_life, with an error of less than 2^-90. */
static Pair
power(int64 rest, int64 half_life)
{
	static const Pair ln2 = {0.6931471805599453, 2.3190468138462996e-17};
	static const Pair third = {0.3333333333333333, 1.850371707708594e-17};
	Pair		x;
	Pair		z;
	Pair		sum;
	double		t;
	double		tail;
	int			step;

	if (rest == 0)
		return quick_sum(1, 0);
	if (!powers_ready)
		make_powers();
	x = pair_divide(pair_from_int64(rest), pair_from_int64(half_life));
	step = (int) (x.high * STEPS);
	if (step >= STEPS)
		step = STEPS - 1;
	x = pair_add(x, quick_sum(-(double) step / STEPS, 0));

	/* e^z = 1 + z (1 + z/2 (1 + z/3 (1 + z/4 ...))), z < 0.0028; from the fourth power on a double will do */
	z = pair_multiply(x, ln2);
	t = z.high;
	tail = t / 4 * (1 + t / 5 * (1 + t / 6 * (1 + t / 7 * (1 + t / 8 * (1 + t / 9)))));
	sum = pair_add(quick_sum(1, 0), quick_sum(tail, 0));
	sum = pair_add(quick_sum(1, 0), pair_multiply(pair_multiply(z, third), sum));
	sum = pair_add(quick_sum(1, 0), pair_multiply(pair_scale(z, 0.5), sum));
	sum = pair_add(quick_sum(1, 0), pair_multiply(z, sum));
	return pair_multiply(powers[step], sum);
}

/* The logarithm to base 2 of m, for 0.5 <= m < 1. */
static double
logarithm(double m)
{
	double		base = 0;
	double		s;
	double		s2;
	double		sum = 0;

	/* 2 artanh(s) = ln((1 + s) / (1 - s)); near 1 the series is short */
	if (m < 0.7071067811865476)
	{
		m *= 2;
		base = -1;
	}
	s = (m - 1) / (m + 1);
	s2 = s * s;
	for (int i = 23; i >= 1; i -= 2)
		sum = sum * s2 + 1.0 / i;
	return base + 2.8853900817779268 * s * sum;
}

/* ---------------------------------------------------------------- times */

/* a - b, as far as it matters to an exponent */
static inline int64
difference(int64 a, int64 b)
{
	int64		result;

	if (pg_sub_s64_overflow(a, b, &result))
		return a < b ? PG_INT64_MIN / 2 : PG_INT64_MAX / 2;
	return result;
}

static inline HalfLives
half_lives(int64 at, int64 half_life)
{
	HalfLives	result;

	result.whole = at / half_life;
	result.rest = at % half_life;
	if (result.rest < 0)
	{
		result.rest += half_life;
		result.whole--;
	}
	return result;
}

/* From b to a. */
static inline HalfLives
half_lives_between(int64 b, int64 a, int64 half_life)
{
	HalfLives	x = half_lives(a, half_life);
	HalfLives	y = half_lives(b, half_life);

	x.rest -= y.rest;
	if (x.rest < 0)
	{
		x.rest += half_life;
		x.whole--;
	}
	x.whole = difference(x.whole, y.whole);
	return x;
}

bool
decay_valid_time(int64 at)
{
	return at >= MIN_AT && at < END_AT;
}

bool
decay_valid(const Decayed *a)
{
	return !isnan(a->value) && !isinf(a->value) && decay_valid_time(a->at) && a->half_life > 0;
}

/* ---------------------------------------------------------------- values */

/* A number as it is some time later, as mantissa and exponent. */
static Pair
move(double value, HalfLives from_now, int64 half_life, int64 *exponent)
{
	int			e;
	Pair		mantissa = quick_sum(frexp(value, &e), 0);

	/* a power of less than one half-life upwards, and one more half-life down */
	*exponent = e - from_now.whole;
	if (from_now.rest > 0)
	{
		mantissa = pair_multiply(mantissa, power(half_life - from_now.rest, half_life));
		(*exponent)--;
	}
	return mantissa;
}

double
decay_value(const Decayed *a, int64 when)
{
	int64		exponent;
	Pair		mantissa;

	if (a->value == 0 || a->at == when)
		return a->value;
	mantissa = move(a->value, half_lives_between(a->at, when, a->half_life), a->half_life, &exponent);
	return pair_shift(mantissa, exponent).high;
}

/*
 * A number of this value at this time.  What is too large or too small for a
 * double is as much at a time so many half-lives later or earlier.
 */
static bool
express(Pair mantissa, int64 exponent, int64 at, int64 half_life, Decayed *result)
{
	int			e;
	int64		shift = 0;

	result->at = at;
	result->half_life = half_life;
	result->value = 0;
	if (mantissa.high == 0)
		return true;
	(void) frexp(mantissa.high, &e);
	if (exponent + e > DBL_MAX_EXP)
		shift = exponent + e - DBL_MAX_EXP;
	else if (exponent + e < DBL_MIN_EXP)
		shift = exponent + e - DBL_MIN_EXP;
	if (shift != 0)
	{
		int64		moved;

		if (pg_mul_s64_overflow(shift, half_life, &moved) ||
			pg_add_s64_overflow(at, moved, &moved) ||
			!decay_valid_time(moved))
		{
			if (shift > 0)
				return false;
			/* less than anything at the beginning of time */
		}
		else
		{
			result->at = moved;
			exponent -= shift;
		}
	}
	result->value = pair_shift(mantissa, exponent).high;
	return true;
}

bool
decay_add(const Decayed *a, const Decayed *b, Decayed *sum)
{
	const Decayed *later = a->at >= b->at ? a : b;
	const Decayed *earlier = a->at >= b->at ? b : a;
	Pair		x;
	Pair		y;
	int64		xe;
	int			ye;

	x = move(earlier->value, half_lives_between(earlier->at, later->at, a->half_life), a->half_life, &xe);
	y = quick_sum(frexp(later->value, &ye), 0);
	if (y.high == 0)
		return express(x, xe, later->at, a->half_life, sum);
	if (x.high == 0)
	{
		*sum = *later;
		return true;
	}
	if (xe > ye)
		return express(pair_add(x, pair_shift(y, ye - xe)), xe, later->at, a->half_life, sum);
	return express(pair_add(pair_shift(x, xe - ye), y), ye, later->at, a->half_life, sum);
}

bool
decay_multiply(const Decayed *a, double factor, Decayed *product)
{
	int			ae;
	int			be;
	Pair		mantissa = multiply_exactly(frexp(a->value, &ae), frexp(factor, &be));

	return express(mantissa, (int64) ae + be, a->at, a->half_life, product);
}

/* ---------------------------------------------------------------- order */

/*
 * Not inlined, so that there is one way of rounding, even on processors on which
 * compilers join a multiplication with an addition.
 */
pg_noinline void
decay_key(const Decayed *a, DecayKey *key)
{
	HalfLives	time;
	int			exponent;
	double		x;
	double		floor_x;

	key->half_life = a->half_life;
	key->sign = a->value > 0 ? 1 : a->value < 0 ? -1 : 0;
	key->whole = 0;
	key->part = 0;
	if (key->sign == 0)
		return;
	time = half_lives(a->at, a->half_life);
	x = logarithm(frexp(fabs(a->value), &exponent)) + (double) time.rest / (double) a->half_life;
	floor_x = floor(x);
	key->whole = time.whole + exponent + (int64) floor_x;
	key->part = x - floor_x;
}

/* -1, 0 or 1 */
int
decay_compare(const Decayed *a, const Decayed *b)
{
	DecayKey	x;
	DecayKey	y;
	int			cmp;

	if (a->half_life != b->half_life)
		return a->half_life < b->half_life ? -1 : 1;
	decay_key(a, &x);
	decay_key(b, &y);
	if (x.sign != y.sign)
		return x.sign < y.sign ? -1 : 1;
	if (x.whole != y.whole)
		cmp = x.whole < y.whole ? -1 : 1;
	else
		cmp = x.part < y.part ? -1 : x.part > y.part;
	return x.sign * cmp;
}

int64
decay_crossing(const Decayed *a, double level)
{
	int			ae;
	int			le;
	int			e;
	double		m = frexp(frexp(a->value, &ae) / frexp(level, &le), &e);
	double		part = logarithm(m);
	int64		whole = ae - le + e;
	int64		at;

	/* half-lives from the reference time: a whole number, and a part that goes the same way */
	if (whole > 0)
	{
		whole--;
		part++;
	}
	if (pg_mul_s64_overflow(whole, a->half_life, &at) ||
		pg_add_s64_overflow(at, (int64) rint(part * (double) a->half_life), &at) ||
		pg_add_s64_overflow(a->at, at, &at))
		return whole < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	if (!decay_valid_time(at))
		return at < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return at;
}

/* ---------------------------------------------------------------- sums */

void
decay_sum_init(DecaySum *sum, int64 half_life)
{
	memset(sum, 0, sizeof(DecaySum));
	sum->half_life = half_life;
}

/* Can this have been made by adding, as far as can be seen? */
bool
decay_sum_valid(const DecaySum *sum)
{
	double		limit = ldexp(1, 70);

	if (sum->n == 0)
		return sum->half_life >= 0 && sum->last_at == 0 && sum->exponent == 0 &&
			sum->high == 0 && sum->low == 0 && sum->noise == 0;
	if (sum->half_life <= 0 || sum->n < 0 || !decay_valid_time(sum->last_at))
		return false;
	/* comparisons with NaN are false */
	if (!(fabs(sum->high) <= limit && fabs(sum->low) <= limit && sum->noise >= 0 && sum->noise <= limit) ||
		sum->high + sum->low != sum->high)
		return false;
	return sum->exponent >= MIN_AT / sum->half_life - FAR_EXPONENT &&
		(sum->exponent <= 0 || sum->exponent - FAR_EXPONENT <= END_AT / sum->half_life);
}

/* Adds a pair times a power of two. */
static void
sum_add(DecaySum *sum, Pair term, int64 exponent, double noise)
{
	Pair		total;
	int64		gap = difference(exponent, sum->exponent);

	if (term.high == 0 && noise == 0)
		return;
	total.high = sum->high;
	total.low = sum->low;
	if (sum->high == 0 && sum->noise == 0)
	{
		sum->exponent = exponent;
		gap = 0;
	}
	else if (gap > 0)
	{
		total = pair_shift(total, -gap);
		sum->noise = ldexp(sum->noise, (int) Max(-FAR_EXPONENT, -gap));
		sum->exponent = exponent;
	}
	else if (gap < 0)
	{
		term = pair_shift(term, gap);
		noise = ldexp(noise, (int) Max(-FAR_EXPONENT, gap));
	}
	/* what was shifted by so much may have lost digits */
	if (gap > LOSSLESS_SHIFT || gap < -LOSSLESS_SHIFT)
		noise += ldexp(1, -LOSSLESS_SHIFT);
	total = pair_add(total, term);
	sum->high = total.high;
	sum->low = total.low;
	sum->noise += noise;
	/* the first is exact */
	if (sum->high != term.high || sum->low != term.low)
		sum->noise += PAIR_EPSILON * (fabs(total.high) + fabs(term.high));
}

/* Points as they would be in 2000. */
static Pair
in_2000(double points, int64 at, int64 half_life, int64 *exponent)
{
	HalfLives	time = half_lives(at, half_life);
	int			e;
	Pair		mantissa = quick_sum(frexp(points, &e), 0);

	*exponent = e + time.whole;
	if (points == 0 || time.rest == 0)
		return mantissa;
	return pair_multiply(mantissa, power(time.rest, half_life));
}

void
decay_sum_add(DecaySum *sum, double points, int64 at)
{
	int64		exponent;
	Pair		term = in_2000(points, at, sum->half_life, &exponent);

	if (sum->n == 0 || at > sum->last_at)
		sum->last_at = at;
	sum->n = Min(sum->n, PG_INT64_MAX - 1) + 1;
	sum_add(sum, term, exponent, 0);
}

bool
decay_sum_remove(DecaySum *sum, double points, int64 at)
{
	int64		exponent;
	Pair		term;

	if (sum->n <= 1)
	{
		decay_sum_init(sum, sum->half_life);
		return true;
	}
	/* the latest time of the others is not known */
	if (at >= sum->last_at)
		return false;
	sum->n--;
	term = in_2000(-points, at, sum->half_life, &exponent);
	sum_add(sum, term, exponent, 0);
	return sum->noise <= WANTED_PRECISION * fabs(sum->high);
}

void
decay_sum_merge(DecaySum *sum, const DecaySum *other)
{
	Pair		term;

	if (other->n == 0)
		return;
	if (sum->n == 0 || other->last_at > sum->last_at)
		sum->last_at = other->last_at;
	if (pg_add_s64_overflow(sum->n, other->n, &sum->n))
		sum->n = PG_INT64_MAX;
	term.high = other->high;
	term.low = other->low;
	sum_add(sum, term, other->exponent, other->noise);
}

/*
 * Rounds to a double.  Points of one time are often numbers of few digits, and
 * then their sum may be right between two doubles; which of them is nearer must
 * not be left to errors in the last digits of a pair.  It is the even one.
 */
static Pair
round_pair(Pair a)
{
	double		other = a.high + 2 * a.low;
	uint64		bits;

	if (a.low != 0 && fabs(fabs(2 * a.low) - fabs(other - a.high)) <= TIE_PRECISION * fabs(a.high))
	{
		memcpy(&bits, &a.high, sizeof(bits));
		if (bits & 1)
			a.high = other;
	}
	a.low = 0;
	return a;
}

bool
decay_sum_result(const DecaySum *sum, Decayed *result)
{
	HalfLives	time = half_lives(sum->last_at, sum->half_life);
	int64		exponent = difference(sum->exponent, time.whole);
	Pair		mantissa;

	mantissa.high = sum->high;
	mantissa.low = sum->low;
	if (fabs(mantissa.high) <= sum->noise)
		mantissa = quick_sum(0, 0);
	else if (time.rest > 0)
	{
		mantissa = pair_multiply(mantissa, power(sum->half_life - time.rest, sum->half_life));
		exponent--;
	}
	return express(round_pair(mantissa), exponent, sum->last_at, sum->half_life, result);
}
