-- benchmark: published figures, and one's own beside them
SET search_path = public, journey;
SET TIME ZONE 'UTC';
\set SHOW_CONTEXT never

SELECT source, metric, low, high, unit, direction FROM benchmark();
SELECT count(*) AS figures, count(DISTINCT metric) AS names, count(context) AS contexts, bool_and(low <= high OR low IS NULL OR high IS NULL) AS ordered, bool_and(coalesce(low, high) IS NOT NULL) AS given FROM benchmark();

SELECT v.value, b.source, b.low, b.high, b.band, b.verdict FROM (VALUES (0.10), (0.12), (0.14), (0.16), (0.161), (NULL)) v (value), benchmark_check('lead_quality', v.value) b;
SELECT v.value, b.band, b.verdict FROM (VALUES (0.4), (0.7), (0.95)) v (value), benchmark_check('never_qualified', v.value) b;
SELECT b.band, b.verdict FROM benchmark_check('lead_quality', 0.2, 0.15, 0.3) b;
SELECT b.band, b.verdict FROM benchmark_check('lead_quality', 0.2, 0.17, 0.3) b;
SELECT b.band, b.verdict FROM benchmark_check('sla_parts', 2) b;
SELECT b.band, b.verdict FROM benchmark_check('sla_parts', 7) b;
SELECT b.band, b.verdict FROM benchmark_check('hpi_indicators', 6) b;
SELECT b.band, b.verdict FROM benchmark_check('nurture_cost_change', -0.5) b;
SELECT b.band, b.verdict FROM benchmark_check('minimal_sla_budget', 2e6) b;
SELECT b.band, b.verdict FROM benchmark_check('lead_growth_first_year', 'infinity') b;
SELECT * FROM benchmark_check('quality', 0.2);
SELECT * FROM benchmark_check(NULL, 0.2);
SELECT * FROM benchmark_check('lead_quality', 'NaN');
SELECT * FROM benchmark_check('lead_quality', 0.2, 0.3, 0.4);

-- a table: 200 leads in 2021, 500 in 2022 and 1200 in 2023 (of which the year is not over); one in eight qualifies after
-- ten days, half of these become customers
CREATE TYPE benchmark_stage AS ENUM ('lead', 'mql', 'customer', 'lost');
CREATE TABLE "Benchmark lead" (id int PRIMARY KEY, "the stage" benchmark_stage, "the journey" journey);
INSERT INTO "Benchmark lead" (id, "the journey")
SELECT i, journey((ARRAY['lead', 'mql', 'customer'])[1:n], (ARRAY[at, at + interval '10 days', at + interval '20 days'])[1:n])
FROM (SELECT i, CASE WHEN i <= 200 THEN timestamptz '2021-01-01Z' + i * interval '1 day' WHEN i <= 700 THEN timestamptz '2022-01-01Z' + (i - 200) * interval '12 hours' ELSE timestamptz '2023-01-01Z' + (i - 700) * interval '1 hour' END AS at,
             CASE WHEN i % 16 = 0 THEN 3 WHEN i % 16 = 8 THEN 2 ELSE 1 END AS n FROM generate_series(1, 1900) i) s;
SELECT source, metric, low, high, round(value::numeric, 4) AS value, round(value_low::numeric, 4) AS value_low, round(value_high::numeric, 4) AS value_high, n, band, verdict
FROM benchmark_of('"Benchmark lead"', 'lead', 'mql', 'customer', '{lead,mql,customer}', as_of => '2023-10-01Z');
-- the same counted by hand
SELECT 1900 / 8 / 1900.0 AS quality, 1900 / 16 / 1900.0 AS conversion, 118 / 237.0 AS of_qualified, 500 / 200.0 AS growth;
SELECT metric, value, n FROM benchmark_of('"Benchmark lead"', 'lead', 'mql', 'customer', '{lead,mql,customer}', as_of => '2024-10-01Z') WHERE metric LIKE 'lead_growth%';
SELECT metric, value, n FROM benchmark_of('"Benchmark lead"', 'lead', 'mql', 'customer', '{lead,mql,customer}', as_of => '2020-10-01Z');
SELECT * FROM benchmark_of('"Benchmark lead"', 'mql', 'lead', 'customer', '{lead,mql,customer}');
SELECT * FROM benchmark_of('"Benchmark lead"', 'lead', 'mql', 'won', '{lead,mql,customer}');
SELECT * FROM benchmark_of('"Benchmark lead"', 'lead', NULL, 'customer', '{lead,mql,customer}');
SELECT * FROM benchmark_of('"Benchmark lead"', 'lead', 'mql', 'customer');

-- the view; over a tracked table the steps are known
SELECT count(*) > 0 AS tracked FROM track('"Benchmark lead"', 'the stage', 'new -> *; * -> *', journey_column => 'the journey', views => false);
SELECT left(s, 120) AS statement FROM create_benchmark_check('"Benchmark lead"', 'lead', 'mql', 'customer', dry_run => true) s LIMIT 2;
SELECT count(*) FROM create_benchmark_check('"Benchmark lead"', 'lead', 'mql', 'customer');
SELECT metric, round(value::numeric, 4) AS value, verdict FROM "Benchmark lead_benchmark_check" WHERE metric IN ('lead_quality', 'qualified_to_customer');
SELECT c.relname, c.reloptions, count(col_description(c.oid, a.attnum)) = count(*) AS commented FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relname = 'Benchmark lead_benchmark_check' GROUP BY 1, 2;
SELECT count(*) FROM create_benchmark_check('"Benchmark lead"', 'lead', 'mql', 'customer', view_name => 'bench"mark; x');
SELECT count(*) FROM "bench""mark; x";
SELECT create_benchmark_check('"Benchmark lead"', 'lead', 'mql', 'customer');
SELECT create_benchmark_check('"Benchmark lead"', 'lead', 'mql', 'lost');
SELECT create_benchmark_check(NULL, 'lead', 'mql', 'lost');

DROP VIEW "Benchmark lead_benchmark_check", "bench""mark; x";
DROP TABLE "Benchmark lead";
DROP TYPE benchmark_stage;
