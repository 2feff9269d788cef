/*
 * sankey.c
 *		Layout of a Sankey picture: columns of nodes as tall as what flows through
 *		them, and flows between them.
 *
 * Columns are laid out from left to right.  The first has its greatest node on
 * top; in the others a node stands by the mean height at which what flows into
 * it begins, which leaves few flows to cross each other.  Flows leave a node in
 * the order of where they go, and reach one in the order of where they come from.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#define CHECK_FOR_INTERRUPTS() ((void) 0)
#else
#include "postgres.h"

#include "miscadmin.h"
#endif

#include "core/sankey.h"

/* A thing to be put in order, by the first keys that differ. */
typedef struct Place
{
	int			rank;
	double		key;
	double		second;
	int			number;
} Place;

static int
compare_places(const void *a, const void *b)
{
	const Place *x = a;
	const Place *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->second != y->second)
		return x->second < y->second ? -1 : 1;
	return x->number - y->number;
}

/* Puts the nodes from "first" to before "end", one column, below each other; returns its height. */
static double
place_column(SankeyNode *nodes, Place *places, int first, int end, double unit, const SankeyScale *scale)
{
	double		y = 0;

	qsort(places + first, end - first, sizeof(Place), compare_places);
	for (int i = first; i < end; i++)
	{
		SankeyNode *node = &nodes[places[i].number];

		node->height = Max(node->in, node->out) * unit;
		node->slot = y;
		node->slot_height = Max(node->height, scale->least);
		node->y = y + (node->slot_height - node->height) / 2;
		y += node->slot_height + scale->gap;
	}
	return y - scale->gap;
}

double
sankey_layout(SankeyNode *nodes, int nnodes, SankeyLink *links, int nlinks, const SankeyScale *scale)
{
	Place	   *places = palloc(sizeof(Place) * Max(nnodes, 1));
	Place	   *order = palloc(sizeof(Place) * Max(nlinks, 1));
	double	   *used = palloc0(sizeof(double) * Max(nnodes, 1));
	double	   *weighted = palloc0(sizeof(double) * Max(nnodes, 1));
	int		   *starts = palloc(sizeof(int) * (nnodes + 1));	/* of the links of each node, by source */
	double		fullest = 0;
	double		tallest = 0;
	double		unit;
	int			end;

	for (int first = 0; first < nnodes; first = end)
	{
		double		sum = 0;

		for (end = first; end < nnodes && nodes[end].column == nodes[first].column; end++)
			sum += Max(nodes[end].in, nodes[end].out);
		fullest = Max(fullest, sum);
	}
	unit = fullest > 0 ? scale->height / fullest : 0;

	/* links by their source, so that a column hands on where its flows begin */
	for (int i = 0; i < nlinks; i++)
	{
		order[i].rank = links[i].source;
		order[i].key = order[i].second = 0;
		order[i].number = i;
	}
	qsort(order, nlinks, sizeof(Place), compare_places);
	for (int node = 0, i = 0; node <= nnodes; node++)
	{
		while (i < nlinks && order[i].rank < node)
			i++;
		starts[node] = i;
	}

	for (int first = 0; first < nnodes; first = end)
	{
		double		height;

		CHECK_FOR_INTERRUPTS();
		for (end = first; end < nnodes && nodes[end].column == nodes[first].column; end++)
		{
			places[end].rank = nodes[end].rank;
			/* where nothing flows in, below the others */
			places[end].key = nodes[end].in > 0 ? weighted[end] / nodes[end].in : first == 0 ? 0 : 1e300;
			places[end].second = -Max(nodes[end].in, nodes[end].out);
			places[end].number = end;
		}
		height = place_column(nodes, places, first, end, unit, scale);
		tallest = Max(tallest, height);
		for (int node = first; node < end; node++)
		{
			for (int i = starts[node]; i < starts[node + 1]; i++)
			{
				const SankeyLink *link = &links[order[i].number];

				weighted[link->target] += link->flow * (nodes[node].y + nodes[node].height / 2);
			}
		}
	}

	/* once by where they go, once by where they come from */
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < nlinks; i++)
		{
			const SankeyLink *link = &links[i];

			order[i].rank = pass == 0 ? link->source : link->target;
			order[i].key = nodes[pass == 0 ? link->target : link->source].column;
			order[i].second = nodes[pass == 0 ? link->target : link->source].y;
			order[i].number = i;
		}
		qsort(order, nlinks, sizeof(Place), compare_places);
		memset(used, 0, sizeof(double) * nnodes);
		for (int i = 0; i < nlinks; i++)
		{
			SankeyLink *link = &links[order[i].number];
			int			node = order[i].rank;

			link->height = link->flow * unit;
			if (pass == 0)
				link->source_y = nodes[node].y + used[node];
			else
				link->target_y = nodes[node].y + used[node];
			used[node] += link->height;
		}
	}
	pfree(places);
	pfree(order);
	pfree(used);
	pfree(weighted);
	pfree(starts);
	return tallest;
}
