/*
 * survival.h
 *		The types survival_curve, incidence_curve and log_rank: counts of spells
 *		per distinct time, from which all estimates follow.
 *
 * One layout serves them all.  Packed, the one form that is stored and sent:
 * labels in byte order, cells in order of time and label, one of each, no room
 * to spare; equal values have equal bytes.  While an aggregate builds, labels
 * are in order of arrival and the last cells have not been added up yet.
 *
 * For another topic that reads a curve, to draw it for instance:
 *
 *		value = survival_counts_packed(DatumGetSurvivalCounts(datum));
 *		points = palloc(sizeof(SurvivalPoint) * value->ncells);
 *		n = survival_points(SURVIVAL_CELLS(value), value->ncells, points);
 *		std_error = survival_std_error(&points[i]);
 *		x = survival_time_float8(value, points[i].time);
 */
#ifndef JOURNEY_SURVIVAL_H
#define JOURNEY_SURVIVAL_H

#include "fmgr.h"
#include "utils/timestamp.h"

#include "core/survival.h"
#include "timeline/timeline.h"

#define SURVIVAL_VERSION		1
#define SURVIVAL_MAX_CELLS		16777216
#define SURVIVAL_MAX_LABELS		255
#define SURVIVAL_MAX_LABEL		255	/* bytes */

/* What is counted: the meaning of labels. */
#define SURVIVAL_CURVE			0	/* none: all cells have label 0 */
#define SURVIVAL_INCIDENCE		1	/* causes 1..n of events; entries and censorings have label 0 */
#define SURVIVAL_LOG_RANK		2	/* groups 1..n */

/* What a time is. */
#define SURVIVAL_INTERVAL		0	/* microseconds */
#define SURVIVAL_FLOAT8			1	/* the bits of a float8 that is not negative, which order as it does */

typedef struct SurvivalCounts
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		kind;
	uint8		unit;
	uint8		building;
	int64		total;			/* spells */
	uint32		ncells;
	uint32		maxcells;		/* SurvivalCell cells[maxcells] */
	uint32		nlabels;
	uint32		dictused;
	uint32		dictmax;		/* char dict[dictmax]: length byte and bytes of each label */
	uint32		unused;
} SurvivalCounts;

#define SURVIVAL_CELLS(counts)	((SurvivalCell *) ((char *) (counts) + MAXALIGN(sizeof(SurvivalCounts))))

/* Always detoasted in full, so that the cells are aligned. */
#define DatumGetSurvivalCounts(d)		((SurvivalCounts *) PG_DETOAST_DATUM(d))
#define PG_GETARG_SURVIVAL_COUNTS(n)	DatumGetSurvivalCounts(PG_GETARG_DATUM(n))

/* counts.c */
extern SurvivalCounts *survival_counts_new(int kind, int unit);
extern SurvivalCounts *survival_counts_state(FunctionCallInfo fcinfo, int kind, int unit);
extern SurvivalCounts *survival_counts_label(SurvivalCounts *counts, const char *label, int len, uint32 *number);
extern SurvivalCounts *survival_counts_cell(SurvivalCounts *counts, const SurvivalCell *cell);
extern SurvivalCounts *survival_counts_spell(SurvivalCounts *counts, int64 time, bool ended, uint32 label, int64 entered);
extern const SurvivalCounts *survival_counts_packed(const SurvivalCounts *counts);
extern JourneyLabel *survival_counts_labels(const SurvivalCounts *counts);
extern Datum survival_counts_result(FunctionCallInfo fcinfo, SurvivalCounts *counts);
extern int64 survival_time_interval(const Interval *interval, const char *what);
extern int64 survival_time_number(double number, const char *what);
extern Datum survival_time_datum(const SurvivalCounts *counts, int64 time);
extern double survival_time_float8(const SurvivalCounts *counts, int64 time);

/* curve.c */
extern double survival_std_error(const SurvivalPoint *point);
extern SurvivalBand survival_band_parse(const char *word, int len);
extern double survival_confidence_z(double confidence);

#endif							/* JOURNEY_SURVIVAL_H */
