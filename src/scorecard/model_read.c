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
#include "scorecard/model_draft.h"

static const DocName interest_name = {"interest", 8};

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
read_category(JsonReader *reader, const JsonbValue *value, DraftCategory *category)
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
read_signal(JsonReader *reader, const JsonbValue *value, DraftSignal *signal)
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
read_signals(JsonReader *reader, const JsonbValue *value, ModelDraft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_SIGNALS, &members, &n))
		return false;
	if (n == 0)
		return reader_fault(reader, "at least one signal is expected");
	draft->signals = palloc0(sizeof(DraftSignal) * n);
	draft->nsignals = n;
	for (int i = 0; i < n; i++)
	{
		DraftSignal	   *signal = &draft->signals[i];
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
read_categories(JsonReader *reader, const JsonbValue *value, ModelDraft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_CATEGORIES, &members, &n))
		return false;
	draft->categories = palloc0(sizeof(DraftCategory) * Max(n, 1));
	draft->ncategories = n;
	for (int i = 0; i < n; i++)
	{
		DraftCategory   *category = &draft->categories[i];
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
read_thresholds(JsonReader *reader, const JsonbValue *value, ModelDraft *draft)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_THRESHOLDS, &members, &n))
		return false;
	draft->thresholds = palloc0(sizeof(DraftThreshold) * Max(n, 1));
	draft->nthresholds = n;
	for (int i = 0; i < n; i++)
	{
		DraftThreshold  *threshold = &draft->thresholds[i];
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
read_axis_categories(JsonReader *reader, const JsonbValue *value, DraftAxis *axis)
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
read_axis(JsonReader *reader, const JsonMember *side, bool fit, DraftAxis *axis)
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
read_grade(JsonReader *reader, const JsonbValue *value, ModelDraft *draft)
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

/* NULL after a fault, for soft errors. */
ScoringModel *
model_read(JsonReader *reader, const JsonbValue *document)
{
	ModelDraft		draft = {0};
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
		!model_draft_categories(reader, &draft) ||
		!model_draft_axis(reader, &draft, &draft.fit, "fit") ||
		!model_draft_axis(reader, &draft, &draft.interest, "interest"))
		return NULL;
	qsort(draft.signals, draft.nsignals, sizeof(DraftSignal), model_compare_named);
	qsort(draft.thresholds, draft.nthresholds, sizeof(DraftThreshold), model_compare_named);
	return model_assemble(&draft);
}
