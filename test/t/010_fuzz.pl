# Malformed text and binary forms of every type: an error of the right class or a value, never a crash; and a value that
# was accepted comes back the same through its text and binary forms.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{FUZZ_ROUNDS} || 1500;
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
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = off\nlog_min_messages = panic\nlog_error_verbosity = terse");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION journey');
$node->safe_psql('postgres', $states);
my $version = $node->safe_psql('postgres', 'SHOW server_version_num');

my @types = split /\n/, $node->safe_psql('postgres', q{
	SELECT t.typname FROM pg_type t JOIN pg_depend d ON d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e'
		JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'journey'
	WHERE t.typtype = 'b' AND t.typelem = 0 ORDER BY 1});

srand($seed);
my $dir = PostgreSQL::Test::Utils::tempdir();

sub mutate
{
	my ($s) = @_;
	my @odd = (0, 1, 127, 128, 254, 255);
	for (1 .. 1 + int rand 3)
	{
		my $kind = int rand 8;
		my $at   = length $s ? int rand length $s : 0;
		if    ($kind == 0 && length $s) { substr($s, $at, 1) = chr int rand 256; }
		elsif ($kind == 1 && length $s) { substr($s, $at, 1) = chr $odd[ rand @odd ]; }
		elsif ($kind == 2) { $s = substr($s, 0, $at); }
		elsif ($kind == 3) { $s .= join '', map { chr int rand 256 } 0 .. int rand 12; }
		elsif ($kind == 4 && length $s > 4) { substr($s, int rand length($s) - 3, 4) = pack 'N', (0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000)[ rand 6 ]; }
		elsif ($kind == 5 && length $s > 8) { substr($s, int rand length($s) - 7, 8) = pack 'NN', (0, 0x7fffffff, 0x80000000, 0xffffffff)[ rand 4 ], (0, 0xffffffff)[ rand 2 ]; }
		elsif ($kind == 6) { substr($s, $at, 0) = substr($s, rand $at + 1, rand 16); }
		elsif ($kind == 7 && length $s) { substr($s, $at, 1) = chr(ord(substr $s, $at, 1) ^ (1 << int rand 8)); }
	}
	return $s;
}

# SQLSTATEs that a malformed value may have: data exceptions, a limit, a syntax error in a pattern it holds, and a protocol
# violation for a message cut short.
my $allowed = qr/^(22...|42601|54000|54001|08P01|0A000)$/;

for my $type (@types)
{
	my @texts = @{ $seeds{$type} || [] };
	push @texts, map { $node->safe_psql('postgres', $_) } @{ $made{$type} || [] };
	ok(@texts, "there are values of type $type to start from") or next;

	$node->safe_psql('postgres', "DROP TABLE IF EXISTS v; CREATE TABLE v (v journey.$type)");
	my @binary = map { my $t = s/'/''/gr; pack 'H*', $node->safe_psql('postgres', "SELECT encode(journey.${type}_send('$t'::journey.$type), 'hex')") } @texts;

	# ------------------------------------------------ binary, through COPY

	my $script = "\\set VERBOSITY verbose\n";
	for my $i (0 .. $rounds - 1)
	{
		my $value = $i < @binary ? $binary[$i] : mutate($binary[ rand @binary ]);
		open my $f, '>:raw', "$dir/$i" or die $!;
		print $f "PGCOPY\n\377\r\n\0", pack('NN', 0, 0), pack('n', 1), pack('N', length $value), $value, pack('n', 0xffff);
		close $f;
		$script .= "\\copy v from '$dir/$i' (format binary)\n";
	}
	my ($stdout, $stderr) = ('', '');
	my $status = $node->psql('postgres', $script, stdout => \$stdout, stderr => \$stderr, on_error_stop => 0, on_error_die => 0);
	is($status, 0, "$type: $rounds binary forms, and the server is there");
	my %states;
	$states{$_}++ for $stderr =~ /ERROR:  (\w{5}):/g;
	is(join(' ', grep { $_ !~ $allowed } sort keys %states), '', "$type: malformed binary forms give data errors");
	my $accepted = $node->safe_psql('postgres', 'SELECT count(*) FROM v');
	note "$type: $accepted accepted; ", join ', ', map { "$_ x $states{$_}" } sort keys %states;
	cmp_ok($accepted, '>=', scalar @binary, "$type: the valid ones are accepted");
	cmp_ok($accepted, '<', $rounds, "$type: others are not");
	is($node->safe_psql('postgres', "SELECT count(*) FROM v WHERE journey.${type}_send(v::text::journey.$type) IS DISTINCT FROM journey.${type}_send(v)"),
		0, "$type: what was accepted comes back the same through its text form");
	unlink glob "$dir/*";

	# ------------------------------------------------ text

	my @pieces = ('{', '}', '@', ',', ' ', '"', '\\', '-', ':', 'T', 'Z', '+', '.', '/', '0', '9', '99999999999', 'e308', 'NaN', 'infinity', '2026-01-01', "\t", 'null', '[', ']', '(', ')', 'é', 'a' x 256);
	open my $f, '>', "$dir/text" or die $!;
	for my $i (0 .. $rounds - 1)
	{
		my $value = $texts[ rand @texts ];
		$value = substr $value, 0, 400 if $i >= @texts;
		$value = $texts[$i] if $i < @texts;
		if ($i >= @texts)
		{
			for (1 .. 1 + int rand 3)
			{
				my $at = int rand 1 + length $value;
				my $kind = int rand 4;
				if    ($kind == 0) { substr($value, $at, 0) = $pieces[ rand @pieces ]; }
				elsif ($kind == 1) { substr($value, $at, 1 + rand 3) = ''; }
				elsif ($kind == 2) { substr($value, $at, 1) = $pieces[ rand @pieces ]; }
				else               { $value = join '', map { $pieces[ rand @pieces ] } 0 .. int rand 10 if rand() < 0.2; }
			}
		}
		# one line each, and characters rather than bytes that are no UTF-8
		utf8::decode(my $chars = $value) or next;
		$value =~ s/([\\\t\n\r])/{"\\" => "\\\\", "\t" => "\\t", "\n" => "\\n", "\r" => "\\r"}->{$1}/ge;
		print $f "$value\n";
	}
	close $f;
	($stdout, $stderr) = ('', '');
	$status = $node->psql('postgres', qq{
		CREATE TABLE s (s text, state text);
		\\copy s (s) from '$dir/text'
		CREATE FUNCTION try(s text) RETURNS text LANGUAGE plpgsql AS \$\$
		DECLARE x journey.$type; y journey.$type;
		BEGIN
			x := s::journey.$type;
			y := x::text::journey.$type;
			RETURN CASE WHEN journey.${type}_send(x) = journey.${type}_send(y) THEN 'same' ELSE 'differs' END;
		EXCEPTION WHEN OTHERS THEN
			RETURN SQLSTATE;
		END \$\$;
		UPDATE s SET state = try(s);
		SELECT DISTINCT state FROM s ORDER BY 1;
		}, stdout => \$stdout, stderr => \$stderr);
	is($status, 0, "$type: $rounds text forms, and the server is there") or diag $stderr;
	is(join(' ', grep { $_ ne 'same' && $_ !~ $allowed } split /\n/, $stdout), '', "$type: malformed text forms give data errors, others come back the same");
	like($stdout, qr/same/, "$type: some are accepted");
	like($stdout, qr/22P02/, "$type: some are not");
	if ($version >= 160000)
	{
		$node->psql('postgres', "SELECT s, state FROM s WHERE pg_input_is_valid(s, 'journey.$type') <> (state = 'same')",
			stdout => \$stdout, stderr => \$stderr);
		is("$stdout$stderr", '', "$type: errors of the input function are soft");
	}
	$node->safe_psql('postgres', 'DROP TABLE s; DROP FUNCTION try');
}

SKIP:
{
	skip 'soft errors of the input functions: pg_input_is_valid came with PostgreSQL 16', 1 if $version < 160000;
	pass('soft errors were tested');
}

$node->stop;
done_testing();
