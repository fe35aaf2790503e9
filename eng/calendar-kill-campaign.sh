#!/bin/sh
# Kills the batch process of the calendar service fifty times (or as often as told) in the midst of its import, on both stores,
# and then compares every calendar with its source. The ordinary test does the same six times.
set -eu
cd "$(dirname "$0")/.."
CLUTCH_CALENDAR_KILLS="${1:-50}" exec dotnet test tests/Apps.Tests -c Release --nologo --filter "FullyQualifiedName~CalendarSync.Batch.ProcessTests.Killed"
