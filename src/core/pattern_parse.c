/*
 * pattern_parse.c
 *		Patterns over rows in time: from the text to a tree.
 *
 * Recursive descent.  What is wrong is reported once, with its place, and ends
 * the parse: every function then returns NULL or false.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/pattern_scan.h"

#define MAX_COUNT	PATTERN_MAX_ELEMENTS	/* of a quantifier */

static const char hint_quote[] = "A label stands in double quotes, unless it begins with a letter, digit or \"_\" and goes on with these or \"-\", \":\", \"/\".";

static const char hint_number[] = "Labels are for patterns over journeys; over rows, conditions are named by number, as in (?1).";

static PatternNode *parse_choice(PatternParser *parser);

/* ---------------------------------------------------------------- nodes */

static PatternNode *
new_node(PatternNodeType type, int at)
{
	PatternNode *node = palloc0(sizeof(PatternNode));

	node->type = type;
	node->at = at;
	node->size = 1;
	return node;
}

static bool
check_size(PatternParser *parser, PatternNode *node, int64 size)
{
	if (size > PATTERN_MAX_ELEMENTS)
		return pattern_fail(parser, PATTERN_ERROR_LIMIT, parser->start + node->at,
							"sequence pattern is too large",
							"more than 1000 elements, counting each repetition of {n,m}.");
	node->size = size;
	return true;
}

/* One node of several; a list of one is that one. */
static PatternNode *
new_list(PatternParser *parser, PatternNodeType type, PatternNode *children)
{
	PatternNode *node;
	int64		size = 0;

	if (children->next == NULL)
		return children;
	node = new_node(type, children->at);
	node->child = children;
	for (PatternNode *child = children; child != NULL; child = child->next)
	{
		size += child->size;
		node->takes |= child->takes;
		node->consumes |= child->consumes;
	}
	return check_size(parser, node, size) ? node : NULL;
}

static void
atom_name(PatternNode *atom, int name)
{
	for (int i = 0; i < atom->nnames; i++)
	{
		if (atom->names[i] == name)
			return;
	}
	if (atom->names == NULL)
		atom->names = palloc(sizeof(int) * 4);
	else if (atom->nnames >= 4 && (atom->nnames & (atom->nnames - 1)) == 0)
		atom->names = repalloc(atom->names, sizeof(int) * atom->nnames * 2);
	atom->names[atom->nnames++] = name;
}

/* ---------------------------------------------------------------- elements */

/* The names of a set, after "[". */
static PatternNode *
parse_set(PatternParser *parser, int at)
{
	PatternNode *atom = new_node(NODE_ATOM, at);

	atom->takes = atom->consumes = true;
	if (at_char(parser, '^'))
	{
		atom->negated = true;
		parser->p++;
	}
	for (;;)
	{
		int			name;

		skip_space(parser);
		if (atom->nnames > 0 && at_char(parser, ']'))
			break;
		if (parser->pattern->names == PATTERN_CONDITIONS)
		{
			if (!at_digit(parser))
			{
				pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->p,
							 atom->nnames > 0 ? "the number of a condition or \"]\"" : "the number of a condition",
							 at_label(parser) ? hint_number : NULL);
				return NULL;
			}
			name = pattern_read_condition(parser);
		}
		else
		{
			if (!at_label(parser))
			{
				pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->p,
							 atom->nnames > 0 ? "a label or \"]\"" : "a label",
							 parser->p < parser->end && *parser->p != ']' ? hint_quote : NULL);
				return NULL;
			}
			name = pattern_read_label(parser);
		}
		if (name < 0)
			return NULL;
		atom_name(atom, name);
	}
	parser->p++;
	return atom;
}

static bool
close_parenthesis(PatternParser *parser)
{
	skip_space(parser);
	if (!at_char(parser, ')'))
		return pattern_expected(parser, "\")\"");
	parser->p++;
	return true;
}

/* A time gate, after "(?t". */
static PatternNode *
parse_gate(PatternParser *parser, int at)
{
	PatternNode *gate = new_node(NODE_GATE, at);
	PatternComparison comparison;
	int64		duration;
	uint64		d;

	if (!pattern_read_comparison(parser, &comparison) ||
		!pattern_read_duration(parser, &duration) ||
		!close_parenthesis(parser))
		return NULL;
	d = duration;
	gate->spans[0].lo = 0;
	gate->spans[0].hi = PG_UINT64_MAX;
	gate->nspans = 1;
	switch (comparison)
	{
		case PATTERN_LESS:
			if (d == 0)
				gate->nspans = 0;	/* nothing takes less than no time */
			else
				gate->spans[0].hi = d - 1;
			break;
		case PATTERN_LESS_EQUAL:
			gate->spans[0].hi = d;
			break;
		case PATTERN_EQUAL:
			gate->spans[0].lo = gate->spans[0].hi = d;
			break;
		case PATTERN_GREATER_EQUAL:
			gate->spans[0].lo = d;
			break;
		case PATTERN_GREATER:
			gate->spans[0].lo = d + 1;
			break;
		case PATTERN_UNEQUAL:
			gate->spans[0].lo = d + 1;
			if (d > 0)
			{
				gate->spans[1].lo = 0;
				gate->spans[1].hi = d - 1;
				gate->nspans = 2;
			}
			break;
	}
	return gate;
}

/* A limit to the whole match, after "(?w". */
static bool
parse_limit(PatternParser *parser)
{
	const char *start;
	PatternComparison comparison;
	int64		duration;
	uint64		limit;

	skip_space(parser);
	start = parser->p;
	if (!pattern_read_comparison(parser, &comparison))
		return false;
	if (comparison != PATTERN_LESS && comparison != PATTERN_LESS_EQUAL)
		return pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "< or <=, for a limit to the whole match", NULL);
	if (!pattern_read_duration(parser, &duration) || !close_parenthesis(parser))
		return false;
	if (comparison == PATTERN_LESS && duration == 0)
		return pattern_fail(parser, PATTERN_ERROR_VALUE, start, "no match takes less than no time", NULL);
	limit = comparison == PATTERN_LESS ? duration - 1 : duration;
	if (!parser->pattern->limited || limit < parser->pattern->limit)
		parser->pattern->limit = limit;
	parser->pattern->limited = true;
	return true;
}

/* A group, a condition or a gate: what begins with "(". */
static PatternNode *
parse_parenthesis(PatternParser *parser)
{
	const char *start = parser->p++;
	int			at = start - parser->start;
	PatternNode *node;

	if (at_char(parser, '?'))
	{
		parser->p++;
		if (at_char(parser, 't'))
		{
			parser->p++;
			return parse_gate(parser, at);
		}
		if (at_char(parser, 'w') || at_char(parser, 'a'))
		{
			pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "an element",
						 at_char(parser, 'w') ?
						 "A limit to the whole match stands at the beginning or the end of the pattern, outside any group." :
						 "The option (?all_rows) stands at the beginning of the pattern.");
			return NULL;
		}
		if (at_digit(parser))
		{
			int			condition;

			if (parser->pattern->names == PATTERN_LABELS)
			{
				pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "an element",
							 "Conditions by number are for rows; a pattern over journeys names labels.");
				return NULL;
			}
			condition = pattern_read_condition(parser);
			if (condition < 0 || !close_parenthesis(parser))
				return NULL;
			node = new_node(NODE_ATOM, at);
			node->takes = node->consumes = true;
			atom_name(node, condition);
			return node;
		}
		pattern_expected(parser, parser->pattern->names == PATTERN_LABELS ?
						 "\"t\" of a time gate" : "the number of a condition, or \"t\" of a time gate");
		return NULL;
	}

	if (++parser->depth > PATTERN_MAX_DEPTH)
	{
		pattern_fail(parser, PATTERN_ERROR_LIMIT, start, "sequence pattern is too deeply nested",
					 "at most 100 groups may stand within each other.");
		return NULL;
	}
	node = parse_choice(parser);
	parser->depth--;
	if (node == NULL)
		return NULL;
	if (!at_char(parser, ')'))
	{
		pattern_expected(parser, "an element, \"|\" or \")\"");
		return NULL;
	}
	parser->p++;
	return node;
}

/* A quantifier, if one follows. */
static PatternNode *
parse_quantifier(PatternParser *parser, PatternNode *node, bool gap)
{
	const char *start;
	PatternNode *repeat;
	int			min;
	int			max;

	skip_space(parser);
	start = parser->p;
	if (at_char(parser, '*'))
		min = 0, max = -1;
	else if (at_char(parser, '+'))
		min = 1, max = -1;
	else if (at_char(parser, '?'))
		min = 0, max = 1;
	else if (at_char(parser, '{'))
	{
		parser->p++;
		skip_space(parser);
		if (!at_digit(parser))
		{
			pattern_expected(parser, "a number");
			return NULL;
		}
		min = max = pattern_read_number(parser, MAX_COUNT);
		skip_space(parser);
		if (min >= 0 && at_char(parser, ','))
		{
			parser->p++;
			skip_space(parser);
			if (at_char(parser, '}'))
				max = -1;
			else if (!at_digit(parser))
			{
				pattern_expected(parser, "a number or \"}\"");
				return NULL;
			}
			else
			{
				const char *at = parser->p;

				max = pattern_read_number(parser, MAX_COUNT);
				if (max < 0)
					min = -1;
				else if (max < min)
				{
					pattern_fail(parser, PATTERN_ERROR_SYNTAX, at, "a number not below the one before", NULL);
					return NULL;
				}
				skip_space(parser);
			}
		}
		if (min < 0)
		{
			pattern_fail(parser, PATTERN_ERROR_LIMIT, start, "repetition count in sequence pattern is too large",
						 "a count may be at most 1000.");
			return NULL;
		}
		if (!at_char(parser, '}'))
		{
			pattern_expected(parser, max == min ? "\",\" or \"}\"" : "\"}\"");
			return NULL;
		}
	}
	else
		return node;
	parser->p++;

	/* what takes no row is the same however often it stands there */
	if (!node->takes)
	{
		min = Min(min, 1);
		max = max < 0 ? 1 : Min(max, 1);
	}
	if (gap)
	{
		node->gap = true;
		node->consumes = false;
	}
	repeat = new_node(NODE_REPEAT, start - parser->start);
	repeat->child = node;
	repeat->min = min;
	repeat->max = max;
	repeat->takes = node->takes && max != 0;
	repeat->consumes = node->consumes && max != 0;
	if (!check_size(parser, repeat, (int64) node->size * Max(max < 0 ? min : max, 1)))
		return NULL;

	skip_space(parser);
	if (at_char(parser, '*') || at_char(parser, '+') || at_char(parser, '?') || at_char(parser, '{'))
	{
		pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->p, "an element",
					 "To repeat what is repeated already, put it in parentheses.");
		return NULL;
	}
	return repeat;
}

/* One element with its quantifier; there is something at the place. */
static PatternNode *
parse_element(PatternParser *parser)
{
	const char *start = parser->p;
	int			at = start - parser->start;
	PatternNode *node;
	bool		gap = false;

	switch (*start)
	{
		case '^':
		case '$':
			parser->p++;
			return new_node(*start == '^' ? NODE_START : NODE_END, at);
		case '(':
			node = parse_parenthesis(parser);
			if (node != NULL && node->type == NODE_GATE && start[1] == '?')
				return node;
			break;
		case '.':
			parser->p++;
			node = new_node(NODE_ATOM, at);
			node->takes = node->consumes = true;
			node->any = true;
			gap = true;
			break;
		case '[':
			parser->p++;
			node = parse_set(parser, at);
			gap = node != NULL && node->negated;
			break;
		default:
			if (parser->pattern->names == PATTERN_LABELS && at_label(parser))
			{
				int			label = pattern_read_label(parser);

				if (label < 0)
					return NULL;
				node = new_node(NODE_ATOM, at);
				node->takes = node->consumes = true;
				atom_name(node, label);
				break;
			}
			pattern_fail(parser, PATTERN_ERROR_SYNTAX, start, "an element",
						 parser->pattern->names == PATTERN_LABELS ?
						 (strchr("*+?{|)", *start) == NULL ? hint_quote : NULL) :
						 (at_label(parser) ? hint_number : NULL));
			return NULL;
	}
	return node == NULL ? NULL : parse_quantifier(parser, node, gap);
}

/* Elements one after the other. */
static PatternNode *
parse_series(PatternParser *parser)
{
	PatternNode *first = NULL;
	PatternNode **tail = &first;

	for (;;)
	{
		PatternNode *node;

		skip_space(parser);
		if (first != NULL &&
			(parser->p >= parser->end || *parser->p == '|' || *parser->p == ')' ||
			 (parser->depth == 0 && at_text(parser, "(?w"))))
			break;
		if (parser->p >= parser->end)
		{
			pattern_expected(parser, "an element");
			return NULL;
		}
		node = parse_element(parser);
		if (node == NULL)
			return NULL;
		/* a node may already stand in a list of its own: give it a place in this one */
		*tail = node;
		tail = &node->next;
	}
	return new_list(parser, NODE_CAT, first);
}

/* Series with "|" between them. */
static PatternNode *
parse_choice(PatternParser *parser)
{
	PatternNode *first = NULL;
	PatternNode **tail = &first;

	for (;;)
	{
		PatternNode *node = parse_series(parser);

		if (node == NULL)
			return NULL;
		*tail = node;
		tail = &node->next;
		if (!at_char(parser, '|'))
			break;
		parser->p++;
	}
	return new_list(parser, NODE_ALT, first);
}

/*
 * Refuses gates that can never test anything.  before: may a row that a gate
 * measures from come before the node; after: may any row come after it.
 */
static bool
check_gates(PatternParser *parser, const PatternNode *node, bool before, bool after)
{
	switch (node->type)
	{
		case NODE_GATE:
			if (!before)
				return pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->start + node->at,
									"an element that takes a row before the time gate",
									"A time gate measures from the row taken last; rows passed over by .* do not count.");
			if (!after)
				return pattern_fail(parser, PATTERN_ERROR_SYNTAX, parser->start + node->at,
									"an element after the time gate",
									"A time gate tests the row that comes next.");
			return true;
		case NODE_CAT:
			for (const PatternNode *child = node->child; child != NULL; child = child->next)
			{
				bool		more = after;

				for (const PatternNode *later = child->next; later != NULL && !more; later = later->next)
					more = later->takes;
				if (!check_gates(parser, child, before, more))
					return false;
				before |= child->consumes;
			}
			return true;
		case NODE_ALT:
			for (const PatternNode *child = node->child; child != NULL; child = child->next)
			{
				if (!check_gates(parser, child, before, after))
					return false;
			}
			return true;
		case NODE_REPEAT:
			if (node->max == 0)
				return true;
			if (node->max != 1)
			{
				before |= node->child->consumes;
				after |= node->child->takes;
			}
			return check_gates(parser, node->child, before, after);
		default:
			return true;
	}
}

/* Of the first 64 names, those that every match has. */
static uint64
required_names(const PatternNode *node)
{
	uint64		names = 0;

	switch (node->type)
	{
		case NODE_ATOM:
			if (!node->any && !node->negated && node->nnames == 1 && node->names[0] < 64)
				names = UINT64CONST(1) << node->names[0];
			break;
		case NODE_CAT:
			for (const PatternNode *child = node->child; child != NULL; child = child->next)
				names |= required_names(child);
			break;
		case NODE_ALT:
			names = PG_UINT64_MAX;
			for (const PatternNode *child = node->child; child != NULL; child = child->next)
				names &= required_names(child);
			break;
		case NODE_REPEAT:
			if (node->min > 0)
				names = required_names(node->child);
			break;
		default:
			break;
	}
	return names;
}

/*
 * The tree of a pattern.  Its options and its names go into the pattern.
 */
PatternNode *
pattern_parse(Pattern *pattern, const char *text, int len, PatternClock clock, PatternError *error)
{
	PatternParser		parser;
	PatternNode *node;

	memset(&parser, 0, sizeof(parser));
	parser.pattern = pattern;
	parser.clock = clock;
	parser.start = parser.p = text;
	parser.end = text + len;
	parser.error = error;

	if (len > PATTERN_MAX_TEXT)
	{
		pattern_fail(&parser, PATTERN_ERROR_LIMIT, text, "sequence pattern is too long", "at most 65535 bytes are allowed.");
		return NULL;
	}

	for (;;)
	{
		skip_space(&parser);
		if (at_text(&parser, "(?all_rows)"))
		{
			parser.p += strlen("(?all_rows)");
			pattern->all_rows = true;
		}
		else if (at_text(&parser, "(?w"))
		{
			parser.p += strlen("(?w");
			if (!parse_limit(&parser))
				return NULL;
		}
		else
			break;
	}

	node = parse_choice(&parser);
	if (node == NULL)
		return NULL;
	while (at_text(&parser, "(?w"))
	{
		parser.p += strlen("(?w");
		if (!parse_limit(&parser))
			return NULL;
		skip_space(&parser);
		if (parser.p < parser.end && !at_text(&parser, "(?w"))
		{
			pattern_expected(&parser, "the end of the pattern after a limit to the whole match");
			return NULL;
		}
	}
	if (parser.p < parser.end)
	{
		pattern_expected(&parser, "an element, \"|\" or the end of the pattern");
		return NULL;
	}
	if (!node->takes)
	{
		pattern_fail(&parser, PATTERN_ERROR_SYNTAX, text + node->at, "an element that takes a row",
					 "A match has at least one row.");
		return NULL;
	}
	if (!check_gates(&parser, node, false, false))
		return NULL;
	pattern->required = required_names(node);
	return node;
}
