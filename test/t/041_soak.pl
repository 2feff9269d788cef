# Many sessions move the rows of two tracked tables for a while, legally and illegally, and in all the ways in which a row can be
# written, while stages are renamed and one is added.  Afterwards journeys, logs and stages are what the server confirmed to
# the sessions, row by row.  SOAK_SECONDS says how long, SOAK_SESSIONS how many.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Movers;

my $seconds  = $ENV{SOAK_SECONDS}  || 20;
my $sessions = $ENV{SOAK_SESSIONS} || 8;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\nlc_messages = 'C'\nmax_connections = " . ($sessions + 20));
$node->start;
make_tables($node, 'postgres');

my $dir = PostgreSQL::Test::Utils::tempdir();
my $run = start_movers($node, 'postgres', $sessions, $seconds + 240, $dir);
my $migrations = run_migrations($node, 'postgres', $seconds);
stop_movers($run);
finish_movers($run);
my $found = load_journals($node, 'postgres', $run, $dir);
my $count = $found->{count};

is($run->{broken} // 0, 0, 'all sessions came to their end');
is(join("\n", @{ $migrations->{failed} }), '', 'all migrations were done');
cmp_ok($migrations->{done}, '>', 2, 'several of them');
is($migrations->{added}, 1, 'and a stage was added');
is(join("\n", @{ $found->{wrong} }[ 0 .. ($#{ $found->{wrong} } < 9 ? $#{ $found->{wrong} } : 9) ]), '',
	'what is illegal is refused with 23514, what is legal is not, and no other error comes up');
cmp_ok($count->{$_} // 0, '>', 0, "there were some: $_") for qw(moves refused foretold);
my @differences = differences($node, 'postgres');
is($_->[1], '0', $_->[0]) for @differences;
my $sum = 0;
$sum += $_->[1] for @differences;
note(sprintf 'figures: %d sessions, %.0f s, %s, %d migrations (%d tried again), %.0f moves per second, %d differences', $sessions, $run->{seconds},
	figures($count, qw(moves refused foretold serialization deadlocks unknown_label deletes rollbacks)), $migrations->{done}, $migrations->{again},
	($count->{moves} // 0) / $run->{seconds}, $sum);

$node->stop;
done_testing();
