# Malformed text and binary forms of every type: an error of the right class or a value, never a crash; and a value that
# was accepted comes back the same through its text and binary forms, and can be used: every function and aggregate of one
# value of the type, or two, answers or refuses it.  A type without a value to start from is a failure.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyFuzz;

my $rounds = $ENV{FUZZ_ROUNDS} || 1000;
my $seed   = $ENV{FUZZ_SEED}   || 20260101;
note "FUZZ_SEED=$seed FUZZ_ROUNDS=$rounds";

# Valid values to start from.
my %seeds = (
	journey => [
		'{}',
		'{lead@2026-01-01T00:00:00Z}',
		'{lead@2026-01-01T00:00:00Z, "free trial"@2026-01-05T09:30:00.25Z, lead@2026-01-05T09:30:00.250001Z}',
		'{a@-4713-11-24T00:00:00Z, b@294276-12-31T23:59:59.999999Z}',
		'{"quoted \"and\" \\\\ back"@2026-03-01T12:00:00Z, Ψ@2026-03-02T00:00:00Z}',
		'{' . join(', ', map { "s$_\@2026-02-" . sprintf('%02d', 1 + $_ % 28) . 'T00:00:00Z' } 1 .. 40) . '}',
		# more labels than one byte can number
		'{' . join(', ', map { sprintf 'label%d@2026-01-01T%02d:%02d:00Z', $_, $_ / 60, $_ % 60 } 1 .. 300) . '}',
	],
	journey_labels => [ '{}', '{lead}', '{NULL,"free trial","\\""}', '{{a,b},{c,d}}', '[2:3]={x,y}' ],
	sequence_log => [
		'timestamptz 2 pattern "(?1).*(?t<=1h)(?2)" {820922400000000:1, 820922700000000:2, 820923600000000:3}',
		'int8 64 pattern "(?all_rows)((?64)|[^1 2]){2,5}$" {-9223372036854775808:0, 5:18446744073709551615}',
		'date 1 pattern "." {}',
	],
	calendar => [
		'{"zone": "UTC"}',
		'{"zone": "Europe/Berlin", "week": {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": ["09:00-15:30"]}, "holidays": {"2026-12-24": ["09:00-12:00"], "2026-12-25": []}}',
		'{"zone": "Asia/Tehran", "week": {"sat-wed": ["08:00-16:00"]}, "versions": [{"from": "2027-03-21", "week": {"sun": ["00:00-24:00"]}}]}',
	],
	dwell_times => [
		'{"ended": [], "lasting": [], "sum": [0, 0]}',
		'{"ended": [[10, 2], [63, 1]], "lasting": [[5, 3]], "sum": [0, 83]}',
		'{"ended": [[86400000000, 40]], "lasting": [[9223372036854775807, 1]], "sum": [40, 5]}',
	],
	outcome_log => [
		'{}',
		'{0.1:0/3, 0.25:7/9, 1e-300:1/1, 5e+200:2/2}',
		'0.5 {-Infinity:0/1, 0:4611686018427387/4611686018427388, Infinity:1/1}',
	],
	score => [
		'42.5@2026-01-01T00:00:00Z/14 days',
		'-1.7976931348623157e+308@294276-12-31T23:59:59.999999Z/106751991 days 4 hours 54.775807 seconds',
		'5e-324@-4713-11-24T00:00:00Z/0.000001 seconds',
		'0@2000-01-01T00:00:00Z/1 day 12 hours 5 minutes 0.5 seconds',
	],
	score_sum => [
		'{}',
		'{1, 2026-01-01T00:00:00Z, 14 days, 682, 0.8005541811026704, -4.305315347929755e-17, 0}',
		'{2, 2026-01-01T00:00:00Z, 14 days, 682, 1.6011083622053408, -8.61063069585951e-17, 1.894577687949355e-30}',
		'{9223372036854775807, -4713-11-24T00:00:00Z, 0.000001 seconds, -211813488000000000, -1, 0, 0}',
	],
	grade => [ 'A1', 'D4', 'B+2', 'C-3', 'F4', 'A+1' ],
	bant => [ '', 'budget=yes', 'skill=no, need=unknown,authority=yes', 'budget=no,authority=no,need=no,timeline=no,skill=no' ],
	touch_paths => [
		'{"channels": [], "paths": []}',
		'{"channels": ["mail", "search \\"x\\""], "paths": [[[], 2, 1, 0.000000000000000001], [[0], 0, 3, 0], [[0, 1, 1], 4, 0, 120.5], [[1], 9007199254740993, 1, 4611686018427387904]]}',
	],
	lead_model => [
		'{"kind": "naive_bayes", "positives": 3, "negatives": 2, "features": {"n": {"numbers": [[1, 0, 1], [2, 1, 1]]}, "src": {"levels": {"web": [2, 0], "fair \\"x\\"": [1, 1]}}, "vip": {"true": [1, 0], "false": [1, 2]}}, "calibration": {"platt": [0.5, -1]}}',
		'{"kind": "logistic", "positives": 3, "negatives": 2, "ridge": 1, "intercept": [0.25, null], "steps": 2, "converged": false, "log_likelihood": -3.5, "previous": {"objective": -4, "coefficients": [0, 0.125, 1, 1]}, "features": {"n": {"number": [0.1, 0.2, 3, 4], "missing": [0, null]}, "src": {"levels": {"web": [1e-20, 2]}, "reference": "fair"}}, "calibration": {"isotonic": [[0, 0.1], [0, 0.2], [5, 0.9]]}}',
	],
	funnel => [],    # taken from the functions that make them, below
);
# Queries that make values of the types that have no handy text form.
my $rows = q{(SELECT timestamptz '2026-01-01 00:00:00+00' + i * i * interval '1 hour' AS at, i, i % 3 = 0 AS a, i % 3 = 1 AS b, i % 5 = 0 AS c FROM generate_series(0, %d) i) AS rows};
my %made = (
	funnel => [
		q{SELECT journey.funnel(j, ARRAY['a', 'b', 'c']) FROM (SELECT journey.journey(ARRAY['a', 'b'], ARRAY[timestamptz '2026-01-01', '2026-01-02'])
			UNION ALL SELECT journey.journey(ARRAY['a', 'b', 'c'], ARRAY[timestamptz '2026-01-01', '2026-01-02', '2026-01-05'])) AS s(j)},
		q{SELECT journey.funnel(j, ARRAY['a'], '1 week', 'any_order') FROM (SELECT '{}'::journey.journey) AS s(j)},
	],
	step_log => [
		map { (sprintf("SELECT journey.step_log('1 day', at, a, b, c) FROM $rows", $_), sprintf("SELECT journey.step_log(50::bigint, 'optional 2', i::bigint, a, b, c) FROM $rows", $_)) } 0, 3, 40 ],
	sequence_log => [
		map { (sprintf("SELECT journey.sequence_log('(?1).*(?2)(?t<=2h)(?3)', at, a, b, c) FROM $rows", $_), sprintf("SELECT journey.sequence_log('(?1)+ (?2)', i::bigint, a, b, c) FROM $rows", $_)) } 0, 3, 40 ],
	retention_log => [
		map { (sprintf("SELECT retention_state(at, a, b, 'week', 4) FROM $rows", $_)) } 0, 3, 40 ],
	path_counts => [
		map { (sprintf("SELECT journey.path_counts(j, 4) FROM (SELECT journey.journey_agg('page ' || i %% 4, at) AS j FROM $rows GROUP BY i / 7) AS s", $_)) } 0, 6, 40 ],
	(map { my ($t, $u) = ($_ eq '' ? 'interval \'1 day\'' : '0.25', $_);
		("survival_curve$u" => [ map { sprintf "SELECT journey.survival(i * $t, b, CASE WHEN a THEN i / 2 * $t END) FROM $rows", $_ } 1, 5, 40 ],
		"incidence_curve$u" => [ map { sprintf "SELECT journey.cumulative_incidence(i * $t, CASE WHEN c THEN 'cause ' || i %% 4 END, CASE WHEN a THEN i / 2 * $t END) FROM $rows", $_ } 1, 5, 40 ]) } '', '_float8'),
	log_rank => [
		map { (sprintf("SELECT journey.log_rank(i * 0.5, b, 'group ' || i %% 3) FROM $rows", $_), sprintf("SELECT journey.log_rank(i * interval '1 hour', b, 'group ' || i %% 3) FROM $rows", $_)) } 0, 3, 40 ],
	transition_matrix => [
		map { (sprintf("SELECT journey.transition_matrix(j, '2100-01-01') FROM (SELECT journey.journey_agg('stage ' || i * 7 %% 5, at) AS j FROM $rows GROUP BY i / 7) AS s", $_)) } 0, 6, 40 ],
	scorecard => [
		map { sprintf(q{SELECT journey.lead_score('{"signals": {"s0": {"points": 1}, "s1": {"points": 2.5, "half_life": "3 days"}, "s 2": {"points": -3, "max": 2, "per": "1 day"},
			"s3": {"points": 4, "once": true, "half_life": "1 hour"}, "s4": {"points": 5, "once": true}}, "categories": {"interest": {"cap": 7}}}', (ARRAY['s0', 's1', 's 2', 's3', 's4', '?'])[i %% 6 + 1], at)
			FROM } . $rows, $_) } 0, 3, 40 ],
	feature_counts => [
		map { (sprintf("SELECT counts_state(a, jsonb_build_object('a', i, 'b', b, 'c', 'level ' || i %% 3)) FROM $rows", $_), sprintf("SELECT design_state(a, jsonb_build_object('a', i, 'b', b)) FROM $rows", $_)) } 0, 20 ],
	feature_log => [
		map { (sprintf("SELECT log_state(a, jsonb_build_object('a', i, 'b', b, 'c', 'level ' || i %% 3)) FROM $rows", $_)) } 0, 20 ],
	logistic_sums => [
		sprintf("SELECT sums_state(m, a, jsonb_build_object('a', i, 'b', b)) FROM (SELECT journey.logistic_start(a, jsonb_build_object('a', i, 'b', b)) AS m FROM $rows) AS s, $rows", 20, 20) ],
	# rows that are states
	nps => [ map { sprintf "SELECT journey.nps(i %% 11, i * 0.5) FROM $rows", $_ } 0, 40 ],
	uplift => [ map { sprintf "SELECT journey.uplift(a, b OR c) FROM $rows", $_ } 0, 40 ],
	pipeline => [ map { sprintf "SELECT journey.weighted_pipeline(i * 1.5, 0.25) FROM $rows", $_ } 0, 40 ],
	node_log => [
		map { (sprintf("SELECT node_state('forward', 'first_match', at, 'page ' || i, a, b, c) FROM $rows", $_)) } 0, 3, 40 ],
);
# States that no function returns: aggregates without a final function.
my $states = q{
	CREATE AGGREGATE retention_state(timestamptz, bool, bool, text, int) (SFUNC = journey.retention_periods_accum, STYPE = journey.retention_log);
	CREATE AGGREGATE counts_state(bool, jsonb) (SFUNC = journey.feature_counts_accum, STYPE = journey.feature_counts);
	CREATE AGGREGATE design_state(bool, jsonb) (SFUNC = journey.feature_counts_accum_design, STYPE = journey.feature_counts);
	CREATE AGGREGATE log_state(bool, jsonb) (SFUNC = journey.feature_log_accum, STYPE = journey.feature_log);
	CREATE AGGREGATE sums_state(journey.lead_model, bool, jsonb) (SFUNC = journey.logistic_sums_accum, STYPE = journey.logistic_sums);
	CREATE AGGREGATE node_state(text, text, timestamptz, text, bool, VARIADIC bool[]) (SFUNC = journey.node_log_accum, STYPE = journey.node_log)};

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = off\nlog_min_messages = panic\nlog_statement = none\nlog_min_error_statement = panic");
$node->start;
# in a database of encoding SQL_ASCII no byte is refused before our own readers see it
$node->safe_psql('postgres', "CREATE DATABASE utf8 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0; CREATE DATABASE sql_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
for my $db ('utf8', 'sql_ascii')
{
	$node->safe_psql($db, "CREATE EXTENSION journey; $states; CREATE TABLE input (n int, b bytea)");
}
my $version = $node->safe_psql('postgres', 'SHOW server_version_num');

# What can stand in a field of a row.
my %fields = ('bigint' => 3, 'integer' => 2, 'double precision' => '0.25::float8', 'numeric' => '7.5::numeric', 'text' => "'a \"b\", c'", 'boolean' => 'true',
	'timestamp with time zone' => "'2026-01-01Z'::timestamptz", 'interval' => "'3 days'::interval");

# All types of the schema: those with a form of their own, rows, and domains; of each the function that gives its binary form.
my (@types, %send);
for (split /\n/, $node->safe_psql('utf8', q{
	SELECT t.typname, CASE t.typtype WHEN 'c' THEN 'record_send' ELSE t.typsend::regproc::text END,
		(SELECT string_agg(format_type(a.atttypid, NULL), ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0)
	FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE t.typnamespace = 'journey'::regnamespace AND t.typelem = 0 AND t.typtype <> 'p' AND (t.typrelid = 0 OR c.relkind = 'c') ORDER BY 1}))
{
	my ($type, $send, $of) = split /\|/, $_, -1;
	push @types, $type;
	$send{$type} = $send;
	next unless $of;
	my @of = split /,/, $of;
	next if grep { !exists $fields{$_} } @of;
	push @{ $made{$type} }, map { my $null = $_; 'SELECT ROW(' . join(', ', map { $null && $_ % $null == 0 ? 'NULL' : $fields{ $of[$_] } } 0 .. $#of) . ")::journey.$type" } 0, 1, 2;
}

srand($seed);
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($inputs, $used) = (0, 0);

# Writes values for COPY of the table input.
sub write_input
{
	open my $f, '>:raw', "$dir/input" or die $!;
	print $f "$_\t\\\\x" . unpack('H*', $_[$_]) . "\n" for 0 .. $#_;
	close $f;
}

# Tells the states that are not such as a malformed value may have.
sub wrong { my ($states) = @_; return join ' ', map { "$_ x $states->{$_}" } grep { $_ ne 'fine' && !refused($_) } sort keys %$states; }

for my $type (@types)
{
	my @texts = @{ $seeds{$type} || [] };
	push @texts, map { $node->safe_psql('utf8', $_) } @{ $made{$type} || [] };
	@texts = grep { defined } @texts;
	ok(@texts, "there are values of type $type to start from") or next;
	my $send = $send{$type};

	# ------------------------------------------------ binary, through COPY

	$node->safe_psql('utf8', "DROP TABLE IF EXISTS v; CREATE TABLE v (v journey.$type)");
	my @binary = map { my $t = s/'/''/gr; pack 'H*', $node->safe_psql('utf8', "SELECT encode($send('$t'::journey.$type), 'hex')") } @texts;
	my $script = "\\set VERBOSITY sqlstate\n";
	for my $i (0 .. $rounds - 1)
	{
		my $value = $i < @binary ? $binary[$i] : mutated_bytes($binary[ rand @binary ]);
		open my $f, '>:raw', "$dir/$i" or die $!;
		print $f "PGCOPY\n\377\r\n\0", pack('NN', 0, 0), pack('n', 1), pack('N', length $value), $value, pack('n', 0xffff);
		close $f;
		$script .= "\\copy v from '$dir/$i' (format binary)\n";
	}
	my ($stdout, $stderr) = ('', '');
	my $status = $node->psql('utf8', $script, stdout => \$stdout, stderr => \$stderr, on_error_stop => 0, on_error_die => 0);
	unlink map { "$dir/$_" } 0 .. $rounds - 1;
	is($status, 0, "$type: $rounds binary forms, and the server is there") or last;
	my %states;
	$states{$_}++ for $stderr =~ /ERROR:  (\w{5})/g;
	is(wrong(\%states), '', "$type: malformed binary forms give data errors");
	$states{fine} = $node->safe_psql('utf8', 'SELECT count(*) FROM v');
	note figures("$type, binary", $rounds, \%states);
	cmp_ok($states{fine}, '>=', scalar @binary, "$type: the valid ones are accepted");
	cmp_ok($states{fine}, '<', $rounds, "$type: others are not");
	# the fields of rows are PostgreSQL's own, with values whose binary form is not that of their text (some NaN)
	my $same = $send eq 'record_send' ? "v::text::journey.$type\::text = v::text" : "$send(v::text::journey.$type) = $send(v)";
	is($node->safe_psql('utf8', "SELECT count(*) FROM v WHERE ($same) IS NOT TRUE"),
		0, "$type: what was accepted comes back the same through its text form");
	$inputs += $rounds;

	# ------------------------------------------------ what was accepted, in use

	my $uses = $node->safe_psql('utf8', qq{
		SELECT string_agg(CASE WHEN p.prokind = 'a' THEN format('SELECT length((%s(v))::text) FROM (SELECT v FROM v ORDER BY random() LIMIT 3) AS v', p.oid::regproc)
			ELSE format('SELECT count(*), sum(length(x::text)) FROM %s(\$1%s) AS x', p.oid::regproc, CASE p.pronargs WHEN 2 THEN ', \$2' END) END, ';' ORDER BY p.oid)
		FROM pg_proc p WHERE p.pronamespace = 'journey'::regnamespace AND p.prokind IN ('f', 'a') AND p.provariadic = 0
			AND array_to_string(p.proargtypes, ' ') IN ('journey.$type'::regtype::oid::text, concat_ws(' ', 'journey.$type'::regtype::oid, 'journey.$type'::regtype::oid))});
	if ($uses ne '')
	{
		$status = $node->psql('utf8', qq{
			SET statement_timeout = '300s';
			CREATE TEMP TABLE said (state text, use text);
			DO \$do\$
			DECLARE it record; use text; state text;
			BEGIN
				FOR it IN SELECT v AS a, lead(v) OVER () AS b FROM (SELECT v FROM v ORDER BY md5($send(v)) LIMIT 150) AS v LOOP
					FOREACH use IN ARRAY string_to_array(\$use\$$uses\$use\$, ';') LOOP
						BEGIN
							EXECUTE use USING it.a, it.b;
							state := 'fine';
						EXCEPTION WHEN OTHERS THEN
							state := SQLSTATE;
						END;
						INSERT INTO said VALUES (state, use);
					END LOOP;
				END LOOP;
			END \$do\$;
			SELECT state, count(*), min(use) FROM said GROUP BY 1 ORDER BY 1}, stdout => \$stdout, stderr => \$stderr);
		is($status, 0, "$type: values are used, and the server is there") or diag $stderr;
		%states = map { (split /\|/)[ 0, 1 ] } split /\n/, $stdout;
		is(wrong(\%states), '', "$type: functions of it answer, or refuse") or diag $stdout;
		my $n = 0;
		$n += $_ for values %states;
		$used += $n;
		note figures("$type, in functions", $n, \%states);
	}

	# ------------------------------------------------ text

	for my $db ('utf8', 'sql_ascii')
	{
		my $raw = $db eq 'sql_ascii';
		my @inputs = (@texts, grep({ length $_ < 200_000 } hostile_text(@texts)));
		push @inputs, mutated_text($texts[ rand @texts ], $raw) while @inputs < ($raw ? $rounds / 3 : $rounds);
		write_input(@inputs);
		# errors of input functions are soft: what is refused is told, not raised (but for a stack that is too deep)
		my $soft = $version < 160000 ? '' : qq{SELECT 'hard', count(*) FROM said WHERE state !~ '^(54|no text)'
			AND pg_input_is_valid(convert_from(b, current_setting('server_encoding')), 'journey.$type') <> (state = 'fine') HAVING count(*) > 0;};
		$status = $node->psql($db, qq{
			TRUNCATE input;
			\\copy input from '$dir/input'
			CREATE TEMP TABLE said (b bytea, state text);
			CREATE FUNCTION pg_temp.try(b bytea) RETURNS text LANGUAGE plpgsql AS \$\$
			DECLARE s text; x journey.$type; y journey.$type;
			BEGIN
				BEGIN
					s := convert_from(b, current_setting('server_encoding'));
				EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
					RETURN 'no text';
				END;
				x := s::journey.$type;
				y := x::text::journey.$type;
				RETURN CASE WHEN $send(x) = $send(y) THEN 'fine' ELSE 'differs' END;
			EXCEPTION WHEN OTHERS THEN
				RETURN SQLSTATE;
			END \$\$;
			SET statement_timeout = '300s';
			INSERT INTO said SELECT b, pg_temp.try(b) FROM input;
			SELECT state, count(*), left(min(encode(b, 'hex')), 400) FROM said WHERE state <> 'no text' GROUP BY 1 ORDER BY 1;
			$soft}, stdout => \$stdout, stderr => \$stderr);
		is($status, 0, "$type: " . scalar @inputs . " text forms in $db, and the server is there") or diag $stderr;
		%states = map { (split /\|/)[ 0, 1 ] } split /\n/, $stdout;
		is(wrong(\%states), '', "$type: malformed text forms give data errors in $db, others come back the same") or diag $stdout;
		cmp_ok($states{fine} // 0, '>=', scalar @texts, "$type: those that are right are accepted in $db");
		ok($states{'22P02'}, "$type: others are not, in $db");
		my $n = 0;
		$n += $_ for values %states;
		$inputs += $n;
		note figures("$type, text in $db", $n, \%states);
	}
}
cmp_ok($used, '>', 10 * $rounds, 'what was accepted was used');
note "figures: $inputs inputs of " . scalar @types . " types, $used uses of what was accepted";

SKIP:
{
	skip 'soft errors of the input functions: pg_input_is_valid came with PostgreSQL 16', 1 if $version < 160000;
	pass('soft errors were tested');
}

$node->stop;
done_testing();
