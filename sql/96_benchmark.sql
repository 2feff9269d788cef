-- benchmark: published figures to set one's own beside

CREATE FUNCTION journey.benchmark()
    RETURNS TABLE (source pg_catalog.text, metric pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8,
                   unit pg_catalog.text, direction pg_catalog.text, context pg_catalog.text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT b.source, b.metric, b.low::pg_catalog.float8, b.high::pg_catalog.float8, b.unit, b.direction, b.context
    FROM (VALUES
        ('S0.13', 'prospect_conversion_before', 0.10, 0.10, 'share', 'higher',
         'prospects who become customers, before everybody who is interested was served as a customer; one firm''s figure, consulting'),
        ('S0.13', 'prospect_conversion_after', 0.50, 0.50, 'share', 'higher',
         'the same after the policy: education, a free evaluation, indifference to the outcome; before and after, without a control group'),
        ('S1', 'development_steps', 8, 8, 'count', 'fact',
         'steps of customer development: acquaintance, study, choice, test-drive, purchase, regular, loyal, advocate'),
        ('S3.3', 'advocate_kinds', 5, 5, 'count', 'fact',
         'kinds of customers who sell: fans, stars, innovators, evangelists, lead users; a customer may be several'),
        ('S3.4', 'nps_promoter', 9, 10, 'score', 'fact',
         'answers on the scale from 0 to 10 that make a fan, or promoter'),
        ('S3.5', 'fan_spending', 100000, 100000, 'USD', 'fact',
         'what one fan of a chain of cafes is said to have spent on visiting all its shops; an extreme value'),
        ('S3.5', 'fan_shops', 12000, 12000, 'count', 'fact',
         'shops of the chain that the same fan has visited; an extreme value'),
        ('S3.6', 'nps_evangelist', 11, 11, 'score', 'fact',
         'what an evangelist answers on a scale that ends at 10; counted on the fingers'),
        ('S3.11', 'adopter_groups', 6, 6, 'count', 'fact',
         'groups of the adoption curve as the source has them: innovators, early followers, late followers, early majority, late majority, conservatives; Rogers has five'),
        ('S3.13', 'lead_user_programme_since', 2001, 2001, 'year', 'fact',
         'since when a maker of cars (BMW) has run a programme for lead users'),
        ('S4.1', 'lead_growth_first_year', 2, 7, 'multiple', 'higher',
         'leads after one year of inbound marketing, as a multiple of those before'),
        ('S4.1', 'lead_growth_later_years', 5, 10, 'multiple', 'higher',
         'leads in the years after that, as a multiple of those before inbound marketing'),
        ('S4.4', 'never_qualified', 0.50, 0.90, 'share', 'lower',
         'inbound leads that never qualify; depends on industry, division of the market and effectiveness of the process'),
        ('S4.6', 'lead_quality', 0.12, 0.16, 'share', 'higher',
         'leads that qualify'),
        ('S4.6', 'lead_not_qualified', 0.88, 0.88, 'share', 'lower',
         'leads that never enter the process, as the source adds to its 12 to 16 %'),
        ('S4.14', 'hpi_indicators', 3, 5, 'count', 'band',
         'indicators that lead to a purchase, to be settled before leads are sought'),
        ('S4.16', 'sla_parts', 3, NULL, 'count', 'higher',
         'parts that an agreement between marketing, sales development and sales has at least: definitions of stages, who does what when, goals'),
        ('S4.17', 'minimal_sla_budget', NULL, 1000000, 'USD', 'fact',
         'marketing budget below which a firm begins with those three parts'),
        ('S4.19', 'qualified_to_customer', 0.50, 0.50, 'share', 'higher',
         'qualified leads that become customers, by a study (Gleanster); its usual English form says instead that 50 % of leads are qualified but not ready to buy'),
        ('S4.19', 'qualified_to_customer_reachable', 0.80, 0.80, 'share', 'higher',
         'qualified leads that become customers, which the author says can be reached'),
        ('S4.20', 'nurture_lift', 0.20, 0.20, 'lift', 'higher',
         'more sales opportunities from leads that are nurtured than from those that are not'),
        ('S4.21', 'nurture_sales_ready_lift', 0.50, 0.50, 'lift', 'higher',
         'more leads that are ready for sales, at firms that excel at nurturing; the source is garbled here, this is the English original'),
        ('S4.21', 'nurture_cost_change', -0.33, -0.33, 'lift', 'lower',
         'change of the cost of a lead, at the same firms')
    ) b (source, metric, low, high, unit, direction, context);
END;
COMMENT ON FUNCTION journey.benchmark() IS
    'headline figures of the literature with their sources and contexts: claims to compare with, never targets';

CREATE FUNCTION journey.benchmark_check(metric pg_catalog.text, value pg_catalog.float8,
    value_low pg_catalog.float8 DEFAULT NULL, value_high pg_catalog.float8 DEFAULT NULL)
    RETURNS TABLE (source pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8, unit pg_catalog.text,
                   direction pg_catalog.text, band pg_catalog.text, verdict pg_catalog.text, context pg_catalog.text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    IF metric IS NULL THEN
        RAISE EXCEPTION 'metric must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF value = 'NaN' OR value_low = 'NaN' OR value_high = 'NaN' THEN
        RAISE EXCEPTION 'a figure to compare must not be NaN' USING ERRCODE = 'invalid_parameter_value';
    ELSIF value_low > value OR value_high < value THEN
        RAISE EXCEPTION 'a figure must lie within its interval' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('It is %s, the interval is from %s to %s.', value, value_low, value_high);
    END IF;
    RETURN QUERY
    SELECT b.source, b.low, b.high, b.unit, b.direction, p.band,
           CASE WHEN p.band IS NULL THEN 'no figure'
                WHEN p.band IN ('within', 'unclear') OR b.direction IN ('fact', 'band') THEN p.band
                WHEN (p.band = 'above') = (b.direction = 'higher') THEN 'better'
                ELSE 'worse' END,
           b.context
    FROM journey.benchmark() b CROSS JOIN LATERAL journey.band(value, value_low, value_high, b.low, b.high) p (band)
    WHERE b.metric = benchmark_check.metric;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no benchmark "%"', metric USING ERRCODE = 'invalid_parameter_value',
            HINT = (SELECT 'Benchmarks are: ' || string_agg(b.metric, ', ') || '.' FROM journey.benchmark() b);
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.benchmark_check(pg_catalog.text, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'a figure of one''s own beside the published one: below, within, above or unclear, and whether that is better or worse';

CREATE FUNCTION journey.benchmark_of(
    rel pg_catalog.regclass, lead pg_catalog.text, qualified pg_catalog.text, customer pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (source pg_catalog.text, metric pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8,
                   unit pg_catalog.text, direction pg_catalog.text,
                   value pg_catalog.float8, value_low pg_catalog.float8, value_high pg_catalog.float8, n pg_catalog.int8,
                   band pg_catalog.text, verdict pg_catalog.text, context pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 12 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    labels text[];
    places integer[];
BEGIN
    IF lead IS NULL OR qualified IS NULL OR customer IS NULL THEN
        RAISE EXCEPTION 'the stages of leads, qualified leads and customers must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT s.labels INTO labels FROM journey.conversion_source(rel, journey_column, steps) s;
    places := ARRAY[array_position(labels, lead), array_position(labels, qualified), array_position(labels, customer)];
    IF NOT (places[1] < places[2] AND places[2] < places[3]) IS TRUE THEN
        RAISE EXCEPTION 'stages of leads "%", qualified leads "%" and customers "%" must be steps, in this order', lead, qualified, customer
            USING ERRCODE = 'invalid_parameter_value', HINT = format('The steps are: %s.', array_to_string(labels, ', '));
    END IF;
    RETURN QUERY
    WITH yearly AS (
        -- years since the first; one that has not ended tells nothing yet
        SELECT g.entered, g.multiple, g.low, g.high, row_number() OVER (ORDER BY g.period_from) AS year
        FROM journey.growth(rel, lead, 'year', labels, reach, NULL, since, until, tz, as_of, journey_column) g
        WHERE g.complete),
    own (metric, value, low, high, n) AS (
        SELECT v.metric, v.value, v.low, v.high, q.leads
        FROM journey.quality(rel, qualified, lead, labels, reach, NULL, NULL, since, until, tz, as_of, journey_column) q
        CROSS JOIN LATERAL (VALUES
            ('lead_quality', q.rate, q.low, q.high),
            ('lead_not_qualified', 1 - q.rate, 1 - q.high, 1 - q.low),
            ('never_qualified', q.never, q.never_low, q.never_high)) v (metric, value, low, high)
        UNION ALL
        SELECT m.metric, c.rate, c.low, c.high, c.entered
        FROM journey.conversion(rel, 'cohort', labels, reach, NULL, NULL, since, until, NULL, customer, tz, as_of, journey_column) c
        JOIN (VALUES (lead, 'prospect_conversion_before'), (lead, 'prospect_conversion_after'),
                     (qualified, 'qualified_to_customer'), (qualified, 'qualified_to_customer_reachable')) m (stage, metric)
            ON m.stage = c.from_stage
        UNION ALL
        SELECT 'lead_growth_first_year', y.multiple, y.low + 1, y.high + 1, y.entered FROM yearly y WHERE y.year = 2
        UNION ALL
        (SELECT 'lead_growth_later_years', y.multiple, NULL, NULL, y.entered FROM yearly y WHERE y.year > 2 ORDER BY y.year DESC LIMIT 1))
    SELECT b.source, b.metric, b.low, b.high, b.unit, b.direction, o.value, o.low, o.high, o.n, c.band, c.verdict, b.context
    FROM journey.benchmark() WITH ORDINALITY b (source, metric, low, high, unit, direction, context, place)
    JOIN own o ON o.metric = b.metric
    CROSS JOIN LATERAL journey.benchmark_check(b.metric, o.value, o.low, o.high) c
    ORDER BY b.place;
END
$function$;
COMMENT ON FUNCTION journey.benchmark_of(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text) IS
    'the figures that the journeys of a table give, beside the published ones';

CREATE FUNCTION journey.create_benchmark_check(
    rel pg_catalog.regclass, lead pg_catalog.text, qualified pg_catalog.text, customer pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied', view_name pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    home text;
    target text;
    comments CONSTANT text[] := ARRAY[
        'source', 'item of the requirements that names the figure',
        'metric', 'name of the figure',
        'low', 'published figure, or the lower end of its band',
        'high', 'published figure, or the upper end of its band',
        'unit', 'share, multiple, lift or count',
        'direction', 'whether higher or lower is better',
        'value', 'the figure of this table',
        'value_low', 'lower end of its 95 % interval',
        'value_high', 'upper end of its 95 % interval',
        'n', 'of how many',
        'band', 'below, within, above, or unclear where the interval leaves it open',
        'verdict', 'better, worse, within or unclear; a comparison, no target',
        'context', 'what the published figure is about'];
    statements text[];
BEGIN
    -- all that could be wrong is told now, and not when somebody looks
    PERFORM FROM journey.benchmark_of(rel, lead, qualified, customer, steps, reach);
    SELECT n.nspname, COALESCE(view_name, journey.object_name(c.relname, '_benchmark_check')) INTO home, target
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    statements := ARRAY[
        format('CREATE VIEW %I.%I WITH (security_invoker = true) AS SELECT * FROM journey.benchmark_of(%L::pg_catalog.regclass, %L, %L, %L, %L, %L)',
            home, target, (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel),
            lead, qualified, customer, steps, reach),
        format('COMMENT ON VIEW %I.%I IS %L', home, target, 'the figures of this table beside the published ones')];
    FOR i IN 1 .. cardinality(comments) / 2 LOOP
        statements := statements || format('COMMENT ON COLUMN %I.%I.%I IS %L', home, target, comments[2 * i - 1], comments[2 * i]);
    END LOOP;
    FOR i IN 1 .. cardinality(statements) LOOP
        IF NOT dry_run THEN
            EXECUTE statements[i];
        END IF;
        RETURN NEXT statements[i] || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.create_benchmark_check(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'makes a view that sets the figures of a table beside the published ones; returns the statements it ran';
