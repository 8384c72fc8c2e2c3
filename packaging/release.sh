#!/bin/bash
# Build dist/ for publication from what is committed, with fresh downloads, and verify it.
#
#   make release
#
# Addresses are those of source/uma/addresses.py; UMA_BASE_URL overrides DOWNLOAD_URL. The version is that of
# source/uma/__init__.py, and CHANGELOG.md has its changes on top. Upload all of dist/ to DOWNLOAD_URL, uma.plg last:
# the plugin manager offers a version as soon as it sees the new plg, and then fetches the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
    echo "release: $*" >&2
    exit 1
}

address() {
    sed -n "s/^$1: Final = \"\(.*\)\"$/\1/p" source/uma/addresses.py
}

base_url=${UMA_BASE_URL:-$(address DOWNLOAD_URL)}
[[ $base_url =~ ^https://[^/]+ ]] || die "set DOWNLOAD_URL in source/uma/addresses.py, or UMA_BASE_URL, to https://…"
for name in PROJECT_URL SUPPORT_URL; do
    [[ $(address $name) =~ ^https://[^/]+ ]] || die "set $name in source/uma/addresses.py to https://…"
done
for name in README.md custom_components/uma/manifest.json; do
    grep -qF "$(address PROJECT_URL)" "$name" || die "$name lacks the addresses; run make generate and commit it"
done
export UMA_BASE_URL=$base_url
[ -z "$(git status --porcelain)" ] || die "commit or stash all changes, so that the build can be repeated"

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' source/uma/__init__.py)
newest=$(sed -n 's/^### //p' CHANGELOG.md | head -n 1)
[ "$version" = "$newest" ] || die "source/uma is version $version, and CHANGELOG.md has $newest on top"

rm -rf dist
UMA_FRESH=1 UMA_SECURITY=required ./pkg_build.sh "$version"
package=$PWD/dist/uma-$version-x86_64-1.txz

# A test run may skip a check; a release may not.
report=build/release.txt
UMA_FRESH=1 UMA_PACKAGE=$package .venv/bin/pytest tests/package -p no:cacheprovider | tee "$report"
! grep -q '^SKIPPED' "$report" || die "a check above was skipped; install what it needs"

echo "Ready for $base_url:"
ls -l dist
