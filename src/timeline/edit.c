/*
 * edit.c
 *		Making a journey out of another one.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_append);

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
