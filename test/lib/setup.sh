# setup.sh: packages, the private copy of PostgreSQL, the throw-away server.  Read by test/run.

die() { echo "test/run: $*" >&2; exit 1; }

# ---------------------------------------------------------------- packages

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Sets sudo to what makes us root, or ends.
want_root() {
	if [ "$(id -u)" = 0 ]; then sudo=
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo='sudo -n'
	else die "$1"; fi
}

need_packages() {
	# elsewhere than on Debian, whoever runs this has brought the programs
	command -v dpkg-query >/dev/null || return 0
	missing=
	for p in "$@"; do installed "$p" || missing="$missing $p"; done
	[ -z "$missing" ] && return 0
	want_root "these packages are missing, and installing them needs root or sudo:$missing"

	# No cluster is to be made or started on the way: a setting for the package scripts, and a policy that starts no
	# service.  Both are taken away again; what the machine has of its own is not changed.
	settings=/etc/postgresql-common
	policy=/usr/sbin/policy-rc.d
	if [ -e $settings/createcluster.conf ] && ! installed "postgresql-$PGVERSION" &&
		! grep -q "^ *include_dir.*createcluster\.d" $settings/createcluster.conf
	then
		die "installing postgresql-$PGVERSION might make a cluster, as $settings/createcluster.conf is not the usual one; please install:$missing"
	fi
	echo "installing:$missing"
	undo="rm -f $settings/createcluster.d/journey-test-run.conf; rmdir $settings/createcluster.d $settings 2>/dev/null"
	[ -e $policy ] || undo="$undo; rm -f $policy"
	undo_packages() { $sudo sh -c "$undo; :"; }
	trap undo_packages EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	$sudo mkdir -p $settings/createcluster.d
	echo 'create_main_cluster = false' | $sudo tee $settings/createcluster.d/journey-test-run.conf >/dev/null
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
		$sudo chmod 755 $policy
	fi
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! $sudo apt-get update >"$log" 2>&1 ||
		! $sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -o DPkg::Lock::Timeout=300 \
			install -y --no-install-recommends $missing >>"$log" 2>&1 </dev/null
	then
		tail -n 30 "$log" >&2
		rm -f "$log"
		die "could not install:$missing"
	fi
	rm -f "$log"
	undo_packages
	trap - EXIT HUP INT PIPE TERM
}

# What tests compare with: a test that misses one of these says so and skips.
offer_packages() {
	(need_packages "$@") || echo "test/run: going on without: $*" >&2
}

# What the chosen scripts of test/t compare with: a line "# Packages: ..." of theirs names it.  Where a program is there
# already, from wherever, its package is not asked for.
offer_for_tap() {
	offers=
	for script in $(selected_tap); do
		offers="$offers $(sed -n 's/^# Packages: *//p' "$top/test/t/$script.pl")"
	done
	wanted=
	for p in $(printf '%s\n' $offers | sort -u); do
		case $p in
		npm) command -v npm >/dev/null || wanted="$wanted nodejs npm" ;;
		default-jre-headless) command -v java >/dev/null || wanted="$wanted $p" ;;
		*) wanted="$wanted $p" ;;
		esac
	done
	# one by one, so that one that is not to be had does not keep the others away
	# shellcheck disable=SC2086
	[ -z "$wanted" ] || (need_packages $wanted) || for p in $wanted; do offer_packages "$p"; done
}

# Citus is in no Debian release; whoever has a source of packages that has it gets the newest for this server.
offer_citus() {
	[ ! -e "$("$pg_config" --sharedir)/extension/citus.control" ] && command -v apt-cache >/dev/null || return 0
	citus=$(apt-cache search --names-only "^postgresql-$PGVERSION-citus-[0-9.]+\$" 2>/dev/null | sed 's/ .*//' | sort -V | tail -n 1)
	[ -z "$citus" ] || offer_packages "$citus"
}

# Sets pg_config to that of the PostgreSQL to use, and installs what is missing.
choose_postgres() {
	if [ -n "${PG_CONFIG:-}" ]; then
		need_packages make gcc libc6-dev perl libipc-run-perl
		pg_config=$(command -v "$PG_CONFIG") || die "there is no $PG_CONFIG"
	else
		if [ -z "${PGVERSION:-}" ]; then
			# the newest that can build extensions, else the one this Debian release brings
			for d in $(ls -d /usr/lib/postgresql/*/lib/pgxs 2>/dev/null | sort -t / -k 5n); do
				[ -x "${d%/lib/pgxs}/bin/initdb" ] || continue
				PGVERSION=${d#/usr/lib/postgresql/}
				PGVERSION=${PGVERSION%%/*}
			done
		fi
		if [ -z "${PGVERSION:-}" ] && command -v apt-cache >/dev/null; then
			PGVERSION=$(debian_version)
			if [ -z "$PGVERSION" ]; then
				want_root "PostgreSQL is missing, and installing it needs root or sudo"
				$sudo apt-get update -qq || die "apt-get update failed"
				PGVERSION=$(debian_version)
			fi
		fi
		[ -n "${PGVERSION:-}" ] || die "there is no PostgreSQL with its extension headers; set PG_CONFIG"
		need_packages make gcc libc6-dev perl libipc-run-perl "postgresql-$PGVERSION" "postgresql-server-dev-$PGVERSION"
		pg_config=/usr/lib/postgresql/$PGVERSION/bin/pg_config
		[ -x "$pg_config" ] || die "there is no $pg_config; set PG_CONFIG"
	fi
	PGVERSION=$("$pg_config" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
	# make and the tests are to take it from us, not from the environment
	unset PG_CONFIG
	export PGVERSION pg_config
}

debian_version() {
	apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

# ---------------------------------------------------------------- the private copy and the server

# A folder that the server's user can reach, with a path short enough for a socket.
make_work() {
	if [ "$(id -u)" != 0 ]; then owner=
	elif id postgres >/dev/null 2>&1; then owner=postgres
	else owner=nobody; fi
	export owner
	base=${TMPDIR:-/tmp}
	[ ${#base} -le 40 ] && as_owner test -x "$base" || base=/tmp
	work=$(mktemp -d "$base/journey.XXXXXX") || die "cannot make a folder in $base"
}

# PostgreSQL refuses to run as root.
as_owner() {
	if [ -n "$owner" ]; then
		setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups -- "$@"
	else
		"$@"
	fi
}

# eval, since MAKE_FLAGS may hold quoted words.
in_build() {
	eval 'make -s -j2 -C "$build" PG_CONFIG="$pg_config" with_llvm=no '"${MAKE_FLAGS:-}"' "$@"'
}

# A copy of the sources, without what an in-tree build may have left there.
copy_sources() {
	mkdir -p "$1"
	(cd "$top" && find Makefile journey.control README.md META.json CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE src sql expected test doc .ci debian \
		-type f ! -path '*/node_modules/*' ! -name '*.o' ! -name '*.so' ! -name '*.bc' ! -path 'sql/journey--[0-9]*.[0-9]*.*[0-9].sql' \
		-o -path 'sql/journey--*--*.sql' 2>/dev/null |
		tar -cf - -T -) | tar -xf - -C "$1" --no-same-owner
	mkdir -p "$1/expected"
}

# Programs, libraries and shared files, at the same paths relative to each other, so that the programs find them.
copy_postgres() {
	for what in bindir pkglibdir sharedir; do
		dir=$("$pg_config" --$what)
		[ -d "$work/root$dir" ] && continue
		mkdir -p "$work/root${dir%/*}"
		cp -a "$dir" "$work/root$dir"
	done
	# an installation under a prefix has its own libpq
	dir=$("$pg_config" --libdir)
	if [ ! -d "$work/root$dir" ] || [ "${dir%/lib}/bin" = "$("$pg_config" --bindir)" ]; then
		mkdir -p "$work/root$dir"
		cp -a "$dir"/libpq*.so* "$work/root$dir/"
	fi
	bin=$work/root$("$pg_config" --bindir)
}

prepare() {
	work=$JOURNEY_RUN_INSIDE
	unset PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGOPTIONS PGDATA PSQLRC MAKEFLAGS MFLAGS MAKELEVEL
	mkdir "$work/tmp"
	chmod 1777 "$work/tmp"
	TMPDIR=$work/tmp
	export TMPDIR work
	copy_postgres
	build=$work/build
	copy_sources "$build"
	in_build all >"$work/build.log" 2>&1 || { cat "$work/build.log"; die "the extension does not build"; }
	in_build install DESTDIR="$work/root" >"$work/build.log" 2>&1 || { cat "$work/build.log"; die "make install failed"; }
	# the versions that upgrades start from
	for script in "$top"/test/upgrade/journey--*.sql; do
		[ ! -e "$script" ] || cp "$script" "$work/root$("$pg_config" --sharedir)/extension/"
	done
	[ -z "$owner" ] || chown -R "$owner" "$work"
	PATH=$bin:$PATH
	export PATH bin build
}

start_server() {
	[ ! -e "$work/data/postmaster.pid" ] || return 0
	as_owner "$bin/initdb" -D "$work/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1 ||
		{ cat "$work/initdb.log"; die "initdb failed"; }
	# no shared memory outside the folder; and plans that do not depend on when autovacuum comes by
	cat >>"$work/data/postgresql.conf" <<-CONF
	listen_addresses = ''
	unix_socket_directories = '$work'
	dynamic_shared_memory_type = mmap
	fsync = off
	shared_buffers = 128MB
	max_wal_size = 2GB
	max_prepared_transactions = 10
	timezone = 'UTC'
	autovacuum = off
	lc_messages = 'C.UTF-8'
	${SERVER_CONF:-}
	CONF
	# shellcheck disable=SC2086
	as_owner env ${SERVER_ENV:-} "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start >/dev/null ||
		{ cat "$work/server.log"; die "the server did not start"; }
	PGHOST=$work PGUSER=postgres PGDATABASE=postgres
	export PGHOST PGUSER PGDATABASE
}

# Every server of ours, or those in a folder, found by the data folder: an immediate stop, which takes its shared memory away.
stop_servers() {
	pids=
	for f in $(find "${1:-$work}" -name postmaster.pid 2>/dev/null); do
		pid=$(head -n 1 "$f" 2>/dev/null) || continue
		case $(readlink "/proc/$pid/cwd" 2>/dev/null) in
		"$work"/*) kill -s QUIT "$pid" 2>/dev/null && pids="$pids $pid" ;;
		esac
	done
	for pid in $pids; do
		tries=100
		while kill -0 "$pid" 2>/dev/null; do
			tries=$((tries - 1))
			[ $tries -gt 0 ] || { kill -s KILL "$pid" 2>/dev/null; break; }
			sleep 0.1
		done
	done
	return 0
}

kill_tree() {
	for c in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do kill_tree "$c"; done
	kill -s TERM "$1" 2>/dev/null || :
}

# The folder that demo --keep told, and nothing else.
stop_kept() {
	[ $# = 1 ] && [ -e "$1/keep" ] && [ -d "$1/data" ] || die "give the folder of a server that demo --keep has left"
	work=$(cd "$1" && pwd)
	stop_servers
	rm -rf "$work"
	echo "stopped, and removed $work"
}
