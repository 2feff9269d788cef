/*
 * widesum.c
 *		Exact sums of products: amounts with 18 decimal places, each times a
 *		share of 1 with 15.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "common/int.h"

#include "core/widesum.h"

#define LIMB			UINT64CONST(1000000000)

/* Adds to an amount; false when the sum has no room, and then it is unchanged. */
bool
amount_add(Amount *sum, const Amount *more)
{
	int64		fraction = sum->fraction + more->fraction;
	int64		carry = fraction >= AMOUNT_ONE;
	int64		whole;

	if (pg_add_s64_overflow(sum->whole, more->whole, &whole) ||
		pg_add_s64_overflow(whole, carry, &whole))
		return false;
	sum->whole = whole;
	sum->fraction = fraction - carry * AMOUNT_ONE;
	return true;
}

/*
 * Reads digits with at most one point: false when there is something else, or
 * more than an amount can hold.  Zeros behind the 18th decimal place do not
 * matter.
 */
bool
amount_read(const char *text, int len, Amount *amount)
{
	const char *end = text + len;
	int64		unit = AMOUNT_ONE;

	amount->whole = 0;
	amount->fraction = 0;
	if (text >= end || *text < '0' || *text > '9')
		return false;
	for (; text < end && *text >= '0' && *text <= '9'; text++)
	{
		if (pg_mul_s64_overflow(amount->whole, 10, &amount->whole) ||
			pg_add_s64_overflow(amount->whole, *text - '0', &amount->whole))
			return false;
	}
	if (text < end && *text == '.')
	{
		for (text++; text < end && *text >= '0' && *text <= '9'; text++)
		{
			unit /= 10;
			if (unit == 0 && *text != '0')
				return false;
			amount->fraction += unit * (*text - '0');
		}
	}
	return text == end;
}

/* The shortest text of an amount. */
void
amount_text(const Amount *amount, char *text)
{
	int			len = sprintf(text, INT64_FORMAT, amount->whole);

	if (amount->fraction > 0)
	{
		len += sprintf(text + len, ".%018lld", (long long) amount->fraction);
		while (text[len - 1] == '0')
			text[--len] = '\0';
	}
}

/* Adds the product of an amount and a share of 10^-15 units, from 0 to 1. */
void
widesum_add(WideSum *sum, const Amount *amount, int64 units)
{
	uint64		a[5];
	uint64		b[3];
	uint64		scaled;
	uint64		carry = 0;

	if (units == 0)
		return;
	a[0] = amount->fraction % LIMB;
	a[1] = amount->fraction / LIMB;
	a[2] = amount->whole % LIMB;
	a[3] = amount->whole / LIMB % LIMB;
	a[4] = amount->whole / LIMB / LIMB;
	/* as 18 places, so that the limbs of both begin at the point */
	scaled = (uint64) units * 1000;
	b[0] = scaled % LIMB;
	b[1] = scaled / LIMB % LIMB;
	b[2] = scaled / LIMB / LIMB;
	for (int i = 0; i < 5; i++)
	{
		if (a[i] == 0)
			continue;
		for (int j = 0; j < 3; j++)
		{
			/* a product is below 10^18, and no limb gets more than three of them before it is carried on */
			sum->limb[i + j] += a[i] * b[j];
		}
	}
	for (int i = 0; i < WIDESUM_LIMBS; i++)
	{
		uint64		limb = sum->limb[i] + carry;

		sum->limb[i] = limb % LIMB;
		carry = limb / LIMB;
	}
}

/* The shortest text of a sum. */
void
widesum_text(const WideSum *sum, char *text)
{
	int			top = WIDESUM_LIMBS - 1;
	int			len;

	while (top > 4 && sum->limb[top] == 0)
		top--;
	len = sprintf(text, UINT64_FORMAT, sum->limb[top]);
	for (int i = top - 1; i >= 0; i--)
	{
		if (i == 3)
			text[len++] = '.';
		len += sprintf(text + len, "%09u", (unsigned) sum->limb[i]);
	}
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
}
