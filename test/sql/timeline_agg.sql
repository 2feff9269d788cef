-- journey_agg and rollup: the same journey whatever the plan, the order and the parts.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

-- rows without a label or a time are ignored; no rows give NULL
SELECT journey_agg(label, at::timestamptz) FROM (VALUES ('b', '2026-01-02'), (NULL, '2026-01-01'), ('c', NULL), ('a', '2026-01-02'), ('b', '2026-01-02')) v(label, at);
SELECT journey_agg(label, at) IS NULL AS nulls_only FROM (VALUES (NULL::text, NULL::timestamptz)) v(label, at);
SELECT journey_agg(label, at) IS NULL AS no_rows FROM (SELECT 'a', timestamptz '2026-01-01' WHERE false) v(label, at);
SELECT journey_agg('a', 'infinity');
SELECT journey_agg('', '2026-01-01');
SELECT journey_agg(repeat('x', 256), '2026-01-01');

-- an enum: its labels; ties in order of their bytes, not of the enum
CREATE TYPE tag_stage AS ENUM ('visitor', 'lead', 'won');
CREATE TYPE tag_other AS ENUM ('x', 'y');
SELECT journey_agg(stage, at) FROM (VALUES ('visitor'::tag_stage, timestamptz '2026-01-01'), ('lead', '2026-01-01'), (NULL, '2026-01-01'), ('won', '2026-01-03'), ('won', NULL)) v(stage, at);
SELECT journey_agg(stage, at) IS NULL AS nulls_only FROM (VALUES (NULL::tag_stage, NULL::timestamptz)) v(stage, at);
ALTER TYPE tag_stage RENAME VALUE 'won' TO 'customer';
SELECT journey_agg(stage, at) FROM (VALUES ('customer'::tag_stage, timestamptz '2026-01-01')) v(stage, at);
SELECT rollup(j) FROM (SELECT journey_agg(stage, '2026-01-01') FROM (VALUES ('lead'::tag_stage)) v(stage)
                       UNION ALL SELECT journey_agg(stage, '2026-01-02') FROM (VALUES ('y'::tag_other)) v(stage)) u(j);

-- rollup: NULL journeys are ignored, common entries are there once
SELECT rollup(j) FROM (VALUES ('{a@2026-01-01, c@2026-01-03}'::journey), (NULL), ('{}'), ('{b@2026-01-02, c@2026-01-03}'), ('{a@2026-01-01}')) v(j);
SELECT rollup(j) IS NULL AS nulls_only, rollup('{}'::journey) AS empty FROM (VALUES (NULL::journey)) v(j);

-- FILTER, ORDER BY and DISTINCT change nothing that they should not
SELECT journey_agg(label, at ORDER BY at DESC) FILTER (WHERE label <> 'c'), journey_agg(DISTINCT label, at)
FROM (VALUES ('a', timestamptz '2026-01-01'), ('b', '2026-01-02'), ('c', '2026-01-03'), ('a', '2026-01-01')) v(label, at);

-- as a window function the state goes on after each result
SELECT n, journey_agg(label, at) OVER (ORDER BY n) AS running, journey_agg(label, at) OVER (ORDER BY n ROWS 1 PRECEDING) AS pairs
FROM (VALUES (1, 'b', timestamptz '2026-01-02'), (2, 'a', '2026-01-01'), (3, 'b', '2026-01-02'), (4, 'c', '2026-01-04')) v(n, label, at) ORDER BY n;

-- Random events: ties, repeats, NULLs, many units; some keys with hundreds of labels
SELECT setseed(0.7);
CREATE TABLE tag_event AS
SELECT key,
       CASE WHEN random() < 0.01 THEN NULL WHEN key % 100 = 0 THEN 'label ' || floor(random() * 400) ELSE chr(97 + floor(random() * 6)::int) END AS label,
       CASE WHEN random() < 0.01 THEN NULL ELSE timestamptz '2026-01-01' + CASE key % 3
         WHEN 0 THEN floor(random() * 5) * interval '1 day'
         WHEN 1 THEN floor(random() * 1e7) * interval '1 s'
         ELSE (random() - 0.5) * interval '200 days' END END AS at
FROM generate_series(1, 1000) key,
     LATERAL generate_series(1, CASE WHEN key % 100 = 0 THEN 3000 ELSE key % 40 END) i;
CREATE INDEX ON tag_event (key, at, label COLLATE "C");
ANALYZE tag_event;

-- one process, in the order of the table
SET max_parallel_workers_per_gather = 0;
CREATE TABLE tag_serial AS SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key;

-- exactly the distinct complete events, in order
SELECT count(*) AS entries, count(*) FILTER (WHERE a.n IS NULL OR b.n IS NULL) AS wrong
FROM (SELECT key, e.n, e.label, e.at FROM tag_serial, events(j) WITH ORDINALITY e(label, at, n)) a
FULL JOIN (SELECT key, row_number() OVER (PARTITION BY key ORDER BY at, label COLLATE "C") AS n, label, at
           FROM (SELECT DISTINCT key, label, at FROM tag_event WHERE label IS NOT NULL AND at IS NOT NULL) d) b USING (key, n, label, at);

-- Parallel: partial states travel between processes
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT key, journey_agg(label, at) FROM tag_event GROUP BY key;
CREATE FUNCTION tag_differ(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) a FULL JOIN tag_serial b USING (key)
                  WHERE a.j IS DISTINCT FROM b.j OR a.j::text IS DISTINCT FROM b.j::text', query) INTO n;
  RETURN n;
END $$;
SELECT tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key') AS differ;
EXPLAIN (COSTS OFF) SELECT journey_agg(label, at) FROM tag_event;
SELECT journey_agg(label, at) = (SELECT rollup(j) FROM tag_serial) AS same, length(journey_agg(label, at)) > 15000 AS big FROM tag_event;

-- sorted groups
SET enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT key, journey_agg(label, at) FROM tag_event GROUP BY key;
SELECT tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key') AS differ;
RESET enable_hashagg;
SET max_parallel_workers_per_gather = 0;

-- sorted, reversed, shuffled
SELECT tag_differ('SELECT key, journey_agg(label, at ORDER BY at, label COLLATE "C") AS j FROM tag_event GROUP BY key') AS sorted,
       tag_differ('SELECT key, journey_agg(label, at ORDER BY at DESC, label DESC) AS j FROM tag_event GROUP BY key') AS reversed,
       tag_differ('SELECT key, journey_agg(label, at ORDER BY md5(label || at)) AS j FROM tag_event GROUP BY key') AS shuffled,
       tag_differ('SELECT key, journey_agg(label, at ORDER BY label, at) AS j FROM tag_event GROUP BY key') AS by_label;

-- from an index, without a sort
RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan;
SET enable_seqscan = off; SET enable_hashagg = off;
SELECT tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key') AS differ;
RESET enable_seqscan; RESET enable_hashagg;

-- spilled to disk
SET work_mem = '64kB'; SET enable_sort = off;
SELECT tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key') AS differ;
RESET work_mem; RESET enable_sort;

-- parts, some of them empty, joined by rollup; rolled up again
SELECT tag_differ('SELECT key, rollup(j) AS j FROM (SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key, floor(random() * 5)) p GROUP BY key') AS merged,
       tag_differ('SELECT key, rollup(j ORDER BY random()) AS j FROM (SELECT key, rollup(j) AS j FROM (SELECT key, journey_agg(label, at) AS j, extract(month FROM at) AS month
                   FROM tag_event GROUP BY key, month) p GROUP BY key, month % 2) q GROUP BY key') AS twice,
       tag_differ('SELECT key, rollup(j) AS j FROM (SELECT key, j FROM tag_serial UNION ALL SELECT key, j FROM tag_serial) p GROUP BY key') AS doubled;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE tag_part AS SELECT key, journey_agg(label, at) AS j FROM tag_event GROUP BY key, extract(day FROM at);
ANALYZE tag_part;
EXPLAIN (COSTS OFF) SELECT key, rollup(j) FROM tag_part GROUP BY key;
SELECT tag_differ('SELECT key, rollup(j) AS j FROM tag_part GROUP BY key') AS differ;
SET max_parallel_workers_per_gather = 0;

-- partition by partition: whole groups, and parts of groups
CREATE TABLE tag_by_key (LIKE tag_event) PARTITION BY HASH (key);
CREATE TABLE tag_by_key0 PARTITION OF tag_by_key FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tag_by_key1 PARTITION OF tag_by_key FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE tag_by_time (LIKE tag_event) PARTITION BY RANGE (at);
CREATE TABLE tag_by_time0 PARTITION OF tag_by_time DEFAULT;
CREATE TABLE tag_by_time1 PARTITION OF tag_by_time FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO tag_by_key SELECT * FROM tag_event;
INSERT INTO tag_by_time SELECT * FROM tag_event;
ANALYZE tag_by_key, tag_by_time;
SET enable_partitionwise_aggregate = on; SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT key, journey_agg(label, at) FROM tag_by_key GROUP BY key;
EXPLAIN (COSTS OFF) SELECT key, journey_agg(label, at) FROM tag_by_time GROUP BY key;
SELECT tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_by_key GROUP BY key') AS by_key,
       tag_differ('SELECT key, journey_agg(label, at) AS j FROM tag_by_time GROUP BY key') AS by_time;
RESET enable_partitionwise_aggregate; RESET enable_sort;

-- an enum, in parallel
CREATE TABLE tag_enum AS SELECT key, (enum_range(NULL::tag_stage))[1 + ascii(label) % 3] AS stage, at FROM tag_event WHERE length(label) = 1;
ANALYZE tag_enum;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT key, journey_agg(stage, at) FROM tag_enum GROUP BY key;
CREATE TABLE tag_enum_parallel AS SELECT key, journey_agg(stage, at) AS j FROM tag_enum GROUP BY key;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) > 500 AS enough, count(*) FILTER (WHERE a.j IS DISTINCT FROM b.j) AS differ
FROM (SELECT key, journey_agg(stage::text, at) AS j FROM tag_enum GROUP BY key) a FULL JOIN tag_enum_parallel b USING (key);

-- the running journey is the journey of the rows so far
SELECT count(*) > 1000 AS enough, count(*) FILTER (WHERE running IS DISTINCT FROM
         (SELECT journey_agg(label, at) FROM tag_event p WHERE p.key = e.key AND p.at <= e.at)) AS wrong
FROM (SELECT key, at, journey_agg(label, at) OVER (PARTITION BY key ORDER BY at) AS running FROM tag_event WHERE key BETWEEN 201 AND 280 AND at IS NOT NULL) e;

-- States.  Called outside an aggregate the transitions give packed values and leave their arguments alone.
SELECT j, journey_agg_add(j, 'b', '2026-01-02'), journey_agg_add(j, NULL::text, '2026-01-02'), journey_agg_combine(j, '{c@2026-01-03}'), j AS still
FROM (VALUES ('{a@2026-01-01}'::journey)) v(j);
SELECT journey_agg_add(NULL, 'a'::text, '2026-01-01'), journey_agg_add(NULL, NULL::text, NULL), journey_agg_add(NULL, 'lead'::tag_stage, '2026-01-01'),
       journey_agg_combine(NULL, '{}'), journey_agg_final('{a@2026-01-01}');

-- an aggregate of the user's may store a state as it is: every function reads it
CREATE AGGREGATE tag_raw(label text, at timestamptz) (SFUNC = journey_agg_add, STYPE = journey, COMBINEFUNC = journey_agg_combine, PARALLEL = SAFE);
CREATE TABLE tag_state AS SELECT key, tag_raw(label, at) AS state FROM tag_event GROUP BY key;
SELECT count(*) FILTER (WHERE get_byte(record_send(ROW(state)), 0) IS NULL) AS unsendable,
       count(*) FILTER (WHERE pg_column_size(state) <> pg_column_size(j)) > 500 AS really_raw
FROM tag_state JOIN tag_serial USING (key);
SELECT count(*) FILTER (WHERE state <> j OR journey_cmp(state, j) <> 0 OR journey_hash(state) <> journey_hash(j)) AS compare,
       count(*) FILTER (WHERE state::text <> j::text) AS text,
       count(*) FILTER (WHERE journey_send(state) <> journey_send(j)) AS send,
       count(*) FILTER (WHERE length(state) <> length(j)) AS length,
       count(*) FILTER (WHERE started_at(state) <> started_at(j) OR updated_at(state) <> updated_at(j) OR current(state) <> current(j)) AS ends,
       count(*) FILTER (WHERE visits(state, 'a') <> visits(j, 'a') OR time_in(state, 'a', '2026-02-01') <> time_in(j, 'a', '2026-02-01')) AS read,
       count(*) FILTER (WHERE append(state, 'b', '2027-01-01') <> append(j, 'b', '2027-01-01') OR "only"(state, '{a,b}') <> "only"(j, '{a,b}')
                           OR (state || '{z@2026-01-01}') <> (j || '{z@2026-01-01}') OR collapse(state) <> collapse(j) OR without(state, '{}') <> j
                           OR rename(state, 'a', 'b') <> rename(j, 'a', 'b') OR slice(state, '[2026-01-02,2026-01-05]') <> slice(j, '[2026-01-02,2026-01-05]')) AS edit,
       count(*) FILTER (WHERE (state @> '{a,b}') <> (j @> '{a,b}') OR (state && '{c,z}') <> (j && '{c,z}')) AS visited
FROM tag_state JOIN tag_serial USING (key);
SELECT tag_differ('SELECT key, rollup(state) AS j FROM tag_state GROUP BY key') AS rolled_up,
       tag_differ('SELECT key, journey_agg_final(state) AS j FROM tag_state') AS final,
       tag_differ('SELECT key, journey_agg_add(state, NULL::text, NULL) AS j FROM tag_state') AS unchanged;

-- a state that is a value of a table is not changed by a call with it
SELECT count(*) FILTER (WHERE journey_agg_add(state, 'zz'::text, '2030-01-01') <> journey_agg_add(j, 'zz'::text, '2030-01-01')
                           OR journey_agg_combine(state, '{zz@2029-01-01}') <> journey_agg_combine(j, '{zz@2029-01-01}') OR journey_agg_combine(j, state) <> j) AS differ
FROM tag_state JOIN tag_serial USING (key);
SELECT tag_differ('SELECT key, state AS j FROM tag_state') AS changed;

-- in an array, in a row, compressed and out of line
CREATE TYPE tag_row AS (c "char", state journey);
SELECT count(*) AS differ FROM (SELECT key, (ARRAY['{}', state])[2] AS s, (ROW('x'::"char", state)::tag_row).state AS r FROM tag_state) x JOIN tag_serial USING (key) WHERE s <> j OR r <> j;
CREATE TABLE tag_toasted (key int, state journey);
ALTER TABLE tag_toasted ALTER state SET STORAGE external;
INSERT INTO tag_toasted SELECT * FROM tag_state;
SELECT tag_differ('SELECT key, state AS j FROM tag_toasted') AS differ, tag_differ('SELECT key, rollup(state) AS j FROM tag_toasted GROUP BY key') AS rolled_up;

-- Growth: many labels, many entries, in any order, in little time
CREATE TABLE tag_big AS
SELECT 'label ' || (i::bigint * 7919) % 20000 AS label, timestamptz '2026-01-01' + (i::bigint * 104729) % 200000 * interval '1.5 s' AS at FROM generate_series(1, 200000) i;
SELECT clock_timestamp() AS started \gset
CREATE TABLE tag_grown AS SELECT journey_agg(label, at) AS j FROM tag_big;
SELECT clock_timestamp() - :'started'::timestamptz < interval '5 s' AS quick;
SELECT length(j) AS entries, (SELECT count(DISTINCT label) FROM events(j)) AS labels,
       (SELECT count(*) FROM (SELECT label, at FROM events(j) EXCEPT SELECT label, at FROM tag_big) x) AS wrong,
       j::text::journey = j AS text
FROM tag_grown;

-- a state that sees the same entries again and again stays small
SELECT pg_column_size(tag_raw('label ' || i % 100, timestamptz '2026-01-01' + i % 1000 * interval '1 s')) < 500000 AS small,
       length(journey_agg('label ' || i % 100, timestamptz '2026-01-01' + i % 1000 * interval '1 s')) AS entries
FROM generate_series(1, 300000) i;
SELECT length(rollup(j)) = length((SELECT j FROM tag_grown)) AS once FROM tag_grown, generate_series(1, 20);

DROP TABLE tag_event, tag_serial, tag_part, tag_by_key, tag_by_time, tag_enum, tag_enum_parallel, tag_state, tag_toasted, tag_big, tag_grown;
DROP AGGREGATE tag_raw(text, timestamptz);
DROP FUNCTION tag_differ;
DROP TYPE tag_stage, tag_other, tag_row;
