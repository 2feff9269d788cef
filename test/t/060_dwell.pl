# Dwell, moves, velocity and the views of time on real data, against plain SQL over the raw rows and against R; and their
# values and views through dump and restore.
# Packages: r-base-core r-cran-survival
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'Asia/Tokyo'\nlc_messages = 'C'");
$node->start;
my $data = $ENV{DATA} // '';
my $dir = PostgreSQL::Test::Utils::tempdir();

sub answer
{
	my ($db, $sql) = @_;
	return $node->safe_psql($db, "SET search_path = public, journey; SET timezone = 'UTC'; $sql");
}

# ---------------------------------------------------------------- sales opportunities

SKIP:
{
	skip 'no data: maven_crm', 8 unless -e "$data/maven_crm/sales_pipeline.csv";
	$node->safe_psql('postgres', 'CREATE DATABASE crm');
	answer('crm', <<"SQL");
CREATE EXTENSION journey;
CREATE TABLE raw (id text PRIMARY KEY, agent text, product text, account text, stage text, engaged date, closed date, value numeric);
SET datestyle = 'ISO, MDY';
COPY raw FROM '$data/maven_crm/sales_pipeline.csv' WITH (FORMAT csv, HEADER);
CREATE TYPE stage AS ENUM ('Prospecting', 'Engaging', 'Won', 'Lost');
CREATE TABLE deals (id text PRIMARY KEY, stage stage, value numeric, moved_at timestamptz);
SELECT track('deals', 'stage', 'new -> Engaging -> Won, Lost; at = moved_at', value_column => 'value');
INSERT INTO deals SELECT id, 'Engaging', value, engaged FROM raw WHERE engaged IS NOT NULL;
UPDATE deals d SET stage = r.stage::stage, moved_at = r.closed FROM raw r WHERE r.id = d.id AND r.closed IS NOT NULL;
SQL
	is(answer('crm', "SELECT count(*) FROM deals WHERE stage IN ('Won', 'Lost')"), answer('crm', 'SELECT count(*) FROM raw WHERE closed IS NOT NULL'), 'the deals are there');
	is( answer('crm', "SELECT open_now, entered, won, lost, round(mean_value::numeric, 6), median_cycle, round(velocity_closed::numeric, 4), round(velocity_all::numeric, 4) FROM deals_velocity WHERE stage = 'Engaging'"),
		answer('crm', <<'SQL'), 'velocity is what plain SQL says');
WITH f AS (SELECT count(*) FILTER (WHERE closed IS NULL) AS open, count(*) AS entered, count(*) FILTER (WHERE stage = 'Won') AS won, count(*) FILTER (WHERE stage = 'Lost') AS lost,
	avg(value) FILTER (WHERE stage = 'Won') AS value, percentile_cont(0.5) WITHIN GROUP (ORDER BY closed - engaged) FILTER (WHERE stage = 'Won') AS days FROM raw WHERE engaged IS NOT NULL)
SELECT open, entered, won, lost, round(value, 6), days * interval '1 day', round(open * won / (won + lost)::numeric * value / days::numeric, 4), round(open * won / entered::numeric * value / days::numeric, 4) FROM f
SQL
	is( answer('crm', 'SELECT month, entered, converted FROM deals_cohorts WHERE step = 2 ORDER BY month'),
		answer('crm', "SELECT date_trunc('month', engaged)::date AS month, count(*), count(*) FILTER (WHERE stage = 'Won') FROM raw WHERE engaged IS NOT NULL GROUP BY 1 ORDER BY 1"),
		'conversion by month of entry is what plain SQL says');
	is( answer('crm', "SELECT to_stage, count(*), avg(dwell), bool_or(regress), bool_or(skip) FROM deals_moves GROUP BY 1 ORDER BY 1"),
		answer('crm', "SELECT stage, count(*), justify_hours(avg((closed - engaged) * interval '1 day')), false, false FROM raw WHERE closed IS NOT NULL GROUP BY 1 ORDER BY 1"),
		'moves are what plain SQL says');
	is( answer('crm', "SELECT count(*) FROM deals_stalled WHERE over_p90"),
		answer('crm', "SELECT count(*) FROM raw WHERE closed IS NULL AND now() - engaged > (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY closed - engaged) FROM raw WHERE stage = 'Won') * interval '1 day'"),
		'stalled are those of plain SQL');
	# as of the end of the data: 1,589 are still open, and some need longer than half of the closed did
	my $times = "SELECT dwell_times(s.dwell, s.open) FROM deals, spells(journey, '2018-01-01') s WHERE s.label = 'Engaging'";
	my $ours = answer('crm', "SELECT round((extract(epoch FROM s.median) / 86400)::numeric, 1), round((extract(epoch FROM s.survival_median) / 86400)::numeric, 1) FROM dwell_summary(($times)) s");
	my ($ended, $survival) = split /\|/, $ours;
	my $plain = answer('crm', "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY closed - engaged) FROM raw WHERE closed IS NOT NULL");
	ok(abs($ended / $plain - 1) <= 0.01, "the median of closed ones is within one part in a hundred: $ended of $plain days");
	cmp_ok($survival, '>', $ended, 'that of all by Kaplan-Meier is longer');
	SKIP:
	{
		skip 'no R with survival', 1 if system("Rscript -e 'library(survival)' >/dev/null 2>&1") != 0;
		answer('crm', "COPY (SELECT coalesce(closed, '2018-01-01') - engaged AS days, (closed IS NOT NULL)::int AS ended FROM raw WHERE engaged IS NOT NULL) TO '$dir/stays.csv' WITH (FORMAT csv, HEADER)");
		my $r = `Rscript -e 'suppressMessages(library(survival)); d <- read.csv("$dir/stays.csv"); cat(quantile(survfit(Surv(days, ended) ~ 1, d), c(0.25, 0.5, 0.75))\$quantile)'`;
		my @r = split ' ', $r;
		my @q = split /\|/, answer('crm', "SELECT extract(epoch FROM dwell_survival(t, 0.25)) / 86400, extract(epoch FROM dwell_survival(t, 0.5)) / 86400, extract(epoch FROM dwell_survival(t, 0.75)) / 86400 FROM ($times) s (t)");
		ok(@r == 3 && !(grep { abs($q[$_] / $r[$_] - 1) > 0.01 } 0 .. 2), "quantiles by Kaplan-Meier are R's: @q of @r days");
	}
}

# ---------------------------------------------------------------- an event log with loops and ties

SKIP:
{
	my $log = "$data/process_logs/BPI_2020_DomesticDeclarations.csv.gz";
	skip 'no data: process_logs', 4 unless -e $log;
	$node->safe_psql('postgres', 'CREATE DATABASE log');
	answer('log', <<"SQL");
CREATE EXTENSION journey;
CREATE TABLE raw (case_id text, activity text, at timestamptz, lifecycle text, resource text, n int);
COPY raw FROM PROGRAM 'gzip -dc $log' WITH (FORMAT csv, HEADER);
CREATE TABLE journeys AS SELECT case_id, journey_agg(activity, at) AS j FROM raw GROUP BY case_id;
-- stays by plain SQL: equal entries once, ties in the order of labels, repeats joined
CREATE TABLE stays AS
SELECT case_id, activity, min(at) AS entered_at, g FROM (
	SELECT *, sum(news::int) OVER (PARTITION BY case_id ORDER BY at, activity COLLATE "C") AS g FROM (
		SELECT case_id, activity, at, activity IS DISTINCT FROM lag(activity) OVER (PARTITION BY case_id ORDER BY at, activity COLLATE "C") AS news
		FROM (SELECT DISTINCT case_id, activity, at FROM raw) d) s) t GROUP BY case_id, g, activity;
CREATE TABLE timed AS SELECT *, lead(entered_at) OVER (PARTITION BY case_id ORDER BY g) AS left_at FROM stays;
SQL
	is( answer('log', "SELECT s.label, count(*), count(s.left_at), sum(s.dwell) FROM journeys, spells(j, '2020-01-01') s GROUP BY 1 ORDER BY 1"),
		answer('log', "SELECT activity, count(*), count(left_at), sum(coalesce(left_at, '2020-01-01') - entered_at) FROM timed GROUP BY 1 ORDER BY 1"),
		'stays and their dwell are what plain SQL says');
	is(answer('log', "SELECT count(*) FROM journeys WHERE (SELECT sum(total_dwell) FROM dwell(j, '2020-01-01')) <> '2020-01-01' - started_at(j)"), '0', 'dwell sums to the lifetime of each declaration');
	my $hours = q('{"zone": "Europe/Amsterdam", "week": {"mon-fri": ["08:30-17:00"]}, "holidays": {"2017-12-25": [], "2018-01-01": []}}');
	is( answer('log', "SELECT s.label, sum(s.dwell) FROM journeys, spells(j, '2020-01-01', $hours) s WHERE NOT s.open GROUP BY 1 ORDER BY 1"),
		# hours of the local dates a stay touches
		answer('log', <<'SQL'), 'business time is the sum over the dates that a stay touches');
SELECT activity, sum(GREATEST(LEAST(left_at, (d + time '17:00') AT TIME ZONE 'Europe/Amsterdam') - GREATEST(entered_at, (d + time '08:30') AT TIME ZONE 'Europe/Amsterdam'), '0')
	* (extract(isodow FROM d) <= 5 AND d NOT IN ('2017-12-25', '2018-01-01'))::int)
FROM timed, LATERAL (SELECT g::date AS d FROM generate_series((entered_at AT TIME ZONE 'Europe/Amsterdam')::date::timestamp, left_at AT TIME ZONE 'Europe/Amsterdam', '1 day') g) d
WHERE left_at IS NOT NULL GROUP BY 1 ORDER BY 1
SQL
	is( answer('log', "SELECT sum(m.moves), sum(m.forward), sum(m.skips), sum(m.regressions), sum(m.aside) FROM journeys, move_counts(j, '{Declaration SUBMITTED by EMPLOYEE,Declaration APPROVED by ADMINISTRATION,Declaration FINAL_APPROVED by SUPERVISOR,Request Payment,Payment Handled}') m"),
		answer('log', <<'SQL'), 'moves, skips and setbacks are what plain SQL says');
SELECT count(*), count(*) FILTER (WHERE b > a), count(*) FILTER (WHERE b > a + 1), count(*) FILTER (WHERE b < a), count(*) FILTER (WHERE a IS NULL OR b IS NULL)
FROM (SELECT array_position(o, lag(activity) OVER w) AS a, array_position(o, activity) AS b, lag(activity) OVER w AS before
	FROM timed, (SELECT '{Declaration SUBMITTED by EMPLOYEE,Declaration APPROVED by ADMINISTRATION,Declaration FINAL_APPROVED by SUPERVISOR,Request Payment,Payment Handled}'::text[]) s (o)
	WINDOW w AS (PARTITION BY case_id ORDER BY g)) m WHERE before IS NOT NULL
SQL
}

# ---------------------------------------------------------------- dump and restore

$node->safe_psql('postgres', 'CREATE DATABASE source; CREATE DATABASE target');
answer('source', <<'SQL');
CREATE EXTENSION journey;
CREATE SCHEMA "own Schema";
CREATE TYPE "own Schema"."Stage" AS ENUM ('le''ad', 'mql "1"', 'won', 'lost');
CREATE TABLE "own Schema"."Deals" (id int PRIMARY KEY, at timestamptz DEFAULT '2026-01-01', stage "own Schema"."Stage", value int, hours calendar, times dwell_times);
SELECT track('"own Schema"."Deals"', 'stage', 'new -> *; * -> *', value_column => 'value');
SELECT stage_dates_view('"own Schema"."Deals"');
INSERT INTO "own Schema"."Deals" (id, stage, value, hours, times)
SELECT i, 'le''ad', i, '{"zone": "Asia/Tehran", "week": {"sat-wed": ["08:00-12:00", "13:00-16:00"]}, "versions": [{"from": "2027-01-01", "week": {}}], "holidays": {"2026-03-21": ["09:00-10:30:15"]}}',
	(SELECT dwell_times(d * i * interval '1 hour', d % 2 = 0) FROM generate_series(1, 20) d) FROM generate_series(1, 50) i;
UPDATE "own Schema"."Deals" SET stage = 'won' WHERE id % 3 = 0;
CREATE INDEX ON "own Schema"."Deals" (business_add('2026-01-01', make_interval(hours => id), '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}}'));
SQL
my $print = <<'SQL';
SELECT md5(string_agg(d::text, ';' ORDER BY id)) FROM "own Schema"."Deals" d;
SELECT c.relname, c.reloptions, obj_description(c.oid, 'pg_class'), md5(pg_get_viewdef(c.oid)), (SELECT string_agg(attname || col_description(attrelid, attnum), ';' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid)
	FROM pg_class c WHERE relkind = 'v' AND relnamespace = '"own Schema"'::regnamespace ORDER BY 1;
SELECT v FROM tracked() t, unnest(views) v ORDER BY v::text;
SELECT id, move, from_stage, to_stage, at FROM "own Schema"."Deals_moves" ORDER BY 1, 2;
SELECT stage, entered, won, mean_value, median_cycle FROM "own Schema"."Deals_velocity";
SELECT month, step, entered, converted FROM "own Schema"."Deals_cohorts";
SELECT * FROM "own Schema"."Deals_stage_dates" ORDER BY id;
SQL
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'source' ], 'pg_dump');
	command_ok([ 'pg_restore', '--exit-on-error', '-d', 'target', "$dir/dump" ], 'pg_restore');
}
my $before = answer('source', $print);
like($before, qr/Deals_stalled/, 'the views are there');
is(answer('target', $print), $before, 'calendars, dwell times and views come back as they were');
answer('target', q{SELECT untrack('"own Schema"."Deals"')});
is(answer('target', q{SELECT count(*) FROM pg_class WHERE relkind = 'v' AND relnamespace = '"own Schema"'::regnamespace}), '0', 'and are known as views of track');

$node->stop;
done_testing();
