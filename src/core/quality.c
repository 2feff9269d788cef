/*
 * quality.c
 *		How good scores are: measures over counts of outcomes by score.
 *
 * Counts are whole numbers and scores come in ascending order, so that nothing
 * here depends on the order in which the rows were seen.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/quality.h"

/* Products of two counts. */
#ifdef HAVE_INT128
typedef int128 Wide;
#else
typedef long double Wide;
#endif

void
quality_totals(const ScoreCount *count, int64 n, int64 *positives, int64 *negatives)
{
	*positives = *negatives = 0;
	for (int64 i = 0; i < n; i++)
	{
		*positives += count[i].positives;
		*negatives += count[i].negatives;
	}
}

/*
 * The share of pairs of a positive and a negative in which the positive has the
 * higher score; a tie is half a pair.  This is the statistic of Mann and
 * Whitney divided by the number of pairs.
 */
double
quality_auc(const ScoreCount *count, int64 n)
{
	int64		positives;
	int64		negatives;
	int64		below = 0;
	Wide		halves = 0;

	quality_totals(count, n, &positives, &negatives);
	if (positives == 0 || negatives == 0)
		return NAN;
	for (int64 i = 0; i < n; i++)
	{
		halves += (Wide) count[i].positives * ((Wide) 2 * below + count[i].negatives);
		below += count[i].negatives;
	}
	return (double) halves / 2 / ((double) positives * (double) negatives);
}

/* The greatest distance between the shares of positives and of negatives up to a score. */
double
quality_ks(const ScoreCount *count, int64 n)
{
	int64		positives;
	int64		negatives;
	int64		p = 0;
	int64		q = 0;
	Wide		greatest = 0;

	quality_totals(count, n, &positives, &negatives);
	if (positives == 0 || negatives == 0)
		return NAN;
	for (int64 i = 0; i < n; i++)
	{
		Wide		distance;

		p += count[i].positives;
		q += count[i].negatives;
		distance = (Wide) p * negatives - (Wide) q * positives;
		if (distance < 0)
			distance = -distance;
		if (distance > greatest)
			greatest = distance;
	}
	return (double) greatest / ((double) positives * (double) negatives);
}

/* The mean of the squared distance between probability and outcome (Brier 1950). */
double
quality_brier(const ScoreCount *count, int64 n)
{
	double		sum = 0;
	double		rows = 0;

	for (int64 i = 0; i < n; i++)
	{
		double		p = count[i].score;

		sum += (double) count[i].positives * (1 - p) * (1 - p) + (double) count[i].negatives * p * p;
		rows += (double) count[i].positives + (double) count[i].negatives;
	}
	return sum / rows;
}

/* The mean of the negative logarithm of the probability of what happened; infinite when that was impossible. */
double
quality_log_loss(const ScoreCount *count, int64 n)
{
	double		sum = 0;
	double		rows = 0;

	for (int64 i = 0; i < n; i++)
	{
		double		p = count[i].score;

		if (count[i].positives > 0)
			sum -= (double) count[i].positives * (p > 0 ? log(p) : -HUGE_VAL);
		if (count[i].negatives > 0)
			sum -= (double) count[i].negatives * (p < 1 ? log1p(-p) : -HUGE_VAL);
		rows += (double) count[i].positives + (double) count[i].negatives;
	}
	return sum / rows;
}

/* The bin, counted from 0: b when b / bins <= p < (b + 1) / bins; 1 is in the last. */
int
quality_bin(double probability, int bins)
{
	int			b = (int) (probability * bins);

	/* the product is rounded, the edges are what counts */
	if (b < bins && probability >= (double) (b + 1) / bins)
		b++;
	else if (b > 0 && probability < (double) b / bins)
		b--;
	return Min(b, bins - 1);
}

void
quality_calibration(const ScoreCount *count, int64 n, int bins, CalibrationBin *bin)
{
	memset(bin, 0, sizeof(CalibrationBin) * bins);
	for (int64 i = 0; i < n; i++)
	{
		CalibrationBin *b = &bin[quality_bin(count[i].score, bins)];
		double		rows = (double) count[i].positives + (double) count[i].negatives;

		b->rows += rows;
		b->positives += (double) count[i].positives;
		b->predicted += rows * count[i].score;
	}
}

/* The mean distance between what was predicted and what was observed in the bin of a row. */
double
quality_calibration_error(const CalibrationBin *bin, int bins)
{
	double		sum = 0;
	double		rows = 0;

	for (int b = 0; b < bins; b++)
	{
		sum += fabs(bin[b].predicted - bin[b].positives);
		rows += bin[b].rows;
	}
	return sum / rows;
}

double
quality_found(const ScoreCount *count, int64 n, double rows)
{
	double		found = 0;

	for (int64 i = n - 1; i >= 0 && rows > 0; i--)
	{
		double		here = (double) count[i].positives + (double) count[i].negatives;

		if (here > rows)
			return found + (double) count[i].positives * (rows / here);
		found += (double) count[i].positives;
		rows -= here;
	}
	return found;
}

double
quality_score_at(const ScoreCount *count, int64 n, double rows, bool above)
{
	double		seen = 0;

	for (int64 i = n - 1; i > 0; i--)
	{
		seen += (double) count[i].positives + (double) count[i].negatives;
		if (above ? seen >= rows : seen > rows)
			return count[i].score;
	}
	return count[0].score;
}

/* Who has the threshold or more is predicted to be a positive. */
void
quality_confusion(const ScoreCount *count, int64 n, double threshold,
				  int64 *tp, int64 *fp, int64 *tn, int64 *fn)
{
	*tp = *fp = *tn = *fn = 0;
	for (int64 i = 0; i < n; i++)
	{
		if (count[i].score >= threshold)
		{
			*tp += count[i].positives;
			*fp += count[i].negatives;
		}
		else
		{
			*fn += count[i].positives;
			*tn += count[i].negatives;
		}
	}
}
