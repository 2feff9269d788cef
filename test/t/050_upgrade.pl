# An extension that was updated is the same as one that was made afresh; and what an older version left in a database
# works, with the library of this one, before the update and after it.
#
# Older versions are the frozen install scripts test/upgrade/journey--OLD.sql, which test/run puts beside the current one and from
# which a chain of sql/journey--A--B.sql leads to this version.  And so that this is tried with every change, and not only after a release, versions are made up
# from the install script of now: the same without some of its parts, and an upgrade script that is those parts.
use strict;
use warnings;
use FindBin;
use File::Copy qw(copy);
use JourneyCatalog qw(catalog_query);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";
chomp(my $share = qx(pg_config --sharedir));
my $folder = "$share/extension";
plan skip_all => "the folder of extensions cannot be written: $folder" unless -w $folder;

sub slurp
{
	open my $in, '<', $_[0] or die "cannot read $_[0]: $!\n";
	return do { local $/; <$in> };
}
my @placed;

sub place
{
	my ($name, $text) = @_;
	die "$folder/$name is there\n" if -e "$folder/$name";
	push @placed, "$folder/$name";
	open my $out, '>', "$folder/$name" or die "cannot write $folder/$name: $!\n";
	print $out $text;
	close $out or die;
	return;
}
END { my $status = $?; unlink @placed; $? = $status; }

my ($now) = slurp("$top/journey.control") =~ /^default_version *= *'([^']+)'/m;
my @parts = sort glob "$top/sql/[0-9][0-9]_*.sql";
my $upgrade = qq{\\echo Use "ALTER EXTENSION journey UPDATE" to load this file. \\quit\n};

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
my $count = 0;

sub new_database { my $name = 'd' . ++$count; $node->safe_psql('postgres', "CREATE DATABASE $name"); return $name; }
sub catalog { return $node->safe_psql($_[0], catalog_query()); }

sub different
{
	my ($fresh, $upgraded) = @_;
	my %in_fresh = map { $_ => 1 } split /\n/, $fresh;
	my %in_upgraded = map { $_ => 1 } split /\n/, $upgraded;
	return ((map { "- $_" } grep { !$in_upgraded{$_} } sort keys %in_fresh), (map { "+ $_" } grep { !$in_fresh{$_} } sort keys %in_upgraded));
}

my $fresh_db = new_database();
$node->safe_psql($fresh_db, 'CREATE EXTENSION journey');
my $fresh = catalog($fresh_db);
cmp_ok(scalar(() = $fresh =~ /^object /mg), '>', 500, 'the catalogs show what the extension is');
is(join("\n", different($fresh, catalog($fresh_db))), '', 'and show the same again');

# ---------------------------------------------------------------- what an old version leaves in a database

my $use = q{
	CREATE TYPE stage AS ENUM ('open', 'won', 'lost');
	CREATE TABLE deals (id int PRIMARY KEY, stage stage NOT NULL, journey journey.journey);
	CREATE TRIGGER journey BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
		EXECUTE FUNCTION journey.transition('stage', 'journey', 'new -> open; open -> won; * -> lost');
	INSERT INTO deals SELECT i, 'open' FROM generate_series(1, 50) i;
	UPDATE deals SET stage = 'won' WHERE id <= 20;
	CREATE INDEX deals_journey ON deals (journey);
	CREATE INDEX deals_labels ON deals USING gin (journey);
	CREATE VIEW lengths AS SELECT id, journey.length(journey) AS n FROM deals;
	CREATE VIEW sold AS SELECT id FROM deals WHERE journey OPERATOR(journey.@>) ARRAY['open', 'won'] AND journey OPERATOR(journey.&&) '{won, x}'
		AND ARRAY['won'] OPERATOR(journey.<@) journey AND '{won}' OPERATOR(journey.&&) journey};
my $move = q{UPDATE deals SET stage = 'lost' WHERE id > 45};
my $look = q{SELECT sum(n), (SELECT count(*) FROM deals WHERE journey.current(journey) = 'lost') FROM lengths;
	SET enable_seqscan = off; SELECT count(*) FROM deals a JOIN deals b ON a.journey OPERATOR(journey.=) b.journey WHERE a.id = b.id;
	SET enable_indexscan = off; SET enable_indexonlyscan = off; SELECT count(*) FROM sold; EXPLAIN (COSTS OFF) SELECT FROM sold};
my $looked = qr/\A75\|5\n50\n20\n.*Bitmap Index Scan on deals_labels/s;

# Makes it old, uses it, updates it; returns what is different from a fresh one.
sub walk
{
	my ($old, $what) = @_;
	my $db = new_database();
	my ($status, $out, $err) = $node->psql($db, "CREATE EXTENSION journey VERSION '$old'");
	is($err, '', "$what: the library has all that the old version calls") or return ("- all of it: $err");
	$node->safe_psql($db, $use);
	like($node->safe_psql($db, "$move; $look"), $looked, "$what: the old version works with the new library");
	($status, $out, $err) = $node->psql($db, 'ALTER EXTENSION journey UPDATE');
	is($err, '', "$what: it is updated") or return ("- all of it: $err");
	like($node->safe_psql($db, $look), $looked, "$what: what was stored is read after the update");
	$node->safe_psql($db, 'DO $$ BEGIN EXECUTE format($f$ CREATE VIEW again AS %s $f$, pg_get_viewdef($v$sold$v$)); END $$');
	is($node->safe_psql($db, 'SELECT count(*) FROM (TABLE again EXCEPT ALL TABLE sold) x; SELECT count(*) FROM again'), "0\n20", "$what: so is a view that is made anew");
	is($node->safe_psql($db, "UPDATE deals SET stage = 'lost' WHERE id <= 20; SELECT count(*), sum(journey.length(journey)) FROM deals WHERE stage = 'lost'"), '25|70',
		"$what: and goes on");
	($status, $out, $err) = $node->psql($db, "UPDATE deals SET stage = 'open' WHERE id = 1");
	like($err, qr/cannot move from "lost" to "open"/, "$what: under the same rules");
	return different($fresh, catalog($db));
}

# ---------------------------------------------------------------- versions that were released

my @frozen = map { m{journey--([^/]+)\.sql$} ? $1 : () } sort glob "$top/test/upgrade/journey--*.sql";
for my $old (@frozen)
{
	isnt($node->safe_psql('postgres', "SELECT path FROM pg_extension_update_paths('journey') WHERE source = '$old' AND target = '$now'"), '', "there is a way from $old to $now");
	is(join("\n", walk($old, $old)), '', "$old: updated is the same as fresh");
}
{
	my %froze = map { $_ => 1 } @frozen;
	my @from = map { m{journey--([^/]+?)--} ? $1 : () } glob "$top/sql/journey--*--*.sql";
	is(join(' ', grep { !$froze{$_} } @from), '', 'each version that an upgrade script starts from is frozen in test/upgrade');
}

# ---------------------------------------------------------------- versions that are made up

sub script { return join '', map { slurp($_) } @_; }
my $half = @parts / 2;
# the room of sessions: nothing else is made of it
my ($session) = grep { m{/\d\d_session\.sql$} } @parts;
my @made = (
	[ '0.0.1', 'without the last room', [ @parts[ 0 .. $#parts - 1 ] ], [ $parts[-1] ] ],
	[ '0.0.2', 'without the second half', [ @parts[ 0 .. $half - 1 ] ], [ @parts[ $half .. $#parts ] ] ],
	[ '0.0.3', 'without a room in the middle', [ grep { $_ ne $session } @parts ], [$session] ]);
for (@made)
{
	my ($old, $what, $had, $new) = @$_;
	place("journey--$old.sql", script(@$had));
	place("journey--$old--$now.sql", $upgrade . script(@$new));
	is(join("\n", walk($old, $what)), '', "$what: updated is the same as fresh");
}

# ---------------------------------------------------------------- a difference of any kind is seen

my @mistakes = (
	'a function' => 'ALTER EXTENSION journey DROP FUNCTION journey.coverage(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric); DROP FUNCTION journey.coverage(pg_catalog.numeric, pg_catalog.numeric, pg_catalog.numeric)',
	'a body' => q{CREATE OR REPLACE FUNCTION journey.coverage(open pg_catalog.numeric, target pg_catalog.numeric, won pg_catalog.numeric DEFAULT 0) RETURNS pg_catalog.numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1},
	'a default' => q{CREATE OR REPLACE FUNCTION journey.mermaid_text(t pg_catalog.text DEFAULT 'x') RETURNS pg_catalog.text LANGUAGE plpgsql AS 'BEGIN RETURN t; END'},
	'a cost' => 'ALTER FUNCTION journey.object_name(pg_catalog.text, pg_catalog.text) COST 77',
	'parallel safety' => 'ALTER FUNCTION journey.length(journey.journey) PARALLEL UNSAFE',
	'strictness' => 'ALTER FUNCTION journey.length(journey.journey) CALLED ON NULL INPUT',
	'a setting' => 'ALTER FUNCTION journey.tracked() RESET search_path',
	'an aggregate' => 'ALTER FUNCTION journey.journey_agg(pg_catalog.text, pg_catalog.timestamptz) RENAME TO journey_agg_old',
	'a type' => 'ALTER TYPE journey.funnel SET (STORAGE = main)',
	'an operator' => 'ALTER OPERATOR journey.= (journey.journey, journey.journey) SET (RESTRICT = NONE)',
	'an operator class' => 'ALTER EXTENSION journey DROP OPERATOR CLASS journey.journey_gin_ops USING gin',
	'a cast' => 'ALTER EXTENSION journey DROP CAST (journey.funnel AS pg_catalog.jsonb)',
	'a comment' => q{COMMENT ON TYPE journey.funnel IS 'something else'},
	'rights' => 'REVOKE EXECUTE ON FUNCTION journey.length(journey.journey) FROM PUBLIC',
	'rights of the schema' => 'REVOKE USAGE ON SCHEMA journey FROM PUBLIC',
	'a view' => 'CREATE VIEW journey.extra AS SELECT 1 AS one',
	'what belongs to it' => 'ALTER EXTENSION journey DROP FUNCTION journey.object_name(pg_catalog.text, pg_catalog.text)',
	'a dependency' => 'ALTER FUNCTION journey.object_name(pg_catalog.text, pg_catalog.text) DEPENDS ON EXTENSION plpgsql',
);
my $db = new_database();
$node->safe_psql($db, 'CREATE EXTENSION journey');
while (my ($what, $mistake) = splice @mistakes, 0, 2)
{
	my ($status, $out, $err) = $node->psql($db, "BEGIN; $mistake;" . catalog_query() . '; ROLLBACK', on_error_stop => 1);
	my @seen = different($fresh, $out);
	ok($err eq '' && @seen, "seen if it is different: $what") or diag $err;
}

$node->stop;
done_testing();
