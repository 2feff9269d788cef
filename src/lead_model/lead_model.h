/*
 * lead_model.h
 *		Learned models: features of a row, the model that is read from its JSON
 *		form, and what they say together.
 */
#ifndef JOURNEY_LEAD_MODEL_H
#define JOURNEY_LEAD_MODEL_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#define MODEL_MAX_FEATURES	1000
#define MODEL_MAX_COLUMNS	1000	/* of logistic regression, with the intercept */
#define MODEL_MAX_CELLS		100000	/* levels and cells of numbers, of all features together */
#define MODEL_MAX_TEXT		255		/* bytes of a name or a level */
#define MODEL_MAX_COUNT		4503599627370496.0	/* rows; sums of two are whole numbers */

/* ---------------------------------------------------------------- features of a row */

typedef enum FeatureKind
{
	FEATURE_NUMBER,
	FEATURE_STRING,
	FEATURE_TRUE,
	FEATURE_FALSE,
	FEATURE_MISSING
} FeatureKind;

/* A feature that is there; text is not terminated. */
typedef struct FeatureValue
{
	const char *name;
	int			namelen;
	FeatureKind kind;
	double		number;
	const char *text;			/* of a string */
	int			textlen;
} FeatureValue;

/* The order of keys of jsonb: shorter ones first, then by bytes. */
extern int	feature_text_cmp(const char *a, int alen, const char *b, int blen);
/* Reads the features that are not null, in that order; returns how many, MODEL_MAX_FEATURES at most, or -1 after a soft error. */
extern int	features_read(Jsonb *features, FeatureValue *value, struct Node *escontext);

/* ---------------------------------------------------------------- models */

typedef enum ModelKind
{
	MODEL_NAIVE_BAYES,			/* counts */
	MODEL_DESIGN,				/* counts from which columns of logistic regression are made */
	MODEL_LOGISTIC
} ModelKind;

/*
 * What is known of one level.  Of counts: positives, negatives.  Of logistic
 * regression: coefficient and its standard error, NaN when it is not known.
 */
typedef struct ModelTerm
{
	bool		present;
	double		value[2];
	double		weight;			/* what the level adds to the log-odds */
	int			column;			/* of logistic regression */
} ModelTerm;

typedef struct ModelLevel
{
	const char *text;
	int			len;
	ModelTerm	term;
} ModelLevel;

/* A cell of numbers of naive Bayes. */
typedef struct ModelCell
{
	double		low;
	double		positives;
	double		negatives;
} ModelCell;

typedef struct ModelFeature
{
	const char *name;
	int			namelen;
	int			nlevels;
	ModelLevel *level;			/* ascending */
	ModelTerm	other[5];		/* by FeatureKind: FEATURE_NUMBER of logistic regression, true, false, missing */
	double		mean;			/* of the numbers of logistic regression */
	double		scale;
	double		moments[3];		/* of a design: how many numbers, mean, sum of squared distances from it */
	FeatureKind reference;		/* of logistic regression: what has no term */
	const char *reference_text;
	int			reference_len;
	int			ncells;
	ModelCell  *cell;			/* ascending */
	int			nbins;			/* made of the cells */
	double	   *bin_low;
	double	   *bin_weight;
} ModelFeature;

typedef enum CalibrationKind
{
	CALIBRATION_NONE,
	CALIBRATION_PLATT,
	CALIBRATION_ISOTONIC
} CalibrationKind;

typedef struct Calibration
{
	CalibrationKind kind;
	double		slope;
	double		offset;
	int			npoints;
	double	   *score;			/* ascending, not strictly */
	double	   *probability;
} Calibration;

typedef struct Model
{
	ModelKind	kind;
	double		positives;
	double		negatives;
	double		ridge;
	double		intercept[2];	/* and its standard error */
	double		log_likelihood; /* NaN when not known */
	int			steps;
	bool		converged;
	int			nprevious;		/* the last coefficients that were an improvement; 0 when there are none */
	double	   *previous;
	double		previous_objective;
	int			nfeatures;
	ModelFeature *feature;		/* ascending by name */
	int			ncolumns;		/* of logistic regression */
	Calibration calibration;
} Model;

/* document.c */
extern Model *learned_read(JsonbContainer *document, struct Node *escontext);
extern void learned_write(StringInfo buf, const Model *model);
extern Jsonb *learned_value(const Model *model);
extern bool calibration_read(JsonbContainer *document, Calibration *calibration, struct Node *escontext);
extern void calibration_write(StringInfo buf, const Calibration *calibration);
extern void learned_write_number(StringInfo buf, double number);
extern Jsonb *learned_jsonb(const char *text);

/* design.c */
extern void learned_present_rows(const ModelFeature *f, double rows[2]);
extern void learned_prepare(Model *model);
extern Model *learned_design(const Model *counts, double ridge);
extern void learned_ridge_check(double ridge);

/* score.c */
extern Model *learned_cached(FunctionCallInfo fcinfo, Jsonb *document);
extern ModelFeature *learned_feature(const Model *model, const char *name, int len);
extern ModelTerm *learned_term(ModelFeature *feature, const FeatureValue *value);
extern double learned_z(const ModelFeature *feature, double number);
extern double calibration_apply(const Calibration *calibration, double score);

/* fit.c */
struct LogisticTerm;
extern int	learned_terms(Model *model, const FeatureValue *value, int n, struct LogisticTerm *term);
extern void learned_coefficients(Model *model, double *beta, double *error, bool set);
extern void learned_singular(double ridge);

/* counts.c */
typedef struct FeatureCounts FeatureCounts;
extern FeatureCounts *feature_counts_new(ModelKind kind, double ridge);
extern FeatureCounts *feature_counts_row(FeatureCounts *counts, const FeatureValue *value, int n,
										 double positives, double negatives);
extern Model *feature_counts_model(const FeatureCounts *counts);

#endif							/* JOURNEY_LEAD_MODEL_H */
