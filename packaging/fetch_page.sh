#!/bin/bash
# Put uPlot beside the dashboard's own modules, and esbuild at PROGRAM, for a checkout; npm is in PATH.
# Usage: packaging/fetch_page.sh FOLDER PROGRAM
set -euo pipefail
here=$(dirname "$0")

archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
"$here/download_npm.sh" "$archives"
"${PYTHON:-python3}" "$here/unpack_npm.py" "$archives" "$1" "$2"
