-- survival, cumulative_incidence and log_rank: forms, sums, what is ignored, what is refused
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 0;

-- by hand: 8 spells, ties of events and censorings
CREATE TABLE survival_small AS SELECT * FROM (VALUES (1, true), (2, true), (2, false), (3, true), (4, true), (5, false), (6, true), (6, true), (NULL, true), (7, NULL)) AS v (t, ended);
SELECT survival(t::float8, ended), total(survival(t::float8, ended)) FROM survival_small;
SELECT o.time, at_risk, events, censored, round(survival::numeric, 6) AS survival, round(std_error::numeric, 6) AS std_error, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high
FROM (SELECT survival(t::float8, ended) AS c FROM survival_small) s, curve(c) o;
-- the same survival whatever the unit; the bands differ
SELECT band, o.time, round(survival::numeric, 4) AS survival, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
FROM (SELECT survival(t * interval '1 day', ended) AS c FROM survival_small) s, unnest(ARRAY['log', 'log-log', 'plain']) AS band, curve(c, 0.9, band) o WHERE events > 0 ORDER BY 1, 2;
SELECT median(c), quantile(c, 0.25), quantile(c, 0), quantile(c, 1), survival_at(c, interval '0'), survival_at(c, interval '36 hours'), survival_at(c, '2 days'), survival_at(c, '99 days')
FROM (SELECT survival(t * interval '1 day', ended) AS c FROM survival_small) s;
SELECT q.* FROM (SELECT survival(t, ended) AS c FROM survival_small) s, quantiles(c, '{0.1, 0.5, 0.9}', 0.95, 'plain') q;
-- where the curve is flat at the quantile, the middle of the flat part
SELECT median(survival(t, true)), median(survival(t * interval '1 s', true)) FROM generate_series(1, 4) t;
-- numbers of any kind
SELECT median(survival(t::int, true)), median(survival(t::numeric, true)), median(survival(t::real, true)), median(survival(t::bigint, true)) FROM generate_series(1, 3) t;

-- edges: all censored, one row, durations of 0, beyond what was observed, nothing
SELECT median(c), quantile(c, 0.01), survival_at(c, 3), survival_at(c, 3.5), c FROM (SELECT survival(t, false) AS c FROM generate_series(1, 3) t) s;
SELECT o.* FROM (SELECT survival(5, true) AS c) s, curve(c) o;
SELECT o.* FROM (SELECT survival(5, false) AS c) s, curve(c) o;
SELECT o.* FROM (SELECT survival(t, e) AS c FROM (VALUES (0, true), (0, false), (-0.0::float8, true), (2, true)) v(t, e)) s, curve(c) o;
SELECT survival(t, ended) IS NULL AS none, survival(NULL::float8, true) IS NULL, survival(t, NULL) IS NULL AS unknown FROM survival_small WHERE t IS NULL;
SELECT count(*) FROM curve(NULL::survival_curve);
SELECT median('{"unit": "interval", "times": []}'::survival_curve), survival_at('{"unit": "interval", "times": []}'::survival_curve, '1 day'), total('{"unit": "interval", "times": []}'::survival_curve), (SELECT count(*) FROM curve('{"unit": "interval", "times": []}'::survival_curve));

-- left truncation: what enters at a time is not at risk at it; null or 0: from the beginning
SELECT o.time, at_risk, entered, events, censored, survival FROM (SELECT survival(t, e, n) AS c FROM (VALUES (2, true, NULL), (3, true, 1), (3, true, 2), (5, false, 3), (6, true, 0), (7, true, 5)) v(t, e, n)) s, curve(c) o;
SELECT survival(t, e, n) FROM (VALUES (2, true, NULL), (3, true, 1), (3, true, 2)) v(t, e, n);
-- nobody left, then somebody enters: the curve stays at 0
SELECT o.time, at_risk, entered, survival, std_error, low FROM (SELECT survival(t, e, n) AS c FROM (VALUES (1, true, NULL), (5, true, 2), (6, false, 2)) v(t, e, n)) s, curve(c) o;

-- competing ends
CREATE TABLE survival_deals AS SELECT * FROM (VALUES (1, 'won'), (2, 'lost'), (2, 'won'), (3, NULL), (4, 'won'), (5, 'lost'), (6, NULL), (NULL, 'won')) AS v (t, cause);
SELECT cumulative_incidence(t::float8, cause) FROM survival_deals;
SELECT o.time, cause, at_risk, events, censored, round(incidence::numeric, 6) AS incidence, round(std_error::numeric, 6) AS std_error, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, round(still_open::numeric, 6) AS still_open
FROM (SELECT cumulative_incidence(t * interval '1 day', cause) AS c FROM survival_deals) s, curve(c) o ORDER BY 1, 2;
SELECT incidence_at(c, 'won', 2), incidence_at(c, 'lost', 2), incidence_at(c, 'nothing', 2), incidence_at(c, 'won', 6), incidence_at(c, 'won', 7), incidence_at(c, 'won', 0) FROM (SELECT cumulative_incidence(t, cause) AS c FROM survival_deals) s;
-- (F(4) - F(2)) / S(2); as far as observed; nothing known beyond
SELECT round(conditional_incidence(c, 'won', 2, 4)::numeric, 6) AS until_4, round(((incidence_at(c, 'won', 4) - incidence_at(c, 'won', 2)) / (1 - incidence_at(c, 'won', 2) - incidence_at(c, 'lost', 2)))::numeric, 6) AS by_hand,
    round(conditional_incidence(c, 'won', 2)::numeric, 6) AS ever, conditional_incidence(c, 'won', 2, 7) AS beyond, conditional_incidence(c, 'won', 9) AS too_old, conditional_incidence(c, NULL, 2) AS of_null, conditional_incidence(c, 'won', 2, 2) AS none
FROM (SELECT cumulative_incidence(t, cause) AS c FROM survival_deals) s;
SELECT conditional_incidence(cumulative_incidence(t * interval '1 day', cause), 'lost', '2 days', '5 days') FROM survival_deals;
-- all censored: no cause, no rows
SELECT c, incidence_at(c, 'won', 1), (SELECT count(*) FROM curve(c)) FROM (SELECT cumulative_incidence(t, NULL) AS c FROM generate_series(1, 2) t) s;
-- one cause is one minus Kaplan-Meier
SELECT bool_and(abs(i.incidence - (1 - k.survival)) < 1e-12 AND coalesce(abs(i.std_error - k.std_error) < 1e-12, k.survival = 0)) AS same
FROM curve((SELECT cumulative_incidence(t, CASE WHEN ended THEN 'x' END) FROM survival_small WHERE ended IS NOT NULL)) i JOIN curve((SELECT survival(t, ended) FROM survival_small)) k USING ("time");

-- the test
SELECT round(chi_square::numeric, 6) AS chi_square, df, round(p_value::numeric, 6) AS p_value FROM (SELECT log_rank(t, t % 3 > 0, CASE WHEN t % 2 = 0 THEN 'even' ELSE 'odd' END) AS l FROM generate_series(1, 12) t) s, log_rank_test(l);
SELECT group_name, total, observed, round(expected::numeric, 6) AS expected, round(variance::numeric, 6) AS variance, round(p_value(l)::numeric, 6) AS p FROM (SELECT log_rank(t * interval '1 day', t % 3 > 0, CASE WHEN t % 2 = 0 THEN 'even' ELSE 'odd' END) AS l FROM generate_series(1, 12) t) s, log_rank_groups(l);
-- nothing to compare: one group, no events, groups that were never at risk together
SELECT log_rank_test(log_rank(t, true, 'a')), p_value(log_rank(t, true, 'a')), log_rank_test(log_rank(t, false, 'g' || t)) FROM generate_series(1, 3) t;
SELECT log_rank_test(log_rank(t, true, CASE WHEN t > 5 THEN 'late' ELSE 'early' END, CASE WHEN t > 5 THEN 5 END)) FROM generate_series(1, 10) t;
-- three groups, of which one takes no part
SELECT df FROM (SELECT log_rank(t, g < 2, 'g' || g, CASE WHEN g = 2 THEN 9 END) AS l FROM (SELECT t, t % 2 AS g FROM generate_series(1, 9) t UNION ALL SELECT 10, 2) x) s, log_rank_test(l);
SELECT log_rank(t, true, 'a') FROM survival_small WHERE false;
SELECT log_rank(1, true, NULL) IS NULL, total(log_rank(t, ended, 'x')) FROM survival_small;

-- journeys
CREATE TABLE survival_journeys AS SELECT * FROM (VALUES
    (1, '{lead@2026-01-01, won@2026-01-11}'::journey), (2, '{visitor@2026-01-01, lead@2026-01-05, lost@2026-01-07, lead@2026-01-08, won@2026-01-20}'),
    (3, '{lead@2026-01-10}'), (4, '{visitor@2026-01-01}'), (5, '{lead@2026-03-01}'), (6, '{}'), (7, NULL), (8, '{lead@2026-01-10, won@2026-02-20}'), (9, '{won@2026-01-01, lead@2026-01-02}')) v (id, j);
SELECT id, s.* FROM survival_journeys, time_to(j, 'lead', '{won,lost}', '2026-02-01') s ORDER BY id;
SELECT id, s.* FROM survival_journeys, time_to(j, 'lead', '{won,lost}', '2026-02-01', since => '2026-01-08') s ORDER BY id;
SELECT survival(j, 'lead', '{won}', '2026-02-01'), cumulative_incidence(j, 'lead', '{won,lost}', '2026-02-01') FROM survival_journeys;
SELECT survival(j, 'lead', '{won}', '2026-02-01')::text = survival(s.duration, s.outcome IS NOT NULL)::text AS same FROM survival_journeys LEFT JOIN time_to(j, 'lead', '{won}', '2026-02-01') s ON true;
SELECT survival(j, 'nowhere', '{won}', '2026-02-01') IS NULL AS none FROM survival_journeys;

-- sums: any split, any order, any plan gives the same bytes
SELECT setseed(0.92);
CREATE TABLE survival_rows AS SELECT i, i % 7 AS part, coalesce(e, 0) + 1 + floor(random() * 50) AS t, e, (ARRAY['won', 'lost', 'gone', NULL])[1 + floor(random() * 4 + 0 * i)::int] AS cause, 'g' || i % 3 AS g
    FROM generate_series(1, 5000) i, LATERAL (SELECT CASE WHEN i % 4 = 0 THEN floor(random() * 20) END AS e) d;
CREATE TABLE survival_whole AS SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM survival_rows;
SELECT w.s::text = p.s::text AND survival_curve_float8_send(w.s) = survival_curve_float8_send(p.s) AS s, w.c::text = p.c::text AS c, w.l::text = p.l::text AS l FROM survival_whole w,
    (SELECT rollup(s) AS s, rollup(c) AS c, rollup(l) AS l FROM (SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM survival_rows GROUP BY part ORDER BY part DESC) x) p;
SELECT w.s::text = p.s::text AS s, w.c::text = p.c::text AS c, w.l::text = p.l::text AS l FROM survival_whole w,
    (SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM (SELECT * FROM survival_rows ORDER BY md5(i::text)) x) p;
SELECT (a.s + b.s)::text = w.s::text AS s, (a.c + b.c)::text = w.c::text AS c, (b.l + a.l)::text = w.l::text AS l FROM survival_whole w,
    (SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM survival_rows WHERE part < 3) a,
    (SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM survival_rows WHERE part >= 3) b;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT survival(t, cause IS NOT NULL, e), cumulative_incidence(t, cause, e), log_rank(t, cause IS NOT NULL, g, e) FROM survival_rows;
SELECT w.s::text = p.s::text AS s, w.c::text = p.c::text AS c, w.l::text = p.l::text AS l FROM (SELECT * FROM survival_whole OFFSET 0) w,
    (SELECT survival(t, cause IS NOT NULL, e) AS s, cumulative_incidence(t, cause, e) AS c, log_rank(t, cause IS NOT NULL, g, e) AS l FROM survival_rows) p;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
-- as many times as distinct ones, whatever the rows
SELECT total(s), jsonb_array_length(s::jsonb -> 'times') = (SELECT count(DISTINCT x) FROM (SELECT t AS x FROM survival_rows UNION SELECT e FROM survival_rows WHERE e > 0) y) AS distinct_times FROM survival_whole;
-- outside an aggregate
SELECT survival_curve_add(NULL::survival_curve, interval '1 day', true), survival_curve_add(survival_curve_add(NULL::survival_curve, interval '2 days', true), interval '1 day', false);
-- forms come back, through jsonb too
SELECT s::text::survival_curve_float8::text = s::text AS s, c::text::incidence_curve_float8::text = c::text AS c, l::text::log_rank::text = l::text AS l,
    s::jsonb::survival_curve_float8::text = s::text AS js, c::jsonb::incidence_curve_float8::text = c::text AS jc, l::jsonb::log_rank::text = l::text AS jl FROM survival_whole;
SELECT survival(t, true)::text::survival_curve_float8 FROM unnest('{0.1, 1e300, 1e-300, 4.9e-324, 3, 1e15}'::float8[]) t;
SELECT cumulative_incidence(1, E'a "quoted"\\ \n cause Ψ'), cumulative_incidence(2, '')::jsonb::incidence_curve_float8;

-- refused
SELECT survival(-1, true);
SELECT survival('NaN'::float8, true);
SELECT survival('infinity'::float8, true);
SELECT survival(interval '-1 day', true);
SELECT survival(interval '1 month', true);
SELECT survival(interval '1 mon -30 days', true, interval '1 day');
SELECT survival(interval '2147483647 days', true);
SELECT survival(5, true, 5);
SELECT survival(5, true, 6);
SELECT survival(interval '1 day', true, interval '-1 day');
SELECT survival(5, true, 'NaN'::float8);
SELECT cumulative_incidence(1, repeat('x', 256));
SELECT log_rank(i, true, i::text) FROM generate_series(1, 256) i;
SELECT log_rank(1, true, 'a') + log_rank(interval '1 day', true, 'a');
SELECT * FROM curve(survival_curve_add(NULL::survival_curve, interval '1 day', true), 1);
SELECT * FROM curve(survival_curve_add(NULL::survival_curve, interval '1 day', true), 'NaN');
SELECT * FROM curve(survival_curve_add(NULL::survival_curve, interval '1 day', true), 0.9, 'logit');
SELECT quantile(survival(1, true), 1.1);
SELECT quantile(survival(1, true), 'NaN');
SELECT * FROM quantiles('{"unit": "interval", "times": []}'::survival_curve, '{0.5,NULL}');
SELECT survival_at(survival(1, true), -1);
SELECT conditional_incidence(cumulative_incidence(1, 'x'), 'x', 2, 1);
SELECT survival('{}'::journey, NULL, '{won}', now());
SELECT survival('{}'::journey, 'lead', '{won}', 'infinity');
SELECT * FROM time_to('{lead@2026-01-01}', 'lead', '{won}', '2026-02-01', '-infinity');
SELECT '{"unit": "number", "times": []}'::survival_curve;
SELECT '{"unit": "interval", "times": [[1, 0, 1]]}'::survival_curve;
SELECT '{"unit": "interval", "times": [[1, 0, 0, 0]]}'::survival_curve;
SELECT '{"unit": "interval", "times": [[1, 0, -1, 0]]}'::survival_curve;
SELECT '{"unit": "interval", "times": [[5, 1, 0, 0], [3, 0, 1, 0]]}'::survival_curve;
SELECT '{"unit": "interval", "times": [[5, 0, 9223372036854775807, 0], [3, 0, 1, 0]]}'::survival_curve;
SELECT '{"unit": "interval"}'::survival_curve;
SELECT '{"unit": "interval", "times": [], "causes": []}'::survival_curve;
SELECT '{"unit": "number", "causes": ["a", "a"], "times": []}'::incidence_curve_float8;
SELECT '{"unit": "number", "causes": ["a"], "times": [[1, 2, 0, 1, 0]]}'::incidence_curve_float8;
SELECT '{"unit": "number", "causes": ["a"], "times": [[1, 0, 0, 1, 0]]}'::incidence_curve_float8;
SELECT '{"unit": "number", "groups": ["a"], "times": [[1, 0, 0, 1, 0]]}'::log_rank;
SELECT '{"unit": "number", "groups": ["a"], "times": [[1e999, 1, 0, 1, 0]]}'::log_rank;
SELECT 'null'::jsonb::survival_curve;
SELECT s + '{"unit": "interval", "times": [[5, 0, 9223372036854775807, 0]]}' FROM (SELECT survival(interval '1 day', true) AS s) x;

DROP TABLE survival_small, survival_deals, survival_journeys, survival_rows, survival_whole;
