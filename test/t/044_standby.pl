# A hot standby: values of every type of the extension that were written on the primary are read there, indexes of every kind
# are used, and every aggregate runs, also those that write to temporary files.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyAggregates;
use JourneyValues;

my $main = PostgreSQL::Test::Cluster->new('main');
$main->init(allows_streaming => 1);
$main->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nlog_statement = none\nlc_messages = 'C'\nshared_buffers = 16MB\njit = off");
$main->start;
$main->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($main, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'log_temp_files = 0');
$standby->start;

# everything comes by the log, nothing by the backup
$main->safe_psql('postgres', 'CREATE EXTENSION journey');
make_values($main, 'postgres');
$main->safe_psql('postgres', q{
	CREATE TABLE long AS SELECT i AS id, journey.journey(ARRAY['s' || i % 7, 't' || i % 100, 'u'], ARRAY[timestamptz '2026-01-01Z' + i * interval '1 hour', '2026-06-01Z', '2026-06-02Z']) AS j,
		journey.score(i % 97, timestamptz '2026-01-01Z' + (i * 7919 % 3000) * interval '1 hour', '7 days') AS heat, journey.grade((ARRAY['A1', 'B2', 'C3', 'D4'])[1 + i % 4]) AS grade FROM generate_series(1, 3000) i;
	CREATE INDEX long_j ON long (j); CREATE INDEX long_labels ON long USING gin (j); CREATE INDEX long_hash ON long USING hash (j); CREATE INDEX long_heat ON long (heat); CREATE INDEX long_began ON long (journey.started_at(j));
	CREATE INDEX long_grade ON long (grade);
	CREATE TABLE hits AS SELECT (i::bigint * 7919 % 40009)::int AS customer, timestamptz '2026-03-01Z' + (i * 31 % 86400) * interval '1 s' AS at, (ARRAY['visit', 'cart', 'pay', 'help'])[1 + (i * 17 + i / 40009) % 4] AS label FROM generate_series(1, 200000) i;
	ANALYZE;
	DELETE FROM long WHERE id % 50 = 0});
$main->safe_psql('postgres', q{UPDATE long SET heat = journey.score(1000, '2026-05-01Z', '7 days') WHERE id % 100 = 1; VACUUM long});
$main->wait_for_catchup($standby);

is(types_without_values($main, 'postgres'), '', 'there are values of every type of the extension');
my $there = values_fingerprint($main, 'postgres');
is(values_fingerprint($standby, 'postgres'), $there, 'the standby reads all of them as they were written, in text and in binary form');
my @columns = split /\n/, $there;
my %types = map { (split /\|/)[1] => 1 } @columns;

# ---------------------------------------------------------------- indexes

my @asked = (
	[ 'Index.* Scan using long_j ', q{SELECT md5(string_agg(id::text, ',')) FROM (SELECT id FROM long WHERE j > '{s3@2026-01-05}' ORDER BY j LIMIT 500) x} ],
	[ 'Index Scan using long_(hash|j) ', q{SELECT count(*), sum(id) FROM long WHERE j = (SELECT j FROM long WHERE id = 77)} ],
	[ 'Bitmap Index Scan on long_labels ', q{SELECT count(*), sum(id) FROM long WHERE j @> ARRAY['s3', 't10']} ],
	[ 'Bitmap Index Scan on long_labels ', q{SELECT count(*), sum(id) FROM long WHERE j && ARRAY['t5', 't6', 'nothing']} ],
	[ 'Index.* Scan.* using long_heat ', q{SELECT md5(string_agg(id::text, ',')) FROM (SELECT id FROM long ORDER BY heat DESC, id LIMIT 200) x} ],
	[ 'Index.* Scan using long_began ', q{SELECT count(*), max(journey.length(j)) FROM long WHERE journey.started_at(j) BETWEEN '2026-02-01Z' AND '2026-02-03Z'} ],
	[ 'Index.* Scan using long_grade ', q{SELECT grade, count(*) FROM long WHERE grade >= 'C1' GROUP BY grade ORDER BY grade} ]);
for (@asked)
{
	my ($scan, $sql) = @$_;
	my $by_index = 'SET search_path = public, journey; SET enable_seqscan = off;' . ($scan =~ /Bitmap/ ? '' : 'SET enable_bitmapscan = off;');
	like($standby->safe_psql('postgres', "$by_index EXPLAIN $sql"), qr/$scan/, "an index of the standby answers: $sql");
	is($standby->safe_psql('postgres', "$by_index $sql"),
		$main->safe_psql('postgres', "SET search_path = public, journey; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; $sql"), 'and says what the table of the primary says');
}

# ---------------------------------------------------------------- aggregates

my @calls = aggregate_calls($main, 'postgres');
my $every = "SET extra_float_digits = 1; SET timezone = 'UTC';\n" . join '', map { "SELECT '$calls[$_]{signature}', $calls[$_]{call}::text FROM $calls[$_]{table};\n" } 0 .. $#calls;
my $answers = $main->safe_psql('postgres', $every);
is($standby->safe_psql('postgres', $every), $answers, 'every aggregate runs on the standby and says the same: ' . scalar @calls);

# more than fits in memory goes to temporary files, which a standby may write
my @spilling = (
	q{SELECT journey.funnel_events(customer, at, label, '{visit,cart,pay}', '1 day') FROM hits},
	q{SELECT md5(string_agg(w::text, ',' ORDER BY customer)) FROM (SELECT customer, journey.window_funnel('1 day', at, label = 'visit', label = 'cart', label = 'pay') AS w FROM hits GROUP BY customer) x},
	q{SELECT md5(string_agg(j::text, ',' ORDER BY customer)) FROM (SELECT customer, journey.journey_agg(label, at) AS j FROM hits GROUP BY customer) x});
my $spilled = 0;
for my $n (0 .. $#spilling)
{
	my $plain = $main->safe_psql('postgres', "SET work_mem = '256MB'; $spilling[$n]");
	my $from = -s $standby->logfile;
	is($standby->safe_psql('postgres', "SET work_mem = '64kB'; $spilling[$n]"), $plain, "with little memory the standby says what the primary says with much: $spilling[$n]");
	my $log = substr slurp_file($standby->logfile), $from;
	my @sizes = $log =~ /temporary file: path .*, size (\d+)/g;
	$spilled += $_ for @sizes;
	cmp_ok(scalar(@sizes), '>', 0, 'and wrote temporary files for it');
}
my ($status, $out, $err) = $standby->psql('postgres', q{SELECT journey.track('long', 'id', 'new -> a')});
isnt($status, 0, 'what would write there fails');

note(sprintf 'figures: %d types in %d columns, %d indexed answers, %d aggregates, %.1f MB in temporary files of the standby, %s', scalar keys %types, scalar @columns, scalar @asked, scalar @calls, $spilled / 1e6,
	Test::More->builder->is_passing ? '0 differences' : 'with differences');
$standby->stop;
$main->stop;
done_testing();
