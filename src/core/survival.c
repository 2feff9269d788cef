/*
 * survival.c
 *		Kaplan-Meier and Aalen-Johansen from counts per distinct time.
 *
 * Conventions.  At one time events come before censorings, so that what is
 * censored at a time is at risk of the events of that time; and entries come
 * after both, so that what enters at a time is not.
 *
 * E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete
 * observations", Journal of the American Statistical Association 53 (1958).
 * M. Greenwood, "The natural duration of cancer" (1926).  O. O. Aalen and
 * S. Johansen, "An empirical transition matrix for non-homogeneous Markov
 * chains based on censored observations", Scandinavian Journal of Statistics 5
 * (1978).
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include <math.h>

#include "common/int.h"

#include "core/survival.h"

#ifdef FRONTEND
#undef CHECK_FOR_INTERRUPTS
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#endif

static inline int
compare_cells(const SurvivalCell *a, const SurvivalCell *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	return 0;
}

#define ST_SORT sort_cells
#define ST_ELEMENT_TYPE SurvivalCell
#define ST_COMPARE(a, b) compare_cells(a, b)
#define ST_SCOPE static
#ifndef FRONTEND
#define ST_CHECK_FOR_INTERRUPTS
#endif
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sorts cells and adds up those of one time and label.  False when a count
 * overflows; the cells are then not to be used.
 */
bool
survival_compact(SurvivalCell *cells, uint32 *ncells)
{
	uint32		kept = 0;

	for (uint32 i = 1; i < *ncells; i++)
	{
		if (compare_cells(&cells[i - 1], &cells[i]) >= 0)
		{
			sort_cells(cells, *ncells);
			break;
		}
	}
	for (uint32 i = 0; i < *ncells; i++)
	{
		SurvivalCell *last = &cells[kept - 1];

		if (kept == 0 || compare_cells(last, &cells[i]) != 0)
			cells[kept++] = cells[i];
		else if (pg_add_s64_overflow(last->entered, cells[i].entered, &last->entered) ||
				 pg_add_s64_overflow(last->events, cells[i].events, &last->events) ||
				 pg_add_s64_overflow(last->censored, cells[i].censored, &last->censored))
			return false;
	}
	*ncells = kept;
	return true;
}

/*
 * Could spells have been counted so?  The cells are in order.  Each spell ends
 * once, later than it entered; that can be arranged if nowhere more ends have
 * come than spells are there.  Labels up to ngroups are groups to be looked at
 * one by one; with 0, all labels are looked at together.
 */
bool
survival_possible(const SurvivalCell *cells, uint32 ncells, int ngroups)
{
	int64		all = 0;

	for (int group = 0; group <= ngroups; group++)
	{
		int64		ends = 0;
		int64		entries = 0;
		int64		inside;
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < ncells; i++)
		{
			const SurvivalCell *cell = &cells[i];

			if (ngroups > 0 && cell->label != (uint32) group)
				continue;
			if (cell->entered < 0 || cell->events < 0 || cell->censored < 0 ||
				pg_add_s64_overflow(entries, cell->entered, &entries) ||
				pg_add_s64_overflow(ends, cell->events, &ends) ||
				pg_add_s64_overflow(ends, cell->censored, &ends))
				return false;
		}
		if (entries > ends || pg_add_s64_overflow(all, ends, &all))
			return false;
		inside = ends - entries;
		for (i = 0; i < ncells;)
		{
			int64		time = cells[i].time;
			int64		entered = 0;

			for (; i < ncells && cells[i].time == time; i++)
			{
				if (ngroups > 0 && cells[i].label != (uint32) group)
					continue;
				/* all counts together do not overflow, so these cannot */
				inside -= cells[i].events + cells[i].censored;
				entered += cells[i].entered;
			}
			if (inside < 0)
				return false;
			inside += entered;
		}
	}
	return true;
}

/* ---------------------------------------------------------------- who is at risk */

/* Prepares to read times in order. */
void
survival_risk_init(SurvivalRisk *risk, const SurvivalCell *cells, uint32 ncells)
{
	memset(risk, 0, sizeof(*risk));
	risk->cells = cells;
	risk->ncells = ncells;
	/* whoever ends and has not entered late was there from the beginning */
	for (uint32 i = 0; i < ncells; i++)
		risk->inside += cells[i].events + cells[i].censored - cells[i].entered;
}

/* The next time at which something ends or is censored.  False when there is none. */
bool
survival_risk_next(SurvivalRisk *risk)
{
	while (risk->last < risk->ncells)
	{
		int64		entered = 0;

		CHECK_FOR_INTERRUPTS();
		risk->first = risk->last;
		risk->time = risk->cells[risk->first].time;
		risk->at_risk = risk->inside;
		risk->events = risk->censored = 0;
		for (; risk->last < risk->ncells && risk->cells[risk->last].time == risk->time; risk->last++)
		{
			entered += risk->cells[risk->last].entered;
			risk->events += risk->cells[risk->last].events;
			risk->censored += risk->cells[risk->last].censored;
		}
		risk->inside += entered - risk->events - risk->censored;
		if (risk->events + risk->censored > 0)
		{
			risk->entered = risk->waiting;
			risk->waiting = entered;
			return true;
		}
		risk->waiting += entered;
	}
	return false;
}

/* ---------------------------------------------------------------- Kaplan-Meier */

/* Fills in the points of a curve, of which there are at most as many as cells.  Returns how many. */
uint32
survival_points(const SurvivalCell *cells, uint32 ncells, SurvivalPoint *points)
{
	SurvivalRisk risk;
	double		survival = 1;
	double		sum = 0;
	uint32		n = 0;

	survival_risk_init(&risk, cells, ncells);
	while (survival_risk_next(&risk))
	{
		SurvivalPoint *point = &points[n++];
		double		at_risk = (double) risk.at_risk;
		double		left = (double) (risk.at_risk - risk.events);

		if (risk.events > 0)
		{
			survival *= left / at_risk;
			if (left > 0)
				sum += (double) risk.events / at_risk / left;
		}
		point->time = risk.time;
		point->at_risk = risk.at_risk;
		point->entered = risk.entered;
		point->events = risk.events;
		point->censored = risk.censored;
		point->survival = survival;
		point->log_error = sqrt(sum);
	}
	return n;
}

/* ---------------------------------------------------------------- Aalen-Johansen */

/* Nothing has ended.  The room holds three numbers for each cause. */
void
survival_incidence_init(SurvivalIncidence *state, int ncauses, double *room)
{
	memset(room, 0, sizeof(double) * 3 * ncauses);
	state->ncauses = ncauses;
	state->open = 1;
	state->open_variance = 0;
	state->incidence = room;
	state->variance = room + ncauses;
	state->covariance = room + 2 * (Size) ncauses;
}

/*
 * Goes on to the next time; labels 1 and up are the causes.
 *
 * With hazards h of all causes and g of one, open becomes open (1 - h) and
 * incidence becomes incidence + open g.  Given who is at risk, the numbers that
 * end are multinomial; to first order the variances go through these equations
 * as they stand.  For one cause this is Greenwood's formula.
 */
void
survival_incidence_step(SurvivalIncidence *state, const SurvivalRisk *risk)
{
	double		n = (double) risk->at_risk;
	double		open = state->open;
	double		all = (double) risk->events / n;
	uint32		cell = risk->first;

	if (risk->events == 0)
		return;
	for (int i = 0; i < state->ncauses; i++)
	{
		double		one = 0;
		double		covariance = state->covariance[i];

		/* cells of one time are in order of label */
		while (cell < risk->last && risk->cells[cell].label < (uint32) i + 1)
			cell++;
		if (cell < risk->last && risk->cells[cell].label == (uint32) i + 1)
			one = (double) risk->cells[cell].events / n;

		state->variance[i] += one * one * state->open_variance + 2 * one * covariance + open * open * one * (1 - one) / n;
		state->covariance[i] = (1 - all) * (covariance + one * state->open_variance) - open * open * one * (1 - all) / n;
		state->incidence[i] += open * one;
	}
	state->open_variance = (1 - all) * (1 - all) * state->open_variance + open * open * all * (1 - all) / n;
	state->open = open * ((double) (risk->at_risk - risk->events) / n);
}

/* ---------------------------------------------------------------- intervals and quantiles */

/* The number of standard errors on either side that a two-sided confidence, between 0 and 1, needs. */
double
survival_normal_quantile(double confidence)
{
	double		tail = (1 - confidence) / 2;
	double		low = 0;
	double		high = 40;

	/* the tail of the normal distribution falls steadily */
	for (int i = 0; i < 200 && high - low > 1e-16 * high; i++)
	{
		double		middle = (low + high) / 2;

		if (0.5 * erfc(middle * M_SQRT1_2) > tail)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/*
 * Limits of a probability with this standard error, on a scale: its logarithm,
 * the logarithm of minus its logarithm, or as it is.  False where they are
 * undefined: at probability 0, but on the plain scale.
 */
bool
survival_band(double p, double std_error, SurvivalBand band, double z, double *low, double *high)
{
	double		reach;

	if (band == SURVIVAL_BAND_PLAIN)
	{
		*low = Max(0, p - z * std_error);
		*high = Min(1, p + z * std_error);
		return true;
	}
	if (p <= 0)
		return false;
	if (band == SURVIVAL_BAND_LOG)
	{
		reach = exp(z * std_error / p);
		*low = p / reach;
		*high = Min(1, p * reach);
	}
	else if (p >= 1)
		*low = *high = 1;
	else
	{
		reach = exp(z * std_error / p / -log(p));
		*low = pow(p, reach);
		*high = pow(p, 1 / reach);
	}
	return true;
}

/*
 * Where a falling curve comes down to 1 - q.  The two indexes are the same,
 * unless the curve is flat at just that height: then they are the beginning of
 * the flat part and its end, which is the next lower point or, if there is
 * none, the last point.  Index 0 stands for the beginning, at height 1, and
 * index i for point i - 1.  Points that are not known are passed over.  False
 * when the curve does not come down so far.
 */
bool
survival_quantile(const double *p, const bool *known, uint32 n, double q, uint32 *first, uint32 *second)
{
	/* products of fractions have rounding errors */
	const double tolerance = 1.5e-8;
	double		level = 1 - q;
	bool		found = false;

	if (q <= 0)
	{
		*first = *second = 0;
		return true;
	}
	for (uint32 i = 0; i < n; i++)
	{
		if (!known[i])
			continue;
		if (!found)
		{
			if (p[i] > level + tolerance)
				continue;
			found = true;
			*first = *second = i + 1;
			if (p[i] < level - tolerance)
				return true;
		}
		else
		{
			*second = i + 1;
			if (p[i] < level - tolerance)
				return true;
		}
	}
	return found;
}
