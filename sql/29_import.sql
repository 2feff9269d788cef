-- import: histories that other systems have written, and tables that have stages already

CREATE FUNCTION journey.import_time(value pg_catalog.text) RETURNS pg_catalog.timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    result timestamptz;
BEGIN
    -- fourteen digits are a year to a second, twelve or thirteen are milliseconds since 1970
    IF value ~ '^(19|20)\d{12}$' THEN
        value := overlay(value PLACING ' ' FROM 9 FOR 0);
    ELSIF value ~ '^\d{12,13}(\.0*)?$' THEN
        RETURN timestamptz 'epoch' + split_part(value, '.', 1)::bigint * interval '1 millisecond';
    END IF;
    result := value::timestamptz;
    RETURN CASE WHEN isfinite(result) THEN result END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION journey.import_time(pg_catalog.text) IS
    'a time of an export: text as PostgreSQL reads it, or milliseconds since 1970; NULL for what is no time';

CREATE FUNCTION journey.import_shapes()
    RETURNS TABLE (shape pg_catalog.text, role pg_catalog.text, needed pg_catalog.bool, names pg_catalog.text[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 45 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY VALUES
        ('moves', 'key', true, '{key,entity_id,record_id,id_of}'::text[]), ('moves', 'from', false, '{from_stage,from,old_stage,from_status,old_status,old_value}'),
        ('moves', 'to', true, '{to_stage,to,new_stage,to_status,new_status,new_value,stage,status}'), ('moves', 'at', true, '{at,changed_at,moved_at,created_at,date}'), ('moves', 'order', false, '{log_id,id,n}'),
        ('odoo', 'key', true, '{res_id}'), ('odoo', 'from', false, '{old_value_char}'), ('odoo', 'to', true, '{new_value_char}'),
        ('odoo', 'at', true, '{date,create_date}'), ('odoo', 'field', false, '{field,field_name,field_id}'), ('odoo', 'order', false, '{id,tracking_id}'),
        ('frappe', 'key', true, '{parent}'), ('frappe', 'from', true, '{from}'), ('frappe', 'to', false, '{to}'),
        ('frappe', 'at', true, '{from_date}'), ('frappe', 'until', false, '{to_date}'), ('frappe', 'order', false, '{idx}'),
        ('mautic', 'key', true, '{lead_id}'), ('mautic', 'to', true, '{event_name}'), ('mautic', 'at', true, '{date_added}'), ('mautic', 'order', false, '{id}'),
        ('hubspot', 'key', true, '{deal_id,contact_id,company_id,ticket_id,object_id,record_id,hs_object_id,vid,id}'), ('hubspot', 'to', true, '{value,property_value}'),
        ('hubspot', 'at', true, '{timestamp,change_date,changed_at}'), ('hubspot', 'field', false, '{property,property_name}'),
        ('hubspot_wide', 'key', true, '{hs_object_id,record_id,deal_id,contact_id,company_id,ticket_id,id}'),
        ('salesforce', 'key', true, '{opportunity_id,lead_id}'), ('salesforce', 'from', false, '{old_value}'), ('salesforce', 'to', true, '{new_value}'),
        ('salesforce', 'at', true, '{created_date,edit_date}'), ('salesforce', 'field', false, '{field,field_event}'), ('salesforce', 'order', false, '{id}'),
        ('salesforce_stage', 'key', true, '{opportunity_id}'), ('salesforce_stage', 'to', true, '{stage_name}'),
        ('salesforce_stage', 'at', true, '{created_date}'), ('salesforce_stage', 'order', false, '{id}');
END
$function$;
COMMENT ON FUNCTION journey.import_shapes() IS
    'the shapes of history that import_history reads: what each column is for, and by what names it is found';

CREATE FUNCTION journey.history_query(source pg_catalog.regclass, shape pg_catalog.text, columns pg_catalog.jsonb DEFAULT NULL)
    RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    place jsonb := '{}';        -- role to column
    fields text[];
    said text;
    one record;
    wide text[];
    wanted bool;
BEGIN
    IF source IS NULL OR shape IS NULL THEN
        RAISE EXCEPTION 'source and shape must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT EXISTS (SELECT FROM journey.import_shapes() s WHERE s.shape = shape) THEN
        RAISE EXCEPTION 'unknown shape of history "%"', shape USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The shapes are: %s.', (SELECT string_agg(DISTINCT s.shape, ', ' ORDER BY s.shape) FROM journey.import_shapes() s));
    ELSIF jsonb_typeof(columns) <> 'object' THEN
        RAISE EXCEPTION 'columns must be a JSON object of roles and column names' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") INTO said FROM jsonb_object_keys(COALESCE(columns, '{}')) k
        WHERE k NOT IN (SELECT s.role FROM journey.import_shapes() s WHERE s.shape = shape);
    IF said IS NOT NULL THEN
        RAISE EXCEPTION 'shape "%" has no column for: %', shape, said USING ERRCODE = 'invalid_parameter_value',
            HINT = format('It has: %s.', (SELECT string_agg(s.role, ', ') FROM journey.import_shapes() s WHERE s.shape = shape));
    END IF;
    FOR one IN SELECT s.role, s.needed, s.names FROM journey.import_shapes() s WHERE s.shape = shape LOOP
        IF columns ? one.role THEN
            PERFORM FROM pg_attribute a WHERE a.attrelid = source AND a.attname = columns ->> one.role AND a.attnum > 0 AND NOT a.attisdropped;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'column "%" of % does not exist', columns ->> one.role, source USING ERRCODE = 'undefined_column';
            END IF;
            place := place || jsonb_build_object(one.role, columns ->> one.role);
        ELSE
            SELECT a.attname INTO said FROM pg_attribute a
                CROSS JOIN LATERAL (SELECT regexp_replace(lower(a.attname), '[^a-z0-9]', '', 'g') AS plain) x
                CROSS JOIN LATERAL (SELECT min(u.i) AS place FROM unnest(one.names) WITH ORDINALITY u (name, i) WHERE replace(u.name, '_', '') = x.plain) y
                WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND y.place IS NOT NULL
                ORDER BY y.place, a.attnum LIMIT 1;
            IF FOUND THEN
                place := place || jsonb_build_object(one.role, said);
            ELSIF one.needed THEN
                RAISE EXCEPTION '% has no column for "%" of shape "%"', source, one.role, shape USING ERRCODE = 'undefined_column',
                    DETAIL = format('Looked for: %s.', array_to_string(one.names, ', ')), HINT = format('Name it: columns => ''{"%s": "..."}''.', one.role);
            END IF;
        END IF;
    END LOOP;

    IF shape = 'hubspot_wide' THEN
        SELECT array_agg(format('(%L, s.%I::text, %s)', regexp_replace(a.attname, '^hs_(v2_)?date_entered_', '', 'i'), a.attname,
                   COALESCE((SELECT format('s.%I::text', x.attname) FROM pg_attribute x WHERE x.attrelid = source AND x.attnum > 0 AND NOT x.attisdropped
                             AND lower(x.attname) = replace(lower(a.attname), 'date_entered_', 'date_exited_') LIMIT 1), 'NULL')) ORDER BY a.attnum)
            INTO wide FROM pg_attribute a
            WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~* '^hs_(v2_)?date_entered_.';
        IF wide IS NULL THEN
            RAISE EXCEPTION '% has no column hs_date_entered_... or hs_v2_date_entered_...', source USING ERRCODE = 'undefined_column';
        END IF;
        RETURN format('SELECT row_number() OVER () AS n, s.%I::text AS key, NULL::text AS from_raw, w.label AS raw, w.entered AS at_raw, w.exited AS until_raw, NULL::text AS next_raw FROM %s s CROSS JOIN LATERAL (VALUES %s) w (label, entered, exited) WHERE w.entered <> ''''',
            place ->> 'key', source, array_to_string(wide, ', '));
    END IF;

    fields := CASE shape WHEN 'odoo' THEN '{stage_id}'::text[] WHEN 'hubspot' THEN '{dealstage,lifecyclestage,hs_pipeline_stage,hs_lead_status}'
                         WHEN 'salesforce' THEN '{stagename,status,stage,lead status}' END;
    IF place ? 'field' AND fields IS NOT NULL THEN
        -- a filter that nothing passes is taken for an empty history otherwise
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s) OR EXISTS (SELECT FROM %1$s s WHERE lower(s.%I::text) = ANY (%L))', source, place ->> 'field', fields) INTO wanted;
        IF NOT wanted THEN
            EXECUTE format('SELECT string_agg(v, '', '' ORDER BY v COLLATE "C") FROM (SELECT DISTINCT COALESCE(s.%I::text, ''null'') COLLATE "C" AS v FROM %s s ORDER BY 1 LIMIT 10) x',
                place ->> 'field', source) INTO said;
            RAISE EXCEPTION 'no row of % is about a stage', source USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('Column "%s" has: %s. Wanted: %s.', place ->> 'field', said, array_to_string(fields, ', ')),
                HINT = 'Make a view of it in which that column has one of these names, or only the rows about the stage and no such column.';
        END IF;
    END IF;
    RETURN format('SELECT row_number() OVER (%s) AS n, s.%I::text AS key, %s AS from_raw, %s AS raw, s.%I::text AS at_raw, %s AS until_raw, %s AS next_raw FROM %s s%s',
        -- numbers by their value, also where they came as text
        CASE WHEN place ? 'order' THEN format('ORDER BY CASE WHEN s.%1$I::text ~ ''^-?[0-9]+$'' THEN s.%1$I::text::numeric END, s.%1$I::text COLLATE "C"', place ->> 'order') ELSE '' END,
        place ->> 'key',
        CASE WHEN place ? 'from' AND shape <> 'frappe' THEN format('s.%I::text', place ->> 'from') ELSE 'NULL::text' END,
        CASE shape WHEN 'frappe' THEN format('s.%I::text', place ->> 'from')
                   WHEN 'mautic' THEN format('regexp_replace(s.%I::text, ''^\d+ ?: ?'', '''')', place ->> 'to')
                   ELSE format('s.%I::text', place ->> 'to') END,
        place ->> 'at',
        CASE WHEN place ? 'until' THEN format('s.%I::text', place ->> 'until') ELSE 'NULL::text' END,
        CASE WHEN shape = 'frappe' AND place ? 'to' THEN format('s.%I::text', place ->> 'to') ELSE 'NULL::text' END,
        source,
        CASE WHEN place ? 'field' AND fields IS NOT NULL THEN format(' WHERE lower(s.%I::text) = ANY (%L)', place ->> 'field', fields) ELSE '' END);
END
$function$;
COMMENT ON FUNCTION journey.history_query(pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb) IS
    'the query that reads a history of one of the shapes: number, key, stage before, stage, time, end and stage after, as text';

-- $1 value_map, $2 labels
CREATE FUNCTION journey.history_steps(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text, columns pg_catalog.jsonb,
    key_column pg_catalog.text, created_column pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key text := key_column;
    n integer;
    bad text;
BEGIN
    IF key IS NULL THEN
        SELECT min(k.column_name), count(*) INTO key, n FROM journey.key_columns(target, '{}') k;
        IF n <> 1 THEN
            RAISE EXCEPTION 'table % has % columns in its primary key', target, n USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Say which column the history means: key_column => ''...''.';
        END IF;
    END IF;
    SELECT c INTO bad FROM unnest(ARRAY[key, created_column]) c
        WHERE c IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped);
    IF FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', bad, target USING ERRCODE = 'undefined_column';
    END IF;
    RETURN format($query$
WITH raw AS MATERIALIZED (
    SELECT r.n, r.key, journey.import_time(NULLIF(r.at_raw, '')) AS at, journey.import_time(NULLIF(r.until_raw, '')) AS until, r.at_raw,
           NULLIF(r.raw, '') AS raw, NULLIF(CASE WHEN $1 ? r.raw THEN $1 ->> r.raw ELSE r.raw END, '') AS stage,
           NULLIF(CASE WHEN $1 ? r.from_raw THEN $1 ->> r.from_raw ELSE r.from_raw END, '') AS from_stage,
           NULLIF(CASE WHEN $1 ? r.next_raw THEN $1 ->> r.next_raw ELSE r.next_raw END, '') AS next_stage,
           -- a label that is mapped to null is left out on purpose
           COALESCE($1 ? r.raw AND $1 ->> r.raw IS NULL, false) AS left_out
    FROM (%s) r
), known AS MATERIALIZED (
    SELECT t.%I::text AS key, %s AS created FROM %s t WHERE t.%2$I IS NOT NULL
), good AS MATERIALIZED (
    SELECT DISTINCT ON (r.key, r.at, r.stage) r.*, k.created
    FROM raw r JOIN known k ON k.key = r.key
    WHERE r.at IS NOT NULL AND r.stage = ANY ($2)
    ORDER BY r.key, r.at, r.stage, r.n
), chain AS MATERIALIZED (
    -- what has one time keeps the order it was written in, a microsecond apart
    SELECT g.*, g.at + (row_number() OVER (PARTITION BY g.key, g.at ORDER BY g.n) - 1) * interval '1 microsecond' AS moved_at,
           lag(g.stage) OVER w AS before, lag(g.at) OVER w AS before_at, lag(g.until) OVER w AS before_until, lag(g.next_stage) OVER w AS before_next,
           lead(g.n) OVER w AS after
    FROM good g WINDOW w AS (PARTITION BY g.key ORDER BY g.at, g.n)
), entries AS (
    SELECT c.key, c.stage, c.moved_at AS at FROM chain c
    UNION ALL
    -- the stage that was left and that nothing tells the beginning of
    SELECT c.key, c.from_stage, CASE WHEN c.before IS NULL AND c.created < c.moved_at THEN c.created ELSE c.moved_at - interval '1 microsecond' END
    FROM chain c
    WHERE c.from_stage = ANY ($2) AND c.from_stage <> c.stage AND c.from_stage IS DISTINCT FROM c.before
      AND (c.before_at IS NULL OR c.before_at < c.at - interval '1 microsecond')
    UNION ALL
    SELECT c.key, c.next_stage, c.until FROM chain c
    WHERE c.after IS NULL AND c.next_stage = ANY ($2) AND c.until > c.moved_at
), built AS MATERIALIZED (
    SELECT e.key, journey.collapse(journey.journey_agg(e.stage, e.at)) AS journey FROM entries e GROUP BY e.key
)
$query$, journey.history_query(source, shape, columns), key,
        CASE WHEN created_column IS NULL THEN 'NULL::timestamptz' ELSE format('t.%I::timestamptz', created_column) END, target);
END
$function$;
COMMENT ON FUNCTION journey.history_steps(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text) IS
    'the steps from the rows of a history to journeys, as the WITH clause of a query';

CREATE FUNCTION journey.import_report(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
    value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL, key_column pg_catalog.text DEFAULT NULL,
    created_column pg_catalog.text DEFAULT NULL, stage_column pg_catalog.text DEFAULT NULL, time_zone pg_catalog.text DEFAULT 'UTC')
    RETURNS TABLE (problem pg_catalog.text, rows pg_catalog.int8, examples pg_catalog.jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 14 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'
AS $function$
#variable_conflict use_variable
DECLARE
    it CONSTANT record := journey.tracked_column(target, stage_column);
    steps CONSTANT text := journey.history_steps(target, source, shape, columns, key_column, created_column);
BEGIN
    IF jsonb_typeof(COALESCE(value_map, '{}')) <> 'object' THEN
        RAISE EXCEPTION 'value_map must be a JSON object of labels and stages' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    RETURN QUERY EXECUTE steps || format($query$

, present AS MATERIALIZED (
    SELECT t.%1$s::text AS key, t.%2$I::text AS stage, journey.length(t.%5$I) AS length FROM %6$s t WHERE t.%1$s IS NOT NULL
), ordered AS (
    SELECT r.*, lag(r.at) OVER (PARTITION BY r.key ORDER BY r.n) AS written_before FROM raw r WHERE r.at IS NOT NULL
), problems (rank, problem, n, example) AS (
    SELECT 3, 'no key', r.n, jsonb_build_object('stage', r.raw, 'at', r.at_raw) FROM raw r WHERE r.key IS NULL
    UNION ALL
    SELECT 4, 'unknown key', r.n, jsonb_build_object('key', r.key) FROM raw r WHERE r.key IS NOT NULL AND NOT EXISTS (SELECT FROM known k WHERE k.key = r.key)
    UNION ALL
    SELECT 5, 'no time', r.n, jsonb_build_object('key', r.key, 'stage', r.raw, 'at', r.at_raw) FROM raw r WHERE r.at IS NULL
    UNION ALL
    SELECT 6, 'unknown stage', r.n, jsonb_build_object('key', r.key, 'stage', r.raw) FROM raw r WHERE NOT r.left_out AND (r.stage IS NULL OR r.stage <> ALL ($2))
    UNION ALL
    SELECT 7, 'duplicate', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at)
    FROM (SELECT r.*, row_number() OVER (PARTITION BY r.key, r.at, r.stage ORDER BY r.n) AS again FROM raw r WHERE r.key IS NOT NULL AND r.at IS NOT NULL AND r.stage = ANY ($2)) r WHERE r.again > 1
    UNION ALL
    SELECT 8, 'in the future', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at) FROM raw r WHERE r.at > now()
    UNION ALL
    SELECT 9, 'out of order', o.n, jsonb_build_object('key', o.key, 'stage', o.stage, 'at', o.at, 'after', o.written_before) FROM ordered o WHERE o.at < o.written_before AND %4$s
    UNION ALL
    SELECT 10, 'same time', c.n, jsonb_build_object('key', c.key, 'stages', jsonb_build_array(c.before, c.stage), 'at', c.at) FROM chain c WHERE c.at = c.before_at
    UNION ALL
    SELECT 11, 'negative duration', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at, 'until', r.until) FROM raw r WHERE r.until < r.at
    UNION ALL
    SELECT 12, 'gap', c.n, jsonb_build_object('key', c.key, 'at', c.at, 'was', c.before, 'from', c.from_stage) FROM chain c
    WHERE c.before IS NOT NULL AND c.from_stage IS NOT NULL AND c.from_stage <> c.before
    UNION ALL
    SELECT 12, 'gap', c.n, jsonb_build_object('key', c.key, 'at', c.at, 'was', c.before_next, 'from', c.stage) FROM chain c
    WHERE c.before_next IS NOT NULL AND c.before_next <> c.stage
    UNION ALL
    SELECT 13, 'gap in time', c.n, jsonb_build_object('key', c.key, 'stage', c.before, 'until', c.before_until, 'next', c.at) FROM chain c
    WHERE %3$s AND (c.before_until IS NULL AND c.before IS NOT NULL OR abs(extract(epoch FROM c.at - c.before_until)) > 1)
    UNION ALL
    SELECT 14, 'move not allowed', row_number() OVER (ORDER BY b.key, m.at), jsonb_build_object('key', b.key, 'from', m.from_label, 'to', m.to_label, 'at', m.at)
    FROM built b CROSS JOIN LATERAL journey.moves(b.journey) m
    WHERE (m.from_label, m.to_label) NOT IN (SELECT x.from_stage, x.to_stage FROM journey.rule_moves($3, $4) x WHERE x.from_stage IS NOT NULL)
    UNION ALL
    SELECT 15, 'ends elsewhere', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key, 'stage', t.stage, 'history', journey.current(b.journey))
    FROM present t JOIN built b ON b.key = t.key WHERE t.stage COLLATE "C" <> journey.current(b.journey)
    UNION ALL
    SELECT 16, 'no stage now', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t JOIN built b ON b.key = t.key WHERE t.stage IS NULL
    UNION ALL
    SELECT 17, 'no history', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t WHERE t.stage IS NOT NULL AND NOT EXISTS (SELECT FROM built b WHERE b.key = t.key)
    UNION ALL
    SELECT 18, 'has a journey', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t JOIN built b ON b.key = t.key WHERE t.length > 1
), counted AS (
    SELECT p.rank, p.problem, p.example, row_number() OVER (PARTITION BY p.problem ORDER BY p.n) AS i FROM problems p
)
SELECT x.problem, x.rows, x.examples FROM (
    SELECT 1 AS rank, 'rows read' AS problem, count(*) AS rows, NULL::jsonb AS examples FROM raw
    UNION ALL
    SELECT 2, 'journeys built', count(*), NULL FROM built
    UNION ALL
    SELECT c.rank, c.problem, count(*), jsonb_agg(c.example ORDER BY c.i) FILTER (WHERE c.i <= 5) FROM counted c GROUP BY c.rank, c.problem
) x ORDER BY x.rank
$query$, quote_ident(COALESCE(key_column, (SELECT min(k.column_name) FROM journey.key_columns(target, '{}') k))), it.stage,
        CASE shape WHEN 'frappe' THEN 'true' ELSE 'false' END,
        -- the others have no number that says in which order they were written
        CASE WHEN shape IN ('moves', 'odoo', 'frappe', 'mautic') THEN 'true' ELSE 'false' END, it.journey, target)
        USING COALESCE(value_map, '{}'), journey.stage_labels(it.stage_type), it.rules, it.stage_type;
END
$function$;
COMMENT ON FUNCTION journey.import_report(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.text,
    pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'what an import of a history would find: rows, journeys, and what is odd about them, with examples';

CREATE FUNCTION journey.import_history(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
    value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL, key_column pg_catalog.text DEFAULT NULL,
    created_column pg_catalog.text DEFAULT NULL, stage_column pg_catalog.text DEFAULT NULL, time_zone pg_catalog.text DEFAULT 'UTC',
    existing pg_catalog.text DEFAULT 'keep', refuse pg_catalog.text[] DEFAULT '{no time,unknown stage}', dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (problem pg_catalog.text, rows pg_catalog.int8, examples pg_catalog.jsonb)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 15 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    it record := journey.tracked_column(target, stage_column);
    held record;
    known CONSTANT text[] := '{no key,unknown key,no time,unknown stage,duplicate,in the future,out of order,same time,negative duration,gap,gap in time,move not allowed,ends elsewhere,no stage now,no history,has a journey}';
    bad text;
    statement text;
    key text;
BEGIN
    IF existing IS NULL OR existing NOT IN ('keep', 'replace') THEN
        RAISE EXCEPTION 'existing must be "keep" or "replace", not %', COALESCE(quote_ident(existing), 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r INTO bad FROM unnest(refuse) r WHERE r IS NULL OR r <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no problem "%" to refuse', COALESCE(bad, 'null') USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Problems are: %s.', array_to_string(known, ', '));
    ELSIF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target) THEN
        RAISE EXCEPTION 'must be owner of table %', target USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT COALESCE(dry_run, false) THEN
        IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
            RAISE EXCEPTION 'a history cannot be imported at isolation level %', current_setting('transaction_isolation')
                USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
        END IF;
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
        -- what others have changed before the lock was had
        it := journey.tracked_column(target, stage_column);
        held := journey.suspend_statements(target, NULL);
    END IF;
    bad := NULL;
    FOR problem, rows, examples IN
        SELECT * FROM journey.import_report(target, source, shape, value_map, columns, key_column, created_column, stage_column, time_zone)
    LOOP
        IF problem = ANY (refuse) THEN
            bad := concat_ws(E'\n', bad, format('%s: %s, for instance %s', problem, rows, examples -> 0));
        END IF;
        RETURN NEXT;
    END LOOP;
    IF COALESCE(dry_run, false) THEN
        RETURN;
    ELSIF bad IS NOT NULL THEN
        RAISE EXCEPTION 'the history in % is not imported', source USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = bad,
            HINT = 'Correct it, map labels with value_map, or leave such rows out: refuse => ''{}''. import_report() shows more.';
    END IF;

    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    key := COALESCE(key_column, (SELECT min(k.column_name) FROM journey.key_columns(target, '{}') k));
    FOREACH statement IN ARRAY held.before LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE journey.history_steps(target, source, shape, columns, key_column, created_column) || format($query$
UPDATE %s%s t SET %I = CASE WHEN journey.current(b.journey) = t.%I::text COLLATE "C" THEN b.journey ELSE journey.append(b.journey, t.%4$I::text, now()) END
FROM built b WHERE b.key = t.%I::text AND t.%4$I IS NOT NULL%6$s
$query$, CASE WHEN (SELECT c.relkind = 'r' FROM pg_class c WHERE c.oid = target) THEN 'ONLY ' ELSE '' END, target, it.journey, it.stage, key,
        CASE existing WHEN 'keep' THEN format(' AND COALESCE(journey.length(t.%I), 0) <= 1', it.journey) ELSE '' END)
        USING COALESCE(value_map, '{}'), journey.stage_labels(it.stage_type);
    GET DIAGNOSTICS rows = ROW_COUNT;
    FOREACH statement IN ARRAY held.after LOOP
        EXECUTE statement;
    END LOOP;
    problem := 'rows imported';
    examples := NULL;
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION journey.import_history(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.text,
    pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.bool) IS
    'fills the journeys of a tracked table from the stage log of another system, all rows or none; returns what was odd about it';

CREATE FUNCTION journey.suggest_rules(target pg_catalog.regclass, key_column pg_catalog.text, source pg_catalog.regclass, shape pg_catalog.text,
    labels pg_catalog.text[], value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL,
    min_count pg_catalog.int8 DEFAULT 1, time_zone pg_catalog.text DEFAULT 'UTC',
    OUT rules pg_catalog.text, OUT moves pg_catalog.jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'
AS $function$
#variable_conflict use_variable
BEGIN
    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    EXECUTE journey.history_steps(target, source, shape, columns, key_column, NULL) || $query$
, seen AS (
    SELECT NULL::text AS f, x.label AS t, count(*) AS n
    FROM built b CROSS JOIN LATERAL (SELECT e.label FROM journey.events(b.journey) e ORDER BY e.at LIMIT 1) x GROUP BY 2
    UNION ALL
    SELECT m.from_label, m.to_label, count(*) FROM built b CROSS JOIN LATERAL journey.moves(b.journey) m GROUP BY 1, 2
), kept AS (
    SELECT s.f, string_agg('"' || replace(s.t, '"', '""') || '"', ', ' ORDER BY array_position($2, s.t)) AS t FROM seen s WHERE s.n >= $3 GROUP BY s.f
)
SELECT (SELECT string_agg(COALESCE('"' || replace(k.f, '"', '""') || '"', 'new') || ' -> ' || k.t, E';\n' ORDER BY array_position($2, k.f) NULLS FIRST) FROM kept k),
       (SELECT jsonb_agg(jsonb_build_object('from', s.f, 'to', s.t, 'count', s.n) ORDER BY array_position($2, s.f) NULLS FIRST, array_position($2, s.t)) FROM seen s)
$query$ INTO rules, moves USING COALESCE(value_map, '{}'), labels, COALESCE(min_count, 1);
END
$function$;
COMMENT ON FUNCTION journey.suggest_rules(pg_catalog.regclass, pg_catalog.text, pg_catalog.regclass, pg_catalog.text, pg_catalog.text[], pg_catalog.jsonb,
    pg_catalog.jsonb, pg_catalog.int8, pg_catalog.text) IS
    'rules that allow the moves a history shows at least so often, and how often it shows each';

CREATE FUNCTION journey.adopt(rel pg_catalog.regclass, stage_column pg_catalog.text, rules pg_catalog.text DEFAULT NULL,
    labels pg_catalog.text[] DEFAULT NULL, type_name pg_catalog.text DEFAULT NULL, value_map pg_catalog.jsonb DEFAULT NULL,
    history pg_catalog.regclass DEFAULT NULL, shape pg_catalog.text DEFAULT 'moves', columns pg_catalog.jsonb DEFAULT NULL,
    key_column pg_catalog.text DEFAULT NULL, created_column pg_catalog.text DEFAULT NULL, min_count pg_catalog.int8 DEFAULT 1,
    log pg_catalog.bool DEFAULT false, views pg_catalog.bool DEFAULT true, dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    col record;
    fk record;
    map jsonb := COALESCE(value_map, '{}');     -- of what the column holds to labels
    stages text;                                -- the enum, as SQL
    present text[];
    bad text;
    seen jsonb;
    plan jsonb := '[]';
    notes jsonb := '[]';
    one record;
    n bigint;
BEGIN
    IF rel IS NULL OR stage_column IS NULL THEN
        RAISE EXCEPTION 'table and stage column must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT format('%I.%I', ns.nspname, c.relname) AS name, c.relname, ns.nspname, c.relowner, c.relkind INTO tbl
        FROM pg_class c JOIN pg_namespace ns ON ns.oid = c.relnamespace WHERE c.oid = rel;
    IF NOT FOUND OR tbl.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '% is no table', rel USING ERRCODE = 'wrong_object_type';
    ELSIF NOT pg_has_role(tbl.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', rel USING ERRCODE = 'insufficient_privilege';
    ELSIF jsonb_typeof(map) <> 'object' THEN
        RAISE EXCEPTION 'value_map must be a JSON object of values and labels' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT a.attnum, a.atttypid, a.attgenerated, a.attidentity, y.typcategory, journey.stage_labels(a.atttypid) AS labels, pg_get_expr(d.adbin, d.adrelid) AS fallback INTO col
        FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = rel AND a.attname = stage_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', stage_column, rel USING ERRCODE = 'undefined_column';
    ELSIF EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = rel AND t.stage_column = stage_column) THEN
        RAISE EXCEPTION 'column "%" of table % is tracked already', stage_column, rel USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Its history is read by journey.import_history().';
    ELSIF col.attgenerated <> '' THEN
        RAISE EXCEPTION 'column "%" of table % is generated', stage_column, rel USING ERRCODE = 'invalid_column_reference';
    END IF;

    IF col.labels IS NOT NULL THEN
        stages := format_type(journey.stage_type(col.atttypid), NULL);
        IF labels IS NOT NULL AND labels <> col.labels THEN
            RAISE EXCEPTION 'column "%" of table % is of an enum already, with other labels', stage_column, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Change them with journey.rename_stage() and its kin.';
        END IF;
        labels := col.labels;
    ELSE
        -- a foreign key to a table of stages: its rows are the labels
        SELECT k.conname, k.confrelid, f.attname AS refers_to,
               (SELECT x.attname FROM pg_attribute x JOIN pg_type y ON y.oid = x.atttypid
                WHERE x.attrelid = k.confrelid AND x.attnum > 0 AND NOT x.attisdropped AND y.typcategory = 'S'
                ORDER BY array_position('{label,name,title,code,stage}'::text[], lower(x.attname)) NULLS LAST, x.attnum LIMIT 1) AS named_by,
               (SELECT x.attname FROM pg_attribute x
                WHERE x.attrelid = k.confrelid AND x.attnum > 0 AND NOT x.attisdropped AND lower(x.attname) = ANY ('{position,sequence,sort_order,sort,ordinal,weight}')
                ORDER BY x.attnum LIMIT 1) AS sorted_by
            INTO fk FROM pg_constraint k JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
            WHERE k.conrelid = rel AND k.contype = 'f' AND k.conkey = ARRAY[col.attnum] AND k.conparentid = 0 ORDER BY k.conname LIMIT 1;
        IF fk.conname IS NOT NULL THEN
            IF fk.named_by IS NULL THEN
                RAISE EXCEPTION 'table %, to which column "%" refers, has no text column to name stages by', fk.confrelid::regclass, stage_column USING ERRCODE = 'undefined_column';
            END IF;
            EXECUTE format('SELECT jsonb_object_agg(s.%I::text, s.%I), array_agg(s.%2$I::text ORDER BY s.%3$I, s.%1$I) FROM %4$s s',
                fk.refers_to, fk.named_by, COALESCE(fk.sorted_by, fk.refers_to), fk.confrelid::regclass) INTO seen, present;
            -- labels can be mapped on
            SELECT jsonb_object_agg(e.key, COALESCE(value_map ->> e.key, value_map ->> e.value, e.value)) INTO map FROM jsonb_each_text(COALESCE(seen, '{}')) e;
            map := COALESCE(map, '{}') || COALESCE(value_map, '{}');
            SELECT array_agg(x.l ORDER BY x.i) INTO present
                FROM (SELECT COALESCE(value_map ->> l, l) AS l, min(i) AS i FROM unnest(present) WITH ORDINALITY u (l, i) GROUP BY 1) x;
        ELSIF col.typcategory <> 'S' AND labels IS NULL THEN
            RAISE EXCEPTION 'column "%" of table % is %, and refers to no table of stages', stage_column, rel, format_type(col.atttypid, NULL)
                USING ERRCODE = 'datatype_mismatch', HINT = 'Say what its values mean: value_map => ''{"1": "lead", ...}'', labels => ARRAY[''lead'', ...].';
        ELSE
            EXECUTE format('SELECT array_agg(l ORDER BY l COLLATE "C") FROM (SELECT DISTINCT CASE WHEN $1 ? v THEN $1 ->> v ELSE v END AS l FROM (SELECT NULLIF(t.%I::text, '''') AS v FROM %s t) x) y WHERE l IS NOT NULL',
                stage_column, tbl.name) INTO present USING map;
            IF labels IS NULL THEN
                notes := notes || jsonb_build_object('warning', format('the order of the stages is that of the alphabet; labels => ARRAY[...] gives another: %s', array_to_string(present, ', ')));
            END IF;
        END IF;
        labels := COALESCE(labels, present, '{}');
        IF labels = '{}' THEN
            RAISE EXCEPTION 'column "%" of table % has no values to take stages from', stage_column, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Say which stages there are: labels => ARRAY[''...'', ...].';
        END IF;
        -- what the column holds must be a label
        EXECUTE format('SELECT min(v), count(*) FROM (SELECT NULLIF(t.%I::text, '''') AS v FROM %s t) x WHERE v IS NOT NULL AND CASE WHEN $1 ? v THEN $1 ->> v ELSE v END <> ALL ($2)',
            stage_column, tbl.name) INTO bad, n USING map, labels;
        IF n > 0 THEN
            RAISE EXCEPTION '% % of table % % a value that is no stage, for instance "%"', n, CASE n WHEN 1 THEN 'row' ELSE 'rows' END, rel, CASE n WHEN 1 THEN 'has' ELSE 'have' END, bad
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Add it to labels, or map it: value_map => ''{"...": "..."}''.';
        END IF;
        type_name := COALESCE(type_name, format('%I', journey.object_name(tbl.relname || '_' || stage_column, '')));
        stages := CASE cardinality(parse_ident(type_name)) WHEN 1 THEN format('%I.%I', tbl.nspname, (parse_ident(type_name))[1]) ELSE format('%I.%I', (parse_ident(type_name))[1], (parse_ident(type_name))[2]) END;
        plan := plan || jsonb_build_object('statement', format('SELECT journey.create_stages(%L, %L::pg_catalog.text[])', stages, labels));
        IF fk.conname IS NOT NULL THEN
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s DROP CONSTRAINT %I', tbl.name, fk.conname));
        END IF;
        FOR one IN SELECT k.conname, pg_get_constraintdef(k.oid) AS said FROM pg_constraint k WHERE k.conrelid = rel AND k.contype = 'c' AND k.conkey = ARRAY[col.attnum] AND k.coninhcount = 0 ORDER BY k.conname LOOP
            notes := notes || jsonb_build_object('warning', format('constraint %I is dropped, as the type takes its place: %s', one.conname, one.said));
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s DROP CONSTRAINT %I', tbl.name, one.conname));
        END LOOP;
        IF col.attidentity <> '' THEN
            RAISE EXCEPTION 'column "%" of table % is an identity column', stage_column, rel USING ERRCODE = 'invalid_column_reference';
        ELSIF col.fallback IS NOT NULL THEN
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', tbl.name, stage_column));
        END IF;
        plan := plan || jsonb_build_object('count', format('SELECT count(*) FROM %s', tbl.name),
            'statement', format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING (CASE %2$I::pg_catalog.text WHEN '''' THEN NULL%4$s ELSE %2$I::pg_catalog.text END)::%3$s', tbl.name, stage_column, stages,
                (SELECT string_agg(format(' WHEN %L THEN %L', e.key, e.value), '' ORDER BY e.key COLLATE "C") FROM jsonb_each_text(map) e)));
        IF col.fallback IS NOT NULL THEN
            IF col.fallback !~ '^(''([^'']|'''')*''(::[a-z ]+)?|[0-9]+)$' THEN
                RAISE EXCEPTION 'the default of column "%" of table % is no constant: %', stage_column, rel, col.fallback
                    USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Drop it first, and set another afterwards.';
            END IF;
            EXECUTE format('SELECT (%s)::text', col.fallback) INTO bad;
            bad := CASE WHEN map ? bad THEN map ->> bad ELSE bad END;
            IF bad = ANY (labels) THEN
                plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %L', tbl.name, stage_column, bad));
            ELSE
                notes := notes || jsonb_build_object('warning', format('the default %s is no stage and is dropped', col.fallback));
            END IF;
        END IF;
    END IF;

    -- the rules, given or seen
    IF history IS NOT NULL THEN
        SELECT s.rules, s.moves INTO one FROM journey.suggest_rules(rel, key_column, history, shape, labels, map, columns, min_count) s;
        notes := notes || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('the history has %s -> %s: %s', COALESCE(quote_ident(m ->> 'from'), 'new'), quote_ident(m ->> 'to'), m ->> 'count')) ORDER BY i)
                                    FROM jsonb_array_elements(one.moves) WITH ORDINALITY u (m, i)), '[]');
        IF rules IS NULL AND one.rules IS NOT NULL THEN
            rules := one.rules;
            notes := notes || jsonb_build_object('warning', E'rules are taken from the history:\n' || rules);
        END IF;
    END IF;
    IF rules IS NULL THEN
        rules := 'new, * -> *';
        notes := notes || jsonb_build_object('warning', 'no rules are given, and no history: every move is allowed');
    END IF;
    plan := plan || jsonb_build_object('statement', format('SELECT count(*) FROM journey.track(%L, %L, %L, log => %L, views => %L, adopt => true)', tbl.name, stage_column, rules, log, views));
    IF history IS NOT NULL THEN
        plan := plan || jsonb_build_object('result', true, 'statement', format('SELECT sum(rows) FILTER (WHERE problem = ''rows imported'') FROM journey.import_history(%L, %L, %L, %L, %L, %L, %L, %L)',
            tbl.name, history::text, shape, map, columns, key_column, created_column, stage_column));
    END IF;
    plan := plan || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', tbl.name, stage_column));
    RETURN QUERY SELECT * FROM journey.run_plan(notes || plan, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.adopt(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.jsonb,
    pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.bool, pg_catalog.bool, pg_catalog.bool) IS
    'takes over a table that has stages already: enum, journeys from its history, rules from what happened or as given; returns the statements and the rows they touched';
