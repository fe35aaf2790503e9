#!/bin/sh
# Three server processes share 300 partitions that write 3 million rows; processes are killed 40 times with SIGKILL and frozen 20 times with SIGSTOP for twice the lease.
# Holds when every row is there once, stale owners were refused, and each dead node's work was taken over within 5 s. Nobody helps by hand.
#   eng/cluster-kill-campaign.sh [crashes of the database]
set -eu
cd "$(dirname "$0")/.."
CLUTCH_CLUSTER="300,10000,1000,1200,40,20,${1:-0},3" exec dotnet test tests/Clutch.Server.Tests -c Release --nologo \
    --filter "FullyQualifiedName~PartitionClusterTests" --logger "console;verbosity=detailed"
