# Dump and restore by an ordinary user who owns the database: every journey, trigger and index comes back as it was.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneySample;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'Asia/Tokyo'\ndatestyle = 'SQL, DMY'\nintervalstyle = 'iso_8601'");
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

$node->stop;
done_testing();
