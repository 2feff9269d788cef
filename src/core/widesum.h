/*
 * widesum.h
 *		Exact sums of products: amounts with 18 decimal places, each times a
 *		share of 1 with 15.
 */
#ifndef JOURNEY_WIDESUM_H
#define JOURNEY_WIDESUM_H

/* One unit of the whole part of an amount in units of its fraction: 18 decimal places. */
#define AMOUNT_ONE				INT64CONST(1000000000000000000)

/* An amount that is not negative: whole + fraction / 10^18. */
typedef struct Amount
{
	int64		whole;
	int64		fraction;		/* 0 .. AMOUNT_ONE - 1 */
} Amount;

/* Limbs of 9 decimal places, the least first; 4 of them are behind the point. */
#define WIDESUM_LIMBS			10
typedef struct WideSum
{
	uint64		limb[WIDESUM_LIMBS];
} WideSum;

/* Room for the text of a sum, and of an amount. */
#define WIDESUM_TEXT			(WIDESUM_LIMBS * 9 + 3)

extern bool amount_add(Amount *sum, const Amount *more);
extern bool amount_read(const char *text, int len, Amount *amount);
extern void amount_text(const Amount *amount, char *text);
extern void widesum_add(WideSum *sum, const Amount *amount, int64 units);
extern void widesum_text(const WideSum *sum, char *text);

#endif							/* JOURNEY_WIDESUM_H */
