-- the views of time beside a tracked table, against plain SQL over what was done to it
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET search_path = public, journey;
\pset format unaligned
\pset null (null)
CREATE SCHEMA dv;
SET search_path = dv, public, journey;

CREATE FUNCTION dv_refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(' / ', SQLSTATE || ': ' || SQLERRM, NULLIF(d, ''), NULLIF(h, ''));
END
$$;

-- ------------------------------------------------------------ random deals: loops, skips, wins that are not the end, ties

CREATE TYPE deal_stage AS ENUM ('lead', 'mql', 'sql', 'on_hold', 'won', 'lost');
CREATE TABLE deals (id int, at int, stage deal_stage, value numeric, moved_at timestamptz, PRIMARY KEY (id, at));
SELECT count(*) > 0 AS done FROM track('deals', 'stage', 'new -> *; * -> *; at = moved_at', value_column => 'value');
SELECT setseed(0.29);
CREATE TABLE done (id int, n int, label text, at timestamptz);
DO $$
DECLARE
    happened timestamptz;
    next text;
    place text;
BEGIN
    FOR i IN 1 .. 250 LOOP
        happened := timestamptz '2020-01-15Z' + random() * interval '150 days';
        place := (enum_range(NULL::dv.deal_stage))[1 + floor(random() * 2)::int];
        INSERT INTO dv.done VALUES (i, 0, place, happened);
        INSERT INTO dv.deals VALUES (i, i % 3, place::dv.deal_stage, CASE WHEN i % 11 > 0 THEN (i * 37) % 101 END, happened);
        FOR n IN 1 .. floor(random() * 7)::int LOOP
            next := (enum_range(NULL::dv.deal_stage))[1 + floor(random() * 6)::int];
            CONTINUE WHEN next = place;
            place := next;
            -- some at once: the trigger puts them a microsecond later
            happened := happened + CASE WHEN random() < 0.2 THEN '1 microsecond' ELSE (1 + floor(random() * 30)) * interval '1 day' END;
            INSERT INTO dv.done VALUES (i, n, place, happened);
            UPDATE dv.deals SET stage = place::dv.deal_stage, moved_at = happened WHERE id = i;
        END LOOP;
    END LOOP;
END
$$;
SELECT count(*) AS entries, (SELECT sum(length(journey)) FROM deals) AS kept FROM done;
CREATE VIEW stay AS SELECT id, n, label, at, lead(at) OVER w AS left_at, lead(label) OVER w AS next, row_number() OVER w AS k FROM done WINDOW w AS (PARTITION BY id ORDER BY at);

-- moves
SELECT * FROM deals_moves WHERE id = 3 ORDER BY move;
CREATE VIEW place AS SELECT * FROM (VALUES ('lead', 1), ('mql', 2), ('sql', 3), ('won', 4)) v (label, p);
CREATE VIEW expected_moves AS
SELECT s.id, s.id % 3 AS key_at, s.k AS move, s.label AS from_stage, s.next AS to_stage, s.left_at AS at, s.left_at - s.at AS dwell,
       COALESCE(b.p < a.p, false) AS regress, COALESCE(b.p - a.p > 1, false) AS skip, GREATEST(COALESCE(b.p - a.p - 1, 0), 0) AS skipped
FROM stay s LEFT JOIN place a USING (label) LEFT JOIN place b ON b.label = s.next WHERE s.next IS NOT NULL;
SELECT (SELECT count(*) FROM deals_moves) AS moves, (SELECT count(*) FROM deals_moves WHERE regress) > 50 AS regress, (SELECT count(*) FROM deals_moves WHERE skip) > 50 AS skip,
       (SELECT count(*) FROM ((TABLE deals_moves EXCEPT ALL TABLE expected_moves) UNION ALL (TABLE expected_moves EXCEPT ALL TABLE deals_moves)) d) AS different;
-- and they are what move_counts counts
SELECT count(*) AS different FROM deals d CROSS JOIN LATERAL move_counts(d.journey, stage_order('deal_stage')) c
LEFT JOIN (SELECT id, count(*) AS moves, count(*) FILTER (WHERE skip) AS skips, sum(skipped) AS skipped, count(*) FILTER (WHERE regress) AS regressions FROM deals_moves GROUP BY id) m USING (id)
WHERE (c.moves, c.skips, c.skipped, c.regressions) IS DISTINCT FROM (COALESCE(m.moves, 0), COALESCE(m.skips, 0), COALESCE(m.skipped, 0), COALESCE(m.regressions, 0));

-- velocity
CREATE VIEW entry AS
SELECT e.*, (SELECT min(w.at) FROM done w WHERE w.id = e.id AND w.label = 'won' AND w.at >= e.entered_at) AS won_at,
       (SELECT l.label FROM done l WHERE l.id = e.id ORDER BY l.at DESC LIMIT 1) AS now
FROM (SELECT id, label, min(at) AS entered_at FROM done GROUP BY id, label UNION ALL SELECT id, NULL, min(at) FROM done GROUP BY id) e;
CREATE VIEW expected_velocity AS
SELECT label AS stage, count(*) FILTER (WHERE CASE WHEN label IS NULL THEN won_at IS NULL AND now <> 'lost' ELSE now = label END) AS open_now, count(*) AS entered, count(won_at) AS won,
       count(*) FILTER (WHERE won_at IS NULL AND now = 'lost') AS lost,
       avg(value) FILTER (WHERE won_at IS NOT NULL) AS mean_value, percentile_cont(0.5) WITHIN GROUP (ORDER BY won_at - entered_at) AS median_cycle, avg(won_at - entered_at) AS mean_cycle
FROM entry JOIN deals USING (id) WHERE label IS NULL OR label NOT IN ('won', 'lost') GROUP BY label;
SELECT stage, open_now, entered, won, lost, round(win_rate_closed::numeric, 3) AS of_closed, round(win_rate_all::numeric, 3) AS of_all, round(mean_value::numeric, 2) AS mean_value,
       round(velocity_closed::numeric, 3) AS velocity_closed, round(velocity_all::numeric, 3) AS velocity_all FROM deals_velocity;
SELECT count(*) AS rows, count(*) FILTER (WHERE (v.open_now, v.entered, v.won, v.lost, v.median_cycle, v.mean_cycle) IS DISTINCT FROM (e.open_now, e.entered, e.won, e.lost, e.median_cycle, e.mean_cycle)
           OR abs(v.mean_value - e.mean_value) > 1e-9) AS different,
       count(*) FILTER (WHERE abs(v.velocity_closed - e.open_now * (e.won / (e.won + e.lost)::numeric) * e.mean_value / (extract(epoch FROM e.median_cycle) / 86400)) > 1e-9
           OR abs(v.velocity_all - e.open_now * (e.won / e.entered::numeric) * e.mean_value / (extract(epoch FROM e.median_cycle) / 86400)) > 1e-9) AS other_velocity
FROM deals_velocity v FULL JOIN expected_velocity e ON COALESCE(v.stage, '*') = COALESCE(e.stage, '*');

-- stalled: all that are open are by now, but one that came today
INSERT INTO deals VALUES (1000, 0, 'lead', 1, now() - interval '1 hour');
CREATE VIEW won_stay AS SELECT s.label, s.left_at - s.at AS dwell FROM stay s WHERE s.left_at <= (SELECT min(w.at) FROM done w WHERE w.id = s.id AND w.label = 'won');
CREATE VIEW expected_stalled AS
SELECT s.id, s.id % 3 AS at, s.label AS stage, s.at AS entered_at, now() - s.at AS dwell, w.p75, w.p90, w.n, now() - s.at > w.p90
FROM stay s JOIN (SELECT label, count(*) AS n, percentile_cont(0.75) WITHIN GROUP (ORDER BY dwell) AS p75, percentile_cont(0.9) WITHIN GROUP (ORDER BY dwell) AS p90 FROM won_stay GROUP BY label) w USING (label)
WHERE s.left_at IS NULL AND s.label NOT IN ('won', 'lost') AND now() - s.at > w.p75;
SELECT (SELECT count(*) FROM deals_stalled) > 50 AS stalled, (SELECT count(*) FROM deals_stalled WHERE id = 1000) AS the_new_one,
       (SELECT count(*) FROM ((TABLE deals_stalled EXCEPT ALL TABLE expected_stalled) UNION ALL (TABLE expected_stalled EXCEPT ALL TABLE deals_stalled)) d) AS different;
-- it moves with the clock, and nothing is stored: three days are over p75 of a stage in which the won were quick
CREATE TABLE quick (id int PRIMARY KEY, stage deal_stage, moved_at timestamptz);
SELECT count(*) > 0 AS done FROM track('quick', 'stage', 'new -> *; * -> *; at = moved_at');
INSERT INTO quick SELECT i, 'lead', now() - interval '30 days' FROM generate_series(1, 20) i;
UPDATE quick SET stage = 'won', moved_at = now() - interval '30 days' + id * interval '1 day' WHERE id <= 10;
UPDATE quick SET stage = 'mql', moved_at = now() - interval '30 days' + (id - 10) * interval '3 days' WHERE id > 10;
INSERT INTO quick SELECT i, 'lead', now() - (i - 20) * interval '2 days' FROM generate_series(21, 28) i;
SELECT id, stage, date_trunc('minute', dwell) AS dwell, date_trunc('minute', p75) AS p75, date_trunc('minute', p90) AS p90, won_stays, over_p90 FROM quick_stalled ORDER BY id;

-- cohorts: the first time a row was in the step or a later one, by month, and the next step after it
CREATE VIEW expected_cohorts AS
WITH far AS (SELECT d.id, d.at, p.p FROM done d JOIN (SELECT label, p FROM place WHERE p < 4 UNION ALL SELECT 'won', 4) p USING (label)),
     step AS (SELECT id, s AS step, min(at) FILTER (WHERE p >= s) AS entered_at, min(at) FILTER (WHERE p > s) AS converted_at FROM far, generate_series(1, 3) s GROUP BY id, s)
SELECT date_trunc('month', entered_at)::date AS month, step, count(*) AS entered, count(converted_at) AS converted,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY converted_at - entered_at) AS median_time
FROM step WHERE entered_at IS NOT NULL GROUP BY 1, 2;
SELECT month, step, from_stage, to_stage, entered, converted, round(rate::numeric, 3) AS rate, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high, age > interval '5 years' AS old FROM deals_cohorts WHERE month < '2020-03-01';
SELECT count(*) > 15 AS cohorts, count(*) FILTER (WHERE (c.entered, c.converted, c.median_time) IS DISTINCT FROM (e.entered, e.converted, e.median_time)) AS different,
       count(*) FILTER (WHERE abs(c.rate - c.converted / c.entered::float8) > 1e-12 OR NOT c.rate BETWEEN c.low AND c.high) AS odd
FROM (SELECT * FROM deals_cohorts WHERE month < '2021-06-01') c FULL JOIN (SELECT * FROM expected_cohorts WHERE month < '2021-06-01') e USING (month, step);
-- the same in any time zone of the session
CREATE TABLE here AS TABLE deals_cohorts;
SET TIME ZONE 'Pacific/Kiritimati';
SELECT count(*) AS different FROM (SELECT month, step, entered, converted FROM deals_cohorts EXCEPT ALL SELECT month, step, entered, converted FROM here) d;
SET TIME ZONE 'UTC';

-- ------------------------------------------------------------ a wide view of dates

SELECT s FROM stage_dates_view('deals', dry_run => true) s WHERE s ~ '^CREATE';
SELECT to_regclass('deals_stage_dates') AS nothing_yet;
SELECT count(*) AS statements FROM stage_dates_view('deals') s;
SELECT count(*) AS rows, count(*) FILTER (WHERE (v.stage, v.entered_lead, v.entered_mql, v.entered_sql, v.entered_on_hold, v.entered_won, v.entered_lost) IS DISTINCT FROM
       (d.stage, e.a[1], e.a[2], e.a[3], e.a[4], e.a[5], e.a[6])) AS different
FROM deals_stage_dates v JOIN deals d ON d.id = v.id AND d.at = v.at,
    LATERAL (SELECT array_agg((SELECT min(o.at) FROM done o WHERE o.id = d.id AND o.label = l.label) ORDER BY l.n) AS a FROM unnest(enum_range(NULL::deal_stage)::text[]) WITH ORDINALITY l (label, n)) e
WHERE d.id < 1000;
SELECT count(*) > 0 AS last FROM stage_dates_view('deals', which => 'last', view_name => 'Last "dates"') s;
SELECT count(*) AS different FROM "Last ""dates""" v JOIN deals d USING (id, at) WHERE v.entered_mql IS DISTINCT FROM last_at(d.journey, 'mql');
-- again, and with one stage more at the end, and in the middle: the second needs a new view
SELECT left(s, 45) FROM stage_dates_view('deals') s WHERE s !~ '^COMMENT';
ALTER TYPE deal_stage ADD VALUE 'archived' AFTER 'lost';
SELECT left(s, 45) FROM stage_dates_view('deals') s WHERE s !~ '^COMMENT';
ALTER TYPE deal_stage ADD VALUE 'pql' AFTER 'mql';
SELECT left(s, 45) FROM stage_dates_view('deals') s WHERE s !~ '^COMMENT';
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'deals_stage_dates'::regclass;
SELECT s, dv_refused(s) FROM (VALUES (1, $$SELECT journey.stage_dates_view('dv.deals', which => 'second')$$), (2, $$SELECT journey.stage_dates_view('dv.deals', which => NULL)$$), (3, $$SELECT journey.stage_dates_view('dv.done')$$),
    (4, $$SELECT journey.stage_dates_view('dv.deals', 'value')$$), (5, $$SELECT journey.stage_dates_view('dv.deals', view_name => 'done')$$), (6, $$SELECT journey.stage_dates_view('dv.deals', view_name => '')$$),
    (7, $$SELECT journey.stage_dates_view('dv.deals', view_name => repeat('x', 64))$$), (8, $$SELECT journey.stage_dates_view(NULL)$$)) v (n, s) ORDER BY n;

-- ------------------------------------------------------------ what they are made of

SELECT views FROM tracked() WHERE rel = 'deals'::regclass;
SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
WHERE c.oid = ANY (SELECT unnest(views) FROM tracked()) AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, attnum) IS NULL OR reloptions::text <> '{security_invoker=true}');
SELECT a.attname, col_description(attrelid, attnum) FROM pg_attribute a WHERE attrelid = 'deals_velocity'::regclass AND attnum > 0 ORDER BY attnum;
-- values of one: wins a day; the same columns, so a view on top stays
CREATE VIEW on_top AS SELECT stage, velocity_closed FROM deals_velocity;
SELECT count(*) > 0 AS done FROM track('deals', 'stage', 'new -> *; * -> *; at = moved_at');
SELECT stage, mean_value, round((velocity_closed * extract(epoch FROM median_cycle) / 86400)::numeric, 6) = round((open_now * win_rate_closed)::numeric, 6) AS wins FROM deals_velocity WHERE entered > 0;
DROP VIEW on_top;
-- other ends
SELECT count(*) > 0 AS done FROM track('deals', 'stage', 'new -> *; * -> *; at = moved_at', won => '{sql,won}', lost => '{on_hold,lost}');
SELECT v.stage, v.won = (SELECT count(*) FROM (SELECT id, min(at) AS entered_at FROM done d WHERE d.label = v.stage GROUP BY id) e WHERE EXISTS (SELECT FROM done w WHERE w.id = e.id AND w.label IN ('sql', 'won') AND w.at >= e.entered_at)) AS won
FROM deals_velocity v WHERE v.stage IN ('lead', 'mql');
SELECT stage FROM deals_velocity;
-- a key that is another makes other columns
ALTER TABLE deals DROP CONSTRAINT deals_pkey;
SELECT left(s, 40) FROM track('deals', 'stage', 'new -> *; * -> *; at = moved_at') s WHERE s !~ '^COMMENT';
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'deals_moves'::regclass;
SELECT s FROM untrack('deals') s;
SELECT to_regclass('deals_moves') AS moves, to_regclass('deals_stage_dates') AS dates;
SELECT s, dv_refused(s) FROM (VALUES (1, $$SELECT journey.track('dv.deals', 'stage', 'new -> *', won => '{sold}')$$), (2, $$SELECT journey.track('dv.deals', 'stage', 'new -> *', lost => '{won,NULL}')$$),
    (3, $$SELECT journey.track('dv.deals', 'stage', 'new -> *', won => '{won,lost}', lost => '{lost}')$$), (4, $$SELECT journey.track('dv.deals', 'stage', 'new -> *', value_column => 'no such')$$),
    (5, $$SELECT journey.track('dv.deals', 'stage', 'new -> *', value_column => 'moved_at')$$)) v (n, s) ORDER BY n;
CREATE TABLE deals_moves ();
SELECT dv_refused($$SELECT journey.track('dv.deals', 'stage', 'new -> *')$$);
DROP TABLE deals_moves;
-- without a stage that is won; with nothing in it
SET client_min_messages = notice;
CREATE TYPE dull AS ENUM ('a', 'b');
CREATE TABLE dull_ones (id int PRIMARY KEY, stage dull);
SELECT regexp_replace(s, '\n.*', '') FROM track('dull_ones', 'stage', 'new -> a -> b') s WHERE s ~ '^CREATE';
SET client_min_messages = warning;
CREATE TABLE empty_ones (id int PRIMARY KEY, stage deal_stage, price money);
SELECT count(*) > 0 AS done FROM track('empty_ones', 'stage', 'new -> *', value_column => 'price');
SELECT (SELECT count(*) FROM empty_ones_moves) AS moves, (SELECT count(*) FROM empty_ones_cohorts) AS cohorts, (SELECT count(*) FROM empty_ones_stalled) AS stalled;
INSERT INTO empty_ones VALUES (1, NULL), (2, 'lead');
SELECT * FROM empty_ones_velocity WHERE entered > 0 OR stage = 'mql';

-- ------------------------------------------------------------ hostile names

CREATE TYPE "E""n'u %I" AS ENUM ('Le''ad "1"; DROP TABLE x; --', '%s %I $1', 'stage', 'چند', 'won');
CREATE TABLE "T""a %s'" ("key_at" int, at int, dwell int, "K""'%" text, stage text, "St" "E""n'u %I", "va""l'%I" float8, PRIMARY KEY (key_at, at, dwell, "K""'%", stage));
SELECT count(*) > 0 AS done FROM track('"T""a %s''"', 'St', 'new -> *; * -> *', journey_column => 'j"''%I', value_column => 'va"l''%I');
INSERT INTO "T""a %s'" VALUES (1, 2, 3, 'k', 's', '%s %I $1', 5);
UPDATE "T""a %s'" SET "St" = 'won';
UPDATE "T""a %s'" SET "St" = 'چند';
SELECT key_at, key_key_at, key_dwell, "K""'%", stage, from_stage, to_stage, regress, skip, skipped FROM "T""a %s'_moves" ORDER BY move;
SELECT stage, open_now, entered, won, mean_value FROM "T""a %s'_velocity";
SELECT key_stage, stage, won_stays FROM "T""a %s'_stalled";
SELECT count(*) AS cohorts FROM "T""a %s'_cohorts";
SELECT count(*) > 0 AS done FROM stage_dates_view('"T""a %s''"');
SELECT string_agg(quote_ident(attname), ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '"T""a %s''_stage_dates"'::regclass;
SELECT v."entered_%s %I $1" = started_at(t."j""'%I") AS began, v."entered_چند" = updated_at(t."j""'%I") AS ended, v."entered_Le'ad ""1""; DROP TABLE x; --", v.stage, v.key_stage FROM "T""a %s'_stage_dates" v, "T""a %s'" t;
-- labels at the limit
SELECT create_stages('dv.long_labels', ARRAY[repeat('x', 62) || 'a', repeat('x', 62) || 'b', repeat('é', 31)]);
CREATE TABLE long_ones (id int PRIMARY KEY, stage long_labels);
SELECT count(*) > 0 AS done FROM track('long_ones', 'stage', 'new -> *', views => false);
SELECT count(*) > 0 AS done FROM stage_dates_view('long_ones');
SELECT attname, octet_length(attname) FROM pg_attribute WHERE attrelid = 'long_ones_stage_dates'::regclass ORDER BY attnum;
SELECT count(*) > 5 AS dropped FROM untrack('"T""a %s''"', true);

-- ------------------------------------------------------------ row level security holds in them

CREATE ROLE dv_reader;
CREATE TABLE secret (id int PRIMARY KEY, owner name, stage deal_stage);
SELECT count(*) > 0 AS done FROM track('secret', 'stage', 'new -> *; * -> *');
INSERT INTO secret VALUES (1, 'dv_reader', 'lead'), (2, 'x', 'lead');
UPDATE secret SET stage = 'won';
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secret TO dv_reader USING (owner = current_user);
GRANT USAGE ON SCHEMA dv TO dv_reader;
GRANT SELECT ON secret, secret_moves, secret_velocity, secret_stalled, secret_cohorts TO dv_reader;
SET ROLE dv_reader;
SELECT id, from_stage, to_stage FROM secret_moves;
SELECT stage, entered, won FROM secret_velocity WHERE entered > 0;
SELECT sum(entered) AS entered FROM secret_cohorts WHERE step = 1;
RESET ROLE;

DROP SCHEMA dv CASCADE;
DROP ROLE dv_reader;
