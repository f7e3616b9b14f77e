"""The mails of the local cloud, to read in a browser; none of them leaves this machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from infra.local.cloud import HOST, refuse_taken_port

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Mails</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:5vh auto;padding:0 1.25rem;
color:#1c2330;background:#fbfaf7}}ul{{list-style:none;padding:0}}
li{{padding:.5rem 0;border-top:1px solid #dcd8cf}}
a{{color:#1f5f5b}}iframe{{width:100%;height:44rem;border:1px solid #dcd8cf;background:#fff}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;background:#fff;
border:1px solid #dcd8cf;padding:1rem}}
</style><main>{content}</main></html>"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail as the local cloud stores it."""

    to: str
    subject: str
    text: str
    html: str

    def links(self) -> tuple[str, ...]:
        """Return every address that either part of the mail links to, each once."""
        in_html = (unescape(address) for address in re.findall(r'href="([^"]+)"', self.html))
        in_text = re.findall(r"https?://[^\s<>]+", self.text)
        return tuple(dict.fromkeys((*in_html, *in_text)))

    def link(self, path: str) -> str:
        """Return the one address under this path, such as /i/.

        Raises LookupError for none or several.
        """
        found = [address for address in self.links() if f"{path}" in address]
        if len(found) != 1:
            raise LookupError(f"{len(found)} links under {path} in {self.subject!r}")
        return found[0]


def read_sent(result: Mapping[str, Any]) -> Sent:
    """Read a mail from the local cloud's data."""
    return Sent(
        to=" ".join(result["To"]),
        subject=str(result["Subject"]),
        text=str(result["BodyText"] or "").replace("\r\n", "\n"),
        html=str(result["BodyHtml"] or "").replace("\r\n", "\n"),
    )


class Mailbox:
    """A page that lists every mail, as a context manager.

    read: returns the mails, oldest first; set once the cloud has started.
    """

    def __init__(self, port: int = 0) -> None:
        if port:
            refuse_taken_port(port)
        mailbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place, _, part = self.path.strip("/").partition("/")
                mails = tuple(mailbox.read())
                known = place.isdecimal() and int(place) < len(mails)
                if not place:
                    body = _PAGE.format(content=_listed(mails))
                elif known and part == "html":
                    body = mails[int(place)].html.replace(
                        "<head>", '<head><base target="_blank">', 1
                    )
                elif known:
                    body = _PAGE.format(content=_shown(mails[int(place)], place))
                else:
                    body = _PAGE.format(
                        content='<p>There is no such mail. <a href="/">All mails</a></p>'
                    )
                raw = body.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.read: Callable[[], tuple[Sent, ...]] = tuple
        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _listed(mails: tuple[Sent, ...]) -> str:
    lines = [
        f'<li><a href="/{place}">{escape(mail.subject)}</a><br>{escape(mail.to)}</li>'
        for place, mail in reversed(tuple(enumerate(mails)))
    ]
    listed = f"<ul>{''.join(lines)}</ul>" if lines else "<p>None yet.</p>"
    return f"<h1>Mails, newest first</h1>{listed}"


def _shown(mail: Sent, place: str) -> str:
    # In a frame without scripts; its links open beside this page.
    frame = (
        f'<iframe src="/{place}/html" title="The mail" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return (
        '<p><a href="/">All mails</a></p>'
        f"<h1>{escape(mail.subject)}</h1><p>To {escape(mail.to)}</p>"
        f"{frame}<h2>As plain text</h2><pre>{escape(mail.text)}</pre>"
    )
