-- cohort_steps, flow_steps, rate and wilson: one journey, against plain SQL
SET search_path = public, journey;
SET TIME ZONE 'UTC';

-- by hand: a skip, a move back, a stage that is no step
CREATE TABLE conversion_one (j journey);
INSERT INTO conversion_one VALUES ('{lead@2026-01-01, sql@2026-01-03, mql@2026-01-05, lost@2026-01-06, sql@2026-01-07, customer@2026-02-01}');
SELECT c.* FROM conversion_one, cohort_steps(j, '{lead,mql,sql,customer}', 'strict') c;
SELECT c.* FROM conversion_one, cohort_steps(j, '{lead,mql,sql,customer}', 'implied') c;
SELECT c.* FROM conversion_one, cohort_steps(j, '{lead,mql,sql,customer}', 'strict', target => 'customer') c;
SELECT c.* FROM conversion_one, cohort_steps(j, '{lead,mql,sql,customer}', 'implied', '2026-01-20', '1 month') c;
SELECT f.* FROM conversion_one, flow_steps(j, '{lead,mql,sql,customer}', 'strict') f;
SELECT f.* FROM conversion_one, flow_steps(j, '{lead,mql,sql,customer}', 'implied') f;
SELECT f.* FROM conversion_one, flow_steps(j, '{lead,mql,sql,customer}', 'strict', '2026-01-06') f;
-- implied is the default
SELECT count(*) FROM conversion_one, cohort_steps(j, '{lead,mql}') c, flow_steps(j, '{lead,mql}') f;
-- two steps at one time: the target is reached at or after, whatever order the labels have
SELECT * FROM cohort_steps('{b@2026-01-01, a@2026-01-01}', '{a,b}', 'strict');
SELECT * FROM cohort_steps('{b@2026-01-01, a@2026-01-01}', '{b,a}', 'strict');
-- within is inclusive; a month is one of the calendar, in UTC
SELECT converted_at, watched_until FROM cohort_steps('{a@2026-01-31, b@2026-02-28}', '{a,b}', within => '1 month');
SELECT converted_at, watched_until FROM cohort_steps('{a@2026-01-31, b@2026-02-28 00:00:00.000001}', '{a,b}', within => '1 month');
SELECT converted_at, watched_until FROM cohort_steps('{a@2026-01-31, b@2026-01-31}', '{a,b}', within => '0');
SELECT converted_at, watched_until FROM cohort_steps('{a@2026-01-31, b@2026-02-28}', '{a,b}', within => '290000 years');
-- nothing to tell
SELECT count(*) FROM cohort_steps('{}', '{a,b}');
SELECT count(*) FROM cohort_steps(NULL, '{a,b}');
SELECT count(*) FROM cohort_steps('{a@2026-01-01}', '{a,b}', 'strict', '2025-12-31');
SELECT count(*) FROM cohort_steps('{x@2026-01-01}', '{a,b}');
SELECT count(*) FROM flow_steps('{a@2026-01-01}', '{a,b}', 'strict');
SELECT count(*) FROM flow_steps(NULL, '{a,b}');

-- refused
SELECT cohort_steps('{}', NULL);
SELECT cohort_steps('{}', '{a}');
SELECT cohort_steps('{}', '{}');
SELECT cohort_steps('{}', '{{a,b},{c,d}}');
SELECT cohort_steps('{}', '{a,NULL}');
SELECT cohort_steps('{}', '{a,b,a}');
SELECT cohort_steps('{}', '{a,""}');
SELECT cohort_steps('{}', ARRAY['a', repeat('x', 256)]);
SELECT cohort_steps('{}', array_agg(i::text)) FROM generate_series(1, 1001) i;
SELECT cohort_steps('{}', '{a,b}', 'Strict');
SELECT cohort_steps('{}', '{a,b}', NULL);
SELECT cohort_steps('{}', '{a,b}', as_of => 'infinity');
SELECT cohort_steps('{}', '{a,b}', within => '-1 day');
SELECT cohort_steps('{}', '{a,b}', within => '1 month -1 day');
SELECT cohort_steps('{}', '{a,b}', target => 'a');
SELECT cohort_steps('{}', '{a,b}', target => 'c');
SELECT flow_steps('{}', '{a,b}', 'any');
SELECT flow_steps('{}', NULL);

-- rates
SELECT (rate(x > 3)).* FROM generate_series(1, 10) x;
SELECT rate(x > 3) FILTER (WHERE false) FROM generate_series(1, 10) x;
SELECT rate(b) FROM (VALUES (true), (NULL), (false)) v (b);
SELECT rate(NULL);
-- Wilson's interval of 15 of 100 (E. B. Wilson's formula, by hand) and its ends
SELECT round(rate::numeric, 4) AS rate, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high FROM wilson(15, 100);
SELECT l.level, w.rate, round(w.low::numeric, 4) AS low, round(w.high::numeric, 4) AS high
FROM (VALUES (0.5), (0.9), (0.95), (0.99), (0.999)) l (level), wilson(0, 10, l.level) w;
SELECT rate, low, high FROM wilson(0, 0);
SELECT rate, low, high FROM wilson(NULL, 5);
SELECT wilson(3, 2);
SELECT wilson(-1, 2);
SELECT wilson('NaN', 2);
SELECT wilson(1, 'infinity');
SELECT wilson(1, 2, 0);
SELECT wilson(1, 2, 1);
SELECT wilson(1, 2, 'NaN');
-- at every level the limits solve Wilson's equation: distance squared = z^2 l (1 - l) / n, so z is the same for both
SELECT count(*), count(*) FILTER (WHERE abs((rate - low) ^ 2 / (low * (1 - low)) - (high - rate) ^ 2 / (high * (1 - high))) > 1e-12) AS unequal
FROM generate_series(1, 19) x, (VALUES (0.5), (0.8), (0.9), (0.999)) l (level), wilson(x, 20, l.level);

-- states that SQL makes up
SELECT rate_accum('{3,1}', true), rate_combine('{3,1}', '{4,4}'), rate_final('{4,1}');
SELECT rate_accum('{}', true);
SELECT rate_accum('{1,2}', true);
SELECT rate_accum('{1,NULL}', true);
SELECT rate_accum('{{1,1},{1,1}}', true);
SELECT rate_combine('{1,1}', '{1,-1}');
SELECT rate_combine('{9223372036854775807,1}', '{1,1}');
SELECT rate_final('{1}');
SELECT s, rate_accum(s, true), s FROM (VALUES ('{1,1}'::bigint[])) v (s);

-- random journeys: loops, skips, moves back, ties, labels that are no steps, empty ones
SELECT setseed(0.5);
CREATE TABLE conversion_random AS
SELECT id, CASE WHEN id % 50 <> 0 THEN journey(labels, times) END AS j
FROM (
    SELECT id, coalesce(array_agg((ARRAY['a', 'b', 'c', 'd', 'e', 'lost', 'odd one'])[1 + floor(random() * 7)::int]) FILTER (WHERE n <= size), '{}') AS labels,
           coalesce(array_agg(timestamptz '2026-03-01 00:00Z' + floor(random() * 30) * interval '1 hour') FILTER (WHERE n <= size), '{}') AS times
    FROM (SELECT id, n, (id * 7) % 13 AS size FROM generate_series(1, 500) id, generate_series(1, 12) n) s
    GROUP BY id
) r;
CREATE VIEW conversion_entry AS
SELECT r.id, e.label, e.at, s.k,
       lag(e.label) OVER w AS label_before, lag(s.k) OVER w AS k_before, row_number() OVER w AS n
FROM conversion_random r CROSS JOIN LATERAL events(r.j) WITH ORDINALITY e (label, at, place)
LEFT JOIN unnest('{d,b,a,e}'::text[]) WITH ORDINALITY s (label, k) ON s.label = e.label
WINDOW w AS (PARTITION BY r.id ORDER BY e.place);

CREATE FUNCTION conversion_expected(implied bool, as_of timestamptz, within interval, target int)
RETURNS TABLE (id int, step int, entered_at timestamptz, converted_at timestamptz) LANGUAGE sql AS $$
    WITH first AS (
        SELECT e.id, s.k, min(e.at) AS at
        FROM conversion_entry e, generate_series(1, 4) s (k)
        WHERE (e.k = s.k OR implied AND e.k > s.k) AND (as_of IS NULL OR e.at <= as_of)
        GROUP BY 1, 2)
    SELECT f.id, f.k::int, f.at,
           (SELECT min(e.at) FROM conversion_entry e
            WHERE e.id = f.id AND e.at >= f.at AND (e.k = t.k OR implied AND e.k > t.k) AND (as_of IS NULL OR e.at <= as_of)
              AND (within IS NULL OR e.at <= f.at + within))
    FROM first f, LATERAL (SELECT coalesce(target, f.k + 1) AS k) t
    WHERE f.k < t.k AND t.k <= 4 $$;
CREATE FUNCTION conversion_moves(implied bool)
RETURNS TABLE (id int, step int, left_at timestamptz, went_to text, converted bool) LANGUAGE sql AS $$
    SELECT id, k_before::int, at, label, k IS NOT DISTINCT FROM k_before + 1
    FROM conversion_entry WHERE k_before < 4 AND k IS DISTINCT FROM k_before AND (NOT implied OR k IS NULL OR k < k_before)
    UNION ALL
    SELECT id, p, at, label, true
    FROM conversion_entry, generate_series(coalesce(k_before, 1)::int, k::int - 1) p
    WHERE implied AND k > coalesce(k_before, 0) $$;

SELECT v.*, (SELECT count(*) FROM conversion_expected(v.reach = 'implied', v.as_of, v.within, v.target)) AS rows,
       (SELECT count(x.converted_at) FROM conversion_expected(v.reach = 'implied', v.as_of, v.within, v.target) x) AS converted,
       (SELECT count(*) FROM (
            (SELECT r.id, c.step, c.entered_at, c.converted_at
             FROM conversion_random r, cohort_steps(r.j, '{d,b,a,e}', v.reach, v.as_of, v.within, ('{d,b,a,e}'::text[])[v.target]) c
             EXCEPT ALL SELECT * FROM conversion_expected(v.reach = 'implied', v.as_of, v.within, v.target))
            UNION ALL
            (SELECT * FROM conversion_expected(v.reach = 'implied', v.as_of, v.within, v.target)
             EXCEPT ALL SELECT r.id, c.step, c.entered_at, c.converted_at
             FROM conversion_random r, cohort_steps(r.j, '{d,b,a,e}', v.reach, v.as_of, v.within, ('{d,b,a,e}'::text[])[v.target]) c)) d) AS wrong
FROM (VALUES ('strict', NULL::timestamptz, NULL::interval, NULL::int), ('implied', NULL, NULL, NULL),
             ('strict', '2026-03-01 15:00Z', NULL, NULL), ('implied', '2026-03-01 15:00Z', NULL, NULL),
             ('strict', NULL, '4 hours', NULL), ('implied', '2026-03-01 22:00Z', '3 hours', NULL),
             ('strict', NULL, NULL, 4), ('implied', NULL, '10 hours', 3)) v (reach, as_of, within, target);
SELECT v.*, (SELECT count(*) FROM conversion_moves(v.reach = 'implied')) AS rows,
       (SELECT count(*) FROM conversion_moves(v.reach = 'implied') m WHERE m.converted) AS converted,
       (SELECT count(*) FROM (
            (SELECT r.id, f.step, f.left_at, f.went_to, f.converted FROM conversion_random r, flow_steps(r.j, '{d,b,a,e}', v.reach) f
             EXCEPT ALL SELECT * FROM conversion_moves(v.reach = 'implied'))
            UNION ALL
            (SELECT * FROM conversion_moves(v.reach = 'implied')
             EXCEPT ALL SELECT r.id, f.step, f.left_at, f.went_to, f.converted FROM conversion_random r, flow_steps(r.j, '{d,b,a,e}', v.reach) f)) d) AS wrong
FROM (VALUES ('strict'), ('implied')) v (reach);
-- as_of of a flow is a cut
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS wrong
FROM conversion_random r, LATERAL (SELECT array_agg(f ORDER BY f) AS a FROM flow_steps(r.j, '{d,b,a,e}', 'implied', '2026-03-01 12:00Z') f) x,
     LATERAL (SELECT array_agg(f ORDER BY f) AS b FROM flow_steps(r.j, '{d,b,a,e}', 'implied') f WHERE f.left_at <= '2026-03-01 12:00Z') y;
-- entered less left is inside, at any time: strict
SELECT count(*) AS checked, count(*) FILTER (WHERE entered - l.n IS DISTINCT FROM inside) AS wrong
FROM generate_series(timestamptz '2026-03-01 00:00Z', '2026-03-02 06:00Z', '5 hours') t, unnest('{d,b,a}'::text[]) WITH ORDINALITY s (label, k),
     LATERAL (SELECT count(*) AS entered FROM conversion_entry WHERE label = s.label AND label_before IS DISTINCT FROM label AND at <= t) e,
     LATERAL (SELECT count(*) AS n FROM conversion_random r, flow_steps(r.j, '{d,b,a,e}', 'strict', t) f WHERE f.step = s.k) l,
     LATERAL (SELECT count(*) AS inside FROM conversion_random r WHERE stage_at(r.j, t) = s.label) i;

-- the same counts by a parallel plan and by hand
CREATE TABLE conversion_many AS SELECT r.id * 10 + i AS id, r.j FROM conversion_random r, generate_series(0, 4) i;
ALTER TABLE conversion_many SET (parallel_workers = 2);
ANALYZE conversion_many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT rate(c.converted_at IS NOT NULL) FROM conversion_many m, cohort_steps(m.j, '{d,b,a,e}', 'strict') c;
SELECT c.step, rate(c.converted_at IS NOT NULL) FROM conversion_many m, cohort_steps(m.j, '{d,b,a,e}', 'strict') c GROUP BY c.step ORDER BY c.step;
SET max_parallel_workers_per_gather = 0;
SELECT c.step, rate(c.converted_at IS NOT NULL) FROM conversion_many m, cohort_steps(m.j, '{d,b,a,e}', 'strict') c GROUP BY c.step ORDER BY c.step;

DROP FUNCTION conversion_expected, conversion_moves;
DROP VIEW conversion_entry;
DROP TABLE conversion_one, conversion_random, conversion_many;

-- conversion_share against the same in SQL (Kaplan and Meier by sums of logarithms): random entrants, ties, groups of one, of none watched, of nobody converted
SELECT setseed(0.4);
CREATE TABLE cs_fact AS
SELECT g, at, CASE WHEN till >= moved AND g <> 3 THEN moved END AS converted_at, till
FROM (SELECT g, at, at + floor(random() * 40) * interval '6 hours' AS moved, at + CASE g WHEN 4 THEN interval '0' ELSE floor(random() * 30) * interval '6 hours' END AS till
      FROM generate_series(1, 6) g, LATERAL generate_series(1, CASE g WHEN 1 THEN 1 WHEN 2 THEN 19 ELSE 400 END) i, LATERAL (SELECT timestamptz '2026-01-01' + i * interval '1 second') a(at)) x;
CREATE TABLE cs_curve AS
WITH watch AS (
    SELECT u.g, u.t, sum(u.events)::float8 AS events, sum(u.leaving)::float8 AS leaving, sum(u.watched)::float8 AS watched
    FROM (SELECT g, date_part('epoch', COALESCE(converted_at, till) - at) AS t, (converted_at IS NOT NULL)::int AS events, 1 AS leaving, (converted_at IS NULL)::int AS watched FROM cs_fact
          UNION ALL SELECT g, date_part('epoch', till - at), 0, 0, 1 FROM cs_fact WHERE converted_at IS NOT NULL) u GROUP BY 1, 2),
risk AS (SELECT g, t, events, sum(leaving) OVER later AS n, sum(watched) OVER later AS watched, sum(watched) OVER (PARTITION BY g) AS total
         FROM watch WINDOW later AS (PARTITION BY g ORDER BY t DESC))
SELECT g, t, watched >= 0.05 * total AS trusted, 1 - exp(sum(CASE WHEN events = 0 THEN 0 WHEN events >= n THEN '-infinity' ELSE ln(1 - events / n) END) OVER earlier) AS share,
       sum(CASE WHEN events > 0 AND events < n THEN events / (n * (n - events)) ELSE 0 END) OVER earlier AS greenwood
FROM risk WINDOW earlier AS (PARTITION BY g ORDER BY t);
SELECT f.g, count(*) AS entrants, count(f.converted_at) AS converted, count(*) FILTER (WHERE abs(f.share - c.share) < 1e-12) AS same,
    bool_and(abs(f.plateau - p.share) < 1e-12 AND abs(f.greenwood - p.greenwood) < 1e-12 AND f.horizon = p.horizon) AS same_plateau, min(round(f.plateau::numeric, 6)) AS plateau, min(f.horizon) AS horizon
FROM (SELECT g, at, converted_at, till, (s).* FROM (SELECT *, journey.conversion_share(at, converted_at, till) OVER (PARTITION BY g) AS s FROM cs_fact) x) f
JOIN cs_curve c ON c.g = f.g AND c.t = date_part('epoch', f.till - f.at)
JOIN (SELECT g, max(share) AS share, max(greenwood) AS greenwood, max(t) AS horizon FROM cs_curve WHERE trusted GROUP BY g) p ON p.g = f.g
GROUP BY f.g ORDER BY f.g;
-- who has no entry or is not watched does not count
SELECT n, (s).share, (s).plateau, round((s).greenwood::numeric, 6) AS greenwood, (s).horizon FROM (SELECT n, journey.conversion_share(at, at + conv * interval '1 day', at + watched * interval '1 day') OVER () AS s
                  FROM (VALUES (1, timestamptz '2026-01-01', 2, 4), (2, '2026-01-01', NULL, 1), (3, '2026-01-01', NULL, NULL), (4, NULL, 1, 2), (5, '2026-01-01', NULL, 4)) v(n, at, conv, watched)) x ORDER BY n;
SELECT journey.conversion_share(now(), NULL, now()) OVER () FROM generate_series(1, 0);
DROP TABLE cs_fact, cs_curve;
