// Answers of ClickHouse (chdb) for the groups of a CSV file, one line a group: group, then one column a question.
// Usage: node clickhouse.mjs FOLDER_OF_MODULES ROWS.csv QUESTIONS.txt     (one expression a line)
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [modules, rows, questions] = process.argv.slice(2);
const { query } = createRequire(modules + '/')('chdb');
const columns = readFileSync(questions, 'utf8').trim().split('\n');
process.stdout.write(query(
  `SELECT g, ${columns.join(', ')}
   FROM file('${rows}', 'CSV', 'g UInt32, at UInt32, a Bool, b Bool, c Bool') GROUP BY g ORDER BY g`, 'TSV').toString());
