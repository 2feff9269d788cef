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

-- a whole table

CREATE TYPE journey.conversion_row AS (
    kind pg_catalog.text, reach pg_catalog.text,
    period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
    entered pg_catalog.int8, converted pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
    age pg_catalog.interval, maturity pg_catalog.float8, mature pg_catalog.bool, expected pg_catalog.float8);
COMMENT ON TYPE journey.conversion_row IS
    'a labelled conversion: what kind, of which period and dimension, from where to where, with its interval and maturity';

CREATE FUNCTION journey.conversion_source(rel pg_catalog.regclass, journey_column pg_catalog.text, steps pg_catalog.text[],
    OUT relation pg_catalog.text, OUT column_name pg_catalog.text, OUT labels pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    candidates text[];
    stage_type regtype;
    known text[];
    bad text;
BEGIN
    IF rel IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) INTO relation
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = rel AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
    IF relation IS NULL THEN
        RAISE EXCEPTION '% is no table and no view', rel USING ERRCODE = 'wrong_object_type';
    END IF;

    -- the column with the journeys
    IF journey_column IS NULL THEN
        SELECT array_agg(t.journey_column ORDER BY t.journey_column) INTO candidates FROM journey.tracked() t WHERE t.rel = rel;
        IF candidates IS NULL THEN
            SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO candidates
                FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped
                  AND 'journey.journey'::regtype IN (a.atttypid, t.typbasetype);
        END IF;
        IF candidates IS NULL THEN
            RAISE EXCEPTION 'table % has no column of type journey', rel USING ERRCODE = 'undefined_column';
        ELSIF cardinality(candidates) > 1 THEN
            RAISE EXCEPTION 'table % has % columns of journeys', rel, cardinality(candidates) USING ERRCODE = 'ambiguous_parameter',
                HINT = format('Say which one: journey_column => %L.', candidates[1]);
        END IF;
        column_name := candidates[1];
    ELSE
        SELECT a.attname INTO column_name
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = rel AND a.attname = journey_column AND a.attnum > 0 AND NOT a.attisdropped
              AND 'journey.journey'::regtype IN (a.atttypid, t.typbasetype);
        IF column_name IS NULL THEN
            PERFORM FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped;
            IF FOUND THEN
                RAISE EXCEPTION 'column "%" of table % is no journey', journey_column, rel USING ERRCODE = 'datatype_mismatch';
            END IF;
            RAISE EXCEPTION 'table % has no column "%"', rel, journey_column USING ERRCODE = 'undefined_column';
        END IF;
    END IF;

    -- the steps, which a tracked table knows
    SELECT t.stage_type INTO stage_type FROM journey.tracked() t WHERE t.rel = rel AND t.journey_column = column_name;
    labels := steps;
    IF stage_type IS NOT NULL THEN
        known := journey.stage_labels(stage_type);
        SELECT l INTO bad FROM unnest(steps) l WHERE l <> ALL (known) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'step "%" is no stage of table %', bad, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = format('The stages are: %s.', array_to_string(known, ', '));
        END IF;
        IF steps IS NULL THEN
            labels := ARRAY(SELECT l FROM unnest(known) WITH ORDINALITY u (l, n)
                            WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
        END IF;
    ELSIF steps IS NULL THEN
        RAISE EXCEPTION 'steps must be given' USING ERRCODE = 'null_value_not_allowed',
            DETAIL = format('Table %s is not tracked, so nothing says what its stages are.', rel),
            HINT = 'Name them in their order: steps => ARRAY[...].';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.conversion_source(pg_catalog.regclass, pg_catalog.text, pg_catalog.text[]) IS
    'where the journeys of a table are, and what its steps are; checks the steps of a tracked table';

-- Periods as conversion and its kin take them: the length of one, as an interval of local time.
CREATE FUNCTION journey.conversion_period(period pg_catalog.text, since pg_catalog.timestamptz, until pg_catalog.timestamptz, tz pg_catalog.text)
    RETURNS pg_catalog.interval
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF tz IS NULL THEN
        RAISE EXCEPTION 'time zone must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    -- what is no time zone is an error here, and not when there are rows
    PERFORM timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE tz;
    IF since >= until THEN
        RAISE EXCEPTION 'since must be before until' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('They are %s and %s.', since, until);
    END IF;
    IF period IS NULL THEN
        RETURN NULL;
    ELSIF period NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
        RAISE EXCEPTION 'unknown period "%"', period USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Periods are day, week, month, quarter and year.';
    END IF;
    RETURN CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END;
END
$function$;
COMMENT ON FUNCTION journey.conversion_period(pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text) IS
    'the length of a period, after checking it, its limits and its time zone';

CREATE FUNCTION journey.conversion_dimension(rel pg_catalog.regclass, dimension pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF dimension IS NULL THEN
        RETURN 'NULL::pg_catalog.text';
    END IF;
    PERFORM FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = dimension AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no column "%"', rel, dimension USING ERRCODE = 'undefined_column',
            HINT = 'A dimension is a column; for an expression make a view.';
    END IF;
    RETURN format('t.%I', dimension);
END
$function$;
COMMENT ON FUNCTION journey.conversion_dimension(pg_catalog.regclass, pg_catalog.text) IS
    'a dimension as SQL over a table that is called t';

CREATE TYPE journey.conversion_share AS (
    share pg_catalog.float8, plateau pg_catalog.float8, greenwood pg_catalog.float8, horizon pg_catalog.float8);
COMMENT ON TYPE journey.conversion_share IS
    'the share that has converted by a time and by the horizon, the sum of Greenwood there, and the horizon in seconds';
CREATE FUNCTION journey.conversion_share(entered_at pg_catalog.timestamptz, converted_at pg_catalog.timestamptz, watched_until pg_catalog.timestamptz)
    RETURNS journey.conversion_share
    AS 'MODULE_PATHNAME', 'conversion_share' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conversion_share(pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
    'the share of the partition that has converted by the time for which this row was watched, and by the horizon';

CREATE FUNCTION journey.conversion(
    rel pg_catalog.regclass, kind pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    within pg_catalog.interval DEFAULT NULL, target pg_catalog.text DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.conversion_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    counts text;                -- CTEs that end in "tally": dim, key, step, entered, converted, age, maturity, expected
BEGIN
    IF kind IS NULL THEN
        RAISE EXCEPTION 'kind of conversion must not be null' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Kinds are cohort, snapshot and flow.';
    ELSIF kind NOT IN ('cohort', 'snapshot', 'flow') THEN
        RAISE EXCEPTION 'unknown kind of conversion "%"', kind USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Kinds are cohort, snapshot and flow.';
    ELSIF within IS NOT NULL AND kind <> 'cohort' THEN
        RAISE EXCEPTION 'within has a meaning for cohorts only' USING ERRCODE = 'invalid_parameter_value';
    ELSIF target IS NOT NULL AND kind = 'flow' THEN
        RAISE EXCEPTION 'a flow has no target' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'It is about single moves, from one step to the next.';
    END IF;
    -- what is wrong with the arguments is told also when there are no rows
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment, within, target);
    PERFORM FROM journey.wilson(0, 0, level);
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    IF kind = 'cohort' THEN
        counts := format($query$
    fact AS (
        SELECT f.*, journey.conversion_share(f.at, f.converted_at, f.till) OVER (PARTITION BY f.step) AS curve
        FROM (
            SELECT s.dim, (s.c).step AS step, (s.c).entered_at AS at, (s.c).converted_at AS converted_at, (s.c).watched_until AS till
            FROM (SELECT %s AS dim, journey.cohort_steps(t.%I, $1, $2, $3, $4, $5) AS c FROM %s t) s) f),
    tally AS (
        SELECT f.dim, f.key, f.step, count(*) AS entered, count(f.converted_at) AS converted, $3 - max(f.at) AS age,
               CASE WHEN max(f.plateau) > 0 THEN avg(LEAST(f.share, f.plateau)) / max(f.plateau) END AS maturity,
               CASE WHEN max(f.plateau) > 0 THEN
                   (count(f.converted_at) + sum(CASE WHEN f.converted_at IS NULL AND f.share < f.plateau
                                                     THEN (f.plateau - f.share) / (1 - f.share) ELSE 0 END)) / count(*) END AS expected
        FROM (
            SELECT dim, date_trunc($9, at AT TIME ZONE $8) AS key, step, at, converted_at, (curve).share AS share, (curve).plateau AS plateau
            FROM fact WHERE ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7)) f
        GROUP BY 1, 2, 3),
    span AS (SELECT min(key) AS low, max(key) AS high FROM tally)$query$, split, source.column_name, source.relation);
    ELSIF kind = 'flow' THEN
        counts := format($query$
    fact AS (
        SELECT s.dim, (s.c).step AS step, (s.c).left_at AS at, (s.c).converted AS converted
        FROM (SELECT %s AS dim, journey.flow_steps(t.%I, $1, $2, $3) AS c FROM %s t) s),
    tally AS (
        SELECT dim, date_trunc($9, at AT TIME ZONE $8) AS key, step, count(*) AS entered, count(*) FILTER (WHERE converted) AS converted,
               NULL::interval AS age, NULL::float8 AS maturity, NULL::float8 AS expected
        FROM fact WHERE ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7)
        GROUP BY 1, 2, 3),
    span AS (SELECT min(key) AS low, max(key) AS high FROM tally)$query$, split, source.column_name, source.relation);
    ELSE
        counts := format($query$
    span AS (
        SELECT date_trunc($9, min(journey.started_at(t.%2$I)) AT TIME ZONE $8) AS low,
               date_trunc($9, max(LEAST(journey.updated_at(t.%2$I), $3)) AT TIME ZONE $8) AS high
        FROM %3$s t WHERE journey.started_at(t.%2$I) <= $3),
    place AS (
        SELECT s.dim, s.key, array_position($1, s.label) AS place, s.n
        FROM (
            SELECT %1$s AS dim, p.key, journey.stage_at(t.%2$I, LEAST($3, p.until - interval '1 microsecond')) AS label, count(*) AS n
            FROM %3$s t CROSS JOIN period p GROUP BY 1, 2, 3
        ) s),
    tally AS (
        SELECT p.dim, p.key, s.step, sum(p.n) FILTER (WHERE p.place = s.step OR $2 = 'implied' AND p.place > s.step)::int8 AS entered,
               sum(p.n) FILTER (WHERE p.place = s.target OR $2 = 'implied' AND p.place > s.target)::int8 AS converted,
               NULL::interval AS age, NULL::float8 AS maturity, NULL::float8 AS expected
        FROM place p CROSS JOIN step s GROUP BY 1, 2, 3)$query$, split, source.column_name, source.relation);
    END IF;

    RETURN QUERY EXECUTE format($query$
WITH RECURSIVE
    step AS (
        SELECT k AS step, COALESCE(array_position($1, $5), k + 1) AS target
        FROM generate_series(1, COALESCE(array_position($1, $5), cardinality($1)) - 1) k),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $8, $6) AS since, LEAST((k.key + $10) AT TIME ZONE $8, $7) AS until
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($9, $6 AT TIME ZONE $8), s.low, date_trunc($9, ($7 - interval '1 microsecond') AT TIME ZONE $8)),
                LEAST(COALESCE(date_trunc($9, ($7 - interval '1 microsecond') AT TIME ZONE $8), s.high, date_trunc($9, $6 AT TIME ZONE $8)),
                      date_trunc($9, $3 AT TIME ZONE $8)), $10) AS key
            FROM span s WHERE $9 IS NOT NULL
            UNION ALL
            SELECT NULL WHERE $9 IS NULL
        ) k),
    %s,
    -- periods and values of the dimension in which nothing happened are rows, too
    result AS (
        SELECT r.dim, r.key, r.step, COALESCE(sum(r.entered), 0)::int8 AS entered, COALESCE(sum(r.converted), 0)::int8 AS converted,
               max(r.age) AS age, max(r.maturity) AS maturity, max(r.expected) AS expected
        FROM (
            SELECT dim, key, step, entered, converted, age, maturity, expected FROM tally
            UNION ALL
            SELECT d.dim, p.key, s.step, 0, 0, NULL, NULL, NULL
            FROM (%s) d CROSS JOIN period p CROSS JOIN step s
        ) r
        GROUP BY 1, 2, 3)
SELECT $11, $2, p.since, p.until, r.dim::text, r.step, $1[r.step], $1[s.target], r.entered, r.converted,
       CASE WHEN r.entered > 0 THEN r.converted::float8 / r.entered END,
       -- two stocks are no share of each other: the interval of their ratio is that of the odds
       CASE WHEN $11 = 'snapshot' AND $2 = 'strict' THEN o.low / (1 - o.low) ELSE w.low END,
       CASE WHEN $11 = 'snapshot' AND $2 = 'strict' THEN o.high / NULLIF(1 - o.high, 0) ELSE w.high END,
       r.age, r.maturity, r.maturity >= 0.95 OR r.maturity IS NOT NULL AND r.converted = r.entered, r.expected
FROM result r
JOIN step s ON s.step = r.step
JOIN period p ON p.key IS NOT DISTINCT FROM r.key
CROSS JOIN LATERAL journey.wilson(LEAST(r.converted, r.entered), r.entered, $12) w
CROSS JOIN LATERAL journey.wilson(CASE WHEN r.entered > 0 THEN r.converted ELSE 0 END,
                                  CASE WHEN r.entered > 0 THEN r.entered + r.converted ELSE 0 END, $12) o
ORDER BY r.key, r.dim, r.step$query$, counts,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING source.labels, reach, moment, within, target, since, until, tz, period, period_length, kind, level;
END
$function$;
COMMENT ON FUNCTION journey.conversion(pg_catalog.regclass, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'conversion from each step to the next over the journeys of a table: cohort, snapshot or flow, by period and dimension, with intervals and maturity';

CREATE TYPE journey.customer_from_row AS (
    reach pg_catalog.text, period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    from_stage pg_catalog.text, entered pg_catalog.int8,
    early pg_catalog.text, early_customers pg_catalog.int8, early_rate pg_catalog.float8, early_low pg_catalog.float8, early_high pg_catalog.float8,
    late pg_catalog.text, late_customers pg_catalog.int8, late_rate pg_catalog.float8, late_low pg_catalog.float8, late_high pg_catalog.float8,
    age pg_catalog.interval, early_maturity pg_catalog.float8, late_maturity pg_catalog.float8);
COMMENT ON TYPE journey.customer_from_row IS
    'how many of a cohort became customers by two definitions of when a customer is one';

CREATE FUNCTION journey.customer_from(
    rel pg_catalog.regclass, early pg_catalog.text, late pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    within pg_catalog.interval DEFAULT NULL, tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.customer_from_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF early IS NULL OR late IS NULL THEN
        RAISE EXCEPTION 'the stages from which somebody is a customer must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    -- both ask the same cohorts in the same order, so their rows come in pairs
    RETURN QUERY
    SELECT e.reach, e.period_from, e.period_to, e.dimension, e.from_stage, e.entered,
           e.to_stage, e.converted, e.rate, e.low, e.high,
           l.to_stage, l.converted, l.rate, l.low, l.high,
           e.age, e.maturity, l.maturity
    FROM (SELECT c.*, row_number() OVER () AS n
          FROM journey.conversion(rel, 'cohort', steps, reach, dimension, period, since, until, within, early, tz, as_of, journey_column, level) c
          WHERE c.step = 1) e
    JOIN (SELECT c.*, row_number() OVER () AS n
          FROM journey.conversion(rel, 'cohort', steps, reach, dimension, period, since, until, within, late, tz, as_of, journey_column, level) c
          WHERE c.step = 1) l USING (n)
    ORDER BY n;
END
$function$;
COMMENT ON FUNCTION journey.customer_from(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'conversion of those who entered the first step into customers, by two definitions of the stage from which one is a customer, side by side';

CREATE FUNCTION journey.band(rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
    band_low pg_catalog.float8, band_high pg_catalog.float8) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN rate IS NULL OR band_low IS NULL AND band_high IS NULL THEN NULL
    WHEN COALESCE(high, rate) < band_low THEN 'below'
    WHEN COALESCE(low, rate) > band_high THEN 'above'
    WHEN COALESCE(rate >= band_low, true) AND COALESCE(rate <= band_high, true) THEN 'within'
    ELSE 'unclear' END;
COMMENT ON FUNCTION journey.band(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'where a figure lies to a band: below or above when its whole interval does, within, or unclear; a missing limit of the band does not limit';

CREATE TYPE journey.quality_row AS (
    reach pg_catalog.text, period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    leads pg_catalog.int8, qualified pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, band pg_catalog.text,
    never pg_catalog.float8, never_low pg_catalog.float8, never_high pg_catalog.float8, never_band pg_catalog.text,
    horizon pg_catalog.interval);
COMMENT ON TYPE journey.quality_row IS
    'how many leads have qualified, and the share that never will';

CREATE FUNCTION journey.quality(
    rel pg_catalog.regclass, qualified pg_catalog.text, lead pg_catalog.text DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.quality_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    first CONSTANT integer := CASE WHEN lead IS NULL THEN 1 ELSE array_position(source.labels, lead) END;
BEGIN
    IF qualified IS NULL THEN
        RAISE EXCEPTION 'the stage of qualified leads must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF first IS NULL THEN
        RAISE EXCEPTION 'stage of leads "%" is none of the steps', lead USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The steps are: %s.', array_to_string(source.labels, ', '));
    END IF;
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment, NULL, qualified);
    PERFORM FROM journey.wilson(0, 0, level);
    IF first >= array_position(source.labels, qualified) THEN
        RAISE EXCEPTION 'stage of qualified leads "%" must come after that of leads, "%"', qualified, source.labels[first]
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    RETURN QUERY EXECUTE format($query$
WITH
    entrant AS (
        SELECT s.dim, date_trunc($8, (s.c).entered_at AT TIME ZONE $7) AS key,
               (s.c).entered_at AS at, (s.c).converted_at AS converted_at, (s.c).watched_until AS till
        FROM (SELECT %s AS dim, journey.cohort_steps(t.%I, $1, $2, $3, NULL, $4) AS c FROM %s t) s
        WHERE (s.c).step = $10 AND ($5 IS NULL OR (s.c).entered_at >= $5) AND ($6 IS NULL OR (s.c).entered_at < $6)),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $7, $5) AS since, LEAST((k.key + $9) AT TIME ZONE $7, $6) AS until
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($8, $5 AT TIME ZONE $7), min(key), date_trunc($8, ($6 - interval '1 microsecond') AT TIME ZONE $7)),
                LEAST(COALESCE(date_trunc($8, ($6 - interval '1 microsecond') AT TIME ZONE $7), max(key), date_trunc($8, $5 AT TIME ZONE $7)),
                      date_trunc($8, $3 AT TIME ZONE $7)), $9) AS key
            FROM entrant WHERE $8 IS NOT NULL
            UNION ALL
            SELECT NULL WHERE $8 IS NULL
        ) k),
    fact AS MATERIALIZED (
        SELECT dense_rank() OVER (ORDER BY key, dim) AS g, at, converted_at, till FROM entrant),
    -- the same numbers beside what they stand for; a join of the leads themselves on equality would not match nulls
    name AS (SELECT key, dim, row_number() OVER (ORDER BY key, dim) AS g FROM (SELECT DISTINCT key, dim FROM entrant) e),
    segment AS (
        SELECT d.dim, p.key, p.since, p.until, n.g
        FROM (%s) d CROSS JOIN period p
        LEFT JOIN name n ON n.key IS NOT DISTINCT FROM p.key AND n.dim IS NOT DISTINCT FROM d.dim),
    tally AS (
        SELECT g, count(*) AS n, count(converted_at) AS converted, max((curve).plateau) AS share, max((curve).greenwood) AS greenwood,
               max((curve).horizon) AS horizon
        FROM (SELECT g, converted_at, journey.conversion_share(at, converted_at, till) OVER (PARTITION BY g) AS curve FROM fact) f
        GROUP BY g)
SELECT $2, s.since, s.until, s.dim::text, COALESCE(t.n, 0), COALESCE(t.converted, 0), w.rate, w.low, w.high,
       journey.band(w.rate, w.low, w.high, 0.12, 0.16),
       1 - t.share, v.low, v.high, journey.band(1 - t.share, v.low, v.high, 0.50, 0.90), justify_hours(make_interval(secs => t.horizon))
FROM segment s
LEFT JOIN tally t USING (g)
CROSS JOIN LATERAL journey.wilson(COALESCE(t.converted, 0), COALESCE(t.n, 0), $11) w
-- the number of leads that would tell as much, had all of them been watched to the end: K. J. Rothman (1978)
CROSS JOIN LATERAL (SELECT CASE WHEN t.greenwood > 0 AND t.share < 1 THEN t.share / ((1 - t.share) * t.greenwood) ELSE t.n END AS n) e
LEFT JOIN LATERAL journey.wilson((1 - t.share) * e.n, e.n, $11) v ON true
ORDER BY s.key, s.dim$query$, split, source.column_name, source.relation,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING source.labels, reach, moment, qualified, since, until, tz, period, period_length, first, level;
END
$function$;
COMMENT ON FUNCTION journey.quality(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'which share of the leads has qualified, and which never will (leads that are still young are not counted as failures); by source or any dimension';

CREATE TYPE journey.growth_row AS (
    stage pg_catalog.text, reach pg_catalog.text,
    period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, complete pg_catalog.bool, dimension pg_catalog.text,
    entered pg_catalog.int8, before pg_catalog.int8, change pg_catalog.int8,
    growth pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, multiple pg_catalog.float8);
COMMENT ON TYPE journey.growth_row IS
    'how many entered a stage in a period, against the period before and the first one';

CREATE FUNCTION journey.growth(
    rel pg_catalog.regclass, stage pg_catalog.text, period pg_catalog.text DEFAULT 'month',
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied', dimension pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.growth_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    place CONSTANT integer := array_position(source.labels, stage);
BEGIN
    IF period IS NULL THEN
        RAISE EXCEPTION 'period must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF stage IS NULL THEN
        RAISE EXCEPTION 'stage must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF place IS NULL THEN
        RAISE EXCEPTION 'stage "%" is none of the steps', stage USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The steps are: %s.', array_to_string(source.labels, ', '));
    END IF;
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment);
    PERFORM FROM journey.wilson(0, 0, level);
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    RETURN QUERY EXECUTE format($query$
WITH
    entrant AS (
        SELECT e.dim, date_trunc($7, e.at AT TIME ZONE $6) AS key
        FROM (
            SELECT %s AS dim, (SELECT min(journey.first_at(t.%I, l)) FROM unnest($1) l) AS at
            FROM %s t
        ) e
        WHERE e.at <= $3 AND ($4 IS NULL OR e.at >= $4) AND ($5 IS NULL OR e.at < $5)),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $6, $4) AS since, LEAST((k.key + $8) AT TIME ZONE $6, $5) AS until,
               k.key AT TIME ZONE $6 >= $4 IS NOT FALSE
               AND (k.key + $8) AT TIME ZONE $6 <= $5 IS NOT FALSE AND (k.key + $8) AT TIME ZONE $6 <= $3 AS complete
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($7, $4 AT TIME ZONE $6), min(key), date_trunc($7, ($5 - interval '1 microsecond') AT TIME ZONE $6)),
                LEAST(COALESCE(date_trunc($7, ($5 - interval '1 microsecond') AT TIME ZONE $6), max(key), date_trunc($7, $4 AT TIME ZONE $6)),
                      date_trunc($7, $3 AT TIME ZONE $6)), $8) AS key
            FROM entrant
        ) k),
    tally AS (
        SELECT u.dim, u.key, sum(u.n)::int8 AS n
        FROM (SELECT dim, key, count(*) AS n FROM entrant GROUP BY 1, 2
              UNION ALL
              SELECT d.dim, p.key, 0 FROM (%s) d CROSS JOIN period p) u
        GROUP BY 1, 2),
    serial AS (
        SELECT t.*, lag(t.n) OVER w AS before, first_value(t.n) OVER w AS base
        FROM tally t WINDOW w AS (PARTITION BY t.dim ORDER BY t.key))
SELECT $9, $2, p.since, p.until, p.complete, s.dim::text, s.n, s.before, s.n - s.before,
       CASE WHEN s.before > 0 THEN s.n::float8 / s.before - 1 END,
       -- given both counts together, how many fall into the later period is a share
       CASE WHEN s.before > 0 THEN w.low / (1 - w.low) - 1 END,
       CASE WHEN s.before > 0 THEN w.high / NULLIF(1 - w.high, 0) - 1 END,
       CASE WHEN s.base > 0 THEN s.n::float8 / s.base END
FROM serial s
JOIN period p ON p.key = s.key
CROSS JOIN LATERAL journey.wilson(CASE WHEN s.before > 0 THEN s.n ELSE 0 END, CASE WHEN s.before > 0 THEN s.n + s.before ELSE 0 END, $10) w
ORDER BY s.key, s.dim$query$, split, source.column_name, source.relation,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING CASE WHEN reach = 'implied' THEN source.labels[place:] ELSE ARRAY[stage] END, reach, moment, since, until, tz,
              period, period_length, stage, level;
END
$function$;
COMMENT ON FUNCTION journey.growth(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.float8) IS
    'how many entered a stage in each period, how that compares with the period before, and which multiple of the first it is';
