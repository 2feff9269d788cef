# parts.sh: what test/run does inside: the parts of check, and the other commands.  Read by test/run.
#
# Each part appends a line per test to $work/tally: p, f or s (with the reason), from which the last line is counted.

all_parts='warnings regress isolation core tap docs surface demo vpath clean'
named_parts='citus valgrind'

describe_part() {
	case $1 in
	warnings) echo 'the sources compile with -Wall -Wextra and no warning' ;;
	regress) echo 'pg_regress: test/sql against expected/' ;;
	isolation) echo 'the isolation tester: test/specs against expected/' ;;
	core) echo 'the algorithms of src/core alone, plain and with the address and undefined-behaviour sanitizers' ;;
	tap) echo 'test/t: dump and restore, standby, crashes, many sessions, pg_upgrade, fuzzed input, ordinary users, real data' ;;
	docs) echo 'every SQL block of README.md and doc/' ;;
	surface) echo 'comments, labels, documentation and symbols of everything in the schema' ;;
	demo) echo 'the demo on each of its data, its counts against those of awk' ;;
	vpath) echo 'a build in another folder, and its installcheck' ;;
	clean) echo 'make clean leaves nothing behind' ;;
	citus) echo 'a distributed table, on Citus if it is installed or there is a package of it; only when named' ;;
	valgrind) echo 'the algorithms of src/core under valgrind, with CORE_ROUNDS per cent (1) of their random cases; only when named' ;;
	esac
}

is_part() {
	case " $all_parts $named_parts " in *" $1 "*) return 0 ;; esac
	return 1
}

# check [PART [NAME...]]...: sets parts and, for each, names_PART
parse_parts() {
	parts=
	for p in $all_parts $named_parts; do eval "names_$p="; done
	for word in "$@"; do
		if is_part "$word"; then
			current=$word
			parts="$parts $word"
		elif [ -n "$parts" ]; then
			eval "names_$current=\"\$names_$current \$word\""
		else
			echo "test/run: there is no part \"$word\"; the parts are: $all_parts $named_parts" >&2
			exit 2
		fi
	done
	[ -n "$parts" ] || parts=$all_parts
}


# ---------------------------------------------------------------- results

pass() { echo p >>"$work/tally"; echo "ok    $1"; }
fail() { echo f >>"$work/tally"; echo "FAIL  $1"; }
skip() { echo "s $1: skipped: $2" >>"$work/tally"; echo "skip  $1: $2"; }

count() { grep -c "^$1" "$work/tally" || :; }

# What is running, for whoever ends us from outside: test/run tells it then.
now() { echo "$*" >"$work/now.${job_number:-0}"; }

# Reads what pg_regress prints (the form of 15, and that of 16 and later), tells the results, counts them.
read_regress() {
	awk -v tally="$work/tally" -v part="$1" '
		/^(test| ) .*\.\.\. +(ok|FAILED)/ {
			name = $1 == "test" ? $2 : $1
			if ($0 ~ /\.\.\. +ok/) { print "p" >> tally; print "ok    " part " " name }
			else { print "f" >> tally; print "FAIL  " part " " name }
		}
		/^(not )?ok +[0-9]/ {
			name = $0
			sub(/^(not )?ok +[0-9]+ +[-+] +/, "", name)
			sub(/ .*/, "", name)
			if ($1 == "ok") { print "p" >> tally; print "ok    " part " " name }
			else { print "f" >> tally; print "FAIL  " part " " name }
		}'
}

# Reads TAP, shows what failed or was skipped and what a test says of its load (lines "# figures: ..."), counts, and tells one
# line for the whole.  A plan that was not kept, no test at all, or a bad exit code is a failure.
read_tap() {	# NAME LOG STATUS [SECONDS]
	awk -v tally="$work/tally" -v name="$1" -v status="$3" -v seconds="${4:-}" '
		/^ok/ && /# *[Ss][Kk][Ii][Pp]/ {
			why = $0; sub(/.*# *[Ss][Kk][Ii][Pp][A-Za-z]* */, "", why)
			skipped++; print "s " name ": skipped: " why >> tally; print "skip  " name ": " why; next
		}
		/^ok/ { passed++; print "p" >> tally; next }
		/^not ok/ { failed++; print "f" >> tally; print "FAIL  " name ": " substr($0, 8); showing = 1; next }
		/^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ {
			why = $0; sub(/.*# *[Ss][Kk][Ii][Pp][A-Za-z]* */, "", why)
			skipped++; planned = -1; print "s " name ": skipped: " why >> tally; print "skip  " name ": " why; next
		}
		/^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; next }
		/^# figures: / { print "      " name ": " substr($0, 12); next }
		/^#/ && showing { print "      " $0; next }
		/^Bail out!/ { print "      " $0 }
		END {
			seen = passed + failed + skipped
			if (planned >= 0 && planned != seen && (planned || !seen) || status != 0 && !failed) {
				failed++; print "f" >> tally
				print "FAIL  " name ": " seen + 0 " tests of " planned + 0 " planned, exit code " status
				broken = 1
			}
			if (!failed && passed) print "ok    " name " (" passed " tests" (seconds == "" ? "" : ", " seconds " s") ")"
			exit broken
		}' "$2" || tail -n 40 "$2" | sed 's/^/      /'
}

# ---------------------------------------------------------------- the parts

part_regress() {
	start_server
	run_pg_regress regress "REGRESS=$names_regress" ISOLATION=
}

part_isolation() {
	set -- "$top"/test/specs/*.spec
	[ -e "$1" ] || { skip isolation 'no specs yet'; return 0; }
	start_server
	run_pg_regress isolation "ISOLATION=$names_isolation" REGRESS=
}

run_pg_regress() {	# PART, the names or nothing, the other kind switched off
	rm -rf "$build/regression.diffs" "$build/results" "$build/output_iso"
	before=$(count '[pf]')
	[ -n "${2#*=}" ] || set -- "$1" "$3"
	{ cd "$build" && as_owner make -s PG_CONFIG="$bin/pg_config" with_llvm=no installcheck "${2:-_=}" "${3:-_=}" 2>&1 || echo "exit $?"; } |
		tee "$work/$1.log" | read_regress "$1"
	if [ "$(count '[pf]')" = "$before" ]; then
		fail "$1: no test ran"
		cat "$work/$1.log"
	elif grep -q '^exit' "$work/$1.log" && ! [ -s "$build/regression.diffs" ]; then
		fail "$1: pg_regress failed"
		tail -n 30 "$work/$1.log"
	fi
	[ ! -s "$build/regression.diffs" ] || head -n 2000 "$build/regression.diffs"
}

part_core() {
	core_flags || return 0
	# the algorithms once of each kind, then each test with them
	for kind in plain sanitized; do
		[ $kind = plain ] && flags=$plain || flags=$sanitized
		core_objects $kind "$flags" || return 0
	done
	for source in "$top"/test/core/*_test.c; do
		name=$(basename "$source" _test.c)
		case " $names_core " in '  '|*" $name "*) ;; *) continue ;; esac
		now "core $name"
		# both kinds at the same time
		core_test plain "$plain" &
		core_test sanitized "$sanitized"
		wait $!
		for kind in plain sanitized; do
			read_tap "core $name, $kind" "$work/core/$name.$kind.log" "$(cat "$work/core/$name.$kind.status")"
		done
	done
}

# Sets how C is compiled without a server around it.
core_flags() {
	[ -e "$(ls "$top"/test/core/*_test.c | head -n 1)" ] || { skip core 'no tests yet'; return 1; }
	libs=$("$pg_config" --pkglibdir)
	[ -e "$libs/libpgcommon.a" ] || libs=$("$pg_config" --libdir)
	common="-std=gnu99 -Wall -g -DFRONTEND -fwrapv -fno-strict-aliasing -I$build/src"
	common="$common -isystem $("$pg_config" --includedir-server)"
	plain='-O2'
	sanitized='-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
}

# Compiles the algorithms.
core_objects() {	# KIND FLAGS
	mkdir -p "$work/core/$1"
	ls "$build"/src/core/*.c |
		xargs -P 2 -I SOURCE sh -c 'gcc $1 -c -o "$2/$(basename "$3" .c).o" "$3"' sh "$common $2" "$work/core/$1" SOURCE >"$work/core.log" 2>&1 ||
		{ fail "core, $1: does not compile"; cat "$work/core.log"; return 1; }
}

# Builds and runs one kind of the test in $source, by a program that watches it if one is given.
core_test() {	# KIND FLAGS [PROGRAM...]
	kind=$1
	flags=$2
	shift 2
	status=0
	# shellcheck disable=SC2086
	gcc $common $flags -o "$work/core/$name.$kind" "$source" "$work/core/$kind"/*.o -L"$libs" -lpgcommon -lpgport -lm >"$work/core/$name.$kind.log" 2>&1 &&
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 "$@" "$work/core/$name.$kind" >"$work/core/$name.$kind.log" 2>&1 || status=$?
	echo $status >"$work/core/$name.$kind.status"
}

# What a sanitizer does not see: reads of what was never written, and memory that nobody frees.
part_valgrind() {
	command -v valgrind >/dev/null || { skip valgrind 'there is no valgrind here'; return 0; }
	core_flags || return 0
	core_objects watched -O1 || return 0
	CORE_ROUNDS=${CORE_ROUNDS:-1}
	export CORE_ROUNDS
	tests=
	for source in "$top"/test/core/*_test.c; do
		name=$(basename "$source" _test.c)
		case " $names_valgrind " in '  '|*" $name "*) ;; *) continue ;; esac
		tests="$tests $name"
		# a pattern is one with the memory context it is compiled in, and nothing else frees it
		[ "$name" = pattern ] && leaks=no || leaks=full
		# two at the same time
		core_test watched -O1 valgrind -q --error-exitcode=9 --track-origins=yes --leak-check=$leaks --log-file="$work/core/$name.valgrind" &
		[ $(($(echo "$tests" | wc -w) % 2)) = 1 ] || wait
	done
	wait
	for name in $tests; do
		read_tap "valgrind $name" "$work/core/$name.watched.log" "$(cat "$work/core/$name.watched.status")"
		[ ! -s "$work/core/$name.valgrind" ] || head -n 60 "$work/core/$name.valgrind"
	done
}

# The scripts in the order they are begun: those that take longest first, so that none is left for the end.
tap_scripts() {
	for first in $tap_long; do [ ! -e "$top/test/t/$first.pl" ] || echo "$first"; done
	for script in "$top"/test/t/*.pl; do
		name=$(basename "$script" .pl)
		case " $tap_long " in *" $name "*) ;; *) echo "$name" ;; esac
	done
}
tap_long='010_fuzz 090_clickhouse 083_r_conversion 056_untrusted 045_fdw 080_r_model 020_dump 075_clients'

selected_tap() {
	for name in $(tap_scripts); do
		case " $names_tap " in '  '|*" $name "*) echo "$name" ;; esac
	done
}

part_tap() {
	for script in $(selected_tap); do job "tap $script" tap_script "$script"; done
	jobs_done
}

tap_script() {
	name=$1
	pgxs=$(dirname "$("$pg_config" --pgxs)")/../..
	perl=$pgxs/src/test/perl
	[ -e "$perl/PostgreSQL/Test/Cluster.pm" ] || { skip "tap $name" "the server's test modules for Perl are not installed"; return 0; }
	now "tap $name"
	dir=$work/tap/$name
	mkdir -p "$dir/tmp_check" "$dir/log" "$work/ports"
	[ -z "$owner" ] || chown "$owner" "$work/tap" "$work/ports" "$dir" "$dir/tmp_check" "$dir/log"
	from=$(date +%s)
	status=0
	(
		unset PGHOST PGUSER PGDATABASE
		cd "$dir"
		as_owner env TESTDIR="$dir" TESTDATADIR="$dir/tmp_check" TESTLOGDIR="$dir/log" DATA="$work/files" PG_TEST_PORT_DIR="$work/ports" \
			PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
			timeout --kill-after=10 "$test_limit" perl -I"$perl" -I"$build/test/perl" "$build/test/t/$name.pl" >"$dir/out" 2>"$dir/err"
	) || status=$?
	if [ $status = 124 ] || [ $status = 137 ]; then
		echo "Bail out!  It did not end within $test_limit s, and was ended after this: $(grep -E '^(not )?ok' "$dir/out" | tail -n 1)" >>"$dir/out"
		stop_servers "$dir"
	fi
	read_tap "tap $name" "$dir/out" $status $(($(date +%s) - from))
	if [ $status != 0 ]; then
		head -n 60 "$dir/err"
		find "$dir" '(' -name 'regress_log_*' -o -name '*.log' ')' -size +0 -exec tail -n 30 '{}' + | head -n 300
	fi
	rm -rf "$dir"
}
test_limit=${TEST_LIMIT:-1200}

# The server's user may not be able to read the checkout, nor the data.
copy_data() {
	[ ! -d "$work/files" ] || return 0
	mkdir -p "$work/files"
	for d in "${DATA:-$top/../shared/data}"/*/; do
		[ -d "$d" ] || continue
		cp -r "${d%/}" "$work/files/"
	done
	chmod -R a+rX "$work/files"
}

part_citus() {
	names_tap=' 047_citus'
	part_tap
}

part_docs() {
	start_server
	set -- "$build/README.md" "$build"/doc/*.md
	for page; do
		[ -e "$page" ] || continue
		name=$(basename "$page" .md)
		case " $names_docs " in '  '|*" $name "*) ;; *) continue ;; esac
		now "docs $name"
		status=0
		as_owner perl "$build/test/perl/doc_blocks.pl" "$page" >"$work/docs.log" 2>&1 || status=$?
		read_tap "docs ${page#"$build"/}" "$work/docs.log" $status
	done
}

part_surface() {
	start_server
	status=0
	as_owner perl "$build/test/perl/surface.pl" "$build" "$("$bin/pg_config" --pkglibdir)/journey.so" >"$work/surface.log" 2>&1 || status=$?
	read_tap surface "$work/surface.log" $status
}

part_demo() {
	start_server
	. "$top/test/demo/demo.sh"
	for name in sample maven_crm process_logs; do
		case " $names_demo " in '  '|*" $name "*) ;; *) continue ;; esac
		if [ $name = sample ]; then
			set --
		else
			set -- "${DATA:-$top/../shared/data}/$name"
			[ -d "$1" ] || { skip "demo $name" "no data"; continue; }
		fi
		# in a shell of its own, since it exits when it fails
		if (run_demo "$@") >"$work/demo.log" 2>&1; then
			pass "demo $name: $(grep -o 'all [0-9]* counts agree' "$work/demo.log")"
		else
			fail "demo $name"
			tail -n 40 "$work/demo.log"
		fi
	done
}

part_warnings() {
	copy_sources "$work/warnings"
	# the server's headers are not ours: named as those of the system, they are not warned about
	make -s -j2 -C "$work/warnings" PG_CONFIG="$pg_config" with_llvm=no \
		PG_CFLAGS="-Wall -Wextra -isystem $("$pg_config" --includedir-server)" all >"$work/warnings.log" 2>&1 ||
		echo 'the build failed' >>"$work/warnings.log"
	if [ -s "$work/warnings.log" ]; then
		fail 'warnings: gcc -Wall -Wextra'
		cat "$work/warnings.log"
	else
		pass 'warnings: gcc -Wall -Wextra'
	fi
	rm -rf "$work/warnings"
}

part_vpath() {
	start_server
	copy_sources "$work/vpath/src"
	find "$work/vpath/src" -type d -exec chmod a-w '{}' +
	mkdir "$work/vpath/build"
	[ -z "$owner" ] || chown -R "$owner" "$work/vpath"
	if as_owner make -s -j2 -C "$work/vpath/build" -f ../src/Makefile PG_CONFIG="$pg_config" with_llvm=no \
			install DESTDIR="$work/vpath/root" >"$work/vpath.log" 2>&1
	then
		pass 'vpath: build and install from a read-only folder'
	else
		fail 'vpath: build and install from a read-only folder'
		cat "$work/vpath.log"
	fi
	(cd "$work/vpath/root" && find . -type f | sort) >"$work/vpath.list" 2>&1 || :
	in_build install DESTDIR="$work/vpath/root_in_tree" >/dev/null 2>&1 || :
	(cd "$work/vpath/root_in_tree" && find . -type f | sort) >"$work/vpath.list2" 2>&1 || :
	if diff "$work/vpath.list2" "$work/vpath.list"; then
		pass 'vpath: installs the same files'
	else
		fail 'vpath: installs the same files'
	fi
	# The server has the extension already, from the build in the tree: it goes, and what was made here takes its place, so that
	# there is nothing to check with if nothing was made.
	(cd "$work/root" && xargs -r rm -f) <"$work/vpath.list2"
	[ ! -d "$work/vpath/root" ] || cp -a "$work/vpath/root/." "$work/root/"
	first=$(basename "$(ls "$top"/test/sql/*.sql | head -n 1)" .sql)
	spec=$(ls "$top"/test/specs/*.spec 2>/dev/null | head -n 1)
	if (cd "$work/vpath/build" && as_owner make -s -f ../src/Makefile PG_CONFIG="$bin/pg_config" with_llvm=no installcheck \
			REGRESS="$first" ISOLATION="$(basename "${spec:-}" .spec)") >"$work/vpath.log" 2>&1
	then
		pass 'vpath: installcheck'
	else
		fail 'vpath: installcheck'
		cat "$work/vpath.log"
	fi
	in_build install DESTDIR="$work/root" >/dev/null
	chmod -R u+w "$work/vpath"
	rm -rf "$work/vpath"
}

part_clean() {
	copy_sources "$work/clean"
	cd "$work/clean"
	find . | sort >"$work/clean.before"
	if make -s -j2 PG_CONFIG="$pg_config" with_llvm=no all >"$work/clean.log" 2>&1 &&
		mkdir -p results output_iso && touch regression.diffs regression.out results/x &&
		make -s PG_CONFIG="$pg_config" with_llvm=no clean >>"$work/clean.log" 2>&1 &&
		find . | sort | diff "$work/clean.before" - >>"$work/clean.log" 2>&1
	then
		pass 'clean: make clean leaves what was there before make'
	else
		fail 'clean: make clean leaves what was there before make'
		cat "$work/clean.log"
	fi
	cd /
	rm -rf "$work/clean"
}

# ---------------------------------------------------------------- the commands

# A server that went down on the way is a failure of whatever part ran.
crashed() {
	[ -e "$work/server.log" ] || return 1
	lines=${lines:-0}
	tail -n +$((lines + 1)) "$work/server.log" >"$work/server.new"
	lines=$(wc -l <"$work/server.log")
	grep -n -E 'PANIC|TRAP:|terminated by signal|Failed process was running|AddressSanitizer|runtime error:' "$work/server.new"
}

# ---------------------------------------------------------------- several at a time

# job NAME COMMAND...: runs it in the background as soon as one of the places is free, and shows what it said when it is
# done, so that the lines of two jobs are not mixed.  A job that stops on the way has failed.
job() {
	job_name=$1
	shift
	if [ ! -p "$work/places" ]; then
		mkfifo "$work/places"
		exec 8<>"$work/places"
		places=$(nproc)
		for place in $(seq "$places"); do echo >&8; done
	fi
	read -r _ <&8
	job_number=$((${job_number:-0} + 1))
	(
		job_log=$(mktemp "$work/job.XXXXXX")
		status=0
		(set -e; "$@") >"$job_log" 2>&1 8<&- || status=$?
		[ $status = 0 ] || fail "$job_name: stopped with exit code $status" >>"$job_log"
		flock "$work/places.lock" cat "$job_log"
		rm -f "$job_log" "$work/now.$job_number"
		echo >&8
	) &
}

jobs_done() { wait; }

# One part, as the only thing that runs or as a job.
run_part() {
	echo
	echo "== $1"
	from_part=$(date +%s)
	now "$1"
	"part_$1"
	case " $server_parts " in *" $1 "*) ;; *) set -- "$1" '' ;; esac
	if [ $# = 1 ] && crashed; then
		fail "$1: the server went down, or a sanitizer spoke"
		tail -n 100 "$work/server.new"
	fi
	echo "   $(($(date +%s) - from_part)) s"
}

# Those that use the server that all share come one after the other.
on_server() {
	for part in $1; do run_part "$part"; done
}

run_check() {
	parse_parts "$@"
	: >"$work/tally"
	begun=$(date +%s)
	echo "PostgreSQL $("$pg_config" --version | sed 's/^PostgreSQL //')"
	case " $parts " in *' tap '*|*' citus '*) copy_data ;; esac
	served= alone=
	for part in $parts; do
		case " $server_parts " in *" $part "*) served="$served $part" ;; *) alone="$alone $part" ;; esac
	done
	if [ "$(echo "$served" $alone | wc -w)" = 1 ]; then
		run_part $served $alone
	else
		[ -z "$served" ] || start_server
		[ -z "$served" ] || job 'the parts on one server' on_server "$served"
		# tap is many jobs by itself, and begins when all the others have begun
		for part in $alone; do [ "$part" = tap ] || job "$part" run_part "$part"; done
		case " $alone " in *' tap '*) part_tap ;; esac
		jobs_done
	fi
	echo
	sed -n 's/^s //p' "$work/tally"
	echo "total: $(($(date +%s) - begun)) s"
	failed=$(count f)
	echo "$(count p) passed, $failed failed, $(count s) skipped"
	[ "$failed" = 0 ] || exit 1
}
server_parts='regress isolation docs surface demo vpath'

inside() {
	prepare
	command=$1
	shift
	case $command in
	check)
		run_check "$@"
		;;
	shell)
		start_server
		"$bin/psql" -Xqc 'CREATE EXTENSION journey'
		if [ $# -gt 0 ]; then "$@"; else "$bin/psql"; fi
		;;
	demo)
		start_server
		. "$top/test/demo/demo.sh"
		run_demo "$@"
		;;
	bench)
		if [ -e "$top/test/bench/run" ]; then
			start_server
			sh "$top/test/bench/run" "$@"
		else
			echo 'there are no benches yet'
		fi
		;;
	esac
}
