/*
 * bant.c
 *		The bant type: budget, authority, need, time and skill, each yes, no or
 *		unknown; and the m of n high-probability indicators.
 *
 * A bant is passed by value: two bits a flag in an int16, from the lowest:
 * budget, authority, need, time, skill.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(bant_in);
PG_FUNCTION_INFO_V1(bant_out);
PG_FUNCTION_INFO_V1(bant_recv);
PG_FUNCTION_INFO_V1(bant_send);
PG_FUNCTION_INFO_V1(bant_make);
PG_FUNCTION_INFO_V1(bant_flag);
PG_FUNCTION_INFO_V1(bant_yes);
PG_FUNCTION_INFO_V1(bant_no);
PG_FUNCTION_INFO_V1(bant_unknown);
PG_FUNCTION_INFO_V1(bant_overlay);
PG_FUNCTION_INFO_V1(bant_met);
PG_FUNCTION_INFO_V1(bant_eq);
PG_FUNCTION_INFO_V1(bant_ne);
PG_FUNCTION_INFO_V1(bant_lt);
PG_FUNCTION_INFO_V1(bant_le);
PG_FUNCTION_INFO_V1(bant_gt);
PG_FUNCTION_INFO_V1(bant_ge);
PG_FUNCTION_INFO_V1(bant_cmp);
PG_FUNCTION_INFO_V1(bant_hash);
PG_FUNCTION_INFO_V1(bant_hash_extended);
PG_FUNCTION_INFO_V1(hpi);

#define BANT_FLAGS		5

#define BANT_UNKNOWN	0
#define BANT_YES		1
#define BANT_NO			2

#define BANT_GET(bant, flag)			(((bant) >> (2 * (flag))) & 3)
#define BANT_SET(bant, flag, value) \
	((int16) (((bant) & ~(3 << (2 * (flag)))) | ((value) << (2 * (flag)))))

#define HPI_LEAST		3
#define HPI_MOST		5

static const char *const flags[BANT_FLAGS] = {"budget", "authority", "need", "time", "skill"};
static const char *const values[] = {"unknown", "yes", "no"};

/* The number of a flag; -1 when it is none. */
static int
find_flag(const char *name, int len)
{
	for (int i = 0; i < BANT_FLAGS; i++)
	{
		if (strlen(flags[i]) == (size_t) len && memcmp(flags[i], name, len) == 0)
			return i;
	}
	return len == 8 && memcmp(name, "timeline", 8) == 0 ? 3 : -1;
}

static int
find_value(const char *name, int len)
{
	for (int i = 0; i < (int) lengthof(values); i++)
	{
		if (strlen(values[i]) == (size_t) len && memcmp(values[i], name, len) == 0)
			return i;
	}
	return -1;
}

static int
count_value(int16 bant, int value)
{
	int			n = 0;

	for (int i = 0; i < BANT_FLAGS; i++)
		n += BANT_GET(bant, i) == value;
	return n;
}

/* ---------------------------------------------------------------- input and output */

/* A word of small letters, behind white space. */
static int
read_word(const char **p, const char **word)
{
	while (scanner_isspace(**p))
		(*p)++;
	*word = *p;
	while (**p >= 'a' && **p <= 'z')
		(*p)++;
	return *p - *word;
}

static bool
read_char(const char **p, char c)
{
	while (scanner_isspace(**p))
		(*p)++;
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* budget=yes, authority=no, ...; in any order, what is left out is unknown */
Datum
bant_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *p = text;
	const char *wrong;
	int16		bant = 0;
	bool		seen[BANT_FLAGS] = {false};

	if (read_char(&p, '\0'))
		PG_RETURN_INT16(bant);
	do
	{
		const char *word;
		int			len = read_word(&p, &word);
		int			flag = find_flag(word, len);
		int			value;

		wrong = "Its flags are budget, authority, need, time and skill, each yes, no or unknown, such as budget=yes,need=no.";
		if (flag < 0)
			goto malformed;
		if (seen[flag])
		{
			wrong = "A flag is given twice.";
			goto malformed;
		}
		seen[flag] = true;
		if (!read_char(&p, '='))
			goto malformed;
		len = read_word(&p, &word);
		value = find_value(word, len);
		if (value < 0)
			goto malformed;
		bant = BANT_SET(bant, flag, value);
	} while (read_char(&p, ','));
	if (read_char(&p, '\0'))
		PG_RETURN_INT16(bant);

malformed:
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "bant", text),
			 errdetail_internal("%s", wrong)));
}

Datum
bant_out(PG_FUNCTION_ARGS)
{
	int16		bant = PG_GETARG_INT16(0);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < BANT_FLAGS; i++)
		appendStringInfo(&buf, "%s%s=%s", i > 0 ? "," : "", flags[i], values[BANT_GET(bant, i)]);
	PG_RETURN_CSTRING(buf.data);
}

/* Binary: a byte for each flag, 0 unknown, 1 yes, 2 no. */
Datum
bant_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int16		bant = 0;

	for (int i = 0; i < BANT_FLAGS; i++)
	{
		int			value = pq_getmsgbyte(buf);

		if (value > BANT_NO)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid bant: %s is %d", flags[i], value)));
		bant = BANT_SET(bant, i, value);
	}
	PG_RETURN_INT16(bant);
}

Datum
bant_send(PG_FUNCTION_ARGS)
{
	int16		bant = PG_GETARG_INT16(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	for (int i = 0; i < BANT_FLAGS; i++)
		pq_sendint8(&buf, BANT_GET(bant, i));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---------------------------------------------------------------- making and asking */

/* bant(budget, authority, need, time, skill): null is unknown */
Datum
bant_make(PG_FUNCTION_ARGS)
{
	int16		bant = 0;

	for (int i = 0; i < BANT_FLAGS; i++)
	{
		if (!PG_ARGISNULL(i))
			bant = BANT_SET(bant, i, PG_GETARG_BOOL(i) ? BANT_YES : BANT_NO);
	}
	PG_RETURN_INT16(bant);
}

static int
require_flag(const char *name, int len)
{
	int			flag = find_flag(name, len);

	if (flag < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bant has no flag \"%.*s\"", len, name),
				 errdetail("Its flags are budget, authority, need, time and skill.")));
	return flag;
}

/* bant_flag(bant, name), strict: null when it is unknown */
Datum
bant_flag(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(1);
	int			value = BANT_GET(PG_GETARG_INT16(0), require_flag(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));

	if (value == BANT_UNKNOWN)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(value == BANT_YES);
}

Datum
bant_yes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(count_value(PG_GETARG_INT16(0), BANT_YES));
}

Datum
bant_no(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(count_value(PG_GETARG_INT16(0), BANT_NO));
}

Datum
bant_unknown(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(count_value(PG_GETARG_INT16(0), BANT_UNKNOWN));
}

/* bant || bant, strict: the second, and where it is unknown the first */
Datum
bant_overlay(PG_FUNCTION_ARGS)
{
	int16		bant = PG_GETARG_INT16(0);
	int16		over = PG_GETARG_INT16(1);

	for (int i = 0; i < BANT_FLAGS; i++)
	{
		if (BANT_GET(over, i) != BANT_UNKNOWN)
			bant = BANT_SET(bant, i, BANT_GET(over, i));
	}
	PG_RETURN_INT16(bant);
}

/* The flags of a text[] argument as a set of bits. */
static int
flags_argument(FunctionCallInfo fcinfo, int argument)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			set = 0;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("flags of a bant must be an array of one dimension")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		text	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("flags of a bant must not be null")));
		name = DatumGetTextPP(elements[i]);
		set |= 1 << require_flag(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	return set;
}

/*
 * bant_met(bant, at_least, required, not_no), strict: are so many flags yes,
 * all required ones among them, and none of not_no no?  Null where what is
 * unknown can still decide it.
 */
Datum
bant_met(PG_FUNCTION_ARGS)
{
	int16		bant = PG_GETARG_INT16(0);
	int32		at_least = PG_GETARG_INT32(1);
	int			required = flags_argument(fcinfo, 2);
	int			not_no = flags_argument(fcinfo, 3);
	int			yes = count_value(bant, BANT_YES);
	bool		open;

	if (at_least < 0 || at_least > BANT_FLAGS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of flags must be between 0 and %d, not %d", BANT_FLAGS, at_least)));
	open = yes < at_least;
	for (int i = 0; i < BANT_FLAGS; i++)
	{
		int			value = BANT_GET(bant, i);

		if (value == BANT_NO && ((required | not_no) >> i & 1) != 0)
			PG_RETURN_BOOL(false);
		if (value == BANT_UNKNOWN && (required >> i & 1) != 0)
			open = true;
	}
	if (yes + count_value(bant, BANT_UNKNOWN) < at_least)
		PG_RETURN_BOOL(false);
	if (open)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(true);
}

/* ---------------------------------------------------------------- order */

/* More yes first, then fewer no; then the flags in their order, a yes before all else. */
static int
bant_compare(int16 a, int16 b)
{
	int			difference = count_value(a, BANT_YES) - count_value(b, BANT_YES);

	if (difference == 0)
		difference = count_value(b, BANT_NO) - count_value(a, BANT_NO);
	for (int i = 0; i < BANT_FLAGS && difference == 0; i++)
	{
		static const int rank[] = {1, 2, 0};

		difference = rank[BANT_GET(a, i)] - rank[BANT_GET(b, i)];
	}
	return difference;
}

Datum
bant_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) == PG_GETARG_INT16(1));
}

Datum
bant_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_INT16(0) != PG_GETARG_INT16(1));
}

Datum
bant_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(bant_compare(PG_GETARG_INT16(0), PG_GETARG_INT16(1)) < 0);
}

Datum
bant_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(bant_compare(PG_GETARG_INT16(0), PG_GETARG_INT16(1)) <= 0);
}

Datum
bant_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(bant_compare(PG_GETARG_INT16(0), PG_GETARG_INT16(1)) > 0);
}

Datum
bant_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(bant_compare(PG_GETARG_INT16(0), PG_GETARG_INT16(1)) >= 0);
}

Datum
bant_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(bant_compare(PG_GETARG_INT16(0), PG_GETARG_INT16(1)));
}

Datum
bant_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32(hash_bytes_uint32((uint32) PG_GETARG_INT16(0)));
}

Datum
bant_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_bytes_uint32_extended((uint32) PG_GETARG_INT16(0), PG_GETARG_INT64(1)));
}

/* ---------------------------------------------------------------- indicators */

/*
 * hpi(at_least, VARIADIC indicators): are so many of them true?  Null where
 * those that are null can still decide it.
 */
Datum
hpi(PG_FUNCTION_ARGS)
{
	int32		at_least;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			yes = 0;
	int			unknown = 0;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("number of indicators that must hold must not be null")));
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("high-probability indicators must not be a null array")));
	at_least = PG_GETARG_INT32(0);
	if (ARR_NDIM(PG_GETARG_ARRAYTYPE_P(1)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("high-probability indicators must be an array of one dimension")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), BOOLOID, 1, true, TYPALIGN_CHAR, &elements, &nulls, &n);
	if (n < HPI_LEAST || n > HPI_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be %d to %d high-probability indicators, not %d", HPI_LEAST, HPI_MOST, n)));
	if (at_least < 1 || at_least > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of indicators that must hold must be between 1 and %d, not %d", n, at_least)));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			unknown++;
		else if (DatumGetBool(elements[i]))
			yes++;
	}
	if (yes >= at_least)
		PG_RETURN_BOOL(true);
	if (yes + unknown < at_least)
		PG_RETURN_BOOL(false);
	PG_RETURN_NULL();
}
