-- pictures: funnels and paths as SVG
SET search_path = public, journey;

-- parsed by libxml; a server without it cannot say
CREATE FUNCTION picture_well_formed(picture text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN xmlparse(DOCUMENT picture) IS DOCUMENT;
EXCEPTION WHEN feature_not_supported THEN
    RETURN true;
END $$;
-- one number of each element of a class
CREATE FUNCTION picture_numbers(picture text, class text, attribute text) RETURNS numeric[] LANGUAGE sql AS $$
    SELECT array_agg(substring(m[1] FROM ' ' || attribute || '="([-0-9.]+)"')::numeric ORDER BY n)
    FROM regexp_matches(picture, '<[a-z]+ class="' || class || '"([^>]*)>', 'g') WITH ORDINALITY AS u (m, n) $$;
-- what is written in the elements of a class, references as what they mean
CREATE FUNCTION picture_words(picture text, class text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(replace(replace(replace(m[1], '&#160;', ' '), '&#183;', '|'), '&#8239;', '_') ORDER BY n)
    FROM regexp_matches(picture, '<[a-z]+ class="' || class || '"[^>]*>([^<]*)</', 'g') WITH ORDINALITY AS u (m, n) $$;

-- ---------------------------------------------------------------- funnels

-- 1000, 250, 13 and 1, each two hours after the one before
CREATE TABLE picture_rows AS
SELECT journey(labels, ARRAY(SELECT timestamptz '2026-01-01' + n * interval '2 hours' FROM generate_series(1, cardinality(labels)) AS n)) AS j
FROM (SELECT CASE WHEN i <= 1 THEN ARRAY['lead', 'mql', 'sql', 'won']
                  WHEN i <= 13 THEN ARRAY['lead', 'mql', 'sql']
                  WHEN i <= 250 THEN ARRAY['lead', 'mql'] WHEN i <= 1000 THEN ARRAY['lead'] ELSE ARRAY['other'] END AS labels
      FROM generate_series(1, 1200) AS i) AS rows;
CREATE TABLE picture_svg AS
SELECT svg(funnel(j, '{lead,mql,sql,won}', '3 days', 'exclude other'), 'Leads <2026>') AS picture FROM picture_rows;
SELECT picture_well_formed(picture), picture ~ '^<svg xmlns="http://www.w3.org/2000/svg" ' AS begins, picture ~ '</svg>\n$' AS ends,
    picture ~ 'viewBox="0 0 720 [0-9]+"' AS viewbox, picture ~ 'role="img"' AS role,
    picture ~ '<title id="(j[0-9a-f]{8}t)">Leads &lt;2026&gt;</title>\n<desc id="(j[0-9a-f]{8}d)">' AS named,
    picture ~ 'aria-labelledby="(j[0-9a-f]{8})t (j[0-9a-f]{8})d"' AS labelled,
    picture ~ 'prefers-color-scheme:dark' AS dark,
    picture ~* '<script|href|url\(|@import|@font-face|<image|<foreignObject|on[a-z]+=' AS anything_else
FROM picture_svg;
-- what is written: the summary, the numbers, and what became of the step before
SELECT unnest(picture_words(picture, 'small soft')) FROM picture_svg;
SELECT picture_words(picture, 'strong end') AS reached, picture_words(picture, 'end') AS of_entered FROM picture_svg;
-- the description has all of it, and so has the tip of a bar
SELECT replace(replace(substring(picture FROM '<desc[^>]*>(.*)</desc>'), '&#160;', ' '), '&#183;', '|') FROM picture_svg;
SELECT replace((regexp_matches(picture, '<g>\n<title>(.*?)</title>', 'g'))[1], '&#160;', ' ') FROM picture_svg;
-- bars are as long as what they stand for; one of 1000 is seen
SELECT r AS reached, round(w / track * 1000) AS per_mille, w >= 1 AS seen
FROM picture_svg, unnest(ARRAY[1000, 250, 13, 1], picture_numbers(picture, 'bar', 'width'), picture_numbers(picture, 'track', 'width')) AS u (r, w, track);
-- nothing reaches over the border, and rows do not overlap
SELECT bool_and(x + w <= 700 AND x >= 20) AS inside, count(DISTINCT x) AS beginnings, min(step) AS least_step
FROM (SELECT x, w, y - lag(y) OVER (ORDER BY y) AS step
      FROM picture_svg, unnest(picture_numbers(picture, 'track', 'x'), picture_numbers(picture, 'track', 'width'), picture_numbers(picture, 'track', 'y')) AS u (x, w, y)) AS bars;

-- the same question and answer, the same picture; another answer, another name
SELECT count(DISTINCT picture) AS pictures, count(DISTINCT substring(picture FROM ' id="([^"]*)"')) AS names
FROM (SELECT svg(funnel(j, '{lead,mql}')) FROM picture_rows
      UNION ALL SELECT svg(funnel(j, '{lead,mql}')) FROM (SELECT j FROM picture_rows ORDER BY j DESC) AS r
      UNION ALL SELECT svg(funnel(j, '{lead,sql}')) FROM picture_rows) AS p (picture);
-- the same whatever the settings
SELECT svg(funnel(j, '{lead,mql}')) AS before FROM picture_rows \gset
SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Asia/Tehran'; SET extra_float_digits = -10; SET DateStyle = 'German';
SELECT svg(funnel(j, '{lead,mql}')) = :'before' AS same FROM picture_rows;
RESET IntervalStyle; RESET TimeZone; RESET extra_float_digits; RESET DateStyle;

-- nobody, one step, 64 steps, the greatest counts
SELECT picture_well_formed(p), picture_words(p, 'strong end') AS reached, picture_words(p, 'end') AS share, picture_numbers(p, 'bar', 'width') AS bars, picture_words(p, 'small soft')
FROM (SELECT svg(funnel(j, '{nowhere,neither}')) FROM picture_rows) AS one (p);
SELECT picture_well_formed(p), picture_words(p, 'strong end') AS reached, picture_words(p, 'small soft')
FROM (SELECT svg(funnel(j, '{lead}')) FROM picture_rows) AS one (p);
SELECT picture_well_formed(p), cardinality(picture_words(p, 'strong end')) AS rows, substring(p FROM 'height="([0-9]+)"')::int > 64 * 48 AS tall
FROM (SELECT svg(funnel(j, ARRAY(SELECT 'step ' || i FROM generate_series(1, 64) AS i))) FROM picture_rows) AS one (p);
SELECT picture_well_formed(p), picture_words(p, 'strong end') AS reached, picture_words(p, 'end') AS share,
    (SELECT bool_and(w BETWEEN 1 AND 680) FROM unnest(picture_numbers(p, 'track', 'width')) AS w) AS room, picture_words(p, 'small soft')
FROM (SELECT svg('{"steps": ["a", "b", "c"], "times": [[], [], []], "total": 9223372036854775807, "within": null, "entered": 9223372036854775807, "options": "", "reached": [9223372036854775807, 9223372036854775806, 12345], "excluded": 0}'::funnel)) AS one (p);
-- in any order, optional steps
SELECT unnest(picture_words(p, 'small soft')), unnest(picture_words(p, 'end'))
FROM (SELECT svg(funnel(j, '{won,lead,mql}', NULL, 'any_order')) FROM picture_rows) AS one (p);
SELECT picture_words(p, 'small soft'), p ~ '<title>mql \(optional\): 250' AS optional
FROM (SELECT svg(funnel(j, '{lead,mql,sql}', NULL, 'optional mql')) FROM picture_rows) AS one (p);

-- labels that try to be something else
CREATE TABLE picture_labels (n int, label text);
INSERT INTO picture_labels VALUES
    (1, '<script>alert("x")</script>'), (2, '&amp; '' " ]]> -->'), (3, E'two\nlines\tand\rmore'), (4, E'\u0001\u001f\u007f\u0085\ufffe\uffff|'),
    (5, E'back\u202Eward\u2066\u2069'), (6, repeat('long ', 51)), (7, repeat('W', 255)), (8, 'سرنخ'), (9, '客户客户客户客户客户客户客户客户客户客户'),
    (10, E'\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1EE\U0001F1F7'), (11, repeat(E'\u754C', 30)), (12, ' '), (13, E'e\u0301'),
    (14, repeat(E'\U0001F1EE\U0001F1F7', 31)), (15, '{{7*7}} ${x} %s %n');
CREATE TABLE picture_hostile AS
SELECT svg(funnel(journey(labels, times), labels), 'Title </title><b>"&') AS picture
FROM (SELECT array_agg(label ORDER BY n) AS labels, array_agg(timestamptz '2026-01-01' + n * interval '1 day' ORDER BY n) AS times FROM picture_labels) AS l;
SELECT picture_well_formed(picture), picture ~ '<(script|b)>' AS markup, picture ~ E'[\u0001-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]' AS forbidden FROM picture_hostile;
-- each label as it is drawn; what was cut ends in an ellipsis, and families and flags are not torn
SELECT n, m[1] AS label
FROM picture_hostile, regexp_matches(picture, '</title>\n<text x="20" y="[0-9]*">([^\n]*)</text>', 'g') WITH ORDINALITY AS u (m, n) ORDER BY n;
-- the tip has it in full
SELECT picture ~ ('<title>' || repeat('W', 255) || ': 1 ') AS in_full FROM picture_hostile;

-- what is refused, and what is nothing
SELECT svg(funnel(j, '{lead}'), width => 479) FROM picture_rows;
SELECT svg(funnel(j, '{lead}'), width => 4001) FROM picture_rows;
SELECT svg(NULL::funnel) IS NULL AS nothing, svg(funnel(j, '{lead}'), NULL, NULL) = svg(funnel(j, '{lead}')) AS defaults,
    svg(funnel(j, '{lead}'), '') = svg(funnel(j, '{lead}')) AS no_words, svg(funnel(j, '{lead}'), width => 1000) ~ 'viewBox="0 0 1000 ' AS wide
FROM picture_rows;

-- ---------------------------------------------------------------- markup_text

SELECT markup_text('<a href="x">''&</a>'), markup_text(''), markup_text(NULL) IS NULL AS nothing, markup_text(E'a\nb') AS one_line,
    markup_text(E'\u0007|\u202e|é') AS replaced;

-- ---------------------------------------------------------------- paths

CREATE TABLE picture_paths AS
SELECT path_counts(journey(labels, ARRAY(SELECT timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, cardinality(labels)) AS n)), 3) AS forward,
    path_counts(journey(labels, ARRAY(SELECT timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, cardinality(labels)) AS n)), 3, 'backward') AS backward
FROM (VALUES ('{home,prices,trial}'::text[], 5), ('{home,prices}', 3), ('{home,"help & <more>"}', 2), ('{blog,home,prices}', 2), ('{prices}', 1), ('{$exit,$other}', 1)) AS p (labels, n),
    generate_series(1, n);
CREATE TABLE picture_sankey AS
SELECT svg_sankey(forward, NULL, 'Paths') AS forward, svg_sankey(backward) AS backward, svg_sankey(forward, 1) AS top FROM picture_paths;
SELECT picture_well_formed(forward) AND picture_well_formed(backward) AND picture_well_formed(top) AS well_formed,
    forward ~ 'viewBox="0 0 720 [0-9]+" role="img" aria-labelledby=' AS frame, picture_words(forward, 'small soft') AS words, picture_words(backward, 'small soft') AS backward FROM picture_sankey;
-- each edge is there with its number, and nothing else
SELECT m[1] AS edge FROM picture_sankey, regexp_matches(replace(forward, '&#160;', ' '), '<path class="flow [^>]*><title>([^<]*)</title></path>', 'g') WITH ORDINALITY AS u (m, n) ORDER BY n;
SELECT step, source, target, paths FROM picture_paths, path_edges(forward) ORDER BY step, source COLLATE "C", target COLLATE "C";
-- each node is, its number is what flows through it, and its height goes with that
SELECT m[1] AS node, round(m[2]::numeric / (regexp_match(m[1], ': ([0-9]+)'))[1]::numeric, 1) AS pixels_per_path
FROM picture_sankey, regexp_matches(replace(forward, '&#160;', ' '), '<g>\n<title>([^<]*)</title>\n<rect class="[^"]*" x="[^"]*" y="[^"]*" width="14" height="([^"]*)"', 'g') WITH ORDINALITY AS u (m, n) ORDER BY n;
SELECT replace(substring(backward FROM '<desc[^>]*>(.*)</desc>'), '&#160;', ' ') AS backward FROM picture_sankey;
SELECT m[1] AS node FROM picture_sankey, regexp_matches(replace(top, '&#160;', ' '), '<g>\n<title>([^<]*)</title>', 'g') AS u (m);

-- any edges, in any order, twice the same, none
SELECT svg_sankey(ARRAY[1, 2, 1], ARRAY['a', 'b', 'a'], ARRAY['b', 'c', 'b'], ARRAY[3, 5, 4]) = svg_sankey(ARRAY[2, 1], ARRAY['b', 'a'], ARRAY['c', 'b'], ARRAY[5, 7]) AS adds_up,
    svg_sankey(ARRAY[1], ARRAY['a'], ARRAY['b'], ARRAY[9223372036854775807]) ~ '9&#8239;223&#8239;372&#8239;036&#8239;854&#8239;775&#8239;807' AS greatest,
    picture_well_formed(svg_sankey('{}'::int[], '{}', '{}', '{}')) AS none, svg_sankey('{}'::int[], '{}', '{}', '{}') = svg_sankey(NULL::int[], NULL, NULL, NULL) AS same_as_null,
    picture_words(svg_sankey(ARRAY[1], ARRAY['a'], ARRAY['b'], ARRAY[0]), 'small soft') AS zero, svg_sankey(NULL::path_counts) IS NULL AS nothing;
SELECT picture_well_formed(p) AND p !~ '<(script|b)>' AS hostile
FROM (SELECT svg_sankey(array_agg(n), array_agg(label), array_agg(label || '<b>'), array_agg(n::bigint)) FROM picture_labels) AS one (p);
SELECT substring(svg_sankey(array_agg(i), array_agg('a'::text), array_agg('a'::text), array_agg(1::bigint)) FROM 'viewBox="([^"]*)"') AS widest FROM generate_series(1, 63) AS i;
-- what is refused
SELECT svg_sankey(ARRAY[1], ARRAY['a', 'b'], ARRAY['b'], ARRAY[1]);
SELECT svg_sankey(ARRAY[1], ARRAY['a'], ARRAY[NULL], ARRAY[1]);
SELECT svg_sankey(ARRAY[1], ARRAY['a'], ARRAY['b'], NULL);
SELECT svg_sankey(ARRAY[[1]], ARRAY['a'], ARRAY['b'], ARRAY[1]);
SELECT svg_sankey(ARRAY[1], ARRAY['a'], ARRAY['b'], ARRAY[-1]);
SELECT svg_sankey(ARRAY[1, 1], ARRAY['a', 'b'], ARRAY['b', 'b'], ARRAY[9223372036854775807, 1]);
SELECT svg_sankey(ARRAY[1, 1], ARRAY['a', 'b'], ARRAY['c', 'd'], ARRAY[9223372036854775807, 1]);
SELECT svg_sankey(ARRAY[-2147483648, 2147483647], ARRAY['a', 'b'], ARRAY['b', 'b'], ARRAY[1, 1]);
SELECT svg_sankey(array_agg(1), array_agg(i::text), array_agg(i::text), array_agg(1::bigint)) FROM generate_series(1, 1001) AS i;
SELECT svg_sankey(array_agg(1), array_agg(i::text), array_agg('x'::text), array_agg(1::bigint)) FROM generate_series(1, 20001) AS i;
\set SHOW_CONTEXT never
SELECT svg_sankey(forward, 0) FROM picture_paths;
SELECT svg_sankey(forward, width => 1) FROM picture_paths;

DROP TABLE picture_rows, picture_svg, picture_labels, picture_hostile, picture_paths, picture_sankey;
DROP FUNCTION picture_well_formed, picture_numbers, picture_words;
