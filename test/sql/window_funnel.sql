-- window_funnel: level, times and passes of the rows of one customer
SET TIME ZONE 'UTC';
SET datestyle = 'ISO';
SET search_path = public, journey;

-- the cases that engines are known to disagree about
CREATE TABLE wf_case (name text, n int, at int8, a bool, b bool, c bool);
INSERT INTO wf_case VALUES
  ('one a cannot be two steps', 1, 0, true, false, false),
  ('one a cannot be two steps', 2, 1, false, false, true),
  ('a later start at the same time', 1, 0, true, false, false),
  ('a later start at the same time', 2, 1, true, false, false),
  ('a later start at the same time', 3, 1, false, true, false),
  ('something in between', 1, 0, true, false, false),
  ('something in between', 2, 1, false, false, false),
  ('something in between', 3, 2, true, false, false),
  ('something in between', 4, 3, false, true, false);
SELECT name,
       window_funnel(10, at, a, a, c ORDER BY n DESC) AS "a a c",
       window_funnel(10, 'reuse', at, a, a, c) AS "a a c, reuse",
       window_funnel(10, at, a, b) AS "a b",
       window_funnel(10, 'increase', at, a, b) AS "a b, increase",
       window_funnel(10, 'exact', at, a, b) AS "a b, exact",
       window_funnel_times(10, 'increase', at, a, b) AS "times, increase"
FROM wf_case GROUP BY name ORDER BY name;

-- the window is inclusive and measured from the first step
SELECT w, window_funnel(w, at, a, b) AS level
FROM (VALUES (0, true, false), (10, false, true)) AS r (at, a, b), unnest(ARRAY[9, 10, 11]::int8[]) AS w
GROUP BY w ORDER BY w;

-- months are calendar months
SELECT window_funnel('1 month', at, a, b) AS within,
       window_funnel('1 month', at - interval '1 day' * b::int, a, b) AS "a day sooner"
FROM (VALUES (timestamptz '2026-01-31', true, false), ('2026-03-01', false, true)) AS r (at, a, b);

-- random rows of few distinct times, against the definition: any rows, all different, at times that do not decrease
CREATE TABLE wf_rows (customer int8, id int, at timestamptz, a bool, b bool, c bool);
SELECT setseed(0.42);
INSERT INTO wf_rows
SELECT i % 1500, i, timestamptz '2026-01-01' + floor(random() * 12) * interval '1 hour',
       random() < 0.3, random() < 0.25, random() < 0.25
FROM generate_series(1, 9000) AS i;
CREATE VIEW wf_expected AS
SELECT r1.customer, mode,
       CASE WHEN count(r3.at) > 0 THEN 3 WHEN count(r2.at) > 0 THEN 2 ELSE 1 END AS level,
       coalesce(min(r3.at), min(r2.at), min(r1.at)) AS completed
FROM wf_rows AS r1
CROSS JOIN unnest(ARRAY['default', 'increase', 'reuse']) AS mode
LEFT JOIN wf_rows AS r2 ON r2.customer = r1.customer AND r2.b AND r2.at >= r1.at AND r2.at <= r1.at + interval '3 hours'
     AND (mode = 'reuse' OR r2.id <> r1.id) AND (mode <> 'increase' OR r2.at > r1.at)
LEFT JOIN wf_rows AS r3 ON r3.customer = r2.customer AND r3.c AND r3.at >= r2.at AND r3.at <= r1.at + interval '3 hours'
     AND (mode = 'reuse' OR r3.id NOT IN (r1.id, r2.id)) AND (mode <> 'increase' OR r3.at > r2.at)
WHERE r1.a
GROUP BY r1.customer, mode;
CREATE TABLE wf_result AS
SELECT customer, 'default' AS mode, window_funnel('3 hours', at, a, b, c) AS level, window_funnel_times('3 hours', at, a, b, c) AS times
FROM wf_rows GROUP BY customer
UNION ALL
SELECT customer, 'increase', window_funnel('3 hours', 'increase', at, a, b, c), window_funnel_times('3 hours', 'increase', at, a, b, c)
FROM wf_rows GROUP BY customer
UNION ALL
SELECT customer, 'reuse', window_funnel('3 hours', 'reuse', at, a, b, c), window_funnel_times('3 hours', 'reuse', at, a, b, c)
FROM wf_rows GROUP BY customer;
SELECT mode, e.level, count(*) AS customers,
       count(*) FILTER (WHERE r.level IS DISTINCT FROM e.level) AS wrong_level,
       count(*) FILTER (WHERE e.level > 0 AND r.times[e.level] IS DISTINCT FROM e.completed) AS wrong_completion,
       count(*) FILTER (WHERE array_remove(r.times, NULL) <> r.times[1:r.level]) AS wrong_times
FROM wf_expected AS e
LEFT JOIN wf_result AS r USING (customer, mode)
GROUP BY mode, e.level ORDER BY mode, e.level;
SELECT count(DISTINCT customer) AS "without a first step", max(level) AS level
FROM wf_result AS r WHERE NOT EXISTS (SELECT FROM wf_rows AS x WHERE x.customer = r.customer AND x.a);

-- the same from parallel workers, from stored logs, from their text, from parts, and in any order
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE wf_rows SET (parallel_workers = 2);
EXPLAIN (COSTS OFF)
SELECT customer % 5, window_funnel('3 hours', at, a, b, c), count(*) FROM wf_rows GROUP BY 1;
CREATE TABLE wf_parallel AS
SELECT customer, window_funnel_times('3 hours', at, a, b, c) AS times FROM wf_rows GROUP BY customer;
CREATE TABLE wf_log AS
SELECT customer, id / 1500 % 3 AS part, step_log('3 hours', at, a, b, c) AS log FROM wf_rows GROUP BY customer, part;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) AS customers,
       count(*) FILTER (WHERE p.times IS DISTINCT FROM r.times) AS parallel_differs,
       count(*) FILTER (WHERE times(l.log) IS DISTINCT FROM r.times) AS rollup_differs,
       count(*) FILTER (WHERE times(l.log::text::step_log) IS DISTINCT FROM r.times) AS text_differs,
       count(*) FILTER (WHERE level(l.log) IS DISTINCT FROM r.level) AS level_differs,
       count(*) FILTER (WHERE s.times IS DISTINCT FROM r.times) AS shuffled_differs
FROM wf_result AS r
JOIN wf_parallel AS p USING (customer)
JOIN (SELECT customer, rollup(log ORDER BY part DESC) AS log FROM wf_log GROUP BY customer) AS l USING (customer)
JOIN (SELECT customer, window_funnel_times('3 hours', at, a, b, c ORDER BY id * 7919 % 1009) AS times FROM wf_rows GROUP BY customer) AS s USING (customer)
WHERE r.mode = 'default';

-- binary output is input
SELECT count(*) AS logs, count(*) FILTER (WHERE step_log_send(log) <> step_log_send(log::text::step_log)) AS differ FROM wf_log;

-- other kinds of time
SELECT window_funnel('2 days', d, a, b) AS by_date, window_funnel_times('2 days', d, a, b) AS dates,
       window_funnel('2 days', d::timestamp, a, b) AS by_timestamp, window_funnel_times('2 days', d::timestamp, a, b) AS timestamps
FROM (VALUES (date '1999-12-30', true, false), (date '1999-12-31', false, true)) AS r (d, a, b);
SELECT step_log('2 days', 'any_order', d, a, b) FROM (VALUES (date '2000-01-02', true, false), ('2000-01-01', NULL, true)) AS r (d, a, b);

-- optional steps, exclusions, windows of a step
CREATE TABLE wf_options (customer text, at int8, a bool, b bool, c bool, x bool);
INSERT INTO wf_options VALUES
  ('straight', 1, true, false, false, false), ('straight', 2, false, true, false, false), ('straight', 9, false, false, true, false),
  ('skips', 1, true, false, false, false), ('skips', 5, false, false, true, false),
  ('refund', 1, true, false, false, false), ('refund', 2, false, false, false, true), ('refund', 3, false, true, false, false), ('refund', 4, false, false, true, false),
  ('none', 1, false, false, false, false);
SELECT customer,
       window_funnel(100, at, a, b, c) AS plain,
       window_funnel(100, 'optional 2', at, a, b, c) AS optional,
       reached(step_log(100, 'optional 2', at, a, b, c)),
       window_funnel_times(100, 'optional 2', at, a, b, c) AS times,
       window_funnel(100, 'exclude 4', at, a, b, c, x) AS excluding,
       excluded(step_log(100, 'exclude 4', at, a, b, c, x)),
       window_funnel(100, 'exclude 4 between 2 and 3', at, a, b, c, x) AS between,
       window_funnel(100, 'within 5 to 3', at, a, b, c) AS step_window
FROM wf_options GROUP BY customer ORDER BY customer;

-- passes: completions one after the other, in any number
SELECT passes(step_log(100, n, n % 3 = 0, n % 3 = 1, n % 3 = 2)) AS passes,
       passes(step_log(1, n, n % 3 = 0, n % 3 = 1, n % 3 = 2)) AS "within 1"
FROM generate_series(0::int8, 299999) AS n;
SELECT passes(step_log(100, n / 3, n % 3 = 0, n % 3 = 1, n % 3 = 2)) AS "passes at equal times" FROM generate_series(0::int8, 29) AS n;

-- no rows, rows without a time, conditions that are not known
SELECT window_funnel('1 day', at, a, a) AS level, window_funnel_times('1 day', at, a, a) AS times, step_log('1 day', at, a, a) AS log
FROM (SELECT now() AS at, true AS a LIMIT 0) AS r;
SELECT window_funnel('1 day', at, a, b) AS level, window_funnel_times('1 day', at, a, b) AS times
FROM (VALUES (NULL::timestamptz, true, true), ('2026-01-01', NULL, true)) AS r (at, a, b);
SELECT level(NULL), times(NULL::step_log), passes(NULL);

-- rows that meet no condition: before, between and after others, alone in a group, and where they matter
SELECT g, window_funnel('1 day', at, e = 'a', e = 'b') AS level, window_funnel('1 day', 'exact', at, e = 'a', e = 'b') AS exact,
       window_funnel_times('1 day', at, e = 'a', e = 'b') AS times, step_log('1 day', at, e = 'a', e = 'b') AS log
FROM (VALUES (1, '2026-01-01'::timestamptz, 'x'), (1, '2026-01-02', 'a'), (1, NULL, 'x'), (1, '2026-01-02 01:00', 'x'), (1, '2026-01-02 02:00', 'b'), (1, '2026-01-03', 'x'),
             (2, '2026-01-01', 'x'), (2, '2026-01-02', NULL), (3, '2026-01-01', 'a'), (3, '2026-01-01 01:00', NULL), (3, '2026-01-01 02:00', 'b'), (4, NULL, 'x')) AS r (g, at, e)
GROUP BY g ORDER BY g;

-- 64 conditions
SELECT window_funnel(100, n, VARIADIC (SELECT array_agg(i = n ORDER BY i) FROM generate_series(1, 64) AS i)) AS level FROM generate_series(1::int8, 64) AS n;

-- what is refused
SELECT window_funnel('-1 day', now(), true);
SELECT window_funnel(NULL::interval, now(), true);
SELECT window_funnel('1 day', timestamptz 'infinity', true);
SELECT window_funnel('1 day', now(), VARIADIC ARRAY[]::bool[]);
SELECT window_funnel('1 day', now(), VARIADIC array_fill(true, ARRAY[65]));
SELECT window_funnel('1 day', now(), VARIADIC array_fill(true, ARRAY[2, 2]));
SELECT window_funnel('1 day', 'sometimes', now(), true);
SELECT window_funnel('1 day', 'optional 3', now(), true, false);
SELECT window_funnel('1 day', 'exclude 1', now(), true, false);
SELECT window_funnel('1 day', 'exact, any_order', now(), true, false);
SELECT window_funnel('1 day', 'within 2 to 2', now(), true, false);
SELECT window_funnel(w, now(), true) FROM unnest(ARRAY[interval '1 day', '2 days']) AS w;
SELECT window_funnel(w, now(), false) FROM unnest(ARRAY[interval '1 day', '2 days']) AS w;
SELECT window_funnel('1 day', o, now(), false) FROM unnest(ARRAY['', 'exact']) AS o;
SELECT window_funnel('1 day', now(), VARIADIC c) FROM (VALUES (ARRAY[true, false]), (ARRAY[false])) AS v (c);
SELECT window_funnel('1 day', at, e = 'a') FROM (VALUES (now(), 'a'), ('-infinity', 'x')) AS r (at, e);
SELECT step_log('1 day', now(), true) || step_log('2 days', now(), true);
SELECT times(step_log(1, 1, true));
SELECT bigint_times(step_log('1 day', now(), true));
SELECT 'timestamptz'::step_log;
SELECT 'int8 2 within 0 0 5 options "" {1:1, 2}'::step_log;
SELECT 'int8 2 within 0 0 5 options "" {1:4}'::step_log;
SELECT 'int8 2 within 0 0 5 options "wrong" {}'::step_log;
SELECT 'int8 99 within 0 0 5 options "" {}'::step_log;
SELECT 'timestamptz 1 within 0 0 5 options "" {9223372036854775807:1}'::step_log;

DROP VIEW wf_expected;
DROP TABLE wf_case, wf_rows, wf_result, wf_parallel, wf_log, wf_options;
