-- conversion over a table: cohort, snapshot and flow, strict and implied, against plain SQL
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';

-- random journeys: loops, skips, moves back, ties, other labels, across the change of clocks of 29 March (Berlin), into
-- the future of as_of; the stage order is not the one the data follow
SELECT setseed(0.7);
CREATE TABLE "Odd ""Table" AS
SELECT id, (ARRAY['web', 'fair', 'o''brien', NULL])[1 + id % 4] AS "so urce", CASE WHEN id % 40 <> 0 THEN journey(labels, times) END AS "the Journey"
FROM (
    SELECT id, coalesce(array_agg((ARRAY['new one', 'b', '"c"', 'd', 'lost', 'd'])[1 + floor(random() * 6)::int]) FILTER (WHERE n <= size), '{}') AS labels,
           coalesce(array_agg(timestamptz '2026-02-27 00:00Z' + floor(random() * 315) * interval '7 hours') FILTER (WHERE n <= size), '{}') AS times
    FROM (SELECT id, n, (id * 5) % 9 AS size FROM generate_series(1, 250) id, generate_series(1, 8) n) s
    GROUP BY id
) r;
\set steps '''{new one,"\\"c\\"",b,d}'''
CREATE TABLE conversion_event AS
SELECT t.id, t."so urce" AS source, e.label, e.at, e.place, array_position(:steps::text[], e.label) AS k
FROM "Odd ""Table" t, events(t."the Journey") WITH ORDINALITY e (label, at, place)
WHERE e.at <= '2026-05-10 12:00Z';
CREATE INDEX ON conversion_event (id);
ANALYZE conversion_event;

CREATE FUNCTION conversion_recount(kind text, implied bool, tz text)
RETURNS TABLE (month text, source text, step int, entered bigint, converted bigint) LANGUAGE sql AS $$
    WITH entry AS (
        SELECT e.id, e.source, s.step, min(e.at) AS at FROM conversion_event e, generate_series(1, 4) s (step)
        WHERE e.k = s.step OR implied AND e.k > s.step GROUP BY 1, 2, 3),
    cohort AS (
        SELECT to_char(e.at AT TIME ZONE tz, 'YYYY-MM') AS month, e.source, e.step, count(*) AS entered,
               count(*) FILTER (WHERE EXISTS (SELECT FROM conversion_event l WHERE l.id = e.id AND l.at >= e.at
                                              AND (l.k = e.step + 1 OR implied AND l.k > e.step))) AS converted
        FROM entry e WHERE e.step < 4 GROUP BY 1, 2, 3),
    move AS (
        SELECT id, source, to_char(at AT TIME ZONE tz, 'YYYY-MM') AS month, k, lag(k) OVER (PARTITION BY id ORDER BY place) AS before,
               label, lag(label) OVER (PARTITION BY id ORDER BY place) AS label_before
        FROM conversion_event),
    flow AS (
        SELECT month, source, before AS step, count(*) AS entered, count(*) FILTER (WHERE k = before + 1) AS converted
        FROM move WHERE before < 4 AND label <> label_before AND NOT implied GROUP BY 1, 2, 3
        UNION ALL
        SELECT month, source, s.step, count(*), count(*) FILTER (WHERE coalesce(k, 0) > s.step)
        FROM move, generate_series(1, 3) s (step)
        WHERE implied AND (coalesce(before, 0) <= s.step AND k > s.step OR before = s.step AND coalesce(k, 0) < s.step) GROUP BY 1, 2, 3),
    month AS (SELECT generate_series(timestamp '2026-02-01', '2026-05-01', '1 month') AS day),
    place AS (
        SELECT DISTINCT ON (m.day, e.id) to_char(m.day, 'YYYY-MM') AS month, e.id, e.source, e.k
        FROM month m JOIN conversion_event e ON e.at < (m.day + interval '1 month') AT TIME ZONE tz
        ORDER BY m.day, e.id, e.place DESC),
    snapshot AS (
        SELECT month, source, s.step, count(*) FILTER (WHERE k = s.step OR implied AND k > s.step) AS entered,
               count(*) FILTER (WHERE k = s.step + 1 OR implied AND k > s.step + 1) AS converted
        FROM place, generate_series(1, 3) s (step) GROUP BY 1, 2, 3)
    SELECT * FROM cohort WHERE kind = 'cohort' UNION ALL SELECT * FROM flow WHERE kind = 'flow' UNION ALL SELECT * FROM snapshot WHERE kind = 'snapshot' $$;

SELECT v.kind, v.reach, z.tz, count(*) AS rows, sum(x.entered) AS entered, sum(x.converted) AS converted,
       sum(x.entered) FILTER (WHERE x.month = '2026-04') AS april,
       count(*) FILTER (WHERE (coalesce(x.entered, 0), coalesce(x.converted, 0)) IS DISTINCT FROM (y.entered, y.converted)) AS wrong
FROM (VALUES ('cohort', 'strict'), ('cohort', 'implied'), ('flow', 'strict'), ('flow', 'implied'), ('snapshot', 'strict'), ('snapshot', 'implied')) v (kind, reach),
     (VALUES ('UTC'), ('Europe/Berlin'), ('America/St_Johns')) z (tz),
     LATERAL (SELECT * FROM conversion_recount(v.kind, v.reach = 'implied', z.tz)) x
     FULL JOIN LATERAL (SELECT to_char(c.period_from AT TIME ZONE z.tz, 'YYYY-MM') AS month, c.dimension AS source, c.step, c.entered, c.converted
           FROM conversion('"Odd ""Table"', v.kind, :steps, v.reach, 'so urce', 'month', tz => z.tz, as_of => '2026-05-10 12:00Z') c) y
     ON (x.month, coalesce(x.source, '-'), x.step) = (y.month, coalesce(y.source, '-'), y.step)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- limits in time: since is inclusive, until is not; they cut the first and the last period
SELECT v.kind, v.reach, sum(c.entered) AS entered, sum(c.converted) AS converted, min(c.period_from), max(c.period_to)
FROM (VALUES ('cohort', 'strict'), ('cohort', 'implied'), ('flow', 'implied')) v (kind, reach),
     conversion('"Odd ""Table"', v.kind, :steps, v.reach, period => 'week', since => '2026-03-05 01:00Z', until => '2026-03-20 02:00Z', as_of => '2026-05-10 12:00Z') c
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT 'cohort' AS kind, 'strict' AS reach, count(*) AS entered, count(*) FILTER (WHERE done) AS converted
FROM (SELECT f.at, EXISTS (SELECT FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.k = f.k + 1) AS done
      FROM (SELECT id, k, min(at) AS at FROM conversion_event WHERE k < 4 GROUP BY 1, 2) f) x
WHERE at >= '2026-03-05 01:00Z' AND at < '2026-03-20 02:00Z';
-- weeks begin on Monday by local time, days have 23 and 25 hours when clocks change, and empty ones are rows
CREATE VIEW conversion_sparse AS
SELECT 'x' AS k, j FROM (VALUES ('{a@2026-03-27 22:59Z, b@2026-03-29 21:59Z}'::journey), ('{a@2026-03-29 22:00Z}'), ('{a@2026-10-24 22:00Z}'), ('{a@2026-10-25 22:59:59Z}')) v (j);
SELECT period_from, period_to, entered, converted, rate, low IS NULL AS no_interval, maturity
FROM conversion('conversion_sparse', 'cohort', '{a,b}', period => 'day', tz => 'Europe/Berlin', until => '2026-03-31 22:00Z', as_of => '2027-01-01Z');
SELECT period_from, period_to, entered FROM conversion('conversion_sparse', 'cohort', '{a,b}', period => 'day', tz => 'Europe/Berlin', since => '2026-10-24 00:00Z', as_of => '2027-01-01Z');
SELECT period, count(*), sum(entered) FROM (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) p (period), conversion('conversion_sparse', 'cohort', '{a,b}', period => period, as_of => '2027-01-01Z') GROUP BY period ORDER BY 2 DESC;
-- nobody: a row with nulls, never NaN; the future has no periods, infinite limits are none
SELECT kind, entered, converted, rate, low, high, age, maturity, mature, expected FROM (VALUES ('cohort'), ('flow'), ('snapshot')) v (k), conversion('conversion_sparse', v.k, '{nobody,b}', 'strict', as_of => '2026-12-01Z') ORDER BY kind;
SELECT v.k, count(c) FROM (VALUES ('cohort'), ('flow'), ('snapshot')) v (k) LEFT JOIN conversion('conversion_sparse', v.k, '{a,b}', period => 'month', since => '2030-01-01Z', as_of => '2026-12-01Z') c ON true GROUP BY 1 ORDER BY 1;
SELECT entered, converted FROM conversion('conversion_sparse', 'cohort', '{a,b}', since => '-infinity', until => 'infinity', as_of => '2026-12-01Z');
SELECT entered, rate FROM conversion('conversion_sparse', 'cohort', '{a,b}', as_of => '2020-01-01Z');
SELECT entered, rate FROM conversion('conversion_sparse', 'cohort', '{a,b}', since => '2031-01-01Z');
SELECT count(*) FROM conversion('conversion_sparse', 'cohort', '{a,b}', 'strict', 'k', 'month', as_of => '2020-01-01Z');
CREATE TABLE conversion_empty (source text, j journey);
SELECT kind, entered, rate FROM (VALUES ('cohort'), ('flow'), ('snapshot')) v (k), conversion('conversion_empty', v.k, '{a,b}') ORDER BY kind;
SELECT count(*) FROM conversion('conversion_empty', 'snapshot', '{a,b}', 'strict', 'source', 'month');

-- the interval of a ratio of stocks: 30 and 60 of Poisson stocks, the odds of Wilson's limits of 60 of 90 (by hand 2/3: 0.5643, 0.7554)
CREATE TEMP VIEW conversion_stock AS SELECT (CASE WHEN i <= 30 THEN '{a@2023-01-01}' ELSE '{b@2023-01-01}' END)::journey AS j FROM generate_series(1, 90) i;
SELECT entered, converted, rate, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high FROM conversion('conversion_stock', 'snapshot', '{a,b}', 'strict');
SELECT round((low / (1 - low))::numeric, 3) AS low, round((high / (1 - high))::numeric, 3) AS high FROM wilson(60, 90);

-- target: from every step to one; within: in so long
SELECT step, from_stage, to_stage, entered, converted FROM conversion('"Odd ""Table"', 'cohort', :steps, 'strict', target => 'd', as_of => '2026-05-10 12:00Z');
SELECT f.k AS step, count(*) AS entered, count(*) FILTER (WHERE EXISTS (SELECT FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.k = 4)) AS converted
FROM (SELECT id, k, min(at) AS at FROM conversion_event WHERE k < 4 GROUP BY 1, 2) f GROUP BY 1 ORDER BY 1;
SELECT step, entered, converted FROM conversion('"Odd ""Table"', 'cohort', :steps, 'strict', within => '10 days', as_of => '2026-05-10 12:00Z');
SELECT f.k AS step, count(*) AS entered, count(*) FILTER (WHERE EXISTS (SELECT FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.at <= f.at + interval '10 days' AND l.k = f.k + 1)) AS converted
FROM (SELECT id, k, min(at) AS at FROM conversion_event WHERE k < 4 GROUP BY 1, 2) f GROUP BY 1 ORDER BY 1;

-- maturity and expected rates against the product-limit estimate, entrant by entrant
CREATE TABLE conversion_watched AS
SELECT f.step, f.at, extract(epoch FROM timestamptz '2026-05-10 12:00Z' - f.at) AS age,
       extract(epoch FROM (SELECT min(l.at) FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.k = f.step + 1) - f.at) AS took
FROM (SELECT id, k AS step, min(at) AS at FROM conversion_event WHERE k < 4 GROUP BY 1, 2) f;
CREATE FUNCTION conversion_kaplan_meier(which int, until numeric) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE s numeric := 1; t record;
BEGIN
    FOR t IN SELECT w.took, count(*)::numeric AS d FROM conversion_watched w WHERE w.step = which AND w.took <= until GROUP BY 1 ORDER BY 1 LOOP
        s := s * (1 - t.d / (SELECT count(*) FROM conversion_watched w WHERE w.step = which AND coalesce(w.took, w.age) >= t.took));
    END LOOP;
    RETURN 1 - s;
END $$;
WITH horizon AS (
    SELECT w.step, max(w.age) AS t FROM conversion_watched w
    WHERE (SELECT count(*) FROM conversion_watched o WHERE o.step = w.step AND o.age >= w.age) >= 0.05 * (SELECT count(*) FROM conversion_watched o WHERE o.step = w.step)
    GROUP BY 1),
share AS (SELECT w.*, conversion_kaplan_meier(w.step, least(w.age, h.t)) AS now, conversion_kaplan_meier(w.step, h.t) AS finally FROM conversion_watched w JOIN horizon h USING (step)),
recount AS (
    SELECT step, date_trunc('month', at) AS month, avg(least(now, finally)) / max(finally) AS maturity,
           (count(took) + sum(CASE WHEN took IS NULL AND now < finally THEN (finally - now) / (1 - now) ELSE 0 END)) / count(*) AS expected
    FROM share GROUP BY 1, 2)
SELECT c.period_from::date AS month, c.step, round(c.maturity::numeric, 6) AS maturity, round(r.maturity, 6) AS recount, c.mature,
       round(c.rate::numeric, 3) AS rate, round(c.expected::numeric, 6) AS expected, round(r.expected, 6) AS recount, c.age
FROM conversion('"Odd ""Table"', 'cohort', :steps, 'strict', period => 'month', as_of => '2026-05-10 12:00Z') c
JOIN recount r ON r.step = c.step AND r.month = c.period_from ORDER BY 1, 2;
-- what nobody ever did has no maturity; what is complete is mature
SELECT rate, maturity, mature, expected FROM conversion('conversion_sparse', 'cohort', '{b,a}', 'strict', as_of => '2027-01-01Z');
SELECT rate, maturity, mature, expected FROM conversion('conversion_sparse', 'cohort', '{a,b}', until => '2026-03-28Z', as_of => '2027-01-01Z');

-- a tracked table: its steps are known; a snapshot rebuilt from journeys is the live table; what entered and did not leave is inside
CREATE TYPE conversion_stage AS ENUM ('lead', 'mql', 'sql', 'customer', 'lost');
CREATE TABLE conversion_lead (id int PRIMARY KEY, stage conversion_stage, at timestamptz);
SELECT count(*) > 0 AS tracked FROM track('conversion_lead', 'stage', 'new -> *; * -> *; at = at', views => false);
SELECT setseed(0.2);
INSERT INTO conversion_lead SELECT i, (enum_range(NULL::conversion_stage))[1 + floor(random() * 2)::int], timestamptz '2023-01-01Z' + random() * interval '20 days' FROM generate_series(1, 300) i;
UPDATE conversion_lead SET stage = (enum_range(NULL::conversion_stage))[1 + floor(random() * 5)::int], at = at + random() * interval '20 days';
UPDATE conversion_lead SET stage = (enum_range(NULL::conversion_stage))[1 + floor(random() * 5)::int], at = at + random() * interval '20 days' WHERE id % 3 > 0;
SELECT c.step, c.from_stage, c.to_stage, c.entered - (SELECT count(*) FROM conversion_lead WHERE stage::text = c.from_stage) AS off, c.converted - (SELECT count(*) FROM conversion_lead WHERE stage::text = c.to_stage) AS off_to
FROM conversion('conversion_lead', 'snapshot', reach => 'strict') c;
SELECT c.step, c.entered - (SELECT count(*) FROM conversion_lead WHERE stage >= c.from_stage::conversion_stage AND stage <> 'lost') AS off FROM conversion('conversion_lead', 'snapshot') c;
WITH t (at) AS (SELECT generate_series(timestamptz '2023-01-05Z', '2023-03-05Z', '10 days'))
SELECT count(*) AS checked, count(*) FILTER (WHERE s.converted - (SELECT count(*) FROM conversion_lead l, events(l.journey) e WHERE e.label = s.to_stage AND e.at <= t.at
        AND e.label IS DISTINCT FROM stage_at(l.journey, e.at - interval '1 microsecond')) + coalesce(f.entered, 0) <> 0) AS wrong
FROM t, LATERAL conversion('conversion_lead', 'snapshot', reach => 'strict', as_of => t.at) s
LEFT JOIN LATERAL conversion('conversion_lead', 'flow', '{mql,sql,customer,lost}', 'strict', as_of => t.at) f ON f.from_stage = s.to_stage
WHERE s.to_stage <> 'customer';
-- up over a step less down over it is who is beyond it, period by period (implied)
WITH s AS (SELECT step, period_from, converted - lag(converted, 1, 0::bigint) OVER (PARTITION BY step ORDER BY period_from) AS more FROM conversion('conversion_lead', 'snapshot', period => 'week', as_of => '2023-04-01Z')),
     up AS (SELECT step, period_from, converted FROM conversion('conversion_lead', 'flow', period => 'week', as_of => '2023-04-01Z')),
     down AS (SELECT s.step, date_trunc('week', e.at) AS week, count(*) AS n
              FROM conversion_lead l, events(l.journey) WITH ORDINALITY e (label, at, place), generate_series(1, 3) s (step),
                   LATERAL (SELECT array_position('{lead,mql,sql,customer}', e.label) AS k, array_position('{lead,mql,sql,customer}', stage_at(l.journey, e.at - interval '1 microsecond')) AS before) p
              WHERE coalesce(p.k, 0) <= s.step AND p.before > s.step GROUP BY 1, 2)
SELECT count(*) AS checked, count(*) FILTER (WHERE s.more <> up.converted - coalesce(d.n, 0)) AS wrong
FROM s JOIN up USING (step, period_from) LEFT JOIN down d ON d.step = s.step AND d.week = s.period_from;

-- refused
\set SHOW_CONTEXT never
SELECT * FROM conversion('conversion_lead', 'funnel');
SELECT * FROM conversion('conversion_lead', NULL);
SELECT * FROM conversion(NULL, 'cohort');
SELECT * FROM conversion('conversion_lead', 'cohort', '{lead,sql,qualified}');
SELECT * FROM conversion('conversion_lead', 'cohort', '{lead}');
SELECT * FROM conversion('conversion_lead', 'cohort', '{lead,NULL}');
SELECT * FROM conversion('conversion_lead', 'cohort', reach => 'ever');
SELECT * FROM conversion('conversion_lead', 'cohort', target => 'lost');
SELECT * FROM conversion('conversion_lead', 'flow', target => 'sql');
SELECT * FROM conversion('conversion_lead', 'flow', within => '1 day');
SELECT * FROM conversion('conversion_lead', 'snapshot', within => '1 day');
SELECT * FROM conversion('conversion_lead', 'cohort', within => '-1 day');
SELECT * FROM conversion('conversion_lead', 'cohort', dimension => 'owner');
SELECT * FROM conversion('conversion_lead', 'cohort', dimension => 'id; DROP TABLE conversion_lead');
SELECT * FROM conversion('conversion_lead', 'cohort', period => 'fortnight');
SELECT * FROM conversion('conversion_lead', 'cohort', tz => 'Mars/Olympus');
SELECT * FROM conversion('conversion_lead', 'cohort', tz => NULL);
SELECT * FROM conversion('conversion_lead', 'cohort', since => '2026-02-01Z', until => '2026-02-01Z');
SELECT * FROM conversion('conversion_lead', 'cohort', as_of => 'infinity');
SELECT * FROM conversion('conversion_lead', 'cohort', level => 1);
SELECT * FROM conversion('conversion_lead', 'cohort', journey_column => 'stage');
SELECT * FROM conversion('conversion_lead', 'cohort', journey_column => 'no');
SELECT * FROM conversion('conversion_sparse', 'cohort');
SELECT * FROM conversion('conversion_event', 'cohort', '{a,b}');
SELECT * FROM conversion('conversion_lead_pkey', 'cohort', '{a,b}');
ALTER TABLE conversion_empty ADD other journey;
SELECT * FROM conversion('conversion_empty', 'cohort', '{a,b}');
SELECT entered FROM conversion('conversion_empty', 'cohort', '{a,b}', journey_column => 'other');

-- row level security and the rights of the caller hold
CREATE ROLE conversion_reader;
GRANT SELECT ON conversion_lead TO conversion_reader;
SET ROLE conversion_reader;
SELECT entered > 200 AS all_of_them FROM conversion('conversion_lead', 'cohort') LIMIT 1;
SELECT * FROM conversion('"Odd ""Table"', 'cohort', '{a,b}');
RESET ROLE;
ALTER TABLE conversion_lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON conversion_lead USING (id <= 10);
SET ROLE conversion_reader;
SELECT entered FROM conversion('conversion_lead', 'cohort') LIMIT 1;
SELECT sum(entered) FROM conversion('conversion_lead', 'snapshot', '{lead,lost}', 'strict');
RESET ROLE;
ALTER TABLE conversion_lead DISABLE ROW LEVEL SECURITY;

-- customers by two definitions, side by side
SELECT dimension, entered, early, early_customers, late, late_customers FROM customer_from('"Odd ""Table"', '"c"', 'd', :steps, 'strict', 'so urce', as_of => '2026-05-10 12:00Z') ORDER BY dimension;
SELECT f.source, count(*) AS entered,
       count(*) FILTER (WHERE EXISTS (SELECT FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.k = 2)) AS early,
       count(*) FILTER (WHERE EXISTS (SELECT FROM conversion_event l WHERE l.id = f.id AND l.at >= f.at AND l.k = 4)) AS late
FROM (SELECT id, source, min(at) AS at FROM conversion_event WHERE k = 1 GROUP BY 1, 2) f GROUP BY 1 ORDER BY 1;
SELECT count(*), bool_and(early_customers >= late_customers) AS earlier_is_more FROM customer_from('"Odd ""Table"', 'b', 'd', :steps, period => 'month', as_of => '2026-05-10 12:00Z');
SELECT * FROM customer_from('conversion_lead', 'mql', NULL);
SELECT * FROM customer_from('conversion_lead', 'mql', 'lost');

-- quality and those who never qualify; the estimate against the product-limit by hand:
-- 10 leads, conversions after 1, 2 and 5 days, watched 3 days (2 leads), 10 days (5 leads)
CREATE TABLE conversion_quality (j journey);
INSERT INTO conversion_quality
SELECT journey(ARRAY['lead'] || CASE WHEN d IS NULL THEN '{}' ELSE '{mql}'::text[] END, ARRAY[at] || CASE WHEN d IS NULL THEN '{}' ELSE ARRAY[at + d * interval '1 day'] END)
FROM (VALUES ('2026-01-01Z'::timestamptz, 1), ('2026-01-01Z', 2), ('2026-01-01Z', 5), ('2026-01-08Z', NULL), ('2026-01-08Z', NULL),
             ('2026-01-01Z', NULL), ('2026-01-01Z', NULL), ('2026-01-01Z', NULL), ('2026-01-01Z', NULL), ('2026-01-01Z', NULL)) v (at, d);
SELECT leads, qualified, rate, band, round(never::numeric, 6) AS never, round(never_low::numeric, 4) AS low, round(never_high::numeric, 4) AS high, never_band, horizon
FROM quality('conversion_quality', 'mql', steps => '{lead,mql}', as_of => '2026-01-11Z');
-- S = 9/10 * 8/9 * 5/6; Greenwood; the effective number
SELECT round(s, 6) AS never, round(v.low::numeric, 4) AS low, round(v.high::numeric, 4) AS high
FROM (SELECT 0.9 * 8 / 9 * 5 / 6 AS s, 1.0 / 90 + 1.0 / 72 + 1.0 / 30 AS g) x, wilson(s * (1 - s) / (s * s * g) * s, (1 - s) / (s * g)) v;
-- without censoring it is the plain share with its Wilson interval
SELECT round(q.never::numeric, 9) = round(1 - q.rate::numeric, 9) AS same, round(q.never_low::numeric, 9) = round(1 - q.high::numeric, 9) AS low, round(q.never_high::numeric, 9) = round(1 - q.low::numeric, 9) AS high
FROM quality('conversion_quality', 'mql', steps => '{lead,mql}', until => '2026-01-05Z', as_of => '2026-01-11Z') q;
SELECT dimension, leads, qualified, round(rate::numeric, 3) AS rate, band FROM quality('"Odd ""Table"', 'b', steps => :steps, reach => 'strict', dimension => 'so urce', as_of => '2026-05-10 12:00Z');
SELECT leads, qualified, rate, band, never, never_band, horizon FROM quality('conversion_empty', 'b', steps => '{a,b}', journey_column => 'j');
SELECT period_from, leads, qualified, never FROM quality('conversion_sparse', 'b', steps => '{a,b}', period => 'quarter', as_of => '2027-01-01Z');
SELECT * FROM quality('conversion_lead', 'lead');
SELECT * FROM quality('conversion_lead', 'mql', 'sql');
SELECT * FROM quality('conversion_lead', 'mql', 'nothing');
SELECT * FROM quality('conversion_lead', NULL);
SELECT band(0.14, NULL, NULL, 0.12, 0.16), band(0.1, 0.05, 0.13, 0.12, 0.16), band(0.1, 0.05, 0.11, 0.12, 0.16), band(0.5, 0.2, 0.8, NULL, 0.16), band(3, NULL, NULL, 3, NULL), band(NULL, 0, 1, 0, 1), band(1, 0, 1, NULL, NULL);

-- growth
SELECT period_from::date, complete, dimension, entered, before, change, round(growth::numeric, 3) AS growth, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high, round(multiple::numeric, 3) AS multiple
FROM growth('"Odd ""Table"', 'b', steps => :steps, reach => 'strict', dimension => 'so urce', as_of => '2026-05-10 12:00Z') WHERE dimension = 'web' ORDER BY 1;
SELECT to_char(at, 'YYYY-MM') AS month, count(*) FROM (SELECT min(at) AS at FROM conversion_event WHERE label = 'b' AND source = 'web' GROUP BY id) f GROUP BY 1 ORDER BY 1;
SELECT sum(entered) FROM growth('"Odd ""Table"', '"c"', 'week', :steps, as_of => '2026-05-10 12:00Z');
SELECT count(DISTINCT id) FROM conversion_event WHERE k >= 2;
SELECT period_from, complete, entered, growth FROM growth('conversion_sparse', 'b', 'quarter', '{a,b}', since => '2026-02-01Z', until => '2026-11-01Z', as_of => '2027-01-01Z');
SELECT * FROM growth('conversion_lead', 'lost');
SELECT * FROM growth('conversion_lead', 'mql', NULL);
SELECT * FROM growth('conversion_lead', 'mql', 'hour');

SELECT count(*) > 0 AS untracked FROM untrack('conversion_lead');
DROP FUNCTION conversion_recount, conversion_kaplan_meier;
DROP VIEW conversion_sparse, conversion_stock;
DROP TABLE "Odd ""Table", conversion_event, conversion_empty, conversion_watched, conversion_lead, conversion_quality;
DROP TYPE conversion_stage;
DROP ROLE conversion_reader;
