/*
 * attribution.h
 *		The touches that lead to a conversion, and the type touch_paths: how
 *		many customers took each path of touches, and how many of them converted.
 *
 * touch_paths is a trie.  A node is a path: that of its parent and one more
 * channel; node 0 is the path without touches.  Each node knows how many
 * customers ended there, converted or not, and what the conversions were worth.
 *
 * Packed, the one form that is stored and sent: channels in byte order, nodes
 * in order of their paths (a path before those it begins), every leaf counted,
 * no room to spare; equal values have equal bytes.  While an aggregate builds,
 * channels and nodes are in order of arrival, with hash tables to find them.
 */
#ifndef JOURNEY_ATTRIBUTION_H
#define JOURNEY_ATTRIBUTION_H

#include "fmgr.h"

#include "core/attribution.h"
#include "core/widesum.h"
#include "timeline/timeline.h"

#define TOUCH_PATHS_VERSION		1
#define TOUCH_MAX_CHANNELS		65535
#define TOUCH_MAX_NODES			12000000

/* ---------------------------------------------------------------- touches.c */

/* Which entries of a journey are touches, and what they lead to. */
typedef struct TouchQuestion
{
	bool		has_label;		/* entries with this label are conversions */
	JourneyLabel label;
	bool		has_at;			/* this is the time of the conversion */
	int64		converted_at;
	Interval   *lookback;		/* NULL: all touches before */
	bool		has_channels;	/* only these labels are touches */
	JourneyLabelSet channels;
	bool		every;			/* not the first conversion only */
} TouchQuestion;

/* The touches that lead to one conversion, or to none. */
typedef struct TouchSpan
{
	bool		converted;
	int64		at;				/* when; without a conversion the time of the last touch */
	uint32		from;			/* places in the arrays of the walk */
	uint32		to;				/* behind the last */
} TouchSpan;

typedef struct TouchWalk
{
	const TouchQuestion *question;
	uint32		ntouches;
	uint32	   *label;			/* label number in the journey of each touch */
	int64	   *at;
	uint32		nconversions;
	int64	   *conversion;		/* times of the conversions */
	uint32		next;			/* conversion to come */
	uint32		done;			/* touches that are used up */
	bool		over;
} TouchWalk;

extern void touch_question_check(const TouchQuestion *question);
extern void touch_walk_begin(TouchWalk *walk, const TouchQuestion *question, const JourneyView *view);
extern bool touch_walk_next(TouchWalk *walk, TouchSpan *span);

/* ---------------------------------------------------------------- touch_paths.c */

typedef struct TouchNode
{
	int64		converted;
	int64		lost;
	Amount		value;
	uint32		parent;
	uint32		channel;
} TouchNode;

/* The sections follow in this order; see touch_paths.c for their addresses. */
typedef struct TouchPaths
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint32		version;
	int64		converted;		/* in all */
	int64		lost;
	Amount		value;
	uint32		nnodes;			/* at least 1 */
	uint32		maxnodes;		/* TouchNode nodes[maxnodes] */
	uint32		nchannels;
	uint32		maxchannels;	/* uint32 offset[maxchannels] into the dictionary */
	uint32		nodeslots;		/* uint32 slot[nodeslots]; no slots when packed */
	uint32		channelslots;	/* uint32 slot[channelslots] */
	uint32		dictused;
	uint32		dictmax;		/* char dict[dictmax]: length byte and bytes of each channel */
} TouchPaths;

/* Always detoasted in full, so that the sections are aligned. */
#define DatumGetTouchPaths(d)		((TouchPaths *) PG_DETOAST_DATUM(d))
#define PG_GETARG_TOUCH_PATHS(n)	DatumGetTouchPaths(PG_GETARG_DATUM(n))

extern TouchPaths *touch_paths_new(void);
extern TouchPaths *touch_paths_open(const TouchPaths *paths);
extern TouchPaths *touch_paths_channel(TouchPaths *paths, const char *channel, int len, uint32 *num);
extern TouchPaths *touch_paths_child(TouchPaths *paths, uint32 parent, uint32 channel, uint32 *node);
extern void touch_paths_count(TouchPaths *paths, uint32 node, int64 converted, int64 lost, const Amount *value);
extern TouchPaths *touch_paths_merge(TouchPaths *paths, const TouchPaths *other);
extern TouchPaths *touch_paths_collapse(const TouchPaths *paths);
extern TouchPaths *touch_paths_pack(const TouchPaths *paths);

extern TouchNode *touch_paths_nodes(const TouchPaths *paths);
extern JourneyLabel touch_paths_label(const TouchPaths *paths, uint32 num);
extern uint32 touch_paths_path(const TouchPaths *paths, uint32 node, uint32 **path, uint32 *room);

/* ---------------------------------------------------------------- agg.c, rule.c */

extern void touch_amount(Datum value, Amount *amount);

extern bool touch_model_is(const text *model, const char *name);
extern void touch_rule_options(AttributionOptions *options, const text *model, bool totals, bool skips,
							   ArrayType *shares, const Interval *half_life);
extern Datum touch_share(int64 units, int decimals);

/* ---------------------------------------------------------------- chain.c */

#define TOUCH_MAX_ORDER			16

/* A move between two states, or the end of a path. */
typedef struct TouchMove
{
	uint32		from;
	uint32		to;
	int64		paths;
} TouchMove;

/* The chain of paths: a state is the last so many touches, or fewer at the beginning; state 0 is the start. */
typedef struct TouchChain
{
	int			order;
	uint32		nstates;
	uint32	   *touches;		/* order channels of each state, the last one first, TOUCH_NONE where there is none */
	int64	   *converted;		/* paths that ended in each state */
	int64	   *lost;
	Amount	   *value;
	uint32		nmoves;
	TouchMove  *moves;			/* in order of from and to */
} TouchChain;

#define TOUCH_NONE				0xFFFFFFFF

extern TouchChain *touch_chain(const TouchPaths *packed, int order, uint32 maxstates);
extern int64 *touch_paths_passed(const TouchPaths *paths);
extern void touch_order_check(int order);

#endif							/* JOURNEY_ATTRIBUTION_H */
