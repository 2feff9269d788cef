/*
 * quality_test.c
 *		Measures of quality against the definitions, row by row.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/quality.h"
#include "rounds.h"

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static unsigned int seed = 1;

static int
draw(int n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

#define MAX_ROWS	200

/* rows, and the same as counts */
static double score[MAX_ROWS];
static bool outcome[MAX_ROWS];
static int	nrows;
static ScoreCount count[MAX_ROWS];
static int	ncounts;

static void
make_rows(int rows, int levels)
{
	nrows = rows;
	ncounts = 0;
	for (int i = 0; i < nrows; i++)
	{
		score[i] = (double) draw(levels + 1) / levels;
		outcome[i] = draw(3) == 0;
	}
	for (int level = 0; level <= levels; level++)
	{
		ScoreCount	c = {(double) level / levels, 0, 0};

		for (int i = 0; i < nrows; i++)
		{
			if (score[i] == c.score)
			{
				if (outcome[i])
					c.positives++;
				else
					c.negatives++;
			}
		}
		if (c.positives + c.negatives > 0)
			count[ncounts++] = c;
	}
}

static void
test_random(void)
{
	bool		auc = true;
	bool		ks = true;
	bool		losses = true;
	bool		found = true;
	bool		confusion = true;
	bool		calibration = true;
	bool		places = true;

	for (int round = 0; round < rounds_of(40); round++)
	{
		int			positives = 0;
		double		pairs = 0;
		double		greatest = 0;
		double		brier = 0;
		double		loss = 0;
		int			bins = 1 + draw(12);
		CalibrationBin bin[12];

		make_rows(1 + draw(MAX_ROWS - 1), 1 + draw(30));
		for (int i = 0; i < nrows; i++)
		{
			double		p = score[i];

			positives += outcome[i];
			brier += (p - outcome[i]) * (p - outcome[i]);
			loss -= outcome[i] ? log(p) : log(1 - p);
			for (int j = 0; j < nrows; j++)
			{
				if (outcome[i] && !outcome[j])
					pairs += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
			}
		}
		for (int i = 0; i < nrows; i++)
		{
			double		p = 0;
			double		q = 0;

			for (int j = 0; j < nrows; j++)
			{
				if (score[j] <= score[i])
				{
					if (outcome[j])
						p++;
					else
						q++;
				}
			}
			if (positives > 0 && positives < nrows)
				greatest = Max(greatest, fabs(p / positives - q / (nrows - positives)));
		}
		if (positives > 0 && positives < nrows)
		{
			auc &= fabs(quality_auc(count, ncounts) - pairs / positives / (nrows - positives)) < 1e-12;
			ks &= fabs(quality_ks(count, ncounts) - greatest) < 1e-12;
		}
		else
			auc &= isnan(quality_auc(count, ncounts)) && isnan(quality_ks(count, ncounts));
		losses &= fabs(quality_brier(count, ncounts) - brier / nrows) < 1e-12;
		losses &= isinf(loss) ? quality_log_loss(count, ncounts) == loss :
			fabs(quality_log_loss(count, ncounts) - loss / nrows) < 1e-12;

		/* a row has a part in the top: the mean over all orders of tied rows */
		for (int k = 0; k <= 2 * nrows; k++)
		{
			double		top = k / 2.0;
			double		sum = 0;

			for (int i = 0; i < nrows; i++)
			{
				int			above = 0;
				int			ties = 0;

				for (int j = 0; j < nrows; j++)
				{
					above += score[j] > score[i];
					ties += score[j] == score[i];
				}
				if (outcome[i])
					sum += Max(0, Min(1, (top - above) / ties));
				if (k % 2 == 0 && above < top && above + ties >= top)
					places &= quality_score_at(count, ncounts, top, true) == score[i];
				if (k % 2 == 0 && above <= top && above + ties > top)
					places &= quality_score_at(count, ncounts, top, false) == score[i];
			}
			found &= fabs(quality_found(count, ncounts, top) - sum) < 1e-9;
		}

		quality_calibration(count, ncounts, bins, bin);
		for (int b = 0; b < bins; b++)
		{
			double		rows = 0;
			double		wins = 0;
			double		predicted = 0;

			for (int i = 0; i < nrows; i++)
			{
				if (score[i] >= (double) b / bins && (score[i] < (double) (b + 1) / bins || b == bins - 1))
				{
					rows++;
					wins += outcome[i];
					predicted += score[i];
				}
			}
			calibration &= bin[b].rows == rows && bin[b].positives == wins && fabs(bin[b].predicted - predicted) < 1e-9;
		}
		for (int t = 0; t < 10; t++)
		{
			double		threshold = draw(100) / 100.0;
			int64		n[4];
			int64		expected[4] = {0, 0, 0, 0};

			quality_confusion(count, ncounts, threshold, &n[0], &n[1], &n[2], &n[3]);
			for (int i = 0; i < nrows; i++)
				expected[score[i] >= threshold ? (outcome[i] ? 0 : 1) : (outcome[i] ? 3 : 2)]++;
			confusion &= memcmp(n, expected, sizeof(n)) == 0;
		}
	}
	check(auc, "AUC is the share of pairs, ties half, and NaN for one class");
	check(ks, "KS is the greatest distance of the distributions");
	check(losses, "Brier score and log loss are means over rows");
	check(found, "positives of the top rows are the mean over all orders of tied rows");
	check(places, "the scores on both sides of a place");
	check(calibration, "calibration bins hold the rows between their edges");
	check(confusion, "the confusion matrix counts rows");
}

static void
test_edges(void)
{
	bool		good = true;
	ScoreCount	large[2] = {{0, PG_INT64_MAX / 8, PG_INT64_MAX / 8}, {1, PG_INT64_MAX / 8, 0}};

	for (int bins = 1; bins <= 1000; bins++)
	{
		for (int b = 0; b < bins; b++)
		{
			good &= quality_bin((double) b / bins, bins) == b;
			if (b > 0)
				good &= quality_bin(nextafter((double) b / bins, 0), bins) == b - 1;
		}
		good &= quality_bin(1, bins) == bins - 1 && quality_bin(0, bins) == 0;
	}
	check(good, "every edge of every number of bins belongs to the bin above it");
	check(fabs(quality_auc(large, 2) - 0.75) < 1e-15, "counts near the limit do not overflow");
	check(fabs(quality_ks(large, 2) - 0.5) < 1e-15, "nor do they in KS");
}

int
main(void)
{
	test_random();
	test_edges();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
