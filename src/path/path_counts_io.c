/*
 * path_counts_io.c
 *		Text and binary input and output of path_counts.
 *
 * Text: forward; 3; 2; {1 home shop 37:1 45:1, 2 shop $exit 2}.  In order:
 * direction, depth, number of paths, and the edges: number, near and far label,
 * and for each bucket of the time between how many paths; where a path is over,
 * $exit (or, backward, $entry) and how many.  A label stands in double quotes
 * when it begins with $, or holds white space, a control character or one of
 * { } , ; " and backslash; inside quotes a backslash makes the next character
 * plain.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"

#include "compat.h"
#include "core/histogram.h"
#include "path/path_counts.h"

PG_FUNCTION_INFO_V1(path_counts_in);
PG_FUNCTION_INFO_V1(path_counts_out);
PG_FUNCTION_INFO_V1(path_counts_recv);
PG_FUNCTION_INFO_V1(path_counts_send);

static const char *
over_name(bool backward)
{
	return backward ? "$entry" : "$exit";
}

static bool
is_special(char c)
{
	return (unsigned char) c <= ' ' || c == 0x7f ||
		c == '{' || c == '}' || c == ',' || c == ';' || c == '"' || c == '\\';
}

static void
append_label(StringInfo buf, const JourneyLabel *label)
{
	bool		quote = label->data[0] == '$';

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
path_counts_out(PG_FUNCTION_ARGS)
{
	PathCounts *counts = path_counts_pack(PG_GETARG_PATH_COUNTS(0));
	const PathEntry *entries = path_counts_entries(counts);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s; %d; " INT64_FORMAT "; {",
					 counts->backward ? "backward" : "forward", counts->depth, counts->total);
	for (uint32 i = 0; i < counts->nentries; i++)
	{
		uint64		key = entries[i].key;
		bool		over = PATH_KEY_FAR(key) == PATH_OVER;

		if (i == 0 || key >> 16 != entries[i - 1].key >> 16)
		{
			JourneyLabel label = path_counts_get_label(counts, PATH_KEY_NEAR(key));

			if (i > 0)
				appendStringInfoString(&buf, ", ");
			appendStringInfo(&buf, "%d ", PATH_KEY_EDGE(key));
			append_label(&buf, &label);
			appendStringInfoChar(&buf, ' ');
			if (over)
				appendStringInfoString(&buf, over_name(counts->backward));
			else
			{
				label = path_counts_get_label(counts, PATH_KEY_FAR(key));
				append_label(&buf, &label);
			}
		}
		appendStringInfoChar(&buf, ' ');
		if (!over)
			appendStringInfo(&buf, "%d:", PATH_KEY_BUCKET(key));
		appendStringInfo(&buf, INT64_FORMAT, entries[i].count);
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* Reading the text form. */
typedef struct PathScanner
{
	const char *text;
	const char *p;
	const char *end;
	int64		sum;			/* of all counts so far */
} PathScanner;

static void
skip_space(PathScanner *scan)
{
	while (scan->p < scan->end && scanner_isspace(*scan->p))
		scan->p++;
}

static bool
expect(PathScanner *scan, char c)
{
	skip_space(scan);
	if (scan->p >= scan->end || *scan->p != c)
		return false;
	scan->p++;
	skip_space(scan);
	return true;
}

static bool
read_word(PathScanner *scan, const char *word)
{
	int			len = strlen(word);

	if (scan->end - scan->p < len || memcmp(scan->p, word, len) != 0)
		return false;
	scan->p += len;
	return true;
}

static bool
read_number(PathScanner *scan, int64 min, int64 max, int64 *value)
{
	char	   *end;

	if (scan->p >= scan->end || *scan->p < '0' || *scan->p > '9')
		return false;
	errno = 0;
	*value = strtoll(scan->p, &end, 10);
	if (errno != 0 || *value < min || *value > max)
		return false;
	scan->p = end;
	return true;
}

/* Reads a count; all of them together must be a count, so that no sum of some overflows. */
static bool
read_count(PathScanner *scan, int64 *count)
{
	return read_number(scan, 1, PG_INT64_MAX, count) &&
		!pg_add_s64_overflow(scan->sum, *count, &scan->sum);
}

/* Reads a label into buf. */
static bool
read_label(PathScanner *scan, StringInfo buf)
{
	resetStringInfo(buf);
	if (scan->p < scan->end && *scan->p == '"')
	{
		scan->p++;
		for (;;)
		{
			if (scan->p >= scan->end)
				return false;
			if (*scan->p == '"')
				break;
			if (*scan->p == '\\' && ++scan->p >= scan->end)
				return false;
			appendStringInfoChar(buf, *scan->p++);
		}
		scan->p++;
	}
	else
	{
		if (scan->p < scan->end && *scan->p == '$')
			return false;
		while (scan->p < scan->end && !is_special(*scan->p))
			appendStringInfoChar(buf, *scan->p++);
	}
	return buf->len > 0 && buf->len <= JOURNEY_MAX_LABEL;
}

/* Reads one edge. */
static bool
read_edge(PathScanner *scan, PathCounts **counts, StringInfo label)
{
	int64		edge;
	int			near;
	int			far = PATH_OVER;
	int64		bucket = PATH_NO_BUCKET;
	int64		count;

	if (!read_number(scan, 1, (*counts)->depth - 1, &edge))
		return false;
	skip_space(scan);
	if (!read_label(scan, label))
		return false;
	*counts = path_counts_label(*counts, label->data, label->len, &near);
	skip_space(scan);
	if (read_word(scan, over_name((*counts)->backward)))
	{
		skip_space(scan);
		if (!read_count(scan, &count))
			return false;
		*counts = path_counts_add(*counts, PATH_KEY(edge, near, far, bucket), count);
		return true;
	}
	if (!read_label(scan, label))
		return false;
	*counts = path_counts_label(*counts, label->data, label->len, &far);
	skip_space(scan);
	do
	{
		if (!read_number(scan, 0, HISTOGRAM_BUCKETS - 1, &bucket) || !read_word(scan, ":") ||
			!read_count(scan, &count))
			return false;
		*counts = path_counts_add(*counts, PATH_KEY(edge, near, far, bucket), count);
		skip_space(scan);
	} while (scan->p < scan->end && *scan->p >= '0' && *scan->p <= '9');
	return true;
}

Datum
path_counts_in(PG_FUNCTION_ARGS)
{
	PathScanner scan;
	PathCounts *counts;
	struct Node *escontext = fcinfo->context;
	StringInfoData label;
	bool		backward;
	int64		depth;
	int64		total;

	scan.text = scan.p = PG_GETARG_CSTRING(0);
	scan.end = scan.text + strlen(scan.text);
	scan.sum = 0;
	skip_space(&scan);
	backward = read_word(&scan, "backward");
	if (!backward && !read_word(&scan, "forward"))
		goto malformed;
	if (!expect(&scan, ';') || !read_number(&scan, 2, PATH_MAX_DEPTH, &depth) ||
		!expect(&scan, ';') || !read_number(&scan, 0, PG_INT64_MAX, &total) ||
		!expect(&scan, ';') || !expect(&scan, '{'))
		goto malformed;
	counts = path_counts_new(depth, backward);
	counts->total = total;
	initStringInfo(&label);
	if (!expect(&scan, '}'))
	{
		do
		{
			if (!read_edge(&scan, &counts, &label))
				goto malformed;
		} while (expect(&scan, ','));
		if (!expect(&scan, '}'))
			goto malformed;
	}
	if (scan.p < scan.end)
		goto malformed;
	counts = path_counts_pack(counts);
	if (!path_counts_consistent(counts))
		ereturn(escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("malformed counts of paths: \"%s\"", scan.text),
				 errdetail("The counts do not add up: whatever comes into a label goes on or ends there.")));
	PG_RETURN_POINTER(counts);

malformed:
	ereturn(escontext, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed counts of paths: \"%s\"", scan.text),
			 errdetail("Reading stopped at position %d.",
					   pg_mbstrlen_with_len(scan.text, scan.p - scan.text) + 1)));
}

/*
 * Binary: version, backward (bytes), depth (int16), total (int64); number of
 * labels (int32), each as length (int32) and bytes in the client's encoding;
 * number of entries (int32), each as edge, near, far (65535: over), bucket
 * (65535: over) in one int64, 16 bits each, and count (int64).
 */
Datum
path_counts_send(PG_FUNCTION_ARGS)
{
	PathCounts *counts = path_counts_pack(PG_GETARG_PATH_COUNTS(0));
	const PathEntry *entries = path_counts_entries(counts);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, PATH_COUNTS_VERSION);
	pq_sendint8(&buf, counts->backward);
	pq_sendint16(&buf, counts->depth);
	pq_sendint64(&buf, counts->total);
	pq_sendint32(&buf, counts->nlabels);
	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		JourneyLabel label = path_counts_get_label(counts, i);

		pq_sendcountedtext(&buf, label.data, label.len);
	}
	pq_sendint32(&buf, counts->nentries);
	for (uint32 i = 0; i < counts->nentries; i++)
	{
		pq_sendint64(&buf, entries[i].key);
		pq_sendint64(&buf, entries[i].count);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed counts of paths"),
			 errdetail("Their %s cannot be right.", what)));
}

Datum
path_counts_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			backward;
	int			depth;
	int64		total;
	int			nlabels;
	int			nentries;
	char	  **labels;
	int		   *lengths;
	int		   *map;			/* -1: no edge has been at this label */
	PathCounts *counts;

	if (version != PATH_COUNTS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("counts of paths have unknown version %d", version)));
	backward = pq_getmsgbyte(buf);
	depth = pq_getmsgint(buf, 2);
	total = pq_getmsgint64(buf);
	if (backward > 1)
		malformed_binary("direction");
	path_counts_check_depth(depth);
	if (total < 0)
		malformed_binary("total");
	counts = path_counts_new(depth, backward);
	counts->total = total;

	nlabels = pq_getmsgint(buf, 4);
	if (nlabels < 0 || nlabels > PATH_MAX_LABELS || (int64) nlabels * 5 > buf->len - buf->cursor)
		malformed_binary("number of labels");
	labels = palloc(sizeof(char *) * Max(nlabels, 1));
	lengths = palloc(sizeof(int) * Max(nlabels, 1));
	map = palloc(sizeof(int) * Max(nlabels, 1));
	for (int i = 0; i < nlabels; i++)
	{
		int			len = pq_getmsgint(buf, 4);

		if (len < 0 || len > buf->len - buf->cursor)
			malformed_binary("labels");
		labels[i] = pq_getmsgtext(buf, len, &lengths[i]);
		journey_check_label(lengths[i]);
		map[i] = -1;
	}

	nentries = pq_getmsgint(buf, 4);
	if (nentries < 0 || nentries > PATH_MAX_ENTRIES || (int64) nentries * 16 > buf->len - buf->cursor)
		malformed_binary("number of edges");
	for (int i = 0; i < nentries; i++)
	{
		uint64		key = pq_getmsgint64(buf);
		int64		count = pq_getmsgint64(buf);
		int			near = PATH_KEY_NEAR(key);
		int			far = PATH_KEY_FAR(key);
		int			bucket = PATH_KEY_BUCKET(key);
		bool		over = far == PATH_OVER;

		if (PATH_KEY_EDGE(key) < 1 || PATH_KEY_EDGE(key) >= depth || near >= nlabels ||
			(over ? bucket != PATH_NO_BUCKET : far >= nlabels || bucket >= HISTOGRAM_BUCKETS) || count < 1)
			malformed_binary("edges");

		/* a label without an edge is no part of the counts */
		if (map[near] < 0)
			counts = path_counts_label(counts, labels[near], lengths[near], &map[near]);
		if (!over && map[far] < 0)
			counts = path_counts_label(counts, labels[far], lengths[far], &map[far]);
		counts = path_counts_add(counts, PATH_KEY(PATH_KEY_EDGE(key), map[near], over ? PATH_OVER : map[far], bucket), count);
	}
	counts = path_counts_pack(counts);
	if (!path_counts_consistent(counts))
		malformed_binary("counts");
	PG_RETURN_POINTER(counts);
}
