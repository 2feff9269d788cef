/*
 * io.c
 *		Text and binary input and output of the journey type.
 *
 * Text: {lead@2026-01-01T00:00:00Z, "free trial"@2026-01-05T09:30:00.25Z}.
 * A label stands in double quotes when it holds white space, a control
 * character or one of { } , @ " and backslash; inside quotes a backslash makes
 * the next character plain.  Neither direction looks at a setting.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scansup.h"

#include "compat.h"
#include "core/iso8601.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_in);
PG_FUNCTION_INFO_V1(journey_out);
PG_FUNCTION_INFO_V1(journey_recv);
PG_FUNCTION_INFO_V1(journey_send);

/* The text being read, and where. */
typedef struct Scanner
{
	const char *start;
	const char *p;
	const char *end;
	struct Node *escontext;
} Scanner;

static void
skip_space(Scanner *scan)
{
	while (scan->p < scan->end && scanner_isspace(*scan->p))
		scan->p++;
}

/* Reports what was expected where the scanner stands.  Returns false, for soft errors. */
static bool
syntax_error(Scanner *scan, const char *expected)
{
	int			position = pg_mbstrlen_with_len(scan->start, scan->p - scan->start) + 1;

	if (scan->p >= scan->end)
		errsave(scan->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed journey literal: \"%s\"", scan->start),
				 errdetail("Expected %s, but the text ends.", expected)));
	else
		errsave(scan->escontext,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed journey literal: \"%s\"", scan->start),
				 errdetail("Expected %s at position %d, found \"%.*s\".",
						   expected, position,
						   pg_mblen(scan->p), scan->p)));
	return false;
}

/* Does a label have to be quoted because of this character? */
static bool
is_special(char c)
{
	return (unsigned char) c <= ' ' || c == 0x7f ||
		c == '{' || c == '}' || c == ',' || c == '@' || c == '"' || c == '\\';
}

/* Reads a label into buf. */
static bool
read_label(Scanner *scan, StringInfo buf)
{
	const char *start = scan->p;

	resetStringInfo(buf);
	if (scan->p < scan->end && *scan->p == '"')
	{
		scan->p++;
		for (;;)
		{
			if (scan->p >= scan->end)
				return syntax_error(scan, "a closing double quote");
			if (*scan->p == '"')
				break;
			if (*scan->p == '\\' && ++scan->p >= scan->end)
				return syntax_error(scan, "a character after the backslash");
			appendStringInfoChar(buf, *scan->p++);
		}
		scan->p++;
	}
	else
	{
		while (scan->p < scan->end && !is_special(*scan->p))
			appendStringInfoChar(buf, *scan->p++);
		if (buf->len == 0)
			return syntax_error(scan, "a label");
	}

	if (buf->len == 0)
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_ZERO_LENGTH_CHARACTER_STRING),
				 errmsg("journey label must not be empty"),
				 errdetail("The label at position %d is empty.",
						   pg_mbstrlen_with_len(scan->start, start - scan->start) + 1)));
	if (buf->len > JOURNEY_MAX_LABEL)
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("journey label is too long"),
				 errdetail("The label at position %d has %d bytes; at most %d are allowed.",
						   pg_mbstrlen_with_len(scan->start, start - scan->start) + 1,
						   buf->len, JOURNEY_MAX_LABEL)));
	return true;
}

/* Reads a time. */
static bool
read_time(Scanner *scan, int64 *at)
{
	const char *start = scan->p;
	Iso8601Result result = iso8601_parse(scan->p, scan->end, at, &scan->p);

	switch (result)
	{
		case ISO8601_OK:
			return true;
		case ISO8601_SYNTAX:
			return syntax_error(scan, "a time such as 2026-01-05T09:30:00Z");
		case ISO8601_FIELD:
		case ISO8601_RANGE:
			errsave(scan->escontext,
					(errcode(result == ISO8601_FIELD ?
							 ERRCODE_DATETIME_FIELD_OVERFLOW :
							 ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("time out of range in journey literal: \"%.*s\"",
							(int) (scan->p - start), start),
					 errdetail("The time is at position %d.",
							   pg_mbstrlen_with_len(scan->start, start - scan->start) + 1)));
			return false;
	}
	return false;
}

/* journey_in(cstring): the text form.  Entries may come in any order. */
Datum
journey_in(PG_FUNCTION_ARGS)
{
	Scanner		scan;
	StringInfoData label;
	JourneyBuild *build = journey_build_new(0);

	scan.start = scan.p = PG_GETARG_CSTRING(0);
	scan.end = scan.start + strlen(scan.start);
	scan.escontext = fcinfo->context;
	initStringInfo(&label);

	skip_space(&scan);
	if (scan.p >= scan.end || *scan.p != '{')
	{
		syntax_error(&scan, "\"{\"");
		PG_RETURN_NULL();
	}
	scan.p++;
	skip_space(&scan);
	if (scan.p < scan.end && *scan.p == '}')
		scan.p++;
	else
	{
		for (;;)
		{
			int64		at;
			JourneyBuild *before = build;

			CHECK_FOR_INTERRUPTS();
			skip_space(&scan);
			if (!read_label(&scan, &label))
				PG_RETURN_NULL();
			if (scan.p >= scan.end || *scan.p != '@')
			{
				syntax_error(&scan, "\"@\" and a time after the label");
				PG_RETURN_NULL();
			}
			scan.p++;
			if (!read_time(&scan, &at))
				PG_RETURN_NULL();
			build = journey_build_add_safe(build, label.data, label.len, at, scan.escontext);
			if (build == NULL)
				PG_RETURN_NULL();
			if (build != before)
				pfree(before);
			skip_space(&scan);
			if (scan.p < scan.end && *scan.p == '}')
				break;
			if (scan.p >= scan.end || *scan.p != ',')
			{
				syntax_error(&scan, "\",\" or \"}\"");
				PG_RETURN_NULL();
			}
			scan.p++;
		}
		scan.p++;
	}
	skip_space(&scan);
	if (scan.p < scan.end)
	{
		syntax_error(&scan, "nothing after \"}\"");
		PG_RETURN_NULL();
	}
	PG_RETURN_JOURNEY_P(journey_build_finish(build));
}

/* Appends a label, quoted if it must be. */
static void
append_label(StringInfo buf, const JourneyLabel *label)
{
	bool		quote = false;

	for (int i = 0; i < label->len && !quote; i++)
		quote = is_special(label->data[i]);
	if (!quote)
	{
		appendBinaryStringInfo(buf, label->data, label->len);
		return;
	}
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < label->len; i++)
	{
		if (label->data[i] == '"' || label->data[i] == '\\')
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, label->data[i]);
	}
	appendStringInfoChar(buf, '"');
}

Datum
journey_out(PG_FUNCTION_ARGS)
{
	JourneyView view;
	const JourneyLabel *labels;
	StringInfoData buf;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (uint32 i = 0; i < view.n; i++)
	{
		char		at[ISO8601_MAXLEN];

		if (i > 0)
			appendStringInfoString(&buf, ", ");
		append_label(&buf, &labels[journey_view_num(&view, i)]);
		appendStringInfoChar(&buf, '@');
		appendBinaryStringInfo(&buf, at, iso8601_format(journey_view_at(&view, i), at));
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Binary form: version byte; count of labels (int32) and each label (int32
 * length, bytes in the client's encoding); count of entries (int32) and each
 * entry (int32 label number, int64 microseconds since 2000-01-01 UTC).
 */
Datum
journey_send(PG_FUNCTION_ARGS)
{
	JourneyView view;
	const JourneyLabel *labels;
	StringInfoData buf;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);
	pq_begintypsend(&buf);
	pq_sendint8(&buf, JOURNEY_VERSION);
	pq_sendint32(&buf, view.nlabels);
	for (int i = 0; i < view.nlabels; i++)
		pq_sendcountedtext(&buf, labels[i].data, labels[i].len);
	pq_sendint32(&buf, view.n);
	for (uint32 i = 0; i < view.n; i++)
	{
		pq_sendint32(&buf, journey_view_num(&view, i));
		pq_sendint64(&buf, journey_view_at(&view, i));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Everything here comes from outside and is checked. */
Datum
journey_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int32		nlabels;
	int32		n;
	JourneyLabel *labels;
	JourneyBuild *build;

	if (version != JOURNEY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("journey value has unknown version %d", version)));
	nlabels = pq_getmsgint(buf, 4);
	if (nlabels < 0 || nlabels > JOURNEY_MAX_LABELS ||
		(int64) nlabels * 5 > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of labels in journey value: %d", nlabels)));
	labels = palloc(sizeof(JourneyLabel) * Max(nlabels, 1));
	for (int i = 0; i < nlabels; i++)
	{
		int			size = pq_getmsgint(buf, 4);

		if (size < 0 || size > buf->len - buf->cursor)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid label length in journey value: %d", size)));
		labels[i].data = pq_getmsgtext(buf, size, &labels[i].len);
		journey_check_label(labels[i].len);
	}
	n = pq_getmsgint(buf, 4);
	if (n < 0 || n > JOURNEY_MAX_ENTRIES ||
		(int64) n * 12 > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of entries in journey value: %d", n)));
	build = journey_build_new(n);
	for (int i = 0; i < n; i++)
	{
		uint32		num = pq_getmsgint(buf, 4);
		int64		at = pq_getmsgint64(buf);

		CHECK_FOR_INTERRUPTS();
		if (num >= (uint32) nlabels)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid label number in journey value: %u", num)));
		build = journey_build_add(build, labels[num].data, labels[num].len, at);
	}
	PG_RETURN_JOURNEY_P(journey_build_finish(build));
}
