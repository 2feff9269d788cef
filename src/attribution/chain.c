/*
 * chain.c
 *		The Markov chain of counted paths, and its moves as rows.
 *
 * Order k: the state is the last k channels of a path, or all of them as long
 * as they are fewer.  Paths without touches have no part in it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

#include "attribution/attribution.h"

PG_FUNCTION_INFO_V1(touch_paths_transitions);

#define ST_SORT sort_moves
#define ST_ELEMENT_TYPE TouchMove
#define ST_COMPARE(a, b) \
	((a)->from != (b)->from ? ((a)->from < (b)->from ? -1 : 1) : (a)->to < (b)->to ? -1 : (a)->to > (b)->to)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

void
touch_order_check(int order)
{
	if (order < 1 || order > TOUCH_MAX_ORDER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("order of the chain must be between 1 and %d", TOUCH_MAX_ORDER)));
}

/* How many customers came through each node, or ended there. */
int64 *
touch_paths_passed(const TouchPaths *paths)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	int64	   *passed = palloc_extended(sizeof(int64) * (Size) paths->nnodes, MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < paths->nnodes; i++)
		passed[i] = nodes[i].converted + nodes[i].lost;
	for (uint32 i = paths->nnodes - 1; i > 0; i--)
		passed[nodes[i].parent] += passed[i];
	return passed;
}

/* What the hash table finds: the touches of a state, of which there are order, and behind them its number. */
#define STATE_NUMBER(entry, order)	(((uint32 *) (entry))[order])

/* The chain of packed paths; an error when it has more states than that. */
TouchChain *
touch_chain(const TouchPaths *packed, int order, uint32 maxstates)
{
	const TouchNode *nodes = touch_paths_nodes(packed);
	uint32		n = packed->nnodes;
	int64	   *passed = touch_paths_passed(packed);
	uint32	   *state = palloc(sizeof(uint32) * (Size) n);
	uint32	   *key = palloc(sizeof(uint32) * order);
	uint32		room = 64;
	TouchChain *chain = palloc0(sizeof(TouchChain));
	HASHCTL		info = {0};
	HTAB	   *table;
	TouchMove  *moves;
	uint32		kept = 0;

	info.keysize = sizeof(uint32) * order;
	info.entrysize = sizeof(uint32) * (order + 1);
	info.hcxt = CurrentMemoryContext;
	table = hash_create("states of touches", 256, &info, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	chain->order = order;
	chain->touches = palloc(sizeof(uint32) * order * room);
	chain->moves = moves = palloc_extended(sizeof(TouchMove) * (Size) n, MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < n; i++)
	{
		void	   *entry;
		bool		found;
		uint32		at = i;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < order; k++)
		{
			key[k] = at > 0 ? nodes[at].channel : TOUCH_NONE;
			at = nodes[at].parent;
		}
		entry = hash_search(table, key, HASH_ENTER, &found);
		if (!found)
		{
			if (chain->nstates >= maxstates)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("Markov chain of order %d has too many states", order),
						 errdetail("At most %u are allowed, the start among them.", maxstates),
						 errhint("Use a smaller order, or fewer channels.")));
			if (chain->nstates >= room)
			{
				room *= 2;
				chain->touches = repalloc_huge(chain->touches, sizeof(uint32) * order * (Size) room);
			}
			memcpy(chain->touches + (Size) chain->nstates * order, key, sizeof(uint32) * order);
			STATE_NUMBER(entry, order) = chain->nstates++;
		}
		state[i] = STATE_NUMBER(entry, order);
		if (i > 0)
		{
			moves[chain->nmoves].from = state[nodes[i].parent];
			moves[chain->nmoves].to = state[i];
			moves[chain->nmoves++].paths = passed[i];
		}
	}
	hash_destroy(table);

	chain->converted = palloc0(sizeof(int64) * (Size) chain->nstates);
	chain->lost = palloc0(sizeof(int64) * (Size) chain->nstates);
	chain->value = palloc0(sizeof(Amount) * (Size) chain->nstates);
	for (uint32 i = 1; i < n; i++)
	{
		chain->converted[state[i]] += nodes[i].converted;
		chain->lost[state[i]] += nodes[i].lost;
		(void) amount_add(&chain->value[state[i]], &nodes[i].value);
	}

	sort_moves(moves, chain->nmoves);
	for (uint32 i = 0; i < chain->nmoves; i++)
	{
		if (kept > 0 && moves[kept - 1].from == moves[i].from && moves[kept - 1].to == moves[i].to)
		{
			if (pg_add_s64_overflow(moves[kept - 1].paths, moves[i].paths, &moves[kept - 1].paths))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("bigint out of range")));
		}
		else
			moves[kept++] = moves[i];
	}
	chain->nmoves = kept;
	pfree(passed);
	pfree(state);
	pfree(key);
	return chain;
}

/* A state as an array of channels, the last touch at its end. */
static Datum
state_array(const TouchPaths *paths, const TouchChain *chain, uint32 state)
{
	const uint32 *touches = chain->touches + (Size) state * chain->order;
	Datum		elems[TOUCH_MAX_ORDER];
	int			n = 0;

	while (n < chain->order && touches[n] != TOUCH_NONE)
		n++;
	for (int i = 0; i < n; i++)
	{
		JourneyLabel label = touch_paths_label(paths, touches[n - 1 - i]);

		elems[i] = PointerGetDatum(cstring_to_text_with_len(label.data, label.len));
	}
	return PointerGetDatum(construct_array(elems, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* transitions(touch_paths, order, collapse): source, target, converted, paths, probability */
Datum
touch_paths_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TouchPaths *paths;
	TouchChain *chain;
	uint32		i = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 PG_ARGISNULL(1) ? errmsg("order of the chain must not be null") :
				 errmsg("whether repeats collapse must not be null")));
	touch_order_check(PG_GETARG_INT32(1));
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	paths = touch_paths_pack(PG_GETARG_TOUCH_PATHS(0));
	if (PG_GETARG_BOOL(2))
		paths = touch_paths_collapse(paths);
	chain = touch_chain(paths, PG_GETARG_INT32(1), PG_UINT32_MAX);

	for (uint32 state = 0; state < chain->nstates; state++)
	{
		Datum		source = state_array(paths, chain, state);
		uint32		end = i;
		double		all = (double) chain->converted[state] + (double) chain->lost[state];

		CHECK_FOR_INTERRUPTS();
		for (; end < chain->nmoves && chain->moves[end].from == state; end++)
			all += (double) chain->moves[end].paths;
		/* the moves, then the two ends */
		for (uint32 row = i; row < end + 2; row++)
		{
			Datum		values[5] = {source};
			bool		nulls[5] = {false};
			int64		n;

			if (row < end)
			{
				JourneyLabel label = touch_paths_label(paths, chain->touches[(Size) chain->moves[row].to * chain->order]);

				values[1] = PointerGetDatum(cstring_to_text_with_len(label.data, label.len));
				nulls[2] = true;
				n = chain->moves[row].paths;
			}
			else
			{
				nulls[1] = true;
				values[2] = BoolGetDatum(row == end);
				n = row == end ? chain->converted[state] : chain->lost[state];
				if (n == 0)
					continue;
			}
			values[3] = Int64GetDatum(n);
			values[4] = Float8GetDatum((double) n / all);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
		i = end;
	}
	return (Datum) 0;
}
