-- path: what comes next, and the ways customers take

CREATE TYPE journey.node_log;

CREATE FUNCTION journey.node_log_in(pg_catalog.cstring) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_in(pg_catalog.cstring) IS 'text input of node_log';
CREATE FUNCTION journey.node_log_out(journey.node_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_out(journey.node_log) IS 'text output of node_log';
CREATE FUNCTION journey.node_log_recv(pg_catalog.internal) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_recv(pg_catalog.internal) IS 'binary input of node_log';
CREATE FUNCTION journey.node_log_send(journey.node_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_send(journey.node_log) IS 'binary output of node_log';

CREATE TYPE journey.node_log (
    INPUT = journey.node_log_in,
    OUTPUT = journey.node_log_out,
    RECEIVE = journey.node_log_recv,
    SEND = journey.node_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.node_log IS 'state of next_node: what is asked, and the rows with their values as text';

CREATE FUNCTION journey.node_log_accum(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.text, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_accum(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.bool, pg_catalog.bool[]) IS
    'transition of next_node over text';
CREATE FUNCTION journey.node_log_accum(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.anyelement, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS journey.node_log
    AS 'MODULE_PATHNAME', 'node_log_accum_any' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_accum(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, pg_catalog.bool[]) IS
    'transition of next_node over any type';
CREATE FUNCTION journey.node_log_combine(journey.node_log, journey.node_log) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_combine(journey.node_log, journey.node_log) IS 'combination of two states of next_node';
CREATE FUNCTION journey.node_log_final(journey.node_log) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_final(journey.node_log) IS 'result of next_node over text';
CREATE FUNCTION journey.node_log_final(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.anyelement, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS pg_catalog.anyelement
    AS 'MODULE_PATHNAME', 'node_log_final_any' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_final(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, pg_catalog.bool[]) IS
    'result of next_node over any type';

CREATE AGGREGATE journey.next_node(direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz, value pg_catalog.text,
    base_condition pg_catalog.bool, VARIADIC events pg_catalog.bool[]) (
    SFUNC = journey.node_log_accum,
    STYPE = journey.node_log,
    COMBINEFUNC = journey.node_log_combine,
    FINALFUNC = journey.node_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.next_node(pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.bool, VARIADIC pg_catalog.bool[]) IS
    'the value of the row after (or before) a chain of consecutive rows that meet these conditions';
CREATE AGGREGATE journey.next_node(direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz, value pg_catalog.anyelement,
    base_condition pg_catalog.bool, VARIADIC events pg_catalog.bool[]) (
    SFUNC = journey.node_log_accum,
    STYPE = journey.node_log,
    COMBINEFUNC = journey.node_log_combine,
    FINALFUNC = journey.node_log_final,
    FINALFUNC_EXTRA,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.next_node(pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, VARIADIC pg_catalog.bool[]) IS
    'the value, in its own type, of the row after (or before) a chain of consecutive rows that meet these conditions';

CREATE FUNCTION journey.next_node(journey journey.journey, direction pg_catalog.text, base pg_catalog.text, VARIADIC labels pg_catalog.text[]) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'journey_next_node' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.next_node(journey.journey, pg_catalog.text, pg_catalog.text, VARIADIC pg_catalog.text[]) IS
    'the label of the entry after (or before) a chain of consecutive entries with these labels';

