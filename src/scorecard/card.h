/*
 * card.h
 *		The scorecard type: the touches of one lead, as far as a scoring model
 *		needs them.
 *
 * A scorecard carries its model, so that it answers by itself.  It depends on
 * the multiset of its touches, not on the order of their arrival.
 *
 * Packed, the form that is stored and sent: touches in order, no room to spare.
 * While an aggregate builds, decayed sums are kept in more digits, and touches
 * are appended as they come; now and then they are put in order, and those that
 * can never count are dropped.
 */
#ifndef JOURNEY_CARD_H
#define JOURNEY_CARD_H

#include "fmgr.h"

#include "core/decay.h"
#include "scorecard/model.h"

#define CARD_VERSION		1
#define CARD_MAX_TOUCHES	30000000	/* 480 MB */
#define CARD_MAX_UNKNOWN	65535		/* distinct names */

/* One for each signal of the model. */
typedef struct CardSignal
{
	int64		touches;		/* all of them */
	int64		at;				/* of MODEL_KEEPS_SUM: the time of the last touch */
	double		sum;			/* how many touches that is worth at this time; packed only */
} CardSignal;

/* A touch of a signal with MODEL_KEEPS_TIMES that may count. */
typedef struct CardTouch
{
	uint32		signal;
	uint32		unused;
	int64		at;
} CardTouch;

typedef struct CardUnknown
{
	int64		touches;
	uint32		offset;			/* of its name */
	uint32		len;
} CardUnknown;

/*
 * Sections follow in this order, each a multiple of 8 bytes long:
 *
 *		ScoringModel
 *		CardSignal signal[nsignals]
 *		DecaySum sum[nsums]				while building: one for each signal
 *		CardTouch touch[maxtouches]
 *		CardUnknown unknown[maxunknown]	in order of name
 *		char names[maxnames]
 */
typedef struct Scorecard
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		building;
	uint16		unused;
	uint32		modelsize;
	uint32		nsignals;
	uint32		nsums;			/* nsignals or 0 */
	uint32		ntouches;
	uint32		maxtouches;
	uint32		nordered;		/* of the touches, so many are in order and none of them is idle */
	uint32		nunknown;
	uint32		maxunknown;
	uint32		nnames;			/* bytes */
	uint32		maxnames;
} Scorecard;

/* Always detoasted in full, so that the sections are aligned. */
#define DatumGetScorecard(d)		((Scorecard *) PG_DETOAST_DATUM(d))
#define PG_GETARG_SCORECARD(n)		DatumGetScorecard(PG_GETARG_DATUM(n))

static inline ScoringModel *
card_model(const Scorecard *card)
{
	return (ScoringModel *) ((char *) card + MAXALIGN(sizeof(Scorecard)));
}

static inline CardSignal *
card_signals(const Scorecard *card)
{
	return (CardSignal *) ((char *) card_model(card) + card->modelsize);
}

static inline DecaySum *
card_sums(const Scorecard *card)
{
	return (DecaySum *) (card_signals(card) + card->nsignals);
}

static inline CardTouch *
card_touches(const Scorecard *card)
{
	return (CardTouch *) (card_sums(card) + card->nsums);
}

static inline CardUnknown *
card_unknown(const Scorecard *card)
{
	return (CardUnknown *) (card_touches(card) + card->maxtouches);
}

static inline char *
card_names(const Scorecard *card)
{
	return (char *) (card_unknown(card) + card->maxunknown);
}

/* card.c */
extern Scorecard *card_new(const ScoringModel *model);
extern void card_check(const Scorecard *card);
extern Scorecard *card_open(const Scorecard *card);
extern Scorecard *card_pack(const Scorecard *card);
extern Scorecard *card_touch(Scorecard *card, const char *signal, int len, int64 at);
extern Scorecard *card_merge(Scorecard *card, const Scorecard *other);
extern bool card_same_model(const Scorecard *card, const ScoringModel *model);

/* for input */
extern Scorecard *card_set_signal(Scorecard *card, uint32 signal, int64 touches, double sum, int64 at);
extern Scorecard *card_add_time(Scorecard *card, uint32 signal, int64 at);
extern Scorecard *card_add_unknown(Scorecard *card, const char *name, int len, int64 touches);

/* What a scorecard says at a time, row by row. */
typedef struct CardRow
{
	int			category;		/* -1: none */
	const char *signal;			/* not terminated; NULL: an adjustment */
	int			len;
	int64		touches;
	int64		counted;
	double		points;
	double		contribution;
	const char *note;			/* NULL: none */
} CardRow;

typedef struct CardReading
{
	CardRow    *rows;
	int			nrows;
	double	   *categories;		/* the score of each */
	double		total;
} CardReading;

/* read.c */
extern void card_read(const Scorecard *card, int64 at, CardReading *reading);

#endif							/* JOURNEY_CARD_H */
