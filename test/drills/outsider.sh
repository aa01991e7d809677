#!/bin/bash
# An outsider's view of an outage: psql at each of the given hosts, fed an insert every 50 ms, knowing nothing of who leads.
# Prints the time (epoch ms) of each insert that was acknowledged. Where a session ends, the next one is tried. On SIGTERM
# it drops its table and ends. Runs inside a container with psql, on the stack's network.
#   PGUSER PGPASSWORD  outsider.sh HOST…
set -u
export PGDATABASE=postgres PGCONNECT_TIMEOUT=2
exec {never}<> <(:) # to wait without a process for each wait

feed() {
  echo 'create table if not exists outsider (host text, at timestamptz default now());'
  while echo "insert into outsider values ('$1');"; do read -r -t 0.05 -u "$never"; done
}
stamp() {
  while read -r line; do
    now=${EPOCHREALTIME%???}
    if [ "$line" = 'INSERT 0 1' ]; then echo "${now/./}"; fi
  done
}
session() {
  while true; do
    feed "$1" 2> /dev/null | psql --no-psqlrc --host "$1" 2> /dev/null | stamp
    read -r -t 0.1 -u "$never"
  done
}
finish() {
  trap '' TERM
  kill 0 # the sessions; this shell heeds it no more
  for host in "$@"; do
    timeout 3 psql --no-psqlrc --quiet --host "$host" --command 'drop table if exists outsider' 2> /dev/null
  done
  exit 0
}

for host in "$@"; do session "$host" & done
trap 'finish "$@"' TERM
wait
