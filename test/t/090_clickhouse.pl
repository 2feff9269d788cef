# The same random groups through ClickHouse, asked about funnels, sequences and retention: every deviation belongs to a
# class that doc/window_funnel.md or doc/sequence.md names, and lies in the direction that the class says.
# Packages: npm
use strict;
use warnings;
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
plan skip_all => 'no node and npm here' if system('node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1') != 0;
plan skip_all => 'npm could not install chdb'
  if system("cd $dir && export HOME=$dir npm_config_cache=$dir/cache && npm init -y >npm.log 2>&1 && npm install --no-audit --no-fund chdb >>npm.log 2>&1 && node -e \"require('chdb').query('SELECT 1')\" >>npm.log 2>&1") != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION journey;
SELECT setseed(0.90);
-- a third of the groups has neither ties nor rows that meet two conditions, a third has ties, a third has both
CREATE TABLE groups AS
SELECT g, row_number() OVER (PARTITION BY g)::int AS id,
       CASE WHEN g % 3 = 0 THEN row_number() OVER (PARTITION BY g ORDER BY random()) ELSE floor(random() * 8) END::int8 AS at, a, b, c
FROM (SELECT g, CASE WHEN g % 3 < 2 THEN r < 0.3 ELSE random() < 0.4 END AS a,
             CASE WHEN g % 3 < 2 THEN r >= 0.3 AND r < 0.6 ELSE random() < 0.4 END AS b,
             CASE WHEN g % 3 < 2 THEN r >= 0.6 AND r < 0.9 ELSE random() < 0.4 END AS c
      FROM generate_series(1, 6000) AS g, generate_series(1, 4 + g % 5) AS n, LATERAL (SELECT random() + 0 * n AS r) AS draw) AS rows;
SQL
# the order in which rows arrive must not matter to us; ClickHouse is given one
open my $csv, '>', "$dir/rows.csv" or die;
print $csv $node->safe_psql('postgres', 'COPY (SELECT g, at, a, b, c FROM groups ORDER BY g, at, id) TO STDOUT (FORMAT csv)'), "\n";
close $csv;

# name, ours, ClickHouse's, class of deviation: none, or a condition on the group under which it may happen, and which
# side is the greater, perhaps only outside another class
my $window = 4;
my %class = (
	overlap => 'bool_or(a::int + b::int + c::int > 1)',
	# two conditions met at one time, by one row or several
	same_time => 'count(DISTINCT at) < count(*) OR bool_or(a::int + b::int + c::int > 1)',
	# where the order of rows is not that of their times, ClickHouse goes by arrival
	ties => 'count(DISTINCT at) < count(*)',
	part => "count(DISTINCT at) < count(*) OR NOT sequence_match('(?1)(?2).*(?3)', at, a, b, c)",
	any => 'true');
sub matches { return ("sequence_match('$_[0]', at, a, b, c)::int", "sequenceMatch('$_[1]')(at, a, b, c)") }
sub counts { return ("sequence_count('$_[0]', at, a, b, c)", "sequenceCount('$_[1]')(at, a, b, c)") }
sub events
{
	return ("array_to_string(sequence_match_events('$_[0]', at, a, b, c), ',')",
		"arrayStringConcat(arrayMap(x -> toString(x), sequenceMatchEvents('$_[1]')(at, a, b, c)), ',')");
}
my @questions = (
	[ 'windowFunnel is mode reuse', "window_funnel($window, 'reuse', at, a, b, c)", "windowFunnel($window)(at, a, b, c)" ],
	[ 'strict_once is the default', "window_funnel($window, at, a, b, c)", "windowFunnel($window, 'strict_once')(at, a, b, c)" ],
	[ 'strict_once with strict_increase is mode increase', "window_funnel($window, 'increase', at, a, b, c)",
		"windowFunnel($window, 'strict_once', 'strict_increase')(at, a, b, c)" ],
	[ 'one row, several steps', "window_funnel($window, at, a, b, c)", "windowFunnel($window)(at, a, b, c)", 'overlap', 'less' ],
	[ 'strict_increase loses chains', "window_funnel($window, 'increase', at, a, b, c)",
		"windowFunnel($window, 'strict_increase')(at, a, b, c)", 'same_time', 'greater' ],
	[ 'strict_order tries one start', "window_funnel($window, 'exact', at, a, b, c)",
		"windowFunnel($window, 'strict_order')(at, a, b, c)", 'any', 'either' ],
	[ 'strict_deduplication stops the search', "window_funnel($window, 'dedup', at, a, b, c)",
		"windowFunnel($window, 'strict_deduplication')(at, a, b, c)", 'any', 'either' ],
	(map { [ "sequence $_", matches($_, $_), 'ties', 'greater' ] } '(?1)(?2)', '(?1).*(?2)', '(?1).(?3)', '(?1)(?2).*(?3)', '(?2).*(?2)(?1)'),
	(map { [ "number of $_", counts($_, $_), 'ties', 'either' ] } '(?1)(?2)', '(?1).*(?2)', '(?1).*(?2).*(?3)', '(?1).(?3)'),
	(map { [ "gate $_", matches("(?1).*(?t$_)(?2)", "(?1)(?t$_)(?2)"), 'ties', 'greater' ] } '<=2', '<2'),
	(map { [ "gate $_", matches("(?1).*(?t$_)(?2)", "(?1)(?t$_)(?2)") ] } '>=3', '>2', '==1'),
	[ 'gate skips', matches('(?1)(?t<=2)(?2)', '(?1)(?t<=2)(?2)'), 'any', 'less', 'ties' ],
	[ 'gate after .*', matches('(?1).*(?t<=2)(?2)', '(?1).*(?t<=2)(?2)'), 'any', 'less', 'ties' ],
	[ 'gate after .*, at least', matches('(?1).*(?t>=1)(?2)', '(?1).*(?t>=1)(?2)'), 'any', 'greater' ],
	[ 'parts of a match', events('(?1)(?2).*(?3)', '(?1)(?2).*(?3)'), 'part', 'either' ],
	[ 'retention', "array_to_string(array(SELECT x::int FROM unnest(retention(a, b, c)) AS x), ',')",
		"arrayStringConcat(arrayMap(x -> toString(x), retention(a, b, c)), ',')" ]);

open my $file, '>', "$dir/questions.txt" or die;
print $file "$_->[2]\n" for @questions;
close $file;
my $theirs = `node @{[dirname(__FILE__)]}/../perl/clickhouse.mjs $dir $dir/rows.csv $dir/questions.txt`;
is($?, 0, 'ClickHouse has answered');
my @theirs = map { [ split /\t/ ] } split /\n/, $theirs;
my @ours = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', 'SET search_path = public, journey; SELECT g, '
	  . join(', ', map { $_->[1] } @questions) . ', ' . join(', ', map { $class{$_} } sort keys %class)
	  . ' FROM groups GROUP BY g ORDER BY g');
is(scalar @ours, 6000, 'so have we');
is(scalar @theirs, scalar @ours, 'for the same groups');

for my $i (0 .. $#questions)
{
	my ($name, undef, undef, $class, $direction, $besides) = @{ $questions[$i] };
	my @classes = sort keys %class;
	my %place = map { $classes[$_] => @questions + 1 + $_ } 0 .. $#classes;
	my ($differ, $outside, $wrong) = (0, 0, 0);
	for my $row (0 .. $#ours)
	{
		my ($us, $them) = ($ours[$row][ $i + 1 ], $theirs[$row][ $i + 1 ]);
		next if $us eq $them;
		$differ++;
		diag("group $ours[$row][0]: $name: $us, ClickHouse $them") if !defined $class && $differ < 4;
		next if !defined $class;
		$outside++ if $ours[$row][ $place{$class} ] ne 't';
		next if $besides && $ours[$row][ $place{$besides} ] eq 't';
		$wrong++ if $direction eq 'less' && $us > $them || $direction eq 'greater' && $us < $them;
	}
	if (defined $class)
	{
		cmp_ok($differ, '>', 0, "$name: $differ of 6000 groups differ");
		is("$outside/$wrong", '0/0', "$name: only where the class says, and in its direction");
	}
	else
	{
		is($differ, 0, "$name: no group differs");
	}
}
done_testing();
