\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \quit

-- From 0.1.0 to 0.2.0.  What is new, changed or gone in a part NN_TOPIC.sql is here under the name of that topic.

-- 10_timeline: the planner is told how big states are

CREATE OR REPLACE AGGREGATE journey.journey_agg(label pg_catalog.text, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    SSPACE = 1024,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.journey_agg(label pg_catalog.anyenum, at pg_catalog.timestamptz) (
    SFUNC = journey.journey_agg_add,
    STYPE = journey.journey,
    SSPACE = 1024,
    COMBINEFUNC = journey.journey_agg_combine,
    FINALFUNC = journey.journey_agg_final,
    PARALLEL = SAFE
);

-- 36_window_funnel: the same

CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamptz_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamptz, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_timestamp_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.timestamp, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_date_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.interval, options pg_catalog.text, at pg_catalog.date, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.int8, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_level_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.window_funnel_times(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_times_int8_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
CREATE OR REPLACE AGGREGATE journey.step_log(within pg_catalog.int8, options pg_catalog.text, at pg_catalog.int8, VARIADIC conditions pg_catalog.bool[]) (
    SFUNC = journey.step_log_accum,
    STYPE = journey.step_log,
    SSPACE = 512,
    FINALFUNC = journey.step_log_final,
    COMBINEFUNC = journey.step_log_combine,
    PARALLEL = SAFE
);
