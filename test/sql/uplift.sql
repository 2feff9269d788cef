-- uplift: two rates compared, two funnels compared
SET search_path = public, journey;
\set SHOW_CONTEXT never

-- R. G. Newcombe's examples (1998), the difference by his method 10
SELECT v.*, round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
FROM (VALUES (56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (0, 10, 0, 10), (10, 10, 0, 20), (10, 10, 0, 10)) v (x1, n1, x2, n2),
     compare_rates(x1, n1, x2, n2);
-- the formulas in SQL, from Wilson's limits alone, at several levels
CREATE TABLE uplift_case AS
SELECT x1, n1, x2, n2, l.level FROM (VALUES (7), (20), (150)) a (n1), (VALUES (5), (31)) b (n2), generate_series(0, 150, 3) x1, generate_series(0, 31, 4) x2, (VALUES (0.8), (0.95), (0.99)) l (level)
WHERE x1 <= n1 AND x2 <= n2;
SELECT count(*) AS checked,
       count(*) FILTER (WHERE abs(c.difference - (w1.rate - w2.rate)) > 1e-12
           OR abs(c.low - greatest(-1, w1.rate - w2.rate - sqrt((w1.rate - w1.low) ^ 2 + (w2.high - w2.rate) ^ 2))) > 1e-12
           OR abs(c.high - least(1, w1.rate - w2.rate + sqrt((w1.high - w1.rate) ^ 2 + (w2.rate - w2.low) ^ 2))) > 1e-12) AS wrong,
       count(*) FILTER (WHERE (c.rate, c.rate_low, c.rate_high, c.control_rate, c.control_low, c.control_high) IS DISTINCT FROM (w1.rate, w1.low, w1.high, w2.rate, w2.low, w2.high)) AS wrong_rates,
       count(*) FILTER (WHERE NOT (c.low BETWEEN -1 AND c.difference AND c.high BETWEEN c.difference AND 1)) AS outside
FROM uplift_case u, compare_rates(x1, n1, x2, n2, level) c, wilson(x1, n1, level) w1, wilson(x2, n2, level) w2;
-- the ratio: its limits solve the equation of the difference of rate and r times the control rate, found by halving
CREATE FUNCTION uplift_ratio(x1 float8, n1 float8, x2 float8, n2 float8, level float8, upper bool) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    w1 record; w2 record; a float8 := 0; b float8 := 1e6; m float8; d float8;
BEGIN
    SELECT * INTO w1 FROM wilson(x1, n1, level);
    SELECT * INTO w2 FROM wilson(x2, n2, level);
    FOR i IN 1 .. 120 LOOP
        m := (a + b) / 2;
        IF upper THEN
            d := w1.rate - m * w2.rate + sqrt((w1.high - w1.rate) ^ 2 + (m * (w2.rate - w2.low)) ^ 2);
        ELSE
            d := w1.rate - m * w2.rate - sqrt((w1.rate - w1.low) ^ 2 + (m * (w2.high - w2.rate)) ^ 2);
        END IF;
        IF d > 0 THEN a := m; ELSE b := m; END IF;
    END LOOP;
    RETURN a - 1;
END $$;
SELECT count(*) AS checked, count(*) FILTER (WHERE abs(lift_low - uplift_ratio(x1, n1, x2, n2, level, false)) > 1e-9 * (2 + abs(lift_low))
           OR abs(lift_high - uplift_ratio(x1, n1, x2, n2, level, true)) > 1e-9 * (2 + abs(lift_high))) AS wrong,
       count(*) FILTER (WHERE NOT (lift_low <= lift AND lift <= lift_high)) AS outside,
       count(*) FILTER (WHERE (low > 0) <> (lift_low > 0) OR (high < 0) <> (lift_high < 0)) AS contradicts
FROM uplift_case, compare_rates(x1, n1, x2, n2, level) WHERE x2 > 0;
-- nobody, or nobody of the control group
SELECT * FROM compare_rates(0, 0, 0, 0) \gx
SELECT rate, control_rate, difference, low IS NULL AS no_low, lift FROM compare_rates(1, 2, 0, 0);
SELECT rate, control_rate, difference, low IS NULL AS no_low, lift FROM compare_rates(1, 2, 0, 3);
SELECT lift, lift_low, lift_high IS NOT NULL AS has_high FROM compare_rates(0, 5, 1, 3);
SELECT count(*) FROM compare_rates(NULL, 5, 1, 3) c WHERE c IS NULL;
SELECT compare_rates(6, 5, 1, 3);
SELECT compare_rates(1, 5, -1, 3);
SELECT compare_rates(1, 'NaN', 1, 3);
SELECT compare_rates(1, 5, 1, 3, 1.5);

-- the aggregate
SELECT setseed(0.3);
CREATE TABLE uplift_lead AS
SELECT i AS id, CASE WHEN random() < 0.95 THEN random() < 0.5 END AS treated, CASE WHEN random() < 0.95 THEN random() < 0.3 END AS converted, i % 4 AS part FROM generate_series(1, 5000) i;
SELECT uplift(treated, converted) FROM uplift_lead;
SELECT count(*) FILTER (WHERE treated AND converted IS NOT NULL), count(*) FILTER (WHERE treated AND converted), count(*) FILTER (WHERE NOT treated AND converted IS NOT NULL), count(*) FILTER (WHERE NOT treated AND converted) FROM uplift_lead;
SELECT rollup(u) FROM (SELECT part, uplift(treated, converted ORDER BY random()) AS u FROM uplift_lead GROUP BY part UNION ALL SELECT 9, NULL) s;
SELECT uplift(treated, converted), rollup(NULL::uplift) FROM uplift_lead WHERE false;
SELECT round(e.difference::numeric, 4) AS difference, round(e.low::numeric, 4) AS low, round(e.high::numeric, 4) AS high, round(f.low::numeric, 4) AS low_99
FROM (SELECT uplift(treated, converted) AS u FROM uplift_lead) s, effect(u) e, effect(u, 0.99) f;
SELECT e = c AS same FROM (SELECT uplift(treated, converted) AS u FROM uplift_lead) s, effect(u) e, compare_rates((u).treated_converted, (u).treated, (u).control_converted, (u).control) c;
SELECT (u).*, u::text::uplift = u AS text_form FROM (SELECT uplift(treated, converted) AS u FROM uplift_lead WHERE part = 1) s;
ALTER TABLE uplift_lead SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT uplift(treated, converted) FROM uplift_lead;
SELECT uplift(treated, converted) FROM uplift_lead;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
-- states and values that SQL makes up
SELECT uplift_accum('{1,1,0,0}', false, true), uplift_combine('{1,1,0,0}', '{2,0,5,3}'), uplift_final('{1,1,5,3}'), uplift_add('{0,0,0,0}', '(1,1,5,3)');
SELECT uplift_accum('{1,1}', false, true);
SELECT uplift_accum('{1,1,0,1}', false, true);
SELECT uplift_combine('{1,1,1,1}', '{9223372036854775807,0,0,0}');
SELECT rollup('(3,4,1,1)'::uplift);
SELECT rollup('(3,,1,1)'::uplift);
SELECT rollup('(-3,-4,1,1)'::uplift);
SELECT * FROM effect('(3,4,1,1)');
SELECT rate, difference FROM effect('(3,,1,1)');

-- two funnels
CREATE TABLE uplift_journey AS
SELECT i, i % 2 AS side, journey((ARRAY['a', 'b', 'c'])[1:n], (ARRAY['2026-01-01Z', '2026-01-02Z', '2026-01-03Z']::timestamptz[])[1:n]) AS j
FROM (SELECT i, CASE WHEN i % 2 = 0 THEN (i / 2) % 4 ELSE least((i / 2) % 5, 3) END AS n FROM generate_series(1, 400) i) s;
CREATE VIEW uplift_funnel AS SELECT side, funnel(j, '{a,b,c}') AS f FROM uplift_journey GROUP BY side;
SELECT d.step, d.label, d.reached, d.reached_b, round(d.conversion::numeric, 3) AS conversion, round(d.conversion_b::numeric, 3) AS conversion_b,
       round(d.difference::numeric, 3) AS difference, round(d.low::numeric, 3) AS low, round(d.high::numeric, 3) AS high
FROM uplift_funnel a, uplift_funnel b, funnel_difference(a.f, b.f) d WHERE a.side = 1 AND b.side = 0;
SELECT d.step, round(d.overall::numeric, 3) AS overall, round(d.overall_b::numeric, 3) AS overall_b, round(d.overall_difference::numeric, 3) AS difference, round(d.overall_low::numeric, 3) AS low, round(d.overall_high::numeric, 3) AS high
FROM uplift_funnel a, uplift_funnel b, funnel_difference(a.f, b.f, 0.9) d WHERE a.side = 1 AND b.side = 0;
-- counted by hand
SELECT s.step, round(c.difference::numeric, 3) AS difference, round(c.low::numeric, 3) AS low, round(c.high::numeric, 3) AS high, round(o.difference::numeric, 3) AS overall, round(o.low::numeric, 3) AS overall_low
FROM (SELECT step, count(*) FILTER (WHERE side = 1 AND length(j) >= step) AS x1, count(*) FILTER (WHERE side = 1 AND length(j) >= step - 1) AS n1, count(*) FILTER (WHERE side = 1 AND length(j) > 0) AS e1,
             count(*) FILTER (WHERE side = 0 AND length(j) >= step) AS x2, count(*) FILTER (WHERE side = 0 AND length(j) >= step - 1) AS n2, count(*) FILTER (WHERE side = 0 AND length(j) > 0) AS e2
      FROM uplift_journey, generate_series(2, 3) step GROUP BY step) s, compare_rates(x1, n1, x2, n2) c, compare_rates(x1, e1, x2, e2, 0.9) o ORDER BY step;
-- other windows and options may be compared, since that is a question, too; an optional step; an empty funnel; other steps are refused
SELECT d.step, d.reached, d.reached_b, d.difference, round(d.low::numeric, 3) AS low FROM (SELECT funnel(j, '{a,b,c}', '1 day') AS f, funnel(j, '{a,b,c}', NULL, 'optional b') AS g FROM uplift_journey) s, funnel_difference(g, f) d;
SELECT d.step, d.reached, d.reached_b, d.conversion_b, d.difference, d.overall_difference FROM (SELECT funnel(j, '{a,b,c}') AS f, funnel('{}', '{a,b,c}') AS g FROM uplift_journey) s, funnel_difference(f, g) d;
SELECT * FROM (SELECT funnel(j, '{a,b,c}') AS f, funnel(j, '{a,c}') AS g FROM uplift_journey) s, funnel_difference(f, g) d;
SELECT count(*) FROM funnel_difference(NULL, NULL);

DROP VIEW uplift_funnel;
DROP FUNCTION uplift_ratio;
DROP TABLE uplift_case, uplift_lead, uplift_journey;
