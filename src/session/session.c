/*
 * session.c
 *		Cutting rows in time order into sessions: session_id as a window
 *		function, sessions over a journey.
 *
 * A row begins a new session when more than the gap has passed since the row
 * before it, or, where a greatest length is given, more than that since the
 * session began.  Exactly the gap is still the same session.  So rows of one
 * time are always in one session, and the number does not depend on the order
 * among them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "compat.h"
#include "core/timespan.h"
#include "session/session.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(session_id);
PG_FUNCTION_INFO_V1(session_id_date);
PG_FUNCTION_INFO_V1(session_id_bigint);
PG_FUNCTION_INFO_V1(sessions);

/* What is remembered from row to row of one partition. */
typedef struct SessionState
{
	bool		prepared;		/* rule and fixed are set */
	bool		fixed;			/* the limits cannot change from row to row */
	int64		id;				/* 0 until there is a row with a time */
	int64		started_at;
	int64		last_at;
	SessionRule rule;
} SessionState;

/* The microseconds (or units) of an interval without months; -1 when it has some. */
static int64
interval_width(const Interval *span)
{
	int64		usecs;

	if (INTERVAL_IS_NOEND(span))
		return PG_INT64_MAX;
	if (span->month != 0)
		return -1;
	/* a day has 24 hours; 2^31 of them need more than 64 bits, so the sum saturates */
	usecs = timespan_add(0, span, 1);
	return usecs;
}

static void
check_limit(const Interval *span, const char *name)
{
	if (INTERVAL_IS_NOBEGIN(span) || timespan_sign(span) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a session must not be negative", name)));
}

/* Checks the limits; longest may be NULL. */
void
session_rule_init(SessionRule *rule, const Interval *gap, const Interval *longest)
{
	check_limit(gap, "gap");
	rule->gap = *gap;
	rule->gap_width = interval_width(gap);
	if (longest != NULL)
	{
		check_limit(longest, "greatest length");
		rule->longest = *longest;
		rule->longest_width = interval_width(longest);
	}
	else
	{
		memset(&rule->longest, 0, sizeof(Interval));
		rule->longest_width = PG_INT64_MAX;
	}
}

/* Is "at" farther from "from" than the limit?  Never so for "from" itself. */
static inline bool
exceeds(int64 from, int64 at, int64 width, const Interval *span)
{
	if (width == PG_INT64_MAX || at == from)
		return false;
	if (width >= 0)
		return timespan_difference(at, from) > width;
	return at > timespan_add(from, span, 1);
}

bool
session_begins(const SessionRule *rule, int64 started_at, int64 last_at, int64 at)
{
	return exceeds(last_at, at, rule->gap_width, &rule->gap) ||
		exceeds(started_at, at, rule->longest_width, &rule->longest);
}

/* A limit of this row; NULL is an error. */
static Datum
limit_arg(WindowObject winobj, int argno)
{
	bool		isnull;
	Datum		value = WinGetFuncArgCurrent(winobj, argno, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a session must not be null",
						argno == 1 ? "gap" : "greatest length")));
	return value;
}

static bool
same_interval(const Interval *a, const Interval *b)
{
	return a->time == b->time && a->day == b->day && a->month == b->month;
}

/* Reads the limits of this row: into the rule at the first row, and later to see that they are the same. */
static void
read_limits(FunctionCallInfo fcinfo, WindowObject winobj, SessionState *state, bool units)
{
	bool		has_longest = PG_NARGS() > 2;
	Interval	gap;
	Interval	longest;

	memset(&longest, 0, sizeof(longest));
	if (units)
	{
		/* a whole number of the time's own units takes the place of the microseconds */
		memset(&gap, 0, sizeof(gap));
		gap.time = DatumGetInt64(limit_arg(winobj, 1));
		if (has_longest)
			longest.time = DatumGetInt64(limit_arg(winobj, 2));
	}
	else
	{
		gap = *DatumGetIntervalP(limit_arg(winobj, 1));
		if (has_longest)
			longest = *DatumGetIntervalP(limit_arg(winobj, 2));
	}

	if (!state->prepared)
	{
		session_rule_init(&state->rule, &gap, has_longest ? &longest : NULL);
		state->fixed = get_fn_expr_arg_stable(fcinfo->flinfo, 1) &&
			(!has_longest || get_fn_expr_arg_stable(fcinfo->flinfo, 2));
		state->prepared = true;
	}
	else if (!same_interval(&gap, &state->rule.gap) ||
			 !same_interval(&longest, &state->rule.longest))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("limits of a session must not change within a partition")));
}

/* The state of this partition, its limits checked against this row. */
static SessionState *
session_state(FunctionCallInfo fcinfo, WindowObject winobj, bool units)
{
	SessionState *state = WinGetPartitionLocalMemory(winobj, sizeof(SessionState));

	/* nothing behind this row is ever looked at again */
	WinSetMarkPosition(winobj, WinGetCurrentPosition(winobj));
	if (!state->prepared || !state->fixed)
		read_limits(fcinfo, winobj, state, units);
	return state;
}

/* The number of the session a row at this time belongs to. */
static int64
session_step(SessionState *state, int64 at)
{
	if (state->id > 0 && at < state->last_at)
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("rows of a session window are not in order of time"),
				 errhint("Write OVER (PARTITION BY ... ORDER BY ...) with the time that is the first argument as first ordering column, ascending.")));
	if (state->id == 0 || session_begins(&state->rule, state->started_at, state->last_at, at))
	{
		state->id++;
		state->started_at = at;
	}
	state->last_at = at;
	return state->id;
}

/*
 * session_id(timestamptz or timestamp, gap interval [, longest interval])
 */
Datum
session_id(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	SessionState *state = session_state(fcinfo, winobj, false);
	bool		isnull;
	Datum		at = WinGetFuncArgCurrent(winobj, 0, &isnull);

	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(session_step(state, DatumGetTimestampTz(at)));
}

/* The same over dates: each is its midnight. */
Datum
session_id_date(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	SessionState *state = session_state(fcinfo, winobj, false);
	bool		isnull;
	DateADT		date = DatumGetDateADT(WinGetFuncArgCurrent(winobj, 0, &isnull));
	int64		at;

	if (isnull)
		PG_RETURN_NULL();
	if (DATE_IS_NOBEGIN(date))
		at = PG_INT64_MIN;
	else if (DATE_IS_NOEND(date))
		at = PG_INT64_MAX;
	else if (date >= (TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for timestamp")));
	else
		at = date * USECS_PER_DAY;
	PG_RETURN_INT64(session_step(state, at));
}

/* The same over whole numbers, the limits being in their unit. */
Datum
session_id_bigint(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	SessionState *state = session_state(fcinfo, winobj, true);
	bool		isnull;
	Datum		at = WinGetFuncArgCurrent(winobj, 0, &isnull);

	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(session_step(state, DatumGetInt64(at)));
}

/*
 * sessions(journey, gap [, longest]): one row a session.
 */
Datum
sessions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView view;
	SessionRule rule;
	int64		id = 0;
	uint32		first = 0;
	const JourneyLabel *labels;
	MemoryContext context;
	MemoryContext oldcontext;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("gap of a session must not be null")));
	session_rule_init(&rule, PG_GETARG_INTERVAL_P(1), PG_ARGISNULL(2) ? NULL : PG_GETARG_INTERVAL_P(2));
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);

	/* a long journey may have as many sessions as entries */
	context = AllocSetContextCreate(CurrentMemoryContext, "session", ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(context);
	for (uint32 i = 1; i <= view.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i == view.n ||
			session_begins(&rule, journey_view_at(&view, first), journey_view_at(&view, i - 1),
						   journey_view_at(&view, i)))
		{
			Datum		values[5];
			bool		nulls[5] = {false};
			JourneyBuild *build = journey_build_new(i - first);

			for (uint32 k = first; k < i; k++)
			{
				const JourneyLabel *label = &labels[journey_view_num(&view, k)];

				build = journey_build_add(build, label->data, label->len, journey_view_at(&view, k));
			}
			values[0] = Int64GetDatum(++id);
			values[1] = TimestampTzGetDatum(journey_view_at(&view, first));
			values[2] = TimestampTzGetDatum(journey_view_at(&view, i - 1));
			values[3] = Int64GetDatum(i - first);
			values[4] = PointerGetDatum(journey_build_finish(build));
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
			first = i;
			MemoryContextReset(context);
		}
	}
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(context);
	return (Datum) 0;
}
