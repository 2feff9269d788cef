# Drivers and object mappers against a real server: psycopg2, psycopg 3, SQLAlchemy, JDBC, node-postgres, Drizzle and Prisma.
# Each program of test/clients says what it saw, one line an answer; here it is compared with what is to be seen: with plain SQL
# over the rows that the journeys were made of, and with what psql sees.
# Packages: python3-psycopg2 python3-psycopg python3-sqlalchemy libpostgresql-jdbc-java default-jre-headless npm
use strict;
use warnings;
use File::Basename;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = dirname(__FILE__) . '/../clients';
my $dir = PostgreSQL::Test::Utils::tempdir();
copy($_, $dir) or die "$_: $!" for grep { -f } glob("$clients/*");

# fetched while the others are at work; Prisma, which is big, by itself
my %npm;
my %packages = (pg => '"pg": "^8", "drizzle-orm": "^0"', prisma => '"prisma": "^7", "@prisma/client": "^7", "@prisma/adapter-pg": "^7"');
if (system('node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1') == 0)
{
	for my $name (sort keys %packages)
	{
		my $folder = "$dir/$name";
		mkdir $folder or die "$folder: $!";
		copy($_, $folder) or die "$_: $!" for $name eq 'prisma' ? ("$clients/with_prisma.mjs", "$clients/schema.prisma") : ("$clients/with_pg.mjs", "$clients/with_drizzle.mjs");
		open my $file, '>', "$folder/package.json" or die $!;
		print $file "{ \"private\": true, \"dependencies\": { $packages{$name} } }";
		close $file;
		local %ENV = (%ENV, HOME => $folder, npm_config_cache => "$folder/cache");
		# what is there to be downloaded by scripts is not needed
		$npm{$name} = IPC::Run::start([ qw(npm install --no-audit --no-fund --ignore-scripts --prefix), $folder ], '<', \undef, '>&', "$folder/npm.log", IPC::Run::timeout(300));
	}
}

# A client that stands on TCP alone needs a port: the one that the cluster has found free, on localhost, with a password.
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
my $port = $node->port;
my $password = join '', map { sprintf '%04x', rand 65536 } 1 .. 8;
$node->append_conf('postgresql.conf', "fsync = off\nlisten_addresses = '127.0.0.1'\npassword_encryption = 'scram-sha-256'\nlog_timezone = 'UTC'");
open my $hba, '>', $node->data_dir . '/pg_hba.conf' or die $!;
print $hba "local all all trust\nhost all app 127.0.0.1/32 scram-sha-256\n";
close $hba;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE shop ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('shop', slurp_file("$clients/setup.sql"));
$node->safe_psql('shop', "ALTER ROLE app PASSWORD '$password'");
sub ask { return $node->safe_psql('shop', @_); }

# ------------------------------------------------ what is to be seen

my %expected = (
	stage => 'lead',
	array => 'lead,mql',
	undeclared => '{lead,mql}',
	string => '42804',
	moved => 'mql lead>mql',
	illegal => '23514|public|leads|stage|stage of table "leads" cannot move from "mql" to "customer"|No rule allows the move from "mql" to "customer".|From "mql" a row may move to: sql, lost.',
	class => 'True',
	after => 'mql lead>mql',
	guard => 'Rule 3 needs (budget > 0), which is unknown.',
	saved => 'sql lead>mql>sql',
	rollback => 'mql lead>mql, lead lead',
	prepared => 'mql:9,sql:1',
	copy => 'row of table "leads" cannot start at stage "customer"',
	batch => '23514|stage',
	journey => ask('SELECT journey FROM hostile WHERE id = 1'),
	labels => 'a, b|quo"te|back\slash|ünï ☃|{}',
	none => 'NULL {} []',
	given => 'True',
	enum => 'visitor,lead,mql,sql,opportunity,customer,lost refused',
	score => '40@2026-01-01T00:00:00Z/14 days 10',
	pool => 1);
# every step was taken in its order and within ninety days, so the funnel is a count of rows
$expected{steps} = ask(q{
	SELECT string_agg(label || ':' || reached || ':' || coalesce(trim_scale(round(reached::numeric / before, 6))::text, '-'), ',' ORDER BY step)
	FROM (SELECT step, label, count(*) AS reached, lag(count(*)) OVER (ORDER BY step) AS before FROM sales_step GROUP BY step, label) s});
is($expected{steps}, 'lead:60:-,mql:30:0.5,sql:15:0.5,customer:5:0.333333', 'the sales are as they were meant');
$expected{funnel} = ask('SELECT string_agg(n::text, \',\' ORDER BY step) FROM (SELECT step, count(*) AS n FROM sales_step GROUP BY step) s');
# the product-limit estimate, by hand: one customer after the other, and all others open until the first of February
$expected{survival} = ask(q{
	WITH spell AS (
		SELECT a.id, coalesce(b.at, '2026-02-01Z') - a.at AS time, b.at IS NOT NULL AS ended
		FROM sales_step a LEFT JOIN sales_step b ON b.id = a.id AND b.step = 4 AND b.at <= '2026-02-01Z' WHERE a.step = 1),
	at AS (
		SELECT time, (SELECT count(*) FROM spell r WHERE r.time >= s.time) AS at_risk, count(*) FILTER (WHERE ended) AS events FROM spell s GROUP BY time)
	SELECT string_agg(at_risk || ':' || events || ':' || to_char((
		SELECT exp(sum(ln(1 - b.events::float8 / b.at_risk))) FROM at b WHERE b.time <= at.time), 'FM0.000000'), ',' ORDER BY time) FROM at});
like($expected{survival}, qr/^60:1:0\.983333,.*:1:0\.\d+/, 'someone is won, and others are open');

# ------------------------------------------------ the programs

# what all of them answer
my @all = qw(stage array moved illegal class after guard saved rollback prepared steps funnel journey labels none given score survival pool);
my %binary = (
	'psycopg' => join(',', map { "$_ True refused" } qw(journey score funnel survival_curve)),
	'jdbc' => join(',', map { "$_ True" } qw(journey score funnel survival_curve)),
	'pg' => join(',', map { "$_ True refused" } qw(journey score funnel survival_curve)));

sub python
{
	my ($module, $program) = @_;
	for my $python ('/usr/bin/python3', 'python3')
	{
		return (["$python", "$dir/$program"]) if system("$python -c 'import $module' >/dev/null 2>&1") == 0;
	}
	return (undef, "no $module for Python here");
}

sub java
{
	my ($jar) = grep { -e } '/usr/share/java/postgresql.jar', '/usr/share/java/postgresql-jdbc4.jar';
	return (undef, 'no Java here') if system('java -version >/dev/null 2>&1') != 0;
	return (undef, 'no JDBC driver here') unless $jar;
	open my $probe, '>', "$dir/Probe.java" or die $!;
	print $probe 'public class Probe { public static void main(String[] a) { } }';
	close $probe;
	return (undef, 'this Java does not run a program from its source') if system("java $dir/Probe.java >/dev/null 2>&1") != 0;
	# what decides over the time of a program so short is starting the machine
	return ([ 'java', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', $jar, "$dir/WithJdbc.java" ]);
}

# whether npm has brought these packages into the folder of that name
sub fetched
{
	my ($name, @packages) = @_;
	return 'no node and npm here' unless $npm{$name};
	if (ref $npm{$name})
	{
		my $whole = eval { $npm{$name}->finish };
		# after the time given to it, it is ended
		eval { $npm{$name}->kill_kill } unless defined $whole;
		$npm{$name} = $whole ? 'whole' : 'broken';
	}
	return $npm{$name} eq 'whole' && !(grep { !-e "$dir/$name/node_modules/$_" } @packages) ? undef : 'npm could not install ' . join(', ', @packages) . ' in five minutes';
}

sub node_module
{
	my ($program) = @_;
	my $why = fetched('pg', 'pg', 'drizzle-orm');
	return $why ? (undef, $why) : ([ 'node', "$dir/pg/$program" ]);
}

sub prisma
{
	my $why = fetched('prisma', 'prisma', '@prisma/client', '@prisma/adapter-pg');
	return (undef, $why) if $why;
	my ($major, $minor) = `node -p process.versions.node` =~ /^(\d+)\.(\d+)/;
	return (undef, "Prisma 7 needs node 20.19 or later, this is $major.$minor") if $major < 20 || $major == 20 && $minor < 19;
	# The client is made from the schema file by WebAssembly.  The program that makes it looks for the engine of migrations
	# as well, which is no npm package; it is not called, so any file will do.
	local %ENV = (%ENV, HOME => "$dir/prisma", CHECKPOINT_DISABLE => 1, PRISMA_HIDE_UPDATE_MESSAGE => 1, PRISMA_SCHEMA_ENGINE_BINARY => "$dir/prisma/schema.prisma");
	my $said = '';
	my $made = IPC::Run::run([ 'node', "$dir/prisma/node_modules/prisma/build/index.js", 'generate', '--schema', "$dir/prisma/schema.prisma" ], '<', \undef, '>&', \$said, IPC::Run::timeout(60));
	ok($made && -e "$dir/prisma/generated/index.js", 'prisma: the client is generated') or diag($said);
	return ([ 'node', "$dir/prisma/with_prisma.mjs" ]);
}

# Prisma passes on neither schema nor table, and has an error of its own for what it does not know better
my %own = (prisma => { illegal => $expected{illegal} =~ s/\|public\|leads\|/|||/r, class => 'P2039' });

my %done;
# name, the number before its first row, how it is run or why not, answers besides
for my $c (
	[ 'psycopg2', 0, sub { python('psycopg2', 'with_psycopg2.py') }, 'copy', 'undeclared' ],
	[ 'psycopg', 100, sub { python('psycopg', 'with_psycopg.py') }, 'copy', 'binary' ],
	[ 'sqlalchemy', 200, sub { python('sqlalchemy, psycopg2', 'with_sqlalchemy.py') } ],
	[ 'jdbc', 300, \&java, 'string', 'copy', 'batch', 'binary' ],
	[ 'pg', 400, sub { node_module('with_pg.mjs') }, 'undeclared', 'binary' ],
	[ 'drizzle', 500, sub { node_module('with_drizzle.mjs') } ],
	[ 'prisma', 600, \&prisma, 'enum' ])
{
	my ($name, $base, $how, @more) = @$c;
	my ($command, $why) = $how->();
  SKIP:
	{
		skip "$name: $why", 1 unless $command;
		my ($out, $err);
		{
			local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $port, PGUSER => 'app', PGDATABASE => 'shop', PGPASSWORD => $password,
				PYTHONIOENCODING => 'utf-8', PYTHONDONTWRITEBYTECODE => 1, LC_ALL => 'C.UTF-8', HOME => $dir);
			delete $ENV{PGAPPNAME};
			my @arguments = ($base, $name eq 'jdbc' ? "jdbc:postgresql://127.0.0.1:$port/shop" : ());
			IPC::Run::run([ @$command, @arguments ], '>', \$out, '2>', \$err, IPC::Run::timeout(120));
		}
		my %got = map { split /\t/, $_, 2 } grep { /\t/ } split /\n/, $out;
		ok(exists $got{done}, "$name " . ($got{version} // '') . ' comes to its end') or diag($err);
		for my $answer (@all, @more)
		{
			is($got{$answer}, $answer eq 'binary' ? $binary{$name} : $own{$name}{$answer} // $expected{$answer}, "$name: $answer");
		}
		# what the server has of it: the moves of rows 1, 2 (two), 4 to 13 and 4 again, and 15 and 16, each by whoever said it was
		is(ask("SELECT string_agg(format('%s %s', actor, n), ',' ORDER BY actor) FROM (SELECT actor, count(*) AS n FROM leads_log JOIN leads USING (id) WHERE client = '$name' AND from_stage IS NOT NULL GROUP BY actor) s"),
			"$name 14,$name pool 0 1,$name pool 1 1", "$name: the log has what was committed, and who did it");
		$done{$name} = 1;
	}
}
is(ask('SELECT count(*) FROM journey.verify(\'leads\')'), '0', 'all journeys agree with their stages');
is(ask('SELECT sum(journey.length(journey) - 1) FROM leads'), 16 * keys %done, 'no move is in a journey that was rolled back');
is(ask('SELECT count(*) FROM leads WHERE client = \'copy\''), '0', 'nothing came in by a COPY that was refused');
done_testing();
