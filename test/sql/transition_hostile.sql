-- names that hurt: every identifier and label with quotes, spaces, semicolons, or beyond ASCII
CREATE SCHEMA "th; drop schema public";
SET search_path = "th; drop schema public";
CREATE TYPE "st""age 'x'" AS ENUM ('new', 'when', 'it''s', 'say "no"', 'a;b', '-> x', '(', 'ночь', '試用', 'x -- y', E'tab\there', E'two\nlines', '$1', '%s%n');
CREATE TABLE "ta""ble; --" (
    "i d" int, "st""age" "st""age 'x'", "jour'ney;" journey.journey, "at when" timestamptz, "guard)" int, "試用" text
);
CREATE TRIGGER "tri'g""ger" BEFORE INSERT OR UPDATE ON "ta""ble; --" FOR EACH ROW
    EXECUTE FUNCTION journey.transition('st"age', 'jour''ney;', $rules$
        new -> "new";
        "new" -> "when" -> "it's" -> "say ""no""" -> "a;b" -> "-> x" -> "(" -> ночь -> 試用 -> "x -- y";
        "x -- y" -> "tab	here" when ("guard)" > 0 and "試用" <> ');"''' and "i d" is not null);
        "tab	here" -> "two
lines" -> "$1" -> "%s%n";
        at = "at when"
    $rules$);
INSERT INTO "ta""ble; --" VALUES (1, 'new', NULL, '2026-01-01Z');
DO $$
DECLARE
    label text;
    i int := 0;
BEGIN
    FOREACH label IN ARRAY ARRAY['when', 'it''s', 'say "no"', 'a;b', '-> x', '(', 'ночь', '試用', 'x -- y'] LOOP
        i := i + 1;
        EXECUTE format('UPDATE %I SET %I = %L, %I = %L', 'ta"ble; --', 'st"age', label, 'at when', timestamptz '2026-01-01Z' + i * interval '1 day');
    END LOOP;
END $$;
SELECT "st""age", "jour'ney;" FROM "ta""ble; --";
-- refused: every message has the name as it is
UPDATE "ta""ble; --" SET "st""age" = '%s%n';
UPDATE "ta""ble; --" SET "st""age" = E'tab\there', "試用" = ');"''', "guard)" = 1 - 1;
UPDATE "ta""ble; --" SET "st""age" = NULL;
UPDATE "ta""ble; --" SET "jour'ney;" = NULL;
INSERT INTO "ta""ble; --" VALUES (1, '%s%n', '{"say \"no\""@2026-01-01}');
UPDATE "ta""ble; --" SET "st""age" = E'tab\there', "試用" = 'x', "guard)" = 1, "at when" = '2026-02-01Z';
UPDATE "ta""ble; --" SET "st""age" = E'two\nlines', "at when" = '2026-02-02Z';
UPDATE "ta""ble; --" SET "st""age" = '$1', "at when" = '2026-02-03Z';
UPDATE "ta""ble; --" SET "st""age" = '%s%n', "at when" = '2026-02-04Z';
SELECT "jour'ney;" FROM "ta""ble; --";
SELECT (journey.can_move(t, 'new')).* FROM "ta""ble; --" t;
SELECT n.* FROM journey.next_stages('"ta""ble; --"', 'x -- y') n;
SELECT journey.check_guard('"ta""ble; --"', '"guard)" > 0 and new."試用" = $q$)$q$');
SELECT journey.check_transition('"ta""ble; --"', 'st"age', 'jour''ney;', 'next; at = "at when"');
SELECT journey.check_transition('"ta""ble; --"', 'st"age', 'jour''ney;', 'next; at = "at"" when"');
SELECT journey.check_transition('"ta""ble; --"', '"st""age"', 'jour''ney;', 'next');
-- a guard cannot break out of its parentheses
SELECT journey.check_transition('"ta""ble; --"', 'st"age', NULL, '"new" -> "when" when (true) or (true)');
SELECT journey.check_transition('"ta""ble; --"', 'st"age', NULL, '"new" -> "when" when (true); drop table x');
SELECT journey.check_guard('"ta""ble; --"', 'true) or (true');
SELECT journey.check_guard('"ta""ble; --"', 'true /*');
-- the longest names there are
SELECT format('CREATE TYPE long_stage AS ENUM (%L, %L)', repeat('л', 31), repeat('m', 63)) \gexec
SELECT format('CREATE TABLE long_table (%1$I long_stage, %2$I journey.journey); CREATE TRIGGER t BEFORE INSERT OR UPDATE ON long_table FOR EACH ROW EXECUTE FUNCTION journey.transition(%1$L, %2$L, %3$L)',
    repeat('c', 63), repeat('j', 63), 'new -> *; next') \gexec
SELECT format('INSERT INTO long_table VALUES (%L); UPDATE long_table SET %I = %L', repeat('л', 31), repeat('c', 63), repeat('m', 63)) \gexec
SELECT label FROM long_table, journey.events(jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj);
SELECT journey.check_rules(repeat('m', 64) || ' -> x', 'long_stage');

-- many stages and many rules
DO $$
BEGIN
    EXECUTE (SELECT format('CREATE TYPE many_stage AS ENUM (%s)', string_agg(format('%L', 's' || i), ', ' ORDER BY i))
             FROM generate_series(1, 1000) i);
END $$;
SELECT journey.check_rules('s1 -> s1001', 'many_stage');
CREATE TABLE many (id int, stage many_stage, journey journey.journey);
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON many FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'new, * -> *');
INSERT INTO many SELECT i, ('s' || i)::many_stage FROM generate_series(1, 1000) i;
UPDATE many SET stage = ('s' || 1 + id * 7 % 1000)::many_stage;
UPDATE many SET stage = ('s' || 1 + id * 13 % 1000)::many_stage;
SELECT count(*), min(journey.length(journey)), max(journey.length(journey)) FROM many;
CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON many FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'forward');
UPDATE many SET stage = 's1' WHERE stage = 's900';
SELECT count(*) FROM journey.rule_moves('forward', 'many_stage');

SET client_min_messages = warning;
DROP SCHEMA "th; drop schema public" CASCADE;
RESET search_path;
