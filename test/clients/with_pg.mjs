// node-postgres: text results, binary parameters, errors with all their parts, named statements, a pool.
import pg from 'pg';
import { readFileSync } from 'node:fs';

const base = Number(process.argv[2]);
const say = (name, value) => console.log(`${name}\t${value}`);
const bool = x => x === true ? 'True' : String(x);
const number = x => x === null ? '-' : String(Number(x.toPrecision(6)));

const client = new pg.Client();
await client.connect();
say('version', JSON.parse(readFileSync(new URL('node_modules/pg/package.json', import.meta.url))).version);
await client.query("SET journey.actor = 'pg'");
const path = async i => (await client.query(
	"SELECT stage || ' ' || (SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(journey)) AS p FROM leads WHERE id = $1", [base + i])).rows[0].p;
const move = (stage, i) => client.query('UPDATE leads SET stage = $1 WHERE id = $2', [stage, base + i]);
const refused = async promise => { try { await promise; } catch (error) { if (error.code === '23514') return error; throw error; } throw new Error('not refused'); };

// an enum comes as a string; an array of it is to be declared once, for node-postgres does not know its type
say('undeclared', (await client.query('SELECT wanted FROM leads WHERE id = $1', [base + 1])).rows[0].wanted);
const oid = (await client.query("SELECT 'lead_stage[]'::regtype::oid::int AS oid")).rows[0].oid;
pg.types.setTypeParser(oid, pg.types.getTypeParser(1009));
const first = (await client.query('SELECT stage, wanted FROM leads WHERE id = $1', [base + 1])).rows[0];
say('stage', first.stage);
say('array', Array.isArray(first.wanted) ? first.wanted.join(',') : 'no array');

// a move is an UPDATE
await move('mql', 1);
say('moved', await path(1));

// an illegal one is a violated check
const error = await refused(move('customer', 1));
say('illegal', [error.code, error.schema, error.table, error.column, error.message, error.detail, error.hint].join('|'));
say('class', bool(error instanceof pg.DatabaseError));
say('after', await path(1));

// a guard, and a savepoint that saves what was done before
await client.query('BEGIN');
await move('mql', 2);
await move('sql', 2);
await client.query('SAVEPOINT s');
say('guard', (await refused(move('opportunity', 2))).detail);
await client.query('ROLLBACK TO s');
await client.query('COMMIT');
say('saved', await path(2));

// rolled back, a move leaves no trace
await client.query('BEGIN');
await move('mql', 3);
const inside = await path(3);
await client.query('ROLLBACK');
say('rollback', `${inside}, ${await path(3)}`);

// a statement with a name is prepared; ten times, so that the server goes over to a generic plan
const named = (stage, i) => client.query({ name: 'move', text: 'UPDATE leads SET stage = $1 WHERE id = $2', values: [stage, base + i] });
for (let i = 4; i < 14; i++) await named('mql', i);
await refused(named('customer', 4));
await named('sql', 4);
say('prepared', (await client.query('SELECT stage, count(*) AS n FROM leads WHERE id BETWEEN $1 AND $2 GROUP BY stage ORDER BY stage', [base + 4, base + 13]))
	.rows.map(r => `${r.stage}:${r.n}`).join(','));

// a funnel: its rows (bigint comes as a string), and the whole as JSON, which arrives parsed
const funnel = "journey.funnel(journey, '{lead,mql,sql,customer}', '90 days')";
say('steps', (await client.query(`SELECT s.label, s.reached, s.conversion FROM (SELECT ${funnel} AS f FROM sales) q, journey.steps(q.f) s ORDER BY s.step`))
	.rows.map(r => `${r.label}:${r.reached}:${number(r.conversion)}`).join(','));
say('funnel', (await client.query(`SELECT ${funnel}::jsonb AS f FROM sales`)).rows[0].f.reached.join(','));

// a journey as text and as JSON, and given back
const rows = (await client.query('SELECT journey, journey::jsonb AS j FROM hostile ORDER BY id')).rows;
say('journey', rows[0].journey);
say('labels', rows[0].j.map(e => e.label).join('|'));
say('none', `${rows[1].journey === null && rows[1].j === null ? 'NULL' : '?'} ${rows[2].journey} ${JSON.stringify(rows[2].j)}`);
say('given', bool((await client.query('SELECT journey = $1 AS same FROM hostile WHERE id = 1', [rows[0].journey])).rows[0].same));

// a score and a survival curve
const score = (await client.query("SELECT score, journey.score_at(score, '2026-01-29Z') AS at FROM leads WHERE id = $1", [base + 1])).rows[0];
say('score', `${score.score} ${score.at}`);
const curve = "SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales";
say('survival', (await client.query(`SELECT c.at_risk, c.events, c.survival FROM (${curve}) q, journey.curve(q.s) c ORDER BY c.time`))
	.rows.map(r => `${r.at_risk}:${r.events}:${r.survival.toFixed(6)}`).join(','));

// binary: a Buffer is sent as such. A binary result does not come whole (node-postgres reads it as UTF-8), a bytea does
const answers = [];
for (const [name, source] of [['journey', 'SELECT journey AS x FROM hostile WHERE id = 1'], ['score', `SELECT score AS x FROM leads WHERE id = ${base + 1}`],
	['funnel', `SELECT ${funnel} AS x FROM sales`], ['survival_curve', curve.replace(' AS s', ' AS x')]]) {
	const bytes = (await client.query(`SELECT journey.${name}_send(x) AS b FROM (${source}) s`)).rows[0].b;
	const same = (await client.query(`SELECT ($1::journey.${name})::text = (${source})::text AS same`, [bytes])).rows[0].same;
	let code = 'taken';
	await client.query(`SELECT $1::journey.${name}`, [bytes.subarray(0, -1)]).catch(e => { code = e.code; });
	answers.push(`${name} ${bool(same)} ${['22P03', '08P01'].includes(code) ? 'refused' : code}`);
}
say('binary', answers.join(','));
await client.end();

// sessions of a pool with different settings, at the same time: the values are the same
const pool = new pg.Pool({ max: 2 });
const settings = ["SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German'; SET search_path = journey, public",
	"SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0; SET search_path = ''"];
const seen = new Set(await Promise.all(settings.map(async (setting, n) => {
	const session = await pool.connect();
	await session.query(`${setting}; SET journey.actor = 'pg pool ${n}'`);
	await session.query('UPDATE public.leads SET stage = \'mql\' WHERE id = $1', [base + 15 + n]);
	const row = (await session.query('SELECT (SELECT journey FROM public.hostile WHERE id = 1), score FROM public.leads WHERE id = $1', [base + 1])).rows[0];
	session.release();
	return JSON.stringify(row);
})));
await pool.end();
say('pool', seen.size);
say('done', '');
