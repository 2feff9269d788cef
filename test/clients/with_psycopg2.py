# psycopg2: text both ways, enums as str, errors as classes.  Prints one answer a line: name, tab, value.
import enum
import io
import json
import sys

import psycopg2
import psycopg2.errors
import psycopg2.extras
from psycopg2.pool import ThreadedConnectionPool

BASE = int(sys.argv[1])


def say(name, value):
    print(name, value, sep='\t')


class Stage(str, enum.Enum):
    """A str besides, so that psycopg2 sends it as one."""
    LEAD = 'lead'
    MQL = 'mql'
    SQL = 'sql'
    OPPORTUNITY = 'opportunity'


def number(x):
    return '-' if x is None else '%g' % x


say('version', psycopg2.__version__.split()[0])
connection = psycopg2.connect('')
cursor = connection.cursor()
cursor.execute("SET journey.actor = 'psycopg2'")
connection.commit()

# an enum comes as str; arrays of it are to be declared once
cursor.execute('SELECT stage FROM leads WHERE id = %s', (BASE + 1,))
say('stage', Stage(cursor.fetchone()[0]).value)
cursor.execute('SELECT wanted FROM leads WHERE id = %s', (BASE + 1,))
say('undeclared', cursor.fetchone()[0])
cursor.execute("SELECT 'lead_stage[]'::regtype::oid::int")
psycopg2.extensions.register_type(
    psycopg2.extensions.new_array_type((cursor.fetchone()[0],), 'lead_stage[]', psycopg2.STRING))
cursor.execute('SELECT wanted FROM leads WHERE id = %s', (BASE + 1,))
say('array', ','.join(cursor.fetchone()[0]))

# a move is an UPDATE
PATH = "SELECT stage || ' ' || (SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(journey)) FROM leads WHERE id = %s"
cursor.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.MQL.value, BASE + 1))
connection.commit()
cursor.execute(PATH, (BASE + 1,))
say('moved', cursor.fetchone()[0])

# an illegal one is a violated check
try:
    cursor.execute("UPDATE leads SET stage = 'customer' WHERE id = %s", (BASE + 1,))
except psycopg2.errors.CheckViolation as error:
    d = error.diag
    say('illegal', '|'.join((error.pgcode, d.schema_name, d.table_name, d.column_name, d.message_primary, d.message_detail, d.message_hint)))
    say('class', isinstance(error, psycopg2.IntegrityError))
connection.rollback()
cursor.execute(PATH, (BASE + 1,))
say('after', cursor.fetchone()[0])

# a guard, and a savepoint that saves what was done before
cursor.execute("UPDATE leads SET stage = 'mql' WHERE id = %s", (BASE + 2,))
cursor.execute("UPDATE leads SET stage = 'sql' WHERE id = %s", (BASE + 2,))
cursor.execute('SAVEPOINT s')
try:
    cursor.execute("UPDATE leads SET stage = 'opportunity' WHERE id = %s", (BASE + 2,))
except psycopg2.errors.CheckViolation as error:
    say('guard', error.diag.message_detail)
cursor.execute('ROLLBACK TO s')
connection.commit()
cursor.execute(PATH, (BASE + 2,))
say('saved', cursor.fetchone()[0])

# rolled back, a move leaves no trace
cursor.execute("UPDATE leads SET stage = 'mql' WHERE id = %s", (BASE + 3,))
cursor.execute(PATH, (BASE + 3,))
inside = cursor.fetchone()[0]
connection.rollback()
cursor.execute(PATH, (BASE + 3,))
say('rollback', inside + ', ' + cursor.fetchone()[0])

# a prepared statement is PREPARE here; ten times, so that the server goes over to a generic plan
cursor.execute('PREPARE move (lead_stage, int) AS UPDATE leads SET stage = $1 WHERE id = $2')
for i in range(4, 14):
    cursor.execute("EXECUTE move ('mql', %s)", (BASE + i,))
connection.commit()
try:
    cursor.execute("EXECUTE move ('customer', %s)", (BASE + 4,))
except psycopg2.errors.CheckViolation as error:
    connection.rollback()
cursor.execute("EXECUTE move ('sql', %s)", (BASE + 4,))
connection.commit()
cursor.execute('SELECT stage, count(*) FROM leads WHERE id BETWEEN %s AND %s GROUP BY stage ORDER BY stage', (BASE + 4, BASE + 13))
say('prepared', ','.join('%s:%s' % row for row in cursor))

# COPY is held to the rules as well
try:
    cursor.copy_expert('COPY leads (id, client, stage) FROM STDIN', io.StringIO('%d\tcopy\tcustomer\n' % (BASE + 90)))
except psycopg2.errors.CheckViolation as error:
    say('copy', error.diag.message_primary)
connection.rollback()

# a funnel: its rows, and the whole as JSON, which arrives parsed
FUNNEL = "journey.funnel(journey, '{lead,mql,sql,customer}', '90 days')"
cursor.execute('SELECT s.label, s.reached, s.conversion FROM (SELECT ' + FUNNEL + ' AS f FROM sales) q, journey.steps(q.f) s ORDER BY s.step')
say('steps', ','.join('%s:%s:%s' % (label, reached, number(conversion)) for label, reached, conversion in cursor))
cursor.execute('SELECT ' + FUNNEL + '::jsonb FROM sales')
say('funnel', ','.join(map(str, cursor.fetchone()[0]['reached'])))

# a journey as text and as JSON
cursor.execute('SELECT journey::text, journey::jsonb FROM hostile ORDER BY id')
rows = cursor.fetchall()
say('journey', rows[0][0])
say('labels', '|'.join(e['label'] for e in rows[0][1]))
say('none', '%s %s %s' % ('NULL' if rows[1] == (None, None) else rows[1], rows[2][0], json.dumps(rows[2][1])))
# and given back: text that is cast
cursor.execute('SELECT journey = %s::journey.journey FROM hostile WHERE id = 1', (rows[0][0],))
say('given', cursor.fetchone()[0])

# a score and a survival curve
cursor.execute("SELECT score::text, journey.score_at(score, '2026-01-29Z') FROM leads WHERE id = %s", (BASE + 1,))
say('score', '%s %g' % cursor.fetchone())
cursor.execute("""SELECT c.at_risk, c.events, c.survival
    FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, journey.curve(q.s) c ORDER BY c.time""")
say('survival', ','.join('%s:%s:%.6f' % row for row in cursor))

# a pool of sessions with different settings: the values are the same
pool = ThreadedConnectionPool(1, 2, '')
settings = ("SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German'; SET search_path = journey, public",
            "SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0; SET search_path = ''")
seen = set()
for n, setting in enumerate(settings):
    c = pool.getconn()
    with c.cursor() as one:
        one.execute(setting + "; SET journey.actor = 'psycopg2 pool %d'" % n)
        one.execute("UPDATE public.leads SET stage = 'mql' WHERE id = %s", (BASE + 15 + n,))
        c.commit()
        one.execute('SELECT (SELECT journey::text FROM public.hostile WHERE id = 1), score::text FROM public.leads WHERE id = %s', (BASE + 1,))
        seen.add(one.fetchone())
pool.closeall()
say('pool', len(seen))
say('done', '')
