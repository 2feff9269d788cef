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
# functions and operators that fit better than those of pg_catalog, in the schema that the script fills: it binds none of them
$node->safe_psql('hostile', q{
	CREATE SCHEMA journey;
	CREATE FUNCTION journey.hit() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil was called by %', current_user; END $$;
	DO $do$
	DECLARE
		f record; kind text;
	BEGIN
		FOR f IN SELECT p.proname, p.proretset, p.pronargs, p.proargtypes, p.prokind, p.prorettype FROM pg_proc p
			WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a') AND p.pronargs > 0
				AND EXISTS (SELECT FROM unnest(p.proargtypes) t WHERE t::regtype::text ~ '^"?any')
				AND p.proname IN ('array_agg', 'unnest', 'array_length', 'cardinality', 'array_position', 'array_append', 'array_remove', 'concat', 'concat_ws', 'format', 'jsonb_agg', 'jsonb_build_object', 'to_jsonb', 'min', 'max', 'count', 'lag', 'lead')
		LOOP
			FOREACH kind IN ARRAY '{text,integer,bigint,double precision,timestamp with time zone}'::text[] LOOP
				BEGIN
					EXECUTE format('CREATE FUNCTION journey.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname,
						(SELECT string_agg(CASE WHEN t::regtype::text ~ 'array' THEN kind || '[]' WHEN t::regtype::text ~ '^"?any' THEN kind ELSE format_type(t, NULL) END, ', ') FROM unnest(f.proargtypes) t),
						CASE WHEN f.proretset THEN 'SETOF ' ELSE '' END || kind, 'BEGIN PERFORM journey.hit(); END');
				EXCEPTION WHEN duplicate_function OR invalid_function_definition OR datatype_mismatch THEN NULL;
				END;
			END LOOP;
		END LOOP;
	END $do$}, as('maker'));
cmp_ok($node->safe_psql('hostile', q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'journey'::regnamespace}), '>', 60, 'traps are laid in the schema of the extension');
$node->safe_psql('hostile', 'CREATE EXTENSION journey', as('maker'));
is($node->safe_psql('hostile', q{
	SELECT pg_describe_object(d.classid, d.objid, 0) || ' needs ' || pg_describe_object(d.refclassid, d.refobjid, 0) FROM pg_depend d
	WHERE EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
		AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_cast'::regclass) AND d.refobjid >= 16384
		AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e')
		-- array types belong to their elements
		AND NOT EXISTS (SELECT FROM pg_type a JOIN pg_depend e ON e.classid = 'pg_type'::regclass AND e.objid = a.typelem AND e.deptype = 'e' WHERE d.refclassid = 'pg_type'::regclass AND a.oid = d.refobjid)}),
	'', 'nothing of the extension is bound to what others had put there');
$node->safe_psql('hostile', 'DROP EXTENSION journey; DROP SCHEMA journey CASCADE', as('maker'));
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
