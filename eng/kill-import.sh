#!/usr/bin/env bash
# Kills the product import with SIGKILL at random moments, runs it again without a word, and counts the rows.
#   eng/kill-import.sh [ROWS] [KILLS]        on SQLite, in a temporary folder
#   CLUTCH_DB="Host=..;.." PSQL="psql ..." eng/kill-import.sh      on PostgreSQL; PSQL reaches the same database
set -uo pipefail
rows=${1:-1000000}
kills=${2:-20}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$root/samples/02-import-products.cs" -c Release -o "$work/bin" -nologo -v quiet || exit 1
cd "$work" || exit 1
killed=0
while [ "$killed" -lt "$kills" ]; do
  # exec: the signal must meet the program itself, not a shell around it.
  (exec dotnet "$work/bin/02-import-products.dll" run import-products "rows=$rows" --quiet) >"$work/out" 2>&1 &
  job=$!
  sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 0.3 + 1.2 * r / 32768 }')"
  if ! kill -9 "$job" 2>/dev/null; then
    echo "The import ended before kill $((killed + 1)); take more rows."
    break
  fi
  wait "$job" 2>/dev/null
  killed=$((killed + 1))
done
dotnet "$work/bin/02-import-products.dll" run import-products "rows=$rows" --quiet
code=$?
query="SELECT count(*), count(DISTINCT id), min(id), max(id) FROM product"
if [ -n "${CLUTCH_DB:-}" ]; then found=$(${PSQL:-psql} -At -c "$query"); else found=$(sqlite3 data/clutch.db "$query"); fi
echo "killed $killed times; last exit code $code; rows, distinct, first, last: $found"
[ "$code" -eq 0 ] && [ "$found" = "$rows|$rows|1|$rows" ]
