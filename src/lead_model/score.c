/*
 * score.c
 *		What a learned model says of a row: its probability, and why.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/shortest_dec.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/logistic.h"
#include "lead_model/lead_model.h"

PG_FUNCTION_INFO_V1(lead_model_in);
PG_FUNCTION_INFO_V1(lead_model_out);
PG_FUNCTION_INFO_V1(lead_model_recv);
PG_FUNCTION_INFO_V1(lead_model_send);
PG_FUNCTION_INFO_V1(lead_model_from_jsonb);
PG_FUNCTION_INFO_V1(lead_model_jsonb);
PG_FUNCTION_INFO_V1(lead_model_predict);
PG_FUNCTION_INFO_V1(lead_model_log_odds);
PG_FUNCTION_INFO_V1(lead_model_explain);
PG_FUNCTION_INFO_V1(lead_model_coefficients);
PG_FUNCTION_INFO_V1(lead_model_converged);
PG_FUNCTION_INFO_V1(lead_model_calibrate);
PG_FUNCTION_INFO_V1(lead_model_calibrated);

#define MODEL_VERSION	1

/* ---------------------------------------------------------------- the type */

/* The document as it is stored: read, and written again, so that equal models are equal. */
static Jsonb *
normal_form(Jsonb *document, struct Node *escontext)
{
	Model	   *model = learned_read(&document->root, escontext);

	if (model == NULL)
		return NULL;
	if (model->kind == MODEL_DESIGN)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed lead_model"),
				 errdetail("At $.\"kind\" must be \"naive_bayes\" or \"logistic\".")));
	return learned_value(model);
}

/* lead_model_in(cstring) */
Datum
lead_model_in(PG_FUNCTION_ARGS)
{
	Datum		document;
	Jsonb	   *model;

	if (!DirectInputFunctionCallSafe(jsonb_in, PG_GETARG_CSTRING(0), InvalidOid, -1, fcinfo->context, &document))
		PG_RETURN_NULL();
	model = normal_form(DatumGetJsonbP(document), fcinfo->context);
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(model);
}

Datum
lead_model_out(PG_FUNCTION_ARGS)
{
	Jsonb	   *model = PG_GETARG_JSONB_P(0);

	PG_RETURN_CSTRING(JsonbToCString(NULL, &model->root, VARSIZE(model)));
}

/* Binary: version (int8) and the text. */
Datum
lead_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			len;

	if (version != MODEL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("lead_model value has unknown version %d", version)));
	PG_RETURN_JSONB_P(normal_form(learned_jsonb(pq_getmsgtext(buf, buf->len - buf->cursor, &len)), NULL));
}

Datum
lead_model_send(PG_FUNCTION_ARGS)
{
	Jsonb	   *model = PG_GETARG_JSONB_P(0);
	char	   *text = JsonbToCString(NULL, &model->root, VARSIZE(model));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, MODEL_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* lead_model(jsonb) */
Datum
lead_model_from_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(normal_form(PG_GETARG_JSONB_P(0), NULL));
}

/* jsonb(lead_model): it is one */
Datum
lead_model_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(PG_GETARG_JSONB_P(0));
}

/* ---------------------------------------------------------------- reading it once */

#define CACHED_MODELS	8		/* queries compare a few models, row by row */

/* Models that were read for earlier calls. */
typedef struct ModelCache
{
	int			next;			/* which is given up next */
	struct
	{
		MemoryContext context;
		Jsonb	   *document;
		Model	   *model;		/* NULL when there is none */
	}			entry[CACHED_MODELS];
} ModelCache;

/* The model of a document; kept between calls. */
Model *
learned_cached(FunctionCallInfo fcinfo, Jsonb *document)
{
	ModelCache *cache = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	int			n;

	if (cache == NULL)
		fcinfo->flinfo->fn_extra = cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ModelCache));
	for (int i = 0; i < CACHED_MODELS && cache->entry[i].model != NULL; i++)
	{
		if (VARSIZE(cache->entry[i].document) == VARSIZE(document) &&
			memcmp(cache->entry[i].document, document, VARSIZE(document)) == 0)
			return cache->entry[i].model;
	}
	n = cache->next;
	if (cache->entry[n].context == NULL)
		cache->entry[n].context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "journey lead model", ALLOCSET_SMALL_SIZES);
	cache->entry[n].model = NULL;
	MemoryContextReset(cache->entry[n].context);
	old = MemoryContextSwitchTo(cache->entry[n].context);
	cache->entry[n].document = palloc(VARSIZE(document));
	memcpy(cache->entry[n].document, document, VARSIZE(document));
	cache->entry[n].model = learned_read(&cache->entry[n].document->root, NULL);
	MemoryContextSwitchTo(old);
	cache->next = (n + 1) % CACHED_MODELS;
	return cache->entry[n].model;
}

ModelFeature *
learned_feature(const Model *model, const char *name, int len)
{
	int			low = 0;
	int			high = model->nfeatures;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		ModelFeature *f = &model->feature[middle];
		int			cmp = feature_text_cmp(name, len, f->name, f->namelen);

		if (cmp == 0)
			return f;
		if (cmp < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The term of a value, NULL when the model has none; a value of NULL is a missing one. */
ModelTerm *
learned_term(ModelFeature *feature, const FeatureValue *value)
{
	FeatureKind kind = value == NULL ? FEATURE_MISSING : value->kind;
	int			low = 0;
	int			high = feature->nlevels;

	if (kind != FEATURE_STRING)
		return feature->other[kind].present ? &feature->other[kind] : NULL;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		ModelLevel *level = &feature->level[middle];
		int			cmp = feature_text_cmp(value->text, value->textlen, level->text, level->len);

		if (cmp == 0)
			return &level->term;
		if (cmp < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* How far a number is from the mean, in standard deviations; of absurd numbers no more than what decides anyway. */
double
learned_z(const ModelFeature *feature, double number)
{
	double		distance = number - feature->mean;
	double		z = isinf(distance) ? number / feature->scale - feature->mean / feature->scale : distance / feature->scale;

	return Max(Min(z, 1e300), -1e300);
}

/* What a feature adds to the log-odds; *known is false when the model knows nothing of such a value. */
static double
contribution(ModelFeature *feature, const FeatureValue *value, bool *known)
{
	ModelTerm  *term;

	*known = true;
	if (value != NULL && value->kind == FEATURE_NUMBER && feature->nbins > 0)
	{
		int			low = 0;
		int			high = feature->nbins;

		/* the last bin that begins at the number or below; the first goes down without end */
		while (high - low > 1)
		{
			int			middle = (low + high) / 2;

			if (feature->bin_low[middle] <= value->number)
				low = middle;
			else
				high = middle;
		}
		return feature->bin_weight[low];
	}
	term = learned_term(feature, value);
	if (term == NULL)
	{
		*known = false;
		return 0;
	}
	if (value != NULL && value->kind == FEATURE_NUMBER)
	{
		double		product = term->weight * learned_z(feature, value->number);

		return Max(Min(product, 1e300), -1e300);
	}
	return term->weight;
}

/* ---------------------------------------------------------------- calibration */

double
calibration_apply(const Calibration *calibration, double score)
{
	int			low = 0;
	int			high;
	double		part;

	if (calibration->kind == CALIBRATION_PLATT)
		return logistic_probability(calibration->slope * score + calibration->offset);
	high = calibration->npoints - 1;
	if (score <= calibration->score[0])
	{
		/* the first point, or of several at its score the last */
		while (low < high && calibration->score[low + 1] == score)
			low++;
		return calibration->probability[low];
	}
	if (score >= calibration->score[high])
		return calibration->probability[high];
	/* score[low] <= score < score[high] */
	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (calibration->score[middle] <= score)
			low = middle;
		else
			high = middle;
	}
	part = (score - calibration->score[low]) / (calibration->score[high] - calibration->score[low]);
	return calibration->probability[low] + part * (calibration->probability[high] - calibration->probability[low]);
}

/* ---------------------------------------------------------------- predictions */

/* What there is to say of a row: the parts of its log-odds. */
typedef struct Verdict
{
	Model	   *model;
	const FeatureValue **value; /* of each feature of the model, NULL when it is missing */
	double	   *part;
	bool	   *known;
	double		base;
	double		calibration;	/* part of an isotonic calibration */
	double		log_odds;		/* the sum, in this order: base, parts, calibration */
	int			nunknown;		/* features that the model does not have */
	const FeatureValue **unknown;
} Verdict;

static bool
judge(FunctionCallInfo fcinfo, Verdict *verdict)
{
	Model	   *model = learned_cached(fcinfo, PG_GETARG_JSONB_P(0));
	Jsonb	   *features = PG_GETARG_JSONB_P(1);
	FeatureValue *value = palloc(sizeof(FeatureValue) * (JB_ROOT_COUNT(features) + 1));
	int			n = features_read(features, value, NULL);
	int			next = 0;
	double		slope = 1;

	verdict->model = model;
	verdict->value = palloc0(sizeof(FeatureValue *) * (model->nfeatures + 1));
	verdict->part = palloc(sizeof(double) * (model->nfeatures + 1));
	verdict->known = palloc(sizeof(bool) * (model->nfeatures + 1));
	verdict->unknown = palloc(sizeof(FeatureValue *) * (n + 1));
	verdict->nunknown = 0;
	verdict->calibration = 0;
	if (model->kind == MODEL_NAIVE_BAYES)
	{
		if (model->positives == 0 || model->negatives == 0)
			return false;
		verdict->base = log(model->positives / model->negatives);
	}
	else
		verdict->base = model->intercept[0];
	if (model->calibration.kind == CALIBRATION_PLATT)
	{
		slope = model->calibration.slope;
		verdict->base = slope * verdict->base + model->calibration.offset;
	}
	verdict->log_odds = verdict->base;

	/* both are in the order of names */
	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];
		int			cmp = 1;

		while (next < n && (cmp = feature_text_cmp(value[next].name, value[next].namelen, f->name, f->namelen)) < 0)
			verdict->unknown[verdict->nunknown++] = &value[next++];
		if (next < n && cmp == 0)
			verdict->value[i] = &value[next++];
		verdict->part[i] = slope * contribution(f, verdict->value[i], &verdict->known[i]);
		verdict->log_odds += verdict->part[i];
	}
	while (next < n)
		verdict->unknown[verdict->nunknown++] = &value[next++];
	if (model->calibration.kind == CALIBRATION_ISOTONIC)
	{
		double		p = calibration_apply(&model->calibration, verdict->log_odds);

		verdict->calibration = log(p) - log1p(-p) - verdict->log_odds;
		verdict->log_odds += verdict->calibration;
	}
	return true;
}

/* predict(lead_model, features) */
Datum
lead_model_predict(PG_FUNCTION_ARGS)
{
	Verdict		verdict;

	if (!judge(fcinfo, &verdict))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(logistic_probability(verdict.log_odds));
}

/* log_odds(lead_model, features) */
Datum
lead_model_log_odds(PG_FUNCTION_ARGS)
{
	Verdict		verdict;

	if (!judge(fcinfo, &verdict))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(verdict.log_odds);
}

/* The value of a feature as jsonb. */
static Datum
value_jsonb(const FeatureValue *value)
{
	JsonbValue	v;

	switch (value->kind)
	{
		case FEATURE_NUMBER:
			{
				char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

				double_to_shortest_decimal_buf(value->number, digits);
				return JsonbPGetDatum(learned_jsonb(digits));
			}
		case FEATURE_STRING:
			v.type = jbvString;
			v.val.string.val = unconstify(char *, value->text);
			v.val.string.len = value->textlen;
			break;
		default:
			v.type = jbvBool;
			v.val.boolean = value->kind == FEATURE_TRUE;
	}
	return JsonbPGetDatum(JsonbValueToJsonb(&v));
}

static void
put_part(ReturnSetInfo *rsinfo, const char *name, int len, const FeatureValue *value, double part, const char *note)
{
	Datum		values[4];
	bool		nulls[4] = {name == NULL, value == NULL, false, note == NULL};

	if (name != NULL)
		values[0] = PointerGetDatum(cstring_to_text_with_len(name, len));
	if (value != NULL)
		values[1] = value_jsonb(value);
	values[2] = Float8GetDatum(part);
	if (note != NULL)
		values[3] = CStringGetTextDatum(note);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* explain(lead_model, features): the parts of the log-odds */
Datum
lead_model_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Verdict		verdict;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (!judge(fcinfo, &verdict))
		return (Datum) 0;
	put_part(rsinfo, NULL, 0, NULL, verdict.base, "base");
	for (int i = 0; i < verdict.model->nfeatures; i++)
	{
		ModelFeature *f = &verdict.model->feature[i];
		const FeatureValue *value = verdict.value[i];
		const char *note = value == NULL ? "missing" : NULL;

		if (!verdict.known[i] && value != NULL && verdict.model->kind == MODEL_NAIVE_BAYES)
			note = "not seen before";
		else if (!verdict.known[i] && value != NULL)
		{
			bool		reference = value->kind == f->reference &&
				(value->kind != FEATURE_STRING ||
				 feature_text_cmp(value->text, value->textlen, f->reference_text, f->reference_len) == 0);

			note = reference ? "reference" :
				value->kind == FEATURE_NUMBER ? "always the same" : "not seen before";
		}
		put_part(rsinfo, f->name, f->namelen, value, verdict.part[i], note);
	}
	if (verdict.model->calibration.kind == CALIBRATION_ISOTONIC)
		put_part(rsinfo, NULL, 0, NULL, verdict.calibration, "calibration");
	for (int i = 0; i < verdict.nunknown; i++)
		put_part(rsinfo, verdict.unknown[i]->name, verdict.unknown[i]->namelen, verdict.unknown[i], 0, "not in the model");
	return (Datum) 0;
}

/* ---------------------------------------------------------------- coefficients */

static void
put_coefficient(ReturnSetInfo *rsinfo, const ModelFeature *f, FeatureKind kind, const char *level,
				double coefficient, double error, bool reference)
{
	Datum		values[7];
	bool		nulls[7] = {false};
	static const char *const kinds[] = {"number", "level", "true", "false", "missing"};

	nulls[0] = f == NULL;
	nulls[2] = level == NULL;
	if (f != NULL)
		values[0] = CStringGetTextDatum(f->name);
	values[1] = CStringGetTextDatum(f == NULL ? "intercept" : reference ? "reference" : kinds[kind]);
	if (level != NULL)
		values[2] = CStringGetTextDatum(level);
	values[3] = Float8GetDatum(coefficient);
	nulls[4] = isnan(error);
	values[4] = Float8GetDatum(error);
	nulls[5] = nulls[6] = f == NULL || reference || kind != FEATURE_NUMBER;
	if (!nulls[5])
	{
		values[5] = Float8GetDatum(f->mean);
		values[6] = Float8GetDatum(f->scale);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* coefficients(lead_model): of a logistic model, numbers per unit */
Datum
lead_model_coefficients(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Model	   *model = learned_read(&PG_GETARG_JSONB_P(0)->root, NULL);

	if (model->kind != MODEL_LOGISTIC)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only a logistic model has coefficients"),
				 errhint("The counts of a naive Bayes model are in its JSON form.")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	put_coefficient(rsinfo, NULL, FEATURE_MISSING, NULL, model->intercept[0], model->intercept[1], false);
	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];
		ModelTerm  *number = &f->other[FEATURE_NUMBER];

		if (number->present)
			put_coefficient(rsinfo, f, FEATURE_NUMBER, NULL, number->value[0] / f->scale, number->value[1] / f->scale, false);
		if (f->reference == FEATURE_STRING)
			put_coefficient(rsinfo, f, FEATURE_STRING, f->reference_text, 0, NAN, true);
		else if (f->reference == FEATURE_TRUE || f->reference == FEATURE_FALSE)
			put_coefficient(rsinfo, f, f->reference, f->reference == FEATURE_TRUE ? "true" : "false", 0, NAN, true);
		for (int k = 0; k < f->nlevels; k++)
			put_coefficient(rsinfo, f, FEATURE_STRING, f->level[k].text,
							f->level[k].term.value[0], f->level[k].term.value[1], false);
		for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
		{
			if (f->other[kind].present)
				put_coefficient(rsinfo, f, kind, NULL, f->other[kind].value[0], f->other[kind].value[1], false);
		}
	}
	return (Datum) 0;
}

/* converged(lead_model): is it finished? */
Datum
lead_model_converged(PG_FUNCTION_ARGS)
{
	Model	   *model = learned_cached(fcinfo, PG_GETARG_JSONB_P(0));

	PG_RETURN_BOOL(model->kind == MODEL_NAIVE_BAYES || model->converged);
}

/* calibrate(lead_model, calibration jsonb): null takes the calibration away */
Datum
lead_model_calibrate(PG_FUNCTION_ARGS)
{
	Model	   *model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = learned_read(&PG_GETARG_JSONB_P(0)->root, NULL);
	if (PG_ARGISNULL(1))
		memset(&model->calibration, 0, sizeof(model->calibration));
	else
		calibration_read(&PG_GETARG_JSONB_P(1)->root, &model->calibration, NULL);
	PG_RETURN_JSONB_P(learned_value(model));
}

/* calibrated(calibration jsonb, score) */
Datum
lead_model_calibrated(PG_FUNCTION_ARGS)
{
	Calibration calibration;
	double		score = PG_GETARG_FLOAT8(1);

	if (isnan(score))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score must not be NaN")));
	calibration_read(&PG_GETARG_JSONB_P(0)->root, &calibration, NULL);
	if (calibration.kind == CALIBRATION_PLATT && calibration.slope == 0 && isinf(score))
		score = 0;
	PG_RETURN_FLOAT8(calibration_apply(&calibration, score));
}
