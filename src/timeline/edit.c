/*
 * edit.c
 *		Making a journey out of another one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_from_arrays);
PG_FUNCTION_INFO_V1(journey_append);
PG_FUNCTION_INFO_V1(journey_append_enum);
PG_FUNCTION_INFO_V1(journey_merge);
PG_FUNCTION_INFO_V1(journey_slice);
PG_FUNCTION_INFO_V1(journey_only);
PG_FUNCTION_INFO_V1(journey_without);
PG_FUNCTION_INFO_V1(journey_rename);
PG_FUNCTION_INFO_V1(journey_collapse);

/* All entries of a view, with room for some more behind them. */
static JourneyEntry *
view_entries(const JourneyView *view, uint32 more)
{
	JourneyEntry *entries = palloc_extended(sizeof(JourneyEntry) * ((Size) view->n + more + 1), MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < view->n; i++)
	{
		entries[i].at = journey_view_at(view, i);
		entries[i].num = journey_view_num(view, i);
	}
	return entries;
}

/*
 * Append without unpacking: the old bytes and one entry more.  Returns NULL
 * when the new entry needs another unit, wider offsets or wider label numbers.
 */
static struct varlena *
append_packed(const JourneyView *view, const char *label, int len, int64 at)
{
	uint64		offset = (uint64) at - (uint64) view->base;
	int			num = journey_view_find(view, label, len);
	int			newlabel = num < 0 ? len + 1 : 0;
	int			nlabels = view->nlabels + (num < 0 ? 1 : 0);
	Size		size;
	struct varlena *result;
	JourneyHeader header;
	uint8	   *p;

	if (view->n == 0 || view->n >= JOURNEY_MAX_ENTRIES || nlabels > JOURNEY_MAX_LABELS ||
		offset % view->unit != 0)
		return NULL;
	offset /= view->unit;
	if (view->offwidth < 8 && (offset >> (8 * view->offwidth)) != 0)
		return NULL;
	if (nlabels > 256 && view->numwidth == 1)
		return NULL;
	if (num < 0)
		num = nlabels - 1;

	size = VARHDRSZ + sizeof(header) + view->dictsize + newlabel +
		((Size) view->n + 1) * (view->numwidth + view->offwidth);
	result = palloc(size);
	SET_VARSIZE(result, size);
	memcpy(&header, view->dict - sizeof(header), sizeof(header));
	header.nlabels = nlabels;
	header.nentries++;
	p = (uint8 *) VARDATA(result);
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	memcpy(p, view->dict, view->dictsize);
	p += view->dictsize;
	if (newlabel > 0)
	{
		*p++ = len;
		memcpy(p, label, len);
		p += len;
	}
	memcpy(p, view->nums, (Size) view->n * view->numwidth);
	p += (Size) view->n * view->numwidth;
	if (view->numwidth == 1)
		*p++ = num;
	else
	{
		uint16		wide = num;

		memcpy(p, &wide, 2);
		p += 2;
	}
	memcpy(p, view->offs, (Size) view->n * view->offwidth);
	p += (Size) view->n * view->offwidth;
	journey_put_offset(p, offset, view->offwidth);
	return result;
}

/*
 * A journey with one more entry at its end.  A time that is not after the last
 * entry is moved to one microsecond after it, so that several moves of one
 * transaction keep their order.  The value may be NULL: the first entry.
 */
struct varlena *
journey_append_entry(const struct varlena *value, const char *label, int len, int64 at)
{
	JourneyView view;
	struct varlena *result;
	JourneyLabel *labels;
	JourneyEntry *entries;
	int			num;

	journey_check_label(len);
	journey_check_time(at);
	if (value == NULL)
	{
		JourneyLabel only = {label, len};
		JourneyEntry entry = {at, 0, 0};

		return journey_pack(&only, 1, &entry, 1);
	}

	journey_view_init(&view, value);
	if (view.n > 0 && at <= journey_view_at(&view, view.n - 1))
	{
		at = journey_view_at(&view, view.n - 1) + 1;
		journey_check_time(at);
	}
	result = append_packed(&view, label, len, at);
	if (result != NULL)
		return result;

	labels = palloc(sizeof(JourneyLabel) * (view.nlabels + 1));
	if (view.nlabels > 0)
		memcpy(labels, journey_view_labels(&view), sizeof(JourneyLabel) * view.nlabels);
	num = journey_view_find(&view, label, len);
	if (num < 0)
		num = view.nlabels;
	labels[view.nlabels].data = label;
	labels[view.nlabels].len = len;
	entries = view_entries(&view, 1);
	entries[view.n].at = at;
	entries[view.n].num = num;
	result = journey_pack(labels, view.nlabels + 1, entries, view.n + 1);
	pfree(entries);
	pfree(labels);
	return result;
}

/* append(journey, text, timestamptz) */
Datum
journey_append(PG_FUNCTION_ARGS)
{
	text	   *label = PG_GETARG_TEXT_PP(1);

	PG_RETURN_JOURNEY_P(journey_append_entry(PG_GETARG_JOURNEY_PP(0),
											 VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label),
											 PG_GETARG_TIMESTAMPTZ(2)));
}

/* append(journey, anyenum, timestamptz) */
Datum
journey_append_enum(PG_FUNCTION_ARGS)
{
	char		label[NAMEDATALEN];
	int			len = journey_enum_label(PG_GETARG_OID(1), label);

	PG_RETURN_JOURNEY_P(journey_append_entry(PG_GETARG_JOURNEY_PP(0), label, len,
											 PG_GETARG_TIMESTAMPTZ(2)));
}

/* journey(labels text[], times timestamptz[]) */
Datum
journey_from_arrays(PG_FUNCTION_ARGS)
{
	ArrayType  *labels = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *times = PG_GETARG_ARRAYTYPE_P(1);
	Datum	   *label;
	Datum	   *at;
	bool	   *label_null;
	bool	   *at_null;
	int			nlabels;
	int			ntimes;
	JourneyBuild *build;

	if (ARR_NDIM(labels) > 1 || ARR_NDIM(times) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("journey arrays must be one-dimensional")));
	deconstruct_array(labels, TEXTOID, -1, false, TYPALIGN_INT, &label, &label_null, &nlabels);
	deconstruct_array(times, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &at, &at_null, &ntimes);
	if (nlabels != ntimes)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("journey arrays must have the same length"),
				 errdetail("There are %d labels and %d times.", nlabels, ntimes)));

	build = journey_build_new(nlabels);
	for (int i = 0; i < nlabels; i++)
	{
		text	   *name;

		if (label_null[i] || at_null[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("journey arrays must not contain nulls"),
					 errdetail("Element %d of the %s is null.", i + 1, label_null[i] ? "labels" : "times")));
		name = DatumGetTextPP(label[i]);
		build = journey_build_add(build, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name),
								  DatumGetTimestampTz(at[i]));
	}
	PG_RETURN_JOURNEY_P(journey_build_finish(build));
}

/* journey || journey: all entries of both, the common ones once. */
Datum
journey_merge(PG_FUNCTION_ARGS)
{
	JourneyView a;
	JourneyView b;
	JourneyLabel *labels;
	uint32	   *map;
	int			nlabels;
	JourneyEntry *entries;
	uint32		i = 0;
	uint32		j = 0;
	uint32		n = 0;
	struct varlena *result;

	journey_view_init(&a, PG_GETARG_JOURNEY_PP(0));
	journey_view_init(&b, PG_GETARG_JOURNEY_PP(1));

	labels = palloc(sizeof(JourneyLabel) * (a.nlabels + b.nlabels + 1));
	map = palloc(sizeof(uint32) * (b.nlabels + 1));
	memcpy(labels, journey_view_labels(&a), sizeof(JourneyLabel) * a.nlabels);
	nlabels = journey_labels_union(labels, a.nlabels, journey_view_labels(&b), b.nlabels, map);

	entries = palloc_extended(sizeof(JourneyEntry) * ((Size) a.n + b.n + 1), MCXT_ALLOC_HUGE);
	while (i < a.n || j < b.n)
	{
		JourneyEntry left = {0, 0, 0};
		JourneyEntry right = {0, 0, 0};
		int			cmp;

		if (i < a.n)
		{
			left.at = journey_view_at(&a, i);
			left.num = journey_view_num(&a, i);
		}
		if (j < b.n)
		{
			right.at = journey_view_at(&b, j);
			right.num = map[journey_view_num(&b, j)];
		}
		if (j >= b.n)
			cmp = -1;
		else if (i >= a.n)
			cmp = 1;
		else if (left.at != right.at)
			cmp = left.at < right.at ? -1 : 1;
		else if (left.num == right.num)
			cmp = 0;
		else
			cmp = journey_label_cmp(&labels[left.num], &labels[right.num]);

		entries[n++] = cmp <= 0 ? left : right;
		if (cmp <= 0)
			i++;
		if (cmp >= 0)
			j++;
	}
	result = journey_pack(labels, nlabels, entries, n);
	pfree(entries);
	PG_RETURN_JOURNEY_P(result);
}

/*
 * slice(journey, tstzrange): the entries in the range.  Where none stands at
 * its very start, the stage in force there is carried to it.  Times are whole
 * microseconds, so an exclusive lower bound means the microsecond after it.
 */
Datum
journey_slice(PG_FUNCTION_ARGS)
{
	RangeType  *range = PG_GETARG_RANGE_P(1);
	TypeCacheEntry *typcache = range_get_typcache(fcinfo, RangeTypeGetOid(range));
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	JourneyView view;
	const JourneyLabel *labels;
	JourneyEntry *entries;
	int64		start;
	uint32		from = 0;
	uint32		to;
	uint32		n = 0;
	bool		carry = false;
	struct varlena *result;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	range_deserialize(typcache, range, &lower, &upper, &empty);

	to = view.n;
	if (empty)
		to = 0;
	else if (!upper.infinite)
	{
		int64		end = DatumGetTimestampTz(upper.val);

		/* the entries before the end: those up to the microsecond before it, if it is exclusive */
		if (!upper.inclusive && end != PG_INT64_MIN)
			end--;
		to = journey_view_upto(&view, end);
	}
	start = lower.infinite || empty ? PG_INT64_MIN : DatumGetTimestampTz(lower.val);
	if (start != PG_INT64_MIN)
	{
		if (!lower.inclusive && start != PG_INT64_MAX)
			start++;
		from = journey_view_upto(&view, start - 1);
		carry = from > 0 && IS_VALID_TIMESTAMP(start) &&
			(from == view.n || journey_view_at(&view, from) != start) &&
			(upper.infinite || start < DatumGetTimestampTz(upper.val) ||
			 (upper.inclusive && start == DatumGetTimestampTz(upper.val)));
	}
	if (to < from)
		to = from;

	labels = journey_view_labels(&view);
	entries = palloc_extended(sizeof(JourneyEntry) * ((Size) (to - from) + 1), MCXT_ALLOC_HUGE);
	if (carry)
	{
		entries[n].at = start;
		entries[n].num = journey_view_num(&view, from - 1);
		n++;
	}
	for (uint32 i = from; i < to; i++)
	{
		entries[n].at = journey_view_at(&view, i);
		entries[n].num = journey_view_num(&view, i);
		n++;
	}
	result = journey_pack(labels, view.nlabels, entries, n);
	pfree(entries);
	PG_RETURN_JOURNEY_P(result);
}

/* The entries whose label is, or is not, in a text array. */
static struct varlena *
filter(const struct varlena *value, ArrayType *array, bool wanted)
{
	JourneyView view;
	JourneyLabelSet set;
	const JourneyLabel *labels;
	bool	   *keep;
	bool		all = true;
	JourneyEntry *entries;
	uint32		n = 0;
	struct varlena *result;

	journey_view_init(&view, value);
	journey_label_set(&set, array);
	labels = journey_view_labels(&view);
	keep = palloc(sizeof(bool) * (view.nlabels + 1));
	for (int i = 0; i < view.nlabels; i++)
	{
		keep[i] = (journey_label_set_find(&set, &labels[i]) >= 0) == wanted;
		all = all && keep[i];
	}
	if (all)
		return (struct varlena *) journey_packed(value);

	entries = palloc_extended(sizeof(JourneyEntry) * ((Size) view.n + 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < view.n; i++)
	{
		int			num = journey_view_num(&view, i);

		if (keep[num])
		{
			entries[n].at = journey_view_at(&view, i);
			entries[n].num = num;
			n++;
		}
	}
	result = journey_pack(labels, view.nlabels, entries, n);
	pfree(entries);
	return result;
}

/* only(journey, text[]) */
Datum
journey_only(PG_FUNCTION_ARGS)
{
	PG_RETURN_JOURNEY_P(filter(PG_GETARG_JOURNEY_PP(0), PG_GETARG_ARRAYTYPE_P(1), true));
}

/* without(journey, text[]) */
Datum
journey_without(PG_FUNCTION_ARGS)
{
	PG_RETURN_JOURNEY_P(filter(PG_GETARG_JOURNEY_PP(0), PG_GETARG_ARRAYTYPE_P(1), false));
}

static int
compare_entries(const void *a, const void *b, void *arg)
{
	const JourneyLabel *labels = arg;

	return journey_label_cmp(&labels[((const JourneyEntry *) a)->num],
							 &labels[((const JourneyEntry *) b)->num]);
}

/*
 * rename(journey, from, to).  New names change the order of entries of one
 * time, and make some of them the same.
 */
Datum
journey_rename(PG_FUNCTION_ARGS)
{
	const struct varlena *value = PG_GETARG_JOURNEY_PP(0);
	text	   *from = PG_GETARG_TEXT_PP(1);
	text	   *to = PG_GETARG_TEXT_PP(2);
	JourneyView view;
	JourneyLabel *labels;
	int			old;
	int			new;
	JourneyEntry *entries;
	uint32		n = 0;
	struct varlena *result;

	journey_check_label(VARSIZE_ANY_EXHDR(to));
	journey_view_init(&view, value);
	old = journey_view_find(&view, VARDATA_ANY(from), VARSIZE_ANY_EXHDR(from));
	new = journey_view_find(&view, VARDATA_ANY(to), VARSIZE_ANY_EXHDR(to));
	if (old < 0 || old == new)
		PG_RETURN_DATUM(PointerGetDatum(journey_packed(value)));

	labels = (JourneyLabel *) journey_view_labels(&view);
	if (new < 0)
	{
		new = old;
		labels[old].data = VARDATA_ANY(to);
		labels[old].len = VARSIZE_ANY_EXHDR(to);
	}
	entries = view_entries(&view, 0);
	for (uint32 i = 0; i < view.n;)
	{
		uint32		next = i;
		uint32		kept = n;

		/* the entries of one time */
		while (next < view.n && entries[next].at == entries[i].at)
		{
			if ((int) entries[next].num == old)
				entries[next].num = new;
			next++;
		}
		if (next - i > 1)
			qsort_arg(&entries[i], next - i, sizeof(JourneyEntry), compare_entries, labels);
		for (; i < next; i++)
		{
			if (n > kept && entries[n - 1].num == entries[i].num)
				continue;
			entries[n++] = entries[i];
		}
	}
	result = journey_pack(labels, view.nlabels, entries, n);
	pfree(entries);
	PG_RETURN_JOURNEY_P(result);
}

/* collapse(journey): of consecutive entries with one label the first. */
Datum
journey_collapse(PG_FUNCTION_ARGS)
{
	const struct varlena *value = PG_GETARG_JOURNEY_PP(0);
	JourneyView view;
	JourneyEntry *entries;
	uint32		n = 0;
	struct varlena *result;

	journey_view_init(&view, value);
	entries = palloc_extended(sizeof(JourneyEntry) * ((Size) view.n + 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < view.n; i++)
	{
		uint32		num = journey_view_num(&view, i);

		if (n > 0 && entries[n - 1].num == num)
			continue;
		entries[n].at = journey_view_at(&view, i);
		entries[n].num = num;
		n++;
	}
	if (n == view.n)
	{
		pfree(entries);
		PG_RETURN_DATUM(PointerGetDatum(journey_packed(value)));
	}
	result = journey_pack(journey_view_labels(&view), view.nlabels, entries, n);
	pfree(entries);
	PG_RETURN_JOURNEY_P(result);
}
