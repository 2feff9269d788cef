# Dump and restore by an ordinary user who owns the database: every journey, trigger and index comes back as it was.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneySample;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\ntimezone = 'Asia/Tokyo'\ndatestyle = 'SQL, DMY'\nintervalstyle = 'iso_8601'");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; CREATE DATABASE source OWNER keeper');
my $dir = PostgreSQL::Test::Utils::tempdir();
my @as  = (extra_params => [ '-U', 'keeper' ]);

$node->safe_psql('source', 'CREATE EXTENSION journey', @as);
$node->safe_psql('source', 'ALTER DATABASE source SET search_path = public, journey');
make_sample($node, 'source', @as);
my $expected = fingerprint($node, 'source', @as);
like($expected, qr/^deals\|400\|/, 'the sample is there');
unlike($expected, qr/\|0\|/, 'all of it');

sub run_ok
{
	my ($name, @command) = @_;
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGUSER} = 'keeper';
	command_ok(\@command, $name);
}

sub target
{
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER keeper");
	$node->safe_psql($db, "ALTER DATABASE $db SET search_path = public, journey");
	return $db;
}

sub same
{
	my ($db, $name) = @_;
	is(fingerprint($node, $db, @as), $expected, "$name: all is as it was");
	# the trigger lives
	my ($status, $out, $err) = $node->psql($db, q{\set VERBOSITY verbose
		UPDATE deals SET stage = 'won' WHERE stage = 'open'}, @as);
	like($err, qr/23514/, "$name: an illegal move is refused");
	is($node->safe_psql($db, q{UPDATE deals SET stage = 'talks', changed = '2026-12-01 12:00:00+00' WHERE id = 4 RETURNING length(journey), current(journey), updated_at(journey) = changed}, @as),
		"2|talks|t", "$name: a legal one is written");
	$node->safe_psql('postgres', "DROP DATABASE $db");
}

# ---------------------------------------------------------------- whole dumps

run_ok('pg_dump, custom format', 'pg_dump', '-Fc', '-f', "$dir/custom", 'source');
target('custom');
run_ok('pg_restore', 'pg_restore', '--exit-on-error', '--single-transaction', '-d', 'custom', "$dir/custom");
same('custom', 'custom format');

target('parallel');
run_ok('pg_restore with two jobs', 'pg_restore', '--exit-on-error', '-j', '2', '-d', 'parallel', "$dir/custom");
same('parallel', 'two jobs');

run_ok('pg_dump, plain', 'pg_dump', '-f', "$dir/plain.sql", 'source');
target('plain');
run_ok('psql', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-1', '-d', 'plain', '-f', "$dir/plain.sql");
same('plain', 'plain');

run_ok('pg_dump, as inserts', 'pg_dump', '--inserts', '--rows-per-insert=100', '-f', "$dir/inserts.sql", 'source');
target('inserts');
run_ok('psql', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'inserts', '-f', "$dir/inserts.sql");
same('inserts', 'inserts');

# ---------------------------------------------------------------- data only: the triggers are there and fire

for my $how ('copy', 'inserts', 'columns')
{
	my $db = target("data_$how");
	my @how = $how eq 'copy' ? () : $how eq 'inserts' ? ('--inserts') : ('--column-inserts');
	run_ok("$how: pg_dump --schema-only", 'pg_dump', '--schema-only', '-f', "$dir/schema.sql", 'source');
	run_ok("$how: pg_dump --data-only", 'pg_dump', '--data-only', @how, '-f', "$dir/data.sql", 'source');
	run_ok("$how: schema", 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', "$dir/schema.sql");
	run_ok("$how: data, in mid-journey", 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', "$dir/data.sql");
	$node->safe_psql($db, 'REFRESH MATERIALIZED VIEW long_histories', @as);
	same($db, "data only, $how");
}

# ---------------------------------------------------------------- COPY from and to files of each form

for my $format ('text', 'csv', 'binary')
{
	$node->safe_psql('source', qq{
		CREATE TABLE back (LIKE histories);
		ALTER TABLE back DROP COLUMN latest;
		\\copy histories (id, j) to '$dir/$format' (format $format)
		\\copy back from '$dir/$format' (format $format)}, @as);
	is($node->safe_psql('source', q{SELECT count(*) FROM (SELECT id, j FROM histories EXCEPT SELECT id, j FROM back) a}, @as), '0', "COPY, $format: nothing is lost");
	is($node->safe_psql('source', q{SELECT count(*) FROM back JOIN histories h USING (id) WHERE back.j IS NOT DISTINCT FROM h.j}, @as),
		$node->safe_psql('source', 'SELECT count(*) FROM histories', @as), "COPY, $format: all is equal");
	$node->safe_psql('source', 'DROP TABLE back', @as);
}

# ---------------------------------------------------------------- logs, partitions, a workspace and roll-up tables

# as the owner of the database, who is no superuser
is($node->safe_psql('source', q{SELECT rolsuper FROM pg_roles WHERE rolname = current_user}, @as), 'f', 'who dumps and restores is no superuser');
$node->safe_psql('source', q{
	SELECT journey.create_stages('lead_stage', 'lead');
	CREATE TABLE leads (id int PRIMARY KEY, stage lead_stage, heat journey.score DEFAULT '5@2026-01-01T00:00:00Z/7 days', budget int);
	SELECT journey.track('leads', 'stage', 'new -> visitor, lead; visitor -> lead -> mql; mql -> sql when (budget > 0); forward; * -> lost; lost -> lead', log => true);
	INSERT INTO leads (id, stage, budget) SELECT i, CASE WHEN i % 3 = 0 THEN 'visitor' ELSE 'lead' END::lead_stage, i % 5 FROM generate_series(1, 90) i;
	UPDATE leads SET stage = 'mql' WHERE id % 2 = 0;
	BEGIN; SET LOCAL journey.actor = 'maria'; SET LOCAL journey.reason = 'a "good" one'; UPDATE leads SET stage = 'sql' WHERE id % 4 = 0 AND budget > 0; COMMIT;
	CREATE INDEX leads_heat ON leads (heat); CREATE INDEX leads_labels ON leads USING gin (journey);
	CREATE TABLE branches (id int, region text, stage lead_stage, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
	CREATE TABLE branches_north PARTITION OF branches FOR VALUES IN ('north');
	CREATE TABLE branches_rest PARTITION OF branches DEFAULT;
	SELECT journey.track('branches', 'stage', 'new -> *; forward; * -> lost', log => true);
	INSERT INTO branches SELECT i, CASE i % 2 WHEN 0 THEN 'north' ELSE 'south' END, 'lead' FROM generate_series(1, 40) i;
	UPDATE branches SET stage = 'mql', region = 'north' WHERE id > 10;
	CREATE TABLE rolled_up AS SELECT budget, journey.funnel(journey, '{lead,mql,sql}') AS funnel, journey.rollup(heat) AS heat, journey.transition_matrix(journey) AS matrix FROM leads GROUP BY budget;
	CREATE MATERIALIZED VIEW by_budget AS SELECT budget, journey.funnel(journey, '{lead,mql,sql}') AS funnel, journey.rollup(heat) AS heat FROM leads GROUP BY budget;
	SELECT count(*) FROM journey.create_workspace('crm');
	SELECT count(*) FROM journey.sample_workspace('crm', 40, '2026-03-01Z')}, @as);

# every row of every table, triggers, what the sequences say
my $every_row = q{
	CREATE FUNCTION pg_temp.print(c regclass) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE r text;
	BEGIN
		EXECUTE format('SELECT concat_ws('' '', count(*), md5(coalesce(string_agg(t::text, '';'' ORDER BY t::text COLLATE "C"), ''''))) FROM %s t', c) INTO r;
		RETURN r;
	END $$;
	SET timezone = 'UTC';
	SELECT c.oid::regclass, c.relkind, pg_temp.print(c.oid) FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'crm')) AND c.relkind IN ('r', 'p', 'm');
	SELECT tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal;
	SELECT sequencename, last_value FROM pg_sequences WHERE schemaname IN ('public', 'crm')};
sub all_of { return join "\n", sort split /\n/, $node->safe_psql($_[0], $every_row, @as); }
my $all = all_of('source');
like($all, qr/^leads_log\|r\|15\d /m, 'the log is there');
like($all, qr/^crm\.party\|r\|40 /m, 'the workspace too');
sub all_there
{
	my ($db, $name) = @_;
	my %was = map { $_ => 1 } split /\n/, $all;
	my %is  = map { $_ => 1 } split /\n/, all_of($db);
	is(join("\n", (map { "- $_" } grep { !$is{$_} } sort keys %was), (map { "+ $_" } grep { !$was{$_} } sort keys %is)), '', "$name: every row of every table is as it was, and no more");
	is($node->safe_psql($db, q{SELECT count(*) FROM (SELECT * FROM journey.verify('leads') UNION ALL SELECT * FROM journey.verify('branches') UNION ALL SELECT * FROM journey.verify('deals')) x}, @as), '0', "$name: verify finds nothing");
	is($node->safe_psql($db, q{UPDATE leads SET stage = 'sql' WHERE id = 2 RETURNING current(journey); SELECT from_stage, to_stage FROM leads_log WHERE id = 2 ORDER BY log_id DESC LIMIT 1}, @as), "sql\nmql|sql", "$name: moves go on and are logged");
	$node->safe_psql('postgres', "DROP DATABASE $db");
	return;
}

run_ok('pg_dump, a folder, two jobs', 'pg_dump', '-Fd', '-j', '2', '-f', "$dir/folder", 'source');
run_ok('pg_restore of the folder, two jobs', 'pg_restore', '--exit-on-error', '-j', '2', '-d', target('folder'), "$dir/folder");
all_there('folder', 'a folder, two jobs');

# Data only, into tables whose triggers are there.  Logs are filled by their own rows, so nothing may be logged again, and triggers of a
# workspace judge what is new, not what was: a superuser restores with --disable-triggers, and an owner disables his own ones meanwhile.
run_ok('pg_dump --schema-only', 'pg_dump', '--schema-only', '-f', "$dir/schema.sql", 'source');
sub schema_alone
{
	my ($db) = @_;
	target($db);
	run_ok("$db: schema", 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', "$dir/schema.sql");
	return $db;
}
schema_alone('data_super');
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	command_ok([ 'pg_dump', '--data-only', '--disable-triggers', '-Fc', '-f', "$dir/data", 'source' ], 'pg_dump --data-only --disable-triggers');
	command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '-d', 'data_super', "$dir/data" ], 'pg_restore --data-only --disable-triggers, by a superuser');
}
$node->safe_psql('data_super', 'REFRESH MATERIALIZED VIEW long_histories; REFRESH MATERIALIZED VIEW by_budget', @as);
all_there('data_super', 'data only, triggers disabled');
schema_alone('data_owner');
run_ok('pg_dump --data-only by the owner', 'pg_dump', '--data-only', '-Fc', '-f', "$dir/data_owner", 'source');
my $switch = sub {
	my ($how) = @_;
	$node->safe_psql('data_owner', qq{DO \$\$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace IN ('public'::regnamespace, 'crm'::regnamespace) LOOP
		EXECUTE format('ALTER TABLE %s $how TRIGGER USER', t); END LOOP; END \$\$}, @as);
};
$switch->('DISABLE');
run_ok('pg_restore --data-only by the owner', 'pg_restore', '--exit-on-error', '--data-only', '-d', 'data_owner', "$dir/data_owner");
$switch->('ENABLE');
$node->safe_psql('data_owner', 'REFRESH MATERIALIZED VIEW long_histories; REFRESH MATERIALIZED VIEW by_budget', @as);
all_there('data_owner', 'data only by the owner, his triggers off meanwhile');

$node->stop;
done_testing();
