// The same questions put to ClickHouse (chdb) and DuckDB on the same rows, with the same number of threads.
// Prints: NAME <tab> milliseconds (best of REPEATS) <tab> answer.  Usage: node peers.mjs EVENTS.csv THREADS
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const [file, threads] = process.argv.slice(2);
const require = createRequire(process.env.BENCH_MODULES + '/');

async function best(name, run) {
  let ms = Infinity;
  let answer;
  for (let i = 0; i < Number(process.env.REPEATS ?? 3); i++) {
    const start = performance.now();
    answer = await run();
    ms = Math.min(ms, performance.now() - start);
  }
  console.log(`${name}\t${ms.toFixed(1)}\t${answer}`);
}

const { Session } = require('chdb');
const ch = new Session();
ch.query(`CREATE TABLE events (customer Int64, at UInt64, event LowCardinality(String))
          ENGINE = MergeTree ORDER BY tuple()`);
ch.query(`INSERT INTO events SELECT customer, at, event FROM file('${file}', 'CSV', 'customer Int64, at UInt64, event String')`);
ch.query(`OPTIMIZE TABLE events FINAL`);
console.log(`clickhouse version\t\t${ch.query('SELECT version()', 'TSV').trim()}`);
// strict_increase is not used: it loses chains.  The steps are disjoint, so the default mode is the same question.
const counts = `SELECT countIf(level >= 1), countIf(level >= 2), countIf(level >= 3), countIf(level >= 4), countIf(level >= 5)
  FROM (SELECT windowFunnel(604800000000)(at, event = 'view', event = 'cart', event = 'checkout',
                                          event = 'pay', event = 'review') AS level
        FROM events GROUP BY customer) SETTINGS max_threads = ${threads}`;
await best('clickhouse windowFunnel', () => ch.query(counts, 'CSV').trim());
ch.close?.();

const { DuckDBInstance } = require('@duckdb/node-api');
const db = await DuckDBInstance.create(':memory:', { threads: String(threads) });
const duck = await db.connect();
const scalar = async (q) => (await (await duck.runAndReadAll(q)).getRows())[0].join(',');
console.log(`duckdb version\t\t${await scalar('SELECT version()')}`);
await duck.run(`CREATE TABLE events AS SELECT * FROM read_csv('${file}', header = false,
  columns = {'customer': 'BIGINT', 'at': 'BIGINT', 'event': 'VARCHAR'})`);
// DuckDB ships no funnel function; its own GROUP BY and plain SQL are the yardsticks.
await best('duckdb group by', () => scalar(
  'SELECT count(*), sum(n) FROM (SELECT customer, count(*) AS n FROM events GROUP BY customer)'));
// The best plain SQL, as in run: for each step the latest start of a chain that has come so far.
const week = 604800000000;
let levels = `SELECT customer, "at" AS t, list_position(['view', 'cart', 'checkout', 'pay', 'review'], event) AS step FROM events
  WHERE event IN ('view', 'cart', 'checkout', 'pay', 'review')`;
for (let step = 1; step <= 4; step++) {
  const start = step === 1 ? 't' : `s${step - 1}`;
  const near = step === 1 ? '' : ` AND t - ${start} <= ${week}`;
  levels = `SELECT *, max(CASE WHEN step = ${step}${near} THEN ${start} END) OVER (PARTITION BY customer ORDER BY t, step ROWS UNBOUNDED PRECEDING) AS s${step}
    FROM (${levels})`;
}
await best('duckdb plain SQL', () => scalar(`SELECT count(l1), count(l2), count(l3), count(l4), count(l5) FROM (
  SELECT max(s1) AS l1, max(s2) AS l2, max(s3) AS l3, max(s4) AS l4, max(CASE WHEN step = 5 AND t - s4 <= ${week} THEN s4 END) AS l5
  FROM (${levels}) GROUP BY customer)`));
