-- materialize: journeys kept current from a table of events
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
\set SHOW_CONTEXT never
SELECT setseed(0.5);

-- How many keys of a journey table differ from journey_agg over the events.
CREATE FUNCTION mat_wrong(events regclass, key name, at name, event name, into_table regclass) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format(
        'SELECT count(*) FROM (SELECT %2$I AS k, journey.rollup(journey) AS j FROM %5$s GROUP BY 1) m'
        ' FULL JOIN (SELECT %2$I AS k, journey.journey_agg(%4$I::text, %3$I::timestamptz) AS j FROM %1$s'
        '   WHERE %2$I IS NOT NULL AND %3$I IS NOT NULL AND %4$I IS NOT NULL GROUP BY 1) o ON o.k = m.k'
        ' WHERE m.j IS DISTINCT FROM o.j', events, key, at, event, into_table)
    INTO n;
    RETURN n;
END
$$;

-- periods, against date_trunc and date_bin
SELECT count(*) AS wrong
FROM (SELECT '2000-01-01'::timestamptz + (random() - 0.5) * interval '4000 years' AS at FROM generate_series(1, 2000)) r
WHERE period_start(at, '1 month') <> date_trunc('month', at)
    OR period_start(at, '3 months') <> date_trunc('quarter', at)
    OR period_start(at, '1 year') <> date_trunc('year', at)
    OR period_start(at, '7 days') <> date_trunc('week', at)
    OR period_start(at, '1 day') <> date_trunc('day', at)
    OR period_start(at, '90 min') <> date_bin('90 min', at, '2001-01-01')
    OR period_start(at, '36 hours') <> date_bin('36 hours', at, '2001-01-01')
    OR period_end(at, '1 month') <> date_trunc('month', at) + interval '1 month'
    OR period_end(at, '1 day 90 min') <> period_start(at, '1 day 90 min') + interval '1530 min'
    OR NOT at >= period_start(at, '5 months') OR NOT at < period_end(at, '5 months')
    OR period_start(period_end(at, '5 months'), '5 months') <> period_end(at, '5 months');
SELECT p, period_start(t, p) AS first_start, period_end(t, p) AS first_end, period_start(u, p) AS last_start, period_end(u, p) AS last_end
FROM unnest(ARRAY['1 month', '100 years', '2000000000 months', '1 day', '100000000 days']::interval[]) p,
    (SELECT '4714-11-24 00:00:00 BC'::timestamptz AS t, '294276-12-31 23:59:59.999999'::timestamptz AS u) b;
SELECT period_start('infinity', '1 day'), period_end('-infinity', '1 month');
BEGIN;
SET LOCAL TIME ZONE 'Asia/Tehran';
SELECT period_start('2026-03-01 01:00:00Z', '1 month') AT TIME ZONE 'UTC' AS utc;
ROLLBACK;
SELECT period_start('2026-01-01', '1 month 1 day');
SELECT period_start('2026-01-01', '0');
SELECT period_start('2026-01-01', '-1 month');
SELECT period_start('2026-01-01', '-1 hour');

-- one journey per key, and one per key and month, through random statements
CREATE TABLE mat_events (id serial PRIMARY KEY, customer int, at timestamptz, event text);
CREATE INDEX ON mat_events (customer);
INSERT INTO mat_events (customer, at, event)
SELECT random() * 20, '2026-01-01'::timestamptz + round(random() * 100) * interval '1 day',
    (ARRAY['visit', 'signup', 'buy'])[1 + floor(random() * 3)]
FROM generate_series(1, 300);
INSERT INTO mat_events (customer, at, event) VALUES (NULL, '2026-01-01', 'visit'), (1, NULL, 'visit'), (1, '2026-01-01', NULL);
SELECT materialize('mat_events', 'customer', 'at', 'event', 'mat_journeys');
SELECT materialize('mat_events', 'customer', 'at', 'event', 'mat_months', '1 month');
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_journeys') AS journeys,
    mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_months') AS months;
\d mat_journeys
\d mat_months
SELECT * FROM materialized();
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'mat_events'::regclass AND tgname LIKE '%months%' ORDER BY tgname;
SELECT obj_description('mat_journeys'::regclass);

DO $$
DECLARE
    what int;
    wrong bigint := 0;
    misplaced bigint;
BEGIN
    FOR i IN 1..120 LOOP
        what := floor(random() * 8);
        CASE
            WHEN what <= 2 THEN     -- late, early and repeated events
                INSERT INTO mat_events (customer, at, event)
                SELECT nullif(round(random() * 30), 30), '2026-01-01'::timestamptz + round(random() * 100) * interval '1 day',
                    (ARRAY['visit', 'signup', 'buy', NULL])[1 + floor(random() * 4)]
                FROM generate_series(1, 1 + (random() * 20)::int);
            WHEN what = 3 THEN
                UPDATE mat_events SET customer = customer + 1 WHERE id % 13 = i % 13;
            WHEN what = 4 THEN
                UPDATE mat_events SET at = at + interval '20 days' WHERE id % 17 = i % 17;
            WHEN what = 5 THEN
                UPDATE mat_events SET event = (ARRAY['visit', 'lost', NULL])[1 + floor(random() * 3)] WHERE id % 19 = i % 19;
            WHEN what = 6 THEN
                DELETE FROM mat_events WHERE id % 11 = i % 11;
            ELSE
                DELETE FROM mat_events WHERE customer = i % 20;
        END CASE;
        wrong := wrong + mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_journeys')
            + mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_months');
        SELECT count(*) INTO misplaced FROM mat_months m
        WHERE started_at(m.journey) < m.period OR updated_at(m.journey) >= m.period + interval '1 month';
        wrong := wrong + misplaced + (SELECT count(*) FROM mat_journeys WHERE length(journey) = 0);
    END LOOP;
    RAISE NOTICE 'wrong: %', wrong;
END
$$;
SELECT count(*) > 10 AS customers, sum(length(journey)) > 50 AS entries FROM mat_journeys;

-- an UPDATE that leaves key, time and name alone touches no journey
CREATE TEMP TABLE mat_before AS SELECT ctid AS place, xmin AS version, customer FROM mat_journeys;
ALTER TABLE mat_events ADD note text;
UPDATE mat_events SET note = 'x';
SELECT count(*) AS touched FROM mat_before b JOIN mat_journeys j USING (customer) WHERE (j.ctid, j.xmin) IS DISTINCT FROM (b.place, b.version);

-- other ways to write: ON CONFLICT, MERGE, COPY, one statement that does several things
INSERT INTO mat_events (id, customer, at, event)
SELECT CASE WHEN i <= 3 THEN (SELECT min(id) + i FROM mat_events) ELSE -i END, 50 + i, '2026-06-01', 'upsert' FROM generate_series(1, 6) i
ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, at = excluded.at, event = excluded.event;
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_journeys') AS wrong, count(*) AS upserted
FROM mat_journeys WHERE journey @> ARRAY['upsert'];
MERGE INTO mat_events e
USING (VALUES (-4, 'merged'), (-5, NULL), (-1000, 'merged')) v (id, event) ON e.id = v.id
WHEN MATCHED AND v.event IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET event = v.event
WHEN NOT MATCHED THEN INSERT (id, customer, at, event) VALUES (v.id, 60, '2026-06-02', v.event);
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_journeys') AS wrong, count(*) AS merged
FROM mat_journeys WHERE journey @> ARRAY['merged'];
COPY mat_events (customer, at, event) FROM stdin;
70	2026-07-01 00:00:00+00	copied
70	2026-06-01 00:00:00+00	copied
71	2026-07-01 00:00:00+00	copied
\.
SELECT * FROM mat_journeys WHERE customer >= 70 ORDER BY customer;
WITH gone AS (DELETE FROM mat_events WHERE customer = 70 RETURNING *)
INSERT INTO mat_events (customer, at, event) SELECT 71, at, event FROM gone;
SELECT * FROM mat_journeys WHERE customer >= 70 ORDER BY customer;
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_months') AS wrong;

-- a statement that fails, or is taken back, leaves nothing
BEGIN;
INSERT INTO mat_events (customer, at, event) VALUES (80, '2026-01-01', 'visit');
SAVEPOINT s;
INSERT INTO mat_events (customer, at, event) VALUES (80, '2026-01-02', 'buy');
ROLLBACK TO s;
COMMIT;
SELECT * FROM mat_journeys WHERE customer = 80;
INSERT INTO mat_events (customer, at, event) VALUES (81, 'infinity', 'visit');
INSERT INTO mat_events (customer, at, event) VALUES (81, '2026-01-01', '');
INSERT INTO mat_events (customer, at, event) VALUES (81, '2026-01-01', repeat('x', 256));
SELECT count(*) FROM mat_events WHERE customer = 81;

-- TRUNCATE, and starting again
TRUNCATE mat_events;
SELECT (SELECT count(*) FROM mat_journeys) AS journeys, (SELECT count(*) FROM mat_months) AS months;
INSERT INTO mat_events (customer, at, event) VALUES (1, '2026-01-31', 'visit'), (1, '2026-02-01', 'buy');
TABLE mat_journeys;
TABLE mat_months ORDER BY period;

-- what the triggers could not see is made good by rematerialize
SET session_replication_role = replica;
INSERT INTO mat_events (customer, at, event) VALUES (2, '2026-03-01', 'visit');
DELETE FROM mat_events WHERE event = 'buy';
RESET session_replication_role;
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_months') AS wrong;
SELECT rematerialize('mat_months');
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_months') AS wrong;

-- letting go
SELECT dematerialize('mat_journeys');
SELECT dematerialize('mat_months', drop_table => true);
SELECT * FROM materialized();
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'mat_events'::regclass;
SELECT to_regclass('mat_journeys') AS kept, obj_description('mat_journeys'::regclass) AS comment, to_regclass('mat_months') AS dropped;
SELECT dematerialize('mat_journeys');
SELECT rematerialize('mat_journeys');
SELECT dematerialize(NULL);
SELECT dematerialize('mat_journeys', NULL);
SELECT rematerialize(NULL);

-- a journey table that was dropped by hand stops writes with a hint
SELECT materialize('mat_events', 'customer', 'at', 'event', 'mat_gone');
DROP TABLE mat_gone;
INSERT INTO mat_events (customer, at, event) VALUES (1, '2026-02-01', 'buy');
SELECT * FROM materialized();
DROP TABLE mat_events, mat_journeys;

-- foreign keys that cascade
CREATE TABLE mat_customer (id int PRIMARY KEY);
CREATE TABLE mat_events (customer int REFERENCES mat_customer ON DELETE CASCADE ON UPDATE CASCADE, at timestamptz, event text);
CREATE INDEX ON mat_events (customer);
SELECT materialize('mat_events', 'customer', 'at', 'event', 'mat_journeys');
INSERT INTO mat_customer SELECT generate_series(1, 5);
INSERT INTO mat_events SELECT i % 5 + 1, '2026-01-01'::timestamptz + i * interval '1 hour', 'e' || i % 2 FROM generate_series(1, 20) i;
DELETE FROM mat_customer WHERE id = 2;
UPDATE mat_customer SET id = id + 10 WHERE id >= 4;
SELECT customer, length(journey) FROM mat_journeys ORDER BY customer;
SELECT mat_wrong('mat_events', 'customer', 'at', 'event', 'mat_journeys') AS wrong;
DROP TABLE mat_events, mat_customer, mat_journeys;

-- every type of key, of time and of event; in a session with another time zone
CREATE TYPE mat_kind AS ENUM ('visit', 'buy', 'Free Trial');
CREATE DOMAIN mat_id AS varchar(20) CHECK (VALUE <> '');
CREATE TABLE mat_types (i2 int2, i8 int8, u uuid, t text, tc text COLLATE "C", v varchar(10), c char(8), d mat_id,
    at timestamptz, ts timestamp, day date, name text, kind mat_kind, code int);
INSERT INTO mat_types
SELECT i % 7, i % 7 + 1e15::int8, md5((i % 7)::text)::uuid, repeat('k', i % 7), 'k' || i % 7, 'v' || i % 7, 'c' || i % 7, 'd' || i % 7,
    t, t AT TIME ZONE 'UTC', t::date, (ARRAY['visit', 'buy', 'Free Trial'])[1 + i % 3], (ARRAY['visit', 'buy', 'Free Trial'])[1 + i % 3]::mat_kind, i % 3
FROM (SELECT i, '2026-03-28 20:00Z'::timestamptz + i * interval '7 hours' AS t FROM generate_series(1, 100) i) s;
SET TIME ZONE 'Europe/Berlin';
SELECT materialize('mat_types', 'i2', 'at', 'name', 'mat_i2', '1 day');
SELECT materialize('mat_types', 'i8', 'ts', 'kind', 'mat_i8', '1 day');
SELECT materialize('mat_types', 'u', 'day', 'code', 'mat_u', '1 day');
SELECT materialize('mat_types', 't', 'at', 'kind', 'mat_t');
SELECT materialize('mat_types', 'tc', 'at', 'kind', 'mat_tc');
SELECT materialize('mat_types', 'v', 'at', 'name', 'mat_v');
SELECT materialize('mat_types', 'c', 'at', 'name', 'mat_c');
SELECT materialize('mat_types', 'd', 'at', 'name', 'mat_d');
INSERT INTO mat_types
SELECT i2, i8, u, t, tc, v, c, d, at + '1 month', ts + interval '1 month', day + 31, name, kind, code FROM mat_types;
DELETE FROM mat_types WHERE i2 = 3 AND code = 1;
UPDATE mat_types SET c = 'new', d = 'new', u = md5('new')::uuid, i8 = 1 WHERE i2 = 4;
SET TIME ZONE 'UTC';
SELECT mat_wrong('mat_types', 'i2', 'at', 'name', 'mat_i2') AS i2, mat_wrong('mat_types', 'i8', 'ts', 'kind', 'mat_i8') AS i8,
    mat_wrong('mat_types', 'u', 'day', 'code', 'mat_u') AS u, mat_wrong('mat_types', 't', 'at', 'kind', 'mat_t') AS t,
    mat_wrong('mat_types', 'tc', 'at', 'kind', 'mat_tc') AS tc, mat_wrong('mat_types', 'v', 'at', 'name', 'mat_v') AS v,
    mat_wrong('mat_types', 'c', 'at', 'name', 'mat_c') AS c, mat_wrong('mat_types', 'd', 'at', 'name', 'mat_d') AS d;
SELECT count(*) AS misplaced FROM mat_i8 WHERE period <> date_trunc('day', started_at(journey)) OR period <> date_trunc('day', updated_at(journey));
SELECT a.attrelid::regclass, format_type(a.atttypid, a.atttypmod), co.collname
FROM pg_attribute a LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attrelid = ANY ('{mat_i2,mat_i8,mat_u,mat_t,mat_tc,mat_v,mat_c,mat_d}'::regclass[]) AND a.attnum = 1 ORDER BY 1;
SELECT into_table, key, at, event, period FROM materialized();
DROP TABLE mat_types, mat_i2, mat_i8, mat_u, mat_t, mat_tc, mat_v, mat_c, mat_d;
DROP TYPE mat_kind;
DROP DOMAIN mat_id;

-- names that need quotes everywhere
CREATE SCHEMA "we ""ird'";
CREATE TABLE "we ""ird'"."Ev; --" ("select" text, "a 't" timestamptz, "e""v" text);
SELECT materialize('"we ""ird''"."Ev; --"', 'select', 'a ''t', 'e"v', 'in''to "x"', '1 month');
INSERT INTO "we ""ird'"."Ev; --" VALUES ('o''k', '2026-01-01', '"'';'), ('o''k', '2026-02-01', '\'), ('k', '2026-01-01', 'x');
UPDATE "we ""ird'"."Ev; --" SET "e""v" = 'y' WHERE "e""v" = 'x';
DELETE FROM "we ""ird'"."Ev; --" WHERE "e""v" = '\';
SELECT * FROM "we ""ird'"."in'to ""x""" ORDER BY 1;
SELECT mat_wrong('"we ""ird''"."Ev; --"', 'select', 'a ''t', 'e"v', '"we ""ird''"."in''to ""x"""') AS wrong;
SELECT * FROM materialized();
SELECT rematerialize('"we ""ird''"."in''to ""x"""');
SELECT dematerialize('"we ""ird''"."in''to ""x"""', true);
-- two long names that differ only at their ends
SELECT materialize('"we ""ird''"."Ev; --"', 'select', 'a ''t', 'e"v', (repeat('n', 62) || '1')::name);
SELECT materialize('"we ""ird''"."Ev; --"', 'select', 'a ''t', 'e"v', (repeat('n', 62) || '2')::name);
INSERT INTO "we ""ird'"."Ev; --" VALUES ('long', '2026-01-01', 'z');
SELECT count(*), count(DISTINCT tgname) FROM pg_trigger WHERE tgrelid = '"we ""ird''"."Ev; --"'::regclass;
SET client_min_messages = warning;
DROP SCHEMA "we ""ird'" CASCADE;
RESET client_min_messages;

-- a partitioned table: through the table and through its partitions
CREATE TABLE mat_part (customer int NOT NULL, at timestamptz NOT NULL, event text) PARTITION BY RANGE (at);
CREATE INDEX ON mat_part (customer);
CREATE TABLE mat_part_1 PARTITION OF mat_part FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE mat_part_2 PARTITION OF mat_part FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY HASH (customer);
CREATE TABLE mat_part_2a PARTITION OF mat_part_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE mat_part_2b PARTITION OF mat_part_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO mat_part SELECT i % 10, '2026-01-01'::timestamptz + i * interval '13 hours', 'e' || i % 3 FROM generate_series(1, 100) i;
SELECT materialize('mat_part', 'customer', 'at', 'event', 'mat_part_journeys');
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname LIKE 'materialize%' AND tgrelid::regclass::text LIKE 'mat_part%' GROUP BY 1 ORDER BY 1;
INSERT INTO mat_part VALUES (20, '2026-01-10', 'root');
INSERT INTO mat_part_1 VALUES (20, '2026-01-11', 'partition');
INSERT INTO mat_part_2 VALUES (20, '2026-02-11', 'middle');
INSERT INTO mat_part_2a SELECT customer, '2026-02-12', 'leaf' FROM mat_part_2a LIMIT 1;
UPDATE mat_part SET at = at + interval '31 days' WHERE at < '2026-01-05';
UPDATE mat_part_1 SET event = 'changed' WHERE customer = 5;
DELETE FROM mat_part_2b WHERE at < '2026-02-10';
DELETE FROM mat_part WHERE customer = 6;
SELECT * FROM mat_part_journeys WHERE customer = 20;
SELECT mat_wrong('mat_part', 'customer', 'at', 'event', 'mat_part_journeys') AS wrong;
TRUNCATE mat_part_1;
SELECT mat_wrong('mat_part', 'customer', 'at', 'event', 'mat_part_journeys') AS wrong, count(*) AS journeys FROM mat_part_journeys;
-- a partition that comes later has no triggers of its own yet
CREATE TABLE mat_part_3 PARTITION OF mat_part FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
SELECT into_table, uncovered FROM materialized();
INSERT INTO mat_part VALUES (30, '2026-03-01', 'seen');
INSERT INTO mat_part_3 VALUES (30, '2026-03-02', 'missed');
SELECT * FROM mat_part_journeys WHERE customer = 30;
SELECT rematerialize('mat_part_journeys');
INSERT INTO mat_part_3 VALUES (30, '2026-03-03', 'seen');
SELECT * FROM mat_part_journeys WHERE customer = 30;
SELECT into_table, uncovered FROM materialized();
SELECT materialize('mat_part_3', 'customer', 'at', 'event', 'mat_never');
TRUNCATE mat_part;
SELECT count(*) FROM mat_part_journeys;
SELECT dematerialize('mat_part_journeys', true);
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'materialize%' AND tgrelid::regclass::text LIKE 'mat_part%';
DROP TABLE mat_part;

-- who may do what: everything runs as the user
CREATE ROLE journey_mat_owner;
CREATE ROLE journey_mat_writer;
CREATE SCHEMA mat_s AUTHORIZATION journey_mat_owner;
GRANT USAGE ON SCHEMA mat_s, journey TO journey_mat_owner, journey_mat_writer;
SET SESSION AUTHORIZATION journey_mat_owner;
CREATE TABLE mat_s.events (customer int, at timestamptz, event text, tenant text);
CREATE INDEX ON mat_s.events (customer);
GRANT SELECT, INSERT, UPDATE, DELETE ON mat_s.events TO journey_mat_writer;
SELECT materialize('mat_s.events', 'customer', 'at', 'event', 'journeys');
SET SESSION AUTHORIZATION journey_mat_writer;
INSERT INTO mat_s.events VALUES (1, '2026-01-01', 'a', 'x');
SELECT materialize('mat_s.events', 'customer', 'at', 'event', 'mine');
SELECT rematerialize('mat_s.journeys');
SELECT dematerialize('mat_s.journeys');
SET SESSION AUTHORIZATION journey_mat_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON mat_s.journeys TO journey_mat_writer;
SET SESSION AUTHORIZATION journey_mat_writer;
INSERT INTO mat_s.events VALUES (1, '2026-01-01', 'a', 'x'), (1, '2026-01-02', 'b', 'y');
DELETE FROM mat_s.events WHERE event = 'a';
TABLE mat_s.journeys;
-- under row security an append is fine, but nothing is made anew from the rows a policy shows
SET SESSION AUTHORIZATION journey_mat_owner;
ALTER TABLE mat_s.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON mat_s.events TO journey_mat_writer USING (tenant = 'x');
SET SESSION AUTHORIZATION journey_mat_writer;
INSERT INTO mat_s.events VALUES (1, '2026-01-03', 'c', 'x');
DELETE FROM mat_s.events WHERE event = 'c';
UPDATE mat_s.events SET event = 'd' WHERE event = 'c';
TABLE mat_s.journeys;
SET SESSION AUTHORIZATION journey_mat_owner;
DELETE FROM mat_s.events WHERE event = 'c';
TABLE mat_s.journeys;
-- policies of the journey table hold for the appends of the triggers
DROP POLICY mine ON mat_s.events;
ALTER TABLE mat_s.events DISABLE ROW LEVEL SECURITY;
ALTER TABLE mat_s.journeys ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON mat_s.journeys TO journey_mat_writer USING (customer >= 10);
SET SESSION AUTHORIZATION journey_mat_writer;
INSERT INTO mat_s.events VALUES (10, '2026-01-03', 'c', 'x');
INSERT INTO mat_s.events VALUES (1, '2026-01-03', 'c', 'x');
RESET SESSION AUTHORIZATION;
TABLE mat_s.journeys ORDER BY customer;
SET client_min_messages = warning;
DROP SCHEMA mat_s CASCADE;
RESET client_min_messages;
REVOKE USAGE ON SCHEMA journey FROM journey_mat_owner, journey_mat_writer;
DROP ROLE journey_mat_owner, journey_mat_writer;

-- what is refused
CREATE TABLE mat_bad (customer int, at timestamptz, event text, amount numeric, journey int, period int);
CREATE VIEW mat_bad_view AS SELECT * FROM mat_bad;
SELECT materialize('mat_bad_view', 'customer', 'at', 'event', 'mat_x');
SELECT materialize(NULL, 'customer', 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', NULL, 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', 'customer', 'at', 'event', NULL);
SELECT materialize('mat_bad', 'nothing', 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', 'customer', 'nothing', 'event', 'mat_x');
SELECT materialize('mat_bad', 'customer', 'at', 'nothing', 'mat_x');
SELECT materialize('mat_bad', 'amount', 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', 'customer', 'event', 'event', 'mat_x');
SELECT materialize('mat_bad', 'journey', 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', 'period', 'at', 'event', 'mat_x');
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_x', '1 month 1 day');
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_bad');
CREATE TABLE mat_bad_child () INHERITS (mat_bad);
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_x');
DROP TABLE mat_bad_child;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_x');
ROLLBACK;
INSERT INTO mat_bad VALUES (1, 'infinity', 'a');
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_x');
UPDATE mat_bad SET at = '2026-01-01', event = '';
SELECT materialize('mat_bad', 'customer', 'at', 'event', 'mat_x');
SELECT to_regclass('mat_x') AS nothing_left, (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'mat_bad'::regclass) AS triggers;
DROP VIEW mat_bad_view;
DROP TABLE mat_bad;

-- group_events by itself: in memory and from disk the same as journey_agg
CREATE TABLE mat_group AS
SELECT (random() * 300)::int AS customer, '2026-01-01'::timestamptz + round(random() * 1000) * interval '1 hour' AS at,
    'event ' || floor(random() * random() * 400)::int AS event
FROM generate_series(1, 20000);
SELECT count(*) AS customers, count(*) FILTER (WHERE g.j = o.j) AS right
FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer int, j journey)
    FULL JOIN (SELECT customer, journey_agg(event, at) AS j FROM mat_group GROUP BY 1) o USING (customer);
SET work_mem = '64kB';
SELECT count(*) AS customers, count(*) FILTER (WHERE g.j = o.j) AS right
FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer int, j journey)
    FULL JOIN (SELECT customer, journey_agg(event, at) AS j FROM mat_group GROUP BY 1) o USING (customer);
SELECT count(*) AS weeks, count(*) FILTER (WHERE g.j = o.j) AS right
FROM group_events('mat_group', 'customer', 'at', 'event', '7 days') AS g (customer int, week timestamptz, j journey)
    FULL JOIN (SELECT customer, date_trunc('week', at) AS week, journey_agg(event, at) AS j FROM mat_group GROUP BY 1, 2) o USING (customer, week);
-- times far apart and all of them
INSERT INTO mat_group VALUES (1, '4000-01-01 BC', 'first'), (2, '200000-01-01', 'last'), (2, '2026-01-01 00:00:00.000001', 'mid');
SELECT count(*) AS customers, count(*) FILTER (WHERE g.j = o.j) AS right
FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer int, j journey)
    FULL JOIN (SELECT customer, journey_agg(event, at) AS j FROM mat_group GROUP BY 1) o USING (customer);
RESET work_mem;
-- half way only
SELECT * FROM (SELECT 1) x, group_events('mat_group', 'customer', 'at', 'event') AS g (customer int, j journey) LIMIT 0;
SELECT group_events('mat_group', 'customer', 'at', 'event') LIMIT 1;
SELECT * FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer int);
SELECT * FROM group_events('mat_group', 'customer', 'at', 'event', '1 day') AS g (customer int, j journey);
SELECT * FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer bigint, j journey);
SELECT * FROM group_events('mat_group', 'customer', 'at', 'event') AS g (customer int, j text);
SELECT * FROM group_events('mat_group', 'customer', 'at', 'event', '1 day') AS g (customer int, d date, j journey);
SELECT * FROM group_events('mat_group', NULL, 'at', 'event') AS g (customer int, j journey);
SELECT * FROM group_events(0, 'customer', 'at', 'event') AS g (customer int, j journey);
SELECT * FROM group_events('mat_group', 'ctid', 'at', 'event') AS g (customer tid, j journey);
DROP TABLE mat_group;
DROP FUNCTION mat_wrong;
