# An ordinary user calls every function of the schema with whatever its declared types allow: NULL, empty, huge, infinite
# and nonsense, states of one query given to another.  The server survives, no call of a C function runs for long, and
# no error is one that means a bug (class XX).  Functions that are SQL inside may run for long, since they are told how
# much to do: they are cut off.  What a call has changed is rolled back.
#
# Nothing here is made for a certain function: functions are taken from the catalogs, and what the first calls return
# is given to the next ones, so that a new type brings its own values.  CALLS_ROUNDS and CALLS_SEED change what is tried.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rounds = $ENV{CALLS_ROUNDS} || 4;
my $seed   = $ENV{CALLS_SEED}   || 20260101;
my $limit  = 10;    # seconds for a call, on a busy machine
my $cut    = 3;     # and for one that is SQL inside
note "CALLS_SEED=$seed CALLS_ROUNDS=$rounds";
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('untrusted');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = off\nlog_statement = none\nlog_min_messages = panic\nwork_mem = 4MB");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION journey;
	CREATE ROLE stranger LOGIN;
	CREATE SCHEMA stranger AUTHORIZATION stranger;
	SET ROLE stranger;
	CREATE TYPE stranger.stage AS ENUM ('open', 'won', 'lost');
	CREATE TABLE stranger.things (id int PRIMARY KEY, stage stranger.stage, at timestamptz, label text, journey journey.journey);
	INSERT INTO stranger.things SELECT i, 'open', timestamptz '2026-01-01 00:00:00+00' + i * interval '1 day', 'label ' || i % 3 FROM generate_series(1, 5) i;
	RESET ROLE;
	CREATE TABLE public.secret (id int PRIMARY KEY, stage text, at timestamptz);
	INSERT INTO public.secret VALUES (1, 'canary in the mine', now())});

# ---------------------------------------------------------------- values to begin with

my $long = "repeat('x', 100000)";
my %pool = (
	text => [ map({ my $t = s/'/''/gr; "'$t'::text" } '', 'a', 'b', 'open', 'forward', 'backward', 'first_match', 'head', 'week', 'month', 'hour', 'implied', 'any_order', 'reuse', 'UTC', 'Asia/Tehran', 'No/Where',
		'(?1).*(?2)', '(?1)(?t<=3600)(?2)', '((', 'new -> open; open -> won', '* -> ', '1 day', '{a,b}', '{"zone": "UTC"}', '%s%n$1', "\x{27}\"\\", 'linear', 'last_touch', 'id > 0', 'stage', 'journey',
		'{"signals": {"a": {"points": 1, "half_life": "3 days"}}}', '{a@2026-01-01}', 'true', 'won'), "$long", "repeat('(?1)', 3000)", "repeat('(', 20000)", "repeat('a -> ', 10000)" ],
	cstring => [ "''::cstring", "'{}'::cstring", "'x'::cstring", "'{a\@2026-01-01, b\@2026-01-02}'::cstring", "'-1'::cstring", "'null'::cstring", "'[]'::cstring", "'{\"a\": 1}'::cstring", "'day'::cstring" ],
	name => [ "''::name", "'id'::name", "'at'::name", "'label'::name", "'stage'::name" ],
	boolean => [ 'true', 'false' ],
	smallint => [ '0::smallint', '1::smallint', '(-1)::smallint', '32767::smallint', '(-32768)::smallint' ],
	integer => [ '0', '1', '2', '5', '-1', '64', '1000', '2147483647', "'-2147483648'::integer" ],
	bigint => [ '0::bigint', '1::bigint', '3600::bigint', '-1::bigint', '9223372036854775807', "'-9223372036854775808'::bigint" ],
	numeric => [ '0::numeric', '1.5::numeric', "'NaN'::numeric", "'Infinity'::numeric", '1e300::numeric', '(-1e-300)::numeric' ],
	'double precision' => [ "'0'::float8", "'1'::float8", "'0.5'::float8", "'0.95'::float8", "'-1'::float8", "'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float8", "'1.7e308'::float8", "'5e-324'::float8" ],
	'timestamp with time zone' => [ map { "'$_'::timestamptz" } '2026-01-01 00:00:00+00', '2026-01-02 00:00:00+00', '2026-03-01 12:00:00+00', 'infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00' ],
	'timestamp without time zone' => [ map { "'$_'::timestamp" } '2026-01-01', '2026-02-01', 'infinity', '-infinity', '4714-11-24 BC', '294276-12-31 23:59:59.999999' ],
	date => [ map { "'$_'::date" } '2026-01-01', '2026-02-01', 'infinity', '-infinity', '4714-11-24 BC', '5874897-12-31' ],
	interval => [ map { "'$_'::interval" } '0', '1 day', '1 hour', '1 month', '-1 day', '1 microsecond', '178000000 years', '-178000000 years', '2147483647 days', '1 mon -1 day' ],
	tstzrange => [ map { "'$_'::tstzrange" } 'empty', '(,)', '[2026-01-01 00:00+00,2026-02-01 00:00+00)', '[infinity,)' ],
	tstzmultirange => [ map { "'$_'::tstzmultirange" } '{}', '{(,)}', '{[2026-01-01 00:00+00,2026-02-01 00:00+00), [2026-03-01 00:00+00,)}' ],
	bytea => [ "''::bytea", "'\\x00'::bytea", "decode(repeat('ff', 100), 'hex')" ],
	jsonb => [ "'{}'::jsonb", "'[]'::jsonb", "'null'::jsonb", "'{\"a\": 1, \"b\": true, \"c\": \"x\"}'::jsonb", "'{\"a\": [1, {}]}'::jsonb", "'1'::jsonb", "'\"x\"'::jsonb", "jsonb_build_object($long, 1e300)",
		"'{\"zone\": \"UTC\", \"week\": {\"mon-fri\": [\"09:00-17:00\"]}}'::jsonb", "'[{\"label\": \"a\", \"at\": \"2026-01-01T00:00:00Z\"}]'::jsonb", "(repeat('[', 2000) || repeat(']', 2000))::jsonb" ],
	oid => [ '0::oid', '1259::oid', "'4294967295'::oid" ],
	regclass => [ "'stranger.things'::regclass", "'public.secret'::regclass", "'pg_class'::regclass", '0::regclass', "'4000000000'::regclass" ],
	regtype => [ "'stranger.stage'::regtype", "'integer'::regtype", '0::regtype', "'4000000000'::regtype" ],
	regproc => [ "'now'::regproc", '0::regproc' ],
	# documents that no random text would be
	'journey.calendar' => [ map { "'$_'::journey.calendar" } '{"zone": "UTC"}', '{"zone": "Europe/Berlin", "week": {"mon-thu": ["09:00-12:00", "13:00-17:00"]}, "holidays": {"2026-12-25": []}}', '{"zone": "UTC", "week": {}}' ],
	'journey.grade' => [ map { "'$_'::journey.grade" } 'A1', 'D4', 'B+2' ],
	'journey.scorecard' => [ map { "journey.scorecard_accum(NULL, '{\"signals\": {\"a\": {\"points\": 1, \"half_life\": \"3 days\"}, \"b\": {\"points\": $_}}}', 'a', timestamptz '2026-01-0$_ 00:00:00+00')" } 1, 2 ],
	'journey.node_log' => [ map { "journey.node_log_accum(NULL, 'forward', 'first_match', timestamptz '2026-01-0$_ 00:00:00+00', 'a', true, VARIADIC ARRAY[true, false])" } 1, 2 ],
	anyenum => [ "'open'::stranger.stage", "'lost'::stranger.stage" ],
	record => [ "(SELECT t FROM stranger.things t LIMIT 1)", "ROW(1, 'a', NULL)" ],
);
my @scalars = ('text', 'integer', 'bigint', 'double precision', 'timestamp with time zone', 'interval', 'boolean', 'numeric');

# An array of a type: empty, of one, of some, with NULL, of two dimensions, with other bounds, long.
sub an_array
{
	my ($type) = @_;
	my $v = sub { my $p = $pool{$type}; $p && @$p ? $p->[ rand @$p ] : "NULL::$type" };
	my @kinds = (
		sub { "'{}'::$type\[]" },
		sub { 'ARRAY[' . $v->() . ']' },
		sub { 'ARRAY[' . join(', ', map { $v->() } 1 .. 2 + rand 4) . "]::$type\[]" },
		sub { 'ARRAY[' . $v->() . ", NULL]::$type\[]" },
		sub { "ARRAY[NULL]::$type\[]" },
		sub { 'ARRAY[[' . $v->() . ', ' . $v->() . '], [' . $v->() . ', ' . $v->() . "]]::$type\[]" },
		sub { 'array_fill(' . $v->() . "::$type, ARRAY[3], ARRAY[-5])" },
		# of what is long, fewer: to make the array is not to take the time
		sub { my $e = $v->(); "array_fill($e\::$type, ARRAY[" . ($e =~ /repeat/ ? 20 : 2000) . '])' });
	return $kinds[ rand @kinds ]->();
}

sub a_value
{
	my ($type, $same) = @_;
	return "NULL::$type" if $type =~ /^"?(internal|trigger|event_trigger)"?$/;
	if ($type =~ /^any(?:compatible)?(?:nonarray|element)?$|^"any"$/) { $type = $$same //= $scalars[ rand @scalars ]; }
	elsif ($type =~ /^any(?:compatible)?array$/) { return an_array($$same //= $scalars[ rand @scalars ]); }
	return 'NULL::' . ($type eq 'anyenum' ? 'stranger.stage' : $type) if rand() < 0.08;
	return an_array($1) if $type =~ /^(.*)\[\]$/ && !($pool{$type} && @{ $pool{$type} } && rand() < 0.3);
	return "NULL::$type" unless $pool{$type} && @{ $pool{$type} };
	return $pool{$type}[ rand @{ $pool{$type} } ];
}

# ---------------------------------------------------------------- the functions

my @functions;
for (split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname || '|' || (l.lanname = 'c' OR p.prokind = 'a') || '|' || p.prokind::text || '|' || p.proretset || '|' || format_type(p.prorettype, NULL) || '|' || (p.provariadic <> 0) || '|' ||
		coalesce((SELECT string_agg(format_type(t, NULL), ';' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), '')
	FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
	WHERE s.nspname = 'journey' AND p.prorettype <> 'trigger'::regtype ORDER BY p.proname, p.oid::regprocedure::text COLLATE "C"}))
{
	my ($name, $c, $kind, $set, $result, $variadic, $args) = split /\|/, $_, 7;
	push @functions, { name => $name, c => $c eq 'true', kind => $kind, set => $set eq 'true', result => $result, variadic => $variadic eq 'true', args => [ split /;/, $args ] };
}
cmp_ok(scalar(grep { $_->{c} } @functions), '>', 600, 'there are functions of C to call');
cmp_ok(scalar(grep { !$_->{c} } @functions), '>', 100, 'and functions that are SQL inside');
is(scalar(grep { $_->{kind} eq 'p' } @functions), 0, 'and no procedures');

# Types whose values are given on to other calls.
my %known;
$known{$_} = 1 for split /\n/, $node->safe_psql('postgres', q{
	SELECT format_type(t.oid, NULL) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'journey'});

sub a_call
{
	my ($f, $nulls) = @_;
	my ($same, @args);
	my $last = $#{ $f->{args} };
	for my $i (0 .. $last)
	{
		my $type  = $f->{args}[$i];
		my $value = $nulls ? 'NULL::' . ($type =~ /^"?any/ ? ($type =~ /array/ ? 'text[]' : $type eq 'anyenum' ? 'stranger.stage' : 'text') : $type) : a_value($type, \$same);
		# NULL itself for the types that have no constants
		$value = 'NULL' if $value =~ /^NULL::"?(internal|trigger|event_trigger|anyarray|anyelement|"any")"?$/;
		$value = "VARIADIC $value" if $f->{variadic} && $i == $last && $f->{kind} ne 'w' && $value =~ /(?:\]|^NULL)/;
		push @args, $value;
	}
	my $call = "journey.$f->{name}(" . join(', ', @args) . ')';
	$call .= ' OVER ()' if $f->{kind} eq 'w';
	return $call;
}

# ---------------------------------------------------------------- calling

my (%class, %reached, @wrong);
my $calls = 0;
my $file = PostgreSQL::Test::Utils::tempdir() . '/calls.sql';

# Makes the calls, one statement each; keeps what they return, and what was wrong.
sub run
{
	my @calls = @_;
	open my $out, '>:utf8', $file or die;
	print $out "\\set VERBOSITY sqlstate\nSET client_min_messages = error;\nSET search_path = pg_catalog;\n";
	for my $i (0 .. $#calls)
	{
		my ($f, $call) = @{ $calls[$i] };
		my $from = $f->{kind} eq 'w' ? ' FROM generate_series(1, 3)' : '';
		# what it returns is written out in full, by its output function; but only a value of a type of ours is wanted
		my $known = $known{ $f->{result} } && !$f->{set};
		print $out "\\echo \@$i\n", "BEGIN; SET LOCAL statement_timeout = '@{[ $f->{c} ? $limit : $cut ]}s';\n",
		  $known ? "SELECT quote_literal(left(x::text, 20000)) FROM (SELECT $call AS x$from OFFSET 0) AS s;\n" : "SELECT count(*), sum(length(x::text)) FROM (SELECT $call AS x$from OFFSET 0) AS s;\n",
		  "ROLLBACK;\n";
	}
	print $out "\\echo \@end\n";
	close $out;
	my $seen = qx{psql -XAtq -h '@{[ $node->host ]}' -p '@{[ $node->port ]}' -U stranger -d postgres -f $file 2>&1};
	my @said = split /^\@(\d+|end)\n/m, $seen;
	shift @said;
	my $end = 0;
	while (my ($i, $text) = splice @said, 0, 2)
	{
		if ($i eq 'end') { $end = 1; last; }
		my ($f, $call) = @{ $calls[$i] };
		$calls++;
		if ($text =~ /ERROR:\s+(\w{5})/)
		{
			my $code = $1;
			$class{$code}++;
			push @wrong, "$code: $call" if $code =~ /^(?:XX|58)/ || ($code eq '57014' && $f->{c});
		}
		elsif ($text =~ /connection to server was lost|server closed the connection/) { push @wrong, "the server went down: $call"; return 0; }
		else
		{
			$class{fine}++;
			$reached{ $f->{name} }++;
			if ($known{ $f->{result} } && $text =~ /^'/ && length $text < 15000)
			{
				chomp $text;
				my $pool = $pool{ $f->{result} } ||= [];
				my $value = ($text =~ /\\/ ? "E$text" : $text) . "::$f->{result}";
				# quote_literal doubles backslashes by itself
				$value =~ s/^EE/E/;
				if (!grep { $_ eq $value } @$pool) { push @$pool, $value; splice @$pool, rand @$pool, 1 if @$pool > 60; }
			}
		}
	}
	push @wrong, 'the session did not come to its end' unless $end;
	return $end;
}

my $begun = time;
ok(run(map { [ $_, a_call($_, 1) ] } @functions), 'NULL in every place');
for my $round (1 .. $rounds)
{
	# the first rounds make values, the later ones use them
	my @calls = map { my $f = $_; map { [ $f, a_call($f, 0) ] } 1 .. 4 } @functions;
	ok(run(@calls), "round $round") or last;
}
is(join("\n", @wrong > 20 ? (@wrong[ 0 .. 19 ], '...') : @wrong), '', 'no crash, no call of a C function that is longer than ' . $limit . ' s, no error that means a bug');
note sprintf 'figures: %d calls of %d functions in %.1f s: %s', $calls, scalar @functions, time - $begun, join ', ', map { "$_ $class{$_}" } sort keys %class;
my @never = grep { !$reached{$_} } do { my %n = map { $_->{name} => 1 } @functions; sort keys %n };
note 'never returned anything: ', join ' ', @never;
my @no_value = grep { !/\[\]$/ && !$pool{$_} } sort keys %known;
note 'no value of: ', join ' ', @no_value;
cmp_ok($class{fine} // 0, '>', $calls / 5, 'many of the calls were such as return something');

$node->stop;
done_testing();
