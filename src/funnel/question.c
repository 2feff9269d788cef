/*
 * question.c
 *		What a funnel asks: its steps, window and options, as bytes that are
 *		compared and as a plan that is run.
 *
 * The bytes: is there a window (uint8), its months (int32) and microseconds
 * (int64), length (uint16) and text of the options in their canonical form,
 * length (uint8) and bytes of each step's label.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "funnel/funnel.h"
#include "funnel/options.h"

/* A question made of arguments, kept from call to call with what it was made of. */
typedef struct QuestionCache
{
	FunnelQuestion question;
	struct varlena *steps;		/* the arguments, detoasted */
	struct varlena *options;	/* NULL: none */
	bool		limited;
	Interval	within;
	bool		stable;			/* the arguments cannot change from call to call */
} QuestionCache;

/* Can this be the label of a step?  Reports softly where it may. */
bool
funnel_check_label(int len, struct Node *escontext)
{
	if (len == 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_ZERO_LENGTH_CHARACTER_STRING),
				 errmsg("funnel label must not be empty")));
	if (len > JOURNEY_MAX_LABEL)
		ereturn(escontext, false,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("funnel label is too long"),
				 errdetail("The label has %d bytes; at most %d are allowed.", len, JOURNEY_MAX_LABEL)));
	return true;
}

static uint64
label_prefix(const char *data, int len)
{
	uint64		prefix = 0;

	memcpy(&prefix, data, Min(len, 8));
	return prefix;
}

/* ---------------------------------------------------------------- canonical options */

static void
append_quoted(StringInfo buf, const JourneyLabel *label)
{
	appendStringInfoChar(buf, '"');
	for (int i = 0; i < label->len; i++)
	{
		if (label->data[i] == '"')
			appendStringInfoChar(buf, '"');
		appendStringInfoChar(buf, label->data[i]);
	}
	appendStringInfoChar(buf, '"');
}

/* The order of exclusions in the canonical text. */
static int
compare_exclusions(const void *a, const void *b, void *arg)
{
	const FunnelOptions *options = arg;
	const ChainExclusion *x = a;
	const ChainExclusion *y = b;
	int			cmp;

	cmp = journey_label_cmp(&options->excluded[x->bit - options->chain.nsteps],
							&options->excluded[y->bit - options->chain.nsteps]);
	if (cmp == 0)
		cmp = x->from - y->from;
	return cmp != 0 ? cmp : x->to - y->to;
}

/* The options in the one way of writing them. */
static void
append_options(StringInfo buf, FunnelOptions *options)
{
	static const struct
	{
		uint32		flag;
		const char *word;
	}			words[] = {
		{CHAIN_ANY_ORDER, "any_order"},
		{CHAIN_IMPLIED, "implied"},
		{CHAIN_REUSE, "reuse"},
		{CHAIN_INCREASE, "increase"},
		{CHAIN_EXACT, "exact"},
		{CHAIN_DEDUP, "dedup"},
		{CHAIN_FIRST_ENTRY, "first_entry"},
	};
	const ChainOptions *chain = &options->chain;
	ChainExclusion exclusions[CHAIN_MAX_EXCLUSIONS];
	const char *comma = "";

	for (int i = 0; i < (int) lengthof(words); i++)
	{
		if (chain->flags & words[i].flag)
		{
			appendStringInfo(buf, "%s%s", comma, words[i].word);
			comma = ", ";
		}
	}
	if (options->repeats)
	{
		appendStringInfo(buf, "%srepeats", comma);
		comma = ", ";
	}
	for (int p = 0; p < chain->nsteps; p++)
	{
		if (chain->optional & (UINT64CONST(1) << p))
		{
			appendStringInfo(buf, "%soptional %d", comma, p + 1);
			comma = ", ";
		}
	}
	memcpy(exclusions, chain->exclusion, sizeof(ChainExclusion) * chain->nexclusions);
	qsort_arg(exclusions, chain->nexclusions, sizeof(ChainExclusion), compare_exclusions, options);
	for (int e = 0; e < chain->nexclusions; e++)
	{
		const ChainExclusion *ex = &exclusions[e];

		if (e > 0 && compare_exclusions(ex, ex - 1, options) == 0)
			continue;
		appendStringInfo(buf, "%sexclude ", comma);
		append_quoted(buf, &options->excluded[ex->bit - chain->nsteps]);
		if (ex->from > 0 || ex->to < chain->nsteps - 1)
			appendStringInfo(buf, " between %d and %d", ex->from + 1, ex->to + 1);
		comma = ", ";
	}
	for (int p = 0; p < chain->nsteps; p++)
	{
		if (chain->step_windows && chain->step_window[p] != CHAIN_FOREVER)
		{
			int64		usecs = chain->step_window[p] % USECS_PER_SEC;

			appendStringInfo(buf, "%swithin ", comma);
			/* whole numbers only: that is what options are written with */
			if (chain->step_window[p] != usecs || usecs == 0)
				funnel_append_duration(buf, 0, chain->step_window[p] - usecs);
			if (usecs != 0)
				appendStringInfo(buf, "%s%d us", chain->step_window[p] != usecs ? " " : "", (int) usecs);
			appendStringInfo(buf, " to %d", p + 1);
			comma = ", ";
		}
	}
}

/* ---------------------------------------------------------------- making a question */

/* Add the bits of a label to those to look for. */
static void
add_label(FunnelQuestion *question, const JourneyLabel *label, uint64 mask)
{
	FunnelLabel *to;

	for (int i = 0; i < question->nlabels; i++)
	{
		if (journey_label_cmp(&question->labels[i].label, label) == 0)
		{
			question->labels[i].mask |= mask;
			return;
		}
	}
	to = &question->labels[question->nlabels++];
	to->label = *label;
	to->prefix = label_prefix(label->data, label->len);
	to->mask = mask;
}

/*
 * Lay the labels out by a hash without collisions.  A few of the factors tried
 * would do for any set of 64 labels whose prefixes or lengths differ.
 */
static void
make_table(FunnelQuestion *question)
{
	uint64		factor = UINT64CONST(0x9E3779B97F4A7C15);

	for (int attempt = 0; attempt < 10000; attempt++, factor = factor * UINT64CONST(6364136223846793005) + 2)
	{
		bool		good = true;

		memset(question->table, 0, sizeof(question->table));
		for (int i = 0; i < (int) lengthof(question->table); i++)
			question->table[i].label.len = -1;	/* that no label has */
		for (int i = 0; i < question->nlabels && good; i++)
		{
			const FunnelLabel *label = &question->labels[i];
			FunnelLabel *to = &question->table[funnel_label_hash(label->prefix, label->label.len, factor)];

			good = to->mask == 0;
			*to = *label;
			to->step = pg_rightmost_one_pos64(label->mask);
		}
		if (good)
		{
			question->factor = factor;
			return;
		}
	}
	question->factor = 0;
}

/*
 * The bytes of a question, whose options may be written in any way.  With
 * "question", also makes it ready to be asked; it points to the bytes and, for
 * excluded labels, to memory of the caller's context.  NULL after a soft error.
 */
char *
funnel_question_make(const FunnelParts *parts, uint32 *size, FunnelQuestion *question, struct Node *escontext)
{
	FunnelOptions *options = palloc(sizeof(FunnelOptions));
	ChainPlan  *plan = question != NULL ? &question->plan : palloc(sizeof(ChainPlan));
	Interval	window;
	StringInfoData buf;
	StringInfoData text;
	uint8		limited;
	uint16		len;

	if (!funnel_options_labels_safe(options, parts->options.data, parts->options.len,
							   parts->steps, parts->nsteps, escontext))
		return NULL;
	memset(&window, 0, sizeof(window));
	window.month = parts->limited ? parts->months : 0;
	window.time = parts->limited ? parts->usecs : 0;
	options->chain.limited = parts->limited;
	options->chain.window = window;
	if (!funnel_options_plan_safe(plan, options, escontext))
		return NULL;

	initStringInfo(&text);
	append_options(&text, options);
	if (text.len > PG_UINT16_MAX)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel options are too long")));

	initStringInfo(&buf);
	limited = parts->limited;
	appendBinaryStringInfo(&buf, (char *) &limited, 1);
	appendBinaryStringInfo(&buf, (char *) &window.month, sizeof(int32));
	appendBinaryStringInfo(&buf, (char *) &window.time, sizeof(int64));
	len = (uint16) text.len;
	appendBinaryStringInfo(&buf, (char *) &len, sizeof(uint16));
	appendBinaryStringInfo(&buf, text.data, text.len);
	for (int i = 0; i < parts->nsteps; i++)
	{
		appendStringInfoChar(&buf, (char) parts->steps[i].len);
		appendBinaryStringInfo(&buf, parts->steps[i].data, parts->steps[i].len);
	}
	*size = buf.len;

	if (question != NULL)
	{
		FunnelParts own;

		question->bytes = buf.data;
		question->size = buf.len;
		question->nlabels = 0;
		question->repeats = options->repeats;
		question->dict.size = -1;
		question->misses = 0;
		funnel_question_parts(buf.data, buf.len, parts->nsteps, &own);
		for (int i = 0; i < own.nsteps; i++)
			add_label(question, &own.steps[i], UINT64CONST(1) << i);
		for (int i = 0; i < options->nexcluded; i++)
		{
			JourneyLabel label;

			label.len = options->excluded[i].len;
			label.data = pnstrdup(options->excluded[i].data, label.len);
			add_label(question, &label, UINT64CONST(1) << (own.nsteps + i));
		}
		make_table(question);
	}
	return buf.data;
}

/* Spread a question out.  Points into its bytes. */
void
funnel_question_parts(const char *bytes, uint32 size, int nsteps, FunnelParts *parts)
{
	const char *p = bytes;
	const char *end = bytes + size;
	uint16		len;

	if (size < 1 + sizeof(int32) + sizeof(int64) + sizeof(uint16))
		elog(ERROR, "funnel value is damaged");
	parts->limited = *p++ != 0;
	memcpy(&parts->months, p, sizeof(int32));
	p += sizeof(int32);
	memcpy(&parts->usecs, p, sizeof(int64));
	p += sizeof(int64);
	memcpy(&len, p, sizeof(uint16));
	p += sizeof(uint16);
	if (end - p < len)
		elog(ERROR, "funnel value is damaged");
	parts->options.data = p;
	parts->options.len = len;
	p += len;
	parts->nsteps = nsteps;
	for (int i = 0; i < nsteps; i++)
	{
		if (end - p < 1 || end - p < 1 + *(const uint8 *) p)
			elog(ERROR, "funnel value is damaged");
		parts->steps[i].len = *(const uint8 *) p++;
		parts->steps[i].data = p;
		p += parts->steps[i].len;
	}
}

/* The options of a question that has been made before. */
void
funnel_question_chain(const FunnelParts *parts, ChainOptions *options)
{
	FunnelOptions *read = palloc(sizeof(FunnelOptions));

	funnel_options_labels(read, parts->options.data, parts->options.len, parts->steps, parts->nsteps);
	*options = read->chain;
	pfree(read);
}

/* ---------------------------------------------------------------- differences */

static void
append_steps(StringInfo buf, const FunnelParts *parts)
{
	for (int i = 0; i < parts->nsteps; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		append_quoted(buf, &parts->steps[i]);
	}
}

static void
append_window(StringInfo buf, const FunnelParts *parts)
{
	if (parts->limited)
		funnel_append_duration(buf, parts->months, parts->usecs);
	else
		appendStringInfoString(buf, "unlimited");
}

/* Two funnels that cannot be one: says in what they differ. */
void
funnel_question_differs(const char *bytes, uint32 size, int nsteps,
						const char *other, uint32 othersize, int othernsteps, bool in_group)
{
	FunnelParts a;
	FunnelParts b;
	StringInfoData one;
	StringInfoData two;
	const char *what;			/* one of them has, and both have */
	const char *both;

	funnel_question_parts(bytes, size, nsteps, &a);
	funnel_question_parts(other, othersize, othernsteps, &b);
	initStringInfo(&one);
	initStringInfo(&two);
	append_steps(&one, &a);
	append_steps(&two, &b);
	what = both = "steps";
	if (strcmp(one.data, two.data) == 0)
	{
		resetStringInfo(&one);
		resetStringInfo(&two);
		append_window(&one, &a);
		append_window(&two, &b);
		what = "window";
		both = "windows";
	}
	if (strcmp(one.data, two.data) == 0)
	{
		resetStringInfo(&one);
		resetStringInfo(&two);
		appendBinaryStringInfo(&one, a.options.data, a.options.len);
		appendBinaryStringInfo(&two, b.options.data, b.options.len);
		what = both = "options";
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 in_group ?
			 errmsg("%s of a funnel must not change within a group", what) :
			 errmsg("funnels of different %s cannot be added", both),
			 errdetail("One has (%s), the other (%s).", one.data, two.data)));
}

/* ---------------------------------------------------------------- arguments */

static bool
same_varlena(const struct varlena *a, const struct varlena *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static struct varlena *
copy_varlena(const struct varlena *value)
{
	struct varlena *copy;

	if (value == NULL)
		return NULL;
	copy = palloc(VARSIZE_ANY(value));
	memcpy(copy, value, VARSIZE_ANY(value));
	return copy;
}

/* The labels of the steps argument. */
static void
read_steps(struct varlena *value, FunnelParts *parts)
{
	ArrayType  *array = DatumGetArrayTypeP(PointerGetDatum(value));
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("steps of a funnel must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, &n);
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnel must have at least one step")));
	if (n > CHAIN_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("funnel has too many steps"),
				 errdetail("It has %d; at most %d are allowed.", n, CHAIN_MAX_STEPS)));
	for (int i = 0; i < n; i++)
	{
		text	   *label;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("step of a funnel must not be null"),
					 errdetail("Step %d is null.", i + 1)));
		label = DatumGetTextPP(elems[i]);
		parts->steps[i].data = VARDATA_ANY(label);
		parts->steps[i].len = VARSIZE_ANY_EXHDR(label);
		funnel_check_label(parts->steps[i].len, NULL);
	}
	parts->nsteps = n;
}

/* The window argument, in its own two units. */
static void
read_window(const Interval *within, FunnelParts *parts)
{
	int64		days;

	parts->limited = false;
	parts->months = 0;
	parts->usecs = 0;
	if (within == NULL || INTERVAL_IS_NOEND(within))
		return;
	parts->limited = true;
	if (INTERVAL_IS_NOBEGIN(within))
	{
		parts->usecs = -1;		/* as good as any other that is refused */
		return;
	}
	parts->months = within->month;
	if (pg_mul_s64_overflow(within->day, USECS_PER_DAY, &days))
		days = within->day < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	if (pg_add_s64_overflow(days, within->time, &parts->usecs))
		parts->usecs = days < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	if (parts->months == 0 && parts->usecs == PG_INT64_MAX)
	{
		parts->limited = false;
		parts->usecs = 0;
	}
}

/*
 * Are all arguments of an aggregate from "first" on the same for all rows?
 * That they are the same for all groups is more than is needed.
 */
bool
funnel_arguments_stable(const Aggref *aggref, int first)
{
	ListCell   *lc;
	int			n = 0;

	if (aggref == NULL)
		return false;
	foreach(lc, aggref->args)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry->resjunk || ++n < first)
			continue;
		if (!IsA(entry->expr, Const) &&
			!(IsA(entry->expr, Param) && ((Param *) entry->expr)->paramkind == PARAM_EXTERN))
			return false;
	}
	return true;
}

/*
 * The question that the arguments from "first" on ask: steps, and where there
 * are more, the window and the options.  Kept in fn_extra while they stay the
 * same.
 */
FunnelQuestion *
funnel_question_arguments(FunctionCallInfo fcinfo, int first)
{
	QuestionCache *cache = fcinfo->flinfo->fn_extra;
	struct varlena *steps;
	struct varlena *options = NULL;
	const Interval *within = NULL;
	FunnelParts *parts;
	MemoryContext context;
	MemoryContext before;

	if (cache != NULL && cache->stable)
		return &cache->question;
	if (PG_ARGISNULL(first))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("steps of a funnel must not be null")));
	steps = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(first));
	if (PG_NARGS() > first + 1 && !PG_ARGISNULL(first + 1))
		within = PG_GETARG_INTERVAL_P(first + 1);
	if (PG_NARGS() > first + 2 && !PG_ARGISNULL(first + 2))
		options = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(first + 2));

	if (cache != NULL && same_varlena(steps, cache->steps) && same_varlena(options, cache->options) &&
		cache->limited == (within != NULL) &&
		(within == NULL || (within->month == cache->within.month && within->day == cache->within.day &&
							within->time == cache->within.time)))
		return &cache->question;

	/* the cache has a context of its own, so that a change of arguments leaves nothing behind */
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "funnel question", ALLOCSET_SMALL_SIZES);
	before = MemoryContextSwitchTo(context);
	parts = palloc(sizeof(FunnelParts));
	cache = palloc0(sizeof(QuestionCache));
	cache->steps = copy_varlena(steps);
	cache->options = copy_varlena(options);
	cache->limited = within != NULL;
	if (within != NULL)
		cache->within = *within;
	read_steps(cache->steps, parts);
	read_window(within, parts);
	parts->options.data = cache->options != NULL ? VARDATA_ANY(cache->options) : "";
	parts->options.len = cache->options != NULL ? VARSIZE_ANY_EXHDR(cache->options) : 0;
	funnel_question_make(parts, &cache->question.size, &cache->question, NULL);
	cache->stable = funnel_arguments_stable(AggGetAggref(fcinfo), first);
	MemoryContextSwitchTo(before);

	if (fcinfo->flinfo->fn_extra != NULL)
		MemoryContextDelete(GetMemoryChunkContext(fcinfo->flinfo->fn_extra));
	fcinfo->flinfo->fn_extra = cache;
	return &cache->question;
}
