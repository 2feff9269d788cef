-- materialize: journeys kept current from a table of events

CREATE FUNCTION journey.period_start(at pg_catalog.timestamptz, period pg_catalog.interval)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.period_start(pg_catalog.timestamptz, pg_catalog.interval) IS
    'first moment of the period, in UTC, that a time is in; months count from January, weeks from Monday';
CREATE FUNCTION journey.period_end(at pg_catalog.timestamptz, period pg_catalog.interval)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.period_end(pg_catalog.timestamptz, pg_catalog.interval) IS
    'first moment after the period, in UTC, that a time is in';

CREATE FUNCTION journey.group_events(events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name,
        event pg_catalog.name, period pg_catalog.interval DEFAULT NULL)
    RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME' LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION journey.group_events(pg_catalog.regclass, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.interval) IS
    'the journey of every key (and period) of an event table, in one pass and bounded memory';

CREATE FUNCTION journey.materialize_missing(schema pg_catalog.text, name pg_catalog.text, events pg_catalog.regclass)
    RETURNS pg_catalog.void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'journey table %.% does not exist', pg_catalog.quote_ident(schema), pg_catalog.quote_ident(name)
        USING ERRCODE = 'undefined_table',
            HINT = pg_catalog.format('If it is no longer wanted, drop the triggers of table %s whose names start with "materialize_". '
                'If it was renamed, give it its old name back.', events);
END
$$;
COMMENT ON FUNCTION journey.materialize_missing(pg_catalog.text, pg_catalog.text, pg_catalog.regclass) IS
    'the error that a journey table is gone; part of the triggers of materialize';

-- The trigger of INSERT: appends the events of the statement.
-- Arguments: schema and name of the journey table, columns key, at and event, period or an empty string.
CREATE FUNCTION journey.materialize_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
BEGIN
    IF pg_catalog.to_regclass(pg_catalog.format('%I.%I', TG_ARGV[0], TG_ARGV[1])) IS NULL THEN
        PERFORM journey.materialize_missing(TG_ARGV[0], TG_ARGV[1], TG_RELID);
    END IF;
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$I.%2$I AS t (%3$I, %6$sjourney)'
        ' SELECT n.%3$I, %7$sjourney.journey_agg(n.%5$I::pg_catalog.text, n.%4$I::pg_catalog.timestamptz)'
        ' FROM journey_new n'
        ' WHERE n.%3$I IS NOT NULL AND n.%4$I IS NOT NULL AND n.%5$I IS NOT NULL'
        ' GROUP BY %8$s ORDER BY %8$s'
        ' ON CONFLICT (%3$I%9$s) DO UPDATE SET journey = t.journey OPERATOR(journey.||) excluded.journey',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[4],
        CASE WHEN TG_ARGV[5] <> '' THEN 'period, ' ELSE '' END,
        CASE WHEN TG_ARGV[5] <> ''
            THEN pg_catalog.format('journey.period_start(n.%I::pg_catalog.timestamptz, %L), ', TG_ARGV[3], TG_ARGV[5])
            ELSE '' END,
        CASE WHEN TG_ARGV[5] <> '' THEN '1, 2' ELSE '1' END,
        CASE WHEN TG_ARGV[5] <> '' THEN ', period' ELSE '' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION journey.materialize_insert() IS
    'trigger of materialize: appends inserted events to the journeys';

-- The trigger of UPDATE, DELETE and TRUNCATE: makes the journeys that are touched anew from the events.  Rows that other
-- users' policies hide would be lost that way, so row_security = off makes it an error to be subject to a policy.
CREATE FUNCTION journey.materialize_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET row_security = off
AS $$
DECLARE
    events pg_catalog.regclass := coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID);
    by_period boolean := TG_ARGV[5] <> '';
    entries text := pg_catalog.format(
        '(SELECT %1$I AS k, %2$I::pg_catalog.timestamptz AS a, %3$I::pg_catalog.text AS e',
        TG_ARGV[2], TG_ARGV[3], TG_ARGV[4]);
    touched text;           -- query of the keys (and periods) whose journeys may have changed
    same text;              -- condition that two rows are of the same key (and period)
BEGIN
    IF pg_catalog.to_regclass(pg_catalog.format('%I.%I', TG_ARGV[0], TG_ARGV[1])) IS NULL THEN
        PERFORM journey.materialize_missing(TG_ARGV[0], TG_ARGV[1], TG_RELID);
    END IF;
    IF TG_OP = 'TRUNCATE' AND TG_RELID = events THEN
        EXECUTE pg_catalog.format('DELETE FROM %I.%I', TG_ARGV[0], TG_ARGV[1]);
        RETURN NULL;
    END IF;

    touched := CASE TG_OP
        WHEN 'UPDATE' THEN pg_catalog.format(
            '(%1$s FROM journey_old) EXCEPT %1$s FROM journey_new)) UNION (%1$s FROM journey_new) EXCEPT %1$s FROM journey_old))',
            entries)
        WHEN 'DELETE' THEN entries || ' FROM journey_old)'
        ELSE '' END;
    IF TG_OP = 'TRUNCATE' THEN
        touched := pg_catalog.format('SELECT %1$I AS k%4$s FROM %2$I.%3$I',
            TG_ARGV[2], TG_ARGV[0], TG_ARGV[1], CASE WHEN by_period THEN ', period AS p' ELSE '' END);
    ELSE
        touched := pg_catalog.format(
            'SELECT DISTINCT k%2$s FROM (%1$s) c WHERE k IS NOT NULL AND a IS NOT NULL AND e IS NOT NULL',
            touched, CASE WHEN by_period THEN pg_catalog.format(', journey.period_start(a, %L) AS p', TG_ARGV[5]) ELSE '' END);
    END IF;

    -- take the locks in the order of the keys, as an INSERT does; a key that is not there yet gets an empty journey
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$I.%2$I AS t (%3$I%4$s, journey) SELECT c.*, ''{}'' FROM (%5$s) c ORDER BY %6$s'
        ' ON CONFLICT (%3$I%4$s) DO UPDATE SET journey = t.journey WHERE false',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2],
        CASE WHEN by_period THEN ', period' ELSE '' END, touched, CASE WHEN by_period THEN '1, 2' ELSE '1' END);

    -- only now look at the events: whoever had a lock has committed, and whoever waits for one appends afterwards
    same := CASE WHEN by_period THEN '%1$s.k = %2$s.k AND %1$s.p = %2$s.p' ELSE '%1$s.k = %2$s.k' END;
    EXECUTE pg_catalog.format(
        'WITH c AS MATERIALIZED (%1$s)'
        ' UPDATE %2$I.%3$I t SET journey = coalesce(n.journey, ''{}'')'
        ' FROM c LEFT JOIN (SELECT c.*, journey.journey_agg(s.%7$I::pg_catalog.text, s.%6$I::pg_catalog.timestamptz) AS journey'
        ' FROM c JOIN %4$s s ON s.%5$I = c.k%8$s WHERE s.%6$I IS NOT NULL AND s.%7$I IS NOT NULL GROUP BY %9$s) n ON %10$s'
        ' WHERE t.%5$I = c.k%11$s',
        touched, TG_ARGV[0], TG_ARGV[1], events, TG_ARGV[2], TG_ARGV[3], TG_ARGV[4],
        CASE WHEN by_period THEN pg_catalog.format(
            ' AND s.%1$I::pg_catalog.timestamptz >= c.p AND s.%1$I::pg_catalog.timestamptz < journey.period_end(c.p, %2$L)',
            TG_ARGV[3], TG_ARGV[5]) ELSE '' END,
        CASE WHEN by_period THEN '1, 2' ELSE '1' END,
        pg_catalog.format(same, 'n', 'c'),
        CASE WHEN by_period THEN ' AND t.period = c.p' ELSE '' END);
    EXECUTE pg_catalog.format(
        'DELETE FROM %2$I.%3$I t USING (%1$s) c WHERE t.%4$I = c.k%5$s AND journey.length(t.journey) = 0',
        touched, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2],
        CASE WHEN by_period THEN ' AND t.period = c.p' ELSE '' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION journey.materialize_change() IS
    'trigger of materialize: makes the journeys anew whose events were updated, deleted or truncated';

-- Makes the triggers of one table, or of one partition: a statement that names a partition fires its triggers only, and
-- one that names the table fires the table's only, so nothing is counted twice.
CREATE FUNCTION journey.materialize_triggers(events pg_catalog.regclass, arguments pg_catalog.text[]) RETURNS pg_catalog.void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made record;
    list text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_literal(a), ', ' ORDER BY n) INTO list
    FROM pg_catalog.unnest(arguments) WITH ORDINALITY u(a, n);
    FOR made IN
        SELECT * FROM (VALUES
            ('insert', 'INSERT', 'REFERENCING NEW TABLE AS journey_new', 'insert'),
            ('update', 'UPDATE', 'REFERENCING OLD TABLE AS journey_old NEW TABLE AS journey_new', 'change'),
            ('delete', 'DELETE', 'REFERENCING OLD TABLE AS journey_old', 'change'),
            ('truncate', 'TRUNCATE', '', 'change')) v(name, operation, tables, function)
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION journey.materialize_%s(%s)',
            journey.object_name('materialize_' || arguments[2], '_' || made.name), made.operation, events, made.tables, made.function, list);
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey.materialize_triggers(pg_catalog.regclass, pg_catalog.text[]) IS
    'makes the triggers of materialize on one table; part of materialize';

-- All triggers of materialize, with the journey table that their arguments name; that is NULL if it is gone.
CREATE FUNCTION journey.materialize_found()
    RETURNS TABLE (into_table pg_catalog.regclass, rel pg_catalog.regclass, trigger_name pg_catalog.name, arguments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.arguments[1], a.arguments[2])), t.tgrelid::regclass, t.tgname, a.arguments
    FROM (SELECT x.oid, x.tgrelid, x.tgname FROM pg_catalog.pg_trigger x
          WHERE x.tgfoid IN ('journey.materialize_insert()'::regprocedure, 'journey.materialize_change()'::regprocedure)) t
        CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) a (arguments)
    ORDER BY a.arguments[1] COLLATE "C", a.arguments[2] COLLATE "C", t.tgrelid::regclass::text COLLATE "C", t.tgname COLLATE "C";
END
$$;
COMMENT ON FUNCTION journey.materialize_found() IS
    'all triggers of materialize; part of materialized';

CREATE FUNCTION journey.materialized()
    RETURNS TABLE (into_table pg_catalog.regclass, events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name,
        event pg_catalog.name, period pg_catalog.interval, uncovered pg_catalog.regclass[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (f.arguments[1] COLLATE "C", f.arguments[2] COLLATE "C")
        f.into_table, f.rel, f.arguments[3]::name, f.arguments[4]::name, f.arguments[5]::name,
        nullif(f.arguments[6], '')::interval,
        ARRAY(SELECT p.relid FROM pg_catalog.pg_partition_tree(f.rel) p
              WHERE NOT EXISTS (SELECT FROM journey.materialize_found() g
                                WHERE g.rel = p.relid AND g.arguments[1:2] = f.arguments[1:2])
              ORDER BY p.relid::regclass::text COLLATE "C")
    FROM journey.materialize_found() f
        JOIN pg_catalog.pg_class c ON c.oid = f.rel
    WHERE NOT c.relispartition
    ORDER BY f.arguments[1] COLLATE "C", f.arguments[2] COLLATE "C";
END
$$;
COMMENT ON FUNCTION journey.materialized() IS
    'the journey tables that are kept current from events, and the partitions whose events they would miss';

-- Fills an empty journey table.
CREATE FUNCTION journey.materialize_fill(into_table pg_catalog.regclass, events pg_catalog.regclass, arguments pg_catalog.text[])
    RETURNS pg_catalog.int8
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    journeys int8;
BEGIN
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (%2$I%7$s, journey) SELECT g.* FROM journey.group_events(%3$L, %2$L, %4$L, %5$L%8$s)'
        ' AS g(k %6$s%9$s, j journey.journey)',
        into_table, arguments[3], events, arguments[4], arguments[5],
        (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = events AND a.attname = arguments[3]::name),
        CASE WHEN arguments[6] <> '' THEN ', period' ELSE '' END,
        CASE WHEN arguments[6] <> '' THEN pg_catalog.format(', %L', arguments[6]) ELSE '' END,
        CASE WHEN arguments[6] <> '' THEN ', p pg_catalog.timestamptz' ELSE '' END);
    GET DIAGNOSTICS journeys = ROW_COUNT;
    RETURN journeys;
END
$$;
COMMENT ON FUNCTION journey.materialize_fill(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text[]) IS
    'fills an empty journey table from all events there are; part of materialize';

CREATE FUNCTION journey.materialize(events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name, event pg_catalog.name,
        into_table pg_catalog.name, period pg_catalog.interval DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET intervalstyle = 'postgres'
    SET row_security = off
AS $$
DECLARE
    source record;          -- the table of events
    keycol record;
    part regclass;
    target text;
    arguments text[];
    journeys int8;
    writers text;
BEGIN
    IF events IS NULL OR key IS NULL OR at IS NULL OR event IS NULL OR into_table IS NULL THEN
        RAISE EXCEPTION 'table and columns must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF pg_catalog.current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'materialize must run at isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                DETAIL = 'Only then does it see every event that was committed before it had the lock.';
    END IF;

    -- from here on nobody writes events until this transaction ends
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', events);
    SELECT c.relname, n.nspname, c.relkind, c.relispartition, c.relacl, c.relowner INTO STRICT source
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = events;
    IF source.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '"%" is not a table', source.relname USING ERRCODE = 'wrong_object_type';
    END IF;
    IF source.relispartition THEN
        RAISE EXCEPTION '"%" is a partition', source.relname
            USING ERRCODE = 'wrong_object_type', HINT = 'Name the partitioned table instead.';
    END IF;
    IF source.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = events) THEN
        RAISE EXCEPTION '"%" has tables that inherit from it', source.relname
            USING ERRCODE = 'wrong_object_type',
                DETAIL = 'What is written to them would not be seen.',
                HINT = 'Use a partitioned table.';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_partition_tree(events) p JOIN pg_catalog.pg_class c ON c.oid = p.relid
               WHERE c.relkind NOT IN ('r', 'p')) THEN
        RAISE EXCEPTION '"%" has a partition that is a foreign table', source.relname
            USING ERRCODE = 'wrong_object_type', DETAIL = 'What others write to it would not be seen.';
    END IF;

    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
           CASE WHEN a.attcollation <> t.typcollation THEN pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname) ELSE '' END AS collation
    INTO keycol
    FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    WHERE a.attrelid = events AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', key, source.relname USING ERRCODE = 'undefined_column';
    END IF;
    IF key IN ('journey', 'period') THEN
        RAISE EXCEPTION 'column "%" cannot be the key', key
            USING ERRCODE = 'reserved_name', DETAIL = 'The journey table has a column of this name.';
    END IF;

    IF period IS NOT NULL THEN
        PERFORM journey.period_start('2000-01-01', period);     -- refuses what is no period
    END IF;
    arguments := ARRAY[source.nspname, into_table, key, at, event, coalesce(period::text, '')];
    target := pg_catalog.format('%I.%I', source.nspname, into_table);
    EXECUTE pg_catalog.format('CREATE %sTABLE %s (%I %s%s NOT NULL, %sjourney journey.journey NOT NULL)',
        CASE WHEN (SELECT c.relpersistence = 'u' FROM pg_catalog.pg_class c WHERE c.oid = events) THEN 'UNLOGGED ' ELSE '' END,
        target, key, keycol.type, keycol.collation,
        CASE WHEN period IS NOT NULL THEN 'period pg_catalog.timestamptz NOT NULL, ' ELSE '' END);
    journeys := journey.materialize_fill(target::regclass, events, arguments);
    EXECUTE pg_catalog.format('ALTER TABLE %s ADD PRIMARY KEY (%I%s)', target, key,
        CASE WHEN period IS NOT NULL THEN ', period' ELSE '' END);
    EXECUTE pg_catalog.format('COMMENT ON TABLE %s IS %L', target,
        pg_catalog.format('journeys of %I.%I, kept by journey.materialize', source.nspname, source.relname));

    PERFORM journey.materialize_triggers(events, arguments);
    FOR part IN SELECT p.relid FROM pg_catalog.pg_partition_tree(events) p WHERE p.relid <> events ORDER BY p.level, p.relid::regclass::text LOOP
        PERFORM journey.materialize_triggers(part, arguments);
    END LOOP;

    PERFORM FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = events AND i.indisvalid AND i.indpred IS NULL AND a.attname = key;
    IF NOT FOUND THEN
        RAISE NOTICE 'no index of "%" starts with column "%"', source.relname, key
            USING HINT = 'An UPDATE or DELETE of events looks up the other events of the key.';
    END IF;
    SELECT pg_catalog.string_agg(DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END, ', ') INTO writers
    FROM pg_catalog.aclexplode(source.relacl) x
    WHERE x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND x.grantee <> source.relowner;
    IF writers IS NOT NULL THEN
        RAISE NOTICE 'who writes to "%" needs rights on "%", too: %', source.relname, into_table, writers
            USING HINT = pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', target, writers);
    END IF;
    RETURN pg_catalog.format('%s: %s journeys of %s, kept current by triggers', target, journeys, events);
END
$$;
COMMENT ON FUNCTION journey.materialize(pg_catalog.regclass, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.interval) IS
    'makes a table of one journey per key (and period) of an event table, and triggers that keep it current';

-- The event table and the arguments a journey table was made with.
CREATE FUNCTION journey.materialized_from(into_table pg_catalog.regclass,
        OUT events pg_catalog.regclass, OUT arguments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT f.rel, f.arguments INTO events, arguments
    FROM journey.materialize_found() f
    WHERE f.into_table = materialized_from.into_table
        AND NOT (SELECT c.relispartition FROM pg_catalog.pg_class c WHERE c.oid = f.rel)
    LIMIT 1;
    IF events IS NULL THEN
        RAISE EXCEPTION 'no trigger keeps "%" current', into_table
            USING ERRCODE = 'undefined_object', HINT = 'Only a table made by journey.materialize can be named here.';
    END IF;
END
$$;
COMMENT ON FUNCTION journey.materialized_from(pg_catalog.regclass) IS
    'the event table of a journey table, and the arguments of its triggers; an error if nothing keeps it current';

CREATE FUNCTION journey.rematerialize(into_table pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
DECLARE
    source record;
    part regclass;
    journeys int8;
BEGIN
    IF into_table IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF pg_catalog.current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'rematerialize must run at isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                DETAIL = 'Only then does it see every event that was committed before it had the lock.';
    END IF;
    SELECT * INTO source FROM journey.materialized_from(into_table);
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', source.events);
    EXECUTE pg_catalog.format('DELETE FROM %s', into_table);
    journeys := journey.materialize_fill(into_table, source.events, source.arguments);
    FOR part IN
        SELECT p.relid FROM pg_catalog.pg_partition_tree(source.events) p
        WHERE NOT EXISTS (SELECT FROM journey.materialize_found() f
                          WHERE f.into_table = rematerialize.into_table AND f.rel = p.relid)
        ORDER BY p.level, p.relid::regclass::text
    LOOP
        PERFORM journey.materialize_triggers(part, source.arguments);
    END LOOP;
    RETURN pg_catalog.format('%s: %s journeys of %s, made anew', into_table, journeys, source.events);
END
$$;
COMMENT ON FUNCTION journey.rematerialize(pg_catalog.regclass) IS
    'makes all journeys of a table of materialize anew, and puts triggers on new partitions';

CREATE FUNCTION journey.dematerialize(into_table pg_catalog.regclass, drop_table pg_catalog.bool DEFAULT false) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record;
    made record;
    name text := into_table::text;
    triggers int := 0;
BEGIN
    IF into_table IS NULL OR drop_table IS NULL THEN
        RAISE EXCEPTION 'arguments must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT * INTO source FROM journey.materialized_from(into_table);
    FOR made IN SELECT * FROM journey.materialize_found() f WHERE f.into_table = dematerialize.into_table LOOP
        EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', made.trigger_name, made.rel);
        triggers := triggers + 1;
    END LOOP;
    IF drop_table THEN
        EXECUTE pg_catalog.format('DROP TABLE %s', into_table);
    ELSE
        EXECUTE pg_catalog.format('COMMENT ON TABLE %s IS NULL', into_table);
    END IF;
    RETURN pg_catalog.format('%s: %s, %s triggers of %s dropped', name,
        CASE WHEN drop_table THEN 'dropped' ELSE 'no longer kept' END, triggers, source.events);
END
$$;
COMMENT ON FUNCTION journey.dematerialize(pg_catalog.regclass, pg_catalog.bool) IS
    'drops the triggers that keep a journey table current, and the table itself if asked to';
