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
    wrong record;
BEGIN
    SELECT w.name, w.wanted, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type INTO wrong
        FROM (VALUES (1, outcome, 'boolean'::pg_catalog.regtype), (2, features, 'jsonb')) w (n, name, wanted)
        LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_type t ON t.oid = a.atttypid
        WHERE (CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END) IS DISTINCT FROM w.wanted::pg_catalog.oid ORDER BY w.n LIMIT 1;
    IF wrong.type IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" of % is of type %, not %', wrong.name, source, wrong.type, wrong.wanted USING ERRCODE = 'datatype_mismatch',
            HINT = 'A model is learned from an outcome (boolean) and features (jsonb), such as {"visits": 3, "country": "DE"}.';
    ELSIF wrong.name IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" of % does not exist', wrong.name, source USING ERRCODE = 'undefined_column';
    END IF;
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
    'the probability that a calibration gives a score';