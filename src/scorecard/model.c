/*
 * model.c
 *		Scoring models: looking things up in them, their canonical document.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "funnel/funnel.h"
#include "scorecard/grade.h"
#include "scorecard/model.h"

PG_FUNCTION_INFO_V1(scoring_model);
PG_FUNCTION_INFO_V1(scoring_model_cuts);

/* Finds a name among so many structs, in which it stands at an offset.  Returns the number, or -1. */
static int
find_name(const ScoringModel *model, const char *structs, Size size, Size offset, uint32 n, const char *name, int len)
{
	uint32		low = 0;
	uint32		high = n;

	while (low < high)
	{
		uint32		middle = (low + high) / 2;
		const ModelName *other = (const ModelName *) (structs + size * middle + offset);
		int			cmp = model_compare_names(name, len, model_name(model, other), other->len);

		if (cmp == 0)
			return middle;
		if (cmp < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int
model_find_signal(const ScoringModel *model, const char *name, int len)
{
	return find_name(model, (const char *) model_signals(model), sizeof(ModelSignal), offsetof(ModelSignal, name),
					 model->nsignals, name, len);
}

int
model_find_category(const ScoringModel *model, const char *name, int len)
{
	return find_name(model, (const char *) model_categories(model), sizeof(ModelCategory), offsetof(ModelCategory, name),
					 model->ncategories, name, len);
}

int
model_find_threshold(const ScoringModel *model, const char *name, int len)
{
	return find_name(model, (const char *) model_thresholds(model), sizeof(ModelThreshold), offsetof(ModelThreshold, name),
					 model->nthresholds, name, len);
}

/* ---------------------------------------------------------------- the canonical document */

static void
append_name(StringInfo buf, const ScoringModel *model, const ModelName *name)
{
	append_json_string(buf, model_name(model, name), name->len);
}

/* Appends a comma unless something has just been opened. */
static void
append_next(StringInfo buf)
{
	if (buf->data[buf->len - 1] != '{' && buf->data[buf->len - 1] != '[')
		appendStringInfoString(buf, ", ");
}

static void
append_limit(StringInfo buf, const char *key, double limit)
{
	if (isinf(limit))
		return;
	append_next(buf);
	appendStringInfo(buf, "\"%s\": ", key);
	append_json_number(buf, limit);
}

static void
append_axis(StringInfo buf, const ScoringModel *model, const char *side, const ModelAxis *axis)
{
	append_next(buf);
	appendStringInfo(buf, "\"%s\": {\"categories\": [", side);
	for (uint32 i = 0; i < axis->n; i++)
	{
		append_next(buf);
		append_name(buf, model, &model_categories(model)[model_axis(model)[axis->first + i]].name);
	}
	if (axis->scale == MODEL_THIRDS)
	{
		appendStringInfo(buf, "], \"start\": \"%s\", \"third\": ", grade_fit_name(axis->start));
		append_json_number(buf, axis->third);
		appendStringInfoChar(buf, '}');
		return;
	}
	appendStringInfoString(buf, "], \"cuts\": [");
	for (int i = 0; i < 3; i++)
	{
		append_next(buf);
		append_json_number(buf, axis->cut[i]);
	}
	appendStringInfoString(buf, "]}");
}

/* Everything that is left out in documents, and its default, is said here; but a limit that is none. */
void
model_append(StringInfo buf, const ScoringModel *model)
{
	appendStringInfoString(buf, "{\"signals\": {");
	for (uint32 i = 0; i < model->nsignals; i++)
	{
		const ModelSignal *signal = &model_signals(model)[i];

		append_next(buf);
		append_name(buf, model, &signal->name);
		appendStringInfoString(buf, ": {\"points\": ");
		append_json_number(buf, signal->points);
		appendStringInfoString(buf, ", \"category\": ");
		append_name(buf, model, &model_categories(model)[signal->category].name);
		appendStringInfoString(buf, ", \"half_life\": ");
		if (signal->half_life == 0)
			appendStringInfoString(buf, "null");
		else
		{
			appendStringInfoChar(buf, '"');
			funnel_append_duration(buf, 0, signal->half_life);
			appendStringInfoChar(buf, '"');
		}
		if (signal->max > 0)
			appendStringInfo(buf, ", \"max\": %d", signal->max);
		if (signal->per_months != 0 || signal->per_usecs != 0)
		{
			appendStringInfoString(buf, ", \"per\": \"");
			funnel_append_duration(buf, signal->per_months, signal->per_usecs);
			appendStringInfoChar(buf, '"');
		}
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoString(buf, "}, \"categories\": {");
	for (uint32 i = 0; i < model->ncategories; i++)
	{
		const ModelCategory *category = &model_categories(model)[i];

		append_next(buf);
		append_name(buf, model, &category->name);
		appendStringInfoString(buf, ": {");
		append_limit(buf, "cap", category->cap);
		append_limit(buf, "floor", category->floor);
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoChar(buf, '}');
	if (model->nthresholds > 0)
	{
		appendStringInfoString(buf, ", \"thresholds\": {");
		for (uint32 i = 0; i < model->nthresholds; i++)
		{
			append_next(buf);
			append_name(buf, model, &model_thresholds(model)[i].name);
			appendStringInfoString(buf, ": ");
			append_json_number(buf, model_thresholds(model)[i].value);
		}
		appendStringInfoChar(buf, '}');
	}
	if (model->fit.scale != MODEL_NO_SCALE)
	{
		appendStringInfoString(buf, ", \"grade\": {");
		append_axis(buf, model, "fit", &model->fit);
		append_axis(buf, model, "interest", &model->interest);
		appendStringInfoChar(buf, '}');
	}
	append_limit(buf, "cap", model->cap);
	append_limit(buf, "floor", model->floor);
	appendStringInfoChar(buf, '}');
}

ScoringModel *
model_from_jsonb(Jsonb *json)
{
	JsonReader	reader;
	JsonbValue	document;

	reader_init(&reader, "invalid scoring model", ERRCODE_INVALID_PARAMETER_VALUE, NULL);
	reader_document(json, &document);
	return model_read(&reader, &document);
}

static Jsonb *
model_to_jsonb(const ScoringModel *model)
{
	StringInfoData buf;
	Jsonb	   *json;

	initStringInfo(&buf);
	model_append(&buf, model);
	(void) json_parse(buf.data, NULL, &json);
	return json;
}

/* scoring_model(jsonb), strict: the canonical document, or an error */
Datum
scoring_model(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(model_to_jsonb(model_from_jsonb(PG_GETARG_JSONB_P(0))));
}

/* One side of a grade, of the categories it has had, or of the one of its name, with other cuts. */
static void
append_new_cuts(StringInfo buf, const ScoringModel *model, const char *side, const ModelAxis *axis, ArrayType *cuts)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(cuts, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &n);
	append_next(buf);
	appendStringInfo(buf, "\"%s\": {\"categories\": [", side);
	if (axis->n == 0)
		appendStringInfo(buf, "\"%s\"", side);
	for (uint32 i = 0; i < axis->n; i++)
	{
		append_next(buf);
		append_name(buf, model, &model_categories(model)[model_axis(model)[axis->first + i]].name);
	}
	appendStringInfoString(buf, "], \"cuts\": [");
	for (int i = 0; i < n; i++)
	{
		if (nulls[i] || !(fabs(DatumGetFloat8(elements[i])) <= MODEL_MAX_NUMBER))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cuts of a grade must be numbers between -%g and %g", MODEL_MAX_NUMBER, MODEL_MAX_NUMBER)));
		append_next(buf);
		append_json_number(buf, DatumGetFloat8(elements[i]));
	}
	appendStringInfoString(buf, "]}");
}

/* grade_cuts(model, fit, interest), strict: the canonical document with these cuts */
Datum
scoring_model_cuts(PG_FUNCTION_ARGS)
{
	ScoringModel *model = model_from_jsonb(PG_GETARG_JSONB_P(0));
	StringInfoData buf;
	Jsonb	   *grade;
	Datum		changed;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"grade\": {");
	append_new_cuts(&buf, model, "fit", &model->fit, PG_GETARG_ARRAYTYPE_P(1));
	append_new_cuts(&buf, model, "interest", &model->interest, PG_GETARG_ARRAYTYPE_P(2));
	appendStringInfoString(&buf, "}}");
	(void) json_parse(buf.data, NULL, &grade);
	changed = DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(model_to_jsonb(model)), JsonbPGetDatum(grade));
	PG_RETURN_JSONB_P(model_to_jsonb(model_from_jsonb(DatumGetJsonbP(changed))));
}
