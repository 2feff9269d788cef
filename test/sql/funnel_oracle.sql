-- funnels over journeys against plain SQL over the same events, and against themselves in other plans
SET TIME ZONE 'UTC';
SET search_path = public, journey;

SELECT setseed(0.7);
CREATE TABLE fo_events AS
SELECT DISTINCT i % 2000 AS customer, (ARRAY['lead', 'mql', 'sql', 'won', 'lost', 'call'])[1 + floor(random() * 6)::int] AS label,
       timestamptz '2026-01-01' + floor(random() * 30) * interval '8 hours' AS at
FROM generate_series(1, 14000) AS i;
CREATE TABLE fo_journeys AS SELECT customer, customer % 7 AS part, journey_agg(label, at) AS j FROM fo_events GROUP BY customer;

-- all chains there are, by the definition: in order, within 4 days of the first
CREATE TABLE fo_chains AS
SELECT e1.customer, e1.at AS t1, e2.at AS t2, e3.at AS t3, e4.at AS t4
FROM fo_events AS e1
LEFT JOIN fo_events AS e2 ON e2.customer = e1.customer AND e2.label = 'mql' AND e2.at >= e1.at AND e2.at <= e1.at + interval '4 days'
LEFT JOIN fo_events AS e3 ON e3.customer = e1.customer AND e3.label = 'sql' AND e3.at >= e2.at AND e3.at <= e1.at + interval '4 days'
LEFT JOIN fo_events AS e4 ON e4.customer = e1.customer AND e4.label = 'won' AND e4.at >= e3.at AND e4.at <= e1.at + interval '4 days'
WHERE e1.label = 'lead';
CREATE TABLE fo_expected AS
SELECT customer, max((t1 IS NOT NULL)::int + (t2 IS NOT NULL)::int + (t3 IS NOT NULL)::int + (t4 IS NOT NULL)::int) AS level
FROM fo_chains GROUP BY customer;
-- the chain that is told: the longest, complete first, started last, its steps as early as they can be
CREATE TABLE fo_told AS
SELECT DISTINCT ON (customer) customer, level, t1, t2, t3, t4
FROM fo_chains JOIN fo_expected USING (customer)
WHERE level = (t1 IS NOT NULL)::int + (t2 IS NOT NULL)::int + (t3 IS NOT NULL)::int + (t4 IS NOT NULL)::int
ORDER BY customer, COALESCE(t4, t3, t2, t1), t1 DESC, t2, t3;

SELECT level, count(*) AS customers,
       count(*) FILTER (WHERE funnel_level(j, '{lead,mql,sql,won}', '4 days') <> level) AS wrong_level,
       count(*) FILTER (WHERE funnel_times(j, '{lead,mql,sql,won}', '4 days') IS DISTINCT FROM ARRAY[t1, t2, t3, t4]) AS wrong_times
FROM fo_journeys JOIN (SELECT customer, COALESCE(level, 0) AS level, t1, t2, t3, t4
                       FROM (SELECT DISTINCT customer FROM fo_events) AS c LEFT JOIN fo_told USING (customer)) AS e USING (customer)
GROUP BY level ORDER BY level;

-- the aggregate: who reached each step, and the time since the step before to within one part in a hundred
SELECT s.step, s.label, s.reached, e.reached AS expected, s.reached - e.reached AS differs,
       round(s.conversion::numeric, 4) AS conversion, s.dropped,
       abs(extract(epoch FROM s.median) / extract(epoch FROM e.median) - 1) <= 0.01 AS median_is_close,
       abs(extract(epoch FROM s.p90) / extract(epoch FROM e.p90) - 1) <= 0.01 AS p90_is_close
FROM (SELECT (journey.steps(journey.funnel(j, '{lead,mql,sql,won}', '4 days'))).* FROM fo_journeys) AS s
JOIN (SELECT 1 AS step, count(*) FILTER (WHERE level >= 1) AS reached, NULL::interval AS median, NULL::interval AS p90 FROM fo_told
      UNION ALL SELECT 2, count(t2), percentile_disc(0.5) WITHIN GROUP (ORDER BY t2 - t1), percentile_disc(0.9) WITHIN GROUP (ORDER BY t2 - t1) FROM fo_told
      UNION ALL SELECT 3, count(t3), percentile_disc(0.5) WITHIN GROUP (ORDER BY t3 - t2), percentile_disc(0.9) WITHIN GROUP (ORDER BY t3 - t2) FROM fo_told
      UNION ALL SELECT 4, count(t4), percentile_disc(0.5) WITHIN GROUP (ORDER BY t4 - t3), percentile_disc(0.9) WITHIN GROUP (ORDER BY t4 - t3) FROM fo_told
     ) AS e USING (step)
ORDER BY step;

-- Wilson's interval, written out
SELECT step,
       abs(conversion_low - (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) < 1e-12 AS low,
       abs(conversion_high - (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) < 1e-12 AS high
FROM (SELECT step, conversion AS p, lag(reached) OVER (ORDER BY step)::float8 AS n, 1.959963984540054 AS z, conversion_low, conversion_high
      FROM (SELECT (journey.steps(journey.funnel(j, '{lead,mql,sql,won}', '4 days'))).* FROM fo_journeys) AS s) AS w
WHERE step > 1 ORDER BY step;

-- any_order: how many of the labels were visited; implied: the furthest of them, from the first of any of them
SELECT sum((funnel_level(j, '{lead,mql,sql}', NULL, 'any_order') <>
            (SELECT count(DISTINCT label) FROM fo_events AS e WHERE e.customer = f.customer AND label IN ('lead', 'mql', 'sql')))::int) AS any_order_differs,
       sum((funnel_level(j, '{lead,mql,sql}', NULL, 'implied') <>
            COALESCE((SELECT max(array_position('{lead,mql,sql}', label)) FROM fo_events AS e WHERE e.customer = f.customer), 0))::int) AS implied_differs
FROM fo_journeys AS f;

-- an excluded label: only chains without it count; where times are equal, steps come first
SELECT count(*) AS customers, count(*) FILTER (WHERE funnel_level(j, '{lead,mql}', '4 days', 'exclude lost') <> e.level) AS differs,
       count(*) FILTER (WHERE e.level = 1 AND EXISTS (SELECT FROM fo_chains AS c WHERE c.customer = f.customer AND t2 IS NOT NULL)) AS kept_back
FROM fo_journeys AS f
JOIN (SELECT e1.customer, max(1 + (e2.at IS NOT NULL)::int) AS level FROM fo_events AS e1
      LEFT JOIN fo_events AS e2 ON e2.customer = e1.customer AND e2.label = 'mql' AND e2.at >= e1.at AND e2.at <= e1.at + interval '4 days'
           AND NOT EXISTS (SELECT FROM fo_events AS x WHERE x.customer = e1.customer AND x.label = 'lost' AND x.at >= e1.at AND x.at < e2.at)
      WHERE e1.label = 'lead' GROUP BY e1.customer) AS e USING (customer);

-- the same from workers, from sums of parts in any order, and over rows instead of journeys
CREATE TABLE fo_funnel AS SELECT funnel(j, '{lead,mql,sql,won}', '4 days') AS f FROM fo_journeys;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
ALTER TABLE fo_journeys SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT funnel(j, '{lead,mql,sql,won}', '4 days') FROM fo_journeys;
SELECT (SELECT funnel(j, '{lead,mql,sql,won}', '4 days') FROM fo_journeys) = f AS parallel,
       (SELECT rollup(p ORDER BY part DESC) FROM (SELECT part, funnel(j, '{lead,mql,sql,won}', '4 days') AS p FROM fo_journeys GROUP BY part) AS parts) = f AS rollup,
       (SELECT funnel(j, '{lead,mql,sql,won}', '4 days' ORDER BY customer * 7919 % 2003) FROM fo_journeys) = f AS shuffled,
       (SELECT funnel(j, '{lead,mql,sql,won}', '4 days') FROM fo_journeys WHERE part < 3)
         + (SELECT funnel(j, '{lead,mql,sql,won}', '4 days') FROM fo_journeys WHERE part >= 3) = f AS sum,
       f::text::funnel = f AS text, f::jsonb::funnel = f AS jsonb
FROM fo_funnel;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) AS customers,
       count(*) FILTER (WHERE funnel_level(j, '{lead,mql,sql,won}', '4 days') <>
         (SELECT window_funnel('4 days', at, label = 'lead', label = 'mql', label = 'sql', label = 'won') FROM fo_events AS e WHERE e.customer = f.customer)) AS differ
FROM fo_journeys AS f;

DROP TABLE fo_events, fo_journeys, fo_chains, fo_expected, fo_told, fo_funnel;
