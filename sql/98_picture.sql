-- picture: results to look at

CREATE FUNCTION journey.chart(funnel journey.funnel, width pg_catalog.int4 DEFAULT 40, plain pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.chart(journey.funnel, pg_catalog.int4, pg_catalog.bool) IS
    'a funnel as bars of text, a line for each step: label, bar, how many reached it, of the first step, of the step before';


CREATE FUNCTION journey.markup_text(pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'text_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_text(pg_catalog.text) IS
    'any text as text of HTML or XML, in an element or between quotes; what XML forbids becomes U+FFFD';

CREATE FUNCTION journey.markup_count(pg_catalog.int8) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'count_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_count(pg_catalog.int8) IS
    'a whole number for HTML or XML, with narrow spaces between groups of three digits from five digits on';
CREATE FUNCTION journey.markup_share(pg_catalog.float8) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'share_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_share(pg_catalog.float8) IS
    'a share of 1 for HTML or XML, in percent to a tenth; only 0 is shown as 0, and only 1 as 100';
CREATE FUNCTION journey.markup_duration(pg_catalog.interval) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'duration_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_duration(pg_catalog.interval) IS
    'an interval for HTML or XML, in its two greatest units of d, h, min, s, ms and us; a month is 30 days';

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

CREATE FUNCTION journey.svg_survival(curve journey.survival_curve, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve, pg_catalog.text, pg_catalog.int4) IS
    'a survival curve as an SVG picture, with its confidence band and how many are at risk';
CREATE FUNCTION journey.svg_survival(curves journey.survival_curve[], labels pg_catalog.text[] DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curves_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4) IS
    'up to eight survival curves in one SVG picture';
CREATE FUNCTION journey.svg_survival(curve journey.incidence_curve, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'incidence_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.incidence_curve, pg_catalog.text, pg_catalog.int4) IS
    'the cumulative incidence of each cause as an SVG picture, with confidence bands and how many are at risk';

CREATE FUNCTION journey.svg_survival(curve journey.survival_curve_float8, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve_float8, pg_catalog.text, pg_catalog.int4) IS
    'a survival curve as an SVG picture, with its confidence band and how many are at risk';
CREATE FUNCTION journey.svg_survival(curves journey.survival_curve_float8[], labels pg_catalog.text[] DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curves_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve_float8[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4) IS
    'up to eight survival curves in one SVG picture';
CREATE FUNCTION journey.svg_survival(curve journey.incidence_curve_float8, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'incidence_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.int4) IS
    'the cumulative incidence of each cause as an SVG picture, with confidence bands and how many are at risk';
