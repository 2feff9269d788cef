# growth.sh: the same questions to more and more events, 20 a customer.  What is linear takes the same time an event
# at every size.  Read by run; the tables of one size are dropped before the next.

# measure NAME EVENTS SQL: a query in a session of its own, with what it needed
measure() {
	sql 'SELECT pg_stat_reset()' >/dev/null
	best 0 "$3"
	temp=$(sql "SELECT round(sum(temp_bytes) / $REPEATS.0 / 1048576) FROM pg_stat_database")
	memory=$(own_memory)
	measured "$1" "$2" "$ms"
}

# measured NAME EVENTS MS: a row, with $temp and $memory; compared with the same at the size before
measured() {
	line=$(awk -v name="$1" -v n="$2" -v ms="$3" -v before="$(awk -F '\t' -v name="$1" '$1 == name { ns = $2 } END { print ns }' "$tmp/before")" -v temp="$temp" -v memory="$memory" -v growth="$GROWTH_BUDGET" 'BEGIN {
		ns = ms * 1e6 / n
		ratio = before == "" ? "" : sprintf("%.2fx", ns / before)
		said = before == "" || growth == "" ? "" : ns / before <= growth ? "ok" : "OVER"
		printf "%-42s %9d events %9.0f ms %7.0f ns an event  %7s %-4s  memory %6s MB  temporary files %6s MB\037", name, n, ms, ns, ratio, said, memory, temp
		printf "%s\037%g M\037%.0f ms\037%.0f\037%s\037%s\037%s\037%s", name, n / 1e6, ms, ns, ratio, memory, temp, said }')
	say "${line%%"$US"*}"
	printf '%s\n' "${line#*"$US"}" >>"$table"
	verdict "${line##*"$US"}"
	printf '%s\t%s\n' "$1" "$(awk "BEGIN { print $3 * 1e6 / $2 }")" >>"$tmp/before"
}

GROWTH_BUDGET=1.5	# a time an event that grows by more than this from one size to the next is not called linear
: >"$tmp/before"
wanted=$REPEATS
for n in $GROWTH; do
	REPEATS=$wanted
	[ "$n" -le 10000000 ] || REPEATS=1	# minutes each
	say "generating $n events of $((n / 20)) customers"
	generate "$n" $((n / 20))
	again=$REPEATS
	REPEATS=1	# it makes the table that is asked next
	measure 'back-fill of journeys, with writing them' "$n" \
		"CREATE UNLOGGED TABLE journeys AS SELECT * FROM journey.group_events('events', 'customer', 'at', 'event') AS g (customer bigint, journey journey.journey)"
	REPEATS=$again
	sql 'ANALYZE journeys'
	measure 'funnel over stored journeys' "$n" "SELECT $reached FROM (SELECT journey.funnel(journey, $steps, interval '7 days') AS f FROM journeys) AS x"
	ours=$answer
	measure 'funnel_events over raw rows' "$n" "SELECT $reached FROM (SELECT journey.funnel_events(customer, at, event, $steps, interval '7 days') AS f FROM events) AS x"
	same "funnel and funnel_events of $n events" "$ours" "$answer"
	measure 'window_funnel GROUP BY key' "$n" "$window_funnel"
	same "funnel and window_funnel of $n events" "$ours" "$answer"
	GROWTH_BUDGET=	# this one is not ours
	measure 'GROUP BY key, count(*)' "$n" "$group_by"
	GROWTH_BUDGET=1.5
	sql 'DROP TABLE events, journeys'
done
