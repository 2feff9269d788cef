# Foreign servers: a hub, and two shards whose encoding, time zone and ways to write dates, intervals and floats differ from
# it and from each other.  What postgres_fdw sends there, and that every answer is that of the rows in one place.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyAggregates;

$ENV{PGCLIENTENCODING} = 'UTF8';
my %database = (
	hub => "ENCODING 'UTF8'",
	east => "ENCODING 'LATIN1'",
	west => "ENCODING 'UTF8'");
my %settings = (
	hub => [],
	east => [ "timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "intervalstyle = 'sql_standard'", 'extra_float_digits = 0', "bytea_output = 'escape'" ],
	west => [ "timezone = 'America/St_Johns'", "datestyle = 'German'", "intervalstyle = 'iso_8601'", 'extra_float_digits = -5', "xmloption = 'document'" ]);
my %node;
for my $name (qw(hub east west))
{
	my $node = $node{$name} = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nlc_messages = 'C'\nmax_connections = 20\nshared_buffers = 16MB");
	$node->start;
	$node->safe_psql('postgres', "CREATE DATABASE d TEMPLATE template0 $database{$name} LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql('postgres', "ALTER DATABASE d SET $_") for @{ $settings{$name} };
	$node->safe_psql('d', "CREATE EXTENSION journey; CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');");
}
my $hub = $node{hub};
$hub->safe_psql('d', 'CREATE EXTENSION postgres_fdw; CREATE SCHEMA far;');
for my $name (qw(east west))
{
	my $node = $node{$name};
	$hub->safe_psql('d', sprintf q{
		CREATE SERVER %s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'd', extensions 'journey', async_capable 'true');
		CREATE USER MAPPING FOR CURRENT_USER SERVER %1$s}, $name, $node->host, $node->port);
}
my $tables = facts_sql('facts') . people_sql('people', 'facts') . 'ANALYZE;';
$_->safe_psql('d', $tables) for $hub, $node{east};
$hub->safe_psql('d', "IMPORT FOREIGN SCHEMA public LIMIT TO (facts, people) FROM SERVER east INTO far; ANALYZE far.facts; ANALYZE far.people;");

# The whole answer of a grouped call as one text; the plan of a query as one text.
$hub->safe_psql('d', <<'SQL');
CREATE FUNCTION answer(source text, key text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	all_of_it text;
BEGIN
	EXECUTE format('SELECT string_agg(k || %L || coalesce(v, %L), %L ORDER BY k) FROM (SELECT k, v::text FROM (SELECT %s AS k, %s AS v FROM %s GROUP BY 1) s) t',
		': ', 'NULL', '; ', key, call, source) INTO all_of_it;
	RETURN coalesce(all_of_it, 'nothing');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || line || ' ~ ';
	END LOOP;
	RETURN lines;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SQL

sub quoted { my ($s) = @_; return "'" . $s =~ s/'/''/gr . "'"; }

# One question for each call, in one session: lines of the number of the call and what came out.
sub ask
{
	my ($before, $question, @calls) = @_;
	my @out;
	for (split /\n/, $hub->safe_psql('d', "$before;" . join('', map { "SELECT $_, " . $question->($calls[$_]) . ";\n" } 0 .. $#calls)))
	{
		my ($n, $text) = split /\|/, $_, 2;
		$out[$n] = $text;
	}
	return @out;
}

# Fails by naming every call that differs.  Logistic regression adds up rows in the order of their bytes, and these depend on
# the encoding: its last digits may differ, and those of a score that has been rounded on each shard.  Of others none may.
my $last_digits = qr/^journey\.logistic\(/;
sub same
{
	my ($what, $calls, $got, $expected) = @_;
	my @wrong;
	for my $n (0 .. $#$calls)
	{
		my ($g, $e) = ($got->[$n] // 'no answer', $expected->[$n] // 'no answer');
		push @wrong, "$calls->[$n]{signature}: " . substr($g, 0, 1000) . ' not ' . substr($e, 0, 1000)
			  unless $g eq $e && $g ne 'nothing' || ($calls->[$n]{rounded} || $calls->[$n]{signature} =~ $last_digits) && nearly($g, $e);
	}
	is(join("\n", @wrong), '', "$what: " . @$calls . ' aggregates');
}

my @calls = aggregate_calls($hub, 'd');

# ---------------------------------------------------------------- values on their way

# Text and floats are compared as the hub writes them, and the values as the bytes they are
for my $table (['facts', 'id'], ['people', 'customer'])
{
	my ($name, $key) = @$table;
	my @columns = split /\n/, $hub->safe_psql('d', "SELECT attname FROM pg_attribute WHERE attrelid = '$name'::regclass AND attnum > 0");
	is($hub->safe_psql('d', join ';', map { "SELECT '$_: ' || f.v || ' not ' || n.v FROM (SELECT $key AS k, $_\::text AS v FROM far.$name) f FULL JOIN (SELECT $key AS k, $_\::text AS v FROM $name) n USING (k)
		WHERE f.v IS DISTINCT FROM n.v LIMIT 1" } @columns), '', "the rows of $name are the same from there");
}
my $bytes = $hub->safe_psql('d', q{
	SELECT string_agg(format('%s(%I)', t.typsend, a.attname), ', ') FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	WHERE a.attrelid = 'people'::regclass AND a.attnum > 0 AND t.typnamespace = 'journey'::regnamespace AND t.typtype = 'b'});
cmp_ok(scalar(() = $bytes =~ /\(/g), '>=', 17, 'columns of all stored types');
is($hub->safe_psql('d', "SELECT count(*) FROM (SELECT $bytes FROM (SELECT * FROM far.people OFFSET 0) f EXCEPT SELECT $bytes FROM people) d"), '0',
	'and every value has the same bytes');
is($hub->safe_psql('d', q{CREATE FOREIGN TABLE far.copy (customer int, team int, journey journey.journey, score journey.score, p float8) SERVER east OPTIONS (schema_name 'public', table_name 'copy');
	SELECT 1}) && $node{east}->safe_psql('d', 'CREATE TABLE copy (customer int, team int, journey journey.journey, score journey.score, p float8); SELECT 1'), '1', 'a table to write to');
$hub->safe_psql('d', 'INSERT INTO far.copy SELECT customer, team, journey, score, points FROM people JOIN facts USING (customer, team) WHERE id <= 24');
is($hub->safe_psql('d', q{SELECT count(*) FROM far.copy c JOIN people p USING (customer) JOIN facts f ON f.customer = p.customer AND id <= 24 WHERE journey.journey_send(c.journey) = journey.journey_send(p.journey)
	AND journey.score_send(c.score) = journey.score_send(p.score) AND float8send(c.p) = float8send(points)}), '24', 'and what is written there comes back to the bit');
is($node{east}->safe_psql('d', q{SELECT count(*) FROM copy c JOIN people p USING (customer) WHERE c.journey OPERATOR(journey.=) p.journey AND c.score OPERATOR(journey.=) p.score}), '24', 'and is the same there');

# ---------------------------------------------------------------- conditions

sub remote
{
	my ($condition, $table) = @_;
	$table //= 'far.people';
	my $plan = $hub->safe_psql('d', "SET search_path = public, journey; SELECT plan(" . quoted("SELECT count(*) FROM $table WHERE $condition") . ')');
	return $plan =~ /Remote SQL: [^~]* WHERE / && $plan !~ /Filter:/ ? 'there' : $plan =~ /Filter:/ ? 'here' : $plan;
}
sub counted
{
	my ($condition) = @_;
	return map { $hub->safe_psql('d', "SET search_path = public, journey; SELECT count(*) FROM $_ WHERE $condition") } 'far.people', 'people';
}
for ('length(journey) > 9', 'journey @> channels', 'journey && ends', 'journey ~ from_label', 'score @ as_of > 120', 'funnel_level(journey, steps, within) >= 2',
	'current(journey) = conversion', 'stage_at(journey, as_of) = from_label', "journey > '{visit\@2026-03-01T05:00Z}'", "journey <> '{}'", 'score > score * 0.5 + score * 0.25',
	"time_in(journey, from_label, as_of) > interval '2 days'", 'funnel + funnel > funnel')
{
	is(remote($_), 'there', "sent: $_");
	my ($far, $near) = counted($_);
	is($far, $near, "and the same rows: $far");
}
# a literal of a type that has a collation is, for postgres_fdw, of a collation that might differ there; what is not
# immutable depends on settings that differ there
for ("current(journey) = 'pay'", "journey @> ARRAY['visit']", "funnel_level(journey, '{visit,cart}') = 2", "journey ~ 'visit'", 'score + 1.0 > score')
{
	is(remote($_), 'here', "not sent: $_");
	my ($far, $near) = counted($_);
	is($far, $near, "and the same rows: $far");
}

# Every operator of the extension between columns.
my @operators = split /\n/, $hub->safe_psql('d', q{
	WITH c AS (SELECT atttypid AS type, min(attname) AS name FROM pg_attribute
		WHERE attrelid = 'people'::regclass AND attnum > 0 AND attname NOT IN ('as_of', 'mode', 'direction') GROUP BY 1)
	SELECT format('(%s OPERATOR(journey.%s) %s) IS NOT NULL', l.name, oprname, r.name), provolatile
	FROM pg_operator o JOIN pg_proc p ON p.oid = oprcode JOIN c r ON r.type = oprright LEFT JOIN c l ON l.type = oprleft
	WHERE oprnamespace = 'journey'::regnamespace AND (oprleft = 0 OR l.type IS NOT NULL) ORDER BY 1});
my @not_sent = grep { my ($condition, $volatility) = split /\|(?=.$)/; remote($condition) ne ($volatility eq 'i' ? 'there' : 'here') } @operators;
cmp_ok(scalar(@operators), '>=', 50, 'operators found');
is(join("\n", @not_sent), '', 'each is sent when it is immutable, and only then');

$hub->safe_psql('d', "ALTER SERVER east OPTIONS (DROP extensions)");
is(remote('length(journey) > 9'), 'here', 'nothing is sent to a server of which it is not said that it has the extension');
$hub->safe_psql('d', "ALTER SERVER east OPTIONS (ADD extensions 'journey')");

# ---------------------------------------------------------------- whole aggregates over one foreign table

my @near = ask('', sub { "answer('$_[0]{table}', 'team', " . quoted($_[0]{call}) . ')' }, @calls);
is(join("\n", grep { /^[0-9A-Z]{5} / } @near), '', 'every call has an answer');
my @far = ask('', sub { "answer('far.$_[0]{table}', 'team', " . quoted($_[0]{call}) . ')' }, @calls);
same('a foreign table answers as a local one', \@calls, \@far, \@near);

# What postgres_fdw does not send: an enum of the user's own belongs to no extension, nor does, before 17, the type of an
# array of the extension's type, which PostgreSQL makes by itself.
my @plans = ask('', sub { 'plan(' . quoted("SELECT team, $_[0]{call} FROM far.$_[0]{table} GROUP BY team") . ')' }, @calls);
my (@kept, $sent);
for my $n (0 .. $#calls)
{
	my ($name) = $calls[$n]{call} =~ /^([^(]+)/;
	if ($plans[$n] =~ /Foreign Scan/ && $plans[$n] =~ /Relations: Aggregate on/ && $plans[$n] =~ /Remote SQL: SELECT [^~]*\Q$name\E\(/) { $sent++; }
	else { push @kept, $calls[$n]{signature}; }
}
my $arrays = $hub->safe_psql('d', q{SELECT count(*) FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = 'journey.calibration_bin[]'::regtype AND deptype = 'e'});
is(join("\n", @kept), join("\n", 'journey.journey_agg(anyenum,timestamp with time zone)', 'journey.path_agg(anyenum,timestamp with time zone)',
		$arrays ? () : ('journey.calibration(boolean,double precision)', 'journey.calibration(boolean,double precision,integer)')),
	"all other aggregates are sent whole: $sent");
like($hub->safe_psql('d', 'SELECT plan($$SELECT team, journey.journey_agg(stage::text, at) FROM far.facts GROUP BY team$$)'), qr/Output: team, journey\.journey_agg/,
	'nor is a cast of such an enum');

# Literals keep an aggregate here, for the same reason as above; the answer is the same.
for (['people', q{journey.funnel(journey, '{visit,cart,pay}')}, 'journey.funnel(journey, steps)'], ['facts', q{journey.sequence_count('(?1).*(?2)', at, c1, c2)}, 'journey.sequence_count(pattern, at, c1, c2)'])
{
	my ($table, $literal, $column) = @$_;
	unlike($hub->safe_psql('d', 'SELECT plan(' . quoted("SELECT $literal FROM far.$table") . ')'), qr/Aggregate on/, "kept here: $literal");
	like($hub->safe_psql('d', 'SELECT plan(' . quoted("SELECT $column FROM far.$table") . ')'), qr/Aggregate on/, "sent: $column");
	is($hub->safe_psql('d', "SELECT $literal FROM far.$table"), $hub->safe_psql('d', "SELECT $column FROM $table"), 'and the same answer');
}

# ---------------------------------------------------------------- hash partitions that are foreign tables

for my $table (qw(facts people))
{
	$node{$_}->safe_psql('d', ($_ eq 'west' ? $tables : '') . "CREATE TABLE ${table}_part (LIKE $table)") for $table eq 'facts' ? qw(east west) : 'east';
	$node{west}->safe_psql('d', "CREATE TABLE people_part (LIKE people)") if $table eq 'people';
	$hub->safe_psql('d', qq{
		CREATE TABLE split_$table (LIKE $table) PARTITION BY HASH (customer);
		CREATE FOREIGN TABLE split_${table}_0 PARTITION OF split_$table FOR VALUES WITH (MODULUS 2, REMAINDER 0) SERVER east OPTIONS (table_name '${table}_part');
		CREATE FOREIGN TABLE split_${table}_1 PARTITION OF split_$table FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER west OPTIONS (table_name '${table}_part');
		INSERT INTO split_$table SELECT * FROM $table;
		ANALYZE split_${table}_0; ANALYZE split_${table}_1});
}
my @parts = map { $node{$_}->safe_psql('d', 'SELECT count(*) FROM people_part') } qw(east west);
ok($parts[0] > 5 && $parts[1] > 5 && $parts[0] + $parts[1] == 24, "rows went to both shards: @parts");

my $wise = 'SET enable_partitionwise_aggregate = on';
my $split = sub { my ($key) = @_; return sub { "answer('split_$_[0]{table}', '$key', " . quoted($_[0]{call}) . ')' } };
my $how = sub { my ($key) = @_; return sub { 'plan(' . quoted("SELECT $key, $_[0]{call} FROM split_$_[0]{table} GROUP BY $key") . ')' } };

# By the key of the partitions: each shard computes its groups whole, at the same time.  (Of people there is one row a
# customer, so that grouping them there would save nothing.)
same('by the key of the partitions', \@calls, [ ask($wise, $split->('customer'), @calls) ],
	[ ask('', sub { "answer('$_[0]{table}', 'customer', " . quoted($_[0]{call}) . ')' }, @calls) ]);
@plans = ask($wise, $how->('customer'), @calls);
is(join("\n", map { "$calls[$_]{signature}: $plans[$_]" } grep { $calls[$_]{table} eq 'facts' && $calls[$_]{signature} !~ /anyenum|calibration\(/ && 2 != (() = $plans[$_] =~ /Async Foreign Scan ~[^~]*~ *Relations: Aggregate on/g) } 0 .. $#calls), '',
	'each shard is asked for whole groups, and both at once');

# By something else: core's postgres_fdw has no partial aggregates, so rows travel; they are aggregated for each partition here and combined.
same('by another key', \@calls, [ ask($wise, $split->('team'), @calls) ], \@near);
@plans = ask("$wise; SET enable_hashagg = off; SET cpu_operator_cost = 0.1", $how->('team'), @calls);
is(join("\n", map { $calls[$_]{signature} } grep { $plans[$_] =~ /Aggregate on/ } 0 .. $#calls), '', 'by another key nothing is aggregated there');
is(join("\n", map { $calls[$_]{signature} } grep { $calls[$_]{table} eq 'facts' && $calls[$_]{combine} ne '' && $plans[$_] !~ /Finalize.*Partial.*Foreign Scan.*Partial.*Foreign Scan/ } 0 .. $#calls), '',
	'the hub makes a partial aggregate of each shard, where that is cheaper');
same('by another key, in parts', \@calls, [ ask("$wise; SET enable_hashagg = off; SET cpu_operator_cost = 0.1", $split->('team'), @calls) ], \@near);

# ---------------------------------------------------------------- one value for each shard, rolled up

my %rolled = map { $_->{signature} =~ /^journey\.rollup\((.*)\)$/ ? ($1 => 'journey.rollup') : () } @calls;
# logistic regression is no sum: it is refused, and made of all rows
my @rollups = grep { $rolled{ $_->{result} } && $_->{signature} !~ /logistic/ } @calls;
cmp_ok(scalar(@rollups), '>=', 50, 'calls whose result can be rolled up');
my $by_shard = sub {
	my ($c) = @_;
	return "SELECT journey.rollup(v) FROM (SELECT $c->{call} AS v FROM split_$c->{table}_0 UNION ALL SELECT $c->{call} FROM split_$c->{table}_1) s";
};
$last_digits = qr/^journey\.(logistic\(|score_agg|rollup\(journey\.score\))/;
same('one value of each shard, rolled up, is the whole', \@rollups,
	[ ask('', sub { '(' . $by_shard->($_[0]) . ')::text' }, @rollups) ],
	[ ask('', sub { "(SELECT $_[0]{call} FROM $_[0]{table})::text" }, @rollups) ]);
@plans = ask('', sub { 'plan(' . quoted($by_shard->($_[0])) . ')' }, @rollups);
is(join("\n", map { "$rollups[$_]{signature}: $plans[$_]" } grep { $rollups[$_]{signature} !~ /anyenum/ && 2 != (() = $plans[$_] =~ /Async Foreign Scan ~[^~]*~ *Relations: Aggregate on/g) } 0 .. $#rollups), '',
	'one row comes from each shard, and both work at once');

# A view there holds the literals; what comes is one value.
$node{$_}->safe_psql('d', q{CREATE VIEW people_funnel AS SELECT journey.funnel(journey, '{visit,cart,pay}', '3 days') AS funnel FROM people_part}) for qw(east west);
$hub->safe_psql('d', "CREATE FOREIGN TABLE far.funnel_$_ (funnel journey.funnel) SERVER $_ OPTIONS (schema_name 'public', table_name 'people_funnel')") for qw(east west);
is($hub->safe_psql('d', 'SELECT journey.rollup(funnel) FROM (TABLE far.funnel_east UNION ALL TABLE far.funnel_west) s'),
	$hub->safe_psql('d', q{SELECT journey.funnel(journey, '{visit,cart,pay}', '3 days') FROM people}), 'a view on each shard, rolled up, is the whole');

# Roll-up tables: each shard keeps values by day, as its own nightly job would, and the hub adds up those of all servers, by anything.
for my $name (qw(east west))
{
	$node{$name}->safe_psql('d', q{CREATE TABLE daily (day date, team int, funnel journey.funnel, score journey.score, dwell journey.dwell_times, survival journey.survival_curve, PRIMARY KEY (day, team));
		INSERT INTO daily SELECT (journey.started_at(p.journey) AT TIME ZONE 'UTC')::date, team, journey.funnel(p.journey, '{visit,cart,pay}', '3 days'), journey.rollup(p.score), journey.rollup(p.dwell_times), journey.rollup(p.survival)
		FROM people_part p GROUP BY 1, 2});
	$hub->safe_psql('d', "IMPORT FOREIGN SCHEMA public LIMIT TO (daily) FROM SERVER $name INTO far; ALTER FOREIGN TABLE far.daily RENAME TO daily_$name");
}
my $daily = '(SELECT * FROM far.daily_east UNION ALL SELECT * FROM far.daily_west) s';
my $day = q{(journey.started_at(journey) AT TIME ZONE 'UTC')::date};
cmp_ok($hub->safe_psql('d', "SELECT count(*) FROM $daily"), '>', $hub->safe_psql('d', "SELECT count(DISTINCT $day) FROM people"), 'roll-up tables by day on each shard');
for (['', ''], ['day', $day], ['team', 'team'])
{
	my ($key, $by) = map { $_ ? "$_ AS k," : '' } @$_;
	is($hub->safe_psql('d', "SELECT $key journey.rollup(funnel), journey.rollup(dwell), journey.rollup(survival) FROM $daily" . ($key ? ' GROUP BY 1 ORDER BY 1' : '')),
		$hub->safe_psql('d', "SELECT $by journey.funnel(journey, '{visit,cart,pay}', '3 days'), journey.rollup(dwell_times), journey.rollup(survival) FROM people" . ($by ? ' GROUP BY 1 ORDER BY 1' : '')),
		'roll-up tables of two servers add up to the whole' . ($key ? ", by $_->[0]" : ''));
}
ok(nearly(map { $hub->safe_psql('d', "SELECT journey.score_at(journey.rollup(score), '2026-03-20Z') FROM $_") } $daily, 'people'), 'scores to the last digits');

# The hottest of all: each shard sorts by its index, the hub merges.
my $hottest = 'SELECT customer FROM %s ORDER BY score DESC, customer LIMIT 5';
is($hub->safe_psql('d', sprintf $hottest, 'split_people'), $hub->safe_psql('d', sprintf $hottest, 'people'), 'the hottest of all shards');
like($hub->safe_psql('d', 'SET enable_sort = off; SELECT plan(' . quoted('SELECT customer FROM split_people ORDER BY score DESC LIMIT 5') . ')'),
	qr/Merge Append.*ORDER BY score DESC[^~]*~.*ORDER BY score DESC/, 'each shard can be asked for them in order, and the hub merges');

# ---------------------------------------------------------------- a tracked table on shards

my $rules = 'new -> open; open -> talks -> won; * -> lost; at = changed';
$_->safe_psql('d', q{CREATE TYPE deal_stage AS ENUM ('open', 'talks', 'won', 'lost')}) for values %node;
$node{$_}->safe_psql('d', qq{CREATE TABLE deals (id int NOT NULL, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz);
	CREATE UNIQUE INDEX ON deals (id); SELECT journey.track('deals', 'stage', '$rules')}) for qw(east west);
$hub->safe_psql('d', q{
	CREATE TABLE deals (id int NOT NULL, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz, journey journey.journey) PARTITION BY HASH (id);
	CREATE FOREIGN TABLE deals_0 PARTITION OF deals FOR VALUES WITH (MODULUS 2, REMAINDER 0) SERVER east OPTIONS (table_name 'deals');
	CREATE FOREIGN TABLE deals_1 PARTITION OF deals FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER west OPTIONS (table_name 'deals');
	-- the same rows here, for comparison
	CREATE TABLE deals_here (id int NOT NULL, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz)});
$hub->safe_psql('d', qq{SELECT journey.track('deals_here', 'stage', '$rules')});
for my $table ('deals', 'deals_here')
{
	$hub->safe_psql('d', qq{
		SET timezone = 'Pacific/Auckland';
		INSERT INTO $table (id, stage, changed) SELECT i, 'open', timestamptz '2026-03-01Z' + i * interval '1 hour 0.000001 s' FROM generate_series(1, 40) i;
		UPDATE $table SET stage = 'talks', changed = changed + interval '1 day' WHERE id % 3 > 0;
		UPDATE $table SET stage = 'won', changed = changed + interval '36:00:00.25' WHERE id % 3 = 1;
		UPDATE $table SET stage = 'lost', changed = changed + interval '1 s' WHERE id IN (SELECT i FROM generate_series(1, 20) i);
		DELETE FROM $table WHERE id > 38});
	$hub->safe_psql('d', "COPY $table (id, stage, changed) FROM PROGRAM 'printf ''41\\topen\\t2026-04-01T00:00:00Z\\n42\\topen\\t2026-04-01T00:00:00Z\\n'''");
}
my $deals = q{SELECT string_agg(id || ' ' || stage || ' ' || journey::text, E'\n' ORDER BY id) FROM %s};
is($hub->safe_psql('d', sprintf $deals, 'deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), 'moves made through the hub give the journeys that they give in one table');
is($hub->safe_psql('d', q{UPDATE deals SET stage = 'talks', changed = '2026-05-01Z' WHERE id = 41 RETURNING stage || ' ' || journey::text}),
	'talks {open@2026-04-01T00:00:00Z, talks@2026-05-01T00:00:00Z}', 'RETURNING tells the journey that the shard wrote');
like($hub->safe_psql('d', 'SELECT plan($$UPDATE deals SET stage = stage, changed = now() WHERE id = 7$$)'), qr/Update on public\.deals_[01]/, 'one shard is asked when the key is given');
is(join(' ', map { $node{$_}->safe_psql('d', q{SELECT count(*) FROM journey.verify('deals')}) } qw(east west)), '0 0', 'each shard verifies its rows');

my ($status, $out, $err) = $hub->psql('d', q{UPDATE deals SET stage = 'won' WHERE id = 42}, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/ERROR:  23514: stage of table "deals" cannot move from "open" to "won"/, 'a move that the rules forbid is refused there, and the error comes here');
like($err, qr/DETAIL:  No rule allows the move/, 'with its detail');
like($err, qr/HINT:  From "open" a row may move to: talks, lost/, 'and its hint');
is($hub->safe_psql('d', 'SELECT stage FROM deals WHERE id = 42'), 'open', 'nothing has moved');
($status, $out, $err) = $hub->psql('d', q{BEGIN; UPDATE deals SET stage = 'lost' WHERE id IN (41, 42, 30, 31); UPDATE deals SET stage = 'won' WHERE id = 42; COMMIT});
is($hub->safe_psql('d', q{SELECT count(*) FROM deals WHERE stage = 'lost' AND id IN (41, 42, 30, 31)}), '0', 'and a transaction that fails is undone on all shards');
($status, $out, $err) = $hub->psql('d', q{UPDATE deals SET journey = NULL WHERE id = 42});
like($err, qr/ERROR:.*journey/, 'nor can the journey be written past the rules');

is($hub->safe_psql('d', q{UPDATE deals_here SET stage = 'talks', changed = '2026-05-01Z' WHERE id = 41;
	SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals_here}), $hub->safe_psql('d', q{SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals}),
	'a funnel over all shards');

($status, $out, $err) = $hub->psql('d', q{INSERT INTO deals (id) VALUES (42) ON CONFLICT (id) DO NOTHING});
like($err, qr/there is no unique or exclusion constraint matching/, 'ON CONFLICT has no index to go by');
is(remote("stage = 'won'", 'deals_0'), 'here', 'an enum of the user is compared here');

# The partition key is not to be changed: postgres_fdw leaves the row where it is, and by its new key it may not be found.
$hub->safe_psql('d', 'UPDATE deals SET id = 1000 + id WHERE id < 20');
is($hub->safe_psql('d', 'SELECT count(*) FROM deals WHERE id > 1000'), '19', 'a change of the partition key');
cmp_ok($hub->safe_psql('d', 'SELECT ' . join ' + ', map { "(SELECT count(*) FROM deals WHERE id = 1000 + $_)" } 1 .. 19), '<', 19, 'does not move rows: some are not found by it');
$hub->safe_psql('d', 'UPDATE deals SET id = id - 1000 WHERE id > 1000');

# Rules belong where the rows are; on the hub they would be asked twice.
$hub->safe_psql('d', "SELECT journey.track('deals', 'stage', '$rules')");
($status, $out, $err) = $hub->psql('d', q{UPDATE deals SET stage = 'talks', changed = '2026-06-01Z' WHERE id = 42 RETURNING journey});
like($err, qr/cannot be changed by hand.*remote SQL command: UPDATE/s, 'with triggers on hub and shard a move is refused, not written twice');

$_->stop for values %node;
done_testing();
