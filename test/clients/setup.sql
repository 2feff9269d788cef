-- What the client programs work on: a tracked table with rows of its own for each client, and journeys to read.
CREATE EXTENSION journey;

-- each client answers the same questions about its own twenty leads
SELECT journey.create_stages('lead_stage', 'lead');
CREATE TABLE leads (
	id int PRIMARY KEY,
	client text NOT NULL,
	budget numeric,
	stage lead_stage NOT NULL DEFAULT 'lead',
	wanted lead_stage[],
	score journey.score('14 days')
);
SELECT journey.track('leads', 'stage', '
	new -> visitor, lead;
	visitor -> lead -> mql -> sql -> opportunity -> customer;
	sql -> opportunity when (budget > 0);
	* -> lost; lost -> lead', log => true);
INSERT INTO leads (id, client, wanted, score)
SELECT (c - 1) * 100 + i, (ARRAY['psycopg2', 'psycopg', 'sqlalchemy', 'jdbc', 'pg', 'drizzle', 'prisma'])[c], '{lead,mql}', '40@2026-01-01/14 days'
FROM generate_series(1, 7) c, generate_series(1, 20) i;

-- sixty sales, in every second, fourth and sixth of which a further step was taken, as plain rows and as journeys
CREATE TABLE sales_step AS
SELECT i AS id, s AS step, (ARRAY['lead', 'mql', 'sql', 'customer'])[s] AS label,
	timestamptz '2026-01-01 00:00Z' + i * interval '1 hour' + (s - 1) * (3 + i % 7) * interval '1 day 00:00:00.25' AS at
FROM generate_series(1, 60) i, generate_series(1, 4) s
WHERE s = 1 OR i % (2 * s - 2) = 0;
DELETE FROM sales_step a WHERE step = 4 AND NOT EXISTS (SELECT FROM sales_step b WHERE b.id = a.id AND b.step = 3);
CREATE TABLE sales AS SELECT id, journey.journey_agg(label, at) AS journey FROM sales_step GROUP BY id;

-- labels that a careless client would break, and no journey at all
CREATE TABLE hostile (id int PRIMARY KEY, journey journey.journey);
INSERT INTO hostile VALUES
	(1, journey.journey(ARRAY['a, b', 'quo"te', 'back\slash', 'ünï ☃', '{}'],
		ARRAY['2026-01-01Z', '2026-01-02 03:04:05.000006Z', '2026-01-03Z', '2026-01-04Z', '2026-01-05Z']::timestamptz[])),
	(2, NULL), (3, '{}');

-- a role as an application has it: it moves rows and reads, and no more
CREATE ROLE app LOGIN;
-- the operators of the types are in the schema journey
ALTER ROLE app SET search_path = "$user", public, journey;
GRANT SELECT, INSERT, UPDATE ON leads TO app;
GRANT SELECT ON leads_log, leads_funnel, leads_stages, sales, sales_step, hostile TO app;
