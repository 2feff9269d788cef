# Memory: many calls of a function need no more of it than a few, and the state of an aggregate grows by no more than what a row brings.
#
# Every C function that is not an aggregate is called MEMORY_CALLS times in one query, with values that change from row to row; every aggregate is
# computed over so many rows, as one group and as many groups.  The memory contexts are summed inside the same query, before they are freed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyAggregates;

my $calls = $ENV{MEMORY_CALLS} || 10_000;
my $few   = 1000;
my $seed  = $ENV{MEMORY_SEED} || 20260101;
note "MEMORY_CALLS=$calls MEMORY_SEED=$seed";
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nmax_parallel_workers_per_gather = 0\nlc_messages = 'C'\nlog_min_messages = panic\nlog_min_error_statement = panic\nlog_statement = none\nwork_mem = 64MB");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION journey; CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');" . facts_sql('facts') . people_sql('people', 'facts') . 'ANALYZE');

# ---------------------------------------------------------------- functions

# Values of each type, three at least where there can be; right ones, so that calls answer.
my %values = (
	text => [ map { "'$_'::text" } 'visit', 'cart', '(?1).*(?2)', 'week', 'forward', 'head', 'reuse', 'log', 'rate', 'en', 'budget', 'UTC', 'lead' ],
	integer => [ 1, 2, 3 ], smallint => [ '1::smallint', '2::smallint' ], bigint => [ '5::bigint', '7::bigint', '1000::bigint' ], boolean => [ 'true', 'false' ],
	'double precision' => [ '0.5::float8', '0.25::float8', '0.95::float8' ], numeric => [ '1.5::numeric', '20::numeric' ],
	'timestamp with time zone' => [ map { "'2026-0$_-05 12:00Z'::timestamptz" } 3, 4, 5 ], 'timestamp without time zone' => [ map { "'2026-0$_-05 12:00'::timestamp" } 3, 4 ], date => [ map { "'2026-0$_-05'::date" } 3, 4 ],
	interval => [ "'1 day'::interval", "'36 hours'::interval", "'2 weeks'::interval" ], tstzrange => [ "'[2026-03-01Z,2026-03-10Z)'::tstzrange", "'[2026-03-05Z,2026-04-10Z)'::tstzrange" ],
	jsonb => [ '\'{"src": "ads", "n": 3}\'::jsonb', '\'{"src": "mail", "n": 5, "x": 0.5}\'::jsonb', '\'{"platt": [0.5, -1]}\'::jsonb', '\'[{"label": "a", "at": "2026-01-01T00:00:00Z"}]\'::jsonb' ],
	'text[]' => [ "'{visit,cart}'::text[]", "'{cart,pay}'::text[]", "'{visit,cart,pay}'::text[]" ], 'timestamp with time zone[]' => [ "'{2026-01-01Z,2026-01-02Z}'::timestamptz[]" ], 'boolean[]' => [ "'{t,f,t}'::bool[]", "'{f,t}'::bool[]" ],
	'double precision[]' => [ "'{0.25,0.5}'::float8[]" ], 'numeric[]' => [ "'{1,2,3}'::numeric[]" ], 'bigint[]' => [ "'{5,3,5,1,1,1}'::int8[]" ], 'cstring[]' => [ "'{14 days}'::cstring[]" ], 'integer[]' => [ "'{0,1,3}'::int[]" ],
	anyenum => [ "'cart'::aggregate_stage", "'pay'::aggregate_stage" ], anyelement => [ '1', '2' ], anyarray => [ "'{1,2}'::int[]" ], regtype => [ "'aggregate_stage'::regtype" ],
	'journey.grade' => [ "'A1'::journey.grade", "'C3'::journey.grade" ], 'journey.bant' => [ "'budget=yes'::journey.bant", "'need=no'::journey.bant" ],
	'journey.calendar' => [ map { "'{\"zone\": \"$_\", \"week\": {\"mon-fri\": [\"09:00-17:00\"]}}'::journey.calendar" } 'UTC', 'Europe/Berlin' ],
	'journey.score' => [ "'42.5\@2026-01-01T00:00:00Z/14 days'::journey.score", "'5\@2026-02-01T00:00:00Z/14 days'::journey.score" ],
);
# What is stored or computed for people: of each row a value.
for (split /\n/, $node->safe_psql('postgres', q{SELECT format_type(atttypid, NULL), quote_ident(attname) FROM pg_attribute WHERE attrelid = 'people'::regclass AND attnum > 0
	AND atttypid IN (SELECT oid FROM pg_type WHERE typnamespace = 'journey'::regnamespace)}))
{
	my ($type, $column) = split /\|/;
	$values{$type} = [ map { "(SELECT $column FROM people WHERE customer = $_)" } 1 .. 3 ];
}
my $lead_models = "(SELECT started FROM facts LIMIT 1)";
push @{ $values{'journey.lead_model'} }, $lead_models;

my %known = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{SELECT format_type(oid, NULL) FROM pg_type WHERE typnamespace = 'journey'::regnamespace AND typelem = 0});
# states have no columns: what the first call of a transition function gives
my @functions;
for (split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname || '|' || p.proretset || '|' || format_type(p.prorettype, NULL) || '|' || (p.provariadic <> 0) || '|' || coalesce((SELECT string_agg(format_type(t, NULL), ';' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), '')
	FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
	WHERE p.pronamespace = 'journey'::regnamespace AND l.lanname = 'c' AND p.prokind = 'f' AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype) AND NOT 'internal'::regtype = ANY (p.proargtypes) ORDER BY p.oid::regprocedure::text COLLATE "C"}))
{
	my ($name, $set, $result, $variadic, $args) = split /\|/, $_, 5;
	push @functions, { name => $name, set => $set eq 'true', result => $result, variadic => $variadic eq 'true', args => [ split /;/, $args ] };
}
cmp_ok(scalar @functions, '>', 500, 'there are functions');

# A call with values that change with i, or nothing if a type has none.
sub a_call
{
	my ($f) = @_;
	my @args;
	for my $n (0 .. $#{ $f->{args} })
	{
		my $type = $f->{args}[$n];
		my $v;
		if ($type eq 'cstring') { my $t = "journey." . ($f->{name} =~ s/_(?:in|typmod_in)$//r); $v = "textin(textout(" . ($values{$t} ? "($values{$t}[0])::text" : return) . "))"; $v = "(SELECT textout($v))"; }
		elsif (my $p = $values{$type}) { my @p = map { $p->[ rand @$p ] } 1 .. 2; $p[1] = $p[0] if $type eq 'text'; $v = "CASE i % 2 WHEN 0 THEN $p[0] ELSE $p[1] END"; }
		elsif ($n == 0 && $known{$type} && $f->{result} eq $type) { $v = "NULL::$type"; }
		else { return; }
		$v = "VARIADIC $v" if $f->{variadic} && $n == $#{ $f->{args} };
		push @args, $v;
	}
	return "journey.$f->{name}(" . join(', ', @args) . ')';
}

my $file = PostgreSQL::Test::Utils::tempdir() . '/calls.sql';

# Runs statements, each of which gives one line; undef for one that fails.
sub answers
{
	open my $out, '>', $file or die;
	print $out "\\set VERBOSITY sqlstate\nSET client_min_messages = error; SET statement_timeout = '60s';\n";
	print $out "\\echo \@$_\n$_[$_];\n" for 0 .. $#_;
	print $out "\\echo \@end\n";
	close $out;
	my $seen = qx{psql -XAtq -h '@{[ $node->host ]}' -p '@{[ $node->port ]}' -U @{[ $ENV{USER} || getpwuid $> ]} -d postgres -f $file 2>&1};
	my %said = $seen =~ /^\@(\d+)\n(.*?)(?=^\@)/msg;
	return map { my $s = $said{$_}; defined $s && $s !~ /ERROR|connection/ ? ($s =~ s/\n\z//r) : undef } 0 .. $#_;
}

# The first three values of each argument that give an answer, preferably one that is not NULL.
my @todo = @functions;
for my $try (1 .. 40)
{
	my @tries = map { my $c = a_call($_); defined $c ? [ $_, $c ] : () } @todo;
	last unless @tries;
	my @said = answers(map { "SELECT count(x) FROM (SELECT $_->[1] AS x FROM generate_series(1, 2) AS i OFFSET 0) AS s" } @tries);
	for (0 .. $#tries)
	{
		my ($f, $call) = @{ $tries[$_] };
		$f->{call} = $call if defined $said[$_] && (!$f->{call} || $said[$_] > ($f->{gave} // 0));
		$f->{gave} = $said[$_] if defined $f->{call} && $f->{call} eq $call;
		# a state that others take
		if (defined $said[$_] && $said[$_] > 0 && $known{ $f->{result} } && !$f->{set}) { my $v = $values{ $f->{result} } ||= []; push @$v, $call =~ s/\bi % 2\b/0/gr if @$v < 3; }
	}
	@todo = grep { !$_->{gave} } @functions;
}
my @called = grep { $_->{call} } @functions;
cmp_ok(scalar @called, '>', @functions * 0.75, 'most functions can be called with values that are right');
note 'not called: ', join ' ', map { $_->{name} } grep { !$_->{call} } @functions;

sub bytes { my ($what, $rows) = @_; return "WITH a AS MATERIALIZED (SELECT count(x) FROM (SELECT $what AS x FROM (SELECT generate_series(1, $rows)) AS g (i) OFFSET 0) AS s) SELECT (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) FROM a"; }

# twice each, so that what is loaded once for all is not counted
my @said = answers(map { my $c = $_->{call}; (bytes($c, $few), bytes($c, $few), bytes($c, $calls)) } @called);
my (@grew, @late, @grown);
for (0 .. $#called)
{
	my ($first, $small, $large) = @said[ 3 * $_ .. 3 * $_ + 2 ];
	my $f = $called[$_];
	if (!defined $small || !defined $large) { push @late, "$f->{name}"; next; }
	push @grown, $large - $small;
	push @grew, sprintf '%d bytes in %d calls: %s', $large - $small, $calls - $few, $f->{call} if $large - $small > 200_000 + 2 * $calls;
}
is(join("\n", @grew), '', "$calls calls of a function need no more memory than $few");
note 'took too long, or failed for some values: ', join ' ', @late;
cmp_ok(scalar @late, '<', @called / 10, 'few calls took too long');
my ($most) = sort { $b <=> $a } @grown;
note sprintf 'figures: memory of %d functions, %d calls each: %d did not grow, the most is %d bytes', scalar @grown, $calls, scalar(grep { $_ <= 0 } @grown), $most;

# ---------------------------------------------------------------- aggregates

# All rows of the table so many times, in one group; or the rows of one customer after the other, in so many groups.
sub over
{
	my ($c, $times, $groups) = @_;
	my $series = "(SELECT generate_series(1, $times)) AS g (g)";
	my $of = $groups ? "SELECT (SELECT $c->{call} FROM $c->{table} AS t WHERE t.customer = g.g % 24) AS x FROM $series" : "SELECT $c->{call} AS x FROM $series, $c->{table} AS t";
	return "WITH a AS MATERIALIZED (SELECT count(x) FROM ($of OFFSET 0) AS s) SELECT (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) FROM a";
}
my @aggregates = aggregate_calls($node, 'postgres');
my %rows = map { $_ => $node->safe_psql('postgres', "SELECT count(*) FROM $_") } 'facts', 'people';
my (@report, @much);
for my $groups (0, 1)
{
	my ($few, $many) = (sub { $groups ? 20 : 5 }, sub { $groups ? int $calls / 10 : int $calls / $rows{ $_[0]{table} } });
	my @said = answers(map { my $c = $_; map { over($c, $_, $groups) } $few->($c), $few->($c), $many->($c) } @aggregates);
	my @failed;
	for (0 .. $#aggregates)
	{
		my ($first, $small, $large) = @said[ 3 * $_ .. 3 * $_ + 2 ];
		my $c = $aggregates[$_];
		if (!defined $small || !defined $large) { push @failed, $c->{signature}; next; }
		my $more = ($many->($c) - $few->($c)) * ($groups ? 1 : $rows{ $c->{table} });
		my $each = ($large - $small) / $more;
		# a row of people brings logs of ten events; a state has room to spare, and is copied when it grows
		my $limit = $groups ? 0 : $c->{table} eq 'people' ? 1000 : 400;
		push @much, sprintf '%s: %.1f bytes a %s', $c->{signature}, $each, $groups ? 'group' : 'row' if $large - $small > 200_000 && $each > $limit;
		push @report, [ $each, $c->{signature} ] if !$groups;
	}
	is(join(' ', @failed), '', $groups ? 'all aggregates over many groups' : 'all aggregates over many rows');
}
is(join("\n", @much), '', 'states grow by no more than what a row brings, and leave nothing behind');
@report = sort { $b->[0] <=> $a->[0] } @report;
note sprintf 'figures: memory of %d aggregates over %d rows: %d keep less than a byte a row; the most: %s', scalar @report, $calls, scalar(grep { $_->[0] < 1 } @report),
  join ', ', map { sprintf '%.0f bytes a row %s', @$_ } @report[ 0 .. 4 ];
$node->stop;
done_testing();
