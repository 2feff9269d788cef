\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \quit

-- From 0.1.0 to 0.2.0.  What is new, changed or gone in a part NN_TOPIC.sql is here under the name of that topic.

-- track: a second part that is too long by itself is an error, and a long first part costs no more than a short one

CREATE OR REPLACE FUNCTION journey.object_name(base pg_catalog.text, suffix pg_catalog.text) RETURNS pg_catalog.text
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
