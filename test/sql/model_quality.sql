-- measures of quality over (outcome, score)
SET search_path = public, journey;
\set SHOW_CONTEXT never

-- worked by hand: positives 0.9 0.5 0.5, negatives 0.5 0.1; pairs won 1+1 + .5+1 + .5+1 of 6
CREATE TABLE mq_hand (won boolean, p float8);
INSERT INTO mq_hand VALUES (true, 0.9), (true, 0.5), (false, 0.5), (true, 0.5), (false, 0.1);
SELECT auc(won, p), 5.0 / 6 AS auc_expected, ks(won, p), 0.5 AS ks_expected FROM mq_hand;
SELECT brier(won, p), (0.01 + 0.75 + 0.01) / 5 AS brier_expected,
    log_loss(won, p), -(ln(0.9::float8) + 3 * ln(0.5::float8) + ln(0.9::float8)) / 5 AS log_loss_expected FROM mq_hand;
SELECT outcome_log(won, p) FROM mq_hand;
SELECT gain(won, p), lift(won, p) FROM mq_hand;
-- the top 40 % are the first row and a third of the tied three, which has two thirds of a positive
SELECT gain(won, p, 0.4), (1 + 2.0 / 3) / 3 AS gain_expected, lift(won, p, 0.4), (1 + 2.0 / 3) / 3 / 0.4 AS lift_expected FROM mq_hand;
SELECT (c).* FROM (SELECT confusion(won, p, 0.5) AS c FROM mq_hand) AS s;
SELECT (c).* FROM (SELECT confusion(won, p) AS c FROM mq_hand) AS s;
SELECT (c).* FROM (SELECT confusion(won, p, 0.95) AS c FROM mq_hand) AS s;
SELECT b.bin, b.low, b.high, b.rows, b.positives, b.predicted, b.observed, round(b.observed_low::numeric, 4) AS observed_low, round(b.observed_high::numeric, 4) AS observed_high
FROM (SELECT calibration(won, p) AS c FROM mq_hand) AS s, unnest(c) AS b ORDER BY bin;
SELECT calibration_error(won, p), (0.1 + 0.1 + 3 * (2.0 / 3 - 0.5)) / 5 AS expected, calibration_error(won, p, 1) AS one_bin FROM mq_hand;
SELECT bin, top, rows, positives, highest_score, lowest_score, round(rate::numeric, 6) AS rate, round(bin_lift::numeric, 6) AS bin_lift,
    round(t.gain::numeric, 6) AS gain, round(t.lift::numeric, 6) AS lift
FROM (SELECT outcome_log(won, p) AS log FROM mq_hand) AS s, gain_table(log, 5) AS t ORDER BY bin;

-- nothing, one class, nulls
SELECT auc(won, p), ks(won, p), brier(won, p), log_loss(won, p), gain(won, p), lift(won, p, 0.1), calibration(won, p), calibration_error(won, p), confusion(won, p), outcome_log(won, p)
FROM mq_hand WHERE false;
SELECT auc(won, p), ks(won, p), gain(won, p), lift(won, p, 0.5), round(brier(won, p)::numeric, 6) AS brier, confusion(won, p) FROM mq_hand WHERE NOT won;
SELECT auc(won, p), ks(won, p), gain(won, p, 0.5), lift(won, p, 0.5), round(brier(won, p)::numeric, 6) AS brier, confusion(won, p) FROM mq_hand WHERE won;
SELECT outcome_log(won, p), auc(won, p) FROM (VALUES (true, 0.5), (NULL, 0.7), (false, NULL), (NULL, NULL), (false, 0.25)) AS v (won, p);
SELECT outcome_log(won, p), auc(won, p) FROM (VALUES (NULL::boolean, 0.7), (false, NULL)) AS v (won, p);
SELECT auc(l), ks(l), brier(l), log_loss(l), gain(l, 0.5), gain(l), lift(l), calibration_error(l), confusion(l, 0.5) FROM (SELECT '{}'::outcome_log AS l) AS s;
SELECT count(*) FROM gain_table('{}');
SELECT count(*) FROM calibration_bins('{}');
SELECT auc(NULL::outcome_log), gain('{0:1/2}'::outcome_log, NULL), confusion('{0:1/2}'::outcome_log, NULL);
SELECT bin, positives, t.gain, t.lift FROM gain_table('{1:0/4}', 2) AS t;

-- any score; infinities are the highest and the lowest, minus zero is zero
SELECT auc(won, s), ks(won, s), outcome_log(won, s) FROM (VALUES (true, 'Infinity'::float8), (false, '-Infinity'), (true, -1e308), (false, 0), (true, '-0')) AS v (won, s);
-- what was impossible happened
SELECT log_loss(won, p), brier(won, p) FROM (VALUES (true, 0.0::float8), (false, 0.5)) AS v (won, p);
SELECT log_loss(won, p), brier(won, p) FROM (VALUES (true, 1.0::float8), (false, 0)) AS v (won, p);

-- refused
SELECT auc(true, 'NaN');
SELECT brier(true, 1.5);
SELECT log_loss(true, -0.1);
SELECT calibration_error(true, 'Infinity');
SELECT calibration(true, 2, 10);
SELECT calibration_bins('{2:1/1}');
SELECT gain(true, 1, 0);
SELECT gain(true, 1, 1.5);
SELECT lift(true, 1, 'NaN');
SELECT lift(true, 1, NULL);
SELECT gain('{1:1/1}'::outcome_log, -1);
SELECT calibration_error(true, 0.5, 0);
SELECT calibration_error(true, 0.5, 1001);
SELECT calibration(true, 0.5, NULL);
SELECT gain_table('{1:1/1}', 0);
SELECT confusion(true, 0.5, 'NaN');
SELECT confusion('{1:1/1}'::outcome_log, 'NaN');
SELECT confusion(won, p, p) FROM mq_hand;

-- the log as a value
SELECT '{}'::outcome_log, ' { 0.5:1/2 , -1:0/1,0.5:2/2, 1e3:1/1 } '::outcome_log, '0.25 {-Infinity:0/1, Infinity:1/1}'::outcome_log, '{1e-320:1/1, 0.1:1/3}'::outcome_log;
SELECT '{0.1:1/2}'::outcome_log + '{0.2:0/3, 0.1:1/1}'::outcome_log;
SELECT rollup(l), auc(rollup(l)) FROM (VALUES ('{0.1:1/2}'::outcome_log), ('{0.2:0/3, 0.1:1/1}'), (NULL)) AS v (l);
SELECT rollup(l) FROM (VALUES ('{0.1:1/2}'::outcome_log)) AS v (l) WHERE false;
-- one of no rows has no room, and grows
SELECT rollup(l) FROM (VALUES ('{}'::outcome_log), ('{0.5:1/2, 0.75:1/1}'), ('{}'), ('{0.25:0/1}')) AS v (l);
SELECT auc('{0:1000000000000/2000000000000, 1:3000000000000/4000000000000}'), (2 * 1 * 1 + 2 * 3 * 1 + 3 * 1) / 2.0 / (4 * 2) - 1.0 / 16 AS expected;
SELECT '0.5 {0.1:1/2}'::outcome_log + '{0.1:1/2}'::outcome_log;
SELECT '{0:4611686018427387903/4611686018427387903}'::outcome_log + '{1:1/1}'::outcome_log;
DO $$
DECLARE
    t text;
    detail text;
BEGIN
    FOREACH t IN ARRAY ARRAY['', '{', '}', '{1}', '{1:}', '{1:1}', '{1:1/}', '{1:2/1}', '{1:0/0}', '{NaN:1/1}', '{1e400:1/1}', '{0x1p3:1/1}', '{1:1/1,}', '{1:1/1 2:1/1}',
        '{1:1/1} x', 'x {}', '{1:-1/2}', '{1:1/9223372036854775807}', '{1:1/99999999999999999999}', '{+1:1/1}', '{.5:1/1}', 'NaN {}'] LOOP
        BEGIN
            PERFORM t::journey.outcome_log;
            RAISE NOTICE '% was accepted', t;
        EXCEPTION WHEN invalid_text_representation THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            RAISE NOTICE '%: %', t, detail;
        END;
    END LOOP;
END $$;
-- a state that is changed is a copy
SELECT l, outcome_log_accum(l, true, 0.5), outcome_log_combine(l, '{3:1/1}'), outcome_log_combine(NULL, l), outcome_log_accum(NULL, NULL, 1), l
FROM (VALUES ('{0.5:1/2}'::outcome_log)) AS v (l);

-- random rows against brute force: scores with and without ties
SELECT setseed(0.86);
CREATE TABLE mq_row AS
SELECT g, id, random() < CASE WHEN id % 2 = 0 THEN p ELSE 0.3 END AS won, CASE g WHEN 0 THEN p WHEN 1 THEN round(p::numeric, 1)::float8 ELSE round(p::numeric, 2)::float8 END AS p
FROM generate_series(0, 2) AS g, generate_series(1, 900) AS id, LATERAL (SELECT random() + 0 * id + 0 * g AS p) AS draw;
SELECT g, abs(auc - auc_expected) < 1e-12 AS auc, abs(ks - ks_expected) < 1e-12 AS ks, abs(brier - brier_expected) < 1e-12 AS brier,
    abs(log_loss - log_loss_expected) < 1e-12 AS log_loss
FROM (SELECT g, auc(won, p), ks(won, p), brier(won, p), log_loss(won, greatest(least(p, 0.999), 0.001)) FROM mq_row GROUP BY g) AS a
JOIN (SELECT a.g, avg(CASE WHEN a.p > b.p THEN 1 WHEN a.p = b.p THEN 0.5 ELSE 0 END)::float8 AS auc_expected
      FROM mq_row AS a JOIN mq_row AS b ON b.g = a.g AND NOT b.won WHERE a.won GROUP BY a.g) AS e USING (g)
JOIN (SELECT g, max(abs(below)) AS ks_expected
      FROM (SELECT a.g, a.p, avg((b.p <= a.p)::int) FILTER (WHERE b.won)::float8 - avg((b.p <= a.p)::int) FILTER (WHERE NOT b.won)::float8 AS below
            FROM (SELECT DISTINCT g, p FROM mq_row) AS a JOIN mq_row AS b ON b.g = a.g GROUP BY a.g, a.p) AS s GROUP BY g) AS k USING (g)
JOIN (SELECT g, avg((p - won::int) ^ 2) AS brier_expected,
        -avg(ln(CASE WHEN won THEN greatest(least(p, 0.999), 0.001) ELSE 1 - greatest(least(p, 0.999), 0.001) END)) AS log_loss_expected FROM mq_row GROUP BY g) AS s USING (g)
ORDER BY g;
-- gain: ranks of tied rows are shared, so is each row's part of the top
SELECT g, top, abs(gain(outcome_log(won, p), top) - expected) < 1e-12 AS gain, abs(lift(outcome_log(won, p), top) - expected / top) < 1e-12 AS lift
FROM mq_row JOIN (
    SELECT g, top, sum(won::int * greatest(0, least(1, (top * 900 - above) / ties))) / sum(won::int) AS expected
    FROM (SELECT g, won, rank() OVER (PARTITION BY g ORDER BY p DESC) - 1 AS above, count(*) OVER (PARTITION BY g, p) AS ties FROM mq_row) AS r,
        unnest('{0.01, 0.1, 0.25, 0.333, 0.9, 1}'::float8[]) AS top GROUP BY g, top) AS e USING (g)
GROUP BY g, top, expected ORDER BY g, top;
SELECT g, count(*) AS bins, bool_and(abs(t.rows - 900.0 / 7) < 1e-9 AND abs(t.rate - t.positives / t.rows) < 1e-12) AS rows, abs(sum(t.positives) - wins) < 1e-9 AS positives,
    bool_and(abs(t.gain - expected) < 1e-12 AND abs(t.lift - expected / top) < 1e-12) AS gain, bool_and(highest_score >= lowest_score) AS scores
FROM (SELECT g, outcome_log(won, p) AS log, count(*) FILTER (WHERE won) AS wins FROM mq_row GROUP BY g) AS s, gain_table(log, 7) AS t,
    LATERAL (SELECT gain(log, t.top) AS expected) AS e
GROUP BY g, wins ORDER BY g;
-- calibration: bins by their edges
SELECT g, bins, count(*) AS filled, sum(b.rows) AS rows,
    bool_and(b.rows = e.n AND b.positives = e.wins AND abs(b.predicted - e.mean) < 1e-12 AND abs(b.observed - e.wins::float8 / e.n) < 1e-12 AND b.low = (b.bin - 1)::float8 / bins) AS good,
    abs(max(error) - sum(abs(e.mean * e.n - e.wins)) / 900) < 1e-12 AS error
FROM (SELECT g, outcome_log(won, p) AS log FROM mq_row GROUP BY g) AS s, unnest('{1, 3, 10, 100}'::int[]) AS bins, calibration_bins(log, bins) AS b, calibration_error(log, bins) AS error,
    LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE won) AS wins, avg(p) AS mean FROM mq_row AS r
             WHERE r.g = s.g AND p >= (b.bin - 1)::float8 / bins AND (p < b.bin::float8 / bins OR b.bin = bins)) AS e
GROUP BY g, bins ORDER BY g, bins;
SELECT g, t, true_positives = tp AND false_positives = fp AND true_negatives = tn AND false_negatives = fn AS counts,
    abs("precision" - tp / (tp + fp)::float8) < 1e-12 AND abs(recall - tp / (tp + fn)::float8) < 1e-12 AND abs(specificity - tn / (tn + fp)::float8) < 1e-12
    AND abs(accuracy - (tp + tn) / 900.0) < 1e-12 AND abs(f1 - 2 / (1 / "precision" + 1 / recall)) < 1e-12 AND abs(mcc - r) < 1e-12 AS shares
FROM (SELECT g, t, (confusion(outcome_log(won, p), t)).*, count(*) FILTER (WHERE won AND p >= t) AS tp, count(*) FILTER (WHERE NOT won AND p >= t) AS fp,
        count(*) FILTER (WHERE NOT won AND p < t) AS tn, count(*) FILTER (WHERE won AND p < t) AS fn, corr(won::int, (p >= t)::int) AS r
      FROM mq_row, unnest('{0.3, 0.5, 0.8}'::float8[]) AS t GROUP BY g, t) AS s ORDER BY g, t;

-- any order, any split, serial and parallel, and all that share one state: the same to the last bit
CREATE TABLE mq_answer AS
SELECT g, auc(won, p), ks(won, p), brier(won, p), gain(won, p), calibration_error(won, p), outcome_log(won, p)::text AS log FROM mq_row GROUP BY g;
SELECT count(*) AS different FROM (SELECT g, auc(won, p), ks(won, p), brier(won, p), gain(won, p), calibration_error(won, p), outcome_log(won, p)::text
    FROM (SELECT * FROM mq_row ORDER BY random()) AS s GROUP BY g EXCEPT TABLE mq_answer) AS d;
SELECT count(*) AS different FROM (SELECT g, auc(l), ks(l), brier(l), gain(l), calibration_error(l), l::text
    FROM (SELECT g, rollup(l) AS l FROM (SELECT g, id % 7, outcome_log(won, p) AS l FROM mq_row GROUP BY g, id % 7) AS s GROUP BY g) AS t EXCEPT TABLE mq_answer) AS d;
ALTER TABLE mq_row SET (parallel_workers = 3);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
DO $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXPLAIN (COSTS OFF) SELECT g, auc(won, p), ks(won, p), brier(won, p), gain(won, p), calibration_error(won, p), outcome_log(won, p) FROM mq_row GROUP BY g LOOP
        plan := plan || line;
    END LOOP;
    RAISE NOTICE '%', CASE WHEN plan LIKE '%Finalize%Gather%Partial%' THEN 'parallel' ELSE plan END;
END $$;
SELECT count(*) AS different FROM (SELECT g, auc(won, p), ks(won, p), brier(won, p), gain(won, p), calibration_error(won, p), outcome_log(won, p)::text FROM mq_row GROUP BY g EXCEPT TABLE mq_answer) AS d;
SELECT g, confusion(won, p, 0.3) = (SELECT confusion(outcome_log(won, p), 0.3) FROM mq_row AS r WHERE r.g = s.g) AS confusion FROM mq_row AS s GROUP BY g ORDER BY g;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
-- as a window aggregate, while the state goes on growing
SELECT count(*) AS rows, count(*) FILTER (WHERE running IS DISTINCT FROM expected) AS wrong
FROM (SELECT auc(won, p) OVER (ORDER BY id) AS running, (SELECT auc(r.won, r.p) FROM mq_row AS r WHERE r.g = 1 AND r.id <= s.id) AS expected
      FROM mq_row AS s WHERE g = 1 AND id <= 200) AS w;
-- many different scores, then few: the log is as large as there are scores
SELECT pg_column_size(outcome_log(i % 3 = 0, i % 10)) < 400 AS small, pg_column_size(outcome_log(i % 3 = 0, i)) BETWEEN 24 * 20000 AND 25 * 20000 AS large,
    auc(i % 3 = 0, i % 10) FROM generate_series(1, 20000) AS i;

-- stored, and sent in binary
CREATE TABLE mq_log AS SELECT g, outcome_log(won, p) AS l FROM mq_row GROUP BY g;
SELECT count(*) AS rows, bool_and(outcome_log_send(l) = outcome_log_send(l::text::outcome_log)) AS same FROM mq_log;
DROP TABLE mq_hand, mq_row, mq_answer, mq_log;
