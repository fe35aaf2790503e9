#!/usr/bin/env bash
# Three server processes, each in a network namespace of its own, share partitions over one PostgreSQL. One after the other is cut off from it for 1x, 2x and 10x the lease (3 s):
# both ways, only towards the server, only from the server. Holds when the job completes by itself with every row there once. Needs root, iproute2 and PostgreSQL; about three minutes.
#   eng/cluster-network.sh [FACTORS]     "1 2 10" by default
set -euo pipefail
cd "$(dirname "$0")/.."
factors=${1:-1 2 10}
lease=3 partitions=${PARTITIONS:-200} rows=1000 chunk=100 pause=1000 port=54329
assembly=$PWD/tests/Clutch.Server.Tests/bin/Release/net10.0/Clutch.Server.Tests.dll
[ "$(id -u)" -eq 0 ] || { echo "Network namespaces need root: sudo $0" >&2; exit 2; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1) || true
[ -n "$bin" ] || { echo "No PostgreSQL server is installed: install the package 'postgresql'." >&2; exit 2; }
dotnet build tests/Clutch.Server.Tests -c Release -nologo -v quiet
work=$(mktemp -d)
nodes=()

finish() {
  for node in "${nodes[@]}"; do kill -9 "$node" 2>/dev/null || true; done
  su postgres -c "$bin/pg_ctl -D $work/data -m immediate stop" >/dev/null 2>&1 || true
  for n in 1 2 3; do ip netns del "clutch-$n" 2>/dev/null || true; ip link del "clutch-$n" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

sql() { "$bin/psql" -h 127.0.0.1 -p $port -U postgres -d postgres -Atc "$1"; }

chown postgres "$work"
su postgres -c "$bin/initdb -D $work/data -U postgres -A trust --no-sync --no-instructions" >/dev/null
echo "host all all 10.77.0.0/16 trust" >>"$work/data/pg_hba.conf"
su postgres -c "$bin/pg_ctl -D $work/data -l $work/log -w -o '-c port=$port -c listen_addresses=* -c unix_socket_directories=$work -c fsync=off -c max_connections=200' start" >/dev/null
sql "CREATE TABLE partition_row (id bigint NOT NULL, node text NOT NULL)" >/dev/null

starts_at=$(($(date +%s) + 15))
for n in 1 2 3; do
  ip netns add "clutch-$n"
  ip link add "clutch-$n" type veth peer name eth0 netns "clutch-$n"
  ip addr add "10.77.$n.1/24" dev "clutch-$n"
  ip link set "clutch-$n" up
  ip -n "clutch-$n" addr add "10.77.$n.2/24" dev eth0
  ip -n "clutch-$n" link set eth0 up
  ip -n "clutch-$n" link set lo up
  ip netns exec "clutch-$n" dotnet exec "$assembly" "Host=10.77.$n.1;Port=$port;Database=postgres;Username=postgres" $partitions $rows $chunk $pause $starts_at >"$work/node-$n" 2>&1 &
  nodes+=($!)
  disown
done

for ((i = 0; i < 240; i++)); do
  [ "$(sql "SELECT count(DISTINCT node) FROM partition_row")" -ge 3 ] && break
  sleep 0.5
done
if ((i == 240)); then
  echo "The three nodes did not all begin to work within two minutes. Their last words:" >&2
  tail -n 5 "$work"/node-* >&2
  exit 1
fi

# One way: the other end is told to the kernel as a neighbour at an address that nobody has, so that packets of that direction are lost without a word.
cut() { # node, direction
  case $2 in
    both) ip link set "clutch-$1" down ;;
    to-server) ip -n "clutch-$1" neigh replace "10.77.$1.1" lladdr 02:00:00:00:00:01 dev eth0 nud permanent ;;
    from-server) ip neigh replace "10.77.$1.2" lladdr 02:00:00:00:00:01 dev "clutch-$1" nud permanent ;;
  esac
}
heal() {
  case $2 in
    both) ip link set "clutch-$1" up ;;
    to-server) ip -n "clutch-$1" neigh del "10.77.$1.1" dev eth0 ;;
    from-server) ip neigh del "10.77.$1.2" dev "clutch-$1" ;;
  esac
}

n=0 cuts=0
for factor in $factors; do
  for direction in both to-server from-server; do
    n=$((n % 3 + 1))
    [ "$(sql "SELECT status FROM clutch_job_execution ORDER BY id DESC LIMIT 1")" = Completed ] && break 2
    before=$(sql "SELECT count(*) FROM partition_row")
    cut $n $direction
    sleep $((lease * factor))
    heal $n $direction
    cuts=$((cuts + 1))
    echo "node $n cut off $direction for $((lease * factor)) s; meanwhile $(($(sql "SELECT count(*) FROM partition_row") - before)) rows were written"
    sleep 3
  done
done

for ((i = 0; i < 300; i++)); do
  status=$(sql "SELECT status FROM clutch_job_execution ORDER BY id DESC LIMIT 1")
  [ "$status" = Completed ] && break
  sleep 1
done
refused=$(cat "$work"/node-* | grep -c -e "went to another worker" -e "lost its lease" || true)
counts=$(sql "SELECT count(*) || ' rows, ' || count(DISTINCT id) || ' distinct, by ' || count(DISTINCT node) || ' nodes' FROM partition_row")
attempts=$(sql "SELECT count(*) FROM clutch_job_execution")
echo "$status after $cuts cuts: $counts in $attempts executions; $refused stale owners were refused; taken over $(cat "$work"/node-* | grep -c "Took over partition" || true) partitions"
[ "$status" = Completed ] && [[ $counts == "$((partitions * rows)) rows, $((partitions * rows)) distinct"* ]]
