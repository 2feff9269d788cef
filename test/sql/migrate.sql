-- changing the stages of tracked tables
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
-- all that a migration may change: a digest of the catalogs of a schema, and of the rows of its tables
CREATE FUNCTION pg_temp.state(of_schema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    rows text;
    one record;
BEGIN
    SELECT string_agg(x, E'\n' ORDER BY x COLLATE "C") INTO said FROM (
        SELECT concat_ws('|', 'class', c.relname, c.relkind, c.relowner, c.relacl, obj_description(c.oid), CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END) AS x
            FROM pg_class c WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT concat_ws('|', 'att', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, col_description(c.oid, a.attnum))
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT 'def' || c.relname || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT 'con' || k.conname || pg_get_constraintdef(k.oid) || COALESCE(obj_description(k.oid, 'pg_constraint'), '') FROM pg_constraint k WHERE k.connamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT 'idx' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT 'trg' || t.tgenabled::text || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema)
        UNION ALL SELECT concat_ws('|', 'typ', y.typname, y.typowner, y.typacl, obj_description(y.oid), (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = y.oid))
            FROM pg_type y WHERE y.typnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema) AND y.typtype = 'e') u;
    FOR one IN SELECT c.oid::regclass AS rel FROM pg_class c WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = of_schema) AND c.relkind = 'r' ORDER BY c.relname LOOP
        EXECUTE format('SELECT string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C") FROM %s t', one.rel) INTO rows;
        said := said || one.rel || COALESCE(rows, '');
    END LOOP;
    RETURN said;
END
$$;

-- ------------------------------------------------------------ rules

-- one label for another, and all else as it was
SELECT replace_stage_in_rules(E'new -> lead, visitor; -- lead\n  visitor -> lead -> mql when (stage = ''lead'');\n* -> lost;forward', 'lead', 'new');
SELECT replace_stage_in_rules('a -> "b c" -> d; "b c" -> e when (x = ''b c'' or y = ''it''''b c''''s''); at = t', 'b c', 'B', true);
SELECT replace_stage_in_rules('a -> b', 'a', 'say "x"'), replace_stage_in_rules('a -> b', 'z', 'y'), replace_stage_in_rules('"a" -> b', 'a', 'c');
-- one that becomes its neighbour
SELECT replace_stage_in_rules('a -> b -> c; a, b -> b, c; b -> c when (x); c -> b -> d when (y)', 'b', 'c');
-- and none in its place
SELECT replace_stage_in_rules('a -> b -> c; a, b -> b, c when (x); b -> c when (x); new -> b; a -> c -> b -> d -> e when (y > 1); at = t', 'b', NULL);
SELECT replace_stage_in_rules(NULL, 'a', 'b'), replace_stage_in_rules('a -> b', NULL, 'b');
SELECT pg_temp.refused($$SELECT replace_stage_in_rules('a ->', 'a', 'b')$$);
-- what comes out can be read, and allows the moves it should: every text against a plain calculation
CREATE TYPE mg_l AS ENUM ('a', 'b', 'c', 'd', 'e', 'f');
SELECT setseed(0.5);
WITH texts AS MATERIALIZED (
    SELECT i, (SELECT string_agg(st, '; ') FROM (
                   SELECT (SELECT string_agg(g, ' -> ' ORDER BY n) FROM (
                               SELECT n, (SELECT string_agg(DISTINCT l, ', ') FROM (SELECT substr('abcdef', 1 + floor(random() * 6)::int, 1) AS l FROM generate_series(1, 1 + i % 2 + n - n) k) ls) AS g
                               FROM generate_series(1, 2 + (i + s) % 3) n) gs) AS st
                   FROM generate_series(1, 1 + i % 3) s) sts) AS rules
    FROM generate_series(1, 400) i
), good AS (
    SELECT i, t.rules FROM texts t WHERE pg_temp.refused(format('SELECT journey.check_rules(%L, ''mg_l'')', t.rules)) = 'accepted'
), after AS (
    SELECT i, g.rules, replace_stage_in_rules(g.rules, 'b', 'c') AS merged, replace_stage_in_rules(g.rules, 'b', NULL) AS cut FROM good g
), wrong AS (
    SELECT a.* FROM after a
    WHERE (SELECT COALESCE(array_agg(DISTINCT (m.from_stage, m.to_stage)::text), '{}') FROM rule_moves(a.merged, 'mg_l') m)
       <> (SELECT COALESCE(array_agg(DISTINCT (x.f, x.t)::text), '{}') FROM (SELECT replace(m.from_stage, 'b', 'c') f, replace(m.to_stage, 'b', 'c') t FROM rule_moves(a.rules, 'mg_l') m) x WHERE x.f <> x.t)
       OR (SELECT COALESCE(array_agg(DISTINCT (m.from_stage, m.to_stage)::text), '{}') FROM rule_moves(a.cut, 'mg_l') m)
       <> (SELECT COALESCE(array_agg(DISTINCT (m.from_stage, m.to_stage)::text), '{}') FROM rule_moves(a.rules, 'mg_l') m WHERE 'b' NOT IN (m.from_stage, m.to_stage))
)
SELECT (SELECT count(*) > 200 FROM good) AS enough, (SELECT count(*) FROM wrong) AS wrong;
DROP TYPE mg_l;

-- ------------------------------------------------------------ a table with everything on it

CREATE ROLE mg_reader;
CREATE SCHEMA "M g";
SET search_path = "M g", public, journey;
SELECT create_stages('"Lead Stage"', 'lead');
COMMENT ON TYPE "Lead Stage" IS 'stages of leads';
GRANT USAGE ON TYPE "Lead Stage" TO mg_reader;
REVOKE USAGE ON TYPE "Lead Stage" FROM PUBLIC;
CREATE TABLE "Leads" (id int PRIMARY KEY, stage "Lead Stage" NOT NULL DEFAULT 'lead', n int DEFAULT 1, been "Lead Stage"[], twin "Lead Stage", touched int DEFAULT 0,
    CONSTRAINT no_visitor CHECK (stage <> 'visitor' OR n > 0));
COMMENT ON CONSTRAINT no_visitor ON "Leads" IS 'a check';
CREATE INDEX open_leads ON "Leads" (n) WHERE stage < 'customer';
CREATE INDEX by_stage ON "Leads" (stage);
COMMENT ON INDEX open_leads IS 'an index';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON "Leads" FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch_won BEFORE UPDATE OF stage ON "Leads" FOR EACH ROW WHEN (NEW.stage = 'customer') EXECUTE FUNCTION touch();
ALTER TABLE "Leads" DISABLE TRIGGER touch_won;
SELECT count(*) > 0 FROM track('"Leads"', 'stage', E'new -> visitor, lead; visitor -> lead -> mql -> sql -> opportunity -> customer;\nsql -> opportunity when (n > 0); * -> lost; lost -> lead', log => true, value_column => 'n');
SELECT count(*) > 0 FROM stage_dates_view('"Leads"');
INSERT INTO "Leads" (id, stage, been, twin) SELECT i, 'lead', '{lead,mql,NULL}', CASE WHEN i % 2 = 0 THEN 'mql'::"Lead Stage" END FROM generate_series(1, 6) i;
UPDATE "Leads" SET stage = 'mql' WHERE id > 1;
UPDATE "Leads" SET stage = 'sql' WHERE id > 3;
UPDATE "Leads" SET stage = 'opportunity' WHERE id = 5;
UPDATE "Leads" SET stage = 'lost' WHERE id = 6;
CREATE VIEW mine AS SELECT id, stage, stage >= 'sql' AS late FROM "Leads";
CREATE VIEW on_top WITH (security_barrier = true) AS SELECT stage, count(*) AS n FROM mine GROUP BY 1;
COMMENT ON VIEW mine IS 'a view';
COMMENT ON COLUMN mine.late IS 'a column';
GRANT SELECT ON mine TO mg_reader WITH GRANT OPTION;
GRANT SELECT (stage) ON on_top TO PUBLIC;
GRANT SELECT ON "Leads_funnel" TO mg_reader;

-- a dry run changes nothing and tells the rows
CREATE TEMP TABLE was AS SELECT pg_temp.state('M g') AS s;
SELECT statement, rows, warning FROM rename_stage('"Lead Stage"', 'mql', 'It''s "mql"', dry_run => true) WHERE statement !~ '^(CREATE OR REPLACE VIEW|SELECT|COMMENT)';
SELECT count(*) > 5 FROM add_stage('"Lead Stage"', 'demo', before => 'mql', rules => 'lead -> demo -> mql', dry_run => true);
SELECT statement, rows, warning FROM drop_stage('"Lead Stage"', 'mql', 'sql', dry_run => true) WHERE statement !~ '^(CREATE OR REPLACE VIEW|CREATE VIEW|COMMENT)' OR statement IS NULL;
SELECT count(*) > 5 FROM reorder_stages('"Lead Stage"', '{lost,visitor,lead,mql,sql,opportunity,customer}', dry_run => true);
SELECT s = pg_temp.state('M g') AS nothing_changed FROM was;

-- rename: in the enum, rules, journeys, views; triggers of others did not fire, the log did not grow
SELECT count(*) AS logged FROM "Leads_log";
SELECT sum(rows) AS rows, count(warning) AS warnings FROM rename_stage('"Lead Stage"', 'mql', 'It''s "mql"');
SELECT id, stage, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path, been, twin, touched FROM "Leads" ORDER BY id;
SELECT count(*) AS logged, count(*) FILTER (WHERE to_stage = 'It''s "mql"') AS renamed FROM "Leads_log";
SELECT rules FROM tracked() WHERE rel = '"Leads"'::regclass;
SELECT label, reached FROM "Leads_funnel";
SELECT stage, rows_now, rows_ever FROM "Leads_stages" WHERE stage = 'It''s "mql"';
SELECT attname FROM pg_attribute WHERE attrelid = '"Leads_stage_dates"'::regclass AND attname ~ 'mql';
SELECT count("entered_It's ""mql""") FROM "Leads_stage_dates";
SELECT count(*) AS wrong FROM verify('"Leads"');
SELECT pg_temp.refused($$UPDATE "Leads" SET stage = 'opportunity' WHERE id = 1$$);
UPDATE "Leads" SET stage = 'It''s "mql"' WHERE id = 1;
-- and back: everything is as it was but the move just made
SELECT count(*) > 0 FROM rename_stage('"Lead Stage"', 'It''s "mql"', 'mql');
SELECT count(*) AS wrong FROM verify('"Leads"');

-- add
SELECT count(*) > 0 FROM add_stage('"Lead Stage"', 'demo', before => 'mql', rules => 'lead -> demo -> mql');
SELECT enum_range(NULL::"Lead Stage");
SELECT label, reached FROM "Leads_funnel";
SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = '"Leads_stage_dates"'::regclass AND attnum > 0;
SELECT pg_temp.refused($$UPDATE "Leads" SET stage = 'demo' WHERE id = 1$$);
INSERT INTO "Leads" (id) VALUES (7);
UPDATE "Leads" SET stage = 'demo' WHERE id = 7;
SELECT count(*) AS wrong FROM verify('"Leads"');

-- reorder: what depends on the type is as it was
UPDATE was SET s = pg_temp.state('M g');
SELECT sum(rows) AS rows FROM reorder_stages('"Lead Stage"', '{lost,visitor,demo,lead,mql,sql,opportunity,customer}');
SELECT enum_range(NULL::"Lead Stage");
SELECT id, stage, late FROM mine ORDER BY id;
SELECT obj_description('"Lead Stage"'::regtype) AS comment, has_type_privilege('mg_reader', '"Lead Stage"', 'USAGE') AS granted;
SELECT count(*) > 0 FROM reorder_stages('"Lead Stage"', '{visitor,lead,demo,mql,sql,opportunity,customer,lost}');
SELECT s = pg_temp.state('M g') AS as_it_was FROM was;
SELECT count(*) AS wrong FROM verify('"Leads"');

-- drop: into another stage
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('"Lead Stage"', 'mql')$$);
SELECT warning FROM drop_stage('"Lead Stage"', 'mql', 'sql') WHERE warning IS NOT NULL;
SELECT enum_range(NULL::"Lead Stage");
SELECT id, stage, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path, been, twin, touched FROM "Leads" ORDER BY id;
SELECT rules FROM tracked() WHERE rel = '"Leads"'::regclass;
SELECT label, reached FROM "Leads_funnel";
SELECT count(*) AS logged, count(*) FILTER (WHERE to_stage = 'sql') AS to_sql FROM "Leads_log";
SELECT count(*) AS wrong FROM verify('"Leads"');
SELECT relname, relacl IS NOT NULL AS granted, reloptions, obj_description(oid) FROM pg_class WHERE relname IN ('mine', 'on_top', 'Leads_funnel', 'open_leads') ORDER BY 1;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = '"Leads"'::regclass AND NOT tgisinternal ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid), obj_description(oid) FROM pg_constraint WHERE conrelid = '"Leads"'::regclass AND contype = 'c';
-- drop with a default, and one that nobody has been in
ALTER TABLE "Leads" DROP CONSTRAINT no_visitor;
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('"Lead Stage"', 'customer')$$);
SELECT count(*) > 0 FROM drop_stage('"Lead Stage"', 'visitor');
SELECT rules FROM tracked() WHERE rel = '"Leads"'::regclass;
SELECT count(*) > 0 FROM drop_stage('"Lead Stage"', 'lead', 'demo');
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = '"Leads"'::regclass ORDER BY adnum LIMIT 1;
SELECT rules FROM tracked() WHERE rel = '"Leads"'::regclass;
SELECT id, stage, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path, been FROM "Leads" ORDER BY id;
SELECT key, problem FROM verify('"Leads"');
-- history kept: the journeys go on to the new stage, and verify tells the old one
SELECT count(*) > 0 FROM drop_stage('"Lead Stage"', 'opportunity', 'sql', history => 'keep');
SELECT id, stage, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path FROM "Leads" WHERE id = 5;
SELECT key, problem FROM verify('"Leads"') ORDER BY key::text, problem;

-- ------------------------------------------------------------ errors

SELECT pg_temp.refused(c) FROM unnest(ARRAY[
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', 'none', 'x')$$,
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', 'lost')$$,
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', '')$$,
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', NULL)$$,
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', NULL, 'x')$$,
    $$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', repeat('é', 32))$$,
    $$SELECT count(*) FROM rename_stage('int', 'sql', 'x')$$,
    $$SELECT count(*) FROM rename_stage(NULL, 'sql', 'x')$$,
    $$SELECT count(*) FROM add_stage('"Lead Stage"', 'sql')$$,
    $$SELECT count(*) FROM add_stage('"Lead Stage"', 'x', before => 'sql', after => 'sql')$$,
    $$SELECT count(*) FROM add_stage('"Lead Stage"', 'x', before => 'none')$$,
    $$SELECT count(*) FROM add_stage('"Lead Stage"', 'x', rules => 'sql -> ')$$,
    $$SELECT count(*) FROM add_stage('"Lead Stage"', 'x', rules => 'sql -> y')$$,
    $$SELECT count(*) FROM drop_stage('"Lead Stage"', 'none', 'sql')$$,
    $$SELECT count(*) FROM drop_stage('"Lead Stage"', 'sql', 'none')$$,
    $$SELECT count(*) FROM drop_stage('"Lead Stage"', 'sql', 'sql')$$,
    $$SELECT count(*) FROM drop_stage('"Lead Stage"', 'sql', 'lost', history => 'x')$$,
    $$SELECT count(*) FROM reorder_stages('"Lead Stage"', '{sql}')$$,
    $$SELECT count(*) FROM reorder_stages('"Lead Stage"', '{sql,sql}')$$,
    $$SELECT count(*) FROM reorder_stages('"Lead Stage"', '{none}')$$,
    $$SELECT count(*) FROM reorder_stages('"Lead Stage"', NULL)$$,
    $$SELECT count(*) FROM reorder_stages('"Lead Stage"', '{{sql},{lost}}')$$]) c;
SELECT count(*) FROM reorder_stages('"Lead Stage"', (SELECT array_agg(l::text) FROM unnest(enum_range(NULL::"Lead Stage")) l));
-- others
GRANT USAGE ON SCHEMA "M g" TO mg_reader;
SET ROLE mg_reader;
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', 'x')$$);
RESET ROLE;
ALTER TYPE "Lead Stage" OWNER TO mg_reader;
SET ROLE mg_reader;
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('"Lead Stage"', 'sql', 'x')$$);
RESET ROLE;
-- what cannot be carried over is named, and nothing is half done
CREATE FUNCTION is_won("Lead Stage") RETURNS boolean LANGUAGE sql AS 'SELECT $1 = ''customer''';
CREATE DOMAIN some_stage AS "Lead Stage";
CREATE TABLE in_domain (s some_stage);
CREATE MATERIALIZED VIEW mat AS SELECT stage FROM "Leads";
CREATE TYPE pair AS (a "Lead Stage", b int);
ALTER TABLE "Leads" ADD COLUMN is_lost boolean GENERATED ALWAYS AS (stage = 'lost') STORED;
CREATE POLICY no_lost ON "Leads" USING (stage <> 'lost');
CREATE RULE quiet AS ON UPDATE TO "Leads" WHERE OLD.stage = 'customer' DO ALSO NOTHING;
UPDATE was SET s = pg_temp.state('M g');
SELECT pg_temp.refused($$SELECT count(*) FROM reorder_stages('"Lead Stage"', '{lost,demo,sql,customer}')$$);
SELECT s = pg_temp.state('M g') AS nothing_changed FROM was;
-- a rename carries all of these
SELECT warning FROM rename_stage('"Lead Stage"', 'customer', 'client') WHERE warning IS NOT NULL;
SELECT warning FROM rename_stage('"Lead Stage"', 'lost', 'gone') WHERE warning IS NOT NULL;
DROP RULE quiet ON "Leads"; DROP POLICY no_lost ON "Leads"; ALTER TABLE "Leads" DROP COLUMN is_lost; DROP TYPE pair; DROP MATERIALIZED VIEW mat; DROP TABLE in_domain; DROP DOMAIN some_stage; DROP FUNCTION is_won;
-- a guard that names the label
SELECT count(*) > 0 FROM track('"Leads"', 'stage', 'new -> *; * -> gone when (stage = ''gone''); * -> sql', views => false);
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('"Lead Stage"', 'gone', 'lost')$$);
SELECT warning FROM rename_stage('"Lead Stage"', 'gone', 'lost', edit_guards => true) WHERE warning IS NOT NULL;
SELECT rules FROM tracked() WHERE rel = '"Leads"'::regclass;
-- the owner's rights and the reader's, after a migration by somebody else
SELECT count(*) > 0 FROM reorder_stages('"Lead Stage"', '{lost,demo,sql,client}');
SELECT pg_get_userbyid(typowner) FROM pg_type WHERE oid = '"Lead Stage"'::regtype;

-- ------------------------------------------------------------ partitions, inheritance, keys, several columns

CREATE TYPE st AS ENUM ('a', 'b', 'c');
CREATE TABLE names (s st PRIMARY KEY, title text);
INSERT INTO names VALUES ('a', 'A'), ('b', 'B'), ('c', 'C');
CREATE TABLE parts (id int, at timestamptz DEFAULT now(), s st DEFAULT 'a' REFERENCES names ON UPDATE CASCADE, s2 st, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE INDEX ON parts (at) WHERE s <> 'c';
CREATE INDEX only_here ON parts_2 (id) WHERE s = 'a';
SELECT count(*) > 0 FROM track('parts', 's', 'new -> *; forward; back', log => true);
SELECT count(*) > 0 FROM track('parts', 's2', 'new -> *; a -> b -> c', journey_column => 'journey2', prefix => 'parts2');
INSERT INTO parts (id, s, s2) SELECT i, 'a', 'a' FROM generate_series(1, 19) i;
UPDATE parts SET s = 'b', s2 = 'b' WHERE id % 2 = 0;
UPDATE parts SET s = 'c', s2 = 'c' WHERE id % 4 = 0;
ALTER TABLE ONLY parts_2 DISABLE TRIGGER zz_journey_s;
CREATE TABLE base (id int, s st); CREATE TABLE derived (extra int) INHERITS (base);
SELECT count(*) > 0 FROM track('derived', 's', 'new -> *; * -> *', views => false);
INSERT INTO base VALUES (1, 'b'); INSERT INTO derived VALUES (2, 'b');
SELECT count(*) > 0 FROM rename_stage('st', 'b', 'B!');
SELECT count(*) AS wrong FROM verify('parts', 's'); SELECT count(*) AS wrong FROM verify('parts', 's2'); SELECT count(*) AS wrong FROM verify('derived');
SELECT s, s2, count(*) FROM parts GROUP BY 1, 2 ORDER BY 1;
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('st', 'B!', 'c')$$);
SELECT count(*) > 0 FROM reorder_stages('st', '{c,a,B!}');
SELECT s, s2, count(*) FROM parts GROUP BY 1, 2 ORDER BY 1;
SELECT count(*) AS wrong FROM verify('parts', 's'); SELECT count(*) AS wrong FROM verify('parts', 's2'); SELECT count(*) AS wrong FROM verify('derived');
ALTER TABLE parts DROP CONSTRAINT parts_s_fkey;
SELECT count(*) AS enabled_elsewhere FROM pg_trigger WHERE tgname = 'zz_journey_s' AND tgenabled = 'O';
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('st', 'B!', 'c')$$);
DELETE FROM names WHERE s = 'B!';
SELECT count(*) > 0 FROM drop_stage('st', 'B!', 'c');
SELECT tableoid::regclass, s FROM base ORDER BY id;
SELECT s, s2, count(*), sum(length(journey)) FROM parts GROUP BY 1, 2 ORDER BY 1;
SELECT rules FROM tracked() WHERE rel = 'parts'::regclass ORDER BY 1;
SELECT count(*) AS wrong FROM verify('parts', 's'); SELECT count(*) AS wrong FROM verify('parts', 's2'); SELECT count(*) AS wrong FROM verify('derived');
CREATE TABLE split (s st) PARTITION BY LIST (s);
DROP INDEX parts_at_idx;
SELECT pg_temp.refused($$SELECT count(*) FROM drop_stage('st', 'c', 'a')$$);

-- ------------------------------------------------------------ by an owner who is no superuser

DROP SCHEMA "M g" CASCADE;
CREATE SCHEMA mo AUTHORIZATION mg_reader;
GRANT USAGE ON SCHEMA journey TO mg_reader;
SET ROLE mg_reader;
SET search_path = mo, public, journey;
CREATE TYPE st AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id int PRIMARY KEY, s st DEFAULT 'a', CHECK (s < 'c' OR id > 0));
SELECT count(*) > 0 FROM track('t', 's', 'new -> *; next', log => true);
INSERT INTO t VALUES (1), (2), (3);
UPDATE t SET s = 'b' WHERE id < 3;
UPDATE t SET s = 'c' WHERE id < 2;
SELECT count(*) > 0 FROM rename_stage('st', 'b', 'B');
SELECT count(*) > 0 FROM reorder_stages('st', '{a,c,B}');
SELECT key, problem FROM verify('t');
SELECT sum(rows) FROM reorder_stages('st', '{a,B,c}') WHERE statement ~ 'verify';
SELECT count(*) > 0 FROM drop_stage('st', 'B', 'c');
SELECT id, s, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path FROM t ORDER BY id;
SELECT count(*) AS wrong FROM verify('t');
-- rows that a policy hides from the owner are not left out
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON t USING (id > 1);
SELECT pg_temp.refused($$SELECT count(*) FROM rename_stage('st', 'a', 'A')$$);
RESET ROLE;
SELECT enum_range(NULL::st);
SET search_path = public, journey;
DROP SCHEMA mo CASCADE;
DROP OWNED BY mg_reader; DROP ROLE mg_reader;
