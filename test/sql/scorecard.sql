-- scorecards: touches added up under a scoring model
SET search_path = public, journey;
SET TIME ZONE 'UTC';
\pset null '-'
SELECT setseed(0.25);

CREATE TABLE sc_model AS
SELECT scoring_model('{
    "signals": {
        "visit": {"points": 2, "half_life": "7 days"},
        "demo": {"points": 30, "once": true, "half_life": "14 days"},
        "pricing": {"points": 10.1, "max": 3, "per": "1 day", "half_life": "10 days"},
        "mail": {"points": 1.5, "max": 2, "per": "5 hours"},
        "call": {"points": 7, "max": 1, "per": "1 month", "half_life": "90 days", "category": "service"},
        "ticket": {"points": -3, "max": 4, "category": "service"},
        "trial": {"points": 12, "max": 2, "half_life": "3 days 12 hours"},
        "size": {"points": 20, "once": true, "category": "fit"},
        "sector": {"points": 0.1, "category": "fit"},
        "student": {"points": -15, "category": "fit"},
        "unsubscribe": {"points": -40, "half_life": "30 days"}
    },
    "categories": {"fit": {"cap": 33.3, "floor": -5}, "interest": {"cap": 100, "floor": 0}, "service": {"floor": -10.2}},
    "thresholds": {"mql": 60, "sql": 110},
    "grade": {"fit": [20, 10, 0], "interest": {"categories": ["interest", "service"], "cuts": [80, 40, 10]}},
    "cap": 120.7, "floor": 0}'::jsonb) AS model;

-- times are whole hours, so that many are equal; one in twenty is a signal that the model does not know
CREATE TABLE sc_touch AS
SELECT lead, CASE WHEN random() < 0.05 THEN 'spam ' || (random() * 3)::int ELSE
        (ARRAY['visit', 'demo', 'pricing', 'mail', 'call', 'ticket', 'trial', 'size', 'sector', 'student', 'unsubscribe', 'pricing', 'mail', 'call'])[1 + (random() * 13.99)::int % 14] END AS signal,
    timestamptz '2026-01-01' + (random() * 24 * (10 + lead % 60))::int * interval '1 hour' AS at
FROM generate_series(1, 200) lead, generate_series(1, 10 + lead % 80);
INSERT INTO sc_touch VALUES (1, NULL, '2026-01-01'), (1, 'visit', NULL), (2, NULL, NULL), (0, NULL, NULL);

CREATE TABLE sc_card AS SELECT lead, lead_score(model, signal, at) AS card FROM sc_touch, sc_model GROUP BY lead;

-- The same by hand: windows one after the other, contributions touch by touch.
CREATE TABLE sc_rule AS
SELECT key AS signal, (value->>'points')::float8 AS points, value->>'category' AS category,
    extract(epoch FROM (value->>'half_life')::interval)::float8 AS half_life, (value->>'max')::int AS max, (value->>'per')::interval AS per
FROM sc_model, jsonb_each(model->'signals');
CREATE TABLE sc_counted AS
WITH RECURSIVE numbered AS (
    SELECT lead, t.signal, at, r.max, r.per, row_number() OVER (PARTITION BY lead, t.signal ORDER BY at) AS n
    FROM sc_touch t JOIN sc_rule r USING (signal) WHERE at IS NOT NULL
), walked AS (
    SELECT lead, signal, at, max, per, n, at AS opened, 1 AS nth FROM numbered WHERE n = 1
    UNION ALL
    SELECT next.lead, next.signal, next.at, next.max, next.per, next.n,
        CASE WHEN next.at >= w.opened + next.per THEN next.at ELSE w.opened END,
        CASE WHEN next.at >= w.opened + next.per THEN 1 ELSE w.nth + 1 END
    FROM walked w JOIN numbered next ON next.lead = w.lead AND next.signal = w.signal AND next.n = w.n + 1
)
SELECT lead, signal, at FROM walked WHERE max IS NULL OR nth <= max;
CREATE FUNCTION sc_by_hand(at_time timestamptz) RETURNS TABLE (lead int, category text, score float8, signals jsonb)
LANGUAGE sql STABLE AS $$
    WITH s AS (
        SELECT lead, category, signal, count(*) AS counted,
            sum(points * CASE WHEN half_life IS NULL THEN 1 ELSE 2 ^ (-extract(epoch FROM at_time - at)::float8 / half_life) END) AS points
        FROM sc_counted JOIN sc_rule USING (signal) GROUP BY 1, 2, 3
    ), c AS (
        SELECT lead, category, sum(points) AS raw FROM s GROUP BY 1, 2
    ), clamped AS (
        SELECT lead, category, greatest(least(raw, cap), floor) AS score
        FROM c LEFT JOIN (VALUES ('fit', 33.3, -5), ('interest', 100, 0), ('service', NULL, -10.2)) v(category, cap, floor) USING (category)
    )
    SELECT lead, coalesce(category, 'total'), CASE WHEN category IS NULL THEN greatest(least(sum(score), 120.7), 0) ELSE sum(score) END,
        CASE WHEN category IS NULL THEN (SELECT jsonb_object_agg(signal, jsonb_build_array(counted, points)) FROM s WHERE s.lead = clamped.lead) END
    FROM clamped GROUP BY GROUPING SETS ((lead, category), (lead))
$$;

-- at times before, while and long after: which differ, of how many
CREATE TABLE sc_time AS SELECT timestamptz '2026-01-15' + h * interval '1 hour' AS at FROM unnest('{0,700,1500,5000,-360}'::int[]) h;
SELECT count(*) AS scores,
    count(*) FILTER (WHERE abs(score - CASE category WHEN 'total' THEN score_at(card, at) ELSE score_at(card, category, at) END) > 1e-12 * (100 + abs(score))) AS wrong,
    count(*) FILTER (WHERE category = 'total' AND score IN (0, 120.7)) AS limited
FROM sc_time, sc_by_hand(at) h JOIN sc_card USING (lead);
SELECT count(*) AS rows, count(*) FILTER (WHERE (h.signals->e.signal->>0)::int IS DISTINCT FROM e.counted) AS wrong_counts,
    count(*) FILTER (WHERE abs((h.signals->e.signal->>1)::float8 - e.contribution) > 1e-12 * (1e3 + abs(e.contribution))) AS wrong_contributions,
    count(*) FILTER (WHERE e.note = 'limit') AS limited
FROM sc_time, sc_by_hand(at) h JOIN sc_card USING (lead), explain(card, at) e
WHERE h.category = 'total' AND e.signal IS NOT NULL AND e.category IS NOT NULL;
SELECT count(*) FILTER (WHERE e.touches IS DISTINCT FROM t.touches) AS wrong, count(*) FILTER (WHERE e.note = 'unknown signal') AS unknown,
    count(*) FILTER (WHERE (e.category IS NULL) <> (e.note IS NOT DISTINCT FROM 'unknown signal')) AS odd, sum(t.touches) AS touches
FROM (SELECT lead, signal, count(*) AS touches FROM sc_touch WHERE signal IS NOT NULL AND at IS NOT NULL GROUP BY 1, 2) t
FULL JOIN (SELECT lead, e.* FROM sc_card, explain(card, '2026-02-01') e WHERE signal IS NOT NULL) e USING (lead, signal);

-- Rows of explain add up exactly: in their order, by category, and, where nothing is cut off at a number like 33.3 and no category is
-- more than 256 times less than the whole, in any order.
CREATE TABLE sc_explained AS
SELECT lead, at, score_at(card, at) AS score, e.*
FROM sc_card, LATERAL (SELECT timestamptz '2025-12-20' + random() * lead * interval '36 hours' AS at FROM generate_series(1, 12)) a,
    explain(card, at) WITH ORDINALITY e(category, signal, touches, counted, points, contribution, note, n);
SELECT count(*) AS explanations, count(*) FILTER (WHERE score <> total) AS wrong, count(*) FILTER (WHERE rounded) AS rounded,
    count(*) FILTER (WHERE NOT cut) AS uncut,
    count(*) FILTER (WHERE NOT cut AND (shuffled <> score OR backwards <> score)) AS wrong_otherwise
FROM (
    SELECT lead, at, score, sum(contribution ORDER BY n) AS total, sum(contribution ORDER BY md5(n::text)) AS shuffled,
        sum(contribution ORDER BY contribution DESC) AS backwards, bool_or(note IS NOT DISTINCT FROM 'rounding') AS rounded,
        bool_or(coalesce(note, '') IN ('cap', 'floor', 'rounding') OR magnitude * 256 < whole AND category IS NOT NULL) AS cut
    FROM (SELECT *, sum(abs(contribution)) OVER (PARTITION BY lead, at, category) AS magnitude, sum(abs(contribution)) OVER (PARTITION BY lead, at) AS whole
        FROM sc_explained) x GROUP BY 1, 2, 3) s;
SELECT count(*) AS categories, count(*) FILTER (WHERE total <> score_at(card, category, at)) AS wrong
FROM (SELECT lead, at, category, sum(contribution ORDER BY n) AS total FROM sc_explained WHERE category IS NOT NULL GROUP BY 1, 2, 3) s JOIN sc_card USING (lead);
SELECT note, count(*) > 0 AS seen, max(abs(contribution)) < 1e-10 AS tiny FROM sc_explained GROUP BY note ORDER BY note;

-- random models and touches, of all magnitudes
CREATE TABLE sc_random AS
SELECT k, model, lead_score(model, signal, at) AS card
FROM (SELECT k, jsonb_build_object('signals', (
            SELECT jsonb_object_agg('s' || i, jsonb_strip_nulls(jsonb_build_object(
                'points', (random() - 0.4) * 10 ^ (random() * 14 - 4)::int, 'category', 'c' || (random() * 3)::int,
                'half_life', CASE WHEN random() < 0.6 THEN (1 + random() * 40)::int || ' days' END,
                'max', CASE WHEN i % 3 = 0 THEN 2 END, 'per', CASE WHEN i % 6 = 0 THEN '10 hours' END)))
            FROM generate_series(1, 2 + k % 9) i),
        'categories', jsonb_build_object('c1', jsonb_build_object('cap', round((random() * 50)::numeric, 1)), 'c2', jsonb_build_object('floor', -round((random() * 9)::numeric, 2))),
        'cap', round((random() * 200)::numeric, 1)) AS model
    FROM generate_series(1, 600) k) m,
    LATERAL (SELECT 's' || (random() * 12)::int AS signal, timestamptz '2026-01-01' + random() * interval '60 days' AS at FROM generate_series(1, k % 30)) t
GROUP BY k, model;
SELECT count(*) AS explanations, count(*) FILTER (WHERE total <> score) AS wrong, count(*) FILTER (WHERE rounded) > 0 AS some_rounded, max(abs(score)) > 1e6 AS some_large
FROM (SELECT k, d, score_at(card, timestamptz '2026-01-10' + d * interval '9 days 7 hours') AS score, sum(contribution ORDER BY n) AS total, bool_or(note IS NOT DISTINCT FROM 'rounding') AS rounded
    FROM sc_random, generate_series(-2, 8) d, explain(card, timestamptz '2026-01-10' + d * interval '9 days 7 hours')
        WITH ORDINALITY e(category, signal, touches, counted, points, contribution, note, n)
    GROUP BY 1, 2, 3) s;

-- the order of arrival does not matter, nor how touches are split and merged
SELECT count(*) AS leads, count(*) FILTER (WHERE c.card <> s.card) AS wrong
FROM sc_card c JOIN (
    SELECT lead, lead_score(model, signal, at ORDER BY random()) AS card FROM sc_touch, sc_model GROUP BY lead) s USING (lead);
CREATE TABLE sc_part AS
SELECT lead, part, lead_score(model, signal, at) AS card
FROM (SELECT *, (random() * 4)::int AS part FROM sc_touch) t, sc_model GROUP BY lead, part;
CREATE VIEW sc_facts AS
SELECT lead, round(score_at(card, '2026-02-20')::numeric, 9) AS score, round(score_at(card, '2031-01-01')::numeric, 9) AS later, grade(card, '2026-02-20') AS grade,
    (SELECT array_agg((category, signal, touches, counted) ORDER BY category, signal) FROM explain(card, '2026-02-20') WHERE signal IS NOT NULL)::text AS counts
FROM sc_card;
SELECT count(*) FILTER (WHERE f.score <> round(score_at(card, '2026-02-20')::numeric, 9) OR f.later <> round(score_at(card, '2031-01-01')::numeric, 9)) AS wrong_scores,
    count(*) FILTER (WHERE f.counts <> (SELECT array_agg((category, signal, touches, counted) ORDER BY category, signal) FROM explain(card, '2026-02-20') WHERE signal IS NOT NULL)::text) AS wrong_counts,
    count(*) AS leads
FROM sc_facts f JOIN (SELECT lead, rollup(card ORDER BY random()) AS card FROM sc_part GROUP BY lead) p USING (lead);
-- of all leads together, by parts of parts, and with +
SELECT abs(score_at(a.card, t) / score_at(b.card, t) - 1) < 1e-12 AS rollup, abs(score_at(a.card, t) / score_at(c.card, t) - 1) < 1e-12 AS twice
FROM (SELECT lead_score(jsonb_set(model, '{categories}', '{}') - 'cap' - 'floor', signal, at) AS card FROM sc_touch, sc_model) a,
    (SELECT rollup(card) AS card FROM (SELECT lead_score(jsonb_set(model, '{categories}', '{}') - 'cap' - 'floor', signal, at) AS card FROM sc_touch, sc_model GROUP BY lead) l) b,
    (SELECT rollup(card) AS card FROM (SELECT rollup(card) AS card FROM (SELECT lead, lead_score(jsonb_set(model, '{categories}', '{}') - 'cap' - 'floor', signal, at) AS card FROM sc_touch, sc_model GROUP BY lead) l
        GROUP BY lead % 7) m) c, (VALUES (timestamptz '2026-03-01')) v(t);
SELECT count(*) FILTER (WHERE (a.card + b.card) <> (b.card + a.card)) AS wrong, count(*) AS sums FROM sc_card a JOIN sc_card b ON b.lead = a.lead + 1;
SELECT rollup(card) IS NULL AS none FROM sc_card WHERE false;
SELECT lead_score(model, signal, at) IS NULL AS none FROM sc_touch, sc_model WHERE false;
SELECT score_at(card, '2026-01-01'), (SELECT count(*) FROM explain(card, '2026-01-01')) AS rows, grade(card, '2026-01-01'), card = empty_scorecard(model) AS empty
FROM sc_card, sc_model WHERE lead = 0;

-- serial, parallel and partition-wise plans
CREATE TABLE sc_parted (lead int, signal text, at timestamptz) PARTITION BY HASH (signal);
CREATE TABLE sc_parted_0 PARTITION OF sc_parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sc_parted_1 PARTITION OF sc_parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sc_parted SELECT * FROM sc_touch;
ANALYZE sc_parted;
CREATE FUNCTION sc_plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Aggregate|Gather' THEN
            RETURN NEXT regexp_replace(line, '^[ >-]*', '');
        END IF;
    END LOOP;
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_partitionwise_aggregate = on;
SET enable_sort = off;
SELECT DISTINCT substring(line FROM 'Gather|Partial|Finalize') AS plan
FROM sc_plan('SELECT lead, lead_score((SELECT model FROM sc_model), signal, at) FROM sc_parted GROUP BY lead') line ORDER BY 1;
SELECT count(*) FILTER (WHERE c.card <> p.card) AS wrong, count(*) AS leads
FROM sc_card c JOIN (SELECT lead, lead_score((SELECT model FROM sc_model), signal, at) AS card FROM sc_parted GROUP BY lead) p USING (lead);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET enable_partitionwise_aggregate;
RESET enable_sort;

-- as a window aggregate, and touch by touch
SELECT count(*) FILTER (WHERE w.card::text <> (SELECT lead_score(model, signal, at) FROM sc_touch t, sc_model WHERE t.lead = w.lead AND t.at <= w.at)::text) AS wrong, count(*) AS rows
FROM (SELECT lead, at, lead_score((SELECT model FROM sc_model), signal, at) OVER (PARTITION BY lead ORDER BY at) AS card FROM sc_touch WHERE lead BETWEEN 40 AND 50 AND at IS NOT NULL) w;
DO $$
DECLARE
    touched journey.scorecard;
    t record;
    wrong int := 0;
BEGIN
    FOR l IN 60..75 LOOP
        SELECT journey.empty_scorecard(model) INTO touched FROM public.sc_model;
        FOR t IN SELECT * FROM public.sc_touch WHERE lead = l ORDER BY md5(signal || at) LOOP
            touched := journey.touch(touched, t.signal, t.at);
        END LOOP;
        wrong := wrong + (SELECT count(*) FROM public.sc_card c WHERE c.lead = l AND abs(journey.score_at(c.card, '2026-02-01') - journey.score_at(touched, '2026-02-01')) > 1e-10)
            + (SELECT count(*) FROM journey.explain(touched, '2026-02-01') a FULL JOIN (SELECT e.* FROM public.sc_card c, journey.explain(c.card, '2026-02-01') e WHERE c.lead = l) b USING (signal)
                WHERE signal IS NOT NULL AND (a.touches, a.counted) IS DISTINCT FROM (b.touches, b.counted));
    END LOOP;
    RAISE NOTICE 'touch by touch: % wrong', wrong;
END $$;
SELECT touch(card, NULL, '2026-01-01')::text = card::text AS no_signal, touch(card, 'visit', NULL)::text = card::text AS no_time, touch(NULL, 'visit', '2026-01-01') IS NULL AS no_card
FROM sc_card WHERE lead = 5;

-- equal scorecards
SELECT count(*) AS cards, count(DISTINCT md5(card::text)) AS different, (SELECT count(*) FROM (SELECT DISTINCT card FROM (SELECT card FROM sc_card UNION ALL SELECT card::text::scorecard FROM sc_card) t) u) AS found FROM sc_card;
SELECT card = touch(card, 'visit', '2026-01-01') AS equal, card <> touch(card, 'spam', '2026-01-01') AS differ FROM sc_card WHERE lead = 7;

-- text there and back
SELECT count(*) FILTER (WHERE card::text::scorecard <> card OR score_at(card::text::scorecard, '2026-03-03') <> score_at(card, '2026-03-03')) AS wrong FROM (SELECT card FROM sc_card UNION ALL SELECT card FROM sc_random) s;
CREATE TABLE sc_small AS
SELECT lead_score('{"signals": {"a": {"points": 1}, "b": {"points": 2, "half_life": "1 day"}, "c": {"points": 3, "max": 2, "per": "1 hour"}, "d": {"points": 4, "once": true, "half_life": "1 day"}, "e": {"points": 5, "once": true}}}', s, t) AS card
FROM (VALUES ('a', timestamptz '2026-01-01 00:00'), ('a', '2026-01-02'), ('b', '2026-01-03'), ('b', '2026-01-02'), ('b', '2026-01-01'), ('c', '2026-01-01 00:00'), ('c', '2026-01-01 01:00'), ('c', '2026-01-01 00:00'), ('c', '2026-01-01 00:59:59.999999'),
    ('c', '2026-01-01 00:00'), ('d', '2026-01-05 12:34:56.789'), ('d', '2026-01-04'), ('e', '2026-01-04'), ('e', '2026-01-04'), (E'odd "name"\n', '2026-01-01'), ('', '2026-01-01'), (E'odd "name"\n', '2026-01-01')) v(s, t);
SELECT card FROM sc_small;
SELECT e.* FROM sc_small, explain(card, '2026-01-05') e;

-- a score before its touches goes up as it comes down later; there is no infinity and no NaN
SELECT score_at(card, '2026-01-02') AS day_before, score_at(card, '1900-01-01') > 1e280 AS long_before, score_at(card, '4713-01-01 BC') AS limited, score_at(card, '2200-01-01') AS long_after,
    (SELECT sum(contribution) = score_at(card, '4713-01-01 BC') FROM explain(card, '4713-01-01 BC')) AS exact
FROM (SELECT lead_score('{"signals": {"a": {"points": 1, "half_life": "1 second"}, "b": {"points": -1, "half_life": "1 day"}}}', 'a', '2026-01-02')) l(card);
SELECT score_at(card, '4713-01-01 BC'), score_at(card, '294276-01-01')
FROM (SELECT lead_score('{"signals": {"a": {"points": 1, "half_life": "1 microsecond"}, "b": {"points": -1, "half_life": "1 microsecond"}, "z": {"points": 0, "half_life": "1 microsecond"}}}', s, '294276-01-01') FROM unnest('{a,z}'::text[]) s) l(card);
SELECT round(score_at(card, '2200-01-01')::numeric, 12) FROM (SELECT lead_score('{"signals": {"a": {"points": 100, "half_life": "36525 days"}}}', 'a', '1900-01-01')) l(card);

-- a category as a score: worth the same at any time, and an index of the hottest needs no refresh
CREATE TABLE sc_lead (lead int PRIMARY KEY, account int, card scorecard, hot score('14 days') GENERATED ALWAYS AS (score(card, 'interest')) STORED);
INSERT INTO sc_lead (lead, account, card)
SELECT lead, lead % 40, lead_score('{"signals": {"visit": {"points": 2}, "demo": {"points": 30, "once": true}, "unsubscribe": {"points": -20}, "pricing": {"points": 8, "max": 2, "per": "1 day"}, "size": {"points": 5, "category": "fit"}},
    "categories": {"interest": {"half_life": "14 days"}, "fit": {"half_life": null}}}', signal, at)
FROM sc_touch WHERE signal <> 'mail' GROUP BY lead;
CREATE INDEX sc_hot ON sc_lead (hot);
ANALYZE sc_lead;
SELECT count(*) AS leads, max(abs(score_at(hot, t) - score_at(card, 'interest', t))) < 1e-11 AS same, count(*) FILTER (WHERE hot < '0@2000-01-01/14 days') > 0 AS some_negative
FROM sc_lead, (VALUES (timestamptz '2026-02-01'), ('2026-04-01')) v(t);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT lead FROM sc_lead ORDER BY hot DESC LIMIT 5;
EXPLAIN (COSTS OFF) SELECT lead FROM sc_lead WHERE hot >= threshold(50, '14 days', '2026-03-01') ORDER BY hot DESC;
WITH first AS (SELECT lead FROM sc_lead ORDER BY hot DESC LIMIT 5)
SELECT array_agg(lead ORDER BY lead) = (SELECT array_agg(lead ORDER BY lead) FROM (SELECT lead FROM sc_lead ORDER BY score_at(card, 'interest', '2026-05-01') DESC LIMIT 5) s) AS same FROM first;
-- the queue of accounts, each with its best contact: one look into the index for each account
CREATE INDEX sc_account_hot ON sc_lead (account, hot DESC);
EXPLAIN (COSTS OFF)
SELECT a, best.lead FROM generate_series(0, 39) a, LATERAL (SELECT lead, hot FROM sc_lead l WHERE l.account = a ORDER BY hot DESC LIMIT 1) best ORDER BY best.hot DESC LIMIT 10;
RESET enable_seqscan;
DROP TABLE sc_lead;
SELECT score(empty_scorecard('{"signals": {"a": {"points": 1, "half_life": "2 days"}}}'), 'interest') @ now() AS nothing;
SELECT score(empty_scorecard('{"signals": {"a": {"points": 1, "half_life": "2 days"}, "b": {"points": 1, "half_life": "1 day"}}}'), 'interest');
SELECT score(empty_scorecard('{"signals": {"a": {"points": 1}}}'), 'interest');
SELECT score(empty_scorecard('{"signals": {"a": {"points": 1}}, "categories": {"none": {}}}'), 'none');
SELECT score(empty_scorecard('{"signals": {"a": {"points": 1}}}'), 'no such');

-- thresholds
SELECT meets(card, 'mql', '2026-01-02'), meets(card, 'mql', '2026-01-03'), meets(card, 'sql', '2026-01-02'), meets(NULL, 'mql', '2026-01-02') IS NULL AS unknown
FROM (SELECT lead_score('{"signals": {"a": {"points": 50, "half_life": "1 day"}}, "thresholds": {"mql": 50, "sql": 50.000001}}', 'a', '2026-01-02')) l(card);

SELECT score_at(card) = score_at(card, now()) AND grade(card) = grade(card, now()) AND meets(card, 'mql') = meets(card, 'mql', now()) AND (SELECT sum(contribution) FROM explain(card)) = score_at(card) AS now_by_default FROM sc_card WHERE lead = 80;

-- errors
\set VERBOSITY sqlstate
SELECT lead_score(NULL, 'a', '2026-01-01');
SELECT lead_score('{}', 'a', '2026-01-01');
SELECT lead_score('{"signals": {"a": {"points": 1}}}', 'a', 'infinity');
SELECT lead_score('{"signals": {"a": {"points": 1}}}', 'a', '-infinity');
SELECT lead_score('{"signals": {"a": {"points": 1}}}', repeat('x', 256), '2026-01-01');
SELECT lead_score(m, 'a', '2026-01-01') FROM (VALUES ('{"signals": {"a": {"points": 1}}}'::jsonb), ('{"signals": {"a": {"points": 2}}}')) v(m);
SELECT rollup(empty_scorecard(m)) FROM (VALUES ('{"signals": {"a": {"points": 1}}}'::jsonb), ('{"signals": {"a": {"points": 2}}}')) v(m);
SELECT empty_scorecard('{"signals": {"a": {"points": 1}}}') + empty_scorecard('{"signals": {"b": {"points": 1}}}');
SELECT touch(card, 'a', 'infinity') FROM sc_small;
SELECT score_at(card, 'infinity'::timestamptz) FROM sc_small;
SELECT explain(card, '-infinity') FROM sc_small;
SELECT score_at(card, 'no such', '2026-01-01') FROM sc_small;
SELECT meets(card, 'mql', '2026-01-01') FROM sc_small;
SELECT grade(card, '2026-01-01') FROM sc_small;
\set VERBOSITY default
SELECT lead_score(m, 'a', '2026-01-01') FROM (VALUES ('{"signals": {"a": {"points": 1}}}'::jsonb), ('{"signals": {"a": {"points": 2}}}')) v(m);
SELECT lead_score('{"signals": {"a": {"points": "ten"}}}', 'a', '2026-01-01');
SELECT score_at(card, 'no such', '2026-01-01') FROM sc_small;
SELECT meets(card, 'mql', '2026-01-01') FROM sc_small;
SELECT grade(card, '2026-01-01') FROM sc_small;
-- models that say the same are the same
SELECT score_at(lead_score(m, 'a', '2026-01-01'), '2026-01-02')
FROM (VALUES ('{"signals": {"a": {"points": 1, "once": false}}}'::jsonb), ('{"signals": {"a": {"points": 1.0}}, "categories": {"interest": {"cap": null}}}')) v(m);

-- scorecards that are none
CREATE FUNCTION sc_fault(value text, OUT state text, OUT fault text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM value::journey.scorecard;
    state := 'valid';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, fault = PG_EXCEPTION_DETAIL;
END $$;
SELECT state, fault FROM unnest(ARRAY['{}', '[]', '3', '{"model": {}, "signals": {}}', '{"signals": {}}', '{"model": {"signals": {"a": {"points": "x"}}}, "signals": {}}']
    || array(SELECT format('{"model": {"signals": {"a": {"points": 1}, "b": {"points": 1, "half_life": "1 day"}, "c": {"points": 1, "max": 2, "per": "1 day"}}}, %s}', x)
        FROM unnest(ARRAY['"signals": {}', '"signal": {}', '"signals": []', '"signals": {"x": {"touches": 1}}', '"signals": {"a": {}}', '"signals": {"a": {"touches": 0}}', '"signals": {"a": {"touches": 1.5}}',
            '"signals": {"a": {"touches": 1e30}}', '"signals": {"a": {"touches": 9223372036854775807}}', '"signals": {"a": {"touches": 1, "sum": 1}}', '"signals": {"b": {"touches": 1, "sum": 1}}',
            '"signals": {"b": {"touches": 1, "sum": 1.5, "at": "2026-01-01"}}', '"signals": {"b": {"touches": 2, "sum": 0.5, "at": "2026-01-01"}}', '"signals": {"b": {"touches": 2, "sum": "x", "at": "2026-01-01"}}',
            '"signals": {"b": {"touches": 2, "sum": 1.5, "at": "infinity"}}', '"signals": {"b": {"touches": 2, "sum": 1.5, "at": 5}}', '"signals": {"b": {"touches": 2, "sum": 1.5, "at": "2026-01-01"}}',
            '"signals": {"c": {"touches": 2}}', '"signals": {"c": {"touches": 1, "times": ["2026-01-01", "2026-01-02"]}}', '"signals": {"c": {"touches": 3, "times": ["2026-01-02", "2026-01-01", "2026-01-01T12:00:00+03"]}}',
            '"signals": {"c": {"touches": 3, "times": [1]}}', '"signals": {}, "unknown": {"a": 1}', '"signals": {}, "unknown": {"z": 0}', '"signals": {}, "unknown": {"z": 1}', '"signals": {}, "more": 1']) x)) v, sc_fault(v);
SELECT state FROM sc_fault('{"signals"');
SELECT '{"model": {"signals": {"a": {"points": 1}}}, "signals": {"a": {"touches": -1}}}'::scorecard;
-- sums at their limits
SELECT card + card FROM (SELECT '{"model": {"signals": {"a": {"points": 1}}}, "signals": {"a": {"touches": 9223372036854775807}}}'::scorecard) s(card);
SELECT touch(card, 'a', '2026-01-01') FROM (SELECT '{"model": {"signals": {"a": {"points": 1}}}, "signals": {"a": {"touches": 9223372036854775807}}}'::scorecard) s(card);
SELECT score_at(card, '2026-01-01') FROM (SELECT '{"model": {"signals": {"a": {"points": 1e12}}}, "signals": {"a": {"touches": 9223372036854775807}}}'::scorecard) s(card);

-- many touches that cannot count are not kept; many that can are, in order of n log n; many unknown signals have an end
SELECT length(lead_score('{"signals": {"a": {"points": 1, "half_life": "1 day", "max": 3}, "b": {"points": 1, "max": 2, "per": "1 day"}}}', CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END,
    timestamptz '2026-01-01' + i % 7 * interval '1 day')::text) < 1000 AS small FROM generate_series(1, 100000) i;
SELECT counted FROM explain((SELECT lead_score('{"signals": {"a": {"points": 1, "max": 10, "per": "1 minute"}}}', 'a', timestamptz '2026-01-01' + (i * 7919::bigint % 200000) * interval '1 second')
    FROM generate_series(1, 200000) i), '2026-01-01');
SELECT count(*) FROM explain((SELECT lead_score('{"signals": {"a": {"points": 1}}}', 'x' || i % 20000, '2026-01-01') FROM generate_series(1, 40000) i), '2026-01-01');
SELECT lead_score('{"signals": {"a": {"points": 1}}}', 'x' || i, '2026-01-01') FROM generate_series(1, 70000) i;

DROP VIEW sc_facts;
DROP TABLE sc_model, sc_touch, sc_card, sc_rule, sc_counted, sc_time, sc_explained, sc_random, sc_part, sc_parted, sc_small;
DROP FUNCTION sc_by_hand, sc_plan, sc_fault;
