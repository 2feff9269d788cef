/*
 * group_test.c
 *		Grouping against a plain sort: every key once, with exactly its events
 *		in order, however bad the hash is and whatever the records look like.
 */
#include "postgres_fe.h"

#include "core/group.h"
#include "rounds.h"

#define MAXROWS		1200

/* One event as the test knows it. */
typedef struct Row
{
	uint64		key;
	char		bytes[24];
	int			len;
	int64		at;
	uint64		what;
} Row;

static uint64 rng = 88172645463325252;

static uint64
draw(uint64 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

static int
compare_rows(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;
	int			cmp;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	cmp = memcmp(x->bytes, y->bytes, Min(x->len, y->len));
	if (cmp == 0)
		cmp = x->len - y->len;
	if (cmp != 0)
		return cmp;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->what < y->what ? -1 : x->what > y->what;
}

/* Writes a record, and says how many words it took. */
static Size
encode(const GroupFormat *fmt, const Row *row, bool wide, uint64 *to)
{
	uint64		word;
	Size		n = 0;

	to[n++] = fmt->bytes ? group_bytes_word(fmt, row->bytes, row->len) : row->key;
	if (wide)
	{
		to[n++] = (uint64) row->at;
		to[n++] = row->what;
	}
	else
	{
		if (!group_narrow(fmt, row->at, row->what, &word))
			return 0;
		to[n++] = word;
	}
	if (fmt->bytes)
	{
		Size		extra = (row->len + 7) / 8;

		memset(to + n, 0, extra * 8);
		memcpy(to + n, row->bytes, row->len);
		n += extra;
	}
	return n;
}

/* Compares the groups of one load with the rows of the oracle; marks rows as seen. */
static bool
check_groups(Grouper *grouper, const GroupFormat *fmt, const Row *rows, int nrows, bool *seen)
{
	GroupRun	run;

	while (grouper_next(grouper, &run))
	{
		int			first = -1;

		for (int i = 0; i < nrows; i++)
		{
			if (fmt->bytes ? rows[i].len == run.len && memcmp(rows[i].bytes, run.bytes, run.len) == 0
				: rows[i].key == run.key)
			{
				first = i;
				break;
			}
		}
		if (first < 0 || seen[first])
			return false;
		for (Size i = 0; i < run.n; i++)
		{
			const Row  *row = &rows[first + i];

			if (first + (int) i >= nrows || row->at != run.events[i].at || row->what != run.events[i].what)
				return false;
			if (fmt->bytes ? row->len != run.len || memcmp(row->bytes, run.bytes, run.len) != 0
				: row->key != run.key)
				return false;
			seen[first + i] = true;
		}
		/* the next row must belong to another key, else the group is incomplete */
		if (first + (int) run.n < nrows)
		{
			const Row  *row = &rows[first + run.n];

			if (fmt->bytes ? row->len == run.len && memcmp(row->bytes, run.bytes, run.len) == 0
				: row->key == run.key)
				return false;
		}
	}
	return true;
}

static bool
all_seen(const bool *seen, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (!seen[i])
			return false;
	}
	return true;
}

/* One random heap of events. */
static bool
round_trip(bool bytes, uint64 hashmask, int wideness, int bits, int shift)
{
	static Row	rows[MAXROWS];
	static uint64 words[MAXROWS * 6];
	static bool seen[MAXROWS];
	GroupFormat fmt = {bytes, 6, 1000, 12345, hashmask};
	int			nrows = draw(4) == 0 ? draw(4) : draw(MAXROWS);
	uint64		nkeys = 1 + draw(nrows + 1);
	GroupSegment segments[8];
	int			nsegments = 1 + draw(8);
	Size		used = 0;
	Size		counts[1 << GROUP_MAX_BITS] = {0};
	Size		position[1 << GROUP_MAX_BITS];
	Size		total = 0;
	Size		nrecords = 0;
	uint64	   *target;
	bool		anywide = false;
	bool		ok = true;
	int			row = 0;
	bool		ordered = draw(2);
	Grouper    *grouper;

	for (int s = 0; s < nsegments; s++)
	{
		int			n = s == nsegments - 1 ? nrows - row : (int) draw(nrows - row + 1);
		bool		wide = wideness == 2 || (wideness == 1 && draw(2));

		segments[s].words = words + used;
		segments[s].wide = wide;
		segments[s].nwords = 0;
		anywide |= wide;
		for (int i = 0; i < n; i++, row++)
		{
			Row		   *r = &rows[row];
			Size		size;

			memset(r, 0, sizeof(Row));
			r->key = draw(nkeys);
			if (draw(8) == 0)
				r->key = ~r->key;
			if (bytes)
			{
				r->len = (int) (r->key % 23);
				for (int b = 0; b < r->len; b++)
					r->bytes[b] = b < 8 ? (char) (r->key >> (8 * b)) : (char) b;
				r->key = 0;
			}
			r->at = ordered ? row / 3 : (int64) draw(200) - 100;
			r->what = draw(3);
			if (wide && draw(4) == 0)
				r->at = draw(2) ? PG_INT64_MAX : PG_INT64_MIN;
			if (wide && draw(4) == 0)
				r->what = ~UINT64CONST(0);
			size = encode(&fmt, r, wide, words + used);
			if (size == 0)
				return false;
			used += size;
			segments[s].nwords += size;
		}
	}

	for (int s = 0; s < nsegments; s++)
		nrecords += group_scatter_count(&fmt, &segments[s], anywide, shift, bits, counts);
	if (nrecords != (Size) nrows)
		return false;
	for (int p = 0; p < 1 << bits; p++)
	{
		position[p] = total;
		total += counts[p];
	}
	target = pg_malloc((total + 1) * sizeof(uint64));
	for (int s = 0; s < nsegments; s++)
		group_scatter(&fmt, &segments[s], anywide, shift, bits, target, position);
	qsort(rows, nrows, sizeof(Row), compare_rows);

	/* straight from the segments, then partition by partition with the same grouper */
	grouper = grouper_new(&fmt);
	memset(seen, 0, sizeof(seen));
	grouper_load(grouper, segments, nsegments);
	ok = check_groups(grouper, &fmt, rows, nrows, seen) && all_seen(seen, nrows);
	memset(seen, 0, sizeof(seen));
	for (int p = 0; p < 1 << bits && ok; p++)
	{
		GroupSegment part = {target + position[p] - counts[p], counts[p], anywide};

		grouper_load(grouper, &part, 1);
		ok = check_groups(grouper, &fmt, rows, nrows, seen);
	}
	ok = ok && all_seen(seen, nrows);
	grouper_free(grouper);
	pg_free(target);
	return ok;
}

int
main(void)
{
	static const uint64 masks[] = {~UINT64CONST(0), 0, UINT64CONST(0x30000), UINT64CONST(3) << 62};
	static const char *const wide[] = {"narrow", "mixed", "wide"};
	int			test = 0;
	int			bad = 0;
	GroupFormat fmt = {false, 16, 0, 0, 0};
	uint64		word;
	GroupEvent	event;
	bool		ok;

	printf("1..%d\n", 2 * 4 * 3 + 1);
	for (int bytes = 0; bytes < 2; bytes++)
	{
		for (int m = 0; m < 4; m++)
		{
			for (int w = 0; w < 3; w++)
			{
				ok = true;
				for (int i = 0; i < rounds_of(60) && ok; i++)
					ok = round_trip(bytes, masks[m], w, (int) draw(GROUP_MAX_BITS + 1),
									10 * (int) draw(3));
				bad += !ok;
				printf("%s %d - %s keys, hash mask %llx, %s records\n", ok ? "ok" : "not ok", ++test,
					   bytes ? "byte" : "integer", (unsigned long long) masks[m], wide[w]);
			}
		}
	}

	/* the limits of a narrow record */
	ok = group_narrow(&fmt, (INT64CONST(1) << 47) - 1, 65535, &word);
	event = group_widen(&fmt, word);
	ok = ok && event.at == (INT64CONST(1) << 47) - 1 && event.what == 65535;
	ok = ok && group_narrow(&fmt, -(INT64CONST(1) << 47), 0, &word);
	event = group_widen(&fmt, word);
	ok = ok && event.at == -(INT64CONST(1) << 47) && event.what == 0;
	ok = ok && !group_narrow(&fmt, INT64CONST(1) << 47, 0, &word);
	ok = ok && !group_narrow(&fmt, -(INT64CONST(1) << 47) - 1, 0, &word);
	ok = ok && !group_narrow(&fmt, 0, 65536, &word);
	fmt.base = -5;
	ok = ok && !group_narrow(&fmt, PG_INT64_MAX, 0, &word);
	fmt.base = 5;
	ok = ok && !group_narrow(&fmt, PG_INT64_MIN, 0, &word);
	bad += !ok;
	printf("%s %d - limits of a narrow record\n", ok ? "ok" : "not ok", ++test);
	return bad != 0;
}
