# Citus: a coordinator and two workers.  Every aggregate over distributed rows, and what is computed where; how values travel; joins;
# tracked tables whose triggers are on the shards, with a log; shards that move to a second worker, also while rows are written, are
# split, spread anew and taken back; reference tables and schemas of tenants.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use IPC::Run;
use Test::More;
use JourneyAggregates;

chomp(my $share = `pg_config --sharedir`);
plan skip_all => 'Citus is not installed for this PostgreSQL' unless -e "$share/extension/citus.control";

$ENV{PGCLIENTENCODING} = 'UTF8';
my %node;
for my $name (qw(coordinator one two))
{
	my $node = $node{$name} = PostgreSQL::Test::Cluster->new($name);
	$node->init(allows_streaming => 'logical');
	$node->append_conf('postgresql.conf', join "\n", "shared_preload_libraries = 'citus'", 'fsync = off', 'autovacuum = off', "lc_messages = 'C'", 'max_connections = 60',
		'max_prepared_transactions = 50', 'max_worker_processes = 20', 'shared_buffers = 16MB', "timezone = 'UTC'", "citus.node_conninfo = 'sslmode=disable'",
		sprintf("citus.local_hostname = '%s'", $node->host), 'citus.shard_count = 4', 'citus.enable_statistics_collection = off', 'citus.max_adaptive_executor_pool_size = 4');
	$node->start;
	$node->safe_psql('postgres', "CREATE DATABASE d TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql('d', 'CREATE EXTENSION citus');
}
# Another DateStyle on a worker is an error already of Citus, which sends dates as text.
$node{one}->safe_psql('d', "ALTER DATABASE d SET timezone = 'Asia/Tokyo'");
my $hub = $node{coordinator};
my $add = sub { my ($node) = @_; $hub->safe_psql('d', sprintf "SELECT citus_add_node('%s', %s) > 0", $node->host, $node->port) };
$hub->safe_psql('d', sprintf "SELECT citus_set_coordinator_host('%s', %s)", $hub->host, $hub->port);
$add->($node{one});
$hub->safe_psql('d', 'CREATE EXTENSION journey');
is($node{one}->safe_psql('d', q{SELECT count(*) FROM pg_extension WHERE extname = 'journey'}), '1', 'CREATE EXTENSION reaches the worker');

# ---------------------------------------------------------------- every aggregate

$hub->safe_psql('d', "CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');" . facts_sql('facts') . people_sql('people', 'facts')
	  . q{CREATE TABLE far_facts (LIKE facts); CREATE TABLE far_people (LIKE people)});
$hub->safe_psql('d', q{SELECT create_distributed_table('far_facts', 'customer'); SELECT create_distributed_table('far_people', 'customer')});
$hub->safe_psql('d', 'INSERT INTO far_facts SELECT * FROM facts; INSERT INTO far_people SELECT * FROM people');
is($hub->safe_psql('d', q{SELECT md5(string_agg(p::text, ';' ORDER BY customer)) FROM (SELECT * FROM far_people OFFSET 0) p}), $hub->safe_psql('d', q{SELECT md5(string_agg(p::text, ';' ORDER BY customer)) FROM people p}),
	'the values are the same on shards');

my @calls = aggregate_calls($hub, 'd');
# Citus computes no partial states of what takes an argument of any type; a cast to text helps.
my $polymorphic = sub { $_[0]{combine} ne '' && $_[0]{signature} =~ /anyenum|anyelement/ };
$hub->safe_psql('d', 'CREATE TABLE answers (n int, k int, far text, near text)');
my $script = 'SET client_min_messages = error;';
for my $n (0 .. $#calls)
{
	my $c = $calls[$n];
	for my $key ('customer', 'team', '')
	{
		next if $key ne 'customer' && $polymorphic->($c);
		my @of = map { my $from = "$_$c->{table}"; $key ? "SELECT $key AS k, $c->{call} AS v FROM $from GROUP BY $key" : "SELECT -1 AS k, $c->{call} AS v FROM $from" } 'far_', '';
		$script .= "INSERT INTO answers SELECT $n, k, f.v::text, l.v::text FROM ($of[0] OFFSET 0) f FULL JOIN ($of[1] OFFSET 0) l USING (k);\n";
	}
}
my ($status, $out, $err) = $hub->psql('d', $script, on_error_stop => 0);
is($err, '', 'no aggregate fails');
my %answered;
my @wrong;
for (split /\n/, $hub->safe_psql('d', q{SELECT n, k, coalesce(far, 'NULL'), coalesce(near, 'NULL') FROM answers ORDER BY n, k}))
{
	my ($n, $k, $far, $near) = split /\|/, $_, 4;
	$answered{$n}++;
	push @wrong, "$calls[$n]{signature}, group $k: $far not $near" unless $far eq $near || $calls[$n]{rounded} && nearly($far, $near);
}
is(join("\n", @wrong), '', 'distributed rows give the answers of local ones');
is(scalar(grep { ($answered{$_} // 0) == ($polymorphic->($calls[$_]) ? 24 : 28) } 0 .. $#calls), scalar(@calls), 'for every aggregate and group');
is(join(' ', map { $_->{signature} } grep { $polymorphic->($_) } @calls), 'journey.journey_agg(anyenum,timestamp with time zone) '
	  . 'journey.next_node(text,text,timestamp with time zone,anyelement,boolean,boolean[]) journey.path_agg(anyenum,timestamp with time zone)', 'but for three by another key');
($status, $out, $err) = $hub->psql('d', 'SELECT team, journey.journey_agg(stage, at) FROM far_facts GROUP BY team');
like($err, qr/could not confirm type correctness/, 'which Citus refuses');
is($hub->safe_psql('d', 'SELECT team, journey.journey_agg(stage::text, at) FROM far_facts GROUP BY team ORDER BY team'),
	$hub->safe_psql('d', 'SELECT team, journey.journey_agg(stage, at) FROM facts GROUP BY team ORDER BY team'), 'and takes with a cast to text');

# Where: by the distribution column whole, else in parts, of which the coordinator makes the whole.
my (@not_whole, @not_partial);
for my $c (@calls)
{
	my $whole = $hub->safe_psql('d', "EXPLAIN (VERBOSE, COSTS OFF) SELECT customer, $c->{call} FROM far_$c->{table} GROUP BY customer");
	my ($name) = $c->{call} =~ /^([^(]+)/;
	push @not_whole, $c->{signature} unless $whole =~ /Query: SELECT customer, \Q$name\E/ && $whole !~ /worker_partial_agg/;
	next if $c->{combine} eq '' || $polymorphic->($c);
	my $partial = $hub->safe_psql('d', "EXPLAIN (VERBOSE, COSTS OFF) SELECT team, $c->{call} FROM far_$c->{table} GROUP BY team");
	push @not_partial, $c->{signature} unless $partial =~ /Query: SELECT [^\n]*worker_partial_agg\('\Q$name\E/ && $partial =~ /coord_combine_agg/;
}
is(join("\n", @not_whole), '', 'by the distribution column every aggregate is computed on the shards');
is(join("\n", @not_partial), '', 'by another key every combinable aggregate is, as partial states');
$hub->safe_psql('d', q{SET citus.coordinator_aggregation_strategy = 'disabled'; SELECT team, journey.funnel(journey, '{visit,cart}'), journey.rollup(funnel) FROM far_people GROUP BY team});
pass('no rows are gathered for that');

# ---------------------------------------------------------------- how values travel, and joins

my $everything = q{SELECT md5(string_agg(p::text, ';' ORDER BY customer)) FROM (SELECT * FROM %s OFFSET 0) p};
my $people = $hub->safe_psql('d', sprintf $everything, 'people');
for my $binary ('on', 'off')
{
	is($hub->safe_psql('d', "SET citus.enable_binary_protocol = $binary; " . sprintf $everything, 'far_people'), $people, "values come from the shards, binary $binary");
	is($hub->safe_psql('d', "SET citus.enable_binary_protocol = $binary; SELECT journey.rollup(funnel), journey.rollup(survival), journey.rollup(bayes), journey.rollup(score) FROM far_people"),
		$hub->safe_psql('d', 'SELECT journey.rollup(funnel), journey.rollup(survival), journey.rollup(bayes), journey.rollup(score) FROM people'), "and their states, binary $binary");
	# from worker to worker, by files of either format
	my $spread = 'INSERT INTO spread_people SELECT * FROM far_people';
	$hub->safe_psql('d', q{DROP TABLE IF EXISTS spread_people; CREATE TABLE spread_people (LIKE people)});
	$hub->safe_psql('d', q{SELECT create_distributed_table('spread_people', 'team', colocate_with => 'none')});
	like($hub->safe_psql('d', "EXPLAIN (COSTS OFF) $spread"), qr/repartition/, 'rows that are spread by another key go from worker to worker');
	$hub->safe_psql('d', "SET citus.enable_binary_protocol = $binary; $spread");
	is($hub->safe_psql('d', sprintf $everything, 'spread_people'), $people, "and are the same there, binary $binary");
}
$hub->safe_psql('d', q{CREATE TABLE teams (team int PRIMARY KEY, name text); SELECT create_reference_table('teams'); INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(0, 2) i});
for ([ 'tables of the same key', q{SELECT p.team, journey.funnel(p.journey, '{visit,cart,pay}', '3 days'), count(*) FROM %speople p JOIN %sfacts f USING (customer) WHERE f.won GROUP BY 1 ORDER BY 1} ],
	[ 'a reference table', q{SELECT t.name, journey.funnel(p.journey, '{visit,cart,pay}', '3 days'), journey.rollup(p.survival) FROM %speople p JOIN teams t USING (team) GROUP BY 1 ORDER BY 1} ],
	[ 'journeys made on the way', q{SELECT team, journey.funnel(j, '{visit,cart,pay}') FROM (SELECT customer, min(team) AS team, journey.journey_agg(label, at) AS j FROM %sfacts GROUP BY customer) s GROUP BY 1 ORDER BY 1} ])
{
	my ($what, $query) = @$_;
	my ($far, $near) = map { my $prefix = $_; $query =~ s/%s/$prefix/gr } 'far_', '';
	my $plan = $hub->safe_psql('d', "EXPLAIN (VERBOSE, COSTS OFF) $far");
	ok($plan =~ /Task Count: 4/ && $plan =~ /worker_partial_agg/, "joined with $what and aggregated on the shards");
	is($hub->safe_psql('d', $far), $hub->safe_psql('d', $near), 'to the same answer');
}

# ---------------------------------------------------------------- a tracked table

$hub->safe_psql('d', q{CREATE TYPE deal_stage AS ENUM ('open', 'talks', 'won', 'lost')});
my $rules = 'new -> open; open -> talks -> won; * -> lost; at = changed';
$hub->safe_psql('d', qq{
	SET citus.enable_unsafe_triggers = on;
	CREATE TABLE deals (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz);
	SELECT journey.track('deals', 'stage', '$rules', views => false);
	SELECT create_distributed_table('deals', 'id');
	CREATE TABLE deals_here (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz);
	SELECT journey.track('deals_here', 'stage', '$rules', views => false)});
is($node{one}->safe_psql('d', q{SELECT count(*) FROM pg_trigger WHERE tgfoid = 'journey.transition'::regproc AND tgrelid::regclass::text ~ '^deals_[0-9]+$'}), '4', 'each shard has the trigger');

my $deals = q{SELECT string_agg(id || ' ' || stage || ' ' || journey::text, E'\n' ORDER BY id) FROM %s};
sub moved
{
	my ($what, @moves) = @_;
	$hub->safe_psql('d', join ';', map { sprintf $_, 'deals' } @moves);
	$hub->safe_psql('d', join ';', map { sprintf $_, 'deals_here' } @moves);
	is($hub->safe_psql('d', sprintf $deals, 'deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), $what);
}
sub refused
{
	my ($what, $move, $error) = @_;
	my ($status, $out, $err) = $hub->psql('d', $move, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	like($err, $error, $what);
}
moved('moves give the journeys that they give in one table',
	q{INSERT INTO %s (id, stage, changed) SELECT i, 'open', timestamptz '2026-03-01Z' + i * interval '1 hour 0.000001 s' FROM generate_series(1, 40) i},
	q{UPDATE %s SET stage = 'talks', changed = '2026-03-04Z' WHERE id %% 3 > 0},
	q{UPDATE %s SET stage = 'won', changed = '2026-03-05 12:00:00.25Z' WHERE id %% 3 = 1},
	q{UPDATE %s SET stage = 'lost', changed = '2026-03-05 12:00:00.251Z' WHERE id = 7},
	q{INSERT INTO %s VALUES (3, 'open', '2026-04-01Z') ON CONFLICT (id) DO UPDATE SET stage = 'talks', changed = '2026-04-01Z'});
refused('a move that the rules forbid is refused', q{UPDATE deals SET stage = 'won' WHERE id = 6}, qr/ERROR:  23514: stage of table "deals_?\d*" cannot move from "open" to "won"/);
refused('and one among many undoes all', q{UPDATE deals SET stage = 'talks', changed = '2026-05-01Z'}, qr/ERROR:  23514: stage of table "deals_?\d*" cannot move/);
is($hub->safe_psql('d', sprintf $deals, 'deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), 'so that nothing has moved');
is($hub->safe_psql('d', q{SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals}), $hub->safe_psql('d', q{SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals_here}),
	'a funnel over the shards');
is($hub->safe_psql('d', q{SELECT sum(result::int) FROM run_command_on_shards('deals', 'SELECT count(*) FROM journey.verify(%L)')}), '0', 'each shard verifies its rows');

# ---------------------------------------------------------------- the log, and the views

# A shard writes the log of its own server: a table of each worker, not a distributed one.
sub everywhere { my ($sql) = @_; return $hub->safe_psql('d', "SELECT string_agg(result, E'\n' ORDER BY nodeport) FROM run_command_on_workers(" . '$cmd$' . $sql . '$cmd$)') }
my $calls_sql = q{CREATE TABLE %s (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz)};
$hub->safe_psql('d', sprintf $calls_sql, $_) for 'calls', 'calls_here';
my $log = $hub->safe_psql('d', "SELECT s FROM journey.track('calls', 'stage', '$rules', log => true, dry_run => true) s WHERE s ~ '^CREATE TABLE'");
$hub->safe_psql('d', "SET client_min_messages = error; SELECT journey.track('$_', 'stage', '$rules', log => true)") for 'calls', 'calls_here';
$hub->safe_psql('d', "INSERT INTO $_ (id, stage, changed) SELECT i, 'open', '2026-02-01Z' FROM generate_series(101, 104) i") for 'calls', 'calls_here';
my $distribute = q{SET citus.enable_unsafe_triggers = on; SET client_min_messages = error; SELECT create_distributed_table('calls', 'id')};
refused('without a log on the workers no row goes there', $distribute, qr/log table "calls_log" of table "calls_\d+" does not exist/);
everywhere("SET citus.enable_ddl_propagation = off; $log");
$hub->safe_psql('d', $distribute);
my @log_moves = (q{INSERT INTO %s (id, stage, changed) SELECT i, 'open', timestamptz '2026-03-01Z' + i * interval '1 hour' FROM generate_series(1, 20) i},
	q{BEGIN; SET LOCAL journey.actor = 'maria'; SET LOCAL journey.reason = 'called'; UPDATE %s SET stage = 'talks', changed = '2026-03-04Z' WHERE id %% 2 = 0; COMMIT},
	q{UPDATE %s SET stage = 'lost', changed = '2026-03-05Z' WHERE id = 3});
# settings of the transaction reach the workers only when Citus is told to send them
$hub->safe_psql('d', q{SET citus.propagate_set_commands = 'local';} . join ';', map { sprintf $_, 'calls' } @log_moves);
$hub->safe_psql('d', join ';', map { sprintf $_, 'calls_here' } @log_moves);
my $logged = q{SELECT string_agg(format('%s %s>%s %s %s %s', id, from_stage, to_stage, extract(epoch FROM at), actor, reason), E'\n') FROM };
my $same_log = sub { is(join("\n", sort grep { $_ ne '' } split /\n/, everywhere($logged . 'calls_log')), join("\n", sort split /\n/, $hub->safe_psql('d', $logged . 'calls_here_log')), $_[0]) };
# rows of one entry that came with the table are logged like new ones
$same_log->('the logs of the workers together are the log of one table, who and why included');

for my $view ('funnel', 'stages', 'cohorts')
{
	my ($far, $near) = map { $hub->safe_psql('d', "SELECT * FROM ${_}_$view" . ($view eq 'stages' ? ' ORDER BY stage' : '')) } 'calls', 'calls_here';
	# how long open visits last depends on the moment
	s/\d+ days \d+:[\d:.]+//g for $far, $near;
	is($far, $near, "the view of the $view works over shards");
}
for my $view ('moves', 'velocity', 'stalled')
{
	refused("Citus does not compute the view of the $view", "SELECT * FROM calls_$view", qr/cannot push down this subquery/);
}

# ---------------------------------------------------------------- rebalancing

$add->($node{two});
$hub->safe_psql('d', q{SET citus.enable_unsafe_triggers = on; SELECT rebalance_table_shards('deals', shard_transfer_mode := 'block_writes')});
$hub->safe_psql('d', 'CALL citus_cleanup_orphaned_resources()');
my $triggers = q{SELECT count(*) FROM pg_trigger WHERE tgfoid = 'journey.transition'::regproc AND tgrelid::regclass::text ~ '^deals_[0-9]+$'};
my @shards = map { $node{$_}->safe_psql('d', $triggers) } qw(one two);
is("@shards", '2 2', 'shards move with their triggers');
# what holds after each way of moving rows about
my $turn = 0;
sub holds
{
	my ($how) = @_;
	is($hub->safe_psql('d', sprintf $deals, 'deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), "$how: journeys are what they were");
	my $id = 100 + ++$turn;
	moved("$how: moves", "INSERT INTO %s VALUES ($id, 'open', '2026-04-10Z')", "UPDATE %s SET stage = 'talks', changed = '2026-04-12Z' WHERE id = $id OR id = 3 * $turn AND stage = 'open'");
	refused("$how: rules", "UPDATE deals SET stage = 'open' WHERE id = $id", qr/ERROR:  23514: stage of table "deals_?\d*" cannot move from "talks" to "open"/);
	is($hub->safe_psql('d', q{SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals}), $hub->safe_psql('d', q{SELECT journey.funnel(journey, '{open,talks,won}', '3 days') FROM deals_here}),
		"$how: a funnel");
	return if $how =~ /taken back/;
	is($hub->safe_psql('d', q{SELECT sum(result::int) FROM run_command_on_shards('deals', 'SELECT count(*) FROM journey.verify(%L)')}), '0', "$how: each shard verifies its rows");
}
holds('rebalanced');
is($hub->safe_psql('d', q{SELECT journey.rollup(funnel) FROM far_people}), $hub->safe_psql('d', q{SELECT journey.rollup(funnel) FROM people}), 'aggregates after that');

# Shards of one group move together, so those of calls have moved too, and their log is not there yet.
refused('where a worker came later, its log has to be made', q{UPDATE calls SET stage = 'lost', changed = '2026-03-06Z'}, qr/log table "calls_log" of table "calls_\d+" does not exist/);
everywhere("SET citus.enable_ddl_propagation = off; DO \$\$ BEGIN IF to_regclass('calls_log') IS NULL THEN EXECUTE \$q\$$log\$q\$; END IF; END \$\$");
$hub->safe_psql('d', sprintf q{UPDATE %s SET stage = 'lost', changed = '2026-03-06Z' WHERE stage = 'open'}, $_) for 'calls', 'calls_here';
$same_log->('then moves are logged where the shard is now');

# A shard moves by logical replication while rows move from stage to stage.
$hub->safe_psql('d', "$_ (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz, done timestamptz)") for 'CREATE TABLE orders', 'CREATE TABLE orders_here';
$hub->safe_psql('d', "SELECT journey.track('$_', 'stage', '$rules', views => false)") for 'orders', 'orders_here';
$hub->safe_psql('d', q{SET citus.enable_unsafe_triggers = on; SELECT create_distributed_table('orders', 'id', colocate_with => 'none')});
$hub->safe_psql('d', "INSERT INTO $_ (id, changed) SELECT i, '2026-03-01Z' FROM generate_series(1, 600) i") for 'orders', 'orders_here';
my ($from, $to, $shard) = split /\|/, $hub->safe_psql('d', q{SELECT s.nodeport, n.nodeport, shardid FROM citus_shards s JOIN pg_dist_node n ON n.nodeport <> s.nodeport AND n.groupid > 0
	WHERE table_name = 'orders'::regclass ORDER BY shardid LIMIT 1});
my $stages = join '', map { my $id = $_; map { "SELECT clock_timestamp() AS t \\gset\nUPDATE orders SET stage = '$_', changed = '2026-03-0" . ($_ eq 'talks' ? 2 : 3) . "Z', done = :'t' WHERE id = $id;\n" } 'talks', 'won' } 1 .. 600;
my $file = "$PostgreSQL::Test::Utils::tmp_check/moves.sql";
append_to_file($file, $stages);
my ($written, $refusals) = ('', '');
my $writer = IPC::Run::start([ 'psql', '-XAtq', '-d', $hub->connstr('d'), '-f', $file ], '<', \undef, '>', \$written, '2>', \$refusals);
$hub->poll_query_until('d', q{SELECT count(*) > 20 FROM orders WHERE stage = 'won'});
my ($begun, $ended) = split /\|/, $hub->safe_psql('d', sprintf q{SELECT clock_timestamp() AS t \gset
	SELECT citus_move_shard_placement(%s, '%s', %s, '%s', %s, shard_transfer_mode := 'force_logical') \g /dev/null
	SELECT :'t', clock_timestamp()}, $shard, $hub->host, $from, $hub->host, $to);
$writer->finish;
is($refusals, '', 'nobody who writes notices that a shard moves');
is($hub->safe_psql('d', "SELECT nodeport FROM citus_shards WHERE shardid = $shard"), $to, 'and it has moved');
cmp_ok($hub->safe_psql('d', "SELECT count(*) FROM orders WHERE done BETWEEN '$begun' AND '$ended'"), '>', 0, 'while rows moved from stage to stage');
$hub->safe_psql('d', q{UPDATE orders_here SET stage = 'talks', changed = '2026-03-02Z'; UPDATE orders_here SET stage = 'won', changed = '2026-03-03Z'});
is($hub->safe_psql('d', 'SELECT md5(string_agg(id || stage::text || journey::text, E\'\n\' ORDER BY id)) FROM orders'),
	$hub->safe_psql('d', 'SELECT md5(string_agg(id || stage::text || journey::text, E\'\n\' ORDER BY id)) FROM orders_here'), 'and no move is lost or written twice');
is($hub->safe_psql('d', q{SELECT sum(result::int) FROM run_command_on_shards('orders', 'SELECT count(*) FROM journey.verify(%L)')}), '0', 'each shard verifies its rows');
refused('and its rules hold', q{UPDATE orders SET stage = 'talks'}, qr/ERROR:  23514/);

# ---------------------------------------------------------------- split, spread anew, taken back

$hub->safe_psql('d', q{SET citus.enable_unsafe_triggers = on; SELECT undistribute_table('calls'); DROP TABLE calls CASCADE});
$hub->safe_psql('d', q{SET citus.enable_unsafe_triggers = on; SELECT isolate_tenant_to_new_shard('deals', 7, shard_transfer_mode := 'block_writes', cascade_option := 'CASCADE')});
$hub->safe_psql('d', 'CALL citus_cleanup_orphaned_resources()');
cmp_ok($hub->safe_psql('d', q{SELECT count(*) FROM citus_shards WHERE table_name = 'deals'::regclass}), '>', 4, 'a shard is split');
holds('split');
$hub->safe_psql('d', q{SET client_min_messages = error; SET citus.enable_unsafe_triggers = on; SELECT alter_distributed_table('deals', shard_count := 6, colocate_with := 'none')});
is($hub->safe_psql('d', q{SELECT count(*) FROM citus_shards WHERE table_name = 'deals'::regclass}), '6', 'rows are spread over more shards');
holds('spread anew');
$hub->safe_psql('d', q{SET client_min_messages = error; SELECT undistribute_table('deals')});
is($hub->safe_psql('d', q{SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = 'deals'::regclass}), '0', 'the table is an ordinary one again');
holds('taken back');
is($hub->safe_psql('d', q{SELECT count(*) FROM journey.verify('deals')}), '0', 'and verifies');

# ---------------------------------------------------------------- reference tables and schemas of tenants

# Each node has a copy of a reference table, and its triggers are fired on each: the time has to come with the row.
for my $at ('; at = changed', '')
{
	$hub->safe_psql('d', qq{CREATE TABLE plans (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz);
		SELECT journey.track('plans', 'stage', 'new -> open; open -> talks -> won; * -> lost$at', views => false);
		SET citus.enable_unsafe_triggers = on; SELECT create_reference_table('plans')});
	$hub->safe_psql('d', q{INSERT INTO plans (id, changed) SELECT i, '2026-01-01Z' FROM generate_series(1, 3) i; UPDATE plans SET stage = 'talks', changed = '2026-01-02Z' WHERE id = 2});
	refused('rules hold for a reference table', q{UPDATE plans SET stage = 'won' WHERE id = 1}, qr/ERROR:  23514/);
	my ($copies, $different) = split /\|/, $hub->safe_psql('d', q{SELECT count(*), count(DISTINCT result) FROM run_command_on_placements('plans', 'SELECT string_agg(journey::text, '';'' ORDER BY id) FROM %s')});
	is($copies, 3, 'on each node');
	if ($at) { is($different, 1, 'all copies have the same journeys when the rules take the time from a column'); }
	else { cmp_ok($different, '>', 1, 'and different ones when each takes its own clock'); }
	$hub->safe_psql('d', 'DROP TABLE plans');
}

$hub->safe_psql('d', qq{SET citus.enable_unsafe_triggers = on; SET citus.enable_schema_based_sharding = on; SET client_min_messages = error;
	CREATE SCHEMA tenant; CREATE TABLE tenant.deals (id int PRIMARY KEY, stage deal_stage NOT NULL DEFAULT 'open', changed timestamptz);
	SELECT journey.track('tenant.deals', 'stage', '$rules')});
my @in_schema = (q{INSERT INTO %s (id, stage, changed) SELECT i, 'open', '2026-03-01Z' FROM generate_series(1, 9) i}, q{UPDATE %s SET stage = 'talks', changed = '2026-03-02Z' WHERE id > 3});
$hub->safe_psql('d', q{DROP TABLE deals CASCADE; DELETE FROM deals_here});
$hub->safe_psql('d', sprintf $_, 'tenant.deals') for @in_schema;
$hub->safe_psql('d', sprintf $_, 'deals_here') for @in_schema;
is($hub->safe_psql('d', sprintf $deals, 'tenant.deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), 'a table of a tenant has its journeys');
is($hub->safe_psql('d', q{SELECT count(*) FROM journey.verify('tenant.deals')}), '0', 'is verified from the coordinator');
is($hub->safe_psql('d', qq{SELECT string_agg(format('%s %s', (SELECT count(*) FROM tenant.deals_moves), (SELECT sum(entered) FROM tenant.deals_velocity WHERE stage IS NOT NULL)), '')}), '6 15', 'and has all its views');
my ($here, $there) = split /\|/, $hub->safe_psql('d', q{SELECT s.nodeport, n.nodeport FROM citus_shards s JOIN pg_dist_node n ON n.nodeport <> s.nodeport AND n.groupid > 0 WHERE table_name = 'tenant.deals'::regclass});
$hub->safe_psql('d', sprintf q{SET citus.enable_unsafe_triggers = on; SELECT citus_schema_move('tenant', '%s', %s, 'block_writes')}, $hub->host, $there);
is($hub->safe_psql('d', q{SELECT nodeport FROM citus_shards WHERE table_name = 'tenant.deals'::regclass}), $there, 'a tenant moves');
is($hub->safe_psql('d', sprintf $deals, 'tenant.deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), 'with the journeys');
refused('and the rules', q{UPDATE tenant.deals SET stage = 'won' WHERE id = 1}, qr/ERROR:  23514: stage of table "deals_\d+" cannot move from "open" to "won"/);

$_->stop for values %node;
done_testing();
