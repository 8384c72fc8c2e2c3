#!/bin/bash
# Have the programs that UMA is measured beside: Glances from PyPI in a virtual environment, Netdata and
# prometheus-node-exporter from Debian, unpacked. Nothing is installed on the machine; what can't be had is said.
# Usage: peers.sh FOLDER
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
mkdir -p "$1" && cd "$1" || exit 1

if [ ! -x glances/bin/glances ]; then
    "${PYTHON:-python3}" -m venv --clear --without-pip glances && glances/bin/python "$here/../packaging/unpack_pip.py" &&
        glances/bin/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes --no-deps \
            -r "$here/glances.lock" || echo "Glances can't be had here: it is left out."
fi

if [ ! -x debian/usr/sbin/netdata ] || [ ! -x debian/usr/bin/prometheus-node-exporter ]; then
    mkdir -p archives/partial debian
    # With what they need and this machine does not have; the machine's own list of packages is only read.
    if apt-get --quiet --quiet --yes -o Debug::NoLocking=1 -o Dir::Cache::archives="$PWD/archives" --download-only \
        --no-install-recommends install netdata-core netdata-plugins-bash prometheus-node-exporter >apt.log 2>&1; then
        for package in archives/*.deb; do
            dpkg-deb --extract "$package" debian
        done
    else
        tail -n 3 apt.log
        echo "Netdata and prometheus-node-exporter can't be had here: they are left out."
    fi
fi

# UMA on another event loop, for the trial of that; it stays out of UMA's own environment.
if [ ! -d uvloop/uvloop ]; then
    "${PYTHON:-python3}" -m pip --disable-pip-version-check install --quiet --quiet --target uvloop uvloop==0.22.1 ||
        echo "uvloop can't be had here: it is left out."
fi
