-- picture: results to look at

CREATE FUNCTION journey.chart(funnel journey.funnel, width pg_catalog.int4 DEFAULT 40, plain pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.chart(journey.funnel, pg_catalog.int4, pg_catalog.bool) IS
    'a funnel as bars of text, a line for each step: label, bar, how many reached it, of the first step, of the step before';

