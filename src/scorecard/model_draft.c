/*
 * model_draft.c
 *		From what a document says to a scoring model in one piece.
 */
#include "postgres.h"

#include "utils/float.h"

#include "scorecard/model_draft.h"

/* Order by bytes, the shorter of two that begin alike first. */
int
model_compare_names(const char *a, int alen, const char *b, int blen)
{
	int			cmp = memcmp(a, b, Min(alen, blen));

	return cmp != 0 ? cmp : alen - blen;
}

/* The first member of each of these is their name. */
int
model_compare_named(const void *a, const void *b)
{
	const DocName *x = a;
	const DocName *y = b;

	return model_compare_names(x->data, x->len, y->data, y->len);
}

/* Puts the categories that only signals name beside those that are listed, and all in order. */
bool
model_draft_categories(JsonReader *reader, ModelDraft *draft)
{
	int			listed = draft->ncategories;
	DraftCategory   *all = palloc0(sizeof(DraftCategory) * (listed + draft->nsignals));
	int			n = 0;

	if (listed > 0)
		memcpy(all, draft->categories, sizeof(DraftCategory) * listed);
	qsort(all, listed, sizeof(DraftCategory), model_compare_named);
	n = listed;
	for (int i = 0; i < draft->nsignals; i++)
	{
		DocName	   *name = &draft->signals[i].category;

		if (listed > 0 && bsearch(name, all, listed, sizeof(DraftCategory), model_compare_named) != NULL)
			continue;
		all[n].name = *name;
		all[n].cap = get_float8_infinity();
		all[n].floor = -get_float8_infinity();
		n++;
	}
	qsort(all, n, sizeof(DraftCategory), model_compare_named);
	draft->categories = all;
	draft->ncategories = 0;
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || model_compare_named(&all[i], &all[draft->ncategories - 1]) != 0)
			all[draft->ncategories++] = all[i];
	}
	if (draft->ncategories > MODEL_MAX_CATEGORIES)
		return reader_fault(reader, "at most %d categories are allowed, not %d", MODEL_MAX_CATEGORIES, draft->ncategories);
	return true;
}

static int
find_category(const ModelDraft *draft, const DocName *name)
{
	const DraftCategory *found = bsearch(name, draft->categories, draft->ncategories, sizeof(DraftCategory), model_compare_named);

	return found == NULL ? -1 : (int) (found - draft->categories);
}

bool
model_draft_axis(JsonReader *reader, const ModelDraft *draft, DraftAxis *axis, const char *side)
{
	qsort(axis->categories, axis->axis.n, sizeof(DocName), model_compare_named);
	for (uint32 i = 0; i < axis->axis.n; i++)
	{
		const DocName *name = &axis->categories[i];
		int			before;

		if (find_category(draft, name) >= 0 && (i == 0 || model_compare_named(name, name - 1) != 0))
			continue;
		before = reader_enter(reader, "grade", 5);
		(void) reader_enter(reader, side, strlen(side));
		(void) reader_fault(reader, "the category \"%.*s\" %s", name->len, name->data,
							find_category(draft, name) < 0 ? "is neither listed nor used by a signal" : "is named twice");
		reader_leave(reader, before);
		return false;
	}
	return true;
}

static void
put_name(char *names, uint32 *used, const DocName *name, ModelName *place)
{
	place->offset = *used;
	place->len = name->len;
	memcpy(names + *used, name->data, name->len);
	*used += name->len;
}

static void
put_axis(const ModelDraft *draft, const DraftAxis *axis, ModelAxis *place, uint32 *numbers, uint32 *used)
{
	*place = axis->axis;
	place->first = *used;
	for (uint32 i = 0; i < axis->axis.n; i++)
		numbers[(*used)++] = find_category(draft, &axis->categories[i]);
}

/* The draft in one piece. */
ScoringModel *
model_assemble(const ModelDraft *draft)
{
	Size		names = 0;
	uint32		naxis = draft->fit.axis.n + draft->interest.axis.n;
	uint32		used = 0;
	Size		size;
	ScoringModel *model;

	for (int i = 0; i < draft->ncategories; i++)
		names += draft->categories[i].name.len;
	for (int i = 0; i < draft->nsignals; i++)
		names += draft->signals[i].name.len;
	for (int i = 0; i < draft->nthresholds; i++)
		names += draft->thresholds[i].name.len;
	size = TYPEALIGN(8, sizeof(ScoringModel) + sizeof(ModelCategory) * draft->ncategories +
					 sizeof(ModelSignal) * draft->nsignals + sizeof(ModelThreshold) * draft->nthresholds +
					 sizeof(uint32) * naxis + names);
	model = palloc0(size);
	model->size = size;
	model->version = MODEL_VERSION;
	model->ncategories = draft->ncategories;
	model->nsignals = draft->nsignals;
	model->nthresholds = draft->nthresholds;
	model->naxis = naxis;
	model->namesize = names;
	model->cap = draft->cap;
	model->floor = draft->floor;
	put_axis(draft, &draft->fit, &model->fit, model_axis(model), &used);
	put_axis(draft, &draft->interest, &model->interest, model_axis(model), &used);

	used = 0;
	for (int i = 0; i < draft->ncategories; i++)
	{
		ModelCategory *category = &model_categories(model)[i];

		category->cap = draft->categories[i].cap;
		category->floor = draft->categories[i].floor;
		put_name(model_names(model), &used, &draft->categories[i].name, &category->name);
	}
	for (int i = 0; i < draft->nsignals; i++)
	{
		const DraftSignal *from = &draft->signals[i];
		ModelSignal *signal = &model_signals(model)[i];

		*signal = from->rule;
		signal->category = find_category(draft, &from->category);
		if (!from->has_half_life)
			signal->half_life = draft->categories[signal->category].half_life;
		if (signal->max == 0)
			signal->keeps = signal->half_life == 0 ? MODEL_KEEPS_COUNT : MODEL_KEEPS_SUM;
		else if (signal->per_months == 0 && signal->per_usecs == 0)
			signal->keeps = signal->half_life == 0 ? MODEL_KEEPS_COUNT : MODEL_KEEPS_TIMES;
		else
			signal->keeps = MODEL_KEEPS_TIMES;
		put_name(model_names(model), &used, &from->name, &signal->name);
	}
	for (int i = 0; i < draft->nthresholds; i++)
	{
		ModelThreshold *threshold = &model_thresholds(model)[i];

		threshold->value = draft->thresholds[i].value;
		put_name(model_names(model), &used, &draft->thresholds[i].name, &threshold->name);
	}
	return model;
}
