# Every combinable aggregate taken apart: its transition function called by plain SQL, row by row, outside of any aggregate,
# its state written as text and read again at every step, the states of shards combined in any order, and the final
# function called on what comes out.  That is more than a server that computes partial aggregates elsewhere and sends
# them as text asks of it.  The result must be that of the aggregate.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyAggregates;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION journey; CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');"
	  . facts_sql('facts') . people_sql('people', 'facts') . "ALTER TABLE people RENAME customer TO id; ANALYZE");

$node->safe_psql('postgres', <<'SQL');
-- The state of the rows of one shard, as text.
CREATE FUNCTION state_of(source text, team int, shard int, shards int, transition text, is_strict boolean, state_type text, initial text, arguments text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	state text := initial;
	plain text := array_to_string(ARRAY(SELECT regexp_replace(a, '^VARIADIC ', '') FROM unnest(arguments) a), ', ');
	row_id int;
	skip boolean := false;
BEGIN
	FOR row_id IN EXECUTE format('SELECT id FROM %I WHERE team = $1 AND id / 3 %% $2 = $3 ORDER BY md5(id::text)', source) USING team, shards, shard LOOP
		IF is_strict THEN
			EXECUTE format('SELECT num_nulls(%s) > 0 FROM %I WHERE id = $1', plain, source) INTO skip USING row_id;
			CONTINUE WHEN skip;
			IF state IS NULL THEN		-- as the executor has it: the first value is the state
				EXECUTE format('SELECT ((%s)::%s)::text FROM %I WHERE id = $1', plain, state_type, source) INTO state USING row_id;
				CONTINUE;
			END IF;
		END IF;
		EXECUTE format('SELECT %s($1::%s, %s)::text FROM %I WHERE id = $2', transition, state_type, array_to_string(arguments, ', '), source)
			INTO state USING state, row_id;
	END LOOP;
	RETURN state;
END $$;

CREATE FUNCTION combined(states text[], combine text, is_strict boolean, state_type text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	state text;
	next text;
BEGIN
	FOREACH next IN ARRAY states LOOP
		IF is_strict AND (state IS NULL OR next IS NULL) THEN
			state := coalesce(state, next);
		ELSE
			EXECUTE format('SELECT %s($1::%s, $2::%2$s)::text', combine, state_type) INTO state USING state, next;
		END IF;
	END LOOP;
	RETURN state;
END $$;

-- NULL if the aggregate taken apart says what it says as a whole, else what differs.
CREATE FUNCTION difference(source text, call text, transition text, is_strict boolean, state_type text, initial text, arguments text[],
	combine text, combine_is_strict boolean, final text, extra boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	whole text;
	states text[];
	orders int[][] := '{{1,2,3,4},{4,2,1,3},{3,4,2,1}}';
	state text;
	apart text;
	nulls text;
BEGIN
	EXECUTE format('SELECT %s::text FROM %I WHERE team = 1', call, source) INTO whole;
	-- three shards with rows, and one without
	states := ARRAY(SELECT state_of(source, 1, shard, 3, transition, is_strict, state_type, initial, arguments) FROM generate_series(0, 3) AS shard);
	nulls := CASE WHEN extra THEN ', ' || (SELECT string_agg(CASE WHEN a ~ '^VARIADIC ' THEN format('VARIADIC (SELECT %s WHERE false)', substr(a, 10))
		ELSE format('(SELECT %s WHERE false)', a) END, ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY AS u (a, n)) ELSE '' END;
	FOR i IN 1 .. 3 LOOP
		state := combined(ARRAY(SELECT states[orders[i][n]] FROM generate_series(1, 4) n), combine, combine_is_strict, state_type);
		IF final = '' THEN
			apart := state;
		ELSE
			EXECUTE format('SELECT %s($1::%s%s)::text FROM %I LIMIT 1', final, state_type, nulls, source) INTO apart USING state;
		END IF;
		IF apart IS DISTINCT FROM whole THEN
			RETURN format('order %s: %s, not %s', i, coalesce(apart, 'NULL'), coalesce(whole, 'NULL'));
		END IF;
	END LOOP;
	IF whole IS NULL THEN
		RETURN 'NULL, which shows nothing';
	END IF;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SQL

sub quoted { my ($s) = @_; return defined $s ? "'" . $s =~ s/'/''/gr . "'" : 'NULL'; }

my @calls = aggregate_calls($node, 'postgres');
my ($script, %left) = ('');
for my $c (@calls)
{
	# an aggregate that says it cannot be divided is asked for nothing here
	if ($c->{combine} eq '') { $left{$c->{signature} =~ s/\(.*//r}++; next; }
	my $arguments = 'ARRAY[' . join(', ', map { quoted($_) } @{ $c->{arguments} }) . ']';
	$script .= sprintf "SELECT %s, difference(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);\n", quoted($c->{signature}),
	  (map { quoted($_) } @$c{qw(table call transition)}), $c->{strict} ? 'true' : 'false', quoted($c->{state}), $c->{first} eq '' ? 'NULL' : quoted($c->{first}),
	  $arguments, quoted($c->{combine}), $c->{combine_strict} ? 'true' : 'false', quoted($c->{final}), $c->{extra} ? 'true' : 'false';
}
my $answers = $node->safe_psql('postgres', $script);
for (split /\n/, $answers)
{
	my ($signature, $difference) = split /\|/, $_, 2;
	my ($call) = grep { $_->{signature} eq $signature } @calls;
	$difference = '' if $call->{rounded} && $difference =~ /^order \d: (.*), not (.*)$/ && nearly($1, $2);
	is($difference, '', $signature);
}
is(join(' ', sort keys %left), 'journey.funnel_events', 'all aggregates but this one combine');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE p.pronamespace = 'journey'::regnamespace
	AND (a.aggcombinefn = 0) <> (a.aggtranstype = 'internal'::regtype)}), '0', 'and all that combine have a state that SQL can hold');

# And by real workers: each aggregate in a plan that divides the rows among processes, against the same in one process.
my $parallel = q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;
	SET parallel_leader_participation = off; SET enable_indexscan = off;};
# enough rows that it pays, for the planner, to aggregate them apart
$node->safe_psql('postgres', 'INSERT INTO people SELECT p.* FROM people p, generate_series(1, 39); ANALYZE people');
$node->safe_psql('postgres', "ALTER TABLE $_ SET (parallel_workers = 3)") for 'facts', 'people';
my (@serial_plans, @differ);
for my $c (grep { $_->{combine} ne '' } @calls)
{
	my $query = "SELECT team, $c->{call} FROM $c->{table} GROUP BY team ORDER BY team";
	my ($one, $many) = map { $node->safe_psql('postgres', "$_ $query") } 'SET max_parallel_workers_per_gather = 0;', $parallel;
	push @differ, "$c->{signature}: " . substr($many, 0, 500) . ' not ' . substr($one, 0, 500) if $many ne $one && !($c->{rounded} && nearly($many, $one));
	push @serial_plans, $c->{signature} unless $node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) $query") =~ /Finalize.*Gather.*Partial/s;
}
is(join("\n", @serial_plans), '', 'every aggregate that combines is divided among workers');
is(join("\n", @differ), '', 'and the answer by workers is that of one process');

# Strangers' states: the text of a state of other parameters is refused by name, not mixed in.
for (['sequence_log_combine', 'sequence_log', 'timestamptz 2 pattern "(?1)(?2)" {1:1}', 'timestamptz 2 pattern "(?2)(?1)" {1:1}'],
	['funnel_agg_combine', 'funnel', q{{"steps": ["a"], "within": null, "options": "", "total": 0, "entered": 0, "excluded": 0, "reached": [0], "times": [[]]}},
		q{{"steps": ["b"], "within": null, "options": "", "total": 0, "entered": 0, "excluded": 0, "reached": [0], "times": [[]]}}])
{
	my ($function, $type, $one, $other) = @$_;
	my ($status, $out, $err) = $node->psql('postgres', "SELECT journey.$function('$one'::journey.$type, '$other'::journey.$type)");
	like($err, qr/ERROR:  (?!malformed)/, "states of different questions do not combine: $type");
}
$node->stop;
done_testing();
