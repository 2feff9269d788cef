/*
 * counts.c
 *		Counting spells per distinct time: the growing state of the aggregates
 *		survival, cumulative_incidence and log_rank, its packing and its sums.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(survival_curve_add);
PG_FUNCTION_INFO_V1(survival_curve_float8_add);
PG_FUNCTION_INFO_V1(incidence_curve_add);
PG_FUNCTION_INFO_V1(incidence_curve_float8_add);
PG_FUNCTION_INFO_V1(log_rank_add);
PG_FUNCTION_INFO_V1(log_rank_add_float8);
PG_FUNCTION_INFO_V1(survival_counts_combine);
PG_FUNCTION_INFO_V1(survival_counts_final);
PG_FUNCTION_INFO_V1(survival_counts_total);

static inline char *
counts_dict(const SurvivalCounts *counts)
{
	return (char *) (SURVIVAL_CELLS(counts) + counts->maxcells);
}

/* ---------------------------------------------------------------- times */

static void
bad_time(const char *what, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must %s", what, why)));
}

/* An interval of days (of 24 hours) and less, as microseconds. */
int64
survival_time_interval(const Interval *interval, const char *what)
{
	int64		time;

	if (INTERVAL_IS_NOBEGIN(interval) || INTERVAL_IS_NOEND(interval))
		bad_time(what, "be finite");
	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months", what),
				 errdetail("Months and years differ in length."),
				 errhint("Use days, or subtract one timestamp from another.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &time) ||
		pg_add_s64_overflow(time, interval->time, &time))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("%s is out of range", what)));
	if (time < 0)
		bad_time(what, "not be negative");
	return time;
}

/* A number in whatever unit. */
int64
survival_time_number(double number, const char *what)
{
	int64		time;

	if (isnan(number))
		bad_time(what, "not be NaN");
	if (number < 0)
		bad_time(what, "not be negative");
	if (isinf(number))
		bad_time(what, "be finite");
	if (number == 0)
		number = 0;				/* not -0 */
	memcpy(&time, &number, sizeof(time));
	return time;
}

/* A time as a value of the unit's type. */
Datum
survival_time_datum(const SurvivalCounts *counts, int64 time)
{
	double		number;

	if (counts->unit == SURVIVAL_INTERVAL)
		return IntervalPGetDatum(journey_interval((uint64) time));
	memcpy(&number, &time, sizeof(number));
	return Float8GetDatum(number);
}

/* A time as a number: microseconds, or of the unit that was counted in. */
double
survival_time_float8(const SurvivalCounts *counts, int64 time)
{
	double		number;

	if (counts->unit == SURVIVAL_INTERVAL)
		return (double) time;
	memcpy(&number, &time, sizeof(number));
	return number;
}

/* ---------------------------------------------------------------- the state */

static SurvivalCounts *
counts_alloc(int kind, int unit, uint32 maxcells, uint32 dictmax)
{
	Size		size = MAXALIGN(sizeof(SurvivalCounts)) + sizeof(SurvivalCell) * maxcells + dictmax;
	SurvivalCounts *counts = palloc0(size);

	SET_VARSIZE(counts, size);
	counts->version = SURVIVAL_VERSION;
	counts->kind = kind;
	counts->unit = unit;
	counts->building = true;
	counts->maxcells = maxcells;
	counts->dictmax = dictmax;
	return counts;
}

/* An empty value that can grow. */
SurvivalCounts *
survival_counts_new(int kind, int unit)
{
	return counts_alloc(kind, unit, 16, kind == SURVIVAL_CURVE ? 0 : 64);
}

/* A copy of other capacities, which can grow. */
static SurvivalCounts *
counts_copy(const SurvivalCounts *counts, uint32 maxcells, uint32 dictmax)
{
	SurvivalCounts *copy = counts_alloc(counts->kind, counts->unit, maxcells, dictmax);

	copy->total = counts->total;
	copy->ncells = counts->ncells;
	copy->nlabels = counts->nlabels;
	copy->dictused = counts->dictused;
	memcpy(SURVIVAL_CELLS(copy), SURVIVAL_CELLS(counts), sizeof(SurvivalCell) * counts->ncells);
	memcpy(counts_dict(copy), counts_dict(counts), counts->dictused);
	return copy;
}

/*
 * The state in argument 0 as one that may be changed.  Under an aggregate that
 * is the executor's own value; otherwise, and for a packed value, a copy.
 */
SurvivalCounts *
survival_counts_state(FunctionCallInfo fcinfo, int kind, int unit)
{
	SurvivalCounts *counts;

	if (PG_ARGISNULL(0))
		return survival_counts_new(kind, unit);
	counts = PG_GETARG_SURVIVAL_COUNTS(0);
	if (counts->kind != kind || counts->unit != unit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("durations that are intervals and durations that are numbers cannot be counted together")));
	if (counts->building && ((Pointer) counts != DatumGetPointer(PG_GETARG_DATUM(0)) || AggCheckCallContext(fcinfo, NULL)))
		return counts;
	return counts_copy(counts, Min(counts->ncells + counts->ncells / 4 + 16, SURVIVAL_MAX_CELLS), counts->dictused + 64);
}

/* What a function that changed a state returns: outside an aggregate nobody should meet the building form. */
Datum
survival_counts_result(FunctionCallInfo fcinfo, SurvivalCounts *counts)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(counts);
	PG_RETURN_POINTER(survival_counts_packed(counts));
}

static void
count_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("bigint out of range")));
}

/* The number of a label, from 1, which is added if it is new.  The counts are others when they had to grow. */
SurvivalCounts *
survival_counts_label(SurvivalCounts *counts, const char *label, int len, uint32 *number)
{
	char	   *p = counts_dict(counts);

	if (len > SURVIVAL_MAX_LABEL)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("name of a %s is too long", counts->kind == SURVIVAL_INCIDENCE ? "cause" : "group"),
				 errdetail("At most %d bytes are allowed.", SURVIVAL_MAX_LABEL)));
	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		int			size = (uint8) *p++;

		if (size == len && memcmp(p, label, len) == 0)
		{
			*number = i + 1;
			return counts;
		}
		p += size;
	}
	if (counts->nlabels >= SURVIVAL_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are too many %s", counts->kind == SURVIVAL_INCIDENCE ? "causes" : "groups"),
				 errdetail("At most %d are allowed.", SURVIVAL_MAX_LABELS)));
	if (counts->dictused + len + 1 > counts->dictmax)
		counts = counts_copy(counts, counts->maxcells, counts->dictmax * 2 + len + 64);
	p = counts_dict(counts) + counts->dictused;
	*p = (char) len;
	memcpy(p + 1, label, len);
	counts->dictused += len + 1;
	*number = ++counts->nlabels;
	return counts;
}

/* Adds a cell. */
SurvivalCounts *
survival_counts_cell(SurvivalCounts *counts, const SurvivalCell *cell)
{
	int64		ends;

	if (pg_add_s64_overflow(cell->events, cell->censored, &ends) ||
		pg_add_s64_overflow(counts->total, ends, &counts->total))
		count_overflow();

	/* rows that come in order need no more */
	if (counts->ncells > 0)
	{
		SurvivalCell *last = &SURVIVAL_CELLS(counts)[counts->ncells - 1];

		if (last->time == cell->time && last->label == cell->label)
		{
			if (pg_add_s64_overflow(last->entered, cell->entered, &last->entered))
				count_overflow();
			last->events += cell->events;
			last->censored += cell->censored;
			return counts;
		}
	}

	if (counts->ncells >= counts->maxcells)
	{
		if (!survival_compact(SURVIVAL_CELLS(counts), &counts->ncells))
			count_overflow();
		if (counts->ncells >= SURVIVAL_MAX_CELLS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("there are too many distinct durations"),
					 errdetail("At most %d are allowed.", SURVIVAL_MAX_CELLS),
					 errhint("Round the durations, for instance to days.")));
		/* so that adding up is rare enough */
		if (counts->ncells > counts->maxcells / 2)
			counts = counts_copy(counts, Min(counts->maxcells * 2, SURVIVAL_MAX_CELLS), counts->dictmax);
	}
	SURVIVAL_CELLS(counts)[counts->ncells++] = *cell;
	return counts;
}

/*
 * Adds one spell.  The label is its cause, if it ended, or its group; entered
 * is when its observation began, 0 for the beginning.
 */
SurvivalCounts *
survival_counts_spell(SurvivalCounts *counts, int64 time, bool ended, uint32 label, int64 entered)
{
	SurvivalCell cell = {0};

	if (entered > 0)
	{
		if (entered >= time)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("entered must be less than the duration"),
					 errdetail("A spell that was over before its observation began cannot have been observed.")));
		cell.time = entered;
		cell.entered = 1;
		cell.label = counts->kind == SURVIVAL_LOG_RANK ? label : 0;
		counts = survival_counts_cell(counts, &cell);
		cell.entered = 0;
	}
	cell.time = time;
	cell.label = ended || counts->kind == SURVIVAL_LOG_RANK ? label : 0;
	cell.events = ended;
	cell.censored = !ended;
	return survival_counts_cell(counts, &cell);
}

/* Adds all of another value. */
static SurvivalCounts *
counts_merge(SurvivalCounts *counts, const SurvivalCounts *other)
{
	JourneyLabel *labels = survival_counts_labels(other);
	uint32		map[SURVIVAL_MAX_LABELS + 1];

	if (counts->kind != other->kind || counts->unit != other->unit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("durations that are intervals and durations that are numbers cannot be counted together")));
	map[0] = 0;
	for (uint32 i = 0; i < other->nlabels; i++)
		counts = survival_counts_label(counts, labels[i].data, labels[i].len, &map[i + 1]);
	for (uint32 i = 0; i < other->ncells; i++)
	{
		SurvivalCell cell = SURVIVAL_CELLS(other)[i];

		CHECK_FOR_INTERRUPTS();
		cell.label = map[cell.label];
		counts = survival_counts_cell(counts, &cell);
	}
	return counts;
}

/* The labels, which point into the value; label number n is element n - 1. */
JourneyLabel *
survival_counts_labels(const SurvivalCounts *counts)
{
	JourneyLabel *labels = palloc(sizeof(JourneyLabel) * Max(counts->nlabels, 1));
	const char *p = counts_dict(counts);

	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		labels[i].len = (uint8) *p++;
		labels[i].data = p;
		p += labels[i].len;
	}
	return labels;
}

static int
compare_labels(const void *a, const void *b, void *arg)
{
	const JourneyLabel *labels = arg;

	return journey_label_cmp(&labels[*(const uint32 *) a], &labels[*(const uint32 *) b]);
}

/* The packed form, in which equal values have equal bytes; itself, if it is packed. */
const SurvivalCounts *
survival_counts_packed(const SurvivalCounts *counts)
{
	SurvivalCounts *copy;
	SurvivalCounts *packed;
	JourneyLabel *labels;
	uint32		order[SURVIVAL_MAX_LABELS];
	uint32		map[SURVIVAL_MAX_LABELS + 1];

	if (counts->version != SURVIVAL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("counts of spells have unknown version %d", counts->version),
				 errhint("The value was written by a newer version of the extension.")));
	if (!counts->building)
		return counts;

	copy = counts_copy(counts, counts->ncells, counts->dictused);
	labels = survival_counts_labels(counts);
	for (uint32 i = 0; i < counts->nlabels; i++)
		order[i] = i;
	qsort_arg(order, counts->nlabels, sizeof(uint32), compare_labels, labels);
	map[0] = 0;
	copy->dictused = 0;
	for (uint32 i = 0; i < counts->nlabels; i++)
	{
		const JourneyLabel *label = &labels[order[i]];

		map[order[i] + 1] = i + 1;
		memcpy(counts_dict(copy) + copy->dictused, label->data - 1, label->len + 1);
		copy->dictused += label->len + 1;
	}
	for (uint32 i = 0; i < copy->ncells; i++)
		SURVIVAL_CELLS(copy)[i].label = map[SURVIVAL_CELLS(copy)[i].label];
	if (!survival_compact(SURVIVAL_CELLS(copy), &copy->ncells))
		count_overflow();
	packed = counts_copy(copy, copy->ncells, copy->dictused);
	packed->building = false;
	pfree(copy);
	pfree(labels);
	return packed;
}

/* ---------------------------------------------------------------- the functions */

/* The time in an argument. */
static int64
time_argument(FunctionCallInfo fcinfo, int arg, int unit, const char *what)
{
	if (unit == SURVIVAL_INTERVAL)
		return survival_time_interval(PG_GETARG_INTERVAL_P(arg), what);
	return survival_time_number(PG_GETARG_FLOAT8(arg), what);
}

/*
 * The transition of all aggregates of rows: state, duration; ended or cause;
 * for log_rank group; and perhaps entered.  A row without a duration, without
 * an answer whether it ended or without a group is ignored.
 */
static Datum
add_row(FunctionCallInfo fcinfo, int kind, int unit)
{
	int			entered_arg = kind == SURVIVAL_LOG_RANK ? 4 : 3;
	int			label_arg = kind == SURVIVAL_LOG_RANK ? 3 : 2;
	SurvivalCounts *counts;
	int64		time;
	int64		entered = 0;
	bool		ended;
	uint32		label = 0;

	if (PG_ARGISNULL(1) || (kind != SURVIVAL_INCIDENCE && PG_ARGISNULL(2)) || (kind == SURVIVAL_LOG_RANK && PG_ARGISNULL(3)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	time = time_argument(fcinfo, 1, unit, "duration");
	if (PG_NARGS() > entered_arg && !PG_ARGISNULL(entered_arg))
		entered = time_argument(fcinfo, entered_arg, unit, "entered");
	counts = survival_counts_state(fcinfo, kind, unit);
	ended = kind == SURVIVAL_INCIDENCE ? !PG_ARGISNULL(2) : PG_GETARG_BOOL(2);
	if (kind == SURVIVAL_LOG_RANK || (kind == SURVIVAL_INCIDENCE && ended))
	{
		text	   *name = PG_GETARG_TEXT_PP(label_arg);

		counts = survival_counts_label(counts, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &label);
	}
	counts = survival_counts_spell(counts, time, ended, label, entered);
	return survival_counts_result(fcinfo, counts);
}

Datum
survival_curve_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_CURVE, SURVIVAL_INTERVAL);
}

Datum
survival_curve_float8_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_CURVE, SURVIVAL_FLOAT8);
}

Datum
incidence_curve_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_INTERVAL);
}

Datum
incidence_curve_float8_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_FLOAT8);
}

Datum
log_rank_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_LOG_RANK, SURVIVAL_INTERVAL);
}

Datum
log_rank_add_float8(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SURVIVAL_LOG_RANK, SURVIVAL_FLOAT8);
}

/* Adds the second to the first: the combine function, the transition of rollup, and operator +. */
Datum
survival_counts_combine(PG_FUNCTION_ARGS)
{
	const SurvivalCounts *other = PG_GETARG_SURVIVAL_COUNTS(1);
	SurvivalCounts *counts = survival_counts_state(fcinfo, other->kind, other->unit);

	return survival_counts_result(fcinfo, counts_merge(counts, other));
}

Datum
survival_counts_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0)));
}

Datum
survival_counts_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_SURVIVAL_COUNTS(0)->total);
}
