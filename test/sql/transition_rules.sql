-- the rules of a stage column: their grammar, their errors, and the moves they stand for
CREATE TYPE rule_stage AS ENUM ('visitor', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'lost');
CREATE DOMAIN rule_domain AS rule_stage;

-- moves as one line each
CREATE FUNCTION rule_show(rules text, stages regtype DEFAULT 'rule_stage') RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT coalesce(from_stage, '(new)') || ' -> ' || string_agg(to_stage, ', ' ORDER BY n) ||
           ' [' || statement || ']' || coalesce(' when ' || guard, '')
    FROM journey.rule_moves(rules, stages) WITH ORDINALITY AS m (statement, from_stage, to_stage, guard, n)
    GROUP BY from_stage, statement, guard
    ORDER BY min(n), statement
$$;

-- the whole of an ordinary track
SELECT * FROM journey.rule_moves('new -> visitor, lead;
   visitor -> lead -> mql -> sql -> opportunity -> customer;
   sql -> opportunity when (authority and budget > 0);
   * -> lost; lost -> lead', 'rule_stage');

-- arrows and lists
SELECT * FROM rule_show('lead, mql -> sql, lost -> visitor');
SELECT * FROM rule_show('lead, mql -> mql, lead');
-- nothing at all
SELECT count(*) FROM journey.rule_moves('', 'rule_stage');
SELECT count(*) FROM journey.rule_moves(' ;; -- nothing
 ; ', 'rule_stage');
-- white space and comments anywhere, a semicolon more than needed
SELECT * FROM rule_show(E';-- first; -> comment\nlead--\t->\n->mql-- and ( more\r;;\tmql\n->\nsql;');
-- every move there is
SELECT count(*), count(*) FILTER (WHERE from_stage IS NULL), count(*) FILTER (WHERE from_stage = to_stage)
FROM journey.rule_moves('new, * -> *', 'rule_stage');
-- a star does not stand for a new row, and may stand in the middle
SELECT * FROM rule_show('visitor -> * -> lost');

-- families of moves
SELECT * FROM rule_show('forward');
SELECT * FROM rule_show('next');
SELECT * FROM rule_show('back');
SELECT * FROM rule_show('next, back when (a)');
SELECT * FROM rule_show('lead, sql -> next, visitor; mql -> forward when (f(1)); customer -> back');
SELECT * FROM rule_show('visitor -> lead -> back');
-- no stage after the last one, none before the first one
SELECT count(*) FROM journey.rule_moves('lost -> next, forward; visitor -> back', 'rule_stage');

-- oracle: every family over every stage, from the enum itself
WITH s AS (SELECT enumlabel::text AS label, row_number() OVER (ORDER BY enumsortorder) AS i
           FROM pg_enum WHERE enumtypid = 'rule_stage'::regtype),
     family (word, rule) AS (VALUES ('forward', 'forward'), ('next', 'next'), ('back', 'back'), ('any', '* -> *'),
                                    ('new', 'new -> *')),
     want AS (SELECT word, a.label AS f, b.label AS t FROM family, s a, s b
              WHERE a.i <> b.i AND CASE word WHEN 'forward' THEN b.i > a.i WHEN 'next' THEN b.i = a.i + 1
                                             WHEN 'back' THEN b.i < a.i WHEN 'any' THEN true ELSE false END
              UNION ALL SELECT 'new', NULL, label FROM s),
     got AS (SELECT word, from_stage, to_stage FROM family, journey.rule_moves(rule, 'rule_stage'))
SELECT (SELECT count(*) FROM want) AS want, (SELECT count(*) FROM got) AS got,
       (SELECT count(*) FROM (SELECT * FROM want EXCEPT ALL SELECT * FROM got) d) AS missing,
       (SELECT count(*) FROM (SELECT * FROM got EXCEPT ALL SELECT * FROM want) d) AS extra;

-- oracle: random chains of random groups
SELECT setseed(0.25);
CREATE TABLE rule_random AS
    SELECT n, g, array_agg(DISTINCT w) AS words
    FROM generate_series(1, 200) n,
         generate_series(1, 2 + (n % 3)) g,
         LATERAL (SELECT (ARRAY['visitor','lead','mql','sql','opportunity','customer','lost','*','forward','next','back'])
                         [1 + floor(random() * CASE WHEN g = 2 + (n % 3) THEN 11 ELSE 8 END)::int] AS w
                  FROM generate_series(1, 3 + 0 * n * g)) x
    GROUP BY n, g;
WITH s AS (SELECT enumlabel::text AS label, row_number() OVER (ORDER BY enumsortorder) AS i
           FROM pg_enum WHERE enumtypid = 'rule_stage'::regtype),
     rule AS (SELECT n, string_agg(array_to_string(words, ','), ' -> ' ORDER BY g) AS rule FROM rule_random GROUP BY n),
     want AS (SELECT DISTINCT x.n, a.label AS f, b.label AS t
              FROM rule_random x JOIN rule_random y ON y.n = x.n AND y.g = x.g + 1, s a, s b
              WHERE a.i <> b.i AND x.words && ARRAY['*', a.label]
                AND (y.words && ARRAY['*', b.label] OR ('forward' = ANY (y.words) AND b.i > a.i)
                     OR ('next' = ANY (y.words) AND b.i = a.i + 1) OR ('back' = ANY (y.words) AND b.i < a.i))),
     got AS (SELECT n, from_stage, to_stage FROM rule, journey.rule_moves(rule, 'rule_stage'))
SELECT (SELECT count(*) FROM want) > 3000 AS many,
       (SELECT count(*) FROM (SELECT * FROM want EXCEPT ALL SELECT * FROM got) d) AS missing,
       (SELECT count(*) FROM (SELECT * FROM got EXCEPT ALL SELECT * FROM want) d) AS extra;
DROP TABLE rule_random;

-- guards: one of them is enough, and a statement without a guard does not undo them
SELECT * FROM rule_show('lead -> mql; * -> mql when (a); lead, sql -> mql when (b); sql -> lost');
SELECT * FROM rule_show('lead -> mql when (a); lead -> mql; mql -> sql');
-- the text of a guard: up to the parenthesis that closes it
SELECT statement, guard FROM journey.rule_moves($rules$
    lead -> mql when ( a = ')' and b = 'it''s )' ) ;
    lead -> mql when (a = E'\') x' or b = E'a'
      'b\')' and c);
    lead -> mql when ("odd ) ""name" > (1 + (2)));
    lead -> mql when (a = $$ ) $$ or a = $q$ ) $$ ; $q$);
    lead -> mql when (a -- a comment )
      > 1);
    lead -> mql when (a /* ) /* ) */ ) */ > 1 / 2);
    lead -> mql when (type'x\' = b and note'\' <> '');
    lead -> mql when (a->>'k' = ';' and b - - 1 > 0 and c$d > 1);
    $rules$, 'rule_stage');

-- names: case counts, quotes where needed, keywords in quotes are names
CREATE TYPE rule_odd AS ENUM ('new', 'New', 'forward', 'next', 'back', 'when', 'at', '*', 'free trial', 'say "hi"', '->', 'a;b', '2nd', 'кafé', '試用');
SELECT * FROM rule_show('new -> "new" -> New -> "forward" -> "next" -> "back" -> "when" -> "at" -> "*"
    -> "free trial" -> "say ""hi""" -> "->" -> "a;b" -> 2nd -> кafé -> 試用', 'rule_odd');
SELECT * FROM journey.rule_moves('"*" -> "at" when ("at")', 'rule_odd');
SELECT journey.check_rules('NEW -> "New"', 'rule_odd');

-- a domain over an enum will do
SELECT count(*) FROM journey.rule_moves('next', 'rule_domain');
-- but nothing else
SELECT journey.rule_moves('next', 'text');
SELECT journey.check_rules('next', 'rule_stage[]');
SELECT journey.check_rules('next', 0::oid::regtype);

-- at = column, named as in SQL
SELECT journey.rule_time_column('lead -> mql; at = moved_at; next');
SELECT journey.rule_time_column('at=Moved_AT'), journey.rule_time_column('at = "Moved ""At"'),
       journey.rule_time_column('"at" -> lead') IS NULL AS none, journey.rule_time_column('at = new');
SELECT statement, from_stage FROM journey.rule_moves('at = moved_at; lead -> mql', 'rule_stage');

-- NULL in, NULL or nothing out
SELECT journey.rule_time_column(NULL), journey.check_rules(NULL, 'rule_stage') IS NULL AS checked;
SELECT count(*) FROM journey.rule_moves('next', NULL);

-- stages that are not there
SELECT journey.check_rules('lead -> mql; mql -> won', 'rule_stage');
SELECT journey.check_rules('Lead -> mql', 'rule_stage');
SELECT journey.check_rules('lead -> " mql"', 'rule_stage');

-- the code of each kind of error
\set VERBOSITY sqlstate
SELECT journey.check_rules('lead', 'rule_stage');
SELECT journey.check_rules('lead -> lead', 'rule_stage');
SELECT journey.check_rules('lead -> new', 'rule_stage');
SELECT journey.check_rules('at = a; at = a', 'rule_stage');
SELECT journey.check_rules('lead -> won', 'rule_stage');
SELECT journey.check_rules('lead -> mql', 'text');
SELECT journey.check_rules(repeat(' ', 1000001), 'rule_stage');
SELECT journey.check_rules(repeat('next;', 10001), 'rule_stage');
\set VERBOSITY default

-- syntax errors: what was expected, where, and what is there
SELECT journey.check_rules('lead', 'rule_stage');
SELECT journey.check_rules('lead ->', 'rule_stage');
SELECT journey.check_rules('lead -> ; mql -> sql', 'rule_stage');
SELECT journey.check_rules('-> lead', 'rule_stage');
SELECT journey.check_rules('lead -> -> mql', 'rule_stage');
SELECT journey.check_rules('lead, -> mql', 'rule_stage');
SELECT journey.check_rules('lead mql', 'rule_stage');
SELECT journey.check_rules('lead -> mql sql', 'rule_stage');
SELECT journey.check_rules('lead - mql', 'rule_stage');
SELECT journey.check_rules('lead > mql', 'rule_stage');
SELECT journey.check_rules('lead -> closed-won', 'rule_stage');
SELECT journey.check_rules('lead -> (mql)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when', 'rule_stage');
SELECT journey.check_rules('lead -> mql when budget > 0', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (  )', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (budget > (0)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (name = ''x)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (name = E''x\'')', 'rule_stage');
SELECT journey.check_rules('lead -> mql when ("name)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (name = $x$ $y$)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (true /* )', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (true -- )', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (a) when (b)', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (a) -> sql', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (a) )', 'rule_stage');
SELECT journey.check_rules('when (a)', 'rule_stage');
SELECT journey.check_rules('lead -> at', 'rule_stage');
SELECT journey.check_rules('at -> lead', 'rule_stage');
SELECT journey.check_rules('at = ', 'rule_stage');
SELECT journey.check_rules('at = *', 'rule_stage');
SELECT journey.check_rules('at = a b', 'rule_stage');
SELECT journey.check_rules('at = a, b', 'rule_stage');
SELECT journey.check_rules('at = a; lead -> mql; at = b', 'rule_stage');
SELECT journey.check_rules('"lead -> mql', 'rule_stage');
SELECT journey.check_rules('"" -> mql', 'rule_stage');
SELECT journey.check_rules('new', 'rule_stage');
SELECT journey.check_rules('*', 'rule_stage');
SELECT journey.check_rules('next, lead', 'rule_stage');
SELECT journey.check_rules('lead -> new', 'rule_stage');
SELECT journey.check_rules('lead -> mql, new -> sql', 'rule_stage');
SELECT journey.check_rules('next -> lead', 'rule_stage');
SELECT journey.check_rules('lead -> mql, back -> sql', 'rule_stage');
SELECT journey.check_rules('new -> next', 'rule_stage');
SELECT journey.check_rules('lead, new -> forward', 'rule_stage');
SELECT journey.check_rules('lead -> lead', 'rule_stage');
SELECT journey.check_rules('lead -> mql, mql -> mql', 'rule_stage');
SELECT journey.check_rules('mql, mql -> mql', 'rule_stage');
-- positions are in characters, and lines are shown
SELECT journey.check_rules('"試用試用" -> "lead" !', 'rule_stage');
SELECT journey.check_rules(E'lead -> mql;\n  mql -> sql when (a);\n  sql => lost', 'rule_stage');

-- limits
\set VERBOSITY terse
SELECT journey.check_rules(repeat(' ', 1000001), 'rule_stage');
SELECT journey.check_rules(repeat('next;', 10001), 'rule_stage');
SELECT journey.check_rules(repeat('next;', 10000), 'rule_stage');
-- parentheses, quotes and comments by the ten thousand
SELECT length(guard) FROM journey.rule_moves('lead -> mql when (' || repeat('(', 100000) || repeat(')', 100000) || ')', 'rule_stage');
SELECT length(guard) FROM journey.rule_moves('lead -> mql when (' || repeat('/*', 50000) || repeat('*/', 50000) || ')', 'rule_stage');
SELECT journey.check_rules('lead -> mql when (' || repeat('$a', 100000) || ')', 'rule_stage');
\set VERBOSITY default

DROP FUNCTION rule_show;
DROP DOMAIN rule_domain;
DROP TYPE rule_stage, rule_odd;
