#!/usr/bin/env bash
# Makes pictures of every page of the dashboard, light and dark, wide and 360 px, with demo data. ./eng/screenshots.sh [FOLDER]   (artifacts/screenshots by default)
# Needs Chromium (Debian: chromium) and a font with Korean letters (Debian: fonts-noto-cjk) for the language menu.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -m "${1:-artifacts/screenshots}")
CLUTCH_SCREENSHOTS="$folder" dotnet test tests/Clutch.Server.Tests -c Release --nologo --filter "FullyQualifiedName~ScreenshotTests"
ls "$folder"
