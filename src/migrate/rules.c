/*
 * rules.c
 *		One stage of a rules text put in the place of another, or taken out,
 *		and the rest of the text left as it is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "parser/scansup.h"
#include "utils/builtins.h"

#include "compat.h"
#include "transition/rules.h"

PG_FUNCTION_INFO_V1(replace_stage_in_rules);

static const char *const keywords[] = {"new", "forward", "next", "back", "when", "at"};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || IS_HIGHBIT_SET(c);
}

/* Append a label as rules name it. */
static void
append_label(StringInfo out, const char *label)
{
	bool		plain = *label != '\0';

	for (const char *p = label; *p != '\0' && plain; p++)
		plain = is_word(*p);
	for (int i = 0; i < (int) lengthof(keywords) && plain; i++)
		plain = strcmp(label, keywords[i]) != 0;
	if (plain)
	{
		appendStringInfoString(out, label);
		return;
	}
	appendStringInfoChar(out, '"');
	for (const char *p = label; *p != '\0'; p++)
	{
		if (*p == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, *p);
	}
	appendStringInfoChar(out, '"');
}

/* Where the word that begins at this byte ends. */
static int
word_end(const char *text, int offset)
{
	const char *p = text + offset;

	if (*p == '*')
		return offset + 1;
	if (*p == '"')
	{
		for (p++; *p != '"' || p[1] == '"'; p++)
		{
			if (*p == '"')
				p++;
		}
		return p + 1 - text;
	}
	while (is_word(*p))
		p++;
	return p - text;
}

static bool
same_word(const RuleWord *a, const RuleWord *b)
{
	return a->kind == b->kind && (a->kind != RULE_STAGE || strcmp(a->label, b->label) == 0);
}

/* Does a statement name this stage? */
static bool
names_stage(const RuleStatement *statement, const char *label)
{
	ListCell   *g;
	ListCell   *w;

	foreach(g, statement->groups)
	{
		foreach(w, (List *) lfirst(g))
		{
			RuleWord   *word = lfirst(w);

			if (word->kind == RULE_STAGE && strcmp(word->label, label) == 0)
				return true;
		}
	}
	return false;
}

/* A group with the stage replaced, or without it; no word twice. */
static List *
replace_in_group(List *group, const char *old_label, const char *new_label)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, group)
	{
		RuleWord   *word = lfirst(cell);
		ListCell   *before;
		bool		twice = false;

		if (word->kind == RULE_STAGE && strcmp(word->label, old_label) == 0)
		{
			if (new_label == NULL)
				continue;
			word = memcpy(palloc(sizeof(RuleWord)), word, sizeof(RuleWord));
			word->label = new_label;
		}
		foreach(before, result)
			twice |= same_word(lfirst(before), word);
		if (!twice)
			result = lappend(result, word);
	}
	return result;
}

/* Two groups that are one and the same stage, between which nothing moves. */
static bool
same_stage(List *a, List *b)
{
	return list_length(a) == 1 && list_length(b) == 1 &&
		((RuleWord *) linitial(a))->kind == RULE_STAGE && same_word(linitial(a), linitial(b));
}

static void
append_chain(StringInfo out, List *groups)
{
	ListCell   *g;
	ListCell   *w;

	foreach(g, groups)
	{
		if (g != list_head(groups))
			appendStringInfoString(out, " -> ");
		foreach(w, (List *) lfirst(g))
		{
			RuleWord   *word = lfirst(w);

			if (w != list_head((List *) lfirst(g)))
				appendStringInfoString(out, ", ");
			switch (word->kind)
			{
				case RULE_STAGE:
					append_label(out, word->label);
					break;
				case RULE_ANY:
					appendStringInfoChar(out, '*');
					break;
				case RULE_NEW:
					appendStringInfoString(out, "new");
					break;
				case RULE_FORWARD:
					appendStringInfoString(out, "forward");
					break;
				case RULE_NEXT:
					appendStringInfoString(out, "next");
					break;
				case RULE_BACK:
					appendStringInfoString(out, "back");
					break;
			}
		}
	}
}

/*
 * The chains that are left of a statement.  Where the stage goes without a
 * replacement, a chain falls apart; where it becomes its own neighbour, it
 * gets shorter.
 */
static List *
replace_in_chain(const RuleStatement *statement, const char *old_label, const char *new_label)
{
	List	   *chains = NIL;
	List	   *chain = NIL;
	ListCell   *cell;

	foreach(cell, statement->groups)
	{
		List	   *group = replace_in_group(lfirst(cell), old_label, new_label);

		if (group == NIL)
		{
			if (list_length(chain) > 1)
				chains = lappend(chains, chain);
			chain = NIL;
		}
		else if (chain == NIL || !same_stage(llast(chain), group))
			chain = lappend(chain, group);
	}
	if (list_length(chain) > 1)
		chains = lappend(chains, chain);
	return chains;
}

/* Append SQL with string literals of one value replaced by those of another. */
static void
append_guard(StringInfo out, const char *sql, int len, const char *old_literal, const char *new_literal)
{
	int			oldlen = strlen(old_literal);

	for (int i = 0; i < len;)
	{
		if (i + oldlen <= len && strncmp(sql + i, old_literal, oldlen) == 0 &&
			(i == 0 || (sql[i - 1] != '\'' && sql[i - 1] != '\\')) && (i + oldlen == len || sql[i + oldlen] != '\''))
		{
			appendStringInfoString(out, new_literal);
			i += oldlen;
		}
		else
			appendStringInfoChar(out, sql[i++]);
	}
}

/* replace_stage_in_rules(rules, old_label, new_label, in_guards); new_label NULL takes the stage out */
Datum
replace_stage_in_rules(PG_FUNCTION_ARGS)
{
	char	   *old_label;
	char	   *new_label = NULL;
	char	   *old_literal = NULL;
	char	   *new_literal = NULL;
	bool		in_guards;
	Rules	   *rules;
	const char *source;
	StringInfoData out;
	int			done = 0;		/* bytes of the text that are dealt with */
	ListCell   *s;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	rules = rules_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	old_label = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
		new_label = text_to_cstring(PG_GETARG_TEXT_PP(2));
	in_guards = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3) && new_label != NULL;
	if (in_guards)
	{
		old_literal = quote_literal_cstr(old_label);
		new_literal = quote_literal_cstr(new_label);
	}
	source = rules->text;
	initStringInfo(&out);

	foreach(s, rules->statements)
	{
		RuleStatement *statement = lfirst(s);
		List	   *last = llast(statement->groups);
		int			start = ((RuleWord *) linitial(linitial(statement->groups)))->offset;
		int			end = word_end(source, ((RuleWord *) llast(last))->offset);
		int			close = end;	/* past the guard's closing parenthesis */

		if (statement->guard != NULL)
		{
			close = statement->guard_offset + strlen(statement->guard);
			while (scanner_isspace(source[close]))
				close++;
			close++;
		}

		appendBinaryStringInfo(&out, source + done, start - done);
		done = start;
		if (names_stage(statement, old_label))
		{
			StringInfoData guard;
			ListCell   *c;

			initStringInfo(&guard);
			if (in_guards)
				append_guard(&guard, source + end, close - end, old_literal, new_literal);
			else
				appendBinaryStringInfo(&guard, source + end, close - end);

			if (new_label != NULL && !names_stage(statement, new_label))
			{
				ListCell   *g;
				ListCell   *w;

				/* word by word, so that the rest stays as it was written */
				foreach(g, statement->groups)
				{
					foreach(w, (List *) lfirst(g))
					{
						RuleWord   *word = lfirst(w);

						if (word->kind != RULE_STAGE || strcmp(word->label, old_label) != 0)
							continue;
						appendBinaryStringInfo(&out, source + done, word->offset - done);
						append_label(&out, new_label);
						done = word_end(source, word->offset);
					}
				}
				appendBinaryStringInfo(&out, source + done, end - done);
				appendBinaryStringInfo(&out, guard.data, guard.len);
			}
			else
			{
				List	   *chains = replace_in_chain(statement, old_label, new_label);

				foreach(c, chains)
				{
					if (c != list_head(chains))
						appendStringInfoString(&out, "; ");
					append_chain(&out, lfirst(c));
					appendBinaryStringInfo(&out, guard.data, guard.len);
				}
			}
			done = close;
		}
		else if (in_guards && statement->guard != NULL)
		{
			appendBinaryStringInfo(&out, source + done, end - done);
			append_guard(&out, source + end, close - end, old_literal, new_literal);
			done = close;
		}
	}
	appendStringInfoString(&out, source + done);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
