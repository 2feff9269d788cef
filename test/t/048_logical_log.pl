# Logical replication of a tracked table, and the log of its moves on the subscriber: (a) as a copy of the publisher's log, or
# (b) written by the subscriber itself.  Either way each move is there once, and journeys, log and stages agree.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $main = PostgreSQL::Test::Cluster->new('main');
$main->init(allows_streaming => 'logical');
$main->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nlog_statement = none\nmax_wal_senders = 8\ntimezone = 'UTC'");
$main->start;
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(allows_streaming => 'logical');
$other->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nlog_statement = none\nlc_messages = 'C'\ntimezone = 'UTC'");
$other->start;

my $rules = 'new -> *; open -> talks -> offer -> won; * -> lost; lost -> talks';
# both sides are made alike; the enum in another order
my $make = sub {
	my ($labels) = @_;
	return qq{
		CREATE TYPE deal_stage AS ENUM ($labels);
		CREATE TABLE deals (id int PRIMARY KEY, stage deal_stage, note text);
		SELECT journey.track('deals', 'stage', '$rules', log => true);
		CREATE TABLE parts (id int, region text, stage deal_stage, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
		CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
		CREATE TABLE parts_b PARTITION OF parts DEFAULT;
		SELECT journey.track('parts', 'stage', '$rules', log => true)};
};
for my $way ('a', 'b')
{
	$main->safe_psql('postgres', "CREATE DATABASE way_$way");
	$other->safe_psql('postgres', "CREATE DATABASE way_$way");
	$main->safe_psql("way_$way", 'CREATE EXTENSION journey;' . $make->(q{'open', 'talks', 'offer', 'won', 'lost'}));
	$other->safe_psql("way_$way", 'CREATE EXTENSION journey;' . $make->(q{'lost', 'won', 'offer', 'talks', 'open'}));
	# there before the subscription: some that have just come, and some that have moved
	$main->safe_psql("way_$way", q{
		INSERT INTO deals SELECT i, 'open' FROM generate_series(1, 100) i;
		UPDATE deals SET stage = 'talks' WHERE id <= 40;
		INSERT INTO parts SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 'open' FROM generate_series(1, 40) i;
		UPDATE parts SET stage = 'talks' WHERE id <= 10});
}

# What goes on after it: every way of writing, several moves of one transaction, a refused statement, a deleted row.
my $moves = q{
	INSERT INTO deals SELECT i, 'open' FROM generate_series(101, 150) i;
	UPDATE deals SET stage = 'offer' WHERE id BETWEEN 10 AND 30;
	BEGIN; SET LOCAL journey.actor = 'maria'; SET LOCAL journey.reason = 'called back'; UPDATE deals SET stage = 'lost' WHERE id = 7; UPDATE deals SET stage = 'talks' WHERE id = 7; UPDATE deals SET stage = 'offer' WHERE id = 7; COMMIT;
	INSERT INTO deals AS d (id, stage) VALUES (150, 'open'), (151, 'open') ON CONFLICT (id) DO UPDATE SET stage = 'talks';
	MERGE INTO deals d USING (VALUES (149), (152)) v (id) ON d.id = v.id WHEN MATCHED THEN UPDATE SET stage = 'talks' WHEN NOT MATCHED THEN INSERT (id, stage) VALUES (v.id, 'open');
	COPY deals (id, stage) FROM stdin;
160	open
161	lost
\.
	BEGIN; UPDATE deals SET stage = 'lost'; ROLLBACK;
	UPDATE deals SET note = 'no move';
	UPDATE parts SET stage = 'offer' WHERE id <= 5;
	UPDATE parts SET stage = 'lost' WHERE id > 30;
	DELETE FROM deals WHERE id = 3};
my $table = q{SELECT count(*), md5(string_agg(id || ' ' || stage || ' ' || journey::text, ';' ORDER BY id)) FROM %s};
my $log = q{SELECT count(*), md5(string_agg(concat_ws(' ', id, coalesce(from_stage::text, '-'), to_stage, at), ';' ORDER BY id, at)) FROM %s_log};
my $whole_log = q{SELECT count(*), md5(string_agg(l::text, ';' ORDER BY log_id)) FROM %s_log l};
my $verify = q{SELECT (SELECT count(*) FROM journey.verify('deals')) + (SELECT count(*) FROM journey.verify('parts'))};

# In the database of a way: journeys against log, on the server itself.
my $agree = q{SELECT count(*) FROM (
	(SELECT r.id, lag(e.label) OVER (PARTITION BY r.id ORDER BY e.at), e.label, e.at FROM %1$s r, journey.events(r.journey) e EXCEPT ALL SELECT id, from_stage::text, to_stage::text, at FROM %1$s_log)
	UNION ALL
	(SELECT l.id, l.from_stage::text, l.to_stage::text, l.at FROM %1$s_log l WHERE EXISTS (SELECT FROM %1$s r WHERE r.id = l.id)
	 EXCEPT ALL SELECT r.id, lag(e.label) OVER (PARTITION BY r.id ORDER BY e.at), e.label, e.at FROM %1$s r, journey.events(r.journey) e)) x};

sub subscribe
{
	my ($db, $tables, $copy) = @_;
	$main->safe_psql($db, "CREATE PUBLICATION p_$db FOR TABLE $tables");
	my $connection = $main->connstr . " dbname=$db";
	$other->safe_psql($db, "CREATE SUBSCRIPTION s_$db CONNECTION '$connection' PUBLICATION p_$db" . ($copy ? '' : ' WITH (copy_data = false)'));
	$other->wait_for_subscription_sync($main, "s_$db", $db);
	return;
}

# ---------------------------------------------------------------- (a) the log is replicated

subscribe('way_a', 'deals, deals_log, parts, parts_log', 1);
$main->safe_psql('way_a', $moves);
$main->safe_psql('way_a', q{UPDATE parts SET region = 'c', stage = 'offer' WHERE id = 6});		# goes to another partition
$main->wait_for_catchup('s_way_a');
for my $rel ('deals', 'parts')
{
	is($other->safe_psql('way_a', sprintf $table, $rel), $main->safe_psql('way_a', sprintf $table, $rel), "(a) $rel: the journeys are the same");
	is($other->safe_psql('way_a', sprintf $whole_log, $rel), $main->safe_psql('way_a', sprintf $whole_log, $rel), "(a) $rel: the log is the same, row by row and column by column, and no row is there twice");
	is($other->safe_psql('way_a', sprintf $agree, $rel), '0', "(a) $rel: log and journeys of the subscriber agree");
}
is($other->safe_psql('way_a', $verify), '0', '(a) verify finds nothing');
is($other->safe_psql('way_a', q{SELECT actor, reason, count(*) FROM deals_log WHERE reason IS NOT NULL GROUP BY 1, 2}), 'maria|called back|3', '(a) who and why are told');
my $rows_a = $other->safe_psql('way_a', 'SELECT (SELECT count(*) FROM deals_log) + (SELECT count(*) FROM parts_log)');

# ---------------------------------------------------------------- (b) the subscriber writes its own

# What came before the subscription is not applied, but copied; a log that is to have it gets it once, as a dump.
$other->safe_psql('way_b', q{
	DROP TRIGGER zz_log_insert_stage ON deals; DROP TRIGGER zz_log_update_stage ON deals;
	CREATE TRIGGER zz_log_row_stage AFTER INSERT OR UPDATE ON deals FOR EACH ROW EXECUTE FUNCTION journey.log_moves('deals_log', 'stage', 'journey', 'id');
	DROP TRIGGER zz_log_insert_stage ON parts; DROP TRIGGER zz_log_update_stage ON parts;
	CREATE TRIGGER zz_log_row_stage AFTER INSERT OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION journey.log_moves('parts_log', 'stage', 'journey', 'id', 'region')});
subscribe('way_b', 'deals, parts', 1);
is($other->safe_psql('way_b', 'SELECT count(*) FROM deals_log'), '0', '(b) nothing is logged of the copy, as the trigger is not yet for replicas');
my $dir = PostgreSQL::Test::Utils::tempdir();
for my $rel ('deals', 'parts')
{
	my $columns = $rel eq 'deals' ? 'id' : 'id, region';
	my $all = "$columns, from_stage, to_stage, at, recorded_at, actor, reason, db_user";
	$main->safe_psql('way_b', "\\copy ${rel}_log ($all) to '$dir/$rel'");
	$other->safe_psql('way_b', "\\copy ${rel}_log ($all) from '$dir/$rel'");
}
$other->safe_psql('way_b', q{ALTER TABLE deals ENABLE ALWAYS TRIGGER zz_log_row_stage; ALTER TABLE parts ENABLE REPLICA TRIGGER zz_log_row_stage; ALTER TABLE parts_a ENABLE REPLICA TRIGGER zz_log_row_stage; ALTER TABLE parts_b ENABLE REPLICA TRIGGER zz_log_row_stage});
$main->safe_psql('way_b', $moves);
$main->wait_for_catchup('s_way_b');
for my $rel ('deals', 'parts')
{
	is($other->safe_psql('way_b', sprintf $table, $rel), $main->safe_psql('way_b', sprintf $table, $rel), "(b) $rel: the journeys are the same");
	is($other->safe_psql('way_b', sprintf $log, $rel), $main->safe_psql('way_b', sprintf $log, $rel), "(b) $rel: so are the moves in the log that the subscriber wrote, row by row, each once");
	is($other->safe_psql('way_b', sprintf $agree, $rel), '0', "(b) $rel: log and journeys of the subscriber agree");
}
is($other->safe_psql('way_b', $verify), '0', '(b) verify finds nothing');
is($other->safe_psql('way_b', q{SELECT count(*), count(*) FILTER (WHERE reason IS NOT NULL) FROM deals_log WHERE id = 7 AND at > (SELECT max(recorded_at) FROM deals_log WHERE id = 1)}), '3|0', '(b) who and why are not: that is not in the row');
my $rows_b = $other->safe_psql('way_b', 'SELECT (SELECT count(*) FROM deals_log) + (SELECT count(*) FROM parts_log)');

# rows of the subscriber itself: ALWAYS logs them too, and the transition trigger judges them
my ($status, $out, $err) = $other->psql('way_b', "\\set VERBOSITY verbose\nUPDATE deals SET stage = 'won' WHERE id = 150");
like($err, qr/ERROR:  23514/, '(b) what the subscriber writes itself is held to its rules');
is($other->safe_psql('way_b', q{UPDATE deals SET stage = 'offer' WHERE id = 150; SELECT from_stage, to_stage FROM deals_log WHERE id = 150 ORDER BY log_id DESC LIMIT 1}), 'talks|offer', '(b) and logged, ALWAYS');
is($other->safe_psql('way_b', q{SELECT count(*) FROM parts_log; UPDATE parts SET stage = 'offer' WHERE id = 8; SELECT count(*) FROM parts_log}) =~ /^(\d+)\n\g1$/ ? 'same' : 'more', 'same', '(b) and not, with REPLICA alone');

# Triggers for each statement, as track makes them, are not fired for what is applied.
$other->safe_psql('way_b', q{DROP TRIGGER zz_log_row_stage ON deals; SELECT journey.track('deals', 'stage', '} . $rules . q{', log => true);
	ALTER TABLE deals ENABLE ALWAYS TRIGGER zz_log_insert_stage; ALTER TABLE deals ENABLE ALWAYS TRIGGER zz_log_update_stage});
my $before = $other->safe_psql('way_b', 'SELECT count(*) FROM deals_log');
$main->safe_psql('way_b', q{UPDATE deals SET stage = 'talks' WHERE id = 90});
$main->wait_for_catchup('s_way_b');
is($other->safe_psql('way_b', q{SELECT stage FROM deals WHERE id = 90; SELECT count(*) FROM deals_log}), "talks\n$before", '(b) the triggers for each statement would not do, whatever they are enabled for');

note("figures: log replicated: $rows_a rows, log written by the subscriber: $rows_b rows, " . (Test::More->builder->is_passing ? '0 differences' : 'with differences'));
$other->safe_psql($_, "DROP SUBSCRIPTION s_$_") for 'way_a', 'way_b';
$other->stop;
$main->stop;
done_testing();
