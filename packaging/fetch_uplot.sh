#!/bin/bash
# Put uPlot beside the dashboard's own modules, for a checkout; npm is in PATH. Usage: packaging/fetch_uplot.sh FOLDER
set -euo pipefail
here=$(dirname "$0")

archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
"$here/download_npm.sh" "$archives"
"${PYTHON:-python3}" "$here/unpack_uplot.py" "$archives" "$1"
