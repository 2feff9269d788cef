-- scoring models: what a document says, its canonical form, and where it is wrong
SET search_path = public, journey;
SET intervalstyle = 'sql_standard';
\pset null '-'

-- everything that can be said
SELECT jsonb_pretty(scoring_model('{
    "signals": {
        "pricing page": {"points": 10, "max": 3, "per": "1 day"},
        "webinar": {"points": 20, "once": true, "half_life": "30 days"},
        "newsletter": {"points": 1.5, "once": false, "max": null, "half_life": null},
        "monthly call": {"points": 4, "once": true, "per": "1 month 2 hours", "category": "service"},
        "right size": {"points": 40, "category": "fit"},
        "unsubscribe": {"points": -25, "half_life": "12 hours 30 minutes"}
    },
    "categories": {
        "fit": {"cap": 75, "floor": 0},
        "interest": {"half_life": "2 weeks", "cap": null},
        "never used": {}
    },
    "thresholds": {"mql": 50, "sql": 80.5},
    "grade": {"fit": [60, 40, 20], "interest": {"categories": ["service", "interest"], "cuts": [50, 20.25, 20.25]}},
    "cap": 150, "floor": -10
}'::jsonb));
-- the least
SELECT scoring_model('{"signals": {"x": {"points": -0.0}}}'::jsonb);
-- thirds of a letter
SELECT scoring_model('{"signals": {"x": {"points": 1}}, "grade": {"interest": [3, 2, 1], "fit": {"categories": "interest", "start": "C-"}}}'::jsonb) -> 'grade';
SELECT scoring_model('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}, "grade": {"interest": [3, 2, 1], "fit": {"third": 2.5}}}'::jsonb) -> 'grade';
-- the canonical form of the canonical form is the same; null is null
SELECT scoring_model(m) = m AND scoring_model(NULL) IS NULL AS canonical
FROM scoring_model('{"signals": {"b": {"points": 1e-3, "half_life": "1.5 seconds"}, "a": {"points": 1e12}}, "categories": {"interest": {"half_life": "100 weeks"}}}'::jsonb) m;
-- settings change nothing
SET extra_float_digits = 0;
SELECT scoring_model('{"signals": {"x": {"points": 0.1234567890123456, "half_life": "1 day"}}}'::jsonb) #>> '{signals,x}';
SELECT grade_cuts('{"signals": {"x": {"points": 1}, "y": {"points": 1, "category": "fit"}}}', '{0.1234567890123456,0,-1}', '{3,2,1}') -> 'grade';
RESET extra_float_digits;
RESET intervalstyle;

-- cuts of grades, as quantiles of what there is
SELECT grade_cuts('{"signals": {"x": {"points": 1}, "y": {"points": 1, "category": "job"}},
        "grade": {"fit": {"categories": ["job"], "third": 3}, "interest": [9, 9, 9]}}',
    percentile_cont(ARRAY[0.75, 0.5, 0.25]) WITHIN GROUP (ORDER BY v),
    percentile_disc(ARRAY[0.9, 0.5, 0.1]) WITHIN GROUP (ORDER BY v * v)) -> 'grade'
FROM (SELECT i::float8 AS v FROM generate_series(1, 10) i) s;
SELECT grade_cuts('{"signals": {"x": {"points": 1}}}', NULL, '{3,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1}}}', '{3,2,1}', '{3,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}}', '{3,2}', '{3,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}}', '{3,2,NULL}', '{3,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}}', '{3,2,1}', '{NaN,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}}', '{3,2,1}', '{Infinity,2,1}');
SELECT grade_cuts('{"signals": {"x": {"points": 1, "category": "fit"}}, "categories": {"interest": {}}}', '{3,2,1}', '{1,2,3}');
SELECT grade_cuts('{"signals": {}}', '{3,2,1}', '{3,2,1}');

-- what is wrong, and where
CREATE FUNCTION scorecard_fault(document jsonb, OUT state text, OUT fault text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM journey.scoring_model(document);
    state := 'valid';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, fault = PG_EXCEPTION_DETAIL;
END $$;
CREATE TABLE scorecard_bad (n int GENERATED ALWAYS AS IDENTITY, document jsonb);
INSERT INTO scorecard_bad (document) VALUES
    ('null'), ('1'), ('"x"'), ('true'), ('[]'), ('{}'),
    ('{"signals": null}'), ('{"signals": []}'), ('{"signals": {}}'), ('{"signals": {"a": 5}}'), ('{"signals": {"a": {}}}'),
    ('{"signal": {"a": {"points": 1}}}'),
    ('{"signals": {"": {"points": 1}}}'),
    (format('{"signals": {"%s": {"points": 1}}}', repeat('x', 256))::jsonb),
    (format('{"signals": {"%s": {"points": 1}}}', repeat('é', 128))::jsonb),
    ('{"signals": {"a": {"points": "1"}}}'), ('{"signals": {"a": {"points": null}}}'), ('{"signals": {"a": {"points": true}}}'),
    ('{"signals": {"a": {"points": [1]}}}'), ('{"signals": {"a": {"points": {"x": 1}}}}'),
    ('{"signals": {"a": {"points": "NaN"}}}'), ('{"signals": {"a": {"points": "Infinity"}}}'),
    ('{"signals": {"a": {"points": 1e400}}}'), ('{"signals": {"a": {"points": -1e400}}}'), ('{"signals": {"a": {"points": 1000000000001}}}'),
    ('{"signals": {"a": {"points": 1, "half-life": "1 day"}}}'),
    ('{"signals": {"say \"hi\"": {"points": 1, "color": 2}}}'), ('{"signals": {"1st": {"point": 1}}}'), ('{"signals": {"a.b": {"point": 1}}}'),
    ('{"signals": {"a": {"points": 1, "half_life": 14}}}'), ('{"signals": {"a": {"points": 1, "half_life": ""}}}'),
    ('{"signals": {"a": {"points": 1, "half_life": "0 days"}}}'), ('{"signals": {"a": {"points": 1, "half_life": "-14 days"}}}'),
    ('{"signals": {"a": {"points": 1, "half_life": "1 month"}}}'), ('{"signals": {"a": {"points": 1, "half_life": "2 years 1 day"}}}'),
    ('{"signals": {"a": {"points": 1, "half_life": "infinity"}}}'), ('{"signals": {"a": {"points": 1, "half_life": "14"}}}'),
    ('{"signals": {"a": {"points": 1, "half_life": "99999999999999999999 days"}}}'), ('{"signals": {"a": {"points": 1, "half_life": "14 days ago"}}}'),
    ('{"signals": {"a": {"points": 1, "once": 1}}}'), ('{"signals": {"a": {"points": 1, "once": "true"}}}'),
    ('{"signals": {"a": {"points": 1, "max": 0}}}'), ('{"signals": {"a": {"points": 1, "max": -1}}}'), ('{"signals": {"a": {"points": 1, "max": 1.5}}}'),
    ('{"signals": {"a": {"points": 1, "max": 1000001}}}'), ('{"signals": {"a": {"points": 1, "max": 1e300}}}'), ('{"signals": {"a": {"points": 1, "max": "3"}}}'),
    ('{"signals": {"a": {"points": 1, "max": 2, "once": true}}}'),
    ('{"signals": {"a": {"points": 1, "per": "1 day"}}}'), ('{"signals": {"a": {"points": 1, "once": false, "per": "1 day"}}}'),
    ('{"signals": {"a": {"points": 1, "max": 1, "per": "0 days"}}}'), ('{"signals": {"a": {"points": 1, "max": 1, "per": "-1 day"}}}'),
    ('{"signals": {"a": {"points": 1, "max": 1, "per": 86400}}}'),
    ('{"signals": {"a": {"points": 1, "category": 1}}}'), ('{"signals": {"a": {"points": 1, "category": ""}}}'), ('{"signals": {"a": {"points": 1, "category": null}}}'),
    ('{"signals": {"a": {"points": 1}}, "categories": []}'), ('{"signals": {"a": {"points": 1}}, "categories": {"fit": 50}}'),
    ('{"signals": {"a": {"points": 1}}, "categories": {"": {}}}'), ('{"signals": {"a": {"points": 1}}, "categories": {"fit": {"max": 3}}}'),
    ('{"signals": {"a": {"points": 1}}, "categories": {"fit": {"cap": "50"}}}'), ('{"signals": {"a": {"points": 1}}, "categories": {"fit": {"cap": 1, "floor": 2}}}'),
    ('{"signals": {"a": {"points": 1}}, "categories": {"fit": {"half_life": "1 month"}}}'),
    ('{"signals": {"a": {"points": 1}}, "cap": 1e13}'), ('{"signals": {"a": {"points": 1}}, "floor": "0"}'), ('{"signals": {"a": {"points": 1}}, "cap": 1, "floor": 1.5}'),
    ('{"signals": {"a": {"points": 1}}, "thresholds": [50]}'), ('{"signals": {"a": {"points": 1}}, "thresholds": {"mql": "50"}}'),
    ('{"signals": {"a": {"points": 1}}, "thresholds": {"": 50}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": "A"}'), ('{"signals": {"a": {"points": 1}}, "grade": {}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"interest": [3, 2, 1]}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": [3, 2, 1], "interest": [3, 2, 1]}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": [3, 2], "interest": [3, 2, 1]}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"fit": [1, 2, 3]}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": [3, "2", 1]}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"fit": 3}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"categories": ["interest"]}}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"cuts": [3, 2, 1], "third": 1}}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"third": 0}}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"start": "E"}}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"start": 3}}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"interest": {"third": 1}}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"categories": [], "third": 1}}}'), ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"categories": [1], "third": 1}}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"fit": {"categories": ["interest", "interest"], "third": 1}, "interest": [3, 2, 1]}}'),
    ('{"signals": {"a": {"points": 1}}, "grade": {"outlook": [3, 2, 1]}}'),
    ('{"signals": {"a": {"points": 1}}, "version": 1}'),
    (format('{"signals": {"a": {"points": 1, "%s": 1}}}', repeat('long ', 1000))::jsonb);
SELECT n, state, fault FROM scorecard_bad, scorecard_fault(document) ORDER BY n;
SELECT scoring_model('{"signals": {"webinar": {"points": "ten"}}}'::jsonb);

-- as a check of a column
CREATE TABLE scorecard_rules (name text, model jsonb CHECK (scoring_model(model) IS NOT NULL));
INSERT INTO scorecard_rules VALUES ('b2b', '{"signals": {"webinar": {"points": 10}}}');
UPDATE scorecard_rules SET model = jsonb_set(model, '{signals,webinar,points}', '"10"');

-- large documents: as many signals as may be, and one more
SELECT state, fault, n FROM generate_series(10000, 10001) n,
    LATERAL (SELECT jsonb_object_agg('signal ' || i, '{"points": 1}'::jsonb) AS signals FROM generate_series(1, n) i) s,
    scorecard_fault(jsonb_build_object('signals', signals));
SELECT state, fault FROM (SELECT jsonb_object_agg('s' || i, jsonb_build_object('points', i, 'category', 'c' || i)) AS signals FROM generate_series(1, 1001) i) s,
    scorecard_fault(jsonb_build_object('signals', signals));
SELECT state, fault FROM scorecard_fault(format('{"signals": {"a": {"points": 1%s}}}', repeat('0', 100000))::jsonb);
SELECT state, fault FROM scorecard_fault(format('{"signals": %s1%s}', repeat('[', 3000), repeat(']', 3000))::jsonb);

-- any part of a model made into something else: either it is valid, and its canonical form is, or the fault is said
CREATE TABLE scorecard_fuzz AS
WITH RECURSIVE whole AS (
    SELECT '{"signals": {"a": {"points": 10, "max": 3, "per": "1 day", "half_life": "2 days"}, "b": {"points": -2, "once": true, "category": "fit"}},
        "categories": {"fit": {"cap": 75, "floor": 0, "half_life": null}, "interest": {"half_life": "2 weeks"}},
        "thresholds": {"mql": 50}, "cap": 100, "floor": 0,
        "grade": {"fit": {"categories": ["fit"], "third": 1, "start": "D"}, "interest": {"cuts": [3, 2, 1]}}}'::jsonb AS document
), part(path, value) AS (
    SELECT '{}'::text[], document FROM whole
    UNION ALL
    SELECT path || k.key, k.value FROM part, LATERAL (
        SELECT key, value FROM jsonb_each(CASE jsonb_typeof(part.value) WHEN 'object' THEN part.value END)
        UNION ALL
        SELECT (ordinality - 1)::text, value FROM jsonb_array_elements(CASE jsonb_typeof(part.value) WHEN 'array' THEN part.value END) WITH ORDINALITY AS e(value, ordinality)) k
)
SELECT path, replacement, f.*
FROM whole, part, unnest(ARRAY['null', 'true', '0', '-1', '1.5', '1e99', '1e999', '""', '"x"', '"1 day"', '"1 month"', '"A"', '[]', '[1]', '[3, 2, 1]', '["fit"]',
        '{}', '{"a": 1}', '{"points": 1}']::jsonb[]) AS replacement,
    scorecard_fault(jsonb_set(document, path, replacement)) f
WHERE path <> '{}';
INSERT INTO scorecard_fuzz
SELECT path, NULL, f.* FROM (SELECT DISTINCT path FROM scorecard_fuzz) p, scorecard_fault(
    '{"signals": {"a": {"points": 10, "max": 3, "per": "1 day", "half_life": "2 days"}, "b": {"points": -2, "once": true, "category": "fit"}},
        "categories": {"fit": {"cap": 75, "floor": 0, "half_life": null}, "interest": {"half_life": "2 weeks"}},
        "thresholds": {"mql": 50}, "cap": 100, "floor": 0,
        "grade": {"fit": {"categories": ["fit"], "third": 1, "start": "D"}, "interest": {"cuts": [3, 2, 1]}}}'::jsonb #- path) f;
SELECT count(*) AS documents, count(*) FILTER (WHERE state = 'valid') AS valid,
    count(*) FILTER (WHERE state = '22023' AND fault ~ '^At \$.*: .*\.$') AS said,
    -- the fault is at what was changed, within it, or at what it is a part of
    count(*) FILTER (WHERE state = '22023' AND path[1] = 'signals' AND fault !~ '^At \$(:|\.signals|\.grade)') AS elsewhere
FROM scorecard_fuzz;
DROP TABLE scorecard_bad, scorecard_rules, scorecard_fuzz;
DROP FUNCTION scorecard_fault;
