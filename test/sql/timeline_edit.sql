-- Making a journey out of another one.
SET TIME ZONE 'UTC';

-- append: after the last entry, or one microsecond after it
SELECT journey.append('{}', 'a', '2026-01-01');
SELECT journey.append('{a@2026-01-01, b@2026-02-01}', 'c', '2026-03-01');
SELECT journey.append('{a@2026-01-01, b@2026-02-01}', 'b', '2026-02-01');
SELECT journey.append('{a@2026-01-01, b@2026-02-01}', 'a', '2025-01-01');
SELECT journey.append('{}', '', '2026-01-01');
SELECT journey.append('{}', repeat('x', 256), '2026-01-01');
SELECT journey.append('{}', 'a', 'infinity');
SELECT journey.append('{a@294276-12-31T23:59:59.999999Z}', 'b', '2026-01-01');
