-- survival: how long until, with what is still open counted as it should be

CREATE TYPE journey.survival_curve;

CREATE FUNCTION journey.survival_curve_in(pg_catalog.cstring) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_in(pg_catalog.cstring) IS
    'text input of survival_curve';
CREATE FUNCTION journey.survival_curve_out(journey.survival_curve) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_out(journey.survival_curve) IS
    'text output of survival_curve';
CREATE FUNCTION journey.survival_curve_recv(pg_catalog.internal) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_recv(pg_catalog.internal) IS
    'binary input of survival_curve';
CREATE FUNCTION journey.survival_curve_send(journey.survival_curve) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_send(journey.survival_curve) IS
    'binary output of survival_curve';

CREATE TYPE journey.survival_curve (
    INPUT = journey.survival_curve_in,
    OUTPUT = journey.survival_curve_out,
    RECEIVE = journey.survival_curve_recv,
    SEND = journey.survival_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.survival_curve IS
    'counts of spells per distinct duration, from which a Kaplan-Meier curve follows; durations are intervals, and values add up';
CREATE CAST (journey.survival_curve AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.survival_curve AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.survival_curve) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.survival_curve) IS 'a value from its JSON form';

CREATE FUNCTION journey.survival_curve_combine(journey.survival_curve, journey.survival_curve) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_combine(journey.survival_curve, journey.survival_curve) IS
    'the spells of both';
CREATE FUNCTION journey.survival_curve_final(journey.survival_curve) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_final(journey.survival_curve) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.survival_curve) (
    SFUNC = journey.survival_curve_combine,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.survival_curve) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.survival_curve_combine,
    LEFTARG = journey.survival_curve,
    RIGHTARG = journey.survival_curve,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.survival_curve, journey.survival_curve) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.survival_curve) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.survival_curve) IS
    'how many spells were counted';

CREATE TYPE journey.survival_curve_float8;

CREATE FUNCTION journey.survival_curve_float8_in(pg_catalog.cstring) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_in(pg_catalog.cstring) IS
    'text input of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_out(journey.survival_curve_float8) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_out(journey.survival_curve_float8) IS
    'text output of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_recv(pg_catalog.internal) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_recv(pg_catalog.internal) IS
    'binary input of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_send(journey.survival_curve_float8) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_send(journey.survival_curve_float8) IS
    'binary output of survival_curve_float8';

CREATE TYPE journey.survival_curve_float8 (
    INPUT = journey.survival_curve_float8_in,
    OUTPUT = journey.survival_curve_float8_out,
    RECEIVE = journey.survival_curve_float8_recv,
    SEND = journey.survival_curve_float8_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.survival_curve_float8 IS
    'counts of spells per distinct duration, from which a Kaplan-Meier curve follows; durations are numbers, and values add up';
CREATE CAST (journey.survival_curve_float8 AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.survival_curve_float8 AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.survival_curve_float8) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.survival_curve_float8) IS 'a value from its JSON form';

CREATE FUNCTION journey.survival_curve_float8_combine(journey.survival_curve_float8, journey.survival_curve_float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_combine(journey.survival_curve_float8, journey.survival_curve_float8) IS
    'the spells of both';
CREATE FUNCTION journey.survival_curve_float8_final(journey.survival_curve_float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_final(journey.survival_curve_float8) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.survival_curve_float8) (
    SFUNC = journey.survival_curve_float8_combine,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.survival_curve_float8) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.survival_curve_float8_combine,
    LEFTARG = journey.survival_curve_float8,
    RIGHTARG = journey.survival_curve_float8,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.survival_curve_float8, journey.survival_curve_float8) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.survival_curve_float8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.survival_curve_float8) IS
    'how many spells were counted';

CREATE TYPE journey.incidence_curve;

CREATE FUNCTION journey.incidence_curve_in(pg_catalog.cstring) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_in(pg_catalog.cstring) IS
    'text input of incidence_curve';
CREATE FUNCTION journey.incidence_curve_out(journey.incidence_curve) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_out(journey.incidence_curve) IS
    'text output of incidence_curve';
CREATE FUNCTION journey.incidence_curve_recv(pg_catalog.internal) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_recv(pg_catalog.internal) IS
    'binary input of incidence_curve';
CREATE FUNCTION journey.incidence_curve_send(journey.incidence_curve) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_send(journey.incidence_curve) IS
    'binary output of incidence_curve';

CREATE TYPE journey.incidence_curve (
    INPUT = journey.incidence_curve_in,
    OUTPUT = journey.incidence_curve_out,
    RECEIVE = journey.incidence_curve_recv,
    SEND = journey.incidence_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.incidence_curve IS
    'counts of spells per distinct duration and cause of their end, from which cumulative incidences follow; durations are intervals, and values add up';
CREATE CAST (journey.incidence_curve AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.incidence_curve AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.incidence_curve) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.incidence_curve) IS 'a value from its JSON form';

CREATE FUNCTION journey.incidence_curve_combine(journey.incidence_curve, journey.incidence_curve) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_combine(journey.incidence_curve, journey.incidence_curve) IS
    'the spells of both';
CREATE FUNCTION journey.incidence_curve_final(journey.incidence_curve) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_final(journey.incidence_curve) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.incidence_curve) (
    SFUNC = journey.incidence_curve_combine,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.incidence_curve) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.incidence_curve_combine,
    LEFTARG = journey.incidence_curve,
    RIGHTARG = journey.incidence_curve,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.incidence_curve, journey.incidence_curve) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.incidence_curve) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.incidence_curve) IS
    'how many spells were counted';

CREATE TYPE journey.incidence_curve_float8;

CREATE FUNCTION journey.incidence_curve_float8_in(pg_catalog.cstring) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_in(pg_catalog.cstring) IS
    'text input of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_out(journey.incidence_curve_float8) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_out(journey.incidence_curve_float8) IS
    'text output of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_recv(pg_catalog.internal) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_recv(pg_catalog.internal) IS
    'binary input of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_send(journey.incidence_curve_float8) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_send(journey.incidence_curve_float8) IS
    'binary output of incidence_curve_float8';

CREATE TYPE journey.incidence_curve_float8 (
    INPUT = journey.incidence_curve_float8_in,
    OUTPUT = journey.incidence_curve_float8_out,
    RECEIVE = journey.incidence_curve_float8_recv,
    SEND = journey.incidence_curve_float8_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.incidence_curve_float8 IS
    'counts of spells per distinct duration and cause of their end, from which cumulative incidences follow; durations are numbers, and values add up';
CREATE CAST (journey.incidence_curve_float8 AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.incidence_curve_float8 AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.incidence_curve_float8) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.incidence_curve_float8) IS 'a value from its JSON form';

CREATE FUNCTION journey.incidence_curve_float8_combine(journey.incidence_curve_float8, journey.incidence_curve_float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_combine(journey.incidence_curve_float8, journey.incidence_curve_float8) IS
    'the spells of both';
CREATE FUNCTION journey.incidence_curve_float8_final(journey.incidence_curve_float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_final(journey.incidence_curve_float8) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.incidence_curve_float8) (
    SFUNC = journey.incidence_curve_float8_combine,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.incidence_curve_float8) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.incidence_curve_float8_combine,
    LEFTARG = journey.incidence_curve_float8,
    RIGHTARG = journey.incidence_curve_float8,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.incidence_curve_float8, journey.incidence_curve_float8) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.incidence_curve_float8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.incidence_curve_float8) IS
    'how many spells were counted';

CREATE TYPE journey.log_rank;

CREATE FUNCTION journey.log_rank_in(pg_catalog.cstring) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_in(pg_catalog.cstring) IS
    'text input of log_rank';
CREATE FUNCTION journey.log_rank_out(journey.log_rank) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_out(journey.log_rank) IS
    'text output of log_rank';
CREATE FUNCTION journey.log_rank_recv(pg_catalog.internal) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_recv(pg_catalog.internal) IS
    'binary input of log_rank';
CREATE FUNCTION journey.log_rank_send(journey.log_rank) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_send(journey.log_rank) IS
    'binary output of log_rank';

CREATE TYPE journey.log_rank (
    INPUT = journey.log_rank_in,
    OUTPUT = journey.log_rank_out,
    RECEIVE = journey.log_rank_recv,
    SEND = journey.log_rank_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.log_rank IS
    'counts of spells per distinct duration and group, from which the log-rank test follows; values add up';
CREATE CAST (journey.log_rank AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.log_rank AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.log_rank) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.log_rank) IS 'a value from its JSON form';

CREATE FUNCTION journey.log_rank_combine(journey.log_rank, journey.log_rank) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_combine(journey.log_rank, journey.log_rank) IS
    'the spells of both';
CREATE FUNCTION journey.log_rank_final(journey.log_rank) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_final(journey.log_rank) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.log_rank) (
    SFUNC = journey.log_rank_combine,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.log_rank) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.log_rank_combine,
    LEFTARG = journey.log_rank,
    RIGHTARG = journey.log_rank,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.log_rank, journey.log_rank) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.log_rank) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.log_rank) IS
    'how many spells were counted';

-- counting rows: a null duration, or one of which it is not known whether it ended, is ignored

CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, duration pg_catalog.interval, ended pg_catalog.bool) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, pg_catalog.interval, pg_catalog.bool) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.interval, ended pg_catalog.bool) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.interval, pg_catalog.bool) IS
    'Kaplan-Meier: spells of such durations, ended or still open; read it with curve, median, quantiles and survival_at';
CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, duration pg_catalog.interval, ended pg_catalog.bool, entered pg_catalog.interval) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, pg_catalog.interval, pg_catalog.bool, pg_catalog.interval) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.interval, ended pg_catalog.bool, entered pg_catalog.interval) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.interval, pg_catalog.bool, pg_catalog.interval) IS
    'Kaplan-Meier with left truncation: spells of such durations, ended or still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, duration pg_catalog.interval, cause pg_catalog.text) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, pg_catalog.interval, pg_catalog.text) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.interval, cause pg_catalog.text) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.interval, pg_catalog.text) IS
    'Aalen-Johansen: spells of such durations, and the cause of their end, null for those still open; read it with curve, incidence_at and conditional_incidence';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, duration pg_catalog.interval, cause pg_catalog.text, entered pg_catalog.interval) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, pg_catalog.interval, pg_catalog.text, pg_catalog.interval) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.interval, cause pg_catalog.text, entered pg_catalog.interval) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.interval, pg_catalog.text, pg_catalog.interval) IS
    'Aalen-Johansen with left truncation: spells of such durations, and the cause of their end, null for those still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.interval, pg_catalog.bool, pg_catalog.text) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.interval, pg_catalog.bool, pg_catalog.text) IS
    'spells of such durations, ended or still open, by group; read it with log_rank_test, p_value and log_rank_groups';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.interval) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.interval, pg_catalog.bool, pg_catalog.text, pg_catalog.interval) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.interval) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.interval, pg_catalog.bool, pg_catalog.text, pg_catalog.interval) IS
    'spells of such durations, ended or still open, by group; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.survival_curve_float8_add(state journey.survival_curve_float8, duration pg_catalog.float8, ended pg_catalog.bool) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_add(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.bool) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.float8, ended pg_catalog.bool) (
    SFUNC = journey.survival_curve_float8_add,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.float8, pg_catalog.bool) IS
    'Kaplan-Meier: spells of such durations, ended or still open; read it with curve, median, quantiles and survival_at';
CREATE FUNCTION journey.survival_curve_float8_add(state journey.survival_curve_float8, duration pg_catalog.float8, ended pg_catalog.bool, entered pg_catalog.float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_add(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.float8, ended pg_catalog.bool, entered pg_catalog.float8) (
    SFUNC = journey.survival_curve_float8_add,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS
    'Kaplan-Meier with left truncation: spells of such durations, ended or still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.incidence_curve_float8_add(state journey.incidence_curve_float8, duration pg_catalog.float8, cause pg_catalog.text) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_add(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.float8, cause pg_catalog.text) (
    SFUNC = journey.incidence_curve_float8_add,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.float8, pg_catalog.text) IS
    'Aalen-Johansen: spells of such durations, and the cause of their end, null for those still open; read it with curve, incidence_at and conditional_incidence';
CREATE FUNCTION journey.incidence_curve_float8_add(state journey.incidence_curve_float8, duration pg_catalog.float8, cause pg_catalog.text, entered pg_catalog.float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_add(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text, pg_catalog.float8) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.float8, cause pg_catalog.text, entered pg_catalog.float8) (
    SFUNC = journey.incidence_curve_float8_add,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.float8, pg_catalog.text, pg_catalog.float8) IS
    'Aalen-Johansen with left truncation: spells of such durations, and the cause of their end, null for those still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'log_rank_add_float8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.float8, pg_catalog.bool, pg_catalog.text) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.float8, pg_catalog.bool, pg_catalog.text) IS
    'spells of such durations, ended or still open, by group; read it with log_rank_test, p_value and log_rank_groups';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.float8) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'log_rank_add_float8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.float8, pg_catalog.bool, pg_catalog.text, pg_catalog.float8) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.float8) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.float8, pg_catalog.bool, pg_catalog.text, pg_catalog.float8) IS
    'spells of such durations, ended or still open, by group; entered is how much of it had passed when observation began';

-- counting journeys

CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_curve_add_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'Kaplan-Meier of journeys: from the first entry of a stage to the first entry after it of one of the ends, or open as of a time';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'incidence_curve_add_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'Aalen-Johansen of journeys: from the first entry of a stage to the first entry after it of one of the ends, which compete, or open as of a time';
CREATE FUNCTION journey.time_to(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz,
    since pg_catalog.timestamptz DEFAULT NULL) RETURNS TABLE (duration pg_catalog.interval, outcome pg_catalog.text, entered pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'journey_time_to' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION journey.time_to(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz, pg_catalog.timestamptz) IS
    'the time from the first entry of a stage to the first entry after it of one of these ends, which is the outcome, or as of a time if there is none; entered is how much of it had passed when observation began';

-- reading

CREATE FUNCTION journey.curve(curve journey.survival_curve, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.interval, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        survival pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.survival_curve, pg_catalog.float8, pg_catalog.text) IS
    'the Kaplan-Meier curve: survival from each time on, its standard error by Greenwood and its confidence limits on a scale: log, log-log or plain';
CREATE FUNCTION journey.survival_at(curve journey.survival_curve, at pg_catalog.interval) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_at(journey.survival_curve, pg_catalog.interval) IS
    'the share that has not ended by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.median(curve journey.survival_curve) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'survival_curve_median' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.median(journey.survival_curve) IS
    'the time by which half have ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantile(curve journey.survival_curve, q pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'survival_curve_quantile' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.quantile(journey.survival_curve, pg_catalog.float8) IS
    'the time by which such a share has ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantiles(curve journey.survival_curve, shares pg_catalog.float8[], confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE (q pg_catalog.float8, "time" pg_catalog.interval, low pg_catalog.interval, high pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'survival_curve_quantiles' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.quantiles(journey.survival_curve, pg_catalog.float8[], pg_catalog.float8, pg_catalog.text) IS
    'the times by which such shares have ended, with confidence limits; null where the curve, or its limit, does not come down so far';
CREATE FUNCTION journey.curve(curve journey.incidence_curve, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.interval, cause pg_catalog.text, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        incidence pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, still_open pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'incidence_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.incidence_curve, pg_catalog.float8, pg_catalog.text) IS
    'the Aalen-Johansen curves: for each time and cause, the share that has ended so by then, its standard error and confidence limits, and the share still open';
CREATE FUNCTION journey.incidence_at(curve journey.incidence_curve, cause pg_catalog.text, at pg_catalog.interval) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_at(journey.incidence_curve, pg_catalog.text, pg_catalog.interval) IS
    'the share that has ended by a cause by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.conditional_incidence(curve journey.incidence_curve, cause pg_catalog.text, age pg_catalog.interval, until pg_catalog.interval DEFAULT NULL) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_conditional' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conditional_incidence(journey.incidence_curve, pg_catalog.text, pg_catalog.interval, pg_catalog.interval) IS
    'the probability that what is still open at an age ends by a cause until a later age, or as far as was observed; null where nothing was observed';
CREATE FUNCTION journey.curve(curve journey.survival_curve_float8, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.float8, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        survival pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'the Kaplan-Meier curve: survival from each time on, its standard error by Greenwood and its confidence limits on a scale: log, log-log or plain';
CREATE FUNCTION journey.survival_at(curve journey.survival_curve_float8, at pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_float8_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_at(journey.survival_curve_float8, pg_catalog.float8) IS
    'the share that has not ended by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.median(curve journey.survival_curve_float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_median' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.median(journey.survival_curve_float8) IS
    'the time by which half have ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantile(curve journey.survival_curve_float8, q pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_quantile' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.quantile(journey.survival_curve_float8, pg_catalog.float8) IS
    'the time by which such a share has ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantiles(curve journey.survival_curve_float8, shares pg_catalog.float8[], confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE (q pg_catalog.float8, "time" pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_quantiles' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.quantiles(journey.survival_curve_float8, pg_catalog.float8[], pg_catalog.float8, pg_catalog.text) IS
    'the times by which such shares have ended, with confidence limits; null where the curve, or its limit, does not come down so far';
CREATE FUNCTION journey.curve(curve journey.incidence_curve_float8, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.float8, cause pg_catalog.text, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        incidence pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, still_open pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'incidence_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'the Aalen-Johansen curves: for each time and cause, the share that has ended so by then, its standard error and confidence limits, and the share still open';
CREATE FUNCTION journey.incidence_at(curve journey.incidence_curve_float8, cause pg_catalog.text, at pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_float8_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_at(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.float8) IS
    'the share that has ended by a cause by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.conditional_incidence(curve journey.incidence_curve_float8, cause pg_catalog.text, age pg_catalog.float8, until pg_catalog.float8 DEFAULT NULL) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_float8_conditional' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conditional_incidence(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.float8, pg_catalog.float8) IS
    'the probability that what is still open at an age ends by a cause until a later age, or as far as was observed; null where nothing was observed';
CREATE FUNCTION journey.log_rank_test(test journey.log_rank, OUT chi_square pg_catalog.float8, OUT df pg_catalog.int4, OUT p_value pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_test(journey.log_rank) IS
    'the log-rank statistic, its degrees of freedom and the probability of a greater one if the groups do not differ; null when there is nothing to compare';
CREATE FUNCTION journey.p_value(test journey.log_rank) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'log_rank_p_value' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.p_value(journey.log_rank) IS
    'the probability of a greater log-rank statistic if the groups do not differ; null when there is nothing to compare';
CREATE FUNCTION journey.log_rank_groups(test journey.log_rank)
    RETURNS TABLE (group_name pg_catalog.text, total pg_catalog.int8, observed pg_catalog.int8, expected pg_catalog.float8, variance pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2;
COMMENT ON FUNCTION journey.log_rank_groups(journey.log_rank) IS
    'for each group how many spells there are, how many events were observed, how many are expected if the groups do not differ, and the variance of the difference';
