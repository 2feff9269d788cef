/*
 * value.c
 *		The packed funnel: taking it apart, making it, adding two; checking what
 *		an input has read.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"

#include "funnel/funnel.h"

/* A varint has at most ten bytes. */
#define MAX_VARINT	10

static uint8 *
put_varint(uint8 *p, uint64 value)
{
	while (value >= 0x80)
	{
		*p++ = (uint8) value | 0x80;
		value >>= 7;
	}
	*p++ = (uint8) value;
	return p;
}

/* Reads a varint; what the value cannot hold is a value that is damaged. */
static uint64
get_varint(const uint8 **p, const uint8 *end)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64 && *p < end; shift += 7)
	{
		uint8		byte = *(*p)++;

		value |= (uint64) (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	elog(ERROR, "funnel value is damaged");
}

/* Spread a funnel out.  Points into the value, and to palloc'd memory. */
void
funnel_unpack(const struct varlena *value, FunnelData *data)
{
	FunnelHeader header;
	Size		size = VARSIZE_ANY_EXHDR(value);
	const uint8 *p = (const uint8 *) VARDATA_ANY(value);
	const uint8 *end = p + size;

	if (size < 1)
		elog(ERROR, "funnel value is too short");
	if (*p & FUNNEL_BUILDING)
	{
		/* a state that went through a tuple may have lost its alignment */
		funnel_build_data((FunnelBuild *) PG_DETOAST_DATUM(PointerGetDatum(value)), data);
		return;
	}
	if (*p != FUNNEL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("funnel value has unknown version %d", *p),
				 errhint("The value was written by a newer version of the extension.")));
	if (size < sizeof(header))
		elog(ERROR, "funnel value is too short");
	memcpy(&header, p, sizeof(header));
	p += sizeof(header);
	if (header.nsteps > CHAIN_MAX_STEPS ||
		(Size) (end - p) < header.questionsize + sizeof(int64) * header.nsteps)
		elog(ERROR, "funnel value is shorter than its header says");

	data->nsteps = header.nsteps;
	data->question = (const char *) p;
	data->questionsize = header.questionsize;
	data->total = header.total;
	data->entered = header.entered;
	data->excluded = header.excluded;
	p += header.questionsize;
	memcpy(data->reached, p, sizeof(int64) * header.nsteps);
	p += sizeof(int64) * header.nsteps;
	for (int i = 0; i < header.nsteps; i++)
	{
		uint64		n = get_varint(&p, end);
		uint64		bucket = 0;

		if (n > HISTOGRAM_BUCKETS || n * 2 > (uint64) (end - p))
			elog(ERROR, "funnel value is damaged");
		data->ntimes[i] = (int) n;
		data->times[i] = palloc(sizeof(FunnelTime) * Max(n, 1));
		for (uint64 j = 0; j < n; j++)
		{
			bucket += get_varint(&p, end);
			if (bucket >= HISTOGRAM_BUCKETS)
				elog(ERROR, "funnel value is damaged");
			data->times[i][j].bucket = (uint16) bucket;
			data->times[i][j].count = (int64) get_varint(&p, end);
		}
	}
}

/* The packed value of a funnel. */
struct varlena *
funnel_pack(const FunnelData *data)
{
	FunnelHeader header;
	Size		size = VARHDRSZ + sizeof(header) + data->questionsize + sizeof(int64) * data->nsteps;
	struct varlena *value;
	uint8	   *p;

	for (int i = 0; i < data->nsteps; i++)
		size += MAX_VARINT + (Size) data->ntimes[i] * 2 * MAX_VARINT;
	value = palloc(size);

	memset(&header, 0, sizeof(header));
	header.version = FUNNEL_VERSION;
	header.nsteps = data->nsteps;
	header.questionsize = data->questionsize;
	header.total = data->total;
	header.entered = data->entered;
	header.excluded = data->excluded;
	p = (uint8 *) VARDATA(value);
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	memcpy(p, data->question, data->questionsize);
	p += data->questionsize;
	memcpy(p, data->reached, sizeof(int64) * data->nsteps);
	p += sizeof(int64) * data->nsteps;
	for (int i = 0; i < data->nsteps; i++)
	{
		uint32		bucket = 0;

		p = put_varint(p, data->ntimes[i]);
		for (int j = 0; j < data->ntimes[i]; j++)
		{
			p = put_varint(p, data->times[i][j].bucket - bucket);
			p = put_varint(p, data->times[i][j].count);
			bucket = data->times[i][j].bucket;
		}
	}
	SET_VARSIZE(value, (char *) p - (char *) value);
	return value;
}

/* The packed form of a value: itself, or a new value when it is the state of an aggregate. */
const struct varlena *
funnel_packed(const struct varlena *value)
{
	FunnelData	data;

	if (VARSIZE_ANY_EXHDR(value) >= 1 && !(*(const uint8 *) VARDATA_ANY(value) & FUNNEL_BUILDING))
		return value;
	funnel_unpack(value, &data);
	return funnel_pack(&data);
}

static int64
add_counts(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("funnel count is out of range")));
	return sum;
}

/* The sum of two funnels, which must be answers to the same question. */
void
funnel_sum(FunnelData *sum, const FunnelData *a, const FunnelData *b)
{
	if (a->questionsize != b->questionsize || memcmp(a->question, b->question, a->questionsize) != 0)
		funnel_question_differs(a->question, a->questionsize, a->nsteps,
								b->question, b->questionsize, b->nsteps, false);
	sum->nsteps = a->nsteps;
	sum->question = a->question;
	sum->questionsize = a->questionsize;
	sum->total = add_counts(a->total, b->total);
	sum->entered = add_counts(a->entered, b->entered);
	sum->excluded = add_counts(a->excluded, b->excluded);
	for (int i = 0; i < a->nsteps; i++)
	{
		const FunnelTime *x = a->times[i];
		const FunnelTime *y = b->times[i];
		const FunnelTime *xend = x + a->ntimes[i];
		const FunnelTime *yend = y + b->ntimes[i];
		FunnelTime *to;

		sum->reached[i] = add_counts(a->reached[i], b->reached[i]);
		to = sum->times[i] = palloc(sizeof(FunnelTime) * Max(a->ntimes[i] + b->ntimes[i], 1));
		while (x < xend || y < yend)
		{
			if (y >= yend || (x < xend && x->bucket < y->bucket))
				*to++ = *x++;
			else if (x >= xend || y->bucket < x->bucket)
				*to++ = *y++;
			else
			{
				to->bucket = x->bucket;
				to->count = add_counts(x->count, y->count);
				to++;
				x++;
				y++;
			}
		}
		sum->ntimes[i] = to - sum->times[i];
	}
}

/* ---------------------------------------------------------------- what was read */

/*
 * Could these counts have been counted?  Reports under the given SQLSTATE.
 */
static bool
check_counts(const FunnelData *data, const ChainOptions *options, int sqlstate, struct Node *escontext)
{
	const char *wrong = NULL;
	int			step = -1;
	int64		before = data->entered;
	bool		starts = true;

	if (data->total < 0 || data->entered < 0 || data->entered > data->total)
		wrong = "More customers entered than were seen.";
	else if (data->excluded < 0 || data->excluded > data->total)
		wrong = "More customers were excluded than were seen.";
	for (int i = 0; i < data->nsteps && wrong == NULL; i++)
	{
		bool		optional = (options->optional & (UINT64CONST(1) << i)) != 0;
		int64		sum = 0;

		step = i;
		if (data->reached[i] < 0 || data->reached[i] > before)
			wrong = "A step was reached by more customers than the one before.";
		else if (starts && !optional && i == 0 && data->reached[i] != data->entered)
			wrong = "The first step was not reached by all who entered.";
		if (!optional)
		{
			before = data->reached[i];
			starts = false;
		}
		for (int j = 0; j < data->ntimes[i] && wrong == NULL; j++)
		{
			if (data->times[i][j].count <= 0 ||
				pg_add_s64_overflow(sum, data->times[i][j].count, &sum) || sum > data->reached[i])
				wrong = "A step has more times than it was reached.";
		}
		if (i == 0 && sum > 0)
			wrong = "The first step has times since a step before it.";
	}
	if (wrong != NULL)
		ereturn(escontext, false,
				(errcode(sqlstate),
				 errmsg("funnel counts contradict each other"),
				 step < 0 ? errdetail_internal("%s", wrong) :
				 errdetail_internal("%s (Step %d.)", wrong, step + 1)));
	return true;
}

static int
compare_times(const void *a, const void *b)
{
	return (int) ((const FunnelTime *) a)->bucket - (int) ((const FunnelTime *) b)->bucket;
}

/* The value of parts and counts that have been read.  NULL after a soft error. */
struct varlena *
funnel_make(const FunnelParts *parts, FunnelData *data, int sqlstate, struct Node *escontext)
{
	FunnelQuestion *question = palloc(sizeof(FunnelQuestion));

	for (int i = 0; i < parts->nsteps; i++)
	{
		if (!funnel_check_label(parts->steps[i].len, escontext))
			return NULL;
	}
	if (funnel_question_make(parts, &data->questionsize, question, escontext) == NULL)
		return NULL;
	data->question = question->bytes;
	data->nsteps = parts->nsteps;

	/* equal buckets are one */
	for (int i = 0; i < data->nsteps; i++)
	{
		FunnelTime *times = data->times[i];
		int			n = 0;

		qsort(times, data->ntimes[i], sizeof(FunnelTime), compare_times);
		for (int j = 0; j < data->ntimes[i]; j++)
		{
			if (n > 0 && times[n - 1].bucket == times[j].bucket && times[j].count > 0 &&
				!pg_add_s64_overflow(times[n - 1].count, times[j].count, &times[n - 1].count))
				continue;
			times[n++] = times[j];
		}
		data->ntimes[i] = n;
	}
	if (!check_counts(data, &question->plan.opt, sqlstate, escontext))
		return NULL;
	return funnel_pack(data);
}
