-- The generated sample: 3,000 customers that nobody has met.  The same rows on every machine, since all chance comes from
-- md5 sums of their numbers.
--
-- What it has of real life: customers who skip stages or stop half-way, losses, some that come back, attempts at moves
-- that the rules forbid, and messages that arrive late, with the time of an earlier day.

\set title 'a generated sample of 3,000 customers (no real ones)'
\set rules 'new -> visitor, lead;\n visitor -> lead -> mql -> sql -> opportunity -> customer;\n lead -> sql;\n * -> lost; lost -> lead;\n at = moved_at'

-- a number from 0 up to 1 for a customer and a purpose
CREATE FUNCTION chance(customer int, purpose text) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (('x' || left(md5(purpose || customer), 8))::bit(32)::bigint) / 4294967296.0;

CREATE TABLE raw AS
WITH RECURSIVE walk AS (
    SELECT c AS customer, 1 AS step,
           CASE WHEN chance(c, 'start') < 0.8 THEN 'visitor' ELSE 'lead' END AS stage,
           date_trunc('second', timestamptz '2026-01-01 08:00:00+00' + chance(c, 'day') * interval '90 days') AS at
    FROM generate_series(1, 3000) c
    UNION ALL
    SELECT w.customer, w.step + 1, n.stage,
           date_trunc('second', w.at + (0.02 + chance(w.customer, 'pause' || w.step) ^ 3) * n.pause)
    FROM walk w
    CROSS JOIN LATERAL (SELECT chance(w.customer, 'move' || w.step) AS c) c
    JOIN LATERAL (VALUES
        ('visitor', 0.00, 0.55, 'lead', interval '20 days'), ('visitor', 0.55, 0.58, 'opportunity', '10 days'),
        ('lead', 0.00, 0.50, 'mql', '15 days'), ('lead', 0.50, 0.62, 'sql', '12 days'), ('lead', 0.62, 0.75, 'lost', '60 days'),
        ('mql', 0.00, 0.55, 'sql', '15 days'), ('mql', 0.55, 0.70, 'lost', '60 days'), ('mql', 0.70, 0.72, 'customer', '5 days'),
        ('sql', 0.00, 0.55, 'opportunity', '20 days'), ('sql', 0.55, 0.70, 'lost', '40 days'), ('sql', 0.70, 0.75, 'mql', '5 days'),
        ('opportunity', 0.00, 0.55, 'customer', '30 days'), ('opportunity', 0.55, 0.85, 'lost', '45 days'),
        ('lost', 0.00, 0.15, 'lead', '120 days'), ('lost', 0.15, 0.18, 'customer', '20 days'))
        AS n(source, low, high, stage, pause) ON n.source = w.stage AND c.c >= n.low AND c.c < n.high
    WHERE w.step < 12
)
-- one move in fifty arrives late: another move of the same customer is told before it
SELECT row_number() OVER (ORDER BY at + CASE WHEN chance(customer, 'late' || step) < 0.02 THEN interval '30 days' ELSE interval '0' END,
                          customer, step) AS n,
       'customer ' || customer AS customer, stage, at
FROM walk;

INSERT INTO setting (name, value)
SELECT 'stages', unnest(ARRAY['visitor', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'lost']) UNION ALL
SELECT 'steps', unnest(ARRAY['lead', 'sql', 'opportunity', 'customer']);
INSERT INTO setting (name, value) VALUES ('as_of', (SELECT max(at)::text FROM raw)), ('options', NULL);
-- a customer who began at lead was never seen as a visitor: the funnel begins with lead, which all pass
\set illegal_from sql
\set illegal_to customer
