/*
 * plan.c
 *		The parameters of retention by periods: reading, checking, comparing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "retention/retention.h"

static const char *const unit_names[] = {"rolling", "day", "week", "month", "quarter", "year"};

static bool
word_is(const char *word, int len, const char *name)
{
	return len == (int) strlen(name) && memcmp(word, name, len) == 0;
}

/* A unit of the calendar. */
bool
retention_unit_parse(const char *word, int len, RetentionUnit *unit)
{
	for (int i = RETENTION_DAY; i <= RETENTION_YEAR; i++)
	{
		if (word_is(word, len, unit_names[i]))
		{
			*unit = (RetentionUnit) i;
			return true;
		}
	}
	return false;
}

const char *
retention_unit_name(RetentionUnit unit)
{
	return unit_names[unit];
}

/* "on" or "on_or_after", and "partial", in any order, parted by commas. */
bool
retention_mode_parse(const char *mode, int len, int *flags, struct Node *escontext)
{
	const char *p = mode;
	const char *end = mode + len;
	bool		has_kind = false;

	*flags = 0;
	for (;;)
	{
		const char *word;
		const char *last;

		while (p < end && scanner_isspace(*p))
			p++;
		word = p;
		while (p < end && *p != ',')
			p++;
		last = p;
		while (last > word && scanner_isspace(last[-1]))
			last--;

		if (word_is(word, last - word, "partial") && !(*flags & RETENTION_PARTIAL))
			*flags |= RETENTION_PARTIAL;
		else if (word_is(word, last - word, "on") && !has_kind)
			has_kind = true;
		else if (word_is(word, last - word, "on_or_after") && !has_kind)
		{
			has_kind = true;
			*flags |= RETENTION_ON_OR_AFTER;
		}
		else
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid mode of retention: \"%.*s\"", len, mode),
					 errhint("The modes are \"on\" and \"on_or_after\", either with \"partial\" after a comma.")));
		if (p >= end)
			return true;
		p++;
	}
}

/* Checks what parsing has not. */
bool
retention_plan_check(const RetentionPlan *plan, struct Node *escontext)
{
	if (plan->unit == RETENTION_ROLLING)
	{
		const Interval *period = &plan->period;

		if (period->month < 0 || period->day < 0 || period->time < 0 ||
			(period->month == 0 && period->day == 0 && period->time == 0))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("period of retention must be longer than nothing in each of its fields")));
		if (INTERVAL_IS_NOEND(period))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("period of retention must be finite")));
	}
	if (plan->nperiods < 1 || plan->nperiods > RETENTION_MAX_PERIODS)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of periods of retention must be between 1 and %d", RETENTION_MAX_PERIODS)));
	if (plan->bounds != NULL)
	{
		bool		good = plan->bounds[0] >= 0;

		for (int i = 0; i < plan->nperiods && good; i++)
			good = plan->bounds[i] < plan->bounds[i + 1];
		if (!good)
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bounds of retention brackets must be ascending and not negative")));
	}
	if (retention_tz(plan->tz, plan->tzlen) == NULL)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%.*s\" not recognized", plan->tzlen, plan->tz),
				 errhint("Use a name of the view pg_timezone_names.")));
	return true;
}

bool
retention_plan_equal(const RetentionPlan *a, const RetentionPlan *b)
{
	if (a->unit != b->unit || a->flags != b->flags || a->as_of != b->as_of ||
		a->nperiods != b->nperiods || (a->bounds == NULL) != (b->bounds == NULL) ||
		a->tzlen != b->tzlen || memcmp(a->tz, b->tz, a->tzlen) != 0)
		return false;
	if (a->unit == RETENTION_ROLLING &&
		(a->period.month != b->period.month || a->period.day != b->period.day || a->period.time != b->period.time))
		return false;
	return a->bounds == NULL || memcmp(a->bounds, b->bounds, sizeof(int32) * (a->nperiods + 1)) == 0;
}

static void
null_parameter(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s of retention must not be null", name)));
}

/*
 * Reads period, periods [, mode [, tz [, as_of]]] from the arguments beginning
 * with argno.  Does not check what retention_plan_check checks: a plan that
 * equals one that was checked need not be checked again.
 */
void
retention_plan_args(FunctionCallInfo fcinfo, int argno, bool rolling, bool brackets, RetentionPlan *plan)
{
	memset(plan, 0, sizeof(*plan));

	if (PG_ARGISNULL(argno))
		null_parameter("period");
	if (rolling)
	{
		plan->unit = RETENTION_ROLLING;
		plan->period = *PG_GETARG_INTERVAL_P(argno);
	}
	else
	{
		text	   *unit = PG_GETARG_TEXT_PP(argno);

		if (!retention_unit_parse(VARDATA_ANY(unit), VARSIZE_ANY_EXHDR(unit), &plan->unit))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid period of retention: \"%s\"", text_to_cstring(unit)),
					 errhint("The calendar has day, week, month, quarter and year; for periods counted from the start write interval '...'.")));
	}

	if (PG_ARGISNULL(argno + 1))
		null_parameter("number of periods");
	if (brackets)
	{
		ArrayType  *bounds = PG_GETARG_ARRAYTYPE_P(argno + 1);

		if (ARR_NDIM(bounds) != 1 || ARR_DIMS(bounds)[0] < 2 || ARR_HASNULL(bounds))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bounds of retention brackets must be a one-dimensional array of at least two numbers without nulls")));
		plan->nperiods = ARR_DIMS(bounds)[0] - 1;
		plan->bounds = (const int32 *) ARR_DATA_PTR(bounds);
	}
	else
		plan->nperiods = PG_GETARG_INT32(argno + 1);

	if (PG_NARGS() > argno + 2)
	{
		text	   *mode;

		if (PG_ARGISNULL(argno + 2))
			null_parameter("mode");
		mode = PG_GETARG_TEXT_PP(argno + 2);
		retention_mode_parse(VARDATA_ANY(mode), VARSIZE_ANY_EXHDR(mode), &plan->flags, NULL);
	}

	if (PG_NARGS() > argno + 3)
	{
		text	   *tz;

		if (PG_ARGISNULL(argno + 3))
			null_parameter("time zone");
		tz = PG_GETARG_TEXT_PP(argno + 3);
		plan->tz = VARDATA_ANY(tz);
		plan->tzlen = VARSIZE_ANY_EXHDR(tz);
	}
	else
	{
		plan->tz = "UTC";
		plan->tzlen = 3;
	}

	if (PG_NARGS() > argno + 4 && !PG_ARGISNULL(argno + 4))
	{
		plan->flags |= RETENTION_HAS_AS_OF;
		plan->as_of = PG_GETARG_TIMESTAMPTZ(argno + 4);
	}
}
