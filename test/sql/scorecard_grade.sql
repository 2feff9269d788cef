-- grades, BANT and skill, high-probability indicators, accounts
SET search_path = public, journey;
SET TIME ZONE 'UTC';
\pset null '-'

-- ---------------------------------------------------------------- grades
-- every grade, best first, and what it is made of
CREATE TABLE gr_all AS
SELECT grade(f, i) AS g, f, i, n FROM unnest('{A+,A,A-,B+,B,B-,C+,C,C-,D+,D,D-,F}'::text[]) WITH ORDINALITY u(f, n), generate_series(1, 4) i;
SELECT string_agg(g::text, ' ' ORDER BY g DESC) FROM gr_all;
SELECT count(*) AS grades, count(DISTINCT g) AS different, bool_and(fit(g) = f AND interest(g) = i AND g::text = f || i AND g::text::grade = g) AS same FROM gr_all;
SELECT bool_and((a.g < b.g) = ((a.n, a.i) > (b.n, b.i)) AND (a.g = b.g) = ((a.n, a.i) = (b.n, b.i)) AND (a.g <= b.g) = (a.g < b.g OR a.g = b.g)
    AND (a.g > b.g) = (b.g < a.g) AND (a.g >= b.g) = (b.g <= a.g) AND (a.g <> b.g) = NOT (a.g = b.g) AND (grade_hash(a.g) = grade_hash(b.g)) = (a.g = b.g)
    AND grade_met(a.g, b.g) = (a.n <= b.n AND a.i <= b.i)) AS right, count(*) AS pairs
FROM gr_all a, gr_all b;
SELECT max(g), min(g), max(g) FILTER (WHERE i > 2 AND n > 3) AS best_of_some, max(g) FILTER (WHERE n > 99) AS none FROM gr_all;
CREATE INDEX gr_index ON gr_all (g);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT g FROM gr_all ORDER BY g DESC LIMIT 3;
SELECT g FROM gr_all ORDER BY g DESC LIMIT 3;
SELECT count(*) FROM gr_all WHERE g >= 'B2';
RESET enable_seqscan;
SELECT count(*) FROM gr_all a JOIN gr_all b USING (g);
-- other orders: interest first, a mix, a list of one's own
SELECT string_agg(g::text, ' ' ORDER BY priority(g, 0.01, 1) DESC) FROM gr_all WHERE f IN ('A', 'B', 'C', 'D');
SELECT string_agg(g::text || ' ' || round(priority(g)::numeric, 3), ', ' ORDER BY priority(g) DESC, g DESC) FROM gr_all WHERE f IN ('A', 'C', 'F', 'A+');
SELECT string_agg(g::text, ' ' ORDER BY array_position('{A1,B1,A2,C1}'::grade[], g), g DESC) FROM gr_all WHERE f IN ('A', 'B', 'C') AND i < 3;
SELECT priority('A1', NULL, 1) IS NULL AS unknown;
\set VERBOSITY sqlstate
SELECT priority('A1', -1, 2);
SELECT priority('A1', 0, 0);
SELECT priority('A1', 'NaN', 1);
SELECT priority('A1', 'Infinity', 1);
SELECT priority('A1', 1e308, 1e308);
SELECT grade('E', 1);
SELECT grade('a', 1);
SELECT grade('A', 0);
SELECT grade('A', 5);
SELECT ''::grade;
SELECT 'A'::grade;
SELECT '1'::grade;
SELECT 'A5'::grade;
SELECT 'A0'::grade;
SELECT 'A11'::grade;
SELECT 'F+1'::grade;
SELECT ' A1'::grade;
SELECT 'E1'::grade;
\set VERBOSITY default
SELECT 'E1'::grade;
SELECT grade('E', 1);
SELECT grade('A', 5);

-- by the cuts of a model: at a cut and right below it
CREATE FUNCTION gr_grade(fit float8, interest float8, model jsonb) RETURNS grade LANGUAGE sql IMMUTABLE AS $$
    SELECT journey.grade(journey.lead_score(jsonb_set(jsonb_set(model, '{signals,f,points}', to_jsonb(fit)), '{signals,i,points}', to_jsonb(interest)), s, '2026-01-01'), '2026-01-01')
    FROM unnest('{f,i}'::text[]) s
$$;
SELECT f AS fit, string_agg(gr_grade(f, i, '{"signals": {"f": {"category": "fit"}, "i": {}}, "grade": {"fit": [75, 50, 25], "interest": [30, 20, 10.5]}}')::text, ' ' ORDER BY i DESC) AS grades
FROM unnest('{1000,75,74.999,50,49,25,24,0,-5}'::float8[]) f, unnest('{30,29.9,20,19,10.5,10.4,-1}'::float8[]) i GROUP BY f ORDER BY f DESC;
-- by thirds of a letter, from D; from B with 2 points a third
SELECT f AS points, fit(gr_grade(f, 0, '{"signals": {"f": {"category": "fit"}, "i": {}}, "grade": {"fit": {"third": 1}, "interest": [3, 2, 1]}}')) AS from_d,
    fit(gr_grade(f, 0, '{"signals": {"f": {"category": "fit"}, "i": {}}, "grade": {"fit": {"third": 2, "start": "B"}, "interest": [3, 2, 1]}}')) AS from_b
FROM unnest('{-1e12,-3,-2,-1,-0.5,0,0.9,1,2,3,8,9,10,11,1e12}'::float8[]) f ORDER BY f;
-- a grade sinks with time, as interest decays
SELECT string_agg(d || ' ' || grade(card, '2026-01-01'::timestamptz + d * interval '1 day'), ', ' ORDER BY d)
FROM (SELECT lead_score('{"signals": {"size": {"points": 60, "category": "fit"}, "demo": {"points": 40, "half_life": "14 days"}}, "grade": {"fit": [75, 50, 25], "interest": [40, 20, 10]}}', s, '2026-01-01')
    FROM unnest('{size,demo}'::text[]) s) l(card), unnest('{0,1,14,15,28,29}'::int[]) d;
-- cuts that leave a cell empty
SELECT gr_grade(0, i, '{"signals": {"f": {"category": "fit"}, "i": {}}, "grade": {"fit": [0, 0, 0], "interest": [5, 5, 1]}}') FROM unnest('{5,4.9,1,0}'::float8[]) i;

-- ---------------------------------------------------------------- BANT and skill
-- all 243 of them
CREATE TABLE bt_all AS
SELECT bant(b, a, n, t, s) AS v, b, a, n, t, s, ARRAY[b, a, n, t, s] AS flags
FROM unnest('{true,false,NULL}'::boolean[]) b, unnest('{true,false,NULL}'::boolean[]) a, unnest('{true,false,NULL}'::boolean[]) n,
    unnest('{true,false,NULL}'::boolean[]) t, unnest('{true,false,NULL}'::boolean[]) s;
SELECT count(*) AS all, count(DISTINCT v) AS different, count(*) FILTER (WHERE v::text::bant <> v) AS wrong_text,
    count(*) FILTER (WHERE (bant_flag(v, 'budget'), bant_flag(v, 'authority'), bant_flag(v, 'need'), bant_flag(v, 'time'), bant_flag(v, 'skill'), bant_flag(v, 'timeline')) IS DISTINCT FROM (b, a, n, t, s, t)) AS wrong_flags,
    count(*) FILTER (WHERE (bant_yes(v), bant_no(v), bant_unknown(v)) IS DISTINCT FROM (SELECT (count(*) FILTER (WHERE f)::int, count(*) FILTER (WHERE NOT f)::int, count(*) FILTER (WHERE f IS NULL)::int) FROM unnest(flags) f)) AS wrong_counts
FROM bt_all;
-- is it met: true or false only if that holds for whatever the unknown flags turn out to be
SELECT count(*) AS questions, count(*) FILTER (WHERE answer IS DISTINCT FROM truth) AS wrong, count(*) FILTER (WHERE truth) AS met, count(*) FILTER (WHERE truth IS NULL) AS open
FROM (
    SELECT bant_met(q.v, wanted, req) AS answer, (SELECT CASE WHEN bool_and(ok) THEN true WHEN NOT bool_or(ok) THEN false END
        FROM (SELECT bant_yes(w.v) >= wanted AND (NOT 'authority' = ANY (req) OR w.a) AND (NOT 'need' = ANY (req) OR w.n) AS ok FROM bt_all w
            WHERE bant_unknown(w.v) = 0 AND (q.v || w.v) = w.v AND (w.v || q.v) = w.v) possible) AS truth
    FROM (SELECT * FROM bt_all WHERE md5(v::text) < '6') q, generate_series(0, 5) l(wanted), (VALUES ('{}'::text[]), ('{authority}'), ('{need,authority}')) r(req)
) s;
SELECT v, bant_met(v, 3, not_no => '{authority}') AS no_no, bant_met(v, 3, '{authority}') AS needed, bant_met(v, 3, '{need}', '{authority,skill}') AS both
FROM unnest(ARRAY['budget=yes,need=yes,time=yes', 'budget=yes,need=yes,time=yes,authority=no', 'budget=yes,need=yes,time=yes,authority=yes', 'budget=no,need=no,time=no', '']::bant[]) v;
SELECT bool_and((a.v < b.v) = (b.v > a.v) AND (a.v <= b.v) = NOT (a.v > b.v) AND (a.v >= b.v) = NOT (a.v < b.v) AND (a.v = b.v) = (a.v >= b.v AND a.v <= b.v) AND (a.v <> b.v) = NOT (a.v = b.v)
    AND (bant_yes(a.v) <= bant_yes(b.v) OR a.v > b.v) AND (a.v = b.v) = (bant_hash(a.v) = bant_hash(b.v))) AS an_order, count(*) AS pairs
FROM bt_all a, bt_all b;
SELECT v FROM bt_all ORDER BY v DESC LIMIT 4;
SELECT v FROM bt_all ORDER BY v LIMIT 2;
SELECT bant() AS nothing, bant(true, skill => false) AS some, bant(true) || 'budget=no,need=yes' AS later, ' skill = no , time=yes'::bant;
SELECT bant_met(NULL, 3) IS NULL AND bant_met('', NULL) IS NULL AND bant_flag(NULL, 'need') IS NULL AND (NULL::bant || bant()) IS NULL AS unknown;
\set VERBOSITY sqlstate
SELECT 'budget'::bant;
SELECT 'budget=maybe'::bant;
SELECT 'budget=yes need=yes'::bant;
SELECT 'budget=yes,'::bant;
SELECT 'budget=yes,budget=yes'::bant;
SELECT 'time=yes,timeline=no'::bant;
SELECT 'Budget=yes'::bant;
SELECT 'money=yes'::bant;
SELECT bant_flag(bant(), 'money');
SELECT bant_met(bant(), 6);
SELECT bant_met(bant(), -1);
SELECT bant_met(bant(), 1, '{money}');
SELECT bant_met(bant(), 1, '{NULL}');
SELECT bant_met(bant(), 1, '{{need},{time}}');
\set VERBOSITY default
SELECT 'budget=yes,budget=yes'::bant;
SELECT 'money=yes'::bant;
SELECT bant_flag(bant(), 'money');

-- ---------------------------------------------------------------- indicators: against all that the unknown ones can be
CREATE TABLE hp_case AS
SELECT i, ARRAY(SELECT (ARRAY[true, false, NULL])[1 + (i / (3 ^ k)::int) % 3] FROM generate_series(0, n - 1) k) AS flags, n, m
FROM generate_series(3, 5) n, generate_series(1, n) m, generate_series(0, (3 ^ n)::int - 1) i;
SELECT count(*) AS cases, count(*) FILTER (WHERE hpi(m, VARIADIC flags) IS DISTINCT FROM
    CASE WHEN (SELECT count(*) FROM unnest(flags) f WHERE f) >= m THEN true WHEN (SELECT count(*) FROM unnest(flags) f WHERE f IS NOT false) < m THEN false END) AS wrong,
    count(*) FILTER (WHERE hpi(m, VARIADIC flags)) AS held, count(*) FILTER (WHERE hpi(m, VARIADIC flags) IS NULL) AS open
FROM hp_case;
SELECT hpi(2, true, false, true) AS two_of_three, hpi(2, true, false, NULL) AS open, hpi(3, true, false, NULL) AS lost;
\set VERBOSITY sqlstate
SELECT hpi(1, true, true);
SELECT hpi(1, true, true, true, true, true, true);
SELECT hpi(0, true, true, true);
SELECT hpi(4, true, true, true);
SELECT hpi(NULL, true, true, true);
SELECT hpi(1, VARIADIC NULL);
SELECT hpi(1, VARIADIC '{}');
SELECT hpi(1, VARIADIC '{{t,t},{t,t}}');
\set VERBOSITY default
SELECT hpi(1, true, true);
SELECT hpi(4, true, true, true);

-- ---------------------------------------------------------------- guards of a tracked table
CREATE TYPE gd_stage AS ENUM ('lead', 'mql', 'sql', 'lost');
CREATE TABLE gd_lead (id int PRIMARY KEY, bant bant, grade grade, card scorecard, opened boolean, visited boolean, asked boolean, stage gd_stage);
SET client_min_messages = warning;
DO $do$ BEGIN PERFORM journey.track('public.gd_lead', 'stage', $rules$
    new -> lead;
    lead -> mql when (journey.grade_met(grade, 'B2') and journey.hpi(2, opened, visited, asked));
    mql -> sql when (journey.bant_met(bant, 3, '{authority}'));
    mql -> lead when (not journey.meets(card, 'mql', '2026-03-01 00:00Z'));
    * -> lost
$rules$); END $do$;
RESET client_min_messages;
INSERT INTO gd_lead SELECT 1, 'budget=yes,need=yes', 'B2', lead_score('{"signals": {"demo": {"points": 60, "half_life": "14 days"}}, "thresholds": {"mql": 50}}', 'demo', '2026-01-01 00:00Z'), true, NULL, true, 'lead';
INSERT INTO gd_lead SELECT 2, '', 'A3', touch(card, 'demo', '2026-02-28 00:00Z'), true, true, true, 'lead' FROM gd_lead;
UPDATE gd_lead SET stage = 'mql' WHERE id = 1;
UPDATE gd_lead SET stage = 'mql' WHERE id = 2;
UPDATE gd_lead SET stage = 'sql' WHERE id = 1;
UPDATE gd_lead SET bant = bant || 'authority=no', stage = 'sql' WHERE id = 1;
UPDATE gd_lead SET bant = bant || 'authority=yes', stage = 'sql' WHERE id = 1;
UPDATE gd_lead SET grade = 'A1', stage = 'mql' WHERE id = 2;
UPDATE gd_lead SET stage = 'lead' WHERE id = 2;
UPDATE gd_lead SET card = (SELECT card FROM gd_lead WHERE id = 1), stage = 'lead' WHERE id = 2;
SELECT id, stage, bant, grade FROM gd_lead ORDER BY id;

-- ---------------------------------------------------------------- accounts: by hand, split, in parallel
SELECT setseed(0.75);
CREATE TABLE ac_contact AS
SELECT account, CASE WHEN random() < 0.9 THEN round((random() * 100 - 20)::numeric, 3)::float8 END AS score, (random() * 5)::int::float8 AS authority
FROM generate_series(1, 100) account, generate_series(1, 1 + account % 40);
INSERT INTO ac_contact VALUES (0, NULL, 3), (0, NULL, NULL), (-1, 50, 0);
CREATE TABLE ac_account AS
SELECT account, account_max(score), account_sum(score, 300) AS account_sum, account_sum(score, NULL) AS uncapped, account_weighted(score, authority) FROM ac_contact GROUP BY account;
SELECT count(*) AS accounts, count(*) FILTER (WHERE a.account_max IS DISTINCT FROM h.max) AS wrong_max,
    count(*) FILTER (WHERE abs(a.account_sum - h.sum) > 1e-9 OR (a.account_sum IS NULL) <> (h.sum IS NULL)) AS wrong_sum,
    count(*) FILTER (WHERE abs(a.uncapped - h.uncapped) > 1e-9 OR (a.uncapped IS NULL) <> (h.uncapped IS NULL)) AS wrong_uncapped,
    count(*) FILTER (WHERE abs(a.account_weighted - h.mean) > 1e-9 OR (a.account_weighted IS NULL) <> (h.mean IS NULL)) AS wrong_mean,
    count(*) FILTER (WHERE h.sum = 300) AS capped
FROM ac_account a JOIN (
    SELECT account, max(score) AS max, least(sum(score::numeric), CASE WHEN count(score) > 0 THEN 300 END)::float8 AS sum, sum(score::numeric)::float8 AS uncapped,
        (sum(score::numeric * authority::numeric) / nullif(sum(authority::numeric) FILTER (WHERE score IS NOT NULL), 0))::float8 AS mean
    FROM ac_contact GROUP BY account) h USING (account);
SELECT * FROM ac_account WHERE account <= 0 ORDER BY account;
SELECT account_max(score) IS NULL AND account_sum(score, 1) IS NULL AND account_weighted(score, 1) IS NULL AS none FROM ac_contact WHERE false;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FILTER (WHERE (a.account_max, round(a.account_sum::numeric, 9), round(a.account_weighted::numeric, 9)) IS DISTINCT FROM (p.account_max, round(p.account_sum::numeric, 9), round(p.account_weighted::numeric, 9))) AS wrong
FROM ac_account a JOIN (SELECT account, account_max(score), account_sum(score, 300) AS account_sum, account_weighted(score, authority) FROM ac_contact GROUP BY account) p USING (account);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- what cancels out leaves nothing behind
SELECT account_sum(x, NULL), account_weighted(x, 1) FROM unnest('{1e16,1,-1e16}'::float8[]) x;
SELECT account_sum_final(account_sum_combine('{3,2.5,0,10}', '{1,9,0,10}')), account_weighted_final(account_weighted_combine('{1,10,0,2,0}', '{1,20,0,3,0}'));
\set VERBOSITY sqlstate
SELECT account_max('NaN');
SELECT account_max(x) FROM unnest('{1,Infinity}'::float8[]) x;
SELECT account_sum('NaN', 1);
SELECT account_sum('-Infinity', 1);
SELECT account_sum(1, 'NaN');
SELECT account_sum(x, x) FROM unnest('{1,2}'::float8[]) x;
SELECT account_sum(x, NULL) FROM unnest('{1e308,1e308}'::float8[]) x;
SELECT account_weighted(1, 'NaN');
SELECT account_weighted('Infinity', 1);
SELECT account_weighted(1, -1);
SELECT account_weighted(1e308, 1e308);
SELECT account_sum_accum('{1}', 1, 1);
SELECT account_sum_accum('{{1,2},{3,4}}', 1, 1);
SELECT account_sum_accum('{1,2,NULL,4}', 1, 1);
SELECT account_sum_combine('{1,2,3,4}', '{1,2,3,5}');
SELECT account_weighted_final('{}');
\set VERBOSITY default
SELECT account_sum(x, x) FROM unnest('{1,2}'::float8[]) x;
SELECT account_sum_accum('{1}', 1, 1);

SET client_min_messages = warning;
DROP TABLE gr_all, bt_all, hp_case, gd_lead, ac_contact, ac_account CASCADE;
DROP TYPE gd_stage;
DROP FUNCTION gr_grade;
