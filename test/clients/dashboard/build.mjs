// A dashboard in one file: asks the database, and puts the answers into page.html, where they are drawn.
//   node build.mjs FILE.html        PGHOST, PGDATABASE etc. say which database
import pg from 'pg';
import { readFileSync, writeFileSync } from 'node:fs';

// counts fit into numbers, and intervals are asked for as days
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
const client = new pg.Client();
await client.connect();
// one moment for all answers
await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
const rows = async text => (await client.query(text)).rows;
const steps = "'{lead,mql,sql,opportunity,customer}'";
const asOf = "'2026-04-30Z'";
const data = {
	title: 'Sales',
	asOf: '2026-04-30',
	funnel: await rows(`SELECT s.label, s.reached, s.conversion, s.conversion_low AS low, s.conversion_high AS high, s.overall, s.dropped,
			extract(epoch FROM s.median) / 86400 AS days
		FROM (SELECT journey.funnel(journey, ${steps}) AS f FROM leads) q, journey.steps(q.f) s ORDER BY s.step`),
	regions: await rows(`SELECT region, journey.entered(f) AS entered, journey.converted(f) AS converted, s.overall, c.low, c.high
		FROM (SELECT region, journey.funnel(journey, ${steps}) AS f, journey.rate('customer' = journey.current(journey)) AS r FROM leads GROUP BY region) q,
			LATERAL (SELECT overall FROM journey.steps(f) ORDER BY step DESC LIMIT 1) s, LATERAL (SELECT (r).low, (r).high) c
		ORDER BY s.overall DESC, region`),
	open: await rows(`SELECT extract(epoch FROM c.time) / 86400 AS days, c.survival, c.low, c.high
		FROM (SELECT journey.survival(journey, 'lead', '{customer,lost}', ${asOf}) AS s FROM leads) q, journey.curve(q.s) c WHERE c.events > 0 ORDER BY c.time`),
	quarter: (await rows(`SELECT extract(epoch FROM journey.quantile(journey.survival(journey, 'lead', '{customer,lost}', ${asOf}), 0.25)) / 86400 AS days FROM leads`))[0].days,
	weeks: await rows(`SELECT to_char(date_trunc('week', at, 'UTC') AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS week, to_stage AS stage, count(*) AS moves
		FROM leads_moves GROUP BY 1, 2 ORDER BY 1, 2`),
	stages: await rows(`SELECT stage::text AS stage, rows_now, entered, exited, extract(epoch FROM median_dwell) / 86400 AS days FROM leads_stages ORDER BY leads_stages.stage`),
	hottest: await rows(`SELECT id, region, stage::text AS stage, journey.score_at(score, ${asOf}) AS points
		FROM leads WHERE stage NOT IN ('customer', 'lost') ORDER BY score DESC, id LIMIT 8`)
};
await client.query('COMMIT');
await client.end();

// a label must not end the script
const json = JSON.stringify(data).replace(/[<\u2028\u2029]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');
writeFileSync(process.argv[2], page.replace('/* DATA */ null', () => json));
