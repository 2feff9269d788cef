-- Reading journeys: single facts, rows and periods.
SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
SET search_path = public, journey;

CREATE VIEW trd_sample AS SELECT '{lead@2026-01-01, mql@2026-01-03T12:00:00, lead@2026-01-05, lead@2026-01-06, won@2026-02-01}'::journey AS j;
SELECT length(j), current(j), started_at(j), updated_at(j) FROM trd_sample;
SELECT first_at(j, 'lead'), last_at(j, 'lead'), first_at(j, 'lost') IS NULL AS never, visits(j, 'lead') AS leads, visits(j, 'lost') AS lost FROM trd_sample;
SELECT stage_at(j, '2025-12-31 23:59:59.999999') IS NULL AS before, stage_at(j, '2026-01-01') AS at_start, stage_at(j, '2026-01-03 11:59:59.999999') AS just_before,
       stage_at(j, '2026-01-03 12:00') AS at_entry, stage_at(j, 'infinity') AS last, stage_at(j, '-infinity') IS NULL AS none FROM trd_sample;
SELECT time_in(j, 'lead', '2026-01-02') AS open, time_in(j, 'lead', '2026-01-10') AS twice, time_in(j, 'lead', '2026-03-01') AS left,
       time_in(j, 'lead', '2025-01-01') AS before, time_in(j, 'won', '2026-02-01') AS entering, time_in(j, 'lost', '2026-02-01') AS never FROM trd_sample;
SELECT s.* FROM trd_sample, stages(j, '2026-02-03 06:00') s;
SELECT s.* FROM trd_sample, stages(j, '2026-01-04') s;
SELECT s.* FROM trd_sample, stages(j, '2026-01-01') s;
SELECT s.* FROM trd_sample, stages(j, '2025-01-01') s;
SELECT s.* FROM trd_sample, stages(j) s;
SELECT e.* FROM trd_sample, events(j) e;
SELECT m.* FROM trd_sample, moves(j) m;
SELECT m.* FROM trd_sample, moves(collapse(j)) m;
SELECT periods(j, 'lead') AS lead, periods(j, 'won') AS open, periods(j, 'lost') AS never FROM trd_sample;
SELECT periods(j, 'lead', '2026-01-05 18:00') AS lead, periods(j, 'won', '2026-02-01') AS entering, periods(j, 'won', '2026-02-02') AS won FROM trd_sample;

-- nothing to read
SELECT length(j), current(j) IS NULL, started_at(j) IS NULL, updated_at(j) IS NULL, first_at(j, 'a') IS NULL, last_at(j, 'a') IS NULL, visits(j, 'a'),
       stage_at(j, 'infinity') IS NULL, time_in(j, 'a', '2026-01-01'), periods(j, 'a'), periods(j, 'a', '2026-01-01')
FROM (SELECT '{}'::journey) v(j);
SELECT count(*) FROM stages('{}'::journey), events('{}'::journey), moves('{}'::journey);
SELECT count(*) FROM moves('{a@2026-01-01}');
SELECT length(NULL::journey) IS NULL, current(NULL::journey) IS NULL, time_in('{a@2026-01-01}'::journey, NULL, '2026-01-01') IS NULL, periods('{a@2026-01-01}', 'a', NULL) IS NULL;
SELECT count(*) FROM (SELECT stages(NULL::journey)) x;
SELECT count(*) FROM stages('{a@2026-01-01}', NULL);
SELECT visits('{a@2026-01-01}', ''), visits('{a@2026-01-01}', repeat('a', 300)), first_at('{a@2026-01-01}', '') IS NULL;

-- as_of must be finite, except where nothing is measured
SELECT time_in('{a@2026-01-01}', 'a', 'infinity'::timestamptz);
SELECT time_in('{a@2026-01-01}', 'a', '-infinity'::timestamptz);
SELECT * FROM stages('{a@2026-01-01}', 'infinity');
SELECT periods('{a@2026-01-01}', 'a', 'infinity');

-- entries of one time: all but the last by label pass in no time
SELECT s.* FROM stages('{a@2026-01-01, c@2026-01-02, b@2026-01-02}', '2026-01-03') s;
SELECT stage_at('{a@2026-01-01, c@2026-01-02, b@2026-01-02}', '2026-01-02'), periods('{a@2026-01-01, c@2026-01-02, b@2026-01-02}', 'b'), current('{b@2026-01-02, c@2026-01-02}');

-- the whole range of times
SELECT time_in(j, 'a', '294276-12-31 23:59:59.999999'), (SELECT dwell FROM stages(j) LIMIT 1), periods(j, 'a')
FROM (SELECT '{a@-4713-11-24, b@294276-12-31T23:59:59.999999Z}'::journey) v(j);

-- names that PostgreSQL has too: both are found
SELECT length('{a@2026-01-01}'::text) AS text, length('{a@2026-01-01}'::journey) AS journey;

-- in the select list, and only as far as somebody asks
SELECT (stages(j)).label, (events(j)).at FROM trd_sample LIMIT 2;
SELECT stages(j, '2026-01-10') FROM trd_sample;

-- Oracles in plain SQL over the events of random journeys: ties, repeats, all units, many labels
SELECT setseed(0.1);
CREATE TABLE trd_event AS
SELECT DISTINCT key,
       CASE WHEN key % 50 = 0 THEN 'label ' || floor(random() * 400) ELSE chr(97 + floor(random() * 4)::int) END AS label,
       timestamptz '2026-01-01' + CASE key / 12 % 4
         WHEN 0 THEN floor(random() * 5) * interval '1 day'
         WHEN 1 THEN floor(random() * 1e6) * interval '1 s'
         WHEN 2 THEN floor(random() * 1e6) * interval '1 ms'
         ELSE (random() - 0.5) * interval '20 days' END AS at
FROM generate_series(1, 500) key,
     LATERAL generate_series(1, CASE WHEN key % 50 = 0 THEN 600 ELSE key % 12 END) i;
CREATE TABLE trd_ordered AS
SELECT key, label, at, n, lead(label) OVER w AS next_label, lead(at) OVER w AS next_at
FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY at, label COLLATE "C") AS n FROM trd_event) e
WINDOW w AS (PARTITION BY key ORDER BY n);
CREATE INDEX ON trd_ordered (key, n);
CREATE TABLE trd_journey AS
SELECT key, coalesce(journey_agg(label, at), '{}') AS j FROM generate_series(1, 500) key LEFT JOIN trd_event USING (key) GROUP BY key;
ANALYZE trd_ordered; ANALYZE trd_journey;

-- each journey read at the times of its own entries, a microsecond beside them, in between, and far off
CREATE TABLE trd_when AS
SELECT key, at FROM (
  SELECT key, at + d AS at FROM trd_ordered, unnest('{0,-1 us,1 us}'::interval[]) d WHERE n <= 20
  UNION ALL SELECT key, at + (next_at - at) / 2 FROM trd_ordered WHERE n <= 10 AND next_at IS NOT NULL
  UNION ALL SELECT key, timestamptz '2000-01-01' FROM trd_journey
  UNION ALL SELECT key, timestamptz '2030-01-01' FROM trd_journey) x
GROUP BY key, at;
SELECT count(*) > 5000 AS enough FROM trd_when;

SELECT count(*) AS length FROM trd_journey WHERE length(j) <> (SELECT count(*) FROM trd_event e WHERE e.key = trd_journey.key);
SELECT count(*) AS ends FROM trd_journey t
LEFT JOIN (SELECT DISTINCT ON (key) key, label AS current, at AS updated_at FROM trd_ordered ORDER BY key, n DESC) l USING (key)
LEFT JOIN (SELECT key, min(at) AS started_at FROM trd_event GROUP BY key) f USING (key)
WHERE current(j) IS DISTINCT FROM l.current OR updated_at(j) IS DISTINCT FROM l.updated_at OR started_at(j) IS DISTINCT FROM f.started_at;
SELECT count(*) > 2000 AS enough, count(*) FILTER (WHERE first_at(j, l.label) IS DISTINCT FROM e.first OR last_at(j, l.label) IS DISTINCT FROM e.last OR visits(j, l.label) <> coalesce(e.n, 0)) AS wrong
FROM trd_journey t CROSS JOIN (VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('label 7'), ('')) l(label)
LEFT JOIN (SELECT key, label, min(at) AS first, max(at) AS last, count(*) AS n FROM trd_event GROUP BY key, label) e ON e.key = t.key AND e.label = l.label;
SELECT count(*) FILTER (WHERE stage_at(j, at) IS DISTINCT FROM
  (SELECT label FROM trd_ordered o WHERE o.key = w.key AND o.at <= w.at ORDER BY n DESC LIMIT 1)) AS stage_at
FROM trd_when w JOIN trd_journey USING (key);
SELECT count(*) > 10000 AS enough, count(*) FILTER (WHERE time_in(j, l.label, w.at) IS DISTINCT FROM
  coalesce((SELECT sum(least(coalesce(o.next_at, w.at), w.at) - o.at) FROM trd_ordered o WHERE o.key = w.key AND o.label = l.label AND o.at <= w.at), '0')) AS time_in
FROM trd_when w JOIN trd_journey USING (key) CROSS JOIN (VALUES ('a'), ('b'), ('label 7')) l(label);
SELECT count(*) FILTER (WHERE periods(j, l.label, w.at) IS DISTINCT FROM
         coalesce((SELECT range_agg(tstzrange(o.at, least(coalesce(o.next_at, w.at), w.at))) FROM trd_ordered o WHERE o.key = w.key AND o.label = l.label AND o.at <= w.at), '{}')) AS periods
FROM trd_when w JOIN trd_journey USING (key) CROSS JOIN (VALUES ('a'), ('b'), ('label 7')) l(label);
SELECT count(*) FILTER (WHERE periods(j, l.label) IS DISTINCT FROM
         coalesce((SELECT range_agg(tstzrange(o.at, o.next_at)) FROM trd_ordered o WHERE o.key = t.key AND o.label = l.label), '{}')) AS open_periods
FROM trd_journey t CROSS JOIN (VALUES ('a'), ('b'), ('label 7')) l(label);

-- rows, with their order
SELECT count(*) > 5000 AS enough, count(*) FILTER (WHERE a.n IS NULL OR b.n IS NULL) AS events
FROM (SELECT key, e.* FROM trd_journey, events(j) WITH ORDINALITY e(label, at, n)) a FULL JOIN trd_ordered b USING (key, n, label, at);
SELECT count(*) FILTER (WHERE a.n IS NULL OR b.n IS NULL OR a.left_at IS DISTINCT FROM b.next_at OR a.dwell IS DISTINCT FROM b.next_at - b.at OR a.dwell::text IS DISTINCT FROM (b.next_at - b.at)::text) AS stages
FROM (SELECT key, s.* FROM trd_journey, stages(j) WITH ORDINALITY s(label, at, left_at, dwell, n)) a FULL JOIN trd_ordered b USING (key, n, label, at);
SELECT count(*) > 10000 AS enough,
       count(*) FILTER (WHERE a.n IS NULL OR b.n IS NULL OR a.left_at IS DISTINCT FROM CASE WHEN b.next_at <= b.as_of THEN b.next_at END
                           OR a.dwell IS DISTINCT FROM CASE WHEN b.next_at <= b.as_of THEN b.next_at ELSE b.as_of END - b.at) AS stages_as_of
FROM (SELECT key, w.at AS as_of, s.* FROM trd_when w JOIN trd_journey USING (key), stages(j, w.at) WITH ORDINALITY s(label, at, left_at, dwell, n)) a
FULL JOIN (SELECT o.*, w.at AS as_of FROM trd_when w JOIN trd_ordered o ON o.key = w.key AND o.at <= w.at) b USING (key, as_of, n, label, at);
SELECT count(*) FILTER (WHERE a.n IS NULL OR b.n IS NULL) AS moves
FROM (SELECT key, m.* FROM trd_journey, moves(j) WITH ORDINALITY m(label, next_label, next_at, after, n)) a
FULL JOIN (SELECT *, next_at - at AS after FROM trd_ordered WHERE next_at IS NOT NULL) b USING (key, n, label, next_label, next_at, after);

-- the dwells of all stages add up to the time since the start, and to time_in of all labels
SELECT count(*) AS wrong FROM trd_journey WHERE length(j) > 0 AND
  ((SELECT sum(dwell) FROM stages(j, '2030-01-01')) IS DISTINCT FROM '2030-01-01' - started_at(j) OR
   (SELECT sum(time_in(j, l, '2030-01-01')) FROM (SELECT DISTINCT label FROM events(j)) d(l)) IS DISTINCT FROM '2030-01-01' - started_at(j));

DROP VIEW trd_sample;
DROP TABLE trd_event, trd_ordered, trd_journey, trd_when;
