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
