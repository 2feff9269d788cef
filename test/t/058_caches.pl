# Every cache thrown away at every chance: what functions and the trigger keep between rows and calls must not outlive what it was
# made from.  The same statements in two sessions, one with debug_discard_caches, give the same answers.  Only a server that was
# built with assertions can do that.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('caches');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off");
$node->start;
plan skip_all => 'the server is built without assertions, and keeps its caches' if $node->safe_psql('postgres', q{SELECT max_val FROM pg_settings WHERE name = 'debug_discard_caches'}) eq '0';

$node->safe_psql('postgres', q{
	CREATE EXTENSION journey;
	ALTER DATABASE postgres SET search_path = public, journey;
	ALTER DATABASE postgres SET timezone = 'UTC';
	SET search_path = public, journey;
	CREATE TYPE stage AS ENUM ('open', 'talks', 'won', 'lost');
	CREATE TABLE deals (id int, stage stage, amount int, changed timestamptz, dropped int, journey journey, PRIMARY KEY (id, amount)) PARTITION BY RANGE (amount);
	ALTER TABLE deals DROP COLUMN dropped;
	CREATE TABLE deals_small PARTITION OF deals FOR VALUES FROM (0) TO (10);
	CREATE TABLE deals_large (journey journey, changed timestamptz, amount int NOT NULL, stage stage, id int NOT NULL);
	ALTER TABLE deals ATTACH PARTITION deals_large FOR VALUES FROM (10) TO (100);
	CREATE TRIGGER deals BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
		EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open; open -> talks; talks -> won when (amount > 3 and id <> 9); * -> lost; at = changed');
	INSERT INTO deals SELECT i, 'open', i * 3, timestamptz '2026-01-01Z' + i * interval '1 hour' FROM generate_series(0, 9) i;
	CREATE INDEX ON deals USING gin (journey);
	CREATE TABLE scored (id int, score score('7 days'));
	INSERT INTO scored SELECT i, score(i, timestamptz '2026-01-01Z' + i * interval '1 day', '7 days') FROM generate_series(1, 9) i;
	CREATE INDEX ON scored (score);
	CREATE TABLE facts AS SELECT i % 3 AS customer, timestamptz '2026-01-01Z' + i * interval '7 hours' AS at, (ARRAY['view', 'cart', 'pay'])[1 + i * i % 3] AS event,
		(ARRAY['open', 'talks', 'won'])[1 + i % 3]::stage AS stage FROM generate_series(1, 20) i;
});

my @statements = split /\n/, <<'SQL';
UPDATE deals SET stage = 'talks', changed = changed + interval '1 day' WHERE id > 1
UPDATE deals SET stage = 'won', changed = changed + interval '2 days' WHERE id BETWEEN 2 AND 8 AND amount > 3
SAVEPOINT a; UPDATE deals SET stage = 'won' WHERE id = 9
ROLLBACK TO a; UPDATE deals SET amount = amount + 20, stage = 'lost', changed = changed + interval '3 days' WHERE id IN (1, 2)
INSERT INTO deals VALUES (20, 'open', 5, '2026-02-01Z') ON CONFLICT (id, amount) DO UPDATE SET stage = 'lost'
SAVEPOINT a; INSERT INTO deals VALUES (21, 'won', 5, '2026-02-01Z')
ROLLBACK TO a; ALTER TYPE stage RENAME VALUE 'lost' TO 'gone'
UPDATE deals SET stage = 'gone', changed = '2026-03-01Z' WHERE id = 4
ROLLBACK TO a; SELECT id, tableoid::regclass, stage, journey FROM deals ORDER BY id
SELECT funnel(journey, '{open,talks,won}', '7 days') FROM deals
SELECT count(*) FROM deals WHERE journey @> '{won}' OR journey && ARRAY['lost']
SELECT id, can_move(d, 'lost') FROM deals d ORDER BY id LIMIT 2
SELECT customer, journey_agg(stage, at), journey_agg(event, at) FROM facts GROUP BY customer ORDER BY customer
SELECT funnel_events(customer, at, event, ARRAY['view', 'cart', 'pay'], '3 days') FROM facts
SELECT customer, window_funnel('2 days', at, event = 'view', event = 'cart', event = 'pay'), sequence_match('(?1).*(?2)', at, event = 'view', event = 'pay') FROM facts GROUP BY customer ORDER BY customer
SELECT customer, next_node('forward', 'head', at, event, true, event = 'view'), path_agg(event, at) FROM facts GROUP BY customer ORDER BY customer
SELECT customer, at, session_id(at, '10 hours') OVER (PARTITION BY customer ORDER BY at) FROM facts ORDER BY 1, 2 LIMIT 5
SELECT id, score FROM scored ORDER BY score DESC LIMIT 3
SELECT score_agg(id, timestamptz '2026-01-01Z' + id * interval '1 day', '7 days'), rollup(score) FROM scored
SELECT transition_matrix(journey) FROM deals
SQL

# the answer of each, and the state of what is refused
my $script = "\\set VERBOSITY terse\n\\set ON_ERROR_ROLLBACK off\nBEGIN;\n" . join(";\n", @statements) . ";\nROLLBACK;\n";
my %answer;
for my $discard (0, 1)
{
	my ($out, $err) = ('', '');
	my $begun = time;
	$node->psql('postgres', "SET debug_discard_caches = $discard;\n$script", stdout => \$out, stderr => \$err, on_error_stop => 0);
	note "figures: debug_discard_caches = $discard: " . scalar(@statements) . ' statements in ' . (time - $begun) . ' s';
	$answer{$discard} = [ split(/\n/, $out), split(/\n/, $err) ];
}
cmp_ok(scalar @{ $answer{0} }, '>', 30, 'there are answers');
my @refused = map { /ERROR:\s+(.*)/ ? $1 : () } @{ $answer{0} };
is(scalar @refused, 3, 'three statements are refused') or diag join "\n", @refused;
like($refused[0], qr/cannot move from "talks" to "won"/, 'by a guard');
like($refused[1], qr/cannot start at stage "won"/, 'by the rules');
like($refused[2], qr/"lost"/, 'and since the enum no longer has a label of theirs');
is(join("\n", @{ $answer{1} }), join("\n", @{ $answer{0} }), 'with caches thrown away at every chance all is the same');
$node->stop;
done_testing();
