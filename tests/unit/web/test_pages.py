"""The dashboard's files as they are sent."""

import gzip
import html
import json
import os
import re
from pathlib import Path

import pytest

from uma.web.pages import index_for, page_from, pages_folder, read_pages

MODULE = b"export const ANSWER = 42;\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page with a module and its import."""
    (tmp_path / "js").mkdir()
    (tmp_path / "js/a.js").write_bytes(MODULE)
    (tmp_path / "index.html").write_text('<!doctype html><script type="module" src="dashboard/js/a.js"></script>')
    return tmp_path


async def test_pages_have_a_strict_policy(server, client):
    """Pages come with a policy without inline script, by hash, and never from outside their table."""
    async with client.get(server.url + "/") as response:
        assert response.status == 200
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-cache"
        etag = response.headers["ETag"]
    async with client.get(server.url + "/", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert response.headers["ETag"] == etag
    async with client.get(server.url + "/dashboard/a/b.js") as response:
        assert response.status == 200


@pytest.mark.parametrize(("tags", "status"), [("*", 304), (" * ", 304), ('"*"', 200), ('"x", *', 200), ("", 200)])
async def test_any_version_of_a_page(server, client, tags, status):
    """``If-None-Match: *`` is any version, so no page is sent (RFC 9110, 13.1.2); a tag in quotes is only that tag."""
    for path in ("/", "/fleet", "/dashboard/a/b.js"):
        async with client.get(server.url + path, headers={"If-None-Match": tags}) as response:
            assert (path, response.status) == (path, status)


async def test_the_fleet_page_may_connect_to_any_broker(server, client):
    """Only /fleet may connect to any broker; scripts are the daemon's own on both pages."""
    async with client.get(server.url + "/fleet") as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
    assert "connect-src http: https: ws: wss:;" in policy
    assert "script-src 'self';" in policy
    async with client.get(server.url + "/dashboard/fleet.html") as response:
        assert "connect-src 'self';" in response.headers["Content-Security-Policy"]


def test_the_fleet_page_refers_to_the_files_of_its_version(folder: Path):
    """Its scripts have lasting addresses, like the dashboard's."""
    (folder / "fleet.html").write_text('<script type="module" src="dashboard/js/a.js"></script>')
    pages = read_pages(folder)
    name = re.search(r'src="dashboard/([0-9a-f]{16}/js/a.js)"', gzip.decompress(pages["fleet.html"].packed).decode())

    assert name is not None
    assert pages[name[1]].is_lasting


@pytest.mark.parametrize(
    "path", ["/dashboard/../../etc/passwd", "/dashboard/%2e%2e/x", "/dashboard/a%2fb.js%00", "/dashboard/"]
)
async def test_paths_do_not_climb(server, path):
    """A path that is not in the table of pages is 404, in any spelling."""
    client = await server.connect()
    client.send(f"GET {path} HTTP/1.1\r\nHost: tower\r\n\r\n".encode())

    assert (await client.response())[0] in (400, 404)


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("x-gzip", False),
        ("identity", False),
        ("", False),
    ],
)
async def test_pages_are_compressed_for_clients_that_accept_it(server, accepted, is_packed):
    """The same page comes compressed or not, as the client requests, and caches can tell them apart."""
    client = await server.connect()
    client.send(f"GET /dashboard/a/b.js HTTP/1.1\r\nHost: tower\r\nAccept-Encoding: {accepted}\r\n\r\n".encode())
    status, headers, body = await client.response()

    assert status == 200
    assert headers["vary"] == "Accept-Encoding"
    assert (headers.get("content-encoding") == "gzip") is is_packed
    assert (gzip.decompress(body) if is_packed else body) == b"export {}"


async def test_pages_vary_by_both(server, client):
    """For a page of another origin the answer also varies by that."""
    async with client.get(server.url + "/", headers={"Origin": server.url}) as response:
        assert response.headers["Vary"] == "Accept-Encoding, Origin"


def test_pages_are_read_by_their_path(folder: Path):
    """Each file below the folder is known by its relative path, with the type for its name."""
    pages = read_pages(folder)

    assert pages["index.html"].content_type == "text/html"
    assert pages["js/a.js"].content_type == "text/javascript"
    assert gzip.decompress(pages["js/a.js"].packed) == MODULE


def test_without_an_index_the_page_is_missing(folder: Path, tmp_path: Path):
    """The daemon starts and serves its streams even if the dashboard is missing, all or in part."""
    (folder / "index.html").unlink()
    assert read_pages(folder) == read_pages(tmp_path / "nothing") == {}


def test_the_index_refers_to_addresses_that_last(folder: Path):
    """Files of the index have an address of their content, which may be cached for ever; the index has not."""
    pages = read_pages(folder)
    (address,) = re.findall(rb'src="dashboard/([^"]+)"', gzip.decompress(pages["index.html"].packed))

    assert pages[address.decode()].is_lasting
    assert pages[address.decode()].packed == pages["js/a.js"].packed
    assert not pages["js/a.js"].is_lasting
    assert not pages["index.html"].is_lasting


@pytest.fixture
def bundled(folder: Path) -> Path:
    """The page with a bundle of its module, as packaging/bundle_page.sh builds it."""
    (folder / "built/js").mkdir(parents=True)
    (folder / "built/js/a.js").write_bytes(b"bundle();\n")
    newest = (folder / "js/a.js").stat().st_mtime_ns + 1
    os.utime(folder / "built/js/a.js", ns=(newest, newest))
    return folder


def test_a_bundle_replaces_all_modules(bundled: Path):
    """The browser gets the bundle at its module's address, and no other module, as from a package."""
    (bundled / "js/imported.js").write_bytes(MODULE)
    os.utime(bundled / "js/imported.js", ns=(1, 1))
    pages = read_pages(bundled)
    (address,) = re.findall(rb'src="dashboard/([^"]+)"', gzip.decompress(pages["index.html"].packed))

    assert gzip.decompress(pages[address.decode()].packed) == b"bundle();\n"
    assert gzip.decompress(pages["js/a.js"].packed) == b"bundle();\n"
    assert not any("built/" in name or "imported" in name for name in pages)


def test_a_bundle_older_than_a_source_counts_for_nothing(bundled: Path):
    """An edited module is served at the next start, bundled or not."""
    path = bundled / "js/a.js"
    later = path.stat().st_mtime_ns + 2
    os.utime(path, ns=(later, later))

    assert gzip.decompress(read_pages(bundled)["js/a.js"].packed) == MODULE


def test_one_changed_file_changes_every_address(folder: Path):
    """Modules of different versions never mix, though their addresses are relative."""
    before = read_pages(folder)
    (folder / "js/other.js").write_text("export {}")
    after = read_pages(folder)

    assert {name for name, page in before.items() if page.is_lasting} & set(after) == set()
    assert before["index.html"].etag != after["index.html"].etag


async def test_the_index_has_the_users_display_settings(server, client):
    """Numbers and times are written as in the webGUI: the page contains the format, and changes with it."""
    server.served.pages["index.html"] = page_from("index.html", b"<body><uma-dashboard></uma-dashboard>")
    async with client.get(server.url + "/") as response:
        assert await response.text() == "<body><uma-dashboard></uma-dashboard>"
        etag = response.headers["ETag"]
    server.served.display = lambda: {"unit": "F", "number": ".'"}
    async with client.get(server.url + "/", headers={"If-None-Match": etag}) as response:
        text = await response.text()
    (attribute,) = re.findall('<uma-dashboard display="([^"]*)"></uma-dashboard>', text)
    assert json.loads(html.unescape(attribute)) == {"unit": "F", "number": ".'"}


def test_settings_cannot_break_out_of_the_page():
    """Any text in a settings file is a value in the page, never markup."""
    page = index_for(page_from("index.html", b"<uma-dashboard>"), {"date": "\"'><script>alert(1)</script>&"})
    text = gzip.decompress(page.packed).decode()

    assert text.count("<") == 1
    assert text.count('"') == 2


def test_the_checkouts_index_has_the_element():
    """The checkout's index has the element for the settings."""
    page = read_pages(pages_folder())["index.html"]

    assert index_for(page, {"unit": "F"}).etag != page.etag


def test_files_that_the_index_names_exist():
    """Each file that the index names exists."""
    folder = pages_folder()
    names = re.findall(r'"dashboard/([^"]+)"', (folder / "index.html").read_text())

    assert {"uma-dashboard.js", "dashboard.css", "manifest.webmanifest"} <= set(names)
    assert all((folder / name).is_file() for name in names)


def test_every_import_is_there():
    """Each module imports by a relative path, and each import exists."""
    folder = pages_folder()
    modules = [*folder.glob("*.js"), *(folder / "panels").glob("*.js")]
    named = [
        (path, name)
        for path in modules
        for name in re.findall(r"""^import .*? from "([^"]+)";$""", path.read_text(), re.MULTILINE)
    ]

    assert len(named) > 50
    assert [str(path) for path, name in named if not (path.parent / name).is_file()] == []
