/*
 * reader.h
 *		Reading JSON with the path of every fault.
 */
#ifndef JOURNEY_READER_H
#define JOURNEY_READER_H

#include "lib/stringinfo.h"
#include "utils/jsonb.h"

typedef struct JsonReader
{
	StringInfoData path;		/* of what is being read, as in an SQL/JSON path */
	const char *what;			/* what is wrong if anything is */
	int			sqlstate;
	struct Node *escontext;		/* for soft errors */
} JsonReader;

/* A member of an object. */
typedef struct JsonMember
{
	const char *key;			/* not terminated */
	int			len;
	JsonbValue	value;
} JsonMember;

extern void reader_init(JsonReader *reader, const char *what, int sqlstate, struct Node *escontext);
extern bool reader_fault(JsonReader *reader, const char *format,...) pg_attribute_printf(2, 3);
extern int	reader_enter(JsonReader *reader, const char *key, int len);
extern int	reader_enter_element(JsonReader *reader, int element);
extern void reader_leave(JsonReader *reader, int before);

extern bool reader_members(JsonReader *reader, const JsonbValue *value, int max, JsonMember **members, int *n);
extern bool reader_elements(JsonReader *reader, const JsonbValue *value, int max, JsonbValue **elements, int *n);
extern bool reader_number(JsonReader *reader, const JsonbValue *value, double limit, double *number);
extern bool reader_integer(JsonReader *reader, const JsonbValue *value, int64 min, int64 max, int64 *number);
extern bool reader_boolean(JsonReader *reader, const JsonbValue *value, bool *boolean);
extern bool reader_string(JsonReader *reader, const JsonbValue *value, const char *expected);
extern bool reader_time(JsonReader *reader, const JsonbValue *value, int64 *at);

extern void reader_document(Jsonb *json, JsonbValue *document);
extern bool reader_is(const JsonMember *member, const char *key);

/* Writing: what is read back as it was. */
extern void append_json_string(StringInfo buf, const char *string, int len);
extern void append_json_number(StringInfo buf, double number);
extern void append_json_time(StringInfo buf, int64 at);
extern bool json_parse(const char *text, struct Node *escontext, Jsonb **json);

#endif							/* JOURNEY_READER_H */
