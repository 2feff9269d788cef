/*
 * node_log.c
 *		The state of next_node: making it, and its text and binary forms.
 *
 * Text: forward; first_match, keep_nulls; 2; {home@2026-01-01T00:00:00Z/1:10}.
 * In order: direction, base, number of events, and the rows: value, time, may
 * it be the base, and for each event whether the row meets it.  A value stands
 * in double quotes when it is empty, is the word NULL, or holds white space, a
 * control character or one of { } , @ " and backslash; inside quotes a
 * backslash makes the next character plain.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "core/iso8601.h"
#include "path/node_log.h"

PG_FUNCTION_INFO_V1(node_log_in);
PG_FUNCTION_INFO_V1(node_log_out);
PG_FUNCTION_INFO_V1(node_log_recv);
PG_FUNCTION_INFO_V1(node_log_send);

#define NODE_LOG_VERSION	1

static const char *const base_names[] = {"head", "tail", "first_match", "last_match", "first_chain", "last_chain"};

#define ROW_SIZE(len)		MAXALIGN(offsetof(NodeRow, value) + Max(len, 0))

static inline char *
log_rows(const NodeLog *log)
{
	return (char *) log + MAXALIGN(sizeof(NodeLog));
}

static bool
word_is(const char *word, int len, const char *name)
{
	return len == (int) strlen(name) && memcmp(word, name, len) == 0;
}

/*
 * Direction and base as words; "keep_nulls" may follow the base after a comma.
 */
bool
node_plan_parse(NodePlan *plan, const char *direction, int direction_len,
				const char *base, int base_len, struct Node *escontext)
{
	const char *p = base;
	const char *end = base + base_len;
	bool		has_base = false;

	plan->keep_nulls = false;
	plan->backward = word_is(direction, direction_len, "backward");
	if (!plan->backward && !word_is(direction, direction_len, "forward"))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid direction of next_node: \"%.*s\"", direction_len, direction),
				 errhint("The directions are \"forward\" and \"backward\".")));

	for (;;)
	{
		const char *word;
		const char *last;
		bool		known = false;

		while (p < end && scanner_isspace(*p))
			p++;
		word = p;
		while (p < end && *p != ',')
			p++;
		last = p;
		while (last > word && scanner_isspace(last[-1]))
			last--;

		if (word_is(word, last - word, "keep_nulls") && has_base && !plan->keep_nulls)
			known = plan->keep_nulls = true;
		for (int i = 0; i < (int) lengthof(base_names) && !has_base && !known; i++)
		{
			if (word_is(word, last - word, base_names[i]))
			{
				plan->base = (NextNodeBase) i;
				known = true;
			}
		}
		if (!known)
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid base of next_node: \"%.*s\"", base_len, base),
					 errhint("The bases are head, tail, first_match, last_match, first_chain and last_chain; \"keep_nulls\" may follow after a comma.")));
		has_base = true;
		if (p >= end)
			return true;
		p++;
	}
}

/* Checks direction, base and number of events together. */
bool
node_plan_check(const NodePlan *plan, struct Node *escontext)
{
	if (plan->base == (plan->backward ? NEXTNODE_HEAD : NEXTNODE_TAIL))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no next node %s from the %s",
						plan->backward ? "backward" : "forward", base_names[plan->base])));
	if (plan->nevents < 0 || plan->nevents > NODE_LOG_MAX_EVENTS)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many events of next_node"),
				 errdetail("At most %d are allowed.", NODE_LOG_MAX_EVENTS)));
	if (plan->nevents == 0 && plan->base != NEXTNODE_HEAD && plan->base != NEXTNODE_TAIL)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base \"%s\" of next_node needs an event", base_names[plan->base])));
	return true;
}

/* Direction and base as words, parted by a semicolon. */
void
node_plan_text(StringInfo buf, const NodePlan *plan)
{
	appendStringInfo(buf, "%s; %s%s", plan->backward ? "backward" : "forward",
					 base_names[plan->base], plan->keep_nulls ? ", keep_nulls" : "");
}

static NodeLog *
log_alloc(const NodePlan *plan, Size room)
{
	Size		size = MAXALIGN(sizeof(NodeLog)) + room;
	NodeLog    *log;

	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows for next_node"),
				 errdetail("The rows of a group can take at most %zu bytes.", (Size) MaxAllocSize)));
	log = palloc0(size);
	SET_VARSIZE(log, size);
	log->version = NODE_LOG_VERSION;
	log->base = plan->base;
	log->flags = (plan->backward ? NODE_LOG_BACKWARD : 0) | (plan->keep_nulls ? NODE_LOG_KEEP_NULLS : 0);
	log->nevents = plan->nevents;
	log->room = room;
	return log;
}

/* An empty log of a plan that has been checked. */
NodeLog *
node_log_new(const NodePlan *plan)
{
	return log_alloc(plan, 4 * ROW_SIZE(16));
}

void
node_log_plan(const NodeLog *log, NodePlan *plan)
{
	plan->base = (NextNodeBase) log->base;
	plan->backward = (log->flags & NODE_LOG_BACKWARD) != 0;
	plan->keep_nulls = (log->flags & NODE_LOG_KEEP_NULLS) != 0;
	plan->nevents = log->nevents;
}

/* Order of rows: time, bytes of the value (nulls last), conditions.  Rows that are equal in all are equal. */
static int
compare_rows(const void *a, const void *b)
{
	const NodeRow *x = *(const NodeRow *const *) a;
	const NodeRow *y = *(const NodeRow *const *) b;
	int			cmp;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->len < 0 || y->len < 0)
		cmp = (x->len < 0) - (y->len < 0);
	else
	{
		cmp = memcmp(x->value, y->value, Min(x->len, y->len));
		if (cmp == 0)
			cmp = x->len < y->len ? -1 : x->len > y->len;
	}
	if (cmp != 0)
		return cmp;
	if (x->mask != y->mask)
		return x->mask < y->mask ? -1 : 1;
	return (int) x->can_be_base - (int) y->can_be_base;
}

/* The rows in order. */
const NodeRow **
node_log_rows(const NodeLog *log)
{
	const NodeRow **rows = palloc_extended(sizeof(NodeRow *) * Max(log->nrows, 1), MCXT_ALLOC_HUGE);
	const char *p = log_rows(log);
	bool		sorted = true;

	for (uint32 i = 0; i < log->nrows; i++)
	{
		rows[i] = (const NodeRow *) p;
		if (i > 0 && sorted && compare_rows(&rows[i - 1], &rows[i]) > 0)
			sorted = false;
		p += ROW_SIZE(rows[i]->len);
	}
	if (!sorted)
		qsort(rows, log->nrows, sizeof(NodeRow *), compare_rows);
	return rows;
}

/*
 * A copy in order, without rows that cannot matter, and with room for more if
 * it is needed.
 */
static NodeLog *
log_rewrite(const NodeLog *log, Size need)
{
	NodePlan	plan;
	const NodeRow **rows = node_log_rows(log);
	uint32		from = 0;
	uint32		to = log->nrows;
	Size		used = 0;
	NodeLog    *copy;
	char	   *p;

	/* a chain from an end reaches no farther than its length */
	node_log_plan(log, &plan);
	if (plan.base == NEXTNODE_HEAD)
		to = Min(to, (uint32) plan.nevents + 1);
	else if (plan.base == NEXTNODE_TAIL)
		from = to - Min(to, (uint32) plan.nevents + 1);
	for (uint32 i = from; i < to; i++)
		used += ROW_SIZE(rows[i]->len);
	copy = log_alloc(&plan, need == 0 ? used : Max(used + need, Max(log->room, used * 2)));
	p = log_rows(copy);
	for (uint32 i = from; i < to; i++)
	{
		memcpy(p, rows[i], ROW_SIZE(rows[i]->len));
		p += ROW_SIZE(rows[i]->len);
	}
	copy->nrows = to - from;
	copy->used = used;
	pfree(rows);
	return copy;
}

/*
 * Adds a row (len -1: without a value).  Returns the log, which is another one
 * when it had no room.
 */
NodeLog *
node_log_add(NodeLog *log, int64 at, uint64 mask, bool can_be_base, const char *value, int len)
{
	Size		size = ROW_SIZE(len);
	NodeRow    *row;

	if (log->used + size > log->room)
		log = log_rewrite(log, size);
	row = (NodeRow *) (log_rows(log) + log->used);
	row->at = at;
	row->mask = mask;
	row->len = len;
	row->can_be_base = can_be_base;
	if (len > 0)
		memcpy(row->value, value, len);
	log->used += size;
	log->nrows++;
	return log;
}

static bool
is_special(char c)
{
	return (unsigned char) c <= ' ' || c == 0x7f ||
		c == '{' || c == '}' || c == ',' || c == '@' || c == '"' || c == '\\';
}

static void
append_value(StringInfo buf, const char *value, int len)
{
	bool		quote = len == 0 || word_is(value, len, "NULL");

	for (int i = 0; i < len && !quote; i++)
		quote = is_special(value[i]);
	if (!quote)
	{
		appendBinaryStringInfo(buf, value, len);
		return;
	}
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < len; i++)
	{
		if (value[i] == '"' || value[i] == '\\')
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, value[i]);
	}
	appendStringInfoChar(buf, '"');
}

Datum
node_log_out(PG_FUNCTION_ARGS)
{
	NodeLog    *log = PG_GETARG_NODE_LOG(0);
	const NodeRow **rows;
	NodePlan	plan;
	StringInfoData buf;

	log = log_rewrite(log, 0);
	rows = node_log_rows(log);
	node_log_plan(log, &plan);
	initStringInfo(&buf);
	node_plan_text(&buf, &plan);
	appendStringInfo(&buf, "; %d; {", plan.nevents);
	for (uint32 i = 0; i < log->nrows; i++)
	{
		char		at[ISO8601_MAXLEN];

		if (i > 0)
			appendStringInfoString(&buf, ", ");
		if (rows[i]->len < 0)
			appendStringInfoString(&buf, "NULL");
		else
			append_value(&buf, rows[i]->value, rows[i]->len);
		appendStringInfoChar(&buf, '@');
		appendBinaryStringInfo(&buf, at, iso8601_format(rows[i]->at, at));
		appendStringInfoString(&buf, rows[i]->can_be_base ? "/1:" : "/0:");
		for (int k = 0; k < plan.nevents; k++)
			appendStringInfoChar(&buf, rows[i]->mask & (UINT64CONST(1) << k) ? '1' : '0');
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* Reading the text form. */
typedef struct NodeScanner
{
	const char *text;
	const char *p;
	const char *end;
} NodeScanner;

static bool
expect(NodeScanner *scan, char c)
{
	while (scan->p < scan->end && scanner_isspace(*scan->p))
		scan->p++;
	if (scan->p >= scan->end || *scan->p != c)
		return false;
	scan->p++;
	while (scan->p < scan->end && scanner_isspace(*scan->p))
		scan->p++;
	return true;
}

static bool
read_bit(NodeScanner *scan, bool *bit)
{
	if (scan->p >= scan->end || (*scan->p != '0' && *scan->p != '1'))
		return false;
	*bit = *scan->p++ == '1';
	return true;
}

/* Reads a value; quoted is what tells "NULL" from NULL. */
static bool
read_value(NodeScanner *scan, StringInfo value, bool *quoted)
{
	resetStringInfo(value);
	*quoted = scan->p < scan->end && *scan->p == '"';
	if (!*quoted)
	{
		while (scan->p < scan->end && !is_special(*scan->p))
			appendStringInfoChar(value, *scan->p++);
		return value->len > 0;
	}
	scan->p++;
	for (;;)
	{
		if (scan->p >= scan->end)
			return false;
		if (*scan->p == '"')
			break;
		if (*scan->p == '\\' && ++scan->p >= scan->end)
			return false;
		appendStringInfoChar(value, *scan->p++);
	}
	scan->p++;
	return true;
}

/* Reads one row into the log. */
static bool
read_row(NodeScanner *scan, const NodePlan *plan, StringInfo value, NodeLog **log)
{
	bool		quoted;
	bool		null;
	int64		at;
	bool		can_be_base;
	uint64		mask = 0;
	const char *next;

	if (!read_value(scan, value, &quoted))
		return false;
	null = !quoted && word_is(value->data, value->len, "NULL");
	if (null && !plan->keep_nulls)
		return false;
	if (scan->p >= scan->end || *scan->p++ != '@')
		return false;
	if (iso8601_parse(scan->p, scan->end, &at, &next) != ISO8601_OK)
		return false;
	scan->p = next;
	if (scan->p >= scan->end || *scan->p++ != '/' || !read_bit(scan, &can_be_base) ||
		scan->p >= scan->end || *scan->p++ != ':')
		return false;
	for (int i = 0; i < plan->nevents; i++)
	{
		bool		bit;

		if (!read_bit(scan, &bit))
			return false;
		if (bit)
			mask |= UINT64CONST(1) << i;
	}
	*log = node_log_add(*log, at, mask, can_be_base, value->data, null ? -1 : value->len);
	return true;
}

Datum
node_log_in(PG_FUNCTION_ARGS)
{
	NodeScanner scan;
	NodePlan	plan;
	NodeLog    *log;
	StringInfoData value;
	struct Node *escontext = fcinfo->context;
	const char *field[3];
	int			len[3];

	scan.text = scan.p = PG_GETARG_CSTRING(0);
	scan.end = scan.text + strlen(scan.text);
	for (int i = 0; i < 3; i++)
	{
		while (scan.p < scan.end && scanner_isspace(*scan.p))
			scan.p++;
		field[i] = scan.p;
		while (scan.p < scan.end && *scan.p != ';')
			scan.p++;
		len[i] = scan.p - field[i];
		while (len[i] > 0 && scanner_isspace(field[i][len[i] - 1]))
			len[i]--;
		if (!expect(&scan, ';'))
			goto malformed;
	}
	if (!node_plan_parse(&plan, field[0], len[0], field[1], len[1], escontext))
		PG_RETURN_NULL();
	if (len[2] < 1 || len[2] > 2)
	{
		scan.p = field[2];
		goto malformed;
	}
	plan.nevents = 0;
	for (int i = 0; i < len[2]; i++)
	{
		if (field[2][i] < '0' || field[2][i] > '9')
		{
			scan.p = field[2];
			goto malformed;
		}
		plan.nevents = plan.nevents * 10 + (field[2][i] - '0');
	}
	if (!node_plan_check(&plan, escontext))
		PG_RETURN_NULL();

	log = node_log_new(&plan);
	initStringInfo(&value);
	if (!expect(&scan, '{'))
		goto malformed;
	if (!expect(&scan, '}'))
	{
		do
		{
			if (!read_row(&scan, &plan, &value, &log))
				goto malformed;
		} while (expect(&scan, ','));
		if (!expect(&scan, '}'))
			goto malformed;
	}
	if (scan.p < scan.end)
		goto malformed;
	PG_RETURN_POINTER(log_rewrite(log, 0));

malformed:
	ereturn(escontext, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed state of next_node: \"%s\"", scan.text),
			 errdetail("Reading stopped at position %d.",
					   pg_mbstrlen_with_len(scan.text, scan.p - scan.text) + 1)));
}

/*
 * Binary: version, base, flags, number of events (bytes); number of rows
 * (int32); each row as time and mask (int64), may it be the base (byte), and
 * the value as its length (int32, -1 for a null) and bytes in the client's
 * encoding.
 */
Datum
node_log_send(PG_FUNCTION_ARGS)
{
	NodeLog    *log = PG_GETARG_NODE_LOG(0);
	const NodeRow **rows;
	StringInfoData buf;

	log = log_rewrite(log, 0);
	rows = node_log_rows(log);
	pq_begintypsend(&buf);
	pq_sendint8(&buf, NODE_LOG_VERSION);
	pq_sendint8(&buf, log->base);
	pq_sendint8(&buf, log->flags);
	pq_sendint8(&buf, log->nevents);
	pq_sendint32(&buf, log->nrows);
	for (uint32 i = 0; i < log->nrows; i++)
	{
		pq_sendint64(&buf, rows[i]->at);
		pq_sendint64(&buf, rows[i]->mask);
		pq_sendint8(&buf, rows[i]->can_be_base);
		if (rows[i]->len < 0)
			pq_sendint32(&buf, -1);
		else
			pq_sendcountedtext(&buf, rows[i]->value, rows[i]->len);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed state of next_node"),
			 errdetail("Its %s cannot be right.", what)));
}

Datum
node_log_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			base;
	int			flags;
	int			n;
	NodePlan	plan;
	NodeLog    *log;

	if (version != NODE_LOG_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("state of next_node has unknown version %d", version)));
	base = pq_getmsgbyte(buf);
	flags = pq_getmsgbyte(buf);
	if (base >= (int) lengthof(base_names) || flags & ~(NODE_LOG_BACKWARD | NODE_LOG_KEEP_NULLS))
		malformed_binary("base");
	plan.base = (NextNodeBase) base;
	plan.backward = (flags & NODE_LOG_BACKWARD) != 0;
	plan.keep_nulls = (flags & NODE_LOG_KEEP_NULLS) != 0;
	plan.nevents = pq_getmsgbyte(buf);
	node_plan_check(&plan, NULL);

	n = pq_getmsgint(buf, 4);
	if (n < 0 || (int64) n * 21 > buf->len - buf->cursor)
		malformed_binary("number of rows");
	log = node_log_new(&plan);
	for (int i = 0; i < n; i++)
	{
		int64		at = pq_getmsgint64(buf);
		uint64		mask = pq_getmsgint64(buf);
		int			can_be_base = pq_getmsgbyte(buf);
		int			len = pq_getmsgint(buf, 4);
		char	   *value = NULL;

		if (!IS_VALID_TIMESTAMP(at))
			malformed_binary("time of a row");
		if ((plan.nevents < 64 && mask >> plan.nevents != 0) || can_be_base > 1)
			malformed_binary("conditions of a row");
		if (len < -1 || len > buf->len - buf->cursor || (len == -1 && !plan.keep_nulls))
			malformed_binary("value of a row");
		if (len >= 0)
			value = pq_getmsgtext(buf, len, &len);
		log = node_log_add(log, at, mask, can_be_base, value, len);
		if (value != NULL)
			pfree(value);
	}
	PG_RETURN_POINTER(log_rewrite(log, 0));
}
