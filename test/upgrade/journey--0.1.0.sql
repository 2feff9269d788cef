/* journey: the install script, made by joining the topics of sql/ in order */

\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Whoever may read a table may ask questions about the journeys in it.
GRANT USAGE ON SCHEMA journey TO PUBLIC;
-- timeline: the journey type

CREATE TYPE journey.journey;

CREATE FUNCTION journey.journey_in(pg_catalog.cstring) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_in(pg_catalog.cstring) IS
    'input of type journey';
CREATE FUNCTION journey.journey_out(journey.journey) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'journey_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_out(journey.journey) IS
    'output of type journey';
CREATE FUNCTION journey.journey_recv(pg_catalog.internal) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_recv(pg_catalog.internal) IS
    'binary input of type journey';
CREATE FUNCTION journey.journey_send(journey.journey) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'journey_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_send(journey.journey) IS
    'binary output of type journey';

CREATE TYPE journey.journey (
    INPUT = journey.journey_in,
    OUTPUT = journey.journey_out,
    RECEIVE = journey.journey_recv,
    SEND = journey.journey_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.journey IS 'a customer journey: labels with times, in order of time';

-- making one

CREATE FUNCTION journey.journey(labels pg_catalog.text[], times pg_catalog.timestamptz[]) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_from_arrays' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey(pg_catalog.text[], pg_catalog.timestamptz[]) IS
    'a journey of labels and their times, in any order; both arrays are equally long';
CREATE FUNCTION journey.journey(pg_catalog.jsonb) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_from_jsonb' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.journey(pg_catalog.jsonb) IS
    'a journey from an array of objects with label and at';
CREATE FUNCTION journey.jsonb(journey.journey) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME', 'journey_to_jsonb' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.jsonb(journey.journey) IS
    'the entries as an array of objects with at and label';
CREATE CAST (pg_catalog.jsonb AS journey.journey) WITH FUNCTION journey.journey(pg_catalog.jsonb);
COMMENT ON CAST (pg_catalog.jsonb AS journey.journey) IS 'a journey from an array of objects with label and at';
CREATE CAST (journey.journey AS pg_catalog.jsonb) WITH FUNCTION journey.jsonb(journey.journey);
COMMENT ON CAST (journey.journey AS pg_catalog.jsonb) IS 'the entries as an array of objects with at and label';
CREATE FUNCTION journey.journey_agg_add(journey.journey, label pg_catalog.text, at pg_catalog.timestamptz) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_agg_add(journey.journey, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of journey_agg';
CREATE FUNCTION journey.journey_agg_add(journey.journey, label pg_catalog.anyenum, at pg_catalog.timestamptz) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_agg_add_enum' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_agg_add(journey.journey, pg_catalog.anyenum, pg_catalog.timestamptz) IS
    'transition of journey_agg over an enum';
CREATE FUNCTION journey.journey_agg_combine(journey.journey, journey.journey) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_agg_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_agg_combine(journey.journey, journey.journey) IS
    'combination of journey_agg, transition and combination of rollup';
CREATE FUNCTION journey.journey_agg_final(journey.journey) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_agg_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_agg_final(journey.journey) IS
    'the journey an aggregate has built';
CREATE AGGREGATE journey.journey_agg(label pg_catalog.text, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(label pg_catalog.text, at pg_catalog.timestamptz) IS
    'the journey through these labels; rows without a label or a time are ignored, and no rows give null';
CREATE AGGREGATE journey.journey_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) IS
    'the journey through these enum values; rows without a label or a time are ignored, and no rows give null';
CREATE AGGREGATE journey.rollup(journey.journey) (
    SFUNC = journey.journey_agg_combine,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.journey) IS
    'all entries of these journeys as one journey, common ones once; nulls are ignored, and no journeys give null';

-- editing

CREATE FUNCTION journey.append(journey.journey, label pg_catalog.text, at pg_catalog.timestamptz) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_append' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.append(journey.journey, pg_catalog.text, pg_catalog.timestamptz) IS
    'the journey with one more entry at its end; a time that is not after the last entry is moved to one microsecond after it';
CREATE FUNCTION journey.append(journey.journey, label pg_catalog.anyenum, at pg_catalog.timestamptz) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_append_enum' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.append(journey.journey, pg_catalog.anyenum, pg_catalog.timestamptz) IS
    'the journey with one more entry at its end; a time that is not after the last entry is moved to one microsecond after it';
CREATE FUNCTION journey.journey_merge(journey.journey, journey.journey) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_merge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.journey_merge(journey.journey, journey.journey) IS
    'implementation of || operator';
CREATE OPERATOR journey.|| (
    LEFTARG = journey.journey, RIGHTARG = journey.journey,
    FUNCTION = journey.journey_merge, COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.journey, journey.journey) IS 'all entries of both journeys, common ones once';
CREATE FUNCTION journey.slice(journey.journey, during pg_catalog.tstzrange) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_slice' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.slice(journey.journey, pg_catalog.tstzrange) IS
    'the entries in a range of time; the stage in force at its start is carried to it';
CREATE FUNCTION journey.only(journey.journey, labels pg_catalog.text[]) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_only' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.only(journey.journey, pg_catalog.text[]) IS
    'the entries with these labels';
CREATE FUNCTION journey.without(journey.journey, labels pg_catalog.text[]) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_without' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.without(journey.journey, pg_catalog.text[]) IS
    'the entries with other labels than these';
CREATE FUNCTION journey.rename(journey.journey, from_label pg_catalog.text, to_label pg_catalog.text) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_rename' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.rename(journey.journey, pg_catalog.text, pg_catalog.text) IS
    'the journey with one label replaced by another, which may be there already';
CREATE FUNCTION journey.collapse(journey.journey) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_collapse' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.collapse(journey.journey) IS
    'the journey without entries that repeat the label before them';

-- reading

CREATE FUNCTION journey.length(journey.journey) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'journey_length' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.length(journey.journey) IS
    'how many entries the journey has';
CREATE FUNCTION journey.current(journey.journey) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'journey_current' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.current(journey.journey) IS
    'the label of the last entry; null for an empty journey';
CREATE FUNCTION journey.started_at(journey.journey) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'journey_started_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.started_at(journey.journey) IS
    'the time of the first entry; null for an empty journey';
CREATE FUNCTION journey.updated_at(journey.journey) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'journey_updated_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.updated_at(journey.journey) IS
    'the time of the last entry; null for an empty journey';
CREATE FUNCTION journey.first_at(journey.journey, label pg_catalog.text) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'journey_first_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.first_at(journey.journey, pg_catalog.text) IS
    'when the label was entered first; null if never';
CREATE FUNCTION journey.last_at(journey.journey, label pg_catalog.text) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'journey_last_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.last_at(journey.journey, pg_catalog.text) IS
    'when the label was entered last; null if never';
CREATE FUNCTION journey.visits(journey.journey, label pg_catalog.text) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'journey_visits' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.visits(journey.journey, pg_catalog.text) IS
    'how many entries have the label';
CREATE FUNCTION journey.stage_at(journey.journey, at pg_catalog.timestamptz) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'journey_stage_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.stage_at(journey.journey, pg_catalog.timestamptz) IS
    'the label in force at a time; null before the start';
CREATE FUNCTION journey.time_in(journey.journey, label pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'journey_time_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.time_in(journey.journey, pg_catalog.text, pg_catalog.timestamptz) IS
    'how long the journey was in a stage, as of a time; days are 24 hours';
CREATE FUNCTION journey.events(journey.journey, OUT label pg_catalog.text, OUT at pg_catalog.timestamptz) RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME', 'journey_events' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 10;
COMMENT ON FUNCTION journey.events(journey.journey) IS
    'the entries as rows';
CREATE FUNCTION journey.stages(journey.journey, OUT label pg_catalog.text, OUT entered_at pg_catalog.timestamptz, OUT left_at pg_catalog.timestamptz, OUT dwell pg_catalog.interval) RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME', 'journey_stages' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 10;
COMMENT ON FUNCTION journey.stages(journey.journey) IS
    'the stages as rows; the last one is open and has neither an end nor a dwell';
CREATE FUNCTION journey.stages(journey.journey, as_of pg_catalog.timestamptz, OUT label pg_catalog.text, OUT entered_at pg_catalog.timestamptz, OUT left_at pg_catalog.timestamptz, OUT dwell pg_catalog.interval) RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME', 'journey_stages' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 10;
COMMENT ON FUNCTION journey.stages(journey.journey, pg_catalog.timestamptz) IS
    'the stages as rows, as of a time; the last one is open, with its dwell up to that time';
CREATE FUNCTION journey.moves(journey.journey, OUT from_label pg_catalog.text, OUT to_label pg_catalog.text, OUT at pg_catalog.timestamptz, OUT after pg_catalog.interval) RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME', 'journey_moves' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 ROWS 10;
COMMENT ON FUNCTION journey.moves(journey.journey) IS
    'each step from one entry to the next, and how long after it came';
CREATE FUNCTION journey.periods(journey.journey, label pg_catalog.text) RETURNS pg_catalog.tstzmultirange
    AS 'MODULE_PATHNAME', 'journey_periods' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.periods(journey.journey, pg_catalog.text) IS
    'when the journey was in a stage; the last period is open';
CREATE FUNCTION journey.periods(journey.journey, label pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS pg_catalog.tstzmultirange
    AS 'MODULE_PATHNAME', 'journey_periods' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.periods(journey.journey, pg_catalog.text, pg_catalog.timestamptz) IS
    'when the journey was in a stage, as of a time';

-- comparing

CREATE FUNCTION journey.journey_eq(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_eq(journey.journey, journey.journey) IS
    'implementation of = operator';
CREATE FUNCTION journey.journey_ne(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_ne(journey.journey, journey.journey) IS
    'implementation of <> operator';
CREATE FUNCTION journey.journey_lt(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_lt(journey.journey, journey.journey) IS
    'implementation of < operator';
CREATE FUNCTION journey.journey_le(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_le(journey.journey, journey.journey) IS
    'implementation of <= operator';
CREATE FUNCTION journey.journey_gt(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gt(journey.journey, journey.journey) IS
    'implementation of > operator';
CREATE FUNCTION journey.journey_ge(journey.journey, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_ge(journey.journey, journey.journey) IS
    'implementation of >= operator';
CREATE OPERATOR journey.= (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.journey, journey.journey) IS 'equal';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.journey, journey.journey) IS 'not equal';
CREATE OPERATOR journey.< (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.journey, journey.journey) IS 'less than';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.journey, journey.journey) IS 'less than or equal';
CREATE OPERATOR journey.> (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.journey, journey.journey) IS 'greater than';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.journey, RIGHTARG = journey.journey, FUNCTION = journey.journey_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.journey, journey.journey) IS 'greater than or equal';
CREATE FUNCTION journey.journey_cmp(journey.journey, journey.journey) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'journey_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_cmp(journey.journey, journey.journey) IS
    'order of journeys: by their entries, each by time and label';
CREATE FUNCTION journey.journey_hash(journey.journey) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'journey_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_hash(journey.journey) IS
    'hash value';
CREATE FUNCTION journey.journey_hash_extended(journey.journey, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'journey_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_hash_extended(journey.journey, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR CLASS journey.journey_ops DEFAULT FOR TYPE journey.journey USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.journey_cmp(journey.journey, journey.journey);
COMMENT ON OPERATOR CLASS journey.journey_ops USING btree IS 'journeys in order of their entries';
COMMENT ON OPERATOR FAMILY journey.journey_ops USING btree IS 'journeys in order of their entries';
CREATE OPERATOR CLASS journey.journey_ops DEFAULT FOR TYPE journey.journey USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.journey_hash(journey.journey),
    FUNCTION 2 journey.journey_hash_extended(journey.journey, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.journey_ops USING hash IS 'equality of journeys';
COMMENT ON OPERATOR FAMILY journey.journey_ops USING hash IS 'equality of journeys';

-- labels visited

CREATE FUNCTION journey.journey_contains(journey.journey, pg_catalog.text[]) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_contains' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_contains(journey.journey, pg_catalog.text[]) IS
    'implementation of @> operator';
CREATE FUNCTION journey.journey_contained(pg_catalog.text[], journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_contained' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_contained(pg_catalog.text[], journey.journey) IS
    'implementation of <@ operator';
CREATE FUNCTION journey.journey_overlaps(journey.journey, pg_catalog.text[]) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_overlaps' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_overlaps(journey.journey, pg_catalog.text[]) IS
    'implementation of && operator';
CREATE FUNCTION journey.journey_overlapped(pg_catalog.text[], journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_overlapped' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_overlapped(pg_catalog.text[], journey.journey) IS
    'implementation of && operator';
CREATE OPERATOR journey.@> (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text[], FUNCTION = journey.journey_contains,
    COMMUTATOR = OPERATOR(journey.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.@> (journey.journey, pg_catalog.text[]) IS 'the journey visited all of these labels';
CREATE OPERATOR journey.<@ (
    LEFTARG = pg_catalog.text[], RIGHTARG = journey.journey, FUNCTION = journey.journey_contained,
    COMMUTATOR = OPERATOR(journey.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.<@ (pg_catalog.text[], journey.journey) IS 'the journey visited all of these labels';
CREATE OPERATOR journey.&& (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text[], FUNCTION = journey.journey_overlaps,
    COMMUTATOR = OPERATOR(journey.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.&& (journey.journey, pg_catalog.text[]) IS 'the journey visited one of these labels';
CREATE OPERATOR journey.&& (
    LEFTARG = pg_catalog.text[], RIGHTARG = journey.journey, FUNCTION = journey.journey_overlapped,
    COMMUTATOR = OPERATOR(journey.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.&& (pg_catalog.text[], journey.journey) IS 'the journey visited one of these labels';
CREATE FUNCTION journey.journey_gin_compare(pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'journey_gin_compare' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_compare(pg_catalog.text, pg_catalog.text) IS
    'GIN support: order of keys';
CREATE FUNCTION journey.journey_gin_extract_value(journey.journey, pg_catalog.internal) RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME', 'journey_gin_extract_value' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_extract_value(journey.journey, pg_catalog.internal) IS
    'GIN support: keys of a journey';
-- the queries are text arrays, but an operator class wants its own type here
CREATE FUNCTION journey.journey_gin_extract_query(journey.journey, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME', 'journey_gin_extract_query' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_extract_query(journey.journey, pg_catalog.internal, pg_catalog.int2, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
    'GIN support: keys of a query';
CREATE FUNCTION journey.journey_gin_consistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_gin_consistent' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_consistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
    'GIN support: does an item match';
CREATE FUNCTION journey.journey_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog."char"
    AS 'MODULE_PATHNAME', 'journey_gin_triconsistent' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS
    'GIN support: may an item match';
CREATE OPERATOR CLASS journey.journey_gin_ops DEFAULT FOR TYPE journey.journey USING gin AS
    OPERATOR 1 journey.@> (journey.journey, pg_catalog.text[]),
    OPERATOR 2 journey.&& (journey.journey, pg_catalog.text[]),
    FUNCTION 1 journey.journey_gin_compare(pg_catalog.text, pg_catalog.text),
    FUNCTION 2 journey.journey_gin_extract_value(journey.journey, pg_catalog.internal),
    FUNCTION 3 journey.journey_gin_extract_query(journey.journey, pg_catalog.internal, pg_catalog.int2,
        pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
    FUNCTION 4 journey.journey_gin_consistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4,
        pg_catalog.internal, pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
    FUNCTION 6 journey.journey_gin_triconsistent(pg_catalog.internal, pg_catalog.int2, journey.journey, pg_catalog.int4,
        pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
    STORAGE pg_catalog.text;
COMMENT ON OPERATOR CLASS journey.journey_gin_ops USING gin IS 'the labels a journey visited';
COMMENT ON OPERATOR FAMILY journey.journey_gin_ops USING gin IS 'the labels a journey visited';
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
-- track: attaching stages to a table; what is attached, and whether it holds

CREATE FUNCTION journey.object_name(base pg_catalog.text, suffix pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    room CONSTANT integer := current_setting('max_identifier_length');
    cut text := base;
BEGIN
    IF octet_length(base || suffix) <= room THEN
        RETURN base || suffix;
    END IF;
    -- too long: what is cut off is told apart by a digest of the whole
    suffix := '_' || left(md5(base), 8) || suffix;
    WHILE octet_length(cut || suffix) > room LOOP
        cut := left(cut, -1);
    END LOOP;
    RETURN cut || suffix;
END
$function$;
COMMENT ON FUNCTION journey.object_name(pg_catalog.text, pg_catalog.text) IS
    'a name made of two parts; one that is too long for an identifier is cut, and made unique by a digest';

-- ---------------------------------------------------------------- what is tracked

CREATE FUNCTION journey.trigger_arguments(trigger pg_catalog.oid) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    packed bytea;
    arguments text[] := '{}';
    till integer;
BEGIN
    SELECT t.tgargs INTO packed FROM pg_trigger t WHERE t.oid = trigger;
    -- each argument ends with a zero byte
    LOOP
        till := position('\x00'::bytea IN packed);
        EXIT WHEN COALESCE(till, 0) = 0;
        arguments := arguments || convert_from(substring(packed FOR till - 1), getdatabaseencoding()::name);
        packed := substring(packed FROM till + 1);
    END LOOP;
    RETURN arguments;
END
$function$;
COMMENT ON FUNCTION journey.trigger_arguments(pg_catalog.oid) IS
    'the arguments of a trigger, given its oid';

CREATE FUNCTION journey.tracked()
    RETURNS TABLE (rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
                   stage_type pg_catalog.regtype, rules pg_catalog.text, trigger_name pg_catalog.name, fires pg_catalog.text,
                   log_table pg_catalog.regclass, views pg_catalog.regclass[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.tgrelid::regclass, g.a[1], g.a[2], s.atttypid::regtype, g.a[3], t.tgname,
           CASE t.tgenabled WHEN 'O' THEN 'origin' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' ELSE 'never' END,
           (SELECT l.oid::regclass
            FROM pg_trigger lt CROSS JOIN LATERAL (SELECT journey.trigger_arguments(lt.oid)) lg (a)
                 JOIN pg_class l ON l.relname = lg.a[1] AND l.relnamespace = c.relnamespace
            WHERE lt.tgrelid = t.tgrelid AND lt.tgfoid = 'journey.log_moves()'::regprocedure AND lg.a[2] = g.a[1]
            LIMIT 1),
           (SELECT array_agg(v ORDER BY v::text COLLATE "C") FROM journey.tracked_views(t.tgrelid, g.a[2]) v)
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
    LEFT JOIN pg_attribute s ON s.attrelid = t.tgrelid AND s.attname = g.a[1] AND NOT s.attisdropped
    WHERE t.tgfoid = 'journey.transition()'::regprocedure AND t.tgparentid = 0
      AND NOT pg_is_other_temp_schema(c.relnamespace)
      AND (pg_has_role(c.relowner, 'USAGE')
           OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
    ORDER BY t.tgrelid::regclass::text COLLATE "C", g.a[1] COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.tracked() IS
    'the stage columns that are tracked, of all tables the user has any right on';

-- Views are known by what they read and by the first word of their comment.
CREATE FUNCTION journey.tracked_views(rel pg_catalog.regclass, journey_column pg_catalog.text) RETURNS SETOF pg_catalog.regclass
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 2 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT DISTINCT v.oid::regclass
    FROM pg_depend d
    JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
    JOIN pg_attribute a ON a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = rel AND d.refobjsubid = a.attnum
      AND starts_with(obj_description(v.oid, 'pg_class'), 'journey: ');
END
$function$;
COMMENT ON FUNCTION journey.tracked_views(pg_catalog.regclass, pg_catalog.text) IS
    'the views that track has made over a journey column';

CREATE FUNCTION journey.tracked_column(rel pg_catalog.regclass, stage_column pg_catalog.text,
    OUT stage pg_catalog.text, OUT journey pg_catalog.text, OUT stage_type pg_catalog.regtype, OUT rules pg_catalog.text,
    OUT trigger_name pg_catalog.name, OUT fires pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    n bigint;
BEGIN
    IF rel IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT count(*) OVER (), t.stage_column, t.journey_column, t.stage_type, t.rules, t.trigger_name, t.fires
        INTO n, stage, journey, stage_type, rules, trigger_name, fires
        FROM journey.tracked() t
        WHERE t.rel = tracked_column.rel AND (tracked_column.stage_column IS NULL OR t.stage_column = tracked_column.stage_column);
    IF n IS NULL THEN
        IF stage_column IS NULL THEN
            RAISE EXCEPTION 'table % is not tracked', rel USING ERRCODE = 'undefined_object',
                HINT = 'Attach stages with journey.track(); journey.tracked() shows what is tracked.';
        END IF;
        RAISE EXCEPTION 'column "%" of table % is not tracked', stage_column, rel USING ERRCODE = 'undefined_object',
            HINT = 'Attach stages with journey.track(); journey.tracked() shows what is tracked.';
    ELSIF n > 1 THEN
        RAISE EXCEPTION 'table % has % tracked columns', rel, n USING ERRCODE = 'ambiguous_parameter',
            HINT = 'Say which one, as stage_column => ''...''; or give rules and stage type, as journey.tracked() shows them.';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.tracked_column(pg_catalog.regclass, pg_catalog.text) IS
    'the tracked column of a table; which one must be said only where there are several';

CREATE FUNCTION journey.later_triggers(rel pg_catalog.regclass, trigger_name pg_catalog.text) RETURNS SETOF pg_catalog.name
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT t.tgname FROM pg_trigger t
    WHERE t.tgrelid = rel AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgfoid <> 'journey.transition()'::regprocedure
      -- for each row, before, at insert or update
      AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
      AND t.tgname > trigger_name::name
    ORDER BY t.tgname;
END
$function$;
COMMENT ON FUNCTION journey.later_triggers(pg_catalog.regclass, pg_catalog.text) IS
    'the triggers that may change a row after this one';

CREATE FUNCTION journey.lint(rel pg_catalog.regclass)
    RETURNS TABLE (severity pg_catalog.text, stage pg_catalog.text, problem pg_catalog.text, hint pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    it record;
    one record;
    message text;
    advice text;
    bad_guard boolean;
BEGIN
    PERFORM FROM journey.tracked() t WHERE t.rel = lint.rel;
    IF NOT FOUND THEN
        PERFORM journey.tracked_column(lint.rel, NULL);
    END IF;
    FOR it IN SELECT t.*, count(*) OVER () > 1 AS several FROM journey.tracked() t WHERE t.rel = lint.rel LOOP
        -- what the trigger itself would stumble over: columns, their types, labels, guards
        BEGIN
            PERFORM journey.check_transition(lint.rel, it.stage_column, it.journey_column, it.rules);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
            bad_guard := false;
            BEGIN
                -- guards one by one, so that each bad one is told
                FOR one IN SELECT s.statement, s.guard FROM journey.rule_statements(it.rules) s WHERE s.guard IS NOT NULL LOOP
                    BEGIN
                        PERFORM journey.check_guard(lint.rel, one.guard);
                    EXCEPTION WHEN OTHERS THEN
                        bad_guard := true;
                        GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
                        severity := 'error';
                        problem := format('guard of statement %s: %s', one.statement, problem);
                        hint := COALESCE(NULLIF(hint, ''), 'A guard is SQL over the columns of the new row.');
                        RETURN NEXT;
                    END;
                END LOOP;
            EXCEPTION WHEN OTHERS THEN
                NULL;           -- the rules cannot even be read, which is told below
            END;
            IF NOT bad_guard THEN
                RETURN QUERY SELECT 'error', NULL::text, message, NULLIF(advice, '');
            END IF;
        END;

        IF it.fires IN ('never', 'replica') THEN
            RETURN QUERY SELECT 'error', NULL::text, format('trigger "%s" does not fire', it.trigger_name),
                format('ALTER TABLE %s ENABLE TRIGGER %I', lint.rel, it.trigger_name);
        END IF;
        RETURN QUERY
        SELECT 'warning', NULL::text, format('trigger "%s" runs after "%s"', t.tgname, it.trigger_name),
               'If it changes the stage, the move is neither checked nor written down. Triggers run in the order of their names.'
        FROM journey.later_triggers(lint.rel, it.trigger_name) t (tgname);

        BEGIN
            RETURN QUERY
            SELECT l.severity, l.stage,
                   CASE WHEN it.several THEN format('column "%s": ', it.stage_column) ELSE '' END || l.problem, l.hint
            FROM journey.lint(it.rules, it.stage_type) l;
        EXCEPTION WHEN OTHERS THEN
            NULL;               -- told above
        END;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.lint(pg_catalog.regclass) IS
    'what is odd about the rules of a tracked table, its guards, columns and trigger';

CREATE FUNCTION journey.diagram(rel pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    it CONSTANT record := journey.tracked_column(rel, NULL);
BEGIN
    RETURN journey.diagram(it.rules, it.stage_type);
END
$function$;
COMMENT ON FUNCTION journey.diagram(pg_catalog.regclass) IS
    'the rules of a tracked table as a Mermaid state diagram';

CREATE FUNCTION journey.verify(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (part pg_catalog.regclass, row_id pg_catalog.tid, key pg_catalog.jsonb,
                   stage pg_catalog.text, journey_stage pg_catalog.text, problem pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    it CONSTANT record := journey.tracked_column(rel, verify.stage_column);
    key_expression text;
BEGIN
    SELECT format('jsonb_build_object(%s)', string_agg(format('%L, t.%I', a.attname, a.attname), ', ' ORDER BY k.n))
        INTO key_expression
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum
        WHERE i.indrelid = rel AND i.indisprimary AND k.n <= i.indnkeyatts
        HAVING count(*) > 0;

    RETURN QUERY EXECUTE format($query$
        SELECT t.tableoid::regclass, t.ctid, %1$s, t.%2$I::text, journey.current(t.%3$I), p.problem
        FROM %4$s t
        CROSS JOIN LATERAL (
            SELECT 1, 'the row has a stage and no journey'
            WHERE t.%2$I IS NOT NULL AND journey.current(t.%3$I) IS NULL
            UNION ALL
            SELECT 1, 'the row has a journey and no stage'
            WHERE t.%2$I IS NULL AND journey.current(t.%3$I) IS NOT NULL
            UNION ALL
            SELECT 1, format('the stage is %%I, the journey ends in %%I', t.%2$I, journey.current(t.%3$I))
            WHERE t.%2$I::text COLLATE "C" <> journey.current(t.%3$I)
            UNION ALL
            SELECT DISTINCT 2, format('the journey has %%I, which is no stage', e.label)
            FROM journey.events(t.%3$I) e
            WHERE e.label <> ALL ($1)
            UNION ALL
            SELECT DISTINCT 3, format('no rule allows the move from %%I to %%I', m.from_label, m.to_label)
            FROM journey.moves(t.%3$I) m
            WHERE m.from_label <> m.to_label AND m.from_label = ANY ($1) AND m.to_label = ANY ($1)
              AND (m.from_label, m.to_label) NOT IN (
                  SELECT r.from_stage, r.to_stage FROM journey.rule_moves($2, $3) r WHERE r.from_stage IS NOT NULL)
        ) p (rank, problem)
        ORDER BY t.tableoid::regclass::text COLLATE "C", t.ctid, p.rank, p.problem COLLATE "C"
        $query$, COALESCE(key_expression, 'NULL::jsonb'), it.stage, it.journey, rel)
        USING journey.stage_labels(it.stage_type), it.rules, it.stage_type;
END
$function$;
COMMENT ON FUNCTION journey.verify(pg_catalog.regclass, pg_catalog.text) IS
    'rows of a tracked table whose stage and journey disagree, or whose journey holds what no rule allows';


-- ---------------------------------------------------------------- attaching

CREATE FUNCTION journey.track(
    rel pg_catalog.regclass, stage_column pg_catalog.text, rules pg_catalog.text,
    journey_column pg_catalog.text DEFAULT 'journey',
    log pg_catalog.bool DEFAULT NULL, views pg_catalog.bool DEFAULT true, adopt pg_catalog.bool DEFAULT false,
    steps pg_catalog.text[] DEFAULT NULL, funnel_options pg_catalog.text DEFAULT 'implied',
    prefix pg_catalog.text DEFAULT NULL, dry_run pg_catalog.bool DEFAULT false,
    value_column pg_catalog.text DEFAULT NULL, won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;                 -- the table
    col record;                 -- a column of it
    old record;                 -- how the stage column is tracked already
    name text;                  -- of the table, in SQL
    trigger_name text;
    labels text[];
    bad text;
    at_column text;
    statements text[] := '{}';
    late integer;               -- where the checks that need the journey column come
    one record;
BEGIN
    IF rel IS NULL OR stage_column IS NULL OR rules IS NULL OR journey_column IS NULL THEN
        RAISE EXCEPTION 'table, stage column, rules and journey column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;

    -- the table
    SELECT c.oid, c.relkind, c.relname, c.relnamespace, c.relispartition, c.relhassubclass, n.nspname INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no table with oid %', rel::oid USING ERRCODE = 'undefined_table';
    ELSIF tbl.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION 'cannot track %', rel USING ERRCODE = 'wrong_object_type',
            DETAIL = format('It is %s.', CASE tbl.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
                WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a composite type' ELSE 'an index' END),
            HINT = CASE tbl.relkind WHEN 'v' THEN 'Track the table under it.'
                WHEN 'f' THEN 'Track the table on its own server, where all its writers are.' ELSE 'Only tables can be tracked.' END;
    ELSIF tbl.relispartition THEN
        RAISE EXCEPTION 'cannot track partition %', rel USING ERRCODE = 'wrong_object_type',
            HINT = format('Track the partitioned table: %s.', pg_partition_root(rel));
    ELSIF tbl.relnamespace = 'pg_catalog'::regnamespace THEN
        RAISE EXCEPTION 'cannot track system table %', rel USING ERRCODE = 'wrong_object_type';
    END IF;
    name := format('%I.%I', tbl.nspname, tbl.relname);
    prefix := COALESCE(prefix, tbl.relname);

    -- the stage column
    SELECT a.atttypid, a.attnum, journey.stage_labels(a.atttypid) AS labels INTO col FROM pg_attribute a
        WHERE a.attrelid = rel AND a.attname = stage_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', stage_column, rel USING ERRCODE = 'undefined_column';
    ELSIF col.labels IS NULL THEN
        RAISE EXCEPTION 'stage column "%" of table % must be of an enum type, not %', stage_column, rel, format_type(col.atttypid, NULL)
            USING ERRCODE = 'datatype_mismatch',
            HINT = format('Make a type with journey.create_stages(), then: ALTER TABLE %s ALTER COLUMN %I TYPE new_type USING %2$I::text::new_type',
                          name, stage_column);
    END IF;
    labels := col.labels;
    PERFORM journey.check_rules(rules, col.atttypid::regtype);
    at_column := journey.rule_time_column(rules);

    -- what there is of earlier calls
    SELECT t.* INTO old FROM journey.tracked() t WHERE t.rel = rel AND t.stage_column = stage_column;
    IF FOUND AND old.journey_column <> journey_column THEN
        RAISE EXCEPTION 'column "%" of table % is tracked in journey column "%" already', stage_column, rel, old.journey_column
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Call journey.untrack() first.';
    END IF;
    SELECT t.stage_column INTO bad FROM journey.tracked() t
        WHERE t.rel = rel AND t.journey_column = journey_column AND t.stage_column <> stage_column;
    IF FOUND THEN
        RAISE EXCEPTION 'journey column "%" of table % belongs to stage column "%" already', journey_column, rel, bad
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Give this one a journey column and a prefix of its own: journey_column => ''...'', prefix => ''...''.';
    END IF;

    -- the journey column
    SELECT a.atttypid INTO col FROM pg_attribute a
        WHERE a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped;
    IF NOT FOUND THEN
        late := 2;
        statements := statements
            || format('ALTER TABLE %s ADD COLUMN %I journey.journey', name, journey_column)
            || format('COMMENT ON COLUMN %s.%I IS %L', name, journey_column,
                      format('the stages of column %I with the time each was entered; written by a trigger', stage_column));
        -- a guard that looks at the journey can be checked when it is there
        PERFORM FROM journey.rule_statements(rules) s WHERE strpos(s.guard, journey_column) > 0;
        IF NOT FOUND THEN
            PERFORM journey.check_transition(rel, stage_column, NULL, rules);
            late := NULL;
        END IF;
    ELSIF col.atttypid <> 'journey.journey'::regtype THEN
        RAISE EXCEPTION 'journey column "%" of table % must be of type journey.journey, not %',
            journey_column, rel, format_type(col.atttypid, NULL)
            USING ERRCODE = 'datatype_mismatch', HINT = 'Name another column: journey_column => ''...''.';
    ELSE
        PERFORM journey.check_transition(rel, stage_column, journey_column, rules);
    END IF;

    -- the trigger, which is away while existing rows are given their journeys
    trigger_name := COALESCE(old.trigger_name, journey.object_name('zz_journey_' || stage_column, ''));
    IF adopt THEN
        IF old.rel IS NOT NULL THEN
            statements := statements || format('DROP TRIGGER %I ON %s', trigger_name, name);
        END IF;
        statements := statements || format(
            'UPDATE %s%s SET %I = journey.journey(ARRAY[%I::pg_catalog.text], ARRAY[%s]) WHERE %4$I IS NOT NULL AND %3$I IS NULL',
            CASE WHEN tbl.relkind = 'r' AND tbl.relhassubclass THEN 'ONLY ' END, name, journey_column, stage_column,
            CASE WHEN at_column IS NULL THEN 'pg_catalog.now()'
                 ELSE format('CASE WHEN pg_catalog.isfinite(%1$I) AND %1$I < pg_catalog.now() THEN %1$I ELSE pg_catalog.now() END', at_column)
            END);
    END IF;
    IF adopt OR old.rules IS DISTINCT FROM rules THEN
        statements := statements || format(
            'CREATE %sTRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION journey.transition(%L, %L, %L)',
            CASE WHEN old.rel IS NOT NULL AND NOT adopt THEN 'OR REPLACE ' END, trigger_name, name, stage_column, journey_column, rules);
        IF old.fires <> 'origin' THEN
            statements := statements || format('ALTER TABLE %s %s TRIGGER %I', name,
                CASE old.fires WHEN 'always' THEN 'ENABLE ALWAYS' WHEN 'replica' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, trigger_name);
        END IF;
        IF old.rel IS NOT NULL AND old.rules <> rules THEN
            RAISE NOTICE 'trigger "%" of table % gets new rules', trigger_name, rel;
        END IF;
    ELSE
        RAISE NOTICE 'column "%" of table % is tracked by these rules already', stage_column, rel;
    END IF;
    FOR one IN SELECT t.tgname FROM journey.later_triggers(rel, trigger_name) t (tgname)
    LOOP
        RAISE NOTICE 'trigger "%" of table % runs after "%"', one.tgname, rel, trigger_name
            USING DETAIL = 'If it changes the stage, the move is neither checked nor written down.';
    END LOOP;
    IF tbl.relkind = 'r' AND tbl.relhassubclass THEN
        RAISE NOTICE 'tables that inherit from % are not tracked', rel USING DETAIL = 'Triggers are not inherited.';
    END IF;

    -- the log
    IF log AND old.log_table IS NULL THEN
        statements := statements || journey.log_statements(rel, stage_column, journey_column, journey.object_name(prefix, '_log'));
    ELSIF NOT log THEN
        statements := statements
            || ARRAY(SELECT format('DROP TRIGGER %I ON %s', t.tgname, name)
                     FROM pg_trigger t CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
                     WHERE t.tgrelid = rel AND t.tgfoid = 'journey.log_moves()'::regprocedure AND g.a[2] = stage_column
                     ORDER BY t.tgname);
    END IF;

    IF views THEN
        SELECT w, l INTO one FROM (SELECT 'step', s FROM unnest(steps) s UNION ALL SELECT 'won stage', s FROM unnest(won) s
                                   UNION ALL SELECT 'lost stage', s FROM unnest(lost) s) u (w, l)
            WHERE l IS NULL OR l <> ALL (labels) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '% % is no stage of column "%"', one.w, COALESCE(quote_ident(one.l), 'null'), stage_column
                USING ERRCODE = 'invalid_parameter_value', HINT = format('The stages are: %s.', array_to_string(labels, ', '));
        ELSIF won && lost THEN
            RAISE EXCEPTION 'a stage cannot be both won and lost' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF value_column IS NOT NULL THEN
            SELECT a.atttypid, y.typcategory INTO col FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                WHERE a.attrelid = rel AND a.attname = value_column AND a.attnum > 0 AND NOT a.attisdropped;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'column "%" of table % does not exist', value_column, rel USING ERRCODE = 'undefined_column';
            ELSIF col.typcategory <> 'N' THEN
                RAISE EXCEPTION 'value column "%" of table % must be a number, not %', value_column, rel, format_type(col.atttypid, NULL)
                    USING ERRCODE = 'datatype_mismatch';
            END IF;
        END IF;
        statements := statements || journey.view_statements(rel, stage_column, journey_column, prefix,
            COALESCE(steps, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n)
                                  WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n)),
            COALESCE(funnel_options, ''), value_column,
            COALESCE(won, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) = 'won' AND l <> ALL (COALESCE(lost, '{}')) ORDER BY n)),
            COALESCE(lost, ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) = 'lost' AND l <> ALL (COALESCE(won, '{}')) ORDER BY n)));
    END IF;

    FOR i IN 1 .. cardinality(statements) LOOP
        IF NOT dry_run THEN
            EXECUTE statements[i];
            IF i = late THEN
                PERFORM journey.check_transition(rel, stage_column, journey_column, rules);
            END IF;
        END IF;
        RETURN NEXT statements[i] || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.track(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool,
    pg_catalog.bool, pg_catalog.bool, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool,
    pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'attaches a stage column to its rules: journey column, trigger, and on request a log and views; returns the statements it ran';

CREATE FUNCTION journey.view_statements(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    prefix pg_catalog.text, steps pg_catalog.text[], funnel_options pg_catalog.text,
    value_column pg_catalog.text DEFAULT NULL, won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL)
    RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    stage_type text;
    statements text[] := '{}';
    one record;
BEGIN
    IF rel IS NULL OR stage_column IS NULL OR journey_column IS NULL OR prefix IS NULL OR steps IS NULL OR funnel_options IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) AS name INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    IF cardinality(steps) = 0 THEN
        RAISE NOTICE 'no view of the funnel: all stages are lost ones or detours' USING HINT = 'Name its steps: steps => ARRAY[...]';
    ELSIF cardinality(steps) > 64 THEN
        RAISE NOTICE 'no view of the funnel: it would have % steps, and 64 is the limit', cardinality(steps)
            USING HINT = 'Name its steps: steps => ARRAY[...]';
    ELSE
        -- options that are wrong are told now, and not when somebody looks
        PERFORM journey.funnel_level('{}'::journey.journey, steps, NULL, funnel_options);
    END IF;
    IF cardinality(COALESCE(won, '{}')) = 0 THEN
        RAISE NOTICE 'no views of velocity and of what is stalled: no stage is of kind won' USING HINT = 'Name them: won => ARRAY[...]';
    END IF;

    FOR one IN
        SELECT v.name, v.query, v.comments FROM (VALUES
            (journey.object_name(prefix, '_stages'), format(
$view$SELECT s.stage,
       COALESCE(p.n, 0) AS rows_now,
       COALESCE(v.rows_ever, 0) AS rows_ever,
       COALESCE(v.entered, 0) AS entered,
       COALESCE(v.exited, 0) AS exited,
       COALESCE(v.still_in, 0) AS still_in,
       v.mean_dwell,
       v.median_dwell,
       v.mean_open,
       v.median_open,
       v.longest_open
FROM unnest(enum_range(NULL::%1$s)) WITH ORDINALITY s (stage, n)
LEFT JOIN (
    SELECT t.%2$I::%1$s AS stage, count(*) AS n FROM %4$s t GROUP BY 1
) p ON p.stage = s.stage
LEFT JOIN (
    SELECT v.label,
           count(*) FILTER (WHERE v.entered_at = journey.first_at(t.%3$I, v.label)) AS rows_ever,
           count(*) AS entered,
           count(v.left_at) AS exited,
           count(*) - count(v.left_at) AS still_in,
           avg(v.dwell) FILTER (WHERE v.left_at IS NOT NULL) AS mean_dwell,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NOT NULL) AS median_dwell,
           avg(v.dwell) FILTER (WHERE v.left_at IS NULL) AS mean_open,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY v.dwell) FILTER (WHERE v.left_at IS NULL) AS median_open,
           max(v.dwell) FILTER (WHERE v.left_at IS NULL) AS longest_open
    FROM %4$s t CROSS JOIN LATERAL journey.stages(t.%3$I, now()) v
    GROUP BY v.label
) v ON v.label = s.stage::text
ORDER BY s.n$view$, stage_type, stage_column, journey_column, tbl.name),
                ARRAY[
                    '', format('how many rows of %s are in each stage, how many ever were, and for how long', tbl.name),
                    'stage', 'the stage, in the order of its type',
                    'rows_now', format('rows whose column %s is this stage now', stage_column),
                    'rows_ever', 'rows that were ever in this stage, by their journeys',
                    'entered', 'how often the stage was entered; a row may enter it again',
                    'exited', 'how often the stage was left',
                    'still_in', 'entered and not left; differs from rows_now only for rows without a journey, or as verify() tells',
                    'mean_dwell', 'mean time in the stage, of the visits that have ended',
                    'median_dwell', 'median time in the stage, of the visits that have ended',
                    'mean_open', 'mean time in the stage until now, of the visits that last',
                    'median_open', 'median time in the stage until now, of the visits that last',
                    'longest_open', 'longest time in the stage until now, of the visits that last']),
            (journey.object_name(prefix, '_funnel'), format(
$view$SELECT s.step,
       s.label,
       s.reached,
       s.conversion,
       s.conversion_low,
       s.conversion_high,
       s.overall,
       s.dropped,
       s.median,
       s.p90
FROM (
    SELECT journey.funnel(t.%1$I, ARRAY[%2$s], NULL::interval, %3$L) AS funnel FROM %4$s t
) f CROSS JOIN LATERAL journey.steps(f.funnel) s$view$, journey_column,
                (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(steps) WITH ORDINALITY u (l, n)), funnel_options, tbl.name),
                ARRAY[
                    '', format('how many rows of %s reached each step of the way', tbl.name),
                    'step', 'number of the step, from 1',
                    'label', 'the stage that is the step',
                    'reached', 'rows that reached it',
                    'conversion', 'share of those who reached the step before',
                    'conversion_low', 'lower end of the 95 % Wilson interval of conversion',
                    'conversion_high', 'upper end of the 95 % Wilson interval of conversion',
                    'overall', 'share of those who reached the first step',
                    'dropped', 'rows that reached the step before and not this one',
                    'median', 'median time since the step before',
                    'p90', 'time since the step before that 90 % did not exceed'])
            ) v (name, query, comments)
        WHERE (v.name <> journey.object_name(prefix, '_funnel') OR cardinality(steps) BETWEEN 1 AND 64)
        UNION ALL
        SELECT v.name, v.query, v.comments
        FROM journey.time_views(rel, stage_column, journey_column, prefix, steps, value_column, won, lost) v
    LOOP
        statements := statements || journey.make_view(rel, journey_column, one.name, one.query, one.comments);
    END LOOP;
    RETURN statements;
END
$function$;
COMMENT ON FUNCTION journey.view_statements(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the statements by which track makes the views of a stage column';

CREATE FUNCTION journey.untrack(
    rel pg_catalog.regclass, drop_history pg_catalog.bool DEFAULT false, stage_column pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    name text;
    statements text[] := '{}';
    statement text;
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    IF stage_column IS NOT NULL OR NOT EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = rel) THEN
        PERFORM journey.tracked_column(rel, stage_column);
    END IF;
    FOR one IN
        SELECT t.stage_column, t.journey_column, t.trigger_name, t.log_table, t.views,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = t.journey_column AND NOT a.attisdropped) AS has_journey,
               (SELECT format('%I.%I', n.nspname, l.relname) FROM pg_class l JOIN pg_namespace n ON n.oid = l.relnamespace
                WHERE l.oid = t.log_table) AS log_name
        FROM journey.tracked() t
        WHERE t.rel = rel AND (stage_column IS NULL OR t.stage_column = stage_column)
    LOOP
        statements := statements
            || ARRAY(SELECT format('DROP VIEW %I.%I', n.nspname, c.relname)
                     FROM unnest(one.views) v JOIN pg_class c ON c.oid = v JOIN pg_namespace n ON n.oid = c.relnamespace
                     ORDER BY c.relname)
            || ARRAY(SELECT format('DROP TRIGGER %I ON %s', t.tgname, name)
                     FROM pg_trigger t CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) g (a)
                     WHERE t.tgrelid = rel AND t.tgfoid = 'journey.log_moves()'::regprocedure AND g.a[2] = one.stage_column
                     ORDER BY t.tgname)
            || format('DROP TRIGGER %I ON %s', one.trigger_name, name);
        IF drop_history AND one.has_journey THEN
            statements := statements || format('ALTER TABLE %s DROP COLUMN %I', name, one.journey_column);
        END IF;
        IF drop_history AND one.log_name IS NOT NULL THEN
            statements := statements || format('DROP TABLE %s', one.log_name);
        END IF;
    END LOOP;
    FOREACH statement IN ARRAY statements LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.untrack(pg_catalog.regclass, pg_catalog.bool, pg_catalog.text, pg_catalog.bool) IS
    'takes away what track has made; the journeys and the log stay unless drop_history; returns the statements it ran';
-- log: who moved a row, when and why

CREATE FUNCTION journey.log_column(key pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_column(pg_catalog.text) IS
    'what a key column is called in a log of moves, which has columns of its own';

CREATE FUNCTION journey.log_moves() RETURNS pg_catalog.trigger
    AS 'MODULE_PATHNAME' LANGUAGE c VOLATILE;
COMMENT ON FUNCTION journey.log_moves() IS
    'trigger: writes the moves of a statement into a log table, with who made them and why';

CREATE FUNCTION journey.log_statements(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    log_name pg_catalog.text) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    stage_type text;
    keys text[];                -- columns of the primary key
    key_columns text;           -- the same as columns of the log
    arguments text;
    bad text;
    statements text[] := '{}';
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) AS name, format('%I.%I', n.nspname, log_name) AS log,
           c.relowner, l.oid AS log_oid, l.relkind AS log_kind, l.relowner AS log_owner
        INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_class l ON l.relname = log_name AND l.relnamespace = c.relnamespace
        WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    SELECT array_agg(a.attname ORDER BY k.n),
           string_agg(format(E'\n    %I %s NOT NULL,', journey.log_column(a.attname), format_type(a.atttypid, a.atttypmod)), '' ORDER BY k.n)
        INTO keys, key_columns
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum
        WHERE i.indrelid = rel AND i.indisprimary AND k.n <= i.indnkeyatts;
    IF keys IS NULL THEN
        RAISE EXCEPTION 'table % has no primary key, which its log needs', rel
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add one, or leave the log out.';
    END IF;

    IF tbl.log_oid IS NULL THEN
        statements := statements || format(
E'CREATE TABLE %s (
    log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,%s
    from_stage %s,
    to_stage %3$s NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL DEFAULT now(),
    actor text NOT NULL,
    reason text,
    db_user name NOT NULL
)', tbl.log, key_columns, stage_type)
            || format('COMMENT ON TABLE %s IS %L', tbl.log, format('journey: the moves of column %s of %s', stage_column, tbl.name));
        FOR one IN
            SELECT c, t FROM (VALUES
                ('from_stage', 'the stage that was left; null for a row that came new'),
                ('to_stage', 'the stage that was entered'),
                ('at', 'when the move counts, as in the journey'),
                ('recorded_at', 'when the move was written down: the time of its transaction'),
                ('actor', 'who made the move: setting journey.actor, or else the user of the session'),
                ('reason', 'why: setting journey.reason'),
                ('db_user', 'whose rights the statement ran with')) v (c, t)
        LOOP
            statements := statements || format('COMMENT ON COLUMN %s.%I IS %L', tbl.log, one.c, one.t);
        END LOOP;
        statements := statements || format('CREATE INDEX ON %s (%s, recorded_at)', tbl.log,
            (SELECT string_agg(format('%I', journey.log_column(k)), ', ' ORDER BY i) FROM unnest(keys) WITH ORDINALITY u (k, i)));
    ELSE
        -- the log of an earlier time is taken up again
        SELECT v.c INTO bad
            FROM (SELECT journey.log_column(k), format_type(a.atttypid, a.atttypmod)
                  FROM unnest(keys) k JOIN pg_attribute a ON a.attrelid = rel AND a.attname = k
                  UNION ALL
                  VALUES ('from_stage', stage_type), ('to_stage', stage_type), ('at', 'timestamp with time zone'), ('actor', 'text'), ('reason', 'text'), ('db_user', 'name')
                 ) v (c, t)
            WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tbl.log_oid AND a.attname = v.c
                              AND format_type(a.atttypid, a.atttypmod) = v.t AND NOT a.attisdropped)
            LIMIT 1;
        IF FOUND OR tbl.log_kind NOT IN ('r', 'p') THEN
            RAISE EXCEPTION 'relation %, which is to be the log, exists already', tbl.log USING ERRCODE = 'duplicate_table',
                DETAIL = CASE WHEN tbl.log_kind IN ('r', 'p') THEN format('It has no column "%s" as a log of these moves has.', bad)
                         ELSE 'It is no table.' END,
                HINT = 'Choose another beginning of the names: prefix => ''...''.';
        ELSIF NOT pg_has_role(tbl.log_owner, tbl.relowner, 'USAGE') THEN
            RAISE EXCEPTION 'log table % must belong to the owner of table %', tbl.log, rel USING ERRCODE = 'insufficient_privilege',
                DETAIL = 'It is written with the rights of that owner.';
        END IF;
    END IF;

    SELECT string_agg(format('%L', a), ', ' ORDER BY i) INTO arguments
        FROM unnest(ARRAY[log_name, stage_column, journey_column] || keys) WITH ORDINALITY u (a, i);
    RETURN statements
        || format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS journey_new FOR EACH STATEMENT EXECUTE FUNCTION journey.log_moves(%s)',
                  journey.object_name('zz_log_insert_' || stage_column, ''), tbl.name, arguments)
        || format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS journey_old NEW TABLE AS journey_new FOR EACH STATEMENT EXECUTE FUNCTION journey.log_moves(%s)',
                  journey.object_name('zz_log_update_' || stage_column, ''), tbl.name, arguments);
END
$function$;
COMMENT ON FUNCTION journey.log_statements(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'the statements by which track gives a table a log of its moves';
-- views: what track makes beside a table to answer questions of time, and a wide view of dates

CREATE FUNCTION journey.key_columns(rel pg_catalog.regclass, taken pg_catalog.text[])
    RETURNS TABLE (n pg_catalog.int4, column_name pg_catalog.text, shown_as pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 2 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    names text[] := taken;
BEGIN
    -- a column whose name is taken is shown as key_..., and none is shown twice
    FOR n, column_name IN
        SELECT k.n, a.attname
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = key_columns.rel AND a.attnum = k.attnum
        WHERE i.indrelid = key_columns.rel AND i.indisprimary AND k.n <= i.indnkeyatts
        ORDER BY k.n
    LOOP
        shown_as := column_name;
        WHILE shown_as = ANY (names) LOOP
            shown_as := journey.object_name('key_' || shown_as, '');
        END LOOP;
        names := names || shown_as;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.key_columns(pg_catalog.regclass, pg_catalog.text[]) IS
    'the columns of the primary key of a table, and what they are called in a view that has columns of these names';

CREATE FUNCTION journey.time_views(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    prefix pg_catalog.text, steps pg_catalog.text[], value_column pg_catalog.text, won pg_catalog.text[], lost pg_catalog.text[])
    RETURNS TABLE (name pg_catalog.text, query pg_catalog.text, comments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 4 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl text;
    stage_type text;
    steps_sql text;
    won_sql text;
    ends_sql text;
    lost_sql text;
    value_sql text := 'NULL::double precision';
    keys text;
    key_comments text[];
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO tbl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT format_type(journey.stage_type(a.atttypid), NULL) INTO stage_type
        FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = stage_column AND NOT a.attisdropped;

    -- conversion of those who entered a step in a month
    SELECT string_agg(quote_literal(u.l), ', ' ORDER BY u.n), count(*) AS n INTO one
        FROM (SELECT l, min(n) AS n FROM unnest(steps) WITH ORDINALITY s (l, n) GROUP BY l) u;
    IF one.n BETWEEN 2 AND 1000 THEN
        steps_sql := one.string_agg;
        name := journey.object_name(prefix, '_cohorts');
        query := format(
$view$SELECT c.month,
       c.step,
       c.from_stage,
       c.to_stage,
       (c.rate).entered AS entered,
       (c.rate).converted AS converted,
       (c.rate).rate AS rate,
       (c.rate).low AS low,
       (c.rate).high AS high,
       c.median_time,
       GREATEST(now() - ((c.month + interval '1 month') AT TIME ZONE 'UTC'), interval '0') AS age
FROM (
    SELECT date_trunc('month', s.entered_at AT TIME ZONE 'UTC')::date AS month,
           s.step,
           s.from_stage,
           s.to_stage,
           journey.rate(s.converted_at IS NOT NULL) AS rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.converted_at - s.entered_at) AS median_time
    FROM %1$s t CROSS JOIN LATERAL journey.cohort_steps(t.%2$I, ARRAY[%3$s], 'implied', now()) s
    GROUP BY 1, 2, 3, 4
) c
ORDER BY c.month, c.step$view$, tbl, journey_column, steps_sql);
        comments := ARRAY[
            '', format('of the rows of %s that first entered a step in a month, how many came to the next one (cohort conversion)', tbl),
            'month', 'the month, in UTC, in which the step was entered: its first day',
            'step', 'number of the step, from 1',
            'from_stage', 'the step that was entered; a later one implies it',
            'to_stage', 'the step after it',
            'entered', 'rows that first entered the step in this month',
            'converted', 'of these, how many have reached the next step by now',
            'rate', 'converted / entered',
            'low', 'lower end of the 95 % Wilson interval of rate',
            'high', 'upper end of the 95 % Wilson interval of rate',
            'median_time', 'median time to the next step, of those who reached it',
            'age', 'time since the end of the month; while it is short against median_time the rate is still growing'];
        RETURN NEXT;
    END IF;

    -- one row for each move
    keys := '';
    key_comments := '{}';
    FOR one IN SELECT k.column_name, k.shown_as
               FROM journey.key_columns(rel, '{move,from_stage,to_stage,at,dwell,regress,skip,skipped}') k ORDER BY k.n
    LOOP
        keys := keys || format(E't.%I AS %I,\n       ', one.column_name, one.shown_as);
        key_comments := key_comments || one.shown_as || format('column %s of %s', one.column_name, tbl);
    END LOOP;
    name := journey.object_name(prefix, '_moves');
    query := format(
$view$SELECT %4$sm.move,
       m.from_stage,
       m.to_stage,
       m.at,
       m.dwell,
       COALESCE(m.to_place < m.from_place, false) AS regress,
       COALESCE(m.to_place > m.from_place + 1, false) AS skip,
       CASE WHEN m.to_place > m.from_place THEN m.to_place - m.from_place - 1 ELSE 0 END AS skipped
FROM %1$s t
CROSS JOIN (SELECT journey.stage_order(%3$L::regtype) AS stages) o
CROSS JOIN LATERAL (
    SELECT s.n - 1 AS move,
           lag(s.label) OVER w AS from_stage,
           s.label AS to_stage,
           s.entered_at AS at,
           lag(s.dwell) OVER w AS dwell,
           lag(array_position(o.stages, s.label)) OVER w AS from_place,
           array_position(o.stages, s.label) AS to_place
    FROM journey.spells(t.%2$I, now()) s
    WINDOW w AS (ORDER BY s.n)
) m
WHERE m.move > 0$view$, tbl, journey_column, stage_type, keys);
    comments := ARRAY['', format('the moves of the rows of %s from stage to stage, by their journeys; a row that came new made no move', tbl)]
        || key_comments || ARRAY[
        'move', 'number of the move of this row, from 1',
        'from_stage', 'the stage that was left',
        'to_stage', 'the stage that was entered',
        'at', 'when',
        'dwell', 'how long the row had been in from_stage',
        'regress', 'was it to an earlier stage; stages of kind lost and detour are neither earlier nor later',
        'skip', 'were stages left out on the way',
        'skipped', 'how many were left out'];
    RETURN NEXT;

    IF won IS NULL OR cardinality(won) = 0 THEN
        RETURN;
    END IF;
    SELECT COALESCE(string_agg(quote_literal(l), ', ' ORDER BY n), '') INTO won_sql FROM unnest(won) WITH ORDINALITY u (l, n);
    SELECT COALESCE(string_agg(quote_literal(l), ', ' ORDER BY n), '') INTO lost_sql FROM unnest(lost) WITH ORDINALITY u (l, n);
    ends_sql := concat_ws(', ', won_sql, NULLIF(lost_sql, ''));
    IF value_column IS NOT NULL THEN
        value_sql := format('t.%I::numeric::double precision', value_column);
    END IF;

    -- how fast what is open turns into what is won
    name := journey.object_name(prefix, '_velocity');
    query := format(
$view$SELECT s.stage,
       COALESCE(f.open_now, 0) AS open_now,
       COALESCE(f.entered, 0) AS entered,
       COALESCE(f.won, 0) AS won,
       COALESCE(f.lost, 0) AS lost,
       f.won::double precision / NULLIF(f.won + f.lost, 0) AS win_rate_closed,
       f.won::double precision / NULLIF(f.entered, 0) AS win_rate_all,
       f.mean_value,
       f.median_cycle,
       f.mean_cycle,
       journey.velocity(f.open_now, f.won::double precision / NULLIF(f.won + f.lost, 0), %8$s, f.median_cycle) AS velocity_closed,
       journey.velocity(f.open_now, f.won::double precision / NULLIF(f.entered, 0), %8$s, f.median_cycle) AS velocity_all
FROM (
    SELECT NULL::text AS stage, 0::bigint AS n
    UNION ALL
    SELECT e.stage::text, e.n FROM unnest(enum_range(NULL::%3$s)) WITH ORDINALITY e (stage, n)
    WHERE e.stage::text <> ALL (ARRAY[%5$s]::text[])
) s
LEFT JOIN (
    SELECT v.stage,
           count(*) FILTER (WHERE CASE WHEN v.stage IS NULL THEN w.won_at IS NULL AND c.label <> ALL (ARRAY[%6$s]::text[])
                                       ELSE c.label = v.stage END) AS open_now,
           count(*) AS entered,
           count(w.won_at) AS won,
           count(*) FILTER (WHERE w.won_at IS NULL AND c.label = ANY (ARRAY[%6$s]::text[])) AS lost,
           avg(%7$s) FILTER (WHERE w.won_at IS NOT NULL) AS mean_value,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY w.won_at - v.entered_at) AS median_cycle,
           avg(w.won_at - v.entered_at) AS mean_cycle
    FROM %1$s t
    CROSS JOIN LATERAL (SELECT journey.stage_at(t.%2$I, now()) AS label) c
    CROSS JOIN LATERAL (
        SELECT e.label AS stage, min(e.at) AS entered_at
        FROM journey.events(t.%2$I) e WHERE e.at <= now()
        GROUP BY GROUPING SETS ((e.label), ())
    ) v
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS won_at
        FROM journey.events(t.%2$I) e
        WHERE e.label = ANY (ARRAY[%4$s]::text[]) AND e.at >= v.entered_at AND e.at <= now()
    ) w
    WHERE v.entered_at IS NOT NULL
    GROUP BY v.stage
) f ON f.stage IS NOT DISTINCT FROM s.stage
ORDER BY s.n$view$, tbl, journey_column, stage_type, won_sql, ends_sql, lost_sql, value_sql,
        CASE WHEN value_column IS NULL THEN '1' ELSE 'f.mean_value' END);
    comments := ARRAY[
        '', format('how fast the rows of %s are won: those that are open x win rate x mean value / cycle, for each stage and (stage null) for all', tbl),
        'stage', 'the stage; null for the whole table, from the beginning of the journeys',
        'open_now', 'rows in this stage now; for the whole table, those neither won nor lost',
        'entered', 'rows that ever entered the stage',
        'won', format('of these, how many were ever won after that: %s', array_to_string(won, ', ')),
        'lost', format('of these, how many were not won and are lost now: %s', COALESCE(NULLIF(array_to_string(lost, ', '), ''), 'there is no such stage')),
        'win_rate_closed', 'won / (won + lost): of the closed ones only',
        'win_rate_all', 'won / entered: of all, those that are open counted as not won',
        'mean_value', CASE WHEN value_column IS NULL THEN 'null, since no column of values was named' ELSE format('mean of column %s, of those that were won', value_column) END,
        'median_cycle', 'median time from the first entry of the stage to the first win after it, of those that were won',
        'mean_cycle', 'mean of the same',
        'velocity_closed', format('%s a day: open_now x win_rate_closed%s / median_cycle in days', CASE WHEN value_column IS NULL THEN 'wins' ELSE 'value won' END,
                                  CASE WHEN value_column IS NULL THEN '' ELSE ' x mean_value' END),
        'velocity_all', 'the same with win_rate_all'];
    RETURN NEXT;

    -- those that stay longer than the ones that were won
    keys := '';
    key_comments := '{}';
    FOR one IN SELECT k.column_name, k.shown_as
               FROM journey.key_columns(rel, '{stage,entered_at,dwell,p75,p90,won_stays,over_p90}') k ORDER BY k.n
    LOOP
        keys := keys || format(E't.%I AS %I,\n       ', one.column_name, one.shown_as);
        key_comments := key_comments || one.shown_as || format('column %s of %s', one.column_name, tbl);
    END LOOP;
    name := journey.object_name(prefix, '_stalled');
    query := format(
$view$SELECT %5$sc.label AS stage,
       c.entered_at,
       c.dwell,
       w.p75,
       w.p90,
       w.won_stays,
       c.dwell > w.p90 AS over_p90
FROM %1$s t
CROSS JOIN LATERAL (
    SELECT s.label, s.entered_at, s.dwell FROM journey.spells(t.%2$I, now()) s
    WHERE s.open AND s.label <> ALL (ARRAY[%4$s]::text[])
) c
JOIN (
    SELECT s.label,
           count(*) AS won_stays,
           percentile_cont(0.75) WITHIN GROUP (ORDER BY s.dwell) AS p75,
           percentile_cont(0.9) WITHIN GROUP (ORDER BY s.dwell) AS p90
    FROM %1$s t
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS won_at FROM journey.events(t.%2$I) e WHERE e.label = ANY (ARRAY[%3$s]::text[]) AND e.at <= now()
    ) o
    CROSS JOIN LATERAL journey.spells(t.%2$I, now()) s
    WHERE s.left_at <= o.won_at
    GROUP BY s.label
) w ON w.label = c.label
WHERE c.dwell > w.p75$view$, tbl, journey_column, won_sql, ends_sql, keys);
    comments := ARRAY['', format('rows of %s that have been in their stage for longer than three quarters of those that were won', tbl)]
        || key_comments || ARRAY[
        'stage', 'the stage it is in',
        'entered_at', 'since when',
        'dwell', 'how long that is now',
        'p75', 'the dwell in this stage that 75 % of the stays of won rows did not exceed, before they were won',
        'p90', 'the same for 90 %',
        'won_stays', 'how many stays of won rows that is taken from',
        'over_p90', 'is it longer than p90, too'];
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION journey.time_views(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the views _cohorts, _moves, _velocity and _stalled of a stage column: names, queries, and comments by column';

CREATE FUNCTION journey.make_view(rel pg_catalog.regclass, journey_column pg_catalog.text, name pg_catalog.text, query pg_catalog.text,
    comments pg_catalog.text[]) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    columns text[];             -- of the view, as it is and as it is to be
    wanted CONSTANT text[] := ARRAY(SELECT comments[i] FROM generate_series(3, cardinality(comments), 2) i ORDER BY i);
    replace text := '';
    statements text[] := '{}';
    i integer := 1;
BEGIN
    SELECT n.nspname, c.relnamespace INTO tbl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO columns
        FROM journey.tracked_views(rel, journey_column) v JOIN pg_class c ON c.oid = v
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relname = name AND c.relnamespace = tbl.relnamespace;
    IF columns IS NOT NULL THEN
        -- columns can be added at the end of a view, and no others
        IF columns = wanted[1 : cardinality(columns)] THEN
            replace := 'OR REPLACE ';
        ELSE
            statements := statements || format('DROP VIEW %I.%I', tbl.nspname, name);
        END IF;
    ELSIF EXISTS (SELECT FROM pg_class c WHERE c.relname = name AND c.relnamespace = tbl.relnamespace) THEN
        RAISE EXCEPTION 'relation %, which is to be a view, exists already', format('%I.%I', tbl.nspname, name)
            USING ERRCODE = 'duplicate_table',
            HINT = 'Choose another beginning of the names, prefix => ''...'', or do without: views => false.';
    END IF;
    statements := statements || format(E'CREATE %sVIEW %I.%I WITH (security_invoker = true) AS\n%s', replace, tbl.nspname, name, query);
    WHILE i < cardinality(comments) LOOP
        statements := statements || CASE WHEN i = 1
            THEN format('COMMENT ON VIEW %I.%I IS %L', tbl.nspname, name, 'journey: ' || comments[2])
            ELSE format('COMMENT ON COLUMN %I.%I.%I IS %L', tbl.nspname, name, comments[i], comments[i + 1]) END;
        i := i + 2;
    END LOOP;
    RETURN statements;
END
$function$;
COMMENT ON FUNCTION journey.make_view(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[]) IS
    'the statements that make a view beside a table, or make it anew, with its comments: a column and what it is, in turn, after those of the view itself';

CREATE FUNCTION journey.stage_dates_view(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL,
    view_name pg_catalog.text DEFAULT NULL, which pg_catalog.text DEFAULT 'first', dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    it CONSTANT record := journey.tracked_column(rel, stage_column);
    labels CONSTANT text[] := journey.stage_labels(it.stage_type);
    name text;
    label text;
    shown text;
    columns text[] := ARRAY['stage'];       -- beside the key
    items text := '';
    comments text[] := '{}';
    keys text;
    key_comments text[] := '{}';
    statement text;
    one record;
BEGIN
    IF which IS NULL OR which NOT IN ('first', 'last') THEN
        RAISE EXCEPTION 'which must be "first" or "last", not %', COALESCE(quote_ident(which), 'null') USING ERRCODE = 'invalid_parameter_value';
    ELSIF labels IS NULL THEN
        RAISE EXCEPTION 'column "%" of table % is gone or is no enum', it.stage, rel USING ERRCODE = 'undefined_column';
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) AS tbl, COALESCE(view_name, journey.object_name(c.relname, '_stage_dates')) AS name INTO one
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    name := one.name;
    IF octet_length(name) > current_setting('max_identifier_length')::integer OR name = '' THEN
        RAISE EXCEPTION 'view name "%" is empty or too long', name USING ERRCODE = 'invalid_name';
    END IF;
    FOREACH label IN ARRAY labels LOOP
        shown := journey.object_name('entered_' || label, '');
        columns := columns || shown;
        items := items || format(E',\n       journey.%I(t.%I, %L) AS %I', which || '_at', it.journey, label, shown);
        comments := comments || shown || format('when the row entered stage %s %s; null if never', label, which);
    END LOOP;
    keys := '';
    FOR statement, label, shown IN
        SELECT format(E't.%I AS %I,\n       ', k.column_name, k.shown_as), k.column_name, k.shown_as FROM journey.key_columns(rel, columns) k ORDER BY k.n
    LOOP
        keys := keys || statement;
        key_comments := key_comments || shown || format('column %s of %s', label, one.tbl);
    END LOOP;
    FOREACH statement IN ARRAY journey.make_view(rel, it.journey, name,
        format(E'SELECT %st.%I AS stage%s\nFROM %s t', keys, it.stage, items, one.tbl),
        ARRAY['', format('when each row of %s entered each of its stages %s', one.tbl, which)]
            || key_comments || ARRAY['stage', 'the stage it is in'] || comments)
    LOOP
        IF NOT dry_run THEN
            EXECUTE statement;
        END IF;
        RETURN NEXT statement || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.stage_dates_view(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'makes a wide view of a tracked table: for each stage a column entered_<stage> with the time; returns the statements it ran';
-- migrate: changing the stages of an enum that tables are tracked by

CREATE FUNCTION journey.replace_stage_in_rules(rules pg_catalog.text, old_label pg_catalog.text, new_label pg_catalog.text,
    in_guards pg_catalog.bool DEFAULT false) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.replace_stage_in_rules(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'stage rules with one stage put in the place of another, or taken out where new_label is NULL; the rest of the text as it was';

CREATE FUNCTION journey.replace_stage_in_view(definition pg_catalog.text, old_label pg_catalog.text, new_label pg_catalog.text,
    was pg_catalog.text[] DEFAULT NULL, becomes pg_catalog.text[] DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    token text;
    done text := '';            -- what has been written
    raw text;                   -- the list that is being read, as it stands
    list text[];                -- and its labels; NULL outside of a list
    mapped text[];
BEGIN
    FOR token IN SELECT m[1] FROM regexp_matches(definition, $re$('(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"]+)$re$, 'g') m LOOP
        IF starts_with(token, '''') THEN
            IF list IS NOT NULL THEN
                list := list || replace(substr(token, 2, length(token) - 2), '''''', '''');
                raw := raw || token;
            ELSIF right(done, 6) = 'ARRAY[' THEN
                list := ARRAY[replace(substr(token, 2, length(token) - 2), '''''', '''')];
                raw := token;
            ELSE
                done := done || token;
            END IF;
        ELSIF list IS NULL THEN
            done := done || token;
        ELSIF token = '::text, ' THEN
            raw := raw || token;
        ELSE
            IF starts_with(token, '::text]') THEN
                IF list = was THEN
                    mapped := becomes;
                ELSIF new_label IS NULL THEN
                    mapped := array_remove(list, old_label);
                ELSE
                    -- no stage twice
                    SELECT array_agg(l ORDER BY n) INTO mapped
                    FROM (SELECT l, min(n) AS n FROM unnest(array_replace(list, old_label, new_label)) WITH ORDINALITY u (l, n) GROUP BY l) u;
                END IF;
                done := done || COALESCE((SELECT string_agg('''' || replace(l, '''', '''''') || '''::text', ', ' ORDER BY n)
                                          FROM unnest(mapped) WITH ORDINALITY u (l, n)), '')
                    || CASE WHEN cardinality(mapped) = 0 THEN ']::text[]' || substr(token, 8) ELSE substr(token, 7) END;
            ELSE
                done := done || raw || token;
            END IF;
            list := NULL;
        END IF;
    END LOOP;
    RETURN done;
END
$function$;
COMMENT ON FUNCTION journey.replace_stage_in_view(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'the definition of a view that track has made, with another stage in its lists of stages';

CREATE FUNCTION journey.stage_columns(stages pg_catalog.regtype)
    RETURNS TABLE (rel pg_catalog.regclass, name pg_catalog.text, kind pg_catalog."char", column_name pg_catalog.text, form pg_catalog.text,
                   inherited pg_catalog.bool, owner pg_catalog.oid, journey_column pg_catalog.text, rules pg_catalog.text, trigger pg_catalog.oid)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE types (type, form) AS (
        SELECT stages::oid, 'stage'
        UNION
        SELECT y.oid, CASE WHEN y.typtype = 'd' OR t.form = 'domain' THEN 'domain' ELSE 'array' END
        FROM types t JOIN pg_type y ON (y.typtype = 'd' AND y.typbasetype = t.type) OR (y.typcategory = 'A' AND y.typelem = t.type)
    )
    SELECT c.oid::regclass, format('%I.%I', n.nspname, c.relname), c.relkind, a.attname::text, t.form, a.attinhcount > 0, c.relowner,
           g.journey_column, g.rules, g.trigger
    FROM types t
    JOIN pg_attribute a ON a.atttypid = t.type AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'm', 'c') AND NOT c.relispartition
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT x.a[2] AS journey_column, x.a[3] AS rules, tg.oid AS trigger
        FROM pg_trigger tg CROSS JOIN LATERAL (SELECT journey.trigger_arguments(tg.oid)) x (a)
        WHERE tg.tgrelid = c.oid AND tg.tgfoid = 'journey.transition()'::regprocedure AND tg.tgparentid = 0 AND x.a[1] = a.attname
        LIMIT 1
    ) g ON true
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C", a.attnum;
END
$function$;
COMMENT ON FUNCTION journey.stage_columns(pg_catalog.regtype) IS
    'the columns of a stage type, of its arrays and of domains over it, and how they are tracked; partitions are part of their table';

CREATE FUNCTION journey.suspend_statements(rel pg_catalog.regclass, without pg_catalog.oid[],
    OUT before pg_catalog.text[], OUT after pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- triggers that an UPDATE would fire; and what stands as it is afterwards, also if the trigger was made anew
    SELECT array_agg(format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', x.name, x.tgname) ORDER BY x.name COLLATE "C", x.tgname)
               FILTER (WHERE x.tgenabled IN ('O', 'A')),
           array_agg(format('ALTER TABLE ONLY %s %s TRIGGER %I', x.name,
               CASE x.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, x.tgname)
               ORDER BY x.name COLLATE "C", x.tgname)
        INTO before, after
    FROM (
        SELECT format('%I.%I', n.nspname, c.relname) AS name, t.tgname, t.tgenabled
        FROM (SELECT rel AS oid UNION SELECT p.relid FROM pg_partition_tree(rel) p) r
        JOIN pg_class c ON c.oid = r.oid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_trigger t ON t.tgrelid = c.oid
        WHERE NOT t.tgisinternal AND t.tgtype & 16 <> 0 AND c.relkind IN ('r', 'p')
          AND t.oid <> ALL (COALESCE(without, '{}')) AND t.tgparentid <> ALL (COALESCE(without, '{}'))
          AND (t.tgenabled IN ('O', 'A') OR t.tgfoid = 'journey.transition()'::regprocedure)
    ) x;
    before := COALESCE(before, '{}');
    after := COALESCE(after, '{}');
END
$function$;
COMMENT ON FUNCTION journey.suspend_statements(pg_catalog.regclass, pg_catalog.oid[]) IS
    'the statements that take the triggers of an UPDATE out of the way, and those that put each back as it was';

CREATE FUNCTION journey.trigger_statement(trigger pg_catalog.oid, rules pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    arguments CONSTANT text[] := journey.trigger_arguments(trigger);
    definition CONSTANT text := pg_get_triggerdef(trigger);
    tail CONSTANT text := format('EXECUTE FUNCTION journey.transition(%s)',
        (SELECT string_agg('''' || replace(a, '''', '''''') || '''', ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY u (a, n)));
BEGIN
    IF right(definition, length(tail)) <> tail THEN
        RAISE EXCEPTION 'cannot read the definition of trigger %', (SELECT quote_ident(t.tgname) FROM pg_trigger t WHERE t.oid = trigger)
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = definition;
    END IF;
    RETURN 'CREATE OR REPLACE' || substr(left(definition, -length(tail)), length('CREATE') + 1)
        || format('EXECUTE FUNCTION journey.transition(%L, %L, %L)', arguments[1], arguments[2], rules);
END
$function$;
COMMENT ON FUNCTION journey.trigger_statement(pg_catalog.oid, pg_catalog.text) IS
    'the statement that puts a transition trigger under other rules';

CREATE FUNCTION journey.dates_view(view pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (regexp_match(pg_get_viewdef(view), '^\s*SELECT .*journey\.(first|last)_at\([^()'']*, '''))[1];
END
$function$;
COMMENT ON FUNCTION journey.dates_view(pg_catalog.regclass) IS
    'of a view that stage_dates_view has made, whether it shows the first or the last time; NULL of another';

CREATE FUNCTION journey.view_extras(view pg_catalog.regclass) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name text;
    statements text[] := '{}';
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), c.relowner, c.relacl, obj_description(c.oid, 'pg_class') AS description INTO one
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view;
    name := one.format;
    IF one.relowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) THEN
        statements := statements || format('ALTER VIEW %s OWNER TO %I', name, pg_get_userbyid(one.relowner));
    END IF;
    IF one.description IS NOT NULL THEN
        statements := statements || format('COMMENT ON VIEW %s IS %L', name, one.description);
    END IF;
    RETURN statements
        || ARRAY(SELECT format('COMMENT ON COLUMN %s.%I IS %L', name, a.attname, d.description)
                 FROM pg_description d JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
                 WHERE d.classoid = 'pg_class'::regclass AND d.objoid = view AND d.objsubid > 0 ORDER BY a.attnum)
        || ARRAY(SELECT format('GRANT %s ON %s TO %s%s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), name,
                               CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                 FROM aclexplode(one.relacl) g WHERE g.grantee <> one.relowner
                 GROUP BY g.grantee, g.is_grantable ORDER BY g.grantee::regrole::text COLLATE "C", g.is_grantable)
        || ARRAY(SELECT format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, name,
                               CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                               CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                 FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) g
                 WHERE a.attrelid = view ORDER BY a.attnum, g.grantee::regrole::text COLLATE "C", g.privilege_type);
END
$function$;
COMMENT ON FUNCTION journey.view_extras(pg_catalog.regclass) IS
    'the statements that give a view its owner, comments and grants again';

CREATE FUNCTION journey.view_statement(view pg_catalog.regclass, definition pg_catalog.text, verb pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT format(E'%s VIEW %I.%I%s AS\n%s', verb, n.nspname, c.relname,
                          ' WITH (' || array_to_string(c.reloptions, ', ') || ')', rtrim(definition, ';'))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view);
END
$function$;
COMMENT ON FUNCTION journey.view_statement(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
    'the statement that makes a view as it is, with this definition';

CREATE FUNCTION journey.label_mentions(stages pg_catalog.regtype, label pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    literal CONSTANT text := '''' || replace(label, '''', '''''') || '''';
BEGIN
    RETURN QUERY
    WITH rels AS (
        SELECT DISTINCT s.rel::oid AS oid FROM journey.stage_columns(stages) s
    ), said AS (
        SELECT 'pg_class'::regclass AS class, v.oid, pg_get_viewdef(v.oid) AS definition
        FROM pg_class v
        WHERE v.relkind IN ('v', 'm') AND NOT starts_with(COALESCE(obj_description(v.oid, 'pg_class'), ''), 'journey: ')
          AND v.oid IN (SELECT r.ev_class FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT rels.oid FROM rels))
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid, pg_get_constraintdef(k.oid) FROM pg_constraint k
        WHERE k.conrelid IN (SELECT rels.oid FROM rels) AND k.contype IN ('c', 'x')
        UNION ALL
        SELECT 'pg_class'::regclass, i.indexrelid, pg_get_indexdef(i.indexrelid) FROM pg_index i
        WHERE i.indrelid IN (SELECT rels.oid FROM rels) AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
        UNION ALL
        SELECT 'pg_attrdef'::regclass, f.oid, pg_get_expr(f.adbin, f.adrelid) FROM pg_attrdef f WHERE f.adrelid IN (SELECT rels.oid FROM rels)
        UNION ALL
        SELECT 'pg_policy'::regclass, p.oid, concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p WHERE p.polrelid IN (SELECT rels.oid FROM rels)
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, pg_get_triggerdef(t.oid) FROM pg_trigger t
        WHERE t.tgrelid IN (SELECT rels.oid FROM rels) AND NOT t.tgisinternal AND t.tgfoid <> 'journey.transition()'::regprocedure AND t.tgqual IS NOT NULL
    )
    SELECT m FROM (
        SELECT pg_describe_object(s.class, s.oid, 0) AS m FROM said s WHERE strpos(s.definition, literal || '::text') > 0
        UNION ALL
        SELECT pg_describe_object('pg_proc'::regclass, p.oid, 0)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'journey') AND strpos(p.prosrc, literal) > 0
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ) u ORDER BY m COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.label_mentions(pg_catalog.regtype, pg_catalog.text) IS
    'what names a stage as plain text, and so does not follow a change of its label: views, constraints, indexes, defaults, policies, functions';

CREATE FUNCTION journey.view_plan(rel pg_catalog.regclass, stage_column pg_catalog.text, journey_column pg_catalog.text,
    old_label pg_catalog.text, new_label pg_catalog.text, was pg_catalog.text[], becomes pg_catalog.text[], without pg_catalog.oid[])
    RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    plan jsonb := '[]';
    made text;
    view record;
BEGIN
    FOR view IN SELECT v.v, format('%I.%I', n.nspname, c.relname) AS name, c.relname, pg_get_viewdef(v.v) AS definition, journey.dates_view(v.v) AS dates,
                       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = v.v AND a.attname = journey.object_name('entered_' || old_label, '')) AS has_old
                FROM journey.tracked_views(rel, journey_column) v (v)
                JOIN pg_class c ON c.oid = v.v JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE v.v::oid <> ALL (COALESCE(without, '{}')) ORDER BY c.relname COLLATE "C" LOOP
        IF view.dates IS NOT NULL THEN
            IF view.has_old AND new_label IS NOT NULL THEN
                plan := plan || jsonb_build_object('statement', format('ALTER VIEW %s RENAME COLUMN %I TO %I', view.name,
                    journey.object_name('entered_' || old_label, ''), journey.object_name('entered_' || new_label, '')));
            END IF;
            plan := plan
                || jsonb_build_object('statement', format('SELECT count(*) FROM journey.stage_dates_view(%L, %L, %L, %L)', rel::text, stage_column, view.relname, view.dates))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', e) ORDER BY n)
                             FROM unnest(journey.view_extras(view.v)) WITH ORDINALITY u (e, n) WHERE e !~ '^COMMENT '), '[]');
        ELSE
            made := journey.replace_stage_in_view(view.definition, old_label, new_label, was, becomes);
            IF made <> view.definition THEN
                plan := plan || jsonb_build_object('statement', journey.view_statement(view.v, made, 'CREATE OR REPLACE'))
                    || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', c) ORDER BY n)
                                 FROM unnest(journey.view_comments(view.v, old_label, new_label)) WITH ORDINALITY u (c, n)), '[]');
            END IF;
        END IF;
    END LOOP;
    RETURN plan;
END
$function$;
COMMENT ON FUNCTION journey.view_plan(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text,
    pg_catalog.text[], pg_catalog.text[], pg_catalog.oid[]) IS
    'the part of a migration that makes the views beside a table anew in their place';

CREATE FUNCTION journey.view_comments(view pg_catalog.regclass, old_label pg_catalog.text, new_label pg_catalog.text) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- the comments of the columns won and lost end in a list of stages
    RETURN ARRAY(
        SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', n.nspname, c.relname, a.attname, split_part(d.description, ': ', 1) || ': ' || m.list)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('won', 'lost')
        JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
        CROSS JOIN LATERAL (SELECT substr(d.description, strpos(d.description, ': ') + 2) AS said) o
        CROSS JOIN LATERAL (SELECT array_to_string(CASE WHEN new_label IS NULL THEN array_remove(string_to_array(o.said, ', '), old_label)
                                                        ELSE array_replace(string_to_array(o.said, ', '), old_label, new_label) END, ', ') AS list) m
        WHERE c.oid = view AND strpos(d.description, ': ') > 0 AND m.list <> o.said
        ORDER BY a.attnum);
END
$function$;
COMMENT ON FUNCTION journey.view_comments(pg_catalog.regclass, pg_catalog.text, pg_catalog.text) IS
    'the comments of a view that name a stage, with its new label';

-- A plan is an array of {statement, update: true | count: SQL | result: true} and {warning}.
CREATE FUNCTION journey.run_plan(plan pg_catalog.jsonb, dry_run pg_catalog.bool)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    n integer;
    one jsonb;
BEGIN
    -- with an older snapshot, rows that came before the locks were taken would be missed
    IF NOT dry_run AND current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'stages cannot be changed at isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
    END IF;
    FOR n IN 0 .. jsonb_array_length(plan) - 1 LOOP
        one := plan -> n;
        statement := one ->> 'statement';
        warning := one ->> 'warning';
        rows := NULL;
        IF warning IS NOT NULL THEN
            step := NULL;
        ELSE
            step := (SELECT count(*) FROM jsonb_array_elements(plan) WITH ORDINALITY e (v, i) WHERE e.i <= n + 1 AND NOT e.v ? 'warning');
            IF one ? 'count' AND (dry_run OR NOT one ? 'update') THEN
                EXECUTE one ->> 'count' INTO rows;
            END IF;
            IF NOT dry_run THEN
                IF one ? 'result' THEN
                    EXECUTE statement INTO rows;
                ELSE
                    EXECUTE statement;
                    IF one ? 'update' THEN
                        GET DIAGNOSTICS rows = ROW_COUNT;
                    END IF;
                END IF;
            END IF;
            statement := statement || ';';
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.run_plan(pg_catalog.jsonb, pg_catalog.bool) IS
    'runs the statements of a migration, or only counts the rows they would touch';

-- What all four have in common: whose the type is, and whose the tables are.
CREATE FUNCTION journey.check_migration(stages pg_catalog.regtype, rewrite pg_catalog.bool) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    one record;
BEGIN
    IF stages IS NULL THEN
        RAISE EXCEPTION 'stage type must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT y.typtype, y.typowner INTO one FROM pg_type y WHERE y.oid = stages;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no type with oid %', stages::oid USING ERRCODE = 'undefined_object';
    ELSIF one.typtype <> 'e' THEN
        RAISE EXCEPTION '% is no enum type', stages USING ERRCODE = 'wrong_object_type',
            HINT = CASE WHEN journey.stage_type(stages) IS NOT NULL THEN format('Name the enum under it: %s.', journey.stage_type(stages)) ELSE '' END;
    ELSIF NOT pg_has_role(one.typowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of type %', stages USING ERRCODE = 'insufficient_privilege';
    ELSIF EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = stages AND d.deptype = 'e') THEN
        RAISE EXCEPTION 'type % belongs to an extension', stages USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOR one IN SELECT s.rel, s.owner, s.trigger, s.kind FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL OR rewrite LOOP
        IF NOT pg_has_role(one.owner, 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of table %', one.rel USING ERRCODE = 'insufficient_privilege',
                DETAIL = format('It has a column of type %s.', stages);
        ELSIF pg_is_other_temp_schema((SELECT c.relnamespace FROM pg_class c WHERE c.oid = one.rel)) THEN
            RAISE EXCEPTION 'a temporary table of another session uses type %', stages USING ERRCODE = 'object_in_use';
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.check_migration(pg_catalog.regtype, pg_catalog.bool) IS
    'raises an error when the stages of a type cannot be changed by the present user';

CREATE FUNCTION journey.check_new_label(stages pg_catalog.regtype, label pg_catalog.text) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF label IS NULL THEN
        RAISE EXCEPTION 'stage label must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF label = '' THEN
        RAISE EXCEPTION 'a stage label must not be empty' USING ERRCODE = 'invalid_parameter_value';
    ELSIF octet_length(label) > current_setting('max_identifier_length')::integer THEN
        RAISE EXCEPTION 'stage label "%" is too long', label USING ERRCODE = 'invalid_name',
            DETAIL = format('Labels of an enum must be %s bytes or less.', current_setting('max_identifier_length'));
    ELSIF label = ANY (journey.stage_labels(stages)) THEN
        RAISE EXCEPTION 'stage "%" of type % exists already', label, stages USING ERRCODE = 'duplicate_object';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.check_new_label(pg_catalog.regtype, pg_catalog.text) IS
    'raises an error when a stage type cannot have this label, too';

CREATE FUNCTION journey.check_old_label(stages pg_catalog.regtype, label pg_catalog.text) RETURNS pg_catalog.void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF label IS NULL THEN
        RAISE EXCEPTION 'stage label must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF label <> ALL (journey.stage_labels(stages)) THEN
        RAISE EXCEPTION 'stage "%" of type % does not exist', label, stages USING ERRCODE = 'undefined_object',
            HINT = format('The stages are: %s.', array_to_string(journey.stage_labels(stages), ', '));
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.check_old_label(pg_catalog.regtype, pg_catalog.text) IS
    'raises an error when a stage type does not have this label';

CREATE FUNCTION journey.rename_stage(stages pg_catalog.regtype, old_label pg_catalog.text, new_label pg_catalog.text,
    dry_run pg_catalog.bool DEFAULT false, edit_guards pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    plan jsonb := '[]';
    tail jsonb := '[]';
    made text;
    target text;
    new_rules text;
    one record;
    held record;
BEGIN
    PERFORM journey.check_migration(stages, false);
    PERFORM journey.check_old_label(stages, old_label);
    PERFORM journey.check_new_label(stages, new_label);

    FOR made IN SELECT * FROM journey.label_mentions(stages, old_label) LOOP
        plan := plan || jsonb_build_object('warning', format('%s names %L as text and is left as it is', made, old_label));
    END LOOP;
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('guard (%s) of column %I of %s names the label: it %s', g.guard, one.column_name, one.name,
                             CASE WHEN edit_guards THEN 'is changed' ELSE 'is left as it is' END)) ORDER BY g.statement)
                         FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, quote_literal(old_label)) > 0), '[]');
    END LOOP;
    FOR made IN SELECT DISTINCT s.name FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL ORDER BY 1 LOOP
        plan := plan || jsonb_build_object('statement', format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', made));
    END LOOP;
    plan := plan || jsonb_build_object('statement', format('ALTER TYPE %s RENAME VALUE %L TO %L', format_type(stages, NULL), old_label, new_label));

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        held := journey.suspend_statements(one.rel, NULL);
        target := CASE WHEN one.kind = 'r' THEN 'ONLY ' ELSE '' END || one.name;
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.before) WITH ORDINALITY u (h, n)), '[]')
            || jsonb_build_object('update', true,
                'statement', format('UPDATE %1$s SET %2$I = journey.rename(%2$I, %3$L, %4$L) WHERE %2$I OPERATOR(journey.@>) ARRAY[%3$L]',
                                    target, one.journey_column, old_label, new_label),
                'count', format('SELECT count(*) FROM %1$s WHERE %2$I OPERATOR(journey.@>) ARRAY[%3$L]', target, one.journey_column, old_label));
        new_rules := journey.replace_stage_in_rules(one.rules, old_label, new_label, edit_guards);
        IF new_rules <> one.rules THEN
            plan := plan || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules));
        END IF;
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.after) WITH ORDINALITY u (h, n)), '[]');
        plan := plan || journey.view_plan(one.rel, one.column_name, one.journey_column, old_label, new_label, NULL, NULL, NULL);
        tail := tail
            || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules))
            || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.rename_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool) IS
    'gives a stage another label: in the enum, the rules, the journeys and the views of all tables it tracks; returns the statements and the rows they touched';

CREATE FUNCTION journey.add_stage(stages pg_catalog.regtype, new_label pg_catalog.text,
    before pg_catalog.text DEFAULT NULL, after pg_catalog.text DEFAULT NULL, rules pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    plan jsonb := '[]';
    labels text[];              -- as they are
    wanted text[];              -- as they are to be
    steps_were text[];
    steps_are text[];
    new_rules text;
    one record;
BEGIN
    PERFORM journey.check_migration(stages, false);
    PERFORM journey.check_new_label(stages, new_label);
    labels := COALESCE(journey.stage_labels(stages), '{}');
    IF before IS NOT NULL AND after IS NOT NULL THEN
        RAISE EXCEPTION 'a stage is added before another or after another, not both' USING ERRCODE = 'invalid_parameter_value';
    ELSIF COALESCE(before, after) IS NOT NULL THEN
        PERFORM journey.check_old_label(stages, COALESCE(before, after));
    END IF;
    wanted := CASE WHEN COALESCE(before, after) IS NULL THEN labels || new_label
        ELSE labels[: array_position(labels, COALESCE(before, after)) - CASE WHEN after IS NULL THEN 1 ELSE 0 END] || new_label
             || labels[array_position(labels, COALESCE(before, after)) + CASE WHEN after IS NULL THEN 0 ELSE 1 END :] END;
    steps_were := ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
    steps_are := ARRAY(SELECT l FROM unnest(wanted) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
    plan := plan || jsonb_build_object('statement', format('ALTER TYPE %s ADD VALUE %L%s', format_type(stages, NULL), new_label,
        CASE WHEN before IS NOT NULL THEN format(' BEFORE %L', before) WHEN after IS NOT NULL THEN format(' AFTER %L', after) ELSE '' END));

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        IF rules IS NOT NULL THEN
            -- the last line may be a comment
            new_rules := rtrim(one.rules, E' \t\r\n;') || E'\n;' || rules;
            plan := plan || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n)
                             FROM unnest((journey.suspend_statements(one.rel, ARRAY(SELECT t.oid FROM pg_trigger t
                                 WHERE t.tgrelid = one.rel AND (t.oid <> one.trigger OR t.tgenabled = 'O')))).after) WITH ORDINALITY u (h, n)), '[]')
                || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules));
        END IF;
        plan := plan || journey.view_plan(one.rel, one.column_name, one.journey_column, NULL, NULL,
            CASE WHEN steps_are <> steps_were AND cardinality(steps_are) <= 64 THEN steps_were END, steps_are, NULL);
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.add_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'adds a stage to the enum, to the steps of the views and, with rules, to the rules of all tables it tracks; returns the statements';

-- What PostgreSQL cannot carry over to a new type by itself is written down as text, dropped, and made again from the text: the new type has
-- the name of the old one by then.
CREATE FUNCTION journey.swap_statements(stages pg_catalog.regtype, labels pg_catalog.text[], dropped pg_catalog.text, move_to pg_catalog.text,
    OUT before pg_catalog.jsonb, OUT after pg_catalog.jsonb, OUT taken pg_catalog.oid[], OUT views pg_catalog.oid[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    self CONSTANT text := format_type(stages, NULL);
    literal CONSTANT text := '''' || replace(dropped, '''', '''''') || '''::' || self;
    typ record;
    old_name text;
    refused text[] := '{}';
    holders text[] := '{}';     -- what names the dropped label as an enum constant
    drops text[] := '{}';       -- in order; made again in the opposite one
    makes text[] := '{}';
    last text[] := '{}';
    definition text;
    one record;
    view record;
BEGIN
    SELECT y.typname, y.typarray, y.typowner, y.typacl, n.nspname, obj_description(y.oid, 'pg_type') AS description INTO typ
        FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace WHERE y.oid = stages;
    old_name := journey.object_name(typ.typname, '_before');
    taken := '{}';
    views := '{}';
    before := '[]';

    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s LOOP
        IF one.form = 'domain' THEN
            refused := refused || format('column %I of %s, which is of a domain', one.column_name, one.name);
        ELSIF one.kind NOT IN ('r', 'p') THEN
            refused := refused || format('column %I of %s, which is a %s', one.column_name, one.name,
                CASE one.kind WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END);
        ELSIF EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attname = one.column_name
                      WHERE p.partrelid IN (SELECT t.relid FROM pg_partition_tree(one.rel) t) AND a.attnum = ANY (p.partattrs::smallint[])) THEN
            refused := refused || format('column %I of %s, which partitions it', one.column_name, one.name);
        END IF;
    END LOOP;

    FOR one IN
        WITH col AS (
            SELECT a.attrelid, a.attnum FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            WHERE a.atttypid IN (stages, typ.typarray) AND a.attnum > 0 AND NOT a.attisdropped
        ), dep AS (
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d JOIN col ON d.refclassid = 'pg_class'::regclass AND d.refobjid = col.attrelid AND d.refobjsubid = col.attnum
            UNION
            SELECT d.classid, d.objid, d.objsubid FROM pg_depend d WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (stages, typ.typarray)
            UNION
            SELECT 'pg_attrdef'::regclass, f.oid, 0 FROM pg_attrdef f JOIN col ON f.adrelid = col.attrelid AND f.adnum = col.attnum
        )
        SELECT dep.classid::regclass::text AS class, dep.objid, dep.objsubid, pg_describe_object(dep.classid, dep.objid, dep.objsubid) AS said
        FROM dep
        -- foreign keys go before the keys that they refer to; the rest in an order that stays the same
        ORDER BY dep.classid <> 'pg_constraint'::regclass, pg_describe_object(dep.classid, dep.objid, dep.objsubid) COLLATE "C"
    LOOP
        IF one.class = 'pg_class' THEN
            SELECT c.relkind, c.relispartition, format('%I.%I', n.nspname, c.relname) AS name, i.indexprs IS NOT NULL OR i.indpred IS NOT NULL AS odd,
                   i.indisclustered, i.indrelid, EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) AS constrained,
                   c.relname
                INTO view FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.oid = one.objid;
            IF view.relkind IN ('i', 'I') THEN
                IF view.odd AND NOT view.relispartition AND NOT view.constrained AND view.name <> ALL (taken::text[]) THEN
                    definition := pg_get_indexdef(one.objid);
                    IF view.relkind = 'I' THEN
                        definition := regexp_replace(definition, ' ON ONLY ', ' ON ');
                    END IF;
                    IF strpos(definition, literal) > 0 THEN
                        holders := holders || one.said;
                    END IF;
                    drops := drops || format('DROP INDEX %s', view.name);
                    makes := ARRAY[definition]
                        || CASE WHEN obj_description(one.objid, 'pg_class') IS NULL THEN '{}' ELSE ARRAY[format('COMMENT ON INDEX %s IS %L', view.name, obj_description(one.objid, 'pg_class'))] END
                        || CASE WHEN view.indisclustered THEN ARRAY[format('ALTER TABLE %s CLUSTER ON %I', view.indrelid::regclass, view.relname)] ELSE '{}' END
                        || makes;
                END IF;
            ELSIF view.relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'c') THEN
                refused := refused || one.said;
            END IF;
        ELSIF one.class = 'pg_constraint' THEN
            SELECT k.contype, k.coninhcount, k.conparentid, k.conname, k.contypid, format('%I.%I', n.nspname, c.relname) AS name, c.relowner INTO view
                FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.oid = one.objid;
            IF view.contypid <> 0 THEN
                refused := refused || one.said;
            ELSIF (view.contype IN ('c', 'x') AND view.coninhcount = 0 AND view.conparentid = 0) OR (view.contype = 'f' AND view.conparentid = 0) THEN
                IF NOT pg_has_role(view.relowner, 'USAGE') THEN
                    RAISE EXCEPTION 'must be owner of table %', view.name USING ERRCODE = 'insufficient_privilege', DETAIL = format('Its %s has to be made anew.', one.said);
                END IF;
                definition := pg_get_constraintdef(one.objid);
                IF strpos(definition, literal) > 0 THEN
                    holders := holders || one.said;
                END IF;
                IF view.contype = 'f' THEN
                    drops := format('ALTER TABLE %s DROP CONSTRAINT %I', view.name, view.conname) || drops;
                ELSE
                    drops := drops || format('ALTER TABLE %s DROP CONSTRAINT %I', view.name, view.conname);
                END IF;
                definition := format('ALTER TABLE %s ADD CONSTRAINT %I %s', view.name, view.conname, definition);
                makes := makes || definition;
                IF obj_description(one.objid, 'pg_constraint') IS NOT NULL THEN
                    makes := makes || format('COMMENT ON CONSTRAINT %I ON %s IS %L', view.conname, view.name, obj_description(one.objid, 'pg_constraint'));
                END IF;
            END IF;
        ELSIF one.class = 'pg_attrdef' THEN
            SELECT a.attgenerated, a.attname, a.attnum, c.relkind, format('%I.%I', n.nspname, c.relname) AS name, pg_get_expr(f.adbin, f.adrelid) AS expression INTO view
                FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                JOIN pg_class c ON c.oid = f.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE f.oid = one.objid;
            IF view.attgenerated <> '' THEN
                refused := refused || format('generated column %I of %s', view.attname, view.name);
            ELSIF view.relkind NOT IN ('r', 'p') THEN
                refused := refused || one.said;
            ELSE
                IF strpos(view.expression, literal) > 0 AND move_to IS NULL THEN
                    holders := holders || one.said;
                END IF;
                drops := drops || format('ALTER TABLE ONLY %s ALTER COLUMN %I DROP DEFAULT', view.name, view.attname);
                makes := makes || format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s', view.name, view.attname,
                    CASE WHEN dropped IS NULL OR move_to IS NULL THEN view.expression
                         ELSE replace(view.expression, literal, '''' || replace(move_to, '''', '''''') || '''::' || self) END);
            END IF;
        ELSIF one.class = 'pg_rewrite' THEN
            SELECT c.oid, c.relkind, r.rulename INTO view FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid = one.objid;
            IF view.relkind <> 'v' OR view.rulename <> '_RETURN' THEN
                refused := refused || CASE view.relkind WHEN 'm' THEN pg_describe_object('pg_class'::regclass, view.oid, 0) ELSE one.said END;
            ELSIF view.oid <> ALL (views) THEN
                views := views || view.oid;
            END IF;
        ELSIF one.class = 'pg_trigger' THEN
            SELECT t.tgisinternal, t.tgparentid, t.tgname, t.tgenabled, format('%I.%I', n.nspname, c.relname) AS name INTO view
                FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.oid = one.objid;
            IF NOT view.tgisinternal AND view.tgparentid = 0 AND one.objid <> ALL (taken) THEN
                definition := pg_get_triggerdef(one.objid);
                IF strpos(definition, literal) > 0 THEN
                    holders := holders || one.said;
                END IF;
                taken := taken || one.objid;
                drops := drops || format('DROP TRIGGER %I ON %s', view.tgname, view.name);
                last := last || definition;
                IF view.tgenabled <> 'O' THEN
                    last := last || format('ALTER TABLE %s %s TRIGGER %I', view.name,
                        CASE view.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, view.tgname);
                END IF;
                IF obj_description(one.objid, 'pg_trigger') IS NOT NULL THEN
                    last := last || format('COMMENT ON TRIGGER %I ON %s IS %L', view.tgname, view.name, obj_description(one.objid, 'pg_trigger'));
                END IF;
            END IF;
        ELSIF one.class = 'pg_statistic_ext' THEN
            IF (SELECT x.stxexprs IS NOT NULL FROM pg_statistic_ext x WHERE x.oid = one.objid) THEN
                refused := refused || one.said;
            END IF;
        ELSIF NOT (one.class = 'pg_type' AND (one.objid = typ.typarray OR EXISTS (SELECT FROM pg_type y WHERE y.oid = one.objid AND y.typelem <> 0 AND y.typcategory = 'A'))) THEN
            refused := refused || one.said;
        END IF;
    END LOOP;

    -- the views, and the views on top of them, from the bottom up
    FOR view IN
        WITH RECURSIVE v (oid, depth) AS (
            SELECT u, 0 FROM unnest(views) u
            UNION
            SELECT r.ev_class, v.depth + 1 FROM v
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> v.oid
        )
        SELECT c.oid, c.relkind, c.relowner, format('%I.%I', n.nspname, c.relname) AS name, c.relname, max(v.depth) AS depth, pg_get_viewdef(c.oid) AS definition,
               starts_with(COALESCE(obj_description(c.oid, 'pg_class'), ''), 'journey: ') AS ours,
               CASE WHEN starts_with(COALESCE(obj_description(c.oid, 'pg_class'), ''), 'journey: ') AND c.relkind = 'v' THEN journey.dates_view(c.oid) END AS dates
        FROM v JOIN pg_class c ON c.oid = v.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        GROUP BY c.oid, c.relkind, c.relowner, n.nspname, c.relname
        ORDER BY depth, format('%I.%I', n.nspname, c.relname) COLLATE "C"
    LOOP
        IF view.relkind <> 'v' THEN
            refused := refused || pg_describe_object('pg_class'::regclass, view.oid, 0);
            CONTINUE;
        ELSIF NOT pg_has_role(view.relowner, 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of view %', view.name USING ERRCODE = 'insufficient_privilege', DETAIL = 'It has to be made anew.';
        END IF;
        refused := refused
            || ARRAY(SELECT pg_describe_object('pg_trigger'::regclass, t.oid, 0) FROM pg_trigger t WHERE t.tgrelid = view.oid AND NOT t.tgisinternal)
            || ARRAY(SELECT pg_describe_object('pg_rewrite'::regclass, r.oid, 0) FROM pg_rewrite r WHERE r.ev_class = view.oid AND r.rulename <> '_RETURN')
            || ARRAY(SELECT pg_describe_object('pg_attrdef'::regclass, f.oid, 0) FROM pg_attrdef f WHERE f.adrelid = view.oid)
            || ARRAY(SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
                     WHERE d.classid NOT IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_attrdef'::regclass)
                       AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = view.oid AND d.deptype <> 'i'
                            OR d.refclassid = 'pg_type'::regclass AND d.deptype = 'n'
                               AND d.refobjid IN (SELECT y.oid FROM pg_type y WHERE y.typrelid = view.oid
                                                  UNION ALL SELECT y.typarray FROM pg_type y WHERE y.typrelid = view.oid)));
        IF NOT view.ours AND strpos(view.definition, literal) > 0 THEN
            holders := holders || pg_describe_object('pg_class'::regclass, view.oid, 0);
        END IF;
        IF view.oid <> ALL (views) THEN
            views := views || view.oid;
        END IF;
        drops := format('DROP VIEW %s', view.name) || drops;
        IF view.dates IS NOT NULL THEN
            SELECT t.name, t.column_name INTO one FROM journey.stage_columns(stages) t
                WHERE t.trigger IS NOT NULL AND view.oid IN (SELECT w FROM journey.tracked_views(t.rel, t.journey_column) w);
            last := last || format('SELECT count(*) FROM journey.stage_dates_view(%L, %L, %L, %L)', one.name, one.column_name, view.relname, view.dates)
                || ARRAY(SELECT e FROM unnest(journey.view_extras(view.oid)) WITH ORDINALITY u (e, n) WHERE e !~ '^COMMENT ' ORDER BY n);
        ELSE
            last := last || journey.view_statement(view.oid,
                        CASE WHEN view.ours AND dropped IS NOT NULL THEN journey.replace_stage_in_view(view.definition, dropped, move_to)
                             WHEN view.ours THEN journey.replace_stage_in_view(view.definition, NULL, NULL,
                                 ARRAY(SELECT l FROM unnest(journey.stage_labels(stages)) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n),
                                 ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n))
                             ELSE view.definition END, 'CREATE')
                || journey.view_extras(view.oid)
                || CASE WHEN view.ours AND dropped IS NOT NULL THEN journey.view_comments(view.oid, dropped, move_to) ELSE '{}' END;
        END IF;
    END LOOP;

    IF cardinality(refused) > 0 THEN
        RAISE EXCEPTION 'cannot make type % anew because other objects depend on it', stages USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = (SELECT string_agg(DISTINCT upper(left(r, 1)) || substr(r, 2) || '.', E'\n') FROM unnest(refused) r),
            HINT = 'An enum can only lose or reorder labels as a new type, and these cannot be carried over to it. Drop them, and make them again afterwards.';
    ELSIF cardinality(holders) > 0 THEN
        RAISE EXCEPTION 'cannot drop stage "%" because other objects name it', dropped USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = (SELECT string_agg(DISTINCT upper(left(r, 1)) || substr(r, 2) || '.', E'\n') FROM unnest(holders) r),
            HINT = 'Change or drop them first.';
    END IF;

    before := before
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', n)) ORDER BY n COLLATE "C")
                     FROM (SELECT DISTINCT s.name AS n FROM journey.stage_columns(stages) s) x), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', d) ORDER BY n) FROM unnest(drops) WITH ORDINALITY u (d, n)), '[]');
    after := jsonb_build_array(
            jsonb_build_object('statement', format('ALTER TYPE %s RENAME TO %I', self, old_name)),
            jsonb_build_object('statement', format('CREATE TYPE %I.%I AS ENUM (%s)', typ.nspname, typ.typname,
                (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(labels) WITH ORDINALITY u (l, n)))))
        || COALESCE((SELECT jsonb_agg(jsonb_build_object(
                'statement', format('ALTER TABLE %s %s', s.name,
                    (SELECT string_agg(format('ALTER COLUMN %I TYPE %s%s USING %1$I::pg_catalog.text%3$s::%2$s%3$s', t.column_name, self, CASE t.form WHEN 'array' THEN '[]' ELSE '' END), ', ' ORDER BY t.column_name COLLATE "C")
                     FROM journey.stage_columns(stages) t WHERE t.rel = s.rel AND NOT t.inherited)),
                'count', format('SELECT count(*) FROM %s', s.name)) ORDER BY s.name COLLATE "C")
            FROM (SELECT DISTINCT x.rel, x.name FROM journey.stage_columns(stages) x WHERE NOT x.inherited) s), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', m) ORDER BY n) FROM unnest(makes) WITH ORDINALITY u (m, n)
                     WHERE m !~ ' FOREIGN KEY '), '[]')
        || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', m) ORDER BY n) FROM unnest(makes) WITH ORDINALITY u (m, n)
                     WHERE m ~ ' FOREIGN KEY '), '[]')
        || jsonb_build_object('statement', format('DROP TYPE %I.%I', typ.nspname, old_name));
    IF typ.typowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) THEN
        after := after || jsonb_build_object('statement', format('ALTER TYPE %s OWNER TO %I', self, pg_get_userbyid(typ.typowner)));
    END IF;
    IF typ.typacl IS NOT NULL THEN
        after := after || jsonb_build_object('statement', format('REVOKE ALL ON TYPE %s FROM PUBLIC', self))
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', format('GRANT %s ON TYPE %s TO %s%s', g.privilege_type, self,
                            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                            CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)) ORDER BY g.grantee::regrole::text COLLATE "C")
                         FROM aclexplode(typ.typacl) g WHERE g.grantee <> typ.typowner), '[]');
    END IF;
    IF typ.description IS NOT NULL THEN
        after := after || jsonb_build_object('statement', format('COMMENT ON TYPE %s IS %L', self, typ.description));
    END IF;
    after := after || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', l) ORDER BY n) FROM unnest(last) WITH ORDINALITY u (l, n)), '[]');
END
$function$;
COMMENT ON FUNCTION journey.swap_statements(pg_catalog.regtype, pg_catalog.text[], pg_catalog.text, pg_catalog.text) IS
    'the statements that make an enum anew with other labels, and with it all that depends on it; or the error that names what cannot be carried over';

CREATE FUNCTION journey.drop_stage(stages pg_catalog.regtype, label pg_catalog.text, move_to pg_catalog.text DEFAULT NULL,
    history pg_catalog.text DEFAULT 'replace', dry_run pg_catalog.bool DEFAULT false, edit_guards pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    labels text[];
    plan jsonb := '[]';
    middle jsonb := '[]';
    tail jsonb := '[]';
    swap record;
    held record;
    made text;
    target text;
    condition text;
    new_rules text;
    n bigint;
    one record;
    part record;
BEGIN
    PERFORM journey.check_migration(stages, true);
    PERFORM journey.check_old_label(stages, label);
    IF move_to IS NOT NULL THEN
        PERFORM journey.check_old_label(stages, move_to);
        IF move_to = label THEN
            RAISE EXCEPTION 'stage "%" cannot be replaced by itself', label USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF history IS NULL OR history NOT IN ('replace', 'keep') THEN
        RAISE EXCEPTION 'history must be "replace" or "keep", not %', COALESCE(quote_ident(history), 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    labels := array_remove(journey.stage_labels(stages), label);
    IF cardinality(labels) = 0 THEN
        RAISE EXCEPTION 'stage "%" is the only one of type %', label, stages USING ERRCODE = 'invalid_parameter_value';
    END IF;
    swap := journey.swap_statements(stages, labels, label, move_to);

    FOR made IN SELECT * FROM journey.label_mentions(stages, label) LOOP
        plan := plan || jsonb_build_object('warning', format('%s names %L as text and is left as it is', made, label));
    END LOOP;
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s ORDER BY s.trigger IS NULL, s.name COLLATE "C", s.column_name COLLATE "C" LOOP
        target := CASE WHEN one.kind = 'r' THEN 'ONLY ' ELSE '' END || one.name;
        condition := CASE one.form WHEN 'array' THEN format('%L = ANY (%I::pg_catalog.text[])', label, one.column_name) ELSE format('%I = %L', one.column_name, label) END;
        IF one.journey_column IS NOT NULL AND history = 'replace' THEN
            condition := format('%s OR %I OPERATOR(journey.@>) ARRAY[%L]', condition, one.journey_column, label);
        END IF;
        IF move_to IS NULL THEN
            EXECUTE format('SELECT count(*) FROM %s WHERE %s', target, condition) INTO n;
            IF n > 0 THEN
                RAISE EXCEPTION '% % of table % % in stage "%"%', n, CASE n WHEN 1 THEN 'row' ELSE 'rows' END, one.rel, CASE n WHEN 1 THEN 'is' ELSE 'are' END, label,
                    CASE WHEN one.journey_column IS NOT NULL AND history = 'replace' THEN ', or have been' ELSE '' END
                    USING ERRCODE = 'object_not_in_prerequisite_state',
                    HINT = 'Say which stage takes its place: move_to => ''...''.'
                        || CASE WHEN one.journey_column IS NOT NULL AND history = 'replace' THEN ' Or leave it in the past of journeys: history => ''keep''.' ELSE '' END;
            END IF;
        ELSE
            held := journey.suspend_statements(one.rel, swap.taken);
            middle := middle
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.before) WITH ORDINALITY u (h, i)), '[]')
                || jsonb_build_object('update', true,
                    'statement', format('UPDATE %s SET %s WHERE %s', target,
                        CASE WHEN one.form = 'array' THEN format('%1$I = pg_catalog.array_replace(%1$I::pg_catalog.text[], %2$L, %3$L)::%4$s[]', one.column_name, label, move_to, format_type(stages, NULL))
                             WHEN one.journey_column IS NULL THEN format('%I = %L', one.column_name, move_to)
                             WHEN history = 'keep' THEN format('%1$I = %3$L, %2$I = journey.append(%2$I, %3$L::pg_catalog.text, pg_catalog.now())', one.column_name, one.journey_column, move_to)
                             ELSE format('%1$I = CASE %1$I WHEN %3$L THEN %4$L ELSE %1$I END, %2$I = journey.collapse(journey.rename(%2$I, %3$L, %4$L))', one.column_name, one.journey_column, label, move_to)
                        END, condition),
                    'count', format('SELECT count(*) FROM %s WHERE %s', target, condition))
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.after) WITH ORDINALITY u (h, i)), '[]');
        END IF;
        IF one.trigger IS NOT NULL THEN
            plan := plan
                || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('guard (%s) of column %I of %s names the label: it %s', g.guard, one.column_name, one.name,
                                 CASE WHEN edit_guards AND move_to IS NOT NULL THEN 'is changed' ELSE 'is left as it is' END)) ORDER BY g.statement)
                             FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, quote_literal(label)) > 0), '[]');
            new_rules := journey.replace_stage_in_rules(one.rules, label, move_to, edit_guards);
            -- what the rules say of the stages that stay
            FOR part IN
                SELECT x.from_stage, x.to_stage, bool_or(x.was) AS was, bool_or(x.is) AS is, bool_or(x.was AND x.guard IS NOT NULL) AS was_guarded, bool_or(x.is AND x.guard IS NOT NULL) AS is_guarded
                FROM (SELECT m.from_stage, m.to_stage, m.guard, true AS was, false AS is FROM journey.rule_moves(one.rules, stages) m
                      UNION ALL SELECT m.from_stage, m.to_stage, m.guard, false, true FROM journey.rule_moves(new_rules, stages) m) x
                WHERE x.from_stage IS DISTINCT FROM label AND x.to_stage <> label
                GROUP BY x.from_stage, x.to_stage
                HAVING bool_or(x.was) <> bool_or(x.is) OR bool_or(x.was AND x.guard IS NOT NULL) <> bool_or(x.is AND x.guard IS NOT NULL)
                ORDER BY array_position(labels, x.from_stage) NULLS FIRST, array_position(labels, x.to_stage)
            LOOP
                plan := plan || jsonb_build_object('warning', format('column %I of %s: the move from %s to %I is now %s', one.column_name, one.name,
                    COALESCE(quote_ident(part.from_stage), 'new'), part.to_stage,
                    CASE WHEN NOT part.is THEN 'not allowed' WHEN part.is_guarded THEN 'allowed under a guard' ELSE 'allowed' END));
            END LOOP;
            IF new_rules <> one.rules THEN
                held := journey.suspend_statements(one.rel, ARRAY(SELECT t.oid FROM pg_trigger t WHERE t.tgrelid = one.rel AND (t.oid <> one.trigger OR t.tgenabled = 'O')));
                tail := tail || jsonb_build_object('statement', journey.trigger_statement(one.trigger, new_rules))
                    || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY i) FROM unnest(held.after) WITH ORDINALITY u (h, i)), '[]');
            END IF;
            tail := tail
                || journey.view_plan(one.rel, one.column_name, one.journey_column, label, move_to, NULL, NULL, swap.views)
                || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, new_rules))
                || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
        END IF;
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan || swap.before || middle || swap.after || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.drop_stage(pg_catalog.regtype, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool) IS
    'takes a stage out of the enum, the rules, the journeys and the views of all tables that use it; another takes its place; returns the statements and the rows they touched';

CREATE FUNCTION journey.reorder_stages(stages pg_catalog.regtype, labels pg_catalog.text[], dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    present text[];
    plan jsonb := '[]';
    tail jsonb := '[]';
    swap record;
    one record;
    bad text;
BEGIN
    PERFORM journey.check_migration(stages, true);
    present := journey.stage_labels(stages);
    IF array_ndims(labels) > 1 THEN
        RAISE EXCEPTION 'labels must be a one-dimensional array' USING ERRCODE = 'array_subscript_error';
    ELSIF labels IS NULL OR array_position(labels, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'labels must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT l INTO bad FROM unnest(labels) l WHERE l <> ALL (present) LIMIT 1;
    IF FOUND THEN
        PERFORM journey.check_old_label(stages, bad);
    END IF;
    SELECT l INTO bad FROM unnest(labels) l GROUP BY l HAVING count(*) > 1 ORDER BY l COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stage label "%" is given twice', bad USING ERRCODE = 'duplicate_object';
    END IF;
    SELECT string_agg(l, ', ' ORDER BY n) INTO bad FROM unnest(present) WITH ORDINALITY u (l, n) WHERE l <> ALL (labels);
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'the new order leaves out stages of type %: %', stages, bad USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Name every stage once; drop_stage() takes one away.';
    ELSIF labels = present THEN
        RAISE NOTICE 'the stages of type % are in this order already', stages;
        RETURN;
    END IF;
    swap := journey.swap_statements(stages, labels, NULL, NULL);
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        IF one.rules ~ '\m(forward|next|back)\M' THEN
            plan := plan || jsonb_build_object('warning', format('the rules of column %I of %s have families of moves, which follow the order', one.column_name, one.name));
        END IF;
        tail := tail
            || journey.view_plan(one.rel, one.column_name, one.journey_column, NULL, NULL,
                ARRAY(SELECT l FROM unnest(present) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n),
                ARRAY(SELECT l FROM unnest(labels) WITH ORDINALITY u (l, n) WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n), swap.views)
            || jsonb_build_object('statement', format('SELECT journey.check_transition(%L, %L, %L, %L)', one.name, one.column_name, one.journey_column, one.rules))
            || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', one.name, one.column_name));
    END LOOP;
    RETURN QUERY SELECT * FROM journey.run_plan(plan || swap.before || swap.after || tail, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.reorder_stages(pg_catalog.regtype, pg_catalog.text[], pg_catalog.bool) IS
    'puts the stages of an enum into another order, and makes anew what depends on it; returns the statements and the rows they touched';
-- import: histories that other systems have written, and tables that have stages already

CREATE FUNCTION journey.import_time(value pg_catalog.text) RETURNS pg_catalog.timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    result timestamptz;
BEGIN
    -- milliseconds since 1970
    IF value ~ '^\d{12,14}$' THEN
        RETURN timestamptz 'epoch' + value::bigint * interval '1 millisecond';
    END IF;
    result := value::timestamptz;
    RETURN CASE WHEN isfinite(result) THEN result END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION journey.import_time(pg_catalog.text) IS
    'a time of an export: text as PostgreSQL reads it, or milliseconds since 1970; NULL for what is no time';

CREATE FUNCTION journey.import_shapes()
    RETURNS TABLE (shape pg_catalog.text, role pg_catalog.text, needed pg_catalog.bool, names pg_catalog.text[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 45 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY VALUES
        ('moves', 'key', true, '{key,entity_id,record_id,id_of}'::text[]), ('moves', 'from', false, '{from_stage,from,old_stage,from_status,old_status,old_value}'),
        ('moves', 'to', true, '{to_stage,to,new_stage,to_status,new_status,new_value,stage,status}'), ('moves', 'at', true, '{at,changed_at,moved_at,created_at,date}'), ('moves', 'order', false, '{log_id,id,n}'),
        ('odoo', 'key', true, '{res_id}'), ('odoo', 'from', false, '{old_value_char}'), ('odoo', 'to', true, '{new_value_char}'),
        ('odoo', 'at', true, '{date,create_date}'), ('odoo', 'field', false, '{field,field_name}'), ('odoo', 'order', false, '{id,tracking_id}'),
        ('frappe', 'key', true, '{parent}'), ('frappe', 'from', true, '{from}'), ('frappe', 'to', false, '{to}'),
        ('frappe', 'at', true, '{from_date}'), ('frappe', 'until', false, '{to_date}'), ('frappe', 'order', false, '{idx}'),
        ('mautic', 'key', true, '{lead_id}'), ('mautic', 'to', true, '{event_name}'), ('mautic', 'at', true, '{date_added}'), ('mautic', 'order', false, '{id}'),
        ('hubspot', 'key', true, '{dealid,deal_id,contactid,contact_id,objectid,object_id,"record id",record_id,hs_object_id,id}'), ('hubspot', 'to', true, '{value,"property value",property_value}'),
        ('hubspot', 'at', true, '{timestamp,"change date",change_date,changed_at}'), ('hubspot', 'field', false, '{property,"property name",property_name}'),
        ('hubspot_wide', 'key', true, '{hs_object_id,"record id",record_id,dealid,deal_id,id}'),
        ('salesforce', 'key', true, '{opportunityid,leadid,opportunity_id,lead_id}'), ('salesforce', 'from', false, '{oldvalue,old_value}'), ('salesforce', 'to', true, '{newvalue,new_value}'),
        ('salesforce', 'at', true, '{createddate,created_date}'), ('salesforce', 'field', false, '{field}'), ('salesforce', 'order', false, '{id}'),
        ('salesforce_stage', 'key', true, '{opportunityid,opportunity_id}'), ('salesforce_stage', 'to', true, '{stagename,stage_name}'),
        ('salesforce_stage', 'at', true, '{createddate,created_date}'), ('salesforce_stage', 'order', false, '{id}');
END
$function$;
COMMENT ON FUNCTION journey.import_shapes() IS
    'the shapes of history that import_history reads: what each column is for, and by what names it is found';

CREATE FUNCTION journey.history_query(source pg_catalog.regclass, shape pg_catalog.text, columns pg_catalog.jsonb DEFAULT NULL)
    RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    place jsonb := '{}';        -- role to column
    fields text[];
    said text;
    one record;
    wide text[];
BEGIN
    IF source IS NULL OR shape IS NULL THEN
        RAISE EXCEPTION 'source and shape must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT EXISTS (SELECT FROM journey.import_shapes() s WHERE s.shape = shape) THEN
        RAISE EXCEPTION 'unknown shape of history "%"', shape USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The shapes are: %s.', (SELECT string_agg(DISTINCT s.shape, ', ' ORDER BY s.shape) FROM journey.import_shapes() s));
    ELSIF jsonb_typeof(columns) <> 'object' THEN
        RAISE EXCEPTION 'columns must be a JSON object of roles and column names' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") INTO said FROM jsonb_object_keys(COALESCE(columns, '{}')) k
        WHERE k NOT IN (SELECT s.role FROM journey.import_shapes() s WHERE s.shape = shape);
    IF said IS NOT NULL THEN
        RAISE EXCEPTION 'shape "%" has no column for: %', shape, said USING ERRCODE = 'invalid_parameter_value',
            HINT = format('It has: %s.', (SELECT string_agg(s.role, ', ') FROM journey.import_shapes() s WHERE s.shape = shape));
    END IF;
    FOR one IN SELECT s.role, s.needed, s.names FROM journey.import_shapes() s WHERE s.shape = shape LOOP
        IF columns ? one.role THEN
            PERFORM FROM pg_attribute a WHERE a.attrelid = source AND a.attname = columns ->> one.role AND a.attnum > 0 AND NOT a.attisdropped;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'column "%" of % does not exist', columns ->> one.role, source USING ERRCODE = 'undefined_column';
            END IF;
            place := place || jsonb_build_object(one.role, columns ->> one.role);
        ELSE
            SELECT a.attname INTO said FROM pg_attribute a
                WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND lower(a.attname) = ANY (one.names)
                ORDER BY array_position(one.names, lower(a.attname)), a.attnum LIMIT 1;
            IF FOUND THEN
                place := place || jsonb_build_object(one.role, said);
            ELSIF one.needed THEN
                RAISE EXCEPTION '% has no column for "%" of shape "%"', source, one.role, shape USING ERRCODE = 'undefined_column',
                    DETAIL = format('Looked for: %s.', array_to_string(one.names, ', ')), HINT = format('Name it: columns => ''{"%s": "..."}''.', one.role);
            END IF;
        END IF;
    END LOOP;

    IF shape = 'hubspot_wide' THEN
        SELECT array_agg(format('(%L, s.%I::text, %s)', regexp_replace(a.attname, '^hs_(v2_)?date_entered_', '', 'i'), a.attname,
                   COALESCE((SELECT format('s.%I::text', x.attname) FROM pg_attribute x WHERE x.attrelid = source AND x.attnum > 0 AND NOT x.attisdropped
                             AND lower(x.attname) = replace(lower(a.attname), 'date_entered_', 'date_exited_') LIMIT 1), 'NULL')) ORDER BY a.attnum)
            INTO wide FROM pg_attribute a
            WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~* '^hs_(v2_)?date_entered_.';
        IF wide IS NULL THEN
            RAISE EXCEPTION '% has no column hs_date_entered_... or hs_v2_date_entered_...', source USING ERRCODE = 'undefined_column';
        END IF;
        RETURN format('SELECT row_number() OVER () AS n, s.%I::text AS key, NULL::text AS from_raw, w.label AS raw, w.entered AS at_raw, w.exited AS until_raw, NULL::text AS next_raw FROM %s s CROSS JOIN LATERAL (VALUES %s) w (label, entered, exited) WHERE w.entered <> ''''',
            place ->> 'key', source, array_to_string(wide, ', '));
    END IF;

    fields := CASE shape WHEN 'odoo' THEN '{stage_id}'::text[] WHEN 'hubspot' THEN '{dealstage,lifecyclestage,hs_pipeline_stage,hs_lead_status}'
                         WHEN 'salesforce' THEN '{stagename,status}' END;
    RETURN format('SELECT row_number() OVER (%s) AS n, s.%I::text AS key, %s AS from_raw, %s AS raw, s.%I::text AS at_raw, %s AS until_raw, %s AS next_raw FROM %s s%s',
        CASE WHEN place ? 'order' THEN format('ORDER BY s.%I', place ->> 'order') ELSE '' END,
        place ->> 'key',
        CASE WHEN place ? 'from' AND shape <> 'frappe' THEN format('s.%I::text', place ->> 'from') ELSE 'NULL::text' END,
        CASE shape WHEN 'frappe' THEN format('s.%I::text', place ->> 'from')
                   WHEN 'mautic' THEN format('regexp_replace(s.%I::text, ''^\d+ ?: ?'', '''')', place ->> 'to')
                   ELSE format('s.%I::text', place ->> 'to') END,
        place ->> 'at',
        CASE WHEN place ? 'until' THEN format('s.%I::text', place ->> 'until') ELSE 'NULL::text' END,
        CASE WHEN shape = 'frappe' AND place ? 'to' THEN format('s.%I::text', place ->> 'to') ELSE 'NULL::text' END,
        source,
        CASE WHEN place ? 'field' AND fields IS NOT NULL THEN format(' WHERE lower(s.%I::text) = ANY (%L)', place ->> 'field', fields) ELSE '' END);
END
$function$;
COMMENT ON FUNCTION journey.history_query(pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb) IS
    'the query that reads a history of one of the shapes: number, key, stage before, stage, time, end and stage after, as text';

-- $1 value_map, $2 labels
CREATE FUNCTION journey.history_steps(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text, columns pg_catalog.jsonb,
    key_column pg_catalog.text, created_column pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key text := key_column;
    n integer;
    bad text;
BEGIN
    IF key IS NULL THEN
        SELECT min(k.column_name), count(*) INTO key, n FROM journey.key_columns(target, '{}') k;
        IF n <> 1 THEN
            RAISE EXCEPTION 'table % has % columns in its primary key', target, n USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Say which column the history means: key_column => ''...''.';
        END IF;
    END IF;
    SELECT c INTO bad FROM unnest(ARRAY[key, created_column]) c
        WHERE c IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped);
    IF FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', bad, target USING ERRCODE = 'undefined_column';
    END IF;
    RETURN format($query$
WITH raw AS MATERIALIZED (
    SELECT r.n, r.key, journey.import_time(NULLIF(r.at_raw, '')) AS at, journey.import_time(NULLIF(r.until_raw, '')) AS until, r.at_raw,
           NULLIF(r.raw, '') AS raw, NULLIF(CASE WHEN $1 ? r.raw THEN $1 ->> r.raw ELSE r.raw END, '') AS stage,
           NULLIF(CASE WHEN $1 ? r.from_raw THEN $1 ->> r.from_raw ELSE r.from_raw END, '') AS from_stage,
           NULLIF(CASE WHEN $1 ? r.next_raw THEN $1 ->> r.next_raw ELSE r.next_raw END, '') AS next_stage,
           -- a label that is mapped to null is left out on purpose
           COALESCE($1 ? r.raw AND $1 ->> r.raw IS NULL, false) AS left_out
    FROM (%s) r
), known AS MATERIALIZED (
    SELECT t.%I::text AS key, %s AS created FROM %s t WHERE t.%2$I IS NOT NULL
), good AS MATERIALIZED (
    SELECT DISTINCT ON (r.key, r.at, r.stage) r.*, k.created
    FROM raw r JOIN known k ON k.key = r.key
    WHERE r.at IS NOT NULL AND r.stage = ANY ($2)
    ORDER BY r.key, r.at, r.stage, r.n
), chain AS MATERIALIZED (
    -- what has one time keeps the order it was written in, a microsecond apart
    SELECT g.*, g.at + (row_number() OVER (PARTITION BY g.key, g.at ORDER BY g.n) - 1) * interval '1 microsecond' AS moved_at,
           lag(g.stage) OVER w AS before, lag(g.at) OVER w AS before_at, lag(g.until) OVER w AS before_until, lag(g.next_stage) OVER w AS before_next,
           lead(g.n) OVER w AS after
    FROM good g WINDOW w AS (PARTITION BY g.key ORDER BY g.at, g.n)
), entries AS (
    SELECT c.key, c.stage, c.moved_at AS at FROM chain c
    UNION ALL
    -- the stage that was left and that nothing tells the beginning of
    SELECT c.key, c.from_stage, CASE WHEN c.before IS NULL AND c.created < c.moved_at THEN c.created ELSE c.moved_at - interval '1 microsecond' END
    FROM chain c
    WHERE c.from_stage = ANY ($2) AND c.from_stage <> c.stage AND c.from_stage IS DISTINCT FROM c.before
      AND (c.before_at IS NULL OR c.before_at < c.at - interval '1 microsecond')
    UNION ALL
    SELECT c.key, c.next_stage, c.until FROM chain c
    WHERE c.after IS NULL AND c.next_stage = ANY ($2) AND c.until > c.moved_at
), built AS MATERIALIZED (
    SELECT e.key, journey.collapse(journey.journey_agg(e.stage, e.at)) AS journey FROM entries e GROUP BY e.key
)
$query$, journey.history_query(source, shape, columns), key,
        CASE WHEN created_column IS NULL THEN 'NULL::timestamptz' ELSE format('t.%I::timestamptz', created_column) END, target);
END
$function$;
COMMENT ON FUNCTION journey.history_steps(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text) IS
    'the steps from the rows of a history to journeys, as the WITH clause of a query';

CREATE FUNCTION journey.import_report(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
    value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL, key_column pg_catalog.text DEFAULT NULL,
    created_column pg_catalog.text DEFAULT NULL, stage_column pg_catalog.text DEFAULT NULL, time_zone pg_catalog.text DEFAULT 'UTC')
    RETURNS TABLE (problem pg_catalog.text, rows pg_catalog.int8, examples pg_catalog.jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 14 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'
AS $function$
#variable_conflict use_variable
DECLARE
    it CONSTANT record := journey.tracked_column(target, stage_column);
    steps CONSTANT text := journey.history_steps(target, source, shape, columns, key_column, created_column);
BEGIN
    IF jsonb_typeof(COALESCE(value_map, '{}')) <> 'object' THEN
        RAISE EXCEPTION 'value_map must be a JSON object of labels and stages' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    RETURN QUERY EXECUTE steps || format($query$

, present AS MATERIALIZED (
    SELECT t.%1$s::text AS key, t.%2$I::text AS stage, journey.length(t.%5$I) AS length FROM %6$s t WHERE t.%1$s IS NOT NULL
), ordered AS (
    SELECT r.*, lag(r.at) OVER (PARTITION BY r.key ORDER BY r.n) AS written_before FROM raw r WHERE r.at IS NOT NULL
), problems (rank, problem, n, example) AS (
    SELECT 3, 'no key', r.n, jsonb_build_object('stage', r.raw, 'at', r.at_raw) FROM raw r WHERE r.key IS NULL
    UNION ALL
    SELECT 4, 'unknown key', r.n, jsonb_build_object('key', r.key) FROM raw r WHERE r.key IS NOT NULL AND r.key NOT IN (SELECT k.key FROM known k)
    UNION ALL
    SELECT 5, 'no time', r.n, jsonb_build_object('key', r.key, 'stage', r.raw, 'at', r.at_raw) FROM raw r WHERE r.at IS NULL
    UNION ALL
    SELECT 6, 'unknown stage', r.n, jsonb_build_object('key', r.key, 'stage', r.raw) FROM raw r WHERE NOT r.left_out AND (r.stage IS NULL OR r.stage <> ALL ($2))
    UNION ALL
    SELECT 7, 'duplicate', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at)
    FROM (SELECT r.*, row_number() OVER (PARTITION BY r.key, r.at, r.stage ORDER BY r.n) AS again FROM raw r WHERE r.key IS NOT NULL AND r.at IS NOT NULL AND r.stage = ANY ($2)) r WHERE r.again > 1
    UNION ALL
    SELECT 8, 'in the future', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at) FROM raw r WHERE r.at > now()
    UNION ALL
    SELECT 9, 'out of order', o.n, jsonb_build_object('key', o.key, 'stage', o.stage, 'at', o.at, 'after', o.written_before) FROM ordered o WHERE o.at < o.written_before AND %4$s
    UNION ALL
    SELECT 10, 'same time', c.n, jsonb_build_object('key', c.key, 'stages', jsonb_build_array(c.before, c.stage), 'at', c.at) FROM chain c WHERE c.at = c.before_at
    UNION ALL
    SELECT 11, 'negative duration', r.n, jsonb_build_object('key', r.key, 'stage', r.stage, 'at', r.at, 'until', r.until) FROM raw r WHERE r.until < r.at
    UNION ALL
    SELECT 12, 'gap', c.n, jsonb_build_object('key', c.key, 'at', c.at, 'was', c.before, 'from', c.from_stage) FROM chain c
    WHERE c.before IS NOT NULL AND c.from_stage IS NOT NULL AND c.from_stage <> c.before
    UNION ALL
    SELECT 12, 'gap', c.n, jsonb_build_object('key', c.key, 'at', c.at, 'was', c.before_next, 'from', c.stage) FROM chain c
    WHERE c.before_next IS NOT NULL AND c.before_next <> c.stage
    UNION ALL
    SELECT 13, 'gap in time', c.n, jsonb_build_object('key', c.key, 'stage', c.before, 'until', c.before_until, 'next', c.at) FROM chain c
    WHERE %3$s AND (c.before_until IS NULL AND c.before IS NOT NULL OR abs(extract(epoch FROM c.at - c.before_until)) > 1)
    UNION ALL
    SELECT 14, 'move not allowed', row_number() OVER (ORDER BY b.key, m.at), jsonb_build_object('key', b.key, 'from', m.from_label, 'to', m.to_label, 'at', m.at)
    FROM built b CROSS JOIN LATERAL journey.moves(b.journey) m
    WHERE (m.from_label, m.to_label) NOT IN (SELECT x.from_stage, x.to_stage FROM journey.rule_moves($3, $4) x WHERE x.from_stage IS NOT NULL)
    UNION ALL
    SELECT 15, 'ends elsewhere', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key, 'stage', t.stage, 'history', journey.current(b.journey))
    FROM present t JOIN built b ON b.key = t.key WHERE t.stage COLLATE "C" <> journey.current(b.journey)
    UNION ALL
    SELECT 16, 'no stage now', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t JOIN built b ON b.key = t.key WHERE t.stage IS NULL
    UNION ALL
    SELECT 17, 'no history', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t WHERE t.stage IS NOT NULL AND t.key NOT IN (SELECT b.key FROM built b)
    UNION ALL
    SELECT 18, 'has a journey', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t JOIN built b ON b.key = t.key WHERE t.length > 1
), counted AS (
    SELECT p.rank, p.problem, p.example, row_number() OVER (PARTITION BY p.problem ORDER BY p.n) AS i FROM problems p
)
SELECT x.problem, x.rows, x.examples FROM (
    SELECT 1 AS rank, 'rows read' AS problem, count(*) AS rows, NULL::jsonb AS examples FROM raw
    UNION ALL
    SELECT 2, 'journeys built', count(*), NULL FROM built
    UNION ALL
    SELECT c.rank, c.problem, count(*), jsonb_agg(c.example ORDER BY c.i) FILTER (WHERE c.i <= 5) FROM counted c GROUP BY c.rank, c.problem
) x ORDER BY x.rank
$query$, quote_ident(COALESCE(key_column, (SELECT min(k.column_name) FROM journey.key_columns(target, '{}') k))), it.stage,
        CASE shape WHEN 'frappe' THEN 'true' ELSE 'false' END,
        -- the others have no number that says in which order they were written
        CASE WHEN shape IN ('moves', 'odoo', 'frappe', 'mautic') THEN 'true' ELSE 'false' END, it.journey, target)
        USING COALESCE(value_map, '{}'), journey.stage_labels(it.stage_type), it.rules, it.stage_type;
END
$function$;
COMMENT ON FUNCTION journey.import_report(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.text,
    pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'what an import of a history would find: rows, journeys, and what is odd about them, with examples';

CREATE FUNCTION journey.import_history(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
    value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL, key_column pg_catalog.text DEFAULT NULL,
    created_column pg_catalog.text DEFAULT NULL, stage_column pg_catalog.text DEFAULT NULL, time_zone pg_catalog.text DEFAULT 'UTC',
    existing pg_catalog.text DEFAULT 'keep', refuse pg_catalog.text[] DEFAULT '{no time,unknown stage}', dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (problem pg_catalog.text, rows pg_catalog.int8, examples pg_catalog.jsonb)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 15 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    it CONSTANT record := journey.tracked_column(target, stage_column);
    held CONSTANT record := journey.suspend_statements(target, NULL);
    known CONSTANT text[] := '{no key,unknown key,no time,unknown stage,duplicate,in the future,out of order,same time,negative duration,gap,gap in time,move not allowed,ends elsewhere,no stage now,no history,has a journey}';
    bad text;
    statement text;
    key text;
BEGIN
    IF existing IS NULL OR existing NOT IN ('keep', 'replace') THEN
        RAISE EXCEPTION 'existing must be "keep" or "replace", not %', COALESCE(quote_ident(existing), 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r INTO bad FROM unnest(refuse) r WHERE r IS NULL OR r <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'there is no problem "%" to refuse', COALESCE(bad, 'null') USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Problems are: %s.', array_to_string(known, ', '));
    ELSIF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target) THEN
        RAISE EXCEPTION 'must be owner of table %', target USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT COALESCE(dry_run, false) THEN
        IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
            RAISE EXCEPTION 'a history cannot be imported at isolation level %', current_setting('transaction_isolation')
                USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
        END IF;
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
    END IF;
    bad := NULL;
    FOR problem, rows, examples IN
        SELECT * FROM journey.import_report(target, source, shape, value_map, columns, key_column, created_column, stage_column, time_zone)
    LOOP
        IF problem = ANY (refuse) THEN
            bad := concat_ws(E'\n', bad, format('%s: %s, for instance %s', problem, rows, examples -> 0));
        END IF;
        RETURN NEXT;
    END LOOP;
    IF COALESCE(dry_run, false) THEN
        RETURN;
    ELSIF bad IS NOT NULL THEN
        RAISE EXCEPTION 'the history in % is not imported', source USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = bad,
            HINT = 'Correct it, map labels with value_map, or leave such rows out: refuse => ''{}''. import_report() shows more.';
    END IF;

    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    key := COALESCE(key_column, (SELECT min(k.column_name) FROM journey.key_columns(target, '{}') k));
    FOREACH statement IN ARRAY held.before LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE journey.history_steps(target, source, shape, columns, key_column, created_column) || format($query$
UPDATE %s%s t SET %I = CASE WHEN journey.current(b.journey) = t.%I::text COLLATE "C" THEN b.journey ELSE journey.append(b.journey, t.%4$I::text, now()) END
FROM built b WHERE b.key = t.%I::text AND t.%4$I IS NOT NULL%6$s
$query$, CASE WHEN (SELECT c.relkind = 'r' FROM pg_class c WHERE c.oid = target) THEN 'ONLY ' ELSE '' END, target, it.journey, it.stage, key,
        CASE existing WHEN 'keep' THEN format(' AND COALESCE(journey.length(t.%I), 0) <= 1', it.journey) ELSE '' END)
        USING COALESCE(value_map, '{}'), journey.stage_labels(it.stage_type);
    GET DIAGNOSTICS rows = ROW_COUNT;
    FOREACH statement IN ARRAY held.after LOOP
        EXECUTE statement;
    END LOOP;
    problem := 'rows imported';
    examples := NULL;
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION journey.import_history(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.text,
    pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.bool) IS
    'fills the journeys of a tracked table from the stage log of another system, all rows or none; returns what was odd about it';

CREATE FUNCTION journey.suggest_rules(target pg_catalog.regclass, key_column pg_catalog.text, source pg_catalog.regclass, shape pg_catalog.text,
    labels pg_catalog.text[], value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL,
    min_count pg_catalog.int8 DEFAULT 1, time_zone pg_catalog.text DEFAULT 'UTC',
    OUT rules pg_catalog.text, OUT moves pg_catalog.jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC'
AS $function$
#variable_conflict use_variable
BEGIN
    PERFORM set_config('TimeZone', COALESCE(time_zone, 'UTC'), true);
    EXECUTE journey.history_steps(target, source, shape, columns, key_column, NULL) || $query$
, seen AS (
    SELECT NULL::text AS f, x.label AS t, count(*) AS n
    FROM built b CROSS JOIN LATERAL (SELECT e.label FROM journey.events(b.journey) e ORDER BY e.at LIMIT 1) x GROUP BY 2
    UNION ALL
    SELECT m.from_label, m.to_label, count(*) FROM built b CROSS JOIN LATERAL journey.moves(b.journey) m GROUP BY 1, 2
), kept AS (
    SELECT s.f, string_agg('"' || replace(s.t, '"', '""') || '"', ', ' ORDER BY array_position($2, s.t)) AS t FROM seen s WHERE s.n >= $3 GROUP BY s.f
)
SELECT (SELECT string_agg(COALESCE('"' || replace(k.f, '"', '""') || '"', 'new') || ' -> ' || k.t, E';\n' ORDER BY array_position($2, k.f) NULLS FIRST) FROM kept k),
       (SELECT jsonb_agg(jsonb_build_object('from', s.f, 'to', s.t, 'count', s.n) ORDER BY array_position($2, s.f) NULLS FIRST, array_position($2, s.t)) FROM seen s)
$query$ INTO rules, moves USING COALESCE(value_map, '{}'), labels, COALESCE(min_count, 1);
END
$function$;
COMMENT ON FUNCTION journey.suggest_rules(pg_catalog.regclass, pg_catalog.text, pg_catalog.regclass, pg_catalog.text, pg_catalog.text[], pg_catalog.jsonb,
    pg_catalog.jsonb, pg_catalog.int8, pg_catalog.text) IS
    'rules that allow the moves a history shows at least so often, and how often it shows each';

CREATE FUNCTION journey.adopt(rel pg_catalog.regclass, stage_column pg_catalog.text, rules pg_catalog.text DEFAULT NULL,
    labels pg_catalog.text[] DEFAULT NULL, type_name pg_catalog.text DEFAULT NULL, value_map pg_catalog.jsonb DEFAULT NULL,
    history pg_catalog.regclass DEFAULT NULL, shape pg_catalog.text DEFAULT 'moves', columns pg_catalog.jsonb DEFAULT NULL,
    key_column pg_catalog.text DEFAULT NULL, created_column pg_catalog.text DEFAULT NULL, min_count pg_catalog.int8 DEFAULT 1,
    log pg_catalog.bool DEFAULT false, views pg_catalog.bool DEFAULT true, dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    tbl record;
    col record;
    fk record;
    map jsonb := COALESCE(value_map, '{}');     -- of what the column holds to labels
    stages text;                                -- the enum, as SQL
    present text[];
    bad text;
    seen jsonb;
    plan jsonb := '[]';
    notes jsonb := '[]';
    one record;
    n bigint;
BEGIN
    IF rel IS NULL OR stage_column IS NULL THEN
        RAISE EXCEPTION 'table and stage column must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT format('%I.%I', ns.nspname, c.relname) AS name, c.relname, ns.nspname, c.relowner, c.relkind INTO tbl
        FROM pg_class c JOIN pg_namespace ns ON ns.oid = c.relnamespace WHERE c.oid = rel;
    IF NOT FOUND OR tbl.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '% is no table', rel USING ERRCODE = 'wrong_object_type';
    ELSIF NOT pg_has_role(tbl.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', rel USING ERRCODE = 'insufficient_privilege';
    ELSIF jsonb_typeof(map) <> 'object' THEN
        RAISE EXCEPTION 'value_map must be a JSON object of values and labels' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT a.attnum, a.atttypid, a.attgenerated, a.attidentity, y.typcategory, journey.stage_labels(a.atttypid) AS labels, pg_get_expr(d.adbin, d.adrelid) AS fallback INTO col
        FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = rel AND a.attname = stage_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table % does not exist', stage_column, rel USING ERRCODE = 'undefined_column';
    ELSIF EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = rel AND t.stage_column = stage_column) THEN
        RAISE EXCEPTION 'column "%" of table % is tracked already', stage_column, rel USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Its history is read by journey.import_history().';
    ELSIF col.attgenerated <> '' THEN
        RAISE EXCEPTION 'column "%" of table % is generated', stage_column, rel USING ERRCODE = 'invalid_column_reference';
    END IF;

    IF col.labels IS NOT NULL THEN
        stages := format_type(journey.stage_type(col.atttypid), NULL);
        IF labels IS NOT NULL AND labels <> col.labels THEN
            RAISE EXCEPTION 'column "%" of table % is of an enum already, with other labels', stage_column, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Change them with journey.rename_stage() and its kin.';
        END IF;
        labels := col.labels;
    ELSE
        -- a foreign key to a table of stages: its rows are the labels
        SELECT k.conname, k.confrelid, f.attname AS refers_to,
               (SELECT x.attname FROM pg_attribute x JOIN pg_type y ON y.oid = x.atttypid
                WHERE x.attrelid = k.confrelid AND x.attnum > 0 AND NOT x.attisdropped AND y.typcategory = 'S'
                ORDER BY array_position('{label,name,title,code,stage}'::text[], lower(x.attname)) NULLS LAST, x.attnum LIMIT 1) AS named_by,
               (SELECT x.attname FROM pg_attribute x
                WHERE x.attrelid = k.confrelid AND x.attnum > 0 AND NOT x.attisdropped AND lower(x.attname) = ANY ('{position,sequence,sort_order,sort,ordinal,weight}')
                ORDER BY x.attnum LIMIT 1) AS sorted_by
            INTO fk FROM pg_constraint k JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
            WHERE k.conrelid = rel AND k.contype = 'f' AND k.conkey = ARRAY[col.attnum] AND k.conparentid = 0 ORDER BY k.conname LIMIT 1;
        IF fk.conname IS NOT NULL THEN
            IF fk.named_by IS NULL THEN
                RAISE EXCEPTION 'table %, to which column "%" refers, has no text column to name stages by', fk.confrelid::regclass, stage_column USING ERRCODE = 'undefined_column';
            END IF;
            EXECUTE format('SELECT jsonb_object_agg(s.%I::text, s.%I), array_agg(s.%2$I::text ORDER BY s.%3$I, s.%1$I) FROM %4$s s',
                fk.refers_to, fk.named_by, COALESCE(fk.sorted_by, fk.refers_to), fk.confrelid::regclass) INTO seen, present;
            -- labels can be mapped on
            SELECT jsonb_object_agg(e.key, COALESCE(value_map ->> e.key, value_map ->> e.value, e.value)) INTO map FROM jsonb_each_text(COALESCE(seen, '{}')) e;
            map := COALESCE(map, '{}') || COALESCE(value_map, '{}');
            SELECT array_agg(x.l ORDER BY x.i) INTO present
                FROM (SELECT COALESCE(value_map ->> l, l) AS l, min(i) AS i FROM unnest(present) WITH ORDINALITY u (l, i) GROUP BY 1) x;
        ELSIF col.typcategory <> 'S' AND labels IS NULL THEN
            RAISE EXCEPTION 'column "%" of table % is %, and refers to no table of stages', stage_column, rel, format_type(col.atttypid, NULL)
                USING ERRCODE = 'datatype_mismatch', HINT = 'Say what its values mean: value_map => ''{"1": "lead", ...}'', labels => ARRAY[''lead'', ...].';
        ELSE
            EXECUTE format('SELECT array_agg(l ORDER BY l COLLATE "C") FROM (SELECT DISTINCT CASE WHEN $1 ? v THEN $1 ->> v ELSE v END AS l FROM (SELECT NULLIF(t.%I::text, '''') AS v FROM %s t) x) y WHERE l IS NOT NULL',
                stage_column, tbl.name) INTO present USING map;
            IF labels IS NULL THEN
                notes := notes || jsonb_build_object('warning', format('the order of the stages is that of the alphabet; labels => ARRAY[...] gives another: %s', array_to_string(present, ', ')));
            END IF;
        END IF;
        labels := COALESCE(labels, present, '{}');
        -- what the column holds must be a label
        EXECUTE format('SELECT min(v), count(*) FROM (SELECT NULLIF(t.%I::text, '''') AS v FROM %s t) x WHERE v IS NOT NULL AND CASE WHEN $1 ? v THEN $1 ->> v ELSE v END <> ALL ($2)',
            stage_column, tbl.name) INTO bad, n USING map, labels;
        IF n > 0 THEN
            RAISE EXCEPTION '% % of table % % a value that is no stage, for instance "%"', n, CASE n WHEN 1 THEN 'row' ELSE 'rows' END, rel, CASE n WHEN 1 THEN 'has' ELSE 'have' END, bad
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Add it to labels, or map it: value_map => ''{"...": "..."}''.';
        END IF;
        type_name := COALESCE(type_name, format('%I', journey.object_name(tbl.relname || '_' || stage_column, '')));
        stages := CASE cardinality(parse_ident(type_name)) WHEN 1 THEN format('%I.%I', tbl.nspname, (parse_ident(type_name))[1]) ELSE format('%I.%I', (parse_ident(type_name))[1], (parse_ident(type_name))[2]) END;
        plan := plan || jsonb_build_object('statement', format('SELECT journey.create_stages(%L, %L::pg_catalog.text[])', stages, labels));
        IF fk.conname IS NOT NULL THEN
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s DROP CONSTRAINT %I', tbl.name, fk.conname));
        END IF;
        FOR one IN SELECT k.conname, pg_get_constraintdef(k.oid) AS said FROM pg_constraint k WHERE k.conrelid = rel AND k.contype = 'c' AND k.conkey = ARRAY[col.attnum] AND k.coninhcount = 0 ORDER BY k.conname LOOP
            notes := notes || jsonb_build_object('warning', format('constraint %I is dropped, as the type takes its place: %s', one.conname, one.said));
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s DROP CONSTRAINT %I', tbl.name, one.conname));
        END LOOP;
        IF col.attidentity <> '' THEN
            RAISE EXCEPTION 'column "%" of table % is an identity column', stage_column, rel USING ERRCODE = 'invalid_column_reference';
        ELSIF col.fallback IS NOT NULL THEN
            plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', tbl.name, stage_column));
        END IF;
        plan := plan || jsonb_build_object('count', format('SELECT count(*) FROM %s', tbl.name),
            'statement', format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING (CASE %2$I::pg_catalog.text WHEN '''' THEN NULL%4$s ELSE %2$I::pg_catalog.text END)::%3$s', tbl.name, stage_column, stages,
                (SELECT string_agg(format(' WHEN %L THEN %L', e.key, e.value), '' ORDER BY e.key COLLATE "C") FROM jsonb_each_text(map) e)));
        IF col.fallback IS NOT NULL THEN
            IF col.fallback !~ '^(''([^'']|'''')*''(::[a-z ]+)?|[0-9]+)$' THEN
                RAISE EXCEPTION 'the default of column "%" of table % is no constant: %', stage_column, rel, col.fallback
                    USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Drop it first, and set another afterwards.';
            END IF;
            EXECUTE format('SELECT (%s)::text', col.fallback) INTO bad;
            bad := CASE WHEN map ? bad THEN map ->> bad ELSE bad END;
            IF bad = ANY (labels) THEN
                plan := plan || jsonb_build_object('statement', format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %L', tbl.name, stage_column, bad));
            ELSE
                notes := notes || jsonb_build_object('warning', format('the default %s is no stage and is dropped', col.fallback));
            END IF;
        END IF;
    END IF;

    -- the rules, given or seen
    IF history IS NOT NULL THEN
        SELECT s.rules, s.moves INTO one FROM journey.suggest_rules(rel, key_column, history, shape, labels, map, columns, min_count) s;
        notes := notes || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('the history has %s -> %s: %s', COALESCE(quote_ident(m ->> 'from'), 'new'), quote_ident(m ->> 'to'), m ->> 'count')) ORDER BY i)
                                    FROM jsonb_array_elements(one.moves) WITH ORDINALITY u (m, i)), '[]');
        IF rules IS NULL AND one.rules IS NOT NULL THEN
            rules := one.rules;
            notes := notes || jsonb_build_object('warning', E'rules are taken from the history:\n' || rules);
        END IF;
    END IF;
    IF rules IS NULL THEN
        rules := 'new, * -> *';
        notes := notes || jsonb_build_object('warning', 'no rules are given, and no history: every move is allowed');
    END IF;
    plan := plan || jsonb_build_object('statement', format('SELECT count(*) FROM journey.track(%L, %L, %L, log => %L, views => %L, adopt => true)', tbl.name, stage_column, rules, log, views));
    IF history IS NOT NULL THEN
        plan := plan || jsonb_build_object('result', true, 'statement', format('SELECT sum(rows) FILTER (WHERE problem = ''rows imported'') FROM journey.import_history(%L, %L, %L, %L, %L, %L, %L, %L)',
            tbl.name, history::text, shape, map, columns, key_column, created_column, stage_column));
    END IF;
    plan := plan || jsonb_build_object('result', true, 'statement', format('SELECT count(*) FROM journey.verify(%L, %L)', tbl.name, stage_column));
    RETURN QUERY SELECT * FROM journey.run_plan(notes || plan, COALESCE(dry_run, false));
END
$function$;
COMMENT ON FUNCTION journey.adopt(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.jsonb,
    pg_catalog.regclass, pg_catalog.text, pg_catalog.jsonb, pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.bool, pg_catalog.bool, pg_catalog.bool) IS
    'takes over a table that has stages already: enum, journeys from its history, rules from what happened or as given; returns the statements and the rows they touched';
-- funnel: how many customers reached each step

CREATE TYPE journey.funnel;

CREATE FUNCTION journey.funnel_in(pg_catalog.cstring) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_in(pg_catalog.cstring) IS
    'input of type funnel';
CREATE FUNCTION journey.funnel_out(journey.funnel) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'funnel_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_out(journey.funnel) IS
    'output of type funnel';
CREATE FUNCTION journey.funnel_recv(pg_catalog.internal) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_recv(pg_catalog.internal) IS
    'binary input of type funnel';
CREATE FUNCTION journey.funnel_send(journey.funnel) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'funnel_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_send(journey.funnel) IS
    'binary output of type funnel';

CREATE TYPE journey.funnel (
    INPUT = journey.funnel_in,
    OUTPUT = journey.funnel_out,
    RECEIVE = journey.funnel_recv,
    SEND = journey.funnel_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.funnel IS 'how many customers reached each step of a funnel, and how long each step took; funnels add up';

CREATE CAST (journey.funnel AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.funnel AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.funnel) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.funnel) IS 'a funnel from its JSON form';

-- counting

CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[]) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[]) IS
    'transition of funnel';
CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[], pg_catalog.interval) IS
    'transition of funnel with a window';
CREATE FUNCTION journey.funnel_agg_add(journey.funnel, journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval, options pg_catalog.text) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_add' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_agg_add(journey.funnel, journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'transition of funnel with a window and options';
CREATE FUNCTION journey.funnel_agg_combine(journey.funnel, journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_combine' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_agg_combine(journey.funnel, journey.funnel) IS
    'combination of funnel, transition and combination of rollup';
CREATE FUNCTION journey.funnel_agg_final(journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_agg_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_agg_final(journey.funnel) IS
    'the funnel an aggregate has counted';

CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[]) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[]) IS
    'how many of these journeys reached each step, in order; null journeys are ignored, and no rows give null';
CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval) IS
    'how many of these journeys reached each step, in order, within so long after the first; a null window has no end';
CREATE AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval,
        options pg_catalog.text) (
    SFUNC = journey.funnel_agg_add,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel(journey journey.journey, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text) IS
    'how many of these journeys reached each step, within so long after the first, by the rules that the options change';
CREATE AGGREGATE journey.rollup(journey.funnel) (
    SFUNC = journey.funnel_agg_combine,
    STYPE = journey.funnel,
    COMBINEFUNC = journey.funnel_agg_combine,
    FINALFUNC = journey.funnel_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.funnel) IS
    'the sum of funnels that ask the same; nulls are ignored, and no funnels give null';

-- one journey

CREATE FUNCTION journey.funnel_level(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_level' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_level(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'how many steps of a funnel this customer reached';
CREATE FUNCTION journey.funnel_times(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'funnel_times' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_times(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'when this customer took each step of a funnel; null for a step not taken';
CREATE FUNCTION journey.funnel_reached(journey journey.journey, steps pg_catalog.text[],
        within pg_catalog.interval DEFAULT NULL, options pg_catalog.text DEFAULT NULL) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'funnel_reached' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.funnel_reached(journey.journey, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'which steps of a funnel this customer reached';

-- reading

CREATE FUNCTION journey.steps(journey.funnel) RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, reached pg_catalog.int8,
        conversion pg_catalog.float8, conversion_low pg_catalog.float8, conversion_high pg_catalog.float8,
        overall pg_catalog.float8, dropped pg_catalog.int8,
        median pg_catalog.interval, p90 pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'funnel_steps' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.steps(journey.funnel) IS
    'a row for each step: who reached it, which share of those of the step before (with its 95 % Wilson interval) and of all who entered, and how long it took';
CREATE FUNCTION journey.step_time(journey.funnel, step pg_catalog.int4, share pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'funnel_step_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.step_time(journey.funnel, pg_catalog.int4, pg_catalog.float8) IS
    'the time since the step before that this share of those who reached a step did not exceed';
CREATE FUNCTION journey.total(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.total(journey.funnel) IS
    'how many customers the funnel has seen';
CREATE FUNCTION journey.entered(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_entered' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.entered(journey.funnel) IS
    'how many customers reached any step';
CREATE FUNCTION journey.converted(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_converted' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.converted(journey.funnel) IS
    'how many customers reached the last step that is not optional';
CREATE FUNCTION journey.excluded(journey.funnel) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_excluded' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.excluded(journey.funnel) IS
    'how many customers an exclusion kept from a higher step';
CREATE FUNCTION journey.conversion(journey.funnel) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'funnel_conversion' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.conversion(journey.funnel) IS
    'the share of those who entered that reached the last step; null when nobody entered';

-- adding and comparing

CREATE FUNCTION journey.funnel_add(journey.funnel, journey.funnel) RETURNS journey.funnel
    AS 'MODULE_PATHNAME', 'funnel_add' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_add(journey.funnel, journey.funnel) IS
    'implementation of + operator';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel,
    FUNCTION = journey.funnel_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.funnel, journey.funnel) IS 'the funnel of both groups of customers';

CREATE FUNCTION journey.funnel_eq(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_eq(journey.funnel, journey.funnel) IS
    'implementation of = operator';
CREATE FUNCTION journey.funnel_ne(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_ne(journey.funnel, journey.funnel) IS
    'implementation of <> operator';
CREATE FUNCTION journey.funnel_lt(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_lt(journey.funnel, journey.funnel) IS
    'implementation of < operator';
CREATE FUNCTION journey.funnel_le(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_le(journey.funnel, journey.funnel) IS
    'implementation of <= operator';
CREATE FUNCTION journey.funnel_gt(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_gt(journey.funnel, journey.funnel) IS
    'implementation of > operator';
CREATE FUNCTION journey.funnel_ge(journey.funnel, journey.funnel) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'funnel_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_ge(journey.funnel, journey.funnel) IS
    'implementation of >= operator';
CREATE FUNCTION journey.funnel_cmp(journey.funnel, journey.funnel) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_cmp(journey.funnel, journey.funnel) IS
    'less than 0, 0 or more, by the order of funnels';
CREATE FUNCTION journey.funnel_hash(journey.funnel) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'funnel_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_hash(journey.funnel) IS
    'hash value';
CREATE FUNCTION journey.funnel_hash_extended(journey.funnel, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'funnel_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.funnel_hash_extended(journey.funnel, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR journey.= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.funnel, journey.funnel) IS 'the same funnel';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.funnel, journey.funnel) IS 'not the same funnel';
CREATE OPERATOR journey.< (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.funnel, journey.funnel) IS 'before, in an order that serves sorting only';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.funnel, journey.funnel) IS 'before or the same, in an order that serves sorting only';
CREATE OPERATOR journey.> (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.funnel, journey.funnel) IS 'after, in an order that serves sorting only';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.funnel, RIGHTARG = journey.funnel, FUNCTION = journey.funnel_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.funnel, journey.funnel) IS 'after or the same, in an order that serves sorting only';
CREATE OPERATOR CLASS journey.funnel_ops DEFAULT FOR TYPE journey.funnel USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.funnel_cmp(journey.funnel, journey.funnel);
COMMENT ON OPERATOR CLASS journey.funnel_ops USING btree IS 'an order of funnels that serves sorting';
COMMENT ON OPERATOR FAMILY journey.funnel_ops USING btree IS 'an order of funnels that serves sorting';
CREATE OPERATOR CLASS journey.funnel_ops DEFAULT FOR TYPE journey.funnel USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.funnel_hash(journey.funnel),
    FUNCTION 2 journey.funnel_hash_extended(journey.funnel, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.funnel_ops USING hash IS 'equality of funnels';
COMMENT ON OPERATOR FAMILY journey.funnel_ops USING hash IS 'equality of funnels';
-- events: funnels of raw event rows

CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[])
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[]) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[], within pg_catalog.interval)
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[], pg_catalog.interval) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text)
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[])
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[]) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[], within pg_catalog.interval)
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[], pg_catalog.interval) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_accum(pg_catalog.internal, key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text)
    RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_accum(pg_catalog.internal, anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'transition of funnel_events';
CREATE FUNCTION journey.funnel_events_final(pg_catalog.internal) RETURNS journey.funnel
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.funnel_events_final(pg_catalog.internal) IS
    'final function of funnel_events';

CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[]) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[]) IS
    'funnel of raw event rows, grouped by key in one pass';
CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[], within pg_catalog.interval) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[], pg_catalog.interval) IS
    'funnel of raw event rows within a window from the first step, grouped by key in one pass';
CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamptz, event anyelement, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamptz, anyelement, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'funnel of raw event rows with options, grouped by key in one pass';
CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[]) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[]) IS
    'funnel of raw event rows, grouped by key in one pass';
CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[], within pg_catalog.interval) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[], pg_catalog.interval) IS
    'funnel of raw event rows within a window from the first step, grouped by key in one pass';
CREATE AGGREGATE journey.funnel_events(key anycompatible, at pg_catalog.timestamp, event anyelement, steps pg_catalog.text[], within pg_catalog.interval, options pg_catalog.text) (
    SFUNC = journey.funnel_events_accum,
    STYPE = pg_catalog.internal,
    SSPACE = 1024,
    FINALFUNC = journey.funnel_events_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.funnel_events(anycompatible, pg_catalog.timestamp, anyelement, pg_catalog.text[], pg_catalog.interval, pg_catalog.text) IS
    'funnel of raw event rows with options, grouped by key in one pass';
-- window_funnel: how far the rows of one customer came, and the log it is judged by

CREATE TYPE journey.step_log;

CREATE FUNCTION journey.step_log_in(pg_catalog.cstring) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_in(pg_catalog.cstring) IS 'text input of step_log';
CREATE FUNCTION journey.step_log_out(journey.step_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_out(journey.step_log) IS 'text output of step_log';
CREATE FUNCTION journey.step_log_recv(pg_catalog.internal) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_recv(pg_catalog.internal) IS 'binary input of step_log';
CREATE FUNCTION journey.step_log_send(journey.step_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_send(journey.step_log) IS 'binary output of step_log';

CREATE TYPE journey.step_log (
    INPUT = journey.step_log_in,
    OUTPUT = journey.step_log_out,
    RECEIVE = journey.step_log_recv,
    SEND = journey.step_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.step_log IS
    'the rows of one customer with the steps they can fill, and the funnel they are asked about: can be stored and merged';

CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';
CREATE FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[])
    RETURNS journey.step_log
    AS 'MODULE_PATHNAME', 'step_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_accum(journey.step_log, pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'adds one row to a step_log';

CREATE FUNCTION journey.step_log_combine(journey.step_log, journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_combine(journey.step_log, journey.step_log) IS 'two step_logs of the same funnel as one; either may be null';

CREATE FUNCTION journey.step_log_merge(journey.step_log, journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_merge(journey.step_log, journey.step_log) IS 'two step_logs of the same funnel as one';
CREATE OPERATOR journey.|| (
    LEFTARG = journey.step_log, RIGHTARG = journey.step_log,
    FUNCTION = journey.step_log_merge, COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.step_log, journey.step_log) IS 'merge of two step_logs of the same funnel';

-- Final functions answer for a group without rows, too; the accessors of the same name are strict.

CREATE FUNCTION journey.level(journey.step_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'step_log_level' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.level(journey.step_log) IS 'the level that the rows of a step_log reached: 0 to the number of steps';
CREATE FUNCTION journey.reached(journey.step_log) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'step_log_reached' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.reached(journey.step_log) IS 'which steps the rows of a step_log reached, one by one';
CREATE FUNCTION journey.excluded(journey.step_log) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'step_log_excluded' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.excluded(journey.step_log) IS 'whether an excluded row kept the customer from a higher level';
CREATE FUNCTION journey.passes(journey.step_log) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'step_log_passes' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.passes(journey.step_log) IS 'how many times, one after the other, the whole funnel was passed';
CREATE FUNCTION journey.times(journey.step_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamptz' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.times(journey.step_log) IS 'the time of each step of the chain; null where a step was not filled';
CREATE FUNCTION journey.bigint_times(journey.step_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'step_log_times_int8' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.bigint_times(journey.step_log) IS 'the time of each step of the chain, where times are plain numbers';

CREATE FUNCTION journey.step_log_final(journey.step_log) RETURNS journey.step_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.step_log_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_level_final(journey.step_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'step_log_level' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_level_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_timestamptz_final(journey.step_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_timestamptz_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_timestamp_final(journey.step_log) RETURNS pg_catalog.timestamp[]
    AS 'MODULE_PATHNAME', 'step_log_times_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_timestamp_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_date_final(journey.step_log) RETURNS pg_catalog.date[]
    AS 'MODULE_PATHNAME', 'step_log_times_date' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_date_final(journey.step_log) IS 'final function of aggregates over a step_log';
CREATE FUNCTION journey.step_log_times_int8_final(journey.step_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'step_log_times_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.step_log_times_int8_final(journey.step_log) IS 'final function of aggregates over a step_log';

CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.timestamp, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.interval, pg_catalog.text, pg_catalog.date, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.int8, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';
CREATE AGGREGATE journey.window_funnel(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the level that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.window_funnel_times(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the times of the steps that the rows of a group reach in a funnel of conditions';
CREATE AGGREGATE journey.step_log(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 256,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.step_log(pg_catalog.int8, pg_catalog.text, pg_catalog.int8, VARIADIC pg_catalog.bool[]) IS
    'the rows of a group with the steps they can fill: a result that can be stored and merged';

CREATE AGGREGATE journey.rollup(journey.step_log) (
    SFUNC = journey.step_log_combine,
    STYPE = journey.step_log,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.step_log) IS 'step_logs of the same customer and funnel as one';
-- sequence: patterns over rows and over journeys

CREATE TYPE journey.sequence_log;

CREATE FUNCTION journey.sequence_log_in(pg_catalog.cstring) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_in(pg_catalog.cstring) IS
    'input of type sequence_log';
CREATE FUNCTION journey.sequence_log_out(journey.sequence_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'sequence_log_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_out(journey.sequence_log) IS
    'output of type sequence_log';
CREATE FUNCTION journey.sequence_log_recv(pg_catalog.internal) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_recv(pg_catalog.internal) IS
    'binary input of type sequence_log';
CREATE FUNCTION journey.sequence_log_send(journey.sequence_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'sequence_log_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_send(journey.sequence_log) IS
    'binary output of type sequence_log';

CREATE TYPE journey.sequence_log (
    INPUT = journey.sequence_log_in,
    OUTPUT = journey.sequence_log_out,
    RECEIVE = journey.sequence_log_recv,
    SEND = journey.sequence_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.sequence_log IS
    'the rows of one group with the conditions they meet, and the pattern they are asked about: can be stored and merged';

-- making and merging logs

CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.timestamp, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_date' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.date, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_accum(journey.sequence_log, pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[])
    RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_accum_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.sequence_log_accum(journey.sequence_log, pg_catalog.text, pg_catalog.int8, pg_catalog.bool[]) IS
    'adds one row to a sequence_log: transition of the sequence aggregates';
CREATE FUNCTION journey.sequence_log_combine(journey.sequence_log, journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_combine' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_combine(journey.sequence_log, journey.sequence_log) IS
    'two sequence_logs of the same pattern as one; either may be null';
CREATE FUNCTION journey.sequence_log_final(journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_final' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_final(journey.sequence_log) IS
    'the sequence_log an aggregate has built';
CREATE FUNCTION journey.sequence_log_merge(journey.sequence_log, journey.sequence_log) RETURNS journey.sequence_log
    AS 'MODULE_PATHNAME', 'sequence_log_merge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4;
COMMENT ON FUNCTION journey.sequence_log_merge(journey.sequence_log, journey.sequence_log) IS
    'implementation of || operator';
CREATE OPERATOR journey.|| (
    LEFTARG = journey.sequence_log, RIGHTARG = journey.sequence_log,
    FUNCTION = journey.sequence_log_merge, COMMUTATOR = OPERATOR(journey.||)
);
COMMENT ON OPERATOR journey.|| (journey.sequence_log, journey.sequence_log) IS 'the rows of two sequence_logs of the same pattern';

-- asking a log; no log is like a log without rows

CREATE FUNCTION journey.sequence_match(journey.sequence_log) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_log_match' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match(journey.sequence_log) IS
    'does the pattern match the rows of the log';
CREATE FUNCTION journey.sequence_count(journey.sequence_log) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'sequence_log_count' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_count(journey.sequence_log) IS
    'how many times the pattern matches the rows of the log, without overlap';
CREATE FUNCTION journey.sequence_progress(journey.sequence_log) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'sequence_log_progress' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_progress(journey.sequence_log) IS
    'the number of the last element of the pattern that is reached in the rows of the log';
CREATE FUNCTION journey.sequence_match_events(journey.sequence_log) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_timestamptz' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern';
CREATE FUNCTION journey.sequence_match_events_timestamp(journey.sequence_log) RETURNS pg_catalog.timestamp[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_timestamp' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_timestamp(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over timestamps';
CREATE FUNCTION journey.sequence_match_events_date(journey.sequence_log) RETURNS pg_catalog.date[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_date' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_date(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over dates';
CREATE FUNCTION journey.sequence_match_events_bigint(journey.sequence_log) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME', 'sequence_log_events_int8' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events_bigint(journey.sequence_log) IS
    'the times of the rows that fill the first match of the pattern, of a log over numbers';

-- the aggregates

CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'does the pattern match the rows, in order of their times';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_count,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_count(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'how many times the pattern matches the rows, in order of their times and without overlap';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_timestamp,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_date,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_match_events_bigint,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_match_events(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the times of the rows that fill the first match of the pattern; empty where nothing matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_progress,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_progress(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the number of the last element of the pattern that is reached; all of them where the pattern matches';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.sequence_log_accum,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.sequence_log(pattern pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) IS
    'the rows that the pattern sees, to be stored, merged and asked later';
CREATE AGGREGATE journey.rollup(journey.sequence_log) (
    SFUNC = journey.sequence_log_combine,
    STYPE = journey.sequence_log,
    COMBINEFUNC = journey.sequence_log_combine,
    FINALFUNC = journey.sequence_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.sequence_log) IS
    'all rows of these sequence_logs as one log; nulls are ignored, and no logs give null';

-- over journeys

CREATE FUNCTION journey.sequence_match(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_journey_match' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match(journey.journey, pg_catalog.text) IS
    'does the pattern of labels match the journey';
CREATE FUNCTION journey.sequence_mismatch(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'sequence_journey_mismatch' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_mismatch(journey.journey, pg_catalog.text) IS
    'implementation of !~ operator';
CREATE FUNCTION journey.sequence_count(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'sequence_journey_count' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_count(journey.journey, pg_catalog.text) IS
    'how many times the pattern of labels matches the journey, without overlap';
CREATE FUNCTION journey.sequence_match_events(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.timestamptz[]
    AS 'MODULE_PATHNAME', 'sequence_journey_events' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_match_events(journey.journey, pg_catalog.text) IS
    'the times of the entries that fill the first match of the pattern; empty where nothing matches';
CREATE FUNCTION journey.sequence_progress(journey.journey, pattern pg_catalog.text) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'sequence_journey_progress' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.sequence_progress(journey.journey, pg_catalog.text) IS
    'the number of the last element of the pattern that the journey reaches; all of them where the pattern matches';
CREATE OPERATOR journey.~ (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text,
    FUNCTION = journey.sequence_match, NEGATOR = OPERATOR(journey.!~),
    RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.~ (journey.journey, pg_catalog.text) IS 'the pattern of labels matches the journey';
CREATE OPERATOR journey.!~ (
    LEFTARG = journey.journey, RIGHTARG = pg_catalog.text,
    FUNCTION = journey.sequence_mismatch, NEGATOR = OPERATOR(journey.~),
    RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.!~ (journey.journey, pg_catalog.text) IS 'the pattern of labels does not match the journey';
-- retention: who came back

CREATE FUNCTION journey.retention_accum(state pg_catalog.bool[], conditions pg_catalog.bool[]) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_accum(pg_catalog.bool[], pg_catalog.bool[]) IS
    'transition of retention: the conditions met so far, and those of one more row';
CREATE FUNCTION journey.retention_combine(pg_catalog.bool[], pg_catalog.bool[]) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_combine(pg_catalog.bool[], pg_catalog.bool[]) IS
    'combination of two states of retention: element by element, or';
CREATE FUNCTION journey.retention_final(pg_catalog.bool[]) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_final(pg_catalog.bool[]) IS
    'result of retention: each condition that was met together with the first';

CREATE AGGREGATE journey.retention(VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.retention_accum,
    STYPE = pg_catalog.bool[],
    COMBINEFUNC = journey.retention_combine,
    FINALFUNC = journey.retention_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention(VARIADIC pg_catalog.bool[]) IS
    'for each condition, whether some row meets it and some row meets the first; in no order of time';

-- retention by periods

CREATE TYPE journey.retention_log;

CREATE FUNCTION journey.retention_log_in(pg_catalog.cstring) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_in(pg_catalog.cstring) IS 'text input of retention_log';
CREATE FUNCTION journey.retention_log_out(journey.retention_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_out(journey.retention_log) IS 'text output of retention_log';
CREATE FUNCTION journey.retention_log_recv(pg_catalog.internal) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_recv(pg_catalog.internal) IS 'binary input of retention_log';
CREATE FUNCTION journey.retention_log_send(journey.retention_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_send(journey.retention_log) IS 'binary output of retention_log';

CREATE TYPE journey.retention_log (
    INPUT = journey.retention_log_in,
    OUTPUT = journey.retention_log_out,
    RECEIVE = journey.retention_log_recv,
    SEND = journey.retention_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.retention_log IS 'state of retention_periods: the parameters, the first start and the times of return of one customer';

CREATE FUNCTION journey.retention_log_combine(journey.retention_log, journey.retention_log) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_combine(journey.retention_log, journey.retention_log) IS
    'combination of two states of retention_periods';
CREATE FUNCTION journey.retention_log_final(journey.retention_log) RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_log_final(journey.retention_log) IS
    'result of retention_periods: in which periods the customer returned';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[]) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[]) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[]) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[]) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_calendar_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.text, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.text, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after the first start a customer returned; periods are buckets of the calendar, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, periods pg_catalog.int4, mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[]) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[]) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[]) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[]) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text, pg_catalog.text) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text, pg_catalog.text) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start, several to a bracket';

CREATE FUNCTION journey.retention_periods_accum(state journey.retention_log, at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) RETURNS journey.retention_log
    AS 'MODULE_PATHNAME', 'retention_log_rolling_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods_accum(journey.retention_log, pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'transition of retention_periods';
CREATE AGGREGATE journey.retention_periods(at pg_catalog.timestamptz, is_start pg_catalog.bool, is_return pg_catalog.bool, period pg_catalog.interval, brackets pg_catalog.int4[], mode pg_catalog.text, tz pg_catalog.text, as_of pg_catalog.timestamptz) (
    SFUNC = journey.retention_periods_accum,
    STYPE = journey.retention_log,
    COMBINEFUNC = journey.retention_log_combine,
    FINALFUNC = journey.retention_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_periods(pg_catalog.timestamptz, pg_catalog.bool, pg_catalog.bool, pg_catalog.interval, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after the first start a customer returned; periods are lengths of time counted from the start, several to a bracket';

-- the same over a journey

CREATE FUNCTION journey.retention_periods(journey journey.journey, start_labels pg_catalog.text[], return_labels pg_catalog.text[],
    period pg_catalog.text, periods pg_catalog.int4,
    mode pg_catalog.text DEFAULT 'on', tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'journey_retention_calendar' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after its first start a journey returned; periods are buckets of the calendar';

CREATE FUNCTION journey.retention_periods(journey journey.journey, start_labels pg_catalog.text[], return_labels pg_catalog.text[],
    period pg_catalog.text, brackets pg_catalog.int4[],
    mode pg_catalog.text DEFAULT 'on', tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'journey_retention_calendar_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after its first start a journey returned; periods are buckets of the calendar, several to a bracket';

CREATE FUNCTION journey.retention_periods(journey journey.journey, start_labels pg_catalog.text[], return_labels pg_catalog.text[],
    period pg_catalog.interval, periods pg_catalog.int4,
    mode pg_catalog.text DEFAULT 'on', tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'journey_retention_rolling' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.interval, pg_catalog.int4, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after its first start a journey returned; periods are lengths of time counted from the start';

CREATE FUNCTION journey.retention_periods(journey journey.journey, start_labels pg_catalog.text[], return_labels pg_catalog.text[],
    period pg_catalog.interval, brackets pg_catalog.int4[],
    mode pg_catalog.text DEFAULT 'on', tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS pg_catalog.bool[]
    AS 'MODULE_PATHNAME', 'journey_retention_rolling_brackets' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_periods(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.interval, pg_catalog.int4[], pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz) IS
    'in which periods after its first start a journey returned; periods are lengths of time counted from the start, several to a bracket';

-- adding up customers

CREATE FUNCTION journey.retention_counts_accum(state pg_catalog.int8[], answers pg_catalog.bool[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_counts_accum(pg_catalog.int8[], pg_catalog.bool[]) IS
    'transition of retention_counts, retention_observed and retention_rates: one more customer';
CREATE FUNCTION journey.retention_counts_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_counts_combine(pg_catalog.int8[], pg_catalog.int8[]) IS
    'combination of two states of retention_counts';
CREATE FUNCTION journey.retention_counts_final(pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_counts_final(pg_catalog.int8[]) IS 'result of retention_counts';
CREATE FUNCTION journey.retention_observed_final(pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_observed_final(pg_catalog.int8[]) IS 'result of retention_observed';
CREATE FUNCTION journey.retention_rates_final(pg_catalog.int8[]) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_rates_final(pg_catalog.int8[]) IS 'result of retention_rates';
CREATE FUNCTION journey.retention_rollup_accum(state pg_catalog.int8[], counts pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.retention_rollup_accum(pg_catalog.int8[], pg_catalog.int8[]) IS
    'transition and combination of retention_rollup: the sum element by element';

CREATE AGGREGATE journey.retention_counts(answers pg_catalog.bool[]) (
    SFUNC = journey.retention_counts_accum,
    STYPE = pg_catalog.int8[],
    COMBINEFUNC = journey.retention_counts_combine,
    FINALFUNC = journey.retention_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_counts(pg_catalog.bool[]) IS
    'a row of the cohort triangle: customers, then how many returned in each period, null where nobody could be observed';
CREATE AGGREGATE journey.retention_observed(answers pg_catalog.bool[]) (
    SFUNC = journey.retention_counts_accum,
    STYPE = pg_catalog.int8[],
    COMBINEFUNC = journey.retention_counts_combine,
    FINALFUNC = journey.retention_observed_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_observed(pg_catalog.bool[]) IS
    'customers, then how many of them could be observed in each period';
CREATE AGGREGATE journey.retention_rates(answers pg_catalog.bool[]) (
    SFUNC = journey.retention_counts_accum,
    STYPE = pg_catalog.int8[],
    COMBINEFUNC = journey.retention_counts_combine,
    FINALFUNC = journey.retention_rates_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_rates(pg_catalog.bool[]) IS
    'which part of the customers that could be observed returned in each period, null where nobody could be observed';
CREATE AGGREGATE journey.retention_rollup(counts pg_catalog.int8[]) (
    SFUNC = journey.retention_rollup_accum,
    STYPE = pg_catalog.int8[],
    COMBINEFUNC = journey.retention_rollup_accum,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.retention_rollup(pg_catalog.int8[]) IS
    'adds rows of retention_counts or of retention_observed of different customers, element by element';

-- session: cutting rows in order of time into sessions

CREATE FUNCTION journey.session_id(at pg_catalog.timestamptz, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamptz, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamptz, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamp, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamp, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.timestamp, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.timestamp, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.date, gap pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_date' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.date, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap without a row';

CREATE FUNCTION journey.session_id(at pg_catalog.date, gap pg_catalog.interval, max_length pg_catalog.interval) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_date' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.date, pg_catalog.interval, pg_catalog.interval) IS
    'number of the session of each row in its window partition: a new one after more than the gap, or more than the greatest length since the session began';

CREATE FUNCTION journey.session_id(at pg_catalog.int8, gap pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_bigint' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.int8, pg_catalog.int8) IS
    'number of the session of each row in its window partition, times and gap being whole numbers of one unit';

CREATE FUNCTION journey.session_id(at pg_catalog.int8, gap pg_catalog.int8, max_length pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'session_id_bigint' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.session_id(pg_catalog.int8, pg_catalog.int8, pg_catalog.int8) IS
    'number of the session of each row in its window partition, times, gap and greatest length being whole numbers of one unit';

CREATE FUNCTION journey.sessions(journey journey.journey, gap pg_catalog.interval, max_length pg_catalog.interval DEFAULT NULL,
    OUT session pg_catalog.int8, OUT started_at pg_catalog.timestamptz, OUT ended_at pg_catalog.timestamptz, OUT entries pg_catalog.int8, OUT part journey.journey)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION journey.sessions(journey.journey, pg_catalog.interval, pg_catalog.interval) IS
    'the sessions of a journey: number, first and last time, number of entries, and the entries as a journey of their own';

-- path: what comes next, and the ways customers take

CREATE TYPE journey.node_log;

CREATE FUNCTION journey.node_log_in(pg_catalog.cstring) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_in(pg_catalog.cstring) IS 'text input of node_log';
CREATE FUNCTION journey.node_log_out(journey.node_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_out(journey.node_log) IS 'text output of node_log';
CREATE FUNCTION journey.node_log_recv(pg_catalog.internal) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_recv(pg_catalog.internal) IS 'binary input of node_log';
CREATE FUNCTION journey.node_log_send(journey.node_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_send(journey.node_log) IS 'binary output of node_log';

CREATE TYPE journey.node_log (
    INPUT = journey.node_log_in,
    OUTPUT = journey.node_log_out,
    RECEIVE = journey.node_log_recv,
    SEND = journey.node_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.node_log IS 'state of next_node: what is asked, and the rows with their values as text';

CREATE FUNCTION journey.node_log_accum(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.text, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_accum(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.bool, pg_catalog.bool[]) IS
    'transition of next_node over text';
CREATE FUNCTION journey.node_log_accum(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.anyelement, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS journey.node_log
    AS 'MODULE_PATHNAME', 'node_log_accum_any' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_accum(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, pg_catalog.bool[]) IS
    'transition of next_node over any type';
CREATE FUNCTION journey.node_log_combine(journey.node_log, journey.node_log) RETURNS journey.node_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_combine(journey.node_log, journey.node_log) IS 'combination of two states of next_node';
CREATE FUNCTION journey.node_log_final(journey.node_log) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_final(journey.node_log) IS 'result of next_node over text';
CREATE FUNCTION journey.node_log_final(state journey.node_log, direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz,
    value pg_catalog.anyelement, base_condition pg_catalog.bool, events pg_catalog.bool[]) RETURNS pg_catalog.anyelement
    AS 'MODULE_PATHNAME', 'node_log_final_any' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.node_log_final(journey.node_log, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, pg_catalog.bool[]) IS
    'result of next_node over any type';

CREATE AGGREGATE journey.next_node(direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz, value pg_catalog.text,
    base_condition pg_catalog.bool, VARIADIC events pg_catalog.bool[]) (
    SFUNC = journey.node_log_accum,
    STYPE = journey.node_log,
    COMBINEFUNC = journey.node_log_combine,
    FINALFUNC = journey.node_log_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.next_node(pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.bool, VARIADIC pg_catalog.bool[]) IS
    'the value of the row after (or before) a chain of consecutive rows that meet these conditions';
CREATE AGGREGATE journey.next_node(direction pg_catalog.text, base pg_catalog.text, at pg_catalog.timestamptz, value pg_catalog.anyelement,
    base_condition pg_catalog.bool, VARIADIC events pg_catalog.bool[]) (
    SFUNC = journey.node_log_accum,
    STYPE = journey.node_log,
    COMBINEFUNC = journey.node_log_combine,
    FINALFUNC = journey.node_log_final,
    FINALFUNC_EXTRA,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.next_node(pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.anyelement, pg_catalog.bool, VARIADIC pg_catalog.bool[]) IS
    'the value, in its own type, of the row after (or before) a chain of consecutive rows that meet these conditions';

CREATE FUNCTION journey.next_node(journey journey.journey, direction pg_catalog.text, base pg_catalog.text, VARIADIC labels pg_catalog.text[]) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'journey_next_node' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.next_node(journey.journey, pg_catalog.text, pg_catalog.text, VARIADIC pg_catalog.text[]) IS
    'the label of the entry after (or before) a chain of consecutive entries with these labels';

-- the part of a journey that a path runs through

CREATE FUNCTION journey.route(journey journey.journey, start_at pg_catalog.text[] DEFAULT NULL, end_at pg_catalog.text[] DEFAULT NULL,
    hide pg_catalog.text[] DEFAULT NULL, "collapse" pg_catalog.bool DEFAULT true, max_steps pg_catalog.int4 DEFAULT NULL) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'journey_route' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.route(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.bool, pg_catalog.int4) IS
    'the part of a journey from a start to an end, without hidden labels and repeats; null when it does not pass there';
CREATE FUNCTION journey.path(journey journey.journey, start_at pg_catalog.text[] DEFAULT NULL, end_at pg_catalog.text[] DEFAULT NULL,
    hide pg_catalog.text[] DEFAULT NULL, "collapse" pg_catalog.bool DEFAULT true, max_steps pg_catalog.int4 DEFAULT NULL) RETURNS pg_catalog.text[]
    AS 'MODULE_PATHNAME', 'journey_path' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path(journey.journey, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.bool, pg_catalog.int4) IS
    'the labels of a journey in order, from a start to an end, without hidden labels and repeats; null when it does not pass there';

CREATE FUNCTION journey.path_agg_final(journey.journey) RETURNS pg_catalog.text[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_agg_final(journey.journey) IS 'result of path_agg: the labels in order';
CREATE AGGREGATE journey.path_agg(label pg_catalog.text, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.path_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(pg_catalog.text, pg_catalog.timestamptz) IS
    'the labels in order of time, repeats once; rows without a label or a time are ignored, and no rows give null';
CREATE AGGREGATE journey.path_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.path_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_agg(pg_catalog.anyenum, pg_catalog.timestamptz) IS
    'the enum values in order of time, repeats once; rows without a value or a time are ignored, and no rows give null';

-- counting the edges of many paths

CREATE TYPE journey.path_counts;

CREATE FUNCTION journey.path_counts_in(pg_catalog.cstring) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_in(pg_catalog.cstring) IS 'text input of path_counts';
CREATE FUNCTION journey.path_counts_out(journey.path_counts) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_out(journey.path_counts) IS 'text output of path_counts';
CREATE FUNCTION journey.path_counts_recv(pg_catalog.internal) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_recv(pg_catalog.internal) IS 'binary input of path_counts';
CREATE FUNCTION journey.path_counts_send(journey.path_counts) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_send(journey.path_counts) IS 'binary output of path_counts';

CREATE TYPE journey.path_counts (
    INPUT = journey.path_counts_in,
    OUTPUT = journey.path_counts_out,
    RECEIVE = journey.path_counts_recv,
    SEND = journey.path_counts_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.path_counts IS 'how many paths take each edge, and in what time; values of the same depth and direction add up';

CREATE FUNCTION journey.path_counts_accum(state journey.path_counts, journey journey.journey, depth pg_catalog.int4) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_accum(journey.path_counts, journey.journey, pg_catalog.int4) IS
    'transition of path_counts: one more path';
CREATE FUNCTION journey.path_counts_accum(state journey.path_counts, journey journey.journey, depth pg_catalog.int4, direction pg_catalog.text) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_accum(journey.path_counts, journey.journey, pg_catalog.int4, pg_catalog.text) IS
    'transition of path_counts: one more path';
CREATE FUNCTION journey.path_counts_combine(journey.path_counts, journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_combine(journey.path_counts, journey.path_counts) IS
    'combination of two states of path_counts';
CREATE FUNCTION journey.path_counts_final(journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_final(journey.path_counts) IS 'the counts an aggregate has built';

CREATE AGGREGATE journey.path_counts(journey journey.journey, depth pg_catalog.int4) (
    SFUNC = journey.path_counts_accum,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_counts(journey.journey, pg_catalog.int4) IS
    'how many of these paths take each edge between their first so many labels; null and empty paths are ignored';
CREATE AGGREGATE journey.path_counts(journey journey.journey, depth pg_catalog.int4, direction pg_catalog.text) (
    SFUNC = journey.path_counts_accum,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.path_counts(journey.journey, pg_catalog.int4, pg_catalog.text) IS
    'how many of these paths take each edge between their first (or, backward, last) so many labels; null and empty paths are ignored';
CREATE AGGREGATE journey.rollup(journey.path_counts) (
    SFUNC = journey.path_counts_combine,
    STYPE = journey.path_counts,
    COMBINEFUNC = journey.path_counts_combine,
    FINALFUNC = journey.path_counts_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.path_counts) IS
    'the sum of counts of paths; nulls are ignored, and no counts give null';

CREATE FUNCTION journey.path_counts_plus(journey.path_counts, journey.path_counts) RETURNS journey.path_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.path_counts_plus(journey.path_counts, journey.path_counts) IS 'implementation of + operator';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.path_counts_plus,
    LEFTARG = journey.path_counts,
    RIGHTARG = journey.path_counts,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.path_counts, journey.path_counts) IS 'counts of the paths of both';

CREATE FUNCTION journey.total(journey.path_counts) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'path_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.path_counts) IS 'how many paths were counted';
CREATE FUNCTION journey.path_edges(counts journey.path_counts, top pg_catalog.int4 DEFAULT NULL) RETURNS TABLE (
    step pg_catalog.int4, source pg_catalog.text, target pg_catalog.text, paths pg_catalog.int8, median_time pg_catalog.interval)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION journey.path_edges(journey.path_counts, pg_catalog.int4) IS
    'the edges of counted paths: step, from where to where, how many paths, and the median time between; labels beyond the top of a column are $other, the end of a path is $exit, its beginning backward $entry';

-- materialize: journeys kept current from a table of events

CREATE FUNCTION journey.period_start(at pg_catalog.timestamptz, period pg_catalog.interval)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.period_start(pg_catalog.timestamptz, pg_catalog.interval) IS
    'first moment of the period, in UTC, that a time is in; months count from January, weeks from Monday';
CREATE FUNCTION journey.period_end(at pg_catalog.timestamptz, period pg_catalog.interval)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.period_end(pg_catalog.timestamptz, pg_catalog.interval) IS
    'first moment after the period, in UTC, that a time is in';

CREATE FUNCTION journey.group_events(events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name,
        event pg_catalog.name, period pg_catalog.interval DEFAULT NULL)
    RETURNS SETOF pg_catalog.record
    AS 'MODULE_PATHNAME' LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION journey.group_events(pg_catalog.regclass, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.interval) IS
    'the journey of every key (and period) of an event table, in one pass and bounded memory';

CREATE FUNCTION journey.materialize_missing(schema pg_catalog.text, name pg_catalog.text, events pg_catalog.regclass)
    RETURNS pg_catalog.void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'journey table %.% does not exist', pg_catalog.quote_ident(schema), pg_catalog.quote_ident(name)
        USING ERRCODE = 'undefined_table',
            HINT = pg_catalog.format('If it is no longer wanted, drop the triggers of table %s whose names start with "materialize_". '
                'If it was renamed, give it its old name back.', events);
END
$$;
COMMENT ON FUNCTION journey.materialize_missing(pg_catalog.text, pg_catalog.text, pg_catalog.regclass) IS
    'the error that a journey table is gone; part of the triggers of materialize';

-- The trigger of INSERT: appends the events of the statement.
-- Arguments: schema and name of the journey table, columns key, at and event, period or an empty string.
CREATE FUNCTION journey.materialize_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
BEGIN
    IF pg_catalog.to_regclass(pg_catalog.format('%I.%I', TG_ARGV[0], TG_ARGV[1])) IS NULL THEN
        PERFORM journey.materialize_missing(TG_ARGV[0], TG_ARGV[1], TG_RELID);
    END IF;
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$I.%2$I AS t (%3$I, %6$sjourney)'
        ' SELECT n.%3$I, %7$sjourney.journey_agg(n.%5$I::pg_catalog.text, n.%4$I::pg_catalog.timestamptz)'
        ' FROM journey_new n'
        ' WHERE n.%3$I IS NOT NULL AND n.%4$I IS NOT NULL AND n.%5$I IS NOT NULL'
        ' GROUP BY %8$s ORDER BY %8$s'
        ' ON CONFLICT (%3$I%9$s) DO UPDATE SET journey = t.journey OPERATOR(journey.||) excluded.journey',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[4],
        CASE WHEN TG_ARGV[5] <> '' THEN 'period, ' ELSE '' END,
        CASE WHEN TG_ARGV[5] <> ''
            THEN pg_catalog.format('journey.period_start(n.%I::pg_catalog.timestamptz, %L), ', TG_ARGV[3], TG_ARGV[5])
            ELSE '' END,
        CASE WHEN TG_ARGV[5] <> '' THEN '1, 2' ELSE '1' END,
        CASE WHEN TG_ARGV[5] <> '' THEN ', period' ELSE '' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION journey.materialize_insert() IS
    'trigger of materialize: appends inserted events to the journeys';

-- The trigger of UPDATE, DELETE and TRUNCATE: makes the journeys that are touched anew from the events.  Rows that other
-- users' policies hide would be lost that way, so row_security = off makes it an error to be subject to a policy.
CREATE FUNCTION journey.materialize_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET row_security = off
AS $$
DECLARE
    events pg_catalog.regclass := coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID);
    by_period boolean := TG_ARGV[5] <> '';
    entries text := pg_catalog.format(
        '(SELECT %1$I AS k, %2$I::pg_catalog.timestamptz AS a, %3$I::pg_catalog.text AS e',
        TG_ARGV[2], TG_ARGV[3], TG_ARGV[4]);
    touched text;           -- query of the keys (and periods) whose journeys may have changed
    same text;              -- condition that two rows are of the same key (and period)
BEGIN
    IF pg_catalog.to_regclass(pg_catalog.format('%I.%I', TG_ARGV[0], TG_ARGV[1])) IS NULL THEN
        PERFORM journey.materialize_missing(TG_ARGV[0], TG_ARGV[1], TG_RELID);
    END IF;
    IF TG_OP = 'TRUNCATE' AND TG_RELID = events THEN
        EXECUTE pg_catalog.format('DELETE FROM %I.%I', TG_ARGV[0], TG_ARGV[1]);
        RETURN NULL;
    END IF;

    touched := CASE TG_OP
        WHEN 'UPDATE' THEN pg_catalog.format(
            '(%1$s FROM journey_old) EXCEPT %1$s FROM journey_new)) UNION (%1$s FROM journey_new) EXCEPT %1$s FROM journey_old))',
            entries)
        WHEN 'DELETE' THEN entries || ' FROM journey_old)'
        ELSE '' END;
    IF TG_OP = 'TRUNCATE' THEN
        touched := pg_catalog.format('SELECT %1$I AS k%4$s FROM %2$I.%3$I',
            TG_ARGV[2], TG_ARGV[0], TG_ARGV[1], CASE WHEN by_period THEN ', period AS p' ELSE '' END);
    ELSE
        touched := pg_catalog.format(
            'SELECT DISTINCT k%2$s FROM (%1$s) c WHERE k IS NOT NULL AND a IS NOT NULL AND e IS NOT NULL',
            touched, CASE WHEN by_period THEN pg_catalog.format(', journey.period_start(a, %L) AS p', TG_ARGV[5]) ELSE '' END);
    END IF;

    -- take the locks in the order of the keys, as an INSERT does; a key that is not there yet gets an empty journey
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$I.%2$I AS t (%3$I%4$s, journey) SELECT c.*, ''{}'' FROM (%5$s) c ORDER BY %6$s'
        ' ON CONFLICT (%3$I%4$s) DO UPDATE SET journey = t.journey WHERE false',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2],
        CASE WHEN by_period THEN ', period' ELSE '' END, touched, CASE WHEN by_period THEN '1, 2' ELSE '1' END);

    -- only now look at the events: whoever had a lock has committed, and whoever waits for one appends afterwards
    same := CASE WHEN by_period THEN '%1$s.k = %2$s.k AND %1$s.p = %2$s.p' ELSE '%1$s.k = %2$s.k' END;
    EXECUTE pg_catalog.format(
        'WITH c AS MATERIALIZED (%1$s)'
        ' UPDATE %2$I.%3$I t SET journey = coalesce(n.journey, ''{}'')'
        ' FROM c LEFT JOIN (SELECT c.*, journey.journey_agg(s.%7$I::pg_catalog.text, s.%6$I::pg_catalog.timestamptz) AS journey'
        ' FROM c JOIN %4$s s ON s.%5$I = c.k%8$s WHERE s.%6$I IS NOT NULL AND s.%7$I IS NOT NULL GROUP BY %9$s) n ON %10$s'
        ' WHERE t.%5$I = c.k%11$s',
        touched, TG_ARGV[0], TG_ARGV[1], events, TG_ARGV[2], TG_ARGV[3], TG_ARGV[4],
        CASE WHEN by_period THEN pg_catalog.format(
            ' AND s.%1$I::pg_catalog.timestamptz >= c.p AND s.%1$I::pg_catalog.timestamptz < journey.period_end(c.p, %2$L)',
            TG_ARGV[3], TG_ARGV[5]) ELSE '' END,
        CASE WHEN by_period THEN '1, 2' ELSE '1' END,
        pg_catalog.format(same, 'n', 'c'),
        CASE WHEN by_period THEN ' AND t.period = c.p' ELSE '' END);
    EXECUTE pg_catalog.format(
        'DELETE FROM %2$I.%3$I t USING (%1$s) c WHERE t.%4$I = c.k%5$s AND journey.length(t.journey) = 0',
        touched, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2],
        CASE WHEN by_period THEN ' AND t.period = c.p' ELSE '' END);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION journey.materialize_change() IS
    'trigger of materialize: makes the journeys anew whose events were updated, deleted or truncated';

-- Makes the triggers of one table, or of one partition: a statement that names a partition fires its triggers only, and
-- one that names the table fires the table's only, so nothing is counted twice.
CREATE FUNCTION journey.materialize_triggers(events pg_catalog.regclass, arguments pg_catalog.text[]) RETURNS pg_catalog.void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made record;
    list text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_literal(a), ', ' ORDER BY n) INTO list
    FROM pg_catalog.unnest(arguments) WITH ORDINALITY u(a, n);
    FOR made IN
        SELECT * FROM (VALUES
            ('insert', 'INSERT', 'REFERENCING NEW TABLE AS journey_new', 'insert'),
            ('update', 'UPDATE', 'REFERENCING OLD TABLE AS journey_old NEW TABLE AS journey_new', 'change'),
            ('delete', 'DELETE', 'REFERENCING OLD TABLE AS journey_old', 'change'),
            ('truncate', 'TRUNCATE', '', 'change')) v(name, operation, tables, function)
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION journey.materialize_%s(%s)',
            journey.object_name('materialize_' || arguments[2], '_' || made.name), made.operation, events, made.tables, made.function, list);
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey.materialize_triggers(pg_catalog.regclass, pg_catalog.text[]) IS
    'makes the triggers of materialize on one table; part of materialize';

-- All triggers of materialize, with the journey table that their arguments name; that is NULL if it is gone.
CREATE FUNCTION journey.materialize_found()
    RETURNS TABLE (into_table pg_catalog.regclass, rel pg_catalog.regclass, trigger_name pg_catalog.name, arguments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', a.arguments[1], a.arguments[2])), t.tgrelid::regclass, t.tgname, a.arguments
    FROM (SELECT x.oid, x.tgrelid, x.tgname FROM pg_catalog.pg_trigger x
          WHERE x.tgfoid IN ('journey.materialize_insert()'::regprocedure, 'journey.materialize_change()'::regprocedure)) t
        CROSS JOIN LATERAL (SELECT journey.trigger_arguments(t.oid)) a (arguments)
    ORDER BY a.arguments[1] COLLATE "C", a.arguments[2] COLLATE "C", t.tgrelid::regclass::text COLLATE "C", t.tgname COLLATE "C";
END
$$;
COMMENT ON FUNCTION journey.materialize_found() IS
    'all triggers of materialize; part of materialized';

CREATE FUNCTION journey.materialized()
    RETURNS TABLE (into_table pg_catalog.regclass, events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name,
        event pg_catalog.name, period pg_catalog.interval, uncovered pg_catalog.regclass[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = 'postgres'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (f.arguments[1] COLLATE "C", f.arguments[2] COLLATE "C")
        f.into_table, f.rel, f.arguments[3]::name, f.arguments[4]::name, f.arguments[5]::name,
        nullif(f.arguments[6], '')::interval,
        ARRAY(SELECT p.relid FROM pg_catalog.pg_partition_tree(f.rel) p
              WHERE NOT EXISTS (SELECT FROM journey.materialize_found() g
                                WHERE g.rel = p.relid AND g.arguments[1:2] = f.arguments[1:2])
              ORDER BY p.relid::regclass::text COLLATE "C")
    FROM journey.materialize_found() f
        JOIN pg_catalog.pg_class c ON c.oid = f.rel
    WHERE NOT c.relispartition
    ORDER BY f.arguments[1] COLLATE "C", f.arguments[2] COLLATE "C";
END
$$;
COMMENT ON FUNCTION journey.materialized() IS
    'the journey tables that are kept current from events, and the partitions whose events they would miss';

-- Fills an empty journey table.
CREATE FUNCTION journey.materialize_fill(into_table pg_catalog.regclass, events pg_catalog.regclass, arguments pg_catalog.text[])
    RETURNS pg_catalog.int8
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    journeys int8;
BEGIN
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (%2$I%7$s, journey) SELECT g.* FROM journey.group_events(%3$L, %2$L, %4$L, %5$L%8$s)'
        ' AS g(k %6$s%9$s, j journey.journey)',
        into_table, arguments[3], events, arguments[4], arguments[5],
        (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = events AND a.attname = arguments[3]::name),
        CASE WHEN arguments[6] <> '' THEN ', period' ELSE '' END,
        CASE WHEN arguments[6] <> '' THEN pg_catalog.format(', %L', arguments[6]) ELSE '' END,
        CASE WHEN arguments[6] <> '' THEN ', p pg_catalog.timestamptz' ELSE '' END);
    GET DIAGNOSTICS journeys = ROW_COUNT;
    RETURN journeys;
END
$$;
COMMENT ON FUNCTION journey.materialize_fill(pg_catalog.regclass, pg_catalog.regclass, pg_catalog.text[]) IS
    'fills an empty journey table from all events there are; part of materialize';

CREATE FUNCTION journey.materialize(events pg_catalog.regclass, key pg_catalog.name, at pg_catalog.name, event pg_catalog.name,
        into_table pg_catalog.name, period pg_catalog.interval DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET intervalstyle = 'postgres'
    SET row_security = off
AS $$
DECLARE
    source record;          -- the table of events
    keycol record;
    part regclass;
    target text;
    arguments text[];
    journeys int8;
    writers text;
BEGIN
    IF events IS NULL OR key IS NULL OR at IS NULL OR event IS NULL OR into_table IS NULL THEN
        RAISE EXCEPTION 'table and columns must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF pg_catalog.current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'materialize must run at isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                DETAIL = 'Only then does it see every event that was committed before it had the lock.';
    END IF;

    -- from here on nobody writes events until this transaction ends
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', events);
    SELECT c.relname, n.nspname, c.relkind, c.relispartition, c.relacl, c.relowner INTO STRICT source
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = events;
    IF source.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '"%" is not a table', source.relname USING ERRCODE = 'wrong_object_type';
    END IF;
    IF source.relispartition THEN
        RAISE EXCEPTION '"%" is a partition', source.relname
            USING ERRCODE = 'wrong_object_type', HINT = 'Name the partitioned table instead.';
    END IF;
    IF source.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = events) THEN
        RAISE EXCEPTION '"%" has tables that inherit from it', source.relname
            USING ERRCODE = 'wrong_object_type',
                DETAIL = 'What is written to them would not be seen.',
                HINT = 'Use a partitioned table.';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_partition_tree(events) p JOIN pg_catalog.pg_class c ON c.oid = p.relid
               WHERE c.relkind NOT IN ('r', 'p')) THEN
        RAISE EXCEPTION '"%" has a partition that is a foreign table', source.relname
            USING ERRCODE = 'wrong_object_type', DETAIL = 'What others write to it would not be seen.';
    END IF;

    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
           CASE WHEN a.attcollation <> t.typcollation THEN pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname) ELSE '' END AS collation
    INTO keycol
    FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    WHERE a.attrelid = events AND a.attname = key AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', key, source.relname USING ERRCODE = 'undefined_column';
    END IF;
    IF key IN ('journey', 'period') THEN
        RAISE EXCEPTION 'column "%" cannot be the key', key
            USING ERRCODE = 'reserved_name', DETAIL = 'The journey table has a column of this name.';
    END IF;

    IF period IS NOT NULL THEN
        PERFORM journey.period_start('2000-01-01', period);     -- refuses what is no period
    END IF;
    arguments := ARRAY[source.nspname, into_table, key, at, event, coalesce(period::text, '')];
    target := pg_catalog.format('%I.%I', source.nspname, into_table);
    EXECUTE pg_catalog.format('CREATE %sTABLE %s (%I %s%s NOT NULL, %sjourney journey.journey NOT NULL)',
        CASE WHEN (SELECT c.relpersistence = 'u' FROM pg_catalog.pg_class c WHERE c.oid = events) THEN 'UNLOGGED ' ELSE '' END,
        target, key, keycol.type, keycol.collation,
        CASE WHEN period IS NOT NULL THEN 'period pg_catalog.timestamptz NOT NULL, ' ELSE '' END);
    journeys := journey.materialize_fill(target::regclass, events, arguments);
    EXECUTE pg_catalog.format('ALTER TABLE %s ADD PRIMARY KEY (%I%s)', target, key,
        CASE WHEN period IS NOT NULL THEN ', period' ELSE '' END);
    EXECUTE pg_catalog.format('COMMENT ON TABLE %s IS %L', target,
        pg_catalog.format('journeys of %I.%I, kept by journey.materialize', source.nspname, source.relname));

    PERFORM journey.materialize_triggers(events, arguments);
    FOR part IN SELECT p.relid FROM pg_catalog.pg_partition_tree(events) p WHERE p.relid <> events ORDER BY p.level, p.relid::regclass::text LOOP
        PERFORM journey.materialize_triggers(part, arguments);
    END LOOP;

    PERFORM FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = events AND i.indisvalid AND i.indpred IS NULL AND a.attname = key;
    IF NOT FOUND THEN
        RAISE NOTICE 'no index of "%" starts with column "%"', source.relname, key
            USING HINT = 'An UPDATE or DELETE of events looks up the other events of the key.';
    END IF;
    SELECT pg_catalog.string_agg(DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END, ', ') INTO writers
    FROM pg_catalog.aclexplode(source.relacl) x
    WHERE x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND x.grantee <> source.relowner;
    IF writers IS NOT NULL THEN
        RAISE NOTICE 'who writes to "%" needs rights on "%", too: %', source.relname, into_table, writers
            USING HINT = pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', target, writers);
    END IF;
    RETURN pg_catalog.format('%s: %s journeys of %s, kept current by triggers', target, journeys, events);
END
$$;
COMMENT ON FUNCTION journey.materialize(pg_catalog.regclass, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.name, pg_catalog.interval) IS
    'makes a table of one journey per key (and period) of an event table, and triggers that keep it current';

-- The event table and the arguments a journey table was made with.
CREATE FUNCTION journey.materialized_from(into_table pg_catalog.regclass,
        OUT events pg_catalog.regclass, OUT arguments pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT f.rel, f.arguments INTO events, arguments
    FROM journey.materialize_found() f
    WHERE f.into_table = materialized_from.into_table
        AND NOT (SELECT c.relispartition FROM pg_catalog.pg_class c WHERE c.oid = f.rel)
    LIMIT 1;
    IF events IS NULL THEN
        RAISE EXCEPTION 'no trigger keeps "%" current', into_table
            USING ERRCODE = 'undefined_object', HINT = 'Only a table made by journey.materialize can be named here.';
    END IF;
END
$$;
COMMENT ON FUNCTION journey.materialized_from(pg_catalog.regclass) IS
    'the event table of a journey table, and the arguments of its triggers; an error if nothing keeps it current';

CREATE FUNCTION journey.rematerialize(into_table pg_catalog.regclass) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
DECLARE
    source record;
    part regclass;
    journeys int8;
BEGIN
    IF into_table IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF pg_catalog.current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'rematerialize must run at isolation level READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state',
                DETAIL = 'Only then does it see every event that was committed before it had the lock.';
    END IF;
    SELECT * INTO source FROM journey.materialized_from(into_table);
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', source.events);
    EXECUTE pg_catalog.format('DELETE FROM %s', into_table);
    journeys := journey.materialize_fill(into_table, source.events, source.arguments);
    FOR part IN
        SELECT p.relid FROM pg_catalog.pg_partition_tree(source.events) p
        WHERE NOT EXISTS (SELECT FROM journey.materialize_found() f
                          WHERE f.into_table = rematerialize.into_table AND f.rel = p.relid)
        ORDER BY p.level, p.relid::regclass::text
    LOOP
        PERFORM journey.materialize_triggers(part, source.arguments);
    END LOOP;
    RETURN pg_catalog.format('%s: %s journeys of %s, made anew', into_table, journeys, source.events);
END
$$;
COMMENT ON FUNCTION journey.rematerialize(pg_catalog.regclass) IS
    'makes all journeys of a table of materialize anew, and puts triggers on new partitions';

CREATE FUNCTION journey.dematerialize(into_table pg_catalog.regclass, drop_table pg_catalog.bool DEFAULT false) RETURNS pg_catalog.text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record;
    made record;
    name text := into_table::text;
    triggers int := 0;
BEGIN
    IF into_table IS NULL OR drop_table IS NULL THEN
        RAISE EXCEPTION 'arguments must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT * INTO source FROM journey.materialized_from(into_table);
    FOR made IN SELECT * FROM journey.materialize_found() f WHERE f.into_table = dematerialize.into_table LOOP
        EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', made.trigger_name, made.rel);
        triggers := triggers + 1;
    END LOOP;
    IF drop_table THEN
        EXECUTE pg_catalog.format('DROP TABLE %s', into_table);
    ELSE
        EXECUTE pg_catalog.format('COMMENT ON TABLE %s IS NULL', into_table);
    END IF;
    RETURN pg_catalog.format('%s: %s, %s triggers of %s dropped', name,
        CASE WHEN drop_table THEN 'dropped' ELSE 'no longer kept' END, triggers, source.events);
END
$$;
COMMENT ON FUNCTION journey.dematerialize(pg_catalog.regclass, pg_catalog.bool) IS
    'drops the triggers that keep a journey table current, and the table itself if asked to';
-- score: a number that halves at a fixed pace

CREATE TYPE journey.score;

CREATE FUNCTION journey.score_in(pg_catalog.cstring, pg_catalog.oid, pg_catalog.int4) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_in(pg_catalog.cstring, pg_catalog.oid, pg_catalog.int4) IS
    'input of type score';
CREATE FUNCTION journey.score_out(journey.score) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_out(journey.score) IS
    'output of type score';
CREATE FUNCTION journey.score_recv(pg_catalog.internal, pg_catalog.oid, pg_catalog.int4) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_recv(pg_catalog.internal, pg_catalog.oid, pg_catalog.int4) IS
    'binary input of type score';
CREATE FUNCTION journey.score_send(journey.score) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_send(journey.score) IS
    'binary output of type score';
CREATE FUNCTION journey.score_typmod_in(pg_catalog.cstring[]) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_typmod_in(pg_catalog.cstring[]) IS
    'input of the type modifier of score, a half-life';
CREATE FUNCTION journey.score_typmod_out(pg_catalog.int4) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_typmod_out(pg_catalog.int4) IS
    'output of the type modifier of score';

-- A category with scorecard, in which this is the preferred type: a text constant given to score_at is a score.
CREATE TYPE journey.score (
    INPUT = journey.score_in,
    OUTPUT = journey.score_out,
    RECEIVE = journey.score_recv,
    SEND = journey.score_send,
    TYPMOD_IN = journey.score_typmod_in,
    TYPMOD_OUT = journey.score_typmod_out,
    INTERNALLENGTH = 24,
    ALIGNMENT = double,
    STORAGE = plain,
    CATEGORY = 'J',
    PREFERRED = true
);
COMMENT ON TYPE journey.score IS 'a number that halves at a fixed pace: value, time of that value, half-life';

CREATE FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) IS
    'refuses a score of another half-life than that of the type modifier';
CREATE CAST (journey.score AS journey.score) WITH FUNCTION journey.score_enforce_typmod(journey.score, pg_catalog.int4, pg_catalog.bool) AS IMPLICIT;
COMMENT ON CAST (journey.score AS journey.score) IS 'refuses a score of another half-life than that of the type modifier';

-- making and reading

CREATE FUNCTION journey.score(value pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score
    AS 'MODULE_PATHNAME', 'score_make' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score(pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS
    'a score that has this value at this time, and half of it a half-life later';
CREATE FUNCTION journey.value(journey.score) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'score_value' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.value(journey.score) IS
    'the value of a score at its reference time';
CREATE FUNCTION journey.reference_time(journey.score) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'score_reference_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.reference_time(journey.score) IS
    'the time at which a score has its value';
CREATE FUNCTION journey.half_life(journey.score) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'score_half_life' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.half_life(journey.score) IS
    'the time in which a score halves, in days of 24 hours and a time';
CREATE FUNCTION journey.score_at(journey.score, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'score_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_at(journey.score, pg_catalog.timestamptz) IS
    'the value of a score at a time; now, if none is given';
CREATE OPERATOR journey.@ (LEFTARG = journey.score, RIGHTARG = pg_catalog.timestamptz, FUNCTION = journey.score_at);
COMMENT ON OPERATOR journey.@ (journey.score, pg_catalog.timestamptz) IS 'the value of a score at a time';
CREATE FUNCTION journey.threshold(value pg_catalog.float8, half_life pg_catalog.interval, at pg_catalog.timestamptz DEFAULT pg_catalog.now()) RETURNS journey.score
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
    RETURN journey.score(value, at, half_life);
COMMENT ON FUNCTION journey.threshold(pg_catalog.float8, pg_catalog.interval, pg_catalog.timestamptz) IS
    'what scores of this half-life are compared with to find those of at least this value at a time; now, if none is given';
CREATE FUNCTION journey.expires_at(journey.score, threshold pg_catalog.float8, fit pg_catalog.float8 DEFAULT 0) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'score_expires_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.expires_at(journey.score, pg_catalog.float8, pg_catalog.float8) IS
    'the last time at which fit and score together are at least the threshold; infinity when they always will be, -infinity when they never are';

-- calculating

CREATE FUNCTION journey.score_add(journey.score, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_add(journey.score, journey.score) IS 'implementation of + operator';
CREATE FUNCTION journey.score_add_points(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_add_points(journey.score, pg_catalog.float8) IS 'implementation of + operator';
CREATE FUNCTION journey.score_points_add(pg_catalog.float8, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_points_add(pg_catalog.float8, journey.score) IS 'implementation of + operator';
CREATE FUNCTION journey.score_subtract(journey.score, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_subtract(journey.score, journey.score) IS 'implementation of - operator';
CREATE FUNCTION journey.score_subtract_points(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_subtract_points(journey.score, pg_catalog.float8) IS 'implementation of - operator';
CREATE FUNCTION journey.score_negate(journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_negate(journey.score) IS 'implementation of - operator';
CREATE FUNCTION journey.score_multiply(journey.score, pg_catalog.float8) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_multiply(journey.score, pg_catalog.float8) IS 'implementation of * operator';
CREATE FUNCTION journey.score_factor_multiply(pg_catalog.float8, journey.score) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_factor_multiply(pg_catalog.float8, journey.score) IS 'implementation of * operator';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.score, journey.score) IS 'the sum of two scores of one half-life';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_add_points, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.score, pg_catalog.float8) IS 'the score with points given now';
CREATE OPERATOR journey.+ (
    LEFTARG = pg_catalog.float8, RIGHTARG = journey.score, FUNCTION = journey.score_points_add, COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (pg_catalog.float8, journey.score) IS 'the score with points given now';
CREATE OPERATOR journey.- (LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_subtract);
COMMENT ON OPERATOR journey.- (journey.score, journey.score) IS 'the difference of two scores of one half-life';
CREATE OPERATOR journey.- (LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_subtract_points);
COMMENT ON OPERATOR journey.- (journey.score, pg_catalog.float8) IS 'the score with points taken away now';
CREATE OPERATOR journey.- (RIGHTARG = journey.score, FUNCTION = journey.score_negate);
COMMENT ON OPERATOR journey.- (NONE, journey.score) IS 'the score with the opposite sign';
CREATE OPERATOR journey.* (
    LEFTARG = journey.score, RIGHTARG = pg_catalog.float8, FUNCTION = journey.score_multiply, COMMUTATOR = OPERATOR(journey.*)
);
COMMENT ON OPERATOR journey.* (journey.score, pg_catalog.float8) IS 'the score times a number';
CREATE OPERATOR journey.* (
    LEFTARG = pg_catalog.float8, RIGHTARG = journey.score, FUNCTION = journey.score_factor_multiply, COMMUTATOR = OPERATOR(journey.*)
);
COMMENT ON OPERATOR journey.* (pg_catalog.float8, journey.score) IS 'the score times a number';

-- comparing

CREATE FUNCTION journey.score_eq(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_eq(journey.score, journey.score) IS
    'implementation of = operator';
CREATE FUNCTION journey.score_ne(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_ne(journey.score, journey.score) IS
    'implementation of <> operator';
CREATE FUNCTION journey.score_lt(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_lt(journey.score, journey.score) IS
    'implementation of < operator';
CREATE FUNCTION journey.score_le(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_le(journey.score, journey.score) IS
    'implementation of <= operator';
CREATE FUNCTION journey.score_gt(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_gt(journey.score, journey.score) IS
    'implementation of > operator';
CREATE FUNCTION journey.score_ge(journey.score, journey.score) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_ge(journey.score, journey.score) IS
    'implementation of >= operator';
CREATE OPERATOR journey.= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.score, journey.score) IS 'equal: of one half-life, and of one value at any time';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.score, journey.score) IS 'not equal';
CREATE OPERATOR journey.< (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.score, journey.score) IS 'less than';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.score, journey.score) IS 'less than or equal';
CREATE OPERATOR journey.> (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.score, journey.score) IS 'greater than';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.score, RIGHTARG = journey.score, FUNCTION = journey.score_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.score, journey.score) IS 'greater than or equal';
CREATE FUNCTION journey.score_cmp(journey.score, journey.score) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_cmp(journey.score, journey.score) IS
    'order of scores: by half-life, and then by value, which is the same order at any time';
CREATE FUNCTION journey.score_hash(journey.score) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_hash(journey.score) IS
    'hash value';
CREATE FUNCTION journey.score_hash_extended(journey.score, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_hash_extended(journey.score, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR CLASS journey.score_ops DEFAULT FOR TYPE journey.score USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.score_cmp(journey.score, journey.score);
COMMENT ON OPERATOR CLASS journey.score_ops USING btree IS 'scores in an order that does not change while time passes';
COMMENT ON OPERATOR FAMILY journey.score_ops USING btree IS 'scores in an order that does not change while time passes';
CREATE OPERATOR CLASS journey.score_ops DEFAULT FOR TYPE journey.score USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.score_hash(journey.score),
    FUNCTION 2 journey.score_hash_extended(journey.score, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.score_ops USING hash IS 'equality of scores';
COMMENT ON OPERATOR FAMILY journey.score_ops USING hash IS 'equality of scores';

-- adding up

CREATE TYPE journey.score_sum;
CREATE FUNCTION journey.score_sum_in(pg_catalog.cstring) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_in(pg_catalog.cstring) IS 'input of type score_sum';
CREATE FUNCTION journey.score_sum_out(journey.score_sum) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_out(journey.score_sum) IS 'output of type score_sum';
CREATE FUNCTION journey.score_sum_recv(pg_catalog.internal) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_recv(pg_catalog.internal) IS 'binary input of type score_sum';
CREATE FUNCTION journey.score_sum_send(journey.score_sum) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_send(journey.score_sum) IS 'binary output of type score_sum';
CREATE TYPE journey.score_sum (
    INPUT = journey.score_sum_in,
    OUTPUT = journey.score_sum_out,
    RECEIVE = journey.score_sum_recv,
    SEND = journey.score_sum_send,
    INTERNALLENGTH = 56,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE journey.score_sum IS 'the state of score_agg and of rollup over scores';

CREATE FUNCTION journey.score_agg_add(journey.score_sum, points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_agg_add(journey.score_sum, pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS 'transition of score_agg';
CREATE FUNCTION journey.score_agg_remove(journey.score_sum, points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_agg_remove(journey.score_sum, pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS 'inverse transition of score_agg';
CREATE FUNCTION journey.score_rollup_add(journey.score_sum, journey.score) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_rollup_add(journey.score_sum, journey.score) IS 'transition of rollup over scores';
CREATE FUNCTION journey.score_rollup_remove(journey.score_sum, journey.score) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_rollup_remove(journey.score_sum, journey.score) IS 'inverse transition of rollup over scores';
CREATE FUNCTION journey.score_sum_combine(journey.score_sum, journey.score_sum) RETURNS journey.score_sum
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_combine(journey.score_sum, journey.score_sum) IS 'combination of score_agg, and of rollup over scores';
CREATE FUNCTION journey.score_sum_final(journey.score_sum) RETURNS journey.score
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.score_sum_final(journey.score_sum) IS 'the score of a sum';

CREATE AGGREGATE journey.score_agg(points pg_catalog.float8, at pg_catalog.timestamptz, half_life pg_catalog.interval) (
    SFUNC = journey.score_agg_add,
    STYPE = journey.score_sum,
    COMBINEFUNC = journey.score_sum_combine,
    FINALFUNC = journey.score_sum_final,
    MSFUNC = journey.score_agg_add,
    MINVFUNC = journey.score_agg_remove,
    MSTYPE = journey.score_sum,
    MFINALFUNC = journey.score_sum_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.score_agg(pg_catalog.float8, pg_catalog.timestamptz, pg_catalog.interval) IS
    'the score of points given at these times; rows without points or without a time are ignored, and no rows give null';
CREATE AGGREGATE journey.rollup(journey.score) (
    SFUNC = journey.score_rollup_add,
    STYPE = journey.score_sum,
    COMBINEFUNC = journey.score_sum_combine,
    FINALFUNC = journey.score_sum_final,
    MSFUNC = journey.score_rollup_add,
    MINVFUNC = journey.score_rollup_remove,
    MSTYPE = journey.score_sum,
    MFINALFUNC = journey.score_sum_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.score) IS
    'the sum of these scores, which are of one half-life; nulls are ignored, and no scores give null';
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
-- outcome_log: outcomes counted by score, and how good the scores are

CREATE TYPE journey.outcome_log;

CREATE FUNCTION journey.outcome_log_in(pg_catalog.cstring) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_in(pg_catalog.cstring) IS
    'text input of outcome_log';
CREATE FUNCTION journey.outcome_log_out(journey.outcome_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_out(journey.outcome_log) IS
    'text output of outcome_log';
CREATE FUNCTION journey.outcome_log_recv(pg_catalog.internal) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_recv(pg_catalog.internal) IS
    'binary input of outcome_log';
CREATE FUNCTION journey.outcome_log_send(journey.outcome_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_send(journey.outcome_log) IS
    'binary output of outcome_log';

CREATE TYPE journey.outcome_log (
    INPUT = journey.outcome_log_in,
    OUTPUT = journey.outcome_log_out,
    RECEIVE = journey.outcome_log_recv,
    SEND = journey.outcome_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.outcome_log IS
    'outcomes counted by score: what measures of the quality of a model are read from, can be stored and added';

CREATE FUNCTION journey.outcome_log_accum(state journey.outcome_log, outcome pg_catalog.bool, score pg_catalog.float8) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_accum(journey.outcome_log, pg_catalog.bool, pg_catalog.float8) IS
    'adds one row to an outcome_log';
CREATE FUNCTION journey.outcome_log_accum(state journey.outcome_log, outcome pg_catalog.bool, score pg_catalog.float8, parameter pg_catalog.float8) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME', 'outcome_log_accum_number' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_accum(journey.outcome_log, pg_catalog.bool, pg_catalog.float8, pg_catalog.float8) IS
    'adds one row to an outcome_log of an aggregate with a parameter';
CREATE FUNCTION journey.outcome_log_accum(state journey.outcome_log, outcome pg_catalog.bool, score pg_catalog.float8, parameter pg_catalog.int4) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME', 'outcome_log_accum_integer' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_accum(journey.outcome_log, pg_catalog.bool, pg_catalog.float8, pg_catalog.int4) IS
    'adds one row to an outcome_log of an aggregate with a parameter';
CREATE FUNCTION journey.outcome_log_combine(journey.outcome_log, journey.outcome_log) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_combine(journey.outcome_log, journey.outcome_log) IS
    'both outcome_logs as one; a null one is none';
CREATE FUNCTION journey.outcome_log_final(journey.outcome_log) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_final(journey.outcome_log) IS
    'the outcome_log in the form in which it is kept';

CREATE FUNCTION journey.outcome_log_add(journey.outcome_log, journey.outcome_log) RETURNS journey.outcome_log
    AS 'MODULE_PATHNAME', 'outcome_log_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_add(journey.outcome_log, journey.outcome_log) IS 'both outcome_logs as one';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.outcome_log,
    RIGHTARG = journey.outcome_log,
    FUNCTION = journey.outcome_log_add,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.outcome_log, journey.outcome_log) IS 'both outcome_logs as one';

-- what a log says

CREATE FUNCTION journey.auc(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_auc' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.auc(journey.outcome_log) IS
    'the share of pairs of a positive and a negative in which the positive has the higher score, ties counting half';
CREATE FUNCTION journey.ks(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_ks' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.ks(journey.outcome_log) IS
    'the greatest distance between the distributions of the scores of positives and negatives';
CREATE FUNCTION journey.brier(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_brier' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.brier(journey.outcome_log) IS
    'the mean squared distance between probability and outcome';
CREATE FUNCTION journey.log_loss(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_log_loss' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_loss(journey.outcome_log) IS
    'the mean negative logarithm of the probability of what happened';
CREATE FUNCTION journey.gain(log journey.outcome_log, top pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_gain' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.gain(journey.outcome_log, pg_catalog.float8) IS
    'the share of all positives that is found among the top share of the rows';
CREATE FUNCTION journey.lift(log journey.outcome_log, top pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_lift' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lift(journey.outcome_log, pg_catalog.float8) IS
    'how many times more positives the top share of the rows has than the average';
CREATE FUNCTION journey.gain(journey.outcome_log) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME', 'outcome_log_gains' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.gain(journey.outcome_log) IS
    'the gain of the top tenth of the rows, of the top two tenths, and so on';
CREATE FUNCTION journey.lift(journey.outcome_log) RETURNS pg_catalog.float8[]
    AS 'MODULE_PATHNAME', 'outcome_log_lifts' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lift(journey.outcome_log) IS
    'the lift of the top tenth of the rows, of the top two tenths, and so on';
CREATE FUNCTION journey.outcome_log_gain(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_gain(journey.outcome_log) IS
    'gain of an outcome_log that carries its parameter';
CREATE FUNCTION journey.outcome_log_lift(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_lift(journey.outcome_log) IS
    'lift of an outcome_log that carries its parameter';
CREATE FUNCTION journey.calibration_error(log journey.outcome_log, bins pg_catalog.int4 DEFAULT 10) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'outcome_log_calibration_error' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calibration_error(journey.outcome_log, pg_catalog.int4) IS
    'the mean distance between predicted and observed, over bins of probability';
CREATE FUNCTION journey.outcome_log_calibration_error(journey.outcome_log) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_calibration_error(journey.outcome_log) IS
    'calibration_error of an outcome_log that may carry its parameter';

CREATE FUNCTION journey.gain_table(log journey.outcome_log, bins pg_catalog.int4 DEFAULT 10)
    RETURNS TABLE (bin pg_catalog.int4, top pg_catalog.float8, rows pg_catalog.float8, positives pg_catalog.float8,
        highest_score pg_catalog.float8, lowest_score pg_catalog.float8, rate pg_catalog.float8, bin_lift pg_catalog.float8,
        gain pg_catalog.float8, lift pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'outcome_log_gain_table' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.gain_table(journey.outcome_log, pg_catalog.int4) IS
    'positives by bins of equally many rows, highest scores first: rate, gain and lift';

CREATE TYPE journey.calibration_bin AS (
    bin pg_catalog.int4,
    low pg_catalog.float8,
    high pg_catalog.float8,
    rows pg_catalog.int8,
    positives pg_catalog.int8,
    predicted pg_catalog.float8,
    observed pg_catalog.float8,
    observed_low pg_catalog.float8,
    observed_high pg_catalog.float8
);
COMMENT ON TYPE journey.calibration_bin IS
    'rows whose probability is at least low and below high: what was predicted, what was observed, and its 95 % interval';
CREATE FUNCTION journey.calibration_bins(log journey.outcome_log, bins pg_catalog.int4) RETURNS SETOF journey.calibration_bin
    AS 'MODULE_PATHNAME', 'outcome_log_calibration_bins' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.calibration_bins(journey.outcome_log, pg_catalog.int4) IS
    'predicted and observed by bins of probability of equal width';
CREATE FUNCTION journey.calibration_bins(journey.outcome_log) RETURNS SETOF journey.calibration_bin
    AS 'MODULE_PATHNAME', 'outcome_log_calibration_bins' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.calibration_bins(journey.outcome_log) IS
    'predicted and observed by ten bins of probability, or as many as the outcome_log says';
CREATE FUNCTION journey.outcome_log_calibration(log journey.outcome_log) RETURNS journey.calibration_bin[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT b FROM journey.calibration_bins(log) AS b ORDER BY b.bin);
COMMENT ON FUNCTION journey.outcome_log_calibration(journey.outcome_log) IS 'result of calibration';

CREATE TYPE journey.confusion_matrix AS (
    threshold pg_catalog.float8,
    true_positives pg_catalog.int8,
    false_positives pg_catalog.int8,
    true_negatives pg_catalog.int8,
    false_negatives pg_catalog.int8,
    "precision" pg_catalog.float8,
    recall pg_catalog.float8,
    specificity pg_catalog.float8,
    accuracy pg_catalog.float8,
    f1 pg_catalog.float8,
    mcc pg_catalog.float8
);
COMMENT ON TYPE journey.confusion_matrix IS
    'what comes of predicting a positive from a threshold on: counts and the shares made of them';
CREATE FUNCTION journey.confusion(log journey.outcome_log, threshold pg_catalog.float8) RETURNS journey.confusion_matrix
    AS 'MODULE_PATHNAME', 'outcome_log_confusion' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.confusion(journey.outcome_log, pg_catalog.float8) IS
    'what comes of predicting a positive where the score is the threshold or more';
CREATE FUNCTION journey.outcome_log_confusion(journey.outcome_log) RETURNS journey.confusion_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.outcome_log_confusion(journey.outcome_log) IS
    'confusion of an outcome_log that may carry its parameter';

-- aggregates

CREATE AGGREGATE journey.outcome_log(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_final,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.outcome_log(pg_catalog.bool, pg_catalog.float8) IS
    'outcomes counted by score: a result that can be stored, added and asked for every measure';
CREATE AGGREGATE journey.auc(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.auc,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.auc(pg_catalog.bool, pg_catalog.float8) IS
    'the share of pairs of a positive and a negative in which the positive has the higher score, ties counting half';
CREATE AGGREGATE journey.ks(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.ks,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.ks(pg_catalog.bool, pg_catalog.float8) IS
    'the greatest distance between the distributions of the scores of positives and negatives';
CREATE AGGREGATE journey.brier(outcome pg_catalog.bool, probability pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.brier,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.brier(pg_catalog.bool, pg_catalog.float8) IS
    'the mean squared distance between probability and outcome';
CREATE AGGREGATE journey.log_loss(outcome pg_catalog.bool, probability pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.log_loss,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_loss(pg_catalog.bool, pg_catalog.float8) IS
    'the mean negative logarithm of the probability of what happened';
CREATE AGGREGATE journey.gain(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.gain,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.gain(pg_catalog.bool, pg_catalog.float8) IS
    'the gain of the top tenth of the rows, of the top two tenths, and so on';
CREATE AGGREGATE journey.lift(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.lift,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.lift(pg_catalog.bool, pg_catalog.float8) IS
    'the lift of the top tenth of the rows, of the top two tenths, and so on';
CREATE AGGREGATE journey.gain(outcome pg_catalog.bool, score pg_catalog.float8, top pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_gain,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.gain(pg_catalog.bool, pg_catalog.float8, pg_catalog.float8) IS
    'the share of all positives that is found among the top share of the rows';
CREATE AGGREGATE journey.lift(outcome pg_catalog.bool, score pg_catalog.float8, top pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_lift,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.lift(pg_catalog.bool, pg_catalog.float8, pg_catalog.float8) IS
    'how many times more positives the top share of the rows has than the average';
CREATE AGGREGATE journey.calibration(outcome pg_catalog.bool, probability pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_calibration,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.calibration(pg_catalog.bool, pg_catalog.float8) IS
    'predicted and observed by ten bins of probability';
CREATE AGGREGATE journey.calibration(outcome pg_catalog.bool, probability pg_catalog.float8, bins pg_catalog.int4) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_calibration,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.calibration(pg_catalog.bool, pg_catalog.float8, pg_catalog.int4) IS
    'predicted and observed by bins of probability of equal width';
CREATE AGGREGATE journey.calibration_error(outcome pg_catalog.bool, probability pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_calibration_error,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.calibration_error(pg_catalog.bool, pg_catalog.float8) IS
    'the mean distance between predicted and observed, over ten bins of probability';
CREATE AGGREGATE journey.calibration_error(outcome pg_catalog.bool, probability pg_catalog.float8, bins pg_catalog.int4) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_calibration_error,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.calibration_error(pg_catalog.bool, pg_catalog.float8, pg_catalog.int4) IS
    'the mean distance between predicted and observed, over bins of probability';
CREATE AGGREGATE journey.confusion(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_confusion,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.confusion(pg_catalog.bool, pg_catalog.float8) IS
    'what comes of predicting a positive where the score is 0.5 or more';
CREATE AGGREGATE journey.confusion(outcome pg_catalog.bool, score pg_catalog.float8, threshold pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_confusion,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.confusion(pg_catalog.bool, pg_catalog.float8, pg_catalog.float8) IS
    'what comes of predicting a positive where the score is the threshold or more';
CREATE AGGREGATE journey.rollup(journey.outcome_log) (
    SFUNC = journey.outcome_log_combine,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.outcome_log_final,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.outcome_log) IS 'outcome_logs as one';
-- learned models: naive Bayes and logistic regression, what they predict, and why

CREATE TYPE journey.lead_model;
CREATE TYPE journey.feature_counts;
CREATE TYPE journey.feature_log;
CREATE TYPE journey.logistic_sums;

CREATE FUNCTION journey.lead_model_in(pg_catalog.cstring) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_in(pg_catalog.cstring) IS
    'text input of lead_model';
CREATE FUNCTION journey.lead_model_out(journey.lead_model) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_out(journey.lead_model) IS
    'text output of lead_model';
CREATE FUNCTION journey.lead_model_recv(pg_catalog.internal) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_recv(pg_catalog.internal) IS
    'binary input of lead_model';
CREATE FUNCTION journey.lead_model_send(journey.lead_model) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_send(journey.lead_model) IS
    'binary output of lead_model';
CREATE TYPE journey.lead_model (
    INPUT = journey.lead_model_in,
    OUTPUT = journey.lead_model_out,
    RECEIVE = journey.lead_model_recv,
    SEND = journey.lead_model_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE journey.lead_model IS
    'a learned model: a document of counts or coefficients that predicts and explains';

CREATE FUNCTION journey.feature_counts_in(pg_catalog.cstring) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_in(pg_catalog.cstring) IS
    'text input of feature_counts';
CREATE FUNCTION journey.feature_counts_out(journey.feature_counts) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_out(journey.feature_counts) IS
    'text output of feature_counts';
CREATE FUNCTION journey.feature_counts_recv(pg_catalog.internal) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_recv(pg_catalog.internal) IS
    'binary input of feature_counts';
CREATE FUNCTION journey.feature_counts_send(journey.feature_counts) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_send(journey.feature_counts) IS
    'binary output of feature_counts';
CREATE TYPE journey.feature_counts (
    INPUT = journey.feature_counts_in,
    OUTPUT = journey.feature_counts_out,
    RECEIVE = journey.feature_counts_recv,
    SEND = journey.feature_counts_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.feature_counts IS
    'how often each level of each feature was seen with each outcome: the state of naive_bayes and logistic_start';

CREATE FUNCTION journey.feature_log_in(pg_catalog.cstring) RETURNS journey.feature_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_in(pg_catalog.cstring) IS
    'text input of feature_log';
CREATE FUNCTION journey.feature_log_out(journey.feature_log) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_out(journey.feature_log) IS
    'text output of feature_log';
CREATE FUNCTION journey.feature_log_recv(pg_catalog.internal) RETURNS journey.feature_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_recv(pg_catalog.internal) IS
    'binary input of feature_log';
CREATE FUNCTION journey.feature_log_send(journey.feature_log) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_send(journey.feature_log) IS
    'binary output of feature_log';
CREATE TYPE journey.feature_log (
    INPUT = journey.feature_log_in,
    OUTPUT = journey.feature_log_out,
    RECEIVE = journey.feature_log_recv,
    SEND = journey.feature_log_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.feature_log IS
    'rows of features with their outcomes: the state of logistic';

CREATE FUNCTION journey.logistic_sums_in(pg_catalog.cstring) RETURNS journey.logistic_sums
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_in(pg_catalog.cstring) IS
    'text input of logistic_sums';
CREATE FUNCTION journey.logistic_sums_out(journey.logistic_sums) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_out(journey.logistic_sums) IS
    'text output of logistic_sums';
CREATE FUNCTION journey.logistic_sums_recv(pg_catalog.internal) RETURNS journey.logistic_sums
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_recv(pg_catalog.internal) IS
    'binary input of logistic_sums';
CREATE FUNCTION journey.logistic_sums_send(journey.logistic_sums) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_send(journey.logistic_sums) IS
    'binary output of logistic_sums';
CREATE TYPE journey.logistic_sums (
    INPUT = journey.logistic_sums_in,
    OUTPUT = journey.logistic_sums_out,
    RECEIVE = journey.logistic_sums_recv,
    SEND = journey.logistic_sums_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.logistic_sums IS
    'a logistic model and the sums over rows from which its next coefficients come: the state of logistic_step';

CREATE FUNCTION journey.lead_model(pg_catalog.jsonb) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME', 'lead_model_from_jsonb' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model(pg_catalog.jsonb) IS
    'the model that a JSON document describes';
CREATE FUNCTION journey.jsonb(journey.lead_model) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME', 'lead_model_jsonb' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.jsonb(journey.lead_model) IS
    'a model as a JSON document';
CREATE CAST (pg_catalog.jsonb AS journey.lead_model) WITH FUNCTION journey.lead_model(pg_catalog.jsonb);
CREATE CAST (journey.lead_model AS pg_catalog.jsonb) WITH FUNCTION journey.jsonb(journey.lead_model);

-- what a model says

CREATE FUNCTION journey.predict(model journey.lead_model, features pg_catalog.jsonb) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'lead_model_predict' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.predict(journey.lead_model, pg_catalog.jsonb) IS
    'the probability that a model gives a row of features';
CREATE FUNCTION journey.log_odds(model journey.lead_model, features pg_catalog.jsonb) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'lead_model_log_odds' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.log_odds(journey.lead_model, pg_catalog.jsonb) IS
    'the logarithm of the odds that a model gives a row of features';
CREATE FUNCTION journey.explain(model journey.lead_model, features pg_catalog.jsonb)
    RETURNS TABLE (feature pg_catalog.text, value pg_catalog.jsonb, contribution pg_catalog.float8, note pg_catalog.text)
    AS 'MODULE_PATHNAME', 'lead_model_explain' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION journey.explain(journey.lead_model, pg_catalog.jsonb) IS
    'what each feature adds to the log-odds of a prediction; the rows add up to it';
CREATE FUNCTION journey.coefficients(model journey.lead_model)
    RETURNS TABLE (feature pg_catalog.text, kind pg_catalog.text, level pg_catalog.text, coefficient pg_catalog.float8, standard_error pg_catalog.float8,
        mean pg_catalog.float8, scale pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'lead_model_coefficients' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION journey.coefficients(journey.lead_model) IS
    'the coefficients of a logistic model with their standard errors, those of numbers per unit';
CREATE FUNCTION journey.converged(journey.lead_model) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'lead_model_converged' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.converged(journey.lead_model) IS
    'whether a model needs no more steps';

-- naive Bayes

CREATE FUNCTION journey.feature_counts_accum(state journey.feature_counts, outcome pg_catalog.bool, features pg_catalog.jsonb) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_accum(journey.feature_counts, pg_catalog.bool, pg_catalog.jsonb) IS
    'adds one row to feature_counts';
CREATE FUNCTION journey.feature_counts_accum(state journey.feature_counts, model journey.lead_model) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME', 'feature_counts_accum_model' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_accum(journey.feature_counts, journey.lead_model) IS
    'adds the counts of a model to feature_counts';
CREATE FUNCTION journey.feature_counts_combine(journey.feature_counts, journey.feature_counts) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_combine(journey.feature_counts, journey.feature_counts) IS
    'both feature_counts as one; a null one is none';
CREATE FUNCTION journey.feature_counts_bayes(journey.feature_counts) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_bayes(journey.feature_counts) IS
    'the naive Bayes model of feature_counts';
CREATE FUNCTION journey.lead_model_add(journey.lead_model, journey.lead_model) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_add(journey.lead_model, journey.lead_model) IS
    'the model of the outcomes of both';
CREATE FUNCTION journey.lead_model_subtract(journey.lead_model, journey.lead_model) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.lead_model_subtract(journey.lead_model, journey.lead_model) IS
    'the model without the outcomes of the other';
CREATE OPERATOR journey.+ (
    LEFTARG = journey.lead_model,
    RIGHTARG = journey.lead_model,
    FUNCTION = journey.lead_model_add,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.lead_model, journey.lead_model) IS 'the model of the outcomes of both';
CREATE OPERATOR journey.- (
    LEFTARG = journey.lead_model,
    RIGHTARG = journey.lead_model,
    FUNCTION = journey.lead_model_subtract
);
COMMENT ON OPERATOR journey.- (journey.lead_model, journey.lead_model) IS 'the model without the outcomes of the other';
CREATE AGGREGATE journey.naive_bayes(outcome pg_catalog.bool, features pg_catalog.jsonb) (
    SFUNC = journey.feature_counts_accum,
    STYPE = journey.feature_counts,
    SSPACE = 4096,
    FINALFUNC = journey.feature_counts_bayes,
    COMBINEFUNC = journey.feature_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.naive_bayes(pg_catalog.bool, pg_catalog.jsonb) IS
    'a naive Bayes model: counts that can be added and subtracted';
CREATE AGGREGATE journey.rollup(model journey.lead_model) (
    SFUNC = journey.feature_counts_accum,
    STYPE = journey.feature_counts,
    SSPACE = 4096,
    FINALFUNC = journey.feature_counts_bayes,
    COMBINEFUNC = journey.feature_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.lead_model) IS
    'naive Bayes models as one';

-- logistic regression

CREATE FUNCTION journey.feature_log_accum(state journey.feature_log, outcome pg_catalog.bool, features pg_catalog.jsonb) RETURNS journey.feature_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_accum(journey.feature_log, pg_catalog.bool, pg_catalog.jsonb) IS
    'adds one row to a feature_log';
CREATE FUNCTION journey.feature_log_accum(state journey.feature_log, outcome pg_catalog.bool, features pg_catalog.jsonb, ridge pg_catalog.float8) RETURNS journey.feature_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_accum(journey.feature_log, pg_catalog.bool, pg_catalog.jsonb, pg_catalog.float8) IS
    'adds one row to a feature_log';
CREATE FUNCTION journey.feature_log_combine(journey.feature_log, journey.feature_log) RETURNS journey.feature_log
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_log_combine(journey.feature_log, journey.feature_log) IS
    'both feature_logs as one';
CREATE FUNCTION journey.feature_log_final(journey.feature_log) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION journey.feature_log_final(journey.feature_log) IS
    'the logistic model of a feature_log';
CREATE AGGREGATE journey.logistic(outcome pg_catalog.bool, features pg_catalog.jsonb) (
    SFUNC = journey.feature_log_accum,
    STYPE = journey.feature_log,
    SSPACE = 4096,
    FINALFUNC = journey.feature_log_final,
    COMBINEFUNC = journey.feature_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logistic(pg_catalog.bool, pg_catalog.jsonb) IS
    'a logistic model with a ridge of 1';
CREATE AGGREGATE journey.logistic(outcome pg_catalog.bool, features pg_catalog.jsonb, ridge pg_catalog.float8) (
    SFUNC = journey.feature_log_accum,
    STYPE = journey.feature_log,
    SSPACE = 4096,
    FINALFUNC = journey.feature_log_final,
    COMBINEFUNC = journey.feature_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logistic(pg_catalog.bool, pg_catalog.jsonb, pg_catalog.float8) IS
    'a logistic model';
CREATE FUNCTION journey.feature_counts_accum_design(state journey.feature_counts, outcome pg_catalog.bool, features pg_catalog.jsonb) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_accum_design(journey.feature_counts, pg_catalog.bool, pg_catalog.jsonb) IS
    'adds one row to the feature_counts of logistic_start';
CREATE FUNCTION journey.feature_counts_accum_design(state journey.feature_counts, outcome pg_catalog.bool, features pg_catalog.jsonb, ridge pg_catalog.float8) RETURNS journey.feature_counts
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_accum_design(journey.feature_counts, pg_catalog.bool, pg_catalog.jsonb, pg_catalog.float8) IS
    'adds one row to the feature_counts of logistic_start';
CREATE FUNCTION journey.feature_counts_logistic(journey.feature_counts) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.feature_counts_logistic(journey.feature_counts) IS
    'the logistic model of feature_counts before the first step';
CREATE AGGREGATE journey.logistic_start(outcome pg_catalog.bool, features pg_catalog.jsonb) (
    SFUNC = journey.feature_counts_accum_design,
    STYPE = journey.feature_counts,
    SSPACE = 4096,
    FINALFUNC = journey.feature_counts_logistic,
    COMBINEFUNC = journey.feature_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logistic_start(pg_catalog.bool, pg_catalog.jsonb) IS
    'a logistic model before the first step, with a ridge of 1';
CREATE AGGREGATE journey.logistic_start(outcome pg_catalog.bool, features pg_catalog.jsonb, ridge pg_catalog.float8) (
    SFUNC = journey.feature_counts_accum_design,
    STYPE = journey.feature_counts,
    SSPACE = 4096,
    FINALFUNC = journey.feature_counts_logistic,
    COMBINEFUNC = journey.feature_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logistic_start(pg_catalog.bool, pg_catalog.jsonb, pg_catalog.float8) IS
    'a logistic model before the first step';
CREATE FUNCTION journey.logistic_sums_accum(state journey.logistic_sums, model journey.lead_model, outcome pg_catalog.bool, features pg_catalog.jsonb) RETURNS journey.logistic_sums
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_accum(journey.logistic_sums, journey.lead_model, pg_catalog.bool, pg_catalog.jsonb) IS
    'adds one row to logistic_sums';
CREATE FUNCTION journey.logistic_sums_combine(journey.logistic_sums, journey.logistic_sums) RETURNS journey.logistic_sums
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_combine(journey.logistic_sums, journey.logistic_sums) IS
    'both logistic_sums as one';
CREATE FUNCTION journey.logistic_sums_final(journey.logistic_sums) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.logistic_sums_final(journey.logistic_sums) IS
    'the model after the step of logistic_sums';
CREATE AGGREGATE journey.logistic_step(model journey.lead_model, outcome pg_catalog.bool, features pg_catalog.jsonb) (
    SFUNC = journey.logistic_sums_accum,
    STYPE = journey.logistic_sums,
    SSPACE = 16384,
    FINALFUNC = journey.logistic_sums_final,
    COMBINEFUNC = journey.logistic_sums_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.logistic_step(journey.lead_model, pg_catalog.bool, pg_catalog.jsonb) IS
    'a logistic model after one more step';
CREATE FUNCTION journey.logistic_fit(source pg_catalog.regclass, outcome pg_catalog.name, features pg_catalog.name,
    ridge pg_catalog.float8 DEFAULT 1, max_steps pg_catalog.int4 DEFAULT 50)
    RETURNS journey.lead_model LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    model journey.lead_model;
    step pg_catalog.text;
BEGIN
    EXECUTE pg_catalog.format('SELECT journey.logistic_start(s.%1$I, s.%2$I, $1) FROM %3$s AS s', outcome, features, source)
        INTO model USING ridge;
    step := pg_catalog.format('SELECT journey.logistic_step($1, s.%1$I, s.%2$I) FROM %3$s AS s', outcome, features, source);
    FOR i IN 1 .. max_steps LOOP
        -- one class only
        EXIT WHEN model IS NULL;
        EXECUTE step INTO model USING model;
        IF journey.converged(model) THEN
            RETURN model;
        END IF;
    END LOOP;
    IF model IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22000',
            MESSAGE = pg_catalog.format('logistic regression did not converge in %s steps', max_steps),
            HINT = 'Allow more steps, or give a larger ridge.';
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION journey.logistic_fit(pg_catalog.regclass, pg_catalog.name, pg_catalog.name, pg_catalog.float8, pg_catalog.int4) IS
    'a logistic model of a table or view, by logistic_start and as many times logistic_step as it takes';

-- calibration

CREATE FUNCTION journey.platt(journey.outcome_log) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME', 'outcome_log_platt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.platt(journey.outcome_log) IS
    'the sigmoid that makes probabilities of scores';
CREATE FUNCTION journey.isotonic(journey.outcome_log) RETURNS pg_catalog.jsonb
    AS 'MODULE_PATHNAME', 'outcome_log_isotonic' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.isotonic(journey.outcome_log) IS
    'the rising steps that make probabilities of scores';
CREATE AGGREGATE journey.platt(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.platt,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.platt(pg_catalog.bool, pg_catalog.float8) IS
    'the sigmoid that makes probabilities of scores';
CREATE AGGREGATE journey.isotonic(outcome pg_catalog.bool, score pg_catalog.float8) (
    SFUNC = journey.outcome_log_accum,
    STYPE = journey.outcome_log,
    SSPACE = 1024,
    FINALFUNC = journey.isotonic,
    COMBINEFUNC = journey.outcome_log_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.isotonic(pg_catalog.bool, pg_catalog.float8) IS
    'the rising steps that make probabilities of scores';
CREATE FUNCTION journey.calibrate(model journey.lead_model, calibration pg_catalog.jsonb) RETURNS journey.lead_model
    AS 'MODULE_PATHNAME', 'lead_model_calibrate' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.calibrate(journey.lead_model, pg_catalog.jsonb) IS
    'a model whose log-odds go through a calibration, or, with null, no longer do';
CREATE FUNCTION journey.calibrated(calibration pg_catalog.jsonb, score pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'lead_model_calibrated' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calibrated(pg_catalog.jsonb, pg_catalog.float8) IS
    'the probability that a calibration gives a score';-- calendar: working hours, and time counted in them

CREATE TYPE journey.calendar;

CREATE FUNCTION journey.calendar_in(pg_catalog.cstring) RETURNS journey.calendar
    AS 'MODULE_PATHNAME', 'calendar_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_in(pg_catalog.cstring) IS
    'input of type calendar';
CREATE FUNCTION journey.calendar_out(journey.calendar) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'calendar_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_out(journey.calendar) IS
    'output of type calendar';
CREATE FUNCTION journey.calendar_recv(pg_catalog.internal) RETURNS journey.calendar
    AS 'MODULE_PATHNAME', 'calendar_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_recv(pg_catalog.internal) IS
    'binary input of type calendar';
CREATE FUNCTION journey.calendar_send(journey.calendar) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'calendar_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.calendar_send(journey.calendar) IS
    'binary output of type calendar';

CREATE TYPE journey.calendar (
    INPUT = journey.calendar_in,
    OUTPUT = journey.calendar_out,
    RECEIVE = journey.calendar_recv,
    SEND = journey.calendar_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE journey.calendar IS 'which hours are worked: a week, later weeks from given dates, holidays, and a time zone';

CREATE CAST (journey.calendar AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.calendar AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.calendar) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.calendar) IS 'a calendar from its JSON form';

-- counting

CREATE FUNCTION journey.business_time("from" pg_catalog.timestamptz, "to" pg_catalog.timestamptz, calendar journey.calendar)
    RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'calendar_business_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.business_time(pg_catalog.timestamptz, pg_catalog.timestamptz, journey.calendar) IS
    'working time between two times, in hours; negative when the first is the later one';
CREATE FUNCTION journey.business_time("from" pg_catalog.timestamptz, "to" pg_catalog.timestamptz, calendar journey.calendar,
        paused pg_catalog.tstzmultirange) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'calendar_business_time_paused' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_time(pg_catalog.timestamptz, pg_catalog.timestamptz, journey.calendar, pg_catalog.tstzmultirange) IS
    'working time between two times without that of pauses, in hours; null pauses are none';
CREATE FUNCTION journey.business_add(at pg_catalog.timestamptz, duration pg_catalog.interval, calendar journey.calendar)
    RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'calendar_business_add' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_add(pg_catalog.timestamptz, pg_catalog.interval, journey.calendar) IS
    'the first time that has so much working time since a given one, or, when the duration is negative, the last one before it';
CREATE FUNCTION journey.business_add(at pg_catalog.timestamptz, duration pg_catalog.interval, calendar journey.calendar,
        paused pg_catalog.tstzmultirange) RETURNS pg_catalog.timestamptz
    AS 'MODULE_PATHNAME', 'calendar_business_add_paused' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey.business_add(pg_catalog.timestamptz, pg_catalog.interval, journey.calendar, pg_catalog.tstzmultirange) IS
    'the first time that has so much working time outside pauses since a given one; null pauses are none';
CREATE FUNCTION journey.working_time(calendar journey.calendar, during pg_catalog.tstzrange) RETURNS pg_catalog.tstzmultirange
    AS 'MODULE_PATHNAME', 'calendar_working_time' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.working_time(journey.calendar, pg_catalog.tstzrange) IS
    'when work is done in a range of time';

-- comparing

CREATE FUNCTION journey.calendar_eq(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_eq' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_eq(journey.calendar, journey.calendar) IS
    'implementation of = operator';
CREATE FUNCTION journey.calendar_ne(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_ne' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_ne(journey.calendar, journey.calendar) IS
    'implementation of <> operator';
CREATE FUNCTION journey.calendar_lt(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_lt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_lt(journey.calendar, journey.calendar) IS
    'implementation of < operator';
CREATE FUNCTION journey.calendar_le(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_le' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_le(journey.calendar, journey.calendar) IS
    'implementation of <= operator';
CREATE FUNCTION journey.calendar_gt(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_gt' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_gt(journey.calendar, journey.calendar) IS
    'implementation of > operator';
CREATE FUNCTION journey.calendar_ge(journey.calendar, journey.calendar) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'calendar_ge' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_ge(journey.calendar, journey.calendar) IS
    'implementation of >= operator';
CREATE FUNCTION journey.calendar_cmp(journey.calendar, journey.calendar) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'calendar_cmp' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_cmp(journey.calendar, journey.calendar) IS
    'less than 0, 0 or more, by the order of calendars';
CREATE FUNCTION journey.calendar_hash(journey.calendar) RETURNS pg_catalog.int4
    AS 'MODULE_PATHNAME', 'calendar_hash' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_hash(journey.calendar) IS
    'hash value';
CREATE FUNCTION journey.calendar_hash_extended(journey.calendar, pg_catalog.int8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'calendar_hash_extended' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.calendar_hash_extended(journey.calendar, pg_catalog.int8) IS
    'hash value of 64 bits';
CREATE OPERATOR journey.= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_eq,
    COMMUTATOR = OPERATOR(journey.=), NEGATOR = OPERATOR(journey.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR journey.= (journey.calendar, journey.calendar) IS 'the same calendar';
CREATE OPERATOR journey.<> (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_ne,
    COMMUTATOR = OPERATOR(journey.<>), NEGATOR = OPERATOR(journey.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR journey.<> (journey.calendar, journey.calendar) IS 'not the same calendar';
CREATE OPERATOR journey.< (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_lt,
    COMMUTATOR = OPERATOR(journey.>), NEGATOR = OPERATOR(journey.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR journey.< (journey.calendar, journey.calendar) IS 'before, in an order that serves sorting only';
CREATE OPERATOR journey.<= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_le,
    COMMUTATOR = OPERATOR(journey.>=), NEGATOR = OPERATOR(journey.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR journey.<= (journey.calendar, journey.calendar) IS 'before or the same, in an order that serves sorting only';
CREATE OPERATOR journey.> (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_gt,
    COMMUTATOR = OPERATOR(journey.<), NEGATOR = OPERATOR(journey.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR journey.> (journey.calendar, journey.calendar) IS 'after, in an order that serves sorting only';
CREATE OPERATOR journey.>= (
    LEFTARG = journey.calendar, RIGHTARG = journey.calendar, FUNCTION = journey.calendar_ge,
    COMMUTATOR = OPERATOR(journey.<=), NEGATOR = OPERATOR(journey.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR journey.>= (journey.calendar, journey.calendar) IS 'after or the same, in an order that serves sorting only';
CREATE OPERATOR CLASS journey.calendar_ops DEFAULT FOR TYPE journey.calendar USING btree AS
    OPERATOR 1 journey.<,
    OPERATOR 2 journey.<=,
    OPERATOR 3 journey.=,
    OPERATOR 4 journey.>=,
    OPERATOR 5 journey.>,
    FUNCTION 1 journey.calendar_cmp(journey.calendar, journey.calendar);
COMMENT ON OPERATOR CLASS journey.calendar_ops USING btree IS 'an order of calendars that serves sorting';
COMMENT ON OPERATOR FAMILY journey.calendar_ops USING btree IS 'an order of calendars that serves sorting';
CREATE OPERATOR CLASS journey.calendar_ops DEFAULT FOR TYPE journey.calendar USING hash AS
    OPERATOR 1 journey.=,
    FUNCTION 1 journey.calendar_hash(journey.calendar),
    FUNCTION 2 journey.calendar_hash_extended(journey.calendar, pg_catalog.int8);
COMMENT ON OPERATOR CLASS journey.calendar_ops USING hash IS 'equality of calendars';
COMMENT ON OPERATOR FAMILY journey.calendar_ops USING hash IS 'equality of calendars';
-- conversion: from one stage to the next, by cohort, snapshot and flow

-- rates

CREATE FUNCTION journey.wilson(converted pg_catalog.float8, n pg_catalog.float8, level pg_catalog.float8 DEFAULT 0.95,
    OUT rate pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'conversion_wilson' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.wilson(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'a share of so many out of n with its Wilson interval; nulls when n is 0';

CREATE TYPE journey.rate AS (
    entered pg_catalog.int8, converted pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8);
COMMENT ON TYPE journey.rate IS 'how many entered and converted, the share with its 95 % Wilson interval';

CREATE FUNCTION journey.rate_accum(state pg_catalog.int8[], converted pg_catalog.bool) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_accum(pg_catalog.int8[], pg_catalog.bool) IS 'transition of rate';
CREATE FUNCTION journey.rate_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_combine(pg_catalog.int8[], pg_catalog.int8[]) IS 'combination of two states of rate';
CREATE FUNCTION journey.rate_final(pg_catalog.int8[]) RETURNS journey.rate
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.rate_final(pg_catalog.int8[]) IS 'result of rate';
CREATE AGGREGATE journey.rate(converted pg_catalog.bool) (
    SFUNC = journey.rate_accum,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0}',
    COMBINEFUNC = journey.rate_combine,
    FINALFUNC = journey.rate_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rate(pg_catalog.bool) IS
    'how many rows there are and how many are true, the share of these with its 95 % Wilson interval; nulls are ignored';

-- one journey

CREATE FUNCTION journey.cohort_steps(journey journey.journey, steps pg_catalog.text[], reach pg_catalog.text DEFAULT 'implied',
    as_of pg_catalog.timestamptz DEFAULT NULL, within pg_catalog.interval DEFAULT NULL, target pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
                   entered_at pg_catalog.timestamptz, converted_at pg_catalog.timestamptz, watched_until pg_catalog.timestamptz)
    AS 'MODULE_PATHNAME', 'conversion_cohort_steps' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.cohort_steps(journey.journey, pg_catalog.text[], pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.interval, pg_catalog.text) IS
    'each step that this customer entered, when first, and when the next step (or the target) was reached after that';
CREATE FUNCTION journey.flow_steps(journey journey.journey, steps pg_catalog.text[], reach pg_catalog.text DEFAULT 'implied',
    as_of pg_catalog.timestamptz DEFAULT NULL)
    RETURNS TABLE (step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
                   left_at pg_catalog.timestamptz, went_to pg_catalog.text, converted pg_catalog.bool)
    AS 'MODULE_PATHNAME', 'conversion_flow_steps' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 ROWS 5;
COMMENT ON FUNCTION journey.flow_steps(journey.journey, pg_catalog.text[], pg_catalog.text, pg_catalog.timestamptz) IS
    'each move of this customer out of a step, and whether it led to the next step';

-- a whole table

CREATE TYPE journey.conversion_row AS (
    kind pg_catalog.text, reach pg_catalog.text,
    period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    step pg_catalog.int4, from_stage pg_catalog.text, to_stage pg_catalog.text,
    entered pg_catalog.int8, converted pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
    age pg_catalog.interval, maturity pg_catalog.float8, mature pg_catalog.bool, expected pg_catalog.float8);
COMMENT ON TYPE journey.conversion_row IS
    'a labelled conversion: what kind, of which period and dimension, from where to where, with its interval and maturity';

CREATE FUNCTION journey.conversion_source(rel pg_catalog.regclass, journey_column pg_catalog.text, steps pg_catalog.text[],
    OUT relation pg_catalog.text, OUT column_name pg_catalog.text, OUT labels pg_catalog.text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    candidates text[];
    stage_type regtype;
    known text[];
    bad text;
BEGIN
    IF rel IS NULL THEN
        RAISE EXCEPTION 'table must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT format('%I.%I', n.nspname, c.relname) INTO relation
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = rel AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
    IF relation IS NULL THEN
        RAISE EXCEPTION '% is no table and no view', rel USING ERRCODE = 'wrong_object_type';
    END IF;

    -- the column with the journeys
    IF journey_column IS NULL THEN
        SELECT array_agg(t.journey_column ORDER BY t.journey_column) INTO candidates FROM journey.tracked() t WHERE t.rel = rel;
        IF candidates IS NULL THEN
            SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO candidates
                FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped
                  AND 'journey.journey'::regtype IN (a.atttypid, t.typbasetype);
        END IF;
        IF candidates IS NULL THEN
            RAISE EXCEPTION 'table % has no column of type journey', rel USING ERRCODE = 'undefined_column';
        ELSIF cardinality(candidates) > 1 THEN
            RAISE EXCEPTION 'table % has % columns of journeys', rel, cardinality(candidates) USING ERRCODE = 'ambiguous_parameter',
                HINT = format('Say which one: journey_column => %L.', candidates[1]);
        END IF;
        column_name := candidates[1];
    ELSE
        SELECT a.attname INTO column_name
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = rel AND a.attname = journey_column AND a.attnum > 0 AND NOT a.attisdropped
              AND 'journey.journey'::regtype IN (a.atttypid, t.typbasetype);
        IF column_name IS NULL THEN
            PERFORM FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = journey_column AND NOT a.attisdropped;
            IF FOUND THEN
                RAISE EXCEPTION 'column "%" of table % is no journey', journey_column, rel USING ERRCODE = 'datatype_mismatch';
            END IF;
            RAISE EXCEPTION 'table % has no column "%"', rel, journey_column USING ERRCODE = 'undefined_column';
        END IF;
    END IF;

    -- the steps, which a tracked table knows
    SELECT t.stage_type INTO stage_type FROM journey.tracked() t WHERE t.rel = rel AND t.journey_column = column_name;
    labels := steps;
    IF stage_type IS NOT NULL THEN
        known := journey.stage_labels(stage_type);
        SELECT l INTO bad FROM unnest(steps) l WHERE l <> ALL (known) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'step "%" is no stage of table %', bad, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = format('The stages are: %s.', array_to_string(known, ', '));
        END IF;
        IF steps IS NULL THEN
            labels := ARRAY(SELECT l FROM unnest(known) WITH ORDINALITY u (l, n)
                            WHERE journey.stage_kind(l) NOT IN ('lost', 'detour') ORDER BY n);
        END IF;
    ELSIF steps IS NULL THEN
        RAISE EXCEPTION 'steps must be given' USING ERRCODE = 'null_value_not_allowed',
            DETAIL = format('Table %s is not tracked, so nothing says what its stages are.', rel),
            HINT = 'Name them in their order: steps => ARRAY[...].';
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.conversion_source(pg_catalog.regclass, pg_catalog.text, pg_catalog.text[]) IS
    'where the journeys of a table are, and what its steps are; checks the steps of a tracked table';

-- Periods as conversion and its kin take them: the length of one, as an interval of local time.
CREATE FUNCTION journey.conversion_period(period pg_catalog.text, since pg_catalog.timestamptz, until pg_catalog.timestamptz, tz pg_catalog.text)
    RETURNS pg_catalog.interval
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF tz IS NULL THEN
        RAISE EXCEPTION 'time zone must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    -- what is no time zone is an error here, and not when there are rows
    PERFORM timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE tz;
    IF since >= until THEN
        RAISE EXCEPTION 'since must be before until' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('They are %s and %s.', since, until);
    END IF;
    IF period IS NULL THEN
        RETURN NULL;
    ELSIF period NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
        RAISE EXCEPTION 'unknown period "%"', period USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Periods are day, week, month, quarter and year.';
    END IF;
    RETURN CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END;
END
$function$;
COMMENT ON FUNCTION journey.conversion_period(pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text) IS
    'the length of a period, after checking it, its limits and its time zone';

CREATE FUNCTION journey.conversion_dimension(rel pg_catalog.regclass, dimension pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF dimension IS NULL THEN
        RETURN 'NULL::pg_catalog.text';
    END IF;
    PERFORM FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = dimension AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no column "%"', rel, dimension USING ERRCODE = 'undefined_column',
            HINT = 'A dimension is a column; for an expression make a view.';
    END IF;
    RETURN format('t.%I', dimension);
END
$function$;
COMMENT ON FUNCTION journey.conversion_dimension(pg_catalog.regclass, pg_catalog.text) IS
    'a dimension as SQL over a table that is called t';

-- The share that has converted by each time since the entry (one minus Kaplan and Meier's curve), by group.  Part of a
-- WITH query that has a CTE "fact" with columns g (the group), at, converted_at and till.
CREATE FUNCTION journey.conversion_curve() RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN $query$
    watch AS (
        -- each entrant leaves when converted, or when no longer watched; how long all are watched is known, too
        SELECT u.g, u.t, sum(u.events)::float8 AS events, sum(u.leaving)::float8 AS leaving, sum(u.watched)::float8 AS watched
        FROM (
            SELECT g, date_part('epoch', COALESCE(converted_at, till) - at) AS t, (converted_at IS NOT NULL)::int AS events,
                   1 AS leaving, (converted_at IS NULL)::int AS watched
            FROM fact
            UNION ALL
            SELECT g, date_part('epoch', till - at), 0, 0, 1 FROM fact WHERE converted_at IS NOT NULL
        ) u
        GROUP BY 1, 2),
    risk AS (
        SELECT g, t, events, sum(leaving) OVER later AS n, sum(watched) OVER later AS watched, sum(watched) OVER (PARTITION BY g) AS total
        FROM watch WINDOW later AS (PARTITION BY g ORDER BY t DESC)),
    curve AS (
        SELECT g, t, watched >= 0.05 * total AS trusted,
               1 - exp(sum(CASE WHEN events = 0 THEN 0 WHEN events >= n THEN '-infinity' ELSE ln(1 - events / n) END) OVER earlier) AS share,
               sum(CASE WHEN events > 0 AND events < n THEN events / (n * (n - events)) ELSE 0 END) OVER earlier AS greenwood
        FROM risk WINDOW earlier AS (PARTITION BY g ORDER BY t)),
    plateau AS (
        -- as far as at least one in twenty was watched: behind that a single conversion would lift the curve too much
        SELECT g, max(share) AS share, max(greenwood) AS greenwood, max(t) AS horizon FROM curve WHERE trusted GROUP BY g)
$query$;
COMMENT ON FUNCTION journey.conversion_curve() IS
    'the part of a query that computes which share has converted by each time since the entry';

CREATE FUNCTION journey.conversion(
    rel pg_catalog.regclass, kind pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    within pg_catalog.interval DEFAULT NULL, target pg_catalog.text DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.conversion_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    counts text;                -- CTEs that end in "tally": dim, key, step, entered, converted, age, maturity, expected
BEGIN
    IF kind IS NULL THEN
        RAISE EXCEPTION 'kind of conversion must not be null' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Kinds are cohort, snapshot and flow.';
    ELSIF kind NOT IN ('cohort', 'snapshot', 'flow') THEN
        RAISE EXCEPTION 'unknown kind of conversion "%"', kind USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Kinds are cohort, snapshot and flow.';
    ELSIF within IS NOT NULL AND kind <> 'cohort' THEN
        RAISE EXCEPTION 'within has a meaning for cohorts only' USING ERRCODE = 'invalid_parameter_value';
    ELSIF target IS NOT NULL AND kind = 'flow' THEN
        RAISE EXCEPTION 'a flow has no target' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'It is about single moves, from one step to the next.';
    END IF;
    -- what is wrong with the arguments is told also when there are no rows
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment, within, target);
    PERFORM FROM journey.wilson(0, 0, level);
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    IF kind = 'cohort' THEN
        counts := format($query$
    fact AS MATERIALIZED (
        SELECT s.dim, (s.c).step AS g, (s.c).entered_at AS at, (s.c).converted_at AS converted_at, (s.c).watched_until AS till
        FROM (SELECT %s AS dim, journey.cohort_steps(t.%I, $1, $2, $3, $4, $5) AS c FROM %s t) s),
    %s,
    tally AS (
        SELECT f.dim, date_trunc($9, f.at AT TIME ZONE $8) AS key, f.g AS step, count(*) AS entered, count(f.converted_at) AS converted,
               $3 - max(f.at) AS age,
               CASE WHEN max(p.share) > 0 THEN avg(LEAST(c.share, p.share)) / max(p.share) END AS maturity,
               CASE WHEN max(p.share) > 0 THEN
                   (count(f.converted_at) + sum(CASE WHEN f.converted_at IS NULL AND c.share < p.share
                                                     THEN (p.share - c.share) / (1 - c.share) ELSE 0 END)) / count(*) END AS expected
        FROM fact f
        JOIN curve c ON c.g = f.g AND c.t = date_part('epoch', f.till - f.at)
        JOIN plateau p ON p.g = f.g
        WHERE ($6 IS NULL OR f.at >= $6) AND ($7 IS NULL OR f.at < $7)
        GROUP BY 1, 2, 3),
    span AS (SELECT min(key) AS low, max(key) AS high FROM tally)$query$, split, source.column_name, source.relation, journey.conversion_curve());
    ELSIF kind = 'flow' THEN
        counts := format($query$
    fact AS (
        SELECT s.dim, (s.c).step AS step, (s.c).left_at AS at, (s.c).converted AS converted
        FROM (SELECT %s AS dim, journey.flow_steps(t.%I, $1, $2, $3) AS c FROM %s t) s),
    tally AS (
        SELECT dim, date_trunc($9, at AT TIME ZONE $8) AS key, step, count(*) AS entered, count(*) FILTER (WHERE converted) AS converted,
               NULL::interval AS age, NULL::float8 AS maturity, NULL::float8 AS expected
        FROM fact WHERE ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7)
        GROUP BY 1, 2, 3),
    span AS (SELECT min(key) AS low, max(key) AS high FROM tally)$query$, split, source.column_name, source.relation);
    ELSE
        counts := format($query$
    span AS (
        SELECT date_trunc($9, min(journey.started_at(t.%2$I)) AT TIME ZONE $8) AS low,
               date_trunc($9, max(LEAST(journey.updated_at(t.%2$I), $3)) AT TIME ZONE $8) AS high
        FROM %3$s t WHERE journey.started_at(t.%2$I) <= $3),
    place AS (
        SELECT s.dim, s.key, array_position($1, s.label) AS place, s.n
        FROM (
            SELECT %1$s AS dim, p.key, journey.stage_at(t.%2$I, LEAST($3, p.until - interval '1 microsecond')) AS label, count(*) AS n
            FROM %3$s t CROSS JOIN period p GROUP BY 1, 2, 3
        ) s),
    tally AS (
        SELECT p.dim, p.key, s.step, sum(p.n) FILTER (WHERE p.place = s.step OR $2 = 'implied' AND p.place > s.step)::int8 AS entered,
               sum(p.n) FILTER (WHERE p.place = s.target OR $2 = 'implied' AND p.place > s.target)::int8 AS converted,
               NULL::interval AS age, NULL::float8 AS maturity, NULL::float8 AS expected
        FROM place p CROSS JOIN step s GROUP BY 1, 2, 3)$query$, split, source.column_name, source.relation);
    END IF;

    RETURN QUERY EXECUTE format($query$
WITH RECURSIVE
    step AS (
        SELECT k AS step, COALESCE(array_position($1, $5), k + 1) AS target
        FROM generate_series(1, COALESCE(array_position($1, $5), cardinality($1)) - 1) k),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $8, $6) AS since, LEAST((k.key + $10) AT TIME ZONE $8, $7) AS until
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($9, $6 AT TIME ZONE $8), s.low, date_trunc($9, ($7 - interval '1 microsecond') AT TIME ZONE $8)),
                LEAST(COALESCE(date_trunc($9, ($7 - interval '1 microsecond') AT TIME ZONE $8), s.high, date_trunc($9, $6 AT TIME ZONE $8)),
                      date_trunc($9, $3 AT TIME ZONE $8)), $10) AS key
            FROM span s WHERE $9 IS NOT NULL
            UNION ALL
            SELECT NULL WHERE $9 IS NULL
        ) k),
    %s,
    -- periods and values of the dimension in which nothing happened are rows, too
    result AS (
        SELECT r.dim, r.key, r.step, COALESCE(sum(r.entered), 0)::int8 AS entered, COALESCE(sum(r.converted), 0)::int8 AS converted,
               max(r.age) AS age, max(r.maturity) AS maturity, max(r.expected) AS expected
        FROM (
            SELECT dim, key, step, entered, converted, age, maturity, expected FROM tally
            UNION ALL
            SELECT d.dim, p.key, s.step, 0, 0, NULL, NULL, NULL
            FROM (%s) d CROSS JOIN period p CROSS JOIN step s
        ) r
        GROUP BY 1, 2, 3)
SELECT $11, $2, p.since, p.until, r.dim::text, r.step, $1[r.step], $1[s.target], r.entered, r.converted,
       CASE WHEN r.entered > 0 THEN r.converted::float8 / r.entered END,
       -- two stocks are no share of each other: the interval of their ratio is that of the odds
       CASE WHEN $11 = 'snapshot' AND $2 = 'strict' THEN o.low / (1 - o.low) ELSE w.low END,
       CASE WHEN $11 = 'snapshot' AND $2 = 'strict' THEN o.high / NULLIF(1 - o.high, 0) ELSE w.high END,
       r.age, r.maturity, r.maturity >= 0.95 OR r.maturity IS NOT NULL AND r.converted = r.entered, r.expected
FROM result r
JOIN step s ON s.step = r.step
JOIN period p ON p.key IS NOT DISTINCT FROM r.key
CROSS JOIN LATERAL journey.wilson(LEAST(r.converted, r.entered), r.entered, $12) w
CROSS JOIN LATERAL journey.wilson(CASE WHEN r.entered > 0 THEN r.converted ELSE 0 END,
                                  CASE WHEN r.entered > 0 THEN r.entered + r.converted ELSE 0 END, $12) o
ORDER BY r.key, r.dim, r.step$query$, counts,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING source.labels, reach, moment, within, target, since, until, tz, period, period_length, kind, level;
END
$function$;
COMMENT ON FUNCTION journey.conversion(pg_catalog.regclass, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'conversion from each step to the next over the journeys of a table: cohort, snapshot or flow, by period and dimension, with intervals and maturity';

CREATE TYPE journey.customer_from_row AS (
    reach pg_catalog.text, period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    from_stage pg_catalog.text, entered pg_catalog.int8,
    early pg_catalog.text, early_customers pg_catalog.int8, early_rate pg_catalog.float8, early_low pg_catalog.float8, early_high pg_catalog.float8,
    late pg_catalog.text, late_customers pg_catalog.int8, late_rate pg_catalog.float8, late_low pg_catalog.float8, late_high pg_catalog.float8,
    age pg_catalog.interval, early_maturity pg_catalog.float8, late_maturity pg_catalog.float8);
COMMENT ON TYPE journey.customer_from_row IS
    'how many of a cohort became customers by two definitions of when a customer is one';

CREATE FUNCTION journey.customer_from(
    rel pg_catalog.regclass, early pg_catalog.text, late pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    within pg_catalog.interval DEFAULT NULL, tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.customer_from_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF early IS NULL OR late IS NULL THEN
        RAISE EXCEPTION 'the stages from which somebody is a customer must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    -- both ask the same cohorts in the same order, so their rows come in pairs
    RETURN QUERY
    SELECT e.reach, e.period_from, e.period_to, e.dimension, e.from_stage, e.entered,
           e.to_stage, e.converted, e.rate, e.low, e.high,
           l.to_stage, l.converted, l.rate, l.low, l.high,
           e.age, e.maturity, l.maturity
    FROM (SELECT c.*, row_number() OVER () AS n
          FROM journey.conversion(rel, 'cohort', steps, reach, dimension, period, since, until, within, early, tz, as_of, journey_column, level) c
          WHERE c.step = 1) e
    JOIN (SELECT c.*, row_number() OVER () AS n
          FROM journey.conversion(rel, 'cohort', steps, reach, dimension, period, since, until, within, late, tz, as_of, journey_column, level) c
          WHERE c.step = 1) l USING (n)
    ORDER BY n;
END
$function$;
COMMENT ON FUNCTION journey.customer_from(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'conversion of those who entered the first step into customers, by two definitions of the stage from which one is a customer, side by side';

CREATE FUNCTION journey.band(rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
    band_low pg_catalog.float8, band_high pg_catalog.float8) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN rate IS NULL OR band_low IS NULL AND band_high IS NULL THEN NULL
    WHEN COALESCE(high, rate) < band_low THEN 'below'
    WHEN COALESCE(low, rate) > band_high THEN 'above'
    WHEN COALESCE(rate >= band_low, true) AND COALESCE(rate <= band_high, true) THEN 'within'
    ELSE 'unclear' END;
COMMENT ON FUNCTION journey.band(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'where a figure lies to a band: below or above when its whole interval does, within, or unclear; a missing limit of the band does not limit';

CREATE TYPE journey.quality_row AS (
    reach pg_catalog.text, period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, dimension pg_catalog.text,
    leads pg_catalog.int8, qualified pg_catalog.int8,
    rate pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, band pg_catalog.text,
    never pg_catalog.float8, never_low pg_catalog.float8, never_high pg_catalog.float8, never_band pg_catalog.text,
    horizon pg_catalog.interval);
COMMENT ON TYPE journey.quality_row IS
    'how many leads have qualified, and the share that never will';

CREATE FUNCTION journey.quality(
    rel pg_catalog.regclass, qualified pg_catalog.text, lead pg_catalog.text DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    dimension pg_catalog.text DEFAULT NULL, period pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.quality_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    first CONSTANT integer := CASE WHEN lead IS NULL THEN 1 ELSE array_position(source.labels, lead) END;
BEGIN
    IF qualified IS NULL THEN
        RAISE EXCEPTION 'the stage of qualified leads must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF first IS NULL THEN
        RAISE EXCEPTION 'stage of leads "%" is none of the steps', lead USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The steps are: %s.', array_to_string(source.labels, ', '));
    END IF;
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment, NULL, qualified);
    PERFORM FROM journey.wilson(0, 0, level);
    IF first >= array_position(source.labels, qualified) THEN
        RAISE EXCEPTION 'stage of qualified leads "%" must come after that of leads, "%"', qualified, source.labels[first]
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    RETURN QUERY EXECUTE format($query$
WITH
    entrant AS (
        SELECT s.dim, date_trunc($8, (s.c).entered_at AT TIME ZONE $7) AS key,
               (s.c).entered_at AS at, (s.c).converted_at AS converted_at, (s.c).watched_until AS till
        FROM (SELECT %s AS dim, journey.cohort_steps(t.%I, $1, $2, $3, NULL, $4) AS c FROM %s t) s
        WHERE (s.c).step = $10 AND ($5 IS NULL OR (s.c).entered_at >= $5) AND ($6 IS NULL OR (s.c).entered_at < $6)),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $7, $5) AS since, LEAST((k.key + $9) AT TIME ZONE $7, $6) AS until
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($8, $5 AT TIME ZONE $7), min(key), date_trunc($8, ($6 - interval '1 microsecond') AT TIME ZONE $7)),
                LEAST(COALESCE(date_trunc($8, ($6 - interval '1 microsecond') AT TIME ZONE $7), max(key), date_trunc($8, $5 AT TIME ZONE $7)),
                      date_trunc($8, $3 AT TIME ZONE $7)), $9) AS key
            FROM entrant WHERE $8 IS NOT NULL
            UNION ALL
            SELECT NULL WHERE $8 IS NULL
        ) k),
    fact AS MATERIALIZED (
        SELECT dense_rank() OVER (ORDER BY key, dim) AS g, at, converted_at, till FROM entrant),
    -- the same numbers beside what they stand for; a join of the leads themselves on equality would not match nulls
    name AS (SELECT key, dim, row_number() OVER (ORDER BY key, dim) AS g FROM (SELECT DISTINCT key, dim FROM entrant) e),
    segment AS (
        SELECT d.dim, p.key, p.since, p.until, n.g
        FROM (%s) d CROSS JOIN period p
        LEFT JOIN name n ON n.key IS NOT DISTINCT FROM p.key AND n.dim IS NOT DISTINCT FROM d.dim),
    %s,
    tally AS (SELECT g, count(*) AS n, count(converted_at) AS converted FROM fact GROUP BY g)
SELECT $2, s.since, s.until, s.dim::text, COALESCE(t.n, 0), COALESCE(t.converted, 0), w.rate, w.low, w.high,
       journey.band(w.rate, w.low, w.high, 0.12, 0.16),
       1 - p.share, v.low, v.high, journey.band(1 - p.share, v.low, v.high, 0.50, 0.90), justify_hours(make_interval(secs => p.horizon))
FROM segment s
LEFT JOIN tally t USING (g)
LEFT JOIN plateau p USING (g)
CROSS JOIN LATERAL journey.wilson(COALESCE(t.converted, 0), COALESCE(t.n, 0), $11) w
-- the number of leads that would tell as much, had all of them been watched to the end: K. J. Rothman (1978)
CROSS JOIN LATERAL (SELECT CASE WHEN p.greenwood > 0 AND p.share < 1 THEN p.share / ((1 - p.share) * p.greenwood) ELSE t.n END AS n) e
LEFT JOIN LATERAL journey.wilson((1 - p.share) * e.n, e.n, $11) v ON true
ORDER BY s.key, s.dim$query$, split, source.column_name, source.relation,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END,
        journey.conversion_curve())
        USING source.labels, reach, moment, qualified, since, until, tz, period, period_length, first, level;
END
$function$;
COMMENT ON FUNCTION journey.quality(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.text, pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz,
    pg_catalog.text, pg_catalog.float8) IS
    'which share of the leads has qualified, and which never will (leads that are still young are not counted as failures); by source or any dimension';

CREATE TYPE journey.growth_row AS (
    stage pg_catalog.text, reach pg_catalog.text,
    period_from pg_catalog.timestamptz, period_to pg_catalog.timestamptz, complete pg_catalog.bool, dimension pg_catalog.text,
    entered pg_catalog.int8, before pg_catalog.int8, change pg_catalog.int8,
    growth pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, multiple pg_catalog.float8);
COMMENT ON TYPE journey.growth_row IS
    'how many entered a stage in a period, against the period before and the first one';

CREATE FUNCTION journey.growth(
    rel pg_catalog.regclass, stage pg_catalog.text, period pg_catalog.text DEFAULT 'month',
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied', dimension pg_catalog.text DEFAULT NULL,
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS SETOF journey.growth_row
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    source CONSTANT record := journey.conversion_source(rel, journey_column, steps);
    period_length CONSTANT interval := journey.conversion_period(period, since, until, tz);
    split CONSTANT text := journey.conversion_dimension(rel, dimension);
    moment CONSTANT timestamptz := COALESCE(as_of, now());
    place CONSTANT integer := array_position(source.labels, stage);
BEGIN
    IF period IS NULL THEN
        RAISE EXCEPTION 'period must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF stage IS NULL THEN
        RAISE EXCEPTION 'stage must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF place IS NULL THEN
        RAISE EXCEPTION 'stage "%" is none of the steps', stage USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The steps are: %s.', array_to_string(source.labels, ', '));
    END IF;
    PERFORM FROM journey.cohort_steps('{}'::journey.journey, source.labels, reach, moment);
    PERFORM FROM journey.wilson(0, 0, level);
    IF NOT isfinite(since) THEN since := NULL; END IF;
    IF NOT isfinite(until) THEN until := NULL; END IF;

    RETURN QUERY EXECUTE format($query$
WITH
    entrant AS (
        SELECT e.dim, date_trunc($7, e.at AT TIME ZONE $6) AS key
        FROM (
            SELECT %s AS dim, (SELECT min(journey.first_at(t.%I, l)) FROM unnest($1) l) AS at
            FROM %s t
        ) e
        WHERE e.at <= $3 AND ($4 IS NULL OR e.at >= $4) AND ($5 IS NULL OR e.at < $5)),
    period AS (
        SELECT k.key, GREATEST(k.key AT TIME ZONE $6, $4) AS since, LEAST((k.key + $8) AT TIME ZONE $6, $5) AS until,
               k.key AT TIME ZONE $6 >= $4 IS NOT FALSE
               AND (k.key + $8) AT TIME ZONE $6 <= $5 IS NOT FALSE AND (k.key + $8) AT TIME ZONE $6 <= $3 AS complete
        FROM (
            SELECT generate_series(
                COALESCE(date_trunc($7, $4 AT TIME ZONE $6), min(key), date_trunc($7, ($5 - interval '1 microsecond') AT TIME ZONE $6)),
                LEAST(COALESCE(date_trunc($7, ($5 - interval '1 microsecond') AT TIME ZONE $6), max(key), date_trunc($7, $4 AT TIME ZONE $6)),
                      date_trunc($7, $3 AT TIME ZONE $6)), $8) AS key
            FROM entrant
        ) k),
    tally AS (
        SELECT u.dim, u.key, sum(u.n)::int8 AS n
        FROM (SELECT dim, key, count(*) AS n FROM entrant GROUP BY 1, 2
              UNION ALL
              SELECT d.dim, p.key, 0 FROM (%s) d CROSS JOIN period p) u
        GROUP BY 1, 2),
    serial AS (
        SELECT t.*, lag(t.n) OVER w AS before, first_value(t.n) OVER w AS base
        FROM tally t WINDOW w AS (PARTITION BY t.dim ORDER BY t.key))
SELECT $9, $2, p.since, p.until, p.complete, s.dim::text, s.n, s.before, s.n - s.before,
       CASE WHEN s.before > 0 THEN s.n::float8 / s.before - 1 END,
       -- given both counts together, how many fall into the later period is a share
       CASE WHEN s.before > 0 THEN w.low / (1 - w.low) - 1 END,
       CASE WHEN s.before > 0 THEN w.high / NULLIF(1 - w.high, 0) - 1 END,
       CASE WHEN s.base > 0 THEN s.n::float8 / s.base END
FROM serial s
JOIN period p ON p.key = s.key
CROSS JOIN LATERAL journey.wilson(CASE WHEN s.before > 0 THEN s.n ELSE 0 END, CASE WHEN s.before > 0 THEN s.n + s.before ELSE 0 END, $10) w
ORDER BY s.key, s.dim$query$, split, source.column_name, source.relation,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING CASE WHEN reach = 'implied' THEN source.labels[place:] ELSE ARRAY[stage] END, reach, moment, since, until, tz,
              period, period_length, stage, level;
END
$function$;
COMMENT ON FUNCTION journey.growth(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.float8) IS
    'how many entered a stage in each period, how that compares with the period before, and which multiple of the first it is';
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
-- survival: how long until, with what is still open counted as it should be

CREATE TYPE journey.survival_curve;

CREATE FUNCTION journey.survival_curve_in(pg_catalog.cstring) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_in(pg_catalog.cstring) IS
    'text input of survival_curve';
CREATE FUNCTION journey.survival_curve_out(journey.survival_curve) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_out(journey.survival_curve) IS
    'text output of survival_curve';
CREATE FUNCTION journey.survival_curve_recv(pg_catalog.internal) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_recv(pg_catalog.internal) IS
    'binary input of survival_curve';
CREATE FUNCTION journey.survival_curve_send(journey.survival_curve) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_send(journey.survival_curve) IS
    'binary output of survival_curve';

CREATE TYPE journey.survival_curve (
    INPUT = journey.survival_curve_in,
    OUTPUT = journey.survival_curve_out,
    RECEIVE = journey.survival_curve_recv,
    SEND = journey.survival_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.survival_curve IS
    'counts of spells per distinct duration, from which a Kaplan-Meier curve follows; durations are intervals, and values add up';
CREATE CAST (journey.survival_curve AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.survival_curve AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.survival_curve) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.survival_curve) IS 'a value from its JSON form';

CREATE FUNCTION journey.survival_curve_combine(journey.survival_curve, journey.survival_curve) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_combine(journey.survival_curve, journey.survival_curve) IS
    'the spells of both';
CREATE FUNCTION journey.survival_curve_final(journey.survival_curve) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_final(journey.survival_curve) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.survival_curve) (
    SFUNC = journey.survival_curve_combine,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.survival_curve) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.survival_curve_combine,
    LEFTARG = journey.survival_curve,
    RIGHTARG = journey.survival_curve,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.survival_curve, journey.survival_curve) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.survival_curve) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.survival_curve) IS
    'how many spells were counted';

CREATE TYPE journey.survival_curve_float8;

CREATE FUNCTION journey.survival_curve_float8_in(pg_catalog.cstring) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_in(pg_catalog.cstring) IS
    'text input of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_out(journey.survival_curve_float8) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_out(journey.survival_curve_float8) IS
    'text output of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_recv(pg_catalog.internal) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_recv(pg_catalog.internal) IS
    'binary input of survival_curve_float8';
CREATE FUNCTION journey.survival_curve_float8_send(journey.survival_curve_float8) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_send(journey.survival_curve_float8) IS
    'binary output of survival_curve_float8';

CREATE TYPE journey.survival_curve_float8 (
    INPUT = journey.survival_curve_float8_in,
    OUTPUT = journey.survival_curve_float8_out,
    RECEIVE = journey.survival_curve_float8_recv,
    SEND = journey.survival_curve_float8_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.survival_curve_float8 IS
    'counts of spells per distinct duration, from which a Kaplan-Meier curve follows; durations are numbers, and values add up';
CREATE CAST (journey.survival_curve_float8 AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.survival_curve_float8 AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.survival_curve_float8) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.survival_curve_float8) IS 'a value from its JSON form';

CREATE FUNCTION journey.survival_curve_float8_combine(journey.survival_curve_float8, journey.survival_curve_float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_combine(journey.survival_curve_float8, journey.survival_curve_float8) IS
    'the spells of both';
CREATE FUNCTION journey.survival_curve_float8_final(journey.survival_curve_float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_final(journey.survival_curve_float8) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.survival_curve_float8) (
    SFUNC = journey.survival_curve_float8_combine,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.survival_curve_float8) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.survival_curve_float8_combine,
    LEFTARG = journey.survival_curve_float8,
    RIGHTARG = journey.survival_curve_float8,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.survival_curve_float8, journey.survival_curve_float8) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.survival_curve_float8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.survival_curve_float8) IS
    'how many spells were counted';

CREATE TYPE journey.incidence_curve;

CREATE FUNCTION journey.incidence_curve_in(pg_catalog.cstring) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_in(pg_catalog.cstring) IS
    'text input of incidence_curve';
CREATE FUNCTION journey.incidence_curve_out(journey.incidence_curve) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_out(journey.incidence_curve) IS
    'text output of incidence_curve';
CREATE FUNCTION journey.incidence_curve_recv(pg_catalog.internal) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_recv(pg_catalog.internal) IS
    'binary input of incidence_curve';
CREATE FUNCTION journey.incidence_curve_send(journey.incidence_curve) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_send(journey.incidence_curve) IS
    'binary output of incidence_curve';

CREATE TYPE journey.incidence_curve (
    INPUT = journey.incidence_curve_in,
    OUTPUT = journey.incidence_curve_out,
    RECEIVE = journey.incidence_curve_recv,
    SEND = journey.incidence_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.incidence_curve IS
    'counts of spells per distinct duration and cause of their end, from which cumulative incidences follow; durations are intervals, and values add up';
CREATE CAST (journey.incidence_curve AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.incidence_curve AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.incidence_curve) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.incidence_curve) IS 'a value from its JSON form';

CREATE FUNCTION journey.incidence_curve_combine(journey.incidence_curve, journey.incidence_curve) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_combine(journey.incidence_curve, journey.incidence_curve) IS
    'the spells of both';
CREATE FUNCTION journey.incidence_curve_final(journey.incidence_curve) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_final(journey.incidence_curve) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.incidence_curve) (
    SFUNC = journey.incidence_curve_combine,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.incidence_curve) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.incidence_curve_combine,
    LEFTARG = journey.incidence_curve,
    RIGHTARG = journey.incidence_curve,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.incidence_curve, journey.incidence_curve) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.incidence_curve) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.incidence_curve) IS
    'how many spells were counted';

CREATE TYPE journey.incidence_curve_float8;

CREATE FUNCTION journey.incidence_curve_float8_in(pg_catalog.cstring) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_in(pg_catalog.cstring) IS
    'text input of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_out(journey.incidence_curve_float8) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_out(journey.incidence_curve_float8) IS
    'text output of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_recv(pg_catalog.internal) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_recv(pg_catalog.internal) IS
    'binary input of incidence_curve_float8';
CREATE FUNCTION journey.incidence_curve_float8_send(journey.incidence_curve_float8) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_send(journey.incidence_curve_float8) IS
    'binary output of incidence_curve_float8';

CREATE TYPE journey.incidence_curve_float8 (
    INPUT = journey.incidence_curve_float8_in,
    OUTPUT = journey.incidence_curve_float8_out,
    RECEIVE = journey.incidence_curve_float8_recv,
    SEND = journey.incidence_curve_float8_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.incidence_curve_float8 IS
    'counts of spells per distinct duration and cause of their end, from which cumulative incidences follow; durations are numbers, and values add up';
CREATE CAST (journey.incidence_curve_float8 AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.incidence_curve_float8 AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.incidence_curve_float8) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.incidence_curve_float8) IS 'a value from its JSON form';

CREATE FUNCTION journey.incidence_curve_float8_combine(journey.incidence_curve_float8, journey.incidence_curve_float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_combine(journey.incidence_curve_float8, journey.incidence_curve_float8) IS
    'the spells of both';
CREATE FUNCTION journey.incidence_curve_float8_final(journey.incidence_curve_float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_final(journey.incidence_curve_float8) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.incidence_curve_float8) (
    SFUNC = journey.incidence_curve_float8_combine,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.incidence_curve_float8) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.incidence_curve_float8_combine,
    LEFTARG = journey.incidence_curve_float8,
    RIGHTARG = journey.incidence_curve_float8,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.incidence_curve_float8, journey.incidence_curve_float8) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.incidence_curve_float8) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.incidence_curve_float8) IS
    'how many spells were counted';

CREATE TYPE journey.log_rank;

CREATE FUNCTION journey.log_rank_in(pg_catalog.cstring) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_in(pg_catalog.cstring) IS
    'text input of log_rank';
CREATE FUNCTION journey.log_rank_out(journey.log_rank) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'survival_counts_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_out(journey.log_rank) IS
    'text output of log_rank';
CREATE FUNCTION journey.log_rank_recv(pg_catalog.internal) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_recv(pg_catalog.internal) IS
    'binary input of log_rank';
CREATE FUNCTION journey.log_rank_send(journey.log_rank) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'survival_counts_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_send(journey.log_rank) IS
    'binary output of log_rank';

CREATE TYPE journey.log_rank (
    INPUT = journey.log_rank_in,
    OUTPUT = journey.log_rank_out,
    RECEIVE = journey.log_rank_recv,
    SEND = journey.log_rank_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.log_rank IS
    'counts of spells per distinct duration and group, from which the log-rank test follows; values add up';
CREATE CAST (journey.log_rank AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.log_rank AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.log_rank) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.log_rank) IS 'a value from its JSON form';

CREATE FUNCTION journey.log_rank_combine(journey.log_rank, journey.log_rank) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'survival_counts_combine' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_combine(journey.log_rank, journey.log_rank) IS
    'the spells of both';
CREATE FUNCTION journey.log_rank_final(journey.log_rank) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'survival_counts_final' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_final(journey.log_rank) IS
    'the counts an aggregate has built';
CREATE AGGREGATE journey.rollup(journey.log_rank) (
    SFUNC = journey.log_rank_combine,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.log_rank) IS
    'the spells of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.log_rank_combine,
    LEFTARG = journey.log_rank,
    RIGHTARG = journey.log_rank,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.log_rank, journey.log_rank) IS 'the spells of both';
CREATE FUNCTION journey.total(journey.log_rank) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'survival_counts_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.log_rank) IS
    'how many spells were counted';

-- counting rows: a null duration, or one of which it is not known whether it ended, is ignored

CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, duration pg_catalog.interval, ended pg_catalog.bool) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, pg_catalog.interval, pg_catalog.bool) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.interval, ended pg_catalog.bool) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.interval, pg_catalog.bool) IS
    'Kaplan-Meier: spells of such durations, ended or still open; read it with curve, median, quantiles and survival_at';
CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, duration pg_catalog.interval, ended pg_catalog.bool, entered pg_catalog.interval) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, pg_catalog.interval, pg_catalog.bool, pg_catalog.interval) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.interval, ended pg_catalog.bool, entered pg_catalog.interval) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.interval, pg_catalog.bool, pg_catalog.interval) IS
    'Kaplan-Meier with left truncation: spells of such durations, ended or still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, duration pg_catalog.interval, cause pg_catalog.text) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, pg_catalog.interval, pg_catalog.text) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.interval, cause pg_catalog.text) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.interval, pg_catalog.text) IS
    'Aalen-Johansen: spells of such durations, and the cause of their end, null for those still open; read it with curve, incidence_at and conditional_incidence';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, duration pg_catalog.interval, cause pg_catalog.text, entered pg_catalog.interval) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, pg_catalog.interval, pg_catalog.text, pg_catalog.interval) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.interval, cause pg_catalog.text, entered pg_catalog.interval) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.interval, pg_catalog.text, pg_catalog.interval) IS
    'Aalen-Johansen with left truncation: spells of such durations, and the cause of their end, null for those still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.interval, pg_catalog.bool, pg_catalog.text) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.interval, pg_catalog.bool, pg_catalog.text) IS
    'spells of such durations, ended or still open, by group; read it with log_rank_test, p_value and log_rank_groups';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.interval) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.interval, pg_catalog.bool, pg_catalog.text, pg_catalog.interval) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.interval, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.interval) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.interval, pg_catalog.bool, pg_catalog.text, pg_catalog.interval) IS
    'spells of such durations, ended or still open, by group; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.survival_curve_float8_add(state journey.survival_curve_float8, duration pg_catalog.float8, ended pg_catalog.bool) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_add(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.bool) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.float8, ended pg_catalog.bool) (
    SFUNC = journey.survival_curve_float8_add,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.float8, pg_catalog.bool) IS
    'Kaplan-Meier: spells of such durations, ended or still open; read it with curve, median, quantiles and survival_at';
CREATE FUNCTION journey.survival_curve_float8_add(state journey.survival_curve_float8, duration pg_catalog.float8, ended pg_catalog.bool, entered pg_catalog.float8) RETURNS journey.survival_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_float8_add(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(duration pg_catalog.float8, ended pg_catalog.bool, entered pg_catalog.float8) (
    SFUNC = journey.survival_curve_float8_add,
    STYPE = journey.survival_curve_float8,
    COMBINEFUNC = journey.survival_curve_float8_combine,
    FINALFUNC = journey.survival_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(pg_catalog.float8, pg_catalog.bool, pg_catalog.float8) IS
    'Kaplan-Meier with left truncation: spells of such durations, ended or still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.incidence_curve_float8_add(state journey.incidence_curve_float8, duration pg_catalog.float8, cause pg_catalog.text) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_add(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.float8, cause pg_catalog.text) (
    SFUNC = journey.incidence_curve_float8_add,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.float8, pg_catalog.text) IS
    'Aalen-Johansen: spells of such durations, and the cause of their end, null for those still open; read it with curve, incidence_at and conditional_incidence';
CREATE FUNCTION journey.incidence_curve_float8_add(state journey.incidence_curve_float8, duration pg_catalog.float8, cause pg_catalog.text, entered pg_catalog.float8) RETURNS journey.incidence_curve_float8
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_float8_add(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text, pg_catalog.float8) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(duration pg_catalog.float8, cause pg_catalog.text, entered pg_catalog.float8) (
    SFUNC = journey.incidence_curve_float8_add,
    STYPE = journey.incidence_curve_float8,
    COMBINEFUNC = journey.incidence_curve_float8_combine,
    FINALFUNC = journey.incidence_curve_float8_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(pg_catalog.float8, pg_catalog.text, pg_catalog.float8) IS
    'Aalen-Johansen with left truncation: spells of such durations, and the cause of their end, null for those still open; entered is how much of it had passed when observation began';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'log_rank_add_float8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.float8, pg_catalog.bool, pg_catalog.text) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.float8, pg_catalog.bool, pg_catalog.text) IS
    'spells of such durations, ended or still open, by group; read it with log_rank_test, p_value and log_rank_groups';
CREATE FUNCTION journey.log_rank_add(state journey.log_rank, duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.float8) RETURNS journey.log_rank
    AS 'MODULE_PATHNAME', 'log_rank_add_float8' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_add(journey.log_rank, pg_catalog.float8, pg_catalog.bool, pg_catalog.text, pg_catalog.float8) IS
    'transition of log_rank';
CREATE AGGREGATE journey.log_rank(duration pg_catalog.float8, ended pg_catalog.bool, group_name pg_catalog.text, entered pg_catalog.float8) (
    SFUNC = journey.log_rank_add,
    STYPE = journey.log_rank,
    COMBINEFUNC = journey.log_rank_combine,
    FINALFUNC = journey.log_rank_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.log_rank(pg_catalog.float8, pg_catalog.bool, pg_catalog.text, pg_catalog.float8) IS
    'spells of such durations, ended or still open, by group; entered is how much of it had passed when observation began';

-- counting journeys

CREATE FUNCTION journey.survival_curve_add(state journey.survival_curve, journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) RETURNS journey.survival_curve
    AS 'MODULE_PATHNAME', 'survival_curve_add_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_curve_add(journey.survival_curve, journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'transition of survival';
CREATE AGGREGATE journey.survival(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) (
    SFUNC = journey.survival_curve_add,
    STYPE = journey.survival_curve,
    COMBINEFUNC = journey.survival_curve_combine,
    FINALFUNC = journey.survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.survival(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'Kaplan-Meier of journeys: from the first entry of a stage to the first entry after it of one of the ends, or open as of a time';
CREATE FUNCTION journey.incidence_curve_add(state journey.incidence_curve, journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) RETURNS journey.incidence_curve
    AS 'MODULE_PATHNAME', 'incidence_curve_add_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_curve_add(journey.incidence_curve, journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'transition of cumulative_incidence';
CREATE AGGREGATE journey.cumulative_incidence(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz) (
    SFUNC = journey.incidence_curve_add,
    STYPE = journey.incidence_curve,
    COMBINEFUNC = journey.incidence_curve_combine,
    FINALFUNC = journey.incidence_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.cumulative_incidence(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz) IS
    'Aalen-Johansen of journeys: from the first entry of a stage to the first entry after it of one of the ends, which compete, or open as of a time';
CREATE FUNCTION journey.time_to(journey journey.journey, from_label pg_catalog.text, ends pg_catalog.text[], as_of pg_catalog.timestamptz,
    since pg_catalog.timestamptz DEFAULT NULL) RETURNS TABLE (duration pg_catalog.interval, outcome pg_catalog.text, entered pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'journey_time_to' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION journey.time_to(journey.journey, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz, pg_catalog.timestamptz) IS
    'the time from the first entry of a stage to the first entry after it of one of these ends, which is the outcome, or as of a time if there is none; entered is how much of it had passed when observation began';

-- reading

CREATE FUNCTION journey.curve(curve journey.survival_curve, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.interval, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        survival pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.survival_curve, pg_catalog.float8, pg_catalog.text) IS
    'the Kaplan-Meier curve: survival from each time on, its standard error by Greenwood and its confidence limits on a scale: log, log-log or plain';
CREATE FUNCTION journey.survival_at(curve journey.survival_curve, at pg_catalog.interval) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_at(journey.survival_curve, pg_catalog.interval) IS
    'the share that has not ended by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.median(curve journey.survival_curve) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'survival_curve_median' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.median(journey.survival_curve) IS
    'the time by which half have ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantile(curve journey.survival_curve, q pg_catalog.float8) RETURNS pg_catalog.interval
    AS 'MODULE_PATHNAME', 'survival_curve_quantile' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.quantile(journey.survival_curve, pg_catalog.float8) IS
    'the time by which such a share has ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantiles(curve journey.survival_curve, shares pg_catalog.float8[], confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE (q pg_catalog.float8, "time" pg_catalog.interval, low pg_catalog.interval, high pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'survival_curve_quantiles' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.quantiles(journey.survival_curve, pg_catalog.float8[], pg_catalog.float8, pg_catalog.text) IS
    'the times by which such shares have ended, with confidence limits; null where the curve, or its limit, does not come down so far';
CREATE FUNCTION journey.curve(curve journey.incidence_curve, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.interval, cause pg_catalog.text, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        incidence pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, still_open pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'incidence_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.incidence_curve, pg_catalog.float8, pg_catalog.text) IS
    'the Aalen-Johansen curves: for each time and cause, the share that has ended so by then, its standard error and confidence limits, and the share still open';
CREATE FUNCTION journey.incidence_at(curve journey.incidence_curve, cause pg_catalog.text, at pg_catalog.interval) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_at(journey.incidence_curve, pg_catalog.text, pg_catalog.interval) IS
    'the share that has ended by a cause by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.conditional_incidence(curve journey.incidence_curve, cause pg_catalog.text, age pg_catalog.interval, until pg_catalog.interval DEFAULT NULL) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_conditional' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conditional_incidence(journey.incidence_curve, pg_catalog.text, pg_catalog.interval, pg_catalog.interval) IS
    'the probability that what is still open at an age ends by a cause until a later age, or as far as was observed; null where nothing was observed';
CREATE FUNCTION journey.curve(curve journey.survival_curve_float8, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.float8, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        survival pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.survival_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'the Kaplan-Meier curve: survival from each time on, its standard error by Greenwood and its confidence limits on a scale: log, log-log or plain';
CREATE FUNCTION journey.survival_at(curve journey.survival_curve_float8, at pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_float8_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.survival_at(journey.survival_curve_float8, pg_catalog.float8) IS
    'the share that has not ended by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.median(curve journey.survival_curve_float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_median' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.median(journey.survival_curve_float8) IS
    'the time by which half have ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantile(curve journey.survival_curve_float8, q pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'survival_curve_quantile' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.quantile(journey.survival_curve_float8, pg_catalog.float8) IS
    'the time by which such a share has ended, by Kaplan-Meier; null when the curve does not come down so far';
CREATE FUNCTION journey.quantiles(curve journey.survival_curve_float8, shares pg_catalog.float8[], confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE (q pg_catalog.float8, "time" pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'survival_curve_quantiles' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.quantiles(journey.survival_curve_float8, pg_catalog.float8[], pg_catalog.float8, pg_catalog.text) IS
    'the times by which such shares have ended, with confidence limits; null where the curve, or its limit, does not come down so far';
CREATE FUNCTION journey.curve(curve journey.incidence_curve_float8, confidence pg_catalog.float8 DEFAULT 0.95, band pg_catalog.text DEFAULT 'log')
    RETURNS TABLE ("time" pg_catalog.float8, cause pg_catalog.text, at_risk pg_catalog.int8, entered pg_catalog.int8, events pg_catalog.int8, censored pg_catalog.int8,
        incidence pg_catalog.float8, std_error pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8, still_open pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'incidence_curve_points' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.curve(journey.incidence_curve_float8, pg_catalog.float8, pg_catalog.text) IS
    'the Aalen-Johansen curves: for each time and cause, the share that has ended so by then, its standard error and confidence limits, and the share still open';
CREATE FUNCTION journey.incidence_at(curve journey.incidence_curve_float8, cause pg_catalog.text, at pg_catalog.float8) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_float8_at' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.incidence_at(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.float8) IS
    'the share that has ended by a cause by a time; null after the last time observed, unless nothing was left';
CREATE FUNCTION journey.conditional_incidence(curve journey.incidence_curve_float8, cause pg_catalog.text, age pg_catalog.float8, until pg_catalog.float8 DEFAULT NULL) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'incidence_curve_float8_conditional' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conditional_incidence(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.float8, pg_catalog.float8) IS
    'the probability that what is still open at an age ends by a cause until a later age, or as far as was observed; null where nothing was observed';
CREATE FUNCTION journey.log_rank_test(test journey.log_rank, OUT chi_square pg_catalog.float8, OUT df pg_catalog.int4, OUT p_value pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.log_rank_test(journey.log_rank) IS
    'the log-rank statistic, its degrees of freedom and the probability of a greater one if the groups do not differ; null when there is nothing to compare';
CREATE FUNCTION journey.p_value(test journey.log_rank) RETURNS pg_catalog.float8
    AS 'MODULE_PATHNAME', 'log_rank_p_value' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.p_value(journey.log_rank) IS
    'the probability of a greater log-rank statistic if the groups do not differ; null when there is nothing to compare';
CREATE FUNCTION journey.log_rank_groups(test journey.log_rank)
    RETURNS TABLE (group_name pg_catalog.text, total pg_catalog.int8, observed pg_catalog.int8, expected pg_catalog.float8, variance pg_catalog.float8)
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2;
COMMENT ON FUNCTION journey.log_rank_groups(journey.log_rank) IS
    'for each group how many spells there are, how many events were observed, how many are expected if the groups do not differ, and the variance of the difference';
-- forecast: where moves from stage to stage end, when, and what the pipeline is worth

CREATE TYPE journey.transition_matrix;

CREATE FUNCTION journey.transition_matrix_in(pg_catalog.cstring) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_in(pg_catalog.cstring) IS 'text input of transition_matrix';
CREATE FUNCTION journey.transition_matrix_out(journey.transition_matrix) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_out(journey.transition_matrix) IS 'text output of transition_matrix';
CREATE FUNCTION journey.transition_matrix_recv(pg_catalog.internal) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_recv(pg_catalog.internal) IS 'binary input of transition_matrix';
CREATE FUNCTION journey.transition_matrix_send(journey.transition_matrix) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_send(journey.transition_matrix) IS 'binary output of transition_matrix';

CREATE TYPE journey.transition_matrix (
    INPUT = journey.transition_matrix_in,
    OUTPUT = journey.transition_matrix_out,
    RECEIVE = journey.transition_matrix_recv,
    SEND = journey.transition_matrix_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.transition_matrix IS
    'how often journeys moved from each stage to each other one, how long they had stayed, and where they are still open; values add up';
CREATE CAST (journey.transition_matrix AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.transition_matrix AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.transition_matrix) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.transition_matrix) IS 'a value from its JSON form';

-- counting

CREATE FUNCTION journey.transition_matrix_add(state journey.transition_matrix, journey journey.journey) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_add(journey.transition_matrix, journey.journey) IS 'transition of transition_matrix: one more journey';
CREATE FUNCTION journey.transition_matrix_add(state journey.transition_matrix, journey journey.journey, as_of pg_catalog.timestamptz) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_add(journey.transition_matrix, journey.journey, pg_catalog.timestamptz) IS
    'transition of transition_matrix: one more journey, as of a time';
CREATE FUNCTION journey.transition_matrix_combine(journey.transition_matrix, journey.transition_matrix) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_combine(journey.transition_matrix, journey.transition_matrix) IS 'the moves of both';
CREATE FUNCTION journey.transition_matrix_final(journey.transition_matrix) RETURNS journey.transition_matrix
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.transition_matrix_final(journey.transition_matrix) IS 'the counts an aggregate has built';
CREATE AGGREGATE journey.transition_matrix(journey journey.journey) (
    SFUNC = journey.transition_matrix_add,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_matrix(journey.journey) IS
    'the moves of journeys, where they began and where they are open; how long they have been open is not known';
CREATE AGGREGATE journey.transition_matrix(journey journey.journey, as_of pg_catalog.timestamptz) (
    SFUNC = journey.transition_matrix_add,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.transition_matrix(journey.journey, pg_catalog.timestamptz) IS
    'the moves of journeys up to a time, where they began, and where and how long they have been open';
CREATE AGGREGATE journey.rollup(journey.transition_matrix) (
    SFUNC = journey.transition_matrix_combine,
    STYPE = journey.transition_matrix,
    COMBINEFUNC = journey.transition_matrix_combine,
    FINALFUNC = journey.transition_matrix_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.transition_matrix) IS
    'the moves of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.transition_matrix_combine,
    LEFTARG = journey.transition_matrix,
    RIGHTARG = journey.transition_matrix,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.transition_matrix, journey.transition_matrix) IS 'the moves of both';

-- reading

CREATE FUNCTION journey.total(journey.transition_matrix) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'transition_matrix_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.transition_matrix) IS 'how many journeys were counted';
CREATE FUNCTION journey.transitions(matrix journey.transition_matrix)
    RETURNS TABLE (from_stage pg_catalog.text, to_stage pg_catalog.text, moves pg_catalog.int8, probability pg_catalog.float8,
        low pg_catalog.float8, high pg_catalog.float8, mean_dwell pg_catalog.interval, sd_dwell pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_moves' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 30;
COMMENT ON FUNCTION journey.transitions(journey.transition_matrix) IS
    'for each kind of move how many there were, their share of the moves from that stage with its 95 % Wilson limits, and how long the stay before them was';
CREATE FUNCTION journey.matrix_stages(matrix journey.transition_matrix)
    RETURNS TABLE (stage pg_catalog.text, starts pg_catalog.int8, entered pg_catalog.int8, moved_on pg_catalog.int8, open pg_catalog.int8,
        mean_dwell pg_catalog.interval, mean_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_stages' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.matrix_stages(journey.transition_matrix) IS
    'for each stage how many journeys began there, came there, moved on and are open there; the mean stay of those who moved on, and the mean with the time of the open ones counted';
CREATE FUNCTION journey.absorption(matrix journey.transition_matrix, ends pg_catalog.text[], dwell pg_catalog.text DEFAULT 'rate')
    RETURNS TABLE (from_stage pg_catalog.text, end_stage pg_catalog.text, probability pg_catalog.float8, mean_time pg_catalog.interval, sd_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_absorption' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION journey.absorption(journey.transition_matrix, pg_catalog.text[], pg_catalog.text) IS
    'for each stage and end the probability to end there by whatever way, and the mean and standard deviation of the time until then';
CREATE FUNCTION journey.time_to_end(matrix journey.transition_matrix, ends pg_catalog.text[], dwell pg_catalog.text DEFAULT 'rate')
    RETURNS TABLE (from_stage pg_catalog.text, moves pg_catalog.float8, mean_time pg_catalog.interval, sd_time pg_catalog.interval)
    AS 'MODULE_PATHNAME', 'transition_matrix_time_to_end' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.time_to_end(journey.transition_matrix, pg_catalog.text[], pg_catalog.text) IS
    'for each stage how many moves it takes to any of the ends, and how long, on average, with the standard deviation';
CREATE FUNCTION journey.expected_visits(matrix journey.transition_matrix, ends pg_catalog.text[])
    RETURNS TABLE (from_stage pg_catalog.text, stage pg_catalog.text, visits pg_catalog.float8, sd pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_visits' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION journey.expected_visits(journey.transition_matrix, pg_catalog.text[]) IS
    'the fundamental matrix: from each stage, how often each stage is visited before the end, with the standard deviation; the present stay counts';
CREATE FUNCTION journey.naive_absorption(matrix journey.transition_matrix, steps pg_catalog.text[])
    RETURNS TABLE (stage pg_catalog.text, probability pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_naive' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION journey.naive_absorption(journey.transition_matrix, pg_catalog.text[]) IS
    'the product of the rates from step to step, which misses skipped, repeated and reopened stages; for comparison only';
CREATE FUNCTION journey.forecast(matrix journey.transition_matrix, ends pg_catalog.text[], stages pg_catalog.text[] DEFAULT NULL, counts pg_catalog.int8[] DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL)
    RETURNS TABLE (end_stage pg_catalog.text, open pg_catalog.int8, expected pg_catalog.float8, sd pg_catalog.float8, naive pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'transition_matrix_forecast' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION journey.forecast(journey.transition_matrix, pg_catalog.text[], pg_catalog.text[], pg_catalog.int8[], pg_catalog.text[]) IS
    'how many of the open customers are expected at each end, with the standard deviation, and beside it the product of the rates of these steps; without counts, those who are open in the matrix';

-- the value of the pipeline

CREATE TYPE journey.pipeline AS (deals pg_catalog.int8, value pg_catalog.numeric, weighted pg_catalog.numeric, variance pg_catalog.numeric);
COMMENT ON TYPE journey.pipeline IS
    'open deals: how many, their value, the value weighted with the probability to win, and the variance of what will be won; values add up';
CREATE FUNCTION journey.pipeline_add(state journey.pipeline, value pg_catalog.numeric, probability pg_catalog.float8) RETURNS journey.pipeline
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.pipeline_add(journey.pipeline, pg_catalog.numeric, pg_catalog.float8) IS 'transition of weighted_pipeline: one more deal';
CREATE FUNCTION journey.pipeline_combine(journey.pipeline, journey.pipeline) RETURNS journey.pipeline
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.pipeline_combine(journey.pipeline, journey.pipeline) IS 'the deals of both';
CREATE AGGREGATE journey.weighted_pipeline(value pg_catalog.numeric, probability pg_catalog.float8) (
    SFUNC = journey.pipeline_add,
    STYPE = journey.pipeline,
    COMBINEFUNC = journey.pipeline_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.weighted_pipeline(pg_catalog.numeric, pg_catalog.float8) IS
    'the value of open deals, weighted with the probability to win each, and its variance if they are independent; a deal without a value or a probability is ignored';
CREATE AGGREGATE journey.rollup(journey.pipeline) (
    SFUNC = journey.pipeline_combine,
    STYPE = journey.pipeline,
    COMBINEFUNC = journey.pipeline_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.pipeline) IS 'the deals of all; nulls are ignored, and no values give null';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.pipeline_combine,
    LEFTARG = journey.pipeline,
    RIGHTARG = journey.pipeline,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.pipeline, journey.pipeline) IS 'the deals of both';
CREATE FUNCTION journey.spread(pipeline journey.pipeline) RETURNS pg_catalog.numeric
    IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.sqrt((pipeline).variance);
COMMENT ON FUNCTION journey.spread(journey.pipeline) IS
    'the standard deviation of what will be won of a pipeline, if its deals are independent';
CREATE FUNCTION journey.coverage(open pg_catalog.numeric, target pg_catalog.numeric, won pg_catalog.numeric DEFAULT 0) RETURNS pg_catalog.numeric
    IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN target OPERATOR(pg_catalog.>) won THEN open OPERATOR(pg_catalog./) (target OPERATOR(pg_catalog.-) won) END;
COMMENT ON FUNCTION journey.coverage(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric) IS
    'how many times the open pipeline covers what is missing to the target; null when nothing is missing';
-- attribution: which touches a conversion is owed to

-- one customer

CREATE FUNCTION journey.attribution(journey journey.journey, model pg_catalog.text, conversion pg_catalog.text DEFAULT NULL,
        converted_at pg_catalog.timestamptz DEFAULT NULL, value pg_catalog.numeric DEFAULT NULL, lookback pg_catalog.interval DEFAULT NULL,
        channels pg_catalog.text[] DEFAULT NULL, skip pg_catalog.text[] DEFAULT NULL, shares pg_catalog.numeric[] DEFAULT NULL,
        half_life pg_catalog.interval DEFAULT NULL, every_conversion pg_catalog.bool DEFAULT false)
    RETURNS TABLE (channel pg_catalog.text, touches pg_catalog.int4, credit pg_catalog.numeric, value pg_catalog.numeric,
                   nth pg_catalog.int4, converted_at pg_catalog.timestamptz)
    AS 'MODULE_PATHNAME', 'attribution_journey' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 4;
COMMENT ON FUNCTION journey.attribution(journey.journey, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.numeric,
    pg_catalog.interval, pg_catalog.text[], pg_catalog.text[], pg_catalog.numeric[], pg_catalog.interval, pg_catalog.bool) IS
    'the credit of each channel for the conversions of this customer, by a rule; the credits of a conversion add up to exactly 1';
CREATE FUNCTION journey.touches(journey journey.journey, conversion pg_catalog.text DEFAULT NULL, converted_at pg_catalog.timestamptz DEFAULT NULL,
        lookback pg_catalog.interval DEFAULT NULL, channels pg_catalog.text[] DEFAULT NULL) RETURNS journey.journey
    AS 'MODULE_PATHNAME', 'attribution_touches' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION journey.touches(journey.journey, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.interval, pg_catalog.text[]) IS
    'the touches that lead to the first conversion of this customer; all of them where there is none';

-- counting the paths of many

CREATE TYPE journey.touch_paths;

CREATE FUNCTION journey.touch_paths_in(pg_catalog.cstring) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_in(pg_catalog.cstring) IS 'text input of touch_paths';
CREATE FUNCTION journey.touch_paths_out(journey.touch_paths) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_out(journey.touch_paths) IS 'text output of touch_paths';
CREATE FUNCTION journey.touch_paths_recv(pg_catalog.internal) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_recv(pg_catalog.internal) IS 'binary input of touch_paths';
CREATE FUNCTION journey.touch_paths_send(journey.touch_paths) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_send(journey.touch_paths) IS 'binary output of touch_paths';

CREATE TYPE journey.touch_paths (
    INPUT = journey.touch_paths_in,
    OUTPUT = journey.touch_paths_out,
    RECEIVE = journey.touch_paths_recv,
    SEND = journey.touch_paths_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE journey.touch_paths IS 'how many customers took each path of touches, how many of them converted, and what that was worth; values add up';

CREATE CAST (journey.touch_paths AS pg_catalog.jsonb) WITH INOUT;
COMMENT ON CAST (journey.touch_paths AS pg_catalog.jsonb) IS 'the text form, which is JSON';
CREATE CAST (pg_catalog.jsonb AS journey.touch_paths) WITH INOUT;
COMMENT ON CAST (pg_catalog.jsonb AS journey.touch_paths) IS 'counted paths from their JSON form';

CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, converted pg_catalog.bool) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.bool) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, converted pg_catalog.bool, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.bool, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric, lookback pg_catalog.interval, channels pg_catalog.text[], every_conversion pg_catalog.bool) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_label' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, journey.journey, pg_catalog.text, pg_catalog.numeric, pg_catalog.interval, pg_catalog.text[], pg_catalog.bool) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_path' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, pg_catalog.text[], pg_catalog.int8, pg_catalog.int8) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_accum(state journey.touch_paths, path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME', 'touch_paths_accum_path' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION journey.touch_paths_accum(journey.touch_paths, pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.numeric) IS 'transition of attribution_agg';
CREATE FUNCTION journey.touch_paths_combine(journey.touch_paths, journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_combine(journey.touch_paths, journey.touch_paths) IS 'combination of attribution_agg, transition and combination of rollup';
CREATE FUNCTION journey.touch_paths_final(journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_final(journey.touch_paths) IS 'the paths an aggregate has counted';

CREATE AGGREGATE journey.attribution_agg(journey journey.journey, converted pg_catalog.bool) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.bool) IS
    'how many of these journeys of touches converted, by path; null journeys are ignored';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, converted pg_catalog.bool, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.bool, pg_catalog.numeric) IS
    'how many of these journeys of touches converted, by path, and what their conversions were worth';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text) IS
    'the paths of touches that lead to the first conversion of each journey, an entry with this label, or to none';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text, pg_catalog.numeric) IS
    'the paths of touches that lead to the first conversion of each journey, or to none, and what the conversions were worth';
CREATE AGGREGATE journey.attribution_agg(journey journey.journey, conversion pg_catalog.text, value pg_catalog.numeric, lookback pg_catalog.interval, channels pg_catalog.text[], every_conversion pg_catalog.bool) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(journey.journey, pg_catalog.text, pg_catalog.numeric, pg_catalog.interval, pg_catalog.text[], pg_catalog.bool) IS
    'the paths of touches of these channels that lead to the first conversion of each journey, or to each, from so long before';
CREATE AGGREGATE journey.attribution_agg(path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(pg_catalog.text[], pg_catalog.int8, pg_catalog.int8) IS
    'paths of touches with how many customers converted after them and how many did not';
CREATE AGGREGATE journey.attribution_agg(path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric) (
    SFUNC = journey.touch_paths_accum,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.attribution_agg(pg_catalog.text[], pg_catalog.int8, pg_catalog.int8, pg_catalog.numeric) IS
    'paths of touches with how many customers converted after them, how many did not, and what the conversions were worth together';
CREATE AGGREGATE journey.rollup(journey.touch_paths) (
    SFUNC = journey.touch_paths_combine,
    STYPE = journey.touch_paths,
    COMBINEFUNC = journey.touch_paths_combine,
    FINALFUNC = journey.touch_paths_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.touch_paths) IS
    'the sum of counted paths; nulls are ignored, and no paths give null';

CREATE FUNCTION journey.touch_paths_plus(journey.touch_paths, journey.touch_paths) RETURNS journey.touch_paths
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION journey.touch_paths_plus(journey.touch_paths, journey.touch_paths) IS 'implementation of + operator';
CREATE OPERATOR journey.+ (
    FUNCTION = journey.touch_paths_plus,
    LEFTARG = journey.touch_paths,
    RIGHTARG = journey.touch_paths,
    COMMUTATOR = OPERATOR(journey.+)
);
COMMENT ON OPERATOR journey.+ (journey.touch_paths, journey.touch_paths) IS 'the paths of both';

-- reading them

CREATE FUNCTION journey.total(journey.touch_paths) RETURNS pg_catalog.int8
    AS 'MODULE_PATHNAME', 'touch_paths_total' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.total(journey.touch_paths) IS 'how many paths were counted, converted or not';
CREATE FUNCTION journey.paths(journey.touch_paths) RETURNS TABLE (
        path pg_catalog.text[], converted pg_catalog.int8, lost pg_catalog.int8, value pg_catalog.numeric)
    AS 'MODULE_PATHNAME', 'touch_paths_rows' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 100;
COMMENT ON FUNCTION journey.paths(journey.touch_paths) IS
    'a row for each path of touches: how many converted after it, how many did not, and what the conversions were worth';
CREATE FUNCTION journey.transitions(paths journey.touch_paths, "order" pg_catalog.int4 DEFAULT 1, "collapse" pg_catalog.bool DEFAULT false)
    RETURNS TABLE (source pg_catalog.text[], target pg_catalog.text, converted pg_catalog.bool, paths pg_catalog.int8, probability pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'touch_paths_transitions' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 ROWS 100;
COMMENT ON FUNCTION journey.transitions(journey.touch_paths, pg_catalog.int4, pg_catalog.bool) IS
    'the moves of the Markov chain of these paths: from the last so many channels to the next one, or to the end, converted or not';
CREATE FUNCTION journey.attribution(paths journey.touch_paths, model pg_catalog.text, "order" pg_catalog.int4 DEFAULT NULL,
        "collapse" pg_catalog.bool DEFAULT false, skip pg_catalog.text[] DEFAULT NULL, shares pg_catalog.numeric[] DEFAULT NULL)
    RETURNS TABLE (channel pg_catalog.text, touches pg_catalog.int8, conversions pg_catalog.numeric, value pg_catalog.numeric,
                   share pg_catalog.numeric, removal_effect pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'attribution_paths' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 12;
COMMENT ON FUNCTION journey.attribution(journey.touch_paths, pg_catalog.text, pg_catalog.int4, pg_catalog.bool, pg_catalog.text[], pg_catalog.numeric[]) IS
    'what each channel gets of all conversions and of their value, by a rule, by removal effects or by Shapley values; exact sums';

-- amounts in whole cents

CREATE FUNCTION journey.apportion(amount pg_catalog.numeric, weights pg_catalog.numeric[], scale pg_catalog.int4 DEFAULT 2) RETURNS pg_catalog.numeric[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    cents numeric;
    total numeric := (SELECT sum(w) FROM unnest(weights) AS w);
BEGIN
    IF scale NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'number of decimal places must be between 0 and 100' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF amount IN ('NaN', 'Infinity', '-Infinity') THEN
        RAISE EXCEPTION 'amount to apportion must be finite' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    cents := abs(amount) * ('1e' || scale)::numeric;
    IF cents <> trunc(cents) THEN
        RAISE EXCEPTION 'amount to apportion has more than % decimal places', scale USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF array_ndims(weights) > 1 THEN
        RAISE EXCEPTION 'weights must have one dimension' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF array_position(weights, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'weights must not contain nulls' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF EXISTS (SELECT FROM unnest(weights) AS w WHERE w < 0 OR w IN ('NaN', 'Infinity')) THEN
        RAISE EXCEPTION 'weights must be finite and not negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF total > 0 THEN
        -- each its quota rounded down; what is left goes to the largest remainders, of equal ones to the first
        RETURN (
            SELECT array_agg(sign(amount) * (quota + CASE WHEN place <= missing THEN 1 ELSE 0 END) * ('1e-' || scale)::numeric ORDER BY i)
            FROM (SELECT i, quota, row_number() OVER (ORDER BY cents * w - quota * total DESC, i) AS place, cents - sum(quota) OVER () AS missing
                  FROM (SELECT i, w, div(cents * w, total) AS quota FROM unnest(weights) WITH ORDINALITY AS u (w, i)) AS q) AS p);
    END IF;
    IF amount <> 0 THEN
        RAISE EXCEPTION 'weights must not all be zero' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce((SELECT array_agg(0 * ('1e-' || scale)::numeric) FROM unnest(weights)), '{}');
END $function$;
COMMENT ON FUNCTION journey.apportion(pg_catalog.numeric, pg_catalog.numeric[], pg_catalog.int4) IS
    'an amount split in proportion to weights, in parts of so many decimal places that add up to it exactly';
-- uplift: two rates, and two funnels, compared

CREATE FUNCTION journey.compare_rates(
    converted pg_catalog.float8, n pg_catalog.float8, control_converted pg_catalog.float8, control_n pg_catalog.float8,
    level pg_catalog.float8 DEFAULT 0.95,
    OUT rate pg_catalog.float8, OUT rate_low pg_catalog.float8, OUT rate_high pg_catalog.float8,
    OUT control_rate pg_catalog.float8, OUT control_low pg_catalog.float8, OUT control_high pg_catalog.float8,
    OUT difference pg_catalog.float8, OUT low pg_catalog.float8, OUT high pg_catalog.float8,
    OUT lift pg_catalog.float8, OUT lift_low pg_catalog.float8, OUT lift_high pg_catalog.float8)
    AS 'MODULE_PATHNAME', 'uplift_compare_rates' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.compare_rates(pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'two rates, their difference with its Newcombe interval, and the relative lift with its interval; causal only where chance decided who was treated';

CREATE TYPE journey.uplift AS (
    treated pg_catalog.int8, treated_converted pg_catalog.int8,
    control pg_catalog.int8, control_converted pg_catalog.int8);
COMMENT ON TYPE journey.uplift IS 'how many were treated and how many not, and how many of each converted';

CREATE FUNCTION journey.uplift_accum(state pg_catalog.int8[], treated pg_catalog.bool, converted pg_catalog.bool) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_accum(pg_catalog.int8[], pg_catalog.bool, pg_catalog.bool) IS 'transition of uplift';
CREATE FUNCTION journey.uplift_combine(pg_catalog.int8[], pg_catalog.int8[]) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_combine(pg_catalog.int8[], pg_catalog.int8[]) IS
    'combination of two states of uplift, and of its rollup';
CREATE FUNCTION journey.uplift_final(pg_catalog.int8[]) RETURNS journey.uplift
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_final(pg_catalog.int8[]) IS 'result of uplift, and of its rollup';
CREATE FUNCTION journey.uplift_add(state pg_catalog.int8[], uplift journey.uplift) RETURNS pg_catalog.int8[]
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.uplift_add(pg_catalog.int8[], journey.uplift) IS 'transition of rollup of uplifts';

CREATE AGGREGATE journey.uplift(treated pg_catalog.bool, converted pg_catalog.bool) (
    SFUNC = journey.uplift_accum,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0,0,0}',
    COMBINEFUNC = journey.uplift_combine,
    FINALFUNC = journey.uplift_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.uplift(pg_catalog.bool, pg_catalog.bool) IS
    'counts of treated and control rows and of those that converted, for effect(); before against after is no experiment: something else may have changed too';
CREATE AGGREGATE journey.rollup(uplift journey.uplift) (
    SFUNC = journey.uplift_add,
    STYPE = pg_catalog.int8[],
    INITCOND = '{0,0,0,0}',
    COMBINEFUNC = journey.uplift_combine,
    FINALFUNC = journey.uplift_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.rollup(journey.uplift) IS 'the sum of uplifts of different customers; nulls are ignored';

CREATE FUNCTION journey.effect(uplift journey.uplift, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS TABLE (
        rate pg_catalog.float8, rate_low pg_catalog.float8, rate_high pg_catalog.float8,
        control_rate pg_catalog.float8, control_low pg_catalog.float8, control_high pg_catalog.float8,
        difference pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
        lift pg_catalog.float8, lift_low pg_catalog.float8, lift_high pg_catalog.float8)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT c.rate, c.rate_low, c.rate_high, c.control_rate, c.control_low, c.control_high,
           c.difference, c.low, c.high, c.lift, c.lift_low, c.lift_high
    FROM journey.compare_rates((uplift).treated_converted, (uplift).treated, (uplift).control_converted, (uplift).control, level) c;
END;
COMMENT ON FUNCTION journey.effect(journey.uplift, pg_catalog.float8) IS
    'both rates of an uplift, their difference with its Newcombe interval, and the relative lift; causal only where chance decided who was treated';

CREATE FUNCTION journey.funnel_difference(a journey.funnel, b journey.funnel, level pg_catalog.float8 DEFAULT 0.95)
    RETURNS TABLE (
        step pg_catalog.int4, label pg_catalog.text, reached pg_catalog.int8, reached_b pg_catalog.int8,
        conversion pg_catalog.float8, conversion_b pg_catalog.float8,
        difference pg_catalog.float8, low pg_catalog.float8, high pg_catalog.float8,
        overall pg_catalog.float8, overall_b pg_catalog.float8,
        overall_difference pg_catalog.float8, overall_low pg_catalog.float8, overall_high pg_catalog.float8)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    labels_a CONSTANT text[] := ARRAY(SELECT s.label FROM journey.steps(a) s ORDER BY s.step);
    labels_b CONSTANT text[] := ARRAY(SELECT s.label FROM journey.steps(b) s ORDER BY s.step);
BEGIN
    IF labels_a <> labels_b THEN
        RAISE EXCEPTION 'funnels of different steps cannot be compared' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('One has (%s), the other (%s).', array_to_string(labels_a, ', '), array_to_string(labels_b, ', '));
    END IF;
    RETURN QUERY
    SELECT x.step, x.label, x.reached, y.reached, x.conversion, y.conversion, s.difference, s.low, s.high,
           x.overall, y.overall, o.difference, o.low, o.high
    FROM journey.steps(a) x
    JOIN journey.steps(b) y ON y.step = x.step
    -- who reached the step before is who reached this one and who was lost between; the first step has none before
    LEFT JOIN LATERAL journey.compare_rates(x.reached, x.reached + x.dropped, y.reached, y.reached + y.dropped, level) s ON true
    LEFT JOIN LATERAL journey.compare_rates(x.reached, journey.entered(a), y.reached, journey.entered(b), level) o ON true
    ORDER BY x.step;
END
$function$;
COMMENT ON FUNCTION journey.funnel_difference(journey.funnel, journey.funnel, pg_catalog.float8) IS
    'two funnels of the same steps, step by step: the difference of their conversions with its Newcombe interval';
-- benchmark: published figures to set one's own beside

CREATE FUNCTION journey.benchmark()
    RETURNS TABLE (source pg_catalog.text, metric pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8,
                   unit pg_catalog.text, direction pg_catalog.text, context pg_catalog.text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT b.source, b.metric, b.low::pg_catalog.float8, b.high::pg_catalog.float8, b.unit, b.direction, b.context
    FROM (VALUES
        ('S0.13', 'prospect_conversion_before', 0.10, 0.10, 'share', 'higher',
         'prospects who become customers, before everybody who is interested was served as a customer; one firm''s figure, consulting'),
        ('S0.13', 'prospect_conversion_after', 0.50, 0.50, 'share', 'higher',
         'the same after the policy: education, a free evaluation, indifference to the outcome; before and after, without a control group'),
        ('S1', 'development_steps', 8, 8, 'count', 'fact',
         'steps of customer development: acquaintance, study, choice, test-drive, purchase, regular, loyal, advocate'),
        ('S3.3', 'advocate_kinds', 5, 5, 'count', 'fact',
         'kinds of customers who sell: fans, stars, innovators, evangelists, lead users; a customer may be several'),
        ('S3.4', 'nps_promoter', 9, 10, 'score', 'fact',
         'answers on the scale from 0 to 10 that make a fan, or promoter'),
        ('S3.5', 'fan_spending', 100000, 100000, 'USD', 'fact',
         'what one fan of a chain of cafes is said to have spent on visiting all its shops; an extreme value'),
        ('S3.5', 'fan_shops', 12000, 12000, 'count', 'fact',
         'shops of the chain that the same fan has visited; an extreme value'),
        ('S3.6', 'nps_evangelist', 11, 11, 'score', 'fact',
         'what an evangelist answers on a scale that ends at 10; counted on the fingers'),
        ('S3.11', 'adopter_groups', 6, 6, 'count', 'fact',
         'groups of the adoption curve as the source has them: innovators, early followers, late followers, early majority, late majority, conservatives; Rogers has five'),
        ('S3.13', 'lead_user_programme_since', 2001, 2001, 'year', 'fact',
         'since when a maker of cars (BMW) has run a programme for lead users'),
        ('S4.1', 'lead_growth_first_year', 2, 7, 'multiple', 'higher',
         'leads after one year of inbound marketing, as a multiple of those before'),
        ('S4.1', 'lead_growth_later_years', 5, 10, 'multiple', 'higher',
         'leads in the years after that, as a multiple of those before inbound marketing'),
        ('S4.4', 'never_qualified', 0.50, 0.90, 'share', 'lower',
         'inbound leads that never qualify; depends on industry, division of the market and effectiveness of the process'),
        ('S4.6', 'lead_quality', 0.12, 0.16, 'share', 'higher',
         'leads that qualify'),
        ('S4.6', 'lead_not_qualified', 0.88, 0.88, 'share', 'lower',
         'leads that never enter the process, as the source adds to its 12 to 16 %'),
        ('S4.14', 'hpi_indicators', 3, 5, 'count', 'band',
         'indicators that lead to a purchase, to be settled before leads are sought'),
        ('S4.16', 'sla_parts', 3, NULL, 'count', 'higher',
         'parts that an agreement between marketing, sales development and sales has at least: definitions of stages, who does what when, goals'),
        ('S4.17', 'minimal_sla_budget', NULL, 1000000, 'USD', 'fact',
         'marketing budget below which a firm begins with those three parts'),
        ('S4.19', 'qualified_to_customer', 0.50, 0.50, 'share', 'higher',
         'qualified leads that become customers, by a study (Gleanster); its usual English form says instead that 50 % of leads are qualified but not ready to buy'),
        ('S4.19', 'qualified_to_customer_reachable', 0.80, 0.80, 'share', 'higher',
         'qualified leads that become customers, which the author says can be reached'),
        ('S4.20', 'nurture_lift', 0.20, 0.20, 'lift', 'higher',
         'more sales opportunities from leads that are nurtured than from those that are not'),
        ('S4.21', 'nurture_sales_ready_lift', 0.50, 0.50, 'lift', 'higher',
         'more leads that are ready for sales, at firms that excel at nurturing; the source is garbled here, this is the English original'),
        ('S4.21', 'nurture_cost_change', -0.33, -0.33, 'lift', 'lower',
         'change of the cost of a lead, at the same firms')
    ) b (source, metric, low, high, unit, direction, context);
END;
COMMENT ON FUNCTION journey.benchmark() IS
    'headline figures of the literature with their sources and contexts: claims to compare with, never targets';

CREATE FUNCTION journey.benchmark_check(metric pg_catalog.text, value pg_catalog.float8,
    value_low pg_catalog.float8 DEFAULT NULL, value_high pg_catalog.float8 DEFAULT NULL)
    RETURNS TABLE (source pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8, unit pg_catalog.text,
                   direction pg_catalog.text, band pg_catalog.text, verdict pg_catalog.text, context pg_catalog.text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    IF metric IS NULL THEN
        RAISE EXCEPTION 'metric must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF value = 'NaN' OR value_low = 'NaN' OR value_high = 'NaN' THEN
        RAISE EXCEPTION 'a figure to compare must not be NaN' USING ERRCODE = 'invalid_parameter_value';
    ELSIF value_low > value OR value_high < value THEN
        RAISE EXCEPTION 'a figure must lie within its interval' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('It is %s, the interval is from %s to %s.', value, value_low, value_high);
    END IF;
    RETURN QUERY
    SELECT b.source, b.low, b.high, b.unit, b.direction, p.band,
           CASE WHEN p.band IS NULL THEN 'no figure'
                WHEN p.band IN ('within', 'unclear') OR b.direction IN ('fact', 'band') THEN p.band
                WHEN (p.band = 'above') = (b.direction = 'higher') THEN 'better'
                ELSE 'worse' END,
           b.context
    FROM journey.benchmark() b CROSS JOIN LATERAL journey.band(value, value_low, value_high, b.low, b.high) p (band)
    WHERE b.metric = benchmark_check.metric;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no benchmark "%"', metric USING ERRCODE = 'invalid_parameter_value',
            HINT = (SELECT 'Benchmarks are: ' || string_agg(b.metric, ', ') || '.' FROM journey.benchmark() b);
    END IF;
END
$function$;
COMMENT ON FUNCTION journey.benchmark_check(pg_catalog.text, pg_catalog.float8, pg_catalog.float8, pg_catalog.float8) IS
    'a figure of one''s own beside the published one: below, within, above or unclear, and whether that is better or worse';

CREATE FUNCTION journey.benchmark_of(
    rel pg_catalog.regclass, lead pg_catalog.text, qualified pg_catalog.text, customer pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied',
    since pg_catalog.timestamptz DEFAULT NULL, until pg_catalog.timestamptz DEFAULT NULL,
    tz pg_catalog.text DEFAULT 'UTC', as_of pg_catalog.timestamptz DEFAULT NULL,
    journey_column pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (source pg_catalog.text, metric pg_catalog.text, low pg_catalog.float8, high pg_catalog.float8,
                   unit pg_catalog.text, direction pg_catalog.text,
                   value pg_catalog.float8, value_low pg_catalog.float8, value_high pg_catalog.float8, n pg_catalog.int8,
                   band pg_catalog.text, verdict pg_catalog.text, context pg_catalog.text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 12 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    labels text[];
    places integer[];
BEGIN
    IF lead IS NULL OR qualified IS NULL OR customer IS NULL THEN
        RAISE EXCEPTION 'the stages of leads, qualified leads and customers must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT s.labels INTO labels FROM journey.conversion_source(rel, journey_column, steps) s;
    places := ARRAY[array_position(labels, lead), array_position(labels, qualified), array_position(labels, customer)];
    IF NOT (places[1] < places[2] AND places[2] < places[3]) IS TRUE THEN
        RAISE EXCEPTION 'stages of leads "%", qualified leads "%" and customers "%" must be steps, in this order', lead, qualified, customer
            USING ERRCODE = 'invalid_parameter_value', HINT = format('The steps are: %s.', array_to_string(labels, ', '));
    END IF;
    RETURN QUERY
    WITH yearly AS (
        -- years since the first; one that has not ended tells nothing yet
        SELECT g.entered, g.multiple, g.low, g.high, row_number() OVER (ORDER BY g.period_from) AS year
        FROM journey.growth(rel, lead, 'year', labels, reach, NULL, since, until, tz, as_of, journey_column) g
        WHERE g.complete),
    own (metric, value, low, high, n) AS (
        SELECT v.metric, v.value, v.low, v.high, q.leads
        FROM journey.quality(rel, qualified, lead, labels, reach, NULL, NULL, since, until, tz, as_of, journey_column) q
        CROSS JOIN LATERAL (VALUES
            ('lead_quality', q.rate, q.low, q.high),
            ('lead_not_qualified', 1 - q.rate, 1 - q.high, 1 - q.low),
            ('never_qualified', q.never, q.never_low, q.never_high)) v (metric, value, low, high)
        UNION ALL
        SELECT m.metric, c.rate, c.low, c.high, c.entered
        FROM journey.conversion(rel, 'cohort', labels, reach, NULL, NULL, since, until, NULL, customer, tz, as_of, journey_column) c
        JOIN (VALUES (lead, 'prospect_conversion_before'), (lead, 'prospect_conversion_after'),
                     (qualified, 'qualified_to_customer'), (qualified, 'qualified_to_customer_reachable')) m (stage, metric)
            ON m.stage = c.from_stage
        UNION ALL
        SELECT 'lead_growth_first_year', y.multiple, y.low + 1, y.high + 1, y.entered FROM yearly y WHERE y.year = 2
        UNION ALL
        (SELECT 'lead_growth_later_years', y.multiple, NULL, NULL, y.entered FROM yearly y WHERE y.year > 2 ORDER BY y.year DESC LIMIT 1))
    SELECT b.source, b.metric, b.low, b.high, b.unit, b.direction, o.value, o.low, o.high, o.n, c.band, c.verdict, b.context
    FROM journey.benchmark() WITH ORDINALITY b (source, metric, low, high, unit, direction, context, place)
    JOIN own o ON o.metric = b.metric
    CROSS JOIN LATERAL journey.benchmark_check(b.metric, o.value, o.low, o.high) c
    ORDER BY b.place;
END
$function$;
COMMENT ON FUNCTION journey.benchmark_of(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text,
    pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.text, pg_catalog.timestamptz, pg_catalog.text) IS
    'the figures that the journeys of a table give, beside the published ones';

CREATE FUNCTION journey.create_benchmark_check(
    rel pg_catalog.regclass, lead pg_catalog.text, qualified pg_catalog.text, customer pg_catalog.text,
    steps pg_catalog.text[] DEFAULT NULL, reach pg_catalog.text DEFAULT 'implied', view_name pg_catalog.text DEFAULT NULL,
    dry_run pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    home text;
    target text;
    comments CONSTANT text[] := ARRAY[
        'source', 'item of the requirements that names the figure',
        'metric', 'name of the figure',
        'low', 'published figure, or the lower end of its band',
        'high', 'published figure, or the upper end of its band',
        'unit', 'share, multiple, lift or count',
        'direction', 'whether higher or lower is better',
        'value', 'the figure of this table',
        'value_low', 'lower end of its 95 % interval',
        'value_high', 'upper end of its 95 % interval',
        'n', 'of how many',
        'band', 'below, within, above, or unclear where the interval leaves it open',
        'verdict', 'better, worse, within or unclear; a comparison, no target',
        'context', 'what the published figure is about'];
    statements text[];
BEGIN
    -- all that could be wrong is told now, and not when somebody looks
    PERFORM FROM journey.benchmark_of(rel, lead, qualified, customer, steps, reach);
    SELECT n.nspname, COALESCE(view_name, journey.object_name(c.relname, '_benchmark_check')) INTO home, target
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel;
    statements := ARRAY[
        format('CREATE VIEW %I.%I WITH (security_invoker = true) AS SELECT * FROM journey.benchmark_of(%L::pg_catalog.regclass, %L, %L, %L, %L, %L)',
            home, target, (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel),
            lead, qualified, customer, steps, reach),
        format('COMMENT ON VIEW %I.%I IS %L', home, target, 'the figures of this table beside the published ones')];
    FOR i IN 1 .. cardinality(comments) / 2 LOOP
        statements := statements || format('COMMENT ON COLUMN %I.%I.%I IS %L', home, target, comments[2 * i - 1], comments[2 * i]);
    END LOOP;
    FOR i IN 1 .. cardinality(statements) LOOP
        IF NOT dry_run THEN
            EXECUTE statements[i];
        END IF;
        RETURN NEXT statements[i] || ';';
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.create_benchmark_check(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[],
    pg_catalog.text, pg_catalog.text, pg_catalog.bool) IS
    'makes a view that sets the figures of a table beside the published ones; returns the statements it ran';
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
-- picture: results to look at

CREATE FUNCTION journey.chart(funnel journey.funnel, width pg_catalog.int4 DEFAULT 40, plain pg_catalog.bool DEFAULT false)
    RETURNS SETOF pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION journey.chart(journey.funnel, pg_catalog.int4, pg_catalog.bool) IS
    'a funnel as bars of text, a line for each step: label, bar, how many reached it, of the first step, of the step before';


CREATE FUNCTION journey.markup_text(pg_catalog.text) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'text_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_text(pg_catalog.text) IS
    'any text as text of HTML or XML, in an element or between quotes; what XML forbids becomes U+FFFD';

CREATE FUNCTION journey.markup_count(pg_catalog.int8) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'count_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_count(pg_catalog.int8) IS
    'a whole number for HTML or XML, with narrow spaces between groups of three digits from five digits on';
CREATE FUNCTION journey.markup_share(pg_catalog.float8) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'share_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_share(pg_catalog.float8) IS
    'a share of 1 for HTML or XML, in percent to a tenth; only 0 is shown as 0, and only 1 as 100';
CREATE FUNCTION journey.markup_duration(pg_catalog.interval) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'duration_markup' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.markup_duration(pg_catalog.interval) IS
    'an interval for HTML or XML, in its two greatest units of d, h, min, s, ms and us; a month is 30 days';

CREATE FUNCTION journey.svg(funnel journey.funnel, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'funnel_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.svg(journey.funnel, pg_catalog.text, pg_catalog.int4) IS
    'a funnel as an SVG picture: a bar for each step, how many reached it, their share of those who entered and of the step before, and the time since';

CREATE FUNCTION journey.svg_sankey(step pg_catalog.int4[], source pg_catalog.text[], target pg_catalog.text[], paths pg_catalog.int8[],
    title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_sankey(pg_catalog.int4[], pg_catalog.text[], pg_catalog.text[], pg_catalog.int8[], pg_catalog.text, pg_catalog.int4) IS
    'edges, one in each place of the arrays, as an SVG picture: labels in columns, and how many paths flow between them';
CREATE FUNCTION journey.svg_sankey(counts journey.path_counts, top pg_catalog.int4 DEFAULT 8, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 200
    RETURN (SELECT CASE WHEN counts IS NOT NULL
            THEN journey.svg_sankey(pg_catalog.array_agg(e.step), pg_catalog.array_agg(e.source), pg_catalog.array_agg(e.target),
                                    pg_catalog.array_agg(e.paths), title, width) END
        FROM journey.path_edges(counts, top) e);
COMMENT ON FUNCTION journey.svg_sankey(journey.path_counts, pg_catalog.int4, pg_catalog.text, pg_catalog.int4) IS
    'counted paths as an SVG picture: the most frequent labels of each column, and how many paths flow between them';

CREATE FUNCTION journey.svg_survival(curve journey.survival_curve, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve, pg_catalog.text, pg_catalog.int4) IS
    'a survival curve as an SVG picture, with its confidence band and how many are at risk';
CREATE FUNCTION journey.svg_survival(curves journey.survival_curve[], labels pg_catalog.text[] DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curves_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4) IS
    'up to eight survival curves in one SVG picture';
CREATE FUNCTION journey.svg_survival(curve journey.incidence_curve, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'incidence_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.incidence_curve, pg_catalog.text, pg_catalog.int4) IS
    'the cumulative incidence of each cause as an SVG picture, with confidence bands and how many are at risk';

CREATE FUNCTION journey.svg_survival(curve journey.survival_curve_float8, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve_float8, pg_catalog.text, pg_catalog.int4) IS
    'a survival curve as an SVG picture, with its confidence band and how many are at risk';
CREATE FUNCTION journey.svg_survival(curves journey.survival_curve_float8[], labels pg_catalog.text[] DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    width pg_catalog.int4 DEFAULT 720) RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'survival_curves_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION journey.svg_survival(journey.survival_curve_float8[], pg_catalog.text[], pg_catalog.text, pg_catalog.int4) IS
    'up to eight survival curves in one SVG picture';
CREATE FUNCTION journey.svg_survival(curve journey.incidence_curve_float8, title pg_catalog.text DEFAULT NULL, width pg_catalog.int4 DEFAULT 720)
    RETURNS pg_catalog.text
    AS 'MODULE_PATHNAME', 'incidence_curve_svg' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey.svg_survival(journey.incidence_curve_float8, pg_catalog.text, pg_catalog.int4) IS
    'the cumulative incidence of each cause as an SVG picture, with confidence bands and how many are at risk';

-- ---------------------------------------------------------------- a page

CREATE FUNCTION journey.html_table(rel pg_catalog.regclass, caption pg_catalog.text DEFAULT NULL, order_by pg_catalog.text DEFAULT NULL,
    max_rows pg_catalog.int4 DEFAULT 100) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = 'postgres'
AS $function$
#variable_conflict use_variable
DECLARE
    headings text;
    meanings text;
    cells text;
    body text;
    total bigint;
BEGIN
    IF rel IS NULL THEN
        RETURN NULL;
    END IF;
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION 'number of rows must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN c.kind = 'text' THEN '' ELSE ' class="n"' END,
                             journey.markup_text(replace(c.attname, '_', ' '))), '' ORDER BY c.attnum),
           string_agg(format('<dt>%s</dt><dd>%s</dd>', journey.markup_text(replace(c.attname, '_', ' ')), journey.markup_text(c.meaning)), E'\n'
                      ORDER BY c.attnum) FILTER (WHERE c.meaning <> ''),
           string_agg(format(
               CASE WHEN c.n = 1 THEN '''<th scope="row"%2$s>'' || COALESCE(%1$s, ''&#8211;'') || ''</th>'''
                    ELSE '''<td%2$s>'' || COALESCE(%1$s, ''&#8211;'') || ''</td>''' END,
               format(CASE c.kind
                          WHEN 'count' THEN 'journey.markup_count(x.%1$I::bigint)'
                          WHEN 'share' THEN 'journey.markup_share(x.%1$I::double precision)'
                          WHEN 'number' THEN 'CASE WHEN abs(x.%1$I) < 1e15 THEN replace(round(x.%1$I::numeric, 2)::text, ''-'', ''&#8722;'')'
                                             ' ELSE journey.markup_text(x.%1$I::text) END'
                          WHEN 'duration' THEN 'journey.markup_duration(x.%1$I)'
                          WHEN 'time' THEN 'replace(date_trunc(''second'', x.%1$I::timestamptz)::text, ''+00'', '' UTC'')'
                          WHEN 'flag' THEN 'CASE x.%1$I WHEN true THEN ''yes'' WHEN false THEN ''no'' END'
                          ELSE 'journey.markup_text(x.%1$I::text)' END, c.attname),
               CASE WHEN c.kind = 'text' THEN '' ELSE ' class="n"' END), ' || ' ORDER BY c.attnum)
        INTO headings, meanings, cells
        FROM (SELECT a.attname, a.attnum, row_number() OVER (ORDER BY a.attnum) AS n, col_description(a.attrelid, a.attnum) AS meaning,
                     -- the first column, and keys of the table that a view is over, are names of rows and not quantities
                     CASE WHEN row_number() OVER (ORDER BY a.attnum) = 1 OR starts_with(col_description(a.attrelid, a.attnum), 'column ') THEN 'text'
                          WHEN a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN 'count'
                          WHEN a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'numeric'::regtype)
                          THEN CASE WHEN a.attname ~ '(^|_)(rate|share|conversion|overall|low|high)(_|$)' THEN 'share' ELSE 'number' END
                          WHEN a.atttypid = 'interval'::regtype THEN 'duration'
                          WHEN a.atttypid = 'timestamptz'::regtype THEN 'time'
                          WHEN a.atttypid = 'boolean'::regtype THEN 'flag'
                          ELSE 'text' END AS kind
              FROM pg_attribute a WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped) c;
    IF headings IS NULL THEN
        RAISE EXCEPTION 'relation % has no columns', rel USING ERRCODE = 'wrong_object_type';
    END IF;
    EXECUTE format($query$
        SELECT string_agg('<tr>' || %1$s || '</tr>', E'\n' ORDER BY x."row number"), max(x."row total")
        FROM (SELECT row_number() OVER (%2$s) AS "row number", count(*) OVER () AS "row total", v.* FROM %3$s v ORDER BY 1 LIMIT %4$s) x$query$,
        cells, 'ORDER BY ' || order_by, rel, max_rows) INTO body, total;
    RETURN concat(
        '<div class="scroll" tabindex="0" role="region" aria-label="', journey.markup_text(COALESCE(caption, rel::text)), E'"><table>\n<caption>', journey.markup_text(COALESCE(caption, rel::text)),
        CASE WHEN total > max_rows THEN format(' <span class="soft">The first %s of %s rows.</span>',
                                               journey.markup_count(max_rows), journey.markup_count(total)) END,
        E'</caption>\n<thead><tr>', headings, E'</tr></thead>\n<tbody>\n',
        COALESCE(body, format('<tr><td colspan="%s" class="soft">No rows.</td></tr>', (SELECT count(*) FROM regexp_matches(headings, '<th ', 'g')))),
        E'\n</tbody>\n</table></div>\n',
        E'<details><summary>What the columns say</summary>\n<dl>\n' || meanings || E'\n</dl></details>\n');
END
$function$;
COMMENT ON FUNCTION journey.html_table(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.int4) IS
    'a table or view as an HTML table: caption, headings, formatted numbers, and the comments of its columns';

CREATE FUNCTION journey.report_views(rel pg_catalog.regclass, journey_column pg_catalog.text)
    RETURNS TABLE (n pg_catalog.int4, name pg_catalog.text, view pg_catalog.regclass, caption pg_catalog.text, order_by pg_catalog.text, max_rows pg_catalog.int4)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT v.n, v.name, r.view, v.caption, v.order_by, v.max_rows
    FROM (VALUES (1, '_velocity', 'Velocity', 'How fast what is open is won', NULL, 100),
                 (2, '_stalled', 'Stalled', 'Rows that stay longer in their stage than those that were won', 'v.over_p90 DESC, v.dwell DESC', 50),
                 (3, '_cohorts', 'Cohorts', 'Conversion by the month in which a step was entered', 'v.month DESC, v.step', 120)
         ) v (n, suffix, name, caption, order_by, max_rows)
    JOIN (SELECT c.oid::regclass AS view, c.relname::text
          FROM journey.tracked_views(report_views.rel, report_views.journey_column) w
          JOIN pg_class c ON c.oid = w
          JOIN pg_class t ON t.oid = report_views.rel
          -- whoever reads a view runs what it calls, so only views of those who own the table, and could have tracked it
          WHERE c.relnamespace = t.relnamespace AND pg_has_role(c.relowner, t.relowner, 'USAGE')) r
         ON right(r.relname, length(v.suffix)) = v.suffix;
END
$function$;
COMMENT ON FUNCTION journey.report_views(pg_catalog.regclass, pg_catalog.text) IS
    'the views over a journey column that have a section in the report, and how each is shown';

CREATE FUNCTION journey.report(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL, title pg_catalog.text DEFAULT NULL,
    steps pg_catalog.text[] DEFAULT NULL, funnel_options pg_catalog.text DEFAULT 'implied',
    won pg_catalog.text[] DEFAULT NULL, lost pg_catalog.text[] DEFAULT NULL) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET "IntervalStyle" = 'postgres'
AS $function$
#variable_conflict use_variable
DECLARE
    it record;                  -- the tracked column
    labels text[];              -- its stages
    bad record;
    heading text;
    n_rows bigint;
    n_journeys bigint;
    first_at timestamptz;
    last_at timestamptz;
    funnel journey.funnel;
    paths journey.path_counts;
    curve journey.incidence_curve;
    ends text[];
    part text;
    page text;
    one record;
    -- a share of the width, of numbers that belong together
    tile CONSTANT text := '<div class="tile"><div class="value">%s</div><div class="soft">%s</div></div>';
BEGIN
    it := journey.tracked_column(rel, stage_column);
    labels := journey.stage_labels(it.stage_type);
    SELECT u.w, u.l INTO bad
        FROM (SELECT 'step' AS w, s AS l FROM unnest(steps) s UNION ALL SELECT 'won stage', s FROM unnest(won) s
              UNION ALL SELECT 'lost stage', s FROM unnest(lost) s) u
        WHERE u.l IS NULL OR u.l <> ALL (labels) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % is no stage of column "%"', bad.w, COALESCE(quote_ident(bad.l), 'null'), it.stage
            USING ERRCODE = 'invalid_parameter_value', HINT = format('The stages are: %s.', array_to_string(labels, ', '));
    ELSIF won && lost THEN
        RAISE EXCEPTION 'a stage cannot be both won and lost' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    steps := COALESCE(steps, ARRAY(SELECT u.l FROM unnest(labels) WITH ORDINALITY u (l, n)
                                   WHERE journey.stage_kind(u.l) NOT IN ('lost', 'detour') ORDER BY u.n));
    won := COALESCE(won, ARRAY(SELECT l FROM unnest(labels) l WHERE journey.stage_kind(l) = 'won' AND l <> ALL (COALESCE(lost, '{}'))));
    lost := COALESCE(lost, ARRAY(SELECT l FROM unnest(labels) l WHERE journey.stage_kind(l) = 'lost' AND l <> ALL (won)));
    ends := won || lost;
    heading := COALESCE(NULLIF(title, ''), format('Journeys of %s', rel));

    EXECUTE format('SELECT count(*), count(t.%1$I), min(journey.started_at(t.%1$I)), max(journey.updated_at(t.%1$I)) FROM %2$s t', it.journey, rel)
        INTO n_rows, n_journeys, first_at, last_at;

    page := concat(
        E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n',
        E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''" />\n',
        E'<meta name="viewport" content="width=device-width, initial-scale=1" />\n<meta name="color-scheme" content="light dark" />\n',
        '<title>', journey.markup_text(heading), E'</title>\n<style>\n',
$css$:root{color-scheme:light dark}
body{margin:0;background:#f6f8fa;color:#1b1f24;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif}
main{max-width:920px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:19px;margin:36px 0 10px}
p{margin:6px 0 12px}
.soft{color:#57606a}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
.tile,.scroll,.picture{background:#fff;border:1px solid #d8dee4;border-radius:8px}
.tile{padding:12px 16px}
.value{font-size:24px;font-weight:600;font-variant-numeric:tabular-nums}
.picture{padding:4px;margin:0 0 14px;overflow:hidden}
.picture svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;margin:0 0 8px}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:10px;font-weight:600}
caption .soft{font-weight:400}
th,td{text-align:left;padding:6px 10px;border-top:1px solid #d8dee4;vertical-align:top;font-weight:400}
thead th{color:#57606a;font-size:13px;vertical-align:bottom}
tbody th{overflow-wrap:anywhere;min-width:90px}
.n{text-align:right}
tbody .n{white-space:nowrap}
details{margin:0 0 14px;font-size:14px}
summary{cursor:pointer;color:#57606a}
dl{margin:8px 0 0 14px}
dt{font-weight:600}
dd{margin:0 0 6px 0}
nav ul{padding:0;margin:0;list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px}
a{color:#0b57d0}
footer{margin-top:40px;border-top:1px solid #d8dee4;padding-top:12px;font-size:13px}
@media screen and (prefers-color-scheme:dark){
body{background:#0d1117;color:#e6edf3}
.soft,summary,thead th{color:#9fabb8}
.tile,.scroll,.picture{background:#14181f;border-color:#2d3540}
th,td,footer{border-color:#2d3540}
a{color:#7cb1ff}
}
@media print{
body{background:#fff;font-size:12px}
main{max-width:none;padding:0}
nav{display:none}
.tile,.picture,svg,tr{break-inside:avoid}
.scroll{overflow:visible}
h2,caption{break-after:avoid}
}
$css$,
        E'</style>\n</head>\n<body>\n<main>\n<h1>', journey.markup_text(heading), E'</h1>\n<p class="soft">Made ',
        to_char(now(), 'YYYY-MM-DD HH24:MI:SS'), ' UTC from column ', journey.markup_text(it.stage), ' of ', journey.markup_text(rel::text), ' in database ',
        journey.markup_text(current_database()), ', over the ', journey.markup_count(n_rows), ' rows that ', journey.markup_text(current_user), ' may read, ',
        journey.markup_count(n_journeys), ' of them with a journey.',
        CASE WHEN first_at IS NOT NULL THEN concat(' The first journey begins on ', first_at::date, ', the last move is of ', last_at::date, '.') END,
        E' All times are UTC; a day is 24 hours.</p>\n');

    IF cardinality(steps) BETWEEN 1 AND 64 THEN
        EXECUTE format('SELECT journey.funnel(t.%I, $1, NULL::interval, COALESCE($2, %L)) FROM %s t', it.journey, '', rel) INTO funnel USING steps, funnel_options;
    END IF;
    page := concat(page, E'<div class="tiles">\n', format(tile, journey.markup_count(n_rows), 'rows'), format(tile, journey.markup_count(n_journeys), 'with a journey'),
        CASE WHEN funnel IS NOT NULL THEN concat(
            format(tile, journey.markup_count(journey.entered(funnel)), 'entered the funnel'),
            format(tile, journey.markup_count(journey.converted(funnel)), 'reached its end'),
            format(tile, COALESCE(journey.markup_share(journey.conversion(funnel)), '&#8211;'), 'of those who entered')) END, E'</div>\n',
        '<nav aria-label="Contents"><ul><li><a href="#stages">Stages</a></li><li><a href="#funnel">Funnel</a></li><li><a href="#paths">Paths</a></li>',
        '<li><a href="#outcome">Time to the end</a></li>',
        (SELECT string_agg(format('<li><a href="#%s">%s</a></li>', lower(v.name), v.name), '' ORDER BY v.n) FROM journey.report_views(rel, it.journey) v),
        E'</ul></nav>\n');

    -- how many are in each stage, and were
    EXECUTE format($query$
        SELECT string_agg(concat('<tr><th scope="row">', COALESCE(journey.markup_text(s.label), '<span class="soft">no stage</span>'), '</th>',
                   '<td class="n">', journey.markup_count(COALESCE(p.n, 0)), '</td><td class="n">', journey.markup_count(COALESCE(v.ever, 0)),
                   '</td><td class="n">', journey.markup_count(COALESCE(v.entered, 0)), '</td><td class="n">', journey.markup_count(COALESCE(v.exited, 0)),
                   '</td><td class="n">', COALESCE(journey.markup_duration(v.ended_stay), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_duration(v.open_stay), '&#8211;'), '</td></tr>'), E'\n' ORDER BY s.n)
        FROM unnest($1 || NULL::text) WITH ORDINALITY s (label, n)
        LEFT JOIN (SELECT t.%1$I::text AS label, count(*) AS n FROM %3$s t GROUP BY 1) p ON COALESCE(p.label = s.label, p.label IS NULL AND s.label IS NULL)
        LEFT JOIN (
            SELECT e.label, count(*) AS entered, count(e.left_at) AS exited, count(*) FILTER (WHERE e.entered_at = journey.first_at(t.%2$I, e.label)) AS ever,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY e.dwell) FILTER (WHERE e.left_at IS NOT NULL) AS ended_stay,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY e.dwell) FILTER (WHERE e.left_at IS NULL) AS open_stay
            FROM %3$s t CROSS JOIN LATERAL journey.stages(t.%2$I, now()) e GROUP BY 1
        ) v ON v.label = s.label
        WHERE s.label IS NOT NULL OR p.n > 0$query$, it.stage, it.journey, rel) INTO part USING labels;
    page := concat(page, E'<section aria-labelledby="stages">\n<h2 id="stages">Stages</h2>\n',
        E'<div class="scroll" tabindex="0" role="region" aria-label="Rows by stage"><table>\n<caption>Rows by stage</caption>\n<thead><tr><th scope="col">stage</th>',
        '<th scope="col" class="n">rows now</th><th scope="col" class="n">rows ever</th><th scope="col" class="n">times entered</th><th scope="col" class="n">times left</th>',
        '<th scope="col" class="n">median stay</th><th scope="col" class="n">median stay so far</th></tr></thead>', E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
        E'<p class="soft">The median stay is that of the visits that have ended, the other that of those that last; the first alone is too short where slow rows are still on their way.</p>\n</section>\n');

    -- the funnel
    page := concat(page, E'<section aria-labelledby="funnel">\n<h2 id="funnel">Funnel</h2>\n');
    IF funnel IS NULL THEN
        page := concat(page, CASE WHEN cardinality(steps) BETWEEN 1 AND 64 THEN E'<p>There is no journey yet.</p>\n'
            ELSE format(E'<p>A funnel has 1 to 64 steps, and this one would have %s.</p>\n', cardinality(steps)) END);
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', journey.markup_text(s.label), '</th><td class="n">', journey.markup_count(s.reached),
                   '</td><td class="n">', COALESCE(journey.markup_share(s.overall), '&#8211;'), '</td><td class="n">', COALESCE(journey.markup_share(s.conversion), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_share(s.conversion_low) || ' to ' || journey.markup_share(s.conversion_high), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_count(s.dropped), '&#8211;'), '</td><td class="n">', COALESCE(journey.markup_duration(s.median), '&#8211;'),
                   '</td><td class="n">', COALESCE(journey.markup_duration(s.p90), '&#8211;'), '</td></tr>'), E'\n' ORDER BY s.step)
            INTO part FROM journey.steps(funnel) s;
        page := concat(page, '<div class="picture">', journey.svg(funnel, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="The funnel in numbers"><table>\n<caption>The funnel in numbers</caption>\n<thead><tr><th scope="col">step</th>',
            '<th scope="col" class="n">reached</th><th scope="col" class="n">of those who entered</th><th scope="col" class="n">of the step before</th>',
            '<th scope="col" class="n">95&#160;% interval</th><th scope="col" class="n">dropped</th><th scope="col" class="n">median time</th><th scope="col" class="n">90&#160;% within</th></tr></thead>',
            E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n<p class="soft">',
            CASE WHEN funnel_options = 'implied' THEN 'Whoever was in a later stage counts for all the steps before it. ' END,
            E'The interval is Wilson&#39;s; times are since the step before.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- the ways they take
    EXECUTE format('SELECT journey.path_counts(journey.route(t.%I), 5) FROM %s t', it.journey, rel) INTO paths;
    page := concat(page, E'<section aria-labelledby="paths">\n<h2 id="paths">Paths</h2>\n');
    IF COALESCE(journey.total(paths), 0) = 0 THEN
        page := concat(page, E'<p>There is no journey yet.</p>\n');
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', journey.markup_text(e.source), ' &#8594; ', journey.markup_text(e.target), '</th><td class="n">', e.step,
                   '</td><td class="n">', journey.markup_count(e.paths), '</td><td class="n">', COALESCE(journey.markup_duration(e.median_time), '&#8211;'), '</td></tr>'), E'\n'
                   ORDER BY e.paths DESC, e.step, e.source COLLATE "C", e.target COLLATE "C")
            INTO part
            FROM (SELECT p.* FROM journey.path_edges(paths, 6) p ORDER BY p.paths DESC, p.step, p.source COLLATE "C", p.target COLLATE "C" LIMIT 20) e;
        page := concat(page, '<div class="picture">', journey.svg_sankey(paths, 6, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="The most frequent moves"><table>\n<caption>The most frequent moves</caption>\n<thead><tr><th scope="col">move</th>',
            '<th scope="col" class="n">at step</th><th scope="col" class="n">paths</th><th scope="col" class="n">median time</th></tr></thead>',
            E'\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
            '<p class="soft">The first five stages of each journey, a stage that follows itself once. A path that is over goes to $exit; of each step the six most frequent ',
            E'stages have their names, and the others are $other.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- how long until it is won or lost
    page := concat(page, E'<section aria-labelledby="outcome">\n<h2 id="outcome">Time to the end</h2>\n');
    IF cardinality(ends) BETWEEN 1 AND 8 THEN
        EXECUTE format($query$
            SELECT journey.cumulative_incidence(COALESCE(e.at, now()) - s.at, e.label)
            FROM %2$s t
            CROSS JOIN LATERAL (SELECT i.at, i.label FROM journey.events(t.%1$I) i ORDER BY i.at LIMIT 1) s
            LEFT JOIN LATERAL (SELECT i.at, i.label FROM journey.events(t.%1$I) i WHERE i.label = ANY ($1) AND i.at <= now() ORDER BY i.at LIMIT 1) e ON true
            WHERE s.at <= now() AND s.label <> ALL ($1)$query$, it.journey, rel) INTO curve USING ends;
    END IF;
    IF curve IS NULL THEN
        page := concat(page, CASE WHEN cardinality(ends) = 0 THEN E'<p>No stage is known as won or lost.</p>\n'
            WHEN cardinality(ends) > 8 THEN E'<p>More than eight stages are won or lost.</p>\n' ELSE E'<p>There is no journey to watch yet.</p>\n' END);
    ELSE
        SELECT string_agg(concat('<tr><th scope="row">', h, ' days</th>',
                   (SELECT string_agg(concat('<td class="n">', COALESCE(journey.markup_share(journey.incidence_at(curve, l, h * interval '1 day')), '&#8211;'), '</td>'), '' ORDER BY n)
                    FROM unnest(ends) WITH ORDINALITY u (l, n)), '</tr>'), E'\n' ORDER BY h)
            INTO part FROM unnest(ARRAY[7, 14, 30, 60, 90, 180, 365]) h;
        page := concat(page, '<div class="picture">', journey.svg_survival(curve, NULL, 900), E'</div>\n',
            E'<div class="scroll" tabindex="0" role="region" aria-label="Share that has ended by an age"><table>\n<caption>Share that has ended by an age</caption>\n<thead><tr><th scope="col">by</th>',
            (SELECT string_agg(format('<th scope="col" class="n">%s</th>', journey.markup_text(l)), '' ORDER BY n) FROM unnest(ends) WITH ORDINALITY u (l, n)),
            E'</tr></thead>\n<tbody>\n', part, E'\n</tbody>\n</table></div>\n',
            '<p class="soft">From the beginning of a journey to its first stage that is won or lost. Journeys that are still open count for as long as they have been watched ',
            E'(Aalen&#8211;Johansen); those that begin at an end are left out. A dash is beyond what has been observed.</p>\n');
    END IF;
    page := concat(page, E'</section>\n');

    -- the views that track has made
    FOR one IN SELECT v.* FROM journey.report_views(rel, it.journey) v ORDER BY v.n LOOP
        BEGIN
            part := journey.html_table(one.view, one.caption, one.order_by, one.max_rows);
        EXCEPTION WHEN insufficient_privilege THEN
            part := format(E'<p>%s may not read %s.</p>\n', journey.markup_text(current_user), journey.markup_text(one.view::text));
        END;
        IF one.name = 'Velocity' THEN
            part := replace(part, '<th scope="row">&#8211;</th>', '<th scope="row">all</th>');
        END IF;
        page := concat(page, format(E'<section aria-labelledby="%1$s">\n<h2 id="%1$s">%2$s</h2>\n', lower(one.name), one.name), part, E'</section>\n');
    END LOOP;
    RETURN concat(page, E'<footer class="soft">Made in PostgreSQL by journey.report; this page is complete in itself.</footer>\n</main>\n</body>\n</html>\n');
END
$function$;
COMMENT ON FUNCTION journey.report(pg_catalog.regclass, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.text, pg_catalog.text[], pg_catalog.text[]) IS
    'one HTML page about a tracked table: stages, funnel, paths, time to the end, and the views of velocity, what is stalled, and cohorts';
-- workspace: a CRM as a schema of the user's: making it, bringing it up to date, dropping it
--
-- A workspace is made by its parts, one function each (99_workspace_PART.sql).  A part stands in the schema of the
-- workspace (workspace_path) and makes what is missing, so that all of it can be called again and again: for a new
-- workspace, and for one that an older version has made.

CREATE FUNCTION journey.workspace_path(workspace pg_catalog.name) RETURNS pg_catalog.text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.concat(pg_catalog.quote_ident(workspace), ', pg_temp');
COMMENT ON FUNCTION journey.workspace_path(pg_catalog.name) IS 'the search_path under which the parts of a workspace are made';

CREATE FUNCTION journey.workspace_objects(workspace pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 200 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    WITH room AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname = workspace),
    thing AS (
        SELECT 'pg_class'::regclass AS class, c.oid, 2 AS rank FROM pg_class c JOIN room r ON c.relnamespace = r.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid, 1 FROM pg_type t JOIN room r ON t.typnamespace = r.oid
        WHERE t.typtype IN ('e', 'd') OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid, 3 FROM pg_proc p JOIN room r ON p.pronamespace = r.oid
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, 4 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN room r ON c.relnamespace = r.oid
        WHERE NOT t.tgisinternal)
    SELECT format('%s %s', i.type, i.identity) FROM thing t CROSS JOIN LATERAL pg_identify_object(t.class, t.oid, 0) i
    ORDER BY t.rank, i.identity COLLATE "C";
END;
$function$;
COMMENT ON FUNCTION journey.workspace_objects(pg_catalog.name) IS 'the types, tables, views, functions and triggers of a schema';

CREATE FUNCTION journey.is_workspace(workspace pg_catalog.name) RETURNS pg_catalog.bool
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
                   WHERE n.nspname = workspace AND c.relname = 'workspace' AND c.relkind = 'r' AND a.attname = 'journey_version'
                     AND NOT a.attisdropped);
END;
$function$;
COMMENT ON FUNCTION journey.is_workspace(pg_catalog.name) IS 'whether a schema is one that create_workspace has made';

CREATE FUNCTION journey.workspace_mend(workspace pg_catalog.name, model pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    old CONSTANT oid := to_regnamespace(quote_ident(workspace));
    new CONSTANT oid := to_regnamespace(quote_ident(model));
    one record;
    other text;
    filled boolean;
BEGIN
    FOR one IN SELECT t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) AS labels
               FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
               WHERE t.typnamespace = new AND NOT EXISTS (SELECT FROM pg_type o WHERE o.typnamespace = old AND o.typname = t.typname)
               GROUP BY t.typname ORDER BY t.typname
    LOOP
        EXECUTE format('CREATE TYPE %I.%I AS ENUM (%s)', workspace, one.typname, one.labels);
    END LOOP;

    -- types are named as they are seen from within either schema
    PERFORM set_config('search_path', journey.workspace_path(model), true);
    FOR one IN SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid) AS default_value
               FROM pg_class c JOIN pg_class o ON o.relnamespace = old AND o.relname = c.relname AND o.relkind = 'r'
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
               WHERE c.relnamespace = new AND c.relkind = 'r'
                 AND NOT EXISTS (SELECT FROM pg_attribute x WHERE x.attrelid = o.oid AND x.attname = a.attname AND NOT x.attisdropped)
               ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', workspace, one.relname) INTO filled;
        PERFORM set_config('search_path', journey.workspace_path(workspace), true);
        -- where there are rows, nothing can be said of a column that has no default
        EXECUTE format('ALTER TABLE %I ADD COLUMN %I %s', one.relname, one.attname, one.type)
            || CASE WHEN one.attidentity <> '' THEN ' GENERATED BY DEFAULT AS IDENTITY' WHEN one.default_value IS NOT NULL THEN ' DEFAULT ' || one.default_value ELSE '' END
            || CASE WHEN one.attnotnull AND (one.default_value IS NOT NULL OR one.attidentity <> '' OR NOT filled) THEN ' NOT NULL' ELSE '' END;
        PERFORM set_config('search_path', journey.workspace_path(model), true);
        RETURN NEXT format('column %s.%I.%I', quote_ident(workspace), one.relname, one.attname);
    END LOOP;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);

    -- a view or function whose result has changed cannot be replaced; it goes, unless something of the user's hangs on it
    FOR one IN
        WITH RECURSIVE thing AS (
            SELECT 'pg_class'::regclass AS class, c.oid, c.relnamespace AS home, c.relname::text AS name,
                   (SELECT string_agg(format('%s %s', a.attname, replace(format_type(a.atttypid, a.atttypmod), quote_ident(n.nspname) || '.', '')), ', ' ORDER BY a.attnum) || ', '
                    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS result
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relnamespace IN (old, new) AND c.relkind = 'v'
            UNION ALL
            SELECT 'pg_proc'::regclass, p.oid, p.pronamespace,
                   p.proname || '(' || replace(pg_get_function_identity_arguments(p.oid), quote_ident(n.nspname) || '.', '') || ')',
                   replace(pg_get_function_result(p.oid), quote_ident(n.nspname) || '.', '')
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.pronamespace IN (old, new)),
        changed AS (
            SELECT o.class, o.oid, o.name FROM thing o JOIN thing n ON n.home = new AND o.home = old AND n.class = o.class AND n.name = o.name
            WHERE CASE WHEN o.class = 'pg_class'::regclass THEN NOT starts_with(n.result, o.result) ELSE n.result <> o.result END),
        hangs (root, class, oid) AS (
            SELECT c.oid, c.class, c.oid FROM changed c
            UNION
            SELECT h.root, x.class, x.oid FROM hangs h CROSS JOIN LATERAL (
                SELECT CASE WHEN d.classid = 'pg_rewrite'::regclass THEN 'pg_class'::regclass ELSE d.classid END AS class,
                       CASE WHEN d.classid = 'pg_rewrite'::regclass THEN (SELECT r.ev_class FROM pg_rewrite r WHERE r.oid = d.objid) ELSE d.objid END AS oid
                FROM pg_depend d WHERE d.refclassid = h.class AND d.refobjid = h.oid AND d.deptype = 'n' AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_trigger'::regclass)) x)
        SELECT c.class, c.oid, c.name,
               (SELECT min(pg_describe_object(h.class, h.oid, 0)) FROM hangs h LEFT JOIN thing t ON t.class = h.class AND t.oid = h.oid AND t.home = old
                WHERE h.root = c.oid AND h.class <> 'pg_trigger'::regclass
                  AND NOT EXISTS (SELECT FROM thing n WHERE n.home = new AND n.class = t.class AND n.name = t.name)) AS outsider
        FROM changed c ORDER BY c.name
    LOOP
        IF one.outsider IS NOT NULL THEN
            RAISE EXCEPTION 'workspace "%" cannot be brought up to date', workspace USING ERRCODE = 'dependent_objects_still_exist',
                DETAIL = format('The columns of %s have changed, and %s depends on it.', one.name, one.outsider),
                HINT = 'Drop what depends on it, bring the workspace up to date, and make it again.';
        END IF;
        SELECT pg_describe_object(one.class, one.oid, 0) INTO other
        WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = one.oid AND one.class = 'pg_class'::regclass UNION ALL SELECT FROM pg_proc p WHERE p.oid = one.oid AND one.class = 'pg_proc'::regclass);
        IF other IS NOT NULL THEN
            EXECUTE format('DROP %s %s CASCADE', CASE WHEN one.class = 'pg_class'::regclass THEN 'VIEW' ELSE 'FUNCTION' END,
                           CASE WHEN one.class = 'pg_class'::regclass THEN one.oid::regclass::text ELSE one.oid::regprocedure::text END);
        END IF;
    END LOOP;
END;
$function$;
COMMENT ON FUNCTION journey.workspace_mend(pg_catalog.name, pg_catalog.name) IS
    'adds to the tables of an older workspace the columns that a new one has, and drops views and functions whose result has changed; returns the columns';

CREATE FUNCTION journey.workspace_constrain(workspace pg_catalog.name, model pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    one record;
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(model), true);
    FOR one IN SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) AS definition
               FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
               JOIN pg_class o ON o.relnamespace = to_regnamespace(quote_ident(workspace)) AND o.relname = c.relname
               WHERE c.relnamespace = to_regnamespace(quote_ident(model)) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
                 AND NOT EXISTS (SELECT FROM pg_constraint x WHERE x.conrelid = o.oid AND x.conname = k.conname)
               ORDER BY k.contype = 'f', c.relname, k.conname
    LOOP
        PERFORM set_config('search_path', journey.workspace_path(workspace), true);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', one.relname, one.conname, one.definition);
        PERFORM set_config('search_path', journey.workspace_path(model), true);
        RETURN NEXT format('constraint %I on %I.%I', one.conname, workspace, one.relname);
    END LOOP;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
END;
$function$;
COMMENT ON FUNCTION journey.workspace_constrain(pg_catalog.name, pg_catalog.name) IS
    'adds to the tables of an older workspace the constraints that a new one has; returns them';

CREATE FUNCTION journey.create_workspace(workspace pg_catalog.name) RETURNS SETOF pg_catalog.text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 200
    SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    before text[];
    part text;
    version text;
    model name;
    mended text;
BEGIN
    IF workspace IS NULL THEN
        RAISE EXCEPTION 'name of a workspace must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF workspace = '' OR workspace ~ '^pg_' OR workspace IN ('journey', 'information_schema') THEN
        RAISE EXCEPTION 'workspace cannot be named "%"', workspace USING ERRCODE = 'reserved_name',
            HINT = 'Take the name of a schema that is not there yet, or of an empty one.';
    END IF;

    -- two sessions that make the same workspace wait for each other
    PERFORM pg_advisory_xact_lock(hashtextextended('journey.workspace ' || workspace, 0));
    IF to_regnamespace(quote_ident(workspace)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', workspace);
    END IF;
    before := ARRAY(SELECT journey.workspace_objects(workspace));
    IF NOT journey.is_workspace(workspace) AND before <> '{}' THEN
        RAISE EXCEPTION 'schema "%" is not a workspace and is not empty', workspace USING ERRCODE = 'duplicate_object',
            DETAIL = format('It has %s.', before[1]),
            HINT = 'A workspace needs a schema of its own, so that its names cannot meet yours.';
    END IF;

    -- what an older version has made: a new workspace beside it shows what its tables lack
    IF journey.is_workspace(workspace) THEN
        EXECUTE format('SELECT w.journey_version FROM %I.workspace AS w', workspace) INTO version;
        IF version IS DISTINCT FROM (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'journey') THEN
            model := 'journey_model_' || md5(workspace);
            PERFORM FROM journey.create_workspace(model);
            FOR mended IN SELECT journey.workspace_mend(workspace, model) LOOP
                RETURN NEXT mended;
            END LOOP;
        END IF;
    END IF;

    FOREACH part IN ARRAY ARRAY['party', 'touch', 'offer', 'nurture', 'sla', 'success', 'hourglass', 'referral', 'advocacy', 'ops']
    LOOP
        EXECUTE format('SELECT journey.workspace_%s($1)', part) USING workspace;
    END LOOP;

    IF model IS NOT NULL THEN
        FOR mended IN SELECT journey.workspace_constrain(workspace, model) LOOP
            RETURN NEXT mended;
        END LOOP;
        EXECUTE format('DROP SCHEMA %I CASCADE', model);
    END IF;

    RETURN QUERY SELECT made FROM journey.workspace_objects(workspace) WITH ORDINALITY AS o (made, place)
        WHERE made <> ALL (before) ORDER BY place;
END;
$function$;
COMMENT ON FUNCTION journey.create_workspace(pg_catalog.name) IS
    'makes a schema with the tables, views and triggers of a CRM, or brings an older one up to date; returns what was made';

CREATE FUNCTION journey.workspace_filled(workspace pg_catalog.name) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    -- what create_workspace fills by itself
    given CONSTANT text[] := '{workspace,stage_definition,channel,work_calendar,score_model,triage_rule,personal_data}';
    one record;
    found boolean;
    filled text[] := '{}';
BEGIN
    FOR one IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = workspace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (given) ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', workspace, one.relname) INTO found;
        IF found THEN
            filled := filled || one.relname::text;
        END IF;
    END LOOP;
    RETURN filled;
END;
$function$;
COMMENT ON FUNCTION journey.workspace_filled(pg_catalog.name) IS
    'the tables of a workspace that hold data, but for what create_workspace fills by itself';

CREATE FUNCTION journey.drop_workspace(workspace pg_catalog.name, force pg_catalog.bool DEFAULT false) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    full_tables text[];
    outside text;
BEGIN
    IF workspace IS NULL OR force IS NULL THEN
        RAISE EXCEPTION 'workspace and force must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT journey.is_workspace(workspace) THEN
        RAISE EXCEPTION 'there is no workspace "%"', workspace USING ERRCODE = 'invalid_schema_name',
            HINT = 'Only what journey.create_workspace() has made is dropped.';
    END IF;
    IF NOT force THEN
        full_tables := journey.workspace_filled(workspace);
        IF full_tables <> '{}' THEN
            RAISE EXCEPTION 'workspace "%" holds data', workspace USING ERRCODE = 'dependent_objects_still_exist',
                DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
                HINT = format('To drop them as well: SELECT journey.drop_workspace(%L, force => true)', workspace);
        END IF;
        -- views and keys of the user's that look in from other schemas
        SELECT min(pg_describe_object(v.oid_class, v.oid, 0)) INTO outside
        FROM (SELECT 'pg_class'::regclass AS oid_class, r.ev_class AS oid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
              JOIN pg_class c ON c.oid = r.ev_class JOIN pg_class t ON t.oid = d.refobjid
              WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                AND t.relnamespace = to_regnamespace(quote_ident(workspace)) AND c.relnamespace <> t.relnamespace
              UNION ALL
              SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
              WHERE t.relnamespace = to_regnamespace(quote_ident(workspace)) AND k.connamespace <> t.relnamespace) v;
        IF outside IS NOT NULL THEN
            RAISE EXCEPTION 'other objects depend on workspace "%"', workspace USING ERRCODE = 'dependent_objects_still_exist',
                DETAIL = format('One is %s.', outside),
                HINT = format('To drop them as well: SELECT journey.drop_workspace(%L, force => true)', workspace);
        END IF;
    END IF;
    EXECUTE format('DROP SCHEMA %I CASCADE', workspace);
END;
$function$;
COMMENT ON FUNCTION journey.drop_workspace(pg_catalog.name, pg_catalog.bool) IS
    'drops a workspace; refuses while it holds data or others depend on it, unless told';
-- workspace, part advocacy: customers who sell: who would recommend us, who the advocates are, and what is done for them (S3)

CREATE FUNCTION journey.workspace_advocacy(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    IF to_regtype('advocate_kind') IS NULL THEN
        PERFORM journey.create_stages(format('%I.advocate_kind', workspace), 'advocate_kind');
        COMMENT ON TYPE advocate_kind IS 'the five kinds of customers who sell; one can be several (S3.3)';
    END IF;

    -- ---------------------------------------------------------------- would they recommend us
    CREATE TABLE IF NOT EXISTS survey (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        question text NOT NULL DEFAULT 'How likely is it that you would recommend us, 0 to 10?',
        opens_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(opens_at)),
        closes_at timestamptz CHECK (isfinite(closes_at)),
        CONSTRAINT survey_order CHECK (closes_at > opens_at));
    COMMENT ON TABLE survey IS 'a question of recommendation, asked of many (S3.4)';
    COMMENT ON COLUMN survey.id IS 'key';
    COMMENT ON COLUMN survey.name IS 'name';
    COMMENT ON COLUMN survey.question IS 'what is asked';
    COMMENT ON COLUMN survey.opens_at IS 'from when on';
    COMMENT ON COLUMN survey.closes_at IS 'until when; null: it stays open';

    CREATE TABLE IF NOT EXISTS survey_response (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        survey_id bigint NOT NULL REFERENCES survey,
        party_id bigint NOT NULL REFERENCES party,
        asked_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(asked_at)),
        answered_at timestamptz CHECK (isfinite(answered_at)),
        score smallint CHECK (score BETWEEN 0 AND 11),
        comment text,
        UNIQUE (survey_id, party_id, asked_at),
        CONSTRAINT survey_response_answer CHECK ((answered_at IS NULL) = (score IS NULL)),
        CONSTRAINT survey_response_order CHECK (answered_at >= asked_at));
    COMMENT ON TABLE survey_response IS 'who was asked, and what he answered; who said nothing is kept apart (S3.4, S3.6)';
    COMMENT ON COLUMN survey_response.id IS 'key';
    COMMENT ON COLUMN survey_response.survey_id IS 'which question';
    COMMENT ON COLUMN survey_response.party_id IS 'who was asked';
    COMMENT ON COLUMN survey_response.asked_at IS 'when';
    COMMENT ON COLUMN survey_response.answered_at IS 'when he answered; null: not';
    COMMENT ON COLUMN survey_response.score IS '0 to 10, or 11 for who says "eleven!"; null: no answer';
    COMMENT ON COLUMN survey_response.comment IS 'in his words';
    CREATE INDEX IF NOT EXISTS survey_response_party ON survey_response (party_id, answered_at);
    CREATE INDEX IF NOT EXISTS survey_response_asked ON survey_response (asked_at);

    CREATE OR REPLACE VIEW survey_answer WITH (security_invoker = true) AS
        SELECT r.id, r.survey_id, s.name AS survey, p.identity AS party_id, r.asked_at, r.answered_at, r.score, r.comment,
               (SELECT g.name FROM party_segment x JOIN party m ON m.id = x.party_id JOIN segment g ON g.id = x.segment_id
                WHERE m.identity = p.identity AND x.since <= (r.asked_at AT TIME ZONE 'UTC')::date ORDER BY x.since DESC, x.id DESC LIMIT 1) AS segment
        FROM survey_response r JOIN survey s ON s.id = r.survey_id JOIN party p ON p.id = r.party_id;
    COMMENT ON VIEW survey_answer IS 'every question asked, of whom, with the segment he was in at that time';

    CREATE OR REPLACE FUNCTION nps_by(period text DEFAULT 'month', by_segment boolean DEFAULT false, zone text DEFAULT 'UTC', level double precision DEFAULT 0.95)
        RETURNS TABLE (survey text, period_from date, segment text, asked bigint, answered bigint, response_rate double precision, promoters bigint, passives bigint,
                       detractors bigint, evangelists bigint, score double precision, low double precision, high double precision, value journey.nps)
        LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $body$
    #variable_conflict use_column
    BEGIN
        IF nps_by.period IS NULL OR nps_by.period NOT IN ('week', 'month', 'quarter', 'year', 'all') THEN
            RAISE EXCEPTION 'unknown period: %', nps_by.period USING ERRCODE = 'invalid_parameter_value',
                HINT = 'The periods are week, month, quarter, year and all.';
        END IF;
        RETURN QUERY
        SELECT n.survey, n.period_from, n.segment, r.asked, r.answered, r.response_rate, r.promoters, r.passives, r.detractors, r.evangelists, r.score, r.low, r.high, n.value
        FROM (SELECT a.survey, CASE WHEN nps_by.period <> 'all' THEN date_trunc(nps_by.period, a.asked_at AT TIME ZONE nps_by.zone)::date END AS period_from,
                     CASE WHEN nps_by.by_segment THEN a.segment END AS segment, journey.nps(a.score) AS value
              FROM survey_answer a GROUP BY 1, 2, 3) n
        CROSS JOIN LATERAL journey.nps_report(n.value, nps_by.level) AS r ORDER BY 1, 2, 3;
    END;
    $body$;
    COMMENT ON FUNCTION nps_by(text, boolean, text, double precision) IS
        'the Net Promoter Score of each survey, by the period in which people were asked, and by segment if told, with its interval (S3.4)';
    CREATE OR REPLACE VIEW nps_by_month WITH (security_invoker = true) AS SELECT * FROM nps_by();
    COMMENT ON VIEW nps_by_month IS 'the Net Promoter Score of each survey by month (UTC)';
    CREATE OR REPLACE VIEW nps_by_segment WITH (security_invoker = true) AS SELECT * FROM nps_by('all', true);
    COMMENT ON VIEW nps_by_segment IS 'the Net Promoter Score of each survey by segment';
    CREATE OR REPLACE VIEW nps_change WITH (security_invoker = true) AS
        SELECT m.survey, m.before_from, m.period_from, d.score_b AS before, d.score, d.difference, d.low, d.high, d.z, d.p
        FROM (SELECT n.*, lag(n.period_from) OVER w AS before_from, lag(n.value) OVER w AS before_value FROM nps_by_month n WINDOW w AS (PARTITION BY n.survey ORDER BY n.period_from)) m
        CROSS JOIN LATERAL journey.nps_difference(m.value, m.before_value) AS d WHERE m.before_value IS NOT NULL;
    COMMENT ON VIEW nps_change IS 'the score of each month against the month before in which somebody was asked, with the test that nothing changed';

    CREATE OR REPLACE VIEW latest_answer WITH (security_invoker = true) AS
        SELECT DISTINCT ON (a.party_id) a.party_id, i.name, a.survey, a.score, a.answered_at, a.comment, a.segment
        FROM survey_answer a JOIN identity i ON i.id = a.party_id WHERE a.score IS NOT NULL ORDER BY a.party_id, a.answered_at DESC, a.id DESC;
    COMMENT ON VIEW latest_answer IS 'what everybody who ever answered has said last';
    CREATE OR REPLACE VIEW promoter_list WITH (security_invoker = true) AS
        SELECT l.party_id, l.name, l.segment, l.score, l.score = 11 AS evangelist, l.answered_at, l.comment FROM latest_answer l WHERE l.score >= 9
        ORDER BY l.score DESC, l.answered_at DESC;
    COMMENT ON VIEW promoter_list IS 'who would recommend us, those who say eleven first: the golden asset (S3.4)';
    CREATE OR REPLACE VIEW detractor_list WITH (security_invoker = true) AS
        SELECT l.party_id, l.name, l.segment, l.score, l.answered_at, l.comment FROM latest_answer l WHERE l.score <= 6 ORDER BY l.score, l.answered_at DESC;
    COMMENT ON VIEW detractor_list IS 'who would not';

    -- ---------------------------------------------------------------- the five kinds
    CREATE TABLE IF NOT EXISTS advocate (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        kind advocate_kind NOT NULL,
        since date NOT NULL DEFAULT current_date,
        until date,
        evidence text NOT NULL CHECK (evidence <> ''),
        reach bigint CHECK (reach >= 0),
        owner text,
        CONSTRAINT advocate_order CHECK (until >= since));
    COMMENT ON TABLE advocate IS 'whom we know by name as an advocate, of which kind, and how we know (S3.3)';
    COMMENT ON COLUMN advocate.id IS 'key';
    COMMENT ON COLUMN advocate.party_id IS 'who';
    COMMENT ON COLUMN advocate.kind IS 'which kind; further ones have rows of their own';
    COMMENT ON COLUMN advocate.since IS 'since when';
    COMMENT ON COLUMN advocate.until IS 'until when; null: he still is';
    COMMENT ON COLUMN advocate.evidence IS 'how we know';
    COMMENT ON COLUMN advocate.reach IS 'how many follow him: of stars above all (S3.9)';
    COMMENT ON COLUMN advocate.owner IS 'who keeps the contact';
    CREATE UNIQUE INDEX IF NOT EXISTS advocate_once ON advocate (party_id, kind) WHERE until IS NULL;

    CREATE TABLE IF NOT EXISTS idea (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        title text NOT NULL CHECK (title <> ''),
        body text,
        status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'talked', 'accepted', 'done', 'declined')),
        decided_at timestamptz CHECK (decided_at >= at),
        launch_id bigint REFERENCES launch,
        rewarded_at timestamptz CHECK (rewarded_at >= at),
        CONSTRAINT idea_decided CHECK ((status IN ('accepted', 'done', 'declined')) = (decided_at IS NOT NULL)));
    COMMENT ON TABLE idea IS 'what customers propose: lead users know the product so well that they improve it (S3.13)';
    COMMENT ON COLUMN idea.id IS 'key';
    COMMENT ON COLUMN idea.party_id IS 'who proposed it';
    COMMENT ON COLUMN idea.at IS 'when';
    COMMENT ON COLUMN idea.title IS 'in short';
    COMMENT ON COLUMN idea.body IS 'in full';
    COMMENT ON COLUMN idea.status IS 'what became of it';
    COMMENT ON COLUMN idea.decided_at IS 'when that was decided';
    COMMENT ON COLUMN idea.launch_id IS 'the launch it became part of';
    COMMENT ON COLUMN idea.rewarded_at IS 'when he was thanked for it';
    CREATE INDEX IF NOT EXISTS idea_party ON idea (party_id);

    CREATE OR REPLACE VIEW lead_user WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, count(*) AS ideas, count(*) FILTER (WHERE d.status IN ('accepted', 'done')) AS accepted, count(*) FILTER (WHERE d.status = 'done') AS done,
               count(*) FILTER (WHERE d.status = 'new') AS unanswered, count(*) FILTER (WHERE d.rewarded_at IS NULL AND d.status IN ('accepted', 'done')) AS unthanked, max(d.at) AS last_at
        FROM idea d JOIN party p ON p.id = d.party_id GROUP BY p.identity;
    COMMENT ON VIEW lead_user IS 'who proposes what is of use, whom we have not answered, and whom we have not thanked (S3.13)';

    CREATE OR REPLACE VIEW advocate_found WITH (security_invoker = true) AS
        SELECT 'fan'::advocate_kind AS kind, l.party_id, format('answered %s in "%s"', l.score, l.survey) AS evidence FROM latest_answer l WHERE l.score >= 9
        UNION ALL SELECT 'evangelist', l.party_id, format('answered 11 in "%s"', l.survey) FROM latest_answer l WHERE l.score = 11
        UNION ALL SELECT 'innovator', a.party_id, format('number %s to take up %s', min(a.place), string_agg(format('"%s"', a.launch), ', ' ORDER BY a.launch))
                  FROM adoption_order a WHERE a.six = 'innovators' GROUP BY a.party_id
        UNION ALL SELECT 'lead_user', u.party_id, format('%s ideas, %s of them accepted', u.ideas, u.accepted) FROM lead_user u WHERE u.accepted > 0;
    COMMENT ON VIEW advocate_found IS 'who shows to be an advocate by what he did; stars are found by nobody but you';
    CREATE OR REPLACE VIEW advocate_known WITH (security_invoker = true) AS
        SELECT a.kind, p.identity AS party_id, i.name, min(a.since) AS since, max(a.reach) AS reach, string_agg(a.evidence, '; ' ORDER BY a.since, a.id) AS evidence
        FROM advocate a JOIN party p ON p.id = a.party_id JOIN identity i ON i.id = p.identity WHERE a.until IS NULL OR a.until > current_date GROUP BY a.kind, p.identity, i.name;
    COMMENT ON VIEW advocate_known IS 'the advocates we know by name, each kind apart';
    CREATE OR REPLACE VIEW evangelist WITH (security_invoker = true) AS
        SELECT e.party_id, i.name, bool_or(e.known) AS known, min(e.evidence) AS evidence
        FROM (SELECT f.party_id, false AS known, f.evidence FROM advocate_found f WHERE f.kind = 'evangelist'
              UNION ALL SELECT k.party_id, true, k.evidence FROM advocate_known k WHERE k.kind = 'evangelist') e JOIN identity i ON i.id = e.party_id GROUP BY e.party_id, i.name;
    COMMENT ON VIEW evangelist IS 'the small set, countable on fingers, that sells for us (S3.6)';
    CREATE OR REPLACE FUNCTION know_advocates() RETURNS bigint LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH made AS (
            INSERT INTO advocate (party_id, kind, evidence)
            SELECT f.party_id, f.kind, f.evidence FROM advocate_found f
            WHERE NOT EXISTS (SELECT FROM advocate a JOIN party p ON p.id = a.party_id WHERE p.identity = f.party_id AND a.kind = f.kind AND a.until IS NULL)
            RETURNING 1)
        SELECT count(*) FROM made;
    END;
    COMMENT ON FUNCTION know_advocates() IS 'writes down as known whoever shows to be an advocate and is not yet; returns how many';

    -- ---------------------------------------------------------------- what is done for them
    CREATE TABLE IF NOT EXISTS programme (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        kind advocate_kind,
        form text NOT NULL CHECK (form IN ('mailing', 'closed_event', 'ceo_day', 'club', 'council', 'gift', 'special_terms', 'personal_contact', 'assistant', 'direct_access', 'sponsor_event', 'messenger_group', 'users_group', 'test_drive', 'pilot', 'thanks', 'certificate', 'other')),
        owner text,
        valid daterange NOT NULL DEFAULT daterange(current_date, NULL) CHECK (NOT isempty(valid)),
        deliver_within interval CHECK (deliver_within > interval '0'));
    COMMENT ON TABLE programme IS 'the forms in which relations are kept: events, clubs, gifts, terms, access (S3.8)';
    COMMENT ON COLUMN programme.id IS 'key';
    COMMENT ON COLUMN programme.name IS 'name';
    COMMENT ON COLUMN programme.kind IS 'for which kind of advocate; null: for all';
    COMMENT ON COLUMN programme.form IS 'what it is';
    COMMENT ON COLUMN programme.owner IS 'who answers for it';
    COMMENT ON COLUMN programme.valid IS 'the days on which there is such a programme';
    COMMENT ON COLUMN programme.deliver_within IS 'how soon a benefit that was promised must be there';

    CREATE TABLE IF NOT EXISTS benefit (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        programme_id bigint NOT NULL REFERENCES programme,
        party_id bigint NOT NULL REFERENCES party,
        promised_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(promised_at)),
        due_at timestamptz,
        delivered_at timestamptz CHECK (isfinite(delivered_at)),
        cost numeric CHECK (cost >= 0 AND cost < 'infinity'),
        rating smallint CHECK (rating BETWEEN 0 AND 10),
        CONSTRAINT benefit_order CHECK (delivered_at >= promised_at),
        CONSTRAINT benefit_due CHECK (due_at > promised_at));
    COMMENT ON TABLE benefit IS 'what was promised to whom, and whether he got it: who is disappointed sells for nobody (S3.8)';
    COMMENT ON COLUMN benefit.id IS 'key';
    COMMENT ON COLUMN benefit.programme_id IS 'by which programme';
    COMMENT ON COLUMN benefit.party_id IS 'to whom';
    COMMENT ON COLUMN benefit.promised_at IS 'when';
    COMMENT ON COLUMN benefit.due_at IS 'until when he must have it; null: as the programme says';
    COMMENT ON COLUMN benefit.delivered_at IS 'when he got it; null: not yet';
    COMMENT ON COLUMN benefit.cost IS 'what it cost';
    COMMENT ON COLUMN benefit.rating IS 'how he liked it, 0 to 10';
    CREATE INDEX IF NOT EXISTS benefit_party ON benefit (party_id);
    CREATE OR REPLACE FUNCTION benefit_due() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        NEW.due_at := coalesce(NEW.due_at, NEW.promised_at + (SELECT m.deliver_within FROM programme m WHERE m.id = NEW.programme_id));
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION benefit_due() IS 'a benefit is due when its programme says so';
    CREATE OR REPLACE TRIGGER benefit_due BEFORE INSERT ON benefit FOR EACH ROW EXECUTE FUNCTION benefit_due();
    CREATE OR REPLACE VIEW benefit_overdue WITH (security_invoker = true) AS
        SELECT b.id, m.name AS programme, m.owner, p.identity AS party_id, b.promised_at, b.due_at, now() - b.due_at AS late,
               EXISTS (SELECT FROM evangelist e WHERE e.party_id = p.identity) AS evangelist
        FROM benefit b JOIN programme m ON m.id = b.programme_id JOIN party p ON p.id = b.party_id
        WHERE b.delivered_at IS NULL AND b.due_at < now() ORDER BY evangelist DESC, b.due_at;
    COMMENT ON VIEW benefit_overdue IS 'what was promised and is not there, evangelists first';

    CREATE TABLE IF NOT EXISTS surprise (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        what text NOT NULL CHECK (what <> ''),
        value numeric CHECK (value >= 0 AND value < 'infinity'),
        cost numeric CHECK (cost >= 0 AND cost < 'infinity'),
        rating smallint CHECK (rating BETWEEN 0 AND 10));
    COMMENT ON TABLE surprise IS 'bonuses and surprises: more than was promised (S1.11)';
    COMMENT ON COLUMN surprise.id IS 'key';
    COMMENT ON COLUMN surprise.party_id IS 'whom';
    COMMENT ON COLUMN surprise.at IS 'when';
    COMMENT ON COLUMN surprise.what IS 'what';
    COMMENT ON COLUMN surprise.value IS 'worth';
    COMMENT ON COLUMN surprise.cost IS 'what it cost';
    COMMENT ON COLUMN surprise.rating IS 'how he liked it, 0 to 10';
    CREATE INDEX IF NOT EXISTS surprise_party ON surprise (party_id);

    CREATE TABLE IF NOT EXISTS introduction (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        to_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        introduced_by text,
        reason text,
        met boolean,
        CONSTRAINT introduction_other CHECK (party_id <> to_id));
    COMMENT ON TABLE introduction IS 'customers who were introduced to each other (S1.14)';
    COMMENT ON COLUMN introduction.id IS 'key';
    COMMENT ON COLUMN introduction.party_id IS 'who';
    COMMENT ON COLUMN introduction.to_id IS 'to whom';
    COMMENT ON COLUMN introduction.at IS 'when';
    COMMENT ON COLUMN introduction.introduced_by IS 'who of us did it';
    COMMENT ON COLUMN introduction.reason IS 'what they have in common';
    COMMENT ON COLUMN introduction.met IS 'did they meet; null: not known';
    CREATE UNIQUE INDEX IF NOT EXISTS introduction_once ON introduction (least(party_id, to_id), greatest(party_id, to_id));
    CREATE INDEX IF NOT EXISTS introduction_to ON introduction (to_id);
    CREATE OR REPLACE FUNCTION introduction_of_two() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF (SELECT p.identity FROM party p WHERE p.id = NEW.party_id) = (SELECT p.identity FROM party p WHERE p.id = NEW.to_id) THEN
            RAISE EXCEPTION 'party % cannot be introduced to himself', NEW.party_id USING ERRCODE = 'check_violation',
                DETAIL = format('Parties %s and %s are the same.', NEW.party_id, NEW.to_id);
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION introduction_of_two() IS 'an introduction is of two';
    CREATE OR REPLACE TRIGGER introduction_of_two BEFORE INSERT OR UPDATE ON introduction FOR EACH ROW EXECUTE FUNCTION introduction_of_two();
    CREATE OR REPLACE VIEW introduction_graph WITH (security_invoker = true) AS
        SELECT e.party_id, count(DISTINCT e.other_id) AS acquainted, count(DISTINCT e.other_id) FILTER (WHERE e.met) AS met
        FROM (SELECT a.identity AS party_id, b.identity AS other_id, n.met FROM introduction n JOIN party a ON a.id = n.party_id JOIN party b ON b.id = n.to_id
              UNION ALL SELECT b.identity, a.identity, n.met FROM introduction n JOIN party a ON a.id = n.party_id JOIN party b ON b.id = n.to_id) e
        WHERE e.party_id <> e.other_id GROUP BY e.party_id;
    COMMENT ON VIEW introduction_graph IS 'how many customers each customer knows through us (S1.14)';

    CREATE TABLE IF NOT EXISTS community (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        place text,
        owner text);
    COMMENT ON TABLE community IS 'the path leads to a community of customers (S0.15)';
    COMMENT ON COLUMN community.id IS 'key';
    COMMENT ON COLUMN community.name IS 'name';
    COMMENT ON COLUMN community.place IS 'where it meets';
    COMMENT ON COLUMN community.owner IS 'who looks after it';

    CREATE TABLE IF NOT EXISTS community_member (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        community_id bigint NOT NULL REFERENCES community,
        party_id bigint NOT NULL REFERENCES party,
        joined_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(joined_at)),
        left_at timestamptz,
        role text NOT NULL DEFAULT 'member',
        CONSTRAINT community_member_order CHECK (left_at > joined_at));
    COMMENT ON TABLE community_member IS 'who belongs to which community, and from when to when (S0.15, S1.14)';
    COMMENT ON COLUMN community_member.id IS 'key';
    COMMENT ON COLUMN community_member.community_id IS 'which';
    COMMENT ON COLUMN community_member.party_id IS 'who';
    COMMENT ON COLUMN community_member.joined_at IS 'since when';
    COMMENT ON COLUMN community_member.left_at IS 'until when; null: still';
    COMMENT ON COLUMN community_member.role IS 'what he is there';
    CREATE UNIQUE INDEX IF NOT EXISTS community_member_once ON community_member (community_id, party_id) WHERE left_at IS NULL;
    CREATE INDEX IF NOT EXISTS community_member_party ON community_member (party_id);
    CREATE OR REPLACE VIEW community_size WITH (security_invoker = true) AS
        SELECT c.id AS community_id, c.name, count(DISTINCT p.identity) FILTER (WHERE m.left_at IS NULL OR m.left_at > now()) AS members,
               count(DISTINCT p.identity) AS ever, count(DISTINCT p.identity) FILTER (WHERE k.party_id IS NOT NULL AND (m.left_at IS NULL OR m.left_at > now())) AS customers
        FROM community c LEFT JOIN community_member m ON m.community_id = c.id LEFT JOIN party p ON p.id = m.party_id LEFT JOIN customer_when k ON k.party_id = p.identity
        GROUP BY c.id, c.name;
    COMMENT ON VIEW community_size IS 'how many belong to each community now, did ever, and are customers';

    CREATE TABLE IF NOT EXISTS testimonial (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        kind text NOT NULL CHECK (kind IN ('text', 'video', 'review', 'post')),
        asked_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(asked_at)),
        given_at timestamptz CHECK (isfinite(given_at)),
        url text,
        body text,
        rating smallint CHECK (rating BETWEEN 1 AND 5),
        helped_by text,
        may_publish boolean NOT NULL DEFAULT false,
        published_at timestamptz,
        CONSTRAINT testimonial_order CHECK (given_at >= asked_at),
        CONSTRAINT testimonial_permission CHECK (published_at IS NULL OR may_publish AND given_at IS NOT NULL AND published_at >= given_at));
    COMMENT ON TABLE testimonial IS 'reviews and experiences that customers have told; video is best (S1.16, S1.14)';
    COMMENT ON COLUMN testimonial.id IS 'key';
    COMMENT ON COLUMN testimonial.party_id IS 'whose';
    COMMENT ON COLUMN testimonial.kind IS 'in which form';
    COMMENT ON COLUMN testimonial.asked_at IS 'when we asked for it';
    COMMENT ON COLUMN testimonial.given_at IS 'when he gave it; null: not yet';
    COMMENT ON COLUMN testimonial.url IS 'where it is';
    COMMENT ON COLUMN testimonial.body IS 'what it says';
    COMMENT ON COLUMN testimonial.rating IS 'stars, where it has them';
    COMMENT ON COLUMN testimonial.helped_by IS 'who of us helped to write it';
    COMMENT ON COLUMN testimonial.may_publish IS 'did he allow to publish it';
    COMMENT ON COLUMN testimonial.published_at IS 'when it was published';
    CREATE INDEX IF NOT EXISTS testimonial_party ON testimonial (party_id);

    CREATE TABLE IF NOT EXISTS agent_material (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        material text NOT NULL CHECK (material <> ''),
        content_id bigint REFERENCES content,
        quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
        handed_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(handed_at)),
        used integer NOT NULL DEFAULT 0,
        told_incentives boolean NOT NULL DEFAULT false,
        CONSTRAINT agent_material_used CHECK (used BETWEEN 0 AND quantity));
    COMMENT ON TABLE agent_material IS 'what advocates were given to sell with (S1.16)';
    COMMENT ON COLUMN agent_material.id IS 'key';
    COMMENT ON COLUMN agent_material.party_id IS 'who';
    COMMENT ON COLUMN agent_material.material IS 'what: cards, samples, a presentation';
    COMMENT ON COLUMN agent_material.content_id IS 'the piece of content it is';
    COMMENT ON COLUMN agent_material.quantity IS 'how many';
    COMMENT ON COLUMN agent_material.handed_at IS 'when';
    COMMENT ON COLUMN agent_material.used IS 'how many he used, as far as we know';
    COMMENT ON COLUMN agent_material.told_incentives IS 'was he told what a referral brings him';
    CREATE INDEX IF NOT EXISTS agent_material_party ON agent_material (party_id);

    CREATE TABLE IF NOT EXISTS barter (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        given text NOT NULL CHECK (given <> ''),
        given_value numeric NOT NULL CHECK (given_value >= 0 AND given_value < 'infinity'),
        currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
        given_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(given_at)),
        exposure text NOT NULL CHECK (exposure <> ''),
        due_at timestamptz,
        exposed_at timestamptz CHECK (isfinite(exposed_at)),
        reach bigint CHECK (reach >= 0),
        exposure_value numeric CHECK (exposure_value >= 0 AND exposure_value < 'infinity'),
        certificate text,
        certificate_at timestamptz,
        CONSTRAINT barter_exposed CHECK (exposed_at IS NOT NULL OR num_nonnulls(reach, exposure_value) = 0),
        CONSTRAINT barter_certificate CHECK ((certificate IS NULL) = (certificate_at IS NULL)));
    COMMENT ON TABLE barter IS 'stars: special terms against visibility (S3.9)';
    COMMENT ON COLUMN barter.id IS 'key';
    COMMENT ON COLUMN barter.party_id IS 'the star';
    COMMENT ON COLUMN barter.given IS 'what he got: a discount, the thing for free';
    COMMENT ON COLUMN barter.given_value IS 'worth';
    COMMENT ON COLUMN barter.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN barter.given_at IS 'when';
    COMMENT ON COLUMN barter.exposure IS 'what he does for it: a photo, a mention';
    COMMENT ON COLUMN barter.due_at IS 'until when';
    COMMENT ON COLUMN barter.exposed_at IS 'when he did it; null: not yet';
    COMMENT ON COLUMN barter.reach IS 'how many saw it';
    COMMENT ON COLUMN barter.exposure_value IS 'what such visibility costs elsewhere';
    COMMENT ON COLUMN barter.certificate IS 'number or title of the certificate he was given: a prize in itself';
    COMMENT ON COLUMN barter.certificate_at IS 'when';
    CREATE INDEX IF NOT EXISTS barter_party ON barter (party_id);
    CREATE OR REPLACE VIEW barter_balance WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, b.currency, sum(b.given_value) AS given, coalesce(sum(b.exposure_value), 0) AS received, coalesce(sum(b.exposure_value), 0) - sum(b.given_value) AS balance,
               coalesce(sum(b.reach), 0)::bigint AS reach, count(*) FILTER (WHERE b.exposed_at IS NULL) AS owed, count(*) FILTER (WHERE b.exposed_at IS NULL AND b.due_at < now()) AS overdue,
               count(b.certificate) AS certificates
        FROM barter b JOIN party p ON p.id = b.party_id GROUP BY p.identity, b.currency;
    COMMENT ON VIEW barter_balance IS 'what each star was given and has done for it, and what he still owes (S3.9)';

    CREATE TABLE IF NOT EXISTS special_terms (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        employee_id bigint NOT NULL REFERENCES party,
        relation text NOT NULL CHECK (relation IN ('employee', 'family', 'friend')),
        offer_id bigint REFERENCES offer,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        quantity numeric NOT NULL DEFAULT 1 CHECK (quantity > 0 AND quantity < 'infinity'),
        list_price numeric NOT NULL CHECK (list_price >= 0 AND list_price < 'infinity'),
        price numeric NOT NULL CHECK (price >= 0 AND price < 'infinity'),
        cost numeric NOT NULL CHECK (cost >= 0 AND cost < 'infinity'),
        currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
        loss_allowed_by text,
        CONSTRAINT special_terms_special CHECK (price <= list_price));
    COMMENT ON TABLE special_terms IS 'friends-and-family terms of employees, and others like them: seldom at a loss (S3.1)';
    COMMENT ON COLUMN special_terms.id IS 'key';
    COMMENT ON COLUMN special_terms.party_id IS 'who buys';
    COMMENT ON COLUMN special_terms.employee_id IS 'through which employee; himself, where he is the one';
    COMMENT ON COLUMN special_terms.relation IS 'what he is to the employee';
    COMMENT ON COLUMN special_terms.offer_id IS 'what he buys';
    COMMENT ON COLUMN special_terms.at IS 'when';
    COMMENT ON COLUMN special_terms.quantity IS 'how many';
    COMMENT ON COLUMN special_terms.list_price IS 'usual price of one';
    COMMENT ON COLUMN special_terms.price IS 'his price of one';
    COMMENT ON COLUMN special_terms.cost IS 'what one costs us';
    COMMENT ON COLUMN special_terms.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN special_terms.loss_allowed_by IS 'who allowed to sell at a loss; null: nobody';
    CREATE INDEX IF NOT EXISTS special_terms_party ON special_terms (party_id);
    CREATE INDEX IF NOT EXISTS special_terms_employee ON special_terms (employee_id);
    CREATE OR REPLACE FUNCTION special_terms_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        buyer bigint := (SELECT p.identity FROM party p WHERE p.id = NEW.party_id);
        worker bigint := (SELECT p.identity FROM party p WHERE p.id = NEW.employee_id);
    BEGIN
        IF NOT EXISTS (SELECT FROM party p WHERE p.identity = worker AND p.kind = 'employee') THEN
            RAISE EXCEPTION 'party % is not an employee', NEW.employee_id USING ERRCODE = 'check_violation',
                HINT = 'Special terms go through an employee: a party of kind "employee".';
        ELSIF (NEW.relation = 'employee') <> (buyer = worker) THEN
            RAISE EXCEPTION 'relation "%" does not fit party % and employee %', NEW.relation, NEW.party_id, NEW.employee_id USING ERRCODE = 'check_violation',
                DETAIL = CASE WHEN buyer = worker THEN 'They are the same.' ELSE 'They are not the same.' END;
        ELSIF NEW.price < NEW.cost AND NEW.loss_allowed_by IS NULL THEN
            RAISE EXCEPTION 'price of % is below the cost of %', NEW.price, NEW.cost USING ERRCODE = 'check_violation',
                DETAIL = format('That is a loss of %s %s.', (NEW.cost - NEW.price) * NEW.quantity, NEW.currency),
                HINT = 'Where this is meant, say in loss_allowed_by who allowed it.';
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION special_terms_allowed() IS 'special terms go through an employee, and not below cost unless somebody allowed it';
    CREATE OR REPLACE TRIGGER special_terms_allowed BEFORE INSERT OR UPDATE ON special_terms FOR EACH ROW EXECUTE FUNCTION special_terms_allowed();
    CREATE OR REPLACE VIEW special_terms_margin WITH (security_invoker = true) AS
        SELECT s.relation, s.currency, count(*) AS sales, sum(s.price * s.quantity) AS income, sum((s.list_price - s.price) * s.quantity) AS discount,
               sum((s.price - s.cost) * s.quantity) AS margin, count(*) FILTER (WHERE s.price < s.cost) AS at_a_loss, count(DISTINCT e.identity) AS employees
        FROM special_terms s JOIN party e ON e.id = s.employee_id GROUP BY s.relation, s.currency ORDER BY s.relation, s.currency;
    COMMENT ON VIEW special_terms_margin IS 'what special terms bring and cost, by relation to the employee (S3.1)';

    -- ---------------------------------------------------------------- what it is all worth
    CREATE TABLE IF NOT EXISTS awareness_reading (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        brand text NOT NULL CHECK (brand <> ''),
        ours boolean NOT NULL,
        month date NOT NULL CHECK (extract(day FROM month) = 1),
        market text NOT NULL DEFAULT '',
        asked bigint NOT NULL CHECK (asked > 0),
        prompted bigint NOT NULL,
        unprompted bigint NOT NULL,
        first bigint NOT NULL DEFAULT 0,
        UNIQUE (brand, month, market),
        CONSTRAINT awareness_reading_counts CHECK (first >= 0 AND first <= unprompted AND unprompted <= prompted AND prompted <= asked));
    COMMENT ON TABLE awareness_reading IS 'who knows us, and who knows others: places in customers heads (S1.19, S3.2)';
    COMMENT ON COLUMN awareness_reading.id IS 'key';
    COMMENT ON COLUMN awareness_reading.brand IS 'whose name';
    COMMENT ON COLUMN awareness_reading.ours IS 'is it ours, or that of a competitor';
    COMMENT ON COLUMN awareness_reading.month IS 'first day of the month of the survey';
    COMMENT ON COLUMN awareness_reading.market IS 'where';
    COMMENT ON COLUMN awareness_reading.asked IS 'how many were asked';
    COMMENT ON COLUMN awareness_reading.prompted IS 'how many knew the name when they heard it';
    COMMENT ON COLUMN awareness_reading.unprompted IS 'how many named it themselves';
    COMMENT ON COLUMN awareness_reading.first IS 'how many named it first';
    CREATE OR REPLACE VIEW mindshare WITH (security_invoker = true) AS
        SELECT r.month, r.market, r.brand, r.ours, r.asked, p.rate AS prompted, u.rate AS unprompted, u.low AS unprompted_low, u.high AS unprompted_high,
               r.first / nullif(sum(r.first) OVER (PARTITION BY r.month, r.market), 0)::double precision AS first_share,
               rank() OVER (PARTITION BY r.month, r.market ORDER BY r.first::double precision / r.asked DESC) AS place
        FROM awareness_reading r CROSS JOIN LATERAL journey.wilson(r.prompted, r.asked) AS p CROSS JOIN LATERAL journey.wilson(r.unprompted, r.asked) AS u;
    COMMENT ON VIEW mindshare IS 'how well each brand is known, ours beside its competitors, with Wilson intervals (S1.19)';

    CREATE TABLE IF NOT EXISTS marketing_spend (
        month date NOT NULL CHECK (extract(day FROM month) = 1),
        channel text NOT NULL REFERENCES channel ON UPDATE CASCADE,
        currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
        amount numeric NOT NULL CHECK (amount >= 0 AND amount < 'infinity'),
        PRIMARY KEY (month, channel, currency));
    COMMENT ON TABLE marketing_spend IS 'what marketing cost, by month and channel (S3.2)';
    COMMENT ON COLUMN marketing_spend.month IS 'first day of the month';
    COMMENT ON COLUMN marketing_spend.channel IS 'for which channel';
    COMMENT ON COLUMN marketing_spend.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN marketing_spend.amount IS 'how much';

    CREATE OR REPLACE VIEW advocacy_roi WITH (security_invoker = true) AS
        WITH entry AS (
            SELECT m.month, m.currency, m.amount AS spend, NULL::numeric AS advocacy, NULL::numeric AS income, NULL::numeric AS by_referral FROM marketing_spend m
            UNION ALL SELECT date_trunc('month', r.at AT TIME ZONE 'UTC')::date, r.currency, NULL, r.amount, NULL, NULL FROM reward r
            UNION ALL SELECT date_trunc('month', b.given_at AT TIME ZONE 'UTC')::date, b.currency, NULL, b.given_value, NULL, NULL FROM barter b
            UNION ALL SELECT date_trunc('month', d.closed_at AT TIME ZONE 'UTC')::date, d.currency, NULL, NULL, d.value, CASE WHEN e.referral_id IS NOT NULL THEN d.value END
                      FROM deal d LEFT JOIN party p ON p.id = d.party_id LEFT JOIN referral_edge e ON e.referred_id = p.identity AND e.at <= d.closed_at WHERE d.won),
        aware AS (SELECT r.month, sum(r.unprompted) / sum(r.asked) AS awareness FROM awareness_reading r WHERE r.ours GROUP BY r.month)
        SELECT coalesce(s.month, a.month) AS month, s.currency, a.awareness::double precision AS awareness, s.spend AS marketing_spend, s.advocacy AS advocacy_cost, s.income, s.by_referral AS referral_income,
               s.by_referral / nullif(s.income, 0) AS referral_share, s.by_referral / nullif(s.advocacy, 0) AS return_on_advocacy, s.income / nullif(s.spend, 0) AS income_per_spend
        FROM (SELECT e.month, e.currency, coalesce(sum(e.spend), 0) AS spend, coalesce(sum(e.advocacy), 0) AS advocacy, coalesce(sum(e.income), 0) AS income, coalesce(sum(e.by_referral), 0) AS by_referral
              FROM entry e GROUP BY e.month, e.currency) s
        FULL JOIN aware a ON a.month = s.month ORDER BY 1, 2;
    COMMENT ON VIEW advocacy_roi IS
        'the three measures by month (UTC): awareness should go up, marketing spend down, income up; and what of the income came by referral (S3.2)';
    COMMENT ON COLUMN advocacy_roi.awareness IS 'share of those asked that named us themselves';
    COMMENT ON COLUMN advocacy_roi.advocacy_cost IS 'rewards less those taken back, and what stars were given';
    COMMENT ON COLUMN advocacy_roi.referral_income IS 'deals won of parties that somebody brought before';

    -- ---------------------------------------------------------------- the control questions
    CREATE OR REPLACE FUNCTION readiness_at(fresh interval DEFAULT interval '90 days', at timestamptz DEFAULT now())
        RETURNS TABLE (kind advocate_kind, surveyed boolean, coverage double precision, found bigint, known bigint, known_share double precision, last_touch timestamptz,
                       touched bigint, programme_exists boolean, thanked bigint, ready boolean, missing text[])
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH customer AS (SELECT c.party_id FROM customer_when c WHERE c.at <= readiness_at.at),
        asked AS (SELECT DISTINCT a.party_id FROM survey_answer a WHERE a.asked_at <= readiness_at.at),
        answered AS (SELECT DISTINCT a.party_id FROM survey_answer a WHERE a.answered_at <= readiness_at.at),
        base AS (
            SELECT (SELECT count(*) FROM asked) > 0 AS surveyed,
                   (SELECT count(*) FROM customer c WHERE EXISTS (SELECT FROM answered a WHERE a.party_id = c.party_id))::double precision / nullif((SELECT count(*) FROM customer), 0) AS coverage),
        known AS (
            SELECT DISTINCT a.kind, p.identity AS party_id FROM advocate a JOIN party p ON p.id = a.party_id
            WHERE a.since <= readiness_at.at::date AND (a.until IS NULL OR a.until > readiness_at.at::date)),
        contact AS (
            SELECT k.kind, k.party_id, greatest(
                       (SELECT max(t.at) FROM touch t JOIN party p ON p.id = t.party_id WHERE p.identity = k.party_id AND t.at <= readiness_at.at),
                       (SELECT max(b.delivered_at) FROM benefit b JOIN party p ON p.id = b.party_id WHERE p.identity = k.party_id AND b.delivered_at <= readiness_at.at)) AS last_touch,
                   EXISTS (SELECT FROM benefit b JOIN party p ON p.id = b.party_id WHERE p.identity = k.party_id AND b.delivered_at <= readiness_at.at
                           UNION ALL SELECT FROM surprise s JOIN party p ON p.id = s.party_id WHERE p.identity = k.party_id AND s.at <= readiness_at.at
                           UNION ALL SELECT FROM reward r JOIN party p ON p.id = r.party_id WHERE p.identity = k.party_id AND r.at <= readiness_at.at
                           UNION ALL SELECT FROM idea d JOIN party p ON p.id = d.party_id WHERE p.identity = k.party_id AND d.rewarded_at <= readiness_at.at) AS thanked
            FROM known k),
        line AS (
            SELECT g.kind, b.surveyed, b.coverage,
                   CASE WHEN g.kind <> 'star' THEN (SELECT count(DISTINCT f.party_id) FROM advocate_found f WHERE f.kind = g.kind) END AS found,
                   (SELECT count(*) FROM known k WHERE k.kind = g.kind) AS known,
                   (SELECT count(*) FROM known k WHERE k.kind = g.kind AND EXISTS (SELECT FROM advocate_found f WHERE f.kind = k.kind AND f.party_id = k.party_id)) AS known_found,
                   (SELECT max(c.last_touch) FROM contact c WHERE c.kind = g.kind) AS last_touch,
                   (SELECT count(*) FROM contact c WHERE c.kind = g.kind AND c.last_touch > readiness_at.at - readiness_at.fresh) AS touched,
                   EXISTS (SELECT FROM programme m WHERE (m.kind = g.kind OR m.kind IS NULL) AND m.valid @> readiness_at.at::date) AS programme_exists,
                   (SELECT count(*) FROM contact c WHERE c.kind = g.kind AND c.thanked) AS thanked
            FROM unnest(enum_range(NULL::advocate_kind)) AS g (kind) CROSS JOIN base b),
        question AS (
            SELECT l.kind, array_remove(ARRAY[
                CASE WHEN NOT l.surveyed AND l.kind IN ('fan', 'evangelist') THEN 'survey' END, CASE WHEN l.known = 0 THEN 'known' END,
                CASE WHEN l.found > l.known_found THEN 'know all' END, CASE WHEN l.touched < l.known OR l.known = 0 THEN 'contact' END,
                CASE WHEN NOT l.programme_exists THEN 'programme' END, CASE WHEN l.thanked < l.known OR l.known = 0 THEN 'thanks' END], NULL) AS missing FROM line l)
        SELECT l.kind, l.surveyed, l.coverage, l.found, l.known, l.known_found::double precision / nullif(l.found, 0), l.last_touch, l.touched, l.programme_exists, l.thanked,
               q.missing = '{}', q.missing
        FROM line l JOIN question q ON q.kind = l.kind ORDER BY l.kind;
    END;
    COMMENT ON FUNCTION readiness_at(interval, timestamptz) IS
        'the control questions for each kind: did we ask, do we know them, keep the contact, have a programme, thank them; what is found by evidence is as of now (S3.7)';
    CREATE OR REPLACE VIEW readiness WITH (security_invoker = true) AS SELECT * FROM readiness_at();
    COMMENT ON VIEW readiness IS 'the control questions for each kind of advocate, as of now, where contact within 90 days is kept (S3.7)';
    COMMENT ON COLUMN readiness.surveyed IS 'was anybody asked whether he would recommend us';
    COMMENT ON COLUMN readiness.coverage IS 'share of the customers who have answered; null: there are none';
    COMMENT ON COLUMN readiness.found IS 'who shows to be one by what he did (advocate_found); null for stars';
    COMMENT ON COLUMN readiness.known IS 'whom we know by name (advocate)';
    COMMENT ON COLUMN readiness.known_share IS 'share of those found whom we know';
    COMMENT ON COLUMN readiness.last_touch IS 'last contact with any of those known';
    COMMENT ON COLUMN readiness.touched IS 'with how many of them there was contact within the time';
    COMMENT ON COLUMN readiness.programme_exists IS 'is there a programme for them';
    COMMENT ON COLUMN readiness.thanked IS 'how many of them ever got a benefit, a surprise or a reward';
    COMMENT ON COLUMN readiness.ready IS 'is the answer to every question yes';
    COMMENT ON COLUMN readiness.missing IS 'the questions to which it is no';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_advocacy(pg_catalog.name) IS
    'makes the part of a workspace that knows who would recommend us, the advocates, and what is done for them';
-- workspace, part hourglass: when a customer is a customer, what trying costs and brings, the funnel from persons to companies (S0, S4)

CREATE FUNCTION journey.workspace_hourglass(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- when a customer is a customer
    CREATE OR REPLACE FUNCTION stage_of(party_id bigint, at timestamptz DEFAULT now()) RETURNS text
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT journey.stage_at(i.journey, stage_of.at) FROM party p JOIN identity i ON i.id = p.identity WHERE p.id = stage_of.party_id;
    END;
    COMMENT ON FUNCTION stage_of(bigint, timestamptz) IS
        'the stage a party was at, with all that were merged; null before its first (S1.18)';

    CREATE OR REPLACE VIEW customer_since WITH (security_invoker = true) AS
        SELECT i.id AS party_id, i.first_seen, i.stage,
               (SELECT min(e.at) FROM journey.events(i.journey) e WHERE e.label = ANY (enum_range(w.customer_from, NULL)::text[])) AS since,
               (SELECT min(e.at) FROM journey.events(i.journey) e WHERE e.label = ANY (enum_range(w.customer_from_usual, NULL)::text[])) AS since_usual,
               i.journey
        FROM identity i CROSS JOIN workspace w WHERE i.kind <> 'employee';
    COMMENT ON VIEW customer_since IS 'since when everybody is a customer: by the definition of this workspace, and by the usual one (S0.1, S0.2)';
    COMMENT ON COLUMN customer_since.journey IS 'the stages of all that were merged';
    COMMENT ON COLUMN customer_since.since IS 'first time at workspace.customer_from or beyond; null: not yet';
    COMMENT ON COLUMN customer_since.since_usual IS 'first time at workspace.customer_from_usual or beyond; null: not yet';
    CREATE OR REPLACE VIEW customer_conversion WITH (security_invoker = true) AS
        SELECT c.* FROM workspace w CROSS JOIN LATERAL journey.customer_from('customer_since'::regclass, w.customer_from::text, w.customer_from_usual::text,
            enum_range(NULL::customer_stage)::text[]) AS c;
    COMMENT ON VIEW customer_conversion IS 'of all who were ever met, how many are customers by both definitions, with Wilson intervals (S0.1)';

    -- who puts content to use wants to see it applied to his own business: that is what leads on, and not that he opened it
    CREATE OR REPLACE FUNCTION content_used() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        UPDATE party p SET stage = 'study', stage_at = CASE WHEN NEW.used_at > journey.updated_at(p.journey) THEN NEW.used_at END
        WHERE p.id = NEW.party_id AND p.stage = 'acquaintance' AND NEW.used_at <= now();
        RETURN NULL;
    END;
    $body$;
    COMMENT ON FUNCTION content_used() IS 'whoever puts content to use has begun to study us (S0.10)';
    CREATE OR REPLACE TRIGGER content_used AFTER INSERT OR UPDATE OF used_at ON content_use FOR EACH ROW
        WHEN (NEW.used_at IS NOT NULL) EXECUTE FUNCTION content_used();

    -- ---------------------------------------------------------------- trying
    CREATE OR REPLACE VIEW first_try WITH (security_invoker = true) AS
        SELECT c.party_id, c.first_seen, i.origin, i.source, t.tried_at, t.tried_at - c.first_seen AS time_to_try, c.since_usual
        FROM customer_since c JOIN identity i ON i.id = c.party_id
        CROSS JOIN LATERAL (
            SELECT least((SELECT min(r.begins) FROM trial r JOIN party p ON p.id = r.party_id WHERE p.identity = c.party_id),
                         journey.first_at(i.journey, 'test_drive')) AS tried_at) AS t;
    COMMENT ON VIEW first_try IS 'when everybody first tried what we do: a trial, or the stage test_drive (S0.6)';
    COMMENT ON COLUMN first_try.tried_at IS 'first trial, tasting, consultation, training, evaluation or test-drive; null: none';
    COMMENT ON COLUMN first_try.time_to_try IS 'from when the party was first seen until then';
    CREATE OR REPLACE VIEW try_share WITH (security_invoker = true) AS
        SELECT g.origin, g.prospects, g.tried, w.rate AS share, w.low, w.high, g.time_to_try
        FROM (SELECT f.origin, count(*) AS prospects, count(f.tried_at) AS tried,
                     percentile_cont(0.5) WITHIN GROUP (ORDER BY f.time_to_try) AS time_to_try
              FROM first_try f WHERE EXISTS (SELECT FROM party p WHERE p.identity = f.party_id AND p.named_at IS NOT NULL)
              GROUP BY ROLLUP (f.origin)) g
        CROSS JOIN LATERAL journey.wilson(g.tried::double precision, g.prospects::double precision) AS w
        ORDER BY g.origin NULLS FIRST;
    COMMENT ON VIEW try_share IS 'share of those known by name that have tried, with Wilson intervals, by origin; the row without an origin is all (S0.6)';
    COMMENT ON COLUMN try_share.time_to_try IS 'median time to try, of those who tried';

    -- ---------------------------------------------------------------- what it costs and brings
    ALTER TABLE workspace ADD COLUMN IF NOT EXISTS currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$');
    COMMENT ON COLUMN workspace.currency IS 'currency of all costs; deals in other currencies are left out where both are compared';

    CREATE OR REPLACE VIEW spending WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, i.account_id, t.at, t.cost, t.rating, false AS trying
        FROM touch t JOIN party p ON p.id = t.party_id JOIN party i ON i.id = p.identity WHERE t.cost IS NOT NULL OR t.rating IS NOT NULL
        UNION ALL
        SELECT p.identity, i.account_id, t.begins, t.cost, t.rating, true
        FROM trial t JOIN party p ON p.id = t.party_id JOIN party i ON i.id = p.identity;
    COMMENT ON VIEW spending IS 'what serving everybody has cost, and how valuable they found it: of touches and trials (S0.12)';

    CREATE OR REPLACE VIEW cost_to_serve WITH (security_invoker = true) AS
        WITH buyer AS (
            SELECT i.account_id, CASE WHEN i.account_id IS NULL THEN i.id END AS party_id, min(m.first_seen) AS first_seen
            FROM party m JOIN party i ON i.id = m.identity WHERE i.kind <> 'employee' GROUP BY 1, 2),
        won AS (
            SELECT coalesce(d.account_id, i.account_id) AS account_id,
                   CASE WHEN coalesce(d.account_id, i.account_id) IS NULL THEN i.id END AS party_id,
                   min(d.closed_at) AS won_at, count(*) AS deals, sum(d.value) FILTER (WHERE d.currency = w.currency) AS value
            FROM deal d LEFT JOIN party p ON p.id = d.party_id LEFT JOIN party i ON i.id = p.identity CROSS JOIN workspace w
            WHERE d.won GROUP BY 1, 2),
        spent AS (
            SELECT s.account_id, CASE WHEN s.account_id IS NULL THEN s.party_id END AS party_id, s.at, s.cost, s.rating, s.trying FROM spending s),
        keys AS (SELECT b.account_id, b.party_id FROM buyer b UNION SELECT v.account_id, v.party_id FROM won v)
        SELECT k.account_id, k.party_id, b.first_seen, s.tried_at, v.won_at, coalesce(v.deals, 0) AS deals, coalesce(v.value, 0) AS value,
               coalesce(s.cost, 0) AS cost, coalesce(s.cost_before, 0) AS cost_before, s.rating
        FROM keys k
        LEFT JOIN buyer b ON (b.account_id, b.party_id) IS NOT DISTINCT FROM (k.account_id, k.party_id)
        LEFT JOIN won v ON (v.account_id, v.party_id) IS NOT DISTINCT FROM (k.account_id, k.party_id)
        LEFT JOIN (SELECT x.account_id, x.party_id, min(x.at) FILTER (WHERE x.trying) AS tried_at, sum(x.cost) AS cost, avg(x.rating) AS rating,
                          sum(x.cost) FILTER (WHERE y.won_at IS NULL OR x.at < y.won_at) AS cost_before
                   FROM spent x LEFT JOIN won y ON (y.account_id, y.party_id) IS NOT DISTINCT FROM (x.account_id, x.party_id)
                   GROUP BY 1, 2) s ON (s.account_id, s.party_id) IS NOT DISTINCT FROM (k.account_id, k.party_id);
    COMMENT ON VIEW cost_to_serve IS 'what every buyer, a company or a person without one, has cost us and brought; served before anything was bought as well (S0.12)';
    COMMENT ON COLUMN cost_to_serve.party_id IS 'the person, where it belongs to no company';
    COMMENT ON COLUMN cost_to_serve.tried_at IS 'when the first trial began';
    COMMENT ON COLUMN cost_to_serve.won_at IS 'when the first deal was won';
    COMMENT ON COLUMN cost_to_serve.value IS 'value of the deals won, in the currency of the workspace; of one month, where a deal recurs';
    COMMENT ON COLUMN cost_to_serve.cost_before IS 'cost of serving a prospect: before the first deal was won';
    COMMENT ON COLUMN cost_to_serve.rating IS 'how valuable they found it, 0 to 10';

    CREATE OR REPLACE VIEW return_on_try WITH (security_invoker = true) AS
        SELECT g.tried, g.prospects, g.customers, w.rate, w.low, w.high, g.cost_before, g.cost_before / nullif(g.customers, 0) AS cost_per_customer,
               g.cost, g.value, g.value - g.cost AS profit, (g.value - g.cost) / nullif(g.cost, 0) AS roi, g.rating
        FROM (SELECT c.tried_at IS NOT NULL AND (c.won_at IS NULL OR c.tried_at <= c.won_at) AS tried, count(*) AS prospects, count(c.won_at) AS customers,
                     sum(c.cost_before) AS cost_before, sum(c.cost) AS cost, sum(c.value) AS value, avg(c.rating) AS rating
              FROM cost_to_serve c GROUP BY 1) g
        CROSS JOIN LATERAL journey.wilson(g.customers::double precision, g.prospects::double precision) AS w ORDER BY 1 DESC;
    COMMENT ON VIEW return_on_try IS
        'buyers who tried before they bought, and the others: share that bought, cost of serving them, return. Not an experiment: who tries may be keener (S0.12)';
    COMMENT ON COLUMN return_on_try.roi IS '(value - cost) / cost; null without a cost';

    CREATE OR REPLACE VIEW stage_cost WITH (security_invoker = true) AS
        WITH whole AS (SELECT i.id, i.account_id, i.journey FROM identity i WHERE i.kind <> 'employee'),
        -- a deal of a company alone counts for its people in equal parts
        brought AS (
            SELECT b.id, sum(b.value) AS value FROM (
                SELECT p.identity AS id, d.value FROM deal d JOIN party p ON p.id = d.party_id CROSS JOIN workspace w WHERE d.won AND d.currency = w.currency
                UNION ALL
                SELECT h.id, d.value / count(*) OVER (PARTITION BY d.id) FROM deal d JOIN whole h ON h.account_id = d.account_id CROSS JOIN workspace w
                WHERE d.party_id IS NULL AND d.won AND d.currency = w.currency) b GROUP BY b.id),
        spent AS (
            SELECT s.party_id AS id, coalesce(journey.stage_at(h.journey, s.at), (enum_range(NULL::customer_stage))[1]::text)::customer_stage AS stage, sum(s.cost) AS cost
            FROM spending s JOIN whole h ON h.id = s.party_id GROUP BY 1, 2),
        entered AS (
            SELECT DISTINCT h.id, e.label::customer_stage AS stage FROM whole h CROSS JOIN LATERAL journey.events(h.journey) AS e
            WHERE e.label = ANY (enum_range(NULL::customer_stage)::text[])),
        -- for everybody and each stage: was he in a later one, and what was spent from there on
        onward AS (
            SELECT k.id, k.stage, coalesce(max(k.been) OVER (PARTITION BY k.id ORDER BY k.stage ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0) > 0 AS further,
                   sum(k.cost) OVER (PARTITION BY k.id ORDER BY k.stage DESC) AS onward
            FROM (SELECT x.id, x.stage, max(x.been) AS been, sum(x.cost) AS cost
                  FROM (SELECT n.id, n.stage, 1 AS been, 0::numeric AS cost FROM entered n UNION ALL SELECT s.id, s.stage, 0, s.cost FROM spent s) x GROUP BY x.id, x.stage) k)
        SELECT t.stage, count(e.id) AS entered, count(e.id) FILTER (WHERE f.further) AS moved_on,
               coalesce(o.cost, 0) AS cost, coalesce(o.cost, 0) / nullif(count(e.id), 0) AS cost_per_entry,
               coalesce(o.cost, 0) / nullif(count(e.id) FILTER (WHERE f.further), 0) AS cost_per_move,
               coalesce(sum(f.onward), 0) AS cost_onward, coalesce(sum(b.value), 0) AS value,
               (coalesce(sum(b.value), 0) - sum(f.onward)) / nullif(sum(f.onward), 0) AS roi
        FROM unnest(enum_range(NULL::customer_stage)) AS t (stage)
        LEFT JOIN (SELECT s.stage, sum(s.cost) AS cost FROM spent s GROUP BY 1) o ON o.stage = t.stage
        LEFT JOIN entered e ON e.stage = t.stage LEFT JOIN brought b ON b.id = e.id
        LEFT JOIN onward f ON f.id = e.id AND f.stage = e.stage
        GROUP BY t.stage, o.cost ORDER BY t.stage;
    COMMENT ON VIEW stage_cost IS 'cost of every stage, per entry and per move onwards, and the return of those who came to it (S4.9)';
    COMMENT ON COLUMN stage_cost.moved_on IS 'of those who entered, how many were in a later stage too';
    COMMENT ON COLUMN stage_cost.cost IS 'spent on everybody while in this stage';
    COMMENT ON COLUMN stage_cost.cost_onward IS 'spent on those who entered it, in this stage and later ones';
    COMMENT ON COLUMN stage_cost.value IS 'value of the deals won by those who entered it; a deal of a company counts for its people in equal parts';
    COMMENT ON COLUMN stage_cost.roi IS '(value - cost_onward) / cost_onward; null without a cost';

    -- ---------------------------------------------------------------- a change of policy
    CREATE TABLE IF NOT EXISTS policy_change (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        kind text NOT NULL DEFAULT 'policy' CHECK (kind IN ('policy', 'education', 'price', 'other')),
        at timestamptz NOT NULL CHECK (isfinite(at)),
        description text);
    COMMENT ON TABLE policy_change IS 'when we began to do something otherwise, such as serving everybody who is interested as a customer (S0.13)';
    COMMENT ON COLUMN policy_change.id IS 'key';
    COMMENT ON COLUMN policy_change.name IS 'name of the change';
    COMMENT ON COLUMN policy_change.kind IS 'what was changed: policy (when a customer is a customer), education, price, other';
    COMMENT ON COLUMN policy_change.at IS 'from when on';
    COMMENT ON COLUMN policy_change.description IS 'what is done otherwise';

    CREATE OR REPLACE FUNCTION policy_cohort(change_id bigint, within interval DEFAULT interval '90 days', span interval DEFAULT interval '1 year',
                                             as_of timestamptz DEFAULT now())
        RETURNS TABLE (party_id bigint, first_seen timestamptz, after boolean, educated boolean, converted boolean, converted_usual boolean)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        -- only who has had all the time there is to convert, and had it under one policy, is compared
        SELECT s.party_id, s.first_seen, s.first_seen >= c.at,
               EXISTS (SELECT FROM party p JOIN content_use u ON u.party_id = p.id WHERE p.identity = s.party_id AND u.used_at < x.until)
               OR EXISTS (SELECT FROM party p JOIN touch t ON t.party_id = p.id WHERE p.identity = s.party_id AND t.kind = 'training' AND t.at < x.until),
               coalesce(s.since <= s.first_seen + policy_cohort.within, false), coalesce(s.since_usual <= s.first_seen + policy_cohort.within, false)
        FROM policy_change c
        JOIN customer_since s ON s.first_seen >= c.at - policy_cohort.span AND s.first_seen < c.at + policy_cohort.span
            AND s.first_seen + policy_cohort.within <= policy_cohort.as_of AND (s.first_seen >= c.at OR s.first_seen + policy_cohort.within <= c.at)
        CROSS JOIN LATERAL (SELECT least(s.since_usual, s.first_seen + policy_cohort.within) AS until) AS x
        WHERE c.id = policy_cohort.change_id;
    END;
    COMMENT ON FUNCTION policy_cohort(bigint, interval, interval, timestamptz) IS
        'who was first seen so long (span) before or after a change and had all the time (within) to become a customer under one policy; educated: used content or had training before that';

    CREATE OR REPLACE FUNCTION policy_effect(change_id bigint, within interval DEFAULT interval '90 days', span interval DEFAULT interval '1 year',
                                             as_of timestamptz DEFAULT now(), level double precision DEFAULT 0.95)
        RETURNS TABLE (definition text, before bigint, before_rate double precision, before_low double precision, before_high double precision,
                       after bigint, after_rate double precision, after_low double precision, after_high double precision,
                       difference double precision, low double precision, high double precision, lift double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT g.definition, (g.u).control, e.control_rate, e.control_low, e.control_high, (g.u).treated, e.rate, e.rate_low, e.rate_high,
               e.difference, e.low, e.high, e.lift
        FROM (SELECT d.definition, d.place, journey.uplift(c.after, CASE d.place WHEN 1 THEN c.converted ELSE c.converted_usual END) AS u
              FROM policy_cohort(policy_effect.change_id, policy_effect.within, policy_effect.span, policy_effect.as_of) c
              CROSS JOIN (SELECT w.customer_from::text, 1 FROM workspace w UNION ALL SELECT w.customer_from_usual::text, 2 FROM workspace w) AS d (definition, place)
              GROUP BY d.definition, d.place) g
        CROSS JOIN LATERAL journey.effect(g.u, policy_effect.level) AS e ORDER BY g.place;
    END;
    COMMENT ON FUNCTION policy_effect(bigint, interval, interval, timestamptz, double precision) IS
        'conversion before and after a change by both definitions of a customer, with Wilson intervals, and the difference with its Newcombe interval; before against after is no experiment (S0.13)';

    CREATE OR REPLACE FUNCTION policy_factors(change_id bigint, within interval DEFAULT interval '90 days', span interval DEFAULT interval '1 year',
                                              as_of timestamptz DEFAULT now(), level double precision DEFAULT 0.95)
        RETURNS TABLE (educated boolean, after boolean, parties bigint, converted bigint, rate double precision, low double precision, high double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT f.educated, f.after, f.parties, f.converted, w.rate, w.low, w.high
        FROM (SELECT e.educated, a.after, count(c.party_id) AS parties, count(*) FILTER (WHERE c.converted_usual) AS converted
              FROM (VALUES (false), (true)) AS e (educated) CROSS JOIN (VALUES (false), (true)) AS a (after)
              LEFT JOIN policy_cohort(policy_factors.change_id, policy_factors.within, policy_factors.span, policy_factors.as_of) c
                  ON c.educated = e.educated AND c.after = a.after GROUP BY 1, 2) f
        CROSS JOIN LATERAL journey.wilson(f.converted::double precision, f.parties::double precision, policy_factors.level) AS w ORDER BY 1, 2;
    END;
    COMMENT ON FUNCTION policy_factors(bigint, interval, interval, timestamptz, double precision) IS
        'the table of two factors: educated or not, before or after the change; usual definition of a customer (S0.14)';

    CREATE OR REPLACE FUNCTION policy_split(change_id bigint, within interval DEFAULT interval '90 days', span interval DEFAULT interval '1 year',
                                            as_of timestamptz DEFAULT now())
        RETURNS TABLE (difference double precision, by_education double precision, by_policy double precision, policy_share double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH cell AS (
            SELECT f.educated, f.after, f.parties / nullif(sum(f.parties) OVER (PARTITION BY f.after), 0)::double precision AS weight,
                   f.converted / nullif(f.parties, 0)::double precision AS rate
            FROM policy_factors(policy_split.change_id, policy_split.within, policy_split.span, policy_split.as_of) f),
        pair AS (
            SELECT b.weight AS weight_before, a.weight AS weight_after, coalesce(b.rate, a.rate, 0) AS rate_before, coalesce(a.rate, b.rate, 0) AS rate_after
            FROM cell b JOIN cell a ON a.educated = b.educated AND a.after AND NOT b.after),
        part AS (
            SELECT sum((p.weight_after - p.weight_before) * (p.rate_after + p.rate_before) / 2) AS by_education,
                   sum((p.rate_after - p.rate_before) * (p.weight_after + p.weight_before) / 2) AS by_policy FROM pair p)
        SELECT p.by_education + p.by_policy, p.by_education, p.by_policy, p.by_policy / nullif(p.by_education + p.by_policy, 0) FROM part p;
    END;
    COMMENT ON FUNCTION policy_split(bigint, interval, interval, timestamptz) IS
        'the change of conversion, split into what comes of more people being educated and what of everybody converting otherwise (Kitagawa 1955); both add up (S0.14)';

    -- ---------------------------------------------------------------- from persons to companies
    CREATE OR REPLACE VIEW lead_path WITH (security_invoker = true) AS
        SELECT v.id AS party_id, v.account_id, v.origin, v.source, a.industry, a.market,
               (SELECT journey.journey_agg(e.label, e.at) FROM (
                    SELECT 'visitor', v.first_seen WHERE v.first_seen < v.named_at OR v.named_at IS NULL
                    UNION ALL SELECT 'lead', v.named_at
                    -- what the company had reached before the person was known counts from then on, in its order
                    UNION ALL SELECT x.label, greatest(x.at, v.named_at + interval '1 microsecond' * array_position(enum_range(NULL::lead_stage)::text[], x.label))
                    FROM journey.events(a.journey) x WHERE v.named_at IS NOT NULL) AS e (label, at)) AS journey
        FROM (SELECT i.id, i.account_id, i.origin, i.source, min(m.first_seen) AS first_seen, min(m.named_at) AS named_at
              FROM party i JOIN party m ON m.identity = i.id WHERE i.kind IN ('anonymous', 'person', 'partner') GROUP BY i.id) v
        LEFT JOIN account a ON a.id = v.account_id;
    COMMENT ON VIEW lead_path IS 'the way of every person through the lead funnel: a visitor, a lead when the name is recorded, then what the company reached (S4.10 to S4.12)';

    CREATE OR REPLACE FUNCTION lead_funnel(since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, as_of timestamptz DEFAULT now())
        RETURNS TABLE (step integer, stage text, grain text, reached bigint, offline bigint, rate double precision, low double precision, high double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH person AS (
            SELECT i.id, i.account_id, min(m.first_seen) AS first_seen, min(m.named_at) AS named_at,
                   bool_or(m.origin = 'offline' OR EXISTS (SELECT FROM touch t JOIN channel c ON c.name = t.channel WHERE t.party_id = m.id AND NOT c.online)) AS offline
            FROM party i JOIN party m ON m.identity = i.id WHERE i.kind IN ('anonymous', 'person', 'partner') GROUP BY i.id),
        visitor AS (
            SELECT p.*, coalesce(p.named_at <= lead_funnel.as_of, false) AS lead FROM person p
            WHERE p.first_seen <= lead_funnel.as_of AND (lead_funnel.since IS NULL OR p.first_seen >= lead_funnel.since)
              AND (lead_funnel.until IS NULL OR p.first_seen < lead_funnel.until)),
        company AS (
            SELECT a.id, bool_or(v.offline) AS offline,
                   (SELECT max(array_position(ARRAY['mql', 'sql', 'opportunity', 'customer'], e.label)) FROM journey.events(a.journey) e WHERE e.at <= lead_funnel.as_of) AS reached
            FROM account a JOIN visitor v ON v.account_id = a.id AND v.lead GROUP BY a.id),
        counted AS (
            SELECT 1 AS step, 'visitor' AS stage, 'person' AS grain, count(*) AS reached, count(*) FILTER (WHERE v.offline) AS offline FROM visitor v
            UNION ALL SELECT 2, 'lead', 'person', count(*), count(*) FILTER (WHERE v.offline) FROM visitor v WHERE v.lead
            UNION ALL SELECT 3, 'company of leads', 'company', count(*), count(*) FILTER (WHERE c.offline) FROM company c
            UNION ALL
            SELECT 3 + s.place, s.label, 'company', count(c.id), count(c.id) FILTER (WHERE c.offline)
            FROM (VALUES (1, 'mql'), (2, 'sql'), (3, 'opportunity'), (4, 'customer')) AS s (place, label) LEFT JOIN company c ON c.reached >= s.place
            GROUP BY s.place, s.label)
        SELECT c.step, c.stage, c.grain, c.reached, c.offline, w.rate, w.low, w.high
        FROM (SELECT n.*, CASE WHEN n.step <> 3 THEN lag(n.reached) OVER (ORDER BY n.step) END AS base FROM counted n) c
        LEFT JOIN LATERAL journey.wilson(c.reached::double precision, c.base::double precision) AS w ON c.base IS NOT NULL ORDER BY c.step;
    END;
    COMMENT ON FUNCTION lead_funnel(timestamptz, timestamptz, timestamptz) IS
        'the funnel of those first seen in a time: distinct persons, offline ones as well, up to leads; then their companies. Each row is a part of the row before; at the change of the grain there is no rate (S4.10 to S4.12)';
    CREATE OR REPLACE VIEW lead_funnel_now WITH (security_invoker = true) AS SELECT * FROM lead_funnel();
    COMMENT ON VIEW lead_funnel_now IS 'the funnel of all who were ever seen, persons first and then companies (S4.10 to S4.12)';

    CREATE OR REPLACE VIEW lead_quality WITH (security_invoker = true) AS
        SELECT q.* FROM journey.quality('lead_path'::regclass, 'mql', 'lead', '{visitor,lead,mql,sql,opportunity,customer}') AS q;
    COMMENT ON VIEW lead_quality IS 'share of the leads whose company qualified, and of those that never will, with the bands of the literature (S4.4, S4.6)';
    CREATE OR REPLACE VIEW lead_quality_by_source WITH (security_invoker = true) AS
        SELECT q.* FROM journey.quality('lead_path'::regclass, 'mql', 'lead', '{visitor,lead,mql,sql,opportunity,customer}', dimension => 'source') AS q;
    COMMENT ON VIEW lead_quality_by_source IS 'the same by source: which of them bring good leads (S4.3)';
    CREATE OR REPLACE VIEW lead_quality_by_origin WITH (security_invoker = true) AS
        SELECT q.* FROM journey.quality('lead_path'::regclass, 'mql', 'lead', '{visitor,lead,mql,sql,opportunity,customer}', dimension => 'origin') AS q;
    COMMENT ON VIEW lead_quality_by_origin IS 'the same by origin, inbound and outbound apart (S4.3, S4.8)';
    CREATE OR REPLACE VIEW lead_quality_by_market WITH (security_invoker = true) AS
        SELECT q.* FROM journey.quality('lead_path'::regclass, 'mql', 'lead', '{visitor,lead,mql,sql,opportunity,customer}', dimension => 'market') AS q;
    COMMENT ON VIEW lead_quality_by_market IS 'the same by division of the market, on which it depends (S4.4, S4.5)';
    CREATE OR REPLACE VIEW lead_growth WITH (security_invoker = true) AS
        SELECT g.* FROM journey.growth('lead_path'::regclass, 'lead', 'year', '{visitor,lead,mql,sql,opportunity,customer}') AS g;
    COMMENT ON VIEW lead_growth IS 'leads of each year and their multiple of the first (S4.1)';
    CREATE OR REPLACE VIEW qualified_growth WITH (security_invoker = true) AS
        SELECT g.* FROM journey.growth('account'::regclass, 'mql', 'month', '{mql,sql,opportunity,customer}') AS g;
    COMMENT ON VIEW qualified_growth IS 'companies that qualified in each month, and the growth of that: the number that matters (S4.7)';

    CREATE OR REPLACE FUNCTION expected_customers()
        RETURNS TABLE (end_stage text, open bigint, expected double precision, sd double precision, naive double precision, note text)
        LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $body$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY SELECT f.end_stage, f.open, f.expected, f.sd, f.naive, NULL::text
            FROM (SELECT journey.transition_matrix(a.journey) AS m FROM account a) x
            CROSS JOIN LATERAL journey.forecast(x.m, '{customer,lost}', steps => '{mql,sql,opportunity,customer}') AS f;
    EXCEPTION WHEN invalid_parameter_value THEN
        RETURN QUERY SELECT 'customer'::text, count(*), NULL::double precision, NULL::double precision, NULL::double precision, format('not enough has ended yet: %s', SQLERRM)
            FROM account a WHERE a.stage IN ('mql', 'sql', 'opportunity');
    END;
    $body$;
    COMMENT ON FUNCTION expected_customers() IS
        'of the companies in the funnel, how many are expected to become customers, with the standard deviation (S4.22)';

    -- ---------------------------------------------------------------- indicators that lead to a purchase
    CREATE TABLE IF NOT EXISTS hpi_set (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        indicators text[] NOT NULL CHECK (cardinality(indicators) BETWEEN 3 AND 5 AND array_position(indicators, NULL) IS NULL),
        at_least integer NOT NULL,
        scenario text,
        CONSTRAINT hpi_set_at_least CHECK (at_least BETWEEN 1 AND cardinality(indicators)));
    COMMENT ON TABLE hpi_set IS 'three to five indicators that lead to a purchase, settled before leads are sought (S4.14)';
    COMMENT ON COLUMN hpi_set.id IS 'key';
    COMMENT ON COLUMN hpi_set.name IS 'name of the set';
    COMMENT ON COLUMN hpi_set.indicators IS 'the indicators, as questions to be answered with yes or no';
    COMMENT ON COLUMN hpi_set.at_least IS 'how many of them make a company worth the effort';
    COMMENT ON COLUMN hpi_set.scenario IS 'how a purchase comes about, as we see it';
    CREATE TABLE IF NOT EXISTS hpi_answer (
        set_id bigint NOT NULL REFERENCES hpi_set ON DELETE CASCADE,
        account_id bigint NOT NULL REFERENCES account,
        place integer NOT NULL CHECK (place BETWEEN 1 AND 5),
        holds boolean NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (set_id, account_id, place));
    COMMENT ON TABLE hpi_answer IS 'which indicators hold for a company; no row: not known';
    COMMENT ON COLUMN hpi_answer.set_id IS 'the set';
    COMMENT ON COLUMN hpi_answer.account_id IS 'the company';
    COMMENT ON COLUMN hpi_answer.place IS 'place of the indicator in the set, from 1';
    COMMENT ON COLUMN hpi_answer.holds IS 'does it hold';
    COMMENT ON COLUMN hpi_answer.at IS 'since when that is known';
    CREATE INDEX IF NOT EXISTS hpi_answer_account ON hpi_answer (account_id);
    CREATE OR REPLACE VIEW hpi_state WITH (security_invoker = true) AS
        SELECT s.id AS set_id, s.name, a.id AS account_id, a.name AS account, x.yes, x.no, cardinality(s.indicators) - x.yes - x.no AS unknown,
               journey.hpi(s.at_least, VARIADIC x.answers) AS met
        FROM hpi_set s CROSS JOIN account a
        CROSS JOIN LATERAL (
            SELECT array_agg(h.holds ORDER BY i.place) AS answers, count(*) FILTER (WHERE h.holds) AS yes, count(*) FILTER (WHERE NOT h.holds) AS no
            FROM generate_subscripts(s.indicators, 1) AS i (place) LEFT JOIN hpi_answer h ON h.set_id = s.id AND h.account_id = a.id AND h.place = i.place) AS x;
    COMMENT ON VIEW hpi_state IS 'for every company whether enough indicators hold; null while what is not known can decide it (S4.14)';
    CREATE OR REPLACE VIEW hpi_lift WITH (security_invoker = true) AS
        SELECT s.name, i.place::integer AS place, i.indicator, (g.u).treated AS holds, e.rate, (g.u).control AS holds_not, e.control_rate, e.difference, e.low, e.high, e.lift
        FROM hpi_set s CROSS JOIN LATERAL unnest(s.indicators) WITH ORDINALITY AS i (indicator, place)
        CROSS JOIN LATERAL (SELECT journey.uplift(h.holds, a.stage = 'customer') AS u FROM hpi_answer h JOIN account a ON a.id = h.account_id
                            WHERE h.set_id = s.id AND h.place = i.place AND a.stage IN ('customer', 'lost')) AS g
        LEFT JOIN LATERAL journey.effect(g.u) AS e ON true;
    COMMENT ON VIEW hpi_lift IS 'of the companies that were won or lost, how many were won where an indicator held and where not, with Newcombe intervals: does it lead to a purchase (S4.14)';
    CREATE OR REPLACE VIEW account_bant WITH (security_invoker = true) AS
        SELECT a.id AS account_id, a.name, b.bant, journey.bant_yes(b.bant) AS yes, journey.bant_unknown(b.bant) AS unknown,
               journey.bant_met(b.bant, 3, '{authority,need}') AS ready
        FROM account a CROSS JOIN LATERAL (SELECT journey.bant(a.budget, a.authority, a.need, a.timing, a.skill) AS bant) AS b;
    COMMENT ON VIEW account_bant IS 'budget, authority, need, time and skill of every company; ready: three of them, authority and need among these (S1.10, S4.12)';

    -- ---------------------------------------------------------------- scores as named sets of rules
    CREATE TABLE IF NOT EXISTS score_model (
        name text PRIMARY KEY CHECK (name <> ''),
        purpose text,
        rules jsonb NOT NULL CHECK (journey.scoring_model(rules) IS NOT NULL));
    COMMENT ON TABLE score_model IS 'named sets of rules for scores: participation, trust, warmth, maturity, outbound; change them, or add your own (S0.9, S1.5, S1.8)';
    COMMENT ON COLUMN score_model.name IS 'name of the score';
    COMMENT ON COLUMN score_model.purpose IS 'what it tells';
    COMMENT ON COLUMN score_model.rules IS 'the scoring model: what each signal is worth';
    INSERT INTO score_model VALUES
        ('participation', 'takes part and shares (S0.9)', '{"signals": {"content used": {"points": 10}, "content shared": {"points": 20}, "share": {"points": 20},
            "event": {"points": 10}, "webinar": {"points": 10}, "idea": {"points": 15}, "question": {"points": 5}},
            "categories": {"interest": {"half_life": "60 days", "cap": 100}}}'),
        ('trust', 'trusts us (S0.9)', '{"signals": {"consent": {"points": 15, "once": true}, "proof": {"points": 10}, "demonstration": {"points": 15}, "content used": {"points": 5},
            "content shared": {"points": 15}, "trial": {"points": 20}, "purchase": {"points": 30}, "complaint": {"points": -20}},
            "categories": {"interest": {"half_life": "180 days", "cap": 100, "floor": 0}}}'),
        ('warmth', 'has a warm need now (S1.8)', '{"signals": {"visit": {"points": 1, "max": 3, "per": "1 day"}, "question": {"points": 10}, "content used": {"points": 8}, "demonstration": {"points": 25},
            "comparison": {"points": 12}, "case": {"points": 8}, "trial": {"points": 30}, "unsubscribe": {"points": -30}},
            "categories": {"interest": {"half_life": "14 days", "cap": 100, "floor": 0}}}'),
        ('maturity', 'how far a lead has ripened (S1.5)', '{"signals": {"visit": {"points": 2, "max": 5}, "download": {"points": 10, "max": 2}, "content opened": {"points": 3, "max": 5},
            "content used": {"points": 10, "max": 3}, "training": {"points": 15, "once": true}, "consent": {"points": 10, "once": true}, "trial": {"points": 20, "once": true}},
            "categories": {"interest": {"cap": 100}}}'),
        ('outbound', 'how somebody whom we sought answers (S4.8)', '{"signals": {"answered": {"points": 20}, "question": {"points": 15}, "meeting": {"points": 30}, "demonstration": {"points": 30},
            "visit": {"points": 3, "max": 3, "per": "1 day"}, "refused": {"points": -40}},
            "categories": {"interest": {"half_life": "30 days", "cap": 100, "floor": 0}}}')
        ON CONFLICT DO NOTHING;

    CREATE OR REPLACE VIEW party_signal WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, s.signal, s.at FROM (
            SELECT t.party_id, t.kind, t.at FROM touch t WHERE NOT t.ours OR t.kind IN ('demonstration', 'proof', 'training', 'meeting')
            UNION ALL SELECT u.party_id, x.signal, x.at FROM content_use u CROSS JOIN LATERAL (
                VALUES ('content opened', u.opened_at), ('content used', u.used_at), ('content shared', u.shared_at)) AS x (signal, at) WHERE x.at IS NOT NULL
            UNION ALL SELECT c.party_id, 'consent', c.given_at FROM consent c
            UNION ALL SELECT r.party_id, 'trial', r.begins FROM trial r
            UNION ALL SELECT d.party_id, 'purchase', d.closed_at FROM deal d WHERE d.won AND d.party_id IS NOT NULL) AS s (party_id, signal, at)
        JOIN party p ON p.id = s.party_id;
    COMMENT ON VIEW party_signal IS 'what scores are made of: touches they began and demonstrations, content opened, used and shared, consent, trials, purchases';
    CREATE OR REPLACE FUNCTION party_score(model text, at timestamptz DEFAULT now()) RETURNS TABLE (party_id bigint, score double precision, card journey.scorecard)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT c.party_id, journey.score_at(c.card, party_score.at), c.card
        FROM (SELECT s.party_id, journey.lead_score(m.rules, s.signal, s.at) AS card FROM score_model m CROSS JOIN party_signal s
              WHERE m.name = party_score.model AND s.at <= party_score.at GROUP BY s.party_id) c;
    END;
    COMMENT ON FUNCTION party_score(text, timestamptz) IS
        'the score of everybody with signals under a named set of rules, as of a time; journey.explain(card, at) says where it comes from';
    CREATE OR REPLACE VIEW party_scores WITH (security_invoker = true) AS
        SELECT i.id AS party_id, coalesce(r.score, 0) AS participation, coalesce(t.score, 0) AS trust, coalesce(w.score, 0) AS warmth, coalesce(m.score, 0) AS maturity
        FROM party i LEFT JOIN party_score('participation') r ON r.party_id = i.id LEFT JOIN party_score('trust') t ON t.party_id = i.id
        LEFT JOIN party_score('warmth') w ON w.party_id = i.id LEFT JOIN party_score('maturity') m ON m.party_id = i.id
        WHERE i.id = i.identity AND i.kind <> 'employee';
    COMMENT ON VIEW party_scores IS 'participation, trust, warmth and maturity of everybody as of now (S0.9, S1.5, S1.8)';

    -- ---------------------------------------------------------------- who is next
    CREATE OR REPLACE VIEW priority_queue WITH (security_invoker = true) AS
        WITH contact AS (
            SELECT i.id AS party_id, i.name, i.account_id, coalesce(i.authority, 0.5) AS authority, coalesce(s.score, 0) AS score, i.consented
            FROM party i LEFT JOIN party_score('warmth') s ON s.party_id = i.id
            WHERE i.id = i.identity AND i.account_id IS NOT NULL AND i.kind IN ('person', 'partner')),
        company AS (
            SELECT a.id, a.name, a.stage, g.is_ideal, journey.account_max(c.score) AS best, journey.account_weighted(c.score, c.authority) AS weighted
            FROM account a JOIN contact c ON c.account_id = a.id LEFT JOIN segment g ON g.id = a.segment_id
            WHERE a.stage IS NULL OR a.stage NOT IN ('customer', 'lost') GROUP BY a.id, g.is_ideal)
        SELECT rank() OVER (ORDER BY k.is_ideal DESC NULLS LAST, k.weighted DESC NULLS LAST, k.best DESC, k.id, c.account_id) AS place,
               dense_rank() OVER (ORDER BY k.is_ideal DESC NULLS LAST, k.weighted DESC NULLS LAST, k.best DESC, k.id) AS account_place,
               k.id AS account_id, k.name AS account, k.stage, k.is_ideal, k.weighted AS account_score, k.best AS best_contact_score,
               row_number() OVER (PARTITION BY k.id ORDER BY c.score * c.authority DESC, c.party_id) AS contact_place,
               c.party_id, c.name AS contact, c.authority, c.score AS contact_score, c.consented
        FROM company k JOIN contact c ON c.account_id = k.id;
    COMMENT ON VIEW priority_queue IS
        'which company next, and whom there: companies, ideal ones first, by the warmth of their people weighted by authority; within each the contacts by warmth and authority (S4.15)';

    CREATE TABLE IF NOT EXISTS triage_rule (
        origin text PRIMARY KEY CHECK (origin IN ('inbound', 'outbound', 'referral', 'partner', 'offline')),
        model text NOT NULL REFERENCES score_model ON UPDATE CASCADE,
        team text NOT NULL CHECK (team <> ''),
        capacity integer NOT NULL CHECK (capacity >= 0));
    COMMENT ON TABLE triage_rule IS 'how new leads of each origin are managed: by which score, by which team, and how many it can take at a time (S4.8)';
    COMMENT ON COLUMN triage_rule.origin IS 'how the leads came';
    COMMENT ON COLUMN triage_rule.model IS 'the score that orders them';
    COMMENT ON COLUMN triage_rule.team IS 'team that takes them on';
    COMMENT ON COLUMN triage_rule.capacity IS 'how many it can take on a day';
    INSERT INTO triage_rule VALUES ('inbound', 'warmth', 'marketing', 20), ('outbound', 'outbound', 'development', 10), ('referral', 'trust', 'sales', 10),
        ('partner', 'trust', 'sales', 10), ('offline', 'maturity', 'marketing', 20) ON CONFLICT DO NOTHING;
    CREATE OR REPLACE VIEW triage WITH (security_invoker = true) AS
        WITH scored AS MATERIALIZED (
            SELECT m.name, s.party_id, s.score FROM score_model m CROSS JOIN LATERAL party_score(m.name) AS s
            WHERE EXISTS (SELECT FROM triage_rule t WHERE t.model = m.name))
        SELECT q.origin, q.team, q.place, q.party_id, q.name, q.score, q.place <= q.capacity AS within_capacity, q.waiting
        FROM (SELECT i.origin, r.team, r.capacity, i.id AS party_id, i.name, coalesce(s.score, 0) AS score, now() - i.named_at AS waiting,
                     row_number() OVER (PARTITION BY i.origin ORDER BY coalesce(s.score, 0) DESC, i.named_at, i.id) AS place
              FROM party i JOIN triage_rule r ON r.origin = i.origin
              LEFT JOIN scored s ON s.name = r.model AND s.party_id = i.id
              WHERE i.id = i.identity AND i.named_at IS NOT NULL AND i.forgotten_at IS NULL AND i.kind = 'person' AND i.stage < 'purchase'
                AND NOT EXISTS (SELECT FROM assignment g JOIN party m ON m.id = g.party_id WHERE m.identity = i.id)) q
        ORDER BY q.origin, q.place;
    COMMENT ON VIEW triage IS 'leads that nobody was given yet, each origin by its own score and team, and how many of them can be taken on today (S4.8)';

    -- ---------------------------------------------------------------- after the sale
    CREATE OR REPLACE VIEW repeat_purchase WITH (security_invoker = true) AS
        SELECT b.account_id, b.party_id, count(*) AS purchases, min(b.closed_at) AS first_at, max(b.closed_at) AS last_at,
               CASE WHEN count(*) > 1 THEN (max(b.closed_at) - min(b.closed_at)) / (count(*) - 1) END AS usual_gap,
               CASE WHEN count(*) > 1 THEN max(b.closed_at) + (max(b.closed_at) - min(b.closed_at)) / (count(*) - 1) END AS next_expected,
               array_agg(DISTINCT b.offer_id) FILTER (WHERE b.offer_id IS NOT NULL) AS bought
        FROM (SELECT coalesce(d.account_id, i.account_id) AS account_id, CASE WHEN coalesce(d.account_id, i.account_id) IS NULL THEN i.id END AS party_id, d.closed_at, d.offer_id
              FROM deal d LEFT JOIN party p ON p.id = d.party_id LEFT JOIN party i ON i.id = p.identity WHERE d.won) b
        GROUP BY b.account_id, b.party_id;
    COMMENT ON VIEW repeat_purchase IS 'how often and how regularly every buyer buys, and when the next purchase is to be expected (S1.12)';
    CREATE OR REPLACE VIEW cross_sell WITH (security_invoker = true) AS
        SELECT r.account_id, r.party_id, o.id AS offer_id, o.name AS offer, o.price FROM repeat_purchase r JOIN offer o ON o.kind = 'product' AND o.id <> ALL (coalesce(r.bought, '{}'));
    COMMENT ON VIEW cross_sell IS 'products that a buyer has not bought yet: what else is useful (S1.12)';
    CREATE OR REPLACE VIEW value_ratio WITH (security_invoker = true) AS
        SELECT o.party_id, o.expected, o.delivered, o.delivered - o.expected AS surprise, o.delivered / nullif(o.expected, 0) AS delivered_to_expected,
               d.paid, o.delivered / nullif(d.paid, 0)::double precision AS benefit_to_payment
        FROM (SELECT p.identity AS party_id,
                     (array_agg(r.expected ORDER BY r.at DESC, r.id DESC) FILTER (WHERE r.expected IS NOT NULL))[1] AS expected,
                     (array_agg(r.delivered ORDER BY r.at DESC, r.id DESC) FILTER (WHERE r.delivered IS NOT NULL))[1] AS delivered
              FROM outcome_reading r JOIN party p ON p.id = r.party_id GROUP BY 1) o
        LEFT JOIN (SELECT p.identity AS party_id, sum(d.value) AS paid FROM deal d JOIN party p ON p.id = d.party_id CROSS JOIN workspace w
                   WHERE d.won AND d.currency = w.currency GROUP BY 1) d ON d.party_id = o.party_id
        WHERE num_nonnulls(o.expected, o.delivered) > 0;
    COMMENT ON VIEW value_ratio IS 'how the customer judges: expectation, payment and benefit; more delivered than expected is a surprise (S1.11, S1.13)';
    CREATE OR REPLACE VIEW dual_kpi WITH (security_invoker = true) AS
        SELECT m.month, coalesce(d.won, 0) AS deals_won, coalesce(d.value, 0) AS won_value, coalesce(n.seen, 0) AS newly_aware, coalesce(n.unsought, 0) AS came_unsought
        FROM (SELECT date_trunc('month', x.at AT TIME ZONE 'UTC')::date AS month FROM (
                  SELECT i.first_seen AS at FROM identity i UNION ALL SELECT c.closed_at FROM deal c WHERE c.won) x GROUP BY 1) m
        LEFT JOIN (SELECT date_trunc('month', c.closed_at AT TIME ZONE 'UTC')::date AS month, count(*) AS won, sum(c.value) FILTER (WHERE c.currency = w.currency) AS value
                   FROM deal c CROSS JOIN workspace w WHERE c.won GROUP BY 1) d ON d.month = m.month
        LEFT JOIN (SELECT date_trunc('month', i.first_seen AT TIME ZONE 'UTC')::date AS month, count(*) AS seen, count(*) FILTER (WHERE i.origin IN ('inbound', 'referral')) AS unsought
                   FROM identity i WHERE i.kind <> 'employee' GROUP BY 1) n ON n.month = m.month ORDER BY m.month;
    COMMENT ON VIEW dual_kpi IS 'money and mindshare by month (UTC): deals won, and who has come to know us, unsought above all (S1.19)';

    -- ---------------------------------------------------------------- the published figures
    CREATE OR REPLACE VIEW benchmark_check WITH (security_invoker = true) AS
        SELECT b.* FROM journey.benchmark_of('lead_path'::regclass, 'lead', 'mql', 'customer', '{visitor,lead,mql,sql,opportunity,customer}') AS b
        UNION ALL
        SELECT c.source, o.metric, c.low, c.high, c.unit, c.direction, o.value, o.value_low, o.value_high, o.n, c.band, c.verdict, c.context
        FROM (SELECT 'hpi_indicators' AS metric, max(cardinality(s.indicators))::double precision AS value, NULL::double precision AS value_low, NULL::double precision AS value_high, count(*) AS n FROM hpi_set s
              UNION ALL SELECT 'sla_parts', count(*) FILTER (WHERE p.present)::double precision, NULL, NULL, count(*) FROM sla_parts p
              UNION ALL SELECT 'nurture_lift', e.lift, e.lift_low, e.lift_high, (g.u).treated + (g.u).control
                        FROM (SELECT journey.uplift(NOT m.control, EXISTS (
                                         SELECT FROM identity i JOIN party p ON p.identity = i.id CROSS JOIN LATERAL journey.events(i.journey) AS v
                                         WHERE p.id = m.party_id AND v.at >= m.joined_at AND v.label = ANY (enum_range(s.goal, NULL)::text[]))) AS u
                              FROM stream s JOIN stream_member m ON m.stream_id = s.id) g CROSS JOIN LATERAL journey.effect(g.u) AS e) o
        CROSS JOIN LATERAL journey.benchmark_check(o.metric, o.value, o.value_low, o.value_high) AS c;
    COMMENT ON VIEW benchmark_check IS 'our figures beside the published ones: claims to compare with, never targets';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_hourglass(pg_catalog.name) IS
    'makes the part of a workspace that knows when a customer is a customer, what trying costs and brings, and the funnel from persons to companies';
-- workspace, part nurture: content, streams, what to send to whom next, who is left alone, what it brought (S4.18)

CREATE FUNCTION journey.workspace_nurture(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- content
    CREATE TABLE IF NOT EXISTS content (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        title text NOT NULL CHECK (title <> ''),
        kind text NOT NULL CHECK (kind <> ''),
        stages customer_stage[] NOT NULL CHECK (cardinality(stages) > 0),
        interest text,
        language text NOT NULL DEFAULT 'en',
        purpose text,
        url text,
        priority integer NOT NULL DEFAULT 0,
        retired_at timestamptz,
        UNIQUE (title, language));
    COMMENT ON TABLE content IS 'what educates: by stage and interest, simplified, saying what it is for (S0.8, S1.6, S1.8)';
    COMMENT ON COLUMN content.id IS 'key';
    COMMENT ON COLUMN content.title IS 'title';
    COMMENT ON COLUMN content.kind IS 'case, training, review, comparison, white_paper, webinar, ...';
    COMMENT ON COLUMN content.stages IS 'stages of those it is for';
    COMMENT ON COLUMN content.interest IS 'subject; null: for everybody';
    COMMENT ON COLUMN content.language IS 'language it is in';
    COMMENT ON COLUMN content.purpose IS 'what the reader will be able to do with it (S0.8)';
    COMMENT ON COLUMN content.url IS 'where it is';
    COMMENT ON COLUMN content.priority IS 'the greater goes first among equals';
    COMMENT ON COLUMN content.retired_at IS 'when it was taken back; null: it is used';

    CREATE TABLE IF NOT EXISTS content_use (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        content_id bigint NOT NULL REFERENCES content,
        sent_at timestamptz,
        opened_at timestamptz,
        used_at timestamptz,
        shared_at timestamptz,
        UNIQUE (party_id, content_id),
        CONSTRAINT content_use_something CHECK (num_nonnulls(sent_at, opened_at, used_at, shared_at) > 0));
    COMMENT ON TABLE content_use IS 'who got, opened, used and shared what: to use it is more than to open it (S0.9, S0.10)';
    COMMENT ON COLUMN content_use.id IS 'key';
    COMMENT ON COLUMN content_use.party_id IS 'who';
    COMMENT ON COLUMN content_use.content_id IS 'what';
    COMMENT ON COLUMN content_use.sent_at IS 'when we sent it';
    COMMENT ON COLUMN content_use.opened_at IS 'when it was opened';
    COMMENT ON COLUMN content_use.used_at IS 'when it was put to use (S0.10)';
    COMMENT ON COLUMN content_use.shared_at IS 'when it was shared with others (S0.9)';
    CREATE INDEX IF NOT EXISTS content_use_content ON content_use (content_id);

    CREATE OR REPLACE VIEW party_interest WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, t.interest, count(*) AS touches, max(t.at) AS last_at,
               journey.score_agg(coalesce(t.points, 1)::double precision, t.at, interval '30 days') AS score
        FROM touch t JOIN party p ON p.id = t.party_id
        WHERE t.interest IS NOT NULL AND NOT t.ours GROUP BY p.identity, t.interest;
    COMMENT ON VIEW party_interest IS 'what each party is interested in, as a score that halves in thirty days (S1.5)';

    -- ---------------------------------------------------------------- streams
    CREATE TABLE IF NOT EXISTS stream (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        purpose text,
        cadence interval NOT NULL DEFAULT interval '7 days' CHECK (cadence > interval '0'),
        cap integer NOT NULL DEFAULT 4 CHECK (cap > 0),
        cap_within interval NOT NULL DEFAULT interval '30 days' CHECK (cap_within > interval '0'),
        fatigue_limit double precision NOT NULL DEFAULT 6 CHECK (fatigue_limit > 0),
        goal customer_stage NOT NULL DEFAULT 'purchase',
        control_share double precision NOT NULL DEFAULT 0.1 CHECK (control_share >= 0 AND control_share < 1));
    COMMENT ON TABLE stream IS 'series of content for those who are qualified but not ready to buy (S4.18)';
    COMMENT ON COLUMN stream.id IS 'key';
    COMMENT ON COLUMN stream.name IS 'name of the stream';
    COMMENT ON COLUMN stream.purpose IS 'what it is for';
    COMMENT ON COLUMN stream.cadence IS 'least time between two pieces';
    COMMENT ON COLUMN stream.cap IS 'most touches of ours, of any kind, within cap_within (S1.2)';
    COMMENT ON COLUMN stream.cap_within IS 'time in which the cap counts';
    COMMENT ON COLUMN stream.fatigue_limit IS 'touches of ours, halved every week, above which a party is left alone (S1.2)';
    COMMENT ON COLUMN stream.goal IS 'stage that counts as success';
    COMMENT ON COLUMN stream.control_share IS 'share of the members who get nothing, to know what it brings (S4.20)';

    CREATE TABLE IF NOT EXISTS stream_member (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        stream_id bigint NOT NULL REFERENCES stream,
        party_id bigint NOT NULL REFERENCES party,
        joined_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(joined_at)),
        left_at timestamptz CHECK (isfinite(left_at)),
        left_reason text,
        control boolean NOT NULL,
        came_from customer_stage,
        CONSTRAINT stream_member_order CHECK (left_at >= joined_at),
        UNIQUE (stream_id, party_id, joined_at));
    COMMENT ON TABLE stream_member IS 'who is nurtured, and who is left alone to compare with';
    COMMENT ON COLUMN stream_member.id IS 'key';
    COMMENT ON COLUMN stream_member.stream_id IS 'the stream';
    COMMENT ON COLUMN stream_member.party_id IS 'the party';
    COMMENT ON COLUMN stream_member.joined_at IS 'since when';
    COMMENT ON COLUMN stream_member.left_at IS 'until when; null: still';
    COMMENT ON COLUMN stream_member.left_reason IS 'why no longer';
    COMMENT ON COLUMN stream_member.control IS 'does the party belong to those who get nothing; drawn from its number when it is not given';
    COMMENT ON COLUMN stream_member.came_from IS 'where it was recycled from; null: it is new';
    CREATE UNIQUE INDEX IF NOT EXISTS stream_member_now ON stream_member (stream_id, party_id) WHERE left_at IS NULL;
    CREATE INDEX IF NOT EXISTS stream_member_party ON stream_member (party_id);

    CREATE OR REPLACE FUNCTION stream_member_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF NOT has_consent(NEW.party_id, 'nurture', NEW.joined_at) THEN
            RAISE EXCEPTION 'party % has not consented to be nurtured', NEW.party_id USING ERRCODE = 'check_violation',
                DETAIL = format('There is no consent of scope "nurture" or "contact" at %s.', NEW.joined_at),
                HINT = 'Record the consent first, with its evidence.';
        END IF;
        -- drawn by the number of the party, so that nobody can choose whom to leave out, and a party keeps its group
        IF NEW.control IS NULL THEN
            NEW.control := (hashint8extended(NEW.party_id, NEW.stream_id) & 1048575) / 1048576.0
                < (SELECT s.control_share FROM stream s WHERE s.id = NEW.stream_id);
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION stream_member_allowed() IS 'nobody is nurtured without consent; who serves as control is drawn';
    CREATE OR REPLACE TRIGGER stream_member_allowed BEFORE INSERT ON stream_member FOR EACH ROW EXECUTE FUNCTION stream_member_allowed();

    CREATE OR REPLACE FUNCTION fatigue(party_id bigint, at timestamptz DEFAULT now()) RETURNS double precision
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(sum(power(0.5, extract(epoch FROM fatigue.at - t.at)::double precision / 604800)), 0)
        FROM party p JOIN party m ON m.identity = p.identity JOIN touch t ON t.party_id = m.id
        WHERE p.id = fatigue.party_id AND t.ours AND t.at <= fatigue.at;
    END;
    COMMENT ON FUNCTION fatigue(bigint, timestamptz) IS 'touches of ours that a party still feels: each halves every week (S1.2)';

    CREATE OR REPLACE FUNCTION next_content(party_id bigint, stream_id bigint DEFAULT NULL, at timestamptz DEFAULT now())
        RETURNS TABLE (content_id bigint, title text, reason text, blocked text)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH whom AS (
            SELECT p.id, p.identity, p.language,
                   (SELECT journey.stage_at(i.journey, next_content.at) FROM identity i WHERE i.id = p.identity) AS stage
            FROM party p WHERE p.id = next_content.party_id),
        limits AS (
            SELECT coalesce(s.cadence, interval '7 days') AS cadence, coalesce(s.cap, 4) AS cap,
                   coalesce(s.cap_within, interval '30 days') AS cap_within, coalesce(s.fatigue_limit, 6) AS fatigue_limit
            FROM (SELECT) AS one LEFT JOIN stream s ON s.id = next_content.stream_id),
        ours AS (
            SELECT count(*) FILTER (WHERE t.at > next_content.at - l.cap_within) AS lately, max(t.at) AS last_at
            FROM whom w CROSS JOIN limits l JOIN party m ON m.identity = w.identity JOIN touch t ON t.party_id = m.id
            WHERE t.ours AND t.at <= next_content.at),
        liked AS (
            SELECT t.interest, journey.score_at(journey.score_agg(coalesce(t.points, 1)::double precision, t.at, interval '30 days'),
                                                next_content.at) AS liking
            FROM whom w JOIN party m ON m.identity = w.identity JOIN touch t ON t.party_id = m.id
            WHERE t.interest IS NOT NULL AND NOT t.ours AND t.at <= next_content.at GROUP BY t.interest),
        best AS (
            SELECT c.id, c.title, c.interest, n.liking,
                   row_number() OVER (ORDER BY n.liking DESC NULLS LAST, c.interest IS NOT NULL,
                                               c.language = w.language DESC, c.priority DESC, c.id) AS place
            FROM whom w JOIN content c ON w.stage = ANY (c.stages::text[])
            LEFT JOIN liked n ON n.interest = c.interest
            WHERE c.language IN (w.language, 'en') AND (c.retired_at IS NULL OR c.retired_at > next_content.at)
              AND NOT EXISTS (SELECT FROM content_use u JOIN party m ON m.id = u.party_id
                              WHERE m.identity = w.identity AND u.content_id = c.id))
        SELECT b.id, b.title,
               CASE WHEN b.id IS NULL THEN 'nothing is left that this party has not seen'
                    WHEN b.liking IS NOT NULL THEN format('for stage %s, and interested in %s', w.stage, b.interest)
                    ELSE format('for stage %s', w.stage) END,
               CASE WHEN NOT has_consent(w.id, 'nurture', next_content.at) THEN 'no consent'
                    WHEN o.last_at > next_content.at - l.cadence THEN 'too soon after the last touch'
                    WHEN o.lately >= l.cap THEN 'cap reached'
                    WHEN fatigue(w.id, next_content.at) > l.fatigue_limit THEN 'tired of us' END
        FROM whom w CROSS JOIN limits l LEFT JOIN ours o ON true LEFT JOIN best b ON b.place = 1;
    END;
    COMMENT ON FUNCTION next_content(bigint, bigint, timestamptz) IS
        'the piece of content to send a party next: for its stage, what it is most interested in, not seen; and why it must wait';

    CREATE OR REPLACE VIEW nurture_queue WITH (security_invoker = true) AS
        SELECT m.stream_id, s.name AS stream, m.party_id, n.content_id, n.title, n.reason, n.blocked
        FROM stream_member m JOIN stream s ON s.id = m.stream_id CROSS JOIN LATERAL next_content(m.party_id, m.stream_id) AS n
        WHERE m.left_at IS NULL AND NOT m.control;
    COMMENT ON VIEW nurture_queue IS 'for every member of a stream what comes next, or why nothing does';
    CREATE OR REPLACE VIEW nurture_exhausted WITH (security_invoker = true) AS
        SELECT * FROM nurture_queue WHERE content_id IS NULL;
    COMMENT ON VIEW nurture_exhausted IS 'members for whom there is no content left: write some';

    CREATE OR REPLACE FUNCTION nurture_uplift(level double precision DEFAULT 0.95, as_of timestamptz DEFAULT now())
        RETURNS TABLE (stream text, nurtured bigint, control bigint, nurtured_rate double precision, control_rate double precision,
                       difference double precision, low double precision, high double precision, relative double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT g.name, (g.u).treated, (g.u).control, e.rate, e.control_rate, e.difference, e.low, e.high, e.lift
        FROM (SELECT s.name, journey.uplift(NOT m.control,
                         EXISTS (SELECT FROM identity i JOIN party p ON p.identity = i.id CROSS JOIN LATERAL journey.events(i.journey) AS v
                                 WHERE p.id = m.party_id AND v.at >= m.joined_at AND v.at <= nurture_uplift.as_of
                                   AND v.label = ANY (enum_range(s.goal, NULL)::text[]))) AS u
              FROM stream s JOIN stream_member m ON m.stream_id = s.id WHERE m.joined_at <= nurture_uplift.as_of GROUP BY s.name) g
        CROSS JOIN LATERAL journey.effect(g.u, nurture_uplift.level) AS e ORDER BY 1;
    END;
    COMMENT ON FUNCTION nurture_uplift(double precision, timestamptz) IS
        'members of each stream that came to its goal or beyond, against the control group, with Newcombe intervals (S4.20)';

    -- ---------------------------------------------------------------- those who went astray
    CREATE TABLE IF NOT EXISTS detour (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        kind text NOT NULL CHECK (kind IN ('recycled', 'detour', 'paused')),
        reason text NOT NULL CHECK (reason <> ''),
        stage customer_stage NOT NULL,
        began_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(began_at)),
        return_at timestamptz,
        returned_at timestamptz,
        CONSTRAINT detour_order CHECK (returned_at >= began_at));
    COMMENT ON TABLE detour IS 'who left the straight way, why, and when to ask again';
    COMMENT ON COLUMN detour.id IS 'key';
    COMMENT ON COLUMN detour.party_id IS 'who';
    COMMENT ON COLUMN detour.kind IS 'recycled: back to nurture; detour: on another way; paused: asked us to wait';
    COMMENT ON COLUMN detour.reason IS 'why';
    COMMENT ON COLUMN detour.stage IS 'stage it left';
    COMMENT ON COLUMN detour.began_at IS 'when';
    COMMENT ON COLUMN detour.return_at IS 'when to ask again';
    COMMENT ON COLUMN detour.returned_at IS 'when it came back; null: not yet';
    CREATE UNIQUE INDEX IF NOT EXISTS detour_now ON detour (party_id) WHERE returned_at IS NULL;
    CREATE OR REPLACE VIEW detour_due WITH (security_invoker = true) AS
        SELECT d.*, now() - d.return_at AS overdue FROM detour d WHERE d.returned_at IS NULL AND d.return_at <= now() ORDER BY d.return_at;
    COMMENT ON VIEW detour_due IS 'who is to be asked again';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_nurture(pg_catalog.name) IS
    'makes the part of a workspace that knows content, streams, control groups and detours';
-- workspace, part offer: what can be tried and bought: offers, trials with an end, deals

CREATE FUNCTION journey.workspace_offer(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    CREATE TABLE IF NOT EXISTS offer (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        kind text NOT NULL CHECK (kind IN ('gift', 'trial', 'tasting', 'consultation', 'training', 'evaluation', 'product')),
        price numeric NOT NULL DEFAULT 0 CHECK (price >= 0),
        longest interval CHECK (longest > interval '0'),
        steps text[] NOT NULL DEFAULT '{}',
        training_first boolean NOT NULL DEFAULT false,
        CONSTRAINT offer_free CHECK (kind = 'product' OR price = 0),
        CONSTRAINT offer_ends CHECK (kind NOT IN ('trial', 'tasting', 'evaluation') OR longest IS NOT NULL),
        CONSTRAINT offer_steps CHECK (kind <> 'evaluation' OR cardinality(steps) > 0));
    COMMENT ON TABLE offer IS 'what we give and what we sell: free value, trials, evaluations, products (S0.6, S0.11, S1.6, S1.9)';
    COMMENT ON COLUMN offer.id IS 'key';
    COMMENT ON COLUMN offer.name IS 'name of the offer';
    COMMENT ON COLUMN offer.kind IS 'gift: free value; trial, tasting, consultation, training; evaluation: a free process with steps; product: what is sold';
    COMMENT ON COLUMN offer.price IS 'price; all but products are free';
    COMMENT ON COLUMN offer.longest IS 'for how long at most it can be tried: free, but not for long (S1.9)';
    COMMENT ON COLUMN offer.steps IS 'the reliable steps of an evaluation (S0.11)';
    COMMENT ON COLUMN offer.training_first IS 'must training come before it (S1.9)';

    CREATE TABLE IF NOT EXISTS trial (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        offer_id bigint NOT NULL REFERENCES offer,
        begins timestamptz NOT NULL DEFAULT now() CHECK (isfinite(begins)),
        ends timestamptz NOT NULL CHECK (isfinite(ends)),
        steps_done integer NOT NULL DEFAULT 0 CHECK (steps_done >= 0),
        attendees text[] NOT NULL DEFAULT '{}',
        cost numeric NOT NULL DEFAULT 0 CHECK (cost >= 0),
        rating smallint CHECK (rating BETWEEN 0 AND 10),
        outcome text,
        CONSTRAINT trial_order CHECK (ends > begins),
        UNIQUE (party_id, offer_id, begins));
    COMMENT ON TABLE trial IS 'who tries what: every trial and evaluation has an end (S0.6, S0.11, S1.9)';
    COMMENT ON COLUMN trial.id IS 'key';
    COMMENT ON COLUMN trial.party_id IS 'who tries';
    COMMENT ON COLUMN trial.offer_id IS 'what';
    COMMENT ON COLUMN trial.begins IS 'from when on';
    COMMENT ON COLUMN trial.ends IS 'until when; not later than the offer allows';
    COMMENT ON COLUMN trial.steps_done IS 'steps of the evaluation that are done';
    COMMENT ON COLUMN trial.attendees IS 'who of the management took part (S0.11)';
    COMMENT ON COLUMN trial.cost IS 'what it cost us to serve (S0.12)';
    COMMENT ON COLUMN trial.rating IS 'how valuable the party found it, 0 to 10 (S0.12)';
    COMMENT ON COLUMN trial.outcome IS 'what came of it';
    CREATE INDEX IF NOT EXISTS trial_party ON trial (party_id, begins);
    CREATE INDEX IF NOT EXISTS trial_ends ON trial (ends);

    CREATE OR REPLACE FUNCTION trial_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        what record;
    BEGIN
        SELECT o.* INTO what FROM offer o WHERE o.id = NEW.offer_id;
        IF NOT FOUND THEN
            RETURN NEW;         -- the key says so
        ELSIF what.kind NOT IN ('trial', 'tasting', 'consultation', 'training', 'evaluation') THEN
            RAISE EXCEPTION 'offer "%" cannot be tried', what.name USING ERRCODE = 'check_violation', DETAIL = format('It is a %s.', what.kind);
        ELSIF NEW.ends > NEW.begins + what.longest THEN
            RAISE EXCEPTION 'trial of "%" is too long', what.name USING ERRCODE = 'check_violation',
                DETAIL = format('It would end at %s; the offer allows %s, until %s.', NEW.ends, what.longest, NEW.begins + what.longest);
        ELSIF NEW.steps_done > cardinality(what.steps) THEN
            RAISE EXCEPTION 'trial of "%" has more steps done than there are', what.name USING ERRCODE = 'check_violation',
                DETAIL = format('%s of %s.', NEW.steps_done, cardinality(what.steps));
        ELSIF what.training_first AND NOT EXISTS (
            SELECT FROM party p JOIN party m ON m.identity = p.identity JOIN touch t ON t.party_id = m.id
            WHERE p.id = NEW.party_id AND t.kind = 'training' AND t.at <= NEW.begins)
        THEN
            RAISE EXCEPTION 'trial of "%" needs training first', what.name USING ERRCODE = 'check_violation',
                DETAIL = format('Party %s has had none before %s.', NEW.party_id, NEW.begins),
                HINT = 'Record the training as a touch of kind "training".';
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION trial_allowed() IS 'a trial is of something that can be tried, ends in time, and comes after training where that is asked';
    CREATE OR REPLACE TRIGGER trial_allowed BEFORE INSERT OR UPDATE ON trial FOR EACH ROW EXECUTE FUNCTION trial_allowed();

    CREATE OR REPLACE VIEW trial_running WITH (security_invoker = true) AS
        SELECT t.*, o.name AS offer, o.kind, t.ends - now() AS remaining FROM trial t JOIN offer o ON o.id = t.offer_id
        WHERE t.begins <= now() AND t.ends > now() ORDER BY t.ends;
    COMMENT ON VIEW trial_running IS 'trials that are going on, those that end first at the top';

    CREATE TABLE IF NOT EXISTS deal (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        account_id bigint REFERENCES account,
        party_id bigint REFERENCES party,
        offer_id bigint REFERENCES offer,
        value numeric NOT NULL CHECK (value >= 0),
        currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
        recurring boolean NOT NULL DEFAULT false,
        opened_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(opened_at)),
        decision_on date,
        decision_moved integer NOT NULL DEFAULT 0,
        closed_at timestamptz CHECK (isfinite(closed_at)),
        won boolean,
        lost_reason text,
        CONSTRAINT deal_whom CHECK (account_id IS NOT NULL OR party_id IS NOT NULL),
        CONSTRAINT deal_closed CHECK ((closed_at IS NULL) = (won IS NULL)),
        CONSTRAINT deal_order CHECK (closed_at >= opened_at),
        CONSTRAINT deal_lost CHECK (lost_reason IS NULL OR NOT won));
    COMMENT ON TABLE deal IS 'what is being sold, to whom, for how much, and how it ended';
    COMMENT ON COLUMN deal.id IS 'key';
    COMMENT ON COLUMN deal.account_id IS 'the company that buys';
    COMMENT ON COLUMN deal.party_id IS 'the person that buys, or its contact';
    COMMENT ON COLUMN deal.offer_id IS 'what is bought';
    COMMENT ON COLUMN deal.value IS 'how much, in the currency; a month where it recurs';
    COMMENT ON COLUMN deal.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN deal.recurring IS 'is the value paid every month';
    COMMENT ON COLUMN deal.opened_at IS 'when it was opened';
    COMMENT ON COLUMN deal.decision_on IS 'the definite date of the decision (S1.10)';
    COMMENT ON COLUMN deal.decision_moved IS 'how often that date was put off';
    COMMENT ON COLUMN deal.closed_at IS 'when it was decided; null: it is open';
    COMMENT ON COLUMN deal.won IS 'was it won; null: it is open';
    COMMENT ON COLUMN deal.lost_reason IS 'why it was lost';
    CREATE INDEX IF NOT EXISTS deal_account ON deal (account_id);
    CREATE INDEX IF NOT EXISTS deal_party ON deal (party_id);
    CREATE INDEX IF NOT EXISTS deal_open ON deal (decision_on) WHERE closed_at IS NULL;

    CREATE OR REPLACE FUNCTION deal_decision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF NEW.decision_on > OLD.decision_on THEN
            NEW.decision_moved := OLD.decision_moved + 1;
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION deal_decision() IS 'counts how often the decision was put off';
    CREATE OR REPLACE TRIGGER deal_decision BEFORE UPDATE OF decision_on ON deal FOR EACH ROW EXECUTE FUNCTION deal_decision();

    CREATE OR REPLACE VIEW pipeline WITH (security_invoker = true) AS
        SELECT d.id, d.account_id, d.party_id, d.value, d.currency, d.opened_at, d.decision_on, d.decision_moved,
               d.decision_on < current_date AS overdue, w.won_share AS probability, d.value * w.won_share::numeric AS weighted
        FROM deal d
        CROSS JOIN (SELECT count(*) FILTER (WHERE c.won)::double precision / nullif(count(*), 0) AS won_share FROM deal c WHERE c.closed_at IS NOT NULL) w
        WHERE d.closed_at IS NULL;
    COMMENT ON VIEW pipeline IS 'open deals, weighted by the share of closed deals that were won';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_offer(pg_catalog.name) IS
    'makes the part of a workspace that knows offers, trials and deals';
-- workspace, part ops: is all well (doctor), and erasing somebody on request (forget_party)

CREATE FUNCTION journey.workspace_ops(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- what is personal
    CREATE TABLE IF NOT EXISTS personal_data (
        relation text NOT NULL CHECK (relation <> ''),
        column_name text NOT NULL CHECK (column_name <> ''),
        party_column text NOT NULL DEFAULT 'party_id',
        replacement text,
        PRIMARY KEY (relation, column_name, party_column));
    COMMENT ON TABLE personal_data IS 'which columns forget_party() erases; add those of your own tables';
    COMMENT ON COLUMN personal_data.relation IS 'table, of this workspace or with its schema; a name that must be quoted is quoted';
    COMMENT ON COLUMN personal_data.column_name IS 'column that is erased';
    COMMENT ON COLUMN personal_data.party_column IS 'column that says whose it is: the number of a party';
    COMMENT ON COLUMN personal_data.replacement IS 'what it is set to; null: null';
    INSERT INTO personal_data (relation, column_name, party_column, replacement) VALUES
        ('party', 'email', 'id', NULL), ('party', 'phone', 'id', NULL), ('party', 'job', 'id', NULL), ('party', 'incumbent', 'id', NULL), ('party', 'tactic', 'id', NULL),
        ('touch', 'note', 'party_id', NULL), ('consent', 'evidence', 'party_id', '(erased)'), ('trial', 'attendees', 'party_id', '{}'), ('trial', 'outcome', 'party_id', NULL),
        ('deal', 'lost_reason', 'party_id', NULL), ('stream_member', 'left_reason', 'party_id', NULL), ('detour', 'reason', 'party_id', '(erased)'),
        ('sla_pause', 'reason', 'party_id', '(erased)'), ('churn', 'note', 'party_id', NULL), ('gap_action', 'cause', 'party_id', '(erased)'),
        ('gap_action', 'action', 'party_id', '(erased)'), ('party_merge', 'reason', 'party_id', NULL), ('party_merge', 'reason', 'into_id', NULL)
        ON CONFLICT DO NOTHING;
    -- of parts that need not be there
    INSERT INTO personal_data (relation, column_name, party_column, replacement)
        SELECT v.* FROM (VALUES ('survey_response', 'comment', 'party_id', NULL), ('advocate', 'evidence', 'party_id', '(erased)'), ('idea', 'body', 'party_id', NULL),
                                ('idea', 'title', 'party_id', '(erased)'), ('invitation', 'recipient', 'party_id', NULL),
                                ('referral', 'note', 'referrer_id', NULL), ('referral', 'note', 'referred_id', NULL),
                                ('introduction', 'reason', 'party_id', NULL), ('introduction', 'reason', 'to_id', NULL),
                                ('testimonial', 'body', 'party_id', '(erased)'), ('testimonial', 'url', 'party_id', NULL)) AS v (relation, column_name, party_column, replacement)
        WHERE (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = to_regclass(v.relation) AND a.attname IN (v.column_name, v.party_column) AND NOT a.attisdropped) = 2
        ON CONFLICT DO NOTHING;

    CREATE OR REPLACE FUNCTION forget_party(id bigint) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    #variable_conflict use_variable
    DECLARE
        whole bigint;
        parties bigint[];
        one record;
        target regclass;
        type text;
    BEGIN
        IF id IS NULL THEN
            RAISE EXCEPTION 'party to forget must not be null' USING ERRCODE = 'null_value_not_allowed';
        END IF;
        SELECT p.identity INTO whole FROM party p WHERE p.id = forget_party.id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no party %', id USING ERRCODE = 'foreign_key_violation';
        END IF;
        PERFORM FROM party p WHERE p.identity = whole ORDER BY p.id FOR UPDATE;
        -- of several that were merged, or had been, all are forgotten: their data is about the same human being
        SELECT array_agg(p.id ORDER BY p.id) INTO parties FROM party p WHERE p.identity = (SELECT q.identity FROM party q WHERE q.id = forget_party.id);
        -- nobody who is forgotten may be contacted
        UPDATE consent c SET withdrawn_at = greatest(now(), c.given_at) WHERE c.party_id = ANY (parties) AND c.withdrawn_at IS NULL;
        UPDATE party p SET name = NULL, forgotten_at = coalesce(p.forgotten_at, now()) WHERE p.id = ANY (parties);
        FOR one IN SELECT d.* FROM personal_data d ORDER BY d.relation, d.column_name, d.party_column LOOP
            target := to_regclass(one.relation);
            SELECT format_type(a.atttypid, a.atttypmod) INTO type FROM pg_attribute a
                WHERE a.attrelid = target AND a.attname = one.column_name AND NOT a.attisdropped;
            IF type IS NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = one.party_column AND NOT a.attisdropped) THEN
                RAISE EXCEPTION 'personal data cannot be found: column "%" of "%"', one.column_name, one.relation USING ERRCODE = 'undefined_column',
                    DETAIL = format('Table personal_data says that it is erased for whom "%s" names.', one.party_column),
                    HINT = 'Correct or delete that row of personal_data.';
            END IF;
            EXECUTE format('UPDATE %s AS t SET %I = %L::%s WHERE t.%I = ANY ($1) AND t.%2$I IS NOT NULL AND t.%2$I IS DISTINCT FROM %3$L::%4$s',
                           target, one.column_name, one.replacement, type, one.party_column) USING parties;
        END LOOP;
        RETURN cardinality(parties);
    END;
    $body$;
    COMMENT ON FUNCTION forget_party(bigint) IS
        'erases what is personal about a party and all that were merged with it; stages, times and counts stay, so that reports do not change; returns how many parties that were';

    CREATE OR REPLACE FUNCTION refresh_consent() RETURNS bigint LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH changed AS (UPDATE party p SET consented = has_consent(p.id) WHERE p.consented <> has_consent(p.id) RETURNING 1)
        SELECT count(*) FROM changed;
    END;
    COMMENT ON FUNCTION refresh_consent() IS
        'brings party.consented up to date, where a consent begins or ends at a time that has come; returns how many rows changed';

    -- ---------------------------------------------------------------- is all well
    CREATE OR REPLACE FUNCTION doctor(as_of timestamptz DEFAULT now()) RETURNS TABLE (severity text, topic text, what text, hint text)
        LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $body$
    #variable_conflict use_column
    DECLARE
        one record;
    BEGIN
        RETURN QUERY
        SELECT 'warning', 'workspace', format('the workspace is of version %s, the extension of version %s', w.journey_version, e.extversion),
               format('SELECT journey.create_workspace(%L) brings it up to date.', n.nspname)
        FROM workspace w JOIN pg_extension e ON e.extname = 'journey' CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = 'workspace'::regclass AND w.journey_version <> e.extversion;

        -- the rules, and whether the tables have kept them; also of tables that were added here
        FOR one IN SELECT t.rel, t.stage_column FROM journey.tracked() t JOIN pg_class c ON c.oid = t.rel
                   WHERE c.relnamespace = (SELECT w.relnamespace FROM pg_class w WHERE w.oid = 'workspace'::regclass) ORDER BY c.relname, t.stage_column
        LOOP
            RETURN QUERY SELECT l.severity, 'rules', format('%s: %s%s', one.rel, l.stage || ': ', l.problem), l.hint FROM journey.lint(one.rel) l
                -- companies come in as qualified: visitors and leads are persons
                WHERE (one.rel <> 'account'::regclass OR l.stage IS NULL OR l.stage NOT IN ('visitor', 'lead') OR l.severity = 'error');
            RETURN QUERY SELECT 'error', 'history', format('%s: %s rows: %s, such as %s', one.rel, count(*), v.problem, (array_agg(v.key::text ORDER BY v.key::text))[1]),
                format('SELECT * FROM journey.verify(%L) shows them.', one.rel::text) FROM journey.verify(one.rel, one.stage_column) v GROUP BY v.problem ORDER BY v.problem;
        END LOOP;

        RETURN QUERY
        SELECT 'warning', 'definitions', format('%s funnel: no definition of %s', d.model, string_agg(d.stage, ', ' ORDER BY d.stage)), 'Write it into stage_definition.definition.'
        FROM stage_definition d WHERE coalesce(d.definition, '') = '' GROUP BY d.model
        UNION ALL
        SELECT 'warning', 'definitions', format('%s funnel: nobody has agreed to %s', d.model, string_agg(d.stage, ', ' ORDER BY d.stage)), 'Set agreed_by and agreed_at once everybody has.'
        FROM stage_definition d WHERE d.agreed_at IS NULL GROUP BY d.model
        UNION ALL
        SELECT 'info', 'definitions', format('%s funnel: no owner or no playbook for %s', d.model, string_agg(d.stage, ', ' ORDER BY d.stage)), 'Say who serves them there, and how.'
        FROM stage_definition d WHERE d.owner IS NULL OR d.playbook IS NULL GROUP BY d.model
        ORDER BY 1 DESC, 3;

        RETURN QUERY
        SELECT 'warning', 'agreement', format('missing: %s (%s)', p.what, p.detail),
               CASE p.part WHEN 1 THEN 'Agree to the definitions of the lead funnel.' ELSE 'SELECT sla_template() makes the smallest one.' END
        FROM sla_parts p WHERE NOT p.present ORDER BY p.part;
        RETURN QUERY
        SELECT 'info', 'agreement', format('no clause in force for %s', string_agg(d.stage, ', ' ORDER BY d.stage)), 'Say in sla_clause who does what when a company comes there.'
        FROM stage_definition d WHERE d.model = 'lead' AND d.stage IN ('lead', 'mql', 'sql', 'opportunity')
          AND NOT EXISTS (SELECT FROM sla_clause c WHERE c.starts_model = 'lead' AND c.starts_on = d.stage AND c.valid @> doctor.as_of)
        HAVING count(*) > 0;
        RETURN QUERY
        SELECT 'warning', 'agreement', format('%s of %s cases of "%s" were met, %s of them overdue and still not done; the target is %s %%',
                   count(*) FILTER (WHERE s.state = 'met'), count(*) FILTER (WHERE s.state IN ('met', 'missed')), s.clause,
                   count(*) FILTER (WHERE s.state = 'missed' AND s.met_at IS NULL), round((max(c.target) * 100)::numeric, 1)),
               'SELECT * FROM sla_missed shows them.'
        FROM sla_cases(doctor.as_of) s JOIN sla_clause c ON c.id = s.clause_id GROUP BY s.clause
        HAVING count(*) FILTER (WHERE s.state = 'met') < max(c.target) * count(*) FILTER (WHERE s.state IN ('met', 'missed')) ORDER BY s.clause;

        RETURN QUERY
        SELECT 'warning', 'indicators', 'no indicators that lead to a purchase are settled', 'Put three to five into hpi_set, before leads are sought.' WHERE NOT EXISTS (SELECT FROM hpi_set);
        RETURN QUERY
        SELECT 'info', 'indicators', format('"%s": nobody has answered "%s"', s.name, i.indicator), 'Answer it in hpi_answer for the companies in the funnel.'
        FROM hpi_set s CROSS JOIN LATERAL unnest(s.indicators) WITH ORDINALITY AS i (indicator, place)
        WHERE NOT EXISTS (SELECT FROM hpi_answer h WHERE h.set_id = s.id AND h.place = i.place) ORDER BY s.name, i.place;

        RETURN QUERY
        SELECT 'error', 'consent', format('%s parties have a flag "consented" that is out of date', count(*)), 'SELECT refresh_consent().'
        FROM party p WHERE p.consented <> has_consent(p.id) HAVING count(*) > 0;
        RETURN QUERY
        SELECT 'error', 'consent', format('%s members of stream "%s" have no consent any more', count(*), s.name), 'Close their membership: set left_at.'
        FROM stream_member m JOIN stream s ON s.id = m.stream_id WHERE m.left_at IS NULL AND NOT has_consent(m.party_id, 'nurture', doctor.as_of) GROUP BY s.name ORDER BY s.name;
        RETURN QUERY
        SELECT 'warning', 'nurture', format('stream "%s" has %s members and nobody to compare them with', s.name, count(*)), 'Let control_share be more than 0 for those who join.'
        FROM stream_member m JOIN stream s ON s.id = m.stream_id GROUP BY s.id HAVING count(*) >= 20 AND NOT bool_or(m.control) ORDER BY s.name;
        RETURN QUERY
        SELECT 'warning', 'nurture', format('stream "%s" has nothing left to send to %s members', n.stream, count(*)), 'Write content for their stage; see nurture_exhausted.'
        FROM nurture_exhausted n GROUP BY n.stream ORDER BY n.stream;

        RETURN QUERY
        SELECT 'error', 'success', format('%s customers have flags "outcome_met" and "experience_met" that are out of date', count(*)), 'SELECT refresh_success().'
        FROM party p LEFT JOIN success_at(doctor.as_of) s ON s.party_id = p.identity
        WHERE (p.outcome_met, p.experience_met) IS DISTINCT FROM (s.outcome_met, s.experience_met) HAVING count(*) > 0;
        RETURN QUERY
        SELECT 'warning', 'success', format('an outcome is promised to "%s", which is not the ideal customer', g.name), 'Promise it to the ideal customer only.'
        FROM desired_outcome d JOIN segment g ON g.id = d.segment_id WHERE d.promised AND NOT g.is_ideal AND d.valid @> doctor.as_of::date ORDER BY g.name;
        RETURN QUERY
        SELECT 'warning', 'success', format('segment "%s" has %s', g.name, CASE WHEN d.id IS NULL THEN 'no desired outcome' ELSE 'no checklist of the experience' END),
               CASE WHEN d.id IS NULL THEN 'Ask them what they want to reach, and write it into desired_outcome.' ELSE 'List in "experience" what there must be.' END
        FROM segment g LEFT JOIN desired_outcome d ON d.segment_id = g.id AND d.valid @> doctor.as_of::date
        WHERE d.id IS NULL OR NOT EXISTS (SELECT FROM experience e WHERE e.segment_id = g.id AND e.valid @> doctor.as_of::date) ORDER BY g.name;
        RETURN QUERY
        SELECT 'warning', 'success', format('%s actions against gaps are overdue', count(*)), 'SELECT * FROM gap_action WHERE done_at IS NULL ORDER BY due.'
        FROM gap_action a WHERE a.done_at IS NULL AND a.due < doctor.as_of::date HAVING count(*) > 0;

        -- what the part on advocacy asks, where it stands
        IF to_regclass('readiness') IS NOT NULL THEN
            FOR one IN EXECUTE 'SELECT to_jsonb(r) AS r FROM readiness r' LOOP
                RETURN QUERY SELECT CASE WHEN one.r ->> 'ready' = 'true' THEN 'info' ELSE 'warning' END, 'readiness',
                    (SELECT string_agg(format('%s %s', e.key, coalesce(e.value, 'unknown')), ', ' ORDER BY e.place) FROM jsonb_each_text(one.r) WITH ORDINALITY AS e (key, value, place)),
                    'The control questions: do we know them, keep in touch, and thank them? See readiness.'::text;
            END LOOP;
        END IF;

        RETURN QUERY
        SELECT 'info', 'benchmark', format('%s: %s, published %s: %s', b.metric, coalesce(round(b.value::numeric, 3)::text, 'no figure'),
                   CASE WHEN b.low = b.high THEN b.low::text ELSE concat_ws(' to ', b.low, b.high) END, b.verdict), b.context
        FROM benchmark_check b;
    END;
    $body$;
    COMMENT ON FUNCTION doctor(timestamptz) IS
        'is all well: rules, histories, definitions, the agreement, indicators, consent, streams, success, readiness, and the published figures, in one result; severity error, warning or info';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_ops(pg_catalog.name) IS
    'makes the part of a workspace that looks whether all is well, and forgets somebody on request';
-- workspace, part party: who there is: parties, accounts, segments, identities, and the stages they are in

CREATE FUNCTION journey.workspace_party(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- the workspace itself
    IF to_regtype('customer_stage') IS NULL THEN
        PERFORM journey.create_stages(format('%I.customer_stage', workspace), 'customer');
        COMMENT ON TYPE customer_stage IS 'the eight steps of customer development, of a party (S1.3)';
    END IF;
    IF to_regtype('lead_stage') IS NULL THEN
        PERFORM journey.create_stages(format('%I.lead_stage', workspace), 'lead');
        COMMENT ON TYPE lead_stage IS 'the funnel of leads: persons are visitors and leads, companies what follows (S4.10 to S4.12)';
    END IF;

    CREATE TABLE IF NOT EXISTS workspace (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        journey_version text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        customer_from customer_stage NOT NULL DEFAULT 'study',
        customer_from_usual customer_stage NOT NULL DEFAULT 'purchase',
        CONSTRAINT workspace_customer_from CHECK (customer_from > 'acquaintance' AND customer_from_usual > 'acquaintance'));
    COMMENT ON TABLE workspace IS 'the settings of this workspace: one row';
    COMMENT ON COLUMN workspace.one IS 'always true, so that there is one row';
    COMMENT ON COLUMN workspace.journey_version IS 'version of the extension that brought the workspace up to date last';
    COMMENT ON COLUMN workspace.created_at IS 'when the workspace was made';
    COMMENT ON COLUMN workspace.updated_at IS 'when it was brought up to date last';
    COMMENT ON COLUMN workspace.customer_from IS 'the stage from which on somebody counts as a customer here (S0.1)';
    COMMENT ON COLUMN workspace.customer_from_usual IS 'the usual definition, for the comparison: the purchase (S0.1)';
    INSERT INTO workspace (journey_version)
        SELECT e.extversion FROM pg_extension e WHERE e.extname = 'journey'
        ON CONFLICT (one) DO UPDATE SET journey_version = excluded.journey_version, updated_at = now()
        WHERE workspace.journey_version <> excluded.journey_version;

    -- ---------------------------------------------------------------- what the stages mean
    CREATE TABLE IF NOT EXISTS stage_definition (
        model text NOT NULL CHECK (model IN ('customer', 'lead')),
        stage text NOT NULL,
        definition text,
        criteria text[] NOT NULL DEFAULT '{}',
        categories text[] NOT NULL DEFAULT '{}',
        grain text NOT NULL DEFAULT 'person' CHECK (grain IN ('person', 'company')),
        owner text,
        agreed_by text[] NOT NULL DEFAULT '{}',
        agreed_at timestamptz,
        playbook text,
        PRIMARY KEY (model, stage),
        CONSTRAINT stage_definition_agreed CHECK ((agreed_at IS NULL) = (agreed_by = '{}')));
    COMMENT ON TABLE stage_definition IS 'what each stage means, who owns it and who has agreed to that (S4.10, S4.13, S1.18, S0.4)';
    COMMENT ON COLUMN stage_definition.model IS 'the funnel the stage belongs to';
    COMMENT ON COLUMN stage_definition.stage IS 'label of the stage';
    COMMENT ON COLUMN stage_definition.definition IS 'what it means to be in this stage, in words that everybody has agreed to';
    COMMENT ON COLUMN stage_definition.criteria IS 'what must be true of whoever is in it';
    COMMENT ON COLUMN stage_definition.categories IS 'the kinds that are told apart within the stage';
    COMMENT ON COLUMN stage_definition.grain IS 'what is counted in it: persons or companies';
    COMMENT ON COLUMN stage_definition.owner IS 'team that owns the stage';
    COMMENT ON COLUMN stage_definition.agreed_by IS 'who has agreed to the definition';
    COMMENT ON COLUMN stage_definition.agreed_at IS 'when they agreed; null while they have not';
    COMMENT ON COLUMN stage_definition.playbook IS 'what is done for those who are in this stage';
    INSERT INTO stage_definition (model, stage, grain)
        SELECT t.template, t.label, CASE WHEN t.template = 'lead' AND t.ordinal > 2 THEN 'company' ELSE 'person' END
        FROM journey.stage_templates() t WHERE t.template IN ('customer', 'lead')
        ON CONFLICT DO NOTHING;

    -- ---------------------------------------------------------------- companies and persons
    IF to_regtype('party_kind') IS NULL THEN
        CREATE TYPE party_kind AS ENUM ('anonymous', 'person', 'company', 'partner', 'employee');
        COMMENT ON TYPE party_kind IS 'what a party is; customers, partners and employees share one model (S1.17)';
    END IF;

    CREATE TABLE IF NOT EXISTS segment (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        description text,
        is_ideal boolean NOT NULL DEFAULT false);
    COMMENT ON TABLE segment IS 'cohorts of customers with needs of their own (S2.6, S2.7)';
    COMMENT ON COLUMN segment.id IS 'key';
    COMMENT ON COLUMN segment.name IS 'name of the segment';
    COMMENT ON COLUMN segment.description IS 'whom it takes in';
    COMMENT ON COLUMN segment.is_ideal IS 'is this the ideal customer, whom the promise is made to (S2.13, S2.14)';

    CREATE TABLE IF NOT EXISTS account (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL CHECK (name <> ''),
        domain text,
        industry text,
        market text,
        segment_id bigint REFERENCES segment ON DELETE SET NULL,
        owner text,
        created_at timestamptz NOT NULL DEFAULT now(),
        stage lead_stage,
        stage_at timestamptz,
        category text,
        authority boolean,
        budget boolean,
        need boolean,
        timing boolean,
        skill boolean);
    COMMENT ON TABLE account IS 'companies; from marketing qualified on, the funnel counts these (S4.12)';
    COMMENT ON COLUMN account.id IS 'key';
    COMMENT ON COLUMN account.name IS 'name of the company';
    COMMENT ON COLUMN account.domain IS 'its domain, by which contacts are found';
    COMMENT ON COLUMN account.industry IS 'its industry (S4.4)';
    COMMENT ON COLUMN account.market IS 'its division of the market (S4.4)';
    COMMENT ON COLUMN account.segment_id IS 'the segment it belongs to';
    COMMENT ON COLUMN account.owner IS 'who looks after it';
    COMMENT ON COLUMN account.created_at IS 'when it was first known';
    COMMENT ON COLUMN account.stage IS 'stage in the lead funnel; null until the company is marketing qualified';
    COMMENT ON COLUMN account.stage_at IS 'time of the next move, where it is not now';
    COMMENT ON COLUMN account.category IS 'sub-status within the stage (S4.13)';
    COMMENT ON COLUMN account.authority IS 'is a contact with sufficient authority known (S4.12); null: not known';
    COMMENT ON COLUMN account.budget IS 'is the budget ready (S1.10)';
    COMMENT ON COLUMN account.need IS 'is the need defined and warm (S1.10, S4.12)';
    COMMENT ON COLUMN account.timing IS 'is there a definite decision date (S1.10)';
    COMMENT ON COLUMN account.skill IS 'has the skill to use the product been formed (S1.10)';

    CREATE TABLE IF NOT EXISTS party (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        identity bigint NOT NULL REFERENCES party DEFERRABLE INITIALLY DEFERRED,
        kind party_kind NOT NULL DEFAULT 'anonymous',
        name text CHECK (name <> ''),
        email text CHECK (email ~ '@'),
        phone text,
        language text NOT NULL DEFAULT 'en' CHECK (language ~ '^[a-z]{2,3}$'),
        account_id bigint REFERENCES account ON DELETE SET NULL,
        job text,
        authority double precision CHECK (authority BETWEEN 0 AND 1),
        origin text NOT NULL DEFAULT 'inbound' CHECK (origin IN ('inbound', 'outbound', 'referral', 'partner', 'offline')),
        source text,
        first_seen timestamptz NOT NULL DEFAULT now() CHECK (isfinite(first_seen)),
        named_at timestamptz CHECK (isfinite(named_at)),
        stage customer_stage NOT NULL DEFAULT 'acquaintance',
        stage_at timestamptz,
        need_state text CHECK (need_state IN ('unaware', 'aware', 'warm', 'ready')),
        incumbent text,
        tactic text,
        consented boolean NOT NULL DEFAULT false,
        outcome_met boolean,
        experience_met boolean,
        forgotten_at timestamptz,
        CONSTRAINT party_named CHECK (kind = 'anonymous' OR name IS NOT NULL OR forgotten_at IS NOT NULL));
    COMMENT ON TABLE party IS 'everybody: from an anonymous visit to an advocate (S0.2, S1.5, S4.11)';
    COMMENT ON COLUMN party.id IS 'key';
    COMMENT ON COLUMN party.identity IS 'the party that stands for this one: itself, unless it was merged into another';
    COMMENT ON COLUMN party.kind IS 'what the party is; anonymous until a name is recorded (S4.11)';
    COMMENT ON COLUMN party.name IS 'name; recording it makes a lead of a visitor (S4.11)';
    COMMENT ON COLUMN party.email IS 'address for mail';
    COMMENT ON COLUMN party.phone IS 'number to call';
    COMMENT ON COLUMN party.language IS 'language of the party, as in ISO 639: en, fa, ru';
    COMMENT ON COLUMN party.account_id IS 'the company the person belongs to';
    COMMENT ON COLUMN party.job IS 'what the person does there';
    COMMENT ON COLUMN party.authority IS 'share of the say this contact has in the decision, 0 to 1 (S4.12, S4.15)';
    COMMENT ON COLUMN party.origin IS 'how the party came: inbound leads need other management than outbound ones (S4.8)';
    COMMENT ON COLUMN party.source IS 'campaign, partner or shop that brought the party (S4.3)';
    COMMENT ON COLUMN party.first_seen IS 'when the party was first seen, named or not';
    COMMENT ON COLUMN party.named_at IS 'when a name was recorded: from then on the party is a lead (S4.11)';
    COMMENT ON COLUMN party.stage IS 'which of the eight steps the party is at (S1.18)';
    COMMENT ON COLUMN party.stage_at IS 'time of the next move, where it is not now';
    COMMENT ON COLUMN party.need_state IS 'does the party know of a need (S1.4, S1.8)';
    COMMENT ON COLUMN party.incumbent IS 'the competitor it pays now (S1.4)';
    COMMENT ON COLUMN party.tactic IS 'how the party is developed (S1.5)';
    COMMENT ON COLUMN party.consented IS 'is there a consent to contact that holds; kept by a trigger (S1.7)';
    COMMENT ON COLUMN party.outcome_met IS 'is the required outcome reached; kept by a trigger (S2.11)';
    COMMENT ON COLUMN party.experience_met IS 'is the experience appropriate; kept by a trigger (S2.11)';
    COMMENT ON COLUMN party.forgotten_at IS 'when the personal data was erased on request';
    CREATE INDEX IF NOT EXISTS party_identity ON party (identity);
    CREATE INDEX IF NOT EXISTS party_account ON party (account_id) WHERE account_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS party_email ON party (lower(email)) WHERE email IS NOT NULL;
    CREATE INDEX IF NOT EXISTS party_stage ON party (stage);

    CREATE OR REPLACE FUNCTION party_identity() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF NEW.identity IS NULL THEN
            NEW.identity := NEW.id;
        END IF;
        -- the first stage begins when the party was first seen, and not when somebody writes it down
        IF TG_OP = 'INSERT' AND NEW.stage_at IS NULL AND NEW.journey IS NULL THEN
            NEW.stage_at := NEW.first_seen;
        END IF;
        -- the name is recorded: that is what makes a lead of a visitor, and a person of somebody anonymous
        IF NEW.name IS NOT NULL AND NEW.named_at IS NULL THEN
            NEW.named_at := now();
            IF NEW.kind = 'anonymous' THEN
                NEW.kind := 'person';
            END IF;
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION party_identity() IS 'a new party stands for itself; a name makes it a lead';
    CREATE OR REPLACE TRIGGER party_identity BEFORE INSERT OR UPDATE OF name ON party FOR EACH ROW EXECUTE FUNCTION party_identity();

    -- ---------------------------------------------------------------- moves
    -- permission before choice, and both outcome and experience before anybody is an advocate
    PERFORM journey.track('party', 'stage', r.rules)
    FROM (VALUES ($rules$new -> acquaintance, study; forward; back;
        * -> choice, test_drive when (consented);
        * -> advocate when (outcome_met and experience_met); at = stage_at$rules$)) AS r (rules)
    WHERE NOT EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = 'party'::regclass AND t.rules = r.rules);
    PERFORM journey.track('account', 'stage', r.rules)
    FROM (VALUES ($rules$new -> mql;
        mql -> sql when (authority and need);
        sql -> opportunity when (authority and need and budget is not false);
        opportunity -> customer;
        * -> lost; lost -> mql; at = stage_at$rules$)) AS r (rules)
    WHERE NOT EXISTS (SELECT FROM journey.tracked() t WHERE t.rel = 'account'::regclass AND t.rules = r.rules);

    -- ---------------------------------------------------------------- identities
    CREATE TABLE IF NOT EXISTS party_merge (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        into_id bigint NOT NULL REFERENCES party,
        reason text,
        merged_at timestamptz NOT NULL DEFAULT now(),
        merged_by text NOT NULL DEFAULT current_user,
        undone_at timestamptz,
        undone_by text,
        CONSTRAINT party_merge_other CHECK (party_id <> into_id),
        CONSTRAINT party_merge_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL)));
    COMMENT ON TABLE party_merge IS 'which parties turned out to be the same; nothing is moved, so a merge can be undone (S1.5)';
    COMMENT ON COLUMN party_merge.id IS 'key';
    COMMENT ON COLUMN party_merge.party_id IS 'identity that was merged';
    COMMENT ON COLUMN party_merge.into_id IS 'identity that stands for both';
    COMMENT ON COLUMN party_merge.reason IS 'why they are the same';
    COMMENT ON COLUMN party_merge.merged_at IS 'when they were merged';
    COMMENT ON COLUMN party_merge.merged_by IS 'by whom';
    COMMENT ON COLUMN party_merge.undone_at IS 'when the merge was undone; null: it holds';
    COMMENT ON COLUMN party_merge.undone_by IS 'by whom';
    CREATE UNIQUE INDEX IF NOT EXISTS party_merge_once ON party_merge (party_id) WHERE undone_at IS NULL;
    CREATE INDEX IF NOT EXISTS party_merge_into ON party_merge (into_id) WHERE undone_at IS NULL;

    CREATE OR REPLACE FUNCTION merge_party(party_id bigint, into_id bigint, reason text DEFAULT NULL) RETURNS bigint
        LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    #variable_conflict use_variable
    DECLARE
        one bigint;
        other bigint;
        merge bigint;
    BEGIN
        IF party_id IS NULL OR into_id IS NULL THEN
            RAISE EXCEPTION 'parties to merge must not be null' USING ERRCODE = 'null_value_not_allowed';
        END IF;
        -- in the order of their keys, so that two merges cannot wait for each other
        PERFORM FROM party p WHERE p.id IN (party_id, into_id) OR p.identity IN (SELECT q.identity FROM party q WHERE q.id IN (party_id, into_id))
            ORDER BY p.id FOR UPDATE;
        SELECT p.identity INTO one FROM party p WHERE p.id = party_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no party %', party_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        SELECT p.identity INTO other FROM party p WHERE p.id = into_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no party %', into_id USING ERRCODE = 'foreign_key_violation';
        ELSIF one = other THEN
            RAISE EXCEPTION 'parties % and % are the same already', party_id, into_id USING ERRCODE = 'check_violation',
                DETAIL = format('Both are known as party %s.', one);
        END IF;
        INSERT INTO party_merge (party_id, into_id, reason) VALUES (one, other, reason) RETURNING id INTO merge;
        UPDATE party p SET identity = other WHERE p.identity = one;
        -- consent and success are those of the whole
        UPDATE party p SET consented = has_consent(p.id) WHERE p.identity = other AND p.consented <> has_consent(p.id);
        PERFORM refresh_success(other);
        RETURN merge;
    END;
    $body$;
    COMMENT ON FUNCTION merge_party(bigint, bigint, text) IS
        'two parties are the same: the second stands for both; returns the merge, by which it can be undone';

    CREATE OR REPLACE FUNCTION undo_merge(merge_id bigint) RETURNS void
        LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    #variable_conflict use_variable
    DECLARE
        merge record;
        whole bigint;
    BEGIN
        SELECT m.* INTO merge FROM party_merge m WHERE m.id = merge_id FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no merge %', merge_id USING ERRCODE = 'foreign_key_violation';
        ELSIF merge.undone_at IS NOT NULL THEN
            RAISE EXCEPTION 'merge % was undone already', merge_id USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('%s did so at %s.', merge.undone_by, merge.undone_at);
        END IF;
        SELECT p.identity INTO whole FROM party p WHERE p.id = merge.party_id;
        PERFORM FROM party p WHERE p.identity = whole ORDER BY p.id FOR UPDATE;
        UPDATE party_merge m SET undone_at = now(), undone_by = current_user WHERE m.id = merge_id;
        -- the merges that hold are a forest; below this one hang those who are again what they were before it
        WITH RECURSIVE below (id) AS (
            SELECT merge.party_id
            UNION
            SELECT m.party_id FROM party_merge m JOIN below b ON m.into_id = b.id WHERE m.undone_at IS NULL)
        UPDATE party p SET identity = merge.party_id FROM below b WHERE p.id = b.id;
        UPDATE party p SET consented = has_consent(p.id) WHERE p.identity IN (whole, merge.party_id) AND p.consented <> has_consent(p.id);
        PERFORM refresh_success_of(ARRAY[whole, merge.party_id]);
    END;
    $body$;
    COMMENT ON FUNCTION undo_merge(bigint) IS 'two parties are not the same after all: each has its own history and identity again';

    CREATE OR REPLACE VIEW identity WITH (security_invoker = true) AS
    SELECT i.id, i.kind, i.name, i.email, i.phone, i.language, i.account_id, i.origin, i.source,
           m.first_seen, m.parties, m.stage, m.journey
    FROM party i
    JOIN (SELECT p.identity, min(p.first_seen) AS first_seen, count(*) AS parties, max(p.stage) AS stage,
                 journey.rollup(p.journey) AS journey
          FROM party p GROUP BY p.identity) m ON m.identity = i.id;
    COMMENT ON VIEW identity IS 'everybody once: merged parties as one, with the earliest time and the whole history (S1.5)';
    COMMENT ON COLUMN identity.id IS 'the party that stands for all that are the same';
    COMMENT ON COLUMN identity.first_seen IS 'when the first of them was first seen';
    COMMENT ON COLUMN identity.parties IS 'how many parties were merged in it';
    COMMENT ON COLUMN identity.stage IS 'the furthest stage any of them is at';
    COMMENT ON COLUMN identity.journey IS 'the stages of all of them as one history';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_party(pg_catalog.name) IS 'makes the part of a workspace that knows parties, accounts, stages and identities';
-- workspace, part referral: who adopted a novelty when, who brought whom, and what he got for it (S0.7, S1.15, S3.10 to S3.12)

CREATE FUNCTION journey.workspace_referral(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- launches and adoption
    IF to_regtype('adoption_group') IS NULL THEN
        PERFORM journey.create_stages(format('%I.adoption_group', workspace), 'adoption');
        COMMENT ON TYPE adoption_group IS 'who takes up something new, in the order of the source: six groups (S3.11)';
    END IF;
    IF to_regtype('rogers_group') IS NULL THEN
        PERFORM journey.create_stages(format('%I.rogers_group', workspace), 'adoption_rogers');
        COMMENT ON TYPE rogers_group IS 'the same after Rogers: five groups (S3.11)';
    END IF;

    CREATE OR REPLACE FUNCTION cuts_rise(cuts double precision[], groups integer) RETURNS boolean
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT coalesce(array_ndims(cuts) = 1 AND array_lower(cuts, 1) = 1 AND cardinality(cuts) = groups - 1 AND array_position(cuts, NULL) IS NULL
            AND (SELECT bool_and(c.cut > 0 AND c.cut < 1) AND bool_and(c.cut > c.before) IS NOT false
                 FROM (SELECT u.cut, lag(u.cut) OVER (ORDER BY u.place) AS before FROM unnest(cuts) WITH ORDINALITY AS u (cut, place)) c), false);
    END;
    COMMENT ON FUNCTION cuts_rise(double precision[], integer) IS 'are these the inner limits of so many groups: rising shares between 0 and 1';

    CREATE TABLE IF NOT EXISTS launch (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        offer_id bigint REFERENCES offer,
        launched_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(launched_at)),
        audience bigint CHECK (audience > 0),
        cut_by text NOT NULL DEFAULT 'rank' CHECK (cut_by IN ('rank', 'time')),
        six_cuts double precision[] NOT NULL DEFAULT '{0.025,0.0925,0.16,0.5,0.84}',
        five_cuts double precision[] NOT NULL DEFAULT '{0.025,0.16,0.5,0.84}',
        CONSTRAINT launch_six CHECK (cuts_rise(six_cuts, 6)),
        CONSTRAINT launch_five CHECK (cuts_rise(five_cuts, 5)));
    COMMENT ON TABLE launch IS 'something new that customers take up, early or late (S3.10)';
    COMMENT ON COLUMN launch.id IS 'key';
    COMMENT ON COLUMN launch.name IS 'name';
    COMMENT ON COLUMN launch.offer_id IS 'the offer it is about';
    COMMENT ON COLUMN launch.launched_at IS 'since when it can be had';
    COMMENT ON COLUMN launch.audience IS 'how many could take it up, of whom the groups are shares; null: those who have';
    COMMENT ON COLUMN launch.cut_by IS 'groups are shares of the adopters (rank), or of the time from the launch to the last adoption';
    COMMENT ON COLUMN launch.six_cuts IS 'where the six groups end; the last ends at 1';
    COMMENT ON COLUMN launch.five_cuts IS 'where the five groups of Rogers end';

    CREATE TABLE IF NOT EXISTS adoption (
        launch_id bigint NOT NULL REFERENCES launch,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        PRIMARY KEY (launch_id, party_id));
    COMMENT ON TABLE adoption IS 'who took it up, and when (S3.10)';
    COMMENT ON COLUMN adoption.launch_id IS 'what';
    COMMENT ON COLUMN adoption.party_id IS 'who';
    COMMENT ON COLUMN adoption.at IS 'when';
    CREATE INDEX IF NOT EXISTS adoption_party ON adoption (party_id);
    CREATE OR REPLACE FUNCTION adoption_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        what launch%ROWTYPE;
    BEGIN
        SELECT l.* INTO what FROM launch l WHERE l.id = NEW.launch_id;
        IF NEW.at < what.launched_at THEN
            RAISE EXCEPTION 'nobody can adopt "%" before it was launched', what.name USING ERRCODE = 'check_violation',
                DETAIL = format('It was launched at %s, and party %s would have adopted it at %s.', what.launched_at, NEW.party_id, NEW.at);
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION adoption_in_time() IS 'nothing is taken up before it is there';
    CREATE OR REPLACE TRIGGER adoption_in_time BEFORE INSERT OR UPDATE ON adoption FOR EACH ROW EXECUTE FUNCTION adoption_in_time();

    CREATE OR REPLACE VIEW adoption_order WITH (security_invoker = true) AS
        WITH taken AS (
            SELECT a.launch_id, p.identity AS party_id, min(a.at) AS at FROM adoption a JOIN party p ON p.id = a.party_id GROUP BY 1, 2),
        placed AS (
            SELECT l.id AS launch_id, l.name AS launch, t.party_id, t.at, rank() OVER w AS place, l.six_cuts, l.five_cuts,
                   CASE WHEN l.cut_by = 'rank' THEN (rank() OVER w - 1)::double precision / greatest(l.audience, count(*) OVER (PARTITION BY l.id))
                        ELSE coalesce(extract(epoch FROM t.at - l.launched_at)::double precision
                             / nullif(extract(epoch FROM max(t.at) OVER (PARTITION BY l.id) - l.launched_at)::double precision, 0), 0) END AS share
            FROM taken t JOIN launch l ON l.id = t.launch_id WINDOW w AS (PARTITION BY l.id ORDER BY t.at))
        SELECT p.launch_id, p.launch, p.party_id, p.at, p.place, p.share,
               (enum_range(NULL::adoption_group))[width_bucket(p.share, p.six_cuts) + 1] AS six,
               (enum_range(NULL::rogers_group))[width_bucket(p.share, p.five_cuts) + 1] AS five
        FROM placed p;
    COMMENT ON VIEW adoption_order IS
        'who was how early in each launch, and in which of the six and of the five groups; their sizes are set by the cuts, not observed (S3.10, S3.11)';
    COMMENT ON COLUMN adoption_order.place IS 'place in the order of adoption, from 1; those at the same time share one';
    COMMENT ON COLUMN adoption_order.share IS 'share that came before, of the adopters, the audience or the time';

    -- ---------------------------------------------------------------- who brought whom
    CREATE TABLE IF NOT EXISTS referral_programme (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE CHECK (name <> ''),
        attribution_window interval NOT NULL DEFAULT '90 days' CHECK (attribution_window > interval '0'),
        reward numeric CHECK (reward > 0 AND reward < 'infinity'),
        reward_referred numeric CHECK (reward_referred > 0 AND reward_referred < 'infinity'),
        currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
        terms text);
    COMMENT ON TABLE referral_programme IS 'what is promised for bringing somebody, and how long it counts (S1.16)';
    COMMENT ON COLUMN referral_programme.id IS 'key';
    COMMENT ON COLUMN referral_programme.name IS 'name';
    COMMENT ON COLUMN referral_programme.attribution_window IS 'how long after the referral somebody must become a customer for it to count';
    COMMENT ON COLUMN referral_programme.reward IS 'what the referrer is promised';
    COMMENT ON COLUMN referral_programme.reward_referred IS 'what the one who comes is promised';
    COMMENT ON COLUMN referral_programme.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN referral_programme.terms IS 'the terms, in words';

    CREATE TABLE IF NOT EXISTS invitation (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        channel text REFERENCES channel ON UPDATE CASCADE,
        recipient text);
    COMMENT ON TABLE invitation IS 'every invitation that somebody sent, whether anything came of it or not';
    COMMENT ON COLUMN invitation.id IS 'key';
    COMMENT ON COLUMN invitation.party_id IS 'who invited';
    COMMENT ON COLUMN invitation.at IS 'when';
    COMMENT ON COLUMN invitation.channel IS 'by which way';
    COMMENT ON COLUMN invitation.recipient IS 'whom, as far as it is known';
    CREATE INDEX IF NOT EXISTS invitation_party ON invitation (party_id);

    CREATE TABLE IF NOT EXISTS referral (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        referrer_id bigint NOT NULL REFERENCES party,
        referred_id bigint NOT NULL UNIQUE REFERENCES party,
        programme_id bigint REFERENCES referral_programme,
        invitation_id bigint REFERENCES invitation ON DELETE SET NULL,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        note text,
        CONSTRAINT referral_other CHECK (referrer_id <> referred_id));
    COMMENT ON TABLE referral IS 'who was brought by whom: one referrer, not himself, and no circle (S0.7, S1.15)';
    COMMENT ON COLUMN referral.id IS 'key';
    COMMENT ON COLUMN referral.referrer_id IS 'who brought somebody';
    COMMENT ON COLUMN referral.referred_id IS 'who was brought';
    COMMENT ON COLUMN referral.programme_id IS 'under which programme; null: none, and 90 days';
    COMMENT ON COLUMN referral.invitation_id IS 'the invitation it goes back to';
    COMMENT ON COLUMN referral.at IS 'when';
    COMMENT ON COLUMN referral.note IS 'anything else';
    CREATE INDEX IF NOT EXISTS referral_referrer ON referral (referrer_id);

    CREATE OR REPLACE VIEW customer_when WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, min(e.at) AS at
        FROM party p CROSS JOIN workspace w CROSS JOIN LATERAL journey.events(p.journey) AS e
        WHERE e.label = ANY (enum_range(w.customer_from_usual, NULL)::text[]) GROUP BY p.identity;
    COMMENT ON VIEW customer_when IS 'when each identity first was at the stage from which on one usually counts as a customer, or beyond it';

    CREATE OR REPLACE FUNCTION referral_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        giver bigint;
        taker bigint;
        other record;
        since timestamptz;
    BEGIN
        -- two that are written at once could close a circle between them
        PERFORM pg_advisory_xact_lock(hashtextextended('referral', TG_RELID::bigint));
        SELECT p.identity INTO giver FROM party p WHERE p.id = NEW.referrer_id;
        SELECT p.identity INTO taker FROM party p WHERE p.id = NEW.referred_id;
        IF giver = taker THEN
            RAISE EXCEPTION 'party % cannot have been brought by himself', NEW.referred_id USING ERRCODE = 'check_violation',
                DETAIL = CASE WHEN NEW.referrer_id <> NEW.referred_id THEN format('Parties %s and %s are the same.', NEW.referrer_id, NEW.referred_id)
                              ELSE 'Referrer and referred are the same party.' END;
        END IF;
        SELECT r.* INTO other FROM referral r JOIN party p ON p.id = r.referred_id WHERE p.identity = taker AND r.id <> NEW.id LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'party % has been brought by somebody already', NEW.referred_id USING ERRCODE = 'unique_violation',
                DETAIL = format('Referral %s says that party %s brought party %s.', other.id, other.referrer_id, other.referred_id),
                HINT = 'There is one referrer. If that one is wrong, delete it first.';
        END IF;
        IF EXISTS (
            WITH RECURSIVE above (id) AS (
                SELECT giver
                UNION
                SELECT g.identity FROM above a JOIN party t ON t.identity = a.id JOIN referral r ON r.referred_id = t.id AND r.id <> NEW.id JOIN party g ON g.id = r.referrer_id)
            SELECT FROM above a WHERE a.id = taker)
        THEN
            RAISE EXCEPTION 'referral of party % by party % would close a circle', NEW.referred_id, NEW.referrer_id USING ERRCODE = 'check_violation',
                DETAIL = format('Party %s was brought by party %s, or by somebody who was.', NEW.referrer_id, NEW.referred_id);
        END IF;
        SELECT c.at INTO since FROM customer_when c WHERE c.party_id = taker;
        IF since < NEW.at THEN
            RAISE EXCEPTION 'party % was a customer before this referral', NEW.referred_id USING ERRCODE = 'check_violation',
                DETAIL = format('It is one since %s, and the referral is of %s.', since, NEW.at);
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION referral_allowed() IS 'one referrer for all that are the same, who is somebody else; no circle; and nobody is brought who is there';
    CREATE OR REPLACE TRIGGER referral_allowed BEFORE INSERT OR UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION referral_allowed();

    CREATE OR REPLACE VIEW referral_all WITH (security_invoker = true) AS
        SELECT r.id AS referral_id, g.identity AS referrer_id, t.identity AS referred_id, r.at, r.programme_id,
               coalesce(m.attribution_window, interval '90 days') AS attribution_window,
               row_number() OVER (PARTITION BY t.identity ORDER BY g.identity = t.identity, r.at, r.id) > 1 AS second
        FROM referral r JOIN party g ON g.id = r.referrer_id JOIN party t ON t.id = r.referred_id LEFT JOIN referral_programme m ON m.id = r.programme_id;
    COMMENT ON VIEW referral_all IS 'every referral between identities, also those that a later merge has made impossible';
    COMMENT ON COLUMN referral_all.second IS 'is there an earlier one of the same identity';

    CREATE OR REPLACE VIEW referral_edge WITH (security_invoker = true) AS
        SELECT a.referral_id, a.referrer_id, a.referred_id, a.at, a.programme_id, c.at AS customer_at,
               coalesce(c.at <= a.at + a.attribution_window, false) AS converted
        FROM referral_all a LEFT JOIN customer_when c ON c.party_id = a.referred_id AND c.at >= a.at
        WHERE a.referrer_id <> a.referred_id AND NOT a.second;
    COMMENT ON VIEW referral_edge IS 'the referrals that count, and whether they brought a customer within the window';
    COMMENT ON COLUMN referral_edge.converted IS 'became a customer after the referral and within the window';

    CREATE OR REPLACE VIEW referral_tree WITH (security_invoker = true) AS
        WITH RECURSIVE tree (root_id, party_id, generation) AS (
            SELECT DISTINCT e.referrer_id, e.referrer_id, 0 FROM referral_edge e WHERE NOT EXISTS (SELECT FROM referral_edge u WHERE u.referred_id = e.referrer_id)
            UNION ALL
            SELECT t.root_id, e.referred_id, t.generation + 1 FROM tree t JOIN referral_edge e ON e.referrer_id = t.party_id
        ) CYCLE party_id SET looped USING path
        SELECT t.root_id, t.party_id, t.generation, e.referrer_id, e.referral_id, e.converted
        FROM tree t LEFT JOIN referral_edge e ON e.referred_id = t.party_id WHERE NOT t.looped;
    COMMENT ON VIEW referral_tree IS 'everybody in a chain of referrals: from whom it began, and in which generation he is';

    CREATE OR REPLACE VIEW referral_reach WITH (security_invoker = true) AS
        WITH RECURSIVE reach (root_id, party_id, degree) AS (
            SELECT e.referrer_id, e.referred_id, 1 FROM referral_edge e
            UNION ALL
            SELECT r.root_id, e.referred_id, r.degree + 1 FROM reach r JOIN referral_edge e ON e.referrer_id = r.party_id AND e.referred_id <> r.root_id
        ) CYCLE party_id SET looped USING path
        SELECT r.root_id AS party_id, count(*) FILTER (WHERE r.degree = 1) AS direct, count(*) FILTER (WHERE r.degree = 2) AS second_degree,
               count(*) AS reached, max(r.degree) AS furthest, count(c.party_id) AS customers
        FROM reach r LEFT JOIN customer_when c ON c.party_id = r.party_id
        WHERE NOT r.looped GROUP BY r.root_id;
    COMMENT ON VIEW referral_reach IS 'whose contacts came into our circle, and their contacts in turn (S1.15)';
    COMMENT ON COLUMN referral_reach.second_degree IS 'those whom those brought whom he brought';
    COMMENT ON COLUMN referral_reach.reached IS 'all, of whatever degree';
    COMMENT ON COLUMN referral_reach.customers IS 'those of them who are customers';

    CREATE OR REPLACE VIEW referral_conflict WITH (security_invoker = true) AS
        WITH RECURSIVE up (start_id, party_id) AS (
            SELECT e.referred_id, e.referrer_id FROM referral_edge e
            UNION
            SELECT u.start_id, e.referrer_id FROM up u JOIN referral_edge e ON e.referred_id = u.party_id)
        SELECT a.referral_id, a.referrer_id, a.referred_id, a.at,
               CASE WHEN a.referrer_id = a.referred_id THEN 'self' WHEN a.second THEN 'second' ELSE 'circle' END AS conflict
        FROM referral_all a
        WHERE a.referrer_id = a.referred_id OR a.second OR EXISTS (SELECT FROM up u WHERE u.start_id = a.referred_id AND u.party_id = a.referred_id);
    COMMENT ON VIEW referral_conflict IS
        'referrals that could not be written now, because parties were merged since; those of oneself and second ones do not count any more';

    CREATE OR REPLACE VIEW referral_k WITH (security_invoker = true) AS
        WITH member AS (
            SELECT t.party_id, t.generation FROM referral_tree t WHERE t.generation = 0 OR t.converted
            UNION
            SELECT c.party_id, 0 FROM customer_when c WHERE NOT EXISTS (SELECT FROM referral_edge e WHERE e.referred_id = c.party_id)),
        sent AS (SELECT p.identity AS party_id, count(*) AS invitations FROM invitation v JOIN party p ON p.id = v.party_id GROUP BY 1),
        brought AS (SELECT e.referrer_id AS party_id, count(*) AS referred, count(*) FILTER (WHERE e.converted) AS converted FROM referral_edge e GROUP BY 1)
        SELECT m.generation, count(*) AS members, count(b.party_id) AS referrers, coalesce(sum(greatest(s.invitations, b.referred)), 0)::bigint AS invitations,
               coalesce(sum(b.referred), 0)::bigint AS referred, coalesce(sum(b.converted), 0)::bigint AS converted,
               coalesce(sum(greatest(s.invitations, b.referred)), 0)::double precision / count(*) AS invitations_per_member,
               coalesce(sum(b.converted), 0)::double precision / nullif(sum(greatest(s.invitations, b.referred)), 0)::double precision AS conversion,
               coalesce(sum(b.converted), 0)::double precision / count(*) AS k
        FROM member m LEFT JOIN sent s ON s.party_id = m.party_id LEFT JOIN brought b ON b.party_id = m.party_id
        GROUP BY m.generation ORDER BY m.generation;
    COMMENT ON VIEW referral_k IS
        'the K factor as observed, by generation: invitations of each member times the share that became customers; the last generation has had the least time (S3.2)';
    COMMENT ON COLUMN referral_k.members IS 'customers of this generation; generation 0: those whom nobody brought, and whoever began a chain';
    COMMENT ON COLUMN referral_k.invitations IS 'invitations they sent; a referral without one counts as one';
    COMMENT ON COLUMN referral_k.k IS 'new customers that each member brought';

    CREATE OR REPLACE FUNCTION viral_growth(customers double precision, k double precision, cycle interval, after interval) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT CASE WHEN abs(viral_growth.k - 1) < 1e-12 THEN viral_growth.customers * (n.cycles + 1)
                    ELSE viral_growth.customers * (power(viral_growth.k, n.cycles + 1) - 1) / (viral_growth.k - 1) END
        FROM (SELECT extract(epoch FROM viral_growth.after)::double precision / extract(epoch FROM viral_growth.cycle)::double precision AS cycles) n;
    END;
    COMMENT ON FUNCTION viral_growth(double precision, double precision, interval, interval) IS
        'customers after a time when each brings k others in every cycle: C (k^(t/cycle + 1) - 1) / (k - 1), after D. Skok';

    CREATE OR REPLACE VIEW adoption_flow WITH (security_invoker = true) AS
        WITH pair AS (
            SELECT g.launch_id, g.launch, g.six AS from_six, t.six AS to_six, g.five AS from_five, t.five AS to_five
            FROM referral_edge e JOIN adoption_order g ON g.party_id = e.referrer_id JOIN adoption_order t ON t.party_id = e.referred_id AND t.launch_id = g.launch_id),
        cell AS (
            SELECT l.id AS launch_id, l.name AS launch, 'six' AS scheme, f.place AS from_place, f.label::text AS from_group, t.place AS to_place, t.label::text AS to_group,
                   (SELECT count(*) FROM pair p WHERE p.launch_id = l.id AND p.from_six = f.label AND p.to_six = t.label) AS referrals
            FROM launch l, unnest(enum_range(NULL::adoption_group)) WITH ORDINALITY AS f (label, place), unnest(enum_range(NULL::adoption_group)) WITH ORDINALITY AS t (label, place)
            UNION ALL
            SELECT l.id, l.name, 'five', f.place, f.label::text, t.place, t.label::text,
                   (SELECT count(*) FROM pair p WHERE p.launch_id = l.id AND p.from_five = f.label AND p.to_five = t.label)
            FROM launch l, unnest(enum_range(NULL::rogers_group)) WITH ORDINALITY AS f (label, place), unnest(enum_range(NULL::rogers_group)) WITH ORDINALITY AS t (label, place))
        SELECT c.launch_id, c.launch, c.scheme, c.from_group, c.to_group, c.referrals,
               c.referrals::double precision / nullif(sum(c.referrals) OVER (PARTITION BY c.launch_id, c.scheme, c.from_group), 0)::double precision AS share
        FROM cell c ORDER BY c.launch_id, c.scheme DESC, c.from_place, c.to_place;
    COMMENT ON VIEW adoption_flow IS
        'who brings whom: referrals from each group of adopters to each, by launch; innovators should bring early followers (S3.12)';
    COMMENT ON COLUMN adoption_flow.share IS 'share of the referrals by the first group; null when it made none';

    -- ---------------------------------------------------------------- rewards
    CREATE TABLE IF NOT EXISTS reward (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        key text NOT NULL UNIQUE CHECK (key <> ''),
        referral_id bigint NOT NULL REFERENCES referral,
        party_id bigint NOT NULL REFERENCES party,
        amount numeric NOT NULL CHECK (amount <> 0 AND amount > '-infinity' AND amount < 'infinity'),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        reverses bigint UNIQUE REFERENCES reward,
        reason text,
        CONSTRAINT reward_sign CHECK ((reverses IS NULL) = (amount > 0)));
    COMMENT ON TABLE reward IS 'what was given for referrals; rows are added, and reversed by a row, never changed (S1.16)';
    COMMENT ON COLUMN reward.id IS 'key';
    COMMENT ON COLUMN reward.key IS 'what is paid for, in words of the payer''s: the same is paid once';
    COMMENT ON COLUMN reward.referral_id IS 'for which referral';
    COMMENT ON COLUMN reward.party_id IS 'to whom: the referrer, or the one who was brought';
    COMMENT ON COLUMN reward.amount IS 'how much; a reversal is negative';
    COMMENT ON COLUMN reward.currency IS 'code as in ISO 4217';
    COMMENT ON COLUMN reward.at IS 'when';
    COMMENT ON COLUMN reward.reverses IS 'the reward that this row takes back; null: it is one';
    COMMENT ON COLUMN reward.reason IS 'why it was taken back';
    CREATE INDEX IF NOT EXISTS reward_referral ON reward (referral_id);
    CREATE INDEX IF NOT EXISTS reward_party ON reward (party_id);
    CREATE OR REPLACE FUNCTION reward_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        edge record;
        old_reward record;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            RAISE EXCEPTION 'reward % is a record and stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation',
                HINT = 'To take it back, call reverse_reward().';
        END IF;
        IF NEW.reverses IS NOT NULL THEN
            SELECT r.* INTO old_reward FROM reward r WHERE r.id = NEW.reverses;
            IF (old_reward.referral_id, old_reward.party_id, -old_reward.amount, old_reward.currency, old_reward.reverses) IS DISTINCT FROM (NEW.referral_id, NEW.party_id, NEW.amount, NEW.currency, NULL) THEN
                RAISE EXCEPTION 'reward % cannot be reversed in this way', NEW.reverses USING ERRCODE = 'check_violation',
                    DETAIL = 'A reversal is of the same referral, party and currency, and of the whole amount; reversals are not reversed.';
            END IF;
            RETURN NEW;
        END IF;
        SELECT e.* INTO edge FROM referral_edge e WHERE e.referral_id = NEW.referral_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'referral % does not count', NEW.referral_id USING ERRCODE = 'check_violation',
                HINT = 'See referral_conflict: parties were merged since.';
        ELSIF NOT edge.converted THEN
            RAISE EXCEPTION 'referral % has not brought a customer within its window', NEW.referral_id USING ERRCODE = 'check_violation',
                DETAIL = CASE WHEN edge.customer_at IS NULL THEN format('Party %s is no customer.', edge.referred_id)
                              ELSE format('Party %s was referred at %s and is a customer since %s.', edge.referred_id, edge.at, edge.customer_at) END;
        ELSIF NOT EXISTS (SELECT FROM party p WHERE p.id = NEW.party_id AND p.identity IN (edge.referrer_id, edge.referred_id)) THEN
            RAISE EXCEPTION 'party % has no part in referral %', NEW.party_id, NEW.referral_id USING ERRCODE = 'check_violation',
                DETAIL = format('Party %s brought party %s.', edge.referrer_id, edge.referred_id);
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION reward_allowed() IS 'rewards are for referrals that brought a customer in time, to one of the two, and are only ever reversed';
    CREATE OR REPLACE TRIGGER reward_allowed BEFORE INSERT OR UPDATE OR DELETE ON reward FOR EACH ROW EXECUTE FUNCTION reward_allowed();

    CREATE OR REPLACE FUNCTION pay_reward(referral_id bigint, amount numeric DEFAULT NULL, to_referred boolean DEFAULT false, key text DEFAULT NULL) RETURNS bigint
        LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    #variable_conflict use_variable
    DECLARE
        about record;
        known record;
        paid bigint;
    BEGIN
        IF referral_id IS NULL OR to_referred IS NULL THEN
            RAISE EXCEPTION 'referral and to_referred must not be null' USING ERRCODE = 'null_value_not_allowed';
        END IF;
        SELECT r.*, m.reward, m.reward_referred, coalesce(m.currency, 'EUR') AS currency INTO about
        FROM referral r LEFT JOIN referral_programme m ON m.id = r.programme_id WHERE r.id = referral_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no referral %', referral_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        amount := coalesce(amount, CASE WHEN to_referred THEN about.reward_referred ELSE about.reward END);
        IF amount IS NULL THEN
            RAISE EXCEPTION 'nothing is promised for referral %', referral_id USING ERRCODE = 'null_value_not_allowed',
                HINT = 'Give the amount, or a programme with a reward to the referral.';
        END IF;
        key := coalesce(key, format('referral %s, %s', referral_id, CASE WHEN to_referred THEN 'referred' ELSE 'referrer' END));
        INSERT INTO reward (key, referral_id, party_id, amount, currency)
        SELECT key, referral_id, CASE WHEN to_referred THEN about.referred_id ELSE about.referrer_id END, amount, about.currency
        ON CONFLICT ON CONSTRAINT reward_key_key DO NOTHING RETURNING id INTO paid;
        IF paid IS NULL THEN
            SELECT r.*, EXISTS (SELECT FROM reward v WHERE v.reverses = r.id) AS taken_back INTO known FROM reward r WHERE r.key = pay_reward.key;
            IF (known.referral_id, known.party_id, known.amount)
                IS DISTINCT FROM (referral_id, CASE WHEN to_referred THEN about.referred_id ELSE about.referrer_id END, amount) THEN
                RAISE EXCEPTION 'reward "%" has been paid, and it was another', key USING ERRCODE = 'unique_violation',
                    DETAIL = format('Reward %s is of %s %s to party %s for referral %s.', known.id, known.amount, known.currency, known.party_id, known.referral_id);
            ELSIF known.taken_back THEN
                RAISE EXCEPTION 'reward "%" was paid and taken back', key USING ERRCODE = 'object_not_in_prerequisite_state',
                    HINT = 'To pay it after all, give it another key.';
            END IF;
            paid := known.id;
        END IF;
        RETURN paid;
    END;
    $body$;
    COMMENT ON FUNCTION pay_reward(bigint, numeric, boolean, text) IS
        'pays for a referral, once: called again with the same key it pays nothing and returns the same reward (S1.16)';

    CREATE OR REPLACE FUNCTION reverse_reward(reward_id bigint, reason text) RETURNS bigint
        LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    #variable_conflict use_variable
    DECLARE
        given record;
        back bigint;
    BEGIN
        SELECT r.* INTO given FROM reward r WHERE r.id = reward_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no reward %', reward_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        INSERT INTO reward (key, referral_id, party_id, amount, currency, reverses, reason)
        VALUES (format('reversal of reward %s', reward_id), given.referral_id, given.party_id, -given.amount, given.currency, reward_id, reason)
        ON CONFLICT DO NOTHING RETURNING id INTO back;
        RETURN coalesce(back, (SELECT r.id FROM reward r WHERE r.reverses = reward_id));
    END;
    $body$;
    COMMENT ON FUNCTION reverse_reward(bigint, text) IS 'takes a reward back, once; called again it returns the same row';

    CREATE OR REPLACE VIEW reward_balance WITH (security_invoker = true) AS
        SELECT p.identity AS party_id, r.currency, sum(r.amount) AS balance, count(*) FILTER (WHERE r.reverses IS NULL) AS paid,
               count(*) FILTER (WHERE r.reverses IS NOT NULL) AS reversed, count(DISTINCT r.referral_id) AS referrals
        FROM reward r JOIN party p ON p.id = r.party_id GROUP BY p.identity, r.currency;
    COMMENT ON VIEW reward_balance IS 'what everybody has been given for referrals, less what was taken back';
    CREATE OR REPLACE VIEW referral_cost WITH (security_invoker = true) AS
        SELECT c.currency, c.customers, c.cost, c.cost / nullif(c.customers, 0) AS cost_per_customer
        FROM (SELECT r.currency, count(DISTINCT r.referral_id) FILTER (WHERE e.converted) AS customers, sum(r.amount) AS cost
              FROM reward r LEFT JOIN referral_edge e ON e.referral_id = r.referral_id GROUP BY r.currency) c;
    COMMENT ON VIEW referral_cost IS 'rewards for each customer that referrals brought';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_referral(pg_catalog.name) IS
    'makes the part of a workspace that knows launches, adoption, referrals and rewards';
-- workspace, sample: invented data for trying a workspace out

CREATE FUNCTION journey.workspace_draw(i pg_catalog.int8, salt pg_catalog.int4) RETURNS pg_catalog.float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (pg_catalog.hashint8extended(i, salt) & 1048575)::pg_catalog.float8 / 1048576;
COMMENT ON FUNCTION journey.workspace_draw(pg_catalog.int8, pg_catalog.int4) IS
    'a number from 0 to less than 1 that looks drawn at random and is always the same';

CREATE FUNCTION journey.sample_workspace(workspace pg_catalog.name, parties pg_catalog.int4 DEFAULT 300, until pg_catalog.timestamptz DEFAULT NULL)
    RETURNS TABLE (table_name pg_catalog.text, filled pg_catalog.int8)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 50 SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
    full_tables text[];
    -- the last day of the story; days have 24 hours
    last CONSTANT timestamptz := date_trunc('day', coalesce(until, now()) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    day CONSTANT interval := '24 hours';
    one record;
BEGIN
    IF workspace IS NULL OR parties IS NULL THEN
        RAISE EXCEPTION 'workspace and number of parties must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF parties < 1 OR parties > 10000 THEN
        RAISE EXCEPTION 'number of parties must be between 1 and 10000' USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', parties);
    ELSIF NOT isfinite(last) OR last > now() THEN
        RAISE EXCEPTION 'sample must end in the past' USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It would end at %s.', until);
    ELSIF NOT journey.is_workspace(workspace) THEN
        RAISE EXCEPTION 'there is no workspace "%"', workspace USING ERRCODE = 'invalid_schema_name',
            HINT = format('Make it first: SELECT journey.create_workspace(%L)', workspace);
    END IF;
    full_tables := journey.workspace_filled(workspace);
    IF full_tables <> '{}' THEN
        RAISE EXCEPTION 'workspace "%" holds data', workspace USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
            HINT = 'Invented data does not go among real data: make a workspace of its own for it.';
    END IF;
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- what the stages mean, who serves, when
    UPDATE stage_definition d SET definition = format('Sample definition of %s', d.stage), criteria = ARRAY[format('sample criterion of %s', d.stage)],
        categories = '{new,known}', owner = CASE WHEN d.model = 'lead' THEN 'sales' ELSE 'marketing' END, agreed_by = '{Sample marketer,Sample seller}',
        agreed_at = last - 500 * day, playbook = format('Sample playbook of %s', d.stage)
    WHERE d.definition IS NULL AND d.stage NOT IN ('lost', 'advocate');
    INSERT INTO segment (name, description, is_ideal) VALUES ('Sample segment: small firms', 'invented', true), ('Sample segment: large firms', 'invented', false);
    INSERT INTO account (name, domain, industry, market, segment_id, owner, created_at)
        SELECT 'Sample company ' || i, format('company%s.example', i), (ARRAY['software', 'trade', 'building'])[1 + i % 3], (ARRAY['north', 'south'])[1 + i % 2],
               (SELECT s.id FROM segment s WHERE s.is_ideal = (i % 3 > 0)), 'Sample seller ' || i % 3, last - (420 - 0.001 * i) * day
        FROM generate_series(1, 1 + parties / 3) AS i;

    INSERT INTO work_calendar VALUES ('sample office', '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-12:30", "13:30-18:00"]}}') ON CONFLICT DO NOTHING;
    PERFORM sla_template('sample office');
    UPDATE sla_clause c SET valid = tstzrange(last - 500 * day, NULL);

    -- ---------------------------------------------------------------- everybody
    INSERT INTO party (kind, name, email, account_id, job, authority, origin, source, first_seen, named_at, stage_at, need_state, incumbent)
        SELECT p.kind::party_kind, p.name, CASE WHEN p.kind = 'person' THEN format('person%s@company.example', p.i) END,
               CASE WHEN p.kind = 'person' AND p.i % 4 > 0 THEN (SELECT a.id FROM account a ORDER BY a.id OFFSET p.i / 5 % (1 + parties / 3) LIMIT 1) END,
               CASE WHEN p.kind = 'person' THEN (ARRAY['buyer', 'engineer', 'director'])[1 + p.i % 3] END, CASE WHEN p.kind = 'person' THEN (1 + p.i % 3) / 3.0 END,
               (ARRAY['inbound', 'inbound', 'outbound', 'referral', 'offline'])[1 + p.i % 5], 'sample campaign ' || p.i % 4, p.first_seen,
               CASE WHEN p.name IS NOT NULL THEN p.first_seen + floor(20 * journey.workspace_draw(p.i, 2)) * day + interval '9 hours' END, p.first_seen,
               (ARRAY['unaware', 'aware', 'warm'])[1 + p.i % 3], CASE WHEN p.i % 6 = 0 THEN 'Sample competitor' END
        FROM (SELECT i, k.kind, CASE k.kind WHEN 'anonymous' THEN NULL ELSE format('Sample %s %s', k.kind, i) END AS name,
                     last - (30 + floor(370 * journey.workspace_draw(i, 1))) * day + i * interval '1 minute' AS first_seen
              FROM generate_series(1, parties) AS i
              CROSS JOIN LATERAL (SELECT CASE WHEN i % 4 = 0 THEN 'anonymous' WHEN i % 41 = 0 THEN 'partner' WHEN i % 59 = 0 THEN 'employee' ELSE 'person' END AS kind) AS k) p
        ORDER BY p.i;
    ANALYZE account;
    ANALYZE party;
    INSERT INTO consent (party_id, kind, evidence, given_at, withdrawn_at)
        SELECT p.id, CASE WHEN p.id % 3 = 0 THEN 'verbal' ELSE 'electronic' END, 'sample form', p.named_at + interval '1 hour', CASE WHEN p.id % 37 = 0 THEN last - day END
        FROM party p WHERE p.named_at IS NOT NULL AND p.id % 10 < 8 ORDER BY p.id;

    -- ---------------------------------------------------------------- what can be had, and who got it
    INSERT INTO offer (name, kind, price, longest, steps, training_first) VALUES
        ('Sample gift', 'gift', 0, NULL, '{}', false), ('Sample trial', 'trial', 0, '30 days', '{}', true),
        ('Sample evaluation', 'evaluation', 0, '30 days', '{talk,look,plan,report}', false), ('Sample product', 'product', 1200, NULL, '{}', false), ('Sample extra', 'product', 300, NULL, '{}', false);
    INSERT INTO content (title, kind, stages, interest, purpose)
        SELECT 'Sample ' || v.kind || ' on ' || v.interest, v.kind, v.stages::customer_stage[], v.interest, 'shows how it is done'
        FROM (VALUES ('case', 'cost', '{study,choice}'), ('training', 'speed', '{study,choice,test_drive}'), ('comparison', 'cost', '{choice}'), ('white_paper', 'speed', '{acquaintance,study}'),
                     ('webinar', 'trust', '{study,choice,purchase}'), ('review', 'trust', '{choice,regular,loyal}')) AS v (kind, interest, stages);
    INSERT INTO policy_change (name, at, description) VALUES ('Sample: everybody who is interested is served as a customer', last - 220 * day, 'invented');

    -- how far everybody comes, and when; further and sooner after the change
    CREATE TEMPORARY TABLE journey_sample ON COMMIT DROP AS
        SELECT p.id, p.first_seen, s.stage, p.first_seen + s.place * (6 + floor(14 * journey.workspace_draw(p.id, 10 + s.place::integer))) * day + interval '9 hours' AS at
        FROM party p CROSS JOIN LATERAL (VALUES ('study', 1, 0.85), ('choice', 2, 0.6), ('test_drive', 3, 0.45), ('purchase', 4, 0.3), ('regular', 5, 0.2), ('loyal', 6, 0.12), ('advocate', 7, 0.06)) AS s (stage, place, share)
        WHERE p.kind IN ('person', 'partner') AND journey.workspace_draw(p.id, 3) < s.share * CASE WHEN p.first_seen >= last - 220 * day THEN 1.1 ELSE 0.7 END
          AND (s.place = 1 OR p.consented);
    CREATE UNIQUE INDEX ON journey_sample (id, stage);
    ANALYZE journey_sample;
    ANALYZE consent;
    -- each stage after the one before, and nothing in the future
    DELETE FROM journey_sample s WHERE s.at >= last;
    DELETE FROM journey_sample s WHERE EXISTS (SELECT FROM journey_sample b WHERE b.id = s.id AND b.stage::customer_stage < s.stage::customer_stage AND b.at >= s.at);
    ANALYZE journey_sample;

    INSERT INTO touch (party_id, at, channel, kind, ours, interest, cost, rating, actor, note)
        SELECT p.id, x.at, t.channel, t.kind, t.ours, CASE WHEN NOT t.ours THEN (ARRAY['cost', 'speed', 'trust'])[1 + (p.id + k)::integer % 3] END, t.cost,
               CASE WHEN t.cost > 1 THEN 5 + (p.id + k) % 6 END, CASE WHEN t.ours THEN 'Sample marketer' END, 'sample'
        FROM party p CROSS JOIN LATERAL generate_series(1, 1 + floor(7 * journey.workspace_draw(p.id, 4))::bigint) AS k
        CROSS JOIN LATERAL (SELECT p.first_seen + floor(140 * journey.workspace_draw(p.id * 16 + k, 5)) * day + k * interval '1 hour' AS at) AS x
        JOIN (VALUES (0, 'site', 'visit', false, 0), (1, 'site', 'download', false, 0), (2, 'email', 'newsletter', true, 0.5), (3, 'shop', 'visit', false, 0), (4, 'messenger', 'question', false, 0),
                     (5, 'call', 'call', true, 8), (6, 'event', 'demonstration', true, 40), (7, 'social', 'share', false, 0), (8, 'webinar', 'webinar', false, 5)) AS t (n, channel, kind, ours, cost)
            ON t.n = (p.id + 3 * k) % 9
        WHERE x.at < last ORDER BY p.id, k;
    INSERT INTO touch (party_id, at, channel, kind, ours, cost, actor, note)
        SELECT p.id, p.named_at + floor(75 * journey.workspace_draw(p.id, 6)) * interval '1 minute', 'email', 'thanks', true, 0.5, 'Sample marketer', 'sample'
        FROM party p WHERE p.kind = 'person' AND p.id % 5 > 0 AND p.named_at < last - 4 * day ORDER BY p.id;
    INSERT INTO touch (party_id, at, channel, kind, cost, rating, note)
        SELECT s.id, s.at - 2 * day, 'training', 'training', 60, 6 + s.id % 5, 'sample' FROM journey_sample s WHERE s.stage = 'test_drive' ORDER BY s.id;
    INSERT INTO trial (party_id, offer_id, begins, ends, steps_done, attendees, cost, rating, outcome)
        SELECT s.id, o.id, s.at, s.at + 14 * day, CASE WHEN o.kind = 'evaluation' THEN 1 + s.id % 4 ELSE 0 END, ARRAY['Sample director ' || s.id], 90, 5 + s.id % 6, 'sample'
        FROM journey_sample s JOIN offer o ON o.name = CASE WHEN s.id % 3 = 0 THEN 'Sample evaluation' ELSE 'Sample trial' END WHERE s.stage = 'test_drive' ORDER BY s.id;
    INSERT INTO content_use (party_id, content_id, sent_at, opened_at, used_at, shared_at)
        SELECT p.id, c.id, x.at, CASE WHEN x.d < 0.7 THEN x.at + day END, CASE WHEN x.d < 0.4 THEN x.at + 2 * day END, CASE WHEN x.d < 0.15 THEN x.at + 3 * day END
        FROM party p JOIN content c ON (p.id + c.id) % 3 = 0
        CROSS JOIN LATERAL (SELECT p.first_seen + floor(20 * journey.workspace_draw(p.id * 8 + c.id, 7)) * day AS at, journey.workspace_draw(p.id * 8 + c.id, 8) AS d) AS x
        -- who puts content to use has begun to study: by the same time as below
        WHERE p.kind = 'person' AND x.at < last - 4 * day AND EXISTS (SELECT FROM journey_sample s WHERE s.id = p.id AND s.stage = 'study' AND s.at <= x.at + 2 * day) ORDER BY p.id, c.id;

    ANALYZE touch;
    ANALYZE content_use;
    -- ---------------------------------------------------------------- success, before anybody is an advocate
    INSERT INTO desired_outcome (segment_id, valid, required, functional, required_level, experience_level, promised)
        SELECT s.id, daterange((last - 700 * day)::date, NULL), 'Sample outcome: fewer errors', 'reports are written', 0.7, 0.6, s.is_ideal FROM segment s ORDER BY s.id;
    INSERT INTO experience (segment_id, name, scope, valid)
        SELECT s.id, 'Sample: ' || v.name, v.scope, daterange((last - 700 * day)::date, NULL)
        FROM segment s CROSS JOIN (VALUES ('key by self-service', 'in_app', true), ('documentation', 'beyond', true), ('formal training', 'beyond', false), ('phone at night', 'beyond', false), ('full interface', 'in_app', false)) AS v (name, scope, ideal)
        WHERE s.is_ideal = v.ideal ORDER BY s.id, v.name;
    INSERT INTO party_segment (party_id, segment_id, since)
        SELECT s.id, coalesce(a.segment_id, (SELECT g.id FROM segment g WHERE g.is_ideal)), s.at::date
        FROM journey_sample s JOIN party p ON p.id = s.id LEFT JOIN account a ON a.id = p.account_id WHERE s.stage = 'purchase' ORDER BY s.id;
    INSERT INTO outcome_reading (party_id, at, functional, required, expected, delivered)
        SELECT s.id, s.at + 12 * day, CASE WHEN s.id % 3 = 0 THEN 0.8 ELSE 1 END, CASE WHEN a.id IS NOT NULL THEN 1 ELSE round(journey.workspace_draw(s.id, 20)::numeric, 2) END, 5, 3 + s.id % 5
        FROM journey_sample s LEFT JOIN journey_sample a ON a.id = s.id AND a.stage = 'advocate' WHERE s.stage = 'purchase' AND s.at + 12 * day < last ORDER BY s.id;
    INSERT INTO experience_reading (party_id, experience_id, at, fit)
        SELECT s.id, e.id, s.at + 12 * day, CASE WHEN a.id IS NOT NULL THEN 1 ELSE round(journey.workspace_draw(s.id * 8 + e.id, 21)::numeric, 1) END
        FROM journey_sample s JOIN party_segment g ON g.party_id = s.id JOIN experience e ON e.segment_id = g.segment_id
        LEFT JOIN journey_sample a ON a.id = s.id AND a.stage = 'advocate' WHERE s.stage = 'purchase' AND s.at + 12 * day < last ORDER BY s.id, e.id;
    DELETE FROM journey_sample s WHERE s.stage = 'advocate' AND EXISTS (SELECT FROM party p WHERE p.id = s.id AND (p.outcome_met AND p.experience_met) IS NOT TRUE);
    FOR one IN SELECT e.stage FROM unnest(enum_range('study'::customer_stage, NULL)) AS e (stage) LOOP
        UPDATE party p SET stage = one.stage, stage_at = s.at FROM journey_sample s WHERE s.id = p.id AND s.stage = one.stage::text AND p.consented >= (one.stage IN ('choice', 'test_drive'));
    END LOOP;

    -- ---------------------------------------------------------------- companies and deals
    FOR one IN SELECT v.* FROM (VALUES ('mql', 'choice', 0), ('sql', 'choice', 1), ('opportunity', 'test_drive', 2), ('customer', 'purchase', 3), ('lost', '', 4)) AS v (stage, cause, place) LOOP
        UPDATE account a SET authority = true, need = true, budget = true, timing = a.id % 2 = 0, skill = CASE WHEN a.id % 3 = 0 THEN true END,
                             stage = one.stage::lead_stage, stage_at = greatest(x.at, journey.updated_at(a.journey) + interval '1 hour')
        FROM (SELECT p.account_id, min(s.at) AS at FROM party p JOIN journey_sample s ON s.id = p.id WHERE s.stage = one.cause AND one.stage <> 'lost' GROUP BY 1
              UNION ALL
              SELECT b.id, last - (b.id % 20) * day - interval '1 hour' FROM account b WHERE one.stage = 'lost' AND b.stage IN ('sql', 'opportunity') AND b.id % 3 = 0) x
        WHERE x.account_id = a.id AND (one.place = 0 AND a.stage IS NULL OR one.place = 4
                                       OR a.stage = (enum_range(NULL::lead_stage))[array_position(enum_range(NULL::lead_stage)::text[], one.stage) - 1]);
    END LOOP;
    INSERT INTO deal (account_id, party_id, offer_id, value, opened_at, decision_on, closed_at, won)
        SELECT p.account_id, p.id, o.id, o.price, t.at, s.at::date, s.at, true
        FROM journey_sample s JOIN party p ON p.id = s.id JOIN journey_sample t ON t.id = s.id AND t.stage = 'choice'
        JOIN offer o ON o.name = CASE WHEN s.stage = 'purchase' THEN 'Sample product' ELSE 'Sample extra' END WHERE s.stage IN ('purchase', 'regular') ORDER BY s.at, s.id;
    INSERT INTO deal (account_id, party_id, offer_id, value, opened_at, decision_on, closed_at, won, lost_reason)
        SELECT p.account_id, p.id, o.id, o.price, s.at, (s.at + 40 * day)::date, CASE WHEN s.id % 2 = 0 THEN least(s.at + 30 * day, last) END, CASE WHEN s.id % 2 = 0 THEN false END,
               CASE WHEN s.id % 2 = 0 THEN 'sample: too dear' END
        FROM journey_sample s JOIN party p ON p.id = s.id JOIN offer o ON o.name = 'Sample product'
        WHERE s.stage = 'test_drive' AND NOT EXISTS (SELECT FROM journey_sample b WHERE b.id = s.id AND b.stage = 'purchase') ORDER BY s.at, s.id;
    INSERT INTO assignment (party_id, team, assignee, assigned_at)
        SELECT p.id, 'marketing', 'Sample marketer ' || p.id % 3, p.named_at + (p.id % 3) * interval '1 hour' FROM party p WHERE p.kind = 'person' AND p.id % 7 > 1 ORDER BY p.id;
    INSERT INTO sla_pause (party_id, during, reason) SELECT p.id, tstzrange(p.named_at, p.named_at + 2 * day), 'sample: on holiday' FROM party p WHERE p.kind = 'person' AND p.id % 30 = 1 ORDER BY p.id;

    -- ---------------------------------------------------------------- nurture
    INSERT INTO stream (name, purpose, control_share) VALUES ('Sample stream', 'invented', 0.25);
    INSERT INTO stream_member (stream_id, party_id, joined_at)
        SELECT t.id, s.id, s.at + interval '1 hour' FROM journey_sample s JOIN party p ON p.id = s.id CROSS JOIN stream t
        WHERE s.stage = 'study' AND has_consent(s.id, 'nurture', s.at + interval '1 hour') AND s.at + interval '1 hour' < last ORDER BY s.id;
    INSERT INTO detour (party_id, kind, reason, stage, began_at, return_at)
        SELECT p.id, (ARRAY['recycled', 'detour', 'paused'])[1 + p.id % 3], 'sample reason', p.stage, last - 20 * day, last + (p.id % 40 - 20)::integer * day
        FROM party p WHERE p.stage IN ('study', 'choice') AND p.id % 11 = 0 AND p.first_seen < last - 20 * day ORDER BY p.id;

    -- ---------------------------------------------------------------- what came of it
    INSERT INTO gap_action (party_id, cause, action, owner, due, done_at, gap_before, gap_after)
        SELECT s.party_id, 'sample: list', 'sample: call', 'Sample helper', (last + (s.party_id % 30 - 15)::integer * day)::date, CASE WHEN s.party_id % 2 = 0 THEN last - day END, s.gap, CASE WHEN s.party_id % 2 = 0 THEN s.gap / 2 END
        FROM success_at(last) s WHERE s.gap > 0.3 ORDER BY s.party_id;
    INSERT INTO churn (party_id, at, reason, note)
        SELECT s.party_id, last - (s.party_id % 20)::integer * day, CASE WHEN NOT s.is_ideal THEN 'not_ideal' WHEN s.state = 'experience_only' THEN 'no_outcome' ELSE 'no_experience' END, 'sample'
        FROM success_at(last) s WHERE s.state IN ('neither_met', 'experience_only') ORDER BY s.party_id;
    INSERT INTO health_signal (party_id, name, value, weight, at)
        SELECT s.party_id, v.name, CASE WHEN s.party_id % 9 > 0 THEN round(journey.workspace_draw(s.party_id, v.salt)::numeric, 2) END, v.weight, last - day
        FROM success_at(last) s CROSS JOIN (VALUES ('use', 30, 2), ('tickets', 31, 1)) AS v (name, salt, weight) ORDER BY s.party_id, v.name;
    INSERT INTO revenue (party_id, month, amount)
        SELECT s.id, m.month::date, 100 + 10 * (s.id % 5) + CASE WHEN s.id % 4 = 0 THEN 5 * row_number() OVER (PARTITION BY s.id ORDER BY m.month) ELSE 0 END
        FROM journey_sample s CROSS JOIN LATERAL generate_series(date_trunc('month', s.at AT TIME ZONE 'UTC'), date_trunc('month', last AT TIME ZONE 'UTC'), interval '1 month') AS m (month)
        WHERE s.stage = 'purchase' AND NOT (s.id % 5 = 0 AND m.month > (s.at AT TIME ZONE 'UTC') + interval '3 months') ORDER BY s.id, m.month;
    INSERT INTO hpi_set (name, indicators, at_least, scenario) VALUES ('Sample indicators', '{"did the director come?","is there a budget?","was content put to use?"}', 2, 'invented');
    INSERT INTO hpi_answer (set_id, account_id, place, holds, at)
        SELECT h.id, a.id, i, journey.workspace_draw(a.id * 4 + i, 40) < CASE WHEN a.stage = 'customer' THEN 0.8 ELSE 0.4 END, last - 2 * day
        FROM hpi_set h CROSS JOIN account a CROSS JOIN generate_series(1, 3) AS i WHERE a.stage IS NOT NULL AND (a.id + i) % 5 > 0 ORDER BY a.id, i;

    -- ---------------------------------------------------------------- customers who sell
    INSERT INTO survey (name, opens_at) VALUES ('Sample survey', last - 100 * day);
    INSERT INTO survey_response (survey_id, party_id, asked_at, score, answered_at)
        SELECT v.id, p.id, w.at, w.score, CASE WHEN w.score IS NOT NULL THEN w.at + interval '5 hours' END
        FROM survey v CROSS JOIN party p CROSS JOIN generate_series(1, 3) AS m (wave)
        CROSS JOIN LATERAL (SELECT last - m.wave * 30 * day + interval '9 hours' AS at,
                                   CASE WHEN journey.workspace_draw(p.id * 4 + m.wave, 50) < 0.6 THEN floor(12 * sqrt(journey.workspace_draw(p.id * 4 + m.wave, 51)))::integer END AS score) w
        WHERE p.kind = 'person' AND p.first_seen < w.at ORDER BY m.wave DESC, p.id;
    INSERT INTO launch (name, launched_at) VALUES ('Sample novelty', last - 90 * day);
    INSERT INTO adoption (launch_id, party_id, at)
        SELECT l.id, p.id, l.launched_at + 80 * journey.workspace_draw(p.id, 52) * day FROM launch l CROSS JOIN party p WHERE p.kind = 'person' AND p.id % 3 = 0 ORDER BY p.id;
    INSERT INTO referral_programme (name, attribution_window, reward, terms) VALUES ('Sample programme of referrals', '200 days', 50, 'invented');
    INSERT INTO invitation (party_id, at, recipient)
        SELECT p.id, p.first_seen + day, 'sample friend' FROM party p WHERE p.kind = 'person' AND p.id % 6 = 0 ORDER BY p.id;
    -- each by one who has the smaller number, so that there is no circle
    INSERT INTO referral (referrer_id, referred_id, programme_id, at)
        SELECT g.id, p.id, m.id, p.first_seen FROM party p CROSS JOIN referral_programme m
        JOIN LATERAL (SELECT q.id FROM party q WHERE q.kind = 'person' AND q.id < p.id ORDER BY q.id DESC OFFSET p.id % 4 LIMIT 1) g ON true
        WHERE p.kind = 'person' AND p.origin = 'referral' ORDER BY p.id;
    PERFORM pay_reward(e.referral_id) FROM (SELECT e.referral_id FROM referral_edge e WHERE e.converted ORDER BY e.referral_id LIMIT 20) e;
    INSERT INTO idea (party_id, at, title, status, decided_at)
        SELECT p.id, last - 40 * day, 'Sample idea', v.status, CASE WHEN v.status = 'accepted' THEN last - 20 * day END
        FROM party p CROSS JOIN LATERAL (SELECT CASE WHEN p.id % 2 = 0 THEN 'accepted' ELSE 'new' END AS status) v WHERE p.kind = 'person' AND p.id % 25 = 3 ORDER BY p.id;
    PERFORM know_advocates();
    INSERT INTO programme (name, form, owner, valid, deliver_within) VALUES ('Sample club', 'club', 'Sample helper', daterange((last - 200 * day)::date, NULL), '30 days');
    INSERT INTO benefit (programme_id, party_id, promised_at, delivered_at, cost)
        SELECT m.id, a.party_id, last - 20 * day, CASE WHEN a.party_id % 3 > 0 THEN last - 10 * day END, CASE WHEN a.party_id % 3 > 0 THEN 15 END
        FROM programme m CROSS JOIN (SELECT DISTINCT v.party_id FROM advocate v) a ORDER BY a.party_id;
    INSERT INTO surprise (party_id, at, what, cost) SELECT p.id, last - 15 * day, 'sample gift', 10 FROM party p WHERE p.kind = 'person' AND p.id % 20 = 5 ORDER BY p.id;
    INSERT INTO introduction (party_id, to_id, at, reason, met)
        SELECT p.id, q.id, last - 12 * day, 'sample: same trade', p.id % 2 = 0 FROM party p JOIN party q ON q.id = p.id + 30 AND q.kind = 'person' WHERE p.kind = 'person' ORDER BY p.id;
    INSERT INTO community (name, place) VALUES ('Sample community', 'a sample place');
    INSERT INTO community_member (community_id, party_id, joined_at)
        SELECT c.id, p.id, last - 25 * day FROM community c CROSS JOIN party p WHERE p.kind = 'person' AND p.id % 5 = 1 ORDER BY p.id;
    INSERT INTO testimonial (party_id, kind, asked_at, given_at, body, may_publish)
        SELECT p.id, (ARRAY['text', 'video', 'review'])[1 + p.id % 3], last - 30 * day, last - 28 * day, 'sample words', true FROM party p WHERE p.kind = 'person' AND p.id % 15 = 2 ORDER BY p.id;
    INSERT INTO agent_material (party_id, material, quantity, handed_at, told_incentives)
        SELECT p.id, 'sample cards', 20, last - 30 * day, true FROM party p WHERE p.kind = 'person' AND p.id % 15 = 2 ORDER BY p.id;
    INSERT INTO barter (party_id, given, given_value, given_at, exposure, due_at, exposed_at, reach, exposure_value)
        SELECT p.id, 'sample discount', 300, last - 60 * day, 'a photo', last - 30 * day, last - 40 * day, 5000, 400 FROM party p WHERE p.kind = 'person' ORDER BY p.id LIMIT 1;
    INSERT INTO special_terms (party_id, employee_id, relation, at, list_price, price, cost)
        SELECT p.id, e.id, 'friend', last - 33 * day, 100, 85, 70
        FROM (SELECT q.id FROM party q WHERE q.kind = 'employee' ORDER BY q.id LIMIT 1) e CROSS JOIN (SELECT q.id FROM party q WHERE q.kind = 'person' ORDER BY q.id LIMIT 3) p;
    INSERT INTO awareness_reading (brand, ours, month, asked, prompted, unprompted, first)
        SELECT b.brand, b.ours, (date_trunc('month', last AT TIME ZONE 'UTC') - m.ago * interval '1 month')::date, 400, b.prompted - 5 * m.ago, b.unprompted - 3 * m.ago, b.first - m.ago
        FROM (VALUES ('Sample brand', true, 200, 60, 30), ('Sample competitor', false, 260, 120, 70)) AS b (brand, ours, prompted, unprompted, first) CROSS JOIN generate_series(0, 5) AS m (ago);
    INSERT INTO marketing_spend (month, channel, amount)
        SELECT (date_trunc('month', last AT TIME ZONE 'UTC') - m.ago * interval '1 month')::date, 'ads', 1000 + 50 * m.ago FROM generate_series(0, 11) AS m (ago);

    -- some visits turn out to be of people who are known by now; one was a mistake
    PERFORM merge_party(v.id, v.into_id, 'sample: same browser')
        FROM (SELECT p.id, (SELECT q.id FROM party q WHERE q.kind = 'person' AND q.id > p.id ORDER BY q.id LIMIT 1) AS into_id FROM party p WHERE p.kind = 'anonymous' AND p.id % 20 = 0 ORDER BY p.id) v
        WHERE v.into_id IS NOT NULL;
    PERFORM undo_merge(m.id) FROM (SELECT m.id FROM party_merge m ORDER BY m.id LIMIT 1) m WHERE parties > 60;
    DROP TABLE journey_sample;

    FOR one IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(workspace)) AND c.relkind = 'r' ORDER BY c.relname LOOP
        table_name := one.relname;
        -- the views are planned by what is there
        EXECUTE format('ANALYZE %I', one.relname);
        EXECUTE format('SELECT count(*) FROM %I', one.relname) INTO filled;
        RETURN NEXT;
    END LOOP;
END;
$function$;
COMMENT ON FUNCTION journey.sample_workspace(pg_catalog.name, pg_catalog.int4, pg_catalog.timestamptz) IS
    'fills an empty workspace with invented data, marked as a sample, the same each time; returns the rows of each table';
-- workspace, part sla: the agreement between marketing, sales development and sales: who does what, when and how (S4.16)

CREATE FUNCTION journey.workspace_sla(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    CREATE TABLE IF NOT EXISTS work_calendar (
        name text PRIMARY KEY CHECK (name <> ''),
        hours journey.calendar NOT NULL);
    COMMENT ON TABLE work_calendar IS 'working hours by which deadlines run';
    COMMENT ON COLUMN work_calendar.name IS 'name of the calendar';
    COMMENT ON COLUMN work_calendar.hours IS 'time zone, hours of each weekday, holidays, and their versions';
    INSERT INTO work_calendar VALUES ('always', '{"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}') ON CONFLICT DO NOTHING;

    CREATE TABLE IF NOT EXISTS sla_clause (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        name text NOT NULL CHECK (name <> ''),
        valid tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(valid)),
        team text NOT NULL CHECK (team <> ''),
        role text NOT NULL CHECK (role <> ''),
        action text NOT NULL CHECK (action <> ''),
        channel text REFERENCES channel ON UPDATE CASCADE,
        within interval NOT NULL CHECK (within > interval '0' AND extract(month FROM within) = 0 AND extract(year FROM within) = 0),
        calendar text NOT NULL DEFAULT 'always' REFERENCES work_calendar ON UPDATE CASCADE,
        starts_model text NOT NULL CHECK (starts_model IN ('customer', 'lead', 'touch')),
        starts_on text NOT NULL CHECK (starts_on <> ''),
        target double precision NOT NULL DEFAULT 0.9 CHECK (target > 0 AND target <= 1),
        at_risk double precision NOT NULL DEFAULT 0.75 CHECK (at_risk > 0 AND at_risk < 1),
        escalate_to text,
        CONSTRAINT sla_clause_days CHECK (extract(day FROM within) = 0 OR calendar = 'always'));
    COMMENT ON TABLE sla_clause IS 'who does what, by which channel, within how long, from what on (S4.16)';
    COMMENT ON COLUMN sla_clause.id IS 'key';
    COMMENT ON COLUMN sla_clause.name IS 'name of the clause; its versions share it';
    COMMENT ON COLUMN sla_clause.valid IS 'what begins in this time is bound by this version';
    COMMENT ON COLUMN sla_clause.team IS 'team that is bound: marketing, development, sales';
    COMMENT ON COLUMN sla_clause.role IS 'who of the team: WHO';
    COMMENT ON COLUMN sla_clause.action IS 'kind of the touch of ours that fulfils it: WHAT';
    COMMENT ON COLUMN sla_clause.channel IS 'by which way: HOW; null: any';
    COMMENT ON COLUMN sla_clause.within IS 'in how much working time: WHEN; days only where the calendar is always';
    COMMENT ON COLUMN sla_clause.calendar IS 'working hours that count';
    COMMENT ON COLUMN sla_clause.starts_model IS 'what begins it: a stage of the customer or the lead funnel, or a touch of the party';
    COMMENT ON COLUMN sla_clause.starts_on IS 'label of the stage or kind of the touch';
    COMMENT ON COLUMN sla_clause.target IS 'share of the cases that are to be met';
    COMMENT ON COLUMN sla_clause.at_risk IS 'share of the time after which an open case is at risk';
    COMMENT ON COLUMN sla_clause.escalate_to IS 'who is told of cases at risk or missed';
    CREATE INDEX IF NOT EXISTS sla_clause_starts ON sla_clause (starts_model, starts_on);

    CREATE OR REPLACE FUNCTION sla_clause_once() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        other record;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('sla_clause ' || NEW.name, TG_RELID::bigint));
        SELECT c.* INTO other FROM sla_clause c WHERE c.name = NEW.name AND c.id <> NEW.id AND c.valid && NEW.valid LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'versions of clause "%" overlap', NEW.name USING ERRCODE = 'exclusion_violation',
                DETAIL = format('Clause %s is valid in %s, this one in %s.', other.id, other.valid, NEW.valid),
                HINT = 'End the old version before the new one begins: UPDATE sla_clause SET valid = tstzrange(lower(valid), now()).';
        END IF;
        IF NEW.starts_model <> 'touch' AND NOT EXISTS (SELECT FROM stage_definition d WHERE d.model = NEW.starts_model AND d.stage = NEW.starts_on) THEN
            RAISE EXCEPTION 'there is no stage "%" in the % funnel', NEW.starts_on, NEW.starts_model USING ERRCODE = 'foreign_key_violation',
                HINT = format('Its stages are %s.', (SELECT string_agg(d.stage, ', ' ORDER BY d.stage) FROM stage_definition d WHERE d.model = NEW.starts_model));
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION sla_clause_once() IS 'one version of a clause at a time, and only for stages that there are';
    CREATE OR REPLACE TRIGGER sla_clause_once BEFORE INSERT OR UPDATE ON sla_clause FOR EACH ROW EXECUTE FUNCTION sla_clause_once();

    CREATE TABLE IF NOT EXISTS sla_goal (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        team text NOT NULL,
        goal text NOT NULL,
        indicator text NOT NULL,
        target numeric NOT NULL,
        period text NOT NULL DEFAULT 'month' CHECK (period IN ('week', 'month', 'quarter', 'year')),
        owner text NOT NULL,
        UNIQUE (team, indicator, period));
    COMMENT ON TABLE sla_goal IS 'goals of the agreement with the indicators of progress, and who answers for them (S4.16)';
    COMMENT ON COLUMN sla_goal.id IS 'key';
    COMMENT ON COLUMN sla_goal.team IS 'team whose goal it is';
    COMMENT ON COLUMN sla_goal.goal IS 'what is to be reached';
    COMMENT ON COLUMN sla_goal.indicator IS 'the figure that shows progress';
    COMMENT ON COLUMN sla_goal.target IS 'value the figure is to reach';
    COMMENT ON COLUMN sla_goal.period IS 'how often it is looked at';
    COMMENT ON COLUMN sla_goal.owner IS 'who answers for it';

    CREATE TABLE IF NOT EXISTS sla_pause (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint REFERENCES party,
        account_id bigint REFERENCES account,
        clause text,
        during tstzrange NOT NULL CHECK (NOT isempty(during)),
        reason text NOT NULL,
        CONSTRAINT sla_pause_whom CHECK (num_nonnulls(party_id, account_id) = 1));
    COMMENT ON TABLE sla_pause IS 'times in which the clock stands, as when we wait for the customer';
    COMMENT ON COLUMN sla_pause.id IS 'key';
    COMMENT ON COLUMN sla_pause.party_id IS 'for this party';
    COMMENT ON COLUMN sla_pause.account_id IS 'or for this account';
    COMMENT ON COLUMN sla_pause.clause IS 'for the clause of this name; null: for all';
    COMMENT ON COLUMN sla_pause.during IS 'from when to when; open above while it lasts';
    COMMENT ON COLUMN sla_pause.reason IS 'why';
    CREATE INDEX IF NOT EXISTS sla_pause_party ON sla_pause (party_id);
    CREATE INDEX IF NOT EXISTS sla_pause_account ON sla_pause (account_id);

    CREATE TABLE IF NOT EXISTS assignment (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint REFERENCES party,
        account_id bigint REFERENCES account,
        team text NOT NULL,
        assignee text NOT NULL,
        assigned_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(assigned_at)),
        CONSTRAINT assignment_whom CHECK (num_nonnulls(party_id, account_id) = 1));
    COMMENT ON TABLE assignment IS 'who was given a lead, and when: it tells the delay of systems from that of people';
    COMMENT ON COLUMN assignment.id IS 'key';
    COMMENT ON COLUMN assignment.party_id IS 'the party that was given';
    COMMENT ON COLUMN assignment.account_id IS 'or the account';
    COMMENT ON COLUMN assignment.team IS 'to which team';
    COMMENT ON COLUMN assignment.assignee IS 'to whom';
    COMMENT ON COLUMN assignment.assigned_at IS 'when';
    CREATE INDEX IF NOT EXISTS assignment_party ON assignment (party_id, assigned_at);
    CREATE INDEX IF NOT EXISTS assignment_account ON assignment (account_id, assigned_at);

    -- ---------------------------------------------------------------- what is due
    CREATE OR REPLACE FUNCTION sla_cases(as_of timestamptz DEFAULT now())
        RETURNS TABLE (clause_id bigint, clause text, team text, party_id bigint, account_id bigint, started_at timestamptz, due_at timestamptz,
                       met_at timestamptz, state text, used interval, system_delay interval, human_delay interval, escalate_to text)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH started AS (
            SELECT c.id AS clause_id, p.identity AS party_id, NULL::bigint AS account_id, e.at
            FROM sla_clause c JOIN party p ON c.starts_model = 'customer' CROSS JOIN LATERAL journey.events(p.journey) AS e
            WHERE e.label = c.starts_on AND c.valid @> e.at
            UNION
            SELECT c.id, NULL, a.id, e.at
            FROM sla_clause c JOIN account a ON c.starts_model = 'lead' CROSS JOIN LATERAL journey.events(a.journey) AS e
            WHERE e.label = c.starts_on AND c.valid @> e.at
            UNION
            SELECT c.id, p.identity, NULL, CASE c.starts_on WHEN 'lead' THEN min(p.named_at) ELSE min(p.first_seen) END
            FROM sla_clause c JOIN party p ON c.starts_model = 'lead' AND c.starts_on IN ('visitor', 'lead')
            GROUP BY c.id, p.identity
            HAVING c.valid @> CASE c.starts_on WHEN 'lead' THEN min(p.named_at) ELSE min(p.first_seen) END
            UNION
            SELECT c.id, p.identity, NULL, t.at
            FROM sla_clause c JOIN touch t ON c.starts_model = 'touch' AND t.kind = c.starts_on AND NOT t.ours JOIN party p ON p.id = t.party_id
            WHERE c.valid @> t.at),
        timed AS (
            SELECT s.*, c.name, c.team, c.within, c.at_risk, c.escalate_to, w.hours, met.at AS met_at, given.at AS given_at,
                   coalesce(paused.during, '{}') AS paused
            FROM started s JOIN sla_clause c ON c.id = s.clause_id JOIN work_calendar w ON w.name = c.calendar
            LEFT JOIN LATERAL (
                SELECT min(t.at) AS at
                FROM (SELECT p.id FROM party p WHERE p.identity = s.party_id UNION ALL SELECT p.id FROM party p WHERE p.account_id = s.account_id) AS p
                JOIN touch t ON t.party_id = p.id
                WHERE t.ours AND t.kind = c.action AND (c.channel IS NULL OR t.channel = c.channel) AND t.at >= s.at AND t.at <= sla_cases.as_of) AS met ON true
            LEFT JOIN LATERAL (
                SELECT min(g.assigned_at) AS at
                FROM (SELECT a.team, a.assigned_at FROM party p JOIN assignment a ON a.party_id = p.id WHERE p.identity = s.party_id
                      UNION ALL SELECT a.team, a.assigned_at FROM party p JOIN assignment a ON a.party_id = p.id WHERE p.account_id = s.account_id
                      UNION ALL SELECT a.team, a.assigned_at FROM assignment a WHERE a.account_id = s.account_id) AS g
                WHERE g.team = c.team AND g.assigned_at >= s.at AND g.assigned_at <= coalesce(met.at, sla_cases.as_of)) AS given ON true
            LEFT JOIN LATERAL (
                SELECT range_agg(u.during) AS during FROM sla_pause u LEFT JOIN party p ON p.id = u.party_id
                WHERE (u.clause IS NULL OR u.clause = c.name) AND (p.identity = s.party_id OR u.account_id = s.account_id)) AS paused ON true
            WHERE s.at <= sla_cases.as_of),
        -- a pause without an end: nothing falls due while it lasts, but for what was due before
        open AS (
            SELECT t.*, CASE WHEN upper_inf(t.paused) THEN (SELECT max(lower(u.during)) FROM unnest(t.paused) AS u (during)) END AS open_from
            FROM timed t),
        judged AS (
            SELECT o.*, CASE WHEN o.open_from IS NULL
                                  OR journey.business_time(o.at, greatest(o.at, o.open_from), o.hours, o.paused) >= o.within
                             THEN journey.business_add(o.at, o.within, o.hours, CASE WHEN o.open_from IS NULL THEN o.paused ELSE o.paused - tstzmultirange(tstzrange(o.open_from, NULL)) END)
                        END AS due_at,
                   journey.business_time(o.at, coalesce(o.met_at, sla_cases.as_of), o.hours, o.paused) AS used
            FROM open o)
        SELECT j.clause_id, j.name, j.team, j.party_id, j.account_id, j.at, j.due_at, j.met_at,
               CASE WHEN j.met_at <= j.due_at OR j.met_at IS NOT NULL AND j.due_at IS NULL THEN 'met' WHEN j.met_at > j.due_at OR j.due_at < sla_cases.as_of THEN 'missed'
                    WHEN j.paused @> sla_cases.as_of THEN 'paused'
                    WHEN extract(epoch FROM j.used) >= j.at_risk * extract(epoch FROM j.within) THEN 'at_risk' ELSE 'open' END,
               j.used, journey.business_time(j.at, j.given_at, j.hours, j.paused),
               journey.business_time(j.given_at, coalesce(j.met_at, sla_cases.as_of), j.hours, j.paused), j.escalate_to
        FROM judged j;
    END;
    COMMENT ON FUNCTION sla_cases(timestamptz) IS
        'every case that a clause has bound us to, when it is due, whether it was met, and whose delay it was; as of a time';

    CREATE OR REPLACE VIEW sla_status WITH (security_invoker = true) AS SELECT * FROM sla_cases();
    COMMENT ON VIEW sla_status IS 'the cases of the agreement as they are now: open, at_risk, paused, met or missed';
    COMMENT ON COLUMN sla_status.state IS 'met in time; missed, also when it is overdue and still not done; at_risk, open or paused while it is not yet due';
    COMMENT ON COLUMN sla_status.used IS 'working time used so far, pauses left out';
    COMMENT ON COLUMN sla_status.system_delay IS 'working time until somebody was given the case; null: nobody was';
    COMMENT ON COLUMN sla_status.human_delay IS 'working time from then on';
    CREATE OR REPLACE VIEW sla_due WITH (security_invoker = true) AS
        SELECT * FROM sla_status WHERE state IN ('open', 'at_risk', 'paused') ORDER BY due_at;
    COMMENT ON VIEW sla_due IS 'what is to be done, the most urgent first';
    CREATE OR REPLACE VIEW sla_at_risk WITH (security_invoker = true) AS SELECT * FROM sla_status WHERE state = 'at_risk' ORDER BY due_at;
    COMMENT ON VIEW sla_at_risk IS 'what will soon be overdue, and who is to be told';
    CREATE OR REPLACE VIEW sla_missed WITH (security_invoker = true) AS SELECT * FROM sla_status WHERE state = 'missed' ORDER BY due_at;
    COMMENT ON VIEW sla_missed IS 'what was done too late or is overdue';
    CREATE OR REPLACE VIEW sla_met WITH (security_invoker = true) AS SELECT * FROM sla_status WHERE state = 'met' ORDER BY due_at;
    COMMENT ON VIEW sla_met IS 'what was done in time';

    CREATE OR REPLACE FUNCTION sla_compliance(period text DEFAULT 'month', zone text DEFAULT 'UTC', as_of timestamptz DEFAULT now())
        RETURNS TABLE (team text, clause text, period_start date, cases bigint, met bigint, missed bigint, pending bigint,
                       compliance double precision, low double precision, high double precision, target double precision, reached boolean,
                       system_delay interval, human_delay interval)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT g.team, g.clause, g.period_start, g.cases, g.met, g.missed, g.cases - g.met - g.missed,
               w.rate, w.low, w.high, g.target, w.rate >= g.target, g.system_delay, g.human_delay
        FROM (SELECT s.team, s.clause, date_trunc(sla_compliance.period, s.started_at AT TIME ZONE sla_compliance.zone)::date AS period_start,
                     count(*) AS cases, count(*) FILTER (WHERE s.state = 'met') AS met, count(*) FILTER (WHERE s.state = 'missed') AS missed,
                     max(c.target) AS target, avg(s.system_delay) AS system_delay, avg(s.human_delay) AS human_delay
              FROM sla_cases(sla_compliance.as_of) s JOIN sla_clause c ON c.id = s.clause_id GROUP BY 1, 2, 3) g
        CROSS JOIN LATERAL journey.wilson(g.met::double precision, (g.met + g.missed)::double precision) AS w
        ORDER BY 1, 2, 3;
    END;
    COMMENT ON FUNCTION sla_compliance(text, text, timestamptz) IS
        'share of the cases of each period that were met, of those that were met or missed: overdue ones are missed, those not yet due are left out';
    CREATE OR REPLACE VIEW sla_by_month WITH (security_invoker = true) AS SELECT * FROM sla_compliance();
    COMMENT ON VIEW sla_by_month IS 'compliance by team, clause and month in which the cases began, with Wilson intervals';

    -- ---------------------------------------------------------------- the least there should be
    CREATE OR REPLACE VIEW sla_parts WITH (security_invoker = true) AS
        SELECT 1 AS part, 'stage definitions that marketing and sales have agreed to' AS what,
               count(*) FILTER (WHERE d.agreed_at IS NOT NULL) = count(*) AS present,
               format('%s of %s stages of the lead funnel', count(*) FILTER (WHERE d.agreed_at IS NOT NULL), count(*)) AS detail
        FROM stage_definition d WHERE d.model = 'lead'
        UNION ALL
        SELECT 2, 'who does what, when and how', count(*) > 0, format('%s clauses in force', count(*)) FROM sla_clause c WHERE c.valid @> now()
        UNION ALL
        SELECT 3, 'goals, indicators of progress, and who answers for them', count(*) > 0, format('%s goals', count(*)) FROM sla_goal
        ORDER BY 1;
    COMMENT ON VIEW sla_parts IS 'the three parts that an agreement has at least, and whether they are there (S4.16, S4.17)';

    CREATE OR REPLACE FUNCTION sla_template(calendar text DEFAULT 'always') RETURNS bigint
        LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO sla_goal (team, goal, indicator, target, period, owner) VALUES
            ('marketing', 'enough qualified leads', 'new marketing qualified companies', 20, 'month', 'head of marketing'),
            ('development', 'no lead waits', 'share of leads called in time', 0.9, 'month', 'head of sales development'),
            ('sales', 'qualified companies are worked on', 'share of sales qualified companies that become opportunities', 0.5, 'month', 'head of sales')
            ON CONFLICT DO NOTHING;
        WITH made AS (
            INSERT INTO sla_clause (name, team, role, action, channel, within, calendar, starts_model, starts_on, escalate_to)
            SELECT v.* FROM (VALUES
                ('thank a new lead', 'marketing', 'marketer on duty', 'thanks', 'email', interval '1 hour', sla_template.calendar, 'lead', 'lead', 'head of marketing'),
                ('call a qualified company', 'development', 'caller', 'call', 'call', interval '8 hours', sla_template.calendar, 'lead', 'mql', 'head of sales development'),
                ('meet a company that sales has accepted', 'sales', 'account executive', 'meeting', NULL, interval '40 hours', sla_template.calendar, 'lead', 'sql', 'head of sales'))
                AS v (name, team, role, action, channel, within, calendar, starts_model, starts_on, escalate_to)
            WHERE NOT EXISTS (SELECT FROM sla_clause c WHERE c.name = v.name AND c.valid @> now())
            RETURNING 1)
        SELECT count(*) FROM made;
    END;
    COMMENT ON FUNCTION sla_template(text) IS
        'the smallest agreement there should be: a clause for each of the three teams and their goals; the definitions are yours to write (S4.17)';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_sla(pg_catalog.name) IS
    'makes the part of a workspace that knows the agreement between teams: calendars, clauses, cases, compliance';
-- workspace, part success: desired outcomes, experience, gaps, churn, health, revenue kept (S2)

CREATE FUNCTION journey.workspace_success(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    -- ---------------------------------------------------------------- what customers want
    CREATE TABLE IF NOT EXISTS desired_outcome (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        segment_id bigint NOT NULL REFERENCES segment,
        valid daterange NOT NULL DEFAULT daterange(current_date, NULL) CHECK (NOT isempty(valid)),
        required text NOT NULL CHECK (required <> ''),
        functional text NOT NULL CHECK (functional <> ''),
        required_level double precision NOT NULL DEFAULT 1 CHECK (required_level > 0 AND required_level <= 1),
        experience_level double precision NOT NULL DEFAULT 1 CHECK (experience_level > 0 AND experience_level <= 1),
        promised boolean NOT NULL DEFAULT false);
    COMMENT ON TABLE desired_outcome IS 'what customers of a segment want to reach, which is not to use the product; customers change, so it is dated (S2.2, S2.5, S2.8)';
    COMMENT ON COLUMN desired_outcome.id IS 'key';
    COMMENT ON COLUMN desired_outcome.segment_id IS 'whose outcome it is';
    COMMENT ON COLUMN desired_outcome.valid IS 'the days for which this holds';
    COMMENT ON COLUMN desired_outcome.required IS 'the required outcome: what they must reach';
    COMMENT ON COLUMN desired_outcome.functional IS 'what using the product to the end means; it is not the outcome (S2.3)';
    COMMENT ON COLUMN desired_outcome.required_level IS 'degree of the outcome, 0 to 1, that counts as reached';
    COMMENT ON COLUMN desired_outcome.experience_level IS 'share of the experience, 0 to 1, that counts as appropriate';
    COMMENT ON COLUMN desired_outcome.promised IS 'do we promise it; to the ideal customer only (S2.14)';

    CREATE TABLE IF NOT EXISTS experience (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        segment_id bigint NOT NULL REFERENCES segment,
        name text NOT NULL CHECK (name <> ''),
        scope text NOT NULL CHECK (scope IN ('in_app', 'beyond')),
        valid daterange NOT NULL DEFAULT daterange(current_date, NULL) CHECK (NOT isempty(valid)),
        weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0));
    COMMENT ON TABLE experience IS 'the checklist of the appropriate experience of a segment, in the product and beyond it (S2.6, S2.9)';
    COMMENT ON COLUMN experience.id IS 'key';
    COMMENT ON COLUMN experience.segment_id IS 'whose experience it is';
    COMMENT ON COLUMN experience.name IS 'what there must be: an interface for programs, training, a phone at night';
    COMMENT ON COLUMN experience.scope IS 'in the product or beyond it';
    COMMENT ON COLUMN experience.valid IS 'the days for which it is asked';
    COMMENT ON COLUMN experience.weight IS 'how much it counts';

    CREATE OR REPLACE FUNCTION valid_once() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    DECLARE
        other record;
        what text := CASE TG_TABLE_NAME WHEN 'experience' THEN to_jsonb(NEW) ->> 'name' ELSE 'the desired outcome' END;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended(format('%s %s', NEW.segment_id, what), TG_RELID::bigint));
        EXECUTE format('SELECT t.id, t.valid FROM %I t WHERE t.segment_id = $1 AND t.id <> $2 AND t.valid && $3 AND (to_jsonb(t) ->> ''name'') IS NOT DISTINCT FROM $4 LIMIT 1',
                       TG_TABLE_NAME) INTO other USING NEW.segment_id, NEW.id, NEW.valid, to_jsonb(NEW) ->> 'name';
        IF other.id IS NOT NULL THEN
            RAISE EXCEPTION 'effective dates of % overlap', what USING ERRCODE = 'exclusion_violation',
                DETAIL = format('For segment %s there is one in %s already, this one is in %s.', NEW.segment_id, other.valid, NEW.valid),
                HINT = 'End the old one on the day the new one begins.';
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION valid_once() IS 'one version at a time';
    CREATE OR REPLACE TRIGGER valid_once BEFORE INSERT OR UPDATE ON desired_outcome FOR EACH ROW EXECUTE FUNCTION valid_once();
    CREATE OR REPLACE TRIGGER valid_once BEFORE INSERT OR UPDATE ON experience FOR EACH ROW EXECUTE FUNCTION valid_once();

    -- ---------------------------------------------------------------- what they have
    CREATE TABLE IF NOT EXISTS party_segment (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        segment_id bigint NOT NULL REFERENCES segment,
        since date NOT NULL DEFAULT current_date,
        UNIQUE (party_id, since));
    COMMENT ON TABLE party_segment IS 'the segment a party belongs to, from a day on (S2.8)';
    COMMENT ON COLUMN party_segment.id IS 'key';
    COMMENT ON COLUMN party_segment.party_id IS 'who';
    COMMENT ON COLUMN party_segment.segment_id IS 'which segment';
    COMMENT ON COLUMN party_segment.since IS 'from which day on, until the next row of the party';

    CREATE TABLE IF NOT EXISTS outcome_reading (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        functional double precision CHECK (functional BETWEEN 0 AND 1),
        required double precision CHECK (required BETWEEN 0 AND 1),
        expected double precision CHECK (expected >= 0),
        delivered double precision CHECK (delivered >= 0),
        CONSTRAINT outcome_reading_something CHECK (num_nonnulls(functional, required, expected, delivered) > 0));
    COMMENT ON TABLE outcome_reading IS 'how far a customer came: in using the product, and in reaching the outcome, kept apart (S2.2, S2.5)';
    COMMENT ON COLUMN outcome_reading.id IS 'key';
    COMMENT ON COLUMN outcome_reading.party_id IS 'who';
    COMMENT ON COLUMN outcome_reading.at IS 'when it was read';
    COMMENT ON COLUMN outcome_reading.functional IS 'use of the product, 0 to 1';
    COMMENT ON COLUMN outcome_reading.required IS 'required outcome, 0 to 1';
    COMMENT ON COLUMN outcome_reading.expected IS 'what was expected for the price (S1.11, S1.13)';
    COMMENT ON COLUMN outcome_reading.delivered IS 'what was delivered; more than expected is a surprise (S1.11)';
    CREATE INDEX IF NOT EXISTS outcome_reading_party ON outcome_reading (party_id, at);

    CREATE TABLE IF NOT EXISTS experience_reading (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        experience_id bigint NOT NULL REFERENCES experience,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        fit double precision NOT NULL CHECK (fit BETWEEN 0 AND 1));
    COMMENT ON TABLE experience_reading IS 'how well an item of the checklist is met for a customer';
    COMMENT ON COLUMN experience_reading.id IS 'key';
    COMMENT ON COLUMN experience_reading.party_id IS 'who';
    COMMENT ON COLUMN experience_reading.experience_id IS 'which item';
    COMMENT ON COLUMN experience_reading.at IS 'when it was read';
    COMMENT ON COLUMN experience_reading.fit IS 'how well it is met, 0 to 1';
    CREATE INDEX IF NOT EXISTS experience_reading_party ON experience_reading (party_id, experience_id, at);

    CREATE OR REPLACE FUNCTION success_at(at timestamptz DEFAULT now(), identities bigint[] DEFAULT NULL)
        RETURNS TABLE (party_id bigint, segment_id bigint, segment text, is_ideal boolean, functional double precision, required double precision, experience double precision,
                       experience_known bigint, experience_asked bigint, outcome_met boolean, experience_met boolean, state text, gap double precision)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH subject AS (
            SELECT DISTINCT ON (p.identity) p.identity AS party_id, g.segment_id
            FROM party_segment g JOIN party p ON p.id = g.party_id WHERE g.since <= success_at.at::date
              AND (success_at.identities IS NULL OR p.identity = ANY (success_at.identities))
            ORDER BY p.identity, g.since DESC, g.id DESC),
        outcome AS (
            SELECT p.identity AS party_id,
                   (array_agg(r.functional ORDER BY r.at DESC, r.id DESC) FILTER (WHERE r.functional IS NOT NULL))[1] AS functional,
                   (array_agg(r.required ORDER BY r.at DESC, r.id DESC) FILTER (WHERE r.required IS NOT NULL))[1] AS required
            FROM outcome_reading r JOIN party p ON p.id = r.party_id
            WHERE r.at <= success_at.at AND (success_at.identities IS NULL OR p.identity = ANY (success_at.identities)) GROUP BY p.identity),
        fits AS (
            SELECT DISTINCT ON (p.identity, r.experience_id) p.identity AS party_id, r.experience_id, r.fit
            FROM experience_reading r JOIN party p ON p.id = r.party_id
            WHERE r.at <= success_at.at AND (success_at.identities IS NULL OR p.identity = ANY (success_at.identities))
            ORDER BY p.identity, r.experience_id, r.at DESC, r.id DESC),
        felt AS (
            SELECT s.party_id, sum(e.weight * coalesce(f.fit, 0)) / sum(e.weight)::double precision AS experience,
                   count(f.fit) AS known, count(*) AS asked
            FROM subject s JOIN experience e ON e.segment_id = s.segment_id AND e.valid @> success_at.at::date
            LEFT JOIN fits f ON f.party_id = s.party_id AND f.experience_id = e.id GROUP BY s.party_id),
        judged AS (
            SELECT s.party_id, s.segment_id, g.name, g.is_ideal, o.functional, o.required,
                   CASE WHEN f.known > 0 THEN f.experience END AS experience, coalesce(f.known, 0) AS known, coalesce(f.asked, 0) AS asked,
                   o.required >= d.required_level AS outcome_met,
                   CASE WHEN f.known > 0 THEN f.experience >= d.experience_level END AS experience_met
            FROM subject s JOIN segment g ON g.id = s.segment_id
            LEFT JOIN desired_outcome d ON d.segment_id = s.segment_id AND d.valid @> success_at.at::date
            LEFT JOIN outcome o ON o.party_id = s.party_id LEFT JOIN felt f ON f.party_id = s.party_id)
        SELECT j.party_id, j.segment_id, j.name, j.is_ideal, j.functional, j.required, j.experience, j.known, j.asked, j.outcome_met, j.experience_met,
               CASE WHEN j.outcome_met AND j.experience_met THEN 'successful' WHEN j.outcome_met AND NOT j.experience_met THEN 'outcome_only'
                    WHEN NOT j.outcome_met AND j.experience_met THEN 'experience_only'
                    WHEN NOT j.outcome_met AND NOT j.experience_met THEN 'neither_met' END,
               CASE WHEN j.required IS NOT NULL AND j.experience IS NOT NULL THEN j.functional - least(j.required, j.experience) END
        FROM judged j;
    END;
    COMMENT ON FUNCTION success_at(timestamptz, bigint[]) IS
        'the state of each customer: outcome and experience both, one of them, or none; null where one is not known; as of a time, for all or some identities (S2.10, S2.11)';

    CREATE OR REPLACE VIEW success_state WITH (security_invoker = true) AS SELECT * FROM success_at();
    COMMENT ON VIEW success_state IS 'success is outcome AND experience; the gap is use of the product less the smaller of both (S2.10, S2.11)';
    COMMENT ON COLUMN success_state.state IS 'successful; outcome_only: stays until a better vendor comes; experience_only and neither_met: leaves';
    COMMENT ON COLUMN success_state.gap IS 'functional use less the smaller of required outcome and experience; null while one of the three is not known';
    CREATE OR REPLACE VIEW success_gap WITH (security_invoker = true) AS
        SELECT s.segment, s.is_ideal, count(*) AS customers, count(s.state) AS known,
               count(*) FILTER (WHERE s.state = 'successful') AS successful, count(*) FILTER (WHERE s.state = 'outcome_only') AS outcome_only,
               count(*) FILTER (WHERE s.state = 'experience_only') AS experience_only, count(*) FILTER (WHERE s.state = 'neither_met') AS neither_met,
               avg(s.gap) AS gap,
               count(*) FILTER (WHERE s.functional = 1 AND NOT s.outcome_met)::double precision
                   / nullif(count(*) FILTER (WHERE s.functional = 1 AND s.outcome_met IS NOT NULL), 0) AS no_outcome_given_use,
               count(*) FILTER (WHERE s.functional = 1 AND NOT s.experience_met)::double precision
                   / nullif(count(*) FILTER (WHERE s.functional = 1 AND s.experience_met IS NOT NULL), 0) AS no_experience_given_use
        FROM success_state s GROUP BY s.segment, s.is_ideal ORDER BY s.is_ideal DESC, s.segment;
    COMMENT ON VIEW success_gap IS
        'customers by state and segment; gaps of customers who are not ideal are shown but are not failures (S2.1, S2.3, S2.13)';
    COMMENT ON COLUMN success_gap.no_outcome_given_use IS 'of those who used the product to the end, the share that did not reach the outcome (S2.3)';
    COMMENT ON COLUMN success_gap.no_experience_given_use IS 'and the share that did not have the experience';
    CREATE OR REPLACE VIEW success_headline WITH (security_invoker = true) AS
        SELECT count(s.state) AS ideal_customers, count(*) FILTER (WHERE s.state = 'successful') AS successful, w.rate, w.low, w.high
        FROM success_state s
        CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE a.state = 'successful')::double precision AS yes, count(a.state)::double precision AS n
                            FROM success_state a WHERE a.is_ideal) AS t
        CROSS JOIN LATERAL journey.wilson(t.yes, t.n) AS w
        WHERE s.is_ideal GROUP BY w.rate, w.low, w.high;
    COMMENT ON VIEW success_headline IS 'share of the ideal customers that are successful, with its Wilson interval (S2.13)';

    CREATE OR REPLACE FUNCTION experience_drift(from_at timestamptz, to_at timestamptz DEFAULT now())
        RETURNS TABLE (segment text, added text[], dropped text[], experience_before double precision, experience_after double precision, moved bigint)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT g.name,
               ARRAY(SELECT e.name FROM experience e WHERE e.segment_id = g.id AND e.valid @> to_at::date AND NOT EXISTS (
                         SELECT FROM experience o WHERE o.segment_id = g.id AND o.name = e.name AND o.valid @> from_at::date) ORDER BY 1),
               ARRAY(SELECT e.name FROM experience e WHERE e.segment_id = g.id AND e.valid @> from_at::date AND NOT EXISTS (
                         SELECT FROM experience o WHERE o.segment_id = g.id AND o.name = e.name AND o.valid @> to_at::date) ORDER BY 1),
               (SELECT avg(b.experience) FROM success_at(from_at) b WHERE b.segment_id = g.id),
               (SELECT avg(a.experience) FROM success_at(to_at) a WHERE a.segment_id = g.id),
               (SELECT count(*) FROM success_at(from_at) b JOIN success_at(to_at) a ON a.party_id = b.party_id
                WHERE b.segment_id = g.id AND a.segment_id <> b.segment_id)
        FROM segment g ORDER BY 1;
    END;
    COMMENT ON FUNCTION experience_drift(timestamptz, timestamptz) IS
        'what each segment asks for now and did not before, how well it was served then and is now, and who left it (S2.8)';

    -- ---------------------------------------------------------------- no advocate without both
    CREATE OR REPLACE FUNCTION refresh_success_of(parties bigint[]) RETURNS bigint LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $body$
    DECLARE
        chosen bigint[];
        changed bigint;
    BEGIN
        IF parties IS NOT NULL THEN
            chosen := ARRAY(SELECT DISTINCT p.identity FROM party p WHERE p.id = ANY (parties) ORDER BY 1);
        END IF;
        UPDATE party p SET outcome_met = s.outcome_met, experience_met = s.experience_met
        FROM party q LEFT JOIN success_at(now(), chosen) s ON s.party_id = q.identity
        WHERE q.id = p.id AND (chosen IS NULL OR q.identity = ANY (chosen))
          AND (p.outcome_met, p.experience_met) IS DISTINCT FROM (s.outcome_met, s.experience_met);
        GET DIAGNOSTICS changed = ROW_COUNT;
        RETURN changed;
    END;
    $body$;
    COMMENT ON FUNCTION refresh_success_of(bigint[]) IS
        'keeps in party what the guard of the advocate stage looks at, for some parties or, given null, all; returns how many rows changed';
    CREATE OR REPLACE FUNCTION refresh_success(party_id bigint DEFAULT NULL) RETURNS bigint LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT refresh_success_of(CASE WHEN refresh_success.party_id IS NOT NULL THEN ARRAY[refresh_success.party_id] END);
    END;
    COMMENT ON FUNCTION refresh_success(bigint) IS
        'keeps in party what the guard of the advocate stage looks at, for one party or all; returns how many rows changed';
    -- once for each statement, for those whom it is about
    CREATE OR REPLACE FUNCTION success_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF TG_NARGS = 0 THEN
            PERFORM refresh_success();
        ELSIF TG_OP = 'UPDATE' THEN
            PERFORM refresh_success_of(ARRAY(SELECT c.party_id FROM changed c UNION SELECT w.party_id FROM was w));
        ELSE
            PERFORM refresh_success_of(ARRAY(SELECT DISTINCT c.party_id FROM changed c));
        END IF;
        RETURN NULL;
    END;
    $body$;
    COMMENT ON FUNCTION success_kept() IS 'calls refresh_success for whom a reading is, and for all when the definition changes';
    CREATE OR REPLACE TRIGGER success_kept AFTER INSERT OR UPDATE OR DELETE ON desired_outcome FOR EACH STATEMENT EXECUTE FUNCTION success_kept();
    CREATE OR REPLACE TRIGGER success_kept AFTER INSERT OR UPDATE OR DELETE ON experience FOR EACH STATEMENT EXECUTE FUNCTION success_kept();
    CREATE OR REPLACE TRIGGER success_kept_insert AFTER INSERT ON outcome_reading REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_update AFTER UPDATE ON outcome_reading REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_delete AFTER DELETE ON outcome_reading REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_insert AFTER INSERT ON experience_reading REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_update AFTER UPDATE ON experience_reading REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_delete AFTER DELETE ON experience_reading REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_insert AFTER INSERT ON party_segment REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_update AFTER UPDATE ON party_segment REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');
    CREATE OR REPLACE TRIGGER success_kept_delete AFTER DELETE ON party_segment REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION success_kept('party');

    -- ---------------------------------------------------------------- gaps closed, customers lost
    CREATE TABLE IF NOT EXISTS gap_action (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        cause text NOT NULL CHECK (cause <> ''),
        action text NOT NULL CHECK (action <> ''),
        owner text NOT NULL,
        due date NOT NULL,
        done_at timestamptz,
        gap_before double precision,
        gap_after double precision);
    COMMENT ON TABLE gap_action IS 'what we do about a gap before the customer leaves: cause, owner, due, effect (S2.3, S2.4)';
    COMMENT ON COLUMN gap_action.id IS 'key';
    COMMENT ON COLUMN gap_action.party_id IS 'whose gap';
    COMMENT ON COLUMN gap_action.cause IS 'what it comes from: list, copy, call to action, subject, landing page, offer, ...';
    COMMENT ON COLUMN gap_action.action IS 'what is done';
    COMMENT ON COLUMN gap_action.owner IS 'who does it';
    COMMENT ON COLUMN gap_action.due IS 'until when';
    COMMENT ON COLUMN gap_action.done_at IS 'when it was done';
    COMMENT ON COLUMN gap_action.gap_before IS 'the gap before';
    COMMENT ON COLUMN gap_action.gap_after IS 'the gap after';
    CREATE INDEX IF NOT EXISTS gap_action_party ON gap_action (party_id);

    CREATE TABLE IF NOT EXISTS churn (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        reason text NOT NULL CHECK (reason IN ('no_outcome', 'no_experience', 'not_ideal', 'other')),
        note text);
    COMMENT ON TABLE churn IS 'who left, and why: there are two reasons, and not being the ideal customer (S2.15)';
    COMMENT ON COLUMN churn.id IS 'key';
    COMMENT ON COLUMN churn.party_id IS 'who';
    COMMENT ON COLUMN churn.at IS 'when';
    COMMENT ON COLUMN churn.reason IS 'no_outcome, no_experience, not_ideal or other';
    COMMENT ON COLUMN churn.note IS 'in their words';
    CREATE INDEX IF NOT EXISTS churn_party ON churn (party_id);
    CREATE OR REPLACE VIEW churn_by_state WITH (security_invoker = true) AS
        SELECT g.state, g.customers, g.churned, w.rate, w.low, w.high
        FROM (SELECT s.state, count(*) AS customers, count(c.party_id) AS churned
              FROM success_state s LEFT JOIN (SELECT DISTINCT p.identity AS party_id FROM churn x JOIN party p ON p.id = x.party_id) c ON c.party_id = s.party_id
              WHERE s.state IS NOT NULL GROUP BY s.state) g
        CROSS JOIN LATERAL journey.wilson(g.churned::double precision, g.customers::double precision) AS w ORDER BY g.state;
    COMMENT ON VIEW churn_by_state IS 'share of the customers of each state that have left, with Wilson intervals (S2.11)';

    -- ---------------------------------------------------------------- health
    CREATE TABLE IF NOT EXISTS health_signal (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        name text NOT NULL CHECK (name <> ''),
        value double precision CHECK (value BETWEEN 0 AND 1),
        weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)));
    COMMENT ON TABLE health_signal IS 'signs of the health of a customer';
    COMMENT ON COLUMN health_signal.id IS 'key';
    COMMENT ON COLUMN health_signal.party_id IS 'whose';
    COMMENT ON COLUMN health_signal.name IS 'name of the sign: use, tickets, payments, ...';
    COMMENT ON COLUMN health_signal.value IS 'from 0, ill, to 1, well; null: it could not be read';
    COMMENT ON COLUMN health_signal.weight IS 'how much it counts in the mean';
    COMMENT ON COLUMN health_signal.at IS 'when it was read';
    CREATE INDEX IF NOT EXISTS health_signal_party ON health_signal (party_id, name, at);

    CREATE OR REPLACE FUNCTION health(method text DEFAULT 'minimum', nulls text DEFAULT 'skip', at timestamptz DEFAULT now())
        RETURNS TABLE (party_id bigint, health double precision, signals bigint, unknown bigint, worst text)
        LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $body$
    #variable_conflict use_column
    BEGIN
        IF health.method IS NULL OR health.method NOT IN ('mean', 'worst', 'minimum') THEN
            RAISE EXCEPTION 'unknown method of health: %', health.method USING ERRCODE = 'invalid_parameter_value',
                HINT = 'The methods are mean (weighted), worst (of the signals) and minimum (of outcome and experience).';
        ELSIF health.nulls IS NULL OR health.nulls NOT IN ('skip', 'zero', 'unknown') THEN
            RAISE EXCEPTION 'unknown rule for nulls: %', health.nulls USING ERRCODE = 'invalid_parameter_value',
                HINT = 'The rules are skip, zero, and unknown (the whole is null).';
        END IF;
        RETURN QUERY
        WITH latest AS (
            SELECT DISTINCT ON (p.identity, s.name) p.identity AS party_id, s.name, s.value::double precision AS value, s.weight::double precision AS weight
            FROM health_signal s JOIN party p ON p.id = s.party_id WHERE s.at <= health.at AND health.method <> 'minimum'
            ORDER BY p.identity, s.name, s.at DESC, s.id DESC),
        signal AS (
            SELECT * FROM latest
            UNION ALL
            SELECT s.party_id, v.name, v.value, 1 FROM success_at(health.at) s
            CROSS JOIN LATERAL (VALUES ('required outcome', s.required::double precision), ('experience', s.experience)) AS v (name, value)
            WHERE health.method = 'minimum'),
        ruled AS (SELECT s.*, CASE WHEN health.nulls = 'zero' THEN coalesce(s.value, 0) ELSE s.value END AS ruled FROM signal s)
        SELECT r.party_id,
               CASE WHEN health.nulls = 'unknown' AND count(r.value) < count(*) THEN NULL
                    WHEN health.method = 'mean' THEN sum(r.ruled * r.weight) / sum(r.weight) FILTER (WHERE r.ruled IS NOT NULL)
                    ELSE min(r.ruled) END,
               count(*), count(*) - count(r.value),
               (array_agg(r.name ORDER BY r.ruled, r.name) FILTER (WHERE r.ruled IS NOT NULL))[1]
        FROM ruled r GROUP BY r.party_id ORDER BY r.party_id;
    END;
    $body$;
    COMMENT ON FUNCTION health(text, text, timestamptz) IS
        'health of each customer: weighted mean, worst sign, or the smaller of outcome and experience; what is unknown is skipped, zero, or makes the whole unknown (S2.10)';

    -- ---------------------------------------------------------------- revenue that stays
    CREATE TABLE IF NOT EXISTS revenue (
        party_id bigint NOT NULL REFERENCES party,
        month date NOT NULL CHECK (extract(day FROM month) = 1),
        amount numeric NOT NULL CHECK (amount >= 0),
        PRIMARY KEY (party_id, month));
    COMMENT ON TABLE revenue IS 'recurring revenue of a customer, by month';
    COMMENT ON COLUMN revenue.party_id IS 'who pays';
    COMMENT ON COLUMN revenue.month IS 'first day of the month';
    COMMENT ON COLUMN revenue.amount IS 'how much';

    CREATE OR REPLACE FUNCTION revenue_retention(months integer DEFAULT 12)
        RETURNS TABLE (month date, customers bigint, kept bigint, logo_retention double precision, beginning numeric, churned numeric, contraction numeric,
                       expansion numeric, grr numeric, nrr numeric)
        LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH whole AS (SELECT p.identity AS party_id, r.month, sum(r.amount) AS amount FROM revenue r JOIN party p ON p.id = r.party_id GROUP BY 1, 2),
        pair AS (
            SELECT (b.month + make_interval(months => revenue_retention.months))::date AS month, b.amount AS was, coalesce(a.amount, 0) AS became
            FROM whole b LEFT JOIN whole a ON a.party_id = b.party_id AND a.month = (b.month + make_interval(months => revenue_retention.months))::date
            WHERE b.amount > 0 AND b.month + make_interval(months => revenue_retention.months) <= (SELECT max(w.month) FROM whole w))
        SELECT p.month, count(*), count(*) FILTER (WHERE p.became > 0), count(*) FILTER (WHERE p.became > 0)::double precision / count(*),
               sum(p.was), sum(p.was) FILTER (WHERE p.became = 0), sum(p.was - p.became) FILTER (WHERE p.became > 0 AND p.became < p.was),
               sum(p.became - p.was) FILTER (WHERE p.became > p.was), sum(least(p.became, p.was)) / sum(p.was), sum(p.became) / sum(p.was)
        FROM pair p GROUP BY p.month ORDER BY p.month;
    END;
    COMMENT ON FUNCTION revenue_retention(integer) IS
        'of those who paid so many months before, who still does, and gross and net revenue retention: GRR = (beginning - churned - contraction) / beginning; NRR adds expansion';
    CREATE OR REPLACE VIEW revenue_cohorts WITH (security_invoker = true) AS
        WITH whole AS (SELECT p.identity AS party_id, r.month, sum(r.amount) AS amount FROM revenue r JOIN party p ON p.id = r.party_id GROUP BY 1, 2),
        first AS (SELECT w.party_id, min(w.month) AS cohort FROM whole w WHERE w.amount > 0 GROUP BY 1)
        SELECT f.cohort, ((extract(year FROM w.month) - extract(year FROM f.cohort)) * 12 + extract(month FROM w.month) - extract(month FROM f.cohort))::integer AS age,
               count(*) FILTER (WHERE w.amount > 0) AS customers, sum(w.amount) AS revenue
        FROM first f JOIN whole w ON w.party_id = f.party_id AND w.month >= f.cohort GROUP BY 1, 2 ORDER BY 1, 2;
    COMMENT ON VIEW revenue_cohorts IS 'the retention triangle: customers and revenue by month of the first payment and age in months';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_success(pg_catalog.name) IS
    'makes the part of a workspace that knows desired outcomes, experience, gaps, churn, health and revenue kept';
-- workspace, part touch: what happened between us and a party: channels, touches, permission

CREATE FUNCTION journey.workspace_touch(workspace pg_catalog.name) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('search_path', journey.workspace_path(workspace), true);

    CREATE TABLE IF NOT EXISTS channel (
        name text PRIMARY KEY CHECK (name <> ''),
        online boolean NOT NULL,
        paid boolean NOT NULL DEFAULT false);
    COMMENT ON TABLE channel IS 'the ways of meeting somebody, offline ones as well (S1.4, S4.10)';
    COMMENT ON COLUMN channel.name IS 'name of the channel';
    COMMENT ON COLUMN channel.online IS 'is it on the net; a shop, a call, an advertisement are not';
    COMMENT ON COLUMN channel.paid IS 'is it paid for by the contact';
    INSERT INTO channel (name, online, paid) VALUES
        ('site', true, false), ('search', true, false), ('social', true, false), ('messenger', true, false), ('email', true, false),
        ('webinar', true, false), ('ads', true, true), ('tv', false, true), ('print', false, true), ('shop', false, false),
        ('call', false, false), ('event', false, false), ('training', false, false), ('referral', false, false), ('partner', false, false)
        ON CONFLICT DO NOTHING;

    CREATE TABLE IF NOT EXISTS touch (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
        channel text NOT NULL REFERENCES channel ON UPDATE CASCADE,
        kind text NOT NULL CHECK (kind <> ''),
        ours boolean NOT NULL DEFAULT false,
        interest text,
        points numeric,
        cost numeric CHECK (cost >= 0),
        rating smallint CHECK (rating BETWEEN 0 AND 10),
        actor text,
        note text);
    COMMENT ON TABLE touch IS 'every contact, whoever began it: visits, mails, calls, demonstrations, content used (S0.4 to S0.12)';
    COMMENT ON COLUMN touch.id IS 'key';
    COMMENT ON COLUMN touch.party_id IS 'with whom';
    COMMENT ON COLUMN touch.at IS 'when';
    COMMENT ON COLUMN touch.channel IS 'by which way';
    COMMENT ON COLUMN touch.kind IS 'what happened: visit, download, demonstration, proof, call, share, ...';
    COMMENT ON COLUMN touch.ours IS 'did we begin it; such touches tire (S1.2)';
    COMMENT ON COLUMN touch.interest IS 'the subject it was about (S1.5)';
    COMMENT ON COLUMN touch.points IS 'points it is worth where a scoring model does not say so';
    COMMENT ON COLUMN touch.cost IS 'what it cost to serve the party by it (S0.12)';
    COMMENT ON COLUMN touch.rating IS 'how valuable the party found it, 0 to 10 (S0.12)';
    COMMENT ON COLUMN touch.actor IS 'who of us it was; null: a system';
    COMMENT ON COLUMN touch.note IS 'anything else';
    CREATE INDEX IF NOT EXISTS touch_party ON touch (party_id, at);
    CREATE INDEX IF NOT EXISTS touch_at ON touch USING brin (at);

    -- ---------------------------------------------------------------- permission
    CREATE TABLE IF NOT EXISTS consent (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        party_id bigint NOT NULL REFERENCES party,
        scope text NOT NULL DEFAULT 'contact' CHECK (scope <> ''),
        kind text NOT NULL CHECK (kind IN ('verbal', 'electronic')),
        evidence text NOT NULL CHECK (evidence <> ''),
        given_at timestamptz NOT NULL DEFAULT now() CHECK (isfinite(given_at)),
        withdrawn_at timestamptz CHECK (isfinite(withdrawn_at)),
        CONSTRAINT consent_order CHECK (withdrawn_at >= given_at));
    COMMENT ON TABLE consent IS 'who permitted what, how, and until when; rows are added and closed, not changed (S1.7)';
    COMMENT ON COLUMN consent.id IS 'key';
    COMMENT ON COLUMN consent.party_id IS 'who gave it';
    COMMENT ON COLUMN consent.scope IS 'what it covers: contact, email, call, profile, ...';
    COMMENT ON COLUMN consent.kind IS 'spoken or electronic (S1.7)';
    COMMENT ON COLUMN consent.evidence IS 'how it can be shown: who heard it, which form';
    COMMENT ON COLUMN consent.given_at IS 'since when';
    COMMENT ON COLUMN consent.withdrawn_at IS 'when it was taken back; null: it holds';
    CREATE UNIQUE INDEX IF NOT EXISTS consent_holds ON consent (party_id, scope) WHERE withdrawn_at IS NULL;

    CREATE OR REPLACE FUNCTION consent_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        IF TG_OP = 'DELETE' OR ROW (NEW.id, NEW.party_id, NEW.scope, NEW.kind, NEW.given_at)
            IS DISTINCT FROM ROW (OLD.id, OLD.party_id, OLD.scope, OLD.kind, OLD.given_at)
            OR OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at
        THEN
            RAISE EXCEPTION 'consent % is a record and stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation',
                HINT = 'To take it back, set withdrawn_at; to give it again, add a row.';
        END IF;
        RETURN NEW;
    END;
    $body$;
    COMMENT ON FUNCTION consent_kept() IS 'a consent is only ever closed';
    CREATE OR REPLACE TRIGGER consent_kept BEFORE UPDATE OR DELETE ON consent FOR EACH ROW EXECUTE FUNCTION consent_kept();

    CREATE OR REPLACE FUNCTION consent_noted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
    BEGIN
        UPDATE party p SET consented = has_consent(p.id)
        WHERE p.identity = (SELECT m.identity FROM party m WHERE m.id = NEW.party_id) AND p.consented <> has_consent(p.id);
        RETURN NULL;
    END;
    $body$;
    COMMENT ON FUNCTION consent_noted() IS 'keeps in party what the guard of the choice stage looks at';
    CREATE OR REPLACE TRIGGER consent_noted AFTER INSERT OR UPDATE ON consent FOR EACH ROW EXECUTE FUNCTION consent_noted();

    CREATE OR REPLACE FUNCTION has_consent(party_id bigint, scope text DEFAULT 'contact', at timestamptz DEFAULT now()) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT EXISTS (
            SELECT FROM party p JOIN party m ON m.identity = p.identity JOIN consent c ON c.party_id = m.id
            WHERE p.id = has_consent.party_id AND c.scope IN (has_consent.scope, 'contact')
              AND c.given_at <= has_consent.at AND (c.withdrawn_at IS NULL OR c.withdrawn_at > has_consent.at));
    END;
    COMMENT ON FUNCTION has_consent(bigint, text, timestamptz) IS
        'may this party be contacted for this at that time; consent to contact covers every scope';
END;
$function$;
COMMENT ON FUNCTION journey.workspace_touch(pg_catalog.name) IS
    'makes the part of a workspace that knows channels, touches and consent';
