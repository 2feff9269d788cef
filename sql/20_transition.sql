-- transition: the rules of a stage column, and the trigger that keeps them

CREATE FUNCTION journey.rule_moves(rules pg_catalog.text, stages pg_catalog.regtype)
    RETURNS TABLE (statement pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text, guard pg_catalog.text)
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION journey.rule_moves(pg_catalog.text, pg_catalog.regtype) IS
    'every move that stage rules allow, in the order of the stages; from_stage is NULL for a new row, guard is NULL where none is asked';

CREATE FUNCTION journey.rule_time_column(rules pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rule_time_column(pg_catalog.text) IS
    'the column that stage rules take the time of a move from, or NULL';

CREATE FUNCTION journey.check_rules(rules pg_catalog.text, stages pg_catalog.regtype) RETURNS pg_catalog.void
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.check_rules(pg_catalog.text, pg_catalog.regtype) IS
    'raise an error when stage rules are malformed or name a stage that the enum does not have';

CREATE FUNCTION journey.check_guard(rel pg_catalog.regclass, guard pg_catalog.text) RETURNS pg_catalog.text[]
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION journey.check_guard(pg_catalog.regclass, pg_catalog.text) IS
    'the columns that a guard over rows of the table reads; raises an error when it is no valid guard';

CREATE FUNCTION journey.check_transition(rel pg_catalog.regclass, stage_column pg_catalog.text,
                                         journey_column pg_catalog.text, rules pg_catalog.text) RETURNS pg_catalog.void
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION journey.check_transition(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'raise the error that a transition trigger of these arguments would meet: columns, rules, guards; the journey column is not looked at when NULL';

CREATE FUNCTION journey.transition() RETURNS pg_catalog.trigger
    AS 'MODULE_PATHNAME' LANGUAGE c;
COMMENT ON FUNCTION journey.transition() IS
    'trigger (stage column, journey column, rules): keeps a stage column to its rules and writes each move into the journey';

CREATE FUNCTION journey.can_move("row" pg_catalog.anyelement, to_stage pg_catalog.text,
                                 stage_column pg_catalog.text DEFAULT NULL,
                                 OUT allowed pg_catalog.bool, OUT reasons pg_catalog.text[])
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION journey.can_move(pg_catalog.anyelement, pg_catalog.text, pg_catalog.text) IS
    'would the rules of its table let this row move to a stage, and if not, every reason why';

CREATE FUNCTION journey.next_stages("row" pg_catalog.anyelement)
    RETURNS TABLE (stage pg_catalog.text, allowed pg_catalog.bool, reasons pg_catalog.text[])
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10 ROWS 5;
COMMENT ON FUNCTION journey.next_stages(pg_catalog.anyelement) IS
    'the stages that rules lead to from the stage of this row, and whether the row may take each, or why not';

CREATE FUNCTION journey.next_stages(rel pg_catalog.regclass, from_stage pg_catalog.text,
                                    stage_column pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (stage pg_catalog.text, guards pg_catalog.text[])
    AS 'MODULE_PATHNAME', 'next_stages_of' LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 5;
COMMENT ON FUNCTION journey.next_stages(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
    'the stages that the rules of a table lead to from a stage (NULL: for a new row), each with the guards of which one must be true';

