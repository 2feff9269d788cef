/*
 * model.h
 *		A scoring model, made ready: what its JSON document says, in one piece.
 *
 * Equal models have equal bytes, so that scorecards of the same model are told
 * by comparing memory.  Sections follow the struct in this order, categories,
 * signals and thresholds in order of the bytes of their names:
 *
 *		ModelCategory category[ncategories]
 *		ModelSignal signal[nsignals]
 *		ModelThreshold threshold[nthresholds]
 *		uint32 axis[naxis]		numbers of categories: those of fit, then those of interest
 *		char names[namesize]	then zeros up to a multiple of 8
 */
#ifndef JOURNEY_MODEL_H
#define JOURNEY_MODEL_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "scorecard/reader.h"

#define MODEL_VERSION			1
#define MODEL_MAX_SIGNALS		10000
#define MODEL_MAX_CATEGORIES	1000
#define MODEL_MAX_THRESHOLDS	1000
#define MODEL_MAX_NAME			255		/* bytes */
#define MODEL_MAX_NUMBER		1e12	/* points, caps, floors, cuts, thresholds */
#define MODEL_MAX_TIMES			1000000	/* of "max" */

/* A text inside the model. */
typedef struct ModelName
{
	uint32		offset;
	uint32		len;
} ModelName;

typedef struct ModelCategory
{
	double		cap;			/* infinity: none */
	double		floor;			/* -infinity: none */
	ModelName	name;
} ModelCategory;

/* What a scorecard must keep of a signal. */
typedef enum ModelKeeps
{
	MODEL_KEEPS_COUNT,			/* how many touches: they do not decay, and the window is for ever */
	MODEL_KEEPS_SUM,			/* and their decayed sum */
	MODEL_KEEPS_TIMES			/* and the times of those that can count */
} ModelKeeps;

typedef struct ModelSignal
{
	double		points;
	int64		half_life;		/* microseconds; 0: does not decay */
	int64		per_usecs;		/* the window of max; both 0: for ever */
	int32		per_months;
	int32		max;			/* 0: all touches count */
	uint32		category;
	ModelName	name;
	uint32		keeps;			/* ModelKeeps */
} ModelSignal;

typedef struct ModelThreshold
{
	double		value;
	ModelName	name;
} ModelThreshold;

typedef enum ModelScale
{
	MODEL_NO_SCALE,
	MODEL_CUTS,
	MODEL_THIRDS
} ModelScale;

/* One of the two sides of a grade. */
typedef struct ModelAxis
{
	uint32		scale;			/* ModelScale */
	uint32		first;			/* of its categories in axis[] */
	uint32		n;
	uint32		start;			/* of thirds: the letter without any points, as GRADE_FIT_... of grade.h */
	double		cut[3];			/* of cuts: the least value of the best, second and third cell */
	double		third;			/* of thirds: how many points are a third of a letter */
} ModelAxis;

typedef struct ScoringModel
{
	uint32		size;			/* of all of it */
	uint32		version;
	uint32		ncategories;
	uint32		nsignals;
	uint32		nthresholds;
	uint32		naxis;
	uint32		namesize;
	uint32		unused;
	double		cap;			/* of the total */
	double		floor;
	ModelAxis	fit;
	ModelAxis	interest;
} ScoringModel;

static inline ModelCategory *
model_categories(const ScoringModel *model)
{
	return (ModelCategory *) ((char *) model + sizeof(ScoringModel));
}

static inline ModelSignal *
model_signals(const ScoringModel *model)
{
	return (ModelSignal *) (model_categories(model) + model->ncategories);
}

static inline ModelThreshold *
model_thresholds(const ScoringModel *model)
{
	return (ModelThreshold *) (model_signals(model) + model->nsignals);
}

static inline uint32 *
model_axis(const ScoringModel *model)
{
	return (uint32 *) (model_thresholds(model) + model->nthresholds);
}

static inline char *
model_names(const ScoringModel *model)
{
	return (char *) (model_axis(model) + model->naxis);
}

static inline const char *
model_name(const ScoringModel *model, const ModelName *name)
{
	return model_names(model) + name->offset;
}

/* The window of a signal with "max", or NULL when it is for ever. */
static inline const Interval *
model_window(const ModelSignal *signal, Interval *window)
{
	if (signal->per_months == 0 && signal->per_usecs == 0)
		return NULL;
	window->time = signal->per_usecs;
	window->day = 0;
	window->month = signal->per_months;
	return window;
}

/* model_draft.c */
extern int	model_compare_names(const char *a, int alen, const char *b, int blen);

/* model_read.c */
extern ScoringModel *model_read(JsonReader *reader, const JsonbValue *document);

/* model.c */
extern int	model_find_signal(const ScoringModel *model, const char *name, int len);
extern int	model_find_category(const ScoringModel *model, const char *name, int len);
extern int	model_find_threshold(const ScoringModel *model, const char *name, int len);
extern void model_append(StringInfo buf, const ScoringModel *model);
extern ScoringModel *model_from_jsonb(Jsonb *json);

#endif							/* JOURNEY_MODEL_H */
