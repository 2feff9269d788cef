-- funnel_events: funnels of raw event rows
SET search_path = public, journey;
SET TIME ZONE 'UTC';
\set SHOW_CONTEXT never
SELECT setseed(0.25);

-- a small one, by eye
CREATE TABLE fe_small (customer int, at timestamptz, event text);
INSERT INTO fe_small VALUES
    (1, '2026-01-01 10:00', 'visit'), (1, '2026-01-01 11:00', 'signup'), (1, '2026-01-03 10:00', 'buy'),
    (2, '2026-01-01 10:00', 'signup'), (2, '2026-01-01 11:00', 'visit'),
    (3, '2026-01-05 10:00', 'visit'), (3, '2026-01-02 10:00', 'visit'), (3, '2026-01-05 12:00', 'signup'),
    (4, '2026-01-01 10:00', 'signup'), (5, '2026-01-01', 'ad'),
    (NULL, '2026-01-01', 'visit'), (6, NULL, 'visit'), (7, '2026-01-01', NULL);
SELECT funnel_events(customer, at, event, ARRAY['visit', 'signup', 'buy']) FROM fe_small;
SELECT funnel_events(customer, at, event, ARRAY['visit', 'signup', 'buy'], '2 days') FROM fe_small;
SELECT funnel_events(customer, at, event, ARRAY['visit', 'signup', 'buy'], '1 hour', 'exclude "ad"') FROM fe_small;
-- nothing, and nothing that matters
SELECT funnel_events(customer, at, event, ARRAY['visit']) IS NULL AS none FROM fe_small WHERE false;
SELECT funnel_events(customer, at, event, ARRAY['nothing']) FROM fe_small;
SELECT funnel_events(customer, at, event, ARRAY['visit']) FILTER (WHERE event = 'ad') FROM fe_small;
DROP TABLE fe_small;

-- The rows: 400 customers, three in four events of five steps, many ties, and each event of a customer at most once at
-- a time, as in a journey.  Rows come in time order in one table and anyhow in the other.
CREATE TABLE fe_rows AS
SELECT DISTINCT (random() * 400)::int AS k, '2026-01-01'::timestamptz + round(random() * 200) * interval '1 hour' AS at,
    (ARRAY['a', 'b', 'c', 'd', 'e', 'x', 'y'])[1 + floor(random() * 7)] AS event
FROM generate_series(1, 8000)
ORDER BY 2;
CREATE TABLE fe_mixed AS SELECT * FROM fe_rows ORDER BY random();

-- The oracle: GROUP BY key, and a funnel of the journeys.  Customers without any step are not seen by funnel_events.
CREATE FUNCTION fe_oracle(rows regclass, steps text[], within interval, options text) RETURNS journey.funnel
LANGUAGE plpgsql AS $$
DECLARE
    f journey.funnel;
BEGIN
    EXECUTE format(
        'SELECT journey.funnel(j, $1, $2, $3) FROM (SELECT journey.journey_agg(event, at) AS j FROM %s GROUP BY k) s WHERE j && $1',
        rows) USING steps, within, options INTO f;
    RETURN f;
END
$$;
CREATE FUNCTION fe_asked(rows regclass, steps text[], within interval, options text) RETURNS journey.funnel
LANGUAGE plpgsql AS $$
DECLARE
    f journey.funnel;
BEGIN
    EXECUTE format('SELECT journey.funnel_events(k, at, event, $1, $2, $3) FROM %s', rows) USING steps, within, options INTO f;
    RETURN f;
END
$$;
CREATE VIEW fe_questions AS
SELECT steps, within, options
FROM (VALUES (ARRAY['a', 'b', 'c', 'd', 'e']), (ARRAY['c', 'a']), (ARRAY['d'])) s (steps),
    (VALUES (NULL::interval), ('1 day'), ('0'), ('1 month'), ('80 hours')) w (within),
    (VALUES (''), ('reuse'), ('increase'), ('exact'), ('dedup'), ('first_entry'), ('any_order'), ('implied'), ('increase, first_entry'),
        ('exclude x'), ('exclude "y" between 1 and 2'), ('optional 2'), ('within 10 hours to 2')) o (options)
WHERE options = '' OR cardinality(steps) > 1
UNION ALL
SELECT ARRAY['a', 'b', 'a'], '2 days', o FROM unnest(ARRAY['repeats', 'repeats, reuse', 'repeats, exact', 'repeats, any_order']) o;
SELECT count(*) AS questions,
    count(*) FILTER (WHERE fe_asked('fe_rows', steps, within, options) = fe_oracle('fe_rows', steps, within, options)) AS in_order,
    count(*) FILTER (WHERE fe_asked('fe_mixed', steps, within, options) = fe_oracle('fe_rows', steps, within, options)) AS mixed
FROM fe_questions;
-- the oracle tells them apart
SELECT count(DISTINCT fe_oracle('fe_rows', steps, within, options)::text) > 60 AS different FROM fe_questions;

-- A second oracle, which knows nothing of journeys and chains: the latest start of a chain that ends here, step by step
-- with window functions.
SELECT w AS within, (SELECT array_agg(reached ORDER BY step) FROM steps(funnel_events(k, at, event, ARRAY['a', 'b', 'c', 'd'], w))) AS asked,
    (SELECT ARRAY[count(*) FILTER (WHERE l1), count(*) FILTER (WHERE l2), count(*) FILTER (WHERE l3), count(*) FILTER (WHERE l4)]
     FROM (SELECT k, bool_or(s1 IS NOT NULL) AS l1, bool_or(s2 IS NOT NULL) AS l2, bool_or(s3 IS NOT NULL) AS l3, bool_or(s4 IS NOT NULL) AS l4
           FROM (SELECT *, CASE WHEN event = 'd' AND at - max(s3) OVER c <= w THEN max(s3) OVER c END AS s4
                 FROM (SELECT *, CASE WHEN event = 'c' AND at - max(s2) OVER c <= w THEN max(s2) OVER c END AS s3
                       FROM (SELECT *, CASE WHEN event = 'b' AND at - max(s1) OVER c <= w THEN max(s1) OVER c END AS s2
                             FROM (SELECT *, CASE WHEN event = 'a' THEN at END AS s1 FROM fe_mixed) x1
                             WINDOW c AS (PARTITION BY k ORDER BY at)) x2
                       WINDOW c AS (PARTITION BY k ORDER BY at)) x3
                 WINDOW c AS (PARTITION BY k ORDER BY at)) x4
           GROUP BY k) levels) AS oracle
FROM fe_mixed, unnest(ARRAY['0', '10 hours', '2 days', '10 days']::interval[]) w
GROUP BY w ORDER BY w;

-- the same rows in any form of key, event and time
CREATE TYPE fe_event AS ENUM ('y', 'e', 'd', 'c', 'b', 'a', 'x');
CREATE DOMAIN fe_id AS bigint CHECK (VALUE >= 0);
CREATE TABLE fe_forms AS
SELECT k::int2 AS i2, k AS i4, k * 1000000000000 AS i8, k::fe_id AS di, md5(k::text)::uuid AS u, 'customer ' || k AS t,
    ('c' || k)::varchar AS v, ('c' || k)::char(9) AS c, repeat(md5(k::text), k % 3 * 80) || k AS long,
    at, at AT TIME ZONE 'UTC' AS ts, event, event::varchar(5) AS ev, event::char(3) AS ec, event::fe_event AS ee,
    (event = 'a')::int + (event = 'b')::int * 2 + (event = 'c')::int * 4 AS m4
FROM fe_mixed;
SET TIME ZONE 'Europe/Berlin';
WITH f (n, f) AS (
    SELECT 'int4', funnel_events(i4, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'int2', funnel_events(i2, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'int8', funnel_events(i8, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'domain', funnel_events(di, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'uuid', funnel_events(u, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'text', funnel_events(t, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'varchar', funnel_events(v, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'char(n)', funnel_events(c, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'long text', funnel_events(long, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'timestamp', funnel_events(t, ts, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'event varchar', funnel_events(i4, at, ev, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'event char(n)', funnel_events(i4, at, ec, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'event enum', funnel_events(i4, at, ee, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'mask int2', funnel_events(i4, at, m4::int2, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'mask int4', funnel_events(i4, at, m4, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'mask int8', funnel_events(i4, at, m4::int8, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'conditions', funnel_events(i4, at, ARRAY[event = 'a', nullif(event = 'b', false), event = 'c'], ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'ordered', funnel_events(i4, at, event, ARRAY['a', 'b', 'c'], '2 days' ORDER BY event DESC, at DESC) FROM fe_forms
    UNION ALL SELECT 'distinct', funnel_events(DISTINCT i4, at, event, ARRAY['a', 'b', 'c'], '2 days') FROM fe_forms
    UNION ALL SELECT 'filter', funnel_events(i4, at, event, ARRAY['a', 'b', 'c'], '2 days') FILTER (WHERE event < 'd') FROM fe_forms
)
SELECT n, f = fe_oracle('fe_rows', ARRAY['a', 'b', 'c'], '2 days', '') AS right FROM f;
SET TIME ZONE 'UTC';
-- every row matters to "exact", also in these forms
WITH f (n, f) AS (
    SELECT 'enum', funnel_events(i4, at, ee, ARRAY['a', 'b', 'c'], '2 days', 'exact') FROM fe_forms
    UNION ALL SELECT 'mask', funnel_events(i4, at, m4, ARRAY['a', 'b', 'c'], '2 days', 'exact') FROM fe_forms
    UNION ALL SELECT 'conditions', funnel_events(t, at, ARRAY[event = 'a', event = 'b', event = 'c'], ARRAY['a', 'b', 'c'], '2 days', 'exact') FROM fe_forms
    UNION ALL SELECT 'null', funnel_events(u, at, CASE WHEN event <= 'c' THEN event END, ARRAY['a', 'b', 'c'], '2 days', 'exact') FROM fe_forms
    UNION ALL SELECT 'null conditions', funnel_events(u, at, CASE WHEN event <= 'c' THEN ARRAY[event = 'a', event = 'b', event = 'c'] END,
            ARRAY['a', 'b', 'c'], '2 days', 'exact') FROM fe_forms
)
SELECT n, f = fe_oracle('fe_rows', ARRAY['a', 'b', 'c'], '2 days', 'exact') AS right FROM f;

-- one row that meets several conditions, against window_funnel
SELECT options, (SELECT array_agg(reached ORDER BY step) FROM steps(f)) AS asked, oracle
FROM (SELECT options, funnel_events(k, at, ARRAY[event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e'], ARRAY['1', '2', '3', '4'], '1 day', options) AS f
      FROM fe_mixed, unnest(ARRAY['', 'reuse', 'increase', 'dedup', 'exact']) options GROUP BY options) a
JOIN (SELECT options, array_agg(n ORDER BY step) AS oracle
      FROM (SELECT options, step, count(*) FILTER (WHERE level >= step) AS n
            FROM (SELECT options, k, CASE options
                        WHEN '' THEN window_funnel('1 day', at, event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e')
                        WHEN 'reuse' THEN window_funnel('1 day', 'reuse', at, event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e')
                        WHEN 'increase' THEN window_funnel('1 day', 'increase', at, event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e')
                        WHEN 'dedup' THEN window_funnel('1 day', 'dedup', at, event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e')
                        ELSE window_funnel('1 day', 'exact', at, event <= 'c', event IN ('b', 'd'), event >= 'b', event = 'e') END AS level
                  FROM fe_mixed, unnest(ARRAY['', 'reuse', 'increase', 'dedup', 'exact']) options GROUP BY options, k) l,
                generate_series(1, 4) step
            GROUP BY options, step) c
      GROUP BY options) o USING (options)
ORDER BY options;

-- a journey is a set, rows are not: the same event twice at one time is two rows that can fill two steps
WITH v (at, event) AS (VALUES ('2026-01-01'::timestamptz, 'buy'), ('2026-01-01', 'buy')),
    r (f) AS (SELECT funnel_events(1, at, event, ARRAY['buy', 'buy'], NULL, 'repeats') FROM v),
    j (f) AS (SELECT funnel(j, ARRAY['buy', 'buy'], NULL, 'repeats') FROM (SELECT journey_agg(event, at) AS j FROM v) x)
SELECT (SELECT array_agg(reached) FROM r, steps(f)) AS rows, (SELECT array_agg(reached) FROM j, steps(f)) AS journey;

-- more than memory holds: temporary files, the same answers, and nothing left behind
CREATE TABLE fe_big AS
SELECT (random() * 3000)::int AS k, '2026-01-01'::timestamptz + floor(random() * 1e9) * interval '1 microsecond' AS at,
    (ARRAY['a', 'b', 'c'])[1 + floor(random() * 3)] AS event, 1 + (random() * 2)::int AS part
FROM generate_series(1, 60000);
CREATE TABLE fe_results (n text, memory funnel, disk funnel);
INSERT INTO fe_results (n, memory) SELECT 'integer', funnel_events(k, at, event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big;
INSERT INTO fe_results (n, memory) SELECT 'text', funnel_events('key ' || k, at, event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big;
INSERT INTO fe_results (n, memory)
SELECT 'far', funnel_events(k, at + (k % 3) * interval '100000 years', event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big;
INSERT INTO fe_results (n, memory) SELECT 'heavy', funnel_events(k % 100 / 99, at, event, ARRAY['a', 'b', 'c']) FROM fe_big;
INSERT INTO fe_results (n, memory) SELECT 'part ' || part, funnel_events(k, at, event, ARRAY['a', 'b', 'c']) FROM fe_big GROUP BY part;
SET work_mem = '64kB';
UPDATE fe_results SET disk = (SELECT funnel_events(k, at, event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big) WHERE n = 'integer';
UPDATE fe_results SET disk = (SELECT funnel_events('key ' || k, at, event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big) WHERE n = 'text';
UPDATE fe_results SET disk = (SELECT funnel_events(k, at + (k % 3) * interval '100000 years', event, ARRAY['a', 'b', 'c'], '5 min') FROM fe_big)
WHERE n = 'far';
UPDATE fe_results SET disk = (SELECT funnel_events(k % 100 / 99, at, event, ARRAY['a', 'b', 'c']) FROM fe_big) WHERE n = 'heavy';
UPDATE fe_results r SET disk = f
FROM (SELECT part, funnel_events(k, at, event, ARRAY['a', 'b', 'c']) AS f FROM fe_big GROUP BY part) s WHERE r.n = 'part ' || part;
SELECT n, memory = disk AS same FROM fe_results ORDER BY n;
SELECT (SELECT memory FROM fe_results WHERE n = 'integer') = funnel(j, ARRAY['a', 'b', 'c'], '5 min') AS right
FROM (SELECT journey_agg(event, at) AS j FROM fe_big GROUP BY k) s;
-- it did go to disk
SET temp_file_limit = 0;
\set VERBOSITY sqlstate
SELECT funnel_events(k, at, event, ARRAY['a', 'b', 'c']) FROM fe_big;
\set VERBOSITY default
RESET temp_file_limit;
-- an error and a cancel in the middle, in the same transaction and without
SELECT funnel_events(k, at, event, ARRAY['a', 'b', 'c']) FROM (SELECT *, 1 / (60000 - row_number() OVER ()) AS x FROM fe_big OFFSET 0) s WHERE x >= 0;
DO $$
BEGIN
    PERFORM journey.funnel_events(k, at, event, ARRAY['a', 'b', 'c'])
    FROM (SELECT *, 1 / (60000 - row_number() OVER ()) AS x FROM fe_big OFFSET 0) s WHERE x >= 0;
EXCEPTION WHEN division_by_zero THEN
    RAISE NOTICE 'files left: %', (SELECT count(*) FROM pg_ls_tmpdir());
END
$$;
SET statement_timeout = '300ms';
SELECT funnel_events(i, '2026-01-01'::timestamptz + i * interval '1 ms', 'a'::text, ARRAY['a']) FROM generate_series(1, 1000000000::bigint) i;
RESET statement_timeout;
SELECT count(*) AS files FROM pg_ls_tmpdir();
-- a cursor that is closed before its end, and a result that is asked for again
BEGIN;
DECLARE c CURSOR FOR SELECT funnel_events(k, at, event, ARRAY['a', 'b', 'c']) IS NOT NULL AS made FROM fe_big GROUP BY part;
FETCH 1 FROM c;
CLOSE c;
COMMIT;
SELECT count(*) AS files FROM pg_ls_tmpdir();
RESET work_mem;
SET enable_material = off;
SET enable_memoize = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_sort = off;
SELECT g, count(DISTINCT f::text), count(*) AS parts
FROM generate_series(1, 3) g CROSS JOIN LATERAL (SELECT part, funnel_events(k, at, event, ARRAY['a', 'b'])::text || g * 0 AS f FROM fe_big GROUP BY part OFFSET 0) s
GROUP BY g ORDER BY g;
RESET ALL;
SET search_path = public, journey;
SET TIME ZONE 'UTC';
\set SHOW_CONTEXT never
-- grouping sets; sorted and hashed groups
SELECT part, (SELECT array_agg(reached) FROM steps(funnel_events(k, at, event, ARRAY['a', 'b'], '1 min'))) =
    (SELECT array_agg(reached) FROM (SELECT s.reached FROM steps((SELECT funnel(j, ARRAY['a', 'b'], '1 min')
        FROM (SELECT journey_agg(event, at) AS j FROM fe_big i WHERE i.part = o.part OR o.part IS NULL GROUP BY k) g)) s) r) AS right
FROM fe_big o GROUP BY ROLLUP (part) ORDER BY part;
SET enable_hashagg = off;
SELECT count(*) FILTER (WHERE memory = f) AS right
FROM fe_results JOIN (SELECT part, funnel_events(k, at, event, ARRAY['a', 'b', 'c']) AS f FROM fe_big GROUP BY part) s ON n = 'part ' || part;
RESET enable_hashagg;
-- several tables at once, each by a worker
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_parallel_append = on;
SELECT rollup(f) = (SELECT funnel_events(k, at, event, ARRAY['a', 'b']) FROM fe_rows) AS right
FROM (SELECT funnel_events(k, at, event, ARRAY['a', 'b']) AS f FROM fe_rows WHERE k < 200
      UNION ALL SELECT funnel_events(k, at, event, ARRAY['a', 'b']) FROM fe_mixed WHERE k >= 200) u;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- what is refused
SELECT funnel_events(k::numeric, at, event, ARRAY['a']) FROM fe_rows;
SELECT funnel_events(k, at, event::json, ARRAY['a']) FROM (SELECT 1 AS k, now() AS at, '{}'::text AS event) s;
SELECT funnel_events(k, at, event, NULL) FROM fe_rows;
SELECT funnel_events(k, at, event, '{}') FROM fe_rows;
SELECT funnel_events(k, at, event, ARRAY['a', 'a']) FROM fe_rows;
SELECT funnel_events(k, at, event, ARRAY['a', 'b'], '-1 day') FROM fe_rows;
SELECT funnel_events(k, at, event, ARRAY['a', 'b'], '1 day', 'nonsense') FROM fe_rows;
SELECT funnel_events(k, at, event, ARRAY['a', CASE WHEN at < '2026-01-03' THEN 'b' ELSE 'c' END]) FROM fe_rows;
SELECT funnel_events(1, 'infinity'::timestamptz, 'a'::text, ARRAY['a']);
SELECT funnel_events(i4, at, ee, ARRAY['a', 'zz']) FROM fe_forms;
SELECT funnel_events(k, at, 4, ARRAY['a', 'b']) FROM fe_rows;
SELECT funnel_events(k, at, -1, ARRAY['a', 'b']) FROM fe_rows;
SELECT funnel_events(k, at, 1, ARRAY['a', 'b'], NULL, 'exclude x') FROM fe_rows;
SELECT funnel_events(k, at, ARRAY[true], ARRAY['a', 'b']) FROM fe_rows;
SELECT funnel_events(k, at, ARRAY[ARRAY[true, true]], ARRAY['a', 'b']) FROM fe_rows;
SELECT funnel_events(repeat('x', 70000), now(), 'a'::text, ARRAY['a']);
SELECT funnel_events(k, at, event, ARRAY['a']) OVER () FROM fe_rows;
DROP VIEW fe_questions;
DROP TABLE fe_rows, fe_mixed, fe_forms, fe_big, fe_results;
DROP FUNCTION fe_oracle, fe_asked;
DROP TYPE fe_event;
DROP DOMAIN fe_id;
