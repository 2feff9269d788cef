# Malformed input: mutations of valid values, as bytes, as text and as JSON, and the figures of what came of them.
#
# Everything is drawn from one random sequence, so the same seed gives the same inputs.
package JourneyFuzz;
use strict;
use warnings;
use JSON::PP;
use Exporter 'import';
our @EXPORT = qw(mutated_bytes mutated_text hostile_text refused figures);

my $json = JSON::PP->new->allow_nonref->canonical->max_depth(5000);

# SQLSTATEs that a malformed input may have: a data exception, a broken constraint, what is not there or not spelled right,
# a limit, what is not supported, a prerequisite that is missing, and for a binary message its being cut short.
sub refused { my ($state) = @_; return $state =~ /^(?:22...|23...|42...|54...|0A000|55000|08P01)$/; }

sub figures
{
	my ($what, $inputs, $states) = @_;
	my %refused = map { $_ => $states->{$_} } grep { refused($_) } keys %$states;
	my $n = 0;
	$n += $_ for values %refused;
	return sprintf 'figures: %s: %d inputs, %d accepted, %d refused%s', $what, $inputs, $states->{fine} || 0, $n,
	  $n ? ' (' . join(', ', map { "$_ $refused{$_}" } sort keys %refused) . ')' : '';
}

sub any { return $_[ rand @_ ]; }

# ---------------------------------------------------------------- bytes

my @odd_bytes = map { chr } 0, 1, 127, 128, 254, 255;

sub mutated_bytes
{
	my ($s) = @_;
	for (1 .. 1 + int rand 3)
	{
		my $kind = int rand 8;
		my $at   = length $s ? int rand length $s : 0;
		if    ($kind == 0 && length $s) { substr($s, $at, 1) = chr int rand 256; }
		elsif ($kind == 1 && length $s) { substr($s, $at, 1) = any(@odd_bytes); }
		elsif ($kind == 2) { $s = substr($s, 0, $at); }
		elsif ($kind == 3) { $s .= join '', map { chr int rand 256 } 0 .. int rand 12; }
		elsif ($kind == 4 && length $s > 4) { substr($s, int rand length($s) - 3, 4) = pack 'N', any(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000); }
		elsif ($kind == 5 && length $s > 8) { substr($s, int rand length($s) - 7, 8) = pack 'NN', any(0, 0x7fffffff, 0x80000000, 0xffffffff), any(0, 0xffffffff); }
		elsif ($kind == 6) { substr($s, $at, 0) = substr($s, rand $at + 1, rand 16); }
		elsif ($kind == 7 && length $s) { substr($s, $at, 1) = chr(ord(substr $s, $at, 1) ^ (1 << int rand 8)); }
	}
	return $s;
}

# ---------------------------------------------------------------- text

my @pieces = ('{', '}', '@', ',', ' ', '"', "'", '\\', '-', ':', ';', 'T', 'Z', '+', '.', '/', '0', '9', '99999999999', '-1', '1e308', '1e-400', 'NaN', 'infinity', '2026-01-01', "\t", "\n", 'null', 'true',
	'[', ']', '(', ')', '*', '->', '|', '?', '^', '$', '(?', '%', '--', '/*', '$$', "\xc3\xa9", "\xe2\x80\x8b", 'a' x 256);

# Texts are bytes; unless $raw, every character stays whole.
sub mutated_text
{
	my ($s, $raw, @more) = @_;
	return mutated_json($s) if $s =~ /^\s*[\[{]/ && rand() < 0.6 && defined eval { $json->decode($s) };
	return random_text($raw) if rand() < 0.05;
	$s = substr $s, 0, 400 if length $s > 400;
	utf8::decode($s) unless $raw;
	my @units = (@pieces, @more);
	for (1 .. 1 + int rand 3)
	{
		my $at = int rand 1 + length $s;
		my $kind = int rand 7;
		my $piece = any(@units);
		utf8::decode($piece) unless $raw;
		if    ($kind == 0) { substr($s, $at, 0) = $piece; }
		elsif ($kind == 1) { substr($s, $at, 1 + rand 3) = ''; }
		elsif ($kind == 2) { substr($s, $at, 1) = $piece; }
		elsif ($kind == 3) { substr($s, $at, 0) = substr($s, rand $at + 1, rand 16); }
		elsif ($kind == 4 && $s =~ /\d/) { my @n = ($s =~ /\d+/g); my $n = any(@n); my $o = any(0, 1, -1, 2147483648, 1000000, '9' x 20, 9223372036854775807); $s =~ s/\b$n\b/$o/; }
		elsif ($kind == 5 && $raw) { substr($s, $at, 1) = chr 1 + int rand 255; }
		else { $s = substr($s, 0, $at); }
	}
	utf8::encode($s) unless $raw;
	# no text of PostgreSQL has a byte of zeros
	$s =~ s/\0//g;
	return $s;
}

sub random_text
{
	my ($raw) = @_;
	return join '', map { any(@pieces) } 0 .. int rand 12 if !$raw || rand() < 0.5;
	return join '', map { chr 1 + int rand 255 } 0 .. int rand 40;
}

# What is deep, long or repeated; the same for every grammar.
sub hostile_text
{
	my (@texts) = @_;
	my @out = ('', ' ', "\t\n", '-', '"', "'", "\x7f", 'x' x 100_000, ' ' x 100_000, "\xf0\x9f\x98\x80" x 1000);
	push @out, map { my $p = $_; map { $p x $_ } 50, 5000, 50_000 } '(', ')', '{', '[', '((', '"', '->', ';', ',', '*', '|', 'not ', '-';
	push @out, map { my ($o, $c) = @$_; map { ($o x $_) . 'a' . ($c x $_) } 50, 5000, 50_000 } [ '(', ')' ], [ '[', ']' ], [ '{"a":', '}' ], [ '{"signals":', '}' ], [ '(?1)|(', ')' ];
	push @out, map { my $t = $_; map { my $by = $_; join $by, ($t) x (1 + int(60_000 / (1 + length $t))) } '', ',', ';', ' ' } grep { length $_ < 2000 } @texts;
	return @out;
}

# ---------------------------------------------------------------- JSON

my @values = (undef, JSON::PP::true, JSON::PP::false, 0, 1, -1, 0.5, 2147483648, -9223372036854775808, 1e300, 5e-324, '', 'a', 'UTC', '1 day', '-1 day', '178000000 years', '2026-01-01', '2026-02-30', '24:00-25:00',
	'09:00-09:00', 'x' x 300, "\x{fffd}\x{10348}", "nul \x{1}");

sub mutated_json
{
	my ($s) = @_;
	my $tree = [ $json->decode($s) ];
	for (1 .. 1 + int rand 3)
	{
		# a place in the tree: its container, and the key or number in it
		my @places;
		my @stack = ($tree);
		while (my $at = pop @stack)
		{
			my @keys = ref $at eq 'HASH' ? sort keys %$at : (0 .. $#$at);
			for my $k (@keys)
			{
				push @places, [ $at, $k ];
				my $v = ref $at eq 'HASH' ? $at->{$k} : $at->[$k];
				push @stack, $v if ref $v eq 'HASH' || ref $v eq 'ARRAY';
			}
		}
		my ($in, $key) = @{ any(@places) };
		my $hash = ref $in eq 'HASH';
		my $value = $hash ? $in->{$key} : $in->[$key];
		my ($other, $other_key) = @{ any(@places) };
		my $taken = $json->decode($json->encode([ ref $other eq 'HASH' ? $other->{$other_key} : $other->[$other_key] ]))->[0];
		my $new = any(any(@values), any(@values), [], {}, [$value], { a => $value }, $taken, $taken);
		$new = $value * any(-1, 2, 1000, 0.1, 1e18) if !ref $value && defined $value && $value =~ /^-?\d+(?:\.\d+)?$/ && rand() < 0.3;
		# a cycle cannot be written
		$new = $json->decode($json->encode([$new]))->[0];
		my $kind = int rand 5;
		if    ($kind == 0 && $hash) { delete $in->{$key}; }
		elsif ($kind == 0 && $in != $tree) { splice @$in, $key, 1; }
		elsif ($kind == 1 && $hash) { $in->{ any($key . 'x', '', 'zone', 'points', 'a', uc $key) } = $new; }
		elsif ($kind == 1 && $in != $tree) { splice @$in, $key, 0, $new; }
		elsif ($kind == 2 && $hash && ref $other eq 'HASH') { $in->{$other_key} = delete $in->{$key}; }
		elsif ($hash) { $in->{$key} = $new; }
		else          { $in->[$key] = $new; }
	}
	my $text = $json->encode($tree->[0]);
	utf8::encode($text);
	return $text;
}

1;
