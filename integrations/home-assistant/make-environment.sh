#!/bin/bash
# Make an environment with Home Assistant and its test kit, as requirements.lock pins them: make-environment.sh FOLDER
#
# Home Assistant needs Python 3.14.2. That is the machine's own, or Debian's, unpacked below .cache/debian: nothing is
# installed. Exit code 75: no such Python here.
set -euo pipefail
folder=$(realpath -m "$1")
cd "$(dirname "$(readlink -f "$0")")/../.."

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 14) or sys.version_info < (3, 14, 2))' 2>/dev/null
}

python=$(command -v python3.14 || true)
if [ -z "$python" ] || ! is_recent "$python"; then
    for suite in forky sid; do
        debian=.cache/debian/$suite-python3.14
        status=0
        tests/debian/unpack.sh "$suite" "$debian" python3.14 python3.14-venv libstdc++6 || status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 75 ]
        python=$PWD/$debian/root/usr/bin/python3.14
        if [ "$status" -eq 0 ] && is_recent "$python"; then
            break
        fi
        python=
    done
fi
if [ -z "$python" ]; then
    echo "No Python 3.14.2 on this machine, nor in Debian's forky or sid: Home Assistant stays untried." >&2
    exit 75
fi

"$python" -m venv --clear --without-pip "$folder"
UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR=$PWD/.cache/uv .venv/bin/uv pip install --quiet --no-config \
    --python "$folder/bin/python" --require-hashes --no-deps -r integrations/home-assistant/requirements.lock
