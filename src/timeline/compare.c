/*
 * compare.c
 *		Equality, order and hash values of journeys.
 *
 * Equal journeys have equal bytes.  The order is that of the entries, first by
 * time and then by label, like words in a dictionary: a journey that goes on
 * where another ends comes after it.
 */
#include "postgres.h"

#include "compare.h"
#include "timeline/timeline.h"

static bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Are both arguments the same journey? */
static bool
arguments_equal(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_JOURNEY_PP(0);
	struct varlena *b = PG_GETARG_JOURNEY_PP(1);
	bool		equal = same_bytes(journey_packed(a), journey_packed(b));

	/* support functions of indexes and sorts may not leak */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

static int
compare(const struct varlena *a, const struct varlena *b)
{
	JourneyView x;
	JourneyView y;
	const JourneyLabel *xlabels;
	const JourneyLabel *ylabels;
	int			cmp = 0;

	a = journey_packed(a);
	b = journey_packed(b);
	if (same_bytes(a, b))
		return 0;
	journey_view_init(&x, a);
	journey_view_init(&y, b);

	/* most differ in their first time */
	if (x.n > 0 && y.n > 0 && x.base != y.base)
		return x.base < y.base ? -1 : 1;

	xlabels = journey_view_labels(&x);
	ylabels = journey_view_labels(&y);
	for (uint32 i = 0; i < Min(x.n, y.n) && cmp == 0; i++)
	{
		int64		xat = journey_view_at(&x, i);
		int64		yat = journey_view_at(&y, i);

		if (xat != yat)
			cmp = xat < yat ? -1 : 1;
		else
			cmp = journey_label_cmp(&xlabels[journey_view_num(&x, i)],
									&ylabels[journey_view_num(&y, i)]);
	}
	if (cmp == 0)
		cmp = x.n < y.n ? -1 : x.n > y.n ? 1 : 0;
	pfree((void *) xlabels);
	pfree((void *) ylabels);
	return cmp;
}

static int
arguments_compare(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_JOURNEY_PP(0);
	struct varlena *b = PG_GETARG_JOURNEY_PP(1);
	int			cmp = compare(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return cmp;
}

DEFINE_COMPARISONS(journey, arguments_compare, arguments_equal);
DEFINE_BYTE_HASHES(journey, journey_packed);
