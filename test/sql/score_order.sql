-- Order, indexes and hashing of scores: total over any half-lives, and the same at any time.
SET TIME ZONE 'UTC';
SET search_path = public, journey;
SELECT setseed(0.2);

-- equal ones, zeros, negatives; half-life first
SELECT '50@2026-01-01/14 days'::score = '25@2026-01-15/14 days' AS equal, score_hash('50@2026-01-01/14 days') = score_hash('25@2026-01-15/14 days') AS hash,
       score_hash_extended('50@2026-01-01/14 days', 7) = score_hash_extended('25@2026-01-15/14 days', 7) AS hash64, '0@2026-01-01/14 days'::score = '0@2025-01-01/14 days' AS zeros,
       score_hash('0@2026-01-01/14 days') = score_hash('0@2025-01-01/14 days') AS zero_hash, '50@2026-01-01/14 days'::score = '50@2026-01-01/7 days' AS lives, '-0@2026-01-01/1 day'::score = '0@2026-01-01/1 day' AS minus_zero;
SELECT s FROM unnest(ARRAY['1@2026-01-01/14 days', '-1@2026-01-15/14 days', '-1@2026-01-01/14 days', '0@2026-01-01/14 days', '1e-300@1900-01-01/14 days', '-1e300@1900-01-01/14 days', '1@2026-01-15/14 days',
  '1000@2026-01-01/1 second', '-1000@2026-01-01/36525 days', '0@2026-01-01/1 second']::score[]) s ORDER BY s;
SELECT a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, score_cmp(a, b) AS cmp
FROM (VALUES ('50@2026-01-01/14 days'::score, '20@2026-01-21/14 days'::score), ('20@2026-01-21/14 days', '50@2026-01-01/14 days'), ('8@2026-01-01/14 days', '4@2026-01-15/14 days'), ('-50@2026-01-01/14 days', '-20@2026-01-21/14 days')) v(a, b);
SELECT NULL::score = '0@2026-01-01/14 days' IS NULL AS nulls;

-- random scores of mixed half-lives, some equal in other words
CREATE TABLE so_lead AS
SELECT i AS id, score(CASE i % 5 WHEN 0 THEN 0 WHEN 1 THEN -random() * 100 ELSE random() * 100 END, timestamptz '1900-01-01' + random() * interval '109500 days',
         (ARRAY[interval '1 second', '1 hour', '14 days', '36525 days'])[1 + i % 4]) AS s
FROM generate_series(1, 4000) i;
INSERT INTO so_lead SELECT id + 10000, score(value(s) / 8, reference_time(s) + 3 * half_life(s), half_life(s)) FROM so_lead WHERE id % 3 = 0 AND reference_time(s) < '2190-01-01';
ANALYZE so_lead;
SELECT n_distinct <> 0 AS analyzed, most_common_vals IS NOT NULL OR histogram_bounds IS NOT NULL AS statistics FROM pg_stats WHERE tablename = 'so_lead' AND attname = 's';

-- the order is that of half-lives, and then of the logarithms, in numeric
CREATE FUNCTION so_key(score) RETURNS numeric LANGUAGE sql AS
  $$SELECT log(2, abs(value($1))::numeric) + extract(epoch FROM reference_time($1)) / extract(epoch FROM half_life($1))$$;
CREATE TABLE so_sorted AS SELECT row_number() OVER (ORDER BY s, id) AS n, id, s FROM so_lead;
SELECT count(*) AS pairs, count(*) FILTER (WHERE ha > hb) AS lives_wrong, count(*) FILTER (WHERE ha = hb AND sign(va) > sign(vb)) AS signs_wrong,
       count(*) FILTER (WHERE ha = hb AND sign(va) = sign(vb) AND CASE WHEN va <> 0 THEN sign(va)::numeric * (so_key(a) - so_key(b)) > 1e-13 END) AS keys_wrong
FROM (SELECT s AS a, half_life(s) AS ha, value(s) AS va, lead(s) OVER w AS b, half_life(lead(s) OVER w) AS hb, value(lead(s) OVER w) AS vb FROM so_sorted WINDOW w AS (ORDER BY n)) p WHERE b IS NOT NULL;
-- and that of the values at any instant at which both are within a double
SELECT count(*) > 30000 AS enough, count(*) FILTER (WHERE (a < b) <> (va < vb)) AS wrong
FROM (SELECT a.s AS a, b.s AS b, score_at(a.s, t) AS va, score_at(b.s, t) AS vb
      FROM so_lead a JOIN so_lead b ON half_life(a.s) = half_life(b.s) AND b.id % 40 = a.id % 40, LATERAL (SELECT timestamptz '1900-01-01' + random() * interval '109500 days') x(t)
      WHERE half_life(a.s) = '36525 days' AND a.id < 2000) p
WHERE abs(va - vb) > 1e-13 * abs(va) AND abs(va - vb) > 1e-300;

-- an index gives what a sequential scan gives, and needs no refresh: the threshold of any time
CREATE TABLE so_hot (id int, s score('14 days'));
INSERT INTO so_hot SELECT i, score(random() * 100 - 20, timestamptz '2026-01-01' - random() * interval '300 days', '14 days') FROM generate_series(1, 20000) i;
INSERT INTO so_hot VALUES (0, NULL);
CREATE INDEX so_hot_s ON so_hot (s);
ANALYZE so_hot;
EXPLAIN (COSTS OFF) SELECT id, s FROM so_hot WHERE s IS NOT NULL ORDER BY s DESC LIMIT 100;
EXPLAIN (COSTS OFF) SELECT id FROM so_hot ORDER BY s LIMIT 100;
EXPLAIN (COSTS OFF) SELECT id FROM so_hot WHERE s >= threshold(85, '14 days', '2026-01-02');
EXPLAIN (COSTS OFF) SELECT id FROM so_hot WHERE s >= threshold(85, '14 days');
SELECT bool_and(same) AS same, min(n) AS least, max(n) AS most FROM (
  SELECT (SELECT array_agg(id ORDER BY id) FROM so_hot WHERE s >= threshold(50, '14 days', t)) IS NOT DISTINCT FROM (SELECT array_agg(id ORDER BY id) FROM so_hot WHERE score_at(s, t) >= 50) AS same,
         (SELECT count(*) FROM so_hot WHERE s >= threshold(50, '14 days', t)) AS n
  FROM generate_series(timestamptz '2025-12-01', '2026-02-01', '10 days') t) q;
SELECT (SELECT array_agg(id) FROM (SELECT id FROM so_hot WHERE s IS NOT NULL ORDER BY s DESC LIMIT 100) h) = (SELECT array_agg(id) FROM (SELECT id FROM so_hot WHERE s IS NOT NULL ORDER BY score_at(s, '2027-01-01') DESC LIMIT 100) d) AS hottest;
SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
CREATE INDEX so_lead_s ON so_lead (s);
SELECT (SELECT array_agg(id) FROM (SELECT id, s FROM so_lead ORDER BY s OFFSET 0) i) IS NOT NULL AS some,
       (SELECT count(*) FROM (SELECT s, lag(s) OVER (ORDER BY s) AS before FROM so_lead) l WHERE before > s) AS unordered,
       (SELECT count(*) FROM so_lead WHERE s >= '50@2026-01-01/14 days') = (SELECT count(*) FROM (SELECT s FROM so_lead OFFSET 0) o WHERE s >= '50@2026-01-01/14 days') AS from_index;
RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_sort;

-- grouping, joining: hashing and sorting agree
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT s, count(*) FROM so_lead GROUP BY s;
CREATE TABLE so_hashed AS SELECT count(*) AS groups, sum(n * n) AS squares FROM (SELECT s, count(*) AS n FROM so_lead GROUP BY s) g;
RESET enable_sort; SET enable_hashagg = off;
SELECT groups > 2500 AS enough, squares > groups AS repeated, (groups, squares) = (SELECT count(*), sum(n * n) FROM (SELECT s, count(*) AS n FROM so_lead GROUP BY s) g) AS same FROM so_hashed;
RESET enable_hashagg;
SET enable_mergejoin = off; SET enable_nestloop = off;
CREATE TABLE so_join AS SELECT count(*) AS n FROM so_lead a JOIN so_lead b USING (s);
RESET enable_mergejoin; SET enable_hashjoin = off;
SELECT (SELECT count(*) FROM so_lead a JOIN so_lead b USING (s)) = n AS joins, n = (SELECT squares FROM so_hashed) AS as_groups FROM so_join;
RESET enable_hashjoin; RESET enable_nestloop;
CREATE INDEX ON so_hot USING hash (s);
SET enable_seqscan = off; SET enable_bitmapscan = off; DROP INDEX so_hot_s;
SELECT count(*) FILTER (WHERE found = 0) AS lost FROM (SELECT (SELECT count(*) FROM so_hot h WHERE h.s = score(value(q.s) * 2, reference_time(q.s) - half_life(q.s), '14 days')) AS found
  FROM (SELECT s FROM so_hot WHERE id % 100 = 1) q) f;
RESET enable_seqscan; RESET enable_bitmapscan;
DROP TABLE so_lead, so_sorted, so_hot, so_hashed, so_join;
DROP FUNCTION so_key;
