# Is META.json what PGXN accepts?  Checks it against the PGXN Meta Spec, version 1.0.0 (https://pgxn.org/spec/): prints
# each problem on a line, and fails if there is one.
#
#   perl pgxn_meta.pl META.json [VERSION]      VERSION: what the distribution and the extension have to say they are
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;

my ($file, $version) = @ARGV;
die "usage: pgxn_meta.pl META.json [VERSION]\n" unless $file;
my @problems;
sub problem { push @problems, join '', @_; return; }

open my $in, '<:raw', $file or die "cannot read $file: $!\n";
my $text = do { local $/; <$in> };
my $meta = eval { JSON::PP->new->utf8->decode($text) };
unless (ref $meta eq 'HASH')
{
	print "$file: ", ($@ || 'it is no JSON object'), "\n";
	exit 1;
}

# ---------------------------------------------------------------- the kinds of values

my $semver = qr/^(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?$/;
my %licenses = map { $_ => 1 } qw(agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3
  lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted unrestricted unknown);

sub is_string { my ($v) = @_; return defined $v && !ref $v && length $v; }
sub is_term { my ($v) = @_; return is_string($v) && length $v >= 2 && $v !~ m{[\x00-\x1f\x7f/\\\s]}; }
sub is_url { my ($v) = @_; return is_string($v) && $v =~ m{^[a-z][a-z0-9+.-]*:\S+$}i; }

sub a_string { my ($at, $v) = @_; is_string($v) or problem("$at: not a string with something in it"); return; }
sub a_version { my ($at, $v) = @_; is_string($v) && $v =~ $semver or problem("$at: not a semantic version"); return; }

# "1.2.3", or "0" for any, or several with operators between commas.
sub a_range
{
	my ($at, $v) = @_;
	for my $part (is_string($v) ? split(/\s*,\s*/, $v, -1) : (''))
	{
		$part =~ s/^(?:>=|<=|==|!=|>|<)\s*//;
		$part eq '0' || $part =~ $semver or return problem("$at: not a range of versions");
	}
	return;
}

sub a_list
{
	my ($at, $v, $check) = @_;
	return problem("$at: neither a value nor a list of some") if ref $v && ref $v ne 'ARRAY' || ref $v && !@$v;
	my @all = ref $v ? @$v : ($v);
	$check->($#all ? "$at\[$_]" : $at, $all[$_]) for 0 .. $#all;
	return;
}

# An object with these keys (a ! marks those that must be there), and others whose names start with x_.
sub an_object
{
	my ($at, $v, %keys) = @_;
	return problem("$at: not an object") unless ref $v eq 'HASH';
	my %plain = map { (s/!$//r => $keys{$_}) } keys %keys;
	for (sort keys %keys) { problem("$at: no ", s/!$//r) if /!$/ && !exists $v->{s/!$//r}; }
	for my $key (sort keys %$v)
	{
		next if $key =~ /^x_/i;
		if (my $check = $plain{$key}) { $check->($at eq '' ? $key : "$at.$key", $v->{$key}); }
		else { problem("$at: unknown key \"$key\""); }
	}
	return;
}

sub a_map
{
	my ($at, $v, $check) = @_;
	return problem("$at: not an object with something in it") unless ref $v eq 'HASH' && %$v;
	for my $key (sort keys %$v)
	{
		is_term($key) or problem("$at: \"$key\" is no name");
		$check->("$at.$key", $v->{$key});
	}
	return;
}

# ---------------------------------------------------------------- the document

sub one_of
{
	my @allowed = @_;
	return sub { my ($at, $v) = @_; is_string($v) && grep { $v eq $_ } @allowed or problem("$at: not one of @allowed"); return; };
}

sub a_file
{
	my ($at, $v) = @_;
	is_string($v) && $v !~ m{^/|\\|(?:^|/)\.\.(?:/|$)} && -e dirname($file) . "/$v" or problem("$at: there is no such file");
	return;
}

my $relations = sub {
	my ($at, $v) = @_;
	an_object($at, $v, map { $_ => sub { a_map(@_, \&a_range) } } qw(requires recommends suggests conflicts));
};
an_object('', $meta,
	'name!' => sub { my ($at, $v) = @_; is_term($v) or problem("$at: not a name"); },
	'version!' => \&a_version,
	'abstract!' => \&a_string,
	'maintainer!' => sub { a_list(@_, \&a_string) },
	'license!' => sub {
		my ($at, $v) = @_;
		return a_map($at, $v, sub { my ($k, $u) = @_; is_url($u) or problem("$k: not a URL") }) if ref $v eq 'HASH';
		a_list($at, $v, sub { my ($k, $l) = @_; is_string($l) && $licenses{$l} or problem("$k: not a licence that PGXN knows") });
	},
	'provides!' => sub {
		a_map(@_, sub {
			an_object(@_, 'file!' => \&a_file, 'version!' => \&a_version, abstract => \&a_string, docfile => \&a_file);
		});
	},
	'meta-spec!' => sub {
		an_object(@_, 'version!' => one_of('1.0.0'), url => sub { my ($at, $v) = @_; is_url($v) or problem("$at: not a URL") });
	},
	description => \&a_string,
	generated_by => \&a_string,
	tags => sub {
		a_list(@_, sub {
			my ($at, $v) = @_;
			is_string($v) && length $v < 256 && $v !~ m{[\x00-\x1f\x7f/\\]} or problem("$at: not a tag");
		});
	},
	no_index => sub { an_object(@_, file => sub { a_list(@_, \&a_string) }, directory => sub { a_list(@_, \&a_string) }) },
	prereqs => sub { an_object(@_, map { $_ => $relations } qw(configure runtime build test develop)) },
	release_status => one_of(qw(stable testing unstable)),
	resources => sub {
		my $url = sub { my ($at, $v) = @_; is_url($v) or problem("$at: not a URL") };
		an_object(@_, homepage => $url,
			bugtracker => sub { an_object(@_, web => $url, mailto => \&a_string) },
			repository => sub { an_object(@_, url => $url, web => $url, type => sub { my ($at, $v) = @_; is_string($v) && $v =~ /^[a-z]+$/ or problem("$at: not a lower-case word") }) });
	});

if (defined $version)
{
	my %said = (version => $meta->{version});
	if (ref $meta->{provides} eq 'HASH')
	{
		$said{"provides.$_.version"} = $meta->{provides}{$_}{version} for grep { ref $meta->{provides}{$_} eq 'HASH' } keys %{ $meta->{provides} };
	}
	for (sort keys %said) { problem("$_: ", $said{$_} // 'nothing', ", not $version") unless ($said{$_} // '') eq $version; }
}
problem('release_status: a version with a suffix is not stable')
  if ($meta->{release_status} // 'stable') eq 'stable' && ($meta->{version} // '') =~ /-/;

print "$file: $_\n" for @problems;
exit(@problems ? 1 : 0);
