/*
 * answer.c
 *		What a pattern says of rows: of a sequence_log, and of a journey.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "rowlog/rowlog.h"
#include "sequence/sequence.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(sequence_log_match);
PG_FUNCTION_INFO_V1(sequence_log_count);
PG_FUNCTION_INFO_V1(sequence_log_progress);
PG_FUNCTION_INFO_V1(sequence_log_events_timestamptz);
PG_FUNCTION_INFO_V1(sequence_log_events_timestamp);
PG_FUNCTION_INFO_V1(sequence_log_events_date);
PG_FUNCTION_INFO_V1(sequence_log_events_int8);
PG_FUNCTION_INFO_V1(sequence_journey_match);
PG_FUNCTION_INFO_V1(sequence_journey_mismatch);
PG_FUNCTION_INFO_V1(sequence_journey_count);
PG_FUNCTION_INFO_V1(sequence_journey_progress);
PG_FUNCTION_INFO_V1(sequence_journey_events);

/* Rows to be asked about, and the pattern to ask. */
typedef struct Question
{
	const Pattern *pattern;
	uint64		names;			/* of the first 64 names, those that any row has */
	PatternRows rows;
} Question;

/* Can the pattern match at all, as far as the names in the rows tell? */
static bool
may_match(const Question *question)
{
	return (question->names & question->pattern->required) == question->pattern->required;
}

/* ---------------------------------------------------------------- logs */

/*
 * The rows of a log argument.  Returns false for a NULL one: no rows, about
 * which every answer is known.
 */
static bool
ask_log(FunctionCallInfo fcinfo, Question *question, RowLogClock *clock)
{
	RowLog	   *log;
	const RowLogRow *rows;
	SequencePattern *sequence;
	MemoryContext old;
	int64	   *at;
	int		   *kind;

	if (PG_ARGISNULL(0))
		return false;
	log = rowlog_argument(fcinfo, 0);
	*clock = log->clock;
	sequence = sequence_pattern(fcinfo, log->params, log->paramsize, PATTERN_CONDITIONS,
								log->clock == ROWLOG_INT8 ? PATTERN_PLAIN : PATTERN_USECS);
	question->pattern = sequence->pattern;
	question->names = 0;

	rows = rowlog_rows(log);
	at = palloc_extended(sizeof(int64) * log->nrows, MCXT_ALLOC_HUGE);
	kind = palloc_extended(sizeof(int) * log->nrows, MCXT_ALLOC_HUGE);
	sequence_tidy_kinds(sequence);
	old = MemoryContextSwitchTo(sequence->context);
	for (uint32 i = 0; i < log->nrows; i++)
	{
		at[i] = rows[i].at;
		kind[i] = pattern_kind_of_mask(&sequence->kinds, rows[i].mask);
		question->names |= rows[i].mask;
	}
	MemoryContextSwitchTo(old);
	question->rows.n = log->nrows;
	question->rows.at = at;
	question->rows.kind = kind;
	question->rows.kinds = &sequence->kinds;
	return true;
}

/* sequence_match(sequence_log): also the final function of the aggregate */
Datum
sequence_log_match(PG_FUNCTION_ARGS)
{
	Question	question;
	RowLogClock clock;

	if (!ask_log(fcinfo, &question, &clock))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(may_match(&question) && pattern_match(question.pattern, &question.rows));
}

Datum
sequence_log_count(PG_FUNCTION_ARGS)
{
	Question	question;
	RowLogClock clock;

	if (!ask_log(fcinfo, &question, &clock) || !may_match(&question))
		PG_RETURN_INT64(0);
	PG_RETURN_INT64(pattern_count(question.pattern, &question.rows));
}

Datum
sequence_log_progress(PG_FUNCTION_ARGS)
{
	Question	question;
	RowLogClock clock;

	if (!ask_log(fcinfo, &question, &clock))
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(pattern_progress(question.pattern, &question.rows));
}

/* The times of the rows that fill the first match, as an array. */
static Datum
events(const Question *question, RowLogClock clock)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPOID, DATEOID, INT8OID};
	Oid			type = types[clock];
	int64	   *times;
	Datum	   *values;
	uint32		n;

	if (!may_match(question))
		return PointerGetDatum(construct_empty_array(type));
	times = palloc_extended(sizeof(int64) * question->rows.n, MCXT_ALLOC_HUGE);
	n = pattern_events(question->pattern, &question->rows, times);
	if (n == 0)
		return PointerGetDatum(construct_empty_array(type));
	values = palloc_extended(sizeof(Datum) * n, MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < n; i++)
		values[i] = clock == ROWLOG_DATE ?
			DateADTGetDatum((DateADT) (times[i] / USECS_PER_DAY)) : Int64GetDatum(times[i]);
	return PointerGetDatum(construct_array(values, n, type,
										   clock == ROWLOG_DATE ? 4 : 8,
										   clock == ROWLOG_DATE ? true : FLOAT8PASSBYVAL,
										   clock == ROWLOG_DATE ? TYPALIGN_INT : TYPALIGN_DOUBLE));
}

static Datum
log_events(FunctionCallInfo fcinfo, RowLogClock clock)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPOID, DATEOID, INT8OID};
	static const char *const functions[] = {
		"sequence_match_events(sequence_log)", "sequence_match_events_timestamp(sequence_log)",
		"sequence_match_events_date(sequence_log)", "sequence_match_events_bigint(sequence_log)"
	};
	Question	question;
	RowLogClock known;

	if (!ask_log(fcinfo, &question, &known))
		return PointerGetDatum(construct_empty_array(types[clock]));
	if (known != clock)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("times of this sequence_log are of type %s",
						known == ROWLOG_INT8 ? "bigint" : rowlog_clock_name(known)),
				 errhint("Use %s.", functions[known])));
	return events(&question, clock);
}

Datum
sequence_log_events_timestamptz(PG_FUNCTION_ARGS)
{
	return log_events(fcinfo, ROWLOG_TIMESTAMPTZ);
}

Datum
sequence_log_events_timestamp(PG_FUNCTION_ARGS)
{
	return log_events(fcinfo, ROWLOG_TIMESTAMP);
}

Datum
sequence_log_events_date(PG_FUNCTION_ARGS)
{
	return log_events(fcinfo, ROWLOG_DATE);
}

Datum
sequence_log_events_int8(PG_FUNCTION_ARGS)
{
	return log_events(fcinfo, ROWLOG_INT8);
}

/* ---------------------------------------------------------------- journeys */

/*
 * The entries of a journey argument.  Where only a match is asked for and the
 * labels rule one out, the entries are not looked at and the rows are none.
 */
static void
ask_journey(FunctionCallInfo fcinfo, Question *question, bool match_only)
{
	JourneyView view;
	text	   *pattern = PG_GETARG_TEXT_PP(1);
	SequencePattern *sequence;
	MemoryContext old;
	const uint8 *p;
	int		   *kind_of_label;
	int64	   *at;
	int		   *kind;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	sequence = sequence_pattern(fcinfo, VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern),
								PATTERN_LABELS, PATTERN_USECS);
	question->pattern = sequence->pattern;
	question->names = 0;
	sequence_tidy_kinds(sequence);
	kind_of_label = palloc(sizeof(int) * Max(view.nlabels, 1));
	old = MemoryContextSwitchTo(sequence->context);
	p = view.dict;
	for (int i = 0; i < view.nlabels; i++)
	{
		int			len = *p++;
		int			name = pattern_find_label(sequence->pattern, (const char *) p, len);

		if (name >= 0 && name < 64)
			question->names |= UINT64CONST(1) << name;
		kind_of_label[i] = pattern_kind_of_label(&sequence->kinds, name);
		p += len;
	}
	MemoryContextSwitchTo(old);

	question->rows.n = 0;
	question->rows.at = NULL;
	question->rows.kind = NULL;
	question->rows.kinds = &sequence->kinds;
	if (match_only && !may_match(question))
		return;
	at = palloc(sizeof(int64) * view.n);
	kind = palloc(sizeof(int) * view.n);
	for (uint32 i = 0; i < view.n; i++)
	{
		at[i] = journey_view_at(&view, i);
		kind[i] = kind_of_label[journey_view_num(&view, i)];
	}
	question->rows.n = view.n;
	question->rows.at = at;
	question->rows.kind = kind;
}

/* sequence_match(journey, text), journey ~ text */
Datum
sequence_journey_match(PG_FUNCTION_ARGS)
{
	Question	question;

	ask_journey(fcinfo, &question, true);
	PG_RETURN_BOOL(pattern_match(question.pattern, &question.rows));
}

/* journey !~ text */
Datum
sequence_journey_mismatch(PG_FUNCTION_ARGS)
{
	Question	question;

	ask_journey(fcinfo, &question, true);
	PG_RETURN_BOOL(!pattern_match(question.pattern, &question.rows));
}

Datum
sequence_journey_count(PG_FUNCTION_ARGS)
{
	Question	question;

	ask_journey(fcinfo, &question, true);
	PG_RETURN_INT64(pattern_count(question.pattern, &question.rows));
}

Datum
sequence_journey_progress(PG_FUNCTION_ARGS)
{
	Question	question;

	ask_journey(fcinfo, &question, false);
	PG_RETURN_INT32(pattern_progress(question.pattern, &question.rows));
}

Datum
sequence_journey_events(PG_FUNCTION_ARGS)
{
	Question	question;

	ask_journey(fcinfo, &question, true);
	return events(&question, ROWLOG_TIMESTAMPTZ);
}
