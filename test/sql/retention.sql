-- retention(conditions), and adding up customers
SET search_path = public, journey;

SELECT retention(a, b, c, d)
FROM (VALUES (true, false, NULL, false), (false, true, false, NULL), (false, false, true, NULL::boolean)) AS v (a, b, c, d);
-- the first condition is met by nobody: nothing is retained
SELECT retention(a, b) FROM (VALUES (false, true), (NULL, true)) AS v (a, b);
-- order of time plays no part
SELECT retention(a, b) FROM (VALUES (false, true), (true, false)) AS v (a, b);
-- one condition; many; none but nulls
SELECT retention(a) FROM (VALUES (true), (false)) AS v (a);
SELECT array_length(r, 1), r[1], r[2], r[1000], r[5000]
FROM (SELECT retention(VARIADIC array_agg) AS r
      FROM (SELECT array_agg(i IN (1, 1000)) FROM generate_series(1, 5000) AS i UNION ALL SELECT array_agg(i = 5000) FROM generate_series(1, 5000) AS i) AS s) AS t;
SELECT retention(NULL, NULL, NULL) FROM generate_series(1, 3);
SELECT retention(VARIADIC NULL::boolean[]) FROM generate_series(1, 3);
-- no rows: how many conditions there are is not known, so the answer is null
SELECT retention(true, false) WHERE false;
SELECT g, retention(a, b) FILTER (WHERE a) FROM (VALUES (1, true, true), (2, false, true)) AS v (g, a, b) GROUP BY g ORDER BY g;
SELECT coalesce(retention(true, false), '{f,f}') WHERE false;
-- beside other aggregates, as a window aggregate
SELECT n, retention(n % 3 = 0, n % 2 = 0) OVER (ORDER BY n) AS grows, retention(n % 3 = 0, n % 2 = 0) OVER (ORDER BY n ROWS 1 PRECEDING) AS slides
FROM generate_series(1, 6) AS n ORDER BY n;

-- refused
SELECT retention(VARIADIC a) FROM (VALUES ('{t,f}'::boolean[]), ('{t}')) AS v (a);
SELECT retention(VARIADIC '{}'::boolean[]);
SELECT retention(VARIADIC '{{t,f},{f,t}}'::boolean[]);
\set VERBOSITY terse
SELECT retention(1, 2);
SELECT retention();
\set VERBOSITY default

-- states that SQL makes up
SELECT retention_accum(NULL, '{t,NULL}'), retention_accum('{f,f}', '{t,NULL}'), retention_accum('{t,f}', NULL), retention_accum(NULL, NULL);
SELECT retention_combine('{f,t}', '{t,f}'), retention_final('{f,t}'), retention_final('{t,t}'), retention_final(NULL);
SELECT retention_accum('{t,NULL}', '{t,t}');
SELECT retention_accum('{t}', '{t,t}');
SELECT retention_accum('{}', '{t}');
SELECT retention_combine('{t,f}', '{t}');
SELECT retention_combine('{t}', '{{t}}');
SELECT retention_combine('{{t}}', '{t}');
SELECT retention_final('{}');
SELECT retention_final('{NULL}');
SELECT retention_final('{{t},{f}}');
-- a state that is changed is a copy
SELECT s, retention_accum(s, '{t,t}'), s FROM (VALUES ('{f,f}'::boolean[])) AS v (s);

-- random rows against plain SQL: serial, parallel, by partitions, in another order
SELECT setseed(0.1);
CREATE TABLE retention_row (customer int, a boolean, b boolean, c boolean) PARTITION BY HASH (customer);
CREATE TABLE retention_row_0 PARTITION OF retention_row FOR VALUES WITH (MODULUS 3, REMAINDER 0) WITH (parallel_workers = 2);
CREATE TABLE retention_row_1 PARTITION OF retention_row FOR VALUES WITH (MODULUS 3, REMAINDER 1) WITH (parallel_workers = 2);
CREATE TABLE retention_row_2 PARTITION OF retention_row FOR VALUES WITH (MODULUS 3, REMAINDER 2) WITH (parallel_workers = 2);
INSERT INTO retention_row
SELECT (random() * 500)::int, CASE WHEN random() < 0.9 THEN random() < 0.3 END, random() < 0.1, CASE WHEN random() < 0.9 THEN random() < 0.5 END
FROM generate_series(1, 3000);
CREATE TABLE retention_expected AS
SELECT customer, ARRAY[coalesce(bool_or(a), false), coalesce(bool_or(a), false) AND coalesce(bool_or(b), false),
    coalesce(bool_or(a), false) AND coalesce(bool_or(c), false)] AS r
FROM retention_row GROUP BY customer;
SELECT count(*) FROM retention_expected;

-- does the plan aggregate in parts?
CREATE FUNCTION retention_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line;
    END LOOP;
    RETURN CASE WHEN plan LIKE '%Gather%' THEN 'parallel ' ELSE '' END ||
        CASE WHEN plan LIKE '%Append%Partial%' THEN 'partition-wise ' ELSE '' END ||
        CASE WHEN plan LIKE '%Partial%' THEN 'partial' ELSE 'whole' END;
END $$;

SELECT count(*) AS wrong, retention_plan('SELECT retention(a, b, c) FROM retention_row')
FROM (SELECT customer, retention(a, b, c) AS r FROM retention_row GROUP BY customer EXCEPT TABLE retention_expected) AS d;
SELECT retention(b, a, c, a AND b AND customer = 12, customer < 10) FROM retention_row WHERE customer BETWEEN 10 AND 20;
SELECT count(*) AS wrong
FROM (SELECT customer, retention(a, b, c) AS r FROM (SELECT * FROM retention_row ORDER BY random()) AS s GROUP BY customer EXCEPT TABLE retention_expected) AS d;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT count(*) AS wrong, retention_plan('SELECT customer, retention(a, b, c) FROM retention_row GROUP BY customer')
FROM (SELECT customer, retention(a, b, c) AS r FROM retention_row GROUP BY customer EXCEPT TABLE retention_expected) AS d;
SELECT retention(b, a, c, a AND b AND customer = 12, customer < 10), retention_plan('SELECT retention(a, b, c) FROM retention_row')
FROM retention_row WHERE customer BETWEEN 10 AND 20;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT retention(b, a, c, a AND b AND customer = 12, customer < 10), retention_plan('SELECT retention(a, b, c) FROM retention_row')
FROM retention_row WHERE customer BETWEEN 10 AND 20;
RESET enable_partitionwise_aggregate;

-- counting customers
SELECT retention_counts(r), retention_observed(r), retention_rates(r)
FROM (VALUES ('{t,f,NULL,NULL}'::boolean[]), ('{t,t,t,NULL}'), ('{f,f,f,NULL}'), (NULL)) AS v (r);
SELECT retention_counts(r), retention_observed(r), retention_rates(r) FROM (VALUES (NULL::boolean[])) AS v (r);
SELECT retention_counts(r), retention_observed(r), retention_rates(r) FROM (VALUES (NULL::boolean[])) AS v (r) WHERE false;
SELECT retention_counts(r) FROM (VALUES ('{t,f}'::boolean[]), ('{t}')) AS v (r);
SELECT retention_counts('{}'::boolean[]);
SELECT retention_counts('{{t}}'::boolean[]);
SELECT retention_counts_accum('{1,1}', '{t}');
SELECT retention_counts_accum('{1,1,NULL}', '{t}');
SELECT retention_counts_accum('{{1,1,1}}', '{t}');
SELECT retention_counts_accum('{1,1,1,1,1}', '{t}');
SELECT retention_counts_accum('{9223372036854775807,1,1}', '{t}');
SELECT retention_counts_combine('{1,1,1}', '{1,1,1,1,1}');
SELECT retention_counts_combine('{1,0,1}', '{1,1,0}');
SELECT retention_counts_combine('{1,0,2}', '{1,1,1}');
SELECT retention_counts_combine('{9223372036854775807,1,1}', '{1,1,1}');
SELECT retention_counts_combine('{-1,0,0}', '{1,1,1}');
SELECT retention_counts_final('{2,1,0,2,0}'), retention_observed_final('{2,1,0,2,0}'), retention_rates_final('{2,1,0,2,0}');
SELECT retention_counts_final('{1}'), retention_observed_final('{1}'), retention_rates_final('{1}');
SELECT retention_counts_final('{1,0}');
SELECT retention_counts_final('{}');

-- adding up rows of counts
SELECT retention_rollup(c) FROM (VALUES ('{3,2,1,NULL}'::bigint[]), (NULL), ('{5,NULL,4,NULL}')) AS v (c);
SELECT retention_rollup(NULL::bigint[]);
SELECT retention_rollup(c) FROM (VALUES ('{3,2}'::bigint[]), ('{3,2,1}')) AS v (c);
SELECT retention_rollup('{}'::bigint[]);
SELECT retention_rollup(c) FROM (VALUES ('{9223372036854775807}'::bigint[]), ('{1}')) AS v (c);

-- counts of random customers against plain SQL, and in parts
CREATE TABLE retention_answer WITH (parallel_workers = 3) AS
SELECT n % 7 AS cohort, (SELECT array_agg(CASE WHEN random() < 0.8 THEN random() < 0.5 END ORDER BY k) FROM generate_series(1, 5 + n * 0) AS k) AS r
FROM generate_series(1, 2000) AS n;
INSERT INTO retention_answer SELECT 0, NULL FROM generate_series(1, 9);
CREATE TABLE retention_triangle AS
SELECT cohort, array_prepend(size, array_agg(returned ORDER BY k)) AS counts, array_prepend(size, array_agg(observed ORDER BY k)) AS observed,
    array_agg(returned::float8 / observed ORDER BY k) AS rates
FROM (SELECT cohort, k, (SELECT count(*) FROM retention_answer AS c WHERE c.cohort = a.cohort AND c.r IS NOT NULL) AS size,
          count(*) FILTER (WHERE r[k]) AS returned, count(*) FILTER (WHERE r[k] IS NOT NULL) AS observed
      FROM retention_answer AS a, generate_series(1, 5) AS k GROUP BY cohort, k) AS s
GROUP BY cohort, size;
SELECT * FROM retention_triangle ORDER BY cohort LIMIT 2;
SELECT count(*) AS wrong FROM (SELECT cohort, retention_counts(r), retention_observed(r), retention_rates(r) FROM retention_answer GROUP BY cohort EXCEPT TABLE retention_triangle) AS d;
SET max_parallel_workers_per_gather = 3;
SELECT count(*) AS wrong, retention_plan('SELECT cohort, retention_counts(r), retention_observed(r), retention_rates(r) FROM retention_answer GROUP BY cohort')
FROM (SELECT cohort, retention_counts(r), retention_observed(r), retention_rates(r) FROM retention_answer GROUP BY cohort EXCEPT TABLE retention_triangle) AS d;
SELECT retention_rollup(counts) = retention_counts AS same, retention_rollup(observed) = retention_observed AS same_observed
FROM (SELECT retention_counts(r), retention_observed(r) FROM retention_answer) AS a, retention_triangle GROUP BY retention_counts, retention_observed;

RESET ALL;
DROP TABLE public.retention_row, public.retention_expected, public.retention_answer, public.retention_triangle;
DROP FUNCTION public.retention_plan;
