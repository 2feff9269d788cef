/*
 * chain.c
 *		What a transition matrix says: its rows, and the absorbing Markov chain
 *		that follows from it.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "core/wilson.h"
#include "forecast/forecast.h"

PG_FUNCTION_INFO_V1(transition_matrix_moves);
PG_FUNCTION_INFO_V1(transition_matrix_stages);
PG_FUNCTION_INFO_V1(transition_matrix_absorption);
PG_FUNCTION_INFO_V1(transition_matrix_time_to_end);
PG_FUNCTION_INFO_V1(transition_matrix_visits);
PG_FUNCTION_INFO_V1(transition_matrix_naive);
PG_FUNCTION_INFO_V1(transition_matrix_forecast);

/* ---------------------------------------------------------------- small things */

/* Microseconds as an interval. */
static Datum
interval_datum(double usecs)
{
	usecs = rint(usecs);
	/* NaN is neither */
	if (!(usecs >= 0 && usecs < 9.2e18))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	return IntervalPGetDatum(journey_interval((uint64) usecs));
}

/* The root of a variance, which rounding may have made a little negative. */
static double
deviation(double square, double mean)
{
	return sqrt(Max(square - mean * mean, 0));
}

static Datum
label_datum(const JourneyLabel *label)
{
	return PointerGetDatum(cstring_to_text_with_len(label->data, label->len));
}

static int
find_label(const JourneyLabel *labels, int n, const text *name)
{
	for (int i = 0; i < n; i++)
	{
		if (labels[i].len == (int) VARSIZE_ANY_EXHDR(name) && memcmp(labels[i].data, VARDATA_ANY(name), labels[i].len) == 0)
			return i;
	}
	return -1;
}

/* The elements of an array of labels, of which none may be null. */
static text **
label_array(ArrayType *array, const char *what, int *n)
{
	Datum	   *elems;
	bool	   *nulls;
	text	  **result;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", what)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elems, &nulls, n);
	result = palloc(sizeof(text *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not contain null", what)));
		result[i] = DatumGetTextPP(elems[i]);
	}
	return result;
}

/* How many moves leave each stage. */
static int64 *
moves_from(const TransitionMatrix *matrix)
{
	int64	   *from = palloc0(sizeof(int64) * Max(matrix->nlabels, 1));

	for (uint32 i = 0; i < matrix->nmoves; i++)
		from[MATRIX_MOVES(matrix)[i].from] += MATRIX_MOVES(matrix)[i].moves;
	return from;
}

/*
 * Time in each stage by a constant rate of moving on: all the time that was
 * stayed there, also by those who have not moved on, over the moves.
 */
static double *
rate_times(const TransitionMatrix *matrix, const int64 *from)
{
	double	   *time = palloc0(sizeof(double) * Max(matrix->nlabels, 1));

	for (uint32 i = 0; i < matrix->nlabels; i++)
		time[i] = matrix_sum_float8(&MATRIX_STAGES(matrix)[i].open_time);
	for (uint32 i = 0; i < matrix->nmoves; i++)
		time[MATRIX_MOVES(matrix)[i].from] += matrix_sum_float8(&MATRIX_MOVES(matrix)[i].time);
	for (uint32 i = 0; i < matrix->nlabels; i++)
		time[i] /= (double) Max(from[i], 1);
	return time;
}

/* ---------------------------------------------------------------- rows of the matrix */

/* transitions(transition_matrix): from_stage, to_stage, moves, probability, low, high, mean_dwell, sd_dwell */
Datum
transition_matrix_moves(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const TransitionMatrix *matrix = matrix_packed(PG_GETARG_TRANSITION_MATRIX(0));
	JourneyLabel *labels = matrix_labels(matrix);
	int64	   *from = moves_from(matrix);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < matrix->nmoves; i++)
	{
		const MatrixMove *move = &MATRIX_MOVES(matrix)[i];
		double		n = (double) move->moves;
		double		mean = matrix_sum_float8(&move->time) / n;
		double		low;
		double		high;
		Datum		values[8];
		bool		nulls[8] = {false};

		CHECK_FOR_INTERRUPTS();
		wilson_interval(n, (double) from[move->from], WILSON_95, &low, &high);
		values[0] = label_datum(&labels[move->from]);
		values[1] = label_datum(&labels[move->to]);
		values[2] = Int64GetDatum(move->moves);
		values[3] = Float8GetDatum(n / (double) from[move->from]);
		values[4] = Float8GetDatum(low);
		values[5] = Float8GetDatum(high);
		values[6] = interval_datum(mean);
		values[7] = interval_datum(deviation(matrix_sum_float8(&move->square) / n, mean));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* matrix_stages(transition_matrix): stage, starts, entered, moved_on, open, mean_dwell, mean_time */
Datum
transition_matrix_stages(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const TransitionMatrix *matrix = matrix_packed(PG_GETARG_TRANSITION_MATRIX(0));
	JourneyLabel *labels = matrix_labels(matrix);
	int64	   *from = moves_from(matrix);
	double	   *rate = rate_times(matrix, from);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (uint32 i = 0; i < matrix->nlabels; i++)
	{
		const MatrixStage *stage = &MATRIX_STAGES(matrix)[i];
		Datum		values[7] = {0};
		bool		nulls[7] = {false};

		values[0] = label_datum(&labels[i]);
		values[1] = Int64GetDatum(stage->starts);
		/* what came there has moved on or is still there */
		values[2] = Int64GetDatum(from[i] + stage->open);
		values[3] = Int64GetDatum(from[i]);
		values[4] = Int64GetDatum(stage->open);
		nulls[5] = nulls[6] = from[i] == 0;
		if (from[i] > 0)
		{
			values[5] = interval_datum(Max(rate[i] - matrix_sum_float8(&stage->open_time) / (double) from[i], 0));
			values[6] = interval_datum(rate[i]);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---------------------------------------------------------------- the chain */

/* A chain with its ends, factored. */
typedef struct Forecast
{
	const TransitionMatrix *matrix;
	JourneyLabel *labels;		/* of the matrix, then of ends that it does not have */
	MarkovChain chain;
	MarkovSolver solver;
	int		   *open;			/* place of a state among the open ones, or -1 */
	int			nends;
	int		   *ends;			/* the states, as they were asked for */
} Forecast;

/* Names of the stages that are stuck, at most some. */
static char *
stuck_names(const Forecast *forecast, const bool *stuck)
{
	StringInfoData buf;
	int			named = 0;

	initStringInfo(&buf);
	for (int i = 0; i < forecast->chain.n; i++)
	{
		if (!stuck[i])
			continue;
		if (named++ == 20)
		{
			appendStringInfoString(&buf, ", ...");
			break;
		}
		appendStringInfo(&buf, "%s\"%.*s\"", named > 1 ? ", " : "", forecast->labels[i].len, forecast->labels[i].data);
	}
	return buf.data;
}

/*
 * The chain of a matrix with these ends; it is an error if from some stage none
 * of them was ever reached.  An end that no journey has entered is a state that
 * nothing leads to.
 */
static void
forecast_init(Forecast *forecast, const TransitionMatrix *matrix, ArrayType *ends, const text *dwell)
{
	int64	   *from = moves_from(matrix);
	double	   *rate = rate_times(matrix, from);
	text	  **names = label_array(ends, "ends", &forecast->nends);
	bool		observed = false;
	bool	   *stuck;
	bool	   *is_end;
	double	   *p;
	double	   *mean;
	double	   *square;
	int			n = matrix->nlabels;

	if (dwell != NULL)
	{
		int			len = VARSIZE_ANY_EXHDR(dwell);

		observed = len == 8 && memcmp(VARDATA_ANY(dwell), "observed", 8) == 0;
		if (!observed && !(len == 4 && memcmp(VARDATA_ANY(dwell), "rate", 4) == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown way to count dwell: \"%.*s\"", len, VARDATA_ANY(dwell)),
					 errhint("The ways are \"rate\" and \"observed\".")));
	}
	if (forecast->nends == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be at least one end")));
	if (forecast->nends > MATRIX_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are too many ends"),
				 errdetail("At most %d are allowed.", MATRIX_MAX_LABELS)));

	forecast->matrix = matrix;
	forecast->ends = palloc(sizeof(int) * forecast->nends);
	forecast->labels = repalloc(matrix_labels(matrix), sizeof(JourneyLabel) * (n + forecast->nends));
	for (int i = 0; i < forecast->nends; i++)
	{
		int			found = find_label(forecast->labels, n, names[i]);

		for (int k = 0; k < i && found >= 0; k++)
		{
			if (forecast->ends[k] == found)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("end \"%.*s\" is named twice", forecast->labels[found].len, forecast->labels[found].data)));
		}
		if (found < 0)
		{
			forecast->labels[n].data = VARDATA_ANY(names[i]);
			forecast->labels[n].len = VARSIZE_ANY_EXHDR(names[i]);
			found = n++;
		}
		forecast->ends[i] = found;
	}

	is_end = palloc0(sizeof(bool) * n);
	for (int i = 0; i < forecast->nends; i++)
		is_end[forecast->ends[i]] = true;
	p = palloc0(sizeof(double) * n * n);
	mean = palloc0(sizeof(double) * n * n);
	square = palloc0(sizeof(double) * n * n);
	for (uint32 i = 0; i < matrix->nmoves; i++)
	{
		const MatrixMove *move = &MATRIX_MOVES(matrix)[i];
		Size		cell = (Size) move->from * n + move->to;

		p[cell] = (double) move->moves / (double) from[move->from];
		/* with a constant rate the time is exponential, wherever the move leads */
		mean[cell] = observed ? matrix_sum_float8(&move->time) / (double) move->moves : rate[move->from];
		square[cell] = observed ? matrix_sum_float8(&move->square) / (double) move->moves : 2 * rate[move->from] * rate[move->from];
	}
	forecast->chain.n = n;
	forecast->chain.end = is_end;
	forecast->chain.p = p;
	forecast->chain.mean = mean;
	forecast->chain.square = square;

	stuck = palloc(sizeof(bool) * n);
	if (markov_stuck(&forecast->chain, stuck, palloc(sizeof(int) * n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("from some stages none of the ends was ever reached"),
				 errdetail("They are: %s.", stuck_names(forecast, stuck)),
				 errhint("Name them among the ends, or leave them out of the journeys.")));
	forecast->solver.state = palloc(sizeof(int) * n);
	forecast->solver.pivot = palloc(sizeof(int) * n);
	forecast->solver.lu = palloc(sizeof(double) * n * n);
	if (!markov_factor(&forecast->chain, &forecast->solver))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the moves can hardly be told from ones that never end")));
	forecast->open = palloc(sizeof(int) * n);
	memset(forecast->open, 0xFF, sizeof(int) * n);
	for (int i = 0; i < forecast->solver.n; i++)
		forecast->open[forecast->solver.state[i]] = i;
}

static double *
numbers(int n)
{
	return palloc(sizeof(double) * Max(n, 1));
}

/* absorption(transition_matrix, ends, dwell): from_stage, end_stage, probability, mean_time, sd_time */
Datum
transition_matrix_absorption(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Forecast	forecast;
	double	  **probability;
	double	  **mean;
	double	  **square;
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	forecast_init(&forecast, matrix_packed(PG_GETARG_TRANSITION_MATRIX(0)), PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_TEXT_PP(2));
	n = forecast.solver.n;
	probability = palloc(sizeof(double *) * forecast.nends);
	mean = palloc(sizeof(double *) * forecast.nends);
	square = palloc(sizeof(double *) * forecast.nends);
	for (int k = 0; k < forecast.nends; k++)
	{
		probability[k] = numbers(n);
		mean[k] = numbers(n);
		square[k] = numbers(n);
		markov_absorption(&forecast.chain, &forecast.solver, forecast.ends[k], probability[k]);
		markov_time(&forecast.chain, &forecast.solver, forecast.ends[k], probability[k], mean[k], square[k]);
	}
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < forecast.nends; k++)
		{
			double		p = probability[k][i];
			Datum		values[5] = {0};
			bool		nulls[5] = {false};

			values[0] = label_datum(&forecast.labels[forecast.solver.state[i]]);
			values[1] = label_datum(&forecast.labels[forecast.ends[k]]);
			values[2] = Float8GetDatum(p);
			nulls[3] = nulls[4] = p <= 0;
			if (p > 0)
			{
				double		time = Max(mean[k][i] / p, 0);

				values[3] = interval_datum(time);
				values[4] = interval_datum(deviation(square[k][i] / p, time));
			}
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* time_to_end(transition_matrix, ends, dwell): from_stage, moves, mean_time, sd_time */
Datum
transition_matrix_time_to_end(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Forecast	forecast;
	double	   *moves;
	double	   *mean;
	double	   *square;
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	forecast_init(&forecast, matrix_packed(PG_GETARG_TRANSITION_MATRIX(0)), PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_TEXT_PP(2));
	n = forecast.solver.n;
	moves = numbers(n);
	mean = numbers(n);
	square = numbers(n);
	for (int i = 0; i < n; i++)
		moves[i] = 1;
	markov_solve(&forecast.solver, moves);
	markov_time(&forecast.chain, &forecast.solver, -1, NULL, mean, square);
	for (int i = 0; i < n; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = label_datum(&forecast.labels[forecast.solver.state[i]]);
		values[1] = Float8GetDatum(moves[i]);
		values[2] = interval_datum(Max(mean[i], 0));
		values[3] = interval_datum(deviation(square[i], mean[i]));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* expected_visits(transition_matrix, ends): from_stage, stage, visits, sd: the fundamental matrix */
Datum
transition_matrix_visits(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Forecast	forecast;
	double	   *visits;
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	forecast_init(&forecast, matrix_packed(PG_GETARG_TRANSITION_MATRIX(0)), PG_GETARG_ARRAYTYPE_P(1), NULL);
	n = forecast.solver.n;
	visits = palloc_extended(sizeof(double) * Max((Size) n * n, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	/* column j of the inverse begins at n j */
	for (int j = 0; j < n; j++)
	{
		CHECK_FOR_INTERRUPTS();
		visits[(Size) j * n + j] = 1;
		markov_solve(&forecast.solver, visits + (Size) j * n);
	}
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
		{
			double		mean = Max(visits[(Size) j * n + i], 0);
			Datum		values[4];
			bool		nulls[4] = {false};

			values[0] = label_datum(&forecast.labels[forecast.solver.state[i]]);
			values[1] = label_datum(&forecast.labels[forecast.solver.state[j]]);
			values[2] = Float8GetDatum(mean);
			values[3] = Float8GetDatum(deviation(mean * (2 * visits[(Size) j * n + j] - 1), mean));
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/*
 * The product of the rates of these steps, from each of them to the last; a
 * step that no journey has entered, or that none has left, has rate 0.
 */
static double *
naive_products(const TransitionMatrix *matrix, const JourneyLabel *labels, text **steps, int nsteps)
{
	int64	   *from = moves_from(matrix);
	double	   *product = numbers(nsteps);

	if (nsteps < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be at least two steps")));
	if (nsteps > MATRIX_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("there are too many steps"),
				 errdetail("At most %d are allowed.", MATRIX_MAX_LABELS)));
	product[nsteps - 1] = 1;
	for (int k = nsteps - 1; k-- > 0;)
	{
		int			a = find_label(labels, matrix->nlabels, steps[k]);
		int			b = find_label(labels, matrix->nlabels, steps[k + 1]);

		product[k] = 0;
		for (uint32 i = 0; i < matrix->nmoves; i++)
		{
			const MatrixMove *move = &MATRIX_MOVES(matrix)[i];

			if ((int) move->from == a && (int) move->to == b)
				product[k] = (double) move->moves / (double) from[a] * product[k + 1];
		}
	}
	return product;
}

/* naive_absorption(transition_matrix, steps): stage, probability */
Datum
transition_matrix_naive(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const TransitionMatrix *matrix = matrix_packed(PG_GETARG_TRANSITION_MATRIX(0));
	int			n;
	text	  **steps = label_array(PG_GETARG_ARRAYTYPE_P(1), "steps", &n);
	double	   *product = naive_products(matrix, matrix_labels(matrix), steps, n);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < n; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = PointerGetDatum(steps[i]);
		values[1] = Float8GetDatum(product[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Adds the customers who are open in each stage to what counts them by state. */
static void
open_argument(FunctionCallInfo fcinfo, const Forecast *forecast, double *open)
{
	ArrayType  *array;
	text	  **stages;
	Datum	   *counts;
	bool	   *nulls;
	int			n;
	int			ncounts;

	if (PG_ARGISNULL(2) != PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("stages and counts must be given together")));
	if (PG_ARGISNULL(2))
	{
		for (uint32 i = 0; i < forecast->matrix->nlabels; i++)
		{
			if (!forecast->chain.end[i])
				open[i] = (double) MATRIX_STAGES(forecast->matrix)[i].open;
		}
		return;
	}
	stages = label_array(PG_GETARG_ARRAYTYPE_P(2), "stages", &n);
	array = PG_GETARG_ARRAYTYPE_P(3);
	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &counts, &nulls, &ncounts);
	if (ARR_NDIM(array) > 1 || n != ncounts)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("stages and counts must have the same length"),
				 errdetail("There are %d stages and %d counts.", n, ncounts)));
	for (int i = 0; i < n; i++)
	{
		int			state = find_label(forecast->labels, forecast->chain.n, stages[i]);

		if (nulls[i] || DatumGetInt64(counts[i]) < 0)
			ereport(ERROR,
					(errcode(nulls[i] ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a count of open customers must not be null or negative")));
		if (state < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no journey has been in stage \"%.*s\"", (int) VARSIZE_ANY_EXHDR(stages[i]), VARDATA_ANY(stages[i])),
					 errdetail("Nothing is known about where it leads.")));
		open[state] += (double) DatumGetInt64(counts[i]);
	}
}

/* forecast(transition_matrix, ends, stages, counts, steps): end_stage, open, expected, sd, naive */
Datum
transition_matrix_forecast(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Forecast	forecast;
	double	   *open;
	double	   *probability;
	double		all = 0;
	double		naive = 0;
	const text *last = NULL;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	forecast_init(&forecast, matrix_packed(PG_GETARG_TRANSITION_MATRIX(0)), PG_GETARG_ARRAYTYPE_P(1), NULL);
	open = palloc0(sizeof(double) * forecast.chain.n);
	open_argument(fcinfo, &forecast, open);
	for (int i = 0; i < forecast.chain.n; i++)
		all += open[i];
	if (!PG_ARGISNULL(4))
	{
		int			nsteps;
		text	  **steps = label_array(PG_GETARG_ARRAYTYPE_P(4), "steps", &nsteps);
		double	   *product = naive_products(forecast.matrix, forecast.labels, steps, nsteps);

		last = steps[nsteps - 1];
		for (int k = 0; k < nsteps; k++)
		{
			int			state = find_label(forecast.labels, forecast.chain.n, steps[k]);

			if (state >= 0)
				naive += open[state] * product[k];
		}
	}
	probability = numbers(forecast.solver.n);
	for (int k = 0; k < forecast.nends; k++)
	{
		double		expected = open[forecast.ends[k]];	/* which are there already */
		double		variance = 0;
		Datum		values[5] = {0};
		bool		nulls[5] = {false};

		markov_absorption(&forecast.chain, &forecast.solver, forecast.ends[k], probability);
		for (int i = 0; i < forecast.solver.n; i++)
		{
			double		n = open[forecast.solver.state[i]];

			expected += n * probability[i];
			variance += n * probability[i] * (1 - probability[i]);
		}
		values[0] = label_datum(&forecast.labels[forecast.ends[k]]);
		values[1] = Int64GetDatum((int64) Min(all, 9.2e18));
		values[2] = Float8GetDatum(expected);
		values[3] = Float8GetDatum(sqrt(variance));
		nulls[4] = last == NULL || find_label(&forecast.labels[forecast.ends[k]], 1, last) < 0;
		values[4] = Float8GetDatum(naive);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
