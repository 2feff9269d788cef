-- sessions: session_id as a window function, sessions() over a journey
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';

-- exactly the gap is the same session, one microsecond more is the next; peers are never parted
SELECT at, session_id(at, '30 min') OVER (ORDER BY at) AS id
FROM (VALUES
    ('2026-01-01 10:00:00'::timestamptz),
    ('2026-01-01 10:30:00'),
    ('2026-01-01 11:00:00.000001'),
    ('2026-01-01 11:00:00.000001'),
    ('2026-01-01 11:30:00.000001'),
    ('2026-01-01 12:00:00.000002')) AS v (at)
ORDER BY at;

-- the greatest length is counted from the first row of the session, inclusive too
SELECT at, session_id(at, '30 min', '1 hour') OVER (ORDER BY at) AS id
FROM (VALUES
    ('2026-01-01 10:00:00'::timestamptz),
    ('2026-01-01 10:30:00'),
    ('2026-01-01 11:00:00'),
    ('2026-01-01 11:00:00.000001'),
    ('2026-01-01 11:30:00'),
    ('2026-01-01 12:00:00'),
    ('2026-01-01 12:00:00.000002')) AS v (at)
ORDER BY at;

-- a gap of nothing: each time is a session
SELECT at, session_id(at, interval '0') OVER (ORDER BY at) AS id
FROM (VALUES ('2026-01-01 10:00'::timestamptz), ('2026-01-01 10:00'), ('2026-01-01 10:00:00.000001')) AS v (at)
ORDER BY at;

-- a row without a time has no session and parts none
SELECT n, at, session_id(at, '1 hour') OVER (ORDER BY at NULLS FIRST, n) AS nulls_first,
    session_id(at, '1 hour') OVER (ORDER BY at, n) AS nulls_last
FROM (VALUES (1, '2026-01-01 10:00'::timestamptz), (2, NULL), (3, '2026-01-01 10:30'), (4, NULL), (5, '2026-01-01 13:00')) AS v (n, at)
ORDER BY n;
SELECT n, at, session_id(at, '1 hour') OVER (ROWS UNBOUNDED PRECEDING) AS unordered_nulls
FROM (VALUES (1, '2026-01-01 10:00'::timestamptz), (2, NULL), (3, '2026-01-01 10:30'), (4, NULL), (5, '2026-01-01 13:00')) AS v (n, at);

-- infinite times are far from every other and near to themselves
SELECT at, session_id(at, '1000 years') OVER (ORDER BY at) AS id,
    session_id(at, '1 month') OVER (ORDER BY at) AS months
FROM (VALUES ('-infinity'::timestamptz), ('-infinity'), ('2026-01-01'), ('infinity'), ('infinity')) AS v (at)
ORDER BY at;

-- months are months of the calendar in UTC, days are 24 hours, whatever the time zone of the session
SELECT at, session_id(at, '1 month') OVER (ORDER BY at) AS id
FROM (VALUES ('2024-01-31 12:00Z'::timestamptz), ('2024-02-29 12:00Z'), ('2024-03-29 12:00:00.000001Z'), ('2024-04-29 12:00Z')) AS v (at)
ORDER BY at;
BEGIN;
SET LOCAL TIME ZONE 'Europe/Berlin';
SELECT at, session_id(at, '1 day') OVER (ORDER BY at) AS id
FROM (VALUES ('2026-03-28 12:00Z'::timestamptz), ('2026-03-29 12:00Z'), ('2026-03-30 12:00:01Z')) AS v (at)
ORDER BY at;
ROLLBACK;

-- the other types of time
SELECT at, session_id(at, '1 hour') OVER (ORDER BY at) AS id, session_id(at, '1 hour', '90 min') OVER (ORDER BY at) AS capped
FROM (VALUES ('2026-01-01 10:00'::timestamp), ('2026-01-01 11:00'), ('2026-01-01 12:00'), ('2026-01-01 13:00:01'), ('infinity')) AS v (at)
ORDER BY at;
SELECT at, session_id(at, '1 day') OVER (ORDER BY at) AS id, session_id(at, '1 day', '2 days') OVER (ORDER BY at) AS capped
FROM (VALUES ('-infinity'::date), ('2026-01-01'), ('2026-01-02'), ('2026-01-03'), ('2026-01-04'), ('2026-01-06'), ('infinity')) AS v (at)
ORDER BY at;
SELECT at, session_id(at, 10) OVER (ORDER BY at) AS id, session_id(at, 10, 15) OVER (ORDER BY at) AS capped
FROM (VALUES (-9223372036854775808), (0::bigint), (10), (20), (31), (9223372036854775807)) AS v (at)
ORDER BY at;
SELECT session_id('5874897-12-31'::date, '1 day') OVER ();

-- refused
SELECT session_id(at, '-1 min') OVER (ORDER BY at) FROM (VALUES ('2026-01-01'::timestamptz)) AS v (at);
SELECT session_id(at, '1 hour', '-1 day') OVER (ORDER BY at) FROM (VALUES ('2026-01-01'::timestamptz)) AS v (at);
SELECT session_id(at, -1) OVER (ORDER BY at) FROM (VALUES (1::bigint)) AS v (at);
SELECT session_id(at, NULL::interval) OVER (ORDER BY at) FROM (VALUES ('2026-01-01'::timestamptz)) AS v (at);
SELECT session_id(at, '1 hour', NULL) OVER (ORDER BY at) FROM (VALUES ('2026-01-01'::timestamptz)) AS v (at);
SELECT session_id(at, '1 hour') OVER (ORDER BY at DESC) FROM (VALUES ('2026-01-01'::timestamptz), ('2026-01-02')) AS v (at);
SELECT session_id(at, gap) OVER (ORDER BY at) FROM (VALUES (1::bigint, 5::bigint), (2, 6)) AS v (at, gap);
SELECT session_id(now(), '1 hour');

-- a gap in a column may differ between partitions, not within one
SELECT g, at, session_id(at, gap) OVER (PARTITION BY g ORDER BY at) AS id
FROM (VALUES ('a', 1::bigint, 5::bigint), ('a', 7, 5), ('b', 1, 6), ('b', 7, 6)) AS v (g, at, gap)
ORDER BY g, at;

-- random partitions (from none to a thousand rows, many ties) against plain SQL
SELECT setseed(0.42);
CREATE TABLE session_event AS
SELECT customer, '2026-01-01Z'::timestamptz + trunc(random() * size * 3) * interval '1 min' AS at
FROM (SELECT customer, (power(10, random() * 3))::int AS size FROM generate_series(1, 60) AS customer) AS c,
    LATERAL generate_series(1, c.size) AS n;

WITH marked AS (
    SELECT *, coalesce(at - lag(at) OVER w > interval '7 min', true) AS begins
    FROM session_event WINDOW w AS (PARTITION BY customer ORDER BY at)
), expected AS (
    SELECT customer, at, count(*) FILTER (WHERE begins) OVER (PARTITION BY customer ORDER BY at ROWS UNBOUNDED PRECEDING) AS id FROM marked
), got AS (
    SELECT customer, at, session_id(at, '7 min') OVER (PARTITION BY customer ORDER BY at) AS id FROM session_event
)
SELECT (SELECT count(*) FROM session_event) > 5000 AS enough,
    (SELECT max(id) FROM expected) > 20 AS many,
    (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE got) AS d) AS missing,
    (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE expected) AS d) AS surplus;

-- with a greatest length there is no closed form: a walk is the oracle
CREATE FUNCTION session_walk(gap interval, longest interval) RETURNS TABLE (customer int, at timestamptz, id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    r record;
    who int;
    began timestamptz;
    previous timestamptz;
BEGIN
    FOR r IN SELECT * FROM session_event AS e ORDER BY e.customer, e.at LOOP
        IF who IS DISTINCT FROM r.customer THEN
            who := r.customer;
            id := 1;
            began := r.at;
        ELSIF r.at > previous + gap OR r.at > began + longest THEN
            id := id + 1;
            began := r.at;
        END IF;
        previous := r.at;
        customer := r.customer;
        at := r.at;
        RETURN NEXT;
    END LOOP;
END $$;
WITH expected AS (SELECT * FROM session_walk('7 min', '1 hour')),
got AS (SELECT customer, at, session_id(at, '7 min', '1 hour') OVER (PARTITION BY customer ORDER BY at) FROM session_event)
SELECT (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE got) AS d) AS missing,
    (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE expected) AS d) AS surplus;
WITH expected AS (SELECT * FROM session_walk('7 min', '1 hour')),
got AS (SELECT customer, at::timestamp AT TIME ZONE 'UTC', session_id(at::timestamp, '7 min', '1 hour') OVER (PARTITION BY customer ORDER BY at) FROM session_event),
units AS (SELECT customer, at, session_id(extract(epoch FROM at)::bigint, 420, 3600) OVER (PARTITION BY customer ORDER BY at) FROM session_event)
SELECT (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE got) AS d) AS missing,
    (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE units) AS d) AS missing_units;

-- months and odd mixtures, times from before the calendar to its end: PostgreSQL's own arithmetic in UTC is the oracle
CREATE TABLE session_date AS
SELECT n % 3 AS g, '0001-06-15Z'::timestamptz + trunc(random() * 1e6) * (CASE n % 3 WHEN 0 THEN '1 hour' WHEN 1 THEN '10 days' ELSE '2 months' END)::interval
    + trunc(random() * 86400) * interval '1 second' AS at
FROM generate_series(1, 3000) AS n;
SELECT gap, count(*) FILTER (WHERE got IS DISTINCT FROM expected) AS wrong, count(DISTINCT got) > 1 AS varied
FROM (
    SELECT gap, g, got, max(got) OVER w AS last, count(*) FILTER (WHERE begins) OVER (w ORDER BY at) AS expected
    FROM (
        SELECT gap, g, at, session_id(at, gap) OVER w AS got, coalesce(at > lag(at) OVER w + gap, true) AS begins
        FROM session_date, unnest('{0, 1 day, 1 month, 13 months, 1 year -1 day 3 hours, 5 years, 900 years}'::interval[]) AS gap
        WINDOW w AS (PARTITION BY gap, g ORDER BY at)
    ) AS s
    WINDOW w AS (PARTITION BY gap, g)
) AS s
GROUP BY gap ORDER BY gap;

-- the frame, other window functions beside it, and a rescan change nothing
WITH a AS (
    SELECT customer, at, session_id(at, '7 min') OVER (PARTITION BY customer ORDER BY at ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING EXCLUDE CURRENT ROW) AS id,
        first_value(at) OVER (PARTITION BY customer ORDER BY at), last_value(at) OVER (PARTITION BY customer ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    FROM session_event
), b AS (
    SELECT customer, at, session_id(at, '7 min') OVER (PARTITION BY customer ORDER BY at) AS id FROM session_event
)
SELECT count(*) AS differ FROM (SELECT customer, at, id FROM a EXCEPT ALL TABLE b) AS d;
SELECT k, (SELECT max(id) FROM (SELECT session_id(at, k * interval '1 min') OVER (ORDER BY at) AS id
    FROM session_event WHERE customer = (SELECT customer FROM session_event GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)) AS s) > 0 AS found
FROM generate_series(1, 3) AS k ORDER BY k;

-- over a journey
SELECT session, started_at, ended_at, entries, part
FROM sessions('{a@2026-01-01T10:00:00Z, b@2026-01-01T10:30:00Z, c@2026-01-01T11:00:01Z, a@2026-01-02T00:00:00Z, a@2026-01-02T00:10:00Z}', '30 min');
SELECT session, entries FROM sessions('{a@2026-01-01T10:00:00Z, b@2026-01-01T10:30:00Z, c@2026-01-01T10:59:00Z, a@2026-01-01T11:20:00Z}', '30 min', '45 min');
SELECT * FROM sessions('{}', '30 min');
SELECT * FROM sessions(NULL, '30 min');
SELECT * FROM sessions('{}', NULL);
SELECT * FROM sessions('{}', '-30 min');

DROP TABLE session_event, session_date;
DROP FUNCTION session_walk;
