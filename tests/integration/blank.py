"""A web server with a page for every host name, so that a page's host is the one in its address."""

from http.server import BaseHTTPRequestHandler


class Blank(BaseHTTPRequestHandler):
    """An empty page, for any host."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>page</title><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
