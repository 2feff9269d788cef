/*
 * text.c
 *		Text input and output of the calendar type.
 *
 * The text form is JSON (on one line):
 *
 *		{"zone": "Europe/Berlin",
 *		 "week": {"mon": ["09:00-12:00", "13:00-17:00"], "fri": ["09:00-15:00"]},
 *		 "versions": [{"from": "2027-01-01", "week": {"mon": ["08:00-16:00"]}}],
 *		 "holidays": {"2026-12-24": ["09:00-12:00"], "2026-12-25": []}}
 *
 * Only the zone must be there.  Input takes several days at once, as
 * "mon-fri".
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "calendar/calendar.h"
#include "core/iso8601.h"

PG_FUNCTION_INFO_V1(calendar_in);
PG_FUNCTION_INFO_V1(calendar_out);

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* ---------------------------------------------------------------- output */

static void
append_date(StringInfo buf, int32 date)
{
	int64		year;
	int			month;
	int			day;

	iso8601_date_from_days(date, &year, &month, &day);
	appendStringInfo(buf, "%04d-%02d-%02d", (int) year, month, day);
}

static void
append_time(StringInfo buf, int32 second)
{
	appendStringInfo(buf, "%02d:%02d", second / 3600, second / 60 % 60);
	if (second % 60 != 0)
		appendStringInfo(buf, ":%02d", second % 60);
}

static void
append_day(StringInfo buf, const CalendarDay *day)
{
	appendStringInfoChar(buf, '[');
	for (int i = 0; i < day->n; i++)
	{
		appendStringInfoString(buf, i > 0 ? ", \"" : "\"");
		append_time(buf, day->hours[i].begins);
		appendStringInfoChar(buf, '-');
		append_time(buf, day->hours[i].ends);
		appendStringInfoChar(buf, '"');
	}
	appendStringInfoChar(buf, ']');
}

static void
append_week(StringInfo buf, const CalendarWeek *week)
{
	bool		any = false;

	appendStringInfoString(buf, "\"week\": {");
	for (int d = 0; d < 7; d++)
	{
		if (week->day[d].n == 0)
			continue;
		appendStringInfo(buf, "%s\"%s\": ", any ? ", " : "", day_names[d]);
		append_day(buf, &week->day[d]);
		any = true;
	}
	appendStringInfoChar(buf, '}');
}

Datum
calendar_out(PG_FUNCTION_ARGS)
{
	CalendarData *data = calendar_open(PG_GETARG_CALENDAR_PP(0));
	const Calendar *core = &data->core;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"zone\": ");
	escape_json(&buf, data->zone);
	appendStringInfoString(&buf, ", ");
	append_week(&buf, &core->weeks[0]);
	if (core->nweeks > 1)
	{
		appendStringInfoString(&buf, ", \"versions\": [");
		for (int i = 1; i < core->nweeks; i++)
		{
			appendStringInfoString(&buf, i > 1 ? ", {\"from\": \"" : "{\"from\": \"");
			append_date(&buf, core->weeks[i].since);
			appendStringInfoString(&buf, "\", ");
			append_week(&buf, &core->weeks[i]);
			appendStringInfoChar(&buf, '}');
		}
		appendStringInfoChar(&buf, ']');
	}
	if (core->ndates > 0)
	{
		appendStringInfoString(&buf, ", \"holidays\": {");
		for (int i = 0; i < core->ndates; i++)
		{
			appendStringInfoString(&buf, i > 0 ? ", \"" : "\"");
			append_date(&buf, core->dates[i].date);
			appendStringInfoString(&buf, "\": ");
			append_day(&buf, &core->dates[i].day);
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/* ---------------------------------------------------------------- text input */

/* Where in the document we are, for messages, and where errors go. */
typedef struct Reader
{
	StringInfoData path;
	struct Node *escontext;
} Reader;

/* Goes to a key; leave with the length that is returned. */
static int
enter_key(Reader *reader, const JsonbValue *key)
{
	int			before = reader->path.len;
	bool		plain = key->val.string.len > 0;

	for (int i = 0; i < key->val.string.len; i++)
		plain &= key->val.string.val[i] >= 'a' && key->val.string.val[i] <= 'z';
	appendStringInfoChar(&reader->path, '.');
	if (plain)
		appendBinaryStringInfo(&reader->path, key->val.string.val, key->val.string.len);
	else
		escape_json(&reader->path, pnstrdup(key->val.string.val, key->val.string.len));
	return before;
}

static int
enter_element(Reader *reader, int i)
{
	int			before = reader->path.len;

	appendStringInfo(&reader->path, "[%d]", i);
	return before;
}

static void
leave(Reader *reader, int before)
{
	reader->path.len = before;
	reader->path.data[before] = '\0';
}

/* Reports something wrong at the path.  Returns false, for soft errors. */
static bool
wrong(Reader *reader, const char *hint, const char *format,...) pg_attribute_printf(3, 4);

static bool
wrong(Reader *reader, const char *hint, const char *format,...)
{
	StringInfoData what;

	initStringInfo(&what);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&what, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&what, needed);
	}
	ereturn(reader->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed calendar literal"),
			 errdetail("At %s: %s", reader->path.data, what.data),
			 hint ? errhint("%s", hint) : 0));
}

/* A JSON value as it is shown in a message. */
static const char *
shown(const JsonbValue *value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	switch (value->type)
	{
		case jbvString:
			escape_json(&buf, pnstrdup(value->val.string.val, value->val.string.len));
			return buf.data;
		case jbvNull:
			return "null";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		case jbvBinary:
			return JsonContainerIsObject(value->val.binary.data) ? "an object" : "an array";
		default:
			return "something else";
	}
}

static bool
is_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

static bool
is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data);
}

/* A number of so many digits, at least one. */
static bool
read_digits(const char **p, const char *end, int most, int *number)
{
	const char *start = *p;

	*number = 0;
	while (*p < end && *p - start < most && **p >= '0' && **p <= '9')
		*number = *number * 10 + (*(*p)++ - '0');
	return *p > start;
}

/* h:mm or hh:mm, and seconds if need be. */
static bool
read_time(const char **p, const char *end, int32 *second)
{
	int			part[3] = {0, 0, 0};
	int			n = 0;

	for (;;)
	{
		const char *start = *p;

		if (!read_digits(p, end, 2, &part[n]) || (n > 0 && *p - start != 2))
			return false;
		if (++n == 3 || *p >= end || **p != ':')
			break;
		(*p)++;
	}
	*second = part[0] * 3600 + part[1] * 60 + part[2];
	return n > 1 && part[1] < 60 && part[2] < 60 && *second <= 86400;
}

static bool
read_hours(Reader *reader, const JsonbValue *value, CalendarHours *hours)
{
	const char *p;
	const char *end;
	bool		good = false;

	if (value->type == jbvString)
	{
		p = value->val.string.val;
		end = p + value->val.string.len;
		good = read_time(&p, end, &hours->begins);
		while (good && p < end && *p == ' ')
			p++;
		good = good && p < end && *p++ == '-';
		while (good && p < end && *p == ' ')
			p++;
		good = good && read_time(&p, end, &hours->ends) && p == end;
	}
	if (!good)
		return wrong(reader, NULL, "Expected hours such as \"09:00-17:30\", found %s.", shown(value));
	if (hours->begins >= hours->ends)
		return wrong(reader, "Hours over midnight are those of two days: until 24:00 on the first, from 00:00 on the next.",
					 "The hours %s end before they begin.", shown(value));
	return true;
}

static int
compare_hours(const void *a, const void *b)
{
	const CalendarHours *x = a;
	const CalendarHours *y = b;

	return x->begins != y->begins ? (x->begins < y->begins ? -1 : 1) : (x->ends > y->ends) - (x->ends < y->ends);
}

static bool
read_day(Reader *reader, const JsonbValue *value, CalendarDay *day)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;
	CalendarHours *hours;
	int			n = 0;
	int			kept = 0;

	if (!is_array(value))
		return wrong(reader, NULL, "Expected an array of hours such as [\"09:00-17:30\"], found %s.", shown(value));
	hours = palloc(sizeof(CalendarHours) * Max(JsonContainerSize(value->val.binary.data), 1));
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		int			before;

		if (token != WJB_ELEM)
			continue;
		before = enter_element(reader, n);
		if (!read_hours(reader, &element, &hours[n]))
			return false;
		leave(reader, before);
		n++;
	}
	qsort(hours, n, sizeof(CalendarHours), compare_hours);
	for (int i = 0; i < n; i++)
	{
		if (kept > 0 && hours[i].begins < hours[kept - 1].ends)
		{
			StringInfoData both;

			initStringInfo(&both);
			append_time(&both, hours[i - 1].begins);
			appendStringInfoChar(&both, '-');
			append_time(&both, hours[i - 1].ends);
			appendStringInfoString(&both, " and ");
			append_time(&both, hours[i].begins);
			appendStringInfoChar(&both, '-');
			append_time(&both, hours[i].ends);
			return wrong(reader, NULL, "The hours %s overlap.", both.data);
		}
		/* hours that touch are one */
		if (kept > 0 && hours[i].begins == hours[kept - 1].ends)
			hours[kept - 1].ends = hours[i].ends;
		else
			hours[kept++] = hours[i];
	}
	day->n = kept;
	day->hours = hours;
	return true;
}

static int
find_day(const char *name, int len)
{
	for (int d = 0; len == 3 && d < 7; d++)
	{
		if (memcmp(name, day_names[d], 3) == 0)
			return d;
	}
	return -1;
}

static bool
read_week(Reader *reader, const JsonbValue *value, CalendarWeek *week)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	hours;
	int			seen = 0;

	if (!is_object(value))
		return wrong(reader, NULL, "Expected an object of days such as {\"mon\": [\"09:00-17:30\"]}, found %s.", shown(value));
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		const char *name = key.val.string.val;
		int			len = key.val.string.len;
		int			before;
		int			first;
		int			last;
		CalendarDay day;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &hours, true);
		before = enter_key(reader, &key);
		first = last = find_day(name, len);
		if (len == 7 && name[3] == '-')
		{
			first = find_day(name, 3);
			last = find_day(name + 4, 3);
		}
		if (first < 0 || last < 0)
			return wrong(reader, NULL, "Expected a day (mon, tue, wed, thu, fri, sat, sun) or several, as mon-fri.");
		if (!read_day(reader, &hours, &day))
			return false;
		for (int d = first;; d = (d + 1) % 7)
		{
			if (seen & (1 << d))
				return wrong(reader, NULL, "The hours of %s are given twice.", day_names[d]);
			seen |= 1 << d;
			week->day[d] = day;
			if (d == last)
				break;
		}
		leave(reader, before);
	}
	return true;
}

static bool
read_date(Reader *reader, const JsonbValue *value, int32 *date)
{
	const char *p = value->val.string.val;
	const char *end;
	int			year;
	int			month;
	int			day;
	bool		good = value->type == jbvString && value->val.string.len == 10;

	if (good)
	{
		end = p + 10;
		good = read_digits(&p, end, 4, &year) && p < end && *p++ == '-' &&
			read_digits(&p, end, 2, &month) && p < end && *p++ == '-' &&
			read_digits(&p, end, 2, &day) && p == end && year > 0 && month >= 1 && month <= 12 && day >= 1;
	}
	if (good)
	{
		int64		back_year;
		int			back_month;
		int			back_day;

		*date = (int32) iso8601_days_from_date(year, month, day);
		iso8601_date_from_days(*date, &back_year, &back_month, &back_day);
		good = back_month == month && back_day == day;
	}
	return good || wrong(reader, NULL, "Expected a date such as \"2026-12-25\", found %s.", shown(value));
}

static bool
read_versions(Reader *reader, const JsonbValue *value, Calendar *core)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;
	int			n = 0;

	if (!is_array(value))
		return wrong(reader, NULL, "Expected an array of versions, found %s.", shown(value));
	core->weeks = repalloc(core->weeks, sizeof(CalendarWeek) * (1 + JsonContainerSize(value->val.binary.data)));
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		JsonbIterator *inner;
		JsonbValue	key;
		JsonbValue	part;
		CalendarWeek *week;
		bool		has_from = false;
		bool		has_week = false;
		int			outside;

		if (token != WJB_ELEM)
			continue;
		outside = enter_element(reader, n);
		if (!is_object(&element))
			return wrong(reader, NULL, "Expected an object with \"from\" and \"week\", found %s.", shown(&element));
		week = &core->weeks[core->nweeks++];
		memset(week, 0, sizeof(CalendarWeek));
		inner = JsonbIteratorInit(element.val.binary.data);
		while ((token = JsonbIteratorNext(&inner, &key, true)) != WJB_DONE)
		{
			int			before;

			if (token != WJB_KEY)
				continue;
			(void) JsonbIteratorNext(&inner, &part, true);
			before = enter_key(reader, &key);
			if (key.val.string.len == 4 && memcmp(key.val.string.val, "from", 4) == 0)
			{
				has_from = true;
				if (!read_date(reader, &part, &week->since))
					return false;
			}
			else if (key.val.string.len == 4 && memcmp(key.val.string.val, "week", 4) == 0)
			{
				has_week = true;
				if (!read_week(reader, &part, week))
					return false;
			}
			else
				return wrong(reader, NULL, "A version has the keys \"from\" and \"week\".");
			leave(reader, before);
		}
		if (!has_from || !has_week)
			return wrong(reader, NULL, "The key \"%s\" is missing.", has_from ? "week" : "from");
		if (n > 0 && week->since <= week[-1].since)
			return wrong(reader, NULL, "A version must begin after the one before it.");
		leave(reader, outside);
		n++;
	}
	return true;
}

static int
compare_dates(const void *a, const void *b)
{
	int32		x = ((const CalendarDate *) a)->date;
	int32		y = ((const CalendarDate *) b)->date;

	return (x > y) - (x < y);
}

static bool
read_holidays(Reader *reader, const JsonbValue *value, Calendar *core)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	hours;

	if (!is_object(value))
		return wrong(reader, NULL, "Expected an object of dates such as {\"2026-12-25\": []}, found %s.", shown(value));
	core->dates = palloc0(sizeof(CalendarDate) * Max(JsonContainerSize(value->val.binary.data), 1));
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		CalendarDate *date;
		int			before;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &hours, true);
		before = enter_key(reader, &key);
		date = &core->dates[core->ndates++];
		if (!read_date(reader, &key, &date->date) || !read_day(reader, &hours, &date->day))
			return false;
		leave(reader, before);
	}
	qsort(core->dates, core->ndates, sizeof(CalendarDate), compare_dates);
	return true;
}

static bool
read_zone(Reader *reader, const JsonbValue *value, CalendarData *data)
{
	char	   *name;

	if (value->type != jbvString)
		return wrong(reader, NULL, "Expected the name of a time zone such as \"Europe/Berlin\", found %s.", shown(value));
	name = pnstrdup(value->val.string.val, value->val.string.len);
	data->tz = calendar_find_zone(name);
	if (data->tz == NULL)
		ereturn(reader->escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errdetail("At %s: Expected the name of a time zone such as \"Europe/Berlin\".", reader->path.data),
				 errhint("The view pg_timezone_names shows them.")));
	/* as the zone itself is spelt */
	data->zone = pg_get_timezone_name(data->tz);
	return true;
}

/* Reads the whole calendar.  False after a soft error. */
static bool
read_calendar(Reader *reader, Jsonb *document, CalendarData *data)
{
	Calendar   *core = &data->core;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	core->nweeks = 1;
	core->weeks = palloc0(sizeof(CalendarWeek));
	if (!JB_ROOT_IS_OBJECT(document))
		return wrong(reader, NULL, "Expected an object such as {\"zone\": \"Europe/Berlin\", \"week\": {\"mon-fri\": [\"09:00-17:00\"]}}.");
	it = JsonbIteratorInit(&document->root);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		const char *name;
		int			before;
		bool		good;

		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		before = enter_key(reader, &key);
		name = pnstrdup(key.val.string.val, key.val.string.len);
		if (strcmp(name, "zone") == 0)
			good = read_zone(reader, &value, data);
		else if (strcmp(name, "week") == 0)
			good = read_week(reader, &value, &core->weeks[0]);
		else if (strcmp(name, "versions") == 0)
			good = read_versions(reader, &value, core);
		else if (strcmp(name, "holidays") == 0)
			good = read_holidays(reader, &value, core);
		else
			good = wrong(reader, NULL, "A calendar has the keys \"zone\", \"week\", \"versions\" and \"holidays\".");
		if (!good)
			return false;
		leave(reader, before);
	}
	return data->zone != NULL || wrong(reader, NULL, "The key \"zone\" is missing.");
}

Datum
calendar_in(PG_FUNCTION_ARGS)
{
	CalendarData *data = palloc0(sizeof(CalendarData));
	Reader		reader;
	Datum		document;

	if (!DirectInputFunctionCallSafe(jsonb_in, PG_GETARG_CSTRING(0), InvalidOid, -1, fcinfo->context, &document))
		PG_RETURN_NULL();
	initStringInfo(&reader.path);
	appendStringInfoChar(&reader.path, '$');
	reader.escontext = fcinfo->context;
	if (!read_calendar(&reader, DatumGetJsonbP(document), data))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(calendar_pack(data));
}
