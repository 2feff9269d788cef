-- Sales opportunities of a fictitious company (not ours): DIR/sales_pipeline.csv, one row each with its present stage and
-- up to two dates.  What the file does not say is not made up: no opportunity has a date for Prospecting.

\set title 'sales opportunities from sales_pipeline.csv'
\set rules 'new -> Prospecting, Engaging;\n Prospecting -> Engaging -> Won, Lost;\n Prospecting -> Lost;\n at = moved_at'

CREATE TABLE opportunities (
    opportunity_id text PRIMARY KEY, sales_agent text, product text, account text,
    deal_stage text, engage_date text, close_date text, close_value numeric);
\copy opportunities from pstdin with (format csv, header)

CREATE TABLE raw AS
SELECT row_number() OVER (ORDER BY at NULLS LAST, customer, step) AS n, customer, stage, at
FROM (
    SELECT opportunity_id AS customer, 1 AS step, 'Engaging' AS stage, to_date(engage_date, 'MM/DD/YYYY')::timestamp AT TIME ZONE 'UTC' AS at
    FROM opportunities WHERE engage_date IS NOT NULL
    UNION ALL
    SELECT opportunity_id, 2, deal_stage, to_date(close_date, 'MM/DD/YYYY')::timestamp AT TIME ZONE 'UTC'
    FROM opportunities WHERE close_date IS NOT NULL
    UNION ALL
    SELECT opportunity_id, 1, deal_stage, NULL FROM opportunities WHERE engage_date IS NULL AND close_date IS NULL
) s;

INSERT INTO setting (name, value)
SELECT 'stages', unnest(ARRAY['Prospecting', 'Engaging', 'Won', 'Lost']) UNION ALL
SELECT 'steps', unnest(ARRAY['Prospecting', 'Engaging', 'Won']);
INSERT INTO setting (name, value) VALUES ('as_of', '2018-01-01 00:00:00+00'), ('options', 'implied');
\set illegal_from Won
\set illegal_to Engaging

SELECT format('%s opportunities; %s of them have no date at all, %s are open (engaged, not closed), and none says when prospecting began.',
              count(*), count(*) FILTER (WHERE engage_date IS NULL AND close_date IS NULL),
              count(*) FILTER (WHERE engage_date IS NOT NULL AND close_date IS NULL)) AS note,
       count(*) FILTER (WHERE engage_date IS NULL AND close_date IS NULL) AS undated
FROM opportunities \gset
\echo :note
\echo 'Those without a date enter the table without one: their journeys begin when they are loaded, which is the first that is'
\echo 'known of them, and they are in no dwell time below.  The funnel takes Engaging to imply Prospecting (option implied).'
