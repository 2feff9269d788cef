-- migrate: labels that are dropped or put in another order, which takes a new type in the place of the old one

-- What PostgreSQL cannot carry over to a new type by itself is written down as text, dropped, and made again from the text: the new type has
-- the name of the old one by then.
CREATE FUNCTION journey.swap_statements(stages pg_catalog.regtype, labels pg_catalog.text[], dropped pg_catalog.text, move_to pg_catalog.text,
    OUT before pg_catalog.jsonb, OUT after pg_catalog.jsonb, OUT taken pg_catalog.oid[], OUT views pg_catalog.oid[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    self CONSTANT text := format_type(stages, NULL);
    literal CONSTANT text := '''' || replace(dropped, '''', '''''') || '''::' || self;
    typ record;
    old_name text;
    refused text[] := '{}';
    holders text[] := '{}';     -- what names the dropped label as an enum constant
    drops text[] := '{}';       -- in order; made again in the opposite one
    makes text[] := '{}';
    last text[] := '{}';
    definition text;
    partitioned bool := false;
    one record;
    view record;
BEGIN
    SELECT y.typname, y.typarray, y.typowner, y.typacl, y.typnamespace, n.nspname, obj_description(y.oid, 'pg_type') AS description INTO typ
        FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace WHERE y.oid = stages;
    old_name := journey.object_name(typ.typname, '_before');
    taken := '{}';
    views := '{}';
    before := '[]';

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s LOOP
        IF one.form = 'domain' THEN
            refused := refused || format('column %I of %s, which is of a domain', one.column_name, one.name);
        ELSIF one.kind NOT IN ('r', 'p') THEN
            refused := refused || format('column %I of %s, which is a %s', one.column_name, one.name,
                CASE one.kind WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END);
        ELSIF EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attname = one.column_name
                      WHERE p.partrelid IN (SELECT t.relid FROM pg_partition_tree(one.rel) t) AND a.attnum = ANY (p.partattrs::smallint[])) THEN
            refused := refused || format('column %I of %s, which partitions it', one.column_name, one.name);
            partitioned := true;
        END IF;
    END LOOP;
    -- a column that is inherited changes with its parents, and not with some of them
    FOR one IN
        WITH RECURSIVE col AS (
            SELECT s.rel::oid AS rel, s.name, s.column_name, s.inherited FROM journey.stage_columns(stages) s WHERE s.kind = 'r'
        ), tree (root, rel, column_name) AS (
            SELECT c.rel, c.rel, c.column_name FROM col c WHERE NOT c.inherited
            UNION SELECT t.root, i.inhrelid, t.column_name FROM tree t JOIN pg_inherits i ON i.inhparent = t.rel
        )
        SELECT c.name, c.column_name FROM col c JOIN pg_attribute a ON a.attrelid = c.rel AND a.attname = c.column_name
        WHERE c.inherited AND EXISTS (
            SELECT FROM tree t WHERE t.rel = c.rel AND t.column_name = c.column_name
              AND a.attinhcount > (SELECT count(*) FROM tree u JOIN pg_inherits i ON i.inhparent = u.rel AND i.inhrelid = c.rel
                                   WHERE u.root = t.root AND u.column_name = c.column_name))
        ORDER BY c.name COLLATE "C", c.column_name COLLATE "C"
    LOOP
        refused := refused || format('column %I of %s, which has it from several tables', one.column_name, one.name);
    END LOOP;

    FOR one IN
        WITH col AS (
            SELECT a.attrelid, a.attnum FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            WHERE a.atttypid IN (stages, typ.typarray) AND a.attnum > 0 AND NOT a.attisdropped
        ), dep AS (
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d JOIN col ON d.refclassid = 'pg_class'::regclass AND d.refobjid = col.attrelid AND d.refobjsubid = col.attnum
            UNION
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (stages, typ.typarray)
            UNION
            SELECT 'pg_attrdef'::regclass, f.oid, 0 FROM pg_attrdef f JOIN col ON f.adrelid = col.attrelid AND f.adnum = col.attnum
        )
        SELECT dep.classid::regclass::text AS class, dep.objid, dep.objsubid, pg_describe_object(dep.classid, dep.objid, dep.objsubid) AS said
        FROM dep
        -- foreign keys go before the keys that they refer to; the rest in an order that stays the same
        ORDER BY dep.classid <> 'pg_constraint'::regclass, pg_describe_object(dep.classid, dep.objid, dep.objsubid) COLLATE "C"
    LOOP
        IF one.class = 'pg_class' THEN
            SELECT c.relkind, c.relispartition, format('%I.%I', n.nspname, c.relname) AS name, i.indexprs IS NOT NULL OR i.indpred IS NOT NULL AS odd,
                   i.indisclustered, i.indrelid, EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) AS constrained,
                   c.relname, c.reltablespace
                INTO view FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.oid = one.objid;
            IF view.relkind IN ('i', 'I') THEN
                IF view.odd AND NOT view.relispartition AND NOT view.constrained AND view.name <> ALL (taken::text[]) THEN
                    definition := pg_get_indexdef(one.objid);
                    IF view.relkind = 'I' THEN
                        definition := regexp_replace(definition, ' ON ONLY ', ' ON ');
                    END IF;
                    IF strpos(definition, literal) > 0 THEN
                        holders := holders || one.said;
                    END IF;
                    drops := drops || format('DROP INDEX %s', view.name);
                    makes := ARRAY[definition]
                        || CASE WHEN obj_description(one.objid, 'pg_class') IS NULL THEN '{}' ELSE ARRAY[format('COMMENT ON INDEX %s IS %L', view.name, obj_description(one.objid, 'pg_class'))] END
                        || ARRAY(SELECT format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', view.name, a.attnum, a.attstattarget)
                                 FROM pg_attribute a WHERE a.attrelid = one.objid AND a.attstattarget >= 0 ORDER BY a.attnum)
                        || CASE WHEN view.reltablespace <> 0 THEN ARRAY[format('ALTER INDEX %s SET TABLESPACE %I', view.name,
                                    (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = view.reltablespace))] ELSE '{}' END
                        || CASE WHEN view.indisclustered THEN ARRAY[format('ALTER TABLE %s CLUSTER ON %I', view.indrelid::regclass, view.relname)] ELSE '{}' END
                        || makes;
                END IF;
            ELSIF view.relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'c') THEN
                refused := refused || one.said;
            END IF;
        ELSIF one.class = 'pg_constraint' THEN
            SELECT k.contype, k.coninhcount, k.conparentid, k.conname, k.contypid, CASE WHEN k.conrelid <> 0 THEN format('%I.%I', n.nspname, c.relname) END AS name, c.relowner INTO view
                FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.oid = one.objid;
            IF view.contypid <> 0 THEN
                refused := refused || one.said;
            ELSIF (view.contype IN ('c', 'x') AND view.coninhcount = 0 AND view.conparentid = 0) OR (view.contype = 'f' AND view.conparentid = 0) THEN
                IF NOT pg_has_role(view.relowner, 'USAGE') THEN
                    RAISE EXCEPTION 'must be owner of table %', view.name USING ERRCODE = 'insufficient_privilege', DETAIL = format('Its %s has to be made anew.', one.said);
                END IF;
                definition := pg_get_constraintdef(one.objid);
                IF strpos(definition, literal) > 0 THEN
                    holders := holders || one.said;
                END IF;
                IF view.contype = 'f' THEN
                    drops := format('ALTER TABLE %s DROP CONSTRAINT %I', view.name, view.conname) || drops;
                ELSE
                    drops := drops || format('ALTER TABLE %s DROP CONSTRAINT %I', view.name, view.conname);
                END IF;
                definition := format('ALTER TABLE %s ADD CONSTRAINT %I %s', view.name, view.conname, definition);
                makes := makes || definition;
                IF obj_description(one.objid, 'pg_constraint') IS NOT NULL THEN
                    makes := makes || format('COMMENT ON CONSTRAINT %I ON %s IS %L', view.conname, view.name, obj_description(one.objid, 'pg_constraint'));
                END IF;
            END IF;
        ELSIF one.class = 'pg_attrdef' THEN
            SELECT a.attgenerated, a.attname, a.attnum, c.relkind, format('%I.%I', n.nspname, c.relname) AS name, pg_get_expr(f.adbin, f.adrelid) AS expression INTO view
                FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                JOIN pg_class c ON c.oid = f.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE f.oid = one.objid;
            IF view.attgenerated <> '' THEN
                refused := refused || format('generated column %I of %s', view.attname, view.name);
            ELSIF view.relkind NOT IN ('r', 'p') THEN
                refused := refused || one.said;
            ELSE
                IF strpos(view.expression, literal) > 0 AND move_to IS NULL THEN
                    holders := holders || one.said;
                END IF;
                drops := drops || format('ALTER TABLE ONLY %s ALTER COLUMN %I DROP DEFAULT', view.name, view.attname);
                makes := makes || format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s', view.name, view.attname,
                    CASE WHEN dropped IS NULL OR move_to IS NULL THEN view.expression
                         ELSE replace(view.expression, literal, '''' || replace(move_to, '''', '''''') || '''::' || self) END);
            END IF;
        ELSIF one.class = 'pg_rewrite' THEN
            SELECT c.oid, c.relkind, r.rulename INTO view FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid = one.objid;
            IF view.relkind <> 'v' OR view.rulename <> '_RETURN' THEN
                refused := refused || CASE view.relkind WHEN 'm' THEN pg_describe_object('pg_class'::regclass, view.oid, 0) ELSE one.said END;
            ELSIF view.oid <> ALL (views) THEN
                views := views || view.oid;
            END IF;
        ELSIF one.class = 'pg_trigger' THEN
            SELECT t.tgisinternal, t.tgparentid, t.tgname, t.tgenabled, format('%I.%I', n.nspname, c.relname) AS name INTO view
                FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.oid = one.objid;
            IF NOT view.tgisinternal AND view.tgparentid = 0 AND one.objid <> ALL (taken) THEN
                definition := pg_get_triggerdef(one.objid);
                IF strpos(definition, literal) > 0 THEN
                    holders := holders || one.said;
                END IF;
                taken := taken || one.objid;
                drops := drops || format('DROP TRIGGER %I ON %s', view.tgname, view.name);
                last := last || definition;
                IF view.tgenabled <> 'O' THEN
                    last := last || format('ALTER TABLE %s %s TRIGGER %I', view.name,
                        CASE view.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, view.tgname);
                END IF;
                IF obj_description(one.objid, 'pg_trigger') IS NOT NULL THEN
                    last := last || format('COMMENT ON TRIGGER %I ON %s IS %L', view.tgname, view.name, obj_description(one.objid, 'pg_trigger'));
                END IF;
            END IF;
        ELSIF one.class = 'pg_statistic_ext' THEN
            IF (SELECT x.stxexprs IS NOT NULL FROM pg_statistic_ext x WHERE x.oid = one.objid) THEN
                refused := refused || one.said;
            END IF;
        ELSIF NOT (one.class = 'pg_type' AND (one.objid = typ.typarray OR EXISTS (SELECT FROM pg_type y WHERE y.oid = one.objid AND y.typelem <> 0 AND y.typcategory = 'A'))) THEN
            refused := refused || one.said;
        END IF;
    END LOOP;

    -- the views, and the views on top of them, from the bottom up
    FOR view IN
        WITH RECURSIVE v (oid, depth) AS (
            SELECT u, 0 FROM unnest(views) u
            UNION
            SELECT r.ev_class, v.depth + 1 FROM v
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> v.oid
        )
        SELECT c.oid, c.relkind, c.relowner, format('%I.%I', n.nspname, c.relname) AS name, c.relname, max(v.depth) AS depth, pg_get_viewdef(c.oid) AS definition,
               starts_with(COALESCE(obj_description(c.oid, 'pg_class'), ''), 'journey: ') AS ours,
               CASE WHEN starts_with(COALESCE(obj_description(c.oid, 'pg_class'), ''), 'journey: ') AND c.relkind = 'v' THEN journey.dates_view(c.oid) END AS dates
        FROM v JOIN pg_class c ON c.oid = v.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        GROUP BY c.oid, c.relkind, c.relowner, n.nspname, c.relname
        ORDER BY depth, format('%I.%I', n.nspname, c.relname) COLLATE "C"
    LOOP
        IF view.relkind <> 'v' THEN
            refused := refused || pg_describe_object('pg_class'::regclass, view.oid, 0);
            CONTINUE;
        ELSIF NOT pg_has_role(view.relowner, 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of view %', view.name USING ERRCODE = 'insufficient_privilege', DETAIL = 'It has to be made anew.';
        END IF;
        refused := refused
            || ARRAY(SELECT pg_describe_object('pg_trigger'::regclass, t.oid, 0) FROM pg_trigger t WHERE t.tgrelid = view.oid AND NOT t.tgisinternal)
            || ARRAY(SELECT pg_describe_object('pg_rewrite'::regclass, r.oid, 0) FROM pg_rewrite r WHERE r.ev_class = view.oid AND r.rulename <> '_RETURN')
            || ARRAY(SELECT pg_describe_object('pg_attrdef'::regclass, f.oid, 0) FROM pg_attrdef f WHERE f.adrelid = view.oid)
            || ARRAY(SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
                     WHERE d.classid NOT IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_attrdef'::regclass)
                       AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = view.oid AND d.deptype <> 'i'
                            OR d.refclassid = 'pg_type'::regclass AND d.deptype = 'n'
                               AND d.refobjid IN (SELECT y.oid FROM pg_type y WHERE y.typrelid = view.oid
                                                  UNION ALL SELECT y.typarray FROM pg_type y WHERE y.typrelid = view.oid)));
        IF NOT view.ours AND strpos(view.definition, literal) > 0 THEN
            holders := holders || pg_describe_object('pg_class'::regclass, view.oid, 0);
        END IF;
        IF view.oid <> ALL (views) THEN
            views := views || view.oid;
        END IF;
        drops := format('DROP VIEW %s', view.name) || drops;
        IF view.dates IS NOT NULL THEN
            SELECT t.name, t.column_name INTO one FROM journey.stage_columns(stages) t
                WHERE t.trigger IS NOT NULL AND view.oid IN (SELECT w FROM journey.tracked_views(t.rel, t.journey_column) w);
            last := last || format('SELECT count(*) FROM journey.stage_dates_view(%L, %L, %L, %L)', one.name, one.column_name, view.relname, view.dates)
                || ARRAY(SELECT e FROM unnest(journey.view_extras(view.oid)) WITH ORDINALITY u (e, n) WHERE e !~ '^COMMENT ' ORDER BY n);
        ELSE
            last := last || journey.view_statement(view.oid,
                        CASE WHEN view.ours AND dropped IS NOT NULL THEN journey.replace_stage_in_view(view.definition, dropped, move_to)
                             WHEN view.ours THEN journey.replace_stage_in_view(view.definition, NULL, NULL,
                                 ARRAY(SELECT l FROM unnest(journey.stage_labels(stages)) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n),
                                 ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n))
                             ELSE view.definition END, 'CREATE')
                || journey.view_extras(view.oid)
                || CASE WHEN view.ours AND dropped IS NOT NULL THEN journey.view_comments(view.oid, dropped, move_to) ELSE '{}' END;
        END IF;
    END LOOP;

    IF cardinality(refused) > 0 THEN
        RAISE EXCEPTION 'cannot make type % anew because other objects depend on it', stages USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = (SELECT string_agg(DISTINCT upper(left(r, 1)) || substr(r, 2) || '.', E'\n') FROM unnest(refused) r),
            HINT = 'An enum can only lose or reorder labels as a new type, and these cannot be carried over to it. Drop them, and make them again afterwards.'
                || CASE WHEN partitioned THEN ' A table that is partitioned by the column has to be copied into another.' ELSE '' END;
    ELSIF cardinality(holders) > 0 THEN
        RAISE EXCEPTION 'cannot drop stage "%" because other objects name it', dropped USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = (SELECT string_agg(DISTINCT upper(left(r, 1)) || substr(r, 2) || '.', E'\n') FROM unnest(holders) r),
            HINT = 'Change or drop them first.';
    END IF;

    before := before
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', n)) ORDER BY n COLLATE "C")
                     FROM (SELECT DISTINCT s.name AS n FROM journey.stage_columns(stages) s) x), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', d) ORDER BY n) FROM unnest(drops) WITH ORDINALITY u (d, n)), '[]');
    after := jsonb_build_array(
            jsonb_build_object('statement', format('ALTER TYPE %s RENAME TO %I', self, old_name)),
            jsonb_build_object('statement', format('CREATE TYPE %I.%I AS ENUM (%s)', typ.nspname, typ.typname,
                (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(labels) WITH ORDINALITY u (l, n)))))
        || COALESCE((SELECT jsonb_agg(jsonb_build_object(
                'statement', format('ALTER TABLE %s %s', s.name,
                    (SELECT string_agg(format('ALTER COLUMN %I TYPE %s%s USING %1$I::pg_catalog.text%3$s::%2$s%3$s', t.column_name, self, CASE t.form WHEN 'array' THEN '[]' ELSE '' END), ', ' ORDER BY t.column_name COLLATE "C")
                     FROM journey.stage_columns(stages) t WHERE t.rel = s.rel AND NOT t.inherited)),
                'count', format('SELECT count(*) FROM %s', s.name)) ORDER BY s.name COLLATE "C")
            FROM (SELECT DISTINCT x.rel, x.name FROM journey.stage_columns(stages) x WHERE NOT x.inherited) s), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', m) ORDER BY n) FROM unnest(makes) WITH ORDINALITY u (m, n)
                     WHERE m !~ ' FOREIGN KEY '), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', m) ORDER BY n) FROM unnest(makes) WITH ORDINALITY u (m, n)
                     WHERE m ~ ' FOREIGN KEY '), '[]')
        || jsonb_build_object('statement', format('DROP TYPE %I.%I', typ.nspname, old_name));
    -- default privileges are for new types, and this is an old one
    after := after || COALESCE((SELECT jsonb_agg(DISTINCT jsonb_build_object('statement', format('REVOKE ALL ON TYPE %s FROM %s', self,
                        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)))
                     FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) g
                     WHERE d.defaclobjtype = 'T' AND d.defaclnamespace IN (0, typ.typnamespace) AND pg_get_userbyid(d.defaclrole) = current_user AND g.grantee <> d.defaclrole), '[]');
    IF typ.typacl IS NULL AND EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclobjtype = 'T' AND d.defaclnamespace IN (0, typ.typnamespace) AND pg_get_userbyid(d.defaclrole) = current_user) THEN
        after := after || jsonb_build_object('statement', format('GRANT USAGE ON TYPE %s TO PUBLIC', self));
    END IF;
    IF typ.typowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) THEN
        after := after || jsonb_build_object('statement', format('ALTER TYPE %s OWNER TO %I', self, pg_get_userbyid(typ.typowner)));
    END IF;
    IF typ.typacl IS NOT NULL THEN
        after := after || jsonb_build_object('statement', format('REVOKE ALL ON TYPE %s FROM PUBLIC', self))
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', format('GRANT %s ON TYPE %s TO %s%s', g.privilege_type, self,
                            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                            CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)) ORDER BY g.grantee::regrole::text COLLATE "C")
                         FROM aclexplode(typ.typacl) g WHERE g.grantee <> typ.typowner), '[]');
    END IF;
    IF typ.description IS NOT NULL THEN
        after := after || jsonb_build_object('statement', format('COMMENT ON TYPE %s IS %L', self, typ.description));
    END IF;
    after := after || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', l) ORDER BY n) FROM unnest(last) WITH ORDINALITY u (l, n)), '[]');
END
$function$;
COMMENT ON FUNCTION journey.swap_statements(pg_catalog.regtype, pg_catalog.text[], pg_catalog.text, pg_catalog.text) IS
    'the statements that make an enum anew with other labels, and with it all that depends on it; or the error that names what cannot be carried over';

CREATE FUNCTION journey.drop_stage(stages pg_catalog.regtype, label pg_catalog.text, move_to pg_catalog.text DEFAULT NULL,
    history pg_catalog.text DEFAULT 'replace', dry_run pg_catalog.bool DEFAULT false, edit_guards pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    labels text[];
    plan jsonb := '[]';
    middle jsonb := '[]';
    tail jsonb := '[]';
    swap record;
    held record;
    made text;
    target text;
    condition text;
    new_rules text;
    n bigint;
    self CONSTANT text := format_type(stages, NULL);
    one record;
    part record;
BEGIN
    IF history IS NULL OR history NOT IN ('replace', 'keep') THEN
        RAISE EXCEPTION 'history must be "replace" or "keep", not %', COALESCE(quote_ident(history), 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- again after the locks: what was waited for may have changed all of it
    FOR pass IN 1 .. CASE WHEN dry_run THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, true);
        PERFORM journey.check_old_label(stages, label);
        IF move_to IS NOT NULL THEN
            PERFORM journey.check_old_label(stages, move_to);
            IF move_to = label THEN
                RAISE EXCEPTION 'stage "%" cannot be replaced by itself', label USING ERRCODE = 'invalid_parameter_value';
            END IF;
        END IF;
        labels := array_remove(journey.stage_labels(stages), label);
        IF cardinality(labels) = 0 THEN
            RAISE EXCEPTION 'stage "%" is the only one of type %', label, stages USING ERRCODE = 'invalid_parameter_value';
        END IF;
        swap := journey.swap_statements(stages, labels, label, move_to);
        IF pass = 1 AND dry_run IS NOT TRUE THEN
            PERFORM journey.lock_stages(stages, true);
        END IF;
    END LOOP;

    plan := journey.owner_warnings(stages, true);
    FOR made IN SELECT * FROM journey.label_mentions(stages, label) LOOP
        plan := plan || jsonb_build_object('warning', format('%s names %L as text and is left as it is', made, label));
    END LOOP;
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s ORDER BY s.trigger IS NULL, s.name COLLATE "C", s.column_name COLLATE "C" LOOP
        target := CASE WHEN one.kind = 'r' THEN 'ONLY ' ELSE '' END || one.name;
        condition := CASE one.form WHEN 'array' THEN format('%L = ANY (%I::pg_catalog.text[])', label, one.column_name) ELSE format('%I = %L', one.column_name, label) END;
        IF one.journey_column IS NOT NULL AND history = 'replace' THEN
            condition := format('%s OR %I OPERATOR(journey.@>) ARRAY[%L]', condition, one.journey_column, label);
        END IF;
        IF move_to IS NULL THEN
            EXECUTE format('SELECT count(*) FROM %s WHERE %s', target, condition) INTO n;
            IF n > 0 THEN
                RAISE EXCEPTION '% % of table % % in stage "%"%', n, CASE n WHEN 1 THEN 'row' ELSE 'rows' END, one.rel, CASE n WHEN 1 THEN 'is' ELSE 'are' END, label,
                    CASE WHEN one.journey_column IS NOT NULL AND history = 'replace' THEN ', or have been' ELSE '' END
                    USING ERRCODE = 'object_not_in_prerequisite_state',
                    HINT = 'Say which stage takes its place: move_to => ''...''.'
                        || CASE WHEN one.journey_column IS NOT NULL AND history = 'replace' THEN ' Or leave it in the past of journeys: history => ''keep''.' ELSE '' END;
            END IF;
        ELSE
            held := journey.suspend_statements(one.rel, swap.taken);
            middle := middle
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.before) WITH ORDINALITY u (h, i)), '[]')
                || jsonb_build_object('update', true,
                    'statement', format('UPDATE %s SET %s WHERE %s', target,
                        CASE WHEN one.form = 'array' THEN format('%1$I = pg_catalog.array_replace(%1$I::pg_catalog.text[], %2$L, %3$L)::%4$s[]', one.column_name, label, move_to, format_type(stages, NULL))
                             WHEN one.journey_column IS NULL THEN format('%I = %L', one.column_name, move_to)
                             WHEN history = 'keep' THEN format('%1$I = %3$L, %2$I = journey.append(%2$I, %3$L::pg_catalog.text, pg_catalog.now())', one.column_name, one.journey_column, move_to)
                             ELSE format('%1$I = CASE %1$I WHEN %3$L THEN %4$L ELSE %1$I END, %2$I = journey.collapse(journey.rename(%2$I, %3$L, %4$L))', one.column_name, one.journey_column, label, move_to)
                        END, condition),
                    'count', format('SELECT count(*) FROM %s WHERE %s', target, condition))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.after) WITH ORDINALITY u (h, i)), '[]');
        END IF;
        IF one.trigger IS NOT NULL THEN
            plan := plan
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('guard (%s) of column %I of %s names the label: it %s', g.guard, one.column_name, one.name,
                                 CASE WHEN edit_guards AND move_to IS NOT NULL THEN 'is changed' ELSE 'is left as it is' END)) ORDER BY g.statement)
                             FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, '''' || replace(label, '''', '''''') || '''') > 0), '[]');
            new_rules := journey.replace_stage_in_rules(one.rules, label, move_to, edit_guards);
            -- what the rules say of the stages that stay
            FOR part IN
                SELECT x.from_stage, x.to_stage, bool_or(x.was) AS was, bool_or(x.is) AS is, bool_or(x.was AND x.guard IS NOT NULL) AS was_guarded, bool_or(x.is AND x.guard IS NOT NULL) AS is_guarded
                FROM (SELECT m.from_stage, m.to_stage, m.guard, true AS was, false AS is FROM journey.rule_moves(one.rules, stages) m
                      UNION ALL SELECT m.from_stage, m.to_stage, m.guard, false, true FROM journey.rule_moves(new_rules, stages) m) x
                WHERE x.from_stage IS DISTINCT FROM label AND x.to_stage <> label
                GROUP BY x.from_stage, x.to_stage
                HAVING bool_or(x.was) <> bool_or(x.is) OR bool_or(x.was AND x.guard IS NOT NULL) <> bool_or(x.is AND x.guard IS NOT NULL)
                ORDER BY array_position(labels, x.from_stage) NULLS FIRST, array_position(labels, x.to_stage)
            LOOP
                plan := plan || jsonb_build_object('warning', format('column %I of %s: the move from %s to %I is now %s', one.column_name, one.name,
                    COALESCE(quote_ident(part.from_stage), 'new'), part.to_stage,
                    CASE WHEN NOT part.is THEN 'not allowed' WHEN part.is_guarded THEN 'allowed under a guard' ELSE 'allowed' END));
            END LOOP;
            IF new_rules <> one.rules THEN
                held := journey.suspend_statements(one.rel, ARRAY(SELECT t.oid FROM pg_trigger t WHERE t.tgrelid = one.rel AND (t.oid <> one.trigger OR t.tgenabled = 'O')));
                tail := tail || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules))
                    || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.after) WITH ORDINALITY u (h, i)), '[]');
            END IF;
            tail := tail
                || journey.view_plan(one.rel, one.column_name, one.journey_column, label, move_to, NULL, NULL, swap.views)
                || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules))
                || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
        END IF;
    END LOOP;
    -- without a stage in its place no event has it
    middle := middle || COALESCE(journey.kept_plan(stages, label, move_to), '[]');
    RETURN QUERY SELECT * FROM journey.run_plan(plan || swap.before || middle || swap.after || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.drop_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool) IS
    'takes a stage out of the enum, the rules, the journeys and the views of all tables that use it; another takes its place; returns the statements and the rows they touched';

CREATE FUNCTION journey.reorder_stages(stages pg_catalog.regtype, labels pg_catalog.text[], dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    present text[];
    plan jsonb := '[]';
    tail jsonb := '[]';
    swap record;
    self CONSTANT text := format_type(stages, NULL);
    one record;
    bad text;
BEGIN
    PERFORM journey.check_migration(stages, true);
    IF dry_run IS NOT TRUE AND labels IS DISTINCT FROM journey.stage_labels(stages) THEN
        -- once without the locks, for what stands in the way
        PERFORM journey.reorder_stages(stages, labels, true);
        PERFORM journey.lock_stages(stages, true);
        -- another migration may have made the type anew
        stages := COALESCE(to_regtype(self), stages);
        PERFORM journey.check_migration(stages, true);
    END IF;
    present := journey.stage_labels(stages);
    IF array_ndims(labels) > 1 THEN
        RAISE EXCEPTION 'labels must be a one-dimensional array' USING ERRCODE = 'array_subscript_error';
    ELSIF labels IS NULL OR array_position(labels, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'labels must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT l INTO bad FROM unnest(labels) l WHERE l <> ALL (present) LIMIT 1;
    IF FOUND THEN
        PERFORM journey.check_old_label(stages, bad);
    END IF;
    SELECT l INTO bad FROM unnest(labels) l GROUP BY l HAVING count(*) > 1 ORDER BY l COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stage label "%" is given twice', bad USING ERRCODE = 'duplicate_object';
    END IF;
    SELECT string_agg(l, ', ' ORDER BY n) INTO bad FROM unnest(present) WITH ORDINALITY u (l, n) WHERE l <> ALL (labels);
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'the new order leaves out stages of type %: %', stages, bad USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Name every stage once; drop_stage() takes one away.';
    ELSIF labels = present THEN
        RAISE NOTICE 'the stages of type % are in this order already', stages;
        RETURN;
    END IF;
    swap := journey.swap_statements(stages, labels, NULL, NULL);
    plan := journey.owner_warnings(stages, true);
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        IF one.rules ~ '\m(forward|next|back)\M' THEN
            plan := plan || jsonb_build_object('warning', format('the rules of column %I of %s have families of moves, which follow the order', one.column_name, one.name));
        END IF;
        tail := tail
            || journey.view_plan(one.rel, one.column_name, one.journey_column, NULL, NULL,
                ARRAY(SELECT l FROM unnest(present) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n),
                ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n), swap.views)
            || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, one.rules))
            || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan || swap.before || swap.after || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.reorder_stages(pg_catalog.regtype, pg_catalog.text[], pg_catalog.bool) IS
    'puts the stages of an enum into another order, and makes anew what depends on it; returns the statements and the rows they touched';
