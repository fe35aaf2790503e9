#!/bin/sh
# Three server processes share 300 partitions that write 3 million rows; processes are killed 40 times with SIGKILL and frozen 20 times with SIGSTOP for twice the lease.
# A chunk takes 1.2 s and a partition has 20 until all harm is done, so that there is always work to meet; then the rest is done at once. Holds when every row is there once and stale owners were refused, without a hand's help. It prints how many takeovers came within 5 s: look at that on a machine that is otherwise idle.
#   eng/cluster-kill-campaign.sh [crashes of the database]
set -eu
cd "$(dirname "$0")/.."
# The test skips where it is missing, and a campaign that did nothing must not look well.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { echo "No PostgreSQL server is installed: install the package 'postgresql'." >&2; exit 2; }
CLUTCH_CLUSTER="300,10000,500,1200,40,20,${1:-0},2" exec dotnet test tests/Clutch.Server.Tests -c Release --nologo \
    --filter "FullyQualifiedName~PartitionClusterTests" --logger "console;verbosity=detailed"
