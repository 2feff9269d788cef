/*
 * templates.c
 *		Ready stage models: their labels, kinds and titles in three languages.
 *
 * They live here and not in the install script, because that script is read in
 * the encoding of the database and so has to be ASCII: in a LATIN1 database the
 * extension works, and only a Persian title cannot be had.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(stages_stage_templates);
PG_FUNCTION_INFO_V1(stages_stage_title);
PG_FUNCTION_INFO_V1(stages_stage_title_enum);
PG_FUNCTION_INFO_V1(stages_stage_kind);

/*
 * What a stage is for a funnel: open (on the way), won (a customer, or whatever
 * the model is after), lost, detour (off the way, may come back), group (a
 * class without an order of progress).
 */
typedef struct StageTemplate
{
	const char *template;
	const char *label;
	const char *kind;
	const char *title[3];		/* in the order of languages[], UTF-8 */
} StageTemplate;

static const char *const languages[] = {"en", "fa", "ru"};

/* A label that stands in several templates has the same titles in each. */
static const StageTemplate templates[] = {
	/* the marketing hourglass: narrow at the purchase, wide again after it */
	{"hourglass", "know", "open", {"Know", "شناخت", "Знакомство"}},
	{"hourglass", "like", "open", {"Like", "پسندیدن", "Симпатия"}},
	{"hourglass", "trust", "open", {"Trust", "اعتماد", "Доверие"}},
	{"hourglass", "try", "open", {"Try", "امتحان", "Проба"}},
	{"hourglass", "buy", "won", {"Buy", "خرید", "Покупка"}},
	{"hourglass", "repeat", "won", {"Repeat", "خرید دوباره", "Повторная покупка"}},
	{"hourglass", "refer", "won", {"Refer", "معرفی به دیگران", "Рекомендация"}},

	/* eight steps of customer development */
	{"customer", "acquaintance", "open", {"Acquaintance", "آشنایی", "Первое знакомство"}},
	{"customer", "study", "open", {"Study", "بررسی", "Изучение"}},
	{"customer", "choice", "open", {"Choice", "انتخاب", "Выбор"}},
	{"customer", "test_drive", "open", {"Test drive", "استفادهٔ آزمایشی", "Тест-драйв"}},
	{"customer", "purchase", "won", {"Purchase", "خرید نخست", "Первая покупка"}},
	{"customer", "regular", "won", {"Regular customer", "مشتری همیشگی", "Постоянный клиент"}},
	{"customer", "loyal", "won", {"Loyal customer", "مشتری وفادار", "Лояльный клиент"}},
	{"customer", "advocate", "won", {"Advocate", "مشتری حامی", "Клиент-адвокат"}},

	/* from a visitor to a customer; companies are qualified twice */
	{"lead", "visitor", "open", {"Visitor", "بازدیدکننده", "Посетитель"}},
	{"lead", "lead", "open", {"Lead", "سرنخ", "Лид"}},
	{"lead", "mql", "open", {"Marketing qualified lead", "سرنخ تأییدشدهٔ بازاریابی", "Лид, квалифицированный маркетингом"}},
	{"lead", "sql", "open", {"Sales qualified lead", "سرنخ تأییدشدهٔ فروش", "Лид, квалифицированный продажами"}},
	{"lead", "opportunity", "open", {"Opportunity", "فرصت فروش", "Возможность продажи"}},
	{"lead", "customer", "won", {"Customer", "مشتری", "Клиент"}},
	{"lead", "lost", "lost", {"Lost", "ازدست‌رفته", "Потерян"}},

	/* what a customer has of the required outcome and the appropriate experience */
	{"success", "onboarding", "open", {"Onboarding", "راه‌اندازی", "Внедрение"}},
	{"success", "neither_met", "detour", {"Neither outcome nor experience", "نه نتیجه، نه تجربه", "Ни результата, ни опыта"}},
	{"success", "experience_only", "detour", {"Experience without outcome", "تجربه بدون نتیجه", "Опыт без результата"}},
	{"success", "outcome_only", "detour", {"Outcome without experience", "نتیجه بدون تجربه", "Результат без опыта"}},
	{"success", "successful", "won", {"Successful", "موفق", "Успешный клиент"}},
	{"success", "advocate", "won", {"Advocate", "مشتری حامی", "Клиент-адвокат"}},
	{"success", "churned", "lost", {"Churned", "رفته", "Ушёл"}},

	/* how a customer becomes one who sells */
	{"advocacy", "surveyed", "open", {"Surveyed", "نظرسنجی‌شده", "Опрошен"}},
	{"advocacy", "fan", "open", {"Fan", "هوادار", "Фанат"}},
	{"advocacy", "known", "open", {"Known by name", "شناخته‌شده", "Известен поимённо"}},
	{"advocacy", "engaged", "open", {"Engaged", "همراه", "Вовлечён"}},
	{"advocacy", "recommending", "won", {"Recommending", "معرفی‌کننده", "Рекомендует"}},
	{"advocacy", "evangelist", "won", {"Evangelist", "مبلّغ", "Евангелист"}},
	{"advocacy", "disappointed", "lost", {"Disappointed", "دلسردشده", "Разочарован"}},

	/* the five kinds of customers who sell; one customer can be several */
	{"advocate_kind", "fan", "group", {"Fan", "هوادار", "Фанат"}},
	{"advocate_kind", "star", "group", {"Star", "ستاره", "Звезда"}},
	{"advocate_kind", "innovator", "group", {"Innovator", "نوآور", "Новатор"}},
	{"advocate_kind", "evangelist", "group", {"Evangelist", "مبلّغ", "Евангелист"}},
	{"advocate_kind", "lead_user", "group", {"Lead user", "کاربر پیشرو", "Ведущий пользователь"}},

	/* who takes up something new, and in which order: six groups */
	{"adoption", "innovators", "group", {"Innovators", "نوآوران", "Новаторы"}},
	{"adoption", "early_followers", "group", {"Early followers", "پیروان زودهنگام", "Ранние последователи"}},
	{"adoption", "late_followers", "group", {"Late followers", "پیروان دیرهنگام", "Поздние последователи"}},
	{"adoption", "early_majority", "group", {"Early majority", "اکثریت زودهنگام", "Раннее большинство"}},
	{"adoption", "late_majority", "group", {"Late majority", "اکثریت دیرهنگام", "Позднее большинство"}},
	{"adoption", "conservatives", "group", {"Conservatives", "محافظه‌کاران", "Консерваторы"}},

	/* the same after Rogers: five groups */
	{"adoption_rogers", "innovators", "group", {"Innovators", "نوآوران", "Новаторы"}},
	{"adoption_rogers", "early_adopters", "group", {"Early adopters", "پذیرندگان زودهنگام", "Ранние приверженцы"}},
	{"adoption_rogers", "early_majority", "group", {"Early majority", "اکثریت زودهنگام", "Раннее большинство"}},
	{"adoption_rogers", "late_majority", "group", {"Late majority", "اکثریت دیرهنگام", "Позднее большинство"}},
	{"adoption_rogers", "laggards", "group", {"Laggards", "دیرپذیران", "Отстающие"}},
};

/* Words of other models whose kind is plain. */
static const struct
{
	const char *label;
	const char *kind;
}			words[] = {
	{"abandoned", "lost"},
	{"canceled", "lost"},
	{"cancelled", "lost"},
	{"closed_lost", "lost"},
	{"closed_won", "won"},
	{"converted", "won"},
	{"declined", "lost"},
	{"disqualified", "lost"},
	{"nurture", "detour"},
	{"nurturing", "detour"},
	{"on_hold", "detour"},
	{"paused", "detour"},
	{"recycled", "detour"},
	{"rejected", "lost"},
	{"unqualified", "lost"},
	{"won", "won"},
};

static bool
is_ascii(const char *s)
{
	for (; *s; s++)
		if (IS_HIGHBIT_SET(*s))
			return false;
	return true;
}

/* UTF-8 as text of the database; NULL where its encoding has no such letters and that is no error. */
static text *
title_text(const char *title, bool noerror)
{
	int			len = strlen(title);
	int			encoding = GetDatabaseEncoding();
	Oid			proc;
	char	   *buf;
	Size		size;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_ascii(title))
		return cstring_to_text_with_len(title, len);

	proc = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(proc))
	{
		if (noerror)
			return NULL;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("default conversion function for encoding \"%s\" to \"%s\" does not exist",
						pg_encoding_to_char(PG_UTF8), pg_encoding_to_char(encoding))));
	}
	size = (Size) len * MAX_CONVERSION_GROWTH + 1;
	buf = palloc(size);
	if (pg_do_encoding_conversion_buf(proc, PG_UTF8, encoding,
									  (unsigned char *) unconstify(char *, title), len,
									  (unsigned char *) buf, size, noerror) < len)
		return NULL;
	return cstring_to_text(buf);
}

/* All templates, stage by stage. */
Datum
stages_stage_templates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			ordinal = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	for (int i = 0; i < (int) lengthof(templates); i++)
	{
		const StageTemplate *t = &templates[i];
		Datum		values[7];
		bool		nulls[7] = {0};

		ordinal = (i > 0 && strcmp(t->template, t[-1].template) == 0) ? ordinal + 1 : 1;
		values[0] = CStringGetTextDatum(t->template);
		values[1] = Int32GetDatum(ordinal);
		values[2] = CStringGetTextDatum(t->label);
		values[3] = CStringGetTextDatum(t->kind);
		for (int k = 0; k < (int) lengthof(languages); k++)
		{
			text	   *title = title_text(t->title[k], true);

			values[4 + k] = PointerGetDatum(title);
			nulls[4 + k] = (title == NULL);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The title of a label; one that no template has is shown as it is, with spaces and a capital. */
static text *
stage_title(const char *label, text *language)
{
	char	   *lang = text_to_cstring(language);
	int			k;
	char	   *own;

	for (k = 0; k < (int) lengthof(languages); k++)
		if (strcmp(lang, languages[k]) == 0)
			break;
	if (k == (int) lengthof(languages))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no stage titles in language \"%s\"", lang),
				 errhint("Titles are kept in \"en\", \"fa\" and \"ru\".")));

	for (int i = 0; i < (int) lengthof(templates); i++)
		if (strcmp(label, templates[i].label) == 0)
			return title_text(templates[i].title[k], false);

	own = pstrdup(label);
	own[0] = pg_ascii_toupper((unsigned char) own[0]);
	for (char *p = own; *p; p++)
		if (*p == '_')
			*p = ' ';
	return cstring_to_text(own);
}

Datum
stages_stage_title(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(stage_title(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_TEXT_PP(1)));
}

Datum
stages_stage_title_enum(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(stage_title(DatumGetCString(DirectFunctionCall1(enum_out, PG_GETARG_DATUM(0))),
								 PG_GETARG_TEXT_PP(1)));
}

/*
 * The kind of a label, by its name: "Closed Won", "closed-won" and "closed_won"
 * are one.  A template where the label is a step comes before one where it is
 * a group.
 */
Datum
stages_stage_kind(PG_FUNCTION_ARGS)
{
	char	   *label = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const char *kind = NULL;

	for (char *p = label; *p; p++)
		*p = (*p == ' ' || *p == '-') ? '_' : pg_ascii_tolower((unsigned char) *p);

	for (int i = 0; i < (int) lengthof(templates); i++)
		if (strcmp(label, templates[i].label) == 0 &&
			(kind == NULL || strcmp(kind, "group") == 0))
			kind = templates[i].kind;
	for (int i = 0; kind == NULL && i < (int) lengthof(words); i++)
		if (strcmp(label, words[i].label) == 0)
			kind = words[i].kind;

	PG_RETURN_TEXT_P(cstring_to_text(kind ? kind : "open"));
}
