#!/bin/bash
# Make each target named, to the end, whatever fails; then say what failed, last of all. Usage: tests/parts.sh TARGET…
set -uo pipefail
cd "$(dirname "$0")/.." || exit

logs=.cache/test
mkdir -p "$logs"
failed=()
for part; do
    began=$SECONDS
    echo "==== make $part"
    "${MAKE:-make}" --no-print-directory "$part" 2>&1 | tee "$logs/$part.log" || failed+=("$part")
    echo "==== make $part: $((SECONDS - began)) s"
done

if [ "${#failed[@]}" -eq 0 ]; then
    echo "All parts passed in $SECONDS s: $*"
    exit 0
fi
echo
echo "==== Failed after $SECONDS s: ${failed[*]} (of $*)"
for part in "${failed[@]}"; do
    echo "---- make $part, whole in $logs/$part.log"
    # pytest's own list of what failed; of all else the end.
    grep -E '^(FAILED|ERROR) ' "$logs/$part.log" || tail -n 15 "$logs/$part.log"
done
exit 1
