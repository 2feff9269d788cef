\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \quit

-- From 0.1.0 to 0.2.0.  What is new, changed or gone in a part NN_TOPIC.sql is here under the name of that topic.

-- timeline

-- Operators for text[] took "tags && '{new}'" over from pg_catalog wherever journey was in the search_path; now they are for a
-- domain.  Views and rules of the user's may use them, so that they are not dropped and made anew, but changed where they are.
CREATE DOMAIN journey.journey_labels AS pg_catalog.text[];
COMMENT ON DOMAIN journey.journey_labels IS 'labels that a journey is asked for: any array of text';
DO $$
DECLARE
    texts CONSTANT pg_catalog.oid := 'pg_catalog.text[]'::pg_catalog.regtype;
    labels CONSTANT pg_catalog.oid := 'journey.journey_labels'::pg_catalog.regtype;
    functions CONSTANT pg_catalog.oid[] := ARRAY[
        'journey.journey_contains(journey.journey, pg_catalog.text[])'::pg_catalog.regprocedure,
        'journey.journey_contained(pg_catalog.text[], journey.journey)'::pg_catalog.regprocedure,
        'journey.journey_overlaps(journey.journey, pg_catalog.text[])'::pg_catalog.regprocedure,
        'journey.journey_overlapped(pg_catalog.text[], journey.journey)'::pg_catalog.regprocedure];
    operators CONSTANT pg_catalog.oid[] := ARRAY[
        'journey.@>(journey.journey, pg_catalog.text[])'::pg_catalog.regoperator,
        'journey.<@(pg_catalog.text[], journey.journey)'::pg_catalog.regoperator,
        'journey.&&(journey.journey, pg_catalog.text[])'::pg_catalog.regoperator,
        'journey.&&(pg_catalog.text[], journey.journey)'::pg_catalog.regoperator];
BEGIN
    UPDATE pg_catalog.pg_proc SET proargtypes = (
            pg_catalog.array_to_string(pg_catalog.array_replace(ARRAY[proargtypes[0], proargtypes[1]], texts, labels), ' '))::pg_catalog.oidvector
        WHERE oid OPERATOR(pg_catalog.=) ANY (functions);
    UPDATE pg_catalog.pg_operator SET oprleft = CASE WHEN oprleft OPERATOR(pg_catalog.=) texts THEN labels ELSE oprleft END,
            oprright = CASE WHEN oprright OPERATOR(pg_catalog.=) texts THEN labels ELSE oprright END
        WHERE oid OPERATOR(pg_catalog.=) ANY (operators);
    UPDATE pg_catalog.pg_amop SET amoprighttype = labels
        WHERE amopopr OPERATOR(pg_catalog.=) ANY (operators) AND amoprighttype OPERATOR(pg_catalog.=) texts;
    INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f, 0, 'pg_catalog.pg_type'::pg_catalog.regclass, labels, 0, 'n'
        FROM pg_catalog.unnest(functions) f
        UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o, 0, 'pg_catalog.pg_type'::pg_catalog.regclass, labels, 0, 'n'
        FROM pg_catalog.unnest(operators) o;
END
$$;

-- conversion

DROP FUNCTION journey.conversion_curve();
CREATE TYPE journey.conversion_share AS (
    share pg_catalog.float8, plateau pg_catalog.float8, greenwood pg_catalog.float8, horizon pg_catalog.float8);
COMMENT ON TYPE journey.conversion_share IS
    'the share that has converted by a time and by the horizon, the sum of Greenwood there, and the horizon in seconds';
CREATE FUNCTION journey.conversion_share(entered_at pg_catalog.timestamptz, converted_at pg_catalog.timestamptz, watched_until pg_catalog.timestamptz)
    RETURNS journey.conversion_share
    AS 'MODULE_PATHNAME', 'conversion_share' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey.conversion_share(pg_catalog.timestamptz, pg_catalog.timestamptz, pg_catalog.timestamptz) IS
    'the share of the partition that has converted by the time for which this row was watched, and by the horizon';
CREATE OR REPLACE FUNCTION journey.conversion(
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
    fact AS (
        SELECT f.*, journey.conversion_share(f.at, f.converted_at, f.till) OVER (PARTITION BY f.step) AS curve
        FROM (
            SELECT s.dim, (s.c).step AS step, (s.c).entered_at AS at, (s.c).converted_at AS converted_at, (s.c).watched_until AS till
            FROM (SELECT %s AS dim, journey.cohort_steps(t.%I, $1, $2, $3, $4, $5) AS c FROM %s t) s) f),
    tally AS (
        SELECT f.dim, f.key, f.step, count(*) AS entered, count(f.converted_at) AS converted, $3 - max(f.at) AS age,
               CASE WHEN max(f.plateau) > 0 THEN avg(LEAST(f.share, f.plateau)) / max(f.plateau) END AS maturity,
               CASE WHEN max(f.plateau) > 0 THEN
                   (count(f.converted_at) + sum(CASE WHEN f.converted_at IS NULL AND f.share < f.plateau
                                                     THEN (f.plateau - f.share) / (1 - f.share) ELSE 0 END)) / count(*) END AS expected
        FROM (
            SELECT dim, date_trunc($9, at AT TIME ZONE $8) AS key, step, at, converted_at, (curve).share AS share, (curve).plateau AS plateau
            FROM fact WHERE ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7)) f
        GROUP BY 1, 2, 3),
    span AS (SELECT min(key) AS low, max(key) AS high FROM tally)$query$, split, source.column_name, source.relation);
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
CREATE OR REPLACE FUNCTION journey.quality(
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
    tally AS (
        SELECT g, count(*) AS n, count(converted_at) AS converted, max((curve).plateau) AS share, max((curve).greenwood) AS greenwood,
               max((curve).horizon) AS horizon
        FROM (SELECT g, converted_at, journey.conversion_share(at, converted_at, till) OVER (PARTITION BY g) AS curve FROM fact) f
        GROUP BY g)
SELECT $2, s.since, s.until, s.dim::text, COALESCE(t.n, 0), COALESCE(t.converted, 0), w.rate, w.low, w.high,
       journey.band(w.rate, w.low, w.high, 0.12, 0.16),
       1 - t.share, v.low, v.high, journey.band(1 - t.share, v.low, v.high, 0.50, 0.90), justify_hours(make_interval(secs => t.horizon))
FROM segment s
LEFT JOIN tally t USING (g)
CROSS JOIN LATERAL journey.wilson(COALESCE(t.converted, 0), COALESCE(t.n, 0), $11) w
-- the number of leads that would tell as much, had all of them been watched to the end: K. J. Rothman (1978)
CROSS JOIN LATERAL (SELECT CASE WHEN t.greenwood > 0 AND t.share < 1 THEN t.share / ((1 - t.share) * t.greenwood) ELSE t.n END AS n) e
LEFT JOIN LATERAL journey.wilson((1 - t.share) * e.n, e.n, $11) v ON true
ORDER BY s.key, s.dim$query$, split, source.column_name, source.relation,
        CASE WHEN dimension IS NULL THEN 'SELECT NULL::text AS dim' ELSE format('SELECT DISTINCT %s AS dim FROM %s t', split, source.relation) END)
        USING source.labels, reach, moment, qualified, since, until, tz, period, period_length, first, level;
END
$function$;

-- workspace

CREATE OR REPLACE FUNCTION journey.workspace_sla(workspace pg_catalog.name) RETURNS void
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
                -- two ways by an index each; with one condition for both, every case would go through all parties
                SELECT range_agg(u.during) AS during
                FROM (SELECT a.clause, a.during FROM party p JOIN sla_pause a ON a.party_id = p.id WHERE p.identity = s.party_id
                      UNION ALL SELECT a.clause, a.during FROM sla_pause a WHERE a.account_id = s.account_id) AS u
                WHERE u.clause IS NULL OR u.clause = c.name) AS paused ON true
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

-- track: a second part that is too long by itself is an error, and a long first part costs no more than a short one

CREATE OR REPLACE FUNCTION journey.object_name(base pg_catalog.text, suffix pg_catalog.text) RETURNS pg_catalog.text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    room CONSTANT integer := current_setting('max_identifier_length');
    cut text;
BEGIN
    IF octet_length(base || suffix) <= room THEN
        RETURN base || suffix;
    END IF;
    -- too long: what is cut off is told apart by a digest of the whole
    suffix := '_' || left(md5(base), 8) || suffix;
    IF octet_length(suffix) >= room THEN
        RAISE EXCEPTION 'the second part of a name is too long' USING ERRCODE = 'name_too_long';
    END IF;
    cut := left(base, room);
    WHILE octet_length(cut || suffix) > room LOOP
        cut := left(cut, -1);
    END LOOP;
    RETURN cut || suffix;
END
$function$;
