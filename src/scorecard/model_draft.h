/*
 * model_draft.h
 *		A scoring model as its document is read, before it is one piece.
 */
#ifndef JOURNEY_MODEL_DRAFT_H
#define JOURNEY_MODEL_DRAFT_H

#include "scorecard/model.h"

/* A name of the document, in its own place there. */
typedef struct DocName
{
	const char *data;
	int			len;
} DocName;

typedef struct DraftCategory
{
	DocName		name;
	bool		has_half_life;
	int64		half_life;		/* of signals that have none of their own */
	double		cap;
	double		floor;
} DraftCategory;

typedef struct DraftSignal
{
	DocName		name;
	DocName		category;
	bool		has_half_life;	/* of its own, even if it is none */
	ModelSignal rule;
} DraftSignal;

typedef struct DraftThreshold
{
	DocName		name;
	double		value;
} DraftThreshold;

typedef struct DraftAxis
{
	ModelAxis	axis;
	DocName	   *categories;
} DraftAxis;

/* A model spread out. */
typedef struct ModelDraft
{
	DraftCategory   *categories;
	int			ncategories;
	DraftSignal	   *signals;
	int			nsignals;
	DraftThreshold  *thresholds;
	int			nthresholds;
	double		cap;
	double		floor;
	DraftAxis		fit;
	DraftAxis		interest;
} ModelDraft;

extern int	model_compare_named(const void *a, const void *b);
extern bool model_draft_categories(JsonReader *reader, ModelDraft *draft);
extern bool model_draft_axis(JsonReader *reader, const ModelDraft *draft, DraftAxis *axis, const char *side);
extern ScoringModel *model_assemble(const ModelDraft *draft);

#endif							/* JOURNEY_MODEL_DRAFT_H */
