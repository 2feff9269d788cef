-- Comparing, hashing and indexing journeys.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

-- order: by entries, each by time and label; what goes on comes after what ends
SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, journey_cmp(a, b) AS cmp
FROM (VALUES (1, '{}'::journey, '{}'::journey), (2, '{}', '{a@2026-01-01}'), (3, '{a@2026-01-01}', '{b@2026-01-01}'), (4, '{b@2026-01-01}', '{a@2026-01-02}'),
             (5, '{a@2026-01-01}', '{a@2026-01-01, a@2026-01-02}'), (6, '{a@2026-01-01, b@2026-01-02}', '{a@2026-01-01, a@2026-01-03}'), (7, '{a@2026-01-01}', '{ab@2026-01-01}'),
             (8, '{b@2026-01-01, a@2026-01-02}', '{a@2026-01-02, b@2026-01-01}'), (9, '{a@0001-01-01}', '{a@-0001-01-01}')) v(n, a, b) ORDER BY n;

SELECT setseed(0.6);
CREATE TABLE tix_event AS
SELECT key, CASE WHEN key % 100 = 0 THEN 'label ' || floor(random() * 400) ELSE chr(97 + floor(power(random(), 3) * 20)::int) END AS label,
       timestamptz '2026-01-01' + floor(random() * 3) * interval '1 day' AS at
FROM generate_series(1, 3000) key, LATERAL generate_series(1, CASE WHEN key % 100 = 0 THEN 300 ELSE key % 5 END) i;
CREATE TABLE tix_journey AS
SELECT key, CASE WHEN key % 97 = 0 THEN NULL ELSE coalesce(journey_agg(label, at), '{}') END AS j FROM generate_series(1, 3000) key LEFT JOIN tix_event USING (key) GROUP BY key;
CREATE TABLE tix_entries AS
SELECT key, coalesce(array_agg(extract(epoch FROM at)::text || convert_to(label, 'UTF8')::text ORDER BY at, label COLLATE "C") FILTER (WHERE label IS NOT NULL), '{}') AS entries
FROM tix_journey LEFT JOIN (SELECT DISTINCT * FROM tix_event) e USING (key) WHERE j IS NOT NULL GROUP BY key;

-- against arrays of the entries, in bytes
SELECT count(*) AS pairs, count(*) FILTER (WHERE (a.j < b.j) <> (x.entries COLLATE "C" < y.entries COLLATE "C") OR (a.j = b.j) <> (x.entries = y.entries) OR (a.j > b.j) <> (x.entries COLLATE "C" > y.entries COLLATE "C")
                                              OR (a.j <= b.j) <> (x.entries COLLATE "C" <= y.entries COLLATE "C") OR (a.j >= b.j) <> (x.entries COLLATE "C" >= y.entries COLLATE "C") OR (a.j <> b.j) <> (x.entries <> y.entries)) AS wrong,
       count(*) FILTER (WHERE a.j = b.j) > 1000 AS some_equal
FROM tix_journey a JOIN tix_entries x USING (key), tix_journey b JOIN tix_entries y ON y.key = b.key WHERE a.key <= 400 AND b.key <= 400;
SELECT count(*) AS wrong FROM (SELECT key, rank() OVER (ORDER BY j) AS r FROM tix_journey WHERE j IS NOT NULL) a
JOIN (SELECT key, rank() OVER (ORDER BY entries COLLATE "C") AS r FROM tix_entries) b USING (key) WHERE a.r <> b.r;

-- hash values: equal for equal journeys, spread for others
SELECT count(*) AS wrong FROM tix_journey WHERE journey_hash(j) <> journey_hash(j::text::journey) OR journey_hash_extended(j, 7) <> journey_hash_extended(j::text::journey, 7)
   OR (journey_hash_extended(j, 0) & 4294967295) <> (journey_hash(j)::bigint & 4294967295);
SELECT count(DISTINCT journey_hash(j)) > 0.99 * count(DISTINCT j) AS spread, count(DISTINCT journey_hash_extended(j, 1) % 1024) > 800 AS even,
       count(*) FILTER (WHERE journey_hash_extended(j, 1) = journey_hash_extended(j, 2)) AS unseeded FROM tix_journey;

-- DISTINCT, GROUP BY, UNION, IN, joins: hashed and sorted
CREATE FUNCTION tix_counts() RETURNS bigint[] LANGUAGE sql AS $$
  SELECT ARRAY[(SELECT count(*) FROM (SELECT DISTINCT j FROM tix_journey) x), (SELECT count(*) FROM (SELECT j FROM tix_journey GROUP BY j) x),
               (SELECT count(*) FROM (SELECT j FROM tix_journey UNION SELECT '{}') x), (SELECT count(*) FROM (SELECT j FROM tix_journey EXCEPT SELECT '{}') x),
               (SELECT count(*) FROM tix_journey a JOIN tix_journey b USING (j)), (SELECT count(*) FROM tix_journey WHERE j IN (SELECT j FROM tix_journey WHERE key < 100))] $$;
CREATE TABLE tix_expected AS
  SELECT ARRAY[(SELECT count(DISTINCT entries) + 1 FROM tix_entries), (SELECT count(DISTINCT entries) + 1 FROM tix_entries), (SELECT count(DISTINCT entries) + 1 FROM tix_entries),
               (SELECT count(DISTINCT entries) FROM tix_entries), (SELECT count(*) FROM tix_entries a JOIN tix_entries b USING (entries)),
               (SELECT count(*) FROM tix_entries WHERE entries IN (SELECT entries FROM tix_entries WHERE key < 100))] AS counts;
SELECT tix_counts() = counts AS "default" FROM tix_expected;
SET enable_hashagg = off; SET enable_hashjoin = off; SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM tix_journey a JOIN tix_journey b USING (j);
SELECT tix_counts() = counts AS sorted FROM tix_expected;
RESET enable_hashagg; RESET enable_hashjoin; SET enable_mergejoin = off; SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM tix_journey a JOIN tix_journey b USING (j);
SELECT tix_counts() = counts AS hashed FROM tix_expected;
RESET enable_mergejoin; RESET enable_sort; RESET enable_nestloop;

-- btree and hash indexes
CREATE TABLE tix_unique (j journey UNIQUE);
INSERT INTO tix_unique SELECT DISTINCT j FROM tix_journey WHERE length(j) < 50;
INSERT INTO tix_unique VALUES ('{}');
INSERT INTO tix_unique VALUES ('{}') ON CONFLICT DO NOTHING;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM tix_unique WHERE j = '{}';
SELECT count(*) FROM tix_unique WHERE j = '{}';
SELECT (SELECT count(*) FROM tix_unique WHERE j < '{b@2026-01-02}') = (SELECT count(*) FROM tix_unique WHERE journey_cmp(j, '{b@2026-01-02}') < 0) AS below;
ALTER TABLE tix_unique DROP CONSTRAINT tix_unique_j_key;
CREATE INDEX ON tix_unique USING hash (j);
EXPLAIN (COSTS OFF) SELECT * FROM tix_unique WHERE j = '{}';
SELECT count(*) FROM tix_unique WHERE j = '{}';
RESET enable_seqscan;
CREATE TABLE tix_hash (j journey) PARTITION BY HASH (j);
CREATE TABLE tix_hash0 PARTITION OF tix_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tix_hash1 PARTITION OF tix_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO tix_hash SELECT j FROM tix_journey;
SELECT (SELECT count(*) FROM tix_hash0) > 1000 AND (SELECT count(*) FROM tix_hash1) > 1000 AS both;

-- visited all, visited any
SELECT j @> '{a,b}' AS "all", '{a,c}' <@ j AS all_too, j && '{b,x}' AS "any", '{x,y}' && j AS any_too, j @> '{}' AS nothing, j && '{}' AS none_of_nothing
FROM (VALUES ('{a@2026-01-01, b@2026-01-02}'::journey)) v(j);
SELECT j @> '{a,NULL}' AS all_null, j && '{a,NULL}' AS any_null, j && '{NULL}' AS only_null, j @> '{a,a}' AS twice, j @> '{{a},{b}}' AS nested, j @> '{""}' AS empty_label, '{}'::journey @> '{}' AS empty,
       j @> ARRAY[repeat('a', 300)] AS long, (j @> NULL) IS NULL AS null_array
FROM (VALUES ('{a@2026-01-01, b@2026-01-02}'::journey)) v(j);

-- GIN against the sequential scan, and both against arrays of labels
CREATE TABLE tix_labels AS SELECT key, coalesce(array_agg(DISTINCT label) FILTER (WHERE label IS NOT NULL), '{}') AS labels FROM tix_journey LEFT JOIN tix_event USING (key) WHERE j IS NOT NULL GROUP BY key;
CREATE TABLE tix_query AS
SELECT n, ARRAY(SELECT CASE WHEN random() < 0.03 THEN NULL WHEN random() < 0.1 THEN 'label ' || floor(random() * 400) ELSE chr(97 + floor(power(random(), 2) * 22)::int) END
                FROM generate_series(1, CASE WHEN n % 20 = 0 THEN 30 ELSE n % 4 END)) AS labels
FROM generate_series(1, 200) n;
INSERT INTO tix_query VALUES (201, '{}'), (202, '{NULL}'), (203, '{a,NULL}'), (204, '{{a,b},{a,c}}'), (205, ARRAY[repeat('x', 300)]), (206, '{""}'), (207, '{a,a,a}'),
  (208, ARRAY(SELECT 'label ' || i FROM generate_series(0, 399) i)), (209, ARRAY(SELECT DISTINCT label FROM tix_event WHERE key = 100)), (210, ARRAY(SELECT label FROM tix_event WHERE key = 200)), (211, '{a,a,a,a,a,a,a,a,a,b,b}');
CREATE FUNCTION tix_answers(OUT n int, OUT contains int[], OUT overlaps int[]) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
  q record;
BEGIN
  FOR q IN SELECT * FROM tix_query ORDER BY tix_query.n LOOP
    n := q.n;
    EXECUTE format('SELECT array_agg(key ORDER BY key) FROM tix_journey WHERE j OPERATOR(journey.@>) %L::text[]', q.labels) INTO contains;
    EXECUTE format('SELECT array_agg(key ORDER BY key) FROM tix_journey WHERE %L::text[] OPERATOR(journey.&&) j', q.labels) INTO overlaps;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE TABLE tix_seq AS SELECT * FROM tix_answers();
SELECT count(*) AS queries, sum(coalesce(cardinality(s.contains), 0)) > 10000 AS found,
       count(*) FILTER (WHERE s.contains IS DISTINCT FROM (SELECT array_agg(key ORDER BY key) FROM tix_labels l WHERE l.labels @> q.labels)) AS contains,
       count(*) FILTER (WHERE s.overlaps IS DISTINCT FROM (SELECT array_agg(key ORDER BY key) FROM tix_labels l WHERE l.labels && q.labels)) AS overlaps
FROM tix_seq s JOIN tix_query q USING (n);
CREATE INDEX tix_gin ON tix_journey USING gin (j);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM tix_journey WHERE j @> '{a}';
EXPLAIN (COSTS OFF) SELECT * FROM tix_journey WHERE '{a}' <@ j;
EXPLAIN (COSTS OFF) SELECT * FROM tix_journey WHERE '{a}' && j;
CREATE TABLE tix_idx AS SELECT * FROM tix_answers();
SELECT count(*) AS queries, count(*) FILTER (WHERE a.contains IS DISTINCT FROM b.contains) AS contains, count(*) FILTER (WHERE a.overlaps IS DISTINCT FROM b.overlaps) AS overlaps FROM tix_seq a JOIN tix_idx b USING (n);
-- the same with entries that wait in the pending list, and after updates
UPDATE tix_journey SET j = append(j, 'zz', '2027-01-01') WHERE key % 3 = 0;
SELECT count(*) = (SELECT count(*) FROM tix_journey WHERE key % 3 = 0 AND j IS NOT NULL) AS pending FROM tix_journey WHERE j @> '{zz}';
VACUUM tix_journey;
SELECT count(*) = (SELECT count(*) FROM tix_journey WHERE key % 3 = 0 AND j IS NOT NULL) AS vacuumed FROM tix_journey WHERE j && '{zz,nobody}';
-- two conditions on one index
SELECT (SELECT count(*) FROM tix_journey WHERE j @> '{zz}' AND j && '{a,b}') = (SELECT count(*) FROM tix_journey WHERE (j @> '{zz}')::int = 1 AND (j && '{a,b}')::int = 1) AS both;
RESET enable_seqscan;

-- the planner's estimates follow the data
ANALYZE tix_journey;
CREATE FUNCTION tix_estimate(condition text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM tix_journey WHERE ' || condition INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
END $$;
SELECT condition, tix_estimate(condition) BETWEEN actual / 2 AND actual * 2 AS close
FROM (VALUES ('j @> ''{a}''', (SELECT count(*) FROM tix_journey WHERE j @> '{a}')), ('j && ''{a,b}''', (SELECT count(*) FROM tix_journey WHERE j && '{a,b}')), ('j @> ''{}''', 2970)) v(condition, actual);

-- the operator classes are whole
SELECT opcname, amname, amvalidate(o.oid) FROM pg_opclass o JOIN pg_am a ON a.oid = opcmethod WHERE opcintype = 'journey'::regtype ORDER BY opcname, amname;

DROP TABLE tix_event, tix_journey, tix_entries, tix_expected, tix_unique, tix_hash, tix_labels, tix_query, tix_seq, tix_idx;
DROP FUNCTION tix_counts, tix_answers, tix_estimate;
