-- workspace: desired outcomes, gaps, the guard of advocates, health, revenue kept
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SELECT count(*) > 90 AS made FROM journey.create_workspace('success');
SET search_path = success, public;

-- the airline: a safe arrival without a seat, for a traveller who is not its ideal customer (S2.12, S2.13)
INSERT INTO segment (name, is_ideal) VALUES ('tourist', true), ('developer', true), ('business traveller', false);
INSERT INTO desired_outcome (segment_id, valid, required, functional, required_level, experience_level) VALUES
    (1, '[2025-01-01,)', 'arrive', 'flight taken', 1, 0.5), (2, '[2025-01-01,)', 'addresses are right', 'address checked', 0.8, 0.7),
    (3, '[2025-01-01,)', 'arrive', 'flight taken', 1, 0.9);
INSERT INTO experience (segment_id, name, scope, valid, weight) VALUES
    (1, 'seat', 'in_app', '[2025-01-01,)', 1), (2, 'interface for programs', 'in_app', '[2025-01-01, 2026-03-01)', 3),
    (2, 'community', 'beyond', '[2025-01-01,)', 1), (2, 'self-service key', 'in_app', '[2026-03-01,)', 3),
    (3, 'seat assignment', 'in_app', '[2025-01-01,)', 1), (3, 'legroom', 'in_app', '[2025-01-01,)', 1), (3, 'wifi', 'in_app', '[2025-01-01,)', 1);
INSERT INTO party (name, first_seen, stage_at) SELECT 'p' || i, '2026-01-01', '2026-01-01' FROM generate_series(1, 9) AS i;
INSERT INTO party_segment (party_id, segment_id, since) SELECT i, CASE WHEN i = 1 THEN 3 WHEN i < 4 THEN 1 ELSE 2 END, '2026-01-01' FROM generate_series(1, 8) AS i;
INSERT INTO outcome_reading (party_id, at, functional, required) VALUES (1, '2026-01-10', 1, 1), (2, '2026-01-10', 1, 1), (3, '2026-01-10', 1, 0),
    (4, '2026-01-10', 1, 0.9), (5, '2026-01-10', 1, 0.5), (6, '2026-01-10', 0.5, 0.9), (7, '2026-01-10', 1, NULL);
INSERT INTO experience_reading (party_id, experience_id, at, fit) VALUES (1, 5, '2026-01-10', 0), (1, 6, '2026-01-10', 0), (1, 7, '2026-01-10', 0.5),
    (2, 1, '2026-01-10', 1), (3, 1, '2026-01-10', 1), (4, 2, '2026-01-10', 1), (4, 3, '2026-01-10', 0), (5, 2, '2026-01-10', 0), (5, 3, '2026-01-10', 0.5),
    (6, 2, '2026-01-10', 0.6);
SELECT party_id AS party, segment, is_ideal AS ideal, functional AS f, required AS r, round(experience::numeric, 3) AS a, experience_known || '/' || experience_asked AS known,
       outcome_met AS ro, experience_met AS ax, state, round(gap::numeric, 3) AS gap
FROM success_at('2026-02-01') ORDER BY 1;
-- the experience that is asked changes: the same readings a month later
SELECT party_id AS party, round(experience::numeric, 3) AS a, state FROM success_at('2026-03-02') WHERE segment = 'developer' ORDER BY 1;
SELECT segment, added, dropped, round(experience_before::numeric, 3) AS before, round(experience_after::numeric, 3) AS after, moved
FROM experience_drift('2026-02-01', '2026-03-02') ORDER BY 1;
-- the views look at now; the dates are made to include it
UPDATE experience SET valid = '[2025-01-01,)' WHERE name = 'interface for programs';
DELETE FROM experience WHERE name = 'self-service key';
SELECT segment, is_ideal AS ideal, customers, known, successful AS s, outcome_only AS oo, experience_only AS eo, neither_met AS nm, round(gap::numeric, 3) AS gap,
       round(no_outcome_given_use::numeric, 3) AS no_ro, round(no_experience_given_use::numeric, 3) AS no_ax FROM success_gap;
SELECT ideal_customers, successful, round(rate::numeric, 3) AS rate, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high FROM success_headline;

-- no advocate without both, whatever stage he comes from
SELECT refresh_success();
SELECT id, outcome_met AS ro, experience_met AS ax FROM party WHERE id IN (2, 3, 4, 9) ORDER BY 1;
UPDATE party SET stage = 'advocate', stage_at = '2026-02-02' WHERE id = 2;
UPDATE party SET stage = 'advocate', stage_at = '2026-02-02' WHERE id = 3;
UPDATE party SET stage = 'advocate', stage_at = '2026-02-02' WHERE id = 9;
SELECT stage FROM party WHERE id IN (2, 3, 9) ORDER BY id;
-- permission before choice, given by whoever is the same
UPDATE party SET stage = 'study', stage_at = '2026-02-02' WHERE id = 9;
UPDATE party SET stage = 'choice', stage_at = '2026-02-03' WHERE id = 9;
SELECT merge_party(8, 9) > 0 AS merged;
INSERT INTO consent (party_id, kind, evidence) VALUES (8, 'verbal', 'at the fair');
UPDATE party SET stage = 'choice', stage_at = '2026-02-03' WHERE id = 9;
UPDATE consent SET withdrawn_at = now() WHERE party_id = 8;
SELECT id, consented, stage FROM party WHERE id IN (8, 9) ORDER BY 1;

-- dates that overlap
INSERT INTO desired_outcome (segment_id, valid, required, functional) VALUES (1, '[2026-01-01,)', 'x', 'y');
INSERT INTO experience (segment_id, name, scope, valid) VALUES (1, 'seat', 'beyond', '[2026-01-01, 2026-02-01)');
INSERT INTO experience (segment_id, name, scope, valid) VALUES (2, 'seat', 'beyond', '[2026-01-01, 2026-02-01)');
\set VERBOSITY terse
INSERT INTO outcome_reading (party_id, required) VALUES (1, 1.01);
INSERT INTO outcome_reading (party_id, required) VALUES (1, 'NaN');
INSERT INTO outcome_reading (party_id) VALUES (1);
INSERT INTO churn (party_id, reason) VALUES (1, 'tired');
\set VERBOSITY default

-- churn by state
INSERT INTO churn (party_id, reason) VALUES (3, 'no_outcome'), (3, 'other'), (1, 'not_ideal');
SELECT state, customers, churned, rate FROM churn_by_state;

-- health in three ways and with three rules for what is not known
INSERT INTO health_signal (party_id, name, value, weight, at) VALUES (2, 'use', 0.2, 1, '2026-01-01'), (2, 'use', 0.8, 1, '2026-01-05'), (2, 'tickets', 0.5, 3, '2026-01-05'),
    (4, 'use', 0.9, 1, '2026-01-05'), (4, 'tickets', NULL, 1, '2026-01-05');
SELECT m, n, party_id AS party, round(health::numeric, 3) AS health, signals, unknown, worst
FROM unnest(ARRAY['mean', 'worst']) AS m, unnest(ARRAY['skip', 'zero', 'unknown']) AS n, LATERAL health(m, n, '2026-02-01') ORDER BY 1, 2, 3;
SELECT party_id AS party, round(health::numeric, 3) AS health, worst FROM health('minimum', 'skip', '2026-02-01') ORDER BY 1;
SELECT health('average');
SELECT health('mean', 'ignore');

-- revenue: begins 100 + 50 + 30 + 20; one leaves, one pays less, one more, and one is new
INSERT INTO revenue VALUES (1, '2026-01-01', 100), (2, '2026-01-01', 50), (3, '2026-01-01', 30), (4, '2026-01-01', 20),
    (1, '2026-02-01', 100), (2, '2026-02-01', 40), (4, '2026-02-01', 45), (5, '2026-02-01', 500);
SELECT month, customers, kept, logo_retention AS logo, beginning, churned, contraction, expansion, round(grr, 3) AS grr, round(nrr, 3) AS nrr FROM revenue_retention(1);
SELECT * FROM revenue_cohorts;
\set VERBOSITY terse
INSERT INTO revenue VALUES (1, '2026-01-02', 1);
\set VERBOSITY default
RESET search_path;
SELECT journey.drop_workspace('success', true);
