/*
 * sankey.h
 *		Where the nodes and the flows of a Sankey picture go.
 */
#ifndef JOURNEY_CORE_SANKEY_H
#define JOURNEY_CORE_SANKEY_H

typedef struct SankeyNode
{
	int			column;			/* from 0 */
	int			rank;			/* nodes of a higher rank stand below all of a lower one */
	double		in;				/* what flows in */
	double		out;			/* and out */
	/* the answer, in pixels from the top */
	double		slot;			/* begin of the room for the node and its label */
	double		slot_height;
	double		y;				/* of the node itself, in the middle of its slot */
	double		height;
} SankeyNode;

typedef struct SankeyLink
{
	int			source;			/* numbers of nodes; the target is in a later column */
	int			target;
	double		flow;
	/* the answer */
	double		source_y;		/* upper ends */
	double		target_y;
	double		height;			/* the same at both */
} SankeyLink;

/* How tall things are. */
typedef struct SankeyScale
{
	double		height;			/* of the flow in the fullest column */
	double		least;			/* of a slot */
	double		gap;			/* between slots */
} SankeyScale;

/*
 * Lays out the nodes, which are in order of column, and the links; returns the
 * height of the tallest column.
 */
extern double sankey_layout(SankeyNode *nodes, int nnodes, SankeyLink *links, int nlinks, const SankeyScale *scale);

#endif							/* JOURNEY_CORE_SANKEY_H */
