-- The main job, the same whatever the rows are.  It is given the table raw (n: order of arrival, customer, stage, at), the
-- table setting, and the variables title and rules.

\echo
\echo '1. A table, and the rules of its stages'
\echo
SELECT format('CREATE TYPE demo_stage AS ENUM (%s)', string_agg(quote_literal(value), ', ' ORDER BY ord)) AS make
FROM setting WHERE name = 'stages' \gset
:make;
CREATE TABLE customers (customer text PRIMARY KEY, stage demo_stage, moved_at timestamptz);
\echo 'SELECT journey.track(''customers'', ''stage'', RULES) with the RULES'
\echo
\echo ' ' :rules
\echo
\echo 'runs these statements, which a DBA could have written by hand:'
\echo
\pset format unaligned
\pset tuples_only on
SELECT split_part(statement, E'\n', 1) || CASE WHEN statement LIKE E'%\n%' THEN ' ...' ELSE '' END AS statement
FROM journey.track('customers', 'stage', :'rules') AS statement WHERE statement !~ '^COMMENT';
\pset format aligned
\pset tuples_only off

\echo
\echo '2. The moves, replayed in the order they arrived, each an INSERT or UPDATE through the trigger'
\echo
CREATE TABLE refused (n bigint, customer text, stage text, message text);
\timing on
DO $$
DECLARE
    move record;
BEGIN
    FOR move IN SELECT * FROM raw ORDER BY n LOOP
        BEGIN
            UPDATE customers SET stage = move.stage::demo_stage, moved_at = move.at WHERE customer = move.customer;
            IF NOT FOUND THEN
                INSERT INTO customers (customer, stage, moved_at) VALUES (move.customer, move.stage::demo_stage, move.at);
            END IF;
        EXCEPTION WHEN check_violation THEN
            INSERT INTO refused VALUES (move.n, move.customer, move.stage, SQLERRM);
        END;
    END LOOP;
END $$;
\timing off
VACUUM ANALYZE customers;
SELECT (SELECT count(*) FROM raw) AS moves_told, count(*) AS customers, sum(journey.length(journey)) AS written,
       (SELECT count(*) FROM refused) AS refused,
       (SELECT count(*) FROM raw) - sum(journey.length(journey)) - (SELECT count(*) FROM refused) AS stayed_where_they_were
FROM customers;
SELECT count(*) > 0 AS any FROM refused \gset
\if :any
\echo 'What was refused most:'
SELECT count(*) AS times, replace(message, ' of table "customers"', '') AS refused FROM refused GROUP BY 2 ORDER BY 1 DESC, 2 LIMIT 5;
\endif
SELECT count(*) AS late FROM (SELECT at < max(at) OVER (PARTITION BY customer ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_late FROM raw) s
WHERE is_late \gset
\echo Late rows (told after a later move of the same customer; written right after it): :late

\echo
\echo '3. One customer, and a move that is not allowed'
\echo
SELECT customer AS example FROM customers WHERE stage = :'illegal_from' ORDER BY journey.length(journey) DESC, customer LIMIT 1 \gset
\pset format unaligned
\pset tuples_only on
SELECT journey FROM customers WHERE customer = :'example';
\echo
\set statement 'UPDATE customers SET stage = ''' :illegal_to ''' WHERE customer = ''' :example ''''
\echo :statement
\set ON_ERROR_STOP off
:statement;
\set ON_ERROR_STOP on
\echo 'SQLSTATE:' :LAST_ERROR_SQLSTATE
\pset format aligned
\pset tuples_only off

\echo
\echo '4. The funnel, as rows and as bars'
\echo
SELECT format('%L%s', array_agg(value ORDER BY ord)::text[],
              (SELECT ', NULL, ' || quote_literal(value) FROM setting WHERE name = 'options' AND value IS NOT NULL)) AS question
FROM setting WHERE name = 'steps' \gset
SELECT format('SELECT step, label, reached, round(conversion::numeric, 3) AS conversion, round(conversion_low::numeric, 3) AS low, '
              'round(conversion_high::numeric, 3) AS high, round(overall::numeric, 3) AS overall, dropped, median, p90'
              ' FROM (SELECT journey.funnel(journey, %s) FROM customers) AS f (funnel), journey.steps(funnel)', :'question') AS rows,
       format('SELECT journey.chart(journey.funnel(journey, %s)) FROM customers', :'question') AS bars \gset
\echo :rows
:rows;
\echo :bars
\pset format unaligned
\pset tuples_only on
:bars;
\pset format aligned
\pset tuples_only off

\echo
\echo '5. How long customers stay in each stage'
\echo
SELECT value AS as_of FROM setting WHERE name = 'as_of' \gset
\echo as of :as_of
SELECT v.label AS stage, count(*) AS entered, count(v.left_at) AS left, count(*) - count(v.left_at) AS still_in,
       date_trunc('second', percentile_cont(0.5) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NOT NULL)) AS median_dwell,
       date_trunc('second', percentile_cont(0.9) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NOT NULL)) AS p90_dwell
FROM customers c CROSS JOIN LATERAL journey.stages(c.journey, :'as_of') v
GROUP BY v.label ORDER BY v.label::demo_stage;

\echo
\echo '6. Do stages and journeys agree, and is every move in them allowed?  SELECT * FROM journey.verify(''customers'')'
\echo
SELECT count(*) AS problems FROM journey.verify('customers');
SELECT count(*) > 0 AS any FROM journey.verify('customers') \gset
\if :any
SELECT * FROM journey.verify('customers') LIMIT 5;
\endif
