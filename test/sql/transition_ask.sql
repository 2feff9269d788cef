-- dry runs: can_move and next_stages
CREATE TYPE ta_stage AS ENUM ('visitor', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'lost');
CREATE TABLE ta_leads (
    id int PRIMARY KEY, gone int, budget numeric, authority boolean, reason text, stage ta_stage, moved_at timestamptz,
    journey journey.journey
);
ALTER TABLE ta_leads DROP gone;
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON ta_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor, lead;
        new -> customer when (budget > 1000000);
        visitor -> lead -> mql -> sql -> opportunity -> customer;
        sql -> opportunity when (authority and budget > 0);
        sql -> opportunity when (budget > 1000);
        * -> lost when (reason <> ''''); lost -> lead; at = moved_at');
INSERT INTO ta_leads (id, stage) VALUES (1, 'visitor'), (2, 'lead'), (3, 'lead'), (4, NULL);
UPDATE ta_leads SET stage = 'mql' WHERE id = 3;
UPDATE ta_leads SET stage = 'sql' WHERE id = 3;

SELECT l.id, l.stage, c.* FROM ta_leads l, journey.can_move(l, 'opportunity') c ORDER BY id;
SELECT l.id, (journey.can_move(l, 'lost')).*, (journey.can_move(l, 'lead')).allowed FROM ta_leads l ORDER BY id;
SELECT (journey.can_move(l, 'customer')).reasons FROM ta_leads l WHERE id = 4;
-- to stay is no move
SELECT c.* FROM ta_leads l, journey.can_move(l, l.stage::text) c WHERE id = 3;
-- NULL: nothing is known
SELECT (journey.can_move(l, NULL)).* FROM ta_leads l WHERE id = 1;
SELECT * FROM journey.can_move(NULL::ta_leads, 'lead');
-- with other values than the row has
SELECT c.* FROM ta_leads l, jsonb_populate_record(l, '{"budget": 2000}') p, journey.can_move(p, 'opportunity') c WHERE l.id = 3;
SELECT c.* FROM journey.can_move(ROW(9, 5, true, NULL, 'sql', NULL, NULL)::ta_leads, 'opportunity') c;
-- nothing has moved
SELECT id, stage, journey.length(journey) FROM ta_leads ORDER BY id;

SELECT l.id, l.stage AS now, n.* FROM ta_leads l, journey.next_stages(l) n ORDER BY id, n.stage::ta_stage;
SELECT count(*) FROM journey.next_stages(NULL::ta_leads);
SELECT * FROM journey.next_stages('ta_leads', 'sql');
SELECT * FROM journey.next_stages('ta_leads', NULL);
SELECT * FROM journey.next_stages('ta_leads', 'lost', 'stage');
SELECT * FROM journey.next_stages(NULL, 'lost');

-- oracle: can_move says what UPDATE does, for every row, stage, budget, authority and reason
CREATE FUNCTION ta_try(lead ta_leads, target ta_stage) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ta_leads SET stage = target WHERE id = lead.id;
    RAISE EXCEPTION 'undo' USING ERRCODE = 'P0099';
EXCEPTION WHEN check_violation THEN RETURN false;
    WHEN SQLSTATE 'P0099' THEN RETURN true;
END $$;
ALTER TABLE ta_leads DISABLE TRIGGER journey;
INSERT INTO ta_leads (id, stage, budget, authority, reason)
    SELECT row_number() OVER () + 100, s, b, a, r
    FROM unnest(enum_range(NULL::ta_stage) || NULL::ta_stage) s, unnest('{NULL,0,2000,2000000}'::numeric[]) b,
         unnest('{NULL,f,t}'::boolean[]) a, unnest('{NULL,"",why}'::text[]) r;
ALTER TABLE ta_leads ENABLE TRIGGER journey;
SELECT count(*) AS asked, count(*) FILTER (WHERE c.allowed) > 300 AS many_allowed,
       count(*) FILTER (WHERE c.allowed <> ta_try(l, t)) AS differ,
       count(*) FILTER (WHERE c.allowed <> (cardinality(c.reasons) = 0)) AS odd
FROM ta_leads l, unnest(enum_range(NULL::ta_stage)) t, journey.can_move(l, t::text) c WHERE id > 100;
SELECT count(*) FILTER (WHERE n.allowed IS DISTINCT FROM c.allowed OR n.reasons IS DISTINCT FROM c.reasons) AS differ
FROM ta_leads l, journey.next_stages(l) n, journey.can_move(l, n.stage) c;
-- what next_stages leaves out, no rule allows
SELECT DISTINCT regexp_replace(c.reasons::text, '"[a-z]+', '"x', 'g') AS reasons
FROM ta_leads l, unnest(enum_range(NULL::ta_stage)) t, journey.can_move(l, t::text) c
WHERE t IS DISTINCT FROM l.stage AND t::text NOT IN (SELECT stage FROM journey.next_stages(l)) ORDER BY 1;
DELETE FROM ta_leads WHERE id > 100;

-- the same in one PL/pgSQL expression while rules, stages and columns change
DO $$
DECLARE
    lead ta_leads;
    answer record;
BEGIN
    SELECT * INTO lead FROM ta_leads WHERE id = 2;
    FOR i IN 1..5 LOOP
        SELECT * INTO answer FROM journey.can_move(lead, 'sql');
        RAISE NOTICE '% %', answer.allowed, answer.reasons;
        RAISE NOTICE '%', (journey.can_move(lead, 'sql')).allowed;
        IF i = 1 THEN
            CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON ta_leads FOR EACH ROW
                EXECUTE FUNCTION journey.transition('stage', 'journey', 'lead -> sql when (authority)');
        ELSIF i = 2 THEN
            ALTER TYPE ta_stage RENAME VALUE 'sql' TO 'squeal';
            ALTER TYPE ta_stage RENAME VALUE 'mql' TO 'sql';
        ELSIF i = 3 THEN
            CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON ta_leads FOR EACH ROW
                EXECUTE FUNCTION journey.transition('stage', 'journey', 'lead -> sql when (reason is null)');
        ELSIF i = 4 THEN
            ALTER TABLE ta_leads RENAME stage TO phase;
            ALTER TABLE ta_leads RENAME reason TO stage;
            ALTER TABLE ta_leads RENAME stage TO reason;
            ALTER TABLE ta_leads RENAME phase TO stage;
        END IF;
    END LOOP;
END $$;
ALTER TYPE ta_stage RENAME VALUE 'sql' TO 'mql';
ALTER TYPE ta_stage RENAME VALUE 'squeal' TO 'sql';

-- what cannot be asked
SELECT journey.can_move(l, 'won') FROM ta_leads l WHERE id = 1;
SELECT journey.can_move(1, 'won');
SELECT journey.can_move(ROW(1, 2), 'won');
SELECT journey.can_move('x'::text, 'won');
SELECT * FROM (SELECT id, stage FROM ta_leads) l, journey.can_move(l, 'lead');
SELECT journey.can_move(c, 'lead') FROM pg_class c LIMIT 1;
SELECT journey.can_move(l, 'lead', 'phase') FROM ta_leads l WHERE id = 1;
SELECT journey.next_stages('ta_leads', 'won');
SELECT journey.next_stages('pg_class', 'won');
SELECT journey.next_stages('pg_class_oid_index', 'won');
CREATE TYPE ta_pair AS (a int, b ta_stage);
SELECT journey.can_move(ROW(1, 'lead')::ta_pair, 'lead');
CREATE VIEW ta_view AS SELECT * FROM ta_leads;
SELECT journey.can_move(v, 'lead') FROM ta_view v;
ALTER TABLE ta_leads DISABLE TRIGGER journey;
SELECT journey.can_move(l, 'lead') FROM ta_leads l WHERE id = 1;
ALTER TABLE ta_leads ENABLE TRIGGER journey;
\set VERBOSITY sqlstate
SELECT journey.can_move(l, 'won') FROM ta_leads l WHERE id = 1;
SELECT journey.can_move(1, 'won');
SELECT journey.can_move(c, 'lead') FROM pg_class c LIMIT 1;
SELECT journey.can_move(l, 'lead', 'phase') FROM ta_leads l WHERE id = 1;
\set VERBOSITY default

-- several tracks in one table
ALTER TABLE ta_leads ADD health ta_stage, ADD health_journey journey.journey;
CREATE TRIGGER journey_health BEFORE INSERT OR UPDATE ON ta_leads FOR EACH ROW
    EXECUTE FUNCTION journey.transition('health', 'health_journey', 'new -> customer');
SELECT journey.can_move(l, 'customer') FROM ta_leads l WHERE id = 1;
SELECT (journey.can_move(l, 'customer', 'health')).* FROM ta_leads l WHERE id = 1;
SELECT (journey.can_move(l, 'customer', 'stage')).* FROM ta_leads l WHERE id = 1;
SELECT journey.next_stages(l) FROM ta_leads l WHERE id = 1;
SELECT * FROM journey.next_stages('ta_leads', NULL, 'health');
DROP VIEW ta_view;
DROP TABLE ta_leads CASCADE;

-- a guard over the stage to come, of a row without one
CREATE TABLE ta_none (id int, stage ta_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON ta_none FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> * when (stage >= ''customer'')');
SELECT (journey.can_move(ROW(1, NULL, NULL)::ta_none, 'lead')).reasons, (journey.can_move(ROW(1, NULL, NULL)::ta_none, 'lost')).allowed;
DROP TABLE ta_none;

-- partitions: rows of the parent and of a partition
CREATE TABLE ta_parted (id int, stage ta_stage, journey journey.journey, budget int) PARTITION BY RANGE (id);
CREATE TABLE ta_part (budget int, journey journey.journey, id int, stage ta_stage);
ALTER TABLE ta_parted ATTACH PARTITION ta_part FOR VALUES FROM (1) TO (10);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON ta_parted FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> lead; next when (budget > 0)');
INSERT INTO ta_parted VALUES (1, 'lead', NULL, 1), (2, 'lead', NULL, 0);
SELECT id, (journey.can_move(p, 'mql')).* FROM ta_parted p ORDER BY id;
SELECT id, (journey.can_move(p, 'mql')).* FROM ta_part p ORDER BY id;
SELECT p.id, n.* FROM ta_part p, journey.next_stages(p) n ORDER BY id;
DROP TABLE ta_parted;
DROP TYPE ta_pair, ta_stage;
