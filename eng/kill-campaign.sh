#!/usr/bin/env bash
# Kills a sample with SIGKILL at random moments, runs it again without a word until it completes, and counts what it wrote.
#   eng/kill-campaign.sh import [ROWS] [KILLS]        the product import, 1,000,000 rows and 20 kills by default
#   eng/kill-campaign.sh partitions [ROWS] [KILLS]    three steps with partitions, 600,000 orders and 200 kills by default
# On SQLite in a temporary folder; or on PostgreSQL: CLUTCH_DB="Host=..;.." PSQL="psql ..." (PSQL reaches the same database).
set -uo pipefail
case "${1:-}" in
  import)
    sample=02-import-products job=import-products rows=${2:-1000000} kills=${3:-20} parameter=rows longest=1.2
    query="SELECT count(*), count(DISTINCT id), min(id), max(id) FROM product" ;;
  partitions)
    sample=03-partitions job=price-orders rows=${2:-600000} kills=${3:-200} parameter=orders longest=0.6
    export CLUTCH_CHUNK=${CLUTCH_CHUNK:-25}
    query="SELECT count(*), count(DISTINCT order_id), min(order_id), max(order_id) FROM order_price" ;;
  *)
    sed -n '2,5s/^# //p' "$0"
    exit 2 ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$root/samples/$sample.cs" -c Release -o "$work/bin" -nologo -v quiet || exit 1
cd "$work" || exit 1

killed=0
while [ "$killed" -lt "$kills" ]; do
  # exec: the signal must meet the program itself, not a shell around it.
  (exec dotnet "$work/bin/$sample.dll" run "$job" "$parameter=$rows" --quiet) >"$work/out" 2>&1 &
  run=$!
  # From the moment at which the job has begun: a signal that meets the start-up proves little.
  until grep -q "^Job " "$work/out" || ! kill -0 "$run" 2>/dev/null; do sleep 0.02; done
  sleep "$(awk -v r=$RANDOM -v longest=$longest 'BEGIN { printf "%.2f", longest * r / 32768 }')"
  if ! kill -9 "$run" 2>/dev/null; then
    echo "The job ended before kill $((killed + 1)); take more rows."
    cat "$work/out"
    break
  fi
  wait "$run" 2>/dev/null
  killed=$((killed + 1))
done
dotnet "$work/bin/$sample.dll" run "$job" "$parameter=$rows" --quiet
code=$?
if [ -n "${CLUTCH_DB:-}" ]; then found=$(${PSQL:-psql} -At -c "$query"); else found=$(sqlite3 data/clutch.db "$query"); fi
echo "killed $killed times; last exit code $code; rows, distinct, first, last: $found"
[ "$code" -eq 0 ] && [ "$found" = "$rows|$rows|1|$rows" ]
