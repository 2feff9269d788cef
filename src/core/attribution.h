/*
 * attribution.h
 *		Who gets the credit for a conversion: rules over the touches of one
 *		path, the Shapley value, and splits that add up.
 */
#ifndef JOURNEY_ATTRIBUTION_CORE_H
#define JOURNEY_ATTRIBUTION_CORE_H

/* One is so many units of credit: 15 decimal places, exact in a double. */
#define ATTRIBUTION_ONE			INT64CONST(1000000000000000)
#define ATTRIBUTION_DECIMALS	15

/* Shapley values over all coalitions of so many channels at most. */
#define SHAPLEY_MAX_CHANNELS	20

typedef enum AttributionRule
{
	RULE_FIRST,
	RULE_LAST,
	RULE_LINEAR,				/* every touch the same */
	RULE_LINEAR_DISTINCT,		/* every channel the same */
	RULE_POSITION,				/* shares of the first, the middle and the last touch */
	RULE_TIME_DECAY,			/* half the weight for each half-life before the conversion */
	RULE_TIME_DECAY_STEPPED		/* the same in whole half-lives */
} AttributionRule;

typedef struct AttributionOptions
{
	AttributionRule rule;
	double		first;			/* shares, for RULE_POSITION */
	double		middle;
	double		last;
	int64		half_life;		/* microseconds, for the time decays */
} AttributionOptions;

extern void attribution_weights(const AttributionOptions *options, int ntouches, const uint32 *channel,
								const int64 *at, int64 until, int nchannels, const bool *skip,
								double *weights);
extern void attribution_apportion(const double *weights, int n, int64 total, int64 *units);
extern int	attribution_shares(const double *weights, int n, int64 *units);
extern void attribution_shapley(int n, const double *worth, double *values);

#endif							/* JOURNEY_ATTRIBUTION_CORE_H */
