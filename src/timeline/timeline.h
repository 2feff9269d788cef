/*
 * timeline.h
 *		What the journey type offers to the other topics: reading a value in
 *		place, and building a new one.
 */
#ifndef JOURNEY_TIMELINE_H
#define JOURNEY_TIMELINE_H

#include "datatype/timestamp.h"
#include "utils/array.h"

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
	bool		ties;			/* some entries have the same time */
	const uint8 *dict;
	Size		dictsize;
	const uint8 *nums;
	const uint8 *offs;
} JourneyView;

/* Labels somebody asked for; see labels.c. */
typedef struct JourneyLabelSet
{
	int			n;
	bool		sorted;			/* in byte order, each once */
	bool		has_null;
	JourneyLabel *labels;
} JourneyLabelSet;

/* view.c */
extern void journey_view_init(JourneyView *view, const struct varlena *value);
extern const JourneyLabel *journey_view_labels(const JourneyView *view);
extern JourneyLabel journey_view_label(const JourneyView *view, int num);
extern int	journey_view_find(const JourneyView *view, const char *label, int len);
extern uint32 journey_view_upto(const JourneyView *view, int64 at);
extern const struct varlena *journey_packed(const struct varlena *value);

/* build.c */
extern JourneyBuild *journey_build_new(uint32 maxentries);
extern JourneyBuild *journey_build_open(const struct varlena *value);
extern JourneyBuild *journey_build_add(JourneyBuild *build, const char *label, int len, int64 at);
extern JourneyBuild *journey_build_add_safe(JourneyBuild *build, const char *label, int len, int64 at,
											struct Node *escontext);
extern JourneyBuild *journey_build_add_view(JourneyBuild *build, const JourneyView *view, uint32 from, uint32 to);
extern JourneyBuild *journey_build_merge(JourneyBuild *build, const JourneyBuild *other);
extern struct varlena *journey_build_finish(const JourneyBuild *build);
extern void journey_check_label(int len);
extern void journey_check_time(int64 at);

/* labels.c */
extern void journey_label_set(JourneyLabelSet *set, ArrayType *array);
extern int	journey_label_set_find(const JourneyLabelSet *set, const JourneyLabel *label);
extern int	journey_labels_union(JourneyLabel *labels, int n, const JourneyLabel *more, int nmore, uint32 *map);

extern int	journey_enum_label(Oid value, char *label);

/* pack.c */
extern struct varlena *journey_pack(const JourneyLabel *labels, int nlabels,
									const JourneyEntry *entries, uint32 n);
pg_noreturn extern void journey_too_many_entries(void);
pg_noreturn extern void journey_too_many_labels(void);

/* read.c */
extern void journey_check_as_of(int64 as_of);
extern Interval *journey_interval(uint64 usecs);

/* edit.c */
extern struct varlena *journey_append_view(const JourneyView *view, const char *label, int len, int64 at);

/* Byte order of labels. */
static inline int
journey_label_cmp(const JourneyLabel *a, const JourneyLabel *b)
{
	int			cmp = memcmp(a->data, b->data, Min(a->len, b->len));

	return cmp != 0 ? cmp : a->len - b->len;
}

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
