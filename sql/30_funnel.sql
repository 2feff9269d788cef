-- funnel: how many customers reached each step

CREATE TYPE journey.funnel;

CREATE FUNCTION journey.funnel_in(pg_catalog.cstring) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_in(pg_catalog.cstring) IS
    'input of type funnel';
CREATE FUNCTION journey.funnel_out(journey.funnel) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'funnel_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_out(journey.funnel) IS
    'output of type funnel';
CREATE FUNCTION journey.funnel_recv(pg_catalog.internal) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_recv(pg_catalog.internal) IS
    'binary input of type funnel';
CREATE FUNCTION journey.funnel_send(journey.funnel) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'funnel_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_send(journey.funnel) IS
    'binary output of type funnel';

CREATE TYPE journey.funnel (
    INPUT = journey.funnel_in,
    OUTPUT = journey.funnel_out,
    RECEIVE = journey.funnel_recv,
    SEND = journey.funnel_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.funnel IS 'how many customers reached each step of a funnel, and how long each step took; funnels add up';

CREATE CAST (journey.funnel AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.funnel AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.funnel) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.funnel) IS 'a funnel from its JSON form';

-- counting

CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[]) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[]) IS
    'transition of funnel';
CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[], pg_catalog.interval) IS
    'transition of funnel with a window';
CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval, options pg_catalog.text) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'transition of funnel with a window and options';
CREATE FUNCTION journey.funnel_agg_combine(journey.funnel, journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_combine' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_agg_combine(journey.funnel, journey.funnel) IS
    'combination of funnel, transition and combination of rollup';
CREATE FUNCTION journey.funnel_agg_final(journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_agg_final(journey.funnel) IS
    'the funnel an aggregate has counted';

CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[]) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[]) IS
    'how many of these journeys reached each step, in order; null journeys are ignored, and no rows give null';
CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval) IS
    'how many of these journeys reached each step, in order, within so long after the first; a null window has no end';
CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval,
        options pg_catalog.text) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text) IS
    'how many of these journeys reached each step, within so long after the first, by the rules that the options change';
CREATE AGGREGATE journey.rollup(journey.funnel) (
    SFUNC = journey.funnel_agg_combine,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.funnel) IS
    'the sum of funnels that ask the same; nulls are ignored, and no funnels give null';

-- one journey

CREATE FUNCTION journey.funnel_level(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_level' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_level(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'how many steps of a funnel this customer reached';
CREATE FUNCTION journey.funnel_times(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'funnel_times' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_times(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'when this customer took each step of a funnel; null for a step not taken';
CREATE FUNCTION journey.funnel_reached(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'funnel_reached' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_reached(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'which steps of a funnel this customer reached';

-- reading

CREATE FUNCTION journey.steps(journey.funnel) RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, reached pg_catalog.int8,
        conversion pg_catalog.float8, conversion_low pg_catalog.float8, conversion_high pg_catalog.float8,
        overall pg_catalog.float8, dropped pg_catalog.int8,
        median pg_catalog.interval, p90 pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'funnel_steps' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.steps(journey.funnel) IS
    'a row for each step: who reached it, which share of those of the step before (with its 95 % Wilson interval) and of all who entered, and how long it took';
CREATE FUNCTION journey.step_time(journey.funnel, step pg_catalog.int4, share pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'funnel_step_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.step_time(journey.funnel, pg_catalog.int4, pg_catalog.float8) IS
    'the time since the step before that this share of those who reached a step did not exceed';
CREATE FUNCTION journey.total(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.total(journey.funnel) IS
    'how many customers the funnel has seen';
CREATE FUNCTION journey.entered(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_entered' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.entered(journey.funnel) IS
    'how many customers reached any step';
CREATE FUNCTION journey.converted(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_converted' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.converted(journey.funnel) IS
    'how many customers reached the last step that is not optional';
CREATE FUNCTION journey.excluded(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_excluded' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.excluded(journey.funnel) IS
    'how many customers an exclusion kept from a higher step';
CREATE FUNCTION journey.conversion(journey.funnel) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'funnel_conversion' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.conversion(journey.funnel) IS
    'the share of those who entered that reached the last step; null when nobody entered';

-- adding and comparing

CREATE FUNCTION journey.funnel_add(journey.funnel, journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_add' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_add(journey.funnel, journey.funnel) IS
    'implementation of + operator';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel,
    FUNCTION = journey.funnel_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.funnel, journey.funnel) IS 'the funnel of both groups of customers';

CREATE FUNCTION journey.funnel_eq(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_eq(journey.funnel, journey.funnel) IS
    'implementation of = operator';
CREATE FUNCTION journey.funnel_ne(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_ne(journey.funnel, journey.funnel) IS
    'implementation of <> operator';
CREATE FUNCTION journey.funnel_lt(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_lt(journey.funnel, journey.funnel) IS
    'implementation of < operator';
CREATE FUNCTION journey.funnel_le(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_le(journey.funnel, journey.funnel) IS
    'implementation of <= operator';
CREATE FUNCTION journey.funnel_gt(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_gt(journey.funnel, journey.funnel) IS
    'implementation of > operator';
CREATE FUNCTION journey.funnel_ge(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_ge(journey.funnel, journey.funnel) IS
    'implementation of >= operator';
CREATE FUNCTION journey.funnel_cmp(journey.funnel, journey.funnel) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_cmp(journey.funnel, journey.funnel) IS
    'less than 0, 0 or more, by the order of funnels';
CREATE FUNCTION journey.funnel_hash(journey.funnel) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_hash(journey.funnel) IS
    'hash value';
CREATE FUNCTION journey.funnel_hash_extended(journey.funnel, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_hash_extended(journey.funnel, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR journey.= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.funnel, journey.funnel) IS 'the same funnel';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.funnel, journey.funnel) IS 'not the same funnel';
CREATE OPERATOR journey.< (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.funnel, journey.funnel) IS 'before, in an order that serves sorting only';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.funnel, journey.funnel) IS 'before or the same, in an order that serves sorting only';
CREATE OPERATOR journey.> (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.funnel, journey.funnel) IS 'after, in an order that serves sorting only';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.funnel, journey.funnel) IS 'after or the same, in an order that serves sorting only';
CREATE OPERATOR CLASS journey.funnel_ops DEFAULT FOR TYPE journey.funnel USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.funnel_cmp(journey.funnel, journey.funnel);
COMMENT ON OPERATOR CLASS journey.funnel_ops USING btree IS 'an order of funnels that serves sorting';
COMMENT ON OPERATOR FAMILY journey.funnel_ops USING btree IS 'an order of funnels that serves sorting';
CREATE OPERATOR CLASS journey.funnel_ops DEFAULT FOR TYPE journey.funnel USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.funnel_hash(journey.funnel),
    FUNCTION 2 journey.funnel_hash_extended(journey.funnel, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.funnel_ops USING hash IS 'equality of funnels';
COMMENT ON OPERATOR FAMILY journey.funnel_ops USING hash IS 'equality of funnels';
