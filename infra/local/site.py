"""A company's own site, minimal: the page that a demo link leads to, with a signup form."""

from __future__ import annotations

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Example Practice Software</title>
<style>body{{font:1.05rem/1.5 system-ui,sans-serif;max-width:30rem;margin:8vh auto;
padding:0 1.25rem;
color:#1c2330;background:#fbfaf7}}h1{{font-size:1.7rem;line-height:1.2}}
label{{display:block;margin:.9rem 0 .2rem}}
input,select,button{{font:inherit;width:100%;padding:.6rem;border:1px solid #b9c0cb;
border-radius:.4rem;
box-sizing:border-box;background:#fff}}
button{{margin-top:1.4rem;background:#1f5f5b;color:#fff;border:0}}</style>
<main><h1>A peer recommends us to you</h1>
<p>They may receive a bill credit for it.
You get a demo with your own data, and the first month free.</p>
<form method="post" action="{action}"><input type="hidden" name="gw" value="{token}">
<label for="name">Your name</label><input id="name" name="name" autocomplete="name" required>
<label for="email">E-mail</label><input id="email" name="email" type="email"
autocomplete="email" required>
<label for="phone">Phone</label><input id="phone" name="phone" type="tel" autocomplete="tel">
<button>Ask for a demo</button></form></main></html>"""


class DemoSite:
    """A running site, as a context manager.

    action: the target of its form, set once that is known.
    """

    def __init__(self, port: int = 0) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("gw", [""])[0]
                body = _PAGE.format(
                    action=escape(site.action, quote=True), token=escape(token, quote=True)
                )
                raw = body.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Log nothing: the address has a click token."""

        self.action = ""
        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
