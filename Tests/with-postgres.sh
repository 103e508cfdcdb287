#!/bin/sh
# with-postgres.sh COMMAND…: runs a command whose records are kept on a PostgreSQL server of its own, which listens to a
# socket in a temporary folder only and is thrown away afterwards. The command finds the address in AUTORUN_STORE.
# POSTGRES_OPTIONS holds more options of the server, as "-c name=value".
set -eu

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -x "${programs:-}/initdb" ] || { echo "with-postgres: PostgreSQL is missing: install Debian's postgresql" >&2; exit 1; }
folder=$(mktemp -d)
as=
# initdb refuses root.
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
stop() {
    (cd "$folder" && $as "$programs/pg_ctl" stop -D "$folder/data" -m immediate -s) || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
(
    cd "$folder"
    $as "$programs/initdb" -D "$folder/data" -U postgres -A trust --locale=C.UTF-8 -E UTF8 >"$folder/log" 2>&1
    $as "$programs/pg_ctl" start -D "$folder/data" -l "$folder/data/log" -s -w \
        -o "-k $folder -c listen_addresses= -c max_connections=400 ${POSTGRES_OPTIONS-}" </dev/null
) || { cat "$folder/log" >&2; exit 1; }
AUTORUN_STORE="postgres://postgres@/postgres?host=$folder"
export AUTORUN_STORE
"$@"
