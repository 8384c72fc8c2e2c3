#!/bin/bash
# Download the packages of source/package.json to FOLDER, as one .tgz each; npm is in PATH. Usage: packaging/download_npm.sh FOLDER
set -euo pipefail

folder=$(realpath "$1")
cd "$(dirname "$0")/../source"

# Print the entries of "NAME": { … } in package.json as npm's NAME@VERSION.
specs_of() {
    sed -n "/\"$1\"/,/}/ { s/.*\"$1\": *{//; s/}.*//; p }" package.json |
        grep -o '"[^"]*": *"[^"]*"' | sed 's/"\([^"]*\)": *"\([^"]*\)"/\1@\2/'
}

mapfile -t specs < <(specs_of dependencies)
[ "${#specs[@]}" -gt 0 ]
# esbuild is a program, with a package for each platform.
esbuild=$(specs_of devDependencies)
specs+=("@esbuild/$(node -p 'process.platform + "-" + process.arch')@${esbuild#esbuild@}")
# Not in source/, where npm would treat the .tgz as a change of that package.
cd "$folder"
exec npm pack --silent --fetch-retries=1 --fetch-timeout=20000 "${specs[@]}" >/dev/null
