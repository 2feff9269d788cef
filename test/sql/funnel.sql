-- the funnel type: its forms, sums, options, and what is refused
SET TIME ZONE 'UTC';
SET search_path = public, journey;

CREATE TABLE fu_journeys (id int, j journey);
INSERT INTO fu_journeys VALUES
  (1, '{a@2026-01-01, b@2026-01-02, c@2026-01-05}'), (2, '{a@2026-01-01, b@2026-01-02}'),
  (3, '{a@2026-01-01, a@2026-01-03, x@2026-01-04, c@2026-01-05}'), (4, '{}'), (5, NULL), (6, '{b@2026-01-05}');

-- counting, and what a funnel says
CREATE TABLE fu_funnel AS SELECT funnel(j, '{a,b,c}') AS f FROM fu_journeys;
SELECT f FROM fu_funnel;
SELECT step, label, reached, round(conversion::numeric, 4) AS conversion, round(conversion_low::numeric, 4) AS low,
       round(conversion_high::numeric, 4) AS high, round(overall::numeric, 4) AS overall, dropped, median, p90
FROM fu_funnel, steps(f) ORDER BY step;
SELECT total(f), entered(f), converted(f), excluded(f), round(conversion(f)::numeric, 4) AS conversion,
       step_time(f, 2, 0.5), step_time(f, 1, 0.5) FROM fu_funnel;
SELECT funnel(j, '{a,b,c}') IS NULL AS no_rows FROM fu_journeys WHERE false;
SELECT total(funnel(j, '{a,b,c}')), conversion(funnel(j, '{a}')) FROM fu_journeys WHERE id = 5;
SELECT s.* FROM (SELECT funnel(j, '{a,b}') AS f FROM fu_journeys WHERE id = 5) AS n, steps(f) AS s;
SELECT id, funnel_level(j, '{a,b,c}') AS level, funnel_times(j, '{a,b,c}') AS times,
       funnel_reached(j, '{a,b,c}', NULL, 'implied') AS implied, funnel_reached(j, '{a,b,c}', NULL, 'optional b') AS optional
FROM fu_journeys ORDER BY id;
-- who dropped at a step is found by level
SELECT s.step, s.reached - lead(s.reached, 1, 0::bigint) OVER (ORDER BY s.step) AS stopped,
       (SELECT count(*) FROM fu_journeys WHERE funnel_level(j, '{a,b,c}') = s.step) AS found
FROM fu_funnel, steps(f) AS s ORDER BY s.step;

-- forms
SELECT f::text::funnel = f AS text, f::jsonb::funnel = f AS jsonb, f = f + f AS doubled, total(f + f), f + NULL IS NULL AS plus_null FROM fu_funnel;
SELECT count(DISTINCT f) FROM (SELECT f FROM fu_funnel UNION ALL SELECT f FROM fu_funnel UNION ALL SELECT f + f FROM fu_funnel) AS u;
SELECT funnel_hash(f) = funnel_hash(f::text::funnel) AS hash, funnel_cmp(f, f + f) = -funnel_cmp(f + f, f) AS cmp,
       (f < f + f) <> (f > f + f) AS order, f <= f AS le, f >= f AS ge, f <> f AS ne FROM fu_funnel;
CREATE TABLE fu_copy (f funnel);
-- a COPY file made of one value, written by the shell of the server
CREATE FUNCTION fu_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea ||
                  int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    EXECUTE format('COPY public.fu_copy FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN 'read';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
SELECT fu_read(funnel_send(f)) FROM fu_funnel;
SELECT c.f = o.f AS binary FROM fu_copy AS c, fu_funnel AS o;
SELECT funnel_send(f) FROM fu_funnel;
-- cut anywhere, and every third byte changed: refused, or a funnel
SELECT count(*) AS cut, count(*) FILTER (WHERE e = 'read') AS read
FROM (SELECT fu_read(substr(funnel_send(f), 1, i)) AS e FROM fu_funnel, generate_series(0, length(funnel_send(f)) - 1, 7) AS i) AS c;
SELECT e, count(*) FROM (SELECT fu_read(set_byte(funnel_send(f), i, 255)) AS e FROM fu_funnel, generate_series(0, length(funnel_send(f)) - 1, 3) AS i) AS c
GROUP BY e ORDER BY e;
SELECT count(*) AS funnels, bool_and(f::text::funnel = f) AS same FROM fu_copy;
-- an umlaut, a quote, a backslash, a tab, and a window of every unit
SELECT funnel(NULL::journey, ARRAY['ü "x" \', E'tab\t', 'long label of more than eight bytes'], '1 year 2 days 03:04:05.006', 'optional 2') AS f;
SELECT funnel(NULL::journey, ARRAY['ü "x" \', E'tab\t'], '1 year 2 days 03:04:05.006')::text::funnel
     = funnel(NULL::journey, ARRAY['ü "x" \', E'tab\t'], '1 year 2 days 03:04:05.006') AS same;
-- any spelling of the same options, any order of keys, durations anywhere in their bucket, equal ones together
SELECT '{"reached": [3,2], "total": 5, "times": [[], [[86400000000, 1], [86400000001, 1]]], "entered": 3, "options": "within 24h to b,first_entry, exclude x between a and b", "steps": ["a","\u0062"], "within": "4 weeks 12 hours"}'::funnel;
SELECT funnel(j, '{a,b}', '1 day', '') = funnel(j, '{a,b}', '24 hours', NULL) AS same_window FROM fu_journeys;
SELECT funnel(j, '{a,b}', NULL) = funnel(j, '{a,b}') AS no_window FROM fu_journeys;

-- sums: only of the same question
SELECT funnel(j, '{a,b}') + funnel(j, '{a,c}') FROM fu_journeys;
SELECT funnel(j, '{a,b}', '1 day') + funnel(j, '{a,b}') FROM fu_journeys;
SELECT funnel(j, '{a,b}', '1 day', 'implied') + funnel(j, '{a,b}', '1 day') FROM fu_journeys;
SELECT rollup(f) FROM (SELECT funnel(j, ARRAY['a', CASE WHEN id < 3 THEN 'b' ELSE 'c' END]) AS f FROM fu_journeys GROUP BY id, 1 = 2) AS g;
SELECT rollup(f) = (SELECT f FROM fu_funnel) AS rollup FROM (SELECT funnel(j, '{a,b,c}') AS f FROM fu_journeys GROUP BY id UNION ALL SELECT NULL) AS g;
SELECT rollup(f) IS NULL AS nothing FROM fu_funnel WHERE false;
SELECT '{"steps":["a"],"total":9223372036854775807,"entered":0,"reached":[0]}'::funnel + '{"steps":["a"],"total":1,"entered":0,"reached":[0]}'::funnel;
-- the longest window of months is read as it is written
SELECT '{"steps":["a"],"within":"2147483647 months","total":0,"entered":0,"reached":[0]}'::funnel;
SELECT '{"steps":["a"],"within":"178956971 years","total":0,"entered":0,"reached":[0]}'::funnel;
-- a question that changes within a group
SELECT funnel(j, CASE WHEN id < 3 THEN '{a,b}'::text[] ELSE '{a,c}' END) FROM fu_journeys;
SELECT funnel(j, '{a,b}', id * interval '1 day') FROM fu_journeys;
SELECT funnel(j, '{a,b}', '1 day', CASE WHEN id < 3 THEN 'exact' END) FROM fu_journeys;

-- support functions called by hand give packed funnels, and leave their arguments alone
SELECT funnel_agg_add(f, '{a@2026-01-01}', '{a,b,c}') AS more, f = (SELECT f FROM fu_funnel) AS untouched FROM fu_funnel;
SELECT total(funnel_agg_combine(f, f)), total(funnel_agg_combine(NULL, f)), funnel_agg_combine(NULL, NULL) IS NULL AS nothing,
       funnel_agg_final(f) = f AS final FROM fu_funnel;

-- options
SELECT o, funnel_level(j, '{a,b,c}', '3 days', o) AS level, total(funnel(j, '{a,b,c}', '3 days', o)) AS seen
FROM (VALUES ('{a@2026-01-01, b@2026-01-02, x@2026-01-02T12:00, a@2026-01-03, c@2026-01-05}'::journey)) AS v (j),
     (VALUES (1, ''), (2, 'default'), (3, 'implied'), (4, 'any_order'), (5, 'exact'), (6, 'dedup'), (7, 'increase'), (8, 'reuse'),
             (9, 'first_entry'), (10, 'optional b'), (11, 'optional 2, first_entry'), (12, 'exclude x'), (13, 'exclude x between a and b'),
             (14, 'within 1 day to b'), (15, 'within 23 hours to 2')) AS opt (n, o)
GROUP BY n, o, j ORDER BY n;
SELECT funnel_level('{a@2026-01-01, b@2026-01-02, a@2026-01-03}', '{a,b,a}', NULL, 'repeats') AS repeats;
SELECT excluded(funnel(j, '{a,c}', NULL, 'exclude x')) FROM fu_journeys;
-- months are calendar months in UTC: the later start may have the earlier end
SELECT funnel_times('{a@2026-01-30T12:00, a@2026-01-31T11:00, b@2026-02-28T11:30}', '{a,b}', '1 month') AS thirtieth,
       funnel_times('{a@2026-01-30T12:00, a@2026-01-31T11:00, b@2026-02-28T11:00}', '{a,b}', '1 month') AS thirty_first;
-- journeys that are read in several ways say the same: few entries or many, few labels or many, offsets of any width
-- (the order of the steps is not that of the labels, by which rows of equal time are kept)
SELECT n, unit, count(*) AS journeys, count(*) FILTER (WHERE
         funnel_times(j, '{l3,l2,l1}', w, 'first_entry') IS DISTINCT FROM funnel_times(k, '{l3,l2,l1}', w, 'first_entry')
         OR funnel_times(j, '{l3,l2,l1}', w) IS DISTINCT FROM funnel_times(k, '{l3,l2,l1}', w)
         OR funnel_times(j, '{l3,l2,l1}') IS DISTINCT FROM funnel_times(k, '{l3,l2,l1}')) AS differ
FROM (SELECT n, unit, g, w, j,
             -- 70 other labels before and after: the way for more than 64 entries and labels
             j || journey(array_agg('other' || o), array_agg('2020-01-01'::timestamptz + o * interval '1 day')) AS k
      FROM (SELECT n, unit, g, unit * n / 2 AS w,
                   journey(array_agg('l' || hashint4extended(i, g) % 5), array_agg('2026-01-01'::timestamptz + (abs(hashint4extended(i, g + 1000)) % 60) * (unit / 6))) AS j
            FROM (VALUES (1), (2), (5), (16), (17), (40), (64)) AS s (n),
                 (VALUES (interval '00:00:00.0001'), ('1 second'), ('1 day'), ('30 days'), ('90 days 00:00:00.01')) AS u (unit),
                 generate_series(1, 20) AS g, generate_series(1, n) AS i
            GROUP BY n, unit, g) AS few, generate_series(1, 70) AS o
      GROUP BY n, unit, g, w, j) AS both_ways
GROUP BY n, unit ORDER BY n, unit;
-- labels of every length that begin alike, at both ends of journeys of one to five entries
SELECT count(*) AS journeys,
       count(*) FILTER (WHERE funnel_level(j, ARRAY[a, b]) <> CASE WHEN n = 1 THEN 1 ELSE 2 END) AS forward,
       count(*) FILTER (WHERE funnel_level(j, ARRAY[b, a]) <> CASE WHEN n = 1 THEN 0 ELSE 1 END) AS backward,
       count(*) FILTER (WHERE funnel_level(j, ARRAY[a || '?', b || '?']) <> 0) AS longer,
       count(*) FILTER (WHERE funnel_level(j, ARRAY[a, b, a || '?', b || '?']) <> CASE WHEN n = 1 THEN 1 ELSE 2 END) AS among_others
FROM (SELECT n, a, b, journey(array_agg(CASE i WHEN 1 THEN a WHEN n THEN b ELSE b || i END), array_agg('2026-01-01'::timestamptz + i * interval '1 hour')) AS j
      FROM (SELECT left('abcdefghABCDEFGHIJKL', l) AS a, left('abcdefghABCDEFGHIJKL', m - 1) || '!' AS b, n
            FROM generate_series(1, 20) AS l, generate_series(1, 20) AS m, generate_series(1, 5) AS n) AS pairs, generate_series(1, n) AS i
      GROUP BY n, a, b) AS journeys;

-- what is refused
CREATE FUNCTION fu_try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ' ' || sqlerrm || COALESCE(' / ' || NULLIF(detail, ''), '');
END $$;
SELECT a, fu_try(format('SELECT journey.funnel_level(%L::journey.journey, %s)', '{a@2026-01-01}', a)) AS error
FROM unnest(ARRAY['NULL', $$'{}'$$, $$'{a,NULL}'$$, $$'{{a,b},{c,d}}'$$, $$'{a,""}'$$, $$ARRAY[repeat('x', 256)]$$, $$'{a,b,a}'$$,
  $$(SELECT array_agg('s' || i) FROM generate_series(1, 65) AS i)$$, $$(SELECT array_agg('s' || i) FROM generate_series(1, 64) AS i)$$,
  $$'{a,b}', '-1 day'$$, $$'{a,b}', '1 month -2 days'$$, $$'{a,b}', '-1 month 60 days'$$, $$'{a,b}', '1 day -1 hour'$$,
  $$'{a,b}', NULL, 'fast'$$, $$'{a,b}', NULL, 'implied, '$$, $$'{a,b}', NULL, 'implied exact'$$, $$'{a,b}', NULL, 'optional'$$,
  $$'{a,b}', NULL, 'optional q'$$, $$'{a,b}', NULL, 'optional 3'$$, $$'{a,b}', NULL, 'optional a, optional b'$$,
  $$'{a,b}', NULL, 'exclude'$$, $$'{a,b}', NULL, 'exclude x between b and a'$$, $$'{a,b}', NULL, 'exclude x between a'$$, $$'{a}', NULL, 'exclude x'$$,
  $$'{a,b}', NULL, 'exclude ""'$$, $$'{a,b}', NULL, 'exclude "x'$$, $$'{a,b}', NULL, 'within 1 day to a'$$, $$'{a,b}', NULL, 'within 1 month to b'$$, $$'{a,b}', NULL, 'within 1 day'$$,
  $$'{a,b}', NULL, 'within 99999999999999999999 s to b'$$, $$'{a,b}', NULL, 'any_order, exact'$$, $$'{a,b,c}', NULL, 'optional b, within 1 day to c'$$,
  $$(SELECT array_agg('s' || i) FROM generate_series(1, 64) AS i), NULL, 'exclude x'$$]) AS a;
SELECT fu_try('SELECT journey.step_time(f, 4, 0.5) FROM fu_funnel') AS no_step, fu_try('SELECT journey.step_time(f, 2, ''NaN'') FROM fu_funnel') AS no_share;

-- malformed text
SELECT t, fu_try(format('SELECT %L::journey.funnel', t)) AS error
FROM unnest(ARRAY['', '{', '[]', '{}', 'null', '{"steps":["a"]}', '{"steps":["a"],"total":1,"entered":1}', '{"steps":["a"],"total":1,"entered":1,"reached":[1]} x',
  '{"steps":["a"],"total":1,"entered":1,"reached":[1],}', '{"steps":["a"],"steps":["a"]}', '{"step":["a"]}', '{"steps":[]', '{"steps":[],"total":0,"entered":0,"reached":[]}',
  '{"steps":[1]}', '{"steps":["a\x"]}', '{"steps":["\u00"]}', '{"steps":["\ud800"]}', '{"steps":["\u0000"]}', '{"steps":[""],"total":0,"entered":0,"reached":[0]}',
  '{"steps":["a","a"],"total":0,"entered":0,"reached":[0,0]}', '{"steps":["a"],"within":"soon"}', '{"steps":["a"],"within":"1.5 days"}', '{"steps":["a"],"within":1}', '{"steps":["a"],"within":"9999999999 years"}',
  '{"steps":["a"],"options":"fast","total":0,"entered":0,"reached":[0]}', '{"steps":["a"],"total":-1}', '{"steps":["a"],"total":1.5}', '{"steps":["a"],"total":1e3}', '{"steps":["a"],"total":9223372036854775808}',
  '{"steps":["a"],"total":1,"entered":2,"reached":[2]}', '{"steps":["a"],"total":2,"entered":2,"reached":[1]}', '{"steps":["a","b"],"total":2,"entered":1,"reached":[1,2]}',
  '{"steps":["a","b"],"total":2,"entered":1,"reached":[1]}', '{"steps":["a"],"total":1,"entered":1,"excluded":2,"reached":[1]}',
  '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[[5,1]],[]]}', '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[],[[5,2]]]}',
  '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[],[[5,0]]]}', '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[]]}', '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[],[[5]]]}',
  '{"steps":["a","b"],"total":1,"entered":1,"reached":[1,1],"times":[[],[[5,9223372036854775807],[5,9223372036854775807]]]}']) AS t;

DROP FUNCTION fu_try(text), fu_read(bytea);
DROP TABLE fu_journeys, fu_funnel, fu_copy;
