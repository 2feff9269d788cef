# A workspace of an ordinary user: under any name, dumped and restored, under least rights and row level security,
# and brought up to date.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE maker LOGIN; CREATE ROLE tenant LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE writer LOGIN;
	CREATE DATABASE source; GRANT CREATE ON DATABASE source TO maker});
$node->safe_psql('source', 'CREATE EXTENSION journey');
my $dir = PostgreSQL::Test::Utils::tempdir();

sub as { my $who = shift; return (extra_params => [ '-U', $who ]); }

sub refused
{
	my ($who, $sql, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('source', "\\set VERBOSITY verbose\n$sql", as($who));
	like($err, $pattern, $name);
}

# ---------------------------------------------------------------- any name, and no more rights than needed

my $odd = 'Wörk "space"; --';
(my $quoted = $odd) =~ s/"/""/g;
for my $name ('crm', $odd)
{
	is($node->safe_psql('source', "SELECT count(*) > 100 FROM journey.create_workspace(\$n\$$name\$n\$)", as('maker')), 't', "made by an ordinary user: $name");
	is($node->safe_psql('source', "SELECT bool_and(filled > 0) FROM journey.sample_workspace(\$n\$$name\$n\$, 150, '2026-03-01Z')", as('maker')), 't', "and filled, every table of it: $name");
}
my $views = q{SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(:'w')) AND c.relkind = 'v' ORDER BY 1};
sub counts
{
	my ($name) = @_;
	my @views = split /\n/, $node->safe_psql('source', "\\set w `printf %s '$name'`\n$views", as('maker'));
	(my $q = $name) =~ s/"/""/g;
	return join "\n", map { "$_ " . $node->safe_psql('source', "SELECT count(*) FROM \"$q\".\"$_\"", as('maker')) } @views;
}
my $plain = counts('crm');
is(counts($odd), $plain, 'all views work under that name and show the same');
is($node->safe_psql('source', "SELECT count(*) FROM \"$quoted\".doctor() WHERE severity = 'error'", as('maker')), '0', 'doctor finds nothing wrong in it');
is($node->safe_psql('source', "SELECT \"$quoted\".forget_party(1)", as('maker')), '1', 'and somebody can be forgotten');
$node->safe_psql('source', "SELECT journey.drop_workspace(\$n\$$odd\$n\$, true)", as('maker'));

refused('tenant', q{SELECT journey.create_workspace('tenancy')}, qr/42501/, 'who may not create a schema makes no workspace');
$node->safe_psql('source', 'CREATE SCHEMA tenancy AUTHORIZATION tenant');
is($node->safe_psql('source', q{SELECT count(*) > 100 FROM journey.create_workspace('tenancy')}, as('tenant')), 't', 'but in an empty schema of his own');

# ---------------------------------------------------------------- dump and restore

# what depends on the moment of asking is left out
my $fingerprint = q{
	CREATE FUNCTION pg_temp.print(c regclass) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE r text;
	BEGIN
		EXECUTE format('SELECT concat_ws('' '', count(*), md5(coalesce(string_agg(x.t, '';'' ORDER BY x.t COLLATE "C"), ''''))) FROM (SELECT (to_jsonb(v) - ''{waiting,remaining,overdue,late,duration,dwell,age,updated_at,maturity,early_maturity,late_maturity,score,trust,warmth,participation,account_score,best_contact_score,contact_score,place,account_place,contact_place,expected,horizon,human_delay,used}''::text[])::text AS t FROM %s v) x', c) INTO r;
		RETURN r;
	END $$;
	SELECT c.relname, c.relkind, CASE WHEN c.relname ~ '_(stages|stalled|cohorts|velocity)$' THEN '' ELSE pg_temp.print(c.oid) END
	FROM pg_class c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1;
	SELECT p.oid::regprocedure, pg_get_function_result(p.oid), p.provolatile, p.proconfig FROM pg_proc p WHERE p.pronamespace = 'crm'::regnamespace ORDER BY 1::text;
	SELECT t.tgrelid::regclass, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'crm'::regnamespace AND NOT t.tgisinternal ORDER BY 1, 2;
	SELECT conrelid::regclass, conname, translate(pg_get_constraintdef(oid), '()', '') FROM pg_constraint WHERE connamespace = 'crm'::regnamespace ORDER BY 1::text, 2;
	SELECT indexdef FROM pg_indexes WHERE schemaname = 'crm' ORDER BY 1;
	SELECT pg_describe_object(classoid, objoid, objsubid), description FROM pg_description d WHERE classoid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
		AND pg_describe_object(classoid, objoid, objsubid) ~ 'crm\.' ORDER BY 1;
	SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'crm' ORDER BY 1};
my $before = $node->safe_psql('source', $fingerprint, as('maker'));
like($before, qr/^party\|r\|150 /m, 'the sample is there');
$node->safe_psql('postgres', 'CREATE DATABASE target OWNER maker');
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGUSER} = 'maker';
	command_ok([ 'pg_dump', '-Fc', '-n', 'crm', '-f', "$dir/crm", 'source' ], 'pg_dump by its owner');
	$node->safe_psql('target', 'CREATE EXTENSION journey', as('maker'));
	command_ok([ 'pg_restore', '--exit-on-error', '--single-transaction', '-d', 'target', "$dir/crm" ], 'pg_restore by its owner');
}
my $after = $node->safe_psql('target', $fingerprint, as('maker'));
my %old = map { $_ => 1 } split /\n/, $before;
my %new = map { $_ => 1 } split /\n/, $after;
is(join("\n", sort grep { !$new{$_} } keys %old), '', 'nothing is lost by dump and restore: rows, views, functions, triggers, keys, comments');
is(join("\n", sort grep { !$old{$_} } keys %new), '', 'and nothing is added');
is($node->safe_psql('target', q{SELECT count(*) FROM journey.create_workspace('crm')}, as('maker')), '0', 'a restored workspace is up to date');
is($node->safe_psql('target', q{INSERT INTO crm.party (kind, name) VALUES ('person', 'After') RETURNING id, stage}, as('maker')), '151|acquaintance', 'and goes on');
$node->safe_psql('postgres', 'DROP DATABASE target');

# ---------------------------------------------------------------- a reader, a writer, and row level security

$node->safe_psql('source', q{
	GRANT USAGE ON SCHEMA crm TO reader, writer;
	GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader, writer;
	GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA crm TO writer;
	REVOKE INSERT, UPDATE ON crm.workspace, crm.stage_definition, crm.score_model, crm.triage_rule, crm.personal_data, crm.work_calendar, crm.sla_clause FROM writer}, as('maker'));
my @views = split /\n/, $node->safe_psql('source', q{SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v' ORDER BY 1});
is(join("\n", map { "$_ " . $node->safe_psql('source', "SELECT count(*) FROM crm.\"$_\"", as('reader')) } @views), $plain, 'a reader sees all views');
is($node->safe_psql('source', q{SELECT count(*) FROM crm.doctor() WHERE severity = 'error'}, as('reader')), '0', 'and may ask the doctor');
refused('reader', q{UPDATE crm.party SET name = 'x'}, qr/42501/, 'but writes nothing');
refused('reader', q{SELECT crm.forget_party(1)}, qr/42501/, 'not even by a function');
is($node->safe_psql('source', q{
	INSERT INTO crm.party (kind) VALUES ('anonymous') RETURNING id;
	INSERT INTO crm.party (kind, name) VALUES ('person', 'Worker''s') RETURNING id;
	SELECT crm.merge_party(151, 152) > 0;
	INSERT INTO crm.consent (party_id, kind, evidence) VALUES (152, 'verbal', 'heard');
	UPDATE crm.party SET stage = 'choice' WHERE id = 152;
	INSERT INTO crm.touch (party_id, channel, kind) VALUES (151, 'site', 'training');
	INSERT INTO crm.trial (party_id, offer_id, ends) SELECT 152, id, now() + interval '1 day' FROM crm.offer WHERE kind = 'trial';
	INSERT INTO crm.stream_member (stream_id, party_id) VALUES (1, 152);
	INSERT INTO crm.party_segment (party_id, segment_id) VALUES (152, 1);
	INSERT INTO crm.outcome_reading (party_id, required) VALUES (152, 1);
	SELECT stage, consented, outcome_met FROM crm.party WHERE id IN (151, 152) ORDER BY id;
	SELECT crm.forget_party(151)}, as('writer')), "151\n152\nt\nacquaintance|t|t\nchoice|t|t\n2", 'a writer does the daily work');
refused('writer', q{DELETE FROM crm.touch}, qr/42501/, 'and deletes nothing');
refused('writer', q{UPDATE crm.score_model SET rules = rules}, qr/42501/, 'nor changes the settings');

$node->safe_psql('source', q{
	ALTER TABLE crm.party ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON crm.party TO reader USING (origin = 'outbound');
	CREATE POLICY every ON crm.party TO writer USING (true)}, as('maker'));
is($node->safe_psql('source', q{SELECT count(*), count(*) FILTER (WHERE origin <> 'outbound') FROM crm.identity}, as('reader')),
	$node->safe_psql('source', q{SELECT count(*), 0 FROM crm.identity WHERE origin = 'outbound'}, as('writer')), 'under row level security a reader sees what he may');
is($node->safe_psql('source', q{SELECT (SELECT sum(reached) FROM crm.lead_funnel_now WHERE step = 1), (SELECT sum(entered) FROM crm.customer_conversion), (SELECT count(*) FROM crm.triage WHERE origin <> 'outbound'), (SELECT sum(leads) FROM crm.lead_quality_by_origin WHERE dimension <> 'outbound')}, as('reader')),
	$node->safe_psql('source', q{SELECT count(*), count(*), 0, NULL FROM crm.identity WHERE origin = 'outbound' AND kind <> 'employee'}, as('writer')), 'in reports, too, whatever function makes them');
my @broken = grep { my ($status) = $node->psql('source', "SELECT count(*) FROM crm.\"$_\"", as('reader')); $status } @views;
is("@broken", '', 'and every view works');

# ---------------------------------------------------------------- brought up to date

$node->safe_psql('source', q{
	DROP VIEW crm.dual_kpi;
	ALTER TABLE crm.touch DROP COLUMN rating CASCADE;
	DROP TABLE crm.stream, crm.stream_member CASCADE;
	DROP FUNCTION crm.doctor(timestamptz);
	UPDATE crm.workspace SET journey_version = '0.0.1'}, as('maker'));
my $touches = $node->safe_psql('source', q{SELECT count(*), sum(cost) FROM crm.touch}, as('maker'));
like($node->safe_psql('source', q{SELECT string_agg(m, ' ') FROM journey.create_workspace('crm') m}, as('maker')),
	qr/column crm\.touch\.rating.*constraint touch_rating_check on crm\.touch.*view crm\.dual_kpi.*table crm\.stream .*function crm\.doctor/s, 'an older workspace gets what it lacks');
is($node->safe_psql('source', q{SELECT count(*), sum(cost) FROM crm.touch}, as('maker')), $touches, 'and keeps what it has');
is(join("\n", map { my ($v) = split / /; $v } grep { /\S/ } split /\n/, counts('crm')), join("\n", map { my ($v) = split / /; $v } split /\n/, $plain), 'all views are there again, and work');
is($node->safe_psql('source', q{SELECT has_table_privilege('reader', 'crm.touch', 'SELECT'), has_table_privilege('reader', 'crm.identity', 'SELECT')}), 't|t', 'what was not lost keeps its rights');

$node->stop;
done_testing();
