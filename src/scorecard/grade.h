/*
 * grade.h
 *		The grade type: a fit letter and an interest number.
 *
 * Fit has 13 positions, from F (0) by thirds of a letter to A+ (12); interest
 * is 1 (best) to 4.  A grade is passed by value: an int16 that is greater for a
 * better grade, fit first.
 */
#ifndef JOURNEY_GRADE_H
#define JOURNEY_GRADE_H

#include "fmgr.h"

#define GRADE_FITS			13
#define GRADE_FIT_D			2
#define GRADE_FIT_C			5
#define GRADE_FIT_B			8
#define GRADE_FIT_A			11
#define GRADE_INTERESTS		4

#define GRADE_MAKE(fit, interest)	((int16) ((fit) * GRADE_INTERESTS + (GRADE_INTERESTS - (interest))))
#define GRADE_FIT(grade)			((grade) / GRADE_INTERESTS)
#define GRADE_INTEREST(grade)		(GRADE_INTERESTS - (grade) % GRADE_INTERESTS)

/* The position of a fit such as "B+"; -1 when it is none. */
extern int	grade_fit_parse(const char *text, int len);
extern const char *grade_fit_name(int fit);

#endif							/* JOURNEY_GRADE_H */
