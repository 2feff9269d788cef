-- attribution of generated touches against plain SQL: fractions of each touch, chains followed step by step, all orders of channels
SET search_path = public, journey;
SET TIME ZONE 'UTC';
SET jit = off;
SELECT setseed(0.94);
CREATE TABLE attribution_event (customer int, label text, at timestamptz) PARTITION BY HASH (customer);
CREATE TABLE attribution_event_0 PARTITION OF attribution_event FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (parallel_workers = 2);
CREATE TABLE attribution_event_1 PARTITION OF attribution_event FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (parallel_workers = 2);
INSERT INTO attribution_event SELECT customer, (ARRAY['search', 'mail', 'display', 'direct', 'fair', 'é "x"'])[1 + trunc(power(random(), 2) * 6)], '2026-01-01Z'::timestamptz + trunc(random() * random() * 4e6) * interval '1 s'
FROM generate_series(1, 900) AS customer, LATERAL generate_series(1, customer % 8) AS n;
-- a third converts, more often after display, some twice
INSERT INTO attribution_event SELECT customer, 'won', '2026-01-20Z'::timestamptz + trunc(random() * 2e6) * interval '1 s'
FROM (SELECT customer, bool_or(label = 'display') AS display FROM attribution_event GROUP BY customer) AS s, LATERAL generate_series(1, CASE WHEN customer % 9 = 0 THEN 2 WHEN customer % 9 < CASE WHEN display THEN 5 ELSE 3 END THEN 1 ELSE 0 END) AS n;
CREATE TABLE attribution_journey WITH (parallel_workers = 3) AS
SELECT customer, journey_agg(label, at) AS j, (customer * 37 % 1000)::numeric / 8 AS value FROM attribution_event GROUP BY customer;
SELECT count(*) AS customers, count(*) FILTER (WHERE path(j) @> '{won}') AS converted FROM attribution_journey;

-- the touches of each conversion: by joins, for all combinations of options
CREATE FUNCTION attribution_spans(lookback interval, channels text[], every_one boolean) RETURNS TABLE (customer int, nth int, won timestamptz, channel text, at timestamptz) LANGUAGE sql SET search_path = public, pg_temp AS $$
    WITH won AS (SELECT customer, at, row_number() OVER (PARTITION BY customer ORDER BY at)::int AS nth, lag(at, 1, '-infinity') OVER (PARTITION BY customer ORDER BY at) AS before
        FROM (SELECT DISTINCT customer, at FROM public.attribution_event WHERE label = 'won') AS d)
    SELECT w.customer, w.nth, w.at, e.label, e.at
    FROM won AS w JOIN (SELECT DISTINCT customer, label, at FROM public.attribution_event WHERE label <> 'won' AND (label = ANY (channels) OR channels IS NULL)) AS e ON e.customer = w.customer AND e.at > w.before AND e.at <= w.at
    WHERE (every_one OR w.nth = 1) AND (lookback IS NULL OR w.at - lookback <= e.at)
$$;
-- the share of each touch by the definition of each rule, added up by channel
CREATE FUNCTION attribution_credits(model text, lookback interval, channels text[], every_one boolean, skip text[], half_life interval) RETURNS TABLE (customer int, nth int, channel text, touches bigint, credit float8) LANGUAGE sql SET search_path = public, pg_temp AS $$
    WITH span AS MATERIALIZED (SELECT * FROM public.attribution_spans(lookback, channels, every_one)),
    kept AS (SELECT *, (channel = ANY (skip)) IS TRUE AND bool_or(channel <> ALL (skip)) OVER (PARTITION BY customer, nth) IS TRUE AS skipped FROM span),
    placed AS (SELECT *, row_number() OVER w AS i, count(*) OVER (PARTITION BY customer, nth) AS n, row_number() OVER (PARTITION BY customer, nth, channel ORDER BY at) AS again FROM kept WHERE NOT skipped WINDOW w AS (PARTITION BY customer, nth ORDER BY at, channel COLLATE "C")),
    weighed AS (SELECT *, CASE model WHEN 'first' THEN (i = 1)::int WHEN 'last' THEN (i = n)::int WHEN 'linear' THEN 1 WHEN 'linear_distinct' THEN (again = 1)::int
        WHEN 'position' THEN CASE WHEN n <= 2 THEN 1 WHEN i IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END
        WHEN 'time_decay' THEN power(0.5::float8, extract(epoch FROM won - at) / extract(epoch FROM half_life))
        ELSE power(0.5::float8, floor(extract(epoch FROM won - at) / extract(epoch FROM half_life))) END AS weight FROM placed)
    SELECT k.customer, k.nth, k.channel, count(*), coalesce(sum(w.weight) / sum(sum(w.weight)) OVER (PARTITION BY k.customer, k.nth), 0)
    FROM kept AS k LEFT JOIN weighed AS w ON w.customer = k.customer AND w.nth = k.nth AND w.channel = k.channel AND w.at = k.at GROUP BY k.customer, k.nth, k.channel
$$;
CREATE TABLE attribution_case AS SELECT row_number() OVER () AS id, * FROM
    (VALUES ('first'), ('last'), ('linear'), ('linear_distinct'), ('position'), ('time_decay'), ('time_decay_stepped')) AS a (model),
    (VALUES (NULL::interval, NULL::text[], false, NULL::text[]), ('10 days', NULL, false, '{direct}'), (NULL, '{mail,direct,display}', true, '{direct,mail}'), ('5 days 03:00', '{search,mail}', true, NULL)) AS b (lookback, channels, every_one, skip);
CREATE FUNCTION attribution_got(model text, lookback interval, channels text[], every_one boolean, skip text[], half_life interval) RETURNS TABLE (customer int, nth int, channel text, touches bigint, credit numeric, value numeric) LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT customer, a.nth, a.channel, a.touches, a.credit, a.value FROM public.attribution_journey, journey.attribution(j, model, 'won', NULL, value, lookback, channels, skip, NULL, half_life, every_one) AS a
$$;
CREATE FUNCTION attribution_half(model text) RETURNS interval LANGUAGE sql AS $$ SELECT CASE WHEN model LIKE 'time%' THEN interval '3 days 04:00' END $$;
SELECT model, lookback, channels, skip, s.*
FROM attribution_case, LATERAL (SELECT count(*) AS rows, count(*) FILTER (WHERE g.credit IS NULL OR e.credit IS NULL OR abs(g.credit - e.credit::numeric) > 2e-15 OR g.touches <> e.touches) AS wrong
    FROM attribution_got(model, lookback, channels, every_one, skip, attribution_half(model)) AS g FULL JOIN attribution_credits(model, lookback, channels, every_one, skip, attribution_half(model)) AS e USING (customer, nth, channel)) AS s ORDER BY id;
-- the sums are exact: of each conversion, of all
SELECT model, sum(customers) AS conversions, sum(wrong) AS wrong, sum(wrong_value) AS wrong_value
FROM attribution_case, LATERAL (SELECT count(*) AS customers, count(*) FILTER (WHERE credit <> 1) AS wrong, count(*) FILTER (WHERE given <> a.value) AS wrong_value
    FROM (SELECT customer, nth, sum(credit) AS credit, sum(value) AS given FROM attribution_got(model, lookback, channels, every_one, skip, attribution_half(model)) GROUP BY customer, nth) AS g JOIN attribution_journey AS a USING (customer)) AS s GROUP BY model ORDER BY model COLLATE "C";

-- many paths: the same total, to the last digit
CREATE TABLE attribution_all AS SELECT lookback, channels, every_one, attribution_agg(j, 'won', value, lookback, channels, every_one) AS p FROM attribution_journey, (SELECT DISTINCT lookback, channels, every_one FROM attribution_case) AS c GROUP BY lookback, channels, every_one;
SELECT model, count(*) AS channels, count(*) FILTER (WHERE t.conversions IS DISTINCT FROM g.credit OR t.value IS DISTINCT FROM g.value) AS wrong
FROM attribution_case AS c JOIN attribution_all AS a ON a.lookback IS NOT DISTINCT FROM c.lookback AND a.channels IS NOT DISTINCT FROM c.channels AND a.every_one = c.every_one,
    LATERAL (SELECT * FROM attribution(p, model, skip => skip) WHERE channel IS NOT NULL) AS t FULL JOIN LATERAL (SELECT channel, sum(credit) AS credit, sum(value) AS value FROM attribution_got(model, c.lookback, c.channels, c.every_one, skip, NULL) GROUP BY channel) AS g USING (channel)
WHERE model NOT LIKE 'time%' GROUP BY model ORDER BY model COLLATE "C";
-- totals of every model add up to the conversions and their value, and shares to 1
SELECT model, bool_and(conversions = converted) AS conversions, bool_and(t.value = a.value) AS value, bool_and(share = 1) AS shares
FROM (SELECT p, converted, value FROM attribution_all, LATERAL (SELECT sum(converted) AS converted, sum(value) AS value FROM paths(p)) AS s) AS a,
    unnest('{first,last,linear,linear_distinct,position,markov,shapley,shapley_rate}'::text[]) AS model, LATERAL (SELECT sum(conversions) AS conversions, sum(value) AS value, sum(share) AS share FROM attribution(p, model)) AS t GROUP BY model ORDER BY model COLLATE "C";

-- states: any order of rows, any split, parallel plans, text and back
CREATE TABLE attribution_state AS SELECT attribution_agg(j, 'won', value) AS p FROM attribution_journey;
SELECT attribution_agg(j, 'won', value)::text = (SELECT p::text FROM attribution_state) AS shuffled FROM (SELECT * FROM attribution_journey ORDER BY md5(customer::text)) AS s;
SELECT parts, rollup(p)::text = (SELECT p::text FROM attribution_state) AS same FROM (SELECT parts, attribution_agg(j, 'won', value) AS p FROM attribution_journey, (VALUES (2), (7), (1000)) AS v (parts) GROUP BY parts, customer % parts) AS s GROUP BY parts ORDER BY parts;
SELECT touch_paths_send(p::text::touch_paths) = touch_paths_send(p) AS text, p::jsonb::touch_paths::text = p::text AS json FROM attribution_state;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL enable_partitionwise_aggregate = on;
CREATE FUNCTION attribution_plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SELECT bool_or(p LIKE '%Partial Aggregate%') AS parallel FROM attribution_plan($$SELECT attribution_agg(j, 'won', value) FROM attribution_journey$$) AS p;
SELECT attribution_agg(j, 'won', value)::text = (SELECT p::text FROM attribution_state) AS parallel FROM attribution_journey;
COMMIT;
-- raw rows, without journeys: paths as arrays
CREATE TABLE attribution_first AS SELECT customer, min(at) FILTER (WHERE label = 'won') AS first FROM attribution_event GROUP BY customer;
SELECT attribution_agg(path, won::int, 1 - won::int, CASE WHEN won THEN value END)::text = (SELECT p::text FROM attribution_state) AS from_rows
FROM (SELECT customer, value, first IS NOT NULL AS won, coalesce(array_agg(label ORDER BY at, label COLLATE "C") FILTER (WHERE label <> 'won' AND (first IS NULL OR at <= first)), '{}') AS path
    FROM (SELECT DISTINCT customer, e.label, e.at, value, first FROM attribution_event AS e JOIN attribution_journey USING (customer) JOIN attribution_first USING (customer)) AS s GROUP BY customer, value, first) AS s;

-- the chain in plain SQL: states as text, followed step by step until nothing is left, with and without each channel
CREATE TABLE attribution_move (k int, squeeze boolean, source text, target text, channel text, p float8, won float8, worth float8);
CREATE FUNCTION attribution_moves(order_k int, squeezed boolean) RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
    WITH one AS (SELECT row_number() OVER () AS id, w.* FROM public.attribution_state, journey.paths(p) AS w),
    every AS (SELECT o.*, channel, i, lag(channel) OVER (PARTITION BY id ORDER BY i) AS before FROM one AS o, unnest(path) WITH ORDINALITY AS u (channel, i)),
    touch AS (SELECT * FROM every WHERE NOT squeezed OR before IS DISTINCT FROM channel),
    state AS (SELECT *, string_agg(channel, '>') OVER (PARTITION BY id ORDER BY i ROWS BETWEEN order_k - 1 PRECEDING AND CURRENT ROW) AS name FROM touch),
    step AS (SELECT coalesce(lag(name) OVER w, '') AS source, name AS target, channel, converted + lost AS n, 0 AS won, 0 AS worth FROM state WINDOW w AS (PARTITION BY id ORDER BY i)
        UNION ALL (SELECT DISTINCT ON (id) name, NULL, NULL, converted + lost, converted, value FROM state ORDER BY id, i DESC))
    INSERT INTO public.attribution_move SELECT order_k, squeezed, source, target, channel, sum(n) / sum(sum(n)) OVER s, sum(won) / sum(sum(n)) OVER s, sum(worth) / sum(sum(n)) OVER s FROM step GROUP BY source, target, channel WINDOW s AS (PARTITION BY source)
$$;
CREATE FUNCTION attribution_follow(order_k int, squeezed boolean, without text, OUT converted float8, OUT worth float8) LANGUAGE plpgsql AS $$
DECLARE
    names text[] := '{""}';
    masses float8[] := '{1}';
    c float8;
    v float8;
BEGIN
    converted := 0;
    worth := 0;
    WHILE (SELECT sum(m) FROM unnest(masses) AS m) > 1e-14 LOOP
        SELECT coalesce(sum(h.mass * m.won), 0), coalesce(sum(h.mass * m.worth), 0) INTO c, v FROM unnest(names, masses) AS h (name, mass) JOIN public.attribution_move AS m ON m.source = h.name WHERE m.k = order_k AND m.squeeze = squeezed AND m.target IS NULL;
        converted := converted + c;
        worth := worth + v;
        SELECT array_agg(target), array_agg(mass) INTO names, masses FROM (SELECT m.target, sum(h.mass * m.p) AS mass FROM unnest(names, masses) AS h (name, mass) JOIN public.attribution_move AS m ON m.source = h.name
            WHERE m.k = order_k AND m.squeeze = squeezed AND m.target IS NOT NULL AND m.channel IS DISTINCT FROM without GROUP BY m.target) AS s;
    END LOOP;
END $$;
CREATE TABLE attribution_chain AS SELECT * FROM (VALUES (1, false), (2, false), (2, true), (3, false)) AS o (k, squeeze);
SELECT count(*) FROM attribution_chain, attribution_moves(k, squeeze);
ANALYZE attribution_move;
CREATE TABLE attribution_without AS SELECT k, squeeze, c AS channel, f.* FROM attribution_chain, unnest('{search,mail,display,direct,fair,"é \"x\"",NULL}'::text[]) AS c, attribution_follow(k, squeeze, c) AS f;
SELECT k, squeeze, count(*) AS channels, max(abs(removal_effect - effect)) < 1e-10 AS removal, max(abs(conversions - all_converted * effect / effects)) < 1e-9 AS conversions, max(abs(value - all_value * worth_effect / worth_effects)) < 1e-9 AS value, max(abs(rate - all_converted / n)) < 1e-10 AS observed_rate, round(min(effect)::numeric, 6) AS least, round(max(effect)::numeric, 6) AS greatest
FROM (SELECT w.k, w.squeeze, a.removal_effect, a.conversions::float8, a.value::float8, b.converted AS rate, 1 - w.converted / b.converted AS effect, sum(1 - w.converted / b.converted) OVER c AS effects, 1 - w.worth / b.worth AS worth_effect, sum(1 - w.worth / b.worth) OVER c AS worth_effects, all_converted, all_value, n
    FROM attribution_state, LATERAL (SELECT sum(converted)::float8 AS all_converted, sum(value)::float8 AS all_value, sum(converted + lost)::float8 AS n FROM paths(p) WHERE path <> '{}') AS t,
        attribution_without AS w JOIN attribution_without AS b ON b.k = w.k AND b.squeeze = w.squeeze AND b.channel IS NULL, LATERAL attribution(p, 'markov', w.k, w.squeeze) AS a WHERE a.channel = w.channel WINDOW c AS (PARTITION BY w.k, w.squeeze)) AS s
GROUP BY k, squeeze ORDER BY k, squeeze;
-- repeats change nothing in a chain of order 1, but do in one of order 2
SELECT n, count(*) FILTER (WHERE abs(a.removal_effect - b.removal_effect) > 1e-12) AS different
FROM attribution_state, generate_series(1, 2) AS n, attribution(p, 'markov', n) AS a JOIN LATERAL attribution(p, 'markov', n, true) AS b USING (channel) GROUP BY n ORDER BY n;
-- an order longer than any path changes nothing
SELECT count(*) FILTER (WHERE abs(a.removal_effect - b.removal_effect) > 1e-12) AS different FROM attribution_state, attribution(p, 'markov', 8) AS a JOIN LATERAL attribution(p, 'markov', 16) AS b USING (channel);

-- the rows of the matrix
SELECT k, count(*) AS moves, count(DISTINCT source) AS states, bool_and(abs(sums - 1) < 1e-12) AS rows_are_1, sum(paths) FILTER (WHERE converted) AS converted, sum(paths) FILTER (WHERE NOT converted) AS lost, sum(paths) FILTER (WHERE source = '{}') AS begun
FROM (SELECT k, t.*, sum(probability) OVER (PARTITION BY k, source) AS sums FROM attribution_state, generate_series(1, 3) AS k, transitions(p, k) AS t) AS s GROUP BY k ORDER BY k;
SELECT sum(converted) AS converted, sum(lost) AS lost, sum(converted + lost) AS begun FROM attribution_state, paths(p) WHERE path <> '{}';
SELECT count(*) AS moves, count(*) FILTER (WHERE t.paths IS DISTINCT FROM e.n) AS wrong
FROM (SELECT t.* FROM attribution_state, transitions(p) AS t WHERE target IS NOT NULL) AS t FULL JOIN (SELECT source, target, sum(n)::bigint AS n
    FROM (SELECT CASE WHEN i = 1 THEN '{}' ELSE ARRAY[lag(channel) OVER (PARTITION BY path ORDER BY i)] END AS source, channel AS target, converted + lost AS n FROM attribution_state, paths(p), unnest(path) WITH ORDINALITY AS u (channel, i)) AS s GROUP BY source, target) AS e USING (source, target);

-- Shapley values: the mean over all orders in which the channels can come
CREATE TABLE attribution_order AS WITH RECURSIVE o AS (SELECT '{}'::text[] AS came UNION ALL SELECT came || c FROM o, unnest('{search,mail,display,direct,fair,"é \"x\""}'::text[]) AS c WHERE c <> ALL (came)) SELECT came FROM o WHERE cardinality(came) = 6;
CREATE TABLE attribution_worth AS
SELECT s.came AS coalition, coalesce(sum(converted), 0)::float8 AS covered, coalesce(sum(value), 0)::float8 AS value, coalesce(sum(converted)::float8 / sum(converted + lost), 0) AS rate, coalesce(sum(value)::float8 / sum(converted + lost), 0) AS value_rate
FROM (SELECT DISTINCT ARRAY(SELECT c FROM unnest(came[:n]) AS c ORDER BY c COLLATE "C") AS came FROM attribution_order, generate_series(0, 6) AS n) AS s LEFT JOIN (SELECT w.* FROM attribution_state, paths(p) AS w WHERE path <> '{}') AS w ON w.path <@ s.came GROUP BY s.came;
WITH step AS MATERIALIZED (SELECT came[n] AS channel, ARRAY(SELECT c FROM unnest(came[:n - 1]) AS c ORDER BY c COLLATE "C") AS before, ARRAY(SELECT c FROM unnest(came[:n]) AS c ORDER BY c COLLATE "C") AS after FROM attribution_order, generate_series(1, 6) AS n),
expected AS (SELECT channel, avg(a.covered - b.covered) AS covered, avg(a.value - b.value) AS value, avg(a.rate - b.rate) AS rate, avg(a.value_rate - b.value_rate) AS value_rate
    FROM step JOIN attribution_worth AS a ON a.coalition = after JOIN attribution_worth AS b ON b.coalition = before GROUP BY channel),
total AS (SELECT sum(converted + lost)::float8 AS n FROM attribution_state, paths(p) WHERE path <> '{}')
SELECT count(*) AS channels, max(abs(s.conversions - e.covered::numeric)) < 1e-9 AS coverage, max(abs(s.value - e.value::numeric)) < 1e-9 AS coverage_value, max(abs(r.conversions - (e.rate * n)::numeric)) < 1e-9 AS rate, max(abs(r.value - (e.value_rate * n)::numeric)) < 1e-9 AS rate_value,
    min(r.conversions) < 0 AS negative
FROM expected AS e, total, attribution_state AS t, LATERAL attribution(p, 'shapley') AS s, LATERAL attribution(p, 'shapley_rate') AS r WHERE s.channel = e.channel AND r.channel = e.channel;

DROP TABLE attribution_event, attribution_first, attribution_journey, attribution_case, attribution_all, attribution_state, attribution_move, attribution_chain, attribution_without, attribution_order, attribution_worth;
DROP FUNCTION attribution_spans, attribution_credits, attribution_got, attribution_half, attribution_plan, attribution_moves, attribution_follow;
