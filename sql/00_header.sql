/* journey: the install script, made by joining the topics of sql/ in order */

\echo Use "CREATE EXTENSION journey" to load this file. \quit

