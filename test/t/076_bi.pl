# The dashboard of doc/dashboard/observable: built by node with Observable Framework from the answers of a server,
# drawn by a browser, and what the browser has drawn is compared with plain SQL over the rows that the journeys were made
# of.
# Packages: npm chromium
use strict;
use warnings;
use File::Basename;
use File::Copy;
use File::Path;
use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Browser;

my $source = dirname(__FILE__) . '/../../doc/dashboard/observable';
my $dir = PostgreSQL::Test::Utils::tempdir();
my $site = "$dir/site";
mkpath("$site/src/data");
copy("$source/$_", "$site/$_") or die "$_: $!" for qw(package.json observablehq.config.js src/index.md src/data/leads.json.js);

# fetched while the server starts
my $without = system('node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1') == 0 ? undef : 'no node and npm here';
local %ENV = (%ENV, HOME => $dir, npm_config_cache => "$dir/cache", OBSERVABLE_TELEMETRY_DISABLE => 1);
my $npm;
$npm = IPC::Run::start([ qw(npm install --no-audit --no-fund --ignore-scripts --prefix), $site ], '<', \undef, '>&', "$dir/npm.log", IPC::Run::timeout(300)) unless $without;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE shop ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('shop', slurp_file(dirname($source) . '/sample.sql'));
# a name that a careless page would take for markup
$node->safe_psql('shop', q{UPDATE leads SET region = '<b>West & "Isles"</b>' WHERE region = 'West'});
sub ask { return $node->safe_psql('shop', "SET timezone = 'UTC'; $_[0]"); }

my ($browser, $why) = Browser->new($dir);
$without //= $why;
if ($npm)
{
	my $whole = $without ? undef : eval { $npm->finish };
	# what nobody waits for, or has taken more than the time given to it, is ended
	eval { $npm->kill_kill } unless defined $whole;
	$without //= 'npm could not install Observable Framework in five minutes' unless $whole && -e "$site/node_modules/.bin/observable" && -e "$site/node_modules/pg";
}

# ------------------------------------------------ a page and what is on it

my (%page, @asked, $as_of);

# Serves the folder and writes down what it is asked for.  It is the browser's proxy as well, so that nothing leaves this
# machine.  The browser asks for things of its own, which says nothing about the page; what the page asks of others the
# browser refuses by our policy, and reports.
sub serve
{
	my ($folder, $log) = @_;
	my $socket = IO::Socket::INET->new(Listen => 50, LocalAddr => '127.0.0.1', Proto => 'tcp', ReuseAddr => 1) or die "no port: $!\n";
	my $port = $socket->sockport;
	my $parent = $$;
	my $pid = fork;
	return ($pid, $port) if $pid;
	my %type = (html => 'text/html', js => 'text/javascript', css => 'text/css', json => 'application/json');
	my ($select, %got) = (IO::Select->new($socket));
	while (getppid == $parent)
	{
		for my $handle ($select->can_read(1))
		{
			if ($handle == $socket) { $select->add(scalar $socket->accept); next; }
			my $read = sysread $handle, $got{$handle}, 65536, length($got{$handle} // '');
			next if $read && $got{$handle} !~ /\r\n\r\n/;
			if ($read)
			{
				my ($method, $what) = $got{$handle} =~ /^(\S+) (\S+)/;
				open my $f, '>>', $log;
				print $f "$method $what\n";
				close $f;
				my ($path) = $what =~ m{^http://127\.0\.0\.1:$port(/[^?#]*)};
				my $file = $folder . ($path // '/none') . (($path // '') =~ m{/$} ? 'index.html' : '');
				my ($ending) = $file =~ /\.(\w+)$/;
				my $body = -f $file && $file !~ /\.\./ ? slurp_file($file) : undef;
				my $answer = defined $body
				  ? "HTTP/1.1 200 OK\r\nContent-Type: " . ($type{$ending} // 'application/octet-stream') . "; charset=utf-8\r\nContent-Length: " . length($body)
					. "\r\nContent-Security-Policy: default-src 'self' 'unsafe-inline' data:; report-uri /reported\r\nConnection: close\r\n\r\n$body"
				  : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
				$handle->blocking(1);
				print $handle $answer;
			}
			delete $got{$handle};
			$select->remove($handle);
			close $handle;
		}
	}
	require POSIX;
	POSIX::_exit(0);
}

sub plain { return map { s/<[^>]*>//gr =~ s/&nbsp;/ /gr =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&quot;/"/gr =~ s/&amp;/&/gr } @_; }
# the inside of the element of that name
sub inside
{
	my ($dom, $name) = @_;
	my ($from) = $dom =~ m{(<(\w+)[^>]*\bid="$name".*)}s or return '';
	my ($tag) = $from =~ /^<(\w+)/;
	my $depth = 0;
	while ($from =~ m{<(/?)$tag\b[^>]*>}g)
	{
		$depth += $1 ? -1 : 1;
		return substr($from, 0, pos $from) unless $depth;
	}
	return '';
}
sub rows
{
	my ($body) = inside(@_) =~ m{<tbody>(.*)</tbody>}s;
	return [ map { [ plain(m{<td[^>]*>(.*?)</td>}gs) ] } ($body // '') =~ m{<tr[^>]*>(.*?)</tr>}gs ];
}
# What is written on the page, against numbers of full precision: a number may differ by half of its last place.
sub agree
{
	my ($got, $sql, $name) = @_;
	my @expected = map { [ split /\|/, $_, -1 ] } split /\n/, ref $sql ? $$sql : ask($sql);
	my @wrong;
	push @wrong, @$got . ' rows instead of ' . @expected if @$got != @expected || !@expected;
	for my $i (0 .. $#expected)
	{
		my @cells = map { s/ %$//r =~ s/(?<=\d),(?=\d{3})//gr } map { / – / ? split / – / : $_ } @{ $got->[$i] || [] };
		push @wrong, "row $i has " . @cells . ' cells: ' . join('|', @cells) if @cells != @{ $expected[$i] };
		for my $j (0 .. $#{ $expected[$i] })
		{
			my ($g, $e) = ($cells[$j] // '', $expected[$i][$j]);
			if ($e =~ /^-?[\d.]+(e-?\d+)?$/ && $g =~ /^-?\d+(?:\.(\d+))?$/)
			{
				push @wrong, "row $i, cell $j: $g instead of $e" if abs($g - $e) > 0.5000001 * 10**-length($1 // '');
			}
			elsif ($e =~ /^([\d.]+)~$/)
			{
				# a time read off a histogram: to one in a hundred
				my $time = $1;
				push @wrong, "row $i, cell $j: $g instead of $e" if $g !~ /^[\d.]+$/ || abs($g - $time) > 0.05001 + 0.0101 * $time;
			}
			else { push @wrong, "row $i, cell $j: \"$g\" instead of \"$e\"" if $g ne $e && ($e ne '' || $g ne '–'); }
		}
	}
	ok(!@wrong, $name) or diag(join "\n", @wrong[ 0 .. ($#wrong < 8 ? $#wrong : 8) ]);
}

SKIP:
{
	skip "the dashboard of Observable Framework: $without", 1 if $without;
	my $log = "$dir/asked.log";
	my ($out, $err) = ('', '');
	{
		local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'dashboard', PGDATABASE => 'shop', PGTZ => 'Asia/Tehran');
		delete $ENV{PGAPPNAME};
		IPC::Run::run([ qw(npm run build --prefix), $site ], '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(300));
	}
	ok(-s "$site/dist/index.html", 'the dashboard is built by a role that may read only') or diag("$out$err"), last SKIP;
	my ($server, $port) = serve("$site/dist", $log);
	my @flags = ("--proxy-server=http://127.0.0.1:$port", '--proxy-bypass-list=<-loopback>', '--virtual-time-budget=20000');
	$page{all} = $browser->dom("http://127.0.0.1:$port/", flags => \@flags, width => 1300, height => 1750);
	$page{East} = $browser->dom("http://127.0.0.1:$port/#East", flags => \@flags, width => 1300, height => 1750);
	my $shot = eval { $browser->screenshot("http://127.0.0.1:$port/", flags => \@flags, width => 1300, height => 1750, to => "$dir/page.png") };
	@asked = split /\n/, slurp_file($log);
	# a page that does ask
	open my $asking, '>', "$site/dist/asking.html" or die $!;
	print $asking '<!DOCTYPE html><title>t</title><img src="http://elsewhere.test/picture.png">';
	close $asking;
	$browser->dom("http://127.0.0.1:$port/asking.html", flags => \@flags);
	kill TERM => $server;
	waitpid $server, 0;
	# it was ended after two minutes: this machine is busy with something else
	skip 'the dashboard of Observable Framework: chromium did not come to its end', 1 unless $shot && length $page{all} && length $page{East};
	my %colour;
	for my $y (map { 5 * $_ } 0 .. 349) { $colour{ join ' ', @{ $shot->{at}->($_, $y) } }++ for map { 5 * $_ } 0 .. 259; }
	cmp_ok($colour{'42 106 166'} // 0, '>', 500, 'and drawn: the blue of its bars is there');
	cmp_ok($colour{'255 255 255'} // 0, '>', 30000, 'and the white of its cards');

	cmp_ok(scalar(grep { m{^GET http://127\.0\.0\.1:$port/} } @asked), '>', 30, 'the page asks for its files');
	is_deeply([ grep { m{/reported} } @asked ], [], 'and for nothing from elsewhere');
	like(slurp_file($log), qr{/reported}, 'which would have been seen');
	unlike($page{all}, qr/observablehq--error|<b>West/, 'no cell has failed, and a name is not taken for markup');
	($as_of) = $page{all} =~ /id="as-of" title="([^"]+)"/;
	like($as_of, qr/^20\d\d-\d\d-\d\dT[\d:.]+Z$/, 'it says of when it is') or last SKIP;

	# ------------------------------------------------ against what happened: the rows of story

	$node->safe_psql('shop', qq{
		CREATE VIEW heard AS SELECT s.lead_id, l.region, l.budget, s.stage, s.at, '$as_of'::timestamptz AS as_of,
			lead(s.stage) OVER w AS next, coalesce(lead(s.at) OVER w, '$as_of') - s.at AS stayed, max(s.at) FILTER (WHERE s.stage = 'customer') OVER (PARTITION BY s.lead_id) AS won_at
		FROM story s JOIN leads l ON l.id = s.lead_id WINDOW w AS (PARTITION BY s.lead_id ORDER BY s.at);
		CREATE FUNCTION days(interval) RETURNS float8 LANGUAGE sql RETURN extract(epoch FROM \$1) / 86400});
	is(ask(q{SELECT count(*) FROM leads l JOIN heard h ON h.lead_id = l.id AND h.next IS NULL WHERE l.stage::text = h.stage}), 899, 'the story has come into the table');
	my $all = $page{all};
	agree([ map { my ($v) = inside($all, $_) =~ m{class="big">(.*?)<}; [$v] } qw(open win-rate cycle velocity) ], q{
		WITH v AS (SELECT count(*) FILTER (WHERE next IS NULL AND stage NOT IN ('customer', 'lost')) AS open, count(*) FILTER (WHERE stage = 'customer') AS won,
				count(*) FILTER (WHERE stage = 'lost') AS lost, avg(budget) FILTER (WHERE stage = 'customer') AS value FROM heard),
			c AS (SELECT days(percentile_cont(0.5) WITHIN GROUP (ORDER BY won_at - at)) AS cycle FROM heard WHERE stage = 'lead' AND won_at IS NOT NULL)
		SELECT unnest(ARRAY[open, 100.0 * won / (won + lost), cycle, open * (won::float8 / (won + lost)) * value / cycle]) FROM v, c}, 'the four figures at the top');

	for my $region ('all', 'East')
	{
		my @steps = map { [ split /\|/, $_ ] } split /\n/, ask(qq{
			WITH s AS (SELECT array_position('{lead,mql,sql,opportunity,customer}', stage) AS n, stage, at - lag(at) OVER (PARTITION BY lead_id ORDER BY at) AS took FROM heard WHERE stage <> 'lost' AND '$region' IN ('all', region))
			SELECT stage, count(*), days(percentile_disc(0.5) WITHIN GROUP (ORDER BY took)) FROM s GROUP BY n, stage ORDER BY n});
		my $expected = '';
		for my $i (0 .. $#steps)
		{
			my ($label, $k, $median) = @{ $steps[$i] };
			if ($i == 0) { $expected .= "$label|$k||" . '|100||' . "\n"; next; }
			# Wilson's interval, by its formula
			my ($n, $z) = ($steps[ $i - 1 ][1], 1.959963984540054);
			my $p = $k / $n;
			my $middle = ($p + $z**2 / 2 / $n) / (1 + $z**2 / $n);
			my $half = $z / (1 + $z**2 / $n) * sqrt($p * (1 - $p) / $n + $z**2 / 4 / $n**2);
			$expected .= join('|', $label, $k, map({ sprintf '%.9f', 100 * $_ } $p, $middle - $half, $middle + $half, $k / $steps[0][1]), $n - $k, "$median~") . "\n";
		}
		agree(rows($page{$region}, 'steps'), \$expected, "the funnel of $region, with Wilson's intervals");
		my @bars = inside($page{$region}, 'funnel') =~ m{<g aria-label="bar" fill="#2a6aa6"[^>]*>(.*?)</g>}s ? $1 =~ m{<rect[^>]*\bwidth="([\d.]+)"}g : (1);
		is(join(' ', map { sprintf '%.3f', $_ / $bars[0] } @bars), join(' ', map { sprintf '%.3f', $_->[1] / $steps[0][1] } @steps), "the lengths of its bars");
	}
	is(join("\n", grep { /^\d+ of \d+$/ } plain(inside($all, 'conversion') =~ m{<text[^>]*>(.*?)</text>}gs)), ask(q{
		SELECT count(*) FILTER (WHERE stage = 'customer') || ' of ' || count(DISTINCT lead_id) FROM heard
		GROUP BY region ORDER BY count(*) FILTER (WHERE stage = 'customer')::float8 / count(DISTINCT lead_id) DESC}), 'what was won in each region');
	is(join("\n", sort(plain(inside($all, 'moves') =~ m{<title>(.*?)</title>}gs))), ask(q{
		SELECT concat(to_char(date_trunc('week', at), 'YYYY-MM-DD'), ' ', stage, ': ', count(*)) FROM heard WHERE stage <> 'lead' GROUP BY date_trunc('week', at), stage ORDER BY 1}), 'moves by the week of UTC');
	is(join("\n", sort(map { s/,.*//sr } plain(inside($all, 'cohorts') =~ m{<title>(.*?)</title>}gs))), ask(q{
		SELECT concat(to_char(at, 'YYYY-MM'), ' ', stage, ' → ', further, ': ', count(*) FILTER (WHERE next = further), ' of ', count(*))
		FROM heard JOIN (VALUES ('lead', 'mql'), ('mql', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer')) f (come, further) ON come = stage
		GROUP BY to_char(at, 'YYYY-MM'), stage, further ORDER BY 1}), 'cohorts by the month of UTC');
	agree(rows($all, 'waiting'), q{
		WITH stays AS (SELECT stage, percentile_cont(0.9) WITHIN GROUP (ORDER BY stayed) AS p90 FROM heard WHERE at < won_at GROUP BY stage)
		SELECT lead_id, region, stage, budget, days(stayed), days(p90) FROM heard JOIN stays USING (stage)
		WHERE next IS NULL AND stage NOT IN ('customer', 'lost') AND stayed > p90 ORDER BY stayed / extract(epoch FROM p90) DESC LIMIT 18}, 'who is stalled');
	like(inside($all, 'stalled'), qr/Stalled: (?:<!--.*?-->)*@{[ask(q{
		WITH stays AS (SELECT stage, percentile_cont(0.9) WITHIN GROUP (ORDER BY stayed) AS p90 FROM heard WHERE at < won_at GROUP BY stage)
		SELECT count(*) FROM heard JOIN stays USING (stage) WHERE next IS NULL AND stage NOT IN ('customer', 'lost') AND stayed > p90})]}\b/, 'and how many are');
	# nobody goes back and nobody skips, so a chance is a product, and a time a sum of mean times
	agree(rows($all, 'expected'), q{
		WITH rate AS (SELECT array_position('{lead,mql,sql,opportunity}', stage) AS n, stage, count(*) FILTER (WHERE next IS NULL) AS open,
				count(*) FILTER (WHERE next <> 'lost')::float8 / count(next) AS on, sum(days(stayed)) / count(next) AS days FROM heard WHERE stage NOT IN ('customer', 'lost') GROUP BY stage),
			chance AS (SELECT n, stage, open, (SELECT exp(sum(ln(f.on))) FROM rate f WHERE f.n >= r.n) AS p, (SELECT sum(f.days) FROM rate f WHERE f.n >= r.n) AS days FROM rate r),
			value AS (SELECT stage, sum(budget) AS v, sum(budget ^ 2) AS v2 FROM heard WHERE next IS NULL GROUP BY stage)
		SELECT stage, open, 100 * p, open * p, v, v * p, sqrt(v2 * p * (1 - p)), days FROM chance JOIN value USING (stage)
		UNION ALL SELECT 'all', sum(open), NULL, sum(open * p), sum(v), sum(v * p), sqrt(sum(v2 * p * (1 - p))), NULL FROM chance JOIN value USING (stage)
		ORDER BY 8 DESC NULLS LAST}, 'the forecast');
	agree(rows($all, 'hottest'), q{
		SELECT id, region, stage, budget, split_part(score::text, '@', 1)::float8 * power(0.5, days((SELECT as_of FROM heard LIMIT 1) - split_part(split_part(score::text, '@', 2), '/', 1)::timestamptz) / 14)
		FROM leads WHERE stage NOT IN ('customer', 'lost') ORDER BY 5 DESC, id LIMIT 10}, 'the hottest leads');
}
done_testing();
