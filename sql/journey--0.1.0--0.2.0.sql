\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \quit

-- From 0.1.0 to 0.2.0.  What is new, changed or gone in a part NN_TOPIC.sql is here under the name of that topic.
