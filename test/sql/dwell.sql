-- dwell: stays of journeys, their times, moves, and how long steps of a funnel take
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET search_path = public, journey;
\pset format unaligned
\pset null (null)

CREATE FUNCTION dw_refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    r text;
BEGIN
    EXECUTE 'SELECT (' || statement || ')::text' INTO r;
    RETURN r;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' / ', SQLSTATE || ': ' || SQLERRM, NULLIF(d, ''));
END
$$;

-- ------------------------------------------------------------ by hand

\set j '{lead@2026-01-01, lead@2026-01-03, mql@2026-01-05, lead@2026-01-07, won@2026-01-09}'
SELECT * FROM spells(:'j', '2026-01-20');
-- as of an earlier time, what came later is not known
SELECT * FROM spells(:'j', '2026-01-08 12:00');
SELECT * FROM dwell(:'j', '2026-01-08');
-- Thursday, Friday; Monday, Tuesday; ...
SELECT * FROM dwell(:'j', '2026-01-20', '{"zone": "UTC", "week": {"mon-fri": ["09:00-17:00"]}}');
SELECT n, label, dwell FROM spells(:'j', '2026-01-20', '{"zone": "UTC", "week": {"mon-fri": ["09:00-17:00"]}}');
SELECT count(*) AS before_it_began FROM spells(:'j', '2025-12-31'); 
SELECT count(*) AS of_nothing FROM dwell('{}', '2026-01-01');
SELECT count(*) AS of_null FROM dwell(NULL, '2026-01-01');
SELECT count(*) AS without_calendar FROM spells(:'j', '2026-01-20', NULL);
-- labels at one time: the order of the journey is that of the labels, and stays of no time are stays
SELECT n, label, dwell, open FROM spells('{b@2026-01-01, a@2026-01-01, c@2026-01-01, a@2026-01-02}', '2026-01-02');
-- forward over mql; back; lost stands aside
SELECT * FROM move_counts('{lead@2026-01-01, lead@2026-01-03, sql@2026-01-05, lead@2026-01-07, lost@2026-01-08, won@2026-01-09}', '{lead,mql,sql,won}');
SELECT * FROM move_counts('{}', '{lead,mql,sql,won}') UNION ALL SELECT * FROM move_counts('{a@2026-01-01,b@2026-01-02}', '{}');
CREATE TYPE dw_stage AS ENUM ('lead', 'on_hold', 'mql', 'sql', 'won', 'lost');
SELECT stage_order('dw_stage'), stage_order(NULL) AS none;
SELECT m.* FROM move_counts('{lead@2026-01-01, sql@2026-01-02, on_hold@2026-01-03, sql@2026-01-04, lead@2026-01-05, lost@2026-01-06}', stage_order('dw_stage')) m;
-- 30 open, a quarter is won, 1000 each, 40 days
SELECT velocity(30, 0.25, 1000, '40 days') AS per_day, velocity(30, 0.25, 1000, '0') AS no_time, velocity(30, 0.25, 1000, '-1 day') AS negative, velocity(30, NULL, 1000, '1 day') AS none;

-- ------------------------------------------------------------ random journeys, with loops and ties, against plain SQL

SELECT setseed(0.37);
CREATE TABLE dw_entries AS
SELECT DISTINCT k, label, at FROM (
    SELECT k, (ARRAY['lead', 'mql', 'sql', 'won', 'lost'])[1 + floor(random() * 5)::int] AS label,
           -- few days, so that many are equal
           timestamptz '2026-01-01' + floor(random() * 40) * interval '1 day' + CASE WHEN random() < 0.3 THEN random() * interval '1 day' ELSE '0' END AS at
    FROM generate_series(1, 400) k, generate_series(1, 1 + (k * 7) % 13)) e;
CREATE TABLE dw_journeys AS SELECT k, journey_agg(label, at) AS j FROM dw_entries GROUP BY k;
\set as_of '2026-02-03 07:00:00+00'
CREATE TABLE dw_spells AS
SELECT k, row_number() OVER (PARTITION BY k ORDER BY min(at), min(label COLLATE "C")) AS n, label, min(at) AS entered_at, g
FROM (SELECT *, count(*) FILTER (WHERE news) OVER (PARTITION BY k ORDER BY at, label COLLATE "C") AS g
      FROM (SELECT *, label IS DISTINCT FROM lag(label) OVER (PARTITION BY k ORDER BY at, label COLLATE "C") AS news FROM dw_entries WHERE at <= :'as_of') s) t
GROUP BY k, g, label;
ALTER TABLE dw_spells ADD left_at timestamptz;
UPDATE dw_spells s SET left_at = n.entered_at FROM dw_spells n WHERE n.k = s.k AND n.g = s.g + 1;
SELECT count(*) AS spells, count(*) FILTER (WHERE left_at = entered_at) > 20 AS of_no_time, count(*) FILTER (WHERE left_at IS NULL) AS open FROM dw_spells;
SELECT count(*) AS different FROM (
    (SELECT k, s.g, label, entered_at, left_at, COALESCE(left_at, :'as_of') - entered_at, left_at IS NULL FROM dw_spells s
     EXCEPT ALL SELECT k, s.n, s.label, s.entered_at, s.left_at, s.dwell, s.open FROM dw_journeys, spells(j, :'as_of') s)
    UNION ALL
    (SELECT k, s.n, s.label, s.entered_at, s.left_at, s.dwell, s.open FROM dw_journeys, spells(j, :'as_of') s
     EXCEPT ALL SELECT k, s.g, label, entered_at, left_at, COALESCE(left_at, :'as_of') - entered_at, left_at IS NULL FROM dw_spells s)) d;
CREATE TABLE dw_dwell AS
SELECT k, label, count(*)::int AS spells, (array_agg(d ORDER BY g))[1] AS first, (array_agg(d ORDER BY g DESC))[1] AS latest, sum(d) AS total, bool_or(open) AS open, max(d) FILTER (WHERE open) AS open_dwell
FROM (SELECT *, COALESCE(left_at, :'as_of') - entered_at AS d, left_at IS NULL AS open FROM dw_spells) s GROUP BY k, label;
SELECT count(*) AS stages, count(*) FILTER (WHERE spells > 1) > 100 AS loops FROM dw_dwell;
SELECT count(*) AS different FROM dw_dwell o FULL JOIN (SELECT k, d.* FROM dw_journeys, dwell(j, :'as_of') d) d USING (k, label)
WHERE (o.spells, o.first, o.latest, o.total, o.open, o.open_dwell) IS DISTINCT FROM (d.spells, d.first_dwell, d.latest_dwell, d.total_dwell, d.open, d.open_dwell);
-- business time: that of each spell
SELECT count(*) > 400 AS some, count(*) FILTER (WHERE s.dwell IS DISTINCT FROM business_time(s.entered_at, COALESCE(s.left_at, :'as_of'), c)) AS different
FROM dw_journeys, (SELECT '{"zone": "Europe/Berlin", "week": {"mon-thu": ["09:00-12:00", "13:00-17:00"]}, "holidays": {"2026-01-06": []}}'::calendar) c (c), spells(j, :'as_of', c) s;
SELECT count(*) > 400 AS some, count(*) FILTER (WHERE d.total_dwell IS DISTINCT FROM s.total) AS different
FROM dw_journeys, (SELECT '{"zone": "Europe/Berlin", "week": {"mon-thu": ["09:00-12:00", "13:00-17:00"]}}'::calendar) c (c), dwell(j, :'as_of', c) d,
    LATERAL (SELECT sum(s.dwell) AS total FROM spells(j, :'as_of', c) s WHERE s.label = d.label) s;

-- dwell sums to the lifetime, in wall and in business time
SELECT count(*) AS journeys,
       count(*) FILTER (WHERE (SELECT sum(d.total_dwell) FROM dwell(j, :'as_of') d) IS DISTINCT FROM :'as_of' - started_at(j)) AS wrong,
       count(*) FILTER (WHERE (SELECT sum(d.total_dwell) FROM dwell(j, :'as_of', c) d) IS DISTINCT FROM business_time(started_at(j), :'as_of', c)) AS wrong_hours
FROM dw_journeys, (SELECT '{"zone": "America/New_York", "week": {"mon-sat": ["08:30-20:00"]}}'::calendar) c (c) WHERE started_at(j) <= :'as_of';
-- entered - left = inside, at any time
SELECT count(*) AS points, count(*) FILTER (WHERE entered - left_ <> inside) AS wrong
FROM (SELECT t, l, (SELECT count(*) FROM dw_journeys, spells(j, '2026-03-01') s WHERE s.label = l AND s.entered_at <= t) AS entered,
             (SELECT count(*) FROM dw_journeys, spells(j, '2026-03-01') s WHERE s.label = l AND s.left_at <= t) AS left_,
             (SELECT count(*) FROM dw_journeys WHERE stage_at(j, t) = l) AS inside
      FROM generate_series(timestamptz '2025-12-31', '2026-02-15', '5 days 03:00') t, unnest('{lead,mql,sql,won,lost}'::text[]) l) p;

-- moves
SELECT count(*) AS journeys, count(*) FILTER (WHERE (m.moves, m.forward, m.skips, m.skipped, m.regressions, m.aside) IS DISTINCT FROM (o.moves, o.forward, o.skips, o.skipped, o.regressions, o.aside)) AS wrong,
       sum(o.skips) > 100 AS skips, sum(o.regressions) > 100 AS regressions
FROM dw_journeys, move_counts(j, '{lead,mql,sql,won}') m, LATERAL (
    SELECT count(*) AS moves, count(*) FILTER (WHERE b > a) AS forward, count(*) FILTER (WHERE b > a + 1) AS skips, COALESCE(sum(b - a - 1) FILTER (WHERE b > a), 0) AS skipped,
           count(*) FILTER (WHERE b < a) AS regressions, count(*) FILTER (WHERE a IS NULL OR b IS NULL) AS aside
    FROM (SELECT array_position('{lead,mql,sql,won}', from_label) AS a, array_position('{lead,mql,sql,won}', to_label) AS b FROM moves(j) WHERE from_label <> to_label) s) o;

-- ------------------------------------------------------------ dwell_times

-- up to 63 microseconds each has its own bucket, so everything is exact
CREATE TABLE dw_short AS SELECT i AS id, floor(random() * 60)::int AS d, random() < 0.4 AS open, i % 7 AS part FROM generate_series(1, 500) i;
SELECT (dwell_summary(dwell_times(d * interval '1 microsecond', open))).* FROM dw_short;
SELECT count(*) AS entered, count(*) FILTER (WHERE NOT open) AS ended, count(*) FILTER (WHERE open) AS lasting,
       sum(d) FILTER (WHERE NOT open) AS total, round(avg(d) FILTER (WHERE NOT open)) AS mean,
       percentile_disc('{0.25,0.5,0.75,0.9}'::float8[]) WITHIN GROUP (ORDER BY d) FILTER (WHERE NOT open) AS quantiles,
       percentile_disc('{0.5,1}'::float8[]) WITHIN GROUP (ORDER BY d) FILTER (WHERE open) AS open FROM dw_short;
-- Kaplan-Meier by logarithms
CREATE TABLE dw_km AS
SELECT d, exp(sum(ln(1 - ended::float8 / at_risk)) OVER (ORDER BY d)) AS survival
FROM (SELECT d, count(*) FILTER (WHERE NOT open) AS ended, (SELECT count(*) FROM dw_short r WHERE r.d >= s.d) AS at_risk FROM dw_short s GROUP BY d) t WHERE ended < at_risk;
SELECT count(*) AS asked, count(*) FILTER (WHERE dwell_survival(t, q) IS DISTINCT FROM (SELECT min(d) FROM dw_km WHERE survival <= 1 - q) * interval '1 microsecond') AS wrong,
       count(*) FILTER (WHERE dwell_survival(t, q) > dwell_quantile(t, q)) > 5 AS later_than_the_ended_alone
FROM (SELECT dwell_times(d * interval '1 microsecond', open) AS t FROM dw_short) s, generate_series(0.01, 0.93, 0.04) q;
-- long ones are within one part in a hundred
SELECT count(*) AS asked, count(*) FILTER (WHERE abs(extract(epoch FROM dwell_quantile(t, q)) / extract(epoch FROM exact) - 1) > 0.01) AS wrong
FROM (SELECT dwell_times(d, false) AS t, array_agg(d) AS all FROM (SELECT random() ^ 3 * interval '200 days' + interval '1 second' AS d FROM generate_series(1, 999)) r) s,
    generate_series(0.05, 1, 0.05) q, LATERAL (SELECT percentile_disc(q) WITHIN GROUP (ORDER BY d) AS exact FROM unnest(s.all) d) e;
-- sums: of any parts in any order, serial and parallel
SELECT count(DISTINCT t) AS same FROM (
    SELECT dwell_times(d * interval '1 hour', open) AS t FROM dw_short UNION ALL
    SELECT rollup(t ORDER BY p DESC) FROM (SELECT part AS p, dwell_times(d * interval '1 hour', open ORDER BY d) AS t FROM dw_short GROUP BY part) s UNION ALL
    SELECT a + b FROM (SELECT dwell_times(d * interval '1 hour', open) FILTER (WHERE d < 30) AS a, dwell_times(d * interval '1 hour', open) FILTER (WHERE d >= 30) AS b FROM dw_short) s) u;
CREATE TABLE dw_long AS SELECT i, (random() ^ 4 * 1e9)::int AS ms, i % 3 = 0 AS open FROM generate_series(1, 20000) i;
CREATE TABLE dw_plans (plan text, t dwell_times);
SET max_parallel_workers_per_gather = 0;
INSERT INTO dw_plans SELECT 'serial', dwell_times(ms * interval '1 ms', open) FROM dw_long;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
INSERT INTO dw_plans SELECT 'after', dwell_times(ms * interval '1 ms', open) FROM dw_long;
CREATE TABLE dw_parallel AS SELECT dwell_times(ms * interval '1 ms', open) AS t FROM dw_long;
EXPLAIN (COSTS OFF) SELECT dwell_times(ms * interval '1 ms', open) AS t FROM dw_long;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT s.t::text = p.t::text AS equal, (dwell_summary(s.t)).total = (SELECT sum(ms) * interval '1 ms' FROM dw_long WHERE NOT open) AS sum FROM dw_plans s, dw_parallel p WHERE plan = 'serial';

-- forms
SELECT t, t::text::dwell_times::text = t::text AS text, t::jsonb::dwell_times::text = t::text AS jsonb FROM (SELECT dwell_times(d * interval '10 minutes', d % 3 = 0) AS t FROM generate_series(1, 4) d) s;
SELECT dwell_times(d, open) AS nothing_but_nulls, (dwell_summary(dwell_times(d, open))).* FROM (VALUES (NULL::interval, true), ('1 day', NULL)) v (d, open);
SELECT dwell_times('1 day', true) IS NULL AS no_rows, rollup(NULL::dwell_times) IS NULL AS no_times WHERE false;
SELECT dwell_times(d, false) AS months_are_30_days FROM unnest('{1 month,30 days}'::interval[]) d;
SELECT dwell_survival(dwell_times('1 day', true), 0.5) AS never_seen, dwell_quantile(dwell_times('1 day', true), 0.5) AS none_ended, dwell_survival(dwell_times('1 day', false), 1) AS all_ended;
CREATE TABLE dw_copy (t dwell_times);
CREATE FUNCTION dw_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea ||
                  int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    EXECUTE format('COPY public.dw_copy FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN 'read';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
CREATE TABLE dw_value AS SELECT dwell_times(d * interval '10 minutes', d % 3 = 0) AS t FROM generate_series(1, 4) d;
SELECT dw_read(dwell_times_send(t)) FROM dw_value;
SELECT c.t = v.t AS back FROM dw_copy c, dw_value v;
SELECT dwell_times_send(t) FROM dw_value;
SELECT DISTINCT dw_read(substr(dwell_times_send(t), 1, i)) AS cut FROM dw_value, generate_series(0, length(dwell_times_send(t)) - 1, 3) i;
SELECT dw_read(set_byte(dwell_times_send(t), i, 255)) AS changed, count(*) > 0 AS some FROM dw_value, generate_series(0, length(dwell_times_send(t)) - 1) i GROUP BY 1 ORDER BY 1;
SELECT bool_and(t::text::dwell_times::text = t::text) AS same FROM dw_copy;

-- equality and order
SELECT count(*) AS all, count(DISTINCT t) AS different, count(DISTINCT dwell_times_hash(t)) AS hashes, count(DISTINCT dwell_times_hash_extended(t, 1)) AS hashes64
FROM (SELECT dwell_times(d * interval '1 minute', false) AS t FROM dw_short GROUP BY d) s;
SELECT bool_and((a.t < b.t) = (b.t > a.t) AND (a.t <= b.t) = (NOT a.t > b.t) AND (a.t = b.t) = (NOT a.t <> b.t) AND (a.t >= b.t) = (dwell_times_cmp(a.t, b.t) >= 0)) AS ordered FROM dw_copy a, dw_copy b;
-- over a window, each value is its own
SELECT d, (dwell_summary(t)).entered, (dwell_summary(t)).total FROM (SELECT d, dwell_times(d * interval '1 hour', false) OVER (ORDER BY d) AS t FROM generate_series(1, 5) d) s ORDER BY d;

-- refused
SELECT s, dw_refused(s) FROM (VALUES
  (1, $$dwell_times('-1 second'::interval, false)$$), (2, $$dwell_times('178000000 years'::interval, false)$$), (3, $$dwell_quantile(dwell_times('1 day', false), 1.5)$$), (4, $$dwell_survival(dwell_times('1 day', false), 'NaN')$$),
  (5, $$spells('{a@2026-01-01}', 'infinity')$$), (6, $$dwell('{a@2026-01-01}', '-infinity')$$), (7, $$move_counts('{a@2026-01-01}', '{a,b,a}')$$), (8, $$move_counts('{a@2026-01-01}', '{a,NULL}')$$),
  (9, $$move_counts('{a@2026-01-01}', '{{a},{b}}')$$), (10, $$stage_order('int4')$$), (11, $$step_share(funnel('{a@2026-01-01}', '{a,b}'), 3, '1 day')$$), (12, $$step_share(funnel('{a@2026-01-01}', '{a,b}'), 2, '1 day')$$)) v (n, s) ORDER BY n;
SELECT s, dw_refused(quote_literal(s) || '::journey.dwell_times') FROM (VALUES
  (1, ''), (2, '{}'), (3, '{"ended": [], "lasting": []}'), (4, '{"ended": [[1]], "lasting": [], "sum": [0, 0]}'), (5, '{"ended": [[-1, 1]], "lasting": [], "sum": [0, 0]}'),
  (6, '{"ended": [[10, 2], [10, 1], [3, 0]], "lasting": [], "sum": [0, 30]} '), (7, '{"ended": [[10, 2]], "lasting": [], "sum": [0, 21]}'), (8, '{"ended": [[10, 2]], "lasting": [], "sum": [0, 86400000000]}'),
  (9, '{"ended": [], "ended": [], "sum": [0, 0]}'), (10, '{"ended": [], "lasting": [], "sum": [0, 0]} x'), (11, '{"ended": [], "lasting": [[1, 9223372036854775807], [2, 1]], "sum": [0, 0]}'),
  (12, '{"ended": [], "lasting": [[1, 9223372036854775808]], "sum": [0, 0]}'), (13, '{"ended": [], "lasting": [], "sum": [0, 0]'), (14, '{"ended": 1, "lasting": [], "sum": [0, 0]}')) v (n, s) ORDER BY n;
SELECT dw_refused($$(SELECT a + a FROM (SELECT '{"ended": [], "lasting": [[1, 9223372036854775807]], "sum": [0, 0]}'::journey.dwell_times) s (a))$$);

-- ------------------------------------------------------------ how long steps take

CREATE TABLE dw_funnel AS SELECT funnel(j, '{lead,sql,won}') AS f FROM dw_journeys;
CREATE TABLE dw_times AS
SELECT s AS step, t[s] - t[s - 1] AS d FROM (SELECT funnel_times(j, '{lead,sql,won}') AS t FROM dw_journeys) x, generate_series(2, 3) s WHERE t[s] IS NOT NULL;
SELECT c.step, sum(c.customers) = max(c.cumulative) AND max(c.cumulative) = (SELECT count(*) FROM dw_times t WHERE t.step = c.step) AS all_counted, max(c.share) AS share,
       max(c.converted) = (SELECT s.conversion FROM steps(f) s WHERE s.step = c.step) AS ends_in_conversion,
       -- as many as it says took no longer
       count(*) FILTER (WHERE c.cumulative <> (SELECT count(*) FROM dw_times t WHERE t.step = c.step AND t.d <= c.elapsed)) AS wrong
FROM dw_funnel, step_curve(f) c GROUP BY c.step, f ORDER BY c.step;
SELECT q.step, q.label, q.share, q.elapsed, abs(extract(epoch FROM q.elapsed) / nullif(extract(epoch FROM (SELECT percentile_disc(q.share) WITHIN GROUP (ORDER BY d) FROM dw_times t WHERE t.step = q.step)), 0) - 1) < 0.01 AS close
FROM dw_funnel, step_quantiles(f, '{0.25,0.5,0.9}') q;
-- the time asked for is as exact as the times
SELECT step, d, step_share(f, step, d) BETWEEN (SELECT avg((t.d <= s.d * 0.99)::int) FROM dw_times t WHERE t.step = s.step) AND (SELECT avg((t.d <= s.d * 1.01)::int) FROM dw_times t WHERE t.step = s.step) AS right
FROM dw_funnel, (SELECT step, d FROM generate_series(2, 3) step, unnest('{0,3 days 12:00,1 month,100 years}'::interval[]) d) s ORDER BY step, d;
SELECT step_share(f, 2, '-1 day') AS before, step_share(f, 2, '178000000 years') AS ever FROM dw_funnel;
SELECT (SELECT count(*) FROM step_curve(f)) AS none FROM (SELECT funnel('{a@2026-01-01}', '{a}') AS f) s;

DROP TABLE dw_entries, dw_journeys, dw_spells, dw_dwell, dw_short, dw_km, dw_long, dw_plans, dw_parallel, dw_copy, dw_value, dw_funnel, dw_times;
DROP TYPE dw_stage;
DROP FUNCTION dw_refused, dw_read;
