/*
 * jsonread.h
 *		Reading the text forms that are JSON of a fixed shape.
 *
 * The functions return false after a soft error, which is then reported as a
 * malformed literal of the type.
 */
#ifndef JOURNEY_JSONREAD_H
#define JOURNEY_JSONREAD_H

#include "lib/stringinfo.h"

typedef struct JsonRead
{
	const char *type;			/* name of the type, for messages */
	const char *start;
	const char *p;
	const char *end;
	struct Node *escontext;
	StringInfoData string;		/* the last string that was read */
} JsonRead;

extern void json_read_init(JsonRead *read, const char *type, const char *text, struct Node *escontext);
extern bool json_read_expected(JsonRead *read, const char *what);
extern bool json_read_wrong(JsonRead *read, const char *detail);
extern bool json_read_accept(JsonRead *read, char c);
extern bool json_read_require(JsonRead *read, char c);
extern bool json_read_string(JsonRead *read);
extern bool json_read_int64(JsonRead *read, int64 min, int64 *value);
extern bool json_read_float8(JsonRead *read, double *value);
extern bool json_read_digits(JsonRead *read, const char **digits, int *n);
extern bool json_read_end(JsonRead *read);

#endif							/* JOURNEY_JSONREAD_H */
