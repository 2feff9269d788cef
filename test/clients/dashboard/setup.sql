-- Six hundred leads of one quarter in four regions, one of them with a name that a careless page would take for markup.
CREATE EXTENSION journey;
SELECT journey.create_stages('lead_stage', 'lead');
CREATE TABLE leads (
	id int PRIMARY KEY,
	region text NOT NULL,
	budget numeric NOT NULL,
	stage lead_stage NOT NULL DEFAULT 'lead',
	score journey.score('14 days') NOT NULL,
	moved_at timestamptz
);
SELECT journey.track('leads', 'stage', '
	new -> visitor, lead;
	visitor -> lead -> mql -> sql -> opportunity -> customer;
	sql -> opportunity when (budget > 0);
	* -> lost; lost -> lead; at = moved_at', value_column => 'budget');

-- how far each comes, and how many hours each step takes
CREATE TEMPORARY TABLE plan AS
SELECT i AS id, 1 + (h < 0.62)::int + (h < 0.36)::int + (h < 0.22)::int + (h < 0.14)::int AS steps, h > 0.72 AS lost, 18 + (i * 37) % 190 AS hours
FROM generate_series(1, 600) AS i, LATERAL (SELECT mod(i * 0.6180339887, 1) AS h) AS x;
INSERT INTO leads (id, region, budget, score, moved_at)
SELECT id, (ARRAY['North', 'South', 'East', '<b>West & "Isles"</b>'])[1 + id * 7 % 4], 500 + id * 13 % 4000,
	journey.score(5 + id * 29 % 90, '2026-03-31Z'::timestamptz - id * interval '3 hours', '14 days'), timestamptz '2026-01-01Z' + id * interval '3 hours 30 minutes'
FROM plan;
UPDATE leads l SET stage = 'mql', moved_at = moved_at + hours * interval '1 hour' FROM plan p WHERE p.id = l.id AND steps > 1;
UPDATE leads l SET stage = 'sql', moved_at = moved_at + hours * interval '1.5 hours' FROM plan p WHERE p.id = l.id AND steps > 2;
UPDATE leads l SET stage = 'opportunity', moved_at = moved_at + hours * interval '2 hours' FROM plan p WHERE p.id = l.id AND steps > 3;
UPDATE leads l SET stage = 'customer', moved_at = moved_at + hours * interval '1 hour' FROM plan p WHERE p.id = l.id AND steps > 4;
UPDATE leads l SET stage = 'lost', moved_at = moved_at + hours * interval '3 hours' FROM plan p WHERE p.id = l.id AND lost;
