/*
 * share.c
 *		conversion_share: which share of a step's entrants has converted by
 *		each time since the entry, as a window function.
 *
 * The curve is that of all rows of the partition.  It is made at the first of
 * them; from then on each row is looked up in it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "core/conversion.h"
#include "core/timespan.h"

PG_FUNCTION_INFO_V1(conversion_share);

typedef struct ShareState
{
	bool		made;
	ConversionCurve curve;
} ShareState;

/* The arguments of a row of the partition.  False when it has no entry or is not watched. */
static bool
read_row(WindowObject winobj, int64 row, int64 *entered, int64 *converted, int64 *until)
{
	bool		isnull;
	bool		isout;

	*entered = DatumGetTimestampTz(WinGetFuncArgInPartition(winobj, 0, row, WINDOW_SEEK_HEAD, false, &isnull, &isout));
	if (isnull)
		return false;
	*until = DatumGetTimestampTz(WinGetFuncArgInPartition(winobj, 2, row, WINDOW_SEEK_HEAD, false, &isnull, &isout));
	if (isnull)
		return false;
	*converted = DatumGetTimestampTz(WinGetFuncArgInPartition(winobj, 1, row, WINDOW_SEEK_HEAD, false, &isnull, &isout));
	if (isnull)
		*converted = CONVERSION_NEVER;
	return true;
}

static void
make_curve(WindowObject winobj, ShareState *state)
{
	MemoryContext keep = GetMemoryChunkContext(state);
	MemoryContext work;
	MemoryContext before;
	int64		rows = WinGetPartitionRowCount(winobj);
	uint32		n = 0;
	SurvivalCell *cells;
	SurvivalPoint *points;
	int64	   *watched;

	if (rows > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many entrants of one step")));

	work = AllocSetContextCreate(CurrentMemoryContext, "conversion_share", ALLOCSET_DEFAULT_SIZES);
	before = MemoryContextSwitchTo(work);
	cells = palloc_extended(sizeof(SurvivalCell) * rows, MCXT_ALLOC_HUGE);
	watched = palloc_extended(sizeof(int64) * rows, MCXT_ALLOC_HUGE);
	for (int64 i = 0; i < rows; i++)
	{
		int64		entered;
		int64		converted;
		int64		until;

		if (!read_row(winobj, i, &entered, &converted, &until))
			continue;
		watched[n] = timespan_difference(until, entered);
		memset(&cells[n], 0, sizeof(SurvivalCell));
		if (converted == CONVERSION_NEVER)
		{
			cells[n].time = watched[n];
			cells[n].censored = 1;
		}
		else
		{
			cells[n].time = timespan_difference(converted, entered);
			cells[n].events = 1;
		}
		n++;
	}
	points = palloc_extended(sizeof(SurvivalPoint) * Max(n, 1), MCXT_ALLOC_HUGE);
	state->curve.time = MemoryContextAllocHuge(keep, sizeof(int64) * Max(n, 1));
	state->curve.share = MemoryContextAllocHuge(keep, sizeof(double) * Max(n, 1));
	conversion_curve(cells, watched, n, points, &state->curve);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(work);
	state->made = true;
}

/*
 * conversion_share(entered_at, converted_at, watched_until): share, plateau,
 * greenwood, horizon
 */
Datum
conversion_share(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	ShareState *state = WinGetPartitionLocalMemory(winobj, sizeof(ShareState));
	TupleDesc	desc = fcinfo->flinfo->fn_extra;
	int64		entered;
	int64		converted;
	int64		until;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (desc == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "conversion_share needs a composite result");
		fcinfo->flinfo->fn_extra = desc = BlessTupleDesc(desc);
		MemoryContextSwitchTo(before);
	}
	if (!state->made)
		make_curve(winobj, state);

	if (!read_row(winobj, WinGetCurrentPosition(winobj), &entered, &converted, &until))
		PG_RETURN_NULL();
	values[0] = Float8GetDatum(conversion_share_by(&state->curve, timespan_difference(until, entered)));
	values[1] = Float8GetDatum(state->curve.plateau);
	values[2] = Float8GetDatum(state->curve.greenwood);
	values[3] = Float8GetDatum((double) state->curve.horizon / USECS_PER_SEC);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
