#!/bin/bash
# Make each named target, even if an earlier one fails; then list the failures.
# Usage: tests/parts.sh TARGET|TARGET+BESIDE…
# BESIDE is made at the same time as TARGET, at a lower priority; its output follows that of TARGET.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=.cache/test
mkdir -p "$logs"
failed=() parts=() beside=
make=("${MAKE:-make}" --no-print-directory WORKERS=2)

# Ctrl-C does not reach a script's background processes.
trap '[ -z "$beside" ] || kill -- "-$beside" 2>/dev/null' EXIT

# With autogroups the kernel heeds a session's own niceness, not that of its processes.
beside() {
    exec setsid bash -c 'echo 2 2>/dev/null >/proc/self/autogroup || true; exec nice -n 2 "$@"' bash "${make[@]}" "$1"
}

for pair; do
    part=${pair%+*} other=
    parts+=("$part")
    if [ "$part" != "$pair" ]; then
        other=${pair#*+}
        parts+=("$other")
        beside "$other" >"$logs/$other.log" 2>&1 &
        beside=$!
    fi
    began=$SECONDS
    echo "==== make $part${other:+, and $other beside it}"
    "${MAKE:-make}" --no-print-directory "$part" 2>&1 | tee "$logs/$part.log" || failed+=("$part")
    echo "==== make $part: $((SECONDS - began)) s"
    if [ -n "$other" ]; then
        wait "$beside" || failed+=("$other")
        beside=
        echo "==== make $other"
        cat "$logs/$other.log"
        echo "==== make $other: done after $((SECONDS - began)) s"
    fi
done

if [ "${#failed[@]}" -eq 0 ]; then
    echo "All parts passed in $SECONDS s: ${parts[*]}"
    exit 0
fi
echo
echo "==== Failed after $SECONDS s: ${failed[*]} (of ${parts[*]})"
for part in "${failed[@]}"; do
    echo "---- make $part, whole in $logs/$part.log"
    # pytest's own list of failures; of any other output its end.
    grep -E '^(FAILED|ERROR) ' "$logs/$part.log" || tail -n 15 "$logs/$part.log"
done
exit 1
