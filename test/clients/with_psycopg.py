# psycopg 3: enums as enums, binary both ways, statements prepared by the driver.
import asyncio
import enum
import json
import sys

import psycopg
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format
from psycopg.types import TypeInfo
from psycopg.types.enum import EnumInfo, register_enum

BASE = int(sys.argv[1])


def say(name, value):
    print(name, value, sep='\t')


class Stage(enum.Enum):
    visitor = 'visitor'
    lead = 'lead'
    mql = 'mql'
    sql = 'sql'
    opportunity = 'opportunity'
    customer = 'customer'
    lost = 'lost'


def number(x):
    return '-' if x is None else '%g' % x


say('version', psycopg.__version__)
connection = psycopg.connect('')
connection.execute("SET journey.actor = 'psycopg'")
register_enum(EnumInfo.fetch(connection, 'lead_stage'), connection, Stage)
connection.commit()

# an enum, and an array of it
stage, wanted = connection.execute('SELECT stage, wanted FROM leads WHERE id = %s', (BASE + 1,)).fetchone()
assert stage is Stage.lead, stage
say('stage', stage.value)
say('array', ','.join(s.value for s in wanted))

# a move is an UPDATE
PATH = "SELECT stage::text || ' ' || (SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(journey)) FROM leads WHERE id = %s"


def path(i):
    return connection.execute(PATH, (BASE + i,)).fetchone()[0]


connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.mql, BASE + 1))
connection.commit()
say('moved', path(1))

# an illegal one is a violated check
try:
    connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.customer, BASE + 1))
except psycopg.errors.CheckViolation as error:
    d = error.diag
    say('illegal', '|'.join((error.sqlstate, d.schema_name, d.table_name, d.column_name, d.message_primary, d.message_detail, d.message_hint)))
    say('class', isinstance(error, psycopg.IntegrityError))
connection.rollback()
say('after', path(1))

# a guard, and a savepoint that saves what was done before
connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.mql, BASE + 2))
connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.sql, BASE + 2))
try:
    with connection.transaction():
        connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.opportunity, BASE + 2))
except psycopg.errors.CheckViolation as error:
    say('guard', error.diag.message_detail)
connection.commit()
say('saved', path(2))

# rolled back, a move leaves no trace
connection.execute('UPDATE leads SET stage = %s WHERE id = %s', (Stage.mql, BASE + 3))
inside = path(3)
connection.rollback()
say('rollback', inside + ', ' + path(3))

# prepared by the driver; ten times, so that the server goes over to a generic plan
MOVE = 'UPDATE leads SET stage = %s WHERE id = %s'
for i in range(4, 14):
    connection.execute(MOVE, (Stage.mql, BASE + i), prepare=True)
connection.commit()
try:
    connection.execute(MOVE, (Stage.customer, BASE + 4), prepare=True)
except psycopg.errors.CheckViolation:
    connection.rollback()
connection.execute(MOVE, (Stage.sql, BASE + 4), prepare=True)
connection.commit()
say('prepared', ','.join('%s:%s' % row for row in connection.execute(
    'SELECT stage::text, count(*) FROM leads WHERE id BETWEEN %s AND %s GROUP BY stage ORDER BY leads.stage', (BASE + 4, BASE + 13))))

# COPY is held to the rules as well
try:
    with connection.cursor().copy('COPY leads (id, client, stage) FROM STDIN') as copy:
        copy.write_row((BASE + 90, 'copy', 'customer'))
except psycopg.errors.CheckViolation as error:
    say('copy', error.diag.message_primary)
connection.rollback()

# a funnel: its rows, and the whole as JSON, which arrives parsed
FUNNEL = "journey.funnel(journey, '{lead,mql,sql,customer}', '90 days')"
say('steps', ','.join('%s:%s:%s' % (label, reached, number(conversion)) for label, reached, conversion in connection.execute(
    'SELECT s.label, s.reached, s.conversion FROM (SELECT ' + FUNNEL + ' AS f FROM sales) q, journey.steps(q.f) s ORDER BY s.step')))
say('funnel', ','.join(map(str, connection.execute('SELECT ' + FUNNEL + '::jsonb FROM sales').fetchone()[0]['reached'])))

# a journey as text and as JSON
rows = connection.execute('SELECT journey::text, journey::jsonb FROM hostile ORDER BY id').fetchall()
say('journey', rows[0][0])
say('labels', '|'.join(e['label'] for e in rows[0][1]))
say('none', '%s %s %s' % ('NULL' if rows[1] == (None, None) else rows[1], rows[2][0], json.dumps(rows[2][1])))
say('given', connection.execute('SELECT journey = %s::journey.journey FROM hostile WHERE id = 1', (rows[0][0],)).fetchone()[0])

# a score and a survival curve
say('score', '%s %g' % connection.execute(
    "SELECT score::text, journey.score_at(score, '2026-01-29Z') FROM leads WHERE id = %s", (BASE + 1,)).fetchone())
say('survival', ','.join('%s:%s:%.6f' % row for row in connection.execute(
    """SELECT c.at_risk, c.events, c.survival
       FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, journey.curve(q.s) c ORDER BY c.time""")))


# Binary: the types have a binary form each, which arrives as bytes and can be sent back as such.
class Raw:
    def __init__(self, data):
        self.data = data


class RawLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer):
        return Raw(bytes(data))


def raw_class(oid_of_type):
    class OfType(Raw):
        pass

    class RawDumper(Dumper):
        format = Format.BINARY
        oid = oid_of_type

        def dump(self, value):
            return value.data
    connection.adapters.register_dumper(OfType, RawDumper)
    connection.adapters.register_loader(oid_of_type, RawLoader)
    return OfType


answers = []
for name, source in (('journey', 'SELECT journey FROM hostile WHERE id = 1'),
                     ('score', 'SELECT score FROM leads WHERE id = %d' % (BASE + 1)),
                     ('funnel', 'SELECT ' + FUNNEL + ' FROM sales'),
                     ('survival_curve', "SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') FROM sales")):
    of_type = raw_class(TypeInfo.fetch(connection, 'journey.' + name).oid)
    got = connection.cursor(binary=True).execute(source).fetchone()[0]
    assert isinstance(got, Raw) and len(got.data) > 8
    back = connection.execute('SELECT (%b)::text = (' + source + ')::text', (of_type(got.data),)).fetchone()[0]
    try:
        connection.execute('SELECT %b', (of_type(got.data[:-1]),))
        refused = 'taken'
    except (psycopg.errors.InvalidBinaryRepresentation, psycopg.errors.ProtocolViolation):
        refused = 'refused'
    connection.rollback()
    answers.append('%s %s %s' % (name, back, refused))
say('binary', ','.join(answers))

# Sessions with different settings, at the same time: the values are the same.
settings = ("SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German'; SET search_path = journey, public",
            "SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0; SET search_path = ''")


async def session(n):
    async with await psycopg.AsyncConnection.connect('') as c:
        await c.execute(settings[n] + "; SET journey.actor = 'psycopg pool %d'" % n)
        await c.execute("UPDATE public.leads SET stage = 'mql' WHERE id = %s", (BASE + 15 + n,))
        await c.commit()
        return await (await c.execute(
            'SELECT (SELECT journey::text FROM public.hostile WHERE id = 1), score::text FROM public.leads WHERE id = %s', (BASE + 1,))).fetchone()


async def both():
    return set(await asyncio.gather(session(0), session(1)))

say('pool', len(asyncio.run(both())))
say('done', '')
