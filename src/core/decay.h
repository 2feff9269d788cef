/*
 * decay.h
 *		Numbers that halve at a fixed pace: their value at a time, their order,
 *		their sums.
 *
 * A decaying number is worth value * 2^-((t - at) / half_life) at the time t.
 * Times and half-lives are whole microseconds, times since 2000-01-01 UTC.
 * Values are finite, times are those of timestamptz, half-lives are positive:
 * the caller has seen to that, with decay_valid().
 */
#ifndef JOURNEY_DECAY_H
#define JOURNEY_DECAY_H

typedef struct Decayed
{
	double		value;			/* at the reference time */
	int64		at;				/* the reference time */
	int64		half_life;
} Decayed;

/*
 * What does not change while time passes.  Of two numbers of one half-life the
 * one with the greater key has the greater value, at any time: sign, and then
 * sign * (whole + part), the logarithm to base 2 of the value in 2000.
 */
typedef struct DecayKey
{
	int64		half_life;
	int64		whole;
	double		part;			/* from 0 to less than 1 */
	int			sign;
} DecayKey;

/*
 * The sum of points given at many times.  It is kept as it was in 2000, times
 * a power of two, in twice the precision of a double: so moving it to another
 * time costs nothing, whatever was added can be taken away again, and the
 * result is the same to the last bit in nearly any order of adding.
 */
typedef struct DecaySum
{
	int64		half_life;
	int64		last_at;		/* the latest time of any points */
	int64		n;				/* how many points */
	int64		exponent;		/* the sum is (high + low) * 2^exponent */
	double		high;
	double		low;
	double		noise;			/* no error is greater than noise * 2^exponent */
} DecaySum;

extern bool decay_valid_time(int64 at);
extern bool decay_valid(const Decayed *a);

/* The value at a time: infinite or 0 where a double holds no more. */
extern double decay_value(const Decayed *a, int64 when);

/*
 * The sum, with the later of both times as its reference time, and the product
 * with a number.  A value that a double cannot hold is brought to another
 * reference time, at which it can; false when there is none in range.
 */
extern bool decay_add(const Decayed *a, const Decayed *b, Decayed *sum);
extern bool decay_multiply(const Decayed *a, double factor, Decayed *product);

/* The key, and the order by it: half-life first. */
extern void decay_key(const Decayed *a, DecayKey *key);
extern int	decay_compare(const Decayed *a, const Decayed *b);

/*
 * When a is worth as much as level, to the microsecond; both are positive.  The
 * least and the greatest int64 stand for before and after all times in range.
 */
extern int64 decay_crossing(const Decayed *a, double level);

/* An empty sum may wait for its half-life, with 0; whatever is added afterwards has that half-life. */
extern void decay_sum_init(DecaySum *sum, int64 half_life);
extern bool decay_sum_valid(const DecaySum *sum);
extern void decay_sum_add(DecaySum *sum, double points, int64 at);
/* Takes points away that were added before; false when the sum has to be made anew. */
extern bool decay_sum_remove(DecaySum *sum, double points, int64 at);
extern void decay_sum_merge(DecaySum *sum, const DecaySum *other);
/* The sum at its latest time, if it has a half-life; false when that cannot be expressed. */
extern bool decay_sum_result(const DecaySum *sum, Decayed *result);

#endif							/* JOURNEY_DECAY_H */
