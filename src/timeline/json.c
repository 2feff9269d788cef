/*
 * json.c
 *		A journey as jsonb: [{"at": "2026-01-05T09:30:00Z", "label": "lead"}, ...]
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/jsonb.h"

#include "core/iso8601.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(journey_to_jsonb);
PG_FUNCTION_INFO_V1(journey_from_jsonb);

static void
push_string(JsonbParseState **state, JsonbIteratorToken token, const char *string, int len)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = (char *) string;
	value.val.string.len = len;
	(void) pushJsonbValue(state, token, &value);
}

Datum
journey_to_jsonb(PG_FUNCTION_ARGS)
{
	JourneyView view;
	const JourneyLabel *labels;
	JsonbParseState *state = NULL;

	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	labels = journey_view_labels(&view);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (uint32 i = 0; i < view.n; i++)
	{
		const JourneyLabel *label = &labels[journey_view_num(&view, i)];
		char	   *at = palloc(ISO8601_MAXLEN);
		int			len = iso8601_format(journey_view_at(&view, i), at);

		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_string(&state, WJB_KEY, "at", 2);
		push_string(&state, WJB_VALUE, at, len);
		push_string(&state, WJB_KEY, "label", 5);
		push_string(&state, WJB_VALUE, label->data, label->len);
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* Every refusal says the same, and in detail what is wrong. */
#define refuse(...) \
	ereport(ERROR, \
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), \
			 errmsg("cannot cast jsonb to type journey"), \
			 errdetail(__VA_ARGS__)))

/* Reads one object, from behind its opening, and adds it to the build. */
static JourneyBuild *
read_entry(JsonbIterator **it, JourneyBuild *build, int element)
{
	JsonbValue	key;
	JsonbValue	value;
	JsonbValue	label = {0};
	JsonbValue	at = {0};
	bool		has_label = false;
	bool		has_at = false;
	int64		time;
	const char *next;

	while (JsonbIteratorNext(it, &key, false) == WJB_KEY)
	{
		bool		is_label = key.val.string.len == 5 && memcmp(key.val.string.val, "label", 5) == 0;
		bool		is_at = key.val.string.len == 2 && memcmp(key.val.string.val, "at", 2) == 0;

		if (!is_label && !is_at)
			refuse("Element %d has a key \"%.*s\"; an entry has \"label\" and \"at\" only.",
				   element, key.val.string.len, key.val.string.val);
		(void) JsonbIteratorNext(it, &value, true);
		if (value.type != jbvString)
			refuse("\"%s\" of element %d is not a string.", is_label ? "label" : "at", element);
		if (is_label)
		{
			label = value;
			has_label = true;
		}
		else
		{
			at = value;
			has_at = true;
		}
	}
	if (!has_label || !has_at)
		refuse("Element %d has no \"%s\".", element, has_at ? "label" : "at");
	if (label.val.string.len == 0 || label.val.string.len > JOURNEY_MAX_LABEL)
		refuse("The label of element %d has %d bytes; it must have between 1 and %d.",
			   element, label.val.string.len, JOURNEY_MAX_LABEL);
	if (iso8601_parse(at.val.string.val, at.val.string.val + at.val.string.len, &time, &next) != ISO8601_OK ||
		next != at.val.string.val + at.val.string.len)
		refuse("\"at\" of element %d is not a time such as 2026-01-05T09:30:00Z: \"%.*s\".",
			   element, at.val.string.len, at.val.string.val);
	return journey_build_add(build, label.val.string.val, label.val.string.len, time);
}

/* The entries may come in any order. */
Datum
journey_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	JourneyBuild *build;
	int			element = 0;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		refuse("A journey is an array of objects with \"label\" and \"at\".");
	build = journey_build_new(JB_ROOT_COUNT(json));
	(void) JsonbIteratorNext(&it, &value, false);
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_END_ARRAY)
	{
		element++;
		CHECK_FOR_INTERRUPTS();
		if (token != WJB_BEGIN_OBJECT)
			refuse("Element %d is not an object with \"label\" and \"at\".", element);
		build = read_entry(&it, build, element);
	}
	PG_RETURN_JOURNEY_P(journey_build_finish(build));
}
