# How time grows: what the pages call linear, or independent of something, is timed at one size and at sixteen times that
# size.  The bound lies halfway between linear (16 times) and quadratic (256 times), so that a busy machine does not
# matter: the best of several runs is taken, and a pair that is over the bound is timed again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nmax_parallel_workers_per_gather = 0\nwork_mem = '256MB'\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION journey;
ALTER DATABASE postgres SET search_path = public, journey;
CREATE TABLE event AS SELECT i, 1 AS key, timestamptz '2026-01-01Z' + i * 7919 % 256000 * interval '1 s' AS at, (ARRAY['a', 'b', 'c'])[1 + i * 31 % 3] AS label, md5(i::text)::uuid AS u
FROM generate_series(1, 256000) AS i;
CREATE UNIQUE INDEX ON event (i);
VACUUM ANALYZE event;
-- the best of three runs, in milliseconds
CREATE FUNCTION ms(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	begun timestamptz;
	best float8;
BEGIN
	FOR i IN 1 .. 3 LOOP
		begun := clock_timestamp();
		EXECUTE query;
		best := least(best, extract(epoch FROM clock_timestamp() - begun) * 1000);
	END LOOP;
	RETURN best;
END $$;
SQL

# Each: what the page says, the statement with N for the size, the smaller size.
my @linear = (
	[ 'sessions: constant time for each row', q{SELECT max(s) FROM (SELECT session_id(at, interval '5 s', interval '1 hour') OVER (ORDER BY at) AS s FROM event WHERE i <= N) q}, 8000 ],
	[ 'journey_agg of one customer', q{SELECT length(journey_agg(label, at)) FROM event WHERE i <= N}, 8000 ],
	[ 'journeys joined by ||', q{SELECT length(j.a || j.b) FROM (SELECT journey_agg(label, at) FILTER (WHERE i % 2 = 0) AS a, journey_agg(label, at) FILTER (WHERE i % 2 = 1) AS b FROM event WHERE i <= N) j}, 8000 ],
	[ 'a pattern without gates', q{SELECT sequence_count('(?1).*(?2).*(?3).*(?1)', at, label = 'a', label = 'b', label = 'c') FROM event WHERE i <= N}, 8000 ],
	[ 'a pattern that backtracking would take for ever', q{SELECT sequence_match('(?1).*(?1).*(?1).*(?1).*(?1).*(?1).*(?1).*(?1).*(?2)', at, label <> 'x', label = 'x') FROM event WHERE i <= N}, 8000 ],
	[ 'window_funnel of one customer', q{SELECT window_funnel('10 days', at, label = 'a', label = 'b', label = 'c', label = 'x') FROM event WHERE i <= N}, 8000 ],
	[ 'window_funnel, all rows at the same time', q{SELECT window_funnel('10 days', timestamptz '2026-01-01Z', label = 'a', label = 'b', label = 'c', label = 'x') FROM event WHERE i <= N}, 8000 ],
	[ 'a funnel of one journey', q{SELECT total(funnel(j, '{a,b,c,x}', '1 day')) FROM (SELECT journey_agg(label, at) AS j FROM event WHERE i <= N) s}, 8000 ],
	[ 'funnel_events of many customers', q{SELECT total(funnel_events(i, at, label, '{a,b,c}')) FROM event WHERE i <= N}, 8000 ],
	[ 'funnel_events of one customer', q{SELECT total(funnel_events(key, at, label, '{a,b,c}')) FROM event WHERE i <= N}, 8000 ],
	[ 'a score of many points', q{SELECT score_agg(i % 7, at, '14 days') FROM event WHERE i <= N}, 8000 ],
	[ 'the area under a curve', q{SELECT auc(i % 3 = 0, (i * 7919 % 1000) / 1000.0) FROM event WHERE i <= N}, 8000 ],
	[ 'survival of many stays', q{SELECT (survival(i * interval '1 s', i % 3 > 0)) IS NULL FROM event WHERE i <= N}, 8000 ]);

for (@linear)
{
	my ($what, $query, $n) = @$_;
	my ($growth, @ms);
	for my $try (1 .. 4)
	{
		@ms = map { my $size = $_; my $sql = $query =~ s/\bN\b/$size/r; $node->safe_psql('postgres', 'SELECT ms($$' . $sql . '$$)') } $n, 16 * $n;
		$growth = $ms[1] / $ms[0];
		last if $growth < 64;
	}
	cmp_ok($growth, '<', 64, sprintf '%s: 16 times as much takes %.0f times as long (%.1f ms, %.1f ms)', $what, $growth, @ms);
}

# A move costs one look-up, whatever the number of stages and rules: the same moves of the same rows, of 5 and of 300 stages.
my %update;
for my $stages (5, 300)
{
	my $labels = join ', ', map { "'s$_'" } 1 .. $stages;
	my $chain = join ' -> ', map { "s$_" } 1 .. $stages;
	$node->safe_psql('postgres', "CREATE TYPE stage_$stages AS ENUM ($labels); CREATE TABLE deal_$stages (id int, stage stage_$stages NOT NULL);
		SELECT count(*) FROM track('deal_$stages', 'stage', 'new -> s1; $chain; s2 -> s1', views => false);
		INSERT INTO deal_$stages SELECT i, 's1' FROM generate_series(1, 20000) i");
	# there and back; the journeys of both grow alike
	$update{$stages} = "UPDATE deal_$stages SET stage = CASE stage WHEN 's1' THEN 's2' ELSE 's1' END::stage_$stages";
}
my $ratio;
for my $try (1 .. 4)
{
	$ratio = $node->safe_psql('postgres', "VACUUM deal_300; SELECT ms(\$\$$update{300}\$\$)") / $node->safe_psql('postgres', "VACUUM deal_5; SELECT ms(\$\$$update{5}\$\$)");
	last if $ratio < 3;
}
cmp_ok($ratio, '<', 3, sprintf 'moves among 300 stages take %.1f times as long as among 5', $ratio);

# Long loops end when they are told to.
for ([ 'a pattern', q{SELECT sequence_count('(?1)(?t<=1000000).*(?t>=1)(?2)(?t<=1000000).*(?t>=1)(?3).*(?4)', at, label = 'a', label = 'b', label = 'c', label = 'x') FROM event} ],
	[ 'funnel_events', q{SELECT funnel_events(u, at, label, '{a,b,c}') FROM event, generate_series(1, 100) g} ],
	[ 'a window with a limit', q{SELECT window_funnel('100 days', at, label = 'a', label = 'b', label = 'c', label = 'x') FROM event, generate_series(1, 100) g} ])
{
	my ($what, $query) = @$_;
	my ($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '100ms'; SELECT ms(\$\$$query\$\$)");
	like($err, qr/canceling statement due to statement timeout/, "$what is cancelled");
}
$node->stop;
done_testing();
