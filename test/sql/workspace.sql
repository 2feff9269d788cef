-- workspace: made, made again, dropped; identities
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT count(*) > 20 AS made FROM journey.create_workspace('ws1');
SELECT * FROM journey.create_workspace('ws1');

-- names, and what is there already
SELECT journey.create_workspace(NULL);
SELECT journey.create_workspace('');
SELECT journey.create_workspace('pg_ws');
SELECT journey.create_workspace('journey');
CREATE SCHEMA ws2;
CREATE TABLE ws2.mine ();
SELECT journey.create_workspace('ws2');
SELECT journey.drop_workspace('ws2');
SELECT journey.drop_workspace(NULL);
DROP TABLE ws2.mine;
SELECT count(*) > 20 AS made FROM journey.create_workspace('ws2');
SELECT journey.is_workspace('ws2'), journey.is_workspace('public'), journey.is_workspace('ws9');
-- what was lost comes back
DROP VIEW ws2.trial_running;
DROP TABLE ws2.sla_pause CASCADE;
SELECT * FROM journey.create_workspace('ws2');
SELECT journey.drop_workspace('ws2');
SELECT count(*) FROM pg_namespace WHERE nspname = 'ws2';
-- a name that must be quoted
SELECT count(*) > 20 AS made FROM journey.create_workspace('Wo"rk; DROP');
SELECT * FROM journey.create_workspace('Wo"rk; DROP');
SELECT journey.drop_workspace('Wo"rk; DROP');
-- everything has a comment
SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND c.relkind = 'r' AND NOT attisdropped
WHERE c.relnamespace = 'ws1'::regnamespace AND c.relkind IN ('r', 'v')
    AND (obj_description(c.oid) IS NULL OR c.relkind = 'r' AND col_description(c.oid, a.attnum) IS NULL) ORDER BY 1, 2;
SELECT proname FROM pg_proc WHERE pronamespace = 'ws1'::regnamespace AND obj_description(oid) IS NULL;

-- identities: random merges and undos, against the connected components that a closure finds
INSERT INTO ws1.party (kind, name) SELECT 'person', 'p' || i FROM generate_series(1, 30) AS i;
SELECT ws1.merge_party(1, 1);
SELECT ws1.merge_party(1, 99);
SELECT ws1.merge_party(NULL, 1);
SELECT setseed(0.6);
DO $$
DECLARE
    bad int;
BEGIN
    FOR i IN 1 .. 150 LOOP
        IF random() < 0.6 THEN
            BEGIN
                PERFORM ws1.merge_party(1 + floor(random() * 30)::bigint, 1 + floor(random() * 30)::bigint);
            EXCEPTION WHEN check_violation THEN NULL;
            END;
        ELSE
            PERFORM ws1.undo_merge(id) FROM (SELECT id FROM ws1.party_merge WHERE undone_at IS NULL ORDER BY random() LIMIT 1) AS m;
        END IF;
        WITH RECURSIVE edge AS (
            SELECT party_id AS a, into_id AS b FROM ws1.party_merge WHERE undone_at IS NULL
            UNION SELECT into_id, party_id FROM ws1.party_merge WHERE undone_at IS NULL),
        reach (a, b) AS (SELECT id, id FROM ws1.party UNION SELECT r.a, e.b FROM reach r JOIN edge e ON e.a = r.b)
        SELECT count(*) INTO bad FROM ws1.party p, ws1.party q
        WHERE (p.identity = q.identity) <> EXISTS (SELECT FROM reach r WHERE r.a = p.id AND r.b = q.id);
        IF bad > 0 THEN
            RAISE EXCEPTION 'after % steps % pairs are wrong', i, bad;
        END IF;
    END LOOP;
END $$;
SELECT count(*) > 10 AS merged, count(undone_at) > 10 AS undone FROM ws1.party_merge;
SELECT ws1.undo_merge(id) FROM ws1.party_merge WHERE undone_at IS NULL ORDER BY random() \g /dev/null
SELECT count(*) FROM ws1.party WHERE identity <> id;
\set VERBOSITY terse
SELECT ws1.undo_merge(min(id)) IS NULL FROM ws1.party_merge;
\set VERBOSITY default
SELECT ws1.undo_merge(-1);
SELECT journey.drop_workspace('ws1');
SELECT journey.drop_workspace('ws1', true);
