-- changing stages: what stands around the tracked tables

SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET search_path = public, journey;
\pset format unaligned

CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    EXECUTE command;
    RETURN 'fine: ' || command;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', state, message, NULLIF(detail, ''), NULLIF(hint, ''));
END $$;

-- ------------------------------------------------------------ journeys that materialize keeps

CREATE SCHEMA ma;
CREATE TYPE ma.step AS ENUM ('visit', 'cart', 'pay', 'buy');
CREATE DOMAIN ma.some_step AS ma.step;
CREATE TABLE ma.clicks (customer int, at timestamptz, what ma.step);
CREATE TABLE ma."other's" (customer int, at timestamptz, what ma.some_step);
CREATE TABLE ma.words (customer int, at timestamptz, what text);
CREATE INDEX ON ma.clicks (customer);
CREATE INDEX ON ma."other's" (customer);
CREATE INDEX ON ma.words (customer);
SELECT materialize('ma.clicks', 'customer', 'at', 'what', 'kept');
SELECT materialize('ma.clicks', 'customer', 'at', 'what', 'kept by month', '1 month');
SELECT materialize('ma."other''s"', 'customer', 'at', 'what', 'others');
SELECT materialize('ma.words', 'customer', 'at', 'what', 'words_kept');
-- ties too, whose order in a journey is that of the labels
INSERT INTO ma.clicks SELECT i % 20, timestamptz '2026-01-01 00:00+00' + (i / 2) * interval '11 hours', (enum_range(NULL::ma.step))[1 + i * 7 % 4] FROM generate_series(1, 400) i;
INSERT INTO ma."other's" SELECT customer, at, what FROM ma.clicks;
INSERT INTO ma.words SELECT customer, at, what FROM ma.clicks;
-- what is kept against what the events say
CREATE VIEW ma.differs AS
    SELECT 'kept' AS kept, count(*) FROM ma.kept k FULL JOIN (SELECT customer, journey_agg(what::text, at) AS j FROM ma.clicks GROUP BY 1) e USING (customer) WHERE k.journey IS DISTINCT FROM e.j
    UNION ALL
    SELECT 'kept by month', count(*) FROM ma."kept by month" k FULL JOIN (SELECT customer, date_trunc('month', at, 'UTC') AS period, journey_agg(what::text, at) AS j FROM ma.clicks GROUP BY 1, 2) e USING (customer, period)
        WHERE k.journey IS DISTINCT FROM e.j
    UNION ALL
    SELECT 'others', count(*) FROM ma.others k FULL JOIN (SELECT customer, journey_agg(what::text, at) AS j FROM ma."other's" GROUP BY 1) e USING (customer) WHERE k.journey IS DISTINCT FROM e.j
    UNION ALL
    SELECT 'words_kept', count(*) FROM ma.words_kept k FULL JOIN (SELECT customer, journey_agg(what, at) AS j FROM ma.words GROUP BY 1) e USING (customer) WHERE k.journey IS DISTINCT FROM e.j;
SELECT * FROM ma.differs;
SELECT rel, events FROM kept_journeys('ma.step');
-- triggers of others on the journeys do not take it for a change of theirs
CREATE FUNCTION ma.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a journey was changed'; END$$;
CREATE TRIGGER refuse BEFORE UPDATE ON ma.kept FOR EACH ROW EXECUTE FUNCTION ma.refuse();
CREATE TEMP TABLE dry AS SELECT statement, rows FROM rename_stage('ma.step', 'cart', 'zz "basket"', dry_run => true);
CREATE TEMP TABLE done AS SELECT statement, rows FROM rename_stage('ma.step', 'cart', 'zz "basket"');
SELECT statement, rows FROM done WHERE statement ~ '^(UPDATE|LOCK)';
SELECT count(*) AS differs FROM (SELECT * FROM dry EXCEPT ALL SELECT * FROM done) d;
ALTER TABLE ma.kept DISABLE TRIGGER refuse;
INSERT INTO ma.clicks VALUES (1, '2026-07-01Z', 'zz "basket"');
SELECT * FROM ma.differs;
ALTER TABLE ma.kept ENABLE TRIGGER refuse;
-- the domain is in the way of a new type
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('ma.step', 'pay', 'buy')$$);
DROP VIEW ma.differs;
SELECT dematerialize('ma.others', true);
DROP TABLE ma."other's";
DROP DOMAIN ma.some_step;
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('ma.step', 'pay')$$);
TRUNCATE dry, done;
INSERT INTO dry SELECT statement, rows FROM drop_stage('ma.step', 'pay', 'buy', dry_run => true);
INSERT INTO done SELECT statement, rows FROM drop_stage('ma.step', 'pay', 'buy');
SELECT statement, rows FROM done WHERE statement ~ '^UPDATE';
SELECT count(*) AS differs FROM (SELECT * FROM dry EXCEPT ALL SELECT * FROM done) d;
SELECT count(*) AS differs FROM ma.kept k FULL JOIN (SELECT customer, journey_agg(what::text, at) AS j FROM ma.clicks GROUP BY 1) e USING (customer) WHERE k.journey IS DISTINCT FROM e.j;
SELECT count(*) AS words_left_alone FROM ma.words_kept WHERE journey @> '{cart}';
-- whose they are
CREATE ROLE ma_owner;
GRANT CREATE, USAGE ON SCHEMA ma TO ma_owner;
ALTER TYPE ma.step OWNER TO ma_owner;
SET ROLE ma_owner;
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('ma.step', 'buy', 'x')$$);
RESET ROLE;

-- a superuser is warned of tables that belong to others than the owner of the type
CREATE TYPE ma.open AS ENUM ('a', 'b');
CREATE TABLE ma.mine (id int PRIMARY KEY, s ma.open);
SET ROLE ma_owner;
CREATE TABLE ma.theirs (id int PRIMARY KEY, s ma.open);
SELECT count(*) > 0 FROM track('ma.theirs', 's', 'new -> *; * -> *', views => false);
RESET ROLE;
SELECT warning FROM rename_stage('ma.open', 'a', 'x', dry_run => true) WHERE warning IS NOT NULL;
SELECT warning FROM drop_stage('ma.open', 'a', 'b', dry_run => true) WHERE warning IS NOT NULL;
SELECT warning FROM reorder_stages('ma.open', '{b,a}', dry_run => true) WHERE warning IS NOT NULL;
ALTER TYPE ma.open OWNER TO ma_owner;
SELECT count(warning) FROM reorder_stages('ma.open', '{b,a}', dry_run => true);

-- ------------------------------------------------------------ rights by default

CREATE TYPE ma.stage AS ENUM ('a', 'b', 'c');
CREATE TYPE ma.granted AS ENUM ('a', 'b', 'c');
GRANT USAGE ON TYPE ma.granted TO ma_owner;
CREATE TABLE ma.t (id int PRIMARY KEY, s ma.stage, g ma.granted);
SELECT count(*) > 0 FROM track('ma.t', 's', 'new -> *; * -> *');
SELECT count(*) > 0 FROM stage_dates_view('ma.t');
CREATE VIEW ma.secret AS SELECT id, s, g FROM ma.t;
CREATE VIEW ma.shown AS SELECT s, g FROM ma.secret;
GRANT SELECT ON ma.shown TO ma_owner;
CREATE FUNCTION pg_temp.rights() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(v, '; ' ORDER BY v COLLATE "C") FROM (
        SELECT concat(c.relname, ' ', r.rolname, ' ', p) FROM pg_class c, pg_roles r, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p
        WHERE c.relnamespace = 'ma'::regnamespace AND c.relkind = 'v' AND r.rolname IN ('ma_owner', 'ma_other') AND has_table_privilege(r.oid, c.oid, p)
        UNION ALL
        SELECT concat(t.typname, ' ', r.rolname) FROM pg_type t, pg_roles r
        WHERE t.typnamespace = 'ma'::regnamespace AND t.typtype = 'e' AND r.rolname IN ('ma_owner', 'ma_other') AND has_type_privilege(r.oid, t.oid, 'USAGE')) x (v) $$;
CREATE ROLE ma_other;
SELECT pg_temp.rights() AS was \gset
SELECT :'was' AS rights;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA ma GRANT ALL ON TABLES TO ma_other;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO ma_other WITH GRANT OPTION;
SELECT count(*) > 0 FROM reorder_stages('ma.stage', '{c,b,a}');
SELECT count(*) > 0 FROM reorder_stages('ma.granted', '{c,b,a}');
SELECT pg_temp.rights() = :'was' AS same_rights;
SELECT typname, a.grantee::regrole, a.is_grantable FROM pg_type, aclexplode(typacl) a WHERE typnamespace = 'ma'::regnamespace AND typname = 'stage' ORDER BY 2;
SELECT count(*) > 0 FROM add_stage('ma.stage', 'd', before => 'b');
SELECT pg_temp.rights() = :'was' AS same_rights;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA ma REVOKE ALL ON TABLES FROM ma_other;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM ma_other;
SELECT count(*) AS default_privileges FROM pg_default_acl;

-- ------------------------------------------------------------ what is refused beforehand, and what is kept of an index

CREATE TYPE ma.k AS ENUM ('x', 'y\', 'z');
CREATE DOMAIN ma.checked AS ma.k CHECK (VALUE <> 'z');
SELECT pg_temp.refused($$SELECT count(*) FROM reorder_stages('ma.k', ARRAY['z', 'y\', 'x'])$$);
DROP DOMAIN ma.checked;
CREATE TABLE ma.p1 (id int, k ma.k);
CREATE TABLE ma.p2 (k ma.k);
SET client_min_messages = error;
CREATE TABLE ma.child (n int) INHERITS (ma.p1, ma.p2);
SET client_min_messages = warning;
SELECT pg_temp.refused($$SELECT count(*) FROM reorder_stages('ma.k', ARRAY['z', 'y\', 'x'], dry_run => true)$$);
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('ma.k', 'z')$$);
DROP TABLE ma.child, ma.p2;
-- from one table by two ways, it can be changed
CREATE TABLE ma.left_of () INHERITS (ma.p1);
CREATE TABLE ma.right_of () INHERITS (ma.p1);
SET client_min_messages = error;
CREATE TABLE ma.below () INHERITS (ma.left_of, ma.right_of);
SET client_min_messages = warning;
INSERT INTO ma.below VALUES (1, 'x');
SELECT count(*) > 0 FROM reorder_stages('ma.k', ARRAY['z', 'y\', 'x']);
SELECT tableoid::regclass, k FROM ma.p1;
DROP TABLE ma.below, ma.left_of, ma.right_of;
CREATE TABLE ma.split (k ma.k) PARTITION BY LIST (k);
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('ma.k', 'z')$$);
DROP TABLE ma.split;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE ma_space LOCATION '';
CREATE INDEX odd ON ma.p1 ((k = 'x'), (id + 1)) TABLESPACE ma_space WHERE k <> 'z';
ALTER INDEX ma.odd ALTER COLUMN 2 SET STATISTICS 77;
SELECT count(*) > 0 FROM reorder_stages('ma.k', ARRAY['x', 'y\', 'z']);
SELECT pg_get_indexdef('ma.odd'::regclass), (SELECT spcname FROM pg_tablespace WHERE oid = reltablespace) AS tablespace,
    (SELECT attstattarget FROM pg_attribute WHERE attrelid = 'ma.odd'::regclass AND attnum = 2) AS statistics FROM pg_class WHERE oid = 'ma.odd'::regclass;
DROP INDEX ma.odd;
DROP TABLESPACE ma_space;
-- a guard that names a label with a backslash
SELECT count(*) > 0 FROM track('ma.p1', 'k', 'new -> *; x -> "y\" when (k = ''y\''); * -> z', views => false);
SELECT warning FROM rename_stage('ma.k', 'y\', 'y', dry_run => true) WHERE warning IS NOT NULL;
SELECT warning FROM drop_stage('ma.k', 'y\', 'x', dry_run => true) WHERE warning ~ 'guard \(';
-- the table instead of its type
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('ma.p1', 'x', 'y')$$);

-- ------------------------------------------------------------ verify, which ends each migration, against a calculation of its own

CREATE TYPE ma.v AS ENUM ('a', 'b', 'c', 'd');
CREATE TABLE ma.random (id int PRIMARY KEY, s ma.v);
SELECT count(*) > 0 FROM track('ma.random', 's', 'new -> *; a -> b -> c; c -> a when (id > 0); * -> d', views => false);
ALTER TABLE ma.random DISABLE TRIGGER USER;
SELECT setseed(0.5);
-- journeys of any labels, one of them no stage, repeats and ties included; some rows without a stage, without a journey or with an empty one
INSERT INTO ma.random (id, s, journey)
SELECT i, CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.8 AND j.last <> 'zz' THEN j.last::ma.v ELSE (enum_range(NULL::ma.v))[1 + floor(random() * 4)::int] END,
       CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.03 THEN '{}' ELSE j.journey END
FROM generate_series(1, 1500) i
CROSS JOIN LATERAL (SELECT journey_agg(l, at) AS journey, (array_agg(l ORDER BY at DESC, l COLLATE "C" DESC))[1] AS last
    FROM (SELECT ('{a,b,c,d,zz}'::text[])[1 + floor(random() * CASE WHEN random() < 0.1 THEN 5 ELSE 4 END)::int] AS l, timestamptz '2026-01-01Z' + floor(random() * 20) * interval '1 hour' AS at
          FROM generate_series(1, 1 + (i + floor(random() * 4)::int) % 5)) e) j;
CREATE TEMP TABLE expected AS
WITH e AS (
    SELECT r.id, x.label, lag(x.label) OVER (PARTITION BY r.id ORDER BY x.at, x.label COLLATE "C") AS before, x.at,
           row_number() OVER (PARTITION BY r.id ORDER BY x.at DESC, x.label COLLATE "C" DESC) AS from_end
    FROM ma.random r CROSS JOIN LATERAL events(r.journey) x
), ends AS (
    SELECT r.id, r.s::text AS s, e.label FROM ma.random r LEFT JOIN e ON e.id = r.id AND e.from_end = 1
)
SELECT id, 'the row has a stage and no journey' AS problem FROM ends WHERE s IS NOT NULL AND label IS NULL
UNION SELECT id, 'the row has a journey and no stage' FROM ends WHERE s IS NULL AND label IS NOT NULL
UNION SELECT id, 'the stage is ' || s || ', the journey ends in ' || label FROM ends WHERE s <> label
UNION SELECT id, 'the journey has zz, which is no stage' FROM e WHERE label = 'zz'
UNION SELECT id, 'no rule allows the move from ' || before || ' to ' || label FROM e
    WHERE before <> label AND before <> 'zz' AND label <> 'zz' AND label <> 'd' AND (before, label) NOT IN (('a', 'b'), ('b', 'c'), ('c', 'a'));
CREATE TEMP TABLE found AS SELECT (key ->> 'id')::int AS id, problem FROM verify('ma.random');
SELECT regexp_replace(problem, ' (is|in|from|to|has) [a-z]+\M', ' \1 _', 'g') AS problem, count(*) > 10 AS many FROM expected GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM found) x) AS missed, (SELECT count(*) FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM expected) x) AS too_many;

SET client_min_messages = error;
DROP SCHEMA ma CASCADE;
DROP ROLE ma_owner, ma_other;
