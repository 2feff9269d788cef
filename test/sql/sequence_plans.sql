-- Sequence aggregates: the same answer whatever the plan, the order of rows and the parts they come in.
SET TIME ZONE 'UTC';
SET search_path = public, journey;
SELECT setseed(0.6);
CREATE TABLE sqp_event AS
SELECT key, timestamptz '2026-01-01' + floor(random() * (3 + key % 30)) * interval '6 h' AS at, floor(random() * 5)::int AS what
FROM generate_series(1, 800) key, LATERAL generate_series(1, CASE WHEN key % 200 = 0 THEN 3000 ELSE key % 25 END) i;
ANALYZE sqp_event;

CREATE FUNCTION sqp_query(source text, by text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT format('SELECT key, sequence_match(%1$s) AS match, sequence_count(%2$s) AS count, sequence_match_events(%3$s) AS events, sequence_progress(%4$s) AS progress, sequence_log(%1$s) AS log FROM %5$s GROUP BY key',
    '''(?1)(?2).*(?3)'', at, what = 0, what = 1, what IN (2, 3)' || by, '''(?1).*(?t<=1d)(?2)'', at, what = 0, what = 1, what = 2' || by,
    '''(?1).*(?t>=6h)(?t<2d)(?2).*(?1)(?w<=4d)'', at, what = 0, what = 1' || by, '''(?1)(?2)(?3)(?1)(?2)'', at, what = 0, what = 1, what = 2' || by, source) $$;
CREATE FUNCTION sqp_differ(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  n text;
BEGIN
  EXECUTE format('SELECT count(*) || '' of '' || (SELECT count(*) FROM sqp_serial) FROM (%s) a FULL JOIN sqp_serial b USING (key)
                  WHERE (a.match, a.count, a.events, a.progress, a.log::text) IS DISTINCT FROM (b.match, b.count, b.events, b.progress, b.log::text)', query) INTO n;
  RETURN n;
END $$;

-- one process, in the order of the table
SET max_parallel_workers_per_gather = 0;
SELECT sqp_query('sqp_event') AS query \gset
CREATE TABLE sqp_serial AS :query;
SELECT count(*) FILTER (WHERE match) > 100 AS match, sum(count) > 500 AS count, count(*) FILTER (WHERE events <> '{}') > 100 AS events, count(DISTINCT progress) AS progress FROM sqp_serial;

-- parallel: partial states travel between processes; hashed and sorted
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT key, sequence_match('(?1)(?2)', at, what = 0, what = 1) FROM sqp_event GROUP BY key;
SELECT sqp_differ(sqp_query('sqp_event')) AS differ;
SET enable_hashagg = off;
SELECT sqp_differ(sqp_query('sqp_event')) AS differ;
RESET enable_hashagg;
SET max_parallel_workers_per_gather = 0;

-- sorted, reversed, shuffled
SELECT sqp_differ(sqp_query('sqp_event', ' ORDER BY at, what')) AS sorted, sqp_differ(sqp_query('sqp_event', ' ORDER BY at DESC, what DESC')) AS reversed,
       sqp_differ(sqp_query('(SELECT * FROM sqp_event ORDER BY random()) e')) AS shuffled;

-- spilled to disk
SET work_mem = '64kB'; SET enable_sort = off;
SELECT sqp_differ(sqp_query('sqp_event')) AS differ;
RESET work_mem; RESET enable_sort;

-- partition by partition: whole groups, and parts of groups
CREATE TABLE sqp_by_key (LIKE sqp_event) PARTITION BY HASH (key);
CREATE TABLE sqp_by_key0 PARTITION OF sqp_by_key FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sqp_by_key1 PARTITION OF sqp_by_key FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE sqp_by_time (LIKE sqp_event) PARTITION BY RANGE (at);
CREATE TABLE sqp_by_time0 PARTITION OF sqp_by_time DEFAULT;
CREATE TABLE sqp_by_time1 PARTITION OF sqp_by_time FOR VALUES FROM ('2026-01-01') TO ('2026-01-04');
INSERT INTO sqp_by_key SELECT * FROM sqp_event;
INSERT INTO sqp_by_time SELECT * FROM sqp_event ORDER BY random();
ANALYZE sqp_by_key, sqp_by_time;
SET enable_partitionwise_aggregate = on; SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT key, sequence_count('(?1)(?2)', at, what = 0, what = 1) FROM sqp_by_time GROUP BY key;
SELECT sqp_differ(sqp_query('sqp_by_key')) AS by_key, sqp_differ(sqp_query('sqp_by_time')) AS by_time;
RESET enable_partitionwise_aggregate; RESET enable_sort;

-- parts that were stored and rolled up, once and twice
CREATE TABLE sqp_part AS SELECT key, floor(random() * 4)::int AS part, sequence_log('(?1)(?2).*(?3)', at, what = 0, what = 1, what IN (2, 3)) AS log FROM sqp_event GROUP BY key, at, what % 2;
SELECT count(*) AS keys, count(*) FILTER (WHERE sequence_match(r.log) <> s.match OR r.log::text <> s.log::text) AS differ
FROM (SELECT key, rollup(log) AS log FROM (SELECT key, rollup(log ORDER BY random()) AS log FROM sqp_part GROUP BY key, part) p GROUP BY key) r JOIN sqp_serial s USING (key);
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT key, rollup(log) FROM sqp_part GROUP BY key;
SELECT count(*) AS keys, count(*) FILTER (WHERE r.log::text <> s.log::text) AS differ FROM (SELECT key, rollup(log) AS log FROM sqp_part GROUP BY key) r JOIN sqp_serial s USING (key);
SET max_parallel_workers_per_gather = 0;

-- as a window function, the answer of the rows so far
SELECT count(*) AS rows, count(*) FILTER (WHERE running IS DISTINCT FROM (SELECT sequence_count('(?1).*(?2)', at, what = 0, what = 1) FROM sqp_event p WHERE p.key = e.key AND p.at <= e.at)) AS wrong
FROM (SELECT key, at, sequence_count('(?1).*(?2)', at, what = 0, what = 1) OVER (PARTITION BY key ORDER BY at) AS running FROM sqp_event WHERE key <= 60) e;

-- pathological rows and patterns, in one group: done at once, and cancelled at once where there is much to do
SET statement_timeout = '10s';
SELECT sequence_count('(?1).*(?2).*(?3)', n, n % 3 = 0, n % 3 = 1, n % 3 = 2), sequence_match('((?1)*)*(?2)', n, true, false), sequence_match('((?1)|(?1)){1,50}(?2)', n, true, false),
       sequence_match('(?1)(?t<=3).*(?2)(?t<=3).*(?1)(?t<=3).*(?3)', n, n % 2 = 0, n % 2 = 1, false)
FROM generate_series(1, 20000) n;
SELECT sequence_match('(?1).*(?2).*(?3).*(?4).*(?5).*(?6)', 0, n % 6 = 0, n % 6 = 1, n % 6 = 2, n % 6 = 3, n % 6 = 4, n % 6 = 5) FROM generate_series(1, 120) n;
RESET statement_timeout;

DROP TABLE sqp_event, sqp_serial, sqp_by_key, sqp_by_time, sqp_part;
DROP FUNCTION sqp_query, sqp_differ;
