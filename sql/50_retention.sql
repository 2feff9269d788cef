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

