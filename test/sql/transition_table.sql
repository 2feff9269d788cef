-- the transition trigger: what tables can be, and what can happen to them
CREATE TYPE tb_stage AS ENUM ('visitor', 'lead', 'mql', 'sql', 'lost');
CREATE FUNCTION tb_path(j journey.journey) RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(label, '>' ORDER BY n)
            FROM journey.events(j) WITH ORDINALITY AS e (label, at, n));

-- partitions, whose columns stand in other places than their parent's
CREATE TABLE tb_parted (id int, region text, stage tb_stage, budget int, journey journey.journey) PARTITION BY LIST (region);
CREATE TABLE tb_north PARTITION OF tb_parted FOR VALUES IN ('north');
CREATE TABLE tb_south (gone int, journey journey.journey, budget int, gone_too text, stage tb_stage, id int, region text);
ALTER TABLE tb_south DROP COLUMN gone, DROP COLUMN gone_too;
ALTER TABLE tb_parted ATTACH PARTITION tb_south FOR VALUES IN ('south');
CREATE TABLE tb_else PARTITION OF tb_parted DEFAULT PARTITION BY RANGE (id);
CREATE TABLE tb_else_1 PARTITION OF tb_else FOR VALUES FROM (1) TO (100);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_parted FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; visitor -> lead -> mql; mql -> sql when (new.budget > 0 and region is not null); * -> lost');
INSERT INTO tb_parted VALUES (1, 'north', 'visitor'), (2, 'south', 'visitor'), (3, 'east', 'visitor');
INSERT INTO tb_parted VALUES (4, 'south', 'mql');
UPDATE tb_parted SET stage = 'lead';
UPDATE tb_parted SET stage = 'mql';
UPDATE tb_parted SET stage = 'sql', budget = 1;
UPDATE tb_south SET stage = 'visitor';
SELECT tableoid::regclass, id, stage, tb_path(journey) AS path FROM tb_parted ORDER BY id;
-- a row that changes partition keeps its journey, and a move on the way is written once
UPDATE tb_parted SET region = 'south' WHERE id = 1;
UPDATE tb_parted SET region = 'north', stage = 'lost' WHERE id = 2;
UPDATE tb_parted SET region = 'north', stage = 'visitor' WHERE id = 3;
UPDATE tb_parted SET id = 200, region = 'south' WHERE id = 3;
SELECT tableoid::regclass, id, stage, tb_path(journey) AS path FROM tb_parted ORDER BY id;
-- also without a stage, and when the journey has yet to begin
INSERT INTO tb_parted VALUES (5, 'north', NULL);
ALTER TABLE tb_parted DISABLE TRIGGER journey;
INSERT INTO tb_parted VALUES (6, 'north', 'sql');
ALTER TABLE tb_parted ENABLE TRIGGER journey;
UPDATE tb_parted SET region = 'south' WHERE id IN (5, 6);
SELECT tableoid::regclass, id, stage, tb_path(journey) AS path FROM tb_parted WHERE id IN (5, 6) ORDER BY id;
-- COPY into several partitions
COPY tb_parted (id, region, stage) FROM stdin;
10	north	visitor
11	south	visitor
12	west	visitor
13	north	\N
14	south	visitor
\.
SELECT tableoid::regclass, id, stage, tb_path(journey) AS path FROM tb_parted WHERE id BETWEEN 10 AND 19 ORDER BY id;
-- the error names the partition
COPY tb_parted (id, region, stage) FROM stdin;
15	north	visitor
16	south	sql
\.
DROP TABLE tb_parted;

-- inheritance: a child has no trigger unless it is given one, as ever
CREATE TABLE tb_parent (id int, stage tb_stage, journey journey.journey);
CREATE TABLE tb_child () INHERITS (tb_parent);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_parent FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next');
INSERT INTO tb_child VALUES (1, 'sql');
INSERT INTO tb_parent VALUES (2, 'visitor');
UPDATE tb_parent SET stage = 'lead';
SELECT tableoid::regclass, id, stage, tb_path(journey) AS path FROM tb_parent ORDER BY id;
DROP TABLE tb_parent CASCADE;

-- foreign keys: what they change is an update like any other
CREATE TABLE tb_stages (stage tb_stage PRIMARY KEY);
INSERT INTO tb_stages VALUES ('visitor'), ('lead'), ('mql');
CREATE TABLE tb_owner (id int PRIMARY KEY);
INSERT INTO tb_owner VALUES (1), (2), (3);
CREATE TABLE tb_owned (
    id int PRIMARY KEY,
    owner int REFERENCES tb_owner ON UPDATE CASCADE ON DELETE SET NULL,
    stage tb_stage DEFAULT 'visitor' REFERENCES tb_stages ON UPDATE CASCADE ON DELETE SET NULL,
    journey journey.journey
);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_owned FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; visitor -> lead, mql; lead -> lost');
INSERT INTO tb_owned (id, owner, stage) VALUES (1, 1, 'visitor'), (2, 2, DEFAULT);
UPDATE tb_owned SET stage = 'lead' WHERE id = 1;
UPDATE tb_owner SET id = 4 WHERE id = 1;
DELETE FROM tb_owner WHERE id = 2;
-- a cascade into the stage is a move: allowed, refused, and never to NULL
UPDATE tb_stages SET stage = 'lost' WHERE stage = 'lead';
\set SHOW_CONTEXT never
UPDATE tb_stages SET stage = 'sql' WHERE stage = 'visitor';
DELETE FROM tb_stages WHERE stage = 'visitor';
\set SHOW_CONTEXT errors
SELECT id, owner, stage, tb_path(journey) AS path FROM tb_owned ORDER BY id;
DROP TABLE tb_owned, tb_owner, tb_stages;

-- a default stage
CREATE TABLE tb_default (id int, stage tb_stage NOT NULL DEFAULT 'visitor', journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_default FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next');
INSERT INTO tb_default (id) VALUES (1);
SELECT id, stage, tb_path(journey) AS path FROM tb_default;
DROP TABLE tb_default;

-- generated columns are computed after the trigger: the table may have them, the rules may not use them
CREATE TABLE tb_generated (
    id int, budget int, ready boolean GENERATED ALWAYS AS (budget > 0) STORED,
    stage tb_stage, entered timestamptz GENERATED ALWAYS AS ('2026-01-01 00:00:00+00') STORED,
    shown tb_stage GENERATED ALWAYS AS (stage) STORED, journey journey.journey,
    kept journey.journey GENERATED ALWAYS AS (journey) STORED
);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_generated FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next when (budget > 0)');
INSERT INTO tb_generated (id, stage) VALUES (1, 'visitor');
UPDATE tb_generated SET stage = 'lead', budget = 3;
UPDATE tb_generated SET stage = 'mql', budget = 0;
SELECT id, ready, stage, shown, tb_path(journey) AS path, tb_path(kept) AS kept FROM tb_generated;
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_generated FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next when (ready)');
UPDATE tb_generated SET stage = 'mql';
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_generated FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'next; at = entered');
UPDATE tb_generated SET stage = 'mql';
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_generated FOR EACH ROW
    EXECUTE FUNCTION journey.transition('shown', 'journey', 'next');
UPDATE tb_generated SET stage = 'mql';
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_generated FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'kept', 'next');
UPDATE tb_generated SET stage = 'mql';
DROP TABLE tb_generated;

-- triggers of the user's: what one before ours does is seen, what one after ours does is not
CREATE TABLE tb_others (id int, note text, stage tb_stage, at timestamptz, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_others FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next; at = at');
CREATE FUNCTION tb_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.note LIKE 'to %' THEN
        new.stage = split_part(new.note, ' ', 2)::tb_stage;
        new.at = coalesce(old.at, '2026-01-01Z') + interval '1 day';
    ELSIF new.note = 'edit' THEN
        new.journey = '{lead@2026-01-01}';
    ELSIF new.note = 'skip' THEN
        RETURN NULL;
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE ON tb_others FOR EACH ROW EXECUTE FUNCTION tb_change();
INSERT INTO tb_others VALUES (1, 'to visitor', 'sql');
UPDATE tb_others SET note = 'to lead';
UPDATE tb_others SET note = 'to sql';
UPDATE tb_others SET note = 'edit';
UPDATE tb_others SET note = 'skip', stage = 'lost';
SELECT id, stage, journey FROM tb_others;
ALTER TRIGGER a_before ON tb_others RENAME TO z_after;
UPDATE tb_others SET note = 'to lost';
SELECT id, stage, journey FROM tb_others;
-- the next move goes on from the stage that is there
UPDATE tb_others SET note = 'x', stage = 'visitor';
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_others FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; back; at = at');
UPDATE tb_others SET note = 'x', stage = 'visitor', at = '2026-02-01Z';
SELECT id, stage, journey FROM tb_others;
DROP TABLE tb_others;
DROP FUNCTION tb_change;

-- row-level security and rights: no right on the extension is needed, and rows out of sight are not moved
CREATE ROLE regress_tb_seller;
CREATE TABLE tb_secure (id int, seller name, budget int, stage tb_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_secure FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next when (budget > 0)');
ALTER TABLE tb_secure ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tb_secure USING (seller = current_user) WITH CHECK (seller = current_user AND stage <> 'lost');
GRANT SELECT (id, stage), INSERT, UPDATE ON tb_secure TO regress_tb_seller;
INSERT INTO tb_secure VALUES (1, 'regress_tb_seller', 1, 'visitor'), (2, 'somebody', 1, 'visitor');
SET ROLE regress_tb_seller;
UPDATE tb_secure SET stage = 'lead';
INSERT INTO tb_secure VALUES (3, 'regress_tb_seller', 0, 'visitor');
INSERT INTO tb_secure VALUES (4, 'somebody', 1, 'visitor');
UPDATE tb_secure SET stage = 'lead' WHERE id = 3;
UPDATE tb_secure SET stage = 'mql' WHERE id = 1;
UPDATE tb_secure SET stage = 'sql' WHERE id = 1;
UPDATE tb_secure SET stage = 'lost' WHERE id = 1;
RESET ROLE;
SELECT id, seller, stage, tb_path(journey) AS path FROM tb_secure ORDER BY id;
DROP TABLE tb_secure;
DROP ROLE regress_tb_seller;

-- columns renamed and dropped
CREATE TABLE tb_columns (id int, budget int, stage tb_stage, moved timestamptz, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_columns FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next when (budget > 0); at = moved');
INSERT INTO tb_columns VALUES (1, 1, 'visitor');
ALTER TABLE tb_columns RENAME stage TO phase;
UPDATE tb_columns SET id = 1;
ALTER TABLE tb_columns RENAME phase TO stage;
ALTER TABLE tb_columns RENAME journey TO path;
UPDATE tb_columns SET id = 1;
ALTER TABLE tb_columns RENAME path TO journey;
-- what only moves need is missed at a move
ALTER TABLE tb_columns RENAME moved TO moved_at;
UPDATE tb_columns SET id = 1;
UPDATE tb_columns SET stage = 'lead';
ALTER TABLE tb_columns RENAME moved_at TO moved;
ALTER TABLE tb_columns RENAME budget TO funds;
UPDATE tb_columns SET id = 1;
UPDATE tb_columns SET stage = 'lead';
ALTER TABLE tb_columns RENAME funds TO budget;
-- a column dropped and added elsewhere is found again
ALTER TABLE tb_columns DROP budget, ADD note text, ADD budget int DEFAULT 5;
UPDATE tb_columns SET stage = 'lead';
SELECT id, stage, tb_path(journey) AS path FROM tb_columns;
ALTER TABLE tb_columns DROP journey;
UPDATE tb_columns SET stage = 'mql';
ALTER TABLE tb_columns DROP stage, ADD journey journey.journey;
UPDATE tb_columns SET note = 'x';
DROP TABLE tb_columns;

-- stages added and renamed
CREATE TYPE tb_kind AS ENUM ('one', 'two');
CREATE TABLE tb_kinds (id int, stage tb_kind, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_kinds FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> one; next');
INSERT INTO tb_kinds VALUES (1, 'one');
ALTER TYPE tb_kind ADD VALUE 'one and a half' BEFORE 'two';
UPDATE tb_kinds SET stage = 'two';
UPDATE tb_kinds SET stage = 'one and a half';
UPDATE tb_kinds SET stage = 'two';
ALTER TYPE tb_kind ADD VALUE 'three';
UPDATE tb_kinds SET stage = 'three';
ALTER TYPE tb_kind ADD VALUE 'zero' BEFORE 'one';
SELECT id, stage, tb_path(journey) AS path FROM tb_kinds;
-- a label renamed under the rules: rows stay as they are, moves wait for new rules
ALTER TYPE tb_kind RENAME VALUE 'one' TO 'first';
UPDATE tb_kinds SET id = 1;
INSERT INTO tb_kinds VALUES (2, NULL);
INSERT INTO tb_kinds VALUES (2, 'first');
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_kinds FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> first; next');
INSERT INTO tb_kinds VALUES (2, 'first');
-- a label renamed under a journey: the new name is the present stage, and is filled in at the next move
ALTER TYPE tb_kind RENAME VALUE 'three' TO 'third';
CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_kinds FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> first; next, back');
UPDATE tb_kinds SET stage = 'two' WHERE id = 1;
SELECT id, stage, tb_path(journey) AS path FROM tb_kinds ORDER BY id;
-- rules changed between two statements of one function
DO $$
BEGIN
    INSERT INTO tb_kinds VALUES (3, 'first');
    EXECUTE $x$ CREATE OR REPLACE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_kinds FOR EACH ROW
        EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> third') $x$;
    INSERT INTO tb_kinds VALUES (4, 'third');
    INSERT INTO tb_kinds VALUES (5, 'first');
END $$;
DROP TABLE tb_kinds;
DROP TYPE tb_kind;

-- a domain over an enum; two tracks in one table
CREATE DOMAIN tb_open AS tb_stage CHECK (value <> 'lost');
CREATE TABLE tb_two (id int, stage tb_open, journey journey.journey, health tb_stage, health_journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_two FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> visitor; next');
CREATE TRIGGER journey_health BEFORE INSERT OR UPDATE ON tb_two FOR EACH ROW
    EXECUTE FUNCTION journey.transition('health', 'health_journey', 'new -> *; back');
INSERT INTO tb_two (id, stage, health) VALUES (1, 'visitor', 'sql');
UPDATE tb_two SET stage = 'lead', health = 'mql';
UPDATE tb_two SET stage = 'mql', health = 'sql';
UPDATE tb_two SET stage = 'mql';
UPDATE tb_two SET health = 'visitor';
SELECT id, stage, tb_path(journey) AS path, health, tb_path(health_journey) AS health_path FROM tb_two;
DROP TABLE tb_two;
DROP DOMAIN tb_open;

-- protocol: what the trigger function is for, and what not
CREATE TABLE tb_protocol (id int, stage tb_stage, word text, journey journey.journey);
SELECT journey.transition();
CREATE TRIGGER t AFTER INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'next');
INSERT INTO tb_protocol VALUES (1);
DROP TRIGGER t ON tb_protocol;
CREATE TRIGGER t BEFORE INSERT ON tb_protocol EXECUTE FUNCTION journey.transition('stage', 'journey', 'next');
INSERT INTO tb_protocol VALUES (1);
DROP TRIGGER t ON tb_protocol;
INSERT INTO tb_protocol VALUES (1);
CREATE TRIGGER t BEFORE DELETE ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'next');
DELETE FROM tb_protocol;
DROP TRIGGER t ON tb_protocol;
CREATE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey');
INSERT INTO tb_protocol VALUES (1);
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition();
INSERT INTO tb_protocol VALUES (1);
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('step', 'journey', 'next');
INSERT INTO tb_protocol VALUES (1);
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('word', 'journey', 'next');
INSERT INTO tb_protocol VALUES (1);
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'word', 'next');
INSERT INTO tb_protocol VALUES (1);
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'next; at = word');
INSERT INTO tb_protocol VALUES (1);
INSERT INTO tb_protocol VALUES (1, 'lead');
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'next;; lead mql');
INSERT INTO tb_protocol VALUES (1, 'lead');
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', '');
INSERT INTO tb_protocol VALUES (1, 'lead');
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('tableoid', 'journey', '');
INSERT INTO tb_protocol VALUES (1, 'lead');
\set VERBOSITY sqlstate
SELECT journey.transition();
INSERT INTO tb_protocol VALUES (1, 'lead');
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON tb_protocol FOR EACH ROW EXECUTE FUNCTION journey.transition('word', 'journey', '');
INSERT INTO tb_protocol VALUES (1, 'lead');
\set VERBOSITY default
DROP TABLE tb_protocol;

-- a foreign table has no server here, but a temporary table and an unlogged one are tables
CREATE TEMP TABLE tb_temp (id int, budget int, stage tb_stage, journey journey.journey);
CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tb_temp FOR EACH ROW
    EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> * when (abs(budget) > 0)');
INSERT INTO tb_temp VALUES (1, -1, 'lead');
INSERT INTO tb_temp VALUES (1, 0, 'lead');
SELECT id, stage, tb_path(journey) AS path FROM tb_temp;
DROP TABLE tb_temp;

DROP FUNCTION tb_path;
DROP TYPE tb_stage;
