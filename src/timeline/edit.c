/*
 * edit.c
 *		Making a journey out of another one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
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

/* All entries of a view. */
static JourneyEntry *
view_entries(const JourneyView *view)
{
	JourneyEntry *entries = palloc_extended(sizeof(JourneyEntry) * Max((Size) view->n, 1), MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < view->n; i++)
	{
		entries[i].at = journey_view_at(view, i);
		entries[i].num = journey_view_num(view, i);
	}
	return entries;
}

/* How many bytes an offset needs. */
static inline int
offset_width(uint64 offset)
{
	return offset == 0 ? 0 : pg_leftmost_one_pos64(offset) / 8 + 1;
}

/*
 * A journey with one more entry at its end.  A time that is not after the last
 * entry is moved to one microsecond after it, so that several moves of one
 * transaction keep their order.
 *
 * The old bytes are copied, and only the section that the new entry does not
 * fit is written anew: the offsets when it needs a finer unit or more bytes,
 * the label numbers when it brings the 257th label.  The last entry is the
 * latest, so no other one can ask for more.  The result is what journey_pack
 * would make of all the entries.
 */
struct varlena *
journey_append_view(const JourneyView *view, const char *label, int len, int64 at)
{
	static const int64 usecs[] = {1, 1000, USECS_PER_SEC};
	uint32		n = view->n;
	uint64		offset;
	int			num;
	int			newlabel = 0;
	int			unit;
	int			numwidth;
	int			offwidth;
	struct varlena *result;
	Size		size;
	JourneyHeader header;
	uint8	   *p;

	journey_check_label(len);
	journey_check_time(at);
	if (n == 0)
	{
		JourneyLabel only = {label, len};
		JourneyEntry entry = {at, 0, 0};

		return journey_pack(&only, 1, &entry, 1);
	}
	if (at <= journey_view_at(view, n - 1))
	{
		at = journey_view_at(view, n - 1) + 1;
		journey_check_time(at);
	}
	if (n >= JOURNEY_MAX_ENTRIES)
		journey_too_many_entries();

	memcpy(&header, view->dict - sizeof(header), sizeof(header));
	num = journey_view_find(view, label, len);
	if (num < 0)
	{
		if (view->nlabels >= JOURNEY_MAX_LABELS)
			journey_too_many_labels();
		num = header.nlabels++;
		newlabel = len + 1;
	}
	numwidth = header.nlabels > 256 ? 2 : 1;
	unit = JOURNEY_SHAPE_UNIT(header.shape);
	offset = (uint64) at - (uint64) view->base;
	while (unit > JOURNEY_UNIT_USEC && offset % usecs[unit] != 0)
		unit--;
	offset /= usecs[unit];
	offwidth = offset_width(offset);
	header.shape = JOURNEY_SHAPE(unit, numwidth, view->ties, offwidth);
	header.nentries = n + 1;

	size = VARHDRSZ + sizeof(header) + view->dictsize + newlabel + ((Size) n + 1) * (numwidth + offwidth);
	result = palloc(size);
	SET_VARSIZE(result, size);
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

	if (numwidth == view->numwidth)
	{
		memcpy(p, view->nums, (Size) n * numwidth);
		p += (Size) n * numwidth;
	}
	else
	{
		for (uint32 i = 0; i < n; i++)
		{
			uint16		wide = view->nums[i];

			memcpy(p, &wide, 2);
			p += 2;
		}
	}
	if (numwidth == 1)
		*p++ = num;
	else
	{
		uint16		wide = num;

		memcpy(p, &wide, 2);
		p += 2;
	}

	if (usecs[unit] == view->unit && offwidth == view->offwidth)
	{
		memcpy(p, view->offs, (Size) n * offwidth);
		p += (Size) n * offwidth;
	}
	else
	{
		for (uint32 i = 0; i < n; i++)
		{
			journey_put_offset(p, ((uint64) journey_view_at(view, i) - (uint64) view->base) / usecs[unit], offwidth);
			p += offwidth;
		}
	}
	journey_put_offset(p, offset, offwidth);
	return result;
}

/* The same of a value. */
static struct varlena *
append_entry(const struct varlena *value, const char *label, int len, int64 at)
{
	JourneyView view;

	journey_view_init(&view, value);
	return journey_append_view(&view, label, len, at);
}

/* append(journey, text, timestamptz) */
Datum
journey_append(PG_FUNCTION_ARGS)
{
	text	   *label = PG_GETARG_TEXT_PP(1);

	PG_RETURN_JOURNEY_P(append_entry(PG_GETARG_JOURNEY_PP(0),
									 VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label),
									 PG_GETARG_TIMESTAMPTZ(2)));
}

/* append(journey, anyenum, timestamptz) */
Datum
journey_append_enum(PG_FUNCTION_ARGS)
{
	char		label[NAMEDATALEN];
	int			len = journey_enum_label(PG_GETARG_OID(1), label);

	PG_RETURN_JOURNEY_P(append_entry(PG_GETARG_JOURNEY_PP(0), label, len,
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
	entries = view_entries(&view);
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
