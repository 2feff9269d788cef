/*
 * chain_test.c
 *		The chain algorithm against an exhaustive search by the definition.
 *
 * The search knows nothing of states or matchings: it lists every order of the
 * rows that their times allow, in it every way to pick rows for steps, keeps
 * what the definition calls a chain, and takes the best.
 */
#include "postgres_fe.h"

#include "core/chain.h"
#include "rounds.h"

#define MAXROWS		8
#define MAXSTEPS	6
#define DAY			INT64CONST(86400000000)

static int	tests;
static int	failed;

static void
check(bool good, const char *what)
{
	tests++;
	if (!good)
		failed++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", tests, what);
}

/* ---------------------------------------------------------------- random numbers */

static uint64 seed = UINT64CONST(0x9E3779B97F4A7C15);

static uint32
below(uint32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32) ((seed >> 32) % n);
}

/* ---------------------------------------------------------------- the definition */

typedef struct Answer
{
	int			level;
	bool		excluded;
	int64		start;
	int64		completed;
	uint64		filled;
	int64		at[MAXSTEPS];
} Answer;

typedef struct Search
{
	const ChainOptions *opt;
	ChainRow	rows[MAXROWS];	/* in one order that their times allow */
	int			n;
	bool		no_exclusions;
	int			pick[MAXSTEPS]; /* by step: the row, or -1 */
	Answer		best;
} Search;

/* Calendar months by walking the days since 2000-01-01. */
static int64
plus_months(int64 at, int months)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64		days = at / DAY;
	int64		rest = at % DAY;
	int			year = 2000;
	int			month = 0;
	int			day;
	int64		target = 0;

#define LENGTH(y, m) (lengths[m] + ((m) == 1 && (y) % 4 == 0))
	while (days >= LENGTH(year, month))
	{
		days -= LENGTH(year, month);
		if (++month == 12)
		{
			month = 0;
			year++;
		}
	}
	day = (int) days;
	month += months;
	while (month >= 12)
	{
		month -= 12;
		year++;
	}
	if (day >= LENGTH(year, month))
		day = LENGTH(year, month) - 1;
	for (int y = 2000, m = 0; y < year || m < month;)
	{
		target += LENGTH(y, m);
		if (++m == 12)
		{
			m = 0;
			y++;
		}
	}
	return (target + day) * DAY + rest;
}

static bool
in_window(const ChainOptions *opt, int64 start, int64 at)
{
	int64		end;

	if (!opt->limited)
		return true;
	end = opt->window.month > 0 ? plus_months(start, opt->window.month) : start;
	return at <= end + opt->window.day * DAY + opt->window.time;
}

static bool
better(const Answer *a, const Answer *b, int nsteps)
{
	if (a->level != b->level)
		return a->level > b->level;
	if (a->completed != b->completed)
		return a->completed < b->completed;
	if (a->start != b->start)
		return a->start > b->start;
	for (int i = 0; i < nsteps; i++)
	{
		int64		x = a->filled & (UINT64CONST(1) << i) ? a->at[i] : PG_INT64_MAX;
		int64		y = b->filled & (UINT64CONST(1) << i) ? b->at[i] : PG_INT64_MAX;

		if (x != y)
			return x < y;
	}
	return false;
}

/* Is what is picked a chain?  Order and the rules between neighbours have been seen to. */
static bool
is_chain(const Search *s, int last)
{
	const ChainOptions *opt = s->opt;
	int			first_row = -1;
	int			before = -1;
	bool		used[MAXROWS] = {false};

	for (int p = 0; p <= last; p++)
	{
		int			row = s->pick[p];

		if (row < 0)
			continue;
		used[row] = true;
		if (first_row < 0)
			first_row = row;
		else if (opt->step_windows && opt->step_window[p] != CHAIN_FOREVER &&
				 s->rows[row].at - s->rows[s->pick[before]].at > opt->step_window[p])
			return false;
		if (before >= 0 && !s->no_exclusions)
		{
			for (int e = 0; e < opt->nexclusions; e++)
			{
				const ChainExclusion *ex = &opt->exclusion[e];

				if (before < ex->from || before >= ex->to)
					continue;
				for (int r = 0; r < s->n; r++)
				{
					bool		step = (s->rows[r].mask & ((UINT64CONST(1) << opt->nsteps) - 1)) != 0;
					int64		at = s->rows[r].at;
					int64		from = s->rows[s->pick[before]].at;

					if ((s->rows[r].mask & (UINT64CONST(1) << ex->bit)) &&
						(step ? at > from : at >= from) && at < s->rows[row].at)
						return false;
				}
			}
		}
		before = p;
	}
	if (!in_window(opt, s->rows[first_row].at, s->rows[s->pick[last]].at))
		return false;
	if (opt->flags & CHAIN_FIRST_ENTRY)
	{
		uint64		starts = 0;

		for (int p = 0; p < opt->nsteps; p++)
		{
			starts |= UINT64CONST(1) << p;
			if (!(opt->optional & (UINT64CONST(1) << p)))
				break;
		}
		for (int r = 0; r < s->n; r++)
		{
			if ((s->rows[r].mask & starts) && s->rows[r].at < s->rows[first_row].at)
				return false;
		}
	}
	if ((opt->flags & CHAIN_REUSE) && (opt->flags & (CHAIN_EXACT | CHAIN_DEDUP)))
	{
		/* a row may be used at several places of the order, so the rule is told by times */
		for (int r = 0; r < s->n; r++)
		{
			int64		at = s->rows[r].at;
			bool		good = false;

			if (used[r] || at <= s->rows[first_row].at || at >= s->rows[s->pick[last]].at)
				continue;
			for (int p = 0; p <= last; p++)
			{
				/* could it come while p was the last step? */
				bool		repeat = (s->rows[r].mask & (UINT64CONST(1) << p)) != 0;
				bool		seen = (s->rows[r].mask & ((UINT64CONST(1) << Min(p + 2, opt->nsteps)) - 1)) != 0;

				if (s->rows[s->pick[p]].at <= at && (p == last || at <= s->rows[s->pick[p + 1]].at))
					good |= (repeat || !(opt->flags & CHAIN_EXACT)) && !(seen && (opt->flags & CHAIN_DEDUP));
			}
			if (!good)
				return false;
		}
	}
	else if (opt->flags & (CHAIN_EXACT | CHAIN_DEDUP))
	{
		int			p = -1;

		for (int r = first_row; r <= s->pick[last]; r++)
		{
			for (int q = 0; q <= last; q++)
			{
				if (s->pick[q] == r)
					p = q;
			}
			if (used[r])
				continue;
			if ((opt->flags & CHAIN_EXACT) && !(s->rows[r].mask & (UINT64CONST(1) << p)))
				return false;
			/* p + 1: the attempt would have taken it */
			for (int q = 0; q <= p + 1 && q < opt->nsteps; q++)
			{
				if ((opt->flags & CHAIN_DEDUP) && (s->rows[r].mask & (UINT64CONST(1) << q)))
					return false;
			}
		}
	}
	return true;
}

static void
pick_from(Search *s, int step, int last_row)
{
	const ChainOptions *opt = s->opt;

	if (step >= opt->nsteps)
		return;
	for (int row = opt->flags & CHAIN_REUSE ? 0 : Max(last_row, 0); row < s->n; row++)
	{
		Answer		found = {0};

		if (!(s->rows[row].mask & (UINT64CONST(1) << step)))
			continue;
		if (last_row >= 0)
		{
			if (opt->flags & CHAIN_REUSE ? s->rows[row].at < s->rows[last_row].at : row == last_row)
				continue;
			if ((opt->flags & CHAIN_INCREASE) && s->rows[row].at <= s->rows[last_row].at)
				continue;
		}
		s->pick[step] = row;
		if (is_chain(s, step))
		{
			found.level = step + 1;
			found.completed = s->rows[row].at;
			found.filled = 0;
			found.start = PG_INT64_MAX;
			for (int p = 0; p <= step; p++)
			{
				if (s->pick[p] < 0)
					continue;
				found.filled |= UINT64CONST(1) << p;
				found.at[p] = s->rows[s->pick[p]].at;
				found.start = Min(found.start, found.at[p]);
			}
			if (better(&found, &s->best, opt->nsteps))
				s->best = found;
		}
		pick_from(s, step + 1, row);
	}
	s->pick[step] = -1;
	if (opt->optional & (UINT64CONST(1) << step))
		pick_from(s, step + 1, last_row);
}

/* Every order of rows that their times allow. */
static void
permute(Search *s, int from)
{
	if (from >= s->n)
	{
		memset(s->pick, -1, sizeof(s->pick));
		pick_from(s, 0, -1);
		return;
	}
	for (int i = from; i < s->n && s->rows[i].at == s->rows[from].at; i++)
	{
		ChainRow	row = s->rows[i];
		bool		same = false;

		for (int j = from; j < i; j++)
			same |= s->rows[j].mask == row.mask;
		if (same)
			continue;
		s->rows[i] = s->rows[from];
		s->rows[from] = row;
		permute(s, from + 1);
		s->rows[from] = s->rows[i];
		s->rows[i] = row;
	}
}

static int
compare_times(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* Any order: every way to give rows to steps; at[] of the answer is in order of time. */
static void
pick_any(Search *s, int row, uint64 filled, int nfilled, int64 *at)
{
	const ChainOptions *opt = s->opt;

	if (nfilled > 0)
	{
		Answer		found = {0};
		bool		good = in_window(opt, at[0], at[nfilled - 1]);

		if (opt->flags & CHAIN_FIRST_ENTRY)
		{
			for (int r = 0; r < s->n; r++)
			{
				if ((s->rows[r].mask & ((UINT64CONST(1) << opt->nsteps) - 1)) && s->rows[r].at < at[0])
					good = false;
			}
		}
		if (good)
		{
			found.level = nfilled;
			found.start = at[0];
			found.completed = at[nfilled - 1];
			found.filled = (UINT64CONST(1) << nfilled) - 1;
			memcpy(found.at, at, sizeof(int64) * nfilled);
			if (better(&found, &s->best, nfilled))
				s->best = found;
		}
	}
	if (row >= s->n)
		return;
	pick_any(s, row + 1, filled, nfilled, at);
	for (int p = 0; p < opt->nsteps; p++)
	{
		if ((s->rows[row].mask & (UINT64CONST(1) << p)) && !(filled & (UINT64CONST(1) << p)))
		{
			at[nfilled] = s->rows[row].at;
			pick_any(s, opt->flags & CHAIN_REUSE ? row : row + 1, filled | (UINT64CONST(1) << p), nfilled + 1, at);
		}
	}
}

/* Implied: word for word. */
static void
search_implied(Search *s)
{
	const ChainOptions *opt = s->opt;
	uint64		steps = (UINT64CONST(1) << opt->nsteps) - 1;
	Answer	   *best = &s->best;

	for (int r = 0; r < s->n; r++)
	{
		uint64		mask = s->rows[r].mask & steps;

		if (mask == 0)
			continue;
		if (best->level == 0)
			best->start = s->rows[r].at;
		if (!in_window(opt, best->start, s->rows[r].at))
			continue;
		for (int p = opt->nsteps - 1; p >= best->level; p--)
		{
			if (mask & (UINT64CONST(1) << p))
			{
				best->level = p + 1;
				best->completed = s->rows[r].at;
				break;
			}
		}
	}
	for (int p = 0; p < best->level; p++)
	{
		for (int r = 0; r < s->n; r++)
		{
			if ((s->rows[r].mask & steps) >> p != 0)
			{
				int64		at = s->rows[r].at;

				for (int q = 0; q < s->n; q++)
				{
					if (s->rows[q].at == at && (s->rows[q].mask & (UINT64CONST(1) << p)))
					{
						best->filled |= UINT64CONST(1) << p;
						best->at[p] = at;
					}
				}
				break;
			}
		}
	}
}

static Answer
search(const ChainOptions *opt, const ChainRow *rows, int n, bool no_exclusions)
{
	Search		s;

	memset(&s, 0, sizeof(s));
	s.opt = opt;
	s.n = n;
	s.no_exclusions = no_exclusions;
	memcpy(s.rows, rows, sizeof(ChainRow) * n);
	if (opt->flags & CHAIN_IMPLIED)
		search_implied(&s);
	else if (opt->flags & CHAIN_ANY_ORDER)
	{
		int64		at[MAXSTEPS];

		pick_any(&s, 0, 0, 0, at);
	}
	else
	{
		permute(&s, 0);
		if (opt->nexclusions > 0 && !no_exclusions)
			s.best.excluded = search(opt, rows, n, true).level > s.best.level;
	}
	return s.best;
}

/* ---------------------------------------------------------------- comparison */

static void
describe(const char *who, int level, bool excluded, int64 start, int64 completed, uint64 filled, const int64 *at)
{
	printf("# %s: level %d%s", who, level, excluded ? " excluded" : "");
	if (level > 0)
	{
		printf(" " INT64_FORMAT ".." INT64_FORMAT " times", start, completed);
		for (int i = 0; i < MAXSTEPS; i++)
		{
			if (filled & (UINT64CONST(1) << i))
				printf(" %d:" INT64_FORMAT, i, at[i]);
		}
	}
	printf("\n");
}

/* Can each filled step have a row of its own at its time? */
static bool
has_rows(const ChainOptions *opt, const ChainRow *rows, int n, const ChainResult *r, int step, uint32 used)
{
	if (step >= opt->nsteps)
		return true;
	if (!(r->filled & (UINT64CONST(1) << step)))
		return has_rows(opt, rows, n, r, step + 1, used);
	for (int i = 0; i < n; i++)
	{
		if (rows[i].at == r->at[step] && (rows[i].mask & (UINT64CONST(1) << step)) &&
			((opt->flags & CHAIN_REUSE) || !(used & (1 << i))) &&
			has_rows(opt, rows, n, r, step + 1, used | (1 << i)))
			return true;
	}
	return false;
}

static bool
same(const ChainOptions *opt, const ChainRow *rows, int n, const Answer *a, const ChainResult *r, bool times)
{
	if (a->level != r->level || a->excluded != r->excluded)
		return false;
	if (a->level == 0)
		return true;
	if (a->start != r->start || a->completed != r->completed)
		return false;
	if (opt->flags & CHAIN_IMPLIED)
	{
		if (r->reached != (UINT64CONST(1) << a->level) - 1)
			return false;
	}
	else if (opt->flags & CHAIN_ANY_ORDER)
	{
		int64		at[MAXSTEPS];
		int			m = 0;

		if (r->reached != r->filled || !has_rows(opt, rows, n, r, 0, 0))
			return false;
		for (int i = 0; i < opt->nsteps; i++)
		{
			if (r->filled & (UINT64CONST(1) << i))
				at[m++] = r->at[i];
		}
		qsort(at, m, sizeof(int64), compare_times);
		return m == a->level && memcmp(at, a->at, sizeof(int64) * m) == 0;
	}
	else if (r->reached != a->filled)
		return false;
	if (!times)
		return true;
	if (a->filled != r->filled)
		return false;
	for (int i = 0; i < opt->nsteps; i++)
	{
		if ((a->filled & (UINT64CONST(1) << i)) && a->at[i] != r->at[i])
			return false;
	}
	return true;
}

static int64 levels[MAXSTEPS + 1];

/* One random group, with random parameters of the given kind. */
static bool
try_group(uint32 flags, bool optional, bool exclusions, bool step_windows)
{
	/* an hour apart or less, across the ends of months of different length */
	static const int64 edges[] = {27, 28, 29, 30, 31, 58, 59, 60, 89, 90, 91};
	ChainOptions opt;
	ChainPlan	plan;
	ChainRow	rows[MAXROWS];
	int			n = below(8);
	int			k = 1 + below(optional ? 5 : 4);
	int			range = 1 + below(7);
	int			style = below(4);
	const char *one;
	const char *other;
	Answer		truth;
	bool		good = true;

	if (exclusions || step_windows || optional)
		k = Max(k, 2);
	if (style == 3 || (flags & CHAIN_REUSE))
		n = Min(n, 6);			/* dense groups have very many chains */
	chain_options_init(&opt, k);
	opt.flags = flags;
	switch (below(4))
	{
		case 0:
			break;
		case 1:
			opt.limited = true;
			opt.window.month = below(2);
			opt.window.day = below(2);
			opt.window.time = below(4);
			break;
		default:
			opt.limited = true;
			opt.window.time = below(range + 2);
			break;
	}
	if (optional)
	{
		do
			opt.optional = below(1 << k);
		while (opt.optional == 0 || opt.optional == (UINT64CONST(1) << k) - 1);
	}
	if (step_windows)
	{
		opt.step_windows = true;
		for (int i = 1; i < k; i++)
			opt.step_window[i] = below(3) == 0 ? CHAIN_FOREVER : below(range + 1);
	}
	if (exclusions)
	{
		opt.nexclusions = 1 + below(2);
		for (int e = 0; e < opt.nexclusions; e++)
		{
			opt.exclusion[e].bit = k + below(2);
			opt.exclusion[e].from = below(k - 1);
			opt.exclusion[e].to = opt.exclusion[e].from + 1 + below(k - 1 - opt.exclusion[e].from);
		}
	}
	if (chain_prepare(&plan, &opt, &one, &other) != CHAIN_OK)
	{
		printf("# options refused: %s %s\n", one ? one : "", other ? other : "");
		return false;
	}

	for (int i = 0; i < n; i++)
	{
		ChainRow	row;
		int			j;

		if (opt.limited && opt.window.month > 0)
			row.at = edges[below(lengthof(edges))] * DAY + below(3);
		else
			row.at = below(range);
		switch (style)
		{
			case 0:				/* disjoint conditions */
				row.mask = UINT64CONST(1) << below(k);
				break;
			case 1:				/* mostly */
				row.mask = below(5) == 0 ? 0 : UINT64CONST(1) << below(k);
				if (below(4) == 0)
					row.mask |= UINT64CONST(1) << below(k);
				break;
			case 2:				/* overlapping by two */
				row.mask = (UINT64CONST(1) << below(k)) | (UINT64CONST(1) << below(k));
				break;
			default:
				row.mask = below(1 << k);
				break;
		}
		if (exclusions && below(4) == 0)
			row.mask = (below(3) == 0 ? row.mask : 0) | (UINT64CONST(1) << (k + below(2)));
		for (j = i; j > 0 && rows[j - 1].at > row.at; j--)
			rows[j] = rows[j - 1];
		rows[j] = row;
	}

	truth = search(&opt, rows, n, false);
	levels[truth.level]++;
	for (int way = 0; way < 4; way++)
	{
		ChainResult result;

		memset(&result, 0x7f, sizeof(result));
		if (way < 2)
			chain_run(&plan, rows, n, way == 0, &result);
		else
			chain_run_plain(&plan, rows, n, way == 2, &result);
		if (!same(&opt, rows, n, &truth, &result, way % 2 == 0))
		{
			printf("# %d steps, flags %x, window %s %d month %d day " INT64_FORMAT ", optional %x\n",
				   k, flags, opt.limited ? "" : "none", opt.window.month, opt.window.day, opt.window.time,
				   (int) opt.optional);
			for (int i = 1; i < k && step_windows; i++)
				printf("#   step %d window " INT64_FORMAT "\n", i, opt.step_window[i]);
			for (int e = 0; e < opt.nexclusions; e++)
				printf("#   exclusion bit %d between %d and %d\n",
					   opt.exclusion[e].bit, opt.exclusion[e].from, opt.exclusion[e].to);
			for (int i = 0; i < n; i++)
				printf("#   at " INT64_FORMAT " mask %x\n", rows[i].at, (int) rows[i].mask);
			describe("truth", truth.level, truth.excluded, truth.start, truth.completed, truth.filled, truth.at);
			describe(way < 2 ? "quick" : "plain", result.level, result.excluded, result.start, result.completed,
					 way % 2 == 0 || (flags & CHAIN_ANY_ORDER) ? result.filled : 0, result.at);
			good = false;
			break;
		}

		/* rows of equal time the other way round: the very same answer */
		if (way == 0 && n > 0)
		{
			ChainRow	turned[MAXROWS];
			ChainResult again;

			for (int i = 0; i < n;)
			{
				int			j = i;

				while (j < n && rows[j].at == rows[i].at)
					j++;
				for (int m = i; m < j; m++)
					turned[m] = rows[i + j - 1 - m];
				i = j;
			}
			memset(&again, 0x7f, sizeof(again));
			chain_run(&plan, turned, n, true, &again);
			if (memcmp(&again, &result, offsetof(ChainResult, at)) != 0 && result.level > 0)
				good = false;
			for (int i = 0; i < k && result.level > 0; i++)
			{
				if ((result.filled & (UINT64CONST(1) << i)) && again.at[i] != result.at[i])
					good = false;
			}
			if (!good)
			{
				printf("# the order of rows of equal time matters\n");
				break;
			}
		}
	}
	return good;
}

static void
test_modes(int groups)
{
	static const struct
	{
		uint32		flag;
		const char *word;
	}			words[] = {
		{CHAIN_REUSE, "reuse"}, {CHAIN_INCREASE, "increase"}, {CHAIN_EXACT, "exact"}, {CHAIN_DEDUP, "dedup"},
		{CHAIN_FIRST_ENTRY, "first_entry"}, {CHAIN_ANY_ORDER, "any_order"}, {CHAIN_IMPLIED, "implied"},
	};

	for (uint32 flags = 0; flags < 128; flags++)
	{
		for (int more = 0; more < 8; more++)
		{
			ChainOptions opt;
			ChainPlan	plan;
			const char *one;
			const char *other;
			char		name[200] = "";
			bool		good = true;
			int			count = 0;

			chain_options_init(&opt, 4);
			opt.flags = flags;
			opt.optional = more & 1 ? 2 : 0;
			opt.nexclusions = more & 2 ? 1 : 0;
			opt.exclusion[0].bit = 4;
			opt.exclusion[0].to = 3;
			opt.step_windows = more & 4;
			if (chain_prepare(&plan, &opt, &one, &other) != CHAIN_OK)
				continue;
			for (int i = 0; i < (int) lengthof(words); i++)
			{
				if (flags & words[i].flag)
					sprintf(name + strlen(name), " %s", words[i].word);
			}
			sprintf(name + strlen(name), "%s%s%s%s", flags == 0 ? " default" : "", more & 1 ? " +optional" : "",
					more & 2 ? " +exclusions" : "", more & 4 ? " +step windows" : "");
			/* the modes by themselves are looked at more closely */
			for (; count < (flags & (flags - 1) ? groups : groups * 5) && good; count++)
				good = try_group(flags, more & 1, more & 2, more & 4);
			sprintf(name + strlen(name), ": %d random groups", count);
			check(good, name + 1);
		}
	}
}

/* Groups for each combination of options: fewer where every access is checked. */
#ifdef __SANITIZE_ADDRESS__
#define GROUPS	600
#else
#define GROUPS	5000
#endif

int
main(int argc, char **argv)
{
	test_modes(argc > 1 ? atoi(argv[1]) : rounds_of(GROUPS));
	printf("# levels met:");
	for (int i = 0; i <= MAXSTEPS; i++)
		printf(" %d:" INT64_FORMAT, i, levels[i]);
	printf("\n1..%d\n", tests);
	return failed ? 1 : 0;
}
