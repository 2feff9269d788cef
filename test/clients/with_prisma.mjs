// Prisma, by its driver adapter for node-postgres and without an engine: the native enum from the schema file, the types of the
// extension by raw queries.
import { PrismaPg } from '@prisma/adapter-pg';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { PrismaClient, Prisma, lead_stage } = require('./generated/index.js');

const base = Number(process.argv[2]);
const say = (name, value) => console.log(`${name}\t${value}`);
const bool = x => x === true ? 'True' : String(x);
const number = x => x === null ? '-' : String(Number(x.toPrecision(6)));

// the adapter takes what node-postgres takes; who acts is a setting of the session
const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const adapter = new PrismaPg({ host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE, max: 2, options: '-c journey.actor=prisma' });
const db = new PrismaClient({ adapter });
say('version', require('@prisma/client/package.json').version);
const path = async (i, on = db) => {
	const [row] = await on.$queryRaw`SELECT stage::text, (SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(journey)) AS path FROM leads WHERE id = ${base + i}`;
	return `${row.stage} ${row.path}`;
};
const move = (stage, i, on = db) => on.leads.update({ where: { id: base + i }, data: { stage } });
// what the database said
const said = error => error.meta.driverAdapterError.cause;
const refused = async promise => {
	try { await promise; } catch (error) {
		if (error instanceof Prisma.PrismaClientKnownRequestError && said(error).originalCode === '23514') return error;
		throw error;
	}
	throw new Error('not refused');
};

const first = await db.leads.findUnique({ where: { id: base + 1 } });
say('stage', first.stage);
say('array', Array.isArray(first.wanted) ? first.wanted.join(',') : 'no array');
// a label that the enum does not have does not come as far as the database
say('enum', `${Object.values(lead_stage).join(',')} ${await move('nonsense', 1).then(() => 'taken', e => e instanceof Prisma.PrismaClientValidationError ? 'refused' : e.message)}`);

// a move is an UPDATE
const moved = await move('mql', 1);
say('moved', `${moved.stage} ${(await path(1)).split(' ')[1]}`);

// an illegal one is a violated check
const error = await refused(move('customer', 1));
const { originalCode, column, message, detail, hint } = said(error);
say('illegal', [originalCode, '', '', column, message, detail, hint].join('|'));
say('class', error.code);
say('after', await path(1));

// a guard, and a savepoint that saves what was done before
await db.$transaction(async tx => {
	await move('mql', 2, tx);
	await move('sql', 2, tx);
	await tx.$executeRaw`SAVEPOINT before`;
	say('guard', said(await refused(move('opportunity', 2, tx))).detail);
	await tx.$executeRaw`ROLLBACK TO SAVEPOINT before`;
});
say('saved', await path(2));

// rolled back, a move leaves no trace
let inside;
await db.$transaction(async tx => {
	await move('mql', 3, tx);
	inside = await path(3, tx);
	throw new Error('never mind');
}).catch(e => { if (e.message !== 'never mind') throw e; });
say('rollback', `${inside}, ${await path(3)}`);

// ten times the same statement
for (let i = 4; i < 14; i++) await move('mql', i);
await refused(move('customer', 4));
await move('sql', 4);
say('prepared', (await db.leads.groupBy({ by: ['stage'], where: { id: { gte: base + 4, lte: base + 13 } }, _count: true, orderBy: { stage: 'asc' } }))
	.map(r => `${r.stage}:${r._count}`).join(','));

// a funnel: its rows, with bigint as BigInt, and the whole as JSON, which arrives parsed
say('steps', (await db.$queryRaw`SELECT s.label, s.reached, s.conversion
	FROM (SELECT journey.funnel(journey, '{lead,mql,sql,customer}', '90 days') AS f FROM sales) q, journey.steps(q.f) s ORDER BY s.step`)
	.map(r => `${r.label}:${r.reached}:${number(r.conversion)}`).join(','));
say('funnel', (await db.$queryRaw`SELECT journey.funnel(journey, '{lead,mql,sql,customer}', '90 days')::jsonb AS f FROM sales`)[0].f.reached.join(','));

// a journey as text and as JSON, and given back
const rows = await db.$queryRaw`SELECT journey, journey::jsonb AS j FROM hostile ORDER BY id`;
say('journey', rows[0].journey);
say('labels', rows[0].j.map(e => e.label).join('|'));
say('none', `${rows[1].journey === null && rows[1].j === null ? 'NULL' : '?'} ${rows[2].journey} ${JSON.stringify(rows[2].j)}`);
say('given', bool((await db.$queryRaw`SELECT id FROM hostile WHERE journey = ${rows[0].journey}::journey.journey`).length === 1));

// a score and a survival curve
const [s] = await db.$queryRaw`SELECT score, journey.score_at(score, '2026-01-29Z') AS at FROM leads WHERE id = ${base + 1}`;
say('score', `${s.score} ${s.at}`);
say('survival', (await db.$queryRaw`SELECT c.at_risk, c.events, c.survival
	FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, journey.curve(q.s) c ORDER BY c.time`)
	.map(r => `${r.at_risk}:${r.events}:${r.survival.toFixed(6)}`).join(','));

// transactions with settings of their own: the values are the same
const settings = [["TimeZone = 'Asia/Tehran'", "DateStyle = 'German'", 'search_path = public, journey'],
	["TimeZone = 'America/New_York'", "IntervalStyle = 'sql_standard'", 'extra_float_digits = 0']];
const seen = new Set(await Promise.all(settings.map((list, n) => db.$transaction(async tx => {
	for (const setting of [...list, `journey.actor = 'prisma pool ${n}'`]) await tx.$executeRawUnsafe(`SET LOCAL ${setting}`);
	await move('mql', 15 + n, tx);
	return JSON.stringify([await tx.$queryRaw`SELECT score FROM leads WHERE id = ${base + 1}`, await tx.$queryRaw`SELECT * FROM hostile WHERE id = 1`]);
}))));
say('pool', seen.size);
await db.$disconnect();
say('done', '');
