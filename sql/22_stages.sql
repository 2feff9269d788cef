-- stages: ready stage models and their titles

CREATE FUNCTION journey.stage_templates(
    OUT template pg_catalog.text, OUT ordinal pg_catalog.int4, OUT label pg_catalog.text, OUT kind pg_catalog.text,
    OUT title_en pg_catalog.text, OUT title_fa pg_catalog.text, OUT title_ru pg_catalog.text)
    RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME', 'stages_stage_templates' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 52;
COMMENT ON FUNCTION journey.stage_templates() IS
    'the ready stage models of create_stages, stage by stage: kind is open, won, lost, detour or group';

CREATE FUNCTION journey.stage_title(label pg_catalog.text, lang pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'stages_stage_title' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_title(pg_catalog.text, pg_catalog.text) IS
    'title of a stage label in en, fa or ru; a label of no template is shown with spaces and a capital';

CREATE FUNCTION journey.stage_title(stage pg_catalog.anyenum, lang pg_catalog.text DEFAULT 'en') RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'stages_stage_title_enum' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_title(pg_catalog.anyenum, pg_catalog.text) IS
    'title of a stage in en, fa or ru';

CREATE FUNCTION journey.stage_kind(label pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'stages_stage_kind' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_kind(pg_catalog.text) IS
    'what a stage is, by its label: open, won, lost, detour or group';

-- The default of in_schema is evaluated where the caller stands, before search_path is pinned.
CREATE FUNCTION journey.create_stages(
    type_name pg_catalog.text, labels pg_catalog.text[],
    in_schema pg_catalog.name DEFAULT pg_catalog.current_schema())
    RETURNS pg_catalog.regtype
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    room CONSTANT integer := current_setting('max_identifier_length');
    parts text[];
    target text;
    bad text;
BEGIN
    IF type_name IS NULL OR labels IS NULL THEN
        RAISE EXCEPTION 'type name and labels must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;

    parts := parse_ident(type_name);
    IF cardinality(parts) > 2 THEN
        RAISE EXCEPTION 'improper type name (too many dotted names): %', type_name USING ERRCODE = 'syntax_error';
    ELSIF cardinality(parts) = 1 THEN
        IF in_schema IS NULL THEN
            RAISE EXCEPTION 'no schema has been selected to create in' USING ERRCODE = 'invalid_schema_name',
                HINT = 'Qualify the type name with a schema, or set search_path.';
        END IF;
        parts := ARRAY[in_schema::text] || parts;
    END IF;
    SELECT p INTO bad FROM unnest(parts) p WHERE octet_length(p) > room LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'name "%" is too long', bad USING ERRCODE = 'name_too_long',
            DETAIL = format('Names must be %s bytes or less.', room);
    END IF;
    target := format('%I.%I', parts[1], parts[2]);

    IF cardinality(labels) = 0 THEN
        RAISE EXCEPTION 'a stage type needs at least one label' USING ERRCODE = 'invalid_parameter_value';
    ELSIF array_ndims(labels) <> 1 THEN
        RAISE EXCEPTION 'labels must be a one-dimensional array' USING ERRCODE = 'array_subscript_error';
    ELSIF array_position(labels, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'a stage label must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF array_position(labels, '') IS NOT NULL THEN
        RAISE EXCEPTION 'a stage label must not be empty' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT l INTO bad FROM unnest(labels) l WHERE octet_length(l) > room LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stage label "%" is too long', bad USING ERRCODE = 'invalid_name',
            DETAIL = format('Labels of an enum must be %s bytes or less.', room);
    END IF;
    SELECT l COLLATE "C" INTO bad FROM unnest(labels) l
        GROUP BY l COLLATE "C" HAVING count(*) > 1 ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stage label "%" is given twice', bad USING ERRCODE = 'duplicate_object';
    END IF;

    EXECUTE format('CREATE TYPE %s AS ENUM (%s)', target,
        (SELECT string_agg(quote_literal(l), ', ' ORDER BY n)
         FROM unnest(labels) WITH ORDINALITY u (l, n)));
    RETURN target::regtype;
END
$function$;
COMMENT ON FUNCTION journey.create_stages(pg_catalog.text, pg_catalog.text[], pg_catalog.name) IS
    'makes an enum type of these stage labels, in their order';

CREATE FUNCTION journey.create_stages(
    type_name pg_catalog.text, template pg_catalog.text,
    in_schema pg_catalog.name DEFAULT pg_catalog.current_schema())
    RETURNS pg_catalog.regtype
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    labels text[];
BEGIN
    IF type_name IS NULL OR template IS NULL THEN
        RAISE EXCEPTION 'type name and template must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT array_agg(t.label ORDER BY t.ordinal) INTO labels
        FROM journey.stage_templates() t WHERE t.template = create_stages.template;
    IF labels IS NULL THEN
        RAISE EXCEPTION 'unknown stage template "%"', template USING ERRCODE = 'invalid_parameter_value',
            HINT = (SELECT 'Templates are ' || string_agg(t.template, ', ' ORDER BY t.template COLLATE "C")
                           || '. Labels of your own are given as an array.'
                    FROM journey.stage_templates() t WHERE t.ordinal = 1);
    END IF;
    RETURN journey.create_stages(type_name, labels, in_schema);
END
$function$;
COMMENT ON FUNCTION journey.create_stages(pg_catalog.text, pg_catalog.text, pg_catalog.name) IS
    'makes an enum type of the stages of a template; see stage_templates()';
