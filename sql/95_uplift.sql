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

CREATE FUNCTION journey.funnel_difference(a journey.funnel, b journey.funnel, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, reached pg_catalog.int8, reached_b pg_catalog.int8,
        conversion pg_catalog.float8, conversion_b pg_catalog.float8,
        difference pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
        overall pg_catalog.float8, overall_b pg_catalog.float8,
        overall_difference pg_catalog.float8, overall_low pg_catalog.float8, overall_high pg_catalog.float8)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    labels_a CONSTANT text[] := ARRAY(SELECT s.label FROM journey.steps(a) s ORDER BY s.step);
    labels_b CONSTANT text[] := ARRAY(SELECT s.label FROM journey.steps(b) s ORDER BY s.step);
BEGIN
    IF labels_a <> labels_b THEN
        RAISE EXCEPTION 'funnels of different steps cannot be compared' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('One has (%s), the other (%s).', array_to_string(labels_a, ', '), array_to_string(labels_b, ', '));
    END IF;
    RETURN QUERY
    SELECT x.step, x.label, x.reached, y.reached, x.conversion, y.conversion, s.difference, s.low, s.high,
           x.overall, y.overall, o.difference, o.low, o.high
    FROM journey.steps(a) x
    JOIN journey.steps(b) y ON y.step = x.step
    -- who reached the step before is who reached this one and who was lost between; the first step has none before
    LEFT JOIN LATERAL journey.compare_rates(x.reached, x.reached + x.dropped, y.reached, y.reached + y.dropped, level) s ON true
    LEFT JOIN LATERAL journey.compare_rates(x.reached, journey.entered(a), y.reached, journey.entered(b), level) o ON true
    ORDER BY x.step;
END
$function$;
COMMENT ON FUNCTION journey.funnel_difference(journey.funnel, journey.funnel, pg_catalog.float8) IS
    'two funnels of the same steps, step by step: the difference of their conversions with its Newcombe interval';
