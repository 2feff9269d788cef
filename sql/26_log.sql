-- log: who moved a row, when and why

CREATE FUNCTION journey.log_column(key pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_column(pg_catalog.text) IS
    'what a key column is called in a log of moves, which has columns of its own';

CREATE FUNCTION journey.log_moves() RETURNS pg_catalog.trigger
    AS 'MODULE_PATHNAME' LANGUAGE c VOLATILE;
COMMENT ON FUNCTION journey.log_moves() IS
    'trigger: writes the moves of a statement into a log table, with who made them and why';

CREATE FUNCTION journey.log_statements(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    log_name pg_catalog.text) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    stage_type text;
    keys text[];                -- columns of the primary key
    key_columns text;           -- the same as columns of the log
    arguments text;
    bad text;
    statements text[] := '{}';
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) AS name, format('%I.%I', n.nspname, log_name) AS log,
           c.relowner, l.oid AS log_oid, l.relkind AS log_kind, l.relowner AS log_owner
        INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_class l ON l.relname = log_name AND l.relnamespace = c.relnamespace
        WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    SELECT array_agg(a.attname ORDER BY k.n),
           string_agg(format(E'\n    %I %s NOT NULL,', journey.log_column(a.attname), format_type(a.atttypid, a.atttypmod)), '' ORDER BY k.n)
        INTO keys, key_columns
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum
        WHERE i.indrelid = rel AND i.indisprimary AND k.n <= i.indnkeyatts;
    IF keys IS NULL THEN
        RAISE EXCEPTION 'table % has no primary key, which its log needs', rel
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add one, or leave the log out.';
    END IF;

    IF tbl.log_oid IS NULL THEN
        statements := statements || format(
E'CREATE TABLE %s (
    log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,%s
    from_stage %s,
    to_stage %3$s NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL DEFAULT now(),
    actor text NOT NULL,
    reason text,
    db_user name NOT NULL
)', tbl.log, key_columns, stage_type)
            || format('COMMENT ON TABLE %s IS %L', tbl.log, format('journey: the moves of column %s of %s', stage_column, tbl.name));
        FOR one IN
            SELECT c, t FROM (VALUES
                ('from_stage', 'the stage that was left; null for a row that came new'),
                ('to_stage', 'the stage that was entered'),
                ('at', 'when the move counts, as in the journey'),
                ('recorded_at', 'when the move was written down: the time of its transaction'),
                ('actor', 'who made the move: setting journey.actor, or else the user of the session'),
                ('reason', 'why: setting journey.reason'),
                ('db_user', 'whose rights the statement ran with')) v (c, t)
        LOOP
            statements := statements || format('COMMENT ON COLUMN %s.%I IS %L', tbl.log, one.c, one.t);
        END LOOP;
        statements := statements || format('CREATE INDEX ON %s (%s, recorded_at)', tbl.log,
            (SELECT string_agg(format('%I', journey.log_column(k)), ', ' ORDER BY i) FROM unnest(keys) WITH ORDINALITY u (k, i)));
    ELSE
        -- the log of an earlier time is taken up again
        SELECT v.c INTO bad
            FROM (SELECT journey.log_column(k), format_type(a.atttypid, a.atttypmod)
                  FROM unnest(keys) k JOIN pg_attribute a ON a.attrelid = rel AND a.attname = k
                  UNION ALL
                  VALUES ('from_stage', stage_type), ('to_stage', stage_type), ('at', 'timestamp with time zone'), ('actor', 'text'), ('reason', 'text'), ('db_user', 'name')
                 ) v (c, t)
            WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tbl.log_oid AND a.attname = v.c
                              AND format_type(a.atttypid, a.atttypmod) = v.t AND NOT a.attisdropped)
            LIMIT 1;
        IF FOUND OR tbl.log_kind NOT IN ('r', 'p') THEN
            RAISE EXCEPTION 'relation %, which is to be the log, exists already', tbl.log USING ERRCODE = 'duplicate_table',
                DETAIL = CASE WHEN tbl.log_kind IN ('r', 'p') THEN format('It has no column "%s" as a log of these moves has.', bad)
                         ELSE 'It is no table.' END,
                HINT = 'Choose another beginning of the names: prefix => ''...''.';
        ELSIF NOT pg_has_role(tbl.log_owner, tbl.relowner, 'USAGE') THEN
            RAISE EXCEPTION 'log table % must belong to the owner of table %', tbl.log, rel USING ERRCODE = 'insufficient_privilege',
                DETAIL = 'It is written with the rights of that owner.';
        END IF;
    END IF;

    SELECT string_agg(format('%L', a), ', ' ORDER BY i) INTO arguments
        FROM unnest(ARRAY[log_name, stage_column, journey_column] || keys) WITH ORDINALITY u (a, i);
    RETURN statements
        || format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS journey_new FOR EACH STATEMENT EXECUTE FUNCTION journey.log_moves(%s)',
                  journey.object_name('zz_log_insert_' || stage_column, ''), tbl.name, arguments)
        || format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS journey_old NEW TABLE AS journey_new FOR EACH STATEMENT EXECUTE FUNCTION journey.log_moves(%s)',
                  journey.object_name('zz_log_update_' || stage_column, ''), tbl.name, arguments);
END
$function$;
COMMENT ON FUNCTION journey.log_statements(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'the statements by which track gives a table a log of its moves';
