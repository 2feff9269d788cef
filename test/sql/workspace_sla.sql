-- workspace: the agreement between marketing and sales
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SELECT count(*) > 40 AS made FROM journey.create_workspace('sla');
SET search_path = sla, public;

-- the least there should be
SELECT part, present, detail FROM sla_parts;
SELECT sla_template(), sla_template();
UPDATE stage_definition SET definition = 'agreed', agreed_by = '{marketing, sales}', agreed_at = now() WHERE model = 'lead';
SELECT part, present, detail FROM sla_parts;
SELECT name, team, action, channel, within, starts_on FROM sla_clause ORDER BY name;

-- cases of one clause over an office week: in time, late, open on a weekend, paused, at risk, overdue
INSERT INTO work_calendar VALUES ('office', '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}}');
INSERT INTO sla_clause (name, valid, team, role, action, within, calendar, starts_model, starts_on)
VALUES ('answer', '[2026-01-01, 2026-02-01)', 'marketing', 'anybody', 'answer', '4 hours', 'office', 'touch', 'question');
INSERT INTO party (name, first_seen, named_at, stage_at) SELECT 'p' || i, '2026-01-01', '2026-01-01', '2026-01-01' FROM generate_series(1, 8) AS i;
INSERT INTO touch (party_id, at, channel, kind, ours) VALUES
    (1, '2026-01-05 10:00+01', 'site', 'question', false), (1, '2026-01-05 12:00+01', 'email', 'answer', true),
    (2, '2026-01-05 16:00+01', 'site', 'question', false), (2, '2026-01-07 12:00+01', 'email', 'answer', true),
    (3, '2026-01-09 16:00+01', 'site', 'question', false),
    (4, '2026-01-05 10:00+01', 'site', 'question', false),
    (5, '2026-01-09 14:00+01', 'site', 'question', false),
    (6, '2026-01-08 10:00+01', 'site', 'question', false), (6, '2026-01-08 10:05+01', 'email', 'answer', false),
    (7, '2026-01-12 09:00+01', 'site', 'question', false),
    -- another action, and a time at which the clause was not in force
    (8, '2026-01-05 10:00+01', 'site', 'visit', false), (8, '2025-12-30 10:00+01', 'site', 'question', false);
INSERT INTO sla_pause (party_id, during, reason) VALUES (4, '[2026-01-05 11:00+01, 2026-01-12 09:00+01)', 'on holiday'), (7, '[2026-01-12 09:30+01,)', 'asked back');
INSERT INTO assignment (party_id, team, assignee, assigned_at) VALUES (1, 'marketing', 'Bo', '2026-01-05 11:00+01');
SELECT party_id AS party, started_at, due_at, met_at, state, used, system_delay AS system, human_delay AS human
FROM sla_cases('2026-01-12 09:30+01') WHERE clause = 'answer' ORDER BY party_id;
-- met and missed are counted, what is not yet due is not
SELECT cases, met, missed, pending, round(compliance::numeric, 3) AS compliance, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high, reached
FROM sla_compliance('month', 'UTC', '2026-01-12 09:30+01') WHERE clause = 'answer';
-- two parties that are one: what was done for 2 answers 6, too
INSERT INTO touch (party_id, at, channel, kind, ours) VALUES (2, '2026-01-08 11:00+01', 'call', 'answer', true);
SELECT merge_party(6, 2) > 0 AS merged;
SELECT party_id AS party, started_at, state FROM sla_cases('2026-01-12 09:30+01') WHERE clause = 'answer' AND party_id = 2 ORDER BY started_at;

-- clauses of the lead funnel: a name that was recorded, a company that was qualified
UPDATE sla_clause SET valid = '[2026-01-01,)' WHERE name <> 'answer';
INSERT INTO account (name, stage, stage_at, authority, need) VALUES ('Birch', 'mql', '2026-01-06 10:00Z', true, true);
UPDATE party SET account_id = 1 WHERE id = 5;
INSERT INTO touch (party_id, at, channel, kind, ours) VALUES (5, '2026-01-06 12:00Z', 'call', 'call', true);
SELECT clause, party_id AS party, account_id AS account, started_at, due_at, met_at, state
FROM sla_cases('2026-01-12 09:30+01') WHERE clause LIKE 'call%' OR clause LIKE 'thank%' AND party_id = 1;

-- what is refused
INSERT INTO sla_clause (name, valid, team, role, action, within, calendar, starts_model, starts_on)
VALUES ('answer', '[2026-01-15,)', 'marketing', 'anybody', 'answer', '4 hours', 'office', 'touch', 'question');
INSERT INTO sla_clause (name, team, role, action, within, starts_model, starts_on) VALUES ('x', 'a', 'b', 'c', '4 hours', 'lead', 'foo');
\set VERBOSITY terse
INSERT INTO sla_clause (name, team, role, action, within, calendar, starts_model, starts_on) VALUES ('x', 'a', 'b', 'c', '4 days', 'office', 'lead', 'mql');
INSERT INTO sla_clause (name, team, role, action, within, starts_model, starts_on) VALUES ('x', 'a', 'b', 'c', '1 month', 'lead', 'mql');
INSERT INTO sla_clause (name, team, role, action, within, starts_model, starts_on) VALUES ('x', 'a', 'b', 'c', '0', 'lead', 'mql');
INSERT INTO sla_pause (during, reason) VALUES ('[2026-01-01,)', 'whose?');
SELECT * FROM sla_compliance('fortnight');
\set VERBOSITY default
-- a new version of a clause binds what begins from then on
INSERT INTO sla_clause (name, valid, team, role, action, within, calendar, starts_model, starts_on)
VALUES ('answer', '[2026-02-01,)', 'marketing', 'anybody', 'answer', '2 hours', 'office', 'touch', 'question');
INSERT INTO touch (party_id, at, channel, kind) VALUES (1, '2026-02-02 10:00+01', 'site', 'question');
SELECT party_id AS party, due_at - started_at AS wall, state FROM sla_cases('2026-02-02 10:30+01') WHERE clause = 'answer' AND started_at > '2026-02-01';
RESET search_path;
SELECT journey.drop_workspace('sla', true);
