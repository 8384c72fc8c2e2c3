#!/bin/bash
# Download what source/package.json names to FOLDER, a .tgz each. Usage: packaging/download_npm.sh FOLDER
set -euo pipefail

folder=$(realpath "$1")
cd "$(dirname "$0")/../source"
# Elsewhere than in source/: npm would take the .tgz for a change of that package.
mapfile -t specs < <(sed -n '/"dependencies"/,/}/ { s/.*"dependencies": *{//; s/}.*//; p }' package.json |
    grep -o '"[^"]*": *"[^"]*"' | sed 's/"\([^"]*\)": *"\([^"]*\)"/\1@\2/')
[ "${#specs[@]}" -gt 0 ]
cd "$folder"
exec npm pack --silent --fetch-retries=1 --fetch-timeout=20000 "${specs[@]}" >/dev/null
