-- workspace: adoption by launch, referrals, rewards
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SELECT count(*) > 90 AS made FROM journey.create_workspace('refer');
SET search_path = refer, public;
INSERT INTO party (name, first_seen, stage_at) SELECT 'p' || i, '2026-01-01', '2026-01-01' FROM generate_series(1, 60) AS i;

-- ---------------------------------------------------------------- adoption
INSERT INTO launch (name, launched_at) VALUES ('phone', '2026-01-01');
INSERT INTO launch (name, launched_at, audience) VALUES ('watch', '2026-01-01', 100);
INSERT INTO launch (name, launched_at, cut_by) VALUES ('glasses', '2026-01-01', 'time');
INSERT INTO launch (name, launched_at, six_cuts, five_cuts) VALUES ('lamp', '2026-01-01', '{0.1,0.2,0.3,0.4,0.5}', '{0.2,0.4,0.6,0.8}');
INSERT INTO adoption SELECT l.id, i, timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 40) AS i, launch l;
SELECT launch, string_agg(format('%s %s', six, n), ', ' ORDER BY six) FROM (SELECT launch, six, count(*) AS n FROM adoption_order GROUP BY 1, 2) s GROUP BY 1 ORDER BY 1;
SELECT launch, string_agg(format('%s %s', five, n), ', ' ORDER BY five) FROM (SELECT launch, five, count(*) AS n FROM adoption_order GROUP BY 1, 2) s GROUP BY 1 ORDER BY 1;
-- the groups by plain comparison
SELECT count(*) AS checked, count(*) FILTER (WHERE o.five <> (CASE WHEN before < n * 0.025 THEN 'innovators' WHEN before < n * 0.16 THEN 'early_adopters' WHEN before < n * 0.5 THEN 'early_majority' WHEN before < n * 0.84 THEN 'late_majority' ELSE 'laggards' END)::rogers_group) AS wrong
FROM (SELECT o.*, (SELECT count(*) FROM adoption a WHERE a.launch_id = o.launch_id AND a.at < o.at) AS before, coalesce(l.audience, 40) AS n FROM adoption_order o JOIN launch l ON l.id = o.launch_id WHERE l.name IN ('phone', 'watch')) o;
-- those at the same time share a place; merged parties adopt once, when the first of them did
INSERT INTO launch (name, launched_at) VALUES ('tie', '2026-01-01');
INSERT INTO adoption SELECT 5, i, timestamptz '2026-01-02' + (i / 20) * interval '1 day' FROM generate_series(1, 40) AS i;
SELECT merge_party(40, 41) > 0 AS merged, merge_party(39, 1) > 0 AS merged;
SELECT at, place, count(*), min(six) AS six, max(six) AS six FROM adoption_order WHERE launch = 'tie' GROUP BY 1, 2 ORDER BY 1;
SELECT count(*), min(at) FILTER (WHERE party_id = 1) FROM adoption_order WHERE launch = 'phone';
SELECT undo_merge(id) IS NULL FROM party_merge ORDER BY id DESC \g /dev/null
INSERT INTO adoption VALUES (1, 50, '2025-12-31');
\set VERBOSITY terse
INSERT INTO launch (name, six_cuts) VALUES ('x', '{0.1,0.2}');
INSERT INTO launch (name, six_cuts) VALUES ('x', '{0.1,0.2,0.2,0.4,0.5}');
INSERT INTO launch (name, five_cuts) VALUES ('x', '{0.1,0.2,NaN,0.5}');
INSERT INTO launch (name, five_cuts) VALUES ('x', '{0.1,0.2,NULL,0.5}');
INSERT INTO launch (name, five_cuts) VALUES ('x', '{}');
\set VERBOSITY default

-- ---------------------------------------------------------------- one referrer, no self, no circle, in time
INSERT INTO referral_programme (name, attribution_window, reward, reward_referred) VALUES ('bring a friend', '30 days', 50, 20);
INSERT INTO referral (referrer_id, referred_id, programme_id, at) VALUES (1, 2, 1, '2026-02-01'), (1, 3, 1, '2026-02-01'), (2, 4, 1, '2026-03-01'), (4, 5, 1, '2026-04-01');
INSERT INTO referral (referrer_id, referred_id) VALUES (6, 6);
INSERT INTO referral (referrer_id, referred_id) VALUES (6, 2);
INSERT INTO referral (referrer_id, referred_id) VALUES (5, 1);
UPDATE referral SET referrer_id = 5 WHERE referred_id = 2;
-- the same of those who are the same
SELECT merge_party(7, 2) > 0 AS merged, merge_party(8, 5) > 0 AS merged;
INSERT INTO referral (referrer_id, referred_id) VALUES (2, 7);
INSERT INTO referral (referrer_id, referred_id) VALUES (6, 7);
INSERT INTO referral (referrer_id, referred_id) VALUES (8, 1);
-- 2 becomes a customer in time, 3 too late, 4 in time; 9 was one before
UPDATE party SET stage = 'purchase', stage_at = '2026-02-20' WHERE id = 2;
UPDATE party SET stage = 'purchase', stage_at = '2026-03-20' WHERE id = 3;
UPDATE party SET stage = 'study', stage_at = '2026-03-02' WHERE id = 4;
UPDATE party SET stage = 'purchase', stage_at = '2026-03-03' WHERE id IN (1, 4, 9);
INSERT INTO referral (referrer_id, referred_id, at) VALUES (1, 9, '2026-03-04');
SELECT referral_id, referrer_id, referred_id, customer_at, converted FROM referral_edge ORDER BY 1;
SELECT root_id, party_id, generation, referrer_id, converted FROM referral_tree ORDER BY 1, 3, 2;
SELECT * FROM referral_reach ORDER BY 1;
INSERT INTO invitation (party_id, at) SELECT 1, '2026-01-31' FROM generate_series(1, 8);
SELECT generation, members, referrers, invitations, referred, converted, round(invitations_per_member::numeric, 3) AS per_member, round(conversion::numeric, 3) AS conversion, round(k::numeric, 3) AS k FROM referral_k;
-- growth: 100, each cycle k times the last ones more
SELECT k, round(viral_growth(100, k, '10 days', '30 days')::numeric, 4) AS formula, 100 * (1 + k + k ^ 2 + k ^ 3) AS plain FROM (VALUES (0.5), (1), (1.2)) AS v (k) ORDER BY 1;

-- ---------------------------------------------------------------- rewards
SELECT pay_reward(1) AS first, pay_reward(1) AS again, pay_reward(1, to_referred => true) AS other;
SELECT id, key, referral_id, party_id, amount, currency FROM reward ORDER BY id;
SELECT pay_reward(1, 60);
SELECT pay_reward(2);
SELECT pay_reward(4);
SELECT pay_reward(99);
SELECT pay_reward(NULL);
SELECT pay_reward(3, key => 'referral 1, referrer');
INSERT INTO reward (key, referral_id, party_id, amount, currency) VALUES ('x', 1, 30, 5, 'EUR');
SELECT reverse_reward(1, 'returned the goods') = reverse_reward(1, 'twice') AS once;
SELECT pay_reward(1);
SELECT pay_reward(1, key => 'after all') > 0 AS paid;
SELECT reverse_reward(id, 'back again') FROM reward WHERE reverses IS NOT NULL;
SELECT reverse_reward(99, 'none');
INSERT INTO reward (key, referral_id, party_id, amount, currency, reverses) VALUES ('y', 1, 1, -10, 'EUR', 2);
UPDATE reward SET amount = 500;
DELETE FROM reward;
SELECT * FROM reward_balance ORDER BY 1;
SELECT currency, customers, cost, round(cost_per_customer, 2) AS per_customer FROM referral_cost;
\set VERBOSITY terse
INSERT INTO reward (key, referral_id, party_id, amount, currency) VALUES ('x', 1, 1, 'NaN', 'EUR');
INSERT INTO reward (key, referral_id, party_id, amount, currency) VALUES ('x', 1, 1, -5, 'EUR');
\set VERBOSITY default

-- ---------------------------------------------------------------- from group to group
SELECT from_group, to_group, referrals, share FROM adoption_flow WHERE launch = 'phone' AND scheme = 'six' AND referrals > 0;
SELECT scheme, count(*), sum(referrals) FROM adoption_flow WHERE launch = 'phone' GROUP BY 1 ORDER BY 1;
SELECT scheme, count(*) AS cells, count(*) FILTER (WHERE f.referrals <> (
           SELECT count(*) FROM referral_edge e JOIN adoption_order a ON a.party_id = e.referrer_id JOIN adoption_order b ON b.party_id = e.referred_id
           WHERE a.launch_id = f.launch_id AND b.launch_id = f.launch_id AND f.from_group = CASE scheme WHEN 'six' THEN a.six::text ELSE a.five::text END
             AND f.to_group = CASE scheme WHEN 'six' THEN b.six::text ELSE b.five::text END)) AS wrong FROM adoption_flow f GROUP BY 1 ORDER BY 1;

-- ---------------------------------------------------------------- merges that come later
SELECT merge_party(3, 1) > 0 AS self_now, merge_party(4, 3) > 0 AS circle_now;
SELECT referral_id, referrer_id, referred_id, conflict FROM referral_conflict ORDER BY 1, 4;
SELECT * FROM referral_reach ORDER BY 1;
SELECT count(*) FROM referral_tree;
SELECT pay_reward(2);
SELECT undo_merge(id) IS NULL FROM party_merge WHERE undone_at IS NULL ORDER BY id \g /dev/null

-- random referrals and merges against a walk by hand
DELETE FROM invitation;
TRUNCATE reward, referral;
SELECT setseed(0.2);
DO $$
DECLARE
    a bigint; b bigint; x bigint; y bigint; up bigint; good boolean; done boolean; taken int := 0; refused int := 0; merged int := 0;
BEGIN
    FOR i IN 1 .. 250 LOOP
        a := 11 + floor(random() * 40)::bigint; b := 11 + floor(random() * 40)::bigint;
        IF i % 10 = 0 AND i < 120 THEN
            BEGIN
                PERFORM merge_party(a, b);
                merged := merged + 1;
            EXCEPTION WHEN check_violation THEN NULL;
            END;
            CONTINUE;
        END IF;
        SELECT identity INTO x FROM party WHERE id = a;
        SELECT identity INTO y FROM party WHERE id = b;
        good := x <> y AND NOT EXISTS (SELECT FROM referral r, party p WHERE p.id = r.referred_id AND p.identity = y);
        -- everybody above the referrer, level by level
        DECLARE
            level bigint[] := ARRAY[x]; seen bigint[] := '{}';
        BEGIN
            WHILE good AND cardinality(level) > 0 LOOP
                good := NOT (y = ANY (level));
                seen := seen || level;
                level := ARRAY(SELECT DISTINCT g.identity FROM referral r JOIN party t ON t.id = r.referred_id JOIN party g ON g.id = r.referrer_id WHERE t.identity = ANY (level) AND g.identity <> ALL (seen));
            END LOOP;
        END;
        BEGIN
            INSERT INTO referral (referrer_id, referred_id) VALUES (a, b);
            done := true; taken := taken + 1;
        EXCEPTION WHEN check_violation OR unique_violation THEN
            done := false; refused := refused + 1;
        END;
        IF done <> good THEN
            RAISE EXCEPTION 'step %: % to % was %', i, a, b, done;
        END IF;
    END LOOP;
    RAISE INFO 'many taken %, refused %, merged %', taken > 10, refused > 50, merged > 5;
END $$;
SELECT (SELECT count(*) FROM referral) = (SELECT count(*) FROM referral_edge) + (SELECT count(*) FROM referral_conflict WHERE conflict <> 'circle') AS all_accounted,
       (SELECT count(*) FROM referral_edge) = (SELECT count(DISTINCT referred_id) FROM referral_edge) AS one_referrer, (SELECT count(*) > 0 FROM referral_conflict) AS some_conflict;
SELECT count(*) AS checked, count(*) FILTER (WHERE r.direct <> (SELECT count(*) FROM referral_edge e WHERE e.referrer_id = r.party_id)) AS wrong_direct,
       count(*) FILTER (WHERE r.second_degree <> (SELECT count(*) FROM referral_edge e JOIN referral_edge f ON f.referrer_id = e.referred_id WHERE e.referrer_id = r.party_id AND f.referred_id <> r.party_id)) AS wrong_second,
       count(*) FILTER (WHERE r.reached <> (WITH RECURSIVE d (id) AS (SELECT e.referred_id FROM referral_edge e WHERE e.referrer_id = r.party_id UNION SELECT e.referred_id FROM d JOIN referral_edge e ON e.referrer_id = d.id) SELECT count(*) FROM d WHERE d.id <> r.party_id)) AS wrong_reached
FROM referral_reach r;
RESET search_path;
SELECT journey.drop_workspace('refer', true);
