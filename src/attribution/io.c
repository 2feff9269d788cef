/*
 * io.c
 *		Text and binary input and output of touch_paths.
 *
 * The text form is JSON, so that a cast to jsonb needs nothing more:
 *
 *		{"channels": ["mail", "search"], "paths": [[[0], 3, 5, 120.5], [[0, 1, 1], 1, 0, 0]]}
 *
 * Each path is its channels, by their place in "channels" from 0, how many
 * customers converted after it, how many did not, and what the conversions
 * were worth together.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "attribution/attribution.h"
#include "jsonread/jsonread.h"

PG_FUNCTION_INFO_V1(touch_paths_in);
PG_FUNCTION_INFO_V1(touch_paths_out);
PG_FUNCTION_INFO_V1(touch_paths_recv);
PG_FUNCTION_INFO_V1(touch_paths_send);

Datum
touch_paths_out(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = touch_paths_pack(PG_GETARG_TOUCH_PATHS(0));
	const TouchNode *nodes = touch_paths_nodes(paths);
	uint32	   *path = NULL;
	uint32		room = 0;
	bool		first = true;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"channels\": [");
	for (uint32 c = 0; c < paths->nchannels; c++)
	{
		JourneyLabel label = touch_paths_label(paths, c);

		if (c > 0)
			appendStringInfoString(&buf, ", ");
		escape_json(&buf, pnstrdup(label.data, label.len));
	}
	appendStringInfoString(&buf, "], \"paths\": [");
	for (uint32 i = 0; i < paths->nnodes; i++)
	{
		char		value[WIDESUM_TEXT];
		uint32		n;

		CHECK_FOR_INTERRUPTS();
		if (nodes[i].converted == 0 && nodes[i].lost == 0)
			continue;
		appendStringInfoString(&buf, first ? "[[" : ", [[");
		first = false;
		n = touch_paths_path(paths, i, &path, &room);
		for (uint32 k = 0; k < n; k++)
			appendStringInfo(&buf, "%s%u", k > 0 ? ", " : "", path[k]);
		amount_text(&nodes[i].value, value);
		appendStringInfo(&buf, "], " INT64_FORMAT ", " INT64_FORMAT ", %s]", nodes[i].converted, nodes[i].lost, value);
	}
	appendStringInfoString(&buf, "]}");
	PG_RETURN_CSTRING(buf.data);
}

/* What has been read of a value. */
typedef struct TouchRead
{
	TouchPaths *paths;
	bool	   *used;			/* of every possible channel: is it in a path? */
	int64		nused;			/* the greatest channel of a path, and 1 */
} TouchRead;

static bool
read_channels(JsonRead *read, TouchRead *touch)
{
	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		uint32		before = touch->paths->nchannels;
		uint32		num;

		CHECK_FOR_INTERRUPTS();
		if (!json_read_string(read))
			return false;
		if (read->string.len == 0 || read->string.len > JOURNEY_MAX_LABEL)
			return json_read_wrong(read, psprintf("A channel must have 1 to %d bytes.", JOURNEY_MAX_LABEL));
		if (before >= TOUCH_MAX_CHANNELS)
			return json_read_wrong(read, psprintf("There are more than %d channels.", TOUCH_MAX_CHANNELS));
		touch->paths = touch_paths_channel(touch->paths, read->string.data, read->string.len, &num);
		if (touch->paths->nchannels == before)
			return json_read_wrong(read, "A channel is there twice.");
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

/* Reads a decimal number exactly. */
static bool
read_amount(JsonRead *read, Amount *amount)
{
	const char *digits;
	int			n;

	if (!json_read_digits(read, &digits, &n))
		return false;
	if (read->p < read->end && *read->p == '.')
	{
		read->p++;
		if (read->p >= read->end || *read->p < '0' || *read->p > '9')
			return json_read_expected(read, "a digit");
		while (read->p < read->end && *read->p >= '0' && *read->p <= '9')
			read->p++;
	}
	if (!amount_read(digits, read->p - digits, amount))
		return json_read_wrong(read, "A value must be below 2^63 and have at most 18 decimal places.");
	return true;
}

/* Can so much be counted, too? */
static bool
fits(const TouchPaths *paths, int64 converted, int64 lost, const Amount *value)
{
	Amount		sum = paths->value;
	int64		all = paths->converted + paths->lost;

	return !pg_add_s64_overflow(all, converted, &all) && !pg_add_s64_overflow(all, lost, &all) && amount_add(&sum, value);
}

static bool
read_path(JsonRead *read, TouchRead *touch)
{
	uint32		node = 0;
	int64		converted;
	int64		lost;
	Amount		value;

	if (!json_read_require(read, '[') || !json_read_require(read, '['))
		return false;
	if (!json_read_accept(read, ']'))
	{
		do
		{
			int64		channel;

			if (!json_read_int64(read, 0, &channel))
				return false;
			if (channel >= TOUCH_MAX_CHANNELS)
				return json_read_wrong(read, "A path has a channel that is not there.");
			touch->used[channel] = true;
			touch->nused = Max(touch->nused, channel + 1);
			touch->paths = touch_paths_child(touch->paths, node, (uint32) channel, &node);
		} while (json_read_accept(read, ','));
		if (!json_read_require(read, ']'))
			return false;
	}
	if (!json_read_require(read, ',') || !json_read_int64(read, 0, &converted) ||
		!json_read_require(read, ',') || !json_read_int64(read, 0, &lost) ||
		!json_read_require(read, ',') || !read_amount(read, &value) ||
		!json_read_require(read, ']'))
		return false;
	if (converted == 0 && lost == 0)
		return json_read_wrong(read, "A path was taken by nobody.");
	if (converted == 0 && (value.whole > 0 || value.fraction > 0))
		return json_read_wrong(read, "A path that nobody converted after has a value.");
	if (!fits(touch->paths, converted, lost, &value))
		return json_read_wrong(read, "The sum of the counts or values is out of range.");
	touch_paths_count(touch->paths, node, converted, lost, &value);
	return true;
}

static bool
read_paths(JsonRead *read, TouchRead *touch)
{
	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_path(read, touch))
			return false;
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

/* The two keys come in either order: jsonb has its own. */
static bool
read_value(JsonRead *read, TouchRead *touch)
{
	bool		channels = false;
	bool		paths = false;

	if (!json_read_require(read, '{'))
		return false;
	do
	{
		bool		good;

		if (!json_read_string(read))
			return false;
		if (strcmp(read->string.data, "channels") == 0 && !channels)
		{
			channels = true;
			good = json_read_require(read, ':') && read_channels(read, touch);
		}
		else if (strcmp(read->string.data, "paths") == 0 && !paths)
		{
			paths = true;
			good = json_read_require(read, ':') && read_paths(read, touch);
		}
		else
			return json_read_wrong(read, "The keys are \"channels\" and \"paths\", each once.");
		if (!good)
			return false;
	} while (json_read_accept(read, ','));
	if (!json_read_require(read, '}') || !json_read_end(read))
		return false;
	if (!channels || !paths)
		return json_read_wrong(read, "The keys are \"channels\" and \"paths\", each once.");
	if (touch->nused > touch->paths->nchannels)
		return json_read_wrong(read, "A path has a channel that is not there.");
	for (uint32 c = 0; c < touch->paths->nchannels; c++)
	{
		if (!touch->used[c])
			return json_read_wrong(read, "A channel is in no path.");
	}
	return true;
}

Datum
touch_paths_in(PG_FUNCTION_ARGS)
{
	JsonRead	read;
	TouchRead	touch;

	json_read_init(&read, "touch_paths", PG_GETARG_CSTRING(0), fcinfo->context);
	touch.paths = touch_paths_new();
	touch.used = palloc0(sizeof(bool) * TOUCH_MAX_CHANNELS);
	touch.nused = 0;
	if (!read_value(&read, &touch))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(touch_paths_pack(touch.paths));
}

/*
 * Binary: version (byte); number of channels (int32), each as length (int32)
 * and bytes in the client's encoding; number of nodes (int32), and of each the
 * number of its parent and of its channel (int32, both 0 for the first), how
 * many converted, how many did not, whole part and 10^-18 parts of the value
 * (int64).  A parent comes before its children.
 */
Datum
touch_paths_send(PG_FUNCTION_ARGS)
{
	TouchPaths *paths = touch_paths_pack(PG_GETARG_TOUCH_PATHS(0));
	const TouchNode *nodes = touch_paths_nodes(paths);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, TOUCH_PATHS_VERSION);
	pq_sendint32(&buf, paths->nchannels);
	for (uint32 c = 0; c < paths->nchannels; c++)
	{
		JourneyLabel label = touch_paths_label(paths, c);

		pq_sendcountedtext(&buf, label.data, label.len);
	}
	pq_sendint32(&buf, paths->nnodes);
	for (uint32 i = 0; i < paths->nnodes; i++)
	{
		pq_sendint32(&buf, nodes[i].parent);
		pq_sendint32(&buf, nodes[i].channel);
		pq_sendint64(&buf, nodes[i].converted);
		pq_sendint64(&buf, nodes[i].lost);
		pq_sendint64(&buf, nodes[i].value.whole);
		pq_sendint64(&buf, nodes[i].value.fraction);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed touch_paths"),
			 errdetail("The %s cannot be right.", what)));
}

/* Everything here comes from outside and is checked. */
Datum
touch_paths_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	TouchPaths *paths = touch_paths_new();
	int			nchannels;
	int			nnodes;
	bool	   *used;
	bool	   *needed;

	if (version != TOUCH_PATHS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("touch_paths has unknown version %d", version)));
	nchannels = pq_getmsgint(buf, 4);
	if (nchannels < 0 || nchannels > TOUCH_MAX_CHANNELS || (int64) nchannels * 5 > buf->len - buf->cursor)
		malformed_binary("number of channels");
	for (int c = 0; c < nchannels; c++)
	{
		int			len = pq_getmsgint(buf, 4);
		char	   *label;
		uint32		num;

		if (len < 0 || len > buf->len - buf->cursor)
			malformed_binary("channels");
		label = pq_getmsgtext(buf, len, &len);
		journey_check_label(len);
		paths = touch_paths_channel(paths, label, len, &num);
		if (num != (uint32) c)
			malformed_binary("channels");
		pfree(label);
	}

	nnodes = pq_getmsgint(buf, 4);
	if (nnodes < 1 || nnodes > TOUCH_MAX_NODES || (int64) nnodes * 40 > buf->len - buf->cursor)
		malformed_binary("number of nodes");
	used = palloc0(sizeof(bool) * Max(nchannels, 1));
	needed = palloc0(sizeof(bool) * nnodes);
	for (int i = 0; i < nnodes; i++)
	{
		uint32		parent = pq_getmsgint(buf, 4);
		uint32		channel = pq_getmsgint(buf, 4);
		int64		converted = pq_getmsgint64(buf);
		int64		lost = pq_getmsgint64(buf);
		Amount		value;
		uint32		node = 0;

		value.whole = pq_getmsgint64(buf);
		value.fraction = pq_getmsgint64(buf);
		if (i == 0 ? parent != 0 || channel != 0 : parent >= (uint32) i || channel >= (uint32) nchannels)
			malformed_binary("nodes");
		if (converted < 0 || lost < 0 || value.whole < 0 || value.fraction < 0 || value.fraction >= AMOUNT_ONE ||
			(converted == 0 && (value.whole > 0 || value.fraction > 0)) || !fits(paths, converted, lost, &value))
			malformed_binary("counts");
		if (i > 0)
		{
			paths = touch_paths_child(paths, parent, channel, &node);
			used[channel] = true;
			needed[parent] = true;
		}
		if (node != (uint32) i)
			malformed_binary("nodes");
		needed[i] = converted > 0 || lost > 0;
		touch_paths_count(paths, node, converted, lost, &value);
	}
	for (int i = 1; i < nnodes; i++)
	{
		if (!needed[i])
			malformed_binary("nodes");
	}
	for (int c = 0; c < nchannels; c++)
	{
		if (!used[c])
			malformed_binary("channels");
	}
	PG_RETURN_POINTER(touch_paths_pack(paths));
}
