-- A scored table kept current: by updates, by a trigger; promotion by a guard, demotion by expires_at, the hottest by the index.
SET TIME ZONE 'UTC';
SET search_path = public, journey;
SELECT setseed(0.6);
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT create_stages('sl_stage', 'lead') IS NOT NULL AS stages;
CREATE TABLE sl_lead (id int PRIMARY KEY, company int, fit float8 NOT NULL DEFAULT 0, stage sl_stage NOT NULL DEFAULT 'lead',
  score score('14 days') NOT NULL DEFAULT '0@2026-01-01/14 days',
  mql_until timestamptz GENERATED ALWAYS AS (expires_at(score, 50, fit)) STORED);
CREATE INDEX sl_lead_score ON sl_lead (score);
CREATE INDEX sl_lead_until ON sl_lead (mql_until) WHERE stage = 'mql';
CREATE TABLE sl_touch (id serial PRIMARY KEY, lead int REFERENCES sl_lead, at timestamptz NOT NULL, points float8 NOT NULL);
INSERT INTO sl_lead (id, company) SELECT i, i % 50 FROM generate_series(1, 500) i;

-- a trigger for each row and one for each statement come to the same as the aggregate over all touches
CREATE FUNCTION sl_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE sl_lead SET score = score - score(OLD.points, OLD.at, '14 days') WHERE id = OLD.lead;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE sl_lead SET score = score + score(NEW.points, NEW.at, '14 days') WHERE id = NEW.lead;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER sl_row AFTER INSERT OR UPDATE OR DELETE ON sl_touch FOR EACH ROW EXECUTE FUNCTION sl_row();
INSERT INTO sl_touch (lead, at, points) SELECT 1 + floor(random() * 500)::int, timestamptz '2026-01-01' + random() * interval '60 days', floor(random() * 20) FROM generate_series(1, 5000);
DELETE FROM sl_touch WHERE id % 10 = 3;
UPDATE sl_touch SET points = points + 1, lead = 1 + (lead + 7) % 500 WHERE id % 10 = 4;
CREATE FUNCTION sl_wrong() RETURNS TABLE (leads bigint, wrong bigint) LANGUAGE sql AS $$
  SELECT count(*), count(*) FILTER (WHERE abs(score_at(l.score, '2026-04-01') - coalesce(score_at(t.score, '2026-04-01'), 0)) > 1e-9)
  FROM sl_lead l LEFT JOIN (SELECT lead, score_agg(points, at, '14 days') AS score FROM sl_touch GROUP BY lead) t ON t.lead = l.id $$;
SELECT * FROM sl_wrong();
DROP TRIGGER sl_row ON sl_touch;
CREATE FUNCTION sl_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sl_lead SET score = sl_lead.score + t.score FROM (SELECT lead, score_agg(points, at, '14 days') AS score FROM new_rows GROUP BY lead) t WHERE t.lead = id;
  RETURN NULL;
END $$;
CREATE TRIGGER sl_statement AFTER INSERT ON sl_touch REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sl_statement();
INSERT INTO sl_touch (lead, at, points) SELECT 1 + floor(random() * 500)::int, timestamptz '2026-01-01' + random() * interval '60 days', floor(random() * 20) FROM generate_series(1, 5000);
SELECT * FROM sl_wrong();

-- the hottest leads, whatever the date
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT id FROM sl_lead ORDER BY score DESC LIMIT 10;
RESET enable_sort;
SELECT bool_and((SELECT array_agg(id) FROM (SELECT id FROM sl_lead ORDER BY score DESC LIMIT 10) a) =
                (SELECT array_agg(id) FROM (SELECT id FROM sl_lead ORDER BY score_at(score, d) DESC LIMIT 10) b)) AS same
FROM generate_series(timestamptz '2026-03-01', '2027-03-01', '1 month') d;
-- those above a threshold, and those about to fall below it
SELECT bool_and((SELECT count(*) FROM sl_lead WHERE score >= threshold(20, '14 days', d)) = (SELECT count(*) FROM sl_lead WHERE score_at(score, d) >= 20)) AS same
FROM generate_series(timestamptz '2026-03-01', '2026-06-01', '1 week') d;
-- a company by the sum of its contacts
SELECT count(*) AS companies, count(*) FILTER (WHERE abs(score_at(rolled, '2026-04-01') - summed) > 1e-9) AS wrong
FROM (SELECT company, rollup(score) AS rolled, sum(score_at(score, '2026-04-01')) AS summed FROM sl_lead GROUP BY company) c;

-- promotion: a guard on the score at that time, which the same statement may raise; the fit counts too
SELECT count(*) > 0 AS tracked FROM track('sl_lead', 'stage', 'new -> lead; lead -> mql when (fit + journey.score_at(score) >= 50); mql -> sql, lead');
UPDATE sl_lead SET score = score(40, now(), '14 days') WHERE id <= 5;
UPDATE sl_lead SET stage = 'mql' WHERE id = 1;
UPDATE sl_lead SET stage = 'mql', score = score + 11 WHERE id = 1;
UPDATE sl_lead SET stage = 'mql', fit = 15 WHERE id = 2;
UPDATE sl_lead SET score = score - 1 WHERE id = 3;
UPDATE sl_lead SET stage = 'mql', score = score + 10 WHERE id = 3;
UPDATE sl_lead SET stage = 'mql', score = score + 12 WHERE id = 3;
-- two weeks ago 110 was enough, and now it is; 90 no longer is
UPDATE sl_lead SET score = score(110, now() - interval '14 days', '14 days') WHERE id = 4;
UPDATE sl_lead SET score = score(90, now() - interval '14 days', '14 days') WHERE id = 5;
UPDATE sl_lead SET stage = 'mql' WHERE id = 4;
UPDATE sl_lead SET stage = 'mql' WHERE id = 5;
SELECT id, stage, round(score_at(score)) AS score, mql_until - now() < '1 second' AS now, round(extract(epoch FROM mql_until - now()) / 86400, 2) AS days FROM sl_lead WHERE id <= 5 ORDER BY id;
-- demotion: by the index, no score is computed; as if eight days had passed for two of them
UPDATE sl_lead SET score = score(value(score), reference_time(score) - interval '8 days', '14 days') WHERE id IN (1, 2);
SET enable_seqscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM sl_lead WHERE stage = 'mql' AND mql_until < '2026-02-01';
SELECT id, mql_until < now() AS due FROM sl_lead WHERE stage = 'mql' ORDER BY id;
UPDATE sl_lead SET stage = 'lead' WHERE stage = 'mql' AND mql_until < now();
RESET enable_seqscan; RESET enable_bitmapscan;
SELECT id, stage, fit + score_at(score) < 50 AS below FROM sl_lead WHERE id <= 5 ORDER BY id;
DROP TABLE sl_touch, sl_lead CASCADE;
DROP FUNCTION sl_row, sl_statement, sl_wrong;
DROP TYPE sl_stage;
