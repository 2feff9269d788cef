-- workspace: invented data, doctor, forgetting somebody, bringing an older one up to date
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
\set SHOW_CONTEXT never
SELECT count(*) > 100 AS made FROM journey.create_workspace('wso');
SELECT journey.sample_workspace(NULL);
SELECT journey.sample_workspace('nowhere');
SELECT journey.sample_workspace('wso', 0);
SELECT journey.sample_workspace('wso', 10, 'infinity');
CREATE TABLE wso_filled AS SELECT * FROM journey.sample_workspace('wso', 120, '2026-03-01Z');
SELECT table_name FROM wso_filled WHERE filled = 0;
SELECT journey.sample_workspace('wso');
-- it is the same each time, and says what it is
CREATE TEMPORARY TABLE first_run AS SELECT id, kind::text, name, stage::text, journey::text FROM wso.party;
SELECT journey.drop_workspace('wso', true);
SELECT count(*) > 100 AS made FROM journey.create_workspace('wso');
SELECT count(*) > 20 AS filled FROM journey.sample_workspace('wso', 120, '2026-03-01Z');
SELECT count(*) FROM (TABLE first_run EXCEPT SELECT id, kind::text, name, stage::text, journey::text FROM wso.party) x;
SELECT count(*) FROM wso.party WHERE name !~ '^Sample ' OR email !~ '\.example$';
SELECT max(e.at) < '2026-03-01Z' AS in_time FROM wso.party p, journey.events(p.journey) e;
SELECT count(*) > 100 AS made FROM journey.create_workspace('wso1');
SELECT count(*) > 20 AS one FROM journey.sample_workspace('wso1', 1);
SELECT journey.drop_workspace('wso1', true);

-- doctor: each thing that is made wrong is found
SET search_path = wso, journey;
CREATE TEMPORARY TABLE healthy AS SELECT * FROM doctor();
SELECT severity, topic, what FROM healthy WHERE severity = 'error' OR topic IN ('rules', 'history', 'indicators', 'workspace');
UPDATE workspace SET journey_version = '0.0';
UPDATE desired_outcome SET promised = true;
ALTER TABLE party DISABLE TRIGGER USER;
UPDATE party SET stage = 'loyal' WHERE id = 1;
UPDATE party SET consented = NOT consented WHERE id = 3;
UPDATE party SET outcome_met = NOT coalesce(outcome_met, false) WHERE id = 5;
ALTER TABLE party ENABLE TRIGGER USER;
INSERT INTO segment (name) VALUES ('empty');
INSERT INTO hpi_set (name, indicators, at_least) VALUES ('new', '{a,b,c}', 1);
UPDATE stage_definition SET definition = NULL WHERE stage = 'mql';
DELETE FROM sla_goal;
UPDATE stream_member SET control = false;
SELECT severity, topic, what, hint FROM doctor() WHERE topic NOT IN ('benchmark', 'readiness', 'agreement') OR what ~ '^missing' EXCEPT SELECT * FROM healthy ORDER BY 1, 2, 3;
SELECT refresh_consent(), refresh_success();
SELECT count(*) FROM doctor() WHERE what ~ 'flag';

-- forgetting: no view counts differently, but the queue of new leads
CREATE TEMPORARY TABLE counted (view text, rows_before bigint, before text, rows_after bigint, after text);
CREATE FUNCTION pg_temp.counted(view text, OUT n bigint, OUT print text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(*), md5(coalesce(string_agg(x.t, E''\n'' ORDER BY x.t COLLATE "C"), '''')) FROM (SELECT (to_jsonb(v) - ''{name,contact,consented,email,phone,blocked,outcome,attendees}''::text[])::text AS t FROM wso.%I v) x', view) INTO n, print;
END $$;
BEGIN;
INSERT INTO counted (view, rows_before, before) SELECT c.relname, n, print FROM pg_class c, pg_temp.counted(c.relname) WHERE c.relnamespace = 'wso'::regnamespace AND c.relkind = 'v';
CREATE TABLE wso.diary (id int, who bigint, "what was" text NOT NULL);
INSERT INTO wso.diary SELECT p.id, p.id, 'private' FROM party p;
INSERT INTO personal_data VALUES ('diary', 'what was', 'who', 'gone');
SELECT p.id AS visit, p.identity AS person FROM party p WHERE p.id <> p.identity ORDER BY p.id LIMIT 1 \gset
SELECT count(*) > 0 AS personal FROM party WHERE identity = :person AND (name, email) IS NOT NULL;
SELECT forget_party(:visit);
SELECT forget_party(s.id) > 0 FROM party s WHERE s.stage IN ('advocate', 'loyal', 'purchase') ORDER BY s.id \g /dev/null
SELECT id = identity AS itself, kind, name, email, phone, job, consented, forgotten_at IS NOT NULL AS forgotten FROM party WHERE identity = :person ORDER BY id;
SELECT count(*) AS notes FROM touch t JOIN party p ON p.id = t.party_id WHERE p.forgotten_at IS NOT NULL AND t.note IS NOT NULL;
SELECT DISTINCT c.evidence, c.withdrawn_at IS NULL AS holds FROM consent c JOIN party p ON p.id = c.party_id WHERE p.forgotten_at IS NOT NULL;
SELECT DISTINCT "what was", p.forgotten_at IS NOT NULL AS forgotten FROM diary d JOIN party p ON p.id = d.who ORDER BY 1;
-- nobody else lost anything
SELECT count(*) FROM party WHERE forgotten_at IS NULL AND kind <> 'anonymous' AND name IS NULL;
UPDATE counted c SET rows_after = n, after = print FROM (SELECT c.relname, n, print FROM pg_class c, pg_temp.counted(c.relname) WHERE c.relnamespace = 'wso'::regnamespace AND c.relkind = 'v') x WHERE x.relname = c.view;
COMMIT;
SELECT count(*) > 50 AS views, count(*) FILTER (WHERE rows_before > 0) > 50 AS with_rows FROM counted;
SELECT view, rows_before, rows_after FROM counted WHERE rows_before <> rows_after OR before <> after ORDER BY 1;
SELECT forget_party(NULL);
SELECT forget_party(99999);
INSERT INTO personal_data VALUES ('nowhere', 'x', 'party_id', NULL);
SELECT forget_party(1);
DELETE FROM personal_data WHERE relation = 'nowhere';
SELECT forget_party(:visit);
-- contact is over
\set VERBOSITY terse
INSERT INTO stream_member (stream_id, party_id) VALUES (1, :person);
\set VERBOSITY default

-- an older workspace: a column, a constraint, a view, a whole part and an enum are missing
RESET search_path;
CREATE TEMPORARY TABLE touches AS SELECT count(*) AS n, sum(cost) AS cost FROM wso.touch;
ALTER TABLE wso.party DROP COLUMN job, DROP COLUMN need_state, DROP COLUMN origin CASCADE, DROP CONSTRAINT party_language_check;
ALTER TABLE wso.stream DROP COLUMN goal CASCADE;
DROP VIEW wso.trial_running;
DROP TABLE wso.hpi_set, wso.hpi_answer CASCADE;
DROP VIEW wso.pipeline;
CREATE VIEW wso.pipeline AS SELECT 1::bigint AS id, 'old' AS something;
CREATE VIEW wso_mine AS SELECT * FROM wso.pipeline;
UPDATE wso.workspace SET journey_version = '0.0';
SELECT count(*) FROM journey.create_workspace('wso');
DROP VIEW wso_mine;
SELECT made FROM journey.create_workspace('wso') AS made WHERE made ~ '^(column|constraint)' OR made ~ 'trial_running|hpi_set$|pipeline';
SELECT count(*) FROM journey.create_workspace('wso');
SELECT w.n = count(t.*) AND w.cost = sum(t.cost) AS kept FROM wso.touch t, touches w GROUP BY w.n, w.cost;
SELECT journey_version <> '0.0' AS current FROM wso.workspace;
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^journey_model';
-- it is now as a new one
SELECT count(*) > 100 AS made FROM journey.create_workspace('wsn');
SELECT replace(o, 'wsn.', '') FROM journey.workspace_objects('wsn') o EXCEPT SELECT replace(o, 'wso.', '') FROM journey.workspace_objects('wso') o;
SELECT c.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'wsn.', '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'wsn'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'v')
EXCEPT SELECT c.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'wso.', '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'wso'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'v');
SELECT conname FROM pg_constraint WHERE connamespace = 'wsn'::regnamespace EXCEPT SELECT conname FROM pg_constraint WHERE connamespace = 'wso'::regnamespace;
SELECT journey.drop_workspace('wsn');
SELECT journey.drop_workspace('wso', true);
DROP TABLE wso_filled;
