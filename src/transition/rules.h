/*
 * rules.h
 *		The rules of a stage column: their parsed form, and the questions asked
 *		of it.
 */
#ifndef JOURNEY_RULES_H
#define JOURNEY_RULES_H

#include "nodes/pg_list.h"

#include "compat.h"

#define RULES_MAX_BYTES			1000000 /* length of a rules text */
#define RULES_MAX_STATEMENTS	10000

/* ---------------------------------------------------------------- as written */

typedef enum RuleWordKind
{
	RULE_STAGE,					/* a label */
	RULE_ANY,					/* "*": every stage */
	RULE_NEW,					/* a row that is not on the track yet */
	RULE_FORWARD,				/* every later stage */
	RULE_NEXT,					/* the stage right after */
	RULE_BACK					/* every earlier stage */
} RuleWordKind;

typedef struct RuleWord
{
	RuleWordKind kind;
	const char *label;			/* of RULE_STAGE */
	int			offset;			/* byte in the text where the word stands */
	int			stage;			/* of RULE_STAGE: its place, see rules_resolve */
} RuleWord;

/* groups of words with an arrow between each two of them */
typedef struct RuleStatement
{
	int			number;			/* counted from 1, empty statements left out */
	List	   *groups;			/* of List of RuleWord */
	const char *guard;			/* SQL text, or NULL */
	int			guard_offset;	/* byte in the text where it begins */
	int			guard_index;	/* of the guarded statements, from 0; or -1 */
} RuleStatement;

typedef struct Rules
{
	const char *text;
	List	   *statements;		/* of RuleStatement */
	int			nguards;
	RuleStatement **guarded;	/* the statements with a guard, by guard_index */
	const char *time_column;	/* of "at = column", or NULL */
	int			time_offset;
} Rules;

/* parse.c */
extern Rules *rules_parse(const char *text);
extern int	rules_position(const char *text, int offset);

/* ---------------------------------------------------------------- stages */

#define STAGES_MET		16		/* a power of two; the values of one enum mostly follow each other */

/* The labels of an enum.  A stage is known by its place in their order, from 0. */
typedef struct Stage
{
	Oid			value;			/* the enum value */
	const char *label;
	int			len;
	float4		order;
} Stage;

typedef struct Stages
{
	Oid			type;			/* the enum */
	int			n;
	Stage	   *stage;			/* in the order of the enum */
	int		   *by_value;		/* places, in order of value */
	int		   *by_label;		/* places, in order of label bytes */
	int			met[STAGES_MET];	/* by the low bits of a value: the place last found for such a one */
} Stages;

#define STAGES_MAX_LISTED	50	/* at most so many are listed in a hint */

#define STAGE_NONE		(-1)	/* not on the track: the source of "new" moves */

/* stages.c */
extern Oid	stages_enum_type(Oid type);
extern Stages *stages_load(Oid type);
extern int	stages_find_label(const Stages *stages, const char *label);
extern int	stages_find_value(Stages *stages, Oid value);
extern char *stages_list(const Stages *stages);
pg_noreturn extern void stages_unknown(const Stages *stages, const char *label);

/* ---------------------------------------------------------------- rules over stages */

/*
 * What the rules say of one move.  Where some statements guard it, it is
 * allowed when one of their guards is true, and statements that name it
 * without a guard do not count: a guard is never idle because a chain or a
 * star happens to name the same move.
 */
typedef struct RuleMove
{
	int			nstatements;	/* that count; 0: the move is not allowed */
	bool		guarded;		/* all of them have a guard, or none has */
	RuleStatement **statements; /* in the order of the text */
} RuleMove;

/* rules.c */
extern void rules_resolve(Rules *rules, const Stages *stages);
extern RuleMove *rules_move(const Rules *rules, int from, int to);

#endif							/* JOURNEY_RULES_H */
