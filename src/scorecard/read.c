/*
 * read.c
 *		What a scorecard says at a time: contributions that add up exactly, the
 *		score, the thresholds and the grade.
 *
 * The score is the sum of the rows of explain, by definition: both are computed
 * here, in one way.  Contributions are rounded to a grid fine enough to hold
 * their sum (core/touches.h), so that they can be added in any order; a cap or
 * floor then is a row with the difference.  Only where caps are off the grid, or
 * categories are too different in size to share one, the sum of floating point
 * numbers in the order of the rows would be off in the last digits, and a row
 * says so and makes it good.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "core/touches.h"
#include "score/score.h"
#include "scorecard/card.h"
#include "scorecard/grade.h"

PG_FUNCTION_INFO_V1(scorecard_score_at);
PG_FUNCTION_INFO_V1(scorecard_category_score_at);
PG_FUNCTION_INFO_V1(scorecard_meets);
PG_FUNCTION_INFO_V1(scorecard_score);
PG_FUNCTION_INFO_V1(scorecard_grade);
PG_FUNCTION_INFO_V1(scorecard_explain);

/* No contribution is greater, so that no sum of them is infinite.  Only times long before a touch come near. */
#define MAX_CONTRIBUTION	1e290

/* A category is rounded to the grid of all, if that costs it no more than so many bits of its own. */
#define SHARED_GRID			256.0

static double
limited(double contribution)
{
	if (fabs(contribution) > MAX_CONTRIBUTION)
		return contribution < 0 ? -MAX_CONTRIBUTION : MAX_CONTRIBUTION;
	return contribution;
}

/*
 * How many of the touches of a signal count and, if it decays, how many touches
 * they are worth.  "next" goes through the touches that the scorecard keeps.
 */
static int64
count_touches(const Scorecard *card, uint32 number, uint32 *next, Decayed *sum)
{
	const ModelSignal *signal = &model_signals(card_model(card))[number];
	const CardSignal *state = &card_signals(card)[number];
	int64		counted = state->touches;

	sum->half_life = signal->half_life;
	sum->at = state->at;
	sum->value = state->sum;
	if (signal->keeps == MODEL_KEEPS_COUNT && signal->max > 0)
		counted = Min(counted, signal->max);
	else if (signal->keeps == MODEL_KEEPS_TIMES)
	{
		const CardTouch *touches = card_touches(card) + *next;
		Interval	window;
		const Interval *per = model_window(signal, &window);
		uint32		n = 0;
		int64	   *times;
		bool	   *counts;

		while (*next + n < card->ntouches && touches[n].signal == number)
			n++;
		times = palloc_extended(sizeof(int64) * Max(n, 1), MCXT_ALLOC_HUGE);
		counts = palloc(Max(n, 1));
		for (uint32 i = 0; i < n; i++)
			times[i] = touches[i].at;
		counted = touches_counted(times, n, signal->max, per, counts);
		*next += n;
		if (signal->half_life > 0)
		{
			DecaySum	decayed;

			decay_sum_init(&decayed, signal->half_life);
			for (uint32 i = 0; i < n; i++)
			{
				if (counts[i])
					decay_sum_add(&decayed, 1, times[i]);
			}
			(void) decay_sum_result(&decayed, sum);
		}
		pfree(times);
		pfree(counts);
	}
	return counted;
}

/* What the touches of a signal that count contribute. */
static double
contribution(const ModelSignal *signal, int64 counted, const Decayed *sum, int64 at)
{
	/* nothing times infinity, long before a touch, is nothing */
	if (counted == 0 || signal->points == 0)
		return 0;
	if (signal->half_life == 0)
		return limited(signal->points * (double) counted);
	return limited(signal->points * decay_value(sum, at));
}

static CardRow *
add_row(CardReading *reading, int category, double contribution, const char *note)
{
	CardRow    *row = &reading->rows[reading->nrows++];

	memset(row, 0, sizeof(CardRow));
	row->category = category;
	row->contribution = contribution;
	row->note = note;
	return row;
}

/* A row that makes up for rounding, where the sum so far is not what it should be. */
static void
make_good(CardReading *reading, int category, double *sum, double wanted)
{
	/* each time but a 2^-53rd of the difference is left, at the most */
	for (int i = 0; i < 3 && *sum != wanted; i++)
	{
		double		difference = wanted - *sum;

		(void) add_row(reading, category, difference, "rounding");
		*sum += difference;
	}
}

/* What a cap or floor makes of a score, and the name of which. */
static double
clamp(double score, double cap, double floor, const char **note)
{
	*note = NULL;
	if (score > cap)
	{
		*note = "cap";
		return cap;
	}
	if (score < floor)
	{
		*note = "floor";
		return floor;
	}
	return score;
}

static int
compare_rows(const void *a, const void *b)
{
	const CardRow *x = a;
	const CardRow *y = b;

	if (x->category != y->category)
		return x->category < y->category ? -1 : 1;
	return model_compare_names(x->signal, x->len, y->signal, y->len);
}

void
card_read(const Scorecard *unpacked, int64 at, CardReading *reading)
{
	const Scorecard *card = card_pack(unpacked);
	const ScoringModel *model = card_model(card);
	const ModelCategory *categories = model_categories(model);
	double	   *magnitudes = palloc0(sizeof(double) * model->ncategories);
	double		magnitude = 0;	/* of all */
	CardRow    *signals = palloc(sizeof(CardRow) * Max(card->nsignals, 1));
	int			nsignals = 0;
	uint32		touch = 0;
	int			next = 0;
	double		sum = 0;		/* of all rows so far, added one by one */
	double		total = 0;		/* of the categories */
	const char *note;

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of a score must be finite")));

	/* the rows of signals, and how much there is to add at each place */
	for (uint32 i = 0; i < card->nsignals; i++)
	{
		const ModelSignal *signal = &model_signals(model)[i];
		Decayed		worth;
		CardRow    *row;

		if ((i & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (card_signals(card)[i].touches == 0)
			continue;
		row = &signals[nsignals++];
		memset(row, 0, sizeof(CardRow));
		row->category = signal->category;
		row->signal = model_name(model, &signal->name);
		row->len = signal->name.len;
		row->touches = card_signals(card)[i].touches;
		row->points = signal->points;
		row->counted = count_touches(card, i, &touch, &worth);
		row->contribution = contribution(signal, row->counted, &worth, at);
		if (row->counted < row->touches)
			row->note = "limit";
		magnitudes[signal->category] += fabs(row->contribution);
	}
	qsort(signals, nsignals, sizeof(CardRow), compare_rows);
	for (uint32 c = 0; c < model->ncategories; c++)
	{
		double		raw = 0;

		for (; next < nsignals && signals[next].category == (int) c; next++)
			raw += signals[next].contribution;
		magnitudes[c] += fabs(clamp(raw, categories[c].cap, categories[c].floor, &note) - raw);
		magnitude += magnitudes[c];
	}

	/* each category with its cap or floor */
	reading->rows = palloc(sizeof(CardRow) * (nsignals + 4 * (Size) model->ncategories + card->nunknown + 4));
	reading->nrows = 0;
	reading->categories = palloc0(sizeof(double) * model->ncategories);
	next = 0;
	for (uint32 c = 0; c < model->ncategories; c++)
	{
		int			grid = grid_for(magnitude <= SHARED_GRID * magnitudes[c] ? magnitude : magnitudes[c]);
		int			first = reading->nrows;
		double		raw = 0;
		double		score;

		for (; next < nsignals && signals[next].category == (int) c; next++)
		{
			CardRow    *row = &reading->rows[reading->nrows++];

			*row = signals[next];
			row->contribution = grid_round(row->contribution, grid) + 0.0;
			raw += row->contribution;
		}
		score = clamp(raw, categories[c].cap, categories[c].floor, &note);
		if (note != NULL)
		{
			(void) add_row(reading, c, score - raw, note);
			raw += score - raw;
			make_good(reading, c, &raw, score);
		}
		for (int i = first; i < reading->nrows; i++)
			sum += reading->rows[i].contribution;
		reading->categories[c] = score;
		total += score;
	}

	/* and the total with its own */
	reading->total = clamp(total, model->cap, model->floor, &note);
	if (note != NULL)
	{
		(void) add_row(reading, -1, reading->total - sum, note);
		sum += reading->total - sum;
	}
	make_good(reading, -1, &sum, reading->total);

	for (uint32 i = 0; i < card->nunknown; i++)
	{
		const CardUnknown *unknown = &card_unknown(card)[i];
		CardRow    *row = add_row(reading, -1, 0, "unknown signal");

		row->signal = card_names(card) + unknown->offset;
		row->len = unknown->len;
		row->touches = unknown->touches;
	}
}

/* ---------------------------------------------------------------- answers */

static void
no_such(const char *what, const text *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("scoring model has no %s \"%.*s\"", what, (int) VARSIZE_ANY_EXHDR(name), VARDATA_ANY(name))));
}

/* score_at(scorecard, at), strict */
Datum
scorecard_score_at(PG_FUNCTION_ARGS)
{
	CardReading reading;

	card_read(PG_GETARG_SCORECARD(0), PG_GETARG_TIMESTAMPTZ(1), &reading);
	PG_RETURN_FLOAT8(reading.total);
}

/* score_at(scorecard, category, at), strict */
Datum
scorecard_category_score_at(PG_FUNCTION_ARGS)
{
	Scorecard  *card = PG_GETARG_SCORECARD(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	CardReading reading;
	int			category;

	card_check(card);
	category = model_find_category(card_model(card), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (category < 0)
		no_such("category", name);
	card_read(card, PG_GETARG_TIMESTAMPTZ(2), &reading);
	PG_RETURN_FLOAT8(reading.categories[category]);
}

/* meets(scorecard, threshold, at), strict */
Datum
scorecard_meets(PG_FUNCTION_ARGS)
{
	Scorecard  *card = PG_GETARG_SCORECARD(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	CardReading reading;
	int			threshold;

	card_check(card);
	threshold = model_find_threshold(card_model(card), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (threshold < 0)
		no_such("threshold", name);
	card_read(card, PG_GETARG_TIMESTAMPTZ(2), &reading);
	PG_RETURN_BOOL(reading.total >= model_thresholds(card_model(card))[threshold].value);
}

/*
 * score(scorecard, category), strict: a category that decays as a whole, as a
 * score, without its cap and floor
 */
Datum
scorecard_score(PG_FUNCTION_ARGS)
{
	Scorecard  *card = PG_GETARG_SCORECARD(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	const ModelSignal *signals;
	int64		half_life = -1;
	uint32		touch = 0;
	DecaySum	sum;
	Score	   *score = palloc(sizeof(Score));
	int			category;

	card = card_pack(card);
	signals = model_signals(card_model(card));
	category = model_find_category(card_model(card), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (category < 0)
		no_such("category", name);
	/* the half-life depends on the model alone, so that all scores of a column have the same */
	for (uint32 i = 0; i < card->nsignals; i++)
	{
		if (signals[i].category != (uint32) category)
			continue;
		if (half_life >= 0 && half_life != signals[i].half_life)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("category \"%s\" is no score: its signals have different half-lives", text_to_cstring(name)),
					 errhint("Ask for its value at a time, with score_at().")));
		half_life = signals[i].half_life;
	}
	if (half_life <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("category \"%s\" is no score: it does not decay", text_to_cstring(name)),
				 errhint("Ask for its value at a time, with score_at().")));
	decay_sum_init(&sum, half_life);
	for (uint32 i = 0; i < card->nsignals; i++)
	{
		Decayed		worth;
		int64		counted = count_touches(card, i, &touch, &worth);

		if (signals[i].category == (uint32) category && counted > 0)
			decay_sum_add(&sum, signals[i].points * worth.value, worth.at);
	}
	if (!decay_sum_result(&sum, score))
		score_out_of_range();
	score->value += 0.0;
	PG_RETURN_SCORE_P(score);
}

static double
axis_value(const ScoringModel *model, const ModelAxis *axis, const CardReading *reading)
{
	double		value = 0;

	for (uint32 i = 0; i < axis->n; i++)
		value += reading->categories[model_axis(model)[axis->first + i]];
	return value;
}

/* Which of the four cells, the best being 0. */
static int
axis_cell(const ModelAxis *axis, double value)
{
	int			cell = 0;

	while (cell < 3 && value < axis->cut[cell])
		cell++;
	return cell;
}

/* grade(scorecard, at), strict */
Datum
scorecard_grade(PG_FUNCTION_ARGS)
{
	static const int letters[4] = {GRADE_FIT_A, GRADE_FIT_B, GRADE_FIT_C, GRADE_FIT_D};
	Scorecard  *card = PG_GETARG_SCORECARD(0);
	const ScoringModel *model = card_model(card);
	CardReading reading;
	double		value;
	int			fit;

	card_check(card);
	if (model->fit.scale == MODEL_NO_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scoring model has no grades"),
				 errhint("Add \"grade\" to the model, with the cuts of fit and interest.")));
	card_read(card, PG_GETARG_TIMESTAMPTZ(1), &reading);
	value = axis_value(model, &model->fit, &reading);
	if (model->fit.scale == MODEL_THIRDS)
	{
		double		thirds = (double) model->fit.start + floor(value / model->fit.third);

		fit = (int) Max(0.0, Min((double) (GRADE_FITS - 1), thirds));
	}
	else
		fit = letters[axis_cell(&model->fit, value)];
	value = axis_value(model, &model->interest, &reading);
	PG_RETURN_INT16(GRADE_MAKE(fit, axis_cell(&model->interest, value) + 1));
}

/* explain(scorecard, at), strict */
Datum
scorecard_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Scorecard  *card = PG_GETARG_SCORECARD(0);
	const ScoringModel *model = card_model(card);
	CardReading reading;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	card_read(card, PG_GETARG_TIMESTAMPTZ(1), &reading);
	for (int i = 0; i < reading.nrows; i++)
	{
		const CardRow *row = &reading.rows[i];
		const ModelName *category = row->category < 0 ? NULL : &model_categories(model)[row->category].name;
		Datum		values[7] = {0};
		bool		nulls[7] = {false};

		if ((i & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
		nulls[0] = category == NULL;
		if (category != NULL)
			values[0] = PointerGetDatum(cstring_to_text_with_len(model_name(model, category), category->len));
		nulls[1] = nulls[2] = nulls[3] = row->signal == NULL;
		if (row->signal != NULL)
			values[1] = PointerGetDatum(cstring_to_text_with_len(row->signal, row->len));
		values[2] = Int64GetDatum(row->touches);
		values[3] = Int64GetDatum(row->counted);
		nulls[4] = row->signal == NULL || category == NULL;
		values[4] = Float8GetDatum(row->points);
		values[5] = Float8GetDatum(row->contribution);
		nulls[6] = row->note == NULL;
		if (row->note != NULL)
			values[6] = CStringGetTextDatum(row->note);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
