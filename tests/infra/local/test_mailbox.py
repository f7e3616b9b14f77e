"""The mails that the local cloud keeps: their links, and the page that shows them."""

from __future__ import annotations

import httpx
import pytest

from infra.local.mailbox import Mailbox, Sent, read_sent

MAIL = Sent(
    "ana@example.com",
    "<b>Hello</b>",
    "Look: http://127.0.0.1/i/one and http://127.0.0.1/unsubscribe/two",
    '<html><head></head><a href="http://127.0.0.1/i/one">x</a>'
    '<a href="http://127.0.0.1/r/x?a=1&amp;b=2">y</a>',
)


def test_the_links_of_both_parts_are_found_once_each() -> None:
    assert MAIL.links() == (
        "http://127.0.0.1/i/one",
        "http://127.0.0.1/r/x?a=1&b=2",
        "http://127.0.0.1/unsubscribe/two",
    )
    assert MAIL.link("/unsubscribe/") == "http://127.0.0.1/unsubscribe/two"
    with pytest.raises(LookupError, match="0 links under /enter/"):
        MAIL.link("/enter/")


def test_a_mail_of_the_local_cloud_is_parsed() -> None:
    result = {"To": ["ana@example.com"], "Subject": "Hello", "BodyText": "a\r\nb", "BodyHtml": None}
    assert read_sent(result) == Sent("ana@example.com", "Hello", "a\nb", "")


def test_a_mail_is_shown_in_a_frame_without_scripts() -> None:
    with Mailbox() as mailbox, httpx.Client(base_url=mailbox.url, trust_env=False) as http:
        assert "None yet." in http.get("/").text
        mailbox.read = lambda: (MAIL,)
        assert "&lt;b&gt;Hello&lt;/b&gt;" in http.get("/").text
        shown = http.get("/0").text
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
        assert "http://127.0.0.1/unsubscribe/two" in shown
        assert '<base target="_blank">' in http.get("/0/html").text
        assert "no such mail" in http.get("/7").text
