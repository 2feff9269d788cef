-- random migrations of a tracked table: verify() is clean after each, and the moves are those of a shadow kept in plain SQL
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET search_path = public, journey;
\pset format unaligned

CREATE SCHEMA mr;
SET search_path = mr, public, journey;
CREATE TYPE st AS ENUM ('a', 'b', 'c', 'd', 'e');
CREATE TABLE t (id int PRIMARY KEY, s st DEFAULT 'a', CHECK (s IS NOT NULL));
CREATE INDEX ON t (s);
CREATE VIEW v AS SELECT s, count(*) AS n FROM t GROUP BY s;
-- the shadow: one row for each stage that a row has entered
CREATE TABLE shadow (id int, n int, label text);
SELECT count(*) > 0 FROM track('t', 's', 'new, * -> *', log => true);

-- A plan that names the type and no table is not made anew when the type is; so these are not kept.
CREATE FUNCTION labels() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    l text[];
BEGIN
    EXECUTE 'SELECT journey.stage_labels(''mr.st'')' INTO l;
    RETURN l;
END $$;
CREATE FUNCTION step(i int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    l text[] := labels();
    -- labels that need quotes everywhere
    fresh text := format(E'%s "q\\%s'' -> ;', substr('xyzuvw', 1 + floor(random() * 6)::int, 1), i);
    one text := l[1 + floor(random() * cardinality(l))::int];
    two text := (SELECT x FROM unnest(l) x WHERE x <> one ORDER BY random() LIMIT 1);
    kind int := floor(random() * 4)::int;
    rows bigint;
BEGIN
    IF kind = 0 THEN
        EXECUTE format('SELECT count(*) FROM journey.rename_stage(''mr.st'', %L, %L)', one, fresh);
        UPDATE shadow SET label = fresh WHERE label = one;
        RETURN 'rename';
    ELSIF kind = 1 OR cardinality(l) < 4 THEN
        EXECUTE format('SELECT count(*) FROM journey.add_stage(''mr.st'', %L, before => %L)', fresh, CASE WHEN random() < 0.5 THEN one END);
        RETURN 'add';
    ELSIF kind = 2 THEN
        EXECUTE format('SELECT count(*) FROM journey.drop_stage(''mr.st'', %L, %L)', one, two);
        UPDATE shadow SET label = two WHERE label = one;
        -- a stage that now follows itself was entered once
        DELETE FROM shadow x USING (SELECT y.id, y.n, lag(y.label) OVER (PARTITION BY y.id ORDER BY y.n) AS before, y.label FROM shadow y) y
            WHERE x.id = y.id AND x.n = y.n AND y.before = y.label;
        RETURN 'drop';
    ELSE
        EXECUTE format('SELECT count(*) FROM journey.reorder_stages(''mr.st'', %L)', (SELECT array_agg(x ORDER BY random()) FROM unnest(l) x));
        RETURN 'reorder';
    END IF;
END $$;
CREATE FUNCTION move(i int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    l text[] := labels();
    one record;
BEGIN
    FOR one IN SELECT k AS id, l[1 + floor(random() * cardinality(l))::int] AS label FROM generate_series(1, 12) k LOOP
        INSERT INTO t VALUES (one.id, one.label::mr.st) ON CONFLICT (id) DO UPDATE SET s = EXCLUDED.s;
        INSERT INTO shadow SELECT one.id, i, one.label
            WHERE one.label IS DISTINCT FROM (SELECT x.label FROM shadow x WHERE x.id = one.id ORDER BY x.n DESC LIMIT 1);
    END LOOP;
END $$;
CREATE FUNCTION wrong() RETURNS TABLE (disagree bigint, moves bigint, shadow_moves bigint, odd_counts bigint, logged_labels bigint) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM verify('mr.t')),
           (SELECT count(*) FROM t, moves(t.journey)),
           (SELECT count(*) - count(DISTINCT id) FROM shadow),
           (SELECT count(*) FROM (
                SELECT x.f, x.l, count(*) FROM (SELECT lag(label) OVER (PARTITION BY id ORDER BY n) AS f, label AS l FROM shadow) x WHERE x.f IS NOT NULL GROUP BY 1, 2
                EXCEPT SELECT m.from_label, m.to_label, count(*) FROM t, moves(t.journey) m GROUP BY 1, 2) d),
           (SELECT count(*) FROM t_log WHERE to_stage::text NOT IN (SELECT label FROM shadow))
$$;
SELECT setseed(0.42);
SELECT move(0);
CREATE TABLE seen (i int, what text, disagree bigint, moves bigint, shadow_moves bigint, odd_counts bigint, view_rows bigint);
-- each in a transaction of its own: a stage that was added can be used in the next one
\set ON_ERROR_STOP on
\o /dev/null
\set ECHO none
SELECT format('INSERT INTO seen (i, what) VALUES (%1$s, step(%1$s))', i),
       format('UPDATE seen SET (disagree, moves, shadow_moves, odd_counts) = (SELECT disagree, moves, shadow_moves, odd_counts FROM wrong()), view_rows = (SELECT sum(n) FROM v) WHERE i = %s', i),
       format('DO $$ BEGIN PERFORM mr.move(%s); END $$', i)
FROM generate_series(1, 24) i
\gexec
\set ECHO all
\o
\set ON_ERROR_STOP off
SELECT what, count(*) > 1 AS often FROM seen GROUP BY 1 ORDER BY 1;
SELECT sum(disagree) AS disagree, sum(abs(moves - shadow_moves)) AS differ, sum(odd_counts) AS odd_counts, min(view_rows) = 12 AND max(view_rows) = 12 AS all_rows, max(moves) > 100 AS enough FROM seen;
SELECT count(*) AS none FROM wrong() WHERE logged_labels > 0;
DROP SCHEMA mr CASCADE;
