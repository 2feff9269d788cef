-- Making a journey out of another one.
SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD';
SET search_path = public, journey;

-- append: after the last entry, or one microsecond after it
SELECT append('{}', 'a', '2026-01-01');
SELECT append('{a@2026-01-01, b@2026-02-01}', 'c', '2026-03-01');
SELECT append('{a@2026-01-01, b@2026-02-01}', 'b', '2026-02-01');
SELECT append('{a@2026-01-01, b@2026-02-01}', 'a', '2025-01-01');
SELECT append('{}', '', '2026-01-01');
SELECT append('{}', repeat('x', 256), '2026-01-01');
SELECT append('{}', 'a', 'infinity');
SELECT append('{}', 'a', '-infinity');
SELECT append('{a@294276-12-31T23:59:59.999999Z}', 'b', '2026-01-01');
SELECT append(NULL, 'a'::text, '2026-01-01') IS NULL AS no_journey, append('{}', NULL::text, '2026-01-01') IS NULL AS no_label, append('{}', 'a', NULL) IS NULL AS no_time;
CREATE TYPE ted_stage AS ENUM ('lead', 'won');
SELECT append('{won@2026-01-01}', 'lead'::ted_stage, '2026-01-02'), append('{}', NULL::ted_stage, '2026-01-02') IS NULL AS no_label;

-- || : all entries of both, common ones once
SELECT '{a@2026-01-01, c@2026-01-03}'::journey || '{b@2026-01-02, c@2026-01-03, d@2026-01-03}';
SELECT '{}'::journey || '{}', '{a@2026-01-01}'::journey || '{}', '{}'::journey || '{a@2026-01-01}', ('{}'::journey || NULL) IS NULL AS null_in;

-- slice: the stage in force at the start is carried to it
CREATE VIEW ted_sample AS SELECT '{a@2026-01-01, b@2026-01-03, c@2026-01-03, a@2026-01-05}'::journey AS j;
SELECT r, slice(j, r) FROM ted_sample, unnest(ARRAY['[2026-01-02,2026-01-05)', '[2026-01-02,2026-01-05]', '[2026-01-03,2026-01-05)', '(2026-01-03,2026-01-05)', '[2026-01-01,2026-01-02)', '(2026-01-01,2026-01-02)',
  '[2025-01-01,2026-01-01)', '[2025-01-01,2026-01-01]', '[2026-02-01,)', '(,2026-01-03)', '(,2026-01-03]', '(,)', 'empty', '[2026-01-04,2026-01-04]', '[-infinity,infinity]',
  '[infinity,)', '(,-infinity]', '[2026-01-04,infinity)', '(2026-01-04,2026-01-04 00:00:00.000001)', '["294276-12-31 23:59:59.999999",)', '("294276-12-31 23:59:59.999999",)']::tstzrange[]) WITH ORDINALITY AS u(r, n) ORDER BY n;
SELECT slice('{}', '[2026-01-01,2026-02-01)'), slice('{a@2026-01-01}', NULL) IS NULL AS no_range;

-- only, without: a NULL matches no label
SELECT "only"(j, '{a,c}'), without(j, '{a,c}') FROM ted_sample;
SELECT "only"(j, '{}'), without(j, '{}'), "only"(j, '{NULL,b}'), without(j, '{NULL,b}'), "only"(j, '{{a,x},{"",b}}') FROM ted_sample;
SELECT journey.only(j, ARRAY[repeat('x', 300)]), without('{}', '{a}'), "only"(j, NULL) IS NULL AS no_labels FROM ted_sample;

-- rename, also to a label that is there; entries of one time keep the order of their labels
SELECT rename(j, 'a', 'z'), rename(j, 'b', 'd'), rename(j, 'b', 'c'), rename(j, 'c', 'b'), rename(j, 'x', 'y'), rename(j, 'a', 'a') FROM ted_sample;
SELECT rename(j, 'a', '') FROM ted_sample;
SELECT rename(j, 'a', repeat('x', 256)) FROM ted_sample;
SELECT rename(j, '', 'x'), rename('{}', 'a', 'b'), rename(j, NULL, 'x') IS NULL AS no_label FROM ted_sample;

-- collapse: of repeats the first
SELECT collapse('{a@2026-01-01, a@2026-01-02, b@2026-01-03, a@2026-01-04, a@2026-01-04T00:00:01, a@2026-01-05}'), collapse('{}'), collapse('{a@2026-01-01}');

-- Random journeys, with ties, repeats, all units, some with hundreds of labels
SELECT setseed(0.3);
CREATE TABLE ted_event AS
SELECT DISTINCT key,
       CASE WHEN key % 50 = 0 THEN 'label ' || floor(random() * 400) ELSE chr(97 + floor(random() * 4)::int) END AS label,
       timestamptz '2026-01-01' + CASE key / 12 % 4
         WHEN 0 THEN floor(random() * 5) * interval '1 day'
         WHEN 1 THEN floor(random() * 1e6) * interval '1 s'
         WHEN 2 THEN floor(random() * 1e6) * interval '1 ms'
         ELSE (random() - 0.5) * interval '20 days' END AS at
FROM generate_series(1, 1000) key,
     LATERAL generate_series(1, CASE WHEN key % 50 = 0 THEN 600 ELSE key % 12 END) i;
CREATE TABLE ted_journey AS
SELECT key, coalesce(journey_agg(label, at), '{}') AS j FROM generate_series(1, 1000) key LEFT JOIN ted_event USING (key) GROUP BY key;
CREATE INDEX ON ted_event (key, at);
ANALYZE ted_event; ANALYZE ted_journey;

-- What a journey is, as rows; each result must also be the canonical value, byte for byte
CREATE FUNCTION ted_rows(journey) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY n) FROM journey.events($1) WITH ORDINALITY e(label, at, n)$$;
CREATE FUNCTION ted_canonical(j journey) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT j OPERATOR(journey.=) j::text::journey.journey$$;

-- merge with the journey of another key
SELECT count(*) FILTER (WHERE ted_rows(m) IS DISTINCT FROM expected) AS wrong, count(*) FILTER (WHERE NOT ted_canonical(m)) AS not_canonical, count(*) FILTER (WHERE m <> back) AS asymmetric, count(*)
FROM (SELECT a.j || b.j AS m, b.j || a.j AS back,
             (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C") FROM (SELECT DISTINCT label, at FROM ted_event WHERE key IN (a.key, b.key)) x) AS expected
      FROM ted_journey a JOIN ted_journey b ON b.key = CASE WHEN a.key % 50 = 0 THEN (a.key + 250) % 1001 ELSE (a.key * 7) % 1001 END) y;
SELECT count(*) FILTER (WHERE (j || j) <> j) AS itself, count(*) FILTER (WHERE (without(j, '{a}') || "only"(j, '{a}')) <> j) AS parts,
       count(*) FILTER (WHERE (slice(j, '(,2026-01-03)') || slice(j, '[2026-01-03,)')) <> j AND stage_at(j, '2026-01-03') IS NULL) AS halves
FROM ted_journey;

-- slice: bounds at entries, beside them and anywhere; inclusive, exclusive, missing
CREATE TABLE ted_range AS
SELECT key, tstzrange(least(a, b), greatest(a, b), bounds) AS r
FROM (SELECT key, CASE WHEN random() < 0.1 THEN NULL ELSE at + (floor(random() * 3) - 1) * interval '1 us' END AS a,
             (SELECT CASE WHEN random() < 0.1 THEN NULL ELSE o.at + (floor(random() * 3) - 1) * interval '1 us' END FROM ted_event o WHERE o.key = e.key AND o.at >= e.at ORDER BY random() LIMIT 1) AS b,
             (ARRAY['[]', '[)', '(]', '()'])[1 + floor(random() * 4)] AS bounds
      FROM ted_event e WHERE random() < 0.3) x;
SELECT count(*) > 2000 AS enough, count(*) FILTER (WHERE isempty(r)) > 0 AS some_empty, count(*) FILTER (WHERE lower_inf(r)) > 50 AS some_open FROM ted_range;
SELECT count(*) FILTER (WHERE ted_rows(s) IS DISTINCT FROM expected) AS wrong, count(*) FILTER (WHERE NOT ted_canonical(s)) AS not_canonical, count(*) FILTER (WHERE slice(s, r) <> s) AS not_stable
FROM (SELECT r, slice(j, r) AS s,
             (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C")
              FROM (SELECT label, at FROM ted_event e WHERE e.key = t.key AND e.at <@ r
                    UNION ALL
                    (SELECT label, start FROM ted_event e, LATERAL (SELECT lower(r) + CASE WHEN lower_inc(r) THEN '0' ELSE interval '1 us' END) l(start)
                     WHERE e.key = t.key AND e.at < start AND start <@ r AND NOT EXISTS (SELECT FROM ted_event o WHERE o.key = t.key AND o.at = start)
                     ORDER BY at DESC, label COLLATE "C" DESC LIMIT 1)) x) AS expected
      FROM ted_range JOIN ted_journey t USING (key)) y;

-- only, without: few labels and many
SELECT count(*) FILTER (WHERE ted_rows("only"(j, l)) IS DISTINCT FROM (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C") FROM ted_event e WHERE e.key = t.key AND label = ANY (l))) AS "only",
       count(*) FILTER (WHERE ted_rows(without(j, l)) IS DISTINCT FROM (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C") FROM ted_event e WHERE e.key = t.key AND label <> ALL (l))) AS without,
       count(*) FILTER (WHERE NOT ted_canonical("only"(j, l)) OR NOT ted_canonical(without(j, l))) AS not_canonical
FROM ted_journey t, LATERAL (SELECT array_agg(CASE WHEN key % 50 = 0 THEN 'label ' || i * 3 ELSE chr(96 + i) END) FROM generate_series(1, CASE WHEN key % 50 = 0 THEN 100 ELSE key % 5 END) i) v(l)
WHERE l IS NOT NULL;

-- rename to a new label and to one that is there
SELECT count(*) FILTER (WHERE ted_rows(r) IS DISTINCT FROM (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C")
                                            FROM (SELECT DISTINCT CASE WHEN label = f THEN t ELSE label END AS label, at FROM ted_event e WHERE e.key = y.key) x)) AS wrong,
       count(*) FILTER (WHERE NOT ted_canonical(r)) AS not_canonical, count(*) FILTER (WHERE length(r) < length(j)) > 100 AS some_merged
FROM (SELECT key, j, f, t, rename(j, f, t) AS r FROM ted_journey, (VALUES ('a', 'z'), ('d', 'A'), ('a', 'c'), ('c', 'a'), ('label 7', 'label 9'), ('label 7', 'label')) v(f, t)) y;

-- collapse
SELECT count(*) FILTER (WHERE ted_rows(collapse(j)) IS DISTINCT FROM
         (SELECT string_agg(label || '@' || extract(epoch FROM at), ',' ORDER BY at, label COLLATE "C")
          FROM (SELECT label, at, lag(label) OVER (ORDER BY at, label COLLATE "C") AS before FROM ted_event e WHERE e.key = t.key) x WHERE before IS DISTINCT FROM label)) AS wrong,
       count(*) FILTER (WHERE NOT ted_canonical(collapse(j))) AS not_canonical, count(*) FILTER (WHERE length(collapse(j)) < length(j)) > 100 AS some_shorter
FROM ted_journey t;

-- append one by one is the same as all at once, whatever the units, widths and number of labels;
-- what comes too early is moved
CREATE FUNCTION ted_appended(labels text[], times timestamptz[]) RETURNS journey LANGUAGE plpgsql AS $$
DECLARE
  j journey.journey := '{}';
BEGIN
  FOR i IN 1 .. coalesce(array_length(labels, 1), 0) LOOP
    j := journey.append(j, labels[i], times[i]);
    IF NOT ted_canonical(j) THEN RAISE EXCEPTION 'not canonical: %', j; END IF;
  END LOOP;
  RETURN j;
END $$;
CREATE FUNCTION ted_moved(times timestamptz[]) RETURNS timestamptz[] LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 2 .. coalesce(array_length(times, 1), 0) LOOP
    times[i] := greatest(times[i], times[i - 1] + interval '1 us');
  END LOOP;
  RETURN times;
END $$;
SELECT count(*) AS appended, count(*) FILTER (WHERE ted_appended(labels, times) <> journey(labels, ted_moved(times))) AS wrong
FROM (SELECT key, array_agg(label ORDER BY at, label) AS labels, array_agg(at ORDER BY at, label) AS times FROM ted_event GROUP BY key
      UNION ALL SELECT -key, array_agg(label ORDER BY label, at), array_agg(at ORDER BY label, at) FROM ted_event WHERE key % 50 > 0 GROUP BY key
      UNION ALL SELECT 0, array_agg('l' || i % 300 ORDER BY i), array_agg(timestamptz '2026-01-01' + i * i * interval '1 s' + CASE WHEN i > 800 THEN interval '1 ms' ELSE '0' END ORDER BY i) FROM generate_series(1, 1000) i) x;
-- no more labels than the dictionary can number
CREATE TABLE ted_full AS SELECT journey(array_agg('l' || i ORDER BY i), array_agg(timestamptz '2026-01-01' + i * interval '1 s' ORDER BY i)) AS j FROM generate_series(1, 65535) i;
SELECT length(a), current(a), ted_canonical(a) FROM ted_full, append(j, 'l7', '2026-02-01') a;
SELECT append(j, 'one more', '2026-02-01') FROM ted_full;
DROP TABLE ted_full;

DROP VIEW ted_sample;
DROP TABLE ted_event, ted_journey, ted_range;
DROP FUNCTION ted_rows, ted_canonical, ted_appended, ted_moved;
DROP TYPE ted_stage;
