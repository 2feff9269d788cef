/*
 * funnel.h
 *		The funnel type: how many customers reached each step, and when.
 *
 * A funnel remembers its question (steps, window, options), so that only
 * answers to the same question are added.
 *
 * Packed layout, the one that is stored, sent, compared and hashed; canonical:
 *
 *		FunnelHeader
 *		question		see question.c
 *		reached			int64 for each step
 *		times			for each step: number of entries, and each entry as the
 *						distance of its bucket from the one before, and its count;
 *						all as varints (seven bits a byte, lowest first)
 *
 * Building layout: the state of an aggregate, with hash tables in place of the
 * lists of times (see state.c).  It exists only between transition calls;
 * whatever reads a funnel accepts it.
 */
#ifndef JOURNEY_FUNNEL_H
#define JOURNEY_FUNNEL_H

#include "fmgr.h"

#include "core/chain.h"
#include "core/histogram.h"
#include "timeline/timeline.h"

#define FUNNEL_VERSION		1
#define FUNNEL_BUILDING		0x80	/* bit of the version byte */

/* The first bytes after the varlena header; copied out, since they may be unaligned. */
typedef struct FunnelHeader
{
	uint8		version;		/* FUNNEL_VERSION */
	uint8		nsteps;
	uint16		unused;			/* 0 */
	uint32		questionsize;
	int64		total;			/* customers seen */
	int64		entered;		/* of these, who reached any step */
	int64		excluded;		/* and whom an exclusion kept from a higher step */
} FunnelHeader;

/* A duration that has been counted so many times. */
typedef struct FunnelTime
{
	uint16		bucket;			/* of histogram.h */
	int64		count;
} FunnelTime;

/* A funnel spread out. */
typedef struct FunnelData
{
	int			nsteps;
	const char *question;
	uint32		questionsize;
	int64		total;
	int64		entered;
	int64		excluded;
	int64		reached[CHAIN_MAX_STEPS];
	int			ntimes[CHAIN_MAX_STEPS];	/* since the step before */
	FunnelTime *times[CHAIN_MAX_STEPS];	/* in order of bucket */
} FunnelData;

/* The state of an aggregate; sections follow, see state.c. */
typedef struct FunnelBuild
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;		/* FUNNEL_VERSION | FUNNEL_BUILDING */
	uint8		nsteps;
	uint16		unused;
	uint32		questionsize;
	uint32		slots;			/* of all tables together */
	uint32		questionat;		/* where the question stands */
	int64		total;
	int64		entered;
	int64		excluded;
} FunnelBuild;

/* What is asked of a journey, made ready to be asked many times. */
typedef struct FunnelLabel
{
	JourneyLabel label;
	uint64		prefix;			/* its first eight bytes */
	uint64		mask;			/* its bits of a ChainRow */
	int			step;			/* the lowest of them */
} FunnelLabel;

#define FUNNEL_TABLE_BITS	8

/* Dictionaries of so many labels and bytes are worth remembering. */
#define FUNNEL_DICT_LABELS	64
#define FUNNEL_DICT_BYTES	256

/* What the dictionary of a journey means to a question. */
typedef struct FunnelDict
{
	uint64		masks[FUNNEL_DICT_LABELS];	/* by label number */
	uint8		number[CHAIN_MAX_STEPS];	/* by step, the number of its label, or FUNNEL_DICT_LABELS */
	int			size;			/* of its bytes; -1: nothing here */
	uint8		bytes[FUNNEL_DICT_BYTES];
} FunnelDict;

typedef struct FunnelQuestion
{
	ChainPlan	plan;
	bool		repeats;		/* some label stands for several steps */
	int			nlabels;
	FunnelLabel labels[CHAIN_MAX_STEPS];

	/* the labels by a hash of prefix and length, which has been chosen so that no two share a place */
	uint64		factor;			/* 0: there is no such hash, because prefixes are equal */
	FunnelLabel table[1 << FUNNEL_TABLE_BITS];
	const char *bytes;			/* canonical: equal questions have equal bytes */
	uint32		size;

	FunnelDict	dict;			/* one that has been met, since many journeys have the same */
	uint32		misses;			/* journeys that had another */
} FunnelQuestion;

/* A question spread out. */
typedef struct FunnelParts
{
	int			nsteps;
	JourneyLabel steps[CHAIN_MAX_STEPS];
	bool		limited;
	int32		months;			/* of the window */
	int64		usecs;
	JourneyLabel options;		/* canonical text */
} FunnelParts;

/* A funnel as somebody reads it. */
typedef struct FunnelStep
{
	JourneyLabel label;
	bool		optional;
	int64		reached;
	int64		before;			/* how many could have: who reached the step before; -1 for the first */
} FunnelStep;

typedef struct FunnelReport
{
	FunnelData	data;
	int			nsteps;
	int			last;			/* the last step that is not optional */
	FunnelStep	steps[CHAIN_MAX_STEPS];
} FunnelReport;

/* value.c, of what has been read */
extern struct varlena *funnel_make(const FunnelParts *parts, FunnelData *data, int sqlstate, struct Node *escontext);

/* question.c */
struct Aggref;
extern bool funnel_arguments_stable(const struct Aggref *aggref, int first);
extern FunnelQuestion *funnel_question_arguments(FunctionCallInfo fcinfo, int first);
extern char *funnel_question_make(const FunnelParts *parts, uint32 *size, FunnelQuestion *question,
								  struct Node *escontext);
extern void funnel_question_parts(const char *bytes, uint32 size, int nsteps, FunnelParts *parts);
extern void funnel_question_chain(const FunnelParts *parts, ChainOptions *options);
pg_noreturn extern void funnel_question_differs(const char *bytes, uint32 size, int nsteps,
															const char *other, uint32 othersize, int othernsteps,
															bool in_group);
extern bool funnel_check_label(int len, struct Node *escontext);

static inline const char *
funnel_build_question(const FunnelBuild *build)
{
	return (const char *) build + build->questionat;
}

/* The place of a label in the table. */
static inline int
funnel_label_hash(uint64 prefix, int len, uint64 factor)
{
	return (int) (((prefix + ((uint64) len << 56)) * factor) >> (64 - FUNNEL_TABLE_BITS));
}

/* value.c */
extern const struct varlena *funnel_packed(const struct varlena *value);
extern void funnel_unpack(const struct varlena *value, FunnelData *data);
extern struct varlena *funnel_pack(const FunnelData *data);
extern void funnel_sum(FunnelData *sum, const FunnelData *a, const FunnelData *b);

/* state.c */
extern FunnelBuild *funnel_build_new(const char *question, uint32 questionsize, int nsteps);
extern FunnelBuild *funnel_build_from(const FunnelData *data);
extern void funnel_build_data(const FunnelBuild *build, FunnelData *data);
extern FunnelBuild *funnel_build_count(FunnelBuild *build, const ChainPlan *plan, const ChainResult *result);
extern FunnelBuild *funnel_build_add(FunnelBuild *build, const FunnelData *data);

/* duration.c */
struct StringInfoData;
extern void funnel_append_duration(struct StringInfoData *buf, int32 months, int64 usecs);
extern bool funnel_read_duration(const char *text, int len, int32 *months, int64 *usecs);

/* read.c */
extern void funnel_ask(FunnelQuestion *question, const struct varlena *journey, bool times, ChainResult *result);

/* report.c */
extern void funnel_report(const struct varlena *value, FunnelReport *report);
extern int64 funnel_step_usecs(const FunnelData *data, int step, double share);

/* A funnel argument, detoasted but possibly with a short header. */
#define PG_GETARG_FUNNEL_PP(n)		((struct varlena *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))
#define PG_RETURN_FUNNEL_P(x)		PG_RETURN_POINTER(x)

#endif							/* JOURNEY_FUNNEL_H */
