/*
 * labels.c
 *		Sets of labels: those of an argument, and those of two journeys together.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/syscache.h"

#include "timeline/timeline.h"

/* Up to this many labels a walk is faster than a search. */
#define WALK_LABELS		8

static int
compare_labels(const void *a, const void *b)
{
	return journey_label_cmp(a, b);
}

/*
 * The labels of a text array, of any dimensions.  A NULL element matches no
 * label; what is no possible label simply is never found.  The labels point
 * into the array.
 */
void
journey_label_set(JourneyLabelSet *set, ArrayType *array)
{
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &n);
	set->labels = palloc(sizeof(JourneyLabel) * Max(n, 1));
	set->has_null = false;
	set->n = 0;
	for (int i = 0; i < n; i++)
	{
		text	   *label;

		if (nulls[i])
		{
			set->has_null = true;
			continue;
		}
		label = DatumGetTextPP(elems[i]);
		set->labels[set->n].data = VARDATA_ANY(label);
		set->labels[set->n].len = VARSIZE_ANY_EXHDR(label);
		set->n++;
	}

	set->sorted = set->n > WALK_LABELS;
	if (set->sorted)
	{
		int			kept = 1;

		qsort(set->labels, set->n, sizeof(JourneyLabel), compare_labels);
		for (int i = 1; i < set->n; i++)
		{
			if (journey_label_cmp(&set->labels[kept - 1], &set->labels[i]) != 0)
				set->labels[kept++] = set->labels[i];
		}
		set->n = kept;
	}
}

/* Place of a label in a set, or -1. */
int
journey_label_set_find(const JourneyLabelSet *set, const JourneyLabel *label)
{
	if (set->sorted)
	{
		const JourneyLabel *found = bsearch(label, set->labels, set->n, sizeof(JourneyLabel), compare_labels);

		return found == NULL ? -1 : (int) (found - set->labels);
	}
	for (int i = 0; i < set->n; i++)
	{
		if (set->labels[i].len == label->len &&
			memcmp(set->labels[i].data, label->data, label->len) == 0)
			return i;
	}
	return -1;
}

static int
compare_numbers(const void *a, const void *b, void *arg)
{
	const JourneyLabel *labels = arg;

	return journey_label_cmp(&labels[*(const int *) a], &labels[*(const int *) b]);
}

/* The places of labels in byte order. */
static int *
ordered_numbers(const JourneyLabel *labels, int n)
{
	int		   *numbers = palloc(sizeof(int) * Max(n, 1));

	for (int i = 0; i < n; i++)
		numbers[i] = i;
	qsort_arg(numbers, n, sizeof(int), compare_numbers, (void *) labels);
	return numbers;
}

/*
 * Adds the labels of another dictionary to an array that has room for them,
 * and maps their numbers there to numbers here.  Returns how many there are
 * now.
 */
int
journey_labels_union(JourneyLabel *labels, int n, const JourneyLabel *more, int nmore, uint32 *map)
{
	int			total = n;

	if (n <= WALK_LABELS || nmore <= WALK_LABELS)
	{
		for (int i = 0; i < nmore; i++)
		{
			int			num = 0;

			while (num < n && journey_label_cmp(&labels[num], &more[i]) != 0)
				num++;
			if (num == n)
			{
				num = total++;
				labels[num] = more[i];
			}
			map[i] = num;
		}
	}
	else
	{
		int		   *left = ordered_numbers(labels, n);
		int		   *right = ordered_numbers(more, nmore);
		int			l = 0;

		for (int r = 0; r < nmore; r++)
		{
			int			num = right[r];
			int			cmp = 1;

			while (l < n && (cmp = journey_label_cmp(&labels[left[l]], &more[num])) < 0)
				l++;
			if (l < n && cmp == 0)
				map[num] = left[l];
			else
			{
				labels[total] = more[num];
				map[num] = total++;
			}
		}
		pfree(left);
		pfree(right);
	}
	return total;
}

/*
 * The label of an enum value, found by the value alone, into a buffer of
 * NAMEDATALEN bytes.  Returns its length.
 */
int
journey_enum_label(Oid value, char *label)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid internal value for enum: %u", value)));
	strlcpy(label, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel), NAMEDATALEN);
	ReleaseSysCache(tuple);
	return strlen(label);
}
