# The Net Promoter Score against R on a real survey with weights, sfo_nps: 0 to 10, and 11 where that survey has a blank.
# Packages: r-base-core
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = ($ENV{DATA} // '') . '/sfo_nps/2017_SFO_Customer_Survey.csv.gz';
plan skip_all => 'no data: sfo_nps is not counted' unless -e $file;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION journey');

# the columns wanted, found by the names of the first row
my $header = `zcat '$file' 2>/dev/null | head -1`;
$header =~ s/^\xEF\xBB\xBF|[\r\n]+$//g;
my @columns = map { /^\W*(\w+)\W*$/ ? lc $1 : 'x' } split /,/, $header;
my %seen;
my $table = join ', ', map { $seen{$_}++ ? "$_$seen{$_} text" : "$_ text" } @columns;
$node->safe_psql('postgres', "SET client_encoding = 'LATIN1'; CREATE TABLE raw ($table);\n\\copy raw FROM PROGRAM 'zcat $file' (FORMAT csv, HEADER)");
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE answer AS
SELECT day, nullif(nullif(netpro, '')::numeric::int, 11) AS score, nullif(weight, '')::numeric AS weight FROM raw;
SQL

# ---------------------------------------------------------------- plain SQL
is($node->safe_psql('postgres', <<'SQL'), 't', 'the counts of the survey are those of the raw rows');
SELECT (SELECT (r.asked, r.answered, r.promoters, r.passives, r.detractors, r.evangelists) FROM journey.nps_report(journey.nps(score)) r)
    = (count(*), count(*) FILTER (WHERE score <= 10), count(*) FILTER (WHERE score BETWEEN 9 AND 10), count(*) FILTER (WHERE score IN (7, 8)), count(*) FILTER (WHERE score < 7), 0::bigint)
    AND count(*) > 2500 AND count(score) > 2000
FROM answer;
SQL
is($node->safe_psql('postgres', <<'SQL'), 't', 'blanks taken for elevens would be evangelists');
SELECT (r).evangelists = (SELECT count(*) FROM raw WHERE netpro = '11' OR netpro IS NULL) AND (r).evangelists > 0
FROM (SELECT journey.nps_report(journey.nps(coalesce(score, 11))) AS r FROM answer) s;
SQL

# ---------------------------------------------------------------- R
SKIP:
{
	skip 'no R here', 3 unless system('Rscript --version >/dev/null 2>&1') == 0;
	$node->safe_psql('postgres', "COPY answer TO '$dir/answer.csv' (FORMAT csv, HEADER, NULL 'NA')");
	open my $f, '>', "$dir/nps.R" or die $!;
	print $f <<"R";
a <- read.csv("$dir/answer.csv", stringsAsFactors = FALSE)
est <- function(s, w) {
	ok <- !is.na(s) & !is.na(w); s <- s[ok]; w <- w[ok]
	v <- ifelse(s >= 9, 1, ifelse(s >= 7, 0, -1))
	n <- sum(w)^2 / sum(w^2); m <- weighted.mean(v, w)
	# three more answers: 3/4 of 1, 3/4 of -1, and 3/2 of 0
	k <- n * c(weighted.mean(v == 1, w), weighted.mean(v == 0, w), weighted.mean(v == -1, w)) + c(.75, 1.5, .75)
	c1 <- sum(k * c(1, 0, -1)) / sum(k); var <- sum(k * (c(1, 0, -1) - c1)^2) / sum(k)
	list(score = 100 * m, n = n, centre = 100 * c1, se = 100 * sqrt(var / sum(k)))
}
out <- function(e, level) { z <- qnorm((1 + level) / 2)
	cat(sprintf("%.6f %.6f %.6f %.6f %.6f\\n", e\$score, e\$centre, e\$centre - z * e\$se, e\$centre + z * e\$se, e\$n)) }
for (level in c(.8, .95, .999)) out(est(a\$score, rep(1, nrow(a))), level)
cat("--\\n")
for (level in c(.8, .95, .999)) out(est(a\$score, a\$weight), level)
cat("--\\n")
days <- sort(unique(a\$day))
for (d in days) { x <- est(a\$score[a\$day == d], a\$weight[a\$day == d]); y <- est(a\$score[a\$day != d], a\$weight[a\$day != d])
	z <- (x\$centre - y\$centre) / sqrt(x\$se^2 + y\$se^2); cat(sprintf("%s %.6f %.6f\\n", d, z, 2 * pnorm(-abs(z)))) }
R
	close $f;
	my ($out, $err) = run_command([ 'Rscript', "$dir/nps.R" ]);
	my @r = split /\n?--\n/, $out;
	my $rows = q{SELECT string_agg(concat_ws(' ', round(score::numeric, 6), round(centre::numeric, 6), round(low::numeric, 6), round(high::numeric, 6), round(effective_n::numeric, 6)), E'\n' ORDER BY level)
		FROM (VALUES (0.8), (0.95), (0.999)) l (level), journey.nps_report((SELECT journey.nps(%s) FROM answer), level)};
	is($node->safe_psql('postgres', sprintf($rows, 'score')), $r[0], 'score and interval are those of R');
	is($node->safe_psql('postgres', sprintf($rows, 'score, weight')), $r[1], 'and by weight');
	is($node->safe_psql('postgres', q{
			SELECT string_agg(concat_ws(' ', day, round(z::numeric, 6), round(p::numeric, 6)), E'\n' ORDER BY day COLLATE "C")
			FROM (SELECT DISTINCT day FROM answer) d,
				journey.nps_difference((SELECT journey.nps(score, weight) FROM answer a WHERE a.day = d.day), (SELECT journey.nps(score, weight) FROM answer a WHERE a.day <> d.day))}),
		$r[2], 'each day against the others');
}
done_testing();
