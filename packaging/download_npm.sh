#!/bin/bash
# Download what source/package.json names to FOLDER, a .tgz each; npm is in PATH. Usage: packaging/download_npm.sh FOLDER
set -euo pipefail

folder=$(realpath "$1")
cd "$(dirname "$0")/../source"

# What "NAME": { … } of package.json holds, as npm's NAME@VERSION.
specs_of() {
    sed -n "/\"$1\"/,/}/ { s/.*\"$1\": *{//; s/}.*//; p }" package.json |
        grep -o '"[^"]*": *"[^"]*"' | sed 's/"\([^"]*\)": *"\([^"]*\)"/\1@\2/'
}

mapfile -t specs < <(specs_of dependencies)
[ "${#specs[@]}" -gt 0 ]
# esbuild is a program, in a package of its own for each kind of machine.
esbuild=$(specs_of devDependencies)
specs+=("@esbuild/$(node -p 'process.platform + "-" + process.arch')@${esbuild#esbuild@}")
# Elsewhere than in source/: npm would take the .tgz for a change of that package.
cd "$folder"
exec npm pack --silent --fetch-retries=1 --fetch-timeout=20000 "${specs[@]}" >/dev/null
