-- workspace: would they recommend us, who the advocates are, what is done for them, and are we ready
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SELECT count(*) > 120 AS made FROM journey.create_workspace('advo');
SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND c.relkind = 'r' AND NOT attisdropped
WHERE c.relnamespace = 'advo'::regnamespace AND c.relkind IN ('r', 'v') AND (obj_description(c.oid) IS NULL OR c.relkind = 'r' AND col_description(c.oid, a.attnum) IS NULL) ORDER BY 1, 2;
SET search_path = advo, public;
-- nothing is known: every answer is no
SELECT kind, surveyed, coverage, found, known, programme_exists, ready, missing FROM readiness;

INSERT INTO party (name, first_seen, stage_at) SELECT 'p' || i, '2026-01-01', '2026-01-01' FROM generate_series(1, 60) AS i;
INSERT INTO party (name, kind) VALUES ('Eva', 'employee');
INSERT INTO segment (name, is_ideal) VALUES ('small', true), ('big', false);
INSERT INTO party_segment (party_id, segment_id, since) SELECT i, 1 + i % 2, '2026-01-01' FROM generate_series(1, 50) AS i;
INSERT INTO party_segment (party_id, segment_id, since) VALUES (2, 2, '2026-02-15');
INSERT INTO survey (name, opens_at) VALUES ('spring', '2026-01-01'), ('autumn', '2026-01-01');
SELECT setseed(0.7);
INSERT INTO survey_response (survey_id, party_id, asked_at, score, answered_at)
SELECT s, i, at, score, CASE WHEN score IS NOT NULL THEN at + interval '1 hour' END
FROM (SELECT s, i, timestamptz '2026-01-31 22:30' + (m || ' months')::interval + i * interval '3 minutes' AS at, CASE WHEN random() < 0.7 THEN floor(12 * sqrt(random()))::int END AS score
      FROM generate_series(1, 2) s, generate_series(0, 2) m, generate_series(1, 60) i) x;
-- each score against a plain recount
SELECT count(*) AS checked, count(*) FILTER (WHERE (n.asked, n.answered, n.promoters, n.passives, n.detractors, n.evangelists) IS DISTINCT FROM (o.asked, o.answered, o.p, o.m, o.d, o.e) OR abs(n.score - 100.0 * (o.p - o.d) / o.answered) > 1e-9) AS wrong
FROM nps_by('month', true) n FULL JOIN (
    SELECT s.name, date_trunc('month', r.asked_at)::date AS month, CASE WHEN r.party_id > 50 THEN NULL WHEN r.party_id % 2 = 1 OR r.party_id = 2 AND r.asked_at > '2026-02-15' THEN 'big' ELSE 'small' END AS segment,
           count(*) AS asked, count(score) AS answered, count(*) FILTER (WHERE score > 8) AS p, count(*) FILTER (WHERE score IN (7, 8)) AS m, count(*) FILTER (WHERE score < 7) AS d, count(*) FILTER (WHERE score = 11) AS e
    FROM survey_response r JOIN survey s ON s.id = r.survey_id GROUP BY 1, 2, 3) o ON (n.survey, n.period_from) = (o.name, o.month) AND n.segment IS NOT DISTINCT FROM o.segment;
SELECT survey, period_from, asked, answered, promoters AS p, passives AS m, detractors AS d, evangelists AS e, round(score::numeric, 1) AS score, round(low::numeric, 1) AS low, round(high::numeric, 1) AS high FROM nps_by_month;
SELECT survey, segment, asked, round(score::numeric, 1) AS score FROM nps_by_segment;
-- another zone puts people in another month; all months together are the whole
SELECT period_from, asked FROM nps_by('month', zone => 'Europe/Berlin') WHERE survey = 'spring';
SELECT n.survey, journey.rollup(m.value) = n.value AS adds_up FROM nps_by('all') n JOIN nps_by_month m USING (survey) GROUP BY n.survey, n.value ORDER BY 1;
SELECT c.survey, c.before_from, c.period_from, round(c.difference::numeric, 2) AS difference, round(c.p::numeric, 4) AS p,
       (c.difference, c.p) = ((d).difference, (d).p) AS same FROM nps_change c JOIN nps_by_month a USING (survey, period_from) JOIN nps_by_month b ON b.survey = c.survey AND b.period_from = c.before_from,
     LATERAL (SELECT journey.nps_difference(a.value, b.value) AS d) x ORDER BY 1, 3;
SELECT * FROM nps_by('day');
\set VERBOSITY terse
INSERT INTO survey_response (survey_id, party_id, score, answered_at) VALUES (1, 1, 12, now());
INSERT INTO survey_response (survey_id, party_id, score) VALUES (1, 1, 10);
INSERT INTO survey_response (survey_id, party_id, answered_at) VALUES (1, 1, now());
INSERT INTO survey_response (survey_id, party_id, asked_at, score, answered_at) VALUES (1, 1, '2026-02-01', 10, '2026-01-01');
\set VERBOSITY default

-- what they said last, also of those who are the same
SELECT count(*) AS answers, count(*) FILTER (WHERE score IS DISTINCT FROM (SELECT r.score FROM survey_response r WHERE r.party_id = l.party_id AND r.score IS NOT NULL ORDER BY r.answered_at DESC, r.id DESC LIMIT 1)) AS wrong FROM latest_answer l;
SELECT (SELECT count(*) FROM promoter_list) = count(*) FILTER (WHERE score >= 9) AS promoters, (SELECT count(*) FROM promoter_list WHERE evangelist) = count(*) FILTER (WHERE score = 11) AS elevens,
       (SELECT count(*) FROM detractor_list) = count(*) FILTER (WHERE score <= 6) AS detractors FROM latest_answer;
TRUNCATE survey_response;
INSERT INTO survey_response (survey_id, party_id, asked_at, score, answered_at, comment) VALUES (1, 1, '2026-03-01', 5, '2026-03-02', 'slow'), (1, 2, '2026-03-01', 11, '2026-03-03', 'eleven!'), (1, 3, '2026-03-01', 9, '2026-03-02', NULL), (1, 4, '2026-03-01', NULL, NULL, NULL), (1, 5, '2026-03-01', 10, '2026-03-04', NULL);
SELECT merge_party(1, 2) AS merge;
SELECT party_id, name, score, evangelist, comment FROM promoter_list;
SELECT party_id, name, score FROM detractor_list;
SELECT undo_merge(1);
SELECT party_id, name, score FROM detractor_list;

-- ---------------------------------------------------------------- the kinds, found and known
INSERT INTO launch (name, launched_at) VALUES ('watch', '2026-01-01');
INSERT INTO adoption SELECT 1, i, timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 10) AS i;
INSERT INTO idea (party_id, at, title, status, decided_at, launch_id) VALUES (3, '2026-01-02', 'a handle', 'done', '2026-02-01', 1), (3, '2026-01-03', 'a lid', 'new', NULL, NULL), (6, '2026-01-03', 'a hole', 'declined', '2026-01-09', NULL);
SELECT kind, party_id, evidence FROM advocate_found ORDER BY 1, 2;
SELECT party_id, ideas, accepted, done, unanswered, unthanked FROM lead_user ORDER BY 1;
INSERT INTO advocate (party_id, kind, evidence, reach) VALUES (7, 'star', 'on television', 2000000), (3, 'fan', 'wears the shirt', NULL);
SELECT know_advocates() AS known, know_advocates() AS again;
SELECT kind, party_id, reach, evidence FROM advocate_known ORDER BY 1, 2;
SELECT party_id, name, known FROM evangelist;
\set VERBOSITY terse
INSERT INTO advocate (party_id, kind, evidence) VALUES (7, 'star', 'again');
INSERT INTO advocate (party_id, kind, evidence) VALUES (7, 'star', '');
INSERT INTO idea (party_id, title, status) VALUES (1, 'x', 'done');
\set VERBOSITY default

-- ---------------------------------------------------------------- are we ready
UPDATE party SET stage = 'purchase', stage_at = '2026-02-01' WHERE id IN (2, 3, 4, 7);
INSERT INTO programme (name, kind, form, owner, valid, deliver_within) VALUES ('club', NULL, 'club', 'Bo', '[2026-01-01,)', '10 days'), ('evenings', 'evangelist', 'ceo_day', 'Cy', '[2026-01-01,2026-02-01)', NULL);
INSERT INTO benefit (programme_id, party_id, promised_at, delivered_at, cost) VALUES (1, 2, '2026-03-01', '2026-03-05', 10), (1, 3, '2026-03-01', NULL, NULL), (1, 7, '2026-03-01', NULL, NULL), (2, 2, '2026-01-10', NULL, NULL);
INSERT INTO touch (party_id, at, channel, kind, ours) VALUES (3, '2026-03-10', 'call', 'thanks', true), (7, '2026-01-01', 'call', 'thanks', true);
INSERT INTO surprise (party_id, at, what) VALUES (5, '2026-03-06', 'cake');
SELECT programme, owner, party_id, due_at, evangelist FROM benefit_overdue;
UPDATE advocate SET since = '2026-05-01';
SELECT kind, surveyed, coverage, found, known, known_share AS share, last_touch, touched, programme_exists AS prog, thanked, ready, missing FROM readiness_at('30 days', '2026-04-01');
UPDATE advocate SET since = '2026-01-01';
SELECT kind, surveyed, coverage, found, known, known_share AS share, last_touch, touched, programme_exists AS prog, thanked, ready, missing FROM readiness_at('30 days', '2026-04-01');
UPDATE advocate SET until = '2026-03-01' WHERE kind = 'star';
SELECT kind, known, last_touch, touched, missing FROM readiness_at('30 days', '2026-04-01') WHERE kind IN ('star', 'evangelist');

-- ---------------------------------------------------------------- introductions, communities, testimonials, materials
INSERT INTO introduction (party_id, to_id, met) VALUES (2, 3, true), (2, 5, NULL);
INSERT INTO introduction (party_id, to_id) VALUES (4, 4);
SELECT merge_party(8, 4) > 0 AS merged;
INSERT INTO introduction (party_id, to_id) VALUES (8, 4);
SELECT * FROM introduction_graph ORDER BY 1;
INSERT INTO community (name) VALUES ('riders');
INSERT INTO community_member (community_id, party_id, joined_at, left_at) VALUES (1, 2, '2026-01-01', NULL), (1, 3, '2026-01-01', '2026-02-01'), (1, 4, '2026-01-01', NULL), (1, 8, '2026-01-01', NULL), (1, 5, '2026-01-01', NULL);
SELECT * FROM community_size;
INSERT INTO testimonial (party_id, kind, asked_at, given_at, url, may_publish) VALUES (2, 'video', '2026-01-01', '2026-01-09', 'https://example.org/1', true);
INSERT INTO agent_material (party_id, material, quantity, used, told_incentives) VALUES (2, 'cards', 100, 30, true);
\set VERBOSITY terse
INSERT INTO introduction (party_id, to_id) VALUES (3, 2);
INSERT INTO community_member (community_id, party_id) VALUES (1, 2);
INSERT INTO testimonial (party_id, kind, given_at, published_at) VALUES (3, 'text', now(), now());
INSERT INTO agent_material (party_id, material, quantity, used) VALUES (2, 'cards', 10, 30);
\set VERBOSITY default

-- ---------------------------------------------------------------- barter, special terms
INSERT INTO barter (party_id, given, given_value, given_at, exposure, due_at, exposed_at, reach, exposure_value, certificate, certificate_at) VALUES
    (7, 'a car', 9000, '2026-01-01', 'a photo', '2026-02-01', '2026-01-20', 50000, 12000, 'No 1', '2026-01-20'), (7, 'a watch', 500, '2026-01-01', 'a mention', '2026-02-01', NULL, NULL, NULL, NULL, NULL);
SELECT * FROM barter_balance;
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost, quantity) VALUES (61, 61, 'employee', 100, 80, 70, 2), (10, 61, 'friend', 100, 90, 70, 1);
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost, quantity) VALUES (10, 61, 'friend', 100, 60, 70, 3);
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost, quantity, loss_allowed_by) VALUES (10, 61, 'friend', 100, 60, 70, 3, 'the owner');
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost) VALUES (10, 61, 'employee', 100, 90, 70);
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost) VALUES (61, 61, 'family', 100, 90, 70);
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost) VALUES (10, 9, 'friend', 100, 90, 70);
SELECT * FROM special_terms_margin;
\set VERBOSITY terse
INSERT INTO special_terms (party_id, employee_id, relation, list_price, price, cost) VALUES (10, 61, 'friend', 100, 190, 70);
INSERT INTO barter (party_id, given, given_value, exposure, reach) VALUES (7, 'x', 'NaN', 'y', 1);
\set VERBOSITY default

-- ---------------------------------------------------------------- what it is worth
INSERT INTO awareness_reading (brand, ours, month, asked, prompted, unprompted, first) VALUES ('us', true, '2026-01-01', 200, 100, 20, 10), ('them', false, '2026-01-01', 200, 150, 60, 30), ('us', true, '2026-02-01', 200, 120, 50, 30);
SELECT month, brand, prompted, unprompted, round(unprompted_low::numeric, 4) AS low, round(unprompted_high::numeric, 4) AS high, first_share, place FROM mindshare ORDER BY 1, 2;
INSERT INTO marketing_spend VALUES ('2026-01-01', 'ads', 'EUR', 1000), ('2026-01-01', 'tv', 'EUR', 3000), ('2026-02-01', 'ads', 'EUR', 500), ('2026-02-01', 'ads', 'USD', 70);
INSERT INTO referral (referrer_id, referred_id, at) VALUES (2, 20, '2026-01-05'), (3, 21, '2026-03-10');
INSERT INTO deal (party_id, value, opened_at, closed_at, won) VALUES (20, 300, '2026-01-06', '2026-02-10', true), (21, 200, '2026-01-06', '2026-02-10', true), (22, 500, '2026-01-06', '2026-02-11', true), (20, 9999, '2026-01-06', '2026-02-11', false);
UPDATE party SET stage = 'purchase', stage_at = '2026-02-10' WHERE id = 20;
INSERT INTO reward (key, referral_id, party_id, amount, currency, at) VALUES ('one', 1, 2, 30, 'EUR', '2026-02-12');
SELECT month, currency, awareness, marketing_spend AS spend, advocacy_cost AS advocacy, income, referral_income AS by_referral, round(referral_share, 3) AS share, round(return_on_advocacy, 2) AS return, round(income_per_spend, 2) AS per_spend FROM advocacy_roi;
\set VERBOSITY terse
INSERT INTO awareness_reading (brand, ours, month, asked, prompted, unprompted) VALUES ('us', true, '2026-03-01', 10, 5, 6);
INSERT INTO marketing_spend VALUES ('2026-01-02', 'ads', 'EUR', 1000);
\set VERBOSITY default

-- ---------------------------------------------------------------- a role that may do little sees and does just that
CREATE ROLE regress_advo_clerk;
GRANT USAGE ON SCHEMA advo TO regress_advo_clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA advo TO regress_advo_clerk;
GRANT INSERT, UPDATE ON survey_response, referral TO regress_advo_clerk;
ALTER TABLE survey_response ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON survey_response TO regress_advo_clerk USING (party_id < 4) WITH CHECK (party_id < 4);
SET ROLE regress_advo_clerk;
SELECT asked, answered, evangelists FROM nps_by_month;
SELECT count(*) FROM promoter_list;
INSERT INTO referral (referrer_id, referred_id) VALUES (3, 30);
INSERT INTO referral (referrer_id, referred_id) VALUES (30, 3);
INSERT INTO referral (referrer_id, referred_id, at) VALUES (30, 2, '2026-03-15');
INSERT INTO survey_response (survey_id, party_id, asked_at) VALUES (1, 3, '2026-05-01');
\set VERBOSITY terse
INSERT INTO survey_response (survey_id, party_id) VALUES (1, 5);
SELECT pay_reward(1);
INSERT INTO programme (name, form) VALUES ('x', 'gift');
\set VERBOSITY default
RESET ROLE;
SELECT asked, answered, evangelists FROM nps_by_month ORDER BY period_from;
RESET search_path;
SELECT journey.drop_workspace('advo');
SELECT journey.drop_workspace('advo', true);
DROP ROLE regress_advo_clerk;
