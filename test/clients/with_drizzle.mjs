// Drizzle: the native enum as pgEnum, the types of the extension as customType, errors wrapped once.
import pg from 'pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import { and, between, count, eq, sql } from 'drizzle-orm';
import { customType, integer, numeric, pgEnum, pgTable, text } from 'drizzle-orm/pg-core';
import { readFileSync } from 'node:fs';

const base = Number(process.argv[2]);
const say = (name, value) => console.log(`${name}\t${value}`);
const bool = x => x === true ? 'True' : String(x);
const number = x => x === null ? '-' : String(Number(x.toPrecision(6)));

// the labels in their order; the type is there already
const stages = ['visitor', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'lost'];
const leadStage = pgEnum('lead_stage', stages);
const ofExtension = type => customType({ dataType: () => `journey.${type}` });
const journey = ofExtension('journey');
const score = ofExtension('score');
const leads = pgTable('leads', {
	id: integer('id').primaryKey(), client: text('client').notNull(), budget: numeric('budget'),
	stage: leadStage('stage').notNull(), wanted: leadStage('wanted').array(), score: score('score'), journey: journey('journey') });
const sales = pgTable('sales', { id: integer('id').primaryKey(), journey: journey('journey') });
const hostile = pgTable('hostile', { id: integer('id').primaryKey(), journey: journey('journey') });

const client = new pg.Client();
await client.connect();
const db = drizzle({ client });
say('version', JSON.parse(readFileSync(new URL('node_modules/drizzle-orm/package.json', import.meta.url))).version);
await db.execute(sql`SET journey.actor = 'drizzle'`);
const byId = i => eq(leads.id, base + i);
const path = async (i, on = db) => {
	const [row] = await on.select({ stage: leads.stage, path: sql`(SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(${leads.journey}))` }).from(leads).where(byId(i));
	return `${row.stage} ${row.path}`;
};
const move = (stage, i, on = db) => on.update(leads).set({ stage }).where(byId(i));
// the driver's error is the cause of Drizzle's
const refused = async promise => {
	try { await promise; } catch (error) {
		const cause = error.cause ?? error;
		if (cause.code === '23514') return cause;
		throw error;
	}
	throw new Error('not refused');
};

const [first] = await db.select().from(leads).where(byId(1));
say('stage', first.stage);
say('array', Array.isArray(first.wanted) ? first.wanted.join(',') : 'no array');

// a move is an UPDATE; what the trigger wrote comes by returning
const [moved] = await move('mql', 1).returning();
say('moved', `${moved.stage} ${moved.journey.replace(/[{}]/g, '').split(', ').map(e => e.split('@')[0]).join('>')}`);

// an illegal one is a violated check
const error = await refused(move('customer', 1));
say('illegal', [error.code, error.schema, error.table, error.column, error.message, error.detail, error.hint].join('|'));
say('class', bool(error instanceof pg.DatabaseError));
say('after', await path(1));

// a guard, and a savepoint (a transaction inside) that saves what was done before
await db.transaction(async tx => {
	await move('mql', 2, tx);
	await move('sql', 2, tx);
	say('guard', (await refused(tx.transaction(inner => move('opportunity', 2, inner)))).detail);
});
say('saved', await path(2));

// rolled back, a move leaves no trace
let inside;
await db.transaction(async tx => {
	await move('mql', 3, tx);
	inside = await path(3, tx);
	tx.rollback();
}).catch(e => { if (e.constructor.name !== 'TransactionRollbackError') throw e; });
say('rollback', `${inside}, ${await path(3)}`);

// a prepared statement; ten times, so that the server goes over to a generic plan
const toMql = db.update(leads).set({ stage: 'mql' }).where(eq(leads.id, sql.placeholder('id'))).prepare('to_mql');
for (let i = 4; i < 14; i++) await toMql.execute({ id: base + i });
await refused(move('customer', 4));
await move('sql', 4);
say('prepared', (await db.select({ stage: leads.stage, n: count() }).from(leads).where(and(between(leads.id, base + 4, base + 13)))
	.groupBy(leads.stage).orderBy(leads.stage)).map(r => `${r.stage}:${r.n}`).join(','));

// a funnel: its rows, and the whole as JSON, which arrives parsed
const funnel = sql`journey.funnel(${sales.journey}, '{lead,mql,sql,customer}', '90 days')`;
say('steps', (await db.execute(sql`SELECT s.label, s.reached, s.conversion FROM (SELECT ${funnel} AS f FROM ${sales}) q, journey.steps(q.f) s ORDER BY s.step`))
	.rows.map(r => `${r.label}:${r.reached}:${number(r.conversion)}`).join(','));
say('funnel', (await db.select({ f: sql`${funnel}::jsonb` }).from(sales))[0].f.reached.join(','));

// a journey as text and as JSON, and given back
const rows = await db.select({ journey: hostile.journey, j: sql`${hostile.journey}::jsonb` }).from(hostile).orderBy(hostile.id);
say('journey', rows[0].journey);
say('labels', rows[0].j.map(e => e.label).join('|'));
say('none', `${rows[1].journey === null && rows[1].j === null ? 'NULL' : '?'} ${rows[2].journey} ${JSON.stringify(rows[2].j)}`);
say('given', bool((await db.select({ id: hostile.id }).from(hostile).where(eq(hostile.journey, rows[0].journey))).length === 1));

// a score and a survival curve
const [s] = await db.select({ score: leads.score, at: sql`journey.score_at(${leads.score}, '2026-01-29Z')` }).from(leads).where(byId(1));
say('score', `${s.score} ${s.at}`);
say('survival', (await db.execute(sql`SELECT c.at_risk, c.events, c.survival
	FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, journey.curve(q.s) c ORDER BY c.time`))
	.rows.map(r => `${r.at_risk}:${r.events}:${r.survival.toFixed(6)}`).join(','));
await client.end();

// sessions of a pool with different settings: the values are the same
const settings = ["SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German'; SET search_path = public, journey",
	"SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0"];
const pool = new pg.Pool({ max: 2 });
const seen = new Set(await Promise.all(settings.map(async (setting, n) => {
	const session = await pool.connect();
	const own = drizzle({ client: session });
	await own.execute(sql.raw(`${setting}; SET journey.actor = 'drizzle pool ${n}'`));
	await move('mql', 15 + n, own);
	const [row] = await own.select({ score: leads.score }).from(leads).where(byId(1));
	const [other] = await own.select().from(hostile).where(eq(hostile.id, 1));
	session.release();
	return JSON.stringify([row, other]);
})));
await pool.end();
say('pool', seen.size);
say('done', '');
