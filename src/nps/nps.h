/*
 * nps.h
 *		The counts behind a Net Promoter Score, as the row type nps.
 */
#ifndef JOURNEY_NPS_H
#define JOURNEY_NPS_H

#include "fmgr.h"
#include "utils/numeric.h"

/* Kinds of people asked. */
typedef enum NpsKind
{
	NPS_ASKED,					/* all of them */
	NPS_PROMOTER,				/* 9 and more */
	NPS_PASSIVE,				/* 7 and 8 */
	NPS_DETRACTOR,				/* 6 and less */
	NPS_EVANGELIST				/* those of the promoters who said 11 */
} NpsKind;

#define NPS_KINDS		5
#define NPS_COLUMNS		(2 * NPS_KINDS + 1)
#define NPS_TOP			11		/* one more than the scale has */

typedef struct NpsCounts
{
	int64		count[NPS_KINDS];
	Numeric		weight[NPS_KINDS];
	Numeric		squares;		/* sum of squared weights of those who answered */
} NpsCounts;

/* counts.c */
extern void nps_read(FunctionCallInfo fcinfo, int argno, NpsCounts *counts);
extern int64 nps_answered(const NpsCounts *counts);

#endif							/* JOURNEY_NPS_H */
