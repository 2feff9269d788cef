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
