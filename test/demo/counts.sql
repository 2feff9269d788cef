-- What the job came to, one count a line, for the comparison with check.awk.
\pset format unaligned
\pset fieldsep '\t'
\pset tuples_only on
SELECT 'written', sum(journey.length(journey)) FROM customers;
SELECT 'refused', count(*) FROM refused;
SELECT 'customers', count(*) FROM customers;
SELECT 'now ' || s.value, count(c.customer) FROM setting s LEFT JOIN customers c ON c.stage::text = s.value WHERE s.name = 'stages' GROUP BY 1 ORDER BY 1;
SELECT format($$SELECT 'reached ' || s.label, s.reached FROM (SELECT journey.funnel(journey, %L%s) AS f FROM customers) q, journey.steps(q.f) s ORDER BY s.step$$,
              array_agg(value ORDER BY ord)::text[],
              (SELECT ', NULL, ' || quote_literal(value) FROM setting WHERE name = 'options' AND value IS NOT NULL))
FROM setting WHERE name = 'steps' \gexec
SELECT 'problems', count(*) FROM journey.verify('customers');
