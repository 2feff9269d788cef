/*
 * reader.c
 *		Reading JSON with the path of every fault; writing the parts of it.
 *
 * Whatever reads here returns false after a fault, for soft errors.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "core/iso8601.h"
#include "scorecard/reader.h"

/* Keys are shown up to so many bytes: they can be as long as a document. */
#define SHOWN_KEY	80

void
reader_init(JsonReader *reader, const char *what, int sqlstate, struct Node *escontext)
{
	initStringInfo(&reader->path);
	appendStringInfoChar(&reader->path, '$');
	reader->what = what;
	reader->sqlstate = sqlstate;
	reader->escontext = escontext;
}

/* Reports a fault of what is being read; the format makes the end of a sentence.  Returns false. */
bool
reader_fault(JsonReader *reader, const char *format,...)
{
	StringInfoData message;

	initStringInfo(&message);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&message, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	ereturn(reader->escontext, false,
			(errcode(reader->sqlstate),
			 errmsg("%s", reader->what),
			 errdetail_internal("At %s: %s.", reader->path.data, message.data)));
}

/* A step down the path; the result is for reader_leave. */
int
reader_enter(JsonReader *reader, const char *key, int len)
{
	int			before = reader->path.len;
	bool		plain = len > 0 && len <= SHOWN_KEY && !(key[0] >= '0' && key[0] <= '9');

	for (int i = 0; i < len && plain; i++)
		plain = (key[i] >= 'a' && key[i] <= 'z') || (key[i] >= 'A' && key[i] <= 'Z') ||
			(key[i] >= '0' && key[i] <= '9') || key[i] == '_';
	appendStringInfoChar(&reader->path, '.');
	if (plain)
		appendBinaryStringInfo(&reader->path, key, len);
	else if (len <= SHOWN_KEY)
		append_json_string(&reader->path, key, len);
	else
	{
		int			shown = pg_mbcliplen(key, len, SHOWN_KEY);

		append_json_string(&reader->path, key, shown);
		reader->path.len--;		/* the closing quote */
		appendStringInfoString(&reader->path, "...\"");
	}
	return before;
}

int
reader_enter_element(JsonReader *reader, int element)
{
	int			before = reader->path.len;

	appendStringInfo(&reader->path, "[%d]", element);
	return before;
}

void
reader_leave(JsonReader *reader, int before)
{
	reader->path.len = before;
	reader->path.data[before] = '\0';
}

static const char *
kind_of(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		case jbvBinary:
			if (JsonContainerIsScalar(value->val.binary.data))
				return "a scalar";
			return JsonContainerIsObject(value->val.binary.data) ? "an object" : "an array";
		default:
			return "something else";
	}
}

bool
reader_is(const JsonMember *member, const char *key)
{
	return (size_t) member->len == strlen(key) && memcmp(member->key, key, member->len) == 0;
}

/* All of a document as a value of it. */
void
reader_document(Jsonb *json, JsonbValue *document)
{
	if (JB_ROOT_IS_SCALAR(json))
	{
		(void) JsonbExtractScalar(&json->root, document);
		return;
	}
	document->type = jbvBinary;
	document->val.binary.data = &json->root;
	document->val.binary.len = VARSIZE(json) - VARHDRSZ;
}

/* The members of an object, in the order of jsonb. */
bool
reader_members(JsonReader *reader, const JsonbValue *value, int max, JsonMember **members, int *n)
{
	JsonbIterator *it;
	JsonbValue	part;
	int			count;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return reader_fault(reader, "an object is expected, not %s", kind_of(value));
	count = JsonContainerSize(value->val.binary.data);
	if (count > max)
		return reader_fault(reader, "at most %d members are allowed, not %d", max, count);
	*n = 0;
	*members = palloc_extended(sizeof(JsonMember) * Max(count, 1), MCXT_ALLOC_HUGE);
	it = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&it, &part, true);
	while (JsonbIteratorNext(&it, &part, true) == WJB_KEY)
	{
		JsonMember *member = &(*members)[(*n)++];

		CHECK_FOR_INTERRUPTS();
		member->key = part.val.string.val;
		member->len = part.val.string.len;
		(void) JsonbIteratorNext(&it, &member->value, true);
	}
	return true;
}

bool
reader_elements(JsonReader *reader, const JsonbValue *value, int max, JsonbValue **elements, int *n)
{
	JsonbIterator *it;
	JsonbValue	part;
	int			count;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data) ||
		JsonContainerIsScalar(value->val.binary.data))
		return reader_fault(reader, "an array is expected, not %s", kind_of(value));
	count = JsonContainerSize(value->val.binary.data);
	if (count > max)
		return reader_fault(reader, "at most %d elements are allowed, not %d", max, count);
	*n = 0;
	*elements = palloc_extended(sizeof(JsonbValue) * Max(count, 1), MCXT_ALLOC_HUGE);
	it = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&it, &part, true);
	while (JsonbIteratorNext(&it, &part, true) == WJB_ELEM)
	{
		CHECK_FOR_INTERRUPTS();
		(*elements)[(*n)++] = part;
	}
	return true;
}

/* A number of at most that magnitude. */
bool
reader_number(JsonReader *reader, const JsonbValue *value, double limit, double *number)
{
	if (value->type != jbvNumeric)
		return reader_fault(reader, "a number is expected, not %s", kind_of(value));
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(fabs(*number) <= limit))
		return reader_fault(reader, "the number must be between -%g and %g", limit, limit);
	*number += 0.0;				/* no negative zero */
	return true;
}

bool
reader_integer(JsonReader *reader, const JsonbValue *value, int64 min, int64 max, int64 *number)
{
	if (value->type == jbvNumeric)
	{
		Datum		number_datum = NumericGetDatum(value->val.numeric);
		Datum		low = DirectFunctionCall1(int8_numeric, Int64GetDatum(min));
		Datum		high = DirectFunctionCall1(int8_numeric, Int64GetDatum(max));
		Datum		whole = DirectFunctionCall2(numeric_trunc, number_datum, Int32GetDatum(0));

		if (DatumGetBool(DirectFunctionCall2(numeric_eq, whole, number_datum)) &&
			DatumGetBool(DirectFunctionCall2(numeric_ge, number_datum, low)) &&
			DatumGetBool(DirectFunctionCall2(numeric_le, number_datum, high)))
		{
			*number = DatumGetInt64(DirectFunctionCall1(numeric_int8, number_datum));
			return true;
		}
		return reader_fault(reader, "a whole number from " INT64_FORMAT " to " INT64_FORMAT " is expected", min, max);
	}
	return reader_fault(reader, "a whole number is expected, not %s", kind_of(value));
}

bool
reader_boolean(JsonReader *reader, const JsonbValue *value, bool *boolean)
{
	if (value->type != jbvBool)
		return reader_fault(reader, "true or false is expected, not %s", kind_of(value));
	*boolean = value->val.boolean;
	return true;
}

/* Is it a string?  "expected" is what it stands for. */
bool
reader_string(JsonReader *reader, const JsonbValue *value, const char *expected)
{
	if (value->type != jbvString)
		return reader_fault(reader, "%s is expected, as a string, not %s", expected, kind_of(value));
	return true;
}

bool
reader_time(JsonReader *reader, const JsonbValue *value, int64 *at)
{
	const char *next;

	if (!reader_string(reader, value, "a time"))
		return false;
	if (iso8601_parse(value->val.string.val, value->val.string.val + value->val.string.len, at, &next) != ISO8601_OK ||
		next != value->val.string.val + value->val.string.len || !IS_VALID_TIMESTAMP(*at))
		return reader_fault(reader, "a time such as \"2026-01-05T09:30:00Z\" is expected");
	return true;
}

/* ---------------------------------------------------------------- writing */

void
append_json_string(StringInfo buf, const char *string, int len)
{
	char	   *copy = pnstrdup(string, len);

	escape_json(buf, copy);
	pfree(copy);
}

/* The shortest digits that are read back as the same number. */
void
append_json_number(StringInfo buf, double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	(void) double_to_shortest_decimal_buf(number, digits);
	appendStringInfoString(buf, digits);
}

void
append_json_time(StringInfo buf, int64 at)
{
	char		text[ISO8601_MAXLEN];

	(void) iso8601_format(at, text);
	appendStringInfo(buf, "\"%s\"", text);
}

/* Text as jsonb.  False after a soft error. */
bool
json_parse(const char *text, struct Node *escontext, Jsonb **json)
{
	Datum		result;

#if PG_VERSION_NUM >= 160000
	if (!DirectInputFunctionCallSafe(jsonb_in, unconstify(char *, text), InvalidOid, -1, escontext, &result))
		return false;
#else
	(void) escontext;
	result = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
#endif
	*json = DatumGetJsonbP(result);
	return true;
}
