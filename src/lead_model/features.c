/*
 * features.c
 *		The features of a row, from jsonb.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "compat.h"
#include "lead_model/lead_model.h"

int
feature_text_cmp(const char *a, int alen, const char *b, int blen)
{
	if (alen != blen)
		return alen < blen ? -1 : 1;
	return memcmp(a, b, alen);
}

/* The path of a feature, for messages. */
static char *
feature_path(const char *name, int len)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "$.");
	escape_json(&buf, pnstrdup(name, len));
	return buf.data;
}

int
features_read(Jsonb *features, FeatureValue *value, struct Node *escontext)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;
	int			n = 0;

	if (!JB_ROOT_IS_OBJECT(features))
		ereturn(escontext, -1,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features must be a JSON object"),
				 errdetail("At $ is %s.", JB_ROOT_IS_SCALAR(features) ? "a single value" : "an array"),
				 errhint("Features are given as {\"name\": number, string, true, false or null, ...}.")));
	if (JB_ROOT_COUNT(features) > MODEL_MAX_FEATURES)
		ereturn(escontext, -1,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many features"),
				 errdetail("There are %u; at most %d are allowed.", JB_ROOT_COUNT(features), MODEL_MAX_FEATURES)));
	it = JsonbIteratorInit(&features->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		FeatureValue *f = &value[n];

		if (token == WJB_KEY)
		{
			f->name = v.val.string.val;
			f->namelen = v.val.string.len;
			if (f->namelen > MODEL_MAX_TEXT)
				ereturn(escontext, -1,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("name of a feature is too long"),
						 errdetail("It has %d bytes; at most %d are allowed.", f->namelen, MODEL_MAX_TEXT)));
			continue;
		}
		if (token != WJB_VALUE)
			continue;
		switch (v.type)
		{
			case jbvNull:
				continue;
			case jbvBool:
				f->kind = v.val.boolean ? FEATURE_TRUE : FEATURE_FALSE;
				break;
			case jbvNumeric:
				f->kind = FEATURE_NUMBER;
				f->number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
															   NumericGetDatum(v.val.numeric)));
				if (!isfinite(f->number))
					ereturn(escontext, -1,
							(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							 errmsg("number is out of range for a feature"),
							 errdetail("It is at %s.", feature_path(f->name, f->namelen))));
				break;
			case jbvString:
				f->kind = FEATURE_STRING;
				f->text = v.val.string.val;
				f->textlen = v.val.string.len;
				if (f->textlen > MODEL_MAX_TEXT)
					ereturn(escontext, -1,
							(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							 errmsg("string is too long for a feature"),
							 errdetail("At %s it has %d bytes; at most %d are allowed.",
									   feature_path(f->name, f->namelen), f->textlen, MODEL_MAX_TEXT)));
				break;
			default:
				ereturn(escontext, -1,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("feature must be a number, a string, a boolean or null"),
						 errdetail("At %s is an array or an object.", feature_path(f->name, f->namelen)),
						 errhint("Give each part of it a name of its own.")));
		}
		n++;
	}
	return n;
}
