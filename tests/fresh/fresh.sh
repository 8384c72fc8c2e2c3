#!/bin/bash
# Try the README's two commands in a pristine Debian: a root of its own, with this machine's network.
#
#   tests/fresh/fresh.sh SUITE [WHOLE]     SUITE is bookworm, trixie, …; with WHOLE, all of `make test`, not `make smoke`
#   tests/fresh/fresh.sh SUITE first-run   only the first `make run`, with all its downloads
#
# As root, then once more without a network, then as a user with sudo. Needs root for mounts and namespaces.
# SMOKE, RERUNS and PYTEST_ADDOPTS are passed on. Exit code 75: a root of SUITE can't be made or entered on this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=$1
whole=${2:-}
cache=$PWD/.cache/fresh/$suite
mkdir -p "$cache/archives/partial"

if [ "$(id -u)" -ne 0 ]; then
    echo "make fresh needs root: it mounts, and makes namespaces" >&2
    exit 75
fi
tests/setup.sh tests/fresh/apt-packages.txt
if ! unshare --mount --pid --net --ipc --uts --fork true; then
    echo "make fresh needs namespaces, which this machine does not let root make" >&2
    exit 75
fi

# Made once a day; a test run changes only its unpacked copy.
if [ -z "$(find "$cache/root.tar" -mtime -1 2>/dev/null)" ]; then
    echo "Making a minimal $suite."
    mapfile -t sources < <(tests/fresh/mirrors.sh "$suite")
    mmdebstrap --quiet --variant=minbase "$suite" "$cache/new.tar" "${sources[@]}" >"$cache/mmdebstrap.log" 2>&1 ||
        { cat "$cache/mmdebstrap.log" >&2; exit 75; }
    mv "$cache/new.tar" "$cache/root.tar"
fi

root=$(mktemp -d /tmp/uma-fresh-XXXXXX)
# The figure of a first run includes Debian's packages.
archives=$cache/archives
[ "$whole" != first-run ] || archives=$root/var/cache/apt/archives
inside=
trap 'rm -rf --one-file-system "$root"' EXIT
# Every process in the root ends with its first one, and that ends with this one, which ignores SIGTERM.
end() {
    if [ -n "$inside" ]; then
        kill -KILL "$inside"
        wait "$inside" 2>/dev/null || true
    fi
    exit 143
}
trap end INT TERM
tar --extract --file "$cache/root.tar" --directory "$root" --exclude './dev/*'

# Settings of this machine's network: name servers, a proxy, a certificate authority.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# A snapshot mirror has expired lists; the setting for it is passed on to whole runs.
if [ -n "$whole" ] && [ "$(apt-config dump --format '%v' Acquire::Check-Valid-Until)" = false ]; then
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/20uma-fresh"
fi
environment=()
for name in http_proxy https_proxy no_proxy PIP_INDEX_URL npm_config_registry SMOKE RERUNS PYTEST_ADDOPTS; do
    [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done
for name in PIP_CERT SSL_CERT_FILE NODE_EXTRA_CA_CERTS; do
    if [ -f "${!name:-}" ]; then
        cp -L "${!name}" "$root/etc/uma-fresh-$name.pem"
        environment+=("$name=/etc/uma-fresh-$name.pem")
    fi
done

# Copy the checkout as a clone would be: without generated files.
for home in /root /home/dev; do
    mkdir -p "$root$home/uma"
    git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - --ignore-failed-read \
        2>/dev/null | tar --extract --directory "$root$home/uma"
    # Tests read the repository, too.
    git -c init.defaultBranch=main init --quiet "$root$home/uma"
    git -C "$root$home/uma" add --all
    git -C "$root$home/uma" -c user.name=fresh -c user.email=fresh@example.org commit --quiet --message fresh
done
cp tests/fresh/inside.sh "$root/root/inside.sh"

# enter UNSHARE… -- COMMAND…: run COMMAND in the root, in namespaces that end with it.
enter() {
    local flags=()
    while [ "$1" != -- ]; do
        flags+=("$1")
        shift
    done
    shift
    # shellcheck disable=SC2016  # for the shell inside
    unshare --mount --pid --ipc --uts --fork --kill-child --propagation private "${flags[@]}" bash -euc '
        root=$1 archives=$2
        shift 2
        ip link set lo up
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=755 tmpfs "$root/run"
        mkdir -p "$root/run/lock" "$root/var/cache/apt/archives"
        mount --bind "$archives" "$root/var/cache/apt/archives"
        hostname fresh
        cd "$root"
        mkdir -p .outside
        pivot_root . .outside
        umount -l /.outside
        exec "$@"
    ' bash "$root" "$archives" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        ${CI:+CI="$CI"} "${environment[@]}" "$@" </dev/null &
    inside=$!
    wait "$inside"
    inside=
}

began=$SECONDS
enter -- bash /root/inside.sh root "$suite" "$whole"
[ "$whole" != first-run ] || exit 0
echo "==== $suite, as root: $((SECONDS - began)) s"
enter --net -- bash /root/inside.sh offline "$suite" "$whole"
echo "==== $suite, again and offline: $((SECONDS - began)) s"
enter -- bash /root/inside.sh user "$suite" ""
echo "==== $suite, as a user with sudo: $((SECONDS - began)) s. Fresh $suite passed."
