-- Rows :first to :last of the generated data of the benches: 20 events for each customer on average, within 7 days,
-- five steps and noise, in random order.  Deterministic: everything comes from hashes of the row number, so that parts
-- written by several sessions are the same as one written by one.
\set ON_ERROR_STOP 1
INSERT INTO events
SELECT customer, at,
       CASE
           WHEN r < 30 THEN 'view'
           WHEN r < 45 THEN 'cart'
           WHEN r < 55 THEN 'checkout'
           WHEN r < 60 THEN 'pay'
           WHEN r < 62 THEN 'review'
           ELSE 'other' || r % 5
       END
FROM (SELECT (hashint8extended(i, 1) & 9223372036854775807) % :customers AS customer,
             timestamptz '2026-01-01 00:00:00+00'
                 + (hashint8extended(i, 2) & 9223372036854775807) % 604800000 * interval '1 millisecond' AS at,
             (hashint8extended(i, 3) & 9223372036854775807) % 100 AS r
      FROM generate_series(:first, :last) AS i) AS rows;
