# Random queries over the functions, types and aggregates of the schema, written by SQLsmith (Debian package sqlsmith) for a database with
# tracked tables, a workspace with sample data, and columns of every stored type.  No crash, and no internal error (XX000).
#
# SMITH_QUERIES and SMITH_SEED change what is tried.  SQLsmith rolls back each of its statements.
# Packages: sqlsmith
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use File::Basename qw(basename);
use Time::HiRes qw(time);
use JourneyAggregates;
use JourneySample;

plan skip_all => 'there is no sqlsmith here' unless grep { -x "$_/sqlsmith" } split /:/, $ENV{PATH};

my $queries = $ENV{SMITH_QUERIES} || 4000;
my $seed    = $ENV{SMITH_SEED}    || 20260101;
my $limit   = $ENV{SMITH_SECONDS} || 30;
note "SMITH_QUERIES=$queries SMITH_SEED=$seed";

# Internal errors that PostgreSQL itself gives to such queries, with no function of ours involved: by message, and only
# from its own files.
my @of_postgres = (
	qr/^could not find commutator for operator/,
	qr/^could not devise a query plan/,
	qr/^failed to (?:build any|find conversion function)/,
	qr/^missing support function/,
	qr/^unrecognized (?:node|parameter) type/,
	qr/^plan should not reference subplan's variable/,
	qr/^no relation entry for relid/,
	qr/^could not find pathkey item to sort/,
	qr/^cache lookup failed for (?:type|relation|function|operator) \d+/,
	qr/^invalid (?:attnum|attribute number) /,
);

my $node = PostgreSQL::Test::Cluster->new('smith');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
fsync = off
restart_after_crash = off
lc_messages = 'C'
log_statement = none
log_min_messages = error
log_min_error_statement = error
log_error_verbosity = verbose
log_line_prefix = ''
track_functions = all
max_prepared_transactions = 0
work_mem = 8MB
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE smith LOGIN; CREATE DATABASE smithy OWNER smith; ');
$node->safe_psql('smithy', "CREATE EXTENSION journey; GRANT CREATE ON SCHEMA public TO smith; CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO smith;
	CREATE VIEW shadow.pg_proc AS SELECT * FROM pg_catalog.pg_proc WHERE pronamespace = 'journey'::regnamespace
		AND provariadic = 0 AND NOT EXISTS (SELECT FROM unnest(proargtypes::oid[]) a JOIN pg_catalog.pg_type t ON t.oid = a WHERE t.typtype = 'p'); GRANT SELECT ON shadow.pg_proc TO smith");
my @smith = (extra_params => [ '-U', 'smith' ]);
make_sample($node, 'smithy', @smith);
$node->safe_psql('smithy', "CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');" . facts_sql('facts') . people_sql('people', 'facts'), @smith);
$node->safe_psql('smithy', q{
	SELECT journey.create_workspace('crm');
	SELECT count(*) FROM journey.sample_workspace('crm', 20);
	CREATE TYPE ticket_stage AS ENUM ('open', 'waiting', 'done');
	CREATE TABLE tickets (id int PRIMARY KEY, stage ticket_stage);
	SELECT journey.track('tickets', 'stage', 'new -> open; forward; done -> open');
	INSERT INTO tickets SELECT i, 'open' FROM generate_series(1, 20) i;
	UPDATE tickets SET stage = 'waiting' WHERE id % 2 = 0;
	CREATE TABLE calendars AS SELECT '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}}'::journey.calendar AS calendar, journey.score(5, now(), '14 days') AS score,
		journey.grade 'A1' AS grade, journey.bant 'budget=yes' AS bant, tstzrange(now() - interval '1 year', now()) AS during, 'a .* b'::text AS pattern, 'new, * -> *'::text AS rules, 'tickets'::regclass AS rel, 'ticket_stage'::regtype AS stages;
	ANALYZE}, @smith);

# Only what is of the schema, without what SQLsmith cannot call (variadic and polymorphic functions); then with all of PostgreSQL's own functions about them.
my %ours = map { basename($_) => 1 } glob("$FindBin::Bin/../../src/*.c $FindBin::Bin/../../src/*/*.c");
cmp_ok(scalar keys %ours, '>', 50, 'the names of our own files are known');
my $total = 0;
for my $run ([ 'functions of the schema', 'shadow,pg_catalog,journey,public', $queries ], [ 'all functions', 'journey,public', int $queries / 4 ])
{
	my ($what, $path, $n) = @$run;
	my $target = join ' ', "host=@{[ $node->host ]}", "port=@{[ $node->port ]}", 'dbname=smithy', 'user=smith', "options='-c search_path=$path'";
	my $from = -s $node->logfile;
	my $begun = time;
	my ($out, $err) = ('', '');
	my $done = IPC::Run::run([ 'timeout', $limit, 'sqlsmith', "--target=$target", '--exclude-catalog', "--max-queries=$n", "--seed=$seed" ], '>', \$out, '2>', \$err);
	my $status = $? >> 8;
	ok($done || $status == 124, "$what: sqlsmith came to its end, or to that of its time") or diag substr($out . $err, -2000);
	is($node->psql('smithy', 'SELECT 1'), 0, "$what: the server is there") or last;

	my $log = slurp_file($node->logfile, $from);
	unlike($log, qr/PANIC|TRAP:|terminated by signal|AddressSanitizer|runtime error:/, "$what: no crash");
	my (%states, %theirs, @wrong);
	while ($log =~ /^(?:ERROR|FATAL):  (\w{5}): (.*)\n((?:(?!ERROR|FATAL).*\n)*)/mg)
	{
		my ($state, $message, $more) = ($1, $2, $3);
		$states{$state}++;
		next if $state !~ /^(?:XX|58)/;
		my ($file) = $more =~ /^LOCATION:  \w+, (\S+?):\d+/m;
		if (!$ours{ $file // '' } && grep { $message =~ $_ } @of_postgres) { $theirs{ "$message ($file)" =~ s/\d+/N/gr }++; }
		else { push @wrong, "$state $message\n$more"; }
	}
	is(join("\n", @wrong > 5 ? @wrong[ 0 .. 4 ] : @wrong), '', "$what: no internal errors of ours");
	my $errors = 0;
	$errors += $_ for values %states;
	my ($called, $calls) = split /\|/, $node->safe_psql('smithy', "SELECT count(*), sum(calls) FROM pg_stat_user_functions WHERE schemaname = 'journey'");
	note sprintf "figures: sqlsmith, %s: %s queries in %d s, %d errors (%s), %d functions of the schema were called, %s times", $what, $status == 124 ? "fewer than $n" : $n, time - $begun, $errors,
	  join(', ', map { "$_ $states{$_}" } sort keys %states), $called, $calls // 0;
	note "figures: internal errors of PostgreSQL itself: $_ x $theirs{$_}" for sort keys %theirs;
	cmp_ok($called, '>', 60, "$what: functions of the schema are reached");
}
$node->stop;
done_testing();
