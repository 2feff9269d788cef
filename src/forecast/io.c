/*
 * io.c
 *		Text and binary input and output of transition_matrix.
 *
 * The text form is JSON, so that a cast to jsonb needs nothing more:
 *
 *		{"journeys": 3,
 *		 "stages": [["lead", 3, 1, 86400000000], ["won", 0, 2, 0]],
 *		 "moves": [[1, 2, 2, 172800000000, 14929920000000000000000]]}
 *
 * (on one line).  A row of "stages" holds the name, how many journeys began
 * there, how many are open there and the sum of the times that these have
 * stayed; stages are in byte order and numbered from 1.  A row of "moves" holds
 * from, to, how many, the sum of the times stayed before them and the sum of
 * the squares of these.  Times are in microseconds.  Keys and rows may come in
 * any order; rows of moves between the same stages are added up.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "compat.h"
#include "forecast/forecast.h"
#include "jsonread/jsonread.h"

PG_FUNCTION_INFO_V1(transition_matrix_in);
PG_FUNCTION_INFO_V1(transition_matrix_out);
PG_FUNCTION_INFO_V1(transition_matrix_recv);
PG_FUNCTION_INFO_V1(transition_matrix_send);

Datum
transition_matrix_out(PG_FUNCTION_ARGS)
{
	const TransitionMatrix *matrix = matrix_packed(PG_GETARG_TRANSITION_MATRIX(0));
	JourneyLabel *labels = matrix_labels(matrix);
	const MatrixStage *stages = MATRIX_STAGES(matrix);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"journeys\": " INT64_FORMAT ", \"stages\": [", matrix->total);
	for (uint32 i = 0; i < matrix->nlabels; i++)
	{
		appendStringInfoString(&buf, i > 0 ? ", [" : "[");
		escape_json(&buf, pnstrdup(labels[i].data, labels[i].len));
		appendStringInfo(&buf, ", " INT64_FORMAT ", " INT64_FORMAT ", %s]", stages[i].starts, stages[i].open,
						 matrix_sum_text(&stages[i].open_time));
	}
	appendStringInfoString(&buf, "], \"moves\": [");
	for (uint32 i = 0; i < matrix->nmoves; i++)
	{
		const MatrixMove *move = &MATRIX_MOVES(matrix)[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&buf, "%s[%u, %u, " INT64_FORMAT ", %s, %s]", i > 0 ? ", " : "", move->from + 1, move->to + 1,
						 move->moves, matrix_sum_text(&move->time), matrix_sum_text(&move->square));
	}
	appendStringInfoString(&buf, "]}");
	PG_RETURN_CSTRING(buf.data);
}

/* ---------------------------------------------------------------- checks of both inputs */

/* What is wrong with a move, or NULL. */
static const char *
move_fault(const TransitionMatrix *matrix, const MatrixMove *move)
{
	/* so that no sum of times overflows, however many are added up */
	const uint64 limit = UINT64CONST(1) << 62;

	if (move->from >= matrix->nlabels || move->to >= matrix->nlabels)
		return "There is no stage with such a number.";
	if (move->from == move->to)
		return "A move leads from a stage to itself.";
	if (move->moves < 1)
		return "The number of moves is not positive.";
	if (move->time.word[2] >= limit || move->square.word[2] >= limit)
		return "A sum of times is too great.";
	return NULL;
}

/* What is wrong with counts that have been packed, or NULL: whatever came to a stage moved on or is still there. */
static const char *
matrix_fault(const TransitionMatrix *packed)
{
	int64	   *inside = palloc0(sizeof(int64) * Max(packed->nlabels, 1));
	int64		all = 0;
	int64		starts = 0;

	/* no sum of some of the counts overflows if the sum of all does not */
	for (uint32 i = 0; i < packed->nlabels; i++)
	{
		const MatrixStage *stage = &MATRIX_STAGES(packed)[i];

		if (stage->starts < 0 || stage->open < 0 ||
			pg_add_s64_overflow(all, stage->starts, &all) || pg_add_s64_overflow(all, stage->open, &all))
			return "The counts are too great.";
		starts += stage->starts;
		inside[i] = stage->starts - stage->open;
	}
	for (uint32 i = 0; i < packed->nmoves; i++)
	{
		const MatrixMove *move = &MATRIX_MOVES(packed)[i];

		if (pg_add_s64_overflow(all, move->moves, &all))
			return "The counts are too great.";
		inside[move->to] += move->moves;
		inside[move->from] -= move->moves;
	}
	if (starts != packed->total)
		return "The journeys do not start once each.";
	for (uint32 i = 0; i < packed->nlabels; i++)
	{
		if (inside[i] != 0)
			return "The counts do not add up: whatever came to a stage moved on or is still there.";
	}
	return NULL;
}

/* ---------------------------------------------------------------- text input */

static bool
read_sum(JsonRead *read, MatrixSum *sum)
{
	const char *digits;
	int			n;

	if (!json_read_digits(read, &digits, &n))
		return false;
	if (!matrix_sum_read(sum, digits, n) || sum->word[2] >= UINT64CONST(1) << 62)
	{
		read->p = digits;
		return json_read_expected(read, "a sum in range");
	}
	return true;
}

static bool
read_stages(JsonRead *read, TransitionMatrix **matrix)
{
	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		uint32		known = (*matrix)->nlabels;
		uint32		number;
		MatrixStage *stage;

		if (!json_read_require(read, '[') || !json_read_string(read))
			return false;
		if (read->string.len == 0 || read->string.len > JOURNEY_MAX_LABEL)
			return json_read_wrong(read, "The name of a stage is empty or longer than 255 bytes.");
		if (known >= MATRIX_MAX_LABELS)
			return json_read_wrong(read, "There are more than 1000 stages.");
		*matrix = matrix_label(*matrix, read->string.data, read->string.len, &number);
		if (number < known)
			return json_read_wrong(read, "A stage comes twice.");
		stage = &MATRIX_STAGES(*matrix)[number];
		if (!json_read_require(read, ',') || !json_read_int64(read, 0, &stage->starts) ||
			!json_read_require(read, ',') || !json_read_int64(read, 0, &stage->open) ||
			!json_read_require(read, ',') || !read_sum(read, &stage->open_time) ||
			!json_read_require(read, ']'))
			return false;
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

/* Reads the rows of "moves".  The stages may follow, so what these are is checked later. */
static bool
read_moves(JsonRead *read, TransitionMatrix **matrix)
{
	int64		sum = 0;

	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		MatrixMove	move;
		int64		from;
		int64		to;

		CHECK_FOR_INTERRUPTS();
		if (!json_read_require(read, '[') || !json_read_int64(read, 1, &from) ||
			!json_read_require(read, ',') || !json_read_int64(read, 1, &to) ||
			!json_read_require(read, ',') || !json_read_int64(read, 1, &move.moves) ||
			!json_read_require(read, ',') || !read_sum(read, &move.time) ||
			!json_read_require(read, ',') || !read_sum(read, &move.square) ||
			!json_read_require(read, ']'))
			return false;
		if (from > MATRIX_MAX_LABELS || to > MATRIX_MAX_LABELS)
			return json_read_wrong(read, "There is no stage with such a number.");
		move.from = (uint32) from - 1;
		move.to = (uint32) to - 1;
		if (pg_add_s64_overflow(sum, move.moves, &sum))
			return json_read_wrong(read, "The counts are too great.");
		*matrix = matrix_move(*matrix, &move);
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

static TransitionMatrix *
read_matrix(JsonRead *read)
{
	static const char *const keys[] = {"journeys", "stages", "moves"};
	TransitionMatrix *matrix = matrix_new();
	int			seen = 0;

	if (!json_read_require(read, '{'))
		return NULL;
	do
	{
		int			key = -1;

		if (!json_read_string(read))
			return NULL;
		for (int i = 0; i < (int) lengthof(keys); i++)
		{
			if (strcmp(read->string.data, keys[i]) == 0)
				key = i;
		}
		if (key < 0 || (seen & (1 << key)) != 0)
		{
			json_read_wrong(read, "A key is unknown, or comes twice.");
			return NULL;
		}
		seen |= 1 << key;
		if (!json_read_require(read, ':') ||
			!(key == 0 ? json_read_int64(read, 0, &matrix->total) :
			  key == 1 ? read_stages(read, &matrix) : read_moves(read, &matrix)))
			return NULL;
	} while (json_read_accept(read, ','));
	if (!json_read_require(read, '}') || !json_read_end(read))
		return NULL;
	if (seen != 7)
	{
		json_read_wrong(read, "The keys \"journeys\", \"stages\" and \"moves\" are needed.");
		return NULL;
	}
	return matrix;
}

Datum
transition_matrix_in(PG_FUNCTION_ARGS)
{
	const TransitionMatrix *packed;
	TransitionMatrix *matrix;
	const char *fault = NULL;
	JsonRead	read;

	json_read_init(&read, "transition_matrix", PG_GETARG_CSTRING(0), fcinfo->context);
	matrix = read_matrix(&read);
	if (matrix == NULL)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < matrix->nmoves && fault == NULL; i++)
		fault = move_fault(matrix, &MATRIX_MOVES(matrix)[i]);
	if (fault == NULL)
	{
		packed = matrix_packed(matrix);
		fault = matrix_fault(packed);
		if (fault == NULL)
			PG_RETURN_POINTER(packed);
	}
	json_read_wrong(&read, fault);
	PG_RETURN_NULL();
}

/* ---------------------------------------------------------------- binary */

static void
send_sum(StringInfo buf, const MatrixSum *sum)
{
	for (int i = 2; i >= 0; i--)
		pq_sendint64(buf, sum->word[i]);
}

static MatrixSum
receive_sum(StringInfo buf)
{
	MatrixSum	sum;

	for (int i = 2; i >= 0; i--)
		sum.word[i] = pq_getmsgint64(buf);
	return sum;
}

/*
 * Binary: version (byte), journeys (int64); number of stages (int32), each as
 * length (int32) and bytes in the client's encoding, starts, open (int64) and
 * open_time; number of kinds of moves (int32), each as from, to (int32, from
 * 0), moves (int64), time and square.  A sum is 24 bytes, most significant
 * first.
 */
Datum
transition_matrix_send(PG_FUNCTION_ARGS)
{
	const TransitionMatrix *matrix = matrix_packed(PG_GETARG_TRANSITION_MATRIX(0));
	JourneyLabel *labels = matrix_labels(matrix);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, MATRIX_VERSION);
	pq_sendint64(&buf, matrix->total);
	pq_sendint32(&buf, matrix->nlabels);
	for (uint32 i = 0; i < matrix->nlabels; i++)
	{
		const MatrixStage *stage = &MATRIX_STAGES(matrix)[i];

		pq_sendcountedtext(&buf, labels[i].data, labels[i].len);
		pq_sendint64(&buf, stage->starts);
		pq_sendint64(&buf, stage->open);
		send_sum(&buf, &stage->open_time);
	}
	pq_sendint32(&buf, matrix->nmoves);
	for (uint32 i = 0; i < matrix->nmoves; i++)
	{
		const MatrixMove *move = &MATRIX_MOVES(matrix)[i];

		pq_sendint32(&buf, move->from);
		pq_sendint32(&buf, move->to);
		pq_sendint64(&buf, move->moves);
		send_sum(&buf, &move->time);
		send_sum(&buf, &move->square);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed binary form of transition_matrix"),
			 errdetail_internal("%s", detail)));
}

Datum
transition_matrix_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	TransitionMatrix *matrix = matrix_new();
	const TransitionMatrix *packed;
	int			nlabels;
	int			nmoves;

	if (version != MATRIX_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("binary form of transition_matrix has unknown version %d", version)));
	matrix->total = pq_getmsgint64(buf);
	nlabels = pq_getmsgint(buf, 4);
	if (nlabels < 0 || nlabels > MATRIX_MAX_LABELS || (int64) nlabels * 44 > buf->len - buf->cursor)
		malformed_binary("Its number of stages cannot be right.");
	for (int i = 0; i < nlabels; i++)
	{
		int			len = pq_getmsgint(buf, 4);
		MatrixStage *stage;
		uint32		number;
		char	   *label;

		if (len < 0 || len > buf->len - buf->cursor)
			malformed_binary("Its stages cannot be right.");
		label = pq_getmsgtext(buf, len, &len);
		journey_check_label(len);
		matrix = matrix_label(matrix, label, len, &number);
		if (number != (uint32) i)
			malformed_binary("A stage comes twice.");
		stage = &MATRIX_STAGES(matrix)[i];
		stage->starts = pq_getmsgint64(buf);
		stage->open = pq_getmsgint64(buf);
		stage->open_time = receive_sum(buf);
		if (stage->open_time.word[2] >= UINT64CONST(1) << 62)
			malformed_binary("A sum of times is too great.");
		pfree(label);
	}
	nmoves = pq_getmsgint(buf, 4);
	if (nmoves < 0 || (int64) nmoves * 64 > buf->len - buf->cursor || (int64) nmoves > (int64) nlabels * nlabels)
		malformed_binary("Its number of moves cannot be right.");
	for (int i = 0; i < nmoves; i++)
	{
		MatrixMove	move;
		const char *fault;

		CHECK_FOR_INTERRUPTS();
		move.from = pq_getmsgint(buf, 4);
		move.to = pq_getmsgint(buf, 4);
		move.moves = pq_getmsgint64(buf);
		move.time = receive_sum(buf);
		move.square = receive_sum(buf);
		fault = move_fault(matrix, &move);
		if (fault != NULL)
			malformed_binary(fault);
		matrix = matrix_move(matrix, &move);
	}
	packed = matrix_packed(matrix);
	if (matrix_fault(packed) != NULL)
		malformed_binary(matrix_fault(packed));
	PG_RETURN_POINTER(packed);
}
