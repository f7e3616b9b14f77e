"""QR codes: a picture that a page holds in itself, and a file that prints."""

from base64 import b64decode

from goodword.pages.qr import qr_file, qr_image

URL = "https://refer.example.com/r/ana-link"


def test_a_pages_code_is_an_svg_within_its_address():
    kind, _, data = qr_image(URL).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(data).startswith(b"<svg ")


def test_a_posters_code_is_a_png():
    assert qr_file(URL).startswith(b"\x89PNG")


def test_another_address_is_another_code():
    assert qr_image(URL) != qr_image(URL + "2")
