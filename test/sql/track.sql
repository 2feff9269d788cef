-- attaching stages to tables
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET search_path = public, journey;
\pset format unaligned
\pset null (null)

CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, NULLIF('DETAIL: ' || d, 'DETAIL: '), NULLIF('HINT: ' || h, 'HINT: '));
END
$$;

CREATE SCHEMA tr;
SET search_path = tr, public, journey;
SELECT create_stages('lead_stage', 'lead');
\set rules 'new -> visitor, lead; visitor -> lead -> mql -> sql -> opportunity -> customer; sql -> opportunity when (authority and budget > 0); * -> lost; lost -> lead'

-- ------------------------------------------------------------ what it does

CREATE TABLE leads (id int PRIMARY KEY, stage lead_stage, authority bool, budget numeric);
INSERT INTO leads VALUES (1, 'mql'), (2, NULL);

-- a dry run says all, and does nothing
CREATE TABLE before AS SELECT 'c' AS what, oid, relname FROM pg_class WHERE relnamespace = 'tr'::regnamespace AND relname NOT IN ('before', 'dry')
    UNION ALL SELECT 't', oid, tgname FROM pg_trigger WHERE tgrelid = 'leads'::regclass
    UNION ALL SELECT 'a', attnum::oid, attname FROM pg_attribute WHERE attrelid = 'leads'::regclass;
CREATE TABLE dry AS SELECT n, s FROM track('leads', 'stage', :'rules', adopt => true, log => true, dry_run => true) WITH ORDINALITY t (s, n);
SELECT count(*) FROM (
    (SELECT 'c', oid, relname FROM pg_class WHERE relnamespace = 'tr'::regnamespace AND relname NOT IN ('before', 'dry')
     UNION ALL SELECT 't', oid, tgname FROM pg_trigger WHERE tgrelid = 'leads'::regclass
     UNION ALL SELECT 'a', attnum::oid, attname FROM pg_attribute WHERE attrelid = 'leads'::regclass)
    EXCEPT SELECT * FROM before) x;
SELECT s FROM dry WHERE s !~ '^COMMENT ON COLUMN tr.leads_(stages|funnel|log|cohorts|moves|velocity|stalled)' ORDER BY n;

-- the run says and does the same
CREATE TABLE wet AS SELECT n, s FROM track('leads', 'stage', :'rules', adopt => true, log => true) WITH ORDINALITY t (s, n);
SELECT count(*) > 0 AS some, bool_and(d.s = w.s) AS equal FROM dry d FULL JOIN wet w USING (n);
SELECT rel, stage_column, journey_column, stage_type, rules = :'rules' AS rules, trigger_name, fires, log_table, views FROM tracked() WHERE rel = 'leads'::regclass;

-- a DBA who runs the statements by hand gets the same objects
CREATE TABLE byhand (id int PRIMARY KEY, stage lead_stage, authority bool, budget numeric);
INSERT INTO byhand VALUES (1, 'mql'), (2, NULL);
DO $$
DECLARE
    s text;
BEGIN
    FOR s IN SELECT replace(replace(dry.s, 'tr.leads', 'tr.byhand'), '''leads_log''', '''byhand_log''') FROM dry ORDER BY n LOOP
        EXECUTE s;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.made(t text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT replace(d, t, 'TABLE') FROM (
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = t::regclass
        UNION ALL SELECT pg_get_viewdef(c.oid) || c.reloptions::text || obj_description(c.oid, 'pg_class') FROM pg_class c
                  WHERE relnamespace = 'tr'::regnamespace AND relkind = 'v' AND starts_with(relname, t)
        UNION ALL SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)) FROM pg_attribute
                  WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'tr'::regnamespace AND starts_with(relname, t) AND relkind IN ('r', 'v'))
        UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN (t::regclass, (t || '_log')::regclass)) x (d)
$$;
SELECT count(*) AS different FROM (
    (SELECT * FROM pg_temp.made('leads') EXCEPT ALL SELECT * FROM pg_temp.made('byhand'))
    UNION ALL
    (SELECT * FROM pg_temp.made('byhand') EXCEPT ALL SELECT * FROM pg_temp.made('leads'))) x;
SELECT count(*) > 30 AS compared FROM pg_temp.made('leads');

-- it works, and the adopted row has its journey
SELECT id, stage, current(journey), length(journey), updated_at(journey) <= now() AS past FROM leads ORDER BY id;
INSERT INTO leads (id, stage) VALUES (3, 'visitor');
UPDATE leads SET stage = 'lead' WHERE id IN (2, 3);
SELECT pg_temp.refused($$UPDATE tr.leads SET stage = 'customer' WHERE id = 3$$);
SELECT id, stage, (SELECT string_agg(label, ' ' ORDER BY at) FROM events(journey)) FROM leads ORDER BY id;

-- every object and every column it made says what it is
SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
WHERE c.oid = ANY (SELECT unnest(views) FROM tracked()) AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, attnum) IS NULL);
SELECT reloptions FROM pg_class WHERE relname = 'leads_stages' AND relnamespace = 'tr'::regnamespace;

-- ------------------------------------------------------------ again

SET client_min_messages = notice;
-- the same rules: only the views are made anew, in place
CREATE VIEW on_top AS SELECT stage, rows_now FROM leads_stages;
CREATE TABLE oids AS SELECT relname, oid FROM pg_class WHERE relname IN ('leads_stages', 'leads_log') AND relnamespace = 'tr'::regnamespace;
SELECT split_part(s, ' WITH', 1) FROM track('leads', 'stage', :'rules') s WHERE s !~ '^COMMENT';
-- other rules: the trigger is replaced, and goes on firing as it was told to
ALTER TABLE leads ENABLE ALWAYS TRIGGER zz_journey_stage;
SELECT s FROM track('leads', 'stage', 'new -> *; forward', views => false) s;
SELECT rules, fires, log_table FROM tracked() WHERE rel = 'leads'::regclass;
UPDATE leads SET stage = 'customer' WHERE id = 3;
-- rows without a journey later on
INSERT INTO leads (id, stage) VALUES (4, 'lead');
ALTER TABLE leads DISABLE TRIGGER zz_journey_stage;
UPDATE leads SET journey = NULL WHERE id = 4;
SELECT s FROM track('leads', 'stage', 'new -> *; forward', views => false, adopt => true) s;
SELECT fires FROM tracked() WHERE rel = 'leads'::regclass;
ALTER TABLE leads ENABLE TRIGGER zz_journey_stage;
SELECT id, current(journey) FROM leads WHERE id = 4;
-- the log stays unless it is told to go; its table stays then too
SELECT s FROM track('leads', 'stage', 'new -> *; forward', views => false, log => false) s;
SELECT log_table FROM tracked() WHERE rel = 'leads'::regclass;
SELECT s FROM track('leads', 'stage', 'new -> *; forward', views => false, log => true) s;
SELECT c.relname, c.oid = o.oid AS same FROM pg_class c JOIN oids o USING (relname) WHERE c.relnamespace = 'tr'::regnamespace ORDER BY 1;
-- a trigger that the user has renamed is known by what it calls
ALTER TRIGGER zz_journey_stage ON leads RENAME TO "my own Name";
SELECT s FROM track('leads', 'stage', 'new -> *; back', views => false) s;
-- triggers that come later
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "my own Oh" BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "a" BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "zz" AFTER UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "zzz" BEFORE DELETE ON leads FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER "zzzz" BEFORE UPDATE ON leads FOR EACH STATEMENT EXECUTE FUNCTION nothing();
SELECT s FROM track('leads', 'stage', 'new -> *; forward', views => false) s;
SELECT severity, problem FROM lint('leads') WHERE problem ~ 'trigger';

-- ------------------------------------------------------------ undone

DROP VIEW on_top;
SELECT s FROM untrack('leads', dry_run => true) s;
SELECT count(*) FROM tracked() WHERE rel = 'leads'::regclass;
SELECT s FROM untrack('leads') s;
SELECT count(*) FROM tracked() WHERE rel = 'leads'::regclass;
SELECT count(journey) FROM leads;
SELECT count(*) > 0 AS log_is_there FROM leads_log;
SELECT pg_temp.refused($$SELECT journey.untrack('tr.leads')$$);
-- taken up again where it was left
SELECT left(s, 60) FROM track('leads', 'stage', :'rules', log => true) s WHERE s !~ '^COMMENT';
SELECT s FROM untrack('leads', drop_history => true) s;
SELECT count(*) FROM pg_class WHERE relnamespace = 'tr'::regnamespace AND relname ~ '^leads_';
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'leads'::regclass AND attnum > 0 AND NOT attisdropped;
-- a column that is gone is no hindrance
SELECT count(*) > 0 FROM track('leads', 'stage', :'rules');
ALTER TABLE leads DROP COLUMN stage CASCADE;
SELECT stage_type, views FROM tracked() WHERE rel = 'leads'::regclass;
SELECT * FROM lint('leads');
SELECT s FROM untrack('leads', true) s;
SET client_min_messages = warning;

-- ------------------------------------------------------------ what it refuses

CREATE TABLE plain (id int, t text, stage lead_stage, f timestamp, gen lead_stage GENERATED ALWAYS AS ('lead'::lead_stage) STORED, "other" int);
CREATE VIEW plain_view AS SELECT * FROM plain;
CREATE MATERIALIZED VIEW plain_mat AS SELECT * FROM plain;
CREATE FOREIGN DATA WRAPPER tr_fdw;
CREATE SERVER tr_server FOREIGN DATA WRAPPER tr_fdw;
CREATE FOREIGN TABLE plain_foreign (stage lead_stage) SERVER tr_server;
CREATE TABLE parted (id int, stage lead_stage, region text) PARTITION BY LIST (region);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE parted_b (extra int, region text, stage lead_stage, id int);
ALTER TABLE parted_b DROP COLUMN extra;
ALTER TABLE parted ATTACH PARTITION parted_b FOR VALUES IN ('b');
SELECT pg_temp.refused($$SELECT journey.track('tr.plain_view', 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain_mat', 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain_foreign', 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.parted_a', 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.leads_pkey', 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('pg_class', 'relname', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track(1::oid, 'stage', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stge', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'ctid', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 't', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'gen', 'new -> lead')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> leed')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead -> mql when (no_such > 1)')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead; at = no_such')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead; at = f')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', journey_column => 'other')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', steps => '{lead,sale}')$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', log => true)$$);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', NULL)$$);
SELECT pg_temp.refused($$SELECT journey.untrack('tr.plain')$$);
SELECT pg_temp.refused($$SELECT journey.untrack(NULL)$$);
SELECT pg_temp.refused($$SELECT journey.verify('tr.plain')$$);
SELECT pg_temp.refused($$SELECT journey.verify('tr.plain', 'stage')$$);
SELECT pg_temp.refused($$SELECT journey.lint('tr.plain')$$);
SELECT pg_temp.refused($$SELECT journey.diagram('tr.plain')$$);
-- a bad guard that looks at the journey is found when the column is there, and all is undone
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead -> mql when (journey.length(journey) > no_such)')$$);
SELECT count(*) FROM pg_attribute WHERE attrelid = 'plain'::regclass AND attname = 'journey';
-- names that are taken
CREATE TABLE plain_stages ();
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead')$$);
DROP TABLE plain_stages;
ALTER TABLE plain ADD PRIMARY KEY (id);
CREATE TABLE plain_log (id int, from_stage lead_stage, at timestamptz, actor text, reason text);
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', log => true)$$);
DROP TABLE plain_log;
CREATE VIEW plain_log AS SELECT 1;
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', log => true)$$);
-- a view of the user's own, over the journeys and of that name, is not ours
ALTER TABLE plain ADD COLUMN journey journey;
CREATE VIEW plain_stages AS SELECT id, current(journey) FROM plain;
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead')$$);
SELECT count(*) > 0 FROM track('plain', 'stage', 'new -> lead', views => false);
SELECT s FROM untrack('plain') s;
DROP VIEW plain_stages;
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'stage', 'new -> lead', funnel_options => 'no such')$$);
-- another beginning of the names
SELECT regexp_replace(s, '[ (]*\n.*', '') FROM track('plain', 'stage', 'new -> lead', log => true, prefix => 'p2') s WHERE s ~ '^CREATE (TABLE|VIEW)' ORDER BY 1;

-- ------------------------------------------------------------ two stage columns of one table

ALTER TABLE plain ADD COLUMN health lead_stage;
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'health', 'new -> *')$$);
SELECT count(*) > 0 FROM track('plain', 'health', 'new -> *; forward', journey_column => 'health_journey', prefix => 'plain_health');
SELECT pg_temp.refused($$SELECT journey.track('tr.plain', 'health', 'new -> *', journey_column => 'another')$$);
SELECT stage_column, journey_column, trigger_name, log_table, views FROM tracked() WHERE rel = 'plain'::regclass;
INSERT INTO plain (id, stage, health) VALUES (1, 'lead', 'mql');
UPDATE plain SET health = 'customer';
SELECT length(journey), length(health_journey) FROM plain;
SELECT pg_temp.refused($$SELECT * FROM journey.verify('tr.plain')$$);
SELECT * FROM verify('plain', 'health');
SELECT severity, stage, problem FROM lint('plain') WHERE severity = 'warning' LIMIT 2;
SELECT pg_temp.refused($$SELECT journey.diagram('tr.plain')$$);
SELECT s FROM untrack('plain', stage_column => 'health') s;
SELECT stage_column FROM tracked() WHERE rel = 'plain'::regclass;

-- ------------------------------------------------------------ stages of which no funnel can be made

CREATE TYPE endings AS ENUM ('lost', 'churned');
CREATE TABLE ended (stage endings);
SET client_min_messages = notice;
SELECT regexp_replace(s, '\n.*', '') FROM track('ended', 'stage', 'new -> *') s WHERE s ~ '^CREATE';
SELECT create_stages('many', ARRAY(SELECT 's' || i FROM generate_series(1, 65) i));
CREATE TABLE long_way (stage many);
SELECT regexp_replace(s, '\n.*', '') FROM track('long_way', 'stage', 'new -> *') s WHERE s ~ '^CREATE';
SET client_min_messages = warning;

-- ------------------------------------------------------------ guards that look at the journey; domains

CREATE DOMAIN my_stage AS lead_stage;
CREATE TABLE guarded (id int PRIMARY KEY, stage my_stage, moved_at timestamptz);
INSERT INTO guarded VALUES (1, 'lead', '2026-01-01'), (2, 'lead', 'infinity'), (3, 'lead', NULL), (4, 'lead', '2999-01-01'), (5, 'lead', '-infinity');
SELECT count(*) > 0 FROM track('guarded', 'stage', 'new -> lead; lead -> mql when (journey.length(journey) < 2); mql -> lead; at = moved_at', adopt => true, dry_run => true);
SELECT count(*) > 0 FROM track('guarded', 'stage', 'new -> lead; lead -> mql when (journey.length(journey) < 2); mql -> lead; at = moved_at', adopt => true);
SELECT id, updated_at(journey) = moved_at AS by_column, updated_at(journey) <= now() AS past, isfinite(updated_at(journey)) AS finite FROM guarded ORDER BY id;
UPDATE guarded SET stage = 'mql', moved_at = '2026-02-01' WHERE id = 1;
UPDATE guarded SET stage = 'lead', moved_at = '2026-02-02' WHERE id = 1;
SELECT pg_temp.refused($$UPDATE tr.guarded SET stage = 'mql' WHERE id = 1$$);
SELECT stage, rows_now, rows_ever, entered, exited, still_in, median_dwell FROM guarded_stages WHERE entered > 0;

-- ------------------------------------------------------------ partitions

SELECT s FROM track('parted', 'stage', 'new -> *; forward', views => false) s;
INSERT INTO parted VALUES (1, 'lead', 'a'), (2, 'mql', 'b');
UPDATE parted SET stage = 'sql';
UPDATE parted SET region = 'b', stage = 'customer' WHERE id = 1;
SELECT tableoid::regclass, id, stage, (SELECT string_agg(label, ' ' ORDER BY at) FROM events(journey)) FROM parted ORDER BY id;
CREATE TABLE parted_c PARTITION OF parted FOR VALUES IN ('c');
INSERT INTO parted VALUES (3, 'lead', 'c');
SELECT pg_temp.refused($$UPDATE tr.parted SET stage = 'visitor'$$);
SELECT rel, trigger_name FROM tracked() WHERE rel::text ~ '^parted';
-- new rules reach every partition
SELECT left(s, 50) FROM track('parted', 'stage', 'new -> *; back', views => false) s;
UPDATE parted SET stage = 'visitor';
SELECT tgrelid::regclass, tgname, convert_from(tgargs, 'UTF8') FROM (SELECT tgrelid, tgname, substring(tgargs FROM length(tgargs) - 4 FOR 4) AS tgargs FROM pg_trigger WHERE tgname = 'zz_journey_stage') t
WHERE tgrelid::regclass::text ~ '^parted' ORDER BY 1;
-- what earlier rules allowed is odd by the present ones
SELECT part, stage, problem FROM verify('parted');
SELECT s FROM untrack('parted', true) s;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('parted'::regclass, 'parted_a'::regclass, 'parted_b'::regclass, 'parted_c'::regclass);

-- tables that inherit are not part of it
CREATE TABLE heir () INHERITS (guarded);
SET client_min_messages = notice;
SELECT left(s, 30) FROM track('guarded', 'stage', 'new -> *; forward', views => false, adopt => true) s;
SET client_min_messages = warning;
DROP TABLE heir;

-- a temporary table
CREATE TEMP TABLE short_lived (id int PRIMARY KEY, stage lead_stage);
SELECT count(*) > 0 FROM track('short_lived', 'stage', 'new -> *; forward', log => true);
INSERT INTO short_lived VALUES (1, 'lead');
UPDATE short_lived SET stage = 'mql';
SELECT from_stage, to_stage FROM short_lived_log ORDER BY log_id;
SELECT stage, entered FROM short_lived_stages WHERE entered > 0;
SELECT count(*) FROM untrack('short_lived', true);

-- ------------------------------------------------------------ an ordinary owner, and readers

CREATE ROLE tr_owner;
CREATE ROLE tr_reader;
CREATE ROLE tr_stranger;
CREATE SCHEMA tr_own AUTHORIZATION tr_owner;
SET ROLE tr_owner;
SET search_path = tr_own, journey;
SELECT create_stages('trial', ARRAY['asked', 'running', 'won', 'lost']);
CREATE TABLE trials (id int PRIMARY KEY, owner name, stage trial);
SELECT count(*) > 0 FROM track('trials', 'stage', 'new -> asked -> running -> won, lost', log => true);
GRANT USAGE ON SCHEMA tr_own TO tr_reader, tr_stranger;
GRANT SELECT ON trials, trials_stages TO tr_reader;
INSERT INTO trials VALUES (1, 'tr_reader', 'asked'), (2, 'tr_reader', 'asked'), (3, 'tr_owner', 'asked');
UPDATE trials SET stage = 'running' WHERE id > 1;
ALTER TABLE trials ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON trials TO tr_reader USING (owner = current_user);
SELECT stage, rows_now, entered, exited FROM trials_stages;
-- a reader sees through the views what he sees in the table
SET ROLE tr_reader;
SELECT stage, rows_now, entered, exited FROM trials_stages;
SELECT rel, stage_column FROM journey.tracked() WHERE rel = 'trials'::regclass;
SELECT pg_temp.refused($$SELECT journey.track('tr_own.trials', 'stage', 'new -> *')$$);
SELECT pg_temp.refused($$SELECT journey.untrack('tr_own.trials')$$);
SET ROLE tr_stranger;
SELECT count(*) FROM journey.tracked();
SELECT pg_temp.refused($$SELECT * FROM tr_own.trials_stages$$);
SELECT pg_temp.refused($$SELECT journey.verify('tr_own.trials')$$);
RESET ROLE;
-- whoever may write rows needs no right on the log, and has none
GRANT INSERT, SELECT, UPDATE ON tr_own.trials TO tr_stranger;
CREATE POLICY writer ON tr_own.trials TO tr_stranger USING (true);
SET ROLE tr_stranger;
INSERT INTO tr_own.trials VALUES (4, 'x', 'asked');
UPDATE tr_own.trials SET stage = 'running' WHERE id = 4;
SELECT pg_temp.refused($$INSERT INTO tr_own.trials_log (id, to_stage, at, actor) VALUES (4, 'won', now(), 'boss')$$);
RESET ROLE;
SELECT id, from_stage, to_stage, db_user FROM tr_own.trials_log WHERE id = 4 ORDER BY log_id;
SET search_path = tr, public, journey;

-- ------------------------------------------------------------ hostile names

CREATE SCHEMA "Sch ema.1";
CREATE TYPE "Sch ema.1"."E n.u""m'" AS ENUM ('Le''ad "1"; DROP TABLE x; --', E'back\\slash', '%s %I $1', 'چند', 'won');
CREATE TABLE "Sch ema.1"."T""a.b'l e$$ %s" ("K""e'y" text, at int, "St""a ge; DROP %I" "Sch ema.1"."E n.u""m'", "Ti""me" timestamptz,
    PRIMARY KEY ("K""e'y", at));
INSERT INTO "Sch ema.1"."T""a.b'l e$$ %s" VALUES ('a''"', 1, 'چند', '2026-01-01');
\set odd 'new -> "Le\'ad ""1""; DROP TABLE x; --" -> "back\\slash" -> "%s %I $1" -> "چند" -> won; "چند" -> won when ("K""e\'y" <> \'\\\' and at > 0); at = "Ti""me"'
SELECT count(*) > 0 FROM track('"Sch ema.1"."T""a.b''l e$$ %s"', 'St"a ge; DROP %I', :'odd', journey_column => E'J"o\'u\\ %L', log => true, adopt => true);
INSERT INTO "Sch ema.1"."T""a.b'l e$$ %s" VALUES ('b', 2, 'Le''ad "1"; DROP TABLE x; --', '2026-01-01');
UPDATE "Sch ema.1"."T""a.b'l e$$ %s" SET "St""a ge; DROP %I" = E'back\\slash', "Ti""me" = '2026-01-02' WHERE at = 2;
UPDATE "Sch ema.1"."T""a.b'l e$$ %s" SET "St""a ge; DROP %I" = 'won', "Ti""me" = '2026-01-03' WHERE at = 1;
SELECT pg_temp.refused($$UPDATE "Sch ema.1"."T""a.b'l e$$ || '$$ %s" SET "St""a ge; DROP %I" = ''won''');
SELECT rel, stage_column, journey_column, stage_type, rules = :'odd' AS rules, trigger_name, log_table, views FROM tracked() WHERE rel::text ~ 'Sch ema';
SELECT * FROM "Sch ema.1"."T""a.b'l e$$ %s_stages" WHERE entered > 0 AND exited > 0;
SELECT stage, rows_now, rows_ever, entered, exited FROM "Sch ema.1"."T""a.b'l e$$ %s_stages";
SELECT "K""e'y", key_at, from_stage, to_stage, at FROM "Sch ema.1"."T""a.b'l e$$ %s_log" ORDER BY log_id;
SELECT * FROM verify('"Sch ema.1"."T""a.b''l e$$ %s"');
SELECT * FROM lint('"Sch ema.1"."T""a.b''l e$$ %s"');
SELECT diagram('"Sch ema.1"."T""a.b''l e$$ %s"');
ALTER TABLE "Sch ema.1"."T""a.b'l e$$ %s" DISABLE TRIGGER USER;
UPDATE "Sch ema.1"."T""a.b'l e$$ %s" SET "St""a ge; DROP %I" = '%s %I $1' WHERE at = 2;
SELECT key, stage, journey_stage, problem FROM verify('"Sch ema.1"."T""a.b''l e$$ %s"');
SELECT s FROM untrack('"Sch ema.1"."T""a.b''l e$$ %s"', true) s;

-- names at the limit: cut, and still different
SELECT object_name('leads', '_stages'), object_name(repeat('x', 56), '_stages') = repeat('x', 56) || '_stages' AS fits,
       object_name(repeat('x', 57), '_stages') AS cut, octet_length(object_name(repeat('é', 31), '_stages')) AS bytes, object_name(repeat('é', 31), '_stages');
SELECT object_name(repeat('x', 62) || 'a', '_log') <> object_name(repeat('x', 62) || 'b', '_log') AS differ;
SELECT object_name('a', repeat('x', 63));
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY[repeat('é', 31) || 'a', repeat('é', 31) || 'b', repeat('x', 63)] LOOP
        EXECUTE format('CREATE TABLE %I (%I int PRIMARY KEY, %I tr.lead_stage)', t, repeat('k', 63), repeat('s', 62) || 't');
        PERFORM journey.track(format('%I', t)::regclass, repeat('s', 62) || 't', 'new -> *; forward', log => true, journey_column => repeat('j', 63));
        EXECUTE format('INSERT INTO %I VALUES (1, ''lead'')', t);
        EXECUTE format('UPDATE %I SET %I = ''mql''', t, repeat('s', 62) || 't');
    END LOOP;
END
$$;
SELECT rel, trigger_name, log_table, views FROM tracked() WHERE stage_column ~ '^sss' ORDER BY rel::text COLLATE "C";
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'tr'::regnamespace AND relname ~ '_log$' AND relname ~ '^(é|x)') AS logs;
SELECT count(*) FROM tracked() t CROSS JOIN LATERAL untrack(t.rel, true) WHERE t.stage_column ~ '^sss';

-- ------------------------------------------------------------ the rows that disagree

CREATE TABLE broken (id int PRIMARY KEY, stage lead_stage, note text);
SELECT count(*) > 0 FROM track('broken', 'stage', 'new -> visitor -> lead -> mql -> customer; * -> lost; lead -> mql when (note IS NOT NULL)');
INSERT INTO broken (id, stage, note) SELECT i, 'visitor', 'x' FROM generate_series(1, 8) i;
UPDATE broken SET stage = 'lead';
SELECT * FROM verify('broken');
-- past the trigger
ALTER TABLE broken DISABLE TRIGGER zz_journey_stage;
UPDATE broken SET stage = 'customer' WHERE id = 1;
UPDATE broken SET stage = NULL WHERE id = 2;
SELECT * FROM lint('broken') WHERE severity = 'error';
ALTER TABLE broken ENABLE TRIGGER zz_journey_stage;
SET session_replication_role = replica;
UPDATE broken SET journey = NULL WHERE id = 3;
UPDATE broken SET journey = append(append(journey, 'demo', '2999-01-01'), 'lead', '2999-01-02') WHERE id = 4;
UPDATE broken SET journey = append(append(journey, 'customer', '2999-01-01'), 'lead', '2999-01-02') WHERE id = 5;
UPDATE broken SET journey = append(journey, 'demo', '2999-01-01') WHERE id = 6;
UPDATE broken SET journey = append(journey, 'lead', '2999-01-01') WHERE id = 7;
UPDATE broken SET journey = '{}' WHERE id = 8;
INSERT INTO broken VALUES (9, NULL, NULL);
RESET session_replication_role;
SELECT key, stage, journey_stage, problem FROM verify('broken');
SELECT count(*) FROM broken b JOIN verify('broken') v ON v.row_id = b.ctid AND v.key = jsonb_build_object('id', b.id) AND v.part = 'broken'::regclass;
-- against plain SQL
SELECT count(*) FROM (
    SELECT id FROM broken WHERE stage::text IS DISTINCT FROM current(journey)
    EXCEPT SELECT (key ->> 'id')::int FROM verify('broken') WHERE problem ~ 'stage') x;
-- without a primary key the row is known by its place
CREATE TABLE keyless AS SELECT id, stage FROM broken WHERE id = 1;
SELECT count(*) > 0 FROM track('keyless', 'stage', 'new -> *');
SELECT part, row_id, key, stage, problem FROM verify('keyless');
-- a stage renamed in the enum only
ALTER TABLE keyless ENABLE TRIGGER USER;
SELECT count(*) > 0 FROM track('keyless', 'stage', 'new -> *; forward', adopt => true);
SELECT * FROM verify('keyless');
ALTER TYPE lead_stage RENAME VALUE 'customer' TO 'client';
SELECT stage, journey_stage, problem FROM verify('keyless');
ALTER TYPE lead_stage RENAME VALUE 'client' TO 'customer';

-- lint of a tracked table tells bad guards one by one
ALTER TABLE broken DROP COLUMN note;
SELECT severity, stage, problem FROM lint('broken');

-- ------------------------------------------------------------ the view of the stages, against plain SQL

CREATE TABLE walk (id int PRIMARY KEY, stage lead_stage, at timestamptz);
SELECT count(*) > 0 FROM track('walk', 'stage', 'new -> *; * -> *; at = at');
SELECT setseed(0.42);
CREATE TABLE walked (id int, n int, stage lead_stage, at timestamptz);
-- each row walks at random, never staying where it is
DO $$
DECLARE
    now_at timestamptz;
    place lead_stage;
    next lead_stage;
BEGIN
    FOR i IN 1 .. 300 LOOP
        now_at := '2020-01-01Z'::timestamptz + i * interval '1 minute';
        place := (enum_range(NULL::lead_stage))[1 + floor(random() * 7)::int];
        INSERT INTO walked VALUES (i, 0, place, now_at);
        INSERT INTO walk (id, stage, at) VALUES (i, place, now_at);
        FOR n IN 1 .. floor(random() * 8)::int LOOP
            next := (enum_range(NULL::lead_stage))[1 + floor(random() * 7)::int];
            CONTINUE WHEN next = place;
            place := next;
            now_at := now_at + (1 + floor(random() * 1000000)) * interval '1 second';
            INSERT INTO walked VALUES (i, n, place, now_at);
            UPDATE walk SET stage = place, at = now_at WHERE id = i;
        END LOOP;
    END LOOP;
END
$$;
SELECT count(*) AS moves, (SELECT sum(length(journey)) FROM walk) AS kept FROM walked;
WITH visit AS (
    SELECT id, stage, at, lead(at) OVER w AS left_at FROM walked WINDOW w AS (PARTITION BY id ORDER BY at)
), expected AS (
    SELECT stage,
           count(*) FILTER (WHERE left_at IS NULL) AS rows_now, count(DISTINCT id) AS rows_ever,
           count(*) AS entered, count(left_at) AS exited, count(*) FILTER (WHERE left_at IS NULL) AS still_in,
           avg(left_at - at) AS mean_dwell, percentile_cont(0.5) WITHIN GROUP (ORDER BY left_at - at) AS median_dwell,
           avg(now() - at) FILTER (WHERE left_at IS NULL) AS mean_open,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY now() - at) FILTER (WHERE left_at IS NULL) AS median_open,
           max(now() - at) FILTER (WHERE left_at IS NULL) AS longest_open
    FROM visit GROUP BY stage)
SELECT count(*) AS stages, count(*) FILTER (WHERE v IS DISTINCT FROM e) AS different
FROM walk_stages v JOIN expected e USING (stage);
SELECT sum(rows_now) AS rows, sum(entered) AS entered FROM walk_stages;
-- the funnel, where a later stage implies those before it: of each row, how far it ever came
WITH far AS (
    SELECT id, max(array_position(enum_range(NULL::lead_stage), stage)) AS far FROM walked WHERE stage <> 'lost' GROUP BY id
), expected AS (
    SELECT n AS step, (enum_range(NULL::lead_stage))[n]::text AS label, (SELECT count(*) FROM far WHERE far >= n) AS reached
    FROM generate_series(1, 6) n)
SELECT count(*) AS steps, count(*) FILTER (WHERE (v.label, v.reached) IS DISTINCT FROM (e.label, e.reached)) AS different,
       count(*) FILTER (WHERE v.dropped IS DISTINCT FROM (SELECT b.reached FROM expected b WHERE b.step = e.step - 1) - e.reached AND e.step > 1) AS dropped_differs
FROM walk_funnel v FULL JOIN expected e USING (step);
-- steps and options of one's own
SELECT count(*) > 0 FROM track('walk', 'stage', 'new -> *; * -> *; at = at', steps => '{lead,mql,customer}', funnel_options => '');
WITH came AS (
    SELECT id, array_agg(stage ORDER BY at) AS way FROM walked GROUP BY id
), expected AS (
    SELECT count(*) FILTER (WHERE way::text ~ 'lead') AS lead, count(*) FILTER (WHERE way::text ~ 'lead.*mql') AS mql,
           count(*) FILTER (WHERE way::text ~ 'lead.*mql.*customer') AS customer FROM came)
SELECT step, label, reached = CASE label WHEN 'lead' THEN lead WHEN 'mql' THEN mql ELSE customer END AS agrees
FROM walk_funnel, expected ORDER BY step;
-- a stage added later is in the view at once; so are rows without a journey
ALTER TYPE lead_stage ADD VALUE 'renewal' AFTER 'customer';
SELECT stage, rows_now, rows_ever, entered, exited, still_in, mean_dwell FROM walk_stages WHERE stage = 'renewal';

DROP FOREIGN DATA WRAPPER tr_fdw CASCADE;
DROP SCHEMA tr, tr_own, "Sch ema.1" CASCADE;
DROP OWNED BY tr_owner, tr_reader, tr_stranger;
DROP ROLE tr_owner, tr_reader, tr_stranger;
