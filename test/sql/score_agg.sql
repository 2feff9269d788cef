-- score_agg and rollup: the same score whatever the plan, the order and the parts; window frames.
SET TIME ZONE 'UTC';
SET search_path = public, journey;
SET extra_float_digits = 1;

-- one row as it is; rows without points or a time are ignored; no rows give NULL
SELECT score_agg(0.1, '2026-01-01', '14 days'), score_agg(NULL, '2026-01-01', '14 days') IS NULL AS no_points, score_agg(1, NULL, '14 days') IS NULL AS no_time;
SELECT score_agg(p, t, '14 days') FROM (VALUES (40.0, timestamptz '2026-01-01'), (NULL, '2027-01-01'), (7, NULL), (5, '2026-01-29'), (0, '2026-02-12')) v(p, t);
SELECT score_agg(1, '2026-01-01', '14 days') IS NULL AS no_rows WHERE false;
SELECT score_agg(p, t, h) IS NULL AS outer_join FROM (VALUES (NULL::float8, NULL::timestamptz, NULL::interval)) v(p, t, h);
SELECT score_agg(1, '2026-01-01', NULL);
SELECT score_agg('NaN', '2026-01-01', '14 days');
SELECT score_agg('-infinity', '2026-01-01', '14 days');
SELECT score_agg(1, 'infinity', '14 days');
SELECT score_agg(1, '2026-01-01', '0');
SELECT score_agg(1, '2026-01-01', '1 month');
SELECT score_agg(1, '2026-01-01', i * interval '1 day') FROM generate_series(1, 2) i;
SELECT rollup(s) FROM (VALUES ('40@2026-01-01/14 days'::score), (NULL), ('-5@2026-01-29/14 days'), ('1@2026-01-15/2 weeks')) v(s);
SELECT rollup(s) IS NULL AS nulls_only FROM (VALUES (NULL::score)) v(s);
SELECT rollup(s) FROM (VALUES ('40@2026-01-01/14 days'::score), ('40@2026-01-01/7 days')) v(s);
SELECT rollup(s) FROM (VALUES ('0.1@2026-01-01/14 days'::score)) v(s);

-- what cancels is 0, negatives stay negative; points in both directions of time
SELECT score_agg(p, t, '14 days') FROM (VALUES (10.0, timestamptz '2026-01-01 01:02:03'), (-5, '2026-01-15 01:02:03')) v(p, t);
SELECT score_agg(p, t, '14 days') FROM (VALUES (-10.0, timestamptz '2026-01-01'), (3, '2026-01-15')) v(p, t);
-- extremes
SELECT h, score_agg(p, t, h) FROM (VALUES (3.0, timestamptz '1900-01-01'), (4, '2200-01-01')) v(p, t), (VALUES (interval '1 second'), ('36525 days')) w(h) GROUP BY h ORDER BY h;
SELECT score_agg(p, t, '1 second') = '3@1900-01-01/1 second' AS not_lost FROM (VALUES (3.0, timestamptz '1900-01-01'), (0, '2200-01-01')) v(p, t);
SELECT score_agg(1.7e308, '2026-01-01', '14 days') FROM generate_series(1, 1024);

-- Random touches, against direct summation in plain SQL at random times
SELECT setseed(0.4);
CREATE TABLE sa_touch AS
SELECT key, random() * 20 - CASE WHEN key % 4 = 0 THEN 8 ELSE 0 END AS points,
       timestamptz '2026-01-01' + CASE WHEN key % 10 = 0 THEN floor(random() * 5) * interval '1 day' ELSE random() * interval '200 days' END AS at
FROM generate_series(1, 400) key, LATERAL generate_series(1, CASE WHEN key % 100 = 0 THEN 3000 ELSE 1 + key % 40 END) i;
INSERT INTO sa_touch SELECT key, NULL, now() FROM generate_series(1, 400, 7) key;
ANALYZE sa_touch;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE sa_serial AS SELECT key, score_agg(points, at, '14 days') AS s FROM sa_touch GROUP BY key;
SELECT count(*), count(*) FILTER (WHERE abs(score_at(s, moment) - direct) > 1e-12 * size) AS wrong,
       count(*) FILTER (WHERE key % 4 <> 0 AND abs(score_at(s, moment) / direct - 1) > 1e-12) AS positive_wrong
FROM (SELECT key, s, moment, sum(points * 2 ^ (-extract(epoch FROM moment - at)::float8 / 1209600)) AS direct, sum(abs(points) * 2 ^ (-extract(epoch FROM moment - at)::float8 / 1209600)) AS size
      FROM (SELECT key, s, timestamptz '2026-08-01' + (random() * 300 - 30) * interval '1 day' AS moment FROM sa_serial, generate_series(1, 5)) m JOIN sa_touch USING (key) GROUP BY key, s, moment) d;
-- the reference time is that of the latest points
SELECT count(*) FILTER (WHERE reference_time(s) <> latest) AS wrong FROM sa_serial JOIN (SELECT key, max(at) AS latest FROM sa_touch WHERE points IS NOT NULL GROUP BY key) l USING (key);

-- the same to the last bit: parallel, sorted, reversed, shuffled, in parts, rolled up
CREATE FUNCTION sa_differ(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) a FULL JOIN sa_serial b USING (key) WHERE a.s::text IS DISTINCT FROM b.s::text', query) INTO n;
  RETURN n;
END $$;
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT key, score_agg(points, at, '14 days') AS s FROM sa_touch GROUP BY key;
SELECT sa_differ('SELECT key, score_agg(points, at, ''14 days'') AS s FROM sa_touch GROUP BY key') AS parallel;
EXPLAIN (COSTS OFF) SELECT rollup(s) FROM sa_serial;
SELECT rollup(s)::text = (SELECT score_agg(points, at, '14 days' ORDER BY at)::text FROM sa_touch) AS same FROM sa_serial;
SET max_parallel_workers_per_gather = 0;
SELECT sa_differ('SELECT key, score_agg(points, at, ''14 days'' ORDER BY at) AS s FROM sa_touch GROUP BY key') AS sorted,
       sa_differ('SELECT key, score_agg(points, at, ''14 days'' ORDER BY at DESC) AS s FROM sa_touch GROUP BY key') AS reversed,
       sa_differ('SELECT key, score_agg(points, at, ''14 days'' ORDER BY md5(points::text)) AS s FROM sa_touch GROUP BY key') AS shuffled;
-- parts that were rounded in between: equal within rounding
SELECT count(*) AS keys, count(*) FILTER (WHERE abs(score_at(p.s, reference_time(s.s)) - value(s.s)) > 1e-13 * size) AS wrong
FROM (SELECT key, rollup(s ORDER BY random()) AS s FROM (SELECT key, score_agg(points, at, '14 days') AS s FROM sa_touch GROUP BY key, extract(month FROM at)) q GROUP BY key) p JOIN sa_serial s USING (key)
     JOIN (SELECT key, sum(abs(points)) AS size FROM sa_touch GROUP BY key) z USING (key);
-- spilled to disk, and partition by partition
SET work_mem = '64kB'; SET enable_sort = off;
SELECT sa_differ('SELECT key, score_agg(points, at, ''14 days'') AS s FROM sa_touch GROUP BY key') AS spilled;
RESET work_mem;
CREATE TABLE sa_parts (LIKE sa_touch) PARTITION BY RANGE (at);
CREATE TABLE sa_part0 PARTITION OF sa_parts DEFAULT;
CREATE TABLE sa_part1 PARTITION OF sa_parts FOR VALUES FROM ('2026-01-01') TO ('2026-03-01');
INSERT INTO sa_parts SELECT * FROM sa_touch;
ANALYZE sa_parts;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT key, score_agg(points, at, '14 days') FROM sa_parts GROUP BY key;
SELECT sa_differ('SELECT key, score_agg(points, at, ''14 days'') AS s FROM sa_parts GROUP BY key') AS partitions;
RESET enable_partitionwise_aggregate; RESET enable_sort;

-- Window frames: each is what the aggregate gives over its rows
CREATE FUNCTION sa_frames(clause text) RETURNS TABLE (frames bigint, wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
  -- array_agg has no moving form, so it says which rows are in the frame
  RETURN QUERY EXECUTE format('
    SELECT count(*), count(*) FILTER (WHERE moving.s::text IS DISTINCT FROM fresh.s::text)
    FROM (SELECT score_agg(points, at, ''14 days'') OVER w AS s, array_agg(ROW(points, at)::sa_pair) OVER w AS rows
          FROM sa_touch WHERE key IN (39, 44, 400) AND (key <> 400 OR points > 11) WINDOW w AS (%s)) moving,
         LATERAL (SELECT score_agg(points, at, ''14 days'') AS s FROM unnest(moving.rows)) fresh', clause);
END $$;
CREATE TYPE sa_pair AS (points float8, at timestamptz);
SELECT * FROM sa_frames('PARTITION BY key ORDER BY at ROWS 10 PRECEDING');
SELECT * FROM sa_frames('PARTITION BY key ORDER BY at ROWS BETWEEN 20 PRECEDING AND 5 FOLLOWING');
SELECT * FROM sa_frames('PARTITION BY key ORDER BY at DESC ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING');
SELECT * FROM sa_frames('PARTITION BY key ORDER BY at RANGE interval ''3 days'' PRECEDING');
SELECT * FROM sa_frames('ORDER BY key, points, at ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING');
SELECT * FROM sa_frames('ORDER BY at ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING');
SELECT * FROM sa_frames('PARTITION BY key ORDER BY at ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW');
-- a huge value that leaves the frame takes nothing with it
SELECT n, score_agg(p, at, '14 days') OVER w AS moving, rollup(score(p, at, '14 days')) OVER w AS rolled
FROM (SELECT n, CASE n WHEN 2 THEN 1e300 ELSE n END AS p, timestamptz '2026-01-01' + n * interval '14 days' AS at FROM generate_series(1, 6) n) r WINDOW w AS (ORDER BY at ROWS 1 PRECEDING) ORDER BY n;
-- frames without rows and without points
SELECT n, score_agg(p, at, '14 days') OVER (ORDER BY at ROWS BETWEEN 2 PRECEDING AND 2 PRECEDING) AS s
FROM (VALUES (1, 8.0, timestamptz '2026-01-01'), (2, NULL, '2026-01-02'), (3, 0, '2026-01-03'), (4, -8, '2026-01-04'), (5, 1, '2026-01-05')) v(n, p, at) ORDER BY n;
-- a frame may go on with another half-life once it is empty, as a new aggregate would
SELECT n, score_agg(1, at, n * interval '1 day') OVER (ORDER BY at ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS s FROM (VALUES (1, timestamptz '2026-01-01'), (2, '2026-01-02'), (3, '2026-01-03')) v(n, at) ORDER BY n;
-- a long frame costs no more per row than a short one: this would take minutes
SELECT count(*), count(s) FROM (SELECT score_agg(1 + i % 7, timestamptz '2026-01-01' + i * interval '1 minute', '14 days') OVER (ORDER BY i ROWS 30000 PRECEDING) AS s FROM generate_series(1, 60000) i) w;

-- States.  Called outside an aggregate the functions leave their arguments alone.
SELECT score_agg_add(s, 5, '2026-01-15', '14 days') AS added, score_sum_combine(s, s) AS combined, score_agg_remove(s, 10, '2026-01-01', '14 days') AS removed, s AS still, score_sum_final(s) AS final
FROM (SELECT score_agg_add(NULL, 10, '2026-01-01', '14 days')) v(s);
SELECT score_agg_add(NULL, NULL, NULL, NULL), score_rollup_add(NULL, NULL), score_rollup_remove(NULL, NULL), score_sum_combine(NULL, NULL), score_sum_combine('{}', '{}'), score_sum_final('{}') IS NULL AS none;
SELECT score_agg_remove(NULL, 1, '2026-01-01', '14 days');
SELECT score_sum_combine('{}', s)::text = s::text AS from_empty, score_sum_combine(s, '{}')::text = s::text AS with_empty FROM (SELECT score_agg_add('{}', 10, '2026-01-01', '14 days')) v(s);
SELECT score_sum_final(score_agg_remove(score_agg_add(NULL, 10, '2026-01-01', '14 days'), 10, '2026-01-01', '14 days')) IS NULL AS emptied;
SELECT score_sum_combine(score_agg_add(NULL, 10, '2026-01-01', '14 days'), score_agg_add(NULL, 10, '2026-01-01', '7 days'));
SELECT score_agg_remove(score_agg_add(NULL, 10, '2026-01-01', '14 days'), 10, '2026-01-01', '7 days');
-- text: the same state
CREATE AGGREGATE sa_state(float8, timestamptz, interval) (SFUNC = score_agg_add, STYPE = score_sum);
SELECT count(*), count(*) FILTER (WHERE score_sum_send(s::text::score_sum) IS DISTINCT FROM score_sum_send(s)) AS differ FROM (SELECT sa_state(points, at, '14 days') AS s FROM sa_touch GROUP BY key) t;
SELECT ' {} '::score_sum, '{ 2 ,2026-01-01 , 2 weeks,-3,1e0,-0,0 } '::score_sum;
SELECT '{'::score_sum;
SELECT '{} x'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, x, 0, 0}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, 1, 0, 0'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, 1, 0, 0} x'::score_sum;
SELECT '{1.5, 2026-01-01, 14 days, 0, 1, 0, 0}'::score_sum;
SELECT '{99999999999999999999, 2026-01-01, 14 days, 0, 1, 0, 0}'::score_sum;
SELECT '{1, 2026-01-01, 0 days, 0, 1, 0, 0}'::score_sum;
SELECT '{0, 2026-01-01, 14 days, 0, 1, 0, 0}'::score_sum;
SELECT '{-1, 2026-01-01, 14 days, 0, 1, 0, 0}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, 1, 1, 0}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, 1, 0, -1}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 9223372036854775807, 1, 0, 0}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, -9223372036854775808, 1, 0, 0}'::score_sum;
SELECT '{1, 2026-01-01, 14 days, 0, 1e300, 0, 0}'::score_sum;
SELECT score_sum_final('{9223372036854775807, 2026-01-01, 14 days, 0, 1, 0, 0}'), score_agg_add('{9223372036854775807, 2026-01-01, 14 days, 0, 1, 0, 0}', 1, '2000-01-01', '14 days');
DROP AGGREGATE sa_state(float8, timestamptz, interval);
DROP TABLE sa_touch, sa_serial, sa_parts;
DROP FUNCTION sa_differ, sa_frames;
DROP TYPE sa_pair;
