/*
 * touches.c
 *		The touches of a journey that lead to a conversion.
 *
 * By time alone, never by the spelling of labels: a touch at the time of the
 * conversion belongs to it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "attribution/attribution.h"
#include "core/timespan.h"

PG_FUNCTION_INFO_V1(attribution_touches);

/* Is the question sound? */
void
touch_question_check(const TouchQuestion *question)
{
	if (question->has_label && question->has_at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("conversion must be given as a label or as a time, not both")));
	if (question->every && !question->has_label)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("every conversion needs the label of the conversions")));
	if (question->has_at && TIMESTAMP_NOT_FINITE(question->converted_at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time of the conversion must be finite")));
	if (question->lookback != NULL && timespan_sign(question->lookback) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lookback must not be negative")));
}

void
touch_walk_begin(TouchWalk *walk, const TouchQuestion *question, const JourneyView *view)
{
	const JourneyLabel *labels = journey_view_labels(view);
	bool	   *touches = palloc(sizeof(bool) * Max(view->nlabels, 1));
	int			conversion = -1;

	if (question->has_label)
		conversion = journey_view_find(view, question->label.data, question->label.len);
	for (int i = 0; i < view->nlabels; i++)
		touches[i] = i != conversion &&
			(!question->has_channels || journey_label_set_find(&question->channels, &labels[i]) >= 0);

	memset(walk, 0, sizeof(TouchWalk));
	walk->question = question;
	walk->label = palloc_extended(sizeof(uint32) * Max((Size) view->n, 1), MCXT_ALLOC_HUGE);
	walk->at = palloc_extended(sizeof(int64) * Max((Size) view->n, 1), MCXT_ALLOC_HUGE);
	walk->conversion = palloc_extended(sizeof(int64) * (conversion < 0 ? 1 : (Size) view->n), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < view->n; i++)
	{
		int			num = journey_view_num(view, i);

		if (num == conversion)
			walk->conversion[walk->nconversions++] = journey_view_at(view, i);
		else if (touches[num])
		{
			walk->label[walk->ntouches] = num;
			walk->at[walk->ntouches++] = journey_view_at(view, i);
		}
	}
	if (question->has_at)
		walk->conversion[walk->nconversions++] = question->converted_at;
	if (!question->every)
		walk->nconversions = Min(walk->nconversions, 1);
}

/*
 * The next conversion with its touches, which may be none; after the last one
 * of every conversion, and where there is no conversion at all, the touches
 * that led to none yet.  False when there is nothing more.
 */
bool
touch_walk_next(TouchWalk *walk, TouchSpan *span)
{
	if (walk->over)
		return false;
	span->from = walk->done;
	span->to = walk->ntouches;
	span->converted = walk->next < walk->nconversions;
	if (span->converted)
	{
		span->at = walk->conversion[walk->next++];
		/* the last touch at or before that time */
		for (uint32 low = span->from; low < span->to;)
		{
			uint32		middle = low + (span->to - low) / 2;

			if (walk->at[middle] <= span->at)
				low = middle + 1;
			else
				span->to = middle;
		}
		walk->done = span->to;
		walk->over = !walk->question->every;
	}
	else
	{
		walk->over = true;
		/* after a conversion no touch is nothing more */
		if (span->from == span->to && walk->nconversions > 0)
			return false;
		span->at = span->to > 0 ? walk->at[span->to - 1] : 0;
	}

	if (walk->question->lookback != NULL)
	{
		int64		since = timespan_add(span->at, walk->question->lookback, -1);

		while (span->from < span->to && walk->at[span->from] < since)
			span->from++;
	}
	return true;
}

/*
 * touches(journey [, conversion [, converted_at [, lookback [, channels]]]]):
 * the touches that lead to the first conversion
 */
Datum
attribution_touches(PG_FUNCTION_ARGS)
{
	TouchQuestion question = {0};
	JourneyView view;
	TouchWalk	walk;
	TouchSpan	span;
	JourneyEntry *entries;
	uint32		n;

	if (!PG_ARGISNULL(1))
	{
		text	   *label = PG_GETARG_TEXT_PP(1);

		question.has_label = true;
		question.label.data = VARDATA_ANY(label);
		question.label.len = VARSIZE_ANY_EXHDR(label);
	}
	if (!PG_ARGISNULL(2))
	{
		question.has_at = true;
		question.converted_at = PG_GETARG_TIMESTAMPTZ(2);
	}
	if (!PG_ARGISNULL(3))
		question.lookback = PG_GETARG_INTERVAL_P(3);
	touch_question_check(&question);
	if (!PG_ARGISNULL(4))
	{
		question.has_channels = true;
		journey_label_set(&question.channels, PG_GETARG_ARRAYTYPE_P(4));
	}
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	journey_view_init(&view, PG_GETARG_JOURNEY_PP(0));
	touch_walk_begin(&walk, &question, &view);
	if (!touch_walk_next(&walk, &span))
		span.from = span.to = 0;
	n = span.to - span.from;
	entries = palloc_extended(sizeof(JourneyEntry) * Max((Size) n, 1), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < n; i++)
	{
		entries[i].at = walk.at[span.from + i];
		entries[i].num = walk.label[span.from + i];
		entries[i].rank = 0;
	}
	PG_RETURN_JOURNEY_P(journey_pack(journey_view_labels(&view), view.nlabels, entries, n));
}
