-- workspace: when a customer is a customer, trying, costs, policy changes, persons and companies, priorities; numbers by hand
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
\set SHOW_CONTEXT never
SELECT count(*) > 100 AS made FROM journey.create_workspace('wsh');
SET search_path = wsh, journey;

INSERT INTO account (name, market) VALUES ('Acme', 'north'), ('Bolt', 'south'), ('Cord', 'south');
-- 1 to 8 before the change of 2025-06-01, 11 to 18 after; 20 is ours and counts nowhere
INSERT INTO party (id, kind, name, first_seen, named_at, account_id, origin, source, authority)
SELECT i, CASE WHEN i IN (8, 18) THEN 'anonymous' WHEN i = 20 THEN 'employee' ELSE 'person' END::party_kind, CASE WHEN i NOT IN (8, 18) THEN 'P' || i END,
       timestamptz '2025-01-01Z' + CASE WHEN i > 10 THEN interval '200 days' ELSE '0' END + i * interval '1 day', CASE WHEN i NOT IN (8, 18) THEN timestamptz '2025-01-01Z' + CASE WHEN i > 10 THEN interval '200 days' ELSE '0' END + i * interval '25 hours' END,
       CASE WHEN i IN (1, 2) THEN 1 WHEN i = 3 THEN 2 WHEN i = 11 THEN 3 END, CASE WHEN i < 5 THEN 'inbound' WHEN i = 5 THEN 'offline' ELSE 'outbound' END, CASE WHEN i % 2 = 1 THEN 'odd' ELSE 'even' END, i / 20.0
FROM (SELECT generate_series(1, 8) UNION SELECT generate_series(11, 18) UNION SELECT 20) AS g (i) ORDER BY i;
INSERT INTO consent (party_id, kind, evidence, given_at) SELECT id, 'verbal', 'heard', first_seen FROM party WHERE kind = 'person';
-- before: 1, 2, 3, 4 come to study, 1 buys after 20 days, 2 only after 100; after: all but 18 to study, 11 to 14 buy after 30 days
UPDATE party SET stage = 'study', stage_at = first_seen + interval '5 days' WHERE id <= 4 OR id BETWEEN 11 AND 17;
UPDATE party SET stage = 'test_drive', stage_at = first_seen + interval '10 days' WHERE id IN (1, 11, 12);
UPDATE party SET stage = 'purchase', stage_at = first_seen + CASE WHEN id = 1 THEN interval '20 days' WHEN id = 2 THEN interval '100 days' ELSE '30 days' END WHERE id IN (1, 2, 11, 12, 13, 14);

-- both definitions: 11 and 6 of 16
SELECT entered, early, early_customers, round(early_rate::numeric, 4) AS early_rate, late, late_customers, round(late_rate::numeric, 4) AS late_rate FROM customer_conversion;
SELECT party_id, since - first_seen AS since, since_usual - first_seen AS since_usual FROM customer_since WHERE party_id IN (1, 2, 8) ORDER BY 1;
UPDATE workspace SET customer_from = 'test_drive';
SELECT early, early_customers FROM customer_conversion;
UPDATE workspace SET customer_from = DEFAULT;
\set VERBOSITY terse
UPDATE workspace SET customer_from = 'acquaintance';
\set VERBOSITY default
SELECT stage_of(1, '2025-01-01 12:00Z') AS before, stage_of(1, '2025-01-08Z') AS then, stage_of(1) AS now, stage_of(99) AS nobody;

-- the change: before 1 of 8 within 90 days (2 took 100), after 4 of 8; by the early definition 4 and 7
INSERT INTO policy_change (name, at) VALUES ('serve everybody', '2025-06-01Z');
SELECT definition, before, round(before_rate::numeric, 4) AS before_rate, round(before_low::numeric, 4) AS before_low, round(before_high::numeric, 4) AS before_high, after, round(after_rate::numeric, 4) AS after_rate,
       round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, lift FROM policy_effect(1, as_of => '2026-01-01Z');
-- Newcombe's interval of 4/8 - 1/8 from the two Wilson intervals
SELECT round((d - sqrt((p1 - l1) ^ 2 + (u2 - p2) ^ 2))::numeric, 4) AS low, round((d + sqrt((u1 - p1) ^ 2 + (p2 - l2) ^ 2))::numeric, 4) AS high
FROM (SELECT 0.5 AS p1, a.low AS l1, a.high AS u1, 0.125 AS p2, b.low AS l2, b.high AS u2, 0.375 AS d FROM wilson(4, 8) a, wilson(1, 8) b) x;
-- who has not had his time is left out: by then two of the later ones have had 90 days
SELECT definition, before, after FROM policy_effect(1, as_of => '2025-10-30 12:00Z');
-- education: 1 and 5 before, 11, 12, 13 and 15 after; 14 used content only after he had bought
INSERT INTO content (title, kind, stages) VALUES ('How', 'training', '{study}');
INSERT INTO content_use (party_id, content_id, used_at) SELECT id, 1, first_seen + interval '6 days' FROM party WHERE id IN (1, 11, 12, 13);
INSERT INTO content_use (party_id, content_id, used_at) SELECT id, 1, first_seen + interval '40 days' FROM party WHERE id = 14;
INSERT INTO touch (party_id, at, channel, kind, cost) SELECT id, first_seen + interval '7 days', 'training', 'training', 30 FROM party WHERE id IN (5, 15);
SELECT educated, after, parties, converted, rate FROM policy_factors(1, as_of => '2026-01-01Z');
-- educated: 2/8 at 1/2, then 4/8 at 3/4; others: 6/8 at 0, then 4/8 at 1/4
-- by education: (1/2 - 1/4)(3/4 + 1/2)/2 + (1/2 - 3/4)(1/4 + 0)/2 = 0.15625 - 0.03125; by policy: (1/4)(3/8) + (1/4)(5/8) = 0.25
SELECT * FROM policy_split(1, as_of => '2026-01-01Z');
SELECT * FROM policy_split(99);
INSERT INTO policy_change (name, at) VALUES ('never', 'infinity');

-- trying: 1 has a trial before the stage
INSERT INTO offer (name, kind, longest) VALUES ('pilot', 'trial', '30 days');
INSERT INTO trial (party_id, offer_id, begins, ends, cost, rating) SELECT id, 1, first_seen + interval '8 days', first_seen + interval '20 days', 50, 9 FROM party WHERE id IN (1, 15);
SELECT party_id, time_to_try FROM first_try WHERE tried_at IS NOT NULL ORDER BY 1;
SELECT origin, prospects, tried, round(share::numeric, 4) AS share, time_to_try FROM try_share;

-- cost: in the money of the workspace; Acme bought by 1, for 1000, and later 100 more; 13 bought in other money
INSERT INTO deal (account_id, party_id, value, opened_at, closed_at, won, currency)
SELECT account_id, id, v, first_seen, first_seen + d * interval '1 day', true, c FROM party JOIN (VALUES (1, 1000, 20, 'EUR'), (1, 100, 60, 'EUR'), (12, 400, 30, 'EUR'), (13, 500, 30, 'USD')) AS x (who, v, d, c) ON who = id;
INSERT INTO deal (account_id, value, opened_at, closed_at, won) VALUES (3, 700, '2025-08-01Z', '2025-09-01Z', true);
INSERT INTO touch (party_id, at, channel, kind, ours, cost, rating) SELECT id, first_seen + d * interval '1 day', 'call', 'call', true, c, 8 FROM party JOIN (VALUES (2, 1, 10), (1, 30, 5), (12, 2, 20), (16, 3, 40)) AS x (who, d, c) ON who = id;
SELECT account_id, party_id, tried_at::date, won_at::date, deals, value, cost, cost_before, round(rating, 2) AS rating FROM cost_to_serve WHERE cost > 0 OR deals > 0 ORDER BY 1, 2;
SELECT tried, prospects, customers, round(rate::numeric, 4) AS rate, cost_before, round(cost_per_customer, 2) AS cost_per_customer, cost, value, profit, round(roi, 3) AS roi FROM return_on_try;
SELECT stage, entered, moved_on, cost, round(cost_per_entry, 2) AS cost_per_entry, round(cost_per_move, 2) AS cost_per_move, cost_onward, round(value) AS value, round(roi, 3) AS roi FROM stage_cost;
SELECT (SELECT sum(cost) FROM stage_cost) = (SELECT sum(cost) FROM touch) + (SELECT sum(cost) FROM trial) AS nothing_lost;

-- persons, then companies: a visit in a shop, and two who are one
INSERT INTO touch (party_id, at, channel, kind) VALUES (8, '2025-02-01Z', 'shop', 'visit');
UPDATE account SET stage = 'mql', stage_at = '2025-03-01Z', authority = true, need = true WHERE id IN (1, 2);
UPDATE account SET stage = 'sql', stage_at = '2025-03-10Z' WHERE id = 1;
SELECT step, stage, grain, reached, offline, round(rate::numeric, 4) AS rate FROM lead_funnel_now;
SELECT merge_party(8, 1);
SELECT step, stage, reached, offline FROM lead_funnel() WHERE step < 4;
-- two of three companies, and one of two; those of before the change only; as of a day before anything
SELECT step, stage, reached FROM lead_funnel(until => '2025-06-01Z');
SELECT sum(reached) FROM lead_funnel(as_of => '2020-01-01Z');
-- 14 leads; 1, 2 and 3 belong to a company that qualified
SELECT leads, qualified, round(rate::numeric, 4) AS rate FROM lead_quality;
SELECT dimension, leads, qualified FROM lead_quality_by_source ORDER BY 1;
SELECT dimension, leads, qualified FROM lead_quality_by_origin ORDER BY 1;
SELECT dimension, leads, qualified FROM lead_quality_by_market ORDER BY 1 NULLS LAST;
SELECT period_from::date, entered FROM qualified_growth WHERE entered > 0;
SELECT journey FROM lead_path WHERE party_id IN (1, 4) ORDER BY party_id;

-- indicators
INSERT INTO hpi_set (name, indicators, at_least) VALUES ('too few', '{a,b}', 1);
INSERT INTO hpi_set (name, indicators, at_least) VALUES ('too many', '{a,b,c}', 4);
INSERT INTO hpi_set (name, indicators, at_least) VALUES ('ours', '{director,budget,use}', 2);
INSERT INTO hpi_answer (set_id, account_id, place, holds) SELECT s.id, v.* FROM hpi_set s, (VALUES (1, 1, true), (1, 2, true), (2, 1, true), (3, 1, false), (3, 3, false)) v;
SELECT account, yes, no, unknown, met FROM hpi_state ORDER BY account_id;
UPDATE account SET stage = 'opportunity' WHERE id = 1;
UPDATE account SET stage = 'customer' WHERE id = 1;
UPDATE account SET stage = 'lost' WHERE id = 2;
SELECT name, place, indicator, holds, rate, holds_not, control_rate FROM hpi_lift ORDER BY place;
SELECT name, bant, yes, unknown, ready FROM account_bant ORDER BY account_id;
SELECT end_stage, open, note FROM expected_customers();

-- scores are those of the plain formula; the queues follow them
SELECT round(score::numeric, 3) AS score FROM party_score('warmth', '2025-08-01Z') WHERE party_id = 12;
-- 12 used content on 2025-08-07... as of 2025-09-01: 8 points, halved every 14 days
SELECT abs(score - 8 * 0.5 ^ (extract(epoch FROM timestamptz '2025-09-01Z' - (SELECT first_seen + interval '6 days' FROM party WHERE id = 12))::float8 / 86400 / 14)) < 1e-9 AS ok FROM party_score('warmth', '2025-09-01Z') WHERE party_id = 12;
SELECT count(*) FROM party_score('no such model');
INSERT INTO score_model VALUES ('broken', NULL, '{}');
INSERT INTO touch (party_id, at, channel, kind) VALUES (11, now(), 'messenger', 'question'), (4, now(), 'messenger', 'question'), (6, now(), 'site', 'visit'), (6, now(), 'call', 'answered');
SELECT place, account, contact_place, contact, round(account_score) AS account_score, round(contact_score) AS contact_score FROM priority_queue;
UPDATE triage_rule SET capacity = 1 WHERE origin = 'outbound';
INSERT INTO assignment (party_id, team, assignee) VALUES (7, 'sales', 'S');
SELECT origin, team, place, name, round(score) AS score, within_capacity FROM triage WHERE place < 3;

-- content used, not merely opened, leads on
INSERT INTO content_use (party_id, content_id, opened_at) VALUES (6, 1, now());
SELECT stage FROM party WHERE id = 6;
UPDATE content_use SET used_at = now() WHERE party_id = 6;
SELECT stage FROM party WHERE id = 6;

-- after the sale
SELECT purchases, usual_gap, (next_expected - last_at) AS next_in FROM repeat_purchase WHERE account_id = 1;
INSERT INTO outcome_reading (party_id, expected, delivered) VALUES (1, 4, 6);
SELECT party_id, expected, delivered, surprise, delivered_to_expected, paid, round(benefit_to_payment::numeric, 5) AS benefit_to_payment FROM value_ratio;
SELECT * FROM dual_kpi WHERE won_value > 0 OR newly_aware > 7;
SELECT metric, round(value::numeric, 3) AS value, n FROM benchmark_check WHERE metric IN ('hpi_indicators', 'sla_parts', 'lead_quality');

-- merged consent and success are those of the whole, and go back with it
INSERT INTO party (id, kind, name) VALUES (31, 'person', 'Eve'), (32, 'person', 'Eva');
INSERT INTO consent (party_id, kind, evidence) VALUES (31, 'verbal', 'heard');
SELECT merge_party(32, 31) AS merge \gset
SELECT id, consented FROM party WHERE id > 30 ORDER BY 1;
SELECT undo_merge(:merge);
SELECT id, consented FROM party WHERE id > 30 ORDER BY 1;
RESET search_path;
SELECT journey.drop_workspace('wsh', true);
