/*
 * document_write.c
 *		Writing the JSON form of a learned model, which document.c tells and reads.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "compat.h"
#include "core/bayes.h"
#include "lead_model/lead_model.h"

/* The shortest decimal that is the same number; null for NaN. */
void
learned_write_number(StringInfo buf, double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(number))
	{
		appendStringInfoString(buf, "null");
		return;
	}
	double_to_shortest_decimal_buf(number == 0 ? 0 : number, digits);
	appendStringInfoString(buf, digits);
}

static void
write_numbers(StringInfo buf, const double *number, int n)
{
	appendStringInfoChar(buf, '[');
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		learned_write_number(buf, number[i]);
	}
	appendStringInfoChar(buf, ']');
}

/* Starts a part of an object. */
static void
write_key(StringInfo buf, const char *key, bool *first)
{
	if (!*first)
		appendStringInfoString(buf, ", ");
	*first = false;
	escape_json(buf, key);
	appendStringInfoString(buf, ": ");
}

static void
write_feature(StringInfo buf, const Model *model, const ModelFeature *f)
{
	static const char *const keys[] = {NULL, NULL, "true", "false", "missing"};
	bool		first = true;

	appendStringInfoChar(buf, '{');
	if (f->ncells > 0)
	{
		write_key(buf, "numbers", &first);
		appendStringInfoChar(buf, '[');
		for (int i = 0; i < f->ncells; i++)
		{
			double		number[3] = {f->cell[i].low, f->cell[i].positives, f->cell[i].negatives};

			CHECK_FOR_INTERRUPTS();
			if (i > 0)
				appendStringInfoString(buf, ", ");
			write_numbers(buf, number, 3);
		}
		appendStringInfoChar(buf, ']');
	}
	if (f->moments[0] > 0)
	{
		write_key(buf, "moments", &first);
		write_numbers(buf, f->moments, 3);
	}
	if (f->other[FEATURE_NUMBER].present)
	{
		double		number[4] = {
			f->other[FEATURE_NUMBER].value[0], f->other[FEATURE_NUMBER].value[1], f->mean, f->scale
		};

		write_key(buf, "number", &first);
		write_numbers(buf, number, 4);
	}
	if (f->nlevels > 0)
	{
		bool		first_level = true;

		write_key(buf, "levels", &first);
		appendStringInfoChar(buf, '{');
		for (int i = 0; i < f->nlevels; i++)
		{
			CHECK_FOR_INTERRUPTS();
			write_key(buf, f->level[i].text, &first_level);
			write_numbers(buf, f->level[i].term.value, 2);
		}
		appendStringInfoChar(buf, '}');
	}
	for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
	{
		/* of counts, who misses a feature is who does not have it */
		if (f->other[kind].present && (kind != FEATURE_MISSING || model->kind == MODEL_LOGISTIC))
		{
			write_key(buf, keys[kind], &first);
			write_numbers(buf, f->other[kind].value, 2);
		}
	}
	if (model->kind == MODEL_LOGISTIC && f->reference != FEATURE_MISSING && f->reference != FEATURE_NUMBER)
	{
		write_key(buf, "reference", &first);
		if (f->reference == FEATURE_STRING)
			escape_json(buf, f->reference_text);
		else
			appendStringInfoString(buf, keys[f->reference]);
	}
	appendStringInfoChar(buf, '}');
}

void
calibration_write(StringInfo buf, const Calibration *calibration)
{
	if (calibration->kind == CALIBRATION_PLATT)
	{
		double		number[2] = {calibration->slope, calibration->offset};

		appendStringInfoString(buf, "{\"platt\": ");
		write_numbers(buf, number, 2);
	}
	else
	{
		appendStringInfoString(buf, "{\"isotonic\": [");
		for (int i = 0; i < calibration->npoints; i++)
		{
			double		number[2] = {calibration->score[i], calibration->probability[i]};

			CHECK_FOR_INTERRUPTS();
			if (i > 0)
				appendStringInfoString(buf, ", ");
			write_numbers(buf, number, 2);
		}
		appendStringInfoChar(buf, ']');
	}
	appendStringInfoChar(buf, '}');
}

void
learned_write(StringInfo buf, const Model *model)
{
	static const char *const kinds[] = {"naive_bayes", "design", "logistic"};
	bool		first = true;

	appendStringInfo(buf, "{\"kind\": \"%s\", \"positives\": ", kinds[model->kind]);
	learned_write_number(buf, model->positives);
	appendStringInfoString(buf, ", \"negatives\": ");
	learned_write_number(buf, model->negatives);
	if (model->kind != MODEL_NAIVE_BAYES)
	{
		appendStringInfoString(buf, ", \"ridge\": ");
		learned_write_number(buf, model->ridge);
	}
	if (model->kind == MODEL_LOGISTIC)
	{
		appendStringInfoString(buf, ", \"intercept\": ");
		write_numbers(buf, model->intercept, 2);
		appendStringInfo(buf, ", \"steps\": %d, \"converged\": %s", model->steps, model->converged ? "true" : "false");
		if (!isnan(model->log_likelihood))
		{
			appendStringInfoString(buf, ", \"log_likelihood\": ");
			learned_write_number(buf, model->log_likelihood);
		}
		if (model->nprevious > 0)
		{
			appendStringInfoString(buf, ", \"previous\": {\"objective\": ");
			learned_write_number(buf, model->previous_objective);
			appendStringInfoString(buf, ", \"coefficients\": ");
			write_numbers(buf, model->previous, model->nprevious);
			appendStringInfoChar(buf, '}');
		}
	}
	appendStringInfoString(buf, ", \"features\": {");
	for (int i = 0; i < model->nfeatures; i++)
	{
		write_key(buf, model->feature[i].name, &first);
		write_feature(buf, model, &model->feature[i]);
	}
	appendStringInfoChar(buf, '}');
	if (model->calibration.kind != CALIBRATION_NONE)
	{
		appendStringInfoString(buf, ", \"calibration\": ");
		calibration_write(buf, &model->calibration);
	}
	appendStringInfoChar(buf, '}');
}

Jsonb *
learned_jsonb(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* The value of a model. */
Jsonb *
learned_value(const Model *model)
{
	StringInfoData buf;

	initStringInfo(&buf);
	learned_write(&buf, model);
	return learned_jsonb(buf.data);
}
