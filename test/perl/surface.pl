# Looks over everything the extension makes, and prints TAP: one test for each rule, with the offenders.
#
#   perl surface.pl TOP LIBRARY        with PGHOST and PGUSER of a server that has the extension installed
use strict;
use warnings;

my ($top, $library) = @ARGV;
my $database = "surface_$$";
my ($n, $bad) = (0, 0);

sub test
{
	my ($rule, @offenders) = @_;
	$n++;
	if (@offenders)
	{
		$bad++;
		print "not ok $n - $rule\n";
		print "# $_\n" for @offenders;
	}
	else { print "ok $n - $rule\n"; }
}

sub rows
{
	my ($sql) = @_;
	open my $f, '-|', 'psql', '-XAtq', '-F', "\t", '-v', 'ON_ERROR_STOP=1', '-d', $database, '-c', $sql or die $!;
	my @rows = <$f>;
	close $f or die "the query failed:\n$sql\n";
	chomp @rows;
	return @rows;
}

sub slurp
{
	my ($file) = @_;
	open my $f, '<', $file or die "cannot read $file: $!\n";
	local $/;
	return scalar <$f>;
}

system('psql', '-Xq', '-d', 'postgres', '-c', "CREATE DATABASE $database") == 0 or die;
$SIG{__DIE__} = sub { print "Bail out!  $_[0]\n" };
system('psql', '-Xq', '-d', $database, '-c', 'CREATE EXTENSION journey') == 0 or die "no extension\n";

# The members of the extension.
rows(<<'SQL');
CREATE VIEW public.member AS
SELECT d.classid, d.objid, pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS what
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON d.refobjid = e.oid
WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'journey';
CREATE VIEW public.fn AS
SELECT p.*, m.what, l.lanname FROM public.member m JOIN pg_catalog.pg_proc p ON p.oid = m.objid
	JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE m.classid = 'pg_catalog.pg_proc'::regclass;
-- what serves a type, an aggregate, an operator class, an operator or a cast, and is not called by its name
CREATE VIEW public.support AS
SELECT oid FROM (
	SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript])::oid FROM pg_catalog.pg_type
	UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn])::oid
		FROM pg_catalog.pg_aggregate
	UNION SELECT amproc::oid FROM pg_catalog.pg_amproc
	UNION SELECT unnest(ARRAY[oprcode, oprrest, oprjoin])::oid FROM pg_catalog.pg_operator
	UNION SELECT castfunc FROM pg_catalog.pg_cast
	UNION SELECT prosupport::oid FROM pg_catalog.pg_proc) AS s(oid)
WHERE oid <> 0;
SQL

# ---------------------------------------------------------------- comments

test('everything has a comment',
	rows(<<'SQL'));
SELECT m.what FROM public.member m
WHERE pg_catalog.obj_description(m.objid, (SELECT relname FROM pg_catalog.pg_class WHERE oid = m.classid)) IS NULL
	AND m.classid NOT IN ('pg_catalog.pg_opfamily'::regclass, 'pg_catalog.pg_cast'::regclass, 'pg_catalog.pg_namespace'::regclass,
		'pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass, 'pg_catalog.pg_language'::regclass)
	-- an array type comes with its type
	AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type t WHERE m.classid = 'pg_catalog.pg_type'::regclass AND t.oid = m.objid
		AND (t.typelem <> 0 AND t.typlen = -1 OR t.typrelid <> 0))
ORDER BY m.what
SQL
test('columns of views have comments',
	rows(<<'SQL'));
SELECT c.relname || '.' || a.attname FROM public.member m JOIN pg_catalog.pg_class c ON c.oid = m.objid
	JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE m.classid = 'pg_catalog.pg_class'::regclass AND c.relkind IN ('v', 'm', 'r') AND pg_catalog.col_description(c.oid, a.attnum) IS NULL
SQL
test('comments are lower case without a period at the end',
	rows(<<'SQL'));
SELECT m.what || ': ' || d.description FROM public.member m JOIN pg_catalog.pg_description d ON d.objoid = m.objid AND d.classoid = m.classid
WHERE d.objsubid = 0 AND d.description ~ '\.$' ORDER BY 1
SQL

# ---------------------------------------------------------------- labels

test('all is in the schema journey',
	rows(<<'SQL'));
SELECT m.what FROM public.member m CROSS JOIN LATERAL pg_catalog.pg_identify_object(m.classid, m.objid, 0) i
WHERE i.schema IS NOT NULL AND i.schema <> 'journey'
SQL
test('immutable functions are parallel safe, stable ones do not stop a parallel plan',
	# what runs SQL of the user, such as guards, is restricted to the leader; what catches errors is unsafe
	rows(<<'SQL'));
SELECT what FROM public.fn WHERE (provolatile = 'i' AND proparallel <> 's') OR (provolatile = 's' AND proparallel = 'u' AND lanname <> 'plpgsql') ORDER BY 1
SQL
test('aggregates are parallel safe, have a combine function and a concrete state type with text and binary forms',
	# but for funnel_events, whose state holds all rows and may be on disk (doc/events.md)
	rows(<<'SQL'));
SELECT f.what FROM public.fn f JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid JOIN pg_catalog.pg_type t ON t.oid = a.aggtranstype
WHERE a.aggkind = 'n' AND f.proname <> 'funnel_events'
	AND (f.proparallel <> 's' OR a.aggcombinefn = 0 OR t.typtype = 'p' OR t.typreceive = 0 OR t.typsend = 0) ORDER BY 1
SQL
test('what an aggregate calls is immutable, and as parallel safe as the aggregate',
	rows(<<'SQL'));
SELECT f.what || ': ' || s.oid::regprocedure FROM public.fn f JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
	JOIN pg_catalog.pg_proc s ON s.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn)
WHERE s.proparallel <> 's' OR s.provolatile = 'v' ORDER BY 1
SQL
test('types have a binary form, and its functions are immutable',
	rows(<<'SQL'));
SELECT m.what FROM public.member m JOIN pg_catalog.pg_type t ON t.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_type'::regclass AND t.typtype = 'b' AND t.typcategory <> 'A' AND (t.typreceive = 0 OR t.typsend = 0
	OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend) AND p.provolatile <> 'i'))
SQL
test('functions of types, operators and operator classes are strict and immutable',
	rows(<<'SQL'));
SELECT f.what FROM public.fn f WHERE (f.provolatile <> 'i' OR NOT f.proisstrict) AND f.oid IN (
	SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend])::oid FROM pg_catalog.pg_type WHERE typtype = 'b'
	UNION SELECT oprcode::oid FROM pg_catalog.pg_operator WHERE oprcanhash OR oprcanmerge
	UNION SELECT p.amproc::oid FROM pg_catalog.pg_amproc p JOIN pg_catalog.pg_opfamily o ON o.oid = p.amprocfamily
		JOIN pg_catalog.pg_am a ON a.oid = o.opfmethod WHERE a.amname IN ('btree', 'hash') AND p.amprocnum <= 2 AND p.amproclefttype = p.amprocrighttype
			AND NOT (a.amname = 'btree' AND p.amprocnum = 2)) ORDER BY 1
SQL
test('SQL functions have parsed bodies',
	rows("SELECT what FROM public.fn WHERE lanname = 'sql' AND prosqlbody IS NULL ORDER BY 1"));
test('other languages pin their search_path',
	rows(<<'SQL'));
SELECT what FROM public.fn WHERE lanname NOT IN ('c', 'internal', 'sql')
	AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false) ORDER BY 1
SQL
test('nothing runs as its owner',
	rows("SELECT what FROM public.fn WHERE prosecdef ORDER BY 1"));
test('views run as their reader',
	rows(<<'SQL'));
SELECT m.what FROM public.member m JOIN pg_catalog.pg_class c ON c.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_class'::regclass AND c.relkind = 'v' AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false)
SQL
test('the extension keeps no tables and no sequences',
	rows(<<'SQL'));
SELECT m.what FROM public.member m JOIN pg_catalog.pg_class c ON c.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_class'::regclass AND c.relkind IN ('r', 'S', 'm', 'p', 'f')
SQL
test('operators that are equal to something backwards or negated say so',
	rows(<<'SQL'));
SELECT m.what FROM public.member m JOIN pg_catalog.pg_operator o ON o.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND o.oprresult = 'bool'::regtype AND
	(o.oprname IN ('=', '<>', '<', '<=', '>', '>=') AND (o.oprcom = 0 OR o.oprnegate = 0) OR o.oprname IN ('@>', '<@', '&&') AND o.oprcom = 0)
SQL

# ---------------------------------------------------------------- the server's own checks

# The queries that the server's regression tests put to the catalogs, as far as they can concern an extension.
test('operator classes are complete',
	rows(<<'SQL'));
SELECT m.what FROM public.member m
-- in this order, since the planner is free to ask about other objects first, which is an error
WHERE CASE WHEN m.classid = 'pg_catalog.pg_opclass'::regclass THEN NOT pg_catalog.amvalidate(m.objid) END
SQL

# ---------------------------------------------------------------- documentation

my $doc = join '', map { slurp($_) } glob("$top/doc/*.md");
test('every public function, aggregate and type is in doc/',
	grep { my $name = $_; $doc !~ /(?<![A-Za-z0-9_])\Q$name\E(?![A-Za-z0-9_])/ } rows(<<'SQL'));
SELECT DISTINCT proname FROM public.fn WHERE oid NOT IN (SELECT oid FROM public.support)
UNION
SELECT t.typname FROM public.member m JOIN pg_catalog.pg_type t ON t.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_type'::regclass AND t.typname !~ '^_' ORDER BY 1
SQL
test('every operator is in doc/',
	grep { index($doc, $_) < 0 } rows(<<'SQL'));
SELECT DISTINCT o.oprname FROM public.member m JOIN pg_catalog.pg_operator o ON o.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_operator'::regclass ORDER BY 1
SQL
my $readme = slurp("$top/README.md");
test('every page of doc/ is linked from README.md',
	grep { index($readme, "($_)") < 0 } map { s{^\Q$top\E/}{}r } glob("$top/doc/*.md"));
{
	my @broken;
	for my $page ("$top/README.md", glob("$top/doc/*.md"))
	{
		(my $dir = $page) =~ s{[^/]*$}{};
		(my $text = slurp($page)) =~ s/^\s*```.*?^\s*```$//msg;
		while ($text =~ /\]\(([^)\s]+)\)/g)
		{
			my $to = $1;
			next if $to =~ /^[a-z]+:/ || $to =~ /^#/;
			$to =~ s/#.*//;
			push @broken, "$page: $to" unless -e "$dir$to";
		}
	}
	test('links between pages lead somewhere', @broken);
}

# ---------------------------------------------------------------- what shows that it is so

{
	my (%phrases, @wrong, $page);
	my %text;
	my $text_of = sub { my ($file) = @_; return $text{$file} //= slurp("$top/$file") =~ s/\s+/ /gr; };
	for (split /\n/, slurp("$top/test/claims.md"))
	{
		if (/^## (\S+)$/) { $page = $1; push @wrong, "there is no page $page" unless -e "$top/$page"; next; }
		my ($phrase, $shown) = /^\| (.+?) \| (.*) \|$/ or next;
		next if $phrase eq 'what is said';
		push @{ $phrases{$page} }, $phrase;
		push @wrong, "$page does not say: $phrase" if -e "$top/$page" && index($text_of->($page), $phrase) < 0;
		push @wrong, "$page: no file is named for: $phrase" unless $shown =~ /`/;
		while ($shown =~ /`([^`]+)`(?: "([^"]+)")?/g)
		{
			my ($file, $words) = ($1, $2);
			# an archive has no .ci
			next if $file =~ m{^\.ci/} && !-e "$top/.ci";
			if (!-e "$top/$file") { push @wrong, "$file is not there, which is to show: $phrase"; }
			elsif (defined $words && index($text_of->($file), $words) < 0) { push @wrong, "$file has no \"$words\", which is to show: $phrase"; }
		}
	}
	test('what claims.md names is said, and is there', @wrong);

	(my $prose = slurp("$top/README.md")) =~ s/^```.*?^```$//msg;
	my @unshown;
	for my $paragraph (split /\n\s*\n/, $prose)
	{
		for my $item (split /\n(?=- )/, $paragraph)
		{
			# headings, tables, code, the list of pages and the lines that divide it
			next if $item =~ /^(?:#|\||    |- \[)/ || $item =~ /^[^.]*:\s*$/;
			$item =~ s/\s+/ /g;
			for my $sentence (split /(?<=[.:])\s+(?=[A-Z`])/, $item)
			{
				push @unshown, $sentence unless $sentence =~ /^The PostgreSQL licence/ || grep { index($sentence, $_) >= 0 } @{ $phrases{'README.md'} };
			}
		}
	}
	test('each sentence of README.md has something in claims.md that shows it', @unshown);
}

# ---------------------------------------------------------------- what a workspace is to serve

{
	my %last = (S0 => 15, S1 => 19, S2 => 15, S3 => 14, S4 => 22);
	my %served;
	my @wrong;
	my ($table) = slurp("$top/doc/workspace.md") =~ /^## What serves what\n(.*?)(?=^## |\z)/ms;
	for (split /\n/, $table // '')
	{
		my ($item, $objects) = /^\| (S\d\.\d+) \|[^|]*\| (.*) \|$/ or next;
		push @wrong, "$item is there twice" if $served{$item};
		$served{$item} = [ $objects =~ /`([^`]+)`/g ];
	}
	my @items = map { my $text = $_; map { "$text.$_" } 1 .. $last{$text} } sort keys %last;
	push @wrong, map { "nothing serves $_" } grep { !@{ $served{$_} // [] } } @items;
	my %item = map { $_ => 1 } @items;
	push @wrong, map { "there is no item $_" } grep { !$item{$_} } sort keys %served;
	rows("SELECT count(*) FROM journey.create_workspace('surface_workspace')");
	my %there = map { $_ => 1 } rows(<<'SQL');
SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'surface_workspace'::regnamespace AND relkind IN ('r', 'v')
UNION SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'surface_workspace'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
UNION SELECT proname FROM pg_catalog.pg_proc WHERE pronamespace = 'surface_workspace'::regnamespace
UNION SELECT typname FROM pg_catalog.pg_type WHERE typnamespace = 'surface_workspace'::regnamespace AND typtype = 'e'
UNION SELECT 'journey.' || proname FROM pg_catalog.pg_proc WHERE pronamespace = 'journey'::regnamespace
SQL
	push @wrong, map { my $i = $_; map { "$i is served by $_, which is not there" } grep { !$there{$_} } @{ $served{$i} } } sort keys %served;
	test('every item of the texts behind the workspace is served by something that is there', @wrong);
	test('every table, view and function of a workspace is in doc/',
		grep { $doc !~ /(?<![A-Za-z0-9_])\Q$_\E(?![A-Za-z0-9_])/ } rows(<<'SQL'));
SELECT relname FROM pg_catalog.pg_class c WHERE relnamespace = 'surface_workspace'::regnamespace AND relkind IN ('r', 'v')
	-- the views that track has made are in doc/track.md
	AND coalesce(pg_catalog.obj_description(c.oid), '') !~ '^journey: '
UNION SELECT proname FROM pg_catalog.pg_proc WHERE pronamespace = 'surface_workspace'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1
SQL
}

# ---------------------------------------------------------------- the install script

{
	# not one of the scripts that lead from version to version, which have to replace
	my ($file) = grep { !/--.*--/ } glob("$top/sql/journey--[0-9]*.sql");
	my $script = slurp($file);
	(my $bare = $script) =~ s/--[^\n]*//g;
	test('the install script refuses to be run by psql, and names the library as MODULE_PATHNAME',
		($script =~ /\\quit/ ? () : 'no \quit'), ($bare =~ /\$libdir/ ? 'a $libdir' : ()));
	# what functions make later, in a schema of the user's, is another matter: their bodies are left out
	$bare =~ s/(\$\w*\$).*?\g{1}//gs;
	test('the install script replaces nothing', $bare =~ /\b(CREATE OR REPLACE\b[^\n]*|IF NOT EXISTS\b[^\n]*)/gi);
}

# ---------------------------------------------------------------- versions

{
	my ($control) = slurp("$top/journey.control") =~ /^default_version *= *'([^']+)'/m;
	my $meta = slurp("$top/META.json");
	my @versions = $meta =~ /"version" *: *"([^"]+)"/g;
	my @wrong = grep { $_ ne $control && $_ ne '1.0.0' } @versions;
	push @wrong, 'META.json has no version for the distribution and for the extension' if 2 > grep { $_ eq $control } @versions;
	push @wrong, 'CHANGELOG.md has no such section' unless slurp("$top/CHANGELOG.md") =~ /^## \Q$control\E\b/m;
	# as in the names of archives
	push @wrong, map { "doc/install.md has journey $_" } grep { $_ ne $control } slurp("$top/doc/install.md") =~ /\bjourney[-_](\d+\.\d+\.\d+)/g;
	test("the version is $control everywhere", @wrong);
	my @problems = qx{"$^X" "$top/test/perl/pgxn_meta.pl" "$top/META.json" "$control"};
	chomp @problems;
	test('META.json is as PGXN wants it', @problems, ($? && !@problems ? 'the check did not run' : ()));
}

# ---------------------------------------------------------------- symbols

SKIP:
{
	open my $nm, '-|', 'nm', '-D', '--defined-only', $library or die "cannot read $library: $!\n";
	my %symbol = map { my @f = split; ($f[2] => $f[1]) } <$nm>;
	close $nm;
	my %used = map { $_ => 1 } rows("SELECT prosrc FROM public.fn WHERE lanname = 'c'");
	test('every C function of the SQL side is declared with PG_FUNCTION_INFO_V1',
		grep { !$symbol{"pg_finfo_$_"} || !$symbol{$_} } sort keys %used);
	test('every function declared so is used by the SQL side',
		grep { !$used{$_} } map { /^pg_finfo_(.*)/ ? $1 : () } sort keys %symbol);
	my $headers = join '', map { slurp($_) } glob("$top/src/*.h $top/src/*/*.h");
	test('what else the library exports is in a header, the rest is static',
		grep { !$symbol{"pg_finfo_$_"} && !/^(pg_finfo_.*|Pg_magic_func|_PG_init|_init|_fini|_edata|_end|__bss_start|__a[sn]an_.*|__odr_asan.*)$/
			&& $headers !~ /\b\Q$_\E\b/ } sort keys %symbol);
}

print "1..$n\n";
system('psql', '-Xq', '-d', 'postgres', '-c', "DROP DATABASE $database");
exit($bad ? 1 : 0);
