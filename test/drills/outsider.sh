#!/bin/bash
# An outsider's view of an outage: psql in a loop at each of the given hosts, knowing nothing of who leads. Prints the time
# (epoch ms) of each insert that was acknowledged. Runs inside a container with psql, on the stack's network.
#   PGUSER PGPASSWORD  outsider.sh HOST…
set -u
export PGDATABASE=postgres PGCONNECT_TIMEOUT=2
psql=(psql --no-psqlrc --quiet --set ON_ERROR_STOP=1)
for host in "$@"; do
  "${psql[@]}" -h "$host" -c 'create table if not exists outsider (host text, at timestamptz default now())' 2> /dev/null
done
for host in "$@"; do
  while true; do
    # One that answers nothing is left after a second: whatever became of that insert, nobody was told that it was done.
    if timeout 1 "${psql[@]}" -h "$host" -c "insert into outsider values ('$host')" 2> /dev/null; then date +%s%3N; fi
    sleep 0.04
  done &
done
wait
