-- uplift: two rates, and two funnels, compared

CREATE FUNCTION journey.compare_rates(
    converted pg_catalog.float8, n pg_catalog.float8, control_converted pg_catalog.float8, control_n pg_catalog.float8,
    level pg_catalog.float8 DEFAULT 0.95,
    OUT rate pg_catalog.float8, OUT rate_low pg_catalog.float8, OUT rate_high pg_catalog.float8,
    OUT control_rate pg_catalog.float8, OUT control_low pg_catalog.float8, OUT control_high pg_catalog.float8,
    OUT difference pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8,
    OUT lift pg_catalog.float8, OUT lift_low pg_catalog.float8, OUT lift_high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'uplift_compare_rates' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.compare_rates(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'two rates, their difference with its Newcombe interval, and the relative lift with its interval; causal only where chance decided who was treated';

CREATE TYPE journey.uplift AS (
    treated pg_catalog.int8, treated_converted pg_catalog.int8,
    control pg_catalog.int8, control_converted pg_catalog.int8);
COMMENT ON TYPE journey.uplift IS 'how many were treated and how many not, and how many of each converted';

CREATE FUNCTION journey.uplift_accum(state pg_catalog.int8[], treated pg_catalog.bool, converted pg_catalog.bool) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_accum(pg_catalog.int8[], pg_catalog.bool, pg_catalog.bool) IS 'transition of uplift';
CREATE FUNCTION journey.uplift_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_combine(pg_catalog.int8[], pg_catalog.int8[]) IS
    'combination of two states of uplift, and of its rollup';
CREATE FUNCTION journey.uplift_final(pg_catalog.int8[]) RETURNS journey.uplift
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_final(pg_catalog.int8[]) IS 'result of uplift, and of its rollup';
CREATE FUNCTION journey.uplift_add(state pg_catalog.int8[], uplift journey.uplift) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_add(pg_catalog.int8[], journey.uplift) IS 'transition of rollup of uplifts';

CREATE AGGREGATE journey.uplift(treated pg_catalog.bool, converted pg_catalog.bool) (
    SFUNC = journey.uplift_accum,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0,0,0}',
    COMBINEFUNC = journey.uplift_combine,
    FINALFUNC = journey.uplift_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.uplift(pg_catalog.bool, pg_catalog.bool) IS
    'counts of treated and control rows and of those that converted, for effect(); before against after is no experiment: something else may have changed too';
CREATE AGGREGATE journey.rollup(uplift journey.uplift) (
    SFUNC = journey.uplift_add,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0,0,0}',
    COMBINEFUNC = journey.uplift_combine,
    FINALFUNC = journey.uplift_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.uplift) IS 'the sum of uplifts of different customers; nulls are ignored';

CREATE FUNCTION journey.effect(uplift journey.uplift, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS TABLE (
        rate pg_catalog.float8, rate_low pg_catalog.float8, rate_high pg_catalog.float8,
        control_rate pg_catalog.float8, control_low pg_catalog.float8, control_high pg_catalog.float8,
        difference pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
        lift pg_catalog.float8, lift_low pg_catalog.float8, lift_high pg_catalog.float8)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT c.rate, c.rate_low, c.rate_high, c.control_rate, c.control_low, c.control_high,
           c.difference, c.low, c.high, c.lift, c.lift_low, c.lift_high
    FROM journey.compare_rates((uplift).treated_converted, (uplift).treated, (uplift).control_converted, (uplift).control, level) c;
END;
COMMENT ON FUNCTION journey.effect(journey.uplift, pg_catalog.float8) IS
    'both rates of an uplift, their difference with its Newcombe interval, and the relative lift; causal only where chance decided who was treated';
