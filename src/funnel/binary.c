/*
 * binary.c
 *		Binary input and output of the funnel type.
 *
 * Version byte; count of steps (int32) and each label (int32 length, bytes in
 * the client's encoding); is there a window (byte), its months (int32) and
 * microseconds (int64); options (int32 length, bytes); total, entered,
 * excluded (int64); for each step how many reached it (int64), the count of
 * its times (int32), and each bucket (int32) and count (int64).
 */
#include "postgres.h"

#include "libpq/pqformat.h"

#include "funnel/funnel.h"

PG_FUNCTION_INFO_V1(funnel_recv);
PG_FUNCTION_INFO_V1(funnel_send);

Datum
funnel_send(PG_FUNCTION_ARGS)
{
	FunnelData	data;
	FunnelParts parts;
	StringInfoData buf;

	funnel_unpack(PG_GETARG_FUNNEL_PP(0), &data);
	funnel_question_parts(data.question, data.questionsize, data.nsteps, &parts);
	pq_begintypsend(&buf);
	pq_sendint8(&buf, FUNNEL_VERSION);
	pq_sendint32(&buf, parts.nsteps);
	for (int i = 0; i < parts.nsteps; i++)
		pq_sendcountedtext(&buf, parts.steps[i].data, parts.steps[i].len);
	pq_sendint8(&buf, parts.limited);
	pq_sendint32(&buf, parts.months);
	pq_sendint64(&buf, parts.usecs);
	pq_sendcountedtext(&buf, parts.options.data, parts.options.len);
	pq_sendint64(&buf, data.total);
	pq_sendint64(&buf, data.entered);
	pq_sendint64(&buf, data.excluded);
	for (int i = 0; i < data.nsteps; i++)
	{
		pq_sendint64(&buf, data.reached[i]);
		pq_sendint32(&buf, data.ntimes[i]);
		for (int j = 0; j < data.ntimes[i]; j++)
		{
			pq_sendint32(&buf, data.times[i][j].bucket);
			pq_sendint64(&buf, data.times[i][j].count);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* A counted text that cannot be longer than what is left. */
static void
receive_text(StringInfo buf, JourneyLabel *text)
{
	int			size = pq_getmsgint(buf, 4);

	if (size < 0 || size > buf->len - buf->cursor)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid text length in funnel value: %d", size)));
	text->data = pq_getmsgtext(buf, size, &text->len);
}

/* Everything here comes from outside and is checked. */
Datum
funnel_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	FunnelParts *parts = palloc0(sizeof(FunnelParts));
	FunnelData *data = palloc0(sizeof(FunnelData));
	int			version = pq_getmsgbyte(buf);
	int			limited;

	if (version != FUNNEL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("funnel value has unknown version %d", version)));
	parts->nsteps = pq_getmsgint(buf, 4);
	if (parts->nsteps < 1 || parts->nsteps > CHAIN_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid number of steps in funnel value: %d", parts->nsteps)));
	for (int i = 0; i < parts->nsteps; i++)
		receive_text(buf, &parts->steps[i]);
	limited = pq_getmsgbyte(buf);
	parts->limited = limited == 1;
	parts->months = (int32) pq_getmsgint(buf, 4);
	parts->usecs = pq_getmsgint64(buf);
	if (limited > 1 || (limited == 0 && (parts->months != 0 || parts->usecs != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid window in funnel value")));
	receive_text(buf, &parts->options);
	data->total = pq_getmsgint64(buf);
	data->entered = pq_getmsgint64(buf);
	data->excluded = pq_getmsgint64(buf);
	for (int i = 0; i < parts->nsteps; i++)
	{
		int			n;

		data->reached[i] = pq_getmsgint64(buf);
		n = pq_getmsgint(buf, 4);
		if (n < 0 || n > HISTOGRAM_BUCKETS || n > (buf->len - buf->cursor) / 12)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid number of times in funnel value: %d", n)));
		data->ntimes[i] = n;
		data->times[i] = palloc(sizeof(FunnelTime) * Max(n, 1));
		for (int j = 0; j < n; j++)
		{
			uint32		bucket = pq_getmsgint(buf, 4);

			if (bucket >= HISTOGRAM_BUCKETS || (j > 0 && bucket <= data->times[i][j - 1].bucket))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						 errmsg("invalid time in funnel value: %u", bucket)));
			data->times[i][j].bucket = (uint16) bucket;
			data->times[i][j].count = pq_getmsgint64(buf);
		}
	}
	PG_RETURN_FUNNEL_P(funnel_make(parts, data, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL));
}
