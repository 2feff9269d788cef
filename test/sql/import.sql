-- histories of other systems, and tables that have stages already
SET client_min_messages = warning;
SET TIME ZONE 'Asia/Tokyo';
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
CREATE SCHEMA im;
SET search_path = im, public, journey;

-- ------------------------------------------------------------ every shape, from one truth in plain SQL

CREATE TYPE st AS ENUM ('lead', 'talks', 'Closed Won', 'it''s "lost"');
SELECT setseed(0.25);
-- rows of up to 7 stages, no stage twice in a row, seconds apart or days
CREATE TABLE truth AS
SELECT id, n, label, at FROM (
    SELECT id, n, label, at, lag(label) OVER (PARTITION BY id ORDER BY n) AS before FROM (
        SELECT i AS id, n, (ARRAY['lead', 'talks', 'Closed Won', 'it''s "lost"'])[1 + floor(random() * 4)::int] AS label,
               timestamptz '2026-01-01 00:00Z' + i * interval '1 hour' + n * interval '3 days' + floor(random() * 200000) * interval '1 second' AS at
        FROM generate_series(1, 200) i, generate_series(1, 7) n) x) y
WHERE label IS DISTINCT FROM before;
CREATE VIEW moved AS
SELECT row_number() OVER (ORDER BY at, id) AS seq, id, lag(label) OVER w AS f, label AS t, at, lead(at) OVER w AS until, lead(label) OVER w AS next FROM truth WINDOW w AS (PARTITION BY id ORDER BY n);
CREATE TABLE wanted AS SELECT id, (SELECT label FROM truth x WHERE x.id = y.id ORDER BY n DESC LIMIT 1)::st AS stage, min(at) AS created, journey_agg(label, at) AS journey FROM truth y GROUP BY id;
CREATE TABLE target (id int PRIMARY KEY, ext text UNIQUE, stage st, created timestamptz);
SELECT count(*) > 0 FROM track('target', 'stage', 'new -> *; * -> *', views => false, log => true);
INSERT INTO target SELECT id, 'x' || id, stage, created FROM wanted;

-- as times without a zone in UTC, with a zone, and as text of several kinds
CREATE VIEW as_moves AS SELECT seq AS log_id, id AS key, f AS from_stage, t AS to_stage, at FROM moved;
CREATE VIEW as_odoo AS SELECT seq::int AS id, id AS res_id, 'stage_id' AS field, f AS old_value_char, t AS new_value_char, at AT TIME ZONE 'UTC' AS date FROM moved WHERE f IS NOT NULL
    UNION ALL SELECT 0, id, 'user_id', 'A', 'B', now() AT TIME ZONE 'UTC' FROM moved;
CREATE VIEW as_frappe AS SELECT row_number() OVER (PARTITION BY id ORDER BY at) AS idx, 'x' || id AS parent, t AS "from", COALESCE(next, '') AS "to", at AT TIME ZONE 'UTC' AS from_date, until AT TIME ZONE 'UTC' AS to_date FROM moved;
CREATE VIEW as_mautic AS SELECT seq AS id, id AS lead_id, 3 AS stage_id, '3: ' || t AS event_name, 'stage changed' AS action_name, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS date_added FROM moved;
CREATE VIEW as_hubspot AS SELECT id::text AS "dealId", 'dealstage' AS property, CASE t WHEN 'Closed Won' THEN 'closedwon' ELSE t END AS value, (extract(epoch FROM at) * 1000)::bigint::text AS timestamp FROM moved
    UNION ALL SELECT id::text, 'amount', '100', '1700000000000' FROM moved;
CREATE VIEW as_salesforce AS SELECT md5(id::text || at) AS "Id", 'x' || id AS "OpportunityId", 'StageName' AS "Field", f AS "OldValue", t AS "NewValue", to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "CreatedDate" FROM moved WHERE f IS NOT NULL
    UNION ALL SELECT 'c', 'x' || id, 'created', NULL, NULL, '2026-01-01T00:00:00.000+0000' FROM moved;
CREATE VIEW as_stage AS SELECT md5(id::text || at) AS "Id", 'x' || id AS "OpportunityId", t AS "StageName", at AS "CreatedDate" FROM moved
    -- a change of the amount writes the stage once more
    UNION ALL SELECT md5(id::text || at) || 'b', 'x' || id, t, at + interval '1 minute' FROM moved WHERE id % 3 = 0;
CREATE FUNCTION agree() RETURNS TABLE (same bigint, differ bigint, wrong bigint, logged bigint) LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE t.journey = w.journey), count(*) FILTER (WHERE t.journey <> w.journey), (SELECT count(*) FROM verify('im.target')), (SELECT count(*) FROM im.target_log) - 200
    FROM im.target t JOIN im.wanted w USING (id)
$$;
CREATE TABLE result (shape text, same bigint, differ bigint, wrong bigint, logged bigint, report text);
CREATE FUNCTION try(shape text, source regclass, value_map jsonb DEFAULT NULL, key_column text DEFAULT 'id', created text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    SET LOCAL journey.allow_edit = on;
    UPDATE im.target SET journey = NULL;
    SELECT string_agg(problem || ' ' || rows, ', ') INTO said FROM import_history('im.target', source, shape, value_map, key_column => key_column, created_column => created);
    INSERT INTO result SELECT shape, a.*, said FROM agree() a;
END $$;
SELECT try('moves', 'as_moves'), try('odoo', 'as_odoo', created => 'created'), try('frappe', 'as_frappe', key_column => 'ext'), try('mautic', 'as_mautic'),
       try('hubspot', 'as_hubspot', '{"closedwon": "Closed Won"}'), try('salesforce', 'as_salesforce', key_column => 'ext', created => 'created'), try('salesforce_stage', 'as_stage', key_column => 'ext');
SELECT * FROM result;
-- the wide shape has each stage once: the last time it was entered
CREATE TABLE wide AS SELECT id AS "Record ID", max(at) FILTER (WHERE label = 'lead') AS hs_date_entered_lead, NULL::timestamptz AS hs_date_exited_lead,
    max(at) FILTER (WHERE label = 'talks') AS hs_v2_date_entered_talks, max(at) FILTER (WHERE label = 'Closed Won') AS hs_date_entered_closedwon, max(at) FILTER (WHERE label ~ 'lost') AS "hs_date_entered_123" FROM truth GROUP BY id;
UPDATE wanted w SET journey = (SELECT journey_agg(x.label, x.at) FROM (SELECT label, max(at) AS at FROM truth t WHERE t.id = w.id GROUP BY label) x);
SELECT try('hubspot_wide', 'wide', '{"closedwon": "Closed Won", "123": "it''s \"lost\""}');
SELECT * FROM result WHERE shape = 'hubspot_wide';

-- ------------------------------------------------------------ what is odd

TRUNCATE target_log;
DELETE FROM target;
INSERT INTO target (id, ext, stage, created) SELECT i, 'x' || i, 'talks', '2026-01-01Z' FROM generate_series(1, 9) i;
INSERT INTO target (id) VALUES (10);
CREATE TABLE odd (log_id int, key text, from_stage text, to_stage text, at text);
INSERT INTO odd VALUES
    (1, '1', 'lead', 'talks', '2026-02-01'), (2, '1', 'Closed Won', 'talks', '2026-02-03'),      -- a gap
    (3, '2', 'lead', 'talks', '2026-02-05'), (4, '2', NULL, 'lead', '2026-02-01'),                -- written backwards
    (5, '3', 'lead', 'talks', '2026-02-01 10:00'), (6, '3', 'lead', 'talks', '2026-02-01 10:00'), -- twice
    (7, '4', 'lead', 'Talks', '2026-02-01'),                                                       -- unknown stage
    (8, '99', 'lead', 'talks', '2026-02-01'), (9, NULL, 'lead', 'talks', '2026-02-01'),           -- unknown key, none
    (10, '5', 'lead', 'talks', 'soon'), (11, '5', 'lead', 'talks', NULL), (12, '5', NULL, 'talks', 'infinity'), -- no time
    (13, '6', 'lead', 'talks', '9999-01-01'),                                                      -- in the future
    (14, '7', NULL, 'lead', '2026-02-01'), (15, '7', 'lead', 'talks', '2026-02-01'),              -- at one time
    (16, '8', 'lead', 'Closed Won', '2026-02-01'),                                                 -- ends elsewhere
    (17, '10', 'lead', 'talks', '2026-02-01');                                                     -- no stage now
SELECT count(*) > 0 FROM track('target', 'stage', 'new -> *; lead -> talks; talks -> "Closed Won"', views => false);
SELECT * FROM import_report('target', 'odd', 'moves');
-- refused as a whole
SELECT pg_temp.refused($$SELECT count(*) FROM import_history('target', 'odd', 'moves')$$);
SELECT count(*) FROM target WHERE length(journey) > 1;
-- a dry run says the same and does nothing
SELECT (SELECT json_agg(h) FROM import_history('target', 'odd', 'moves', dry_run => true) h)::text = (SELECT json_agg(h) FROM import_report('target', 'odd', 'moves') h)::text AS same;
SELECT count(*) FROM target WHERE length(journey) > 1;
-- left out on purpose
SELECT problem, rows FROM import_history('target', 'odd', 'moves', '{"Talks": null}', refuse => '{}', created_column => 'created') WHERE problem IN ('unknown stage', 'rows imported', 'gap');
SELECT id, stage, CASE WHEN id IN (1, 2, 3, 7) THEN journey::text ELSE (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) END AS journey FROM target ORDER BY id;
SELECT count(*) FROM target_log;
-- journeys that are there are kept, unless they are to be replaced
SELECT rows FROM import_history('target', 'as_moves', 'moves') WHERE problem = 'rows imported';
SELECT rows FROM import_history('target', 'as_moves', 'moves', existing => 'replace') WHERE problem = 'rows imported';
-- stays: durations and gaps in time
CREATE TABLE stays (parent int, "from" text, "to" text, from_date timestamp, to_date timestamp, duration float);
INSERT INTO stays VALUES (1, 'lead', 'talks', '2026-02-05', '2026-02-01', -4), (2, 'lead', 'talks', '2026-02-01', '2026-02-02', 1), (2, 'talks', '', '2026-02-09', NULL, NULL),
    (3, 'lead', 'Closed Won', '2026-02-01', '2026-02-02', 1), (3, 'talks', '', '2026-02-02', NULL, NULL), (9, 'lead', 'talks', '2026-02-01', '2026-02-02', 1);
SELECT * FROM import_report('target', 'stays', 'frappe') WHERE problem IN ('negative duration', 'gap', 'gap in time');
SELECT count(*) > 0 FROM import_history('target', 'stays', 'frappe', existing => 'replace');
SELECT id, journey FROM target WHERE id IN (2, 9) ORDER BY id;
-- other zones
SELECT count(*) > 0 FROM import_history('target', 'stays', 'frappe', existing => 'replace', time_zone => 'Asia/Tehran');
SELECT id, journey FROM target WHERE id IN (2, 9) ORDER BY id;
SHOW TimeZone;
-- nothing to read
CREATE TABLE nothing (key int, to_stage text, at timestamptz);
SELECT * FROM import_history('target', 'nothing', 'moves') WHERE problem <> 'no history';

SELECT pg_temp.refused(c) FROM unnest(ARRAY[
    $$SELECT import_report('target', 'odd', 'crm')$$, $$SELECT import_report('target', NULL, 'moves')$$, $$SELECT import_report('target', 'odd', 'odoo')$$,
    $$SELECT import_report('target', 'odd', 'moves', columns => '{"key": "none"}')$$, $$SELECT import_report('target', 'odd', 'moves', columns => '{"kee": "key"}')$$,
    $$SELECT import_report('target', 'odd', 'moves', columns => '[]')$$, $$SELECT import_report('target', 'odd', 'moves', '[1]')$$,
    $$SELECT import_report('target', 'odd', 'moves', key_column => 'none')$$, $$SELECT import_report('odd', 'odd', 'moves')$$,
    $$SELECT import_history('target', 'odd', 'moves', existing => 'merge')$$, $$SELECT import_history('target', 'odd', 'moves', refuse => '{x}')$$,
    $$SELECT import_history('target', 'odd', 'moves', refuse => '{gap,duplicate}')$$,
    $$SELECT import_report('target', 'odd', 'hubspot_wide', columns => '{"key": "key"}')$$, $$SELECT import_report('target', 'odd', 'moves', time_zone => 'Mars')$$]) c;
SELECT import_time('2026-01-01'), import_time('1700000000000') = to_timestamp(1700000000), import_time('x'), import_time('infinity'), import_time(NULL);

-- ------------------------------------------------------------ adopting

CREATE TABLE leads (id int PRIMARY KEY, "Status" varchar(20) NOT NULL DEFAULT 'new one' CHECK ("Status" IN ('new one', 'talks', 'won', 'gone')), at date DEFAULT '2026-01-01');
INSERT INTO leads VALUES (1, 'new one'), (2, 'talks'), (3, 'won'), (4, 'gone');
CREATE TABLE changes AS SELECT * FROM (VALUES (1, 2, 'new one', 'talks', '2026-02-01'::timestamptz), (2, 3, 'new one', 'talks', '2026-02-01Z'), (3, 3, 'talks', 'won', '2026-02-02Z'), (4, 4, 'talks', 'gone', '2026-02-03Z')) v (id, lead, old, new, at);
SELECT statement, rows, warning FROM adopt('leads', 'Status', labels => '{new one,talks,won,lost}', value_map => '{"gone": "lost"}', history => 'changes', columns => '{"key": "lead", "from": "old", "to": "new"}', created_column => 'at', dry_run => true);
SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'leads'::regclass AND attname = 'Status';
SELECT sum(rows) FROM adopt('leads', 'Status', labels => '{new one,talks,won,lost}', value_map => '{"gone": "lost"}', history => 'changes', columns => '{"key": "lead", "from": "old", "to": "new"}', created_column => 'at', log => true);
SELECT id, "Status", CASE WHEN id > 1 THEN journey::text ELSE current(journey) END FROM leads ORDER BY id;
SELECT rules FROM tracked() WHERE rel = 'leads'::regclass;
SELECT count(*) FROM verify('leads');
INSERT INTO leads (id) VALUES (5);
SELECT pg_temp.refused($$UPDATE leads SET "Status" = 'won' WHERE id = 5$$);
SELECT label, reached FROM leads_funnel;
-- rules only of what happened often enough
SELECT rules, moves FROM suggest_rules('target', NULL, 'odd', 'moves', '{lead,talks,Closed Won}', min_count => 3);
-- a foreign key to a table of stages
CREATE TABLE stages_of (id int PRIMARY KEY, title text, position int);
INSERT INTO stages_of VALUES (7, 'Lead in', 1), (3, 'Won', 3), (5, 'Offer', 2);
CREATE TABLE deals (id int PRIMARY KEY, stage_id int DEFAULT 7 REFERENCES stages_of);
INSERT INTO deals VALUES (1, 7), (2, 5), (3, 3), (4, NULL);
CREATE TABLE deal_log (key int, from_stage int, to_stage int, at timestamptz);
INSERT INTO deal_log VALUES (2, 7, 5, '2026-01-01Z'), (3, 7, 5, '2026-01-02Z'), (3, 5, 3, '2026-01-05Z');
SELECT warning FROM adopt('deals', 'stage_id', type_name => '"Deal Stage"', history => 'deal_log', views => false) WHERE warning IS NOT NULL;
SELECT enum_range(NULL::"Deal Stage");
INSERT INTO deals VALUES (5);
SELECT id, stage_id, (SELECT string_agg(label, '>' ORDER BY at) FROM events(journey)) AS path FROM deals ORDER BY id;
SELECT count(*) FROM verify('deals');
-- an enum; no history
CREATE TABLE already (id int PRIMARY KEY, s st);
INSERT INTO already VALUES (1, 'lead');
SELECT statement, rows, warning FROM adopt('already', 's', views => false) WHERE statement !~ 'verify' OR warning IS NOT NULL;
-- text in the order of the alphabet, empty text is no stage
CREATE TABLE plain (id int PRIMARY KEY, s text);
INSERT INTO plain VALUES (1, 'b'), (2, 'a'), (3, ''), (4, NULL);
SELECT warning FROM adopt('plain', 's', rules => 'new -> *; forward', views => false) WHERE warning IS NOT NULL;
SELECT id, s, journey IS NULL AS none FROM plain ORDER BY id;
CREATE TABLE numbers (id int PRIMARY KEY, s int DEFAULT (1 + 1));
INSERT INTO numbers VALUES (1, 1), (2, 2);
SELECT pg_temp.refused(c) FROM unnest(ARRAY[
    $$SELECT adopt(NULL, 's')$$, $$SELECT adopt('plain', 'none')$$, $$SELECT adopt('plain', 's')$$, $$SELECT adopt('as_moves', 'at')$$, $$SELECT adopt('numbers', 's')$$,
    $$SELECT adopt('numbers', 's', labels => '{a}', value_map => '{"1": "a"}')$$, $$SELECT adopt('numbers', 's', labels => '{a,b}', value_map => '{"1": "a", "2": "b"}')$$, $$SELECT adopt('numbers', 's', value_map => '[]')$$,
    $$SELECT adopt('numbers', 's', rules => 'a ->', labels => '{a,b}', value_map => '{"1": "a", "2": "b"}')$$]) c;
ALTER TABLE numbers ALTER s DROP DEFAULT;
SELECT pg_temp.refused($$SELECT adopt('numbers', 's', rules => 'a ->', labels => '{a,b}', value_map => '{"1": "a", "2": "b"}')$$);
SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'numbers'::regclass AND attname = 's';
DROP SCHEMA im CASCADE;
