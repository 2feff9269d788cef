-- forecast: where moves from stage to stage end, when, and what the pipeline is worth

CREATE TYPE journey.transition_matrix;

CREATE FUNCTION journey.transition_matrix_in(pg_catalog.cstring) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_in(pg_catalog.cstring) IS 'text input of transition_matrix';
CREATE FUNCTION journey.transition_matrix_out(journey.transition_matrix) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_out(journey.transition_matrix) IS 'text output of transition_matrix';
CREATE FUNCTION journey.transition_matrix_recv(pg_catalog.internal) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_recv(pg_catalog.internal) IS 'binary input of transition_matrix';
CREATE FUNCTION journey.transition_matrix_send(journey.transition_matrix) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_send(journey.transition_matrix) IS 'binary output of transition_matrix';

CREATE TYPE journey.transition_matrix (
    INPUT = journey.transition_matrix_in,
    OUTPUT = journey.transition_matrix_out,
    RECEIVE = journey.transition_matrix_recv,
    SEND = journey.transition_matrix_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.transition_matrix IS
    'how often journeys moved from each stage to each other one, how long they had stayed, and where they are still open; values add up';
CREATE CAST (journey.transition_matrix AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.transition_matrix AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.transition_matrix) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.transition_matrix) IS 'a value from its JSON form';

-- counting

CREATE FUNCTION journey.transition_matrix_add(state journey.transition_matrix, journey journey.journey) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_add(journey.transition_matrix, journey.journey) IS 'transition of transition_matrix: one more journey';
CREATE FUNCTION journey.transition_matrix_add(state journey.transition_matrix, journey journey.journey, as_of pg_catalog.timestamptz) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_add(journey.transition_matrix, journey.journey, pg_catalog.timestamptz) IS
    'transition of transition_matrix: one more journey, as of a time';
CREATE FUNCTION journey.transition_matrix_combine(journey.transition_matrix, journey.transition_matrix) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_combine(journey.transition_matrix, journey.transition_matrix) IS 'the moves of both';
CREATE FUNCTION journey.transition_matrix_final(journey.transition_matrix) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_final(journey.transition_matrix) IS 'the counts an aggregate has built';
CREATE AGGREGATE journey.transition_matrix(journey journey.journey) (
    SFUNC = journey.transition_matrix_add,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_matrix(journey.journey) IS
    'the moves of journeys, where they began and where they are open; how long they have been open is not known';
CREATE AGGREGATE journey.transition_matrix(journey journey.journey, as_of pg_catalog.timestamptz) (
    SFUNC = journey.transition_matrix_add,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_matrix(journey.journey, pg_catalog.timestamptz) IS
    'the moves of journeys up to a time, where they began, and where and how long they have been open';
CREATE AGGREGATE journey.rollup(journey.transition_matrix) (
    SFUNC = journey.transition_matrix_combine,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.transition_matrix) IS
    'the moves of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.transition_matrix_combine,
    LEFTARG = journey.transition_matrix,
    RIGHTARG = journey.transition_matrix,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.transition_matrix, journey.transition_matrix) IS 'the moves of both';

-- reading

CREATE FUNCTION journey.total(journey.transition_matrix) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'transition_matrix_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.transition_matrix) IS 'how many journeys were counted';
CREATE FUNCTION journey.transitions(matrix journey.transition_matrix)
    RETURNS TABLE (from_stage pg_catalog.text, to_stage pg_catalog.text, moves pg_catalog.int8, probability pg_catalog.float8,
        low pg_catalog.float8, high pg_catalog.float8, mean_dwell pg_catalog.interval, sd_dwell pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_moves' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 30;
COMMENT ON FUNCTION journey.transitions(journey.transition_matrix) IS
    'for each kind of move how many there were, their share of the moves from that stage with its 95 % Wilson limits, and how long the stay before them was';
CREATE FUNCTION journey.matrix_stages(matrix journey.transition_matrix)
    RETURNS TABLE (stage pg_catalog.text, starts pg_catalog.int8, entered pg_catalog.int8, moved_on pg_catalog.int8, open pg_catalog.int8,
        mean_dwell pg_catalog.interval, mean_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_stages' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.matrix_stages(journey.transition_matrix) IS
    'for each stage how many journeys began there, came there, moved on and are open there; the mean stay of those who moved on, and the mean with the time of the open ones counted';
CREATE FUNCTION journey.absorption(matrix journey.transition_matrix, ends pg_catalog.text[], dwell pg_catalog.text DEFAULT 'rate')
    RETURNS TABLE (from_stage pg_catalog.text, end_stage pg_catalog.text, probability pg_catalog.float8, mean_time pg_catalog.interval, sd_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_absorption' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION journey.absorption(journey.transition_matrix, pg_catalog.text[], pg_catalog.text) IS
    'for each stage and end the probability to end there by whatever way, and the mean and standard deviation of the time until then';
CREATE FUNCTION journey.time_to_end(matrix journey.transition_matrix, ends pg_catalog.text[], dwell pg_catalog.text DEFAULT 'rate')
    RETURNS TABLE (from_stage pg_catalog.text, moves pg_catalog.float8, mean_time pg_catalog.interval, sd_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_time_to_end' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.time_to_end(journey.transition_matrix, pg_catalog.text[], pg_catalog.text) IS
    'for each stage how many moves it takes to any of the ends, and how long, on average, with the standard deviation';
CREATE FUNCTION journey.expected_visits(matrix journey.transition_matrix, ends pg_catalog.text[])
    RETURNS TABLE (from_stage pg_catalog.text, stage pg_catalog.text, visits pg_catalog.float8, sd pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_visits' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION journey.expected_visits(journey.transition_matrix, pg_catalog.text[]) IS
    'the fundamental matrix: from each stage, how often each stage is visited before the end, with the standard deviation; the present stay counts';
CREATE FUNCTION journey.naive_absorption(matrix journey.transition_matrix, steps pg_catalog.text[])
    RETURNS TABLE (stage pg_catalog.text, probability pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_naive' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.naive_absorption(journey.transition_matrix, pg_catalog.text[]) IS
    'the product of the rates from step to step, which misses skipped, repeated and reopened stages; for comparison only';
CREATE FUNCTION journey.forecast(matrix journey.transition_matrix, ends pg_catalog.text[], stages pg_catalog.text[] DEFAULT NULL, counts pg_catalog.int8[] DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL)
    RETURNS TABLE (end_stage pg_catalog.text, open pg_catalog.int8, expected pg_catalog.float8, sd pg_catalog.float8, naive pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_forecast' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.forecast(journey.transition_matrix, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8[], pg_catalog.text[]) IS
    'how many of the open customers are expected at each end, with the standard deviation, and beside it the product of the rates of these steps; without counts, those who are open in the matrix';

-- the value of the pipeline

CREATE TYPE journey.pipeline AS (deals pg_catalog.int8, value pg_catalog.numeric, weighted pg_catalog.numeric, variance pg_catalog.numeric);
COMMENT ON TYPE journey.pipeline IS
    'open deals: how many, their value, the value weighted with the probability to win, and the variance of what will be won; values add up';
CREATE FUNCTION journey.pipeline_add(state journey.pipeline, value pg_catalog.numeric, probability pg_catalog.float8) RETURNS journey.pipeline
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.pipeline_add(journey.pipeline, pg_catalog.numeric, pg_catalog.float8) IS 'transition of weighted_pipeline: one more deal';
CREATE FUNCTION journey.pipeline_combine(journey.pipeline, journey.pipeline) RETURNS journey.pipeline
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pipeline_combine(journey.pipeline, journey.pipeline) IS 'the deals of both';
CREATE AGGREGATE journey.weighted_pipeline(value pg_catalog.numeric, probability pg_catalog.float8) (
    SFUNC = journey.pipeline_add,
    STYPE = journey.pipeline,
    COMBINEFUNC = journey.pipeline_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.weighted_pipeline(pg_catalog.numeric, pg_catalog.float8) IS
    'the value of open deals, weighted with the probability to win each, and its variance if they are independent; a deal without a value or a probability is ignored';
CREATE AGGREGATE journey.rollup(journey.pipeline) (
    SFUNC = journey.pipeline_combine,
    STYPE = journey.pipeline,
    COMBINEFUNC = journey.pipeline_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.pipeline) IS 'the deals of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.pipeline_combine,
    LEFTARG = journey.pipeline,
    RIGHTARG = journey.pipeline,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.pipeline, journey.pipeline) IS 'the deals of both';
CREATE FUNCTION journey.spread(pipeline journey.pipeline) RETURNS pg_catalog.numeric
    IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.sqrt((pipeline).variance);
COMMENT ON FUNCTION journey.spread(journey.pipeline) IS
    'the standard deviation of what will be won of a pipeline, if its deals are independent';
CREATE FUNCTION journey.coverage(open pg_catalog.numeric, target pg_catalog.numeric, won pg_catalog.numeric DEFAULT 0) RETURNS pg_catalog.numeric
    IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN target OPERATOR(pg_catalog.>) won THEN open OPERATOR(pg_catalog./) (target OPERATOR(pg_catalog.-) won) END;
COMMENT ON FUNCTION journey.coverage(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric) IS
    'how many times the open pipeline covers what is missing to the target; null when nothing is missing';
