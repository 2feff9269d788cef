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

-- track

CREATE OR REPLACE FUNCTION journey.verify(rel pg_catalog.regclass, stage_column pg_catalog.text DEFAULT NULL)
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

    -- of many rows few have another way than all the others: each way is looked at once, and then the rows that went a wrong one
    RETURN QUERY EXECUTE format($query$
        WITH allowed AS MATERIALIZED (
            SELECT r.from_stage, r.to_stage FROM journey.rule_moves($2, $3) r WHERE r.from_stage IS NOT NULL
        ), wrong AS MATERIALIZED (
            SELECT w.way FROM (SELECT DISTINCT journey.path(t.%3$I, "collapse" => false) AS way FROM %4$s t) w
            WHERE EXISTS (
                SELECT FROM generate_subscripts(w.way, 1) i
                WHERE w.way[i] <> ALL ($1)
                   OR i > 1 AND w.way[i - 1] <> w.way[i] AND w.way[i - 1] = ANY ($1)
                      AND (w.way[i - 1], w.way[i]) NOT IN (SELECT a.from_stage, a.to_stage FROM allowed a))
        )
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
              AND (m.from_label, m.to_label) NOT IN (SELECT a.from_stage, a.to_stage FROM allowed a)
        ) p (rank, problem)
        WHERE (t.%2$I IS NULL) <> (journey.current(t.%3$I) IS NULL) OR t.%2$I::text COLLATE "C" <> journey.current(t.%3$I)
           OR journey.path(t.%3$I, "collapse" => false) IN (SELECT w.way FROM wrong w)
        ORDER BY t.tableoid::regclass::text COLLATE "C", t.ctid, p.rank, p.problem COLLATE "C"
        $query$, COALESCE(key_expression, 'NULL::jsonb'), it.stage, it.journey, rel)
        USING journey.stage_labels(it.stage_type), it.rules, it.stage_type;
END
$function$;

-- migrate

CREATE FUNCTION journey.kept_journeys(stages pg_catalog.regtype)
    RETURNS TABLE (rel pg_catalog.regclass, name pg_catalog.text, owner pg_catalog.oid, events pg_catalog.text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.oid::regclass, format('%I.%I', n.nspname, c.relname), c.relowner, s.name
    FROM journey.materialized() m
    JOIN journey.stage_columns(stages) s ON s.rel = m.events AND s.column_name = m.event AND s.form IN ('stage', 'domain')
    JOIN pg_class c ON c.oid = m.into_table
    JOIN pg_namespace n ON n.oid = c.relnamespace
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C";
END
$function$;
COMMENT ON FUNCTION journey.kept_journeys(pg_catalog.regtype) IS
    'the tables of journeys that materialize keeps current from events whose names are stages of the type';

CREATE OR REPLACE FUNCTION journey.view_extras(view pg_catalog.regclass) RETURNS pg_catalog.text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name text;
    statements text[] := '{}';
    one record;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname), c.relowner, c.relacl, c.relnamespace, obj_description(c.oid, 'pg_class') AS description INTO one
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view;
    name := one.format;
    -- default privileges are for new views, and this is an old one
    statements := ARRAY(SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS r
                        FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) g
                        WHERE d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, one.relnamespace) AND pg_get_userbyid(d.defaclrole) = current_user AND g.grantee <> d.defaclrole
                        ORDER BY r);
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

CREATE OR REPLACE FUNCTION journey.check_migration(stages pg_catalog.regtype, rewrite pg_catalog.bool) RETURNS pg_catalog.void
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
            HINT = CASE WHEN journey.stage_type(stages) IS NOT NULL THEN format('Name the enum under it: %s.', journey.stage_type(stages))
                        -- the name of a table is that of a type, too
                        ELSE COALESCE('Name the type of the stages, not the table: ' || (
                            SELECT string_agg(DISTINCT format_type(journey.stage_type(a.atttypid), NULL), ', ')
                            FROM pg_type y JOIN pg_attribute a ON a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                            WHERE y.oid = stages AND journey.stage_type(a.atttypid) IS NOT NULL) || '.', '') END;
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
    SELECT k.* INTO one FROM journey.kept_journeys(stages) k WHERE NOT pg_has_role(k.owner, 'USAGE') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'must be owner of table %', one.rel USING ERRCODE = 'insufficient_privilege',
            DETAIL = format('It has journeys of %s, whose events are named by type %s.', one.events, stages);
    END IF;
END
$function$;

CREATE FUNCTION journey.lock_stages(stages pg_catalog.regtype, every pg_catalog.bool) RETURNS pg_catalog.void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    name text;
    done text[] := '{}';
BEGIN
    -- with an older snapshot, rows that came before the locks were taken would be missed
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'stages cannot be changed at isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'Use READ COMMITTED.';
    END IF;
    -- one after the other in the order of their names, and looked up again each time: while one is waited for, others may come
    LOOP
        SELECT min(x.name COLLATE "C") INTO name
            FROM (SELECT s.name FROM journey.stage_columns(stages) s WHERE s.kind IN ('r', 'p') AND (s.trigger IS NOT NULL OR every)
                  UNION ALL SELECT k.events FROM journey.kept_journeys(stages) k) x
            WHERE x.name <> ALL (done);
        EXIT WHEN name IS NULL;
        EXECUTE format('LOCK TABLE %s IN %s MODE', name, CASE WHEN every THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
        done := done || name;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION journey.lock_stages(pg_catalog.regtype, pg_catalog.bool) IS
    'locks the tables tracked by a stage type, or every table that uses it, so that what is planned from the catalogs stays true';

CREATE FUNCTION journey.kept_plan(stages pg_catalog.regtype, old_label pg_catalog.text, new_label pg_catalog.text) RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    plan jsonb := '[]';
    one record;
    held record;
BEGIN
    FOR one IN SELECT k.rel, k.name FROM journey.kept_journeys(stages) k LOOP
        held := journey.suspend_statements(one.rel, NULL);
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.before) WITH ORDINALITY u (h, n)), '[]')
            || jsonb_build_object('update', true,
                'statement', format('UPDATE %1$s SET journey = journey.rename(journey, %2$L, %3$L) WHERE journey OPERATOR(journey.@>) ARRAY[%2$L]', one.name, old_label, new_label),
                'count', format('SELECT count(*) FROM %s WHERE journey OPERATOR(journey.@>) ARRAY[%L]', one.name, old_label))
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('statement', h) ORDER BY n) FROM unnest(held.after) WITH ORDINALITY u (h, n)), '[]');
    END LOOP;
    RETURN plan;
END
$function$;
COMMENT ON FUNCTION journey.kept_plan(pg_catalog.regtype, pg_catalog.text, pg_catalog.text) IS
    'the part of a migration that renames events in the journeys that materialize keeps';

CREATE FUNCTION journey.owner_warnings(stages pg_catalog.regtype, every pg_catalog.bool) RETURNS pg_catalog.jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    -- whoever may use a type can make a table with it, and an UPDATE runs what is in its constraints and indexes
    RETURN (
        SELECT COALESCE(jsonb_agg(jsonb_build_object('warning', format('%s belongs to %s: what is in its constraints and indexes runs with your rights', x.name, quote_ident(pg_get_userbyid(x.owner))))
                                  ORDER BY x.name COLLATE "C"), '[]')
        FROM (SELECT s.name, s.owner FROM journey.stage_columns(stages) s WHERE s.kind IN ('r', 'p') AND (s.trigger IS NOT NULL OR every)
              UNION SELECT k.name, k.owner FROM journey.kept_journeys(stages) k) x
        JOIN pg_type y ON y.oid = stages
        WHERE x.owner <> y.typowner AND pg_get_userbyid(x.owner) <> current_user);
END
$function$;
COMMENT ON FUNCTION journey.owner_warnings(pg_catalog.regtype, pg_catalog.bool) IS
    'the part of a migration that warns of tables which belong neither to the owner of the type nor to who migrates';

CREATE OR REPLACE FUNCTION journey.rename_stage(stages pg_catalog.regtype, old_label pg_catalog.text, new_label pg_catalog.text,
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
    self CONSTANT text := format_type(stages, NULL);
    one record;
    held record;
BEGIN
    -- again after the locks: what was waited for may have changed all of it
    FOR pass IN 1 .. CASE WHEN dry_run THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, false);
        PERFORM journey.check_old_label(stages, old_label);
        PERFORM journey.check_new_label(stages, new_label);
        IF pass = 1 AND dry_run IS NOT TRUE THEN
            PERFORM journey.lock_stages(stages, false);
        END IF;
    END LOOP;

    plan := journey.owner_warnings(stages, false);
    FOR made IN SELECT * FROM journey.label_mentions(stages, old_label) LOOP
        plan := plan || jsonb_build_object('warning', format('%s names %L as text and is left as it is', made, old_label));
    END LOOP;
    FOR one IN SELECT s.* FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL LOOP
        plan := plan
            || COALESCE((SELECT jsonb_agg(jsonb_build_object('warning', format('guard (%s) of column %I of %s names the label: it %s', g.guard, one.column_name, one.name,
                             CASE WHEN edit_guards THEN 'is changed' ELSE 'is left as it is' END)) ORDER BY g.statement)
                         FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, '''' || replace(old_label, '''', '''''') || '''') > 0), '[]');
    END LOOP;
    FOR made IN SELECT x.name FROM (SELECT s.name FROM journey.stage_columns(stages) s WHERE s.trigger IS NOT NULL
                                    UNION SELECT k.events FROM journey.kept_journeys(stages) k) x ORDER BY x.name COLLATE "C" LOOP
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
    RETURN QUERY SELECT * FROM journey.run_plan(plan || journey.kept_plan(stages, old_label, new_label) || tail, COALESCE(dry_run, false));
END
$function$;

CREATE OR REPLACE FUNCTION journey.add_stage(stages pg_catalog.regtype, new_label pg_catalog.text,
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
    self CONSTANT text := format_type(stages, NULL);
    one record;
BEGIN
    FOR pass IN 1 .. CASE WHEN dry_run OR rules IS NULL THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, false);
        PERFORM journey.check_new_label(stages, new_label);
        IF before IS NOT NULL AND after IS NOT NULL THEN
            RAISE EXCEPTION 'a stage is added before another or after another, not both' USING ERRCODE = 'invalid_parameter_value';
        ELSIF COALESCE(before, after) IS NOT NULL THEN
            PERFORM journey.check_old_label(stages, COALESCE(before, after));
        END IF;
        IF pass = 1 AND dry_run IS NOT TRUE AND rules IS NOT NULL THEN
            PERFORM journey.lock_stages(stages, false);
        END IF;
    END LOOP;
    labels := COALESCE(journey.stage_labels(stages), '{}');
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

CREATE OR REPLACE FUNCTION journey.swap_statements(stages pg_catalog.regtype, labels pg_catalog.text[], dropped pg_catalog.text, move_to pg_catalog.text,
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
    partitioned bool := false;
    one record;
    view record;
BEGIN
    SELECT y.typname, y.typarray, y.typowner, y.typacl, y.typnamespace, n.nspname, obj_description(y.oid, 'pg_type') AS description INTO typ
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
            partitioned := true;
        END IF;
    END LOOP;
    -- a column that is inherited changes with its parents, and not with some of them
    FOR one IN
        WITH RECURSIVE col AS (
            SELECT s.rel::oid AS rel, s.name, s.column_name, s.inherited FROM journey.stage_columns(stages) s WHERE s.kind = 'r'
        ), tree (root, rel, column_name) AS (
            SELECT c.rel, c.rel, c.column_name FROM col c WHERE NOT c.inherited
            UNION SELECT t.root, i.inhrelid, t.column_name FROM tree t JOIN pg_inherits i ON i.inhparent = t.rel
        )
        SELECT c.name, c.column_name FROM col c JOIN pg_attribute a ON a.attrelid = c.rel AND a.attname = c.column_name
        WHERE c.inherited AND EXISTS (
            SELECT FROM tree t WHERE t.rel = c.rel AND t.column_name = c.column_name
              AND a.attinhcount > (SELECT count(*) FROM tree u JOIN pg_inherits i ON i.inhparent = u.rel AND i.inhrelid = c.rel
                                   WHERE u.root = t.root AND u.column_name = c.column_name))
        ORDER BY c.name COLLATE "C", c.column_name COLLATE "C"
    LOOP
        refused := refused || format('column %I of %s, which has it from several tables', one.column_name, one.name);
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
                   c.relname, c.reltablespace
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
                        || ARRAY(SELECT format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', view.name, a.attnum, a.attstattarget)
                                 FROM pg_attribute a WHERE a.attrelid = one.objid AND a.attstattarget >= 0 ORDER BY a.attnum)
                        || CASE WHEN view.reltablespace <> 0 THEN ARRAY[format('ALTER INDEX %s SET TABLESPACE %I', view.name,
                                    (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = view.reltablespace))] ELSE '{}' END
                        || CASE WHEN view.indisclustered THEN ARRAY[format('ALTER TABLE %s CLUSTER ON %I', view.indrelid::regclass, view.relname)] ELSE '{}' END
                        || makes;
                END IF;
            ELSIF view.relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'c') THEN
                refused := refused || one.said;
            END IF;
        ELSIF one.class = 'pg_constraint' THEN
            SELECT k.contype, k.coninhcount, k.conparentid, k.conname, k.contypid, CASE WHEN k.conrelid <> 0 THEN format('%I.%I', n.nspname, c.relname) END AS name, c.relowner INTO view
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
            HINT = 'An enum can only lose or reorder labels as a new type, and these cannot be carried over to it. Drop them, and make them again afterwards.'
                || CASE WHEN partitioned THEN ' A table that is partitioned by the column has to be copied into another.' ELSE '' END;
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
    -- default privileges are for new types, and this is an old one
    after := after || COALESCE((SELECT jsonb_agg(DISTINCT jsonb_build_object('statement', format('REVOKE ALL ON TYPE %s FROM %s', self,
                        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)))
                     FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) g
                     WHERE d.defaclobjtype = 'T' AND d.defaclnamespace IN (0, typ.typnamespace) AND pg_get_userbyid(d.defaclrole) = current_user AND g.grantee <> d.defaclrole), '[]');
    IF typ.typacl IS NULL AND EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclobjtype = 'T' AND d.defaclnamespace IN (0, typ.typnamespace) AND pg_get_userbyid(d.defaclrole) = current_user) THEN
        after := after || jsonb_build_object('statement', format('GRANT USAGE ON TYPE %s TO PUBLIC', self));
    END IF;
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

CREATE OR REPLACE FUNCTION journey.drop_stage(stages pg_catalog.regtype, label pg_catalog.text, move_to pg_catalog.text DEFAULT NULL,
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
    self CONSTANT text := format_type(stages, NULL);
    one record;
    part record;
BEGIN
    IF history IS NULL OR history NOT IN ('replace', 'keep') THEN
        RAISE EXCEPTION 'history must be "replace" or "keep", not %', COALESCE(quote_ident(history), 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- again after the locks: what was waited for may have changed all of it
    FOR pass IN 1 .. CASE WHEN dry_run THEN 1 ELSE 2 END LOOP
        IF pass = 2 THEN
            -- another migration may have made the type anew
            stages := COALESCE(to_regtype(self), stages);
        END IF;
        PERFORM journey.check_migration(stages, true);
        PERFORM journey.check_old_label(stages, label);
        IF move_to IS NOT NULL THEN
            PERFORM journey.check_old_label(stages, move_to);
            IF move_to = label THEN
                RAISE EXCEPTION 'stage "%" cannot be replaced by itself', label USING ERRCODE = 'invalid_parameter_value';
            END IF;
        END IF;
        labels := array_remove(journey.stage_labels(stages), label);
        IF cardinality(labels) = 0 THEN
            RAISE EXCEPTION 'stage "%" is the only one of type %', label, stages USING ERRCODE = 'invalid_parameter_value';
        END IF;
        swap := journey.swap_statements(stages, labels, label, move_to);
        IF pass = 1 AND dry_run IS NOT TRUE THEN
            PERFORM journey.lock_stages(stages, true);
        END IF;
    END LOOP;

    plan := journey.owner_warnings(stages, true);
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
                             FROM journey.rule_statements(one.rules) g WHERE strpos(g.guard, '''' || replace(label, '''', '''''') || '''') > 0), '[]');
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
    -- without a stage in its place no event has it
    middle := middle || COALESCE(journey.kept_plan(stages, label, move_to), '[]');
    RETURN QUERY SELECT * FROM journey.run_plan(plan || swap.before || middle || swap.after || tail, COALESCE(dry_run, false));
END
$function$;

CREATE OR REPLACE FUNCTION journey.reorder_stages(stages pg_catalog.regtype, labels pg_catalog.text[], dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (step pg_catalog.int4, statement pg_catalog.text, rows pg_catalog.int8, warning pg_catalog.text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    present text[];
    plan jsonb := '[]';
    tail jsonb := '[]';
    swap record;
    self CONSTANT text := format_type(stages, NULL);
    one record;
    bad text;
BEGIN
    PERFORM journey.check_migration(stages, true);
    IF dry_run IS NOT TRUE AND labels IS DISTINCT FROM journey.stage_labels(stages) THEN
        -- once without the locks, for what stands in the way
        PERFORM journey.reorder_stages(stages, labels, true);
        PERFORM journey.lock_stages(stages, true);
        -- another migration may have made the type anew
        stages := COALESCE(to_regtype(self), stages);
        PERFORM journey.check_migration(stages, true);
    END IF;
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
    plan := journey.owner_warnings(stages, true);
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

-- import

CREATE OR REPLACE FUNCTION journey.import_time(value pg_catalog.text) RETURNS pg_catalog.timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    result timestamptz;
BEGIN
    -- fourteen digits are a year to a second, twelve or thirteen are milliseconds since 1970
    IF value ~ '^(19|20)\d{12}$' THEN
        value := overlay(value PLACING ' ' FROM 9 FOR 0);
    ELSIF value ~ '^\d{12,13}(\.0*)?$' THEN
        RETURN timestamptz 'epoch' + split_part(value, '.', 1)::bigint * interval '1 millisecond';
    END IF;
    result := value::timestamptz;
    RETURN CASE WHEN isfinite(result) THEN result END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION journey.import_shapes()
    RETURNS TABLE (shape pg_catalog.text, role pg_catalog.text, needed pg_catalog.bool, names pg_catalog.text[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 45 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY VALUES
        ('moves', 'key', true, '{key,entity_id,record_id,id_of}'::text[]), ('moves', 'from', false, '{from_stage,from,old_stage,from_status,old_status,old_value}'),
        ('moves', 'to', true, '{to_stage,to,new_stage,to_status,new_status,new_value,stage,status}'), ('moves', 'at', true, '{at,changed_at,moved_at,created_at,date}'), ('moves', 'order', false, '{log_id,id,n}'),
        ('odoo', 'key', true, '{res_id}'), ('odoo', 'from', false, '{old_value_char}'), ('odoo', 'to', true, '{new_value_char}'),
        ('odoo', 'at', true, '{date,create_date}'), ('odoo', 'field', false, '{field,field_name,field_id}'), ('odoo', 'order', false, '{id,tracking_id}'),
        ('frappe', 'key', true, '{parent}'), ('frappe', 'from', true, '{from}'), ('frappe', 'to', false, '{to}'),
        ('frappe', 'at', true, '{from_date}'), ('frappe', 'until', false, '{to_date}'), ('frappe', 'order', false, '{idx}'),
        ('mautic', 'key', true, '{lead_id}'), ('mautic', 'to', true, '{event_name}'), ('mautic', 'at', true, '{date_added}'), ('mautic', 'order', false, '{id}'),
        ('hubspot', 'key', true, '{deal_id,contact_id,company_id,ticket_id,object_id,record_id,hs_object_id,vid,id}'), ('hubspot', 'to', true, '{value,property_value}'),
        ('hubspot', 'at', true, '{timestamp,change_date,changed_at}'), ('hubspot', 'field', false, '{property,property_name}'),
        ('hubspot_wide', 'key', true, '{hs_object_id,record_id,deal_id,contact_id,company_id,ticket_id,id}'),
        ('salesforce', 'key', true, '{opportunity_id,lead_id}'), ('salesforce', 'from', false, '{old_value}'), ('salesforce', 'to', true, '{new_value}'),
        ('salesforce', 'at', true, '{created_date,edit_date}'), ('salesforce', 'field', false, '{field,field_event}'), ('salesforce', 'order', false, '{id}'),
        ('salesforce_stage', 'key', true, '{opportunity_id}'), ('salesforce_stage', 'to', true, '{stage_name}'),
        ('salesforce_stage', 'at', true, '{created_date}'), ('salesforce_stage', 'order', false, '{id}');
END
$function$;

CREATE OR REPLACE FUNCTION journey.history_query(source pg_catalog.regclass, shape pg_catalog.text, columns pg_catalog.jsonb DEFAULT NULL)
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
    wanted bool;
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
                CROSS JOIN LATERAL (SELECT regexp_replace(lower(a.attname), '[^a-z0-9]', '', 'g') AS plain) x
                CROSS JOIN LATERAL (SELECT min(u.i) AS place FROM unnest(one.names) WITH ORDINALITY u (name, i) WHERE replace(u.name, '_', '') = x.plain) y
                WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND y.place IS NOT NULL
                ORDER BY y.place, a.attnum LIMIT 1;
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
                         WHEN 'salesforce' THEN '{stagename,status,stage,lead status}' END;
    IF place ? 'field' AND fields IS NOT NULL THEN
        -- a filter that nothing passes is taken for an empty history otherwise
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s) OR EXISTS (SELECT FROM %1$s s WHERE lower(s.%I::text) = ANY (%L))', source, place ->> 'field', fields) INTO wanted;
        IF NOT wanted THEN
            EXECUTE format('SELECT string_agg(v, '', '' ORDER BY v COLLATE "C") FROM (SELECT DISTINCT COALESCE(s.%I::text, ''null'') COLLATE "C" AS v FROM %s s ORDER BY 1 LIMIT 10) x',
                place ->> 'field', source) INTO said;
            RAISE EXCEPTION 'no row of % is about a stage', source USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('Column "%s" has: %s. Wanted: %s.', place ->> 'field', said, array_to_string(fields, ', ')),
                HINT = 'Make a view of it in which that column has one of these names, or only the rows about the stage and no such column.';
        END IF;
    END IF;
    RETURN format('SELECT row_number() OVER (%s) AS n, s.%I::text AS key, %s AS from_raw, %s AS raw, s.%I::text AS at_raw, %s AS until_raw, %s AS next_raw FROM %s s%s',
        -- numbers by their value, also where they came as text
        CASE WHEN place ? 'order' THEN format('ORDER BY CASE WHEN s.%1$I::text ~ ''^-?[0-9]+$'' THEN s.%1$I::text::numeric END, s.%1$I::text COLLATE "C"', place ->> 'order') ELSE '' END,
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

CREATE OR REPLACE FUNCTION journey.import_report(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
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
    SELECT 4, 'unknown key', r.n, jsonb_build_object('key', r.key) FROM raw r WHERE r.key IS NOT NULL AND NOT EXISTS (SELECT FROM known k WHERE k.key = r.key)
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
    SELECT 17, 'no history', row_number() OVER (ORDER BY t.key), jsonb_build_object('key', t.key) FROM present t WHERE t.stage IS NOT NULL AND NOT EXISTS (SELECT FROM built b WHERE b.key = t.key)
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

CREATE OR REPLACE FUNCTION journey.import_history(target pg_catalog.regclass, source pg_catalog.regclass, shape pg_catalog.text,
    value_map pg_catalog.jsonb DEFAULT NULL, columns pg_catalog.jsonb DEFAULT NULL, key_column pg_catalog.text DEFAULT NULL,
    created_column pg_catalog.text DEFAULT NULL, stage_column pg_catalog.text DEFAULT NULL, time_zone pg_catalog.text DEFAULT 'UTC',
    existing pg_catalog.text DEFAULT 'keep', refuse pg_catalog.text[] DEFAULT '{no time,unknown stage}', dry_run pg_catalog.bool DEFAULT false)
    RETURNS TABLE (problem pg_catalog.text, rows pg_catalog.int8, examples pg_catalog.jsonb)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 15 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET row_security = off
AS $function$
#variable_conflict use_variable
DECLARE
    it record := journey.tracked_column(target, stage_column);
    held record;
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
        -- what others have changed before the lock was had
        it := journey.tracked_column(target, stage_column);
        held := journey.suspend_statements(target, NULL);
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

CREATE OR REPLACE FUNCTION journey.adopt(rel pg_catalog.regclass, stage_column pg_catalog.text, rules pg_catalog.text DEFAULT NULL,
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
        IF labels = '{}' THEN
            RAISE EXCEPTION 'column "%" of table % has no values to take stages from', stage_column, rel USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Say which stages there are: labels => ARRAY[''...'', ...].';
        END IF;
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

-- lead_model

CREATE OR REPLACE FUNCTION journey.logistic_fit(source pg_catalog.regclass, outcome pg_catalog.name, features pg_catalog.name,
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

-- timeline: the planner is told how big states are

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

-- window_funnel: the same

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
