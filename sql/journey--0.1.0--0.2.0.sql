\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \quit

-- From 0.1.0 to 0.2.0.  What is new, changed or gone in a part NN_TOPIC.sql is here under the name of that topic.

-- timeline

-- Operators for text[] took "tags && '{new}'" over from pg_catalog wherever journey was in the search_path; now they are for a
-- domain.  Views and rules of the user's may use them, so that they are not dropped and made anew, but changed where they are.
CREATE DOMAIN journey.journey_labels AS pg_catalog.text[];
COMMENT ON DOMAIN journey.journey_labels IS 'labels that a journey is asked for: any array of text';
DO $$
DECLARE
    texts CONSTANT pg_catalog.oid := 'pg_catalog.text[]'::pg_catalog.regtype;
    labels CONSTANT pg_catalog.oid := 'journey.journey_labels'::pg_catalog.regtype;
    functions CONSTANT pg_catalog.oid[] := ARRAY[
        'journey.journey_contains(journey.journey, pg_catalog.text[])'::pg_catalog.regprocedure,
        'journey.journey_contained(pg_catalog.text[], journey.journey)'::pg_catalog.regprocedure,
        'journey.journey_overlaps(journey.journey, pg_catalog.text[])'::pg_catalog.regprocedure,
        'journey.journey_overlapped(pg_catalog.text[], journey.journey)'::pg_catalog.regprocedure];
    operators CONSTANT pg_catalog.oid[] := ARRAY[
        'journey.@>(journey.journey, pg_catalog.text[])'::pg_catalog.regoperator,
        'journey.<@(pg_catalog.text[], journey.journey)'::pg_catalog.regoperator,
        'journey.&&(journey.journey, pg_catalog.text[])'::pg_catalog.regoperator,
        'journey.&&(pg_catalog.text[], journey.journey)'::pg_catalog.regoperator];
BEGIN
    UPDATE pg_catalog.pg_proc SET proargtypes = (
            pg_catalog.array_to_string(pg_catalog.array_replace(ARRAY[proargtypes[0], proargtypes[1]], texts, labels), ' '))::pg_catalog.oidvector
        WHERE oid OPERATOR(pg_catalog.=) ANY (functions);
    UPDATE pg_catalog.pg_operator SET oprleft = CASE WHEN oprleft OPERATOR(pg_catalog.=) texts THEN labels ELSE oprleft END,
            oprright = CASE WHEN oprright OPERATOR(pg_catalog.=) texts THEN labels ELSE oprright END
        WHERE oid OPERATOR(pg_catalog.=) ANY (operators);
    UPDATE pg_catalog.pg_amop SET amoprighttype = labels
        WHERE amopopr OPERATOR(pg_catalog.=) ANY (operators) AND amoprighttype OPERATOR(pg_catalog.=) texts;
    INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f, 0, 'pg_catalog.pg_type'::pg_catalog.regclass, labels, 0, 'n'
        FROM pg_catalog.unnest(functions) f
        UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o, 0, 'pg_catalog.pg_type'::pg_catalog.regclass, labels, 0, 'n'
        FROM pg_catalog.unnest(operators) o;
END
$$;
