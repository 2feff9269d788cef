-- workspace: offers and trials, content, streams, control groups
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SELECT count(*) > 90 AS made FROM journey.create_workspace('nurture');
SET search_path = nurture, public;
INSERT INTO party (name, first_seen, stage_at) SELECT 'p' || i, '2026-01-01', '2026-01-01' FROM generate_series(1, 40) AS i;
UPDATE party SET stage = 'study', stage_at = '2026-01-02';

-- trials end, and come after training where that is asked
INSERT INTO offer (name, kind, longest, training_first) VALUES ('pilot', 'trial', '14 days', true), ('talk', 'consultation', NULL, false);
INSERT INTO offer (name, kind, longest, steps) VALUES ('evaluation', 'evaluation', '30 days', '{meet, measure, report}');
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (1, 1, '2026-01-10', '2026-01-20');
INSERT INTO touch (party_id, at, channel, kind) VALUES (1, '2026-01-09', 'training', 'training');
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (1, 1, '2026-01-10', '2026-01-20');
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (1, 1, '2026-01-10', '2026-01-30');
INSERT INTO trial (party_id, offer_id, begins, ends, steps_done) VALUES (1, 3, '2026-01-10', '2026-01-30', 4);
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (2, 2, '2026-01-10 10:00', '2026-01-10 11:00');
\set VERBOSITY terse
INSERT INTO trial (party_id, offer_id, begins) VALUES (1, 1, '2026-01-10');
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (1, 1, '2026-01-10', 'infinity');
INSERT INTO trial (party_id, offer_id, begins, ends) VALUES (2, 2, '2026-01-10', '2026-01-10');
INSERT INTO offer (name, kind) VALUES ('for ever', 'trial');
INSERT INTO offer (name, kind, longest) VALUES ('without steps', 'evaluation', '1 day');
INSERT INTO offer (name, kind, price) VALUES ('gift at a price', 'gift', 10);
INSERT INTO offer (name, kind, price) VALUES ('product', 'product', 100);
INSERT INTO trial (party_id, offer_id, begins, ends) SELECT 2, id, '2026-01-10', '2026-01-11' FROM offer WHERE name = 'product';
\set VERBOSITY default

-- deals: put off decisions are counted, open ones weighted by what was won so far
INSERT INTO account (name) VALUES ('Birch');
INSERT INTO deal (account_id, value, opened_at, decision_on) VALUES (1, 1000, '2026-01-05', '2026-03-01'), (1, 500, '2026-01-05', NULL);
INSERT INTO deal (account_id, value, opened_at, closed_at, won) VALUES (1, 10, '2026-01-01', '2026-01-02', true), (1, 10, '2026-01-01', '2026-01-03', false), (1, 10, '2026-01-01', '2026-01-03', false), (1, 10, '2026-01-01', '2026-01-03', false);
UPDATE deal SET decision_on = '2026-04-01' WHERE value = 1000;
UPDATE deal SET decision_on = '2026-03-15' WHERE value = 1000;
SELECT value, decision_on, decision_moved, probability, round(weighted, 1) AS weighted FROM pipeline ORDER BY value;
\set VERBOSITY terse
INSERT INTO deal (value) VALUES (1);
INSERT INTO deal (account_id, value, won) VALUES (1, 1, true);
INSERT INTO deal (account_id, value, opened_at, closed_at, won, lost_reason) VALUES (1, 1, '2026-01-01', '2026-01-02', true, 'price');
\set VERBOSITY default

-- what to send next
INSERT INTO content (title, kind, stages, interest, priority) VALUES
    ('about x', 'case', '{study}', 'x', 0), ('for all', 'case', '{study}', NULL, 5), ('about y', 'case', '{study,choice}', 'y', 0),
    ('later', 'review', '{choice}', 'y', 9), ('old', 'case', '{study}', 'y', 9);
UPDATE content SET retired_at = '2026-01-01' WHERE title = 'old';
INSERT INTO content (title, kind, stages, interest, language) VALUES ('о y', 'case', '{study}', 'y', 'ru');
INSERT INTO touch (party_id, at, channel, kind, interest) VALUES
    (1, '2026-01-10', 'site', 'visit', 'y'), (1, '2026-01-11', 'site', 'visit', 'y'), (1, '2026-01-12', 'site', 'visit', 'x');
SELECT title, reason, blocked FROM next_content(1, NULL, '2026-01-15');
INSERT INTO consent (party_id, kind, evidence, given_at) SELECT id, 'electronic', 'form', '2026-01-03' FROM party WHERE id <= 30;
SELECT title, reason, blocked FROM next_content(1, NULL, '2026-01-15');
SELECT title, reason, blocked FROM next_content(2, NULL, '2026-01-15');
-- interests fade: long after, what was visited once more lately wins
INSERT INTO touch (party_id, at, channel, kind, interest) VALUES (1, '2026-06-01', 'site', 'visit', 'x');
SELECT title FROM next_content(1, NULL, '2026-06-02');
-- a party of another language gets its own first
UPDATE party SET language = 'ru' WHERE id = 1;
SELECT title FROM next_content(1, NULL, '2026-01-15');
UPDATE party SET language = 'en' WHERE id = 1;
-- seen by whoever is the same
INSERT INTO content_use (party_id, content_id, sent_at) VALUES (2, 3, '2026-01-14');
SELECT merge_party(2, 1) > 0 AS merged;
SELECT title FROM next_content(1, NULL, '2026-01-15');
INSERT INTO content_use (party_id, content_id, opened_at) VALUES (1, 1, '2026-01-14'), (1, 2, '2026-01-14');
SELECT content_id, title, reason FROM next_content(1, NULL, '2026-01-15');
-- caps, cadence and fatigue
INSERT INTO stream (name, cadence, cap, cap_within, fatigue_limit, control_share) VALUES ('slow', '3 days', 3, '30 days', 3.5, 0.5);
INSERT INTO touch (party_id, at, channel, kind, ours) VALUES (3, '2026-01-10', 'email', 'mail', true);
SELECT at, (SELECT blocked FROM next_content(3, 1, at)), round(fatigue(3, at)::numeric, 3) AS fatigue
FROM unnest(ARRAY['2026-01-10', '2026-01-12', '2026-01-13', '2026-01-17']::timestamptz[]) AS at;
INSERT INTO touch (party_id, at, channel, kind, ours) SELECT 3, '2026-01-20'::timestamptz + i * interval '1 day', 'email', 'mail', true FROM generate_series(0, 2) AS i;
SELECT blocked FROM next_content(3, 1, '2026-01-26');
INSERT INTO touch (party_id, at, channel, kind, ours) SELECT 4, '2026-01-10', 'email', 'mail', true FROM generate_series(1, 5);
INSERT INTO stream (name, cadence, cap, fatigue_limit) VALUES ('gentle', '2 days', 10, 3.5);
SELECT at, (SELECT blocked FROM next_content(4, 2, at)), round(fatigue(4, at)::numeric, 3) AS fatigue
FROM unnest(ARRAY['2026-01-11', '2026-01-12 12:00', '2026-01-14']::timestamptz[]) AS at;

-- streams: consent, and who is left alone is drawn
INSERT INTO stream_member (stream_id, party_id, joined_at) VALUES (1, 35, '2026-01-05');
INSERT INTO stream_member (stream_id, party_id, joined_at) SELECT 1, id, '2026-01-05' FROM party WHERE id <= 30;
SELECT count(*) FILTER (WHERE control) BETWEEN 8 AND 22 AS drawn FROM stream_member;
\set VERBOSITY terse
INSERT INTO stream_member (stream_id, party_id) VALUES (1, 5);
\set VERBOSITY default
-- all members that were nurtured buy, and one of the others
UPDATE party p SET stage = 'purchase', stage_at = '2026-02-01' FROM stream_member m WHERE m.party_id = p.id AND NOT m.control;
UPDATE party p SET stage = 'loyal', stage_at = '2026-02-01' WHERE id = (SELECT min(party_id) FROM stream_member WHERE control);
SELECT u.nurtured + u.control AS members, u.nurtured_rate, round((u.control_rate * u.control)::numeric) AS control_bought,
       u.difference = u.nurtured_rate - u.control_rate AS difference, u.low < u.difference AND u.difference < u.high AS interval,
       (SELECT nurtured_rate FROM nurture_uplift(as_of => '2026-01-20')) AS earlier
FROM nurture_uplift() AS u;
SELECT count(*) = (SELECT count(*) FROM stream_member WHERE NOT control) AS queue FROM nurture_queue;

INSERT INTO detour (party_id, kind, reason, stage, began_at, return_at) VALUES (9, 'recycled', 'no budget', 'choice', '2026-01-05', '2026-02-05'), (10, 'paused', 'asked us', 'study', '2026-01-05', NULL);
SELECT party_id, kind, reason, stage FROM detour_due;
\set VERBOSITY terse
INSERT INTO detour (party_id, kind, reason, stage) VALUES (9, 'detour', 'twice', 'choice');
\set VERBOSITY default
RESET search_path;
SELECT journey.drop_workspace('nurture', true);
