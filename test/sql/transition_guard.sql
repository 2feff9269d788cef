-- guards: what they may be, what their names mean, when they pass
CREATE TYPE tg_stage AS ENUM ('lead', 'mql', 'sql', 'lost');
CREATE TABLE tg_leads (
    id int, budget numeric, authority boolean, "Odd ""Name" text, tags text[], doc jsonb, seen timestamptz,
    doubled int GENERATED ALWAYS AS (id * 2) STORED, stage tg_stage, journey journey.journey
);

-- check_guard: the columns it reads, in the order of the table
SELECT journey.check_guard('tg_leads', 'budget > 0 and new.authority');
SELECT journey.check_guard('tg_leads', '"Odd ""Name" is not null'), journey.check_guard('tg_leads', 'new."Odd ""Name" ~ ''x''');
SELECT journey.check_guard('tg_leads', 'true') AS none;
SELECT journey.check_guard('tg_leads', 'stage = ''mql'' or ''a'' = any (tags) or doc ? ''k'' or doc @> ''{"a": 1}''');
SELECT journey.check_guard('tg_leads', 'case when budget between 1 and 2 then authority else coalesce(id, 0) in (1, 2, 3) end');
SELECT journey.check_guard('tg_leads', 'journey.length(journey) < 5 and seen > current_date - interval ''1 day'' and current_user <> ''''');
SELECT journey.check_guard('tg_leads', '(budget, id) = (1, 2) -- and more');
SELECT journey.check_guard('tg_leads', ' ( ( /* ) */ authority ) ) ');
SELECT journey.check_guard('tg_leads', NULL) IS NULL AS none;

-- not a guard
SELECT journey.check_guard('tg_leads', '');
SELECT journey.check_guard('tg_leads', '-- nothing');
SELECT journey.check_guard('tg_leads', 'budget >');
SELECT journey.check_guard('tg_leads', 'budget > 0)');
SELECT journey.check_guard('tg_leads', 'authority; drop table tg_leads');
SELECT journey.check_guard('tg_leads', 'budget');
SELECT journey.check_guard('tg_leads', '''yes and no''');
SELECT journey.check_guard('tg_leads', 'budjet > 0');
SELECT journey.check_guard('tg_leads', 'old.budget > 0');
SELECT journey.check_guard('tg_leads', 'tg_leads.budget > 0');
SELECT journey.check_guard('tg_leads', 'no_such_function(budget)');
SELECT journey.check_guard('tg_leads', 'budget > ''many''');
SELECT journey.check_guard('tg_leads', 'stage = ''won''');
SELECT journey.check_guard('tg_leads', '$1');
SELECT journey.check_guard('tg_leads', 'authority, authority');
SELECT journey.check_guard('tg_leads', 'authority as a');
SELECT journey.check_guard('tg_leads', 'authority from tg_leads');
SELECT journey.check_guard('tg_leads', 'authority where true');
SELECT journey.check_guard('tg_leads', 'distinct authority');
SELECT journey.check_guard('tg_leads', 'authority order by 1');
SELECT journey.check_guard('tg_leads', 'authority limit 1');
SELECT journey.check_guard('tg_leads', 'authority for update');
SELECT journey.check_guard('tg_leads', 'authority group by 1');
SELECT journey.check_guard('tg_leads', 'authority having true');
SELECT journey.check_guard('tg_leads', 'authority window w as ()');
SELECT journey.check_guard('tg_leads', '*');
SELECT journey.check_guard('tg_leads', 'new.*');
SELECT journey.check_guard('tg_leads', 'exists (select 1)');
SELECT journey.check_guard('tg_leads', 'id in (select 1)');
SELECT journey.check_guard('tg_leads', 'count(*) > 1');
SELECT journey.check_guard('tg_leads', 'sum(id) over () > 1');
SELECT journey.check_guard('tg_leads', 'generate_series(1, id) > 1');
SELECT journey.check_guard('tg_leads', '1 / 0 = 1');
SELECT journey.check_guard('tg_leads', 'doubled > 2');
SELECT journey.check_guard('tg_leads', 'new is not null');
SELECT journey.check_guard('tg_leads', 'ctid is not null');
SELECT journey.check_guard('tg_leads', 'new.xmin is not null');
SELECT journey.check_guard('pg_class_oid_index', 'true');
SELECT journey.check_guard(0, 'true');
-- nor a virtual generated column, where there are such
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'ALTER TABLE tg_leads ADD thrice int GENERATED ALWAYS AS (id * 3) VIRTUAL';
        PERFORM journey.check_guard('tg_leads', 'thrice > 3');
    ELSE
        RAISE EXCEPTION 'guard cannot use generated column "thrice"';
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '%', SQLERRM;
END $$;
\set VERBOSITY sqlstate
SELECT journey.check_guard('tg_leads', 'budget >');
SELECT journey.check_guard('tg_leads', 'budget');
SELECT journey.check_guard('tg_leads', 'budjet > 0');
SELECT journey.check_guard('tg_leads', 'authority, authority');
SELECT journey.check_guard('tg_leads', 'exists (select 1)');
SELECT journey.check_guard('tg_leads', 'count(*) > 1');
SELECT journey.check_guard('tg_leads', 'doubled > 2');
SELECT journey.check_guard('pg_class_oid_index', 'true');
\set VERBOSITY default

-- settings of the session do not change what a guard says
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET transform_null_equals = on;
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', E'new -> lead when (budget = null or "Odd ""Name" = \'\\\')');
INSERT INTO tg_leads (id, stage) VALUES (1, 'lead');
INSERT INTO tg_leads (id, stage, "Odd ""Name") VALUES (1, 'lead', E'\\');
RESET standard_conforming_strings;
RESET escape_string_warning;
RESET transform_null_equals;
SHOW search_path;

-- names: pg_catalog and the schema of the table only, whatever the path of the caller
CREATE SCHEMA tg_own;
CREATE SCHEMA tg_foreign;
CREATE FUNCTION tg_own.ok(int) RETURNS boolean LANGUAGE sql RETURN $1 > 0;
CREATE FUNCTION tg_foreign.ok(int) RETURNS boolean LANGUAGE sql RETURN true;
CREATE FUNCTION tg_foreign.elsewhere(int) RETURNS boolean LANGUAGE sql RETURN true;
CREATE FUNCTION tg_foreign.always(int, int) RETURNS boolean LANGUAGE sql RETURN true;
CREATE OPERATOR tg_foreign.> (FUNCTION = tg_foreign.always, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION pg_temp.ok(int) RETURNS boolean LANGUAGE sql RETURN true;
CREATE TYPE pg_temp.int4 AS (a int);
CREATE TABLE tg_own.t (id int, stage tg_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_own.t FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey',
        'new -> lead when (ok(id)); new -> mql when (id::int4 > 0); new -> sql when (elsewhere(id)); new -> lost when (tg_foreign.elsewhere(id))');
SET search_path = tg_foreign, pg_catalog, public;
INSERT INTO tg_own.t VALUES (0, 'lead');
INSERT INTO tg_own.t VALUES (1, 'lead');
INSERT INTO tg_own.t VALUES (0, 'mql');
INSERT INTO tg_own.t VALUES (1, 'mql');
INSERT INTO tg_own.t VALUES (1, 'sql');
INSERT INTO tg_own.t VALUES (1, 'lost');
SHOW search_path;
RESET search_path;
SELECT id, stage FROM tg_own.t ORDER BY stage;
-- also after an error that was caught
DO $$
BEGIN
    BEGIN
        INSERT INTO tg_own.t VALUES (1, 'sql');
    EXCEPTION WHEN undefined_function THEN
        RAISE NOTICE '% with path %', SQLERRM, current_setting('search_path');
    END;
    INSERT INTO tg_own.t VALUES (2, 'mql');
END $$;
-- a schema with an odd name
CREATE SCHEMA "tg, ""x";
CREATE FUNCTION "tg, ""x".mine(int) RETURNS boolean LANGUAGE sql RETURN $1 = 7;
CREATE TABLE "tg, ""x".t (id int, stage tg_stage, journey journey.journey);
SELECT journey.check_guard('"tg, ""x".t', 'mine(id)');
SET client_min_messages = warning;
DROP SCHEMA "tg, ""x" CASCADE;
RESET client_min_messages;
DROP FUNCTION pg_temp.ok;
DROP TYPE pg_temp.int4;

-- a guard runs as the one who moves the row
CREATE ROLE regress_tg_user;
CREATE TABLE tg_own.u (id int, who name, stage tg_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_own.u FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> lead when (who = current_user); new -> mql when (ok(id))');
GRANT USAGE ON SCHEMA tg_own TO regress_tg_user;
GRANT INSERT ON tg_own.u TO regress_tg_user;
REVOKE EXECUTE ON FUNCTION tg_own.ok FROM public;
SET ROLE regress_tg_user;
INSERT INTO tg_own.u VALUES (1, 'regress_tg_user', 'lead');
INSERT INTO tg_own.u VALUES (1, 'somebody', 'lead');
INSERT INTO tg_own.u VALUES (1, NULL, 'mql');
RESET ROLE;
SELECT id, who, stage FROM tg_own.u;

-- true, false, unknown; one guard of several is enough, and each that failed is told
DROP TRIGGER journey ON tg_leads;
TRUNCATE tg_leads;
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey',
        'new -> lead; lead -> mql -> sql;
         lead -> mql when (budget > 100);
         * -> mql when (authority and budget > 10);
         mql -> sql when (stage = ''sql'' and new.stage > ''mql'' and journey.length(journey) = 2);
         forward when (1000 / budget > 1)');
INSERT INTO tg_leads (id, stage) SELECT i, 'lead' FROM generate_series(1, 4) i;
UPDATE tg_leads SET stage = 'mql' WHERE id = 1;
UPDATE tg_leads SET stage = 'mql', budget = 5000 WHERE id = 1;
UPDATE tg_leads SET stage = 'mql', budget = 50, authority = true WHERE id = 2;
UPDATE tg_leads SET stage = 'mql', budget = 2000, authority = false WHERE id = 3;
UPDATE tg_leads SET stage = 'mql', budget = 5 WHERE id = 4;
-- a guard sees the row as it will be, and its journey as it was
UPDATE tg_leads SET stage = 'sql', budget = 9999 WHERE id = 1;
-- an error inside a guard names it
UPDATE tg_leads SET stage = 'lost', budget = 0 WHERE id = 2;
-- the settings are the caller's again right after a guard was read
BEGIN;
SET LOCAL search_path = public, pg_temp;
UPDATE tg_leads SET stage = 'lost', budget = 2 WHERE id = 4;
SHOW search_path;
ROLLBACK;
-- a guard over many rows
UPDATE tg_leads SET stage = 'lost', budget = 1;
SELECT id, stage, journey.length(journey) FROM tg_leads ORDER BY id;

-- a guard written in the rules is shown where it stands in them
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> lead;
    new -> mql when (no_such > 0);
    new -> sql when (id = 1 and budget + > 1);
    new -> lost when (budget)');
INSERT INTO tg_leads (id, stage) VALUES (9, 'lead');
INSERT INTO tg_leads (id, stage) VALUES (9, 'mql');
INSERT INTO tg_leads (id, stage) VALUES (9, 'sql');
INSERT INTO tg_leads (id, stage) VALUES (9, 'lost');

-- one statement that asks a guard of a row proposed and of a row that is there
CREATE TABLE tg_upsert (id int PRIMARY KEY, budget int, stage tg_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tg_upsert FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new, * -> * when (budget > 5)');
INSERT INTO tg_upsert VALUES (1, 6, 'lead');
INSERT INTO tg_upsert VALUES (1, 7, 'mql') ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, budget = 5;
INSERT INTO tg_upsert VALUES (1, 5, 'mql') ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, budget = 8;
INSERT INTO tg_upsert VALUES (1, 7, 'mql') ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, budget = 8;
SELECT id, budget, stage, journey.length(journey) FROM tg_upsert;
DROP TABLE tg_upsert;

-- check_transition: all of it before there is a trigger
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'new -> lead; next when (authority); at = seen');
SELECT journey.check_transition('tg_leads', 'stage', NULL, 'new -> lead; next when (authority); at = seen');
SELECT journey.check_transition('tg_leads', 'stage', 'no_such', 'next');
SELECT journey.check_transition('tg_leads', 'no_such', 'journey', 'next');
SELECT journey.check_transition('tg_leads', 'budget', 'journey', 'next');
SELECT journey.check_transition('tg_leads', 'stage', 'budget', 'next');
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'next; at = no_such');
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'next; at = budget');
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'next; at = doubled');
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'next; lead -> won');
SELECT journey.check_transition('tg_leads', 'stage', 'journey', 'next; lead -> mql when (id > 0); mql -> sql when (no_such)');
SELECT journey.check_transition('pg_views', 'stage', 'journey', 'next');
SELECT journey.check_transition(NULL, 'stage', 'journey', 'next') IS NULL AS none;

SET client_min_messages = warning;
DROP SCHEMA tg_own, tg_foreign CASCADE;
RESET client_min_messages;
DROP TABLE tg_leads;
DROP TYPE tg_stage;
DROP ROLE regress_tg_user;
