#!/bin/bash
# Install what is missing of the Debian packages that the lists given name; does nothing when all is there.
set -euo pipefail

is_there() {
    case $1 in
        /*) compgen -G "$1" >/dev/null ;;
        python:*) "${PYTHON:-python3}" -c "import ${1#python:}" 2>/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Daemons that Debian starts upon installing are not wanted on a developer's machine: the tests start their own.
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

# dockerd, chromium and the like lie where an ordinary user's PATH may not look.
PATH=$PATH:/usr/sbin:/sbin

missing=()
while read -r package sign; do
    is_there "$sign" || missing+=("$package")
done < <(grep -hvE '^(#|$)' "$@")

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-true}" >/dev/null; then
    echo "Missing: ${missing[*]}. Install these (Debian's names) by hand: this needs apt-get, and root or sudo." >&2
    exit 1
fi

install() {
    # Without a fresh list an old one may do: the installation tells.
    "${as_root[@]}" apt-get update || true
    with_no_service_started "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"
}

echo "Installing Debian packages: ${missing[*]}"
said=$(mktemp)
trap 'rm -f "$said"' EXIT
if ! install >"$said" 2>&1 </dev/null; then
    cat "$said" >&2
    exit 1
fi
