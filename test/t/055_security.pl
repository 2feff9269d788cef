# Whose code runs, and with whose rights.  What a hostile user puts in front of the search path is not called by any of
# our functions, whoever calls them; identifiers and labels made to break out of a statement do not; row security and
# column rights hold; and after CREATE EXTENSION nothing needs a superuser.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('security');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntrack_functions = all\nlog_statement = none\nlog_min_messages = fatal");
$node->start;

sub qi { my $n = shift; $n =~ s/"/""/g; return qq{"$n"}; }
sub ql { my $s = shift; $s =~ s/'/''/g; return $s =~ /\\/ ? "E'" . ($s =~ s/\\/\\\\/gr) . "'" : "'$s'"; }

# ---------------------------------------------------------------- a tour through everything that makes SQL

# With these names.  The statements themselves name all they use, so that they can be said under any search path.
sub tour
{
	my (%n) = @_;
	my %l = map { ($_ => ql($n{$_})) } keys %n;
	my %i = map { ($_ => qi($n{$_})) } keys %n;
	my $table  = "$i{schema}.$i{table}";
	my $rel    = ql($table) . '::pg_catalog.regclass';
	my $events = "$i{schema}.$i{events}";
	my $erel   = ql($events) . '::pg_catalog.regclass';
	my $kept   = ql("$i{schema}.$i{kept}") . '::pg_catalog.regclass';
	my $type   = ql("$i{schema}.$i{type}") . '::pg_catalog.regtype';
	my $rules  = ql("new -> $i{a}; $i{a} -> $i{b}; $i{b} -> $i{c} when ($i{value} > 0); * -> $i{d}");
	my $steps  = "ARRAY[$l{a}, $l{b}, $l{c}]";
	my $eq     = 'OPERATOR(pg_catalog.=)';
	my $moves  = "$i{schema}.$i{moves}";
	my $mrel   = ql($moves) . '::pg_catalog.regclass';
	my $taken  = "$i{schema}.$i{taken}";
	my $roles  = "pg_catalog.jsonb_build_object('key', $l{key}, 'to', $l{event}, 'at', $l{at})";
	return qq{
	SELECT journey.create_stages(@{[ ql("$i{schema}.$i{type}") ]}, ARRAY[$l{a}, $l{b}, $l{c}, $l{d}]);
	CREATE TABLE $table ($i{key} pg_catalog.int4 PRIMARY KEY, $i{stage} $i{schema}.$i{type}, $i{value} pg_catalog.numeric, $i{split} pg_catalog.text, stamp pg_catalog.timestamptz);
	SELECT pg_catalog.count(*) FROM journey.lint($rules, $type);
	SELECT pg_catalog.length(journey.diagram($rules, $type));
	SELECT pg_catalog.count(*) FROM journey.track($rel, $l{stage}, $rules, $l{journey}, log => true, steps => $steps, value_column => $l{value}, won => ARRAY[$l{c}], lost => ARRAY[$l{d}], dry_run => true);
	SELECT pg_catalog.count(*) FROM journey.track($rel, $l{stage}, $rules, $l{journey}, log => true, steps => $steps, value_column => $l{value}, won => ARRAY[$l{c}], lost => ARRAY[$l{d}]);
	INSERT INTO $table ($i{key}, $i{stage}, $i{value}, $i{split}) SELECT g, $l{a}, g, $l{a} FROM pg_catalog.generate_series(1, 8) g;
	UPDATE $table SET $i{stage} = $l{b} WHERE $i{key} OPERATOR(pg_catalog.<=) 6;
	UPDATE $table SET $i{stage} = $l{c} WHERE $i{key} OPERATOR(pg_catalog.<=) 3;
	UPDATE $table SET $i{stage} = $l{d} WHERE $i{key} $eq 8;
	SELECT pg_catalog.count(*) FROM journey.track($rel, $l{stage}, $rules, $l{journey}, log => true, steps => $steps, value_column => $l{value}, won => ARRAY[$l{c}], lost => ARRAY[$l{d}]);
	SELECT pg_catalog.format('SELECT pg_catalog.count(*) FROM %s', v) FROM journey.tracked() t, pg_catalog.unnest(t.views) v \\gexec
	SELECT 'tracked', pg_catalog.count(*) FROM journey.tracked();
	SELECT pg_catalog.count(*) FROM journey.tracked_column($rel, $l{stage});
	SELECT pg_catalog.count(*) FROM journey.tracked_views($rel, $l{journey});
	SELECT pg_catalog.count(*) FROM journey.later_triggers($rel, 'a');
	SELECT 'wrong', pg_catalog.count(*) FROM journey.verify($rel);
	SELECT pg_catalog.count(*) FROM journey.lint($rel);
	SELECT pg_catalog.length(journey.diagram($rel));
	SELECT pg_catalog.count(*) FROM journey.stage_dates_view($rel);
	SELECT pg_catalog.count(*) FROM journey.conversion($rel, 'cohort', $steps, dimension => $l{split}, period => 'month');
	SELECT pg_catalog.count(*) FROM journey.conversion($rel, 'snapshot', $steps, dimension => $l{split});
	SELECT pg_catalog.count(*) FROM journey.conversion($rel, 'flow', $steps, dimension => $l{split}, period => 'day', since => '2026-01-01Z', until => '2026-01-03Z');
	SELECT pg_catalog.count(*) FROM journey.customer_from($rel, $l{b}, $l{c}, $steps, dimension => $l{split});
	SELECT pg_catalog.count(*) FROM journey.quality($rel, $l{b}, $l{a}, $steps, dimension => $l{split});
	SELECT pg_catalog.count(*) FROM journey.growth($rel, $l{b}, steps => $steps, dimension => $l{split});
	SELECT pg_catalog.count(*) FROM journey.benchmark_of($rel, $l{a}, $l{b}, $l{c}, $steps);
	SELECT pg_catalog.count(*) FROM journey.create_benchmark_check($rel, $l{a}, $l{b}, $l{c}, $steps);
	SELECT pg_catalog.count(*) FROM journey.benchmark_check('lead_quality', 0.5);
	SELECT 'page', pg_catalog.strpos(journey.report($rel, title => $l{title}, steps => $steps, won => ARRAY[$l{c}], lost => ARRAY[$l{d}]), '<script') ;
	SELECT pg_catalog.length(journey.html_table($rel, $l{title}));
	CREATE TABLE $events ($i{key} pg_catalog.int4, $i{at} pg_catalog.timestamptz, $i{event} pg_catalog.text);
	INSERT INTO $events VALUES (1, '2026-01-01Z', $l{a}), (1, '2026-01-02Z', $l{b}), (2, '2026-01-01Z', $l{c});
	SELECT journey.materialize($erel, $l{key}, $l{at}, $l{event}, $l{kept}, '1 month');
	INSERT INTO $events VALUES (3, '2026-02-01Z', $l{d}), (1, '2026-01-03Z', $l{a});
	UPDATE $events SET $i{event} = $l{c} WHERE $i{key} $eq 2;
	DELETE FROM $events WHERE $i{key} $eq 3;
	SELECT 'materialized', pg_catalog.count(*) FROM journey.materialized();
	SELECT pg_catalog.length(journey.rematerialize($kept));
	SELECT 'kept', pg_catalog.count(*) FROM journey.group_events($erel, $l{key}, $l{at}, $l{event}) AS g(k pg_catalog.int4, j journey.journey);
	TRUNCATE $events;
	SELECT pg_catalog.length(journey.dematerialize($kept, true));
	CREATE TABLE $i{schema}.$i{learn} ($i{event} pg_catalog.bool, $i{value} pg_catalog.jsonb);
	INSERT INTO $i{schema}.$i{learn} SELECT (g OPERATOR(pg_catalog.%) 3) OPERATOR(pg_catalog.=) 0, pg_catalog.jsonb_build_object($l{a}, g OPERATOR(pg_catalog.%) 5) FROM pg_catalog.generate_series(1, 40) g;
	SELECT (journey.logistic_fit(@{[ ql("$i{schema}.$i{learn}") ]}::pg_catalog.regclass, $l{event}, $l{value})) IS NOT NULL;
	SELECT pg_catalog.count(*) FROM journey.create_workspace($l{workspace});
	INSERT INTO $i{workspace}.party (kind, name) VALUES ('person', $l{title}), ('person', $l{a});
	UPDATE $i{workspace}.party SET stage = 'study' WHERE name $eq $l{title};
	INSERT INTO $i{workspace}.touch (party_id, channel, kind, ours) VALUES (1, 'email', 'note', true);
	SELECT pg_catalog.format('SELECT pg_catalog.count(*) FROM %I.%I', n.nspname, c.relname)
		FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n WHERE n.oid $eq c.relnamespace AND c.relkind $eq 'v' AND n.nspname $eq $l{workspace} \\gexec
	SELECT journey.is_workspace($l{workspace}), pg_catalog.count(*) FROM journey.workspace_objects($l{workspace});
	UPDATE $i{workspace}.workspace SET journey_version = '0.0.1';
	SELECT pg_catalog.count(*) FROM journey.create_workspace($l{workspace});
	SELECT journey.drop_workspace($l{workspace}, force => true);
	SELECT pg_catalog.count(*) FROM journey.create_workspace($l{workspace});
	SELECT pg_catalog.count(*) FROM journey.sample_workspace($l{workspace}, 20);
	SELECT journey.drop_workspace($l{workspace}, force => true);
	CREATE TABLE $moves ($i{key} pg_catalog.text, $i{event} pg_catalog.text, $i{at} pg_catalog.text);
	INSERT INTO $moves VALUES ('1', $l{a}, '2025-01-01Z'), ('1', $l{b}, '2025-01-02Z'), ('1', $l{c}, '2025-01-03Z'), ('2', $l{title}, 'never');
	SELECT 'anomalies', pg_catalog.count(*) FROM journey.import_report($rel, $mrel, 'moves', columns => $roles, key_column => $l{key}, stage_column => $l{stage});
	SELECT pg_catalog.count(*) FROM journey.import_history($rel, $mrel, 'moves', columns => $roles, stage_column => $l{stage}, existing => 'replace', refuse => '{}');
	CREATE TABLE $taken ($i{key} pg_catalog.int4 PRIMARY KEY, $i{stage} pg_catalog.text DEFAULT $l{a}, CHECK ($i{stage} OPERATOR(pg_catalog.<>) ''));
	INSERT INTO $taken VALUES (1, $l{c}), (2, $l{a}), (3, $l{title});
	SELECT pg_catalog.count(*) FROM journey.adopt(@{[ ql($taken) ]}::pg_catalog.regclass, $l{stage}, labels => ARRAY[$l{a}, $l{b}, $l{c}, $l{d}], value_map => pg_catalog.jsonb_build_object($l{title}, $l{d}),
		type_name => @{[ ql("$i{schema}.$i{split}") ]}, history => $mrel, columns => $roles OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('order', $l{key}), log => true, dry_run => true);
	DELETE FROM $moves WHERE $i{at} $eq 'never';
	SELECT pg_catalog.count(*) FROM journey.adopt(@{[ ql($taken) ]}::pg_catalog.regclass, $l{stage}, labels => ARRAY[$l{a}, $l{b}, $l{c}, $l{d}], value_map => pg_catalog.jsonb_build_object($l{title}, $l{d}),
		type_name => @{[ ql("$i{schema}.$i{split}") ]}, history => $mrel, columns => $roles, log => true);
	SELECT pg_catalog.count(*) FROM journey.materialize($rel, $l{key}, 'stamp', $l{stage}, $l{learn_kept});
	SELECT pg_catalog.count(*) FROM journey.rename_stage($type, $l{c}, $l{title});
	SELECT pg_catalog.count(*) FROM journey.rename_stage($type, $l{title}, $l{c});
	SELECT pg_catalog.count(*) FROM journey.add_stage($type, $l{kept}, after => $l{a}, rules => @{[ ql("$i{a} -> $i{kept}") ]});
	SELECT pg_catalog.count(*) FROM journey.reorder_stages($type, ARRAY[$l{d}, $l{c}, $l{b}, $l{kept}, $l{a}]);
	SELECT pg_catalog.count(*) FROM journey.drop_stage($type, $l{kept}, $l{a});
	SELECT 'still wrong', pg_catalog.count(*) FROM journey.verify($rel);
	SELECT pg_catalog.count(*) FROM journey.untrack($rel, dry_run => true);
	SELECT 'untracked', pg_catalog.count(*) FROM journey.tracked();
	};
}

my %plain = (schema => 'shop', table => 'deals', type => 'deal_stage', key => 'id', stage => 'stage', value => 'amount', split => 'country', journey => 'way', events => 'clicks', kept => 'ways',
	at => 'at', event => 'event', learn => 'learned', workspace => 'crm', moves => 'moves', taken => 'taken', learn_kept => 'kept2', a => 'open', b => 'offered', c => 'won', d => 'lost', title => 'Deals');
my %hurtful = (
	schema => q{sch'em"a; DROP TABLE public.canary; --}, table => q{ta"ble'); DROP TABLE public.canary; --}, type => q{ty'pe" %s}, key => q{k"e'y %I}, stage => q{st"a'ge;--},
	value => q{va"l'ue $1}, split => q{sp"lit'$$;}, journey => q{jo"ur'ney%L}, events => q{ev"en'ts; %1$s}, kept => q{ke"p't $q$}, at => q{a"t' when}, event => q{ev"ent' %}, learn => q{le"ar'n)},
	workspace => q{wo"rk's; %I}, moves => q{mo"v'es $1 %s}, taken => q{ta"k'en; %I}, learn_kept => q{k"e'2 %s}, a => q{op"en'; DROP TABLE public.canary; --}, b => q{\\' $$ %s $query$ $function$}, c => qq{two\nlines\t<script>alert("x")</script>}, d => q{{},@" lost %1$s}, title => q{<script>alert('1')</script>});

# ---------------------------------------------------------------- what stands in the way of a careless function

$node->safe_psql('postgres', q{CREATE ROLE mallory LOGIN; CREATE DATABASE attacked});
$node->safe_psql('attacked', q{CREATE EXTENSION journey; CREATE SCHEMA shop; CREATE SCHEMA evil AUTHORIZATION mallory; GRANT CREATE, USAGE ON SCHEMA public TO mallory});
my $traps = q{
	SET ROLE mallory;
	CREATE SEQUENCE evil.hits;
	CREATE FUNCTION evil.trap(what pg_catalog.text DEFAULT '') RETURNS pg_catalog.bool LANGUAGE plpgsql VOLATILE AS
		$$ BEGIN PERFORM pg_catalog.nextval('evil.hits'); RAISE EXCEPTION 'the trap % was called by %', what, current_user; END $$;
	-- the words of all bodies
	CREATE TABLE evil.words AS SELECT DISTINCT w[1] AS word FROM pg_proc p, LATERAL regexp_matches(p.prosrc, '[a-z_][a-z_0-9]*', 'g') w
		WHERE p.pronamespace = 'journey'::regnamespace AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql');
	CREATE TABLE evil.made (what text);
	DO $do$
	DECLARE
		f record;
		returns text;
	BEGIN
		FOR f IN SELECT p.oid, p.proname, p.proretset, p.prorettype, p.prokind, p.provariadic,
				ARRAY(SELECT CASE WHEN t = 'pg_catalog."any"'::regtype THEN 'pg_catalog.text' ELSE format_type(t, NULL) END FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n) ORDER BY n) AS args
			FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (SELECT word FROM evil.words)
		LOOP
			BEGIN
				returns := CASE WHEN f.proretset THEN 'SETOF ' ELSE '' END || CASE WHEN f.prorettype IN (2249, 2278) OR f.prokind <> 'f' THEN 'pg_catalog.text' ELSE format_type(f.prorettype, NULL) END;
				EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname, array_to_string(f.args, ', '), returns,
					format('BEGIN PERFORM evil.trap(%L); END', f.proname));
				INSERT INTO evil.made VALUES ('function');
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
		-- as many arguments as one likes
		FOR f IN SELECT p.proname, 'pg_catalog.text, ' || repeat('pg_catalog.text, ', n) || 'pg_catalog.text' AS args FROM (VALUES ('format'), ('concat'), ('concat_ws')) p(proname), generate_series(0, 5) n LOOP
			EXECUTE format('CREATE OR REPLACE FUNCTION evil.%I(%s) RETURNS pg_catalog.text LANGUAGE plpgsql AS %L', f.proname, f.args, format('BEGIN PERFORM evil.trap(%L); END', f.proname));
		END LOOP;
		FOR f IN SELECT o.oid, o.oprname, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, format_type(o.oprresult, NULL) AS result
			FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0 AND o.oprresult <> 0
				AND o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '*', '/', '~', '&&', '@>', '<@', '->', '->>', '#>>', '~~', '!~~', '!~', '%')
		LOOP
			BEGIN
				EXECUTE format('CREATE FUNCTION evil.o%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', f.oid, f.l, f.r, f.result, format('BEGIN PERFORM evil.trap(%L); END', f.oprname));
				EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.o%s)', f.oprname, f.l, f.r, f.oid);
				INSERT INTO evil.made VALUES ('operator');
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
		FOR f IN SELECT c.oid, c.relname FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname IN (SELECT word FROM evil.words) LOOP
			EXECUTE format('CREATE VIEW evil.%1$I AS SELECT %2$s FROM pg_catalog.%1$I c WHERE evil.trap(%1$L)', f.relname,
				(SELECT string_agg(format('c.%I', attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = f.oid AND attnum > 0 AND atttypid <> 'anyarray'::regtype));
			INSERT INTO evil.made VALUES ('relation');
		END LOOP;
		FOR f IN SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typelem = 0 AND t.typname IN (SELECT word FROM evil.words) LOOP
			BEGIN
				EXECUTE format('CREATE DOMAIN evil.%1$I AS pg_catalog.%1$I CHECK (evil.trap(%1$L))', f.typname);
				INSERT INTO evil.made VALUES ('type');
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
	END $do$;
	RESET ROLE};
{
	my ($status, $out, $err) = $node->psql('attacked', $traps, on_error_stop => 1);
	is($err, '', 'a hostile user lays traps');
}
my %made = map { split /\|/ } split /\n/, $node->safe_psql('attacked', 'SELECT what, count(*) FROM evil.made GROUP BY 1');
cmp_ok($made{$_->[0]} // 0, '>=', $_->[1], "there are traps of kind $_->[0]: " . ($made{ $_->[0] } // 0)) for [ function => 100 ], [ operator => 300 ], [ relation => 10 ], [ type => 10 ];

# the same relations and types as temporary ones, which come before everything
my $temp = q{
	SELECT 1 FROM pg_catalog.set_config('role', 'mallory', false);
	SELECT pg_catalog.format('CREATE TEMP VIEW %1$I AS SELECT c.* FROM evil.%1$I c', relname) FROM pg_catalog.pg_class
		WHERE relnamespace = 'evil'::pg_catalog.regnamespace AND relkind = 'v' \gexec
	SELECT pg_catalog.format('CREATE DOMAIN pg_temp.%1$I AS pg_catalog.%1$I CHECK (evil.trap(%1$L))', typname) FROM pg_catalog.pg_type
		WHERE typnamespace = 'evil'::pg_catalog.regnamespace AND typtype = 'd' \gexec
	SELECT 1 FROM pg_catalog.set_config('role', 'none', false);
};
my $path = "SET search_path = evil, pg_catalog;\n";

sub hits { return $node->safe_psql('attacked', 'SELECT is_called FROM evil.hits') eq 't'; }
sub no_hits { $node->safe_psql('attacked', q{SELECT setval('evil.hits', 1, false)}); return; }

# the traps work
for my $careless ('SELECT count(*) FROM pg_class', q{SELECT format('%s', 'x'::pg_catalog.text)}, 'SELECT 1 = 1', q{SELECT 'x'::text})
{
	my ($status, $out, $err) = $node->psql('attacked', $path . $careless);
	like($err, qr/the trap|not an aggregate|record/, "careless, and caught: $careless");
}
no_hits();

my ($status, $out, $err) = $node->psql('attacked', $temp . $path . tour(%plain), on_error_stop => 1);
is(join("\n", grep { /ERROR|FATAL/ } split /\n/, $err), '', 'a superuser goes through all of it under a hostile search path');
like($out, qr/^tracked\|1$/m, 'a table was tracked');
like($out, qr/^wrong\|0$/m, 'and verified');
like($out, qr/^kept\|\d+$/m, 'journeys were kept current');
ok(!hits(), 'no code of another user was run');

# and each function in PL/pgSQL and SQL by itself, not from another that has pinned the path, with arguments of the right types
my %argument = (regclass => q{'shop.deals'::pg_catalog.regclass}, regtype => q{'shop.deal_stage'::pg_catalog.regtype}, text => q{'way'::pg_catalog.text}, name => q{'shop'::pg_catalog.name},
	'text[]' => q{ARRAY['open', 'won']::pg_catalog.text[]}, boolean => 'true', integer => '3', oid => q{(SELECT t.oid FROM pg_catalog.pg_trigger t LIMIT 1)}, 'double precision' => q{'0.5'::pg_catalog.float8},
	interval => q{'1 day'::pg_catalog.interval}, 'timestamp with time zone' => q{'2026-01-01Z'::pg_catalog.timestamptz}, numeric => '1.5');
my @ours = map { [ split /\|/, $_, 4 ] } split /\n/, $node->safe_psql('attacked', q{
	SELECT p.oid, p.proname, (SELECT string_agg(format_type(t, NULL), ';' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, n)), l.lanname
	FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'journey'::regnamespace AND l.lanname IN ('plpgsql', 'sql')
		AND p.prorettype <> 'trigger'::regtype ORDER BY p.proname, p.oid});
my %called = map { $_ => 1 } split /\n/, $node->safe_psql('attacked', q{SELECT pg_stat_clear_snapshot(); SELECT funcid FROM pg_stat_user_functions WHERE schemaname = 'journey'});
my $rest = join '', map { my $f = $_; 'BEGIN; SELECT pg_catalog.count(*) FROM journey.' . qi($f->[1]) . '(' . join(', ', map { $argument{$_} // 'NULL' } split /;/, $f->[2] // '') . ") AS x;\nROLLBACK;\n" }
  @ours;
($status, $out, $err) = $node->psql('attacked', $temp . $path . $rest, on_error_stop => 0);
is(join("\n", grep { /the trap/ } split /\n/, $err), '', 'nor by any of them that is called directly');
ok(!hits(), 'no code of another user was run by these');
cmp_ok(scalar(grep { $called{ $_->[0] } } @ours), '>', 45, 'most functions in PL/pgSQL are called by the tour');

# ---------------------------------------------------------------- what the bodies look like

my @bodies = map { my ($name, $args, $hex) = split /\|/; [ $name, [ split /,/, $args ], pack('H*', $hex) ] } split /\n/, $node->safe_psql('attacked', q{
	SELECT p.oid::regprocedure::text, coalesce((SELECT string_agg(a.name, ',') FROM unnest(p.proargnames, p.proargtypes::oid[]) a(name, type)
			WHERE a.name <> '' AND a.type IN ('text'::regtype, 'name'::regtype)), ''), encode(convert_to(p.prosrc, 'UTF8'), 'hex')
	FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'journey'::regnamespace AND l.lanname = 'plpgsql' ORDER BY 1});

# The arguments of a call, given what follows its parenthesis.
sub arguments
{
	my ($text) = @_;
	my ($depth, @args) = (0, '');
	while ($text =~ /\G('(?:[^']|'')*'|\$(\w*)\$.*?\$\g{2}\$|[(\[]|[)\]]|,|[^'\$(\[)\],]+|\$)/gs)
	{
		my $part = $1;
		if    ($part =~ /^[(\[]$/) { $depth++; }
		elsif ($part =~ /^[)\]]$/) { last if $depth-- == 0; }
		elsif ($part eq ',' && $depth == 0) { push @args, ''; next; }
		$args[-1] .= $part;
	}
	return map { s/^\s+|\s+$//gr } @args;
}

sub careless
{
	my ($names, $body) = @_;
	my %given = map { $_ => 1 } @$names;
	my @found;
	$body =~ s/--[^\n]*//g;
	while ($body =~ /\bformat\s*\(/g)
	{
		my ($template, @args) = arguments(substr $body, pos $body);
		next unless $template =~ /\b(?:SELECT|CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|COMMENT ON|LOCK|FROM|WHERE)\b/;
		my $n = 0;
		while ($template =~ /%(?:(\d+)\$)?-?\d*([sIL%])/g)
		{
			next if $2 eq '%';
			my $arg = $args[ defined $1 ? ($n = $1) - 1 : $n++ ] // '';
			push @found, "%s of $arg" if $2 eq 's' && $given{$arg};
		}
	}
	while ($body =~ /\bEXECUTE\b(?!\s+FUNCTION)([^;]*?)(?:\bINTO\b|\bUSING\b|;)/g)
	{
		my $said = $1;
		push @found, "EXECUTE ... || $_" for grep { $said =~ /\|\|\s*\Q$_\E\b|\b\Q$_\E\s*\|\|/ } @$names;
	}
	return @found;
}
is_deeply([ careless(['t'], q{EXECUTE format('SELECT 1 FROM %s', t)}) ], ['%s of t'], 'a text that becomes part of a statement is seen');
is_deeply([ careless(['t'], q{x := format('DROP TABLE %2$I.%1$s', t, 'a')}) ], ['%s of t'], 'by its number too');
is_deeply([ careless(['t'], q{EXECUTE 'DROP TABLE ' || t;}) ], ['EXECUTE ... || t'], 'or joined to it');
is_deeply([ careless(['t'], q{EXECUTE format('SELECT %L FROM %I', t, t)}) ], [], 'quoted, it is not');
# what is SQL by its description (doc/security.md): to call these is to run what one has written
my %is_sql = ('journey.html_table(regclass,text,text,integer): EXECUTE ... || order_by' => 1, 'journey.make_view(regclass,text,text,text,text[]): %s of query' => 1);
is(join("\n", grep { !$is_sql{$_} } map { my $f = $_; map { "$f->[0]: $_" } careless($f->[1], $f->[2]) } @bodies), '', 'no function puts a text it is given into a statement as it is');
is($node->safe_psql('attacked', q{
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'journey'::regnamespace
		AND (p.prosecdef OR l.lanname = 'plpgsql' AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false) OR l.lanname = 'sql' AND p.prosqlbody IS NULL
			OR l.lanname NOT IN ('c', 'internal', 'sql', 'plpgsql'))}), '', 'each pins its search path or is bound when it is made, and none runs as its owner');
{
	# the install script itself: whoever runs it stands in a schema that others may have made
	my @files = glob(qx(pg_config --sharedir) =~ s/\n//r . '/extension/journey--*.sql');
	my @updates = grep { /--.*--/ } @files;
	my ($now) = do { local $/; open my $in, '<', qx(pg_config --sharedir) =~ s/\n//r . '/extension/journey.control' or die; <$in> } =~ /^default_version *= *'([^']+)'/m;
	my ($file) = grep { m{/journey--\Q$now\E\.sql$} } @files;
	my $script = do { local $/; open my $in, '<', $file or die; <$in> };
	$script =~ s/--[^\n]*//g;
	$script =~ s/(\$\w*\$).*?\g{1}/''/gs;
	my @names = $script =~ /^\s*(?:CREATE|ALTER|COMMENT ON|DROP)\s+(?:DEFAULT\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|VIEW|TABLE|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR|COLUMN)\s+([^\s(]+)/mg;
	cmp_ok(scalar @names, '>', 1000, 'the install script makes things');
	is(join(' ', grep { !/^journey\./ } @names), '', 'and says in which schema, each time');
	my @types = map { /^\s*(?:IN |OUT |VARIADIC )?(?:\w+ )?([a-z_0-9]+)(?:\[\])?\s*$/ ? $1 : () }
	  map { split /,/ } $script =~ /^COMMENT ON (?:FUNCTION|AGGREGATE) journey\.\w+\(([^)]*)\)/mg;
	is(join(' ', grep { !/^(?:ORDER|BY|any\w*)$/ } @types), '', 'types as well');
	is(join(' ', $script =~ /\b(CREATE OR REPLACE|IF NOT EXISTS|SECURITY DEFINER|^DO\b|^SET\b|^INSERT\b|^UPDATE\b)/mgi), '', 'it replaces nothing, runs nothing and sets nothing');
	# an update may replace, since the server lets it replace only what belongs to the extension
	cmp_ok(scalar @updates, '>=', 1, 'there are scripts for updates');
	for my $update (@updates)
	{
		my $text = do { local $/; open my $in, '<', $update or die; <$in> };
		my ($name) = $update =~ m{([^/]+)$};
		$text =~ s/--[^\n]*//g;
		# what has to be changed where it is, since objects of the user's depend on it, is a block that says the schema of each name
		while ($text =~ s/^DO (\$\w*\$)(.*?)\g{1};$//ms)
		{
			my $body = $2 =~ s/'[^']*'//gr =~ s/\bOPERATOR *\(pg_catalog\.\S+?\)//gr =~ s/(?:\bSET|,)\s+\w+\s*=//gr =~ s/::|:=|\[|\]//gr;
			is(join(' ', grep { !/^(?:array|any|values|exists|operator)$/i } $body =~ /(?<![\w.])(\w+)\(/g), '', "$name: a block calls nothing without its schema");
			is(join(' ', $body =~ m{([-+*/<>=~!@#%^&|`?]+)}g), '', "$name: and uses no operator without its schema");
		}
		$text =~ s/(\$\w*\$).*?\g{1}/''/gs;
		my @made = $text =~ /^\s*(?:CREATE(?: OR REPLACE)?|ALTER|COMMENT ON|DROP)\s+(?:DEFAULT\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|VIEW|TABLE|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR|COLUMN)\s+([^\s(]+)/mg;
		is(join(' ', grep { !/^journey\./ } @made), '', "$name says in which schema, each time");
		is(join(' ', $text =~ /\b(IF NOT EXISTS|SECURITY DEFINER|^DO\b|^SET\b|^INSERT\b|^UPDATE\b|^DELETE\b|^SELECT\b)/mgi), '', "$name runs nothing and sets nothing");
	}
}

# ---------------------------------------------------------------- hurtful names, and nobody but an ordinary user

$node->safe_psql('postgres', q{CREATE ROLE maker LOGIN; CREATE ROLE reader LOGIN; CREATE DATABASE named OWNER maker});
my @maker = (extra_params => [ '-U', 'maker' ]);
$node->safe_psql('named', 'CREATE EXTENSION journey', @maker);
$node->safe_psql('named', 'CREATE TABLE public.canary (id int); INSERT INTO public.canary VALUES (1); ALTER TABLE public.canary OWNER TO maker');
$node->safe_psql('named', 'CREATE SCHEMA ' . qi($hurtful{schema}), @maker);
($status, $out, $err) = $node->psql('named', tour(%hurtful), on_error_stop => 1, @maker);
is(join("\n", grep { /ERROR|FATAL/ } split /\n/, $err), '', 'an ordinary user goes through all of it with names that are made to hurt');
like($out, qr/^wrong\|0$/m, 'verified');
like($out, qr/^page\|0$/m, 'the page has no script in it');
like($out, qr/^still wrong\|0$/m, 'and is verified after its stages have changed');
is($node->safe_psql('named', q{
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'journey'::regnamespace AND l.lanname = 'plpgsql' AND p.prosrc ~ '\mEXECUTE\M(?! FUNCTION)'
		AND p.oid NOT IN (SELECT funcid FROM pg_stat_user_functions) ORDER BY 1}), '', 'all functions that build statements were called with such names');
is($node->safe_psql('named', 'SELECT count(*) FROM public.canary'), '1', 'the canary lives');
is($node->safe_psql('named', 'SELECT count(*) FROM ' . qi($hurtful{schema}) . '.' . qi($hurtful{table}) . ' WHERE ' . qi($hurtful{stage}) . '::text = ' . ql($hurtful{c}), @maker), '3', 'and the rows are as they should be');

# ---------------------------------------------------------------- row security and rights

$node->safe_psql('named', q{
	CREATE SCHEMA firm; GRANT USAGE ON SCHEMA firm TO reader;
	CREATE TYPE firm.stage AS ENUM ('open', 'won', 'lost');
	CREATE TABLE firm.deals (id int PRIMARY KEY, stage firm.stage, whose text, pay int);
	SELECT count(*) FROM journey.track('firm.deals', 'stage', 'new -> open -> won; * -> lost', log => true);
	INSERT INTO firm.deals (id, stage, whose, pay) SELECT i, 'open', CASE WHEN i <= 3 THEN 'reader' ELSE 'secret' END, 7 FROM generate_series(1, 10) i;
	UPDATE firm.deals SET stage = 'won' WHERE id > 8;
	ALTER TABLE firm.deals ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON firm.deals TO reader USING (whose = current_user);
	GRANT SELECT (id, stage, whose, journey), UPDATE (stage) ON firm.deals TO reader;
	GRANT SELECT ON ALL TABLES IN SCHEMA firm TO reader; REVOKE ALL ON firm.deals, firm.deals_log FROM reader;
	GRANT SELECT (id, stage, whose, journey), UPDATE (stage) ON firm.deals TO reader;
	CREATE TABLE firm.private (yes bool, features jsonb, id int, at timestamptz, event text);
	CREATE TABLE firm.clicks (id int, at timestamptz, event text, whose text);
	INSERT INTO firm.clicks SELECT i, '2026-01-01Z', 'hello', CASE WHEN i <= 3 THEN 'reader' ELSE 'secret' END FROM generate_series(1, 10) i;
	ALTER TABLE firm.clicks ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON firm.clicks TO reader USING (whose = current_user);
	GRANT SELECT ON firm.clicks TO reader;
	ALTER TABLE firm.deals DISABLE TRIGGER USER; UPDATE firm.deals SET stage = 'lost' WHERE id = 10; ALTER TABLE firm.deals ENABLE TRIGGER USER}, @maker);
my @reader = (extra_params => [ '-U', 'reader' ]);
is($node->safe_psql('named', q{SELECT sum(rows_now) FROM firm.deals_stages}, @reader), '3', 'a view of track shows its reader those rows that he may see');
is($node->safe_psql('named', q{SELECT sum(rows_now) FROM firm.deals_stages}, @maker), '10', 'and its owner all of them');
# which row it is can be asked only by who may read the whole table
$node->safe_psql('named', 'GRANT SELECT ON firm.deals TO reader', @maker);
is($node->safe_psql('named', q{SELECT count(*) FROM journey.verify('firm.deals')}, @reader), '0', 'verify says nothing of the others');
$node->safe_psql('named', 'REVOKE SELECT ON firm.deals FROM reader; GRANT SELECT (id, stage, whose, journey) ON firm.deals TO reader', @maker);
is($node->safe_psql('named', q{SELECT count(*) FROM journey.verify('firm.deals')}, @maker), '1', 'and to the owner it does');
is($node->safe_psql('named', q{SELECT max(entered) FROM journey.conversion('firm.deals', 'snapshot', '{open,won}')}, @reader), '3', 'nor does conversion');
is($node->safe_psql('named', q{SELECT count(*) FROM journey.group_events('firm.clicks', 'id', 'at', 'event') AS g(k int, j journey.journey)}, @reader), '3', 'nor group_events');
is($node->safe_psql('named', q{UPDATE firm.deals SET stage = 'won'; SELECT count(*) FROM firm.deals WHERE stage = 'won'}, @reader), '3', 'a move moves the rows that may be seen');
for (
	[ q{SELECT journey.html_table('firm.deals')}, 'html_table' ],
	[ q{SELECT * FROM journey.conversion('firm.deals', 'snapshot', '{open,won}', dimension => 'pay')}, 'conversion' ],
	[ q{SELECT * FROM journey.track('firm.deals', 'stage', 'new -> *; next')}, 'track' ],
	[ q{SELECT * FROM journey.untrack('firm.deals')}, 'untrack' ],
	[ q{SELECT journey.materialize('firm.clicks', 'id', 'at', 'event', 'mine')}, 'materialize' ],
	[ q{SELECT journey.logistic_fit('firm.private', 'yes', 'features')}, 'logistic_fit' ],
	[ q{SELECT * FROM journey.group_events('firm.private', 'id', 'at', 'event') AS g(k int, j journey.journey)}, 'group_events' ])
{
	my ($query, $what) = @$_;
	($status, $out, $err) = $node->psql('named', "\\set VERBOSITY verbose\n$query", @reader);
	like($err, qr/ERROR:\s+42501/, "$what of what the caller has no right to");
}

# ---------------------------------------------------------------- the log, which is written with the owner's rights

# What the owner has put on it runs with the owner's rights, too: a careless trigger must not find names of whoever moves the row.
$node->safe_psql('named', q{
	CREATE TABLE firm.audit (who text, what text); CREATE SCHEMA trick; GRANT USAGE, CREATE ON SCHEMA trick TO reader; GRANT USAGE ON SCHEMA trick TO public;
	CREATE FUNCTION firm.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit SELECT current_user, lower(NEW.to_stage::text) WHERE NEW.db_user = ''reader''; RETURN NULL; END';
	CREATE TRIGGER note AFTER INSERT ON firm.deals_log FOR EACH ROW EXECUTE FUNCTION firm.note();
	INSERT INTO firm.deals (id, stage, whose) VALUES (20, 'open', 'reader')}, @maker);
$node->safe_psql('named', q{
	CREATE TABLE trick.hit (who text); GRANT ALL ON trick.hit TO public; CREATE TABLE trick.audit (who text, what text); GRANT ALL ON trick.audit TO public;
	CREATE FUNCTION trick.lower(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO trick.hit VALUES (current_user); RETURN $1; END';
	CREATE FUNCTION trick.eq(name, text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN INSERT INTO trick.hit VALUES (current_user); RETURN true; END';
	CREATE OPERATOR trick.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trick.eq);
	CREATE TEMP TABLE audit (who text, what text); GRANT ALL ON audit TO public;
	SET search_path = pg_temp, trick, pg_catalog; UPDATE firm.deals SET stage = 'won' WHERE id = 20}, @reader);
is($node->safe_psql('named', 'SELECT who FROM trick.hit'), '', 'a trigger of the log calls nothing that belongs to whoever moves the row');
is($node->safe_psql('named', 'SELECT who, what FROM firm.audit', @maker), 'maker|won', 'and writes where its owner meant');
is($node->safe_psql('named', q{SET search_path = trick; UPDATE firm.deals SET stage = 'lost' WHERE id = 20; SHOW search_path}, @reader), 'trick', 'the path is as it was afterwards');

# ---------------------------------------------------------------- triggers on tables of one's own

# The functions of our triggers may be attached by anybody to tables that are theirs: with any arguments.
$node->safe_psql('named', q{
	CREATE SCHEMA own AUTHORIZATION reader});
my @odd;
for my $function (split /\n/, $node->safe_psql('named', q{SELECT p.proname FROM pg_proc p WHERE pronamespace = 'journey'::regnamespace AND prorettype = 'trigger'::regtype ORDER BY 1}))
{
	for my $when ('BEFORE INSERT OR UPDATE OR DELETE', 'AFTER INSERT OR UPDATE OR DELETE')
	{
		for my $level ('ROW', 'STATEMENT')
		{
			for my $arguments ('', q{'stage', 'journey', 'new -> *'}, q{'firm', 'deals', 'id', 'at', 'event', '1 day'}, q{'deals_log', 'stage', 'journey', 'id'}, q{'', '', '', '', '', '', '', ''})
			{
				($status, $out, $err) = $node->psql('named', qq{\\set VERBOSITY sqlstate
					BEGIN;
					CREATE TABLE own.t (id int, stage text, journey text);
					CREATE TRIGGER t $when ON own.t FOR EACH $level EXECUTE FUNCTION journey.$function($arguments);
					SAVEPOINT s;
					INSERT INTO own.t VALUES (1, 'a', NULL);
					ROLLBACK TO s; DELETE FROM own.t; ROLLBACK TO s; UPDATE own.t SET id = 2; ROLLBACK}, @reader, on_error_stop => 0);
				push @odd, "$function($arguments) $when $level: $err" if $err =~ /ERROR:\s+XX|connection/;
			}
		}
	}
}
is(join("\n", @odd), '', 'functions of triggers are careful about what they are attached to');
is($node->safe_psql('named', 'SELECT count(*) FROM firm.deals', @maker), '11', 'and touch nothing that is not their owner\'s');

$node->stop;
done_testing();
