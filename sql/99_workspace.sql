-- workspace: a CRM as a schema of the user's: making it, bringing it up to date, dropping it
--
-- A workspace is made by its parts, one function each (99_workspace_PART.sql).  A part stands in the schema of the
-- workspace (workspace_path) and makes what is missing, so that all of it can be called again and again: for a new
-- workspace, and for one that an older version has made.

CREATE FUNCTION journey.workspace_path(workspace pg_catalog.name) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.concat(pg_catalog.quote_ident(workspace), ', pg_temp');
COMMENT ON FUNCTION journey.workspace_path(pg_catalog.name) IS 'the search_path under which the parts of a workspace are made';

CREATE FUNCTION journey.workspace_objects(workspace pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 200 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    WITH room AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname = workspace),
    thing AS (
        SELECT 'pg_class'::regclass AS class, c.oid, 2 AS rank FROM pg_class c JOIN room r ON c.relnamespace = r.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid, 1 FROM pg_type t JOIN room r ON t.typnamespace = r.oid
        WHERE t.typtype IN ('e', 'd') OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid, 3 FROM pg_proc p JOIN room r ON p.pronamespace = r.oid
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, 4 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN room r ON c.relnamespace = r.oid
        WHERE NOT t.tgisinternal)
    SELECT format('%s %s', i.type, i.identity) FROM thing t CROSS JOIN LATERAL pg_identify_object(t.class, t.oid, 0) i
    ORDER BY t.rank, i.identity COLLATE "C";
END;
$function$;
COMMENT ON FUNCTION journey.workspace_objects(pg_catalog.name) IS 'the types, tables, views, functions and triggers of a schema';

CREATE FUNCTION journey.is_workspace(workspace pg_catalog.name) RETURNS pg_catalog.bool
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
                   WHERE n.nspname = workspace AND c.relname = 'workspace' AND c.relkind = 'r' AND a.attname = 'journey_version'
                     AND NOT a.attisdropped);
END;
$function$;
COMMENT ON FUNCTION journey.is_workspace(pg_catalog.name) IS 'whether a schema is one that create_workspace has made';

CREATE FUNCTION journey.create_workspace(workspace pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 200
    SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    before text[];
    clash text;
    part text;
BEGIN
    IF workspace IS NULL THEN
        RAISE EXCEPTION 'name of a workspace must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF workspace = '' OR workspace ~ '^pg_' OR workspace IN ('journey', 'information_schema') THEN
        RAISE EXCEPTION 'workspace cannot be named "%"', workspace USING ERRCODE = 'reserved_name',
            HINT = 'Take the name of a schema that is not there yet, or of an empty one.';
    END IF;

    -- two sessions that make the same workspace wait for each other
    PERFORM pg_advisory_xact_lock(hashtextextended('journey.workspace ' || workspace, 0));
    IF to_regnamespace(quote_ident(workspace)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', workspace);
    END IF;
    before := ARRAY(SELECT journey.workspace_objects(workspace));
    IF NOT journey.is_workspace(workspace) AND before <> '{}' THEN
        RAISE EXCEPTION 'schema "%" is not a workspace and is not empty', workspace USING ERRCODE = 'duplicate_object',
            DETAIL = format('It has %s.', before[1]),
            HINT = 'A workspace needs a schema of its own, so that its names cannot meet yours.';
    END IF;

    FOREACH part IN ARRAY ARRAY['party', 'touch', 'offer', 'nurture', 'sla', 'success', 'hourglass']
    LOOP
        EXECUTE format('SELECT journey.workspace_%s($1)', part) USING workspace;
    END LOOP;

    RETURN QUERY SELECT made FROM journey.workspace_objects(workspace) WITH ORDINALITY AS o (made, place)
        WHERE made <> ALL (before) ORDER BY place;
END;
$function$;
COMMENT ON FUNCTION journey.create_workspace(pg_catalog.name) IS
    'makes a schema with the tables, views and triggers of a CRM, or brings an older one up to date; returns what was made';

CREATE FUNCTION journey.drop_workspace(workspace pg_catalog.name, force pg_catalog.bool DEFAULT false) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    -- what create_workspace fills by itself
    given CONSTANT text[] := '{workspace,stage_definition,channel,work_calendar,score_model,triage_rule}';
    one record;
    found bigint;
    full_tables text[] := '{}';
    outside text;
BEGIN
    IF workspace IS NULL OR force IS NULL THEN
        RAISE EXCEPTION 'workspace and force must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT journey.is_workspace(workspace) THEN
        RAISE EXCEPTION 'there is no workspace "%"', workspace USING ERRCODE = 'invalid_schema_name',
            HINT = 'Only what journey.create_workspace() has made is dropped.';
    END IF;
    IF NOT force THEN
        FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = workspace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (given) ORDER BY c.relname
        LOOP
            EXECUTE format('SELECT pg_catalog.count(*) FROM (SELECT FROM %I.%I LIMIT 1) AS x', workspace, one.relname) INTO found;
            IF found > 0 THEN
                full_tables := full_tables || one.relname::text;
            END IF;
        END LOOP;
        IF full_tables <> '{}' THEN
            RAISE EXCEPTION 'workspace "%" holds data', workspace USING ERRCODE = 'dependent_objects_still_exist',
                DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
                HINT = format('To drop them as well: SELECT journey.drop_workspace(%L, force => true)', workspace);
        END IF;
        -- views and keys of the user's that look in from other schemas
        SELECT min(pg_describe_object(v.oid_class, v.oid, 0)) INTO outside
        FROM (SELECT 'pg_class'::regclass AS oid_class, r.ev_class AS oid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
              JOIN pg_class c ON c.oid = r.ev_class JOIN pg_class t ON t.oid = d.refobjid
              WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                AND t.relnamespace = to_regnamespace(quote_ident(workspace)) AND c.relnamespace <> t.relnamespace
              UNION ALL
              SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
              WHERE t.relnamespace = to_regnamespace(quote_ident(workspace)) AND k.connamespace <> t.relnamespace) v;
        IF outside IS NOT NULL THEN
            RAISE EXCEPTION 'other objects depend on workspace "%"', workspace USING ERRCODE = 'dependent_objects_still_exist',
                DETAIL = format('One is %s.', outside),
                HINT = format('To drop them as well: SELECT journey.drop_workspace(%L, force => true)', workspace);
        END IF;
    END IF;
    EXECUTE format('DROP SCHEMA %I CASCADE', workspace);
END;
$function$;
COMMENT ON FUNCTION journey.drop_workspace(pg_catalog.name, pg_catalog.bool) IS
    'drops a workspace; refuses while it holds data or others depend on it, unless told';
