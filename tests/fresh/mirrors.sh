#!/bin/bash
# Print the lines of a sources.list for SUITE, with the mirrors of this machine's own apt.
# Usage: tests/fresh/mirrors.sh SUITE [SIGNED-BY]
set -euo pipefail

suite=$1
options=${2:+[signed-by=$2] }

# Print "http://…/debian main" for each source, in both of apt's formats.
uris=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
    sed -nE 's/^deb +(\[[^]]*\] +)?([a-z]+:[^ ]+).*/\2/p; s/^URIs: *//p' | tr ' ' '\n' | sed 's#/$##' | sort -u)
main=$(grep -m 1 '/debian$' <<<"$uris" || echo http://deb.debian.org/debian)
security=$(grep -m 1 '/debian-security$' <<<"$uris" || echo "$main-security")

echo "deb $options$main $suite main"
case $suite in
    # Testing needs no further suites here.
    forky | sid) ;;
    *)
        echo "deb $options$main $suite-updates main"
        echo "deb $options$security $suite-security main"
        ;;
esac
