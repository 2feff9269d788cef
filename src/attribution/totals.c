/*
 * totals.c
 *		attribution(touch_paths, model, ...): what each channel gets of all
 *		conversions; and the counted paths as rows.
 *
 * The rules give each path the same credits as attribution(journey, ...) gives
 * the customers who took it, so that both add up to the same, exactly.  The
 * other models find shares of 1, exact to 15 decimal places, and the totals are
 * multiplied by them.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "attribution/attribution.h"
#include "core/removal.h"

PG_FUNCTION_INFO_V1(attribution_paths);
PG_FUNCTION_INFO_V1(touch_paths_rows);

/* What is found out of each channel. */
typedef struct Totals
{
	int64	   *touches;
	Datum	   *conversions;	/* numeric */
	Datum	   *value;			/* numeric */
	int64	   *share;			/* of the conversions, in units of 10^-decimals */
	int			decimals;
	double	   *effect;			/* removal effects, or NULL */
} Totals;

static Datum
numeric_of_text(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static Datum
numeric_of_amount(const Amount *amount)
{
	char		text[WIDESUM_TEXT];

	amount_text(amount, text);
	return numeric_of_text(text);
}

static double
double_of_amount(const Amount *amount)
{
	return (double) amount->whole + (double) amount->fraction / (double) AMOUNT_ONE;
}

/* What a total is without the part of the paths that have no touches. */
static Amount
amount_rest(const Amount *all, const Amount *part)
{
	Amount		rest;

	rest.whole = all->whole - part->whole;
	rest.fraction = all->fraction - part->fraction;
	if (rest.fraction < 0)
	{
		rest.fraction += AMOUNT_ONE;
		rest.whole--;
	}
	return rest;
}

/* How many touches of each channel there are. */
static void
count_touches(const TouchPaths *paths, Totals *totals)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	int64	   *passed = touch_paths_passed(paths);

	for (uint32 i = 1; i < paths->nnodes; i++)
	{
		int64	   *touches = &totals->touches[nodes[i].channel];

		if (pg_add_s64_overflow(*touches, passed[i], touches))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("bigint out of range")));
	}
	pfree(passed);
}

/* The credits of a rule, path by path. */
static void
total_by_rule(const TouchPaths *paths, const AttributionOptions *options, const bool *skip, Totals *totals)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	int			nchannels = paths->nchannels;
	WideSum    *conversions = palloc0(sizeof(WideSum) * Max(nchannels, 1));
	WideSum    *value = palloc0(sizeof(WideSum) * Max(nchannels, 1));
	int32	   *place = palloc(sizeof(int32) * Max(nchannels, 1));
	double	   *shares = palloc(sizeof(double) * Max(nchannels, 1));
	double	   *weights = palloc(sizeof(double) * Max(nchannels, 1));
	int64	   *units = palloc(sizeof(int64) * Max(nchannels, 1));
	uint32	   *met = palloc(sizeof(uint32) * Max(nchannels, 1));	/* channels of the path, in order of first touch */
	bool	   *skipped = palloc(sizeof(bool) * Max(nchannels, 1));
	uint32	   *path = NULL;
	uint32		room = 0;
	bool		some = false;

	for (int c = 0; c < nchannels; c++)
		place[c] = -1;
	for (uint32 i = 1; i < paths->nnodes; i++)
	{
		Amount		count = {nodes[i].converted, 0};
		uint32		n;
		int			nmet = 0;

		CHECK_FOR_INTERRUPTS();
		if (nodes[i].converted == 0)
			continue;
		n = touch_paths_path(paths, i, &path, &room);
		for (uint32 k = 0; k < n; k++)
		{
			uint32		channel = path[k];

			if (place[channel] < 0)
			{
				skipped[nmet] = skip != NULL && skip[channel];
				met[nmet] = channel;
				place[channel] = nmet++;
			}
			path[k] = place[channel];
		}
		attribution_weights(options, n, path, NULL, 0, nmet, skip == NULL ? NULL : skipped, weights);
		attribution_apportion(weights, nmet, ATTRIBUTION_ONE, units);
		for (int k = 0; k < nmet; k++)
		{
			widesum_add(&conversions[met[k]], &count, units[k]);
			widesum_add(&value[met[k]], &nodes[i].value, units[k]);
			place[met[k]] = -1;
		}
		some = true;
	}
	for (int c = 0; c < nchannels; c++)
	{
		char		text[WIDESUM_TEXT];

		widesum_text(&conversions[c], text);
		totals->conversions[c] = numeric_of_text(text);
		shares[c] = strtod(text, NULL);
		widesum_text(&value[c], text);
		totals->value[c] = numeric_of_text(text);
	}
	if (some)
		totals->decimals = attribution_shares(shares, nchannels, totals->share);
}

/*
 * Splits a total by weights that are not all 0 unless it is: shares of 1, in
 * *units if somebody wants them, and the products.
 */
static void
split_total(Datum total, double *weights, int n, int64 *units, int *decimals, Datum *parts)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	if (!(sum > 0))
	{
		for (int i = 0; i < n; i++)
			parts[i] = numeric_of_text("0");
		return;
	}
	*decimals = attribution_shares(weights, n, units);
	if (*decimals < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("shares of the channels are out of range")));
	for (int i = 0; i < n; i++)
		parts[i] = DirectFunctionCall1(numeric_trim_scale,
									   DirectFunctionCall2(numeric_mul, touch_share(units[i], *decimals), total));
}

/* The removal effects of the chain. */
static void
weigh_by_removal(const TouchPaths *paths, int order, double *weights, double *value_weights)
{
	TouchChain *chain = touch_chain(paths, order, REMOVAL_MAX_STATES);
	Size		n = chain->nstates;
	RemovalChain removal;
	int		   *channel = palloc0(sizeof(int) * n);

	removal.nstates = chain->nstates;
	removal.moves = palloc0(sizeof(double) * n * n);
	removal.converted = palloc(sizeof(double) * n);
	removal.lost = palloc(sizeof(double) * n);
	removal.value = palloc(sizeof(double) * n);
	removal.channel = channel;
	removal.nchannels = paths->nchannels;
	for (Size i = 0; i < n; i++)
	{
		if (i > 0)
			channel[i] = chain->touches[i * order];
		removal.converted[i] = chain->converted[i];
		removal.lost[i] = chain->lost[i];
		removal.value[i] = double_of_amount(&chain->value[i]);
	}
	for (uint32 i = 0; i < chain->nmoves; i++)
		removal.moves[chain->moves[i].from * n + chain->moves[i].to] = chain->moves[i].paths;
	removal_effects(&removal, weights, value_weights);
}

/* Values that should add up to what all are worth must not have lost it to rounding. */
static void
check_sum(const double *values, int n, double all)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += values[i];
	if (fabs(sum - all) > 1e-9 * all)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("Shapley values are out of range"),
				 errdetail("The rate of all paths is too small beside those of some coalitions.")));
}

/*
 * Shapley values of the game in which a coalition is worth the conversion rate
 * (or the value per path) of the paths that meet no channel outside it.
 */
static void
weigh_by_rate(const TouchPaths *paths, double *weights, double *value_weights)
{
	const TouchNode *nodes = touch_paths_nodes(paths);
	int			n = paths->nchannels;
	Size		size;
	uint32	   *set;
	double	   *worth;
	double	   *value;
	double	   *all;

	if (n > SHAPLEY_MAX_CHANNELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("attribution model \"shapley_rate\" is limited to %d channels", SHAPLEY_MAX_CHANNELS),
				 errdetail("There are %d; every coalition of them would be looked at.", n),
				 errhint("Use the model \"shapley\", or fewer channels.")));
	size = (Size) 1 << n;
	set = palloc(sizeof(uint32) * (Size) paths->nnodes);
	worth = palloc0(sizeof(double) * size);
	value = palloc0(sizeof(double) * size);
	all = palloc0(sizeof(double) * size);
	set[0] = 0;
	for (uint32 i = 1; i < paths->nnodes; i++)
	{
		set[i] = set[nodes[i].parent] | (uint32) 1 << nodes[i].channel;
		worth[set[i]] += nodes[i].converted;
		value[set[i]] += double_of_amount(&nodes[i].value);
		all[set[i]] += (double) nodes[i].converted + (double) nodes[i].lost;
	}
	/* from exactly this set to any part of it */
	for (int b = 0; b < n; b++)
	{
		CHECK_FOR_INTERRUPTS();
		for (Size s = 0; s < size; s++)
		{
			if (s >> b & 1)
			{
				Size		without = s ^ (Size) 1 << b;

				worth[s] += worth[without];
				value[s] += value[without];
				all[s] += all[without];
			}
		}
	}
	for (Size s = 0; s < size; s++)
	{
		worth[s] = all[s] > 0 ? worth[s] / all[s] : 0;
		value[s] = all[s] > 0 ? value[s] / all[s] : 0;
	}
	attribution_shapley(n, worth, weights);
	attribution_shapley(n, value, value_weights);
	check_sum(weights, n, worth[size - 1]);
	check_sum(value_weights, n, value[size - 1]);
}

/* attribution(touch_paths, model, order, collapse, skip, shares) */
Datum
attribution_paths(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *model;
	bool		markov;
	bool		rate;
	AttributionOptions options = {0};
	JourneyLabelSet skip = {0};
	TouchPaths *paths;
	const TouchNode *root;
	Totals		totals = {0};
	int			n;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 PG_ARGISNULL(1) ? errmsg("attribution model must not be null") :
				 errmsg("whether repeats collapse must not be null")));
	model = PG_GETARG_TEXT_PP(1);
	markov = touch_model_is(model, "markov");
	rate = touch_model_is(model, "shapley_rate");
	if (!PG_ARGISNULL(4))
		journey_label_set(&skip, PG_GETARG_ARRAYTYPE_P(4));
	if (!PG_ARGISNULL(2))
	{
		if (!markov)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("order is an option of attribution model \"markov\" only")));
		touch_order_check(PG_GETARG_INT32(2));
	}
	if (markov || rate || touch_model_is(model, "shapley"))
	{
		if (skip.n > 0 || !PG_ARGISNULL(5))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("attribution model \"%.*s\" has no channels to skip and no shares",
							(int) VARSIZE_ANY_EXHDR(model), VARDATA_ANY(model))));
		/* what a path is worth, split evenly over its channels */
		options.rule = RULE_LINEAR_DISTINCT;
	}
	else
		touch_rule_options(&options, model, true, skip.n > 0, PG_ARGISNULL(5) ? NULL : PG_GETARG_ARRAYTYPE_P(5), NULL);
	if (options.rule == RULE_TIME_DECAY || options.rule == RULE_TIME_DECAY_STEPPED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("attribution model \"%.*s\" needs times, which touch_paths does not hold",
						(int) VARSIZE_ANY_EXHDR(model), VARDATA_ANY(model)),
				 errhint("Add up the credits of attribution(journey, ...) by channel.")));
	if (PG_ARGISNULL(0))
		return (Datum) 0;

	paths = touch_paths_pack(PG_GETARG_TOUCH_PATHS(0));
	if (PG_GETARG_BOOL(3))
		paths = touch_paths_collapse(paths);
	root = touch_paths_nodes(paths);
	n = paths->nchannels;
	totals.touches = palloc0(sizeof(int64) * Max(n, 1));
	totals.conversions = palloc(sizeof(Datum) * Max(n, 1));
	totals.value = palloc(sizeof(Datum) * Max(n, 1));
	totals.share = palloc0(sizeof(int64) * Max(n, 1));
	totals.decimals = ATTRIBUTION_DECIMALS;
	count_touches(paths, &totals);
	if (markov || rate)
	{
		double	   *weights = palloc0(sizeof(double) * Max(n, 1));
		double	   *value_weights = palloc0(sizeof(double) * Max(n, 1));
		int64	   *units = palloc(sizeof(int64) * Max(n, 1));
		int			decimals;
		Amount		value = amount_rest(&paths->value, &root->value);

		if (markov)
		{
			weigh_by_removal(paths, PG_ARGISNULL(2) ? 1 : PG_GETARG_INT32(2), weights, value_weights);
			totals.effect = weights;
		}
		else
			weigh_by_rate(paths, weights, value_weights);
		split_total(DirectFunctionCall1(int8_numeric, Int64GetDatum(paths->converted - root->converted)),
					weights, n, totals.share, &totals.decimals, totals.conversions);
		split_total(numeric_of_amount(&value), value_weights, n, units, &decimals, totals.value);
	}
	else
	{
		bool	   *skipped = NULL;

		if (skip.n > 0)
		{
			skipped = palloc(sizeof(bool) * Max(n, 1));
			for (int c = 0; c < n; c++)
			{
				JourneyLabel label = touch_paths_label(paths, c);

				skipped[c] = journey_label_set_find(&skip, &label) >= 0;
			}
		}
		total_by_rule(paths, &options, skipped, &totals);
	}

	/* behind the channels the conversions that no touch came before, if any */
	for (int c = 0; c < n + (root->converted > 0 ? 1 : 0); c++)
	{
		Datum		values[6] = {0};
		bool		nulls[6] = {false};

		if (c < n)
		{
			JourneyLabel label = touch_paths_label(paths, c);

			values[0] = PointerGetDatum(cstring_to_text_with_len(label.data, label.len));
			values[1] = Int64GetDatum(totals.touches[c]);
			values[2] = totals.conversions[c];
			values[3] = totals.value[c];
			values[4] = touch_share(totals.share[c], totals.decimals);
			nulls[5] = totals.effect == NULL;
			if (!nulls[5])
				values[5] = Float8GetDatum(totals.effect[c]);
		}
		else
		{
			values[1] = Int64GetDatum(0);
			values[2] = DirectFunctionCall1(int8_numeric, Int64GetDatum(root->converted));
			values[3] = numeric_of_amount(&root->value);
			nulls[0] = nulls[4] = nulls[5] = true;
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* paths(touch_paths): path, converted, lost, value */
Datum
touch_paths_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TouchPaths *paths;
	const TouchNode *nodes;
	Datum	   *labels;
	uint32	   *path = NULL;
	uint32		room = 0;
	MemoryContext row;
	MemoryContext before;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	paths = touch_paths_pack(PG_GETARG_TOUCH_PATHS(0));
	nodes = touch_paths_nodes(paths);
	labels = palloc(sizeof(Datum) * Max(paths->nchannels, 1));
	for (uint32 c = 0; c < paths->nchannels; c++)
	{
		JourneyLabel label = touch_paths_label(paths, c);

		labels[c] = PointerGetDatum(cstring_to_text_with_len(label.data, label.len));
	}
	row = AllocSetContextCreate(CurrentMemoryContext, "path of touches", ALLOCSET_DEFAULT_SIZES);
	for (uint32 i = 0; i < paths->nnodes; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};
		Datum	   *elems;
		uint32		n;

		CHECK_FOR_INTERRUPTS();
		if (nodes[i].converted == 0 && nodes[i].lost == 0)
			continue;
		n = touch_paths_path(paths, i, &path, &room);
		before = MemoryContextSwitchTo(row);
		elems = palloc_extended(sizeof(Datum) * Max((Size) n, 1), MCXT_ALLOC_HUGE);
		for (uint32 k = 0; k < n; k++)
			elems[k] = labels[path[k]];
		values[0] = PointerGetDatum(construct_array(elems, n, TEXTOID, -1, false, TYPALIGN_INT));
		values[1] = Int64GetDatum(nodes[i].converted);
		values[2] = Int64GetDatum(nodes[i].lost);
		values[3] = numeric_of_amount(&nodes[i].value);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextSwitchTo(before);
		MemoryContextReset(row);
	}
	return (Datum) 0;
}
