/*
 * cache.c
 *		Compiled patterns, kept from call to call, and what is wrong with a
 *		pattern as an error report.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "compat.h"
#include "sequence/sequence.h"

/* Kinds of rows that are remembered with a pattern; more begin anew. */
#define MAX_KINDS	1024

/* Report what is wrong with a pattern; syntax is the code for what is none at all. */
static void
report_error(const char *text, int len, const PatternError *error, int syntax, struct Node *escontext)
{
	const char *at = text + error->at;
	int			position = pg_mbstrlen_with_len(text, error->at) + 1;

	switch (error->kind)
	{
		case PATTERN_ERROR_SYNTAX:
			if (error->at >= len)
				errsave(escontext,
						(errcode(syntax),
						 errmsg("syntax error in sequence pattern at position %d", position),
						 errdetail("Expected %s, but the pattern ends.", error->message),
						 error->hint ? errhint("%s", error->hint) : 0));
			else
				errsave(escontext,
						(errcode(syntax),
						 errmsg("syntax error in sequence pattern at position %d", position),
						 errdetail("Expected %s, found \"%.*s\".", error->message,
								   pg_mblen(at), at),
						 error->hint ? errhint("%s", error->hint) : 0));
			break;
		case PATTERN_ERROR_VALUE:
			errsave(escontext,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s in sequence pattern at position %d", error->message, position),
					 error->hint ? errhint("%s", error->hint) : 0));
			break;
		case PATTERN_ERROR_LIMIT:
			errsave(escontext,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s", error->message),
					 errdetail("At position %d: %s", position, error->hint)));
			break;
	}
}

/* Report a pattern that names more conditions than there are. */
static void
report_condition(const Pattern *pattern, int nconditions, struct Node *escontext)
{
	errsave(escontext,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("sequence pattern names condition %d, but there are %d",
					pattern->nnames, nconditions)));
}

/*
 * The compiled pattern for a text, from the last call if the text is the same.
 * It lives as long as the function's own memory where there is any, and else
 * in the current memory context.
 */
SequencePattern *
sequence_pattern(FunctionCallInfo fcinfo, const char *text, int len, PatternNames names, PatternClock clock)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	SequencePattern *sequence = flinfo != NULL ? flinfo->fn_extra : NULL;
	MemoryContext context;
	MemoryContext old;
	PatternError error;
	char	   *copy;
	Pattern    *pattern;

	if (sequence != NULL)
	{
		if (sequence->len == len && sequence->names == names && sequence->clock == clock &&
			memcmp(sequence->text, text, len) == 0)
			return sequence;
		flinfo->fn_extra = NULL;
		MemoryContextDelete(sequence->context);
	}

	context = AllocSetContextCreate(flinfo != NULL && flinfo->fn_mcxt != NULL ?
									flinfo->fn_mcxt : CurrentMemoryContext,
									"sequence pattern", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	copy = pnstrdup(text, len);
	pattern = pattern_compile(copy, len, names, clock, &error);
	if (pattern == NULL)
	{
		MemoryContextSwitchTo(old);
		report_error(copy, len, &error, ERRCODE_SYNTAX_ERROR, NULL);
	}
	sequence = palloc0(sizeof(SequencePattern));
	sequence->context = context;
	sequence->names = names;
	sequence->clock = clock;
	sequence->len = len;
	sequence->text = copy;
	sequence->pattern = pattern;
	pattern_kinds_init(&sequence->kinds, pattern);
	MemoryContextSwitchTo(old);
	if (flinfo != NULL && flinfo->fn_mcxt != NULL)
		flinfo->fn_extra = sequence;
	return sequence;
}

/* Is this text in a value a pattern over so many conditions?  If not, reports why, softly if asked to. */
bool
sequence_check_pattern(const char *text, int len, PatternClock clock, int nconditions, struct Node *escontext)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "sequence pattern", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PatternError error;
	Pattern    *pattern = pattern_compile(text, len, PATTERN_CONDITIONS, clock, &error);
	bool		good = pattern != NULL && pattern->nnames <= nconditions;

	MemoryContextSwitchTo(old);
	if (pattern == NULL)
		report_error(text, len, &error, ERRCODE_INVALID_TEXT_REPRESENTATION, escontext);
	else if (!good)
		report_condition(pattern, nconditions, escontext);
	MemoryContextDelete(context);
	return good;
}

/*
 * Before kinds are asked for in a new set of rows: forget the old ones when
 * there are many.  The caller must not use kinds from before.
 */
void
sequence_tidy_kinds(SequencePattern *sequence)
{
	MemoryContext old;
	PatternKinds *kinds = &sequence->kinds;

	if (kinds->n < MAX_KINDS)
		return;
	pfree(kinds->accept);
	pfree(kinds->slots);
	if (kinds->cache != NULL)
		pfree(kinds->cache);
	old = MemoryContextSwitchTo(sequence->context);
	pattern_kinds_init(kinds, sequence->pattern);
	MemoryContextSwitchTo(old);
}
