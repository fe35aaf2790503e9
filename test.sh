#!/usr/bin/env bash
# Formatting, warnings as errors, and every test. Installs what the tests need where it is missing (Debian and Ubuntu, as root or with sudo).
# Ends with one line: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")"

# command (or file) that shows a package is there : Debian package
needs=(
  "psql:postgresql"
  "sqlite3:sqlite3"
  "runuser:util-linux"
  "/usr/bin/khal:khal"
  "/usr/bin/vdirsyncer:vdirsyncer"
  "/usr/lib/python3/dist-packages/icalendar/__init__.py:python3-icalendar"
  "/usr/lib/python3/dist-packages/recurring_ical_events.py:python3-recurring-ical-events"
  "/usr/include/libical/ical.h:libical-dev"
  "/usr/bin/chromium:chromium"
  "/usr/bin/radicale:radicale"
  "/usr/bin/cc:gcc"
  "/usr/include/stdio.h:libc6-dev"
)

install_missing() {
  local missing=() need
  for need in "${needs[@]}"; do
    command -v "${need%%:*}" >/dev/null 2>&1 || [ -e "${need%%:*}" ] || missing+=("${need##*:}")
  done
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=("postgresql")
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed: ${missing[*]}. The tests that need them are skipped."
    return 0
  fi
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  echo "Installing ${missing[*]} ..."
  { $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 \
    || echo "Could not install ${missing[*]}. The tests that need them are skipped, or fail in CI."
}

install_missing
log=$(mktemp)
trap 'rm -f "$log"; dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1' EXIT
failed_checks=0
# The words that are counted below, whatever language the machine speaks.
export DOTNET_CLI_UI_LANGUAGE=en
# One compiler for all projects and samples, ended above.
export UseSharedCompilation=true
# Hundreds of short processes are started. What the runtime does for the long run and against intruders costs them a third of their processor time and more: counting calls (PGO), compiling again what was called 30
# times within their first second (the delay is hexadecimal milliseconds), and mapping compiled code twice (W^X). A SkuSync of 7 s took 6.6 s of processor time, without W^X 5.2, with the delay as well 4.6 (PGO off in all).
export DOTNET_TieredPGO=0
export DOTNET_TC_CallCountingDelayMs=3E8
export DOTNET_EnableWriteXorExecute=0
# The collector of long-lived servers likewise, with its heaps and threads: twelve runs of SkuSync took 90 s of processor time with it and 81 s without.
export DOTNET_gcServer=0
export DOTNET_gcConcurrent=0
# A process that is killed leaves its pipes for debuggers in the temporary folder: 25,000 of them after some runs.
export DOTNET_EnableDiagnostics=0

echo "== build"
dotnet build Clutch.slnx -c Release -m:2 --nologo -v quiet || failed_checks=$((failed_checks + 1))
if [ $failed_checks -eq 0 ]; then
  echo "== format"
  # White space, ends of lines and the order of usings: style and analyzers are errors of the build already, and looked at again they would take two minutes.
  dotnet format whitespace Clutch.slnx --verify-no-changes --no-restore || failed_checks=$((failed_checks + 1))
  echo "== test"
  for project in tests/*/*.csproj; do
    dotnet test "$project" -c Release --no-build --nologo --logger "console;verbosity=normal" 2>&1 | tee -a "$log" | grep -vE '^\s+Passed ' || true
  done
fi

# "Total tests: 5", "     Passed: 5", "     Failed: 1", "    Skipped: 2" for each project
count() { sed -nE "s/^ *$1: *([0-9]+)$/\1/p" "$log" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count Passed)
failed=$(($(count Failed) + failed_checks))
skipped=$(count Skipped)
projects=$(ls tests/*/*.csproj | wc -l)
finished=$(grep -cE '^Total tests: [0-9]+$' "$log")
# A project whose run broke off has no total: that is a failure, too.
[ $failed_checks -gt 0 ] || failed=$((failed + projects - finished))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
