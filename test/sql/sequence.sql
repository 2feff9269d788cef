-- Patterns over rows: the aggregates, the log they build, and what they refuse.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

CREATE TABLE seq_visit (customer int, at timestamptz, page text);
INSERT INTO seq_visit VALUES
    (1, '2026-01-05 10:00Z', 'home'), (1, '2026-01-05 10:05Z', 'prices'), (1, '2026-01-05 10:20Z', 'order'),
    (2, '2026-01-05 11:00Z', 'prices'), (2, '2026-01-05 11:30Z', 'help'), (2, '2026-01-05 11:40Z', 'home'), (2, '2026-01-09 09:00Z', 'order'),
    (3, '2026-01-06 08:00Z', 'home'), (3, '2026-01-06 08:00Z', 'order'), (3, '2026-01-06 08:00Z', 'prices'),
    (4, '2026-01-07 08:00Z', 'help'), (4, NULL, 'home'), (5, NULL, 'home'), (5, '2026-01-07 08:00Z', NULL),
    (6, '2026-01-05 10:00Z', 'home'), (6, '2026-01-05 10:00:00.5Z', 'prices'), (6, '2026-01-06 10:00Z', 'home'), (6, '2026-01-06 10:00:01Z', 'prices');

-- the four answers
SELECT customer,
       sequence_match('(?1).*(?2)', at, page = 'home', page = 'order') AS match,
       sequence_count('(?1).*(?2)', at, page = 'home', page = 'prices') AS count,
       sequence_match_events('(?1).*(?2)', at, page = 'home', page = 'prices') AS events,
       sequence_progress('(?1).*(?2).*(?3)', at, page = 'home', page = 'prices', page = 'order') AS progress
FROM seq_visit GROUP BY customer ORDER BY customer;

-- no rows, rows without a time, rows that meet no condition
SELECT sequence_match('(?1)', at, true), sequence_count('(?1)', at, true), sequence_match_events('(?1)', at, true), sequence_progress('(?1)', at, true), sequence_log('(?1)', at, true)
FROM seq_visit WHERE false;
SELECT sequence_match('(?1)', at, true), sequence_count('(?1)', at, true), sequence_match_events('(?1)', at, true), sequence_progress('(?1)', at, true), sequence_log('(?1)', at, true)
FROM (VALUES (NULL::timestamptz)) v(at);
SELECT sequence_match('.', at, NULL::bool), sequence_count('.', at, NULL::bool), sequence_match_events('.', at, NULL::bool), sequence_progress('.', at, NULL::bool), sequence_log('.', at, NULL)
FROM (VALUES (timestamptz '2026-01-01')) v(at);

-- which rows are seen: those that meet a condition, whether the pattern names it or not; or all of them
SELECT customer,
       sequence_match('(?1)(?2)', at, page = 'home', page = 'order') AS two,
       sequence_match('(?1)(?2)', at, page = 'home', page = 'order', page = 'prices') AS three,
       sequence_match('(?all_rows) (?1)(?2)', at, page = 'home', page = 'order') AS all_rows,
       sequence_count('(?all_rows) .', at, page = 'home') AS rows,
       sequence_log('(?all_rows) .', at, page = 'home') IS NULL AS no_log
FROM seq_visit WHERE customer IN (1, 2, 5) GROUP BY customer ORDER BY customer;

-- time gates, to the microsecond, and the limit of the whole match
SELECT gate, sequence_count('(?1)' || gate || '(?2)', at, page = 'home', page = 'prices') AS count
FROM seq_visit, unnest(ARRAY['(?t<1)', '(?t<=1)', '(?t<=1s)', '(?t=1s)', '(?t==1)', '(?t!=1)', '(?t<>1)', '(?t>1)', '(?t>=1)', '(?t>=0.5)', '(?t>0.5)', '(?t>500ms)', '(?t>=500000us)',
                             '(?t<0.01min)', '(?t<0.0001 h)', '(?t>=0.00000578125d)', '(?t < 1w)', '(?t>=0.5s)(?t<1s)']) WITH ORDINALITY g(gate, n)
WHERE customer = 6 GROUP BY gate, n ORDER BY n;
SELECT w, sequence_match('(?1).*(?2)' || w, at, page = 'home', page = 'order') AS match
FROM seq_visit, unnest(ARRAY['', '(?w<=3d)', '(?w<=4d)', '(?w<3.888888d)', '(?w<=3 d)(?w<=5 d)', '(?w<=1w)']) WITH ORDINALITY u(w, n)
WHERE customer = 2 GROUP BY w, n ORDER BY n;

-- the other kinds of time; numbers have no unit
SELECT sequence_match('(?1)(?t<=2d)(?2)', at::date, page = 'home', page = 'prices'), sequence_match_events('(?1).*(?t>=1d)(?2)', at::date, page = 'home', page = 'prices'),
       pg_typeof(sequence_match_events('(?1)', at::date, true)) FROM seq_visit WHERE customer = 6;
SELECT sequence_match('(?1)(?t<=2d)(?2)', at::timestamp, page = 'home', page = 'prices'), sequence_match_events('(?1).*(?t>=1d)(?2)', at::timestamp, page = 'home', page = 'prices'),
       pg_typeof(sequence_match_events('(?1)', at::timestamp, true)) FROM seq_visit WHERE customer = 6;
SELECT sequence_match('(?1)(?t<=2)(?2)', n, n % 3 = 1, n % 3 = 2), sequence_count('(?1)(?t<2)(?2)', n, n % 3 = 1, n % 3 = 2), sequence_match_events('(?1).*(?t>=4)(?2)', n, n % 3 = 1, n % 3 = 2),
       sequence_progress('(?1)(?2)(?3)(?1)', n, n % 3 = 1, n % 3 = 2, n = 3), pg_typeof(sequence_match_events('(?1)', n, true)) FROM generate_series(1, 12) n;
SELECT sequence_match_events('(?1).*(?t>9223372036854775807)(?2)', n, n < 0, n > 0) FROM (VALUES (-9223372036854775808), (9223372036854775807)) v(n);
SELECT sequence_match_events('(?1)(?2)', d, d < '2000-01-01', d > '2000-01-01') FROM (VALUES (date '4713-11-24 BC'), ('294276-12-31')) v(d);

-- sixty-four conditions, also as an array
SELECT sequence_match_events('(?64)(?1)', n, VARIADIC array(SELECT n % 64 + 1 = c FROM generate_series(1, 64) c)) FROM generate_series(60, 70) n;
SELECT sequence_match('(?1)', 1, VARIADIC array_fill(true, ARRAY[65]));
SELECT sequence_match('(?1)', 1, VARIADIC '{{true}}'::bool[]);
SELECT sequence_match('(?1)', 1, VARIADIC '{}'::bool[]);
SELECT sequence_match('.', 1, VARIADIC NULL::bool[]);

-- what is wrong with a pattern, and where
CREATE FUNCTION seq_error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ': ' || message || '. ' || detail || ' ' || hint;
END $$;
SELECT pattern, seq_error(format('SELECT journey.sequence_match(%L, now(), true, false)', pattern)) AS error
FROM unnest(ARRAY['', '(?1', '(?1)(?3)', '(?0)', '(?65)', '(?x)', 'lead', '(?1)**', '(?1){2,1}', '(?1){1001}', '((?1){100}){11}', '(?1)|', '((?1)', '(?1))', '[1,2]', '[]', '^$',
                  '(?1)(?t<1 month)(?2)', '(?1)(?t~1)(?2)', '(?1)(?t<0.0000001)(?2)', '(?1)(?t<10000000000000000000)(?2)', '(?1)(?t<1)', '(?t<1)(?1)', '.*(?t<1)(?1)',
                  '(?1)(?w>1)', '(?1)((?w<1)(?2))', '(?1)(?w<1)(?2)', '(?1)(?all_rows)', '(?1) é', repeat('(', 101) || '(?1)', '(?1)' || repeat(' ', 65535)]) WITH ORDINALITY u(pattern, n)
WHERE length(pattern) < 200 ORDER BY n;
SELECT seq_error(format('SELECT journey.sequence_match(%L, now(), true)', '(?1)' || repeat(' ', 65535)));
SELECT seq_error('SELECT journey.sequence_match(''(?1)(?t<1h)(?2)'', 1, true, true)');
SELECT seq_error('SELECT journey.sequence_match(''(?1)(?t<1.5)(?2)'', 1, true, true)');
SELECT seq_error('SELECT journey.sequence_match(NULL, now(), true, true)');
SELECT seq_error('SELECT journey.sequence_match(''(?1)'', timestamptz ''infinity'', true)');
SELECT seq_error('SELECT journey.sequence_match(''(?1)'', date ''-infinity'', true)');
SELECT seq_error('SELECT journey.sequence_match(''(?1)'', date ''5000000-01-01'', true)');

-- a pattern, or a number of conditions, that changes within a group
SELECT seq_error('SELECT journey.sequence_match(''(?'' || n || '')'', n, true, true) FROM generate_series(1, 2) n');
SELECT seq_error('SELECT journey.sequence_match(''(?1)'', n, VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n');
-- one for each group is fine
SELECT n, sequence_match('(?' || n || ')', n, n = 1, n = 3) FROM generate_series(1, 2) n GROUP BY n ORDER BY n;

-- logs: stored, merged, asked later
CREATE TABLE seq_day AS
SELECT customer, at::date AS day, sequence_log('(?1).*(?2).*(?3)', at, page = 'home', page = 'prices', page = 'order') AS log
FROM seq_visit GROUP BY customer, day;
SELECT customer, log, sequence_match(log), sequence_count(log), sequence_match_events(log), sequence_progress(log)
FROM (SELECT customer, rollup(log) AS log FROM seq_day GROUP BY customer) r ORDER BY customer;
SELECT rollup(log) FROM (VALUES ('int8 1 pattern "." {2:1}'::sequence_log), (NULL), ('int8 1 pattern "." {1:1, 2:0}')) v(log);
SELECT rollup(log) IS NULL AS nothing FROM (VALUES (NULL::sequence_log)) v(log);
SELECT 'int8 2 pattern "." {2:1}'::sequence_log || 'int8 2 pattern "." {3:0, 1:3}' AS merged, ('int8 2 pattern "." {2:1}'::sequence_log || NULL) IS NULL AS with_null;
SELECT sequence_match(NULL::sequence_log), sequence_count(NULL::sequence_log), sequence_match_events(NULL::sequence_log), sequence_progress(NULL::sequence_log);
SELECT sequence_match_events('int8 1 pattern "." {2:1}'::sequence_log);
SELECT sequence_match_events_bigint('int8 1 pattern "(?1)" {2:1}'), sequence_match_events_date('date 1 pattern "(?1)" {86400000000:1}'), sequence_match_events_timestamp('timestamp 1 pattern "(?1)" {1:1}');
SELECT sequence_match_events_date('timestamp 1 pattern "." {2:1}'::sequence_log);
SELECT seq_error($$SELECT 'int8 2 pattern "." {2:1}'::journey.sequence_log OPERATOR(journey.||) 'int8 1 pattern "." {2:1}'$$);
SELECT seq_error($$SELECT 'int8 1 pattern "." {2:1}'::journey.sequence_log OPERATOR(journey.||) 'date 1 pattern "." {}'$$);
SELECT seq_error($$SELECT 'int8 1 pattern "." {2:1}'::journey.sequence_log OPERATOR(journey.||) 'int8 1 pattern ".." {2:1}'$$);

-- text: what is written is read
SELECT log, log::text::sequence_log::text = log::text AS same
FROM (VALUES (' int8  1  pattern  "(?1)"  { 2:1,-9223372036854775808:0,  9223372036854775807:1} '::sequence_log), ('timestamptz 64 pattern ".[^64]" {0:18446744073709551615}'), ('timestamp 1 pattern "." {}')) v(log);
SELECT literal, seq_error(format('SELECT %L::journey.sequence_log', literal)) AS error
FROM unnest(ARRAY['', 'x', 'int8', 'int8 0 pattern "." {}', 'int8 65 pattern "." {}', 'int8 99999999999999 pattern "." {}', 'int8 1', 'int8 1 pattern', 'int8 1 pattern "', 'int8 1 pattern ". {}', 'int8 1 pattern "."',
                  'int8 1 pattern "." {', 'int8 1 pattern "." {1}', 'int8 1 pattern "." {1:2}', 'int8 1 pattern "." {1:-1}', 'int8 1 pattern "." {9223372036854775808:1}', 'int8 1 pattern "." {1:1,}', 'int8 1 pattern "." {} x',
                  'timestamptz 1 pattern "." {9223372036854775807:1}', 'int8 1 pattern "(?2)" {}', 'int8 1 pattern "((?1)" {}', 'int8 1 pattern "(?1)(?t<1s)(?1)" {}']) WITH ORDINALITY u(literal, n) ORDER BY n;
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    ASSERT NOT pg_input_is_valid('int8 1 pattern "((?1)" {}', 'journey.sequence_log') AND NOT pg_input_is_valid('int8 1 pattern "(?2)" {}', 'journey.sequence_log')
       AND NOT pg_input_is_valid('int8 1 pattern "." {1:2}', 'journey.sequence_log') AND NOT pg_input_is_valid('int8 1 pattern "(?1){1001}" {}', 'journey.sequence_log')
       AND NOT pg_input_is_valid('int8 1 pattern "(?1)(?t<1s)(?1)" {}', 'journey.sequence_log') AND pg_input_is_valid('int8 1 pattern "." {1:1}', 'journey.sequence_log');
  END IF;
END $$;

-- binary: through a file and back
CREATE TABLE seq_back (customer int, day date, log sequence_log);
\copy seq_day to 'results/sequence.bin' with (format binary)
\copy seq_back from 'results/sequence.bin' with (format binary)
SELECT count(*), count(*) FILTER (WHERE d.log::text IS DISTINCT FROM b.log::text) AS differ FROM seq_day d FULL JOIN seq_back b ON d.customer = b.customer AND d.day IS NOT DISTINCT FROM b.day;
-- version, clock, conditions, length of the pattern, pattern, rows, time and mask of each
SELECT encode(sequence_log_send('int8 2 pattern "." {258:3}'), 'hex');
-- malformed binary: a COPY file made of one value, written by the shell of the server
CREATE TABLE seq_binary (log sequence_log);
CREATE FUNCTION seq_read(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  bytes bytea := decode(replace(value, ' ', ''), 'hex');
  command text := 'printf ''PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\1';
BEGIN
  bytes := int4send(length(bytes)) || bytes || '\xffff'::bytea;
  FOR i IN 0 .. length(bytes) - 1 LOOP
    command := command || '\' || lpad(((get_byte(bytes, i) / 64) * 100 + (get_byte(bytes, i) / 8 % 8) * 10 + get_byte(bytes, i) % 8)::text, 3, '0');
  END LOOP;
  TRUNCATE seq_binary;
  EXECUTE format('COPY seq_binary FROM PROGRAM %L WITH (FORMAT binary)', command || '''');
  RETURN (SELECT 'read ' || log::text FROM seq_binary);
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT n, seq_read(value) FROM unnest(ARRAY[
  '01 03 02 00000001 2e 00000001 0000000000000102 0000000000000003', '01 03 02 00000001 2e 00000002 0000000000000102 0000000000000003 ffffffffffffffff 0000000000000000',
  '', '02 03 02 00000001 2e 00000000', '01 04 02 00000001 2e 00000000', '01 03 00 00000001 2e 00000000', '01 03 41 00000001 2e 00000000', '01 03 02 ffffffff 2e 00000000',
  '01 03 02 00000005 2e 00000000', '01 03 02 00000001 2a 00000000', '01 03 02 00000001 00 00000000', '01 03 02 00000004 283f3329 00000000', '01 03 02 00000001 2e ffffffff', '01 03 02 00000001 2e 00000001 00000000',
  '01 03 02 00000001 2e 00000001 0000000000000102 0000000000000004', '01 00 02 00000001 2e 00000001 7fffffffffffffff 0000000000000001', '01 03 02 00000001 2e 00000000 00', '01 03 02']) WITH ORDINALITY u(value, n) ORDER BY n;

-- support functions called by hand change nothing they were given
CREATE TABLE seq_state AS SELECT 'int8 2 pattern "(?1)" {1:1}'::sequence_log AS log;
SELECT sequence_log_accum(log, '(?1)', 2, true, false) AS more, sequence_log_combine(log, log) AS twice, sequence_log_combine(NULL, log) AS right_one, sequence_log_combine(log, NULL) AS left_one, sequence_log_final(log) AS final, log FROM seq_state;
SELECT seq_error('SELECT journey.sequence_log_accum(log, ''(?2)'', 2, true, false) FROM public.seq_state');
SELECT seq_error('SELECT journey.sequence_log_accum(log, ''(?1)'', now(), true, false) FROM public.seq_state');

-- as a window function
SELECT at, page, sequence_count('(?1)(?2)', at, page = 'home', page = 'prices') OVER (ORDER BY at) AS so_far,
       sequence_match('(?1)(?2)', at, page = 'home', page = 'prices') OVER (ORDER BY at ROWS 1 PRECEDING) AS just_now
FROM seq_visit WHERE customer = 6 ORDER BY at;

DROP TABLE seq_visit, seq_day, seq_back, seq_binary, seq_state;
DROP FUNCTION seq_error, seq_read;
