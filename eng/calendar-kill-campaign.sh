#!/bin/sh
# Kills the batch process of the calendar service fifty times (or as often as told) in the midst of its import, on both stores,
# and then compares every calendar with its source. The ordinary test does the same six times.
set -eu
cd "$(dirname "$0")/.."
# The half on PostgreSQL skips where it is missing, and a campaign that did half must not look well.
[ -n "${CLUTCH_TEST_POSTGRES:-}" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
    || { echo "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string." >&2; exit 2; }
CLUTCH_CALENDAR_KILLS="${1:-50}" exec dotnet test tests/Apps.Tests -c Release --nologo --filter "FullyQualifiedName~CalendarSync.Batch.ProcessTests.Killed"
