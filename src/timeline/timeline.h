/*
 * timeline.h
 *		What the journey type offers to the other topics: reading a value in
 *		place, and building a new one.
 */
#ifndef JOURNEY_TIMELINE_H
#define JOURNEY_TIMELINE_H

#include "datatype/timestamp.h"

#include "journey.h"

/* A label where it stands: not terminated, not copied. */
typedef struct JourneyLabel
{
	const char *data;
	int			len;
} JourneyLabel;

/* One entry on its way into a packed value. */
typedef struct JourneyEntry
{
	int64		at;
	uint32		num;			/* number of its label */
	uint32		rank;			/* place of the label in byte order, where somebody sorts */
} JourneyEntry;

/* A packed journey, ready to be read in place; points into the value. */
typedef struct JourneyView
{
	uint32		n;				/* entries */
	int			nlabels;
	int64		base;
	int64		unit;			/* microseconds of one offset step */
	int			numwidth;
	int			offwidth;
	const uint8 *dict;
	Size		dictsize;
	const uint8 *nums;
	const uint8 *offs;
} JourneyView;

/* view.c */
extern void journey_view_init(JourneyView *view, const struct varlena *value);
extern const JourneyLabel *journey_view_labels(const JourneyView *view);
extern int	journey_view_find(const JourneyView *view, const char *label, int len);
extern const struct varlena *journey_packed(const struct varlena *value);

/* build.c */
extern JourneyBuild *journey_build_new(uint32 maxentries);
extern JourneyBuild *journey_build_add(JourneyBuild *build, const char *label, int len, int64 at);
extern JourneyBuild *journey_build_add_view(JourneyBuild *build, const JourneyView *view, uint32 from, uint32 to);
extern JourneyBuild *journey_build_merge(JourneyBuild *build, const JourneyBuild *other);
extern struct varlena *journey_build_finish(const JourneyBuild *build);
extern void journey_check_label(int len);
extern void journey_check_time(int64 at);

/* pack.c */
extern struct varlena *journey_pack(const JourneyLabel *labels, int nlabels,
									const JourneyEntry *entries, uint32 n);

/* edit.c */
extern struct varlena *journey_append_entry(const struct varlena *value, const char *label, int len, int64 at);

/* Label number of entry i. */
static inline int
journey_view_num(const JourneyView *view, uint32 i)
{
	if (view->numwidth == 1)
		return view->nums[i];
	else
	{
		uint16		num;

		memcpy(&num, view->nums + (Size) i * 2, 2);
		return num;
	}
}

/*
 * Time of entry i.  The eight bytes that end with the offset are read at once:
 * the header before the offsets is longer than that, so the load stays inside
 * the value.
 */
static inline int64
journey_view_at(const JourneyView *view, uint32 i)
{
	uint64		word;

	if (view->offwidth == 0)
		return view->base;
	memcpy(&word, view->offs + ((Size) i + 1) * view->offwidth - 8, 8);
#ifdef WORDS_BIGENDIAN
	if (view->offwidth < 8)
		word &= (UINT64CONST(1) << (8 * view->offwidth)) - 1;
#else
	word >>= 64 - 8 * view->offwidth;
#endif
	return (int64) ((uint64) view->base + word * (uint64) view->unit);
}

/* Write a time offset of so many bytes. */
static inline void
journey_put_offset(uint8 *p, uint64 offset, int offwidth)
{
#ifdef WORDS_BIGENDIAN
	memcpy(p, (char *) &offset + 8 - offwidth, offwidth);
#else
	memcpy(p, &offset, offwidth);
#endif
}

#endif							/* JOURNEY_TIMELINE_H */
