-- sequence: patterns over rows and over journeys

CREATE TYPE journey.sequence_log;

CREATE FUNCTION journey.sequence_log_in(pg_catalog.cstring) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_in(pg_catalog.cstring) IS
    'input of type sequence_log';
CREATE FUNCTION journey.sequence_log_out(journey.sequence_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'sequence_log_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_out(journey.sequence_log) IS
    'output of type sequence_log';
CREATE FUNCTION journey.sequence_log_recv(pg_catalog.internal) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_recv(pg_catalog.internal) IS
    'binary input of type sequence_log';
CREATE FUNCTION journey.sequence_log_send(journey.sequence_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'sequence_log_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_send(journey.sequence_log) IS
    'binary output of type sequence_log';

CREATE TYPE journey.sequence_log (
    INPUT = journey.sequence_log_in,
    OUTPUT = journey.sequence_log_out,
    RECEIVE = journey.sequence_log_recv,
    SEND = journey.sequence_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.sequence_log IS
    'the rows of one group with the conditions they meet, and the pattern they are asked about: can be stored and merged';

-- making and merging logs

CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.timestamp, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.date, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.int8, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_combine(journey.sequence_log, journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_combine' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_combine(journey.sequence_log, journey.sequence_log) IS
    'two sequence_logs of the same pattern as one; either may be null';
CREATE FUNCTION journey.sequence_log_final(journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_final' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_final(journey.sequence_log) IS
    'the sequence_log an aggregate has built';
CREATE FUNCTION journey.sequence_log_merge(journey.sequence_log, journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_merge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_merge(journey.sequence_log, journey.sequence_log) IS
    'implementation of || operator';
CREATE OPERATOR journey.|| (
    LEFTARG = journey.sequence_log, RIGHTARG = journey.sequence_log,
    FUNCTION = journey.sequence_log_merge, COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.sequence_log, journey.sequence_log) IS 'the rows of two sequence_logs of the same pattern';

-- asking a log; no log is like a log without rows

CREATE FUNCTION journey.sequence_match(journey.sequence_log) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_log_match' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match(journey.sequence_log) IS
    'does the pattern match the rows of the log';
CREATE FUNCTION journey.sequence_count(journey.sequence_log) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'sequence_log_count' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_count(journey.sequence_log) IS
    'how many times the pattern matches the rows of the log, without overlap';
CREATE FUNCTION journey.sequence_progress(journey.sequence_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'sequence_log_progress' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_progress(journey.sequence_log) IS
    'the number of the last element of the pattern that is reached in the rows of the log';
CREATE FUNCTION journey.sequence_match_events(journey.sequence_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern';
CREATE FUNCTION journey.sequence_match_events_timestamp(journey.sequence_log) RETURNS pg_catalog.timestamp[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_timestamp(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over timestamps';
CREATE FUNCTION journey.sequence_match_events_date(journey.sequence_log) RETURNS pg_catalog.date[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_date' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_date(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over dates';
CREATE FUNCTION journey.sequence_match_events_bigint(journey.sequence_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_bigint(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over numbers';

-- the aggregates

CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_timestamp,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_date,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_bigint,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.rollup(journey.sequence_log) (
    SFUNC = journey.sequence_log_combine,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.sequence_log) IS
    'all rows of these sequence_logs as one log; nulls are ignored, and no logs give null';

-- over journeys

CREATE FUNCTION journey.sequence_match(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_journey_match' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match(journey.journey, pg_catalog.text) IS
    'does the pattern of labels match the journey';
CREATE FUNCTION journey.sequence_mismatch(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_journey_mismatch' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_mismatch(journey.journey, pg_catalog.text) IS
    'implementation of !~ operator';
CREATE FUNCTION journey.sequence_count(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'sequence_journey_count' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_count(journey.journey, pg_catalog.text) IS
    'how many times the pattern of labels matches the journey, without overlap';
CREATE FUNCTION journey.sequence_match_events(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'sequence_journey_events' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events(journey.journey, pg_catalog.text) IS
    'the times of the entries that fill the first match of the pattern; empty where nothing matches';
CREATE FUNCTION journey.sequence_progress(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'sequence_journey_progress' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_progress(journey.journey, pg_catalog.text) IS
    'the number of the last element of the pattern that the journey reaches; all of them where the pattern matches';
CREATE OPERATOR journey.~ (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text,
    FUNCTION = journey.sequence_match, NEGATOR = OPERATOR(journey.!~),
    RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.~ (journey.journey, pg_catalog.text) IS 'the pattern of labels matches the journey';
CREATE OPERATOR journey.!~ (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text,
    FUNCTION = journey.sequence_mismatch, NEGATOR = OPERATOR(journey.~),
    RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.!~ (journey.journey, pg_catalog.text) IS 'the pattern of labels does not match the journey';
