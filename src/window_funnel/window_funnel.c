/*
 * window_funnel.c
 *		How far the rows of one customer came: window_funnel, its times, and the
 *		step_log that can be stored and merged.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "window_funnel/step_log.h"

PG_FUNCTION_INFO_V1(step_log_accum_timestamptz);
PG_FUNCTION_INFO_V1(step_log_accum_timestamp);
PG_FUNCTION_INFO_V1(step_log_accum_date);
PG_FUNCTION_INFO_V1(step_log_accum_int8);
PG_FUNCTION_INFO_V1(step_log_combine);
PG_FUNCTION_INFO_V1(step_log_merge);
PG_FUNCTION_INFO_V1(step_log_final);
PG_FUNCTION_INFO_V1(step_log_level);
PG_FUNCTION_INFO_V1(step_log_reached);
PG_FUNCTION_INFO_V1(step_log_excluded);
PG_FUNCTION_INFO_V1(step_log_passes);
PG_FUNCTION_INFO_V1(step_log_times_timestamptz);
PG_FUNCTION_INFO_V1(step_log_times_timestamp);
PG_FUNCTION_INFO_V1(step_log_times_date);
PG_FUNCTION_INFO_V1(step_log_times_int8);

/* The window argument, as an interval whatever its type. */
static void
get_within(FunctionCallInfo fcinfo, RowLogClock clock, Interval *within)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("window of a funnel must not be null"),
				 errhint("For no limit, give a window that is longer than any history.")));
	if (clock == ROWLOG_INT8)
	{
		memset(within, 0, sizeof(Interval));
		within->time = PG_GETARG_INT64(1);
	}
	else
		*within = *PG_GETARG_INTERVAL_P(1);
}

/* Are the parameters of this row those that the log was begun with? */
static bool
same_params(const RowLog *log, const Interval *within, const char *options, int len)
{
	StepParams	params;
	const char *known;

	step_log_params(log, &params, &known);
	return params.within.time == within->time && params.within.day == within->day &&
		params.within.month == within->month &&
		params.options_len == len && memcmp(known, options, len) == 0;
}

/* What the rows of an aggregate have in common, where the query says that nothing but times and conditions changes. */
typedef struct AccumCache
{
	bool		keep_all;		/* rows that meet no condition matter, too */
} AccumCache;

/* Can nothing but times and conditions change from row to row, and do the latter stay as many? */
static bool
rows_alike(FunctionCallInfo fcinfo)
{
	const Aggref *aggref = AggGetAggref(fcinfo);
	int			n = 0;
	ListCell   *lc;

	if (aggref == NULL)
		return false;
	foreach(lc, aggref->args)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry->resjunk || ++n == PG_NARGS() - 2)
			continue;
		if (!(IsA(entry->expr, Const) ||
			  (n == PG_NARGS() - 1 ? IsA(entry->expr, ArrayExpr) && !((ArrayExpr *) entry->expr)->multidims :
			   IsA(entry->expr, Param) && ((Param *) entry->expr)->paramkind == PARAM_EXTERN)))
			return false;
	}
	return n == PG_NARGS() - 1;
}

/* The conditions of a row and how many there are. */
static void
get_conditions(Datum array, uint64 *mask, int *nconditions)
{
	if (!rowlog_conditions(array, mask, nconditions))
		ereport(ERROR,
				(errcode(*nconditions > ROWLOG_MAX_CONDITIONS ?
						 ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("conditions must be a list of at most %d", ROWLOG_MAX_CONDITIONS)));
}

/* step_log_accum(state, within, [options,] at, conditions) */
static Datum
accum(FunctionCallInfo fcinfo, RowLogClock clock)
{
	AccumCache *cache = fcinfo->flinfo->fn_extra;
	bool		with_options = PG_NARGS() == 5;
	int			at_arg = with_options ? 3 : 2;
	RowLog	   *log = NULL;
	Interval	within;
	text	   *options_arg = NULL;
	const char *options = "";
	int			len = 0;
	uint64		mask = 0;
	int			nconditions = 0;

	/* a row that changes nothing need not even look at the state, which is in no cache when there are many groups */
	if (cache != NULL && !cache->keep_all && !PG_ARGISNULL(0) && !PG_ARGISNULL(at_arg + 1))
	{
		get_conditions(PG_GETARG_DATUM(at_arg + 1), &mask, &nconditions);
		if (mask == 0)
		{
			if (!PG_ARGISNULL(at_arg))
				rowlog_check_time(clock, PG_GETARG_DATUM(at_arg));
			PG_RETURN_DATUM(PG_GETARG_DATUM(0));
		}
	}

	rowlog_prefetch(fcinfo, 0);
	get_within(fcinfo, clock, &within);
	if (with_options && !PG_ARGISNULL(2))
	{
		options_arg = PG_GETARG_TEXT_PP(2);
		options = VARDATA_ANY(options_arg);
		len = VARSIZE_ANY_EXHDR(options_arg);
	}
	if (mask == 0 && !PG_ARGISNULL(at_arg + 1))
		get_conditions(PG_GETARG_DATUM(at_arg + 1), &mask, &nconditions);

	if (!PG_ARGISNULL(0))
		log = rowlog_state(fcinfo, 0);
	if (log == NULL)
	{
		log = step_log_new(clock, nconditions, &within, options, len, 8, NULL);
		/* here, because only where groups begin with nothing are their states known to be of these rows */
		if (cache == NULL && rows_alike(fcinfo))
		{
			cache = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(AccumCache));
			cache->keep_all = ((StepParams *) log->params)->keep_all;
			fcinfo->flinfo->fn_extra = cache;
		}
	}
	else if (log->clock != clock || log->nconditions != nconditions ||
			 !same_params(log, &within, options, len))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window, options and number of conditions must be the same for all rows of a group")));

	if (!PG_ARGISNULL(at_arg))
	{
		if (mask != 0 || ((StepParams *) log->params)->keep_all)
			log = rowlog_add_time(log, PG_GETARG_DATUM(at_arg), mask);
		else
			rowlog_check_time(clock, PG_GETARG_DATUM(at_arg));
	}
	PG_RETURN_POINTER(log);
}

Datum
step_log_accum_timestamptz(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_TIMESTAMPTZ);
}

Datum
step_log_accum_timestamp(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_TIMESTAMP);
}

Datum
step_log_accum_date(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_DATE);
}

Datum
step_log_accum_int8(PG_FUNCTION_ARGS)
{
	return accum(fcinfo, ROWLOG_INT8);
}

/* The combine function of the aggregates, and the transition of rollup. */
Datum
step_log_combine(PG_FUNCTION_ARGS)
{
	return rowlog_merge_states(fcinfo, "funnels", "windows, options");
}

/* step_log || step_log */
Datum
step_log_merge(PG_FUNCTION_ARGS)
{
	return rowlog_merge_states(fcinfo, "funnels", "windows, options");
}

/* The log as it is stored: its rows in order, without room for more. */
Datum
step_log_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rowlog_pack(rowlog_argument(fcinfo, 0)));
}

/* The plan of a log.  Final functions are called once a group, mostly with the same parameters. */
typedef struct PlanCache
{
	RowLog	   *log;			/* an empty one with the parameters of the plan */
	ChainPlan	plan;
} PlanCache;

static const ChainPlan *
get_plan(FunctionCallInfo fcinfo, const RowLog *log)
{
	PlanCache  *cache = fcinfo->flinfo->fn_extra;
	MemoryContext old;

	if (cache != NULL && rowlog_same_params(cache->log, log))
		return &cache->plan;
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (cache == NULL)
		cache = palloc0(sizeof(PlanCache));
	else
	{
		fcinfo->flinfo->fn_extra = NULL;
		pfree(cache->log);
	}
	step_log_plan(&cache->plan, log);
	cache->log = rowlog_new(log->clock, log->nconditions, log->params, log->paramsize, 0);
	fcinfo->flinfo->fn_extra = cache;
	MemoryContextSwitchTo(old);
	return &cache->plan;
}

/* Runs the chain over a log argument.  Returns its plan, or NULL for a NULL log. */
static const ChainPlan *
run(FunctionCallInfo fcinfo, bool times, RowLogClock *clock, ChainResult *result)
{
	RowLog	   *log;
	const ChainPlan *plan;

	if (PG_ARGISNULL(0))
		return NULL;
	log = rowlog_argument(fcinfo, 0);
	plan = get_plan(fcinfo, log);
	chain_run(plan, (const ChainRow *) rowlog_rows(log), log->nrows, times, result);
	if (clock != NULL)
		*clock = log->clock;
	return plan;
}

/* The level that was reached; 0 without any row. */
Datum
step_log_level(PG_FUNCTION_ARGS)
{
	ChainResult result;

	if (run(fcinfo, false, NULL, &result) == NULL)
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(result.level);
}

/* Was it an excluded row that kept the customer from a higher level? */
Datum
step_log_excluded(PG_FUNCTION_ARGS)
{
	ChainResult result;

	if (run(fcinfo, false, NULL, &result) == NULL)
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(result.excluded);
}

/* Which steps were reached, step by step: optional ones may be false below the level. */
Datum
step_log_reached(PG_FUNCTION_ARGS)
{
	ChainResult result;
	const ChainPlan *plan = run(fcinfo, true, NULL, &result);
	Datum		values[CHAIN_MAX_STEPS];

	if (plan == NULL)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(BOOLOID));
	for (int i = 0; i < plan->opt.nsteps; i++)
		values[i] = BoolGetDatum(result.level > 0 && (result.reached >> i & 1) != 0);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, plan->opt.nsteps, BOOLOID, 1, true, TYPALIGN_CHAR));
}

/* The time of each step of the chain; NULL for a step it did not fill. */
static Datum
times(FunctionCallInfo fcinfo, RowLogClock clock, Oid type)
{
	ChainResult result;
	RowLogClock known;
	const ChainPlan *plan = run(fcinfo, true, &known, &result);
	Datum		values[CHAIN_MAX_STEPS];
	bool		nulls[CHAIN_MAX_STEPS];
	int			dims[1];
	int			lbs[1] = {1};
	bool		wide = type != DATEOID;

	if (plan == NULL)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(type));
	if ((known == ROWLOG_INT8) != (clock == ROWLOG_INT8))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("times of this step_log are of type %s",
						known == ROWLOG_INT8 ? "bigint" : rowlog_clock_name(known)),
				 errhint("Use %s.", known == ROWLOG_INT8 ? "bigint_times(step_log)" : "times(step_log)")));
	for (int i = 0; i < plan->opt.nsteps; i++)
	{
		nulls[i] = result.level == 0 || (result.filled >> i & 1) == 0;
		if (!nulls[i])
			values[i] = type == DATEOID ?
				DateADTGetDatum((DateADT) (result.at[i] / USECS_PER_DAY)) : Int64GetDatum(result.at[i]);
	}
	dims[0] = plan->opt.nsteps;
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, dims, lbs, type,
											 wide ? 8 : 4, wide ? FLOAT8PASSBYVAL : true,
											 wide ? TYPALIGN_DOUBLE : TYPALIGN_INT));
}

Datum
step_log_times_timestamptz(PG_FUNCTION_ARGS)
{
	return times(fcinfo, ROWLOG_TIMESTAMPTZ, TIMESTAMPTZOID);
}

Datum
step_log_times_timestamp(PG_FUNCTION_ARGS)
{
	return times(fcinfo, ROWLOG_TIMESTAMP, TIMESTAMPOID);
}

Datum
step_log_times_date(PG_FUNCTION_ARGS)
{
	return times(fcinfo, ROWLOG_DATE, DATEOID);
}

Datum
step_log_times_int8(PG_FUNCTION_ARGS)
{
	return times(fcinfo, ROWLOG_INT8, INT8OID);
}

/*
 * How many times the whole funnel was passed: the earliest completion, then
 * the earliest among the rows after it, and so on.
 */
Datum
step_log_passes(PG_FUNCTION_ARGS)
{
	RowLog	   *log;
	const ChainPlan *plan;
	const ChainRow *rows;
	size_t		n;
	size_t		from = 0;
	int64		passes = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	log = rowlog_argument(fcinfo, 0);
	plan = get_plan(fcinfo, log);
	rows = (const ChainRow *) rowlog_rows(log);
	n = log->nrows;

	while (from < n)
	{
		ChainResult result;
		size_t		take = 64;
		size_t		to;

		/*
		 * The earliest completion is the same in any part of the rows that
		 * holds it.  Trying parts of growing size makes all passes together
		 * linear, however many there are.  Rows of equal time stay together.
		 */
		for (;;)
		{
			to = take < n - from ? from + take : n;
			while (to < n && rows[to].at == rows[to - 1].at)
				to++;
			chain_run(plan, rows + from, to - from, false, &result);
			if (result.level == plan->opt.nsteps || to == n)
				break;
			take *= 2;
		}
		if (result.level < plan->opt.nsteps)
			break;
		passes++;
		while (from < n && rows[from].at <= result.completed)
			from++;
	}
	PG_RETURN_INT64(passes);
}
