# Backends and whole servers are killed while many sessions move rows; the server recovers by itself or is started again, and the
# sessions go on.  Whatever was confirmed to one of them is there, nothing is there by half, journeys and logs agree, and every
# index says what the table says.
#
# The servers of these tests run with fsync off.  That does not weaken this: a process that is killed leaves what it has written
# with the operating system, which goes on running.  What a loss of power would do is a matter of the server and the disk.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use Movers;

my $sessions = $ENV{CRASH_SESSIONS} || 6;
my $rounds   = $ENV{CRASH_ROUNDS}   || 3;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# short intervals, so that recovery begins at various places; and pages that are torn would be seen
$node->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\nlc_messages = 'C'\nmax_connections = 40\nrestart_after_crash = on\ncheckpoint_timeout = 30s\nautovacuum_naptime = 1s");
$node->start;
make_tables($node, 'postgres');
my %indexes = (
	deals_journey => 'btree (journey)', deals_labels => 'gin (journey)', deals_heat => 'btree (heat)', deals_length => 'btree (journey.length(journey), stage)',
	accounts_journey => 'btree (journey)', accounts_labels => 'gin (journey)', accounts_heat => 'btree (heat)');
$node->safe_psql('postgres', join ';', map { my ($rel) = /^([a-z]+)_/; "CREATE INDEX $_ ON $rel USING $indexes{$_}" } sort keys %indexes);

# A query once the server answers again; undef after two minutes.
sub patiently
{
	my ($sql) = @_;
	my $until = time + 120;
	while (time < $until)
	{
		my ($status, $out, $err) = $node->psql('postgres', $sql);
		return $out if $status == 0;
		last if $err !~ /could not connect|connection to server|recovery mode|starting up|shutting down|not yet accepting|terminating connection/;
		sleep 0.1;
	}
	return;
}
sub children { my ($pid) = @_; open my $in, '<', "/proc/$pid/task/$pid/children" or return (); my $line = <$in> // ''; return split ' ', $line; }
# A server that was killed is not started again before the last process of it is gone.
sub all_gone { my $until = time + 60; for my $pid (@_) { sleep 0.05 while kill(0, $pid) && !zombie($pid) && time < $until; } return; }
sub zombie { my ($pid) = @_; open my $in, '<', "/proc/$pid/stat" or return 1; my $line = <$in> // ''; return $line =~ /\) [ZX] /; }
sub postmaster { open my $in, '<', $node->data_dir . '/postmaster.pid' or return; my $pid = <$in>; chomp $pid; return $pid; }

my $dir = PostgreSQL::Test::Utils::tempdir();
# they are told when it is over; the limit is for a machine that is busy
my $run = start_movers($node, 'postgres', $sessions, 120 + 120 * $rounds, $dir);
my %faults = (backends => 0, postmasters => 0, servers => 0);
my ($unclean, $recoveries) = (0, 0);
for my $round (1 .. $rounds)
{
	for my $fault ('backends', 'postmasters', 'servers')
	{
		sleep 0.7 + rand 0.6;
		my $postmaster = postmaster();
		my @children = children($postmaster);
		if ($fault eq 'backends')
		{
			my ($pid) = split /\n/, patiently("SELECT pid FROM pg_stat_activity WHERE application_name = 'mover' ORDER BY (state = 'active' AND wait_event_type IS DISTINCT FROM 'Client') DESC, random() LIMIT 1") // '';
			next if !$pid || !kill 9, $pid;
			# the server goes down and comes up by itself
			all_gone($pid);
		}
		elsif ($fault eq 'postmasters')
		{
			kill 9, $postmaster;
			all_gone($postmaster, @children);
		}
		else
		{
			kill 9, $postmaster, @children;
			all_gone($postmaster, @children);
		}
		$faults{$fault}++;
		if ($fault ne 'backends')
		{
			$node->{_pid} = undef;
			# nobody may have taken the dead process off the list yet, and its number would look like that of a server
			unlink $node->data_dir . '/postmaster.pid', sprintf '%s/.s.PGSQL.%s.lock', $node->host, $node->port;
			$node->start;
		}
		my $problems = patiently('SELECT (SELECT count(*) FROM journey.verify($$deals$$)) + (SELECT count(*) FROM journey.verify($$accounts$$))');
		$recoveries++ if defined $problems;
		$unclean += $problems // 1;
	}
}
sleep 0.5;
stop_movers($run);
finish_movers($run);
is($recoveries, 3 * $rounds, 'after each of the faults the server came up again');
is($unclean, 0, 'and each time verify found nothing, while the sessions went on');

my $found = load_journals($node, 'postgres', $run, $dir);
my $count = $found->{count};
is($run->{broken} // 0, 0, 'all sessions came to their end');
is(join("\n", splice @{ $found->{wrong} }, 0, 10), '', 'and met no other error than a refusal and the loss of the connection');
cmp_ok($count->{$_} // 0, '>', 0, "there were some: $_") for qw(moves refused lost_connection);
my @differences = differences($node, 'postgres');
my $sum = 0;
for (@differences) { is($_->[1], '0', $_->[0]); $sum += $_->[1]; }

# ---------------------------------------------------------------- each index against the table

my @btrees;
SKIP: {
	skip 'amcheck is not installed for this PostgreSQL', 2 if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'}) eq '0';
	$node->safe_psql('postgres', 'CREATE EXTENSION amcheck');
	@btrees = split /\n/, $node->safe_psql('postgres', q{SELECT c.oid::regclass FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
		WHERE a.amname = 'btree' AND c.relkind = 'i' AND t.relname ~ '^(deals|accounts)' ORDER BY 1});
	my ($status, $out, $err) = $node->psql('postgres', join ';', map { "SELECT bt_index_parent_check('$_', true, true)" } @btrees);
	is($err, '', 'amcheck finds all B-trees in order, with every row in them: ' . scalar @btrees);
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class t, verify_heapam(t.oid) WHERE t.relkind = 'r' AND t.relname ~ '^(deals|accounts)'}), '0', 'and the tables');
	if ($node->safe_psql('postgres', q{SELECT to_regprocedure('gin_index_check(regclass)') IS NOT NULL}) eq 't')
	{
		($status, $out, $err) = $node->psql('postgres', q{SELECT gin_index_check(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND c.relkind = 'i'});
		is($err, '', 'and the GIN indexes');
	}
}
my @asked = (
	[ 'Index', "SELECT md5(string_agg(id || journey::text, ',' ORDER BY journey, id)) FROM (SELECT id, journey FROM %s WHERE journey > '{}' ORDER BY journey) x" ],
	[ 'Index', "SELECT md5(string_agg(id::text, ',' ORDER BY heat, id)) FROM (SELECT id, heat FROM %s WHERE heat IS NOT NULL ORDER BY heat) x" ],
	map { [ 'Bitmap', "SELECT count(*), sum(id) FROM %s WHERE journey $_" ] } q{@> ARRAY['won']}, q{@> ARRAY['won', 'lost', 'talks']}, q{&& ARRAY['offer', 'nothing']}, q{@> ARRAY['nothing']});
my $compared = 0;
for my $rel ('deals', 'accounts')
{
	for (@asked)
	{
		my ($node_type, $sql) = ($_->[0], sprintf $_->[1], $rel);
		my $set = 'SET search_path = public, journey;';
		my $by_index = "$set SET enable_seqscan = off; SET enable_sort = off;" . ($node_type eq 'Index' ? 'SET enable_bitmapscan = off;' : '');
		like($node->safe_psql('postgres', "$by_index EXPLAIN $sql"), qr/$node_type.* Scan .*\b${rel}_/, "an index answers: $sql");
		is($node->safe_psql('postgres', "$by_index $sql"), $node->safe_psql('postgres', "$set SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; $sql"), 'and says what the table says');
		$compared++;
	}
}

note(sprintf 'figures: %d sessions, %.0f s, killed: %s; %d recoveries; %s, %d differences; %d B-trees checked, %d answers of indexes compared', $sessions, $run->{seconds},
	join(', ', map { "$faults{$_} $_" } sort keys %faults), $recoveries, figures($count, qw(moves refused lost_connection in_doubt)), $sum, scalar @btrees, $compared);
$node->stop;
done_testing();
