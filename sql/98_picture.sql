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

-- ---------------------------------------------------------------- a page

CREATE FUNCTION journey.html_table(rel pg_catalog.regclass, caption pg_catalog.text DEFAULT NULL, order_by pg_catalog.text DEFAULT NULL,
    max_rows pg_catalog.int4 DEFAULT 100) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = 'postgres'
AS $function$
#variable_conflict use_variable
DECLARE
    headings text;
    meanings text;
    cells text;
    body text;
    total bigint;
BEGIN
    IF rel IS NULL THEN
        RETURN NULL;
    END IF;
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION 'number of rows must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN c.kind = 'text' THEN '' ELSE ' class="n"' END,
                             journey.markup_text(replace(c.attname, '_', ' '))), '' ORDER BY c.attnum),
           string_agg(format('<dt>%s</dt><dd>%s</dd>', journey.markup_text(replace(c.attname, '_', ' ')), journey.markup_text(c.meaning)), E'\n'
                      ORDER BY c.attnum) FILTER (WHERE c.meaning <> ''),
           string_agg(format(
               CASE WHEN c.n = 1 THEN '''<th scope="row"%2$s>'' || COALESCE(%1$s, ''&#8211;'') || ''</th>'''
                    ELSE '''<td%2$s>'' || COALESCE(%1$s, ''&#8211;'') || ''</td>''' END,
               format(CASE c.kind
                          WHEN 'count' THEN 'journey.markup_count(x.%1$I::bigint)'
                          WHEN 'share' THEN 'journey.markup_share(x.%1$I::double precision)'
                          WHEN 'number' THEN 'CASE WHEN abs(x.%1$I) < 1e15 THEN replace(round(x.%1$I::numeric, 2)::text, ''-'', ''&#8722;'')'
                                             ' ELSE journey.markup_text(x.%1$I::text) END'
                          WHEN 'duration' THEN 'journey.markup_duration(x.%1$I)'
                          WHEN 'time' THEN 'replace(date_trunc(''second'', x.%1$I::timestamptz)::text, ''+00'', '' UTC'')'
                          WHEN 'flag' THEN 'CASE x.%1$I WHEN true THEN ''yes'' WHEN false THEN ''no'' END'
                          ELSE 'journey.markup_text(x.%1$I::text)' END, c.attname),
               CASE WHEN c.kind = 'text' THEN '' ELSE ' class="n"' END), ' || ' ORDER BY c.attnum)
        INTO headings, meanings, cells
        FROM (SELECT a.attname, a.attnum, row_number() OVER (ORDER BY a.attnum) AS n, col_description(a.attrelid, a.attnum) AS meaning,
                     -- the first column, and keys of the table that a view is over, are names of rows and not quantities
                     CASE WHEN row_number() OVER (ORDER BY a.attnum) = 1 OR starts_with(col_description(a.attrelid, a.attnum), 'column ') THEN 'text'
                          WHEN a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN 'count'
                          WHEN a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'numeric'::regtype)
                          THEN CASE WHEN a.attname ~ '(^|_)(rate|share|conversion|overall|low|high)(_|$)' THEN 'share' ELSE 'number' END
                          WHEN a.atttypid = 'interval'::regtype THEN 'duration'
                          WHEN a.atttypid = 'timestamptz'::regtype THEN 'time'
                          WHEN a.atttypid = 'boolean'::regtype THEN 'flag'
                          ELSE 'text' END AS kind
              FROM pg_attribute a WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped) c;
    IF headings IS NULL THEN
        RAISE EXCEPTION 'relation % has no columns', rel USING ERRCODE = 'wrong_object_type';
    END IF;
    EXECUTE format($query$
        SELECT string_agg('<tr>' || %1$s || '</tr>', E'\n' ORDER BY x."row number"), max(x."row total")
        FROM (SELECT row_number() OVER (%2$s) AS "row number", count(*) OVER () AS "row total", v.* FROM %3$s v ORDER BY 1 LIMIT %4$s) x$query$,
        cells, 'ORDER BY ' || order_by, rel, max_rows) INTO body, total;
    RETURN concat(
        '<div class="scroll" tabindex="0" role="region" aria-label="', journey.markup_text(COALESCE(caption, rel::text)), E'"><table>\n<caption>', journey.markup_text(COALESCE(caption, rel::text)),
        CASE WHEN total > max_rows THEN format(' <span class="soft">The first %s of %s rows.</span>',
                                               journey.markup_count(max_rows), journey.markup_count(total)) END,
        E'</caption>\n<thead><tr>', headings, E'</tr></thead>\n<tbody>\n',
        COALESCE(body, format('<tr><td colspan="%s" class="soft">No rows.</td></tr>', (SELECT count(*) FROM regexp_matches(headings, '<th ', 'g')))),
        E'\n</tbody>\n</table></div>\n',
        E'<details><summary>What the columns say</summary>\n<dl>\n' || meanings || E'\n</dl></details>\n');
END
$function$;
COMMENT ON FUNCTION journey.html_table(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.int4) IS
    'a table or view as an HTML table: caption, headings, formatted numbers, and the comments of its columns';

CREATE FUNCTION journey.report_views(rel pg_catalog.regclass, journey_column pg_catalog.text)
    RETURNS TABLE (n pg_catalog.int4, name pg_catalog.text, view pg_catalog.regclass, caption pg_catalog.text, order_by pg_catalog.text, max_rows pg_catalog.int4)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT v.n, v.name, r.view, v.caption, v.order_by, v.max_rows
    FROM (VALUES (1, '_velocity', 'Velocity', 'How fast what is open is won', NULL, 100),
                 (2, '_stalled', 'Stalled', 'Rows that stay longer in their stage than those that were won', 'v.over_p90 DESC, v.dwell DESC', 50),
                 (3, '_cohorts', 'Cohorts', 'Conversion by the month in which a step was entered', 'v.month DESC, v.step', 120)
         ) v (n, suffix, name, caption, order_by, max_rows)
    JOIN (SELECT c.oid::regclass AS view, c.relname::text
          FROM journey.tracked_views(report_views.rel, report_views.journey_column) w
          JOIN pg_class c ON c.oid = w
          JOIN pg_class t ON t.oid = report_views.rel
          -- whoever reads a view runs what it calls, so only views of those who own the table, and could have tracked it
          WHERE c.relnamespace = t.relnamespace AND pg_has_role(c.relowner, t.relowner, 'USAGE')) r
         ON right(r.relname, length(v.suffix)) = v.suffix;
END
$function$;
COMMENT ON FUNCTION journey.report_views(pg_catalog.regclass, pg_catalog.text) IS
    'the views over a journey column that have a section in the report, and how each is shown';

CREATE FUNCTION journey.report(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL, funnel_options pg_catalog.text DEFAULT 'implied',
    won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = 'postgres'
AS $function$
#variable_conflict use_variable
DECLARE
    it record;                  -- the tracked column
    labels text[];              -- its stages
    bad record;
    heading text;
    n_rows bigint;
    n_journeys bigint;
    first_at timestamptz;
    last_at timestamptz;
    funnel journey.funnel;
    paths journey.path_counts;
    curve journey.incidence_curve;
    ends text[];
    part text;
    page text;
    one record;
    -- a share of the width, of numbers that belong together
    tile CONSTANT text := '<div class="tile"><div class="value">%s</div><div class="soft">%s</div></div>';
BEGIN
    it := journey.tracked_column(rel, stage_column);
    labels := journey.stage_labels(it.stage_type);
    SELECT u.w, u.l INTO bad
        FROM (SELECT 'step' AS w, s AS l FROM unnest(steps) s UNION ALL SELECT 'won stage', s FROM unnest(won) s
              UNION ALL SELECT 'lost stage', s FROM unnest(lost) s) u
        WHERE u.l IS NULL OR u.l <> ALL (labels) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % is no stage of column "%"', bad.w, COALESCE(quote_ident(bad.l), 'null'), it.stage
            USING ERRCODE = 'invalid_parameter_value', HINT = format('The stages are: %s.', array_to_string(labels, ', '));
    ELSIF won && lost THEN
        RAISE EXCEPTION 'a stage cannot be both won and lost' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    steps := COALESCE(steps, ARRAY(SELECT u.l FROM unnest(labels) WITH ORDINALITY u (l, n)
                                   WHERE journey.stage_kind(u.l) NOT IN ('lost', 'detour') ORDER BY u.n));
    won := COALESCE(won, ARRAY(SELECT l FROM unnest(labels) l WHERE journey.stage_kind(l) = 'won' AND l <> ALL (COALESCE(lost, '{}'))));
    lost := COALESCE(lost, ARRAY(SELECT l FROM unnest(labels) l WHERE journey.stage_kind(l) = 'lost' AND l <> ALL (won)));
    ends := won || lost;
    heading := COALESCE(NULLIF(title, ''), format('Journeys of %s', rel));

    EXECUTE format('SELECT count(*), count(t.%1$I), min(journey.started_at(t.%1$I)), max(journey.updated_at(t.%1$I)) FROM %2$s t', it.journey, rel)
        INTO n_rows, n_journeys, first_at, last_at;

    page := concat(
        E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n',
        E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''" />\n',
        E'<meta name="viewport" content="width=device-width, initial-scale=1" />\n<meta name="color-scheme" content="light dark" />\n',
        '<title>', journey.markup_text(heading), E'</title>\n<style>\n',
$css$:root{color-scheme:light dark}
body{margin:0;background:#f6f8fa;color:#1b1f24;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif}
main{max-width:920px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:19px;margin:36px 0 10px}
p{margin:6px 0 12px}
.soft{color:#57606a}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
.tile,.scroll,.picture{background:#fff;border:1px solid #d8dee4;border-radius:8px}
.tile{padding:12px 16px}
.value{font-size:24px;font-weight:600;font-variant-numeric:tabular-nums}
.picture{padding:4px;margin:0 0 14px;overflow:hidden}
.picture svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;margin:0 0 8px}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:10px;font-weight:600}
caption .soft{font-weight:400}
th,td{text-align:left;padding:6px 10px;border-top:1px solid #d8dee4;vertical-align:top;font-weight:400}
thead th{color:#57606a;font-size:13px;vertical-align:bottom}
tbody th{overflow-wrap:anywhere;min-width:90px}
.n{text-align:right}
tbody .n{white-space:nowrap}
details{margin:0 0 14px;font-size:14px}
summary{cursor:pointer;color:#57606a}
dl{margin:8px 0 0 14px}
dt{font-weight:600}
dd{margin:0 0 6px 0}
nav ul{padding:0;margin:0;list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px}
a{color:#0b57d0}
footer{margin-top:40px;border-top:1px solid #d8dee4;padding-top:12px;font-size:13px}
@media screen and (prefers-color-scheme:dark){
body{background:#0d1117;color:#e6edf3}
.soft,summary,thead th{color:#9fabb8}
.tile,.scroll,.picture{background:#14181f;border-color:#2d3540}
th,td,footer{border-color:#2d3540}
a{color:#7cb1ff}
}
@media print{
body{background:#fff;font-size:12px}
main{max-width:none;padding:0}
nav{display:none}
.tile,.picture,svg,tr{break-inside:avoid}
.scroll{overflow:visible}
h2,caption{break-after:avoid}
}
$css$,
        E'</style>\n</head>\n<body>\n<main>\n<h1>', journey.markup_text(heading), E'</h1>\n<p class="soft">Made ',
        to_char(now(), 'YYYY-MM-DD HH24:MI:SS'), ' UTC from column ', journey.markup_text(it.stage), ' of ', journey.markup_text(rel::text), ' in database ',
        journey.markup_text(current_database()), ', over the ', journey.markup_count(n_rows), ' rows that ', journey.markup_text(current_user), ' may read, ',
        journey.markup_count(n_journeys), ' of them with a journey.',
        CASE WHEN first_at IS NOT NULL THEN concat(' The first journey begins on ', first_at::date, ', the last move is of ', last_at::date, '.') END,
        E' All times are UTC; a day is 24 hours.</p>\n');

    IF cardinality(steps) BETWEEN 1 AND 64 THEN
        EXECUTE format('SELECT journey.funnel(t.%I, $1, NULL::interval, COALESCE($2, %L)) FROM %s t', it.journey, '', rel) INTO funnel USING steps, funnel_options;
    END IF;
    page := concat(page, E'<div class="tiles">\n', format(tile, journey.markup_count(n_rows), 'rows'), format(tile, journey.markup_count(n_journeys), 'with a journey'),
        CASE WHEN funnel IS NOT NULL THEN concat(
            format(tile, journey.markup_count(journey.entered(funnel)), 'entered the funnel'),
            format(tile, journey.markup_count(journey.converted(funnel)), 'reached its end'),
            format(tile, COALESCE(journey.markup_share(journey.conversion(funnel)), '&#8211;'), 'of those who entered')) END, E'</div>\n',
        '<nav aria-label="Contents"><ul><li><a href="#stages">Stages</a></li><li><a href="#funnel">Funnel</a></li><li><a href="#paths">Paths</a></li>',
        '<li><a href="#outcome">Time to the end</a></li>',
        (SELECT string_agg(format('<li><a href="#%s">%s</a></li>', lower(v.name), v.name), '' ORDER BY v.n) FROM journey.report_views(rel, it.journey) v),
        E'</ul></nav>\n');

    -- how many are in each stage, and were
    EXECUTE format($query$
        SELECT string_agg(concat('<tr><th scope="row">', COALESCE(journey.markup_text(s.label), '<span class="soft">no stage</span>'), '</th>',
                   '<td class="n">', journey.markup_count(COALESCE(p.n, 0)), '</td><td class="n">', journey.markup_count(COALESCE(v.ever, 0)),
                   '</td><td class="n">', journey.markup_count(COALESCE(v.entered, 0)), '</td><td class="n">', journey.markup_count(COALESCE(v.exited, 0)),
                   '</td><td class="n">', COALESCE(journey.markup_duration(v.ended_stay), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_duration(v.open_stay), '&#8211;'), '</td></tr>'), E'\n' ORDER BY s.n)
        FROM unnest($1 || NULL::text) WITH ORDINALITY s (label, n)
        LEFT JOIN (SELECT t.%1$I::text AS label, count(*) AS n FROM %3$s t GROUP BY 1) p ON COALESCE(p.label = s.label, p.label IS NULL AND s.label IS NULL)
        LEFT JOIN (
            SELECT e.label, count(*) AS entered, count(e.left_at) AS exited, count(*) FILTER (WHERE e.entered_at = journey.first_at(t.%2$I, e.label)) AS ever,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY e.dwell) FILTER (WHERE e.left_at IS NOT NULL) AS ended_stay,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY e.dwell) FILTER (WHERE e.left_at IS NULL) AS open_stay
            FROM %3$s t CROSS JOIN LATERAL journey.stages(t.%2$I, now()) e GROUP BY 1
        ) v ON v.label = s.label
        WHERE s.label IS NOT NULL OR p.n > 0$query$, it.stage, it.journey, rel) INTO part USING labels;
    page := concat(page, E'<section aria-labelledby="stages">\n<h2 id="stages">Stages</h2>\n',
        E'<div class="scroll" tabindex="0" role="region" aria-label="Rows by stage"><table>\n<caption>Rows by stage</caption>\n<thead><tr><th scope="col">stage</th>',
        '<th scope="col" class="n">rows now</th><th scope="col" class="n">rows ever</th><th scope="col" class="n">times entered</th><th scope="col" class="n">times left</th>',
        '<th scope="col" class="n">median stay</th><th scope="col" class="n">median stay so far</th></tr></thead>', E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
        E'<p class="soft">The median stay is that of the visits that have ended, the other that of those that last; the first alone is too short where slow rows are still on their way.</p>\n</section>\n');

    -- the funnel
    page := concat(page, E'<section aria-labelledby="funnel">\n<h2 id="funnel">Funnel</h2>\n');
    IF funnel IS NULL THEN
        page := concat(page, CASE WHEN cardinality(steps) BETWEEN 1 AND 64 THEN E'<p>There is no journey yet.</p>\n'
            ELSE format(E'<p>A funnel has 1 to 64 steps, and this one would have %s.</p>\n', cardinality(steps)) END);
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', journey.markup_text(s.label), '</th><td class="n">', journey.markup_count(s.reached),
                   '</td><td class="n">', COALESCE(journey.markup_share(s.overall), '&#8211;'), '</td><td class="n">', COALESCE(journey.markup_share(s.conversion), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_share(s.conversion_low) || ' to ' || journey.markup_share(s.conversion_high), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_count(s.dropped), '&#8211;'), '</td><td class="n">', COALESCE(journey.markup_duration(s.median), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_duration(s.p90), '&#8211;'), '</td></tr>'), E'\n' ORDER BY s.step)
            INTO part FROM journey.steps(funnel) s;
        page := concat(page, '<div class="picture">', journey.svg(funnel, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="The funnel in numbers"><table>\n<caption>The funnel in numbers</caption>\n<thead><tr><th scope="col">step</th>',
            '<th scope="col" class="n">reached</th><th scope="col" class="n">of those who entered</th><th scope="col" class="n">of the step before</th>',
            '<th scope="col" class="n">95&#160;% interval</th><th scope="col" class="n">dropped</th><th scope="col" class="n">median time</th><th scope="col" class="n">90&#160;% within</th></tr></thead>',
            E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n<p class="soft">',
            CASE WHEN funnel_options = 'implied' THEN 'Whoever was in a later stage counts for all the steps before it. ' END,
            E'The interval is Wilson&#39;s; times are since the step before.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- the ways they take
    EXECUTE format('SELECT journey.path_counts(journey.route(t.%I), 5) FROM %s t', it.journey, rel) INTO paths;
    page := concat(page, E'<section aria-labelledby="paths">\n<h2 id="paths">Paths</h2>\n');
    IF COALESCE(journey.total(paths), 0) = 0 THEN
        page := concat(page, E'<p>There is no journey yet.</p>\n');
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', journey.markup_text(e.source), ' &#8594; ', journey.markup_text(e.target), '</th><td class="n">', e.step,
                   '</td><td class="n">', journey.markup_count(e.paths), '</td><td class="n">', COALESCE(journey.markup_duration(e.median_time), '&#8211;'), '</td></tr>'), E'\n'
                   ORDER BY e.paths DESC, e.step, e.source COLLATE "C", e.target COLLATE "C")
            INTO part
            FROM (SELECT p.* FROM journey.path_edges(paths, 6) p ORDER BY p.paths DESC, p.step, p.source COLLATE "C", p.target COLLATE "C" LIMIT 20) e;
        page := concat(page, '<div class="picture">', journey.svg_sankey(paths, 6, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="The most frequent moves"><table>\n<caption>The most frequent moves</caption>\n<thead><tr><th scope="col">move</th>',
            '<th scope="col" class="n">at step</th><th scope="col" class="n">paths</th><th scope="col" class="n">median time</th></tr></thead>',
            E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
            '<p class="soft">The first five stages of each journey, a stage that follows itself once. A path that is over goes to $exit; of each step the six most frequent ',
            E'stages have their names, and the others are $other.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- how long until it is won or lost
    page := concat(page, E'<section aria-labelledby="outcome">\n<h2 id="outcome">Time to the end</h2>\n');
    IF cardinality(ends) BETWEEN 1 AND 8 THEN
        EXECUTE format($query$
            SELECT journey.cumulative_incidence(COALESCE(e.at, now()) - s.at, e.label)
            FROM %2$s t
            CROSS JOIN LATERAL (SELECT i.at, i.label FROM journey.events(t.%1$I) i ORDER BY i.at LIMIT 1) s
            LEFT JOIN LATERAL (SELECT i.at, i.label FROM journey.events(t.%1$I) i WHERE i.label = ANY ($1) AND i.at <= now() ORDER BY i.at LIMIT 1) e ON true
            WHERE s.at <= now() AND s.label <> ALL ($1)$query$, it.journey, rel) INTO curve USING ends;
    END IF;
    IF curve IS NULL THEN
        page := concat(page, CASE WHEN cardinality(ends) = 0 THEN E'<p>No stage is known as won or lost.</p>\n'
            WHEN cardinality(ends) > 8 THEN E'<p>More than eight stages are won or lost.</p>\n' ELSE E'<p>There is no journey to watch yet.</p>\n' END);
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', h, ' days</th>',
                   (SELECT string_agg(concat('<td class="n">', COALESCE(journey.markup_share(journey.incidence_at(curve, l, h * interval '1 day')), '&#8211;'), '</td>'), '' ORDER BY n)
                    FROM unnest(ends) WITH ORDINALITY u (l, n)), '</tr>'), E'\n' ORDER BY h)
            INTO part FROM unnest(ARRAY[7, 14, 30, 60, 90, 180, 365]) h;
        page := concat(page, '<div class="picture">', journey.svg_survival(curve, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="Share that has ended by an age"><table>\n<caption>Share that has ended by an age</caption>\n<thead><tr><th scope="col">by</th>',
            (SELECT string_agg(format('<th scope="col" class="n">%s</th>', journey.markup_text(l)), '' ORDER BY n) FROM unnest(ends) WITH ORDINALITY u (l, n)),
            E'</tr></thead>\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
            '<p class="soft">From the beginning of a journey to its first stage that is won or lost. Journeys that are still open count for as long as they have been watched ',
            E'(Aalen&#8211;Johansen); those that begin at an end are left out. A dash is beyond what has been observed.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- the views that track has made
    FOR one IN SELECT v.* FROM journey.report_views(rel, it.journey) v ORDER BY v.n LOOP
        BEGIN
            part := journey.html_table(one.view, one.caption, one.order_by, one.max_rows);
        EXCEPTION WHEN insufficient_privilege THEN
            part := format(E'<p>%s may not read %s.</p>\n', journey.markup_text(current_user), journey.markup_text(one.view::text));
        END;
        IF one.name = 'Velocity' THEN
            part := replace(part, '<th scope="row">&#8211;</th>', '<th scope="row">all</th>');
        END IF;
        page := concat(page, format(E'<section aria-labelledby="%1$s">\n<h2 id="%1$s">%2$s</h2>\n', lower(one.name), one.name), part, E'</section>\n');
    END LOOP;
    RETURN concat(page, E'<footer class="soft">Made in PostgreSQL by journey.report; this page is complete in itself.</footer>\n</main>\n</body>\n</html>\n');
END
$function$;
COMMENT ON FUNCTION journey.report(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'one HTML page about a tracked table: stages, funnel, paths, time to the end, and the views of velocity, what is stalled, and cohorts';
