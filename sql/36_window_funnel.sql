-- window_funnel: how far the rows of one customer came, and the log it is judged by

CREATE TYPE journey.step_log;

CREATE FUNCTION journey.step_log_in(pg_catalog.cstring) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_in(pg_catalog.cstring) IS 'text input of step_log';
CREATE FUNCTION journey.step_log_out(journey.step_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_out(journey.step_log) IS 'text output of step_log';
CREATE FUNCTION journey.step_log_recv(pg_catalog.internal) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_recv(pg_catalog.internal) IS 'binary input of step_log';
CREATE FUNCTION journey.step_log_send(journey.step_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_send(journey.step_log) IS 'binary output of step_log';

CREATE TYPE journey.step_log (
    INPUT = journey.step_log_in,
    OUTPUT = journey.step_log_out,
    RECEIVE = journey.step_log_recv,
    SEND = journey.step_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.step_log IS
    'the rows of one customer with the steps they can fill, and the funnel they are asked about: can be stored and merged';

CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';

CREATE FUNCTION journey.step_log_combine(journey.step_log, journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_combine(journey.step_log, journey.step_log) IS 'two step_logs of the same funnel as one; either may be null';

CREATE FUNCTION journey.step_log_merge(journey.step_log, journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_merge(journey.step_log, journey.step_log) IS 'two step_logs of the same funnel as one';
CREATE OPERATOR journey.|| (
    LEFTARG = journey.step_log, RIGHTARG = journey.step_log,
    FUNCTION = journey.step_log_merge, COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.step_log, journey.step_log) IS 'merge of two step_logs of the same funnel';

-- Final functions answer for a group without rows, too; the accessors of the same name are strict.

CREATE FUNCTION journey.level(journey.step_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'step_log_level' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.level(journey.step_log) IS 'the level that the rows of a step_log reached: 0 to the number of steps';
CREATE FUNCTION journey.reached(journey.step_log) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'step_log_reached' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.reached(journey.step_log) IS 'which steps the rows of a step_log reached, one by one';
CREATE FUNCTION journey.excluded(journey.step_log) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'step_log_excluded' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.excluded(journey.step_log) IS 'whether an excluded row kept the customer from a higher level';
CREATE FUNCTION journey.passes(journey.step_log) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'step_log_passes' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.passes(journey.step_log) IS 'how many times, one after the other, the whole funnel was passed';
CREATE FUNCTION journey.times(journey.step_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamptz' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.times(journey.step_log) IS 'the time of each step of the chain; null where a step was not filled';
CREATE FUNCTION journey.bigint_times(journey.step_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'step_log_times_int8' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.bigint_times(journey.step_log) IS 'the time of each step of the chain, where times are plain numbers';

CREATE FUNCTION journey.step_log_final(journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_level_final(journey.step_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'step_log_level' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_level_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_timestamptz_final(journey.step_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_timestamptz_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_timestamp_final(journey.step_log) RETURNS pg_catalog.timestamp[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_timestamp_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_date_final(journey.step_log) RETURNS pg_catalog.date[]
    AS 'MODULE_PATHNAME', 'step_log_times_date' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_date_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_int8_final(journey.step_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'step_log_times_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_int8_final(journey.step_log) IS 'final function of aggregates over a step_log';

CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';

CREATE AGGREGATE journey.rollup(journey.step_log) (
    SFUNC = journey.step_log_combine,
    STYPE = journey.step_log,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.step_log) IS 'step_logs of the same customer and funnel as one';
