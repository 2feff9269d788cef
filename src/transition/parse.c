/*
 * parse.c
 *		Reading a rules text.
 *
 *		rules     = [ statement ] { ";" [ statement ] }
 *		statement = chain [ guard ] | families [ guard ] | "at" "=" name
 *		chain     = group "->" group { "->" group }
 *		group     = word { "," word }
 *		families  = family { "," family }
 *		word      = name | "*" | "new" | family
 *		family    = "forward" | "next" | "back"
 *		guard     = "when" "(" SQL ")"
 *		name      = plain word that is no keyword | text in double quotes
 *
 * "new" stands only before the first arrow, a family only after the last one.
 * The text is cut here, and nothing of it is looked up: that is rules.c.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scansup.h"

#include "transition/rules.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_WORD,					/* may be a keyword */
	TOKEN_QUOTED,
	TOKEN_ARROW,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_STAR,
	TOKEN_EQUALS,
	TOKEN_OPEN,
	TOKEN_OTHER					/* a character that has no place here */
} TokenKind;

typedef struct Parser
{
	const char *text;
	const char *p;				/* what follows the present token */
	TokenKind	kind;			/* the present token */
	int			offset;			/* where it begins */
	int			length;
	char	   *name;			/* of TOKEN_WORD and TOKEN_QUOTED */
} Parser;

/* The position of a byte of the text, in characters from 1. */
int
rules_position(const char *text, int offset)
{
	return pg_mbstrlen_with_len(text, offset) + 1;
}

/*
 * Every syntax error: what was expected, where, and what stands there.
 */
pg_noreturn static void
expected_at(const Parser *parser, int offset, int length, const char *expected)
{
	int			position = rules_position(parser->text, offset);

	if (length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("syntax error in stage rules at position %d", position),
				 errdetail("Expected %s, but the rules end.", expected),
				 internalerrquery(parser->text),
				 internalerrposition(position)));
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("syntax error in stage rules at position %d", position),
			 parser->text[offset] == '"' ?
			 errdetail("Expected %s, found %.*s.", expected, length, parser->text + offset) :
			 errdetail("Expected %s, found \"%.*s\".", expected, length, parser->text + offset),
			 internalerrquery(parser->text),
			 internalerrposition(position)));
}

pg_noreturn static void
expected(const Parser *parser, const char *what)
{
	expected_at(parser, parser->offset, parser->length, what);
}

/* Characters of a name that needs no quotes. */
static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || IS_HIGHBIT_SET(c);
}

/* Go to the next token. */
static void
advance(Parser *parser)
{
	const char *p = parser->p;

	for (;;)
	{
		while (scanner_isspace(*p))
			p++;
		if (p[0] != '-' || p[1] != '-')
			break;
		while (*p != '\0' && *p != '\n' && *p != '\r')
			p++;
	}

	parser->offset = p - parser->text;
	parser->name = NULL;
	parser->length = 1;
	switch (*p)
	{
		case '\0':
			parser->kind = TOKEN_END;
			parser->length = 0;
			break;
		case ',':
			parser->kind = TOKEN_COMMA;
			break;
		case ';':
			parser->kind = TOKEN_SEMICOLON;
			break;
		case '*':
			parser->kind = TOKEN_STAR;
			break;
		case '=':
			parser->kind = TOKEN_EQUALS;
			break;
		case '(':
			parser->kind = TOKEN_OPEN;
			break;
		case '"':
			{
				const char *q = p + 1;
				char	   *to = parser->name = palloc(strlen(p));

				while (*q != '"' || q[1] == '"')
				{
					if (*q == '\0')
						expected_at(parser, q - parser->text, 0,
									psprintf("a double quote to close the one at position %d",
											 rules_position(parser->text, parser->offset)));
					if (*q == '"')
						q++;
					*to++ = *q++;
				}
				*to = '\0';
				parser->kind = TOKEN_QUOTED;
				parser->length = q + 1 - p;
				if (to == parser->name)
					expected(parser, "a name between the double quotes");
				break;
			}
		default:
			if (p[0] == '-' && p[1] == '>')
			{
				parser->kind = TOKEN_ARROW;
				parser->length = 2;
			}
			else if (is_word(*p))
			{
				const char *q = p;

				while (is_word(*q))
					q++;
				parser->kind = TOKEN_WORD;
				parser->length = q - p;
				parser->name = pnstrdup(p, q - p);
			}
			else
				parser->kind = TOKEN_OTHER;
			break;
	}
	parser->p = p + parser->length;
}

static bool
is_keyword(const Parser *parser, const char *keyword)
{
	return parser->kind == TOKEN_WORD && strcmp(parser->name, keyword) == 0;
}

/*
 * Past a quoted string of SQL, whose opening quote p is at.  Inside E'...' a
 * backslash takes the next character with it.  Such a string goes on after
 * white space with a line break in it.
 */
static const char *
skip_string(const char *p, bool escapes)
{
	for (;;)
	{
		bool		newline = false;
		const char *q;

		for (p++; *p != '\''; p++)
		{
			if (*p == '\\' && escapes && p[1] != '\0')
				p++;
			if (*p == '\0')
				return p;
		}
		p++;
		if (!escapes)
			return p;
		for (q = p; scanner_isspace(*q); q++)
			newline |= (*q == '\n' || *q == '\r');
		if (!newline || *q != '\'')
			return p;
		p = q;
	}
}

/* Past a string in dollar quotes, if p is at one; else past the dollar sign. */
static const char *
skip_dollar(const char *p)
{
	const char *tag = p;
	const char *end;
	Size		len;

	p++;
	if (!(*p >= '0' && *p <= '9'))
		while (is_word(*p))
			p++;
	if (*p != '$')
		return tag + 1;
	p++;
	len = p - tag;
	for (end = strchr(p, '$'); end != NULL; end = strchr(end + 1, '$'))
	{
		if (strncmp(end, tag, len) == 0)
			return end + len;
	}
	return p + strlen(p);
}

/* Past a comment between slash-stars, which nest. */
static const char *
skip_comment(const char *p)
{
	int			depth = 0;

	while (*p != '\0')
	{
		if (p[0] == '/' && p[1] == '*')
		{
			depth++;
			p += 2;
		}
		else if (p[0] == '*' && p[1] == '/')
		{
			p += 2;
			if (--depth == 0)
				break;
		}
		else
			p++;
	}
	return p;
}

/*
 * The SQL text between parentheses.  The present token is the opening one;
 * afterwards it is what follows the closing one.
 */
static void
parse_guard(Parser *parser, RuleStatement *statement)
{
	const char *start = parser->p;
	const char *p = start;
	const char *end;
	int			depth = 1;

	while (depth > 0)
	{
		switch (*p)
		{
			case '\0':
				expected_at(parser, p - parser->text, 0,
							psprintf("\")\" to close the parenthesis at position %d",
									 rules_position(parser->text, parser->offset)));
				break;
			case '(':
				depth++;
				p++;
				break;
			case ')':
				depth--;
				p++;
				break;
			case '\'':
				p = skip_string(p,
								p > start && (p[-1] == 'e' || p[-1] == 'E') &&
								(p - 1 == start || !(is_word(p[-2]) || p[-2] == '$')));
				break;
			case '"':
				p = strchr(p + 1, '"');
				if (p == NULL)
					p = start + strlen(start);
				else
					p++;
				break;
			case '$':
				if (p > start && is_word(p[-1]))
					p++;
				else
					p = skip_dollar(p);
				break;
			case '-':
				p++;
				if (*p == '-')
					while (*p != '\0' && *p != '\n' && *p != '\r')
						p++;
				break;
			case '/':
				if (p[1] == '*')
					p = skip_comment(p);
				else
					p++;
				break;
			default:
				p++;
				break;
		}
	}
	parser->p = p;

	end = p - 1;
	while (start < end && scanner_isspace(*start))
		start++;
	while (end > start && scanner_isspace(end[-1]))
		end--;
	if (start == end)
		expected_at(parser, end - parser->text, 1, "a condition between the parentheses");
	statement->guard = pnstrdup(start, end - start);
	statement->guard_offset = start - parser->text;
	advance(parser);
}

/* One word of a group. */
static RuleWord *
parse_word(Parser *parser, const char *what)
{
	static const struct
	{
		const char *keyword;
		RuleWordKind kind;
	}			keywords[] = {
		{"new", RULE_NEW},
		{"forward", RULE_FORWARD},
		{"next", RULE_NEXT},
		{"back", RULE_BACK}
	};
	RuleWord   *word = palloc0(sizeof(RuleWord));

	word->offset = parser->offset;
	word->kind = RULE_STAGE;
	if (parser->kind == TOKEN_STAR)
		word->kind = RULE_ANY;
	else if (parser->kind == TOKEN_WORD)
	{
		if (is_keyword(parser, "when") || is_keyword(parser, "at"))
			expected(parser, psprintf("%s (a keyword is a stage only in double quotes)", what));
		for (int i = 0; i < (int) lengthof(keywords); i++)
		{
			if (is_keyword(parser, keywords[i].keyword))
				word->kind = keywords[i].kind;
		}
	}
	else if (parser->kind != TOKEN_QUOTED)
		expected(parser, what);
	if (word->kind == RULE_STAGE)
		word->label = parser->name;
	advance(parser);
	return word;
}

static List *
parse_group(Parser *parser, const char *what)
{
	List	   *group = NIL;

	for (;;)
	{
		group = lappend(group, parse_word(parser, what));
		if (parser->kind != TOKEN_COMMA)
			return group;
		advance(parser);
		what = "a stage after the comma";
	}
}

/* The first word of a group that is of this kind, or at least of this kind; or NULL. */
static RuleWord *
find_word(List *group, RuleWordKind from, RuleWordKind to)
{
	ListCell   *cell;

	foreach(cell, group)
	{
		RuleWord   *word = lfirst(cell);

		if (word->kind >= from && word->kind <= to)
			return word;
	}
	return NULL;
}

/* Report a keyword that has no meaning where it stands. */
pg_noreturn static void
misplaced(const Parser *parser, const RuleWord *word, const char *keyword, const char *detail)
{
	int			position = rules_position(parser->text, word->offset);

	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("misplaced \"%s\" in stage rules at position %d", keyword, position),
			 errdetail_internal("%s", detail),
			 errhint("If a stage has this name, write it in double quotes."),
			 internalerrquery(parser->text),
			 internalerrposition(position)));
}

static const char *
family_name(const RuleWord *word)
{
	return word->kind == RULE_FORWARD ? "forward" :
		word->kind == RULE_NEXT ? "next" : "back";
}

/* Two groups with an arrow between them that name one and the same stage only. */
static void
check_arrow(const Parser *parser, List *sources, List *targets)
{
	ListCell   *s;
	ListCell   *t;
	int			position;

	foreach(s, sources)
	{
		foreach(t, targets)
		{
			RuleWord   *source = lfirst(s);
			RuleWord   *target = lfirst(t);

			if (source->kind != RULE_STAGE || target->kind != RULE_STAGE ||
				strcmp(source->label, target->label) != 0)
				return;
		}
	}
	position = rules_position(parser->text, ((RuleWord *) linitial(targets))->offset);
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("stage \"%s\" cannot move to itself in stage rules at position %d",
					((RuleWord *) linitial(targets))->label, position),
			 errdetail("An update that leaves the stage as it is is no move and needs no rule."),
			 internalerrquery(parser->text),
			 internalerrposition(position)));
}

/* A chain or a list of families, with its guard. */
static void
parse_moves(Parser *parser, Rules *rules, int number)
{
	RuleStatement *statement = palloc0(sizeof(RuleStatement));
	List	   *group;
	RuleWord   *word;

	statement->number = number;
	statement->guard_index = -1;
	group = parse_group(parser, "a stage");
	if (parser->kind != TOKEN_ARROW)
	{
		/* families may stand alone, and then they are those of every stage */
		RuleWord   *any;

		if (find_word(group, RULE_STAGE, RULE_NEW) != NULL)
			expected(parser, "\"->\" or \",\"");
		any = palloc0(sizeof(RuleWord));
		any->kind = RULE_ANY;
		any->offset = ((RuleWord *) linitial(group))->offset;
		statement->groups = list_make2(list_make1(any), group);
	}
	else
	{
		statement->groups = list_make1(group);
		while (parser->kind == TOKEN_ARROW)
		{
			List	   *sources = group;

			word = find_word(sources, RULE_FORWARD, RULE_BACK);
			if (word != NULL)
				misplaced(parser, word, family_name(word),
						  "A family of moves stands after the last arrow, or alone.");
			advance(parser);
			group = parse_group(parser, "a stage after the arrow");
			word = find_word(group, RULE_NEW, RULE_NEW);
			if (word != NULL)
				misplaced(parser, word, "new",
						  "A row is new before its first move only, so \"new\" stands before the first arrow.");
			word = find_word(group, RULE_FORWARD, RULE_BACK);
			if (word != NULL && find_word(sources, RULE_NEW, RULE_NEW) != NULL)
				misplaced(parser, word, family_name(word),
						  "A new row has no place in the order of the stages yet.");
			check_arrow(parser, sources, group);
			statement->groups = lappend(statement->groups, group);
		}
	}

	if (is_keyword(parser, "when"))
	{
		advance(parser);
		if (parser->kind != TOKEN_OPEN)
			expected(parser, "\"(\" and a condition after \"when\"");
		parse_guard(parser, statement);
		statement->guard_index = rules->nguards++;
		if (parser->kind != TOKEN_SEMICOLON && parser->kind != TOKEN_END)
			expected(parser, "\";\" after the condition");
	}
	else if (parser->kind != TOKEN_SEMICOLON && parser->kind != TOKEN_END)
		expected(parser, "\"->\", \",\", \"when\" or \";\"");
	rules->statements = lappend(rules->statements, statement);
}

/* at = column; the column is named as in SQL. */
static void
parse_time(Parser *parser, Rules *rules)
{
	int			offset = parser->offset;

	if (rules->time_column != NULL)
	{
		int			position = rules_position(parser->text, offset);

		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("more than one \"at\" in stage rules at position %d", position),
				 errdetail("The first one is at position %d.",
						   rules_position(parser->text, rules->time_offset)),
				 internalerrquery(parser->text),
				 internalerrposition(position)));
	}
	advance(parser);
	if (parser->kind != TOKEN_EQUALS)
		expected(parser, "\"=\" and a column after \"at\" (a keyword is a stage only in double quotes)");
	advance(parser);
	if (parser->kind == TOKEN_WORD)
		rules->time_column = downcase_truncate_identifier(parser->name, parser->length, false);
	else if (parser->kind == TOKEN_QUOTED)
		rules->time_column = parser->name;
	else
		expected(parser, "a column after \"at =\"");
	rules->time_offset = offset;
	advance(parser);
	if (parser->kind != TOKEN_SEMICOLON && parser->kind != TOKEN_END)
		expected(parser, "\";\" after the column");
}

/*
 * Cut a rules text into statements.  The result lives in the current memory
 * context and holds no pointer into the text given.
 */
Rules *
rules_parse(const char *text)
{
	Parser		parser;
	Rules	   *rules;
	int			number = 0;
	ListCell   *cell;

	if (strlen(text) > RULES_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("stage rules are too long"),
				 errdetail("They have %zu bytes; at most %d are allowed.",
						   strlen(text), RULES_MAX_BYTES)));

	rules = palloc0(sizeof(Rules));
	rules->text = pstrdup(text);
	memset(&parser, 0, sizeof(parser));
	parser.text = parser.p = rules->text;
	advance(&parser);
	while (parser.kind != TOKEN_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (parser.kind == TOKEN_SEMICOLON)
		{
			advance(&parser);
			continue;
		}
		if (++number > RULES_MAX_STATEMENTS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("stage rules have too many statements"),
					 errdetail("At most %d are allowed.", RULES_MAX_STATEMENTS)));
		if (is_keyword(&parser, "at"))
			parse_time(&parser, rules);
		else
			parse_moves(&parser, rules, number);
	}

	rules->guarded = palloc(sizeof(RuleStatement *) * Max(rules->nguards, 1));
	foreach(cell, rules->statements)
	{
		RuleStatement *statement = lfirst(cell);

		if (statement->guard_index >= 0)
			rules->guarded[statement->guard_index] = statement;
	}
	return rules;
}
