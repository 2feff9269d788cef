# parts.sh: what test/run does inside: the parts of check, and the other commands.  Read by test/run.
#
# Each part appends a line per test to $work/tally: p, f or s (with the reason), from which the last line is counted.

all_parts='warnings regress isolation core tap docs surface demo vpath clean'

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
	esac
}

is_part() {
	case " $all_parts citus " in *" $1 "*) return 0 ;; esac
	return 1
}

# check [PART [NAME...]]...: sets parts and, for each, names_PART
parse_parts() {
	parts=
	for p in $all_parts citus; do eval "names_$p="; done
	for word in "$@"; do
		if is_part "$word"; then
			current=$word
			parts="$parts $word"
		elif [ -n "$parts" ]; then
			eval "names_$current=\"\$names_$current \$word\""
		else
			echo "test/run: there is no part \"$word\"; the parts are: $all_parts citus" >&2
			exit 2
		fi
	done
	[ -n "$parts" ] || parts=$all_parts
}

# Does one of the tests in test/t that are to run speak of this?
tap_uses() {
	for t in ${names_tap:-$(cd "$top/test/t" && ls)}; do
		! grep -q "$1" "$top/test/t/${t%.pl}.pl" 2>/dev/null || return 0
	done
	return 1
}

# ---------------------------------------------------------------- results

pass() { echo p >>"$work/tally"; echo "ok    $1"; }
fail() { echo f >>"$work/tally"; echo "FAIL  $1"; }
skip() { echo "s $1: skipped: $2" >>"$work/tally"; echo "skip  $1: $2"; }

count() { grep -c "^$1" "$work/tally" || :; }

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
read_tap() {	# NAME LOG STATUS
	awk -v tally="$work/tally" -v name="$1" -v status="$3" '
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
			if (!failed && passed) print "ok    " name " (" passed " tests)"
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
	set -- "$top"/test/core/*_test.c
	[ -e "$1" ] || { skip core 'no tests yet'; return 0; }
	libs=$("$pg_config" --pkglibdir)
	[ -e "$libs/libpgcommon.a" ] || libs=$("$pg_config" --libdir)
	mkdir -p "$work/core/plain" "$work/core/sanitized"
	common="-std=gnu99 -Wall -g -DFRONTEND -fwrapv -fno-strict-aliasing -I$build/src"
	common="$common -isystem $("$pg_config" --includedir-server)"
	plain='-O2'
	sanitized='-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
	# the algorithms once of each kind, then each test with them
	for kind in plain sanitized; do
		[ $kind = plain ] && flags=$plain || flags=$sanitized
		if ! ls "$build"/src/core/*.c |
			xargs -P 2 -I SOURCE sh -c 'gcc $1 -c -o "$2/$(basename "$3" .c).o" "$3"' sh "$common $flags" "$work/core/$kind" SOURCE \
				>"$work/core.log" 2>&1
		then
			fail "core, $kind: does not compile"
			cat "$work/core.log"
			return 0
		fi
	done
	for source; do
		name=$(basename "$source" _test.c)
		case " $names_core " in '  '|*" $name "*) ;; *) continue ;; esac
		# both kinds at the same time
		core_test plain "$plain" &
		core_test sanitized "$sanitized"
		wait $!
		for kind in plain sanitized; do
			read_tap "core $name, $kind" "$work/core/$name.$kind.log" "$(cat "$work/core/$name.$kind.status")"
		done
	done
}

# Builds and runs one kind of the test in $source.
core_test() {	# KIND FLAGS
	status=0
	# shellcheck disable=SC2086
	gcc $common $2 -o "$work/core/$name.$1" "$source" "$work/core/$1"/*.o -L"$libs" -lpgcommon -lpgport -lm >"$work/core/$name.$1.log" 2>&1 &&
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 "$work/core/$name.$1" >"$work/core/$name.$1.log" 2>&1 || status=$?
	echo $status >"$work/core/$name.$1.status"
}

part_tap() {
	set -- "$top"/test/t/*.pl
	[ -e "$1" ] || { skip tap 'no tests yet'; return 0; }
	pgxs=$(dirname "$("$pg_config" --pgxs)")/../..
	perl=$pgxs/src/test/perl
	[ -e "$perl/PostgreSQL/Test/Cluster.pm" ] || { skip tap "the server's test modules for Perl are not installed"; return 0; }
	# the server's user may not be able to read the checkout, nor the data
	data=
	for d in "${DATA:-$top/../shared/data}"/*/; do
		if [ -d "$d" ]; then
			data=$work/files
			mkdir -p "$data"
			cp -r "${d%/}" "$data/"
			chmod -R a+rX "$data"
		fi
	done
	for script; do
		name=$(basename "$script" .pl)
		case " $names_tap " in '  '|*" $name "*) ;; *) continue ;; esac
		dir=$work/tap/$name
		mkdir -p "$dir/tmp_check" "$dir/log"
		[ -z "$owner" ] || chown -R "$owner" "$work/tap"
		status=0
		(
			unset PGHOST PGUSER PGDATABASE
			cd "$dir"
			as_owner env TESTDIR="$dir" TESTDATADIR="$dir/tmp_check" TESTLOGDIR="$dir/log" DATA="$data" \
				PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
				perl -I"$perl" -I"$build/test/perl" "$build/test/t/$name.pl" >"$dir/out" 2>"$dir/err"
		) || status=$?
		read_tap "tap $name" "$dir/out" $status
		if [ $status != 0 ]; then
			head -n 60 "$dir/err"
			find "$dir" '(' -name 'regress_log_*' -o -name '*.log' ')' -size +0 -exec tail -n 30 '{}' + | head -n 300
		fi
		rm -rf "$dir"
	done
	rm -rf "$work/files"
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
	grep -n -E 'PANIC|TRAP:|terminated by signal|AddressSanitizer|runtime error:' "$work/server.new"
}

run_check() {
	parse_parts "$@"
	: >"$work/tally"
	begun=$(date +%s)
	echo "PostgreSQL $("$pg_config" --version | sed 's/^PostgreSQL //')"
	for part in $parts; do
		echo
		echo "== $part"
		from=$(date +%s)
		"part_$part"
		if crashed; then
			fail "$part: the server went down, or a sanitizer spoke"
			tail -n 100 "$work/server.new"
		fi
		echo "   $(($(date +%s) - from)) s"
	done
	echo
	sed -n 's/^s //p' "$work/tally"
	echo "total: $(($(date +%s) - begun)) s"
	failed=$(count f)
	echo "$(count p) passed, $failed failed, $(count s) skipped"
	[ "$failed" = 0 ] || exit 1
}

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
