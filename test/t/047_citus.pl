# Citus: a coordinator and two workers.  A tracked table whose triggers are on the shards, every aggregate over distributed
# rows, and what is computed where; then a third node, and the shards moved to it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
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
	for my $key ('customer', 'team')
	{
		next if $key eq 'team' && $polymorphic->($c);
		my @of = map { "SELECT $key AS k, $c->{call} AS v FROM $_$c->{table} GROUP BY $key" } 'far_', '';
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
is(scalar(grep { ($answered{$_} // 0) == ($polymorphic->($calls[$_]) ? 24 : 27) } 0 .. $#calls), scalar(@calls), 'for every aggregate and group');
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

# ---------------------------------------------------------------- rebalancing

$add->($node{two});
$hub->safe_psql('d', q{SET citus.enable_unsafe_triggers = on; SELECT rebalance_table_shards('deals', shard_transfer_mode := 'block_writes')});
$hub->safe_psql('d', 'CALL citus_cleanup_orphaned_resources()');
my @shards = map { $node{$_}->safe_psql('d', q{SELECT count(*) FROM pg_trigger WHERE tgfoid = 'journey.transition'::regproc AND tgrelid::regclass::text ~ '^deals_[0-9]+$'}) } qw(one two);
is("@shards", '2 2', 'shards move with their triggers');
is($hub->safe_psql('d', sprintf $deals, 'deals'), $hub->safe_psql('d', sprintf $deals, 'deals_here'), 'and with their journeys');
moved('moves after that', q{UPDATE %s SET stage = 'lost', changed = '2026-04-11Z' WHERE stage = 'won'}, q{UPDATE %s SET stage = 'talks', changed = '2026-04-12Z' WHERE stage = 'open'});
refused('rules after that', q{UPDATE deals SET stage = 'won' WHERE id = 7}, qr/23514/);
is($hub->safe_psql('d', q{SELECT journey.rollup(funnel) FROM far_people}), $hub->safe_psql('d', q{SELECT journey.rollup(funnel) FROM people}), 'aggregates after that');

$_->stop for values %node;
done_testing();
