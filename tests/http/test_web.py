"""Pages: each cookie travels by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.session import open_session
from goodword.domain.errors import Forbidden, NotReady
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.reader import Reader
from goodword.http.pages.web import Cookies, html, see_other, serve, web
from goodword.http.router import Response

AT = datetime(2027, 3, 1, tzinfo=UTC)


def event(path: str) -> dict[str, object]:
    http = {"method": "GET", "path": path}
    return {
        "version": "2.0",
        "rawPath": path,
        "requestContext": {"http": http, "stage": "$default"},
        "headers": {},
    }


def test_two_cookies_of_one_answer_are_two() -> None:
    app, cookies = web(), Cookies(Keyring(("key",)), secure=True)
    both = [cookies.close("referrer"), cookies.open(open_session("staff", "5a", AT), AT)]
    app.get("/page")(lambda: html(200, "page", both))
    app.get("/on")(lambda: see_other("/page", both))
    for path in ("/page", "/on"):
        answer = serve(app, event(path), None, lambda: date(2027, 3, 1))
        assert answer["cookies"] == both
        assert "set-cookie" not in answer["headers"]


@pytest.mark.parametrize(
    ("site", "path", "status"),
    [
        ("cross-site", "/enter/x", 403),
        ("same-site", "/enter/x", 403),
        ("same-origin", "/enter/x", 200),
        ("none", "/enter/x", 200),
        ("", "/enter/x", 200),
        ("cross-site", "/unsubscribe/x", 200),
    ],
)
def test_a_form_of_another_site_does_nothing_but_unsubscribe(
    site: str, path: str, status: int
) -> None:
    app, did = web(), []
    app.post(path)(lambda: did.append(path) or html(200, "done"))
    sent = event(path) | {"headers": {"sec-fetch-site": site} if site else {}}
    sent["requestContext"] = {"http": {"method": "POST", "path": path}, "stage": "$default"}
    answer = serve(app, sent, None, lambda: date(2027, 3, 1))
    assert (answer["statusCode"], did) == (status, [path] if status == 200 else [])
    assert "content-security-policy" in answer["headers"]


READER = Reader(Brand("Clinic Scheduling"), "es")


@pytest.mark.parametrize(
    ("error", "whom", "known"),
    [
        (Forbidden("no"), lambda: READER, True),
        (Forbidden("no"), lambda: 1 / 0, False),
        (ValueError("ours"), lambda: READER, False),
    ],
)
def test_an_outage_page_uses_the_known_reader_without_a_lookup(
    error: Exception, whom: Callable[[], Reader], known: bool
) -> None:
    def fail() -> Response[str]:
        raise error

    app = web()
    app.get("/page")(fail)
    answer = serve(app, event("/page"), None, lambda: date(2027, 3, 1), whom)
    assert answer["statusCode"] == (500 if isinstance(error, ValueError) else 403)
    assert ("Clinic Scheduling" in answer["body"], '<html lang="es">' in answer["body"]) == (
        known,
        known,
    )


@pytest.mark.parametrize(
    ("method", "error", "result"),
    [
        ("GET", ValueError("ours"), "We cannot show this right now."),
        ("POST", NotReady("a secret"), "We cannot do this right now. Nothing was changed."),
        ("POST", ValueError("after the commit"), "We do not know yet whether this was done."),
        ("POST", TimeoutError("the reply was lost"), "We do not know yet whether this was done."),
    ],
)
def test_an_error_claims_nothing_changed_only_where_it_is_known(
    method: str, error: Exception, result: str
) -> None:
    def fail() -> Response[str]:
        raise error

    app = web()
    app.get("/page")(fail)
    app.post("/page")(fail)
    asked = event("/page") | {
        "requestContext": {"http": {"method": method, "path": "/page"}, "stage": "$default"}
    }
    answer = serve(app, asked, None, lambda: date(2027, 3, 1))
    assert result in answer["body"]
    assert ("Nothing was changed" in answer["body"]) == ("Nothing was changed" in result)


def test_a_session_is_read_from_cookie_list_and_header() -> None:
    cookies, session = Cookies(Keyring(("key",)), secure=True), open_session("staff", "5a", AT)
    written = cookies.open(session, AT).partition(";")[0]
    for sent in ({"cookies": ["a=b", written]}, {"headers": {"cookie": f"a=b; {written}"}}):
        assert cookies.session(sent, "staff", AT) == session
        assert cookies.session(sent, "referrer", AT) is None
