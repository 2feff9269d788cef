-- next_node: what comes after, or before, a chain of rows
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';

CREATE TABLE next_event (customer int, at timestamptz, page text, ref text);
INSERT INTO next_event VALUES
    (1, '2026-01-01 10:00', 'home', 'mail'), (1, '2026-01-01 10:01', 'shop', NULL), (1, '2026-01-01 10:02', 'cart', NULL), (1, '2026-01-01 10:03', 'home', 'ads'), (1, '2026-01-01 10:04', 'help', NULL),
    (2, '2026-01-01 10:00', 'home', NULL), (2, '2026-01-01 10:01', 'exit', NULL), (2, '2026-01-01 10:02', 'home', 'ads'), (2, '2026-01-01 10:03', 'shop', NULL),
    (3, '2026-01-01 10:00', 'home', 'mail'), (4, '2026-01-01 10:00', 'shop', 'mail'), (4, NULL, 'home', NULL);

SELECT customer,
    next_node('forward', 'head', at, page, true, page = 'home') AS head,
    next_node('forward', 'head', at, page, ref = 'mail', page = 'home') AS head_from_mail,
    next_node('forward', 'head', at, page, true, page = 'home', page = 'shop') AS head_shop,
    next_node('forward', 'first_match', at, page, ref = 'ads', page = 'home') AS first_ads,
    next_node('forward', 'last_match', at, page, true, page = 'home') AS last,
    next_node('forward', 'first_match', at, page, true, page = 'home', page = 'shop') AS first_match,
    next_node('forward', 'first_chain', at, page, true, page = 'home', page = 'shop') AS first_chain
FROM next_event GROUP BY customer ORDER BY customer;
SELECT customer,
    next_node('backward', 'tail', at, page, true, page = 'shop') AS tail,
    next_node('backward', 'first_match', at, page, true, page = 'shop') AS first,
    next_node('backward', 'last_match', at, page, true, page = 'home') AS last,
    next_node('backward', 'last_match', at, page, true, page = 'home', page = 'cart') AS last_chain_fails,
    next_node('backward', 'last_chain', at, page, true, page = 'cart', page = 'shop') AS last_chain
FROM next_event GROUP BY customer ORDER BY customer;
-- no events: the end itself
SELECT customer, next_node('forward', 'head', at, page, ref = 'mail', VARIADIC '{}'::boolean[]) AS first, next_node('backward', 'tail', at, page, true, VARIADIC '{}'::boolean[]) AS last
FROM next_event GROUP BY customer ORDER BY customer;

-- rows without a value are not there, unless they are kept
SELECT next_node('forward', 'head', at, ref, true, page = 'home') AS without, next_node('forward', 'head, keep_nulls', at, ref, true, page = 'home') AS kept,
    next_node('forward', 'last_match ,  keep_nulls', at, ref, true, page = 'cart') AS kept_last, next_node('forward', 'last_match', at, ref, true, page = 'cart') AS without_last
FROM next_event WHERE customer = 1;
-- rows of one time: by value, nulls last, then by what they meet
SELECT next_node('forward', 'head, keep_nulls', '2026-01-01', v, true, v = 'B') AS "B", next_node('forward', 'head, keep_nulls', '2026-01-01', v, true, v = 'B', v = 'B') AS a,
    next_node('forward', 'head, keep_nulls', '2026-01-01', v, true, true, true, true) AS b, next_node('forward', 'head, keep_nulls', '2026-01-01', v, true, true, true, true, true) AS "null",
    next_node('backward', 'tail, keep_nulls', '2026-01-01', v, true, v IS NULL) AS before_null
FROM (VALUES ('b'), (NULL), ('B'), ('a'), ('B')) AS t (v);
SELECT next_node('forward', 'head', '2026-01-01', v, true, e, NOT e) FROM (VALUES ('a', true), ('a', false), ('b', true)) AS t (v, e);
SELECT next_node('forward', 'head', '2026-01-01', v, true, NOT e, e) FROM (VALUES ('a', true), ('a', false), ('b', true)) AS t (v, e);
-- no rows; nothing; null conditions
SELECT next_node('forward', 'head', now(), 'x', true, true) WHERE false;
SELECT next_node('forward', 'head', now(), n::text, NULL, true), next_node('forward', 'head', now(), n::text, true, NULL) FROM generate_series(1, 2) AS n;
SELECT next_node('forward', 'head', NULL, n::text, true, true) FROM generate_series(1, 2) AS n;

-- any type, in its own type, whatever the settings
CREATE TYPE next_color AS ENUM ('red', 'dark green', 'blue');
CREATE DOMAIN next_amount AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE TYPE next_pair AS (x int, y text);
CREATE TABLE next_typed (n int, i int, r float8, f float4, m next_amount, c next_color, d date, t timestamptz, ts timestamp, iv interval, b bytea, j jsonb, a text[], p next_pair, u uuid, v varchar(10), g int4range);
INSERT INTO next_typed VALUES
    (1, 1, 0.1, 0.1, 1, 'red', '2026-02-01', '2026-02-01 10:00+02', '2026-02-01', '1 day', '\x00', '1', '{a}', '(1,a)', '00000000-0000-0000-0000-000000000001', 'a', '[1,2)'),
    (2, -7, 0.1::float8 + 0.2::float8, 1.1::float4 / 3, 99.90, 'dark green', '2026-03-04', '2026-03-04 05:06:07.123456+00', '2026-03-04 05:06:07.5', '-1 mons +2 days -03:00:00.5', '\x00ff5c27', '{"k": [1, null]}', '{"a b",NULL,"\"q\""}', '(5,"x, ""y""")', 'ffffffff-0000-0000-0000-000000000001', 'b c', '(3,7]'),
    (3, 3, 3, 3, 3, 'blue', '2026-01-01', '2026-01-01', '2026-01-01', '3 days', '\x03', '3', '{c}', '(3,c)', '00000000-0000-0000-0000-000000000003', 'c', 'empty');
CREATE FUNCTION next_check() RETURNS TABLE (name text, type text, same boolean) LANGUAGE plpgsql AS $$
DECLARE
    col record;
BEGIN
    FOR col IN SELECT attname, atttypid::regtype AS type FROM pg_attribute WHERE attrelid = 'public.next_typed'::regclass AND attnum > 1 ORDER BY attnum LOOP
        name := col.attname;
        EXECUTE format('SELECT pg_typeof(journey.next_node(''forward'', ''head'', ''2026-01-01''::timestamptz + n * interval ''1 h'', %1$I, true, n = 1)),
            journey.next_node(''forward'', ''head'', ''2026-01-01''::timestamptz + n * interval ''1 h'', %1$I, true, n = 1) IS NOT DISTINCT FROM (SELECT %1$I FROM public.next_typed WHERE n = 2)
            FROM public.next_typed', col.attname) INTO type, same;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM next_check();
BEGIN;
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'sql_standard';
SET LOCAL extra_float_digits = -10;
SET LOCAL TimeZone = 'Asia/Kolkata';
SELECT name FROM next_check() WHERE NOT same;
SHOW DateStyle;
SHOW extra_float_digits;
ROLLBACK;
SELECT next_node('forward', 'head', now(), v, true, true), pg_typeof(next_node('forward', 'head', now(), v, true, true)) FROM (VALUES ('a'), ('b')) AS t (v);
SELECT next_node('forward', 'head', now(), 'same', true, true) FROM generate_series(1, 2);

-- refused
SELECT next_node('sideways', 'head', now(), 'x', true, true);
SELECT next_node(NULL, 'head', now(), 'x', true, true);
SELECT next_node('forward', NULL, now(), 'x', true, true);
SELECT next_node('forward', 'neck', now(), 'x', true, true);
SELECT next_node('forward', '', now(), 'x', true, true);
SELECT next_node('forward', 'keep_nulls', now(), 'x', true, true);
SELECT next_node('forward', 'head, tail', now(), 'x', true, true);
SELECT next_node('forward', 'head, keep_nulls, keep_nulls', now(), 'x', true, true);
SELECT next_node('forward', 'tail', now(), 'x', true, true);
SELECT next_node('backward', 'head', now(), 'x', true, true);
SELECT next_node('forward', 'first_match', now(), 'x', true, VARIADIC '{}'::boolean[]);
SELECT next_node('forward', 'head', now(), 'x', true, VARIADIC NULL::boolean[]);
SELECT next_node('forward', 'head', now(), 'x', true, VARIADIC '{{t,t}}'::boolean[]);
SELECT next_node('forward', 'head', now(), 'x', true, VARIADIC array_fill(true, '{65}'));
SELECT next_node('forward', 'first_chain', now(), n::text, true, VARIADIC array_fill(true, '{64}')) FROM generate_series(11, 75) AS n;
SELECT next_node('forward', 'head', 'infinity', 'x', true, true);
SELECT next_node(CASE n WHEN 1 THEN 'forward' ELSE 'backward' END, 'first_match', now(), 'x', true, true) FROM generate_series(1, 2) AS n;
SELECT next_node('forward', CASE n WHEN 1 THEN 'head' ELSE 'first_match' END, now(), 'x', true, true) FROM generate_series(1, 2) AS n;
SELECT next_node('forward', 'head', now(), 'x', true, VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) AS n;

-- the state as text and as bytes
CREATE TABLE next_state (id int, state node_log);
INSERT INTO next_state VALUES (1, 'forward; first_match, keep_nulls; 2; {home@2026-01-01T00:00:00Z/1:10, NULL@2026-01-01T00:00:00Z/0:11, "NULL"@2026-01-01T00:00:00Z/0:11, ""@2025-01-01/0:00, "a \"b\\ é"@1999-12-31T23:59:59.5Z/1:01}'),
    (2, ' backward ;  tail ; 1 ; {} '), (3, 'backward; tail; 1; {a@2026-01-01/1:1, b@2026-01-02/1:1, c@2026-01-03/1:1, é@2026-01-03/1:1}'), (4, 'forward; head; 0; {b@2026-01-02/1:, a@2026-01-01/1:}');
SELECT id, state, node_log_final(state), state::text::node_log::text = state::text AS round FROM next_state ORDER BY id;
CREATE FUNCTION next_error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT literal, next_error(format('SELECT %L::journey.node_log', literal))
FROM unnest(ARRAY['', 'forward', 'forward; head', 'forward; head; 1', 'forward; head; 1;', 'forward; head; x; {}', 'forward; head; ; {}', 'forward; head; 100; {}', 'forward; head; 65; {}', 'forward; head; -1; {}',
    'on; head; 1; {}', 'forward; foot; 1; {}', 'forward; tail; 1; {}', 'forward; last_chain; 0; {}', 'forward; head; 1; {a}', 'forward; head; 1; {a@}', 'forward; head; 1; {@2026-01-01/1:1}', 'forward; head; 1; {a@2026-01-01}',
    'forward; head; 1; {a@2026-01-01/1}', 'forward; head; 1; {a@2026-01-01/1:}', 'forward; head; 1; {a@2026-01-01/1:2}', 'forward; head; 1; {a@2026-01-01/1:11}', 'forward; head; 1; {a@2026-01-01/2:1}', 'forward; head; 1; {a@infinity/1:1}',
    'forward; head; 1; {NULL@2026-01-01/1:1}', 'forward; head; 1; {"a@2026-01-01/1:1}', 'forward; head; 1; {"a\', 'forward; head; 1; {a@2026-01-01/1:1', 'forward; head; 1; {a@2026-01-01/1:1,}', 'forward; head; 1; {} x']) WITH ORDINALITY AS v (literal, n) ORDER BY n;

CREATE TABLE next_binary (state node_log);
CREATE FUNCTION next_copy(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea || int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    TRUNCATE public.next_binary;
    EXECUTE format('COPY public.next_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN (SELECT 'read ' || state FROM public.next_binary);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT id, next_copy(node_log_send(state)) = 'read ' || state AS round FROM next_state ORDER BY id;
SELECT node_log_send('forward; head, keep_nulls; 2; {a@2000-01-01T00:00:00.000005Z/1:01, NULL@2000-01-01T00:00:00.000006Z/0:10}');
SELECT what, next_copy(value) FROM (VALUES (0, 'right', '\x0102000200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\x0000000161'::bytea), (1, 'nothing', ''), (2, 'version', '\x0202000200000000'), (3, 'base', '\x0106000200000000'), (4, 'flags', '\x0102040200000000'),
    (5, 'forward from tail', '\x0101000200000000'), (6, 'events', '\x0102004100000000'), (7, 'no events', '\x0102000000000000'), (8, 'rows', '\x010200027fffffff'), (9, 'negative rows', '\x01020002ffffffff'),
    (10, 'infinite time', '\x0102000200000001'::bytea || '\x7fffffffffffffff' || int8send(3) || '\x01' || '\x0000000161'::bytea), (11, 'conditions', '\x0102000200000001'::bytea || int8send(5) || int8send(4) || '\x01' || '\x0000000161'::bytea),
    (12, 'base of row', '\x0102000200000001'::bytea || int8send(5) || int8send(3) || '\x02' || '\x0000000161'::bytea), (13, 'null', '\x0102000200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\xffffffff'::bytea),
    (14, 'length', '\x0102000200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\x0000000261'::bytea), (15, 'negative length', '\x0102020200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\xfffffffe61'::bytea),
    (16, 'no UTF-8', '\x0102000200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\x00000001ff'::bytea), (17, 'too long', '\x010200020000000000'), (18, 'kept null', '\x0102020200000001'::bytea || int8send(5) || int8send(3) || '\x01' || '\xffffffff'::bytea)) AS v (n, what, value) ORDER BY n;
SELECT node_log_combine('forward; head; 1; {a@2026-01-02/1:1}', 'forward; head; 1; {b@2026-01-01/0:1}');
SELECT node_log_combine('forward; head; 1; {}', 'forward; head, keep_nulls; 1; {}');
SELECT s, node_log_accum(s, 'forward', 'head', '2026-01-02', 'b'::text, true, '{t}'), s FROM (VALUES ('forward; head; 1; {a@2026-01-01/1:1}'::node_log)) AS v (s);

-- random rows with many ties, every direction and base: plain SQL is the oracle
SELECT setseed(0.7);
CREATE TABLE next_row (customer int, at timestamptz, value text, base boolean, a boolean, b boolean, c boolean) PARTITION BY HASH (at);
CREATE TABLE next_row_0 PARTITION OF next_row FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (parallel_workers = 2, autovacuum_enabled = off);
CREATE TABLE next_row_1 PARTITION OF next_row FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (parallel_workers = 2, autovacuum_enabled = off);
INSERT INTO next_row
SELECT customer, CASE WHEN random() < 0.95 THEN '2026-01-01Z'::timestamptz + trunc(random() * 8) * interval '1 s' END, (ARRAY['a', 'B', 'é', '', 'NULL', NULL])[1 + trunc(random() * 6)],
    CASE WHEN random() < 0.9 THEN random() < 0.7 END, random() < 0.7, CASE WHEN random() < 0.9 THEN random() < 0.6 END, random() < 0.5
FROM generate_series(1, 300) AS customer, LATERAL generate_series(1, customer % 12) AS n;
CREATE TABLE next_case AS
SELECT direction, base, keep, k FROM (VALUES ('forward'), ('backward')) AS d (direction), (VALUES ('head'), ('tail'), ('first_match'), ('last_match'), ('first_chain'), ('last_chain')) AS b (base), (VALUES (false), (true)) AS n (keep), generate_series(0, 3) AS k
WHERE (direction, base) NOT IN (('forward', 'tail'), ('backward', 'head')) AND (k > 0 OR base IN ('head', 'tail'));
CREATE TABLE next_expected AS
WITH one AS (SELECT customer, at, value, coalesce(base, false) AS base, (coalesce(a, false)::int + 2 * coalesce(b, false)::int + 4 * coalesce(c, false)::int) AS mask FROM next_row WHERE at IS NOT NULL),
listed AS (SELECT keep, k, customer, array_agg(value ORDER BY at, value COLLATE "C", mask % (1 << k), base) AS value, array_agg(base ORDER BY at, value COLLATE "C", mask % (1 << k), base) AS base,
        array_agg(mask ORDER BY at, value COLLATE "C", mask % (1 << k), base) AS mask
    FROM one, (VALUES (false), (true)) AS n (keep), generate_series(0, 3) AS k WHERE keep OR value IS NOT NULL GROUP BY keep, k, customer),
chained AS (SELECT keep, k, customer, way, rn, l.base[rn] AS can, l.mask[rn] % 2 = 1 AS first, cardinality(l.value) AS n, l.value[rn + way * k] AS next,
        NOT EXISTS (SELECT FROM generate_series(0, k - 1) AS i WHERE coalesce(l.mask[rn + way * i] / (1 << i) % 2, 0) = 0) AS chain
    FROM listed AS l, (VALUES (1), (-1)) AS w (way), generate_series(1, cardinality(l.value)) AS rn),
picked AS (SELECT c.*, customer,
        CASE base WHEN 'head' THEN min(rn) FILTER (WHERE can AND rn = 1) WHEN 'tail' THEN min(rn) FILTER (WHERE can AND rn = n) WHEN 'first_match' THEN min(rn) FILTER (WHERE can AND first) WHEN 'last_match' THEN max(rn) FILTER (WHERE can AND first)
            WHEN 'first_chain' THEN min(rn) FILTER (WHERE can AND chain) ELSE max(rn) FILTER (WHERE can AND chain) END AS rn
    FROM next_case AS c JOIN chained AS r ON c.keep = r.keep AND c.k = r.k AND r.way = CASE direction WHEN 'forward' THEN 1 ELSE -1 END GROUP BY c.direction, c.base, c.keep, c.k, customer)
SELECT p.direction, p.base, p.keep, p.k, p.customer, c.next AS value
FROM picked AS p JOIN chained AS c USING (keep, k, customer, rn) WHERE c.way = CASE direction WHEN 'forward' THEN 1 ELSE -1 END AND c.chain;
SELECT count(*) > 2000 AS enough, count(value) > 1500 AS answers FROM next_expected;

CREATE FUNCTION next_compare(source text, cast_to text) RETURNS TABLE (groups bigint, answers bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT count(*), count(e.value), count(*) FILTER (WHERE g.value::text IS DISTINCT FROM e.value)
        FROM (SELECT c.direction, c.base, c.keep, c.k, customer, journey.next_node(c.direction, c.base || CASE WHEN keep THEN ', keep_nulls' ELSE '' END, at, value::%s, r.base, VARIADIC (ARRAY[a, b, c])[1:k]) AS value
              FROM %s AS r(customer, at, value, base, a, b, c), public.next_case AS c GROUP BY c.direction, c.base, c.keep, c.k, customer) AS g
        LEFT JOIN public.next_expected AS e USING (direction, base, keep, k, customer) $q$, cast_to, source);
END $$;
SELECT * FROM next_compare('public.next_row', 'text');
SELECT * FROM next_compare('public.next_row', 'name');
SELECT * FROM next_compare('(SELECT * FROM public.next_row ORDER BY random())', 'text');
CREATE FUNCTION next_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
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
SELECT * FROM next_compare('public.next_row', 'text'), next_plan('SELECT customer, next_node(''forward'', ''head'', at, value, true, a) FROM next_row GROUP BY customer');
SELECT * FROM next_compare('public.next_row', 'name'), next_plan('SELECT customer, next_node(''forward'', ''head'', at, value::name, true, a) FROM next_row GROUP BY customer');
SET extra_float_digits = 0;
SELECT * FROM next_compare('public.next_row', 'name');
RESET extra_float_digits;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT * FROM next_compare('public.next_row', 'text'), next_plan('SELECT customer, next_node(''forward'', ''head'', at, value, true, a) FROM next_row GROUP BY customer');
RESET enable_partitionwise_aggregate;
-- parts of parts, sent as text, give the state of the whole
CREATE AGGREGATE next_collect(text, text, timestamptz, text, boolean, boolean[]) (SFUNC = node_log_accum, STYPE = node_log);
CREATE AGGREGATE next_merge(node_log) (SFUNC = node_log_combine, STYPE = node_log);
SELECT count(*), count(*) FILTER (WHERE merged::text IS DISTINCT FROM whole::text) AS wrong
FROM (SELECT d, customer, next_collect('forward', d, at, value, base, ARRAY[a, b, c]) AS whole FROM next_row, (VALUES ('head'), ('last_chain, keep_nulls')) AS v (d) GROUP BY d, customer) AS w
JOIN (SELECT d, customer, next_merge(part::text::node_log ORDER BY random()) AS merged
      FROM (SELECT d, customer, next_collect('forward', d, at, value, base, ARRAY[a, b, c]) AS part FROM (SELECT * FROM next_row ORDER BY random()) AS s, (VALUES ('head'), ('last_chain, keep_nulls')) AS v (d) GROUP BY d, customer, trunc(random() * 3)) AS p
      GROUP BY d, customer) AS m USING (d, customer);
-- from an end, no more rows are kept than the chain is long
SELECT pg_column_size(next_collect('forward', 'head', '2026-01-01Z'::timestamptz - n * interval '1 s', n::text, true, ARRAY[n = 50000])) < 1000 AS small,
    next_node('forward', 'head', '2026-01-01Z'::timestamptz - n * interval '1 s', n, true, n = 50000) FROM generate_series(1, 50000) AS n;

-- over journeys
SELECT next_node(j, 'forward', 'head', 'home'), next_node(j, 'forward', 'first_match', 'home', 'shop') AS match, next_node(j, 'forward', 'first_chain', 'home', 'shop') AS chain, next_node(j, 'backward', 'tail', 'help') AS tail,
    next_node(j, 'forward', 'last_match', 'help') AS nothing_after, next_node(j, 'forward', 'head', 'x') AS unknown, next_node(j, 'forward', 'head', NULL) AS no_label
FROM (VALUES ('{home@2026-01-01T10:00Z, cart@2026-01-01T10:01Z, home@2026-01-01T10:02Z, shop@2026-01-01T10:03Z, help@2026-01-01T10:04Z}'::journey)) AS v (j);
SELECT next_node('{}'::journey, 'forward', 'head', 'a'), next_node(NULL::journey, 'forward', 'head', 'a');
SELECT next_node('{}'::journey, 'forward', 'tail', 'a');
SELECT next_node('{}'::journey, 'forward', 'head', VARIADIC array_fill('x'::text, '{65}'));
-- the same as over their entries
SELECT count(*), count(value) AS answers, count(*) FILTER (WHERE value IS DISTINCT FROM next_node(j, direction, base, VARIADIC (ARRAY['a', 'B', 'a'])[1:k])) AS wrong
FROM (SELECT direction, c.base, k, customer, next_node(direction, c.base, at, value, true, VARIADIC (ARRAY[value = 'a', value = 'B', value = 'a'])[1:k]) AS value, journey_agg(value, at) AS j
      FROM (SELECT DISTINCT customer, at, nullif(value, '') AS value FROM next_row) AS r, next_case AS c WHERE NOT keep GROUP BY direction, c.base, k, customer) AS s WHERE j IS NOT NULL;

RESET ALL;
DROP TABLE public.next_event, public.next_typed, public.next_state, public.next_binary, public.next_row, public.next_case, public.next_expected;
DROP FUNCTION public.next_check, public.next_error, public.next_copy, public.next_compare, public.next_plan;
DROP AGGREGATE public.next_collect(text, text, timestamptz, text, boolean, boolean[]), public.next_merge(journey.node_log);
DROP TYPE public.next_color, public.next_pair;
DROP DOMAIN public.next_amount;
