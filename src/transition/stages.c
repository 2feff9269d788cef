/*
 * stages.c
 *		The stages of a track: the labels of an enum, in its order.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "transition/rules.h"

static int
compare_order(const void *a, const void *b)
{
	const Stage *x = a;
	const Stage *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static int
compare_value(const void *a, const void *b, void *arg)
{
	const Stages *stages = arg;
	Oid			x = stages->stage[*(const int *) a].value;
	Oid			y = stages->stage[*(const int *) b].value;

	return x < y ? -1 : x > y;
}

static int
compare_label(const void *a, const void *b, void *arg)
{
	const Stages *stages = arg;

	return strcmp(stages->stage[*(const int *) a].label, stages->stage[*(const int *) b].label);
}

/* The enum that a type is or is a domain over, or InvalidOid. */
Oid
stages_enum_type(Oid type)
{
	Oid			base;

	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		return InvalidOid;
	base = getBaseType(type);
	return type_is_enum(base) ? base : InvalidOid;
}

/* The stages of an enum, as they are now. */
Stages *
stages_load(Oid type)
{
	Stages	   *stages = palloc0(sizeof(Stages));
	CatCList   *list;

	/* another session may have added a value that we are about to meet */
	AcceptInvalidationMessages();
	list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	stages->type = type;
	stages->n = list->n_members;
	stages->stage = palloc(sizeof(Stage) * Max(stages->n, 1));
	stages->by_value = palloc(sizeof(int) * Max(stages->n, 1));
	stages->by_label = palloc(sizeof(int) * Max(stages->n, 1));
	for (int i = 0; i < stages->n; i++)
	{
		Form_pg_enum form = (Form_pg_enum) GETSTRUCT(&list->members[i]->tuple);
		Stage	   *stage = &stages->stage[i];

		stage->value = form->oid;
		stage->label = pstrdup(NameStr(form->enumlabel));
		stage->len = strlen(stage->label);
		stage->order = form->enumsortorder;
		stages->by_value[i] = stages->by_label[i] = i;
	}
	ReleaseCatCacheList(list);
	qsort(stages->stage, stages->n, sizeof(Stage), compare_order);
	qsort_arg(stages->by_value, stages->n, sizeof(int), compare_value, stages);
	qsort_arg(stages->by_label, stages->n, sizeof(int), compare_label, stages);
	return stages;
}

/* The place of a label, or -1. */
int
stages_find_label(const Stages *stages, const char *label)
{
	int			low = 0;
	int			high = stages->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			cmp = strcmp(label, stages->stage[stages->by_label[middle]].label);

		if (cmp == 0)
			return stages->by_label[middle];
		if (cmp < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* The place of an enum value, or -1. */
int
stages_find_value(Stages *stages, Oid value)
{
	int		   *met = &stages->met[value & (STAGES_MET - 1)];
	int			low = 0;
	int			high = stages->n;

	if (*met < stages->n && stages->stage[*met].value == value)
		return *met;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		Oid			found = stages->stage[stages->by_value[middle]].value;

		if (value == found)
			return *met = stages->by_value[middle];
		if (value < found)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* The labels, for a hint. */
char *
stages_list(const Stages *stages)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < stages->n && i < STAGES_MAX_LISTED; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", stages->stage[i].label);
	if (stages->n > STAGES_MAX_LISTED)
		appendStringInfo(&buf, ", and %d more", stages->n - STAGES_MAX_LISTED);
	return buf.data;
}

/* Report a label that the enum does not have. */
void
stages_unknown(const Stages *stages, const char *label)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("stage \"%s\" does not exist in type %s", label, format_type_be(stages->type)),
			 errhint("The stages are: %s.", stages_list(stages))));
}
