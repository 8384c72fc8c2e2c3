#!/bin/bash
# Bundle the dashboard's imports into one module and one stylesheet. Usage: packaging/bundle_page.sh ESBUILD EMHTTP FOLDER
set -euo pipefail

esbuild=$1 emhttp=$2 folder=$3
options=(--bundle --minify --format=esm --charset=utf8 --target=es2022 --legal-comments=none --log-level=warning)
"$esbuild" "${options[@]}" "$emhttp/dashboard/dashboard.css" --outfile="$folder/dashboard.css" --target=esnext
"$esbuild" "${options[@]}" "$emhttp/dashboard/fleet/uma-fleet.js" --outfile="$folder/fleet/uma-fleet.js"
"$esbuild" --minify --charset=utf8 --target=es2022 --log-level=warning "$emhttp/dashboard/early.js" --outfile="$folder/early.js"
# Last: if this file exists, the others do, too.
"$esbuild" "${options[@]}" "$emhttp/dashboard/uma-dashboard.js" --outfile="$folder/uma-dashboard.js"
