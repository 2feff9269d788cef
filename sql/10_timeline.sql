-- timeline: the journey type

CREATE TYPE journey.journey;

CREATE FUNCTION journey.journey_in(pg_catalog.cstring) RETURNS journey.journey
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION journey.journey_out(journey.journey) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION journey.journey_recv(pg_catalog.internal) RETURNS journey.journey
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION journey.journey_send(journey.journey) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE journey.journey (
    INPUT = journey.journey_in,
    OUTPUT = journey.journey_out,
    RECEIVE = journey.journey_recv,
    SEND = journey.journey_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.journey IS 'a customer journey: labels with times, in order of time';

-- editing

CREATE FUNCTION journey.append(journey.journey, label pg_catalog.text, at pg_catalog.timestamptz) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_append' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.append(journey.journey, pg_catalog.text, pg_catalog.timestamptz) IS
    'the journey with one more entry at its end; a time that is not after the last entry is moved to one microsecond after it';
