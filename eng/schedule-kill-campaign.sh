#!/bin/sh
# Three server processes on one PostgreSQL, a schedule every 2 s; one process is killed with SIGKILL and another started every 20 s for 3 minutes.
# Holds when every due firing ran exactly once and each killed execution was finished by another process within lease + 5 s.
#   eng/schedule-kill-campaign.sh [kills] [seconds between kills]
set -eu
cd "$(dirname "$0")/.."
# The test skips where it is missing, and a campaign that did nothing must not look well.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { echo "No PostgreSQL server is installed: install the package 'postgresql'." >&2; exit 2; }
CLUTCH_SCHEDULE_KILLS="${1:-9}" CLUTCH_SCHEDULE_PERIOD="${2:-20}" exec dotnet test tests/Clutch.Server.Tests -c Release --nologo \
    --filter "FullyQualifiedName~ScheduleClusterTests" --logger "console;verbosity=detailed"
