# Learned models and measures of quality against R: glm, a penalised fit by hand, and, on the real data, what R's own fit
# on the same rows reaches.
# Packages: r-base-core
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no Rscript here' if system('Rscript --version >/dev/null 2>&1') != 0;

my $dir  = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION journey');

# Runs R code; returns what it prints as "name number" in a hash.
sub r
{
	my ($code) = @_;
	open my $f, '>', "$dir/code.R" or die $!;
	print $f $code;
	close $f;
	my $out = `Rscript --vanilla $dir/code.R 2>$dir/r.err`;
	if ($? != 0)
	{
		open my $e, '<', "$dir/r.err";
		diag(<$e>);
		die "R failed\n";
	}
	return map { /^(.+) (\S+)$/ ? ($1, $2) : () } split /\n/, $out;
}

sub sql { return $node->safe_psql('postgres', "SET search_path = public, journey; $_[0]"); }

sub near
{
	my ($got, $expected, $tolerance, $what) = @_;
	ok(defined $got && $got ne '' && defined $expected && abs($got - $expected) <= $tolerance * (1 + abs $expected), $what)
	  or diag('got ' . ($got // 'nothing') . ', R has ' . ($expected // 'nothing'));
}

# ---------------------------------------------------------------- made-up rows, coefficient by coefficient

sql(q{
	SELECT setseed(0.8);
	CREATE TABLE made AS
	SELECT id, x, k, src, vip, (random() < 1 / (1 + exp(1 - 0.03 * x - 0.5 * (src = 'web')::int + 0.8 * vip::int)))::int AS y
	FROM (SELECT id, round((random() * 100)::numeric, 3)::float8 AS x, CASE WHEN random() < 0.8 THEN floor(random() * 9) END AS k,
		(ARRAY['web', 'fair', 'list', 'web'])[1 + floor(random() * 4)] AS src, random() < 0.4 AS vip FROM generate_series(1, 2000) AS id) AS s;
	CREATE VIEW made_features AS SELECT id, y = 1 AS won, jsonb_build_object('x', x, 'k', k, 'src', src, 'vip', vip) AS f FROM made});
$node->safe_psql('postgres', "COPY (SELECT y, x, k, src, vip FROM made ORDER BY id) TO '$dir/made.csv' (FORMAT csv, HEADER, NULL 'NA')");

my $prepare = qq{
options(digits = 17)
d <- read.csv("$dir/made.csv", stringsAsFactors = FALSE)
d\$src <- relevel(factor(d\$src), ref = "web")
d\$vip <- as.integer(d\$vip == "t")
d\$miss <- as.integer(is.na(d\$k))
m <- mean(d\$k, na.rm = TRUE)
s <- sqrt(mean((d\$k - m)^2, na.rm = TRUE))
d\$kz <- ifelse(is.na(d\$k), 0, (d\$k - m) / s)
d\$xz <- (d\$x - mean(d\$x)) / sqrt(mean((d\$x - mean(d\$x))^2))
put <- function(name, value) cat(name, " ", format(value, digits = 17), "\\n", sep = "")
};

my @columns = ('intercept', 'k number', 'k missing', 'x number', 'src fair', 'src list', 'vip true');
# the coefficients of a model, numbers per standard deviation
my $ours = q{SELECT concat_ws(' ', feature, CASE kind WHEN 'level' THEN level ELSE kind END), coefficient * coalesce(scale, 1), standard_error * coalesce(scale, 1)
	FROM (%s) AS s (m), coefficients(m) WHERE kind <> 'reference'};

sub compare
{
	my ($query, $tolerance, $what, %r) = @_;
	my %got = map { my @f = split /\|/; ($f[0] => [ @f[ 1, 2 ] ]) } split /\n/, sql(sprintf $ours, $query);
	is(join(',', sort keys %got), join(',', sort @columns), "$what: the columns are those of R");
	near($got{$_}[0], $r{"$_ coefficient"}, $tolerance, "$what: coefficient of $_") for @columns;
	near($got{$_}[1], $r{"$_ error"}, $tolerance, "$what: standard error of $_") for @columns;
}

my %glm = r($prepare . q{
fit <- glm(y ~ kz + miss + xz + src + vip, data = d, family = binomial, control = list(epsilon = 1e-14, maxit = 50))
co <- summary(fit)$coefficients
names <- c("(Intercept)", "kz", "miss", "xz", "srcfair", "srclist", "vip")
ours <- c("intercept", "k number", "k missing", "x number", "src fair", "src list", "vip true")
for (i in seq_along(names)) { put(paste(ours[i], "coefficient"), co[names[i], 1]); put(paste(ours[i], "error"), co[names[i], 2]) }
put("log likelihood", as.numeric(logLik(fit)))
});
compare('SELECT logistic(won, f, 1e-9) FROM made_features', 1e-6, 'glm', %glm);
compare(q{SELECT logistic_fit('made_features', 'won', 'f', 1e-9)}, 1e-6, 'glm, by steps', %glm);
near(sql(q{SELECT logistic(won, f, 1e-9)::jsonb ->> 'log_likelihood' FROM made_features}), $glm{'log likelihood'}, 1e-9, 'glm: log-likelihood');

for my $ridge (1, 25)
{
	my %penalised = r($prepare . qq{
ridge <- $ridge
} . q{
X <- cbind(1, d$kz, d$miss, d$xz, d$src == "fair", d$src == "list", d$vip)
P <- diag(c(0, rep(ridge, ncol(X) - 1)))
b <- rep(0, ncol(X))
for (i in 1:60) {
	p <- as.vector(1 / (1 + exp(-X %*% b)))
	H <- t(X) %*% (X * (p * (1 - p))) + P
	b <- b + as.vector(solve(H, t(X) %*% (d$y - p) - P %*% b))
}
se <- sqrt(diag(solve(H)))
ours <- c("intercept", "k number", "k missing", "x number", "src fair", "src list", "vip true")
for (i in seq_along(ours)) { put(paste(ours[i], "coefficient"), b[i]); put(paste(ours[i], "error"), se[i]) }
});
	compare("SELECT logistic(won, f, $ridge) FROM made_features", 1e-8, "ridge of $ridge", %penalised);
}

# isotonic regression and ranks
my %iso = r($prepare . q{
x <- round(d$x)
g <- tapply(d$y, x, mean); w <- tapply(d$y, x, length)
at <- as.numeric(names(g))
# isoreg has no weights: each row by itself, tied scores at their mean first
o <- order(x)
yf <- isoreg(x[o], ave(d$y, x)[o])$yf
for (v in c(20, 50, 80)) put(paste("isotonic", v), yf[x[o] == v][1])
put("auc", as.numeric(wilcox.test(x[d$y == 1], x[d$y == 0])$statistic) / sum(d$y == 1) / sum(d$y == 0))
put("ks", suppressWarnings(as.numeric(ks.test(x[d$y == 1], x[d$y == 0])$statistic)))
});
near(sql("SELECT calibrated(isotonic(y = 1, round(x)), $_) FROM made"), $iso{"isotonic $_"}, 1e-9, "isotonic regression at $_ is that of isoreg") for 20, 50, 80;
near(sql('SELECT auc(y = 1, round(x)) FROM made'), $iso{auc}, 1e-12, 'AUC is the statistic of wilcox.test over the pairs');
near(sql('SELECT ks(y = 1, round(x)) FROM made'), $iso{ks}, 1e-12, 'KS is the statistic of ks.test');

# ---------------------------------------------------------------- real data: learn on every row but each fourth, judge on these

sub real
{
	my ($name, $file, $delimiter, $columns, $outcome, $features, $r) = @_;
  SKIP:
	{
		my $path = "$ENV{DATA}/$name/$file" if $ENV{DATA};
		skip "$name: no data", 5 unless defined $path && -e $path;
		system("gzip -dc '$path' > $dir/$name.csv") == 0 or die;
		sql("CREATE TABLE $name (id serial, $columns)");
		my $list = join ', ', map { /^(\S+)/ } split /, /, $columns;
		$node->safe_psql('postgres', "COPY $name ($list) FROM '$dir/$name.csv' (FORMAT csv, HEADER, DELIMITER '$delimiter')");
		sql("CREATE VIEW ${name}_learn AS SELECT id, id % 4 = 0 AS test, $outcome AS won, $features AS f FROM $name;
			CREATE VIEW ${name}_train AS SELECT won, f FROM ${name}_learn WHERE NOT test");
		my %r = r(qq{
options(digits = 17)
d <- read.csv("$dir/$name.csv", sep = "$delimiter", stringsAsFactors = TRUE)
$r
test <- seq_len(nrow(d)) %% 4 == 0
fit <- suppressWarnings(glm(y ~ ., data = d[!test, ], family = binomial))
p <- suppressWarnings(predict(fit, d[test, ], type = "response"))
y <- d\$y[test]
w <- rank(p)
n1 <- as.numeric(sum(y)); n0 <- as.numeric(sum(1 - y))
cat("auc ", (sum(w[y == 1]) - n1 * (n1 + 1) / 2) / n1 / n0, "\\n", sep = "")
cat("loss ", -mean(ifelse(y == 1, log(p), log(1 - p))), "\\n", sep = "")
cat("base ", -(mean(y) * log(mean(y)) + (1 - mean(y)) * log(1 - mean(y))), "\\n", sep = "")
});
		my %got;
		for my $kind ('logistic', 'bayes', 'bayes isotonic')
		{
			my $model = $kind eq 'logistic' ? 'logistic(won, f)' : 'naive_bayes(won, f)';
			my $calibrated = $kind eq 'bayes isotonic' ? "calibrate(m, (SELECT isotonic(won, log_odds(m, f)) FROM ${name}_train))" : 'm';
			$got{$kind} = [ split /\|/, sql("SELECT auc(won, p), log_loss(won, p), brier(won, p), calibration_error(won, p)
				FROM (SELECT won, predict(model, f) AS p FROM ${name}_learn, (SELECT $calibrated AS model FROM (SELECT $model AS m FROM ${name}_train) AS l OFFSET 0) AS c WHERE test) AS s") ];
			diag(sprintf "%s, %s: AUC %.4f, log loss %.4f, Brier %.4f, ECE %.4f (R's glm: AUC %.4f, log loss %.4f)", $name, $kind, @{ $got{$kind} }, $r{auc}, $r{loss});
		}
		cmp_ok(abs($got{logistic}[0] - $r{auc}), '<', 0.003, "$name: AUC of logistic is that of R's glm");
		cmp_ok(abs($got{logistic}[1] - $r{loss}), '<', 0.003, "$name: log loss of logistic is that of R's glm");
		cmp_ok($got{bayes}[0], '>', $r{auc} - 0.05, "$name: naive Bayes ranks about as well");
		cmp_ok($got{'bayes isotonic'}[1], '<', $r{base}, "$name: calibrated naive Bayes is better than the rate of all");
		cmp_ok($got{'bayes isotonic'}[3], '<', 0.03, "$name: calibrated naive Bayes is calibrated on rows it has not seen");
	}
}

# duration is not known before the call is over
real('bank_marketing', 'bank_full_45211.csv.gz', ',',
	'cust_num int, age int, job text, marital text, education text, "default" text, balance int, housing text, loan text, contact text, day int, month text, duration int, campaign int, pdays int, previous int, poutcome text, y text',
	"y = 'yes'", "to_jsonb(bank_marketing) - '{id,cust_num,duration,y}'::text[]", 'd$y <- as.integer(d$y == "yes"); d$Cust_num <- NULL; d$duration <- NULL');
real('online_shoppers', 'online_shoppers_intention.csv.gz', ';',
	'administrative float8, administrative_duration float8, informational float8, informational_duration float8, product float8, product_duration float8, bounce float8, exit float8, page_values float8, special_day float8, month text, os text, browser text, region text, traffic text, visitor text, weekend bool, revenue bool',
	'revenue', "to_jsonb(online_shoppers) - '{id,revenue}'::text[]",
	'd$y <- as.integer(as.logical(d$Revenue)); d$Revenue <- NULL; for (n in c("OperatingSystems", "Browser", "Region", "TrafficType")) d[[n]] <- factor(d[[n]]); test <- seq_len(nrow(d)) %% 4 == 0; for (n in c("OperatingSystems", "Browser", "TrafficType")) { seen <- unique(d[[n]][!test]); d[[n]][!(d[[n]] %in% seen)] <- names(which.max(table(d[[n]][!test]))) }');

done_testing();
