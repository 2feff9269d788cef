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
    SSPACE = 1024,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey.journey_agg(label pg_catalog.text, at pg_catalog.timestamptz) IS
    'the journey through these labels; rows without a label or a time are ignored, and no rows give null';
CREATE AGGREGATE journey.journey_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    SSPACE = 1024,
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
--
-- The arrays are of a domain of their own.  An operator for text[] itself would be nearer to "tags && '{new}'" than that of
-- pg_catalog for any array, and take it over wherever journey is in the search_path.

CREATE DOMAIN journey.journey_labels AS pg_catalog.text[];
COMMENT ON DOMAIN journey.journey_labels IS 'labels that a journey is asked for: any array of text';
CREATE FUNCTION journey.journey_contains(journey.journey, journey.journey_labels) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_contains' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_contains(journey.journey, journey.journey_labels) IS
    'implementation of @> operator';
CREATE FUNCTION journey.journey_contained(journey.journey_labels, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_contained' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_contained(journey.journey_labels, journey.journey) IS
    'implementation of <@ operator';
CREATE FUNCTION journey.journey_overlaps(journey.journey, journey.journey_labels) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_overlaps' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_overlaps(journey.journey, journey.journey_labels) IS
    'implementation of && operator';
CREATE FUNCTION journey.journey_overlapped(journey.journey_labels, journey.journey) RETURNS pg_catalog.bool
    AS 'MODULE_PATHNAME', 'journey_overlapped' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey.journey_overlapped(journey.journey_labels, journey.journey) IS
    'implementation of && operator';
CREATE OPERATOR journey.@> (
    LEFTARG = journey.journey, RIGHTARG = journey.journey_labels, FUNCTION = journey.journey_contains,
    COMMUTATOR = OPERATOR(journey.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.@> (journey.journey, journey.journey_labels) IS 'the journey visited all of these labels';
CREATE OPERATOR journey.<@ (
    LEFTARG = journey.journey_labels, RIGHTARG = journey.journey, FUNCTION = journey.journey_contained,
    COMMUTATOR = OPERATOR(journey.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.<@ (journey.journey_labels, journey.journey) IS 'the journey visited all of these labels';
CREATE OPERATOR journey.&& (
    LEFTARG = journey.journey, RIGHTARG = journey.journey_labels, FUNCTION = journey.journey_overlaps,
    COMMUTATOR = OPERATOR(journey.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.&& (journey.journey, journey.journey_labels) IS 'the journey visited one of these labels';
CREATE OPERATOR journey.&& (
    LEFTARG = journey.journey_labels, RIGHTARG = journey.journey, FUNCTION = journey.journey_overlapped,
    COMMUTATOR = OPERATOR(journey.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR journey.&& (journey.journey_labels, journey.journey) IS 'the journey visited one of these labels';
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
    OPERATOR 1 journey.@> (journey.journey, journey.journey_labels),
    OPERATOR 2 journey.&& (journey.journey, journey.journey_labels),
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
