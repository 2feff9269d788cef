/*
 * io.c
 *		Text and binary input and output of the scorecard type.
 *
 * The text form is JSON, on one line:
 *
 *		{"model": {...},
 *		 "signals": {"demo": {"touches": 2, "sum": 1.5, "at": "2026-01-15T00:00:00Z"},
 *					 "visit": {"touches": 3, "times": ["2026-01-05T09:30:00Z", ...]},
 *					 "size": {"touches": 1}},
 *		 "unknown": {"spam": 4}}
 *
 * Of a signal, "sum" is how many touches those there were are worth at the time
 * of the last, where it decays; "times" are those of the touches that may count,
 * where not all do.  Both are there only where the model asks for them.  On
 * input keys may come in any order, and "unknown" may be left out.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"

#include "compat.h"
#include "scorecard/card.h"

PG_FUNCTION_INFO_V1(scorecard_in);
PG_FUNCTION_INFO_V1(scorecard_out);
PG_FUNCTION_INFO_V1(scorecard_recv);
PG_FUNCTION_INFO_V1(scorecard_send);

static char *
card_text(const Scorecard *unpacked)
{
	const Scorecard *card = card_pack(unpacked);
	const ScoringModel *model = card_model(card);
	const CardTouch *touch = card_touches(card);
	const CardTouch *end = touch + card->ntouches;
	StringInfoData buf;
	bool		any = false;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"model\": ");
	model_append(&buf, model);
	appendStringInfoString(&buf, ", \"signals\": {");
	for (uint32 i = 0; i < card->nsignals; i++)
	{
		const ModelSignal *signal = &model_signals(model)[i];
		const CardSignal *state = &card_signals(card)[i];

		if (state->touches == 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (any)
			appendStringInfoString(&buf, ", ");
		any = true;
		append_json_string(&buf, model_name(model, &signal->name), signal->name.len);
		appendStringInfo(&buf, ": {\"touches\": " INT64_FORMAT, state->touches);
		if (signal->keeps == MODEL_KEEPS_SUM)
		{
			appendStringInfoString(&buf, ", \"sum\": ");
			append_json_number(&buf, state->sum);
			appendStringInfoString(&buf, ", \"at\": ");
			append_json_time(&buf, state->at);
		}
		else if (signal->keeps == MODEL_KEEPS_TIMES)
		{
			appendStringInfoString(&buf, ", \"times\": [");
			for (bool first = true; touch < end && touch->signal == i; touch++, first = false)
			{
				if (!first)
					appendStringInfoString(&buf, ", ");
				append_json_time(&buf, touch->at);
			}
			appendStringInfoChar(&buf, ']');
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, '}');
	if (card->nunknown > 0)
	{
		appendStringInfoString(&buf, ", \"unknown\": {");
		for (uint32 i = 0; i < card->nunknown; i++)
		{
			const CardUnknown *unknown = &card_unknown(card)[i];

			if (i > 0)
				appendStringInfoString(&buf, ", ");
			append_json_string(&buf, card_names(card) + unknown->offset, unknown->len);
			appendStringInfo(&buf, ": " INT64_FORMAT, unknown->touches);
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/* ---------------------------------------------------------------- input */

static bool
read_times(JsonReader *reader, const JsonbValue *value, Scorecard **card, uint32 signal, int64 *n)
{
	JsonbValue *elements;
	int			count;

	if (!reader_elements(reader, value, CARD_MAX_TOUCHES, &elements, &count))
		return false;
	for (int i = 0; i < count; i++)
	{
		int			before = reader_enter_element(reader, i);
		int64		at;

		if (!reader_time(reader, &elements[i], &at))
			return false;
		*card = card_add_time(*card, signal, at);
		reader_leave(reader, before);
	}
	*n = count;
	pfree(elements);
	return true;
}

static bool
read_signal(JsonReader *reader, const JsonbValue *value, Scorecard **card, uint32 number)
{
	ModelKeeps	keeps = model_signals(card_model(*card))[number].keeps;
	JsonMember *members;
	int			n;
	int64		touches = 0;
	double		sum = 0;
	int64		at = 0;
	int64		ntimes = 0;
	bool		has_at = false;

	if (!reader_members(reader, value, 100, &members, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		const JsonbValue *part = &members[i].value;
		int			before = reader_enter(reader, members[i].key, members[i].len);
		bool		good;

		if (reader_is(&members[i], "touches"))
			good = reader_integer(reader, part, 1, PG_INT64_MAX, &touches);
		else if (keeps == MODEL_KEEPS_SUM && reader_is(&members[i], "sum"))
			good = reader_number(reader, part, 1e20, &sum);
		else if (keeps == MODEL_KEEPS_SUM && reader_is(&members[i], "at"))
			good = has_at = reader_time(reader, part, &at);
		else if (keeps == MODEL_KEEPS_TIMES && reader_is(&members[i], "times"))
			good = read_times(reader, part, card, number, &ntimes);
		else
			good = reader_fault(reader, "this key is unknown for such a signal; there are touches%s",
								keeps == MODEL_KEEPS_SUM ? ", sum and at" : keeps == MODEL_KEEPS_TIMES ? " and times" : " only");
		if (!good)
			return false;
		reader_leave(reader, before);
	}
	if (touches == 0)
		return reader_fault(reader, "the touches are missing");
	if (keeps == MODEL_KEEPS_SUM && !has_at)
		return reader_fault(reader, "the time of the last touch, \"at\", is missing");
	/* the last touch is worth all of a touch at its own time, no other is worth more */
	if (keeps == MODEL_KEEPS_SUM && !(sum >= 1 && sum <= (double) touches))
		return reader_fault(reader, "the sum must be between 1 and the number of touches");
	if (keeps == MODEL_KEEPS_TIMES && (ntimes == 0 || ntimes > touches))
		return reader_fault(reader, "there must be between 1 and as many times as touches");
	*card = card_set_signal(*card, number, touches, sum, at);
	return true;
}

static bool
read_signals(JsonReader *reader, const JsonbValue *value, Scorecard **card)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, MODEL_MAX_SIGNALS, &members, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		int			before = reader_enter(reader, members[i].key, members[i].len);
		int			number = model_find_signal(card_model(*card), members[i].key, members[i].len);

		if (number < 0)
			return reader_fault(reader, "the model has no such signal");
		if (!read_signal(reader, &members[i].value, card, number))
			return false;
		reader_leave(reader, before);
	}
	return true;
}

static bool
read_unknown(JsonReader *reader, const JsonbValue *value, Scorecard **card)
{
	JsonMember *members;
	int			n;

	if (!reader_members(reader, value, CARD_MAX_UNKNOWN, &members, &n))
		return false;
	for (int i = 0; i < n; i++)
	{
		int			before = reader_enter(reader, members[i].key, members[i].len);
		int64		touches;

		if (model_find_signal(card_model(*card), members[i].key, members[i].len) >= 0)
			return reader_fault(reader, "the model knows this signal");
		if (members[i].len > MODEL_MAX_NAME)
			return reader_fault(reader, "the name of a signal must have at most %d bytes, not %d",
								MODEL_MAX_NAME, members[i].len);
		if (!reader_integer(reader, &members[i].value, 1, PG_INT64_MAX, &touches))
			return false;
		*card = card_add_unknown(*card, members[i].key, members[i].len, touches);
		reader_leave(reader, before);
	}
	return true;
}

/* NULL after a soft error. */
static Scorecard *
card_parse(const char *text, int sqlstate, struct Node *escontext)
{
	JsonReader	reader;
	Jsonb	   *json;
	JsonbValue	document;
	JsonMember *members;
	const JsonMember *model = NULL;
	const JsonMember *signals = NULL;
	const JsonMember *unknown = NULL;
	ScoringModel *read;
	Scorecard  *card;
	int			before;
	int			n;

	if (!json_parse(text, escontext, &json))
		return NULL;
	reader_init(&reader, "malformed scorecard", sqlstate, escontext);
	reader_document(json, &document);
	if (!reader_members(&reader, &document, 100, &members, &n))
		return NULL;
	for (int i = 0; i < n; i++)
	{
		if (reader_is(&members[i], "model"))
			model = &members[i];
		else if (reader_is(&members[i], "signals"))
			signals = &members[i];
		else if (reader_is(&members[i], "unknown"))
			unknown = &members[i];
		else
		{
			(void) reader_enter(&reader, members[i].key, members[i].len);
			(void) reader_fault(&reader, "this key is unknown; a scorecard has model, signals and unknown");
			return NULL;
		}
	}
	if (model == NULL || signals == NULL)
	{
		(void) reader_fault(&reader, "there is no \"%s\"", model == NULL ? "model" : "signals");
		return NULL;
	}
	before = reader_enter(&reader, "model", 5);
	read = model_read(&reader, &model->value);
	if (read == NULL)
		return NULL;
	reader_leave(&reader, before);
	card = card_new(read);
	before = reader_enter(&reader, "signals", 7);
	if (!read_signals(&reader, &signals->value, &card))
		return NULL;
	reader_leave(&reader, before);
	if (unknown != NULL)
	{
		(void) reader_enter(&reader, "unknown", 7);
		if (!read_unknown(&reader, &unknown->value, &card))
			return NULL;
	}
	return card_pack(card);
}

Datum
scorecard_in(PG_FUNCTION_ARGS)
{
	Scorecard  *card = card_parse(PG_GETARG_CSTRING(0), ERRCODE_INVALID_TEXT_REPRESENTATION, fcinfo->context);

	if (card == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(card);
}

Datum
scorecard_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(card_text(PG_GETARG_SCORECARD(0)));
}

/* Binary, as that of jsonb: a version byte and the text. */
Datum
scorecard_send(PG_FUNCTION_ARGS)
{
	char	   *text = card_text(PG_GETARG_SCORECARD(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, CARD_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
scorecard_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	char	   *text;
	int			len;

	if (version != CARD_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("scorecard has unknown version %d", version)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	PG_RETURN_POINTER(card_parse(text, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL));
}
