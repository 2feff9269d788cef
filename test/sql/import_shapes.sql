-- histories as they really come: names of columns, forms of times, numbers as text, many rows
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET search_path = public, journey;
\pset format unaligned
\pset null (null)

CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, NULLIF('DETAIL: ' || d, 'DETAIL: '), NULLIF('HINT: ' || h, 'HINT: '));
END
$$;
CREATE SCHEMA ims;
SET search_path = ims, public, journey;
CREATE TYPE st AS ENUM ('new', 'talks', 'won', 'lost');
CREATE TABLE deals (id text PRIMARY KEY, stage st);
INSERT INTO deals VALUES ('1', 'won'), ('2', 'won'), ('3', 'lost');
SELECT count(*) > 0 FROM track('deals', 'stage', 'new -> *; * -> *', views => false, adopt => true);

-- ------------------------------------------------------------ times

SELECT t, import_time(t) FROM unnest('{2026-01-02T03:04:05.678+0000,2026-01-02T03:04:05.678Z,2026-01-02 03:04:05,1767323045678,1767323045678.0,20260102030405,2026-01-02T03:04:05.678-0800,"Jan 2, 2026 3:04 AM",
    0000-00-00 00:00:00,-infinity,next week,17673230456789}'::text[]) WITH ORDINALITY u (t, n) ORDER BY n;
-- 01/02 is what DateStyle says, as everywhere
SET DateStyle = 'ISO, DMY';
SELECT import_time('01/02/2026 10:00');
RESET DateStyle;

-- ------------------------------------------------------------ numbers that came as text

-- 9 was written before 10, and both at one second; 99 before 100
CREATE TABLE tracking (id text, res_id text, field text, old_value_char text, new_value_char text, date text);
INSERT INTO tracking VALUES
    ('10', '1', 'stage_id', 'talks', 'won', '2026-01-05 10:00:00'), ('9', '1', 'stage_id', 'new', 'talks', '2026-01-05 10:00:00'),
    ('100', '2', 'stage_id', 'talks', 'won', '2026-01-07 10:00:00'), ('99', '2', 'stage_id', 'new', 'talks', '2026-01-06 10:00:00'), ('101', '2', 'user_id', 'ann', 'bob', '2026-01-08 10:00:00');
SELECT * FROM import_history('deals', 'tracking', 'odoo');
SELECT id, journey FROM deals WHERE id < '3' ORDER BY id;

-- ------------------------------------------------------------ a filter that nothing passes

-- Odoo up to 16 keeps the number of the field
CREATE VIEW by_number AS SELECT id, res_id, CASE field WHEN 'stage_id' THEN 4711 ELSE 12 END AS field, old_value_char, new_value_char, date FROM tracking;
SELECT pg_temp.refused($$SELECT * FROM import_report('deals', 'by_number', 'odoo')$$);
CREATE VIEW unnamed AS SELECT id, res_id, NULL::text AS field_id, old_value_char, new_value_char, date FROM tracking;
SELECT pg_temp.refused($$SELECT * FROM import_history('deals', 'unnamed', 'odoo')$$);
CREATE VIEW empty AS SELECT * FROM by_number WHERE false;
SELECT problem, rows FROM import_report('deals', 'empty', 'odoo');

-- ------------------------------------------------------------ names of columns

CREATE TABLE sf_report ("Opportunity ID" text, "Field / Event" text, "Old Value" text, "New Value" text, "Edit Date" text);
INSERT INTO sf_report VALUES ('1', 'Stage', 'new', 'talks', '1/2/2026, 9:30 AM'), ('1', 'Amount', '1', '2', '1/3/2026, 9:30 AM'), ('1', 'Stage', 'talks', 'won', '1/4/2026, 9:30 PM'), ('2', 'Created.', NULL, NULL, '1/1/2026, 8:00 AM');
CREATE TABLE sf_api ("Id" text, "IsDeleted" bool, "LeadId" text, "CreatedDate" text, "Field" text, "OldValue" text, "NewValue" text);
INSERT INTO sf_api VALUES ('01', false, '1', '2026-01-02T09:30:00.000+0000', 'Status', 'new', 'talks'), ('02', false, '1', '2026-01-04T21:30:00.000+0000', 'Status', 'talks', 'won'), ('03', false, '1', '2026-01-04T21:30:00.000+0000', 'leadConverted', NULL, NULL);
CREATE TABLE hub_api ("dealId" text, property text, value text, "timestamp" text, "sourceType" text);
INSERT INTO hub_api VALUES ('1', 'dealstage', 'won', '2026-01-04T21:30:00.000Z', 'CRM_UI'), ('1', 'dealstage', 'talks', '1767346200000', 'API'), ('1', 'amount', '7', '2026-01-04T21:30:00Z', 'API'), ('1', 'dealstage', 'new', '2026-01-02T09:29:59.999999Z', 'IMPORT');
CREATE TABLE hub_file ("Company ID" text, "Property Name" text, "Property Value" text, "Change Date" text);
INSERT INTO hub_file VALUES ('1', 'lifecyclestage', 'won', '2026-01-04 21:30'), ('1', 'lifecyclestage', 'talks', '2026-01-02 09:30'), ('1', 'lifecyclestage', 'new', '2026-01-02 09:29:59.999999');
CREATE TABLE mautic (id int, lead_id int, stage_id int, event_name text, action_name text, date_added timestamp);
-- as the contact was edited, by a campaign, and by a batch that took it out of the stage it was in
INSERT INTO mautic VALUES (1, 1, 5, '5:new', 'x', '2026-01-02 09:29:59.999999'), (2, 1, 6, '6: talks', 'x', '2026-01-02 09:30'), (3, 1, 6, '6: talks', 'removed', '2026-01-03'), (4, 1, 7, '7: won', 'x', '2026-01-04 21:30');
CREATE TABLE frappe (parent text, parenttype text, idx text, "from" text, "to" text, from_date text, to_date text, duration text);
INSERT INTO frappe VALUES ('1', 'CRM Deal', '2', 'talks', 'won', '2026-01-02 09:30:00.000000', '2026-01-04 21:30:00.000000', '216000'), ('1', 'CRM Deal', '3', 'won', '', '2026-01-04 21:30:00.000000', '', ''),
    ('1', 'CRM Deal', '1', 'new', 'talks', '2026-01-02 09:29:59.999999', '2026-01-02 09:30:00.000000', '0.000001');
-- one truth in all of them
DO $$
DECLARE
    source text; shape text;
BEGIN
    FOR source, shape IN VALUES ('sf_report', 'salesforce'), ('sf_api', 'salesforce'), ('hub_api', 'hubspot'), ('hub_file', 'hubspot'), ('mautic', 'mautic'), ('frappe', 'frappe') LOOP
        PERFORM count(*) FROM journey.import_history('deals', source, shape, existing => 'replace', refuse => '{no key,unknown key,no time,unknown stage,duplicate,in the future,out of order,same time,negative duration,gap,gap in time,ends elsewhere}');
        IF (SELECT journey FROM deals WHERE id = '1') IS DISTINCT FROM '{new@2026-01-02T09:29:59.999999Z, talks@2026-01-02T09:30:00Z, won@2026-01-04T21:30:00Z}' THEN
            RAISE EXCEPTION 'as %: %', source, (SELECT journey FROM deals WHERE id = '1');
        END IF;
    END LOOP;
END $$;

-- ------------------------------------------------------------ an empty table is not adopted without labels

CREATE TABLE none (id int PRIMARY KEY, status text);
SELECT pg_temp.refused($$SELECT count(*) FROM adopt('none', 'status')$$);
SELECT count(*) > 0 FROM adopt('none', 'status', labels => '{a,b}', views => false);

-- ------------------------------------------------------------ many rows

-- with little memory as well.  NOT IN over more keys than fit into work_mem looks through all of them for each row, and a time limit
-- that tells this from a busy machine there is none
CREATE TABLE many (id int PRIMARY KEY, stage st);
INSERT INTO many SELECT i, 'won' FROM generate_series(1, 4000) i;
SELECT count(*) > 0 FROM track('many', 'stage', 'new -> *; * -> *', views => false, adopt => true);
CREATE TABLE many_moves AS
    SELECT i AS key, s AS to_stage, timestamptz '2026-01-01Z' + i * interval '1 second' + n * interval '1 day' AS at FROM generate_series(1001, 5000) i, unnest('{new,talks,won}'::text[]) WITH ORDINALITY u (s, n);
SET work_mem = '64kB';
SELECT problem, rows FROM import_history('many', 'many_moves', 'moves');
RESET work_mem;
SELECT count(*), sum(length(journey)) FROM many WHERE id > 1000;
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'journey'::regnamespace AND p.proname ~ '^(import|history)_' AND p.prosrc ~ 'key NOT IN \(SELECT';

SET client_min_messages = error;
DROP SCHEMA ims CASCADE;
