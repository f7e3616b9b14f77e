"""A page with a heading and a few sentences: thanks, not found, something is not right."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#1c2330;background:#fbfaf7}h1{font-size:1.6rem;line-height:1.25}p{color:#454f60}"
)

_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def page(title: str, *sentences: str) -> str:
    """Return a whole page; everything in it is text, never markup."""
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<main><h1>{escape(title)}</h1>{paragraphs}</main></html>"
    )


def not_found_page() -> str:
    """Return the one friendly page for every link that leads nowhere."""
    return page(
        "This link leads nowhere",
        "It may have been mistyped, or it is not in use any more.",
        "Ask the person who gave it to you for a new one.",
    )


def thanks_page() -> str:
    """Return the page after a signup."""
    return page("Thank you", "We have your details and will be in touch shortly.")


def answer_page(status: int, body: str, **headers: str) -> dict[str, object]:
    """Return a page as an answer of the HTTP API."""
    return {"statusCode": status, "headers": {**HEADERS, **headers}, "body": body}
