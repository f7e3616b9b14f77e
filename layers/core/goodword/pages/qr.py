"""QR codes of addresses: one for the page, one for a poster."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO


def qr_image(url: str) -> str:
    """Return a QR code of the address as a data: picture (SVG)."""
    import segno  # only pages with a code pay for it

    made = BytesIO()
    segno.make(url, error="m", micro=False).save(made, kind="svg", xmldecl=False, border=2, scale=4)
    return f"data:image/svg+xml;base64,{b64encode(made.getvalue()).decode()}"


def qr_file(url: str) -> bytes:
    """Return a QR code of the address as a PNG that prints sharply on a poster."""
    import segno

    made = BytesIO()
    segno.make(url, error="m", micro=False).save(made, kind="png", border=4, scale=24)
    return made.getvalue()
