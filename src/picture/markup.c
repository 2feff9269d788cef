/*
 * markup.c
 *		Labels as text of XML and HTML: escaped, measured and cut.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "compat.h"
#include "picture/markup.h"

PG_FUNCTION_INFO_V1(text_markup);

#define REPLACEMENT		0xFFFD
#define ELLIPSIS_EM		1.0

/* Takes the next character, and what cannot be one as U+FFFD. */
static pg_wchar
next_char(const char **p, const char *end)
{
	const unsigned char *c = (const unsigned char *) *p;
	int			len = pg_utf_mblen(c);

	if (len > end - *p || !pg_utf8_islegal(c, len))
	{
		(*p)++;
		return REPLACEMENT;
	}
	*p += len;
	return utf8_to_unicode(c);
}

/*
 * A label in the encoding of the database, made UTF-8.  Bytes of a database
 * without an encoding are taken for UTF-8 as far as they can be.
 */
MarkupText
markup_text(const char *data, int len)
{
	MarkupText	text = {data, len, false};

	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		char	   *copy = pnstrdup(data, len);

		text.data = (char *) pg_do_encoding_conversion((unsigned char *) copy, len, GetDatabaseEncoding(), PG_UTF8);
		if (text.data != copy)
			text.len = strlen(text.data);
	}
	return text;
}

/*
 * What a character is shown as.  XML forbids most control characters and two
 * others, even as references; white space would break lines; and the controls
 * of direction could turn the text around them.
 */
static pg_wchar
shown(pg_wchar c)
{
	if (c == '\t' || c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029)
		return ' ';
	if (c < ' ' || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c == 0xFFFF ||
		(c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
		return REPLACEMENT;
	return c;
}

static void
append_char(StringInfo buf, pg_wchar c)
{
	switch (c)
	{
		case '&':
			appendStringInfoString(buf, "&amp;");
			break;
		case '<':
			appendStringInfoString(buf, "&lt;");
			break;
		case '>':
			appendStringInfoString(buf, "&gt;");
			break;
		case '"':
			appendStringInfoString(buf, "&quot;");
			break;
		case '\'':
			appendStringInfoString(buf, "&#39;");
			break;
		default:
			if (c < 0x80)
				appendStringInfoChar(buf, (char) c);
			else if (GetDatabaseEncoding() == PG_UTF8 && c != REPLACEMENT)
			{
				unsigned char bytes[MAX_UNICODE_EQUIVALENT_STRING];

				unicode_to_utf8(c, bytes);
				appendBinaryStringInfo(buf, (char *) bytes, pg_utf_mblen(bytes));
			}
			else
				appendStringInfo(buf, "&#%u;", (unsigned) c);
	}
}

/* Appends a text, fit for an attribute as well as for an element. */
void
markup_append(StringInfo buf, MarkupText text)
{
	const char *p = text.data;
	const char *end = p + text.len;

	while (p < end)
		append_char(buf, shown(next_char(&p, end)));
	if (text.cut)
		appendStringInfoString(buf, "&#8230;");
}

/* Does it need an isolate, so that its direction ends with it? */
static bool
runs_backward(MarkupText text)
{
	const char *p = text.data;
	const char *end = p + text.len;

	while (p < end)
	{
		pg_wchar	c = next_char(&p, end);

		if ((c >= 0x0590 && c <= 0x08FF) || c == 0x200F || (c >= 0xFB1D && c <= 0xFDFF) ||
			(c >= 0xFE70 && c <= 0xFEFC) || (c >= 0x10800 && c <= 0x10FFF) || (c >= 0x1E800 && c <= 0x1EFFF))
			return true;
	}
	return false;
}

/* Appends a label among other words: one that runs from right to left does not turn those around. */
void
markup_append_label(StringInfo buf, MarkupText text)
{
	bool		backward = runs_backward(text);

	if (backward)
		appendStringInfoString(buf, "&#8296;");
	markup_append(buf, text);
	if (backward)
		appendStringInfoString(buf, "&#8297;");
}

/*
 * About how wide a character is, in parts of the size of its letters.  Which
 * font draws it is not known, so the widths are those of a wide one.
 */
static double
em_width(pg_wchar c)
{
	static const uint8 ascii[] = {	/* from the space on, in hundredths */
		34, 41, 47, 84, 64, 96, 79, 28, 40, 40, 51, 84, 34, 37, 34, 35,
		64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 35, 35, 84, 84, 84, 55,
		100, 70, 70, 71, 78, 64, 59, 78, 76, 31, 31, 67, 57, 87, 76, 80,
		62, 80, 70, 65, 63, 74, 69, 100, 70, 63, 69, 41, 35, 41, 84, 52,
		51, 62, 64, 56, 64, 63, 37, 64, 64, 29, 30, 60, 29, 98, 64, 63,
		64, 64, 43, 54, 41, 64, 61, 84, 61, 61, 54, 64, 35, 64, 84
	};
	unsigned char bytes[MAX_UNICODE_EQUIVALENT_STRING] = {0};
	int			columns;

	if (c >= ' ' && c < 0x7F)
		return ascii[c - ' '] / 100.0;
	unicode_to_utf8(c, bytes);
	columns = pg_encoding_dsplen(PG_UTF8, (char *) bytes);
	if (columns <= 0)
		return 0;
	if (c >= 0x1F000 && c < 0x20000)
		return 1.4;				/* emoji */
	return columns > 1 ? 1.1 : c < 0x0900 ? 0.75 : 1.0;
}

double
markup_width(MarkupText text, double size)
{
	const char *p = text.data;
	const char *end = p + text.len;
	double		width = text.cut ? ELLIPSIS_EM : 0;

	while (p < end)
		width += em_width(shown(next_char(&p, end)));
	return width * size;
}

/* The width of a text of ours, in which a reference such as &#183; is one character. */
double
markup_plain_width(const char *plain, double size)
{
	double		width = 0;

	for (const char *p = plain; *p != '\0'; p++)
	{
		if (*p == '&')
		{
			/* narrow spaces, other spaces and dots, and what may be any character */
			width += strncmp(p, "&#8239;", 7) == 0 ? 0.3 : strncmp(p, "&#160;", 6) == 0 || strncmp(p, "&#183;", 6) == 0 ? 0.4 : 0.84;
			p = strchr(p, ';');
		}
		else
			width += em_width((unsigned char) *p);
	}
	return width * size;
}

/* A text of ours without its last parts, which dots divide, where it is too wide. */
const char *
markup_plain_fit(const char *plain, double size, double room)
{
	char	   *text = pstrdup(plain);

	while (markup_plain_width(text, size) > room)
	{
		char	   *last = NULL;

		for (char *dot = strstr(text, MARKUP_DOT); dot != NULL; dot = strstr(dot + 1, MARKUP_DOT))
			last = dot;
		if (last == NULL)
			break;
		*last = '\0';
	}
	return text;
}

/* Does this character belong to the one before it? */
static bool
joins(pg_wchar before, pg_wchar c, bool *flag)
{
	bool		regional = c >= 0x1F1E6 && c <= 0x1F1FF;
	bool		pair = regional && *flag;

	/* two regional letters are one flag; the third begins another */
	*flag = regional && !*flag;
	return pair || before == 0x200D || (c >= 0x1F3FB && c <= 0x1F3FF) || (c > 0x7F && em_width(c) == 0);
}

/* The text, or as much of its beginning as there is room for, never a part of a character with its marks. */
MarkupText
markup_fit(MarkupText text, double size, double room)
{
	const char *p = text.data;
	const char *end = p + text.len;
	const char *whole = p;		/* the text up to here is not torn */
	pg_wchar	before = 0;
	bool		flag = false;
	double		width = 0;

	if (markup_width(text, size) <= room)
		return text;
	while (p < end)
	{
		const char *start = p;
		pg_wchar	c = next_char(&p, end);

		if (!joins(before, c, &flag) && (width + ELLIPSIS_EM) * size <= room)
			whole = start;
		width += em_width(shown(c));
		if (width * size > room)
			break;
		before = c;
	}
	while (whole > text.data && whole[-1] == ' ')
		whole--;
	text.len = whole - text.data;
	text.cut = true;
	return text;
}

/* markup_text(text): as text of HTML or XML, in an element or between quotes. */
Datum
text_markup(PG_FUNCTION_ARGS)
{
	text	   *argument = PG_GETARG_TEXT_PP(0);
	StringInfoData buf;

	initStringInfo(&buf);
	markup_append(&buf, markup_text(VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf.data, buf.len));
}
