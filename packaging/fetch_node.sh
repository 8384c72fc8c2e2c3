#!/bin/bash
# Put Node and npm into FOLDER/bin, from the wheel that source/requirements-node.lock names.
# Usage: packaging/fetch_node.sh FOLDER PYTHON -m pip
set -euo pipefail
here=$(dirname "$0")
folder=$1
shift

wheels=$(mktemp -d)
trap 'rm -rf "$wheels" "$folder.new"' EXIT
# pip's cache would be a second copy.
"$@" --disable-pip-version-check --no-cache-dir download --quiet --quiet --only-binary=:all: --require-hashes --no-deps \
    --dest "$wheels" --requirement "$here/../source/requirements-node.lock" 2> >(grep -v '^WARNING: Retrying' >&2)
rm -rf "$folder.new"
"$1" "$here/unpack_node.py" "$wheels" "$folder.new"
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv "$folder.new" "$folder"
