#!/bin/bash
# Build the plugin's package on Debian 12: dist/uma-VERSION-x86_64-1.txz, its checksum, its bill of materials,
# dist/uma.plg, and uma.xml with its icon for Community Applications.
#
#   ./pkg_build.sh [VERSION]     VERSION is YYYY.MM.DD[letter]; without one, that of source/uma/__init__.py
#
# UMA_BASE_URL   download folder of the package, for uma.plg and uma.xml
# UMA_FRESH=1    download Debian's packages, in their newest versions, and the wheels again
# UMA_TRIAL=1    compress least, for a third of the time: to try a change on a server, not for publication
# UMA_DIST       folder of the results; default: dist
# UMA_DEBIAN     a dist/*.debian.txt of an earlier build: use Debian's packages in its versions
# UMA_SECURITY   required: fail if apt's sources lack Debian's security suite; default: warn
#
# Exit code 75 if a download fails, 1 for any other failure.
#
# The same versions of the inputs give the same bytes on every machine; dist/*.manifest.txt names them. build/cache has
# the downloads, build/stage the packed tree.
set -euo pipefail
# Resolved in the caller's folder.
debian_pin=${UMA_DEBIAN:+$(realpath -m "$UMA_DEBIAN")}
cd "$(dirname "$0")"
umask 022
export LC_ALL=C TZ=UTC

# ---- Limits of the package

packed_budget=7000000      # bytes, to download and on the flash drive
level=6                    # of xz; a higher one needs 65 MiB at each boot and saves 1 %
if [ -n "${UMA_TRIAL:-}" ]; then
    level=0 packed_budget=9000000
fi
installed_budget=27000000  # bytes, each file in whole 4 KiB pages, as in a file system in RAM
newest_glibc=2.36          # Debian 12's; the oldest Unraid served, 6.12, has 2.37
host_libraries='ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1'  # glibc's

# Every name of Unraid's platform, since pip compares them letter by letter.
wheel_options=(--only-binary=:all: --require-hashes --no-deps --python-version 3.11 --implementation cp
    --abi cp311 --abi abi3 --abi none)
for platform in manylinux_2_28 manylinux_2_17 manylinux2014 manylinux_2_12 manylinux2010 manylinux_2_5 manylinux1; do
    wheel_options+=(--platform "${platform}_x86_64")
done

prefix=/usr/local/uma
project=$PWD
stage=$project/build/stage
tree=$stage$prefix
plugin=$stage/usr/local/emhttp/plugins/uma
debian=$project/build/debian   # Debian's packages, unpacked
cache=$project/build/cache
results=$project/build/results
dist=${UMA_DIST:-dist}

die() {
    echo "pkg_build.sh: $*" >&2
    exit 1
}

say() {
    echo "pkg_build.sh: $*"
}

# ---- Version and builder

# Print the version of source/uma, its numbers padded with zeros for strcmp.
source_version() {
    local named
    named=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' source/uma/__init__.py)
    [[ $named =~ ^([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})([a-z]?)$ ]] || die "source/uma has the version '$named'"
    printf '%04d.%02d.%02d%s' "$((10#${BASH_REMATCH[1]}))" "$((10#${BASH_REMATCH[2]}))" "$((10#${BASH_REMATCH[3]}))" \
        "${BASH_REMATCH[4]}"
}

settle_version() {
    [ $# -le 1 ] || die "usage: ./pkg_build.sh [VERSION]"
    if [ $# -eq 1 ]; then version=$1; else version=$(source_version); fi
    [[ $version =~ ^([0-9]{4})\.([0-9]{2})\.([0-9]{2})[a-z]?$ ]] || die "a version is YYYY.MM.DD[letter], not '$version'"
    # All files in the package have the date of its version: the one date on which all builders agree.
    epoch=$(date -d "${BASH_REMATCH[1]}-${BASH_REMATCH[2]}-${BASH_REMATCH[3]}" +%s 2>/dev/null) ||
        die "'$version' is not a valid date"
    name=uma-$version-x86_64-1
}

check_builder() {
    local system
    # shellcheck source=/dev/null
    system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
    # A newer Debian has a newer Python and needs a newer glibc; an older one can't run the packed files.
    [ "$system $(uname -m)" = "debian 12 x86_64" ] || die "this needs Debian 12 on x86_64, not $system on $(uname -m)"
    [ -z "$debian_pin" ] || [ -s "$debian_pin" ] || die "UMA_DEBIAN: $debian_pin is missing or empty"
    tests/setup.sh packaging/apt-packages.txt
}

# ---- Downloads

debian_names() {
    if [ -n "$debian_pin" ]; then
        cut -d ' ' -f 1 "$debian_pin"
        return
    fi
    grep -v '^\(#\|$\)' packaging/debian.txt | cut -d ' ' -f 1
    # For the build: pip, and the licences that Debian's copyright files refer to.
    printf '%s\n' python3-pip-whl base-files
}

update_apt() {
    if [ "$(id -u)" -eq 0 ]; then apt-get -qq update; else sudo apt-get -qq update; fi
}

# Print name=version and the suites of each downloaded package, to which a later build can be pinned.
name_origins() {
    local deb package downloaded suites
    for deb in *.deb; do
        package=$(dpkg-deb -f "$deb" Package)
        downloaded=$(dpkg-deb -f "$deb" Version)
        suites=$(apt-cache madison "$package" | awk -F ' *[|] *' -v version="$downloaded" \
            '$2 == version { split($3, source, " "); sub("/.*", "", source[2]); print source[2] }' | sort -u | paste -sd ,)
        echo "$package=$downloaded ${suites:-unknown}"
    done | sort
}

# apt checks each file against the signed lists.
download_debian() {
    local apt_get=(apt-get -qq -o APT::Sandbox::User=root download) names
    mapfile -t names <<<"$1"
    if [ -n "${UMA_FRESH:-}" ]; then
        update_apt
    fi
    # The lists may be missing or outdated, so only the second failure counts.
    "${apt_get[@]}" "${names[@]}" 2>/dev/null || { update_apt && "${apt_get[@]}" "${names[@]}"; } || return
    name_origins >origins.txt
    apt-cache policy | sed -n 's/.*,n=\([^,]*\),.*/\1/p' | sort -u >suites.txt
}

# Never publish an interpreter or OpenSSL with known faults because the builder's sources lack the security suite.
check_security() {
    say "Debian's packages are of $(cut -d ' ' -f 2 "$cache/debian/origins.txt" | sort | uniq -c |
        awk '{ print $2 " (" $1 ")" }' | paste -sd ' ')"
    if ! grep -qx 'bookworm-security' "$cache/debian/suites.txt"; then
        [ "${UMA_SECURITY:-}" != required ] || die "bookworm-security is not among this machine's sources of apt"
        say "warning: bookworm-security is not among this machine's sources of apt; not for publication" >&2
    fi
}

# The lock file chooses the wheels: it has the hashes of all that were published.
download_wheels() {
    run_pip download "${wheel_options[@]}" --dest . --requirement "$project/source/requirements.lock"
}

# npm comes with Node from PyPI, and is not needed afterwards.
download_npm() {
    local node=$project/build/node
    rm -rf "$node"
    mkdir -p "$node/wheels"
    run_pip download --only-binary=:all: --require-hashes --no-deps --dest "$node/wheels" \
        --requirement "$project/source/requirements-node.lock"
    run_python "$project/packaging/unpack_node.py" "$node/wheels" "$node"
    PATH="$node/bin:$PATH" "$project/packaging/download_npm.sh" .
    rm -rf "$node"
}

# cached NAME KEY COMMAND: let COMMAND fill build/cache/NAME, unless it was filled for KEY and its checksums are right.
cached() {
    local folder=$cache/$1 key=$2
    if [ -z "${UMA_FRESH:-}" ] && [ "$(cat "$folder/KEY" 2>/dev/null)" = "$key" ] &&
        (cd "$folder" && sha256sum --check --status SHA256SUMS); then
        return
    fi
    say "downloading $1"
    rm -rf "$folder" "$folder.new"
    mkdir -p "$folder.new"
    (
        cd "$folder.new"
        "$3" "$key" || { say "$1 can't be downloaded" >&2; exit 75; }
        sha256sum -- * >SHA256SUMS.new
        mv SHA256SUMS.new SHA256SUMS
        echo "$key" >KEY
    )
    mv "$folder.new" "$folder"
}

unpack_debian() {
    local deb
    rm -rf "$debian"
    mkdir -p "$debian"
    for deb in "$cache"/debian/*.deb; do
        dpkg-deb -x "$deb" "$debian"
    done
}

# The packed Python also builds, so the machine needs none.
run_python() {
    env LD_LIBRARY_PATH="$debian/lib/x86_64-linux-gnu:$debian/usr/lib/x86_64-linux-gnu" PYTHONHASHSEED=0 \
        "$debian/usr/bin/python3.11" -s -S -P -B -X utf8 "$@"
}

run_pip() {
    local pip
    pip=$(echo "$debian"/usr/share/python-wheels/pip-*.whl)
    run_python -I "$pip/pip" --disable-pip-version-check --quiet --quiet "$@"
}

# ---- The tree

lay_out() {
    local site=$tree/lib/python3.11/site-packages
    rm -rf "$stage"
    mkdir -p "$tree/bin" "$tree/lib"
    cp "$debian/usr/bin/python3.11" "$tree/bin/uma-python"
    cp -a "$debian/usr/lib/python3.11" "$tree/lib/"
    run_python packaging/unpack_wheels.py "$cache/wheels" "$site" "$tree/licences"

    : >build/gone.txt
    run_python packaging/trim.py packaging/trim-stdlib.txt "$tree/lib/python3.11" build/gone.txt
    run_python packaging/trim.py packaging/trim-site.txt "$site" build/gone.txt
    # UMA calls a dozen of its 800 functions. The names of its errors become classes.
    run_python packaging/prune.py "$site/pynvml.py" source/uma/feeds/gpu/nvidia.py nvml NVML_ERROR_ NVML_SUCCESS

    cp -R source/uma "$site/"
    sed -i "s/^__version__ = .*/__version__ = \"$version\"/" "$site/uma/__init__.py"
    cp -R source/package/. "$stage/"
    mkdir -p "$stage/usr/local/emhttp/plugins"
    cp -R emhttp "$plugin"
    bundle_page
    find "$stage" -name __pycache__ -prune -exec rm -r {} +
    find "$stage" \( -name '*.test.js' -o -name py.typed \) -delete
}

# One file for each page: with ?v= the webGUI lets browsers cache a script for ever, and no cached script may meet one
# of another version.
bundle_page() {
    local built=$project/build/page name
    rm -rf "$built" "$plugin/dashboard/built" "$plugin/dashboard/uplot"
    run_python packaging/unpack_npm.py "$cache/npm" "$plugin/dashboard/uplot" "$project/build/esbuild" "$tree/licences"
    packaging/bundle_page.sh "$project/build/esbuild" "$plugin" "$built"
    for name in tile settings; do
        "$project/build/esbuild" "$plugin/webgui/$name.js" --bundle --minify --format=esm --charset=utf8 --target=es2022 \
            --log-level=warning --outfile="$built/$name.js"
    done
    find "$plugin/dashboard" "$plugin/webgui" \( -name '*.js' -o -name package.json \) -delete
    rm -rf "$plugin/dashboard/uplot" "$plugin/dashboard/panels"
    mv "$built/uma-dashboard.js" "$built/early.js" "$built/dashboard.css" "$plugin/dashboard/"
    mv "$built/fleet/uma-fleet.js" "$plugin/dashboard/fleet/"
    mv "$built/tile.js" "$built/settings.js" "$plugin/webgui/"
}

# Copy Debian's copyright files, one for each source package, and the licences to which they refer.
lay_out_licences() {
    local deb package origin text texts=$tree/licences
    for deb in "$cache"/debian/*.deb; do
        package=$(dpkg-deb -f "$deb" Package)
        grep -q "^$package " packaging/debian.txt || continue
        origin=$(dpkg-deb -f "$deb" Source | cut -d ' ' -f 1)
        mkdir -p "$texts/${origin:-$package}"
        cp -L "$debian/usr/share/doc/$package/copyright" "$texts/${origin:-$package}/copyright"
    done
    mkdir "$texts/common-licenses"
    grep -oh '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$texts"/*/copyright | sort -u |
        while read -r text; do
            cp -L "$debian$text" "$texts/common-licenses/"
        done
}

# Pack all licences into one compressed file: forty files take three times the space. `zless` shows it.
pack_licences() {
    (
        cd "$tree/licences"
        find . -type f -printf '%P\n' | sort | while read -r text; do
            printf '==== %s\n\n' "$text"
            cat "$text"
            printf '\n\n'
        done | gzip -9n >../licences.txt.gz
    )
    rm -r "$tree/licences"
}

elf_files() {
    find "$tree" -type f \( -path "$tree/bin/uma-python" -o -name '*.so' -o -name '*.so.*' \) | sort
}

needed_libraries() {
    elf_files | xargs readelf -dW | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

# Copy the libraries of the interpreter and its modules, and the libraries of those in turn.
copy_libraries() {
    local library origin missing=1
    while [ -n "$missing" ]; do
        missing=
        for library in $(needed_libraries); do
            if [[ " $host_libraries " == *" $library "* ]] || [ -e "$tree/lib/$library" ]; then
                continue
            fi
            origin=$(find "$debian" -name "$library" | head -n 1)
            [ -n "$origin" ] || die "$library is needed, and no package of packaging/debian.txt has it"
            cp -L "$origin" "$tree/lib/$library"
            missing=1
        done
    done
}

# The interpreter's RPATH applies to everything it loads, and child processes do not inherit it.
prepare_elf() {
    elf_files | xargs chmod u+w
    elf_files | xargs strip --strip-unneeded
    # shellcheck disable=SC2016  # for the dynamic loader, not for this shell
    patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$tree/bin/uma-python"
}

highest_glibc() {
    elf_files | xargs readelf --version-info -W | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -uV | tail -n 1
}

check_elf() {
    [ "$(printf '%s\n' "$newest_glibc" "$(highest_glibc)" | sort -V | tail -n 1)" = "$newest_glibc" ] ||
        die "something needs glibc $(highest_glibc), newer than $newest_glibc"
}

compile_python() {
    run_python -X no_debug_ranges packaging/compile_tree.py "$tree/lib/python3.11" "$prefix/lib/python3.11"
    # packaging/verify/imports.py finds imports of trimmed modules.
    env -i "$tree/bin/uma-python" -I -S -B packaging/verify/imports.py "$tree" build/gone.txt \
        packaging/absent-imports.txt >build/imports.txt || die "$(cat build/imports.txt)"
}

set_modes() {
    local odd
    find "$stage" -type d -exec chmod 755 {} +
    find "$stage" -type f -perm -u=x ! -path "$tree/lib/*" -exec chmod 755 {} +
    find "$stage" -type f \( ! -perm -u=x -o -path "$tree/lib/*" \) -exec chmod 644 {} +
    # Removing a package leaves its links behind; FAT and pkgtools do not accept odd names.
    odd=$(find "$stage" ! -type f ! -type d -o -regextype posix-extended ! -regex '[A-Za-z0-9_./+-]*' )
    [ -z "$odd" ] || die "neither file nor folder, or oddly named: $odd"
}

# ---- Results

installed_size() {
    find "$stage" -type f -printf '%s\n' | awk '{ sum += int(($1 + 4095) / 4096) * 4096 } END { printf "%d", sum }'
}

write_bill() {
    rm -rf "$results"
    mkdir -p "$results"
    run_python packaging/bill.py "$version" "$epoch" packaging/debian.txt "$cache/debian" "$cache/wheels" \
        "$cache/npm" "$results/$name.manifest.txt" "$results/$name.cdx.json"
    cp "$results/$name.manifest.txt" "$tree/manifest.txt"
    cp "$cache/debian/origins.txt" "$results/$name.debian.txt"
}

# As makepkg does: only the first entry has `./`, since installpkg looks for `install` without it.
pack() {
    (
        cd "$stage"
        find . | sort | sed '2,$s,^\./,,' |
            tar --create --no-recursion --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
                --verbatim-files-from --files-from=- |
            # Threads would change the blocks.
            xz "-$level" -T1
    ) >"$results/$name.txz"
    (cd "$results" && sha256sum "$name.txz" >"$name.txz.sha256")
}

# Write the files for the plugin manager and Community Applications, and the icon that the latter fetches.
publish() {
    local sum template _
    read -r sum _ <"$results/$name.txz.sha256"
    for template in uma.plg packaging/community-applications/uma.xml; do
        # A host that can't exist: such a plg installs only if the package is already on the flash drive.
        run_python packaging/fill.py "$template" CHANGELOG.md "$version" "$sum" \
            "${UMA_BASE_URL:-https://uma.invalid}" "$results/${template##*/}"
    done
    cp emhttp/images/uma.png "$results/"
    [ -z "${UMA_TRIAL:-}" ] || say "$dist/$name.txz is not for publication: UMA_TRIAL is set"
    [ -n "${UMA_BASE_URL:-}" ] || say "$dist/uma.plg is not for publication: UMA_BASE_URL was not set"
}

hand_over() {
    local packed installed
    packed=$(stat -c %s "$results/$name.txz")
    installed=$(installed_size)
    printf '%s\n  packed     %9d bytes of %d\n  installed  %9d bytes of %d\n  files      %9d\n  glibc      %9s of %s\n' \
        "$dist/$name.txz" "$packed" "$packed_budget" "$installed" "$installed_budget" \
        "$(find "$stage" -type f | wc -l)" "$(highest_glibc)" "$newest_glibc"
    if [ "$packed" -gt "$packed_budget" ] || [ "$installed" -gt "$installed_budget" ]; then
        die "over its budget; packaging/trim-*.txt list what is left out"
    fi
    # Only now, and all at once: dist/ never has incomplete files, or files that failed a check.
    mkdir -p "$dist"
    mv -f "$results"/* "$dist/"
}

settle_version "$@"
check_builder
# One build at a time, also of checkouts that share their cache.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
# An older cache has no origins.
[ -e "$cache/debian/origins.txt" ] || rm -rf "$cache/debian"
cached debian "$(debian_names)" download_debian
check_security
unpack_debian
cached npm "$(cat source/package-lock.json)" download_npm
cached wheels "${wheel_options[*]} $(cat source/requirements.lock)" download_wheels
lay_out
lay_out_licences
pack_licences
copy_libraries
prepare_elf
check_elf
compile_python
write_bill
set_modes
pack
publish
hand_over
