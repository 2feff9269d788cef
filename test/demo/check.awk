# The counts of the demo once more, by nothing but awk over the raw rows.
#
#   awk -v allowed='a>b|...' -v steps='a|b|...' -v stages='...' [-v implied=1] -f check.awk  (rows: customer, stage; in order)
BEGIN {
	FS = "\t"
	n = split(allowed, list, "|"); for (i = 1; i <= n; i++) may[list[i]] = 1
	nsteps = split(steps, step, "|"); for (i = 1; i <= nsteps; i++) place[step[i]] = i
	nstages = split(stages, stage, "|")
}
{
	if ($1 in now) from = now[$1]; else from = "new"
	if (from == $2) next
	if (!((from ">" $2) in may)) { refused++; next }
	if (from == "new") customers++
	now[$1] = $2
	written++
	if (implied) { if (($2 in place) && place[$2] > level[$1]) level[$1] = place[$2] }
	else if ($2 == step[level[$1] + 1]) level[$1]++
}
END {
	OFS = "\t"
	print "written", written + 0
	print "refused", refused + 0
	print "customers", customers + 0
	for (c in now) count[now[c]]++
	for (i = 1; i <= nstages; i++) print "now " stage[i], count[stage[i]] + 0
	for (c in level) for (i = 1; i <= level[c]; i++) reached[i]++
	for (i = 1; i <= nsteps; i++) print "reached " step[i], reached[i] + 0
	print "problems", 0
}
