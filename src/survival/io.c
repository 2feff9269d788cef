/*
 * io.c
 *		Text and binary input and output of counts of spells.
 *
 * The text form is JSON, so that a cast to jsonb needs nothing more:
 *
 *		survival_curve	{"unit": "interval", "times": [[86400000000, 0, 2, 1]]}
 *		incidence_curve	{"unit": "number", "causes": ["lost", "won"],
 *						 "times": [[30, 0, 0, 0, 1], [30, 2, 0, 4, 0]]}
 *		log_rank		{"unit": "number", "groups": ["a", "b"],
 *						 "times": [[30, 1, 0, 4, 1], [30, 2, 0, 5, 0]]}
 *
 * (each on one line).  A row of "times" holds the time, in microseconds or in
 * the unit of the numbers; for the latter two the number of a cause or group,
 * from 1 (0: entered or censored, which has no cause); and how many entered
 * late, ended and were censored there.  Keys and rows may come in any order.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "compat.h"
#include "jsonread/jsonread.h"
#include "survival/survival.h"

PG_FUNCTION_INFO_V1(survival_curve_in);
PG_FUNCTION_INFO_V1(survival_curve_float8_in);
PG_FUNCTION_INFO_V1(incidence_curve_in);
PG_FUNCTION_INFO_V1(incidence_curve_float8_in);
PG_FUNCTION_INFO_V1(log_rank_in);
PG_FUNCTION_INFO_V1(survival_curve_recv);
PG_FUNCTION_INFO_V1(survival_curve_float8_recv);
PG_FUNCTION_INFO_V1(incidence_curve_recv);
PG_FUNCTION_INFO_V1(incidence_curve_float8_recv);
PG_FUNCTION_INFO_V1(log_rank_recv);
PG_FUNCTION_INFO_V1(survival_counts_out);
PG_FUNCTION_INFO_V1(survival_counts_send);

#define ANY_UNIT	(-1)

static const char *const unit_names[] = {"interval", "number"};
static const char *const labels_names[] = {NULL, "causes", "groups"};

/* The name of the type of such values; a log_rank is one whatever its unit. */
static const char *
type_name(int kind, int unit)
{
	if (kind == SURVIVAL_LOG_RANK)
		return "log_rank";
	if (kind == SURVIVAL_INCIDENCE)
		return unit == SURVIVAL_FLOAT8 ? "incidence_curve_float8" : "incidence_curve";
	return unit == SURVIVAL_FLOAT8 ? "survival_curve_float8" : "survival_curve";
}

Datum
survival_counts_out(PG_FUNCTION_ARGS)
{
	const SurvivalCounts *counts = survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"unit\": \"%s\"", unit_names[counts->unit]);
	if (counts->kind != SURVIVAL_CURVE)
	{
		JourneyLabel *labels = survival_counts_labels(counts);

		appendStringInfo(&buf, ", \"%s\": [", labels_names[counts->kind]);
		for (uint32 i = 0; i < counts->nlabels; i++)
		{
			if (i > 0)
				appendStringInfoString(&buf, ", ");
			escape_json(&buf, pnstrdup(labels[i].data, labels[i].len));
		}
		appendStringInfoChar(&buf, ']');
	}
	appendStringInfoString(&buf, ", \"times\": [");
	for (uint32 i = 0; i < counts->ncells; i++)
	{
		const SurvivalCell *cell = &SURVIVAL_CELLS(counts)[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&buf, i > 0 ? ", [" : "[");
		if (counts->unit == SURVIVAL_INTERVAL)
			appendStringInfo(&buf, INT64_FORMAT, cell->time);
		else
		{
			/* the shortest digits that are exact, whatever the settings */
			char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

			double_to_shortest_decimal_buf(survival_time_float8(counts, cell->time), digits);
			appendStringInfoString(&buf, digits);
		}
		if (counts->kind != SURVIVAL_CURVE)
			appendStringInfo(&buf, ", %u", cell->label);
		appendStringInfo(&buf, ", " INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT "]", cell->entered, cell->events, cell->censored);
	}
	appendStringInfoString(&buf, "]}");
	PG_RETURN_CSTRING(buf.data);
}

/* ---------------------------------------------------------------- checks of both inputs */

/* What is wrong with a cell, or NULL. */
static const char *
cell_fault(const SurvivalCounts *counts, const SurvivalCell *cell)
{
	if (cell->entered < 0 || cell->events < 0 || cell->censored < 0)
		return "A count is negative.";
	if (cell->entered == 0 && cell->events == 0 && cell->censored == 0)
		return "Nothing is counted at a time.";
	if (cell->time == 0 && cell->entered > 0)
		return "Late entries must be later than 0.";
	if (cell->label > counts->nlabels || (counts->kind == SURVIVAL_LOG_RANK && cell->label == 0))
		return "There is no cause or group with such a number.";
	if (counts->kind == SURVIVAL_INCIDENCE && (cell->label == 0 ? cell->events > 0 : cell->entered > 0 || cell->censored > 0))
		return "Events have a cause, what entered or was censored has none.";
	return NULL;
}

/* What is wrong with counts that have been packed, or NULL. */
static const char *
counts_fault(const SurvivalCounts *packed)
{
	if (!survival_possible(SURVIVAL_CELLS(packed), packed->ncells, packed->kind == SURVIVAL_LOG_RANK ? packed->nlabels : 0))
		return "More ends than spells that have entered before them.";
	return NULL;
}

/* ---------------------------------------------------------------- text input */

/* Reads the causes or groups. */
static bool
read_labels(JsonRead *read, SurvivalCounts **counts)
{
	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		uint32		known = (*counts)->nlabels;
		uint32		number;

		if (!json_read_string(read))
			return false;
		if (read->string.len > SURVIVAL_MAX_LABEL)
			return json_read_wrong(read, "A name is longer than 255 bytes.");
		if (known >= SURVIVAL_MAX_LABELS)
			return json_read_wrong(read, "There are more than 255 names.");
		*counts = survival_counts_label(*counts, read->string.data, read->string.len, &number);
		if (number <= known)
			return json_read_wrong(read, "A name comes twice.");
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

/* Reads the rows of "times"; cell_fault looks at the numbers of labels. */
static bool
read_times(JsonRead *read, SurvivalCounts **counts)
{
	int64		entries = 0;

	if (!json_read_require(read, '['))
		return false;
	if (json_read_accept(read, ']'))
		return true;
	do
	{
		SurvivalCell cell = {0};
		const char *at;

		CHECK_FOR_INTERRUPTS();
		if (!json_read_require(read, '['))
			return false;
		if ((*counts)->unit == SURVIVAL_INTERVAL)
		{
			if (!json_read_int64(read, 0, &cell.time))
				return false;
		}
		else
		{
			double		number;

			if (!json_read_float8(read, &number))
				return false;
			cell.time = survival_time_number(number, "duration");
		}
		if ((*counts)->kind != SURVIVAL_CURVE)
		{
			int64		label;

			if (!json_read_require(read, ','))
				return false;
			at = read->p;
			if (!json_read_int64(read, 0, &label))
				return false;
			if (label > SURVIVAL_MAX_LABELS)
			{
				read->p = at;
				return json_read_expected(read, "the number of a cause or group");
			}
			cell.label = (uint32) label;
		}
		if (!json_read_require(read, ',') || !json_read_int64(read, 0, &cell.entered) ||
			!json_read_require(read, ',') || !json_read_int64(read, 0, &cell.events) ||
			!json_read_require(read, ',') || !json_read_int64(read, 0, &cell.censored) ||
			!json_read_require(read, ']'))
			return false;
		if (cell.events > PG_INT64_MAX - cell.censored ||
			(*counts)->total > PG_INT64_MAX - cell.events - cell.censored ||
			entries > PG_INT64_MAX - cell.entered)
			return json_read_wrong(read, "The counts are too great.");
		entries += cell.entered;
		if ((*counts)->ncells >= SURVIVAL_MAX_CELLS)
			return json_read_wrong(read, "There are too many rows.");
		*counts = survival_counts_cell(*counts, &cell);
	} while (json_read_accept(read, ','));
	return json_read_require(read, ']');
}

/* Reads a value.  Its unit must be known before its times, so it is looked up first. */
static SurvivalCounts *
read_counts(JsonRead *read, int kind, int unit)
{
	SurvivalCounts *counts = survival_counts_new(kind, unit == ANY_UNIT ? SURVIVAL_INTERVAL : unit);
	bool		has_unit = false;
	bool		has_labels = kind == SURVIVAL_CURVE;
	const char *times = NULL;
	const char *end;

	if (!json_read_require(read, '{'))
		return NULL;
	do
	{
		if (!json_read_string(read))
			return NULL;
		if (strcmp(read->string.data, "unit") == 0 && !has_unit)
		{
			int			found = -1;

			if (!json_read_require(read, ':') || !json_read_string(read))
				return NULL;
			for (int i = 0; i < 2; i++)
			{
				if (strcmp(read->string.data, unit_names[i]) == 0)
					found = i;
			}
			if (found < 0 || (unit != ANY_UNIT && found != unit))
			{
				json_read_wrong(read, unit == ANY_UNIT ? "The unit is not \"interval\" or \"number\"." :
								unit == SURVIVAL_INTERVAL ? "The unit is not \"interval\"." : "The unit is not \"number\".");
				return NULL;
			}
			counts->unit = found;
			has_unit = true;
		}
		else if (strcmp(read->string.data, "times") == 0 && times == NULL)
		{
			int			depth = 0;

			/* rows hold only numbers: skip to the end of the array */
			if (!json_read_require(read, ':') || !json_read_require(read, '['))
				return NULL;
			times = --read->p;
			do
			{
				if (read->p >= read->end)
				{
					json_read_expected(read, "\"]\"");
					return NULL;
				}
				if (*read->p == '[')
					depth++;
				else if (*read->p == ']')
					depth--;
				read->p++;
			} while (depth > 0);
		}
		else if (!has_labels && strcmp(read->string.data, labels_names[kind]) == 0)
		{
			if (!json_read_require(read, ':') || !read_labels(read, &counts))
				return NULL;
			has_labels = true;
		}
		else
		{
			json_read_wrong(read, "A key is unknown, or comes twice.");
			return NULL;
		}
	} while (json_read_accept(read, ','));
	if (!json_read_require(read, '}') || !json_read_end(read))
		return NULL;
	if (!has_unit || !has_labels || times == NULL)
	{
		json_read_wrong(read, kind == SURVIVAL_CURVE ? "The keys \"unit\" and \"times\" are needed." :
						kind == SURVIVAL_INCIDENCE ? "The keys \"unit\", \"causes\" and \"times\" are needed." :
						"The keys \"unit\", \"groups\" and \"times\" are needed.");
		return NULL;
	}
	end = read->p;
	read->p = times;
	if (!read_times(read, &counts))
		return NULL;
	read->p = end;
	return counts;
}

static Datum
counts_in(FunctionCallInfo fcinfo, int kind, int unit)
{
	struct Node *escontext = fcinfo->context;
	const SurvivalCounts *packed;
	SurvivalCounts *counts;
	const char *fault = NULL;
	JsonRead	read;

	json_read_init(&read, type_name(kind, unit), PG_GETARG_CSTRING(0), escontext);
	counts = read_counts(&read, kind, unit);
	if (counts == NULL)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < counts->ncells && fault == NULL; i++)
		fault = cell_fault(counts, &SURVIVAL_CELLS(counts)[i]);
	if (fault == NULL)
	{
		packed = survival_counts_packed(counts);
		fault = counts_fault(packed);
		if (fault == NULL)
			PG_RETURN_POINTER(packed);
	}
	json_read_wrong(&read, fault);
	PG_RETURN_NULL();
}

/* ---------------------------------------------------------------- binary */

/*
 * Binary: version, kind, unit (bytes); number of labels (int32), each as
 * length (int32) and bytes in the client's encoding; number of cells (int32),
 * each as time, entered, events, censored (int64) and label (int32).  A time
 * is an int64 of microseconds or the eight bytes of a float8.
 */
Datum
survival_counts_send(PG_FUNCTION_ARGS)
{
	const SurvivalCounts *counts = survival_counts_packed(PG_GETARG_SURVIVAL_COUNTS(0));
	JourneyLabel *labels = survival_counts_labels(counts);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, SURVIVAL_VERSION);
	pq_sendint8(&buf, counts->kind);
	pq_sendint8(&buf, counts->unit);
	pq_sendint32(&buf, counts->nlabels);
	for (uint32 i = 0; i < counts->nlabels; i++)
		pq_sendcountedtext(&buf, labels[i].data, labels[i].len);
	pq_sendint32(&buf, counts->ncells);
	for (uint32 i = 0; i < counts->ncells; i++)
	{
		const SurvivalCell *cell = &SURVIVAL_CELLS(counts)[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&buf, cell->time);
		pq_sendint64(&buf, cell->entered);
		pq_sendint64(&buf, cell->events);
		pq_sendint64(&buf, cell->censored);
		pq_sendint32(&buf, cell->label);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
malformed_binary(const char *type, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed binary form of %s", type),
			 errdetail_internal("%s", detail)));
}

static Datum
counts_recv(FunctionCallInfo fcinfo, int kind, int unit)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	const char *type = type_name(kind, unit);
	int			version = pq_getmsgbyte(buf);
	SurvivalCounts *counts;
	const SurvivalCounts *packed;
	uint32		map[SURVIVAL_MAX_LABELS + 1];
	int64		left;
	int			found;
	int			n;

	if (version != SURVIVAL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("binary form of %s has unknown version %d", type, version)));
	if (pq_getmsgbyte(buf) != kind)
		malformed_binary(type, "It is one of another type.");
	found = pq_getmsgbyte(buf);
	if (unit == ANY_UNIT ? found > SURVIVAL_FLOAT8 : found != unit)
		malformed_binary(type, "Its unit cannot be right.");
	counts = survival_counts_new(kind, found);

	n = pq_getmsgint(buf, 4);
	if (n < 0 || n > (kind == SURVIVAL_CURVE ? 0 : SURVIVAL_MAX_LABELS))
		malformed_binary(type, "Its number of names cannot be right.");
	map[0] = 0;
	for (int i = 0; i < n; i++)
	{
		int			len = pq_getmsgint(buf, 4);
		char	   *label;

		if (len < 0 || len > buf->len - buf->cursor)
			malformed_binary(type, "Its names cannot be right.");
		label = pq_getmsgtext(buf, len, &len);
		counts = survival_counts_label(counts, label, len, &map[i + 1]);
		if (map[i + 1] != (uint32) i + 1)
			malformed_binary(type, "A name comes twice.");
		pfree(label);
	}

	n = pq_getmsgint(buf, 4);
	if (n < 0 || n > SURVIVAL_MAX_CELLS || (int64) n * 36 > buf->len - buf->cursor)
		malformed_binary(type, "Its number of times cannot be right.");
	left = 0;
	for (int i = 0; i < n; i++)
	{
		SurvivalCell cell = {0};
		const char *fault;

		CHECK_FOR_INTERRUPTS();
		cell.time = pq_getmsgint64(buf);
		cell.entered = pq_getmsgint64(buf);
		cell.events = pq_getmsgint64(buf);
		cell.censored = pq_getmsgint64(buf);
		cell.label = pq_getmsgint(buf, 4);
		if (cell.time < 0)
			malformed_binary(type, "A time is negative.");
		if (found == SURVIVAL_FLOAT8)
			survival_time_number(survival_time_float8(counts, cell.time), "duration");
		fault = cell_fault(counts, &cell);
		if (fault != NULL)
			malformed_binary(type, fault);
		if (cell.entered > PG_INT64_MAX - left)
			malformed_binary(type, "The counts are too great.");
		left += cell.entered;
		counts = survival_counts_cell(counts, &cell);
	}
	packed = survival_counts_packed(counts);
	if (counts_fault(packed) != NULL)
		malformed_binary(type, counts_fault(packed));
	PG_RETURN_POINTER(packed);
}

/* ---------------------------------------------------------------- the functions */

Datum
survival_curve_in(PG_FUNCTION_ARGS)
{
	return counts_in(fcinfo, SURVIVAL_CURVE, SURVIVAL_INTERVAL);
}

Datum
survival_curve_float8_in(PG_FUNCTION_ARGS)
{
	return counts_in(fcinfo, SURVIVAL_CURVE, SURVIVAL_FLOAT8);
}

Datum
incidence_curve_in(PG_FUNCTION_ARGS)
{
	return counts_in(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_INTERVAL);
}

Datum
incidence_curve_float8_in(PG_FUNCTION_ARGS)
{
	return counts_in(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_FLOAT8);
}

Datum
log_rank_in(PG_FUNCTION_ARGS)
{
	return counts_in(fcinfo, SURVIVAL_LOG_RANK, ANY_UNIT);
}

Datum
survival_curve_recv(PG_FUNCTION_ARGS)
{
	return counts_recv(fcinfo, SURVIVAL_CURVE, SURVIVAL_INTERVAL);
}

Datum
survival_curve_float8_recv(PG_FUNCTION_ARGS)
{
	return counts_recv(fcinfo, SURVIVAL_CURVE, SURVIVAL_FLOAT8);
}

Datum
incidence_curve_recv(PG_FUNCTION_ARGS)
{
	return counts_recv(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_INTERVAL);
}

Datum
incidence_curve_float8_recv(PG_FUNCTION_ARGS)
{
	return counts_recv(fcinfo, SURVIVAL_INCIDENCE, SURVIVAL_FLOAT8);
}

Datum
log_rank_recv(PG_FUNCTION_ARGS)
{
	return counts_recv(fcinfo, SURVIVAL_LOG_RANK, ANY_UNIT);
}
