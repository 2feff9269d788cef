/*
 * jsonread.c
 *		Reading the text forms that are JSON of a fixed shape.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"

#include "compat.h"
#include "jsonread/jsonread.h"

void
json_read_init(JsonRead *read, const char *type, const char *text, struct Node *escontext)
{
	read->type = type;
	read->start = read->p = text;
	read->end = text + strlen(text);
	read->escontext = escontext;
	initStringInfo(&read->string);
}

/* Reports what was expected at this place. */
bool
json_read_expected(JsonRead *read, const char *what)
{
	if (read->p >= read->end)
		ereturn(read->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed %s literal", read->type),
				 errdetail("Expected %s, but the text ends.", what)));
	ereturn(read->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed %s literal", read->type),
			 errdetail("Expected %s at position %d, found \"%.*s\".", what,
					   pg_mbstrlen_with_len(read->start, read->p - read->start) + 1,
					   Min(pg_mblen(read->p), (int) (read->end - read->p)), read->p)));
}

/* Reports what is wrong with what was read; the detail is a full sentence. */
bool
json_read_wrong(JsonRead *read, const char *detail)
{
	ereturn(read->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed %s literal", read->type),
			 errdetail_internal("%s", detail)));
}

static void
skip_space(JsonRead *read)
{
	while (read->p < read->end &&
		   (*read->p == ' ' || *read->p == '\t' || *read->p == '\n' || *read->p == '\r'))
		read->p++;
}

/* Is this the next character?  Then it is read. */
bool
json_read_accept(JsonRead *read, char c)
{
	skip_space(read);
	if (read->p >= read->end || *read->p != c)
		return false;
	read->p++;
	return true;
}

bool
json_read_require(JsonRead *read, char c)
{
	char		what[4] = {'"', c, '"', '\0'};

	return json_read_accept(read, c) || json_read_expected(read, what);
}

/* Four hexadecimal digits. */
static bool
read_hex(JsonRead *read, pg_wchar *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++)
	{
		char		c = read->p < read->end ? *read->p : '\0';

		if (c >= '0' && c <= '9')
			*value = *value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*value = *value * 16 + (c - 'A' + 10);
		else
			return json_read_expected(read, "four hexadecimal digits");
		read->p++;
	}
	return true;
}

/* What follows \u. */
static bool
read_unicode(JsonRead *read)
{
	pg_wchar	c;

	if (!read_hex(read, &c))
		return false;
	if (c >= 0xD800 && c <= 0xDFFF)
	{
		pg_wchar	second;

		if (c >= 0xDC00 || read->end - read->p < 2 || read->p[0] != '\\' || read->p[1] != 'u')
			return json_read_expected(read, "the second half of a surrogate pair");
		read->p += 2;
		if (!read_hex(read, &second))
			return false;
		if (second < 0xDC00 || second > 0xDFFF)
			return json_read_expected(read, "the second half of a surrogate pair");
		c = 0x10000 + ((c & 0x3FF) << 10) + (second & 0x3FF);
	}
	if (c == 0)
		return json_read_expected(read, "a character other than \\u0000");
	if (c < 0x80)
		appendStringInfoChar(&read->string, (char) c);
	else if (GetDatabaseEncoding() == PG_UTF8)
	{
		unsigned char utf8[5] = {0};

		unicode_to_utf8(c, utf8);
		appendBinaryStringInfo(&read->string, (char *) utf8, pg_utf_mblen(utf8));
	}
	else
		ereturn(read->escontext, false,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("escape of a character that is not ASCII needs a database in UTF8")));
	return true;
}

/* Reads a string, without its escapes. */
bool
json_read_string(JsonRead *read)
{
	resetStringInfo(&read->string);
	if (!json_read_accept(read, '"'))
		return json_read_expected(read, "a string");
	for (;;)
	{
		char		c;

		if (read->p >= read->end)
			return json_read_expected(read, "the end of a string");
		c = *read->p;
		if ((unsigned char) c < ' ')
			return json_read_expected(read, "no control character in a string");
		read->p++;
		if (c == '"')
			return true;
		if (c != '\\')
		{
			appendStringInfoChar(&read->string, c);
			continue;
		}
		c = read->p < read->end ? *read->p : '\0';
		switch (c)
		{
			case '"':
			case '\\':
			case '/':
				break;
			case 'b':
				c = '\b';
				break;
			case 'f':
				c = '\f';
				break;
			case 'n':
				c = '\n';
				break;
			case 'r':
				c = '\r';
				break;
			case 't':
				c = '\t';
				break;
			case 'u':
				read->p++;
				if (!read_unicode(read))
					return false;
				continue;
			default:
				return json_read_expected(read, "an escaped character");
		}
		read->p++;
		appendStringInfoChar(&read->string, c);
	}
}

/* Reads digits, without a sign. */
bool
json_read_digits(JsonRead *read, const char **digits, int *n)
{
	skip_space(read);
	*digits = read->p;
	while (read->p < read->end && *read->p >= '0' && *read->p <= '9')
		read->p++;
	*n = read->p - *digits;
	if (*n == 0 || (*n > 1 && **digits == '0'))
	{
		read->p = *digits;
		return json_read_expected(read, "a whole number");
	}
	return true;
}

/* Reads a whole number from min, which is 0 or more, to what fits. */
bool
json_read_int64(JsonRead *read, int64 min, int64 *value)
{
	const char *digits;
	int			n;

	if (!json_read_digits(read, &digits, &n))
		return false;
	errno = 0;
	*value = strtoll(digits, NULL, 10);
	if (errno != 0 || *value < min)
	{
		read->p = digits;
		return json_read_expected(read, min > 0 ? "a positive number in range" : "a number in range");
	}
	return true;
}

/* Reads a number that is not negative. */
bool
json_read_float8(JsonRead *read, double *value)
{
	const char *begin;
	char	   *end;

	skip_space(read);
	begin = read->p;
	if (read->p >= read->end || *read->p < '0' || *read->p > '9')
		return json_read_expected(read, "a number that is not negative");
	while (read->p < read->end && strchr("0123456789.eE+-", *read->p) != NULL)
		read->p++;
	*value = strtod(begin, &end);
	if (end != read->p || isinf(*value))
	{
		read->p = begin;
		return json_read_expected(read, "a number in range");
	}
	return true;
}

bool
json_read_end(JsonRead *read)
{
	skip_space(read);
	if (read->p < read->end)
		return json_read_expected(read, "the end of the text");
	return true;
}
