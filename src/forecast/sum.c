/*
 * sum.c
 *		Sums of 192 bits.
 */
#include "postgres.h"

#include <math.h>

#include "forecast/forecast.h"

/* Adds a word at a place, and its carry. */
static void
add_word(MatrixSum *sum, int place, uint64 word)
{
	for (; place < 3 && word != 0; place++)
	{
		sum->word[place] += word;
		word = sum->word[place] < word;
	}
}

void
matrix_sum_add(MatrixSum *sum, const MatrixSum *more)
{
	for (int i = 0; i < 3; i++)
		add_word(sum, i, more->word[i]);
}

void
matrix_sum_time(MatrixSum *sum, uint64 time)
{
	add_word(sum, 0, time);
}

/* Adds the square of a time, from its halves. */
void
matrix_sum_square(MatrixSum *sum, uint64 time)
{
	uint64		low = time & 0xFFFFFFFF;
	uint64		high = time >> 32;
	uint64		cross = low * high;

	add_word(sum, 0, low * low);
	add_word(sum, 1, high * high);
	/* twice the product of the halves, 32 bits up */
	add_word(sum, 0, cross << 33);
	add_word(sum, 1, cross >> 31);
}

double
matrix_sum_float8(const MatrixSum *sum)
{
	return ldexp((double) sum->word[2], 128) + ldexp((double) sum->word[1], 64) + (double) sum->word[0];
}

/* Multiplies by a small number and adds another.  False when it overflows. */
static bool
multiply_add(MatrixSum *sum, uint32 factor, uint32 more)
{
	uint64		carry = more;

	for (int i = 0; i < 6; i++)
	{
		int			shift = i % 2 * 32;
		uint64		part = ((sum->word[i / 2] >> shift) & 0xFFFFFFFF) * factor + carry;

		sum->word[i / 2] = (sum->word[i / 2] & ~(UINT64CONST(0xFFFFFFFF) << shift)) | ((part & 0xFFFFFFFF) << shift);
		carry = part >> 32;
	}
	return carry == 0;
}

/* Reads digits.  False when there are too many. */
bool
matrix_sum_read(MatrixSum *sum, const char *digits, int n)
{
	memset(sum, 0, sizeof(*sum));
	for (int i = 0; i < n; i++)
	{
		if (!multiply_add(sum, 10, digits[i] - '0'))
			return false;
	}
	return true;
}

/* The digits. */
char *
matrix_sum_text(const MatrixSum *sum)
{
	MatrixSum	rest = *sum;
	char		digits[60];
	char	   *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do
	{
		uint64		remainder = 0;

		for (int i = 5; i >= 0; i--)
		{
			int			shift = i % 2 * 32;
			uint64		part = (remainder << 32) | ((rest.word[i / 2] >> shift) & 0xFFFFFFFF);

			rest.word[i / 2] = (rest.word[i / 2] & ~(UINT64CONST(0xFFFFFFFF) << shift)) | ((part / 10) << shift);
			remainder = part % 10;
		}
		*--p = (char) ('0' + remainder);
	} while (rest.word[0] != 0 || rest.word[1] != 0 || rest.word[2] != 0);
	return pstrdup(p);
}
