# One call of every aggregate of the extension, over two tables of sample rows: for tests that compare an aggregate on
# other servers, or computed in other ways, with the aggregate itself.  An aggregate without a call here is a failure
# of every test that asks for the calls.
package JourneyAggregates;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(facts_sql people_sql aggregate_calls nearly);

# Rows of events: 24 customers, ties of time, NULLs, floats that have no short decimal form, intervals of all fields.
# What is a constant in a usual call is a column here too (the names after "constants"), so that it can come from
# where the row is.
sub facts_sql
{
	my ($name) = @_;
	return <<"SQL";
SET extra_float_digits = 1;		-- jsonb is made of text
CREATE TABLE $name AS
SELECT i AS id, customer, customer % 3 AS team, at, at AT TIME ZONE 'UTC' AS at_plain, (at AT TIME ZONE 'UTC')::date AS day,
	extract(epoch FROM at)::bigint AS n, label, label::aggregate_stage AS stage, ref, label = 'visit' AS c1, label = 'cart' AS c2, label = 'pay' AS c3,
	won, p, p * 100 / 7 AS points, p + 0.1 AS weight, (p * 1e6)::numeric(12, 2) / 3 AS amount,
	make_interval(days => i % 11, secs => p * 1e5) AS dwell, make_interval(secs => p * 1e4) AS entered,
	p * 300 / 7 AS seconds, p * 20 / 7 AS entered_seconds, nullif((ARRAY['won', 'lost', 'Zürich', '-'])[1 + i % 4], '-') AS cause, 'arm ' || i % 2 AS arm,
	i % 2 = 0 AS treated, jsonb_build_object('src', ref, 'n', i % 9, 'x', p) - CASE WHEN i % 5 = 0 THEN 'x' ELSE '' END AS features,
	ARRAY[label, coalesce(ref, 'direct')] AS path, (i % 4)::bigint AS converted, CASE WHEN i % 4 > 0 THEN (p * 1e6)::numeric(12, 2) / 4 END AS earned, (i % 3)::bigint AS lost, journey.grade((ARRAY['A1', 'B2', 'C3', 'D4'])[1 + i % 4]) AS grade,
	CASE WHEN i % 13 > 0 THEN ARRAY[i % 2 = 0, i % 3 = 0, NULL, i % 5 = 0] END AS kept, ARRAY[i % 5, 3, i % 5, 1, 1, 1]::bigint[] AS counts,
	nullif(i % 13, 12) AS said,
	-- constants
	interval '2 days 00:00:00.5' AS within, 200000::bigint AS within_n, 'increase, exact'::text AS mode, '(?1).*(?2)'::text AS pattern,
	'forward'::text AS direction, 'first_match'::text AS base, 'week'::text AS unit, interval '1 day 12:00' AS length, 6 AS periods, '{0,1,3,9}'::int[] AS brackets,
	'on_or_after'::text AS kind, 'Europe/Berlin'::text AS zone, timestamptz '2026-03-20Z' AS as_of, interval '14 days' AS half_life, '{visit,cart,pay}'::text[] AS steps, 0.3::float8 AS share, 4 AS bins, 9999.9::float8 AS points_cap,
	'{"signals": {"visit": {"points": 0.1, "half_life": "7 days"}, "cart": {"points": 7, "max": 2, "per": "1 day"}, "pay": {"points": 1e-3}}}'::jsonb AS model
FROM (SELECT i, i % 24 AS customer, timestamptz '2026-03-01Z' + (i * 7919 % 400) * interval '1 hour' + (i % 3) * interval '1 us' AS at,
		(ARRAY['visit', 'cart', 'pay', 'help', 'cart'])[1 + (i * 31 + i / 24 * i / 7) % 5] AS label, (ARRAY['ads', 'mail', NULL, 'Zürich "x", y'])[1 + i % 4] AS ref,
		i * 37 % 101 < 45 AS won, sqrt((i * 53 % 97 + 1)::float8) / 10 AS p
	FROM generate_series(1, 240) AS i) AS s;
ALTER TABLE $name ADD COLUMN started journey.lead_model;
UPDATE $name SET started = '{"kind": "logistic", "ridge": 1, "steps": 0, "features": {"n": {"number": [0, null, 3.9875, 2.564958170549116]}, "x": {"number": [0, null, 0.65625, 0.2314], "missing": [0, null]},
	"src": {"levels": {"mail": [0, null], "Zürich \\"x\\", y": [0, null]}, "missing": [0, null], "reference": "ads"}}, "converged": false, "intercept": [-0.2344007058388443, null], "negatives": 134, "positives": 106}';
RESET extra_float_digits;
SQL
}

# One row for each customer: the values that are stored and rolled up.
sub people_sql
{
	my ($name, $facts) = @_;
	return <<"SQL";
CREATE TABLE $name AS
SELECT f.customer, f.customer % 3 AS team, journey.journey_agg(label, at) AS journey, journey.step_log(within, mode, at, c1, c2, c3) AS step_log,
	journey.sequence_log(pattern, at, c1, c2, c3) AS sequence_log, journey.score_agg(points, at, half_life) AS score,
	journey.lead_score(model, label, at) AS scorecard, journey.outcome_log(won, p) AS outcome_log, journey.naive_bayes(won, features) AS bayes,
	journey.dwell_times(dwell, won) AS dwell_times, journey.survival(dwell, won) AS survival, journey.survival(seconds, won) AS survival_float8,
	journey.cumulative_incidence(dwell, cause) AS incidence, journey.cumulative_incidence(seconds, cause) AS incidence_float8,
	journey.log_rank(dwell, won, arm) AS log_rank, journey.weighted_pipeline(amount, p / 2) AS pipeline, journey.attribution_agg(path, converted, lost, earned) AS touch_paths,
	journey.uplift(treated, won) AS uplift, journey.nps(said, p) AS nps, journey.retention_counts(kept) AS retention_counts, bool_or(won) AS won, max(amount) AS amount,
	-- constants
	'{visit,cart,pay}'::text[] AS steps, interval '3 days' AS within, 'reuse'::text AS mode, 4 AS depth, 'backward'::text AS direction, 'visit'::text AS from_label,
	'{pay,help}'::text[] AS ends, timestamptz '2026-03-18Z' AS as_of, 'pay'::text AS conversion, interval '9 days' AS lookback, '{visit,help,cart}'::text[] AS channels, true AS every
FROM $facts AS f GROUP BY f.customer;
ALTER TABLE $name ADD COLUMN funnel journey.funnel, ADD COLUMN path_counts journey.path_counts, ADD COLUMN transition_matrix journey.transition_matrix;
UPDATE $name AS p SET funnel = s.funnel, path_counts = s.path_counts, transition_matrix = s.matrix
FROM (SELECT customer, journey.funnel(journey, steps) AS funnel, journey.path_counts(journey, depth) AS path_counts, journey.transition_matrix(journey) AS matrix
	FROM $name GROUP BY customer) AS s WHERE s.customer = p.customer;
SQL
}

my $conditions = 'VARIADIC ARRAY[c1, c2, c3]';
my %calls;

sub call { my ($table, $signature, @arguments) = @_; $calls{"journey.$signature"} = { table => $table, arguments => \@arguments }; }

call('facts', 'journey_agg(text,timestamp with time zone)', 'label', 'at');
call('facts', 'journey_agg(anyenum,timestamp with time zone)', 'stage', 'at');
call('people', 'funnel(journey.journey,text[])', 'journey', 'steps');
call('people', 'funnel(journey.journey,text[],interval)', 'journey', 'steps', 'within');
call('people', 'funnel(journey.journey,text[],interval,text)', 'journey', 'steps', 'within', 'mode');
for (['timestamp with time zone', 'at'], ['timestamp without time zone', 'at_plain'])
{
	my ($type, $at) = @$_;
	call('facts', "funnel_events(anycompatible,$type,anyelement,text[])", 'customer', $at, 'label', 'steps');
	call('facts', "funnel_events(anycompatible,$type,anyelement,text[],interval)", 'customer', $at, 'label', 'steps', 'within');
	call('facts', "funnel_events(anycompatible,$type,anyelement,text[],interval,text)", 'customer', $at, 'label', 'steps', 'within', 'mode');
}
for (['timestamp with time zone', 'at', 'interval', 'within'], ['timestamp without time zone', 'at_plain', 'interval', 'within'],
	['date', 'day', 'interval', 'length'], ['bigint', 'n', 'bigint', 'within_n'])
{
	my ($type, $at, $length, $within) = @$_;
	for my $name ('window_funnel', 'window_funnel_times', 'step_log')
	{
		call('facts', "$name($length,$type,boolean[])", $within, $at, $conditions);
		call('facts', "$name($length,text,$type,boolean[])", $within, 'mode', $at, $conditions);
	}
	call('facts', "$_(text,$type,boolean[])", 'pattern', $at, $conditions)
	  for 'sequence_match', 'sequence_count', 'sequence_match_events', 'sequence_progress', 'sequence_log';
}
call('facts', 'retention(boolean[])', $conditions);
for my $unit (['text', 'unit'], ['interval', 'length'])
{
	for my $periods (['integer', 'periods'], ['integer[]', 'brackets'])
	{
		my @types = ('timestamp with time zone', 'boolean', 'boolean', $unit->[0], $periods->[0], 'text', 'text', 'timestamp with time zone');
		my @arguments = ('at', 'c1', 'c2 OR c3', $unit->[1], $periods->[1], 'kind', 'zone', 'as_of');
		call('facts', 'retention_periods(' . join(',', @types[ 0 .. $_ ]) . ')', @arguments[ 0 .. $_ ]) for 4 .. 7;
	}
}
call('facts', "$_(boolean[])", 'kept') for 'retention_counts', 'retention_observed', 'retention_rates';
call('people', 'retention_rollup(bigint[])', 'retention_counts');
call('facts', 'next_node(text,text,timestamp with time zone,text,boolean,boolean[])', 'direction', 'base', 'at', 'label', 'true', 'VARIADIC ARRAY[c1]');
call('facts', 'next_node(text,text,timestamp with time zone,anyelement,boolean,boolean[])', 'direction', 'base', 'at', 'n', 'true', 'VARIADIC ARRAY[c1]');
call('facts', 'path_agg(text,timestamp with time zone)', 'label', 'at');
call('facts', 'path_agg(anyenum,timestamp with time zone)', 'stage', 'at');
call('people', 'path_counts(journey.journey,integer)', 'journey', 'depth');
call('people', 'path_counts(journey.journey,integer,text)', 'journey', 'depth', 'direction');
call('facts', 'score_agg(double precision,timestamp with time zone,interval)', 'points', 'at', 'half_life');
call('facts', 'lead_score(jsonb,text,timestamp with time zone)', 'model', 'label', 'at');
call('facts', "$_(journey.grade)", 'grade') for 'min', 'max';
call('facts', 'account_max(double precision)', 'points');
call('facts', 'account_sum(double precision,double precision)', 'points', 'points_cap');
call('facts', 'account_weighted(double precision,double precision)', 'points', 'weight');
call('facts', "$_(boolean,double precision)", 'won', 'p')
  for qw(outcome_log auc ks brier log_loss gain lift calibration calibration_error confusion platt isotonic);
call('facts', "$_(boolean,double precision,double precision)", 'won', 'p', 'share') for qw(gain lift confusion);
call('facts', "$_(boolean,double precision,integer)", 'won', 'p', 'bins') for qw(calibration calibration_error);
call('facts', "$_(boolean,jsonb)", 'won', 'features') for qw(naive_bayes logistic logistic_start);
call('facts', "$_(boolean,jsonb,double precision)", 'won', 'features', 'share') for qw(logistic logistic_start);
call('facts', 'logistic_step(journey.lead_model,boolean,jsonb)', 'started', 'won', 'features');
call('facts', 'rate(boolean)', 'won');
call('facts', 'dwell_times(interval,boolean)', 'dwell', 'won');
for (['interval', 'dwell', 'entered'], ['double precision', 'seconds', 'entered_seconds'])
{
	my ($type, $duration, $entered) = @$_;
	for my $more ([], [ [ $type, $entered ] ])
	{
		my $types = join '', map { ",$_->[0]" } @$more;
		my @rest = map { $_->[1] } @$more;
		call('facts', "survival($type,boolean$types)", $duration, 'won', @rest);
		call('facts', "cumulative_incidence($type,text$types)", $duration, 'cause', @rest);
		call('facts', "log_rank($type,boolean,text$types)", $duration, 'won', 'arm', @rest);
	}
}
call('people', "$_(journey.journey,text,text[],timestamp with time zone)", 'journey', 'from_label', 'ends', 'as_of') for 'survival', 'cumulative_incidence';
call('people', 'transition_matrix(journey.journey)', 'journey');
call('people', 'transition_matrix(journey.journey,timestamp with time zone)', 'journey', 'as_of');
call('facts', 'weighted_pipeline(numeric,double precision)', 'amount', 'p / 2');
call('people', 'attribution_agg(journey.journey,boolean)', 'journey', 'won');
call('people', 'attribution_agg(journey.journey,boolean,numeric)', 'journey', 'won', 'amount');
call('people', 'attribution_agg(journey.journey,text)', 'journey', 'conversion');
call('people', 'attribution_agg(journey.journey,text,numeric)', 'journey', 'conversion', 'amount');
call('people', 'attribution_agg(journey.journey,text,numeric,interval,text[],boolean)', 'journey', 'conversion', 'amount', 'lookback', 'channels', 'every');
call('facts', 'attribution_agg(text[],bigint,bigint)', 'path', 'converted', 'lost');
call('facts', 'attribution_agg(text[],bigint,bigint,numeric)', 'path', 'converted', 'lost', 'earned');
call('facts', 'uplift(boolean,boolean)', 'treated', 'won');
call('facts', 'nps(integer)', 'said');
call('facts', 'nps(integer,numeric)', 'said', 'amount');
call('facts', 'nps(integer,double precision)', 'said', 'p');
call('people', "rollup(journey.$_->[0])", $_->[1]) for map { ref $_ ? $_ : [ $_, $_ ] }
  qw(journey funnel step_log sequence_log path_counts score scorecard outcome_log dwell_times log_rank transition_matrix pipeline touch_paths uplift nps),
  [ 'lead_model', 'bayes' ], [ 'survival_curve', 'survival' ], [ 'survival_curve_float8', 'survival_float8' ],
  [ 'incidence_curve', 'incidence' ], [ 'incidence_curve_float8', 'incidence_float8' ];

# Aggregates whose state loses the last digits of a float when it is text, or whose floats depend on the order of addition
# by as much; the pages of these aggregates say so.  All others are exact.
our %rounded = map { $_ => 1 } 'journey.lead_score(jsonb,text,timestamp with time zone)', 'journey.rollup(journey.scorecard)', 'journey.logistic_start(boolean,jsonb)',
  'journey.logistic_start(boolean,jsonb,double precision)', 'journey.logistic_step(journey.lead_model,boolean,jsonb)';

# Whether two texts are the same but for the last digits of the numbers in them.
sub nearly
{
	my ($one, $other) = @_;
	my $number = qr/(?<![\w.:-])-?\d+\.\d+(?:e-?\d+)?(?![\w:])/;
	my @one = $one =~ /$number/g;
	my @other = $other =~ /$number/g;
	return 0 if @one != @other || $one =~ s/$number/#/gr ne $other =~ s/$number/#/gr;
	return !grep { abs($one[$_] - $other[$_]) > 1e-12 * (1 + abs($one[$_])) } 0 .. $#one;
}

# The calls for all aggregates that the extension has in this database, in order of their signatures: each with signature, table, arguments (a list
# of expressions), call (the whole expression), and what pg_aggregate says (transition, combine, final: functions or empty; state, result: types).
# Dies with the names of aggregates that have no call, and of calls that have no aggregate; with older => 1, for an older version of the
# extension, the calls are those of its aggregates.
sub aggregate_calls
{
	my ($node, $db, %options) = @_;
	my (@calls, @missing, %known);
	for (split /\n/, $node->safe_psql($db, <<'SQL'))
SET search_path = pg_catalog;
SELECT p.oid::regprocedure, a.aggtransfn::regproc, nullif(a.aggcombinefn, 0)::regproc, nullif(a.aggfinalfn, 0)::regproc, a.aggtranstype::regtype,
	p.prorettype::regtype, a.agginitval, a.aggfinalextra, t.proisstrict, coalesce(c.proisstrict, false)
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_proc t ON t.oid = a.aggtransfn LEFT JOIN pg_proc c ON c.oid = a.aggcombinefn
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
ORDER BY 1
SQL
	{
		my ($signature, $transition, $combine, $final, $state, $result, $first, $extra, $strict, $combine_strict) = split /\|/, $_, -1;
		my $call = $calls{$signature};
		if (!$call) { push @missing, "no call of $signature"; next; }
		$known{$signature} = 1;
		my ($name) = $signature =~ /^([^(]*)/;
		push @calls, { %$call, signature => $signature, call => "$name(" . join(', ', @{ $call->{arguments} }) . ')',
			rounded => $rounded{$signature}, transition => $transition, combine => $combine, final => $final, state => $state, result => $result, first => $first,
			extra => $extra eq 't', strict => $strict eq 't', combine_strict => $combine_strict eq 't' };
	}
	push @missing, map { "no aggregate $_" } grep { !$options{older} } grep { !$known{$_} } sort keys %calls;
	die join("\n", @missing) . "\n" if @missing;
	return @calls;
}

1;
