-- Patterns over journeys: labels, operators, and what they refuse.
SET TIME ZONE 'UTC';
SET search_path = public, journey;

CREATE TABLE sqj_lead (id int, j journey);
INSERT INTO sqj_lead VALUES
    (1, '{visitor@2026-01-01, lead@2026-01-02, mql@2026-01-04, sql@2026-01-08, customer@2026-02-01}'),
    (2, '{lead@2026-01-01, "free trial"@2026-01-03, mql@2026-01-05, sql@2026-01-20}'),
    (3, '{lead@2026-01-01, lost@2026-01-05, lead@2026-02-01, mql@2026-02-02, sql@2026-02-03, customer@2026-02-04}'),
    (4, '{sql@2026-01-01, mql@2026-01-01, lead@2026-01-01}'),
    (5, '{}'), (6, NULL);

SELECT pattern, string_agg(CASE WHEN j ~ pattern THEN 'yes' WHEN j !~ pattern THEN 'no' ELSE 'null' END, ' ' ORDER BY id) AS leads
FROM sqj_lead, unnest(ARRAY['lead .* mql (?t<=7d) sql', 'lead mql sql', '^lead', '^ lead .* customer $', 'lead [^lost]* customer', '^[^lost]*$', '"free trial"', '"free trial" | customer', 'lead .* (?t<1w) mql .* (?t>1w) sql',
                           'lead .* sql (?w<=3 d)', '(lead .*){2} customer', '.{5}', '^.{3}$', '[mql sql]{2}', 'lead+ mql?', '.*', 'LEAD', '(?all_rows) lead']) WITH ORDINALITY u(pattern, n)
GROUP BY pattern, n ORDER BY n;
SELECT id, sequence_match(j, 'lead .* sql') AS match, sequence_count(j, '[lead mql]') AS count, sequence_match_events(j, 'lead .* sql') AS events, sequence_progress(j, 'lead .* mql .* sql .* customer') AS progress FROM sqj_lead ORDER BY id;

-- a state that is still being built is a journey, too
SELECT journey_agg(label, at) ~ 'a b' AS match, sequence_match_events(journey_agg(label, at), 'b .* c') FROM (VALUES ('c', timestamptz '2026-01-03'), ('a', '2026-01-01'), ('b', '2026-01-02')) v(label, at);

-- labels: bytes, quoted where they must be
SELECT j ~ '"say \"hi\" \\"' AS quoted, j ~ 'покупка' AS letters, j ~ 'a-b/c:d' AS marks, j ~ 'a' AS part, j ~ '"1.5"' AS point, j ~ '1 2' AS digits, j ~ '^"a b" .* 2$' AS ends, j ~ '[^ "a b" покупка 1 2 "1.5" a-b/c:d "say \"hi\" \\"]' AS none
FROM (VALUES (journey(ARRAY['a b', 'покупка', 'say "hi" \', 'a-b/c:d', '1.5', '1', '2'], ARRAY['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06', '2026-01-07']::timestamptz[]))) v(j);

CREATE FUNCTION sqj_error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ': ' || message || '. ' || detail || ' ' || hint;
END $$;
SELECT left(pattern, 30) AS pattern, sqj_error(format('SELECT ''{}''::journey.journey OPERATOR(journey.~) %L', pattern)) AS error
FROM unnest(ARRAY['', 'lead, mql', 'lead -> mql', 'lead & mql', '(?1)', '"', '"a', '"a\', '""', '[lead', '[lead,mql]', '[^]', 'lead (?x)', 'покупка покупка)', 'lead (?t<1month) mql', 'lead (?t<7d)', 'lead {2 mql',
                  repeat('x', 256), (SELECT string_agg('l' || i, ' ') FROM generate_series(1, 1001) i), (SELECT '[' || string_agg('l' || i, ' ') || ']' FROM generate_series(1, 1001) i)]) WITH ORDINALITY u(pattern, n) ORDER BY n;
SELECT (journey('{x@2026-01-01}')) ~ ('[' || string_agg('l' || i, ' ') || ' x]') AS many FROM generate_series(1, 999) i;

-- not strict in vain
SELECT (j ~ NULL) IS NULL AS no_pattern, (NULL::journey ~ 'a') IS NULL AS no_journey, sequence_count(j, NULL) IS NULL, sequence_match_events(NULL::journey, 'a') IS NULL, sequence_progress(NULL::journey, 'a') IS NULL FROM sqj_lead WHERE id = 1;

-- a pattern for each row
SELECT id, pattern, j ~ pattern AS match FROM sqj_lead JOIN (VALUES (1, 'lead mql'), (1, 'lead sql'), (2, 'lead mql'), (3, 'lead mql'), (4, 'lead mql')) p(id, pattern) USING (id) ORDER BY id, pattern;

-- Tied entries may be taken in any order; random journeys against every order of theirs.  A journey without ties
-- that has the same labels in one of the orders, a second apart, is the judge.
SELECT setseed(0.3);
CREATE TABLE sqj_tied AS
SELECT id, journey_agg(chr(97 + floor(random() * 4)::int), timestamptz '2026-01-01' + floor(random() * 3) * interval '1 day') AS j FROM generate_series(1, 300) id, LATERAL generate_series(1, id % 7) i GROUP BY id;
WITH RECURSIVE entry AS (SELECT id, row_number() OVER (PARTITION BY id) AS n, label, at FROM sqj_tied, events(j)),
word AS (
    SELECT id, ''::text AS word, ARRAY[]::bigint[] AS used FROM sqj_tied
    UNION ALL
    SELECT w.id, word || label, used || n FROM word w JOIN entry e ON e.id = w.id AND NOT e.n = ANY (used)
    WHERE NOT EXISTS (SELECT FROM entry b WHERE b.id = e.id AND b.at < e.at AND NOT b.n = ANY (used))),
whole AS (SELECT w.* FROM word w JOIN sqj_tied t USING (id) WHERE length(word) = length(t.j))
SELECT pattern, count(*) AS journeys, count(*) FILTER (WHERE expected) AS matches, count(*) FILTER (WHERE j ~ pattern IS DISTINCT FROM expected) AS wrong
FROM (SELECT id, j, pattern, (SELECT bool_or(word ~ replace(pattern, ' ', '')) FROM whole w WHERE w.id = t.id) AS expected
      FROM sqj_tied t, unnest(ARRAY['a b', 'b a', 'c b a', 'a .* b', '^a', 'a $', '^ [^a]* b c', 'd (a|b) c', '^ (a b)* c? d* $', 'b . a', '(a|b) (a|b) c']) pattern) t
GROUP BY pattern ORDER BY pattern;

DROP TABLE sqj_lead, sqj_tied;
DROP FUNCTION sqj_error;
