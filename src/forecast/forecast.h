/*
 * forecast.h
 *		The type transition_matrix: how often journeys moved from each stage to
 *		each other one, and how long they had stayed.
 *
 * Packed, the one form that is stored and sent: labels in byte order, moves in
 * order of from and to, one of each, no room to spare; equal values have equal
 * bytes.  While an aggregate builds, labels are in order of arrival and the
 * last moves have not been added up yet.
 */
#ifndef JOURNEY_FORECAST_H
#define JOURNEY_FORECAST_H

#include "fmgr.h"

#include "core/markov.h"
#include "timeline/timeline.h"

#define MATRIX_VERSION			1
#define MATRIX_MAX_LABELS		1000

/* A sum of microseconds, or of their squares; exact, and too wide to overflow.  Least significant word first. */
typedef struct MatrixSum
{
	uint64		word[3];
} MatrixSum;

/* Moves from one stage to another; labels are numbered from 0. */
typedef struct MatrixMove
{
	uint32		from;
	uint32		to;
	int64		moves;
	MatrixSum	time;			/* stayed before them */
	MatrixSum	square;
} MatrixMove;

/* One stage. */
typedef struct MatrixStage
{
	int64		starts;			/* journeys that began here */
	int64		open;			/* that have not moved on */
	MatrixSum	open_time;		/* how long these have stayed */
} MatrixStage;

/* The sections follow in the order of their sizes; see matrix.c for their addresses. */
typedef struct TransitionMatrix
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;
	uint8		building;
	uint16		unused;
	int64		total;			/* journeys */
	uint32		nmoves;
	uint32		maxmoves;
	uint32		nlabels;
	uint32		maxlabels;
	uint32		dictused;
	uint32		dictmax;		/* char dict[dictmax]: length byte and bytes of each label */
} TransitionMatrix;

#define MATRIX_MOVES(matrix)	((MatrixMove *) ((char *) (matrix) + MAXALIGN(sizeof(TransitionMatrix))))
#define MATRIX_STAGES(matrix)	((MatrixStage *) (MATRIX_MOVES(matrix) + (matrix)->maxmoves))

/* Always detoasted in full, so that the sections are aligned. */
#define DatumGetTransitionMatrix(d)		((TransitionMatrix *) PG_DETOAST_DATUM(d))
#define PG_GETARG_TRANSITION_MATRIX(n)	DatumGetTransitionMatrix(PG_GETARG_DATUM(n))

/* matrix.c */
extern TransitionMatrix *matrix_new(void);
extern TransitionMatrix *matrix_label(TransitionMatrix *matrix, const char *label, int len, uint32 *number);
extern TransitionMatrix *matrix_move(TransitionMatrix *matrix, const MatrixMove *move);
extern const TransitionMatrix *matrix_packed(const TransitionMatrix *matrix);
extern JourneyLabel *matrix_labels(const TransitionMatrix *matrix);

/* sum.c */
extern void matrix_sum_add(MatrixSum *sum, const MatrixSum *more);
extern void matrix_sum_time(MatrixSum *sum, uint64 time);
extern void matrix_sum_square(MatrixSum *sum, uint64 time);
extern double matrix_sum_float8(const MatrixSum *sum);
extern bool matrix_sum_read(MatrixSum *sum, const char *digits, int n);
extern char *matrix_sum_text(const MatrixSum *sum);

#endif							/* JOURNEY_FORECAST_H */
