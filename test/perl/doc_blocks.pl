# Runs the SQL blocks of one page of the documentation, top to bottom, in one session in a fresh database, and prints TAP:
# one test for each block.  A block fenced ```sql must run without an error, one fenced ```sql error must fail; what is
# fenced ```sql grafana or ```sql metabase is for those programs, and test/t/077_queries.pl runs it.  A page
# that has CREATE EXTENSION journey in a block is not given the extension beforehand.  If ```text follows a block (with
# at most one line of prose between), psql must print each of its lines for that block, in that order; a page may leave
# lines out, but not invent any.
#
#   perl doc_blocks.pl PAGE.md
use strict;
use warnings;

my $page = shift or die "usage: doc_blocks.pl PAGE.md\n";
open my $in, '<', $page or die "cannot read $page: $!\n";
my @lines = <$in>;
close $in;
chomp @lines;
(my $short = $page) =~ s{.*/}{};

# The script that psql reads has the same line numbers as the page: what is not SQL becomes an empty line, and a fence
# becomes a marker on both outputs.
my (@script, @blocks, $block, $text);
my $last;    # the last block, until prose takes more than a line
for my $n (1 .. @lines)
{
	my $line = $lines[ $n - 1 ];
	if (!$block && !$text && $line =~ /^(\s*)```(\w+)(?:\s+(\w+))?\s*$/)
	{
		my ($indent, $what, $more) = ($1, $2, $3 // '');
		if ($what eq 'sql' && $more ne 'grafana' && $more ne 'metabase')
		{
			$block = { line => $n, error => $more eq 'error', indent => $indent };
			push @blocks, $block;
			push @script, "\\echo \@\@begin $n \\warn \@\@begin $n";
		}
		else
		{
			$text = { line => $n, what => $what, rows => [] };
			push @script, '';
		}
	}
	elsif (!$block && !$text && $line =~ /^\s*```\s*$/)
	{
		$text = { line => $n, what => '', rows => [] };
		push @script, '';
	}
	elsif ($block && $line =~ /^\s*```\s*$/)
	{
		# the semicolon ends a statement that was left open
		push @script, "; \\echo \@\@end $block->{line} \\warn \@\@end $block->{line}";
		$last = { block => $block, prose => 0 };
		$block = undef;
	}
	elsif ($text && $line =~ /^\s*```\s*$/)
	{
		$last->{block}{text} = $text
		  if $text->{what} eq 'text' && $last && $last->{prose} <= 1 && !$last->{block}{text};
		$text = undef;
		push @script, '';
	}
	elsif ($block)
	{
		$line =~ s/^\Q$block->{indent}\E//;
		push @script, $line;
	}
	else
	{
		if ($text) { push @{ $text->{rows} }, $line; }
		elsif ($last && $line =~ /\S/) { $last->{prose}++; }
		push @script, '';
	}
}

if (!@blocks)
{
	print $block || $text ? "not ok 1 - $short: a fence is not closed\n1..1\n" : "1..0 # SKIP no SQL in it\n";
	exit($block || $text ? 1 : 0);
}

my $database = "doc_$$";
my $dir      = $ENV{TMPDIR} || '/tmp';
my $path     = "$dir/$database";
mkdir $path or die "cannot make $path: $!\n";

sub psql
{
	system('psql', '-Xq', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c', shift) == 0 or die "psql failed\n";
}

psql("CREATE DATABASE $database");
psql("ALTER DATABASE $database SET search_path = public, journey");
unless (grep { /^\s*CREATE EXTENSION (IF NOT EXISTS )?journey\b/i } @script)
{
	system('psql', '-Xq', '-d', $database, '-c', 'CREATE EXTENSION journey') == 0 or die "no extension\n";
}
open my $out, '>', "$path/$short" or die $!;
print $out "$_\n" for @script;
close $out;
my $status = system("cd $path && psql -X -d $database -f $short >$path/out 2>$path/err");

sub by_block
{
	my ($file) = @_;
	my (%of, $now);
	open my $f, '<', $file or die $!;
	while (<$f>)
	{
		if    (/^\@\@begin (\d+)$/) { $now = $1; $of{$now}{begun} = 1; $of{$now}{rows} = []; }
		elsif (/^\@\@end (\d+)$/)   { $of{$1}{ended} = 1; $now = undef; }
		elsif (defined $now)        { push @{ $of{$now}{rows} }, $_; }
	}
	close $f;
	return \%of;
}

# Blank space does not count, nor do the lines drawn under headings.
sub plain
{
	return grep { !/^[-+ ]*$/ } map { s/\s+/ /gr =~ s/^ | $//gr } @_;
}

my $stdout = by_block("$path/out");
my $stderr = by_block("$path/err");
my ($n, $bad) = (0, 0);
for my $b (@blocks)
{
	my $at     = $b->{line};
	my @said   = @{ $stderr->{$at}{rows} || [] };
	my @errors = grep { /\bERROR:/ || /^psql:.*(invalid command|connection)/ } @said;
	my @why;
	if    (!$stdout->{$at}{ended})         { push @why, 'the block does not come to its end', @said; }
	elsif ($b->{error} && !@errors)        { push @why, 'this block is to fail, and does not'; }
	elsif (!$b->{error} && @errors)        { push @why, @said; }
	elsif ($b->{text})
	{
		my @said_plainly = map { s/^psql:[^:]*:\d+: //r } @said;
		my @printed = plain(@{ $stdout->{$at}{rows} }, @said_plainly);
		my @left = @printed;
		for my $row (plain(@{ $b->{text}{rows} }))
		{
			next if $row eq '...';
			shift @left while @left && $left[0] ne $row;
			if (!@left)
			{
				push @why, "line $b->{text}{line} and on shows what psql does not print: $row", 'psql prints:',
				  @{ $stdout->{$at}{rows} }, @said_plainly;
				last;
			}
			shift @left;
		}
	}
	$n++;
	if (@why)
	{
		$bad++;
		print "not ok $n - $short, line $at\n";
		chomp, print "# $_\n" for @why;
	}
	else { print "ok $n - $short, line $at\n"; }
}
if ($block || $text)
{
	$n++;
	$bad++;
	print "not ok $n - $short: the fence of line ", ($block || $text)->{line}, " is not closed\n";
}
print "1..$n\n";
psql("DROP DATABASE $database");
unlink "$path/out", "$path/err", "$path/$short";
rmdir $path;
exit($bad ? 1 : 0);
