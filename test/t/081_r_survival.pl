# Survival curves, cumulative incidences and log-rank tests against R's package survival: on the data sets lung and veteran,
# and on random data with ties, causes, groups and late entries.
# Packages: r-base-core r-cran-survival
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no R here' if system('Rscript --version >/dev/null 2>&1') != 0;
plan skip_all => 'no package survival in R here' if system(q{Rscript -e 'library(survival)' >/dev/null 2>&1}) != 0;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $data = ($ENV{DATA} // '') . '/survival';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

# ------------------------------------------------ the data

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION journey;
SELECT setseed(0.81);
CREATE TABLE rows (name text, "time" float8, ended int, cause text, grp text, entered float8);
-- many ties, times of 0, two causes, three groups
INSERT INTO rows SELECT 'ties', t, (c IS NOT NULL)::int, c, 'g' || 1 + i % 3
	FROM generate_series(1, 600) i, LATERAL (SELECT floor(random() * (15 + i % 3 * 4)) + 0 * i AS t, (ARRAY['won', 'lost', 'gone', NULL])[1 + floor(random() * 4 + 0 * i)::int] AS c) d;
-- times that differ nearly always
INSERT INTO rows SELECT 'fractions', round((random() * 100 / (1 + i % 2))::numeric, 3), (c IS NOT NULL)::int, c, 'g' || i % 2
	FROM generate_series(1, 300) i, LATERAL (SELECT (ARRAY['won', 'lost', NULL])[1 + floor(random() * 3 + 0 * i)::int] AS c) d;
-- late entries, with ties
INSERT INTO rows SELECT 'late', e + 1 + floor(random() * 9), (c IS NOT NULL)::int, c, 'g' || i % 2, e
	FROM generate_series(1, 400) i, LATERAL (SELECT floor(random() * 6) + 0 * i AS e, (ARRAY['won', 'lost', NULL])[1 + floor(random() * 3 + 0 * i)::int] AS c) d;
-- late entries, no ties of events
INSERT INTO rows SELECT 'late fractions', round((e + 0.01 + random() * 40)::numeric, 3), (c IS NOT NULL)::int, c, 'g' || i % 3, e
	FROM generate_series(1, 300) i, LATERAL (SELECT round((random() * 20 + 0 * i)::numeric, 1)::float8 AS e, (ARRAY['won', 'lost', NULL])[1 + floor(random() * 3 + 0 * i)::int] AS c) d;
-- many tiny ones, down to a single row
INSERT INTO rows SELECT 'tiny ' || s, floor(random() * 6), (c IS NOT NULL)::int, c, 'g' || i % 2
	FROM generate_series(1, 120) s, LATERAL generate_series(1, 1 + s % 9) i, LATERAL (SELECT (ARRAY['won', 'lost', NULL])[1 + floor(random() * 3 + 0 * i)::int] AS c) d;
SQL

SKIP:
{
	skip 'no data: lung and veteran are not compared', 2 unless -e "$data/lung.csv" && -e "$data/veteran.csv";
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE lung (inst text, "time" float8, status int, age int, sex text, ecog text, karno text, patkarno text, meal text, wt text);
\\copy lung from '$data/lung.csv' (format csv, header)
INSERT INTO rows SELECT 'lung', "time", status - 1, CASE WHEN status = 2 THEN CASE WHEN age % 2 = 0 THEN 'even' ELSE 'odd' END END, sex FROM lung;
CREATE TABLE veteran (trt text, celltype text, "time" float8, status int, karno int, diagtime int, age int, prior int);
\\copy veteran from '$data/veteran.csv' (format csv, header)
INSERT INTO rows SELECT 'veteran', "time", status, CASE WHEN status = 1 THEN trt END, celltype FROM veteran;
INSERT INTO rows SELECT 'veteran trt', "time", status, CASE WHEN status = 1 THEN celltype END, trt FROM veteran;
SQL
	# these two are known: the example of ?survfit and of ?survdiff
	is($node->safe_psql('postgres', q{SELECT q.time || ' ' || q.low || ' ' || q.high FROM (SELECT journey.survival("time", ended = 1) AS c FROM rows WHERE name = 'lung') s, journey.quantiles(c, '{0.5}') q}),
		'310 285 363', 'the median of lung');
	is($node->safe_psql('postgres', q{SELECT round(chi_square::numeric, 1) || ' ' || df FROM (SELECT journey.log_rank("time", ended = 1, grp) AS c FROM rows WHERE name = 'lung') s, journey.log_rank_test(c)}),
		'10.3 1', 'the test of lung by sex');
}
$node->safe_psql('postgres', "\\copy (SELECT * FROM rows) to '$dir/rows.csv' (format csv, header)");

# ------------------------------------------------ R

open my $r, '>', "$dir/compare.R" or die $!;
print $r <<'R';
suppressMessages(library(survival))
all <- read.csv("rows.csv", colClasses = c("character", "numeric", "integer", "character", "character", "numeric"), na.strings = "")
put <- function(frame, file) { frame[sapply(frame, is.numeric)] <- lapply(frame[sapply(frame, is.numeric)], function(x) ifelse(is.nan(x), NA, x))
	write.table(format(frame, digits = 17, trim = TRUE), file, append = TRUE, sep = ",", col.names = FALSE, row.names = FALSE, quote = TRUE) }
for (f in c("curve", "quantile", "incidence", "plain", "test", "groups")) file.create(f)
for (name in unique(all$name)) {
	d <- all[all$name == name, ]
	late <- any(!is.na(d$entered))
	# at 0 nobody is there in R if entry is at 0
	y <- if (late) Surv(d$entered, d$time, d$ended) else Surv(d$time, d$ended)
	for (type in c("log", "log-log", "plain")) {
		f <- survfit(y ~ 1, conf.type = type)
		put(data.frame(name, type, f$time, f$n.risk, f$n.event, f$n.censor, f$surv, f$std.err * f$surv, f$lower, f$upper), "curve")
		q <- quantile(f, c(0.1, 0.25, 0.5, 0.75, 1))
		put(data.frame(name, type, c(0.1, 0.25, 0.5, 0.75, 1), as.vector(q$quantile), as.vector(q$lower), as.vector(q$upper)), "quantile")
	}
	if (any(d$ended == 1)) {
		causes <- sort(unique(d$cause[!is.na(d$cause)]))
		c <- factor(ifelse(is.na(d$cause), "(none)", d$cause), c("(none)", causes))
		id <- seq_len(nrow(d))
		for (type in c("log", "log-log", "plain")) {
			f <- if (late) survfit(Surv(d$entered, d$time, c) ~ 1, id = id, conf.type = type) else survfit(Surv(d$time, c) ~ 1, conf.type = type)
			for (k in seq_along(causes))
				put(data.frame(name, type, late, f$time, causes[k], f$pstate[, k + 1], f$pstate[, 1], f$std.err[, k + 1], f$lower[, k + 1], f$upper[, k + 1]), "incidence")
		}
		# the standard error another way: the whole covariance of all states, carried by products of matrices
		start <- if (late) d$entered else rep(-1, nrow(d))
		K <- length(causes)
		P <- c(1, rep(0, K)); V <- matrix(0, K + 1, K + 1)
		for (u in sort(unique(d$time))) {
			n <- sum(start < u & d$time >= u)
			h <- sapply(causes, function(k) sum(d$time == u & !is.na(d$cause) & d$cause == k)) / n
			step <- diag(K + 1); step[1, ] <- c(1 - sum(h), h)
			p <- c(1 - sum(h), h)
			V <- t(step) %*% V %*% step + P[1]^2 * (diag(p) - p %*% t(p)) / n
			P <- as.vector(P %*% step)
			put(data.frame(name, u, causes, sqrt(pmax(diag(V)[-1], 0))), "plain")
		}
	}
	if (length(unique(d$grp)) > 1 && any(d$ended == 1)) {
		if (!late) {
			f <- try(survdiff(Surv(d$time, d$ended) ~ d$grp), silent = TRUE)
			if (!inherits(f, "try-error")) {
				df <- sum(f$exp > 0) - 1
				if (df > 0 && all(f$exp > 0)) {
					put(data.frame(name, f$chisq, df, pchisq(f$chisq, df, lower.tail = FALSE)), "test")
					put(data.frame(name, sort(unique(d$grp)), f$obs, f$exp, diag(f$var)), "groups")
				}
			}
		} else {
			# survdiff takes no late entries; without ties the score test of Cox's model is the log-rank test, and with
			# them the tables of each time are added up here
			df <- length(unique(d$grp)) - 1
			if (anyDuplicated(d$time[d$ended == 1])) {
				g <- factor(d$grp); O <- E <- rep(0, nlevels(g)); V <- matrix(0, nlevels(g), nlevels(g))
				for (u in unique(d$time[d$ended == 1])) {
					risk <- table(g[d$entered < u & d$time >= u]); died <- table(g[d$time == u & d$ended == 1])
					n <- sum(risk); m <- sum(died); p <- as.vector(risk) / n
					O <- O + died; E <- E + m * p
					if (n > 1) V <- V + m * (n - m) / (n - 1) * (diag(p) - p %*% t(p))
				}
				x <- as.vector(O - E)[-1]; score <- sum(x * solve(V[-1, -1, drop = FALSE], x))
			} else score <- coxph(Surv(d$entered, d$time, d$ended) ~ d$grp)$score
			put(data.frame(name, score, df, pchisq(score, df, lower.tail = FALSE)), "test")
		}
	}
}
R
close $r;
is(system("cd $dir && Rscript compare.R >R.log 2>&1"), 0, 'R has run') or diag slurp_file("$dir/R.log");

$node->safe_psql('postgres', <<"SQL");
CREATE TABLE r_curve (name text, type text, "time" float8, at_risk float8, events float8, censored float8, survival float8, std_error float8, low float8, high float8);
CREATE TABLE r_quantile (name text, type text, q float8, "time" float8, low float8, high float8);
CREATE TABLE r_incidence (name text, type text, late bool, "time" float8, cause text, incidence float8, still_open float8, std_error float8, low float8, high float8);
CREATE TABLE r_plain (name text, "time" float8, cause text, std_error float8);
CREATE TABLE r_test (name text, chi_square float8, df float8, p_value float8);
CREATE TABLE r_groups (name text, group_name text, observed float8, expected float8, variance float8);
\\copy r_curve from '$dir/curve' (format csv, null 'NA', force_null (survival, std_error, low, high))
\\copy r_quantile from '$dir/quantile' (format csv, null 'NA', force_null ("time", low, high))
\\copy r_incidence from '$dir/incidence' (format csv, null 'NA', force_null (std_error, low, high))
\\copy r_plain from '$dir/plain' (format csv, null 'NA', force_null (std_error))
\\copy r_test from '$dir/test' (format csv)
\\copy r_groups from '$dir/groups' (format csv)
CREATE FUNCTION near(a float8, b float8) RETURNS bool RETURN a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-9 * greatest(1, abs(b)), false);
CREATE TABLE types AS SELECT unnest('{log,log-log,plain}'::text[]) AS type;
SQL

# ------------------------------------------------ the comparison

# Each query gives how many were compared and how many differ.
sub compare
{
	my ($what, $least, $sql) = @_;
	my ($all, $different) = split /\|/, $node->safe_psql('postgres', "SELECT count(*), count(*) FILTER (WHERE NOT coalesce(same, false)) FROM ($sql) AS c");
	cmp_ok($all, '>=', $least, "$what: $all compared");
	is($different, 0, "$what: none differs")
	  or diag $node->safe_psql('postgres', "SELECT ours, theirs FROM ($sql) AS c WHERE NOT coalesce(same, false) ORDER BY 1, 2 LIMIT 10");
}

my $curves = q{(SELECT name, journey.survival("time", ended = 1, entered) AS c FROM rows GROUP BY name) AS s CROSS JOIN types CROSS JOIN LATERAL journey.curve(c, band => type) AS o};
compare('curves', 3000, qq{
	SELECT o::text AS ours, r::text AS theirs, near(o.at_risk, r.at_risk) AND near(o.events, r.events) AND near(o.censored, r.censored) AND near(o.survival, r.survival)
		AND near(o.std_error, r.std_error)
		-- at survival 1 the limits of log-log are 1 here, unknown in R
		AND (near(o.low, r.low) AND near(o.high, r.high) OR type = 'log-log' AND o.survival = 1 AND o.low = 1 AND o.high = 1 AND r.low IS NULL) AS same
	FROM (SELECT name, type, o.* FROM $curves) AS o FULL JOIN r_curve AS r USING (name, type, "time")});
compare('quantiles', 1500, q{
	SELECT o::text AS ours, r::text AS theirs, near(o.time, r.time) AND near(o.high, r.high)
		-- limits on the plain scale are cut at 0, and get there before the curve does, which R does not look at
		AND (near(o.low, r.low) OR type = 'plain' AND q = 1 AND r.low IS NULL) AS same
	FROM (SELECT name, type, o.* FROM (SELECT name, journey.survival("time", ended = 1, entered) AS c FROM rows GROUP BY name) AS s
		CROSS JOIN types CROSS JOIN LATERAL journey.quantiles(c, '{0.1,0.25,0.5,0.75,1}', band => type) AS o) AS o
	FULL JOIN r_quantile AS r USING (name, type, q)});
my $incidences = q{(SELECT name, journey.cumulative_incidence("time", cause, entered) AS c FROM rows GROUP BY name HAVING count(cause) > 0) AS s
	CROSS JOIN types CROSS JOIN LATERAL journey.curve(c, band => type) AS o};
compare('incidences', 5000, qq{
	SELECT o::text AS ours, r::text AS theirs, near(o.incidence, r.incidence) AND near(o.still_open, r.still_open)
		-- with late entries R takes pairs of entry and end into account, which counts per time cannot
		AND (r.late OR near(o.std_error, r.std_error)
			AND (near(o.low, r.low) AND near(o.high, r.high) OR type = 'log-log' AND o.incidence = 1 AND o.low = 1 AND r.low IS NULL)) AS same
	FROM (SELECT name, type, o.* FROM $incidences WHERE o.incidence > 0 OR type = 'log') AS o
	FULL JOIN (SELECT * FROM r_incidence WHERE incidence > 0 OR type = 'log') AS r USING (name, type, "time", cause)});
compare('standard errors by products of matrices', 1500, qq{
	SELECT o::text AS ours, r::text AS theirs, near(o.std_error, r.std_error) AS same
	FROM (SELECT name, o.* FROM $incidences WHERE type = 'log') AS o FULL JOIN r_plain AS r USING (name, "time", cause)});
compare('tests', 60, q{
	SELECT o::text AS ours, r::text AS theirs, near(o.chi_square, r.chi_square) AND near(o.df, r.df) AND near(o.p_value, r.p_value) AND near(o.p_value, o.p) AS same
	FROM (SELECT name, (journey.log_rank_test(c)).*, journey.p_value(c) AS p
		FROM (SELECT name, journey.log_rank("time", ended = 1, grp, entered) AS c FROM rows GROUP BY name) AS s) AS o JOIN r_test AS r USING (name)});
compare('groups of tests', 120, q{
	SELECT o::text AS ours, r::text AS theirs, near(o.observed, r.observed) AND near(o.expected, r.expected) AND near(o.variance, r.variance) AS same
	FROM (SELECT name, (journey.log_rank_groups(c)).* FROM (SELECT name, journey.log_rank("time", ended = 1, grp, entered) AS c FROM rows GROUP BY name) AS s) AS o
	JOIN r_groups AS r USING (name, group_name)});
is($node->safe_psql('postgres', q{SELECT count(*) FROM r_test WHERE name LIKE 'late%'}), 2, 'late entries are among the tests');

# Intervals are the same curves in another unit.
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM (SELECT name, o.time, o.survival, o.low, o.high FROM (SELECT name, journey.survival("time", ended = 1, entered) AS c FROM rows WHERE name NOT LIKE '%fractions' GROUP BY name) s, journey.curve(c) o
	EXCEPT SELECT name, extract(epoch FROM o.time)::float8 / 86400, o.survival, o.low, o.high FROM (SELECT name, journey.survival("time" * interval '1 day', ended = 1, entered * interval '1 day') AS c FROM rows GROUP BY name) s, journey.curve(c) o) d}),
	0, 'the same curves from intervals');

done_testing();
