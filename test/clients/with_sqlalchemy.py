# SQLAlchemy: the native enum as an Enum column, the types of the extension as user-defined types.
import enum
import json
import sys

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.types import UserDefinedType

BASE = int(sys.argv[1])


def say(name, value):
    print(name, value, sep='\t')


def number(x):
    return '-' if x is None else '%g' % x


class Stage(enum.Enum):
    VISITOR = 'visitor'
    LEAD = 'lead'
    MQL = 'mql'
    SQL = 'sql'
    OPPORTUNITY = 'opportunity'
    CUSTOMER = 'customer'
    LOST = 'lost'


# the labels are the values of the Python enum, not its names; the type is there already
StageType = postgresql.ENUM(Stage, name='lead_stage', schema='public', create_type=False,
                            values_callable=lambda e: [m.value for m in e])


class JourneyType(UserDefinedType):
    """One of the types of the extension: text in Python, cast on the way in."""
    cache_ok = True

    def __init__(self, name):
        self.name = name

    def get_col_spec(self, **kw):
        return 'journey.' + self.name

    def bind_expression(self, value):
        return sa.cast(value, self)

    def column_expression(self, column):
        return sa.cast(column, sa.Text)


Base = declarative_base()


class Lead(Base):
    __tablename__ = 'leads'
    __table_args__ = {'schema': 'public'}
    id = sa.Column(sa.Integer, primary_key=True)
    client = sa.Column(sa.Text, nullable=False)
    budget = sa.Column(sa.Numeric)
    stage = sa.Column(StageType, nullable=False)
    wanted = sa.Column(postgresql.ARRAY(StageType))
    score = sa.Column(JourneyType('score'))
    # the trigger writes it: it is read again after each INSERT and UPDATE
    journey = sa.Column(JourneyType('journey'), server_default=sa.FetchedValue(), server_onupdate=sa.FetchedValue())


class Sale(Base):
    __tablename__ = 'sales'
    __table_args__ = {'schema': 'public'}
    id = sa.Column(sa.Integer, primary_key=True)
    journey = sa.Column(JourneyType('journey'))


class Hostile(Base):
    __tablename__ = 'hostile'
    __table_args__ = {'schema': 'public'}
    id = sa.Column(sa.Integer, primary_key=True)
    journey = sa.Column(JourneyType('journey'))


say('version', sa.__version__)
engine = sa.create_engine('postgresql+psycopg2://', pool_size=2)


@sa.event.listens_for(engine, 'connect')
def on_connect(connection, record):
    cursor = connection.cursor()
    cursor.execute("SET journey.actor = 'sqlalchemy'")
    cursor.close()
    connection.commit()


def path(lead):
    return lead.stage.value + ' ' + '>'.join(e.rsplit('@', 1)[0] for e in lead.journey.strip('{}').split(', '))


with Session(engine) as session:
    lead = session.get(Lead, BASE + 1)
    assert lead.stage is Stage.LEAD
    say('stage', lead.stage.value)
    say('array', ','.join(s.value for s in lead.wanted))

    # a move is an attribute; the journey is read again by itself
    lead.stage = Stage.MQL
    session.commit()
    say('moved', path(lead))

    # an illegal one is an IntegrityError around the driver's CheckViolation
    lead.stage = Stage.CUSTOMER
    try:
        session.commit()
    except IntegrityError as error:
        d = error.orig.diag
        say('illegal', '|'.join((error.orig.pgcode, d.schema_name, d.table_name, d.column_name, d.message_primary, d.message_detail, d.message_hint)))
        say('class', type(error.orig).__name__ == 'CheckViolation')
        session.rollback()
    say('after', path(lead))

    # a guard, and a savepoint that saves what was done before
    lead = session.get(Lead, BASE + 2)
    for stage in (Stage.MQL, Stage.SQL):
        lead.stage = stage
        session.flush()
    try:
        with session.begin_nested():
            lead.stage = Stage.OPPORTUNITY
    except IntegrityError as error:
        say('guard', error.orig.diag.message_detail)
    session.commit()
    say('saved', path(lead))

    # rolled back, a move leaves no trace
    lead = session.get(Lead, BASE + 3)
    lead.stage = Stage.MQL
    session.flush()
    inside = path(lead)
    session.rollback()
    say('rollback', inside + ', ' + path(lead))

    # many rows in one flush
    leads = session.scalars(sa.select(Lead).where(Lead.id.between(BASE + 4, BASE + 13)).order_by(Lead.id)).all()
    for one in leads:
        one.stage = Stage.MQL
    session.commit()
    leads[0].stage = Stage.CUSTOMER
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
    leads[0].stage = Stage.SQL
    session.commit()
    say('prepared', ','.join('%s:%s' % (stage.value, n) for stage, n in session.execute(
        sa.select(Lead.stage, sa.func.count()).where(Lead.id.between(BASE + 4, BASE + 13)).group_by(Lead.stage).order_by(Lead.stage))))

    # a funnel: its rows, and the whole as JSON, which arrives parsed
    column = Sale.__table__.c.journey
    funnel = sa.func.journey.funnel(column, sa.cast(['lead', 'mql', 'sql', 'customer'], postgresql.ARRAY(sa.Text)), sa.cast('90 days', postgresql.INTERVAL))
    steps = sa.func.journey.steps(sa.select(funnel).scalar_subquery()).table_valued('label', 'reached', 'conversion', name='s')
    say('steps', ','.join('%s:%s:%s' % (label, reached, number(conversion))
                          for label, reached, conversion in session.execute(sa.select(steps.c.label, steps.c.reached, steps.c.conversion))))
    say('funnel', ','.join(map(str, session.scalar(sa.select(sa.cast(funnel, postgresql.JSONB)))['reached'])))

    # a journey as text and as JSON, and given back
    table = Hostile.__table__
    rows = session.execute(sa.select(Hostile.journey, sa.cast(table.c.journey, postgresql.JSONB).label('entries')).order_by(Hostile.id)).all()
    say('journey', rows[0][0])
    say('labels', '|'.join(e['label'] for e in rows[0][1]))
    say('none', '%s %s %s' % ('NULL' if tuple(rows[1]) == (None, None) else rows[1], rows[2][0], json.dumps(rows[2][1])))
    say('given', session.scalar(sa.select(sa.func.count()).select_from(Hostile).where(Hostile.journey == rows[0][0])) == 1)

    # a score and a survival curve
    lead = session.get(Lead, BASE + 1)
    say('score', '%s %g' % (lead.score, session.scalar(
        sa.select(sa.func.journey.score_at(Lead.__table__.c.score, sa.cast('2026-01-29Z', sa.DateTime(timezone=True)))).where(Lead.id == BASE + 1))))
    say('survival', ','.join('%s:%s:%.6f' % tuple(row) for row in session.execute(sa.text(
        """SELECT c.at_risk, c.events, c.survival
           FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, journey.curve(q.s) c ORDER BY c.time"""))))

# sessions of the pool with different settings: the values are the same
settings = ("SET TimeZone = 'Asia/Tehran'; SET DateStyle = 'German'; SET search_path = journey, public",
            "SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0; SET search_path = ''")
seen = set()
with Session(engine) as one, Session(engine) as two:
    for n, session in enumerate((one, two)):
        session.execute(sa.text(settings[n] + "; SET journey.actor = 'sqlalchemy pool %d'" % n))
        lead = session.get(Lead, BASE + 15 + n)
        lead.stage = Stage.MQL
        session.flush()
        seen.add((session.get(Hostile, 1).journey, lead.score))
        session.commit()
say('pool', len(seen))
say('done', '')
