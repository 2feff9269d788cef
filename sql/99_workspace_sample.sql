-- workspace, sample: invented data for trying a workspace out

CREATE FUNCTION journey.workspace_draw(i pg_catalog.int8, salt pg_catalog.int4) RETURNS pg_catalog.float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (pg_catalog.hashint8extended(i, salt) & 1048575)::pg_catalog.float8 / 1048576;
COMMENT ON FUNCTION journey.workspace_draw(pg_catalog.int8, pg_catalog.int4) IS
    'a number from 0 to less than 1 that looks drawn at random and is always the same';

CREATE FUNCTION journey.sample_workspace(workspace pg_catalog.name, parties pg_catalog.int4 DEFAULT 300, until pg_catalog.timestamptz DEFAULT NULL)
    RETURNS TABLE (table_name pg_catalog.text, filled pg_catalog.int8)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 50 SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    full_tables text[];
    -- the last day of the story; days have 24 hours
    last CONSTANT timestamptz := date_trunc('day', coalesce(until, now()) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    day CONSTANT interval := '24 hours';
    one record;
BEGIN
    IF workspace IS NULL OR parties IS NULL THEN
        RAISE EXCEPTION 'workspace and number of parties must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF parties < 1 OR parties > 10000 THEN
        RAISE EXCEPTION 'number of parties must be between 1 and 10000' USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', parties);
    ELSIF NOT isfinite(last) OR last > now() THEN
        RAISE EXCEPTION 'sample must end in the past' USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It would end at %s.', until);
    ELSIF NOT journey.is_workspace(workspace) THEN
        RAISE EXCEPTION 'there is no workspace "%"', workspace USING ERRCODE = 'invalid_schema_name',
            HINT = format('Make it first: SELECT journey.create_workspace(%L)', workspace);
    END IF;
    full_tables := journey.workspace_filled(workspace);
    IF full_tables <> '{}' THEN
        RAISE EXCEPTION 'workspace "%" holds data', workspace USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
            HINT = 'Invented data does not go among real data: make a workspace of its own for it.';
    END IF;
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- what the stages mean, who serves, when
    UPDATE stage_definition d SET definition = format('Sample definition of %s', d.stage), criteria = ARRAY[format('sample criterion of %s', d.stage)],
        categories = '{new,known}', owner = CASE WHEN d.model = 'lead' THEN 'sales' ELSE 'marketing' END, agreed_by = '{Sample marketer,Sample seller}',
        agreed_at = last - 500 * day, playbook = format('Sample playbook of %s', d.stage)
    WHERE d.definition IS NULL AND d.stage NOT IN ('lost', 'advocate');
    INSERT INTO segment (name, description, is_ideal) VALUES ('Sample segment: small firms', 'invented', true), ('Sample segment: large firms', 'invented', false);
    INSERT INTO account (name, domain, industry, market, segment_id, owner, created_at)
        SELECT 'Sample company ' || i, format('company%s.example', i), (ARRAY['software', 'trade', 'building'])[1 + i % 3], (ARRAY['north', 'south'])[1 + i % 2],
               (SELECT s.id FROM segment s WHERE s.is_ideal = (i % 3 > 0)), 'Sample seller ' || i % 3, last - (420 - 0.001 * i) * day
        FROM generate_series(1, 1 + parties / 3) AS i;

    INSERT INTO work_calendar VALUES ('sample office', '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-12:30", "13:30-18:00"]}}') ON CONFLICT DO NOTHING;
    PERFORM sla_template('sample office');
    UPDATE sla_clause c SET valid = tstzrange(last - 500 * day, NULL);

    -- ---------------------------------------------------------------- everybody
    INSERT INTO party (kind, name, email, account_id, job, authority, origin, source, first_seen, named_at, stage_at, need_state, incumbent)
        SELECT p.kind::party_kind, p.name, CASE WHEN p.kind = 'person' THEN format('person%s@company.example', p.i) END,
               CASE WHEN p.kind = 'person' AND p.i % 4 > 0 THEN (SELECT a.id FROM account a ORDER BY a.id OFFSET p.i / 5 % (1 + parties / 3) LIMIT 1) END,
               CASE WHEN p.kind = 'person' THEN (ARRAY['buyer', 'engineer', 'director'])[1 + p.i % 3] END, CASE WHEN p.kind = 'person' THEN (1 + p.i % 3) / 3.0 END,
               (ARRAY['inbound', 'inbound', 'outbound', 'referral', 'offline'])[1 + p.i % 5], 'sample campaign ' || p.i % 4, p.first_seen,
               CASE WHEN p.name IS NOT NULL THEN p.first_seen + floor(20 * journey.workspace_draw(p.i, 2)) * day + interval '9 hours' END, p.first_seen,
               (ARRAY['unaware', 'aware', 'warm'])[1 + p.i % 3], CASE WHEN p.i % 6 = 0 THEN 'Sample competitor' END
        FROM (SELECT i, k.kind, CASE k.kind WHEN 'anonymous' THEN NULL ELSE format('Sample %s %s', k.kind, i) END AS name,
                     last - (30 + floor(370 * journey.workspace_draw(i, 1))) * day + i * interval '1 minute' AS first_seen
              FROM generate_series(1, parties) AS i
              CROSS JOIN LATERAL (SELECT CASE WHEN i % 4 = 0 THEN 'anonymous' WHEN i % 41 = 0 THEN 'partner' WHEN i % 59 = 0 THEN 'employee' ELSE 'person' END AS kind) AS k) p
        ORDER BY p.i;
    ANALYZE account;
    ANALYZE party;
    INSERT INTO consent (party_id, kind, evidence, given_at, withdrawn_at)
        SELECT p.id, CASE WHEN p.id % 3 = 0 THEN 'verbal' ELSE 'electronic' END, 'sample form', p.named_at + interval '1 hour', CASE WHEN p.id % 37 = 0 THEN last - day END
        FROM party p WHERE p.named_at IS NOT NULL AND p.id % 10 < 8 ORDER BY p.id;

    -- ---------------------------------------------------------------- what can be had, and who got it
    INSERT INTO offer (name, kind, price, longest, steps, training_first) VALUES
        ('Sample gift', 'gift', 0, NULL, '{}', false), ('Sample trial', 'trial', 0, '30 days', '{}', true),
        ('Sample evaluation', 'evaluation', 0, '30 days', '{talk,look,plan,report}', false), ('Sample product', 'product', 1200, NULL, '{}', false), ('Sample extra', 'product', 300, NULL, '{}', false);
    INSERT INTO content (title, kind, stages, interest, purpose)
        SELECT 'Sample ' || v.kind || ' on ' || v.interest, v.kind, v.stages::customer_stage[], v.interest, 'shows how it is done'
        FROM (VALUES ('case', 'cost', '{study,choice}'), ('training', 'speed', '{study,choice,test_drive}'), ('comparison', 'cost', '{choice}'), ('white_paper', 'speed', '{acquaintance,study}'),
                     ('webinar', 'trust', '{study,choice,purchase}'), ('review', 'trust', '{choice,regular,loyal}')) AS v (kind, interest, stages);
    INSERT INTO policy_change (name, at, description) VALUES ('Sample: everybody who is interested is served as a customer', last - 220 * day, 'invented');

    -- how far everybody comes, and when; further and sooner after the change
    CREATE TEMPORARY TABLE journey_sample ON COMMIT DROP AS
        SELECT p.id, p.first_seen, s.stage, p.first_seen + s.place * (6 + floor(14 * journey.workspace_draw(p.id, 10 + s.place::integer))) * day + interval '9 hours' AS at
        FROM party p CROSS JOIN LATERAL (VALUES ('study', 1, 0.85), ('choice', 2, 0.6), ('test_drive', 3, 0.45), ('purchase', 4, 0.3), ('regular', 5, 0.2), ('loyal', 6, 0.12), ('advocate', 7, 0.06)) AS s (stage, place, share)
        WHERE p.kind IN ('person', 'partner') AND journey.workspace_draw(p.id, 3) < s.share * CASE WHEN p.first_seen >= last - 220 * day THEN 1.1 ELSE 0.7 END
          AND (s.place = 1 OR p.consented);
    CREATE UNIQUE INDEX ON journey_sample (id, stage);
    ANALYZE journey_sample;
    ANALYZE consent;
    -- each stage after the one before, and nothing in the future
    DELETE FROM journey_sample s WHERE s.at >= last;
    DELETE FROM journey_sample s WHERE EXISTS (SELECT FROM journey_sample b WHERE b.id = s.id AND b.stage::customer_stage < s.stage::customer_stage AND b.at >= s.at);
    ANALYZE journey_sample;

    INSERT INTO touch (party_id, at, channel, kind, ours, interest, cost, rating, actor, note)
        SELECT p.id, x.at, t.channel, t.kind, t.ours, CASE WHEN NOT t.ours THEN (ARRAY['cost', 'speed', 'trust'])[1 + (p.id + k)::integer % 3] END, t.cost,
               CASE WHEN t.cost > 1 THEN 5 + (p.id + k) % 6 END, CASE WHEN t.ours THEN 'Sample marketer' END, 'sample'
        FROM party p CROSS JOIN LATERAL generate_series(1, 1 + floor(7 * journey.workspace_draw(p.id, 4))::bigint) AS k
        CROSS JOIN LATERAL (SELECT p.first_seen + floor(140 * journey.workspace_draw(p.id * 16 + k, 5)) * day + k * interval '1 hour' AS at) AS x
        JOIN (VALUES (0, 'site', 'visit', false, 0), (1, 'site', 'download', false, 0), (2, 'email', 'newsletter', true, 0.5), (3, 'shop', 'visit', false, 0), (4, 'messenger', 'question', false, 0),
                     (5, 'call', 'call', true, 8), (6, 'event', 'demonstration', true, 40), (7, 'social', 'share', false, 0), (8, 'webinar', 'webinar', false, 5)) AS t (n, channel, kind, ours, cost)
            ON t.n = (p.id + 3 * k) % 9
        WHERE x.at < last ORDER BY p.id, k;
    INSERT INTO touch (party_id, at, channel, kind, ours, cost, actor, note)
        SELECT p.id, p.named_at + floor(75 * journey.workspace_draw(p.id, 6)) * interval '1 minute', 'email', 'thanks', true, 0.5, 'Sample marketer', 'sample'
        FROM party p WHERE p.kind = 'person' AND p.id % 5 > 0 AND p.named_at < last - 4 * day ORDER BY p.id;
    INSERT INTO touch (party_id, at, channel, kind, cost, rating, note)
        SELECT s.id, s.at - 2 * day, 'training', 'training', 60, 6 + s.id % 5, 'sample' FROM journey_sample s WHERE s.stage = 'test_drive' ORDER BY s.id;
    INSERT INTO trial (party_id, offer_id, begins, ends, steps_done, attendees, cost, rating, outcome)
        SELECT s.id, o.id, s.at, s.at + 14 * day, CASE WHEN o.kind = 'evaluation' THEN 1 + s.id % 4 ELSE 0 END, ARRAY['Sample director ' || s.id], 90, 5 + s.id % 6, 'sample'
        FROM journey_sample s JOIN offer o ON o.name = CASE WHEN s.id % 3 = 0 THEN 'Sample evaluation' ELSE 'Sample trial' END WHERE s.stage = 'test_drive' ORDER BY s.id;
    INSERT INTO content_use (party_id, content_id, sent_at, opened_at, used_at, shared_at)
        SELECT p.id, c.id, x.at, CASE WHEN x.d < 0.7 THEN x.at + day END, CASE WHEN x.d < 0.4 THEN x.at + 2 * day END, CASE WHEN x.d < 0.15 THEN x.at + 3 * day END
        FROM party p JOIN content c ON (p.id + c.id) % 3 = 0
        CROSS JOIN LATERAL (SELECT p.first_seen + floor(20 * journey.workspace_draw(p.id * 8 + c.id, 7)) * day AS at, journey.workspace_draw(p.id * 8 + c.id, 8) AS d) AS x
        -- who puts content to use has begun to study: by the same time as below
        WHERE p.kind = 'person' AND x.at < last - 4 * day AND EXISTS (SELECT FROM journey_sample s WHERE s.id = p.id AND s.stage = 'study' AND s.at <= x.at + 2 * day) ORDER BY p.id, c.id;

    ANALYZE touch;
    ANALYZE content_use;
    -- ---------------------------------------------------------------- success, before anybody is an advocate
    INSERT INTO desired_outcome (segment_id, valid, required, functional, required_level, experience_level, promised)
        SELECT s.id, daterange((last - 700 * day)::date, NULL), 'Sample outcome: fewer errors', 'reports are written', 0.7, 0.6, s.is_ideal FROM segment s ORDER BY s.id;
    INSERT INTO experience (segment_id, name, scope, valid)
        SELECT s.id, 'Sample: ' || v.name, v.scope, daterange((last - 700 * day)::date, NULL)
        FROM segment s CROSS JOIN (VALUES ('key by self-service', 'in_app', true), ('documentation', 'beyond', true), ('formal training', 'beyond', false), ('phone at night', 'beyond', false), ('full interface', 'in_app', false)) AS v (name, scope, ideal)
        WHERE s.is_ideal = v.ideal ORDER BY s.id, v.name;
    INSERT INTO party_segment (party_id, segment_id, since)
        SELECT s.id, coalesce(a.segment_id, (SELECT g.id FROM segment g WHERE g.is_ideal)), s.at::date
        FROM journey_sample s JOIN party p ON p.id = s.id LEFT JOIN account a ON a.id = p.account_id WHERE s.stage = 'purchase' ORDER BY s.id;
    INSERT INTO outcome_reading (party_id, at, functional, required, expected, delivered)
        SELECT s.id, s.at + 12 * day, CASE WHEN s.id % 3 = 0 THEN 0.8 ELSE 1 END, CASE WHEN a.id IS NOT NULL THEN 1 ELSE round(journey.workspace_draw(s.id, 20)::numeric, 2) END, 5, 3 + s.id % 5
        FROM journey_sample s LEFT JOIN journey_sample a ON a.id = s.id AND a.stage = 'advocate' WHERE s.stage = 'purchase' AND s.at + 12 * day < last ORDER BY s.id;
    INSERT INTO experience_reading (party_id, experience_id, at, fit)
        SELECT s.id, e.id, s.at + 12 * day, CASE WHEN a.id IS NOT NULL THEN 1 ELSE round(journey.workspace_draw(s.id * 8 + e.id, 21)::numeric, 1) END
        FROM journey_sample s JOIN party_segment g ON g.party_id = s.id JOIN experience e ON e.segment_id = g.segment_id
        LEFT JOIN journey_sample a ON a.id = s.id AND a.stage = 'advocate' WHERE s.stage = 'purchase' AND s.at + 12 * day < last ORDER BY s.id, e.id;
    DELETE FROM journey_sample s WHERE s.stage = 'advocate' AND EXISTS (SELECT FROM party p WHERE p.id = s.id AND (p.outcome_met AND p.experience_met) IS NOT TRUE);
    FOR one IN SELECT e.stage FROM unnest(enum_range('study'::customer_stage, NULL)) AS e (stage) LOOP
        UPDATE party p SET stage = one.stage, stage_at = s.at FROM journey_sample s WHERE s.id = p.id AND s.stage = one.stage::text AND p.consented >= (one.stage IN ('choice', 'test_drive'));
    END LOOP;

    -- ---------------------------------------------------------------- companies and deals
    FOR one IN SELECT v.* FROM (VALUES ('mql', 'choice', 0), ('sql', 'choice', 1), ('opportunity', 'test_drive', 2), ('customer', 'purchase', 3), ('lost', '', 4)) AS v (stage, cause, place) LOOP
        UPDATE account a SET authority = true, need = true, budget = true, timing = a.id % 2 = 0, skill = CASE WHEN a.id % 3 = 0 THEN true END,
                             stage = one.stage::lead_stage, stage_at = greatest(x.at, journey.updated_at(a.journey) + interval '1 hour')
        FROM (SELECT p.account_id, min(s.at) AS at FROM party p JOIN journey_sample s ON s.id = p.id WHERE s.stage = one.cause AND one.stage <> 'lost' GROUP BY 1
              UNION ALL
              SELECT b.id, last - (b.id % 20) * day - interval '1 hour' FROM account b WHERE one.stage = 'lost' AND b.stage IN ('sql', 'opportunity') AND b.id % 3 = 0) x
        WHERE x.account_id = a.id AND (one.place = 0 AND a.stage IS NULL OR one.place = 4
                                       OR a.stage = (enum_range(NULL::lead_stage))[array_position(enum_range(NULL::lead_stage)::text[], one.stage) - 1]);
    END LOOP;
    INSERT INTO deal (account_id, party_id, offer_id, value, opened_at, decision_on, closed_at, won)
        SELECT p.account_id, p.id, o.id, o.price, t.at, s.at::date, s.at, true
        FROM journey_sample s JOIN party p ON p.id = s.id JOIN journey_sample t ON t.id = s.id AND t.stage = 'choice'
        JOIN offer o ON o.name = CASE WHEN s.stage = 'purchase' THEN 'Sample product' ELSE 'Sample extra' END WHERE s.stage IN ('purchase', 'regular') ORDER BY s.at, s.id;
    INSERT INTO deal (account_id, party_id, offer_id, value, opened_at, decision_on, closed_at, won, lost_reason)
        SELECT p.account_id, p.id, o.id, o.price, s.at, (s.at + 40 * day)::date, CASE WHEN s.id % 2 = 0 THEN least(s.at + 30 * day, last) END, CASE WHEN s.id % 2 = 0 THEN false END,
               CASE WHEN s.id % 2 = 0 THEN 'sample: too dear' END
        FROM journey_sample s JOIN party p ON p.id = s.id JOIN offer o ON o.name = 'Sample product'
        WHERE s.stage = 'test_drive' AND NOT EXISTS (SELECT FROM journey_sample b WHERE b.id = s.id AND b.stage = 'purchase') ORDER BY s.at, s.id;
    INSERT INTO assignment (party_id, team, assignee, assigned_at)
        SELECT p.id, 'marketing', 'Sample marketer ' || p.id % 3, p.named_at + (p.id % 3) * interval '1 hour' FROM party p WHERE p.kind = 'person' AND p.id % 7 > 1 ORDER BY p.id;
    INSERT INTO sla_pause (party_id, during, reason) SELECT p.id, tstzrange(p.named_at, p.named_at + 2 * day), 'sample: on holiday' FROM party p WHERE p.kind = 'person' AND p.id % 30 = 1 ORDER BY p.id;

    -- ---------------------------------------------------------------- nurture
    INSERT INTO stream (name, purpose, control_share) VALUES ('Sample stream', 'invented', 0.25);
    INSERT INTO stream_member (stream_id, party_id, joined_at)
        SELECT t.id, s.id, s.at + interval '1 hour' FROM journey_sample s JOIN party p ON p.id = s.id CROSS JOIN stream t
        WHERE s.stage = 'study' AND has_consent(s.id, 'nurture', s.at + interval '1 hour') AND s.at + interval '1 hour' < last ORDER BY s.id;
    INSERT INTO detour (party_id, kind, reason, stage, began_at, return_at)
        SELECT p.id, (ARRAY['recycled', 'detour', 'paused'])[1 + p.id % 3], 'sample reason', p.stage, last - 20 * day, last + (p.id % 40 - 20)::integer * day
        FROM party p WHERE p.stage IN ('study', 'choice') AND p.id % 11 = 0 AND p.first_seen < last - 20 * day ORDER BY p.id;

    -- ---------------------------------------------------------------- what came of it
    INSERT INTO gap_action (party_id, cause, action, owner, due, done_at, gap_before, gap_after)
        SELECT s.party_id, 'sample: list', 'sample: call', 'Sample helper', (last + (s.party_id % 30 - 15)::integer * day)::date, CASE WHEN s.party_id % 2 = 0 THEN last - day END, s.gap, CASE WHEN s.party_id % 2 = 0 THEN s.gap / 2 END
        FROM success_at(last) s WHERE s.gap > 0.3 ORDER BY s.party_id;
    INSERT INTO churn (party_id, at, reason, note)
        SELECT s.party_id, last - (s.party_id % 20)::integer * day, CASE WHEN NOT s.is_ideal THEN 'not_ideal' WHEN s.state = 'experience_only' THEN 'no_outcome' ELSE 'no_experience' END, 'sample'
        FROM success_at(last) s WHERE s.state IN ('neither_met', 'experience_only') ORDER BY s.party_id;
    INSERT INTO health_signal (party_id, name, value, weight, at)
        SELECT s.party_id, v.name, CASE WHEN s.party_id % 9 > 0 THEN round(journey.workspace_draw(s.party_id, v.salt)::numeric, 2) END, v.weight, last - day
        FROM success_at(last) s CROSS JOIN (VALUES ('use', 30, 2), ('tickets', 31, 1)) AS v (name, salt, weight) ORDER BY s.party_id, v.name;
    INSERT INTO revenue (party_id, month, amount)
        SELECT s.id, m.month::date, 100 + 10 * (s.id % 5) + CASE WHEN s.id % 4 = 0 THEN 5 * row_number() OVER (PARTITION BY s.id ORDER BY m.month) ELSE 0 END
        FROM journey_sample s CROSS JOIN LATERAL generate_series(date_trunc('month', s.at AT TIME ZONE 'UTC'), date_trunc('month', last AT TIME ZONE 'UTC'), interval '1 month') AS m (month)
        WHERE s.stage = 'purchase' AND NOT (s.id % 5 = 0 AND m.month > (s.at AT TIME ZONE 'UTC') + interval '3 months') ORDER BY s.id, m.month;
    INSERT INTO hpi_set (name, indicators, at_least, scenario) VALUES ('Sample indicators', '{"did the director come?","is there a budget?","was content put to use?"}', 2, 'invented');
    INSERT INTO hpi_answer (set_id, account_id, place, holds, at)
        SELECT h.id, a.id, i, journey.workspace_draw(a.id * 4 + i, 40) < CASE WHEN a.stage = 'customer' THEN 0.8 ELSE 0.4 END, last - 2 * day
        FROM hpi_set h CROSS JOIN account a CROSS JOIN generate_series(1, 3) AS i WHERE a.stage IS NOT NULL AND (a.id + i) % 5 > 0 ORDER BY a.id, i;

    -- ---------------------------------------------------------------- customers who sell
    INSERT INTO survey (name, opens_at) VALUES ('Sample survey', last - 100 * day);
    INSERT INTO survey_response (survey_id, party_id, asked_at, score, answered_at)
        SELECT v.id, p.id, w.at, w.score, CASE WHEN w.score IS NOT NULL THEN w.at + interval '5 hours' END
        FROM survey v CROSS JOIN party p CROSS JOIN generate_series(1, 3) AS m (wave)
        CROSS JOIN LATERAL (SELECT last - m.wave * 30 * day + interval '9 hours' AS at,
                                   CASE WHEN journey.workspace_draw(p.id * 4 + m.wave, 50) < 0.6 THEN floor(12 * sqrt(journey.workspace_draw(p.id * 4 + m.wave, 51)))::integer END AS score) w
        WHERE p.kind = 'person' AND p.first_seen < w.at ORDER BY m.wave DESC, p.id;
    INSERT INTO launch (name, launched_at) VALUES ('Sample novelty', last - 90 * day);
    INSERT INTO adoption (launch_id, party_id, at)
        SELECT l.id, p.id, l.launched_at + 80 * journey.workspace_draw(p.id, 52) * day FROM launch l CROSS JOIN party p WHERE p.kind = 'person' AND p.id % 3 = 0 ORDER BY p.id;
    INSERT INTO referral_programme (name, attribution_window, reward, terms) VALUES ('Sample programme of referrals', '200 days', 50, 'invented');
    INSERT INTO invitation (party_id, at, recipient)
        SELECT p.id, p.first_seen + day, 'sample friend' FROM party p WHERE p.kind = 'person' AND p.id % 6 = 0 ORDER BY p.id;
    -- each by one who has the smaller number, so that there is no circle
    INSERT INTO referral (referrer_id, referred_id, programme_id, at)
        SELECT g.id, p.id, m.id, p.first_seen FROM party p CROSS JOIN referral_programme m
        JOIN LATERAL (SELECT q.id FROM party q WHERE q.kind = 'person' AND q.id < p.id ORDER BY q.id DESC OFFSET p.id % 4 LIMIT 1) g ON true
        WHERE p.kind = 'person' AND p.origin = 'referral' ORDER BY p.id;
    PERFORM pay_reward(e.referral_id) FROM (SELECT e.referral_id FROM referral_edge e WHERE e.converted ORDER BY e.referral_id LIMIT 20) e;
    INSERT INTO idea (party_id, at, title, status, decided_at)
        SELECT p.id, last - 40 * day, 'Sample idea', v.status, CASE WHEN v.status = 'accepted' THEN last - 20 * day END
        FROM party p CROSS JOIN LATERAL (SELECT CASE WHEN p.id % 2 = 0 THEN 'accepted' ELSE 'new' END AS status) v WHERE p.kind = 'person' AND p.id % 25 = 3 ORDER BY p.id;
    PERFORM know_advocates();
    INSERT INTO programme (name, form, owner, valid, deliver_within) VALUES ('Sample club', 'club', 'Sample helper', daterange((last - 200 * day)::date, NULL), '30 days');
    INSERT INTO benefit (programme_id, party_id, promised_at, delivered_at, cost)
        SELECT m.id, a.party_id, last - 20 * day, CASE WHEN a.party_id % 3 > 0 THEN last - 10 * day END, CASE WHEN a.party_id % 3 > 0 THEN 15 END
        FROM programme m CROSS JOIN (SELECT DISTINCT v.party_id FROM advocate v) a ORDER BY a.party_id;
    INSERT INTO surprise (party_id, at, what, cost) SELECT p.id, last - 15 * day, 'sample gift', 10 FROM party p WHERE p.kind = 'person' AND p.id % 20 = 5 ORDER BY p.id;
    INSERT INTO introduction (party_id, to_id, at, reason, met)
        SELECT p.id, q.id, last - 12 * day, 'sample: same trade', p.id % 2 = 0 FROM party p JOIN party q ON q.id = p.id + 30 AND q.kind = 'person' WHERE p.kind = 'person' ORDER BY p.id;
    INSERT INTO community (name, place) VALUES ('Sample community', 'a sample place');
    INSERT INTO community_member (community_id, party_id, joined_at)
        SELECT c.id, p.id, last - 25 * day FROM community c CROSS JOIN party p WHERE p.kind = 'person' AND p.id % 5 = 1 ORDER BY p.id;
    INSERT INTO testimonial (party_id, kind, asked_at, given_at, body, may_publish)
        SELECT p.id, (ARRAY['text', 'video', 'review'])[1 + p.id % 3], last - 30 * day, last - 28 * day, 'sample words', true FROM party p WHERE p.kind = 'person' AND p.id % 15 = 2 ORDER BY p.id;
    INSERT INTO agent_material (party_id, material, quantity, handed_at, told_incentives)
        SELECT p.id, 'sample cards', 20, last - 30 * day, true FROM party p WHERE p.kind = 'person' AND p.id % 15 = 2 ORDER BY p.id;
    INSERT INTO barter (party_id, given, given_value, given_at, exposure, due_at, exposed_at, reach, exposure_value)
        SELECT p.id, 'sample discount', 300, last - 60 * day, 'a photo', last - 30 * day, last - 40 * day, 5000, 400 FROM party p WHERE p.kind = 'person' ORDER BY p.id LIMIT 1;
    INSERT INTO special_terms (party_id, employee_id, relation, at, list_price, price, cost)
        SELECT p.id, e.id, 'friend', last - 33 * day, 100, 85, 70
        FROM (SELECT q.id FROM party q WHERE q.kind = 'employee' ORDER BY q.id LIMIT 1) e CROSS JOIN (SELECT q.id FROM party q WHERE q.kind = 'person' ORDER BY q.id LIMIT 3) p;
    INSERT INTO awareness_reading (brand, ours, month, asked, prompted, unprompted, first)
        SELECT b.brand, b.ours, (date_trunc('month', last AT TIME ZONE 'UTC') - m.ago * interval '1 month')::date, 400, b.prompted - 5 * m.ago, b.unprompted - 3 * m.ago, b.first - m.ago
        FROM (VALUES ('Sample brand', true, 200, 60, 30), ('Sample competitor', false, 260, 120, 70)) AS b (brand, ours, prompted, unprompted, first) CROSS JOIN generate_series(0, 5) AS m (ago);
    INSERT INTO marketing_spend (month, channel, amount)
        SELECT (date_trunc('month', last AT TIME ZONE 'UTC') - m.ago * interval '1 month')::date, 'ads', 1000 + 50 * m.ago FROM generate_series(0, 11) AS m (ago);

    -- some visits turn out to be of people who are known by now; one was a mistake
    PERFORM merge_party(v.id, v.into_id, 'sample: same browser')
        FROM (SELECT p.id, (SELECT q.id FROM party q WHERE q.kind = 'person' AND q.id > p.id ORDER BY q.id LIMIT 1) AS into_id FROM party p WHERE p.kind = 'anonymous' AND p.id % 20 = 0 ORDER BY p.id) v
        WHERE v.into_id IS NOT NULL;
    PERFORM undo_merge(m.id) FROM (SELECT m.id FROM party_merge m ORDER BY m.id LIMIT 1) m WHERE parties > 60;
    DROP TABLE journey_sample;

    FOR one IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(workspace)) AND c.relkind = 'r' ORDER BY c.relname LOOP
        table_name := one.relname;
        -- the views are planned by what is there
        EXECUTE format('ANALYZE %I', one.relname);
        EXECUTE format('SELECT count(*) FROM %I', one.relname) INTO filled;
        RETURN NEXT;
    END LOOP;
END;
$function$;
COMMENT ON FUNCTION journey.sample_workspace(pg_catalog.name, pg_catalog.int4, pg_catalog.timestamptz) IS
    'fills an empty workspace with invented data, marked as a sample, the same each time; returns the rows of each table';
