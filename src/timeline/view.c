/*
 * view.c
 *		Reading a journey in place.
 */
#include "postgres.h"

#include "timeline/timeline.h"

static const int64 unit_usecs[] = {1, 1000, USECS_PER_SEC};

/*
 * The packed form of a value: itself, or a new value when it is a state that
 * an aggregate is still building.
 */
const struct varlena *
journey_packed(const struct varlena *value)
{
	if (VARSIZE_ANY_EXHDR(value) < sizeof(JourneyHeader))
		elog(ERROR, "journey value is too short");
	if (*(const uint8 *) VARDATA_ANY(value) & JOURNEY_BUILDING)
		return journey_build_finish(journey_build_open(value));
	return value;
}

/*
 * Prepare a view of a journey.  The view points into the value (or, for a
 * building state, into a packed copy in the current memory context).
 */
void
journey_view_init(JourneyView *view, const struct varlena *value)
{
	JourneyHeader header;
	Size		size;
	Size		entries;

	value = journey_packed(value);
	size = VARSIZE_ANY_EXHDR(value);
	memcpy(&header, VARDATA_ANY(value), sizeof(header));
	if (header.version != JOURNEY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("journey value has unknown version %d", header.version),
				 errhint("The value was written by a newer version of the extension.")));
	if (JOURNEY_SHAPE_UNIT(header.shape) > JOURNEY_UNIT_SEC || JOURNEY_SHAPE_OFFWIDTH(header.shape) > 8)
		elog(ERROR, "journey value has an unknown shape %d", header.shape);

	view->n = header.nentries;
	view->nlabels = header.nlabels;
	view->base = header.base;
	view->unit = unit_usecs[JOURNEY_SHAPE_UNIT(header.shape)];
	view->numwidth = JOURNEY_SHAPE_NUMWIDTH(header.shape);
	view->ties = JOURNEY_SHAPE_TIES(header.shape);
	view->offwidth = JOURNEY_SHAPE_OFFWIDTH(header.shape);
	view->dict = (const uint8 *) VARDATA_ANY(value) + sizeof(header);
	entries = (Size) view->n * (view->numwidth + view->offwidth);
	if (entries > size - sizeof(header))
		elog(ERROR, "journey value is shorter than its header says");
	view->dictsize = size - sizeof(header) - entries;
	view->nums = view->dict + view->dictsize;
	view->offs = view->nums + (Size) view->n * view->numwidth;
}

/* The dictionary as an array, for access by label number. */
const JourneyLabel *
journey_view_labels(const JourneyView *view)
{
	JourneyLabel *labels = palloc(sizeof(JourneyLabel) * Max(view->nlabels, 1));
	const uint8 *p = view->dict;

	for (int i = 0; i < view->nlabels; i++)
	{
		labels[i].len = *p++;
		labels[i].data = (const char *) p;
		p += labels[i].len;
	}
	return labels;
}

/* One label by its number, without an array of them all. */
JourneyLabel
journey_view_label(const JourneyView *view, int num)
{
	const uint8 *p = view->dict;
	JourneyLabel label;

	while (num-- > 0)
		p += *p + 1;
	label.len = *p;
	label.data = (const char *) p + 1;
	return label;
}

/* Number of a label in the dictionary, or -1 when the journey never visited it. */
int
journey_view_find(const JourneyView *view, const char *label, int len)
{
	const uint8 *p = view->dict;

	for (int i = 0; i < view->nlabels; i++)
	{
		int			size = *p++;

		if (size == len && memcmp(p, label, len) == 0)
			return i;
		p += size;
	}
	return -1;
}

/* How many entries are at or before a time, which may be infinite. */
uint32
journey_view_upto(const JourneyView *view, int64 at)
{
	uint32		low = 0;
	uint32		high = view->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (journey_view_at(view, middle) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
