-- nps: the Net Promoter Score

CREATE TYPE journey.nps AS (
    asked pg_catalog.int8, promoters pg_catalog.int8, passives pg_catalog.int8, detractors pg_catalog.int8, evangelists pg_catalog.int8,
    asked_weight pg_catalog.numeric, promoter_weight pg_catalog.numeric, passive_weight pg_catalog.numeric, detractor_weight pg_catalog.numeric,
    evangelist_weight pg_catalog.numeric, squares pg_catalog.numeric);
COMMENT ON TYPE journey.nps IS
    'how many were asked, and of those who answered how many are promoters, passives and detractors; evangelists are the promoters who said 11; the same by weight, and the sum of the squared weights of the answers';

CREATE FUNCTION journey.nps_accum(state pg_catalog.int8[], score pg_catalog.int4) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_accum(pg_catalog.int8[], pg_catalog.int4) IS 'transition of nps';
CREATE FUNCTION journey.nps_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_combine(pg_catalog.int8[], pg_catalog.int8[]) IS 'combination of two states of nps';
CREATE FUNCTION journey.nps_final(pg_catalog.int8[]) RETURNS journey.nps
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_final(pg_catalog.int8[]) IS 'result of nps';

CREATE AGGREGATE journey.nps(score pg_catalog.int4) (
    SFUNC = journey.nps_accum,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0,0,0,0}',
    COMBINEFUNC = journey.nps_combine,
    FINALFUNC = journey.nps_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.nps(pg_catalog.int4) IS
    'counts the answers 0 to 10, and 11, of a question of recommendation, for nps_report(); null: asked and not answered';

CREATE FUNCTION journey.nps_weigh(state journey.nps, score pg_catalog.int4, weight pg_catalog.numeric) RETURNS journey.nps
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_weigh(journey.nps, pg_catalog.int4, pg_catalog.numeric) IS 'transition of nps with weights';
CREATE FUNCTION journey.nps_weigh(state journey.nps, score pg_catalog.int4, weight pg_catalog.float8) RETURNS journey.nps
    AS 'MODULE_PATHNAME', 'nps_weigh_float8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_weigh(journey.nps, pg_catalog.int4, pg_catalog.float8) IS 'transition of nps with weights';
CREATE FUNCTION journey.nps_add(journey.nps, journey.nps) RETURNS journey.nps
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_add(journey.nps, journey.nps) IS 'the sum of two surveys of different people';
CREATE FUNCTION journey.nps_check(journey.nps) RETURNS journey.nps
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_check(journey.nps) IS 'result of rollup and of nps with weights';

CREATE AGGREGATE journey.nps(score pg_catalog.int4, weight pg_catalog.numeric) (
    SFUNC = journey.nps_weigh,
    STYPE = journey.nps,
    INITCOND = '(0,0,0,0,0,0,0,0,0,0,0)',
    COMBINEFUNC = journey.nps_add,
    FINALFUNC = journey.nps_check,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.nps(pg_catalog.int4, pg_catalog.numeric) IS
    'the same where each person stands for more or less than one; rows whose weight is null are ignored';
CREATE AGGREGATE journey.nps(score pg_catalog.int4, weight pg_catalog.float8) (
    SFUNC = journey.nps_weigh,
    STYPE = journey.nps,
    INITCOND = '(0,0,0,0,0,0,0,0,0,0,0)',
    COMBINEFUNC = journey.nps_add,
    FINALFUNC = journey.nps_check,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.nps(pg_catalog.int4, pg_catalog.float8) IS
    'the same where each person stands for more or less than one; rows whose weight is null are ignored';
CREATE AGGREGATE journey.rollup(nps journey.nps) (
    SFUNC = journey.nps_add,
    STYPE = journey.nps,
    INITCOND = '(0,0,0,0,0,0,0,0,0,0,0)',
    COMBINEFUNC = journey.nps_add,
    FINALFUNC = journey.nps_check,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.nps) IS 'the sum of surveys of different people; nulls are ignored';

CREATE OPERATOR journey.+ (LEFTARG = journey.nps, RIGHTARG = journey.nps, FUNCTION = journey.nps_add, COMMUTATOR = OPERATOR(journey.+));
COMMENT ON OPERATOR journey.+ (journey.nps, journey.nps) IS 'the sum of two surveys of different people';

CREATE FUNCTION journey.nps_score(nps journey.nps) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'nps_points' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_score(journey.nps) IS
    'the Net Promoter Score: 100 * (promoters - detractors) / answered, by weight; null when nobody answered';

CREATE FUNCTION journey.nps_report(
    nps journey.nps, level pg_catalog.float8 DEFAULT 0.95,
    OUT asked pg_catalog.int8, OUT answered pg_catalog.int8, OUT response_rate pg_catalog.float8,
    OUT promoters pg_catalog.int8, OUT passives pg_catalog.int8, OUT detractors pg_catalog.int8, OUT evangelists pg_catalog.int8,
    OUT promoter_share pg_catalog.float8, OUT passive_share pg_catalog.float8, OUT detractor_share pg_catalog.float8, OUT evangelist_share pg_catalog.float8,
    OUT score pg_catalog.float8, OUT centre pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8, OUT effective_n pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_report(journey.nps, pg_catalog.float8) IS
    'the numbers of a survey: who was asked, answered, would recommend, and the score with its adjusted Wald interval';

CREATE FUNCTION journey.nps_interval(
    promoters pg_catalog.float8, detractors pg_catalog.float8, n pg_catalog.float8, level pg_catalog.float8 DEFAULT 0.95,
    OUT score pg_catalog.float8, OUT centre pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_interval(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'the Net Promoter Score of counts, with its adjusted Wald interval';

CREATE FUNCTION journey.nps_difference(
    a journey.nps, b journey.nps, level pg_catalog.float8 DEFAULT 0.95,
    OUT score pg_catalog.float8, OUT score_b pg_catalog.float8,
    OUT difference pg_catalog.float8, OUT centre pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8,
    OUT z pg_catalog.float8, OUT p pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.nps_difference(journey.nps, journey.nps, pg_catalog.float8) IS
    'the first score less the second, with its interval and the two-sided test that they are the same';
