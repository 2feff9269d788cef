/*
 * fit.c
 *		logistic: a logistic model from rows that are kept until all are there,
 *		in the type feature_log.
 *
 * Text: [[true, {"name": value, ...}], ...], in an order that does not depend on
 * how the rows came.  Binary: a version byte, the ridge, and that text.
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/logistic.h"
#include "lead_model/lead_model.h"

PG_FUNCTION_INFO_V1(feature_log_in);
PG_FUNCTION_INFO_V1(feature_log_out);
PG_FUNCTION_INFO_V1(feature_log_recv);
PG_FUNCTION_INFO_V1(feature_log_send);
PG_FUNCTION_INFO_V1(feature_log_accum);
PG_FUNCTION_INFO_V1(feature_log_combine);
PG_FUNCTION_INFO_V1(feature_log_final);

#define LOG_VERSION		1
#define LOG_START		2048
#define LOG_MAX			((uint64) 1000 * 1024 * 1024)

/*
 * Followed by "used" bytes of rows: size of what follows (uint32), outcome
 * (byte), and for each feature the length of its name (byte), the name, its
 * kind (byte) and, of a number, eight bytes, of a string, its length (byte)
 * and bytes.
 */
typedef struct FeatureLog
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		unused[3];
	uint32		used;
	uint32		nrows;
	double		ridge;
	char		rows[FLEXIBLE_ARRAY_MEMBER];
} FeatureLog;

#define LOG_ROOM(l)			(VARSIZE(l) - offsetof(FeatureLog, rows))
#define PG_GETARG_LOG(n)	log_check((FeatureLog *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

static FeatureLog *
log_check(FeatureLog *log)
{
	if (VARSIZE(log) < offsetof(FeatureLog, rows) || log->version != LOG_VERSION || log->used > LOG_ROOM(log))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid log of features")));
	return log;
}

static FeatureLog *
log_new(double ridge, Size room)
{
	FeatureLog *log = palloc(offsetof(FeatureLog, rows) + room);

	memset(log, 0, offsetof(FeatureLog, rows));
	SET_VARSIZE(log, offsetof(FeatureLog, rows) + room);
	log->version = LOG_VERSION;
	log->ridge = ridge;
	return log;
}

/* The log with room for so many bytes more: itself, or a copy. */
static FeatureLog *
log_reserve(FeatureLog *log, Size more, bool copy)
{
	FeatureLog *bigger;

	if (!copy && log->used + more <= LOG_ROOM(log))
		return log;
	if (log->used + more > LOG_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows for logistic"),
				 errdetail("They would take more than %d MB.", (int) (LOG_MAX / 1024 / 1024)),
				 errhint("logistic_fit reads the rows once for each step instead, and keeps none.")));
	bigger = log_new(log->ridge, copy ? log->used + more : Min(Max((uint64) log->used * 2, log->used + more), LOG_MAX));
	bigger->used = log->used;
	bigger->nrows = log->nrows;
	memcpy(bigger->rows, log->rows, log->used);
	return bigger;
}

static FeatureLog *
log_add(FeatureLog *log, bool outcome, const FeatureValue *value, int n)
{
	Size		size = 1;
	uint32		size32;
	char	   *p;

	for (int i = 0; i < n; i++)
		size += 2 + value[i].namelen +
			(value[i].kind == FEATURE_NUMBER ? sizeof(double) : value[i].kind == FEATURE_STRING ? 1 + (Size) value[i].textlen : 0);
	log = log_reserve(log, sizeof(uint32) + size, false);
	p = log->rows + log->used;
	size32 = size;
	memcpy(p, &size32, sizeof(size32));
	p += sizeof(size32);
	*p++ = outcome;
	for (int i = 0; i < n; i++)
	{
		const FeatureValue *v = &value[i];

		*p++ = (char) v->namelen;
		memcpy(p, v->name, v->namelen);
		p += v->namelen;
		*p++ = (char) v->kind;
		if (v->kind == FEATURE_NUMBER)
		{
			/* minus zero is zero */
			double		number = v->number == 0 ? 0 : v->number;

			memcpy(p, &number, sizeof(number));
			p += sizeof(number);
		}
		else if (v->kind == FEATURE_STRING)
		{
			*p++ = (char) v->textlen;
			memcpy(p, v->text, v->textlen);
			p += v->textlen;
		}
	}
	log->used = p - log->rows;
	log->nrows++;
	return log;
}

/* ---------------------------------------------------------------- rows in order */

/* A row in the log: where it is, without its size. */
typedef struct LogRow
{
	const char *data;			/* from the outcome on */
	uint32		size;
} LogRow;

/* By features, then outcome. */
static int
row_cmp(const void *left, const void *right)
{
	const LogRow *a = left;
	const LogRow *b = right;
	int			cmp;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	cmp = memcmp(a->data + 1, b->data + 1, a->size - 1);
	return cmp != 0 ? cmp : (int) a->data[0] - (int) b->data[0];
}

static LogRow *
sorted_rows(const FeatureLog *log)
{
	LogRow	   *row = palloc_extended(sizeof(LogRow) * ((Size) log->nrows + 1), MCXT_ALLOC_HUGE);
	const char *p = log->rows;

	for (uint32 i = 0; i < log->nrows; i++)
	{
		memcpy(&row[i].size, p, sizeof(uint32));
		row[i].data = p + sizeof(uint32);
		p = row[i].data + row[i].size;
	}
	CHECK_FOR_INTERRUPTS();
	qsort(row, log->nrows, sizeof(LogRow), row_cmp);
	return row;
}

/* The features of a row; returns how many. */
static int
row_features(const LogRow *row, FeatureValue *value)
{
	const char *p = row->data + 1;
	const char *end = row->data + row->size;
	int			n = 0;

	while (p < end)
	{
		FeatureValue *v = &value[n++];

		v->namelen = (uint8) *p++;
		v->name = p;
		p += v->namelen;
		v->kind = (FeatureKind) *p++;
		if (v->kind == FEATURE_NUMBER)
		{
			memcpy(&v->number, p, sizeof(double));
			p += sizeof(double);
		}
		else if (v->kind == FEATURE_STRING)
		{
			v->textlen = (uint8) *p++;
			v->text = p;
			p += v->textlen;
		}
	}
	return n;
}

/* ---------------------------------------------------------------- text and binary */

static void
append_string(StringInfo buf, const char *text, int len)
{
	escape_json(buf, pnstrdup(text, len));
}

static void
write_rows(StringInfo buf, const FeatureLog *log)
{
	LogRow	   *row = sorted_rows(log);
	FeatureValue *value = palloc(sizeof(FeatureValue) * MODEL_MAX_FEATURES);

	appendStringInfoChar(buf, '[');
	for (uint32 i = 0; i < log->nrows; i++)
	{
		int			n = row_features(&row[i], value);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(buf, "%s[%s, {", i > 0 ? ", " : "", row[i].data[0] ? "true" : "false");
		for (int k = 0; k < n; k++)
		{
			if (k > 0)
				appendStringInfoString(buf, ", ");
			append_string(buf, value[k].name, value[k].namelen);
			appendStringInfoString(buf, ": ");
			switch (value[k].kind)
			{
				case FEATURE_NUMBER:
					learned_write_number(buf, value[k].number);
					break;
				case FEATURE_STRING:
					append_string(buf, value[k].text, value[k].textlen);
					break;
				default:
					appendStringInfoString(buf, value[k].kind == FEATURE_TRUE ? "true" : "false");
			}
		}
		appendStringInfoString(buf, "}]");
	}
	appendStringInfoChar(buf, ']');
}

/* {"ridge": x, "rows": [[outcome, features], ...]}; NULL after a soft error */
static FeatureLog *
log_from_text(char *text, struct Node *escontext)
{
	Datum		document;
	JsonbContainer *root;
	JsonbValue	ridge;
	JsonbValue	rows;
	FeatureLog *log;
	double		number = 1;

	if (!DirectInputFunctionCallSafe(jsonb_in, text, InvalidOid, -1, escontext, &document))
		return NULL;
	root = &DatumGetJsonbP(document)->root;
	if (!JsonContainerIsObject(root) || JsonContainerSize(root) != 2 ||
		!getKeyJsonValueFromContainer(root, "ridge", 5, &ridge) || ridge.type != jbvNumeric ||
		!getKeyJsonValueFromContainer(root, "rows", 4, &rows) || rows.type != jbvBinary ||
		!JsonContainerIsArray(rows.val.binary.data))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed feature_log literal"),
				 errdetail("At $ must be an object with a number \"ridge\" and an array \"rows\".")));
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(ridge.val.numeric)));
	if (!(number >= 0) || isinf(number))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed feature_log literal"),
				 errdetail("At $.\"ridge\" must be a finite number of 0 or more.")));
	log = log_new(number, LOG_START);
	for (uint32 i = 0; i < JsonContainerSize(rows.val.binary.data); i++)
	{
		JsonbValue *row = getIthJsonbValueFromContainer(rows.val.binary.data, i);
		JsonbValue *outcome = NULL;
		JsonbValue *features = NULL;
		FeatureValue *value;
		Jsonb	   *object;
		int			n;

		CHECK_FOR_INTERRUPTS();
		if (row->type == jbvBinary && JsonContainerIsArray(row->val.binary.data) &&
			JsonContainerSize(row->val.binary.data) == 2)
		{
			outcome = getIthJsonbValueFromContainer(row->val.binary.data, 0);
			features = getIthJsonbValueFromContainer(row->val.binary.data, 1);
		}
		if (features == NULL || outcome->type != jbvBool ||
			features->type != jbvBinary || !JsonContainerIsObject(features->val.binary.data))
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("malformed feature_log literal"),
					 errdetail("At $.\"rows\"[%u] must be [true or false, {features}].", i)));
		object = JsonbValueToJsonb(features);
		value = palloc(sizeof(FeatureValue) * (JB_ROOT_COUNT(object) + 1));
		n = features_read(object, value, escontext);
		if (n < 0)
			return NULL;
		log = log_add(log, outcome->val.boolean, value, n);
		pfree(value);
	}
	return log_reserve(log, 0, true);
}

/* feature_log_in(cstring) */
Datum
feature_log_in(PG_FUNCTION_ARGS)
{
	FeatureLog *log = log_from_text(PG_GETARG_CSTRING(0), fcinfo->context);

	if (log == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(log);
}

static char *
log_text(const FeatureLog *log)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"ridge\": ");
	learned_write_number(&buf, log->ridge);
	appendStringInfoString(&buf, ", \"rows\": ");
	write_rows(&buf, log);
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

Datum
feature_log_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(log_text(PG_GETARG_LOG(0)));
}

Datum
feature_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			len;

	if (version != LOG_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("feature_log value has unknown version %d", version)));
	PG_RETURN_POINTER(log_from_text(pq_getmsgtext(buf, buf->len - buf->cursor, &len), NULL));
}

Datum
feature_log_send(PG_FUNCTION_ARGS)
{
	char	   *text = log_text(PG_GETARG_LOG(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, LOG_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---------------------------------------------------------------- aggregates */

/* feature_log_accum(state, outcome, features [, ridge]) */
Datum
feature_log_accum(PG_FUNCTION_ARGS)
{
	double		ridge = 1;
	FeatureLog *log;
	FeatureValue *value;
	int			n;

	if (PG_NARGS() > 3)
	{
		if (PG_ARGISNULL(3))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("ridge must not be null")));
		ridge = PG_GETARG_FLOAT8(3);
		learned_ridge_check(ridge);
	}
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	value = palloc(sizeof(FeatureValue) * (JB_ROOT_COUNT(PG_GETARG_JSONB_P(2)) + 1));
	n = features_read(PG_GETARG_JSONB_P(2), value, NULL);
	if (PG_ARGISNULL(0))
		log = log_new(ridge, LOG_START);
	else
	{
		log = PG_GETARG_LOG(0);
		if (!AggCheckCallContext(fcinfo, NULL))
			log = log_reserve(log, 0, true);
		if (log->ridge != ridge)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("ridge must not change within a group")));
	}
	PG_RETURN_POINTER(log_add(log, PG_GETARG_BOOL(1), value, n));
}

/* feature_log_combine(state, state) */
Datum
feature_log_combine(PG_FUNCTION_ARGS)
{
	FeatureLog *log = PG_GETARG_LOG(0);
	FeatureLog *other = PG_GETARG_LOG(1);

	if (log->ridge != other->ridge)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ridge must not change within a group")));
	if (!AggCheckCallContext(fcinfo, NULL))
		log = log_reserve(log, 0, true);
	log = log_reserve(log, other->used, false);
	memcpy(log->rows + log->used, other->rows, other->used);
	log->used += other->used;
	log->nrows += other->nrows;
	PG_RETURN_POINTER(log);
}

/* The terms of a row, ascending by column; returns how many. */
int
learned_terms(Model *model, const FeatureValue *value, int n, LogisticTerm *term)
{
	int			nterms = 0;
	int			next = 0;

	term[nterms].column = 0;
	term[nterms++].value = 1;
	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];
		const FeatureValue *v = NULL;
		ModelTerm  *t;
		int			cmp = 1;

		while (next < n && (cmp = feature_text_cmp(value[next].name, value[next].namelen, f->name, f->namelen)) < 0)
			next++;
		if (next < n && cmp == 0)
			v = &value[next++];
		t = learned_term(f, v);
		if (t == NULL)
			continue;
		term[nterms].column = t->column;
		term[nterms++].value = v != NULL && v->kind == FEATURE_NUMBER ?
			learned_z(f, v->number) : 1;
	}
	return nterms;
}

/* Visits the coefficients of a logistic model by column; to read, or with "set" to write them. */
void
learned_coefficients(Model *model, double *beta, double *error, bool set)
{
	double	   *value = model->intercept;
	int			column = 0;

#define VISIT() \
	do { \
		if (set) \
		{ \
			value[0] = beta[column]; \
			value[1] = error != NULL ? error[column] : NAN; \
		} \
		else \
			beta[column] = value[0]; \
		column++; \
	} while (0)

	VISIT();
	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];

		value = f->other[FEATURE_NUMBER].value;
		if (f->other[FEATURE_NUMBER].present)
			VISIT();
		for (int k = 0; k < f->nlevels; k++)
		{
			value = f->level[k].term.value;
			VISIT();
		}
		for (int kind = FEATURE_TRUE; kind <= FEATURE_MISSING; kind++)
		{
			value = f->other[kind].value;
			if (f->other[kind].present)
				VISIT();
		}
	}
#undef VISIT
}

void
learned_singular(double ridge)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("logistic regression has no unique solution"),
			 errdetail("With a ridge of %g some features are, to rounding, sums of others.", ridge),
			 errhint("Give a larger ridge.")));
}

/* feature_log_final(state): the model */
Datum
feature_log_final(PG_FUNCTION_ARGS)
{
	FeatureLog *log = PG_GETARG_LOG(0);
	LogRow	   *row = sorted_rows(log);
	FeatureValue *value = palloc(sizeof(FeatureValue) * MODEL_MAX_FEATURES);
	FeatureCounts *counts = feature_counts_new(MODEL_DESIGN, log->ridge);
	LogisticRow *fit;
	int64		nfit = 0;
	LogisticTerm *terms = NULL;
	int64		nterms = 0;
	int64		maxterms = 0;
	Model	   *model;
	double	   *work;
	double	   *beta;
	double	   *error;
	LogisticResult result;

	/* rows that are the same become one */
	fit = palloc_extended(sizeof(LogisticRow) * ((Size) log->nrows + 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < log->nrows; i++)
	{
		bool		outcome = row[i].data[0] != 0;

		if (i == 0 || row[i].size != row[i - 1].size ||
			memcmp(row[i].data + 1, row[i - 1].data + 1, row[i].size - 1) != 0)
		{
			row[nfit] = row[i];
			fit[nfit].positives = fit[nfit].negatives = 0;
			nfit++;
		}
		if (outcome)
			fit[nfit - 1].positives++;
		else
			fit[nfit - 1].negatives++;
	}
	for (int64 i = 0; i < nfit; i++)
	{
		FeatureCounts *grown = feature_counts_row(counts, value, row_features(&row[i], value),
												  fit[i].positives, fit[i].negatives);

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (grown != counts)
			pfree(counts);
		counts = grown;
	}
	model = learned_design(feature_counts_model(counts), log->ridge);
	if (model == NULL)
		PG_RETURN_NULL();

	for (int64 i = 0; i < nfit; i++)
	{
		if (maxterms - nterms < model->nfeatures + 1)
		{
			maxterms = Max(maxterms * 2, nterms + model->nfeatures + 1);
			terms = terms == NULL ? palloc_extended(sizeof(LogisticTerm) * maxterms, MCXT_ALLOC_HUGE) :
				repalloc_huge(terms, sizeof(LogisticTerm) * maxterms);
		}
		fit[i].nterms = learned_terms(model, value, row_features(&row[i], value), terms + nterms);
		nterms += fit[i].nterms;
	}
	nterms = 0;
	for (int64 i = 0; i < nfit; i++)
	{
		fit[i].term = terms + nterms;
		nterms += fit[i].nterms;
	}

	work = palloc(sizeof(double) * LOGISTIC_WORK(model->ncolumns));
	beta = palloc(sizeof(double) * model->ncolumns);
	error = palloc(sizeof(double) * model->ncolumns);
	learned_coefficients(model, beta, NULL, false);
	result = logistic_fit(fit, nfit, model->ncolumns, log->ridge, work, beta, error,
						  &model->log_likelihood, &model->steps);
	if (result == LOGISTIC_SINGULAR)
		learned_singular(log->ridge);
	if (result == LOGISTIC_DIVERGED)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("logistic regression did not converge in %d steps", LOGISTIC_MAX_STEPS),
				 errdetail("With a ridge of %g the outcomes may be separated by the features.", log->ridge),
				 errhint("Give a larger ridge.")));
	learned_coefficients(model, beta, error, true);
	model->converged = true;
	PG_RETURN_POINTER(learned_value(model));
}
