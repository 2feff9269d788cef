# Transition matrices of real logs against recounts in plain SQL, and their absorption against R's solve.
# Packages: r-base-core
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{DATA} // '';
my $log  = "$data/process_logs/BPI_2020_DomesticDeclarations.csv.gz";
my $crm  = "$data/maven_crm/sales_pipeline.csv";
plan skip_all => 'no data: process_logs and maven_crm' unless -e $log && -e $crm;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION journey;
CREATE TABLE log (k text, label text, at timestamptz, lifecycle text, resource text, n int);
\\copy log from program 'gzip -dc "$log"' (format csv, header)
CREATE TABLE pipeline (k text, agent text, product text, account text, stage text, engaged text, closed text, value numeric);
\\copy pipeline from '$crm' (format csv, header)
CREATE TABLE event AS
SELECT 'declarations' AS name, k, label, at FROM log
UNION ALL SELECT 'crm', k, 'Engaging', to_date(engaged, 'MM/DD/YYYY')::timestamp FROM pipeline WHERE engaged IS NOT NULL
UNION ALL SELECT 'crm', k, stage, to_date(closed, 'MM/DD/YYYY')::timestamp FROM pipeline WHERE closed IS NOT NULL;
CREATE TABLE j AS SELECT name, k, journey.journey_agg(label, at) AS j FROM event GROUP BY 1, 2;
CREATE TABLE m AS SELECT name, journey.transition_matrix(j, '2030-01-01') AS m FROM j GROUP BY 1;
SQL

# ------------------------------------------------ recounts

my $stays = q{(SELECT name, k, label, at, lead(label) OVER w AS after, lead(at) OVER w AS until
	FROM (SELECT name, k, label, at, lag(label) OVER (PARTITION BY name, k ORDER BY at, label COLLATE "C") AS before FROM (SELECT DISTINCT * FROM event) e) e
	WHERE label IS DISTINCT FROM before WINDOW w AS (PARTITION BY name, k ORDER BY at, label COLLATE "C")) AS stays};
for my $name ('crm', 'declarations')
{
	my ($kinds, $same) = split /\|/, $node->safe_psql('postgres', qq{
		SELECT count(*), bool_and(t.moves = c.n AND abs(t.probability - c.p) < 1e-12 AND abs(extract(epoch FROM t.mean_dwell) - c.dwell) <= 1e-5)
		FROM (SELECT t.* FROM m, journey.transitions(m) t WHERE name = '$name') t
		FULL JOIN (SELECT label, after, count(*) AS n, count(*) / sum(count(*)) OVER (PARTITION BY label) AS p, avg(extract(epoch FROM until - at)) AS dwell
			FROM $stays WHERE name = '$name' AND after IS NOT NULL GROUP BY 1, 2) c ON (c.label, c.after) = (t.from_stage, t.to_stage)});
	is($same, 't', "$name: $kinds kinds of moves, as recounted");
	is($node->safe_psql('postgres', qq{
		SELECT bool_and(s.entered = s.moved_on + s.open AND s.open = coalesce(c.open, 0)) AND sum(s.open) = max(journey.total(m)) AND sum(s.starts) = max(journey.total(m))
		FROM m CROSS JOIN LATERAL journey.matrix_stages(m) s LEFT JOIN (SELECT name, label, count(*) AS open FROM $stays WHERE after IS NULL GROUP BY 1, 2) c ON (c.name, c.label) = (m.name, s.stage)
		WHERE m.name = '$name'}), 't', "$name: what entered moved on or is open");
}

# ------------------------------------------------ sales opportunities: two ends, no way round

is($node->safe_psql('postgres', q{
	SELECT bool_and(abs(a.probability - c.p) < 1e-12) FROM m, journey.absorption(m, '{Won, Lost}', 'observed') a
	JOIN (SELECT stage, count(*) / sum(count(*)) OVER () AS p FROM pipeline WHERE closed IS NOT NULL GROUP BY 1) c ON c.stage = a.end_stage WHERE name = 'crm'}), 't', 'crm: the closed ones are won and lost in these shares');
is($node->safe_psql('postgres', q{
	SELECT abs(f.expected - open * p) < 1e-6 AND abs(f.sd - sqrt(open * p * (1 - p))) < 1e-6 AND f.naive IS NOT DISTINCT FROM f.expected AND open > 1000 FROM m, journey.forecast(m, '{Won, Lost}', steps => '{Engaging, Won}') f,
		(SELECT avg((stage = 'Won')::int) AS p FROM pipeline WHERE closed IS NOT NULL) c WHERE name = 'crm' AND end_stage = 'Won'}), 't', 'crm: expected wins of the open ones');
# competing risks of the same opportunities, by the aggregate over journeys and over rows
is($node->safe_psql('postgres', q{
	SELECT count(*) > 100 AND bool_and(abs(a.incidence - b.incidence) < 1e-12 AND a.at_risk = b.at_risk) FROM
		journey.curve((SELECT journey.cumulative_incidence(j, 'Engaging', '{Won, Lost}', '2018-01-01') FROM j WHERE name = 'crm')) a
	FULL JOIN journey.curve((SELECT journey.cumulative_incidence(coalesce(to_date(closed, 'MM/DD/YYYY'), '2018-01-01')::timestamp - to_date(engaged, 'MM/DD/YYYY')::timestamp, CASE WHEN closed IS NOT NULL THEN stage END)
		FROM pipeline WHERE engaged IS NOT NULL)) b USING ("time", cause)}), 't', 'crm: incidence of won and lost from journeys and from rows');

# what doc/survival.md and doc/forecast.md say of these data
is($node->safe_psql('postgres', q{
	SELECT extract(day FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) FILTER (WHERE outcome IS NOT NULL)) || ' ' || extract(day FROM journey.median(journey.survival(duration, outcome IS NOT NULL)))
		|| ' ' || round(1 - journey.survival_at(journey.survival(duration, coalesce(outcome = 'Won', false)), '90 days')::numeric, 2) || ' ' || round(journey.incidence_at(journey.cumulative_incidence(duration, outcome), 'Won', '90 days')::numeric, 2)
	FROM j, journey.time_to(j, 'Engaging', '{Won, Lost}', '2018-01-01') WHERE name = 'crm'}), '45 69 0.48 0.40', 'crm: medians and shares in the documentation');
is($node->safe_psql('postgres', q{SELECT open || ' ' || round(expected) || ' ' || round(sd) FROM m, journey.forecast(m, '{Won, Lost}') WHERE name = 'crm' AND end_stage = 'Won'}), '1589 1003 19', 'crm: the forecast in the documentation');

# ------------------------------------------------ declarations: many stages, loops

my $error = '';
$node->psql('postgres', q{SELECT count(*) FROM m, journey.absorption(m, '{Won}') WHERE name = 'crm'}, stderr => \$error);
like($error, qr/none of the ends was ever reached.*"Lost"/s, 'crm: lost ones never lead to won, and that is said');
my $ends = '{"Payment Handled", "Declaration REJECTED by EMPLOYEE"}';
cmp_ok($node->safe_psql('postgres', qq{SELECT count(*) FROM m, journey.absorption(m, '$ends') WHERE name = 'declarations'}), '>', 20, 'declarations: every stage leads to payment or withdrawal');
is($node->safe_psql('postgres', qq{SELECT bool_and(abs(s - 1) < 1e-12) FROM (SELECT sum(probability) AS s FROM m, journey.absorption(m, '$ends') WHERE name = 'declarations' GROUP BY from_stage) x}), 't', 'and it sums to 1');

SKIP:
{
	skip 'no R here', 2 if system('Rscript --version >/dev/null 2>&1') != 0;
	$node->safe_psql('postgres', <<"SQL");
\\copy (SELECT from_stage, to_stage, probability, extract(epoch FROM mean_dwell)::float8, extract(epoch FROM sd_dwell)::float8 FROM m, journey.transitions(m) WHERE name = 'declarations' AND from_stage <> ALL ('$ends'::text[])) to '$dir/moves' (format csv)
\\copy (SELECT unnest('$ends'::text[])) to '$dir/ends' (format csv)
SQL
	open my $r, '>', "$dir/solve.R" or die $!;
	print $r <<'R';
t <- read.csv("moves", header = FALSE); e <- read.csv("ends", header = FALSE)[, 1]
open <- sort(unique(t$V1)); n <- length(open)
Q <- M <- S <- matrix(0, n, n, dimnames = list(open, open)); R <- RM <- RS <- matrix(0, n, length(e), dimnames = list(open, e))
for (i in seq_len(nrow(t))) { f <- t$V1[i]; g <- t$V2[i]; p <- t$V3[i]; m <- t$V4[i]; s <- t$V5[i]^2 + m^2
	if (g %in% e) { R[f, g] <- p; RM[f, g] <- m; RS[f, g] <- s } else { Q[f, g] <- p; M[f, g] <- m; S[f, g] <- s } }
N <- solve(diag(n) - Q); B <- N %*% R
mean <- N %*% (rowSums(Q * M) + rowSums(R * RM))
square <- N %*% (rowSums(Q * S) + rowSums(R * RS) + 2 * (Q * M) %*% mean)
G <- N %*% ((Q * M) %*% B + R * RM); H <- N %*% ((Q * S) %*% B + R * RS + 2 * (Q * M) %*% G)
write.table(format(data.frame(f = rep(open, length(e)), g = rep(e, each = n), as.vector(B), as.vector(G / B), as.vector(H / B - (G / B)^2)), digits = 17, trim = TRUE), "absorption", sep = ",", col.names = FALSE, row.names = FALSE)
write.table(format(data.frame(open, rowSums(N), mean, square - mean^2), digits = 17, trim = TRUE), "time", sep = ",", col.names = FALSE, row.names = FALSE)
R
	close $r;
	system("cd $dir && Rscript solve.R >R.log 2>&1") == 0 or diag slurp_file("$dir/R.log");
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE r_absorption (f text, g text, p float8, mean float8, variance float8);
CREATE TABLE r_time (f text, moves float8, mean float8, variance float8);
\\copy r_absorption from '$dir/absorption' (format csv)
\\copy r_time from '$dir/time' (format csv)
SQL
	# dwells have come through text with microseconds
	is($node->safe_psql('postgres', qq{
		SELECT count(*) > 20 AND bool_and(abs(a.probability - r.p) < 1e-9 AND (a.probability < 1e-12 OR abs(extract(epoch FROM a.mean_time)::float8 - r.mean) < 1e-6 * r.mean + 0.01
			AND abs(extract(epoch FROM a.sd_time)::float8 - sqrt(greatest(r.variance, 0))) < 1e-5 * r.mean + 0.1))
		FROM (SELECT a.* FROM m, journey.absorption(m, '$ends', 'observed') a WHERE name = 'declarations') a FULL JOIN r_absorption r ON (r.f, r.g) = (a.from_stage, a.end_stage)}), 't', 'absorption and times by end, as solved in R');
	is($node->safe_psql('postgres', qq{
		SELECT count(*) > 5 AND bool_and(abs(a.moves - r.moves) < 1e-9 * r.moves AND abs(extract(epoch FROM a.mean_time)::float8 - r.mean) < 1e-6 * r.mean + 0.01
			AND abs(extract(epoch FROM a.sd_time)::float8 - sqrt(greatest(r.variance, 0))) < 1e-5 * r.mean + 0.1)
		FROM (SELECT a.* FROM m, journey.time_to_end(m, '$ends', 'observed') a WHERE name = 'declarations') a FULL JOIN r_time r ON r.f = a.from_stage}), 't', 'moves and time to any end, as solved in R');
}
done_testing();
