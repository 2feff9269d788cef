# A trusted extension: whoever may create objects in the database creates it, and every other ordinary user uses it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE maker LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE stranger LOGIN;
	CREATE DATABASE shop;
	GRANT CREATE ON DATABASE shop TO maker});

sub as { my $who = shift; return (extra_params => [ '-U', $who ]); }

my ($status, $out, $err) = $node->psql('shop', 'CREATE EXTENSION journey', as('stranger'));
like($err, qr/permission denied/, 'who may not create objects may not create the extension');
$node->safe_psql('shop', 'CREATE EXTENSION journey', as('maker'));
is($node->safe_psql('shop', q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'journey'}), 'maker', 'an ordinary user created it');

# a schema of the maker's own, since public is closed from 15 on
$node->safe_psql('shop', q{
	CREATE SCHEMA crm;
	SET search_path = crm;
	CREATE TYPE stage AS ENUM ('open', 'won', 'lost');
	CREATE TABLE deals (id int PRIMARY KEY, stage stage, budget int, journey journey.journey);
	CREATE TRIGGER stage BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
		EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open; open -> won when (budget > 0); * -> lost');
	INSERT INTO deals (id, stage, budget) SELECT i, 'open', i FROM generate_series(0, 9) i;
	GRANT USAGE ON SCHEMA crm TO reader;
	GRANT SELECT, UPDATE ON deals TO reader}, as('maker'));
is($node->safe_psql('shop', q{UPDATE crm.deals SET stage = 'won' WHERE id > 5; SELECT count(*) FROM crm.deals WHERE journey.current(journey) = 'won'}, as('reader')),
	'4', 'another one moves rows through the trigger');
($status, $out, $err) = $node->psql('shop', q{\set VERBOSITY verbose
	UPDATE crm.deals SET stage = 'won' WHERE id = 0}, as('reader'));
like($err, qr/23514/, 'and is held to the rules');
is($node->safe_psql('shop', q{SELECT journey.journey_agg(s, t) FROM (VALUES ('a', timestamptz '2026-01-01 00:00:00+00'), ('b', '2026-01-02 00:00:00+00')) AS v(s, t)}, as('reader')),
	'{a@2026-01-01T00:00:00Z, b@2026-01-02T00:00:00Z}', 'aggregates');
is($node->safe_psql('shop', q{SET search_path = journey; SELECT '{a@2026-01-01}'::journey @> ARRAY['a'], '{a@2026-01-01}'::journey = '{a@2026-01-01}'}, as('reader')),
	't|t', 'operators');

# every function may be executed by everyone, or else says so here
is($node->safe_psql('shop', q{
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
	WHERE nspname = 'journey' AND NOT has_function_privilege('reader', p.oid, 'EXECUTE')}), '', 'no function is kept from ordinary users');
is($node->safe_psql('shop', q{SELECT has_schema_privilege('reader', 'journey', 'USAGE'), has_schema_privilege('reader', 'journey', 'CREATE')}), 't|f',
	'everyone may use the schema, and not write into it');

# nothing that was put into the way of the install script is taken up by it
$node->safe_psql('postgres', 'CREATE DATABASE hostile OWNER maker');
($status, $out, $err) = $node->psql('hostile', q{
	CREATE SCHEMA journey;
	CREATE FUNCTION journey.length(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE TYPE journey.journey AS (x int)}, as('maker'));
($status, $out, $err) = $node->psql('hostile', 'CREATE EXTENSION journey', as('maker'));
isnt($status, 0, 'a schema in which the names are taken is refused');
$node->safe_psql('hostile', 'DROP SCHEMA journey CASCADE', as('maker'));
$node->safe_psql('hostile', q{
	CREATE SCHEMA evil;
	CREATE FUNCTION evil.hit() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil was called by %', current_user; END $$;
	CREATE FUNCTION evil.eq(text, text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.hit(); RETURN true; END $$;
	CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
	CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT evil.hit()::text';
	CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT evil.hit(); SELECT NULL::timestamptz';
	ALTER DATABASE hostile SET search_path = evil, pg_catalog}, as('maker'));
$node->safe_psql('hostile', 'CREATE EXTENSION journey', as('maker'));
pass('a hostile search_path does not reach the install script');

$node->stop;
done_testing();
