-- attribution: which touches a conversion is owed to

-- one customer

CREATE FUNCTION journey.attribution(journey journey.journey, model pg_catalog.text, conversion pg_catalog.text DEFAULT NULL,
        converted_at pg_catalog.timestamptz DEFAULT NULL, value pg_catalog.numeric DEFAULT NULL, lookback pg_catalog.interval DEFAULT NULL,
        channels pg_catalog.text[] DEFAULT NULL, skip pg_catalog.text[] DEFAULT NULL, shares pg_catalog.numeric[] DEFAULT NULL,
        half_life pg_catalog.interval DEFAULT NULL, every_conversion pg_catalog.bool DEFAULT false)
    RETURNS TABLE (channel pg_catalog.text, touches pg_catalog.int4, credit pg_catalog.numeric, value pg_catalog.numeric,
                   nth pg_catalog.int4, converted_at pg_catalog.timestamptz)
    AS 'MODULE_PATHNAME', 'attribution_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 4;
COMMENT ON FUNCTION journey.attribution(journey.journey, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.numeric,
    pg_catalog.interval, pg_catalog.text[], pg_catalog.text[], pg_catalog.numeric[], pg_catalog.interval, pg_catalog.bool) IS
    'the credit of each channel for the conversions of this customer, by a rule; the credits of a conversion add up to exactly 1';
CREATE FUNCTION journey.touches(journey journey.journey, conversion pg_catalog.text DEFAULT NULL, converted_at pg_catalog.timestamptz DEFAULT NULL,
        lookback pg_catalog.interval DEFAULT NULL, channels pg_catalog.text[] DEFAULT NULL) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'attribution_touches' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.touches(journey.journey, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text[]) IS
    'the touches that lead to the first conversion of this customer; all of them where there is none';

-- counting the paths of many

CREATE TYPE journey.touch_paths;

CREATE FUNCTION journey.touch_paths_in(pg_catalog.cstring) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_in(pg_catalog.cstring) IS 'text input of touch_paths';
CREATE FUNCTION journey.touch_paths_out(journey.touch_paths) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_out(journey.touch_paths) IS 'text output of touch_paths';
CREATE FUNCTION journey.touch_paths_recv(pg_catalog.internal) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_recv(pg_catalog.internal) IS 'binary input of touch_paths';
CREATE FUNCTION journey.touch_paths_send(journey.touch_paths) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_send(journey.touch_paths) IS 'binary output of touch_paths';

CREATE TYPE journey.touch_paths (
    INPUT = journey.touch_paths_in,
    OUTPUT = journey.touch_paths_out,
    RECEIVE = journey.touch_paths_recv,
    SEND = journey.touch_paths_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.touch_paths IS 'how many customers took each path of touches, how many of them converted, and what that was worth; values add up';

CREATE CAST (journey.touch_paths AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.touch_paths AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.touch_paths) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.touch_paths) IS 'counted paths from their JSON form';

CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, converted pg_catalog.bool) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.bool) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, converted pg_catalog.bool, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.bool, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric, lookback pg_catalog.interval, channels pg_catalog.text[], every_conversion pg_catalog.bool) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text, pg_catalog.numeric, pg_catalog.interval, pg_catalog.text[], pg_catalog.bool) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_path' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, pg_catalog.text[], pg_catalog.int8, pg_catalog.int8) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_path' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_combine(journey.touch_paths, journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_combine(journey.touch_paths, journey.touch_paths) IS 'combination of attribution_agg, transition and combination of rollup';
CREATE FUNCTION journey.touch_paths_final(journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_final(journey.touch_paths) IS 'the paths an aggregate has counted';

CREATE AGGREGATE journey.attribution_agg(journey journey.journey, converted pg_catalog.bool) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.bool) IS
    'how many of these journeys of touches converted, by path; null journeys are ignored';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, converted pg_catalog.bool, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.bool, pg_catalog.numeric) IS
    'how many of these journeys of touches converted, by path, and what their conversions were worth';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text) IS
    'the paths of touches that lead to the first conversion of each journey, an entry with this label, or to none';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text, pg_catalog.numeric) IS
    'the paths of touches that lead to the first conversion of each journey, or to none, and what the conversions were worth';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric, lookback pg_catalog.interval, channels pg_catalog.text[], every_conversion pg_catalog.bool) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text, pg_catalog.numeric, pg_catalog.interval, pg_catalog.text[], pg_catalog.bool) IS
    'the paths of touches of these channels that lead to the first conversion of each journey, or to each, from so long before';
CREATE AGGREGATE journey.attribution_agg(path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(pg_catalog.text[], pg_catalog.int8, pg_catalog.int8) IS
    'paths of touches with how many customers converted after them and how many did not';
CREATE AGGREGATE journey.attribution_agg(path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.numeric) IS
    'paths of touches with how many customers converted after them, how many did not, and what the conversions were worth together';
CREATE AGGREGATE journey.rollup(journey.touch_paths) (
    SFUNC = journey.touch_paths_combine,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.touch_paths) IS
    'the sum of counted paths; nulls are ignored, and no paths give null';

CREATE FUNCTION journey.touch_paths_plus(journey.touch_paths, journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_plus(journey.touch_paths, journey.touch_paths) IS 'implementation of + operator';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.touch_paths_plus,
    LEFTARG = journey.touch_paths,
    RIGHTARG = journey.touch_paths,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.touch_paths, journey.touch_paths) IS 'the paths of both';

-- reading them

CREATE FUNCTION journey.total(journey.touch_paths) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'touch_paths_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.touch_paths) IS 'how many paths were counted, converted or not';
CREATE FUNCTION journey.paths(journey.touch_paths) RETURNS TABLE (
        path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric)
    AS 'MODULE_PATHNAME', 'touch_paths_rows' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 100;
COMMENT ON FUNCTION journey.paths(journey.touch_paths) IS
    'a row for each path of touches: how many converted after it, how many did not, and what the conversions were worth';
CREATE FUNCTION journey.transitions(paths journey.touch_paths, "order" pg_catalog.int4 DEFAULT 1, "collapse" pg_catalog.bool DEFAULT false)
    RETURNS TABLE (source pg_catalog.text[], target pg_catalog.text, converted pg_catalog.bool, paths pg_catalog.int8, probability pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'touch_paths_transitions' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 100;
COMMENT ON FUNCTION journey.transitions(journey.touch_paths, pg_catalog.int4, pg_catalog.bool) IS
    'the moves of the Markov chain of these paths: from the last so many channels to the next one, or to the end, converted or not';
CREATE FUNCTION journey.attribution(paths journey.touch_paths, model pg_catalog.text, "order" pg_catalog.int4 DEFAULT NULL,
        "collapse" pg_catalog.bool DEFAULT false, skip pg_catalog.text[] DEFAULT NULL, shares pg_catalog.numeric[] DEFAULT NULL)
    RETURNS TABLE (channel pg_catalog.text, touches pg_catalog.int8, conversions pg_catalog.numeric, value pg_catalog.numeric,
                   share pg_catalog.numeric, removal_effect pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'attribution_paths' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 12;
COMMENT ON FUNCTION journey.attribution(journey.touch_paths, pg_catalog.text, pg_catalog.int4, pg_catalog.bool, pg_catalog.text[], pg_catalog.numeric[]) IS
    'what each channel gets of all conversions and of their value, by a rule, by removal effects or by Shapley values; exact sums';

-- amounts in whole cents

CREATE FUNCTION journey.apportion(amount pg_catalog.numeric, weights pg_catalog.numeric[], scale pg_catalog.int4 DEFAULT 2) RETURNS pg_catalog.numeric[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    cents numeric;
    total numeric := (SELECT sum(w) FROM unnest(weights) AS w);
BEGIN
    IF scale NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'number of decimal places must be between 0 and 100' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
        RAISE EXCEPTION 'amount to apportion must be finite' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    cents := abs(amount) * ('1e' || scale)::numeric;
    IF cents <> trunc(cents) THEN
        RAISE EXCEPTION 'amount to apportion has more than % decimal places', scale USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF array_ndims(weights) > 1 THEN
        RAISE EXCEPTION 'weights must have one dimension' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF array_position(weights, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'weights must not contain nulls' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF EXISTS (SELECT FROM unnest(weights) AS w WHERE w < 0 OR w IN ('NaN', 'Infinity')) THEN
        RAISE EXCEPTION 'weights must be finite and not negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF total > 0 THEN
        -- each its quota rounded down; what is left goes to the largest remainders, of equal ones to the first
        RETURN (
            SELECT array_agg(sign(amount) * (quota + CASE WHEN place <= missing THEN 1 ELSE 0 END) * ('1e-' || scale)::numeric ORDER BY i)
            FROM (SELECT i, quota, row_number() OVER (ORDER BY cents * w - quota * total DESC, i) AS place, cents - sum(quota) OVER () AS missing
                  FROM (SELECT i, w, div(cents * w, total) AS quota FROM unnest(weights) WITH ORDINALITY AS u (w, i)) AS q) AS p);
    END IF;
    IF amount <> 0 THEN
        RAISE EXCEPTION 'weights must not all be zero' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce((SELECT array_agg(0 * ('1e-' || scale)::numeric) FROM unnest(weights)), '{}');
END $function$;
COMMENT ON FUNCTION journey.apportion(pg_catalog.numeric, pg_catalog.numeric[], pg_catalog.int4) IS
    'an amount split in proportion to weights, in parts of so many decimal places that add up to it exactly';
