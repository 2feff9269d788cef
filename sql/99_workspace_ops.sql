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
