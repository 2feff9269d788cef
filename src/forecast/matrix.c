/*
 * matrix.c
 *		Counting moves: the growing state of transition_matrix, its packing and
 *		its sums.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "forecast/forecast.h"

PG_FUNCTION_INFO_V1(transition_matrix_add);
PG_FUNCTION_INFO_V1(transition_matrix_combine);
PG_FUNCTION_INFO_V1(transition_matrix_final);
PG_FUNCTION_INFO_V1(transition_matrix_total);

static inline int
compare_moves(const MatrixMove *a, const MatrixMove *b)
{
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return 0;
}

#define ST_SORT sort_moves
#define ST_ELEMENT_TYPE MatrixMove
#define ST_COMPARE(a, b) compare_moves(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline char *
matrix_dict(const TransitionMatrix *matrix)
{
	return (char *) (MATRIX_STAGES(matrix) + matrix->maxlabels);
}

static TransitionMatrix *
matrix_alloc(uint32 maxmoves, uint32 maxlabels, uint32 dictmax)
{
	Size		size = MAXALIGN(sizeof(TransitionMatrix)) + sizeof(MatrixMove) * maxmoves + sizeof(MatrixStage) * maxlabels + dictmax;
	TransitionMatrix *matrix = palloc0(size);

	SET_VARSIZE(matrix, size);
	matrix->version = MATRIX_VERSION;
	matrix->building = true;
	matrix->maxmoves = maxmoves;
	matrix->maxlabels = maxlabels;
	matrix->dictmax = dictmax;
	return matrix;
}

/* An empty value that can grow. */
TransitionMatrix *
matrix_new(void)
{
	return matrix_alloc(32, 8, 96);
}

/* A copy of other capacities, which can grow. */
static TransitionMatrix *
matrix_copy(const TransitionMatrix *matrix, uint32 maxmoves, uint32 maxlabels, uint32 dictmax)
{
	TransitionMatrix *copy = matrix_alloc(maxmoves, maxlabels, dictmax);

	copy->total = matrix->total;
	copy->nmoves = matrix->nmoves;
	copy->nlabels = matrix->nlabels;
	copy->dictused = matrix->dictused;
	memcpy(MATRIX_MOVES(copy), MATRIX_MOVES(matrix), sizeof(MatrixMove) * matrix->nmoves);
	memcpy(MATRIX_STAGES(copy), MATRIX_STAGES(matrix), sizeof(MatrixStage) * matrix->nlabels);
	memcpy(matrix_dict(copy), matrix_dict(matrix), matrix->dictused);
	return copy;
}

/*
 * The state in argument 0 as one that may be changed.  Under an aggregate that
 * is the executor's own value; otherwise, and for a packed value, a copy.
 */
static TransitionMatrix *
matrix_state(FunctionCallInfo fcinfo)
{
	TransitionMatrix *matrix;

	if (PG_ARGISNULL(0))
		return matrix_new();
	matrix = PG_GETARG_TRANSITION_MATRIX(0);
	if (matrix->building && ((Pointer) matrix != DatumGetPointer(PG_GETARG_DATUM(0)) || AggCheckCallContext(fcinfo, NULL)))
		return matrix;
	return matrix_copy(matrix, matrix->nmoves + matrix->nmoves / 4 + 32, matrix->nlabels + 8, matrix->dictused + 96);
}

/* What a function that changed a state returns: outside an aggregate nobody should meet the building form. */
static Datum
matrix_result(FunctionCallInfo fcinfo, TransitionMatrix *matrix)
{
	if (AggCheckCallContext(fcinfo, NULL))
		PG_RETURN_POINTER(matrix);
	PG_RETURN_POINTER(matrix_packed(matrix));
}

static int64
add_counts(int64 a, int64 b)
{
	int64		result;

	if (pg_add_s64_overflow(a, b, &result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	return result;
}

/* The number of a label, which is added if it is new.  The matrix is another when it had to grow. */
TransitionMatrix *
matrix_label(TransitionMatrix *matrix, const char *label, int len, uint32 *number)
{
	char	   *p = matrix_dict(matrix);

	for (uint32 i = 0; i < matrix->nlabels; i++)
	{
		int			size = (uint8) *p++;

		if (size == len && memcmp(p, label, len) == 0)
		{
			*number = i;
			return matrix;
		}
		p += size;
	}
	if (matrix->nlabels >= MATRIX_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a transition matrix has too many stages"),
				 errdetail("At most %d are allowed.", MATRIX_MAX_LABELS)));
	if (matrix->nlabels >= matrix->maxlabels || matrix->dictused + len + 1 > matrix->dictmax)
		matrix = matrix_copy(matrix, matrix->maxmoves, matrix->maxlabels * 2 + 8, matrix->dictmax * 2 + len + 96);
	p = matrix_dict(matrix) + matrix->dictused;
	*p = (char) len;
	memcpy(p + 1, label, len);
	matrix->dictused += len + 1;
	memset(&MATRIX_STAGES(matrix)[matrix->nlabels], 0, sizeof(MatrixStage));
	*number = matrix->nlabels++;
	return matrix;
}

/* Adds b to a. */
static void
merge_move(MatrixMove *a, const MatrixMove *b)
{
	a->moves = add_counts(a->moves, b->moves);
	matrix_sum_add(&a->time, &b->time);
	matrix_sum_add(&a->square, &b->square);
}

/* Sorts the moves and adds up those between the same stages. */
static void
compact(TransitionMatrix *matrix)
{
	MatrixMove *moves = MATRIX_MOVES(matrix);
	uint32		kept = 0;

	sort_moves(moves, matrix->nmoves);
	for (uint32 i = 0; i < matrix->nmoves; i++)
	{
		if (kept > 0 && compare_moves(&moves[kept - 1], &moves[i]) == 0)
			merge_move(&moves[kept - 1], &moves[i]);
		else
			moves[kept++] = moves[i];
	}
	matrix->nmoves = kept;
}

/* Adds moves.  There are at most as many kinds as pairs of labels, so this needs no limit of its own. */
TransitionMatrix *
matrix_move(TransitionMatrix *matrix, const MatrixMove *move)
{
	if (matrix->nmoves >= matrix->maxmoves)
	{
		compact(matrix);
		/* so that adding up is rare enough */
		if (matrix->nmoves > matrix->maxmoves / 2)
			matrix = matrix_copy(matrix, matrix->maxmoves * 2, matrix->maxlabels, matrix->dictmax);
	}
	MATRIX_MOVES(matrix)[matrix->nmoves++] = *move;
	return matrix;
}

/* The labels, which point into the value. */
JourneyLabel *
matrix_labels(const TransitionMatrix *matrix)
{
	JourneyLabel *labels = palloc(sizeof(JourneyLabel) * Max(matrix->nlabels, 1));
	const char *p = matrix_dict(matrix);

	for (uint32 i = 0; i < matrix->nlabels; i++)
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
const TransitionMatrix *
matrix_packed(const TransitionMatrix *matrix)
{
	TransitionMatrix *copy;
	TransitionMatrix *packed;
	JourneyLabel *labels;
	uint32		order[MATRIX_MAX_LABELS];
	uint32		rank[MATRIX_MAX_LABELS];

	if (matrix->version != MATRIX_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("transition matrix has unknown version %d", matrix->version),
				 errhint("The value was written by a newer version of the extension.")));
	if (!matrix->building)
		return matrix;

	copy = matrix_copy(matrix, matrix->nmoves, matrix->nlabels, matrix->dictused);
	labels = matrix_labels(matrix);
	for (uint32 i = 0; i < matrix->nlabels; i++)
		order[i] = i;
	qsort_arg(order, matrix->nlabels, sizeof(uint32), compare_labels, labels);
	copy->dictused = 0;
	for (uint32 i = 0; i < matrix->nlabels; i++)
	{
		const JourneyLabel *label = &labels[order[i]];

		rank[order[i]] = i;
		MATRIX_STAGES(copy)[i] = MATRIX_STAGES(matrix)[order[i]];
		memcpy(matrix_dict(copy) + copy->dictused, label->data - 1, label->len + 1);
		copy->dictused += label->len + 1;
	}
	for (uint32 i = 0; i < copy->nmoves; i++)
	{
		MatrixMove *move = &MATRIX_MOVES(copy)[i];

		move->from = rank[move->from];
		move->to = rank[move->to];
	}
	compact(copy);
	packed = matrix_copy(copy, copy->nmoves, copy->nlabels, copy->dictused);
	packed->building = false;
	pfree(copy);
	pfree(labels);
	return packed;
}

/* ---------------------------------------------------------------- the functions */

/* transition_matrix_add(state, journey [, as_of]) */
Datum
transition_matrix_add(PG_FUNCTION_ARGS)
{
	TransitionMatrix *matrix;
	JourneyView view;
	const JourneyLabel *labels;
	MatrixStage *stage;
	uint32	   *number;
	bool		has_as_of = PG_NARGS() > 2;
	int64		as_of = 0;
	int64		since;
	uint32		n = 0;
	int			num;

	if (has_as_of)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("as_of must not be null")));
		as_of = PG_GETARG_TIMESTAMPTZ(2);
		journey_check_as_of(as_of);
	}
	if (!PG_ARGISNULL(1))
	{
		journey_view_init(&view, PG_GETARG_JOURNEY_PP(1));
		n = has_as_of ? journey_view_upto(&view, as_of) : view.n;
	}
	if (n == 0)
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}

	matrix = matrix_state(fcinfo);
	labels = journey_view_labels(&view);
	number = palloc(sizeof(uint32) * view.nlabels);
	memset(number, 0xFF, sizeof(uint32) * view.nlabels);
	num = journey_view_num(&view, 0);
	matrix = matrix_label(matrix, labels[num].data, labels[num].len, &number[num]);
	since = journey_view_at(&view, 0);
	stage = &MATRIX_STAGES(matrix)[number[num]];
	stage->starts = add_counts(stage->starts, 1);
	matrix->total = add_counts(matrix->total, 1);
	for (uint32 i = 1; i < n; i++)
	{
		int			next = journey_view_num(&view, i);
		int64		at = journey_view_at(&view, i);
		MatrixMove	move;

		/* an entry of the same label goes on with the stay */
		if (next == num)
			continue;
		if (number[next] == PG_UINT32_MAX)
			matrix = matrix_label(matrix, labels[next].data, labels[next].len, &number[next]);
		memset(&move, 0, sizeof(move));
		move.from = number[num];
		move.to = number[next];
		move.moves = 1;
		matrix_sum_time(&move.time, (uint64) at - (uint64) since);
		matrix_sum_square(&move.square, (uint64) at - (uint64) since);
		matrix = matrix_move(matrix, &move);
		num = next;
		since = at;
	}
	stage = &MATRIX_STAGES(matrix)[number[num]];
	stage->open = add_counts(stage->open, 1);
	if (has_as_of)
		matrix_sum_time(&stage->open_time, (uint64) as_of - (uint64) since);
	pfree(number);
	return matrix_result(fcinfo, matrix);
}

/* Adds the second to the first: the combine function, the transition of rollup, and operator +. */
Datum
transition_matrix_combine(PG_FUNCTION_ARGS)
{
	const TransitionMatrix *other = PG_GETARG_TRANSITION_MATRIX(1);
	TransitionMatrix *matrix = matrix_state(fcinfo);
	JourneyLabel *labels = matrix_labels(other);
	uint32		map[MATRIX_MAX_LABELS];

	matrix->total = add_counts(matrix->total, other->total);
	for (uint32 i = 0; i < other->nlabels; i++)
	{
		const MatrixStage *more = &MATRIX_STAGES(other)[i];
		MatrixStage *stage;

		matrix = matrix_label(matrix, labels[i].data, labels[i].len, &map[i]);
		stage = &MATRIX_STAGES(matrix)[map[i]];
		stage->starts = add_counts(stage->starts, more->starts);
		stage->open = add_counts(stage->open, more->open);
		matrix_sum_add(&stage->open_time, &more->open_time);
	}
	for (uint32 i = 0; i < other->nmoves; i++)
	{
		MatrixMove	move = MATRIX_MOVES(other)[i];

		move.from = map[move.from];
		move.to = map[move.to];
		matrix = matrix_move(matrix, &move);
	}
	return matrix_result(fcinfo, matrix);
}

Datum
transition_matrix_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(matrix_packed(PG_GETARG_TRANSITION_MATRIX(0)));
}

Datum
transition_matrix_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_TRANSITION_MATRIX(0)->total);
}
