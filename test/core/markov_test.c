/*
 * markov_test.c
 *		Solutions of random chains against going step by step until nothing is
 *		left; and which states are stuck.
 */
#include "postgres_fe.h"

#include <math.h>

#include "core/markov.h"

static int	tests = 0;

static void
ok(bool success, const char *what)
{
	printf("%sok %d - %s\n", success ? "" : "not ", ++tests, what);
}

static uint64 state = UINT64CONST(88172645463325252);

/* xorshift, so that every run sees the same values */
static int
random_below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int) (state % n);
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-8 * Max(1, fabs(b));
}

#define N	9

static bool end[N];
static double p[N * N];
static double mean[N * N];
static double square[N * N];

/* A chain of n states with some ends; every row of moves sums to 1. */
static void
make_chain(MarkovChain *chain)
{
	int			n = 2 + random_below(N - 1);

	chain->n = n;
	chain->end = end;
	chain->p = p;
	chain->mean = mean;
	chain->square = square;
	for (int i = 0; i < n; i++)
	{
		double		sum = 0;

		end[i] = random_below(3) == 0;
		for (int j = 0; j < n; j++)
		{
			p[i * n + j] = i == j || random_below(2) ? 0 : 1 + random_below(9);
			sum += p[i * n + j];
			mean[i * n + j] = random_below(20);
			square[i * n + j] = mean[i * n + j] * mean[i * n + j] * (1 + random_below(3));
		}
		for (int j = 0; j < n; j++)
			p[i * n + j] = sum > 0 ? p[i * n + j] / sum : 0;
	}
}

/* Where are those that begin in a state, after so many moves that nobody is left on the way? */
static void
walk(const MarkovChain *chain, int from, double *at_end, double *moves)
{
	double		now[N] = {0};
	int			n = chain->n;

	now[from] = 1;
	*moves = 0;
	memset(at_end, 0, sizeof(double) * N);
	for (int step = 0; step < 20000; step++)
	{
		double		next[N] = {0};
		double		left = 0;

		for (int i = 0; i < n; i++)
		{
			if (now[i] == 0)
				continue;
			if (end[i])
			{
				at_end[i] += now[i];
				continue;
			}
			left += now[i];
			for (int j = 0; j < n; j++)
				next[j] += now[i] * p[i * n + j];
		}
		*moves += left;
		if (left < 1e-14)
			return;
		memcpy(now, next, sizeof(now));
	}
}

/* The mean time and square of it to one end, or any, by repeating their equations until they hold. */
static void
repeat_times(const MarkovChain *chain, int to_end, double *w, double *first, double *second)
{
	int			n = chain->n;

	for (int i = 0; i < n; i++)
		first[i] = second[i] = 0;
	for (int round = 0; round < 20000; round++)
	{
		double		most = 0;

		for (int i = 0; i < n; i++)
		{
			double		a = 0;
			double		b = 0;

			if (end[i])
				continue;
			for (int j = 0; j < n; j++)
			{
				double		weight = end[j] ? (to_end < 0 || j == to_end) : w[j];

				a += p[i * n + j] * (mean[i * n + j] * weight + first[j]);
				b += p[i * n + j] * (square[i * n + j] * weight + 2 * mean[i * n + j] * first[j] + second[j]);
			}
			most = Max(most, fabs(a - first[i]) + fabs(b - second[i]));
			first[i] = a;
			second[i] = b;
		}
		if (most < 1e-11)
			return;
	}
}

int
main(void)
{
	bool		ends_right = true;
	bool		sums = true;
	bool		times = true;
	bool		visits = true;
	bool		stuck_right = true;
	bool		factored = true;
	int			chains = 0;
	int			stucks = 0;

	for (int round = 0; round < 120; round++)
	{
		MarkovChain chain;
		MarkovSolver solver;
		bool		stuck[N];
		bool		reach[N][N];
		int			queue[N];
		int			states[N];
		int			pivot[N];
		double		lu[N * N];
		double		total[N] = {0};
		double		ones[N];
		double		w[N] = {0};
		double		first[N];
		double		second[N];
		double		a[N];
		double		b[N];
		int			n;
		bool		any = false;

		make_chain(&chain);
		n = chain.n;

		/* all pairs of which one can be reached from the other (Warshall) */
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
				reach[i][j] = !end[i] && p[i * n + j] > 0;
		for (int k = 0; k < n; k++)
			for (int i = 0; i < n; i++)
				for (int j = 0; j < n; j++)
					reach[i][j] |= reach[i][k] && reach[k][j];
		for (int i = 0; i < n; i++)
		{
			bool		out = end[i];

			for (int j = 0; j < n; j++)
				out |= reach[i][j] && end[j];
			any |= !out;
			if (i == n - 1)
				stuck_right &= markov_stuck(&chain, stuck, queue) == any;
		}
		for (int i = 0; i < n; i++)
		{
			bool		out = end[i];

			for (int j = 0; j < n; j++)
				out |= reach[i][j] && end[j];
			stuck_right &= stuck[i] == !out;
		}
		if (any)
		{
			stucks++;
			continue;
		}
		chains++;
		solver.state = states;
		solver.pivot = pivot;
		solver.lu = lu;
		factored &= markov_factor(&chain, &solver);
		for (int e = 0; e < n; e++)
		{
			double		probability[N];

			if (!end[e])
				continue;
			markov_absorption(&chain, &solver, e, probability);
			for (int i = 0; i < solver.n; i++)
			{
				double		at_end[N];
				double		moves;

				walk(&chain, states[i], at_end, &moves);
				ends_right &= near(probability[i], at_end[e]);
				total[i] += probability[i];
				w[states[i]] = probability[i];
			}
			markov_time(&chain, &solver, e, probability, a, b);
			repeat_times(&chain, e, w, first, second);
			for (int i = 0; i < solver.n; i++)
				times &= near(a[i], first[states[i]]) && near(b[i], second[states[i]]);
		}
		for (int i = 0; i < solver.n; i++)
		{
			sums &= near(total[i], 1);
			ones[i] = 1;
			w[states[i]] = 1;
		}
		markov_time(&chain, &solver, -1, NULL, a, b);
		repeat_times(&chain, -1, w, first, second);
		for (int i = 0; i < solver.n; i++)
			times &= near(a[i], first[states[i]]) && near(b[i], second[states[i]]) && b[i] - a[i] * a[i] >= -1e-6 * b[i];
		markov_solve(&solver, ones);
		for (int i = 0; i < solver.n; i++)
		{
			double		at_end[N];
			double		moves;

			walk(&chain, states[i], at_end, &moves);
			visits &= near(ones[i], moves);
		}
	}
	ok(chains > 20 && stucks > 20, "there are chains of both kinds");
	ok(stuck_right, "states from which no end can be reached");
	ok(factored, "the others can be solved");
	ok(ends_right, "probabilities of the ends");
	ok(sums, "they sum to 1");
	ok(visits, "numbers of moves");
	ok(times, "times to each end and to any, and their squares");
	printf("1..%d\n", tests);
	return 0;
}
