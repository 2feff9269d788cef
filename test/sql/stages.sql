-- ready stage models and their titles
SET client_min_messages = warning;
SET search_path = public, journey;
-- what a statement that has to fail says
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, NULLIF('DETAIL: ' || d, 'DETAIL: '), NULLIF('HINT: ' || h, 'HINT: '));
END
$$;
-- unaligned, because the width of Persian text differs between versions of psql
\pset format unaligned

-- the whole listing
SELECT template, ordinal, label, kind, title_en, title_fa, title_ru FROM stage_templates();

-- consistent: a label has one title wherever it stands, titles of one template differ, ordinals have no gap
SELECT label FROM stage_templates() GROUP BY label
    HAVING count(DISTINCT (title_en, title_fa, title_ru)) > 1;
SELECT template, count(*), count(DISTINCT label) AS labels, count(DISTINCT title_en) AS en, count(DISTINCT title_fa) AS fa,
       count(DISTINCT title_ru) AS ru, max(ordinal)
FROM stage_templates() GROUP BY template ORDER BY template COLLATE "C";
SELECT count(*) FILTER (WHERE title_en = '' OR title_fa = '' OR title_ru = '' OR num_nulls(title_en, title_fa, title_ru) > 0) AS missing,
       count(*) FILTER (WHERE title_fa !~ '^[\u0600-\u06ff\u200c ]+$') AS not_persian,
       count(*) FILTER (WHERE title_ru !~ '^[\u0400-\u04ff, -]+$') AS not_russian,
       -- Persian has its own kaf and yeh
       count(*) FILTER (WHERE title_fa ~ '[\u0643\u064a\u0649]') AS arabic_letters,
       count(*) FILTER (WHERE label !~ '^[a-z][a-z_]*$') AS odd_labels
FROM stage_templates();

-- every template as an enum: the catalogue holds what the listing says
SELECT template, create_stages('st_' || template, template) FROM stage_templates() WHERE ordinal = 1;
SELECT template, string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) AS labels
FROM (SELECT DISTINCT template FROM stage_templates()) t
JOIN pg_type y ON y.typname = 'st_' || template JOIN pg_enum e ON e.enumtypid = y.oid
GROUP BY template ORDER BY template COLLATE "C";
SELECT count(*) FROM
    (SELECT template, label, ordinal::int FROM stage_templates()
     EXCEPT ALL
     SELECT substr(y.typname, 4), e.enumlabel, e.enumsortorder::int FROM pg_enum e JOIN pg_type y ON y.oid = e.enumtypid
     WHERE y.typname LIKE 'st\_%') x;
SELECT 'mql'::st_lead < 'customer'::st_lead AS ordered;

-- own labels; names as SQL writes them
SELECT create_stages('st_own', ARRAY['Erste Stufe', 'it''s "odd"; DROP', E'back\\slash', 'مرحله', 'new', '*']);
SELECT enum_range(NULL::st_own);
CREATE SCHEMA "St Schema";
SELECT create_stages('"St Schema"."Lead.Stage"', 'lead');
SELECT create_stages('ST_FOLDED', ARRAY['a']);
SELECT create_stages(repeat('n', 63), ARRAY[repeat('l', 63)]);
-- without a schema in the name: where the caller creates things
SET search_path = "St Schema", journey;
SELECT create_stages('st_here', 'hourglass');
SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE typname = 'st_here';
SET search_path = public, journey;
SELECT create_stages('st_there', 'hourglass', in_schema => 'St Schema');

-- refusals
SELECT pg_temp.refused($$SELECT journey.create_stages('st_lead', 'lead')$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', 'no such')$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', NULL::text)$$);
SELECT pg_temp.refused($$SELECT journey.create_stages(NULL, ARRAY['a'])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', '{}'::text[])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY[ARRAY['a', 'b'], ARRAY['c', 'd']])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['a', NULL])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['a', ''])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['b', 'a', 'b', 'a'])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['a', repeat('é', 32)])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages(repeat('x', 64), ARRAY['a'])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('a.b.c', ARRAY['a'])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('two words', ARRAY['a'])$$);
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['a'], in_schema => 'no_such_schema')$$);
SET search_path = no_such_schema;
SELECT pg_temp.refused($$SELECT journey.create_stages('st_x', ARRAY['a'])$$);
SET search_path = public, journey;
SELECT count(*) FROM pg_type WHERE typname = 'st_x';

-- a role without CREATE on the schema gets the server's own answer
CREATE ROLE st_nobody;
GRANT USAGE ON SCHEMA journey TO st_nobody;
GRANT USAGE ON SCHEMA "St Schema" TO st_nobody;
GRANT EXECUTE ON FUNCTION pg_temp.refused TO st_nobody;
SET ROLE st_nobody;
SELECT pg_temp.refused($$SELECT journey.create_stages('"St Schema".st_x', 'lead')$$);
RESET ROLE;

-- titles
SELECT l, stage_title(l) AS en, stage_title(l, 'fa') AS fa, stage_title(l, 'ru') AS ru
FROM unnest(ARRAY['mql', 'test_drive', 'free_trial', 'Closed Won', 'über_uns', 'مرحله_یک', '', '_x']) l;
SELECT stage_title('mql'::st_lead), stage_title('mql'::st_lead, 'ru'), stage_title('Erste Stufe'::st_own), stage_title('trust', 'fa');
SELECT stage_title(NULL::text) IS NULL AS label, stage_title('lead', NULL) IS NULL AS lang, stage_title(NULL::st_lead) IS NULL AS stage;
SELECT pg_temp.refused($$SELECT stage_title('lead', 'de')$$);
SELECT pg_temp.refused($$SELECT stage_title('lead', 'EN')$$);
SELECT bool_and(stage_title(label) = title_en AND stage_title(label, 'fa') = title_fa AND stage_title(label, 'ru') = title_ru) AS agree
FROM stage_templates();

-- kinds by name; a step before a group
SELECT l, stage_kind(l) FROM unnest(ARRAY['lead', 'customer', 'lost', 'Closed Won', 'closed-lost', 'CHURNED', 'on hold', 'fan', 'star',
                                          'evangelist', 'anything', '']) l;
SELECT label FROM stage_templates() t WHERE kind <> 'group' AND kind <> stage_kind(label);
SELECT stage_kind(NULL) IS NULL AS null_in_null_out;

-- a database whose encoding has no Persian: everything works but the Persian titles
\set main :DBNAME
CREATE DATABASE st_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
\c st_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION journey;
SELECT journey.stage_title('mql'), journey.create_stages('stages', 'success');
SELECT count(*), count(title_en) AS en, count(title_fa) AS fa, count(title_ru) AS ru FROM journey.stage_templates();
DO $$
BEGIN
    PERFORM journey.stage_title('mql', 'fa');
    RAISE EXCEPTION 'not refused';
EXCEPTION WHEN untranslatable_character THEN
    RAISE WARNING 'refused: %', SQLSTATE;
END
$$;
\c :main
DROP DATABASE st_latin1;
SET client_min_messages = warning;
SET search_path = public, journey;

-- labels and volatility as promised
SELECT p.oid::regprocedure, provolatile, proparallel, proisstrict, prosecdef FROM pg_proc p
WHERE pronamespace = 'journey'::regnamespace AND proname IN ('stage_templates', 'stage_title', 'stage_kind', 'create_stages')
ORDER BY p.oid::regprocedure::text COLLATE "C";

DROP OWNED BY st_nobody;
DROP ROLE st_nobody;
\set VERBOSITY terse
DROP SCHEMA "St Schema" CASCADE;
DO $$
DECLARE
    t regtype;
BEGIN
    FOR t IN SELECT oid FROM pg_type WHERE typtype = 'e' AND (typname ~ '^st_' OR typname ~ '^n{63}$') LOOP
        EXECUTE 'DROP TYPE ' || t;
    END LOOP;
END
$$;
