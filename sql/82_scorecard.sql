-- scoring models, scorecards, grades, BANT, indicators and account scores

CREATE FUNCTION journey.scoring_model(model pg_catalog.jsonb) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scoring_model(pg_catalog.jsonb) IS
    'the canonical form of a scoring model, with everything said that was left out; an error that says where, if it is wrong';
CREATE FUNCTION journey.grade_cuts(model pg_catalog.jsonb, fit pg_catalog.float8[], interest pg_catalog.float8[]) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME', 'scoring_model_cuts' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_cuts(pg_catalog.jsonb, pg_catalog.float8[], pg_catalog.float8[]) IS
    'the model with these cuts for its grades, such as quantiles of the scores there are';

-- the scorecard type

CREATE TYPE journey.scorecard;

CREATE FUNCTION journey.scorecard_in(pg_catalog.cstring) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_in(pg_catalog.cstring) IS
    'text input of scorecard';
CREATE FUNCTION journey.scorecard_out(journey.scorecard) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_out(journey.scorecard) IS
    'text output of scorecard';
CREATE FUNCTION journey.scorecard_recv(pg_catalog.internal) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_recv(pg_catalog.internal) IS
    'binary input of scorecard';
CREATE FUNCTION journey.scorecard_send(journey.scorecard) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_send(journey.scorecard) IS
    'binary output of scorecard';

CREATE TYPE journey.scorecard (
    INPUT = journey.scorecard_in,
    OUTPUT = journey.scorecard_out,
    RECEIVE = journey.scorecard_recv,
    SEND = journey.scorecard_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended,
    CATEGORY = 'J'
);
COMMENT ON TYPE journey.scorecard IS
    'the touches of a lead under a scoring model: what its score at any time is computed from';

CREATE FUNCTION journey.scorecard_accum(journey.scorecard, pg_catalog.jsonb, pg_catalog.text, pg_catalog.timestamptz) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_accum(journey.scorecard, pg_catalog.jsonb, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of lead_score: one more touch';
CREATE FUNCTION journey.scorecard_combine(journey.scorecard, journey.scorecard) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_combine(journey.scorecard, journey.scorecard) IS
    'combination of two states of lead_score';
CREATE FUNCTION journey.scorecard_final(journey.scorecard) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_final(journey.scorecard) IS
    'the scorecard an aggregate has built';

CREATE AGGREGATE journey.lead_score(model pg_catalog.jsonb, signal pg_catalog.text, at pg_catalog.timestamptz) (
    SFUNC = journey.scorecard_accum,
    STYPE = journey.scorecard,
    SSPACE = 2048,
    COMBINEFUNC = journey.scorecard_combine,
    FINALFUNC = journey.scorecard_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.lead_score(pg_catalog.jsonb, pg_catalog.text, pg_catalog.timestamptz) IS
    'the scorecard of these touches under a scoring model; touches without a signal or a time are ignored';
CREATE AGGREGATE journey.rollup(journey.scorecard) (
    SFUNC = journey.scorecard_combine,
    STYPE = journey.scorecard,
    SSPACE = 2048,
    COMBINEFUNC = journey.scorecard_combine,
    FINALFUNC = journey.scorecard_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.scorecard) IS
    'the scorecard of the touches of all these scorecards; nulls are ignored, and no scorecards give null';

CREATE FUNCTION journey.scorecard_plus(journey.scorecard, journey.scorecard) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_plus(journey.scorecard, journey.scorecard) IS
    'implementation of + operator';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.scorecard_plus,
    LEFTARG = journey.scorecard, RIGHTARG = journey.scorecard,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.scorecard, journey.scorecard) IS 'scorecard of the touches of both';
CREATE FUNCTION journey.empty_scorecard(model pg_catalog.jsonb) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME', 'scorecard_new' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.empty_scorecard(pg_catalog.jsonb) IS
    'a scorecard without touches';
CREATE FUNCTION journey.touch(card journey.scorecard, signal pg_catalog.text, at pg_catalog.timestamptz) RETURNS journey.scorecard
    AS 'MODULE_PATHNAME', 'scorecard_touch' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.touch(journey.scorecard, pg_catalog.text, pg_catalog.timestamptz) IS
    'the scorecard with one more touch; a null signal or time changes nothing';

CREATE FUNCTION journey.score_at(card journey.scorecard, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'scorecard_score_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.score_at(journey.scorecard, pg_catalog.timestamptz) IS
    'the score at a time: the sum of the categories, within the cap and floor of the model';
CREATE FUNCTION journey.score_at(card journey.scorecard, category pg_catalog.text, at pg_catalog.timestamptz) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'scorecard_category_score_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.score_at(journey.scorecard, pg_catalog.text, pg_catalog.timestamptz) IS
    'the score of a category at a time, within its cap and floor';
CREATE FUNCTION journey.meets(card journey.scorecard, threshold pg_catalog.text, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'scorecard_meets' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.meets(journey.scorecard, pg_catalog.text, pg_catalog.timestamptz) IS
    'is the score at a time as high as a threshold of the model?';
CREATE FUNCTION journey.score(card journey.scorecard, category pg_catalog.text) RETURNS journey.score
    AS 'MODULE_PATHNAME', 'scorecard_score' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.score(journey.scorecard, pg_catalog.text) IS
    'a category whose signals have one half-life as a score, which an index can keep in order; without its cap and floor';
CREATE FUNCTION journey.explain(card journey.scorecard, at pg_catalog.timestamptz DEFAULT pg_catalog.now(), OUT category pg_catalog.text, OUT signal pg_catalog.text, OUT touches pg_catalog.int8, OUT counted pg_catalog.int8,
    OUT points pg_catalog.float8, OUT contribution pg_catalog.float8, OUT note pg_catalog.text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'scorecard_explain' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 20;
COMMENT ON FUNCTION journey.explain(journey.scorecard, pg_catalog.timestamptz) IS
    'what each signal contributes to the score at a time, and what caps and floors change; adds up to the score exactly';

-- equality of scorecards

CREATE FUNCTION journey.scorecard_eq(journey.scorecard, journey.scorecard) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_eq(journey.scorecard, journey.scorecard) IS
    'implementation of = operator';
CREATE OPERATOR journey.= (
    FUNCTION = journey.scorecard_eq,
    LEFTARG = journey.scorecard, RIGHTARG = journey.scorecard,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR journey.= (journey.scorecard, journey.scorecard) IS 'equal: the same model and the same touches, as far as they matter';
CREATE FUNCTION journey.scorecard_ne(journey.scorecard, journey.scorecard) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_ne(journey.scorecard, journey.scorecard) IS
    'implementation of <> operator';
CREATE OPERATOR journey.<> (
    FUNCTION = journey.scorecard_ne,
    LEFTARG = journey.scorecard, RIGHTARG = journey.scorecard,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.scorecard, journey.scorecard) IS 'not equal';
CREATE FUNCTION journey.scorecard_hash(journey.scorecard) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_hash(journey.scorecard) IS
    'hash of a scorecard';
CREATE FUNCTION journey.scorecard_hash_extended(journey.scorecard, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.scorecard_hash_extended(journey.scorecard, pg_catalog.int8) IS
    'hash of a scorecard with a seed';
CREATE OPERATOR CLASS journey.scorecard_hash_ops DEFAULT FOR TYPE journey.scorecard USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.scorecard_hash(journey.scorecard),
    FUNCTION 2 journey.scorecard_hash_extended(journey.scorecard, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.scorecard_hash_ops USING hash IS 'equality of scorecards';

-- the grade type

CREATE TYPE journey.grade;

CREATE FUNCTION journey.grade_in(pg_catalog.cstring) RETURNS journey.grade
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_in(pg_catalog.cstring) IS
    'text input of grade';
CREATE FUNCTION journey.grade_out(journey.grade) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_out(journey.grade) IS
    'text output of grade';
CREATE FUNCTION journey.grade_recv(pg_catalog.internal) RETURNS journey.grade
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_recv(pg_catalog.internal) IS
    'binary input of grade';
CREATE FUNCTION journey.grade_send(journey.grade) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_send(journey.grade) IS
    'binary output of grade';

CREATE TYPE journey.grade (
    INPUT = journey.grade_in,
    OUTPUT = journey.grade_out,
    RECEIVE = journey.grade_recv,
    SEND = journey.grade_send,
    INTERNALLENGTH = 2,
    PASSEDBYVALUE,
    ALIGNMENT = int2
);
COMMENT ON TYPE journey.grade IS
    'how good a lead fits, A+ to F, and how interested it is, 1 to 4; a better grade is greater, fit first';

CREATE FUNCTION journey.grade_eq(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_eq(journey.grade, journey.grade) IS
    'implementation of = operator';
CREATE OPERATOR journey.= (
    FUNCTION = journey.grade_eq,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.grade, journey.grade) IS 'equal';
CREATE FUNCTION journey.grade_ne(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_ne(journey.grade, journey.grade) IS
    'implementation of <> operator';
CREATE OPERATOR journey.<> (
    FUNCTION = journey.grade_ne,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.grade, journey.grade) IS 'not equal';
CREATE FUNCTION journey.grade_lt(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_lt(journey.grade, journey.grade) IS
    'implementation of < operator';
CREATE OPERATOR journey.< (
    FUNCTION = journey.grade_lt,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.grade, journey.grade) IS 'a worse grade';
CREATE FUNCTION journey.grade_le(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_le(journey.grade, journey.grade) IS
    'implementation of <= operator';
CREATE OPERATOR journey.<= (
    FUNCTION = journey.grade_le,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.grade, journey.grade) IS 'no better a grade';
CREATE FUNCTION journey.grade_gt(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_gt(journey.grade, journey.grade) IS
    'implementation of > operator';
CREATE OPERATOR journey.> (
    FUNCTION = journey.grade_gt,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.grade, journey.grade) IS 'a better grade';
CREATE FUNCTION journey.grade_ge(journey.grade, journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_ge(journey.grade, journey.grade) IS
    'implementation of >= operator';
CREATE OPERATOR journey.>= (
    FUNCTION = journey.grade_ge,
    LEFTARG = journey.grade, RIGHTARG = journey.grade,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.grade, journey.grade) IS 'no worse a grade';
CREATE FUNCTION journey.grade_cmp(journey.grade, journey.grade) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_cmp(journey.grade, journey.grade) IS
    'order of two values of grade: less than, equal to or greater than 0';
CREATE FUNCTION journey.grade_hash(journey.grade) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_hash(journey.grade) IS
    'hash of a grade';
CREATE FUNCTION journey.grade_hash_extended(journey.grade, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_hash_extended(journey.grade, pg_catalog.int8) IS
    'hash of a grade with a seed';
CREATE OPERATOR CLASS journey.grade_ops DEFAULT FOR TYPE journey.grade USING btree AS
    OPERATOR 1 journey.<, OPERATOR 2 journey.<=, OPERATOR 3 journey.=, OPERATOR 4 journey.>=, OPERATOR 5 journey.>,
    FUNCTION 1 journey.grade_cmp(journey.grade, journey.grade);
COMMENT ON OPERATOR CLASS journey.grade_ops USING btree IS 'order of grade';
CREATE OPERATOR CLASS journey.grade_hash_ops DEFAULT FOR TYPE journey.grade USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.grade_hash(journey.grade),
    FUNCTION 2 journey.grade_hash_extended(journey.grade, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.grade_hash_ops USING hash IS 'equality of grade';

CREATE FUNCTION journey.grade(card journey.scorecard, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS journey.grade
    AS 'MODULE_PATHNAME', 'scorecard_grade' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.grade(journey.scorecard, pg_catalog.timestamptz) IS
    'the grade at a time, by the cuts of the model';
CREATE FUNCTION journey.grade(fit pg_catalog.text, interest pg_catalog.int4) RETURNS journey.grade
    AS 'MODULE_PATHNAME', 'grade_make' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade(pg_catalog.text, pg_catalog.int4) IS
    'the grade of a fit and an interest';
CREATE FUNCTION journey.fit(grade journey.grade) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'grade_fit' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.fit(journey.grade) IS
    'the fit of a grade: A+ to F';
CREATE FUNCTION journey.interest(grade journey.grade) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'grade_interest' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.interest(journey.grade) IS
    'the interest of a grade: 1, the best, to 4';
CREATE FUNCTION journey.grade_met(grade journey.grade, at_least journey.grade) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_met(journey.grade, journey.grade) IS
    'is the grade no worse than another in fit and in interest?';
CREATE FUNCTION journey.priority(grade journey.grade, fit_weight pg_catalog.float8 DEFAULT 1, interest_weight pg_catalog.float8 DEFAULT 1) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'grade_priority' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.priority(journey.grade, pg_catalog.float8, pg_catalog.float8) IS
    'a grade as a number from 0 to 1, fit and interest weighted';
CREATE FUNCTION journey.grade_larger(journey.grade, journey.grade) RETURNS journey.grade
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_larger(journey.grade, journey.grade) IS
    'the better of two grades';
CREATE FUNCTION journey.grade_smaller(journey.grade, journey.grade) RETURNS journey.grade
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.grade_smaller(journey.grade, journey.grade) IS
    'the worse of two grades';
CREATE AGGREGATE journey.max(journey.grade) (
    SFUNC = journey.grade_larger,
    STYPE = journey.grade,
    COMBINEFUNC = journey.grade_larger,
    SORTOP = OPERATOR(journey.>),
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.max(journey.grade) IS 'the best of these grades';
CREATE AGGREGATE journey.min(journey.grade) (
    SFUNC = journey.grade_smaller,
    STYPE = journey.grade,
    COMBINEFUNC = journey.grade_smaller,
    SORTOP = OPERATOR(journey.<),
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.min(journey.grade) IS 'the worst of these grades';

-- the bant type, and indicators

CREATE TYPE journey.bant;

CREATE FUNCTION journey.bant_in(pg_catalog.cstring) RETURNS journey.bant
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_in(pg_catalog.cstring) IS
    'text input of bant';
CREATE FUNCTION journey.bant_out(journey.bant) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_out(journey.bant) IS
    'text output of bant';
CREATE FUNCTION journey.bant_recv(pg_catalog.internal) RETURNS journey.bant
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_recv(pg_catalog.internal) IS
    'binary input of bant';
CREATE FUNCTION journey.bant_send(journey.bant) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_send(journey.bant) IS
    'binary output of bant';

CREATE TYPE journey.bant (
    INPUT = journey.bant_in,
    OUTPUT = journey.bant_out,
    RECEIVE = journey.bant_recv,
    SEND = journey.bant_send,
    INTERNALLENGTH = 2,
    PASSEDBYVALUE,
    ALIGNMENT = int2
);
COMMENT ON TYPE journey.bant IS
    'budget, authority, need, time and skill of a lead, each yes, no or unknown; more yes is greater';

CREATE FUNCTION journey.bant_eq(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_eq(journey.bant, journey.bant) IS
    'implementation of = operator';
CREATE OPERATOR journey.= (
    FUNCTION = journey.bant_eq,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.bant, journey.bant) IS 'equal';
CREATE FUNCTION journey.bant_ne(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_ne(journey.bant, journey.bant) IS
    'implementation of <> operator';
CREATE OPERATOR journey.<> (
    FUNCTION = journey.bant_ne,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.bant, journey.bant) IS 'not equal';
CREATE FUNCTION journey.bant_lt(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_lt(journey.bant, journey.bant) IS
    'implementation of < operator';
CREATE OPERATOR journey.< (
    FUNCTION = journey.bant_lt,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.bant, journey.bant) IS 'fewer criteria met';
CREATE FUNCTION journey.bant_le(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_le(journey.bant, journey.bant) IS
    'implementation of <= operator';
CREATE OPERATOR journey.<= (
    FUNCTION = journey.bant_le,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.bant, journey.bant) IS 'no more criteria met';
CREATE FUNCTION journey.bant_gt(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_gt(journey.bant, journey.bant) IS
    'implementation of > operator';
CREATE OPERATOR journey.> (
    FUNCTION = journey.bant_gt,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.bant, journey.bant) IS 'more criteria met';
CREATE FUNCTION journey.bant_ge(journey.bant, journey.bant) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_ge(journey.bant, journey.bant) IS
    'implementation of >= operator';
CREATE OPERATOR journey.>= (
    FUNCTION = journey.bant_ge,
    LEFTARG = journey.bant, RIGHTARG = journey.bant,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.bant, journey.bant) IS 'no fewer criteria met';
CREATE FUNCTION journey.bant_cmp(journey.bant, journey.bant) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_cmp(journey.bant, journey.bant) IS
    'order of two values of bant: less than, equal to or greater than 0';
CREATE FUNCTION journey.bant_hash(journey.bant) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_hash(journey.bant) IS
    'hash of a bant';
CREATE FUNCTION journey.bant_hash_extended(journey.bant, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_hash_extended(journey.bant, pg_catalog.int8) IS
    'hash of a bant with a seed';
CREATE OPERATOR CLASS journey.bant_ops DEFAULT FOR TYPE journey.bant USING btree AS
    OPERATOR 1 journey.<, OPERATOR 2 journey.<=, OPERATOR 3 journey.=, OPERATOR 4 journey.>=, OPERATOR 5 journey.>,
    FUNCTION 1 journey.bant_cmp(journey.bant, journey.bant);
COMMENT ON OPERATOR CLASS journey.bant_ops USING btree IS 'order of bant';
CREATE OPERATOR CLASS journey.bant_hash_ops DEFAULT FOR TYPE journey.bant USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.bant_hash(journey.bant),
    FUNCTION 2 journey.bant_hash_extended(journey.bant, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.bant_hash_ops USING hash IS 'equality of bant';

CREATE FUNCTION journey.bant(budget pg_catalog.bool DEFAULT NULL, authority pg_catalog.bool DEFAULT NULL, need pg_catalog.bool DEFAULT NULL, "time" pg_catalog.bool DEFAULT NULL, skill pg_catalog.bool DEFAULT NULL) RETURNS journey.bant
    AS 'MODULE_PATHNAME', 'bant_make' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant(pg_catalog.bool, pg_catalog.bool, pg_catalog.bool, pg_catalog.bool, pg_catalog.bool) IS
    'a bant of five answers, of which null is unknown';
CREATE FUNCTION journey.bant_flag(bant journey.bant, flag pg_catalog.text) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_flag(journey.bant, pg_catalog.text) IS
    'one answer of a bant: budget, authority, need, time or skill; null when unknown';
CREATE FUNCTION journey.bant_yes(bant journey.bant) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_yes(journey.bant) IS
    'how many answers of a bant are yes';
CREATE FUNCTION journey.bant_no(bant journey.bant) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_no(journey.bant) IS
    'how many answers of a bant are no';
CREATE FUNCTION journey.bant_unknown(bant journey.bant) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_unknown(journey.bant) IS
    'how many answers of a bant are unknown';
CREATE FUNCTION journey.bant_met(bant journey.bant, at_least pg_catalog.int4, required pg_catalog.text[] DEFAULT '{}', not_no pg_catalog.text[] DEFAULT '{}') RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_met(journey.bant, pg_catalog.int4, pg_catalog.text[], pg_catalog.text[]) IS
    'are so many answers yes, the required ones among them, and none of not_no no? null while what is unknown can decide it';
CREATE FUNCTION journey.bant_overlay(journey.bant, journey.bant) RETURNS journey.bant
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.bant_overlay(journey.bant, journey.bant) IS
    'implementation of || operator';
CREATE OPERATOR journey.|| (
    FUNCTION = journey.bant_overlay,
    LEFTARG = journey.bant, RIGHTARG = journey.bant
);
COMMENT ON OPERATOR journey.|| (journey.bant, journey.bant) IS 'the answers of the second, and where it has none those of the first';

CREATE FUNCTION journey.hpi(at_least pg_catalog.int4, VARIADIC indicators pg_catalog.bool[]) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.hpi(pg_catalog.int4, VARIADIC pg_catalog.bool[]) IS
    'do at least so many of 3 to 5 high-probability indicators hold? null while those that are unknown can decide it';

-- accounts from their contacts

CREATE FUNCTION journey.account_max_accum(pg_catalog.float8, pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_max_accum(pg_catalog.float8, pg_catalog.float8) IS
    'transition and combination of account_max';
CREATE FUNCTION journey.account_max_final(pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_max_final(pg_catalog.float8) IS
    'result of account_max';
CREATE FUNCTION journey.account_sum_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_sum_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) IS
    'transition of account_sum: one more contact';
CREATE FUNCTION journey.account_sum_combine(pg_catalog.float8[], pg_catalog.float8[]) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_sum_combine(pg_catalog.float8[], pg_catalog.float8[]) IS
    'combination of two states of account_sum';
CREATE FUNCTION journey.account_sum_final(pg_catalog.float8[]) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_sum_final(pg_catalog.float8[]) IS
    'result of account_sum';
CREATE FUNCTION journey.account_weighted_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_weighted_accum(pg_catalog.float8[], pg_catalog.float8, pg_catalog.float8) IS
    'transition of account_weighted: one more contact';
CREATE FUNCTION journey.account_weighted_combine(pg_catalog.float8[], pg_catalog.float8[]) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_weighted_combine(pg_catalog.float8[], pg_catalog.float8[]) IS
    'combination of two states of account_weighted';
CREATE FUNCTION journey.account_weighted_final(pg_catalog.float8[]) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.account_weighted_final(pg_catalog.float8[]) IS
    'result of account_weighted';

CREATE AGGREGATE journey.account_max(score pg_catalog.float8) (
    SFUNC = journey.account_max_accum,
    STYPE = pg_catalog.float8,
    COMBINEFUNC = journey.account_max_accum,
    FINALFUNC = journey.account_max_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.account_max(pg_catalog.float8) IS
    'the score of an account: that of its best contact; nulls are ignored';
CREATE AGGREGATE journey.account_sum(score pg_catalog.float8, cap pg_catalog.float8) (
    SFUNC = journey.account_sum_accum,
    STYPE = pg_catalog.float8[],
    COMBINEFUNC = journey.account_sum_combine,
    FINALFUNC = journey.account_sum_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.account_sum(pg_catalog.float8, pg_catalog.float8) IS
    'the score of an account: the sum of those of its contacts, but not more than the cap; null scores are ignored, a null cap is none';
CREATE AGGREGATE journey.account_weighted(score pg_catalog.float8, authority pg_catalog.float8) (
    SFUNC = journey.account_weighted_accum,
    STYPE = pg_catalog.float8[],
    COMBINEFUNC = journey.account_weighted_combine,
    FINALFUNC = journey.account_weighted_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.account_weighted(pg_catalog.float8, pg_catalog.float8) IS
    'the score of an account: the mean of those of its contacts, weighted by their authority; contacts with a null are ignored';
