/*
 * counts_agg.c
 *		Aggregates over feature_counts, and the sum and difference of models.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "lead_model/counts.h"

PG_FUNCTION_INFO_V1(feature_counts_accum);
PG_FUNCTION_INFO_V1(feature_counts_accum_design);
PG_FUNCTION_INFO_V1(feature_counts_accum_model);
PG_FUNCTION_INFO_V1(feature_counts_combine);
PG_FUNCTION_INFO_V1(feature_counts_bayes);
PG_FUNCTION_INFO_V1(feature_counts_logistic);
PG_FUNCTION_INFO_V1(lead_model_add);
PG_FUNCTION_INFO_V1(lead_model_subtract);

/* The state in argument 0, which may be changed; NULL when there is none. */
static FeatureCounts *
get_state(FunctionCallInfo fcinfo)
{
	FeatureCounts *counts;

	if (PG_ARGISNULL(0))
		return NULL;
	counts = PG_GETARG_COUNTS(0);
	return AggCheckCallContext(fcinfo, NULL) ? counts : feature_counts_copy(counts, 0);
}

/* Adds the row of arguments 1 (outcome) and 2 (features). */
static Datum
accumulate(FunctionCallInfo fcinfo, ModelKind kind, double ridge)
{
	FeatureCounts *counts;
	FeatureValue *value;
	int			n;
	bool		outcome;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	outcome = PG_GETARG_BOOL(1);
	value = palloc(sizeof(FeatureValue) * (JB_ROOT_COUNT(PG_GETARG_JSONB_P(2)) + 1));
	n = features_read(PG_GETARG_JSONB_P(2), value, NULL);
	counts = get_state(fcinfo);
	if (counts == NULL)
		counts = feature_counts_new(kind, ridge);
	if (counts->kind != kind || counts->ridge != ridge)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridge and kind of a model must not change within a group")));
	PG_RETURN_POINTER(feature_counts_row(counts, value, n, outcome ? 1 : 0, outcome ? 0 : 1));
}

/* feature_counts_accum(state, outcome, features) */
Datum
feature_counts_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, MODEL_NAIVE_BAYES, 0);
}

/* feature_counts_accum_design(state, outcome, features, ridge) */
Datum
feature_counts_accum_design(PG_FUNCTION_ARGS)
{
	if (PG_NARGS() > 3 && PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ridge must not be null")));
	if (PG_NARGS() > 3)
		learned_ridge_check(PG_GETARG_FLOAT8(3));
	return accumulate(fcinfo, MODEL_DESIGN, PG_NARGS() > 3 ? PG_GETARG_FLOAT8(3) : 1);
}

/* The counts of a model in an argument. */
static Model *
get_counts_model(FunctionCallInfo fcinfo, int argno)
{
	Model	   *model = learned_read(&PG_GETARG_JSONB_P(argno)->root, NULL);

	if (model->kind != MODEL_NAIVE_BAYES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only naive Bayes models can be added and subtracted"),
				 errdetail("Coefficients of a logistic model are not sums over rows.")));
	return model;
}

/* feature_counts_accum_model(state, lead_model) */
Datum
feature_counts_accum_model(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = get_state(fcinfo);

	if (PG_ARGISNULL(1))
	{
		if (counts == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(counts);
	}
	if (counts == NULL)
		counts = feature_counts_new(MODEL_NAIVE_BAYES, 0);
	PG_RETURN_POINTER(feature_counts_add_model(counts, get_counts_model(fcinfo, 1), 1));
}

/* feature_counts_combine(state, state) */
Datum
feature_counts_combine(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = get_state(fcinfo);
	FeatureCounts *other;

	if (PG_ARGISNULL(1))
	{
		if (counts == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(counts);
	}
	other = PG_GETARG_COUNTS(1);
	if (counts == NULL)
		PG_RETURN_POINTER(feature_counts_pack(other));
	PG_RETURN_POINTER(feature_counts_add(counts, other));
}

/* feature_counts_bayes(state): the naive Bayes model */
Datum
feature_counts_bayes(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = PG_GETARG_COUNTS(0);

	if (counts->kind != MODEL_NAIVE_BAYES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts are not those of a naive Bayes model")));
	PG_RETURN_POINTER(learned_value(feature_counts_model(counts)));
}

/* feature_counts_logistic(state): a logistic model whose coefficients are zero */
Datum
feature_counts_logistic(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = PG_GETARG_COUNTS(0);
	Model	   *model;

	if (counts->kind != MODEL_DESIGN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts are not those of a logistic model")));
	model = learned_design(feature_counts_model(counts), counts->ridge);
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(learned_value(model));
}

/* lead_model + lead_model */
Datum
lead_model_add(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = feature_counts_new(MODEL_NAIVE_BAYES, 0);

	counts = feature_counts_add_model(counts, get_counts_model(fcinfo, 0), 1);
	counts = feature_counts_add_model(counts, get_counts_model(fcinfo, 1), 1);
	PG_RETURN_POINTER(learned_value(feature_counts_model(counts)));
}

/* lead_model - lead_model: never more than there are */
Datum
lead_model_subtract(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = feature_counts_new(MODEL_NAIVE_BAYES, 0);
	Model	   *model;
	StringInfoData lacking;
	double		rows[2];

	counts = feature_counts_add_model(counts, get_counts_model(fcinfo, 0), 1);
	counts = feature_counts_add_model(counts, get_counts_model(fcinfo, 1), -1);
	model = feature_counts_model(counts);
	initStringInfo(&lacking);
	if (model->positives < 0 || model->negatives < 0)
		appendStringInfoString(&lacking, "It has fewer rows.");
	for (int i = 0; i < model->nfeatures && lacking.len == 0; i++)
	{
		const ModelFeature *f = &model->feature[i];

		for (int k = 0; k < f->nlevels && lacking.len == 0; k++)
		{
			if (f->level[k].term.value[0] < 0 || f->level[k].term.value[1] < 0)
				appendStringInfo(&lacking, "It has fewer rows in which \"%s\" is \"%s\".", f->name, f->level[k].text);
		}
		for (int k = 0; k < f->ncells && lacking.len == 0; k++)
		{
			if (f->cell[k].positives < 0 || f->cell[k].negatives < 0)
				appendStringInfo(&lacking, "It has fewer rows in which \"%s\" is about %g.", f->name, f->cell[k].low);
		}
		for (int kind = FEATURE_TRUE; kind <= FEATURE_FALSE && lacking.len == 0; kind++)
		{
			if (f->other[kind].value[0] < 0 || f->other[kind].value[1] < 0)
				appendStringInfo(&lacking, "It has fewer rows in which \"%s\" is %s.", f->name,
								 kind == FEATURE_TRUE ? "true" : "false");
		}
		learned_present_rows(f, rows);
		if (lacking.len == 0 && (rows[0] > model->positives || rows[1] > model->negatives))
			appendStringInfo(&lacking, "It has fewer rows in which \"%s\" is missing.", f->name);
	}
	if (lacking.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot subtract outcomes that a model does not hold"),
				 errdetail_internal("%s", lacking.data)));
	PG_RETURN_POINTER(learned_value(model));
}
