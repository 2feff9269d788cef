# demo.sh: the main job on a throw-away server, and its counts once more by awk.  Read by test/run, which has started the
# server.
#
# run_demo [--keep] [DIR]

demo_die() { echo "test/run demo: $*" >&2; exit 1; }

demo_psql() { "$bin/psql" -Xq -v ON_ERROR_STOP=1 -P footer=off -P null=- -d "$database" "$@"; }

# The rows of a source as: customer, stage; in order of arrival, by nothing but standard programs, except for the sample,
# which is nowhere but in the database.  And the moves that are allowed, by other means than the rules.
raw_sample() { demo_psql -c 'COPY (SELECT customer, stage FROM raw ORDER BY n) TO STDOUT'; }
allowed_sample='new>visitor|new>lead|visitor>lead|lead>mql|mql>sql|sql>opportunity|opportunity>customer|lead>sql|visitor>lost|lead>lost|mql>lost|sql>lost|opportunity>lost|customer>lost|lost>lead'

raw_maven_crm() {
	tr -d '\r' <"$dir/sales_pipeline.csv" | awk -F, -v OFS='\t' '
		NR > 1 && $6 != "" { print $1, "Engaging" }
		NR > 1 && $7 != "" { print $1, $5 }
		NR > 1 && $6 == "" && $7 == "" { print $1, $5 }'
}
allowed_maven_crm='new>Prospecting|new>Engaging|Prospecting>Engaging|Engaging>Won|Engaging>Lost|Prospecting>Lost'

raw_process_logs() { gzip -dc "$dir/$log" | tr -d '\r' | awk -F, -v OFS='\t' 'NR > 1 { print $1, $2 }'; }
learn_process_logs() {
	raw_process_logs | awk -F '\t' '
		{
			from = $1 in last ? last[$1] : "new"
			last[$1] = $2
			if (from != $2 && !seen[$1, from, $2]++) cases[from ">" $2]++
		}
		END { for (m in cases) if (cases[m] >= 5) { printf "%s%s", bar, m; bar = "|" } }'
}

run_demo() {
	keep=
	dir=
	for word; do
		case $word in
		--keep) keep=1 ;;
		-*) demo_die "there is no option $word" ;;
		*) dir=$word ;;
		esac
	done
	log=BPI_2020_DomesticDeclarations.csv.gz
	if [ -z "$dir" ]; then source=sample
	elif [ -e "$dir/sales_pipeline.csv" ]; then source=maven_crm
	elif [ -e "$dir/$log" ]; then source=process_logs
	else demo_die "$dir has neither sales_pipeline.csv nor $log, the files this demo knows"; fi

	database=demo_$source
	rm -f "$work/demo.failed"
	"$bin/psql" -Xqc "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" -d postgres 2>/dev/null
	demo_psql -c 'CREATE EXTENSION journey' -c 'CREATE TABLE setting (ord serial, name text, value text)'
	# one session: a variable that one file sets is used by the next
	case $source in
	sample) : ;;
	maven_crm) tr -d '\r' <"$dir/sales_pipeline.csv" ;;
	process_logs) gzip -dc "$dir/$log" ;;
	esac | {
		demo_psql -f "$top/test/demo/$source.sql" -c '\echo Data: :title' -f "$top/test/demo/job.sql" 2>&1 ||
			echo "exit code $?" >"$work/demo.failed"
	} | sed 's/^psql:[^ ]*:[0-9]*: //'
	[ ! -e "$work/demo.failed" ] || demo_die "it failed: $(cat "$work/demo.failed")"

	echo
	echo '7. The counts once more, by awk over the raw rows'
	echo
	eval "allowed=\${allowed_$source:-}"
	[ -n "$allowed" ] || allowed=$(learn_process_logs)
	implied=0
	[ "$(demo_setting options)" != implied ] || implied=1
	"raw_$source" | awk -v allowed="$allowed" -v stages="$(demo_setting stages)" -v steps="$(demo_setting steps)" \
		-v implied=$implied -f "$top/test/demo/check.awk" | LC_ALL=C sort >"$work/demo.awk"
	demo_psql -f "$top/test/demo/counts.sql" | LC_ALL=C sort >"$work/demo.sql"
	if diff "$work/demo.awk" "$work/demo.sql"; then
		echo "all $(wc -l <"$work/demo.sql") counts agree: moves written and refused, customers in each stage, customers who reached each step"
	else
		demo_die 'the counts above differ (<: awk, >: journey)'
	fi

	echo
	if [ -n "$keep" ]; then
		touch "$work/keep"
		echo "The server is left running.  To explore:  psql -h $work -U postgres $database"
		echo "To stop it and remove all of it:          test/run stop $work"
	else
		echo "The server is gone now.  To keep it and explore:  test/run demo --keep${dir:+ $dir}"
		echo "which tells the command:                          psql -h FOLDER -U postgres $database"
	fi
}

demo_setting() { demo_psql -Atc "SELECT string_agg(value, '|' ORDER BY ord) FROM setting WHERE name = '$1'"; }
