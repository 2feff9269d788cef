/*
 * step.c
 *		logistic_step: one step of Newton's method as an aggregate that keeps no
 *		rows, in the type logistic_sums.
 *
 * Text: {"model": MODEL, "rows": n, "log_likelihood": x, "gradient": [...],
 * "information": [...]}.  Binary: a version byte and that text.
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "core/logistic.h"
#include "lead_model/lead_model.h"

PG_FUNCTION_INFO_V1(logistic_sums_in);
PG_FUNCTION_INFO_V1(logistic_sums_out);
PG_FUNCTION_INFO_V1(logistic_sums_recv);
PG_FUNCTION_INFO_V1(logistic_sums_send);
PG_FUNCTION_INFO_V1(logistic_sums_accum);
PG_FUNCTION_INFO_V1(logistic_sums_combine);
PG_FUNCTION_INFO_V1(logistic_sums_final);

#define SUMS_VERSION	1

/* Followed by the document of the model, and, aligned, the gradient and the information. */
typedef struct Sums
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		unused[3];
	uint32		ncolumns;
	uint32		modelsize;
	double		rows;
	double		log_likelihood;
	char		model[FLEXIBLE_ARRAY_MEMBER];
} Sums;

#define SUMS_DOCUMENT(s)	((Jsonb *) (s)->model)
#define SUMS_GRADIENT(s)	((double *) ((char *) (s) + MAXALIGN(offsetof(Sums, model) + (s)->modelsize)))
#define SUMS_INFORMATION(s)	(SUMS_GRADIENT(s) + (s)->ncolumns)
#define SUMS_NUMBERS(n)		((n) + LOGISTIC_PACKED(n))

#define PG_GETARG_SUMS(n)	sums_check((Sums *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

static Sums *
sums_check(Sums *sums)
{
	if (VARSIZE(sums) < offsetof(Sums, model) || sums->version != SUMS_VERSION || sums->ncolumns > MODEL_MAX_COLUMNS ||
		VARSIZE(sums) != MAXALIGN(offsetof(Sums, model) + sums->modelsize) + SUMS_NUMBERS(sums->ncolumns) * sizeof(double))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid sums of a logistic model")));
	return sums;
}

static Sums *
sums_new(const Jsonb *document, int ncolumns)
{
	Size		head = MAXALIGN(offsetof(Sums, model) + VARSIZE(document));
	Size		size = head + SUMS_NUMBERS(ncolumns) * sizeof(double);
	Sums	   *sums = palloc0(size);

	SET_VARSIZE(sums, size);
	sums->version = SUMS_VERSION;
	sums->ncolumns = ncolumns;
	sums->modelsize = VARSIZE(document);
	memcpy(sums->model, document, VARSIZE(document));
	return sums;
}

static Sums *
sums_copy(const Sums *sums)
{
	Sums	   *copy = palloc(VARSIZE(sums));

	memcpy(copy, sums, VARSIZE(sums));
	return copy;
}

static bool
same_model(const Sums *sums, const Jsonb *document)
{
	return sums->modelsize == VARSIZE(document) && memcmp(sums->model, document, VARSIZE(document)) == 0;
}

static void
require_logistic(const Model *model)
{
	if (model->kind != MODEL_LOGISTIC)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a step needs a logistic model"),
				 errhint("logistic_start makes the first one.")));
}

/* ---------------------------------------------------------------- text and binary */

static bool
malformed(struct Node *escontext, const char *what)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed logistic_sums literal"),
			 errdetail("At %s.", what)));
}

/* The number of a key, or of an element of the array there. */
static bool
read_number(const JsonbValue *v, double *number)
{
	if (v->type != jbvNumeric)
		return false;
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
	return isfinite(*number);
}

static bool
read_array(JsonbContainer *root, const char *key, double *number, Size n)
{
	JsonbValue	v;

	if (!getKeyJsonValueFromContainer(root, key, strlen(key), &v) || v.type != jbvBinary ||
		!JsonContainerIsArray(v.val.binary.data) || JsonContainerSize(v.val.binary.data) != n)
		return false;
	for (Size i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_number(getIthJsonbValueFromContainer(v.val.binary.data, i), &number[i]))
			return false;
	}
	return true;
}

/* NULL after a soft error */
static Sums *
sums_from_text(char *text, struct Node *escontext)
{
	Datum		datum;
	JsonbContainer *root;
	JsonbValue	v;
	Model	   *model;
	Sums	   *sums;

	if (!DirectInputFunctionCallSafe(jsonb_in, text, InvalidOid, -1, escontext, &datum))
		return NULL;
	root = &DatumGetJsonbP(datum)->root;
	if (!JsonContainerIsObject(root) || JsonContainerSize(root) != 5 ||
		!getKeyJsonValueFromContainer(root, "model", 5, &v) || v.type != jbvBinary)
	{
		malformed(escontext, "$ must be an object with \"model\", \"rows\", \"log_likelihood\", \"gradient\" and \"information\"");
		return NULL;
	}
	model = learned_read(v.val.binary.data, escontext);
	if (model == NULL)
		return NULL;
	if (model->kind != MODEL_LOGISTIC)
	{
		malformed(escontext, "$.\"model\" must be a logistic model");
		return NULL;
	}
	sums = sums_new(learned_value(model), model->ncolumns);
	if (!getKeyJsonValueFromContainer(root, "rows", 4, &v) || !read_number(&v, &sums->rows) ||
		sums->rows < 0 || sums->rows > MODEL_MAX_COUNT || sums->rows != floor(sums->rows))
	{
		malformed(escontext, "$.\"rows\" must be a whole number of 0 or more");
		return NULL;
	}
	if (!getKeyJsonValueFromContainer(root, "log_likelihood", 14, &v) || !read_number(&v, &sums->log_likelihood))
	{
		malformed(escontext, "$.\"log_likelihood\" must be a number");
		return NULL;
	}
	if (!read_array(root, "gradient", SUMS_GRADIENT(sums), sums->ncolumns) ||
		!read_array(root, "information", SUMS_INFORMATION(sums), LOGISTIC_PACKED(sums->ncolumns)))
	{
		malformed(escontext, psprintf("$.\"gradient\" must be %u numbers and at $.\"information\" %zu",
									  sums->ncolumns, LOGISTIC_PACKED(sums->ncolumns)));
		return NULL;
	}
	return sums;
}

/* logistic_sums_in(cstring) */
Datum
logistic_sums_in(PG_FUNCTION_ARGS)
{
	Sums	   *sums = sums_from_text(PG_GETARG_CSTRING(0), fcinfo->context);

	if (sums == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sums);
}

static char *
sums_text(Sums *sums)
{
	Jsonb	   *document = SUMS_DOCUMENT(sums);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"model\": %s, \"rows\": ", JsonbToCString(NULL, &document->root, VARSIZE(document)));
	learned_write_number(&buf, sums->rows);
	appendStringInfoString(&buf, ", \"log_likelihood\": ");
	learned_write_number(&buf, sums->log_likelihood);
	appendStringInfoString(&buf, ", \"gradient\": [");
	for (uint32 i = 0; i < sums->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		learned_write_number(&buf, SUMS_GRADIENT(sums)[i]);
	}
	appendStringInfoString(&buf, "], \"information\": [");
	for (Size i = 0; i < LOGISTIC_PACKED(sums->ncolumns); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		learned_write_number(&buf, SUMS_INFORMATION(sums)[i]);
	}
	appendStringInfoString(&buf, "]}");
	return buf.data;
}

Datum
logistic_sums_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(sums_text(PG_GETARG_SUMS(0)));
}

Datum
logistic_sums_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			len;

	if (version != SUMS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("logistic_sums value has unknown version %d", version)));
	PG_RETURN_POINTER(sums_from_text(pq_getmsgtext(buf, buf->len - buf->cursor, &len), NULL));
}

Datum
logistic_sums_send(PG_FUNCTION_ARGS)
{
	char	   *text = sums_text(PG_GETARG_SUMS(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, SUMS_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---------------------------------------------------------------- the aggregate */

/* logistic_sums_accum(state, model, outcome, features) */
Datum
logistic_sums_accum(PG_FUNCTION_ARGS)
{
	Jsonb	   *document;
	Jsonb	   *features;
	Model	   *model;
	Sums	   *state;
	LogisticSums sums;
	LogisticRow row;
	LogisticTerm *term;
	FeatureValue *value;
	double	   *beta;
	int			n;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	document = PG_GETARG_JSONB_P(1);
	features = PG_GETARG_JSONB_P(3);
	model = learned_cached(fcinfo, document);
	require_logistic(model);
	if (PG_ARGISNULL(0))
		state = sums_new(document, model->ncolumns);
	else
	{
		state = PG_GETARG_SUMS(0);
		if (!same_model(state, document))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("model must not change within a group")));
		if (!AggCheckCallContext(fcinfo, NULL))
			state = sums_copy(state);
	}

	value = palloc(sizeof(FeatureValue) * (JB_ROOT_COUNT(features) + 1));
	n = features_read(features, value, NULL);
	term = palloc(sizeof(LogisticTerm) * (model->nfeatures + 1));
	beta = palloc(sizeof(double) * model->ncolumns);
	learned_coefficients(model, beta, NULL, false);
	row.nterms = learned_terms(model, value, n, term);
	row.term = term;
	row.positives = PG_GETARG_BOOL(2) ? 1 : 0;
	row.negatives = 1 - row.positives;
	sums.ncolumns = state->ncolumns;
	sums.gradient = SUMS_GRADIENT(state);
	sums.information = SUMS_INFORMATION(state);
	sums.log_likelihood = state->log_likelihood;
	logistic_add(&sums, beta, &row);
	state->log_likelihood = sums.log_likelihood;
	state->rows++;
	PG_RETURN_POINTER(state);
}

/* logistic_sums_combine(state, state) */
Datum
logistic_sums_combine(PG_FUNCTION_ARGS)
{
	Sums	   *state = PG_GETARG_SUMS(0);
	Sums	   *other = PG_GETARG_SUMS(1);
	Size		n = SUMS_NUMBERS(state->ncolumns);

	if (!same_model(state, SUMS_DOCUMENT(other)) || state->ncolumns != other->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model must not change within a group")));
	if (!AggCheckCallContext(fcinfo, NULL))
		state = sums_copy(state);
	for (Size i = 0; i < n; i++)
		SUMS_GRADIENT(state)[i] += SUMS_GRADIENT(other)[i];
	state->log_likelihood += other->log_likelihood;
	state->rows += other->rows;
	PG_RETURN_POINTER(state);
}

/*
 * logistic_sums_final(state): the model after the step.  If the last step went
 * too far, so that the penalised likelihood is less than before it, the new
 * coefficients are halfway back.
 */
Datum
logistic_sums_final(PG_FUNCTION_ARGS)
{
	Sums	   *state = PG_GETARG_SUMS(0);
	Model	   *model = learned_read(&SUMS_DOCUMENT(state)->root, NULL);
	LogisticSums sums;
	double	   *beta = palloc(sizeof(double) * model->ncolumns);
	double	   *step = palloc(sizeof(double) * model->ncolumns);
	double	   *error = palloc(sizeof(double) * model->ncolumns);
	double		objective;
	double		greatest = 0;

	require_logistic(model);
	learned_coefficients(model, beta, NULL, false);
	objective = state->log_likelihood - logistic_penalty(beta, model->ncolumns, model->ridge);
	model->steps++;
	if (model->nprevious > 0 && !model->converged &&
		!(objective >= model->previous_objective - 1e-9 * (fabs(model->previous_objective) + 1)))
	{
		for (int i = 0; i < model->ncolumns; i++)
			beta[i] = (beta[i] + model->previous[i]) / 2;
		learned_coefficients(model, beta, NULL, true);
		PG_RETURN_POINTER(learned_value(model));
	}
	sums.ncolumns = model->ncolumns;
	sums.gradient = SUMS_GRADIENT(state);
	sums.information = SUMS_INFORMATION(state);
	if (!logistic_newton(&sums, beta, model->ridge, palloc(sizeof(double) * LOGISTIC_PACKED(model->ncolumns)), step, error))
		learned_singular(model->ridge);
	model->nprevious = model->ncolumns;
	model->previous = palloc(sizeof(double) * model->ncolumns);
	memcpy(model->previous, beta, sizeof(double) * model->ncolumns);
	model->previous_objective = objective;
	for (int i = 0; i < model->ncolumns; i++)
	{
		greatest = Max(greatest, fabs(step[i]));
		beta[i] += step[i];
	}
	learned_coefficients(model, beta, error, true);
	model->log_likelihood = state->log_likelihood;
	model->converged = greatest <= LOGISTIC_TOLERANCE;
	if (model->converged)
		model->nprevious = 0;
	PG_RETURN_POINTER(learned_value(model));
}
