# Conversion and uplift against R (prop.test, survfit), and on real logs against counts from the raw rows: sales
# opportunities of maven_crm and declarations of process_logs.
# Packages: r-base-core r-cran-survival
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $data = $ENV{DATA} // '';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION journey');
my $r = system('Rscript --version >/dev/null 2>&1') == 0;

sub r
{
	my ($script) = @_;
	open my $f, '>', "$dir/script.R" or die $!;
	print $f $script;
	close $f;
	my ($out) = run_command([ 'Rscript', "$dir/script.R" ]);
	# cat() leaves a blank at the end of a line
	return $out =~ s/ +$//mgr;
}

SKIP:
{
	skip 'no R here', 2 unless $r;
	# without a correction for continuity the interval of prop.test for one share is Wilson's
	is($node->safe_psql('postgres', q{
			SELECT string_agg(format('%s %s %s %s %s', x, n, level, round(low::numeric, 9), round(high::numeric, 9)), E'\n' ORDER BY n, x, level)
			FROM (VALUES (7), (40), (1000)) n (n), LATERAL (VALUES (0), (1), (n / 3), (n)) x (x), (VALUES (0.8), (0.95), (0.99)) l (level), journey.wilson(x, n, level) w}),
		r(q{for (n in c(7, 40, 1000)) for (x in c(0, 1, n %/% 3, n)) for (level in c(0.8, 0.95, 0.99)) {
			ci <- suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int)
			cat(x, n, level, sprintf("%.9f", max(ci[1], 0)), sprintf("%.9f", ci[2]), "\n") }}),
		'Wilson intervals are those of prop.test');
	# Newcombe's, put together in R from those
	is($node->safe_psql('postgres', q{
			SELECT string_agg(format('%s %s %s %s', x, y, round(low::numeric, 9), round(high::numeric, 9)), E'\n' ORDER BY x, y)
			FROM generate_series(0, 25, 5) x, generate_series(0, 40, 8) y, journey.compare_rates(x, 25, y, 40) c}),
		r(q{w <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int)
			for (x in seq(0, 25, 5)) for (y in seq(0, 40, 8)) {
			a <- w(x, 25); b <- w(y, 40); p <- x / 25; q <- y / 40
			cat(x, y, sprintf("%.9f", max(-1, p - q - sqrt((p - max(a[1], 0))^2 + (min(b[2], 1) - q)^2)) + 0),
				sprintf("%.9f", min(1, p - q + sqrt((min(a[2], 1) - p)^2 + (q - max(b[1], 0))^2))), "\n") }}),
		'Newcombe intervals are those of R');
}

SKIP:
{
	my $file = "$data/maven_crm/sales_pipeline.csv";
	skip 'no data: maven_crm is not counted', 5 unless -e $file;
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE raw (id text, agent text, product text, account text, stage text, engaged text, closed text, value numeric);
\\copy raw from '$file' (format csv, header)
CREATE TABLE deal AS
SELECT id, product, to_date(engaged, 'MM/DD/YYYY')::timestamp AT TIME ZONE 'UTC' AS engaged, to_date(closed, 'MM/DD/YYYY')::timestamp AT TIME ZONE 'UTC' AS closed, stage FROM raw;
CREATE TABLE opportunity AS
SELECT id, product, journey.journey(ARRAY['Engaging'] || CASE WHEN closed IS NULL THEN '{}' ELSE ARRAY[stage] END, ARRAY[engaged] || CASE WHEN closed IS NULL THEN '{}' ELSE ARRAY[closed] END) AS journey
FROM deal WHERE engaged IS NOT NULL;
SQL
	is($node->safe_psql('postgres', q{SELECT entered, converted FROM journey.conversion('opportunity', 'cohort', '{Engaging,Won}', as_of => '2018-01-01Z')}),
		'8300|4238', 'opportunities that were engaged, and won');
	is($node->safe_psql('postgres', q{
			(SELECT to_char(period_from, 'YYYY-MM') AS month, dimension, entered, converted
			 FROM journey.conversion('opportunity', 'cohort', '{Engaging,Won}', 'strict', 'product', 'month', as_of => '2017-09-30Z') WHERE entered > 0
			 EXCEPT SELECT to_char(engaged, 'YYYY-MM'), product, count(*), count(*) FILTER (WHERE stage = 'Won' AND closed <= '2017-09-30Z') FROM deal WHERE engaged <= '2017-09-30Z' GROUP BY 1, 2)
			UNION ALL
			(SELECT to_char(engaged, 'YYYY-MM'), product, count(*), count(*) FILTER (WHERE stage = 'Won' AND closed <= '2017-09-30Z') FROM deal WHERE engaged <= '2017-09-30Z' GROUP BY 1, 2
			 EXCEPT SELECT to_char(period_from, 'YYYY-MM') AS month, dimension, entered, converted
			 FROM journey.conversion('opportunity', 'cohort', '{Engaging,Won}', 'strict', 'product', 'month', as_of => '2017-09-30Z'))}), '', 'by month and product, as of a date');
	is($node->safe_psql('postgres', q{
			SELECT string_agg(format('%s/%s', converted, entered), ' ' ORDER BY period_from) = (
				SELECT string_agg(format('%s/%s', won, n), ' ' ORDER BY q) FROM (SELECT date_trunc('quarter', closed, 'UTC') AS q, count(*) AS n, count(*) FILTER (WHERE stage = 'Won') AS won FROM deal WHERE closed IS NOT NULL GROUP BY 1) s)
			FROM journey.conversion('opportunity', 'flow', '{Engaging,Won}', 'strict', period => 'quarter', as_of => '2018-01-01Z')}), 't', 'moves out of engaging by quarter');
	is($node->safe_psql('postgres', q{
			SELECT bool_and(entered = (SELECT count(*) FROM deal WHERE engaged < period_to AND (closed IS NULL OR closed >= period_to))
				AND converted = (SELECT count(*) FROM deal WHERE stage = 'Won' AND closed < period_to)) || ' ' || count(*)
			FROM journey.conversion('opportunity', 'snapshot', '{Engaging,Won}', 'strict', period => 'month', as_of => '2018-01-01Z')}), 'true 15', 'stocks by month');

	SKIP:
	{
		skip 'no R with survival here', 1 unless $r && system(q{Rscript -e 'library(survival)' >/dev/null 2>&1}) == 0;
		# a lost deal can still be won as far as this curve goes: it is watched until the end, and is never won
		$node->safe_psql('postgres', q{
			CREATE TABLE watched AS
			SELECT product, extract(epoch FROM coalesce(CASE WHEN stage = 'Won' AND closed <= '2017-06-30Z' THEN closed END, '2017-06-30Z') - engaged) / 86400 AS days,
				(stage = 'Won' AND closed <= '2017-06-30Z')::int AS won, extract(epoch FROM '2017-06-30Z' - engaged) / 86400 AS age
			FROM deal WHERE engaged <= '2017-06-30Z'});
		$node->safe_psql('postgres', "\\copy watched to '$dir/deals.csv' (format csv, header)");
		my $ours = $node->safe_psql('postgres', q{
			SELECT string_agg(format('%s %s %s', replace(dimension, ' ', '_'), round(never::numeric, 7), round(extract(epoch FROM horizon)::numeric / 86400)), E'\n' ORDER BY replace(dimension, ' ', '_') COLLATE "C")
			FROM journey.quality('opportunity', 'Won', steps => '{Engaging,Won}', dimension => 'product', as_of => '2017-06-30Z')});
		is($ours, r(qq{library(survival); d <- read.csv("$dir/deals.csv"); d\$product <- gsub(" ", "_", d\$product)
			for (p in sort(unique(d\$product), method = "radix")) { x <- d[d\$product == p, ]
				ages <- sort(unique(x\$age)); h <- max(ages[sapply(ages, function(a) sum(x\$age >= a) >= 0.05 * nrow(x))])
				s <- summary(survfit(Surv(days, won) ~ 1, data = x), times = min(h, max(x\$days)), extend = TRUE)
				cat(p, sprintf("%.7f", s\$surv), round(h), "\\n") }}), 'who is never won, by survfit');
	}
}

SKIP:
{
	my $file = "$data/process_logs/BPI_2020_DomesticDeclarations.csv.gz";
	skip 'no data: process_logs is not counted', 3 unless -e $file;
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE event (case_id text, activity text, ts timestamptz, lifecycle text, resource text, event_no int);
\\copy event from program 'gzip -dc $file' (format csv, header)
CREATE INDEX ON event (case_id);
CREATE TABLE declaration AS SELECT case_id, journey.journey_agg(activity, ts) AS journey FROM event GROUP BY case_id;
ANALYZE;
SQL
	my $steps = q{ARRAY['Declaration SUBMITTED by EMPLOYEE', 'Declaration APPROVED by ADMINISTRATION', 'Declaration FINAL_APPROVED by SUPERVISOR', 'Request Payment', 'Payment Handled']};
	$node->safe_psql('postgres', qq{CREATE TABLE e AS SELECT case_id, ts, array_position($steps, activity) AS a FROM event; CREATE INDEX ON e (case_id); ANALYZE e});
	for my $reach ('strict', 'implied')
	{
		my $at = $reach eq 'strict' ? 'a = s' : 'a >= s';
		is($node->safe_psql('postgres', qq{
				SELECT string_agg(format('%s %s/%s', step, converted, entered), ', ' ORDER BY step) FROM journey.conversion('declaration', 'cohort', $steps, '$reach')}),
			$node->safe_psql('postgres', qq{
				WITH f AS (SELECT case_id, s, min(ts) AS at FROM e, generate_series(1, 4) s WHERE $at GROUP BY 1, 2)
				SELECT string_agg(format('%s %s/%s', s, won, n), ', ' ORDER BY s) FROM (
					SELECT s - 1 AS s, count(*) AS n, count(*) FILTER (WHERE EXISTS (SELECT FROM e WHERE e.case_id = f.case_id AND ts >= at AND $at)) AS won
					FROM (SELECT case_id, s + 1 AS s, at FROM f) f GROUP BY 1) x}), "declarations step by step, $reach");
	}
	# some activities of one case have the same second; the journey puts them by label, so does this
	is($node->safe_psql('postgres', qq{
			SELECT string_agg(format('%s %s/%s', step, converted, entered), ', ' ORDER BY step) FROM journey.conversion('declaration', 'flow', $steps, 'strict')}),
		$node->safe_psql('postgres', qq{
			WITH e AS (SELECT array_position($steps, activity) AS a, activity, lag(activity) OVER w AS before, array_position($steps, lag(activity) OVER w) AS b
				FROM (SELECT DISTINCT case_id, activity, ts FROM event) d WINDOW w AS (PARTITION BY case_id ORDER BY ts, activity COLLATE "C"))
			SELECT string_agg(format('%s %s/%s', b, won, n), ', ' ORDER BY b) FROM (SELECT b, count(*) AS n, count(*) FILTER (WHERE a = b + 1) AS won FROM e WHERE b < 5 AND activity <> before GROUP BY b) x}),
		'moves of declarations');
}

$node->stop;
done_testing();
