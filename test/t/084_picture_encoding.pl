# The same picture comes out of databases of any encoding: what is not ASCII is a character reference there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';

my %query = (
	funnel => q{SELECT svg(funnel(journey(ARRAY[l], ARRAY[timestamptz '2026-01-01']), ARRAY[l]), min(l)) FROM (SELECT U&'caf\00e9 & \00fc' AS l) AS x},
	sankey => q{SELECT svg_sankey(ARRAY[1], ARRAY[l], ARRAY['<b>'], ARRAY[7]) FROM (SELECT U&'caf\00e9 & \00fc' AS l) AS x},
	survival => q{SELECT svg_survival(ARRAY[survival(interval '1 day', true)], ARRAY[min(l)]) FROM (SELECT U&'caf\00e9 & \00fc' AS l) AS x});
my %utf8;
for my $encoding (qw(UTF8 LATIN1 LATIN9 SQL_ASCII))
{
	my $database = lc $encoding;
	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION journey');
	# without an encoding there are no characters but bytes
	local $ENV{PGCLIENTENCODING} = 'SQL_ASCII' if $encoding eq 'SQL_ASCII';
	for my $what (sort keys %query)
	{
		my $query = $query{$what};
		$query =~ s/U&'caf\\00e9 & \\00fc'/E'caf\\xc3\\xa9 & \\xc3\\xbc'/ if $encoding eq 'SQL_ASCII';
		my $picture = $node->safe_psql($database, "SET search_path = public, journey; $query");
		if ($encoding eq 'UTF8')
		{
			like($picture, qr/caf\xc3\xa9 &amp; \xc3\xbc/, "$what, UTF8: characters as they are");
			utf8::decode($picture);
			# the names in the picture are a digest of its bytes
			($utf8{$what} = $picture) =~ s/([^\x00-\x7f])/'&#' . ord($1) . ';'/ge;
			$utf8{$what} =~ s/j[0-9a-f]{8}([td])/j$1/g;
			next;
		}
		unlike($picture, qr/[^\x00-\x7f]/, "$what, $encoding: ASCII only");
		$picture =~ s/j[0-9a-f]{8}([td])/j$1/g;
		is($picture, $utf8{$what}, "$what, $encoding: the same picture");
	}
}
$ENV{PGCLIENTENCODING} = 'SQL_ASCII';
is($node->safe_psql('sql_ascii', q{SELECT journey.markup_text(E'\xff|\xc3|\xf0\x9f\x98\x80|\xed\xa0\x80')}), '&#65533;|&#65533;|&#128512;|&#65533;&#65533;&#65533;',
	'bytes that are no characters are replaced');
$node->stop;
done_testing();
