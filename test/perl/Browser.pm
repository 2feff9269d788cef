# Debian's chromium without a window: what a page says when it runs there, and what it looks like.
package Browser;
use strict;
use warnings;
use Compress::Zlib ();
use File::Temp ();
use JSON::PP ();

# The browser, or undef and the reason.
sub new
{
	my ($class, $dir) = @_;
	my ($program) = grep { -x } map { my $d = $_; map { "$d/$_" } qw(chromium chromium-browser google-chrome) } split /:/, $ENV{PATH};
	return (undef, 'no chromium here') unless $program;
	my $self = bless { program => $program, dir => $dir }, $class;
	my $page = "$dir/probe.html";
	spurt($page, '<!DOCTYPE html><title>t</title><body><script>document.title = 6 * 7</script></body>');
	my $dom = eval { $self->dom($page) } // '';
	return (undef, 'chromium does not start here: ' . substr(join(' ', split ' ', $self->{said} || $@), 0, 300)) unless $dom =~ /<title>42</;
	return $self;
}

sub spurt { my ($file, $text) = @_; open my $f, '>', $file or die "$file: $!\n"; print $f $text; close $f or die "$file: $!\n"; }

# Runs it on a file or an address; dark => the colours that the reader prefers, width and height => of the window, flags => more of its
# options.
sub run
{
	my ($self, $file, $what, %o) = @_;
	my $profile = File::Temp->newdir(DIR => $self->{dir});
	my $out     = "$profile/out";
	my @command = ($self->{program}, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
		'--disable-extensions', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--disable-default-apps', '--mute-audio',
		'--force-device-scale-factor=1', "--user-data-dir=$profile/profile",
		sprintf('--window-size=%d,%d', $o{width} || 800, $o{height} || 600), '--blink-settings=preferredColorScheme=' . ($o{dark} ? 0 : 1), @$what, @{ $o{flags} || [] }, $file =~ m{^http://} ? $file : "file://$file");
	local $ENV{HOME} = "$profile";
	local $ENV{XDG_CONFIG_HOME} = "$profile";
	local $ENV{XDG_CACHE_HOME} = "$profile";
	system('timeout', '120', 'sh', '-c', 'out=$1; shift; exec "$@" >"$out" 2>"$out.err"', 'sh', $out, @command);
	my $read = sub { open my $f, '<', shift or return ''; local $/; my $t = <$f>; close $f; $t };
	$self->{said} = $read->("$out.err");
	return $read->($out);
}

# The page as it is after its scripts have run.
sub dom { my ($self, $file, %o) = @_; return $self->run($file, ['--dump-dom'], %o); }

# What a page with a script has put into its title, by encodeURIComponent(JSON.stringify(...)).
sub answer
{
	my ($self, $file, %o) = @_;
	my ($json) = $self->dom($file, %o) =~ m{<title>answer:([^<]*)</title>} or die "no answer from $file: $self->{said}\n";
	$json =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	return JSON::PP::decode_json($json);
}

# A picture of it: width, height, and a function (x, y) => [red, green, blue].
sub screenshot
{
	my ($self, $file, %o) = @_;
	my $png = $o{to} || "$self->{dir}/shot.png";
	unlink $png;
	$self->run($file, ["--screenshot=$png"], %o);
	open my $f, '<:raw', $png or die "no picture of $file: $self->{said}\n";
	local $/;
	my $bytes = <$f>;
	close $f;
	return read_png($bytes);
}

# PNG of 8 bits a channel without interlacing, as browsers write them.
sub read_png
{
	my ($bytes) = @_;
	die "no PNG\n" unless substr($bytes, 0, 8) eq "\x89PNG\r\n\x1a\n";
	my ($at, $data, $width, $height, $channels) = (8, '');
	while ($at < length $bytes)
	{
		my ($len, $type) = unpack 'N a4', substr($bytes, $at, 8);
		my $chunk = substr($bytes, $at + 8, $len);
		if ($type eq 'IHDR')
		{
			($width, $height, my ($depth, $colour, undef, undef, $interlace)) = unpack 'NNC5', $chunk;
			$channels = { 2 => 3, 6 => 4 }->{$colour};
			die "PNG of an unknown kind\n" unless $depth == 8 && $channels && !$interlace;
		}
		$data .= $chunk if $type eq 'IDAT';
		$at += 12 + $len;
	}
	$data = Compress::Zlib::uncompress($data);
	my $stride = $width * $channels;
	my @rows;
	my @before = (0) x $stride;
	for my $y (0 .. $height - 1)
	{
		my $filter = ord substr($data, $y * ($stride + 1), 1);
		my @row    = unpack 'C*', substr($data, $y * ($stride + 1) + 1, $stride);
		if    ($filter == 1) { $row[$_] = ($row[$_] + $row[ $_ - $channels ]) & 255 for $channels .. $#row; }
		elsif ($filter == 2) { $row[$_] = ($row[$_] + $before[$_]) & 255 for 0 .. $#row; }
		elsif ($filter == 3)
		{
			$row[$_] = ($row[$_] + int((($_ >= $channels ? $row[ $_ - $channels ] : 0) + $before[$_]) / 2)) & 255 for 0 .. $#row;
		}
		elsif ($filter == 4)
		{
			for (0 .. $#row)
			{
				my ($a, $b, $c) = ($_ >= $channels ? $row[ $_ - $channels ] : 0, $before[$_], $_ >= $channels ? $before[ $_ - $channels ] : 0);
				my ($pa, $pb, $pc) = (abs($b - $c), abs($a - $c), abs($a + $b - 2 * $c));
				$row[$_] = ($row[$_] + ($pa <= $pb && $pa <= $pc ? $a : $pb <= $pc ? $b : $c)) & 255;
			}
		}
		push @rows, pack 'C*', @row;
		@before = @row;
	}
	return { width => $width, height => $height, at => sub { [ unpack 'C3', substr($rows[ $_[1] ], $_[0] * $channels, 3) ] } };
}

1;
