-- The score type: text and binary forms, the type modifier, making, reading, calculating.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

-- text
SELECT '42.5@2026-01-01T00:00:00Z/14 days'::score, ' -7@2026-01-01/1 week '::score, '1e3@2026-01-01 12:00+03:30/1 day 12 hours 0.5 seconds'::score,
       '-0@2026-01-01/1 microsecond'::score, '+.5@2026-01-01T00:00:00.000001Z/ 90 minutes'::score;
SELECT '1.7976931348623157e308@294276-12-31T23:59:59.999999Z/106751991 days 4 hours 54.775807 seconds'::score AS largest,
       '5e-324@-4713-11-24T00:00:00Z/0.000001 seconds'::score AS smallest;
SET extra_float_digits = 0; SET DateStyle = 'German'; SET TIME ZONE 'Asia/Tehran'; SET IntervalStyle = 'iso_8601';
SELECT '0.1234567890123456@2026-01-01T00:00:00Z/14 days'::score AS no_setting_matters;
RESET extra_float_digits; RESET DateStyle; SET TIME ZONE 'UTC'; RESET IntervalStyle;

-- malformed text: each of these has its own message
CREATE FUNCTION sc_try(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  x score;
  d text;
  m text;
  s text;
BEGIN
  x := $1::score;
  RETURN 'accepted: ' || x;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, m = MESSAGE_TEXT, s = RETURNED_SQLSTATE;
  RETURN concat_ws(' | ', s, m, nullif(d, ''));
END $$;
SELECT t, sc_try(t) FROM unnest(ARRAY['', ' ', 'x', '5', '5@', '5@x', '5@2026-01-01', '5@2026-01-01/', '5@2026-01-01/14', '5@2026-01-01/14 days x',
  '5 @2026-01-01/14 days', 'NaN@2026-01-01/14 days', 'infinity@2026-01-01/14 days', '-Infinity@2026-01-01/14 days', '1e400@2026-01-01/14 days', '1e@2026-01-01/14 days',
  '0x10@2026-01-01/14 days', '5@infinity/14 days', '5@2026-13-01/14 days', '5@294277-01-01/14 days', '5@2026-01-01/0 days', '5@2026-01-01/-14 days',
  '5@2026-01-01/infinity', '5@2026-01-01/1 month', '5@2026-01-01/2 years 3 days', '5@2026-01-01/99999999999999 days', '5@2026-01-01/0.0000001 seconds',
  '5@2026-01-01/14 days/14 days', 'é@2026-01-01/14 days', '5@2026-01-01/14 dayſ']) t;

-- making one
SELECT score(42.5, '2026-01-01', '14 days'), score(-0.0, '2026-01-01', '1 week'), score(1, '2026-01-01 03:30+03:30', '-1 day +36 hours');
SELECT score(NULL, '2026-01-01', '14 days') IS NULL AND score(1, NULL, '14 days') IS NULL AND score(1, '2026-01-01', NULL) IS NULL AS nulls;
SELECT score('NaN', '2026-01-01', '14 days');
SELECT score('infinity', '2026-01-01', '14 days');
SELECT score('-infinity', '2026-01-01', '14 days');
SELECT score(1, 'infinity', '14 days');
SELECT score(1, '-infinity', '14 days');
SELECT score(1, '2026-01-01', '0');
SELECT score(1, '2026-01-01', '-14 days');
SELECT score(1, '2026-01-01', '1 day -24 hours');
SELECT score(1, '2026-01-01', '1 month');
SELECT score(1, '2026-01-01', '1 year -360 days');
SELECT score(1, '2026-01-01', '2147483647 days');

-- reading it
SELECT value(s), reference_time(s), half_life(s) FROM (VALUES ('42.5@2026-01-01T00:00:00Z/14 days'::score), ('-7@2026-01-01/36 hours'), ('0@2026-01-01/106751991 days 4 hours 54.775807 seconds')) v(s);
SELECT d AS day, round(score_at(a, t)::numeric, 9) AS a, round(score_at(b, t)::numeric, 9) AS b, a < b AS less, a @ t = score_at(a, t) AS operator
FROM (VALUES ('50@2026-01-01/14 days'::score, '20@2026-01-21/14 days'::score)) v(a, b), (VALUES (20), (30), (60)) w(d),
     LATERAL (SELECT timestamptz '2026-01-01' + d * interval '1 day') x(t);
SELECT d AS day, round((a @ t)::numeric, 3) AS seven, round((b @ t)::numeric, 3) AS sixty
FROM (VALUES ('100@2026-01-01/7 days'::score, '60@2026-01-01/60 days'::score)) v(a, b), (VALUES (0), (10)) w(d), LATERAL (SELECT timestamptz '2026-01-01' + d * interval '1 day') x(t);
SELECT '40@2026-01-01/14 days' @ timestamptz '2026-01-29' AS ten, '40@2026-01-01/14 days' @ timestamptz '2025-12-18' AS eighty;
SELECT score_at(score(40, now() - interval '28 days', '14 days')) AS ten_now;
SELECT score_at('40@1900-01-01/1 second', '2200-01-01') AS gone, score_at('40@1900-01-01/36525 days', '2200-01-01') AS five_and_a_bit;
SELECT score_at('40@2200-01-01/1 second', '1900-01-01');
SELECT score_at('40@2026-01-01/14 days', 'infinity');
SELECT score_at('40@2026-01-01/14 days', '-infinity');

-- calculating: the later time is the reference time of a sum
SELECT a + b, b + a, a - b, b - a, -a, a * 3, 0.5 * a, a * 0, a * -1
FROM (VALUES ('40@2026-01-01/14 days'::score, '5@2026-01-29/14 days'::score)) v(a, b);
SELECT '10@2026-01-01/14 days'::score - '10@2026-01-01/14 days'::score AS nothing, '10@2026-01-01/14 days'::score + '-5@2026-01-15/14 days'::score AS neither;
SELECT s + 10 = s + score(10, now(), '14 days') AS plus, 10 + s = s + 10 AS commutes, s - 10 = s + -10 AS minus, reference_time(s + 10) = now() AS now,
       abs(value(s + 10) - (10 + 80 * 2 ^ (-extract(epoch FROM now() - reference_time(s)) / 1209600)::float8)) < 1e-12 AS value
FROM (VALUES ('80@2026-01-01/14 days'::score), (score(80, now() - interval '100 days', '14 days'))) v(s);
-- a score of the future keeps its time
SELECT reference_time(score(80, now() + interval '14 days', '14 days') + 10) = now() + interval '14 days' AS later, value(score(80, now() + interval '14 days', '14 days') + 10);
SELECT '10@2026-01-01/14 days'::score + '10@2026-01-01/7 days'::score;
SELECT '10@2026-01-01/14 days'::score - '0@2026-01-01/7 days'::score;
SELECT '10@2026-01-01/14 days'::score + 'NaN'::float8;
SELECT '10@2026-01-01/14 days'::score - 'infinity'::float8;
SELECT '10@2026-01-01/14 days'::score * 'NaN'::float8;
SELECT '-infinity'::float8 * '10@2026-01-01/14 days'::score;
SELECT NULL::score + 10 IS NULL AND '10@2026-01-01/14 days'::score + NULL::float8 IS NULL AND NULL::score * 2 IS NULL AS nulls;

-- no overflow: what a double cannot hold is as much at another time
SELECT s + s AS twice, s * 4 AS four_times, (s * 1e300) * 1e-300 = s AS there_and_back, s + s = s * 2 AS equal FROM (VALUES ('1.7976931348623157e308@2026-01-01/14 days'::score)) v(s);
SELECT s * 0.25 AS quarter, (s * 0.25) * 4 = s AS back FROM (VALUES ('2.2250738585072014e-308@2026-01-01/14 days'::score)) v(s);
SELECT '1e308@2026-01-01/10000000 days'::score * 1e308;
SELECT '50@1900-01-01/1 second'::score + '0@2200-01-01/1 second'::score = '50@1900-01-01/1 second' AS not_lost,
       '50@1900-01-01/1 second'::score + '1@2200-01-01/1 second'::score AS negligible;

-- when it falls below a threshold, and with a part that does not decay
SELECT expires_at(s, 10), expires_at(s, 40), expires_at(s, 80), expires_at(s, 10, 5), expires_at(s, 10, 10), expires_at(s, 10, 20), expires_at(s, 0), expires_at(s, -5)
FROM (VALUES ('40@2026-01-01/14 days'::score)) v(s);
SELECT s, expires_at(s, 10) AS ten, expires_at(s, 0) AS zero, expires_at(s, -10) AS minus_ten, expires_at(s, -10, -10) AS below FROM (VALUES ('0@2026-01-01/14 days'::score), ('-40@2026-01-01/14 days')) v(s);
SELECT expires_at('1e308@2026-01-01/36525 days', 1e-300), expires_at('1e-300@2026-01-01/36525 days', 1e308), expires_at('40@2026-01-01/14 days', 1.7e308, -1.7e308), expires_at('40@2026-01-01/14 days', -1.7e308, 1.7e308);
SELECT expires_at('40@2026-01-01/14 days', 'NaN');
SELECT expires_at('40@2026-01-01/14 days', 10, 'infinity');
SELECT expires_at(NULL, 10) IS NULL AND expires_at('40@2026-01-01/14 days', NULL) IS NULL AS nulls;
-- at that time it is the threshold, a microsecond before it is not less
SELECT count(*), count(*) FILTER (WHERE abs(score_at(s, e) / (threshold - fit) - 1) > 1e-12 + 1e-6 / extract(epoch FROM half_life(s))) AS wrong,
       count(*) FILTER (WHERE score_at(s, e - interval '1 microsecond') + fit < threshold * (1 - 1e-13)) AS early
FROM (SELECT score(i % 97 + 1, timestamptz '1900-01-01' + i * interval '10 days', i % 1000 * interval '1 hour' + interval '1 second') AS s, i % 89 + 20.0 AS threshold, i % 19 AS fit
      FROM generate_series(1, 10000) i) r, LATERAL expires_at(s, threshold, fit) e;

-- the type modifier
CREATE TABLE sc_lead (id int, score score('14 days') DEFAULT '0@2026-01-01/14 days');
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'sc_lead'::regclass AND attname = 'score';
INSERT INTO sc_lead VALUES (1, '40@2026-01-01/14 days'), (2, score(20, '2026-01-15', '336 hours')), (3, NULL), (4, DEFAULT);
INSERT INTO sc_lead VALUES (5, '40@2026-01-01/7 days');
INSERT INTO sc_lead VALUES (5, score(40, '2026-01-01', '7 days'));
INSERT INTO sc_lead SELECT 5, s FROM (VALUES ('40@2026-01-01/14 days 0.000001 seconds'::score)) v(s);
UPDATE sc_lead SET score = score + score(10, '2026-01-15', '14 days') WHERE id = 1;
UPDATE sc_lead SET score = score(10, '2026-01-15', '7 days') WHERE id = 1;
TABLE sc_lead ORDER BY id;
ALTER TABLE sc_lead ALTER score TYPE score('7 days');
ALTER TABLE sc_lead ALTER score TYPE score;
INSERT INTO sc_lead VALUES (5, '40@2026-01-01/7 days');
SELECT '40@2026-01-01/7 days'::score('14 days');
SELECT '40@2026-01-01/7 days'::score::score('14 days');
SELECT '40@2026-01-01/14 days'::score('2 weeks');
SELECT t, format_type('score'::regtype, score_typmod_in(ARRAY[t::cstring])) FROM unnest(ARRAY['14 days', '2 weeks', '336 hours', '106751991 days', '268435455 seconds', '36 hours', '90 minutes', '1 second', '0.001 seconds', '0.000001 seconds', '1 microsecond', '12 days 12 hours 30 minutes']) t;
SELECT NULL::score('0 days');
SELECT NULL::score('1 month');
SELECT NULL::score('-1 day');
SELECT NULL::score('infinity');
SELECT NULL::score('fortnight');
SELECT NULL::score('');
SELECT NULL::score(14);
SELECT NULL::score('14 days', '7 days');
SELECT NULL::score('3 days 0.000001 seconds');
SELECT NULL::score('268435456 seconds');
SELECT score_typmod_in(ARRAY[NULL]::cstring[]);
SELECT score_typmod_in('{}'::cstring[]);
SELECT score_typmod_in(ARRAY[ARRAY['14 days'::cstring]]);
SELECT score_typmod_out(-1), score_typmod_out(2147483647), score_typmod_out(0);
SELECT score_enforce_typmod('1@2026-01-01/1 day'::score, 2147483647, false);

-- binary, and the text of random ones
SELECT encode(score_send('42.5@2026-01-01T00:00:00Z/14 days'), 'hex');
CREATE TABLE sc_copy AS SELECT (random() * 10 ^ (i % 600 - 300))::float8 * (i % 3 - 1) AS v, score((random() * 10 ^ (i % 600 - 300))::float8 * (i % 3 - 1), timestamptz '1900-01-01' + random() * interval '109500 days',
  make_interval(secs => 0.000001 + (i % 40)::float8 ^ 6)) AS s FROM generate_series(1, 2000) i;
SELECT count(*), count(*) FILTER (WHERE score_send(s::text::score) <> score_send(s)) AS text_differs FROM sc_copy;
DROP TABLE sc_lead, sc_copy;
DROP FUNCTION sc_try;
