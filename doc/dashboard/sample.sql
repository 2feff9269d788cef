-- Nine hundred leads of half a year, up to the beginning of today (UTC), for the dashboards of this folder to draw.
--
--   createdb shop
--   psql -d shop -f sample.sql
--
-- The story is drawn by a hash, so that it is the same each time but for the day on which it ends.
CREATE EXTENSION journey;
SELECT journey.create_stages('lead_stage', 'lead');

CREATE TABLE work_calendar (name text PRIMARY KEY, hours journey.calendar NOT NULL);
INSERT INTO work_calendar VALUES ('office', '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-12:30", "13:30-18:00"]}}');

CREATE TABLE leads (
	id int PRIMARY KEY,
	region text NOT NULL,
	budget numeric NOT NULL,
	stage lead_stage NOT NULL DEFAULT 'lead',
	score journey.score('14 days') NOT NULL,
	came_at timestamptz NOT NULL,
	called_at timestamptz,              -- the first call, which is promised within eight hours of the office
	moved_at timestamptz
);
SELECT journey.track('leads', 'stage', '
	new -> lead;
	lead -> mql -> sql -> opportunity -> customer;
	sql -> opportunity when (budget > 0);
	* -> lost; lost -> lead; at = moved_at', steps => '{lead,mql,sql,opportunity,customer}', value_column => 'budget');
CREATE TABLE survey (lead_id int REFERENCES leads, asked_at timestamptz NOT NULL, score int, PRIMARY KEY (lead_id, asked_at));

-- ---------------------------------------------------------------- what happened, as plain rows

-- a number from 0 to less than 1 for each lead and purpose
CREATE FUNCTION drawn(lead int, purpose int) RETURNS float8 LANGUAGE sql IMMUTABLE
	RETURN (hashint8extended(lead, purpose) & 1048575) / 1048576.0;

CREATE TABLE story AS
WITH RECURSIVE path (lead_id, place, at) AS (
	SELECT i, 1, (date_trunc('day', now() AT TIME ZONE 'UTC') - interval '182 days') AT TIME ZONE 'UTC' + (i + drawn(i, 1)) * interval '24 hours' * 182 / 900
	FROM generate_series(1, 899) i
	UNION ALL
	-- three quarters of a day at least, then as long as it takes
	SELECT p.lead_id, p.place + 1, p.at + (0.75 - ln(1 - drawn(p.lead_id, 10 + p.place)) * s.days) * interval '24 hours'
	FROM path p JOIN (VALUES (1, 0.64, 3), (2, 0.6, 5), (3, 0.62, 8), (4, 0.6, 11)) s (place, share, days) ON s.place = p.place
	WHERE drawn(p.lead_id, 20 + p.place) < s.share * (0.85 + 0.1 * (p.lead_id % 4)))
SELECT lead_id, (ARRAY['lead', 'mql', 'sql', 'opportunity', 'customer'])[place] AS stage, date_trunc('second', at) AS at FROM path;
-- of those who come no further, nine in ten are given up after a while
INSERT INTO story
SELECT s.lead_id, 'lost', s.at + (2 + 25 * drawn(s.lead_id, 31)) * interval '24 hours'
FROM story s WHERE s.at = (SELECT max(l.at) FROM story l WHERE l.lead_id = s.lead_id) AND s.stage <> 'customer' AND drawn(s.lead_id, 30) < 0.9;
UPDATE story SET at = date_trunc('second', at);
-- nothing of it in the future
DELETE FROM story WHERE at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';

-- ---------------------------------------------------------------- and as an application would have told it

INSERT INTO leads (id, region, budget, score, came_at, moved_at)
SELECT lead_id, (ARRAY['North', 'South', 'East', 'West'])[1 + lead_id % 4], 500 + 50 * floor(80 * drawn(lead_id, 2)),
	journey.score(5 + 90 * drawn(lead_id, 3), at + drawn(lead_id, 4) * (now() - at), '14 days'), at, at
FROM story WHERE stage = 'lead';
UPDATE leads SET called_at = journey.business_add(came_at, (0.3 + 9.5 * power(drawn(id, 5), 2)) * interval '1 hour', hours) FROM work_calendar WHERE drawn(id, 6) < 0.97;
UPDATE leads SET called_at = NULL WHERE called_at >= now();
UPDATE leads SET stage = 'mql', moved_at = at FROM story s WHERE lead_id = id AND s.stage = 'mql';
UPDATE leads SET stage = 'sql', moved_at = at FROM story s WHERE lead_id = id AND s.stage = 'sql';
UPDATE leads SET stage = 'opportunity', moved_at = at FROM story s WHERE lead_id = id AND s.stage = 'opportunity';
UPDATE leads SET stage = 'customer', moved_at = at FROM story s WHERE lead_id = id AND s.stage = 'customer';
UPDATE leads SET stage = 'lost', moved_at = at FROM story s WHERE lead_id = id AND s.stage = 'lost';

-- everybody is asked after thirty days; who has become a customer by then says more, and better
INSERT INTO survey
SELECT id, asked_at, CASE WHEN drawn(id, 40) < CASE WHEN won THEN 0.8 ELSE 0.45 END THEN least(11, floor(CASE WHEN won THEN 6 ELSE 2 END + 6.5 * drawn(id, 41)))::int END
FROM (SELECT id, came_at + interval '720 hours' AS asked_at, EXISTS (SELECT FROM story s WHERE s.lead_id = id AND s.stage = 'customer' AND s.at < came_at + interval '720 hours') AS won FROM leads) l
WHERE asked_at < now();
CREATE INDEX ON leads (score);
ANALYZE;

-- ---------------------------------------------------------------- who draws needs no more than this

CREATE ROLE dashboard LOGIN;
ALTER ROLE dashboard SET default_transaction_read_only = on;
GRANT USAGE ON SCHEMA journey TO dashboard;
GRANT SELECT ON leads, leads_funnel, leads_stages, leads_moves, leads_velocity, leads_stalled, leads_cohorts, survey, work_calendar TO dashboard;
