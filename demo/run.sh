#!/bin/bash
# Serve a copy of the demo tree while demo/move.py moves it. Both end with this script: Ctrl-C, or SIGTERM.
# Usage: demo/run.sh [PORT [BIND]]
set -euo pipefail
cd "$(dirname "$0")/.."

port=${1:-34600}
bind=${2:-127.0.0.1}
work=$(mktemp -d)
children=()

end() {
    trap - EXIT INT TERM
    if [ "${#children[@]}" -gt 0 ]; then
        kill "${children[@]}" 2>/dev/null || true
        wait "${children[@]}" || true
    fi
    rm -rf "$work"
}
trap end EXIT
trap 'exit 0' INT TERM

echo "Array: a copy of the project's own demo/tower, moving: temperatures, usage, a parity check, disks that spin down."
echo "System: this machine's own (/proc). Docker: this machine's own, where it has one (/var/run/docker.sock)."
echo "Virtual machines, UPS, network, sensors and GPUs, and containers without a Docker here: recorded, with figures that move."
echo "Dashboard: $(demo/address.sh "$bind" "$port")"

.venv/bin/python demo/move.py demo/tower "$work/tower" &
children+=($!)
until [ -e "$work/tower/var/local/emhttp/disks.ini" ]; do
    kill -0 "${children[0]}" 2>/dev/null || exit 1
    sleep 0.1
done

.venv/bin/uma serve --demo --bind "$bind" --port "$port" --root "$work/tower" --docker-socket /var/run/docker.sock &
children+=($!)

# If either ends, the other is ended too.
wait -n "${children[@]}"
