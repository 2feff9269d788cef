# Values of every type that the extension has, in tables, and what is compared when they come out at another place.
package JourneyValues;
use strict;
use warnings;
use Exporter 'import';
use JourneyAggregates;
our @EXPORT = qw(make_values values_fingerprint types_without_values);

# The tables: facts and people (stored and rolled-up values), states (for every aggregate its state, made by an aggregate that
# has the same transition function and no final one), made (what is entered as text) and records (the composite types).
sub make_values
{
	my ($node, $db, %options) = @_;
	$node->safe_psql($db, "CREATE TYPE aggregate_stage AS ENUM ('visit', 'cart', 'pay', 'help');" . facts_sql('facts') . people_sql('people', 'facts'));
	my @calls = aggregate_calls($node, $db, %options);
	my ($script, $n, %tables) = ('', 0);
	my %arguments = map { split /\|/, $_, 2 } split /\n/, $node->safe_psql($db, q{SET search_path = pg_catalog; SELECT a.aggfnoid::regprocedure, pg_get_function_arguments(a.aggfnoid) FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE p.pronamespace = 'journey'::regnamespace});
	for my $c (@calls)
	{
		next unless $c->{state} =~ /^journey\./;
		my $name = 'state_' . ++$n;
		my $first = $c->{first} eq '' ? '' : ", INITCOND = '" . $c->{first} =~ s/'/''/gr . "'";
		$script .= "CREATE AGGREGATE $name($arguments{$c->{signature}}) (SFUNC = $c->{transition}, STYPE = $c->{state}$first);\n";
		push @{ $tables{ $c->{table} } }, "$name(" . join(', ', @{ $c->{arguments} }) . ") AS $name";
	}
	for my $table (sort keys %tables) { $script .= "CREATE TABLE states_$table AS SELECT customer, " . join(', ', @{ $tables{$table} }) . " FROM $table GROUP BY customer;\n"; }
	$node->safe_psql($db, $script . <<'SQL');
CREATE TABLE made (id int PRIMARY KEY, bant journey.bant, calendar journey.calendar);
INSERT INTO made VALUES (1, journey.bant(true, NULL, false, true), '{"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-12:00", "13:00-18:00"], "sun": ["00:00-06:00"]}}'), (2, journey.bant(), '{"zone": "UTC", "week": {"tue": ["09:00-17:30"]}}'), (3, NULL, NULL);
CREATE TABLE records (id int PRIMARY KEY);
INSERT INTO records VALUES (1), (2);
DO $$
DECLARE
	t regtype;
BEGIN
	FOR t IN SELECT c.reltype FROM pg_class c WHERE c.relnamespace = 'journey'::regnamespace AND c.relkind = 'c' ORDER BY c.relname LOOP
		EXECUTE format('ALTER TABLE records ADD COLUMN %I %s', t::text, t);
		EXECUTE format('UPDATE records SET %I = jsonb_populate_record(NULL::%s, $1) WHERE id = 1', t::text, t) USING (
			SELECT jsonb_object_agg(a.attname, CASE a.atttypid::regtype::text WHEN 'text' THEN '"what ''it'' is"' WHEN 'boolean' THEN 'true' WHEN 'interval' THEN '"3 days 00:00:00.25"'
				WHEN 'timestamp with time zone' THEN '"2026-03-01T00:00:00.000001Z"' WHEN 'double precision' THEN '0.1' WHEN 'numeric' THEN '12345678901234567890.125' ELSE '7' END::jsonb)
			FROM pg_attribute a JOIN pg_type y ON y.typrelid = a.attrelid WHERE y.oid = t AND a.attnum > 0 AND NOT a.attisdropped);
	END LOOP;
END $$;
SQL
	return;
}

# The types of the extension that no column of a table has, or only NULL: names, in one string.
sub types_without_values
{
	my ($node, $db) = @_;
	my $query = q{SELECT t.oid::regtype FROM pg_type t WHERE t.typnamespace = 'journey'::regnamespace AND t.typcategory <> 'A' AND (t.typtype <> 'c' OR (SELECT c.relkind = 'c' FROM pg_class c WHERE c.oid = t.typrelid))};
	my %missing = map { $_ => 1 } split /\n/, $node->safe_psql($db, $query);
	for (split /\n/, values_fingerprint($node, $db))
	{
		my ($column, $type, $rows) = split /\|/;
		delete $missing{$type} if $rows > 0;
	}
	return join ' ', sort keys %missing;
}

# For each column of a type of the extension: how many values, and digests of their text and, of a base type, their binary form.
sub values_fingerprint
{
	my ($node, $db) = @_;
	my @columns = split /\n/, $node->safe_psql($db, <<'SQL');
SELECT quote_ident(c.relname), quote_ident(a.attname), t.oid::regtype, CASE WHEN t.typtype = 'b' THEN t.typsend ELSE 0 END::regproc, format_type(t.oid, a.atttypmod)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ('facts', 'people', 'states_facts', 'states_people', 'made', 'records') AND a.attnum > 0 AND NOT a.attisdropped AND t.typnamespace = 'journey'::regnamespace
ORDER BY 1, 2;
SQL
	my $script = '';
	for (@columns)
	{
		my ($rel, $column, $type, $send) = split /\|/;
		# a row is a text without the names of its fields, whose order the type has
		$script .= "SELECT '$rel.$column', '$type', count($column), md5(string_agg($column\::text, ';' ORDER BY $column\::text COLLATE \"C\"))"
		  . ($send eq '-' ? '' : ", md5(string_agg($send($column)::text, ';' ORDER BY $column\::text COLLATE \"C\"))") . " FROM $rel;\n";
	}
	return $node->safe_psql($db, "SET timezone = 'UTC'; SET extra_float_digits = 1;\n$script");
}

1;
