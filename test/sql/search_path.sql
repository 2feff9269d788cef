-- With journey in the search_path, at either end, ordinary expressions mean what they meant without it.
SET client_min_messages = warning;
CREATE TYPE sp_mood AS ENUM ('sad', 'happy');
CREATE DOMAIN sp_tags AS text[];
CREATE DOMAIN sp_number AS float8;

-- What an expression is resolved to: the numbers of its operators, functions and types, and the text that shows them by name.
CREATE FUNCTION sp_resolved(expression text, path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('search_path', path, true);
    EXECUTE 'CREATE VIEW pg_temp.sp_view AS SELECT ' || expression || ' AS x';
    PERFORM set_config('search_path', 'pg_catalog', true);
    SELECT concat_ws(' ', pg_get_viewdef(ev_class), (SELECT string_agg(m[1], ' ') FROM regexp_matches(ev_action,
            ':(?:opno|funcid|aggfnoid|winfnoid|consttype|resulttype|array_typeid|element_typeid) (\d+)', 'g') m))
        INTO STRICT result FROM pg_rewrite WHERE ev_class = 'pg_temp.sp_view'::regclass;
    RAISE EXCEPTION USING ERRCODE = 'SP000', MESSAGE = result;
EXCEPTION
    WHEN SQLSTATE 'SP000' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN 'error';
END
$$;
CREATE FUNCTION sp_value(expression text, path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('search_path', path, true);
    EXECUTE format('SELECT (%s)::text', expression) INTO STRICT result;
    RETURN coalesce(result, 'NULL');
EXCEPTION
    WHEN OTHERS THEN RETURN 'error';
END
$$;
CREATE FUNCTION sp_of_operators(names text[]) RETURNS SETOF text STABLE LANGUAGE sql BEGIN ATOMIC
    WITH typed AS (
        SELECT format('NULL::%s', t) AS known, t
        FROM unnest('{bool,bytea,"\"char\"",name,int2,int4,int8,float4,float8,numeric,money,text,varchar,bpchar,date,time,timetz,timestamp,timestamptz,interval,json,jsonb,
            jsonpath,uuid,inet,cidr,macaddr,bit,varbit,tsvector,tsquery,point,line,lseg,box,path,polygon,circle,int4range,numrange,tstzrange,datemultirange,oid,regclass,regtype,
            xid,tid,pg_lsn,text[],varchar[],name[],int4[],float8[],numeric[],timestamptz[],jsonb[],public.sp_mood,public.sp_mood[],public.sp_tags,public.sp_number}'::text[]) t)
    SELECT format(pattern, n, known) FROM unnest(names) n, typed, unnest('{%2$s %1$s NULL,NULL %1$s %2$s,%2$s %1$s %2$s,%1$s %2$s}'::text[]) pattern
    UNION SELECT format('%s %s %s', l, n, r) FROM unnest(names) n, (VALUES ('NULL', 'NULL'), ('', 'NULL'), ('ROW(1, NULL)', 'ROW(NULL, 2)')) v(l, r)
    -- each as pg_catalog has it, between two types too
    UNION SELECT format(pattern, nullif(l, 'NULL::-'), o.oprname, r) FROM pg_operator o,
            LATERAL (SELECT 'NULL::' || oprleft::regtype, 'NULL::' || oprright::regtype) v(l, r), unnest('{%1$s %2$s %3$s,NULL %2$s %3$s,%1$s %2$s NULL}'::text[]) pattern
        WHERE o.oprname = ANY (names) AND o.oprnamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM pg_type p WHERE p.oid IN (oprleft, oprright) AND p.typtype = 'p');
END;
CREATE FUNCTION sp_of_functions() RETURNS SETOF text STABLE LANGUAGE sql BEGIN ATOMIC
    WITH named AS (
        SELECT p.proname, p.pronargs, ARRAY(SELECT CASE WHEN p.prokind = 'a' AND t = 'anyarray'::regtype THEN 'int4[]' WHEN t = 'anyenum'::regtype THEN 'public.sp_mood' ELSE t::regtype::text END
            FROM unnest(p.proargtypes) WITH ORDINALITY a(t, i) ORDER BY i) AS types
        -- but for what serves a type and is not called by its name
        FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND 'cstring'::regtype <> ALL (p.proargtypes)
            AND EXISTS (SELECT FROM pg_proc o WHERE o.proname = p.proname AND o.pronamespace = 'journey'::regnamespace))
    SELECT format('%I(%s)', proname, (SELECT string_agg(CASE WHEN unknown & (1 << i::int - 1) = 0 THEN 'NULL::' || t ELSE 'NULL' END, ', ' ORDER BY i) FROM unnest(types) WITH ORDINALITY u(t, i)))
    FROM named, LATERAL generate_series(0, (1 << pronargs) - 1) unknown
    UNION SELECT format('%I(%s)', proname, a) FROM named, unnest(ARRAY['NULL::bool', 'NULL::jsonb', 'NULL::"char"', 'NULL::uuid', 'NULL::int4[]', 'ROW(1, 2)']) a;
END;

-- operators of a name that the extension has, too; each pair of sides, known and unknown
CREATE TABLE sp_expression AS
SELECT e AS expression, sp_resolved(e, 'public') AS bare
FROM (SELECT sp_of_operators((SELECT array_agg(DISTINCT oprname::text) FROM pg_operator WHERE oprnamespace = 'journey'::regnamespace)) UNION ALL SELECT sp_of_functions()) o(e);
SELECT count(*) > 3000 AS many, count(*) FILTER (WHERE bare <> 'error') > 1000 AS resolved FROM sp_expression;
DELETE FROM sp_expression WHERE bare = 'error';
SELECT expression, bare, path, with_it FROM sp_expression, unnest('{"public, journey","journey, public"}'::text[]) path, sp_resolved(expression, path) with_it
WHERE with_it IS DISTINCT FROM bare ORDER BY expression COLLATE "C", path;
-- the comparison can see a difference
SELECT sp_resolved('NULL::text[] && NULL', 'public') ~ 'text\[\]' AS arrays, sp_resolved('NULL::journey.journey && NULL', 'public') AS not_there,
    sp_resolved('NULL::journey.journey && NULL', 'public, journey') ~ 'OPERATOR\(journey\.&&\)' AS there;
BEGIN;
CREATE FUNCTION journey.sp_captures(text[], journey.journey) RETURNS bool LANGUAGE sql RETURN true;
CREATE OPERATOR journey.&& (LEFTARG = text[], RIGHTARG = journey.journey, FUNCTION = journey.sp_captures);
SELECT count(*) FROM sp_expression, unnest('{"public, journey","journey, public"}'::text[]) path
WHERE expression ~ '&&' AND sp_resolved(expression, path) <> bare;
ROLLBACK;

-- the same with values
CREATE TABLE sp_tags_of (id int, tags text[], name text, n int, f float8, at timestamptz, doc jsonb, span tstzrange);
INSERT INTO sp_tags_of VALUES (1, '{new,hot}', 'lead', 5, 2.5, '2026-01-01', '{"a": 1}', '[2026-01-01,2026-02-01)'), (2, '{old}', 'won', 7, -1, '2026-02-01', '{"b": 2}', '[2026-03-01,2026-04-01)');
CREATE TABLE sp_literal AS SELECT e AS expression, sp_value(e, 'public') AS bare FROM unnest(ARRAY[
    $$ARRAY['a', 'b'] && '{b}'$$, $$'{b}' && ARRAY['a', 'b']$$, $$ARRAY['a'] <@ '{a,b}'$$, $$'{a}' <@ ARRAY['a', 'b']$$, $$'{a,b}' @> ARRAY['a']$$, $$ARRAY['a', 'b'] @> '{a}'$$,
    $$ARRAY[1, 2] && '{2}'$$, $$'{1,2}' @> ARRAY[1]$$, $$'{a}'::varchar[] && '{a}'$$, $$'{a}' @> '{a}'::varchar[]$$, $$'{a}'::public.sp_tags && '{a}'$$, $$'{}' && '{}'::text[]$$, $$'{a}' && '{a}'$$,
    $$'a' || 'b'$$, $$'a' || NULL$$, $$ARRAY['a'] || '{b}'$$, $$ARRAY['a'] || 'b'::text$$, $$'{a}' || ARRAY['b']$$, $$1 || 'x'$$, $$'{"a":1}'::jsonb || '{"b":2}'$$, $$'\x01'::bytea || '\x02'$$,
    $$2 + '3'$$, $$'3' + 2.5$$, $$2 - '3'$$, $$- '3'$$, $$'3' * 2$$, $$2 * '3'$$, $$2.5::float8 * '3'$$, $$'3' * 2.5::float8$$, $$2::real + '3'$$, $$'3' + '4'$$, $$'2' * interval '1 day'$$, $$interval '1 day' * '2'$$,
    $$'1 day' + timestamptz '2026-01-01Z'$$, $$date '2026-01-02' - '2026-01-01'$$, $$date '2026-01-02' + '1'$$, $$timestamp '2026-01-02' + '1 day'$$, $$'5'::money * 2$$, $$'5'::money + '1'$$, $$- 3$$, $$- 2.5::float8$$,
    $$'abc' ~ 'b'$$, $$'abc'::varchar ~ 'b'$$, $$'abc' !~ 'b'$$, $$'b' ~ 'abc'::name$$, $$'(1,1),(0,0)'::box ~ '(0,0)'$$, $$'{"a":1}'::jsonb @> '{"a":1}'$$, $$'{"a":1}' <@ '{"a":1,"b":2}'::jsonb$$,
    $$int4range(1, 5) @> 3$$, $$int4range(1, 5) && '[2,3)'$$, $$'[2,3)' <@ int4range(1, 5)$$, $$'10.0.0.0/8'::inet && '10.1.0.0/16'$$, $$'a' = 'b'$$, $$'a' < 'b'$$, $$NULL = 'a'$$, $$1 = '1'$$, $$'x' <> 'y'::name$$,
    $$(1, 'a') < (1, 'b')$$, $$'{a}' = ARRAY['a']$$, $$'a' = ANY ('{a,b}')$$, $$'x' <> ALL ('{a,b}')$$, $$'a' IN ('a', 'b')$$, $$'a' BETWEEN 'a' AND 'b'$$, $$nullif('a', 'b')$$, $$greatest('a', 'b')$$,
    $$CASE 'a' WHEN 'a' THEN 1 END$$, $$length('abc')$$, $$length('\x0102'::bytea)$$, $$length(NULL)$$, $$char_length('abc')$$, $$path('((0,0),(1,1))')$$, $$path(polygon '((0,0),(1,1))')$$, $$round('2.5')$$,
    $$round(2.345, 2)$$, $$position('b' IN 'abc')$$, $$substring('abc' FROM 'b')$$, $$overlay('abc' PLACING 'x' FROM 2)$$, $$extract(epoch FROM timestamptz '2026-01-01Z')$$, $$date_trunc('day', timestamptz '2026-01-01Z')$$,
    $$coalesce('a', 'b')$$, $$concat('a', 1)$$, $$to_jsonb('a'::text)$$, $$jsonb('{"a": 1}')$$, $$jsonb '{"a": 1}'$$, $$text('a')$$, $$float8('2.5')$$, $$interval('1 day')$$, $$date('2026-01-01')$$, $$point(1, 2)$$,
    $$(SELECT max(x) FROM unnest('{a,b}'::text[]) x)$$, $$(SELECT max('a') FROM public.sp_tags_of)$$, $$(SELECT min(NULL) FROM public.sp_tags_of)$$, $$(SELECT sum(n) FROM public.sp_tags_of)$$,
    $$(SELECT avg(f) FROM public.sp_tags_of)$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE tags && '{new,old}')$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE '{new}' <@ tags)$$,
    $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE tags <@ '{old,x}')$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE '{hot,new,x}' @> tags)$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE '{hot}' && tags)$$,
    $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE name ~ '^l')$$, $$(SELECT array_agg(f * '2' + '1' - '3') FROM public.sp_tags_of)$$, $$(SELECT array_agg('2' * f) FROM public.sp_tags_of)$$,
    $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE at >= '2026-01-15')$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE span @> '2026-01-15')$$, $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE span && '[2026-03-02,2026-03-03]')$$,
    $$(SELECT array_agg(id) FROM public.sp_tags_of WHERE doc @> '{"a": 1}')$$, $$(SELECT array_agg(name || ' x' ORDER BY name DESC) FROM public.sp_tags_of)$$, $$(SELECT array_agg(doc || '{"c": 3}') FROM public.sp_tags_of)$$]) e;
SELECT count(*) AS expressions, count(*) FILTER (WHERE bare = 'error') AS errors FROM sp_literal;
SELECT expression, bare, path, with_it FROM sp_literal, unnest('{"public, journey","journey, public"}'::text[]) path, sp_value(expression, path) with_it WHERE with_it <> bare ORDER BY expression COLLATE "C", path;
SELECT expression FROM sp_literal WHERE bare = 'error' ORDER BY expression COLLATE "C";
SELECT expression, path FROM sp_literal, unnest('{"public, journey","journey, public"}'::text[]) path WHERE sp_resolved(expression, path) <> sp_resolved(expression, 'public') ORDER BY expression COLLATE "C", path;

-- no cast leads to or from a type of the extension without being asked for, and no type of it is preferred to one of the server's
SELECT c.castsource::regtype, c.casttarget::regtype, c.castcontext FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type t ON t.oid = c.casttarget
WHERE 'journey'::regnamespace IN (s.typnamespace, t.typnamespace) AND c.castcontext <> 'e' AND c.castsource <> c.casttarget;
SELECT t.typname, t.typcategory FROM pg_type t WHERE t.typnamespace = 'journey'::regnamespace AND t.typispreferred
    AND EXISTS (SELECT FROM pg_type s WHERE s.typnamespace = 'pg_catalog'::regnamespace AND s.typcategory = t.typcategory);
-- and no type has the name of one of the server's
SELECT typname FROM pg_type WHERE typnamespace = 'journey'::regnamespace INTERSECT SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace;

-- journeys are asked for labels as ever: literals, arrays of any kind of text, parameters
SET search_path = public, journey;
PREPARE sp_visited AS SELECT '{lead@2026-01-01, won@2026-01-02}'::journey @> $1 AS visited;
EXECUTE sp_visited('{lead,won}');
EXECUTE sp_visited('{lead,lost}');
SELECT j && '{won,x}' AS literal, '{won,x}' && j AS the_other_way, j @> ARRAY['lead'] AS texts, j @> ARRAY['lead'::varchar] AS varchars, j @> '{lead}'::sp_tags AS domain, '{lost}'::text[] <@ j AS lost,
    j && (SELECT array_agg(x::text) FROM unnest('{lost,won}'::text[]) x) AS computed, pg_typeof(j @> '{lead}')
FROM (VALUES ('{lead@2026-01-01, won@2026-01-02}'::journey)) v(j);
DROP TABLE sp_expression, sp_literal, sp_tags_of;
DROP FUNCTION sp_resolved, sp_value, sp_of_operators, sp_of_functions;
DROP TYPE sp_mood;
DROP DOMAIN sp_tags, sp_number;
