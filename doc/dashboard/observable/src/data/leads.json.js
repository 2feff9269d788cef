// Everything that the page shows, asked in one read-only transaction, so that all of it is of one moment.  PGHOST,
// PGDATABASE, PGUSER etc. say of which database.
import pg from 'pg';

// counts fit into numbers
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
const client = new pg.Client();
await client.connect();
await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL timezone = 'UTC'");
const rows = async (text, ...values) => (await client.query(text, values)).rows;
const one = async text => (await rows(text))[0];

const stages = (await rows("SELECT stage::text FROM unnest(enum_range(NULL::lead_stage)) AS stage")).map(r => r.stage);
const steps = (await rows('SELECT label FROM leads_funnel ORDER BY step')).map(r => r.label);
const data = {
	asOf: (await one('SELECT now() AS at')).at,
	stages,
	steps,
	// one funnel for each region, and their sum: shares do not add up, funnels do
	funnel: await rows(`
		WITH f AS (SELECT region, journey.funnel(journey, $1) AS f FROM leads GROUP BY region)
		SELECT q.region, s.step, s.label, s.reached, s.conversion, s.conversion_low AS low, s.conversion_high AS high, s.overall, s.dropped,
			(extract(epoch FROM s.median) / 86400)::float8 AS median_days
		FROM (SELECT NULL AS region, journey.rollup(f) AS f FROM f UNION ALL SELECT region, f FROM f) q, journey.steps(q.f) s
		ORDER BY q.region NULLS FIRST, s.step`, steps),
	regions: await rows(`
		SELECT region, (r).entered, (r).converted, (r).rate, (r).low, (r).high
		FROM (SELECT region, journey.rate(journey.first_at(journey, 'customer') IS NOT NULL) AS r FROM leads GROUP BY region) q ORDER BY (r).rate DESC`),
	velocity: await one(`
		SELECT open_now, won, lost, win_rate_closed, mean_value, (extract(epoch FROM median_cycle) / 86400)::float8 AS cycle_days, velocity_closed
		FROM leads_velocity WHERE stage IS NULL`),
	weeks: await rows(`
		SELECT to_char(date_trunc('week', at), 'YYYY-MM-DD') AS week, to_stage AS stage, count(*) AS moves FROM leads_moves GROUP BY 1, 2 ORDER BY 1, 2`),
	cohorts: await rows(`
		SELECT to_char(month, 'YYYY-MM') AS month, step, from_stage, to_stage, entered, converted, rate, low, high,
			age < 2 * median_time OR median_time IS NULL AS growing
		FROM leads_cohorts ORDER BY step, month`),
	stalled: await rows(`
		SELECT s.id, l.region, s.stage, l.budget, (extract(epoch FROM s.dwell) / 86400)::float8 AS days, (extract(epoch FROM s.p90) / 86400)::float8 AS p90_days
		FROM leads_stalled s JOIN leads l USING (id) WHERE s.over_p90 ORDER BY s.dwell / extract(epoch FROM s.p90) DESC, s.id`),
	// what becomes of those that are open, by the matrix of all moves so far
	forecast: await rows(`
		WITH matrix AS (SELECT journey.transition_matrix(journey, now()) AS m FROM leads)
		SELECT q.stage, q.open, q.probability, q.open * q.probability AS expected, (q.p).value, (q.p).weighted, journey.spread(q.p) AS spread, q.days
		FROM (SELECT a.from_stage AS stage, count(*) AS open, a.probability, (extract(epoch FROM a.mean_time) / 86400)::float8 AS days,
				journey.weighted_pipeline(l.budget, a.probability) AS p
			FROM matrix, journey.absorption(m, '{customer,lost}') a JOIN leads l ON l.stage::text = a.from_stage
			WHERE a.end_stage = 'customer' AND a.from_stage NOT IN ('customer', 'lost')
			GROUP BY a.from_stage, a.probability, a.mean_time) q
		ORDER BY q.stage::lead_stage`),
	hottest: await rows(`
		SELECT id, region, stage::text, budget, journey.score_at(score, now()) AS points
		FROM leads WHERE stage NOT IN ('customer', 'lost') ORDER BY score DESC, id LIMIT 10`)
};
await client.query('COMMIT');
await client.end();
process.stdout.write(JSON.stringify(data));
