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
// DuckDB ships no funnel function; its own GROUP BY is the yardstick.
await best('duckdb group by', () => scalar(
  'SELECT count(*), sum(n) FROM (SELECT customer, count(*) AS n FROM events GROUP BY customer)'));
