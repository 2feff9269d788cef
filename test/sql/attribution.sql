-- attribution: the credits of one customer, and what each channel gets of all conversions
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO, YMD';

-- one customer, every rule
CREATE TABLE attribution_one AS SELECT '{direct@2026-01-01, mail@2026-01-05, search@2026-01-08, mail@2026-01-11, direct@2026-01-12, customer@2026-01-15}'::journey AS j;
SELECT m.model, a.channel, a.touches, a.credit, a.value, a.nth, a.converted_at
FROM attribution_one, unnest('{first,last,linear,linear_distinct,position,time_decay,time_decay_stepped}'::text[]) WITH ORDINALITY AS m (model, i), attribution(j, model, 'customer', value => 250) AS a
ORDER BY i, a.channel COLLATE "C";
SELECT channel, credit FROM attribution_one, attribution(j, 'last_non', 'customer', skip => '{direct}');
SELECT channel, credit FROM attribution_one, attribution(j, 'last_non', 'customer', skip => '{direct,mail,unknown}');
SELECT channel, credit FROM attribution_one, attribution(j, 'last', 'customer', skip => '{direct,mail,search}');
SELECT channel, credit FROM attribution_one, attribution(j, 'linear', 'customer', skip => '{direct,NULL}');
SELECT channel, credit FROM attribution_one, attribution(j, 'position', 'customer', skip => '{direct}', shares => '{0.5,0.3,0.2}');
-- position: five touches, two, one
SELECT j, s, array_agg(channel || ' ' || credit ORDER BY channel) AS credits
FROM (VALUES ('{a@2026-01-01, b@2026-01-02, c@2026-01-03, d@2026-01-04, e@2026-01-05}'::journey), ('{a@2026-01-01, b@2026-01-02}'), ('{a@2026-01-01}')) AS v (j),
    (VALUES (NULL::numeric[]), ('{0.3,0.6,0.1}'), ('{1,0,0}'), ('{0,1,0}'), ('{0.0,0.00,1.0}')) AS w (s), attribution(j, 'position', shares => s)
GROUP BY j, s ORDER BY cardinality(path(j)) DESC, s;
-- which touches count: the conversion as a label, as a time, as neither; a lookback; some channels only
CREATE TABLE attribution_two AS SELECT '{a@2026-01-01, mql@2026-01-02, b@2026-01-03, c@2026-01-10, customer@2026-01-10, a@2026-01-20, customer@2026-01-31, customer@2026-02-01, b@2026-02-10}'::journey AS j;
SELECT 'first conversion' AS what, channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'customer', channels => '{a,b,c}') AS a
UNION ALL SELECT 'every conversion', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'customer', channels => '{a,b,c}', every_conversion => true) AS a
UNION ALL SELECT 'lookback', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'customer', channels => '{a,b,c}', lookback => '7 days') AS a
UNION ALL SELECT 'lookback of nothing', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'customer', lookback => '0') AS a
UNION ALL SELECT 'lookback in months', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', converted_at => '2026-02-10', channels => '{a,b,c}', lookback => '1 month') AS a
UNION ALL SELECT 'a time', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', converted_at => '2026-01-05', channels => '{a,b,c}') AS a
UNION ALL SELECT 'a time before all', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', converted_at => '2025-01-05') AS a
UNION ALL SELECT 'no word', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', channels => '{b,c}') AS a
UNION ALL SELECT 'no such conversion', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'refund') AS a
UNION ALL SELECT 'no such channels', channel, touches, credit, nth, a.converted_at FROM attribution_two, attribution(j, 'linear', 'customer', channels => '{}') AS a;
SELECT touches(j), touches(j, 'customer'), touches(j, 'customer', lookback => '7 days', channels => '{a,b,c}'), touches(j, converted_at => '2026-01-02'), touches(j, 'refund', channels => '{c}'), touches('{}'), touches(NULL) IS NULL AS none FROM attribution_two;
-- a touch at the time of the conversion belongs to it, however it is spelled
SELECT touches('{a@2026-01-01, z@2026-01-01, m@2026-01-01, b@2026-01-02}', 'm');
-- nothing to give credit to
SELECT * FROM attribution('{}'::journey, 'linear');
SELECT * FROM attribution(NULL::journey, 'linear');
SELECT * FROM attribution('{customer@2026-01-01}', 'linear', 'customer');
-- half-lives: by hand, at the ends of time, as long as can be
SELECT h, channel, credit FROM unnest('{1 day,12:00,3 days,1000000 days,00:00:00.000001}'::interval[]) AS h, attribution('{a@2026-01-01, b@2026-01-04, customer@2026-01-05}', 'time_decay', 'customer', half_life => h) ORDER BY h, channel;
SELECT h, m, channel, credit FROM unnest('{3 days,2 days}'::interval[]) AS h, unnest('{time_decay,time_decay_stepped}'::text[]) AS m, attribution('{a@2026-01-01, b@2026-01-04, customer@2026-01-06}', m, 'customer', half_life => h) ORDER BY h, m, channel;
SELECT m, channel, credit FROM unnest('{time_decay,time_decay_stepped}'::text[]) AS m, attribution('{a@-4713-11-24, b@294276-12-31}', m, half_life => '1 us') ORDER BY m, channel;
-- values
SELECT v, array_agg(channel || ' ' || a.value ORDER BY channel), sum(a.value) = v AS exact FROM (VALUES (0), (100), (99.99), (-20), (1e30), (1e-30)) AS w (v), attribution('{a@2026-01-01, b@2026-01-02, c@2026-01-03}', 'linear', value => v) AS a GROUP BY v ORDER BY v;

-- refused
CREATE FUNCTION attribution_error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT options, attribution_error(format('SELECT a.* FROM public.attribution_one, journey.attribution(j, %s) AS a', options)) AS error
FROM unnest(ARRAY[$$'lineal'$$, $$''$$, $$'markov'$$, $$NULL$$, $$'last_non'$$, $$'last_non', skip => '{}'$$, $$'linear', shares => '{0.4,0.2,0.4}'$$, $$'position', shares => '{0.4,0.4,0.4}'$$, $$'position', shares => '{0.4,0.2}'$$, $$'position', shares => '{}'$$, $$'position', shares => '{{0.4,0.2,0.4}}'$$,
    $$'position', shares => '{1.5,-0.5,0}'$$, $$'position', shares => '{0.5,NULL,0.5}'$$, $$'position', shares => '{NaN,0,1}'$$, $$'position', shares => '{Infinity,0,1}'$$, $$'position', shares => '{0.333333,0.333333,0.333333}'$$, $$'linear', half_life => '7 days'$$,
    $$'time_decay', half_life => '0'$$, $$'time_decay', half_life => '-1 day'$$, $$'time_decay', half_life => '1 month'$$, $$'time_decay', half_life => '2000000000 days'$$, $$'time_decay', half_life => '1 day -25 hours'$$,
    $$'linear', lookback => '-1 day'$$, $$'linear', 'customer', converted_at => '2026-01-01'$$, $$'linear', converted_at => 'infinity'$$, $$'linear', every_conversion => true$$, $$'linear', every_conversion => NULL$$, $$'linear', value => 'NaN'$$, $$'linear', value => '-Infinity'$$]) WITH ORDINALITY AS u (options, i) ORDER BY i;

-- many customers: the paths, and every model of them
CREATE TABLE attribution_path (path text[], converted bigint, lost bigint, value numeric);
INSERT INTO attribution_path VALUES ('{a,b,c}', 1, 0, 30), ('{b,c}', 1, 0, 12.5), ('{c}', 0, 1, NULL), ('{a}', 0, 3, 0), ('{a,a,b}', 2, 1, 7), ('{}', 1, 2, 5);
CREATE TABLE attribution_small AS SELECT attribution_agg(path, converted, lost, value) AS p FROM attribution_path;
SELECT p, total(p) FROM attribution_small;
SELECT paths.* FROM attribution_small, paths(p);
SELECT t.* FROM attribution_small, transitions(p) AS t;
SELECT t.* FROM attribution_small, transitions(p, 2, true) AS t;
SELECT model, a.* FROM attribution_small, unnest('{first,last,linear,linear_distinct,position,markov,shapley,shapley_rate}'::text[]) WITH ORDINALITY AS m (model, i), attribution(p, model) AS a ORDER BY i, a.channel COLLATE "C";
SELECT a.* FROM attribution_small, attribution(p, 'last_non', skip => '{c}') AS a;
SELECT a.* FROM attribution_small, attribution(p, 'position', shares => '{0.5,0,0.5}', "collapse" => true) AS a;
-- by hand, order 1: h(c) = 2/3, h(b) = 2/5 + 2/5 h(c) = 2/3, h(a) = (4/10 h(b)) / (7/10) = 8/21, all 7/9 h(a) + 1/9 h(b) + 1/9 h(c) = 4/9; without a 4/27, without b 2/27, without c 2/9
SELECT n, a.channel, a.removal_effect::numeric(10, 8), a.share::numeric(10, 8) FROM attribution_small, generate_series(1, 4) AS n, attribution(p, 'markov', n) AS a WHERE channel IS NOT NULL ORDER BY n, channel;
-- from journeys: a flag, a label, with a value, a lookback, channels, every conversion; from rows
CREATE TABLE attribution_customer AS SELECT * FROM (VALUES (1, '{a@2026-01-01, b@2026-01-03, customer@2026-01-10, c@2026-01-11, customer@2026-01-12}'::journey, true, 10), (2, '{a@2026-01-01, b@2026-01-02}', false, 20), (3, '{customer@2026-01-02}', true, 30), (4, '{}', NULL, NULL), (5, NULL, true, 40), (6, '{c@2026-01-01, c@2026-01-01 00:00:01, customer@2026-02-01}', NULL, NULL)) AS v (id, j, converted, value);
SELECT attribution_agg(touches(j, 'customer'), converted) AS flag, attribution_agg(touches(j, 'customer'), converted, value) AS flag_value FROM attribution_customer;
SELECT attribution_agg(j, 'customer') AS label, attribution_agg(j, 'customer', value) AS label_value FROM attribution_customer;
SELECT attribution_agg(j, 'customer', value, NULL, NULL, NULL) AS nothing_more, attribution_agg(j, 'customer', value, '7 days', '{b,c}', true) AS every FROM attribution_customer;
SELECT attribution_agg(path, 1, 0) FROM (SELECT array_agg(channel ORDER BY at) AS path FROM (VALUES (1, 'a', 1), (1, 'b', 2), (1, 'a', 3), (2, 'b', 1)) AS t (customer, channel, at) GROUP BY customer) AS s;
SELECT attribution_agg(j, true) IS NULL AS nobody FROM attribution_customer WHERE false;
SELECT attribution_agg(j, true), attribution_agg(NULL::text[], 1, 1), attribution_agg('{a}'::text[], NULL, 0) FROM attribution_customer WHERE id = 5;
SELECT a.* FROM (SELECT attribution_agg(j, 'customer', value) AS p FROM attribution_customer) AS s, attribution(p, 'first') AS a;

-- no conversions, no paths, nulls
SELECT model, a.* FROM unnest('{first,linear,markov,shapley,shapley_rate}'::text[]) WITH ORDINALITY AS m (model, i), attribution('{"channels": ["a", "b"], "paths": [[[0, 1, 1], 0, 5, 0]]}'::touch_paths, model) AS a ORDER BY i, channel;
SELECT model, a.* FROM unnest('{linear,markov,shapley_rate}'::text[]) WITH ORDINALITY AS m (model, i), attribution('{"channels": [], "paths": [[[], 3, 0, 1.5]]}'::touch_paths, model) AS a ORDER BY i;
SELECT a.* FROM attribution('{"channels": [], "paths": []}'::touch_paths, 'markov') AS a;
SELECT a.* FROM attribution(NULL::touch_paths, 'markov') AS a;
SELECT * FROM transitions('{"channels": [], "paths": []}'::touch_paths);
SELECT * FROM transitions(NULL::touch_paths);
SELECT * FROM paths(NULL);
-- a channel that always comes, converts always, or never
SELECT a.* FROM attribution('{"channels": ["always", "never", "sure"], "paths": [[[0], 2, 3, 8], [[0, 1], 0, 4, 0], [[0, 2], 5, 0, 2]]}'::touch_paths, 'markov') AS a;

SELECT options, attribution_error(format('SELECT * FROM public.attribution_small, journey.attribution(p, %s)', options)) AS error
FROM unnest(ARRAY[$$'lineal'$$, $$NULL$$, $$'time_decay'$$, $$'last_non'$$, $$'linear', 2$$, $$'markov', 0$$, $$'markov', 17$$, $$'markov', skip => '{a}'$$, $$'shapley', shares => '{1,0,0}'$$, $$'position', shares => '{1,1,1}'$$, $$'linear', shares => '{1,0,0}'$$, $$'markov', "collapse" => NULL$$]) WITH ORDINALITY AS u (options, i) ORDER BY i;
SELECT attribution_error(format('SELECT journey.attribution_agg(%s)', arguments)) AS error
FROM unnest(ARRAY[$$'{}'::journey.journey, NULL::text$$, $$'{}'::journey.journey, true, -1$$, $$'{}'::journey.journey, true, 'NaN'$$, $$'{}'::journey.journey, true, 'Infinity'$$, $$'{}'::journey.journey, true, 0.1234567890123456789$$, $$'{}'::journey.journey, true, 9223372036854775808$$, $$'{}'::journey.journey, 'c', 1, '-1 day', NULL, NULL$$,
    $$'{a,NULL}'::text[], 1, 1$$, $$'{{a},{b}}'::text[], 1, 1$$, $$ARRAY[''], 1, 1$$, $$ARRAY[repeat('x', 256)], 1, 1$$, $$'{a}'::text[], -1, 1$$, $$'{a}'::text[], 0, 1, 5$$, $$'{a}'::text[], 9223372036854775807, 1$$]) WITH ORDINALITY AS u (arguments, i) ORDER BY i;
SELECT attribution_error($$SELECT journey.attribution_agg('{a}'::text[], 1, 0, 9223372036854775807) FROM generate_series(1, 2)$$);
SELECT attribution_error($$SELECT * FROM journey.transitions('{"channels": [], "paths": []}', 0)$$), attribution_error($$SELECT * FROM journey.transitions('{"channels": [], "paths": []}', NULL)$$);
-- more channels than can be
SELECT count(*), trim_scale(sum(conversions)) AS conversions, sum(share) = 1 AS all_of_it FROM (SELECT attribution_agg(ARRAY['channel ' || n], n, 1) AS p FROM generate_series(1, 20) AS n) AS s, attribution(p, 'shapley_rate');
SELECT attribution_error(format('SELECT a.* FROM (SELECT journey.attribution_agg(ARRAY[n::text], 1, 1) AS p FROM generate_series(1, %s) AS n) AS s, journey.attribution(p, %L) AS a', n, m)) FROM (VALUES (21, 'shapley_rate'), (2000, 'markov')) AS v (n, m);
SELECT count(*), trim_scale(sum(conversions)) AS conversions, sum(share) = 1 AS all_of_it FROM (SELECT attribution_agg(ARRAY[n::text], 1, 1) AS p FROM generate_series(1, 300) AS n) AS s, attribution(p, 'markov');

-- rates that are lost beside others
SELECT attribution_error($$SELECT a.* FROM journey.attribution('{"channels": ["a", "b"], "paths": [[[0], 1, 4611686018427387000, 5], [[0, 1], 4, 4611686018427387000, 0], [[1], 100, 5, 1]]}'::journey.touch_paths, 'shapley_rate') AS a$$);
SELECT sum(conversions), sum(value) FROM attribution('{"channels": ["a", "b"], "paths": [[[0], 1, 1000000000, 5], [[0, 1], 4, 1000000000, 0], [[1], 100, 5, 1000000]]}'::touch_paths, 'shapley_rate');

-- outside an aggregate a state is packed, and a copy
SELECT s, touch_paths_accum(s, '{z@2026-01-01, b@2026-01-02}'::journey, true), touch_paths_combine(s, s), s FROM (VALUES ('{"channels": ["b"], "paths": [[[0], 1, 0, 2]]}'::touch_paths)) AS v (s);
SELECT '{"channels": ["b", "a"], "paths": [[[0, 1], 1, 0, 0.5], [[1], 0, 1, 0]]}'::touch_paths + '{"channels": ["c", "b"], "paths": [[[0], 0, 1, 0], [[1], 2, 3, 1.75]]}'::touch_paths;
SELECT rollup(p) FROM (SELECT p FROM attribution_small UNION ALL SELECT p FROM attribution_small UNION ALL SELECT NULL) AS s;
SELECT rollup(p) FROM attribution_small WHERE false;
SELECT p::jsonb::touch_paths::text = p::text AS round FROM attribution_small;

-- text
SELECT ' { "channels" : [ "b\u0061" , "\"" ] , "paths" : [ [ [ 1 , 0 ] , 1 , 2 , 3.50 ] , [ [ 1 , 0 ] , 0 , 1 , 0.0 ] , [[ ],1,0,0.000000000000000001] ] } '::touch_paths;
SELECT left(literal, 60) AS literal, attribution_error(format('SELECT %L::journey.touch_paths', literal)) AS error
FROM unnest(ARRAY['', '{}', '[]', '{"channels": []}', '{"paths": [], "channels": []}', '{"channels": ["a"], "paths": []}', '{"channels": ["a", "a"], "paths": [[[0], 1, 0, 0]]}', '{"channels": [""], "paths": [[[0], 1, 0, 0]]}', '{"channels": ["a"], "paths": [[[1], 1, 0, 0]]}', '{"channels": ["a"], "paths": [[[-1], 1, 0, 0]]}',
    '{"channels": ["a"], "paths": [[[0], 0, 0, 0]]}', '{"channels": ["a"], "paths": [[[0], 0, 1, 1]]}', '{"channels": ["a"], "paths": [[[0], -1, 1, 1]]}', '{"channels": ["a"], "paths": [[[0], 1, 1]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, -1]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, 1e3]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, 1.]]}',
    '{"channels": ["a"], "paths": [[[0], 1.5, 1, 1]]}', '{"channels": ["a"], "paths": [[[0], 9223372036854775807, 1, 1]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, 9223372036854775807], [[], 1, 1, 1]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, 9223372036854775808]]}', '{"channels": ["a"], "paths": [[[0], 1, 1, 0.1234567890123456789]]}',
    '{"channels": ["a"], "paths": [[[0], 1, 1, 1]]} x', '{"channels": ["a"], "paths": [[[0], 1, 1, 1]', '{"channels": ["' || repeat('x', 256) || '"], "paths": [[[0], 1, 1, 1]]}']) WITH ORDINALITY AS v (literal, n) ORDER BY n;

-- bytes
CREATE TABLE attribution_binary (p touch_paths);
CREATE FUNCTION attribution_copy(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea || int4send(length(value)) || value || '\xffff'::bytea;
    command text := 'printf ''';
BEGIN
    FOR i IN 0 .. length(file) - 1 LOOP
        command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
    END LOOP;
    TRUNCATE public.attribution_binary;
    EXECUTE format('COPY public.attribution_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
    RETURN (SELECT 'read ' || p FROM public.attribution_binary);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT attribution_copy(touch_paths_send(p)) = 'read ' || p AS round FROM attribution_small;
SELECT touch_paths_send('{"channels": ["b", "a"], "paths": [[[0, 1], 1, 2, 0.5]]}');
SELECT what, attribution_copy(value)
FROM (SELECT '\x01'::bytea AS v, '\x00000001'::bytea || '\x0000000161' AS l, '\x00000002'::bytea AS n, '\x0000000000000000'::bytea || int8send(0) || int8send(0) || int8send(0) || int8send(0) AS root,
        '\x0000000000000000'::bytea AS at, int8send(1) || int8send(2) AS c, int8send(3) || int8send(4) AS w) AS p,
    LATERAL (VALUES (0, 'right', v || l || n || root || at || c || w), (1, 'nothing', ''), (2, 'version', '\x02' || l || n || root || at || c || w), (3, 'channels', v || '\x0fffffff' || n || root || at || c || w), (4, 'negative channels', v || '\xffffffff' || n || root || at || c || w),
        (5, 'channel too long', v || '\x00000001' || '\x0000ffff61' || n || root || at || c || w), (6, 'empty channel', v || '\x00000001' || '\x00000000' || n || root || at || c || w || w), (7, 'no UTF-8', v || '\x00000001' || '\x00000001ff' || n || root || at || c || w),
        (8, 'a channel twice', v || '\x00000002' || '\x00000001610000000161' || n || root || at || c || w), (9, 'a channel without use', v || '\x00000002' || '\x00000001610000000162' || n || root || at || c || w), (10, 'nodes', v || l || '\x0fffffff' || root || at || c || w), (11, 'no nodes', v || l || '\x00000000'),
        (12, 'parent', v || l || n || root || '\x0000000100000000' || c || w), (13, 'channel', v || l || n || root || '\x0000000000000001' || c || w), (14, 'root', v || l || n || '\x0000000000000001' || int8send(0) || int8send(0) || int8send(0) || int8send(0) || at || c || w), (15, 'count', v || l || n || root || at || int8send(-1) || int8send(2) || w),
        (16, 'sum', v || l || n || root || at || int8send(9223372036854775807) || int8send(1) || w), (17, 'value', v || l || n || root || at || c || int8send(-1) || int8send(0)), (18, 'fraction', v || l || n || root || at || c || int8send(1) || int8send(1000000000000000000)), (19, 'value of nobody', v || l || n || root || at || int8send(0) || int8send(2) || w),
        (20, 'useless leaf', v || l || n || root || at || int8send(0) || int8send(0) || int8send(0) || int8send(0)), (21, 'a node twice', v || l || '\x00000003' || root || at || c || w || at || c || w), (22, 'cut', v || l || n || root || at || c), (23, 'too long', v || l || n || root || at || c || w || '\x00')) AS x (i, what, value)
ORDER BY i;

-- whole cents
SELECT apportion(100, '{1,1,1}'), apportion(-100, '{1,1,1}'), apportion(0.02, '{1,1,1}'), apportion(10, '{0,2,0,1}', 0), apportion(99.99, '{0.4,0.2,0.4}', 3), apportion(0, '{0,0}'), apportion(0, '{}'), apportion(NULL, '{1}') IS NULL AS nothing;
SELECT apportion(12345678901234567890123.45, '{1,1,1e30}'), apportion(1e-30, '{1,3}', 30);
SELECT count(*) AS splits, count(*) FILTER (WHERE (SELECT sum(part) FROM unnest(parts) AS part) <> amount) AS wrong_sums,
    count(*) FILTER (WHERE EXISTS (SELECT FROM unnest(parts, weights) AS p (part, w) WHERE abs(part - amount * w / (SELECT sum(v) FROM unnest(weights) AS v)) >= 0.01)) AS wrong_parts
FROM (SELECT n::numeric / 100 AS amount, weights, apportion(n::numeric / 100, weights) AS parts FROM generate_series(-300, 700) AS n, LATERAL (SELECT array_agg((n * 7919 + i * i * 104729) % 97 * (n * 7919 + i * i * 104729) % 97 + 0.5)::numeric[] AS weights FROM generate_series(1, 1 + abs(n) % 9) AS i) AS w) AS s;
SELECT attribution_error(format('SELECT journey.apportion(%s)', arguments)) AS error
FROM unnest(ARRAY[$$1.001, '{1}'$$, $$'NaN', '{1}'$$, $$'Infinity', '{1}'$$, $$1, '{}'$$, $$1, '{0,0}'$$, $$1, '{1,-1}'$$, $$1, '{NaN}'$$, $$1, '{1,NULL}'$$, $$1, '{{1},{1}}'$$, $$1, '{1}', -1$$]) WITH ORDINALITY AS u (arguments, i) ORDER BY i;
SELECT channel, credit, (apportion(100.00, array_agg(credit) OVER w))[row_number() OVER w] AS cents FROM attribution_one, attribution(j, 'linear_distinct', 'customer') WINDOW w AS (ORDER BY channel COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY channel COLLATE "C";

DROP TABLE attribution_one, attribution_two, attribution_path, attribution_small, attribution_customer, attribution_binary;
DROP FUNCTION attribution_error, attribution_copy;
