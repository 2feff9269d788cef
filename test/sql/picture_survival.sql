-- pictures: survival curves and cumulative incidences as SVG
SET search_path = public, journey;

CREATE FUNCTION picture_well_formed(picture text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN xmlparse(DOCUMENT picture) IS DOCUMENT;
EXCEPTION WHEN feature_not_supported THEN
    RETURN true;
END $$;
-- what is written: legend, notes, numbers at risk
CREATE FUNCTION picture_plain(words text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(replace(replace(words, '&#160;', ' '), '&#183;', '|'), '&#8239;', '_'), '&#8211;', '-') $$;
CREATE FUNCTION picture_words(picture text, class text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(picture_plain(m[1]) ORDER BY n) FROM regexp_matches(picture, '<text class="' || class || '"[^>]*>([^<]*)</text>', 'g') WITH ORDINALITY AS u (m, n) $$;
-- the tips of the curves: what the legend says
CREATE FUNCTION picture_tips(picture text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(picture_plain(m[1]) ORDER BY n) FROM regexp_matches(picture, '<g>\n<title>([^<]*)</title>', 'g') WITH ORDINALITY AS u (m, n) $$;
-- a curve as it is drawn: the corners, as time and share, where the axes are
CREATE FUNCTION picture_curve(picture text, number int, last float8) RETURNS TABLE (n bigint, at float8, share float8) LANGUAGE sql AS $$
    WITH place AS (
        SELECT (substring(picture FROM '<path class="axis" d="M([0-9.]+),'))::float8 AS x0, (substring(picture FROM '<path class="axis" d="M[0-9.]+,[0-9.]+H([0-9.]+)"'))::float8 AS x1,
            (substring(picture FROM '<path class="axis" d="M[0-9.]+,([0-9.]+)'))::float8 AS y0),
    path AS (SELECT m[1] AS d FROM regexp_matches(picture, '</title>\n<path class="line s' || number || '"[^>]* d="([^"]*)"', 'g') AS m)
    SELECT u.n, (m[1]::float8 - x0) / (x1 - x0) * last, (y0 - m[2]::float8) / 260
    FROM place, path, regexp_matches(d, 'H([0-9.]+)V([0-9.]+)', 'g') WITH ORDINALITY AS u (m, n) $$;

-- months: ended after 2, 3, 3 and 8, still open at 3, 5 and 9
CREATE TABLE picture_spells (kind text, days int, cause text);
INSERT INTO picture_spells VALUES ('a', 20, 'won'), ('a', 30, 'won'), ('a', 30, 'lost'), ('a', 80, 'won'), ('a', 30, NULL), ('a', 50, NULL), ('a', 90, NULL),
    ('b & <b>', 10, 'won'), ('b & <b>', 20, 'lost'), ('b & <b>', 25, 'lost'), ('b & <b>', 40, NULL), ('سرنخ', 5, 'lost'), ('سرنخ', 15, 'won');
CREATE TABLE picture_one AS
SELECT survival(days * interval '1 day', cause IS NOT NULL) AS curve, cumulative_incidence(days * interval '1 day', cause) AS incidence,
    survival(days::float8, cause IS NOT NULL) AS numbers, cumulative_incidence(days::float8, cause) AS number_incidence
FROM picture_spells WHERE kind = 'a';
CREATE TABLE picture_survival AS SELECT svg_survival(curve, 'Time <to> close') AS p, svg_survival(incidence) AS i, svg_survival(numbers) AS n, svg_survival(number_incidence, width => 600) AS ni FROM picture_one;

SELECT picture_well_formed(p) AND picture_well_formed(i) AND picture_well_formed(n) AND picture_well_formed(ni) AS well_formed,
    p ~ 'viewBox="0 0 720 [0-9]+" role="img"' AS frame, ni ~ 'viewBox="0 0 600 ' AS width, p ~ '<title id="j[0-9a-f]{8}t">Time &lt;to&gt; close</title>' AS title,
    p ~* '<script|href|url\(|@import|<image|on[a-z]+=' AS anything_else FROM picture_survival;
SELECT picture_tips(p) AS curve, picture_tips(n) AS numbers, picture_tips(i) AS incidence FROM picture_survival;
SELECT picture_words(p, 'small soft middle') AS times, picture_words(p, 'small risk middle') AS at_risk, picture_words(n, 'small soft middle') AS numbers, picture_words(ni, 'small soft middle') AS fewer FROM picture_survival;
-- at risk at a time: whose spell has lasted as long
SELECT array_agg((SELECT count(*) FROM picture_spells WHERE kind = 'a' AND days >= t) ORDER BY t) AS at_risk FROM generate_series(0, 90, 14) AS t;
-- the curve is where it should be, by hand: 6/7, then 4/6 of that, then half of it
SELECT round(at::numeric) AS day, round(share::numeric, 3) AS share FROM picture_survival, picture_curve(p, 0, 90) AS c ORDER BY c.n;
SELECT extract(day FROM time) AS day, round(survival::numeric, 3) AS share FROM picture_one, curve(curve);
-- incidences, lost and then won
SELECT c AS cause, round(at::numeric) AS day, round(share::numeric, 3) AS share FROM picture_survival, generate_series(0, 1) AS c, picture_curve(i, c, 90) AS u ORDER BY c, u.n;
SELECT cause, extract(day FROM time) AS day, round(c.incidence::numeric, 3) AS share FROM picture_one AS o, curve(o.incidence) AS c ORDER BY cause, time;
-- strokes where somebody was last seen: at 30, 50 and 90 days
SELECT array_agg(round((m[1]::float8 - 76) / 604 * 90)) AS strokes FROM picture_survival, regexp_matches(substring(p FROM '<path class="mark s0" d="([^"]*)"'), 'M([0-9.]+),', 'g') AS m;
SELECT picture_plain(substring(p FROM '<desc[^>]*>(.*)</desc>')) FROM picture_survival;

-- several curves in one picture
CREATE TABLE picture_many AS SELECT array_agg(c ORDER BY kind COLLATE "C") AS curves, array_agg(kind ORDER BY kind COLLATE "C") AS labels
FROM (SELECT kind, survival(days * interval '1 day', cause IS NOT NULL) AS c FROM picture_spells GROUP BY kind) AS s;
SELECT picture_well_formed(p) AS well_formed, picture_tips(p) AS tips, picture_words(p, 'small risk middle') AS at_risk,
    (SELECT count(*) FROM regexp_matches(p, 'class="band c', 'g')) AS bands, p ~ 'stroke-dasharray="8 4"' AS dashes
FROM (SELECT svg_survival(curves, labels, 'By kind') FROM picture_many) AS one (p);
SELECT picture_tips(svg_survival(curves)) AS numbered, picture_tips(svg_survival(curves, ARRAY['x', NULL, repeat('long ', 100)])) AS named FROM picture_many;
-- a long label ends in an ellipsis where it is drawn
SELECT svg_survival(curves, ARRAY['x', 'y', repeat('long ', 100)]) ~ '>(long )+[long]*&#8230; &#183; 2 observed' AS cut FROM picture_many;
-- four curves have no bands, which would hide each other
SELECT (SELECT count(*) FROM regexp_matches(p, 'class="band c', 'g')) AS bands FROM (SELECT svg_survival(curves || curves[1]) FROM picture_many) AS one (p);

-- entered late: at risk only then
SELECT picture_words(svg_survival(survival(d, true, e)), 'small risk middle') AS at_risk, picture_words(svg_survival(survival(d, true, e)), 'small soft middle') AS times
FROM (VALUES (10.0::float8, 0.0::float8), (10, 4), (6, 3), (8, 5.5)) AS s (d, e);

-- nobody, one moment, all open, one instant, long times, great numbers
SELECT picture_well_formed(p) AS well_formed, picture_tips(p) AS tips, picture_words(p, 'small soft middle') AS times, picture_words(p, 'small risk middle') AS at_risk
FROM (VALUES (1, svg_survival('{"unit": "interval", "times": []}'::survival_curve)), (2, (SELECT svg_survival(survival(interval '0', true)))),
    (3, (SELECT svg_survival(survival(interval '3 us', false)))), (4, (SELECT svg_survival(survival(i * interval '100000 days', true)) FROM generate_series(1, 2) AS i)),
    (5, (SELECT svg_survival(survival(x, true)) FROM (VALUES (1.7e308::float8), (1e-320)) AS v (x))), (6, (SELECT svg_survival(survival(x, true)) FROM (VALUES (4e-324::float8)) AS v (x))),
    (7, svg_survival('{"unit": "interval", "times": [[3600000000, 0, 9223372036854775807, 0]]}'::survival_curve)),
    (8, svg_survival('{}'::survival_curve[])), (9, svg_survival('{"unit": "interval", "causes": [], "times": []}'::incidence_curve))) AS v (n, p) ORDER BY n;
-- ten thousand times are drawn as what can be told apart
SELECT length(svg_survival(survival(i * interval '1 second', i % 3 > 0))) < 100000 AS small FROM generate_series(1, 10000) AS i;
-- the same bytes whatever the order and the settings
SELECT svg_survival(survival(days * interval '1 day', true)) AS before FROM picture_spells \gset
SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -10;
SELECT svg_survival(survival(days * interval '1 day', true)) = :'before' AS same FROM (SELECT * FROM picture_spells ORDER BY days DESC) AS s;
RESET IntervalStyle; RESET extra_float_digits;

-- nothing, and what is refused
SELECT svg_survival(NULL::survival_curve) IS NULL AS a, svg_survival(NULL::survival_curve[]) IS NULL AS b, svg_survival(NULL::incidence_curve_float8) IS NULL AS c;
SELECT svg_survival(array_fill(curve, ARRAY[9])) FROM picture_one;
SELECT svg_survival(ARRAY[curve], ARRAY['a', 'b']) FROM picture_one;
SELECT svg_survival(ARRAY[curve, NULL]) FROM picture_one;
SELECT svg_survival(curve, width => 4001) FROM picture_one;
SELECT svg_survival(cumulative_incidence(interval '1 day', i::text)) FROM generate_series(1, 9) AS i;

-- ---------------------------------------------------------------- numbers for pages

SELECT v, replace(markup_count(v), '&#8239;', '_') AS count FROM unnest(ARRAY[0, 7, 1234, 12345, 123456789, -1, -1234, -12345, 9223372036854775807, -9223372036854775808]) AS v;
SELECT v, replace(markup_share(v), '&#160;', ' ') AS share
FROM unnest(ARRAY[0, '-0', 1e-9, 0.00049, 0.0005, 0.1234, 0.9994, 0.99951, 0.9999999999, 1, 1.5, -0.25, 'NaN', 'Infinity', '-Infinity']::float8[]) AS v;
SELECT v, replace(replace(markup_duration(v), '&#160;', ' '), '&#181;', 'u') AS duration
FROM unnest(ARRAY['0', '1 us', '999 us', '1500 us', '999999 us', '1 s', '61 s', '59.9999 s', '59 min 59.9 s', '1 h', '23:59:59', '1 day', '1 day 23:50', '36 hours', '99 days 23:00', '100 days 13:00', '1 month', '-90 s', '178000000 years']::interval[]) AS v;
DROP TABLE picture_spells, picture_one, picture_survival, picture_many;
DROP FUNCTION picture_well_formed, picture_words, picture_tips, picture_curve, picture_plain;
