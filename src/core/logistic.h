/*
 * logistic.h
 *		Logistic regression with a ridge, by Newton's method over sparse rows.
 */
#ifndef JOURNEY_LOGISTIC_H
#define JOURNEY_LOGISTIC_H

/* A term of a row: which column has which value. */
typedef struct LogisticTerm
{
	int			column;
	double		value;
} LogisticTerm;

/* Rows that are the same, and how many of them there are of each outcome. */
typedef struct LogisticRow
{
	const LogisticTerm *term;	/* ascending by column; column 0 is the intercept, with value 1 */
	int			nterms;
	double		positives;
	double		negatives;
} LogisticRow;

/* Sums over rows at some coefficients.  They add up. */
typedef struct LogisticSums
{
	int			ncolumns;
	double	   *information;	/* X'WX: the lower triangle, row by row */
	double	   *gradient;		/* X'(y - p) */
	double		log_likelihood;
} LogisticSums;

typedef enum LogisticResult
{
	LOGISTIC_CONVERGED,
	LOGISTIC_SINGULAR,
	LOGISTIC_DIVERGED
} LogisticResult;

#define LOGISTIC_MAX_STEPS		100
#define LOGISTIC_TOLERANCE		1e-9	/* greatest change of a coefficient in a step that is the last */

#define LOGISTIC_PACKED(n)		((Size) (n) * ((n) + 1) / 2)

extern double logistic_probability(double log_odds);
extern void logistic_add(LogisticSums *sums, const double *beta, const LogisticRow *row);
extern double logistic_penalty(const double *beta, int ncolumns, double ridge);

/*
 * The step of Newton's method from the sums at beta, and, if wanted, the
 * standard errors.  scratch has room for LOGISTIC_PACKED(ncolumns) numbers.
 * Returns false when the information is singular.
 */
extern bool logistic_newton(const LogisticSums *sums, const double *beta, double ridge,
							double *scratch, double *step, double *error);

/* Finds beta, which is where to start; "work" is LOGISTIC_WORK(ncolumns) numbers of room. */
#define LOGISTIC_WORK(n)	(2 * LOGISTIC_PACKED(n) + 4 * (Size) (n))
extern LogisticResult logistic_fit(const LogisticRow *rows, int64 nrows, int ncolumns, double ridge,
								   double *work, double *beta, double *error, double *log_likelihood, int *steps);

#endif							/* JOURNEY_LOGISTIC_H */
