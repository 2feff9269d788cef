/*
 * options.c
 *		The options language that all funnel functions share.
 *
 *		options   := [ item { "," item } ]
 *		item      := word
 *				   | "optional" step
 *				   | "exclude" what [ "between" step "and" step ]
 *				   | "within" duration "to" step
 *		word      := "default" | "reuse" | "increase" | "exact" | "dedup" | "first_entry"
 *				   | "any_order" | "implied" | "repeats"
 *		step      := number | label
 *		what      := label, or the number of a condition
 *		duration  := { number unit }, or a plain number where times are plain numbers
 *
 * A label is a word, or anything between double quotes (a quote is doubled).
 * Where steps are conditions they are named by their number only.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"

#include "compat.h"
#include "core/timespan.h"
#include "funnel/funnel.h"
#include "funnel/options.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_COMMA,
	TOKEN_NUMBER,				/* digits only */
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OTHER
} TokenKind;

typedef struct Parser
{
	const char *text;
	const char *end;
	const char *p;				/* behind the present token */
	TokenKind	kind;
	const char *start;			/* of the present token in the text */
	JourneyLabel value;			/* of a word or a quoted label */
	int64		number;

	FunnelOptions *options;
	const JourneyLabel *steps;	/* NULL: conditions */
	int			nconditions;
	bool		plain_times;

	struct Node *escontext;
	bool		failed;			/* an error has been reported softly; the text ends here */
} Parser;

static const struct
{
	const char *word;
	uint32		flag;
}			words[] =
{
	{"default", 0},
	{"reuse", CHAIN_REUSE},
	{"increase", CHAIN_INCREASE},
	{"exact", CHAIN_EXACT},
	{"dedup", CHAIN_DEDUP},
	{"first_entry", CHAIN_FIRST_ENTRY},
	{"any_order", CHAIN_ANY_ORDER},
	{"implied", CHAIN_IMPLIED},
};

static const struct
{
	const char *word;
	int64		usecs;
}			units[] =
{
	{"us", 1},
	{"ms", 1000},
	{"s", USECS_PER_SEC}, {"sec", USECS_PER_SEC}, {"second", USECS_PER_SEC}, {"seconds", USECS_PER_SEC},
	{"min", USECS_PER_MINUTE}, {"minute", USECS_PER_MINUTE}, {"minutes", USECS_PER_MINUTE},
	{"h", USECS_PER_HOUR}, {"hour", USECS_PER_HOUR}, {"hours", USECS_PER_HOUR},
	{"d", USECS_PER_DAY}, {"day", USECS_PER_DAY}, {"days", USECS_PER_DAY},
	{"w", 7 * USECS_PER_DAY}, {"week", 7 * USECS_PER_DAY}, {"weeks", 7 * USECS_PER_DAY},
};

#define WORD_HINT \
	"Options are default, reuse, increase, exact, dedup, first_entry, any_order, implied, repeats, " \
	"optional STEP, exclude WHAT [between STEP and STEP] and within DURATION to STEP, separated by commas."

static int
position(const Parser *parser)
{
	return pg_mbstrlen_with_len(parser->text, parser->start - parser->text) + 1;
}

/* After a soft error nothing more is read. */
static void
give_up(Parser *parser)
{
	parser->failed = true;
	parser->kind = TOKEN_END;
	parser->start = parser->p = parser->end;
}

/* Reports an error of the options, once. */
#define options_error(parser, ...) \
	do { \
		if (!(parser)->failed) \
			errsave((parser)->escontext, __VA_ARGS__); \
		give_up(parser); \
	} while (0)

/* Reports what was expected instead of the present token. */
static void
expected(Parser *parser, const char *what)
{
	options_error(parser,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("malformed funnel options: \"%.*s\"", (int) (parser->end - parser->text), parser->text),
			 parser->kind == TOKEN_END ?
			 errdetail("Expected %s, but the text ends.", what) :
			 errdetail("Expected %s at position %d, found \"%.*s\".", what, position(parser),
					   (int) (parser->p - parser->start), parser->start),
			 errhint(WORD_HINT)));
}

/* Reads the next token. */
static void
advance(Parser *parser)
{
	while (parser->p < parser->end && scanner_isspace(*parser->p))
		parser->p++;
	parser->start = parser->p;
	if (parser->p >= parser->end)
	{
		parser->kind = TOKEN_END;
		return;
	}
	if (*parser->p == ',')
	{
		parser->kind = TOKEN_COMMA;
		parser->p++;
	}
	else if (*parser->p == '"')
	{
		StringInfoData buf;

		initStringInfo(&buf);
		for (parser->p++;; parser->p++)
		{
			if (parser->p >= parser->end)
			{
				parser->kind = TOKEN_END;
				expected(parser, "a closing double quote");
				return;
			}
			if (*parser->p == '"')
			{
				if (parser->p + 1 >= parser->end || parser->p[1] != '"')
					break;
				parser->p++;
			}
			appendStringInfoChar(&buf, *parser->p);
		}
		parser->p++;
		parser->kind = TOKEN_QUOTED;
		parser->value.data = buf.data;
		parser->value.len = buf.len;
	}
	else
	{
		bool		digits = true;

		/* digits and letters apart, so that 2days is a number and a unit */
		if (*parser->p >= '0' && *parser->p <= '9')
		{
			while (parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9')
				parser->p++;
		}
		else
		{
			digits = false;
			while (parser->p < parser->end && !scanner_isspace(*parser->p) && *parser->p != ',' && *parser->p != '"')
				parser->p++;
		}
		parser->kind = digits ? TOKEN_NUMBER : TOKEN_WORD;
		parser->value.data = parser->start;
		parser->value.len = parser->p - parser->start;
		if (digits)
		{
			parser->number = 0;
			for (const char *c = parser->start; c < parser->p; c++)
			{
				if (pg_mul_s64_overflow(parser->number, 10, &parser->number) ||
					pg_add_s64_overflow(parser->number, *c - '0', &parser->number))
				{
					expected(parser, "a smaller number");
					return;
				}
			}
		}
	}
}

static bool
is_word(const Parser *parser, const char *word)
{
	return parser->kind == TOKEN_WORD && (size_t) parser->value.len == strlen(word) &&
		memcmp(parser->value.data, word, parser->value.len) == 0;
}

static void
expect_word(Parser *parser, const char *word, const char *what)
{
	if (!is_word(parser, word))
		expected(parser, what);
	advance(parser);
}

/* A step, by number or label; counted from 0. */
static int
read_step(Parser *parser)
{
	int			nsteps = parser->steps != NULL ? parser->options->chain.nsteps : parser->nconditions;
	int			step = -1;

	if (parser->kind == TOKEN_NUMBER)
	{
		if (parser->number < 1 || parser->number > nsteps)
			options_error(parser,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("funnel has no step " INT64_FORMAT, parser->number),
					 errdetail("The options name it at position %d; there are %d steps.",
							   position(parser), nsteps)));
		step = (int) parser->number - 1;
	}
	else if (parser->steps != NULL && (parser->kind == TOKEN_WORD || parser->kind == TOKEN_QUOTED))
	{
		for (int i = 0; i < nsteps && step < 0; i++)
		{
			if (parser->steps[i].len == parser->value.len &&
				memcmp(parser->steps[i].data, parser->value.data, parser->value.len) == 0)
				step = i;
		}
		if (step < 0)
			options_error(parser,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("funnel has no step \"%.*s\"", parser->value.len, parser->value.data),
					 errdetail("The options name it at position %d.", position(parser))));
	}
	else
		expected(parser, parser->steps != NULL ? "a step" : "the number of a step");
	advance(parser);
	return parser->failed ? 0 : step;
}

/* The bit of something that is excluded. */
static int
read_excluded(Parser *parser)
{
	FunnelOptions *options = parser->options;

	if (parser->steps == NULL)
	{
		int			bit;

		if (parser->kind != TOKEN_NUMBER)
			expected(parser, "the number of a condition");
		if (parser->number < 1 || parser->number > parser->nconditions)
			options_error(parser,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no condition " INT64_FORMAT, parser->number),
					 errdetail("The options name it at position %d; there are %d conditions.",
							   position(parser), parser->nconditions)));
		bit = (int) parser->number - 1;
		advance(parser);
		return bit;
	}

	if (parser->kind != TOKEN_WORD && parser->kind != TOKEN_QUOTED && parser->kind != TOKEN_NUMBER)
		expected(parser, "the label to exclude");
	if (!parser->failed && !funnel_check_label(parser->value.len, parser->escontext))
		give_up(parser);
	for (int i = 0; i < options->nexcluded; i++)
	{
		if (options->excluded[i].len == parser->value.len &&
			memcmp(options->excluded[i].data, parser->value.data, parser->value.len) == 0)
		{
			advance(parser);
			return options->chain.nsteps + i;
		}
	}
	if (options->chain.nsteps + options->nexcluded >= CHAIN_MAX_STEPS)
		options_error(parser,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many steps and excluded labels"),
				 errdetail("Together there may be at most %d.", CHAIN_MAX_STEPS)));
	if (parser->failed)
		return options->chain.nsteps;
	options->excluded[options->nexcluded] = parser->value;
	advance(parser);
	return options->chain.nsteps + options->nexcluded++;
}

/* A duration: number unit, number unit, ... */
static int64
read_duration(Parser *parser)
{
	int64		total = 0;

	if (parser->kind != TOKEN_NUMBER)
		expected(parser, parser->plain_times ? "a number" : "a duration such as 2 days");
	if (parser->plain_times)
	{
		total = parser->number;
		advance(parser);
		return total;
	}
	while (parser->kind == TOKEN_NUMBER)
	{
		int64		number = parser->number;
		int			unit = -1;

		advance(parser);
		for (int i = 0; i < (int) lengthof(units) && unit < 0; i++)
		{
			if (is_word(parser, units[i].word))
				unit = i;
		}
		if (unit < 0)
		{
			expected(parser, "a unit: us, ms, s, min, h, d or w");
			return 0;
		}
		if (pg_mul_s64_overflow(number, units[unit].usecs, &number) ||
			pg_add_s64_overflow(total, number, &total))
			expected(parser, "a shorter duration");
		advance(parser);
	}
	return total;
}

static void
read_item(Parser *parser)
{
	FunnelOptions *options = parser->options;
	ChainOptions *chain = &options->chain;
	int			step;

	for (int i = 0; i < (int) lengthof(words); i++)
	{
		if (is_word(parser, words[i].word))
		{
			chain->flags |= words[i].flag;
			advance(parser);
			return;
		}
	}
	if (is_word(parser, "repeats") && parser->steps != NULL)
	{
		options->repeats = true;
		advance(parser);
	}
	else if (is_word(parser, "optional"))
	{
		advance(parser);
		step = read_step(parser);
		chain->optional |= UINT64CONST(1) << step;
	}
	else if (is_word(parser, "exclude"))
	{
		ChainExclusion *exclusion;

		advance(parser);
		if (chain->nexclusions >= CHAIN_MAX_EXCLUSIONS)
			options_error(parser,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many exclusions in funnel options"),
					 errdetail("At most %d are allowed.", CHAIN_MAX_EXCLUSIONS)));
		exclusion = &chain->exclusion[chain->nexclusions++];
		exclusion->bit = read_excluded(parser);
		exclusion->from = 0;
		exclusion->to = -1;		/* the last step */
		if (is_word(parser, "between"))
		{
			advance(parser);
			exclusion->from = read_step(parser);
			expect_word(parser, "and", "\"and\" and a step");
			exclusion->to = read_step(parser);
			if (exclusion->from >= exclusion->to)
				options_error(parser,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("steps of an exclusion are not in order"),
						 errdetail("It is between step %d and step %d.", exclusion->from + 1, exclusion->to + 1)));
		}
	}
	else if (is_word(parser, "within"))
	{
		int64		duration;

		advance(parser);
		duration = read_duration(parser);
		expect_word(parser, "to", "\"to\" and a step");
		step = read_step(parser);
		if (step == 0)
			options_error(parser,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the first step cannot have a window of its own"),
					 errdetail("The window of a step is measured from the step before.")));
		chain->step_windows = true;
		chain->step_window[step] = Min(chain->step_window[step], duration);
	}
	else
		expected(parser, "an option");
}

static void
read_options(Parser *parser, const char *text, int len)
{
	parser->text = parser->p = text;
	parser->end = text + len;
	advance(parser);
	if (parser->kind == TOKEN_END)
		return;
	for (;;)
	{
		read_item(parser);
		if (parser->kind == TOKEN_END)
			break;
		if (parser->kind != TOKEN_COMMA)
			expected(parser, "a comma");
		advance(parser);
	}
}

bool
funnel_options_labels_safe(FunnelOptions *options, const char *text, int len,
						   const JourneyLabel *steps, int nsteps, struct Node *escontext)
{
	Parser		state = {0};
	Parser	   *parser = &state;

	memset(options, 0, sizeof(FunnelOptions));
	chain_options_init(&options->chain, nsteps);
	parser->options = options;
	parser->steps = steps;
	parser->escontext = escontext;
	read_options(parser, text, len);

	for (int i = 0; i < options->chain.nexclusions; i++)
	{
		if (options->chain.exclusion[i].to < 0)
			options->chain.exclusion[i].to = nsteps - 1;
	}
	for (int i = 0; i < nsteps && !options->repeats; i++)
	{
		for (int j = 0; j < i; j++)
		{
			if (steps[i].len == steps[j].len && memcmp(steps[i].data, steps[j].data, steps[i].len) == 0)
				options_error(parser,
							  (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							   errmsg("step \"%.*s\" is given twice", steps[i].len, steps[i].data),
							   errdetail("It is step %d and step %d.", j + 1, i + 1),
							   errhint("With the option \"repeats\" a label may be a step more than once.")));
		}
	}
	return !parser->failed;
}

void
funnel_options_labels(FunnelOptions *options, const char *text, int len, const JourneyLabel *steps, int nsteps)
{
	funnel_options_labels_safe(options, text, len, steps, nsteps, NULL);
}

bool
funnel_options_conditions(FunnelOptions *options, const char *text, int len, int nconditions, bool plain_times,
						  struct Node *escontext)
{
	Parser		parser = {0};
	uint64		excluded = 0;
	int			nsteps = nconditions;
	ChainOptions *chain = &options->chain;

	memset(options, 0, sizeof(FunnelOptions));
	chain_options_init(chain, nconditions);
	parser.options = options;
	parser.nconditions = nconditions;
	parser.plain_times = plain_times;
	parser.escontext = escontext;
	read_options(&parser, text, len);
	if (parser.failed)
		return false;

	for (int i = 0; i < chain->nexclusions; i++)
		excluded |= UINT64CONST(1) << chain->exclusion[i].bit;
	while (nsteps > 0 && (excluded >> (nsteps - 1) & 1) != 0)
		nsteps--;
	chain->nsteps = nsteps;
	if (nsteps == 0 || (nsteps < 64 && (excluded & ((UINT64CONST(1) << nsteps) - 1)) != 0))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("excluded conditions must come after all steps"),
				 errhint("Give the conditions of the steps first, then those to exclude.")));
	for (int i = 0; i < chain->nexclusions; i++)
	{
		if (chain->exclusion[i].to < 0)
			chain->exclusion[i].to = nsteps - 1;
	}
	return true;
}

bool
funnel_options_window(FunnelOptions *options, const Interval *within, struct Node *escontext)
{
	options->chain.limited = within != NULL;
	if (within == NULL)
		return true;
	if (timespan_sign(within) < 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window of a funnel must not be negative")));
	options->chain.window = *within;
	return true;
}

bool
funnel_options_plan_safe(ChainPlan *plan, const FunnelOptions *options, struct Node *escontext)
{
	const char *one = NULL;
	const char *other = NULL;
	const char *message = NULL;

	switch (chain_prepare(plan, &options->chain, &one, &other))
	{
		case CHAIN_OK:
			return true;
		case CHAIN_BAD_NSTEPS:
			ereturn(escontext, false,
					(errcode(options->chain.nsteps < 1 ?
							 ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("funnel must have between 1 and %d steps", CHAIN_MAX_STEPS),
					 errdetail("It has %d.", options->chain.nsteps)));
		case CHAIN_CONFLICT:
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("funnel options \"%s\" and \"%s\" have no meaning together", one, other)));
		case CHAIN_BAD_WINDOW:
			message = "window of a funnel must not be negative or of mixed signs";
			break;
		case CHAIN_BAD_OPTIONAL:
			message = "at least one step of a funnel must not be optional";
			break;
		case CHAIN_BAD_STEP_WINDOW:
			message = "window of a step must not be negative, and the first step has none";
			break;
		case CHAIN_BAD_EXCLUSION:
			message = "exclusion must be between two steps of the funnel, in their order";
			break;
	}
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message)));
}

void
funnel_options_plan(ChainPlan *plan, const FunnelOptions *options)
{
	funnel_options_plan_safe(plan, options, NULL);
}
