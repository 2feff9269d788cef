/*
 * pattern.h
 *		Patterns over rows in time: compiling them and running them.
 *
 * A pattern is a regular expression whose letters are rows.  Its full language
 * and meaning are in doc/sequence.md.  It is compiled once into an automaton
 * with one position for each element that takes a row, and run over rows that
 * are ascending in time.  Rows of equal time may be taken in any order.
 *
 * Everything is allocated with palloc in the current memory context.
 */
#ifndef JOURNEY_PATTERN_H
#define JOURNEY_PATTERN_H

#define PATTERN_MAX_CONDITIONS	64		/* conditions of a row */
#define PATTERN_MAX_TEXT		65535	/* bytes of a pattern */
#define PATTERN_MAX_NAMES		1000	/* distinct labels in a pattern */
#define PATTERN_MAX_LABEL		255		/* bytes of one of them */
#define PATTERN_MAX_ELEMENTS	1000	/* elements, repetitions written out */
#define PATTERN_MAX_DEPTH		100		/* groups within groups */
#define PATTERN_MAX_GATED		100000	/* gated ways from one element to the next */
#define PATTERN_MAX_ORDERS		16384	/* size of a tie up to which every order is tried */

/* What the names in a pattern stand for. */
typedef enum PatternNames
{
	PATTERN_CONDITIONS,			/* (?1): bits of a row's mask */
	PATTERN_LABELS				/* lead: the label of an entry */
} PatternNames;

/* What the times are. */
typedef enum PatternClock
{
	PATTERN_USECS,				/* microseconds: gates have units */
	PATTERN_PLAIN				/* numbers without a unit */
} PatternClock;

typedef enum PatternErrorKind
{
	PATTERN_ERROR_SYNTAX,		/* message: what was expected at the place */
	PATTERN_ERROR_VALUE,		/* message: what is wrong with the value there */
	PATTERN_ERROR_LIMIT			/* message: what is too large; hint: the limit */
} PatternErrorKind;

typedef struct PatternError
{
	PatternErrorKind kind;
	int			at;				/* offset in bytes */
	const char *message;
	const char *hint;			/* or NULL */
} PatternError;

/* A label of a pattern, not terminated. */
typedef struct PatternLabel
{
	const char *data;
	int			len;
} PatternLabel;

/* A way from one position to another that elapsed time opens: lo <= elapsed <= hi. */
typedef struct PatternEdge
{
	int			from;
	int			to;
	uint64		lo;
	uint64		hi;
} PatternEdge;

/* Which of several times to measure from must be kept at a gap. */
typedef enum PatternKeep
{
	PATTERN_KEEP_LATEST,		/* only upper limits ahead */
	PATTERN_KEEP_EARLIEST,		/* only lower limits ahead */
	PATTERN_KEEP_ALL
} PatternKeep;

/*
 * A compiled pattern.  Sets of positions are arrays of nwords words.
 */
typedef struct Pattern
{
	PatternNames names;
	bool		all_rows;		/* rows that meet no condition are seen too */
	bool		limited;		/* is there a limit to the whole match? */
	uint64		limit;
	int			nnames;			/* conditions: the highest number; labels: how many */
	PatternLabel *labels;
	int		   *label_order;	/* their numbers, in order of bytes */
	uint64		required;		/* of the first 64 names, those no match can do without */
	int			nelements;		/* what pattern_progress reaches when the pattern matches */

	int			npos;
	int			nwords;
	uint64	   *first;			/* may take the first row of a match */
	uint64	   *first_at_start; /* the same where no row is before it */
	uint64	   *last;			/* may take the last row of a match */
	uint64	   *last_at_end;	/* the same where no row is after it */
	uint64	   *follow;			/* by position: may take the next row, whatever its time */
	uint64	   *precede;		/* follow, turned round */
	uint64	   *unnamed;		/* take a row that has none of the names */
	uint64	   *with;			/* by name: need one of some names, this one being among them */
	uint64	   *without;		/* by name: refuse rows that have it */
	uint64	   *fills;			/* rows taken here are reported */
	uint64	   *gap;			/* rows taken here are passed over: gates do not measure from them */
	uint64	   *timed;			/* gaps across which a gate measures */
	int		   *rank;			/* element number, counted along the pattern */

	int			nedges;
	PatternEdge *edges;			/* gated ways, by from */
	int		   *edge_start;		/* by position, and one more */
	int			ntimed;
	int		   *timed_pos;		/* the timed positions */
	int		   *timed_no;		/* by position: which of them, or -1 */
	PatternKeep *keep;			/* by timed position */
	uint64	   *reach;			/* by timed position: the longest elapsed time of use ahead */
} Pattern;

/*
 * The rows, ascending in time.  Each is of a kind: the set of positions that
 * would take it.
 */
typedef struct PatternKinds
{
	const Pattern *pattern;
	int			n;
	int			room;
	uint64	   *accept;			/* n sets */
	int			nslots;
	int		   *slots;			/* hash index of the sets: number + 1 */
	int			ncached;
	struct PatternCache
	{
		uint64		mask;
		int			kind;		/* -1 when unused */
	}		   *cache;			/* of masks seen lately */
} PatternKinds;

typedef struct PatternRows
{
	uint32		n;
	const int64 *at;
	const int  *kind;
	const PatternKinds *kinds;
} PatternRows;

/* pattern_build.c */
extern Pattern *pattern_compile(const char *text, int len, PatternNames names, PatternClock clock,
								PatternError *error);

/* pattern_match.c */
extern void pattern_kinds_init(PatternKinds *kinds, const Pattern *pattern);
extern int	pattern_kind_of_mask(PatternKinds *kinds, uint64 mask);
extern int	pattern_find_label(const Pattern *pattern, const char *label, int len);
extern int	pattern_kind_of_label(PatternKinds *kinds, int number);

extern bool pattern_match(const Pattern *pattern, const PatternRows *rows);
extern int64 pattern_count(const Pattern *pattern, const PatternRows *rows);
extern uint32 pattern_events(const Pattern *pattern, const PatternRows *rows, int64 *times);
extern int	pattern_progress(const Pattern *pattern, const PatternRows *rows);

#endif							/* JOURNEY_PATTERN_H */
