-- transition_matrix, absorption, forecast and the pipeline: by hand, against series in plain SQL, sums, what is refused
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 0;

CREATE TABLE forecast_small AS SELECT * FROM (VALUES
    (1, '{lead@2026-01-01, mql@2026-01-03, won@2026-01-11}'::journey), (2, '{lead@2026-01-02, lost@2026-01-20}'),
    (3, '{lead@2026-01-01, mql@2026-01-05, lead@2026-01-07, mql@2026-01-10, won@2026-01-25}'), (4, '{lead@2026-01-12}'),
    (5, '{mql@2026-01-12, mql@2026-01-13, lost@2026-01-14}'), (6, '{lead@2026-01-01, won@2026-01-05, lost@2026-03-01}'), (7, '{mql@2026-01-20}'), (8, '{}'), (9, NULL), (10, '{lead@2026-05-01}')) v (id, j);
CREATE TABLE forecast_matrix AS SELECT transition_matrix(j, '2026-02-01') AS m FROM forecast_small;
SELECT m, total(m) FROM forecast_matrix;
SELECT from_stage, to_stage, moves, probability, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, mean_dwell, date_trunc('second', sd_dwell) AS sd_dwell FROM forecast_matrix, transitions(m);
SELECT t.* FROM forecast_matrix, matrix_stages(m) t;
-- without a time nobody knows how long the open ones have been open; later moves count
SELECT transition_matrix(j) FROM forecast_small WHERE id IN (4, 6);
-- lead: 0.2 + 0.6 mql; mql: 0.5 + 0.25 lead; so lead 0.5 / 0.85, mql 0.55 / 0.85
SELECT from_stage, end_stage, round(probability::numeric, 6) AS probability, date_trunc('second', mean_time) AS mean_time, date_trunc('second', sd_time) AS sd_time FROM forecast_matrix, absorption(m, '{won, lost}');
SELECT round(0.5 / 0.85, 6) AS lead, round(0.55 / 0.85, 6) AS mql;
SELECT from_stage, end_stage, round(probability::numeric, 6) AS probability, date_trunc('second', mean_time) AS mean_time, date_trunc('second', sd_time) AS sd_time FROM forecast_matrix, absorption(m, '{won, lost}', 'observed');
SELECT from_stage, round(moves::numeric, 6) AS moves, date_trunc('second', mean_time) AS mean_time, date_trunc('second', sd_time) AS sd_time FROM forecast_matrix, time_to_end(m, '{won, lost}');
-- visits: 1 / (1 - 0.6 * 0.25) to oneself
SELECT from_stage, stage, round(visits::numeric, 6) AS visits, round(sd::numeric, 6) AS sd FROM forecast_matrix, expected_visits(m, '{won, lost}');
-- 0.6 * 0.5
SELECT t.* FROM forecast_matrix, naive_absorption(m, '{lead, mql, won}') t;
SELECT end_stage, open, round(expected::numeric, 6) AS expected, round(sd::numeric, 6) AS sd, naive FROM forecast_matrix, forecast(m, '{won, lost}');
SELECT end_stage, open, round(expected::numeric, 6) AS expected, round(sd::numeric, 6) AS sd, round(naive::numeric, 6) AS naive FROM forecast_matrix, forecast(m, '{won, lost}', '{lead, mql, won}', '{10, 20, 1}', '{lead, mql, won}');
-- 10 * 10 / 17 + 20 * 11 / 17, and the variance of that many draws
SELECT round(10 * 10 / 17.0 + 20 * 11 / 17.0 + 1, 6) AS expected, round(sqrt(10 * 10 / 17.0 * 7 / 17.0 + 20 * 11 / 17.0 * 6 / 17.0), 6) AS sd;
-- an end that nobody has entered yet; all stages are ends
SELECT from_stage, end_stage, round(probability::numeric, 6) AS probability, mean_time IS NULL AS never FROM forecast_matrix, absorption(m, '{won, lost, "gone away"}') ORDER BY 1, 2;
SELECT count(*) FROM forecast_matrix, absorption(m, '{won, lost, lead, mql}');
SELECT end_stage, open, expected, sd FROM forecast_matrix, forecast(m, '{won, lost, lead, mql}', '{lead}', '{5}');
SELECT transition_matrix(j) IS NULL AS none FROM forecast_small WHERE id > 7 AND id < 10;
SELECT transition_matrix(j) IS NULL AS none FROM forecast_small WHERE false;
SELECT count(*) FROM forecast(NULL, '{won}');

-- random journeys: with loops, skips, reopened ones, open ones
SELECT setseed(0.93);
CREATE TABLE forecast_rows AS SELECT k, k % 5 AS part, journey_agg(label, at) AS j FROM (
    SELECT k, (ARRAY['a', 'b', 'c', 'd', 'won', 'lost'])[CASE WHEN i = 1 THEN 1 ELSE 1 + floor(random() * 6)::int END] AS label, timestamptz '2026-01-01' + (i * 10 + random() * 9) * interval '1 hour' AS at, i
    FROM generate_series(1, 1500) k, generate_series(1, 2 + k % 7) i) s GROUP BY k;
CREATE TABLE forecast_random AS SELECT transition_matrix(j, '2026-01-06') AS m FROM forecast_rows;
-- the moves, counted by lag over the events
WITH e AS (SELECT k, label, at, lag(label) OVER w AS before, sum(CASE WHEN true THEN 1 END) OVER w FROM forecast_rows, events(j) WHERE at <= '2026-01-06' WINDOW w AS (PARTITION BY k ORDER BY at)),
    stays AS (SELECT k, label, at, lead(at) OVER w AS until, lead(label) OVER w AS after FROM e WHERE before IS DISTINCT FROM label WINDOW w AS (PARTITION BY k ORDER BY at)),
    counted AS (SELECT label, after, count(*) AS n, count(*) / sum(count(*)) OVER (PARTITION BY label) AS p, avg(until - at) AS dwell, stddev_pop(extract(epoch FROM until - at)) AS sd FROM stays WHERE after IS NOT NULL GROUP BY 1, 2)
SELECT count(*) AS kinds, bool_and(moves = n AND abs(probability - p) < 1e-12 AND abs(extract(epoch FROM mean_dwell - dwell)) < 1e-5 AND abs(extract(epoch FROM sd_dwell) - sd) < 1e-5) AS same
FROM forecast_random CROSS JOIN LATERAL transitions(m) t FULL JOIN counted c ON c.label = t.from_stage AND c.after = t.to_stage;
WITH stays AS (SELECT k, label, at, lag(label) OVER w AS before FROM forecast_rows, events(j) WHERE at <= '2026-01-06' WINDOW w AS (PARTITION BY k ORDER BY at)),
    last AS (SELECT DISTINCT ON (k) k, label, at FROM stays WHERE before IS DISTINCT FROM label ORDER BY k, at DESC)
SELECT bool_and(t.open = c.n AND t.entered = t.moved_on + t.open) AS same, sum(t.starts) = max(total(m)) AS starts FROM forecast_random CROSS JOIN LATERAL matrix_stages(m) t LEFT JOIN (SELECT label, count(*) AS n FROM last GROUP BY 1) c ON c.label = t.stage;
-- rows sum to 1
SELECT bool_and(abs(s - 1) < 1e-12) AS one FROM (SELECT from_stage, sum(probability) AS s FROM forecast_random, transitions(m) GROUP BY 1) x;
-- the ends, by walking on and on: the distribution after each of 400 moves
CREATE FUNCTION forecast_walk(m transition_matrix, ends text[]) RETURNS TABLE (from_stage text, end_stage text, probability float8, moves float8) LANGUAGE sql AS $$
    WITH RECURSIVE p AS MATERIALIZED (SELECT t.from_stage AS f, t.to_stage AS t, t.probability AS p FROM journey.transitions(m) t WHERE t.from_stage <> ALL (ends)),
    walk AS (
        SELECT 0 AS step, f AS origin, f AS at, 1.0::float8 AS share FROM (SELECT DISTINCT f FROM p) s
        UNION ALL
        SELECT step + 1, origin, t, sum FROM (SELECT step, origin, p.t, sum(share * p.p) OVER (PARTITION BY origin, p.t) AS sum, row_number() OVER (PARTITION BY origin, p.t) AS n FROM walk JOIN p ON p.f = walk.at WHERE step < 400) s WHERE n = 1)
    SELECT origin, at, sum(share), NULL::float8 FROM walk WHERE at = ANY (ends) GROUP BY 1, 2
    UNION ALL SELECT origin, NULL, NULL, sum(share) FROM walk WHERE at <> ALL (ends) GROUP BY 1 $$;
SELECT count(*) AS n, bool_and(abs(a.probability - w.probability) < 1e-9) AS same FROM forecast_random CROSS JOIN LATERAL absorption(m, '{won, lost}') a
    FULL JOIN (SELECT w.* FROM forecast_random, forecast_walk(m, '{won, lost}') w WHERE end_stage IS NOT NULL) w USING (from_stage, end_stage);
SELECT count(*) AS n, bool_and(abs(a.moves - w.moves) < 1e-9) AS same FROM forecast_random CROSS JOIN LATERAL time_to_end(m, '{won, lost}') a
    FULL JOIN (SELECT w.* FROM forecast_random, forecast_walk(m, '{won, lost}') w WHERE end_stage IS NULL) w USING (from_stage);
-- the mean time is visits times mean time in each stage; it is also the mean over the ends
SELECT bool_and(abs(extract(epoch FROM t.mean_time) - v.s) < 1e-4) AS by_visits, bool_and(abs(extract(epoch FROM t.mean_time) - a.s) < 1e-4) AS by_ends, bool_and(abs(a.p - 1) < 1e-12) AS one
FROM forecast_random CROSS JOIN LATERAL time_to_end(m, '{won, lost}') t
    JOIN (SELECT from_stage, sum(visits * extract(epoch FROM mean_time)) AS s FROM forecast_random, expected_visits(m, '{won, lost}') v JOIN matrix_stages((SELECT m FROM forecast_random)) USING (stage) GROUP BY 1) v USING (from_stage)
    JOIN (SELECT from_stage, sum(probability * extract(epoch FROM mean_time)) AS s, sum(probability) AS p FROM forecast_random, absorption(m, '{won, lost}') GROUP BY 1) a USING (from_stage);

-- sums: any split, any order, any plan gives the same bytes
SELECT m::text = s::text AND transition_matrix_send(m) = transition_matrix_send(s) AS rollup FROM forecast_random, (SELECT rollup(m) AS s FROM (SELECT transition_matrix(j, '2026-01-06') AS m FROM forecast_rows GROUP BY part ORDER BY part DESC) x) y;
SELECT m::text = (SELECT transition_matrix(j, '2026-01-06') FROM (SELECT j FROM forecast_rows ORDER BY md5(k::text)) x)::text AS shuffled FROM forecast_random;
SELECT m::text = (a + b)::text AND (a + b)::text = (b + a)::text AS plus FROM forecast_random, (SELECT transition_matrix(j, '2026-01-06') AS a FROM forecast_rows WHERE part < 2) x, (SELECT transition_matrix(j, '2026-01-06') AS b FROM forecast_rows WHERE part >= 2) y;
CREATE TABLE forecast_deals AS SELECT i, (random() * 10000)::numeric(10, 2) AS value, random() AS p FROM generate_series(1, 3000) i;
CREATE TABLE forecast_pipeline AS SELECT weighted_pipeline(value, p) AS w FROM forecast_deals;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT transition_matrix(j, '2026-01-06') FROM forecast_rows;
SELECT m::text = s::text AS parallel FROM (SELECT * FROM forecast_random OFFSET 0) r, (SELECT transition_matrix(j, '2026-01-06') AS s FROM forecast_rows) x;
SELECT w = s AS parallel FROM (SELECT * FROM forecast_pipeline OFFSET 0) r, (SELECT weighted_pipeline(value, p) AS s FROM forecast_deals) x;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
SELECT m::text::transition_matrix::text = m::text AS text, m::jsonb::transition_matrix::text = m::text AS json FROM forecast_random;
-- long times: sums beyond 64 and 128 bits
SELECT transition_matrix(j), transition_matrix(j)::text::transition_matrix::text = transition_matrix(j)::text AS same FROM generate_series(1, 5), (VALUES ('{a@-4713-11-24T00:00:00Z, b@294276-12-31T23:59:59.999999Z}'::journey)) v(j);
SELECT t.moves, extract(epoch FROM t.mean_dwell) > 6e12 AS long, t.sd_dwell < interval '1 year' AS same FROM (SELECT transition_matrix('{a@-4713-11-24T00:00:00Z, b@200000-12-31T23:59:59.999999Z}'::journey) AS m FROM generate_series(1, 9)) s, transitions(m) t;

-- the pipeline
SELECT (w).*, round(spread(w), 6) AS spread FROM (SELECT weighted_pipeline(v, p) AS w FROM (VALUES (100, 0.5), (200, 0.1), (50.5, 1), (NULL, 0.5), (10, NULL), (30, 0)) v(v, p)) s;
-- 50 + 20 + 50.5; 100^2 / 4 + 200^2 * 0.09
SELECT abs((w).weighted - e) < 1e-6 AS weighted, abs((w).variance - v) < 1e-3 AS variance, (w).deals, (w).value = total AS value FROM forecast_pipeline, (SELECT sum(value * p::numeric) AS e, sum(value * value * p::numeric * (1 - p::numeric)) AS v, sum(value) AS total FROM forecast_deals) s;
SELECT rollup(s) = (SELECT w FROM forecast_pipeline) AS rollup FROM (SELECT weighted_pipeline(value, p) AS s FROM forecast_deals GROUP BY i % 7) x;
SELECT a + b FROM (SELECT weighted_pipeline(10, 0.5) AS a, weighted_pipeline(20, 0.25) AS b) s;
SELECT weighted_pipeline(1, 0.5) IS NULL AS none FROM forecast_deals WHERE false;
SELECT round(coverage(900, 500, 200), 3) AS three, coverage(900, 500, 500) AS reached, coverage(900, 500, 600) AS beyond, coverage(0, 1), coverage(NULL, 1) AS unknown;

-- open leads by age and stage: cumulative incidence from entering the stage, given the age
SELECT stage, won_after FROM (SELECT 'a' AS stage, round(conditional_incidence(cumulative_incidence(j, 'a', '{won, lost}', '2026-01-06'), 'won', '1 day', '2 days')::numeric, 6) AS won_after FROM forecast_rows) s;
WITH d AS (SELECT t.* FROM forecast_rows, time_to(j, 'a', '{won, lost}', '2026-01-06') t), s AS (SELECT * FROM curve((SELECT cumulative_incidence(duration, outcome) FROM d)) WHERE cause = 'won')
SELECT round((((SELECT incidence FROM s WHERE "time" <= '2 days' ORDER BY "time" DESC LIMIT 1) - (SELECT incidence FROM s WHERE "time" <= '1 day' ORDER BY "time" DESC LIMIT 1)) / (SELECT still_open FROM s WHERE "time" <= '1 day' ORDER BY "time" DESC LIMIT 1))::numeric, 6) AS by_hand;

-- refused
SELECT a.* FROM forecast_matrix, absorption(m, '{won}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{nowhere}') a;
SELECT a.* FROM absorption((SELECT transition_matrix(j) FROM (VALUES ('{a@2026-01-01, b@2026-01-02, a@2026-01-03}'::journey), ('{c@2026-01-01, won@2026-01-02}')) v(j)), '{won}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{won, NULL}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{{won, lost}}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{won, lost, won}') a;
SELECT a.* FROM forecast_matrix, absorption(m, '{won, lost}', 'guess') a;
SELECT a.* FROM forecast_matrix, naive_absorption(m, '{won}') a;
SELECT a.* FROM forecast_matrix, forecast(m, '{won, lost}', '{lead}') a;
SELECT a.* FROM forecast_matrix, forecast(m, '{won, lost}', '{lead}', '{1, 2}') a;
SELECT a.* FROM forecast_matrix, forecast(m, '{won, lost}', '{lead}', '{-1}') a;
SELECT a.* FROM forecast_matrix, forecast(m, '{won, lost}', '{lead}', '{NULL}') a;
SELECT a.* FROM forecast_matrix, forecast(m, '{won, lost}', '{demo}', '{1}') a;
SELECT transition_matrix(j, NULL) FROM forecast_small;
SELECT transition_matrix(j, 'infinity') FROM forecast_small;
SELECT transition_matrix(journey(ARRAY['x' || i], ARRAY[timestamptz '2026-01-01'])) FROM generate_series(1, 1001) i;
SELECT weighted_pipeline(1, 1.5);
SELECT weighted_pipeline(1, 'NaN');
SELECT weighted_pipeline('NaN', 0.5);
SELECT '{"journeys": 1, "stages": [], "moves": []}'::transition_matrix;
SELECT '{"journeys": 1, "stages": [["a", 1, 0, 0], ["b", 0, 0, 0]], "moves": [[1, 2, 1, 5, 25]]}'::transition_matrix;
SELECT '{"journeys": 1, "stages": [["a", 1, 0, 0]], "moves": [[1, 2, 1, 5, 25]]}'::transition_matrix;
SELECT '{"journeys": 1, "stages": [["a", 1, 1, 0], ["a", 0, 0, 0]], "moves": []}'::transition_matrix;
SELECT '{"journeys": 1, "stages": [["a", 1, 1, 99999999999999999999999999999999999999999999999999999999999999]], "moves": []}'::transition_matrix;
SELECT '{"journeys": 1, "stages": [["a", 1, 1, 0]]}'::transition_matrix;
SELECT '[]'::transition_matrix;

DROP FUNCTION forecast_walk;
DROP TABLE forecast_small, forecast_matrix, forecast_rows, forecast_random, forecast_deals, forecast_pipeline;
