# The dashboard of test/clients/dashboard: built by node from the answers of a server, drawn by a browser, and what the
# browser has drawn compared with plain SQL.
# Packages: npm chromium
use strict;
use warnings;
use File::Basename;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = dirname(__FILE__) . '/../clients/dashboard';
my $dir = PostgreSQL::Test::Utils::tempdir();
my ($browser) = grep { system("$_ --version >/dev/null 2>&1") == 0 } qw(chromium chromium-browser google-chrome);
plan skip_all => 'no browser here' unless $browser;
plan skip_all => 'no node and npm here' if system('node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1') != 0;
copy("$source/$_", $dir) or die "$_: $!" for qw(build.mjs page.html);
local %ENV = (%ENV, HOME => $dir, npm_config_cache => "$dir/cache");
open my $file, '>', "$dir/package.json" or die $!;
print $file '{ "private": true, "dependencies": { "pg": "^8" } }';
close $file;
plan skip_all => 'npm could not install pg' if system("timeout 120 npm install --no-audit --no-fund --prefix $dir >$dir/npm.log 2>&1") != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE shop ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('shop', slurp_file("$source/setup.sql"));
sub ask { return $node->safe_psql('shop', @_); }

# a reader needs no more than this
$node->safe_psql('shop', 'CREATE ROLE dashboard LOGIN; GRANT SELECT ON leads, leads_moves, leads_stages TO dashboard');
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'dashboard', PGDATABASE => 'shop', PGTZ => 'Asia/Tehran');
	my ($out, $err) = run_command([ 'node', "$dir/build.mjs", "$dir/index.html" ]);
	ok(-s "$dir/index.html", 'the page is built') or diag($err);
}
my @browser = ($browser, qw(--headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1170,1140), "--user-data-dir=$dir/profile");
my ($dom) = run_command([ @browser, '--dump-dom', "file://$dir/index.html" ]);
run_command([ @browser, "--screenshot=$dir/page.png", "file://$dir/index.html" ]);
cmp_ok(-s "$dir/page.png" // 0, '>', 50000, 'and drawn');

# ------------------------------------------------ what the browser has

$dom =~ s/<script>.*?<\/script>//s;
my %section;
while ($dom =~ m{<section id="(\w+)"[^>]*>(.*?)</section>}gs) { $section{$1} = $2; }
sub plain { return map { s/<[^>]*>//gr =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&amp;/&/gr } @_; }
sub tile { my ($value) = $section{ $_[0] } =~ m{<b>(.*?)</b>}; return $value; }
# the cells of a table, like psql's
sub table
{
	my ($body) = $section{ $_[0] } =~ m{<tbody>(.*)</tbody>}s;
	return join "\n", map { join '|', plain(m{<td[^>]*>(.*?)</td>}gs) } $body =~ m{<tr>(.*?)</tr>}gs;
}
is(join(' ', sort keys %section), 'conversion customers funnel hottest leads moves open quarter regions stages', 'all sections are there');
is(tile('leads'), ask('SELECT count(*) FROM leads'), 'leads');
is(tile('customers'), ask(q{SELECT count(*) FROM leads WHERE stage = 'customer'}), 'customers');
is(tile('conversion'), ask(q{SELECT round(100.0 * count(*) FILTER (WHERE stage = 'customer') / count(*), 1) || ' %' FROM leads}), 'conversion');

# a lead took each step that its journey has, since the rules let none be skipped
my @reached = split /\n/, ask(q{SELECT count(*) FROM leads, journey.events(journey) GROUP BY label HAVING label <> 'lost' ORDER BY label::lead_stage});
is(join(' ', $section{funnel} =~ m{class="reached"[^>]*>(\d+)<}g), "@reached", 'the numbers of the funnel');
my @bars = $section{funnel} =~ m{<rect[^>]*class="bar"[^>]*width="([\d.]+)"}g;
is(join(' ', map { sprintf '%.3f', $_ / $bars[0] } @bars), join(' ', map { sprintf '%.3f', $_ / $reached[0] } @reached), 'the lengths of its bars');
my @shares = $section{funnel} =~ m{>([\d.]+) %  \(([\d.]+) % – ([\d.]+) %\)<}g;
is(scalar @shares, 12, 'its shares and intervals');
for my $i (1 .. $#reached)
{
	# Wilson's interval, by its formula
	my ($n, $p, $z) = ($reached[ $i - 1 ], $reached[$i] / $reached[ $i - 1 ], 1.959963984540054);
	my $middle = ($p + $z**2 / 2 / $n) / (1 + $z**2 / $n);
	my $half = $z / (1 + $z**2 / $n) * sqrt($p * (1 - $p) / $n + $z**2 / 4 / $n**2);
	is(join(' ', @shares[ 3 * $i - 3 .. 3 * $i - 1 ]), join(' ', map { sprintf '%.1f', 100 * $_ } $p, $middle - $half, $middle + $half), "of step $i");
}

is(join("\n", map { s/^((?:[^|]*\|){4}).*/$1/r } split /\n/, table('regions')), ask(q{
	SELECT concat(region, '|', count(*), '|', count(*) FILTER (WHERE stage = 'customer'), '|', round(100.0 * count(*) FILTER (WHERE stage = 'customer') / count(*), 1), ' %|')
	FROM leads GROUP BY region ORDER BY count(*) FILTER (WHERE stage = 'customer')::float8 / count(*) DESC, region}), 'regions, and a name that looks like markup');
unlike($dom, qr/<b>West/, 'which it is not taken for');
is(join("\n", map { s/\|[^|]*$//r } split /\n/, table('stages')), ask(q{
	SELECT concat_ws('|', s, count(l.id) FILTER (WHERE l.stage = s), count(l.id) FILTER (WHERE journey.visits(journey, s::text) > 0),
		count(l.id) FILTER (WHERE journey.visits(journey, s::text) > 0 AND l.stage <> s))
	FROM unnest(enum_range(NULL::lead_stage)) s CROSS JOIN leads l GROUP BY s ORDER BY s}), 'stages, in the order of the enum');
is(table('hottest'), ask(q{
	SELECT concat_ws('|', id, region, stage, round((5 + id * 29 % 90) * power(0.5, (30 + id / 8.0) / 14), 2))
	FROM leads WHERE stage NOT IN ('customer', 'lost') ORDER BY (5 + id * 29 % 90) * power(0.5, (30 + id / 8.0) / 14) DESC, id LIMIT 8}), 'the hottest leads');

# moves by the week of UTC
my %moves;
while ($section{moves} =~ m{<rect[^>]*height="([\d.]+)"[^>]*data-week="([\d-]+)" data-stage="(\w+)" data-moves="(\d+)"}g)
{
	$moves{"$2|$3|$4"} = $1 / $4;
}
is(join("\n", sort keys %moves), ask(q{
	SET timezone = 'UTC';
	SELECT concat_ws('|', to_char(date_trunc('week', at), 'YYYY-MM-DD'), label, count(*)) FROM leads, journey.events(journey)
	WHERE label <> 'lead' GROUP BY date_trunc('week', at), label ORDER BY concat_ws('|', to_char(date_trunc('week', at), 'YYYY-MM-DD'), label, count(*)) COLLATE "C"}),
	'moves by week and stage');
my @unit = sort { $a <=> $b } values %moves;
cmp_ok($unit[-1] - $unit[0], '<', 0.001, 'each drawn as high as it is many');

# the share still open, by hand: the product over the times at which some were decided
my ($curve, $quarter) = split /\n/, ask(q{
	CREATE TEMPORARY TABLE at AS
	WITH spell AS (SELECT least(coalesce(journey.first_at(journey, 'customer'), journey.first_at(journey, 'lost')), '2026-04-30Z') - journey.started_at(journey) AS time,
			stage IN ('customer', 'lost') AND journey.updated_at(journey) <= '2026-04-30Z' AS ended FROM leads WHERE journey.started_at(journey) <= '2026-04-30Z')
	SELECT time, (SELECT count(*) FROM spell r WHERE r.time >= s.time) AS at_risk, count(*) FILTER (WHERE ended) AS events FROM spell s GROUP BY time;
	CREATE TEMPORARY TABLE curve AS
	SELECT time, (SELECT exp(sum(ln(1 - b.events::float8 / b.at_risk))) FROM at b WHERE b.time <= at.time) AS survival FROM at WHERE events > 0;
	SELECT format('After %s days %s %% are neither customers nor lost.', round(extract(epoch FROM max(time)) / 86400, 1), round(100 * min(survival)::numeric, 1)) FROM curve;
	-- where the curve is flat at just this height, the middle of the flat part
	SELECT round(extract(epoch FROM min(time) FILTER (WHERE survival < 0.75 + 1e-8) + min(time) FILTER (WHERE survival < 0.75 - 1e-8)) / 2 / 86400, 1) FROM curve});
like($section{open}, qr/\Q$curve\E/, 'the end of the curve');
like($quarter, qr/^\d+\.\d$/, 'a quarter has been decided');
is(tile('quarter'), $quarter, 'when that was');
is(scalar(() = $section{open} =~ m{<path d="([^"]*)"[^>]*class="curve"} ? $1 =~ /V/g : ()), ask(q{
	SELECT count(DISTINCT updated_at - started_at) FROM (SELECT stage, journey.updated_at(journey), journey.started_at(journey) FROM leads) l
	WHERE stage IN ('customer', 'lost') AND updated_at <= '2026-04-30Z'}), 'a step in it for each time at which some were decided');
done_testing();
