# lib.sh: what the benches share: timing, rows of the table, the machine.  Read by run.

failed=0
over=0
passed=0
skipped=0
US=$(printf '\037')

# what is said on the way; with --markdown the table alone goes to the output
say() { if [ -n "$markdown" ]; then printf '%s\n' "$*" >&2; else printf '%s\n' "$*"; fi; }

sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }

# best WORKERS SQL: milliseconds in $ms, worst over best in $spread, answer in $answer; what the session was is left in
# the file status.  By the clock on the wall, or with CLOCK=cpu the time that the session had a processor: that is what
# can be compared where others use the machine, too.
best() {
	{
		printf 'SET max_parallel_workers_per_gather = %s;\nSET min_parallel_table_scan_size = 0;\n' "$1"
		i=0
		while [ $i -lt "$REPEATS" ]; do
			if [ "$CLOCK" = cpu ]; then
				printf "SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1) AS start \\\\gset\n%s;\n" "$2"
				printf "SELECT format('Time: %%s ms', (split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::numeric - :start) / 1e6);\n"
			else
				printf '\\timing on\n%s;\n\\timing off\n' "$2"
			fi
			i=$((i + 1))
		done
		printf "\\\\o %s\nSELECT pg_read_file('/proc/self/status');\n" "$tmp/status"
	} | psql -XAtq -v ON_ERROR_STOP=1 >"$tmp/out"
	spread=$(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$tmp/out" | sort -n | awk 'NR == 1 { best = $1 } { worst = $1 } END { print best, worst / best }')
	ms=${spread% *}
	spread=${spread#* }
	answer=$(grep -v '^Time:' "$tmp/out" | tail -1)
}

# The peak of the memory that the session of "best" had for itself, in MB: all of it less what is shared.
own_memory() {
	awk '$1 == "VmHWM:" { peak = $2 } $1 == "RssShmem:" || $1 == "RssFile:" { shared += $2 } END { printf "%.0f", (peak - shared) / 1024 }' "$tmp/status"
}

has() { [ "$(sql "SELECT count(*) > 0 FROM pg_proc WHERE pronamespace = 'journey'::regnamespace AND proname = '$1'")" = t ]; }

# generate EVENTS CUSTOMERS: the table events, written by two sessions at once
generate() {
	psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS journey' \
		-c 'CREATE UNLOGGED TABLE events (customer bigint NOT NULL, at timestamptz NOT NULL, event text NOT NULL)'
	psql -Xq -v customers="$2" -v first=1 -v last="$(($1 / 2))" -f "$here/generate.sql" &
	half=$!
	psql -Xq -v customers="$2" -v first="$(($1 / 2 + 1))" -v last="$1" -f "$here/generate.sql"
	wait "$half"
	sql 'ANALYZE events'
}

# Rows of the table: what, ours, unit, the yardstick, its figure, the two compared, the budget, the verdict.
table=$tmp/table
: >"$table"
keep() { (IFS=$US; printf '%s\n' "$*") >>"$table"; }

verdict() { if [ "$1" = ok ]; then passed=$((passed + 1)); elif [ "$1" = OVER ]; then over=$((over + 1)); fi; }

# row WHAT OURS THEIRS YARDSTICK BUDGET [SPREAD [UNIT]]: prints ours/theirs and holds it against the budget, if there is one
row() {
	line=$(awk -v what="$1" -v ours="$2" -v name="$3" -v theirs="$4" -v budget="$5" -v spread="${6:-}" -v unit="${7:-ms}" 'BEGIN {
		ratio = ours / theirs
		said = budget == "" ? "" : ratio <= budget ? "ok" : "OVER"
		form = unit == "ms" ? "%.0f" : "%.2f"
		printf "%-42s %8s %s  %-36s %8s %s  %6.2fx  %s%s\037", what, sprintf(form, ours), unit, name, sprintf(form, theirs), unit, ratio,
			budget == "" ? "no budget" : sprintf("budget %.2fx %-4s", budget, said),
			spread == "" ? "" : sprintf(" (worst run %.2fx of the best)", spread)
		printf "%s\037%s %s\037%s\037%s %s\037%.2fx\037%s\037%s", what, sprintf(form, ours), unit, name, sprintf(form, theirs), unit, ratio,
			budget == "" ? "" : sprintf("≤ %.2fx", budget), said }')
	say "${line%%"$US"*}"
	printf '%s\n' "${line#*"$US"}" >>"$table"
	verdict "${line##*"$US"}"
}

# faster WHAT OURS_MS THEIRS YARDSTICK_MS BUDGET: the same where ours takes next to no time: how many times faster it is
faster() {
	line=$(awk -v what="$1" -v ours="$2" -v name="$3" -v theirs="$4" -v budget="$5" 'BEGIN {
		ratio = theirs / ours
		said = ratio >= budget ? "ok" : "OVER"
		printf "%-42s %8.3f ms  %-36s %8.0f ms  %.0fx faster  budget %.0fx %s\037", what, ours, name, theirs, ratio, budget, said
		printf "%s\037%.3f ms\037%s\037%.0f ms\037%.0fx faster\037≥ %.0fx faster\037%s", what, ours, name, theirs, ratio, budget, said }')
	say "${line%%"$US"*}"
	printf '%s\n' "${line#*"$US"}" >>"$table"
	verdict "${line##*"$US"}"
}

skip() { say "skipped: $*"; skipped=$((skipped + 1)); keep "$1" '' '' '' '' '' skipped; }

same() { if [ "$2" = "$3" ]; then return 0; fi; say "answers differ: $1: $2 / $3"; failed=$((failed + 1)); }

# What all figures depend on, line by line.
machine() {
	echo "$(nproc) processors, $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo)$(
		grep -q '^flags.* hypervisor' /proc/cpuinfo && echo ', a virtual machine')"
	(. /etc/os-release && echo "$PRETTY_NAME, Linux $(uname -r)")
	sql "SELECT 'PostgreSQL ' || current_setting('server_version') || ', shared_buffers ' || current_setting('shared_buffers') || ', work_mem ' || current_setting('work_mem')"
	[ -z "${others:-}" ] || echo "${others#, }"
}

# the table as Markdown: a head, then the rows that were kept
markdown_table() {
	awk -F "$US" -v head="$1" 'BEGIN {
		n = split(head, h, "|")
		for (i = 1; i <= n; i++) line = line "| " h[i] " "
		print line "|"
		line = ""
		for (i = 1; i <= n; i++) line = line "|---"
		print line "|" }
	{
		line = ""
		for (i = 1; i <= n; i++) line = line "| " ($i == "OVER" ? "**missed**" : $i == "ok" ? "met" : $i) " "
		print line "|" }' "$table"
}
