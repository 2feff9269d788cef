/*
 * grade.c
 *		The grade type: a fit letter and an interest number.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "compat.h"
#include "scorecard/grade.h"

PG_FUNCTION_INFO_V1(grade_in);
PG_FUNCTION_INFO_V1(grade_out);
PG_FUNCTION_INFO_V1(grade_recv);
PG_FUNCTION_INFO_V1(grade_send);
PG_FUNCTION_INFO_V1(grade_make);
PG_FUNCTION_INFO_V1(grade_fit);
PG_FUNCTION_INFO_V1(grade_interest);
PG_FUNCTION_INFO_V1(grade_priority);
PG_FUNCTION_INFO_V1(grade_met);
PG_FUNCTION_INFO_V1(grade_eq);
PG_FUNCTION_INFO_V1(grade_ne);
PG_FUNCTION_INFO_V1(grade_lt);
PG_FUNCTION_INFO_V1(grade_le);
PG_FUNCTION_INFO_V1(grade_gt);
PG_FUNCTION_INFO_V1(grade_ge);
PG_FUNCTION_INFO_V1(grade_cmp);
PG_FUNCTION_INFO_V1(grade_hash);
PG_FUNCTION_INFO_V1(grade_hash_extended);
PG_FUNCTION_INFO_V1(grade_larger);
PG_FUNCTION_INFO_V1(grade_smaller);

static const char *const fits[GRADE_FITS] = {
	"F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+"
};

int
grade_fit_parse(const char *text, int len)
{
	for (int i = 0; i < GRADE_FITS; i++)
	{
		if (strlen(fits[i]) == (size_t) len && memcmp(fits[i], text, len) == 0)
			return i;
	}
	return -1;
}

const char *
grade_fit_name(int fit)
{
	return fits[fit];
}

Datum
grade_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	int			len = strlen(text);
	int			interest = len > 0 ? text[len - 1] - '0' : 0;
	int			fit = len > 0 ? grade_fit_parse(text, len - 1) : -1;

	if (fit < 0 || interest < 1 || interest > GRADE_INTERESTS)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "grade", text),
				 errdetail("A grade is a letter from A+ to F for fit and a number from 1 to %d for interest, such as B2.",
						   GRADE_INTERESTS)));
	PG_RETURN_INT16(GRADE_MAKE(fit, interest));
}

Datum
grade_out(PG_FUNCTION_ARGS)
{
	int16		grade = PG_GETARG_INT16(0);

	PG_RETURN_CSTRING(psprintf("%s%d", fits[GRADE_FIT(grade)], GRADE_INTEREST(grade)));
}

/* Binary: the position of the fit, 0 for F to 12 for A+, and the interest, a byte each. */
Datum
grade_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			fit = pq_getmsgbyte(buf);
	int			interest = pq_getmsgbyte(buf);

	if (fit >= GRADE_FITS || interest < 1 || interest > GRADE_INTERESTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid grade: fit %d, interest %d", fit, interest)));
	PG_RETURN_INT16(GRADE_MAKE(fit, interest));
}

Datum
grade_send(PG_FUNCTION_ARGS)
{
	int16		grade = PG_GETARG_INT16(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, GRADE_FIT(grade));
	pq_sendint8(&buf, GRADE_INTEREST(grade));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* grade(fit, interest), strict */
Datum
grade_make(PG_FUNCTION_ARGS)
{
	text	   *letter = PG_GETARG_TEXT_PP(0);
	int32		interest = PG_GETARG_INT32(1);
	int			fit = grade_fit_parse(VARDATA_ANY(letter), VARSIZE_ANY_EXHDR(letter));

	if (fit < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid fit of a grade: \"%s\"", text_to_cstring(letter)),
				 errdetail("It is a letter from A to D, with + or - if need be, or F.")));
	if (interest < 1 || interest > GRADE_INTERESTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("interest of a grade must be between 1 and %d, not %d", GRADE_INTERESTS, interest)));
	PG_RETURN_INT16(GRADE_MAKE(fit, interest));
}

/* fit(grade), strict */
Datum
grade_fit(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(fits[GRADE_FIT(PG_GETARG_INT16(0))]));
}

/* interest(grade), strict */
Datum
grade_interest(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(GRADE_INTEREST(PG_GETARG_INT16(0)));
}

/* priority(grade, fit_weight, interest_weight), strict: 0 for F4 to 1 for A+1 */
Datum
grade_priority(PG_FUNCTION_ARGS)
{
	int16		grade = PG_GETARG_INT16(0);
	double		fit_weight = PG_GETARG_FLOAT8(1);
	double		interest_weight = PG_GETARG_FLOAT8(2);
	double		fit = (double) GRADE_FIT(grade) / (GRADE_FITS - 1);
	double		interest = (double) (GRADE_INTERESTS - GRADE_INTEREST(grade)) / (GRADE_INTERESTS - 1);
	double		whole = fit_weight + interest_weight;

	/* comparisons with NaN are false */
	if (!(fit_weight >= 0 && interest_weight >= 0 && whole > 0) || isinf(whole))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weights of a priority must be finite and not negative, and not both 0")));
	PG_RETURN_FLOAT8(fit * (fit_weight / whole) + interest * (interest_weight / whole));
}

/* grade_met(grade, at_least), strict: no worse on either side */
Datum
grade_met(PG_FUNCTION_ARGS)
{
	int16		grade = PG_GETARG_INT16(0);
	int16		least = PG_GETARG_INT16(1);

	PG_RETURN_BOOL(GRADE_FIT(grade) >= GRADE_FIT(least) && GRADE_INTEREST(grade) <= GRADE_INTEREST(least));
}

/* ---------------------------------------------------------------- order */

Datum
grade_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) == PG_GETARG_INT16(1));
}

Datum
grade_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) != PG_GETARG_INT16(1));
}

Datum
grade_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) < PG_GETARG_INT16(1));
}

Datum
grade_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) <= PG_GETARG_INT16(1));
}

Datum
grade_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) > PG_GETARG_INT16(1));
}

Datum
grade_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) >= PG_GETARG_INT16(1));
}

Datum
grade_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) PG_GETARG_INT16(0) - (int32) PG_GETARG_INT16(1));
}

Datum
grade_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32(hash_bytes_uint32((uint32) PG_GETARG_INT16(0)));
}

Datum
grade_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_bytes_uint32_extended((uint32) PG_GETARG_INT16(0), PG_GETARG_INT64(1)));
}

Datum
grade_larger(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT16(Max(PG_GETARG_INT16(0), PG_GETARG_INT16(1)));
}

Datum
grade_smaller(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT16(Min(PG_GETARG_INT16(0), PG_GETARG_INT16(1)));
}
