-- dwell: how long journeys stay in their stages, how they move, how fast they win

-- one journey

CREATE FUNCTION journey.spells(journey journey.journey, as_of pg_catalog.timestamptz) RETURNS TABLE (
        n pg_catalog.int4, label pg_catalog.text, entered_at pg_catalog.timestamptz, left_at pg_catalog.timestamptz,
        dwell pg_catalog.interval, open pg_catalog.bool)
    AS 'MODULE_PATHNAME', 'dwell_spells' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.spells(journey.journey, pg_catalog.timestamptz) IS
    'the stays of a journey in its stages, as of a time; the last one is open, and has lasted so long until then';
CREATE FUNCTION journey.spells(journey journey.journey, as_of pg_catalog.timestamptz, calendar journey.calendar) RETURNS TABLE (
        n pg_catalog.int4, label pg_catalog.text, entered_at pg_catalog.timestamptz, left_at pg_catalog.timestamptz,
        dwell pg_catalog.interval, open pg_catalog.bool)
    AS 'MODULE_PATHNAME', 'dwell_spells' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 5;
COMMENT ON FUNCTION journey.spells(journey.journey, pg_catalog.timestamptz, journey.calendar) IS
    'the stays of a journey in its stages, as of a time, their dwell in business time';
CREATE FUNCTION journey.dwell(journey journey.journey, as_of pg_catalog.timestamptz) RETURNS TABLE (
        label pg_catalog.text, spells pg_catalog.int4, first_dwell pg_catalog.interval, latest_dwell pg_catalog.interval,
        total_dwell pg_catalog.interval, open pg_catalog.bool, open_dwell pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'dwell_dwell' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.dwell(journey.journey, pg_catalog.timestamptz) IS
    'how long a journey was in each stage, as of a time: at its first stay, at the latest one, in all, and in the stay that lasts';
CREATE FUNCTION journey.dwell(journey journey.journey, as_of pg_catalog.timestamptz, calendar journey.calendar) RETURNS TABLE (
        label pg_catalog.text, spells pg_catalog.int4, first_dwell pg_catalog.interval, latest_dwell pg_catalog.interval,
        total_dwell pg_catalog.interval, open pg_catalog.bool, open_dwell pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'dwell_dwell' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 5;
COMMENT ON FUNCTION journey.dwell(journey.journey, pg_catalog.timestamptz, journey.calendar) IS
    'how long a journey was in each stage, as of a time, in business time';

CREATE FUNCTION journey.stage_order(stages pg_catalog.regtype) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    labels CONSTANT text[] := journey.stage_labels(stages);
BEGIN
    IF labels IS NULL THEN
        RAISE EXCEPTION '% is no enum type', stages USING ERRCODE = 'wrong_object_type';
    END IF;
    RETURN ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n)
                 WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
END
$function$;
COMMENT ON FUNCTION journey.stage_order(pg_catalog.regtype) IS
    'the stages of an enum in their order, without those of kind lost and detour, which stand aside of it';
CREATE FUNCTION journey.move_counts(journey journey.journey, stages pg_catalog.text[],
        OUT moves pg_catalog.int8, OUT forward pg_catalog.int8, OUT skips pg_catalog.int8, OUT skipped pg_catalog.int8,
        OUT regressions pg_catalog.int8, OUT aside pg_catalog.int8)
    AS 'MODULE_PATHNAME', 'dwell_move_counts' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.move_counts(journey.journey, pg_catalog.text[]) IS
    'how a journey moved along an order of stages: forward, over stages it left out, and back; moves from or to other labels are aside';
CREATE FUNCTION journey.velocity(n pg_catalog.float8, win_rate pg_catalog.float8, mean_value pg_catalog.float8, cycle pg_catalog.interval)
    RETURNS pg_catalog.float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN cycle > interval '0'
                THEN n * win_rate * mean_value / (extract(epoch FROM cycle)::pg_catalog.float8 / 86400) END;
COMMENT ON FUNCTION journey.velocity(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.interval) IS
    'value won per day: how many are open, times win rate, times mean value, by the days of a cycle; null for a cycle of no time';

-- how long stays last

CREATE TYPE journey.dwell_times;

CREATE FUNCTION journey.dwell_times_in(pg_catalog.cstring) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_in(pg_catalog.cstring) IS
    'input of type dwell_times';
CREATE FUNCTION journey.dwell_times_out(journey.dwell_times) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'dwell_times_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_out(journey.dwell_times) IS
    'output of type dwell_times';
CREATE FUNCTION journey.dwell_times_recv(pg_catalog.internal) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_recv(pg_catalog.internal) IS
    'binary input of type dwell_times';
CREATE FUNCTION journey.dwell_times_send(journey.dwell_times) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'dwell_times_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_send(journey.dwell_times) IS
    'binary output of type dwell_times';

CREATE TYPE journey.dwell_times (
    INPUT = journey.dwell_times_in,
    OUTPUT = journey.dwell_times_out,
    RECEIVE = journey.dwell_times_recv,
    SEND = journey.dwell_times_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.dwell_times IS 'how long stays lasted, of those that ended and of those that last; values add up';

CREATE CAST (journey.dwell_times AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.dwell_times AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.dwell_times) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.dwell_times) IS 'dwell times from their JSON form';

CREATE FUNCTION journey.dwell_times_accum(journey.dwell_times, dwell pg_catalog.interval, open pg_catalog.bool) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_accum' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_accum(journey.dwell_times, pg_catalog.interval, pg_catalog.bool) IS
    'transition of dwell_times';
CREATE FUNCTION journey.dwell_times_combine(journey.dwell_times, journey.dwell_times) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_combine' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_combine(journey.dwell_times, journey.dwell_times) IS
    'combination of dwell_times, transition and combination of rollup';
CREATE FUNCTION journey.dwell_times_final(journey.dwell_times) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_final(journey.dwell_times) IS
    'the dwell times an aggregate has counted';
CREATE AGGREGATE journey.dwell_times(dwell pg_catalog.interval, open pg_catalog.bool) (
    SFUNC = journey.dwell_times_accum,
    STYPE = journey.dwell_times,
    COMBINEFUNC = journey.dwell_times_combine,
    FINALFUNC = journey.dwell_times_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.dwell_times(dwell pg_catalog.interval, open pg_catalog.bool) IS
    'how long these stays lasted; open says that one lasts still; rows with a null are ignored, and no rows give null';
CREATE AGGREGATE journey.rollup(journey.dwell_times) (
    SFUNC = journey.dwell_times_combine,
    STYPE = journey.dwell_times,
    COMBINEFUNC = journey.dwell_times_combine,
    FINALFUNC = journey.dwell_times_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.dwell_times) IS
    'the sum of dwell times; nulls are ignored, and no rows give null';
CREATE FUNCTION journey.dwell_times_add(journey.dwell_times, journey.dwell_times) RETURNS journey.dwell_times
    AS 'MODULE_PATHNAME', 'dwell_times_add' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_times_add(journey.dwell_times, journey.dwell_times) IS
    'implementation of + operator';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times,
    FUNCTION = journey.dwell_times_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.dwell_times, journey.dwell_times) IS 'the dwell times of both groups of stays';

CREATE FUNCTION journey.dwell_summary(times journey.dwell_times,
        OUT entered pg_catalog.int8, OUT ended pg_catalog.int8, OUT lasting pg_catalog.int8,
        OUT total pg_catalog.interval, OUT mean pg_catalog.interval, OUT p25 pg_catalog.interval, OUT median pg_catalog.interval,
        OUT p75 pg_catalog.interval, OUT p90 pg_catalog.interval, OUT survival_median pg_catalog.interval,
        OUT open_median pg_catalog.interval, OUT longest_open pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'dwell_times_summary' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_summary(journey.dwell_times) IS
    'dwell times in a row: counts, and times of stays that ended, of all by Kaplan-Meier, and of those that last';
CREATE FUNCTION journey.dwell_quantile(times journey.dwell_times, share pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'dwell_times_quantile' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_quantile(journey.dwell_times, pg_catalog.float8) IS
    'the time that this share of the stays that ended did not exceed; null when none ended';
CREATE FUNCTION journey.dwell_survival(times journey.dwell_times, share pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'dwell_times_survival' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.dwell_survival(journey.dwell_times, pg_catalog.float8) IS
    'the time by which this share of all stays has ended, by Kaplan-Meier; null when it has not been seen';

CREATE FUNCTION journey.dwell_times_eq(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_eq(journey.dwell_times, journey.dwell_times) IS
    'implementation of = operator';
CREATE FUNCTION journey.dwell_times_ne(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_ne(journey.dwell_times, journey.dwell_times) IS
    'implementation of <> operator';
CREATE FUNCTION journey.dwell_times_lt(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_lt(journey.dwell_times, journey.dwell_times) IS
    'implementation of < operator';
CREATE FUNCTION journey.dwell_times_le(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_le(journey.dwell_times, journey.dwell_times) IS
    'implementation of <= operator';
CREATE FUNCTION journey.dwell_times_gt(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_gt(journey.dwell_times, journey.dwell_times) IS
    'implementation of > operator';
CREATE FUNCTION journey.dwell_times_ge(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'dwell_times_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_ge(journey.dwell_times, journey.dwell_times) IS
    'implementation of >= operator';
CREATE FUNCTION journey.dwell_times_cmp(journey.dwell_times, journey.dwell_times) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'dwell_times_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_cmp(journey.dwell_times, journey.dwell_times) IS
    'less than 0, 0 or more, by the order of dwell times';
CREATE FUNCTION journey.dwell_times_hash(journey.dwell_times) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'dwell_times_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_hash(journey.dwell_times) IS
    'hash value';
CREATE FUNCTION journey.dwell_times_hash_extended(journey.dwell_times, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'dwell_times_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.dwell_times_hash_extended(journey.dwell_times, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR journey.= (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.dwell_times, journey.dwell_times) IS 'the same dwell_times';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.dwell_times, journey.dwell_times) IS 'not the same dwell_times';
CREATE OPERATOR journey.< (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.dwell_times, journey.dwell_times) IS 'before, in an order that serves sorting only';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.dwell_times, journey.dwell_times) IS 'before or the same, in an order that serves sorting only';
CREATE OPERATOR journey.> (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.dwell_times, journey.dwell_times) IS 'after, in an order that serves sorting only';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.dwell_times, RIGHTARG = journey.dwell_times, FUNCTION = journey.dwell_times_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.dwell_times, journey.dwell_times) IS 'after or the same, in an order that serves sorting only';
CREATE OPERATOR CLASS journey.dwell_times_ops DEFAULT FOR TYPE journey.dwell_times USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.dwell_times_cmp(journey.dwell_times, journey.dwell_times);
COMMENT ON OPERATOR CLASS journey.dwell_times_ops USING btree IS 'an order of dwell times that serves sorting';
COMMENT ON OPERATOR FAMILY journey.dwell_times_ops USING btree IS 'an order of dwell times that serves sorting';
CREATE OPERATOR CLASS journey.dwell_times_ops DEFAULT FOR TYPE journey.dwell_times USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.dwell_times_hash(journey.dwell_times),
    FUNCTION 2 journey.dwell_times_hash_extended(journey.dwell_times, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.dwell_times_ops USING hash IS 'equality of dwell times';
COMMENT ON OPERATOR FAMILY journey.dwell_times_ops USING hash IS 'equality of dwell times';

-- how long steps of a funnel take

CREATE FUNCTION journey.step_curve(funnel journey.funnel) RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, elapsed pg_catalog.interval, customers pg_catalog.int8,
        cumulative pg_catalog.int8, share pg_catalog.float8, converted pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'dwell_step_curve' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 100;
COMMENT ON FUNCTION journey.step_curve(journey.funnel) IS
    'how many took each step of a funnel within which time after the step before';
CREATE FUNCTION journey.step_quantiles(funnel journey.funnel,
        shares pg_catalog.float8[] DEFAULT '{0.1,0.25,0.5,0.75,0.9,0.95,0.99}') RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, share pg_catalog.float8, elapsed pg_catalog.interval)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 35
    BEGIN ATOMIC
        SELECT s.step, s.label, q.share, journey.step_time(step_quantiles.funnel, s.step, q.share)
        FROM journey.steps(step_quantiles.funnel) s CROSS JOIN pg_catalog.unnest(shares) WITH ORDINALITY q (share, n)
        WHERE s.step > 1
        ORDER BY s.step, q.n;
    END;
COMMENT ON FUNCTION journey.step_quantiles(journey.funnel, pg_catalog.float8[]) IS
    'the times since the step before that these shares of those who took a step did not exceed';
CREATE FUNCTION journey.step_share(funnel journey.funnel, step pg_catalog.int4, within pg_catalog.interval) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'dwell_step_share' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_share(journey.funnel, pg_catalog.int4, pg_catalog.interval) IS
    'the share of those who took a step that took it within a time after the step before; null when nobody took it';
