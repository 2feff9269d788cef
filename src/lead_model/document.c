/*
 * document.c
 *		The JSON form of a learned model, and reading it; document_write.c writes it.
 *
 * naive_bayes:
 *		{"kind": "naive_bayes", "positives": n, "negatives": n,
 *		 "features": {NAME: {"numbers": [[low, positives, negatives], ...],
 *		   "levels": {LEVEL: [positives, negatives]}, "true": [...], "false": [...]}}}
 * design, the state of logistic_start: the same with "ridge", and instead of
 *		"numbers" "moments": [how many, mean, sum of squared distances]
 * logistic:
 *		{"kind": "logistic", "positives": n, "negatives": n, "ridge": x,
 *		 "intercept": [coefficient, error], "log_likelihood": x, "steps": n, "converged": true,
 *		 "previous": {"objective": x, "coefficients": [...]},
 *		 "features": {NAME: {"number": [coefficient, error, mean, scale],
 *		   "levels": {LEVEL: [coefficient, error]}, "true": [...], "false": [...], "missing": [...],
 *		   "reference": "LEVEL" or true or false}}}
 * and either may have a "calibration": {"platt": [slope, offset]} or
 *		{"isotonic": [[score, probability], ...]}.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "compat.h"
#include "core/bayes.h"
#include "lead_model/lead_model.h"

/* Where an error is said to be. */
typedef struct Reader
{
	struct Node *escontext;
	StringInfoData path;
} Reader;

static bool
bad(Reader *reader, const char *what)
{
	ereturn(reader->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed lead_model"),
			 errdetail("At %s must be %s.", reader->path.data, what)));
}

/* Goes down to a key; the length to which the path is cut afterwards. */
static int
down(Reader *reader, const char *key, int len)
{
	int			before = reader->path.len;

	appendStringInfoChar(&reader->path, '.');
	escape_json(&reader->path, pnstrdup(key, len));
	return before;
}

static void
up(Reader *reader, int to)
{
	reader->path.len = to;
	reader->path.data[to] = '\0';
}

/* ---------------------------------------------------------------- parts */

static bool
read_number(Reader *reader, const JsonbValue *v, double *number)
{
	if (v->type != jbvNumeric)
		return bad(reader, "a number");
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(v->val.numeric)));
	if (!isfinite(*number))
		return bad(reader, "a number in the range of double precision");
	return true;
}

static bool
read_count(Reader *reader, const JsonbValue *v, double *count)
{
	if (!read_number(reader, v, count))
		return false;
	if (*count < 0 || *count > MODEL_MAX_COUNT || *count != floor(*count))
		return bad(reader, "a whole number of 0 or more");
	return true;
}

/* An array of n numbers; null, which becomes NaN, is allowed from "nullable" on. */
static bool
read_numbers(Reader *reader, const JsonbValue *v, double *number, int n, int nullable, const char *what)
{
	if (v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data) ||
		JsonContainerSize(v->val.binary.data) != (uint32) n)
		return bad(reader, what);
	for (int i = 0; i < n; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(v->val.binary.data, i);
		int			before = reader->path.len;

		if (i == nullable && element->type == jbvNull)
		{
			number[i] = NAN;
			continue;
		}
		appendStringInfo(&reader->path, "[%d]", i);
		if (!read_number(reader, element, &number[i]))
			return false;
		up(reader, before);
	}
	return true;
}

static bool
read_term(Reader *reader, ModelKind kind, const JsonbValue *v, ModelTerm *term)
{
	term->present = true;
	if (kind == MODEL_LOGISTIC)
	{
		if (!read_numbers(reader, v, term->value, 2, 1, "[coefficient, standard error]"))
			return false;
		if (term->value[1] < 0)
			return bad(reader, "a coefficient with a standard error of 0 or more");
		return true;
	}
	if (!read_numbers(reader, v, term->value, 2, -1, "[positives, negatives]"))
		return false;
	for (int i = 0; i < 2; i++)
	{
		if (term->value[i] < 0 || term->value[i] > MODEL_MAX_COUNT || term->value[i] != floor(term->value[i]))
			return bad(reader, "two whole numbers of 0 or more");
	}
	if (term->value[0] + term->value[1] == 0)
		return bad(reader, "counts of at least one row");
	return true;
}

static bool
read_levels(Reader *reader, ModelKind kind, const JsonbValue *v, ModelFeature *feature)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
		return bad(reader, "an object of levels");
	if (JsonContainerSize(v->val.binary.data) > MODEL_MAX_CELLS)
		return bad(reader, psprintf("%d levels or fewer", MODEL_MAX_CELLS));
	feature->level = palloc0(sizeof(ModelLevel) * Max(JsonContainerSize(v->val.binary.data), 1));
	it = JsonbIteratorInit(v->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		ModelLevel *level = &feature->level[feature->nlevels];

		if (token == WJB_KEY)
		{
			level->text = pnstrdup(element.val.string.val, element.val.string.len);
			level->len = element.val.string.len;
		}
		else if (token == WJB_VALUE)
		{
			int			before = down(reader, level->text, level->len);

			if (level->len > MODEL_MAX_TEXT)
				return bad(reader, psprintf("a level of %d bytes or fewer", MODEL_MAX_TEXT));
			if (!read_term(reader, kind, &element, &level->term))
				return false;
			up(reader, before);
			feature->nlevels++;
		}
	}
	return true;
}

static bool
read_cells(Reader *reader, const JsonbValue *v, ModelFeature *feature)
{
	uint32		n;

	if (v->type != jbvBinary || !JsonContainerIsArray(v->val.binary.data))
		return bad(reader, "an array of [low, positives, negatives]");
	n = JsonContainerSize(v->val.binary.data);
	if (n > MODEL_MAX_CELLS)
		return bad(reader, psprintf("%d cells or fewer", MODEL_MAX_CELLS));
	feature->cell = palloc(sizeof(ModelCell) * Max(n, 1));
	feature->ncells = n;
	for (uint32 i = 0; i < n; i++)
	{
		ModelCell  *cell = &feature->cell[i];
		int			before = reader->path.len;
		double		number[3];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&reader->path, "[%u]", i);
		if (!read_numbers(reader, getIthJsonbValueFromContainer(v->val.binary.data, i), number, 3, -1,
						  "[low, positives, negatives]"))
			return false;
		if (bayes_cell_low(bayes_cell(number[0])) != number[0])
			return bad(reader, "the least number of a cell, and counts");
		if (i > 0 && number[0] <= cell[-1].low)
			return bad(reader, "a cell above the one before it");
		for (int k = 1; k < 3; k++)
		{
			if (number[k] < 0 || number[k] > MODEL_MAX_COUNT || number[k] != floor(number[k]))
				return bad(reader, "counts that are whole numbers of 0 or more");
		}
		if (number[1] + number[2] == 0)
			return bad(reader, "a cell of at least one row");
		/* minus zero is zero */
		cell->low = number[0] == 0 ? 0 : number[0];
		cell->positives = number[1];
		cell->negatives = number[2];
		up(reader, before);
	}
	return true;
}

static bool
is_key(const JsonbValue *key, const char *name)
{
	return key->val.string.len == (int) strlen(name) && memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

static bool
read_feature(Reader *reader, ModelKind kind, const JsonbValue *v, ModelFeature *feature)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;
	JsonbValue	key = {0};

	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
		return bad(reader, "an object");
	feature->reference = FEATURE_MISSING;
	it = JsonbIteratorInit(v->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		int			before;
		bool		good;

		if (token == WJB_KEY)
			key = element;
		if (token != WJB_VALUE)
			continue;
		before = down(reader, key.val.string.val, key.val.string.len);
		if (is_key(&key, "levels"))
			good = read_levels(reader, kind, &element, feature);
		else if (is_key(&key, "true"))
			good = read_term(reader, kind, &element, &feature->other[FEATURE_TRUE]);
		else if (is_key(&key, "false"))
			good = read_term(reader, kind, &element, &feature->other[FEATURE_FALSE]);
		else if (is_key(&key, "numbers") && kind == MODEL_NAIVE_BAYES)
			good = read_cells(reader, &element, feature);
		else if (is_key(&key, "moments") && kind == MODEL_DESIGN)
		{
			good = read_numbers(reader, &element, feature->moments, 3, -1, "[rows, mean, squares]");
			if (good && (feature->moments[0] < 1 || feature->moments[0] > MODEL_MAX_COUNT * 2 ||
						 feature->moments[0] != floor(feature->moments[0]) || feature->moments[2] < 0))
				good = bad(reader, "[rows, mean, squares] with one row or more and no negative squares");
		}
		else if (is_key(&key, "missing") && kind == MODEL_LOGISTIC)
			good = read_term(reader, kind, &element, &feature->other[FEATURE_MISSING]);
		else if (is_key(&key, "number") && kind == MODEL_LOGISTIC)
		{
			double		number[4];

			good = read_numbers(reader, &element, number, 4, 1, "[coefficient, standard error, mean, scale]");
			if (good && (number[1] < 0 || number[3] <= 0))
				good = bad(reader, "[coefficient, standard error, mean, scale] with a scale above 0");
			if (good)
			{
				feature->other[FEATURE_NUMBER].present = true;
				feature->other[FEATURE_NUMBER].value[0] = number[0];
				feature->other[FEATURE_NUMBER].value[1] = number[1];
				feature->mean = number[2];
				feature->scale = number[3];
			}
		}
		else if (is_key(&key, "reference") && kind == MODEL_LOGISTIC)
		{
			good = true;
			if (element.type == jbvBool)
				feature->reference = element.val.boolean ? FEATURE_TRUE : FEATURE_FALSE;
			else if (element.type == jbvString && element.val.string.len <= MODEL_MAX_TEXT)
			{
				feature->reference = FEATURE_STRING;
				feature->reference_text = pnstrdup(element.val.string.val, element.val.string.len);
				feature->reference_len = element.val.string.len;
			}
			else
				good = bad(reader, "a level, true or false");
		}
		else
			good = bad(reader, "nothing: this is not a key of a feature of such a model");
		if (!good)
			return false;
		up(reader, before);
	}
	return true;
}

static bool
read_features(Reader *reader, const JsonbValue *v, Model *model)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
		return bad(reader, "an object of features");
	if (JsonContainerSize(v->val.binary.data) > MODEL_MAX_FEATURES)
		return bad(reader, psprintf("%d features or fewer", MODEL_MAX_FEATURES));
	model->feature = palloc0(sizeof(ModelFeature) * Max(JsonContainerSize(v->val.binary.data), 1));
	it = JsonbIteratorInit(v->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		ModelFeature *feature = &model->feature[model->nfeatures];

		if (token == WJB_KEY)
		{
			feature->name = pnstrdup(element.val.string.val, element.val.string.len);
			feature->namelen = element.val.string.len;
		}
		else if (token == WJB_VALUE)
		{
			int			before = down(reader, feature->name, feature->namelen);

			if (feature->namelen > MODEL_MAX_TEXT)
				return bad(reader, psprintf("a name of %d bytes or fewer", MODEL_MAX_TEXT));
			if (!read_feature(reader, model->kind, &element, feature))
				return false;
			up(reader, before);
			model->nfeatures++;
		}
	}
	return true;
}

/* A calibration; its path is where the reader is. */
static bool
read_calibration(Reader *reader, JsonbContainer *document, Calibration *calibration)
{
	JsonbValue	v;

	memset(calibration, 0, sizeof(Calibration));
	if (!JsonContainerIsObject(document) || JsonContainerSize(document) != 1)
		return bad(reader, "an object with the key \"platt\" or \"isotonic\"");
	if (getKeyJsonValueFromContainer(document, "platt", 5, &v))
	{
		double		number[2];

		down(reader, "platt", 5);
		if (!read_numbers(reader, &v, number, 2, -1, "[slope, offset]"))
			return false;
		calibration->kind = CALIBRATION_PLATT;
		calibration->slope = number[0];
		calibration->offset = number[1];
		return true;
	}
	if (!getKeyJsonValueFromContainer(document, "isotonic", 8, &v))
		return bad(reader, "an object with the key \"platt\" or \"isotonic\"");
	down(reader, "isotonic", 8);
	if (v.type != jbvBinary || !JsonContainerIsArray(v.val.binary.data) || JsonContainerSize(v.val.binary.data) == 0)
		return bad(reader, "an array of [score, probability]");
	calibration->kind = CALIBRATION_ISOTONIC;
	calibration->npoints = JsonContainerSize(v.val.binary.data);
	calibration->score = palloc(sizeof(double) * calibration->npoints);
	calibration->probability = palloc(sizeof(double) * calibration->npoints);
	for (int i = 0; i < calibration->npoints; i++)
	{
		int			before = reader->path.len;
		double		number[2];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&reader->path, "[%d]", i);
		if (!read_numbers(reader, getIthJsonbValueFromContainer(v.val.binary.data, i), number, 2, -1, "[score, probability]"))
			return false;
		if (!(number[1] > 0 && number[1] < 1))
			return bad(reader, "a score and a probability above 0 and below 1");
		if (i > 0 && (number[0] < calibration->score[i - 1] || number[1] < calibration->probability[i - 1]))
			return bad(reader, "a score and a probability no less than those before");
		calibration->score[i] = number[0];
		calibration->probability[i] = number[1];
		up(reader, before);
	}
	return true;
}

bool
calibration_read(JsonbContainer *document, Calibration *calibration, struct Node *escontext)
{
	Reader		reader;

	reader.escontext = escontext;
	initStringInfo(&reader.path);
	appendStringInfoChar(&reader.path, '$');
	return read_calibration(&reader, document, calibration);
}

static bool
read_previous(Reader *reader, const JsonbValue *v, Model *model)
{
	JsonbValue	part;
	int			before = reader->path.len;

	if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data) || JsonContainerSize(v->val.binary.data) != 2 ||
		!getKeyJsonValueFromContainer(v->val.binary.data, "objective", 9, &part))
		return bad(reader, "an object with the keys \"objective\" and \"coefficients\"");
	down(reader, "objective", 9);
	if (!read_number(reader, &part, &model->previous_objective))
		return false;
	up(reader, before);
	if (!getKeyJsonValueFromContainer(v->val.binary.data, "coefficients", 12, &part))
		return bad(reader, "an object with the keys \"objective\" and \"coefficients\"");
	down(reader, "coefficients", 12);
	if (part.type != jbvBinary || !JsonContainerIsArray(part.val.binary.data) ||
		JsonContainerSize(part.val.binary.data) > MODEL_MAX_COLUMNS || JsonContainerSize(part.val.binary.data) < 1)
		return bad(reader, "an array of coefficients");
	model->nprevious = JsonContainerSize(part.val.binary.data);
	model->previous = palloc(sizeof(double) * model->nprevious);
	return read_numbers(reader, &part, model->previous, model->nprevious, -1, "an array of coefficients");
}

/* ---------------------------------------------------------------- the whole */

/* Are there as many rows of a feature as of the model at most, and not too many cells or columns? */
static bool
check_model(Reader *reader, Model *model)
{
	int64		cells = 0;

	for (int i = 0; i < model->nfeatures; i++)
	{
		ModelFeature *f = &model->feature[i];
		double		positives = 0;
		double		negatives = 0;

		cells += f->nlevels + f->ncells;
		if (model->kind == MODEL_LOGISTIC)
			continue;
		for (int k = 0; k < f->nlevels; k++)
		{
			positives += f->level[k].term.value[0];
			negatives += f->level[k].term.value[1];
		}
		for (int k = FEATURE_TRUE; k <= FEATURE_FALSE; k++)
		{
			positives += f->other[k].value[0];
			negatives += f->other[k].value[1];
		}
		for (int k = 0; k < f->ncells; k++)
		{
			positives += f->cell[k].positives;
			negatives += f->cell[k].negatives;
		}
		if (positives > model->positives || negatives > model->negatives ||
			positives + negatives + f->moments[0] > model->positives + model->negatives)
		{
			down(reader, f->name, f->namelen);
			return bad(reader, "counts of no more rows than the model has");
		}
	}
	if (cells > MODEL_MAX_CELLS)
		return bad(reader, psprintf("%d levels and cells or fewer", MODEL_MAX_CELLS));
	learned_prepare(model);
	if (model->kind == MODEL_LOGISTIC)
	{
		if (model->ncolumns > MODEL_MAX_COLUMNS)
			return bad(reader, psprintf("%d coefficients or fewer", MODEL_MAX_COLUMNS));
		if (model->nprevious > 0 && model->nprevious != model->ncolumns)
			return bad(reader, psprintf("as many coefficients as in \"previous\", that is %d", model->nprevious));
	}
	return true;
}

static bool
read_model(Reader *reader, JsonbContainer *document, Model *model)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;
	JsonbValue	key = {0};
	bool		has_features = false;
	bool		has_ridge = false;
	bool		has_intercept = false;
	bool		has_positives = false;
	bool		has_negatives = false;

	if (!JsonContainerIsObject(document))
		return bad(reader, "an object");
	if (!getKeyJsonValueFromContainer(document, "kind", 4, &v) || v.type != jbvString)
		return bad(reader, "an object with the key \"kind\"");
	if (is_key(&v, "naive_bayes"))
		model->kind = MODEL_NAIVE_BAYES;
	else if (is_key(&v, "design"))
		model->kind = MODEL_DESIGN;
	else if (is_key(&v, "logistic"))
		model->kind = MODEL_LOGISTIC;
	else
	{
		down(reader, "kind", 4);
		return bad(reader, "\"naive_bayes\", \"design\" or \"logistic\"");
	}
	model->log_likelihood = NAN;
	it = JsonbIteratorInit(document);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		int			before;
		bool		good = true;

		if (token == WJB_KEY)
			key = v;
		if (token != WJB_VALUE)
			continue;
		before = down(reader, key.val.string.val, key.val.string.len);
		if (is_key(&key, "kind"))
			;
		else if (is_key(&key, "positives"))
			has_positives = good = read_count(reader, &v, &model->positives);
		else if (is_key(&key, "negatives"))
			has_negatives = good = read_count(reader, &v, &model->negatives);
		else if (is_key(&key, "features"))
			has_features = good = read_features(reader, &v, model);
		else if (is_key(&key, "ridge") && model->kind != MODEL_NAIVE_BAYES)
		{
			has_ridge = good = read_number(reader, &v, &model->ridge);
			if (good && model->ridge < 0)
				good = bad(reader, "a number of 0 or more");
		}
		else if (is_key(&key, "calibration") && model->kind != MODEL_DESIGN)
			good = v.type == jbvBinary ? read_calibration(reader, v.val.binary.data, &model->calibration) :
				bad(reader, "an object with the key \"platt\" or \"isotonic\"");
		else if (is_key(&key, "intercept") && model->kind == MODEL_LOGISTIC)
			has_intercept = good = read_numbers(reader, &v, model->intercept, 2, 1, "[coefficient, standard error]");
		else if (is_key(&key, "log_likelihood") && model->kind == MODEL_LOGISTIC)
			good = read_number(reader, &v, &model->log_likelihood);
		else if (is_key(&key, "steps") && model->kind == MODEL_LOGISTIC)
		{
			double		steps;

			good = read_count(reader, &v, &steps);
			if (good && steps > 1000000)
				good = bad(reader, "1000000 or fewer");
			model->steps = good ? (int) steps : 0;
		}
		else if (is_key(&key, "converged") && model->kind == MODEL_LOGISTIC)
		{
			good = v.type == jbvBool || bad(reader, "true or false");
			model->converged = good && v.val.boolean;
		}
		else if (is_key(&key, "previous") && model->kind == MODEL_LOGISTIC)
			good = read_previous(reader, &v, model);
		else
			good = bad(reader, "nothing: this is not a key of such a model");
		if (!good)
			return false;
		up(reader, before);
	}
	if (!has_features)
		return bad(reader, "an object with the key \"features\"");
	if (!has_positives || !has_negatives)
		return bad(reader, "an object with the keys \"positives\" and \"negatives\"");
	if (model->kind != MODEL_NAIVE_BAYES && !has_ridge)
		return bad(reader, "an object with the key \"ridge\"");
	if (model->kind == MODEL_LOGISTIC && !has_intercept)
		return bad(reader, "an object with the key \"intercept\"");
	down(reader, "features", 8);
	return check_model(reader, model);
}

/* The model of a document, ready to be used; NULL after a soft error. */
Model *
learned_read(JsonbContainer *document, struct Node *escontext)
{
	Model	   *model = palloc0(sizeof(Model));
	Reader		reader;

	reader.escontext = escontext;
	initStringInfo(&reader.path);
	appendStringInfoChar(&reader.path, '$');
	return read_model(&reader, document, model) ? model : NULL;
}
