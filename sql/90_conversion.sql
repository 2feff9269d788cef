-- conversion: from one stage to the next, by cohort, snapshot and flow

-- rates

CREATE FUNCTION journey.wilson(converted pg_catalog.float8, n pg_catalog.float8, level pg_catalog.float8 DEFAULT 0.95,
    OUT rate pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'conversion_wilson' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.wilson(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'a share of so many out of n with its Wilson interval; nulls when n is 0';

CREATE TYPE journey.rate AS (
    entered pg_catalog.int8, converted pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8);
COMMENT ON TYPE journey.rate IS 'how many entered and converted, the share with its 95 % Wilson interval';

CREATE FUNCTION journey.rate_accum(state pg_catalog.int8[], converted pg_catalog.bool) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_accum(pg_catalog.int8[], pg_catalog.bool) IS 'transition of rate';
CREATE FUNCTION journey.rate_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_combine(pg_catalog.int8[], pg_catalog.int8[]) IS 'combination of two states of rate';
CREATE FUNCTION journey.rate_final(pg_catalog.int8[]) RETURNS journey.rate
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_final(pg_catalog.int8[]) IS 'result of rate';
CREATE AGGREGATE journey.rate(converted pg_catalog.bool) (
    SFUNC = journey.rate_accum,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0}',
    COMBINEFUNC = journey.rate_combine,
    FINALFUNC = journey.rate_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rate(pg_catalog.bool) IS
    'how many rows there are and how many are true, the share of these with its 95 % Wilson interval; nulls are ignored';

-- one journey

CREATE FUNCTION journey.cohort_steps(journey journey.journey, steps pg_catalog.text[], reach pg_catalog.text DEFAULT 'implied',
    as_of pg_catalog.timestamptz DEFAULT NULL, within pg_catalog.interval DEFAULT NULL, target pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
                   entered_at pg_catalog.timestamptz, converted_at pg_catalog.timestamptz, watched_until pg_catalog.timestamptz)
    AS 'MODULE_PATHNAME', 'conversion_cohort_steps' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.cohort_steps(journey.journey, pg_catalog.text[], pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.interval, pg_catalog.text) IS
    'each step that this customer entered, when first, and when the next step (or the target) was reached after that';
CREATE FUNCTION journey.flow_steps(journey journey.journey, steps pg_catalog.text[], reach pg_catalog.text DEFAULT 'implied',
    as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS TABLE (step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
                   left_at pg_catalog.timestamptz, went_to pg_catalog.text, converted pg_catalog.bool)
    AS 'MODULE_PATHNAME', 'conversion_flow_steps' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.flow_steps(journey.journey, pg_catalog.text[], pg_catalog.text, pg_catalog.timestamptz) IS
    'each move of this customer out of a step, and whether it led to the next step';
