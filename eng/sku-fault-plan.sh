#!/usr/bin/env bash
# The fault plan of the SKU synchronisation: both outside systems and SkuSync as processes of their own, killed, stopped, cut off and lied to, and afterwards the invariants I1 to I14.
#   eng/sku-fault-plan.sh --seed 1 [--store sqlite|postgres] [--ordering None|PerKey|LatestWins] [--kills 200] [--skus 50000]
# Also: --kill-mean S, --away S, --fail-point-rounds N, --stops N, --database-stops N, --server-kills N, --partitions N, --partition-seconds S, --toggles N, --time-scale X, --lease S, --copy-delay S, --settle S, --endurance S.
# What is not named goes with the number of kills. The log lies in the working folder; exit code 0 means no violation.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
dotnet build "$root/tests/Apps.Tests" -c Release -nologo -v quiet || exit 2
exec dotnet exec "$root/tests/Apps.Tests/bin/Release/net10.0/Apps.Tests.dll" "$@"
