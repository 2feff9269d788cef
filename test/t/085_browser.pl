# The pictures and the report in a real browser: what is drawn is where it belongs, in its colours, readable in light and
# dark, and inside the picture.
# Packages: chromium
use strict;
use warnings;
use Browser;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = $PostgreSQL::Test::Utils::tmp_check;
my ($browser, $why) = Browser->new($dir);
plan skip_all => $why unless $browser;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION journey');
$ENV{PGCLIENTENCODING} = 'UTF8';

sub spurt { my ($file, $text) = @_; open my $f, '>', "$dir/$file" or die $!; print $f $text; close $f; return "$dir/$file"; }

# As the documentation says, so that the way to a file is tried, too.
sub to_file
{
	my ($file, $query) = @_;
	$node->command_ok([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SET search_path = public, journey', '-o', "$dir/$file", '-c', $query ], "psql writes $file");
	open my $f, '<', "$dir/$file" or die $!;
	local $/;
	return scalar(<$f>) // '';
}

$node->safe_psql('postgres', <<'SQL');
SET search_path = public, journey;
CREATE TABLE j AS
SELECT journey(labels, ARRAY(SELECT timestamptz '2026-01-01' + n * interval '31 hours' * (1 + i % 7) FROM generate_series(1, cardinality(labels)) AS n)) AS j
FROM (SELECT i, CASE WHEN i <= 100 THEN ARRAY['lead', 'mql', 'sql', 'won'] WHEN i <= 400 THEN ARRAY['lead', 'mql', 'sql']
                  WHEN i <= 1000 THEN ARRAY['lead', 'mql'] ELSE ARRAY['lead'] END AS labels FROM generate_series(1, 2000) AS i) AS rows;
CREATE TABLE labels AS SELECT ordinality AS n, label FROM unnest(ARRAY['<script>alert("x")</script>', E'R&D ''"', repeat('long ', 51), repeat('W', 255), 'سرنخ تازه',
    repeat('سرنخ ', 25), repeat('客户', 40), E'\U0001F468\u200D\U0001F469\u200D\U0001F467', E'\u0001\u202Egnp', 'i']) WITH ORDINALITY AS l (label);
CREATE TABLE spells AS SELECT i, (SELECT label FROM labels WHERE n = 1 + i % 3) AS kind, (i % 97) * (1 + i % 3) * interval '1 day' AS d,
    (ARRAY['won', 'lost', NULL])[1 + i % 3] AS cause FROM generate_series(1, 600) AS i;
CREATE TYPE stage AS ENUM ('lead', 'mql', 'R&D <b>', 'won', 'lost');
CREATE TABLE leads (id int PRIMARY KEY, stage stage, moved timestamptz);
SELECT count(*) FROM track('leads', 'stage', 'new -> *; forward; * -> lost; at = moved');
INSERT INTO leads SELECT i, 'lead', now() - interval '200 days' FROM generate_series(1, 300) AS i;
UPDATE leads SET stage = 'mql', moved = moved + id % 20 * interval '1 day' WHERE id % 3 > 0;
UPDATE leads SET stage = 'R&D <b>', moved = moved + id % 20 * interval '1 day' WHERE id % 7 > 1 AND stage = 'mql';
UPDATE leads SET stage = 'won', moved = moved + id % 20 * interval '1 day' WHERE id % 2 = 0 AND stage = 'R&D <b>';
UPDATE leads SET stage = 'lost', moved = moved + id % 30 * interval '1 day' WHERE id % 5 = 0 AND stage <> 'won';
SQL

my $big = '9223372036854775807';
my @pictures = (
	[ funnel => "SELECT svg(funnel(j, '{lead,mql,sql,won}', '60 days'), 'Leads of 2026') FROM j" ],
	[ funnel_one => "SELECT svg(funnel(j, '{lead}')) FROM j" ],
	[ funnel_nobody => "SELECT svg(funnel(j, '{x,y}')) FROM j" ],
	[ funnel_64 => "SELECT svg(funnel(j, ARRAY(SELECT 'step ' || i FROM generate_series(1, 64) AS i))) FROM j" ],
	[ funnel_big => qq(SELECT svg('{"steps": ["a", "$big"], "times": [[], []], "total": $big, "within": null, "entered": $big, "options": "", "reached": [$big, 9223372036854775806], "excluded": 0}'::funnel, repeat('Wide title ', 20), 480)) ],
	[ funnel_hostile => "SELECT svg(funnel(journey(l, t), l), '</title><b>') FROM (SELECT array_agg(label ORDER BY n) AS l, array_agg(timestamptz '2026-01-01' + n * interval '1 day' ORDER BY n) AS t FROM labels) AS x" ],
	[ sankey => "SELECT svg_sankey(path_counts(j, 4), 8, 'Paths') FROM j" ],
	[ sankey_backward => "SELECT svg_sankey(path_counts(j, 4, 'backward'), 1) FROM j" ],
	[ sankey_hostile => "SELECT svg_sankey(array_agg(s), array_agg(a.label), array_agg(b.label), array_agg(a.n * b.n * ($big / 10000)), 'Hostile') FROM labels a, labels b, generate_series(1, 2) AS s" ],
	[ sankey_nobody => "SELECT svg_sankey('{}'::int[], '{}', '{}', '{}')" ],
	[ survival => "SELECT svg_survival(survival(d, cause IS NOT NULL), 'Time to close') FROM spells" ],
	[ survival_many => "SELECT svg_survival(array_agg(c ORDER BY kind), array_agg(kind ORDER BY kind), 'By kind') FROM (SELECT kind, survival(d, cause IS NOT NULL) AS c FROM spells GROUP BY kind) AS s" ],
	[ survival_big => qq(SELECT svg_survival('{"unit": "interval", "times": [[3600000000, 0, $big, 0]]}'::survival_curve, width => 480)) ],
	[ survival_nobody => qq(SELECT svg_survival('{"unit": "interval", "times": []}'::survival_curve)) ],
	[ incidence => "SELECT svg_survival(cumulative_incidence(d, cause)) FROM spells" ],
	[ numbers => "SELECT svg_survival(survival(x, true)) FROM (VALUES (1.7e308::float8), (1e-320), (3e307)) AS v (x)" ]);
my %svg = map { $_->[0] => to_file("$_->[0].svg", $_->[1]) } @pictures;

# ---------------------------------------------------------------- all pictures, one after the other in one page

my $json = JSON::PP->new->ascii->canonical;
# as text of a script, nothing in it may end the script
(my $texts = $json->encode([ map { utf8::decode(my $text = $svg{ $_->[0] }); [ $_->[0], $text ] } @pictures ])) =~ s/</\\u003c/g;
my $contrast = <<'JS';
function rgb(c) { const m = c.match(/[\d.]+/g).map(Number); return m; }
function lum(c) { const v = c.slice(0, 3).map(x => { x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); }); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; }
function contrast(a, b) { const x = lum(rgb(a)), y = lum(rgb(b)); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); }
JS
my $harness = spurt('pictures.html', <<"HTML");
<!DOCTYPE html><html><head><meta charset="utf-8"><title>t</title></head><body><p class="soft strong heading" id="outside">outside</p><script>
$contrast
const answer = {}, before = getComputedStyle(document.getElementById('outside')).cssText;
for (const [name, text] of $texts) {
  const a = answer[name] = { wrong: [], text: 9e9, shape: 9e9, overlaps: [] };
  const doc = new DOMParser().parseFromString(text, 'image/svg+xml');
  const error = doc.querySelector('parsererror');
  if (error) { a.wrong.push('not well-formed: ' + error.textContent); continue; }
  const div = document.createElement('div');
  document.body.appendChild(div);
  div.innerHTML = text;
  const svg = div.querySelector('svg'), box = svg.viewBox.baseVal;
  a.width = box.width; a.height = box.height;
  a.named = svg.getAttribute('role') === 'img' && svg.getAttribute('aria-labelledby').split(' ').every(id => div.querySelector('#' + id) && div.querySelector('#' + id).textContent.length > 3);
  const paper = getComputedStyle(svg.querySelector('.paper')).fill;
  a.paper = paper;
  for (const e of div.querySelectorAll('svg ~ *, script, b')) a.wrong.push('outside: ' + e.tagName);
  const texts = [];
  for (const e of svg.querySelectorAll('rect, path, text, tspan')) {
    const style = getComputedStyle(e);
    if (e.tagName === 'tspan') { a.text = Math.min(a.text, contrast(style.fill, paper)); continue; }
    const b = e.getBBox();
    if (b.x < -0.01 || b.y < -0.01 || b.x + b.width > box.width + 0.01 || b.y + b.height > box.height + 0.01)
      a.wrong.push('beyond the border: ' + e.outerHTML.slice(0, 120) + ' ' + [b.x, b.y, b.width, b.height]);
    if (e.tagName === 'text') {
      a.text = Math.min(a.text, contrast(style.fill, paper));
      for (const [o, words] of texts)
        if (Math.min(o.x + o.width, b.x + b.width) - Math.max(o.x, b.x) > 0.5 && Math.min(o.y + o.height, b.y + b.height) - Math.max(o.y, b.y) > 4)
          a.overlaps.push(words + ' / ' + e.textContent);
      texts.push([b, e.textContent]);
    }
    else if (/bar|line|\\bc[0-7]\\b|over/.test(e.getAttribute('class')) && !/flow|band/.test(e.getAttribute('class')))
      a.shape = Math.min(a.shape, contrast(/line/.test(e.getAttribute('class')) ? style.stroke : style.fill, paper));
  }
  a.count = svg.querySelectorAll('*').length;
  a.scripts = svg.querySelectorAll('script, foreignObject, image, a, use').length;
  const words = [...svg.querySelectorAll('text')].map(e => e.textContent);
  a.words = words.slice(0, 40);
}
answer.outside = getComputedStyle(document.getElementById('outside')).cssText === before;
document.title = 'answer:' + encodeURIComponent(JSON.stringify(answer));
</script></body></html>
HTML

my %paper = (light => 'rgb(255, 255, 255)', dark => 'rgb(20, 24, 31)');
for my $mode (qw(light dark))
{
	my $answer = $browser->answer($harness, dark => $mode eq 'dark', width => 1000);
	for my $name (map { $_->[0] } @pictures)
	{
		my $a = $answer->{$name};
		ok(!@{ $a->{wrong} }, "$name, $mode: well-formed, all of it inside the picture") or diag explain $a->{wrong};
		ok(!@{ $a->{overlaps} }, "$name, $mode: no words upon words") or diag explain $a->{overlaps};
		ok($a->{named} && $a->{count} > 4 && !$a->{scripts}, "$name, $mode: has a name and a description, and nothing that acts") or diag explain $a;
		is($a->{paper}, $paper{$mode}, "$name, $mode: background");
		cmp_ok($a->{text}, '>=', 4.5, "$name, $mode: words stand out from the background");
		cmp_ok($a->{shape}, '>=', 3, "$name, $mode: shapes stand out from the background");
	}
	ok($answer->{outside}, "$mode: the rules of the pictures do not reach the page around them");
	next if $mode eq 'dark';
	is($answer->{funnel}{words}[0], 'Leads of 2026', 'the heading is there');
	is(join('|', map { (grep { /^$_$/ } @{ $answer->{funnel}{words} }) ? 'there' : "$_ is missing" } qw(2000 1000 400 100)), 'there|there|there|there', 'all counts are there');
	like($answer->{funnel_hostile}{words}[2], qr/^<script>alert/, 'a label that is markup is shown as it is');
}

# ---------------------------------------------------------------- the funnel as a file: bars have their colour and length

my @bars = $svg{funnel} =~ /<rect class="bar" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g;
is(scalar @bars, 16, 'a funnel of four steps has four bars');
my %colours = (light => [ '37 99 235', '232 237 243', '255 255 255' ], dark => [ '110 168 254', '38 45 56', '20 24 31' ]);
for my $mode (qw(light dark))
{
	my $shot = $browser->screenshot("$dir/funnel.svg", dark => $mode eq 'dark', width => 760, height => 300);
	my ($bar, $track, $paper) = @{ $colours{$mode} };
	my @lengths;
	for my $i (0 .. 3)
	{
		my ($x, $y, $width, $height) = @bars[ 4 * $i .. 4 * $i + 3 ];
		my @row = map { join ' ', @{ $shot->{at}->($_, int($y + $height / 2)) } } 0 .. $shot->{width} - 1;
		push @lengths, scalar grep { $_ eq $bar } @row;
		is($row[ int $x + 2 ], $bar, "$mode: bar $i begins with its colour");
		is($row[ int($x + $width) + 3 ], $i == 0 ? $paper : $track, "$mode: behind bar $i is what should be");
		is(join(' ', @{ $shot->{at}->(int $x + 20, int($y + $height) + 2) }), $paper, "$mode: below bar $i is the background");
	}
	# 2000, 1000, 400 and 100
	for (1 .. 3)
	{
		my $share = (1, 0.5, 0.2, 0.05)[$_];
		cmp_ok(abs($lengths[$_] - $share * $lengths[0]), '<=', 2, "$mode: bar $_ is $share as long as the first: $lengths[$_] of $lengths[0] pixels");
	}
	cmp_ok($lengths[0], '>', 300, "$mode: the first bar is long");
	# some of the heading has the colour of words, or nearly so
	my @ink = $mode eq 'light' ? (27, 31, 36) : (230, 237, 243);
	my $dots = 0;
	for my $y (20 .. 36)
	{
		for my $x (20 .. 160)
		{
			my $p = $shot->{at}->($x, $y);
			$dots++ if abs($p->[0] - $ink[0]) + abs($p->[1] - $ink[1]) + abs($p->[2] - $ink[2]) < 60;
		}
	}
	cmp_ok($dots, '>', 100, "$mode: the heading is written");
}

# ---------------------------------------------------------------- the report

my $report = to_file('report.html', "SELECT report('leads', title => 'Leads & <friends>')");
my %page = (light => [ '246 248 250', '255 255 255' ], dark => [ '13 17 23', '20 24 31' ]);
for my $mode (qw(light dark))
{
	my $shot = $browser->screenshot("$dir/report.html", dark => $mode eq 'dark', width => 900, height => 500);
	is(join(' ', @{ $shot->{at}->(3, 490) }), $page{$mode}[0], "report, $mode: background, so its own policy lets its style through");
	my %seen;
	$seen{ join ' ', @{ $shot->{at}->($_, 200) } }++ for 0 .. 899;
	cmp_ok($seen{ $page{$mode}[1] } || 0, '>', 300, "report, $mode: cards");
}
# the same page with a script in it, and without the policy that would not let it run
(my $asking = $report) =~ s/<meta http-equiv[^>]*>//;
$asking =~ s{</body>}{<script>
$contrast
const a = { wrong: [], text: 9e9, least: '' };
function paper(e) { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c).length < 4 || rgb(c)[3] > 0.99) return c; } return 'rgb(255, 255, 255)'; }
for (const e of document.querySelectorAll('main *')) {
  if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const c = contrast(getComputedStyle(e).color, paper(e));
  if (c < a.text) { a.text = c; a.least = e.outerHTML.slice(0, 200); }
}
a.scroll = document.documentElement.scrollWidth; a.client = document.documentElement.clientWidth;
a.headings = [...document.querySelectorAll('h1, h2')].map(e => e.textContent);
a.tables = [...document.querySelectorAll('table')].map(t => [t.caption ? t.caption.textContent : '', [...t.rows].map(r => r.cells.length).filter((n, i, all) => n !== all[0]).length]);
a.heads = [...document.querySelectorAll('th')].filter(e => !['row', 'col'].includes(e.scope)).length;
a.pictures = [...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width);
a.ids = [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i);
a.links = [...document.querySelectorAll('a')].filter(e => !document.getElementById(e.getAttribute('href').slice(1))).length;
a.foreign = document.querySelectorAll('main script, b, i, iframe, img, object').length;
document.title = 'answer:' + encodeURIComponent(JSON.stringify(a));
</script></body>};
my $asking_page = spurt('asking.html', $asking);
for my $mode (qw(light dark))
{
	my $a = $browser->answer($asking_page, dark => $mode eq 'dark', width => $mode eq 'dark' ? 500 : 1000, height => 800);
	cmp_ok($a->{text}, '>=', 4.5, "report, $mode: words stand out from the background") or diag $a->{least};
	cmp_ok($a->{scroll}, '<=', $a->{client}, "report, $mode: the page is not wider than its window of $a->{client}");
	is(join('|', @{ $a->{headings} }), 'Leads & <friends>|Stages|Funnel|Paths|Time to the end|Velocity|Stalled|Cohorts', "report, $mode: headings");
	is(scalar(grep { !length $_->[0] } @{ $a->{tables} }), 0, "report, $mode: each table has a caption");
	is(scalar(grep { $_->[1] } @{ $a->{tables} }), 0, "report, $mode: each table has as many cells in each row");
	is_deeply([ @$a{qw(heads links foreign)}, scalar @{ $a->{ids} } ], [ 0, 0, 0, 0 ], "report, $mode: headings say what they head, links lead somewhere, nothing is foreign, names are given once") or diag explain $a;
	is(scalar(grep { $_ > 200 && $_ <= $a->{client} } @{ $a->{pictures} }), 3, "report, $mode: three pictures that fit");
}
$node->stop;
done_testing();
