# What dashboards ask.  The queries of doc/dashboards.md and of doc/dashboard/grafana.json are run on the sample as Grafana
# and Metabase would send them: macros and variables are expanded here as these programs document it.  And the sample is
# looked at as such a program looks at a database: through the catalogs, by a reader's role, in read-only transactions.
use strict;
use warnings;
use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $doc = dirname(__FILE__) . '/../../doc';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE shop ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('shop', slurp_file("$doc/dashboard/sample.sql"));
sub ask { return $node->safe_psql('shop', $_[0]); }

# As the reader, whose transactions are read-only; the first line is the names of the columns.
sub read_rows
{
	my ($sql) = @_;
	my ($status, $out, $err) = $node->psql('shop', "\\pset footer off\n\\pset tuples_only off\n$sql", extra_params => [ '-U', 'dashboard' ]);
	return ($err || $status, []) if $status || $err;
	return ('', [ map { [ split /\|/, $_, -1 ] } split /\n/, $out ]);
}
# Of the result, some columns, row by row, as psql writes them.
sub columns
{
	my ($rows, @names) = @_;
	my ($head, @rest) = @$rows;
	my %place = map { $head->[$_] => $_ } 0 .. $#$head;
	return join "\n", map { my $r = $_; join '|', map { $r->[ $place{$_} // die "no column $_" ] } @names } @rest;
}
sub blocks
{
	my ($kind) = @_;
	return slurp_file("$doc/dashboards.md") =~ /\*\*([^*\n]+)\*\*[^`]*?(?:`[^`\n]+`[^`]*?)*```sql $kind\n(.*?)\n```/gs;
}

# ------------------------------------------------ Grafana

# From Grafana's documentation, "PostgreSQL query editor, Macros" and "Variable syntax".  As in its source, a macro is $name(...) up to the first
# closing parenthesis, and its arguments are what is between commas.
my ($from, $to) = split /\|/, ask(q{SELECT to_char(now() - interval '150 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')});
my %seconds = (s => 1, m => 60, h => 3600, d => 86400, w => 604800);
my %macro = (
	time => sub { "$_[0] AS \"time\"" },
	timeEpoch => sub { "extract(epoch from $_[0]) as \"time\"" },
	timeFilter => sub { "$_[0] BETWEEN '$from' AND '$to'" },
	timeFrom => sub { "'$from'" },
	timeTo => sub { "'$to'" },
	timeGroup => sub { my ($n, $unit) = $_[1] =~ /^'?(\d+)(\w)'?$/ or die "no interval: $_[1]\n"; my $s = $n * $seconds{$unit}; "floor(extract(epoch from $_[0])/$s)*$s" });
$macro{timeGroupAlias} = sub { $macro{timeGroup}->(@_) . ' AS "time"' };
sub for_grafana
{
	my ($sql, %variable) = @_;
	# the page does this, before the server sees it; sqlstring: quoted, quotes doubled
	$sql =~ s{\$\{(\w+):sqlstring\}}{join ',', map { "'" . s/'/''/gr . "'" } @{ $variable{$1} // die "no variable $1\n" }}ge;
	$sql =~ s{\$__([_a-zA-Z0-9]+)\(([^)]*)\)}{($macro{$1} // die "no macro $1\n")->(map { s/^ +| +$//gr } split /,/, $2)}ge;
	die "not expanded: $sql\n" if $sql =~ /\$[_\w{]/;
	return $sql;
}

my $dashboard = JSON::PP->new->utf8->decode(slurp_file("$doc/dashboard/grafana.json"));
# the fields of the classic model that must be there, and what they may be
ok(!defined $dashboard->{id}, 'Grafana: the dashboard has no number of its own, so that it can be imported');
like($dashboard->{uid}, qr/^[\w-]{8,40}$/, 'a name of 8 to 40 characters');
like($dashboard->{schemaVersion}, qr/^\d+$/, 'a version of the model');
is(join(' ', grep { !exists $dashboard->{$_} } qw(title tags timezone editable graphTooltip time timepicker templating annotations panels refresh version links)), '', 'all fields of the model');
my @panels = @{ $dashboard->{panels} };
my (%ids, %cell, @wrong);
my @types = qw(stat bargauge timeseries table xychart);
for my $p (@panels)
{
	my $g = $p->{gridPos};
	push @wrong, "$p->{title}: number" if $p->{id} !~ /^[1-9]\d*$/ || $ids{ $p->{id} }++;
	push @wrong, "$p->{title}: type" unless grep { $_ eq $p->{type} } @types;
	push @wrong, "$p->{title}: place" if $g->{w} < 1 || $g->{h} < 1 || $g->{x} < 0 || $g->{x} + $g->{w} > 24;
	for my $x ($g->{x} .. $g->{x} + $g->{w} - 1) { for my $y ($g->{y} .. $g->{y} + $g->{h} - 1) { push @wrong, "$p->{title}: over $cell{$x,$y}" if $cell{$x,$y}; $cell{$x,$y} = $p->{title}; } }
	push @wrong, "$p->{title}: field configuration" unless ref $p->{fieldConfig}{defaults} eq 'HASH' && ref $p->{fieldConfig}{overrides} eq 'ARRAY';
	push @wrong, "$p->{title}: one query" if @{ $p->{targets} } != 1;
	for my $t (@{ $p->{targets} })
	{
		push @wrong, "$p->{title}: query" unless $t->{refId} eq 'A' && $t->{rawQuery} && $t->{editorMode} eq 'code' && $t->{format} =~ /^(table|time_series)$/;
		push @wrong, "$p->{title}: data source" if grep { $_->{type} ne 'grafana-postgresql-datasource' || $_->{uid} ne '${datasource}' } $t->{datasource}, $p->{datasource};
		push @wrong, "$p->{title}: a time series is drawn as one" if ($t->{format} eq 'time_series') != ($p->{type} eq 'timeseries');
	}
}
is_deeply(\@wrong, [], 'its panels have numbers of their own, places that do not overlap, and what the model asks for');
is(join(' ', map { "$_->{type}:$_->{name}" } @{ $dashboard->{templating}{list} }), 'datasource:datasource query:region', 'its variables');
my @regions = split /\n/, ask($dashboard->{templating}{list}[1]{query});
is("@regions", 'East North South West', 'the choice of regions');

my %grafana = map { utf8::encode(my $sql = $_->{targets}[0]{rawSql}); $_->{title} => $sql } @panels;
my @in_page = blocks('grafana');
is(join("\n", sort map { $in_page[ 2 * $_ + 1 ] } 0 .. $#in_page / 2), join("\n", sort values %grafana), 'the page shows its queries, all of them');
my %answer;
for my $p (@panels)
{
	my ($title, $format) = ($p->{title}, $p->{targets}[0]{format});
	my ($error, $rows) = read_rows(for_grafana($grafana{$title}, region => \@regions));
	is($error, '', "Grafana, $title: runs, read-only");
	cmp_ok(scalar @$rows, '>', 1, "Grafana, $title: has rows") or next;
	is($rows->[0][0], 'time', "Grafana, $title: the first column is the time") if $format eq 'time_series';
	$answer{$title} = $rows;
}
# a macro that swallows too little would be seen
isnt((read_rows(for_grafana('SELECT count(*) FROM leads WHERE $__timeFilter(journey.started_at(journey))')))[0], '', 'a macro around a call is broken SQL, as the page says');

# ------------------------------------------------ Metabase

# From Metabase's documentation, "SQL parameters", "Optional variables" and "Field filters": what stands in [[ ]] is left out while one of its
# variables is empty; a variable is sent as a parameter, and a field filter writes its own condition, with the full name of the column.
my %parameter = (region => "'East'", since => "date '$from'", least => '1000');
my %filter = (came => qq{"public"."leads"."came_at" >= timestamp with time zone '$from' AND "public"."leads"."came_at" < timestamp with time zone '$to'});
my $prepared = 0;
sub for_metabase
{
	my ($sql, @given) = @_;
	my %given = map { $_ => 1 } @given;
	my $kept = sub { my ($part) = @_; return (grep { !$given{$_} } $part =~ /\{\{(\w+)\}\}/g) ? '' : $part; };
	$sql =~ s/\[\[(.*?)\]\]/$kept->($1)/gse;
	my @values;
	$sql =~ s[\{\{(\w+)\}\}][$filter{$1} // do { push @values, $parameter{$1} // die "no variable $1\n"; '$' . @values }]ge;
	$prepared++;
	return "PREPARE q$prepared AS $sql;\nEXECUTE q$prepared" . (@values ? '(' . join(', ', @values) . ')' : '') . ';';
}
my @metabase = blocks('metabase');
my %metabase = @metabase;
is(scalar keys %metabase, 10, 'Metabase: ten queries');
for my $title (sort keys %metabase)
{
	for my $given ([], [ sort(keys %parameter), keys %filter ])
	{
		my ($error, $rows) = read_rows(for_metabase($metabase{$title}, @$given));
		my $with = @$given ? 'with' : 'without';
		is($error, '', "Metabase, $title, $with values: runs as a prepared statement, read-only");
		cmp_ok(scalar @$rows, '>', 1, "Metabase, $title, $with values: has rows");
		$answer{"$title $with"} = $rows;
	}
}

# ------------------------------------------------ the answers, against the rows of the story

my $came = "s.stage = 'lead' AND s.at BETWEEN '$from' AND '$to'";
my $funnel = sub {
	my ($where) = @_;
	return ask(qq{
		WITH c AS (SELECT s.lead_id FROM story s JOIN leads l ON l.id = s.lead_id WHERE s.stage = 'lead' AND $where)
		SELECT stage, count(*) FROM story JOIN c USING (lead_id) WHERE stage <> 'lost' GROUP BY stage ORDER BY array_position('{lead,mql,sql,opportunity,customer}', stage)});
};
is(columns($answer{Funnel}, 'step', 'reached'), $funnel->("$came"), 'Grafana: the funnel of the range');
is(columns($answer{'Funnel without'}, 'step', 'reached'), $funnel->('true'), 'Metabase: the funnel of all');
is(columns($answer{'Funnel with'}, 'step', 'reached'), $funnel->("$came AND l.region = 'East'"), 'Metabase: the funnel of a region and a range');
(undef, my $south) = read_rows(for_grafana($grafana{Funnel}, region => [ 'South', "O'Brien" ]));
is(columns($south, 'step', 'reached'), $funnel->("$came AND l.region = 'South'"), 'Grafana: the funnel of a region');
my $share = sub { my ($unit, $where) = @_;
	return ask(qq{
		SELECT date_trunc('$unit', s.at), count(*) FILTER (WHERE EXISTS (SELECT FROM story f WHERE f.lead_id = s.lead_id AND f.stage = 'sql'))::float8 / count(*)
		FROM story s JOIN leads l ON l.id = s.lead_id WHERE s.stage = 'lead' AND $where GROUP BY 1 ORDER BY 1}) };
is(columns($answer{'Conversion by week'}, 'time', 'became sql'), $share->('week', $came), 'Grafana: conversion by week');
is(columns($answer{'Conversion by week with'}, 'week', 'rate'), $share->('week', "$came AND l.region = 'East'"), 'Metabase: conversion by week');
is(columns($answer{Moves}, 'time', 'metric', 'moves'), ask(qq{
	SELECT extract(epoch FROM date_trunc('day', at))::bigint, stage, count(*) FROM story WHERE stage <> 'lead' AND at BETWEEN '$from' AND '$to' GROUP BY 1, 2 ORDER BY 1, 2}), 'Grafana: moves a day');
# working time by hand: what each office day and the time between both moments have in common
my $called = sub { my ($unit, $where) = @_;
	return ask(qq{
		WITH day AS (SELECT d FROM generate_series((now()::date - 200)::timestamp, (now()::date + 2)::timestamp, interval '1 day') d WHERE extract(isodow FROM d) < 6),
			shift AS (SELECT (d + a) AT TIME ZONE 'Europe/Berlin' AS a, (d + b) AT TIME ZONE 'Europe/Berlin' AS b FROM day, (VALUES (interval '9 hours', interval '12 hours 30 minutes'), (interval '13 hours 30 minutes', interval '18 hours')) h (a, b)),
			used AS (SELECT l.id, l.region, l.called_at, s.at, (SELECT sum(least(b, coalesce(l.called_at, now())) - greatest(a, s.at)) FROM shift WHERE a < coalesce(l.called_at, now()) AND b > s.at) AS time
				FROM leads l JOIN story s ON s.lead_id = l.id AND s.stage = 'lead')
		SELECT date_trunc('$unit', at), count(*) FILTER (WHERE coalesce(time, '0') <= '8 hours')::float8 / count(*)
		FROM used s WHERE $where AND (called_at IS NOT NULL OR time > '8 hours') GROUP BY 1 ORDER BY 1}) };
is(columns($answer{'Called in time'}, 'time', 'called in time'), $called->('week', "at BETWEEN '$from' AND '$to'"), 'Grafana: called in time');
is(columns($answer{'Service level with'}, 'month', 'rate'), $called->('month', "at BETWEEN '$from' AND '$to' AND region = 'East'"), 'Metabase: called in time');
my $nps = sub { return ask(qq{
	SELECT date_trunc('month', asked_at), 100 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))::float8 / count(score) FROM survey WHERE $_[0] GROUP BY 1 ORDER BY 1}) };
sub rounded { return $_[0] =~ s/(\d+\.\d{6})\d+/$1/gr; }
is(rounded(columns($answer{'Net Promoter Score'}, 'time', 'NPS')), rounded($nps->("asked_at BETWEEN '$from' AND '$to'")), 'Grafana: NPS');
is(rounded(columns($answer{'NPS without'}, 'month', 'score')), rounded($nps->('true')), 'Metabase: NPS');
is(join("\n", sort split /\n/, columns($answer{'Hottest leads without'}, 'id', 'stage')), ask(q{
	SELECT id || '|' || stage FROM (SELECT * FROM leads WHERE stage NOT IN ('customer', 'lost')
		ORDER BY split_part(score::text, '@', 1)::float8 * power(2, extract(epoch FROM split_part(split_part(score::text, '@', 2), '/', 1)::timestamptz - '2026-01-01Z') / 86400 / 14) DESC LIMIT 20) l
	ORDER BY 1}), 'Metabase: the hottest leads');
# the few of one region: among the longest of all there is none that is not over the mark
my $stalled = sub { return ask(qq{
	WITH h AS (SELECT lead_id, stage, lead(stage) OVER w AS next, coalesce(lead(at) OVER w, now()) - at AS stayed, at, max(at) FILTER (WHERE stage = 'customer') OVER (PARTITION BY lead_id) AS won_at FROM story WINDOW w AS (PARTITION BY lead_id ORDER BY at)),
		p AS (SELECT stage, percentile_cont(0.9) WITHIN GROUP (ORDER BY stayed) AS p90 FROM h WHERE at < won_at GROUP BY stage)
	SELECT lead_id, h.stage FROM h JOIN p USING (stage) JOIN leads l ON l.id = lead_id WHERE next IS NULL AND h.stage NOT IN ('customer', 'lost') AND stayed > p90 AND $_[0] ORDER BY stayed DESC LIMIT 50}) };
is(columns($answer{Stalled}, 'id', 'stage'), $stalled->('true'), 'Grafana: who is stalled');
(undef, my $east) = read_rows(for_grafana($grafana{Stalled}, region => ['East']));
cmp_ok(scalar @$east, '<', 50, 'few are in the East');
is(columns($east, 'id', 'stage'), $stalled->("region = 'East'"), 'Grafana: who is stalled in the East');
is(columns($answer{'Stalled without'}, 'id', 'stage'), $stalled->('true'), 'Metabase: who is stalled');
is(columns($answer{'Stalled with'}, 'id', 'stage'), $stalled->("region = 'East' AND budget >= 1000"), 'Metabase: who is stalled in the East, of those worth it');
is(columns($answer{Forecast}, 'stage', 'open', 'value'), ask(q{SELECT stage, count(*), sum(budget) FROM leads WHERE stage NOT IN ('customer', 'lost') GROUP BY stage ORDER BY stage}), 'Grafana: what is open');
is(columns($answer{'Forecast without'}, 'stage', 'expected', 'spread'), columns($answer{Forecast}, 'stage', 'expected', 'spread'), 'Metabase: the same forecast');
is(columns($answer{Velocity}, 'open'), ask(q{SELECT count(*) FROM leads WHERE stage NOT IN ('customer', 'lost')}), 'Grafana: what is open');
is(columns($answer{Cohorts}, 'month', 'entered', 'converted'), ask(qq{
	SELECT to_char(a.at, 'YYYY-MM'), count(*), count(b.at)
	FROM story a JOIN (VALUES (1, 'lead', 'mql'), (2, 'mql', 'sql'), (3, 'sql', 'opportunity'), (4, 'opportunity', 'customer')) f (n, come, further) ON come = a.stage
	LEFT JOIN story b ON b.lead_id = a.lead_id AND b.stage = further
	WHERE date_trunc('month', a.at) BETWEEN date '$from' AND '$to' GROUP BY n, to_char(a.at, 'YYYY-MM') ORDER BY n, 1}), 'Grafana: cohorts');

# ------------------------------------------------ as a program looks at a database

# through the standard's catalogs, by the reader: tables, columns, types, comments
my ($error, $rows) = read_rows(q{
	SELECT table_name, column_name FROM information_schema.columns c
	WHERE table_schema = 'public' AND table_name LIKE 'leads\_%' AND (udt_schema NOT IN ('pg_catalog', 'public') OR data_type = 'ARRAY'
		OR col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position) IS NULL
		OR udt_schema = 'public' AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = format('%I.%I', udt_schema, udt_name)::regtype AND t.typtype = 'e'))});
is($error, '', 'a reader may read the catalogs');
is(join("\n", map { join '.', @$_ } @$rows[ 1 .. $#$rows ]), '', 'every column of the views has a comment, and a type that drivers know');
($error, $rows) = read_rows(q{SELECT string_agg(DISTINCT table_name || ' ' || (obj_description(format('%I.%I', table_schema, table_name)::regclass) LIKE 'journey: %'), ', ') FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'VIEW' AND table_name LIKE 'leads\_%'});
is($rows->[1][0], join(', ', map { "leads_$_ true" } qw(cohorts funnel moves stages stalled velocity)), 'and every view');
# what a driver that knows no such type gets is text, and it may send it back
is((read_rows('SELECT pg_typeof(journey::text), journey::text::journey.journey::text = journey::text FROM leads LIMIT 1'))[1][1][1], 't', 'a journey is text to whom does not know it');

# all of it in one read-only transaction, by prepared statements used often enough for a generic plan
my $tour = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n";
for my $view (qw(funnel stages moves velocity stalled cohorts))
{
	$tour .= "PREPARE v_$view (int) AS SELECT count(*) > \$1 FROM (SELECT * FROM leads_$view OFFSET 0) v;\n" . "EXECUTE v_$view (0);\n" x 7;
}
my ($status, $out, $err) = $node->psql('shop', $tour . 'COMMIT;', extra_params => [ '-U', 'dashboard' ]);
is("$status$err", '0', 'the views are read in a read-only transaction') or diag($err);
is($out, join("\n", ('t') x 42), 'by prepared statements');
like((read_rows('UPDATE leads SET budget = 1 WHERE id = 1'))[0], qr/permission denied|read-only/, 'and nothing can be written');

# who sees one region sees that region in the views, too
$node->safe_psql('shop', q{
	CREATE ROLE east LOGIN IN ROLE dashboard;
	ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
	CREATE POLICY all_of_it ON leads TO dashboard USING (pg_has_role(current_user, 'dashboard', 'MEMBER') AND (current_user <> 'east' OR region = 'East'))});
is($node->safe_psql('shop', 'SELECT label, reached FROM leads_funnel ORDER BY step', extra_params => [ '-U', 'east' ]), $funnel->("l.region = 'East'"), 'row level security holds in the funnel');
is($node->safe_psql('shop', 'SELECT sum(rows_now) FROM leads_stages', extra_params => [ '-U', 'east' ]), ask(q{SELECT count(*) FROM leads WHERE region = 'East'}), 'and in the stages');
is($node->safe_psql('shop', 'SELECT count(*) FROM leads_moves', extra_params => [ '-U', 'east' ]), ask(q{SELECT count(*) FROM story JOIN leads ON id = lead_id WHERE region = 'East' AND story.stage <> 'lead'}), 'and in the moves');
is($node->safe_psql('shop', 'SELECT open_now FROM leads_velocity WHERE stage IS NULL', extra_params => [ '-U', 'east' ]), ask(q{SELECT count(*) FROM leads WHERE region = 'East' AND stage NOT IN ('customer', 'lost')}), 'and in the velocity');
is((read_rows(for_grafana($grafana{Funnel}, region => \@regions)))[0], '', 'and queries go on running');
done_testing();
