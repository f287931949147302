"""The front page, on every address of the host."""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "frontend" / "index.html"


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGE.read_bytes() if self.path == "/" else b'{"status": "ok"}\n'
        known = self.path in ("/", "/health")
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=3000)
ThreadingHTTPServer(("", parser.parse_args().port), Page).serve_forever()
