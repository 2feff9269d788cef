/*
 * log_rank.c
 *		The log-rank test over counts of spells by group.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "core/logrank.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(log_rank_test);
PG_FUNCTION_INFO_V1(log_rank_groups);
PG_FUNCTION_INFO_V1(log_rank_p_value);

/* What the test counts, and the covariance of it. */
typedef struct LogRank
{
	int			n;				/* groups */
	int64	   *observed;
	double	   *expected;
	double	   *variance;		/* n x n */
} LogRank;

static void
log_rank_compute(LogRank *test, const SurvivalCounts *counts)
{
	Size		n = Max(counts->nlabels, 1);

	test->n = counts->nlabels;
	test->observed = palloc(sizeof(int64) * n);
	test->expected = palloc(sizeof(double) * n);
	test->variance = palloc(sizeof(double) * n * n);
	logrank_counts(SURVIVAL_CELLS(counts), counts->ncells, counts->nlabels, palloc(sizeof(int64) * n),
				   test->observed, test->expected, test->variance);
}

/* The statistic; returns its degrees of freedom. */
static int
statistic(const SurvivalCounts *counts, double *chi_square)
{
	LogRank		test;

	log_rank_compute(&test, counts);
	return logrank_statistic(test.n, test.observed, test.expected, test.variance,
							 palloc(sizeof(double) * Max(test.n, 1)), chi_square);
}

/* log_rank_test(log_rank): chi_square, df, p_value; null when there is nothing to compare */
Datum
log_rank_test(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {false};
	double		chi_square;
	int			df;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the log-rank test needs a composite result");
	desc = BlessTupleDesc(desc);
	df = statistic(survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0)), &chi_square);
	values[0] = Float8GetDatum(chi_square);
	values[1] = Int32GetDatum(df);
	if (df == 0)
		nulls[0] = nulls[2] = true;
	else
		values[2] = Float8GetDatum(chi_square_tail(chi_square, df));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/* p_value(log_rank) */
Datum
log_rank_p_value(PG_FUNCTION_ARGS)
{
	double		chi_square;
	int			df = statistic(survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0)), &chi_square);

	if (df == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(chi_square_tail(chi_square, df));
}

/* log_rank_groups(log_rank): group_name, total, observed, expected, variance */
Datum
log_rank_groups(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const SurvivalCounts *counts = survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
	JourneyLabel *labels = survival_counts_labels(counts);
	int64	   *total = palloc0(sizeof(int64) * Max(counts->nlabels, 1));
	LogRank		test;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	log_rank_compute(&test, counts);
	for (uint32 i = 0; i < counts->ncells; i++)
	{
		const SurvivalCell *cell = &SURVIVAL_CELLS(counts)[i];

		total[cell->label - 1] += cell->events + cell->censored;
	}
	for (int g = 0; g < test.n; g++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = PointerGetDatum(cstring_to_text_with_len(labels[g].data, labels[g].len));
		values[1] = Int64GetDatum(total[g]);
		values[2] = Int64GetDatum(test.observed[g]);
		values[3] = Float8GetDatum(test.expected[g]);
		values[4] = Float8GetDatum(test.variance[(Size) g * test.n + g]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
