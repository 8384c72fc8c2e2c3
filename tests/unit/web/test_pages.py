"""The dashboard's files as they are sent."""

import pytest

from uma.web.pages import pages_folder, read_pages


async def test_pages_have_a_strict_policy(server, client):
    """Pages come with a policy without inline script, by hash, and never from outside their table."""
    async with client.get(server.url + "/") as response:
        assert response.status == 200
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        etag = response.headers["ETag"]
    async with client.get(server.url + "/", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
    async with client.get(server.url + "/dashboard/a/b.js") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path", ["/dashboard/../../etc/passwd", "/dashboard/%2e%2e/x", "/dashboard/a%2fb.js%00", "/dashboard/"]
)
async def test_paths_do_not_climb(server, path):
    """What is not in the table of pages is 404, however it is spelt."""
    client = await server.connect()
    client.send(f"GET {path} HTTP/1.1\r\nHost: tower\r\n\r\n".encode())

    assert (await client.response())[0] in (400, 404)


def test_pages_are_read_by_their_path(tmp_path):
    """Each file below the folder is known by its relative path, with the type of its name."""
    (tmp_path / "js").mkdir()
    (tmp_path / "js/a.js").write_text("export {}")
    (tmp_path / "index.html").write_text("<!doctype html>")

    pages = read_pages(tmp_path)

    assert {"index.html": "text/html", "js/a.js": "text/javascript"} == {
        name: page.content_type for name, page in pages.items()
    }


def test_the_checkout_has_a_dashboard():
    """What the daemon serves at / lies where it looks."""
    assert "index.html" in read_pages(pages_folder())
