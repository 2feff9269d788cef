/*
 * counts.c
 *		The type feature_counts: how often each level of each feature was seen
 *		with each outcome.
 *
 * A state is a row of entries, one for each feature of each row of the table at
 * first.  When the room is used up they are put in order and equal ones become
 * one, and only if that does not free half of the room is there a bigger one.
 *
 * Text is the JSON form of the counts (see document.c), binary a version byte
 * and that text.
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/bayes.h"
#include "lead_model/counts.h"

PG_FUNCTION_INFO_V1(feature_counts_in);
PG_FUNCTION_INFO_V1(feature_counts_out);
PG_FUNCTION_INFO_V1(feature_counts_recv);
PG_FUNCTION_INFO_V1(feature_counts_send);

#define COUNTS_VERSION	1
#define COUNTS_START	2048
#define COUNTS_MAX		((Size) 256 * 1024 * 1024)

/* Followed by the name and the level; a number's level is its cell, most significant byte first. */
typedef struct Entry
{
	uint16		size;			/* of all, a multiple of 8 */
	uint8		kind;			/* FeatureKind */
	uint8		namelen;
	uint8		levellen;
	uint8		unused[3];
	double		value[3];		/* positives, negatives; or of numbers of a design: rows, mean, squares */
} Entry;

#define ENTRY_NAME(e)	((char *) (e) + sizeof(Entry))
#define ENTRY_LEVEL(e)	(ENTRY_NAME(e) + (e)->namelen)
#define COUNTS_ROOM(c)	(VARSIZE(c) - offsetof(FeatureCounts, entries))

FeatureCounts *
feature_counts_check(FeatureCounts *counts)
{
	if (VARSIZE(counts) < offsetof(FeatureCounts, entries) || counts->version != COUNTS_VERSION ||
		counts->kind > MODEL_DESIGN || counts->sorted > counts->used || counts->used > COUNTS_ROOM(counts))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid counts of features")));
	return counts;
}

static FeatureCounts *
counts_alloc(ModelKind kind, double ridge, Size room)
{
	FeatureCounts *counts = palloc(offsetof(FeatureCounts, entries) + room);

	memset(counts, 0, offsetof(FeatureCounts, entries));
	SET_VARSIZE(counts, offsetof(FeatureCounts, entries) + room);
	counts->version = COUNTS_VERSION;
	counts->kind = kind;
	counts->ridge = ridge;
	return counts;
}

FeatureCounts *
feature_counts_new(ModelKind kind, double ridge)
{
	return counts_alloc(kind, ridge, COUNTS_START);
}

/* A copy with room for so many bytes more. */
FeatureCounts *
feature_counts_copy(const FeatureCounts *counts, Size more)
{
	FeatureCounts *copy = counts_alloc(counts->kind, counts->ridge, counts->used + more);

	copy->positives = counts->positives;
	copy->negatives = counts->negatives;
	copy->sorted = counts->sorted;
	copy->used = counts->used;
	memcpy(copy->entries, counts->entries, counts->used);
	return copy;
}

static int
entry_cmp(const void *left, const void *right)
{
	const Entry *a = *(const Entry *const *) left;
	const Entry *b = *(const Entry *const *) right;
	int			cmp = feature_text_cmp(ENTRY_NAME(a), a->namelen, ENTRY_NAME(b), b->namelen);

	if (cmp == 0 && a->kind != b->kind)
		cmp = a->kind < b->kind ? -1 : 1;
	if (cmp == 0)
		cmp = feature_text_cmp(ENTRY_LEVEL(a), a->levellen, ENTRY_LEVEL(b), b->levellen);
	/* moments are not quite independent of the order in which they are added */
	for (int i = 0; i < 3 && cmp == 0; i++)
		cmp = a->value[i] < b->value[i] ? -1 : a->value[i] > b->value[i] ? 1 : 0;
	return cmp;
}

static bool
entry_same(const Entry *a, const Entry *b)
{
	return a->kind == b->kind && a->namelen == b->namelen && a->levellen == b->levellen &&
		memcmp(ENTRY_NAME(a), ENTRY_NAME(b), a->namelen + a->levellen) == 0;
}

/* Adds the counts of an entry to those of another with the same key. */
static void
entry_merge(Entry *to, const Entry *from, bool moments)
{
	double		n = to->value[0] + from->value[0];
	double		distance;

	if (!moments)
	{
		to->value[0] += from->value[0];
		to->value[1] += from->value[1];
		return;
	}
	/* Chan, Golub and LeVeque */
	distance = from->value[1] - to->value[1];
	to->value[2] += from->value[2] + distance * distance * (to->value[0] / n) * from->value[0];
	to->value[1] += distance * (from->value[0] / n);
	to->value[0] = n;
	if (!isfinite(to->value[1]) || !isfinite(to->value[2]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("numbers of a feature are too large"),
				 errdetail("The variance of \"%s\" is out of range.", pnstrdup(ENTRY_NAME(to), to->namelen))));
}

/* Puts the entries in order, and makes those of the same key one.  Levels without rows vanish. */
static void
counts_compact(FeatureCounts *counts)
{
	Entry	  **entry;
	char	   *merged;
	int			n = 0;
	int			cells = 0;
	Size		used = 0;
	Entry	   *last = NULL;

	if (counts->sorted == counts->used)
		return;
	/* an entry has no less than its head and a byte of name or level, rounded up, or neither */
	entry = palloc_extended(sizeof(Entry *) * (counts->used / sizeof(Entry) + 1), MCXT_ALLOC_HUGE);
	for (Size at = 0; at < counts->used; at += entry[n++]->size)
		entry[n] = (Entry *) (counts->entries + at);
	qsort(entry, n, sizeof(Entry *), entry_cmp);
	merged = palloc(counts->used);
	for (int i = 0; i < n; i++)
	{
		bool		moments = counts->kind == MODEL_DESIGN && entry[i]->kind == FEATURE_NUMBER;

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		if (last != NULL && entry_same(last, entry[i]))
			entry_merge(last, entry[i], moments);
		else
		{
			if (last != NULL && last->value[0] == 0 && last->value[1] == 0 && counts->kind == MODEL_NAIVE_BAYES)
			{
				used -= last->size;
				cells--;
			}
			last = (Entry *) (merged + used);
			memcpy(last, entry[i], entry[i]->size);
			used += entry[i]->size;
			cells++;
		}
	}
	if (last != NULL && last->value[0] == 0 && last->value[1] == 0 && counts->kind == MODEL_NAIVE_BAYES)
		used -= last->size;
	if (cells > MODEL_MAX_CELLS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many levels of features"),
				 errdetail("There are %d; at most %d are allowed.", cells, MODEL_MAX_CELLS),
				 errhint("Leave out features that identify a row, such as names and numbers of customers.")));
	memcpy(counts->entries, merged, used);
	counts->sorted = counts->used = used;
	pfree(merged);
	pfree(entry);
}

/* Adds an entry, and returns the counts, which are others if they had to grow. */
static FeatureCounts *
counts_add(FeatureCounts *counts, const char *name, int namelen, FeatureKind kind,
		   const char *level, int levellen, const double value[3])
{
	Size		size = TYPEALIGN(8, sizeof(Entry) + namelen + levellen);
	Entry	   *entry;

	if (counts->used + size > COUNTS_ROOM(counts))
	{
		counts_compact(counts);
		if (counts->used + size > COUNTS_ROOM(counts) / 2)
			counts = feature_counts_copy(counts, Max(counts->used, COUNTS_START) + size);
		if (counts->used > COUNTS_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many levels of features")));
	}
	entry = (Entry *) (counts->entries + counts->used);
	memset(entry, 0, size);
	entry->size = size;
	entry->kind = kind;
	entry->namelen = namelen;
	entry->levellen = levellen;
	memcpy(entry->value, value, sizeof(entry->value));
	memcpy(ENTRY_NAME(entry), name, namelen);
	memcpy(ENTRY_LEVEL(entry), level, levellen);
	counts->used += size;
	return counts;
}

static FeatureCounts *
counts_add_cell(FeatureCounts *counts, const char *name, int namelen, double number, const double value[3])
{
	uint32		cell = bayes_cell(number);
	char		level[4] = {(char) (cell >> 24), (char) (cell >> 16), (char) (cell >> 8), (char) cell};

	return counts_add(counts, name, namelen, FEATURE_NUMBER, level, 4, value);
}

static void
add_rows(FeatureCounts *counts, double positives, double negatives)
{
	counts->positives += positives;
	counts->negatives += negatives;
	if (counts->positives > MODEL_MAX_COUNT || counts->negatives > MODEL_MAX_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many rows in one model")));
}

/* Adds so many rows with these features; they must not be those of the counts themselves. */
FeatureCounts *
feature_counts_row(FeatureCounts *counts, const FeatureValue *value, int n, double positives, double negatives)
{
	double		both[3] = {positives, negatives, 0};

	for (int i = 0; i < n; i++)
	{
		const FeatureValue *v = &value[i];

		if (v->kind == FEATURE_NUMBER && counts->kind == MODEL_DESIGN)
		{
			double		moments[3] = {positives + negatives, v->number, 0};

			counts = counts_add(counts, v->name, v->namelen, v->kind, "", 0, moments);
		}
		else if (v->kind == FEATURE_NUMBER)
			counts = counts_add_cell(counts, v->name, v->namelen, v->number, both);
		else
			counts = counts_add(counts, v->name, v->namelen, v->kind,
								v->kind == FEATURE_STRING ? v->text : "",
								v->kind == FEATURE_STRING ? v->textlen : 0, both);
	}
	add_rows(counts, positives, negatives);
	return counts;
}

/* Adds the counts of a model, or with a sign of -1 takes them away. */
FeatureCounts *
feature_counts_add_model(FeatureCounts *counts, const Model *model, double sign)
{
	for (int i = 0; i < model->nfeatures; i++)
	{
		const ModelFeature *f = &model->feature[i];

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < f->ncells; k++)
		{
			double		value[3] = {sign * f->cell[k].positives, sign * f->cell[k].negatives, 0};

			counts = counts_add_cell(counts, f->name, f->namelen, f->cell[k].low, value);
		}
		for (int k = 0; k < f->nlevels; k++)
		{
			double		value[3] = {sign * f->level[k].term.value[0], sign * f->level[k].term.value[1], 0};

			counts = counts_add(counts, f->name, f->namelen, FEATURE_STRING, f->level[k].text, f->level[k].len, value);
		}
		for (int kind = FEATURE_TRUE; kind <= FEATURE_FALSE; kind++)
		{
			double		value[3] = {sign * f->other[kind].value[0], sign * f->other[kind].value[1], 0};

			if (f->other[kind].present)
				counts = counts_add(counts, f->name, f->namelen, kind, "", 0, value);
		}
		if (f->moments[0] > 0)
			counts = counts_add(counts, f->name, f->namelen, FEATURE_NUMBER, "", 0, f->moments);
	}
	add_rows(counts, sign * model->positives, sign * model->negatives);
	return counts;
}

/* The counts as a model. */
Model *
feature_counts_model(const FeatureCounts *counts)
{
	FeatureCounts *sorted = feature_counts_copy(counts, 0);
	Model	   *model = palloc0(sizeof(Model));
	ModelFeature *f = NULL;

	counts_compact(sorted);
	model->kind = sorted->kind;
	model->positives = sorted->positives;
	model->negatives = sorted->negatives;
	model->ridge = sorted->ridge;
	for (Size at = 0; at < sorted->used; at += ((Entry *) (sorted->entries + at))->size)
	{
		Entry	   *e = (Entry *) (sorted->entries + at);

		if (f == NULL || f->namelen != e->namelen || memcmp(f->name, ENTRY_NAME(e), e->namelen) != 0)
		{
			if (model->nfeatures >= MODEL_MAX_FEATURES)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("too many features"),
						 errdetail("At most %d are allowed in one model.", MODEL_MAX_FEATURES)));
			if ((model->nfeatures & (model->nfeatures + 1)) == 0)
			{
				/* a power of two is full */
				ModelFeature *bigger = palloc0(sizeof(ModelFeature) * (model->nfeatures + 1) * 2);

				if (model->nfeatures > 0)
					memcpy(bigger, model->feature, sizeof(ModelFeature) * model->nfeatures);
				model->feature = bigger;
			}
			f = &model->feature[model->nfeatures++];
			f->name = pnstrdup(ENTRY_NAME(e), e->namelen);
			f->namelen = e->namelen;
		}
		if (e->kind == FEATURE_NUMBER && e->levellen == 0)
			memcpy(f->moments, e->value, sizeof(f->moments));
		else if (e->kind == FEATURE_NUMBER)
		{
			const uint8 *level = (const uint8 *) ENTRY_LEVEL(e);
			ModelCell  *cell;

			if (f->ncells == 0)
				f->cell = palloc(sizeof(ModelCell) * 8);
			else if (f->ncells >= 8 && (f->ncells & (f->ncells - 1)) == 0)
				f->cell = repalloc(f->cell, sizeof(ModelCell) * f->ncells * 2);
			cell = &f->cell[f->ncells++];
			cell->low = bayes_cell_low((uint32) level[0] << 24 | (uint32) level[1] << 16 | (uint32) level[2] << 8 | level[3]);
			cell->positives = e->value[0];
			cell->negatives = e->value[1];
		}
		else if (e->kind == FEATURE_STRING)
		{
			ModelLevel *level;

			if (f->nlevels == 0)
				f->level = palloc0(sizeof(ModelLevel) * 8);
			else if (f->nlevels >= 8 && (f->nlevels & (f->nlevels - 1)) == 0)
				f->level = repalloc(f->level, sizeof(ModelLevel) * f->nlevels * 2);
			level = &f->level[f->nlevels++];
			memset(level, 0, sizeof(ModelLevel));
			level->text = pnstrdup(ENTRY_LEVEL(e), e->levellen);
			level->len = e->levellen;
			level->term.present = true;
			memcpy(level->term.value, e->value, sizeof(level->term.value));
		}
		else
		{
			f->other[e->kind].present = true;
			memcpy(f->other[e->kind].value, e->value, sizeof(f->other[e->kind].value));
		}
	}
	return model;
}

/* Adds other counts of the same kind, which are another value. */
FeatureCounts *
feature_counts_add(FeatureCounts *counts, const FeatureCounts *other)
{
	if (counts->kind != other->kind || counts->ridge != other->ridge)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts for different kinds of models cannot be added")));
	for (Size at = 0; at < other->used; at += ((Entry *) (other->entries + at))->size)
	{
		Entry	   *e = (Entry *) (other->entries + at);

		counts = counts_add(counts, ENTRY_NAME(e), e->namelen, e->kind, ENTRY_LEVEL(e), e->levellen, e->value);
	}
	add_rows(counts, other->positives, other->negatives);
	return counts;
}

/* A copy to be stored. */
FeatureCounts *
feature_counts_pack(const FeatureCounts *counts)
{
	FeatureCounts *sorted = feature_counts_copy(counts, 0);

	counts_compact(sorted);
	return feature_counts_copy(sorted, 0);
}

/* ---------------------------------------------------------------- text and binary */

/* The counts of a text, which is a model of this kind; NULL after a soft error. */
static FeatureCounts *
counts_from_text(char *text, struct Node *escontext)
{
	Datum		document;
	Model	   *model;
	FeatureCounts *counts;

	if (!DirectInputFunctionCallSafe(jsonb_in, text, InvalidOid, -1, escontext, &document))
		return NULL;
	model = learned_read(&DatumGetJsonbP(document)->root, escontext);
	if (model == NULL)
		return NULL;
	if (model->kind == MODEL_LOGISTIC || model->calibration.kind != CALIBRATION_NONE)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed feature_counts literal"),
				 errdetail("At $ must be counts, of kind \"naive_bayes\" or \"design\", without a calibration.")));
	counts = feature_counts_new(model->kind, model->ridge);
	return feature_counts_pack(feature_counts_add_model(counts, model, 1));
}

/* feature_counts_in(cstring) */
Datum
feature_counts_in(PG_FUNCTION_ARGS)
{
	FeatureCounts *counts = counts_from_text(PG_GETARG_CSTRING(0), fcinfo->context);

	if (counts == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(counts);
}

Datum
feature_counts_out(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	initStringInfo(&buf);
	learned_write(&buf, feature_counts_model(PG_GETARG_COUNTS(0)));
	PG_RETURN_CSTRING(buf.data);
}

Datum
feature_counts_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			len;

	if (version != COUNTS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("feature_counts value has unknown version %d", version)));
	PG_RETURN_POINTER(counts_from_text(pq_getmsgtext(buf, buf->len - buf->cursor, &len), NULL));
}

Datum
feature_counts_send(PG_FUNCTION_ARGS)
{
	StringInfoData text;
	StringInfoData buf;

	initStringInfo(&text);
	learned_write(&text, feature_counts_model(PG_GETARG_COUNTS(0)));
	pq_begintypsend(&buf);
	pq_sendint8(&buf, COUNTS_VERSION);
	pq_sendtext(&buf, text.data, text.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
