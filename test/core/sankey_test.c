/*
 * sankey_test.c
 *		The layout of a Sankey picture: nothing overlaps, nothing is lost, and a
 *		small one by hand.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/sankey.h"
#include "rounds.h"

#define MAX_NODES	60
#define MAX_LINKS	400

static int	tests;
static int	failed;
static unsigned state = 1;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

static int
below(int n)
{
	state = state * 1664525u + 1013904223u;
	return (int) ((state >> 8) % n);
}

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

/* Do two stretches have more than an end in common? */
static bool
overlap(double a, double alen, double b, double blen)
{
	return Min(a + alen, b + blen) - Max(a, b) > 1e-6;
}

/* Column 0: a (30), b (10).  Column 1: c, d, and e of a higher rank. */
static void
test_small(void)
{
	SankeyNode	nodes[5] = {{0}};
	SankeyLink	links[4] = {{0}};
	SankeyScale scale = {80, 10, 5};
	int			flows[4][3] = {{0, 4, 20}, {0, 3, 10}, {1, 2, 4}, {1, 4, 6}};
	double		height;

	for (int i = 0; i < 4; i++)
	{
		links[i].source = flows[i][0];
		links[i].target = flows[i][1];
		links[i].flow = flows[i][2];
		nodes[flows[i][0]].out += flows[i][2];
		nodes[flows[i][1]].in += flows[i][2];
	}
	for (int i = 2; i < 5; i++)
		nodes[i].column = 1;
	nodes[4].rank = 1;
	height = sankey_layout(nodes, 5, links, 4, &scale);

	/* 40 are 80 pixels: a has 0 to 60 and b, behind the gap, 65 to 85 */
	check(near(nodes[0].y, 0) && near(nodes[0].height, 60) && near(nodes[1].y, 65) && near(nodes[1].height, 20),
		  "the first column, greatest first");
	/* d (from a) 0 to 20; c (from b), with 8 pixels, in a slot of 10: 26 to 34; e, although most flows there, last: 40 to 92 */
	check(near(nodes[3].y, 0) && near(nodes[3].height, 20), "a node stands where its flows come from");
	check(near(nodes[2].slot, 25) && near(nodes[2].slot_height, 10) && near(nodes[2].y, 26) && near(nodes[2].height, 8),
		  "a small node is in the middle of its slot");
	check(near(nodes[4].y, 40) && near(nodes[4].height, 52) && near(height, 92), "a higher rank stands below");
	/* from a: to d, then to e; from b: to c, then to e; into e: from a, then from b */
	check(near(links[1].source_y, 0) && near(links[0].source_y, 20) && near(links[2].source_y, 65) && near(links[3].source_y, 73),
		  "flows leave in the order of where they go");
	check(near(links[0].target_y, 40) && near(links[3].target_y, 80) && near(links[1].target_y, 0) && near(links[2].target_y, 26),
		  "flows arrive in the order of where they come from");
}

static void
test_random(void)
{
	bool		apart = true;
	bool		inside = true;
	bool		sums = true;
	bool		crossing = true;
	bool		ranks = true;

	for (int round = 0; round < rounds_of(300); round++)
	{
		SankeyNode	nodes[MAX_NODES] = {{0}};
		SankeyLink	links[MAX_LINKS] = {{0}};
		double		used_in[MAX_NODES] = {0};
		double		used_out[MAX_NODES] = {0};
		SankeyScale scale = {100 + below(300), 1 + below(20), below(10)};
		int			ncolumns = 2 + below(5);
		int			nnodes = 0;
		int			nlinks = 0;
		double		height;
		double		bottom = 0;
		double		unit = 0;
		double		fullest = 0;

		for (int column = 0; column < ncolumns; column++)
		{
			int			n = 1 + below(8);

			for (int i = 0; i < n; i++)
			{
				nodes[nnodes].column = column;
				nodes[nnodes++].rank = below(4) == 0;
			}
		}
		for (int i = 0; i < nnodes; i++)
		{
			for (int j = 0; j < nnodes; j++)
			{
				if (nodes[j].column == nodes[i].column + 1 && below(3) > 0 && nlinks < MAX_LINKS)
				{
					links[nlinks].source = i;
					links[nlinks].target = j;
					links[nlinks].flow = 1 + below(1000);
					nodes[i].out += links[nlinks].flow;
					nodes[j].in += links[nlinks++].flow;
				}
			}
		}
		height = sankey_layout(nodes, nnodes, links, nlinks, &scale);

		for (int column = 0; column < ncolumns; column++)
		{
			double		sum = 0;

			for (int i = 0; i < nnodes; i++)
				sum += nodes[i].column == column ? Max(nodes[i].in, nodes[i].out) : 0;
			fullest = Max(fullest, sum);
		}
		unit = fullest > 0 ? scale.height / fullest : 0;
		for (int i = 0; i < nnodes; i++)
		{
			bottom = Max(bottom, nodes[i].slot + nodes[i].slot_height);
			inside &= nodes[i].slot >= 0 && nodes[i].y >= nodes[i].slot - 1e-6 &&
				nodes[i].y + nodes[i].height <= nodes[i].slot + nodes[i].slot_height + 1e-6;
			sums &= near(nodes[i].height, Max(nodes[i].in, nodes[i].out) * unit) && nodes[i].slot_height >= scale.least;
			for (int j = 0; j < i; j++)
			{
				if (nodes[i].column == nodes[j].column)
				{
					apart &= !overlap(nodes[i].slot, nodes[i].slot_height + scale.gap, nodes[j].slot, nodes[j].slot_height);
					ranks &= nodes[i].rank == nodes[j].rank || (nodes[i].rank > nodes[j].rank) == (nodes[i].slot > nodes[j].slot);
				}
			}
		}
		sums &= near(bottom, height);
		for (int i = 0; i < nlinks; i++)
		{
			const SankeyLink *x = &links[i];

			used_out[x->source] += x->height;
			used_in[x->target] += x->height;
			inside &= x->source_y >= nodes[x->source].y - 1e-6 &&
				x->source_y + x->height <= nodes[x->source].y + nodes[x->source].height + 1e-6;
			inside &= x->target_y >= nodes[x->target].y - 1e-6 &&
				x->target_y + x->height <= nodes[x->target].y + nodes[x->target].height + 1e-6;
			for (int j = 0; j < i; j++)
			{
				const SankeyLink *y = &links[j];

				if (x->source == y->source)
				{
					apart &= !overlap(x->source_y, x->height, y->source_y, y->height);
					crossing &= (x->source_y < y->source_y) == (nodes[x->target].y < nodes[y->target].y);
				}
				if (x->target == y->target)
				{
					apart &= !overlap(x->target_y, x->height, y->target_y, y->height);
					crossing &= (x->target_y < y->target_y) == (nodes[x->source].y < nodes[y->source].y);
				}
			}
		}
		for (int i = 0; i < nnodes; i++)
			sums &= near(used_in[i], nodes[i].in * unit) && near(used_out[i], nodes[i].out * unit);
	}
	check(apart, "nodes of a column and flows of a node do not overlap");
	check(inside, "nodes are in their slots, ends of flows in their nodes");
	check(sums, "heights are what flows, and the whole is as tall as its tallest column");
	check(crossing, "flows of one node do not cross");
	check(ranks, "higher ranks stand below");
}

int
main(void)
{
	SankeyScale scale = {100, 10, 5};

	test_small();
	test_random();
	check(sankey_layout(NULL, 0, NULL, 0, &scale) == 0, "nothing");
	printf("1..%d\n", tests);
	return failed != 0;
}
