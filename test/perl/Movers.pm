# Sessions that move rows at the same time, legally and illegally, and write down what the server confirmed; and the
# comparison of that with what is found in the tables afterwards.
#
# A mover asks for everything in a transaction: the statement returns the moves it made, and they count as confirmed when COMMIT
# has been answered.  If the connection is lost while COMMIT is on its way the transaction is in doubt: all of it or none
# may be there.  Half of the moves are of a row that the mover has locked and read; then it knows from its own table of
# moves, below, whether the server has to accept or to refuse.
package Movers;
use strict;
use warnings;
use Exporter 'import';
use IPC::Open3;
use Time::HiRes qw(time sleep);
our @EXPORT = qw(make_tables start_movers stop_movers finish_movers load_journals differences run_migrations figures);

# What the rules below allow, written down a second time, and how a stage is also called in the course of the test.
my %legal = map { $_ => 1 } qw(open>talks talks>offer offer>won open>lost talks>lost offer>lost won>lost review>lost lost>talks won>open talks>review review>offer);
my %also = (proposal => 'offer');
my @targets = qw(talks talks talks offer offer proposal won won won lost lost open open review);
my $rules = 'new -> open; open -> talks -> offer; offer -> won when (amount > 0); * -> lost; lost -> talks; won -> open';

our $rows = 120;		# there at the beginning; as many come by and by

# deals is one table; accounts has partitions, its log too, and rows that change theirs.  Of accounts rows of id % 3 = 0
# wander, and the others stay in the region of their number, so that an upsert meets them there.
sub make_tables
{
	my ($node, $db) = @_;
	(my $quoted = $rules) =~ s/'/''/g;
	$node->safe_psql($db, <<"SQL");
CREATE EXTENSION journey;
CREATE TYPE soak_stage AS ENUM ('open', 'talks', 'offer', 'won', 'lost');
CREATE SEQUENCE comers START 1000000;
CREATE TABLE deals (id int PRIMARY KEY, region text DEFAULT 'here', stage soak_stage, amount int NOT NULL, heat journey.score DEFAULT '1\@2026-01-01T00:00:00Z/7 days') WITH (fillfactor = 70);
SELECT journey.track('deals', 'stage', '$quoted', log => true);
CREATE TABLE accounts (id int, region text, stage soak_stage, amount int NOT NULL, heat journey.score DEFAULT '1\@2026-01-01T00:00:00Z/7 days', PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE accounts_east PARTITION OF accounts FOR VALUES IN ('east');
CREATE TABLE accounts_west PARTITION OF accounts FOR VALUES IN ('west');
CREATE TABLE accounts_rest PARTITION OF accounts DEFAULT;
CREATE TABLE accounts_log (log_id bigserial, id int NOT NULL, region text NOT NULL, from_stage soak_stage, to_stage soak_stage NOT NULL, at timestamptz NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now(), actor text NOT NULL, reason text, db_user name NOT NULL) PARTITION BY HASH (id);
CREATE TABLE accounts_log_0 PARTITION OF accounts_log FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE accounts_log_1 PARTITION OF accounts_log FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT journey.track('accounts', 'stage', '$quoted', log => true);
CREATE TABLE confirmed (tx text, doubt boolean, rel text, id int, stage text, at timestamptz);
CREATE TABLE deleted (tx text, doubt boolean, rel text, id int);
WITH new AS (INSERT INTO deals (id, stage, amount) SELECT i, 'open', i % 4 FROM generate_series(1, $rows) i RETURNING id, stage, journey.updated_at(journey) AS at)
INSERT INTO confirmed SELECT 'start', false, 'deals', id, stage, at FROM new;
WITH new AS (INSERT INTO accounts (id, region, stage, amount) SELECT i, (ARRAY['east', 'west', 'north'])[1 + i % 3], 'open', i % 4 FROM generate_series(1, $rows) i
	RETURNING id, stage, journey.updated_at(journey) AS at)
INSERT INTO confirmed SELECT 'start', false, 'accounts', id, stage, at FROM new;
SQL
	return;
}

# ---------------------------------------------------------------- one session

# psql at the end of two pipes; a new one when the connection has been lost.
sub connect_it
{
	my ($m) = @_;
	while (time < $m->{until})
	{
		my ($in, $out);
		$m->{pid} = open3($in, $out, undef, 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-v', 'ON_ERROR_STOP=0', '-d', $m->{conninfo});
		@$m{qw(in out)} = ($in, $out);
		$in->autoflush(1);
		return 1 if defined ask($m, "SET timezone = 'UTC'; SET search_path = public, journey; SET deadlock_timeout = '100ms'; SET lock_timeout = '20s'; SET client_min_messages = error");
		sleep 0.05;
	}
	return 0;
}

# The rows and the SQLSTATE of a statement; nothing if the connection was lost.
sub ask
{
	my ($m, $sql) = @_;
	my @rows;
	local $SIG{PIPE} = 'IGNORE';
	if ($m->{in} && print { $m->{in} } "$sql;\n\\echo == :SQLSTATE\n")
	{
		my $out = $m->{out};
		while (defined(my $line = <$out>))
		{
			chomp $line;
			return { state => $1, rows => \@rows } if $line =~ /^== (\S+)$/;
			if ($line =~ s/^\+\|//) { push @rows, [ split /\|/, $line, -1 ]; }
			elsif ($line =~ /^ERROR: /) { $m->{said} = $line; }
		}
	}
	close $m->{in} if $m->{in};
	close $m->{out} if $m->{out};
	waitpid $m->{pid}, 0 if $m->{pid};
	@$m{qw(in out pid)} = ();
	return;
}

# What may go wrong when others move the same rows.  A label that is none at the moment is one of the two that come and go.
sub expected_error
{
	my ($m, $state, $sql) = @_;
	return 'refused' if $state eq '23514';
	return 'serialization' if $state eq '40001';
	return 'deadlocks' if $state eq '40P01';
	return 'unknown_label' if $state eq '22P02' && $sql =~ /'(?:offer|proposal|review)'/;
	$m->{count}{wrong}++;
	$m->note("SQLSTATE $state at: $sql: " . ($m->{said} // ''));
	return;
}

sub note { my ($m, $what) = @_; print { $m->{journal} } "wrong\t", $what =~ s/[\t\n]/ /gr, "\n"; return; }

# A transaction of one or more statements, each [SQL] or [SQL, must it be accepted].  Returns whether it was committed.
sub transaction
{
	my ($m, $rel, $begin, $end, @statements) = @_;
	my (@moves, @gone, $failed);
	my $lost = sub {
		my ($at_commit) = @_;
		$m->{count}{lost_connection}++;
		record($m, $rel, 1, \@moves, \@gone) if $at_commit;
		return;
	};
	ask($m, $begin) or return $lost->(0);
	for my $s (@statements)
	{
		$s = $s->() if ref $s eq 'CODE';
		next if !defined $s;
		my ($sql, $must) = @$s;
		my $answer = ask($m, $sql) or return $lost->(0);
		if ($answer->{state} ne '00000')
		{
			my $kind = expected_error($m, $answer->{state}, $sql);
			$m->{count}{$kind}++ if $kind;
			$m->note("refused, though legal: $sql") if defined $must && $must && ($kind // '') eq 'refused';
			$failed = 1;
			last;
		}
		$m->note("accepted, though illegal: $sql") if defined $must && !$must;
		for my $row (@{ $answer->{rows} })
		{
			if ($row->[0] eq 'moved') { push @moves, [ @$row[ 1 .. 3 ] ]; }
			elsif ($row->[0] eq 'deleted') { push @gone, $row->[1]; }
			elsif ($row->[0] eq 'found') { $m->{found} = $row; }
		}
	}
	$end = 'ROLLBACK' if $failed;
	my $answer = ask($m, $end) or return $lost->($end eq 'COMMIT');
	if ($end eq 'COMMIT' && $answer->{state} eq '00000')
	{
		record($m, $rel, 0, \@moves, \@gone);
		$m->{count}{moves} += @moves;
		$m->{count}{deletes} += @gone;
		$m->{count}{commits}++;
		return 1;
	}
	if ($end eq 'COMMIT')
	{
		my $kind = expected_error($m, $answer->{state}, 'COMMIT');
		$m->{count}{$kind}++ if $kind;
	}
	$m->{count}{rollbacks}++;
	return 0;
}

sub record
{
	my ($m, $rel, $doubt, $moves, $gone) = @_;
	my $tx = "$m->{name}." . ++$m->{tx};
	$m->{count}{in_doubt}++ if $doubt && (@$moves || @$gone);
	my $text = '';
	$text .= join("\t", 'move', $tx, $doubt, $rel, @$_) . "\n" for @$moves;
	$text .= join("\t", 'gone', $tx, $doubt, $rel, $_) . "\n" for @$gone;
	print { $m->{journal} } $text;
	return;
}

sub any { return $_[ rand @_ ]; }

# Which of the two tables, and what a mover does there.
sub one_step
{
	my ($m) = @_;
	my $rel = any('deals', 'accounts');
	my $id = 1 + int rand 2 * $rows;
	my $to = any(@targets);
	my $name = $also{$to} // $to;
	my $moved = q{'+', 'moved', id, stage, journey.updated_at(journey)};
	my $move = sub { my ($where) = @_; "UPDATE $rel SET stage = '$to', heat = heat + 1::float8 WHERE $where AND stage <> '$to' RETURNING $moved" };
	my $dice = rand 100;

	if ($dice < 45)
	{
		# locked and read, so that the answer is known beforehand: by UPDATE, with and without another partition, or by MERGE
		my $how = any(qw(update update update merge travel));
		delete $m->{found};
		my $must;
		my $next = sub {
			my (undef, undef, $stage, $amount, $labels, $region) = @{ $m->{found} // return };
			my $from = $also{$stage} // $stage;
			return if $from eq $name || $labels !~ /\b$to\b/;		# that would be no move, or is no stage now
			$must = $legal{"$from>$name"} && ($name ne 'won' || $amount > 0) ? 1 : 0;
			$m->{count}{foretold}++;
			return [ $move->("id = $id"), $must ] if $how eq 'update' || $how eq 'travel' && ($rel eq 'deals' || $id % 3);
			return [ "UPDATE $rel SET stage = '$to', region = '" . any(qw(east west north)) . "' WHERE id = $id RETURNING $moved", $must ] if $how eq 'travel';
			return [ "MERGE INTO $rel r USING (VALUES ($id)) AS v (id) ON r.id = v.id AND r.region = '$region' WHEN MATCHED THEN UPDATE SET stage = '$to', heat = r.heat + 1::float8", $must ];
		};
		transaction($m, $rel, 'BEGIN', rand 25 < 1 ? 'ROLLBACK' : 'COMMIT',
			[ "SELECT '+', 'found', id, stage, amount, enum_range(NULL::soak_stage), region FROM $rel WHERE id = $id FOR UPDATE" ], $next,
			sub { $how eq 'merge' && defined $must ? [ "SELECT $moved FROM $rel WHERE id = $id" ] : undef });
	}
	elsif ($dice < 60) { transaction($m, $rel, 'BEGIN', 'COMMIT', [ $move->("id = $id") ]); }
	elsif ($dice < 66) { transaction($m, $rel, 'BEGIN ISOLATION LEVEL ' . any('REPEATABLE READ', 'SERIALIZABLE'), 'COMMIT', [ $move->("id = $id") ]); }
	elsif ($dice < 76)
	{
		# a row that is there or not; those that wander or are deleted are met nowhere
		$id++ if $id % 3 == 0;
		$id += 3 if $id % 10 == 0;
		my $region = $rel eq 'deals' ? 'here' : (qw(east west north))[ $id % 3 ];
		my $key = $rel eq 'deals' ? 'id' : 'id, region';
		transaction($m, $rel, 'BEGIN', 'COMMIT', [ "INSERT INTO $rel AS r (id, region, stage, amount) VALUES ($id, '$region', '" . any('open', 'open', 'open', 'won') . "', "
			  . int(rand 4) . ") ON CONFLICT ($key) DO UPDATE SET stage = '$to' WHERE r.stage <> '$to' RETURNING $moved" ]);
	}
	elsif ($dice < 86)
	{
		# many at once: those for whom it is legal, or whoever is there, which is mostly refused as a whole
		my $till = $id + 12;
		my ($from) = any(grep { /^$name$|>$name$/ } sort keys %legal) =~ /^(\w+)/;
		$from = any('offer', 'proposal') if $from eq 'offer';
		transaction($m, $rel, 'BEGIN', 'COMMIT', [ $move->("id BETWEEN $id AND $till" . (rand 3 < 2 ? " AND stage = '$from'" . ($to eq 'won' ? ' AND amount > 0' : '') : '')) ]);
	}
	elsif ($dice < 91)
	{
		my $other = 1 + int rand 2 * $rows;
		transaction($m, $rel, 'BEGIN', 'COMMIT', [ $move->("id = $id") ],
			# whatever comes of this, it did not happen
			[ "SAVEPOINT t; UPDATE $rel SET stage = '" . any('open', 'won', 'lost') . "' WHERE id = $other; ROLLBACK TO t" ], [ $move->("id = $other") ]);
	}
	elsif ($dice < 94) { transaction($m, $rel, 'BEGIN', 'COMMIT', [ "UPDATE $rel SET region = '" . ($rel eq 'deals' ? 'here' : any(qw(east west north))) . "' WHERE id = " . ($id - $id % 3) . ' AND id > 0' ]); }
	elsif ($dice < 97) { transaction($m, $rel, 'BEGIN', 'COMMIT', [ "INSERT INTO $rel (id, region, stage, amount) VALUES (10 * nextval('comers'), 'here', 'open', 1) RETURNING $moved" ]); }
	else { transaction($m, $rel, 'BEGIN', 'COMMIT', [ "DELETE FROM $rel WHERE id = (SELECT min(id) FROM $rel WHERE id % 10 = 0 AND id > $id) RETURNING '+', 'deleted', id" ]); }
	return;
}

# ---------------------------------------------------------------- many of them

# a test that gives up leaves nobody behind
my @started;
END { my $status = $?; kill 'KILL', @started if @started; $? = $status; }

# Starts N movers for so many seconds; returns what finish_movers and load_journals want.
sub start_movers
{
	my ($node, $db, $n, $seconds, $dir) = @_;
	my @movers;
	my $parent = $$;
	for my $k (1 .. $n)
	{
		my $file = "$dir/mover$k";
		my $pid = fork // die "cannot fork: $!\n";
		if ($pid == 0)
		{
			# nothing of the parent's is to be done or said at the end
			open STDERR, '>>', "$file.err" or die;
			open my $journal, '>', $file or die "$file: $!\n";
			my $m = bless { name => "m$k", conninfo => $node->connstr($db) . " application_name=mover", until => time + $seconds, journal => $journal, count => {} }, __PACKAGE__;
			srand 1000 + $k;
			local $SIG{TERM} = sub { $m->{until} = 0 };
			while (time < $m->{until} && getppid == $parent)
			{
				$m->{in} || connect_it($m) || last;
				one_step($m);
			}
			print $journal "count\t$_\t$m->{count}{$_}\n" for sort keys %{ $m->{count} };
			close $journal or die;
			require POSIX;
			POSIX::_exit(0);
		}
		push @movers, { pid => $pid, file => $file };
		push @started, $pid;
	}
	return { movers => \@movers, from => time };
}

# Tells them that it is over; each ends with what it is at.
sub stop_movers
{
	my ($run) = @_;
	kill 'TERM', map { $_->{pid} } @{ $run->{movers} };
	return;
}

sub finish_movers
{
	my ($run) = @_;
	for (@{ $run->{movers} })
	{
		waitpid $_->{pid}, 0;
		$run->{broken}++ if $?;
	}
	@started = ();
	$run->{seconds} = time - $run->{from};
	return;
}

# Stages renamed to and fro and one that comes, while the movers are at it; returns how many migrations were done, and what failed.
# That takes so many seconds, and longer where the machine is too busy to have done some of everything by then.
sub run_migrations
{
	my ($node, $db, $seconds) = @_;
	my $until = time + $seconds;
	my $enough = sub { $node->safe_psql($db, 'SELECT (SELECT count(*) FROM deals_log) + (SELECT count(*) FROM accounts_log)') > 3 * $rows };
	my ($done, $again, @failed) = (0, 0);
	my @names = qw(offer proposal);
	my @next = (sub { "SELECT count(*) FROM journey.rename_stage('soak_stage', '$names[0]', '$names[1]')" });
	my $added = 0;
	sleep $seconds / 8;
	while (time < $until || time < $until + 200 && ($done < 3 || !$enough->()))
	{
		my $add = $done == 1 && !$added;
		my $sql = $add ? qq{SELECT count(*) FROM journey.add_stage('soak_stage', 'review', after => 'talks', rules => 'talks -> review -> "$names[0]"')} : $next[0]->();
		my ($status, $out, $err) = $node->psql($db, "SET deadlock_timeout = '100ms';\n\\set VERBOSITY verbose\n$sql");
		if ($err eq '')
		{
			$done++;
			$add ? ($added = 1) : (@names = reverse @names);
			sleep $seconds / 10;
		}
		elsif ($err =~ /40P01|40001/) { $again++; }
		else { push @failed, $err; last; }
	}
	return { done => $done, again => $again, failed => \@failed, added => $added };
}

# Puts what the movers wrote down beside what is in the tables; returns the counts, and what they found wrong.
sub load_journals
{
	my ($node, $db, $run, $dir) = @_;
	my (%count, @wrong);
	open my $moves, '>', "$dir/moves" or die;
	open my $gone, '>', "$dir/gone" or die;
	for (@{ $run->{movers} })
	{
		open my $in, '<', $_->{file} or die "$_->{file}: $!\n";
		while (my $line = <$in>)
		{
			chomp $line;
			my ($what, @fields) = split /\t/, $line, -1;
			if ($what eq 'move') { print $moves join("\t", @fields), "\n"; }
			elsif ($what eq 'gone') { print $gone join("\t", @fields), "\n"; }
			elsif ($what eq 'count') { $count{ $fields[0] } += $fields[1]; }
			else { push @wrong, $fields[0]; }
		}
		$count{ended}++ if eof $in;
	}
	close $moves or die;
	close $gone or die;
	$node->safe_psql($db, qq{SET timezone = 'UTC';\n\\copy confirmed from '$dir/moves'\n\\copy deleted from '$dir/gone'\nANALYZE});
	return { count => \%count, wrong => \@wrong };
}

# How what was confirmed differs from journeys and log, each a count that has to be zero: [what, count].
sub differences
{
	my ($node, $db) = @_;
	my @found;
	my $name = q{CASE stage WHEN 'proposal' THEN 'offer' ELSE stage END};
	for my $rel ('deals', 'accounts')
	{
		my $script = <<"SQL";
SET timezone = 'UTC'; SET client_min_messages = error;
-- what is in doubt is taken as done where the log has any of it; then all of it has to be there
CREATE TEMP TABLE logged AS SELECT log_id, id, replace(from_stage::text, 'proposal', 'offer') AS from_stage, replace(to_stage::text, 'proposal', 'offer') AS stage, at FROM ${rel}_log;
CREATE TEMP TABLE doubtful AS SELECT c.tx, c.id, replace(c.stage, 'proposal', 'offer') AS stage, c.at FROM confirmed c WHERE c.doubt AND c.rel = '$rel';
CREATE TEMP TABLE came AS SELECT DISTINCT d.tx FROM doubtful d JOIN logged l USING (id, stage, at);
CREATE TEMP TABLE sure AS
	SELECT id, replace(stage, 'proposal', 'offer') AS stage, at FROM confirmed WHERE NOT doubt AND rel = '$rel'
	UNION ALL SELECT id, stage, at FROM doubtful WHERE tx IN (SELECT tx FROM came);
CREATE TEMP TABLE moved AS SELECT id, lag(stage) OVER (PARTITION BY id ORDER BY at) AS from_stage, stage, at FROM sure;
CREATE TEMP TABLE written AS SELECT r.id, lag(e.label) OVER (PARTITION BY r.id ORDER BY e.at) AS from_stage, e.label AS stage, e.at
	FROM (SELECT id, journey.rename(journey, 'proposal', 'offer') AS j FROM $rel) r, journey.events(r.j) e;
CREATE TEMP TABLE gone AS SELECT id FROM deleted d WHERE NOT doubt AND rel = '$rel'
	UNION SELECT id FROM deleted d WHERE doubt AND rel = '$rel' AND NOT EXISTS (SELECT FROM $rel r WHERE r.id = d.id);
SELECT '$rel: confirmed and not logged', count(*) FROM (TABLE moved EXCEPT ALL SELECT id, from_stage, stage, at FROM logged) x;
SELECT '$rel: logged and not confirmed', count(*) FROM (SELECT id, from_stage, stage, at FROM logged EXCEPT ALL TABLE moved) x;
SELECT '$rel: confirmed and not in the journey', count(*) FROM (SELECT * FROM moved WHERE id NOT IN (TABLE gone) EXCEPT ALL TABLE written) x;
SELECT '$rel: in the journey and not confirmed', count(*) FROM (TABLE written EXCEPT ALL SELECT * FROM moved WHERE id NOT IN (TABLE gone)) x;
SELECT '$rel: not gone', count(*) FROM (SELECT id FROM $rel INTERSECT SELECT id FROM gone) x;
SELECT '$rel: twice there', count(*) - count(DISTINCT id) FROM $rel;
SELECT '$rel: the stage is not the last move', count(*) FROM $rel r WHERE replace(stage::text, 'proposal', 'offer') IS DISTINCT FROM (SELECT stage FROM moved m WHERE m.id = r.id ORDER BY at DESC LIMIT 1);
SELECT '$rel: the log is in another order', count(*) FROM (SELECT at > lead(at) OVER (PARTITION BY id ORDER BY log_id) AS late FROM logged) x WHERE late;
SELECT '$rel: moves that no rule allows', count(*) FROM moved WHERE coalesce(from_stage || '>' || stage <> ALL ('{@{[ join ',', sort keys %legal ]}}'::text[]), stage <> 'open');
SELECT '$rel: verify', count(*) FROM journey.verify('$rel');
SQL
		push @found, map { [ split /\|/ ] } split /\n/, $node->safe_psql($db, $script);
	}
	return @found;
}

# The counts as one line, in an order that stays.
sub figures
{
	my ($count, @names) = @_;
	return join ', ', map { ($count->{$_} // 0) . ' ' . tr/_/ /r } @names;
}

1;
