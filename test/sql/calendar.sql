-- calendars: forms, business time against a count of minutes, and what is refused
SET TIME ZONE 'UTC';
SET IntervalStyle = 'postgres';
SET DateStyle = 'ISO';
SET search_path = public, journey;
\set VERBOSITY default
\pset format unaligned
\pset null (null)

CREATE FUNCTION ca_refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
    r text;
BEGIN
    EXECUTE 'SELECT ' || statement INTO r;
    RETURN r;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(' / ', SQLSTATE || ': ' || SQLERRM, NULLIF(d, ''), NULLIF(h, ''));
END
$$;

-- ------------------------------------------------------------ forms

CREATE TABLE ca_calendars (id int PRIMARY KEY, c calendar);
INSERT INTO ca_calendars VALUES
  (1, '{"zone": "UTC"}'),
  (2, '{"zone": "europe/BERLIN", "week": {"mon-thu": ["13:00 - 17:00", "9:00-12:00"], "fri": ["09:00-15:30"]},
        "holidays": {"2026-12-25": [], "2026-12-24": ["09:00-12:00"]}}');
INSERT INTO ca_calendars VALUES
  (3, '{"holidays": {}, "versions": [{"from": "2026-03-01", "week": {"sat-wed": ["08:00-12:00", "12:00-16:00"], "thu": ["08:00-12:00"]}},
        {"week": {}, "from": "2027-01-01"}], "week": {"sun": ["00:00:01-24:00", "00:00-00:00:01"]}, "zone": "Asia/Tehran"}'),
  (4, '{"zone": "<+03>-3", "week": {"sun-mon": ["22:00-24:00", "00:00-06:00"], "wed": ["23:59:58-23:59:59"]}, "versions": []}');
SELECT id, c FROM ca_calendars ORDER BY id;
SELECT id, c::text::calendar = c AS text, c::jsonb::calendar = c AS jsonb, calendar_cmp(c, c::text::calendar) AS cmp,
       calendar_hash(c) = calendar_hash(c::text::calendar) AS hash,
       calendar_hash_extended(c, 7) = calendar_hash_extended(c::text::calendar, 7) AS hash64 FROM ca_calendars ORDER BY id;
-- the same calendar told in another way
SELECT '{"zone": "UTC", "week": {"mon": ["10:00-12:00", "9:00-10:00"], "tue": []}}'::calendar = '{"week": {"mon": ["09:00-12:00"]}, "zone": "utc"}' AS same,
       '{"zone": "UTC", "week": {"mon": ["10:00-12:00"]}}'::calendar <> '{"zone": "UTC", "week": {"mon": ["10:00-12:01"]}}' AS other;
SELECT count(*) AS calendars, count(DISTINCT c) AS different FROM (SELECT c FROM ca_calendars UNION ALL SELECT c::text::calendar FROM ca_calendars) u;
SELECT bool_and((a.c < b.c) = (b.c > a.c) AND (a.c <= b.c) = (b.c >= a.c) AND (a.c < b.c OR a.c = b.c OR a.c > b.c)) AS ordered
FROM ca_calendars a, ca_calendars b;

-- binary: round trip, cut anywhere, and each byte changed: refused, or a calendar that can be written and read again
CREATE TABLE ca_copy (c calendar);
CREATE FUNCTION ca_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea ||
                  int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    EXECUTE format('COPY public.ca_copy FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN 'read';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
SELECT id, ca_read(calendar_send(c)) FROM ca_calendars ORDER BY id;
SELECT count(*) AS back FROM ca_copy JOIN ca_calendars USING (c);
SELECT DISTINCT ca_read(substr(calendar_send(c), 1, i)) FROM ca_calendars, generate_series(0, length(calendar_send(c)) - 1, 5) i WHERE id = 2;
SELECT e, count(*) > 0 AS some FROM (SELECT ca_read(set_byte(calendar_send(c), i, 255)) AS e FROM ca_calendars, generate_series(0, length(calendar_send(c)) - 1, 3) i WHERE id IN (2, 4)) AS r
GROUP BY e ORDER BY e;
SELECT bool_and(c::text::calendar = c) AS same FROM ca_copy;

-- ------------------------------------------------------------ by hand

-- Wednesday noon to Monday noon, with Christmas Eve a half day: 4 + 3 + 0 + 3
SELECT business_time('2026-12-23 12:00+01', '2026-12-28 12:00+01', c) AS hours,
       business_time('2026-12-28 12:00+01', '2026-12-23 12:00+01', c) AS backwards,
       business_time('2026-12-23 12:00+01', '2026-12-28 12:00+01', c, '{[2026-12-23 14:00+01,2026-12-24 10:00+01),[2026-12-28 11:59:59.5+01,)}') AS paused,
       business_time('2026-12-28 12:00+01', '2026-12-23 12:00+01', c, '{(,2026-12-23 14:00+01]}') AS paused_backwards,
       business_time('2026-12-23 12:00+01', '2026-12-28 12:00+01', c, NULL) AS never_paused,
       business_time('2026-12-23 12:00+01', '2026-12-28 12:00+01', c, '{}') AS nor_here
FROM ca_calendars WHERE id = 2;
-- due: 4 hours after Thursday evening are on Monday, or on Friday, were it no holiday
SELECT business_add('2026-12-24 18:00+01', '4 hours', c) AS due,
       business_add('2026-12-17 18:00+01', '4 hours', c) AS week_before,
       business_add('2026-12-17 18:00+01', '0', c) AS at_once,
       business_add('2026-12-17 09:00+01', '7 hours', c) AS end_of_work,
       business_add('2026-12-18 09:00+01', '-7 hours', c) AS beginning_of_work,
       business_add('2026-12-18 09:00+01', '-00:00:00.000001', c) AS just_before,
       business_add('2026-12-17 18:00+01', '4 hours', c, '{[2026-12-18 10:00+01,2026-12-18 14:00+01)}') AS paused,
       business_add('2026-12-18 15:00+01', '-4 hours', c, '{[2026-12-18 10:00+01,2026-12-18 14:00+01)}') AS paused_back
FROM ca_calendars WHERE id = 2;
-- an hour that is skipped is not worked, one that comes twice is worked twice
WITH night (c) AS (SELECT '{"zone": "Europe/Berlin", "week": {"mon-sun": ["00:00-06:00"]}}'::calendar)
SELECT business_time('2026-03-28 12:00+01', '2026-03-29 12:00+02', c) AS spring,
       business_time('2026-10-24 12:00+02', '2026-10-25 12:00+01', c) AS autumn,
       business_add('2026-03-28 12:00+01', '02:30', c) AT TIME ZONE 'Europe/Berlin' AS spring_local,
       business_add('2026-10-24 12:00+02', '03:30', c) AT TIME ZONE 'Europe/Berlin' AS autumn_local,
       working_time(c, '[2026-10-24 12:00+02,2026-10-25 12:00+01)') AS autumn_hours
FROM night;
-- the calendar in force is that of the day: versions, and none left after the last
SELECT business_time('2026-02-28 20:30+00', '2026-03-02 20:30+00', c) AS over_a_change,
       business_time('2026-12-28 00:00+00', '2030-01-01 00:00+00', c) AS over_the_end,
       working_time(c, '[2026-12-29 20:30+00,2027-06-01 20:30+00)') AS last_days
FROM ca_calendars WHERE id = 3;
-- a hundred years and ten thousand questions, at once
SELECT business_time('1926-01-01', '2026-01-01', c) AS century,
       (SELECT count(DISTINCT business_time('1926-01-01', timestamptz '2026-01-05 08:00' + i * interval '1 second', c)) FROM generate_series(1, 10000) i) AS asked
FROM ca_calendars WHERE id = 2;
-- a day that a zone left out
SELECT business_time('2011-12-29 00:00-10', '2012-01-01 00:00+14', '{"zone": "Pacific/Apia", "week": {"mon-sun": ["08:00-16:00"]}}') AS apia;

-- ------------------------------------------------------------ against a count of minutes

SELECT setseed(0.61);
CREATE FUNCTION ca_day() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    -- up to three pieces between random minutes
    SELECT COALESCE(jsonb_agg(to_char(make_interval(mins => b), 'HH24:MI') || '-' || CASE WHEN e = 1440 THEN '24:00' ELSE to_char(make_interval(mins => e), 'HH24:MI') END), '[]')
    FROM (SELECT m AS b, lead(m) OVER (ORDER BY m) AS e, row_number() OVER (ORDER BY m) AS n
          FROM (SELECT DISTINCT floor(random() * 1441)::int AS m FROM generate_series(1, 2 * floor(random() * 4)::int)) d) p
    WHERE n % 2 = 1 AND e IS NOT NULL
$$;
CREATE FUNCTION ca_week() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_object_agg(d, ca_day()) FROM unnest('{mon,tue,wed,thu,fri,sat,sun}'::text[]) d WHERE random() < 0.8
$$;
-- 24 days around a change of the clock, in zones of whole hours and of halves, one of which left out a day
CREATE TABLE ca_random AS
SELECT n AS id, zone, since, jsonb_build_object('zone', zone, 'week', COALESCE(ca_week(), '{}'),
       'versions', jsonb_build_array(jsonb_build_object('from', (since + 7)::text, 'week', COALESCE(ca_week(), '{}')), jsonb_build_object('from', (since + 16)::text, 'week', COALESCE(ca_week(), '{}'))),
       'holidays', (SELECT jsonb_object_agg((since + (floor(random() * 5)::int + 5 * i))::text, ca_day()) FROM generate_series(0, 4) i)) AS told
FROM (VALUES (1, 'Europe/Berlin', date '2021-03-18'), (2, 'Europe/Berlin', '2021-10-20'), (3, 'America/New_York', '2020-03-01'), (4, 'Australia/Lord_Howe', '2019-03-28'),
             (5, 'Pacific/Apia', '2011-12-20'), (6, 'America/St_Johns', '2010-10-30'), (7, 'Asia/Tehran', '2021-09-10'), (8, 'Asia/Tehran', '2021-03-12')) v (n, zone, since);
CREATE TABLE ca_hours AS
SELECT r.id, d.day, split_part(h, '-', 1)::time AS begins, split_part(h, '-', 2)::time AS ends
FROM ca_random r
CROSS JOIN LATERAL (SELECT (since + i)::date AS day FROM generate_series(-2, 27) i) d
CROSS JOIN LATERAL (SELECT CASE WHEN d.day >= since + 16 THEN told #> '{versions,1,week}' WHEN d.day >= since + 7 THEN told #> '{versions,0,week}' ELSE told -> 'week' END AS week) w
CROSS JOIN LATERAL jsonb_array_elements_text(COALESCE(told -> 'holidays' -> d.day::text, w.week -> to_char(d.day, 'dy'), '[]')) h;
CREATE INDEX ON ca_hours (id, day);
CREATE TABLE ca_minutes AS
SELECT r.id, m.at, m.n, sum(CASE WHEN EXISTS (SELECT FROM ca_hours h WHERE h.id = r.id AND h.day = l.local::date AND l.local::time >= h.begins AND l.local::time < h.ends) THEN 1 ELSE 0 END)
           OVER (PARTITION BY r.id ORDER BY m.n) AS worked
FROM ca_random r
CROSS JOIN LATERAL (SELECT since::timestamptz + make_interval(mins => i) AS at, i AS n FROM generate_series(0, 24 * 1440) i) m
CROSS JOIN LATERAL (SELECT m.at AT TIME ZONE r.zone AS local) l;
-- worked: of the minutes up to and with this one
CREATE INDEX ON ca_minutes (id, n);
SELECT id, max(worked) > 1000 AS enough FROM ca_minutes GROUP BY id ORDER BY id;
CREATE TABLE ca_pairs AS
SELECT r.id, told::calendar AS c, a.at AS a, b.at AS b, a.n AS an, b.n AS bn, b.worked - a.worked AS minutes
FROM ca_random r CROSS JOIN LATERAL (SELECT 1 + floor(random() * 24 * 1439)::int AS x, 1 + floor(random() * 24 * 1439)::int AS y FROM generate_series(1, 400 + r.id)) p
JOIN ca_minutes a ON a.id = r.id AND a.n = p.x - 1 JOIN ca_minutes b ON b.id = r.id AND b.n = p.y - 1;
-- worked of minute n - 1 is the work before minute n
SELECT count(*) AS pairs, count(DISTINCT minutes) > 1000 AS various,
       count(*) FILTER (WHERE business_time(a + interval '1 minute', b + interval '1 minute', c) IS DISTINCT FROM make_interval(mins => minutes::int)) AS wrong
FROM ca_pairs;
-- the sum of the periods that working_time gives is the same
SELECT count(*) AS pairs, count(*) FILTER (WHERE COALESCE((SELECT sum(upper(w) - lower(w)) FROM unnest(working_time(c, tstzrange(a, b))) w), '0') IS DISTINCT FROM business_time(a, b, c)) AS wrong
FROM ca_pairs WHERE a < b AND id % 3 = 1;
-- so much later is the first minute that has it, so much earlier the last one
SELECT count(*) AS tried, count(*) FILTER (WHERE business_add(a + interval '1 minute', make_interval(mins => minutes::int), c) IS DISTINCT FROM
       (SELECT min(m.at) + interval '1 minute' FROM ca_minutes m WHERE m.id = p.id AND m.n >= p.an AND m.worked = (SELECT worked FROM ca_minutes s WHERE s.id = p.id AND s.n = p.an) + minutes)) AS wrong
FROM ca_pairs p WHERE minutes > 0 AND a < b AND an % 5 = 0;
SELECT count(*) AS tried, count(*) FILTER (WHERE business_add(a + interval '1 minute', make_interval(mins => minutes::int), c) IS DISTINCT FROM
       (SELECT max(m.at) + interval '1 minute' FROM ca_minutes m WHERE m.id = p.id AND m.n <= p.an AND m.worked = (SELECT worked FROM ca_minutes s WHERE s.id = p.id AND s.n = p.an) + minutes)) AS wrong
FROM ca_pairs p WHERE minutes < 0 AND b < a AND an % 5 = 0;
-- pauses: business time of what is left when they are taken away
CREATE TABLE ca_paused AS
SELECT p.*, (SELECT range_agg(tstzrange(x, x + random() * interval '30 hours')) FROM (SELECT LEAST(a, b) + random() * (GREATEST(a, b) - LEAST(a, b)) - interval '10 hours' AS x FROM generate_series(1, 1 + p.an % 5)) y) AS pauses
FROM ca_pairs p WHERE an % 7 = 0 AND a <> b;
SELECT count(*) AS tried, count(*) FILTER (WHERE business_time(a, b, c, pauses) IS DISTINCT FROM sign(extract(epoch FROM b - a))::int *
    COALESCE((SELECT sum(upper(w) - lower(w)) FROM unnest((tstzmultirange(tstzrange(LEAST(a, b), GREATEST(a, b))) - pauses) * working_time(c, tstzrange(LEAST(a, b), GREATEST(a, b)))) w), '0')) AS wrong
FROM ca_paused;
-- there and back
SELECT count(*) AS tried, count(*) FILTER (WHERE business_time(a, due, c, pauses) IS DISTINCT FROM left_over
    OR business_time(a, due - sign(extract(epoch FROM left_over))::int * interval '1 microsecond', c, pauses) IS NOT DISTINCT FROM left_over) AS wrong
FROM (SELECT *, business_add(a, left_over, c, pauses) AS due FROM (SELECT *, business_time(a, b, c, pauses) AS left_over FROM ca_paused) p WHERE left_over <> '0') d;

-- a calendar for each row
SELECT sum(business_time('2026-01-01', '2026-02-01', c)) FROM ca_calendars;

-- ------------------------------------------------------------ NULL, ends of time, refused

SELECT business_time(NULL, now(), c) IS NULL AS a, business_time(now(), now(), NULL) IS NULL AS b, business_add(now(), NULL, c) IS NULL AS c,
       business_time(NULL, now(), c, NULL) IS NULL AS d, business_add(now(), '1 hour', NULL, NULL) IS NULL AS e, working_time(c, NULL) IS NULL AS f, working_time(c, 'empty') AS g
FROM ca_calendars WHERE id = 2;
SELECT s, ca_refused(s) FROM (VALUES
  (1, $$business_time('-infinity', now(), '{"zone": "UTC"}')$$), (2, $$business_time(now(), 'infinity', '{"zone": "UTC"}', '{}')$$),
  (3, $$business_add('infinity', '1 hour', '{"zone": "UTC"}')$$),
  (4, $$business_add('2026-01-01', '1 hour', '{"zone": "UTC"}')$$),
  (5, $$business_add('2027-01-01', '1 hour', (SELECT c FROM ca_calendars WHERE id = 3))$$),
  (6, $$business_add('2027-01-01', '-9 hours', (SELECT c FROM ca_calendars WHERE id = 3))$$),
  (7, $$business_add('2020-01-01', '-1 hour', '{"zone": "UTC", "versions": [{"from": "2020-01-01", "week": {"mon": ["09:00-10:00"]}}]}')$$),
  (8, $$business_add('2020-01-01', '90000000 hours', '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-10:00"]}}')$$),
  (9, $$business_add('2020-01-01', '-90000000 hours', '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-10:00"]}}')$$),
  (10, $$business_add('2026-01-01', '1 day', (SELECT c FROM ca_calendars WHERE id = 2))$$),
  (11, $$business_add('2026-01-01', '1 month', (SELECT c FROM ca_calendars WHERE id = 2), NULL)$$),
  (12, $$business_add('2026-01-01', '9 hours', (SELECT c FROM ca_calendars WHERE id = 2), '{[2026-01-02,)}')$$),
  (13, $$business_add('2026-01-01', '-9 hours', (SELECT c FROM ca_calendars WHERE id = 2), '{(,2026-01-02)}')$$),
  (14, $$business_time('4713-01-01 BC', '294276-12-31', '{"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}')$$),
  (15, $$business_time('4713-01-01 BC', '294276-12-31', '{"zone": "Europe/Berlin", "week": {"mon-sat": ["00:00-24:00"]}}')$$),
  (16, $$working_time('{"zone": "UTC"}', '[2026-01-01,)')$$),
  (17, $$working_time('{"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}', '[2026-01-01,infinity]')$$),
  (18, $$working_time('{"zone": "UTC", "week": {"mon-sun": ["08:00-09:00", "10:00-11:00"]}}', '[2026-01-01,9999-01-01]')$$)) v (n, s) ORDER BY n;
SELECT s, ca_refused(quote_literal(s) || '::journey.calendar') FROM (VALUES
  (1, '[]'), (2, '7'), (3, '{}'), (4, '{"zone": null}'), (5, '{"zone": "Mars/Olympus"}'), (6, '{"zone": ""}'), (7, '{"zone": "right/UTC"}'),
  (8, '{"zone": "UTC", "Week": {}}'), (9, '{"zone": "UTC", "week": []}'), (10, '{"zone": "UTC", "week": {"monday": []}}'), (11, '{"zone": "UTC", "week": {"mon": "09:00-17:00"}}'),
  (12, '{"zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}}'), (13, '{"zone": "UTC", "week": {"mon-fri": ["09:00-17:00"], "wed": []}}'),
  (14, '{"zone": "UTC", "week": {"mon": ["09:00-12:00", "9-5"]}}'), (15, '{"zone": "UTC", "week": {"mon": ["09:00-25:00"]}}'), (16, '{"zone": "UTC", "week": {"mon": ["09:60-10:00"]}}'),
  (17, '{"zone": "UTC", "week": {"mon": ["22:00-06:00"]}}'), (18, '{"zone": "UTC", "week": {"mon": ["09:00-09:00"]}}'),
  (19, '{"zone": "UTC", "week": {"mon": ["09:00-12:00", "13:00-17:00", "11:59-12:30"]}}'), (20, '{"zone": "UTC", "week": {"mon": ["09:00-17:00x"]}}'),
  (21, '{"zone": "UTC", "holidays": ["2026-12-25"]}'), (22, '{"zone": "UTC", "holidays": {"2026-02-29": []}}'), (23, '{"zone": "UTC", "holidays": {"25.12.2026": []}}'),
  (24, '{"zone": "UTC", "holidays": {"2026-12-25": null}}'), (25, '{"zone": "UTC", "versions": {}}'), (26, '{"zone": "UTC", "versions": [1]}'),
  (27, '{"zone": "UTC", "versions": [{"from": "2026-01-01"}]}'), (28, '{"zone": "UTC", "versions": [{"week": {}}]}'), (29, '{"zone": "UTC", "versions": [{"from": "2026-01-01", "week": {}, "to": 1}]}'),
  (30, '{"zone": "UTC", "versions": [{"from": "2026-01-02", "week": {}}, {"from": "2026-01-01", "week": {}}]}'), (31, '{"zone": "UTC", "holidays": {"0000-01-01": []}}')) v (n, s) ORDER BY n;
\set VERBOSITY terse
SELECT '{"zone": "UTC"'::calendar;

DROP TABLE ca_calendars, ca_copy, ca_random, ca_hours, ca_minutes, ca_pairs, ca_paused;
DROP FUNCTION ca_refused, ca_read, ca_day, ca_week;
