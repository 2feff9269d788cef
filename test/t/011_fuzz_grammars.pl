# Malformed text for everything that reads a text of its own: rules, guards, patterns, options, models, calendars, time spans, half-lives,
# shapes of imports, templates, and the words that choose a mode.  An answer, or an error of the right class: never a crash, an error that
# means a bug (XX000), or a call that does not come to its end.
#
# In a database of encoding UTF8, and in one of SQL_ASCII, where no byte is refused before our own readers see it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use JourneyFuzz;

my $rounds = $ENV{FUZZ_ROUNDS} || 300;
my $seed   = $ENV{FUZZ_SEED}   || 20260101;
note "FUZZ_SEED=$seed FUZZ_ROUNDS=$rounds";
srand($seed);

my $j = q{journey.journey '{a@2026-01-01, b@2026-01-02, a@2026-01-03, "c d"@2026-01-05}'};
my $conditions = 'VARIADIC ARRAY[i % 3 = 0, i % 3 = 1, i % 2 = 0]';
my $rows = q{(SELECT i, timestamptz '2026-01-01Z' + i * i * interval '1 hour' AS at FROM generate_series(0, 12) i) AS rows};
my $card = '{"signals": {"a": {"points": 1}, "b": {"points": 2.5, "half_life": "3 days", "category": "fit"}, "c d": {"points": -3, "max": 2, "per": "1 day"}, "e": {"points": 4, "once": true}}, "categories": {"interest": {"cap": 7, "half_life": "2 weeks"}, "fit": {"floor": -1, "cap": null}}, "thresholds": {"mql": 3}, "cap": 100, "grade": {"fit": [75, 50, 25], "interest": {"categories": ["interest"], "cuts": [50, 25, 10]}}}';

# Each grammar: texts that are right, words of its own, and calls in which $1 stands for the text.  A call that ends in INTO is a
# query whose text the first call returns, and which is then run.
my @grammars = (
	{ name => 'rules',
		texts => [ 'new -> visitor, lead; visitor -> lead -> won', '* -> lost; lost -> lead when (n > 0)', 'forward, back when (label = \'a\'); at = at', 'new, * -> *', 'next', "-- comment\nlead -> \"free trial\" -> forward;;",
			'lead, won -> lost, visitor when (n > 0 and (at is null or label ~ \'x\'))' ],
		words => [ 'new', 'forward', 'next', 'back', 'when (true)', 'when (', 'at =', '"free ""trial"""', 'lead', ' -> ', '*' ],
		calls => [ q{SELECT count(*) FROM journey.rule_moves($1, 'stage')}, q{SELECT journey.rule_time_column($1)}, q{SELECT journey.check_rules($1, 'stage')}, q{SELECT count(*) FROM journey.rule_statements($1)},
			q{SELECT journey.check_transition('things', 'stage', 'journey', $1)}, q{SELECT journey.diagram($1, 'stage')} ],
		# the trigger itself
		more => q{EXECUTE format('CREATE TRIGGER zz BEFORE INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION journey.transition(''stage'', ''journey'', %L)', s);
			BEGIN
				INSERT INTO things (id, stage) VALUES (10, 'lead');
				UPDATE things SET stage = 'won';
			EXCEPTION WHEN OTHERS THEN
				state := SQLSTATE;
			END;
			PERFORM count(*) FROM journey.lint('things');
			PERFORM journey.next_stages(t) FROM things t;
			DROP TRIGGER zz ON things;
			DELETE FROM things WHERE id = 10;} },
	{ name => 'guards', texts => [ 'n > 0', "label = 'a' and new.n between 1 and 5", 'coalesce(at, now()) > \'2026-01-01\'', 'journey.length(journey) < 10', 'case when n > 0 then true else stage = \'lead\' end', 'n = any (array[1,2])' ],
		words => [ 'new.', 'n', 'label', ' and ', 'not ', '::int', ' in (', '(select 1)', 'count(n)', '$1', 'tableoid', 'journey' ],
		calls => [ q{SELECT journey.check_guard('things', $1)} ],
		# the grammar of guards is SQL's own: names of schemas that are not there, types, and what the parser of SQL refuses
		also => qr/^3F000$/ },
	{ name => 'patterns over rows', texts => [ '(?1).*(?t<=1h)(?2)', '(?all_rows)((?3)|[^1 2]){2,5}$', '^(?1)+ .? (?2)* (?w<=30d)', '((?1)(?2)){3}', '(?1).*(?t>=10)(?t<100)(?2)' ],
		words => [ '(?1)', '(?64)', '(?t<=', '(?w<=1d)', '(?all_rows)', '{2,5}', '{999999999}', '[1 2]', '.*', '|', '^', '$' ],
		calls => [ "SELECT journey.sequence_match(\$1, at, $conditions) FROM $rows", "SELECT journey.sequence_count(\$1, i::bigint, $conditions) FROM $rows", "SELECT journey.sequence_match_events(\$1, at, $conditions) FROM $rows",
			"SELECT journey.sequence_progress(\$1, at, $conditions) FROM $rows", "SELECT journey.sequence_log(\$1, at, $conditions)::text::journey.sequence_log::text FROM $rows" ] },
	{ name => 'patterns over journeys', texts => [ 'a .* b', '"c d" | a{2,}', '^[a b]+ (?t<=2d) "c d"$', '(?w<=30d) a (b | [^a])' ],
		words => [ 'a', '"c d"', '[a b]', '[^a]', '(?t>=1s)', '{,3}', '.*' ],
		calls => [ "SELECT journey.sequence_match($j, \$1)", "SELECT $j OPERATOR(journey.~) \$1, $j OPERATOR(journey.!~) \$1", "SELECT journey.sequence_count($j, \$1)", "SELECT journey.sequence_match_events($j, \$1)", "SELECT journey.sequence_progress($j, \$1)" ] },
	{ name => 'funnel options', texts => [ 'increase, exact', 'optional 2, exclude "c d" between 1 and 2', 'within 2d 12h to b', 'any_order, reuse', 'implied', 'dedup, first_entry, repeats', 'default', 'exclude a between b and "c d"' ],
		words => [ 'within ', ' to ', 'exclude ', ' between 1 and 3', 'optional ', '99999999999', '1d', '-1', 'reuse', '"b"' ],
		calls => [ "SELECT journey.funnel_level($j, '{a,b,c d}', '1 week', \$1)", "SELECT journey.funnel_times($j, '{a,b,b,c d}', '1 mon', \$1)", "SELECT journey.funnel(j, '{a,b,c d}', NULL, \$1)::text FROM (VALUES ($j)) v (j)",
			"SELECT journey.window_funnel('1 day', \$1, at, $conditions) FROM $rows", "SELECT journey.step_log(90, \$1, i::bigint, $conditions)::text FROM $rows",
			"SELECT journey.funnel_events(i % 3, at, 'abc'::text, '{abc,b}', '1 day', \$1)::text FROM $rows" ] },
	{ name => 'time spans', texts => [ '1 day', '2 weeks 3 hours', '1 mon', '-5 days', '178000000 years', 'P1Y2M', '0.000001 s', '1 mon -1 day' ], words => [ ' day', ' mons', ' years', '2147483647', ' us', 'P', 'T' ],
		calls => [ "SELECT journey.funnel_level($j, '{a,b}', \$1::interval)", "SELECT journey.window_funnel(\$1::interval, at, $conditions) FROM $rows", "SELECT journey.score(1, '2026-01-01Z', \$1::interval)",
			"SELECT journey.session_id(at, \$1::interval, \$1::interval) OVER (ORDER BY at) FROM $rows", "SELECT journey.retention_periods(at, true, true, \$1::interval, 3) FROM $rows",
			"SELECT journey.period_start('2026-01-01Z', \$1::interval), journey.period_end('2026-01-01Z', \$1::interval)", "SELECT journey.survival(\$1::interval, true)::text",
			"SELECT journey.business_add('2026-01-01Z', \$1::interval, '{\"zone\": \"UTC\"}')", "SELECT journey.threshold(5, \$1::interval, '2026-01-01Z')", "SELECT journey.dwell_times(\$1::interval, true)::text" ] },
	{ name => 'half-lives of a column', texts => [ '14 days', '36 hours', '0.5 seconds', '106751991 days', '1 week' ], words => [ ' days', ' years', ' months', 'NaN' ],
		calls => [ 'SELECT journey.score_typmod_out(journey.score_typmod_in(ARRAY[$1]::cstring[]))', 'SELECT journey.score_typmod_in(ARRAY[$1, $1]::cstring[])' ],
		more => q{EXECUTE format('SELECT (NULL::journey.score(%L))::text', s); EXECUTE format('SELECT journey.score(1, ''2026-01-01Z'', ''14 days'')::journey.score(%L)', s);} },
	{ name => 'scorecards', texts => [ $card, '{"signals": {"a": {"points": 1e12, "max": 1000000, "per": "1 year"}}}' ], words => [ '"points"', '"half_life"', '"per"', '"cap"' ],
		calls => [ map { "SELECT $_ FROM (SELECT journey.lead_score(\$1::jsonb, (ARRAY['a', 'b', 'c d', 'e', '?'])[i % 5 + 1], at) AS c FROM $rows) AS s" } 'c::text::journey.scorecard::text', q{journey.score_at(c, '2026-02-01Z')}, q{journey.grade(c, '2026-02-01Z')},
			q{journey.meets(c, 'mql', '2026-02-01Z')} ] },
	{ name => 'lead models', texts => [
			'{"kind": "naive_bayes", "positives": 3, "negatives": 2, "features": {"n": {"numbers": [[1, 0, 1], [2, 1, 1]]}, "src": {"levels": {"web": [2, 0], "fair x": [1, 1]}}, "vip": {"true": [1, 0], "false": [1, 2]}}, "calibration": {"platt": [0.5, -1]}}',
			'{"kind": "logistic", "positives": 3, "negatives": 2, "ridge": 1, "intercept": [0.25, null], "steps": 2, "converged": false, "log_likelihood": -3.5, "previous": {"objective": -4, "coefficients": [0, 0.125, 1, 1]}, "features": {"n": {"number": [0.1, 0.2, 3, 4], "missing": [0, null]}, "src": {"levels": {"web": [1e-20, 2]}, "reference": "fair"}}, "calibration": {"isotonic": [[0, 0.1], [0, 0.2], [5, 0.9]]}}' ],
		words => [ '"kind"', '"levels"', '"numbers"', '"missing"' ],
		calls => [ map { "SELECT $_ FROM (SELECT journey.lead_model(\$1::jsonb) AS m) AS s" } 'journey.jsonb(m)', q{journey.predict(m, '{"n": 3, "src": "web", "vip": true}')}, q{journey.log_odds(m, '{"n": "x", "src": 5}')},
			q{(SELECT count(*) FROM journey.explain(m, '{"n": 1e308, "src": null}'))}, q{(SELECT count(*) FROM journey.coefficients(m))}, 'm OPERATOR(journey.+) m', 'm::text::journey.lead_model',
			q{(SELECT journey.logistic_step(m, i % 2 = 0, jsonb_build_object('n', i, 'src', 'web')) FROM generate_series(1, 9) i)::text} ] },
	{ name => 'features', texts => [ '{"n": 3, "src": "web", "vip": true, "none": null}', '{"n": 1e300, "src": ""}' ], words => [ '"n"', 'null' ],
		calls => [ q{SELECT journey.predict(journey.naive_bayes(i % 2 = 0, jsonb_build_object('n', i, 'src', 'web')), $1::jsonb) FROM generate_series(1, 9) i},
			q{SELECT journey.naive_bayes(i % 2 = 0, $1::jsonb)::text FROM generate_series(1, 9) i}, q{SELECT journey.logistic(i % 2 = 0, $1::jsonb)::text FROM generate_series(1, 9) i} ] },
	{ name => 'calibrations', texts => [ '{"platt": [0.5, -1]}', '{"isotonic": [[0, 0.1], [0.5, 0.2], [5, 0.9]]}' ], words => [ '"platt"', '"isotonic"', '[[' ],
		calls => [ 'SELECT journey.calibrated($1::jsonb, 0.4)', q{SELECT journey.predict(journey.calibrate(journey.naive_bayes(i % 2 = 0, jsonb_build_object('n', i)), $1::jsonb), '{"n": 2}') FROM generate_series(1, 9) i} ] },
	{ name => 'calendars', texts => [ '{"zone": "Europe/Berlin", "week": {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": ["09:00-15:30"]}, "holidays": {"2026-12-24": ["09:00-12:00"], "2026-12-25": []}}',
			'{"zone": "Asia/Tehran", "week": {"sat-wed": ["08:00-16:00"]}, "versions": [{"from": "2027-03-21", "week": {"sun": ["00:00-24:00"]}}]}' ],
		words => [ '"mon-fri"', '"sun"', '"09:00-24:00"', '"versions"', '"from"' ],
		calls => [ map { "SELECT $_ FROM (SELECT \$1::journey.calendar AS c) AS s" } 'c::text::journey.calendar OPERATOR(journey.=) c', q{journey.business_time('2020-01-01Z', '2030-01-01Z', c)}, q{journey.business_add('2026-01-01Z', '300 hours', c)},
			q{(SELECT count(*) FROM journey.working_time(c, '[2026-12-20,2027-04-01)'))} ] },
	{ name => 'journeys as JSON', texts => [ '[{"label": "a", "at": "2026-01-01T00:00:00Z"}, {"at": "2026-01-02T03:04:05.678+02:00", "label": "c d"}]', '[]' ], words => [ '"label"', '"at"', '"infinity"' ],
		calls => [ 'SELECT journey.jsonb(journey.journey($1::jsonb))::journey.journey OPERATOR(journey.=) $1::jsonb::journey.journey' ] },
	{ name => 'shapes of imports', texts => [ qw(moves odoo frappe mautic hubspot hubspot_wide salesforce salesforce_stage) ], least => 2, words => [ '_', 'wide' ],
		calls => [ q{SELECT journey.history_query('history', $1)}, q{SELECT count(*) FROM journey.import_history('plain', 'history', $1, dry_run => true)} ] },
	{ name => 'columns of imports', texts => [ '{"key": "id", "to": "to_stage", "at": "at"}', '{"key": "id"}' ], words => [ '"key"', '"order"', '"from"' ],
		calls => [ map { "SELECT journey.history_query('history', '$_', \$1::jsonb)" } qw(moves odoo frappe salesforce) ],
		more => q{EXECUTE format('SELECT count(*) FROM (%s) q', journey.history_query('history', 'moves', s::jsonb));} },
	{ name => 'maps of imports', texts => [ '{"lead": "lead", "Won!": "won"}' ], words => [ '"lead"', 'null' ],
		calls => [ q{SELECT count(*) FROM journey.import_history('plain', 'history', 'moves', $1::jsonb, dry_run => true)} ] },
	{ name => 'times of imports', texts => [ '2026-01-01', '1767225600000', '2026-01-01 12:00+03', 'infinity', '01/02/2026', 'yesterday' ], words => [ '99999999999999', 'BC', '+25:00' ],
		calls => [ 'SELECT journey.import_time($1)' ] },
	{ name => 'templates and titles', also => qr/^3F000$/, texts => [ qw(hourglass customer lead success advocacy adoption), 'free trial', 'en' ], words => [ '_', 'lead' ],
		calls => [ q{SELECT journey.create_stages('made', $1)}, q{SELECT journey.create_stages($1, 'lead')}, q{SELECT journey.create_stages('made', ARRAY[$1, 'a'])}, 'SELECT journey.stage_title($1)', q{SELECT journey.stage_title('lead', $1)}, 'SELECT journey.stage_kind($1)' ] },
	{ name => 'words that choose', texts => [ 'forward', 'backward', 'first_match', 'head', 'tail', 'last_match', 'week', 'month', 'day', 'on', 'on_or_after', 'log', 'log-log', 'plain', 'rate', 'mean', 'UTC', 'Europe/Berlin', 'linear', 'first_touch', 'position', 'time_decay', 'keep', 'budget' ], least => 15,
		words => [ '-', '_', 'UTC+3' ],
		calls => [ "SELECT journey.next_node(\$1, 'head', at, 'x', true, VARIADIC ARRAY[true]) FROM $rows", "SELECT journey.next_node('forward', \$1, at, 'x', true, VARIADIC ARRAY[true]) FROM $rows", "SELECT journey.next_node($j, \$1, 'head', 'a')",
			"SELECT journey.retention_periods(at, true, true, \$1, 3) FROM $rows", "SELECT journey.retention_periods(at, true, true, 'week', 3, \$1) FROM $rows", "SELECT journey.retention_periods(at, true, true, 'week', 3, 'on', \$1) FROM $rows",
			"SELECT count(*) FROM journey.curve((SELECT journey.survival(i * interval '1 day', true) FROM $rows), 0.95, \$1)", "SELECT count(*) FROM journey.absorption(journey.transition_matrix '{}', '{a}', \$1)",
			"SELECT journey.path_counts(j, 3, \$1)::text FROM (VALUES ($j)) v (j)", q{SELECT journey.bant_flag('budget=yes', $1)}, q{SELECT journey.bant_met('budget=yes', 1, ARRAY[$1])}, q{SELECT journey.grade($1)} ] },
	{ name => 'titles and names in pictures', texts => [ 'a title', '<b>&amp;"x"</b>', "Ψ\x{c}" =~ s/Ψ/\xce\xa8/r ], words => [ '<', '&', ']]>' ],
		calls => [ "SELECT journey.svg(journey.funnel(j, ARRAY['a', 'b']), \$1) FROM (VALUES ($j)) v (j)", 'SELECT journey.markup_text($1)', 'SELECT journey.mermaid_text($1)', 'SELECT journey.object_name($1, $1)' ] },
);

my $node = PostgreSQL::Test::Cluster->new('grammars');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = off\nlog_min_messages = panic\nlog_statement = none\nlog_min_error_statement = panic");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE utf8 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0; CREATE DATABASE sql_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");

my $dir = PostgreSQL::Test::Utils::tempdir();
my $total = 0;
for my $db ('utf8', 'sql_ascii')
{
	my $raw = $db eq 'sql_ascii';
	$node->safe_psql($db, q{
		CREATE EXTENSION journey;
		CREATE TYPE stage AS ENUM ('visitor', 'lead', 'free trial', 'won', 'lost');
		CREATE TABLE things (id int PRIMARY KEY, stage stage, at timestamptz, label text, n int, journey journey.journey);
		CREATE TABLE plain (id int PRIMARY KEY, stage stage, journey journey.journey);
		SELECT journey.track('plain', 'stage', 'new, * -> *');
		INSERT INTO plain SELECT i, 'lead' FROM generate_series(1, 3) i;
		CREATE TABLE history (id int, key int, to_stage text, from_stage text, at text, "Odd ""name""" text, parent text, "from" text, from_date text);
		INSERT INTO history SELECT i, i % 4, (ARRAY['lead', 'won', 'Won!'])[i % 3 + 1], NULL, '2026-01-0' || i, 'x', i % 2, 'lead', '2026-01-01' FROM generate_series(1, 8) i;
		CREATE TABLE input (n int, b bytea)});
	for my $g (@grammars)
	{
		my @texts = @{ $g->{texts} };
		my @inputs = (@texts, hostile_text(@texts));
		push @inputs, mutated_text($texts[ rand @texts ], $raw, @{ $g->{words} }) for 1 .. $rounds;
		open my $out, '>:raw', "$dir/input" or die $!;
		print $out "$_\t\\\\x" . unpack('H*', $inputs[$_]) . "\n" for 0 .. $#inputs;
		close $out;

		my $body = join "\n", map { "BEGIN state := 'fine'; EXECUTE \$q\$$_\$q\$ USING s; EXCEPTION WHEN OTHERS THEN state := SQLSTATE; END; INSERT INTO said VALUES (state, CASE WHEN state ~ '^(XX|57|58)' THEN left(i.b::text, 300) END);" } @{ $g->{calls} };
		$body .= "BEGIN state := 'fine'; $g->{more} EXCEPTION WHEN OTHERS THEN state := SQLSTATE; END; INSERT INTO said VALUES (state, CASE WHEN state ~ '^(XX|57|58)' THEN left(i.b::text, 300) END);" if $g->{more};
		my ($stdout, $stderr) = ('', '');
		my $status = $node->psql($db, qq{
			TRUNCATE input;
			\\copy input from '$dir/input'
			CREATE TEMP TABLE said (state text, input text);
			SET client_min_messages = error;
			SET statement_timeout = '300s';
			DO \$do\$
			DECLARE i record; s text; state text;
			BEGIN
				FOR i IN SELECT * FROM input ORDER BY n LOOP
					BEGIN
						s := convert_from(i.b, current_setting('server_encoding'));
					EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
						CONTINUE;
					END;
					$body
				END LOOP;
			END \$do\$;
			SELECT state || '|' || count(*) || '|' || coalesce(min(input), '') FROM said GROUP BY state ORDER BY state;
			}, stdout => \$stdout, stderr => \$stderr);
		is($status, 0, "$db, $g->{name}: " . scalar @inputs . ' texts, and the server is there') or diag $stderr;
		my (%states, @wrong);
		for (split /\n/, $stdout)
		{
			my ($state, $n, $input) = split /\|/, $_, 3;
			$states{$state} = $n;
			$total += $n;
			push @wrong, "$state x $n $input" if $state ne 'fine' && !refused($state) && !($g->{also} && $state =~ $g->{also});
		}
		is(join("\n", @wrong), '', "$db, $g->{name}: answers, and errors that say what is wrong with the text");
		# each that is right by one call at least, where one call can take all of them
		cmp_ok($states{fine} || 0, '>=', $g->{least} || scalar @texts, "$db, $g->{name}: what is right is accepted");
		my $calls = 0;
		$calls += $_ for values %states;
		note figures("$db, $g->{name}", $calls, \%states);
	}
}
note "figures: $total calls of " . scalar @grammars . ' grammars';
$node->stop;
done_testing();
