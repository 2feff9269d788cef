-- score: a number that halves at a fixed pace

CREATE TYPE journey.score;

CREATE FUNCTION journey.score_in(pg_catalog.cstring, pg_catalog.oid, pg_catalog.int4) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_in(pg_catalog.cstring, pg_catalog.oid, pg_catalog.int4) IS
    'input of type score';
CREATE FUNCTION journey.score_out(journey.score) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_out(journey.score) IS
    'output of type score';
CREATE FUNCTION journey.score_recv(pg_catalog.internal, pg_catalog.oid, pg_catalog.int4) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_recv(pg_catalog.internal, pg_catalog.oid, pg_catalog.int4) IS
    'binary input of type score';
CREATE FUNCTION journey.score_send(journey.score) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_send(journey.score) IS
    'binary output of type score';
CREATE FUNCTION journey.score_typmod_in(pg_catalog.cstring[]) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_typmod_in(pg_catalog.cstring[]) IS
    'input of the type modifier of score, a half-life';
CREATE FUNCTION journey.score_typmod_out(pg_catalog.int4) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_typmod_out(pg_catalog.int4) IS
    'output of the type modifier of score';

-- A category with scorecard, in which this is the preferred type: a text constant given to score_at is a score.
CREATE TYPE journey.score (
    INPUT = journey.score_in,
    OUTPUT = journey.score_out,
    RECEIVE = journey.score_recv,
    SEND = journey.score_send,
    TYPMOD_IN = journey.score_typmod_in,
    TYPMOD_OUT = journey.score_typmod_out,
    INTERNALLENGTH = 24,
    ALIGNMENT = double,
    STORAGE = plain,
    CATEGORY = 'J',
    PREFERRED = true
);
COMMENT ON TYPE journey.score IS 'a number that halves at a fixed pace: value, time of that value, half-life';

CREATE FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) IS
    'refuses a score of another half-life than that of the type modifier';
CREATE CAST (journey.score AS journey.score) WITH FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) AS IMPLICIT;
COMMENT ON CAST (journey.score AS journey.score) IS 'refuses a score of another half-life than that of the type modifier';

-- making and reading

CREATE FUNCTION journey.score(value pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score
    AS 'MODULE_PATHNAME', 'score_make' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score(pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS
    'a score that has this value at this time, and half of it a half-life later';
CREATE FUNCTION journey.value(journey.score) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'score_value' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.value(journey.score) IS
    'the value of a score at its reference time';
CREATE FUNCTION journey.reference_time(journey.score) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'score_reference_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.reference_time(journey.score) IS
    'the time at which a score has its value';
CREATE FUNCTION journey.half_life(journey.score) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'score_half_life' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.half_life(journey.score) IS
    'the time in which a score halves, in days of 24 hours and a time';
CREATE FUNCTION journey.score_at(journey.score, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'score_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_at(journey.score, pg_catalog.timestamptz) IS
    'the value of a score at a time; now, if none is given';
CREATE OPERATOR journey.@ (LEFTARG = journey.score, RIGHTARG = pg_catalog.timestamptz, FUNCTION = journey.score_at);
COMMENT ON OPERATOR journey.@ (journey.score, pg_catalog.timestamptz) IS 'the value of a score at a time';
CREATE FUNCTION journey.threshold(value pg_catalog.float8, half_life pg_catalog.interval, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS journey.score
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN journey.score(value, at, half_life);
COMMENT ON FUNCTION journey.threshold(pg_catalog.float8, pg_catalog.interval, pg_catalog.timestamptz) IS
    'what scores of this half-life are compared with to find those of at least this value at a time; now, if none is given';
CREATE FUNCTION journey.expires_at(journey.score, threshold pg_catalog.float8, fit pg_catalog.float8 DEFAULT 0) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'score_expires_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.expires_at(journey.score, pg_catalog.float8, pg_catalog.float8) IS
    'the last time at which fit and score together are at least the threshold; infinity when they always will be, -infinity when they never are';

-- calculating

CREATE FUNCTION journey.score_add(journey.score, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_add(journey.score, journey.score) IS 'implementation of + operator';
CREATE FUNCTION journey.score_add_points(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_add_points(journey.score, pg_catalog.float8) IS 'implementation of + operator';
CREATE FUNCTION journey.score_points_add(pg_catalog.float8, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_points_add(pg_catalog.float8, journey.score) IS 'implementation of + operator';
CREATE FUNCTION journey.score_subtract(journey.score, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_subtract(journey.score, journey.score) IS 'implementation of - operator';
CREATE FUNCTION journey.score_subtract_points(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_subtract_points(journey.score, pg_catalog.float8) IS 'implementation of - operator';
CREATE FUNCTION journey.score_negate(journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_negate(journey.score) IS 'implementation of - operator';
CREATE FUNCTION journey.score_multiply(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_multiply(journey.score, pg_catalog.float8) IS 'implementation of * operator';
CREATE FUNCTION journey.score_factor_multiply(pg_catalog.float8, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_factor_multiply(pg_catalog.float8, journey.score) IS 'implementation of * operator';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.score, journey.score) IS 'the sum of two scores of one half-life';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_add_points, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.score, pg_catalog.float8) IS 'the score with points given now';
CREATE OPERATOR journey.+ (
    LEFTARG = pg_catalog.float8, RIGHTARG = journey.score, FUNCTION = journey.score_points_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (pg_catalog.float8, journey.score) IS 'the score with points given now';
CREATE OPERATOR journey.- (LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_subtract);
COMMENT ON OPERATOR journey.- (journey.score, journey.score) IS 'the difference of two scores of one half-life';
CREATE OPERATOR journey.- (LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_subtract_points);
COMMENT ON OPERATOR journey.- (journey.score, pg_catalog.float8) IS 'the score with points taken away now';
CREATE OPERATOR journey.- (RIGHTARG = journey.score, FUNCTION = journey.score_negate);
COMMENT ON OPERATOR journey.- (NONE, journey.score) IS 'the score with the opposite sign';
CREATE OPERATOR journey.* (
    LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_multiply, COMMUTATOR = OPERATOR(journey.*)
);
COMMENT ON OPERATOR journey.* (journey.score, pg_catalog.float8) IS 'the score times a number';
CREATE OPERATOR journey.* (
    LEFTARG = pg_catalog.float8, RIGHTARG = journey.score, FUNCTION = journey.score_factor_multiply, COMMUTATOR = OPERATOR(journey.*)
);
COMMENT ON OPERATOR journey.* (pg_catalog.float8, journey.score) IS 'the score times a number';

-- comparing

CREATE FUNCTION journey.score_eq(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_eq(journey.score, journey.score) IS
    'implementation of = operator';
CREATE FUNCTION journey.score_ne(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_ne(journey.score, journey.score) IS
    'implementation of <> operator';
CREATE FUNCTION journey.score_lt(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_lt(journey.score, journey.score) IS
    'implementation of < operator';
CREATE FUNCTION journey.score_le(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_le(journey.score, journey.score) IS
    'implementation of <= operator';
CREATE FUNCTION journey.score_gt(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_gt(journey.score, journey.score) IS
    'implementation of > operator';
CREATE FUNCTION journey.score_ge(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_ge(journey.score, journey.score) IS
    'implementation of >= operator';
CREATE OPERATOR journey.= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.score, journey.score) IS 'equal: of one half-life, and of one value at any time';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.score, journey.score) IS 'not equal';
CREATE OPERATOR journey.< (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.score, journey.score) IS 'less than';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.score, journey.score) IS 'less than or equal';
CREATE OPERATOR journey.> (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.score, journey.score) IS 'greater than';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.score, journey.score) IS 'greater than or equal';
CREATE FUNCTION journey.score_cmp(journey.score, journey.score) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_cmp(journey.score, journey.score) IS
    'order of scores: by half-life, and then by value, which is the same order at any time';
CREATE FUNCTION journey.score_hash(journey.score) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_hash(journey.score) IS
    'hash value';
CREATE FUNCTION journey.score_hash_extended(journey.score, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_hash_extended(journey.score, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR CLASS journey.score_ops DEFAULT FOR TYPE journey.score USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.score_cmp(journey.score, journey.score);
COMMENT ON OPERATOR CLASS journey.score_ops USING btree IS 'scores in an order that does not change while time passes';
COMMENT ON OPERATOR FAMILY journey.score_ops USING btree IS 'scores in an order that does not change while time passes';
CREATE OPERATOR CLASS journey.score_ops DEFAULT FOR TYPE journey.score USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.score_hash(journey.score),
    FUNCTION 2 journey.score_hash_extended(journey.score, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.score_ops USING hash IS 'equality of scores';
COMMENT ON OPERATOR FAMILY journey.score_ops USING hash IS 'equality of scores';

-- adding up

CREATE TYPE journey.score_sum;
CREATE FUNCTION journey.score_sum_in(pg_catalog.cstring) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_in(pg_catalog.cstring) IS 'input of type score_sum';
CREATE FUNCTION journey.score_sum_out(journey.score_sum) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_out(journey.score_sum) IS 'output of type score_sum';
CREATE FUNCTION journey.score_sum_recv(pg_catalog.internal) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_recv(pg_catalog.internal) IS 'binary input of type score_sum';
CREATE FUNCTION journey.score_sum_send(journey.score_sum) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_send(journey.score_sum) IS 'binary output of type score_sum';
CREATE TYPE journey.score_sum (
    INPUT = journey.score_sum_in,
    OUTPUT = journey.score_sum_out,
    RECEIVE = journey.score_sum_recv,
    SEND = journey.score_sum_send,
    INTERNALLENGTH = 56,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE journey.score_sum IS 'the state of score_agg and of rollup over scores';

CREATE FUNCTION journey.score_agg_add(journey.score_sum, points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_agg_add(journey.score_sum, pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS 'transition of score_agg';
CREATE FUNCTION journey.score_agg_remove(journey.score_sum, points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_agg_remove(journey.score_sum, pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS 'inverse transition of score_agg';
CREATE FUNCTION journey.score_rollup_add(journey.score_sum, journey.score) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_rollup_add(journey.score_sum, journey.score) IS 'transition of rollup over scores';
CREATE FUNCTION journey.score_rollup_remove(journey.score_sum, journey.score) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_rollup_remove(journey.score_sum, journey.score) IS 'inverse transition of rollup over scores';
CREATE FUNCTION journey.score_sum_combine(journey.score_sum, journey.score_sum) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_combine(journey.score_sum, journey.score_sum) IS 'combination of score_agg, and of rollup over scores';
CREATE FUNCTION journey.score_sum_final(journey.score_sum) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_final(journey.score_sum) IS 'the score of a sum';

CREATE AGGREGATE journey.score_agg(points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) (
    SFUNC = journey.score_agg_add,
    STYPE = journey.score_sum,
    COMBINEFUNC = journey.score_sum_combine,
    FINALFUNC = journey.score_sum_final,
    MSFUNC = journey.score_agg_add,
    MINVFUNC = journey.score_agg_remove,
    MSTYPE = journey.score_sum,
    MFINALFUNC = journey.score_sum_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.score_agg(pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS
    'the score of points given at these times; rows without points or without a time are ignored, and no rows give null';
CREATE AGGREGATE journey.rollup(journey.score) (
    SFUNC = journey.score_rollup_add,
    STYPE = journey.score_sum,
    COMBINEFUNC = journey.score_sum_combine,
    FINALFUNC = journey.score_sum_final,
    MSFUNC = journey.score_rollup_add,
    MINVFUNC = journey.score_rollup_remove,
    MSTYPE = journey.score_sum,
    MFINALFUNC = journey.score_sum_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.score) IS
    'the sum of these scores, which are of one half-life; nulls are ignored, and no scores give null';
