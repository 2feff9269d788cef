/*
 * design.c
 *		What is made of a model once it is read: weights of naive Bayes, columns
 *		of logistic regression, and the columns that counts give.
 */
#include "postgres.h"

#include <math.h>

#include "core/bayes.h"
#include "core/logistic.h"
#include "lead_model/lead_model.h"

/* How many rows of each class have some value of a feature. */
void
learned_present_rows(const ModelFeature *f, double rows[2])
{
	rows[0] = rows[1] = 0;
	for (int i = 0; i < f->nlevels; i++)
	{
		rows[0] += f->level[i].term.value[0];
		rows[1] += f->level[i].term.value[1];
	}
	for (int kind = FEATURE_TRUE; kind <= FEATURE_FALSE; kind++)
	{
		rows[0] += f->other[kind].value[0];
		rows[1] += f->other[kind].value[1];
	}
	for (int i = 0; i < f->ncells; i++)
	{
		rows[0] += f->cell[i].positives;
		rows[1] += f->cell[i].negatives;
	}
}

/* Bins and weights of a feature of naive Bayes. */
static void
weigh(Model *model, ModelFeature *f)
{
	double		all[2] = {model->positives, model->negatives};
	double		rows[2];
	double	   *positives = NULL;
	double	   *negatives = NULL;
	int			levels = f->nlevels;

	learned_present_rows(f, rows);
	for (int kind = FEATURE_TRUE; kind <= FEATURE_FALSE; kind++)
		levels += f->other[kind].present;
	f->other[FEATURE_MISSING].value[0] = all[0] - rows[0];
	f->other[FEATURE_MISSING].value[1] = all[1] - rows[1];
	f->other[FEATURE_MISSING].present = rows[0] + rows[1] < all[0] + all[1];
	levels += f->other[FEATURE_MISSING].present;
	if (f->ncells > 0)
	{
		double	   *cell_rows = palloc(sizeof(double) * f->ncells);
		int		   *bin = palloc(sizeof(int) * f->ncells);

		for (int i = 0; i < f->ncells; i++)
			cell_rows[i] = f->cell[i].positives + f->cell[i].negatives;
		f->nbins = bayes_bins(cell_rows, f->ncells, bin);
		f->bin_low = palloc(sizeof(double) * f->nbins);
		f->bin_weight = palloc(sizeof(double) * f->nbins);
		positives = palloc0(sizeof(double) * f->nbins);
		negatives = palloc0(sizeof(double) * f->nbins);
		for (int i = 0; i < f->ncells; i++)
		{
			if (i == 0 || bin[i] != bin[i - 1])
				f->bin_low[bin[i]] = f->cell[i].low;
			positives[bin[i]] += f->cell[i].positives;
			negatives[bin[i]] += f->cell[i].negatives;
		}
		levels += f->nbins;
	}
	for (int i = 0; i < f->nbins; i++)
		f->bin_weight[i] = bayes_weight(positives[i], negatives[i], all[0], all[1], levels);
	for (int i = 0; i < f->nlevels; i++)
		f->level[i].term.weight = bayes_weight(f->level[i].term.value[0], f->level[i].term.value[1], all[0], all[1], levels);
	for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
	{
		if (f->other[kind].present)
			f->other[kind].weight = bayes_weight(f->other[kind].value[0], f->other[kind].value[1], all[0], all[1], levels);
	}
}

static void
number_term(Model *model, ModelTerm *term)
{
	if (term->present)
	{
		term->column = model->ncolumns++;
		term->weight = term->value[0];
	}
}

void
learned_prepare(Model *model)
{
	model->ncolumns = 1;
	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];

		if (model->kind == MODEL_NAIVE_BAYES)
			weigh(model, f);
		else if (model->kind == MODEL_LOGISTIC)
		{
			number_term(model, &f->other[FEATURE_NUMBER]);
			for (int k = 0; k < f->nlevels; k++)
				number_term(model, &f->level[k].term);
			for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
				number_term(model, &f->other[kind]);
		}
	}
}

void
learned_ridge_check(double ridge)
{
	if (!(ridge >= 0) || isinf(ridge))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridge must be a finite number of 0 or more"),
				 errdetail("It is %g.", ridge)));
}

/* The level that has no column: the most frequent one, and of several the first. */
static int
most_frequent(const ModelFeature *f)
{
	int			best = 0;

	for (int i = 1; i < f->nlevels; i++)
	{
		if (f->level[i].term.value[0] + f->level[i].term.value[1] >
			f->level[best].term.value[0] + f->level[best].term.value[1])
			best = i;
	}
	return best;
}

static void
design_feature(const Model *counts, const ModelFeature *from, ModelFeature *to)
{
	bool		numbers = from->moments[0] > 0;
	double		rows[2];
	int			skip = -1;

	to->name = from->name;
	to->namelen = from->namelen;
	to->reference = FEATURE_MISSING;
	learned_present_rows(from, rows);
	if (numbers)
	{
		double		mean = from->moments[1];
		double		scale = sqrt(from->moments[2] / from->moments[0]);

		to->reference = FEATURE_NUMBER;
		/* numbers that differ by no more than rounding are one */
		if (scale > fabs(mean) * 1e-13)
		{
			to->other[FEATURE_NUMBER].present = true;
			to->mean = mean;
			to->scale = scale;
		}
	}
	else if (from->nlevels > 0)
	{
		skip = most_frequent(from);
		to->reference = FEATURE_STRING;
		to->reference_text = from->level[skip].text;
		to->reference_len = from->level[skip].len;
	}
	else if (from->other[FEATURE_FALSE].present)
		to->reference = FEATURE_FALSE;
	else if (from->other[FEATURE_TRUE].present)
		to->reference = FEATURE_TRUE;

	to->level = palloc0(sizeof(ModelLevel) * Max(from->nlevels, 1));
	for (int i = 0; i < from->nlevels; i++)
	{
		if (i == skip)
			continue;
		to->level[to->nlevels].text = from->level[i].text;
		to->level[to->nlevels].len = from->level[i].len;
		to->level[to->nlevels++].term.present = true;
	}
	for (int kind = FEATURE_TRUE; kind <= FEATURE_FALSE; kind++)
		to->other[kind].present = from->other[kind].present && to->reference != (FeatureKind) kind;
	to->other[FEATURE_MISSING].present =
		rows[0] + rows[1] + from->moments[0] < counts->positives + counts->negatives;
}

/* The columns that counts give, with coefficients of zero; NULL when there is only one class. */
Model *
learned_design(const Model *counts, double ridge)
{
	Model	   *model = palloc0(sizeof(Model));

	if (counts->positives == 0 || counts->negatives == 0)
		return NULL;
	model->kind = MODEL_LOGISTIC;
	model->positives = counts->positives;
	model->negatives = counts->negatives;
	model->ridge = ridge;
	model->log_likelihood = NAN;
	model->intercept[0] = log(counts->positives / counts->negatives);
	model->intercept[1] = NAN;
	model->nfeatures = counts->nfeatures;
	model->feature = palloc0(sizeof(ModelFeature) * Max(counts->nfeatures, 1));
	for (int i = 0; i < counts->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];

		design_feature(counts, &counts->feature[i], f);
		f->other[FEATURE_NUMBER].value[1] = NAN;
		for (int k = 0; k < f->nlevels; k++)
			f->level[k].term.value[1] = NAN;
		for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
			f->other[kind].value[1] = NAN;
		if (f->nlevels > MODEL_MAX_COLUMNS - 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("feature \"%s\" has too many levels", f->name),
					 errdetail("It has %d levels; a logistic model can have %d coefficients.",
							   counts->feature[i].nlevels, MODEL_MAX_COLUMNS),
					 errhint("Group rare levels, or leave out what identifies a row.")));
	}
	learned_prepare(model);
	if (model->ncolumns > MODEL_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many coefficients"),
				 errdetail("Features and their levels would give %d; at most %d are allowed.",
						   model->ncolumns, MODEL_MAX_COLUMNS)));
	return model;
}
