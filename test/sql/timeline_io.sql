-- The journey type: text, binary and jsonb forms, and the constructor.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

-- text: entries in any order, each once, in order of time and then of label bytes
SELECT '{}'::journey;
SELECT ' { } '::journey;
SELECT '{lead@2026-01-01}'::journey;
SELECT '{lead@2026-01-01T00:00:00Z, "free trial"@2026-01-05T09:30:00.25Z}'::journey;
SELECT '{ b@2026-01-02 , a@2026-01-01,a@2026-01-01 , c@2026-01-02T00:00 , B@2026-01-02,bb@2026-01-02 }'::journey;
SELECT '{a@2026-01-01T01:30+03:30, b@2026-01-01 00:00:00.000001, c@2026-01-01T24:00-0130}'::journey;
SELECT '{a@-4713-11-24, b@0000-02-29, c@294276-12-31T23:59:59.999999Z}'::journey;

-- labels: quoted where they must be
SELECT '{"a b"@2026-01-01, "a,b"@2026-01-02, "a@b"@2026-01-03, "{a}"@2026-01-04, "say \"hi\" \\ \n"@2026-01-05, "plain"@2026-01-06}'::journey;
SELECT '{покупка@2026-01-01, خرید@2026-01-02, "a''b"@2026-01-03, a-b/c.d:e@2026-01-04}'::journey;
SELECT journey(ARRAY[E'tab\there', E'line\nbreak', E'\x7f', 'é'], ARRAY['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04']::timestamptz[]);
SELECT length(current(('{' || repeat('x', 255) || '@2026-01-01}')::journey));

-- neither direction looks at a setting
SET datestyle = 'German, DMY'; SET TIME ZONE 'Asia/Tehran'; SET intervalstyle = 'iso_8601';
SELECT '{a@2026-03-04T05:06:07}'::journey;
RESET datestyle; RESET intervalstyle; SET TIME ZONE 'UTC';

-- malformed: what was expected, and where
SELECT ''::journey;
SELECT 'lead'::journey;
SELECT '{'::journey;
SELECT '{lead'::journey;
SELECT '{lead}'::journey;
SELECT '{lead @2026-01-01}'::journey;
SELECT '{@2026-01-01}'::journey;
SELECT '{""@2026-01-01}'::journey;
SELECT '{a@2026-01-01, ""@2026-01-01}'::journey;
SELECT '{"a@2026-01-01}'::journey;
SELECT '{"a\'::journey;
SELECT '{a@}'::journey;
SELECT '{a@tomorrow}'::journey;
SELECT '{a@infinity}'::journey;
SELECT '{a@2026-01-01,}'::journey;
SELECT '{a@2026-01-01 b@2026-01-02}'::journey;
SELECT '{a@2026-01-01}}'::journey;
SELECT '{покупка@2026-01-01, خرید@2026-1-2}'::journey;
SELECT '{a@2026-01-01T00:00:00.1234567}'::journey;
SELECT '{a@2026-13-01}'::journey;
SELECT '{a@2026-01-01, b@294277-01-01}'::journey;
SELECT ('{' || repeat('x', 256) || '@2026-01-01}')::journey;
SELECT ('{a@2026-01-01,"' || repeat('é', 128) || '"@2026-01-01}')::journey;

-- the codes of these errors
CREATE FUNCTION tio_code(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT left(literal, 20) AS literal, tio_code(format('SELECT %L::journey.journey', literal))
FROM unnest(ARRAY['{}', 'x', '{a@}', '{""@2026-01-01}', '{' || repeat('x', 256) || '@2026-01-01}', '{a@2026-13-01}', '{a@294277-01-01}'])
     WITH ORDINALITY AS u(literal, n)
ORDER BY n;

-- too many labels: refused, also softly
SELECT tio_code($$SELECT journey.journey(array_agg('l' || i), array_agg(timestamptz '2026-01-01' + i * interval '1 s')) FROM generate_series(1, 65535) i$$),
       tio_code($$SELECT journey.journey(array_agg('l' || i), array_agg(timestamptz '2026-01-01' + i * interval '1 s')) FROM generate_series(1, 65536) i$$);

-- the input function reports softly where the server has soft errors (16 and later)
CREATE FUNCTION tio_soft(literals text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  accepted bigint := 0;
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'SELECT count(*) FROM unnest($1) u(literal) WHERE pg_input_is_valid(literal, ''journey.journey'')'
    INTO accepted USING literals;
  END IF;
  RETURN accepted;
END $$;
SELECT tio_soft(ARRAY['{', 'x', '{a@}', '{"a', '{"a\', '{""@2026-01-01}', '{' || repeat('x', 256) || '@2026-01-01}', '{a@2026-13-01}', '{a@294277-01-01}',
                      '{a@2026-01-01}}', (SELECT '{' || string_agg('l' || i || '@2026-01-01', ',') || '}' FROM generate_series(1, 65536) i)]) AS accepted;

-- the constructor
SELECT journey(ARRAY['b', 'a', 'a'], ARRAY['2026-01-02', '2026-01-01', '2026-01-01']::timestamptz[]);
SELECT journey('{}', '{}'), journey(NULL, '{}') IS NULL AS null_in, journey('[5:6]={a,b}', '{2026-01-01,2026-01-02}');
SELECT journey('{a,b}', '{2026-01-01}');
SELECT journey('{a,NULL}', '{2026-01-01,2026-01-02}');
SELECT journey('{a,b}', '{NULL,2026-01-02}');
SELECT journey('{{a,b}}', '{{2026-01-01,2026-01-02}}');
SELECT journey('{a,""}', '{2026-01-01,2026-01-02}');
SELECT journey('{a,b}', '{2026-01-01,infinity}');
SELECT journey('{a,b}', '{-infinity,2026-01-01}');

-- jsonb
SELECT '{b@2026-01-02, "a \"b\""@2026-01-01T00:00:00.5Z}'::journey::jsonb, '{}'::journey::jsonb;
SELECT '[{"label": "b", "at": "2026-01-02T01:00:00+01:00"}, {"at": "2026-01-01", "label": "a"}]'::jsonb::journey, '[]'::jsonb::journey;
SELECT '{}'::jsonb::journey;
SELECT '"{a@2026-01-01}"'::jsonb::journey;
SELECT '[1]'::jsonb::journey;
SELECT '[[]]'::jsonb::journey;
SELECT '[{"label": "a", "at": "2026-01-01"}, {"label": "a"}]'::jsonb::journey;
SELECT '[{"at": "2026-01-01"}]'::jsonb::journey;
SELECT '[{}]'::jsonb::journey;
SELECT '[{"label": "a", "at": "2026-01-01", "who": "me"}]'::jsonb::journey;
SELECT '[{"label": 1, "at": "2026-01-01"}]'::jsonb::journey;
SELECT '[{"label": "a", "at": 20260101}]'::jsonb::journey;
SELECT '[{"label": "a", "at": null}]'::jsonb::journey;
SELECT '[{"label": {"x": 1}, "at": "2026-01-01"}]'::jsonb::journey;
SELECT '[{"label": "", "at": "2026-01-01"}]'::jsonb::journey;
SELECT jsonb_build_array(jsonb_build_object('label', repeat('x', 256), 'at', '2026-01-01'))::journey;
SELECT '[{"label": "a", "at": "yesterday"}]'::jsonb::journey;
SELECT '[{"label": "a", "at": "2026-01-01 x"}]'::jsonb::journey;
SELECT '[{"label": "a", "at": "infinity"}]'::jsonb::journey;
SELECT tio_code($$SELECT '[1]'::jsonb::journey.journey$$);

-- binary: version, labels, entries
SELECT journey_send('{b@2000-01-01T00:00:00.000002Z, a@2000-01-01T00:00:00.000001Z, b@2000-01-01T00:00:00.000003Z}');
SELECT journey_send('{}');

-- malformed binary: a COPY file made of one value, written by the shell of the server
CREATE TABLE tio_binary (j journey);
CREATE FUNCTION tio_copy(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'::bytea ||
                int4send(length(value)) || value || '\xffff'::bytea;
  command text := 'printf ''';
BEGIN
  FOR i IN 0 .. length(file) - 1 LOOP
    command := command || '\' || get_byte(file, i) / 64 || get_byte(file, i) / 8 % 8 || get_byte(file, i) % 8;
  END LOOP;
  EXECUTE format('COPY tio_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
  RETURN 'read';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT tio_copy(journey_send('{b@2026-01-02, a@2026-01-01, b@2026-01-03}'));
SELECT j FROM tio_binary;
SELECT what, tio_copy(value) FROM (VALUES
  (1, 'unknown version', '\x0200000000'::bytea || '\x00000000'),
  (2, 'nothing', ''),
  (3, 'cut after the version', '\x01'),
  (4, 'negative number of labels', '\x01ffffffff00000000'),
  (5, 'more labels than bytes', '\x010000ffff00000000'),
  (6, 'too many labels', '\x010001000000000000'),
  (7, 'negative label length', '\x0100000001ffffffff6100000000'),
  (8, 'label longer than the value', '\x010000000100ffffff6100000000'),
  (9, 'empty label', '\x01000000010000000000000000'),
  (10, 'label of 256 bytes', '\x010000000100000100'::bytea || convert_to(repeat('x', 256), 'UTF8') || '\x00000000'),
  (12, 'label that is no UTF-8', '\x010000000100000001ff00000000'),
  (13, 'negative number of entries', '\x01000000010000000161ffffffff'),
  (14, 'more entries than bytes', '\x0100000001000000016100ffffff'),
  (15, 'label number too high', '\x0100000001000000016100000001000000010000000000000000'),
  (16, 'label number negative', '\x0100000001000000016100000001ffffffff0000000000000000'),
  (17, 'infinite time', '\x0100000001000000016100000001000000007fffffffffffffff'),
  (18, 'minus infinite time', '\x0100000001000000016100000001000000008000000000000000'),
  (19, 'time out of range', '\x0100000001000000016100000001000000007ffffffffffffff0'),
  (20, 'cut in an entry', '\x010000000100000001610000000100000000000000'),
  (21, 'too long', '\x010000000000000000ff')
) v(n, what, value) ORDER BY n;
SELECT count(*) FROM tio_binary;

-- entries in any order, repeated, with a label listed twice and one that is not used: read all the same
TRUNCATE tio_binary;
SELECT tio_copy('\x01' || '\x00000003'::bytea || '\x0000000162'::bytea || '\x0000000161'::bytea || '\x0000000162'::bytea ||
                '\x00000003'::bytea || '\x000000020000000000000001'::bytea || '\x000000000000000000000001'::bytea || '\x000000020000000000000000'::bytea);
SELECT j, j = '{b@2000-01-01, b@2000-01-01T00:00:00.000001Z}' AS canonical FROM tio_binary;

-- Round trips of random journeys: whole seconds, milliseconds, microseconds; few labels and many; ties; one entry; none
SELECT setseed(0.42);
CREATE TABLE tio_event AS
SELECT key,
       CASE WHEN key % 100 = 0 THEN 'label ' || floor(random() * 400)
            WHEN key % 3 = 0 THEN (ARRAY['a', 'B', 'a b', 'é', '"', '\', '{', 'ab', 'A@b', ','])[1 + floor(random() * 10)]
            ELSE 'x' || floor(random() * 4) END AS label,
       timestamptz '2026-01-01' + CASE key / 7 % 5
         WHEN 0 THEN floor(random() * 5) * interval '1 day'
         WHEN 1 THEN floor(random() * 1e7) * interval '1 s'
         WHEN 2 THEN floor(random() * 1e7) * interval '1 ms'
         WHEN 3 THEN (random() - 0.5) * interval '200 days'
         ELSE (random() - 0.5) * interval '500000 days' END AS at
FROM generate_series(1, 3000) key,
     LATERAL generate_series(1, CASE WHEN key % 100 = 0 THEN 900 WHEN key % 7 = 0 THEN 1 ELSE key % 13 END) i;
CREATE TABLE tio_journey AS
SELECT key, coalesce(journey_agg(label, at), '{}') AS j
FROM generate_series(1, 3000) key LEFT JOIN tio_event USING (key) GROUP BY key;
SELECT count(*), count(*) FILTER (WHERE length(j) = 0) > 50 AS some_empty, count(*) FILTER (WHERE length(j) = 1) > 100 AS some_single,
       max(length(j)) > 800 AS some_long, count(*) FILTER (WHERE (SELECT count(DISTINCT label) FROM events(j)) > 256) > 20 AS many_labels
FROM tio_journey;

-- the values are right in the first place
SELECT count(*) AS wrong FROM (
  SELECT key, label, at FROM tio_journey, events(j)
  EXCEPT SELECT key, label, at FROM tio_event) x;
SELECT count(*) AS missing FROM (
  SELECT DISTINCT key, label, at FROM tio_event
  EXCEPT ALL SELECT key, label, at FROM tio_journey, events(j)) x;

-- to the same value and the same bytes
SELECT count(*) FILTER (WHERE j::text::journey IS DISTINCT FROM j) AS text,
       count(*) FILTER (WHERE j::jsonb::journey IS DISTINCT FROM j) AS jsonb,
       count(*) FILTER (WHERE journey(ARRAY(SELECT label FROM events(j)), ARRAY(SELECT at FROM events(j))) IS DISTINCT FROM j) AS arrays,
       count(*) FILTER (WHERE pg_column_size(j::text::journey) <> pg_column_size(j || '{}')) AS size
FROM tio_journey;
\copy tio_journey to 'results/timeline_io.bin' with (format binary)
CREATE TABLE tio_back (LIKE tio_journey);
\copy tio_back from 'results/timeline_io.bin' with (format binary)
SELECT count(*), count(*) FILTER (WHERE a.j IS DISTINCT FROM b.j OR a.j::text <> b.j::text) AS "binary"
FROM tio_journey a FULL JOIN tio_back b USING (key);
\copy tio_journey to 'results/timeline_io.txt'
TRUNCATE tio_back;
\copy tio_back from 'results/timeline_io.txt'
SELECT count(*), count(*) FILTER (WHERE a.j IS DISTINCT FROM b.j) AS "text copy"
FROM tio_journey a FULL JOIN tio_back b USING (key);

-- jsonb in detail, by jsonb's own functions
SELECT count(*) AS wrong FROM (
  SELECT key, e.n, e.entry ->> 'label' AS label, (e.entry ->> 'at')::timestamptz AS at
  FROM tio_journey, jsonb_array_elements(j::jsonb) WITH ORDINALITY e(entry, n)
  EXCEPT ALL
  SELECT key, row_number() OVER (PARTITION BY key ORDER BY at, label COLLATE "C"), label, at FROM (SELECT DISTINCT key, label, at FROM tio_event) d) x;

-- compressed and moved out of line
CREATE TABLE tio_toast (key int, j journey, plain journey);
ALTER TABLE tio_toast ALTER j SET STORAGE external, ALTER plain SET STORAGE plain;
INSERT INTO tio_toast SELECT key, j, j FROM tio_journey WHERE length(j) < 500;
INSERT INTO tio_toast SELECT 0, rollup(j), NULL FROM tio_journey;
SELECT count(*) FILTER (WHERE a.j IS DISTINCT FROM t.j OR a.j IS DISTINCT FROM t.plain OR length(t.j) <> length(a.j)) AS differ,
       count(*) > 2000 AS enough
FROM tio_toast t JOIN tio_journey a USING (key);
SELECT length(j) = (SELECT count(*) FROM (SELECT DISTINCT label, at FROM tio_event) x) AS same_length, j::text::journey = j AS same FROM tio_toast WHERE key = 0;

DROP TABLE tio_binary, tio_event, tio_journey, tio_back, tio_toast;
DROP FUNCTION tio_code, tio_copy, tio_soft;
