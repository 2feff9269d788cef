# Rows in mid-journey, and what is compared when they come out at another place.
package JourneySample;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(make_sample fingerprint);

# A tracked table with rows at all stages, plain columns of random journeys, and what may hang on them: indexes, a
# generated column, a partitioned table, a materialized view.
sub make_sample
{
	my ($node, $db, @options) = @_;
	$node->safe_psql($db, <<'SQL', @options);
SELECT setseed(0.5);
CREATE TYPE deal_stage AS ENUM ('open', 'talks', 'offer', 'won', 'lost');
CREATE TABLE deals (id int PRIMARY KEY, stage deal_stage, amount int DEFAULT 0, changed timestamptz, journey journey.journey);
CREATE TRIGGER deals_stage BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
	EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open -> talks -> offer; offer -> won when (amount > 0); * -> lost; lost -> talks; at = changed');
INSERT INTO deals SELECT i, 'open', 0, timestamptz '2026-01-01' + i * interval '1 hour' FROM generate_series(1, 400) i;
UPDATE deals SET stage = 'talks', changed = changed + interval '1 day' WHERE id % 4 > 0;
UPDATE deals SET stage = 'offer', changed = changed + interval '2 days 00:00:00.25', amount = id WHERE id % 4 > 1;
UPDATE deals SET stage = 'won', changed = changed + interval '1 week' WHERE id % 4 = 3;
UPDATE deals SET stage = 'lost', changed = changed + interval '1 minute' WHERE id % 5 = 0;
UPDATE deals SET stage = 'talks', changed = changed + interval '1 second' WHERE id % 10 = 0;
CREATE TABLE accounts (id int, region text, stage deal_stage, journey journey.journey, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE accounts_east PARTITION OF accounts FOR VALUES IN ('east');
CREATE TABLE accounts_rest PARTITION OF accounts DEFAULT;
CREATE TRIGGER accounts_stage BEFORE INSERT OR UPDATE ON accounts FOR EACH ROW
	EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open -> talks -> won');
INSERT INTO accounts SELECT i, CASE WHEN i % 2 = 0 THEN 'east' ELSE 'west' END, 'open' FROM generate_series(1, 20) i;
UPDATE accounts SET stage = 'talks' WHERE id > 5;
CREATE TABLE histories (id int PRIMARY KEY, j journey.journey, latest text GENERATED ALWAYS AS (journey.current(j)) STORED);
INSERT INTO histories SELECT k, journey.journey_agg(label, at) FROM (
	SELECT i % 300 AS k, (ARRAY['a', 'b', 'with space', 'quo"te', 'back\slash', 'ünïcode', repeat('long', 60)])[1 + floor(random() * 7)::int] AS label,
		timestamptz '2020-01-01' + random() * interval '2000 days' AS at
	FROM generate_series(1, 6000) i) s GROUP BY k;
INSERT INTO histories VALUES (1000, NULL), (1001, '{}'), (1002, '{a@-4713-11-24T00:00:00Z, b@294276-12-31T23:59:59.999999Z}');
INSERT INTO histories SELECT 1003, journey.journey_agg('n' || i, timestamptz '2026-01-01' + i * interval '1 ms') FROM generate_series(1, 1000) i;
CREATE INDEX histories_labels ON histories USING gin (j);
CREATE INDEX histories_order ON histories (journey.length(j), latest);
CREATE MATERIALIZED VIEW long_histories AS SELECT id, journey.only(j, ARRAY['a', 'b']) AS j FROM histories WHERE journey.length(j) > 5;
SQL
}

# Everything in the tables, and what hangs on them.
sub fingerprint
{
	my ($node, $db, @options) = @_;
	return $node->safe_psql($db, <<'SQL', @options);
SET timezone = 'UTC';
SELECT 'deals', count(*), md5(string_agg(d::text, ';' ORDER BY id)), md5(string_agg(journey.journey_send(journey)::text, ';' ORDER BY id)) FROM deals d;
SELECT 'accounts', count(*), md5(string_agg(a::text || tableoid::regclass::text, ';' ORDER BY id)) FROM accounts a;
SELECT 'histories', count(*), md5(string_agg(h::text, ';' ORDER BY id)), md5(string_agg(journey.journey_send(j)::text, ';' ORDER BY id)) FROM histories h;
SELECT 'long_histories', count(*), md5(string_agg(j::text, ';' ORDER BY id)) FROM long_histories;
SELECT 'searched', count(*) FROM histories WHERE j @> ARRAY['a', 'quo"te'];
SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'histories'::regclass ORDER BY 1;
SELECT enumlabel, rank() OVER (ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = 'deal_stage'::regtype ORDER BY 2;
SQL
}

1;
