-- pictures: a page about a tracked table
SET search_path = public, journey;
SET client_min_messages = warning;
\set SHOW_CONTEXT never

CREATE FUNCTION picture_well_formed(picture text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN xmlparse(DOCUMENT picture) IS DOCUMENT;
EXCEPTION WHEN feature_not_supported THEN
    RETURN true;
END $$;
CREATE FUNCTION picture_plain(words text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(replace(replace(words, '&#160;', ' '), '&#8211;', '-'), '&#8239;', '_'), '&#8594;', '>') $$;
-- the rows of a table of the page, each as its cells
CREATE FUNCTION picture_rows(page text, caption text) RETURNS TABLE (cells text[]) LANGUAGE sql AS $$
    SELECT (SELECT array_agg(picture_plain(c[1]) ORDER BY i) FROM regexp_matches(m[1], '<t[hd][^>]*?>(.*?)</t[hd]>', 'g') WITH ORDINALITY AS v (c, i))
    FROM (SELECT split_part(substr(page, strpos(page, '<caption>' || caption)), '</table>', 1) AS t) AS one,
        regexp_matches(split_part(t, '<tbody>', 2), '<tr>([^\n]*)</tr>', 'g') WITH ORDINALITY AS u (m, n)
    ORDER BY n $$;

-- in one transaction, so that now() stands still
BEGIN;
CREATE TYPE picture_stage AS ENUM ('lead', 'mql', 'won', 'lost');
CREATE TABLE picture_leads (id int PRIMARY KEY, stage picture_stage, worth numeric, moved timestamptz);
SELECT count(*) > 0 AS tracked FROM track('picture_leads', 'stage', 'new -> *; forward; * -> lost; at = moved', value_column => 'worth');
-- 1200 leads 20 days ago; of the first 400 one half becomes mql after 2 days, and of these 50 are won after 5 days more, 10 lost after 10
INSERT INTO picture_leads SELECT i, 'lead', i, now() - interval '20 days' FROM generate_series(1, 1200) AS i;
UPDATE picture_leads SET stage = 'mql', moved = now() - interval '18 days' WHERE id <= 400 AND id % 2 = 0;
UPDATE picture_leads SET stage = 'won', moved = now() - interval '13 days' WHERE id <= 100 AND id % 2 = 0;
UPDATE picture_leads SET stage = 'lost', moved = now() - interval '8 days' WHERE id > 100 AND id <= 120 AND id % 2 = 0;
INSERT INTO picture_leads VALUES (20000, NULL, 1, now());
CREATE TABLE picture_pages AS SELECT report('picture_leads') AS page;
SELECT picture_well_formed(page) AS well_formed, page ~ '^<!DOCTYPE html>\n<html lang="en">' AS begins, page ~ '<meta charset="utf-8"' AS charset,
    page ~* '<script|<link|<img|url\(|@import|javascript:|http://(?!www.w3.org/2000/svg)|https://' AS anything_else, page ~ 'prefers-color-scheme:dark' AS dark, page ~ '@media print' AS print,
    (SELECT count(*) FROM regexp_matches(page, '<h1>', 'g')) AS h1, (SELECT count(*) FROM regexp_matches(page, '<table>', 'g')) - (SELECT count(*) FROM regexp_matches(page, '<table>\n<caption>[^<]', 'g')) AS without_caption,
    (SELECT count(*) FROM regexp_matches(page, '<th(?! scope)[ >]', 'g')) AS without_scope, (SELECT count(*) FROM regexp_matches(page, '<svg ', 'g')) AS pictures
FROM picture_pages;
SELECT picture_plain(m[1]) AS heading FROM picture_pages, regexp_matches(page, '<h[12][^>]*>([^<]*)</h[12]>', 'g') AS m;
-- no name is given twice, and the links of the contents lead somewhere
SELECT (SELECT count(*) - count(DISTINCT m[1]) FROM regexp_matches(page, ' id="([^"]*)"', 'g') AS m) AS twice,
    (SELECT count(*) FROM regexp_matches(page, 'href="#([^"]*)"', 'g') AS m WHERE page !~ (' id="' || m[1] || '"')) AS nowhere FROM picture_pages;
-- says when, over how many rows, and who has read them
SELECT picture_plain(page) ~ ('Made ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC from column stage of public.picture_leads in database ' || current_database()
    || ', over the 1201 rows that ' || current_user || ' may read, 1200 of them with a journey') AS made FROM picture_pages;
SELECT array_agg(picture_plain(m[1]) || ' ' || m[2] ORDER BY n) AS tiles FROM picture_pages, regexp_matches(page, '<div class="value">([^<]*)</div><div class="soft">([^<]*)<', 'g') WITH ORDINALITY AS u (m, n);
-- the stages: now, ever, times entered, times left, median stay ended and so far
SELECT cells FROM picture_pages, picture_rows(page, 'Rows by stage');
SELECT stage, count(*) FROM picture_leads GROUP BY stage ORDER BY stage;
SELECT cells FROM picture_pages, picture_rows(page, 'The funnel in numbers');
SELECT cells FROM picture_pages, picture_rows(page, 'The most frequent moves');
-- 50 of 1200 within 7 days, and 10 lost after 12: by hand, since nobody is lost to sight before day 20
SELECT cells FROM picture_pages, picture_rows(page, 'Share that has ended by an age');
SELECT cells FROM picture_pages, picture_rows(page, 'How fast what is open is won');
SELECT cells[1] IS NOT NULL AS id, cells[2], cells[4], cells[5], cells[6], count(*) FROM picture_pages, picture_rows(page, 'Rows that stay longer') GROUP BY 1, 2, 3, 4, 5;
SELECT count(*), page ~ 'The first 50 of 1140 rows' AS so_many FROM picture_pages, picture_rows(page, 'Rows that stay longer') GROUP BY page;
SELECT (SELECT count(*) FROM picture_leads_stalled) AS stalled;
SELECT sum(cells[5]::int) FILTER (WHERE cells[2] = '2') AS entered, sum(cells[6]::int) FILTER (WHERE cells[2] = '2') AS converted FROM picture_pages, picture_rows(page, 'Conversion by the month');
-- the pictures are those of the functions
SELECT strpos(page, svg(f, NULL, 900)) > 0 AS funnel, strpos(page, svg_sankey(p, 6, NULL, 900)) > 0 AS paths
FROM picture_pages, (SELECT funnel(journey, '{lead,mql,won}', NULL, 'implied') AS f, path_counts(route(journey), 5) AS p FROM picture_leads) AS l;
-- other steps, other ends, another title; without the views there are no sections of them
SELECT array_agg(cells[1] || ' ' || cells[2]) AS steps FROM picture_rows(report('picture_leads', steps => '{lead,won}', funnel_options => ''), 'The funnel in numbers');
SELECT p ~ '<h1>Mine</h1>' AS title, p ~ '<title>Mine</title>' AS name, (SELECT array_agg(cells) FROM picture_rows(p, 'Share that has ended by an age')) AS mql
FROM (SELECT report('picture_leads', title => 'Mine', won => '{mql}', lost => '{}')) AS one (p);
SELECT count(*) > 0 AS untracked FROM untrack('picture_leads', stage_column => 'stage');
SELECT count(*) > 0 AS tracked FROM track('picture_leads', 'stage', 'new -> *; forward; * -> lost; at = moved', views => false);
SELECT array_agg(m[1]) AS headings, (SELECT count(*) FROM picture_rows(p, 'Rows by stage')) AS stages FROM (SELECT report('picture_leads')) AS one (p), regexp_matches(p, '<h2[^>]*>([^<]*)</h2>', 'g') AS m GROUP BY p;
COMMIT;

-- names and labels that try to be something else
CREATE TYPE "picture ""type"" <&>" AS ENUM ('<script>alert(1)</script>', 'O''Brien "&" <b>', '$exit', 'سرنخ', 'lost');
CREATE TABLE "picture ""t"" <x> & 'y'; DROP TABLE picture_pages" ("id ""<i>" int, "sta""ge <b>" "picture ""type"" <&>", PRIMARY KEY ("id ""<i>"));
SELECT count(*) > 0 AS tracked FROM track('"picture ""t"" <x> & ''y''; DROP TABLE picture_pages"', 'sta"ge <b>', 'new -> *; * -> *', journey_column => 'jour"ney %I <j>', won => ARRAY['سرنخ']);
INSERT INTO "picture ""t"" <x> & 'y'; DROP TABLE picture_pages" VALUES (1, '<script>alert(1)</script>'), (2, '$exit'), (3, 'O''Brien "&" <b>');
UPDATE "picture ""t"" <x> & 'y'; DROP TABLE picture_pages" SET "sta""ge <b>" = 'سرنخ' WHERE "id ""<i>" = 1;
UPDATE "picture ""t"" <x> & 'y'; DROP TABLE picture_pages" SET "sta""ge <b>" = 'lost' WHERE "id ""<i>" = 2;
SELECT picture_well_formed(p) AS well_formed, p ~* '<(script|b|i|x|j)[ />]' AS markup, p ~ '<h1>Journeys of public.&quot;picture &quot;&quot;t&quot;&quot; &lt;x&gt; &amp; &#39;y&#39;; DROP TABLE picture_pages&quot;</h1>' AS named
FROM (SELECT report('"picture ""t"" <x> & ''y''; DROP TABLE picture_pages"', won => ARRAY['سرنخ'])) AS one (p);
SELECT cells[1:3] FROM picture_rows(report('"picture ""t"" <x> & ''y''; DROP TABLE picture_pages"', title => '</title><script>alert(2)</script>', won => ARRAY['سرنخ']), 'Rows by stage');

-- two stage columns: which one must be said
CREATE TABLE picture_two (id int PRIMARY KEY, a picture_stage, b picture_stage);
SELECT count(*) > 0 AS tracked FROM track('picture_two', 'a', 'new -> *; forward', journey_column => 'ja', prefix => 'picture_two_a');
SELECT count(*) > 0 AS tracked FROM track('picture_two', 'b', 'new -> *; forward', journey_column => 'jb', prefix => 'picture_two_b');
INSERT INTO picture_two VALUES (1, 'lead', 'won');
SELECT report('picture_two');
SELECT (SELECT array_agg(cells[1:2]) FROM picture_rows(report('picture_two', 'b'), 'Rows by stage')) AS b, picture_well_formed(report('picture_two', 'a')) AS a;

-- it reads what its caller may read
CREATE ROLE regress_picture_reader;
CREATE TABLE picture_shared (id int PRIMARY KEY, owner name, stage picture_stage);
SELECT count(*) > 0 AS tracked FROM track('picture_shared', 'stage', 'new -> *; forward');
INSERT INTO picture_shared SELECT i, CASE WHEN i <= 2 THEN 'regress_picture_reader' ELSE 'somebody' END, 'lead' FROM generate_series(1, 5) AS i;
SET ROLE regress_picture_reader;
SELECT report('picture_shared');
RESET ROLE;
ALTER TABLE picture_shared ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON picture_shared USING (owner = current_user);
GRANT SELECT ON picture_shared TO regress_picture_reader;
SET ROLE regress_picture_reader;
SELECT p ~ 'over the 2 rows that regress_picture_reader may read, 2 of them with a journey' AS two, (SELECT cells[1:2] FROM picture_rows(p, 'Rows by stage') LIMIT 1) AS leads,
    p ~ '<p>regress_picture_reader may not read public.picture_shared_velocity.</p>' AS no_view
FROM (SELECT report('picture_shared')) AS one (p);
RESET ROLE;
GRANT SELECT ON picture_shared_velocity TO regress_picture_reader;
SET ROLE regress_picture_reader;
SELECT cells[1:3] FROM picture_rows(report('picture_shared'), 'How fast');
RESET ROLE;

-- a view that another role has put beside them is not run by those who make a report
GRANT CREATE ON SCHEMA public TO regress_picture_reader;
SET ROLE regress_picture_reader;
CREATE FUNCTION picture_trap() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''this ran as another role''; END';
CREATE VIEW picture_trap_cohorts AS SELECT picture_trap() AS month, 1 AS step, journey FROM picture_shared;
COMMENT ON VIEW picture_trap_cohorts IS 'journey: mine';
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM regress_picture_reader;
SELECT view FROM report_views('picture_shared', 'journey') ORDER BY n;
SELECT length(report('picture_shared')) > 1000 AS made;
DROP VIEW picture_trap_cohorts;
DROP FUNCTION picture_trap;
-- nobody, no steps, no ends; what is refused
CREATE TYPE picture_other AS ENUM ('lost', 'returned');
CREATE TABLE picture_empty (id int PRIMARY KEY, stage picture_other);
SELECT count(*) > 0 AS tracked FROM track('picture_empty', 'stage', 'new -> *; forward');
SELECT picture_well_formed(p) AS well_formed, array_agg(m[1]) AS said FROM (SELECT report('picture_empty', lost => '{}')) AS one (p), regexp_matches(p, '<p>([^<]*)</p>', 'g') AS m GROUP BY p;
SELECT report('pg_class');
SELECT report('picture_leads', 'worth');
SELECT report('picture_leads', steps => '{lead,nowhere}');
SELECT report('picture_leads', steps => '{lead,NULL}');
SELECT report('picture_leads', won => '{won}', lost => '{won}');
SELECT report('picture_leads', funnel_options => 'sideways');
SELECT report(NULL);

-- ---------------------------------------------------------------- html_table

CREATE VIEW picture_values AS
SELECT * FROM (VALUES (1, 1234567, 0.5::float8, 2.345, interval '36 hours', timestamptz '2026-01-02 03:04:05.678+00', true, 'a & <b>', 0.25::numeric),
                      (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, -5, 'NaN', -1e20, interval '-1 day', 'infinity', false, '', 1)) AS v (id, n, win_rate, mean, took, at, done, words, low);
COMMENT ON COLUMN picture_values.words IS 'what <they> said';
SELECT picture_plain(html_table('picture_values', 'Some & more', 'v.id DESC'));
SELECT array_agg(cells[1]) AS ids, count(*) FROM picture_rows(html_table('picture_values', 'A', 'v.id DESC', 2), 'A');
SELECT html_table('picture_values', 'A', NULL, 2) ~ 'The first 2 of 3 rows\.' AS cut, html_table('picture_empty') ~ '<td colspan="3" class="soft">No rows.</td>' AS empty, html_table(NULL) IS NULL AS nothing;
SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German';
SELECT html_table('picture_values') ~ '2026-01-02 03:04:05 UTC' AS utc;
RESET TimeZone; RESET DateStyle;
SELECT html_table('picture_values', max_rows => 0);
CREATE TABLE picture_nothing ();
SELECT html_table('picture_nothing');

DROP TABLE picture_nothing, picture_leads, picture_pages, "picture ""t"" <x> & 'y'; DROP TABLE picture_pages", picture_two, picture_shared, picture_empty CASCADE;
DROP VIEW picture_values;
DROP TYPE picture_stage, picture_other, "picture ""type"" <&>";
DROP ROLE regress_picture_reader;
DROP FUNCTION picture_well_formed, picture_plain, picture_rows;
