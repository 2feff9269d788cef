-- who moved a row, when and why
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
\pset format unaligned
\pset null (null)
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, NULLIF('HINT: ' || h, 'HINT: '));
END
$$;
CREATE SCHEMA lg;
SET search_path = lg, public, journey;
CREATE TYPE step AS ENUM ('a', 'b', 'c', 'won');

CREATE TABLE item (id int PRIMARY KEY, stage step, at timestamptz, row_number int, k1 text);
SELECT count(*) > 0 FROM track('item', 'stage', 'new -> *; * -> *; at = at', log => true, views => false);
CREATE VIEW seen AS SELECT id, from_stage AS f, to_stage AS t, at, recorded_at - now() AS since, actor, reason, db_user FROM item_log ORDER BY log_id;

-- new rows, and those without a stage
INSERT INTO item (id, stage) VALUES (1, 'a'), (2, NULL), (3, 'b');
SELECT id, from_stage, to_stage, at = recorded_at AS at_once FROM item_log ORDER BY log_id;
TRUNCATE item_log;

-- back-dated: when it counts, and when it was written down
BEGIN;
UPDATE item SET stage = 'b', at = '2020-01-01' WHERE id = 2;
SELECT id, f, t, at, since FROM seen;
ROLLBACK;
SELECT count(*) FROM item_log;

-- actor and reason: from the session, for a transaction, and none
BEGIN;
SET LOCAL journey.actor = 'Mäx O''Neil';
SET LOCAL journey.reason = 'asked for "more"; budget';
UPDATE item SET stage = 'c' WHERE id = 1;
COMMIT;
UPDATE item SET stage = 'b' WHERE id = 1;
SET journey.actor = '';
CREATE ROLE lg_writer;
GRANT USAGE ON SCHEMA lg TO lg_writer;
GRANT SELECT, UPDATE ON item TO lg_writer;
SET ROLE lg_writer;
UPDATE lg.item SET stage = 'a' WHERE id = 1;
RESET ROLE;
SELECT f, t, actor = session_user AS by_session, actor <> session_user AND actor <> db_user AS by_setting, reason, db_user = current_user AS mine, db_user = 'lg_writer' AS writers FROM seen;
SELECT actor FROM seen LIMIT 1;
TRUNCATE item_log;

-- updates that are no moves
UPDATE item SET k1 = 'x';
UPDATE item SET stage = stage;
UPDATE item SET stage = 'c' WHERE false;
SELECT count(*) FROM item_log;

-- several moves of one transaction keep their order
BEGIN;
UPDATE item SET stage = 'b', at = NULL WHERE id = 1;
UPDATE item SET stage = 'c' WHERE id = 1;
UPDATE item SET stage = 'won' WHERE id = 1;
COMMIT;
SELECT f, t, at - min(at) OVER () AS after, since = min(since) OVER () AS together FROM seen;
TRUNCATE item_log;

-- keys that change on the way: two rows swap theirs, and each move stays with its row
INSERT INTO item (id, stage) VALUES (10, 'a'), (-10, 'c');
TRUNCATE item_log;
ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED;
UPDATE item SET id = -id, stage = CASE stage WHEN 'a' THEN 'b'::step ELSE 'won' END WHERE abs(id) = 10;
SELECT id, f, t FROM seen ORDER BY id;
TRUNCATE item_log;
ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (id);

-- ON CONFLICT and MERGE: what came new and what moved
INSERT INTO item (id, stage) VALUES (3, 'c'), (4, 'a'), (5, 'a') ON CONFLICT (id) DO UPDATE SET stage = EXCLUDED.stage;
SELECT id, f, t FROM seen;
TRUNCATE item_log;
MERGE INTO item i USING (VALUES (4, 'b'::step), (6, 'b')) v (id, stage) ON i.id = v.id
    WHEN MATCHED THEN UPDATE SET stage = v.stage WHEN NOT MATCHED THEN INSERT (id, stage) VALUES (v.id, v.stage);
SELECT id, f, t FROM seen ORDER BY id;
TRUNCATE item_log;
COPY item (id, stage) FROM stdin;
7	a
8	b
\.
SELECT id, f, t FROM seen;
TRUNCATE item_log;
-- moves past the transition trigger are logged as well, at the time they happen
ALTER TABLE item DISABLE TRIGGER zz_journey_stage;
UPDATE item SET stage = 'won' WHERE id IN (2, 7);
INSERT INTO item VALUES (20, 'a');
ALTER TABLE item ENABLE TRIGGER zz_journey_stage;
SELECT id, from_stage, to_stage, at = recorded_at AS at_once FROM item_log ORDER BY log_id;
TRUNCATE item_log;
-- a row that brings its journey was moved elsewhere
INSERT INTO item (id, stage, journey) VALUES (9, 'b', '{a@2020-01-01, b@2020-02-01}');
SELECT count(*) FROM item_log;

-- in bulk, more than is held in memory: the log is what the journeys say
SET work_mem = '64kB';
DELETE FROM item;
INSERT INTO item (id, stage, at) SELECT i, (enum_range(NULL::step))[1 + i % 4], '2020-01-01'::timestamptz + i * interval '1 second' FROM generate_series(1, 2000) i;
UPDATE item SET stage = (enum_range(NULL::step))[1 + (id * 7 + 1) % 4], at = at + interval '1 day';
UPDATE item SET stage = (enum_range(NULL::step))[1 + (id * 5 + id / 9) % 4], at = at + interval '1 day' WHERE id % 3 > 0;
SELECT count(*) > 3000 AS many, count(*) = (SELECT sum(length(journey)) FROM item) AS all FROM item_log;
SELECT count(*) FROM (
    SELECT id, lag(e.label) OVER (PARTITION BY id ORDER BY e.at), e.label, e.at FROM item, events(journey) e
    EXCEPT ALL
    SELECT id, from_stage::text, to_stage::text, at FROM item_log) x;
RESET work_mem;

-- partitions: rows that change theirs, and one that a trigger there drops
CREATE TABLE part (id int, region text, stage step, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
CREATE TABLE part_b (region text NOT NULL, more int, stage step, id int NOT NULL);
ALTER TABLE part_b DROP COLUMN more;
ALTER TABLE part ATTACH PARTITION part_b FOR VALUES IN ('b');
SELECT count(*) > 0 FROM track('part', 'stage', 'new -> *; * -> *', log => true, views => false);
INSERT INTO part (id, region, stage) SELECT i, 'a', 'a' FROM generate_series(1, 6) i;
TRUNCATE part_log;
UPDATE part SET region = CASE WHEN id % 2 = 0 THEN 'b' ELSE 'a' END, stage = (enum_range(NULL::step))[1 + id % 4];
SELECT id, region, from_stage, to_stage FROM part_log ORDER BY id;
CREATE FUNCTION drop_five() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 5 THEN RETURN NULL; END IF; RETURN NEW; END';
CREATE TRIGGER five BEFORE INSERT ON part_b FOR EACH ROW EXECUTE FUNCTION drop_five();
TRUNCATE part_log;
UPDATE part SET region = 'b', stage = 'won';
SELECT id, region, from_stage, to_stage FROM part_log ORDER BY id;
SELECT tableoid::regclass, id, stage FROM part ORDER BY id;

-- the table and its schema may be renamed
ALTER TABLE item RENAME TO things;
ALTER SCHEMA lg RENAME TO "L g";
SET search_path = "L g", public, journey;
TRUNCATE item_log;
UPDATE things SET stage = 'won' WHERE id = 1;
SELECT id, t FROM seen;
SELECT log_table FROM tracked() WHERE rel = 'things'::regclass;

-- what cannot work says so
ALTER TABLE item_log RENAME TO gone;
SELECT pg_temp.refused($$UPDATE "L g".things SET stage = 'a' WHERE id = 1$$);
ALTER TABLE gone RENAME TO item_log;
ALTER TABLE things RENAME COLUMN id TO ident;
SELECT pg_temp.refused($$UPDATE "L g".things SET stage = 'a' WHERE ident = 1$$);
-- the same trigger for each row, which a subscriber needs: the same log
CREATE TABLE each_row (id int PRIMARY KEY, stage step, at timestamptz);
SELECT count(*) > 0 FROM track('each_row', 'stage', 'new -> *; * -> *; at = at', log => true, views => false);
CREATE TABLE each_row_again (LIKE each_row_log INCLUDING ALL);
CREATE TRIGGER again AFTER INSERT OR UPDATE ON each_row FOR EACH ROW EXECUTE FUNCTION log_moves('each_row_again', 'stage', 'journey', 'id');
INSERT INTO each_row VALUES (1, 'a', NULL), (2, NULL, NULL), (3, 'b', '2020-01-01'), (4, 'c', '2020-01-02');
INSERT INTO each_row (id, stage, journey) VALUES (9, 'b', '{a@2020-01-01, b@2020-02-01}');
UPDATE each_row SET stage = (enum_range(NULL::step))[1 + id % 3], at = at + interval '1 day' WHERE id < 9;
UPDATE each_row SET id = -id, stage = 'won' WHERE id = 3;
INSERT INTO each_row VALUES (1, 'a'), (5, 'a') ON CONFLICT (id) DO UPDATE SET stage = 'c';
BEGIN;
SET LOCAL journey.actor = 'Eve';
SET LOCAL journey.reason = 'why not';
UPDATE each_row SET stage = 'b' WHERE id = 5;
COMMIT;
SELECT id, from_stage, to_stage, actor = 'Eve' AS eve, reason FROM each_row_again ORDER BY log_id;
SELECT count(*) FROM ((SELECT id, from_stage, to_stage, at, recorded_at, actor, reason, db_user FROM each_row_log EXCEPT ALL SELECT id, from_stage, to_stage, at, recorded_at, actor, reason, db_user FROM each_row_again)
    UNION ALL (SELECT id, from_stage, to_stage, at, recorded_at, actor, reason, db_user FROM each_row_again EXCEPT ALL SELECT id, from_stage, to_stage, at, recorded_at, actor, reason, db_user FROM each_row_log)) x;
CREATE TABLE other (id int);
CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION log_moves('a', 'b', 'c', 'd');
SELECT pg_temp.refused($$INSERT INTO "L g".other VALUES (1)$$);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER INSERT ON other FOR EACH STATEMENT EXECUTE FUNCTION log_moves('a', 'b', 'c', 'd');
SELECT pg_temp.refused($$INSERT INTO "L g".other VALUES (1)$$);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER DELETE ON other FOR EACH STATEMENT EXECUTE FUNCTION log_moves('a', 'b', 'c', 'd');
SELECT pg_temp.refused($$DELETE FROM "L g".other$$);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER INSERT ON other REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION log_moves('a', 'id', 'c', 'd');
SELECT pg_temp.refused($$INSERT INTO "L g".other VALUES (1)$$);
DROP TRIGGER t ON other;
CREATE TRIGGER t AFTER INSERT ON other REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION log_moves();
SELECT pg_temp.refused($$INSERT INTO "L g".other VALUES (1)$$);
SELECT pg_temp.refused($$SELECT journey.log_moves()$$);
SELECT log_column('id'), log_column('at'), log_column('key_at'), log_column('At');

-- a log that an other role owns would run what that role has put there with the rights of the table's owner
CREATE ROLE lg_owner;
GRANT ALL ON SCHEMA "L g" TO lg_owner, lg_writer;
SET ROLE lg_owner;
CREATE TABLE trap (id int PRIMARY KEY, stage step);
SET ROLE lg_writer;
CREATE TABLE trap_log (id int, from_stage step, to_stage step, at timestamptz, actor text, reason text, db_user name);
SET ROLE lg_owner;
SELECT pg_temp.refused($$SELECT journey.track('"L g".trap', 'stage', 'new -> *', log => true)$$);
RESET ROLE;
DROP TABLE trap_log;
SET ROLE lg_owner;
SELECT count(*) > 0 FROM track('trap', 'stage', 'new -> *', log => true, views => false);
RESET ROLE;
ALTER TABLE trap_log OWNER TO lg_writer;
SET ROLE lg_owner;
SELECT pg_temp.refused($$INSERT INTO "L g".trap VALUES (1, 'a')$$);
RESET ROLE;
-- a superuser may keep it, if he lets the owner write
ALTER TABLE trap_log OWNER TO CURRENT_USER;
SET ROLE lg_owner;
SELECT pg_temp.refused($$INSERT INTO "L g".trap VALUES (1, 'a')$$);
RESET ROLE;
GRANT INSERT ON trap_log TO lg_owner;
SET ROLE lg_owner;
INSERT INTO trap VALUES (1, 'a');
RESET ROLE;
SELECT id, to_stage, db_user FROM trap_log;
-- after it we are who we were
SET ROLE lg_writer;
SELECT pg_temp.refused($$SELECT * FROM "L g".trap_log$$);
SELECT current_user;
RESET ROLE;
DROP OWNED BY lg_writer, lg_owner CASCADE;
DROP ROLE lg_writer, lg_owner;
DROP SCHEMA "L g" CASCADE;
