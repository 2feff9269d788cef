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

-- the part of a journey that a path runs through

CREATE FUNCTION journey.route(journey journey.journey, start_at pg_catalog.text[] DEFAULT NULL, end_at pg_catalog.text[] DEFAULT NULL,
    hide pg_catalog.text[] DEFAULT NULL, "collapse" pg_catalog.bool DEFAULT true, max_steps pg_catalog.int4 DEFAULT NULL) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_route' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.route(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.bool, pg_catalog.int4) IS
    'the part of a journey from a start to an end, without hidden labels and repeats; null when it does not pass there';
CREATE FUNCTION journey.path(journey journey.journey, start_at pg_catalog.text[] DEFAULT NULL, end_at pg_catalog.text[] DEFAULT NULL,
    hide pg_catalog.text[] DEFAULT NULL, "collapse" pg_catalog.bool DEFAULT true, max_steps pg_catalog.int4 DEFAULT NULL) RETURNS pg_catalog.text[]
    AS 'MODULE_PATHNAME', 'journey_path' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.bool, pg_catalog.int4) IS
    'the labels of a journey in order, from a start to an end, without hidden labels and repeats; null when it does not pass there';

CREATE FUNCTION journey.path_agg_final(journey.journey) RETURNS pg_catalog.text[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_agg_final(journey.journey) IS 'result of path_agg: the labels in order';
CREATE AGGREGATE journey.path_agg(label pg_catalog.text, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.path_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(pg_catalog.text, pg_catalog.timestamptz) IS
    'the labels in order of time, repeats once; rows without a label or a time are ignored, and no rows give null';
CREATE AGGREGATE journey.path_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.path_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(pg_catalog.anyenum, pg_catalog.timestamptz) IS
    'the enum values in order of time, repeats once; rows without a value or a time are ignored, and no rows give null';

-- counting the edges of many paths

CREATE TYPE journey.path_counts;

CREATE FUNCTION journey.path_counts_in(pg_catalog.cstring) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_in(pg_catalog.cstring) IS 'text input of path_counts';
CREATE FUNCTION journey.path_counts_out(journey.path_counts) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_out(journey.path_counts) IS 'text output of path_counts';
CREATE FUNCTION journey.path_counts_recv(pg_catalog.internal) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_recv(pg_catalog.internal) IS 'binary input of path_counts';
CREATE FUNCTION journey.path_counts_send(journey.path_counts) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_send(journey.path_counts) IS 'binary output of path_counts';

CREATE TYPE journey.path_counts (
    INPUT = journey.path_counts_in,
    OUTPUT = journey.path_counts_out,
    RECEIVE = journey.path_counts_recv,
    SEND = journey.path_counts_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.path_counts IS 'how many paths take each edge, and in what time; values of the same depth and direction add up';

CREATE FUNCTION journey.path_counts_accum(state journey.path_counts, journey journey.journey, depth pg_catalog.int4) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_accum(journey.path_counts, journey.journey, pg_catalog.int4) IS
    'transition of path_counts: one more path';
CREATE FUNCTION journey.path_counts_accum(state journey.path_counts, journey journey.journey, depth pg_catalog.int4, direction pg_catalog.text) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_accum(journey.path_counts, journey.journey, pg_catalog.int4, pg_catalog.text) IS
    'transition of path_counts: one more path';
CREATE FUNCTION journey.path_counts_combine(journey.path_counts, journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_combine(journey.path_counts, journey.path_counts) IS
    'combination of two states of path_counts';
CREATE FUNCTION journey.path_counts_final(journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_final(journey.path_counts) IS 'the counts an aggregate has built';

CREATE AGGREGATE journey.path_counts(journey journey.journey, depth pg_catalog.int4) (
    SFUNC = journey.path_counts_accum,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_counts(journey.journey, pg_catalog.int4) IS
    'how many of these paths take each edge between their first so many labels; null and empty paths are ignored';
CREATE AGGREGATE journey.path_counts(journey journey.journey, depth pg_catalog.int4, direction pg_catalog.text) (
    SFUNC = journey.path_counts_accum,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_counts(journey.journey, pg_catalog.int4, pg_catalog.text) IS
    'how many of these paths take each edge between their first (or, backward, last) so many labels; null and empty paths are ignored';
CREATE AGGREGATE journey.rollup(journey.path_counts) (
    SFUNC = journey.path_counts_combine,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.path_counts) IS
    'the sum of counts of paths; nulls are ignored, and no counts give null';

CREATE FUNCTION journey.path_counts_plus(journey.path_counts, journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_plus(journey.path_counts, journey.path_counts) IS 'implementation of + operator';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.path_counts_plus,
    LEFTARG = journey.path_counts,
    RIGHTARG = journey.path_counts,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.path_counts, journey.path_counts) IS 'counts of the paths of both';

CREATE FUNCTION journey.total(journey.path_counts) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'path_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.path_counts) IS 'how many paths were counted';
CREATE FUNCTION journey.path_edges(counts journey.path_counts, top pg_catalog.int4 DEFAULT NULL) RETURNS TABLE (
    step pg_catalog.int4, source pg_catalog.text, target pg_catalog.text, paths pg_catalog.int8, median_time pg_catalog.interval)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION journey.path_edges(journey.path_counts, pg_catalog.int4) IS
    'the edges of counted paths: step, from where to where, how many paths, and the median time between; labels beyond the top of a column are $other, the end of a path is $exit, its beginning backward $entry';

