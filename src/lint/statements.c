/*
 * statements.c
 *		The statements of a rules text, for lint: rule_moves shows those that
 *		allow something, and only the full list tells which do not.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "compat.h"
#include "transition/rules.h"

PG_FUNCTION_INFO_V1(lint_rule_statements);

Datum
lint_rule_statements(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Rules	   *rules = rules_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach(cell, rules->statements)
	{
		RuleStatement *statement = lfirst(cell);
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = Int32GetDatum(statement->number);
		if (statement->guard == NULL)
			nulls[1] = true;
		else
			values[1] = CStringGetTextDatum(statement->guard);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
