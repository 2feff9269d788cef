# Removal effects against linear algebra in R, which takes the channel out of the chain and solves what is left: on
# generated paths, and on the campaigns that households received before they redeemed a coupon.
# Packages: r-base-core
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no R here' if system('Rscript --version >/dev/null 2>&1') != 0;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $data = ($ENV{DATA} // '') . '/complete_journey';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION journey;
SELECT setseed(0.84);
-- one row for each customer: what was met, in order
CREATE TABLE customers (name text, path text[], converted bool, value numeric);
INSERT INTO customers SELECT 'generated', path, converted, CASE WHEN converted THEN round((random() * 200)::numeric, 2) END
FROM (SELECT i, path, random() < 0.1 + 0.5 * ('c' = ANY (path))::int AS converted
	FROM (SELECT i, array_agg(chr(97 + floor(power(random(), 1.5) * 9)::int)) AS path FROM generate_series(1, 4000) i, generate_series(1, 1 + i % 9) n GROUP BY i) p) s;
INSERT INTO customers SELECT 'loops', path, i % 7 = 0, CASE WHEN i % 7 = 0 THEN i END
FROM (SELECT i, array_agg(CASE WHEN random() < 0.9 THEN 'a' ELSE 'b' END) AS path FROM generate_series(1, 300) i, generate_series(1, 1 + i % 40) n GROUP BY i) p;
SQL

SKIP:
{
	skip 'no data: campaigns are not compared', 7 unless -e "$data/campaigns.csv.gz";
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE campaign (id text, household text);
\\copy campaign from program 'zcat $data/campaigns.csv.gz' (format csv, header)
CREATE TABLE description (id text, type text, started date, ended date);
\\copy description from program 'zcat $data/campaign_descriptions.csv.gz' (format csv, header)
CREATE TABLE redemption (household text, coupon text, campaign text, at date);
\\copy redemption from program 'zcat $data/coupon_redemptions.csv.gz' (format csv, header)
SET timezone = 'UTC';
CREATE TABLE household AS
SELECT household, journey.journey_agg(label, at) AS j FROM (
	SELECT household, 'campaign ' || id AS label, started::timestamptz AS at FROM campaign JOIN description USING (id)
	UNION ALL SELECT household, 'redeemed', at FROM redemption) s GROUP BY household;
-- the touches up to the first redemption, in plain SQL
CREATE TABLE touched AS
SELECT c.household, d.type, 'campaign ' || id AS campaign, d.started, r.at
FROM campaign c JOIN description d USING (id) LEFT JOIN (SELECT household, min(at) AS at FROM redemption GROUP BY household) r USING (household)
WHERE r.at IS NULL OR d.started <= r.at;
INSERT INTO customers SELECT 'campaigns', array_agg(campaign ORDER BY started, campaign COLLATE "C"), at IS NOT NULL, CASE WHEN at IS NOT NULL THEN 1 + length(household) END FROM touched GROUP BY household, at;
INSERT INTO customers SELECT 'types', array_agg(type ORDER BY started, campaign COLLATE "C"), at IS NOT NULL, CASE WHEN at IS NOT NULL THEN 2.5 END FROM touched GROUP BY household, at;
SQL
	my ($converted, $households) = split /\|/, $node->safe_psql('postgres', q{SELECT count(DISTINCT household), (SELECT count(DISTINCT household) FROM (SELECT household FROM campaign UNION SELECT household FROM redemption) s) FROM redemption});
	is($node->safe_psql('postgres', q{SELECT sum(p.converted) || ' ' || journey.total(t) FROM (SELECT journey.attribution_agg(j, 'redeemed') AS t FROM household) s, journey.paths(t) p GROUP BY t::text, journey.total(t)}),
		"$converted $households", "households that redeemed a coupon, and all");
	is($node->safe_psql('postgres', q{
		SELECT journey.touch_paths_send(a) = journey.touch_paths_send(b) FROM
			(SELECT journey.attribution_agg(j, 'redeemed') AS a FROM household) x,
			-- who redeemed without a campaign before is counted, too
			(SELECT journey.attribution_agg(path, n, m) AS b FROM (
				SELECT path, count(*) FILTER (WHERE converted) AS n, count(*) FILTER (WHERE NOT converted) AS m FROM customers WHERE name = 'campaigns' GROUP BY path
				UNION ALL SELECT '{}', count(DISTINCT household), 0 FROM redemption WHERE household NOT IN (SELECT household FROM touched)) u) y}),
		't', 'journeys and rows give the same paths');
	for my $model ("'first'", "'last'", "'linear'", "'position'", "'markov'")
	{
		is($node->safe_psql('postgres', qq{SELECT sum(conversions) FROM (SELECT journey.attribution_agg(j, 'redeemed') AS t FROM household) s, journey.attribution(t, $model)}) + 0,
			$converted, "$model: campaigns get all the households");
	}
}

$node->safe_psql('postgres', "\\copy (SELECT name, array_to_string(path, '>'), converted::int, coalesce(value, 0) FROM customers) to '$dir/customers.csv' (format csv)");
open my $r, '>', "$dir/chain.R" or die $!;
print $r <<'R';
d <- read.csv(commandArgs(TRUE)[1], header = FALSE, col.names = c("name", "path", "converted", "value"))
# the moves of all paths, with what converts at each end
chain <- function(paths, converted, value, k) {
	steps <- lapply(paths, function(p) sapply(seq_along(p), function(i) paste(p[max(1, i - k + 1):i], collapse = ">")))
	from <- unlist(lapply(steps, function(s) c("", s)))
	at_end <- function(w) unlist(mapply(function(s, w) c(rep(0, length(s)), w), steps, w, SIMPLIFY = FALSE))
	states <- unique(from)
	f <- factor(from, states)
	list(f = f, to = unlist(lapply(steps, function(s) c(s, NA))), channel = unlist(lapply(paths, function(p) c(p, NA))), states = states, n = as.numeric(table(f)),
		won = tapply(at_end(converted), f, sum), worth = tapply(at_end(value), f, sum))
}
# conversions and value to expect from the start
expect <- function(m, without) {
	inside <- !is.na(m$to) & !(m$channel %in% without)
	Q <- table(m$f[inside], factor(m$to[inside], m$states)) / m$n
	solve(diag(length(m$states)) - Q, cbind(m$won / m$n, m$worth / m$n))[1, ]
}
for (name in unique(d$name)) {
	e <- d[d$name == name, ]
	paths <- strsplit(e$path, ">", fixed = TRUE)
	for (k in if (name == "campaigns") 1 else if (name == "loops") 1:3 else 1:2) {
		m <- chain(paths, e$converted, e$value, k)
		all <- expect(m, character(0))
		for (channel in sort(unique(unlist(paths)))) {
			cat(name, k, channel, sprintf("%.17g", 1 - expect(m, channel) / all), sep = "\t")
			cat("\n")
		}
	}
}
R
close $r;
my ($out, $err) = run_command([ 'Rscript', '--vanilla', "$dir/chain.R", "$dir/customers.csv" ]);
cmp_ok(length $out, '>', 0, 'R solved the chains') or BAIL_OUT($err);
open my $f, '>', "$dir/effects" or die $!;
print $f "$out\n";
close $f;
$node->safe_psql('postgres', "CREATE TABLE effect (name text, k int, channel text, effect float8, worth float8); \\copy effect from '$dir/effects'");

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE counted AS SELECT name, journey.attribution_agg(path, converted::int, 1 - converted::int, value) AS p, sum(value) AS value, count(*) FILTER (WHERE converted) AS converted FROM customers GROUP BY name;
SQL
for my $case (split /\n/, $node->safe_psql('postgres', 'SELECT DISTINCT name, k FROM effect ORDER BY 1, 2'))
{
	my ($name, $k) = split /\|/, $case;
	is($node->safe_psql('postgres', qq{
		SELECT count(*) > 1, max(abs(removal_effect - effect)) < 1e-10, max(abs(conversions::float8 / converted - effect / effects)) < 1e-10, max(abs(value::float8 / total - worth / worths)) < 1e-10,
			sum(conversions) = max(converted), sum(value) = max(total)
		FROM (SELECT a.*, e.effect, e.worth, sum(effect) OVER () AS effects, sum(worth) OVER () AS worths, c.value AS total, c.converted
			FROM counted c, journey.attribution(p, 'markov', $k) a FULL JOIN (SELECT * FROM effect WHERE name = '$name' AND k = $k) e USING (channel) WHERE c.name = '$name') s}),
		't|t|t|t|t|t', "$name, order $k: removal effects, conversions and value");
}

$node->stop;
done_testing();
