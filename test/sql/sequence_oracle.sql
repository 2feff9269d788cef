-- Patterns over random rows against plain SQL: joins over the rows, and regular expressions over the row kinds.
SET TIME ZONE 'UTC';
SET search_path = public, journey;
SELECT setseed(0.4);

-- ties, rows that meet several conditions or none, rows without a time
CREATE TABLE sqo_event AS
SELECT key, row_number() OVER () AS id,
       CASE WHEN random() < 0.03 THEN NULL ELSE timestamptz '2026-01-01' + floor(random() * (5 + key % 20)) * interval '1 h' END AS at,
       NULLIF(random() < 0.3, random() < 0.05) AS a, random() < 0.3 AS b, NULLIF(random() < 0.25, random() < 0.05) AS c
FROM generate_series(1, 700) key, LATERAL generate_series(1, key % 12) i;
CREATE INDEX ON sqo_event (key);
ANALYZE sqo_event;

-- With gaps between all elements, tied rows may stand in any order: each row is taken once, at or after the one before.
CREATE VIEW sqo_two AS SELECT x.key, x.id AS id1, y.id AS id2, x.at AS at1, y.at AS at2
FROM sqo_event x JOIN sqo_event y ON x.key = y.key AND x.id <> y.id AND x.at <= y.at WHERE x.a AND y.b;
CREATE VIEW sqo_three AS SELECT t.*, z.at AS at3 FROM sqo_two t JOIN sqo_event z ON z.key = t.key AND z.id NOT IN (id1, id2) AND z.at >= at2 WHERE z.c;
SELECT name, count(*) AS keys, count(*) FILTER (WHERE got) AS matches, count(*) FILTER (WHERE got IS DISTINCT FROM expected) AS wrong
FROM (
    SELECT key, name, got,
           CASE name
           WHEN 'two' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key)
           WHEN 'two within' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 <= '2 h')
           WHEN 'two within, before the gap' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 <= '2 h')
           WHEN 'two after' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 > '7 h')
           WHEN 'two between' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 BETWEEN '4 h' AND '5 h')
           WHEN 'two not at' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 <> '3 h')
           WHEN 'two at' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 = '3 h')
           WHEN 'two, limit' THEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key AND at2 - at1 < '2 h')
           WHEN 'three' THEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key)
           WHEN 'three, gates' THEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key AND at2 - at1 >= '2 h' AND at3 - at2 < '3 h')
           WHEN 'three, gates both ways' THEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key AND at2 - at1 BETWEEN '1 h' AND '3 h' AND at3 - at2 BETWEEN '2 h' AND '4 h')
           WHEN 'three, gates and limit' THEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key AND at2 - at1 > '0 h' AND at3 - at2 >= '1 h' AND at3 - at1 <= '5 h')
           WHEN 'three, limit' THEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key AND at3 - at1 <= '3 h')
           END AS expected
    FROM (
        SELECT key, name, sequence_match(pattern, at, a, b, c) AS got
        FROM sqo_event, (VALUES
            ('two', '(?1).*(?2)'), ('two within', '(?1).*(?t<=2h)(?2)'), ('two within, before the gap', '(?1)(.*(?t<=2h)(?2))'), ('two after', '(?1).*(?t>7h)(?2)'),
            ('two between', '(?1).*(?t>=4h)(?t<=5h)(?2)'), ('two not at', '(?1).*(?t!=3h)(?2)'), ('two at', '(?1).*(?t=3h)(?2)'), ('two, limit', '(?1).*(?2)(?w<2h)'),
            ('three', '(?1).*(?2).*(?3)'), ('three, gates', '(?1).*(?t>=2h)(?2).*(?t<3h)(?3)'), ('three, gates both ways', '(?1).*(?t>=1h)(?t<=3h)(?2).*(?t>=2h)(?t<=4h)(?3)'),
            ('three, gates and limit', '(?w<=5h)(?1).*(?t>0)(?2).*(?t>=60min)(?3)'), ('three, limit', '(?1).*(?2).*(?3)(?w<=180min)')) p(name, pattern)
        GROUP BY key, name, pattern) e) r
GROUP BY name ORDER BY name;

-- how far a pattern with gaps comes
SELECT got, count(*) AS keys, count(*) FILTER (WHERE got <> expected) AS wrong
FROM (SELECT key, sequence_progress('(?1).*(?2).*(?3)', at, a, b, c) AS got,
             CASE WHEN EXISTS (SELECT FROM sqo_three t WHERE t.key = e.key) THEN 3 WHEN EXISTS (SELECT FROM sqo_two t WHERE t.key = e.key) THEN 2
                  WHEN EXISTS (SELECT FROM sqo_event x WHERE x.key = e.key AND x.a AND x.at IS NOT NULL) THEN 1 ELSE 0 END AS expected
      FROM sqo_event e GROUP BY key) r
GROUP BY got ORDER BY got;

-- Order settled and one condition a row: a row is a letter, and a regular expression is the judge.
CREATE TABLE sqo_row AS
SELECT key, timestamptz '2026-01-01' + i * interval '1 s' AS at, chr(97 + floor(random() * 4)::int) AS what
FROM generate_series(1, 500) key, LATERAL generate_series(0, key % 30) i;
CREATE TABLE sqo_word AS SELECT key, string_agg(what, '' ORDER BY at) AS word, journey_agg(what, at) AS j FROM sqo_row GROUP BY key;
CREATE TABLE sqo_pattern (n int GENERATED ALWAYS AS IDENTITY, pattern text, labels text, regex text);
INSERT INTO sqo_pattern (pattern, labels, regex) VALUES
    ('(?1)', 'a', 'a'), ('(?1)(?2)', 'a b', 'ab'), ('(?1).(?2)', 'a.b', 'a.b'), ('(?1).*(?2)', 'a .* b', 'a.*b'), ('(?1).+(?2)', 'a.+b', 'a.+b'),
    ('(?1)[^3]*(?2)', 'a [^c]* b', 'a[^c]*b'), ('(?1)([^3])+(?2)', 'a ([^c])+ b', 'a[^c]+b'), ('[1 2](?3)', '[a b] c', '[ab]c'), ('((?1)|(?2))(?3)', '(a|b) c', '(?:a|b)c'),
    ('((?1)(?2))+(?3)', '(a b)+ c', '(?:ab)+c'), ('(?1){2}(?2)', 'a{2} b', 'a{2}b'), ('(?1){2,}(?2)', 'a{2,}b', 'a{2,}b'), ('(?1){1,3}(?2)', 'a{1,3}b', 'a{1,3}b'),
    ('(?1)(?2)?(?3)', 'a b? c', 'ab?c'), ('^(?1)', '^a', '^a'), ('(?1)$', 'a$', 'a$'), ('^(?1).*(?2)$', '^a.*b$', '^a.*b$'), ('^[^3]+$', '^[^c]+$', '^[^c]+$'),
    ('^(?1)|(?2)(?3)', '^a|b c', '^a|bc'), ('(?1).*(?2).*(?3)', 'a.*b.*c', 'a.*b.*c'), ('(?1)((?2)|(?3)(?1))*(?4)', 'a (b|c a)* d', 'a(?:b|ca)*d'),
    ('((?1)[^1]*){3}(?2)', '(a[^a]*){3}b', '(?:a[^a]*){3}b'), ('(?1).{2}(?1)', 'a.{2}a', 'a.{2}a'), ('(?1).{0,3}(?1)', 'a.{0,3}a', 'a.{0,3}a'), ('[^1 2][^3 4]', '[^a b][^c d]', '[^ab][^cd]'),
    ('(?1).*(?4)|(?2)', 'a.*d|b', 'a.*d|b'), ('((?1)|(?1)(?2))((?3)|(?2)(?3))', '(a|a b)(c|b c)', '(?:a|ab)(?:c|bc)'), ('((?1)*(?2)*)*(?3)$', '(a*b*)*c$', '(?:a*b*)*c$');
SELECT regex, sum(expected) AS matches,
       count(*) FILTER (WHERE match IS DISTINCT FROM (expected > 0)) AS match, count(*) FILTER (WHERE count <> expected) AS count,
       count(*) FILTER (WHERE j_match IS DISTINCT FROM (expected > 0)) AS j_match, count(*) FILTER (WHERE j_count <> expected) AS j_count
FROM (SELECT n, regex, key, regexp_count(word, '(?:' || regex || '){1,1}?') AS expected, j ~ labels AS j_match, sequence_count(j, labels) AS j_count FROM sqo_word, sqo_pattern) e
JOIN (SELECT n, key, sequence_match('(?all_rows)' || pattern, at, what = 'a', what = 'b', what = 'c', what = 'd') AS match,
             sequence_count(pattern, at, what = 'a', what = 'b', what = 'c', what = 'd') AS count
      FROM sqo_row, sqo_pattern GROUP BY n, pattern, key) g USING (n, key)
GROUP BY n, regex ORDER BY n;

-- the journey and its rows give the same events and the same progress
SELECT count(*) AS answers, count(*) FILTER (WHERE r.events <> sequence_match_events(j, labels)) AS events, count(*) FILTER (WHERE r.progress <> sequence_progress(j, labels)) AS progress,
       count(*) FILTER (WHERE r.events <> '{}') AS some
FROM (SELECT n, key, sequence_match_events(pattern, at, what = 'a', what = 'b', what = 'c', what = 'd') AS events, sequence_progress(pattern, at, what = 'a', what = 'b', what = 'c', what = 'd') AS progress
      FROM sqo_row, sqo_pattern GROUP BY n, pattern, key) r JOIN sqo_word USING (key) JOIN sqo_pattern USING (n);

-- Events of the first match, order settled: the first row that can begin one, the first row after it that can end it,
-- and between them the earliest of each.
SELECT count(*) AS keys, count(*) FILTER (WHERE e.at1 IS NOT NULL) AS matches,
       count(*) FILTER (WHERE got IS DISTINCT FROM CASE WHEN e.at1 IS NULL THEN '{}' ELSE ARRAY[e.at1, e.at2, e.at3] END) AS wrong
FROM (SELECT key, sequence_match_events('(?1).*(?2).*(?3)', at, what = 'a', what = 'b', what = 'c') AS got FROM sqo_row GROUP BY key) g
LEFT JOIN LATERAL (SELECT x.at AS at1, y.at AS at2, z.at AS at3 FROM sqo_row x, sqo_row y, sqo_row z
                   WHERE x.key = g.key AND y.key = g.key AND z.key = g.key AND x.what = 'a' AND y.what = 'b' AND z.what = 'c' AND x.at < y.at AND y.at < z.at
                   ORDER BY x.at, z.at, y.at LIMIT 1) e ON true;

-- Gates between neighbours, order settled: what lag() says
SELECT count(*) AS keys, sum(got) AS matches, count(*) FILTER (WHERE got <> expected) AS wrong
FROM (SELECT key, sequence_count('(?1)(?t>2s)(?2)', at, what = 'a', what = 'b', what IN ('c', 'd')) AS got,
             count(*) FILTER (WHERE what = 'b' AND before = 'a' AND at - before_at > '2 s') AS expected
      FROM (SELECT key, what, at, lag(what) OVER w AS before, lag(at) OVER w AS before_at
            FROM (SELECT key, what, at + floor(extract(epoch FROM at) / 3) * interval '2 s' AS at FROM sqo_row) s WINDOW w AS (PARTITION BY key ORDER BY at)) l
      GROUP BY key) r;

DROP VIEW sqo_three, sqo_two;
DROP TABLE sqo_event, sqo_row, sqo_word, sqo_pattern;
