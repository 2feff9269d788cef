-- views: what track makes beside a table to answer questions of time, and a wide view of dates

CREATE FUNCTION journey.key_columns(rel pg_catalog.regclass, taken pg_catalog.text[])
    RETURNS TABLE (n pg_catalog.int4, column_name pg_catalog.text, shown_as pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 2 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    names text[] := taken;
BEGIN
    -- a column whose name is taken is shown as key_..., and none is shown twice
    FOR n, column_name IN
        SELECT k.n, a.attname
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = key_columns.rel AND a.attnum = k.attnum
        WHERE i.indrelid = key_columns.rel AND i.indisprimary AND k.n <= i.indnkeyatts
        ORDER BY k.n
    LOOP
        shown_as := column_name;
        WHILE shown_as = ANY (names) LOOP
            shown_as := journey.object_name('key_' || shown_as, '');
        END LOOP;
        names := names || shown_as;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.key_columns(pg_catalog.regclass, pg_catalog.text[]) IS
    'the columns of the primary key of a table, and what they are called in a view that has columns of these names';

CREATE FUNCTION journey.time_views(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    prefix pg_catalog.text, steps pg_catalog.text[], value_column pg_catalog.text, won pg_catalog.text[], lost pg_catalog.text[])
    RETURNS TABLE (name pg_catalog.text, query pg_catalog.text, comments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl text;
    stage_type text;
    steps_sql text;
    won_sql text;
    ends_sql text;
    lost_sql text;
    value_sql text := 'NULL::double precision';
    keys text;
    key_comments text[];
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    -- conversion of those who entered a step in a month
    SELECT string_agg(quote_literal(u.l), ', ' ORDER BY u.n), count(*) AS n INTO one
        FROM (SELECT l, min(n) AS n FROM unnest(steps) WITH ORDINALITY s (l, n) GROUP BY l) u;
    IF one.n BETWEEN 2 AND 1000 THEN
        steps_sql := one.string_agg;
        name := journey.object_name(prefix, '_cohorts');
        query := format(
$view$SELECT c.month,
       c.step,
       c.from_stage,
       c.to_stage,
       (c.rate).entered AS entered,
       (c.rate).converted AS converted,
       (c.rate).rate AS rate,
       (c.rate).low AS low,
       (c.rate).high AS high,
       c.median_time,
       GREATEST(now() - ((c.month + interval '1 month') AT TIME ZONE 'UTC'), interval '0') AS age
FROM (
    SELECT date_trunc('month', s.entered_at AT TIME ZONE 'UTC')::date AS month,
           s.step,
           s.from_stage,
           s.to_stage,
           journey.rate(s.converted_at IS NOT NULL) AS rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.converted_at - s.entered_at) AS median_time
    FROM %1$s t CROSS JOIN LATERAL journey.cohort_steps(t.%2$I, ARRAY[%3$s], 'implied', now()) s
    GROUP BY 1, 2, 3, 4
) c
ORDER BY c.month, c.step$view$, tbl, journey_column, steps_sql);
        comments := ARRAY[
            '', format('of the rows of %s that first entered a step in a month, how many came to the next one (cohort conversion)', tbl),
            'month', 'the month, in UTC, in which the step was entered: its first day',
            'step', 'number of the step, from 1',
            'from_stage', 'the step that was entered; a later one implies it',
            'to_stage', 'the step after it',
            'entered', 'rows that first entered the step in this month',
            'converted', 'of these, how many have reached the next step by now',
            'rate', 'converted / entered',
            'low', 'lower end of the 95 % Wilson interval of rate',
            'high', 'upper end of the 95 % Wilson interval of rate',
            'median_time', 'median time to the next step, of those who reached it',
            'age', 'time since the end of the month; while it is short against median_time the rate is still growing'];
        RETURN NEXT;
    END IF;

    -- one row for each move
    keys := '';
    key_comments := '{}';
    FOR one IN SELECT k.column_name, k.shown_as
               FROM journey.key_columns(rel, '{move,from_stage,to_stage,at,dwell,regress,skip,skipped}') k ORDER BY k.n
    LOOP
        keys := keys || format(E't.%I AS %I,\n       ', one.column_name, one.shown_as);
        key_comments := key_comments || one.shown_as || format('column %s of %s', one.column_name, tbl);
    END LOOP;
    name := journey.object_name(prefix, '_moves');
    query := format(
$view$SELECT %4$sm.move,
       m.from_stage,
       m.to_stage,
       m.at,
       m.dwell,
       COALESCE(m.to_place < m.from_place, false) AS regress,
       COALESCE(m.to_place > m.from_place + 1, false) AS skip,
       CASE WHEN m.to_place > m.from_place THEN m.to_place - m.from_place - 1 ELSE 0 END AS skipped
FROM %1$s t
CROSS JOIN (SELECT journey.stage_order(%3$L::regtype) AS stages) o
CROSS JOIN LATERAL (
    SELECT s.n - 1 AS move,
           lag(s.label) OVER w AS from_stage,
           s.label AS to_stage,
           s.entered_at AS at,
           lag(s.dwell) OVER w AS dwell,
           lag(array_position(o.stages, s.label)) OVER w AS from_place,
           array_position(o.stages, s.label) AS to_place
    FROM journey.spells(t.%2$I, now()) s
    WINDOW w AS (ORDER BY s.n)
) m
WHERE m.move > 0$view$, tbl, journey_column, stage_type, keys);
    comments := ARRAY['', format('the moves of the rows of %s from stage to stage, by their journeys; a row that came new made no move', tbl)]
        || key_comments || ARRAY[
        'move', 'number of the move of this row, from 1',
        'from_stage', 'the stage that was left',
        'to_stage', 'the stage that was entered',
        'at', 'when',
        'dwell', 'how long the row had been in from_stage',
        'regress', 'was it to an earlier stage; stages of kind lost and detour are neither earlier nor later',
        'skip', 'were stages left out on the way',
        'skipped', 'how many were left out'];
    RETURN NEXT;

    IF won IS NULL OR cardinality(won) = 0 THEN
        RETURN;
    END IF;
    SELECT COALESCE(string_agg(quote_literal(l), ', ' ORDER BY n), '') INTO won_sql FROM unnest(won) WITH ORDINALITY u (l, n);
    SELECT COALESCE(string_agg(quote_literal(l), ', ' ORDER BY n), '') INTO lost_sql FROM unnest(lost) WITH ORDINALITY u (l, n);
    ends_sql := concat_ws(', ', won_sql, NULLIF(lost_sql, ''));
    IF value_column IS NOT NULL THEN
        value_sql := format('t.%I::numeric::double precision', value_column);
    END IF;

    -- how fast what is open turns into what is won
    name := journey.object_name(prefix, '_velocity');
    query := format(
$view$SELECT s.stage,
       COALESCE(f.open_now, 0) AS open_now,
       COALESCE(f.entered, 0) AS entered,
       COALESCE(f.won, 0) AS won,
       COALESCE(f.lost, 0) AS lost,
       f.won::double precision / NULLIF(f.won + f.lost, 0) AS win_rate_closed,
       f.won::double precision / NULLIF(f.entered, 0) AS win_rate_all,
       f.mean_value,
       f.median_cycle,
       f.mean_cycle,
       journey.velocity(f.open_now, f.won::double precision / NULLIF(f.won + f.lost, 0), %8$s, f.median_cycle) AS velocity_closed,
       journey.velocity(f.open_now, f.won::double precision / NULLIF(f.entered, 0), %8$s, f.median_cycle) AS velocity_all
FROM (
    SELECT NULL::text AS stage, 0::bigint AS n
    UNION ALL
    SELECT e.stage::text, e.n FROM unnest(enum_range(NULL::%3$s)) WITH ORDINALITY e (stage, n)
    WHERE e.stage::text <> ALL (ARRAY[%5$s]::text[])
) s
LEFT JOIN (
    SELECT v.stage,
           count(*) FILTER (WHERE CASE WHEN v.stage IS NULL THEN w.won_at IS NULL AND c.label <> ALL (ARRAY[%6$s]::text[])
                                       ELSE c.label = v.stage END) AS open_now,
           count(*) AS entered,
           count(w.won_at) AS won,
           count(*) FILTER (WHERE w.won_at IS NULL AND c.label = ANY (ARRAY[%6$s]::text[])) AS lost,
           avg(%7$s) FILTER (WHERE w.won_at IS NOT NULL) AS mean_value,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY w.won_at - v.entered_at) AS median_cycle,
           avg(w.won_at - v.entered_at) AS mean_cycle
    FROM %1$s t
    CROSS JOIN LATERAL (SELECT journey.stage_at(t.%2$I, now()) AS label) c
    CROSS JOIN LATERAL (
        SELECT e.label AS stage, min(e.at) AS entered_at
        FROM journey.events(t.%2$I) e WHERE e.at <= now()
        GROUP BY GROUPING SETS ((e.label), ())
    ) v
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS won_at
        FROM journey.events(t.%2$I) e
        WHERE e.label = ANY (ARRAY[%4$s]::text[]) AND e.at >= v.entered_at AND e.at <= now()
    ) w
    WHERE v.entered_at IS NOT NULL
    GROUP BY v.stage
) f ON f.stage IS NOT DISTINCT FROM s.stage
ORDER BY s.n$view$, tbl, journey_column, stage_type, won_sql, ends_sql, lost_sql, value_sql,
        CASE WHEN value_column IS NULL THEN '1' ELSE 'f.mean_value' END);
    comments := ARRAY[
        '', format('how fast the rows of %s are won: those that are open x win rate x mean value / cycle, for each stage and (stage null) for all', tbl),
        'stage', 'the stage; null for the whole table, from the beginning of the journeys',
        'open_now', 'rows in this stage now; for the whole table, those neither won nor lost',
        'entered', 'rows that ever entered the stage',
        'won', format('of these, how many were ever won after that: %s', array_to_string(won, ', ')),
        'lost', format('of these, how many were not won and are lost now: %s', COALESCE(NULLIF(array_to_string(lost, ', '), ''), 'there is no such stage')),
        'win_rate_closed', 'won / (won + lost): of the closed ones only',
        'win_rate_all', 'won / entered: of all, those that are open counted as not won',
        'mean_value', CASE WHEN value_column IS NULL THEN 'null, since no column of values was named' ELSE format('mean of column %s, of those that were won', value_column) END,
        'median_cycle', 'median time from the first entry of the stage to the first win after it, of those that were won',
        'mean_cycle', 'mean of the same',
        'velocity_closed', format('%s a day: open_now x win_rate_closed%s / median_cycle in days', CASE WHEN value_column IS NULL THEN 'wins' ELSE 'value won' END,
                                  CASE WHEN value_column IS NULL THEN '' ELSE ' x mean_value' END),
        'velocity_all', 'the same with win_rate_all'];
    RETURN NEXT;

    -- those that stay longer than the ones that were won
    keys := '';
    key_comments := '{}';
    FOR one IN SELECT k.column_name, k.shown_as
               FROM journey.key_columns(rel, '{stage,entered_at,dwell,p75,p90,won_stays,over_p90}') k ORDER BY k.n
    LOOP
        keys := keys || format(E't.%I AS %I,\n       ', one.column_name, one.shown_as);
        key_comments := key_comments || one.shown_as || format('column %s of %s', one.column_name, tbl);
    END LOOP;
    name := journey.object_name(prefix, '_stalled');
    query := format(
$view$SELECT %5$sc.label AS stage,
       c.entered_at,
       c.dwell,
       w.p75,
       w.p90,
       w.won_stays,
       c.dwell > w.p90 AS over_p90
FROM %1$s t
CROSS JOIN LATERAL (
    SELECT s.label, s.entered_at, s.dwell FROM journey.spells(t.%2$I, now()) s
    WHERE s.open AND s.label <> ALL (ARRAY[%4$s]::text[])
) c
JOIN (
    SELECT s.label,
           count(*) AS won_stays,
           percentile_cont(0.75) WITHIN GROUP (ORDER BY s.dwell) AS p75,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY s.dwell) AS p90
    FROM %1$s t
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS won_at FROM journey.events(t.%2$I) e WHERE e.label = ANY (ARRAY[%3$s]::text[]) AND e.at <= now()
    ) o
    CROSS JOIN LATERAL journey.spells(t.%2$I, now()) s
    WHERE s.left_at <= o.won_at
    GROUP BY s.label
) w ON w.label = c.label
WHERE c.dwell > w.p75$view$, tbl, journey_column, won_sql, ends_sql, keys);
    comments := ARRAY['', format('rows of %s that have been in their stage for longer than three quarters of those that were won', tbl)]
        || key_comments || ARRAY[
        'stage', 'the stage it is in',
        'entered_at', 'since when',
        'dwell', 'how long that is now',
        'p75', 'the dwell in this stage that 75 % of the stays of won rows did not exceed, before they were won',
        'p90', 'the same for 90 %',
        'won_stays', 'how many stays of won rows that is taken from',
        'over_p90', 'is it longer than p90, too'];
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION journey.time_views(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the views _cohorts, _moves, _velocity and _stalled of a stage column: names, queries, and comments by column';

CREATE FUNCTION journey.make_view(rel pg_catalog.regclass, journey_column pg_catalog.text, name pg_catalog.text, query pg_catalog.text,
    comments pg_catalog.text[]) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    columns text[];             -- of the view, as it is and as it is to be
    wanted CONSTANT text[] := ARRAY(SELECT comments[i] FROM generate_series(3, cardinality(comments), 2) i ORDER BY i);
    replace text := '';
    statements text[] := '{}';
    i integer := 1;
BEGIN
    SELECT n.nspname, c.relnamespace INTO tbl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO columns
        FROM journey.tracked_views(rel, journey_column) v JOIN pg_class c ON c.oid = v
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relname = name AND c.relnamespace = tbl.relnamespace;
    IF columns IS NOT NULL THEN
        -- columns can be added at the end of a view, and no others
        IF columns = wanted[1 : cardinality(columns)] THEN
            replace := 'OR REPLACE ';
        ELSE
            statements := statements || format('DROP VIEW %I.%I', tbl.nspname, name);
        END IF;
    ELSIF EXISTS (SELECT FROM pg_class c WHERE c.relname = name AND c.relnamespace = tbl.relnamespace) THEN
        RAISE EXCEPTION 'relation %, which is to be a view, exists already', format('%I.%I', tbl.nspname, name)
            USING ERRCODE = 'duplicate_table',
            HINT = 'Choose another beginning of the names, prefix => ''...'', or do without: views => false.';
    END IF;
    statements := statements || format(E'CREATE %sVIEW %I.%I WITH (security_invoker = true) AS\n%s', replace, tbl.nspname, name, query);
    WHILE i < cardinality(comments) LOOP
        statements := statements || CASE WHEN i = 1
            THEN format('COMMENT ON VIEW %I.%I IS %L', tbl.nspname, name, 'journey: ' || comments[2])
            ELSE format('COMMENT ON COLUMN %I.%I.%I IS %L', tbl.nspname, name, comments[i], comments[i + 1]) END;
        i := i + 2;
    END LOOP;
    RETURN statements;
END
$function$;
COMMENT ON FUNCTION journey.make_view(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[]) IS
    'the statements that make a view beside a table, or make it anew, with its comments: a column and what it is, in turn, after those of the view itself';

CREATE FUNCTION journey.stage_dates_view(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL,
    view_name pg_catalog.text DEFAULT NULL, which pg_catalog.text DEFAULT 'first', dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    it CONSTANT record := journey.tracked_column(rel, stage_column);
    labels CONSTANT text[] := journey.stage_labels(it.stage_type);
    name text;
    label text;
    shown text;
    columns text[] := ARRAY['stage'];       -- beside the key
    items text := '';
    comments text[] := '{}';
    keys text;
    key_comments text[] := '{}';
    statement text;
    one record;
BEGIN
    IF which IS NULL OR which NOT IN ('first', 'last') THEN
        RAISE EXCEPTION 'which must be "first" or "last", not %', COALESCE(quote_ident(which), 'null') USING ERRCODE = 'invalid_parameter_value';
    ELSIF labels IS NULL THEN
        RAISE EXCEPTION 'column "%" of table % is gone or is no enum', it.stage, rel USING ERRCODE = 'undefined_column';
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) AS tbl, COALESCE(view_name, journey.object_name(c.relname, '_stage_dates')) AS name INTO one
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    name := one.name;
    IF octet_length(name) > current_setting('max_identifier_length')::integer OR name = '' THEN
        RAISE EXCEPTION 'view name "%" is empty or too long', name USING ERRCODE = 'invalid_name';
    END IF;
    FOREACH label IN ARRAY labels LOOP
        shown := journey.object_name('entered_' || label, '');
        columns := columns || shown;
        items := items || format(E',\n       journey.%I(t.%I, %L) AS %I', which || '_at', it.journey, label, shown);
        comments := comments || shown || format('when the row entered stage %s %s; null if never', label, which);
    END LOOP;
    keys := '';
    FOR statement, label, shown IN
        SELECT format(E't.%I AS %I,\n       ', k.column_name, k.shown_as), k.column_name, k.shown_as FROM journey.key_columns(rel, columns) k ORDER BY k.n
    LOOP
        keys := keys || statement;
        key_comments := key_comments || shown || format('column %s of %s', label, one.tbl);
    END LOOP;
    FOREACH statement IN ARRAY journey.make_view(rel, it.journey, name,
        format(E'SELECT %st.%I AS stage%s\nFROM %s t', keys, it.stage, items, one.tbl),
        ARRAY['', format('when each row of %s entered each of its stages %s', one.tbl, which)]
            || key_comments || ARRAY['stage', 'the stage it is in'] || comments)
    LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.stage_dates_view(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'makes a wide view of a tracked table: for each stage a column entered_<stage> with the time; returns the statements it ran';
