#!/bin/bash
# The part of tests/fresh/fresh.sh that runs inside the fresh root. Usage: inside.sh root|offline|user SUITE [WHOLE|first-run]
set -euo pipefail

who=$1 suite=$2 whole=$3
# It takes about 15 s on an idle machine, and several times as long on a busy one; the figure is printed.
longest_first_run=150
port=$((20000 + RANDOM % 10000))

say() {
    echo "---- fresh $suite, $who: $*"
}

# Print the bytes that all interfaces except lo have received.
received() {
    awk '$1 != "lo:" && $2 ~ /^[0-9]+$/ { all += $2 } END { printf "%.0f", all }' /proc/net/dev
}

# processor_seconds LESS: print the user and system time of all ended children, minus LESS.
processor_seconds() {
    awk -v ticks="$(getconf CLK_TCK)" -v less="$1" '{ printf "%.1f", ($16 + $17) / ticks - less }' /proc/$$/stat
}

# run_it COMMAND…: start `make run`, check its health and its page, and stop it as Ctrl-C does.
run_it() {
    local began=$EPOCHREALTIME received process status=0 took
    received=$(received)
    "$@" PORT="$port" &
    process=$!
    until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
        kill -0 "$process" 2>/dev/null || { say "make run ended before it served"; return 1; }
        sleep 0.1
    done
    took=$(((${EPOCHREALTIME/./} - ${began/./}) / 100000))
    say "make run served after $((took / 10)).$((took % 10)) s; this machine received $((($(received) - received) / 1000000)) MB"
    [ "$took" -le "${longest_first_run}0" ] || { say "that is over $longest_first_run s"; return 1; }
    python3 - "$port" <<'PYTHON' || status=$?
import json, sys, urllib.request
base = f"http://127.0.0.1:{sys.argv[1]}"
health = json.load(urllib.request.urlopen(f"{base}/api/v1/health", timeout=10))
assert health["status"] == "healthy", health
assert b"uma-dashboard" in urllib.request.urlopen(base, timeout=10).read()
PYTHON
    # make's only child is the daemon.
    kill -INT "$(</proc/$process/task/$process/children)"
    wait "$process" || true
    return "$status"
}

# Run everything, or one test of each kind: the second time without the unit tests, which need only Python.
tests() {
    if [ -n "$whole" ]; then
        make test
    elif [ "$who" = root ]; then
        make smoke
    else
        "$@" make smoke-tests SMOKE="-m smoke --ignore tests/unit"
    fi
}

case $who in
    root)
        apt-get -qq update || exit 75
        # As in the README, with apt's recommended packages.
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y git make >/dev/null 2>&1
        cd /root/uma
        before=$(processor_seconds 0)
        run_it make run
        if [ "$whole" = first-run ]; then
            say "processor time of it all: $(processor_seconds "$before") s"
            exit
        fi
        say "$(du -sm --exclude=.git . | cut -f1) MB in the checkout"
        tests
        for unit in docker containerd mosquitto nginx prometheus smartmontools; do
            if compgen -G "/etc/systemd/system/*.wants/$unit.service" >/dev/null; then
                say "$unit would start at boot"
                exit 1
            fi
        done
        ;;
    offline)
        cd /root/uma
        run_it make run
        tests
        ;;
    user)
        apt-get -qq install -y --no-install-recommends sudo >/dev/null 2>&1
        useradd --shell /bin/bash dev
        chown -R dev: /home/dev
        echo 'dev ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/dev
        export HOME=/home/dev
        cd /home/dev/uma
        as_dev=(setpriv --reuid dev --regid dev --init-groups)
        run_it "${as_dev[@]}" make run
        tests "${as_dev[@]}"
        ;;
esac
