-- calendar: working hours, and time counted in them

CREATE TYPE journey.calendar;

CREATE FUNCTION journey.calendar_in(pg_catalog.cstring) RETURNS journey.calendar
    AS 'MODULE_PATHNAME', 'calendar_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_in(pg_catalog.cstring) IS
    'input of type calendar';
CREATE FUNCTION journey.calendar_out(journey.calendar) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'calendar_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_out(journey.calendar) IS
    'output of type calendar';
CREATE FUNCTION journey.calendar_recv(pg_catalog.internal) RETURNS journey.calendar
    AS 'MODULE_PATHNAME', 'calendar_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_recv(pg_catalog.internal) IS
    'binary input of type calendar';
CREATE FUNCTION journey.calendar_send(journey.calendar) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'calendar_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_send(journey.calendar) IS
    'binary output of type calendar';

CREATE TYPE journey.calendar (
    INPUT = journey.calendar_in,
    OUTPUT = journey.calendar_out,
    RECEIVE = journey.calendar_recv,
    SEND = journey.calendar_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE journey.calendar IS 'which hours are worked: a week, later weeks from given dates, holidays, and a time zone';

CREATE CAST (journey.calendar AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.calendar AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.calendar) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.calendar) IS 'a calendar from its JSON form';

-- counting

CREATE FUNCTION journey.business_time("from" pg_catalog.timestamptz, "to" pg_catalog.timestamptz, calendar journey.calendar)
    RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'calendar_business_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.business_time(pg_catalog.timestamptz, pg_catalog.timestamptz, journey.calendar) IS
    'working time between two times, in hours; negative when the first is the later one';
CREATE FUNCTION journey.business_time("from" pg_catalog.timestamptz, "to" pg_catalog.timestamptz, calendar journey.calendar,
        paused pg_catalog.tstzmultirange) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'calendar_business_time_paused' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_time(pg_catalog.timestamptz, pg_catalog.timestamptz, journey.calendar, pg_catalog.tstzmultirange) IS
    'working time between two times without that of pauses, in hours; null pauses are none';
CREATE FUNCTION journey.business_add(at pg_catalog.timestamptz, duration pg_catalog.interval, calendar journey.calendar)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'calendar_business_add' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_add(pg_catalog.timestamptz, pg_catalog.interval, journey.calendar) IS
    'the first time that has so much working time since a given one, or, when the duration is negative, the last one before it';
CREATE FUNCTION journey.business_add(at pg_catalog.timestamptz, duration pg_catalog.interval, calendar journey.calendar,
        paused pg_catalog.tstzmultirange) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'calendar_business_add_paused' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_add(pg_catalog.timestamptz, pg_catalog.interval, journey.calendar, pg_catalog.tstzmultirange) IS
    'the first time that has so much working time outside pauses since a given one; null pauses are none';
CREATE FUNCTION journey.working_time(calendar journey.calendar, during pg_catalog.tstzrange) RETURNS pg_catalog.tstzmultirange
    AS 'MODULE_PATHNAME', 'calendar_working_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.working_time(journey.calendar, pg_catalog.tstzrange) IS
    'when work is done in a range of time';

-- comparing

CREATE FUNCTION journey.calendar_eq(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_eq(journey.calendar, journey.calendar) IS
    'implementation of = operator';
CREATE FUNCTION journey.calendar_ne(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_ne(journey.calendar, journey.calendar) IS
    'implementation of <> operator';
CREATE FUNCTION journey.calendar_lt(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_lt(journey.calendar, journey.calendar) IS
    'implementation of < operator';
CREATE FUNCTION journey.calendar_le(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_le(journey.calendar, journey.calendar) IS
    'implementation of <= operator';
CREATE FUNCTION journey.calendar_gt(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_gt(journey.calendar, journey.calendar) IS
    'implementation of > operator';
CREATE FUNCTION journey.calendar_ge(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_ge(journey.calendar, journey.calendar) IS
    'implementation of >= operator';
CREATE FUNCTION journey.calendar_cmp(journey.calendar, journey.calendar) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'calendar_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_cmp(journey.calendar, journey.calendar) IS
    'less than 0, 0 or more, by the order of calendars';
CREATE FUNCTION journey.calendar_hash(journey.calendar) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'calendar_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_hash(journey.calendar) IS
    'hash value';
CREATE FUNCTION journey.calendar_hash_extended(journey.calendar, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'calendar_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_hash_extended(journey.calendar, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR journey.= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.calendar, journey.calendar) IS 'the same calendar';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.calendar, journey.calendar) IS 'not the same calendar';
CREATE OPERATOR journey.< (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.calendar, journey.calendar) IS 'before, in an order that serves sorting only';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.calendar, journey.calendar) IS 'before or the same, in an order that serves sorting only';
CREATE OPERATOR journey.> (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.calendar, journey.calendar) IS 'after, in an order that serves sorting only';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.calendar, journey.calendar) IS 'after or the same, in an order that serves sorting only';
CREATE OPERATOR CLASS journey.calendar_ops DEFAULT FOR TYPE journey.calendar USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.calendar_cmp(journey.calendar, journey.calendar);
COMMENT ON OPERATOR CLASS journey.calendar_ops USING btree IS 'an order of calendars that serves sorting';
COMMENT ON OPERATOR FAMILY journey.calendar_ops USING btree IS 'an order of calendars that serves sorting';
CREATE OPERATOR CLASS journey.calendar_ops DEFAULT FOR TYPE journey.calendar USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.calendar_hash(journey.calendar),
    FUNCTION 2 journey.calendar_hash_extended(journey.calendar, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.calendar_ops USING hash IS 'equality of calendars';
COMMENT ON OPERATOR FAMILY journey.calendar_ops USING hash IS 'equality of calendars';
