-- the transition trigger: each way a row can come by or change its stage
CREATE TYPE tt_stage AS ENUM ('visitor', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'lost');
CREATE FUNCTION tt_path(j journey.journey) RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(label, '>' ORDER BY n)
            FROM journey.events(j) WITH ORDINALITY AS e (label, at, n));
CREATE TABLE tt_leads (
    id int PRIMARY KEY,
    name text,
    budget numeric,
    stage tt_stage,
    journey journey.journey
);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tt_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor, lead;
        visitor -> lead -> mql -> sql -> opportunity -> customer;
        sql -> opportunity when (budget > 0);
        * -> lost; lost -> lead');
CREATE VIEW tt_seen AS SELECT id, name, stage, tt_path(journey) AS path FROM tt_leads;

-- INSERT: with a stage, without one, at one where no row may start, with NULL
BEGIN;
INSERT INTO tt_leads (id, stage) VALUES (1, 'lead');
SELECT journey.length(journey), journey.started_at(journey) = now() AS now FROM tt_leads;
COMMIT;
INSERT INTO tt_leads (id) VALUES (2);
INSERT INTO tt_leads (id, stage) VALUES (3, NULL);
INSERT INTO tt_leads (id, stage) VALUES (4, 'mql');
INSERT INTO tt_leads (id, stage, journey) VALUES (5, 'visitor', '{}'), (6, 'visitor', NULL);
SELECT s.*, l.journey IS NULL AS none FROM tt_seen s JOIN tt_leads l USING (id) ORDER BY id;

-- UPDATE that moves, and one that does not
UPDATE tt_leads SET stage = 'mql' WHERE id = 1;
UPDATE tt_leads SET name = 'Ada', stage = 'mql' WHERE id = 1;
UPDATE tt_leads SET name = 'Ada L.' WHERE id = 1;
UPDATE tt_leads SET name = 'Nobody' WHERE id = 2;
SELECT * FROM tt_seen WHERE id IN (1, 2) ORDER BY id;

-- what is refused, and how it is told
UPDATE tt_leads SET stage = 'customer' WHERE id = 1;
UPDATE tt_leads SET stage = 'sql' WHERE id = 1;
UPDATE tt_leads SET stage = 'opportunity' WHERE id = 1;
UPDATE tt_leads SET stage = 'opportunity', budget = 0 WHERE id = 1;
DO $$
DECLARE
    code text; message text; detail text; hint text; s text; t text; c text;
BEGIN
    UPDATE tt_leads SET stage = 'opportunity', budget = -1 WHERE id = 1;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, s = SCHEMA_NAME, t = TABLE_NAME, c = COLUMN_NAME;
    RAISE NOTICE '% %.%.%: % / % / %', code, s, t, c, message, detail, hint;
END $$;
UPDATE tt_leads SET stage = 'opportunity', budget = 10 WHERE id = 1;
UPDATE tt_leads SET stage = 'customer' WHERE id = 1;
SELECT * FROM tt_seen WHERE id = 1;
-- a stage that does not exist is the enum's own error, and an update that fails leaves nothing behind
UPDATE tt_leads SET stage = 'won' WHERE id = 1;
UPDATE tt_leads SET stage = 'visitor';
SELECT * FROM tt_seen ORDER BY id;

-- NULL: a row may come onto the track late, as a new one; it may not leave
UPDATE tt_leads SET stage = 'mql' WHERE id = 2;
UPDATE tt_leads SET stage = 'visitor' WHERE id = 2;
UPDATE tt_leads SET stage = NULL WHERE id = 2;
SELECT * FROM tt_seen WHERE id = 2;

-- several moves in one transaction keep their order and are its time
BEGIN;
INSERT INTO tt_leads (id, stage) VALUES (10, 'visitor');
UPDATE tt_leads SET stage = 'lead' WHERE id = 10;
UPDATE tt_leads SET stage = 'lost' WHERE id = 10;
UPDATE tt_leads SET stage = 'lead' WHERE id = 10;
SELECT tt_path(journey), journey.started_at(journey) = now() AS starts_now,
       journey.updated_at(journey) - now() AS last_after
FROM tt_leads WHERE id = 10;
ROLLBACK;
SELECT count(*) FROM tt_leads WHERE id = 10;

-- many rows
INSERT INTO tt_leads (id, stage, budget) SELECT i, 'lead', i % 2 FROM generate_series(1001, 3000) i;
UPDATE tt_leads SET stage = CASE id % 3 WHEN 0 THEN 'mql' WHEN 1 THEN 'lost' ELSE stage END WHERE id > 1000;
SELECT stage, tt_path(journey) AS path, count(*) FROM tt_leads WHERE id > 1000 GROUP BY 1, 2 ORDER BY 1;
-- one bad row, and none is changed
UPDATE tt_leads SET stage = 'mql' WHERE id > 1000 AND stage IN ('lead', 'lost');
SELECT stage, count(*) FROM tt_leads WHERE id > 1000 GROUP BY 1 ORDER BY 1;
DELETE FROM tt_leads WHERE id > 1000;

-- ON CONFLICT: the row proposed must be one that may start so; the row that is there then moves by the rules
INSERT INTO tt_leads (id, name, stage) VALUES (1, 'upsert', 'lead')
    ON CONFLICT (id) DO UPDATE SET name = excluded.name;
INSERT INTO tt_leads (id, name, stage) VALUES (1, 'upsert', 'lead')
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, stage = excluded.stage;
INSERT INTO tt_leads (id, stage) VALUES (6, 'lead'), (7, 'lead')
    ON CONFLICT (id) DO UPDATE SET stage = excluded.stage;
INSERT INTO tt_leads (id, stage) VALUES (6, 'mql') ON CONFLICT (id) DO UPDATE SET stage = excluded.stage;
INSERT INTO tt_leads (id, stage) VALUES (6, 'lead') ON CONFLICT DO NOTHING;
INSERT INTO tt_leads (id) VALUES (6) ON CONFLICT (id) DO UPDATE SET stage = 'mql';
INSERT INTO tt_leads (id, stage) VALUES (6, 'lead')
    ON CONFLICT (id) DO UPDATE SET journey = excluded.journey;
SELECT * FROM tt_seen WHERE id IN (1, 6, 7) ORDER BY id;

-- MERGE: only rows really inserted have to be such as may start
MERGE INTO tt_leads l USING (VALUES (6, 'sql'::tt_stage), (8, 'visitor')) AS s (id, stage) ON l.id = s.id
    WHEN MATCHED THEN UPDATE SET stage = s.stage
    WHEN NOT MATCHED THEN INSERT (id, stage) VALUES (s.id, s.stage);
MERGE INTO tt_leads l USING (VALUES (6, 'lead'::tt_stage)) AS s (id, stage) ON l.id = s.id
    WHEN MATCHED THEN UPDATE SET stage = s.stage;
MERGE INTO tt_leads l USING (VALUES (9, 'sql'::tt_stage)) AS s (id, stage) ON l.id = s.id
    WHEN NOT MATCHED THEN INSERT (id, stage) VALUES (s.id, s.stage);
SELECT * FROM tt_seen WHERE id IN (6, 8, 9) ORDER BY id;

-- COPY
COPY tt_leads (id, name, stage) FROM stdin;
20	Grace	lead
21	Edsger	visitor
22	Tony	\N
\.
COPY tt_leads (id, stage) FROM stdin;
23	lead
24	customer
\.
SELECT * FROM tt_seen WHERE id BETWEEN 20 AND 29 ORDER BY id;

-- a data-only dump of rows in mid-journey comes back byte for byte
CREATE TABLE tt_restored (LIKE tt_leads INCLUDING ALL);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tt_restored FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor');
INSERT INTO tt_restored SELECT * FROM tt_leads;
SELECT count(*) AS rows,
       count(*) FILTER (WHERE r.journey::text IS DISTINCT FROM l.journey::text OR r.stage IS DISTINCT FROM l.stage) AS different
FROM tt_restored r JOIN tt_leads l USING (id);
COPY tt_restored (id, stage, journey) FROM stdin;
100	mql	{lead@2026-01-01T00:00:00Z, mql@2026-01-02T00:00:00Z}
101	\N	{lead@2026-01-01T00:00:00Z}
\.
-- but a journey that ends elsewhere is not taken
COPY tt_restored (id, stage, journey) FROM stdin;
102	sql	{lead@2026-01-01T00:00:00Z, mql@2026-01-02T00:00:00Z}
\.
-- and without its journey such a row is a new one
INSERT INTO tt_restored (id, stage) VALUES (103, 'mql');
SELECT id, stage, journey FROM tt_restored WHERE id >= 100 ORDER BY id;
DROP TABLE tt_restored;

-- the journey column is not for hands
UPDATE tt_leads SET journey = NULL WHERE id = 1;
UPDATE tt_leads SET journey = '{lead@2026-01-01}' WHERE id = 2;
UPDATE tt_leads SET journey = journey.append(journey, 'customer', now()), stage = 'customer' WHERE id = 6;
UPDATE tt_leads SET journey = '{lead@2026-01-01}' WHERE id = 22;
-- the same value again is no change
UPDATE tt_leads SET journey = journey, name = 'same' WHERE id = 1;
UPDATE tt_leads SET journey = journey::text::journey.journey, name = 'same', stage = 'lost' WHERE id = 2;
SELECT * FROM tt_seen WHERE id IN (1, 2, 6, 22) ORDER BY id;
-- except for repairs
SET journey.allow_edit = on;
UPDATE tt_leads SET journey = '{visitor@2026-01-01, customer@2026-01-02}' WHERE id = 1;
UPDATE tt_leads SET journey = '{visitor@2026-01-01, customer@2026-01-02}' WHERE id = 2;
UPDATE tt_leads SET journey = '{visitor@2026-01-01, customer@2026-01-02}', stage = 'customer' WHERE id = 2;
UPDATE tt_leads SET journey = '{lead@2026-01-01}' WHERE id = 22;
UPDATE tt_leads SET journey = NULL WHERE id = 6;
-- a move without an edit is checked as ever
UPDATE tt_leads SET stage = 'visitor' WHERE id = 1;
INSERT INTO tt_leads (id, stage) VALUES (30, 'customer');
INSERT INTO tt_leads (id, stage, journey) VALUES (30, 'customer', '{lead@2026-01-01}');
SELECT id, stage, journey FROM tt_leads WHERE id IN (1, 2, 6, 22) ORDER BY id;
SET journey.allow_edit = perhaps;
UPDATE tt_leads SET journey = NULL WHERE id = 1;
BEGIN;
SET LOCAL journey.allow_edit = 'off';
COMMIT;
RESET journey.allow_edit;
UPDATE tt_leads SET journey = NULL WHERE id = 1;

-- a row with a stage but no journey adopts the stage it has: when it moves, just before that
SELECT id, stage, journey FROM tt_leads WHERE id = 6;
BEGIN;
UPDATE tt_leads SET stage = 'lost' WHERE id = 6;
SELECT tt_path(journey), journey.first_at(journey, 'sql') - now() AS adopted, journey.first_at(journey, 'lost') - now() AS moved
FROM tt_leads WHERE id = 6;
ROLLBACK;
-- and when it does not move, now
BEGIN;
UPDATE tt_leads SET name = 'adopted' WHERE id = 6;
SELECT tt_path(journey), journey.first_at(journey, 'sql') - now() AS adopted FROM tt_leads WHERE id = 6;
COMMIT;
UPDATE tt_leads SET stage = 'lost' WHERE id = 6;
SELECT * FROM tt_seen WHERE id = 6;
-- the present stage counts, not what an incomplete journey says; what was missing is filled in
ALTER TABLE tt_leads DISABLE TRIGGER journey;
UPDATE tt_leads SET stage = 'sql' WHERE id = 20;
ALTER TABLE tt_leads ENABLE TRIGGER journey;
UPDATE tt_leads SET name = 'by hand' WHERE id = 20;
UPDATE tt_leads SET stage = 'mql' WHERE id = 20;
UPDATE tt_leads SET stage = 'opportunity', budget = 1 WHERE id = 20;
SELECT * FROM tt_seen WHERE id = 20;

-- session_replication_role = replica: nothing is checked and nothing recorded, as for every ordinary trigger
SET session_replication_role = replica;
UPDATE tt_leads SET stage = 'visitor' WHERE id = 21;
INSERT INTO tt_leads (id, stage) VALUES (31, 'customer');
RESET session_replication_role;
SELECT * FROM tt_seen WHERE id IN (21, 31) ORDER BY id;
UPDATE tt_leads SET name = 'seen' WHERE id = 31;
SELECT * FROM tt_seen WHERE id IN (21, 31) ORDER BY id;

-- TRUNCATE
TRUNCATE tt_leads;
INSERT INTO tt_leads (id, stage) VALUES (1, 'lead');
SELECT * FROM tt_seen;

-- a long journey, stored out of line
CREATE TABLE tt_long (id int, note text, stage tt_stage, journey journey.journey);
ALTER TABLE tt_long ALTER journey SET STORAGE EXTERNAL;
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tt_long FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new, * -> *');
INSERT INTO tt_long (id, stage, journey)
    SELECT 1, 'mql', journey.journey_agg((ARRAY['lead', 'mql'])[1 + i % 2], timestamptz '2026-01-01Z' + i * interval '1.000001 s')
    FROM generate_series(0, 9999) i;
SELECT pg_column_size(journey) > 10000 AS big, journey.length(journey), pg_relation_size(reltoastrelid) > 0 AS out_of_line
FROM tt_long, pg_class c WHERE c.oid = 'tt_long'::regclass;
UPDATE tt_long SET note = 'x';
UPDATE tt_long SET journey = journey::text::journey.journey;
UPDATE tt_long SET stage = 'lost';
SELECT journey.length(journey), journey.current(journey), journey.visits(journey, 'lead') FROM tt_long;
UPDATE tt_long SET journey = journey.without(journey, '{mql}');
DROP TABLE tt_long;

DROP VIEW tt_seen;
DROP TABLE tt_leads;

-- at = column: the time of a move comes from a column, when the statement gives it one
CREATE TABLE tt_deals (id int, stage tt_stage, journey journey.journey, note text, moved_at timestamptz);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tt_deals FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> *; next; at = moved_at');
INSERT INTO tt_deals (id, stage, moved_at) VALUES (1, 'visitor', '2026-01-01 09:00Z'), (2, 'lead', NULL);
UPDATE tt_deals SET stage = 'lead', moved_at = '2026-01-02 09:00Z' WHERE id = 1;
-- two moves of one day
UPDATE tt_deals SET stage = 'mql', moved_at = '2026-01-02 09:00Z' WHERE id = 1;
-- a move told late is put right after the last one
UPDATE tt_deals SET stage = 'sql', moved_at = '2025-12-31 09:00Z' WHERE id = 1;
SELECT id, stage, journey FROM tt_deals WHERE id = 1;
-- a statement that leaves the column alone moves now, and so does NULL
BEGIN;
UPDATE tt_deals SET stage = 'opportunity' WHERE id = 1;
SELECT journey.updated_at(journey) = now() AS now FROM tt_deals WHERE id = 1;
UPDATE tt_deals SET stage = 'customer', moved_at = NULL WHERE id = 1;
SELECT journey.updated_at(journey) - now() AS after FROM tt_deals WHERE id = 1;
SELECT journey.updated_at(journey) = now() AS now FROM tt_deals WHERE id = 2;
ROLLBACK;
UPDATE tt_deals SET stage = 'opportunity', moved_at = 'infinity' WHERE id = 1;
INSERT INTO tt_deals (id, stage, moved_at) VALUES (3, 'visitor', '-infinity');
-- adoption: the column says when the present stage was entered
ALTER TABLE tt_deals DISABLE TRIGGER journey;
INSERT INTO tt_deals VALUES (4, 'lead', NULL, NULL, '2026-02-01Z'), (5, 'lead', NULL, NULL, '2026-02-01Z'),
    (6, 'lead', NULL, NULL, 'infinity'), (7, 'lead', NULL, NULL, '2026-02-01Z');
ALTER TABLE tt_deals ENABLE TRIGGER journey;
UPDATE tt_deals SET stage = 'mql', moved_at = '2026-02-03Z' WHERE id IN (4, 6);
UPDATE tt_deals SET note = 'x' WHERE id = 5;
UPDATE tt_deals SET stage = 'mql', moved_at = '2026-01-31Z' WHERE id = 7;
SELECT id, journey FROM tt_deals WHERE id BETWEEN 4 AND 7 ORDER BY id;
DROP TABLE tt_deals;

-- more stages than are remembered by their low bits
DO $$ BEGIN EXECUTE 'CREATE TYPE tt_many AS ENUM (' || (SELECT string_agg(quote_literal('stage ' || i), ', ' ORDER BY i) FROM generate_series(1, 50) i) || ')'; END $$;
CREATE TABLE tt_steps (id int, stage tt_many, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tt_steps FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> *; next');
INSERT INTO tt_steps (id, stage) SELECT i, ('stage ' || i)::tt_many FROM generate_series(1, 50) i;
UPDATE tt_steps SET stage = ('stage ' || id + 1)::tt_many WHERE id < 50;
SELECT count(*) AS rows, count(*) FILTER (WHERE id < 50 AND tt_path(journey) = format('stage %s>stage %s', id, id + 1)) AS moved,
       count(*) FILTER (WHERE tt_path(journey) = 'stage 50') AS stayed
FROM tt_steps;
UPDATE tt_steps SET stage = 'stage 40' WHERE id = 23;
DROP TABLE tt_steps;
DROP TYPE tt_many;

DROP FUNCTION tt_path;
DROP TYPE tt_stage;
