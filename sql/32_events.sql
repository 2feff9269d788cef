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
