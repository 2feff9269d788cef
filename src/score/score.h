/*
 * score.h
 *		The score type: a number that halves at a fixed pace.
 *
 * A score is a Decayed of core/decay.h, stored as it is: 24 bytes.  Its value
 * is finite and never -0, its time is one of timestamptz, its half-life is
 * positive; every way to make one sees to that.
 */
#ifndef JOURNEY_SCORE_H
#define JOURNEY_SCORE_H

#include "datatype/timestamp.h"
#include "fmgr.h"

#include "compat.h"
#include "core/decay.h"

typedef Decayed Score;

#define DatumGetScoreP(d)		((Score *) DatumGetPointer(d))
#define PG_GETARG_SCORE_P(n)	DatumGetScoreP(PG_GETARG_DATUM(n))
#define PG_RETURN_SCORE_P(x)	PG_RETURN_POINTER(x)

/* The state of score_agg and rollup, a DecaySum stored as it is: 56 bytes. */
#define PG_GETARG_SCORE_SUM_P(n)	((DecaySum *) PG_GETARG_POINTER(n))
#define PG_RETURN_SCORE_SUM_P(x)	PG_RETURN_POINTER(x)

struct Node;
struct StringInfoData;

/* check.c: what may go into a score; each raises an error, those with escontext softly */
extern double score_check_points(double points);
extern int64 score_check_time(int64 at);
extern int64 score_half_life_from_interval(const Interval *span);
extern void score_check_same_half_life(int64 a, int64 b);
pg_noreturn extern void score_out_of_range(void);

/* text.c: the pieces of the text form */
typedef struct ScoreText
{
	const char *type;			/* for messages */
	const char *start;
	const char *p;
	const char *end;
	struct Node *escontext;
} ScoreText;

extern void score_append_number(struct StringInfoData *buf, double value);
extern void score_append_time(struct StringInfoData *buf, int64 at);
extern char *score_half_life_text(int64 half_life);
extern bool score_text_expected(ScoreText *text, const char *what);
extern bool score_text_char(ScoreText *text, char c);
extern bool score_text_number(ScoreText *text, double *value);
extern bool score_text_time(ScoreText *text, int64 *at);
extern bool score_text_half_life(ScoreText *text, const char *stop, int64 *half_life);

#endif							/* JOURNEY_SCORE_H */
