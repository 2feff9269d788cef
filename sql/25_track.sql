-- track: attaching stages to a table; what is attached, and whether it holds

CREATE FUNCTION journey.object_name(base pg_catalog.text, suffix pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    room CONSTANT integer := current_setting('max_identifier_length');
    cut text;
BEGIN
    IF octet_length(base || suffix) <= room THEN
        RETURN base || suffix;
    END IF;
    -- too long: what is cut off is told apart by a digest of the whole
    suffix := '_' || left(md5(base), 8) || suffix;
    IF octet_length(suffix) >= room THEN
        RAISE EXCEPTION 'the second part of a name is too long' USING ERRCODE = 'name_too_long';
    END IF;
    cut := left(base, room);
    WHILE octet_length(cut || suffix) > room LOOP
        cut := left(cut, -1);
    END LOOP;
    RETURN cut || suffix;
END
$function$;
COMMENT ON FUNCTION journey.object_name(pg_catalog.text, pg_catalog.text) IS
    'a name made of two parts; one that is too long for an identifier is cut, and made unique by a digest';

-- ---------------------------------------------------------------- what is tracked

CREATE FUNCTION journey.trigger_arguments(trigger pg_catalog.oid) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    packed bytea;
    arguments text[] := '{}';
    till integer;
BEGIN
    SELECT t.tgargs INTO packed FROM pg_trigger t WHERE t.oid = trigger;
    -- each argument ends with a zero byte
    LOOP
        till := position('\x00'::bytea IN packed);
        EXIT WHEN COALESCE(till, 0) = 0;
        arguments := arguments || convert_from(substring(packed FOR till - 1), getdatabaseencoding()::name);
        packed := substring(packed FROM till + 1);
    END LOOP;
    RETURN arguments;
END
$function$;
COMMENT ON FUNCTION journey.trigger_arguments(pg_catalog.oid) IS
    'the arguments of a trigger, given its oid';

CREATE FUNCTION journey.tracked()
    RETURNS TABLE (rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
                   stage_type pg_catalog.regtype, rules pg_catalog.text, trigger_name pg_catalog.name, fires pg_catalog.text,
                   log_table pg_catalog.regclass, views pg_catalog.regclass[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.tgrelid::regclass, g.a[1], g.a[2], s.atttypid::regtype, g.a[3], t.tgname,
           CASE t.tgenabled WHEN 'O' THEN 'origin' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' ELSE 'never' END,
           (SELECT l.oid::regclass
            FROM pg_trigger lt CROSS JOIN LATERAL (SELECT journey.trigger_arguments(lt.oid)) lg (a)
                 JOIN pg_class l ON l.relname = lg.a[1] AND l.relnamespace = c.relnamespace
            WHERE lt.tgrelid = t.tgrelid AND lt.tgfoid = 'journey.log_moves()'::regprocedure AND lg.a[2] = g.a[1]
            LIMIT 1),
           (SELECT array_agg(v ORDER BY v::text COLLATE "C") FROM journey.tracked_views(t.tgrelid, g.a[2]) v)
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
    LEFT JOIN pg_attribute s ON s.attrelid = t.tgrelid AND s.attname = g.a[1] AND NOT s.attisdropped
    WHERE t.tgfoid = 'journey.transition()'::regprocedure AND t.tgparentid = 0
      AND NOT pg_is_other_temp_schema(c.relnamespace)
      AND (pg_has_role(c.relowner, 'USAGE')
           OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
    ORDER BY t.tgrelid::regclass::text COLLATE "C", g.a[1] COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.tracked() IS
    'the stage columns that are tracked, of all tables the user has any right on';

-- Views are known by what they read and by the first word of their comment.
CREATE FUNCTION journey.tracked_views(rel pg_catalog.regclass, journey_column pg_catalog.text) RETURNS SETOF pg_catalog.regclass
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 2 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT DISTINCT v.oid::regclass
    FROM pg_depend d
    JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
    JOIN pg_attribute a ON a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = rel AND d.refobjsubid = a.attnum
      AND starts_with(obj_description(v.oid, 'pg_class'), 'journey: ');
END
$function$;
COMMENT ON FUNCTION journey.tracked_views(pg_catalog.regclass, pg_catalog.text) IS
    'the views that track has made over a journey column';

CREATE FUNCTION journey.tracked_column(rel pg_catalog.regclass, stage_column pg_catalog.text,
    OUT stage pg_catalog.text, OUT journey pg_catalog.text, OUT stage_type pg_catalog.regtype, OUT rules pg_catalog.text,
    OUT trigger_name pg_catalog.name, OUT fires pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    n bigint;
BEGIN
    IF rel IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT count(*) OVER (), t.stage_column, t.journey_column, t.stage_type, t.rules, t.trigger_name, t.fires
        INTO n, stage, journey, stage_type, rules, trigger_name, fires
        FROM journey.tracked() t
        WHERE t.rel = tracked_column.rel AND (tracked_column.stage_column IS NULL OR t.stage_column = tracked_column.stage_column);
    IF n IS NULL THEN
        IF stage_column IS NULL THEN
            RAISE EXCEPTION 'table % is not tracked', rel USING ERRCODE = 'undefined_object',
                HINT = 'Attach stages with journey.track(); journey.tracked() shows what is tracked.';
        END IF;
        RAISE EXCEPTION 'column "%" of table % is not tracked', stage_column, rel USING ERRCODE = 'undefined_object',
            HINT = 'Attach stages with journey.track(); journey.tracked() shows what is tracked.';
    ELSIF n > 1 THEN
        RAISE EXCEPTION 'table % has % tracked columns', rel, n USING ERRCODE = 'ambiguous_parameter',
            HINT = 'Say which one, as stage_column => ''...''; or give rules and stage type, as journey.tracked() shows them.';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.tracked_column(pg_catalog.regclass, pg_catalog.text) IS
    'the tracked column of a table; which one must be said only where there are several';

CREATE FUNCTION journey.later_triggers(rel pg_catalog.regclass, trigger_name pg_catalog.text) RETURNS SETOF pg_catalog.name
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT t.tgname FROM pg_trigger t
    WHERE t.tgrelid = rel AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgfoid <> 'journey.transition()'::regprocedure
      -- for each row, before, at insert or update
      AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
      AND t.tgname > trigger_name::name
    ORDER BY t.tgname;
END
$function$;
COMMENT ON FUNCTION journey.later_triggers(pg_catalog.regclass, pg_catalog.text) IS
    'the triggers that may change a row after this one';

CREATE FUNCTION journey.lint(rel pg_catalog.regclass)
    RETURNS TABLE (severity pg_catalog.text, stage pg_catalog.text, problem pg_catalog.text, hint pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    it record;
    one record;
    message text;
    advice text;
    bad_guard boolean;
BEGIN
    PERFORM FROM journey.tracked() t WHERE t.rel = lint.rel;
    IF NOT FOUND THEN
        PERFORM journey.tracked_column(lint.rel, NULL);
    END IF;
    FOR it IN SELECT t.*, count(*) OVER () > 1 AS several FROM journey.tracked() t WHERE t.rel = lint.rel LOOP
        -- what the trigger itself would stumble over: columns, their types, labels, guards
        BEGIN
            PERFORM journey.check_transition(lint.rel, it.stage_column, it.journey_column, it.rules);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
            bad_guard := false;
            BEGIN
                -- guards one by one, so that each bad one is told
                FOR one IN SELECT s.statement, s.guard FROM journey.rule_statements(it.rules) s WHERE s.guard IS NOT NULL LOOP
                    BEGIN
                        PERFORM journey.check_guard(lint.rel, one.guard);
                    EXCEPTION WHEN OTHERS THEN
                        bad_guard := true;
                        GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
                        severity := 'error';
                        problem := format('guard of statement %s: %s', one.statement, problem);
                        hint := COALESCE(NULLIF(hint, ''), 'A guard is SQL over the columns of the new row.');
                        RETURN NEXT;
                    END;
                END LOOP;
            EXCEPTION WHEN OTHERS THEN
                NULL;           -- the rules cannot even be read, which is told below
            END;
            IF NOT bad_guard THEN
                RETURN QUERY SELECT 'error', NULL::text, message, NULLIF(advice, '');
            END IF;
        END;

        IF it.fires IN ('never', 'replica') THEN
            RETURN QUERY SELECT 'error', NULL::text, format('trigger "%s" does not fire', it.trigger_name),
                format('ALTER TABLE %s ENABLE TRIGGER %I', lint.rel, it.trigger_name);
        END IF;
        RETURN QUERY
        SELECT 'warning', NULL::text, format('trigger "%s" runs after "%s"', t.tgname, it.trigger_name),
               'If it changes the stage, the move is neither checked nor written down. Triggers run in the order of their names.'
        FROM journey.later_triggers(lint.rel, it.trigger_name) t (tgname);

        BEGIN
            RETURN QUERY
            SELECT l.severity, l.stage,
                   CASE WHEN it.several THEN format('column "%s": ', it.stage_column) ELSE '' END || l.problem, l.hint
            FROM journey.lint(it.rules, it.stage_type) l;
        EXCEPTION WHEN OTHERS THEN
            NULL;               -- told above
        END;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.lint(pg_catalog.regclass) IS
    'what is odd about the rules of a tracked table, its guards, columns and trigger';

CREATE FUNCTION journey.diagram(rel pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    it CONSTANT record := journey.tracked_column(rel, NULL);
BEGIN
    RETURN journey.diagram(it.rules, it.stage_type);
END
$function$;
COMMENT ON FUNCTION journey.diagram(pg_catalog.regclass) IS
    'the rules of a tracked table as a Mermaid state diagram';

CREATE FUNCTION journey.verify(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (part pg_catalog.regclass, row_id pg_catalog.tid, key pg_catalog.jsonb,
                   stage pg_catalog.text, journey_stage pg_catalog.text, problem pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    it CONSTANT record := journey.tracked_column(rel, verify.stage_column);
    key_expression text;
BEGIN
    SELECT format('jsonb_build_object(%s)', string_agg(format('%L, t.%I', a.attname, a.attname), ', ' ORDER BY k.n))
        INTO key_expression
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum
        WHERE i.indrelid = rel AND i.indisprimary AND k.n <= i.indnkeyatts
        HAVING count(*) > 0;

    -- of many rows few have another way than all the others: each way is looked at once, and then the rows that went a wrong one
    RETURN QUERY EXECUTE format($query$
        WITH allowed AS MATERIALIZED (
            SELECT r.from_stage, r.to_stage FROM journey.rule_moves($2, $3) r WHERE r.from_stage IS NOT NULL
        ), wrong AS MATERIALIZED (
            SELECT w.way FROM (SELECT DISTINCT journey.path(t.%3$I, "collapse" => false) AS way FROM %4$s t) w
            WHERE EXISTS (
                SELECT FROM generate_subscripts(w.way, 1) i
                WHERE w.way[i] <> ALL ($1)
                   OR i > 1 AND w.way[i - 1] <> w.way[i] AND w.way[i - 1] = ANY ($1)
                      AND (w.way[i - 1], w.way[i]) NOT IN (SELECT a.from_stage, a.to_stage FROM allowed a))
        )
        SELECT t.tableoid::regclass, t.ctid, %1$s, t.%2$I::text, journey.current(t.%3$I), p.problem
        FROM %4$s t
        CROSS JOIN LATERAL (
            SELECT 1, 'the row has a stage and no journey'
            WHERE t.%2$I IS NOT NULL AND journey.current(t.%3$I) IS NULL
            UNION ALL
            SELECT 1, 'the row has a journey and no stage'
            WHERE t.%2$I IS NULL AND journey.current(t.%3$I) IS NOT NULL
            UNION ALL
            SELECT 1, format('the stage is %%I, the journey ends in %%I', t.%2$I, journey.current(t.%3$I))
            WHERE t.%2$I::text COLLATE "C" <> journey.current(t.%3$I)
            UNION ALL
            SELECT DISTINCT 2, format('the journey has %%I, which is no stage', e.label)
            FROM journey.events(t.%3$I) e
            WHERE e.label <> ALL ($1)
            UNION ALL
            SELECT DISTINCT 3, format('no rule allows the move from %%I to %%I', m.from_label, m.to_label)
            FROM journey.moves(t.%3$I) m
            WHERE m.from_label <> m.to_label AND m.from_label = ANY ($1) AND m.to_label = ANY ($1)
              AND (m.from_label, m.to_label) NOT IN (SELECT a.from_stage, a.to_stage FROM allowed a)
        ) p (rank, problem)
        WHERE (t.%2$I IS NULL) <> (journey.current(t.%3$I) IS NULL) OR t.%2$I::text COLLATE "C" <> journey.current(t.%3$I)
           OR journey.path(t.%3$I, "collapse" => false) IN (SELECT w.way FROM wrong w)
        ORDER BY t.tableoid::regclass::text COLLATE "C", t.ctid, p.rank, p.problem COLLATE "C"
        $query$, COALESCE(key_expression, 'NULL::jsonb'), it.stage, it.journey, rel)
        USING journey.stage_labels(it.stage_type), it.rules, it.stage_type;
END
$function$;
COMMENT ON FUNCTION journey.verify(pg_catalog.regclass, pg_catalog.text) IS
    'rows of a tracked table whose stage and journey disagree, or whose journey holds what no rule allows';


-- ---------------------------------------------------------------- attaching

CREATE FUNCTION journey.track(
    rel pg_catalog.regclass, stage_column pg_catalog.text, rules pg_catalog.text,
    journey_column pg_catalog.text DEFAULT 'journey',
    log pg_catalog.bool DEFAULT NULL, views pg_catalog.bool DEFAULT true, adopt pg_catalog.bool DEFAULT false,
    steps pg_catalog.text[] DEFAULT NULL, funnel_options pg_catalog.text DEFAULT 'implied',
    prefix pg_catalog.text DEFAULT NULL, dry_run pg_catalog.bool DEFAULT false,
    value_column pg_catalog.text DEFAULT NULL, won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;                 -- the table
    col record;                 -- a column of it
    old record;                 -- how the stage column is tracked already
    name text;                  -- of the table, in SQL
    trigger_name text;
    labels text[];
    bad text;
    at_column text;
    statements text[] := '{}';
    late integer;               -- where the checks that need the journey column come
    one record;
BEGIN
    IF rel IS NULL OR stage_column IS NULL OR rules IS NULL OR journey_column IS NULL THEN
        RAISE EXCEPTION 'table, stage column, rules and journey column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;

    -- the table
    SELECT c.oid, c.relkind, c.relname, c.relnamespace, c.relispartition, c.relhassubclass, n.nspname INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no table with oid %', rel::oid USING ERRCODE = 'undefined_table';
    ELSIF tbl.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION 'cannot track %', rel USING ERRCODE = 'wrong_object_type',
            DETAIL = format('It is %s.', CASE tbl.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
                WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a composite type' ELSE 'an index' END),
            HINT = CASE tbl.relkind WHEN 'v' THEN 'Track the table under it.'
                WHEN 'f' THEN 'Track the table on its own server, where all its writers are.' ELSE 'Only tables can be tracked.' END;
    ELSIF tbl.relispartition THEN
        RAISE EXCEPTION 'cannot track partition %', rel USING ERRCODE = 'wrong_object_type',
            HINT = format('Track the partitioned table: %s.', pg_partition_root(rel));
    ELSIF tbl.relnamespace = 'pg_catalog'::regnamespace THEN
        RAISE EXCEPTION 'cannot track system table %', rel USING ERRCODE = 'wrong_object_type';
    END IF;
    name := format('%I.%I', tbl.nspname, tbl.relname);
    prefix := COALESCE(prefix, tbl.relname);

    -- the stage column
    SELECT a.atttypid, a.attnum, journey.stage_labels(a.atttypid) AS labels INTO col FROM pg_attribute a
        WHERE a.attrelid = rel AND a.attname = stage_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', stage_column, rel USING ERRCODE = 'undefined_column';
    ELSIF col.labels IS NULL THEN
        RAISE EXCEPTION 'stage column "%" of table % must be of an enum type, not %', stage_column, rel, format_type(col.atttypid, NULL)
            USING ERRCODE = 'datatype_mismatch',
            HINT = format('Make a type with journey.create_stages(), then: ALTER TABLE %s ALTER COLUMN %I TYPE new_type USING %2$I::text::new_type',
                          name, stage_column);
    END IF;
    labels := col.labels;
    PERFORM journey.check_rules(rules, col.atttypid::regtype);
    at_column := journey.rule_time_column(rules);

    -- what there is of earlier calls
    SELECT t.* INTO old FROM journey.tracked() t WHERE t.rel = rel AND t.stage_column = stage_column;
    IF FOUND AND old.journey_column <> journey_column THEN
        RAISE EXCEPTION 'column "%" of table % is tracked in journey column "%" already', stage_column, rel, old.journey_column
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Call journey.untrack() first.';
    END IF;
    SELECT t.stage_column INTO bad FROM journey.tracked() t
        WHERE t.rel = rel AND t.journey_column = journey_column AND t.stage_column <> stage_column;
    IF FOUND THEN
        RAISE EXCEPTION 'journey column "%" of table % belongs to stage column "%" already', journey_column, rel, bad
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Give this one a journey column and a prefix of its own: journey_column => ''...'', prefix => ''...''.';
    END IF;

    -- the journey column
    SELECT a.atttypid INTO col FROM pg_attribute a
        WHERE a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped;
    IF NOT FOUND THEN
        late := 2;
        statements := statements
            || format('ALTER TABLE %s ADD COLUMN %I journey.journey', name, journey_column)
            || format('COMMENT ON COLUMN %s.%I IS %L', name, journey_column,
                      format('the stages of column %I with the time each was entered; written by a trigger', stage_column));
        -- a guard that looks at the journey can be checked when it is there
        PERFORM FROM journey.rule_statements(rules) s WHERE strpos(s.guard, journey_column) > 0;
        IF NOT FOUND THEN
            PERFORM journey.check_transition(rel, stage_column, NULL, rules);
            late := NULL;
        END IF;
    ELSIF col.atttypid <> 'journey.journey'::regtype THEN
        RAISE EXCEPTION 'journey column "%" of table % must be of type journey.journey, not %',
            journey_column, rel, format_type(col.atttypid, NULL)
            USING ERRCODE = 'datatype_mismatch', HINT = 'Name another column: journey_column => ''...''.';
    ELSE
        PERFORM journey.check_transition(rel, stage_column, journey_column, rules);
    END IF;

    -- the trigger, which is away while existing rows are given their journeys
    trigger_name := COALESCE(old.trigger_name, journey.object_name('zz_journey_' || stage_column, ''));
    IF adopt THEN
        IF old.rel IS NOT NULL THEN
            statements := statements || format('DROP TRIGGER %I ON %s', trigger_name, name);
        END IF;
        statements := statements || format(
            'UPDATE %s%s SET %I = journey.journey(ARRAY[%I::pg_catalog.text], ARRAY[%s]) WHERE %4$I IS NOT NULL AND %3$I IS NULL',
            CASE WHEN tbl.relkind = 'r' AND tbl.relhassubclass THEN 'ONLY ' END, name, journey_column, stage_column,
            CASE WHEN at_column IS NULL THEN 'pg_catalog.now()'
                 ELSE format('CASE WHEN pg_catalog.isfinite(%1$I) AND %1$I < pg_catalog.now() THEN %1$I ELSE pg_catalog.now() END', at_column)
            END);
    END IF;
    IF adopt OR old.rules IS DISTINCT FROM rules THEN
        statements := statements || format(
            'CREATE %sTRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION journey.transition(%L, %L, %L)',
            CASE WHEN old.rel IS NOT NULL AND NOT adopt THEN 'OR REPLACE ' END, trigger_name, name, stage_column, journey_column, rules);
        IF old.fires <> 'origin' THEN
            statements := statements || format('ALTER TABLE %s %s TRIGGER %I', name,
                CASE old.fires WHEN 'always' THEN 'ENABLE ALWAYS' WHEN 'replica' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, trigger_name);
        END IF;
        IF old.rel IS NOT NULL AND old.rules <> rules THEN
            RAISE NOTICE 'trigger "%" of table % gets new rules', trigger_name, rel;
        END IF;
    ELSE
        RAISE NOTICE 'column "%" of table % is tracked by these rules already', stage_column, rel;
    END IF;
    FOR one IN SELECT t.tgname FROM journey.later_triggers(rel, trigger_name) t (tgname)
    LOOP
        RAISE NOTICE 'trigger "%" of table % runs after "%"', one.tgname, rel, trigger_name
            USING DETAIL = 'If it changes the stage, the move is neither checked nor written down.';
    END LOOP;
    IF tbl.relkind = 'r' AND tbl.relhassubclass THEN
        RAISE NOTICE 'tables that inherit from % are not tracked', rel USING DETAIL = 'Triggers are not inherited.';
    END IF;

    -- the log
    IF log AND old.log_table IS NULL THEN
        statements := statements || journey.log_statements(rel, stage_column, journey_column, journey.object_name(prefix, '_log'));
    ELSIF NOT log THEN
        statements := statements
            || ARRAY(SELECT format('DROP TRIGGER %I ON %s', t.tgname, name)
                     FROM pg_trigger t CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
                     WHERE t.tgrelid = rel AND t.tgfoid = 'journey.log_moves()'::regprocedure AND g.a[2] = stage_column
                     ORDER BY t.tgname);
    END IF;

    IF views THEN
        SELECT w, l INTO one FROM (SELECT 'step', s FROM unnest(steps) s UNION ALL SELECT 'won stage', s FROM unnest(won) s
                                   UNION ALL SELECT 'lost stage', s FROM unnest(lost) s) u (w, l)
            WHERE l IS NULL OR l <> ALL (labels) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '% % is no stage of column "%"', one.w, COALESCE(quote_ident(one.l), 'null'), stage_column
                USING ERRCODE = 'invalid_parameter_value', HINT = format('The stages are: %s.', array_to_string(labels, ', '));
        ELSIF won && lost THEN
            RAISE EXCEPTION 'a stage cannot be both won and lost' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF value_column IS NOT NULL THEN
            SELECT a.atttypid, y.typcategory INTO col FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                WHERE a.attrelid = rel AND a.attname = value_column AND a.attnum > 0 AND NOT a.attisdropped;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'column "%" of table % does not exist', value_column, rel USING ERRCODE = 'undefined_column';
            ELSIF col.typcategory <> 'N' THEN
                RAISE EXCEPTION 'value column "%" of table % must be a number, not %', value_column, rel, format_type(col.atttypid, NULL)
                    USING ERRCODE = 'datatype_mismatch';
            END IF;
        END IF;
        statements := statements || journey.view_statements(rel, stage_column, journey_column, prefix,
            COALESCE(steps, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n)
                                  WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n)),
            COALESCE(funnel_options, ''), value_column,
            COALESCE(won, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) = 'won' AND l <> ALL (COALESCE(lost, '{}')) ORDER BY n)),
            COALESCE(lost, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) = 'lost' AND l <> ALL (COALESCE(won, '{}')) ORDER BY n)));
    END IF;

    FOR i IN 1 .. cardinality(statements) LOOP
        IF NOT dry_run THEN
            EXECUTE statements[i];
            IF i = late THEN
                PERFORM journey.check_transition(rel, stage_column, journey_column, rules);
            END IF;
        END IF;
        RETURN NEXT statements[i] || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.track(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool,
    pg_catalog.bool, pg_catalog.bool, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool,
    pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'attaches a stage column to its rules: journey column, trigger, and on request a log and views; returns the statements it ran';

CREATE FUNCTION journey.view_statements(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    prefix pg_catalog.text, steps pg_catalog.text[], funnel_options pg_catalog.text,
    value_column pg_catalog.text DEFAULT NULL, won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL)
    RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    stage_type text;
    statements text[] := '{}';
    one record;
BEGIN
    IF rel IS NULL OR stage_column IS NULL OR journey_column IS NULL OR prefix IS NULL OR steps IS NULL OR funnel_options IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) AS name INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    IF cardinality(steps) = 0 THEN
        RAISE NOTICE 'no view of the funnel: all stages are lost ones or detours' USING HINT = 'Name its steps: steps => ARRAY[...]';
    ELSIF cardinality(steps) > 64 THEN
        RAISE NOTICE 'no view of the funnel: it would have % steps, and 64 is the limit', cardinality(steps)
            USING HINT = 'Name its steps: steps => ARRAY[...]';
    ELSE
        -- options that are wrong are told now, and not when somebody looks
        PERFORM journey.funnel_level('{}'::journey.journey, steps, NULL, funnel_options);
    END IF;
    IF cardinality(COALESCE(won, '{}')) = 0 THEN
        RAISE NOTICE 'no views of velocity and of what is stalled: no stage is of kind won' USING HINT = 'Name them: won => ARRAY[...]';
    END IF;

    FOR one IN
        SELECT v.name, v.query, v.comments FROM (VALUES
            (journey.object_name(prefix, '_stages'), format(
$view$SELECT s.stage,
       COALESCE(p.n, 0) AS rows_now,
       COALESCE(v.rows_ever, 0) AS rows_ever,
       COALESCE(v.entered, 0) AS entered,
       COALESCE(v.exited, 0) AS exited,
       COALESCE(v.still_in, 0) AS still_in,
       v.mean_dwell,
       v.median_dwell,
       v.mean_open,
       v.median_open,
       v.longest_open
FROM unnest(enum_range(NULL::%1$s)) WITH ORDINALITY s (stage, n)
LEFT JOIN (
    SELECT t.%2$I::%1$s AS stage, count(*) AS n FROM %4$s t GROUP BY 1
) p ON p.stage = s.stage
LEFT JOIN (
    SELECT v.label,
           count(*) FILTER (WHERE v.entered_at = journey.first_at(t.%3$I, v.label)) AS rows_ever,
           count(*) AS entered,
           count(v.left_at) AS exited,
           count(*) - count(v.left_at) AS still_in,
           avg(v.dwell) FILTER (WHERE v.left_at IS NOT NULL) AS mean_dwell,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NOT NULL) AS median_dwell,
           avg(v.dwell) FILTER (WHERE v.left_at IS NULL) AS mean_open,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NULL) AS median_open,
           max(v.dwell) FILTER (WHERE v.left_at IS NULL) AS longest_open
    FROM %4$s t CROSS JOIN LATERAL journey.stages(t.%3$I, now()) v
    GROUP BY v.label
) v ON v.label = s.stage::text
ORDER BY s.n$view$, stage_type, stage_column, journey_column, tbl.name),
                ARRAY[
                    '', format('how many rows of %s are in each stage, how many ever were, and for how long', tbl.name),
                    'stage', 'the stage, in the order of its type',
                    'rows_now', format('rows whose column %s is this stage now', stage_column),
                    'rows_ever', 'rows that were ever in this stage, by their journeys',
                    'entered', 'how often the stage was entered; a row may enter it again',
                    'exited', 'how often the stage was left',
                    'still_in', 'entered and not left; differs from rows_now only for rows without a journey, or as verify() tells',
                    'mean_dwell', 'mean time in the stage, of the visits that have ended',
                    'median_dwell', 'median time in the stage, of the visits that have ended',
                    'mean_open', 'mean time in the stage until now, of the visits that last',
                    'median_open', 'median time in the stage until now, of the visits that last',
                    'longest_open', 'longest time in the stage until now, of the visits that last']),
            (journey.object_name(prefix, '_funnel'), format(
$view$SELECT s.step,
       s.label,
       s.reached,
       s.conversion,
       s.conversion_low,
       s.conversion_high,
       s.overall,
       s.dropped,
       s.median,
       s.p90
FROM (
    SELECT journey.funnel(t.%1$I, ARRAY[%2$s], NULL::interval, %3$L) AS funnel FROM %4$s t
) f CROSS JOIN LATERAL journey.steps(f.funnel) s$view$, journey_column,
                (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(steps) WITH ORDINALITY u (l, n)), funnel_options, tbl.name),
                ARRAY[
                    '', format('how many rows of %s reached each step of the way', tbl.name),
                    'step', 'number of the step, from 1',
                    'label', 'the stage that is the step',
                    'reached', 'rows that reached it',
                    'conversion', 'share of those who reached the step before',
                    'conversion_low', 'lower end of the 95 % Wilson interval of conversion',
                    'conversion_high', 'upper end of the 95 % Wilson interval of conversion',
                    'overall', 'share of those who reached the first step',
                    'dropped', 'rows that reached the step before and not this one',
                    'median', 'median time since the step before',
                    'p90', 'time since the step before that 90 % did not exceed'])
            ) v (name, query, comments)
        WHERE (v.name <> journey.object_name(prefix, '_funnel') OR cardinality(steps) BETWEEN 1 AND 64)
        UNION ALL
        SELECT v.name, v.query, v.comments
        FROM journey.time_views(rel, stage_column, journey_column, prefix, steps, value_column, won, lost) v
    LOOP
        statements := statements || journey.make_view(rel, journey_column, one.name, one.query, one.comments);
    END LOOP;
    RETURN statements;
END
$function$;
COMMENT ON FUNCTION journey.view_statements(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the statements by which track makes the views of a stage column';

CREATE FUNCTION journey.untrack(
    rel pg_catalog.regclass, drop_history pg_catalog.bool DEFAULT false, stage_column pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    name text;
    statements text[] := '{}';
    statement text;
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    IF stage_column IS NOT NULL OR NOT EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = rel) THEN
        PERFORM journey.tracked_column(rel, stage_column);
    END IF;
    FOR one IN
        SELECT t.stage_column, t.journey_column, t.trigger_name, t.log_table, t.views,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = t.journey_column AND NOT a.attisdropped) AS has_journey,
               (SELECT format('%I.%I', n.nspname, l.relname) FROM pg_class l JOIN pg_namespace n ON n.oid = l.relnamespace
                WHERE l.oid = t.log_table) AS log_name
        FROM journey.tracked() t
        WHERE t.rel = rel AND (stage_column IS NULL OR t.stage_column = stage_column)
    LOOP
        statements := statements
            || ARRAY(SELECT format('DROP VIEW %I.%I', n.nspname, c.relname)
                     FROM unnest(one.views) v JOIN pg_class c ON c.oid = v JOIN pg_namespace n ON n.oid = c.relnamespace
                     ORDER BY c.relname)
            || ARRAY(SELECT format('DROP TRIGGER %I ON %s', t.tgname, name)
                     FROM pg_trigger t CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
                     WHERE t.tgrelid = rel AND t.tgfoid = 'journey.log_moves()'::regprocedure AND g.a[2] = one.stage_column
                     ORDER BY t.tgname)
            || format('DROP TRIGGER %I ON %s', one.trigger_name, name);
        IF drop_history AND one.has_journey THEN
            statements := statements || format('ALTER TABLE %s DROP COLUMN %I', name, one.journey_column);
        END IF;
        IF drop_history AND one.log_name IS NOT NULL THEN
            statements := statements || format('DROP TABLE %s', one.log_name);
        END IF;
    END LOOP;
    FOREACH statement IN ARRAY statements LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.untrack(pg_catalog.regclass, pg_catalog.bool, pg_catalog.text, pg_catalog.bool) IS
    'takes away what track has made; the journeys and the log stay unless drop_history; returns the statements it ran';
