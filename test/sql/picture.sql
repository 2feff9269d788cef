-- pictures: the funnel as bars of text
SET search_path = public, journey;

-- 40 columns stand for the greatest number: 250 of 1000 are 10, 13 of 1000 are half a column, 1 of 1000 is still seen
CREATE TABLE picture_journeys AS
SELECT journey(labels, ARRAY(SELECT timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, cardinality(labels)) AS n)) AS j
FROM (SELECT CASE WHEN i <= 1 THEN ARRAY['lead', 'mql', 'sql', 'won']
                  WHEN i <= 13 THEN ARRAY['lead', 'mql', 'sql']
                  WHEN i <= 250 THEN ARRAY['lead', 'mql'] ELSE ARRAY['lead'] END AS labels
      FROM generate_series(1, 1000) AS i) AS rows;
SELECT chart(funnel(j, '{lead,mql,sql,won}')) FROM picture_journeys;
SELECT chart(funnel(j, '{lead,mql,sql,won}'), 20, plain => true) FROM picture_journeys;
-- every line is drawn to the same width: label 4, space, bar 40, space, count 4, space, percent 6
SELECT DISTINCT length(split_part(line, ' %', 1)) AS columns
FROM (SELECT chart(funnel(j, '{lead,mql,sql,won}')) AS line FROM picture_journeys) AS c;
-- in any order it is the number of steps that counts
SELECT chart(funnel(j, '{won,lead}', NULL, 'any_order'), 10) FROM picture_journeys;
-- nobody
SELECT chart(funnel(j, '{other,lead}'), 10) FROM picture_journeys;
SELECT count(*) FROM chart(NULL);
-- labels of any script, wide ones, and what would break the line
SELECT chart(funnel(j, ARRAY['سرنخ', '客户', E'two\nlines', 'é']), 10, true)
FROM (SELECT journey(ARRAY['سرنخ', '客户', E'two\nlines', 'é'], ARRAY['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04']::timestamptz[])) AS one (j);
-- what is refused
SELECT chart(funnel(j, '{lead}'), 0) FROM picture_journeys;
SELECT chart(funnel(j, '{lead}'), 201) FROM picture_journeys;
DROP TABLE picture_journeys;
