/*
 * survival.h
 *		Survival estimates from counts per distinct time: Kaplan-Meier,
 *		Aalen-Johansen, their standard errors and confidence limits.
 *
 * A spell has a duration, at which it ends (by one of several causes) or is
 * censored, and perhaps a later time than 0 at which its observation began.
 * All estimates need only how many spells entered, ended and were censored at
 * each distinct time: a cell.  Cells are kept in order of time and label.
 */
#ifndef JOURNEY_CORE_SURVIVAL_H
#define JOURNEY_CORE_SURVIVAL_H

/*
 * Times are any int64 that order the durations.  The label is a cause, a
 * group, or 0.
 */
typedef struct SurvivalCell
{
	int64		time;
	int64		entered;		/* observation began just after this time */
	int64		events;
	int64		censored;
	uint32		label;
	uint32		unused;			/* 0 */
} SurvivalCell;

/* All cells of one time together, and who was at risk. */
typedef struct SurvivalRisk
{
	/* of the last time that was read */
	int64		time;
	int64		at_risk;		/* entered before this time, not ended before it */
	int64		entered;		/* late entries that have joined since the last time with an end */
	int64		events;
	int64		censored;
	uint32		first;			/* its cells */
	uint32		last;			/* and the one after them */
	/* private */
	const SurvivalCell *cells;
	uint32		ncells;
	int64		inside;			/* at risk just after it */
	int64		waiting;		/* entries at it, and before it since an end */
} SurvivalRisk;

/* A point of a Kaplan-Meier curve; there is one at each time with an event or a censoring. */
typedef struct SurvivalPoint
{
	int64		time;
	int64		at_risk;
	int64		entered;
	int64		events;
	int64		censored;
	double		survival;
	double		log_error;		/* standard error of its logarithm (Greenwood); undefined when it is 0 */
} SurvivalPoint;

/* Estimates of cumulative incidence, carried from time to time. */
typedef struct SurvivalIncidence
{
	int			ncauses;
	double		open;			/* probability of no end so far */
	double		open_variance;
	double	   *incidence;		/* of each cause */
	double	   *variance;
	double	   *covariance;		/* with open */
} SurvivalIncidence;

typedef enum SurvivalBand
{
	SURVIVAL_BAND_LOG,
	SURVIVAL_BAND_LOGLOG,
	SURVIVAL_BAND_PLAIN
} SurvivalBand;

extern bool survival_compact(SurvivalCell *cells, uint32 *ncells);
extern bool survival_possible(const SurvivalCell *cells, uint32 ncells, int ngroups);

extern void survival_risk_init(SurvivalRisk *risk, const SurvivalCell *cells, uint32 ncells);
extern bool survival_risk_next(SurvivalRisk *risk);

extern uint32 survival_points(const SurvivalCell *cells, uint32 ncells, SurvivalPoint *points);
extern void survival_incidence_init(SurvivalIncidence *state, int ncauses, double *room);
extern void survival_incidence_step(SurvivalIncidence *state, const SurvivalRisk *risk);

extern double survival_normal_quantile(double confidence);
extern bool survival_band(double p, double std_error, SurvivalBand band, double z, double *low, double *high);
extern bool survival_quantile(const double *p, const bool *known, uint32 n, double q, uint32 *first, uint32 *second);

#endif							/* JOURNEY_CORE_SURVIVAL_H */
