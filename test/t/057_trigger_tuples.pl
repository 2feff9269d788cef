# The trigger puts a longer journey into a tuple by moving bytes.  Tables of random columns before and behind the journey
# (of every width and alignment, null, compressed, out of line, dropped, added later) are moved by the trigger, and their
# twins by a plain UPDATE that appends, so that the executor forms the tuples: the rows must be the same, and on the page
# the bytes.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tables = 30;
my $rows = 20;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nlc_messages = 'C'\nautovacuum = off\njit = off");
$node->start;
my $pages = $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'pageinspect'");
$node->safe_psql('postgres', <<'SQL') if $pages;
CREATE EXTENSION pageinspect;
CREATE FUNCTION items(rel regclass, OUT place tid, OUT t_hoff int, OUT t_infomask int, OUT t_infomask2 int, OUT t_bits text, OUT t_data bytea)
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT format('(%s,%s)', p, lp)::tid, t_hoff, t_infomask, t_infomask2, t_bits, t_data
	FROM generate_series(0, pg_relation_size(rel) / 8192 - 1) AS p, heap_page_items(get_raw_page(rel::text, p::int))
	WHERE t_data IS NOT NULL
$$;
SQL
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION journey;
CREATE TYPE stage AS ENUM ('visitor', 'lead', 'a stage with a label of many bytes', 'won', 'lost');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.touched := coalesce(NEW.touched, '') || 'x';
	RETURN NEW;
END $$;
-- A journey of so many entries that ends in this stage; odd ones are of full seconds.
CREATE FUNCTION some_journey(i int, n int, last stage) RETURNS journey.journey LANGUAGE sql AS $$
	SELECT journey.append(coalesce(journey.journey_agg((enum_range(NULL::stage))[1 + (i + k) % 5]::text,
	                                                   timestamptz '2026-01-01Z' + k * (CASE WHEN i % 2 = 1 THEN '7 s' ELSE '7.000013 s' END)::interval), '{}'),
	                      last::text, '2026-02-01Z')
	FROM generate_series(1, n) AS k
$$;
SQL

# type => an expression over i
my %types = (
	'bool' => 'i % 2 = 0', '"char"' => q{chr(65 + i % 20)::"char"}, 'int2' => 'i', 'int4' => 'i * 1000', 'int8' => 'i * 10000000000',
	'float8' => 'i / 7.0', 'numeric' => 'i / 7.0', 'uuid' => 'md5(i::text)::uuid', 'interval' => q{i * interval '1 h'},
	'point' => 'point(i, -i)', 'box' => 'box(point(i, 0), point(0, i))', 'tid' => q{('(' || i || ',1)')::tid},
	'macaddr' => q{macaddr '08:00:2b:01:02:03'}, 'name' => q{('name ' || i)::name}, 'jsonb' => q{jsonb_build_object('i', i, 'f', i / 3.0)},
	'int[]' => 'ARRAY[i, NULL, i]', 'float8[]' => 'ARRAY[i, 2.5]', 'varbit' => q{B'101'}, 'bytea' => q{decode(repeat('ab', i % 140), 'hex')},
	'text' => q{repeat(chr(97 + i % 20), i * 5 % 300)}, 'varchar(5000)' => q{repeat('x', 4000)},
	'stage' => q{(enum_range(NULL::stage))[1 + i % 5]}, 'timestamptz' => q{timestamptz '2026-01-01Z' + i * interval '1 s'});
my @types = sort keys %types;
srand(57);

my ($wrong, $wrong_bytes, $compared, $compared_bytes, $out_of_line, $nulls, $became_long) = (0, 0, 0, 0, 0, 0, 0);
for my $table (1 .. $tables)
{
	my (@columns, @values, @drop);
	for my $side ('a', 'b')
	{
		for my $k (1 .. int(rand(6)))
		{
			my $type = $types[ rand @types ];
			my $never = int(rand(4));
			push @columns, "$side$k $type";
			push @values, $never == 0 ? "NULL::$type" : $never == 1 ? $types{$type} : "CASE WHEN (i + $k) % 3 > 0 THEN $types{$type} END";
			push @drop, "$side$k" if rand() < 0.15;
		}
		next if $side eq 'b';
		push @columns, 'stage stage', 'journey journey.journey';
		# some short, around the end of short headers, and a few that go out of line
		my $n = $table % 4 == 0 ? 'CASE WHEN i % 5 = 0 THEN 800 ELSE i % 3 END' : 'i % 25';
		push @values, 'last', "CASE WHEN i % 7 = 0 THEN NULL ELSE some_journey(i, $n, last) END";
	}
	my $sql = '';
	for my $t ('tracked', 'twin')
	{
		$sql .= "DROP TABLE IF EXISTS $t; CREATE TABLE $t (id int, " . join(', ', @columns) . ") WITH (fillfactor = 50);\n";
		$sql .= "ALTER TABLE $t ALTER journey SET STORAGE " . (qw(EXTENDED EXTERNAL MAIN PLAIN))[ $table / 4 % 4 ] . ";\n" if $table % 4 > 0;
		$sql .= "INSERT INTO $t SELECT i, " . join(', ', @values)
		  . " FROM (SELECT i, (enum_range(NULL::stage))[1 + i % 3] AS last FROM generate_series(1, $rows) AS i) AS x;\n";
		$sql .= "ALTER TABLE $t DROP COLUMN $_;\n" for @drop;
		$sql .= "ALTER TABLE $t ADD COLUMN later text DEFAULT 'missing', ADD COLUMN touched text;\n" if $table % 3 == 0;
		$sql .= "CREATE TRIGGER a_touch BEFORE UPDATE ON $t FOR EACH ROW EXECUTE FUNCTION touch();\n" if $table % 6 == 0;
	}
	$sql .= "CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON tracked FOR EACH ROW EXECUTE FUNCTION journey.transition('stage', 'journey', 'new, * -> *');\n";
	for my $to ('won', 'a stage with a label of many bytes', 'lost', 'won')
	{
		$sql .= <<SQL;
BEGIN;
UPDATE tracked SET stage = '$to';
-- a row without a journey first writes down where it was
UPDATE twin SET stage = '$to',
	journey = journey.append(coalesce(journey, journey.append('{}', stage::text, now() - interval '1 us')), '$to'::text, now());
COMMIT;
SELECT 'rows', count(*), count(*) FILTER (WHERE x::text IS DISTINCT FROM y::text) FROM tracked x FULL JOIN twin y USING (id);
SQL
		$sql .= <<SQL if $pages;
SELECT 'bytes', count(*), count(*) FILTER (WHERE (x.t_hoff, x.t_infomask & 7, x.t_infomask2 & 2047, x.t_bits) IS DISTINCT FROM (y.t_hoff, y.t_infomask & 7, y.t_infomask2 & 2047, y.t_bits)
		OR length(x.t_data) <> length(y.t_data) OR (x.t_infomask & 4 = 0 AND x.t_data <> y.t_data)),
	count(*) FILTER (WHERE x.t_infomask & 4 > 0), count(*) FILTER (WHERE x.t_infomask & 1 > 0), count(*) FILTER (WHERE x.size > 126)
FROM (SELECT id, pg_column_size(journey) AS size, i.* FROM tracked JOIN items('tracked') AS i ON place = ctid) AS x
FULL JOIN (SELECT id, i.* FROM twin JOIN items('twin') AS i ON place = ctid) AS y USING (id);
SQL
	}
	for my $line (split /\n/, $node->safe_psql('postgres', "SET client_min_messages = warning;\n$sql"))
	{
		my ($what, $n, $different, $external, $with_nulls, $long) = split /\|/, $line;
		if ($what eq 'rows') { $compared += $n; $wrong += $different }
		else
		{
			$compared_bytes += $n; $wrong_bytes += $different;
			$out_of_line += $external; $nulls += $with_nulls; $became_long += $long;
		}
		diag("table $table: " . join(', ', @columns) . ": $line") if $different;
	}
}
is($compared, $tables * $rows * 4, 'every row after every move is compared');
is($wrong, 0, 'rows are those of a plain UPDATE that appends');
SKIP:
{
	skip 'pageinspect is not installed', 5 unless $pages;
	is($compared_bytes, $tables * $rows * 4, 'and every tuple');
	is($wrong_bytes, 0, 'tuples are those that the executor forms');
	cmp_ok($_->[0], '>', 50, $_->[1]) for [ $out_of_line, 'some have values out of line' ], [ $nulls, 'some have nulls' ], [ $became_long, 'some have journeys with a long header' ];
}
done_testing();
