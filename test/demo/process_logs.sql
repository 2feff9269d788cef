-- Travel expense declarations of a university (BPI Challenge 2020): DIR/BPI_2020_DomesticDeclarations.csv.gz, an event log.

\set title 'expense declarations from BPI_2020_DomesticDeclarations.csv.gz'

CREATE TABLE log (case_id text, activity text, ts timestamptz, lifecycle text, resource text, event_no int);
\copy log from pstdin with (format csv, header)

CREATE TABLE raw AS
SELECT row_number() OVER (ORDER BY ts, case_id, event_no) AS n, case_id AS customer, activity AS stage, ts AS at FROM log;

-- The rules are learned from the log itself: a move is allowed if at least five declarations made it.  The others are rare
-- enough to be worth a question, and so are refused.
CREATE TABLE learned AS
SELECT stage_before, stage, count(*) AS moves, count(DISTINCT customer) AS cases
FROM (SELECT customer, stage, lag(stage) OVER (PARTITION BY customer ORDER BY n) AS stage_before FROM raw) s
WHERE stage_before IS DISTINCT FROM stage
GROUP BY 1, 2;

INSERT INTO setting (name, value)
SELECT 'stages', stage FROM raw GROUP BY stage ORDER BY min(n);
INSERT INTO setting (name, value)
SELECT 'steps', unnest(ARRAY['Declaration SUBMITTED by EMPLOYEE', 'Declaration APPROVED by ADMINISTRATION',
                             'Declaration FINAL_APPROVED by SUPERVISOR', 'Request Payment', 'Payment Handled']);
INSERT INTO setting (name, value) VALUES ('as_of', (SELECT max(at)::text FROM raw)), ('options', NULL);

SELECT string_agg(rule, E';\n ' ORDER BY cases DESC) || E';\n at = moved_at' AS rules
FROM (SELECT max(cases) AS cases,
             coalesce('"' || stage_before || '"', 'new') || ' -> ' || string_agg('"' || stage || '"', ', ' ORDER BY cases DESC, stage) AS rule
      FROM learned WHERE cases >= 5 GROUP BY stage_before) r \gset
SELECT format('The rules below are learned from the log: the %s kinds of move that at least five declarations made.  The %s rarer kinds (%s moves) will be refused.',
              count(*) FILTER (WHERE cases >= 5), count(*) FILTER (WHERE cases < 5), sum(moves) FILTER (WHERE cases < 5)) AS note
FROM learned \gset
\echo :note
\set illegal_from 'Declaration SUBMITTED by EMPLOYEE'
\set illegal_to 'Payment Handled'
