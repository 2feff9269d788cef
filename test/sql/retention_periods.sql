-- retention by periods: over raw rows and over journeys
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';

CREATE TABLE retention_event (customer int, at timestamptz, event text);
INSERT INTO retention_event VALUES
    (1, '2026-01-31 20:00Z', 'signup'), (1, '2026-01-31 20:00Z', 'order'), (1, '2026-02-01 03:00Z', 'order'), (1, '2026-03-31 23:30Z', 'order'),
    (2, '2026-02-10 00:00Z', 'order'), (2, '2026-02-14 00:00Z', 'signup'), (2, '2026-02-14 00:00:00.000001Z', 'order'), (2, '2026-05-01 00:00Z', 'order'),
    (3, '2026-02-20 12:00Z', 'order'),
    (4, '2026-04-01 00:00Z', 'signup'), (4, NULL, 'order'), (4, NULL, 'signup');

-- period 0 is that of the start, and only what is after the start returns
SELECT customer, retention_periods(at, event = 'signup', event = 'order', 'month', 4) AS month,
    retention_periods(at, event = 'signup', event = 'order', 'month', 4, 'on_or_after') AS or_after,
    retention_periods(at, event = 'signup', event = 'order', 'month', 4, 'on', 'Europe/Berlin') AS berlin,
    retention_periods(at, event = 'signup', event = 'order', 'month', 4, 'on', 'UTC', '2026-04-30 23:59:59Z') AS as_of
FROM retention_event GROUP BY customer ORDER BY customer;
SELECT customer, retention_periods(at, event = 'signup', event = 'order', interval '1 month', 4) AS month,
    retention_periods(at, event = 'signup', event = 'order', interval '7 hours', 4) AS hours,
    retention_periods(at, event = 'signup', event = 'order', interval '1 day', '{0,1,3,7,14,30,100}'::int[]) AS brackets,
    retention_periods(at, event = 'signup', event = 'order', interval '1 day', '{1,3,7,14,30,100}'::int[], 'on_or_after', 'UTC', '2026-04-02Z') AS or_after
FROM retention_event GROUP BY customer ORDER BY customer;

-- a period is observable when it has ended; with "partial" when it has begun
SELECT as_of, retention_periods(at, event = 'signup', event = 'order', 'week', 4, 'on', 'UTC', as_of) AS ended,
    retention_periods(at, event = 'signup', event = 'order', 'week', 4, 'on, partial', 'UTC', as_of) AS begun,
    retention_periods(at, event = 'signup', event = 'order', 'week', '{1,2,4}'::int[], 'partial, on', 'UTC', as_of) AS brackets,
    retention_periods(at, event = 'signup', event = 'order', interval '7 days', 4, 'on', 'UTC', as_of) AS rolling_ended,
    retention_periods(at, event = 'signup', event = 'order', interval '7 days', 4, 'partial, on', 'UTC', as_of) AS rolling_begun
FROM retention_event, (VALUES ('2026-01-31 19:59:59Z'::timestamptz), ('2026-01-31 20:00Z'), ('2026-02-01 23:59:59.999999Z'), ('2026-02-02Z'), ('2026-02-07 20:00Z'),
    ('2026-02-08 23:59:59Z'), ('2026-02-09Z'), ('infinity'), ('-infinity'), (NULL)) AS v (as_of)
WHERE customer = 1 GROUP BY as_of ORDER BY as_of;

-- the 31st does not drift; local days of 23 and 25 hours
SELECT at AS start, ret, retention_periods(x, x = at, true, interval '1 month', 4) AS answer
FROM (VALUES ('2026-01-31Z'::timestamptz, '2026-02-27 23:59Z'::timestamptz), ('2026-01-31Z', '2026-02-28Z'), ('2026-01-31Z', '2026-03-30 23:59Z'), ('2026-01-31Z', '2026-03-31Z'),
    ('2026-01-31Z', '2026-04-29 23:59Z'), ('2026-01-31Z', '2026-04-30Z')) AS v (at, ret), unnest(ARRAY[at, ret]) AS x
GROUP BY at, ret ORDER BY at, ret;
SELECT ret, retention_periods(x, x = at, true, interval '1 day', 3, 'on', 'Europe/Berlin') AS days, retention_periods(x, x = at, true, interval '24 hours', 3, 'on', 'Europe/Berlin') AS hours
FROM (VALUES ('2026-03-28 12:00 Europe/Berlin'::timestamptz, '2026-03-29 12:30 Europe/Berlin'::timestamptz), ('2026-10-24 12:00 Europe/Berlin', '2026-10-25 11:30 Europe/Berlin')) AS v (at, ret),
    unnest(ARRAY[at, ret]) AS x
GROUP BY at, ret ORDER BY at, ret;

-- nobody, nothing, never started
SELECT retention_periods(at, true, true, 'day', 3) FROM retention_event WHERE false;
SELECT retention_periods(at, false, true, 'day', 3) FROM retention_event;
SELECT retention_periods(at, NULL, NULL, 'day', 3) FROM retention_event;
SELECT retention_periods(at, true, NULL, 'day', 3), retention_periods(at, true, NULL, 'day', 3, 'on_or_after') FROM retention_event;
SELECT retention_periods(NULL, true, true, 'day', 3);

-- times at the ends of the calendar
SELECT retention_periods(at, at < '1000-01-01', true, p, 2, m) FROM (VALUES ('4713-01-01 00:00Z BC'::timestamptz), ('294276-12-31 23:59:59Z')) AS v (at),
    (VALUES ('1 month'::interval, 'on'), ('1 us', 'on'), ('299000 years', 'on'), ('299000 years', 'on_or_after'), ('178956970 years 2147483647 days 2562047788 hours', 'on')) AS w (p, m) GROUP BY p, m ORDER BY p, m;
SELECT retention_periods(at, at < '1000-01-01', true, 'year', 2, 'on_or_after', 'America/St_Johns') FROM (VALUES ('4713-02-01 00:00Z BC'::timestamptz), ('294276-12-31 20:59:59Z')) AS v (at);
SELECT retention_periods(at, at < '1000-01-01', true, 'day', '{0,2147483646,2147483647}'::int[]) FROM (VALUES ('4713-02-01 00:00Z BC'::timestamptz), ('294276-12-31 20:59:59Z')) AS v (at);

-- many periods
SELECT array_length(r, 1), array_positions(r, true)
FROM (SELECT retention_periods(at, at = '2026-01-01Z', true, interval '1 day', 10000) AS r FROM generate_series('2026-01-01Z'::timestamptz, '2060-01-01Z', '1000 days 1 hour') AS at) AS s;

-- refused
SELECT retention_periods(now(), true, true, 'days', 3);
SELECT retention_periods(now(), true, true, '7 days', 3);
SELECT retention_periods(now(), true, true, NULL::text, 3);
SELECT retention_periods(now(), true, true, NULL::interval, 3);
SELECT retention_periods(now(), true, true, interval '0', 3);
SELECT retention_periods(now(), true, true, interval '1 month -1 day', 3);
SELECT retention_periods(now(), true, true, 'day', NULL::int);
SELECT retention_periods(now(), true, true, 'day', 0);
SELECT retention_periods(now(), true, true, 'day', 10001);
SELECT retention_periods(now(), true, true, 'day', NULL::int[]);
SELECT retention_periods(now(), true, true, 'day', '{1}'::int[]);
SELECT retention_periods(now(), true, true, 'day', '{1,NULL}'::int[]);
SELECT retention_periods(now(), true, true, 'day', '{{1,2},{3,4}}'::int[]);
SELECT retention_periods(now(), true, true, 'day', '{1,1}'::int[]);
SELECT retention_periods(now(), true, true, 'day', '{-1,1}'::int[]);
SELECT retention_periods(now(), true, true, 'day', 3, '');
SELECT retention_periods(now(), true, true, 'day', 3, 'after');
SELECT retention_periods(now(), true, true, 'day', 3, 'on, on_or_after');
SELECT retention_periods(now(), true, true, 'day', 3, 'on,');
SELECT retention_periods(now(), true, true, 'day', 3, NULL);
SELECT retention_periods(now(), true, true, 'day', 3, 'on', 'Mars/Olympus');
SELECT retention_periods(now(), true, true, 'day', 3, 'on', '');
SELECT retention_periods(now(), true, true, 'day', 3, 'on', repeat('x', 300));
SELECT retention_periods(now(), true, true, 'day', 3, 'on', NULL);
SELECT retention_periods('infinity', true, true, 'day', 3);
SELECT retention_periods('-infinity', true, true, 'day', 3);
SELECT retention_periods(now(), true, true, 'day', n) FROM generate_series(3, 4) AS n;
SELECT retention_periods(now(), true, true, 'day', ARRAY[1, n]) FROM generate_series(3, 4) AS n;
SELECT retention_periods(now(), true, true, n * interval '1 day', 3) FROM generate_series(3, 4) AS n;
SELECT retention_periods(now(), true, true, 'day', 3, m) FROM (VALUES ('on'), ('on, partial')) AS v (m);
SELECT retention_periods(now(), true, true, 'day', 3, 'on', z) FROM (VALUES ('UTC'), ('Etc/UTC')) AS v (z);
SELECT retention_periods(now(), true, true, 'day', 3, 'on', 'UTC', z) FROM (VALUES (NULL::timestamptz), ('2026-01-01')) AS v (z);

-- the state as text and as bytes
CREATE TABLE retention_state (id int, state retention_log);
INSERT INTO retention_state VALUES
    (1, 'month; 12; on; Europe/Berlin; -; 2026-01-01T00:00:00Z; {2026-02-01T00:00:00Z, 2026-02-02T00:00:00Z, 2026-01-31T23:30:00Z}'),
    (2, '  0/0/90000000 ;{0,1,  3} ; on ,partial ;UTC;2026-06-01T10:00Z;-;{}  '),
    (3, '1/2/3; 1; on_or_after, partial; <+03>-3; infinity; 2026-01-01; {2026-02-01, 2026-03-02, 2026-01-15}'),
    (4, 'week; 3; on; UTC; -infinity; -; {}'),
    (5, '0/1/0; 2; on; UTC; -; 2026-01-01; {2026-01-01, 2026-01-09, 2026-01-02, 2026-01-02, 2026-01-04T00:00Z, 2026-01-06}');
SELECT id, state FROM retention_state ORDER BY id;
SELECT id, state::text = (state::text)::retention_log::text AS round, retention_log_final(state) FROM retention_state ORDER BY id;
SELECT retention_log_in(NULL), retention_log_final(NULL);

CREATE FUNCTION retention_error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT literal, retention_error(format('SELECT %L::journey.retention_log', literal))
FROM unnest(ARRAY['', 'day', 'day; ', 'days; 3; on; UTC; -; -; {}', 'rolling; 3; on; UTC; -; -; {}', 'day; 0; on; UTC; -; -; {}', 'day; 10001; on; UTC; -; -; {}', 'day; 3x; on; UTC; -; -; {}',
    'day; +3; on; UTC; -; -; {}', 'day; 99999999999999999999; on; UTC; -; -; {}',
    'day; {}; on; UTC; -; -; {}', 'day; {1}; on; UTC; -; -; {}', 'day; {2,1}; on; UTC; -; -; {}', 'day; {1,2; on; UTC; -; -; {}', 'day; {1,99999999999}; on; UTC; -; -; {}',
    'day; 3; in; UTC; -; -; {}', 'day; 3; on; ; -; -; {}', 'day; 3; on; Nowhere; -; -; {}', 'day; 3; on; UTC; 2026; -; {}', 'day; 3; on; UTC; -; infinity; {}', 'day; 3; on; UTC; -; -; {infinity}',
    'day; 3; on; UTC; -; -; {2026-01-01', 'day; 3; on; UTC; -; -; {2026-01-01,}', 'day; 3; on; UTC; -; -; {2026-01-01 2026-01-02}', 'day; 3; on; UTC; -; -; {2026-13-01}', 'day; 3; on; UTC; -; -; {} x',
    'day; 3; on; UTC; 2026-01-01; 2026-01-02; {}', 'day; 3; on; UTC; 2026-01-01; -; {2026-01-02}', '0/0/0; 3; on; UTC; -; -; {}', '1/-1/0; 3; on; UTC; -; -; {}', '1/1; 3; on; UTC; -; -; {}',
    '99999999999/0/0; 3; on; UTC; -; -; {}', 'day; 3; on; UTC; -; -;']) WITH ORDINALITY AS v (literal, n) ORDER BY n;

-- bytes: a COPY file of one value, written by the shell of the server
CREATE TABLE retention_binary (state retention_log);
CREATE FUNCTION retention_copy(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea || int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    TRUNCATE public.retention_binary;
    EXECUTE format('COPY public.retention_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN (SELECT 'read ' || state FROM public.retention_binary);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT id, retention_copy(retention_log_send(state)) = 'read ' || state AS round FROM retention_state ORDER BY id;
SELECT retention_log_send('week; {1,2}; on, partial; UTC; -; 2000-01-01T00:00:00.000005Z; {2000-01-01T00:00:00.000006Z}');
SELECT what, retention_copy(value)
FROM (SELECT '\x01'::bytea AS v, '\x02'::bytea AS u, '\x00'::bytea AS f, '\x00000000'::bytea || '\x00000000' || '\x0000000000000000' AS p, '\x0000000000000000'::bytea AS a,
        '\x7fffffffffffffff'::bytea AS s, '\x0000000100000000'::bytea AS n, '\x55544300'::bytea AS z, '\x00000000'::bytea AS t) AS c,
    LATERAL (VALUES (0, 'right', v || u || f || p || a || s || n || z || t),
        (1, 'nothing', ''), (2, 'version', '\x02' || u || f || p || a || s || n || z || t), (3, 'unit', v || '\x06' || f || p || a || s || n || z || t),
        (4, 'flags', v || u || '\x08' || p || a || s || n || z || t), (5, 'period', v || u || f || int4send(1) || '\x000000000000000000000000' || a || s || n || z || t),
        (6, 'as of without flag', v || u || f || p || int8send(1) || s || n || z || t), (7, 'start', v || u || f || p || a || int8send(9223372036854775800) || n || z || t),
        (8, 'minus infinite start', v || u || f || p || a || '\x8000000000000000' || n || z || t), (9, 'no periods', v || u || f || p || a || s || '\x0000000000000000' || z || t),
        (10, 'too many periods', v || u || f || p || a || s || '\x0000271100000000' || z || t), (11, 'bounds', v || u || f || p || a || s || '\x0000000100000001' || z || t),
        (12, 'bounds descending', v || u || f || p || a || s || '\x00000001000000020000000200000001' || z || t), (13, 'zone', v || u || f || p || a || s || n || '\x5800' || t),
        (14, 'zone without end', v || u || f || p || a || s || n || '\x555443'), (15, 'times', v || u || f || p || a || s || n || z || '\x7fffffff'),
        (16, 'negative times', v || u || f || p || a || s || n || z || '\xffffffff'), (17, 'infinite time', v || u || f || p || a || s || n || z || '\x000000017fffffffffffffff'),
        (18, 'time after as of', v || u || '\x04' || p || int8send(5) || s || n || z || '\x000000010000000000000006'), (19, 'start after as of', v || u || '\x04' || p || int8send(5) || int8send(6) || n || z || t),
        (20, 'one byte more', v || u || f || p || a || s || n || z || t || '\x00'), (21, 'one byte less', v || u || f || p || a || s || n || z || '\x000000'),
        (22, 'no length', v || '\x00' || f || p || a || s || n || z || t), (23, 'negative length', v || '\x00' || f || '\xffffffff' || '\x000000000000000000000000' || a || s || n || z || t),
        (24, 'two times, one bucket', v || u || f || p || a || s || n || z || '\x00000002' || int8send(7) || int8send(6))) AS w (i, what, value)
ORDER BY i;

SELECT retention_log_combine('day; 3; on; UTC; -; 2026-01-05; {2026-01-06, 2026-01-09}', 'day; 3; on; UTC; -; 2026-01-04; {2026-01-06T12:00Z}');
SELECT retention_log_combine('day; 3; on; UTC; -; -; {}', 'day; 4; on; UTC; -; -; {}');
SELECT retention_periods_accum('day; 3; on; UTC; -; -; {}', now(), true, true, 'day', 4);
-- a state that is changed is a copy
SELECT s, retention_periods_accum(s, '2026-01-04', true, true, 'day', 3), s FROM (VALUES ('day; 3; on; UTC; -; -; {2026-01-01}'::retention_log)) AS v (s);

-- random visits: many at one time, some without, over half a year with a change of clocks
SELECT setseed(0.3);
CREATE TABLE retention_visit (customer int, at timestamptz, is_start boolean, is_return boolean) PARTITION BY HASH (at);
CREATE TABLE retention_visit_0 PARTITION OF retention_visit FOR VALUES WITH (MODULUS 3, REMAINDER 0) WITH (parallel_workers = 2);
CREATE TABLE retention_visit_1 PARTITION OF retention_visit FOR VALUES WITH (MODULUS 3, REMAINDER 1) WITH (parallel_workers = 2);
CREATE TABLE retention_visit_2 PARTITION OF retention_visit FOR VALUES WITH (MODULUS 3, REMAINDER 2) WITH (parallel_workers = 2);
INSERT INTO retention_visit
SELECT customer, CASE WHEN random() < 0.97 THEN '2026-02-27Z'::timestamptz + trunc(random() * span) * interval '6 hours' END,
    CASE WHEN random() < 0.95 THEN random() < 0.1 END, CASE WHEN random() < 0.95 THEN random() < 0.6 END
FROM (SELECT customer, 20 + trunc(random() * 700) AS span FROM generate_series(1, 60) AS customer) AS c, LATERAL generate_series(1, (customer % 30)) AS n;

CREATE FUNCTION retention_number(unit text, zone text, at timestamptz) RETURNS int LANGUAGE sql IMMUTABLE
RETURN CASE unit WHEN 'day' THEN (at AT TIME ZONE zone)::date - '2000-01-01'::date
    WHEN 'week' THEN (date_trunc('week', at AT TIME ZONE zone)::date - '2000-01-03'::date) / 7
    WHEN 'month' THEN extract(year FROM at AT TIME ZONE zone) * 12 + extract(month FROM at AT TIME ZONE zone)
    WHEN 'quarter' THEN extract(year FROM at AT TIME ZONE zone) * 4 + extract(quarter FROM at AT TIME ZONE zone)
    ELSE extract(year FROM at AT TIME ZONE zone) END;

CREATE FUNCTION retention_oracle_calendar(unit text, bounds int[], or_after boolean, partial boolean, zone text, as_of timestamptz) RETURNS TABLE (customer int, r boolean[])
LANGUAGE sql SET search_path = public, pg_temp AS $$
    WITH seen AS MATERIALIZED (SELECT v.customer, at, public.retention_number(unit, zone, at) AS n, is_start, is_return FROM public.retention_visit AS v WHERE at <= coalesce(as_of, 'infinity')),
    start AS (SELECT customer, min(at) AS at, min(n) AS n FROM seen WHERE is_start GROUP BY customer),
    came AS (SELECT s.customer, s.n, array_agg(e.n - s.n) FILTER (WHERE is_return AND e.at > s.at) AS numbers FROM start AS s JOIN seen AS e USING (customer) GROUP BY s.customer, s.n)
    SELECT customer, array_agg(CASE WHEN as_of IS NULL OR public.retention_number(unit, zone, as_of) - n >= bounds[CASE WHEN partial THEN i ELSE i + 1 END]
        THEN EXISTS (SELECT FROM unnest(numbers) AS k WHERE k >= bounds[i] AND (or_after OR k < bounds[i + 1])) END ORDER BY i)
    FROM came, generate_series(1, cardinality(bounds) - 1) AS i GROUP BY customer
$$;

CREATE FUNCTION retention_oracle_rolling(period interval, bounds int[], or_after boolean, partial boolean, zone text, as_of timestamptz) RETURNS TABLE (customer int, r boolean[])
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    PERFORM set_config('timezone', zone, true);
    RETURN QUERY
    WITH seen AS MATERIALIZED (SELECT v.customer, at, is_start, is_return FROM public.retention_visit AS v WHERE at <= coalesce(as_of, 'infinity')),
    start AS (SELECT seen.customer, min(at) AS at FROM seen WHERE is_start GROUP BY 1),
    came AS (SELECT s.customer, s.at, array_agg(e.at) FILTER (WHERE is_return AND e.at > s.at) AS times FROM start AS s JOIN seen AS e USING (customer) GROUP BY s.customer, s.at),
    part AS (SELECT c.*, i, c.at + bounds[i] * period AS since, c.at + bounds[i + 1] * period AS until FROM came AS c, generate_series(1, cardinality(bounds) - 1) AS i)
    SELECT p.customer, array_agg(CASE WHEN as_of IS NULL OR as_of >= CASE WHEN partial THEN since ELSE until END
        THEN EXISTS (SELECT FROM unnest(times) AS t WHERE t >= since AND (or_after OR t < until)) END ORDER BY i)
    FROM part AS p GROUP BY p.customer;
END $$;

-- each kind of period with each mode, zone, date and bounds that are not too few
CREATE TABLE retention_case AS
SELECT row_number() OVER () AS id, unit, period, coalesce(bounds, ARRAY(SELECT generate_series(0, n))) AS bounds, bounds IS NOT NULL AS brackets, or_after, partial, zone, as_of, mode
FROM (VALUES ('day', NULL::interval, 10, NULL::int[]), ('day', NULL, NULL, '{0,1,3,7,14,30,90}'), ('week', NULL, 8, NULL), ('month', NULL, 6, NULL), ('quarter', NULL, 3, NULL), ('quarter', NULL, NULL, '{1,2,8}'), ('year', NULL, 2, NULL),
        (NULL, '1 day', 12, NULL), (NULL, '24 hours', 12, NULL), (NULL, '1 month', 5, NULL), (NULL, '1 month 3 days 5 hours', 4, NULL), (NULL, '6 hours', NULL, '{1,2,3,10,100}')) AS u (unit, period, n, bounds),
    (VALUES (false, false, 'on'), (true, false, ' on_or_after '), (false, true, 'partial,on'), (true, true, 'on_or_after, partial')) AS m (or_after, partial, mode),
    (VALUES ('UTC', '2026-04-26 05:59:59Z'::timestamptz), ('America/New_York', NULL), ('Asia/Kathmandu', '2026-05-31 18:15Z')) AS z (zone, as_of);

CREATE FUNCTION retention_compare(source text, every int) RETURNS TABLE (cases bigint, customers bigint, answers bigint, yes bigint, unknown bigint, wrong bigint) LANGUAGE plpgsql AS $$
DECLARE
    c public.retention_case;
    period text;
    one record;
BEGIN
    cases := 0; customers := 0; answers := 0; yes := 0; unknown := 0; wrong := 0;
    FOR c IN SELECT * FROM public.retention_case WHERE id % every = 0 LOOP
        period := coalesce(quote_literal(c.unit), 'interval ' || quote_literal(c.period));
        EXECUTE format($q$
            WITH got AS MATERIALIZED (SELECT customer, journey.retention_periods(at, is_start, is_return, %s, %s, %L, %L, %L) AS r FROM %s AS v GROUP BY customer)
            SELECT count(*) AS customers, sum(cardinality(e.r)) AS answers, sum(cardinality(array_positions(e.r, true))) AS yes, sum(cardinality(array_positions(e.r, NULL))) AS unknown,
                count(*) FILTER (WHERE g.r IS DISTINCT FROM e.r) AS wrong
            FROM got AS g FULL JOIN (SELECT customer, r FROM public.retention_expected WHERE id = %s) AS e USING (customer)
            WHERE g.r IS NOT NULL OR e.customer IS NOT NULL $q$, period, CASE WHEN c.brackets THEN quote_literal(c.bounds) || '::int[]' ELSE (cardinality(c.bounds) - 1)::text END,
            c.mode, c.zone, c.as_of, source, c.id) INTO one;
        cases := cases + 1; customers := customers + one.customers; answers := answers + one.answers; yes := yes + one.yes; unknown := unknown + one.unknown; wrong := wrong + one.wrong;
    END LOOP;
    RETURN NEXT;
END $$;
CREATE TABLE retention_expected AS
SELECT id, o.* FROM retention_case AS c, LATERAL (SELECT * FROM retention_oracle_calendar(unit, bounds, or_after, partial, zone, as_of) WHERE period IS NULL
    UNION ALL SELECT * FROM retention_oracle_rolling(period, bounds, or_after, partial, zone, as_of) WHERE period IS NOT NULL) AS o;

SELECT * FROM retention_compare('public.retention_visit', 1);
SELECT * FROM retention_compare('(SELECT * FROM public.retention_visit ORDER BY at DESC NULLS LAST)', 1);
SELECT * FROM retention_compare('(SELECT * FROM public.retention_visit ORDER BY md5(at::text || customer || is_start))', 1);

-- in parts
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
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT * FROM retention_compare('public.retention_visit', 7),
    retention_plan('SELECT customer, retention_periods(at, is_start, is_return, ''day'', 9) FROM retention_visit GROUP BY customer');
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT * FROM retention_compare('public.retention_visit', 7),
    retention_plan('SELECT customer, retention_periods(at, is_start, is_return, ''day'', 9) FROM retention_visit GROUP BY customer');
RESET enable_partitionwise_aggregate;

-- parts of parts, sent as text, give the state of the whole
CREATE AGGREGATE retention_collect(timestamptz, boolean, boolean, text, int, text, text) (SFUNC = retention_periods_accum, STYPE = retention_log);
CREATE AGGREGATE retention_collect(timestamptz, boolean, boolean, interval, int, text, text) (SFUNC = retention_periods_accum, STYPE = retention_log);
CREATE AGGREGATE retention_merge(retention_log) (SFUNC = retention_log_combine, STYPE = retention_log);
SELECT m, count(*), count(*) FILTER (WHERE merged_day::text IS DISTINCT FROM day::text) AS wrong_day, count(*) FILTER (WHERE merged_rolling::text IS DISTINCT FROM rolling::text) AS wrong_rolling
FROM (SELECT m, customer, retention_collect(at, is_start, is_return, 'day', 9, m, 'Asia/Tehran') AS day, retention_collect(at, is_start, is_return, interval '9 days', 3, m, 'Asia/Tehran') AS rolling
      FROM retention_visit, (VALUES ('on'), ('on_or_after')) AS v (m) GROUP BY m, customer) AS w
JOIN (SELECT m, customer, retention_merge(day::text::retention_log ORDER BY random()) AS merged_day, retention_merge(rolling::text::retention_log ORDER BY random()) AS merged_rolling
      FROM (SELECT m, customer, retention_collect(at, is_start, is_return, 'day', 9, m, 'Asia/Tehran') AS day, retention_collect(at, is_start, is_return, interval '9 days', 3, m, 'Asia/Tehran') AS rolling
            FROM (SELECT * FROM retention_visit ORDER BY random()) AS s, (VALUES ('on'), ('on_or_after')) AS v (m) GROUP BY m, customer, trunc(random() * 4)) AS p
      GROUP BY m, customer) AS p USING (m, customer)
GROUP BY m ORDER BY m;

-- a heavy customer in little room: a hundred thousand returns are kept as the last of each bucket
SELECT pg_column_size(retention_collect(at, at = '2026-01-01Z', true, 'day', 30, 'on', 'UTC')) < 3000 AS days,
    pg_column_size(retention_collect(at, at = '2026-01-01Z', true, interval '1 hour', 30, 'on', 'UTC')) < 140000 AS rolling,
    pg_column_size(retention_collect(at, at = '2026-01-01Z', true, interval '1 hour', 30, 'on_or_after', 'UTC')) < 100 AS or_after
FROM (SELECT '2026-01-01Z'::timestamptz + n * interval '1 min' AS at FROM generate_series(0, 100000) AS n) AS s;

-- over journeys: the same answers as over the rows
CREATE TABLE retention_journey AS
SELECT customer, journey_agg(CASE WHEN is_start THEN 's' ELSE '' END || CASE WHEN is_return THEN 'r' ELSE '' END || '.', at) FILTER (WHERE at IS NOT NULL) AS j
FROM retention_visit GROUP BY customer;
SELECT count(*) AS cases, count(*) FILTER (WHERE got IS DISTINCT FROM e.r) AS wrong
FROM retention_case AS c
CROSS JOIN retention_journey AS j
LEFT JOIN retention_expected AS e ON e.id = c.id AND e.customer = j.customer,
LATERAL (SELECT CASE WHEN period IS NULL AND brackets THEN retention_periods(j.j, '{s.,sr.}', '{r.,sr.}', unit, bounds, mode, zone, as_of)
    WHEN period IS NULL THEN retention_periods(j.j, '{s.,sr.}', '{r.,sr.}', unit, cardinality(bounds) - 1, mode, zone, as_of)
    WHEN brackets THEN retention_periods(j.j, '{s.,sr.}', '{r.,sr.}', period, bounds, mode, zone, as_of)
    ELSE retention_periods(j.j, '{s.,sr.}', '{r.,sr.}', period, cardinality(bounds) - 1, mode, zone, as_of) END AS got) AS g;
SELECT retention_periods(j, '{signup}', '{order}', 'month', 3), retention_periods(j, '{signup}', NULL, 'month', 3) AS any_return, retention_periods(j, NULL, '{order,mail}', 'month', 3) AS any_start,
    retention_periods(j, '{}', '{order}', 'month', 3) AS no_start, retention_periods(j, '{order,x}', '{}', 'month', 3) AS no_return,
    retention_periods(j, '{signup}', '{order}', interval '20 days', '{1,2,4}'::int[], tz => 'Asia/Tehran', as_of => '2026-03-01Z') AS brackets,
    retention_periods(j, '{order}', '{order}', 'month', 3, as_of => '2026-01-31Z') AS not_yet
FROM (VALUES ('{mail@2026-01-05, signup@2026-01-10, mail@2026-01-11, order@2026-02-03, order@2026-03-03}'::journey)) AS v (j);
SELECT retention_periods('{}'::journey, '{a}', '{b}', 'day', 3), retention_periods(NULL::journey, '{a}', '{b}', 'day', 3);
SELECT retention_periods('{a@2026-01-01, b@2026-01-02}'::journey, '{a,NULL}', '{{NULL,x},{b,c}}', 'day', 3);
SELECT retention_periods('{}'::journey, '{a}', '{b}', 'days', 3);
SELECT retention_periods('{}'::journey, '{a}', '{b}', 'day', 0);
SELECT retention_periods('{}'::journey, '{a}', '{b}', 'day', 3, tz => 'x');
SELECT retention_periods('{}'::journey, '{a}', '{b}', 'day', 3, mode => NULL);

-- the cohort triangle: nothing is shown for the future
SELECT cohort::date, retention_counts(r), retention_observed(r), retention_rates(r)
FROM (SELECT customer, date_trunc('month', min(at) FILTER (WHERE is_start)) AS cohort, retention_periods(at, is_start, is_return, 'month', 5, 'on', 'UTC', '2026-06-15Z') AS r
      FROM retention_visit WHERE at <= '2026-06-15Z' GROUP BY customer) AS s
WHERE r IS NOT NULL GROUP BY cohort ORDER BY cohort;

RESET ALL;
DROP TABLE public.retention_event, public.retention_state, public.retention_binary, public.retention_visit, public.retention_case, public.retention_expected, public.retention_journey;
DROP AGGREGATE public.retention_collect(timestamptz, boolean, boolean, text, int, text, text), public.retention_collect(timestamptz, boolean, boolean, interval, int, text, text), public.retention_merge(journey.retention_log);
DROP FUNCTION public.retention_error, public.retention_copy, public.retention_number, public.retention_oracle_calendar, public.retention_oracle_rolling, public.retention_compare, public.retention_plan;
