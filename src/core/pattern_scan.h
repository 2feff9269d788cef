/*
 * pattern_scan.h
 *		Reading the text of a pattern: what pattern_parse.c needs of pattern_scan.c.
 */
#ifndef JOURNEY_PATTERN_SCAN_H
#define JOURNEY_PATTERN_SCAN_H

#include "core/pattern_internal.h"

typedef struct PatternParser
{
	Pattern    *pattern;
	PatternClock clock;
	const char *start;
	const char *p;
	const char *end;
	int			depth;
	int			labels_room;
	PatternError *error;
} PatternParser;

typedef enum PatternComparison
{
	PATTERN_LESS, PATTERN_LESS_EQUAL, PATTERN_EQUAL, PATTERN_GREATER_EQUAL, PATTERN_GREATER, PATTERN_UNEQUAL
} PatternComparison;

extern bool pattern_fail(PatternParser *parser, PatternErrorKind kind, const char *at, const char *message,
						 const char *hint);
extern bool pattern_expected(PatternParser *parser, const char *what);
extern int	pattern_read_number(PatternParser *parser, int max);
extern int	pattern_read_condition(PatternParser *parser);
extern int	pattern_read_label(PatternParser *parser);
extern bool pattern_read_comparison(PatternParser *parser, PatternComparison *comparison);
extern bool pattern_read_duration(PatternParser *parser, int64 *duration);

static inline void
skip_space(PatternParser *parser)
{
	while (parser->p < parser->end &&
		   (*parser->p == ' ' || (*parser->p >= '\t' && *parser->p <= '\r')))
		parser->p++;
}

static inline bool
at_char(const PatternParser *parser, char c)
{
	return parser->p < parser->end && *parser->p == c;
}

static inline bool
at_digit(const PatternParser *parser)
{
	return parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9';
}

static inline bool
at_text(const PatternParser *parser, const char *text)
{
	Size		len = strlen(text);

	return (Size) (parser->end - parser->p) >= len && memcmp(parser->p, text, len) == 0;
}

/* May a label without quotes begin with this character?  Bytes of other than ASCII characters may. */
static inline bool
is_label_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || IS_HIGHBIT_SET(c);
}

/* May this character stand in one? */
static inline bool
is_label_char(char c)
{
	return is_label_start(c) || c == '-' || c == ':' || c == '/';
}

static inline bool
at_label(const PatternParser *parser)
{
	return parser->p < parser->end && (is_label_start(*parser->p) || *parser->p == '"');
}

#endif							/* JOURNEY_PATTERN_SCAN_H */
