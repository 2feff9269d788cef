-- learned models: naive Bayes, logistic regression, calibration
SET search_path = public, journey;
\set SHOW_CONTEXT never

-- small enough to count: 3 won, 2 lost
CREATE TABLE lm_hand (won boolean, f jsonb);
INSERT INTO lm_hand VALUES (true, '{"src": "web", "vip": true}'), (true, '{"src": "web", "vip": false, "n": 2}'), (true, '{"src": "fair", "n": null}'),
    (false, '{"src": "fair", "vip": false, "n": 2}'), (false, '{"n": 2, "vip": false}');
SELECT naive_bayes(won, f) FROM lm_hand;
-- src: web 2:0, fair 1:1, missing 0:1 are three levels; vip: true 1:0, false 1:2, missing 1:0; n: one bin 1:2, missing 2:0
SELECT feature, value, round(contribution::numeric, 12) AS contribution, note,
    round(CASE coalesce(feature, '') WHEN '' THEN ln(3.0 / 2) WHEN 'src' THEN ln((2 + 1.0) / (3 + 3)) - ln((0 + 1.0) / (2 + 3))
        WHEN 'vip' THEN ln((1 + 1.0) / (3 + 3)) - ln((0 + 1.0) / (2 + 3)) WHEN 'n' THEN ln((2 + 1.0) / (3 + 2)) - ln((0 + 1.0) / (2 + 2)) ELSE 0 END, 12) AS expected
FROM (SELECT naive_bayes(won, f) AS m FROM lm_hand) AS s, explain(m, '{"src": "web", "vip": true, "who": "?"}');
SELECT feature, value, note FROM (SELECT naive_bayes(won, f) AS m FROM lm_hand) AS s, explain(m, '{"src": "radio", "vip": "yes", "n": 1e9}');

-- random rows: strings, booleans, numbers of several kinds, missing ones, a feature of mixed types
SELECT setseed(0.84);
CREATE TABLE lm_row AS
SELECT id, g, won, jsonb_strip_nulls(jsonb_build_object('src', src, 'vip', vip, 'n', n, 'x', x, 'same', 5, 'mixed', CASE id % 4 WHEN 0 THEN to_jsonb(id % 7) WHEN 1 THEN '"a"' WHEN 2 THEN 'true' END)) AS f,
    src, vip, n, x
FROM (SELECT id, id % 5 AS g, src, vip, n, x, random() < 1 / (1 + exp(0.5 - 0.8 * (src = 'web')::int + 0.3 * coalesce(n, 2) - 0.02 * x - vip::int)) AS won
      FROM (SELECT id, (ARRAY['web', 'fair', 'list', 'web', 'call'])[1 + floor(random() * 5)] AS src, random() < 0.3 AS vip,
                CASE WHEN random() < 0.8 THEN floor(random() * 6) - 1 END AS n, round((random() ^ 3 * 200)::numeric, 2)::float8 AS x FROM generate_series(1, 800) AS id) AS d) AS r;
SELECT count(*), count(*) FILTER (WHERE won) BETWEEN 250 AND 550 AS balanced FROM lm_row;

-- naive Bayes against counts in plain SQL: levels by value, numbers by tenths of the cells in order
CREATE TABLE lm_bayes AS SELECT naive_bayes(won, f) AS m FROM lm_row;
CREATE VIEW lm_level AS
WITH value AS MATERIALIZED (SELECT r.id, r.won, k.key, r.f -> k.key AS v FROM lm_row AS r, (VALUES ('src'), ('vip'), ('n'), ('x'), ('same'), ('mixed')) AS k (key)),
-- a cell is as wide as 1/256 of the power of two below; of negative numbers it begins at the far end, which matters for no order
cell AS MATERIALIZED (SELECT id, won, key, v, CASE WHEN v = '0' THEN 0 ELSE sign(v::float8) * trunc(abs(v::float8) / u) * u END AS cell
         FROM value, LATERAL (SELECT CASE WHEN jsonb_typeof(v) = 'number' AND v <> '0' THEN 2 ^ (floor(log(2, abs(v::numeric)) + 1e-12) - 8) END AS u) AS s
         WHERE jsonb_typeof(v) = 'number' OFFSET 0),
bin AS MATERIALIZED (SELECT key, cell, floor((sum(rows) OVER (PARTITION BY key ORDER BY cell) - rows / 2.0) * 10 / sum(rows) OVER (PARTITION BY key)) AS bin
        FROM (SELECT key, cell, count(*) AS rows FROM cell GROUP BY key, cell) AS c),
level AS MATERIALIZED (SELECT value.id, value.won, value.key, CASE WHEN bin IS NOT NULL THEN 'bin ' || bin ELSE coalesce(value.v::text, 'missing') END AS level
          FROM value LEFT JOIN (SELECT id, key, bin FROM cell JOIN bin USING (key, cell)) AS b ON b.id = value.id AND b.key = value.key)
SELECT id, won, key, level, ln((count(*) FILTER (WHERE won) OVER l + 1.0) / (w + n)) - ln((count(*) FILTER (WHERE NOT won) OVER l + 1.0) / (o + n)) AS weight
FROM level JOIN (SELECT key, count(DISTINCT level) AS n, count(*) FILTER (WHERE won) AS w, count(*) FILTER (WHERE NOT won) AS o FROM level GROUP BY key) AS k USING (key)
WINDOW l AS (PARTITION BY key, level);
SELECT count(*) AS rows, max(abs(log_odds(m, f) - expected)) < 1e-9 AS log_odds, max(abs(predict(m, f) - 1 / (1 + exp(-expected)))) < 1e-12 AS predict
FROM lm_bayes, lm_row JOIN (SELECT id, sum(weight)::float8 + (SELECT ln(count(*) FILTER (WHERE won)::float8 / count(*) FILTER (WHERE NOT won)) FROM lm_row) AS expected FROM lm_level GROUP BY id) AS e USING (id);

-- counts add up and can be taken away, exactly
SELECT (m - old)::text = new::text AS subtracted, (old + new)::text = m::text AS added, (m - old + old)::text = m::text AS both, (m - m)::text AS nothing
FROM lm_bayes, (SELECT naive_bayes(won, f) FILTER (WHERE id <= 400) AS old, naive_bayes(won, f) FILTER (WHERE id > 400) AS new FROM lm_row) AS s;
SELECT rollup(p)::text = m::text AS rolled FROM lm_bayes, (SELECT naive_bayes(won, f) AS p FROM lm_row GROUP BY g) AS s GROUP BY m::text;
SELECT naive_bayes(won, f)::text = m::text AS shuffled FROM lm_bayes, (SELECT * FROM lm_row ORDER BY random()) AS s GROUP BY m::text;
SELECT naive_bayes(won, f) FILTER (WHERE won) - naive_bayes(won, f) FROM lm_row;
SELECT naive_bayes(true, '{"a": "x"}') - naive_bayes(true, '{"a": "y"}');
SELECT naive_bayes(won, f) - naive_bayes(true, '{}') FROM (VALUES (true, '{"a": 1}'::jsonb), (false, '{}')) AS v (won, f);
-- one class: counts are kept, but there is nothing to predict
SELECT m, predict(m, '{"a": 1}'), log_odds(m, '{}'), (SELECT count(*) FROM explain(m, '{}')) AS explained FROM (SELECT naive_bayes(true, '{"a": 1}') AS m) AS s;
SELECT naive_bayes(won, f), logistic(won, f), logistic_start(won, f) FROM lm_hand WHERE false;
SELECT naive_bayes(w, f), logistic(w, f) FROM (VALUES (NULL::boolean, '{"a": 1}'::jsonb), (true, NULL)) AS v (w, f);
-- numbers beyond those seen are in the first and the last bin
SELECT abs(log_odds(m, '{"n": -1e300}') - log_odds(m, '{"n": -1}')) < 1e-12 AS low, abs(log_odds(m, '{"n": 1e300}') - log_odds(m, '{"n": 4}')) < 1e-12 AS high FROM lm_bayes;

-- logistic regression: at the greatest penalised likelihood its derivative is zero, here in plain SQL
CREATE TABLE lm_logistic AS SELECT ridge, logistic(won, f, ridge) AS m FROM lm_row, unnest('{1e-6, 1, 50}'::float8[]) AS ridge GROUP BY ridge;
SELECT ridge, (m::jsonb ->> 'converged')::boolean AS converged, (m::jsonb ->> 'steps')::int < 12 AS quick FROM lm_logistic ORDER BY ridge;
SELECT feature, kind, level FROM lm_logistic, coefficients(m) WHERE ridge = 1;
CREATE VIEW lm_column AS
SELECT ridge, r.id, r.won, feature, kind, level, predict(m, r.f) AS p, coefficient * coalesce(scale, 1) AS beta,
    CASE WHEN kind = 'intercept' THEN 1
         WHEN kind = 'number' THEN CASE WHEN jsonb_typeof(v) = 'number' THEN (v::float8 - mean) / scale ELSE 0 END
         WHEN kind = 'level' THEN coalesce(v = to_jsonb(level), false)::int
         WHEN kind = 'true' THEN coalesce(v = 'true', false)::int
         WHEN kind = 'missing' THEN (v IS NULL)::int END AS x
FROM lm_logistic, coefficients(m) AS c, lm_row AS r, LATERAL (SELECT r.f -> feature AS v) AS value WHERE kind <> 'reference';
SELECT ridge, count(DISTINCT (feature, kind, level)) AS columns, max(abs(derivative)) < 1e-6 AS greatest
FROM (SELECT ridge, feature, kind, level, sum((won::int - p) * x) - CASE WHEN kind = 'intercept' THEN 0 ELSE ridge * max(beta) END AS derivative
      FROM lm_column GROUP BY ridge, feature, kind, level) AS d GROUP BY ridge ORDER BY ridge;
SELECT ridge, max(abs(p - 1 / (1 + exp(-odds)))) < 1e-12 AS predictions
FROM (SELECT ridge, id, max(p) AS p, sum(beta * x) AS odds FROM lm_column GROUP BY ridge, id) AS s GROUP BY ridge ORDER BY ridge;
SELECT bool_and(abs(mean - avg) < 1e-9 AND abs(scale - stddev) < 1e-9) AS standardised
FROM lm_logistic, coefficients(m) AS c JOIN (SELECT key, avg(value::float8), stddev_pop(value::float8) AS stddev FROM lm_row, jsonb_each(f) WHERE jsonb_typeof(value) = 'number' GROUP BY key) AS s
    ON s.key = c.feature WHERE kind = 'number';
SELECT ridge, abs((m::jsonb ->> 'log_likelihood')::float8 - (SELECT sum(ln(CASE WHEN won THEN predict(m, f) ELSE 1 - predict(m, f) END)) FROM lm_row)) < 1e-6 AS log_likelihood FROM lm_logistic ORDER BY ridge;
-- one row at a time, and by steps over the table: the same
SELECT ridge, max(abs(predict(m, f) - predict(s, f))) < 1e-8 AS same FROM (SELECT ridge, m, logistic_fit('lm_row', 'won', 'f', ridge) AS s FROM lm_logistic) AS l, lm_row GROUP BY ridge ORDER BY ridge;
DO $$
DECLARE
    model journey.lead_model;
    whole journey.lead_model;
BEGIN
    SELECT journey.logistic_start(won, f) INTO model FROM lm_row;
    WHILE NOT journey.converged(model) LOOP
        SELECT journey.logistic_step(model, won, f) INTO model FROM lm_row;
    END LOOP;
    SELECT m INTO whole FROM lm_logistic WHERE ridge = 1;
    RAISE NOTICE 'by hand: % steps, greatest difference of a coefficient or error below 1e-8: %', model::jsonb -> 'steps',
        (SELECT max(greatest(abs(a.coefficient - b.coefficient), abs(a.standard_error - b.standard_error))) < 1e-8
         FROM journey.coefficients(model) AS a JOIN journey.coefficients(whole) AS b ON (a.feature, a.kind, a.level) IS NOT DISTINCT FROM (b.feature, b.kind, b.level));
END $$;
-- in any order, to the last bit; over the same rows more than once
SELECT bool_and(logistic::text = m::text) AS shuffled FROM (SELECT logistic(won, f) FROM (SELECT * FROM lm_row ORDER BY random()) AS s) AS l, lm_logistic WHERE ridge = 1;
SELECT max(abs(a.coefficient - b.coefficient)) < 1e-9 AS doubled
FROM (SELECT logistic(won, f, 2) AS m FROM lm_row, generate_series(1, 2)) AS t, coefficients(t.m) AS a, lm_logistic AS l, coefficients(l.m) AS b
WHERE l.ridge = 1 AND (a.feature, a.kind, a.level) IS NOT DISTINCT FROM (b.feature, b.kind, b.level);
-- serial and parallel
CREATE FUNCTION lm_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line;
    END LOOP;
    RETURN CASE WHEN plan LIKE '%Finalize%Gather%Partial%' THEN 'parallel' ELSE plan END;
END $$;
ALTER TABLE lm_row SET (parallel_workers = 3);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT lm_plan('SELECT naive_bayes(won, f), logistic(won, f), logistic_start(won, f) FROM lm_row');
SELECT naive_bayes(won, f)::text = (SELECT m::text FROM lm_bayes) AS bayes, logistic(won, f)::text = (SELECT m::text FROM lm_logistic WHERE ridge = 1) AS logistic FROM lm_row;
SELECT max(abs(predict(m, f) - predict(s, f))) < 1e-8 AS steps FROM (SELECT m, logistic_fit('lm_row', 'won', 'f') AS s FROM lm_logistic WHERE ridge = 1) AS l, lm_row;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- explanations add up, calibrated or not
CREATE TABLE lm_model AS
SELECT 'bayes' AS name, m FROM lm_bayes UNION ALL SELECT 'logistic', m FROM lm_logistic WHERE ridge = 1
UNION ALL SELECT 'bayes platt', calibrate(m, c) FROM lm_bayes, (SELECT platt(won, log_odds(m, f)) AS c FROM lm_bayes, lm_row) AS s
UNION ALL SELECT 'bayes isotonic', calibrate(m, c) FROM lm_bayes, (SELECT isotonic(won, log_odds(m, f)) AS c FROM lm_bayes, lm_row) AS s;
SELECT name, count(*) AS rows, max(abs(total - ln(p / (1 - p)))) < 1e-9 AS to_the_prediction, max(abs(total - odds)) < 1e-13 AS to_the_log_odds
FROM (SELECT name, predict(m, f) AS p, log_odds(m, f) AS odds, (SELECT sum(contribution) FROM explain(m, f)) AS total FROM lm_model, lm_row WHERE id <= 200) AS s GROUP BY name ORDER BY name;
SELECT feature, value, round(contribution::numeric, 6) AS contribution, note FROM lm_model, explain(m, '{"src": "?", "vip": false, "n": null, "same": 6, "mixed": 3, "zzz": "z"}') WHERE name = 'logistic';
-- calibrated probabilities are true on the whole; ranks stay, but for ties
SELECT name, abs(avg(predict(m, f)) - avg(won::int)) < 0.005 AS on_the_whole, calibration_error(won, predict(m, f)) < 0.05 AS in_bins FROM lm_model, lm_row WHERE name <> 'bayes' GROUP BY name ORDER BY name;
SELECT a.auc = b.auc AS platt_keeps_auc FROM (SELECT auc(won, log_odds(m, f)) FROM lm_model, lm_row WHERE name = 'bayes') AS a, (SELECT auc(won, log_odds(m, f)) FROM lm_model, lm_row WHERE name = 'bayes platt') AS b;
SELECT calibrate(m, NULL)::text = (SELECT m::text FROM lm_bayes) AS taken_away FROM lm_model WHERE name = 'bayes isotonic';
-- isotonic: the greatest of the least means around each score
CREATE TABLE lm_score AS SELECT won, round((random() * 30)::numeric) + CASE WHEN won THEN 3 ELSE 0 END AS s FROM lm_row WHERE id <= 200;
SELECT count(*) AS scores, max(abs(calibrated(c, s::float8) - greatest(least(expected, 201.0 / 202), 1.0 / 202))) < 1e-12 AS isotonic
FROM (SELECT isotonic(won, s::float8) AS c FROM lm_score) AS i, (
    SELECT i.s, (SELECT max(least_mean) FROM (SELECT a.s, min(m.mean) AS least_mean FROM (SELECT DISTINCT s FROM lm_score) AS a, (SELECT DISTINCT s FROM lm_score) AS b,
            LATERAL (SELECT avg(won::int) AS mean FROM lm_score AS r WHERE r.s BETWEEN a.s AND b.s) AS m WHERE a.s <= i.s AND b.s >= i.s GROUP BY a.s) AS x) AS expected
    FROM (SELECT DISTINCT s FROM lm_score) AS i) AS e;
SELECT calibrated('{"isotonic": [[0, 0.25], [1, 0.25], [3, 0.75]]}', s) FROM unnest('{-Infinity, 0, 1, 2, 3, Infinity}'::float8[]) AS s;
-- Platt: the likelihood of its soft targets has no derivative left
SELECT abs(sum(target - p)) < 1e-6 AS offset, abs(sum((target - p) * s)) < 1e-5 AS slope
FROM (SELECT s, calibrated(c, s::float8) AS p, CASE WHEN won THEN (w + 1.0) / (w + 2) ELSE 1.0 / (n - w + 2) END AS target
      FROM lm_score, (SELECT platt(won, s::float8) AS c, count(*) AS n, count(*) FILTER (WHERE won) AS w FROM lm_score) AS k) AS t;
SELECT platt(true, 1), isotonic(false, 1), platt(won, s) -> 'platt' -> 0 AS slope, round((platt(won, s) -> 'platt' -> 1)::numeric, 9) AS "offset", round(ln((2 / 3.0 + 2 / 4.0) / (1 / 3.0 + 2 * 3 / 4.0)), 9) AS expected FROM (VALUES (true, 1), (false, 1), (false, 1)) AS v (won, s);

-- hard cases stay finite: separated outcomes, collinear features, a constant, one row of each, nothing to learn from
SELECT bool_and(abs(coefficient) < 20 AND standard_error < 20) AS finite, min(p) < 0.2 AND max(p) > 0.8 AS separated
FROM (SELECT logistic(x > 50, jsonb_build_object('x', x, 'twice', 2 * x, 'constant', 7, 'side', x > 50)) AS m FROM generate_series(1, 100) AS x) AS s, coefficients(m) AS c,
    LATERAL (SELECT predict(m, jsonb_build_object('x', x, 'twice', 2 * x, 'constant', 7, 'side', x > 50)) AS p FROM generate_series(1, 100) AS x) AS p WHERE kind <> 'reference';
SELECT kind, round(coefficient::numeric, 9) AS coefficient, round(standard_error::numeric, 9) AS error, round(ln(2.0), 9) AS expected, round(sqrt(1.5), 9) AS error_expected
FROM (SELECT logistic(w, '{}') AS m FROM (VALUES (true), (true), (false)) AS v (w)) AS s, coefficients(m);
SELECT feature, kind, level, round(coefficient::numeric, 9) AS coefficient FROM (SELECT logistic(w, f) AS m FROM (VALUES (true, '{"a": "x"}'::jsonb), (false, '{"a": "y"}')) AS v (w, f)) AS s, coefficients(m);
CREATE TABLE lm_none (w boolean, "the ""features""" jsonb);
SELECT logistic_fit('lm_none', 'w', 'the "features"');
INSERT INTO lm_none VALUES (true, '{"a": 1}');
SELECT logistic_fit('lm_none', 'w', 'the "features"');
INSERT INTO lm_none VALUES (false, '{"a": 2}'), (NULL, '{"b": [1]}'), (true, NULL);
SELECT logistic_fit('lm_none', 'w', 'the "features"')::jsonb -> 'positives' AS positives;
SELECT logistic_fit('lm_none', 'w', 'the "features"', 0.1, 2);
SELECT logistic(x > 50, jsonb_build_object('x', x), 0) FROM generate_series(1, 100) AS x;
SELECT logistic(x % 3 = 0, jsonb_build_object('x', x, 'twice', 2 * x), 0) FROM generate_series(1, 100) AS x;
-- numbers far from zero
SELECT abs(a.coefficient - b.coefficient) < 1e-6 AS shifted FROM (SELECT logistic(x % 7 < x / 20, jsonb_build_object('x', x)) AS m, logistic(x % 7 < x / 20, jsonb_build_object('x', x + 1700000000)) AS far FROM generate_series(1, 100) AS x) AS s,
    coefficients(m) AS a, coefficients(far) AS b WHERE a.kind = 'number' AND b.kind = 'number';

-- refused
SELECT naive_bayes(true, '[1]');
SELECT naive_bayes(true, '5');
SELECT logistic(true, '{"a": {"b": 1}}');
SELECT predict(m, '{"a \"b\"": [1]}') FROM lm_bayes;
SELECT naive_bayes(true, '{"a": 1e400}');
SELECT naive_bayes(true, jsonb_build_object('a', repeat('x', 256)));
SELECT naive_bayes(true, jsonb_build_object(repeat('x', 256), 1));
SELECT naive_bayes(true, (SELECT jsonb_object_agg('f' || i, 1) FROM generate_series(1, 1001) AS i));
SELECT naive_bayes(i % 2 = 0, jsonb_build_object('f' || i, 1)) FROM generate_series(1, 1001) AS i;
SELECT logistic(i % 2 = 0, jsonb_build_object('customer', 'c' || i)) FROM generate_series(1, 1001) AS i;
SELECT logistic(true, '{}', -1);
SELECT logistic(true, '{}', 'NaN');
SELECT logistic(true, '{}', 'Infinity');
SELECT logistic(true, '{}', NULL);
SELECT logistic(w, '{}', r) FROM (VALUES (true, 1), (false, 2)) AS v (w, r);
SELECT logistic(x > 0, jsonb_build_object('x', x)) FROM (VALUES (1e308), (-1e308)) AS v (x);
SELECT m + m FROM lm_logistic WHERE ridge = 1;
SELECT coefficients(m) FROM lm_bayes;
SELECT logistic_step(m, true, '{}') FROM lm_bayes;
SELECT logistic_step(m, true, '{}') FROM lm_model WHERE name IN ('logistic') UNION ALL SELECT logistic_step(m, true, f) FROM lm_logistic, lm_hand;
SELECT calibrate(m, '{"platt": [1]}') FROM lm_bayes;
SELECT calibrate(m, '{"isotonic": [[0, 0.5], [1, 0.4]]}') FROM lm_bayes;
SELECT calibrated('{"sigmoid": 1}', 0);
SELECT calibrated('{"platt": [1, 0]}', 'NaN');
SELECT platt(w, s) FROM (VALUES (true, 1.0::float8), (false, 'Infinity')) AS v (w, s);

-- documents
SELECT '{"kind": "naive_bayes", "positives": 2, "negatives": 1, "features": {}}'::lead_model, '{"kind": "naive_bayes", "positives": 2, "negatives": 1, "features": {}}'::jsonb::lead_model::jsonb ->> 'kind' AS kind;
DO $$
DECLARE
    t text;
    detail text;
BEGIN
    FOREACH t IN ARRAY ARRAY['[]', '{}', '1', '{"kind": 1}', '{"kind": "tree"}', '{"kind": "naive_bayes"}', '{"kind": "naive_bayes", "features": {}}',
        '{"kind": "naive_bayes", "features": [], "positives": 1, "negatives": 1}', '{"kind": "naive_bayes", "features": {}, "positives": -1, "negatives": 1}',
        '{"kind": "naive_bayes", "features": {}, "positives": 1.5, "negatives": 1}', '{"kind": "naive_bayes", "features": {}, "positives": 1e400, "negatives": 1}',
        '{"kind": "naive_bayes", "features": {}, "positives": 1, "negatives": 1, "extra": 1}', '{"kind": "naive_bayes", "features": {}, "positives": 1, "negatives": 1, "ridge": 1}',
        '{"kind": "naive_bayes", "features": {"a b": {"levels": {"x": [1]}}}, "positives": 1, "negatives": 1}', '{"kind": "naive_bayes", "features": {"a": {"levels": {"x\"": [1, "2"]}}}, "positives": 1, "negatives": 1}',
        '{"kind": "naive_bayes", "features": {"a": {"levels": {"x": [2, 0]}}}, "positives": 1, "negatives": 1}', '{"kind": "naive_bayes", "features": {"a": {"levels": {"x": [0, 0]}}}, "positives": 1, "negatives": 1}',
        '{"kind": "naive_bayes", "features": {"a": {"numbers": [[513, 1, 0]]}}, "positives": 1, "negatives": 1}', '{"kind": "naive_bayes", "features": {"a": {"numbers": [[2, 1, 0], [1, 0, 1]]}}, "positives": 1, "negatives": 1}',
        '{"kind": "design", "features": {}, "positives": 1, "negatives": 1, "ridge": 1}',
        '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1}', '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1, "ridge": -1}', '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1, "ridge": 1}',
        '{"kind": "logistic", "features": {"a": {"number": [1, 1, 0, 0]}}, "positives": 1, "negatives": 1, "ridge": 1, "intercept": [0, null]}', '{"kind": "logistic", "features": {"a": {"true": [null, 1]}}, "positives": 1, "negatives": 1, "ridge": 1, "intercept": [0, null]}',
        '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1, "ridge": 1, "intercept": [0, null], "previous": {"objective": 1, "coefficients": [1, 2]}}',
        '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1, "ridge": 1, "intercept": [0, null], "calibration": {"isotonic": [[1, 1]]}}'] LOOP
        BEGIN
            PERFORM t::journey.lead_model;
            RAISE NOTICE 'accepted: %', t;
        EXCEPTION WHEN invalid_text_representation THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            RAISE NOTICE '%', detail;
        END;
    END LOOP;
END $$;
-- lossless forms of models and states
SELECT count(*) AS models, bool_and(m::text = m::text::lead_model::text AND lead_model_send(m) = lead_model_send(m::text::lead_model)) AS same
FROM (SELECT m FROM lm_model UNION ALL SELECT m FROM lm_logistic UNION ALL SELECT logistic_step(s, won, f) FROM (SELECT logistic_start(won, f) AS s FROM lm_row) AS l, lm_row) AS s;
CREATE AGGREGATE lm_counts(boolean, jsonb) (SFUNC = feature_counts_accum, STYPE = feature_counts);
CREATE AGGREGATE lm_log(boolean, jsonb) (SFUNC = feature_log_accum, STYPE = feature_log);
CREATE AGGREGATE lm_sums(lead_model, boolean, jsonb) (SFUNC = logistic_sums_accum, STYPE = logistic_sums);
SELECT lm_counts(won, f), lm_log(won, f) FROM lm_hand;
SELECT feature_counts_send(c) = feature_counts_send(c::text::feature_counts) AS counts, feature_log_send(l) = feature_log_send(l::text::feature_log) AS log, logistic_sums_send(s) = logistic_sums_send(s::text::logistic_sums) AS sums,
    feature_counts_bayes(c::text::feature_counts)::text = (SELECT m::text FROM lm_bayes) AS bayes, feature_log_final(l::text::feature_log)::text = (SELECT m::text FROM lm_logistic WHERE ridge = 1) AS logistic,
    logistic_sums_final(s::text::logistic_sums)::text = logistic_sums_final(s)::text AS step
FROM (SELECT lm_counts(won, f) AS c, lm_log(won, f) AS l, (SELECT lm_sums(m, won, f) FROM lm_logistic, lm_row WHERE ridge = 1) AS s FROM lm_row) AS states;
-- a state that is changed is a copy
SELECT c, feature_counts_accum(c, true, '{"a": 1}'), feature_counts_combine(c, c), feature_counts_combine(NULL, c), c FROM (SELECT lm_counts(true, '{"a": 1}') AS c) AS s;
SELECT '{"ridge": 1, "rows": [[true]]}'::feature_log;
SELECT '{"ridge": 1, "rows": [[true, {"a": []}]]}'::feature_log;
SELECT '{"model": 1}'::logistic_sums;
SELECT '{"kind": "logistic", "features": {}, "positives": 1, "negatives": 1, "ridge": 1, "intercept": [0, null]}'::feature_counts;
-- columns of other types, and none
SELECT logistic_fit('lm_row', 'g', 'f');
SELECT logistic_fit('lm_row', 'won', 'won');
SELECT logistic_fit('lm_row', 'won', 'no "such');
DROP AGGREGATE lm_counts(boolean, jsonb);
DROP AGGREGATE lm_log(boolean, jsonb);
DROP AGGREGATE lm_sums(lead_model, boolean, jsonb);
DROP VIEW lm_level, lm_column;
DROP TABLE lm_hand, lm_row, lm_bayes, lm_logistic, lm_model, lm_score, lm_none;
DROP FUNCTION lm_plan(text);
