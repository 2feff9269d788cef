-- nps: counts, score, interval, difference
SET search_path = public, journey;
\set SHOW_CONTEXT never

-- the published example
SELECT round(score::numeric, 3) AS score, round(centre::numeric, 3) AS centre, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high FROM nps_interval(50, 20, 100);
SELECT answered, promoters, passives, detractors, score, round(centre::numeric, 3) AS centre, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high, effective_n
FROM (SELECT nps(CASE WHEN i <= 50 THEN 9 + i % 2 WHEN i <= 80 THEN 7 + i % 2 ELSE i % 7 END) AS n FROM generate_series(1, 100) i) s, nps_report(n);
-- each score is of one kind; 11 is a promoter apart, null was asked
SELECT s, (nps(s)).* FROM (SELECT generate_series(0, 11) AS s UNION ALL SELECT NULL) x GROUP BY s ORDER BY s;
SELECT nps(-1);
SELECT nps(12);
SELECT nps(12, 1.5);
SELECT nps(2147483647), nps(11);
SELECT nps(s::smallint) FROM generate_series(0, 11) s;
-- nobody asked, nobody answered
SELECT nps(s), nps_score(nps(s)) FROM generate_series(1, 0) s;
SELECT * FROM (SELECT nps(NULL::int) AS n FROM generate_series(1, 3)) s, nps_report(n) \gx
SELECT asked, response_rate, score, low FROM (SELECT nps(NULL::int) AS n FROM generate_series(1, 0)) s, nps_report(n);
SELECT count(*) FROM nps_report(NULL) r WHERE r IS NULL;

-- against plain SQL, at several levels
SELECT setseed(0.4);
CREATE TABLE nps_answer AS
SELECT i AS id, i % 7 AS part, CASE WHEN random() < 0.7 THEN floor(12 * sqrt(random()))::int END AS score, round((0.1 + 3 * random())::numeric, 3) AS weight FROM generate_series(1, 6000) i;
CREATE VIEW nps_plain AS
SELECT part, level, count(*) AS asked, count(score) AS n, count(*) FILTER (WHERE score >= 9) AS p, count(*) FILTER (WHERE score IN (7, 8)) AS m, count(*) FILTER (WHERE score < 7) AS d, count(*) FILTER (WHERE score > 10) AS e,
       (count(*) FILTER (WHERE score >= 9) + 0.75) / (count(score) + 3.0)::float8 AS pa, (count(*) FILTER (WHERE score < 7) + 0.75) / (count(score) + 3.0)::float8 AS da
FROM nps_answer, (VALUES (0.8, 1.2815515655446004::float8), (0.95, 1.959963984540054), (0.99, 2.5758293035489004)) l (level, z) GROUP BY part, level;
SELECT count(*) AS checked, count(*) FILTER (WHERE (r.asked, r.answered, r.promoters, r.passives, r.detractors, r.evangelists) IS DISTINCT FROM (o.asked, o.n, o.p, o.m, o.d, o.e)) AS wrong_counts,
       count(*) FILTER (WHERE abs(r.score - 100.0 * (o.p - o.d) / o.n) > 1e-9 OR abs(r.response_rate - o.n / o.asked::float8) > 1e-12 OR r.effective_n <> o.n
           OR abs(r.promoter_share - o.p / o.n::float8) > 1e-12 OR abs(r.evangelist_share - o.e / o.n::float8) > 1e-12 OR abs(r.detractor_share - o.d / o.n::float8) > 1e-12 OR abs(r.passive_share - o.m / o.n::float8) > 1e-12) AS wrong_score,
       count(*) FILTER (WHERE abs(r.centre - 100 * (pa - da)) > 1e-9 OR abs(r.low - 100 * (pa - da - z * sqrt((pa + da - (pa - da) ^ 2) / (o.n + 3)))) > 1e-9
           OR abs(r.high - 100 * (pa - da + z * sqrt((pa + da - (pa - da) ^ 2) / (o.n + 3)))) > 1e-9) AS wrong_interval
FROM nps_plain o JOIN (VALUES (0.8, 1.2815515655446004::float8), (0.95, 1.959963984540054), (0.99, 2.5758293035489004)) l (level, z) USING (level)
JOIN (SELECT part, nps(score) AS s FROM nps_answer GROUP BY part) a USING (part), nps_report(s, o.level) r;
-- with weights: the exact sums, whatever the order, in any parts
SELECT count(*) AS checked, count(*) FILTER (WHERE (s).asked_weight <> w.asked OR (s).promoter_weight <> w.p OR (s).passive_weight <> w.m OR (s).detractor_weight <> w.d OR (s).evangelist_weight <> w.e OR (s).squares <> w.q) AS wrong_sums,
       count(*) FILTER (WHERE s <> s2) AS order_matters, count(*) FILTER (WHERE s <> s3) AS type_matters,
       count(*) FILTER (WHERE abs(r.score - 100 * (w.p - w.d) / (w.p + w.m + w.d)) > 1e-9 OR abs(r.effective_n - (w.p + w.m + w.d) ^ 2 / w.q) > 1e-9) AS wrong_score,
       count(*) FILTER (WHERE abs(r.low - i.low) > 1e-9 OR abs(r.high - i.high) > 1e-9) AS wrong_interval
FROM (SELECT part, nps(score, weight) AS s, nps(score, weight ORDER BY random()) AS s2, nps(score, weight::float8) AS s3 FROM nps_answer GROUP BY part) a
JOIN (SELECT part, sum(weight) AS asked, sum(weight) FILTER (WHERE score >= 9) AS p, sum(weight) FILTER (WHERE score IN (7, 8)) AS m, sum(weight) FILTER (WHERE score < 7) AS d, sum(weight) FILTER (WHERE score = 11) AS e,
             sum(weight * weight) FILTER (WHERE score IS NOT NULL) AS q FROM nps_answer GROUP BY part) w USING (part),
     nps_report(s) r, nps_interval((w.p * (w.p + w.m + w.d) / w.q)::float8, (w.d * (w.p + w.m + w.d) / w.q)::float8, ((w.p + w.m + w.d) ^ 2 / w.q)::float8) i;
SELECT nps(score, 1) = nps(score) AS one_is_none, nps_report(nps(score, 2.5)) IS NOT DISTINCT FROM nps_report(nps(score)) AS scale_does_not_matter FROM nps_answer;
SELECT (SELECT rollup(s) FROM (SELECT nps(score, weight) AS s FROM nps_answer GROUP BY part UNION ALL SELECT NULL) x) = nps(score, weight) AS rolled_up,
       (SELECT rollup(s) FROM (SELECT nps(score) AS s FROM nps_answer GROUP BY part) x) = nps(score) AS rolled_up_plain,
       nps(score) FILTER (WHERE part < 3) + nps(score) FILTER (WHERE part >= 3) = nps(score) AS added, rollup(NULL::nps) AS of_none FROM nps_answer;
-- weights that are none, and of people who said nothing
SELECT nps(score, weight) FROM (VALUES (9, 0), (3, NULL), (NULL, 2.5), (11, 0.5)) v (score, weight);
SELECT answered, score, low, effective_n FROM (SELECT nps(score, 0) AS n FROM (VALUES (9), (3)) v (score)) s, nps_report(n);
SELECT nps(9, -1);
SELECT nps(9, 'NaN'::numeric);
SELECT nps(9, 'NaN'::float8);
SELECT nps(9, 'infinity'::float8);
SELECT nps(9, 1e-101);
SELECT score, effective_n FROM nps_report((SELECT nps(s, w) FROM (VALUES (9, 1e18), (3, 1e-100), (10, 1e18)) v (s, w)));
SELECT effective_n FROM nps_report((SELECT nps(s, w) FROM (VALUES (9, 1e18), (3, 1e-100)) v (s, w)));

-- parallel plans, and all rows in one state or many
ALTER TABLE nps_answer SET (parallel_workers = 2);
CREATE TEMP TABLE nps_serial AS SELECT nps(score) AS a, nps(score, weight) AS b FROM nps_answer;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT nps(score), nps(score, weight) FROM nps_answer;
SELECT nps(score) = a AS same, nps(score, weight) = b AS same_weighted FROM nps_answer, nps_serial GROUP BY a, b;
SELECT (SELECT nps(score) FROM nps_answer) = a AS same, (SELECT nps(score, weight) FROM nps_answer) = b AS same_weighted FROM nps_serial;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- the difference of two: by hand, and at the limits
SELECT setseed(0.1);
CREATE TABLE nps_pair AS SELECT i, (random() * 40)::int AS p1, (random() * 40)::int AS m1, (random() * 40)::int AS d1, (random() * 40)::int AS p2, (random() * 40)::int AS m2, 1 + (random() * 40)::int AS d2 FROM generate_series(1, 200) i;
CREATE FUNCTION nps_made(p int, m int, d int) RETURNS nps LANGUAGE sql AS 'SELECT nps(s) FROM (SELECT 10 AS s FROM generate_series(1, p) UNION ALL SELECT 8 FROM generate_series(1, m) UNION ALL SELECT 0 FROM generate_series(1, d)) x';
WITH e AS (
    SELECT x.*, r.*, nps_score(nps_made(p1, m1, d1)) AS s1, nps_score(nps_made(p2, m2, d2)) AS s2,
           (p1 - d1) / (p1 + m1 + d1 + 3.0) AS c1, (p2 - d2) / (p2 + m2 + d2 + 3.0) AS c2, (p1 + d1 + 1.5) / (p1 + m1 + d1 + 3.0) AS q1, (p2 + d2 + 1.5) / (p2 + m2 + d2 + 3.0) AS q2
    FROM nps_pair x, nps_difference(nps_made(p1, m1, d1), nps_made(p2, m2, d2), 0.9) r WHERE p1 + m1 + d1 > 0),
f AS (SELECT e.*, sqrt((q1 - c1 ^ 2) / (p1 + m1 + d1 + 3) + (q2 - c2 ^ 2) / (p2 + m2 + d2 + 3)) AS se FROM e)
SELECT count(*) AS checked, count(*) FILTER (WHERE score <> s1 OR score_b <> s2 OR abs(difference - (s1 - s2)) > 1e-9) AS wrong_scores,
       count(*) FILTER (WHERE abs(centre - 100 * (c1 - c2)) > 1e-9 OR abs(low - 100 * (c1 - c2 - 1.6448536269514722 * se)) > 1e-9 OR abs(high - 100 * (c1 - c2 + 1.6448536269514722 * se)) > 1e-9) AS wrong_interval,
       count(*) FILTER (WHERE abs(z - (c1 - c2) / se) > 1e-9) AS wrong_z, count(*) FILTER (WHERE (p < 0.1) <> (low > 0 OR high < 0)) AS contradicts FROM f;
-- z and p of a table of the normal distribution: p is 2 * (1 - phi(z))
SELECT round(score::numeric, 2) AS a, round(score_b::numeric, 2) AS b, round(difference::numeric, 2) AS difference, round(z::numeric, 4) AS z, round(p::numeric, 4) AS p, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM nps_difference(nps_made(50, 30, 20), nps_made(30, 40, 30));
SELECT score, score_b, difference, z, p FROM nps_difference(nps_made(5, 3, 2), nps_made(5, 3, 2));
SELECT score, score_b, difference, centre, low, high, z, p FROM nps_difference(nps_made(0, 0, 0), nps_made(5, 3, 2));
SELECT nps_difference(nps_made(1, 1, 1), nps_made(1, 1, 1), 1);
SELECT nps_report(nps_made(1, 1, 1), 'NaN');
SELECT count(*) FROM nps_difference(NULL, nps_made(1, 1, 1)) r WHERE r IS NULL;
-- one answer, and all the same
SELECT p, score, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high FROM (VALUES (1), (10), (1000)) v (p), nps_interval(p, 0, p) ORDER BY 1;
SELECT * FROM nps_interval(0, 0, 0);
SELECT nps_interval(5, 6, 10);
SELECT nps_interval(-1, 6, 10);
SELECT nps_interval('NaN', 6, 10);
SELECT nps_interval(1, 1, 'infinity');
SELECT low BETWEEN -100 AND high AND high <= 100 AS within FROM nps_interval(1e300, 0, 1e308);

-- states and values that SQL makes up
SELECT nps_accum('{5,1,1,1,0}', 11), nps_combine('{5,1,1,1,0}', '{5,1,1,1,1}'), nps_final('{5,1,1,1,0}');
SELECT nps_accum(NULL, 11);
SELECT nps_accum('{5,1,1,1}', 11);
SELECT nps_accum('{5,1,1,NULL,1}', 11);
SELECT nps_accum('{2,1,1,1,0}', 11);
SELECT nps_accum('{5,1,1,1,2}', 11);
SELECT nps_accum('{9223372036854775807,9223372036854775807,9223372036854775807,1,0}', 11);
SELECT nps_accum('{9223372036854775807,0,0,0,0}', 11);
SELECT nps_combine('{9223372036854775807,0,0,0,0}', '{1,0,0,0,0}');
SELECT rollup('(1,2,0,0,0,1,2,0,0,0,1)'::nps);
SELECT rollup('(1,1,0,0,0,1,NaN,0,0,0,1)'::nps);
SELECT rollup('(1,1,0,0,0,1,1,0,0,0,0)'::nps);
SELECT rollup('(1,1,0,0,0,1,1,0,0,,1)'::nps);
SELECT rollup('(1,1,0,0,0,1,1,0,0,0,1)'::nps);
SELECT nps_report('(0,0,0,0,0,1,0,0,0,0,0)');
SELECT nps_weigh(NULL, 1, 1.5);
SELECT n::text::nps = n AS text_form FROM (SELECT nps(score, weight) AS n FROM nps_answer) s;

DROP VIEW nps_plain;
DROP FUNCTION nps_made;
DROP TABLE nps_answer, nps_pair, nps_serial;
