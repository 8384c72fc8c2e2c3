#!/bin/bash
# Run the unit tests under the Python of another Debian suite, in an environment of its own below .cache/debian.
# Usage: tests/debian/units.sh SUITE PYTHON PYTEST-ARGUMENT…, where PYTHON is as Debian names it, such as python3.14
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=$1 python=$2
shift 2
folder=.cache/debian/$suite-$python
status=0
tests/debian/unpack.sh "$suite" "$folder" "$python" "$python-venv" libstdc++6 || status=$?
if [ "$status" -eq 75 ]; then
    echo "Skipped: $python, since Debian's $suite is not to be had here."
    exit 0
fi
[ "$status" -eq 0 ]

version=$("$folder/root/usr/bin/$python" -V)
stamp="$version $PWD $(cat source/requirements.lock source/requirements-build.lock tests/requirements.lock | sha256sum)"
if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
    echo "Making an environment of $version from $suite."
    "$folder/root/usr/bin/$python" -m venv --clear --without-pip "$folder/venv"
    UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR=$PWD/.cache/uv .venv/bin/uv pip install --quiet --no-config \
        --python "$folder/venv/bin/python" --require-hashes --no-deps --no-build-isolation \
        -r source/requirements.lock -r source/requirements-build.lock -r tests/requirements.lock
    # Like an editable installation, also for the processes that tests start; .venv stays unchanged.
    echo "$PWD/source" >"$(echo "$folder"/venv/lib/python3*/site-packages)/uma.pth"
    echo "$stamp" >"$folder/stamp"
fi
# Bytecode stays for the next process and run; it is not beside the sources, which other tests copy meanwhile.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$PWD/$folder/bytecode
# This Python has tried all.
export UMA_SEARCH_SHARE=5
exec "$folder/venv/bin/python" -m pytest -p no:cacheprovider tests/unit "$@"
