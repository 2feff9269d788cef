-- lint: whether stage rules make sense, and a picture of them

CREATE FUNCTION journey.stage_type(type pg_catalog.regtype) RETURNS pg_catalog.regtype
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    kind "char";
    base oid;
BEGIN
    LOOP
        SELECT t.typtype, t.typbasetype INTO kind, base FROM pg_type t WHERE t.oid = type;
        IF kind = 'e' THEN
            RETURN type;
        ELSIF kind IS DISTINCT FROM 'd' THEN
            RETURN NULL;
        END IF;
        type := base;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.stage_type(pg_catalog.regtype) IS
    'the enum that a type is or is a domain over; NULL when there is none';

CREATE FUNCTION journey.stage_labels(stages pg_catalog.regtype) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
            FROM pg_enum e WHERE e.enumtypid = journey.stage_type(stages));
END
$function$;
COMMENT ON FUNCTION journey.stage_labels(pg_catalog.regtype) IS
    'the labels of an enum, or of a domain over one, in their order; NULL for another type';

CREATE FUNCTION journey.rule_statements(rules pg_catalog.text)
    RETURNS TABLE (statement pg_catalog.int4, guard pg_catalog.text)
    AS 'MODULE_PATHNAME', 'lint_rule_statements' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.rule_statements(pg_catalog.text) IS
    'the statements of stage rules that name moves, and their guards';

CREATE FUNCTION journey.lint(
    rules pg_catalog.text, stages pg_catalog.regtype,
    won pg_catalog.text[] DEFAULT NULL, ends pg_catalog.text[] DEFAULT NULL)
    RETURNS TABLE (severity pg_catalog.text, stage pg_catalog.text, problem pg_catalog.text, hint pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    labels text[];
    bad text;
    statements integer[];       -- of each move, from the last statement on
    whats bigint[];             -- the move, numbered
    said bigint[];              -- how many statements say a move
    spare integer[] := '{}';
    needed boolean;
    i integer := 1;
    j integer;
BEGIN
    IF rules IS NULL OR stages IS NULL THEN
        RAISE EXCEPTION 'rules and stages must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM journey.check_rules(rules, stages);
    labels := journey.stage_labels(stages);
    SELECT l INTO bad FROM unnest(won || ends) l WHERE l IS NULL OR l <> ALL (labels) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% is no stage of type %', COALESCE(quote_ident(bad), 'null'), stages
            USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The stages are: %s.', array_to_string(labels, ', '));
    END IF;

    -- statements that could go because all their moves are said by others; those further down go first
    SELECT array_agg(m.statement ORDER BY m.statement DESC, m.what), array_agg(m.what ORDER BY m.statement DESC, m.what)
        INTO statements, whats
        FROM (SELECT r.statement, dense_rank() OVER (ORDER BY r.from_stage, r.to_stage, r.guard) AS what
              FROM journey.rule_moves(rules, stages) r) m;
    SELECT array_agg(n ORDER BY what) INTO said
        FROM (SELECT what, count(*) AS n FROM unnest(whats) what GROUP BY what) w;
    WHILE i <= cardinality(statements) LOOP
        j := i;
        needed := false;
        WHILE statements[j] = statements[i] LOOP
            needed := needed OR said[whats[j]] = 1;
            j := j + 1;
        END LOOP;
        IF NOT needed THEN
            spare := spare || statements[i];
            FOR k IN i .. j - 1 LOOP
                said[whats[k]] := said[whats[k]] - 1;
            END LOOP;
        END IF;
        i := j;
    END LOOP;

    RETURN QUERY
    WITH RECURSIVE move AS MATERIALIZED (
        SELECT m.statement, m.from_stage, m.to_stage FROM journey.rule_moves(rules, stages) m
    ), label (label, n, kind) AS MATERIALIZED (
        SELECT l, n, journey.stage_kind(l) FROM unnest(labels) WITH ORDINALITY u (l, n)
    ), named (label) AS MATERIALIZED (
        SELECT m.to_stage FROM move m UNION SELECT m.from_stage FROM move m
    ), left_again (label) AS MATERIALIZED (
        SELECT DISTINCT m.from_stage FROM move m WHERE m.from_stage IS NOT NULL
    ), aim (label) AS (
        SELECT l.label FROM label l WHERE CASE WHEN won IS NULL THEN l.kind = 'won' ELSE l.label = ANY (won) END
    ), finish (label) AS (
        SELECT a.label FROM aim a
        UNION
        SELECT l.label FROM label l WHERE l.kind IN ('won', 'lost') OR l.label = ANY (ends)
    ), reached (label) AS (
        SELECT m.to_stage FROM move m WHERE m.from_stage IS NULL
        UNION
        SELECT m.to_stage FROM reached r JOIN move m ON m.from_stage = r.label
    ), winning (label) AS (
        SELECT a.label FROM aim a
        UNION
        SELECT m.from_stage FROM winning w JOIN move m ON m.to_stage = w.label WHERE m.from_stage IS NOT NULL
    ), found (rank, n, severity, stage, problem, hint) AS (
        SELECT 1, 0::bigint, 'error', NULL, 'no new row can enter',
               format('Add a statement such as: new -> %s', quote_ident(labels[1]))
        WHERE NOT EXISTS (SELECT FROM reached)
        UNION ALL
        SELECT 2, l.n, 'warning', l.label, 'no rule names this stage', 'Add moves for it, or take it out of the enum.'
        FROM label l
        WHERE l.label NOT IN (SELECT n.label FROM named n WHERE n.label IS NOT NULL)
        UNION ALL
        SELECT 2, l.n, 'warning', l.label, 'no new row can reach this stage',
               'Add a move into it, from "new" or from a stage that can be reached.'
        FROM label l
        WHERE EXISTS (SELECT FROM reached) AND l.label NOT IN (SELECT r.label FROM reached r)
          AND l.label IN (SELECT n.label FROM named n)
        UNION ALL
        SELECT 2, l.n, 'warning', l.label, 'no move leaves this stage, and it is no known end',
               'Add a move out of it, or name it in "won" or "ends".'
        FROM label l
        WHERE l.label IN (SELECT r.label FROM reached r) AND l.label NOT IN (SELECT f.label FROM finish f)
          AND l.label NOT IN (SELECT x.label FROM left_again x)
        UNION ALL
        SELECT 2, l.n, 'warning', l.label, 'no way leads from this stage to a won one',
               'Add a move towards a won stage, or name this stage in "won" or "ends".'
        FROM label l
        WHERE l.label IN (SELECT r.label FROM reached r) AND l.label NOT IN (SELECT f.label FROM finish f)
          AND l.label IN (SELECT x.label FROM left_again x)
          AND EXISTS (SELECT FROM aim) AND l.label NOT IN (SELECT w.label FROM winning w)
        UNION ALL
        SELECT 2, 1000000 + s.statement, 'warning', NULL, format('statement %s allows nothing', s.statement),
               'Its moves have guards in other statements, which are never put aside; or it names none.'
        FROM journey.rule_statements(rules) s
        WHERE s.statement NOT IN (SELECT m.statement FROM move m)
        UNION ALL
        SELECT 2, 1000000 + s, 'warning', NULL, format('statement %s adds nothing', s),
               'Other statements allow the same moves; take it out.'
        FROM unnest(spare) s
        UNION ALL
        SELECT 3, 0, 'info', NULL, 'no stage is known to be won',
               'Name the aim: won => ARRAY[...]'
        WHERE NOT EXISTS (SELECT FROM aim) AND NOT EXISTS (SELECT FROM label l WHERE l.kind = 'group')
    )
    SELECT f.severity, f.stage, f.problem, f.hint FROM found f ORDER BY f.rank, f.n, f.problem COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.lint(pg_catalog.text, pg_catalog.regtype, pg_catalog.text[], pg_catalog.text[]) IS
    'what is odd about stage rules: stages that cannot be reached or left, no way to a won stage, idle statements';

-- Free text in a Mermaid diagram: characters that its grammar gives a meaning are written as their code.
CREATE FUNCTION journey.mermaid_text(t pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN COALESCE((
        SELECT string_agg(CASE WHEN strpos('#;:"&<>`\{}[]', c) > 0 THEN '#' || ascii(c) || ';'
                               WHEN c ~ '[[:space:][:cntrl:]]' THEN ' '
                               ELSE c END, '' ORDER BY n)
        FROM regexp_split_to_table(t, '') WITH ORDINALITY u (c, n)), '');
END
$function$;
COMMENT ON FUNCTION journey.mermaid_text(pg_catalog.text) IS
    'free text, made harmless for a Mermaid diagram';

CREATE FUNCTION journey.diagram(rules pg_catalog.text, stages pg_catalog.regtype) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- words that the grammar keeps for itself
    kept CONSTANT text[] := '{accdescr,acctitle,as,choice,class,classdef,click,default,direction,end,fork,href,join,left,
                             note,of,over,right,root,root_end,root_start,scale,state,statediagram,style,title}';
    labels CONSTANT text[] := journey.stage_labels(stages);
    called text := 'stage';
BEGIN
    PERFORM journey.check_rules(rules, stages);
    -- an odd label is called by its number, in a way that no stage is called
    WHILE EXISTS (SELECT FROM unnest(labels) l WHERE starts_with(l, called)) LOOP
        called := called || '_';
    END LOOP;

    RETURN (
        WITH label (label, n, id, odd) AS (
            SELECT l, n, CASE WHEN odd THEN called || n ELSE l END, odd
            FROM unnest(labels) WITH ORDINALITY u (l, n),
                 LATERAL (SELECT l !~ '^[A-Za-z_][A-Za-z0-9_]*$' OR lower(l COLLATE "C") = ANY (kept)) x (odd)
        ), move (from_stage, to_stage, guard) AS (
            SELECT m.from_stage, m.to_stage, string_agg(DISTINCT m.guard COLLATE "C", ' or ' ORDER BY m.guard COLLATE "C")
            FROM journey.rule_moves(rules, stages) m GROUP BY m.from_stage, m.to_stage
        ), line (part, n, m, line) AS (
            SELECT 1, 0::bigint, 0::bigint, 'stateDiagram-v2'
            UNION ALL
            SELECT 2, l.n, 0, format('    state "%s" as %s', journey.mermaid_text(l.label), l.id)
            FROM label l WHERE l.odd
            UNION ALL
            SELECT 3, COALESCE(f.n, 0), t.n,
                   format('    %s --> %s', COALESCE(f.id, '[*]'), t.id) || COALESCE(' : ' || journey.mermaid_text(m.guard), '')
            FROM move m JOIN label t ON t.label = m.to_stage LEFT JOIN label f ON f.label = m.from_stage
            UNION ALL
            SELECT 4, l.n, 0, format('    %s --> [*]', l.id)
            FROM label l
            WHERE EXISTS (SELECT FROM move m WHERE m.to_stage = l.label)
              AND NOT EXISTS (SELECT FROM move m WHERE m.from_stage = l.label)
        )
        SELECT string_agg(l.line, E'\n' ORDER BY l.part, l.n, l.m) FROM line l);
END
$function$;
COMMENT ON FUNCTION journey.diagram(pg_catalog.text, pg_catalog.regtype) IS
    'stage rules as a Mermaid state diagram: [*] is a new row, and the end of the way; guards are written on the arrows';
