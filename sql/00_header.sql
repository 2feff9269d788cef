/* journey: the install script, made by joining the topics of sql/ in order */

\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Whoever may read a table may ask questions about the journeys in it.
GRANT USAGE ON SCHEMA journey TO PUBLIC;
