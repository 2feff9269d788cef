/*
 * bayes.c
 *		Numbers as levels of naive Bayes.
 *
 * A cell is the numbers that agree in sign, exponent and the first eight bits
 * behind the point of the binary form: all whole numbers to 512 are cells of
 * their own, and beyond that a cell is as wide as 1/256 of a number in it at
 * most.  Counts by cell can be added and taken away exactly, whatever data they
 * come from.  Bins are made of the cells when the model is read.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include <math.h>

#include "core/bayes.h"

#define CELL_BITS	20			/* sign, 11 of the exponent, 8 of the mantissa */
#define CELL_SHIFT	(64 - CELL_BITS)

/*
 * The bits of a number as a whole number of the same order: negative numbers
 * are larger the farther they are from zero, so their bits are turned over.
 */
uint32
bayes_cell(double number)
{
	uint64		bits;

	if (number == 0)
		number = 0;				/* minus zero */
	memcpy(&bits, &number, sizeof(bits));
	if (bits >> 63)
		bits = ~bits;
	else
		bits |= UINT64CONST(1) << 63;
	return (uint32) (bits >> CELL_SHIFT);
}

double
bayes_cell_low(uint32 cell)
{
	uint64		bits = (uint64) cell << CELL_SHIFT;
	double		number;

	/* of the numbers of a negative cell, the least has all other bits set */
	if (bits >> 63)
		bits &= ~(UINT64CONST(1) << 63);
	else
		bits = ~bits;
	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* Does it hold finite numbers? */
bool
bayes_is_cell(uint32 cell)
{
	return cell < (1u << CELL_BITS) && isfinite(bayes_cell_low(cell)) &&
		bayes_cell(bayes_cell_low(cell)) == cell;
}

/*
 * A cell is in the tenth of the rows in which its middle row is, so that
 * neighbours are together where there are few, and a frequent number is by
 * itself.  Empty tenths are left out.
 */
int
bayes_bins(const double *rows, int ncells, int *bin)
{
	double		total = 0;
	double		before = 0;
	int			last = -1;
	int			n = 0;

	for (int i = 0; i < ncells; i++)
		total += rows[i];
	for (int i = 0; i < ncells; i++)
	{
		int			tenth = (int) Min(floor((before + rows[i] / 2) * BAYES_BINS / total), BAYES_BINS - 1);

		if (tenth != last)
			n++;
		last = tenth;
		bin[i] = n - 1;
		before += rows[i];
	}
	return n;
}

double
bayes_weight(double positives, double negatives, double all_positives, double all_negatives, int levels)
{
	return log((positives + 1) / (all_positives + levels)) - log((negatives + 1) / (all_negatives + levels));
}
