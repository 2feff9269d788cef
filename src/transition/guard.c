/*
 * guard.c
 *		Guards: an SQL condition over the columns of one row, without SPI.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "transition/transition.h"

PG_FUNCTION_INFO_V1(check_guard);

/* Where a guard stands: errors inside it are shown in the text it is part of. */
typedef struct GuardText
{
	const char *guard;
	const char *text;
	int			offset;
} GuardText;

static void
parse_error_callback(void *arg)
{
	const GuardText *where = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(rules_position(where->text, where->offset) + position - 1);
		internalerrquery(where->text);
	}
	errcontext("guard (%s)", where->guard);
}

static void
eval_error_callback(void *arg)
{
	const RuleStatement *statement = arg;

	errcontext("guard (%s) of stage rule %d", statement->guard, statement->number);
}

/*
 * A guard means the same whoever runs it: its names are looked up in
 * pg_catalog and the schema of its table, and no setting of the session
 * changes how it is read.  A failed transaction takes this back by itself.
 */
static int
enter_own_settings(Relation rel)
{
	int			level = NewGUCNestLevel();
	const char *schema = get_namespace_name(RelationGetNamespace(rel));

	(void) set_config_option("search_path",
							 psprintf("pg_catalog, %s, pg_temp", quote_identifier(schema)),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("standard_conforming_strings", "on",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("transform_null_equals", "off",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/*
 * The one expression that the text must be.  The grammar for expressions of
 * PL/pgSQL would take clauses of a query besides.
 */
static Node *
parse_expression(const char *guard)
{
	SelectStmt *select = castNode(SelectStmt,
								  linitial_node(RawStmt, raw_parser(guard, RAW_PARSE_PLPGSQL_EXPR))->stmt);
	ResTarget  *target = NULL;
	bool		star = false;

	if (list_length(select->targetList) == 1)
	{
		target = linitial_node(ResTarget, select->targetList);
		star = IsA(target->val, ColumnRef) &&
			IsA(llast(((ColumnRef *) target->val)->fields), A_Star);
	}
	if (target == NULL || star || target->name != NULL || target->indirection != NIL ||
		select->distinctClause != NIL || select->fromClause != NIL || select->whereClause != NULL ||
		select->groupClause != NIL || select->havingClause != NULL || select->windowClause != NIL ||
		select->sortClause != NIL || select->limitOffset != NULL || select->limitCount != NULL ||
		select->lockingClause != NIL || select->op != SETOP_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("a guard must be one condition")));
	return target->val;
}

/* Refuse what is not there yet when the trigger runs.  columns: as pull_varattnos gives them. */
static void
check_columns(Relation rel, const Bitmapset *columns)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			i = -1;

	while ((i = bms_next_member(columns, i)) >= 0)
	{
		AttrNumber	attno = i + FirstLowInvalidHeapAttributeNumber;

		if (attno < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("guard cannot use a system column"),
					 errdetail("A row has them only after the trigger has run.")));
		for (AttrNumber a = 1; a <= desc->natts; a++)
		{
			if (TupleDescAttr(desc, a - 1)->attgenerated != '\0' && (a == attno || attno == 0))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
						 errmsg("guard cannot use generated column \"%s\"",
								NameStr(TupleDescAttr(desc, a - 1)->attname)),
						 errdetail("Generated columns are computed after the trigger has run."),
						 errhint("Write what it is generated from into the guard.")));
		}
	}
}

/*
 * Parse and check a guard over the columns of a relation, which may also be
 * written as columns of "new".  The guard is the part of "text" at "offset".
 * Sets "columns" to what it reads, if asked.  The result is ready for
 * execution.
 */
Expr *
guard_parse(Relation rel, const char *guard, const char *text, int offset, Bitmapset **columns)
{
	GuardText	where = {guard, text, offset};
	ErrorContextCallback callback;
	int			level = enter_own_settings(rel);
	ParseState *pstate;
	ParseNamespaceItem *item;
	Node	   *node;
	Bitmapset  *attnos = NULL;
	Expr	   *expr;

	callback.callback = parse_error_callback;
	callback.arg = &where;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	node = parse_expression(guard);
	pstate = make_parsestate(NULL);
	pstate->p_sourcetext = guard;
	item = addRangeTableEntryForRelation(pstate, rel, AccessShareLock, makeAlias("new", NIL), false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	node = transformExpr(pstate, node, EXPR_KIND_TRIGGER_WHEN);
	node = coerce_to_boolean(pstate, node, "guard");
	assign_expr_collations(pstate, node);
	pull_varattnos(node, 1, &attnos);
	check_columns(rel, attnos);
	expr = expression_planner((Expr *) node);
	free_parsestate(pstate);

	error_context_stack = callback.previous;
	AtEOXact_GUC(false, level);
	if (columns != NULL)
		*columns = attnos;
	return expr;
}

/* A guard of some rules, ready to run.  It lives in the current memory context. */
ExprState *
guard_compile(Relation rel, const RuleStatement *statement, const char *text)
{
	Expr	   *expr = guard_parse(rel, statement->guard, text, statement->guard_offset, NULL);
	ErrorContextCallback callback;
	ExprState  *state;

	callback.callback = eval_error_callback;
	callback.arg = (void *) statement;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	state = ExecInitExpr(expr, NULL);	/* checks the right to execute functions */
	error_context_stack = callback.previous;
	return state;
}

/* Is the guard true of the row that econtext scans?  isnull tells unknown from false. */
bool
guard_eval(ExprState *state, ExprContext *econtext, const RuleStatement *statement, bool *isnull)
{
	ErrorContextCallback callback;
	Datum		result;

	callback.callback = eval_error_callback;
	callback.arg = (void *) statement;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result = ExecEvalExprSwitchContext(state, econtext, isnull);
	error_context_stack = callback.previous;
	return !*isnull && DatumGetBool(result);
}

/* check_guard(rel regclass, guard text): the columns that a guard reads; raises the error there is, if any */
Datum
check_guard(PG_FUNCTION_ARGS)
{
	Relation	rel = transition_open(PG_GETARG_OID(0));
	char	   *guard = text_to_cstring(PG_GETARG_TEXT_PP(1));
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *columns;
	ArrayBuildState *names = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	bool		whole;

	(void) ExecInitExpr(guard_parse(rel, guard, guard, 0, &columns), NULL);
	whole = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns);
	for (AttrNumber attno = 1; attno <= desc->natts; attno++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, attno - 1);

		if (!attr->attisdropped &&
			(whole || bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, columns)))
			names = accumArrayResult(names, CStringGetTextDatum(NameStr(attr->attname)), false,
									 TEXTOID, CurrentMemoryContext);
	}
	relation_close(rel, AccessShareLock);
	PG_RETURN_DATUM(makeArrayResult(names, CurrentMemoryContext));
}
