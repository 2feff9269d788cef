/*
 * quality.h
 *		How good scores are: measures over counts of outcomes by score.
 */
#ifndef JOURNEY_QUALITY_H
#define JOURNEY_QUALITY_H

/* The outcomes at one score.  Arrays of these are ascending by score, each score once. */
typedef struct ScoreCount
{
	double		score;
	int64		positives;
	int64		negatives;
} ScoreCount;

/* Probabilities of one bin and what came of them. */
typedef struct CalibrationBin
{
	double		rows;
	double		positives;
	double		predicted;		/* sum of the probabilities */
} CalibrationBin;

extern void quality_totals(const ScoreCount *count, int64 n, int64 *positives, int64 *negatives);

/* These are NaN when there is only one class. */
extern double quality_auc(const ScoreCount *count, int64 n);
extern double quality_ks(const ScoreCount *count, int64 n);

/* These want probabilities and at least one row. */
extern double quality_brier(const ScoreCount *count, int64 n);
extern double quality_log_loss(const ScoreCount *count, int64 n);
extern int	quality_bin(double probability, int bins);
extern void quality_calibration(const ScoreCount *count, int64 n, int bins, CalibrationBin *bin);
extern double quality_calibration_error(const CalibrationBin *bin, int bins);

/* The positives among so many rows of highest score; equal scores are shared out in proportion. */
extern double quality_found(const ScoreCount *count, int64 n, double rows);
/* The score of the row at this place, counted from the highest; "above": of the row before the place. */
extern double quality_score_at(const ScoreCount *count, int64 n, double rows, bool above);

extern void quality_confusion(const ScoreCount *count, int64 n, double threshold,
							  int64 *tp, int64 *fp, int64 *tn, int64 *fn);

#endif							/* JOURNEY_QUALITY_H */
