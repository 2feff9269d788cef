-- picture: results to look at

CREATE FUNCTION journey.chart(funnel journey.funnel, width pg_catalog.int4 DEFAULT 40, plain pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.chart(journey.funnel, pg_catalog.int4, pg_catalog.bool) IS
    'a funnel as bars of text, a line for each step: label, bar, how many reached it, of the first step, of the step before';


CREATE FUNCTION journey.escape_markup(pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.escape_markup(pg_catalog.text) IS
    'any text as text of HTML or XML, in an element or between quotes; what XML forbids becomes U+FFFD';

CREATE FUNCTION journey.svg(funnel journey.funnel, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'funnel_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.svg(journey.funnel, pg_catalog.text, pg_catalog.int4) IS
    'a funnel as an SVG picture: a bar for each step, how many reached it, their share of those who entered and of the step before, and the time since';

CREATE FUNCTION journey.svg_sankey(step pg_catalog.int4[], source pg_catalog.text[], target pg_catalog.text[], paths pg_catalog.int8[],
    title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_sankey(pg_catalog.int4[], pg_catalog.text[], pg_catalog.text[], pg_catalog.int8[], pg_catalog.text, pg_catalog.int4) IS
    'edges, one in each place of the arrays, as an SVG picture: labels in columns, and how many paths flow between them';
CREATE FUNCTION journey.svg_sankey(counts journey.path_counts, top pg_catalog.int4 DEFAULT 8, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 200
    RETURN (SELECT CASE WHEN counts IS NOT NULL
            THEN journey.svg_sankey(pg_catalog.array_agg(e.step), pg_catalog.array_agg(e.source), pg_catalog.array_agg(e.target),
                                    pg_catalog.array_agg(e.paths), title, width) END
        FROM journey.path_edges(counts, top) e);
COMMENT ON FUNCTION journey.svg_sankey(journey.path_counts, pg_catalog.int4, pg_catalog.text, pg_catalog.int4) IS
    'counted paths as an SVG picture: the most frequent labels of each column, and how many paths flow between them';
