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

