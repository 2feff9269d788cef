/*
 * rowlog.c
 *		A log of rows (time, conditions met) that grows in place.
 *
 * As with a journey under construction, a log that must grow is replaced by a
 * bigger one in the current memory context, and the old one is left to its
 * owner: under an aggregate that is the executor.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "rowlog/rowlog.h"

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE RowLogRow
#define ST_COMPARE(a, b) \
	((a)->at < (b)->at ? -1 : (a)->at > (b)->at ? 1 : \
	 (a)->mask < (b)->mask ? -1 : (a)->mask > (b)->mask ? 1 : 0)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sizes up to this are allocated as powers of two. */
#define ROUNDED_SIZE	4096

static const char *const clock_names[] = {"timestamptz", "timestamp", "date", "int8"};

const char *
rowlog_clock_name(RowLogClock clock)
{
	return clock_names[clock];
}

bool
rowlog_clock_parse(const char *name, int len, RowLogClock *clock)
{
	for (int i = 0; i < (int) lengthof(clock_names); i++)
	{
		if (strlen(clock_names[i]) == (size_t) len && memcmp(clock_names[i], name, len) == 0)
		{
			*clock = i;
			return true;
		}
	}
	return false;
}

/* Is this a log at all?  States come from SQL, too, but only through input functions of ours. */
static void
rowlog_check(const RowLog *log)
{
	if (VARSIZE(log) < offsetof(RowLog, params) || log->version != ROWLOG_VERSION ||
		log->nrows > log->maxrows ||
		VARSIZE(log) < MAXALIGN(offsetof(RowLog, params) + log->paramsize) +
		(Size) log->maxrows * sizeof(RowLogRow))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid log of rows")));
}

/* A log that is an argument, to be read. */
RowLog *
rowlog_argument(FunctionCallInfo fcinfo, int argno)
{
	/* always detoasted in full, so that it is aligned */
	RowLog	   *log = (RowLog *) PG_DETOAST_DATUM(PG_GETARG_DATUM(argno));

	rowlog_check(log);
	return log;
}

/* A log that is an argument, to be changed: itself, where it is the state of an aggregate. */
RowLog *
rowlog_state(FunctionCallInfo fcinfo, int argno)
{
	RowLog	   *log = rowlog_argument(fcinfo, argno);
	RowLog	   *copy;

	if (AggCheckCallContext(fcinfo, NULL) != 0)
		return log;
	copy = palloc(VARSIZE(log));
	memcpy(copy, log, VARSIZE(log));
	return copy;
}

/* An empty log with room for so many rows. */
RowLog *
rowlog_new(RowLogClock clock, int nconditions, const void *params, Size paramsize, uint32 maxrows)
{
	RowLog	   *log;
	Size		head;
	Size		size;

	if (paramsize > ROWLOG_MAX_PARAMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("parameters are too long"),
				 errdetail("They have %zu bytes; at most %d are allowed.", paramsize, ROWLOG_MAX_PARAMS)));
	maxrows = Min(Max(maxrows, 4), ROWLOG_MAX_ROWS);
	head = MAXALIGN(offsetof(RowLog, params) + paramsize);
	size = head + (Size) maxrows * sizeof(RowLogRow);
	if (size <= ROUNDED_SIZE)
	{
		/* the allocator rounds up to a power of two: room for rows rather than for nothing */
		size = pg_nextpower2_size_t(size);
		maxrows = (size - head) / sizeof(RowLogRow);
		size = head + (Size) maxrows * sizeof(RowLogRow);
	}
	log = palloc(size);
	memset(log, 0, offsetof(RowLog, params));
	SET_VARSIZE(log, size);
	log->version = ROWLOG_VERSION;
	log->clock = clock;
	log->nconditions = nconditions;
	log->sorted = 1;
	log->paramsize = paramsize;
	log->maxrows = maxrows;
	memcpy(log->params, params, paramsize);
	return log;
}

/* The log with room for so many rows: itself, or a bigger copy. */
static RowLog *
rowlog_reserve(RowLog *log, uint64 rows)
{
	RowLog	   *bigger;

	if (rows <= log->maxrows)
		return log;
	if (rows > ROWLOG_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in one group"),
				 errdetail("At most %d are allowed.", ROWLOG_MAX_ROWS)));
	bigger = rowlog_new(log->clock, log->nconditions, log->params, log->paramsize,
						(uint32) Max(rows, (uint64) log->maxrows * 2));
	bigger->sorted = log->sorted;
	bigger->nrows = log->nrows;
	memcpy(ROWLOG_ROWS(bigger), ROWLOG_ROWS(log), (Size) log->nrows * sizeof(RowLogRow));
	return bigger;
}

/* May a row stand behind another?  The order is total, so that it does not depend on arrival. */
static bool
in_order(const RowLogRow *before, int64 at, uint64 mask)
{
	return before->at < at || (before->at == at && before->mask <= mask);
}

/* Add one row, and return the log, which is another one if it had to grow. */
RowLog *
rowlog_add(RowLog *log, int64 at, uint64 mask)
{
	RowLogRow  *rows;

	log = rowlog_reserve(log, (uint64) log->nrows + 1);
	rows = ROWLOG_ROWS(log);
	if (log->nrows > 0 && !in_order(&rows[log->nrows - 1], at, mask))
		log->sorted = 0;
	rows[log->nrows].at = at;
	rows[log->nrows].mask = mask;
	log->nrows++;
	return log;
}

/* The time of a row as a number. */
static int64
row_time(RowLogClock clock, Datum value)
{
	bool		finite = true;
	int64		at = 0;

	switch (clock)
	{
		case ROWLOG_TIMESTAMPTZ:
		case ROWLOG_TIMESTAMP:
			at = DatumGetTimestamp(value);
			finite = !TIMESTAMP_NOT_FINITE(at);
			break;
		case ROWLOG_DATE:
			{
				DateADT		date = DatumGetDateADT(value);

				finite = !DATE_NOT_FINITE(date);
				if (finite && date >= (TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE))
					ereport(ERROR,
							(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
							 errmsg("date out of range for timestamp")));
				at = date * USECS_PER_DAY;
				break;
			}
		case ROWLOG_INT8:
			at = DatumGetInt64(value);
			break;
	}
	if (!finite)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of an event must be finite"),
				 errhint("Leave out the rows whose time is not known: WHERE isfinite(at).")));
	return at;
}

/* Has a row this time?  An error for one that no row can have. */
void
rowlog_check_time(RowLogClock clock, Datum value)
{
	(void) row_time(clock, value);
}

/* Add one row whose time is a value of the type that the log's clock stands for. */
RowLog *
rowlog_add_time(RowLog *log, Datum value, uint64 mask)
{
	return rowlog_add(log, row_time(log->clock, value), mask);
}

/* Add the rows of another log. */
static RowLog *
merge(RowLog *log, const RowLog *other)
{
	RowLogRow  *rows;

	if (other->nrows == 0)
		return log;
	log = rowlog_reserve(log, (uint64) log->nrows + other->nrows);
	rows = ROWLOG_ROWS(log);
	if (!other->sorted ||
		(log->nrows > 0 &&
		 !in_order(&rows[log->nrows - 1], ROWLOG_ROWS(other)[0].at, ROWLOG_ROWS(other)[0].mask)))
		log->sorted = 0;
	memcpy(rows + log->nrows, ROWLOG_ROWS(other), (Size) other->nrows * sizeof(RowLogRow));
	log->nrows += other->nrows;
	return log;
}

/*
 * Two logs as one, either of which may be NULL: combine functions, the transition of rollup, and operators.  What is
 * asked of both must be the same; "whole" and the "parts" that it consists of are named where it is not.
 */
Datum
rowlog_merge_states(FunctionCallInfo fcinfo, const char *whole, const char *parts)
{
	RowLog	   *log;
	RowLog	   *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(rowlog_state(fcinfo, 0));
	}
	other = rowlog_argument(fcinfo, 1);
	if (PG_ARGISNULL(0))
	{
		/* a copy: the argument is not ours */
		log = palloc(VARSIZE(other));
		memcpy(log, other, VARSIZE(other));
		PG_RETURN_POINTER(log);
	}
	log = rowlog_state(fcinfo, 0);
	if (!rowlog_same_params(log, other))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("logs of different %s cannot be merged", whole),
				 errdetail("Their %s, numbers of conditions or kinds of time differ.", parts)));
	PG_RETURN_POINTER(merge(log, other));
}

/*
 * The rows in ascending order of time and, at equal times, of mask.  The log itself is not touched: a
 * window aggregate goes on with it.
 */
const RowLogRow *
rowlog_rows(const RowLog *log)
{
	Size		size = (Size) log->nrows * sizeof(RowLogRow);
	RowLogRow  *rows;

	if (log->sorted)
		return ROWLOG_ROWS(log);
	rows = palloc_extended(size, MCXT_ALLOC_HUGE);
	memcpy(rows, ROWLOG_ROWS(log), size);
	sort_rows(rows, log->nrows);
	return rows;
}

/* A copy to be stored: the rows in order, and no room for more. */
RowLog *
rowlog_pack(const RowLog *log)
{
	Size		head = offsetof(RowLog, params) + log->paramsize;
	Size		size = MAXALIGN(head) + (Size) log->nrows * sizeof(RowLogRow);
	RowLog	   *copy = palloc(size);

	memset(copy, 0, MAXALIGN(head));
	memcpy(copy, log, head);
	SET_VARSIZE(copy, size);
	copy->sorted = 1;
	copy->maxrows = log->nrows;
	memcpy(ROWLOG_ROWS(copy), rowlog_rows(log), (Size) log->nrows * sizeof(RowLogRow));
	return copy;
}

bool
rowlog_same_params(const RowLog *a, const RowLog *b)
{
	return a->clock == b->clock && a->nconditions == b->nconditions &&
		a->paramsize == b->paramsize && memcmp(a->params, b->params, a->paramsize) == 0;
}

/*
 * The mask of a boolean[]: bit i for element i.  NULL counts as false.
 * "found" is how many elements there are.  Returns false when the array has
 * more than one dimension or too many elements.
 */
bool
rowlog_conditions(Datum array, uint64 *mask, int *found)
{
	ArrayType  *conditions = DatumGetArrayTypeP(array);
	const bits8 *nulls = ARR_NULLBITMAP(conditions);
	/* what ARR_DATA_PTR says, without its comparison of unlike types */
	const char *p = (char *) conditions +
		(nulls != NULL ? (Size) conditions->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(conditions)));
	uint64		bits = 0;
	int			n;

	*found = n = ARR_NDIM(conditions) == 0 ? 0 : ARR_DIMS(conditions)[0];
	*mask = 0;
	if (ARR_NDIM(conditions) > 1 || n > ROWLOG_MAX_CONDITIONS)
		return false;
	if (nulls == NULL)
	{
		for (int i = 0; i < n; i++)
			bits |= (uint64) (p[i] != 0) << i;
	}
	else
	{
		for (int i = 0; i < n; i++)
		{
			if (!att_isnull(i, nulls))
				bits |= (uint64) (*p++ != 0) << i;
		}
	}
	*mask = bits;
	if ((Pointer) conditions != DatumGetPointer(array))
		pfree(conditions);
	return true;
}

/* Rows as text: {at:mask, at:mask}, both as plain numbers, in order of time. */
void
rowlog_out_rows(StringInfo buf, const RowLog *log)
{
	const RowLogRow *rows = rowlog_rows(log);

	appendStringInfoChar(buf, '{');
	for (uint32 i = 0; i < log->nrows; i++)
		appendStringInfo(buf, "%s" INT64_FORMAT ":" UINT64_FORMAT, i > 0 ? ", " : "",
						 rows[i].at, rows[i].mask);
	appendStringInfoChar(buf, '}');
}

static void
skip_space(const char **p, const char *end)
{
	while (*p < end && **p == ' ')
		(*p)++;
}

/* Reads a whole number.  Returns false when there is none here, or too large a one. */
static bool
read_number(const char **p, const char *end, bool *negative, uint64 *value)
{
	const char *start;

	*negative = *p < end && **p == '-';
	if (*negative)
		(*p)++;
	*value = 0;
	for (start = *p; *p < end && **p >= '0' && **p <= '9'; (*p)++)
	{
		uint64		digit = **p - '0';

		if (*value > (PG_UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return *p > start;
}

/* Is the row one that a log of this kind can have? */
static bool
row_fits(const RowLog *log, int64 at, uint64 mask)
{
	if (log->nconditions < 64 && (mask >> log->nconditions) != 0)
		return false;
	return log->clock == ROWLOG_INT8 || (!TIMESTAMP_NOT_FINITE(at) && IS_VALID_TIMESTAMP(at));
}

/*
 * Reads rows as rowlog_out_rows writes them.  Returns NULL where the text is
 * wrong; *p is where.
 */
RowLog *
rowlog_in_rows(RowLog *log, const char **p, const char *end)
{
	skip_space(p, end);
	if (*p >= end || **p != '{')
		return NULL;
	(*p)++;
	skip_space(p, end);
	if (*p < end && **p == '}')
	{
		(*p)++;
		return log;
	}
	for (;;)
	{
		bool		negative;
		uint64		number;
		uint64		mask;
		int64		at;
		const char *start;

		skip_space(p, end);
		start = *p;
		if (!read_number(p, end, &negative, &number) ||
			number > (uint64) PG_INT64_MAX + (negative ? 1 : 0))
			return NULL;
		at = negative ? (int64) (0 - number) : (int64) number;
		if (*p >= end || **p != ':')
			return NULL;
		(*p)++;
		if (!read_number(p, end, &negative, &mask) || negative)
			return NULL;
		if (!row_fits(log, at, mask))
		{
			*p = start;
			return NULL;
		}
		log = rowlog_add(log, at, mask);
		skip_space(p, end);
		if (*p < end && **p == '}')
			break;
		if (*p >= end || **p != ',')
			return NULL;
		(*p)++;
	}
	(*p)++;
	return log;
}

/* Rows in binary: their count (int32), then time and mask of each (int64). */
void
rowlog_send_rows(StringInfo buf, const RowLog *log)
{
	const RowLogRow *rows = rowlog_rows(log);

	pq_sendint32(buf, log->nrows);
	for (uint32 i = 0; i < log->nrows; i++)
	{
		pq_sendint64(buf, rows[i].at);
		pq_sendint64(buf, rows[i].mask);
	}
}

RowLog *
rowlog_recv_rows(RowLog *log, StringInfo buf)
{
	int32		n = pq_getmsgint(buf, 4);

	if (n < 0 || n > ROWLOG_MAX_ROWS || (int64) n * 16 > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of rows in a log: %d", n)));
	log = rowlog_reserve(log, n);
	for (int i = 0; i < n; i++)
	{
		int64		at = pq_getmsgint64(buf);
		uint64		mask = pq_getmsgint64(buf);

		if (!row_fits(log, at, mask))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid row in a log"),
					 errdetail("Row %d has a time or conditions that its log cannot have.", i + 1)));
		log = rowlog_add(log, at, mask);
	}
	return log;
}
