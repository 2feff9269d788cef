-- migrate: changing the stages of an enum that tables are tracked by

CREATE FUNCTION journey.replace_stage_in_rules(rules pg_catalog.text, old_label pg_catalog.text, new_label pg_catalog.text,
    in_guards pg_catalog.bool DEFAULT false) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.replace_stage_in_rules(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'stage rules with one stage put in the place of another, or taken out where new_label is NULL; the rest of the text as it was';

CREATE FUNCTION journey.replace_stage_in_view(definition pg_catalog.text, old_label pg_catalog.text, new_label pg_catalog.text,
    was pg_catalog.text[] DEFAULT NULL, becomes pg_catalog.text[] DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    token text;
    done text := '';            -- what has been written
    raw text;                   -- the list that is being read, as it stands
    list text[];                -- and its labels; NULL outside of a list
    mapped text[];
BEGIN
    FOR token IN SELECT m[1] FROM regexp_matches(definition, $re$('(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"]+)$re$, 'g') m LOOP
        IF starts_with(token, '''') THEN
            IF list IS NOT NULL THEN
                list := list || replace(substr(token, 2, length(token) - 2), '''''', '''');
                raw := raw || token;
            ELSIF right(done, 6) = 'ARRAY[' THEN
                list := ARRAY[replace(substr(token, 2, length(token) - 2), '''''', '''')];
                raw := token;
            ELSE
                done := done || token;
            END IF;
        ELSIF list IS NULL THEN
            done := done || token;
        ELSIF token = '::text, ' THEN
            raw := raw || token;
        ELSE
            IF starts_with(token, '::text]') THEN
                IF list = was THEN
                    mapped := becomes;
                ELSIF new_label IS NULL THEN
                    mapped := array_remove(list, old_label);
                ELSE
                    -- no stage twice
                    SELECT array_agg(l ORDER BY n) INTO mapped
                    FROM (SELECT l, min(n) AS n FROM unnest(array_replace(list, old_label, new_label)) WITH ORDINALITY u (l, n) GROUP BY l) u;
                END IF;
                done := done || COALESCE((SELECT string_agg('''' || replace(l, '''', '''''') || '''::text', ', ' ORDER BY n)
                                          FROM unnest(mapped) WITH ORDINALITY u (l, n)), '')
                    || CASE WHEN cardinality(mapped) = 0 THEN ']::text[]' || substr(token, 8) ELSE substr(token, 7) END;
            ELSE
                done := done || raw || token;
            END IF;
            list := NULL;
        END IF;
    END LOOP;
    RETURN done;
END
$function$;
COMMENT ON FUNCTION journey.replace_stage_in_view(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the definition of a view that track has made, with another stage in its lists of stages';

CREATE FUNCTION journey.stage_columns(stages pg_catalog.regtype)
    RETURNS TABLE (rel pg_catalog.regclass, name pg_catalog.text, kind pg_catalog."char", column_name pg_catalog.text, form pg_catalog.text,
                   inherited pg_catalog.bool, owner pg_catalog.oid, journey_column pg_catalog.text, rules pg_catalog.text, trigger pg_catalog.oid)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE types (type, form) AS (
        SELECT stages::oid, 'stage'
        UNION
        SELECT y.oid, CASE WHEN y.typtype = 'd' OR t.form = 'domain' THEN 'domain' ELSE 'array' END
        FROM types t JOIN pg_type y ON (y.typtype = 'd' AND y.typbasetype = t.type) OR (y.typcategory = 'A' AND y.typelem = t.type)
    )
    SELECT c.oid::regclass, format('%I.%I', n.nspname, c.relname), c.relkind, a.attname::text, t.form, a.attinhcount > 0, c.relowner,
           g.journey_column, g.rules, g.trigger
    FROM types t
    JOIN pg_attribute a ON a.atttypid = t.type AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'm', 'c') AND NOT c.relispartition
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT x.a[2] AS journey_column, x.a[3] AS rules, tg.oid AS trigger
        FROM pg_trigger tg CROSS JOIN LATERAL (SELECT journey.trigger_arguments(tg.oid)) x (a)
        WHERE tg.tgrelid = c.oid AND tg.tgfoid = 'journey.transition()'::regprocedure AND tg.tgparentid = 0 AND x.a[1] = a.attname
        LIMIT 1
    ) g ON true
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C", a.attnum;
END
$function$;
COMMENT ON FUNCTION journey.stage_columns(pg_catalog.regtype) IS
    'the columns of a stage type, of its arrays and of domains over it, and how they are tracked; partitions are part of their table';

CREATE FUNCTION journey.kept_journeys(stages pg_catalog.regtype)
    RETURNS TABLE (rel pg_catalog.regclass, name pg_catalog.text, owner pg_catalog.oid, events pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.oid::regclass, format('%I.%I', n.nspname, c.relname), c.relowner, s.name
    FROM journey.materialized() m
    JOIN journey.stage_columns(stages) s ON s.rel = m.events AND s.column_name = m.event AND s.form IN ('stage', 'domain')
    JOIN pg_class c ON c.oid = m.into_table
    JOIN pg_namespace n ON n.oid = c.relnamespace
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.kept_journeys(pg_catalog.regtype) IS
    'the tables of journeys that materialize keeps current from events whose names are stages of the type';

CREATE FUNCTION journey.suspend_statements(rel pg_catalog.regclass, without pg_catalog.oid[],
    OUT before pg_catalog.text[], OUT after pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- triggers that an UPDATE would fire; and what stands as it is afterwards, also if the trigger was made anew
    SELECT array_agg(format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', x.name, x.tgname) ORDER BY x.name COLLATE "C", x.tgname)
               FILTER (WHERE x.tgenabled IN ('O', 'A')),
           array_agg(format('ALTER TABLE ONLY %s %s TRIGGER %I', x.name,
               CASE x.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, x.tgname)
               ORDER BY x.name COLLATE "C", x.tgname)
        INTO before, after
    FROM (
        SELECT format('%I.%I', n.nspname, c.relname) AS name, t.tgname, t.tgenabled
        FROM (SELECT rel AS oid UNION SELECT p.relid FROM pg_partition_tree(rel) p) r
        JOIN pg_class c ON c.oid = r.oid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_trigger t ON t.tgrelid = c.oid
        WHERE NOT t.tgisinternal AND t.tgtype & 16 <> 0 AND c.relkind IN ('r', 'p')
          AND t.oid <> ALL (COALESCE(without, '{}')) AND t.tgparentid <> ALL (COALESCE(without, '{}'))
          AND (t.tgenabled IN ('O', 'A') OR t.tgfoid = 'journey.transition()'::regprocedure)
    ) x;
    before := COALESCE(before, '{}');
    after := COALESCE(after, '{}');
END
$function$;
COMMENT ON FUNCTION journey.suspend_statements(pg_catalog.regclass, pg_catalog.oid[]) IS
    'the statements that take the triggers of an UPDATE out of the way, and those that put each back as it was';

CREATE FUNCTION journey.trigger_statement(trigger pg_catalog.oid, rules pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    arguments CONSTANT text[] := journey.trigger_arguments(trigger);
    definition CONSTANT text := pg_get_triggerdef(trigger);
    tail CONSTANT text := format('EXECUTE FUNCTION journey.transition(%s)',
        (SELECT string_agg('''' || replace(a, '''', '''''') || '''', ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY u (a, n)));
BEGIN
    IF right(definition, length(tail)) <> tail THEN
        RAISE EXCEPTION 'cannot read the definition of trigger %', (SELECT quote_ident(t.tgname) FROM pg_trigger t WHERE t.oid = trigger)
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = definition;
    END IF;
    RETURN 'CREATE OR REPLACE' || substr(left(definition, -length(tail)), length('CREATE') + 1)
        || format('EXECUTE FUNCTION journey.transition(%L, %L, %L)', arguments[1], arguments[2], rules);
END
$function$;
COMMENT ON FUNCTION journey.trigger_statement(pg_catalog.oid, pg_catalog.text) IS
    'the statement that puts a transition trigger under other rules';

CREATE FUNCTION journey.dates_view(view pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (regexp_match(pg_get_viewdef(view), '^\s*SELECT .*journey\.(first|last)_at\([^()'']*, '''))[1];
END
$function$;
COMMENT ON FUNCTION journey.dates_view(pg_catalog.regclass) IS
    'of a view that stage_dates_view has made, whether it shows the first or the last time; NULL of another';

CREATE FUNCTION journey.view_extras(view pg_catalog.regclass) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name text;
    statements text[] := '{}';
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), c.relowner, c.relacl, c.relnamespace, obj_description(c.oid, 'pg_class') AS description INTO one
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view;
    name := one.format;
    -- default privileges are for new views, and this is an old one
    statements := ARRAY(SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS r
                        FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) g
                        WHERE d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, one.relnamespace) AND pg_get_userbyid(d.defaclrole) = current_user AND g.grantee <> d.defaclrole
                        ORDER BY r);
    IF one.relowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) THEN
        statements := statements || format('ALTER VIEW %s OWNER TO %I', name, pg_get_userbyid(one.relowner));
    END IF;
    IF one.description IS NOT NULL THEN
        statements := statements || format('COMMENT ON VIEW %s IS %L', name, one.description);
    END IF;
    RETURN statements
        || ARRAY(SELECT format('COMMENT ON COLUMN %s.%I IS %L', name, a.attname, d.description)
                 FROM pg_description d JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
                 WHERE d.classoid = 'pg_class'::regclass AND d.objoid = view AND d.objsubid > 0 ORDER BY a.attnum)
        || ARRAY(SELECT format('GRANT %s ON %s TO %s%s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), name,
                               CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                 FROM aclexplode(one.relacl) g WHERE g.grantee <> one.relowner
                 GROUP BY g.grantee, g.is_grantable ORDER BY g.grantee::regrole::text COLLATE "C", g.is_grantable)
        || ARRAY(SELECT format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, name,
                               CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                 FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) g
                 WHERE a.attrelid = view ORDER BY a.attnum, g.grantee::regrole::text COLLATE "C", g.privilege_type);
END
$function$;
COMMENT ON FUNCTION journey.view_extras(pg_catalog.regclass) IS
    'the statements that give a view its owner, comments and grants again';

CREATE FUNCTION journey.view_statement(view pg_catalog.regclass, definition pg_catalog.text, verb pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT format(E'%s VIEW %I.%I%s AS\n%s', verb, n.nspname, c.relname,
                          ' WITH (' || array_to_string(c.reloptions, ', ') || ')', rtrim(definition, ';'))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view);
END
$function$;
COMMENT ON FUNCTION journey.view_statement(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
    'the statement that makes a view as it is, with this definition';

CREATE FUNCTION journey.label_mentions(stages pg_catalog.regtype, label pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    literal CONSTANT text := '''' || replace(label, '''', '''''') || '''';
BEGIN
    RETURN QUERY
    WITH rels AS (
        SELECT DISTINCT s.rel::oid AS oid FROM journey.stage_columns(stages) s
    ), said AS (
        SELECT 'pg_class'::regclass AS class, v.oid, pg_get_viewdef(v.oid) AS definition
        FROM pg_class v
        WHERE v.relkind IN ('v', 'm') AND NOT starts_with(COALESCE(obj_description(v.oid, 'pg_class'), ''), 'journey: ')
          AND v.oid IN (SELECT r.ev_class FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT rels.oid FROM rels))
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid, pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.conrelid IN (SELECT rels.oid FROM rels) AND k.contype IN ('c', 'x')
        UNION ALL
        SELECT 'pg_class'::regclass, i.indexrelid, pg_get_indexdef(i.indexrelid) FROM pg_index i
        WHERE i.indrelid IN (SELECT rels.oid FROM rels) AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
        UNION ALL
        SELECT 'pg_attrdef'::regclass, f.oid, pg_get_expr(f.adbin, f.adrelid) FROM pg_attrdef f WHERE f.adrelid IN (SELECT rels.oid FROM rels)
        UNION ALL
        SELECT 'pg_policy'::regclass, p.oid, concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p WHERE p.polrelid IN (SELECT rels.oid FROM rels)
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, pg_get_triggerdef(t.oid) FROM pg_trigger t
        WHERE t.tgrelid IN (SELECT rels.oid FROM rels) AND NOT t.tgisinternal AND t.tgfoid <> 'journey.transition()'::regprocedure AND t.tgqual IS NOT NULL
    )
    SELECT m FROM (
        SELECT pg_describe_object(s.class, s.oid, 0) AS m FROM said s WHERE strpos(s.definition, literal || '::text') > 0
        UNION ALL
        SELECT pg_describe_object('pg_proc'::regclass, p.oid, 0)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'journey') AND strpos(p.prosrc, literal) > 0
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ) u ORDER BY m COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.label_mentions(pg_catalog.regtype, pg_catalog.text) IS
    'what names a stage as plain text, and so does not follow a change of its label: views, constraints, indexes, defaults, policies, functions';

CREATE FUNCTION journey.view_plan(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    old_label pg_catalog.text, new_label pg_catalog.text, was pg_catalog.text[], becomes pg_catalog.text[], without pg_catalog.oid[])
    RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    plan jsonb := '[]';
    made text;
    view record;
BEGIN
    FOR view IN SELECT v.v, format('%I.%I', n.nspname, c.relname) AS name, c.relname, pg_get_viewdef(v.v) AS definition, journey.dates_view(v.v) AS dates,
                       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = v.v AND a.attname = journey.object_name('entered_' || old_label, '')) AS has_old
                FROM journey.tracked_views(rel, journey_column) v (v)
                JOIN pg_class c ON c.oid = v.v JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE v.v::oid <> ALL (COALESCE(without, '{}')) ORDER BY c.relname COLLATE "C" LOOP
        IF view.dates IS NOT NULL THEN
            IF view.has_old AND new_label IS NOT NULL THEN
                plan := plan || jsonb_build_object('statement', format('ALTER VIEW %s RENAME COLUMN %I TO %I', view.name,
                    journey.object_name('entered_' || old_label, ''), journey.object_name('entered_' || new_label, '')));
            END IF;
            plan := plan
                || jsonb_build_object('statement', format('SELECT count(*) FROM journey.stage_dates_view(%L, %L, %L, %L)', rel::text, stage_column, view.relname, view.dates))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', e) ORDER BY n)
                             FROM unnest(journey.view_extras(view.v)) WITH ORDINALITY u (e, n) WHERE e !~ '^COMMENT '), '[]');
        ELSE
            made := journey.replace_stage_in_view(view.definition, old_label, new_label, was, becomes);
            IF made <> view.definition THEN
                plan := plan || jsonb_build_object('statement', journey.view_statement(view.v, made, 'CREATE OR REPLACE'))
                    || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', c) ORDER BY n)
                                 FROM unnest(journey.view_comments(view.v, old_label, new_label)) WITH ORDINALITY u (c, n)), '[]');
            END IF;
        END IF;
    END LOOP;
    RETURN plan;
END
$function$;
COMMENT ON FUNCTION journey.view_plan(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text,
    pg_catalog.text[], pg_catalog.text[], pg_catalog.oid[]) IS
    'the part of a migration that makes the views beside a table anew in their place';

CREATE FUNCTION journey.view_comments(view pg_catalog.regclass, old_label pg_catalog.text, new_label pg_catalog.text) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- the comments of the columns won and lost end in a list of stages
    RETURN ARRAY(
        SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', n.nspname, c.relname, a.attname, split_part(d.description, ': ', 1) || ': ' || m.list)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('won', 'lost')
        JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
        CROSS JOIN LATERAL (SELECT substr(d.description, strpos(d.description, ': ') + 2) AS said) o
        CROSS JOIN LATERAL (SELECT array_to_string(CASE WHEN new_label IS NULL THEN array_remove(string_to_array(o.said, ', '), old_label)
                                                        ELSE array_replace(string_to_array(o.said, ', '), old_label, new_label) END, ', ') AS list) m
        WHERE c.oid = view AND strpos(d.description, ': ') > 0 AND m.list <> o.said
        ORDER BY a.attnum);
END
$function$;
COMMENT ON FUNCTION journey.view_comments(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
    'the comments of a view that name a stage, with its new label';

-- A plan is an array of {statement, update: true | count: SQL | result: true} and {warning}.
CREATE FUNCTION journey.run_plan(plan pg_catalog.jsonb, dry_run pg_catalog.bool)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    n integer;
    one jsonb;
BEGIN
    -- with an older snapshot, rows that came before the locks were taken would be missed
    IF NOT dry_run AND current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'stages cannot be changed at isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
    END IF;
    FOR n IN 0 .. jsonb_array_length(plan) - 1 LOOP
        one := plan -> n;
        statement := one ->> 'statement';
        warning := one ->> 'warning';
        rows := NULL;
        IF warning IS NOT NULL THEN
            step := NULL;
        ELSE
            step := (SELECT count(*) FROM jsonb_array_elements(plan) WITH ORDINALITY e (v, i) WHERE e.i <= n + 1 AND NOT e.v ? 'warning');
            IF one ? 'count' AND (dry_run OR NOT one ? 'update') THEN
                EXECUTE one ->> 'count' INTO rows;
            END IF;
            IF NOT dry_run THEN
                IF one ? 'result' THEN
                    EXECUTE statement INTO rows;
                ELSE
                    EXECUTE statement;
                    IF one ? 'update' THEN
                        GET DIAGNOSTICS rows = ROW_COUNT;
                    END IF;
                END IF;
            END IF;
            statement := statement || ';';
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.run_plan(pg_catalog.jsonb, pg_catalog.bool) IS
    'runs the statements of a migration, or only counts the rows they would touch';

-- What all four have in common: whose the type is, and whose the tables are.
CREATE FUNCTION journey.check_migration(stages pg_catalog.regtype, rewrite pg_catalog.bool) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    one record;
BEGIN
    IF stages IS NULL THEN
        RAISE EXCEPTION 'stage type must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT y.typtype, y.typowner INTO one FROM pg_type y WHERE y.oid = stages;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no type with oid %', stages::oid USING ERRCODE = 'undefined_object';
    ELSIF one.typtype <> 'e' THEN
        RAISE EXCEPTION '% is no enum type', stages USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN journey.stage_type(stages) IS NOT NULL THEN format('Name the enum under it: %s.', journey.stage_type(stages))
                        -- the name of a table is that of a type, too
                        ELSE COALESCE('Name the type of the stages, not the table: ' || (
                            SELECT string_agg(DISTINCT format_type(journey.stage_type(a.atttypid), NULL), ', ')
                            FROM pg_type y JOIN pg_attribute a ON a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                            WHERE y.oid = stages AND journey.stage_type(a.atttypid) IS NOT NULL) || '.', '') END;
    ELSIF NOT pg_has_role(one.typowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of type %', stages USING ERRCODE = 'insufficient_privilege';
    ELSIF EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = stages AND d.deptype = 'e') THEN
        RAISE EXCEPTION 'type % belongs to an extension', stages USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOR one IN SELECT s.rel, s.owner, s.trigger, s.kind FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL OR rewrite LOOP
        IF NOT pg_has_role(one.owner, 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of table %', one.rel USING ERRCODE = 'insufficient_privilege',
                DETAIL = format('It has a column of type %s.', stages);
        ELSIF pg_is_other_temp_schema((SELECT c.relnamespace FROM pg_class c WHERE c.oid = one.rel)) THEN
            RAISE EXCEPTION 'a temporary table of another session uses type %', stages USING ERRCODE = 'object_in_use';
        END IF;
    END LOOP;
    SELECT k.* INTO one FROM journey.kept_journeys(stages) k WHERE NOT pg_has_role(k.owner, 'USAGE') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'must be owner of table %', one.rel USING ERRCODE = 'insufficient_privilege',
            DETAIL = format('It has journeys of %s, whose events are named by type %s.', one.events, stages);
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.check_migration(pg_catalog.regtype, pg_catalog.bool) IS
    'raises an error when the stages of a type cannot be changed by the present user';

CREATE FUNCTION journey.lock_stages(stages pg_catalog.regtype, every pg_catalog.bool) RETURNS pg_catalog.void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name text;
    done text[] := '{}';
BEGIN
    -- with an older snapshot, rows that came before the locks were taken would be missed
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'stages cannot be changed at isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
    END IF;
    -- one after the other in the order of their names, and looked up again each time: while one is waited for, others may come
    LOOP
        SELECT min(x.name COLLATE "C") INTO name
            FROM (SELECT s.name FROM journey.stage_columns(stages) s WHERE s.kind IN ('r', 'p') AND (s.trigger IS NOT NULL OR every)
                  UNION ALL SELECT k.events FROM journey.kept_journeys(stages) k) x
            WHERE x.name <> ALL (done);
        EXIT WHEN name IS NULL;
        EXECUTE format('LOCK TABLE %s IN %s MODE', name, CASE WHEN every THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
        done := done || name;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.lock_stages(pg_catalog.regtype, pg_catalog.bool) IS
    'locks the tables tracked by a stage type, or every table that uses it, so that what is planned from the catalogs stays true';

CREATE FUNCTION journey.kept_plan(stages pg_catalog.regtype, old_label pg_catalog.text, new_label pg_catalog.text) RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    plan jsonb := '[]';
    one record;
    held record;
BEGIN
    FOR one IN SELECT k.rel, k.name FROM journey.kept_journeys(stages) k LOOP
        held := journey.suspend_statements(one.rel, NULL);
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.before) WITH ORDINALITY u (h, n)), '[]')
            || jsonb_build_object('update', true,
                'statement', format('UPDATE %1$s SET journey = journey.rename(journey, %2$L, %3$L) WHERE journey OPERATOR(journey.@>) ARRAY[%2$L]', one.name, old_label, new_label),
                'count', format('SELECT count(*) FROM %s WHERE journey OPERATOR(journey.@>) ARRAY[%L]', one.name, old_label))
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.after) WITH ORDINALITY u (h, n)), '[]');
    END LOOP;
    RETURN plan;
END
$function$;
COMMENT ON FUNCTION journey.kept_plan(pg_catalog.regtype, pg_catalog.text, pg_catalog.text) IS
    'the part of a migration that renames events in the journeys that materialize keeps';

CREATE FUNCTION journey.owner_warnings(stages pg_catalog.regtype, every pg_catalog.bool) RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- whoever may use a type can make a table with it, and an UPDATE runs what is in its constraints and indexes
    RETURN (
        SELECT COALESCE(jsonb_agg(jsonb_build_object('warning', format('%s belongs to %s: what is in its constraints and indexes runs with your rights', x.name, quote_ident(pg_get_userbyid(x.owner))))
                                  ORDER BY x.name COLLATE "C"), '[]')
        FROM (SELECT s.name, s.owner FROM journey.stage_columns(stages) s WHERE s.kind IN ('r', 'p') AND (s.trigger IS NOT NULL OR every)
              UNION SELECT k.name, k.owner FROM journey.kept_journeys(stages) k) x
        JOIN pg_type y ON y.oid = stages
        WHERE x.owner <> y.typowner AND pg_get_userbyid(x.owner) <> current_user);
END
$function$;
COMMENT ON FUNCTION journey.owner_warnings(pg_catalog.regtype, pg_catalog.bool) IS
    'the part of a migration that warns of tables which belong neither to the owner of the type nor to who migrates';

CREATE FUNCTION journey.check_new_label(stages pg_catalog.regtype, label pg_catalog.text) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF label IS NULL THEN
        RAISE EXCEPTION 'stage label must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF label = '' THEN
        RAISE EXCEPTION 'a stage label must not be empty' USING ERRCODE = 'invalid_parameter_value';
    ELSIF octet_length(label) > current_setting('max_identifier_length')::integer THEN
        RAISE EXCEPTION 'stage label "%" is too long', label USING ERRCODE = 'invalid_name',
            DETAIL = format('Labels of an enum must be %s bytes or less.', current_setting('max_identifier_length'));
    ELSIF label = ANY (journey.stage_labels(stages)) THEN
        RAISE EXCEPTION 'stage "%" of type % exists already', label, stages USING ERRCODE = 'duplicate_object';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.check_new_label(pg_catalog.regtype, pg_catalog.text) IS
    'raises an error when a stage type cannot have this label, too';

CREATE FUNCTION journey.check_old_label(stages pg_catalog.regtype, label pg_catalog.text) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF label IS NULL THEN
        RAISE EXCEPTION 'stage label must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF label <> ALL (journey.stage_labels(stages)) THEN
        RAISE EXCEPTION 'stage "%" of type % does not exist', label, stages USING ERRCODE = 'undefined_object',
            HINT = format('The stages are: %s.', array_to_string(journey.stage_labels(stages), ', '));
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.check_old_label(pg_catalog.regtype, pg_catalog.text) IS
    'raises an error when a stage type does not have this label';

CREATE FUNCTION journey.rename_stage(stages pg_catalog.regtype, old_label pg_catalog.text, new_label pg_catalog.text,
    dry_run pg_catalog.bool DEFAULT false, edit_guards pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    plan jsonb := '[]';
    tail jsonb := '[]';
    made text;
    target text;
    new_rules text;
    self CONSTANT text := format_type(stages, NULL);
    one record;
    held record;
BEGIN
    -- again after the locks: what was waited for may have changed all of it
    FOR pass IN 1 .. CASE WHEN dry_run THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, false);
        PERFORM journey.check_old_label(stages, old_label);
        PERFORM journey.check_new_label(stages, new_label);
        IF pass = 1 AND dry_run IS NOT TRUE THEN
            PERFORM journey.lock_stages(stages, false);
        END IF;
    END LOOP;

    plan := journey.owner_warnings(stages, false);
    FOR made IN SELECT * FROM journey.label_mentions(stages, old_label) LOOP
        plan := plan || jsonb_build_object('warning', format('%s names %L as text and is left as it is', made, old_label));
    END LOOP;
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('guard (%s) of column %I of %s names the label: it %s', g.guard, one.column_name, one.name,
                             CASE WHEN edit_guards THEN 'is changed' ELSE 'is left as it is' END)) ORDER BY g.statement)
                         FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, '''' || replace(old_label, '''', '''''') || '''') > 0), '[]');
    END LOOP;
    FOR made IN SELECT x.name FROM (SELECT s.name FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL
                                    UNION SELECT k.events FROM journey.kept_journeys(stages) k) x ORDER BY x.name COLLATE "C" LOOP
        plan := plan || jsonb_build_object('statement', format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', made));
    END LOOP;
    plan := plan || jsonb_build_object('statement', format('ALTER TYPE %s RENAME VALUE %L TO %L', format_type(stages, NULL), old_label, new_label));

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        held := journey.suspend_statements(one.rel, NULL);
        target := CASE WHEN one.kind = 'r' THEN 'ONLY ' ELSE '' END || one.name;
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.before) WITH ORDINALITY u (h, n)), '[]')
            || jsonb_build_object('update', true,
                'statement', format('UPDATE %1$s SET %2$I = journey.rename(%2$I, %3$L, %4$L) WHERE %2$I OPERATOR(journey.@>) ARRAY[%3$L]',
                                    target, one.journey_column, old_label, new_label),
                'count', format('SELECT count(*) FROM %1$s WHERE %2$I OPERATOR(journey.@>) ARRAY[%3$L]', target, one.journey_column, old_label));
        new_rules := journey.replace_stage_in_rules(one.rules, old_label, new_label, edit_guards);
        IF new_rules <> one.rules THEN
            plan := plan || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules));
        END IF;
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.after) WITH ORDINALITY u (h, n)), '[]');
        plan := plan || journey.view_plan(one.rel, one.column_name, one.journey_column, old_label, new_label, NULL, NULL, NULL);
        tail := tail
            || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules))
            || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan || journey.kept_plan(stages, old_label, new_label) || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.rename_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool) IS
    'gives a stage another label: in the enum, the rules, the journeys and the views of all tables it tracks; returns the statements and the rows they touched';

CREATE FUNCTION journey.add_stage(stages pg_catalog.regtype, new_label pg_catalog.text,
    before pg_catalog.text DEFAULT NULL, after pg_catalog.text DEFAULT NULL, rules pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    plan jsonb := '[]';
    labels text[];              -- as they are
    wanted text[];              -- as they are to be
    steps_were text[];
    steps_are text[];
    new_rules text;
    self CONSTANT text := format_type(stages, NULL);
    one record;
BEGIN
    FOR pass IN 1 .. CASE WHEN dry_run OR rules IS NULL THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, false);
        PERFORM journey.check_new_label(stages, new_label);
        IF before IS NOT NULL AND after IS NOT NULL THEN
            RAISE EXCEPTION 'a stage is added before another or after another, not both' USING ERRCODE = 'invalid_parameter_value';
        ELSIF COALESCE(before, after) IS NOT NULL THEN
            PERFORM journey.check_old_label(stages, COALESCE(before, after));
        END IF;
        IF pass = 1 AND dry_run IS NOT TRUE AND rules IS NOT NULL THEN
            PERFORM journey.lock_stages(stages, false);
        END IF;
    END LOOP;
    labels := COALESCE(journey.stage_labels(stages), '{}');
    wanted := CASE WHEN COALESCE(before, after) IS NULL THEN labels || new_label
        ELSE labels[: array_position(labels, COALESCE(before, after)) - CASE WHEN after IS NULL THEN 1 ELSE 0 END] || new_label
             || labels[array_position(labels, COALESCE(before, after)) + CASE WHEN after IS NULL THEN 0 ELSE 1 END :] END;
    steps_were := ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
    steps_are := ARRAY(SELECT l FROM unnest(wanted) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
    plan := plan || jsonb_build_object('statement', format('ALTER TYPE %s ADD VALUE %L%s', format_type(stages, NULL), new_label,
        CASE WHEN before IS NOT NULL THEN format(' BEFORE %L', before) WHEN after IS NOT NULL THEN format(' AFTER %L', after) ELSE '' END));

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        IF rules IS NOT NULL THEN
            -- the last line may be a comment
            new_rules := rtrim(one.rules, E' \t\r\n;') || E'\n;' || rules;
            plan := plan || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n)
                             FROM unnest((journey.suspend_statements(one.rel, ARRAY(SELECT t.oid FROM pg_trigger t
                                 WHERE t.tgrelid = one.rel AND (t.oid <> one.trigger OR t.tgenabled = 'O')))).after) WITH ORDINALITY u (h, n)), '[]')
                || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules));
        END IF;
        plan := plan || journey.view_plan(one.rel, one.column_name, one.journey_column, NULL, NULL,
            CASE WHEN steps_are <> steps_were AND cardinality(steps_are) <= 64 THEN steps_were END, steps_are, NULL);
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.add_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'adds a stage to the enum, to the steps of the views and, with rules, to the rules of all tables it tracks; returns the statements';
