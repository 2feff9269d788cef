/*
 * model_read.c
 *		A scoring model from its JSON document.
 *
 * Whatever reads here returns false after a fault, for soft errors.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "funnel/funnel.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "scorecard/grade.h"
#include "scorecard/model.h"

/* A name of the document, in its own place there. */
typedef struct DocName
{
	const char *data;
	int			len;
} DocName;

typedef struct Category
{
	DocName		name;
	bool		has_half_life;
	int64		half_life;		/* of signals that have none of their own */
	double		cap;
	double		floor;
} Category;

typedef struct Signal
{
	DocName		name;
	DocName		category;
	bool		has_half_life;	/* of its own, even if it is none */
	ModelSignal rule;
} Signal;

typedef struct Threshold
{
	DocName		name;
	double		value;
} Threshold;

typedef struct Axis
{
	ModelAxis	axis;
	DocName	   *categories;
} Axis;

/* A model spread out. */
typedef struct Draft
{
	Category   *categories;
	int			ncategories;
	Signal	   *signals;
	int			nsignals;
	Threshold  *thresholds;
	int			nthresholds;
	double		cap;
	double		floor;
	Axis		fit;
	Axis		interest;
} Draft;

static const DocName interest_name = {"interest", 8};

/* Order by bytes, the shorter of two that begin alike first. */
int
model_compare_names(const char *a, int alen, const char *b, int blen)
{
	int			cmp = memcmp(a, b, Min(alen, blen));

	return cmp != 0 ? cmp : alen - blen;
}

/* The first member of each of these is their name. */
static int
compare_named(const void *a, const void *b)
{
	const DocName *x = a;
	const DocName *y = b;

	return model_compare_names(x->data, x->len, y->data, y->len);
}

static bool
check_name(JsonReader *reader, const DocName *name, const char *what)
{
	if (name->len < 1 || name->len > MODEL_MAX_NAME)
		return reader_fault(reader, "the name of a %s must have between 1 and %d bytes, not %d",
							what, MODEL_MAX_NAME, name->len);
	return true;
}

static bool
read_name(JsonReader *reader, const JsonbValue *value, const char *what, DocName *name)
{
	if (!reader_string(reader, value, psprintf("the name of a %s", what)))
		return false;
	name->data = value->val.string.val;
	name->len = value->val.string.len;
	return check_name(reader, name, what);
}

static bool
read_duration(JsonReader *reader, const JsonbValue *value, const char *what, int32 *months, int64 *usecs)
{
	const char *text;
	int			len;

	if (!reader_string(reader, value, psprintf("%s such as \"14 days\"", what)))
		return false;
	text = value->val.string.val;
	len = value->val.string.len;
	if (len > 0 && text[0] == '-')
		return reader_fault(reader, "%s must be longer than nothing", what);
	if (!funnel_read_duration(text, len, months, usecs))
		return reader_fault(reader, "%s such as \"14 days\" is expected: numbers with units from microseconds to years", what);
	if (*months == 0 && *usecs == 0)
		return reader_fault(reader, "%s must be longer than nothing", what);
	return true;
}

static bool
read_half_life(JsonReader *reader, const JsonbValue *value, int64 *half_life)
{
	int32		months;

	*half_life = 0;
	if (value->type == jbvNull)
		return true;
	if (!read_duration(reader, value, "a half-life", &months, half_life))
		return false;
	if (months != 0)
		return reader_fault(reader, "a half-life must not have months or years, whose length varies; use days");
	return true;
}

/* A cap or a floor, or null for none. */
static bool
read_limit(JsonReader *reader, const JsonbValue *value, double *limit)
{
	return value->type == jbvNull || reader_number(reader, value, MODEL_MAX_NUMBER, limit);
}

static bool
check_limits(JsonReader *reader, double cap, double floor)
{
	if (floor > cap)
		return reader_fault(reader, "the floor is above the cap");
	return true;
}

static bool
read_category(JsonReader *reader, const JsonbValue *value, Category *category)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, 100, &members, &n))
		return false;
	category->cap = get_float8_infinity();
	category->floor = -get_float8_infinity();
	for (int i = 0; i < n; i++)
	{
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good;

		if (reader_is(&members[i], "half_life"))
		{
			category->has_half_life = true;
			good = read_half_life(reader, &members[i].value, &category->half_life);
		}
		else if (reader_is(&members[i], "cap"))
			good = read_limit(reader, &members[i].value, &category->cap);
		else if (reader_is(&members[i], "floor"))
			good = read_limit(reader, &members[i].value, &category->floor);
		else
			good = reader_fault(reader, "this key is unknown; a category has half_life, cap and floor");
		if (!good)
			return false;
		reader_leave(reader, before);
	}
	return check_limits(reader, category->cap, category->floor);
}

static bool
read_signal(JsonReader *reader, const JsonbValue *value, Signal *signal)
{
	JsonMember *members;
	int			n;
	ModelSignal *rule = &signal->rule;
	bool		has_points = false;
	bool		has_max = false;
	bool		has_per = false;
	bool		once = false;

	if (!reader_members(reader, value, 100, &members, &n))
		return false;
	signal->category = interest_name;
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *part = &members[i].value;
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good = true;

		if (reader_is(&members[i], "points"))
		{
			has_points = true;
			good = reader_number(reader, part, MODEL_MAX_NUMBER, &rule->points);
		}
		else if (reader_is(&members[i], "category"))
			good = read_name(reader, part, "category", &signal->category);
		else if (reader_is(&members[i], "half_life"))
		{
			signal->has_half_life = true;
			good = read_half_life(reader, part, &rule->half_life);
		}
		else if (reader_is(&members[i], "once"))
			good = part->type == jbvNull || reader_boolean(reader, part, &once);
		else if (reader_is(&members[i], "max"))
		{
			int64		max = 0;

			if (part->type != jbvNull)
			{
				has_max = true;
				good = reader_integer(reader, part, 1, MODEL_MAX_TIMES, &max);
				rule->max = (int32) max;
			}
		}
		else if (reader_is(&members[i], "per"))
		{
			if (part->type != jbvNull)
			{
				has_per = true;
				good = read_duration(reader, part, "a window", &rule->per_months, &rule->per_usecs);
			}
		}
		else
			good = reader_fault(reader, "this key is unknown; a signal has points, category, half_life, once, max and per");
		if (!good)
			return false;
		reader_leave(reader, before);
	}
	if (!has_points)
		return reader_fault(reader, "the signal has no points");
	if (once && has_max)
		return reader_fault(reader, "a signal counts either once or max times, not both");
	if (once)
		rule->max = 1;
	if (has_per && rule->max == 0)
		return reader_fault(reader, "a window needs max or once");
	return true;
}

static bool
read_signals(JsonReader *reader, const JsonbValue *value, Draft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_SIGNALS, &members, &n))
		return false;
	if (n == 0)
		return reader_fault(reader, "at least one signal is expected");
	draft->signals = palloc0(sizeof(Signal) * n);
	draft->nsignals = n;
	for (int i = 0; i < n; i++)
	{
		Signal	   *signal = &draft->signals[i];
		int			before = reader_enter(reader, members[i].key, members[i].len);

		CHECK_FOR_INTERRUPTS();
		signal->name.data = members[i].key;
		signal->name.len = members[i].len;
		if (!check_name(reader, &signal->name, "signal") ||
			!read_signal(reader, &members[i].value, signal))
			return false;
		reader_leave(reader, before);
	}
	return true;
}

static bool
read_categories(JsonReader *reader, const JsonbValue *value, Draft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_CATEGORIES, &members, &n))
		return false;
	draft->categories = palloc0(sizeof(Category) * Max(n, 1));
	draft->ncategories = n;
	for (int i = 0; i < n; i++)
	{
		Category   *category = &draft->categories[i];
		int			before = reader_enter(reader, members[i].key, members[i].len);

		category->name.data = members[i].key;
		category->name.len = members[i].len;
		if (!check_name(reader, &category->name, "category") ||
			!read_category(reader, &members[i].value, category))
			return false;
		reader_leave(reader, before);
	}
	return true;
}

static bool
read_thresholds(JsonReader *reader, const JsonbValue *value, Draft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_THRESHOLDS, &members, &n))
		return false;
	draft->thresholds = palloc0(sizeof(Threshold) * Max(n, 1));
	draft->nthresholds = n;
	for (int i = 0; i < n; i++)
	{
		Threshold  *threshold = &draft->thresholds[i];
		int			before = reader_enter(reader, members[i].key, members[i].len);

		threshold->name.data = members[i].key;
		threshold->name.len = members[i].len;
		if (!check_name(reader, &threshold->name, "threshold") ||
			!reader_number(reader, &members[i].value, MODEL_MAX_NUMBER, &threshold->value))
			return false;
		reader_leave(reader, before);
	}
	return true;
}

/* ---------------------------------------------------------------- grades */

/* [75, 50, 25] */
static bool
read_cuts(JsonReader *reader, const JsonbValue *value, ModelAxis *axis)
{
	JsonbValue *elements;
	int			n;

	if (!reader_elements(reader, value, MODEL_MAX_SIGNALS, &elements, &n))
		return false;
	if (n != 3)
		return reader_fault(reader, "three cuts are expected, not %d", n);
	for (int i = 0; i < 3; i++)
	{
		int			before = reader_enter_element(reader, i);

		if (!reader_number(reader, &elements[i], MODEL_MAX_NUMBER, &axis->cut[i]))
			return false;
		if (i > 0 && axis->cut[i] > axis->cut[i - 1])
			return reader_fault(reader, "cuts must not ascend: the best cell comes first");
		reader_leave(reader, before);
	}
	axis->scale = MODEL_CUTS;
	return true;
}

/* "fit", or ["web", "mail"] */
static bool
read_axis_categories(JsonReader *reader, const JsonbValue *value, Axis *axis)
{
	JsonbValue *elements;
	int			n;

	if (value->type == jbvString)
	{
		axis->categories = palloc(sizeof(DocName));
		axis->axis.n = 1;
		return read_name(reader, value, "category", axis->categories);
	}
	if (!reader_elements(reader, value, MODEL_MAX_CATEGORIES, &elements, &n))
		return false;
	if (n == 0)
		return reader_fault(reader, "at least one category is expected");
	axis->categories = palloc(sizeof(DocName) * n);
	axis->axis.n = n;
	for (int i = 0; i < n; i++)
	{
		int			before = reader_enter_element(reader, i);

		if (!read_name(reader, &elements[i], "category", &axis->categories[i]))
			return false;
		reader_leave(reader, before);
	}
	return true;
}

/* One side of a grade, named as the category that makes it unless it says otherwise. */
static bool
read_axis(JsonReader *reader, const JsonMember *side, bool fit, Axis *axis)
{
	JsonMember *members;
	int			n;
	bool		thirds = false;
	bool		has_cuts = false;

	axis->categories = palloc(sizeof(DocName));
	axis->categories[0].data = side->key;
	axis->categories[0].len = side->len;
	axis->axis.n = 1;
	if (side->value.type == jbvBinary && JsonContainerIsArray(side->value.val.binary.data))
		return read_cuts(reader, &side->value, &axis->axis);

	axis->axis.third = 1;
	axis->axis.start = GRADE_FIT_D;
	if (!reader_members(reader, &side->value, 100, &members, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *part = &members[i].value;
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good = true;

		if (reader_is(&members[i], "categories"))
			good = read_axis_categories(reader, part, axis);
		else if (reader_is(&members[i], "cuts"))
		{
			has_cuts = true;
			good = read_cuts(reader, part, &axis->axis);
		}
		else if (fit && reader_is(&members[i], "third"))
		{
			thirds = true;
			good = reader_number(reader, part, MODEL_MAX_NUMBER, &axis->axis.third);
			if (good && !(axis->axis.third > 0))
				good = reader_fault(reader, "a third of a letter must be worth more than 0 points");
		}
		else if (fit && reader_is(&members[i], "start"))
		{
			int			letter = -1;

			thirds = true;
			good = reader_string(reader, part, "a letter");
			if (good)
			{
				letter = grade_fit_parse(part->val.string.val, part->val.string.len);
				if (letter < 0)
					good = reader_fault(reader, "a letter from A+ to F is expected");
			}
			axis->axis.start = letter;
		}
		else
			good = reader_fault(reader, "this key is unknown; %s",
								fit ? "fit has categories, and cuts or third and start" : "interest has categories and cuts");
		if (!good)
			return false;
		reader_leave(reader, before);
	}
	if (has_cuts && thirds)
		return reader_fault(reader, "fit has either cuts or a third, not both");
	if (!has_cuts && !thirds)
		return reader_fault(reader, "there are no cuts%s", fit ? ", and no third" : "");
	if (thirds)
		axis->axis.scale = MODEL_THIRDS;
	else
	{
		axis->axis.third = 0;
		axis->axis.start = 0;
	}
	return true;
}

static bool
read_grade(JsonReader *reader, const JsonbValue *value, Draft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, 100, &members, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good;

		if (reader_is(&members[i], "fit"))
			good = read_axis(reader, &members[i], true, &draft->fit);
		else if (reader_is(&members[i], "interest"))
			good = read_axis(reader, &members[i], false, &draft->interest);
		else
			good = reader_fault(reader, "this key is unknown; a grade has fit and interest");
		if (!good)
			return false;
		reader_leave(reader, before);
	}
	if (draft->fit.axis.scale == MODEL_NO_SCALE || draft->interest.axis.scale == MODEL_NO_SCALE)
		return reader_fault(reader, "a grade needs both fit and interest");
	return true;
}

/* ---------------------------------------------------------------- all of it */

/* Puts the categories that only signals name beside those that are listed, and all in order. */
static bool
complete_categories(JsonReader *reader, Draft *draft)
{
	int			listed = draft->ncategories;
	Category   *all = palloc0(sizeof(Category) * (listed + draft->nsignals));
	int			n = 0;

	if (listed > 0)
		memcpy(all, draft->categories, sizeof(Category) * listed);
	qsort(all, listed, sizeof(Category), compare_named);
	n = listed;
	for (int i = 0; i < draft->nsignals; i++)
	{
		DocName	   *name = &draft->signals[i].category;

		if (listed > 0 && bsearch(name, all, listed, sizeof(Category), compare_named) != NULL)
			continue;
		all[n].name = *name;
		all[n].cap = get_float8_infinity();
		all[n].floor = -get_float8_infinity();
		n++;
	}
	qsort(all, n, sizeof(Category), compare_named);
	draft->categories = all;
	draft->ncategories = 0;
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || compare_named(&all[i], &all[draft->ncategories - 1]) != 0)
			all[draft->ncategories++] = all[i];
	}
	if (draft->ncategories > MODEL_MAX_CATEGORIES)
		return reader_fault(reader, "at most %d categories are allowed, not %d", MODEL_MAX_CATEGORIES, draft->ncategories);
	return true;
}

static int
find_category(const Draft *draft, const DocName *name)
{
	const Category *found = bsearch(name, draft->categories, draft->ncategories, sizeof(Category), compare_named);

	return found == NULL ? -1 : (int) (found - draft->categories);
}

static bool
check_axis(JsonReader *reader, const Draft *draft, Axis *axis, const char *side)
{
	qsort(axis->categories, axis->axis.n, sizeof(DocName), compare_named);
	for (uint32 i = 0; i < axis->axis.n; i++)
	{
		const DocName *name = &axis->categories[i];
		int			before;

		if (find_category(draft, name) >= 0 && (i == 0 || compare_named(name, name - 1) != 0))
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
put_axis(const Draft *draft, const Axis *axis, ModelAxis *place, uint32 *numbers, uint32 *used)
{
	*place = axis->axis;
	place->first = *used;
	for (uint32 i = 0; i < axis->axis.n; i++)
		numbers[(*used)++] = find_category(draft, &axis->categories[i]);
}

/* The draft in one piece. */
static ScoringModel *
assemble(const Draft *draft)
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
		const Signal *from = &draft->signals[i];
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

/* NULL after a fault, for soft errors. */
ScoringModel *
model_read(JsonReader *reader, const JsonbValue *document)
{
	Draft		draft = {0};
	JsonMember *members;
	int			n;

	draft.cap = get_float8_infinity();
	draft.floor = -get_float8_infinity();
	if (!reader_members(reader, document, 100, &members, &n))
		return NULL;
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *part = &members[i].value;
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good;

		if (reader_is(&members[i], "signals"))
			good = read_signals(reader, part, &draft);
		else if (reader_is(&members[i], "categories"))
			good = read_categories(reader, part, &draft);
		else if (reader_is(&members[i], "thresholds"))
			good = read_thresholds(reader, part, &draft);
		else if (reader_is(&members[i], "grade"))
			good = read_grade(reader, part, &draft);
		else if (reader_is(&members[i], "cap"))
			good = read_limit(reader, part, &draft.cap);
		else if (reader_is(&members[i], "floor"))
			good = read_limit(reader, part, &draft.floor);
		else
			good = reader_fault(reader, "this key is unknown; a model has signals, categories, thresholds, grade, cap and floor");
		if (!good)
			return NULL;
		reader_leave(reader, before);
	}
	if (draft.nsignals == 0)
	{
		(void) reader_fault(reader, "the model has no signals");
		return NULL;
	}
	if (!check_limits(reader, draft.cap, draft.floor) ||
		!complete_categories(reader, &draft) ||
		!check_axis(reader, &draft, &draft.fit, "fit") ||
		!check_axis(reader, &draft, &draft.interest, "interest"))
		return NULL;
	qsort(draft.signals, draft.nsignals, sizeof(Signal), compare_named);
	qsort(draft.thresholds, draft.nthresholds, sizeof(Threshold), compare_named);
	return assemble(&draft);
}
