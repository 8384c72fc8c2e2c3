#!/bin/bash
# Install the Debian packages in the given lists that this machine lacks; do nothing if all are installed.
# A line of a list has a package and a sign of its presence: a command, a /path or python:module. With several packages
# or signs, separated by |, the first that there is suffices.
# A package that is not in this machine's suites is named and left out.
set -euo pipefail

is_there() {
    case $1 in
        *"|"*) is_there "${1%%|*}" || is_there "${1#*|}" ;;
        /*) compgen -G "$1" >/dev/null ;;
        python:*) "${PYTHON:-python3}" -c "import ${1#python:}" 2>/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Keep Debian from starting newly installed daemons on a developer's machine: the tests start their own.
with_no_service_started() {
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    local status=0
    "$@" || status=$?
    "${as_root[@]}" rm -f "$policy"
    return "$status"
}

# Print each link below /etc that starts something at boot.
boot_links() {
    find /etc/systemd/system -path '*.wants/*' -type l 2>/dev/null
    find /etc/rc[2-5].d -name 'S*' -type l 2>/dev/null
}

# leave_off BEFORE: remove the links that are not in BEFORE, as `systemctl disable` does. Links of systemd itself stay.
leave_off() {
    local link name names=()
    while read -r link; do
        dpkg -S "$(readlink "$link")" 2>/dev/null | grep -q '^systemd[^ ]*:' && continue
        case $link in
            /etc/rc*)
                name=${link##*/S[0-9][0-9]}
                "${as_root[@]}" mv "$link" "${link%/*}/K01$name"
                ;;
            *)
                "${as_root[@]}" rm -f "$link"
                names+=("${link##*/}")
                ;;
        esac
    done < <(comm -13 <(sort <<<"$1") <(boot_links | sort))
    if [ "${#names[@]}" -gt 0 ]; then
        echo "Not started at boot: $(printf '%s\n' "${names[@]}" | sort -u | paste -sd ' ')"
    fi
}

# Print those of the given packages that some suite of this machine has; name the others on standard error.
available() {
    local names package packages policies
    read -ra packages <<<"${*//|/ }"
    policies=$(LC_ALL=C apt-cache policy "${packages[@]}" 2>/dev/null)
    for names in "$@"; do
        IFS='|' read -ra packages <<<"$names"
        for package in "${packages[@]}"; do
            if grep -A 2 "^$package:" <<<"$policies" | grep -q 'Candidate: [^(]'; then
                echo "$package"
                continue 2
            fi
        done
        echo "Not in this machine's Debian suites, so what needs it is skipped: ${names//|/ or }" >&2
    done
}

# Print "250 packages, 319 MB to download, 1,400 MB on disk", from apt's output.
size_of() {
    LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null </dev/null | sed -nE \
        -e 's/^.* ([0-9]+) newly installed.*$/\1 packages/p' \
        -e 's/^Need to get ([0-9.,]+ [kMG]?B).*$/\1 to download/p' \
        -e 's/^After this operation, ([0-9.,]+ [kMG]?B) of additional.*$/\1 on disk/p' | paste -sd , | sed 's/,/, /g'
}

# Print a line for every fifty packages, as a sign of progress.
progress() {
    awk -v words="$said" '/^Get:/ && ++got % 50 == 0 { print "  " got " packages downloaded"; fflush() }
        /^Setting up / && ++ready % 50 == 0 { print "  " ready " packages installed"; fflush() }
        { print > words }'
}

install() {
    with_no_service_started "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get install -y --no-install-recommends "${packages[@]}" 2>&1 </dev/null | progress
}

# dockerd, chromium and others are in folders that an ordinary user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin

missing=()
while read -r package sign; do
    is_there "$sign" || missing+=("$package")
done < <(grep -hvE '^(#|$)' "$@")

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]//|/ or } (Debian's names). Install them with this system's own package manager." >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    # Without a terminal sudo can't ask for a password, and each use would fail.
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || { [ -t 2 ] && sudo -v; }; }; then
        # Without Debian's lists, the last of several names is a guess.
        mapfile -t packages < <(available "${missing[@]}" 2>/dev/null | sort -u)
        [ "${#packages[@]}" -gt 0 ] || packages=("${missing[@]##*|}")
        echo "Missing: ${missing[*]//|/ or }. Run this as root, then make again:" >&2
        echo "  apt-get update && apt-get install -y --no-install-recommends ${packages[*]}" >&2
        exit 1
    fi
fi

said=$(mktemp)
trap 'rm -f "$said"' EXIT
# A minimal image has no package lists yet.
if [[ $(apt-cache policy "${missing[0]##*|}" 2>/dev/null) != *Candidate:* ]]; then
    echo "Fetching Debian's lists of packages."
    "${as_root[@]}" apt-get -qq update >"$said" 2>&1 </dev/null || tail -n 3 "$said" >&2
fi
mapfile -t packages < <(available "${missing[@]}" | sort -u)
if [ "${#packages[@]}" -eq 0 ]; then
    exit 0
fi

echo "Installing from Debian: ${packages[*]} ($(size_of "${packages[@]}"))."
before=$(boot_links)
if ! install; then
    # The lists may name files that have been replaced since.
    echo "Once more, with fresh lists."
    "${as_root[@]}" apt-get -qq update </dev/null >/dev/null 2>&1 || true
    if ! install; then
        leave_off "$before"
        cat "$said" >&2
        echo "Debian's packages can't be installed: ${packages[*]}. The output above is apt's." >&2
        exit 1
    fi
fi
leave_off "$before"
