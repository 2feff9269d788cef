/*
 * pattern_test.c
 *		Patterns over rows in time, against a matcher that tries everything.
 *
 * The oracle works on a tree of its own, made at random together with the text
 * of the pattern, and knows the definition only: it goes through every order
 * of tied rows and every reading of the pattern.
 */
#include "postgres_fe.h"

#include <time.h>

#include "core/pattern_internal.h"
#include "rounds.h"

static int	ntests = 0;
static int	nfailed = 0;

static void
ok(bool good, const char *fmt,...)
{
	va_list		ap;

	ntests++;
	if (!good)
		nfailed++;
	printf("%sok %d - ", good ? "" : "not ", ntests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static uint64 seed = 42;

static uint32
rnd(uint32 n)
{
	seed = seed * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (uint32) ((seed >> 33) % n);
}

/* Processor time, which a busy machine does not stretch. */
static double
now_ms(void)
{
	return clock() * 1000.0 / CLOCKS_PER_SEC;
}

/* ---------------------------------------------------------------- patterns at random */

typedef enum
{
	O_ATOM, O_GATE, O_START, O_END, O_CAT, O_ALT, O_REPEAT
} OType;

typedef struct ONode
{
	OType		type;
	/* atom */
	bool		any;
	bool		negated;
	uint64		set;
	bool		single;			/* written (?1), not [1] */
	bool		wrapped;		/* in parentheses of its own: no gap when repeated */
	/* gate */
	int			op;				/* < <= > >= = != */
	int64		d;
	/* repeat */
	int			min;
	int			max;
	int			nkids;
	struct ONode *kid[5];
} ONode;

typedef struct OPattern
{
	ONode	   *root;
	int64		limit;			/* -1: none */
	char		text[4096];
	char		labels[4096];	/* the same with labels a, b, c */
} OPattern;

#define NCONDITIONS 3

static ONode onodes[4096];
static int	nonodes;

static ONode *
onode(OType type)
{
	ONode	   *node = &onodes[nonodes++];

	memset(node, 0, sizeof(*node));
	node->type = type;
	return node;
}

static ONode *
random_atom(void)
{
	ONode	   *node = onode(O_ATOM);

	switch (rnd(8))
	{
		case 0:
			node->any = true;
			break;
		case 1:
			node->set = 1 + rnd((1 << NCONDITIONS) - 1);
			node->negated = true;
			break;
		case 2:
			node->set = 1 + rnd((1 << NCONDITIONS) - 1);
			break;
		default:
			node->set = UINT64CONST(1) << rnd(NCONDITIONS);
			node->single = true;
			break;
	}
	node->wrapped = rnd(4) == 0;
	return node;
}

static ONode *
random_gate(void)
{
	ONode	   *node = onode(O_GATE);

	node->op = rnd(6);
	node->d = rnd(6);
	return node;
}

static ONode *
random_node(int depth, bool gates)
{
	ONode	   *node;
	int			pick = rnd(depth > 0 ? 10 : 4);

	if (pick < 3)
		return random_atom();
	if (pick == 3)
	{
		static const int counts[][2] = {{0, -1}, {0, -1}, {1, -1}, {0, 1}, {2, 2}, {1, 2}, {0, 2}, {2, -1}, {0, 0}, {1, 1}, {2, 3}};
		int			c = rnd(lengthof(counts));

		node = onode(O_REPEAT);
		node->min = counts[c][0];
		node->max = counts[c][1];
		node->kid[0] = depth > 0 && rnd(2) ? random_node(depth - 1, gates) : random_atom();
		/* mostly gaps */
		if (rnd(3) == 0)
		{
			node->kid[0] = onode(O_ATOM);
			node->kid[0]->any = true;
			node->min = 0;
			node->max = -1;
		}
		node->nkids = 1;
		return node;
	}
	if (pick == 4)
	{
		node = onode(O_ALT);
		node->nkids = 2 + rnd(2);
		for (int i = 0; i < node->nkids; i++)
			node->kid[i] = random_node(depth - 1, gates);
		return node;
	}
	node = onode(O_CAT);
	node->nkids = 2 + rnd(3);
	for (int i = 0; i < node->nkids; i++)
	{
		int			what = rnd(gates ? 12 : 40);

		if (gates && what < 4)
		{
			node->kid[i] = random_gate();
		}
		else if (what == 4 && rnd(3) == 0)
			node->kid[i] = onode(rnd(2) ? O_START : O_END);
		else
			node->kid[i] = random_node(depth - 1, gates);
	}
	return node;
}

static void
print_node(const ONode *node, char *text, bool labels)
{
	char	   *p = text + strlen(text);

	switch (node->type)
	{
		case O_ATOM:
			if (node->wrapped)
				p += sprintf(p, "(");
			if (node->any)
				p += sprintf(p, ".");
			else if (node->single)
			{
				int			c = pg_rightmost_one_pos64(node->set);

				if (labels)
					p += sprintf(p, " %c ", 'a' + c);
				else
					p += sprintf(p, "(?%d)", c + 1);
			}
			else
			{
				p += sprintf(p, node->negated ? "[^" : "[");
				for (int c = 0; c < NCONDITIONS; c++)
				{
					if ((node->set >> c) & 1)
						p += sprintf(p, labels ? " %c" : " %d", labels ? 'a' + c : c + 1);
				}
				p += sprintf(p, "]");
			}
			if (node->wrapped)
				p += sprintf(p, ")");
			break;
		case O_GATE:
			{
				static const char *ops[] = {"<", "<=", ">", ">=", "=", "!="};

				sprintf(p, "(?t%s%d)", ops[node->op], (int) node->d);
			}
			break;
		case O_START:
			sprintf(p, "^");
			break;
		case O_END:
			sprintf(p, "$");
			break;
		case O_CAT:
			for (int i = 0; i < node->nkids; i++)
			{
				if (node->kid[i]->type == O_ALT)
					strcat(text, "(");
				print_node(node->kid[i], text, labels);
				if (node->kid[i]->type == O_ALT)
					strcat(text, ")");
			}
			break;
		case O_ALT:
			for (int i = 0; i < node->nkids; i++)
			{
				if (i > 0)
					strcat(text, "|");
				print_node(node->kid[i], text, labels);
			}
			break;
		case O_REPEAT:
			{
				bool		group = node->kid[0]->type != O_ATOM;

				if (group)
					strcat(text, "(");
				print_node(node->kid[0], text, labels);
				if (group)
					strcat(text, ")");
				p = text + strlen(text);
				if (node->min == 0 && node->max == -1)
					sprintf(p, "*");
				else if (node->min == 1 && node->max == -1)
					sprintf(p, "+");
				else if (node->min == 0 && node->max == 1)
					sprintf(p, "?");
				else if (node->max == -1)
					sprintf(p, "{%d,}", node->min);
				else if (node->min == node->max)
					sprintf(p, "{%d}", node->min);
				else
					sprintf(p, "{%d,%d}", node->min, node->max);
			}
			break;
	}
}

static ONode *
random_gap(void)
{
	ONode	   *node = onode(O_REPEAT);
	ONode	   *kid = onode(O_ATOM);

	kid->any = rnd(3) > 0;
	if (!kid->any)
	{
		kid->negated = true;
		kid->set = UINT64CONST(1) << rnd(NCONDITIONS);
	}
	node->min = rnd(4) == 0 ? rnd(3) : 0;
	node->max = -1;
	node->nkids = 1;
	node->kid[0] = kid;
	return node;
}

/* A gap, maybe gates, something to take: once or repeated. */
static ONode *
random_leap(int depth)
{
	ONode	   *node = onode(O_CAT);

	node->nkids = 2;
	node->kid[0] = random_gap();
	node->kid[1] = depth > 0 && rnd(4) == 0 ? random_leap(depth - 1) : random_atom();
	for (int n = rnd(3); n > 0; n--)
	{
		node->kid[node->nkids] = node->kid[node->nkids - 1];
		node->kid[node->nkids - 1] = random_gate();
		node->nkids++;
	}
	if (rnd(2))
	{
		ONode	   *repeat = onode(O_REPEAT);

		repeat->min = rnd(3);
		repeat->max = rnd(3) ? -1 : repeat->min + 1;
		repeat->nkids = 1;
		repeat->kid[0] = node;
		node = repeat;
	}
	return node;
}

/* With leaps: times to measure from meet in all orders at the gaps. */
static ONode *
random_leaps(void)
{
	ONode	   *node = onode(O_CAT);

	node->nkids = 2 + rnd(3);
	node->kid[0] = rnd(3) ? random_atom() : random_leap(1);
	for (int i = 1; i < node->nkids; i++)
		node->kid[i] = random_leap(1);
	return node;
}

static void
random_pattern(OPattern *p, bool gates)
{
	nonodes = 0;
	p->root = gates && rnd(2) ? random_leaps() : random_node(1 + rnd(3), gates);
	p->limit = gates && rnd(3) == 0 ? (int) rnd(12) : -1;
	p->text[0] = p->labels[0] = '\0';
	print_node(p->root, p->text, false);
	print_node(p->root, p->labels, true);
	if (p->limit >= 0)
	{
		sprintf(p->text + strlen(p->text), "(?w<=%d)", (int) p->limit);
		sprintf(p->labels + strlen(p->labels), "(?w<=%d)", (int) p->limit);
	}
}

/* ---------------------------------------------------------------- the oracle */

#define MAX_ROWS 12

typedef struct Frame
{
	const ONode *node;
	bool		loop;			/* a round of a repetition has ended */
	int			rounds;
	int			began;			/* row at which the round began */
	int			rank;
	const struct Frame *next;
} Frame;

static int64 o_at[MAX_ROWS];
static uint64 o_mask[MAX_ROWS];
static int	o_n;
static int64 o_limit;
static long o_budget;

static int	o_row;				/* rows before it are taken */
static int	o_start;
static int	o_anchor;			/* row consumed last, or -1 */
static const ONode *o_gates[64];
static int	o_ngates;
static uint32 o_fills;

static int	o_end;				/* shortest end so far, or -1 */
static uint32 o_best;			/* rows filled; the first row is the highest bit */
static int	o_progress;

static int
o_takes(const ONode *node)
{
	bool		takes = false;

	if (node->type == O_ATOM)
		return true;
	if (node->type == O_REPEAT && node->max == 0)
		return false;
	for (int i = 0; i < node->nkids; i++)
		takes |= o_takes(node->kid[i]);
	return takes;
}

static bool
o_is_gap(const ONode *repeat)
{
	const ONode *kid = repeat->kid[0];

	return kid->type == O_ATOM && !kid->wrapped && (kid->any || kid->negated);
}

/* How many elements a part counts. */
static int
o_length(const ONode *node)
{
	int			length = 0;

	switch (node->type)
	{
		case O_ATOM:
		case O_END:
			return 1;
		case O_GATE:
		case O_START:
			return 0;
		case O_CAT:
			for (int i = 0; i < node->nkids; i++)
				length += o_length(node->kid[i]);
			return length;
		case O_ALT:
			for (int i = 0; i < node->nkids; i++)
				length = Max(length, o_length(node->kid[i]));
			return length;
		case O_REPEAT:
			if (node->max == 0)
				return 0;
			if (o_is_gap(node))
				return node->min;
			if (!o_takes(node->kid[0]))
				return o_length(node->kid[0]);
			return Max(node->min, 1) * o_length(node->kid[0]);
	}
	return 0;
}

static bool
o_gate_holds(const ONode *gate, int64 elapsed_time)
{
	switch (gate->op)
	{
		case 0:
			return elapsed_time < gate->d;
		case 1:
			return elapsed_time <= gate->d;
		case 2:
			return elapsed_time > gate->d;
		case 3:
			return elapsed_time >= gate->d;
		case 4:
			return elapsed_time == gate->d;
		default:
			return elapsed_time != gate->d;
	}
}

static void o_run(const Frame *frame);

static void
o_loop(const ONode *repeat, int rounds, int rank, const Frame *next)
{
	if (rounds >= repeat->min)
		o_run(next);
	if (repeat->max < 0 || rounds < repeat->max)
	{
		Frame		loop = {repeat, true, rounds + 1, o_row, rank, next};
		Frame		kid = {repeat->kid[0], false, 0, 0, 0, &loop};

		kid.rank = o_is_gap(repeat) ? rank + Min(rounds + 1, repeat->min) - 1 :
			!o_takes(repeat->kid[0]) ? rank :
			rank + Min(rounds, Max(repeat->min, 1) - 1) * o_length(repeat->kid[0]);
		o_run(&kid);
	}
}

static void
o_run(const Frame *frame)
{
	const ONode *node;

	if (--o_budget < 0)
		return;
	if (frame == NULL)
	{
		if (o_row == o_start)
			return;
		if (o_end < 0 || o_row < o_end)
		{
			o_end = o_row;
			o_best = o_fills;
		}
		else if (o_row == o_end && o_fills > o_best)
			o_best = o_fills;
		return;
	}
	node = frame->node;
	if (frame->loop)
	{
		/* a round that may be left out and takes nothing only demands more */
		if (frame->rounds > node->min && o_row == frame->began)
			return;
		o_loop(node, frame->rounds, frame->rank, frame->next);
		return;
	}
	switch (node->type)
	{
		case O_ATOM:
			{
				bool		gap = frame->next != NULL && frame->next->loop &&
					frame->next->node->kid[0] == node && o_is_gap(frame->next->node);
				uint64		has;
				const ONode *gates[64];
				int			ngates = o_ngates;
				int			anchor = o_anchor;
				uint32		fills = o_fills;

				if (o_row >= o_n)
					return;
				has = o_mask[o_row] & node->set;
				if (!node->any && (node->negated ? has != 0 : has == 0))
					return;
				if (o_limit >= 0 && o_at[o_row] - o_at[o_start] > o_limit)
					return;
				for (int i = 0; i < o_ngates; i++)
				{
					if (o_anchor >= 0 && !o_gate_holds(o_gates[i], o_at[o_row] - o_at[o_anchor]))
						return;
				}
				memcpy(gates, o_gates, sizeof(gates));
				o_ngates = 0;
				o_progress = Max(o_progress, frame->rank + 1);
				if (!gap)
					o_anchor = o_row;
				if (!gap && !node->any)
					o_fills |= UINT32_C(1) << (31 - o_row);
				o_row++;
				o_run(frame->next);
				o_row--;
				o_anchor = anchor;
				o_fills = fills;
				o_ngates = ngates;
				memcpy(o_gates, gates, sizeof(gates));
			}
			break;
		case O_GATE:
			if (o_ngates >= 60)
				return;
			o_gates[o_ngates++] = node;
			o_run(frame->next);
			o_ngates--;
			break;
		case O_START:
			if (o_row == 0)
				o_run(frame->next);
			break;
		case O_END:
			if (o_row == o_n)
				o_run(frame->next);
			break;
		case O_CAT:
			{
				Frame		frames[5];
				int			rank = frame->rank;

				for (int i = 0; i < node->nkids; i++)
				{
					Frame		f = {node->kid[i], false, 0, 0, rank, i + 1 < node->nkids ? &frames[i + 1] : frame->next};

					frames[i] = f;
					rank += o_length(node->kid[i]);
				}
				o_run(&frames[0]);
			}
			break;
		case O_ALT:
			for (int i = 0; i < node->nkids; i++)
			{
				Frame		f = {node->kid[i], false, 0, 0, frame->rank, frame->next};

				o_run(&f);
			}
			break;
		case O_REPEAT:
			o_loop(node, 0, frame->rank, frame->next);
			break;
	}
}

/* All matches of one order. */
typedef struct OMatches
{
	int			n;
	int			start[MAX_ROWS];
	int			end[MAX_ROWS];
	uint32		fills;			/* of the first */
	int			progress;
} OMatches;

static bool
o_matches(const OPattern *p, OMatches *m)
{
	memset(m, 0, sizeof(*m));
	o_progress = 0;
	o_limit = p->limit;
	for (int i = 0; i < o_n;)
	{
		Frame		top = {p->root, false, 0, 0, 0, NULL};

		o_row = o_start = i;
		o_anchor = -1;
		o_ngates = 0;
		o_fills = 0;
		o_end = -1;
		o_run(&top);
		if (o_budget < 0)
			return false;
		if (o_end < 0)
		{
			i++;
			continue;
		}
		m->start[m->n] = i;
		m->end[m->n] = o_end;
		if (m->n++ == 0)
			m->fills = o_best;
		i = o_end;
	}
	m->progress = m->n > 0 ? Max(o_length(p->root), 1) : o_progress;
	return true;
}

/* Which comes first: by start, then end, of each match in turn; then what fills the first. */
static int
o_compare(const OMatches *a, const OMatches *b)
{
	for (int i = 0; i < Max(a->n, b->n); i++)
	{
		int			as = i < a->n ? a->start[i] : 1000;
		int			bs = i < b->n ? b->start[i] : 1000;

		if (as != bs)
			return as - bs;
		if (a->end[i] != b->end[i])
			return a->end[i] - b->end[i];
	}
	return 0;
}

typedef struct Expected
{
	OMatches	best;
	bool		any;
	int			progress;
	int			start;			/* of the first match of any order */
	int			end;
	uint32		fills;
} Expected;

/* Goes through all orders of tied rows from row i on. */
static bool
o_orders(const OPattern *p, int i, Expected *e)
{
	int			j;

	if (i >= o_n)
	{
		OMatches	m;

		if (!o_matches(p, &m))
			return false;
		if (!e->any || o_compare(&m, &e->best) < 0)
			e->best = m;
		e->any = true;
		e->progress = Max(e->progress, m.progress);
		if (m.n > 0)
		{
			if (e->start < 0 || m.start[0] < e->start || (m.start[0] == e->start && m.end[0] < e->end))
			{
				e->start = m.start[0];
				e->end = m.end[0];
				e->fills = m.fills;
			}
			else if (m.start[0] == e->start && m.end[0] == e->end && m.fills > e->fills)
				e->fills = m.fills;
		}
		return true;
	}
	for (j = i; j < o_n && o_at[j] == o_at[i]; j++)
	{
		uint64		mask = o_mask[i];
		bool		seen = false;

		for (int k = i; k < j; k++)
			seen |= o_mask[k] == o_mask[j];
		if (seen && j > i)
			continue;
		o_mask[i] = o_mask[j];
		o_mask[j] = mask;
		if (!o_orders(p, i + 1, e))
			return false;
		mask = o_mask[i];
		o_mask[i] = o_mask[j];
		o_mask[j] = mask;
	}
	return true;
}

/* ---------------------------------------------------------------- the code under test */

typedef struct Got
{
	bool		match;
	int64		count;
	uint32		nevents;
	int64		events[MAX_ROWS * 32];
	int			progress;
} Got;

static Pattern *
compile(const char *text, PatternNames names, PatternClock clock)
{
	PatternError error;

	return pattern_compile(text, strlen(text), names, clock, &error);
}

static PatternRows
make_rows(const Pattern *pattern, int n, const int64 *at, const uint64 *mask)
{
	PatternKinds *kinds = palloc(sizeof(PatternKinds));
	int		   *kind = palloc(sizeof(int) * Max(n, 1));
	PatternRows rows;

	pattern_kinds_init(kinds, pattern);
	for (int i = 0; i < n; i++)
	{
		if (pattern->names == PATTERN_CONDITIONS)
			kind[i] = pattern_kind_of_mask(kinds, mask[i]);
		else
		{
			char		label = mask[i] == 0 ? 'z' : 'a' + pg_rightmost_one_pos64(mask[i]);

			kind[i] = pattern_kind_of_label(kinds, pattern_find_label(pattern, &label, 1));
		}
	}
	rows.n = n;
	rows.at = at;
	rows.kind = kind;
	rows.kinds = kinds;
	return rows;
}

static void
free_rows(PatternRows *rows)
{
	PatternKinds *kinds = (PatternKinds *) rows->kinds;

	pfree(kinds->accept);
	pfree(kinds->slots);
	if (kinds->cache != NULL)
		pfree(kinds->cache);
	pfree(kinds);
	pfree((void *) rows->kind);
}

static void
run(const Pattern *pattern, const PatternRows *rows, Got *got)
{
	got->match = pattern_match(pattern, rows);
	got->count = pattern_count(pattern, rows);
	got->nevents = pattern_events(pattern, rows, got->events);
	got->progress = pattern_progress(pattern, rows);
}

static void
run_walk(const Pattern *pattern, const PatternRows *rows, Got *got)
{
	PatternOrders orders;

	pattern_orders_init(&orders, pattern, rows);
	got->match = pattern_walk_match(&orders);
	got->count = pattern_walk_count(&orders);
	got->nevents = pattern_walk_events(&orders, got->events);
	got->progress = pattern_walk_progress(&orders);
	pattern_orders_free(&orders, rows);
}

static bool
same(const Got *a, const Got *b)
{
	return a->match == b->match && a->count == b->count && a->progress == b->progress &&
		a->nevents == b->nevents && memcmp(a->events, b->events, sizeof(int64) * a->nevents) == 0;
}

static void
print_got(const char *who, const Got *got)
{
	printf("#   %s: match %d count %d progress %d events", who, got->match, (int) got->count, got->progress);
	for (uint32 i = 0; i < got->nevents; i++)
		printf(" %d", (int) got->events[i]);
	printf("\n");
}

static void
print_case(const char *text, int n, const int64 *at, const uint64 *mask)
{
	printf("#   %s over", text);
	for (int i = 0; i < n; i++)
		printf(" %d@%d", (int) mask[i], (int) at[i]);
	printf("\n");
}

/* ---------------------------------------------------------------- tests */

/* Random patterns over a few random rows, against the oracle. */
static void
test_oracle(const char *what, int ncases, bool gates, bool ties, bool labels)
{
	int			wrong = 0;
	int			matched = 0;
	int			skipped = 0;

	for (int c = 0; c < ncases && wrong < 5; c++)
	{
		OPattern	p;
		Pattern    *pattern;

		random_pattern(&p, gates);
		pattern = compile(labels ? p.labels : p.text, labels ? PATTERN_LABELS : PATTERN_CONDITIONS, PATTERN_PLAIN);
		if (pattern == NULL)
		{
			/* a gate that can test nothing, or nothing that takes a row */
			skipped++;
			continue;
		}
		for (int r = 0; r < 4; r++)
		{
			Expected	e;
			Got			want;
			Got			got;
			PatternRows rows;
			int64		at[MAX_ROWS];
			uint64		mask[MAX_ROWS];
			int64		t = 0;
			int			tied = 1;

			o_n = rnd(ties ? 8 : 11);
			for (int i = 0; i < o_n; i++)
			{
				if (i > 0 && ties && tied < 4 && rnd(2) == 0)
					tied++;
				else
				{
					t += 1 + rnd(gates ? 4 : 2);
					tied = 1;
				}
				at[i] = o_at[i] = t;
				if (labels)
					mask[i] = rnd(NCONDITIONS + 1) == 0 ? 0 : UINT64CONST(1) << rnd(NCONDITIONS);
				else
					mask[i] = rnd(4) == 0 ? rnd(1 << NCONDITIONS) : UINT64CONST(1) << rnd(NCONDITIONS);
				o_mask[i] = mask[i];
			}
			memset(&e, 0, sizeof(e));
			e.start = -1;
			o_budget = 1000000;
			if (!o_orders(&p, 0, &e))
			{
				skipped++;
				continue;
			}
			want.match = e.best.n > 0;
			want.count = e.best.n;
			want.progress = e.progress;
			want.nevents = 0;
			for (int i = 0; i < o_n; i++)
			{
				if (e.start >= 0 && (e.fills >> (31 - i)) & 1)
					want.events[want.nevents++] = at[i];
			}
			rows = make_rows(pattern, o_n, at, mask);
			run(pattern, &rows, &got);
			matched += want.match;
			/* what stands before "^" can be reached although nothing matches */
			if (want.match != (want.progress == pattern->nelements) && strchr(p.text + 1, '^') == NULL)
			{
				wrong++;
				print_case(p.text, o_n, at, mask);
				printf("#   progress %d of %d, match %d\n", want.progress, pattern->nelements, want.match);
			}
			if (!same(&want, &got))
			{
				wrong++;
				print_case(labels ? p.labels : p.text, o_n, at, mask);
				print_got("expected", &want);
				print_got("got", &got);
			}
			run_walk(pattern, &rows, &got);
			if (!same(&want, &got))
			{
				wrong++;
				print_case(labels ? p.labels : p.text, o_n, at, mask);
				print_got("expected", &want);
				print_got("walk", &got);
			}
			free_rows(&rows);
		}
	}
	ok(wrong == 0 && matched > ncases / 4 && skipped < ncases, "%s: %d patterns, 4 inputs each, %d matches, %d skipped",
	   what, ncases, matched, skipped);
}

/*
 * The same answers on a longer way: with a limit and gates that rule nothing
 * out the walk carries times and marks, and with elements that nothing takes
 * the sets have several words.
 */
static void
test_same(const char *what, int ncases, int nrows, bool ties, bool gates)
{
	static int64 at[400];
	static uint64 mask[400];
	static Got	short_way;
	static Got	walk;
	static Got	limited;
	static Got	wide;
	static Got	gated;
	int			wrong = 0;
	int			matched = 0;

	for (int c = 0; c < ncases && wrong < 5; c++)
	{
		OPattern	p;
		char		text[10000];
		char	   *to;
		Pattern    *pattern;
		PatternRows rows;
		int64		t = 0;
		int			n = 1 + rnd(nrows);

		for (int i = 0; i < n; i++)
		{
			t += ties ? rnd(3) / 2 : 1 + rnd(3);
			at[i] = t;
			mask[i] = rnd(3) == 0 ? rnd(1 << NCONDITIONS) : UINT64CONST(1) << rnd(NCONDITIONS);
		}
		do
		{
			random_pattern(&p, gates);
			pattern = compile(p.text, PATTERN_CONDITIONS, PATTERN_PLAIN);
		} while (pattern == NULL || p.limit >= 0);
		rows = make_rows(pattern, n, at, mask);
		run(pattern, &rows, &short_way);
		run_walk(pattern, &rows, &walk);
		free_rows(&rows);
		matched += short_way.match;

		sprintf(text, "(?w<=1000000)%s", p.text);
		pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
		rows = make_rows(pattern, n, at, mask);
		run(pattern, &rows, &limited);
		free_rows(&rows);

		sprintf(text, "%s|(?4){70}", p.text);
		pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
		rows = make_rows(pattern, n, at, mask);
		run(pattern, &rows, &wide);
		free_rows(&rows);
		/* it counts more elements when it matches */
		wide.progress = short_way.progress;

		/* a gate that always holds before each condition that can have one */
		to = text;
		for (const char *from = p.text; *from; from++)
		{
			if (strncmp(from, "(?", 2) == 0 && from[2] != 't')
				to += sprintf(to, "%s", rnd(2) ? "(?t<=1000000)" : "(?t!=999999)");
			*to++ = *from;
		}
		*to = '\0';
		pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
		if (pattern != NULL)
		{
			rows = make_rows(pattern, n, at, mask);
			run(pattern, &rows, &gated);
			free_rows(&rows);
		}
		else
			gated = short_way;

		if (!same(&short_way, &walk) || !same(&short_way, &limited) || !same(&short_way, &wide) ||
			!same(&short_way, &gated))
		{
			wrong++;
			print_case(p.text, n, at, mask);
			print_got("short", &short_way);
			print_got("walk", &walk);
			print_got("limited", &limited);
			print_got("wide", &wide);
			print_got("gated", &gated);
		}
	}
	ok(wrong == 0 && matched > ncases / 8, "%s: %d patterns in four ways, %d matches", what, ncases, matched);
}

/* Cases by hand.  Rows are written CONDITIONS@TIME, conditions as digits, 0 for none. */
static void
test_case(const char *text, const char *input, int match, int count, const char *events, int progress)
{
	static int64 at[1000];
	static uint64 mask[1000];
	static Got	got;
	int			n = 0;
	char		times[1000] = "";
	Pattern    *pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
	PatternRows rows;

	while (*input)
	{
		mask[n] = 0;
		for (; *input != '@'; input++)
		{
			if (*input != '0')
				mask[n] |= UINT64CONST(1) << (*input - '1');
		}
		at[n++] = strtol(input + 1, (char **) &input, 10);
		while (*input == ' ')
			input++;
	}
	if (pattern == NULL)
	{
		ok(false, "%s does not compile", text);
		return;
	}
	rows = make_rows(pattern, n, at, mask);
	run(pattern, &rows, &got);
	for (uint32 i = 0; i < got.nevents; i++)
		sprintf(times + strlen(times), "%s%d", i > 0 ? " " : "", (int) got.events[i]);
	ok(got.match == match && got.count == count && strcmp(times, events) == 0 && got.progress == progress,
	   "%s: match %d, count %d, events {%s}, progress %d", text,
	   got.match, (int) got.count, times, got.progress);
	free_rows(&rows);
}

static void
test_cases(void)
{
	/* where other engines measure from the row after the match */
	test_case("(?1).*(?t>0)(?2)", "1@0 2@5", 1, 1, "0 5", 2);
	test_case("(?1).*(?t<=10)(?2)", "1@0 2@500", 0, 0, "", 1);
	test_case("(?1).*(?t<=10)(?2)", "1@0 3@495 2@500", 0, 0, "", 1);
	test_case("(?1)(.)*(?t<=10)(?2)", "1@0 3@495 2@500", 1, 1, "0 500", 3);
	test_case("(?1)[^9]*(?t<=10)(?2)", "1@0 3@495 2@500", 0, 0, "", 1);
	test_case("(?1)(?t<=10)(?2)", "1@0 3@1 2@2", 0, 0, "", 1);
	test_case("(?1)(?t<=10).*(?2)", "1@0 3@1 2@200", 1, 1, "0 200", 2);
	test_case("(?1).*(?t>=5)(?t<=6)(?2)", "1@0 1@4 2@8 2@10", 1, 1, "4 10", 2);
	test_case("(?1).*(?t==4)(?2)", "1@0 1@3 2@5 2@7", 1, 1, "3 7", 2);
	test_case("(?1)((?t<2)|(?t>=10))(?2)", "1@0 2@5 1@20 2@31", 1, 1, "20 31", 2);

	/* several times to measure from at one gap, and several starts */
	test_case("(?2)(.*(?t<=2)(?1))+(?3)", "2@0 1@1 4@2 1@3 3@4", 1, 1, "0 1 3 4", 3);
	test_case("((?1).*(?2)|(?3)).*(?t<=8)(?5)(?w<=9)", "1@0 3@2 2@3 4@8 4@9 5@10", 1, 1, "2 10", 3);
	test_case("((?4).*(?2)|(?1)(?2)).*(?t>=3)(?t<=5)(?3)(?w<=6)", "4@0 1@2 2@3 5@4 3@7", 1, 1, "2 3 7", 3);
	test_case("^(.*(?t<3)((?1)(?3)(?3)|(?2)))+(?w<=2)", "5@0 1@1 23@2 3@3", 1, 1, "2", 3);

	/* at the edges */
	test_case("(?1).*", "1@0 3@1 3@2 1@3", 1, 2, "0", 1);
	test_case("(?1).*$", "1@0 3@1 3@2 1@3", 1, 1, "0", 2);
	test_case("(?1)*", "", 0, 0, "", 0);
	test_case("(?1)*", "2@0 1@1 1@2", 1, 2, "1", 1);
	test_case(".*", "1@0 2@1 3@2", 1, 3, "", 1);
	test_case("^(?2)", "1@0 2@1", 0, 0, "", 0);
	test_case("^(?2)|(?1)", "1@0 2@1", 1, 1, "0", 1);
	test_case("^(?1)$", "1@0", 1, 1, "0", 2);
	test_case("^(?1)$", "1@0 1@1", 0, 0, "", 1);
	test_case("(?1)(^|(?2))(?3)", "1@0 2@1 3@2", 1, 1, "0 1 2", 3);
	test_case("(?1)", "1@-9223372036854775808 1@9223372036854775807", 1, 2, "0", 1);

	/* only whole matches have events; parts of one count as progress */
	test_case("(?1).*(?2).*(?3)", "1@0 2@1 2@2 1@3", 0, 0, "", 2);
	test_case("(?1).*(?2).*(?3)", "1@0 2@1 2@2 3@3", 1, 1, "0 1 3", 3);
	test_case("(?1)(?2)?(?3)", "1@0 3@1", 1, 1, "0 1", 3);
	test_case("(?1)(?2)?(?3)", "1@0 2@1", 0, 0, "", 2);
	test_case("(?1){3}(?2)", "1@0 1@1", 0, 0, "", 2);
	test_case("(?1)(?2)|(?1)(?3)(?4)(?5)", "1@0 3@1 4@2", 0, 0, "", 3);
	test_case("(?1)(?2)|(?1)(?3)(?4)(?5)", "1@0 2@1 4@2", 1, 1, "0 1", 4);

	/* the leftmost start, its shortest end */
	test_case("(?1).*(?3)|(?2)", "1@0 2@1 2@2 3@3", 1, 1, "0 3", 2);
	test_case("(?1).*(?3)|(?2)", "1@0 2@1 2@2", 1, 2, "1", 2);
	test_case("(?1).*(?1)", "1@0 1@1 1@2 1@3 1@4", 1, 2, "0 1", 2);
	test_case("(?1).*(?2)(?w<=5)", "1@0 1@4 2@8", 1, 1, "4 8", 2);
	test_case("(?w<4)(?1).*(?2)", "1@0 1@4 2@8", 0, 0, "", 1);

	/* ties: any order that helps, each row once */
	test_case("(?1)(?2)", "2@0 1@0", 1, 1, "0 0", 2);
	test_case("(?2)(?1)(?2)", "1@0 2@0 2@0", 1, 1, "0 0 0", 3);
	test_case("(?1)(?2)", "12@0", 0, 0, "", 1);
	test_case("(?1)(?2)", "12@0 12@0", 1, 1, "0 0", 2);
	test_case("(?1)(?2)(?3)", "3@0 1@0 2@0 4@0", 1, 1, "0 0 0", 3);
	test_case("^(?1)(?2)(?3)$", "3@0 1@0 2@0 4@0", 0, 0, "", 3);
	test_case("(?1)(?t>0)(?2)", "1@0 2@0", 0, 0, "", 1);
	test_case("(?1)[^3]*(?2)", "1@0 3@1 2@1", 1, 1, "0 1", 2);
	test_case("(?1)[^3]*(?2)$", "1@0 3@1 2@1", 0, 0, "", 2);
}

/* Ties of many rows, of few kinds and of many. */
static void
test_large_ties(void)
{
	static int64 at[130];
	static uint64 mask[130];
	static const char *const texts[] = {
		"(?1).*(?2).*(?3).*(?4).*(?5).*(?6)", "(?6).*(?1)", "((?1)(?2)){3}", "(?1)(?t<5)(?2)", "(?3).*$"
	};
	PatternRows rows;
	Pattern    *pattern;
	bool		good = true;

	for (int i = 0; i < 120; i++)
	{
		at[i] = 7;
		mask[i] = UINT64CONST(1) << (i / 60);
	}
	pattern = compile("^((?2)(?1)){60}$", PATTERN_CONDITIONS, PATTERN_PLAIN);
	rows = make_rows(pattern, 120, at, mask);
	ok(pattern_match(pattern, &rows), "120 tied rows of two kinds, in turn");
	pattern = compile("((?2)(?1)){5}", PATTERN_CONDITIONS, PATTERN_PLAIN);
	rows = make_rows(pattern, 120, at, mask);
	ok(pattern_count(pattern, &rows) == 12, "they match twelve times");
	pattern = compile("((?2)(?1)){60}(?1|(?2))", PATTERN_CONDITIONS, PATTERN_PLAIN);
	ok(pattern == NULL, "a slip of the pen does not compile");
	pattern = compile("((?2)(?1)){60}((?1)|(?2))", PATTERN_CONDITIONS, PATTERN_PLAIN);
	rows = make_rows(pattern, 120, at, mask);
	ok(!pattern_match(pattern, &rows), "but there is no row to spare");

	/* beyond the limit: in the order of the first element that takes the row */
	for (int c = 0; c < (int) lengthof(texts); c++)
	{
		static Got	first;
		static Got	got;

		pattern = compile(texts[c], PATTERN_CONDITIONS, PATTERN_PLAIN);
		for (int r = 0; r < 20; r++)
		{
			for (int i = 0; i < 120; i++)
				mask[i] = UINT64CONST(1) << (i % 6);
			for (int i = 119; i > 0 && r > 0; i--)
			{
				int			j = rnd(i + 1);
				uint64		m = mask[i];

				mask[i] = mask[j];
				mask[j] = m;
			}
			rows = make_rows(pattern, 120, at, mask);
			run(pattern, &rows, r == 0 ? &first : &got);
			good &= r == 0 || same(&first, &got);
			free_rows(&rows);
		}
		good &= first.match == (c != 2);
	}
	ok(good, "120 tied rows of six kinds: the same answer from any order");
}

/* What is not a pattern: the place and the kind of the error. */
static void
test_errors(void)
{
	static const struct
	{
		const char *text;
		int			at;
		PatternErrorKind kind;
	}			cases[] = {
		{"", 0, PATTERN_ERROR_SYNTAX}, {"  ", 2, PATTERN_ERROR_SYNTAX}, {"(?1)|", 5, PATTERN_ERROR_SYNTAX},
		{"|(?1)", 0, PATTERN_ERROR_SYNTAX}, {"()", 1, PATTERN_ERROR_SYNTAX}, {"((?1)", 5, PATTERN_ERROR_SYNTAX},
		{"(?1))", 4, PATTERN_ERROR_SYNTAX}, {"*", 0, PATTERN_ERROR_SYNTAX}, {"(?1)**", 5, PATTERN_ERROR_SYNTAX},
		{"(?1)*?", 5, PATTERN_ERROR_SYNTAX}, {"(?0)", 2, PATTERN_ERROR_SYNTAX}, {"(?65)", 2, PATTERN_ERROR_SYNTAX},
		{"(?1", 3, PATTERN_ERROR_SYNTAX}, {"(?", 2, PATTERN_ERROR_SYNTAX}, {"(?x)", 2, PATTERN_ERROR_SYNTAX},
		{"(", 1, PATTERN_ERROR_SYNTAX}, {"lead", 0, PATTERN_ERROR_SYNTAX}, {"[1", 2, PATTERN_ERROR_SYNTAX},
		{"[]", 1, PATTERN_ERROR_SYNTAX}, {"[^]", 2, PATTERN_ERROR_SYNTAX}, {"[1,2]", 2, PATTERN_ERROR_SYNTAX},
		{"[a]", 1, PATTERN_ERROR_SYNTAX}, {"(?1){", 5, PATTERN_ERROR_SYNTAX}, {"(?1){,2}", 5, PATTERN_ERROR_SYNTAX},
		{"(?1){2", 6, PATTERN_ERROR_SYNTAX}, {"(?1){3,2}", 7, PATTERN_ERROR_SYNTAX},
		{"(?1){1001}", 4, PATTERN_ERROR_LIMIT}, {"(?1){99999999999999999999}", 4, PATTERN_ERROR_LIMIT},
		{"((?1){100}){100}", 11, PATTERN_ERROR_LIMIT}, {"(((?1){1000}){1000}){1000}", 13, PATTERN_ERROR_LIMIT},
		{"(?1)(?t<1)", 4, PATTERN_ERROR_SYNTAX}, {"(?t<1)(?1)", 0, PATTERN_ERROR_SYNTAX},
		{".*(?t<1)(?1)", 2, PATTERN_ERROR_SYNTAX}, {"[^1]*(?t<1)(?1)", 5, PATTERN_ERROR_SYNTAX},
		{"(?1)(?t<1)|(?2)", 4, PATTERN_ERROR_SYNTAX}, {"(?t<1)", 0, PATTERN_ERROR_SYNTAX}, {"^$", 0, PATTERN_ERROR_SYNTAX},
		{"(?1){0}", 4, PATTERN_ERROR_SYNTAX}, {"(?1)(?t 1)(?2)", 8, PATTERN_ERROR_SYNTAX},
		{"(?1)(?t<)(?2)", 8, PATTERN_ERROR_SYNTAX}, {"(?1)(?t<-1)(?2)", 8, PATTERN_ERROR_SYNTAX},
		{"(?1)(?t<1x)(?2)", 9, PATTERN_ERROR_SYNTAX}, {"(?1)(?t<1 month)(?2)", 10, PATTERN_ERROR_SYNTAX},
		{"(?1)(?t<1.)(?2)", 10, PATTERN_ERROR_SYNTAX}, {"(?1)(?t<0.0000001)(?2)", 8, PATTERN_ERROR_VALUE},
		{"(?1)(?t<0.05us)(?2)", 8, PATTERN_ERROR_VALUE}, {"(?1)(?t<9223372036854775808us)(?2)", 8, PATTERN_ERROR_VALUE},
		{"(?1)(?t<99999999999w)(?2)", 8, PATTERN_ERROR_VALUE}, {"(?1)(?w>1)", 7, PATTERN_ERROR_SYNTAX},
		{"(?1)(?w<1)(?2)", 10, PATTERN_ERROR_SYNTAX}, {"((?w<1)(?1))", 1, PATTERN_ERROR_SYNTAX},
		{"(?1)(?w<0)", 7, PATTERN_ERROR_VALUE}, {"(?1)(?all_rows)", 4, PATTERN_ERROR_SYNTAX},
		{"(?1)*{2}", 5, PATTERN_ERROR_SYNTAX}, {"^*(?1)", 1, PATTERN_ERROR_SYNTAX}, {"(?1)(?t<1)*(?2)", 10, PATTERN_ERROR_SYNTAX}
	};
	static const char *const good[] = {
		"(?1)", " ( ?1 ", "(?64)", "(?1) (?2)", "(?1) *", "(?1){2}", "(?1){ 2 , 3 }", "(?1){2,}", "(?all_rows)(?1)",
		"(?w<=1d)(?1)", "(?all_rows) (?w < 1 h) (?1).(?2) (?w<=30d) (?w<=1.5w)", "(?1)(?t<=0.5s)(?2)",
		"(?1)(?t>=0.000001)(?2)", "(?1)(?t<0.123456785185185185185185d)(?2)", "(?1)(?t<0.00000578125d)(?2)",
		"(?1)(?t<1.50000000000000000000000000000s)(?2)", "(?1)((?t<1)|(?t>5))(?2)",
		"((?1)(?t<1))*", "([1 2](?t<=30min))+", "(?1)(?t<>1)(?2)", "[^1 2]{3}", "(.)+", "(?1){1000}", "(?1)(^|$|(?2))"
	};
	int			wrong = 0;
	char	   *deep;
	Pattern    *pattern;
	PatternError error;

	for (int i = 0; i < (int) lengthof(cases); i++)
	{
		pattern = pattern_compile(cases[i].text, strlen(cases[i].text), PATTERN_CONDITIONS, PATTERN_USECS, &error);
		if (pattern != NULL || error.at != cases[i].at || error.kind != cases[i].kind)
		{
			wrong++;
			printf("#   %s: %s at %d, kind %d, %s\n", cases[i].text, pattern != NULL ? "compiles" : "error",
				   pattern != NULL ? 0 : error.at, pattern != NULL ? 0 : error.kind, pattern != NULL ? "" : error.message);
		}
	}
	for (int i = 0; i < (int) lengthof(good); i++)
	{
		bool		want = i != 1 && i != 13;

		pattern = pattern_compile(good[i], strlen(good[i]), PATTERN_CONDITIONS, PATTERN_USECS, &error);
		if ((pattern != NULL) != want)
		{
			wrong++;
			printf("#   %s: %s\n", good[i], pattern != NULL ? "compiles" : error.message);
		}
	}
	ok(wrong == 0, "%d texts that are no patterns, %d that are", (int) lengthof(cases), (int) lengthof(good));

	deep = palloc0(400001);
	memset(deep, '(', 100);
	strcpy(deep + 100, "(?1)");
	memset(deep + 104, ')', 100);
	ok(compile(deep, PATTERN_CONDITIONS, PATTERN_USECS) != NULL, "100 groups within each other");
	memset(deep, '(', 200000);
	pattern = pattern_compile(deep, 65535, PATTERN_CONDITIONS, PATTERN_USECS, &error);
	ok(pattern == NULL && error.kind == PATTERN_ERROR_LIMIT && error.at == 100, "101 are too many, however many more follow");
	pattern = pattern_compile(deep, 65536, PATTERN_CONDITIONS, PATTERN_USECS, &error);
	ok(pattern == NULL && error.kind == PATTERN_ERROR_LIMIT && error.at == 0, "a pattern of 65536 bytes is too long");

	/* labels */
	pattern = compile("lead.*\"free \\\"trial\"[^mql sql]{2} caf\303\251 $", PATTERN_LABELS, PATTERN_USECS);
	ok(pattern != NULL && pattern->nnames == 5 && pattern_find_label(pattern, "free \"trial", 11) == 1 &&
	   pattern_find_label(pattern, "caf\303\251", 5) == 4 && pattern_find_label(pattern, "caf", 3) == -1,
	   "labels, bare and quoted");
	deep[0] = '\0';
	for (int i = 0; i < 20; i++)
		sprintf(deep + strlen(deep), "label%d ", i * 7 % 20);
	pattern = compile(deep, PATTERN_LABELS, PATTERN_USECS);
	wrong = 0;
	for (int i = 0; i < 20; i++)
	{
		char		label[20];
		int			number;

		sprintf(label, "label%d", i);
		number = pattern_find_label(pattern, label, strlen(label));
		wrong += number < 0 || number * 7 % 20 != i;
		wrong += pattern_find_label(pattern, label, strlen(label) - 1) >= 0 && i < 10;
	}
	ok(wrong == 0, "many labels are found by search");
	ok(compile("(?1)", PATTERN_LABELS, PATTERN_USECS) == NULL && compile("\"\"", PATTERN_LABELS, PATTERN_USECS) == NULL &&
	   compile("\"a", PATTERN_LABELS, PATTERN_USECS) == NULL && compile("a, b", PATTERN_LABELS, PATTERN_USECS) == NULL,
	   "what is no label");
	pattern = pattern_compile("(?1)(?t<1h)(?2)", 15, PATTERN_CONDITIONS, PATTERN_PLAIN, &error);
	ok(pattern == NULL && error.kind == PATTERN_ERROR_VALUE && error.at == 9, "no unit over plain numbers");
	pattern = pattern_compile("(?1)(?t<1.5)(?2)", 16, PATTERN_CONDITIONS, PATTERN_PLAIN, &error);
	ok(pattern == NULL && error.kind == PATTERN_ERROR_VALUE && error.at == 8, "nor parts of one");
}

/* Random bytes are refused or compiled, and what compiles runs. */
static void
test_fuzz(int ncases)
{
	static const char *const parts[] = {
		"(?1)", "(?2)", "(?3)", ".", "*", "+", "?", "{2}", "{0,3}", "{2,}", "(", ")", "|", "[1 2]", "[^3]", "^", "$",
		"(?t<2)", "(?t>=1)", "(?t==1)", "(?w<=5)", " ", "(?", "{", "]", "1", "(?all_rows)"
	};
	int			compiled = 0;
	static Got	got;
	int64		at[8];
	uint64		mask[8];

	for (int c = 0; c < ncases; c++)
	{
		char		text[400] = "";
		int			n = 1 + rnd(14);
		Pattern    *pattern;
		PatternRows rows;

		for (int i = 0; i < n; i++)
			strcat(text, parts[rnd(lengthof(parts))]);
		if (rnd(10) == 0)
			text[rnd(strlen(text))] = 1 + rnd(255);
		pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
		if (pattern == NULL)
			continue;
		compiled++;
		for (int i = 0; i < 8; i++)
		{
			at[i] = i / 2;
			mask[i] = rnd(8);
		}
		rows = make_rows(pattern, 8, at, mask);
		run(pattern, &rows, &got);
		if (got.match != (got.count > 0))
			printf("#   %s: match %d, count %d\n", text, got.match, (int) got.count);
		compiled -= got.match != (got.count > 0) ? 1000000 : 0;
		free_rows(&rows);
	}
	ok(compiled > ncases / 100, "%d texts made of pieces, of which %d compile", ncases, compiled);
}

/*
 * How time grows with the rows: ten times as many may take at most so many
 * times as long.
 */
static void
test_growth(const char *text, const char *cycle, int n, double at_most_ms)
{
	int			length = strlen(cycle);
	int64	   *at = palloc(sizeof(int64) * n * 10);
	uint64	   *mask = palloc(sizeof(uint64) * n * 10);
	Pattern    *pattern = compile(text, PATTERN_CONDITIONS, PATTERN_PLAIN);
	double		took[2];
	int64		counts[2];

	n = rounds_of(n);
	for (int i = 0; i < n * 10; i++)
	{
		at[i] = i;
		mask[i] = cycle[i % length] == '0' ? 0 : UINT64CONST(1) << (cycle[i % length] - '1');
	}
	for (int r = 0; r < 2; r++)
	{
		int			rows_n = r == 0 ? n : n * 10;
		PatternRows rows = make_rows(pattern, rows_n, at, mask);
		int64	   *times = palloc(sizeof(int64) * rows_n);

		took[r] = 1e9;
		for (int i = 0; i < 3; i++)
		{
			double		began = now_ms();

			pattern_match(pattern, &rows);
			counts[r] = pattern_count(pattern, &rows);
			pattern_events(pattern, &rows, times);
			pattern_progress(pattern, &rows);
			took[r] = Min(took[r], now_ms() - began);
		}
		free_rows(&rows);
		pfree(times);
	}
	/* ten times as many rows; a hundred times the time would be quadratic */
	ok(!time_counts() || (took[1] < Max(took[0], 1) * 40 && took[1] < at_most_ms), "%s over %s: %d rows count " INT64_FORMAT ", %d rows " INT64_FORMAT,
	   text, cycle, n, counts[0], n * 10, counts[1]);
	printf("#   %.2f ms, %.2f ms\n", took[0], took[1]);
	pfree(at);
	pfree(mask);
}

#ifdef __SANITIZE_ADDRESS__
#define SHARE	10				/* slower by so much */
#else
#define SHARE	1
#endif

int
main(void)
{
	test_cases();
	test_large_ties();
	test_errors();

	test_oracle("order settled, no gates", rounds_of(20000 / SHARE), false, false, false);
	test_oracle("ties, no gates", rounds_of(20000 / SHARE), false, true, false);
	test_oracle("order settled, gates and limits", rounds_of(40000 / SHARE), true, false, false);
	test_oracle("ties, gates and limits", rounds_of(40000 / SHARE), true, true, false);
	test_oracle("labels, ties, gates and limits", rounds_of(20000 / SHARE), true, true, true);
	test_same("longer ways, order settled", rounds_of(3000 / SHARE), 300, false, false);
	test_same("longer ways, ties", rounds_of(3000 / SHARE), 60, true, false);
	test_same("longer ways, gates", rounds_of(3000 / SHARE), 100, true, true);
	test_fuzz(rounds_of(200000 / SHARE));

	test_growth("(?1).*(?2).*(?3)", "123", 20000, 200 * SHARE);
	test_growth("(?1).*(?2).*(?3)", "112233", 20000, 200 * SHARE);
	test_growth("((?1)*)*(?2)", "1", 20000, 200 * SHARE);
	test_growth("((?1)|(?1)){1,30}(?2)", "1", 20000, 1000 * SHARE);
	test_growth("((?1)|(?1)){1,50}(?2)", "1", 5000, 2000 * SHARE);
	test_growth("((?1)?){60}(?1){60}", "1", 2000, 2000 * SHARE);
	test_growth("(?1).*(?3)|(?2)", "12", 20000, 200 * SHARE);
	test_growth("(?1)(?t<=10).*(?2)(?t<=10).*(?1)(?t<=10).*(?3)", "12", 20000, 2000 * SHARE);
	test_growth("(?1).*(?t<=10)(?2)", "13", 20000, 2000 * SHARE);
	test_growth("(?1).*(?t>=1000000000)(?2)", "12", 20000, 2000 * SHARE);
	test_growth("(?1).*(?t>=5)(?t<=10)(?2)", "1112", 20000, 2000 * SHARE);
	test_growth("(?1).*(?t==7)(?2)(?w<=100)", "1132", 20000, 2000 * SHARE);
	test_growth("(?1).*(?2).*(?3)(?w<=20)", "12", 20000, 2000 * SHARE);

	printf("1..%d\n", ntests);
	return nfailed > 0;
}
