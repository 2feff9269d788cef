-- whether stage rules make sense, and their picture
SET client_min_messages = warning;
SET search_path = public, journey;
\pset format unaligned
\pset tuples_only on

CREATE TYPE lt_stage AS ENUM ('visitor', 'lead', 'mql', 'sql', 'customer', 'lost');

-- the types that have stages
CREATE DOMAIN lt_domain AS lt_stage CHECK (VALUE <> 'lost');
CREATE DOMAIN lt_domain2 AS lt_domain;
SELECT t, stage_type(t), stage_labels(t) FROM unnest('{lt_stage,lt_domain2,text,_lt_stage}'::regtype[]) t;
SELECT stage_labels(0::oid::regtype) IS NULL AS no_such_type;

-- sound rules have nothing to tell
SELECT * FROM lint('new -> visitor, lead; visitor -> lead -> mql -> sql -> customer; * -> lost; lost -> lead', 'lt_stage');
SELECT * FROM lint('new -> *; forward, back', 'lt_domain');
-- the ordinary idiom of a chain and a guard on one of its arrows
SELECT * FROM lint('new -> visitor -> lead -> mql -> sql -> customer; mql -> sql when (budget > 0); * -> lost', 'lt_stage');

-- each finding with rules made for it
SELECT 'no entry:', * FROM lint('visitor -> lead -> mql -> sql -> customer; * -> lost', 'lt_stage');
SELECT 'no rules:', * FROM lint('', 'lt_stage');
SELECT 'never named:', * FROM lint('new -> visitor -> lead -> sql -> customer, lost', 'lt_stage');
SELECT 'not reached:', * FROM lint('new -> visitor -> lead -> sql -> customer, lost; mql -> sql', 'lt_stage');
SELECT 'dead end:', * FROM lint('new -> visitor -> lead -> mql, sql; sql -> customer, lost', 'lt_stage');
SELECT 'dead end that is named:', * FROM lint('new -> visitor -> lead -> mql, sql; sql -> customer, lost', 'lt_stage', ends => '{mql}');
-- a circle has moves out of each stage and still leads nowhere
SELECT 'circle:', * FROM lint('new -> visitor -> lead -> mql -> sql -> mql; lead -> customer; visitor -> lost', 'lt_stage');
SELECT 'no way to another aim:', * FROM lint('new -> visitor -> lead -> mql -> sql -> mql; lead -> customer; visitor -> lost', 'lt_stage', won => '{mql}');
SELECT 'idle (a guard is never put aside):', * FROM lint('new -> visitor -> lead -> mql -> customer; lead -> mql when (fit > 1); lead -> mql; mql -> sql; * -> lost; sql -> customer', 'lt_stage');
SELECT 'idle (no stage after the last):', * FROM lint('new -> visitor -> lead -> mql -> sql -> customer -> lost; lost -> next', 'lt_stage');
SELECT 'twice:', * FROM lint('at = moved_at; new -> visitor; forward; back; lead -> mql; visitor -> lost when (true); visitor -> lost when (true)', 'lt_stage');
-- of two equal statements one is enough, and one is told
SELECT 'thrice:', * FROM lint('new -> *; lead -> lost; lead -> lost; * -> lost; * -> customer', 'lt_stage');
SELECT 'twins:', * FROM lint('new -> visitor -> lead -> mql -> sql -> customer; * -> lost; back; back', 'lt_stage');
CREATE TYPE lt_own AS ENUM ('open', 'done');
SELECT 'no aim known:', * FROM lint('new -> open -> done -> open', 'lt_own');
SELECT 'aim told:', * FROM lint('new -> open -> done', 'lt_own', won => '{done}');
SELECT 'no aim at all:', * FROM lint('new -> open -> done', 'lt_own', won => '{}');
SELECT create_stages('lt_adoption', 'adoption');
SELECT 'classes have no aim:', * FROM lint('new -> *; * -> *', 'lt_adoption');

-- the order: errors, then stages in their order, then statements, then remarks
SELECT severity, stage, problem FROM lint('open -> done; open -> done', 'lt_own');

-- what is reached, against plain SQL over the moves
WITH RECURSIVE rules (rules) AS (VALUES ('new -> lead; lead -> sql -> lead; mql -> next; visitor -> mql; customer -> back')),
m AS MATERIALIZED (SELECT r.* FROM rules, rule_moves(rules, 'lt_stage') r),
step (stage, i) AS (
    SELECT to_stage, 1 FROM m WHERE from_stage IS NULL
    UNION
    SELECT m.to_stage, i + 1 FROM step JOIN m ON m.from_stage = step.stage WHERE i < 10)
SELECT (SELECT array_agg(e ORDER BY e) FROM unnest(enum_range(NULL::lt_stage)) e WHERE e::text NOT IN (SELECT stage FROM step))
     = (SELECT array_agg(stage::lt_stage ORDER BY stage::lt_stage) FROM rules, lint(rules, 'lt_stage')
        WHERE problem IN ('no new row can reach this stage', 'no rule names this stage')) AS agree;

-- refusals
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, NULLIF('HINT: ' || h, 'HINT: '));
END
$$;
SELECT pg_temp.refused($$SELECT lint('new -> visitr', 'lt_stage')$$);
SELECT pg_temp.refused($$SELECT lint('new - visitor', 'lt_stage')$$);
SELECT pg_temp.refused($$SELECT lint('new -> visitor', 'text')$$);
SELECT pg_temp.refused($$SELECT lint('new -> visitor', 'lt_stage', won => '{wn}')$$);
SELECT pg_temp.refused($$SELECT lint('new -> visitor', 'lt_stage', ends => ARRAY[NULL])$$);
SELECT pg_temp.refused($$SELECT lint(NULL, 'lt_stage')$$);
SELECT pg_temp.refused($$SELECT diagram('new -> visitr', 'lt_stage')$$);

-- statements as they are counted
SELECT * FROM rule_statements('a -> b;; at = x; c, d -> e when (f(x) = '';''); -- remark
* -> z');
SELECT count(*) FROM rule_statements('');

-- pictures
SELECT diagram('new -> visitor, lead; visitor -> lead -> mql -> sql -> customer; mql -> sql when (budget > 0); mql -> sql when (waived); * -> lost; lost -> lead', 'lt_stage');
SELECT diagram('', 'lt_stage');
-- labels that Mermaid would misread, and names that are taken already
SELECT create_stages('lt_odd', ARRAY['free trial', 'end', 'a"b;c#1:<i>`{[x]}&', 'stage2', 'won', 'stage_1', 'State', 'مرحله', '_x1', '1st', 'unused one']);
SELECT diagram('new -> "free trial" -> "end" -> "a""b;c#1:<i>`{[x]}&"; "end" -> won, stage2 when (a::text = '';#"'' and
b < 3); stage_1 -> won; "State" -> "مرحله" -> _x1 -> "1st"', 'lt_odd');
SELECT mermaid_text(E'a\tb\nc') = 'a b c' AS blanks, mermaid_text('') = '' AS empty, mermaid_text(NULL) IS NULL AS nothing;

-- a large model is no trouble
SELECT create_stages('lt_many', ARRAY(SELECT 's' || i FROM generate_series(1, 300) i));
SELECT count(*), sum(length(problem)) FROM lint('new -> s1; next', 'lt_many', won => '{s300}');
SELECT length(diagram('new -> s1; next', 'lt_many')) > 1000;
SELECT problem FROM lint('new -> s1; * -> *; forward; next', 'lt_many', won => '{s300}');

DROP DOMAIN lt_domain2, lt_domain;
DROP TYPE lt_stage, lt_own, lt_adoption, lt_odd, lt_many;
