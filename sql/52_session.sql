-- session: cutting rows in order of time into sessions

CREATE FUNCTION journey.session_id(at pg_catalog.timestamptz, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamptz, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamptz, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamp, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamp, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamp, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamp, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.date, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_date' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.date, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.date, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_date' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.date, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.int8, gap pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_bigint' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.int8, pg_catalog.int8) IS
    'number of the session of each row in its window partition, times and gap being whole numbers of one unit';

CREATE FUNCTION journey.session_id(at pg_catalog.int8, gap pg_catalog.int8, max_length pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_bigint' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.int8, pg_catalog.int8, pg_catalog.int8) IS
    'number of the session of each row in its window partition, times, gap and greatest length being whole numbers of one unit';

CREATE FUNCTION journey.sessions(journey journey.journey, gap pg_catalog.interval, max_length pg_catalog.interval DEFAULT NULL,
    OUT session pg_catalog.int8, OUT started_at pg_catalog.timestamptz, OUT ended_at pg_catalog.timestamptz, OUT entries pg_catalog.int8, OUT part journey.journey)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION journey.sessions(journey.journey, pg_catalog.interval, pg_catalog.interval) IS
    'the sessions of a journey: number, first and last time, number of entries, and the entries as a journey of their own';

