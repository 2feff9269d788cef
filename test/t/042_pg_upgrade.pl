# pg_upgrade: from this version of PostgreSQL to itself and, where OLD_PG_BINDIR names the programs of an older one that has the
# extension too, from that.  Before it a cluster is filled with all that the extension can leave in one: tracked tables with
# logs and views, partitions, values of every type, states in roll-up tables, indexes, a workspace.  Afterwards each is as it
# was, the rules hold, and moves go on.
#
# With the install script of an older version of the extension in test/upgrade, a second database has that version, and is updated
# on the new server.
use strict;
use warnings;
use FindBin;
use File::Copy qw(copy);
use JourneySample;
use JourneyValues;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";
chomp(my $here = `pg_config --bindir`);
my @placed;
END { my $status = $?; unlink @placed; $? = $status; }

# ---------------------------------------------------------------- what is in the cluster

# what depends on the moment of asking is left out: views, other than whether they work
my $all_rows = q{
	CREATE FUNCTION pg_temp.print(c regclass) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE r text;
	BEGIN
		EXECUTE format('SELECT concat_ws('' '', count(*), md5(coalesce(string_agg(t::text, '';'' ORDER BY t::text COLLATE "C"), ''''))) FROM %s t', c) INTO r;
		RETURN r;
	END $$;
	SET timezone = 'UTC'; SET extra_float_digits = 1;
	SELECT c.oid::regclass, c.relkind, pg_temp.print(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('public', 'crm') AND c.relkind IN ('r', 'p', 'm');
	SELECT tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal;
	SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'crm'));
	SELECT p.oid::regprocedure, pg_get_function_result(p.oid) FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'crm');
	SELECT conrelid::regclass, conname, translate(pg_get_constraintdef(oid), '()', '') FROM pg_constraint WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'crm') AND contype <> 'n';
	SELECT sequencename, last_value FROM pg_sequences WHERE schemaname IN ('public', 'crm')};

sub fill
{
	my ($node, $db, $version, $older, $workspace) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION journey VERSION '$version'; ALTER DATABASE $db SET search_path = public, journey; ALTER DATABASE $db SET timezone = 'UTC'");
	make_sample($node, $db);
	make_values($node, $db, older => $older);
	$node->safe_psql($db, q{
		SELECT journey.create_stages('lead_stage', 'lead');
		CREATE TABLE leads (id int PRIMARY KEY, stage lead_stage, heat journey.score DEFAULT '5@2026-01-01T00:00:00Z/7 days', budget int);
		SELECT journey.track('leads', 'stage', 'new -> visitor, lead; visitor -> lead -> mql; mql -> sql when (budget > 0); forward; * -> lost; lost -> lead', log => true, value_column => 'budget');
		INSERT INTO leads (id, stage, budget) SELECT i, CASE WHEN i % 3 = 0 THEN 'visitor' ELSE 'lead' END::lead_stage, i % 5 FROM generate_series(1, 300) i;
		UPDATE leads SET stage = 'mql' WHERE id % 2 = 0;
		UPDATE leads SET stage = 'sql', heat = heat + 3::float8 WHERE id % 4 = 0 AND budget > 0;
		UPDATE leads SET stage = 'lost' WHERE id % 7 = 0;
		CREATE INDEX leads_heat ON leads (heat); CREATE INDEX leads_journey ON leads (journey); CREATE INDEX leads_labels ON leads USING gin (journey);
		CREATE TABLE branches (id int, region text, stage lead_stage, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
		CREATE TABLE branches_north PARTITION OF branches FOR VALUES IN ('north');
		CREATE TABLE branches_rest PARTITION OF branches DEFAULT;
		SELECT journey.track('branches', 'stage', 'new -> *; forward; * -> lost', log => true);
		INSERT INTO branches SELECT i, CASE i % 2 WHEN 0 THEN 'north' ELSE 'south' END, 'lead' FROM generate_series(1, 40) i;
		UPDATE branches SET stage = 'mql', region = 'north' WHERE id > 10;
		CREATE MATERIALIZED VIEW monthly AS SELECT budget, journey.funnel(journey, '{lead,mql,sql}') AS funnel, journey.rollup(heat) AS heat FROM leads GROUP BY budget});
	$node->safe_psql($db, q{
		SELECT count(*) FROM journey.create_workspace('crm');
		SELECT count(*) FROM journey.sample_workspace('crm', 60, '2026-03-01Z')}) if $workspace;
	return;
}
sub print_of { my ($node, $db) = @_; return join "\n", fingerprint($node, $db), values_fingerprint($node, $db), $node->safe_psql($db, $all_rows); }

sub differing
{
	my ($before, $after) = @_;
	my %before = map { $_ => 1 } split /\n/, $before;
	my %after  = map { $_ => 1 } split /\n/, $after;
	return join "\n", (map { "- $_" } grep { !$after{$_} } sort keys %before), (map { "+ $_" } grep { !$before{$_} } sort keys %after);
}

sub works
{
	my ($node, $db, $from) = @_;
	is($node->safe_psql($db, join ' UNION ALL ', map { "SELECT * FROM journey.verify('$_')" } qw(deals accounts leads branches)), '', "$from, $db: verify finds nothing");
	is($node->safe_psql($db, q{UPDATE leads SET stage = 'sql' WHERE id = 2 RETURNING current(journey), length(journey)}), 'sql|3', "$from, $db: moves go on");
	is($node->safe_psql($db, q{SELECT from_stage, to_stage FROM leads_log WHERE id = 2 ORDER BY log_id DESC LIMIT 1}), 'mql|sql', "$from, $db: and are logged");
	my ($status, $out, $err) = $node->psql($db, qq{\\set VERBOSITY verbose\nUPDATE leads SET stage = 'visitor' WHERE id = 2});
	like($err, qr/ERROR:  23514: stage of table "leads" cannot move from "sql" to "visitor"/, "$from, $db: the rules hold");
	is($node->safe_psql($db, q{UPDATE branches SET stage = 'opportunity', region = 'south' WHERE id = 12 RETURNING current(journey), tableoid::regclass}), 'opportunity|branches_rest', "$from, $db: also where a row changes its partition");
	my $broken = $node->safe_psql($db, q{
		CREATE FUNCTION pg_temp.broken() RETURNS SETOF text LANGUAGE plpgsql AS $$
		DECLARE v regclass;
		BEGIN
			FOR v IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'crm')) LOOP
				BEGIN EXECUTE format('SELECT count(x::text) FROM %s x', v); EXCEPTION WHEN OTHERS THEN RETURN NEXT v || ': ' || SQLERRM; END;
			END LOOP;
		END $$;
		SELECT pg_temp.broken()});
	is($broken, '', "$from, $db: every view works");
	is($node->safe_psql($db, q{SET enable_seqscan = off; SELECT count(*) FROM leads a JOIN leads b ON a.journey OPERATOR(journey.=) b.journey AND a.id = b.id WHERE b.journey @> '{mql}'}),
		$node->safe_psql($db, q{SET enable_indexscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM leads WHERE journey @> '{mql}'}), "$from, $db: indexes answer as the table does");
	return;
}

# ---------------------------------------------------------------- the upgrade

sub walk
{
	my ($from, $old_bin) = @_;
	(my $prefix = $old_bin) =~ s{/bin/?$}{};
	my $old = PostgreSQL::Test::Cluster->new("old_$from", $from eq 'self' ? () : (install_path => $prefix));
	my $new = PostgreSQL::Test::Cluster->new("new_$from");
	my @locale = ('-E', 'UTF8', '--locale=C.UTF-8');
	$old->init(extra => [@locale]);
	$old->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\nautovacuum = off\njit = off");
	# 18 has checksums unless it is told
	my $version = `"$here/initdb" --version` =~ /(\d+)/ ? $1 : 0;
	$new->init(extra => [ @locale, $version >= 18 && $from ne 'self' ? '--no-data-checksums' : () ]);
	$new->append_conf('postgresql.conf', "fsync = off\nlog_statement = none\njit = off");
	$old->start;
	my $major = $old->safe_psql('postgres', 'SHOW server_version') =~ /^(\d+)/ ? $1 : '?';
	my $name = $from eq 'self' ? 'from itself' : "from $major";

	# A minor version may write into the catalogs of every table what a server of a later major version, but of an earlier day,
	# does not know.  No cluster goes from the one to the other then, with or without the extension.
	my $options = $old->safe_psql('postgres', q{BEGIN; CREATE TABLE plain (a int); SELECT array_to_string(attoptions, ', ') FROM pg_attribute
		WHERE attrelid = 'plain'::regclass AND attname = 'a'; ROLLBACK});
	if ($options ne '')
	{
		$new->start;
		my (undef, undef, $refused) = $new->psql('postgres', "BEGIN; CREATE TABLE plain (a int); ALTER TABLE plain ALTER a SET ($options); ROLLBACK");
		$new->stop;
		if ($refused ne '')
		{
			my ($old_version, $new_version) = map { (split ' ', `"$_/postgres" --version`)[2] } $old_bin, $here;
			$old->stop;
		  SKIP: { skip "pg_upgrade $name: PostgreSQL $new_version refuses what $old_version writes about every column: " . (split /\n/, $refused)[0], 1; }
			return;
		}
	}

	# which versions the old server has
	my $now = $old->safe_psql('postgres', q{SELECT default_version FROM pg_available_extensions WHERE name = 'journey'});
	isnt($now, '', "$name: the old server has the extension") or return;
	my @versions = ([ 'current', $now, 0, 1 ]);
	for my $script (sort glob "$top/test/upgrade/journey--*.sql")
	{
		my ($v) = $script =~ /journey--([^\/]+)\.sql$/ or next;
		next if $v eq $now;
		my $have = $old->safe_psql('postgres', "SELECT count(*) FROM pg_available_extension_versions WHERE name = 'journey' AND version = '$v'");
		if (!$have && $from eq 'self')
		{
			chomp(my $share = `"$here/pg_config" --sharedir`);
			if (-w "$share/extension")
			{
				copy($script, "$share/extension/journey--$v.sql") or die "cannot copy $script: $!\n";
				push @placed, "$share/extension/journey--$v.sql";
				$have = 1;
			}
		}
	  SKIP: {
			skip "$name: the old server has no version $v of the extension", 1 unless $have;
			# what an older version's workspace is upgraded to is shown by the longer walk
			push @versions, [ 'older_' . $v =~ s/\W/_/gr, $v, 1, $from ne 'self' ];
			pass("$name: version $v too");
		}
	}
	fill($old, @$_) for @versions;
	is(types_without_values($old, $_->[0]), '', "$name, $_->[0]: there are values of every type") for @versions;
	my %before = map { $_->[0] => print_of($old, $_->[0]) } @versions;
	$old->stop;

	chdir PostgreSQL::Test::Utils::tempdir();
	my @command = ("$here/pg_upgrade", '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old_bin, '-B', $here, '-s', $new->host, '-p', $old->port, '-P', $new->port);
	command_ok([ @command, '--check' ], "$name: pg_upgrade --check") if $from ne 'self';
	command_ok(\@command, "$name: pg_upgrade");
	$new->start;
	my $to = $new->safe_psql('postgres', 'SHOW server_version') =~ /^(\d+)/ ? $1 : '?';
	my $rows = 0;
	for (@versions)
	{
		my ($db, $v, $older) = @$_;
		is(differing($before{$db}, print_of($new, $db)), '', "$name to $to, $db: all is as it was");
		is($new->safe_psql($db, q{SELECT extversion FROM pg_extension WHERE extname = 'journey'}), $v, "$name to $to, $db: the version of the extension too");
		if ($older)
		{
			my ($status, $out, $err) = $new->psql($db, 'ALTER EXTENSION journey UPDATE');
			is($err, '', "$name to $to, $db: the extension is updated there");
			is(differing($before{$db}, print_of($new, $db)), '', "$name to $to, $db: and still all is as it was");
			isnt($new->safe_psql($db, q{SELECT extversion FROM pg_extension WHERE extname = 'journey'}), $v, "$name to $to, $db: as another version");
		}
		works($new, $db, "$name to $to");
		$rows += $_ for map { /\|[rm]\|(\d+) / ? $1 : () } split /\n/, $before{$db};
	}
	note(sprintf 'figures: pg_upgrade from %s to %s: versions %s of the extension, %d rows in tables compared, %d columns of its types, %s', $major, $to, join(' and ', map { $_->[1] } @versions), $rows,
		scalar(grep { /^(?:facts|people|states_\w+|made|records)\./ } map { split /\n/ } values %before), Test::More->builder->is_passing ? '0 differences' : 'with differences');
	$new->stop;
	return;
}

walk('self', $here);
SKIP: {
	my $bin = $ENV{OLD_PG_BINDIR} // '';
	skip 'no older PostgreSQL is named by OLD_PG_BINDIR', 1 if $bin eq '';
	die "OLD_PG_BINDIR: there is no $bin/pg_ctl\n" unless -x "$bin/pg_ctl";
	walk('older', $bin);
}
done_testing();
