/*
 * rules.c
 *		Rules over the stages of an enum: which moves they allow.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "transition/rules.h"

PG_FUNCTION_INFO_V1(rule_moves);
PG_FUNCTION_INFO_V1(rule_time_column);
PG_FUNCTION_INFO_V1(check_rules);

/* Find each stage that the rules name among the stages there are. */
void
rules_resolve(Rules *rules, const Stages *stages)
{
	ListCell   *s;
	ListCell   *g;
	ListCell   *w;

	foreach(s, rules->statements)
	{
		foreach(g, ((RuleStatement *) lfirst(s))->groups)
		{
			foreach(w, (List *) lfirst(g))
			{
				RuleWord   *word = lfirst(w);

				if (word->kind != RULE_STAGE)
					continue;
				word->stage = stages_find_label(stages, word->label);
				if (word->stage < 0)
				{
					int			position = rules_position(rules->text, word->offset);

					ereport(ERROR,
							(errcode(ERRCODE_UNDEFINED_OBJECT),
							 errmsg("stage \"%s\" in stage rules at position %d does not exist in type %s",
									word->label, position, format_type_be(stages->type)),
							 errhint("The stages are: %s.", stages_list(stages)),
							 internalerrquery(rules->text),
							 internalerrposition(position)));
				}
			}
		}
	}
}

/* Does a group, as a source, hold this stage? */
static bool
is_source(List *group, int from)
{
	ListCell   *cell;

	foreach(cell, group)
	{
		RuleWord   *word = lfirst(cell);

		if (from == STAGE_NONE ? word->kind == RULE_NEW :
			word->kind == RULE_ANY || (word->kind == RULE_STAGE && word->stage == from))
			return true;
	}
	return false;
}

/* Does a group, as a target, hold a stage for one that comes from another? */
static bool
is_target(List *group, int from, int to)
{
	ListCell   *cell;

	foreach(cell, group)
	{
		RuleWord   *word = lfirst(cell);

		switch (word->kind)
		{
			case RULE_STAGE:
				if (word->stage == to)
					return true;
				break;
			case RULE_ANY:
				return true;
			case RULE_FORWARD:
				if (to > from)
					return true;
				break;
			case RULE_NEXT:
				if (to == from + 1)
					return true;
				break;
			case RULE_BACK:
				if (to < from)
					return true;
				break;
			case RULE_NEW:
				break;
		}
	}
	return false;
}

/*
 * Does a statement name this move, whether or not its guard will let it pass?
 */
static bool
names_move(const RuleStatement *statement, int from, int to)
{
	ListCell   *cell;
	List	   *before = NIL;

	if (from == to)
		return false;
	foreach(cell, statement->groups)
	{
		List	   *group = lfirst(cell);

		if (before != NIL && is_source(before, from) && is_target(group, from, to))
			return true;
		before = group;
	}
	return false;
}

/* Everything the rules say of one move.  "from" may be STAGE_NONE. */
RuleMove *
rules_move(const Rules *rules, int from, int to)
{
	RuleMove   *move = palloc0(sizeof(RuleMove));
	ListCell   *cell;

	foreach(cell, rules->statements)
	{
		RuleStatement *statement = lfirst(cell);

		if (!names_move(statement, from, to))
			continue;
		if (statement->guard != NULL && !move->guarded)
		{
			/* the first guard puts aside what counted without one */
			move->guarded = true;
			move->nstatements = 0;
		}
		else if (statement->guard == NULL && move->guarded)
			continue;
		if (move->statements == NULL)
			move->statements = palloc(sizeof(RuleStatement *) * list_length(rules->statements));
		move->statements[move->nstatements++] = statement;
	}
	return move;
}

/* The stages of the enum that an SQL caller named. */
static Stages *
stages_of_argument(Oid type)
{
	Oid			base = stages_enum_type(type);

	if (!OidIsValid(base))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not an enum",
						format_type_extended(type, -1, FORMAT_TYPE_ALLOW_INVALID)),
				 errhint("The stages of a track are the labels of an enum.")));
	return stages_load(base);
}

/* rule_moves(rules text, stages regtype): every move that the rules allow, in the order of the stages */
Datum
rule_moves(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Stages	   *stages = stages_of_argument(PG_GETARG_OID(1));
	Rules	   *rules = rules_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	rules_resolve(rules, stages);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int from = STAGE_NONE; from < stages->n; from++)
	{
		for (int to = 0; to < stages->n; to++)
		{
			RuleMove   *move;

			CHECK_FOR_INTERRUPTS();
			move = rules_move(rules, from, to);
			for (int i = 0; i < move->nstatements; i++)
			{
				RuleStatement *statement = move->statements[i];
				Datum		values[4];
				bool		nulls[4] = {false};

				values[0] = Int32GetDatum(statement->number);
				if (from == STAGE_NONE)
					nulls[1] = true;
				else
					values[1] = CStringGetTextDatum(stages->stage[from].label);
				values[2] = CStringGetTextDatum(stages->stage[to].label);
				if (statement->guard == NULL)
					nulls[3] = true;
				else
					values[3] = CStringGetTextDatum(statement->guard);
				tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
			}
			if (move->statements != NULL)
				pfree(move->statements);
			pfree(move);
		}
	}
	return (Datum) 0;
}

/* rule_time_column(rules text): the column of "at = column", or NULL */
Datum
rule_time_column(PG_FUNCTION_ARGS)
{
	Rules	   *rules = rules_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	if (rules->time_column == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(rules->time_column));
}

/* check_rules(rules text, stages regtype): raises the error there is, if any */
Datum
check_rules(PG_FUNCTION_ARGS)
{
	Stages	   *stages = stages_of_argument(PG_GETARG_OID(1));
	Rules	   *rules = rules_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	rules_resolve(rules, stages);
	PG_RETURN_VOID();
}
