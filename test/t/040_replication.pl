# Crash, streaming standby, logical replication: the journeys are the same on the other side, the rules hold
# where rows are written, and they do not stand in the way of rows that were checked elsewhere.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneySample;

my $main = PostgreSQL::Test::Cluster->new('main');
$main->init(allows_streaming => 'logical');
$main->append_conf('postgresql.conf', "max_wal_senders = 4\nautovacuum = off");
$main->start;
$main->safe_psql('postgres', 'CREATE EXTENSION journey; ALTER DATABASE postgres SET search_path = public, journey');
make_sample($main, 'postgres');
my $expected = fingerprint($main, 'postgres');

# ---------------------------------------------------------------- a crash

$main->stop('immediate');
$main->start;
is(fingerprint($main, 'postgres'), $expected, 'after a crash all is as it was');

# ---------------------------------------------------------------- a streaming standby

$main->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($main, 'base', has_streaming => 1);
$standby->start;
$main->safe_psql('postgres', q{
	UPDATE deals SET stage = 'lost', changed = '2026-12-01 00:00:00+00' WHERE id = 7;
	REFRESH MATERIALIZED VIEW long_histories});
$expected = fingerprint($main, 'postgres');
$main->wait_for_catchup($standby);
is(fingerprint($standby, 'postgres'), $expected, 'a standby has the same journeys');
is($standby->safe_psql('postgres', q{SELECT length(journey_agg('x' || i, timestamptz '2026-01-01' + i * interval '1 s')) FROM generate_series(1, 1000) i}),
	'1000', 'functions and aggregates run on a standby');
my ($status, $out, $err) = $standby->psql('postgres', q{UPDATE deals SET stage = 'talks' WHERE id = 7});
like($err, qr/read-only transaction/, 'and writes are refused by the server');
$standby->promote;
($status, $out, $err) = $standby->psql('postgres', q{UPDATE deals SET stage = 'won' WHERE id = 7});
like($err, qr/cannot move from "lost" to "won"/, 'a promoted standby keeps the rules');
is($standby->safe_psql('postgres', q{UPDATE deals SET stage = 'talks' WHERE id = 7 RETURNING current(journey)}), 'talks', 'and writes legal moves');
$standby->stop;

# ---------------------------------------------------------------- logical replication

my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(allows_streaming => 'logical');
$other->start;
$other->safe_psql('postgres', q{
	CREATE EXTENSION journey;
	ALTER DATABASE postgres SET search_path = public, journey;
	CREATE TYPE deal_stage AS ENUM ('lost', 'won', 'offer', 'talks', 'open');	-- other numbers behind the same labels
	CREATE TABLE deals (id int PRIMARY KEY, stage deal_stage, amount int DEFAULT 0, changed timestamptz, journey journey.journey);
	CREATE TRIGGER deals_stage BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
		EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open; open -> won')});
$main->safe_psql('postgres', 'CREATE PUBLICATION p FOR TABLE deals');
my $connection = $main->connstr . ' dbname=postgres';
for my $binary ($other->pg_version < 16 ? ('false') : ('false', 'true'))
{
	$other->safe_psql('postgres', "TRUNCATE deals");
	$other->safe_psql('postgres', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p WITH (binary = $binary)");
	$other->wait_for_subscription_sync($main, 's');
	$main->safe_psql('postgres', q{
		UPDATE deals SET stage = 'talks', changed = '2026-12-02 00:00:00+00' WHERE stage = 'lost' AND id < 50;
		UPDATE deals SET stage = 'lost', changed = '2026-12-03 00:00:00+00' WHERE stage = 'talks' AND id < 50});
	$main->wait_for_catchup('s');
	my $sum = q{SELECT count(*), md5(string_agg(id || stage::text || journey::text, ';' ORDER BY id)) FROM deals};
	is($other->safe_psql('postgres', $sum), $main->safe_psql('postgres', $sum), "a subscriber has the same journeys, its rules do not refuse them (binary = $binary)");
	$other->safe_psql('postgres', 'DROP SUBSCRIPTION s');
}
($status, $out, $err) = $other->psql('postgres', q{UPDATE deals SET stage = 'won' WHERE stage = 'lost'});
like($err, qr/cannot move/, 'rows written on the subscriber itself are held to its rules');
$other->stop;

$main->stop;

done_testing();
