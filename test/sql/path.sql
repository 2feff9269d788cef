-- paths: route, path, path_agg, and the counts of their edges
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';

SELECT path(j), path(j, "collapse" => false) AS all, path(j, hide => '{ad}') AS no_ads, path(j, start_at => '{shop}') AS from_shop, path(j, end_at => '{home}') AS to_home, path(j, '{home}', '{home}') AS round_trip,
    path(j, max_steps => 2) AS first, path(j, end_at => '{cart,pay}', max_steps => 2) AS last_before_cart, path(j, '{ad}', '{pay}', '{shop}', max_steps => 2) AS both
FROM (VALUES ('{home@2026-01-01, home@2026-01-02, ad@2026-01-03, home@2026-01-04, shop@2026-01-05, shop@2026-01-06, cart@2026-01-07, home@2026-01-08, pay@2026-01-09}'::journey)) AS v (j);
-- hiding joins what it parted
SELECT path('{a@2026-01-01, x@2026-01-02, a@2026-01-03}', hide => '{x}'), route('{a@2026-01-01, x@2026-01-02, a@2026-01-03}', hide => '{x}'), route('{a@2026-01-01, x@2026-01-02, a@2026-01-03}', NULL, NULL, '{x}', false);
-- not passed there; nothing there
SELECT path(j, '{x}') IS NULL AS no_start, path(j, NULL, '{x}') IS NULL AS no_end, path(j, '{b}', '{a}') IS NULL AS end_before, path(j, '{a}', '{a}') IS NULL AS no_return, path(j, '{}') IS NULL AS none, path(j, '{NULL}') IS NULL AS null_label,
    path(j, hide => '{a,b}'), route(j, hide => '{a,b}'), path(j, '{a}', hide => '{a}') IS NULL AS hidden
FROM (VALUES ('{a@2026-01-01, b@2026-01-02}'::journey)) AS v (j);
SELECT path(j), route(j), path(NULL::journey), route(NULL), path(j, '{a}') FROM (VALUES ('{}'::journey)) AS v (j);
SELECT path('{}', max_steps => 0);
SELECT path(NULL, max_steps => -1);
SELECT route('{}', "collapse" => NULL);

CREATE TYPE path_page AS ENUM ('home', 'shop', 'pay');
SELECT path_agg(v, at), path_agg(v::path_page, at) AS of_enum FROM (VALUES ('pay', '2026-01-03'::timestamptz), ('home', '2026-01-01'), ('shop', '2026-01-02'), ('home', '2026-01-01 01:00'), (NULL, '2026-01-01'), ('pay', NULL)) AS t (v, at);
SELECT path_agg('x', now()) WHERE false;
SELECT path_agg(NULL::text, now());

-- edges
CREATE TABLE path_small AS SELECT * FROM (VALUES (1, '{home@2026-01-01T10:00Z, shop@2026-01-01T10:01Z, pay@2026-01-01T10:03Z}'::journey), (2, '{home@2026-01-01T10:00Z, shop@2026-01-01T10:03Z}'), (3, '{home@2026-01-01T10:00Z, help@2026-01-01T10:01Z, home@2026-01-01T10:02Z, pay@2026-01-01T10:10Z}'),
    (4, '{shop@2026-01-01T10:00Z, pay@2026-01-01T10:00Z}'), (5, '{$exit@2026-01-01, $other@2026-01-02, $@2026-01-03}'), (6, '{}'), (7, NULL)) AS v (id, j);
SELECT path_counts(j, 3), total(path_counts(j, 3)) FROM path_small;
SELECT path_counts(j, 3, 'backward') FROM path_small;
SELECT e.* FROM (SELECT path_counts(j, 4) AS c FROM path_small) AS s, path_edges(c) AS e;
SELECT e.* FROM (SELECT path_counts(j, 4) AS c FROM path_small) AS s, path_edges(c, 1) AS e;
SELECT e.* FROM (SELECT path_counts(route(j, end_at => '{pay}'), 3, 'backward') AS c FROM path_small) AS s, path_edges(c, top => 5) AS e;
SELECT e.* FROM (SELECT path_counts(j, 2) AS c FROM path_small) AS s, path_edges(c, 2) AS e;
SELECT path_counts(j, 3), path_counts(j, 3) IS NULL FROM path_small WHERE id > 5;
SELECT path_counts(j, 3) FROM path_small WHERE false;
SELECT * FROM path_edges(NULL);
SELECT * FROM path_edges('forward; 3; 0; {}');
SELECT total('forward; 3; 0; {}'::path_counts), total(NULL::path_counts);

-- refused
SELECT path_counts(j, 1) FROM path_small;
SELECT path_counts(j, 1001) FROM path_small;
SELECT path_counts(j, NULL) FROM path_small;
SELECT path_counts(j, 3, NULL) FROM path_small;
SELECT path_counts(j, 3, 'sideways') FROM path_small;
SELECT path_counts(j, id + 2) FROM path_small;
SELECT path_counts(j, 3, CASE id WHEN 1 THEN 'forward' ELSE 'backward' END) FROM path_small;
SELECT path_edges('forward; 3; 0; {}', 0);
SELECT 'forward; 3; 0; {}'::path_counts + 'forward; 4; 0; {}'::path_counts;
SELECT 'forward; 3; 0; {}'::path_counts + 'backward; 3; 0; {}'::path_counts;
SELECT path_counts_accum('forward; 3; 0; {}', '{a@2026-01-01}', 4);

-- outside an aggregate a state is packed, and a copy
SELECT s, path_counts_accum(s, '{b@2026-01-01, a@2026-01-02}', 3), path_counts_combine(s, s), s FROM (VALUES ('forward; 3; 1; {1 c $exit 1}'::path_counts)) AS v (s);
SELECT 'forward; 3; 1; {1 c $exit 1}'::path_counts + 'forward; 3; 2; {1 c $exit 1, 1 b c 3:1, 2 c $exit 1}'::path_counts;
SELECT 'forward; 2; 9223372036854775807; {1 c $exit 9223372036854775807}'::path_counts + 'forward; 2; 1; {1 c $exit 1}'::path_counts;

-- text
SELECT ' backward;2 ;3;{ 1 "a b" $entry 1 , 1 "$entry" "x\"\\" 3:1  0:1 } '::path_counts;
SELECT 'forward; 3; 3; {2 b $exit 1, 1 a b 0:1, 1 a $exit 1, 1 a $exit 1}'::path_counts;
CREATE FUNCTION path_error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT left(literal, 60) AS literal, regexp_replace(path_error(format('SELECT %L::journey.path_counts', literal)), ': ".*', '') AS error
FROM unnest(ARRAY['', 'forward', 'sideways; 2; 0; {}', 'forward; 1; 0; {}', 'forward; 1001; 0; {}', 'forward; x; 0; {}', 'forward; 2; -1; {}', 'forward; 2; 99999999999999999999; {}', 'forward; 2; 0', 'forward; 2; 0; {', 'forward; 2; 0; {} x',
    'forward; 2; 1; {}', 'forward; 2; 1; {0 a $exit 1}', 'forward; 2; 1; {2 a $exit 1}', 'forward; 2; 1; {1 a $exit}', 'forward; 2; 1; {1 a $exit 0}', 'forward; 2; 1; {1 a $entry 1}', 'forward; 2; 1; {1 $exit a 1:1}', 'forward; 2; 1; {1 a $x 1}',
    'forward; 2; 1; {1 a b}', 'forward; 2; 1; {1 a b 1}', 'forward; 2; 1; {1 a b 1:0}', 'forward; 2; 1; {1 a b 3712:1}', 'forward; 2; 1; {1 a b 1:1,}', 'forward; 2; 1; {1 "a b 1:1}', 'forward; 2; 1; {1 "a\', 'forward; 2; 1; {1 "" b 1:1}', 'forward; 2; 1; {1 ' || repeat('x', 256) || ' b 1:1}',
    'forward; 2; 2; {1 a b 1:1}', 'forward; 3; 1; {1 a b 1:1}', 'forward; 3; 1; {1 a b 1:1, 2 c $exit 1}', 'forward; 3; 1; {1 a b 1:1, 2 b $exit 2}', 'forward; 3; 1; {1 a $exit 1, 2 b $exit 1}', 'forward; 4; 2; {1 a b 1:1, 1 a $exit 1, 3 b $exit 1}',
    'forward; 2; 1; {1 a b 1:9223372036854775807 2:9223372036854775807}', 'forward; 2; 1; {1 a b 1:9223372036854775807 1:9223372036854775807}']) WITH ORDINALITY AS v (literal, n) ORDER BY n;

-- bytes
CREATE TABLE path_binary (counts path_counts);
CREATE FUNCTION path_copy(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea || int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    TRUNCATE public.path_binary;
    EXECUTE format('COPY public.path_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN (SELECT 'read ' || counts FROM public.path_binary);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT direction, path_copy(path_counts_send(c)) = 'read ' || c AS round FROM (SELECT direction, path_counts(j, 4, direction) AS c FROM path_small, (VALUES ('forward'), ('backward')) AS v (direction) GROUP BY direction) AS s ORDER BY direction;
SELECT path_counts_send('forward; 3; 2; {1 b a 5:1, 1 b $exit 1, 2 a $exit 1}');
SELECT what, path_copy(value)
FROM (SELECT '\x01'::bytea AS v, '\x00'::bytea AS b, '\x0002'::bytea AS d, int8send(1) AS t, '\x00000001'::bytea || '\x0000000161' AS l, '\x00000001'::bytea AS n, '\x00010000ffffffff'::bytea AS k, int8send(1) AS c) AS p,
    LATERAL (VALUES (0, 'right', v || b || d || t || l || n || k || c), (1, 'nothing', ''), (2, 'version', '\x02' || b || d || t || l || n || k || c), (3, 'direction', v || '\x02' || d || t || l || n || k || c), (4, 'depth', v || b || '\x0001' || t || l || n || k || c),
        (5, 'too deep', v || b || '\x03e9' || t || l || n || k || c), (6, 'negative total', v || b || d || int8send(-1) || l || n || k || c), (7, 'labels', v || b || d || t || '\x0fffffff' || n || k || c), (8, 'negative labels', v || b || d || t || '\xffffffff' || n || k || c),
        (9, 'label too long', v || b || d || t || '\x00000001' || '\x0000ffff61' || n || k || c), (10, 'empty label', v || b || d || t || '\x00000001' || '\x00000000' || n || k || c), (11, 'no UTF-8', v || b || d || t || '\x00000001' || '\x00000001ff' || n || k || c),
        (12, 'edges', v || b || d || t || l || '\x0fffffff' || k || c), (13, 'edge 0', v || b || d || t || l || n || '\x00000000ffffffff' || c), (14, 'edge too far', v || b || d || t || l || n || '\x00020000ffffffff' || c),
        (15, 'near', v || b || d || t || l || n || '\x00010001ffffffff' || c), (16, 'far', v || b || d || t || l || n || '\x0001000000010000' || c), (17, 'time at the end', v || b || d || t || l || n || '\x00010000ffff0000' || c),
        (18, 'bucket', v || b || d || t || l || n || '\x0001000000000e80' || c), (19, 'count', v || b || d || t || l || n || k || int8send(0)), (20, 'sum', v || b || d || int8send(2) || l || n || k || c), (21, 'cut', v || b || d || t || l || n || k), (22, 'too long', v || b || d || t || l || n || k || c || '\x00'),
        (23, 'a label twice', v || b || d || int8send(2) || '\x00000002' || '\x00000001610000000161' || '\x00000002' || k || c || '\x00010001ffffffff' || c)) AS w (i, what, value)
ORDER BY i;

-- random journeys against plain SQL
SELECT setseed(0.9);
CREATE TABLE path_event (customer int, label text, at timestamptz) PARTITION BY HASH (customer);
CREATE TABLE path_event_0 PARTITION OF path_event FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (parallel_workers = 2);
CREATE TABLE path_event_1 PARTITION OF path_event FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (parallel_workers = 2);
INSERT INTO path_event SELECT customer, (ARRAY['home', 'shop', 'cart', 'pay', 'help', '$exit', 'é'])[1 + trunc(power(random(), 2) * 7)], '2026-01-01Z'::timestamptz + trunc(random() * random() * 1e6) * interval '1 s'
FROM generate_series(1, 400) AS customer, LATERAL generate_series(1, customer % 15) AS n;
CREATE TABLE path_journey WITH (parallel_workers = 3) AS SELECT customer, journey_agg(label, at) AS j FROM path_event GROUP BY customer;

CREATE FUNCTION path_walk(j journey, start_at text[], end_at text[], hide text[], squeeze boolean, max_steps int, OUT labels text[], OUT times timestamptz[]) LANGUAGE plpgsql AS $$
DECLARE
    e record;
    ended boolean := false;
BEGIN
    FOR e IN SELECT label, at FROM journey.events(j) WHERE label <> ALL (coalesce(hide, '{}')) ORDER BY at, label COLLATE "C" LOOP
        CONTINUE WHEN squeeze AND e.label = labels[cardinality(labels)] AND (times IS NOT NULL OR start_at IS NULL);
        CONTINUE WHEN ended;
        IF labels IS NULL THEN
            CONTINUE WHEN e.label <> ALL (start_at);
            ended := start_at IS NULL AND e.label = ANY (end_at);
        ELSE
            ended := e.label = ANY (end_at);
        END IF;
        labels := labels || e.label;
        times := times || e.at;
    END LOOP;
    IF labels IS NULL AND start_at IS NULL AND end_at IS NULL THEN
        labels := '{}';
        times := '{}';
    END IF;
    IF end_at IS NOT NULL AND NOT coalesce(ended, false) THEN
        labels := NULL;
        times := NULL;
    END IF;
    IF start_at IS NULL AND end_at IS NOT NULL THEN
        labels := labels[greatest(1, 1 + cardinality(labels) - max_steps):];
        times := times[greatest(1, 1 + cardinality(times) - max_steps):];
    ELSE
        labels := labels[:max_steps];
        times := times[:max_steps];
    END IF;
END $$;
SELECT count(*) AS cases, count(w.labels) AS found, count(*) FILTER (WHERE w.labels IS DISTINCT FROM path(j, s, e, h, c, coalesce(m, 1000))) AS wrong_path,
    count(*) FILTER (WHERE journey(w.labels, w.times) IS DISTINCT FROM route(j, s, e, h, c, m)) AS wrong_route
FROM path_journey, (VALUES (NULL::text[]), ('{shop}'), ('{cart,é}')) AS a (s), (VALUES (NULL::text[]), ('{pay}'), ('{shop,home}')) AS b (e), (VALUES (NULL::text[]), ('{help,home}')) AS d (h), (VALUES (true), (false)) AS f (c), (VALUES (1000), (3)) AS g (m),
    LATERAL path_walk(j, s, e, h, c, m) AS w;
SELECT count(*) AS customers, count(*) FILTER (WHERE got <> labels) AS wrong
FROM (SELECT customer, path_agg(label, at) AS got FROM path_event GROUP BY customer) AS a JOIN path_journey USING (customer), LATERAL path_walk(j, NULL, NULL, NULL, true, 1000) AS w;

-- edges in plain SQL: exact numbers, medians within a hundredth
CREATE FUNCTION path_oracle(depth int, direction text, top int) RETURNS TABLE (step int, source text, target text, paths bigint, median interval) LANGUAGE sql SET search_path = public, pg_temp AS $f$
    WITH one AS (SELECT customer, label, at, row_number() OVER (PARTITION BY customer ORDER BY at, label COLLATE "C") AS n, count(*) OVER (PARTITION BY customer) AS len
        FROM public.path_journey, journey.events(journey.route(j))),
    numbered AS (SELECT customer, at, regexp_replace(label, '^\$', '$$') AS label, CASE direction WHEN 'forward' THEN n ELSE len + 1 - n END AS n FROM one),
    ranked AS (SELECT n, label, row_number() OVER (PARTITION BY n ORDER BY count(*) DESC, label COLLATE "C") <= coalesce(top, 1000) AS kept FROM numbered GROUP BY n, label),
    named AS (SELECT customer, at, n, CASE WHEN kept THEN label ELSE '$other' END AS label FROM numbered JOIN ranked USING (n, label)),
    edge AS (SELECT a.n::int, a.label AS near, coalesce(b.label, CASE direction WHEN 'forward' THEN '$exit' ELSE '$entry' END) AS far, a.at - b.at AS took
        FROM named AS a LEFT JOIN named AS b ON b.customer = a.customer AND b.n = a.n + 1 WHERE a.n < depth)
    SELECT CASE direction WHEN 'forward' THEN n ELSE -n END, CASE direction WHEN 'forward' THEN near ELSE far END, CASE direction WHEN 'forward' THEN far ELSE near END, count(*),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY CASE direction WHEN 'forward' THEN -took ELSE took END)
    FROM edge GROUP BY n, near, far
$f$;
CREATE FUNCTION path_compare(source text) RETURNS TABLE (depth int, direction text, top int, edges bigint, missing bigint, surplus bigint, far_medians bigint, no_balance bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR depth, direction, top IN SELECT * FROM (VALUES (2), (4), (20)) AS a (depth), (VALUES ('forward'), ('backward')) AS b (direction), (VALUES (NULL::int), (1), (3)) AS c (top) ORDER BY 1, 2 DESC, 3 LOOP
        EXECUTE format($q$
            WITH got AS MATERIALIZED (SELECT e.* FROM (SELECT journey.path_counts(journey.route(j), %s, %L) AS c FROM %s) AS s, journey.path_edges(c, %L) AS e),
            expected AS MATERIALIZED (SELECT * FROM public.path_oracle(%1$s, %2$L, %4$L))
            SELECT count(*), count(*) FILTER (WHERE g.paths IS NULL), count(*) FILTER (WHERE e.paths IS NULL),
                count(*) FILTER (WHERE (g.median_time IS NULL) <> (e.median IS NULL) OR abs(extract(epoch FROM g.median_time - e.median)) > 0.01 * extract(epoch FROM e.median)),
                (SELECT count(*) FROM (SELECT step, source AS node, sum(paths) AS flow FROM got WHERE source <> '$entry' GROUP BY 1, 2) AS o FULL JOIN (SELECT step + 1 AS step, target AS node, sum(paths) AS flow FROM got WHERE target <> '$exit' GROUP BY 1, 2) AS i USING (step, node)
                    WHERE o.flow IS DISTINCT FROM i.flow AND step NOT IN (1, %1$s, 0, 1 - %1$s))
            FROM got AS g FULL JOIN expected AS e USING (step, source, target, paths) $q$, depth, direction, source, top) INTO edges, missing, surplus, far_medians, no_balance;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM path_compare('public.path_journey');

-- the same value in any order, in parts, from sums
CREATE TABLE path_whole AS SELECT direction, path_counts(j, 9, direction)::text AS whole FROM path_journey, (VALUES ('forward'), ('backward')) AS v (direction) GROUP BY direction;
SELECT count(*) AS wrong FROM (SELECT direction, path_counts(j, 9, direction)::text FROM (SELECT * FROM path_journey ORDER BY random()) AS s, (VALUES ('forward'), ('backward')) AS v (direction) GROUP BY direction EXCEPT TABLE path_whole) AS d;
CREATE TABLE path_part AS SELECT part, direction, path_counts(j, 9, direction) AS c FROM (SELECT j, trunc(random() * 5) AS part FROM path_journey) AS s, (VALUES ('forward'), ('backward')) AS v (direction) GROUP BY part, direction;
SELECT count(*) AS wrong FROM (SELECT direction, rollup(c::path_counts)::text FROM path_part GROUP BY direction EXCEPT TABLE path_whole) AS d;
SELECT count(*) AS wrong FROM (SELECT direction, rollup(c::text::path_counts ORDER BY random())::text FROM path_part GROUP BY direction EXCEPT TABLE path_whole) AS d;
SELECT (max(CASE part WHEN 0 THEN c::text END)::path_counts + max(CASE part WHEN 1 THEN c::text END)::path_counts)::text = rollup(c)::text AS plus, total(rollup(c)) = sum(total(c)) AS total FROM path_part WHERE direction = 'forward' AND part < 2;
CREATE FUNCTION path_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line;
    END LOOP;
    RETURN CASE WHEN plan LIKE '%Gather%' THEN 'parallel ' ELSE '' END || CASE WHEN plan LIKE '%Append%Partial%' THEN 'partition-wise ' ELSE '' END || CASE WHEN plan LIKE '%Partial%' THEN 'partial' ELSE 'whole' END;
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT path_counts(j, 9)::text = (SELECT whole FROM path_whole WHERE direction = 'forward') AS same, path_plan('SELECT path_counts(j, 9) FROM path_journey') FROM path_journey;
SELECT md5(string_agg(customer || p::text, ',' ORDER BY customer)) = (SELECT md5(string_agg(customer || path(j)::text, ',' ORDER BY customer)) FROM path_journey) AS same, path_plan('SELECT customer, path_agg(label, at) FROM path_event GROUP BY customer')
FROM (SELECT customer, path_agg(label, at) AS p FROM path_event GROUP BY customer) AS s;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
CREATE TABLE path_split (customer int, j journey) PARTITION BY HASH (customer);
CREATE TABLE path_split_0 PARTITION OF path_split FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE path_split_1 PARTITION OF path_split FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO path_split SELECT * FROM path_journey;
ANALYZE path_split;
SELECT path_counts(j, 9)::text = (SELECT whole FROM path_whole WHERE direction = 'forward') AS same, path_plan('SELECT path_counts(j, 9) FROM path_split') FROM path_split;
RESET enable_partitionwise_aggregate;
-- as a window aggregate the state goes on growing after a result was taken
SELECT customer, path_counts(j, 2) OVER (ORDER BY customer) FROM path_journey WHERE customer IN (1, 16, 31, 46) ORDER BY customer;

-- many labels, deep paths, very long times
SELECT total(c), (SELECT count(*) FROM path_edges(c)) AS edges, (SELECT sum(paths) FROM path_edges(c, 5) WHERE target = '$other') AS others, (SELECT count(*) FROM path_edges(c, 5)) AS edges_of_5
FROM (SELECT path_counts(j, 1000) AS c FROM (SELECT journey_agg('label ' || n * 700 + k, '2026-01-01Z'::timestamptz + k * interval '1 s') AS j FROM generate_series(1, 20) AS n, generate_series(1, 700) AS k GROUP BY n) AS s) AS t;
SELECT path_counts(j, 1000) FROM (SELECT journey_agg('label ' || n * 1000 + k, '2026-01-01Z'::timestamptz + k * interval '1 s') AS j FROM generate_series(1, 66) AS n, generate_series(1, 999) AS k GROUP BY n) AS s;
SELECT e.* FROM (SELECT path_counts('{a@-4712-01-01, b@294276-12-31}', 3) AS c) AS s, path_edges(c) AS e;

RESET ALL;
DROP TABLE public.path_small, public.path_binary, public.path_event, public.path_journey, public.path_whole, public.path_part, public.path_split;
DROP FUNCTION public.path_error, public.path_copy, public.path_walk, public.path_oracle, public.path_compare, public.path_plan;
DROP TYPE public.path_page;
