#!/bin/bash
# Put uPlot beside the dashboard's own modules, for a checkout. Usage: packaging/fetch_uplot.sh FOLDER
set -euo pipefail
here=$(dirname "$0")

PYTHON=${PYTHON:-python3} "$here/../tests/setup.sh" "$here/apt-packages-page.txt"
archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
"$here/download_npm.sh" "$archives"
"${PYTHON:-python3}" "$here/unpack_uplot.py" "$archives" "$1"
